"""The AC board of a building: loads, vehicles, battery and sun balanced by the meter.

`board_step` serves a building without a DC bus; what a building with one has on its board beside the bus
(`twin.bus_balance`) goes through the same functions. Powers are means over the step [kW].
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_limits_kw
from buildings.systems.ev import session_power_kw, session_step
from buildings.systems.records import Record
from controllers.codes import RULES
from controllers.fixed import fixed_battery_kw
from controllers.rules import import_ceiling_kw, rules_battery_kw
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
def ordered_battery_kw(
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
def stated_target_kw(electrical: Record, event_target_kw: float) -> float:
    """What the rules try to keep below [kW], NaN where nothing."""
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    return ceiling if electrical.controller == RULES and ceiling < math.inf else math.nan


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
    pv_available_kw: float,
    period: int,
    hours_left: float,
    event_target_kw: float,
    out: np.ndarray,
) -> float:
    """Board of a building without DC bus; returns the battery power."""
    charge_max, discharge_max, forced = battery_limits_kw(soc, dt_h, electrical.battery)
    advance_vehicles(electrical, 1.0, 1.0, ev_row, sessions, dt_h, out)
    out[HVAC] = hvac_kw
    net = out[LIGHTING] + out[EQUIPMENT] + out[FANS] + out[PUMPS] + hvac_kw + out[EV_CHARGE] - pv_available_kw
    net += on_board_kw(out)
    ceiling = import_ceiling_kw(electrical.demand_limit_kw, event_target_kw)
    order = ordered_battery_kw(electrical, soc, net, charge_max, discharge_max, period, hours_left, ceiling)
    battery_kw = min(max(order, -charge_max), discharge_max)
    if forced > 0.0:
        battery_kw = min(battery_kw, -forced)
    meter = net - battery_kw
    curtailed = min(max(-electrical.export_limit_kw - meter, 0.0), pv_available_kw)
    out[PV_CURTAILED] = curtailed
    out[PV] = pv_available_kw - curtailed
    target = stated_target_kw(electrical, event_target_kw)
    grid_columns(meter + curtailed, 0.0, target, math.nan, out)
    out[BUS_RESIDUAL] = 0.0
    out[BUS_ITERATIONS] = 0.0
    return battery_kw
