"""Plans and rules on the march of a hall: what they order, what they cost, and how they fail softly."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from controllers.orders import BATTERY_ORDER, GRID_TARGET
from controllers.predictive import Planner
from twin.building_batch import SETPOINT_SHIFT
from twin.clock import march
from twin.forecasts import COOL, HVAC, REST, SUN, forecasts, without_control
from twin.outcome import run_of
from twin.planning import ForecastError, PredictiveControl, Prices
from twin.plant import Plant, prepare
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_SOC,
    GRID_EXPORT,
    GRID_IMPORT,
)
from twin.supervision import supervisors_of
from twin.supervisors import orders_ahead


def plant_under(marches: ModuleType, control: dict[str, Any], **more: Any) -> Plant:
    systems = marches.PEDF | {"control": control} | more
    return prepare(marches.project_of(marches.hall(**systems), timestep=60), marches.shanghai())


def marched(plant: Plant) -> Any:
    return march(plant, supervisors=supervisors_of(plant))


def cost(plant: Plant, outcome: Any) -> float:
    told = outcome.buildings[:, 0]
    return float(
        (told[:, GRID_IMPORT] * plant.price - told[:, GRID_EXPORT] * 0.4155).sum() * plant.dt_s / 3600
    )


def test_plans_cost_less_than_no_control_and_nobody_leaves_short(marches: ModuleType) -> None:
    mpc = {"forecast": "persistence", "interval": 240}
    plant = plant_under(marches, {"type": "mpc", "precool": 1, "mpc": mpc})
    outcome = marched(plant)
    plain = plant_under(marches, {"type": "fixed"})
    assert cost(plant, outcome) < cost(plain, marched(plain))
    counted = outcome.supervision[0]
    assert counted["plans_made"] > 2150
    assert counted["plans_failed"] == 0.0
    # The first workday and the first rest day have nothing to look back on.
    assert 0.0 < counted["plans_without_forecast"] <= 6.0 * 5
    short = plant.sessions["remaining_kwh"][plant.sessions["departure_step"] <= plant.n_steps]
    fixed_short = plain.sessions["remaining_kwh"][plain.sessions["departure_step"] <= plain.n_steps]
    assert short.max() <= fixed_short.max() + 1e-6


def test_a_plan_that_fails_leaves_the_last_one_in_force(
    marches: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = plant_under(marches, {"type": "mpc", "mpc": {"forecast": "perfect"}})
    supervisors = supervisors_of(plant)
    solve, calls = Planner.plan, []

    def plan(self: Planner, *given: Any) -> Any:
        calls.append(1)
        return solve(self, *given) if len(calls) <= 100 else None

    monkeypatch.setattr(Planner, "plan", plan)
    outcome = march(plant, supervisors=supervisors)
    counted = outcome.supervision[0]
    assert counted["plans_made"] == 100.0
    assert counted["plans_failed"] == 8660.0
    orders = orders_ahead(plant, 0, plant.n_steps)[:, 0, BATTERY_ORDER]
    # A day of the last plan goes on, then the bus follows its voltage again.
    assert np.isfinite(orders[: 99 + 24]).all()
    assert np.isnan(orders[99 + 24 :]).all()
    assert outcome.buildings[200:, 0, BATTERY_DISCHARGE].sum() > 0.0


def test_forecasts_look_back_only(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "fixed"})
    plain = without_control(plant)
    outcome = march(plain)
    for kind in ("persistence", "climatology"):
        one = forecasts(plant, outcome, {0: kind})[0]
        step = 24 * 200 + 9
        said = one.ahead(step, 24)
        assert said is not None
        today = step // 24 * 24
        one.truth[:, today:] = 1e6
        again = one.ahead(step, 24)
        np.testing.assert_array_equal(said, again)
    assert forecasts(plant, outcome, {0: "persistence"})[0].ahead(3, 24) is None


def test_a_weather_forecast_errs_about_the_truth_and_more_than_perfect_foresight(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "fixed"})
    outcome = march(without_control(plant))
    found = {k: forecasts(plant, outcome, {0: k})[0] for k in ("weather", "perfect", "persistence")}
    error = {k: [] for k in found}
    for step in range(24 * 150, 24 * 240, 24):
        truth = found["perfect"].ahead(step, 24)
        assert truth is not None
        for kind, one in found.items():
            said = one.ahead(step, 24)
            assert said is not None
            assert (said[[SUN, COOL, HVAC]] >= 0.0).all()
            error[kind].append(said[[REST, SUN, HVAC]] - truth[[REST, SUN, HVAC]])
    size = {k: np.sqrt(np.mean(np.square(v))) for k, v in error.items()}
    assert size["perfect"] == 0.0
    assert 0.0 < size["weather"] < size["persistence"]


def test_the_error_of_an_hour_is_learnt_from_what_came() -> None:
    error = ForecastError()
    for _ in range(200):
        error.expect(10, 50.0)
        error.learn(10, 8, 70.0)
    assert error.spread(np.array([8, 9])) == pytest.approx([20.0, 0.0], rel=1e-3)


def test_the_tier_of_a_year_is_the_one_in_which_it_will_end() -> None:
    prices = Prices((np.array([0.6]), np.array([0.9])), (3000.0, np.inf), 0.4, 0.6, 0.0)
    assert prices.at_margin(2000.0, 0.5)[0] == 0.9
    assert prices.at_margin(1000.0, 0.5)[0] == 0.6
    assert prices.at_margin(500.0, 0.01)[0] == 0.6


# --- rules as orders ------------------------------------------------------------------------------------


def test_self_consumption_neither_feeds_nor_buys_while_the_battery_can(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "self_consumption"})
    told = marched(plant).buildings[:, 0]
    inside = (told[:, BATTERY_SOC] > 0.12) & (told[:, BATTERY_SOC] < 0.88)
    below = np.maximum(told[:, BATTERY_CHARGE], told[:, BATTERY_DISCHARGE]) < 19.0
    still = np.concatenate([[False], (inside & below)[1:] & inside[:-1]])
    assert still.sum() > 500
    meter = told[still, GRID_IMPORT] - told[still, GRID_EXPORT]
    assert np.abs(meter).max() < 0.2


def test_peak_shaving_keeps_its_limit_better_than_none(marches: ModuleType) -> None:
    above = {}
    for kind in ("fixed", "peak_shaving"):
        plant = plant_under(marches, {"type": kind, "demand_limit": "12 kW"})
        told = marched(plant).buildings[:, 0]
        above[kind] = np.maximum(told[:, GRID_IMPORT] - 12.0, 0.0).sum()
    assert above["peak_shaving"] < 0.5 * above["fixed"]


def test_time_of_use_buys_in_the_valley_and_sells_its_charge_in_the_peak(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "time_of_use"})
    told = marched(plant).buildings[:, 0]
    charged = [told[plant.buildings.period == code, BATTERY_CHARGE].sum() for code in range(5)]
    given = [told[plant.buildings.period == code, BATTERY_DISCHARGE].sum() for code in range(5)]
    assert charged[0] > 0.8 * sum(charged)
    assert given[2] + given[3] > 0.95 * sum(given)


def test_precooling_shifts_set_points_before_peaks_only(marches: ModuleType) -> None:
    plant = plant_under(marches, {"type": "precooling", "precool": 1})
    outcome = marched(plant)
    shifted = outcome.buildings[:, 0, SETPOINT_SHIFT] > 0.0
    assert shifted.any()
    peak = np.isin(plant.buildings.period, (2, 3))
    assert not (shifted & peak).all()


def test_two_buildings_plan_every_four_hours(marches: ModuleType) -> None:
    control = {"type": "mpc", "mpc": {"forecast": "perfect", "interval": 240}}
    systems = marches.PEDF | {"control": control}
    other = {k: v for k, v in systems.items() if k not in ("dc_bus", "ev")}
    project = marches.project_of(marches.hall("one", **systems), marches.hall("two", **other), timestep=60)
    plant = prepare(project, marches.shanghai())
    supervisors = supervisors_of(plant)
    assert sum(isinstance(one, PredictiveControl) for one in supervisors) == 1
    outcome = march(plant, supervisors=supervisors)
    assert {b: c["plans_failed"] for b, c in outcome.supervision.items()} == {0: 0.0, 1: 0.0}
    assert {b: c["plans_made"] for b, c in outcome.supervision.items()} == {0: 2190.0, 1: 2190.0}
    assert outcome.buildings[:, 1, BATTERY_DISCHARGE].sum() > 0.0


def test_rooms_drift_little_further_than_the_project_allows_whatever_is_asked(marches: ModuleType) -> None:
    """Exporting 89 kW cannot be had from 20 kW of battery; air conditioning gives up a kelvin, not more."""
    plant = plant_under(marches, {"type": "droop", "shed": 1})
    asked = [slice(24 * day, 24 * (day + 2)) for day in (19, 200)]
    for days in asked:
        orders_ahead(plant, days.start, days.stop)[:, :, GRID_TARGET] = -89.0
    table = run_of(plant, march(plant)).zones["hall"]["hall"]
    cold = table["heating_setpoint_c"] - table["temp_air_c"]
    warm = table["temp_air_c"] - table["cooling_setpoint_c"]
    # Part load leaves a part of a kelvin beyond.
    assert 0.5 < cold.iloc[asked[0]].max() < 1.5
    assert warm.iloc[asked[1]].max() < 1.5
