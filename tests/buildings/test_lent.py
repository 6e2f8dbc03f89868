"""Lent tuples against the tuples themselves: fields, nested ones, and what is written through them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from buildings.compiled import compiled
from buildings.lent import lent


class Inner(NamedTuple):
    weights: np.ndarray
    count: np.ndarray


class Outer(NamedTuple):
    values: np.ndarray
    inner: Inner
    told: np.ndarray
    factor: float


@compiled()
def weigh(given: Any, k: int) -> float:
    """Not inlined, so that it is called with what it is given."""
    inner = given.inner
    given.told[k] += 1.0
    inner.count[0] += 1
    return given.factor * given.values[k, 1] * inner.weights[k]


@compiled()
def by_address(given: Any) -> float:
    total, shared = 0.0, lent(given)
    for k in range(len(given.told)):
        total += weigh(shared, k)
    return total


@compiled()
def by_value(given: Any) -> float:
    total = 0.0
    for k in range(len(given.told)):
        total += weigh(given, k)
    return total


def outer() -> Outer:
    random = np.random.default_rng(1)
    inner = Inner(random.normal(size=50), np.zeros(1, np.int64))
    return Outer(random.normal(size=(50, 3)), inner, np.zeros(50), 2.5)


def test_it_reads_and_writes_what_the_tuple_holds() -> None:
    one, other = outer(), outer()
    assert by_address(one) == by_value(other)
    expected = 2.5 * float(np.sum(one.values[:, 1] * one.inner.weights))
    np.testing.assert_allclose(by_address(one), expected, rtol=1e-12)
    assert (one.told == 2.0).all()
    assert one.inner.count[0] == 100
