"""The run of days in a generated year: clearness, mean temperature and dew point, one value a day.

Scores follow first-order autoregressions, so that days persist as they do, and are then brought to the
month's published mean and spread. Clearness is mapped by rank onto stratified quantiles of a bounded
distribution (one year carries the long-term distribution [1]_); temperature and dew point are shifted and
stretched smoothly, without a step between months [2]_.

References
----------
.. [1] Knight, K.M., Klein, S.A. and Duffie, J.A., 1991. A methodology for the synthesis of hourly weather
   data. Solar Energy 46(2), 109-120.
.. [2] Rymes, M.D. and Myers, D.R., 2001. Mean preserving algorithm for smoothly interpolating averaged data.
   Solar Energy 71(4), 225-231 (the requirement; here it is met by solving for the knots).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAYS = 365
MONTH_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_OF_DAY: IntArray = np.repeat(np.arange(12), MONTH_LENGTHS)
_MIDDLES = np.cumsum(MONTH_LENGTHS) - 0.5 * MONTH_LENGTHS


@dataclass(frozen=True)
class Persistence:
    """Lag-one correlations that drive the scores of the days.

    Mapping onto a month's distribution shortens persistence, so the drivers lie above the 0.64 (temperature)
    and 0.38 (clearness) that the typical years of Shanghai show. Chosen by us for that outcome (assumed).
    """

    temperature: float = 0.80
    clearness: float = 0.54
    dew_point: float = 0.60


def monthly_mean(daily: FloatArray) -> FloatArray:
    """Means of the twelve months of a daily series."""
    return np.asarray(np.bincount(MONTH_OF_DAY, weights=daily, minlength=12) / MONTH_LENGTHS)


def monthly_std(daily: FloatArray) -> FloatArray:
    """Sample standard deviations of the twelve months of a daily series."""
    variance = (
        monthly_mean((daily - monthly_mean(daily)[MONTH_OF_DAY]) ** 2) * MONTH_LENGTHS / (MONTH_LENGTHS - 1)
    )
    return np.asarray(np.sqrt(variance))


def _hat_functions() -> FloatArray:
    """Weights (365, 12) of mid-month knots in a periodic, piecewise linear course of the year."""
    day = np.arange(DAYS) + 0.5
    return np.column_stack([np.interp(day, _MIDDLES, np.eye(12)[k], period=DAYS) for k in range(12)])


_HATS = _hat_functions()
_KNOTS_TO_MEANS = np.column_stack([monthly_mean(_HATS[:, k]) for k in range(12)])


def smooth_course(monthly: FloatArray) -> FloatArray:
    """Daily course through the year whose monthly means are exactly the given ones."""
    return np.asarray(_HATS @ np.linalg.solve(_KNOTS_TO_MEANS, monthly))


def between_months(monthly: FloatArray) -> FloatArray:
    """Daily values linearly between mid-months (for factors, whose means need not be kept)."""
    return np.asarray(_HATS @ monthly)


def persistent_scores(innovations: FloatArray, persistence: float) -> FloatArray:
    """Standard normal first-order autoregression driven by standard normal innovations."""
    scores = np.empty_like(innovations)
    scores[0] = innovations[0]
    fresh = np.sqrt(1.0 - persistence**2)
    for d in range(1, len(innovations)):
        scores[d] = persistence * scores[d - 1] + fresh * innovations[d]
    return scores


def correlated(innovations: FloatArray, fresh: FloatArray, correlation: FloatArray) -> FloatArray:
    """Innovations with the wanted correlation (by day) to given ones."""
    return np.asarray(correlation * innovations + np.sqrt(1.0 - correlation**2) * fresh)


def daily_clearness(scores: FloatArray, mean: FloatArray, std: FloatArray, highest: FloatArray) -> FloatArray:
    """Daily clearness by month: stratified beta quantiles in the order of the scores.

    Parameters
    ----------
    scores : ndarray (365,)
    mean, std : ndarray (12,)
        Monthly mean and standard deviation of the daily clearness.
    highest : ndarray (365,)
        Clearness of a cloudless day.

    Returns
    -------
    ndarray (365,)
    """
    from scipy.special import betaincinv  # what scipy.stats calls; that takes a second to import

    lowest = 0.05  # of the darkest day; the files show 0.06 to 0.12 as monthly minima
    out = np.empty(DAYS)
    for m in range(12):
        days = np.flatnonzero(m == MONTH_OF_DAY)
        top = float(highest[days].mean())
        level = (mean[m] - lowest) / (top - lowest)
        spread = std[m] / (top - lowest)
        size = level * (1.0 - level) / spread**2 - 1.0
        quantile = (np.argsort(np.argsort(scores[days])) + 0.5) / len(days)
        out[days] = lowest + (top - lowest) * betaincinv(level * size, (1.0 - level) * size, quantile)
    return np.minimum(out, highest)


def skewed(scores: FloatArray, skewness: FloatArray) -> FloatArray:
    """Standard normal scores bent to a given skewness (Wilson-Hilferty gamma), still mean 0 and variance 1.

    Used for the dew point, whose upper end is held down by the sea in summer.
    """
    g = np.where(np.abs(skewness) < 1e-6, 1e-6, skewness)
    k = g / 6.0
    return np.asarray(2.0 / g * (np.maximum(1.0 + k * scores - k**2, 0.0) ** 3 - 1.0))


def bring_to_month(anomaly: FloatArray, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Daily values with the monthly means and in-month standard deviations wanted.

    The anomaly rides on a course of exact monthly means; a smooth factor and a smooth shift are iterated
    until every month fits. In-month spread includes the season's drift, as the published spread does.
    Where drift and order alone already spread a month more than wanted (rare), the spread stays above it.
    """
    shift = np.asarray(mean, dtype=float).copy()
    factor = np.asarray(std, dtype=float).copy()
    course = smooth_course(shift)
    values = course + anomaly * between_months(factor)
    for _ in range(200):
        factor = np.maximum(factor * (std / monthly_std(values)) ** 0.7, 0.05)
        values = smooth_course(shift) + anomaly * between_months(factor)
        shift = shift + (mean - monthly_mean(values))
        values = smooth_course(shift) + anomaly * between_months(factor)
        off = np.abs(monthly_mean(values) - mean).max() + np.abs(monthly_std(values) - std).max()
        if off < 1e-6:
            break
    return values


def stratified_normal(scores: FloatArray) -> FloatArray:
    """A year of scores mapped by rank onto the quantiles of the standard normal."""
    from scipy.special import ndtri

    rank = np.argsort(np.argsort(scores))
    return np.asarray(ndtri((rank + 0.5) / len(scores)))
