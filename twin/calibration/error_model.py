"""How far measured and modelled hours lie apart, and how much they tell: neither equal nor independent.

Models are wrong in form, so their residuals have a size that goes with the hour and the season, and last
for hours and days. A likelihood of independent hours would make the posterior far too sure; here the hours
count as many as are independent, by the integrated autocorrelation time of the residuals.

References
----------
.. [1] Kennedy and O'Hagan, Bayesian calibration of computer models, J. R. Statist. Soc. B 63 (2001) 425.
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
        Scatter by kind of hour.
    independent : float
        Share of the hours that tell something of their own [1].
    samples : list of ndarray
        Residuals, measured less modelled, by kind of hour.
    """

    sigma: FloatArray
    independent: float
    samples: list[FloatArray]


def error_model(residual: FloatArray, kinds: IntArray) -> ErrorModel:
    """From residuals in the order of time.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Without gaps.
    kinds : ndarray of int, shape (n,)
    """
    from emcee.autocorr import integrated_time

    overall = max(float(np.sqrt((residual**2).mean())), 1e-9)
    samples, sigma = [], np.full(144, overall)
    for kind in range(144):
        season_day, hour = divmod(kind, 24)
        near = [season_day * 24 + (hour + step) % 24 for step in (-1, 0, 1)]
        own = residual[np.isin(kinds, near)]
        if len(own) < _LEAST:
            own = residual[np.isin(kinds % 24, [k % 24 for k in near])]
        own = own if len(own) >= _LEAST else residual
        samples.append(own)
        sigma[kind] = np.sqrt(0.8 * (own**2).mean() + 0.2 * overall**2)
    tau = float(integrated_time(residual / sigma[kinds], tol=0, quiet=True)[0])
    tau = tau if np.isfinite(tau) else float(len(residual)) / 10.0
    return ErrorModel(sigma, 1.0 / max(tau, 1.0), samples)


def scaled(
    low: FloatArray, high: FloatArray, measured: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Intervals about their middle so wide that they hold a share of the measured hours [3].

    Draws of the parameters and residuals of the fit both hold part of the same error, so that their sum is
    too wide; parameters that were not fitted add their whole prior.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
    measured : ndarray, shape (n,)
        NaN where nothing was measured or the hour is held out.
    share : float
    """
    middle, half = 0.5 * (low + high), np.maximum(0.5 * (high - low), 1e-9)
    known = np.isfinite(measured)
    factor = float(np.quantile(np.abs(measured - middle)[known] / half[known], share))
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
