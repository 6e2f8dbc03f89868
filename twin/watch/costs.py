"""What a fault costs a day, from readings and tariff, since it began until it was told.

What a channel is away from its usual is held against the energy that was read in the same steps, each at its
price of the tariff. Costs are those of electricity alone; what they leave out, and why some faults have none,
stands with the faults in the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.watch.alarms import Alarm
from twin.watch.channels import Day, detector, watch_data

Floats = NDArray[np.float64]
_LEAST = 0.05
"""Share of the usual below which nothing is reckoned."""


def priced(
    alarms: Sequence[Alarm], estimates: pd.DataFrame, zone: str, price: pd.Series[float]
) -> list[Alarm]:
    """Alarms with what each fault costs a day.

    Parameters
    ----------
    estimates : DataFrame
        Of `Following.estimates`.
    zone : str
        Time zone of the site.
    price : Series
        Of electricity in each step of the estimates [CNY/kWh].
    """
    index = pd.DatetimeIndex(estimates.index)
    local = np.asarray(index.tz_convert(zone).date)
    hours = float(index.to_series().diff().median() / pd.Timedelta(hours=1))
    columns = {str(name): estimates[name].to_numpy(float) for name in estimates.columns}
    columns["price"] = price.reindex(index).to_numpy(float)
    dates = np.unique(local)
    first = int(detector("settling_days"))
    sound = np.isin(local, dates[first : first + int(detector("training_days"))])
    found = []
    for alarm in alarms:
        held = (local >= alarm.since) & (local <= alarm.day)
        day, before = (
            Day({name: column[steps] for name, column in columns.items()}, hours, {})
            for steps in (held, sound)
        )
        cost = _cost(alarm, day, before)
        known = cost is not None and np.isfinite(cost)
        found.append(replace(alarm, cost_cny=cost if known else None))
    return found


def _cost(alarm: Alarm, day: Day, before: Day) -> float | None:
    """CNY a day; None where readings do not tell it."""
    ratio = alarm.now / alarm.usual if alarm.usual else 1.0
    if alarm.channel == "pv":
        return _a_day(day, day.read("pv_kw") * (1.0 / max(ratio, _LEAST) - 1.0))
    if alarm.channel in ("cooling", "heating"):
        meter = day.heard_meter(alarm.channel)
        return None if meter is None else _a_day(day, day.read(meter) * (1.0 - ratio))
    if alarm.channel in ("cooling_setpoint", "heating_setpoint"):
        return _of_setpoint(alarm, day)
    if alarm.channel in ("fans_running", "fans_resting") and alarm.now > alarm.usual:
        return _a_day(day, day.read("fans_kw") - day.expected("fans_kw") * _usual_fans(before))
    if alarm.channel == "battery":
        return max((1.0 - ratio) * _a_day(before, before.read("battery_kw")), 0.0)
    if alarm.channel == "meter":
        return _a_day(day, np.maximum(day.read("net_import_kw"), 0.0) * (1.0 - 1.0 / max(ratio, _LEAST)))
    return None


def _of_setpoint(alarm: Alarm, day: Day) -> float | None:
    """Electricity of rooms that are cooled or heated further than is usual; None where less far."""
    machine = alarm.channel.removesuffix("_setpoint")
    more = (alarm.usual - alarm.now) * (1.0 if machine == "cooling" else -1.0)
    meter = day.heard_meter(machine)
    if meter is None or more <= 0.0:
        return None
    left = (1.0 - float(watch_data()["per_kelvin"][machine]["value"])) ** more
    return _a_day(day, day.read(meter) * (1.0 - left))


def _usual_fans(before: Day) -> float:
    read, expected = before.read("fans_kw"), before.expected("fans_kw")
    there = np.isfinite(read)
    total = float(expected[there].sum())
    return float(read[there].sum()) / total if total > 0.0 else 1.0


def _a_day(day: Day, power: Floats) -> float:
    """Cost of a power in 24 hours; steps without a reading count as the others [CNY]."""
    return float(24.0 * np.nanmean(power * day.columns["price"]))
