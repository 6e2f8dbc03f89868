"""Weathers drawn behind a forecast: their spread is the published error, and nothing leaves physics."""

from __future__ import annotations

import numpy as np
import pytest

from weather import load_weather
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.forecast import WeatherForecast, clear_sky_ghi, forecast_skill
from weather.forecast_members import longest_hours, weather_members

HOURS = 48


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


def test_the_temperature_spreads_as_published() -> None:
    flat = np.full(HOURS + 1, 20.0)
    drawn = weather_members(flat, np.zeros(HOURS), np.zeros(HOURS), 20_000, 1)
    skill = forecast_skill()
    rmse, delay = skill["temperature_rmse_k"], skill["issues"]["delay_h"]
    wanted = np.interp(delay + np.arange(HOURS + 1), rmse["lead_h"], rmse["value"])
    np.testing.assert_allclose((drawn.temp_air - 20.0).std(axis=0), wanted, rtol=0.03)
    z = (drawn.temp_air - 20.0) / wanted
    assert (z[:, 1:] * z[:, :-1]).mean() == pytest.approx(skill["temperature_lag1_h"]["value"], abs=0.01)


def test_the_sun_stays_between_dark_and_clear(climate: ClimateYear) -> None:
    first = 24 * 200
    clear = clear_sky_ghi(climate.sun.zenith, climate.sun.dni_extra)[first : first + HOURS]
    told = 0.7 * clear
    drawn = weather_members(np.zeros(HOURS + 1), told, clear, 500, 1)
    assert (drawn.ghi >= 0.0).all()
    assert (drawn.ghi <= clear + 1e-9).all()
    assert (drawn.ghi[:, clear == 0.0] == 0.0).all()
    assert drawn.ghi[:, clear > 200.0].std() > 50.0


def test_intervals_hold_what_came(climate: ClimateYear) -> None:
    """Forecasts of a known year, truths drawn behind them: 90 % intervals hold the true year in 90 %."""
    told = WeatherForecast(climate.at_step(60), "weather", 3, HOURS + 1.0)
    clear = clear_sky_ghi(climate.sun.zenith, climate.sun.dni_extra)
    truth, inside, sunny = climate.data, [], []
    for i, first in enumerate(range(24 * 30, 8760 - 96, 24 * 5 + 7)):
        own = clear[first : first + HOURS]
        drawn = weather_members(told.temp(first, HOURS + 1), told.ghi(first, HOURS), own, 200, i)
        for values, name, into, use in (
            (drawn.temp_air[:, :-1], "temp_air", inside, slice(None)),
            (drawn.ghi, "ghi", sunny, own > 150.0),
        ):
            low, high = np.quantile(values, [0.05, 0.95], axis=0)
            came = truth[name].to_numpy()[first : first + HOURS]
            into.append(((came >= low) & (came <= high))[use])
    assert np.concatenate(inside).mean() == pytest.approx(0.9, abs=0.05)
    assert np.concatenate(sunny).mean() == pytest.approx(0.9, abs=0.06)


def test_seeds_are_members_and_too_far_is_refused() -> None:
    flat, dark = np.full(HOURS + 1, 20.0), np.zeros(HOURS)
    one, again, other = (weather_members(flat, dark, dark, 5, seed).temp_air for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    most = longest_hours() + 20
    with pytest.raises(TwinError, match="longer than its skill"):
        weather_members(np.zeros(most + 1), np.zeros(most), np.zeros(most), 5, 1)
