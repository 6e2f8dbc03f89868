"""The electrical step of one building: who gives and who takes, closed to the last digit.

One call serves one building and one step. A building with a DC bus (直流母线) solves for the bus voltage
(`twin.bus_balance`); one without balances its AC board (`twin.board_balance`). The controller is chosen by
code. All powers are means over the step, in kW, at the side of bus or board; the outcome goes into a row
whose columns are `twin.power_columns.COLUMNS`.

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
from buildings.systems.battery import (
    BATTERY,
    battery_step,
    cell_heat_kw,
    cell_temperature,
    no_battery,
)
from buildings.systems.converter import CONVERTER, load_converter
from buildings.systems.dc_bus import BUS_DEVICES
from buildings.systems.device_curves import DEVICE_CURVES, load_device_curves
from buildings.systems.ev import EV_CHARGER, ev_prepare, load_charger, order_vehicles
from buildings.systems.grid_interface import bus_limits_kw
from buildings.systems.records import Record, record
from controllers.codes import DROOP, controller_code
from controllers.droop import N_REFERENCES, reference_voltages
from controllers.islanding import GRID, ISLANDING, N_CLASSES, load_islanding
from controllers.orders import BATTERY_ORDER, EV_ORDER, N_ORDERS, keep_orders
from controllers.secondary import SECONDARY, load_secondary
from twin.board_balance import battery_limits_now_kw, board_step
from twin.bus_balance import bus_step
from twin.island_balance import (
    close_groups,
    drop_orders,
    enter_step,
    hold_vehicles,
    island_step,
    keep_wanted,
    leave_step,
    sun_let_in_kw,
)
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_LOSS,
    BATTERY_SOC,
    BATTERY_TEMP,
    COOKING,
    COOLING,
    EQUIPMENT,
    FANS,
    FRESH_AIR,
    GENERATION,
    HEATING,
    HOT_WATER,
    HVAC,
    HVAC_SHED,
    LIGHTING,
    ORDERS_MISSED,
    PROCESS,
    PUMPS,
    UNSERVED,
)
from weather.errors import TwinError

LOADS = ("lighting", "equipment", "fans", "pumps", "hvac", "ev")
_FOLLOWED_KW = 1e-6
"""Distance at which an order counts as followed [kW]."""

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
        ("secondary", SECONDARY),
        ("orders", np.float64, (N_ORDERS,)),
        ("lost", np.int64),
        ("island", ISLANDING),
    ],
    align=True,
)
"""Parameters; `bus` is scratch space, `orders` and `lost` (bits of `controllers.islanding.FAULTS`) are of the
step, `secondary` and `island` hold states."""


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
    secondary: Record | None = None,
    islanding: Record | None = None,
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
    secondary : SECONDARY record, optional
        How the interface finds its target; the library's default where not given.
    islanding : ISLANDING record, optional
        How the building lives without the grid; the library's default where not given.

    Returns
    -------
    numpy.void
        Record of dtype `ELECTRICAL`, without orders and faults.

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
    values["secondary"] = secondary if secondary is not None else load_secondary()
    values["orders"], values["lost"] = np.full(N_ORDERS, np.nan), 0
    values["island"] = islanding if islanding is not None else load_islanding()
    return record(ELECTRICAL, values)


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
    out: np.ndarray,
) -> None:
    """One electrical step of one building.

    Parameters
    ----------
    electrical : ELECTRICAL record
        Parameters; its `orders` are those of this step and are brought inside their bounds, its field `bus`
        is scratch space and is overwritten, its battery's `temp` is a state that `warm_cells` advances.
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
        pre-cooling (not below the former) [kW]; an ordered shift asks for the latter as such.
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
    out : numpy.ndarray of float64, shape (N_COLUMNS,)
        Outcome, in the order of `COLUMNS`; overwritten.
    """
    shift = electrical.curves.ev_urgency_shift if electrical.controller == DROOP else 0.0
    ev_prepare(ev_row, sessions, step, dt_h, electrical.charger, shift)
    keep_orders(electrical.orders, electrical.battery.power_kw)
    island = electrical.island
    faulty = electrical.lost != 0 or island.state != GRID
    alone, most, dropped = False, 0, False
    if faulty:
        alone, most = enter_step(electrical, state[0], lighting_kw, equipment_kw, pv_available_kw, dt_h)
        dropped = alone and drop_orders(electrical.orders)
    cut_off = alone and (electrical.ev_on_bus == 1 or island.board_off == 1)
    free = electrical.controller == DROOP and (electrical.ev_on_bus == 1 or electrical.has_dc_bus == 0)
    if not free and not cut_off and math.isnan(electrical.orders[EV_ORDER]):
        for k in ev_row:
            if k >= 0:
                sessions[k].low_kw = sessions[k].high_kw
    if faulty:
        hold_vehicles(electrical, alone, most, ev_row, sessions)
    short_kw = order_vehicles(ev_row, sessions, electrical.orders[EV_ORDER])
    hvac_precool = max(hvac_precool_kw, hvac_kw)
    limits = battery_limits_now_kw(electrical, state[0], dt_h)
    charge_max, discharge_max, _ = limits
    out[LIGHTING] = lighting_kw
    out[EQUIPMENT] = equipment_kw
    out[FANS] = fans_kw
    out[PUMPS] = pumps_kw
    out[HVAC] = hvac_kw
    out[FRESH_AIR] = fresh_air_kw
    out[HOT_WATER] = hot_water_kw
    out[COOKING] = cooking_kw
    out[PROCESS] = process_kw
    out[GENERATION] = generation_kw
    out[UNSERVED] = 0.0
    asked, pv_kw, level = hvac_kw, pv_available_kw, most
    if faulty:
        keep_wanted(island, out)
        pv_kw = sun_let_in_kw(electrical, pv_available_kw)
        if not alone:
            close_groups(electrical, most, generation_kw, out)
            asked, hvac_precool = out[HVAC], (out[HVAC] if most < N_CLASSES else hvac_precool)
    if alone:
        level, battery_kw = island_step(
            electrical, state[0], ev_row, sessions, dt_h, pv_kw, generation_kw, most, out
        )
    elif electrical.has_dc_bus == 1:
        battery_kw = bus_step(
            electrical, state[0], ev_row, sessions, dt_h, asked, hvac_precool, pv_kw, period, hours_left,
            limits, out,
        )  # fmt: skip
    else:
        battery_kw = board_step(
            electrical, state[0], ev_row, sessions, dt_h, asked, hvac_precool, pv_kw, period, hours_left,
            limits, out,
        )  # fmt: skip
    if faulty:
        leave_step(electrical, alone, most, level, state[0], dt_h, pv_available_kw - pv_kw, out)
    state[0], out[BATTERY_LOSS] = battery_step(state[0], battery_kw, dt_h, electrical.battery)
    out[BATTERY_SOC] = state[0]
    out[BATTERY_TEMP] = electrical.battery.temp
    out[BATTERY_CHARGE] = max(-battery_kw, 0.0)
    out[BATTERY_DISCHARGE] = max(battery_kw, 0.0)
    order = electrical.orders[BATTERY_ORDER]
    beyond = order > discharge_max + _FOLLOWED_KW or order < -charge_max - _FOLLOWED_KW
    out[ORDERS_MISSED] = 1.0 if dropped or beyond or abs(short_kw) > _FOLLOWED_KW else 0.0
    out[HVAC_SHED] = max(hvac_kw - out[HVAC], 0.0)
    out[PUMPS] += pump_fraction * out[HVAC]
    rest = (1.0 - pump_fraction) * out[HVAC]
    out[HEATING] = heating_fraction * rest
    out[COOLING] = rest - out[HEATING]


@compiled()
def warm_cells(electrical: Record, temp_room: float, dt_h: float, out: np.ndarray) -> None:
    """Advance the battery's cell temperature by the step that stands in `out`.

    Parameters
    ----------
    electrical : ELECTRICAL record
        The `temp` of its battery is the state; advanced in place, and read by the next step.
    temp_room : float
        Air or coolant around the cells [degC].
    dt_h : float
        Length of the step [h].
    out : numpy.ndarray of float64, shape (N_COLUMNS,)
        Outcome of the step; its column of the cells' temperature is written.
    """
    battery = electrical.battery
    heat = cell_heat_kw(out[BATTERY_DISCHARGE] - out[BATTERY_CHARGE], battery)
    battery.temp = cell_temperature(battery.temp, temp_room, heat, dt_h, battery)
    out[BATTERY_TEMP] = battery.temp
