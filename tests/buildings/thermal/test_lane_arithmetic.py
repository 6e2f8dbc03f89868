"""Arithmetic on lanes against NumPy, value by value."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.errors import TypingError
from numpy.typing import NDArray

from buildings.thermal.lanes import (
    LANES,
    anywhere,
    at,
    gathered,
    greater,
    largest,
    lesser,
    magnitude,
    put,
    series,
    spread,
    square_root,
    where,
)

Array = NDArray[np.float64]
Indices = NDArray[np.int32]


@numba.njit
def _all(a: Array, out: Array) -> None:
    x, y = at(a, (0, 0)), at(a, (0, 1))
    put(out, (0,), x + y * 2.0 - 1 / (x * x + 1.0))
    put(out, (1,), where((x > y) & (y <= 3.0), x, -y))
    put(out, (2,), greater(x, y) - lesser(x, 0.5))
    put(out, (3,), square_root(magnitude(x)))
    put(out, (4,), largest(x))
    put(out, (5,), 1.0 if anywhere((x < y) | (x != x)) else 0.0)
    x += 1
    x -= y
    x *= 0.5
    put(out, (6,), x)


floats = st.floats(-1e3, 1e3, allow_subnormal=False)


@settings(max_examples=200, deadline=None)
@given(st.lists(floats, min_size=2 * LANES, max_size=2 * LANES))
def test_operators_and_functions(drawn: list[float]) -> None:
    a = np.array(drawn).reshape(1, 2, LANES)
    out = np.zeros((7, LANES))
    _all(a, out)
    x, y = a[0]
    np.testing.assert_allclose(out[0], x + y * 2.0 - 1.0 / (x * x + 1.0), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(out[1], np.where((x > y) & (y <= 3.0), x, -y))
    np.testing.assert_allclose(out[2], np.maximum(x, y) - np.minimum(x, 0.5), rtol=1e-15, atol=1e-12)
    np.testing.assert_array_equal(out[3], np.sqrt(np.abs(x)))
    np.testing.assert_array_equal(out[4], x.max())
    np.testing.assert_array_equal(out[5], float(np.any(x < y)))
    np.testing.assert_allclose(out[6], (x + 1.0 - y) * 0.5, rtol=1e-12, atol=1e-12)


@numba.njit
def _reads(values: Array, places: Indices, forcing: Array, columns: Indices, k: int, out: Array) -> None:
    put(out, (0,), gathered(values, places, (0, 1)))
    put(out, (1,), series(forcing, k, columns, (0,)))
    put(out, (2,), series(forcing, k, columns, (1,)))


def test_reads_by_place_and_by_column() -> None:
    dice = np.random.default_rng(1)
    values, forcing = dice.normal(size=(3, 2, LANES)), dice.normal(size=(4, 20))
    places = dice.integers(0, values.size, (1, 2, LANES)).astype(np.int32)
    columns = dice.integers(0, 20, (2, LANES + 1)).astype(np.int32)
    columns[0, LANES], columns[1, LANES] = -1, 7
    out = np.zeros((3, LANES))
    _reads(values, places, forcing, columns, 2, out)
    np.testing.assert_array_equal(out[0], values.ravel()[places[0, 1]])
    np.testing.assert_array_equal(out[1], forcing[2, columns[0, :LANES]])
    np.testing.assert_array_equal(out[2], forcing[2, 7])


def test_nan_is_kept() -> None:
    """A poisoned value must come out, not be clipped away by a comparison."""
    a = np.full((1, 2, LANES), np.nan)
    out = np.zeros((7, LANES))
    _all(a, out)
    assert np.isnan(out[[0, 3, 6]]).all()


def test_a_wrong_number_of_indices_does_not_compile() -> None:
    @numba.njit
    def wrong(a: Array) -> Any:
        return largest(at(a, (0,)) + spread(0.0))

    with pytest.raises(TypingError, match="1 indices for the lanes of an array of 3 axes"):
        wrong(np.zeros((1, 2, LANES)))
