"""Errors of the twin itself (孪生自身误差): what meters were beyond what it said, and how long that lasts.

A residual is taken apart into the mean of its time of day on days of its kind and what is left, whose scale
goes with the time of day. A forecast begins at the residual that stands now and forgets it as an
autoregression of first order does; what comes new is taken whole from the past, hours after hours of one
stretch [1]_, so that a day that is off all day long stays so, whatever the law behind it.

References
----------
.. [1] Kuensch, H.R., 1989. The jackknife and the bootstrap for general stationary observations. The Annals of
   Statistics 17, 1217-1241 (bootstrap by moving blocks).
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
_STRETCHES = 28
"""Stretches that begin at the same time of day; with fewer they may begin at any."""


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
    left : ndarray (n,)
        What was left in each past step over its scale, from a midnight on; NaN where nothing was measured.
    pool : ndarray
        What innovations were over their standard deviation; they stand in where a stretch has a gap.
    now : float
        What is left in the newest step, over its scale; 0 where that is not known.
    """

    per_day: int
    bias: Floats
    scale: Floats
    lasting: float
    left: Floats
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
        begins = self._begins(step, n)
        left = np.empty((count, n))
        last = np.full(count, self.now)
        fresh = np.sqrt(1.0 - self.lasting**2)
        begin = dice.choice(begins, count) if len(begins) else np.full(count, len(self.left))
        padded = np.append(self.left, np.full(n, np.nan))
        before = padded[begin - 1]
        for j in range(n):
            own = padded[begin + j] + self.lasting ** (j + 1) * (self.now - before)
            drawn = self.lasting * last + fresh * dice.choice(self.pool, count)
            last = np.where(np.isfinite(own), own, drawn)
            left[:, j] = last
        place = (step + np.arange(n)) % self.per_day
        kind = workday.astype(np.intp)
        return self.bias[kind, place] + self.scale[kind, place] * left

    def _begins(self, step: int, n: int) -> NDArray[np.intp]:
        """Where stretches of `n` steps may begin: at this time of day if there are enough of them."""
        begins = np.arange(1, len(self.left) - n + 1)
        begins = begins[np.isfinite(self.left[begins - 1])]
        alike = begins[begins % self.per_day == step % self.per_day]
        return alike if len(alike) >= _STRETCHES else begins


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
                # the mean is of so few days that a day to come lies farther from it than they do
                fewness = (1.0 + 1.0 / len(own)) / (1.0 - 1.0 / max(len(own), 2))
                variance = weight * fewness * ((own - bias[kind, p]) ** 2).mean() + (1.0 - weight) * spread**2
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
    return OwnErrors(per_day, bias, scale, lasting, left, pool, float(left[-1]) if known[-1] else 0.0)
