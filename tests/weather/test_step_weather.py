"""The year at finer steps: energy kept, components closed, states continuous."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.step_weather import STEPS_MIN, boundaries


@pytest.mark.parametrize("minutes", STEPS_MIN)
def test_energy_of_every_hour_is_kept_and_components_close(shanghai: ClimateYear, minutes: int) -> None:
    sw = shanghai.at_step(minutes)
    per_hour = 60 // minutes
    data = shanghai.data
    assert len(sw) == 8760 * per_hour
    assert sw.dt_s == minutes * 60.0
    for step, hour in ((sw.ghi, "ghi"), (sw.dhi, "dhi")):
        np.testing.assert_allclose(step.reshape(-1, per_hour).mean(axis=1), data[hour], atol=1e-9)
    cosine = np.maximum(np.cos(np.radians(sw.solar_zenith)), 0.0)
    np.testing.assert_allclose(sw.dhi + sw.dni * cosine, sw.ghi, atol=1e-8)
    # The sun of the sub-steps has its own declination: hundredths of a watt.
    np.testing.assert_allclose(sw.dni.reshape(-1, per_hour).mean(axis=1), data["dni"], atol=0.05)
    assert min(sw.ghi.min(), sw.dni.min(), sw.dhi.min()) >= 0.0


def test_sunrise_hour_gives_its_energy_only_while_the_sun_is_up(shanghai: ClimateYear) -> None:
    sw = shanghai.at_step(5)
    partial = (shanghai.sun.fraction_up > 0.2) & (shanghai.sun.fraction_up < 0.8)
    assert partial.sum() > 300
    inside = sw.ghi.reshape(-1, 12)[partial]
    down = sw.solar_zenith.reshape(-1, 12)[partial] > 90.0
    assert down.any()
    assert np.all(inside[down] == 0.0)


def test_states_stand_at_the_boundaries_and_the_year_is_periodic(shanghai: ClimateYear) -> None:
    sw = shanghai.at_step(15)
    assert sw.temp_air.shape == sw.humidity_ratio.shape == sw.pressure.shape == (35041,)
    np.testing.assert_allclose(sw.temp_air[:-1:4], shanghai.data["temp_air"])
    assert sw.temp_air[-1] == sw.temp_air[0]
    assert sw.temp_air[2] == pytest.approx(shanghai.data["temp_air"].iloc[:2].mean())
    assert sw.times[1] - sw.times[0] == pd.Timedelta(minutes=15)
    assert str(sw.times.tz) == "Asia/Shanghai"
    assert sw.times[0] == pd.Timestamp("2025-01-01", tz="Asia/Shanghai")


def test_an_impulse_in_one_hour_touches_no_other(shanghai: ClimateYear) -> None:
    """GHI of hour k only moves the steps of hour k; a state at stamp k only the hours on its sides."""
    k = 24 * 200 + 11
    data = shanghai.data.copy()
    data.iloc[k, data.columns.get_loc("ghi")] += 50.0
    data.iloc[k, data.columns.get_loc("temp_air")] += 4.0
    before, after = (
        shanghai.at_step(15),
        replace(shanghai, data=data).at_step(15),
    )
    assert set(np.flatnonzero(before.ghi != after.ghi)) == set(range(4 * k, 4 * k + 4))
    touched = np.flatnonzero(before.temp_air != after.temp_air)
    assert touched.min() == 4 * k - 3
    assert touched.max() == 4 * k + 3


def test_sky_is_colder_than_the_air(shanghai: ClimateYear) -> None:
    sw = shanghai.at_step(60)
    gap = 0.5 * (sw.temp_air[:-1] + sw.temp_air[1:]) - sw.temp_sky
    assert gap.min() > -3.0
    assert 4.0 < gap.mean() < 16.0


def test_another_step_is_refused(shanghai: ClimateYear) -> None:
    with pytest.raises(TwinError, match="7 minutes"):
        shanghai.at_step(7)


def test_boundaries_of_a_constant_are_constant() -> None:
    np.testing.assert_array_equal(boundaries(np.full(24, 3.0), 4), np.full(97, 3.0))
