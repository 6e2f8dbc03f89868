"""Results that are kept for the next who asks: equal, read-only, bounded, gone with their object."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from weather.kept import forget, held_bytes, kept, kept_while


class Year:
    """Something that nobody changes."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A result of two arrays."""

    one: NDArray[np.float64]
    other: NDArray[np.float64]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


def test_equal_values_are_computed_once_and_others_anew() -> None:
    asked: list[tuple[float, ...]] = []

    @kept(8)
    def doubled(values: tuple[float, ...]) -> NDArray[np.float64]:
        asked.append(values)
        return 2.0 * np.array(values)

    first, again, other = doubled((1.0, 2.0)), doubled((1.0, 2.0)), doubled((1.0, 3.0))
    assert asked == [(1.0, 2.0), (1.0, 3.0)]
    assert again is first
    np.testing.assert_array_equal(other, [2.0, 6.0])
    forget()
    doubled((1.0, 2.0))
    assert len(asked) == 3


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: (a, 1.0), lambda a: Parts(a, a), lambda a: {"a": a}])
def test_what_is_handed_out_cannot_be_written(wrap) -> None:
    mine = np.zeros(3)
    found = kept(2)(lambda: wrap(mine))()
    array = {tuple: lambda: found[0], Parts: lambda: found.one, dict: lambda: found["a"]}.get(
        type(found), lambda: found
    )()
    assert array is mine
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


def test_values_are_kept_up_to_their_number() -> None:
    asked: list[int] = []

    @kept(3)
    def seen(number: int) -> int:
        asked.append(number)
        return number

    for number in (1, 2, 3, 4, 2, 1):
        seen(number)
    assert asked == [1, 2, 3, 4, 1]


def test_an_error_is_raised_again() -> None:
    asked: list[int] = []

    @kept_while(megabytes=1)
    def refused(year: Year, number: int) -> float:
        asked.append(number)
        raise ValueError("no")

    year = Year()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            refused(year, 1)
    assert asked == [1, 1]


def test_each_object_has_its_own_and_takes_it_along() -> None:
    asked: list[int] = []

    @kept_while(megabytes=1)
    def series(year: Year, number: int) -> NDArray[np.float64]:
        asked.append(number)
        return np.full(100, float(number))

    one, other = Year(), Year()
    assert series(one, 1) is series(one, 1)
    assert series(one, 1) is not series(other, 1)
    assert asked == [1, 1]
    assert held_bytes() == 1600
    del one
    gc.collect()
    assert held_bytes() == 800


def test_megabytes_bound_what_is_kept_the_oldest_goes_first() -> None:
    asked: list[int] = []

    @kept_while(megabytes=1)
    def series(year: Year, number: int, size: int) -> Parts:
        asked.append(number)
        return Parts(np.zeros(size), np.zeros(size))

    year, third = Year(), 2**20 // 8 // 2 // 3
    for number in (1, 2, 3, 1, 4, 1, 2):
        series(year, number, third)
        assert held_bytes() <= 2**20
    assert asked == [1, 2, 3, 4, 2]
    series(year, 9, 2**17)
    series(year, 9, 2**17)
    assert asked[-2:] == [9, 9], "beyond the bound alone"
    series(year, 2, third)
    assert asked[-2:] == [9, 9], "and nothing was dropped for it"
