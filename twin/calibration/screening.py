"""Which parameters the meters can speak of: elementary effects (Morris) on energies by season and hours.

References
----------
.. [1] Morris, Technometrics 33 (1991) 161; Campolongo et al., Environ. Model. Softw. 22 (2007) 1509;
       as SALib does it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibration.parameters import setting, values_at
from twin.calibration.simulated import Shared, march_all
from twin.crew import Crew

FloatArray = NDArray[np.float64]
_LEVELS = 4
_FROM, _TO = 0.05, 0.95
"""Shares of the priors between which effects are taken; the ends of a prior are nobody's building."""


@dataclass(frozen=True)
class Screened:
    """Parameters by their effect.

    Attributes
    ----------
    names : tuple of str
    effect : ndarray
        Over the largest [1].
    chosen : tuple of str
        Those that are fitted, in the order of `names`.
    """

    names: tuple[str, ...]
    effect: FloatArray
    chosen: tuple[str, ...]


def screened(
    crew: Crew,
    shared: Shared,
    names: Sequence[str],
    times: pd.DatetimeIndex,
    known: NDArray[np.bool_],
    seed: int,
    progress: Callable[[float], None],
) -> Screened:
    """Screen parameters.

    Parameters
    ----------
    crew : Crew
    shared : Shared
    names : sequence of str
    times : DatetimeIndex, shape (n,)
    known : ndarray of bool, shape (n, series)
        Hours that were measured and are for the fit.
    seed : int
    progress : callable
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    problem = {"num_vars": len(names), "names": list(names), "bounds": [[_FROM, _TO]] * len(names)}
    count = int(setting("screening", "trajectories"))
    shares = sampling.sample(problem, count, num_levels=_LEVELS, seed=seed)
    values = values_at(names, shares)
    series = march_all(crew, shared, [dict(zip(names, row, strict=True)) for row in values], progress)
    sums = _features(series, times, known)
    effects = np.zeros(len(names))
    for column in sums.T:
        if np.ptp(column) == 0.0 or not np.isfinite(column).all():
            continue
        found = analysis.analyze(
            problem, shares, column, num_levels=_LEVELS, print_to_console=False, seed=seed
        )
        effects += np.asarray(found["mu_star"], dtype=float) ** 2
    effect = np.sqrt(effects)
    effect = effect / max(float(effect.max()), 1e-12)
    order = np.argsort(-effect)[: int(setting("screening", "most"))]
    kept = {names[j] for j in order if effect[j] >= setting("screening", "least_share")}
    return Screened(tuple(names), effect, tuple(name for name in names if name in kept))


def _features(series: FloatArray, times: pd.DatetimeIndex, known: NDArray[np.bool_]) -> FloatArray:
    """Sums by quarter of the year and of the day over their scatter's scale, shape (variants, features)."""
    quarter = (times.month.to_numpy() % 12) // 3
    group = 4 * quarter + times.hour.to_numpy() // 6
    parts = []
    for j in range(series.shape[2]):
        scale = max(float(np.abs(series[:, known[:, j], j]).mean()), 1e-9)
        for one in range(16):
            where = known[:, j] & (group == one)
            if where.any():
                parts.append(series[:, where, j].sum(axis=1) / scale)
    return np.stack(parts, axis=1)
