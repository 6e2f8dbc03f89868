"""The fit: a posterior of the parameters by an affine-invariant ensemble sampler on an emulator of marches.

The emulator is made twice: over the whole prior, then anew where the first posterior lies. What is told in
the end is marched, not emulated.

References
----------
.. [1] Goodman and Weare, Comm. App. Math. Comp. Sci. 5 (2010) 65; Foreman-Mackey et al., PASP 125
       (2013) 306 (emcee).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import qmc

from twin.calibration.emulator import Emulator, Places
from twin.calibration.error_model import ErrorModel, IntArray, error_model
from twin.calibration.parameters import places_of, values_at
from twin.calibration.simulated import Shared, march_all
from twin.crew import Crew

FloatArray = NDArray[np.float64]
_STEPS, _BURNT = 1200, 400
_ROUNDS = 4
_FAR_WEIGHT = 0.02
"""Weight of marches over the whole prior beside those where the posterior lies."""


@dataclass(frozen=True)
class Data:
    """What is fitted.

    Attributes
    ----------
    measured : ndarray, shape (n, series)
        NaN where nothing was measured or the hour is held out.
    kinds : ndarray of int, shape (n,)
        Kind of each hour.
    """

    measured: FloatArray
    kinds: IntArray


@dataclass(frozen=True)
class Fit:
    """Posterior of the fitted parameters.

    Attributes
    ----------
    names : tuple of str
    shares : ndarray, shape (draws, k)
        Draws, as shares of the priors.
    best : ndarray, shape (k,)
        Most likely shares.
    errors : list of ErrorModel
        By series.
    emulator_error : float
        Root mean square of the emulator over marches it was not made from, over that of the residuals [1].
    marches : int
    """

    names: tuple[str, ...]
    shares: FloatArray
    best: FloatArray
    errors: list[ErrorModel]
    emulator_error: float
    marches: int


def fitted(
    crew: Crew,
    shared: Shared,
    names: Sequence[str],
    data: Data,
    seed: int,
    progress: Callable[[float], None],
    *,
    bayesian: bool = True,
) -> Fit:
    """Fit parameters to measured hours.

    Parameters
    ----------
    crew : Crew
    shared : Shared
    names : sequence of str
        Of the parameters.
    data : Data
    seed : int
    progress : callable
    bayesian : bool
        False gives the least squares within the priors' ends, without a posterior.
    """
    k = len(names)
    first = _design(3 * (1 + k) + k * (k + 1), k, seed)
    series = _marched(crew, shared, names, first, lambda share: progress(0.6 * share))
    told = np.isfinite(series).all(axis=1)
    first, series = first[told], series[told]
    places = places_of(names)
    rough = Emulator(first, series, places=places)
    best, errors = _settled(rough, data, k, bayesian)
    near = _sampled(rough, data, errors, best, seed, 0.25)[0] if bayesian else best + np.zeros((1, k))
    rng = np.random.default_rng(seed)
    count = 1 + 2 * k + k * (k + 1) // 2
    picked = near[rng.integers(0, len(near), count)] + 0.04 * rng.normal(size=(count, k))
    picked = np.clip(picked, 0.0, 1.0)
    close = _marched(crew, shared, names, picked, lambda share: progress(0.6 + 0.4 * share))
    fine_ok = np.isfinite(close).all(axis=1)
    picked, close = picked[fine_ok], close[fine_ok]
    weight = np.concatenate((np.full(len(first), _FAR_WEIGHT), np.ones(len(picked))))
    emulator = Emulator(np.concatenate((first, picked)), np.concatenate((series, close)), weight, places)
    best, errors = _settled(emulator, data, k, bayesian)
    shares = _sampled(emulator, data, errors, best, seed, 1.0)[0] if bayesian else best[None, :]
    return Fit(
        tuple(names), shares, best, errors, _own_error(first, series, picked, close, errors, data, places),
        len(first) + len(picked),
    )  # fmt: skip


def _design(count: int, k: int, seed: int) -> FloatArray:
    return np.asarray(qmc.LatinHypercube(d=k, rng=np.random.default_rng(seed)).random(count))


def _marched(
    crew: Crew, shared: Shared, names: Sequence[str], shares: FloatArray, progress: Callable[[float], None]
) -> FloatArray:
    variants = [dict(zip(names, row, strict=True)) for row in values_at(names, shares)]
    series = march_all(crew, shared, variants, progress)
    return series.transpose(0, 2, 1).reshape(len(series), -1)


class _Misfit:
    """Half the weighted square of the residuals, by the scores of an emulator."""

    def __init__(self, emulator: Emulator, data: Data, errors: list[ErrorModel] | None) -> None:
        self.emulator = emulator
        flat = data.measured.T.ravel()
        known = np.isfinite(flat)
        weight = np.zeros(len(flat))
        n = len(data.kinds)
        for j in range(data.measured.shape[1]):
            own = slice(j * n, (j + 1) * n)
            if errors is None:
                scale = max(float(np.nanvar(data.measured[:, j])), 1e-12)
                weight[own] = 1.0 / (scale * np.isfinite(data.measured[:, j]).sum()) * 1e4
            else:
                weight[own] = errors[j].independent / errors[j].sigma[data.kinds] ** 2
        weight = np.where(known, weight, 0.0)
        off = np.where(known, flat - emulator.mean, 0.0)
        self.constant = float((weight * off**2).sum())
        self.linear = emulator.shapes @ (weight * off)
        self.square = (emulator.shapes * weight) @ emulator.shapes.T

    def __call__(self, shares: FloatArray) -> FloatArray:
        scores = self.emulator.scores(np.atleast_2d(shares))
        whole = self.constant - 2.0 * scores @ self.linear + ((scores @ self.square) * scores).sum(axis=1)
        return np.asarray(0.5 * whole)


def _residuals(emulator: Emulator, data: Data, shares: FloatArray) -> FloatArray:
    modelled = emulator.series(shares)[0].reshape(data.measured.shape[1], -1).T
    return np.asarray(data.measured - modelled)


def _error_models(residuals: FloatArray, kinds: IntArray) -> list[ErrorModel]:
    found = []
    for column in residuals.T:
        known = np.isfinite(column)
        found.append(error_model(column[known], kinds[known]))
    return found


def _settled(emulator: Emulator, data: Data, k: int, bayesian: bool) -> tuple[FloatArray, list[ErrorModel]]:
    """Most likely shares and the error model that they leave, in turn until they agree."""
    misfit = _Misfit(emulator, data, None)
    best = _least(misfit, k)
    errors = _error_models(_residuals(emulator, data, best), data.kinds)
    for _ in range(_ROUNDS if bayesian else 0):
        best = _least(_Misfit(emulator, data, errors), k, best, with_prior=True)
        errors = _error_models(_residuals(emulator, data, best), data.kinds)
    return best, errors


def _least(
    misfit: _Misfit, k: int, start: FloatArray | None = None, *, with_prior: bool = False
) -> FloatArray:
    starts = [np.full(k, 0.5), *_design(7, k, 1)] if start is None else [start]

    def most_likely(shares: FloatArray) -> float:
        # Shares of a prior are scores of a standard normal: ends are as unlikely as they are far from it.
        prior = 0.5 * float((ndtri(np.clip(shares, 1e-6, 1.0 - 1e-6)) ** 2).sum()) if with_prior else 0.0
        return float(misfit(shares)[0]) + prior

    found = [minimize(most_likely, x, method="L-BFGS-B", bounds=[(0.0, 1.0)] * k) for x in starts]
    return np.asarray(min(found, key=lambda one: float(one.fun)).x)


def _sampled(
    emulator: Emulator, data: Data, errors: list[ErrorModel], best: FloatArray, seed: int, sure: float
) -> tuple[FloatArray, float]:
    """Draws of the posterior; `sure` below 1 flattens it."""
    import emcee

    k = len(best)
    misfit = _Misfit(emulator, data, errors)

    def log_probability(shares: FloatArray) -> FloatArray:
        inside = ((shares > 0.0) & (shares < 1.0)).all(axis=1)
        return np.where(inside, -sure * misfit(np.clip(shares, 0.0, 1.0)), -np.inf)

    rng = np.random.default_rng(seed)
    walkers = max(4 * k, 24)
    start = np.clip(best + 0.05 * rng.normal(size=(walkers, k)), 0.01, 0.99)
    sampler = emcee.EnsembleSampler(walkers, k, log_probability, vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(start, _STEPS, skip_initial_state_check=True)
    chain = sampler.get_chain(discard=_BURNT, thin=20, flat=True)
    return np.asarray(chain), float(np.mean(sampler.acceptance_fraction))


def _own_error(
    first: FloatArray,
    series: FloatArray,
    picked: FloatArray,
    close: FloatArray,
    errors: list[ErrorModel],
    data: Data,
    places: Places,
) -> float:
    """Error of the emulator over every fifth near march, made without those, over the residuals' scatter."""
    left = np.arange(len(picked)) % 5 == 0
    if left.all() or not left.any():
        return float("nan")
    weight = np.concatenate((np.full(len(first), _FAR_WEIGHT), np.ones(int((~left).sum()))))
    shares = np.concatenate((first, picked[~left]))
    without = Emulator(shares, np.concatenate((series, close[~left])), weight, places)
    miss = without.series(picked[left]) - close[left]
    sigma = np.concatenate([one.sigma[data.kinds] for one in errors])
    return float(np.sqrt(((miss / sigma) ** 2).mean()))
