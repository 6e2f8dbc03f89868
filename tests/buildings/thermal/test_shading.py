"""Overhangs and fins: shadows by hand, by points, by EnergyPlus; and what is left of sky and ground."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.shading import Shading

SQUARE = Shading(1.5, 1.5, 0.8, 0.2, overhang_extension=0.3)
BOX = Shading(
    1.5, 1.5, 1.0, 0.5, 0.4, overhang_extension=(0.0, 0.6), fin_extension_above=0.5, fin_extension_below=0.2
)
FINS = Shading(1.5, 1.5, 0.0, 0.0, 0.6, fin_extension_above=0.0, fin_extension_below=0.1, fin_gap=0.15)

# "Surface Outside Face Sunlit Fraction" of EnergyPlus 25.2.0 (polygon clipping, shadows of every day) for a
# south window with these shades as Shading:Building:Detailed: solar altitude and azimuth, sunlit fraction.
ENERGYPLUS = [
    (SQUARE, 49.1310, 237.4811, 0.26932),
    (SQUARE, 53.2190, 111.5674, 0.24860),
    (SQUARE, 47.3142, 251.4396, 0.35773),
    (SQUARE, 52.2825, 147.7350, 0.34043),
    (BOX, 43.8942, 176.2852, 0.67862),
    (BOX, 55.8585, 192.5983, 0.33355),
    (BOX, 20.1110, 110.0835, 0.22742),
    (BOX, 52.3322, 171.9321, 0.44371),
    (FINS, 57.9323, 217.6870, 0.90259),
    (FINS, 44.1428, 103.0548, 0.59314),
    (FINS, 11.0352, 256.3535, 0.12041),
    (FINS, 53.6523, 219.9173, 0.87335),
]


def sun_at(altitude: Any, azimuth: Any) -> Any:
    """Steps that know the sun and nothing else."""
    altitude, azimuth = np.broadcast_arrays(np.asarray(altitude, float), np.asarray(azimuth, float))
    altitude, azimuth = np.atleast_1d(altitude), np.atleast_1d(azimuth)
    steps: Any = type("Steps", (), {"__len__": lambda self: len(self.solar_zenith)})()
    steps.solar_zenith, steps.solar_azimuth = 90.0 - altitude, azimuth.copy()
    return steps


def sunlit(shading: Shading, altitude: Any, azimuth: Any, facing: float = 180.0) -> Any:
    return shading.factors(sun_at(altitude, azimuth), facing)[0]


@pytest.mark.parametrize(("shading", "altitude", "azimuth", "expected"), ENERGYPLUS)
def test_energyplus_sees_the_same_shadow(
    shading: Shading, altitude: float, azimuth: float, expected: float
) -> None:
    assert sunlit(shading, altitude, azimuth)[0] == pytest.approx(expected, abs=1e-4)


def test_long_overhang_by_the_profile_angle() -> None:
    """ASHRAE Fundamentals 2021, ch. 15: shadow = depth * tan(altitude) / cos(surface solar azimuth)."""
    altitude, off = np.array([10.0, 30.0, 45.0, 60.0, 75.0]), np.array([-60.0, -20.0, 0.0, 35.0, 70.0])
    shading = Shading(2.0, 1.5, overhang_depth=0.8, overhang_gap=0.2)
    shadow = 0.8 * np.tan(np.radians(altitude)) / np.cos(np.radians(off)) - 0.2
    expected = 1.0 - np.clip(shadow / 1.5, 0.0, 1.0)
    assert sunlit(shading, altitude, 180.0 + off) == pytest.approx(expected, abs=1e-12)


def test_tall_fins_by_the_surface_solar_azimuth() -> None:
    off = np.array([-70.0, -30.0, 0.0, 15.0, 80.0])
    expected = 1.0 - np.clip(0.5 * np.tan(np.radians(np.abs(off))) / 2.0, 0.0, 1.0)
    assert sunlit(Shading(2.0, 1.5, fin_depth=0.5), 40.0, 90.0 + off, 90.0) == pytest.approx(
        expected, abs=1e-12
    )


def test_an_overhang_as_wide_as_the_window_by_hand() -> None:
    """Sun 45 degrees to the side, profile angle 45 degrees: a depth of 1 m throws 1 m aside and 1 m down.

    On a window of 2 m x 2 m it is a parallelogram of 2 m x 1 m of which the triangle beyond the jamb
    (1 m x 1 m / 2) misses the glass: 1.5 of 4 m2 are shaded.
    """
    altitude = np.degrees(np.arctan(np.cos(np.pi / 4)))
    shading = Shading(2.0, 2.0, overhang_depth=1.0, overhang_extension=0.0)
    for azimuth in (135.0, 225.0):
        assert sunlit(shading, altitude, azimuth)[0] == pytest.approx(1.0 - 1.5 / 4.0, abs=1e-12)


def test_left_and_right_are_those_of_somebody_outside() -> None:
    """A south window, sun in the east (right): the overhang that reaches right shades, the other does not."""
    to_right = Shading(1.0, 1.0, overhang_depth=1.0, overhang_extension=(-1.0, 3.0))
    to_left = Shading(1.0, 1.0, overhang_depth=1.0, overhang_extension=(3.0, -1.0))
    altitude = np.degrees(np.arctan(np.cos(np.pi / 4)))
    assert sunlit(to_right, altitude, 135.0)[0] < 0.6
    assert sunlit(to_left, altitude, 135.0)[0] == pytest.approx(1.0, abs=1e-12)


def test_a_roof_window_looks_along_its_own_plane() -> None:
    """Sun square on a tilted window: nothing that stands square on it throws a shadow."""
    shading = replace(BOX, overhang_gap=0.0)
    assert shading.factors(sun_at(60.0, 180.0), 180.0, 30.0)[0][0] == pytest.approx(1.0, abs=1e-9)
    assert shading.factors(sun_at(80.0, 180.0), 180.0, 30.0)[0][0] < 1.0


lengths = st.floats(0.1, 3.0)
reach = st.one_of(st.none(), st.floats(0.0, 1.5))
shades = st.builds(
    Shading,
    width=lengths,
    height=lengths,
    overhang_depth=st.floats(0.0, 2.0),
    overhang_gap=st.floats(0.0, 1.0),
    fin_depth=st.floats(0.0, 1.5),
    overhang_extension=reach,
    fin_extension_above=reach,
    fin_extension_below=reach,
    fin_gap=st.floats(0.0, 0.5),
)


def by_points(s: Shading, altitude: float, off: float, n: int = 150) -> float:
    """Share of a grid of points on the glass from which the sun is seen past the three plates."""
    up = np.tan(np.radians(altitude)) / np.cos(np.radians(off))
    right = -np.tan(np.radians(off))
    x, z = np.meshgrid((np.arange(n) + 0.5) / n * s.width, (np.arange(n) + 0.5) / n * s.height)
    hidden = np.zeros(x.shape, dtype=bool)

    def end(length: float | tuple[float, float] | None) -> float:
        assert not isinstance(length, tuple)
        return np.inf if length is None else length

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if s.overhang_depth > 0.0 and up > 0.0:
            depth = (s.height + s.overhang_gap - z) / up
            at = x + right * depth
            wide = end(s.overhang_extension)
            hidden |= (depth <= s.overhang_depth) & (at >= -wide) & (at <= s.width + wide)
        for foot in (-s.fin_gap, s.width + s.fin_gap):
            if s.fin_depth > 0.0 and right != 0.0:
                depth = (foot - x) / right
                at = z + up * depth
                low, high = -end(s.fin_extension_below), s.height + end(s.fin_extension_above)
                hidden |= (depth >= 0.0) & (depth <= s.fin_depth) & (at >= low) & (at <= high)
    return 1.0 - float(hidden.mean())


@given(shading=shades, altitude=st.floats(1.0, 85.0), off=st.floats(-85.0, 85.0))
def test_any_shade_against_points_on_the_glass(shading: Shading, altitude: float, off: float) -> None:
    assert sunlit(shading, altitude, 180.0 + off)[0] == pytest.approx(
        by_points(shading, altitude, off), abs=0.02
    )


@given(shading=shades, altitude=st.floats(-90.0, 90.0), azimuth=st.floats(0.0, 360.0))
def test_bounds_and_what_more_shade_does(shading: Shading, altitude: float, azimuth: float) -> None:
    here = sunlit(shading, altitude, azimuth)[0]
    assert 0.0 <= here <= 1.0
    if np.cos(np.radians(altitude)) * np.cos(np.radians(azimuth - 180.0)) < 0.0:
        assert here == 1.0
    deeper = replace(
        shading,
        overhang_depth=shading.overhang_depth + 0.5,
        fin_depth=shading.fin_depth + 0.3,
        overhang_extension=None,
    )
    assert sunlit(deeper, altitude, azimuth)[0] <= here + 1e-9


@given(shading=shades)
def test_sky_and_ground_bounds(shading: Shading) -> None:
    sky, ground = shading.diffuse_shares()
    assert 0.0 <= sky <= 1.0
    assert 0.0 < ground <= 1.0
    if shading.fin_depth == 0.0:
        assert ground == 1.0, "an overhang hides no ground"


def test_sky_below_a_long_overhang_and_between_tall_fins() -> None:
    """View factors of strips (Hottel's crossed strings): sin of the angle to the overhang's edge."""
    below = 0.2 + 1.5 * (np.arange(5000) + 0.5) / 5000
    sky, ground = Shading(2.0, 1.5, overhang_depth=0.8, overhang_gap=0.2).diffuse_shares()
    assert sky == pytest.approx(np.mean(below / np.hypot(below, 0.8)), abs=1e-3)
    assert ground == 1.0
    left = 2.0 * (np.arange(5000) + 0.5) / 5000
    one = np.mean(left / np.hypot(left, 0.5))
    sky, ground = Shading(2.0, 1.5, fin_depth=0.5).diffuse_shares()
    assert sky == pytest.approx(one, abs=1e-3)
    assert ground == pytest.approx(one, abs=1e-3)


def test_no_fixed_shade_leaves_everything() -> None:
    lit, sky, ground = Shading(movable=0.3, threshold=200.0).factors(sun_at([30.0, -10.0], 180.0), 180.0)
    assert lit.tolist() == [1.0, 1.0]
    assert (sky, ground) == (1.0, 1.0)


def test_short_ends_shade_less_and_very_long_ones_as_endless() -> None:
    altitude, azimuth = np.array([20.0, 35.0, 50.0]), np.array([110.0, 230.0, 190.0])
    endless = replace(BOX, overhang_extension=None, fin_extension_above=None, fin_extension_below=None)
    long = replace(BOX, overhang_extension=500.0, fin_extension_above=500.0, fin_extension_below=500.0)
    assert sunlit(endless, altitude, azimuth) == pytest.approx(sunlit(long, altitude, azimuth), abs=1e-9)
    assert np.all(sunlit(BOX, altitude, azimuth) >= sunlit(endless, altitude, azimuth))
    assert np.any(sunlit(BOX, altitude, azimuth) > sunlit(endless, altitude, azimuth) + 0.02)
