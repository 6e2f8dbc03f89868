"""Schedules at any step: from a day's values and day types to one value per time stamp."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes, days_of
from buildings.description.schema import BuildingSystems, DayValues, Schedule, Value
from buildings.library import catalogue


def schedule_values(schedule: Schedule, times: pd.DatetimeIndex, calendar: DayTypes) -> NDArray[np.float64]:
    """Value of a schedule at each interval start.

    Parameters
    ----------
    schedule : Schedule
        24, 48 or 96 values a day by day type, or one constant; other ones in its periods.
    times : DatetimeIndex, shape (n,)
        Interval starts, time-zone aware, in local time.
    calendar : DayTypes
        Tells workdays from rest days, and the Saturdays among these.

    Returns
    -------
    ndarray, shape (n,)
        A value holds from its start to the next (no interpolation). `off` of a set-point is NaN: no heating
        or cooling in that interval.

    Raises
    ------
    ValueError
        Times without a time zone.
    """
    if times.tz is None:
        raise ValueError("schedule_values needs time-zone aware times")
    minute = np.asarray(times.hour, dtype=np.int64) * 60 + np.asarray(times.minute, dtype=np.int64)
    values = _by_day_type(schedule, times, minute, calendar)
    if schedule.periods:
        dates, position = days_of(times)
        for period in schedule.periods:
            inside = np.array([period.holds(day) for day in dates], dtype=np.bool_)[position]
            values = np.where(inside, _by_day_type(period, times, minute, calendar), values)
    return values


def _by_day_type(
    days: DayValues, times: pd.DatetimeIndex, minute: NDArray[np.int64], calendar: DayTypes
) -> NDArray[np.float64]:
    def at(values: tuple[Value, ...]) -> NDArray[np.float64]:
        return _as_array(values)[minute * len(values) // 1440]

    if days.workday is None:
        return at(days.day(True))
    free = at(days.day(False))
    if days.saturday is not None:
        free = np.where(calendar.is_saturday(times), at(days.saturday), free)
    return np.where(calendar.is_workday(times), at(days.workday), free)


def _as_array(day: tuple[Value, ...]) -> NDArray[np.float64]:
    return np.array([np.nan if v == "off" else v for v in day], dtype=np.float64)


def find_schedule(key: str, building: BuildingSystems, at: str) -> Schedule:
    """A schedule of the building itself, else of the library.

    Raises
    ------
    TwinError
        Neither has the key; `at` tells where it was asked for.
    """
    if key in building.schedules:
        return building.schedules[key]
    known = catalogue.schedules()
    return known[catalogue.library_key(key, [*known, *building.schedules], "schedule", at)]
