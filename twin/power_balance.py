"""The electrical step of one building: who gives and who takes, closed to the last digit.

One call serves one building and one step. A building with a DC bus (直流母线) solves for the bus voltage;
one without balances its AC board. The controller is chosen by code. All powers are means over the
step, in kW, at the side of bus or board; the outcome goes into a row whose columns are `COLUMNS`.

Balance, exact by construction since the grid closes it:

    import - export + pv + generation + battery_discharge + ev_discharge = lighting + equipment + fans
        + pumps + cooling + heating + fresh_air + hot_water + cooking + process + ev_charge + battery_charge
        + conversion_loss
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import BATTERY, battery_limits_kw, battery_step, no_battery
from buildings.systems.converter import CONVERTER, load_converter
from buildings.systems.dc_bus import (
    BUS_DEVICES,
    battery_on_bus_kw,
    device_net_kw,
    hvac_on_bus_kw,
    interface_on_bus_kw,
    solve_bus,
)
from buildings.systems.device_curves import DEVICE_CURVES, curve_share, load_device_curves
from buildings.systems.ev import (
    EV_CHARGER,
    ev_power_kw,
    ev_prepare,
    load_charger,
    session_power_kw,
    session_step,
)
from buildings.systems.grid_interface import ac_from_bus_kw, bus_from_ac_kw, bus_limits_kw, modules_for_bus_kw
from buildings.systems.records import Record, record
from controllers.codes import DROOP, RULES, controller_code
from controllers.droop import (
    N_REFERENCES,
    event_reserve,
    reference_index,
    reference_voltages,
    scheduled_battery_kw,
)
from controllers.fixed import fixed_battery_kw
from controllers.rules import import_ceiling_kw, rules_battery_kw
from weather.errors import TwinError

COLUMNS = (
    "lighting_kw",
    "equipment_kw",
    "fans_kw",
    "pumps_kw",
    "cooling_kw",
    "heating_kw",
    "fresh_air_kw",
    "hot_water_kw",
    "cooking_kw",
    "process_kw",
    "generation_kw",
    "ev_charge_kw",
    "ev_discharge_kw",
    "pv_kw",
    "pv_curtailed_kw",
    "battery_charge_kw",
    "battery_discharge_kw",
    "battery_loss_kw",
    "battery_soc",
    "conversion_loss_kw",
    "grid_import_kw",
    "grid_export_kw",
    "grid_target_kw",
    "bus_voltage_pu",
    "hvac_kw",
    "hvac_shed_kw",
    "unserved_kw",
    "bus_residual_kw",
    "bus_iterations",
)
N_COLUMNS = len(COLUMNS)
(
    LIGHTING,
    EQUIPMENT,
    FANS,
    PUMPS,
    COOLING,
    HEATING,
    FRESH_AIR,
    HOT_WATER,
    COOKING,
    PROCESS,
    GENERATION,
    EV_CHARGE,
    EV_DISCHARGE,
    PV,
    PV_CURTAILED,
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_LOSS,
    BATTERY_SOC,
    CONVERSION_LOSS,
    GRID_IMPORT,
    GRID_EXPORT,
    GRID_TARGET,
    BUS_VOLTAGE,
    HVAC,
    HVAC_SHED,
    UNSERVED,
    BUS_RESIDUAL,
    BUS_ITERATIONS,
) = range(N_COLUMNS)
LOADS = ("lighting", "equipment", "fans", "pumps", "hvac", "ev")

ELECTRICAL = np.dtype(
    [
        ("has_dc_bus", np.int64),
        ("controller", np.int64),
        *[(f"{load}_on_bus", np.int64) for load in LOADS],
        ("export_limit_kw", np.float64),
        ("demand_limit_kw", np.float64),
        ("reference_voltages", np.float64, (N_REFERENCES,)),
        ("interface", CONVERTER),
        ("battery", BATTERY),
        ("charger", EV_CHARGER),
        ("curves", DEVICE_CURVES),
        ("bus", BUS_DEVICES),
    ],
    align=True,
)


def load_electrical(
    *,
    controller: str = "fixed",
    dc_loads: tuple[str, ...] | None = None,
    interface: Record | None = None,
    battery: Record | None = None,
    charger: Record | None = None,
    curves: Record | None = None,
    export_limit_kw: float = math.inf,
    demand_limit_kw: float = math.inf,
) -> Record:
    """Record of the electrical side of a building.

    Parameters
    ----------
    controller : str, optional
        ``fixed``, ``rules`` or ``droop``.
    dc_loads : tuple of str, optional
        Loads on the DC bus, of `LOADS`; None for a building without a bus. PV and battery sit on a bus if
        there is one.
    interface : CONVERTER record, optional
        Grid interface; needed with a bus.
    battery, charger : records, optional
        Battery and (all) chargers; none where not given.
    curves : DEVICE_CURVES record, optional
        Device curves; the library's default where not given.
    export_limit_kw, demand_limit_kw : float, optional
        Highest export allowed and highest import wanted at the meter [kW].

    Returns
    -------
    numpy.void
        Record of dtype `ELECTRICAL`.

    Raises
    ------
    TwinError
        If a load is unknown, a bus has no interface, or the controller does not fit.
    """
    has_bus = dc_loads is not None
    if has_bus and interface is None:
        raise TwinError("A DC bus needs a grid interface.", "Give `interface_capacity`.", key="dc_bus")
    for load in dc_loads or ():
        if load not in LOADS:
            raise TwinError(
                f"{load!r} is not a load of the DC bus.",
                f"Use some of: {', '.join(LOADS)}.",
                key="dc_bus.loads",
            )
    stage = interface if interface is not None else load_converter("afe_median", 1.0)
    cell = battery if battery is not None else no_battery()
    low, high = bus_limits_kw(stage, export_limit_kw)
    bus = np.zeros(1, BUS_DEVICES)
    bus["reference_pu"] = 1.0
    bus["battery_power_kw"] = cell["power_kw"]
    bus["interface_low_kw"] = low
    bus["interface_high_kw"] = high
    values: dict[str, Any] = {f"{load}_on_bus": int(load in (dc_loads or ())) for load in LOADS}
    values |= {"has_dc_bus": int(has_bus), "controller": controller_code(controller, has_dc_bus=has_bus)}
    values |= {"export_limit_kw": export_limit_kw, "demand_limit_kw": demand_limit_kw}
    values |= {"interface": stage, "battery": cell, "bus": bus[0]}
    values["reference_voltages"] = reference_voltages()
    values["charger"] = charger if charger is not None else load_charger(1.0, on_dc_bus=has_bus)
    values["curves"] = curves if curves is not None else load_device_curves()
    return record(ELECTRICAL, values)


@compiled()
def _ordered_battery_kw(
    electrical: Record,
    soc: float,
    net_kw: float,
    charge_max: float,
    discharge_max: float,
    period: int,
    hours_left: float,
    ceiling_kw: float,
) -> float:
    """Order of the fixed or rule-based controller to the battery [kW], positive for discharge."""
    if electrical.controller != RULES:
        return fixed_battery_kw()
    full = electrical.battery.soc_max * electrical.battery.capacity_kwh
    stored = soc * electrical.battery.capacity_kwh
    return rules_battery_kw(net_kw, stored, full, charge_max, discharge_max, period, hours_left, ceiling_kw)


@compiled()
def _advance_vehicles(
    electrical: Record,
    v: float,
    scale: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    out: np.ndarray,
) -> None:
    """Charge every vehicle by its curve at `v`, charging scaled by `scale`, and write both columns."""
    out[EV_CHARGE] = 0.0
    out[EV_DISCHARGE] = 0.0
    for k in ev_row:
        if k >= 0:
            power = session_power_kw(v, electrical.curves, sessions[k])
            if power > 0.0:
                power *= scale
                out[EV_CHARGE] += power
            else:
                out[EV_DISCHARGE] -= power
            session_step(power, dt_h, electrical.charger, sessions[k])


@compiled()
def _grid_columns(
    meter_kw: float, conversion_loss_kw: float, target_kw: float, v: float, out: np.ndarray
) -> None:
    out[GRID_IMPORT] = max(meter_kw, 0.0)
    out[GRID_EXPORT] = max(-meter_kw, 0.0)
    out[CONVERSION_LOSS] = conversion_loss_kw
    out[GRID_TARGET] = target_kw
    out[BUS_VOLTAGE] = v


@compiled()
def _stated_target_kw(electrical: Record, event_target_kw: float) -> float:
    """What the rules try to keep below [kW], NaN where nothing."""
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    return ceiling if electrical.controller == RULES and ceiling < math.inf else math.nan


@compiled()
def _on_board_kw(out: np.ndarray) -> float:
    """What always hangs on the AC board [kW]: fresh-air drying, hot water, processes, less generation."""
    return float(out[FRESH_AIR] + out[HOT_WATER] + out[COOKING] + out[PROCESS] - out[GENERATION])


@compiled()
def _ac_step(
    electrical: Record,
    soc: float,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    dt_h: float,
    hvac_kw: float,
    pv_available_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    out: np.ndarray,
) -> float:
    """Board of a building without DC bus; returns the battery power."""
    charge_max, discharge_max, forced = battery_limits_kw(soc, dt_h, electrical.battery)
    _advance_vehicles(electrical, 1.0, 1.0, ev_row, sessions, dt_h, out)
    out[HVAC] = hvac_kw
    net = out[LIGHTING] + out[EQUIPMENT] + out[FANS] + out[PUMPS] + hvac_kw + out[EV_CHARGE] - pv_available_kw
    net += _on_board_kw(out)
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    order = _ordered_battery_kw(electrical, soc, net, charge_max, discharge_max, period, hours_left, ceiling)
    battery_kw = min(max(order, -charge_max), discharge_max)
    if forced > 0.0:
        battery_kw = min(battery_kw, -forced)
    meter = net - battery_kw
    curtailed = min(max(-electrical.export_limit_kw - meter, 0.0), pv_available_kw)
    out[PV_CURTAILED] = curtailed
    out[PV] = pv_available_kw - curtailed
    target = _stated_target_kw(electrical, event_target_kw)
    _grid_columns(meter + curtailed, 0.0, target, math.nan, out)
    out[BUS_RESIDUAL] = 0.0
    out[BUS_ITERATIONS] = 0.0
    return battery_kw


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
    return constant + out[LIGHTING] - bus.lighting_kw + hvac_kw - bus.hvac_kw + _on_board_kw(out)


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
    order = _ordered_battery_kw(
        electrical,
        soc,
        net - zero,
        bus.battery_charge_max_kw,
        bus.battery_discharge_max_kw,
        period,
        hours_left,
        ceiling,
    )
    target = _stated_target_kw(electrical, event_target_kw)
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
    _advance_vehicles(electrical, v, scale, ev_row, sessions, dt_h, out)
    out[PV] = bus.pv_kw * curve_share(v, curves.pv_v, curves.pv_share)
    out[PV_CURTAILED] = bus.pv_kw - out[PV]
    return battery_kw, surplus_kw + taken


@compiled()
def _dc_step(
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
    _grid_columns(ac + taken, taken - given, target, v, out)
    out[BUS_RESIDUAL] = abs(rest)
    out[BUS_ITERATIONS] = iterations
    return battery_kw


@compiled()
def power_step(
    electrical: Record,
    state: np.ndarray,
    ev_row: np.ndarray,
    sessions: np.ndarray,
    step: int,
    dt_h: float,
    lighting_kw: float,
    equipment_kw: float,
    fans_kw: float,
    pumps_kw: float,
    hvac_kw: float,
    hvac_precool_kw: float,
    heating_fraction: float,
    pump_fraction: float,
    fresh_air_kw: float,
    hot_water_kw: float,
    cooking_kw: float,
    process_kw: float,
    generation_kw: float,
    pv_available_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    event_in_h: float,
    out: np.ndarray,
) -> None:
    """One electrical step of one building.

    Parameters
    ----------
    electrical : ELECTRICAL record
        Parameters; its field `bus` is scratch space and is overwritten.
    state : numpy.ndarray of float64, shape (1,)
        State of charge of the battery [-]; advanced in place.
    ev_row : numpy.ndarray of int32, shape (n_chargers,)
        Session at each charger in this step, -1 where it is free; shape (0,) without chargers.
    sessions : numpy.ndarray of EV_SESSION
        All sessions; those present are advanced in place.
    step : int
        Step index on the sessions' clock.
    dt_h : float
        Length of the step [h].
    lighting_kw, equipment_kw, fans_kw, pumps_kw : float
        Demands that do not depend on the outcome [kW].
    hvac_kw, hvac_precool_kw : float
        Electric demand of the HVAC to hold the set-point, and with the set-point shifted by
        pre-cooling (not below the former) [kW].
    heating_fraction, pump_fraction : float
        Shares of the HVAC power that count as heating (the rest is cooling) and, before that, as pumps [-].
    fresh_air_kw, hot_water_kw, cooking_kw, process_kw : float
        Further demands, always on the AC board [kW]; they give way to nothing.
    generation_kw : float
        What machines give to the AC board (fuel cells, PV/T), never curtailed [kW].
    pv_available_kw : float
        PV power at bus or board after its converter, uncurtailed [kW].
    period : int
        Tariff period code of `controllers.codes`.
    hours_left : float
        Hours until the period ends, this step included [h].
    event_target_kw : float
        Grid power that a running demand-response event asks for [kW]; NaN where none runs.
    event_in_h : float
        Hours until a called event starts [h]; infinity where none is called.
    out : numpy.ndarray of float64, shape (N_COLUMNS,)
        Outcome, in the order of `COLUMNS`; overwritten.
    """
    shift = electrical.curves.ev_urgency_shift if electrical.controller == DROOP else 0.0
    ev_prepare(ev_row, sessions, step, dt_h, electrical.charger, shift)
    if electrical.controller != DROOP:
        for k in ev_row:
            if k >= 0:
                sessions[k].low_kw = sessions[k].high_kw
    hvac_precool = max(hvac_precool_kw, hvac_kw)
    out[LIGHTING] = lighting_kw
    out[EQUIPMENT] = equipment_kw
    out[FANS] = fans_kw
    out[PUMPS] = pumps_kw
    out[FRESH_AIR] = fresh_air_kw
    out[HOT_WATER] = hot_water_kw
    out[COOKING] = cooking_kw
    out[PROCESS] = process_kw
    out[GENERATION] = generation_kw
    out[UNSERVED] = 0.0
    if electrical.has_dc_bus == 1:
        battery_kw = _dc_step(
            electrical, state[0], ev_row, sessions, dt_h, hvac_kw, hvac_precool, pv_available_kw,
            period, hours_left, event_target_kw, event_in_h, out,
        )  # fmt: skip
    else:
        battery_kw = _ac_step(
            electrical, state[0], ev_row, sessions, dt_h, hvac_kw, pv_available_kw,
            period, hours_left, event_target_kw, out,
        )  # fmt: skip
    state[0], out[BATTERY_LOSS] = battery_step(state[0], battery_kw, dt_h, electrical.battery)
    out[BATTERY_SOC] = state[0]
    out[BATTERY_CHARGE] = max(-battery_kw, 0.0)
    out[BATTERY_DISCHARGE] = max(battery_kw, 0.0)
    out[HVAC_SHED] = max(hvac_kw - out[HVAC], 0.0)
    out[PUMPS] += pump_fraction * out[HVAC]
    rest = (1.0 - pump_fraction) * out[HVAC]
    out[HEATING] = heating_fraction * rest
    out[COOLING] = rest - out[HEATING]
