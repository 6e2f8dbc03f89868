"""Minutes of sun: the hours keep their energy, the minutes the spread and pace of measured ones.

Measured figures: one-minute means of the solar station of DTU Construct, Lyngby, April 2024 to March 2025
(1697 hours with some beam and the sun above 6 deg), published freely by the Technical University of Denmark.
The transition matrices come from the same year, the figures below do not enter the synthesis: they tell
whether chain, scaling, tilt and limits leave the statistics alone, on hours of another climate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.minute_sun import MOST_CLEARNESS, MinuteSun, _change, _Hours, _hours, minute_sun
from weather.step_weather import StepWeather
from weather.sun import IntervalSun, epoch_seconds, sun_over_intervals

FloatArray = NDArray[np.float64]


@pytest.fixture(scope="module")
def sun(shanghai: ClimateYear) -> IntervalSun:
    hours = epoch_seconds(pd.DatetimeIndex(shanghai.data.index))
    starts = np.repeat(hours, 60) + np.tile(np.arange(60) * 60.0, 8760)
    return sun_over_intervals(starts, 60.0, shanghai.latitude, shanghai.longitude)


@pytest.fixture(scope="module")
def drawn(shanghai: ClimateYear, sun: IntervalSun) -> MinuteSun:
    return minute_sun(shanghai, sun, 7)


@pytest.fixture(scope="module")
def steady(shanghai: ClimateYear) -> StepWeather:
    return shanghai.at_step(1)


def by_hour(values: FloatArray) -> FloatArray:
    return values.reshape(8760, 60)


def test_every_hour_keeps_its_three_energies(
    drawn: MinuteSun, steady: StepWeather, shanghai: ClimateYear
) -> None:
    for name in ("ghi", "dni", "dhi"):
        minutes, even = by_hour(getattr(drawn, name)), by_hour(getattr(steady, name))
        np.testing.assert_allclose(minutes.mean(axis=1), even.mean(axis=1), atol=1e-9)
    np.testing.assert_allclose(by_hour(drawn.ghi).mean(axis=1), shanghai.data["ghi"], atol=1e-9)


def test_minutes_close_and_stay_in_their_range(
    drawn: MinuteSun, steady: StepWeather, sun: IntervalSun
) -> None:
    np.testing.assert_allclose(drawn.dhi + drawn.dni * sun.cos_zenith, drawn.ghi, atol=1e-9)
    assert min(drawn.ghi.min(), drawn.dni.min(), drawn.dhi.min()) >= 0.0
    above_air = MOST_CLEARNESS * sun.dni_extra * sun.cos_zenith + 20.0
    assert np.all(drawn.ghi <= np.maximum(above_air, steady.ghi) + 1e-9)
    assert np.all(drawn.dni <= np.maximum(0.95 * sun.dni_extra + 10.0, steady.dni) + 1e-9)
    # Clouds do enhance: the brightest minutes lie far above the brightest hour.
    assert drawn.ghi.max() > 1.2 * steady.ghi.max()
    assert 2500 < drawn.hours_varied < 4400
    assert drawn.hours_drawn_back < 0.3 * drawn.hours_varied


@pytest.fixture(scope="module")
def beam(drawn: MinuteSun, sun: IntervalSun, shanghai: ClimateYear) -> tuple[_Hours, FloatArray, FloatArray]:
    """Hours with the sun above 6 deg: what they hold, change to the neighbours, minutes' beam index."""
    hours = _hours(shanghai, sun)
    high = (hours.cosine.min(axis=1) > 0.1) & (hours.index >= 0.01)
    index = by_hour(drawn.dni)[high] / hours.clear[high][:, None]
    change = _change(hours.index, hours.lit)[high]
    return replace(hours, index=hours.index[high]), change, index


def autocorrelation(values: FloatArray, lag: int) -> float:
    """Of deviations from the hour's mean."""
    away = values - values.mean(axis=1, keepdims=True)
    first, second = away[:, :-lag], away[:, lag:]
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


@pytest.mark.parametrize(
    ("low", "high", "spread", "ramps"),
    [
        (0.15, 0.30, 0.277, (0.290, 0.678)),
        (0.30, 0.45, 0.344, (0.337, 0.765)),
        (0.45, 0.60, 0.319, (0.350, 0.760)),
        (0.60, 0.75, 0.301, (0.353, 0.803)),
        (0.75, 0.85, 0.271, (0.350, 0.818)),
        (0.85, 0.95, 0.201, (0.172, 0.702)),
    ],
)
def test_spread_and_ramps_in_broken_clouds_are_the_measured_ones(
    beam: tuple[_Hours, FloatArray, FloatArray],
    low: float,
    high: float,
    spread: float,
    ramps: tuple[float, float],
) -> None:
    """Of hours that change by 0.15 and more; ramps: 90 and 99 % quantile of the change between minutes."""
    hours, change, index = beam
    chosen = index[(hours.index >= low) & (hours.index < high) & (change >= 0.15)]
    assert len(chosen) > 100
    assert chosen.std(axis=1).mean() == pytest.approx(spread, rel=0.15)
    np.testing.assert_allclose(np.quantile(np.abs(np.diff(chosen, axis=1)), [0.9, 0.99]), ramps, rtol=0.25)


def test_pace_of_the_beam_over_all_hours(beam: tuple[_Hours, FloatArray, FloatArray]) -> None:
    """Ramps as measured; autocorrelation too, but sooner lost at 5 to 10 min, as the module tells."""
    index = beam[2]
    np.testing.assert_allclose(
        np.quantile(np.abs(np.diff(index, axis=1)), [0.9, 0.99]), [0.210, 0.686], rtol=0.1
    )
    measured = {1: 0.80, 2: 0.64, 5: 0.38, 10: 0.14, 20: -0.14, 30: -0.30}
    for lag, value in measured.items():
        assert autocorrelation(index, lag) == pytest.approx(value, abs=0.3 if lag in (5, 10) else 0.21), lag


def test_minutes_are_two_peaked_in_half_cloudy_hours(beam: tuple[_Hours, FloatArray, FloatArray]) -> None:
    """The sun is there or it is not: 18 % of the measured minutes below 0.1, 24 % above 0.8."""
    hours, _, index = beam
    chosen = index[(hours.index >= 0.45) & (hours.index < 0.60)]
    assert np.mean(chosen < 0.1) == pytest.approx(0.18, abs=0.07)
    assert np.mean(chosen > 0.8) == pytest.approx(0.235, abs=0.07)


def test_clear_and_overcast_hours_stay_calm(
    beam: tuple[_Hours, FloatArray, FloatArray], drawn: MinuteSun, steady: StepWeather
) -> None:
    hours, change, index = beam
    calm = index[(hours.index >= 0.95) & (change < 0.05)]
    assert len(calm) > 100
    assert np.median(calm.std(axis=1)) < 0.08
    dull = by_hour(steady.dni).max(axis=1) < 1.0
    assert dull.sum() > 4000
    assert by_hour(drawn.dni)[dull].max() < 25.0


def test_seed_decides(shanghai: ClimateYear, sun: IntervalSun, drawn: MinuteSun) -> None:
    again, other = minute_sun(shanghai, sun, 7), minute_sun(shanghai, sun, 8)
    np.testing.assert_array_equal(again.dni, drawn.dni)
    assert np.abs(other.dni - drawn.dni).max() > 300.0


@pytest.mark.parametrize("minutes", [5, 10])
def test_coarser_steps_are_means_of_the_same_minutes(shanghai: ClimateYear, minutes: int) -> None:
    fine = shanghai.at_step(1, "minute", 3)
    coarse = shanghai.at_step(minutes, "minute", 3)
    np.testing.assert_allclose(coarse.ghi, fine.ghi.reshape(-1, minutes).mean(axis=1), atol=1e-9)
    cosine = np.maximum(np.cos(np.radians(coarse.solar_zenith)), 0.0)
    np.testing.assert_allclose(coarse.dhi + coarse.dni * cosine, coarse.ghi, atol=1e-8)
    assert coarse.dni.mean() == pytest.approx(shanghai.data["dni"].mean(), rel=1e-3)
    assert coarse.ghi.mean() == pytest.approx(shanghai.data["ghi"].mean(), rel=1e-12)


def test_minutes_are_refused_in_coarse_steps(shanghai: ClimateYear) -> None:
    with pytest.raises(TwinError, match="15 minutes"):
        shanghai.at_step(15, "minute")


def test_hourly_stays_hourly(shanghai: ClimateYear) -> None:
    """Asking for the synthesis leaves no trace in the plain year."""
    plain = shanghai.at_step(5).ghi.copy()
    shanghai.at_step(5, "minute")
    np.testing.assert_array_equal(shanghai.at_step(5).ghi, plain)
