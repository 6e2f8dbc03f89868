"""Rules that are really installed (常用规则), written as orders of a whole year.

They know the tariff's periods and nothing of the future: what they react to (the meter, the charge) the
electrical step knows when it is there.

- self-consumption (自发自用): the battery keeps the meter at zero, so it takes what the sun leaves over and
  gives it back when it is needed.
- time of use (峰谷套利): the battery fills evenly in every valley and empties evenly in every peak, without
  feeding the grid.
- peak shaving (削峰): the battery keeps the meter below a limit and charges again while there is room.
- pre-cooling (预冷): rooms are conditioned beyond their set-point before every peak; else the plain rules.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from controllers.codes import DEEP_VALLEY, PEAK, SUPER_PEAK, VALLEY
from controllers.orders import BATTERY_ORDER, METER_HIGH, METER_LOW, SHIFT_ORDER, no_orders

Floats = NDArray[np.float64]
PRECOOLED_H = 2.0
"""Time before a peak in which rooms are pre-conditioned [h]; assumed, as offices commonly time it."""
RECHARGE_BELOW = 0.9
"""Share of the limit up to which peak shaving charges again [-]; assumed, leaves the meter room to move."""


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last + 1 step of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def self_consumption(steps: int) -> Floats:
    """Orders of a year of self-consumption, shape (steps, N_ORDERS)."""
    orders = no_orders(steps, 1)[:, 0]
    orders[:, BATTERY_ORDER] = 0.0
    orders[:, METER_LOW] = orders[:, METER_HIGH] = 0.0
    return orders


def time_of_use(period: NDArray[np.int64], dt_h: float, usable_kwh: float) -> Floats:
    """Orders of a year of charging by the tariff.

    Parameters
    ----------
    period : (n,) ndarray of int
        Tariff period codes of `controllers.codes`.
    dt_h : float
        Length of a step [h].
    usable_kwh : float
        What the battery holds between its limits [kWh].

    Returns
    -------
    ndarray (n, N_ORDERS)
    """
    orders = no_orders(len(period), 1)[:, 0]
    orders[:, BATTERY_ORDER] = 0.0
    for codes, sign in (((VALLEY, DEEP_VALLEY), -1.0), ((PEAK, SUPER_PEAK), 1.0)):
        for first, last in _runs(np.isin(period, codes)):
            orders[first:last, BATTERY_ORDER] = sign * usable_kwh / ((last - first) * dt_h)
            if sign > 0.0:
                orders[first:last, METER_LOW] = 0.0
    return orders


def peak_shaving(steps: int, limit_kw: float) -> Floats:
    """Orders of a year below a limit of the meter [kW], shape (steps, N_ORDERS)."""
    orders = no_orders(steps, 1)[:, 0]
    orders[:, BATTERY_ORDER] = 0.0
    orders[:, METER_HIGH] = limit_kw
    orders[:, METER_LOW] = RECHARGE_BELOW * limit_kw
    return orders


def precooling(period: NDArray[np.int64], dt_h: float, shift_k: float) -> Floats:
    """Orders of a year that pre-condition rooms by `shift_k` [K] before every peak, shape (n, N_ORDERS)."""
    orders = no_orders(len(period), 1)[:, 0]
    before = max(round(PRECOOLED_H / dt_h), 1)
    for first, _ in _runs(np.isin(period, (PEAK, SUPER_PEAK))):
        orders[max(first - before, 0) : first, SHIFT_ORDER] = shift_k
    return orders
