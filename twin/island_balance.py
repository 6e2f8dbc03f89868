"""A building cut off from the grid: which classes of loads its bus carries, and what they get.

`island_step` is what `twin.bus_balance.bus_step` is on the grid: it tries the classes that
`controllers.islanding` allows, sheds the last of them until the bus stands, and closes the balance by battery
and sun alone. Powers are means over the step [kW].
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_limits_kw
from buildings.systems.dc_bus import solve_bus
from buildings.systems.grid_interface import ac_from_bus_kw, bus_from_ac_kw, modules_for_bus_kw
from buildings.systems.records import Record
from controllers.islanding import (
    BATTERY_LOST,
    COMFORT,
    CRITICAL,
    DEFERRABLE,
    ESSENTIAL,
    EV_LOST,
    INTERFACE_LOST,
    N_CLASSES,
    N_WANTED,
    PV_LOST,
    RESYNC,
    held,
    left_in_battery,
    stands_alone,
    sun_is_open,
    voltage_needed,
)
from twin.board_balance import advance_vehicles, battery_limits_now_kw, grid_columns
from twin.bus_balance import hang_loads_on_bus, serve_at_voltage
from twin.power_columns import (
    BUS_ITERATIONS,
    BUS_RESIDUAL,
    COOKING,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    FRESH_AIR,
    GENERATION,
    HOT_WATER,
    HVAC,
    LIGHTING,
    PROCESS,
    PUMPS,
    PV,
    PV_CURTAILED,
    UNSERVED,
)

_WANTED = (LIGHTING, EQUIPMENT, FANS, PUMPS, HVAC, FRESH_AIR, HOT_WATER, COOKING, PROCESS)
"""Columns kept in `wanted` of the ISLANDING record, in its order."""
_MET_KW = 1e-6


@compiled()
def enter_step(
    electrical: Record, soc: float, lighting_kw: float, equipment_kw: float, sun_kw: float, dt_h: float
) -> tuple[bool, int]:
    """Lead the building into a step with a fault, or on its way back; see `stands_alone`."""
    island, battery = electrical.island, electrical.battery
    forming = battery.capacity_kwh > 0.0 and electrical.lost & BATTERY_LOST == 0
    charge = (soc - battery.soc_min) / (battery.soc_max - battery.soc_min)
    critical = island.critical_lighting * lighting_kw + island.critical_equipment * equipment_kw
    sun = 0.0 if electrical.lost & PV_LOST != 0 else sun_kw
    alone, most = stands_alone(
        island, electrical.lost, electrical.has_dc_bus == 1, forming, charge, sun, critical, 3600.0 * dt_h
    )
    if alone:
        electrical.secondary.shift_pu, electrical.secondary.bus_kw = 0.0, math.nan
    return alone, most


@compiled()
def drop_orders(orders: np.ndarray) -> bool:
    """Forget the orders of a step in which the island decides; whether there were any."""
    any_given = False
    for column in range(orders.shape[0]):
        any_given = any_given or not math.isnan(orders[column])
        orders[column] = math.nan
    return any_given


@compiled()
def keep_wanted(island: Record, out: np.ndarray) -> None:
    """Remember what the loads want, before any of them is shed."""
    for i in range(len(_WANTED)):
        island.wanted[i] = out[_WANTED[i]]


@compiled()
def sun_let_in_kw(electrical: Record, pv_available_kw: float) -> float:
    """PV power that may feed [kW]."""
    if electrical.lost & PV_LOST != 0 or not sun_is_open(electrical.island):
        return 0.0
    return pv_available_kw


@compiled()
def _board_level(electrical: Record, level: int) -> int:
    """Level of classes on the AC board, which is dead without both grid and interface."""
    if electrical.island.board_off == 0:
        return N_CLASSES
    return 0 if electrical.lost & INTERFACE_LOST != 0 else level


@compiled()
def hold_vehicles(
    electrical: Record, alone: bool, level: int, ev_row: np.ndarray, sessions: np.ndarray
) -> None:
    """Limits of the vehicles where chargers are lost, or an island asks them to give way.

    In an island the departure gives way to the voltage: a vehicle charges from what is left, and one that
    lends does so by its curve. Chargers on a board without grid stand still, for they follow it.
    """
    on_bus = electrical.ev_on_bus == 1
    own = level if on_bus else _board_level(electrical, level)
    dead = electrical.lost & EV_LOST != 0 or own == 0
    cut_off = alone and (on_bus or electrical.island.board_off == 1)
    dead = dead or (cut_off and not on_bus) or (not cut_off and own < N_CLASSES)
    for k in ev_row:
        if k < 0:
            continue
        if dead:
            sessions[k].low_kw = sessions[k].high_kw = 0.0
        elif cut_off:
            sessions[k].low_kw = min(sessions[k].low_kw, 0.0)
            if own < N_CLASSES:
                sessions[k].high_kw = 0.0


@compiled()
def _share(level: int, critical: float) -> float:
    """Share of lighting or equipment that a level serves [-]."""
    if level >= ESSENTIAL + 1:
        return 1.0
    return critical if level > CRITICAL else 0.0


@compiled()
def close_groups(electrical: Record, level: int, generation_kw: float, out: np.ndarray) -> None:
    """Write what a level of classes asks for into the columns of the outcome."""
    island, wanted = electrical.island, electrical.island.wanted
    board = _board_level(electrical, level)
    shares = (island.critical_lighting, island.critical_equipment)
    sides = (
        electrical.lighting_on_bus,
        electrical.equipment_on_bus,
        electrical.fans_on_bus,
        electrical.pumps_on_bus,
        electrical.hvac_on_bus,
    )
    for i in range(2):
        out[_WANTED[i]] = wanted[i] * _share(level if sides[i] == 1 else board, shares[i])
    for i in range(2, 5):
        own = level if sides[i] == 1 else board
        out[_WANTED[i]] = wanted[i] if own >= COMFORT + 1 else 0.0
    out[FRESH_AIR] = wanted[5] if board >= COMFORT + 1 else 0.0
    for i in range(6, N_WANTED):
        out[_WANTED[i]] = wanted[i] if board >= DEFERRABLE + 1 else 0.0
    out[GENERATION] = generation_kw if board > 0 else 0.0


@compiled()
def _dark(
    electrical: Record, ev_row: np.ndarray, sessions: np.ndarray, dt_h: float, pv_kw: float, out: np.ndarray
) -> None:
    """Nothing runs on the bus; the board does where it has the grid."""
    advance_vehicles(electrical, 1.0, 1.0, ev_row, sessions, dt_h, out)
    out[PV], out[PV_CURTAILED] = 0.0, pv_kw
    meter = out[LIGHTING] + out[EQUIPMENT] + out[FANS] + out[PUMPS] + out[HVAC] + out[FRESH_AIR]
    meter += out[HOT_WATER] + out[COOKING] + out[PROCESS] - out[GENERATION]
    meter += out[EV_CHARGE] - out[EV_DISCHARGE]
    grid_columns(meter if electrical.island.board_off == 0 else 0.0, 0.0, math.nan, math.nan, out)
    out[BUS_RESIDUAL], out[BUS_ITERATIONS] = 0.0, 0.0


@compiled()
def _tried(
    electrical: Record,
    soc: float,
    level: int,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    pv_kw: float,
    out: np.ndarray,
) -> tuple[float, float, int, float, float]:
    """Bus with a level of classes: voltage, surplus [kW], iterations, loads of the AC board and their power
    into the bus [kW]."""
    bus, battery = electrical.bus, electrical.battery
    charge_max, _, _ = battery_limits_now_kw(electrical, soc, dt_h)
    kept = left_in_battery(electrical.island, level) * (battery.soc_max - battery.soc_min)
    _, discharge_max, _ = battery_limits_kw(soc - kept, dt_h, battery)
    bus.battery_charge_max_kw, bus.battery_discharge_max_kw = charge_max, discharge_max
    bus.battery_charge_forced_kw = 0.0
    board = hang_loads_on_bus(electrical, out[HVAC], out[HVAC], pv_kw, out)
    given = 0.0
    if electrical.island.board_off == 1 and electrical.lost & INTERFACE_LOST == 0:
        # machines on the board give no more than the interface passes on
        interface = electrical.interface
        most = ac_from_bus_kw(interface.rated_kw, interface.modules, interface)
        over = max(-board - most, 0.0)
        out[GENERATION] -= over
        board += over
        given, _ = bus_from_ac_kw(-board, interface)
    low, high = bus.interface_low_kw, bus.interface_high_kw
    # without the grid comfort holds nothing back
    bus.hvac_least = 0.0
    bus.interface_target_kw = bus.interface_low_kw = bus.interface_high_kw = given
    v, surplus, iterations = solve_bus(bus, electrical.curves, ev_row, sessions)
    bus.interface_low_kw, bus.interface_high_kw = low, high
    return v, surplus, iterations, board, given


@compiled()
def island_step(
    electrical: Record,
    soc: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    pv_kw: float,
    generation_kw: float,
    most: int,
    out: np.ndarray,
) -> tuple[int, float]:
    """A step without the grid.

    Parameters
    ----------
    electrical : ELECTRICAL record
    soc : float
        State of charge at the start of the step [-].
    ev_row, sessions
        As in `power_step`; limits as `hold_vehicles` left them.
    dt_h : float
        Length of the step [h].
    pv_kw, generation_kw : float
        PV power and what machines give, both as available [kW].
    most : int
        Highest level of classes to try.
    out : numpy.ndarray of float64, shape (N_COLUMNS,)
        Outcome; loads hold what is served.

    Returns
    -------
    level : int
        Classes served.
    battery_kw : float
        Power of the battery, positive for discharge.
    """
    island, interface = electrical.island, electrical.interface
    by_bus = island.board_off == 1 and electrical.lost & INTERFACE_LOST == 0
    v, surplus, iterations, board, given = math.nan, 0.0, 0, 0.0, 0.0
    level = most
    while level > 0:
        if level < N_CLASSES:
            hold_vehicles(electrical, True, level, ev_row, sessions)
        close_groups(electrical, level, generation_kw, out)
        v, surplus, iterations, board, given = _tried(
            electrical, soc, level, ev_row, sessions, dt_h, pv_kw, out
        )
        carried = not by_bus or board <= interface.rated_kw
        if carried and v >= voltage_needed(island, level) and surplus >= -_MET_KW:
            break
        level -= 1
    if level == 0:
        hold_vehicles(electrical, True, 0, ev_row, sessions)
        close_groups(electrical, 0, generation_kw, out)
        _dark(electrical, ev_row, sessions, dt_h, pv_kw, out)
        return 0, 0.0
    battery_kw, rest = serve_at_voltage(electrical, v, surplus, ev_row, sessions, dt_h, out)
    meter = loss = 0.0
    made = out[GENERATION]
    if rest > _MET_KW:
        rest, given = _throttled(electrical, rest, given, by_bus, out)
    if by_bus:
        board += made - out[GENERATION]
        loss = -board - given
    elif island.board_off == 0:
        meter = board + (0.0 if electrical.ev_on_bus == 1 else out[EV_CHARGE] - out[EV_DISCHARGE])
    out[BUS_RESIDUAL], out[BUS_ITERATIONS] = abs(rest), iterations
    # what the root left over, at most its tolerance, stands among the losses
    grid_columns(meter, loss + rest, math.nan, v, out)
    return level, battery_kw


@compiled()
def _throttled(
    electrical: Record, surplus_kw: float, given_kw: float, by_bus: bool, out: np.ndarray
) -> tuple[float, float]:
    """Throttle sun and then machines that give more than the island takes at the highest voltage [kW].

    Returns what is still left over, and the board's power into the bus.
    """
    cut = min(surplus_kw, out[PV])
    out[PV] -= cut
    out[PV_CURTAILED] += cut
    rest = surplus_kw - cut
    if not by_bus or rest <= 0.0 or given_kw <= 0.0:
        return rest, given_kw
    interface = electrical.interface
    before = ac_from_bus_kw(given_kw, modules_for_bus_kw(given_kw, interface), interface)
    less = max(given_kw - rest, 0.0)
    after = ac_from_bus_kw(less, modules_for_bus_kw(less, interface), interface)
    out[GENERATION] -= before - after
    return rest - (given_kw - less), less


@compiled(allocates=True)
def leave_step(
    electrical: Record,
    alone: bool,
    most: int,
    level: int,
    soc: float,
    dt_h: float,
    shaded_kw: float,
    out: np.ndarray,
) -> None:
    """Count what a step with a fault left unserved by class, and lead the building out of it.

    `soc` is of the step's start; `shaded_kw` is the sun that was not let in.
    """
    island, battery = electrical.island, electrical.battery
    out[PV_CURTAILED] += shaded_kw
    island.unserved[:] = 0.0
    wanted = island.wanted
    parts = island.critical_lighting * wanted[0], island.critical_equipment * wanted[1]
    island.critical_kw = min(out[LIGHTING], parts[0]) + min(out[EQUIPMENT], parts[1])
    if alone or island.state == RESYNC:
        island.unserved[CRITICAL] = parts[0] + parts[1] - island.critical_kw
        rest = wanted[0] + wanted[1] - parts[0] - parts[1]
        island.unserved[ESSENTIAL] = rest - (out[LIGHTING] + out[EQUIPMENT] - island.critical_kw)
        for i in range(2, N_WANTED):
            share = COMFORT if i < 6 else DEFERRABLE
            island.unserved[share] += max(wanted[i] - out[_WANTED[i]], 0.0)
        shed = max(wanted[4] - out[HVAC], 0.0)
        out[UNSERVED] = max(island.unserved.sum() - shed, 0.0)
    for i in range(N_CLASSES):
        island.unserved[i] = max(island.unserved[i], 0.0)
    charge = (soc - battery.soc_min) / (battery.soc_max - battery.soc_min)
    held(island, alone, most, level, charge, 3600.0 * dt_h)
