"""Sound days become standard normal figures, whatever their scatter and however they hang together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.watch.cusum import sums, threshold
from twin.watch.standard import Before, standard_days

FIRST, TRAINING, HALLS, AFTER = 7, 21, 300, 30
BEFORE = Before(sd=1.0, lag=0.3, days=10.0, memory=30.0, farthest=3.5)


def _sound(lag: float, sd: float, draw: np.random.Generator) -> NDArray[np.float64]:
    """Days of a first-order process with a level of their own."""
    days = FIRST + TRAINING + AFTER
    found = np.zeros(days)
    found[0] = sd * draw.standard_normal()
    for i in range(1, days):
        found[i] = lag * found[i - 1] + sd * np.sqrt(1.0 - lag**2) * draw.standard_normal()
    return found + 50.0


@pytest.mark.parametrize(("lag", "sd"), [(0.0, 1.0), (0.5, 1.0), (0.3, 1.4), (0.3, 0.5)])
def test_sound_days_keep_the_rate_of_false_alarms(lag: float, sd: float) -> None:
    """One alarm in ten months is asked for, so that of halls watched for thirty days 9.4 % would alarm.

    Sums begin at nought, which is less; scatter and lag beyond what was known before are more.
    """
    draw, limit, alarms = np.random.default_rng(5), threshold(0.1, 2, 0.5), 0
    for _ in range(HALLS):
        values = _sound(lag, sd, draw)
        days = standard_days(values, np.zeros(len(values)), FIRST, TRAINING, BEFORE)
        assert np.isnan(days[: FIRST + TRAINING]).all()
        alarms += any((one > limit).any() for one in sums(days[FIRST + TRAINING :], 0.5))
    assert alarms < 0.16 * HALLS
    assert sd < 1.0 or alarms > 0.01 * HALLS


def test_days_that_hang_together_would_alarm_far_more_often_if_that_were_not_known() -> None:
    draw, limit = np.random.default_rng(6), threshold(0.1, 2, 0.5)
    blind = Before(sd=1.0, lag=0.0, days=1e6, memory=30.0, farthest=3.5)
    counts = {BEFORE: 0, blind: 0}
    for _ in range(HALLS):
        values = _sound(0.6, 1.0, draw)
        for before in counts:
            days = standard_days(values, np.zeros(len(values)), FIRST, TRAINING, before)
            counts[before] += any((one > limit).any() for one in sums(days[FIRST + TRAINING :], 0.5))
    assert counts[blind] > 3 * counts[BEFORE]


def test_noisy_days_count_for_less_and_days_that_tell_nothing_are_passed_over() -> None:
    draw = np.random.default_rng(7)
    values, errors = 0.1 * draw.standard_normal(60), np.zeros(60)
    values[40], errors[40], values[41] = 5.0, 5.0, np.nan
    before = Before(sd=0.1, lag=0.0, days=10.0, memory=30.0, farthest=3.5)
    found = standard_days(values, errors, FIRST, TRAINING, before)
    assert abs(found[40]) < 1.5
    assert np.isnan(found[41])
    assert np.abs(found[42:]).max() < 3.5, "one far day that was hardly known moves nothing"
    errors[40] = 0.0
    assert standard_days(values, errors, FIRST, TRAINING, before)[40] > 5.0


def test_a_channel_that_told_little_in_training_is_not_watched() -> None:
    values = np.full(60, np.nan)
    values[[8, 9, 10, 11, *range(30, 60)]] = 1.0
    assert np.isnan(standard_days(values, np.zeros(60), FIRST, TRAINING, BEFORE)).all()


def test_what_is_usual_follows_a_season() -> None:
    """A rise of one standard deviation in a quarter is no fault: a mean that stands alarms far more often."""
    draw, limit = np.random.default_rng(8), threshold(0.01, 2, 0.5)
    stands = Before(sd=1.0, lag=0.0, days=10.0, memory=1e6, farthest=3.5)
    follows = Before(sd=1.0, lag=0.0, days=10.0, memory=30.0, farthest=3.5)
    counts = {stands: 0, follows: 0}
    for _ in range(40):
        values = draw.standard_normal(208) + np.linspace(0.0, 2.0, 208)
        for before in counts:
            days = standard_days(values, np.zeros(208), FIRST, TRAINING, before)
            counts[before] += any((one > limit).any() for one in sums(days[FIRST + TRAINING :], 0.5))
    assert counts[follows] < 0.5 * counts[stands]
