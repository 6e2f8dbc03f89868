"""A fast stand-in for marches: leading shapes of the hourly series, each a quadratic of the parameters.

Quadratic in the values, not in the shares of the priors: loads go with the values, and in the tail of a prior
a small share is a large step of the value. Parameters of little effect enter by a line each, without
products.

References
----------
.. [1] Higdon et al., Computer model calibration using high-dimensional output, JASA 103 (2008) 570.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Places = Callable[[FloatArray], FloatArray]
"""From shares of the priors to where the values lie between the priors' ends, both 0 to 1."""
_EXPLAINED = 0.9999
_MOST_SHAPES = 30
_RIDGE = 1e-6


class Emulator:
    """Hourly series over shares of the priors.

    Parameters
    ----------
    shares : ndarray, shape (m, k)
    series : ndarray, shape (m, n)
        All series of a march, one behind the other.
    weight : ndarray, shape (m,), optional
        Of each march in the regression.
    places : callable, optional
        Default the shares themselves.
    squared : int, optional
        So many parameters, the first ones, enter with squares and products; default all.
    """

    def __init__(
        self,
        shares: FloatArray,
        series: FloatArray,
        weight: FloatArray | None = None,
        places: Places = np.atleast_2d,
        squared: int | None = None,
    ) -> None:
        self.places = places
        self.squared = shares.shape[1] if squared is None else squared
        self.pairs = np.triu_indices(self.squared)
        weight = np.ones(len(shares)) if weight is None else weight
        self.mean = np.average(series, axis=0, weights=weight)
        left, size, shapes = np.linalg.svd(series - self.mean, full_matrices=False)
        share = np.cumsum(size**2) / max(float((size**2).sum()), 1e-300)
        count = min(int(np.searchsorted(share, _EXPLAINED)) + 1, _MOST_SHAPES, len(size))
        self.shapes = shapes[:count]
        target = left[:, :count] * size[:count]
        terms = self._terms(shares)
        root = np.sqrt(weight)[:, None]
        matrix = (terms * root).T @ (terms * root)
        matrix[np.diag_indices_from(matrix)] += _RIDGE * np.trace(matrix) / len(matrix)
        self.factors = np.linalg.solve(matrix, (terms * root).T @ (target * root))

    def scores(self, shares: FloatArray) -> FloatArray:
        """Weights of the shapes, shape (m, shapes)."""
        return np.asarray(self._terms(shares) @ self.factors)

    def series(self, shares: FloatArray) -> FloatArray:
        """Series, shape (m, n)."""
        return np.asarray(self.mean + self.scores(shares) @ self.shapes)

    def _terms(self, shares: FloatArray) -> FloatArray:
        """1, each parameter, and each product of two of the first."""
        x = 2.0 * np.atleast_2d(self.places(shares)) - 1.0
        first, second = self.pairs
        return np.concatenate([np.ones((len(x), 1)), x, x[:, first] * x[:, second]], axis=1)
