"""Schedules at any step: from a day's values and day types to one value per time stamp."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.calendar import PARTS, DayGrid, DayTypes
from buildings.description.schema import BuildingSystems, DayValues, Schedule, SchedulePeriod, Value
from buildings.library import catalogue
from weather.kept import kept


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
    return values_on(schedule, calendar.grid(times))


def values_on(schedule: Schedule, grid: DayGrid) -> NDArray[np.float64]:
    """The same where the times have been read off already."""
    rows = list(_day_types(schedule))
    kind = _kinds(schedule, grid, 0)
    for period in schedule.periods:
        inside = _holds(period, grid.month_day)
        kind[inside] = _kinds(period, grid, len(rows))[inside]
        rows += _day_types(period)
    table = np.stack([np.repeat(row, PARTS // len(row)) for row in rows])
    return table[kind].ravel()[grid.parts]


@kept(1024)
def _day_types(days: DayValues) -> tuple[NDArray[np.float64], ...]:
    """Values of a workday, a rest day and a free Saturday."""
    return tuple(_as_array(values) for values in (days.day(True), days.day(False), days.day(False, True)))


def _kinds(days: DayValues, grid: DayGrid, first: int) -> NDArray[np.intp]:
    """Which row of `_day_types` holds on each date, where the rows begin at `first`."""
    free = np.where(grid.saturday, 2, 1)
    return np.asarray(first + np.where(grid.workday, 0, free), dtype=np.intp)


def _holds(period: SchedulePeriod, month_day: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`MonthDay.holds` for many days at once."""
    first, last = (int(text.replace("-", "")) for text in (period.first, period.last))
    after, before = month_day >= first, month_day <= last
    return after & before if first <= last else after | before


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
