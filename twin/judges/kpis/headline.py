"""The headline set that every Run stores: what needs no other Run, cheap enough for each march.

The rest of the ten (peak reduction, cost, carbon, degree of flexibility and regret) needs Runs beside it:
`twin.judges.kpis.table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from twin.judges.kpis import comfort, control, dc, ev, event, load_match, peak, resilience
from twin.judges.kpis.kpi import Kpi, known, undefined
from twin.judges.kpis.reading import CRITICAL, Columns, columns, rooms, store
from twin.market.days import local_times

_SAME_KW = 1e-6
"""Distance below which power and target are one [kW]."""


def headline(
    series: pd.DataFrame,
    zones: pd.DataFrame | None,
    facts: Mapping[str, Any],
    counters: Mapping[str, float] | None,
    response: Mapping[str, Any] | None,
) -> tuple[Kpi, ...]:
    """Headline indicators of one building.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
    zones : DataFrame, shape (n, zones * variables), optional
    facts : mapping
        Of the building in the manifest.
    counters : mapping, optional
        `run.summary["counters"]` of the building.
    response : mapping, optional
        What the judge of the call said.

    Returns
    -------
    tuple of Kpi
        Defined or with a reason, always the same keys.
    """
    built = columns(series)
    pv = built["pv_kw"]
    return (
        *of_target(built),
        peak.peak_power(built.imported, built.step_h),
        load_match.self_consumption(pv, built.exported),
        load_match.self_sufficiency(pv, built.exported, built.imported),
        *of_response(response, float(facts["floor_area_m2"])),
        *of_vehicles(counters),
        of_comfort(zones, facts, built.step_h),
        *of_losses(built),
        *of_voltage(built),
        *of_islanding(built, facts),
    )


def of_target(built: Columns) -> tuple[Kpi, ...]:
    """Following the grid target, in the steps that have one."""
    aimed = np.isfinite(built["grid_target_kw"])
    keys = ("tracking_error", "tracking_accuracy", "tracking_rms", "tracking_within")
    if not aimed.any():
        return tuple(undefined(key, "no_target") for key in keys)
    net, target = built.net[aimed], built["grid_target_kw"][aimed]
    if float(np.abs(net - target).max()) <= _SAME_KW:
        return tuple(undefined(key, "own_target") for key in keys)
    return control.tracking(net, target)


_RESPONSE = (
    "response_rate", "response_power", "response_intensity", "sustained_hours", "customer_baseline",
    "settled_rebound",
)  # fmt: skip


def of_response(response: Mapping[str, Any] | None, floor_area_m2: float) -> tuple[Kpi, ...]:
    """The call as it was settled; figures of the settlement, which looks at the meter alone."""
    if response is None:
        return tuple(undefined(key, "no_event") for key in _RESPONSE)
    base, actual = np.array(response["baseline_kw"]), np.array(response["actual_kw"])
    start, end = local_times(pd.DatetimeIndex([response["start"], response["end"]]))
    first = start.hour * 4 + start.minute // 15
    during = slice(first, first + round((end - start) / pd.Timedelta(minutes=15)))
    sign = 1.0 if response["kind"] == "peak_shaving" else -1.0
    delivered = sign * (base - actual)[during]
    mean = float(response["mean_kw"])
    return (
        known("response_rate", float(response["response_rate"])),
        known("response_power", mean),
        known("response_intensity", 1000.0 * mean / floor_area_m2),
        event.sustained_hours(delivered, float(response["committed_kw"]), 0.25),
        known("customer_baseline", float(base[during].mean())),
        known("settled_rebound", float(response["after_kwh"])),
    )


def of_vehicles(counters: Mapping[str, float] | None) -> tuple[Kpi, Kpi]:
    """Service of vehicles by the Run's counters."""
    if not counters or "vehicles_arrived" not in counters:
        return ev.service_of_counts(0.0, 0.0, 0.0)
    return ev.service_of_counts(
        counters["vehicles_arrived"] - counters["vehicles_refused"],
        counters["vehicles_left_short"],
        counters["vehicle_energy_missed_kwh"],
    )


def of_comfort(zones: pd.DataFrame | None, facts: Mapping[str, Any], step_h: float) -> Kpi:
    """Degree-hours of all zones with set-points, those of the schedule: what control shifts counts."""
    judged = rooms(zones, facts)
    if judged is None:
        return undefined("comfort_degree_hours", "no_zones")
    return comfort.comfort_degree_hours(judged, step_h)


def of_losses(built: Columns) -> tuple[Kpi, ...]:
    """Losses of grid interface and battery; other converters are inside the columns of their devices."""
    own = built.total("pv_kw", "generation_kw", "ev_discharge_kw")
    stages = {"interface": built["conversion_loss_kw"], "battery": built["battery_loss_kw"]}
    return dc.losses(built.imported, own, built.stored, stages, built.step_h)


_VOLTAGE = (
    "voltage_rated_share", "voltage_low_share", "voltage_high_share", "voltage_outside_share",
    "voltage_p1", "voltage_p99", "band_crossings",
)  # fmt: skip


def of_voltage(built: Columns) -> tuple[Kpi, ...]:
    """Bands of the bus voltage, over the steps that have one."""
    voltage = built["bus_voltage_pu"]
    there = np.isfinite(voltage)
    if not there.any():
        return tuple(undefined(key, "no_dc_bus") for key in _VOLTAGE)
    found = dc.voltage_quality(voltage[there], built.step_h)
    if there.all():
        return found
    left = f"{int((~there).sum())} steps without voltage left out"
    return tuple(known(kpi.key, kpi.value, left) for kpi in found)


def of_islanding(built: Columns, facts: Mapping[str, Any]) -> tuple[Kpi, Kpi]:
    """Endurance of lighting and equipment on the battery alone."""
    battery = store(built, facts)
    keys = ("islanding_endurance", "islanding_endurance_low")
    if battery is None:
        one, other = (undefined(key, "no_battery") for key in keys)
        return one, other
    found = resilience.islanding_endurance(
        built["battery_soc"],
        built.total(*CRITICAL),
        battery.capacity_kwh,
        battery.soc_min,
        battery.discharge_efficiency,
    )
    one, other = (known(kpi.key, kpi.value, battery.note) if kpi.defined else kpi for kpi in found)
    return one, other
