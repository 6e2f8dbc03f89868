"""Schedules at any step: from a day's values and day types to one value per time stamp."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from buildings.description.schema import BuildingSystems, Schedule, Value
from buildings.library import catalogue


def schedule_values(schedule: Schedule, times: pd.DatetimeIndex, calendar: DayTypes) -> NDArray[np.float64]:
    """Value of a schedule at each interval start.

    Parameters
    ----------
    schedule : Schedule
        24, 48 or 96 values a day by day type, or one constant.
    times : DatetimeIndex, shape (n,)
        Interval starts, time-zone aware, in local time.
    calendar : DayTypes
        Tells workdays from rest days.

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
    work, rest = _as_array(schedule.day(True)), _as_array(schedule.day(False))
    workday = calendar.is_workday(times)
    minute = np.asarray(times.hour, dtype=np.int64) * 60 + np.asarray(times.minute, dtype=np.int64)
    return np.where(workday, work[minute * len(work) // 1440], rest[minute * len(rest) // 1440])


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
