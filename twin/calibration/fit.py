"""The fit: a posterior of the parameters by an affine-invariant ensemble sampler on an emulator of marches.

The emulator is made twice: over the whole prior, then anew where the first posterior lies. What is told in
the end is marched, not emulated.

Parameters that the meters hardly feel are in the posterior too, by a line each in the emulator: held where
the description puts them, the others would make up for it; drawn from their priors on their own, the draws
would no longer meet the meter.

References
----------
.. [1] Goodman and Weare, Comm. App. Math. Comp. Sci. 5 (2010) 65; Foreman-Mackey et al., PASP 125
       (2013) 306 (emcee).
.. [2] Barber et al., Annals of Statistics 49 (2021) 486 (jackknife+), here by blocks of days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from twin.calibration.emulator import Emulator
from twin.calibration.error_model import KINDS, ErrorModel, IntArray, error_model
from twin.calibration.parameters import places_of, values_at
from twin.calibration.simulated import Shared, march_all
from twin.crew import Crew

FloatArray = NDArray[np.float64]
_STEPS, _BURNT, _THIN = 2000, 700, 20
_ROUNDS = 4
_FAR_WEIGHT = 0.02
"""Weight of marches over the whole prior beside those where the posterior lies."""
_STEP = 1e-6
"""Of the forward differences of the search, in deviations of a normal score."""
_END = 4.0
"""Where a prior ends for the search of the most likely, in deviations of a normal score."""


@dataclass(frozen=True)
class Data:
    """What is fitted.

    Attributes
    ----------
    measured : ndarray, shape (n, series)
        NaN where nothing was measured or the hour is held out.
    kinds : ndarray of int, shape (n,)
        Kind of each hour.
    blocks : ndarray of int, shape (n,)
        Hours that are left out together, see `blocks_like`.
    """

    measured: FloatArray
    kinds: IntArray
    blocks: IntArray


@dataclass(frozen=True)
class Fit:
    """Posterior of the parameters.

    Attributes
    ----------
    names : tuple of str
        Those that the meters feel, then the others.
    shares : ndarray, shape (draws, k)
        Draws, as shares of the priors.
    best : ndarray, shape (k,)
        Most likely shares.
    errors : list of ErrorModel
        By series.
    unseen : ndarray, shape (n, series)
        Each block as it is told by a fit to the others [2]; NaN where nothing is fitted.
    emulator_error : float
        Root mean square of the emulator over marches it was not made from, over that of the residuals [1].
    marches : int
    """

    names: tuple[str, ...]
    shares: FloatArray
    best: FloatArray
    errors: list[ErrorModel]
    unseen: FloatArray
    emulator_error: float
    marches: int


def fitted(
    crew: Crew,
    shared: Shared,
    names: Sequence[str],
    others: Sequence[str],
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
        Parameters that the meters feel.
    others : sequence of str
        Parameters of little effect.
    data : Data
    seed : int
    progress : callable
    bayesian : bool
        False gives the least squares within the priors' ends, without a posterior; the others stay as
        described.
    """
    k, squared = len(names), len(names)
    if bayesian:
        names = (*names, *others)
        k = len(names)
    pairs = squared * (squared + 1) // 2
    first = _design(3 * (1 + k) + 2 * pairs, k, seed)
    series = _marched(crew, shared, names, first, lambda share: progress(0.6 * share))
    told = np.isfinite(series).all(axis=1)
    first, series = first[told], series[told]
    places = places_of(names)
    rough = Emulator(first, series, places=places, squared=squared)
    best, errors = _settled(rough, data, k, bayesian)
    near = _sampled(rough, data, errors, best, seed, 0.25)[0] if bayesian else best + np.zeros((1, k))
    rng = np.random.default_rng(seed)
    count = 1 + 2 * k + pairs
    picked = near[rng.integers(0, len(near), count)] + 0.04 * rng.normal(size=(count, k))
    picked = np.clip(picked, 0.0, 1.0)
    close = _marched(crew, shared, names, picked, lambda share: progress(0.6 + 0.4 * share))
    fine_ok = np.isfinite(close).all(axis=1)
    picked, close = picked[fine_ok], close[fine_ok]
    weight = np.concatenate((np.full(len(first), _FAR_WEIGHT), np.ones(len(picked))))
    shares, series = np.concatenate((first, picked)), np.concatenate((series, close))
    emulator = Emulator(shares, series, weight, places, squared)
    best, errors = _settled(emulator, data, k, bayesian)
    drawn = _sampled(emulator, data, errors, best, seed, 1.0)[0] if bayesian else best[None, :]
    unseen = _unseen(emulator, data, errors, best, bayesian)
    missed = _own_error(shares, series, weight, emulator, errors, data)
    return Fit(tuple(names), drawn, best, errors, unseen, missed, len(shares))


def _design(count: int, k: int, seed: int) -> FloatArray:
    return np.asarray(qmc.LatinHypercube(d=k, rng=np.random.default_rng(seed)).random(count))


def _marched(
    crew: Crew, shared: Shared, names: Sequence[str], shares: FloatArray, progress: Callable[[float], None]
) -> FloatArray:
    variants = [dict(zip(names, row, strict=True)) for row in values_at(names, shares)]
    series = march_all(crew, shared, variants, progress)
    return series.transpose(0, 2, 1).reshape(len(series), -1)


class _Misfit:
    """Half the weighted square of the residuals, by the scores of an emulator.

    The model's own error by kind of hour is integrated out (Woodbury), so a pattern of the day that it may
    have made itself tells little of the parameters.
    """

    def __init__(self, emulator: Emulator, data: Data, errors: list[ErrorModel] | None) -> None:
        self.emulator = emulator
        n = len(data.kinds)
        self.constant = 0.0
        self.linear = np.zeros(len(emulator.shapes))
        self.square = np.zeros((len(emulator.shapes), len(emulator.shapes)))
        for j, column in enumerate(data.measured.T):
            own = slice(j * n, (j + 1) * n)
            known = np.isfinite(column)
            off = np.where(known, column - emulator.mean[own], 0.0)
            shapes = emulator.shapes[:, own]
            if errors is None:
                weight = known * 1e4 / (max(float(np.nanvar(column)), 1e-12) * known.sum())
            else:
                weight = known * errors[j].independent / errors[j].sigma[data.kinds] ** 2
            self.constant += float((weight * off**2).sum())
            self.linear += shapes @ (weight * off)
            self.square += (shapes * weight) @ shapes.T
            if errors is not None and errors[j].form > 0.0:
                self._integrate(errors[j].covariance, weight, off, shapes, data.kinds)

    def _integrate(
        self, covariance: FloatArray, weight: FloatArray, off: FloatArray, shapes: FloatArray, kinds: IntArray
    ) -> None:
        """Take from the misfit what the model's own error may explain."""
        total = np.bincount(kinds, weight, KINDS)
        sums = np.bincount(kinds, weight * off, KINDS)
        by_kind = np.stack([np.bincount(kinds, weight * shape, KINDS) for shape in shapes])
        explained = np.linalg.solve(np.eye(KINDS) + covariance * total, covariance)
        self.constant -= float(sums @ explained @ sums)
        self.linear -= by_kind @ explained @ sums
        self.square -= by_kind @ explained @ by_kind.T

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
    find = _most_likely if bayesian else _least
    misfit = _Misfit(emulator, data, None)
    starts = [np.full(k, 0.5), *_design(7, k, 1)]
    best = find(misfit, starts)
    errors = _error_models(_residuals(emulator, data, best), data.kinds)
    for _ in range(_ROUNDS if bayesian else 0):
        best = find(_Misfit(emulator, data, errors), [best])
        errors = _error_models(_residuals(emulator, data, best), data.kinds)
    return best, errors


def _unseen(
    emulator: Emulator, data: Data, errors: list[ErrorModel], best: FloatArray, bayesian: bool
) -> FloatArray:
    """Each block by the most likely parameters of the others."""
    find = _most_likely if bayesian else _least
    found = np.full(data.measured.shape, np.nan)
    fitted_blocks = np.unique(data.blocks[np.isfinite(data.measured).any(axis=1)])
    for block in fitted_blocks if len(fitted_blocks) > 1 else ():
        own = data.blocks == block
        others = replace(data, measured=np.where(own[:, None], np.nan, data.measured))
        shares = find(_Misfit(emulator, others, errors), [best])
        found[own] = (data.measured - _residuals(emulator, data, shares))[own]
    return found


def _least(misfit: _Misfit, starts: Sequence[FloatArray]) -> FloatArray:
    """Shares of the least misfit."""

    def of(shares: FloatArray) -> float:
        return float(misfit(shares)[0])

    bounds = [(0.0, 1.0)] * len(starts[0])
    found = [minimize(of, x, method="L-BFGS-B", bounds=bounds) for x in starts]
    return np.asarray(min(found, key=lambda one: float(one.fun)).x)


def _most_likely(misfit: _Misfit, starts: Sequence[FloatArray]) -> FloatArray:
    """Shares of the least misfit and prior.

    Shares of a prior are scores of a standard normal, and sought as such: ends are as unlikely as they are
    far from its middle, and the search leaves an end where it finds something better.
    """

    steps = _STEP * np.concatenate((np.zeros((1, len(starts[0]))), np.eye(len(starts[0]))))

    def unlikely(scores: FloatArray) -> tuple[float, FloatArray]:
        places = scores + steps
        told = misfit(ndtr(places)) + 0.5 * (places**2).sum(axis=1)
        return float(told[0]), (told[1:] - told[0]) / _STEP

    bounds = [(-_END, _END)] * len(starts[0])
    places = [np.clip(ndtri(np.clip(x, 1e-9, 1.0 - 1e-9)), 0.9 * -_END, 0.9 * _END) for x in starts]
    found = [minimize(unlikely, x, jac=True, method="L-BFGS-B", bounds=bounds) for x in places]
    return np.asarray(ndtr(min(found, key=lambda one: float(one.fun)).x))


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
    chain = sampler.get_chain(discard=_BURNT, thin=_THIN, flat=True)
    return np.asarray(chain), float(np.mean(sampler.acceptance_fraction))


def _own_error(
    shares: FloatArray,
    series: FloatArray,
    weight: FloatArray,
    emulator: Emulator,
    errors: list[ErrorModel],
    data: Data,
) -> float:
    """Error of an emulator over every fifth near march, made without those, over the residuals' scatter."""
    near = np.flatnonzero(weight == 1.0)[::5]
    if len(near) == 0:
        return float("nan")
    kept = np.delete(np.arange(len(shares)), near)
    without = Emulator(shares[kept], series[kept], weight[kept], emulator.places, emulator.squared)
    miss = without.series(shares[near]) - series[near]
    sigma = np.concatenate([one.sigma[data.kinds] for one in errors])
    return float(np.sqrt(((miss / sigma) ** 2).mean()))
