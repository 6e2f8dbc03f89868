"""Parts of the generator on their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weather.day_sequence import (
    MONTH_OF_DAY,
    bring_to_month,
    correlated,
    daily_clearness,
    monthly_mean,
    monthly_std,
    persistent_scores,
    skewed,
    smooth_course,
    stratified_normal,
)
from weather.day_shape import between_noons, erbs_day, hourly_temperature, hours_of_days
from weather.statistics import lag_one

MONTHLY = st.lists(st.floats(-20.0, 40.0), min_size=12, max_size=12).map(np.array)


@given(MONTHLY)
def test_smooth_course_keeps_every_monthly_mean(monthly: np.ndarray) -> None:
    course = smooth_course(monthly)
    np.testing.assert_allclose(monthly_mean(course), monthly, atol=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 2**31))
def test_hours_keep_every_daily_mean(seed: int) -> None:
    daily = np.random.default_rng(seed).normal(15.0, 8.0, 365)
    hours = hours_of_days(daily)
    np.testing.assert_allclose(hours.reshape(365, 24).mean(axis=1), daily, atol=1e-9)


def test_hours_of_constant_days_are_constant() -> None:
    np.testing.assert_allclose(hours_of_days(np.full(365, 4.0)), 4.0)
    np.testing.assert_allclose(between_noons(np.full(365, 4.0)), 4.0)


def test_diurnal_shape_of_erbs() -> None:
    """Range about 1, mean 0, lowest at 5 to 6 o'clock and highest at 15 to 16."""
    shape = erbs_day()
    assert shape.mean() == pytest.approx(0.0, abs=1e-12)
    assert shape.max() - shape.min() == pytest.approx(1.0, abs=0.05)
    assert int(shape.argmin()) + 1 in (5, 6)
    assert int(shape.argmax()) + 1 in (14, 15, 16)


def test_temperature_has_daily_means_and_monthly_range() -> None:
    random = np.random.default_rng(3)
    daily = smooth_course(np.linspace(5.0, 28.0, 12)) + random.normal(0.0, 2.0, 365)
    wanted = np.linspace(5.0, 8.0, 12)
    temp = hourly_temperature(daily, np.exp(random.normal(0.0, 0.3, 365)), wanted).reshape(365, 24)
    np.testing.assert_allclose(temp.mean(axis=1), daily, atol=1e-9)
    np.testing.assert_allclose(monthly_mean(temp.max(axis=1) - temp.min(axis=1)), wanted, atol=1e-3)


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_months_get_their_mean_and_spread(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = stratified_normal(persistent_scores(random.standard_normal(365), 0.7))
    mean = 16.0 - 12.0 * np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12)
    std = np.full(12, 3.4)
    values = bring_to_month(scores, mean, std)
    np.testing.assert_allclose(monthly_mean(values), mean, atol=1e-4)
    spread = monthly_std(values)
    assert np.median(np.abs(spread / std - 1.0)) < 1e-3
    assert spread.min() > 0.98 * 3.4
    # The order of the days may spread a month by itself (see `bring_to_month`): rarely, never many.
    assert np.count_nonzero(spread > 1.01 * std) <= 4


def test_clearness_has_its_mean_spread_and_bounds() -> None:
    random = np.random.default_rng(5)
    highest = np.full(365, 0.68)
    clearness = daily_clearness(
        persistent_scores(random.standard_normal(365), 0.5), np.full(12, 0.43), np.full(12, 0.18), highest
    )
    np.testing.assert_allclose(monthly_mean(clearness), 0.43, atol=0.005)
    np.testing.assert_allclose(monthly_std(clearness), 0.18, atol=0.012)
    assert clearness.min() >= 0.05
    assert clearness.max() <= 0.68
    assert len(np.unique(MONTH_OF_DAY)) == 12


def test_scores_persist_and_correlate_as_told() -> None:
    random = np.random.default_rng(11)
    drive, fresh = random.standard_normal((2, 50_000))
    scores = persistent_scores(drive, 0.7)
    assert lag_one(scores) == pytest.approx(0.7, abs=0.02)
    assert scores.std() == pytest.approx(1.0, abs=0.02)
    other = correlated(drive, fresh, np.full(50_000, -0.4))
    assert np.corrcoef(drive, other)[0, 1] == pytest.approx(-0.4, abs=0.02)


@pytest.mark.parametrize("skewness", [-0.9, -0.2, 0.0, 0.6])
def test_skewed_scores(skewness: float) -> None:
    from scipy.stats import skew

    values = skewed(np.random.default_rng(2).standard_normal(200_000), np.full(200_000, skewness))
    assert values.mean() == pytest.approx(0.0, abs=0.02)
    assert values.std() == pytest.approx(1.0, abs=0.03)
    assert skew(values) == pytest.approx(skewness, abs=0.06)
