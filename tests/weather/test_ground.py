"""Ground temperature against the solution it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from weather.climate_year import ClimateYear
from weather.ground import annual_wave, ground_temperature


@pytest.fixture(scope="module")
def wave_year(shanghai: ClimateYear) -> ClimateYear:
    """Air temperature that is the wave 17 - 12 cos(2 pi (day - 20) / 365)."""
    hours = np.arange(8760)
    temp = 17.0 - 12.0 * np.cos(2.0 * np.pi * (hours / 24.0 - 20.0) / 365.0)
    return replace(shanghai, data=shanghai.data.assign(temp_air=temp))


def test_the_wave_is_found_again(wave_year: ClimateYear) -> None:
    mean, amplitude, day = annual_wave(wave_year)
    assert mean == pytest.approx(17.0, abs=0.01)
    assert amplitude == pytest.approx(12.0, abs=0.02)
    assert day == pytest.approx(20.0, abs=0.1)


def test_surface_follows_the_air_and_depth_damps_and_delays(wave_year: ClimateYear) -> None:
    index = pd.DatetimeIndex(wave_year.data.index)
    surface = ground_temperature(wave_year, 0.0, index)
    np.testing.assert_allclose(surface, wave_year.data["temp_air"], atol=0.05)
    diffusivity = 6e-7
    depth = 2.0
    deep = ground_temperature(wave_year, depth, index, diffusivity)
    decay = depth * np.sqrt(np.pi / (365 * 86400.0 * diffusivity))
    assert (deep.max() - deep.min()) / 24.0 == pytest.approx(np.exp(-decay), rel=2e-3)
    assert (int(deep.argmin()) - int(surface.argmin())) / 24.0 == pytest.approx(
        decay / (2 * np.pi) * 365.0, abs=0.1
    )


def test_it_solves_the_heat_equation(wave_year: ClimateYear) -> None:
    """Difference quotient in time against diffusivity times that in depth."""
    index = pd.DatetimeIndex(wave_year.data.index)
    alpha, dz = 5e-7, 0.05
    upper, here, lower = (ground_temperature(wave_year, z, index, alpha) for z in (1.0 - dz, 1.0, 1.0 + dz))
    in_time = (here[2:] - here[:-2]) / 7200.0
    in_depth = alpha * (upper - 2.0 * here + lower)[1:-1] / dz**2
    assert np.abs(in_time - in_depth).max() < 1e-3 * np.abs(in_time).max()


def test_several_depths_and_bad_input(shanghai: ClimateYear) -> None:
    times = pd.DatetimeIndex(shanghai.data.index[:10])
    assert ground_temperature(shanghai, [0.5, 2.0, 4.0], times).shape == (10, 3)
    with pytest.raises(ValueError, match="negative"):
        ground_temperature(shanghai, -1.0, times)
    with pytest.raises(ValueError, match="positive"):
        ground_temperature(shanghai, 1.0, times, 0.0)
