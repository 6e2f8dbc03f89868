"""Life of the batteries: whole years only, parts that add up, lenders that wear, and what is not verified."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from buildings.systems.battery_ageing import age_battery
from buildings.systems.battery_cost import battery_price, vehicle_price
from twin.judges.storage import storage
from twin.judges.subject import subject

LENDING: dict[str, Any] = {
    "vehicle": "car", "stays": 200, "lent_kwh": 1000.0, "battery_kwh": 60.0, "arrival_soc": 0.6,
    "target_soc": 0.9, "stay_h": 9.0,
}  # fmt: skip


def _year(runs: ModuleType, days: int = 365) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A battery of 400 kWh that goes once from 10 to 90 % and back on every day."""
    index = runs.steps(days, 60, "2025-01-01")
    rng = np.random.default_rng(0)
    series, weather = runs.series(index, rng), runs.weather(index, rng)
    series["battery_soc"] = np.interp(index.hour + 1.0, [0, 5, 14, 22, 24], [0.1, 0.9, 0.9, 0.1, 0.1])
    series["battery_temp_c"] = 25.0
    series["battery_discharge_kw"] = 320.0 / 24.0
    series["ev_discharge_kw"] = 900.0 / (24.0 * days)
    weather["temp_air"] = 20.0
    return series, weather


def _judged(runs: ModuleType, days: int = 365, **facts: Any) -> tuple[dict[str, Any], list[str]]:
    known = {"floor_area_m2": 1.0, "battery_capacity_kwh": 400.0, **facts}
    figures, said = storage(*_year(runs, days), subject("b", known))
    return figures, [one.key for one in said]


def test_a_battery_is_aged_priced_and_replaced(runs: ModuleType, figure: Callable[[str], None]) -> None:
    figures, said = _judged(runs, battery="lfp")
    found, table = figures["battery"], _year(runs)[0]
    aged = age_battery("lfp", table["battery_soc"].to_numpy(), np.full(8760, 25.0), 3600.0)
    assert found["capacity_after_ten_years"] == pytest.approx(aged.capacity[10])
    assert 1.0 - found["capacity_after_ten_years"] == pytest.approx(
        found["calendar_loss"] + found["cycle_loss"]
    )
    assert found["full_cycles"] == pytest.approx(0.8 * 365, rel=0.01)
    assert found["replaced_after_years"] == min(aged.replaced_after, 15.0)
    price = battery_price("lfp").value
    lost = found["capacity_after_ten_years_at_rest"] - found["capacity_after_ten_years"]
    by_use = lost / (1.0 - 0.7) * price * 400.0 / (10.0 * 320.0 * 365.0)
    assert found["wear_cny_kwh"] == pytest.approx(by_use)
    assert found["life_cny_kwh"] == pytest.approx(price * 400.0 / (320.0 * 365.0 * 15.0))
    money = found["replacements"]
    assert money["years"] == [15.0]
    assert money["present_value_cny"] == pytest.approx(price * 400.0 / 1.06**15)
    assert "factor.economic_horizon" in said
    assert "storage.battery.design_life" in said
    assert "storage.battery.outside_tests" not in said
    figure(f"wear {found['wear_cny_kwh']:.3f}, over its life {found['life_cny_kwh']:.3f} CNY/kWh")


def test_a_warranty_and_a_price_that_nobody_verified_are_said(runs: ModuleType) -> None:
    figures, said = _judged(runs, battery="vanadium_flow")
    assert figures["battery"]["basis"] == "maker's warranty"
    assert figures["battery"]["calendar_loss"] is None
    assert {"storage.battery.price", "storage.battery.warranty"} <= set(said)


def test_lending_wears_the_pack(runs: ModuleType, figure: Callable[[str], None]) -> None:
    """5 kWh of 60 a day; the money goes to what the building got, nine tenths of it."""
    figures, said = _judged(runs, lending=LENDING)
    found = figures["vehicles"]
    lost = found["capacity_after_ten_years_without_lending"] - found["capacity_after_ten_years"]
    assert 0.0 < lost < 0.05
    share = lost / (1.0 - 0.7) * vehicle_price("car").value * 60.0
    assert found["wear_cny_kwh"] == pytest.approx(share / (10.0 * 365.0 * 5.0) / 0.9, rel=1e-6)
    figure(f"wear of lending {found['wear_cny_kwh']:.3f} CNY/kWh")
    assert 0.0 < found["wear_cny_kwh"] < 0.5
    assert "storage.vehicles.design_life" in said
    assert figures["battery"] is None


def test_part_of_a_year_is_not_judged(runs: ModuleType) -> None:
    figures, said = _judged(runs, days=300, battery="lfp", lending=LENDING)
    assert figures == {"battery": None, "vehicles": None}
    assert said == []


def test_every_figure_is_one_that_json_knows(runs: ModuleType) -> None:
    def numbers(tree: Any) -> list[float]:
        if isinstance(tree, dict):
            return [x for part in tree.values() for x in numbers(part)]
        if isinstance(tree, list):
            return [x for part in tree for x in numbers(part)]
        return [tree] if isinstance(tree, float) else []

    for key in ("lfp", "sodium_fulin", "second_life_leaf"):
        figures, _ = _judged(runs, battery=key, lending=LENDING)
        assert all(math.isfinite(x) for x in numbers(figures))
