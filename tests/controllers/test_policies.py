"""Decisions of the built-in controllers, each on a case whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.codes import DEEP_VALLEY, FLAT, PEAK, PERIODS, SUPER_PEAK, VALLEY, controller_code
from controllers.droop import (
    BEFORE_EVENT,
    SURPLUS,
    event_reserve,
    reference_index,
    reference_voltages,
    scheduled_battery_kw,
)
from controllers.fixed import fixed_battery_kw
from controllers.orders import EVENT_TARGET, import_ceiling_kw, no_orders
from controllers.rules import rules_battery_kw
from weather.errors import TwinError

POWER = st.floats(-500.0, 500.0)
LIMIT = st.floats(0.0, 300.0)
PERIOD = st.sampled_from(sorted(PERIODS.values()))
INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("net", "period", "ceiling", "expected"),
    [
        (-80.0, PEAK, INF, -80.0),  # a surplus charges even in the peak
        (-300.0, FLAT, INF, -200.0),  # as far as it can
        (100.0, PEAK, INF, 100.0),  # the peak is covered, no more
        (400.0, SUPER_PEAK, INF, 150.0),
        (100.0, FLAT, INF, 0.0),
        (100.0, VALLEY, INF, -50.0),  # 100 kWh of room over 2 h
        (100.0, DEEP_VALLEY, INF, -50.0),
        (100.0, VALLEY, 120.0, -20.0),  # the demand limit comes first
        (250.0, FLAT, 180.0, 70.0),
    ],
)
def test_rules_on_known_cases(net: float, period: int, ceiling: float, expected: float) -> None:
    order = rules_battery_kw(net, 300.0, 400.0, 200.0, 150.0, period, 2.0, ceiling)
    assert order == pytest.approx(expected)


@given(POWER, st.floats(0.0, 400.0), LIMIT, LIMIT, PERIOD, st.floats(0.25, 8.0), st.floats(0.0, 600.0))
def test_rules_never_export_from_the_battery_nor_break_the_ceiling_by_charging(
    net: float, stored: float, charge: float, discharge: float, period: int, hours: float, ceiling: float
) -> None:
    order = rules_battery_kw(net, stored, 400.0, charge, discharge, period, hours, ceiling)
    assert -charge - 1e-9 <= order <= discharge + 1e-9
    if order > 0.0:
        assert net - order >= -1e-9
    if order < 0.0 and net > 0.0:
        assert net - order <= ceiling + 1e-9


def test_event_lowers_the_ceiling() -> None:
    orders = no_orders(1, 1)[0, 0]
    assert import_ceiling_kw(INF, orders) == INF
    assert import_ceiling_kw(300.0, orders) == 300.0
    orders[EVENT_TARGET] = 200.0
    assert import_ceiling_kw(300.0, orders) == 200.0
    assert import_ceiling_kw(100.0, orders) == 100.0


@pytest.mark.parametrize(
    ("period", "reserve", "expected"),
    [
        (PEAK, False, 65.0),  # 260 kWh above the floor over 4 h
        (SUPER_PEAK, False, 65.0),
        (PEAK, True, 0.0),  # kept for the event
        (FLAT, False, 0.0),
        (VALLEY, False, -20.0),  # 80 kWh of room over 4 h
    ],
)
def test_schedule_spreads_over_the_hours_left(period: int, reserve: bool, expected: float) -> None:
    power = scheduled_battery_kw(500.0, 300.0, 40.0, 380.0, 200.0, 200.0, period, 4.0, reserve)
    assert power == pytest.approx(expected)


@given(POWER, st.floats(0.0, 400.0), LIMIT, LIMIT, PERIOD, st.floats(0.25, 8.0), st.booleans())
def test_schedule_keeps_to_limits_and_does_not_export(
    net: float, stored: float, charge: float, discharge: float, period: int, hours: float, reserve: bool
) -> None:
    power = scheduled_battery_kw(net, stored, 40.0, 380.0, charge, discharge, period, hours, reserve)
    assert -charge <= power <= discharge
    assert power <= max(net, 0.0)


def test_notice_reserves_and_precools_and_the_event_ends_both() -> None:
    assert not event_reserve(NAN, INF)
    assert event_reserve(NAN, 6.0)
    assert event_reserve(200.0, 0.0)
    assert reference_index(100.0, NAN, INF, PEAK) == PEAK
    assert reference_index(-1.0, NAN, INF, PEAK) == SURPLUS
    assert reference_index(100.0, NAN, 1.0, PEAK) == BEFORE_EVENT
    assert reference_index(100.0, 200.0, 0.0, PEAK) == PEAK


def test_reference_voltages_stay_in_the_rated_band_and_rank_by_price() -> None:
    """Rated band 0.90-1.05 (Han et al. 2023); cheaper hours stand higher."""
    v = reference_voltages()
    assert np.all((v >= 0.90) & (v <= 1.05))
    assert v[VALLEY] > v[FLAT] > v[PEAK] >= v[SUPER_PEAK]


def test_fixed_lets_the_battery_rest() -> None:
    assert fixed_battery_kw() == 0.0


def test_controllers_by_name() -> None:
    assert [controller_code(name, has_dc_bus=True) for name in ("fixed", "rules", "droop")] == [0, 1, 2]
    with pytest.raises(TwinError, match="no controller"):
        controller_code("magic", has_dc_bus=True)
    with pytest.raises(TwinError, match="DC bus"):
        controller_code("droop", has_dc_bus=False)
