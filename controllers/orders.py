"""Orders (指令): what a supervisor writes ahead of the march, by step and building; NaN leaves a thing alone.

A supervisor is whatever decides from outside of the compiled march: a schedule, model-predictive control, a
learning agent, a demand-response programme, an operator. It may be late, silent or wrong: orders are wishes.
The electrical step keeps every physical limit, does what is nearest, and counts a step whose order it could
not follow.

An order to the battery holds while the meter stays inside a band; outside of it the battery leaves its order,
so that a plan made for a quarter of an hour still fits the minute. A grid target is held by everything that
is flexible: on a DC bus the voltage moves until it is met or nothing is left to move.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled

(
    BATTERY_ORDER,
    METER_LOW,
    METER_HIGH,
    GRID_TARGET,
    EV_ORDER,
    SHIFT_ORDER,
    EVENT_TARGET,
    EVENT_IN,
    HOT_WATER_ORDER,
    HEAT_STORE_ORDER,
    COLD_STORE_ORDER,
) = range(11)
"""Columns of orders: battery power, positive for discharge; band in which the battery keeps the meter, import
positive; power at the meter that all that is flexible holds; power of all vehicles [kW]; set-point shift
towards more cooling and heating [K]; import that a called event asks for [kW], hours until it starts [h];
what machines bring at most to the stores of hot water, space heat and chilled water, negative for the most
that a store of the latter two gives of what it holds [kW, thermal]."""
N_ORDERS = 11
STORE_ORDERS = (HOT_WATER_ORDER, HEAT_STORE_ORDER, COLD_STORE_ORDER)
_MOST_KW = 1e9
"""Bound of an ordered power [kW], beyond any building: an infinite order must not become inf - inf."""
ORDERS = (
    "battery_kw",
    "meter_low_kw",
    "meter_high_kw",
    "grid_target_kw",
    "ev_kw",
    "setpoint_shift_k",
    "event_target_kw",
    "event_in_h",
    "hot_water_store_kw",
    "heat_store_kw",
    "cold_store_kw",
)


def no_orders(steps: int, buildings: int) -> np.ndarray:
    """Orders of that many steps and buildings, all NaN, shape (steps, buildings, N_ORDERS)."""
    return np.full((steps, buildings, N_ORDERS), np.nan)


@compiled()
def keep_orders(orders: np.ndarray, battery_kw: float) -> None:
    """Bring orders into bounds that a march can reckon with; what is not a number counts as no order."""
    if not math.isnan(orders[BATTERY_ORDER]):
        orders[BATTERY_ORDER] = min(max(orders[BATTERY_ORDER], -2.0 * battery_kw), 2.0 * battery_kw)
    for column in (METER_LOW, METER_HIGH, GRID_TARGET, EV_ORDER, EVENT_TARGET):
        if not math.isnan(orders[column]):
            orders[column] = min(max(orders[column], -_MOST_KW), _MOST_KW)


@compiled()
def import_ceiling_kw(demand_limit_kw: float, orders: np.ndarray) -> float:
    """Highest import [kW] allowed now: the demand limit, lowered by a running event."""
    target = orders[EVENT_TARGET]
    return target if target < demand_limit_kw else demand_limit_kw


@compiled()
def import_target_kw(wanted_kw: float, ceiling_kw: float, orders: np.ndarray) -> float:
    """Power at the meter [kW] to hold: what is wanted by itself, or ordered, never above the ceiling."""
    target = orders[GRID_TARGET]
    return min(wanted_kw if math.isnan(target) else target, ceiling_kw)


@compiled()
def meter_band_kw(ceiling_kw: float, orders: np.ndarray) -> tuple[float, float]:
    """Band [kW] in which the battery keeps the meter: as ordered, below the ceiling; a target is its ends."""
    low, high = orders[METER_LOW], orders[METER_HIGH]
    if not math.isnan(orders[GRID_TARGET]):
        low = high = orders[GRID_TARGET]
    high = ceiling_kw if math.isnan(high) else min(high, ceiling_kw)
    return (-math.inf if math.isnan(low) else min(low, high)), high


@compiled()
def banded(orders: np.ndarray) -> bool:
    """Whether a band or a target is ordered at all."""
    low, high, target = orders[METER_LOW], orders[METER_HIGH], orders[GRID_TARGET]
    return not (math.isnan(low) and math.isnan(high) and math.isnan(target))


@compiled()
def battery_in_band_kw(order_kw: float, net_kw: float, low_kw: float, high_kw: float) -> float:
    """Battery power [kW] nearest to an order that keeps the meter, `net_kw` less it, inside a band."""
    if net_kw - order_kw > high_kw:
        return net_kw - high_kw
    if net_kw - order_kw < low_kw:
        return net_kw - low_kw
    return order_kw


@compiled()
def hours_to_event(orders: np.ndarray) -> float:
    """Hours until a called event starts [h], infinite where none is called."""
    hours = orders[EVENT_IN]
    return math.inf if math.isnan(hours) else hours
