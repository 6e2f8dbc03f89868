"""The controller's own baseline: causal, the most recent like days, odd ones replaced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.demand_response import event_target_kw, recent_days_baseline
from weather.errors import TwinError

WINDOW = slice(52, 60)


def _days(n: int) -> np.ndarray:
    """Day d draws 100 + d kW all day."""
    return np.repeat(100.0 + np.arange(n, dtype=float)[:, None], 96, axis=1)


def test_mean_of_the_five_days_before() -> None:
    base = recent_days_baseline(_days(20), 10, np.ones(20, bool), WINDOW)
    assert base.days == (9, 8, 7, 6, 5)
    np.testing.assert_allclose(base.power_kw, 107.0)
    np.testing.assert_allclose(event_target_kw(base, WINDOW, 30.0), 77.0)
    assert event_target_kw(base, WINDOW, 30.0).shape == (8,)


def test_rest_days_and_other_events_are_passed_over() -> None:
    eligible = np.ones(20, bool)
    eligible[[9, 6]] = False
    assert recent_days_baseline(_days(20), 10, eligible, WINDOW).days == (8, 7, 5, 4, 3)


def test_a_day_unlike_the_others_is_replaced() -> None:
    power = _days(20)
    power[8] = 5.0
    power[7] = 900.0
    base = recent_days_baseline(power, 10, np.ones(20, bool), WINDOW)
    assert set(base.rejected) == {7, 8}
    assert base.days == (9, 6, 5, 4, 3)


@given(st.integers(6, 19), st.floats(0.0, 1e4))
def test_the_future_does_not_count(event_day: int, later: float) -> None:
    power = _days(20)
    before = recent_days_baseline(power, event_day, np.ones(20, bool), WINDOW).power_kw
    power[event_day:] = later
    np.testing.assert_array_equal(
        recent_days_baseline(power, event_day, np.ones(20, bool), WINDOW).power_kw, before
    )


def test_few_days_are_used_and_named_and_none_is_refused() -> None:
    assert recent_days_baseline(_days(5), 2, np.ones(5, bool), WINDOW).days == (1, 0)
    with pytest.raises(TwinError, match="baseline"):
        recent_days_baseline(_days(5), 0, np.ones(5, bool), WINDOW)
