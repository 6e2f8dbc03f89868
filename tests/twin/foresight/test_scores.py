"""Scores and the twin's own errors, against figures by hand and series whose law is known."""

from __future__ import annotations

import numpy as np
import pytest

from twin.foresight.boosting import boosted
from twin.foresight.own_errors import own_errors
from twin.foresight.score import QUANTILES, of_members, persistence, pinball, scored
from twin.foresight.weather_ahead import HourlyForecast
from weather.errors import TwinError

DAY = 24


def test_pinball_by_hand() -> None:
    """Truth 10 against 8 at 0.9: 0.9 * 2; against 13 at 0.9: 0.1 * 3."""
    assert pinball(np.array([10.0]), np.array([[8.0]]), [0.9]) == pytest.approx(1.8)
    assert pinball(np.array([10.0]), np.array([[13.0]]), [0.9]) == pytest.approx(0.3)


def test_a_score_by_hand() -> None:
    truth = np.array([0.0, 10.0, np.nan])
    told = np.array([[q * 10.0] * 3 for q in QUANTILES])
    found = scored(truth, told)
    assert found.mae == pytest.approx(5.0)
    assert found.coverage == 0.0
    assert found.width == pytest.approx(9.0)


def test_persistence_is_the_last_day_of_the_kind() -> None:
    """Rest days draw 1, workdays 2 plus the number of their week: only the newest of the kind is right."""
    days = 70
    workday = np.array([d % 7 < 5 for d in range(days)])
    level = np.where(workday, 2.0 + np.arange(days) // 7, 1.0)
    series = np.repeat(level, DAY)
    saturday, monday = 5 + 7 * 8, 7 * 9
    told = persistence(series, workday, saturday * DAY, 2 * DAY, DAY)
    np.testing.assert_allclose(told[QUANTILES.index(0.5)], 1.0)
    told = persistence(series, workday, monday * DAY, DAY, DAY)
    assert told[QUANTILES.index(0.5)][0] == pytest.approx(series[(monday - 3) * DAY])


def test_persistence_reads_nothing_behind_its_start() -> None:
    series = np.random.default_rng(0).normal(size=40 * DAY)
    workday = np.ones(40, dtype=bool)
    spoiled = series.copy()
    spoiled[30 * DAY :] = 1e9
    for one in (series, spoiled):
        told = persistence(one, workday, 30 * DAY, 48, DAY)
        assert np.abs(told).max() < 10.0


def test_what_comes_lies_in_the_interval_as_often_as_it_says() -> None:
    """Twenty members and what comes are of one law: nine times in ten it lies within the 90 % interval."""
    draws = np.random.default_rng(0).normal(size=(21, 20_000))
    told = of_members(draws[:20])
    for level, row in zip(QUANTILES, told, strict=True):
        assert (draws[20] < row).mean() == pytest.approx(level, abs=0.008)
    np.testing.assert_allclose(of_members(np.arange(1.0, 20.0)), 20.0 * np.array(QUANTILES))


def sunny(days: int) -> tuple[np.ndarray, np.ndarray, HourlyForecast]:
    """A meter that follows the weather and the kind of day, its kinds of day, and that weather."""
    dice, hours = np.random.default_rng(2), np.arange(days * DAY)
    temp = 28.0 + 6.0 * np.sin(2.0 * np.pi * (hours % DAY - 9) / DAY)
    temp += np.repeat(3.0 * dice.standard_normal(days), DAY)
    ghi = np.maximum(800.0 * np.sin(2.0 * np.pi * (hours % DAY - 6) / DAY), 0.0)
    ghi *= np.repeat(dice.uniform(0.2, 1.0, days), DAY)
    workday = np.arange(days) % 7 < 5
    series = 5.0 * (temp - 20.0) - 0.05 * ghi + 30.0 * np.repeat(workday, DAY)
    return series + 2.0 * dice.standard_normal(len(series)), workday, HourlyForecast(temp, ghi)


def test_boosting_learns_from_the_weather_and_reads_nothing_behind_its_start() -> None:
    series, workday, weather = sunny(70)

    def known(step: int) -> HourlyForecast:
        return HourlyForecast(weather.temp_air[step : step + 49], weather.ghi[step : step + 48])

    step, n = 60 * DAY, 2 * DAY
    came = series[step : step + n].copy()
    told = boosted(series, workday, step, n, DAY, known)
    assert told is not None
    assert (np.diff(told, axis=0) >= 0.0).all()
    median = QUANTILES.index(0.5)
    before = persistence(series, workday, step, n, DAY)
    assert np.abs(told[median] - came).mean() < 0.6 * np.abs(before[median] - came).mean()
    series[step:] = 1e9
    np.testing.assert_array_equal(boosted(series, workday, step, n, DAY, known), told)
    assert boosted(series, workday, 20 * DAY, n, DAY, known) is None


def drawn_residual(days: int, lasting: float, seed: int = 0) -> np.ndarray:
    """An autoregression of scale 5 about 3 by night and 10 by day."""
    dice = np.random.default_rng(seed)
    x = np.zeros(days * DAY)
    for k in range(1, len(x)):
        x[k] = lasting * x[k - 1] + np.sqrt(1.0 - lasting**2) * dice.standard_normal()
    by_day = np.tile(np.arange(DAY) >= 8, days)
    return np.where(by_day, 10.0, 3.0) + 5.0 * x


def test_errors_of_a_known_law_are_found() -> None:
    residual = drawn_residual(120, 0.8)
    found = own_errors(residual, np.ones(len(residual), dtype=bool), DAY)
    assert found.lasting == pytest.approx(0.8, abs=0.03)
    assert found.bias[1, 12] == pytest.approx(10.0, abs=1.5)
    assert found.bias[1, 2] == pytest.approx(3.0, abs=1.5)
    assert found.scale[1].mean() == pytest.approx(5.0, rel=0.1)
    ahead = found.drawn(0, np.ones(48, dtype=bool), 48, 4000, 1)
    # it begins where the residual stands and has forgotten it after two days
    left = found.now * found.lasting * found.scale[1, 0] + found.bias[1, 0]
    assert ahead[:, 0].mean() == pytest.approx(left, abs=0.3)
    assert ahead[:, 0].std() == pytest.approx(5.0 * 0.6, rel=0.15)
    assert ahead[:, 47].std() == pytest.approx(5.0, rel=0.15)


def test_a_day_that_is_off_stays_off_all_day_long() -> None:
    """Errors of whole days: a day to come spreads in sum as days of the past do."""
    level = np.random.default_rng(3).normal(0.0, 4.0, 200)
    residual = np.repeat(level, DAY) + np.random.default_rng(4).normal(0.0, 0.5, 200 * DAY)
    found = own_errors(residual, np.ones(len(residual), dtype=bool), DAY)
    ahead = found.drawn(0, np.ones(DAY, dtype=bool), DAY, 4000, 1)
    assert ahead.sum(axis=1).std() == pytest.approx(DAY * 4.0, rel=0.2)


def test_gaps_are_left_out_and_a_few_days_are_refused() -> None:
    residual = drawn_residual(60, 0.5)
    holes = residual.copy()
    holes[np.random.default_rng(1).random(len(holes)) < 0.3] = np.nan
    whole = own_errors(residual, np.ones(len(residual), dtype=bool), DAY)
    found = own_errors(holes, np.ones(len(residual), dtype=bool), DAY)
    assert found.lasting == pytest.approx(whole.lasting, abs=0.1)
    assert np.isfinite(found.drawn(0, np.ones(24, dtype=bool), 24, 10, 0)).all()
    with pytest.raises(TwinError, match="too few"):
        own_errors(residual[: 6 * DAY], np.ones(6 * DAY, dtype=bool), DAY)
