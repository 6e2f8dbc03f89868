"""The DC bus (直流母线) of a building: its devices at the voltage that balances them, and the grid interface.

`bus_step` finds what the controller asks of the grid, solves for the voltage, grants every device its share
there and lets the interface close what is left. Powers are means over the step [kW].
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_limits_kw
from buildings.systems.dc_bus import (
    battery_on_bus_kw,
    device_net_kw,
    hvac_on_bus_kw,
    interface_on_bus_kw,
    solve_bus,
)
from buildings.systems.device_curves import curve_share
from buildings.systems.ev import ev_power_kw
from buildings.systems.grid_interface import ac_from_bus_kw, bus_from_ac_kw, modules_for_bus_kw
from buildings.systems.records import Record
from controllers.codes import DROOP
from controllers.droop import event_reserve, reference_index, scheduled_battery_kw
from controllers.rules import import_ceiling_kw
from twin.board_balance import (
    advance_vehicles,
    grid_columns,
    on_board_kw,
    ordered_battery_kw,
    stated_target_kw,
)
from twin.power_columns import (
    BUS_ITERATIONS,
    BUS_RESIDUAL,
    EQUIPMENT,
    FANS,
    HVAC,
    LIGHTING,
    PUMPS,
    PV,
    PV_CURTAILED,
    UNSERVED,
)


@compiled()
def _hang_loads_on_bus(
    electrical: Record, hvac_kw: float, hvac_precool_kw: float, pv_available_kw: float, out: np.ndarray
) -> float:
    """Fill the bus's device record; returns the AC-side load without vehicles [kW]."""
    bus = electrical.bus
    on_bus = out[EQUIPMENT] * electrical.equipment_on_bus + out[FANS] * electrical.fans_on_bus
    on_bus += out[PUMPS] * electrical.pumps_on_bus
    bus.constant_kw = on_bus
    bus.lighting_kw = out[LIGHTING] * electrical.lighting_on_bus
    bus.hvac_kw = hvac_kw * electrical.hvac_on_bus
    bus.hvac_precool_kw = hvac_precool_kw * electrical.hvac_on_bus
    bus.ev_on_bus = electrical.ev_on_bus
    bus.pv_kw = pv_available_kw
    bus.reference_pu = 1.0
    bus.battery_order_kw = 0.0
    constant = out[EQUIPMENT] + out[FANS] + out[PUMPS] - on_bus
    return constant + out[LIGHTING] - bus.lighting_kw + hvac_kw - bus.hvac_kw + on_board_kw(out)


@compiled()
def _droop_target(
    electrical: Record,
    soc: float,
    ac_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    event_in_h: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float, int]:
    """Grid target P* of the droop policy [kW], interface power for it into the bus [kW], and modules."""
    bus, curves, battery, interface = (
        electrical.bus,
        electrical.curves,
        electrical.battery,
        electrical.interface,
    )
    nominal = ac_kw + device_net_kw(1.0, bus, curves, ev_row, sessions)
    situation = reference_index(nominal, event_target_kw, event_in_h, period)
    bus.reference_pu = electrical.reference_voltages[situation]
    net = device_net_kw(bus.reference_pu, bus, curves, ev_row, sessions)
    bus.battery_order_kw = scheduled_battery_kw(
        ac_kw + net,
        soc * battery.capacity_kwh,
        battery.soc_min * battery.capacity_kwh,
        battery.soc_max * battery.capacity_kwh,
        bus.battery_charge_max_kw,
        bus.battery_discharge_max_kw,
        period,
        hours_left,
        event_reserve(event_target_kw, event_in_h),
    )
    bus_kw = net - battery_on_bus_kw(bus.reference_pu, bus, curves)
    modules = modules_for_bus_kw(bus_kw, interface)
    wanted = ac_kw + ac_from_bus_kw(bus_kw, modules, interface)
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    if wanted <= ceiling:
        return wanted, bus_kw, modules
    bus_kw, modules = bus_from_ac_kw(ceiling - ac_kw, interface)
    return ceiling, bus_kw, modules


@compiled()
def _ordered_target(
    electrical: Record,
    soc: float,
    ac_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float, int]:
    """The same for the fixed and rule-based controllers: the interface gives what is missing at v = 1."""
    bus, curves, interface = electrical.bus, electrical.curves, electrical.interface
    net = device_net_kw(1.0, bus, curves, ev_row, sessions)
    # seen from the battery: what it would have to give for a meter at zero, and at the ceiling
    zero, _ = bus_from_ac_kw(-ac_kw, interface)
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    if ceiling < math.inf:
        allowed, _ = bus_from_ac_kw(ceiling - ac_kw, interface)
        ceiling = allowed - zero
    order = ordered_battery_kw(
        electrical,
        soc,
        net - zero,
        bus.battery_charge_max_kw,
        bus.battery_discharge_max_kw,
        period,
        hours_left,
        ceiling,
    )
    target = stated_target_kw(electrical, event_target_kw)
    bus.battery_order_kw = order
    bus_kw = net - battery_on_bus_kw(1.0, bus, curves)
    return target, bus_kw, modules_for_bus_kw(bus_kw, interface)


@compiled()
def _serve_at_voltage(
    electrical: Record,
    v: float,
    surplus_kw: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    out: np.ndarray,
) -> tuple[float, float]:
    """Grant every device its share at the voltage; returns battery power and what is still not met [kW].

    At the lowest voltage a deficit can remain: the interface is at its rating and the battery empty or at
    its rating. Then the forced charge stops, vehicles give way, and last the constant loads.
    """
    bus, curves = electrical.bus, electrical.curves
    battery_kw = battery_on_bus_kw(v, bus, curves)
    deficit = max(-surplus_kw, 0.0) if surplus_kw < -1e-6 else 0.0
    scale = constant = 1.0
    taken = 0.0
    if deficit > 0.0:
        relief = min(deficit, max(-battery_kw, 0.0))
        battery_kw += relief
        taken += relief
        ev = max(ev_power_kw(v, curves, ev_row, sessions), 0.0) * electrical.ev_on_bus
        relief = min(deficit - taken, ev)
        scale = 1.0 - relief / ev if relief > 0.0 else 1.0
        taken += relief
        out[UNSERVED] += relief
        relief = min(deficit - taken, bus.constant_kw)
        constant = 1.0 - relief / bus.constant_kw if relief > 0.0 else 1.0
        taken += relief
        out[UNSERVED] += relief
    out[EQUIPMENT] *= constant if electrical.equipment_on_bus == 1 else 1.0
    out[FANS] *= constant if electrical.fans_on_bus == 1 else 1.0
    out[PUMPS] *= constant if electrical.pumps_on_bus == 1 else 1.0
    if electrical.lighting_on_bus == 1:
        out[LIGHTING] = bus.lighting_kw * curve_share(v, curves.lighting_v, curves.lighting_share)
        out[UNSERVED] += bus.lighting_kw - out[LIGHTING]
    if electrical.hvac_on_bus == 1:
        out[HVAC] = hvac_on_bus_kw(v, bus, curves)
    advance_vehicles(electrical, v, scale, ev_row, sessions, dt_h, out)
    out[PV] = bus.pv_kw * curve_share(v, curves.pv_v, curves.pv_share)
    out[PV_CURTAILED] = bus.pv_kw - out[PV]
    return battery_kw, surplus_kw + taken


@compiled()
def bus_step(
    electrical: Record,
    soc: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    hvac_kw: float,
    hvac_precool_kw: float,
    pv_available_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    event_in_h: float,
    out: np.ndarray,
) -> float:
    """Bus and AC board of a building with a DC bus; returns the battery power."""
    bus, curves, interface = electrical.bus, electrical.curves, electrical.interface
    charge_max, discharge_max, forced = battery_limits_kw(soc, dt_h, electrical.battery)
    bus.battery_charge_max_kw = charge_max
    bus.battery_discharge_max_kw = discharge_max
    bus.battery_charge_forced_kw = forced
    if electrical.ev_on_bus == 0:
        for k in ev_row:
            if k >= 0:
                sessions[k].low_kw = sessions[k].high_kw
    out[HVAC] = hvac_kw
    ac = _hang_loads_on_bus(electrical, hvac_kw, hvac_precool_kw, pv_available_kw, out)
    if electrical.ev_on_bus == 0:
        ac += ev_power_kw(1.0, curves, ev_row, sessions)
    if electrical.controller == DROOP:
        target, bus_kw, modules = _droop_target(
            electrical, soc, ac, period, hours_left, event_target_kw, event_in_h, ev_row, sessions
        )
    else:
        target, bus_kw, modules = _ordered_target(
            electrical, soc, ac, period, hours_left, event_target_kw, ev_row, sessions
        )
    bus.interface_target_kw = bus_kw
    v, surplus, iterations = solve_bus(bus, curves, ev_row, sessions)
    given = interface_on_bus_kw(v, bus, curves)
    battery_kw, rest = _serve_at_voltage(electrical, v, surplus, ev_row, sessions, dt_h, out)
    # the interface closes what the root left over, at most the tolerance
    given -= rest
    if abs(given - bus_kw) > 1e-6:
        modules = modules_for_bus_kw(given, interface)
    taken = ac_from_bus_kw(given, modules, interface)
    grid_columns(ac + taken, taken - given, target, v, out)
    out[BUS_RESIDUAL] = abs(rest)
    out[BUS_ITERATIONS] = iterations
    return battery_kw
