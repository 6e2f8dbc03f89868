"""`variability: minute`: the same energies as the hourly year, one series for electricity and heat."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from buildings.thermal.blocks import equipment_channel
from twin.building_batch import EQUIPMENT_IN, GAS_IN, HEATERS_IN, HOT_WATER_IN, PV_IN
from twin.energyplus_run import energyplus_run
from twin.model_assumptions import model_assumptions
from twin.plant import Plant, prepare
from weather.errors import TwinError

SYSTEMS: dict[str, Any] = {
    "pv": [{"name": "roof", "capacity": "30 kWp", "tilt": 10}],
    "dc_bus": {"modules": 2},
    "end_uses": {"use": "hotel", "count": 20, "cooking": "induction_wok", "laundry": "electric_laundry"},
    "plant_room": [{"name": "burner", "type": "boiler", "serves": "hot_water"}],
}


def plant_of(marches: ModuleType, variability: str, **changes: Any) -> Plant:
    project = marches.project_of(marches.hall(**{**SYSTEMS, **changes}), timestep=5, variability=variability)
    # Another year of the same values, so that the step weather kept by other tests stays theirs.
    return prepare(project, replace(marches.shanghai()))


@pytest.fixture(scope="module")
def even(marches: ModuleType) -> Plant:
    return plant_of(marches, "hourly")


@pytest.fixture(scope="module")
def varied(marches: ModuleType) -> Plant:
    return plant_of(marches, "minute")


def test_the_year_keeps_its_energies(even: Plant, varied: Plant) -> None:
    """Loads exactly; PV to the bends of its curves (plane, temperature, inverter)."""
    one, two = even.buildings.inputs[:, 0], varied.buildings.inputs[:, 0]
    for column in (EQUIPMENT_IN, HOT_WATER_IN):
        assert one[:, column].sum() > 0.0
        assert two[:, column].sum() == pytest.approx(one[:, column].sum(), rel=1e-9)
        days = [table[:, column].reshape(365, -1).sum(axis=1) for table in (one, two)]
        np.testing.assert_allclose(days[1], days[0], rtol=1e-9)
        assert (two - one)[:, column].std() > 0.1 * one[:, column].mean()
    assert two[:, PV_IN].sum() == pytest.approx(one[:, PV_IN].sum(), rel=0.01)
    assert np.diff(two[:, PV_IN]).std() > 2.0 * np.diff(one[:, PV_IN]).std()
    assert varied.weather.ghi.sum() == pytest.approx(even.weather.ghi.sum(), rel=1e-12)
    assert varied.weather.dhi.sum() == pytest.approx(even.weather.dhi.sum(), rel=1e-12)


def test_meter_and_room_see_the_same_minutes(varied: Plant) -> None:
    thermal = varied.thermals[0]
    zone = thermal.description.zones[0]
    share = varied.table.series(equipment_channel("hall", zone))
    power = 1e-3 * zone.gains.equipment_power * zone.floor_area * share
    np.testing.assert_allclose(varied.buildings.inputs[:, 0, EQUIPMENT_IN], power, rtol=1e-12)
    np.testing.assert_array_equal(
        varied.forcing[:, varied.table.column(equipment_channel("hall", zone))], share
    )


def test_windows_see_the_sun_of_the_minutes(even: Plant, varied: Plant) -> None:
    """The forcing of the rooms carries the same varied sun as PV."""
    solar = [c for c in even.table._columns if c[0] in ("solar", "pane")]
    assert solar
    moved = [
        np.abs(np.diff(varied.table.series(c))).mean()
        / max(np.abs(np.diff(even.table.series(c))).mean(), 1e-12)
        for c in solar
        if even.table.series(c).any()
    ]
    assert min(moved) > 1.3


def test_sizes_do_not_hang_on_chance(even: Plant, varied: Plant) -> None:
    assert varied.prepared[0].interface_kw == pytest.approx(even.prepared[0].interface_kw, rel=1e-12)
    for name in ("cooling_capacity", "heating_capacity"):
        assert getattr(varied.thermals[0].sizing, name) == getattr(even.thermals[0].sizing, name)
    assert [row.size for row in varied.rows] == [row.size for row in even.rows]


@pytest.mark.parametrize(
    ("heater", "column", "rel"),
    [
        ("electric_water_heater", HEATERS_IN, 1e-9),
        ("gas_water_heater", GAS_IN, 1e-9),
        # More or less of the day's heat in the warm hours moves the COP.
        ("heat_pump_water_heater", HEATERS_IN, 0.01),
    ],
)
def test_water_heaters_of_dwellings(marches: ModuleType, heater: str, column: int, rel: float) -> None:
    changes: dict[str, Any] = {
        "plant_room": [],
        "end_uses": {
            "use": "residential",
            "count": 3,
            "cooking": "gas_hob",
            "hot_water": heater,
            "central": False,
        },
    }
    one, two = (
        plant_of(marches, kind, **changes).buildings.inputs[:, 0, column] for kind in ("hourly", "minute")
    )
    assert two.sum() == pytest.approx(one.sum(), rel=rel)
    assert two.max() > 3.0 * one.max()


def test_seed_decides(marches: ModuleType, varied: Plant) -> None:
    again = plant_of(marches, "minute")
    np.testing.assert_array_equal(again.buildings.inputs, varied.buildings.inputs)
    other = marches.project_of(marches.hall(**SYSTEMS), timestep=5, variability="minute", weather_seed=9)
    there = prepare(other, replace(marches.shanghai())).buildings.inputs
    for column in (EQUIPMENT_IN, HOT_WATER_IN, PV_IN):
        assert not np.array_equal(there[:, 0, column], varied.buildings.inputs[:, 0, column])


def test_the_run_says_where_minutes_come_from(even: Plant, varied: Plant) -> None:
    said = {a["key"]: a for a in model_assumptions(varied) if "variability" in a["key"]}
    assert set(said) == {
        "model.variability.sun", "model.hall.variability.equipment", "model.hall.variability.hot_water",
    }  # fmt: skip
    assert all(one["source"] and one["zh"] and one["confidence"] for one in said.values())
    plain = [a["key"] for a in model_assumptions(even) if "variability" in a["key"]]
    assert plain == ["model.variability"]


def test_energyplus_refuses_minutes(varied: Plant) -> None:
    with pytest.raises(TwinError, match="EnergyPlus"):
        energyplus_run(varied, None)
