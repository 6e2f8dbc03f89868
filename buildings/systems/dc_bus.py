"""Quasi-static DC bus (直流母线): one voltage at which all powers balance.

    F(v) = interface + PV + battery - vehicles - HVAC - lighting - constant loads = 0,  v in [0.80, 1.07]

Every term is non-increasing in v (`curve_rules` checks the curves; its one exception keeps the root single),
so F is zero at one voltage, along one flat, or nowhere. Along a flat every device has the same power at every
voltage, and nothing determines it: where the flat holds the reference, that is taken, as the unit that forms
the bus would hold it; `voltage_span` tells how far the flat reaches. Nowhere: the end of the range, with what
is left over there (above zero at 1.07, below zero at 0.80).

F bends at the curves' own corner voltages: a binary search over them finds the piece, and a bracketing secant
(Anderson-Bjorck) finishes inside it. Powers are at the bus side of each converter.
"""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share
from buildings.systems.ev import ev_power_kw
from buildings.systems.records import Record

BUS_DEVICES = np.dtype(
    [
        ("reference_pu", np.float64),
        ("pv_kw", np.float64),
        ("battery_order_kw", np.float64),
        ("battery_power_kw", np.float64),
        ("battery_charge_max_kw", np.float64),
        ("battery_discharge_max_kw", np.float64),
        ("battery_charge_forced_kw", np.float64),
        ("hvac_kw", np.float64),
        ("hvac_precool_kw", np.float64),
        ("hvac_least", np.float64),
        ("lighting_kw", np.float64),
        ("constant_kw", np.float64),
        ("ev_on_bus", np.int64),
        ("interface_target_kw", np.float64),
        ("interface_low_kw", np.float64),
        ("interface_high_kw", np.float64),
    ],
    align=True,
)
TOLERANCE_KW = 1e-9
_MAX_ITERATIONS = 80
_ALL = 1e-12
"""A share of the battery within this of 1 or -1 is all of it."""


@compiled()
def battery_on_bus_kw(v: float, devices: Record, curves: Record) -> float:
    """Battery injection [kW] at a voltage.

    At the reference voltage the battery follows its order; from there its droop leads it to full discharge
    and full charge at the ends of its curve. Its limits of this step come last.
    """
    order = devices.battery_order_kw
    full = devices.battery_power_kw
    at_reference = curve_share(devices.reference_pu, curves.battery_v, curves.battery_share)
    move = curve_share(v, curves.battery_v, curves.battery_share) - at_reference
    wanted = order
    # where the reference already asks for all there is, what rounding leaves of a move is none
    if move > 0.0 and at_reference < 1.0 - _ALL:
        wanted += (full - order) * min(move / (1.0 - at_reference), 1.0)
    elif move < 0.0 and at_reference > _ALL - 1.0:
        wanted += (full + order) * max(move / (1.0 + at_reference), -1.0)
    upper = devices.battery_discharge_max_kw
    if devices.battery_charge_forced_kw > 0.0:
        upper = -devices.battery_charge_forced_kw
    return min(max(wanted, -devices.battery_charge_max_kw), upper)


@compiled()
def hvac_on_bus_kw(v: float, devices: Record, curves: Record) -> float:
    """HVAC power [kW] that the bus grants at a voltage, at least the share that comfort does not give up."""
    share = curve_share(v, curves.hvac_reduced_v, curves.hvac_reduced_share)
    granted = devices.hvac_kw * max(share, devices.hvac_least)
    more = curve_share(v, curves.hvac_precool_v, curves.hvac_precool_share)
    granted += more * (devices.hvac_precool_kw - devices.hvac_kw)
    return granted * curve_share(v, curves.hvac_over_v, curves.hvac_over_share)


@compiled()
def interface_on_bus_kw(v: float, devices: Record, curves: Record) -> float:
    """Power of the grid interface into the bus [kW].

    Its target over the band in which its curve is 0; from there it goes to its limits at the curve's ends.
    """
    low, high = devices.interface_low_kw, devices.interface_high_kw
    target = min(max(devices.interface_target_kw, low), high)
    support = curve_share(v, curves.interface_v, curves.interface_share)
    if support > 0.0:
        return target + support * (high - target)
    return target + support * (target - low)


@compiled()
def device_net_kw(
    v: float, devices: Record, curves: Record, ev_row: np.ndarray, sessions: np.ndarray
) -> float:
    """What loads and vehicles take less what PV gives [kW], at a voltage."""
    total = hvac_on_bus_kw(v, devices, curves) + devices.constant_kw
    total += devices.lighting_kw * curve_share(v, curves.lighting_v, curves.lighting_share)
    total -= devices.pv_kw * curve_share(v, curves.pv_v, curves.pv_share)
    if devices.ev_on_bus == 1:
        total += ev_power_kw(v, curves, ev_row, sessions)
    return total


@compiled()
def surplus_kw(v: float, devices: Record, curves: Record, ev_row: np.ndarray, sessions: np.ndarray) -> float:
    """F(v) [kW]: what all sources give at a voltage less what all loads take."""
    sources = interface_on_bus_kw(v, devices, curves) + battery_on_bus_kw(v, devices, curves)
    return sources - device_net_kw(v, devices, curves, ev_row, sessions)


@compiled()
def solve_bus(
    devices: Record, curves: Record, ev_row: np.ndarray, sessions: np.ndarray
) -> tuple[float, float, int]:
    """Voltage at which the bus balances.

    Parameters
    ----------
    devices : BUS_DEVICES record
    curves : DEVICE_CURVES record
    ev_row : numpy.ndarray of int32, shape (n_chargers,)
        Session at each charger, -1 where it is free.
    sessions : numpy.ndarray of EV_SESSION

    Returns
    -------
    voltage_pu : float
        Bus voltage per unit, clamped to [0.80, 1.07].
    surplus_kw : float
        F there. Not zero only at an end of the range: below zero at 0.80 is load that cannot be served.
    iterations : int
        Evaluations of F.
    """
    start = min(max(devices.reference_pu, V_MIN), V_MAX)
    return solve_bus_from(
        start, surplus_kw(start, devices, curves, ev_row, sessions), devices, curves, ev_row, sessions
    )


@compiled()
def solve_bus_from(
    start: float, f_start: float, devices: Record, curves: Record, ev_row: np.ndarray, sessions: np.ndarray
) -> tuple[float, float, int]:
    """`solve_bus` from a voltage in [0.80, 1.07] at which F is known."""
    if abs(f_start) <= TOLERANCE_KW:
        return start, f_start, 1
    count = 1
    grid = curves.grid
    low, high = 0, curves.corners - 1
    a, b = V_MIN, V_MAX
    fa = fb = 0.0
    known_a = known_b = False
    if f_start > 0.0:
        a, fa, known_a = start, f_start, True
        while low + 2 < curves.corners and grid[low + 1] <= start:
            low += 1
    else:
        b, fb, known_b = start, f_start, True
        while high > 1 and grid[high - 1] >= start:
            high -= 1
    while high - low > 1:
        k = (low + high) // 2
        f = surplus_kw(grid[k], devices, curves, ev_row, sessions)
        count += 1
        if f > 0.0:
            low, a, fa, known_a = k, grid[k], f, True
        else:
            high, b, fb, known_b = k, grid[k], f, True
    if not known_a:
        fa = surplus_kw(a, devices, curves, ev_row, sessions)
        count += 1
        if fa <= 0.0:
            return a, fa, count
    if not known_b:
        fb = surplus_kw(b, devices, curves, ev_row, sessions)
        count += 1
        if fb >= 0.0:
            return b, fb, count
    return _secant(a, fa, b, fb, count, devices, curves, ev_row, sessions)


@compiled()
def voltage_span(
    v: float,
    tolerance_kw: float,
    devices: Record,
    curves: Record,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float]:
    """Lowest and highest voltage [p.u.] at which the bus balances as well as at `v`.

    Parameters
    ----------
    v : float
        A root of `solve_bus` [p.u.].
    tolerance_kw : float
        Imbalance that counts as none [kW], at least |F(v)|.
    devices, curves, ev_row, sessions
        As for `solve_bus`.

    Returns
    -------
    tuple of float
        Equal to about the tolerance over the slope of F where some unit slopes; the ends of the flat where
        none does, so that the powers do not determine the voltage.
    """
    a, b = V_MIN, v
    if surplus_kw(a, devices, curves, ev_row, sessions) <= tolerance_kw:
        b = a
    while b - a > 1e-12:
        m = 0.5 * (a + b)
        if surplus_kw(m, devices, curves, ev_row, sessions) > tolerance_kw:
            a = m
        else:
            b = m
    c, d = v, V_MAX
    if surplus_kw(d, devices, curves, ev_row, sessions) >= -tolerance_kw:
        c = d
    while d - c > 1e-12:
        m = 0.5 * (c + d)
        if surplus_kw(m, devices, curves, ev_row, sessions) < -tolerance_kw:
            d = m
        else:
            c = m
    return b, c


@compiled()
def _secant(
    a: float,
    fa: float,
    b: float,
    fb: float,
    count: int,
    devices: Record,
    curves: Record,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float, int]:
    """Bracketing secant (Anderson and Bjorck 1973) between F(a) > 0 and F(b) <= 0."""
    if fb == 0.0:
        return b, fb, count
    v, f = b, fb
    for _ in range(_MAX_ITERATIONS):
        x = b - fb * (b - a) / (fb - fa)
        v = x if min(a, b) < x < max(a, b) else 0.5 * (a + b)
        f = surplus_kw(v, devices, curves, ev_row, sessions)
        count += 1
        if abs(f) <= TOLERANCE_KW or abs(b - a) < 1e-15:
            break
        if f * fb < 0.0:
            a, fa = b, fb
        else:
            m = 1.0 - f / fb
            fa *= m if m > 0.0 else 0.5
        b, fb = v, f
    return v, f, count
