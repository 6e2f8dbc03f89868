"""How far measured and modelled hours lie apart, and how much they tell: neither equal nor independent.

Models are wrong in form, so their residuals have a size that goes with the hour and the season, and last
for hours and days. A likelihood of independent hours would make the posterior far too sure; here the hours
count as many as are independent, by the integrated autocorrelation time of the residuals. What returns day
after day at the same hours is no noise at all but the form of the model: without a term of its own parameters
bend to it, and are wrong surely [1].

References
----------
.. [1] Kennedy and O'Hagan, Bayesian calibration of computer models, J. R. Statist. Soc. B 63 (2001) 425; on
       the discrepancy: Brynjarsdottir and O'Hagan, Inverse Problems 30 (2014) 114007.
.. [2] Sokal, Monte Carlo methods in statistical mechanics (1997), for the autocorrelation time, as
       emcee does it.
.. [3] Lei et al., Distribution-free predictive inference for regression, JASA 113 (2018) 1094: widths by
       the scaled residuals of known cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]
_SEASONS = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 1, 1, 0])
"""Heating, between, cooling, by month (December to February, June to September)."""
_LEAST = 12
"""Fewest residuals of a kind of hour; kinds with fewer borrow from the same hour of all days."""
KINDS = 144
_BLOCK_DAYS = (7, 10, 15, 20, 30, 45, 60, 90)
_HOURS, _COMMON = 2.0, 0.5
"""How the model's own error hangs together: over hours of the day, and between seasons and kinds of day."""


def kinds_of(times: pd.DatetimeIndex, rest: NDArray[np.bool_]) -> IntArray:
    """Kind of each hour: season, workday or rest day, hour of the day."""
    season = _SEASONS[times.month.to_numpy() - 1]
    found: IntArray = (season * 2 + rest) * 24 + times.hour.to_numpy()
    return found


@dataclass(frozen=True)
class ErrorModel:
    """Residuals of one series.

    Attributes
    ----------
    sigma : ndarray, shape (144,)
        Scatter by kind of hour about the mean of the kind.
    independent : float
        Share of the hours that tell something of their own [1].
    samples : list of ndarray
        Residuals, measured less modelled, by kind of hour.
    form : float
        Deviation of the means of the kinds from 0 beyond chance, over `sigma`.
    """

    sigma: FloatArray
    independent: float
    samples: list[FloatArray]
    form: float

    @property
    def covariance(self) -> FloatArray:
        """Of the model's own error, shape (144, 144), kinds of hour."""
        scale = self.form * self.sigma
        return scale[:, None] * _together() * scale


def _together() -> FloatArray:
    """Correlation of the model's own error between kinds of hour."""
    group, hour = np.divmod(np.arange(KINDS), 24)
    apart = np.abs(hour[:, None] - hour)
    near = np.exp(-np.minimum(apart, 24 - apart) / _HOURS)
    return np.asarray(near * np.where(group[:, None] == group, 1.0, _COMMON))


def error_model(residual: FloatArray, kinds: IntArray) -> ErrorModel:
    """From residuals in the order of time.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Without gaps.
    kinds : ndarray of int, shape (n,)
    """
    from emcee.autocorr import integrated_time

    count = np.bincount(kinds, minlength=KINDS)
    mean = np.bincount(kinds, residual, KINDS) / np.maximum(count, 1)
    within = (residual - mean[kinds]) * np.sqrt(count / np.maximum(count - 1, 1))[kinds]
    overall = max(float(np.sqrt((within**2).mean())), 1e-9)
    samples, sigma = [], np.full(KINDS, overall)
    for kind in range(KINDS):
        season_day, hour = divmod(kind, 24)
        near = [season_day * 24 + (hour + step) % 24 for step in (-1, 0, 1)]
        own = np.isin(kinds, near)
        if own.sum() < _LEAST:
            own = np.isin(kinds % 24, [k % 24 for k in near])
        if own.sum() < _LEAST:
            own = np.full(len(kinds), True)
        samples.append(residual[own])
        sigma[kind] = np.sqrt(0.8 * (within[own] ** 2).mean() + 0.2 * overall**2)
    tau = float(integrated_time(within / sigma[kinds], tol=0, quiet=True)[0])
    tau = max(tau, 1.0) if np.isfinite(tau) else float(len(residual)) / 10.0
    # Means of days that hang together scatter by more than their number says.
    chance = max(tau / 24.0, 1.0) * np.count_nonzero(count) / len(residual)
    form = np.average((mean / sigma) ** 2, weights=count) - chance
    return ErrorModel(sigma, 1.0 / tau, samples, float(np.sqrt(max(form, 0.0))))


def blocks_like(fitted: NDArray[np.bool_], judged: NDArray[np.bool_]) -> IntArray:
    """Blocks of days that lie, left out, as far from what is still fitted as the judged hours do.

    Parameters
    ----------
    fitted, judged : ndarray of bool, shape (n,)
        Measured hours of the fit and those held out.

    Returns
    -------
    ndarray of int, shape (n,)
        Number of the block of each hour.
    """
    hours = np.arange(len(fitted))
    asked = _apart(hours[judged], hours[fitted])
    found = []
    for days in _BLOCK_DAYS:
        block = hours // (24 * days)
        own = np.unique(block[fitted])
        if len(own) < 2:
            continue
        gaps = [_apart(hours[fitted & (block == one)], hours[fitted & (block != one)]) for one in own]
        sizes = np.bincount(block[fitted])[own]
        found.append((abs(float(np.average(gaps, weights=sizes)) - asked), block))
    return min(found, key=lambda one: one[0])[1] if found else np.zeros(len(fitted), dtype=int)


def _apart(hours: IntArray, others: IntArray) -> float:
    """Mean of the hours to the nearest of the others."""
    place = np.searchsorted(others, hours)
    before = np.abs(hours - others[np.maximum(place - 1, 0)])
    after = np.abs(others[np.minimum(place, len(others) - 1)] - hours)
    return float(np.minimum(before, after).mean())


def scaled(
    low: FloatArray, high: FloatArray, measured: FloatArray, unseen: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Intervals about their middle so wide that they hold a share of the measured hours [3].

    Draws of the parameters and residuals of the fit both hold part of the same error, so that their sum is
    too wide; but what a fit leaves is less than what it misses in days that it did not see. So the width is
    that by which each block of fitted days is told from the others.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
    measured : ndarray, shape (n,)
        NaN where nothing was measured or the hour is held out.
    unseen : ndarray, shape (n,)
        What a fit to the other blocks tells; the middle stands where it is NaN.
    share : float
    """
    middle, half = 0.5 * (low + high), np.maximum(0.5 * (high - low), 1e-9)
    known = np.isfinite(measured)
    told = np.where(np.isfinite(unseen), unseen, middle)
    factor = float(np.quantile(np.abs(measured - told)[known] / half[known], share))
    return middle - factor * half, middle + factor * half


def interval(
    draws: FloatArray, kinds: IntArray, model: ErrorModel, share: float, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Interval that holds a share of the hours: draws of the parameters with residuals of such hours.

    Parameters
    ----------
    draws : ndarray, shape (draws, n)
    kinds : ndarray of int, shape (n,)
    model : ErrorModel
    share : float
        Such as 0.9.
    seed : int

    Returns
    -------
    low, high : ndarray, shape (n,)
    """
    rng = np.random.default_rng(seed)
    low, high = np.empty(draws.shape[1]), np.empty(draws.shape[1])
    edges = [0.5 - share / 2.0, 0.5 + share / 2.0]
    for kind in np.unique(kinds):
        where = np.flatnonzero(kinds == kind)
        own = model.samples[kind]
        picked = rng.integers(0, len(draws), 400)
        noise = own[rng.integers(0, len(own), 400)]
        low[where], high[where] = np.quantile(draws[picked][:, where] + noise[:, None], edges, axis=0)
    return low, high
