"""Rest days and public holidays, as tariffs and demand-response baselines ask for them.

Public holidays and shifted workdays (调休) are those of the State Council's yearly notices, from the
`chinesecalendar` package. A year it does not hold has plain weekends only, which is told.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Protocol

import chinese_calendar
import numpy as np
import pandas as pd
from chinese_calendar.constants import holidays
from numpy.typing import NDArray

from twin.market.assumption import Assumption
from weather.errors import TwinError
from weather.kept import kept

TIME_ZONE = "Asia/Shanghai"

BoolArray = NDArray[np.bool_]


class DayCalendar(Protocol):
    """What prices and baselines ask of a calendar."""

    def rest_day(self, times: pd.DatetimeIndex) -> BoolArray:
        """Whether each time lies on a day without work (weekend or holiday, not a shifted workday)."""

    def public_holiday(self, times: pd.DatetimeIndex) -> BoolArray:
        """Whether each time lies on a day off of a public holiday."""

    def assumptions(self, times: pd.DatetimeIndex) -> tuple[Assumption, ...]:
        """What had to be assumed about these times."""


@cache
def _first_and_last_year() -> tuple[int, int]:
    years = [day.year for day in holidays]
    return min(years), max(years)


@cache
def _kind(day: date) -> tuple[bool, bool]:
    first, last = _first_and_last_year()
    if not first <= day.year <= last:
        return day.weekday() >= 5, False
    off, name = chinese_calendar.get_holiday_detail(day)
    return bool(off), bool(off and name is not None)


class ChineseCalendar:
    """The official calendar of mainland China."""

    def rest_day(self, times: pd.DatetimeIndex) -> BoolArray:
        """Whether each time lies on a day without work."""
        return self._of_days(times, 0)

    def public_holiday(self, times: pd.DatetimeIndex) -> BoolArray:
        """Whether each time lies on a day off of a public holiday."""
        return self._of_days(times, 1)

    def assumptions(self, times: pd.DatetimeIndex) -> tuple[Assumption, ...]:
        """Years of which no holidays are known."""
        first, last = _first_and_last_year()
        years = sorted({int(y) for y in local_times(times).year if not first <= y <= last})
        if not years:
            return ()
        shown = ", ".join(map(str, years))
        return (
            Assumption(
                "calendar.holidays",
                f"{shown} 年的法定节假日与调休未知，仅按周末计为休息日。",
                f"Holidays and shifted workdays of {shown} are not known; weekends alone count as rest.",
                shown,
                "",
                f"chinesecalendar holds {first} to {last}",
                "assumed",
            ),
        )

    def _of_days(self, times: pd.DatetimeIndex, which: int) -> BoolArray:
        days, place = np.unique(local_times(times).date, return_inverse=True)
        return np.array([_kind(day)[which] for day in days], dtype=bool)[place]


def local_times(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Times in Shanghai's time.

    Raises
    ------
    TwinError
        If the times carry no time zone.
    """
    if times.tz is None:
        raise TwinError("times without a time zone.", f"Localise them first, for instance to {TIME_ZONE}.")
    return times.tz_convert(TIME_ZONE)


def step_minutes(times: pd.DatetimeIndex) -> int:
    """Width of a regular step in whole minutes; the 29th of February, which no climate year has, may lack.

    Raises
    ------
    TwinError
        If there are fewer than two times, or steps are irregular or no whole minutes.
    """
    if len(times) < 2:
        raise TwinError(f"{len(times)} times make no steps.", "Give at least two interval starts.")
    minutes, rest = divmod(int((times[1] - times[0]).value), 60_000_000_000)
    if not evenly_stepped(times) or rest or minutes < 1:
        raise TwinError("times of irregular or fractional steps.", "Give interval starts of whole minutes.")
    return minutes


def evenly_stepped(times: pd.DatetimeIndex) -> bool:
    """Whether all steps are alike, but for the 29th of February, which no climate year has."""
    stamps = times.as_unit("ns").asi8
    widths = np.diff(stamps)
    odd = np.flatnonzero(widths != widths[0])
    if len(odd) == 0:
        return True
    before = times[odd[0]]  # in whatever zone, so that it may be the 29th itself
    leaps = before.is_leap_year and (before.month, before.day) in ((2, 28), (2, 29))
    return bool(len(odd) == 1 and leaps and widths[odd[0]] == widths[0] + pd.Timedelta(days=1).value)


def regular_span(times: pd.DatetimeIndex) -> tuple[str, int, int] | None:
    """First stamp, step [ns] and number of regular times, from which they can be made again; else None."""
    stamps = times.as_unit("ns").asi8
    if len(stamps) < 2 or stamps[0] + (len(stamps) - 1) * (stamps[1] - stamps[0]) != stamps[-1]:
        return None
    steps = np.diff(stamps)
    return None if (steps != steps[0]).any() else (times[0].isoformat(), int(steps[0]), len(stamps))


def month_places(local: pd.DatetimeIndex) -> tuple[list[str], NDArray[np.int_]]:
    """Months of a span as `2025-07`, and the place of each time's month among them."""
    span = regular_span(local)
    if span is None:
        return _month_places(local)
    return _months_of_span(*span, str(local.tz))


@kept(16)
def _months_of_span(first: str, step_ns: int, count: int, zone: str) -> tuple[list[str], NDArray[np.int_]]:
    start = pd.Timestamp(first) if zone == "None" else pd.Timestamp(first).tz_convert(zone)
    return _month_places(pd.date_range(start, periods=count, freq=pd.Timedelta(step_ns, "ns")))


def _month_places(local: pd.DatetimeIndex) -> tuple[list[str], NDArray[np.int_]]:
    ordinal = local.year.to_numpy() * 12 + local.month.to_numpy() - 1
    months, place = np.unique(ordinal, return_inverse=True)
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in months], place


def month_names(local: pd.DatetimeIndex) -> NDArray[np.str_]:
    """Month of each time as `2025-07`."""
    months, place = month_places(local)
    return np.array(months)[place]
