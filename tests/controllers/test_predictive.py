"""The planner's programme against courses of a day that can be reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.predictive import (
    Lending,
    Outlook,
    Plan,
    Planner,
    Rooms,
    Situation,
    Storage,
    StoreOutlook,
    Weights,
    intervals,
    reachable,
)

HOURS = intervals(24.0)
N = len(HOURS)
BEGIN = np.cumsum(HOURS) - HOURS
NONE = np.zeros(N)
BATTERY = Storage(power_kw=50.0, low_kwh=10.0, high_kwh=90.0, charging=0.95, discharging=0.95)
NOW = Situation(10.0, np.zeros(2), 0.0)
FLAT = Outlook(
    load_kw=np.full(N, 100.0), pv_kw=NONE, buy=np.full(N, 0.6), sell=np.full(N, 0.3), carbon=NONE,
    heat_kw=NONE, per_heat=np.full(N, 0.3), free=NONE, limit_kw=np.full(N, np.inf), margin_kw=NONE,
    vehicles_kw=NONE, least_kwh=NONE, most_kwh=NONE, lend_kw=NONE,
)  # fmt: skip
DEAR = np.where((BEGIN >= 8.0) & (BEGIN < 12.0), 1.2, 0.4)


def planned(
    ahead: Outlook,
    now: Situation = NOW,
    storage: Storage = BATTERY,
    rooms: Rooms | None = None,
    demand_price: float = 0.0,
    lending: Lending | None = None,
) -> Plan:
    planner = Planner(
        HOURS, storage, rooms or Rooms(), Weights(), demand_price, lending=lending, stores=len(ahead.stores)
    )
    plan = planner.plan(now, ahead)
    assert plan is not None
    return plan


def test_nothing_moves_where_nothing_can_be_won() -> None:
    plan = planned(FLAT)
    assert np.abs(plan.battery_kw).max() < 1e-6
    assert plan.import_kw == pytest.approx(100.0)


def test_a_battery_carries_the_cheap_hours_into_the_dear_ones() -> None:
    plan = planned(replace(FLAT, buy=DEAR))
    dear = DEAR > 1.0
    # All that it can hold, less its loss, and none of it beyond: 80 kWh between its limits.
    assert plan.battery_kw[dear] @ HOURS[dear] == pytest.approx(80.0 * 0.95)
    assert -(np.minimum(plan.battery_kw, 0.0) @ HOURS) == pytest.approx(80.0 / 0.95)
    # Before the dear hours a stored kilowatt-hour saves what it will replace, less the loss on its way out.
    assert plan.value[0] == pytest.approx(0.4 / 0.95, rel=1e-6)


def test_wear_above_the_spread_keeps_the_battery_still() -> None:
    worn = replace(BATTERY, wear_cny_kwh=0.9)
    assert np.abs(planned(replace(FLAT, buy=DEAR), storage=worn).battery_kw).max() < 1e-6


def test_the_demand_charge_flattens_a_peak_that_the_month_has_not_seen() -> None:
    load = np.where((BEGIN >= 8.0) & (BEGIN < 10.0), 140.0, 100.0)
    full = Situation(90.0, np.zeros(2), 0.0)
    shaved = planned(replace(FLAT, load_kw=load), full, demand_price=40.0)
    # 76 kWh at the meter over two hours of 40 kW excess: 38 kW of them.
    assert shaved.import_kw.max() == pytest.approx(102.0, abs=0.1)
    seen = planned(replace(FLAT, load_kw=load), replace(full, peak_kw=150.0), demand_price=40.0)
    assert seen.import_kw.max() == pytest.approx(140.0)


def test_vehicles_charge_when_it_is_cheap_and_leave_full() -> None:
    power = np.where(BEGIN < 12.0, 20.0, 0.0)
    need = np.where(BEGIN + HOURS >= 12.0, 40.0, 0.0)
    ahead = replace(FLAT, buy=DEAR[::1], vehicles_kw=power, least_kwh=need, most_kwh=np.full(N, 40.0))
    plan = planned(ahead, storage=Storage())
    assert plan.vehicles_kw @ HOURS == pytest.approx(40.0)
    assert plan.vehicles_kw[DEAR > 1.0].max() < 1e-6


def test_rooms_are_cooled_before_dear_hours_and_give_it_back() -> None:
    rooms = Rooms(conductance=10.0, capacity=(50.0, 200.0), time_constant=(1.0, 24.0), up=1.0)
    ahead = replace(FLAT, buy=DEAR, heat_kw=np.full(N, 200.0), free=np.ones(N))
    plan = planned(ahead, storage=Storage(), rooms=rooms)
    before = (BEGIN >= 7.0) & (BEGIN < 8.0)
    assert plan.shift_k[before].min() == pytest.approx(1.0)
    assert plan.shift_k[DEAR > 1.0].max() < 1.0
    dear = DEAR > 1.0
    assert plan.import_kw[dear] @ HOURS[dear] < 100.0 * HOURS[dear].sum() - 1.0


def test_what_cannot_be_kept_is_missed_by_as_little_as_possible() -> None:
    plan = planned(replace(FLAT, limit_kw=np.full(N, 60.0)), Situation(90.0, np.zeros(2), 0.0))
    assert plan.import_kw @ HOURS == pytest.approx(2400.0 - 76.0, rel=1e-6)


def _store(**changes: Any) -> StoreOutlook:
    plain = StoreOutlook(
        fill_kw=np.full(N, 40.0), give_kw=NONE, drain_kw=NONE, low_kwh=NONE, high_kwh=np.full(N, 100.0),
        per_fill=np.full(N, 0.25), per_given=NONE,
    )  # fmt: skip
    return replace(plain, **changes)


def test_a_tank_is_filled_in_cheap_hours_for_what_is_drawn_in_dear_ones() -> None:
    draught = np.where((BEGIN >= 9.0) & (BEGIN < 12.0), 20.0, 0.0)
    ahead = replace(FLAT, buy=DEAR, stores=(_store(drain_kw=draught),))
    plan = planned(ahead, replace(NOW, held_kwh=(0.0,)), Storage())
    assert plan.fill_kw[0] @ HOURS == pytest.approx(60.0)
    assert np.abs(plan.fill_kw[0][BEGIN >= 8.0]).max() < 1e-6
    assert plan.import_kw @ HOURS == pytest.approx(2400.0 + 0.25 * 60.0)


def test_a_tank_too_small_for_the_draught_is_filled_beside_it() -> None:
    draught = np.where((BEGIN >= 9.0) & (BEGIN < 12.0), 50.0, 0.0)
    ahead = replace(FLAT, buy=DEAR, stores=(_store(drain_kw=draught),))
    plan = planned(ahead, replace(NOW, held_kwh=(0.0,)), Storage())
    dear = DEAR > 1.0
    assert plan.fill_kw[0][dear] @ HOURS[dear] == pytest.approx(50.0)


def test_ice_stands_in_for_the_chiller_in_dear_hours_where_that_pays() -> None:
    wanted = np.full(N, 30.0)
    ice = _store(give_kw=wanted, per_fill=np.full(N, 0.4), per_given=np.full(N, 0.3))
    plan = planned(replace(FLAT, buy=DEAR, stores=(ice,)), replace(NOW, held_kwh=(0.0,)), Storage())
    dear = DEAR > 1.0
    assert plan.give_kw[0][dear] @ HOURS[dear] == pytest.approx(100.0)
    same = planned(replace(FLAT, stores=(ice,)), replace(NOW, held_kwh=(0.0,)), Storage())
    assert np.abs(same.give_kw).max() < 1e-6


def test_vehicles_lend_in_dear_hours_and_leave_with_what_they_need() -> None:
    energy, power = 20.0, np.full(N, 10.0)
    ahead = replace(
        FLAT, buy=DEAR, vehicles_kw=power, lend_kw=power, most_kwh=np.full(N, energy),
        least_kwh=np.where(BEGIN + HOURS >= 20.0, energy, -15.0),
    )  # fmt: skip
    plan = planned(ahead, storage=Storage(), lending=Lending(again=1.2))
    dear = DEAR > 1.0
    # All of 20 kWh that came in before and of 15 kWh that are lent for good, less the way there and back.
    assert -plan.vehicles_kw[dear] @ HOURS[dear] == pytest.approx(35.0 / 1.2)
    got = np.maximum(plan.vehicles_kw, 0.0) - 1.2 * np.maximum(-plan.vehicles_kw, 0.0)
    assert got @ HOURS == pytest.approx(energy)
    worn = planned(ahead, storage=Storage(), lending=Lending(again=1.2, wear_cny_kwh=1.0))
    assert (worn.vehicles_kw > -1e-6).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_every_forecast_has_a_plan_inside_all_limits(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rooms = Rooms(draw.uniform(0, 50), tuple(draw.uniform(0, 3000, 2)), (1.0, 24.0), draw.uniform(0, 2), 0.0)
    ahead = Outlook(
        load_kw=draw.uniform(-50, 300, N),
        pv_kw=draw.uniform(0, 300, N) * (draw.random() < 0.7),
        buy=draw.uniform(0.1, 2.0, N),
        sell=draw.uniform(-0.2, 2.5, N),
        carbon=draw.uniform(0, 1, N),
        heat_kw=draw.uniform(0, 500, N),
        per_heat=draw.uniform(0, 1, N),
        free=(draw.random(N) < 0.6).astype(float),
        limit_kw=np.full(N, draw.choice([50.0, 200.0, np.inf])),
        margin_kw=draw.uniform(0, 60, N),
        vehicles_kw=draw.uniform(0, 60, N),
        least_kwh=np.sort(draw.uniform(0, 500, N)),
        most_kwh=np.sort(draw.uniform(0, 500, N)) + 100.0,
        lend_kw=draw.uniform(0, 30, N) * (draw.random() < 0.5),
        stores=tuple(
            StoreOutlook(
                fill_kw=draw.uniform(0, 50, N),
                give_kw=draw.uniform(0, 50, N) * (draw.random() < 0.5),
                drain_kw=draw.uniform(-5, 80, N),
                low_kwh=draw.uniform(-50, 50, N),
                high_kwh=draw.uniform(50, 90, N),
                per_fill=draw.uniform(0, 1, N),
                per_given=draw.uniform(0, 1, N),
            )
            for _ in range(draw.integers(0, 3))
        ),
    )
    held = tuple(draw.uniform(-100, 150, len(ahead.stores)))
    now = Situation(draw.uniform(0, 100), draw.uniform(0, rooms.up, 2), draw.uniform(0, 300), held)
    plan = planned(ahead, now, rooms=rooms, demand_price=40.0)
    assert np.abs(plan.battery_kw).max() <= 50.0 + 1e-6
    assert plan.stored_kwh.max() <= max(90.0, now.stored_kwh) + 1e-6
    assert plan.stored_kwh.min() >= min(10.0, now.stored_kwh) - 1e-6
    low, high = reachable(ahead, HOURS)
    got = np.cumsum(plan.vehicles_kw * HOURS)
    assert (got >= low - 1e-5).all()
    assert (got <= high + 1e-5).all()
    for i, store in enumerate(ahead.stores):
        assert (plan.fill_kw[i] <= store.fill_kw + 1e-6).all()
        assert (plan.give_kw[i] <= store.give_kw + 1e-6).all()
    assert (plan.shift_k <= rooms.up + 1e-9).all()
    assert (plan.shift_k >= -1e-9).all()
