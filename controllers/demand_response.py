"""What a building does about a demand-response call (需求响应): its own baseline and the target it holds.

The controller needs the baseline before the event has been settled, so it computes it causally from
its own meter: the mean of the same points on the most recent eligible workdays. The settlement itself,
with all rules of the programme, is `twin.market`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weather.errors import TwinError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Baseline:
    """Baseline of one day.

    Attributes
    ----------
    power_kw : ndarray (n_points,)
        Mean power of each point of the day [kW].
    days : tuple of int
        Indices of the days in the mean, most recent first.
    rejected : tuple of int
        Eligible days left out because their event window was unlike the others.
    """

    power_kw: Floats
    days: tuple[int, ...]
    rejected: tuple[int, ...]


def recent_days_baseline(
    power_kw: Floats,
    event_day: int,
    eligible: NDArray[np.bool_],
    window: slice,
    n_days: int = 5,
    lowest: float = 0.25,
    highest: float = 2.00,
) -> Baseline:
    """Baseline from the most recent eligible days before an event.

    Parameters
    ----------
    power_kw : ndarray (n_days, n_points)
        Metered power by day and point of the day; rows from the event day on are not read [kW].
    event_day : int
        Index of the event's day.
    eligible : ndarray of bool (n_days,)
        Days of the event day's kind without event or outage.
    window : slice
        Points of the event.
    n_days : int, optional
        Number of days in the mean.
    lowest, highest : float, optional
        Shares of the mean of the sample; a day whose window mean lies beyond is replaced by an earlier one.

    Returns
    -------
    Baseline
        With fewer than `n_days` days where the past holds no more; `days` says which.

    Raises
    ------
    TwinError
        If no eligible day precedes the event.
    """
    candidates = [day for day in range(event_day - 1, -1, -1) if eligible[day]]
    rejected: list[int] = []
    while True:
        chosen = [day for day in candidates if day not in rejected][:n_days]
        if not chosen:
            raise TwinError(
                "No eligible day precedes the demand-response event, so it has no baseline.",
                "Place the event later in the year.",
                key="event",
            )
        means = power_kw[chosen, window].mean(axis=1)
        sample = means.mean()
        odd = [
            day
            for day, mean in zip(chosen, means, strict=True)
            if not lowest * sample <= mean <= highest * sample
        ]
        if not odd or sample <= 0.0:
            return Baseline(power_kw[chosen].mean(axis=0), tuple(chosen), tuple(rejected))
        rejected.extend(odd)


def event_target_kw(baseline: Baseline, window: slice, committed_kw: float) -> Floats:
    """Grid power to hold during an event: baseline less the committed reduction, shape of the window [kW]."""
    return baseline.power_kw[window] - committed_kw
