"""How far a battery and vehicles can leave their baseline, found with the very steps that a march takes."""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_step
from buildings.systems.ev import ev_prepare, session_step
from buildings.systems.grid_interface import ac_from_bus_kw, modules_for_bus_kw
from buildings.systems.plant import (
    cooling_capacity_w,
    cooling_power_w,
    heating_capacity_w,
    heating_power_w,
)
from buildings.systems.records import Record
from twin.board_balance import battery_limits_now_kw

_HALVINGS = 14
_SLACK = 1e-3
"""Share of a battery's power by which a baseline may miss its limits: cells warm within the time."""
NOTHING, INTERFACE, DEMAND = range(3)
"""What binds the sum of all sources: nothing, the grid interface or its export limit, the demand limit."""


@compiled(allocates=True)
def vehicle_paths(
    starts: np.ndarray,
    rows: np.ndarray,
    left: np.ndarray,
    spare: np.ndarray,
    ev_rows: np.ndarray,
    sessions: np.ndarray,
    charger: Record,
    dt_h: float,
    urgency_shift: float,
    least: np.ndarray,
    most: np.ndarray,
    shift: np.ndarray,
) -> None:
    """Power of all vehicles if from a start on each takes the least that lets it leave full, or the most.

    Parameters
    ----------
    starts : (H,) int64
        Steps.
    rows, left, spare : (H, C)
        Session at each charger then, the energy that it still needs and can lend [kWh].
    ev_rows : (n, C) int32
        Session at each charger in every step.
    sessions : (S,) EV_SESSION
        As they arrive.
    charger : EV_CHARGER record
    dt_h : float
    urgency_shift : float
        Voltage by which an urgent vehicle reads the bus higher [p.u.].
    least, most : (H, J)
        Written: power in the J steps from a start on [kW].
    shift : (H, J)
        Written: that voltage of those that wait, by the power that they could take [p.u.].
    """
    work = sessions[:1].copy()
    one = np.zeros(1, np.int32)
    n = ev_rows.shape[0]
    could = np.zeros(least.shape[1])
    for h in range(starts.shape[0]):
        could[:] = 0.0
        for c in range(rows.shape[1]):
            for eager in range(2):
                here = -1
                for j in range(least.shape[1]):
                    k = starts[h] + j
                    if k >= n:
                        break
                    found = ev_rows[k, c]
                    if found < 0:
                        continue
                    if found != here:
                        here = found
                        work[0] = sessions[found]
                        if found == rows[h, c]:
                            work[0].remaining_kwh = left[h, c]
                            work[0].spare_kwh = spare[h, c]
                    ev_prepare(one, work, k, dt_h, charger, urgency_shift)
                    power = work[0].high_kw if eager == 1 else work[0].low_kw
                    session_step(power, dt_h, charger, work[0])
                    if eager == 1:
                        most[h, j] += power
                    else:
                        least[h, j] += power
                        could[j] += work[0].high_kw
                        shift[h, j] += work[0].high_kw * work[0].shift_pu
        for j in range(least.shape[1]):
            if could[j] > 0.0:
                shift[h, j] /= could[j]


@compiled()
def _battery_holds(
    change_kw: float, soc: float, start: int, steps: int, base: np.ndarray, electrical: Record, dt_h: float
) -> bool:
    """Whether a battery can add a power to its baseline for some steps."""
    battery = electrical.battery
    slack = _SLACK * battery.power_kw
    for j in range(steps):
        wanted = base[(start + j) % base.shape[0]] + change_kw
        charge, discharge, _ = battery_limits_now_kw(electrical, soc, dt_h)
        if wanted > discharge + slack or wanted < -charge - slack:
            return False
        soc, _ = battery_step(soc, min(max(wanted, -charge), discharge), dt_h, battery)
    return True


@compiled()
def battery_reach(
    starts: np.ndarray,
    soc: np.ndarray,
    temp: np.ndarray,
    base: np.ndarray,
    electrical: np.ndarray,
    dt_h: float,
    spans: np.ndarray,
    sign: float,
    out: np.ndarray,
) -> None:
    """Largest lasting change of a battery's power from its baseline, by halving.

    Parameters
    ----------
    starts : (H,) int64
    soc, temp : (H,)
        State of charge [-] and temperature of the cells [degC] then.
    base : (n,)
        Baseline of the power, positive for discharge [kW].
    electrical : (1,) ELECTRICAL
        With the battery, whose `temp` is overwritten, and what is kept for the time without the grid.
    dt_h : float
    spans : (M,) int64
        Steps that it must last.
    sign : float
        1 for more discharge, -1 for more charge.
    out : (M, H)
        Written [kW].
    """
    for h in range(starts.shape[0]):
        battery = electrical[0].battery
        battery.temp = temp[h]
        for m in range(spans.shape[0]):
            low, high = 0.0, 2.0 * battery.power_kw
            for _ in range(_HALVINGS):
                middle = 0.5 * (low + high)
                if _battery_holds(sign * middle, soc[h], starts[h], spans[m], base, electrical[0], dt_h):
                    low = middle
                else:
                    high = middle
            out[m, h] = low


@compiled()
def at_meter(
    starts: np.ndarray,
    spans: np.ndarray,
    wanted: np.ndarray,
    sign: float,
    bus_kw: np.ndarray,
    meter_kw: np.ndarray,
    interface: Record,
    low_kw: float,
    high_kw: float,
    ceiling_kw: float,
    out: np.ndarray,
    binds: np.ndarray,
) -> None:
    """What a change behind the grid interface makes at the meter, and what binds it.

    Parameters
    ----------
    starts, spans : (H,), (M,) int64
    wanted : (M, H)
        Sum of the sources [kW].
    sign : float
        1 for less import, -1 for more.
    bus_kw, meter_kw : (n,)
        Baseline power into the bus and at the meter, import positive [kW].
    interface : CONVERTER record
    low_kw, high_kw, ceiling_kw : float
        Limits of the power into the bus and of the import [kW].
    out : (M, H)
        Written [kW].
    binds : (M, H) int64
        Written: one of the codes of this module.
    """
    n = bus_kw.shape[0]
    for h in range(starts.shape[0]):
        for m in range(spans.shape[0]):
            least, why = np.inf, NOTHING
            for j in range(spans[m]):
                k = (starts[h] + j) % n
                before = bus_kw[k]
                after = before - sign * wanted[m, h]
                inside = min(max(after, min(low_kw, before)), max(high_kw, before))
                change = ac_from_bus_kw(before, modules_for_bus_kw(before, interface), interface)
                change -= ac_from_bus_kw(inside, modules_for_bus_kw(inside, interface), interface)
                change *= sign
                bound = INTERFACE if inside != after else NOTHING
                if sign < 0.0 and meter_kw[k] + change > ceiling_kw:
                    change, bound = max(ceiling_kw - meter_kw[k], 0.0), DEMAND
                if change < least:
                    least, why = change, bound
            out[m, h] = max(least, 0.0)
            binds[m, h] = why


@compiled()
def plant_w(
    load_w: np.ndarray,
    heating: bool,
    temp_out: np.ndarray,
    wet_out: np.ndarray,
    wet_in: np.ndarray,
    plant: Record,
    power: np.ndarray,
    capacity: np.ndarray,
) -> None:
    """Electric power and capacity [W] of the main plant at loads [W], shapes (n,); both are written."""
    for k in range(load_w.shape[0]):
        if heating:
            capacity[k] = heating_capacity_w(temp_out[k], wet_out[k], plant)
            load = min(load_w[k], capacity[k])
            power[k] = heating_power_w(load, temp_out[k], wet_out[k], plant)[0]
        else:
            capacity[k] = cooling_capacity_w(temp_out[k], wet_out[k], wet_in[k], plant)
            load = min(load_w[k], capacity[k])
            power[k] = cooling_power_w(load, temp_out[k], wet_out[k], wet_in[k], plant)
