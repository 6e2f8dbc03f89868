"""What measures bring together, learnt from marches: a quadratic form in the measures of a package.

Of every figure of a package (its money, the margin of an index) the marches tell values y. They are taken as

    y = c + sum_k a_k x_k + sum_(k,l) b_kl x_k x_l

with x_k one where the package holds measure k. All measures are in it; of the products those come in, one
after the other, that lessen what is left by more than chance would (risk inflation criterion [1]_), because a
building couples few of its measures strongly. A ridge keeps coefficients of measures that seldom occur near
nought.

Under the conditions of the standard far fewer packages are marched than by the project's own use. There the
form of the project's own use is corrected by one that is linear in the measures, a Gaussian process whose
variances are those that make the marches likeliest [2]_.

References
----------
.. [1] Foster and George, The risk inflation criterion for multiple regression, Annals of Statistics 22 (1994)
       1947-1975.
.. [2] Kennedy and O'Hagan, Predicting the output from a complex computer code when fast approximations are
       available, Biometrika 87 (2000) 1-13.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RIDGE = 1e-2
"""Added to the count of each measure and product."""
_PRODUCTS = 40
"""Products at most: what remains is small, and each one makes the integer search slower."""
_SEEN = 3
"""Packages that must hold both measures of a product."""
_LATEST = 16
"""Packages by which the error of a correction is told: the latest lie where the best one is looked for."""
_RATIOS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Standard deviations of a measure's correction that are compared, as multiples of the noise's."""


@dataclass(frozen=True)
class Form:
    """A quadratic form in the measures of a package.

    Attributes
    ----------
    constant : float
    linear : ndarray, shape (measures,)
    pairs : tuple of (int, int)
        Places of the two measures of each product.
    products : ndarray, shape (pairs,)
    error : float
        Root mean square of what it misses, allowing for what was fitted.
    """

    constant: float
    linear: Floats
    pairs: tuple[tuple[int, int], ...]
    products: Floats
    error: float

    def of(self, held: Floats) -> Floats:
        """Values of packages (n, measures), shape (n,)."""
        value = self.constant + held @ self.linear
        for (i, j), weight in zip(self.pairs, self.products, strict=True):
            value = value + weight * held[:, i] * held[:, j]
        return value


class Sample:
    """Packages of which figures are known, and the sums that forms of all figures share.

    Parameters
    ----------
    held : ndarray, shape (n, measures)
        One where a package holds a measure.
    slots : sequence of int
        Slot of each measure: two of one slot are never together.
    """

    def __init__(self, held: Floats, slots: Sequence[int]) -> None:
        place = np.asarray(slots)
        together = np.triu((held.T @ held >= _SEEN) & (place[:, None] != place[None, :]), 1)
        self.held, self.slots = held, slots
        self._first, self._second = np.nonzero(together)
        self._table = np.column_stack(
            [np.ones(len(held)), held, held[:, self._first] * held[:, self._second]]
        )
        self._gram = self._table.T @ self._table

    def form(self, values: Floats) -> Form:
        """Fit a form; packages without a value (NaN or infinite) are left out.

        Parameters
        ----------
        values : ndarray, shape (n,)
        """
        known = np.isfinite(values)
        if not known.all():
            return Sample(self.held[known], self.slots).form(values[known])
        n, measures = self.held.shape
        mean, scale = (float(values.mean()), float(values.std())) if n else (0.0, 0.0)
        if scale == 0.0:
            return Form(mean, np.zeros(measures), (), np.zeros(0), 0.0)
        y = (values - mean) / scale
        moment, mains = self._table.T @ y, 1 + measures
        chosen, barrier = list(range(mains)), 2.0 * math.log(len(self._first) + 1.0)
        while True:
            left, coefficients, used = _solved(self._gram, moment, chosen, float(y @ y))
            noise = left / max(n - used, 1.0)
            if len(chosen) - mains >= min(_PRODUCTS, len(self._first)):
                break
            gains = _gains(self._gram, moment, chosen, coefficients)
            best = int(gains.argmax())
            if gains[best] <= barrier * noise:
                break
            chosen.append(best)
        pairs = tuple((int(self._first[c - mains]), int(self._second[c - mains])) for c in chosen[mains:])
        linear, products = scale * coefficients[1:mains], scale * coefficients[mains:]
        return Form(mean + scale * float(coefficients[0]), linear, pairs, products, scale * math.sqrt(noise))


def _ridged(gram: Floats, chosen: list[int]) -> Floats:
    inner = gram[np.ix_(chosen, chosen)].copy()
    inner[np.diag_indices_from(inner)] += _RIDGE
    return inner


def _solved(gram: Floats, moment: Floats, chosen: list[int], total: float) -> tuple[float, Floats, float]:
    """Sum of squares that is left, coefficients, and degrees of freedom that they take."""
    inner = _ridged(gram, chosen)
    inverse = np.linalg.inv(inner)
    coefficients = inverse @ moment[chosen]
    bare = gram[np.ix_(chosen, chosen)]
    left = total - 2.0 * float(coefficients @ moment[chosen]) + float(coefficients @ bare @ coefficients)
    return max(left, 0.0), coefficients, float(np.sum(inverse * bare))


def _gains(gram: Floats, moment: Floats, chosen: list[int], coefficients: Floats) -> Floats:
    """By how much each column would lessen the sum of squares that is left, shape (columns,)."""
    cross = gram[chosen]
    solved = np.linalg.solve(_ridged(gram, chosen), cross)
    own = np.diag(gram) - np.sum(cross * solved, axis=0)
    gains = (moment - coefficients @ cross) ** 2 / (np.maximum(own, 0.0) + 1.0)
    gains[chosen] = 0.0
    return gains


def corrected(form: Form, held: Floats, values: Floats, rng: np.random.Generator | None = None) -> Form:
    """A form with a correction, linear in the measures, that brings it to further values.

    Parameters
    ----------
    form : Form
    held : ndarray, shape (n, measures)
        Without any, the form stays as it is.
    values : ndarray, shape (n,)
    rng : Generator, optional
        Then the correction is not the likeliest but one drawn from all by their likelihood: what a measure
        does that few of the packages hold differs much from draw to draw.

    Returns
    -------
    Form
        `error` is the root mean square of what it misses of the latest values when each is left out.
    """
    if not len(values):
        return form
    missed = values - form.of(held)
    mean = float(missed.mean())
    y = missed - mean
    scale = float(np.sqrt(np.mean(y**2)))
    if len(y) < 2 or scale == 0.0:
        return replace(form, constant=form.constant + mean)
    kernels = (_kernel(held, ratio) for ratio in _RATIOS)
    best = min(zip(_RATIOS, kernels, strict=True), key=lambda one: _unlikelihood(one[1], y))
    ratio, kernel = best
    inverse = np.linalg.inv(kernel)
    weights = inverse @ y
    left_out = weights / np.diag(inverse)
    terms = np.column_stack([np.ones(len(y)), held])
    correction = ratio**2 * (terms.T @ weights)
    if rng is not None:
        precision = np.eye(terms.shape[1]) / ratio**2 + terms.T @ terms
        spread = np.linalg.solve(np.linalg.cholesky(precision).T, rng.standard_normal(terms.shape[1]))
        correction = correction + math.sqrt(float(y @ weights) / len(y)) * spread
    return replace(
        form,
        constant=form.constant + mean + float(correction[0]),
        linear=form.linear + correction[1:],
        error=float(np.sqrt(np.mean(left_out[-_LATEST:] ** 2))),
    )


def _kernel(held: Floats, ratio: float) -> Floats:
    """Covariance of corrections over the variance of the noise, shape (n, n)."""
    return np.eye(len(held)) + ratio**2 * (1.0 + held @ held.T)


def _unlikelihood(kernel: Floats, y: Floats) -> float:
    """Negative logarithm of the likelihood, the noise's variance at its best, up to a constant."""
    _, volume = np.linalg.slogdet(kernel)
    return float(0.5 * len(y) * math.log(float(y @ np.linalg.solve(kernel, y))) + 0.5 * volume)


def most_different(held: Floats, count: int) -> list[int]:
    """Places of packages from which most is learnt: the first, then where the others tell least each time.

    Parameters
    ----------
    held : ndarray, shape (n, measures)
    count : int

    Notes
    -----
    The variance that a correction as of `corrected` keeps at each package, as large as the noise by measure.
    """
    covariance = 1.0 + held @ held.T
    taken: list[int] = []
    place = 0
    while len(taken) < min(count, len(held)):
        taken.append(place)
        column = covariance[:, place].copy()
        covariance -= np.outer(column, column) / (covariance[place, place] + 1.0)
        left = np.diag(covariance).copy()
        left[taken] = -np.inf
        place = int(left.argmax())
    return taken
