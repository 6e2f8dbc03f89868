"""Sun and sky above a skyline against closed forms and plain sums over the sky."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weather.climate_year import ClimateYear
from weather.sky import plane_irradiance
from weather.skyline import BEARINGS, DIRECTIONS, Horizon, Skyline, light_left, together, under_skyline
from weather.step_weather import StepWeather


@pytest.fixture(scope="module")
def hourly(shanghai: ClimateYear) -> StepWeather:
    return shanghai.at_step(60)


def even(height: float, foot: float = 0.0) -> Horizon:
    """A skyline of one height all around."""
    shape = (1, DIRECTIONS)
    return Horizon(np.full(shape, height), np.full(shape, foot), np.ones(1))


def around(own: Horizon, reflectance: float = 0.2, facing: Horizon | None = None) -> Skyline:
    return Skyline("wall", own, own, facing, reflectance)


def test_level_ground_in_a_bowl_sees_the_cosine_squared() -> None:
    for height in (0.0, 10.0, 37.0, 80.0):
        assert even(height).views(0.0, 0.0).sky == pytest.approx(np.cos(np.radians(height)) ** 2, abs=1e-12)


def test_a_wall_in_a_bowl() -> None:
    """Half of 1 - (2 h + sin 2h) / pi of the sphere's light comes from above h."""
    for height in (0.0, 15.0, 60.0):
        h = np.radians(height)
        left = 1.0 - (2.0 * h + np.sin(2.0 * h)) / np.pi
        assert even(height).views(90.0, 200.0).sky == pytest.approx(left, abs=1e-3)


@given(
    tilt=st.floats(0.0, 180.0),
    azimuth=st.floats(0.0, 360.0),
    height=st.floats(0.0, 70.0),
    seed=st.integers(0, 99),
)
def test_views_are_sums_over_the_sphere(tilt: float, azimuth: float, height: float, seed: int) -> None:
    """Against a plain sum over cells of the sphere, for skylines of any shape."""
    rng = np.random.default_rng(seed)
    horizon = Horizon(height * rng.random((1, DIRECTIONS)), 50.0 * rng.random((1, DIRECTIONS)), np.ones(1))
    up = np.radians(np.arange(-90.0, 90.0, 0.25) + 0.125)[:, None]
    turn, slope = np.radians(BEARINGS - azimuth), np.radians(tilt)
    cosine = np.sin(slope) * np.cos(turn) * np.cos(up) + np.cos(slope) * np.sin(up)
    light = np.maximum(cosine, 0.0) * np.cos(up) * np.radians(0.25) * np.radians(5.0) / np.pi
    sky, ground = up > np.radians(horizon.height), up < -np.radians(horizon.foot)
    views = horizon.views(tilt, azimuth)
    assert light.sum() == pytest.approx(1.0, abs=2e-3)
    assert views.sky * light[up[:, 0] > 0.0].sum() == pytest.approx(light[sky].sum(), abs=3e-3)
    assert views.ground * light[up[:, 0] < 0.0].sum() == pytest.approx(light[ground].sum(), abs=3e-3)
    assert views.neighbours == pytest.approx(light[~sky & ~ground].sum(), abs=3e-3)


def test_the_sun_shines_on_the_points_that_see_it(hourly: StepWeather) -> None:
    """Two points, one free and one behind a skyline of 30 degrees in the south half."""
    height = np.zeros((2, DIRECTIONS))
    height[1, (BEARINGS > 90.0) & (BEARINGS < 270.0)] = 30.0
    lit = Horizon(height, np.zeros_like(height), np.array([0.75, 0.25])).sunlit(hourly)
    behind = (hourly.solar_azimuth > 90.0) & (hourly.solar_azimuth < 270.0) & (hourly.solar_zenith > 60.5)
    free = (hourly.solar_azimuth < 90.0) | (hourly.solar_azimuth > 270.0) | (hourly.solar_zenith < 59.5)
    up = hourly.solar_zenith < 89.0
    assert behind[up].sum() > 100
    np.testing.assert_allclose(lit[up & behind], 0.75)
    np.testing.assert_allclose(lit[up & free], 1.0)


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 0.0), (10.0, 180.0), (90.0, 135.0), (90.0, 0.0)])
def test_nothing_around_changes_nothing(hourly: StepWeather, tilt: float, azimuth: float) -> None:
    plane = plane_irradiance(hourly, tilt, azimuth, 0.2)
    under = under_skyline(plane, hourly, tilt, azimuth, 0.2, around(even(0.0), facing=even(0.0)))
    for part in ("beam", "circumsolar", "sky_diffuse", "aoi"):
        np.testing.assert_allclose(getattr(under, part), getattr(plane, part), rtol=1e-12, atol=1e-9)
    # The ground of a file that is not closed to a watt gets its beam and its sky instead of their sum.
    assert under.ground_diffuse.sum() == pytest.approx(plane.ground_diffuse.sum(), rel=1e-3)


@pytest.mark.parametrize("tilt", [0.0, 30.0, 90.0])
def test_the_higher_the_skyline_the_less_light(hourly: StepWeather, tilt: float) -> None:
    plane, before = plane_irradiance(hourly, tilt, 180.0, 0.2), np.inf
    for height in (0.0, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0, 89.9):
        dark = under_skyline(plane, hourly, tilt, 180.0, 0.2, around(even(height, 20.0), 0.0))
        for part in ("beam", "circumsolar", "sky_diffuse"):
            assert np.all(getattr(dark, part) <= getattr(plane, part) + 1e-12)
        assert dark.total.sum() < before
        before = dark.total.sum()
    assert before < 1e-3 * plane.total.sum()


def test_what_neighbours_reflect(hourly: StepWeather) -> None:
    """Under a closed skyline an unshaded street and walls of reflectance one: by hand at one step."""
    plane, own = plane_irradiance(hourly, 90.0, 180.0, 0.2), even(90.0, 90.0)
    line = Skyline("wall", own, even(0.0), even(0.0), 1.0)
    under = under_skyline(plane, hourly, 90.0, 180.0, 0.2, line)
    k = int(np.argmax(hourly.dni * (hourly.solar_azimuth > 280.0)))
    assert hourly.dni[k] > 50.0
    zenith, turn = np.radians(hourly.solar_zenith[k]), np.radians(hourly.solar_azimuth[k])
    ground = hourly.dni[k] * np.cos(zenith) + hourly.dhi[k]
    beam = hourly.dni[k] * np.sin(zenith) * np.cos(turn)
    assert under.total[k] == pytest.approx(beam + 0.5 * hourly.dhi[k] + 0.1 * ground, rel=1e-9)
    noon = int(np.argmax(hourly.dni * (np.abs(hourly.solar_azimuth - 180.0) < 20.0)))
    ground = hourly.dni[noon] * np.cos(np.radians(hourly.solar_zenith[noon])) + hourly.dhi[noon]
    assert under.total[noon] == pytest.approx(0.5 * hourly.dhi[noon] + 0.1 * ground, rel=1e-9)


def test_planes_taken_together_are_their_mean(hourly: StepWeather) -> None:
    low, high = even(5.0), even(35.0)
    both = together([low, high], [3.0, 1.0])
    np.testing.assert_allclose(both.sunlit(hourly), 0.75 * low.sunlit(hourly) + 0.25 * high.sunlit(hourly))
    for tilt in (0.0, 90.0):
        parts = 0.75 * low.views(tilt, 0.0).sky + 0.25 * high.views(tilt, 0.0).sky
        assert both.views(tilt, 0.0).sky == pytest.approx(parts)


def test_light_left_on_level_ground(hourly: StepWeather) -> None:
    assert np.all(light_left(hourly, even(0.0)) > 0.99)
    half = light_left(hourly, even(45.0))
    low = (hourly.solar_zenith > 46.0) & (hourly.ghi > 0.0)
    np.testing.assert_allclose(half[low], np.minimum(0.5 * hourly.dhi[low] / hourly.ghi[low], 1.0), rtol=1e-9)
