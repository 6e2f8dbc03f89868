"""When a call is: its day, and its steps in the year and in the finer march."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from buildings.description.calendar import DayTypes
from buildings.description.schema import DemandResponseCall, Project
from twin.clock import NOTICE_HOUR, event_date
from twin.market.event import Event
from twin.market.products import load_programme
from twin.response.invitation import Invitation, figure
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.step_weather import StepWeather

LEAST_PAST_DAYS = 3
"""Similar days without which nothing is said of how sure a capability is over days."""
_EVENING_H = 18.0
"""A call that ends later is followed until the end of the next day, to see what comes back [h]."""


@dataclass(frozen=True)
class CallTimes:
    """A call on the steps of a year and of a finer march.

    Attributes
    ----------
    day : date
    event : Event
        As a settlement takes it.
    year_first, year_last : int
        Steps of the year between which it is marched finer, last excluded; whole days.
    year_start : int
        Step of the year at the hour in which the call starts.
    past_days : tuple of date
        Earlier days of the same kind, known as the call was, latest first.
    past_starts : tuple of int
        Step of the year of that hour on each of them.
    notice, start, end, last : int
        Steps of the finer march: call known, first step, end (excluded), end of the march.
    minutes : int
        Step of the finer march [min].
    """

    day: date
    event: Event
    year_first: int
    year_last: int
    year_start: int
    past_days: tuple[date, ...]
    past_starts: tuple[int, ...]
    notice: int
    start: int
    end: int
    last: int
    minutes: int


def similar_days(weather: StepWeather, project: Project, today: int, known: int) -> list[int]:
    """Days of the year of the same kind (workdays, or days of rest) before one, latest first.

    Parameters
    ----------
    weather : StepWeather
        Of whole days.
    project : Project
        With its calendar.
    today, known : int
        Day of the year that they are to be like, and the first one that is not over yet.
    """
    per_day = round(86400.0 / weather.dt_s)
    rest = ~DayTypes((), project.calendar).is_workday(weather.times[::per_day])
    alike = [d for d in range(known - 1, -1, -1) if rest[d] == rest[today]]
    return alike[: round(figure("dispatch", "past_days"))]


def call_times(invitation: Invitation, project: Project, climate: ClimateYear) -> CallTimes:
    """Where a call lies.

    Raises
    ------
    TwinError
        A day that is not of the year, without similar days before it, or steps that do not fit.
    """
    weather = climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    per_day, dt_min = round(86400.0 / weather.dt_s), weather.dt_s / 60.0
    if dt_min > 15.0 or 15.0 % dt_min:
        raise TwinError(
            f"a project of {dt_min:g} min cannot be settled on quarter-hours.",
            "Set timestep to 15 min, or a part of it.",
            key="timestep",
        )
    minutes = min(invitation.step, int(dt_min))
    day = event_date(DemandResponseCall(date=invitation.date, reduction=1.0), weather, project.calendar)
    midnight = int(np.flatnonzero(weather.times.date == day)[0])
    hour, minute = (int(part) for part in invitation.start.split(":"))
    start_min = 60.0 * hour + minute
    end_min = start_min + 60.0 * invitation.duration
    if invitation.notice == "day_ahead":
        notice_min = 60.0 * NOTICE_HOUR - 1440.0
    else:
        # as long before as the class allows
        notice_min = start_min - load_programme().value(f"notice.{invitation.notice}.longest_minutes")
    before = 1 if notice_min < 0.0 else 0
    behind = 2 if end_min > 60.0 * _EVENING_H else 1
    first, last = midnight - before * per_day, midnight + behind * per_day
    if first < per_day or last > len(weather):
        raise TwinError(
            f"the call on {day} leaves no day before or behind it in the year.",
            "Choose a day within the year.",
            key="date",
        )
    alike = similar_days(weather, project, midnight // per_day, (first if before else midnight) // per_day)
    if len(alike) < LEAST_PAST_DAYS:
        raise TwinError(
            f"only {len(alike)} days of the same kind precede the call on {day}.",
            "Choose a later date.",
            key="date",
        )
    at_hour = hour * round(3600.0 / weather.dt_s)
    origin = before * 1440.0
    local = pd.Timestamp(day, tz=weather.times.tz)
    begin = local + timedelta(minutes=start_min)
    event = Event(
        invitation.kind,
        begin,
        local + timedelta(minutes=end_min),
        invitation.notice,
        local + timedelta(minutes=notice_min),
    )
    return CallTimes(
        day=day,
        event=event,
        year_first=first,
        year_last=last,
        year_start=midnight + at_hour,
        past_days=tuple(weather.times[d * per_day].date() for d in alike),
        past_starts=tuple(d * per_day + at_hour for d in alike),
        notice=round((origin + notice_min) / minutes),
        start=round((origin + start_min) / minutes),
        end=round((origin + end_min) / minutes),
        last=round((last - first) * dt_min / minutes),
        minutes=minutes,
    )
