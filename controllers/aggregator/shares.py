"""Prices of intervals at which a fleet gives what is asked, and what each participant then gives.

The concave function of the prices that `controllers.aggregator.dispatch` speaks of: its slope is what is
missing in each interval, its curvature how much more a higher price would bring. All is done for all
participants at once: what a participant with little energy gives as its own price rises is a broken line
whose corners are those of everybody, so that one product of matrices has all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_EXACT = 1e-11
"""Share of the largest target that may be missing at the prices found."""
_ROUGH = 1e-3
_MOST_STEPS = 60
"""Newton's steps at each distance of prices that are alike."""
_NARROWER = 5.0
_MOST_TRIALS = 40
_STALLED = 1e-6
"""Share of the largest target below which a step that brings nothing is one of rounding."""


@dataclass(frozen=True, eq=False)
class Fleet:
    """Participants as their prices see them.

    Attributes
    ----------
    most_kw : ndarray, shape (P, T)
    limit_kw : ndarray, shape (P,)
        Energy over the length of an interval: what powers of all intervals may sum to [kW].
    price : ndarray, shape (P,)
        [CNY/kWh]
    target_kw : ndarray, shape (T,)
    """

    most_kw: Floats
    limit_kw: Floats
    price: Floats
    target_kw: Floats

    def answer(self, prices: Floats, alike: float) -> tuple[Floats, Floats]:
        """What each gives at prices of the intervals, (P, T) [kW], and the curvature, (T, T)."""
        own = self.price.copy()
        share = np.clip((prices - own[:, None]) / alike, 0.0, 1.0)
        kw = self.most_kw * share
        tired = np.flatnonzero(kw.sum(axis=1) > self.limit_kw)
        if len(tired):
            own[tired] = self._dearer(tired, prices, alike)
            share[tired] = np.clip((prices - own[tired, None]) / alike, 0.0, 1.0)
            kw[tired] = self.most_kw[tired] * share[tired]
        moves = np.where((share > 0.0) & (share < 1.0), self.most_kw, 0.0)
        curvature = np.diag(moves.sum(axis=0))
        held = moves[tired]
        sums = held.sum(axis=1)
        held, sums = held[sums > 0.0], sums[sums > 0.0]
        return kw, (curvature - held.T @ (held / sums[:, None])) / alike

    def _dearer(self, tired: NDArray[np.intp], prices: Floats, alike: float) -> Floats:
        """Own prices at which those whose energy would not last give just what they have."""
        corners = np.sort(np.concatenate([prices - alike, prices]))
        shares = np.clip((prices[:, None] - corners) / alike, 0.0, 1.0)
        given, limit = self.most_kw[tired] @ shares, self.limit_kw[tired]
        above = np.clip((given > limit[:, None]).sum(axis=1) - 1, 0, len(corners) - 2)
        each = np.arange(len(tired))
        high, low = given[each, above], given[each, above + 1]
        way = np.divide(high - limit, high - low, out=np.ones_like(high), where=high > low)
        return corners[above] + np.clip(way, 0.0, 1.0) * (corners[above + 1] - corners[above])

    def prices(self, alike: float) -> Floats:
        """Prices (T,) at which the targets are met, from wide distances of alike prices to the one given."""
        width = max(float(np.ptp(self.price)), alike)
        prices = np.full(len(self.target_kw), float(self.price.min()) + width)
        while width > alike:
            prices = self._met(prices, width, _ROUGH)
            width = max(width / _NARROWER, alike)
        return self._met(prices, alike, _EXACT)

    def _met(self, prices: Floats, alike: float, tolerance: float) -> Floats:
        scale = float(self.target_kw.max(initial=0.0))
        if scale == 0.0:
            return np.minimum(prices, float(self.price.min()))
        # Where nobody's share moves, a price rises as if all that there is came evenly over a distance.
        soft = self.most_kw.sum(axis=0) / max(float(np.ptp(self.price)), alike) + scale * 1e-6
        missing, curvature = self._missing(prices, alike)
        for _ in range(_MOST_STEPS):
            worst = float(np.abs(missing).max())
            if worst <= tolerance * scale:
                break
            damped = curvature + np.diag(soft * min(worst / scale, 1.0) * 1e-2)
            way = np.asarray(np.linalg.solve(damped, missing), dtype=np.float64)
            prices, missing, curvature = self._step(prices, way, float(way @ missing), alike)
            if worst <= _STALLED * scale and np.abs(missing).max() > 0.999 * worst:
                break
        return prices

    def _missing(self, prices: Floats, alike: float) -> tuple[Floats, Floats]:
        kw, curvature = self.answer(prices, alike)
        return self.target_kw - kw.sum(axis=0), curvature

    def _step(self, prices: Floats, way: Floats, slope: float, alike: float) -> tuple[Floats, Floats, Floats]:
        """Go where little is missing along the way; prices, what is missing and curvature there."""
        low, high, slope_low, slope_high = 0.0, np.inf, slope, 0.0
        step = 1.0
        for _ in range(_MOST_TRIALS):
            there = prices + step * way
            missing, curvature = self._missing(there, alike)
            here = float(way @ missing)
            if abs(here) <= 0.3 * slope:
                break
            if here > 0.0:
                low, slope_low = step, here
            else:
                high, slope_high = step, here
            if np.isinf(high):
                step *= 4.0
            else:
                share = slope_low / (slope_low - slope_high)
                step = low + (high - low) * min(max(share, 0.1), 0.9)
        return there, missing, curvature

    def bound(self, prices: Floats) -> float:
        """What meeting the targets costs at least, per length of an interval [CNY/h], by any prices (T,)."""
        order = np.argsort(-prices)
        gain = np.maximum(prices[order] - self.price[:, None], 0.0)
        sums = np.minimum(np.cumsum(self.most_kw[:, order], axis=1), self.limit_kw[:, None])
        return float(self.target_kw @ prices - (gain * np.diff(sums, axis=1, prepend=0.0)).sum())
