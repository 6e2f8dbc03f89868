"""The DC bus (直流母线) of a building: its devices at the voltage that balances them, and the grid interface.

`bus_step` finds what the controller asks of the grid, solves for the voltage, grants every device its share
there and lets the interface close what is left. Powers are means over the step [kW].
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.dc_bus import (
    battery_on_bus_kw,
    device_net_kw,
    hvac_on_bus_kw,
    interface_on_bus_kw,
    solve_bus,
    solve_bus_from,
)
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share
from buildings.systems.ev import ev_power_kw
from buildings.systems.grid_interface import ac_from_bus_kw, bus_from_ac_kw, modules_for_bus_kw
from buildings.systems.records import Record
from controllers.codes import DROOP
from controllers.droop import event_reserve, reference_index, scheduled_battery_kw
from controllers.orders import (
    BATTERY_ORDER,
    EVENT_TARGET,
    GRID_TARGET,
    SHIFT_ORDER,
    battery_in_band_kw,
    hours_to_event,
    import_ceiling_kw,
    import_target_kw,
    meter_band_kw,
)
from controllers.secondary import ramped_kw, shares_of_a_step, stands_settled
from twin.board_balance import (
    advance_vehicles,
    grid_columns,
    on_board_kw,
    ordered_battery_kw,
    reacting_ceiling_kw,
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
def hang_loads_on_bus(
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
    dt_h: float,
    period: int,
    hours_left: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float, int, float]:
    """Grid target P* of the droop policy [kW], interface power for it into the bus [kW], modules, and what
    the devices take at the reference voltage [kW]."""
    orders = electrical.orders
    bus, curves, battery, interface = (
        electrical.bus,
        electrical.curves,
        electrical.battery,
        electrical.interface,
    )
    floor = battery.soc_min + electrical.island.reserve * (battery.soc_max - battery.soc_min)
    net = device_net_kw(1.0, bus, curves, ev_row, sessions)
    planned = not math.isnan(orders[BATTERY_ORDER])
    followed = not math.isnan(orders[GRID_TARGET])
    situation = reference_index(ac_kw + net, orders[EVENT_TARGET], hours_to_event(orders), period)
    # A plan and a target to follow speak for themselves; the voltage then only tells how far off they are.
    bus.reference_pu = 1.0 if planned or followed else electrical.reference_voltages[situation]
    if bus.reference_pu != 1.0:
        net = device_net_kw(bus.reference_pu, bus, curves, ev_row, sessions)
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, orders)
    if planned:
        low, high = _band_on_bus_kw(electrical, ac_kw, math.inf)
        low, high = max(low, bus.interface_low_kw), min(high, bus.interface_high_kw)
        order = battery_in_band_kw(orders[BATTERY_ORDER], net, low, high)
        bus.battery_order_kw = min(max(order, -bus.battery_power_kw), bus.battery_power_kw)
    elif not followed:
        bus.battery_order_kw = scheduled_battery_kw(
            ac_kw + net,
            soc * battery.capacity_kwh,
            floor * battery.capacity_kwh,
            battery.soc_max * battery.capacity_kwh,
            bus.battery_charge_max_kw,
            bus.battery_discharge_max_kw,
            period,
            hours_left,
            event_reserve(orders[EVENT_TARGET], hours_to_event(orders)),
        )
    bus.battery_order_kw = _charge_in_room_kw(electrical, ac_kw, net, ceiling)
    bus_kw = net - battery_on_bus_kw(bus.reference_pu, bus, curves)
    modules = modules_for_bus_kw(bus_kw, interface)
    wanted = ac_kw + ac_from_bus_kw(bus_kw, modules, interface)
    target = import_target_kw(wanted, ceiling, orders)
    if target == wanted and stands_settled(electrical.secondary):
        electrical.secondary.bus_kw, electrical.secondary.end_kw = bus_kw, math.nan
        return wanted, bus_kw, modules, net
    held = wanted if target == wanted else target / (1.0 + electrical.secondary.meter_error)
    bus_kw = _followed_bus_kw(electrical, held - ac_kw, target == wanted, dt_h, ev_row, sessions)
    return target, bus_kw, modules_for_bus_kw(bus_kw, interface), net


@compiled()
def _charge_in_room_kw(electrical: Record, ac_kw: float, net_kw: float, ceiling_kw: float) -> float:
    """The battery's order [kW], charging no more than limit and interface leave room for.

    Else the voltage would fall for the sake of charging, and air conditioning would pay for it.
    """
    bus, order = electrical.bus, electrical.bus.battery_order_kw
    most = bus.interface_high_kw
    if ceiling_kw < math.inf:
        allowed, _ = bus_from_ac_kw(ceiling_kw - ac_kw, electrical.interface)
        most = min(most, allowed)
    return max(order, min(net_kw - most, 0.0)) if order < 0.0 else order


@compiled()
def _band_on_bus_kw(electrical: Record, ac_kw: float, ceiling_kw: float) -> tuple[float, float]:
    """The band in which the battery keeps the meter as power into the bus [kW], infinite where none is."""
    low, high = meter_band_kw(ceiling_kw, electrical.orders)
    if low > -math.inf:
        low, _ = bus_from_ac_kw(low - ac_kw, electrical.interface)
    if high < math.inf:
        high, _ = bus_from_ac_kw(high - ac_kw, electrical.interface)
    return low, high


@compiled()
def _followed_bus_kw(
    electrical: Record, ac_side_kw: float, free: bool, dt_h: float, ev_row: np.ndarray, sessions: np.ndarray
) -> float:
    """Mean power into the bus [kW] of an interface that looks for a power at its AC side [kW].

    `free` says that nothing has to be followed any more: the voltage goes back to its reference.
    """
    bus, curves, secondary = electrical.bus, electrical.curves, electrical.secondary
    sought, _ = bus_from_ac_kw(ac_side_kw, electrical.interface)
    v = min(max(bus.reference_pu + secondary.shift_pu, V_MIN), V_MAX)
    first = device_net_kw(v, bus, curves, ev_row, sessions) - battery_on_bus_kw(v, bus, curves)
    sought = min(max(sought, bus.interface_low_kw), bus.interface_high_kw)
    first = min(max(first, bus.interface_low_kw), bus.interface_high_kw)
    share, left = shares_of_a_step(3600.0 * dt_h, secondary)
    mean = sought + share * (first - sought)
    if not free:
        mean = ramped_kw(mean, 3600.0 * dt_h, electrical.interface.rated_kw, secondary)
    secondary.bus_kw, secondary.end_kw = sought, sought + left * (first - sought)
    return mean


@compiled()
def _carry_voltage(electrical: Record, ev_row: np.ndarray, sessions: np.ndarray) -> None:
    """Keep how far from its reference the voltage ends a step in which a power is looked for."""
    bus, secondary = electrical.bus, electrical.secondary
    if math.isnan(secondary.end_kw):
        secondary.shift_pu = 0.0
        return
    bus.interface_target_kw = secondary.end_kw
    v, _, _ = solve_bus(bus, electrical.curves, ev_row, sessions)
    secondary.shift_pu = v - bus.reference_pu


@compiled()
def _ordered_target(
    electrical: Record,
    soc: float,
    ac_kw: float,
    period: int,
    hours_left: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
) -> tuple[float, float, int, float]:
    """The same for the fixed and rule-based controllers: the interface gives what is missing at v = 1."""
    bus, curves, interface = electrical.bus, electrical.curves, electrical.interface
    net = device_net_kw(1.0, bus, curves, ev_row, sessions)
    # seen from the battery: what it would have to give for a meter at zero, and at the ceiling
    zero, _ = bus_from_ac_kw(-ac_kw, interface)
    low, high = _band_on_bus_kw(electrical, ac_kw, reacting_ceiling_kw(electrical))
    order = ordered_battery_kw(
        electrical,
        soc,
        net - zero,
        bus.battery_charge_max_kw,
        bus.battery_discharge_max_kw,
        period,
        hours_left,
        low - zero,
        high - zero,
    )
    target = stated_target_kw(electrical)
    bus.battery_order_kw = min(max(order, -bus.battery_power_kw), bus.battery_power_kw)
    bus_kw = net - battery_on_bus_kw(1.0, bus, curves)
    return target, bus_kw, modules_for_bus_kw(bus_kw, interface), net


@compiled()
def serve_at_voltage(
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
    at = v if electrical.ev_on_bus == 1 else 1.0
    advance_vehicles(electrical, at, scale, ev_row, sessions, dt_h, out)
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
    limits: tuple[float, float, float],
    out: np.ndarray,
) -> float:
    """Bus and AC board of a building with a DC bus; returns the battery power.

    `limits` are those of the battery in this step, as of `battery_limits_now_kw`.
    """
    bus, curves, interface = electrical.bus, electrical.curves, electrical.interface
    bus.battery_charge_max_kw, bus.battery_discharge_max_kw, bus.battery_charge_forced_kw = limits
    if electrical.orders[SHIFT_ORDER] > 0.0:
        hvac_kw = hvac_precool_kw
    out[HVAC] = hvac_kw
    ac = hang_loads_on_bus(electrical, hvac_kw, hvac_precool_kw, pv_available_kw, out)
    if electrical.ev_on_bus == 0:
        ac += ev_power_kw(1.0, curves, ev_row, sessions)
    if electrical.controller == DROOP:
        target, bus_kw, modules, net = _droop_target(
            electrical, soc, ac, dt_h, period, hours_left, ev_row, sessions
        )
    else:
        target, bus_kw, modules, net = _ordered_target(
            electrical, soc, ac, period, hours_left, ev_row, sessions
        )
    bus.interface_target_kw = bus_kw
    v = bus.reference_pu
    surplus = interface_on_bus_kw(v, bus, curves) + battery_on_bus_kw(v, bus, curves) - net
    v, surplus, iterations = solve_bus_from(v, surplus, bus, curves, ev_row, sessions)
    given = interface_on_bus_kw(v, bus, curves)
    if electrical.controller == DROOP:
        _carry_voltage(electrical, ev_row, sessions)
    battery_kw, rest = serve_at_voltage(electrical, v, surplus, ev_row, sessions, dt_h, out)
    # the interface closes what the root left over, at most the tolerance
    given -= rest
    if abs(given - bus_kw) > 1e-6:
        modules = modules_for_bus_kw(given, interface)
    taken = ac_from_bus_kw(given, modules, interface)
    grid_columns(ac + taken, taken - given, target, v, out)
    out[BUS_RESIDUAL] = abs(rest)
    out[BUS_ITERATIONS] = iterations
    return battery_kw
