"""Meters on the 96-point grid, their calendar and their silences."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from meters import ZONE, between, days_of_july, july
from twin.market.meter_days import meter_days
from weather.errors import TwinError


def test_holiday_types() -> None:
    """Around National Day 2025: Sunday 28 September and Saturday 11 October are worked (调休), 1 to 8 October
    are off, 9 October is the first workday after them; 27 September is a plain Saturday."""
    times = pd.date_range("2025-09-26", "2025-10-14", freq="15min", tz=ZONE, inclusive="left")
    days = meter_days(np.ones(len(times)), times)
    rest = {d: bool(r) for d, r in zip(days.dates, days.rest, strict=True)}
    assert [rest[date(2025, 9, d)] for d in (26, 27, 28, 29)] == [False, True, False, False]
    assert all(rest[date(2025, 10, d)] for d in range(1, 9))
    assert [rest[date(2025, 10, d)] for d in (9, 10, 11, 12, 13)] == [False, False, False, True, False]
    firsts = [d for d, first in zip(days.dates, days.first_of_type, strict=True) if first]
    assert [(d.month, d.day) for d in firsts] == [(9, 27), (9, 28), (10, 1), (10, 9), (10, 12), (10, 13)]
    assert days.assumptions == ()


def test_the_first_day_knows_the_day_before_it() -> None:
    times = pd.date_range("2025-07-07", periods=96, freq="15min", tz=ZONE)  # a Monday
    assert meter_days(np.ones(96), times).first_of_type.tolist() == [True]
    assert meter_days(np.ones(96), times + pd.Timedelta(days=1)).first_of_type.tolist() == [False]


@pytest.mark.parametrize("minutes", [1, 5, 15, 30])
def test_the_grid_is_of_quarter_hours_whatever_the_step(minutes: int) -> None:
    """Power equal to the hour of the day: its quarter-hours are 0 0 0 0 1 1 1 1 ... at any of these steps."""
    times = pd.date_range("2025-07-01 21:00", "2025-07-04 05:00", freq=f"{minutes}min", tz=ZONE)
    load = np.stack([times.hour, 2.0 * times.hour])
    days = meter_days(load, times.tz_convert("UTC"))
    assert days.dates == (date(2025, 7, 2), date(2025, 7, 3))
    assert days.kw.shape == (2, 2, 96)
    np.testing.assert_array_equal(days.kw[0, 0], np.repeat(np.arange(24.0), 4))
    np.testing.assert_array_equal(days.kw[1], 2.0 * days.kw[0])


def test_a_silent_meter_makes_its_own_day_incomplete() -> None:
    times, load = july(2)
    load[1, between(times, "2025-07-05 03:00", "2025-07-05 03:15")] = np.nan
    complete = meter_days(load, times).complete
    assert complete[0].all()
    assert np.flatnonzero(~complete[1]).tolist() == [4]


def test_days_are_marked_for_everybody_or_by_name() -> None:
    times, load = july(2)
    days = meter_days(
        load,
        times,
        participants=["a", "b"],
        event_days={date(2025, 7, 3), date(2024, 7, 3)},
        outage_days={"b": days_of_july(9, 10)},
    )
    assert np.argwhere(days.events).tolist() == [[0, 2], [1, 2]]
    assert np.argwhere(days.outages).tolist() == [[1, 8], [1, 9]]
    with pytest.raises(TwinError, match="'c'"):
        meter_days(load, times, participants=["a", "b"], outage_days={"c": days_of_july(9)})


def test_what_does_not_fit_is_refused() -> None:
    times, load = july(2)
    for wrong in (
        lambda: meter_days(load[:, :-1], times),
        lambda: meter_days(load, times, participants=["a"]),
        lambda: meter_days(load, times, participants=["a", "a"]),
        lambda: meter_days(load[:, :90], times[:90]),
        lambda: meter_days(np.where(load > 900.0, np.inf, load), times),
        lambda: meter_days(load, times, outdoor_c=np.full(len(times), np.nan)),
        lambda: meter_days(load, times, outdoor_c=np.ones(3)),
        lambda: meter_days(load, times.tz_localize(None)),
        lambda: meter_days(load, times).place(date(2025, 8, 1)),
        lambda: meter_days(load, times).temperature(),
    ):
        with pytest.raises(TwinError):
            wrong()
