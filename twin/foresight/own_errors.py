"""Errors of the twin itself (孪生自身误差): what meters were beyond what it said, and how long that lasts.

A residual is taken apart into the mean of its time of day on days of its kind and what is left, whose scale
goes with the time of day and which is an autoregression of first order. A forecast begins at the residual
that stands now and forgets it with the correlation found; its spread grows to the whole scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weather.errors import TwinError

Floats = NDArray[np.float64]
_LEAST_DAYS = 7
_SHRINK_DAYS = 5.0
"""Days for which the mean over all times of day counts beside the mean of one."""
_KINDS = 2


@dataclass(frozen=True)
class OwnErrors:
    """Statistics of residuals, measured less expected.

    Attributes
    ----------
    per_day : int
        Steps of a day.
    bias, scale : ndarray (2, per_day)
        Mean and standard deviation on rest days and workdays, by step of the day.
    lasting : float
        Correlation of what is left with that of the next step [-].
    pool : ndarray
        What innovations were over their standard deviation: they are drawn from here, not from a bell curve.
    now : float
        What is left in the newest step, over its scale; 0 where that is not known.
    """

    per_day: int
    bias: Floats
    scale: Floats
    lasting: float
    pool: Floats
    now: float

    def drawn(self, step: int, workday: NDArray[np.bool_], n: int, count: int, seed: int) -> Floats:
        """Residuals of the coming steps, shape (count, n).

        Parameters
        ----------
        step : int
            Step of the day of the first.
        workday : ndarray of bool (n,)
            Of each step's day.
        n, count : int
        seed : int
        """
        dice = np.random.default_rng((seed, 3))
        left = np.empty((count, n))
        last = np.full(count, self.now)
        fresh = np.sqrt(1.0 - self.lasting**2)
        for j in range(n):
            last = self.lasting * last + fresh * dice.choice(self.pool, count)
            left[:, j] = last
        place = (step + np.arange(n)) % self.per_day
        kind = workday.astype(np.intp)
        return self.bias[kind, place] + self.scale[kind, place] * left


def own_errors(residual: Floats, workday: NDArray[np.bool_], per_day: int) -> OwnErrors:
    """Statistics of past residuals.

    Parameters
    ----------
    residual : ndarray (n,)
        Measured less expected, from a midnight up to now; NaN where nothing was measured.
    workday : ndarray of bool (n,)
        Of each step's day.
    per_day : int

    Raises
    ------
    TwinError
        Fewer than a week of measured steps.
    """
    known = np.isfinite(residual)
    if known.sum() < _LEAST_DAYS * per_day:
        raise TwinError(
            f"{known.sum() / per_day:.1f} days of meters are too few to know the twin's errors.",
            f"Give {_LEAST_DAYS} days before the forecast at least.",
            key="meters",
            zh=(
                f"仅有 {known.sum() / per_day:.1f} 天的计量数据，不足以统计孪生误差。",
                f"请至少提供预测前 {_LEAST_DAYS} 天的数据。",
            ),
        )
    place = np.arange(len(residual)) % per_day
    overall, spread = float(residual[known].mean()), float(residual[known].std())
    bias, scale = np.full((_KINDS, per_day), overall), np.full((_KINDS, per_day), max(spread, 1e-9))
    for kind in range(_KINDS):
        for p in range(per_day):
            own = residual[known & (workday == bool(kind)) & (place == p)]
            weight = len(own) / (len(own) + _SHRINK_DAYS)
            if len(own):
                bias[kind, p] = weight * own.mean() + (1.0 - weight) * overall
                variance = weight * ((own - bias[kind, p]) ** 2).mean() + (1.0 - weight) * spread**2
                scale[kind, p] = max(float(np.sqrt(variance)), 1e-9)
    at = workday.astype(np.intp), place
    left = (residual - bias[at]) / scale[at]
    both = known[1:] & known[:-1]
    lasting = 0.0
    if both.any():
        before, after = left[:-1][both], left[1:][both]
        lasting = float(np.clip((before * after).sum() / max((before**2).sum(), 1e-12), 0.0, 0.999))
    new = (left[1:] - lasting * left[:-1])[both]
    pool = (new - new.mean()) / max(float(new.std()), 1e-12) if len(new) else np.zeros(1)
    return OwnErrors(per_day, bias, scale, lasting, pool, float(left[-1]) if known[-1] else 0.0)
