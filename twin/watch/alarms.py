"""Alarms of a live twin: its days, standardised by days that were sound, summed, and what a fault costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.watch.channels import Days, detector, watch_data
from twin.watch.cusum import sums, threshold
from twin.watch.standard import Before, standard_days

Floats = NDArray[np.float64]
@dataclass(frozen=True)
class Alarm:
    """A channel that left what it settled to.

    Attributes
    ----------
    channel, fault : str
        Keys of the data; the fault that shows so most likely.
    day : date
        On which it was told.
    since : date
        On which its sum began to grow.
    usual, now : float
        Mean of the days of training, and that day.
    cost_cny : float or None
        Per day at the mean price; None where the readings do not tell it.
    """

    channel: str
    fault: str
    day: Any
    since: Any
    usual: float
    now: float
    cost_cny: float | None = None


def alarms_of(days: Days) -> list[Alarm]:
    """Alarms of all channels in the order of time; a channel tells once.

    Parameters
    ----------
    days : Days
        The first `settling_days` are passed over, the `training_days` behind them taken as sound.
    """
    allowance, first = detector("allowance"), int(detector("settling_days"))
    sound = first + int(detector("training_days"))
    limit = limit_of(days)
    found: list[Alarm] = []
    for name in days.values.columns:
        channel, values = watch_data()["channels"][name], days.values[name].to_numpy(float)
        standard = standard_channel(days, name)[sound:]
        far = detector("farthest")
        for way, one in zip(("up", "down"), sums(np.clip(standard, -far, far), allowance), strict=True):
            if way not in channel or not (one > limit).any():
                continue
            at = int(np.argmax(one > limit))
            zeros = np.flatnonzero(one[: at + 1] == 0.0)
            begin = int(zeros[-1]) + 1 if len(zeros) else 0
            index = days.values.index[sound:]
            usual = float(np.nanmedian(values[first:sound]))
            now = float(values[sound:][at])
            found.append(Alarm(name, channel[way], index[at], index[begin], usual, now))
    return sorted(found, key=lambda alarm: str(alarm.day))


def limit_of(days: Days) -> float:
    """Threshold of the sums of all channels that tell something in some days."""
    channels = watch_data()["channels"]
    count = sum(("up" in channels[name]) + ("down" in channels[name]) for name in days.values.columns)
    return threshold(detector("false_alarms_per_month"), max(count, 1), detector("allowance"))


def standard_channel(days: Days, name: str) -> Floats:
    """Days of a channel as standard normal figures."""
    channel = watch_data()["channels"][name]
    before = Before(
        float(channel["sd"]), float(channel["lag"]),
        detector("prior_days"), detector("memory_days"), detector("farthest"),
    )  # fmt: skip
    values, errors = days.values[name].to_numpy(float), days.errors[name].to_numpy(float)
    first, training = int(detector("settling_days")), int(detector("training_days"))
    return standard_days(values, errors, first, training, before)


def priced(alarms: Sequence[Alarm], estimates: pd.DataFrame, zone: str, price: float) -> list[Alarm]:
    """Alarms with what the fault costs a day, from its begin until it was told.

    PV that is lost and electricity of machines that got worse follow from their factors, fans and the grid
    meter from their residuals; of others only the sign is known.

    Parameters
    ----------
    estimates : DataFrame
        Of `Following.estimates`.
    zone : str
        Time zone of the site.
    price : float
        Mean price of electricity [CNY/kWh].
    """
    day = np.asarray(pd.DatetimeIndex(estimates.index).tz_convert(zone).date)
    return [
        replace(alarm, cost_cny=_cost(alarm, estimates[(day >= alarm.since) & (day <= alarm.day)], price))
        for alarm in alarms
    ]


def _cost(alarm: Alarm, held: pd.DataFrame, price: float) -> float | None:
    change = alarm.now - alarm.usual
    if alarm.channel == "pv" and "pv_kw" in held:
        return float(24.0 * held["pv_kw"].mean() * np.expm1(-change) * price)
    if alarm.channel in ("cooling_ratio", "heating_ratio"):
        name = next((n for n in (alarm.channel[:7] + "_kw", "hvac_kw") if n in held), None)
        return None if name is None else float(24.0 * held[name].mean() * -np.expm1(change) * price)
    residual = f"{watch_data()['channels'][alarm.channel].get('residual')} residual"
    return float(24.0 * held[residual].mean() * price) if residual in held else None
