"""Worn things: what each fault changes, when, and nothing else."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin.clock import march
from twin.going import Going, Standing
from twin.outcome import OUTCOME_COLUMNS, balance_residuals
from twin.plant import Plant, prepare
from twin.store import RESIDUAL_LIMIT
from twin.wear import moments, read_worn
from twin.zoom import zoomed
from weather.errors import TwinError

START, HOURS = "2025-07-14 00:00", 48.0
BEGIN, END = 194 * 24, 196 * 24
"""Hours of the year between which the faults last, a Monday and a Tuesday."""
LAST = END + 48


def _plant(marches: ModuleType, *faults: dict[str, Any]) -> Plant:
    whole = [{"start": START, "duration": HOURS, **fault} for fault in faults]
    project = marches.project_of(marches.hall(**marches.PEDF), year=2025, faults=whole)
    return prepare(project, marches.shanghai())


@pytest.fixture(scope="module")
def sound(marches: ModuleType) -> np.ndarray:
    """The hall without faults, (n, columns)."""
    return march(_plant(marches)).buildings[:, 0]


def _column(told: np.ndarray, name: str) -> np.ndarray:
    return np.asarray(told[:, OUTCOME_COLUMNS.index(name)])


@pytest.mark.parametrize(
    ("of", "size", "column", "low", "high"),
    [
        ("pv_string", 0.3, "pv_kw", 0.69, 0.71),
        ("pv_soiling", 0.3, "pv_kw", 0.8, 0.95),
        ("filter", 0.5, "fans_kw", 1.49, 1.51),
        ("damper", 1.5, "fans_kw", 1.6, 20.0),
        ("setpoint", 3.0, "hvac_kw", 1.02, 3.0),
        ("refrigerant", 0.2, "hvac_kw", 1.02, 1.6),
    ],
)
def test_a_worn_thing_tells_while_the_fault_lasts_and_not_before(
    marches: ModuleType, sound: np.ndarray, of: str, size: float, column: str, low: float, high: float
) -> None:
    plant = _plant(marches, {"of": of, "size": size})
    outcome = march(plant)
    told = outcome.buildings[:, 0]
    assert np.array_equal(told[:BEGIN], sound[:BEGIN])
    share = _column(told, column)[BEGIN:END].sum() / _column(sound, column)[BEGIN:END].sum()
    assert low < share < high
    after = _column(told, column)[END:LAST].sum() / _column(sound, column)[END:LAST].sum()
    assert after == pytest.approx(1.0, abs=0.05)
    assert all(value <= RESIDUAL_LIMIT for value in balance_residuals(plant, outcome, 0).values())


def test_a_faded_battery_fills_and_empties_sooner(marches: ModuleType, sound: np.ndarray) -> None:
    plant = _plant(marches, {"of": "battery_fade", "size": 0.5})
    capacity = float(plant.buildings.electrical["battery"]["capacity_kwh"][0])
    told = march(plant).buildings[:, 0]

    def per_kwh(one: np.ndarray) -> float:
        moved = _column(one, "battery_charge_kw") - _column(one, "battery_discharge_kw")
        rise = np.diff(_column(one, "battery_soc"))
        still = slice(BEGIN + 1, END)
        charged = moved[still] > 1.0
        return float(rise[BEGIN : END - 1][charged].sum() / moved[still][charged].sum())

    assert np.array_equal(told[:BEGIN], sound[:BEGIN])
    assert per_kwh(told) == pytest.approx(2.0 * per_kwh(sound), rel=0.06)
    assert float(plant.buildings.electrical["battery"]["capacity_kwh"][0]) == pytest.approx(capacity)


def test_a_march_in_pieces_wears_the_same(marches: ModuleType) -> None:
    faults = {"of": "refrigerant", "size": 0.3}, {"of": "battery_fade", "size": 0.3}
    whole = march(_plant(marches, *faults)).buildings
    none = np.zeros((1, 0)), np.zeros((1, 0))
    pieces = Going(Standing(_plant(marches, *faults), 0, *none))
    for step in (10, BEGIN, BEGIN + 1, END - 1, END + 7, len(whole)):
        pieces.to(step)
    np.testing.assert_allclose(pieces.told, whole, atol=1e-12)
    assert [moment.step for moment in moments(pieces.plant)] == [BEGIN, BEGIN, END, END]


def test_meters_and_sensors_read_wrong_and_nothing_else_happens(
    marches: ModuleType, sound: np.ndarray
) -> None:
    plant = _plant(marches, {"of": "meter", "size": 0.2}, {"of": "humidity_sensor", "size": 8})
    assert np.array_equal(march(plant).buildings[:, 0], sound)
    index = plant.weather.times.tz_convert("UTC")
    right = pd.DataFrame(
        {"net_import_kw": 10.0, "hall/relative_humidity_pct": 50.0, "pv_kw": 1.0}, index=index
    )
    read = read_worn(plant.project, "hall", right, "Asia/Shanghai")
    assert read["net_import_kw"].iloc[[0, BEGIN, BEGIN + 24, END]].tolist() == pytest.approx([10, 10, 11, 10])
    assert read["hall/relative_humidity_pct"].iloc[[BEGIN - 1, BEGIN, END - 1, END]].tolist() == [
        50,
        58,
        58,
        50,
    ]
    assert read["pv_kw"].eq(1.0).all()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"of": "filter"}, "needs a size"),
        ({"of": "grid", "size": 1}, "has no size"),
        ({"of": "pv_string", "size": 1.2}, "size from 0 to 1"),
    ],
)
def test_sizes_that_cannot_be_are_refused(marches: ModuleType, fault: dict[str, Any], words: str) -> None:
    with pytest.raises(TwinError, match=words):
        marches.project_of(
            marches.hall(**marches.PEDF), faults=[{"start": START, "duration": HOURS, **fault}]
        )


def test_who_would_pass_wear_over_says_so(marches: ModuleType) -> None:
    plant = _plant(marches, {"of": "filter", "size": 0.5})
    with pytest.raises(TwinError, match="does not know a fault of filter") as refused:
        zoomed(plant, 0, 24, 60)
    assert "不支持 filter" in refused.value.told("zh")
