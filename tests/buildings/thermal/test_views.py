"""Views between the faces of a room: exact configuration factors of a box, and what must hold of any room."""

from __future__ import annotations

from math import atan, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.views import cavity_absorption, plane_exchange, views

LONG, DEEP, HIGH = 8.0, 6.0, 2.7
"""The room of BESTEST: floor, ceiling, north, east, west, south with 12 m2 of glass."""
FACES = np.array([48.0, 48.0, 21.6, 16.2, 16.2, 9.6, 12.0])
PLANES = ("floor", "ceiling", "north", "east", "west", "south", "south")


def opposite(x: float, y: float, apart: float) -> float:
    """Two equal rectangles face to face: Howell, catalogue of configuration factors, C-11."""
    x, y = x / apart, y / apart
    a, b = sqrt(1.0 + x * x), sqrt(1.0 + y * y)
    whole = log(a * b / sqrt(1.0 + x * x + y * y)) + x * b * atan(x / b) + y * a * atan(y / a)
    return 2.0 / (pi * x * y) * (whole - x * atan(x) - y * atan(y))


def beside(width: float, height: float, edge: float) -> float:
    """From a rectangle to one that stands square on it along an edge: C-14."""
    w, h = width / edge, height / edge
    both = w * w + h * h
    root = sqrt(both)
    first = (1.0 + w * w) * (1.0 + h * h) / (1.0 + both)
    second = w * w * (1.0 + both) / ((1.0 + w * w) * both)
    third = h * h * (1.0 + both) / ((1.0 + h * h) * both)
    logs = 0.25 * (log(first) + w * w * log(second) + h * h * log(third))
    return (w * atan(1.0 / w) + h * atan(1.0 / h) - root * atan(1.0 / root) + logs) / (pi * w)


def exact_views() -> np.ndarray:
    """Of the faces of the box; window and wall share the south's by area."""
    area = np.array([48.0, 48.0, 21.6, 16.2, 16.2, 21.6])
    to_north, to_east = beside(DEEP, HIGH, LONG), beside(LONG, HIGH, DEEP)
    north_east = beside(LONG, DEEP, HIGH)
    found = np.zeros((6, 6))
    found[0] = found[1] = (0.0, 0.0, to_north, to_east, to_east, to_north)
    found[0, 1] = found[1, 0] = opposite(LONG, DEEP, HIGH)
    found[2:, :2] = (found[:2, 2:] * area[:2, None] / area[None, 2:]).T
    found[2, 5] = found[5, 2] = opposite(LONG, HIGH, DEEP)
    found[3, 4] = found[4, 3] = opposite(DEEP, HIGH, LONG)
    for wall in (2, 5):
        found[wall, 3:5] = north_east
        found[3:5, wall] = north_east * area[wall] / area[3]
    place = [0, 1, 2, 3, 4, 5, 5]
    return found[np.ix_(place, place)] * (FACES / area[place])


def test_a_box_against_exact_configuration_factors() -> None:
    exact, found = exact_views(), views(FACES, PLANES)
    np.testing.assert_allclose(exact.sum(axis=1), 1.0, rtol=1e-12)  # the catalogue's figures close
    assert np.abs(found - exact).max() < 0.05
    assert found[5, 6] == found[6, 5] == found[0, 0] == 0.0  # a window does not see its own wall


@pytest.mark.parametrize("glass", [(0.06, 0.60), (0.12, 0.45)])
@pytest.mark.parametrize("absorptance", [0.1, 0.6, 0.9])
def test_light_ends_where_exact_views_put_it(absorptance: float, glass: tuple[float, float]) -> None:
    """Beam on the floor and diffuse light of the window, absorbed by face after all reflections."""
    alpha = np.array([absorptance] * 6 + [glass[0]])
    tau = np.array([0.0] * 6 + [glass[1]])
    exact, found = exact_views(), views(FACES, PLANES)
    for first in (np.eye(7)[0], None):
        ends = []
        for seen in (exact, found):
            strikes = seen[6] if first is None else first
            ends.append(cavity_absorption(alpha, tau, seen) @ strikes)
        np.testing.assert_allclose(ends[1], ends[0], atol=0.025)
        assert ends[1].sum() == pytest.approx(ends[0].sum(), abs=0.005)


def test_sun_in_the_room_of_bestest() -> None:
    """Shares that the legacy edition of BESTEST gave for sun on the floor with absorptance 0.6.

    Floor 0.642, ceiling 0.168, east and west 0.038, north 0.053, south 0.026, out again 0.035, as recorded in
    open inputs of case 600 (RWTH-EBC/pyCity); of programs that differ in the second digit.
    """
    kept = cavity_absorption(np.array([0.6] * 6 + [0.12]), np.array([0.0] * 6 + [0.63]), views(FACES, PLANES))
    shares = kept[:, 0]
    told = np.array([0.642, 0.168, 0.053, 0.038, 0.038, 0.026])
    np.testing.assert_allclose(shares[:6], told, atol=0.025)
    assert shares[6] / 0.12 * 0.63 == pytest.approx(0.035, abs=0.005)


@given(
    st.lists(st.floats(0.01, 1000.0), min_size=1, max_size=12),
    st.lists(st.integers(0, 5), min_size=12, max_size=12),
)
def test_any_room(areas: list[float], planes: list[int]) -> None:
    """All light arrives, both ways alike, none is negative; only a plane too large for a room sees itself."""
    area, plane = np.array(areas), np.array(planes[: len(areas)])
    found = views(area, plane.tolist())
    assert found.min() >= 0.0
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(area[:, None] * found, (area[:, None] * found).T, rtol=1e-9, atol=1e-9)
    total = np.bincount(plane, weights=area)
    if 2.0 * total.max() < total.sum() * (1.0 - 1e-5):
        assert np.all(found[plane[:, None] == plane[None, :]] == 0.0)


@pytest.mark.parametrize("other", [0.5, 1.0 - 1e-9, 1.0, 1.0 + 1e-9, 1.0 + 1e-5, 1.2])
def test_two_planes_see_each_other(other: float) -> None:
    """Of two planes the smaller sees nothing but the larger."""
    found = plane_exchange(np.array([1.0, other]))
    assert found[0, 1] == pytest.approx(min(1.0, other), rel=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), [1.0, other], rtol=1e-9)


def test_equal_planes_see_each_other_alike() -> None:
    np.testing.assert_allclose(views(np.ones(6), range(6)), (1.0 - np.eye(6)) / 5.0, atol=1e-12)
