"""The sun against pvlib's SPA and against sums that must hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weather.sun import epoch_seconds, solar_time_h, sun_over_intervals


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(31.39, 121.445), (-33.9, 18.4), (64.1, -21.9), (0.0, 0.0)]
)
def test_position_at_an_instant_is_that_of_pvlib(latitude: float, longitude: float) -> None:
    times = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
    sun = sun_over_intervals(epoch_seconds(times) - 1.0, 2.0, latitude, longitude)
    spa = pvlib.solarposition.get_solarposition(times, latitude, longitude)
    whole = sun.fraction_up == 1.0
    assert np.abs(sun.zenith - spa["zenith"].to_numpy())[whole].max() < 0.01
    turn = (sun.azimuth - spa["azimuth"].to_numpy() + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.sin(np.radians(spa["zenith"].to_numpy())))[whole].max() < 0.01
    assert (whole == (spa["zenith"].to_numpy() < 90.0)).mean() > 0.999


@settings(max_examples=40, deadline=None)
@given(
    latitude=st.floats(-65.0, 65.0),
    longitude=st.floats(-180.0, 180.0),
    day=st.integers(0, 364),
)
def test_an_hour_is_the_mean_of_its_minutes(latitude: float, longitude: float, day: int) -> None:
    start = 1735689600.0 + day * 86400.0 + np.arange(24) * 3600.0
    hours = sun_over_intervals(start, 3600.0, latitude, longitude)
    minutes = sun_over_intervals(start[0] + np.arange(1440) * 60.0, 60.0, latitude, longitude)
    np.testing.assert_allclose(hours.mean_cosine, minutes.mean_cosine.reshape(24, 60).mean(axis=1), atol=1e-4)
    np.testing.assert_allclose(hours.fraction_up, minutes.fraction_up.reshape(24, 60).mean(axis=1), atol=2e-3)
    assert np.all((hours.fraction_up >= 0.0) & (hours.fraction_up <= 1.0))


def test_extraterrestrial_sum_of_shanghai() -> None:
    """3171 kWh/m2 a year on the horizontal at 31.4 N (Duffie and Beckman 1.10.3 summed over the year)."""
    start = 1735689600.0 - 8 * 3600.0 + np.arange(8760) * 3600.0
    assert sun_over_intervals(start, 3600.0, 31.4, 121.45).ghi_extra.sum() / 1e3 == pytest.approx(
        3170.6, abs=2.0
    )


def test_polar_day_and_night() -> None:
    june = 1750464000.0 + np.arange(24) * 3600.0
    assert np.all(sun_over_intervals(june, 3600.0, 80.0, 20.0).fraction_up == 1.0)
    assert not sun_over_intervals(june, 3600.0, -80.0, 20.0).up.any()


def test_solar_noon_of_shanghai_comes_six_minutes_early_in_the_mean() -> None:
    """Longitude 121.5 lies 1.5 degrees east of the zone's meridian: noon at 11:54 in the yearly mean."""
    noon = 1735689600.0 - 8 * 3600.0 + np.arange(365) * 86400.0 + 12 * 3600.0
    assert (solar_time_h(noon - 30.0, 60.0, 121.5) - 12.0).mean() * 60.0 == pytest.approx(6.0, abs=0.2)


def test_resolution_of_the_index_does_not_matter() -> None:
    times = pd.date_range("2025-06-01", periods=3, freq="h", tz="Asia/Shanghai")
    seconds = epoch_seconds(times)
    np.testing.assert_array_equal(seconds, epoch_seconds(times.as_unit("s")))
    assert seconds[1] - seconds[0] == 3600.0
