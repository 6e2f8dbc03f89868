"""Alarms of a live twin: days of its channels, standardised, summed, and the fault that shows so most likely.

References
----------
.. [1] Pignatiello, J. J. and T. R. Samuel, 2001. Estimation of the change point of a normal process mean in
   SPC applications. Journal of Quality Technology 33, 82-95.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
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
        On which it most likely began.
    usual, now : float
        Median of the days of training, and of those since; factors as such, a capacity in kWh.
    after : str or None
        Fault told not long before, of which this may be another sign.
    cost_cny : float or None
        Per day; None where the readings do not tell it (`twin.watch.costs`).
    """

    channel: str
    fault: str
    day: date
    since: date
    usual: float
    now: float
    after: str | None = None
    cost_cny: float | None = None


def alarms_of(days: Days) -> list[Alarm]:
    """Alarms of all channels in the order of time; a channel tells once.

    Parameters
    ----------
    days : Days
        The first `settling_days` are passed over, the `training_days` behind them taken as sound.
    """
    found = [
        alarm for name in days.values.columns if (alarm := _alarm(days, name, limit_of(days))) is not None
    ]
    found.sort(key=lambda alarm: alarm.day)
    near = timedelta(days=detector("one_cause_days"))
    for i, alarm in enumerate(found):
        first = next((one for one in found[:i] if one.after is None and alarm.day - one.day <= near), None)
        if first is not None and first.fault != alarm.fault:
            found[i] = replace(alarm, after=first.fault)
    return found


def _alarm(days: Days, name: str, limit: float) -> Alarm | None:
    """First alarm of a channel."""
    channel, values = watch_data()["channels"][name], days.values[name].to_numpy(float)
    first = int(detector("settling_days"))
    sound, far = first + int(detector("training_days")), detector("farthest")
    standard = np.clip(standard_channel(days, name)[sound:], -far, far)
    found: list[tuple[int, int, str]] = []
    for way, one in zip(("up", "down"), sums(standard, detector("allowance")), strict=True):
        if way in channel and (one > limit).any():
            at = int(np.argmax(one > limit))
            found.append((at, _begin(standard[: at + 1], one), channel[way]))
    if not found:
        return None
    at, begin, fault = min(found)
    index = days.values.index[sound:]
    usual, now = (
        _shown(channel["of"], float(np.nanmedian(values[part])))
        for part in (slice(first, sound), slice(sound + begin, sound + at + 1))
    )
    return Alarm(name, fault, index[at], index[begin], usual, now)


def watched(days: Days) -> list[str]:
    """Channels that the sensors at hand tell often enough to be watched, behind the training."""
    return [name for name in days.values.columns if np.isfinite(standard_channel(days, name)).any()]


def _begin(standard: Floats, one: Floats) -> int:
    """Day on which a sum that is told on the last one most likely began to grow (maximum likelihood [1]_)."""
    last = len(standard)
    zeros = np.flatnonzero(one[:last] == 0.0)
    days = np.arange(int(zeros[-1]) + 1 if len(zeros) else 0, last)
    days = days[np.isfinite(standard[days])]
    behind = np.nancumsum(standard[::-1])[::-1][days]
    return int(days[np.argmax(behind**2 / np.arange(len(days), 0, -1))])


def _shown(of: str, value: float) -> float:
    """A figure as people read it: shares beyond one as factors, logarithms as what they are of."""
    return {"share": 1.0 + value, "log": float(np.exp(value))}.get(of, value)


def limit_of(days: Days) -> float:
    """Threshold of the sums of all channels together."""
    channels = watch_data()["channels"]
    count = sum(("up" in channels[name]) + ("down" in channels[name]) for name in days.values.columns)
    return threshold(detector("false_alarms_per_month"), max(count, 1), detector("allowance"))


def standard_channel(days: Days, name: str) -> Floats:
    """Days of a channel as standard normal figures, (n,); NaN in training and where a day tells nothing."""
    channel = watch_data()["channels"][name]
    before = Before(
        float(channel["sd"]), float(channel["lag"]),
        detector("prior_days"), detector("memory_days"), detector("farthest"),
    )  # fmt: skip
    values, errors = days.values[name].to_numpy(float), days.errors[name].to_numpy(float)
    first, training = int(detector("settling_days")), int(detector("training_days"))
    return standard_days(values, errors, first, training, before)
