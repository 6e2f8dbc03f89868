"""The judge of times without the grid, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from controllers.islanding import BLACK_START, BLACKOUT, ENERGY_LIMITED, GRID, ISLAND, RESYNC
from twin.judges.islanding import islanding
from twin.variables import REGISTRY

FACTS = {"battery_capacity_kwh": 100.0, "battery_soc_min": 0.1}
START, END = "2025-08-14T14:00:00+08:00", "2025-08-14T18:00:00+08:00"


def table() -> pd.DataFrame:
    """One hour each of island, reserve, dark and black start; then two steps of the way back."""
    index = pd.date_range("2025-08-14 13:00", periods=32, freq="15min", tz="Asia/Shanghai")
    made = pd.DataFrame(0.0, index=index, columns=list(REGISTRY["building"]))
    state = [GRID] * 4 + [ISLAND] * 4 + [ENERGY_LIMITED] * 4 + [BLACKOUT] * 4 + [BLACK_START] * 4
    made["island_state"] = np.array(state + [RESYNC] * 2 + [GRID] * 10, dtype=float)
    made["battery_soc"] = 0.5
    made.iloc[4:20, made.columns.get_loc("battery_soc")] = np.linspace(0.5, 0.2, 16)
    lights, critical = made.columns.get_loc("lighting_kw"), made.columns.get_loc("critical_served_kw")
    made.iloc[4:8, lights], made.iloc[4:8, critical] = 50.0, 10.0
    made.iloc[8:12, lights] = made.iloc[8:12, critical] = 9.5
    made.iloc[8:12, made.columns.get_loc("unserved_critical_kw")] = 0.5
    made.iloc[8:20, made.columns.get_loc("unserved_essential_kw")] = 40.0
    made.iloc[12:16, made.columns.get_loc("unserved_critical_kw")] = 10.0
    made.iloc[16:20, lights] = made.iloc[16:20, critical] = 10.0
    made.iloc[4:20, made.columns.get_loc("unserved_comfort_kw")] = 20.0
    made.iloc[4:8, made.columns.get_loc("cooling_kw")] = 25.0
    made.iloc[4:12, made.columns.get_loc("battery_discharge_kw")] = 9.0
    made.iloc[4:12, made.columns.get_loc("battery_loss_kw")] = 1.0
    return made


def test_hours_by_class_and_the_way_back_by_hand() -> None:
    found = islanding(table(), [{"start": START, "end": END}], FACTS)
    assert found is not None
    one = found[0]
    assert one["hours"] == 4.0
    assert one["hours_survived"] == {"critical": 2.0, "essential": 1.0, "comfort": 1.0, "deferrable": None}
    assert one["hours_served"] == {"critical": 3.0, "essential": 1.0, "comfort": 1.0, "deferrable": None}
    assert one["unserved_kwh"]["critical"] == pytest.approx(10.5)
    assert one["unserved_kwh"]["essential"] == pytest.approx(120.0)
    assert one["unserved_kwh"]["comfort"] == pytest.approx(80.0)
    assert one["lowest_soc"] == pytest.approx(0.2)
    assert one["hours_dark"] == 1.0
    assert one["black_starts"] == 1
    assert one["return_steps"] == 2
    assert one["return_minutes"] == 30.0
    assert one["largest_soc_step"] == pytest.approx(0.3)


def test_the_formula_stands_beside_the_march() -> None:
    """100 kWh x 0.4 x 0.9 at 10 kW last 3.6 h: fourteen quarters are carried, the fifteenth is not."""
    found = islanding(table(), [{"start": START, "end": END}], FACTS)
    assert found is not None
    said = found[0]["endurance"]
    assert said["critical_kw"] == pytest.approx(10.0)
    assert said["efficiency"] == pytest.approx(0.9)
    assert said["battery_alone_h"] == pytest.approx(3.6)
    assert said["with_sun_and_vehicles_h"] == pytest.approx(3.5)
    assert said["marched_h"] == 2.0
    sunny = table()
    sunny["pv_curtailed_kw"] = 5.0
    found = islanding(sunny, [{"start": START, "end": END}], FACTS)
    assert found is not None
    assert found[0]["endurance"]["with_sun_and_vehicles_h"] == 4.0


def test_nothing_is_judged_without_faults_and_a_way_back_may_be_missing() -> None:
    plain = table().drop(columns=[name for name, v in REGISTRY["building"].items() if v.optional])
    assert islanding(plain, [], FACTS) is None
    assert islanding(table(), [], FACTS) == []
    found = islanding(table().iloc[:20], [{"start": START, "end": END}], {})
    assert found is not None
    assert found[0]["return_steps"] is None
    assert found[0]["endurance"] is None
