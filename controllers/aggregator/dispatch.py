"""Who is to do it: a fleet's target shared out over an event at the least cost, equals treated as equals.

    least    sum_t dt (sum_p price_p kw_pt + high short_t)
    subject  sum_p kw_pt + short_t = target_t,   0 <= kw_pt <= most_pt,   sum_t dt kw_pt <= energy_p

is a linear programme (`controllers.aggregator.programme` gives it to HiGHS), whose solutions are many where
prices are equal or energy may go at one time or another, and which takes most of a minute for 10,000
participants. `dispatch` solves it with a small quadratic term, alike_cny_kwh / 2 dt sum kw_pt^2 / most_pt,
that makes the solution one [1]: for prices l_t of the intervals each participant gives

    kw_pt = most_pt clip((l_t - price_p - m_p) / alike, 0, 1),   m_p >= 0 only where its energy would not last

so that participants of one price give the same share of what they have, less the same of each interval where
their energy is short. What is left is a concave function of the T prices alone, whatever P: its maximum is
found by Newton's method with a slope of a function that is piecewise quadratic [2]. The prices also bound the
linear programme's cost from below, so that each answer tells how far from the best it can be at most.

References
----------
.. [1] O. L. Mangasarian and R. R. Meyer, Nonlinear perturbation of linear programs, SIAM J. Control and
   Optimization 17(6), 745-752, 1979 (the solution is one of the linear programme's own once the term is
   small enough).
.. [2] L. Qi and J. Sun, A nonsmooth version of Newton's method, Mathematical Programming 58, 353-367, 1993.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from controllers.aggregator.programme import Dispatch, checked, dispatch_by_programme, shortfall_price
from controllers.aggregator.shares import Fleet
from weather.errors import TwinError

Floats = NDArray[np.float64]

ALIKE_CNY_KWH = 1e-3
"""Difference of prices below which participants share rather than come one before the other [CNY/kWh]."""
_UNMET = 1e-6
"""Share of the targets that may be missing by rounding."""


def merit_order(target_kw: float, most_kw: ArrayLike, price_cny_kwh: ArrayLike) -> Floats:
    """Share one interval's target: the cheaper first, equal prices by the same share of what they have.

    Parameters
    ----------
    target_kw : float
        Not negative [kW].
    most_kw : array_like, shape (P,)
        What each can give, not negative [kW].
    price_cny_kwh : array_like, shape (P,)

    Returns
    -------
    ndarray, shape (P,)
        [kW]; sums to the target or, where that is less, to all that there is.
    """
    most, price = np.asarray(most_kw, dtype=float), np.asarray(price_cny_kwh, dtype=float)
    _, level = np.unique(price, return_inverse=True)
    of_level = np.bincount(level, weights=most)
    left = np.maximum(target_kw - (np.cumsum(of_level) - of_level), 0.0)
    share = np.divide(left, of_level, out=np.ones_like(left), where=of_level > left)
    return most * share[level]


def dispatch(
    target_kw: ArrayLike,
    most_kw: ArrayLike,
    energy_kwh: ArrayLike,
    price_cny_kwh: ArrayLike,
    dt_h: float = 0.25,
    *,
    alike_cny_kwh: float = ALIKE_CNY_KWH,
) -> Dispatch:
    """Share a target over the intervals of an event, at the least cost but for prices that are nearly alike.

    Parameters
    ----------
    target_kw : array_like, shape (T,)
        Asked of the fleet [kW].
    most_kw : array_like, shape (P, T)
        What each participant can give at most [kW].
    energy_kwh : array_like, shape (P,)
        What each can give in all; infinite where nothing but power limits it [kWh].
    price_cny_kwh : array_like, shape (P,)
        What a kilowatt-hour of each costs [CNY/kWh].
    dt_h : float, optional
        Length of an interval [h].
    alike_cny_kwh : float, optional
        Prices less apart than this are shared between rather than ranked [CNY/kWh].

    Returns
    -------
    Dispatch
        That of `dispatch_by_programme`, a corner in which equals may differ, where the prices found do not
        meet the targets.

    Raises
    ------
    TwinError
        Shapes that do not fit, or a figure that is negative or not a number.
    """
    target, most, energy, price = checked(target_kw, most_kw, energy_kwh, price_cny_kwh, dt_h)
    if not alike_cny_kwh > 0.0:
        raise TwinError(
            f"prices are alike up to {alike_cny_kwh:g} CNY/kWh.", "Give more than 0.", key="alike_cny_kwh"
        )
    high = shortfall_price(price)
    # What is missing is a participant too, the dearest, with all of the target and energy without end.
    fleet = Fleet(np.vstack([most, target]), np.append(energy / dt_h, np.inf), np.append(price, high), target)
    prices = fleet.prices(alike_cny_kwh)
    kw = fleet.answer(prices, alike_cny_kwh)[0][:-1]
    total = kw.sum(axis=0)
    kw *= np.divide(target, total, out=np.ones_like(total), where=total > target)
    short = np.maximum(target - kw.sum(axis=0), 0.0)
    short[short <= 1e-9 * target] = 0.0
    cost = float(dt_h * price @ kw.sum(axis=1))
    # Those who share lift prices a little above the one that is marginal; the bound is tighter at that one.
    above = np.clip(prices, 0.0, high)
    levels = np.unique(fleet.price)
    marginal = levels[np.maximum(np.searchsorted(levels, above, side="right") - 1, 0)]
    lowest = dt_h * max(fleet.bound(above), fleet.bound(marginal))
    gap = max(cost + dt_h * high * float(short.sum()) - lowest, 0.0)
    if gap > (alike_cny_kwh + _UNMET * high) * dt_h * float(target.sum()):
        # Sharing costs less than that: Newton's method did not arrive, as a few in thousands do not.
        return dispatch_by_programme(target, most, energy, price, dt_h)
    return Dispatch(kw, short, cost, gap, marginal)
