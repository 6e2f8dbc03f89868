"""Day types against the State Council's notice for 2025 (国办发明电〔2024〕12号) and plain weekends."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from buildings.description.calendar import DayTypes, covered_years
from buildings.description.schema import MonthDay
from weather.errors import TwinError

ZONE = "Asia/Shanghai"


def days(first: str, last: str) -> pd.DatetimeIndex:
    return pd.date_range(first, last, tz=ZONE)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-01-01", "2025-01-01"),
        ("2025-01-28", "2025-02-04"),
        ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"),
        ("2025-05-31", "2025-06-02"),
        ("2025-10-01", "2025-10-08"),
    ],
)
def test_public_holidays_of_2025(first: str, last: str) -> None:
    assert not DayTypes().is_workday(days(first, last)).any()


@pytest.mark.parametrize("day", ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"])
def test_shifted_workdays_of_2025(day: str) -> None:
    assert pd.Timestamp(day).day_of_week >= 5
    assert DayTypes().is_workday(days(day, day)).all()


def test_2025_has_248_workdays() -> None:
    """365 days less 104 weekend days, 28 days off and 15 of them weekend days, plus 5 shifted workdays."""
    assert DayTypes().is_workday(days("2025-01-01", "2025-12-31")).sum() == 248


def test_a_day_changes_at_local_midnight() -> None:
    times = pd.date_range("2025-02-04 23:00", "2025-02-05 00:45", freq="15min", tz=ZONE)
    types = DayTypes().day_type(times)
    assert list(types) == ["rest_day"] * 4 + ["workday"] * 4


def test_vacations_are_rest_days_also_over_the_turn_of_the_year() -> None:
    summer = DayTypes([MonthDay(first="07-01", last="08-31")])
    assert not summer.is_workday(days("2025-07-01", "2025-08-31")).any()
    assert summer.is_workday(days("2025-09-01", "2025-09-01")).all()
    winter = DayTypes([MonthDay(first="12-20", last="01-05")])
    assert list(winter.is_workday(days("2025-12-19", "2025-12-22"))) == [True, False, False, False]
    assert winter.is_rest_day(datetime.date(2025, 1, 3))


def test_leap_day() -> None:
    assert DayTypes().is_workday(days("2024-02-29", "2024-02-29")).all()


def test_unsorted_times_keep_their_order() -> None:
    times = pd.DatetimeIndex(["2025-10-11", "2025-10-01", "2025-10-11"]).tz_localize(ZONE)
    assert list(DayTypes().is_workday(times)) == [True, False, True]


def test_a_year_that_nobody_has_published_is_refused() -> None:
    last = covered_years()[1]
    with pytest.raises(TwinError, match=f"holidays of {last + 1}") as caught:
        DayTypes().is_workday(days(f"{last + 1}-01-01", f"{last + 1}-01-02"))
    assert caught.value.key == "year"


def test_a_year_in_quarter_hours() -> None:
    times = pd.date_range("2025-01-01", "2026-01-01", freq="15min", tz=ZONE, inclusive="left")
    work = DayTypes().is_workday(times)
    assert work.shape == (35040,)
    assert work.dtype == np.bool_
    assert work.sum() == 248 * 96


def test_plain_weeks_know_no_holiday_and_any_year() -> None:
    weeks = DayTypes(calendar="weekdays")
    assert weeks.is_workday(days("2025-01-01", "2025-12-31")).sum() == 261
    assert list(weeks.is_workday(days("2099-01-02", "2099-01-05"))) == [True, False, False, True]
    assert list(weeks.is_saturday(days("2099-01-02", "2099-01-05"))) == [False, True, False, False]


def test_free_saturdays_of_2025() -> None:
    """52 Saturdays, less 2 shifted workdays and 5 in public holidays."""
    found = DayTypes().is_saturday(days("2025-01-01", "2025-12-31")).sum()
    public = ["2025-02-01", "2025-04-05", "2025-05-03", "2025-05-31", "2025-10-04"]
    shifted = ["2025-02-08", "2025-10-11"]
    assert found == 52 - len(public) - len(shifted)
