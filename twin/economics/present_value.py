"""Present values of yearly flows (现值): NPV, IRR, payback, annuity.

Flows have the shape (years + 1,) or (years + 1, n): year 0 first, cases beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]
_LOWEST_RATE, _HIGHEST_RATE = -0.9, 1e3
_REAL = 1e-6
"""Imaginary part, over the size, below which a root is taken for real, before it is checked."""


@dataclass(frozen=True, slots=True)
class InternalRate:
    """Internal rate of return (内部收益率).

    Parameters
    ----------
    value : float or None
        None where there is none or more than one.
    roots : tuple of float
        Every rate at which the present value is nought, ascending.
    reason_zh, reason_en : str
        Why `value` is None; else empty.
    """

    value: float | None
    roots: tuple[float, ...]
    reason_zh: str
    reason_en: str


def discount_factors(rate: ArrayLike, years: int) -> FloatArray:
    """Factors (1 + rate)**-t of years 0 to `years`; shape (years + 1,) or (years + 1, n)."""
    base = 1.0 + np.asarray(rate, float)
    return base ** -np.arange(years + 1.0).reshape((-1,) + (1,) * base.ndim)


def npv(flows: FloatArray, rate: ArrayLike) -> FloatArray:
    """Net present value (净现值) in year 0.

    Parameters
    ----------
    flows : ndarray, shape (years + 1,) or (years + 1, n)
    rate : float or array, shape (n,)

    Returns
    -------
    ndarray, shape () or (n,)
    """
    factors = discount_factors(rate, len(flows) - 1)
    if factors.ndim < flows.ndim:
        factors = factors[:, None]
    return np.asarray((flows * factors).sum(axis=0))


def annuity(rate: ArrayLike, years: int) -> FloatArray:
    """Equal yearly payment over `years` worth 1 in year 0 (资金回收系数); 1/years without interest."""
    rate = np.asarray(rate, float)
    growth = -np.expm1(-years * np.log1p(rate))
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = rate / growth
    return np.where(growth == 0.0, 1.0 / years, factor)


def internal_rate(flows: FloatArray) -> InternalRate:
    """Every internal rate of return of one flow between -90 % and 100,000 %.

    With one change of sign the rate is the only one (Descartes) and bracketed; else the real roots of the
    polynomial in 1/(1 + rate) are taken, each checked by a change of sign around it.
    """
    flows = np.asarray(flows, float)
    moving = flows[flows != 0.0]
    changes = int((np.sign(moving[1:]) != np.sign(moving[:-1])).sum())
    if changes == 0:
        return InternalRate(None, (), "现金流无正负变化，不存在内部收益率", "the flows never change sign")
    roots = _one_root(flows) if changes == 1 else _all_roots(flows)
    if len(roots) == 1:
        return InternalRate(roots[0], roots, "", "")
    if not roots:
        return InternalRate(None, (), "在 -90 % 至 100000 % 之间无解", "no rate above -90 % solves it")
    told = ", ".join(f"{root:.2%}" for root in roots)
    return InternalRate(None, roots, f"存在多个解：{told}", f"several rates solve it: {told}")


def _at(flows: FloatArray, rate: float) -> float:
    # Horner in 1/(1 + rate), on plain numbers: faster than arrays at this length
    value, x = 0.0, 1.0 / (1.0 + rate)
    for flow in reversed(flows.tolist()):
        value = value * x + flow
    return value


def _one_root(flows: FloatArray) -> tuple[float, ...]:
    low, high = _at(flows, _LOWEST_RATE), _at(flows, _HIGHEST_RATE)
    if low * high > 0.0:
        return ()
    return (float(brentq(lambda r: _at(flows, r), _LOWEST_RATE, _HIGHEST_RATE, xtol=1e-14, rtol=1e-13)),)


def _all_roots(flows: FloatArray) -> tuple[float, ...]:
    found = np.roots(flows)  # highest power first: these are roots in 1 + rate
    real = found[np.abs(found.imag) <= _REAL * np.maximum(np.abs(found), 1.0)].real
    near = np.sort(real[(real > 1.0 + _LOWEST_RATE) & (real < 1.0 + _HIGHEST_RATE)]) - 1.0
    kept: list[float] = []
    for guess in near:
        width = 1e-7 * (1.0 + abs(guess))
        low, high = guess - width, guess + width
        if _at(flows, low) * _at(flows, high) > 0.0:
            continue  # touches or comes near nought without crossing
        root = float(brentq(lambda r: _at(flows, r), low, high, xtol=1e-14, rtol=1e-13))
        if not kept or root - kept[-1] > 1e-9:
            kept.append(root)
    return tuple(kept)


def internal_rates(flows: FloatArray) -> FloatArray:
    """Internal rates of many flows at once by bisection; NaN where there is none or more than one.

    Rates from -90 % to 1,000 % are looked at on a grid, so that two within a step of it (0.05 of 1 + rate) go
    unseen; `internal_rate` finds these.

    Parameters
    ----------
    flows : ndarray, shape (years + 1, n)

    Returns
    -------
    ndarray, shape (n,)
        To 1e-9.
    """
    rates = np.geomspace(1.0 + _LOWEST_RATE, 11.0, 96) - 1.0
    # not by BLAS, whose threads cost more than they bring at this size
    above = np.einsum("tg,tn->gn", discount_factors(rates, len(flows) - 1), flows) > 0.0
    crossings = above[1:] != above[:-1]
    single = crossings.sum(axis=0) == 1
    step = np.argmax(crossings, axis=0)
    low, high = rates[step], rates[step + 1]
    rising = above[step + 1, np.arange(flows.shape[1])]
    for _ in range(30):
        middle = 0.5 * (low + high)
        upper = (_horner(flows, middle) > 0.0) == rising  # the root lies below the middle
        low, high = np.where(upper, low, middle), np.where(upper, middle, high)
    moves = (flows > 0.0).any(axis=0) & (flows < 0.0).any(axis=0)
    return np.where(single & moves, 0.5 * (low + high), np.nan)


def _horner(flows: FloatArray, rate: FloatArray) -> FloatArray:
    x = 1.0 / (1.0 + rate)
    value = np.zeros(flows.shape[1])
    for flow in flows[::-1]:
        value = value * x + flow
    return value


def payback(flows: FloatArray) -> FloatArray:
    """Years until the sum of flows first reaches nought (投资回收期), straight between two year ends.

    Parameters
    ----------
    flows : ndarray, shape (years + 1, n)
        Discounted ones give the discounted payback.

    Returns
    -------
    ndarray, shape (n,)
        Infinite where it never does; 0 where nothing is invested and the sum never falls below nought.
    """
    summed = np.cumsum(flows, axis=0)
    reached = summed >= 0.0
    first = np.argmax(reached, axis=0)
    columns = np.arange(flows.shape[1])
    before = summed[np.maximum(first - 1, 0), columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        within = -before / flows[first, columns]
    years = np.where(first > 0, first - 1 + within, 0.0)
    nothing = (first == 0) & ~reached.all(axis=0)
    return np.where(reached.any(axis=0) & ~nothing, years, np.inf)
