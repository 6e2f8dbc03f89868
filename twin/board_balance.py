"""The AC board of a building: loads, vehicles, battery and sun balanced by the meter.

`board_step` serves a building without a DC bus; what a building with one has on its board beside the bus
(`twin.bus_balance`) goes through the same functions. Powers are means over the step [kW].
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_limits_kw
from buildings.systems.ev import ease_vehicles, ev_power_kw, session_power_kw, session_step
from buildings.systems.records import Record
from controllers.codes import RULES
from controllers.fixed import fixed_battery_kw
from controllers.islanding import BATTERY_LOST
from controllers.orders import (
    BATTERY_ORDER,
    SHIFT_ORDER,
    banded,
    battery_in_band_kw,
    import_ceiling_kw,
    meter_band_kw,
)
from controllers.rules import rules_battery_kw
from twin.power_columns import (
    BUS_ITERATIONS,
    BUS_RESIDUAL,
    BUS_VOLTAGE,
    CONVERSION_LOSS,
    COOKING,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    FRESH_AIR,
    GENERATION,
    GRID_EXPORT,
    GRID_IMPORT,
    GRID_TARGET,
    HOT_WATER,
    HVAC,
    LIGHTING,
    PROCESS,
    PUMPS,
    PV,
    PV_CURTAILED,
)


@compiled()
def battery_limits_now_kw(electrical: Record, soc: float, dt_h: float) -> tuple[float, float, float]:
    """Powers that the battery has in a step on the grid [kW], as `battery_limits_kw`.

    None where it is lost; the reserve for the time without the grid is not discharged.
    """
    battery, reserve = electrical.battery, electrical.island.reserve
    if electrical.lost & BATTERY_LOST != 0:
        return 0.0, 0.0, 0.0
    charge_max, discharge_max, forced = battery_limits_kw(soc, dt_h, battery)
    if reserve > 0.0:
        kept = reserve * (battery.soc_max - battery.soc_min)
        _, discharge_max, _ = battery_limits_kw(soc - kept, dt_h, battery)
    return charge_max, discharge_max, forced


@compiled()
def ordered_battery_kw(
    electrical: Record,
    soc: float,
    net_kw: float,
    charge_max: float,
    discharge_max: float,
    period: int,
    hours_left: float,
    low_kw: float,
    high_kw: float,
) -> float:
    """What the battery is to do [kW], positive for discharge: by order, else by controller, in the band."""
    order = electrical.orders[BATTERY_ORDER]
    if math.isnan(order) and electrical.controller == RULES and not banded(electrical.orders):
        full = electrical.battery.soc_max * electrical.battery.capacity_kwh
        stored = soc * electrical.battery.capacity_kwh
        return rules_battery_kw(net_kw, stored, full, charge_max, discharge_max, period, hours_left, high_kw)
    if math.isnan(order):
        order = fixed_battery_kw()
    return battery_in_band_kw(order, net_kw, low_kw, high_kw)


@compiled()
def reacting_ceiling_kw(electrical: Record) -> float:
    """Highest import [kW] that a controller reacts to; `fixed` reacts to orders alone."""
    if electrical.controller == RULES:
        return import_ceiling_kw(electrical.demand_limit_kw, electrical.orders)
    return math.inf


@compiled()
def advance_vehicles(
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
def grid_columns(
    meter_kw: float, conversion_loss_kw: float, target_kw: float, v: float, out: np.ndarray
) -> None:
    out[GRID_IMPORT] = max(meter_kw, 0.0)
    out[GRID_EXPORT] = max(-meter_kw, 0.0)
    out[CONVERSION_LOSS] = conversion_loss_kw
    out[GRID_TARGET] = target_kw
    out[BUS_VOLTAGE] = v


@compiled()
def stated_target_kw(electrical: Record) -> float:
    """What rules and orders try to keep below [kW], NaN where nothing."""
    _, high = meter_band_kw(reacting_ceiling_kw(electrical), electrical.orders)
    return high if high < math.inf else math.nan


@compiled()
def on_board_kw(out: np.ndarray) -> float:
    """What always hangs on the AC board [kW]: fresh-air drying, hot water, processes, less generation."""
    return float(out[FRESH_AIR] + out[HOT_WATER] + out[COOKING] + out[PROCESS] - out[GENERATION])


@compiled()
def board_step(
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
    """Board of a building without DC bus; returns the battery power. `limits` as for `bus_step`."""
    charge_max, discharge_max, forced = limits
    out[HVAC] = hvac_precool_kw if electrical.orders[SHIFT_ORDER] > 0.0 else hvac_kw
    vehicles = ev_power_kw(1.0, electrical.curves, ev_row, sessions)
    net = out[LIGHTING] + out[EQUIPMENT] + out[FANS] + out[PUMPS] + out[HVAC] + vehicles - pv_available_kw
    net += on_board_kw(out)
    low, high = meter_band_kw(reacting_ceiling_kw(electrical), electrical.orders)
    order = ordered_battery_kw(electrical, soc, net, charge_max, discharge_max, period, hours_left, low, high)
    battery_kw = min(max(order, -charge_max), discharge_max)
    if forced > 0.0:
        battery_kw = min(battery_kw, -forced)
    if net - battery_kw > high:
        ease_vehicles(ev_row, sessions, net - battery_kw - high)
    advance_vehicles(electrical, 1.0, 1.0, ev_row, sessions, dt_h, out)
    meter = net - vehicles + out[EV_CHARGE] - out[EV_DISCHARGE] - battery_kw
    curtailed = min(max(-electrical.export_limit_kw - meter, 0.0), pv_available_kw)
    out[PV_CURTAILED] = curtailed
    out[PV] = pv_available_kw - curtailed
    target = stated_target_kw(electrical)
    grid_columns(meter + curtailed, 0.0, target, math.nan, out)
    out[BUS_RESIDUAL] = 0.0
    out[BUS_ITERATIONS] = 0.0
    return battery_kw
