"""How good a forecast is (预测评分): mean absolute error, pinball loss [1]_, coverage; what it has to beat.

Persistence takes the last day of the same kind at the same time of day, and for its quantiles what that rule
missed on the days before.

References
----------
.. [1] Hong, T., Pinson, P., Fan, S., Zareipour, H., Troccoli, A. and Hyndman, R.J., 2016. Probabilistic
   energy forecasting: Global Energy Forecasting Competition 2014 and beyond. International Journal of
   Forecasting 32, 896-913.
.. [2] Hyndman, R.J. and Fan, Y., 1996. Sample quantiles in statistical packages. The American Statistician
   50, 361-365 (definition 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
INTERVAL = (0.05, 0.95)
"""Quantiles of the interval whose coverage is told."""


@dataclass(frozen=True)
class Score:
    """Of one way to forecast, over all starts and steps.

    Attributes
    ----------
    mae : float
        Of the median, in the unit of what is forecast.
    pinball : float
        Mean over `QUANTILES`, same unit.
    coverage : float
        Share of steps inside the 90 % interval [-].
    width : float
        Mean width of that interval, same unit.
    """

    mae: float
    pinball: float
    coverage: float
    width: float


def of_members(values: Floats) -> Floats:
    """Quantiles of what members say, shape (Q, ...), so that what comes lies below each as often as it says.

    What comes is one more draw beside M members: it lies below the k-th of them with probability k / (M + 1),
    so the quantile p is found at the place p (M + 1) [2]_. Outside of M members it cannot be told: with fewer
    than 19 the 90 % interval is that of the least and the largest, and holds less.

    Parameters
    ----------
    values : ndarray (M, ...)
    """
    return np.asarray(np.quantile(values, QUANTILES, axis=0, method="weibull"), dtype=float)


def pinball(truth: Floats, told: Floats, quantiles: Sequence[float] = QUANTILES) -> float:
    """Mean pinball loss.

    Parameters
    ----------
    truth : ndarray (...)
    told : ndarray (Q, ...)
        By quantile.
    """
    level = np.asarray(quantiles).reshape(-1, *([1] * np.ndim(truth)))
    off = truth - told
    return float(np.mean(np.maximum(level * off, (level - 1.0) * off)))


def scored(truth: Floats, told: Floats) -> Score:
    """Score of quantiles `told` (Q, n) against what came, (n,); steps without a truth do not count."""
    known = np.isfinite(truth) & np.isfinite(told).all(axis=0)
    truth, told = truth[known], told[:, known]
    low, high = (told[QUANTILES.index(level)] for level in INTERVAL)
    return Score(
        float(np.abs(truth - told[QUANTILES.index(0.5)]).mean()),
        pinball(truth, told),
        float(((truth >= low) & (truth <= high)).mean()),
        float((high - low).mean()),
    )


def persistence(series: Floats, workday: NDArray[np.bool_], step: int, n: int, per_day: int) -> Floats:
    """Quantiles of the coming steps by the last day of the same kind, shape (Q, n).

    Parameters
    ----------
    series : ndarray (N,)
        What was measured; read up to `step` only.
    workday : ndarray of bool (days,)
    step : int
        First step of the forecast.
    n : int
    per_day : int
    """
    steps = step + np.arange(n)
    point = np.array([last_alike(series, workday, k, step, per_day) for k in steps.tolist()])
    # what the rule missed where its answer is known by now, by time of day
    past = np.arange(max(step - 28 * per_day, per_day), step)
    missed = series[past] - np.array([last_alike(series, workday, k, k - n, per_day) for k in past.tolist()])
    told = np.empty((len(QUANTILES), n))
    for j, k in enumerate(steps):
        own = missed[(past - k) % per_day == 0]
        own = own[np.isfinite(own)]
        spread = of_members(own) if len(own) else np.zeros(len(QUANTILES))
        told[:, j] = point[j] + spread - (np.median(own) if len(own) else 0.0)
    return told


def last_alike(series: Floats, workday: NDArray[np.bool_], step: int, known: int, per_day: int) -> float:
    """The newest value before step `known` at the same time of a day of the same kind; NaN where none is.

    Parameters
    ----------
    series : ndarray (N,)
    workday : ndarray of bool (days,)
    step, known : int
    per_day : int
    """
    day = step // per_day
    for back in range(1, 15):
        k = step - back * per_day
        if k < 0:
            break
        if k < known and workday[k // per_day] == workday[day % len(workday)] and np.isfinite(series[k]):
            return float(series[k])
    return float("nan")
