"""Planes, splits, clear skies and long-wave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weather.clear_sky import ashrae_clear_sky, cleanest_beam, linke_clear_sky
from weather.climate_year import ClimateYear
from weather.longwave import longwave_down, sky_cover_from_sun
from weather.shanghai import published_normals
from weather.sky import erbs_split, plane_irradiance
from weather.step_weather import StepWeather
from weather.sun import sun_over_intervals


@pytest.fixture(scope="module")
def quarter(shanghai: ClimateYear) -> StepWeather:
    return shanghai.at_step(15)


def test_a_horizontal_plane_sees_ghi(quarter: StepWeather) -> None:
    plane = plane_irradiance(quarter, 0.0, 180.0)
    assert plane.total.sum() == pytest.approx(quarter.ghi.sum(), rel=1e-3)
    high = quarter.solar_zenith < 84.0
    np.testing.assert_allclose(plane.total[high], quarter.ghi[high], atol=1e-6)
    assert np.all(plane.ground_diffuse == 0.0)


@settings(max_examples=25, deadline=None)
@given(tilt=st.floats(0.0, 180.0), azimuth=st.floats(0.0, 360.0), albedo=st.floats(0.0, 0.9))
def test_every_part_of_every_plane_is_physical(
    quarter: StepWeather, tilt: float, azimuth: float, albedo: float
) -> None:
    plane = plane_irradiance(quarter, tilt, azimuth, albedo)
    for part in (plane.beam, plane.circumsolar, plane.sky_diffuse, plane.ground_diffuse):
        assert part.shape == (len(quarter),)
        assert np.all(np.isfinite(part))
        assert part.min() >= 0.0
    assert np.all(plane.beam[plane.aoi >= 90.0] == 0.0)
    assert np.all(plane.beam <= quarter.dni + 1e-9)


def test_wall_is_that_of_pvlib(quarter: StepWeather) -> None:
    """Beam, sky and ground of a south wall against pvlib's own sum."""
    plane = plane_irradiance(quarter, 90.0, 180.0, 0.2)
    total = pvlib.irradiance.get_total_irradiance(
        90.0, 180.0, quarter.solar_zenith, quarter.solar_azimuth, quarter.dni, quarter.ghi, quarter.dhi,
        dni_extra=quarter.dni_extra, airmass=pvlib.atmosphere.get_relative_airmass(quarter.solar_zenith),
        albedo=0.2, model="perez",
    )  # fmt: skip
    lit = (quarter.solar_zenith < 90.0) & (quarter.dhi > 0.0)
    np.testing.assert_allclose(plane.total[lit], total["poa_global"][lit], atol=1e-6)


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 0.0), (30.0, 120.0), (90.0, 275.0), (135.0, 10.0)])
def test_every_plane_is_made_of_the_one_that_was_asked_for(
    quarter: StepWeather, tilt: float, azimuth: float
) -> None:
    """The parts that all planes share give pvlib's sky on each plane."""
    plane = plane_irradiance(quarter, tilt, azimuth)
    lit = (quarter.solar_zenith < 90.0) & (quarter.dhi > 0.0)
    zenith, bearing = quarter.solar_zenith[lit], quarter.solar_azimuth[lit]
    own = pvlib.irradiance.perez(
        tilt, azimuth, quarter.dhi[lit], quarter.dni[lit], quarter.dni_extra[lit], zenith, bearing,
        pvlib.atmosphere.get_relative_airmass(zenith), return_components=True,
    )  # fmt: skip
    np.testing.assert_allclose(
        (plane.circumsolar + plane.sky_diffuse)[lit], own["poa_sky_diffuse"], rtol=1e-9, atol=1e-9
    )
    whole = own["poa_isotropic"] + own["poa_horizon"] >= 0.0
    np.testing.assert_allclose(
        plane.circumsolar[lit][whole], own["poa_circumsolar"][whole], rtol=1e-9, atol=1e-9
    )


def test_orientation_of_shanghai_walls(quarter: StepWeather) -> None:
    year = {az: plane_irradiance(quarter, 90.0, az).total.sum() for az in (0.0, 90.0, 180.0, 270.0)}
    assert year[180.0] > year[90.0] > year[0.0]
    assert year[180.0] > year[270.0] > year[0.0]
    winter = (quarter.times.month == 12).nonzero()[0]
    south, east = (plane_irradiance(quarter, 90.0, az).total[winter].sum() for az in (180.0, 90.0))
    assert south > 1.5 * east


def test_downward_plane_sees_the_ground(quarter: StepWeather) -> None:
    plane = plane_irradiance(quarter, 180.0, 180.0, 0.25)
    np.testing.assert_allclose(plane.ground_diffuse, 0.25 * quarter.ghi, atol=1e-9)
    assert plane.beam.max() == 0.0


def test_erbs_split_closes_and_stays_positive(shanghai: ClimateYear) -> None:
    day = np.repeat(np.arange(1, 366), 24)
    ghi = shanghai.data["ghi"].to_numpy()
    dni, dhi = erbs_split(ghi, shanghai.sun, day)
    np.testing.assert_allclose(dhi + dni * shanghai.sun.cos_zenith, ghi, atol=1e-9)
    assert dhi.min() >= -1e-9
    assert dni.min() >= 0.0


def test_ashrae_noon_values_of_baoshan() -> None:
    """Noon irradiance on the 21st as ASHRAE 2025 prints it beside the depths (within 1.5 %)."""
    printed_beam = (589, 621, 643, 659, 691, 658, 670, 700, 708, 695, 619, 627)
    printed_diffuse = (205, 237, 265, 273, 244, 251, 232, 204, 183, 172, 176, 166)
    normals = published_normals()
    for m in range(12):
        start = pd.Timestamp(2025, m + 1, 21, tz="UTC").timestamp() + np.arange(1440) * 60.0
        sun = sun_over_intervals(start, 60.0, 31.39, 121.445)
        noon = int(np.argmax(sun.cos_zenith))
        beam, diffuse = ashrae_clear_sky(
            sun.zenith[noon], sun.dni_extra[noon], normals["taub"].values[m], normals["taud"].values[m]
        )
        assert beam == pytest.approx(printed_beam[m], rel=0.015)
        assert diffuse == pytest.approx(printed_diffuse[m], rel=0.015)


def test_no_beam_below_the_horizon_and_none_above_the_clean_sky() -> None:
    zenith = np.array([20.0, 60.0, 85.0, 95.0])
    clean = cleanest_beam(zenith, 101325.0, 1361.0)
    beam, diffuse = ashrae_clear_sky(zenith, 1361.0, 0.3, 2.5)
    assert beam[3] == diffuse[3] == clean[3] == 0.0
    assert np.all(beam[:3] < clean[:3])
    assert np.all(np.diff(clean) < 0.0)


def test_turbid_clear_sky_of_a_site_without_depths() -> None:
    times = pd.date_range("2025-07-21 10:00", periods=3, freq="h", tz="Asia/Shanghai")
    beam, diffuse = linke_clear_sky(times, 30.2, 120.2, 40.0, np.array([30.0, 20.0, 95.0]))
    assert 450.0 < beam[0] < beam[1] < 900.0
    assert 80.0 < diffuse[1] < 350.0
    assert beam[2] == diffuse[2] == 0.0


def test_long_wave_of_clark_allen() -> None:
    """Clear sky at 20 °C and 10 °C dew point: emissivity 0.787 + 0.764 ln(283.15/273) = 0.8149, 341 W/m2."""
    clear = longwave_down(20.0, 10.0, 0.0)
    assert clear == pytest.approx(0.81489 * 5.670374419e-8 * 293.15**4, rel=1e-4)
    overcast = longwave_down(20.0, 10.0, 10.0)
    assert clear < overcast <= 5.670374419e-8 * 293.15**4


def test_cloud_cover_answers_to_the_sun(shanghai: ClimateYear) -> None:
    clear = np.maximum(shanghai.sun.ghi_extra * 0.7, 0.0)
    assert sky_cover_from_sun(clear, clear, shanghai.sun).max() == 0.0
    dark = sky_cover_from_sun(0.2 * clear, clear, shanghai.sun)
    assert dark.min() == pytest.approx(10.0)
