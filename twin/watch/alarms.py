"""Alarms of a live twin: its days, standardised by days that were sound, summed, and what a fault costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.library.data_text import read_data
from twin.live.figures import followed
from twin.watch.cusum import sums, threshold

Floats = NDArray[np.float64]
_FEWEST = 7
"""Sound days of training without which a channel is not watched."""
_MOVED = 0.005
"""Change of charge in a step below which cells rest [-]."""


@cache
def watch_data() -> dict[str, Any]:
    """Channels, the faults that show there, and figures of the detector."""
    found: dict[str, Any] = read_data((files("twin.watch") / "data" / "channels.yaml").read_text("utf-8"))
    return found


def detector(name: str) -> float:
    """A figure of the detector."""
    return float(watch_data()["detector"][name]["value"])


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


def days_of(estimates: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Figures of the channels for each whole local day.

    Parameters
    ----------
    estimates : DataFrame
        Of `Following.estimates`.
    zone : str
        Time zone of the site.
    """
    local = pd.DatetimeIndex(estimates.index).tz_convert(zone)
    day = np.asarray(local.date)
    found: dict[str, pd.Series[float]] = {}
    for name, channel in watch_data()["channels"].items():
        values = _channel(estimates, channel)
        if values is not None:
            found[name] = values.groupby(day).mean()
    table = pd.DataFrame(found)
    per_day = estimates.groupby(day).size()
    return table[per_day.reindex(table.index) == per_day.max()]


def _channel(estimates: pd.DataFrame, channel: dict[str, Any]) -> pd.Series[float] | None:
    """A channel by step; None where the live twin does not tell it."""
    if "residual" in channel:
        name = f"{channel['residual']} residual"
        return estimates[name] / estimates[f"{name} ±"] if name in estimates else None
    if channel.get("charge"):
        return _charge(estimates)
    name = channel["parameter"]
    if channel.get("rooms"):
        rooms = [column for column in estimates.columns if column.endswith(f"/{name}")]
        return estimates[rooms].mean(axis=1) if rooms else None
    return estimates.get(name)


def _charge(estimates: pd.DataFrame) -> pd.Series[float] | None:
    """Residual of the charge along the way that it moved: above nought where cells hold less."""
    residual = estimates.get("battery_soc residual")
    if residual is None:
        return None
    moved = estimates["battery_soc"].diff() - residual.fillna(0.0)
    return (residual * np.sign(moved)).where(moved.abs() > _MOVED)


def alarms_of(days: pd.DataFrame) -> list[Alarm]:
    """Alarms of all channels in the order of time; a channel tells once.

    Parameters
    ----------
    days : DataFrame
        Of `days_of`; the first `training_days` are taken as sound.
    """
    data, allowance, training = watch_data(), detector("allowance"), int(detector("training_days"))
    channels = data["channels"]
    count = sum(("up" in channels[name]) + ("down" in channels[name]) for name in days.columns)
    if len(days) <= training or count == 0:
        return []
    limit = threshold(detector("false_alarms_per_month"), count, allowance)
    found: list[Alarm] = []
    for name in days.columns:
        values = days[name].to_numpy(float)
        usual = float(np.nanmean(values[:training])) if np.isfinite(values[:training]).any() else np.nan
        standard = standard_days(values, training, least_sd(name))
        for way, one in zip(("up", "down"), sums(standard[training:], allowance), strict=True):
            if way not in channels[name] or not (one > limit).any():
                continue
            at = int(np.argmax(one > limit))
            zeros = np.flatnonzero(one[: at + 1] == 0.0)
            begin = int(zeros[-1]) + 1 if len(zeros) else 0
            now = float(values[training + at])
            index = days.index[training:]
            found.append(Alarm(name, channels[name][way], index[at], index[begin], usual, now))
    return sorted(found, key=lambda alarm: str(alarm.day))


def least_sd(name: str) -> float:
    """Standard deviation of a channel's days that is never undercut."""
    walks = {one.name: one.walk_sd for one in followed()}
    return detector("least_sd_share") * walks.get(watch_data()["channels"][name].get("parameter"), 0.1)


def standard_days(values: Floats, training: int, least_sd: float) -> Floats:
    """Days as standard normal figures against all days before them; NaN in training.

    Mean and standard deviation are of so few days that a plain quotient would alarm far more often than it
    is set to; by Student's t each sound day is standard normal whatever they are, and independent of those
    before (self-starting sums, Hawkins 1987). Where days hang together (lag 1, of the training), sums grow as
    if there were fewer, so that the standard deviation is inflated by (1 + r) / (1 - r).
    """
    from scipy.stats import norm, t

    found = np.full(len(values), np.nan)
    sound = values[:training][np.isfinite(values[:training])]
    if len(sound) < _FEWEST:
        return found
    away = sound - sound.mean()
    lag = float(np.clip((away[1:] * away[:-1]).sum() / max((away**2).sum(), 1e-300), 0.0, 0.8))
    count, mean, squares = len(sound), float(sound.mean()), float((away**2).sum())
    for i in range(training, len(values)):
        if not np.isfinite(values[i]):
            continue
        sd = np.sqrt(max(squares / (count - 1), least_sd**2) * (1.0 + lag) / (1.0 - lag))
        quotient = (values[i] - mean) / (sd * np.sqrt(1.0 + 1.0 / count))
        # the upper tail, so that far days do not round to certainty
        found[i] = np.sign(quotient) * norm.isf(max(t.sf(abs(quotient), count - 1), 1e-300))
        count += 1
        step = values[i] - mean
        mean += step / count
        squares += step * (values[i] - mean)
    return found


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
