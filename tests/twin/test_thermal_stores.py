"""Thermal stores as plans and promises see them: against courses made by hand, and on the march."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import twin.supervision
from controllers.orders import HOT_WATER_ORDER
from controllers.predictive import StoreOutlook
from twin.building_batch import (
    HOT_WATER_FED,
    HOT_WATER_FED_POWER,
    HOT_WATER_GAIN,
    HOT_WATER_GIVEN,
    N_OUTCOME,
    UNMET_HOT_WATER,
)
from twin.clock import march
from twin.flexibility.tank import ordered_fill_kw, tank_reach
from twin.forecasts import N_FORECAST
from twin.model_assumptions import model_assumptions
from twin.plant import Plant, prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.supervision import supervisors_of
from twin.supervisors import orders_ahead
from twin.thermal_stores import ThermalStore, hot_water_store, thermal_stores

DAYS = 30
HOURS = np.arange(24 * DAYS)


def told() -> np.ndarray:
    """A tank that gives 1 kW always and is filled with 6 kW from 0 to 4 h, dearer by 1 % a kelvin of cold."""
    table = np.zeros((len(HOURS), N_OUTCOME))
    table[:, HOT_WATER_GIVEN] = 1.0
    table[:, HOT_WATER_FED] = np.where(HOURS % 24 < 4, 6.0, 0.0)
    table[:, HOT_WATER_GAIN] = table[:, HOT_WATER_FED] - 1.0
    table[:, HOT_WATER_FED_POWER] = table[:, HOT_WATER_FED] * 0.3 * (1.0 - 0.01 * temp_out())
    return table


def temp_out() -> np.ndarray:
    return 10.0 * np.sin(HOURS / 24 / DAYS * 2 * np.pi)


def known_store() -> ThermalStore:
    store = hot_water_store(told(), temp_out(), 1.0)
    assert store is not None
    return store


def test_a_store_swings_as_it_did_and_is_filled_at_the_ratio_of_its_temperature() -> None:
    store = known_store()
    # It swings by 20 kWh, a fifth of which plans leave in it.
    assert store.high_kwh - store.low_kwh == pytest.approx(16.0)
    assert store.fill_kw == pytest.approx(6.0)
    # The line over the temperature is found, of the day before; nothing hangs on the content here.
    wanted = 0.3 * (1.0 - 0.01 * np.roll(temp_out(), 24))
    assert store.ratio_at(HOURS) == pytest.approx(wanted, rel=0.01)


def test_the_last_part_of_a_filling_is_the_dearest() -> None:
    table = told()
    table[HOURS % 24 == 3, HOT_WATER_FED_POWER] *= 2.0
    store = hot_water_store(table, temp_out(), 1.0)
    assert store is not None
    full, empty = (np.flatnonzero(HOURS[48:96] % 24 == hour) + 48 for hour in (3, 23))
    assert (store.ratio_at(full) > 1.5 * store.ratio_at(empty)).all()


def test_what_burns_fuel_or_stands_still_is_not_planned_with() -> None:
    assert hot_water_store(np.zeros((48, N_OUTCOME)), np.zeros(48), 1.0) is None
    table = told()
    table[:, HOT_WATER_FED_POWER] *= 0.05
    assert hot_water_store(table, temp_out(), 1.0) is None
    assert thermal_stores(np.zeros((N_FORECAST, 48)), np.zeros(48), 1.0) == {"cooling": (), "heating": ()}


def test_machines_run_in_whole_pulses_that_make_up_what_is_planned() -> None:
    store = known_store()
    n, counts = 5, np.array([1, 1, 1, 1, 4])
    outlook = StoreOutlook(*(np.full(n, 6.0) for _ in range(7)))
    planned = np.array([6.0, 3.0, 3.0, 0.0, 1.5])
    orders = store.orders_kw(outlook, planned, np.zeros(n), counts)
    np.testing.assert_allclose(orders, [6.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0, 6.0])
    assert orders.sum() == pytest.approx((planned * counts).sum())


def test_a_tank_waits_as_long_as_it_holds_and_fills_as_far_as_there_is_room() -> None:
    store, table = known_store(), told()
    steps = np.array([240, 250])[:, None] + np.arange(4)  # at 0 h, as it is filled; at 10 h, as it rests
    spans = np.array([1, 4])
    ratio = store.ratio_at(HOURS)
    down = tank_reach(store, table, steps, spans, 1.0, down=True)
    power = table[240, HOT_WATER_FED_POWER]
    # It stands at its least as it begins: 5 kWh come in an hour, 1 kWh above what is kept.
    assert down.kw[0, 0] == pytest.approx(min(power, 1.0 * ratio[240]), rel=1e-6)
    assert down.kw[0, 1] == 0.0
    up = tank_reach(store, table, steps, spans, 1.0, down=False)
    assert up.kw[0, 0] == 0.0
    # From 4 h on it has given 7 kWh by the end of the first hour and 10 kWh by that of the fourth.
    assert up.kw[0, 1] == pytest.approx(min(6.0, 7.0) * ratio[250], rel=0.01)
    assert up.kw[1, 1] == pytest.approx(10.0 / 4.0 * ratio[253], rel=0.02)
    assert up.rebound_kwh == pytest.approx(up.kw * np.array([[1.0], [4.0]]))
    assert ordered_fill_kw(store, table[[250]], np.array([250]), up.kw[0, 1])[0] == pytest.approx(6.0)
    assert ordered_fill_kw(store, table[[240]], np.array([240]), -9.0)[0] == 0.0


def plant_under(marches: ModuleType, control: dict[str, Any], capacity: str = "10 kW", **more: Any) -> Plant:
    """A hall with twelve guests, whose water heater of 10 kW is just enough on the coldest days."""
    tank = {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "1.5 m3"}
    pump = {"name": "pump", "type": "heat_pump", "equipment": "dhw_r134a", "serves": ["hot_water"]}
    systems = marches.PEDF | {
        "control": control,
        "end_uses": {"use": "hotel", "count": 12, "central": False, "cooking": "induction_hob"},
        "plant_room": [tank, pump | {"feeds": "tank", "capacity": capacity}],
        **more,
    }
    return prepare(marches.project_of(marches.hall(**systems), timestep=60), marches.shanghai())


def cost(plant: Plant, outcome: Any) -> float:
    table = outcome.buildings[:, 0]
    return float((table[:, GRID_IMPORT] * plant.price - table[:, GRID_EXPORT] * 0.4155).sum())


def test_what_plans_assume_of_a_tank_and_of_lending_is_said(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "mpc"})
    said = {one["key"]: one for one in model_assumptions(plant)}
    assert said["model.hall.control.hot_water"]["confidence"] == "assumed"
    assert "model.hall.control.lending" not in said
    lends = plant_under(marches, {"type": "mpc"}, ev={**marches.PEDF["ev"], "v2b": True})
    assert "model.hall.control.lending" in {one["key"] for one in model_assumptions(lends)}


@pytest.mark.long
def test_a_planned_tank_pays_and_nobody_showers_cold(
    marches: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = {"type": "mpc", "precool": 1, "mpc": {"forecast": "perfect", "margin": 0, "interval": 240}}
    plant = plant_under(marches, control)
    planned = march(plant, supervisors=supervisors_of(plant))
    ordered = orders_ahead(plant, 0, plant.n_steps)[:, 0, HOT_WATER_ORDER]
    assert np.isfinite(ordered).mean() > 0.99
    monkeypatch.setattr(
        twin.supervision, "thermal_stores", lambda *given: dict.fromkeys(("cooling", "heating"), ())
    )
    other = plant_under(marches, control)
    left_alone = march(other, supervisors=supervisors_of(other))
    assert cost(plant, planned) < cost(other, left_alone)
    unmet = [one.buildings[:, 0, UNMET_HOT_WATER].sum() for one in (planned, left_alone)]
    assert unmet[0] <= unmet[1] + 1e-6


def test_a_tank_never_told_to_be_filled_serves_as_if_nobody_had_spoken(marches: ModuleType) -> None:
    """Draughts of a year against orders of nothing: what the floor keeps in the tank is enough."""
    plain = plant_under(marches, {"type": "fixed"}, "20 kW")
    before = march(plain)
    told_off = plant_under(marches, {"type": "fixed"}, "20 kW")
    orders_ahead(told_off, 0, told_off.n_steps)[:, 0, HOT_WATER_ORDER] = 0.0
    after = march(told_off)
    given = [one.buildings[:, 0, HOT_WATER_GIVEN].sum() for one in (before, after)]
    assert given[0] > 5000.0
    assert given[1] == pytest.approx(given[0], rel=2e-3)
