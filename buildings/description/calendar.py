"""Workdays and rest days of a Chinese year: weekends, public holidays (法定节假日), shifted workdays (调休).

The holidays come from the kept package chinesecalendar, which follows the State Council's yearly notice.
A year that it does not hold is refused: plain weekends would be wrong by some twenty days. Where a project
asks for it (`calendar: weekdays`, for comparisons with other programs), Monday to Friday are the workdays.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import chinese_calendar
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import CalendarKind, MonthDay
from weather.errors import TwinError

WORKDAY = "workday"
REST_DAY = "rest_day"
_SATURDAY = 5
PARTS = 96
"""Finest parts of a day that a schedule may have."""


@cache
def covered_years() -> tuple[int, int]:
    """First and last year whose public holidays are known."""
    days = [*chinese_calendar.holidays, *chinese_calendar.workdays]
    return min(days).year, max(days).year


@cache
def _rest_days(year: int) -> frozenset[datetime.date]:
    first, last = covered_years()
    if not first <= year <= last:
        raise TwinError(
            f"The public holidays of {year} are not known; the calendar holds {first} to {last}.",
            f"Set year between {first} and {last}, or update the package chinesecalendar once the year "
            "is published.",
            key="year",
        )
    days = pd.date_range(f"{year}-01-01", f"{year}-12-31")
    return frozenset(day.date() for day in days if chinese_calendar.is_holiday(day.date()))


@cache
def _public_holidays(year: int) -> frozenset[datetime.date]:
    return frozenset(day for day in chinese_calendar.holidays if day.year == year)


def days_of(times: pd.DatetimeIndex) -> tuple[list[datetime.date], NDArray[np.intp]]:
    """Local dates that occur in `times`, in order, and for each time the place of its date among them."""
    number, position = np.unique(_local_minutes(times) // 1440, return_inverse=True)
    return [_EPOCH + datetime.timedelta(days=int(day)) for day in number], position


_EPOCH = datetime.date(1970, 1, 1)


def _local_minutes(times: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Minutes of the local clock since the beginning of 1970."""
    return np.asarray(times.tz_localize(None).as_unit("s").asi8 // 60, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class DayGrid:
    """Times under a calendar, read off once for all schedules.

    Attributes
    ----------
    minute : ndarray of int, shape (n,)
        Of the local day.
    position : ndarray of int, shape (n,)
        Place of each time's date among the dates.
    month_day : ndarray of int, shape (d,)
        100 month + day of each date.
    workday, saturday : ndarray of bool, shape (d,)
        Workdays, and the Saturdays of `DayTypes.is_free_saturday`.
    """

    minute: NDArray[np.int64]
    position: NDArray[np.intp]
    month_day: NDArray[np.int64]
    workday: NDArray[np.bool_]
    saturday: NDArray[np.bool_]

    @cached_property
    def parts(self) -> NDArray[np.intp]:
        """Place of each time among the `PARTS` of all dates, (n,)."""
        return np.asarray(self.position * PARTS + self.minute * PARTS // 1440, dtype=np.intp)


class DayTypes:
    """Day types of the years that are asked for.

    Parameters
    ----------
    vacations : iterable of MonthDay
        Spans of every year that count as rest days, such as school vacations. A span whose last day lies
        before its first runs over the turn of the year.
    calendar : {"china", "weekdays"}
        Weekends, public holidays and shifted workdays of China, or plain weeks without any holiday.
    """

    def __init__(self, vacations: Iterable[MonthDay] = (), calendar: CalendarKind = "china") -> None:
        self.vacations = tuple(vacations)
        self.calendar = calendar

    def is_rest_day(self, day: datetime.date) -> bool:
        """Whether a day is a weekend, public holiday or vacation day, and not a shifted workday.

        Raises
        ------
        TwinError
            The year's holidays are not known.
        """
        if self.calendar == "weekdays":
            free = day.weekday() >= _SATURDAY
        else:
            free = day in _rest_days(day.year)
        return free or any(span.holds(day) for span in self.vacations)

    def is_free_saturday(self, day: datetime.date) -> bool:
        """Whether a day is a Saturday on which a schedule's `saturday` holds.

        It does on Saturdays that are rest days merely as weekend: no shifted workday, no public holiday, no
        vacation.
        """
        if day.weekday() != _SATURDAY or any(span.holds(day) for span in self.vacations):
            return False
        if self.calendar == "weekdays":
            return True
        return self.is_rest_day(day) and day not in _public_holidays(day.year)

    def grid(self, times: pd.DatetimeIndex) -> DayGrid:
        """Dates, minutes and day types of local times."""
        dates, position = days_of(times)
        return DayGrid(
            minute=_local_minutes(times) % 1440,
            position=position,
            month_day=np.array([100 * day.month + day.day for day in dates], dtype=np.int64),
            workday=np.array([not self.is_rest_day(day) for day in dates], dtype=np.bool_),
            saturday=np.array([self.is_free_saturday(day) for day in dates], dtype=np.bool_),
        )

    def is_workday(self, times: pd.DatetimeIndex) -> NDArray[np.bool_]:
        """Whether each time lies in a workday, by its local date.

        Parameters
        ----------
        times : DatetimeIndex, shape (n,)
            Local times.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        dates, position = days_of(times)
        return np.array([not self.is_rest_day(day) for day in dates], dtype=np.bool_)[position]

    def is_saturday(self, times: pd.DatetimeIndex) -> NDArray[np.bool_]:
        """Whether each time lies in a Saturday of `is_free_saturday`, shape (n,)."""
        dates, position = days_of(times)
        return np.array([self.is_free_saturday(day) for day in dates], dtype=np.bool_)[position]

    def day_type(self, times: pd.DatetimeIndex) -> NDArray[np.str_]:
        """`workday` or `rest_day` of each time, shape (n,)."""
        return np.where(self.is_workday(times), WORKDAY, REST_DAY)
