"""Bus-voltage droop (母线电压下垂控制): the policy that sets the grid target P*.

The controller chooses a reference voltage by tariff period (the signal that vehicles and pre-cooling
read), a battery schedule, and from both the power P* that the grid interface is to hold. As long as no
limit binds, the bus stands at the reference. Where a demand limit or a demand-response event asks
for less, the interface holds the lower P*, the voltage falls, and each device takes its part by its own
curve (`buildings.systems.device_curves`).

It uses nothing but the present: demand, PV, state of charge, tariff period, a called event. The
day-ahead notice of an event makes it keep the battery's charge and pre-cool shortly before.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np

from buildings.compiled import compiled
from buildings.library.data_text import read_data
from controllers.codes import DEEP_VALLEY, PEAK, PERIODS, SUPER_PEAK, VALLEY
from controllers.rules import even_charge_kw

RESERVE_HOURS = 12.0  # before a called event the battery keeps its charge this long
PRECOOL_HOURS = 1.5  # and pre-cooling is allowed this long
SURPLUS = len(PERIODS)
BEFORE_EVENT = len(PERIODS) + 1
N_REFERENCES = len(PERIODS) + 2


@cache
def _reference_table() -> tuple[float, ...]:
    text = (Path(__file__).parent / "data" / "droop.yaml").read_text(encoding="utf-8")
    table = read_data(text)["reference_voltage"]
    return (*(float(table[name]) for name in PERIODS), float(table["surplus"]), float(table["before_event"]))


def reference_voltages() -> np.ndarray:
    """Reference voltages [p.u.] by period code, then of a surplus and of the time before an event."""
    return np.array(_reference_table())


@compiled()
def event_reserve(event_target_kw: float, event_in_h: float) -> bool:
    """Whether the battery's charge is kept for a called event, before it and while it runs.

    While it runs the tariff's schedule rests: the battery gives only what the voltage asks of it, so that its
    charge lasts as long as the event does.
    """
    return event_in_h <= RESERVE_HOURS or not math.isnan(event_target_kw)


@compiled()
def reference_index(net_kw: float, event_target_kw: float, event_in_h: float, period: int) -> int:
    """Index into the reference voltages for the present situation."""
    if event_in_h <= PRECOOL_HOURS and math.isnan(event_target_kw):
        return BEFORE_EVENT
    if net_kw < 0.0:
        return SURPLUS
    return period


@compiled()
def scheduled_battery_kw(
    net_kw: float,
    stored_kwh: float,
    empty_kwh: float,
    full_kwh: float,
    charge_max_kw: float,
    discharge_max_kw: float,
    period: int,
    hours_left: float,
    reserve: bool,
) -> float:
    """Battery power that the tariff suggests, positive for discharge [kW].

    A surplus charges. The valley fills the battery evenly until it ends; peak and super peak spread the
    stored energy over the hours that are left of them, never beyond the net demand.
    """
    if net_kw < 0.0:
        return -min(-net_kw, charge_max_kw)
    if period in (VALLEY, DEEP_VALLEY):
        return -even_charge_kw(stored_kwh, full_kwh, hours_left, charge_max_kw, math.inf)
    if period in (PEAK, SUPER_PEAK) and not reserve:
        spread = max(stored_kwh - empty_kwh, 0.0) / max(hours_left, 1e-9)
        return min(spread, discharge_max_kw, net_kw)
    return 0.0
