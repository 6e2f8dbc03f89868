"""Air through open windows by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from buildings.description.schema import VentilationOpening
from buildings.thermal.openings import effectiveness, middle_of_set_points, opening_flow


def test_wind_on_it_diagonal_and_from_behind() -> None:
    """ASHRAE Fundamentals ch. 16: 0.5 to 0.6 for wind straight on it, 0.25 to 0.35 for diagonal wind."""
    opening = VentilationOpening(area=1.0, azimuth=350.0)
    found = effectiveness(opening, np.array([350.0, 10.0, 305.0, 170.0]))
    np.testing.assert_allclose(found, [0.55, 0.55 - 0.25 * 20 / 45, 0.3, 0.0])
    np.testing.assert_allclose(
        effectiveness(VentilationOpening(area=1.0, effectiveness=0.5), np.array([0.0, 90.0])), 0.5
    )


def test_wind_and_stack_add_as_squares() -> None:
    opening = VentilationOpening(area=0.5, effectiveness=0.4, height=3.0)
    one = np.array([2.0]), np.array([0.0]), np.array([15.0])
    by_wind = 0.4 * 0.5 * 2.0
    by_stack = (0.40 + 0.0045 * 8.0) * 0.5 * math.sqrt(2 * 9.81 * 3.0 * 8.0 / 296.15)
    assert opening_flow(opening, *one, np.array([8.0]))[0] == pytest.approx(math.hypot(by_wind, by_stack))
    assert opening_flow(opening, *one, np.array([0.0]))[0] == pytest.approx(by_wind)


def test_set_points_that_are_off_stand_aside() -> None:
    heating, cooling = np.array([-1000.0, 18.0, 22.0]), np.array([1000.0, 30.0, 24.0])
    np.testing.assert_allclose(middle_of_set_points(heating, cooling), [23.0, 23.0, 23.0])
