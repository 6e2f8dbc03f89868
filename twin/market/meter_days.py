"""Meters of a fleet by day and quarter-hour, with what makes a day a poor model of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.market.assumption import Assumption
from twin.market.bill import demand_kw
from twin.market.days import TIME_ZONE, ChineseCalendar, DayCalendar, local_times, step_minutes
from twin.market.event import POINTS
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int_]

DaysOf = Collection[date] | Mapping[str, Collection[date]]
"""Days of all participants, or of each by its name."""


@dataclass(frozen=True, eq=False)
class MeterDays:
    """Whole days of P meters on 96 points.

    Parameters
    ----------
    participants : tuple of str
        P names, each once.
    dates : tuple of date
        D successive days in Shanghai.
    kw : ndarray, shape (P, D, 96)
        Net import [kW]; NaN where a meter was silent.
    rest : ndarray of bool, shape (D,)
        Days without work: weekends and holidays, no shifted workdays (调休).
    first_of_type : ndarray of bool, shape (D,)
        Days after a day of the other type.
    events, outages : ndarray of bool, shape (P, D)
        Days with an event in which the participant took part, and with a planned outage at it.
    outdoor_c : ndarray, shape (D, 96), optional
        Outdoor temperature [degC].
    assumptions : tuple of Assumption
        About the calendar.
    """

    participants: tuple[str, ...]
    dates: tuple[date, ...]
    kw: FloatArray
    rest: BoolArray
    first_of_type: BoolArray
    events: BoolArray
    outages: BoolArray
    outdoor_c: FloatArray | None
    assumptions: tuple[Assumption, ...]

    @cached_property
    def complete(self) -> BoolArray:
        """Whether a meter spoke in each quarter-hour of a day; boolean, shape (P, D)."""
        return np.asarray(np.isfinite(self.kw).all(axis=2))

    def place(self, day: date) -> int:
        """Place of a day.

        Raises
        ------
        TwinError
            A day that the meters do not hold.
        """
        place = (day - self.dates[0]).days
        if not 0 <= place < len(self.dates):
            raise TwinError(
                f"the load does not hold the whole of {day}.", "Give the whole day of the call.", key="event"
            )
        return place

    def temperature(self) -> FloatArray:
        """Outdoor temperature, shape (D, 96) [degC].

        Raises
        ------
        TwinError
            If none was given.
        """
        if self.outdoor_c is None:
            raise TwinError(
                "this baseline compares days by their weather, and no outdoor temperature was given.",
                "Give outdoor_c with the load, or choose a method of similar days.",
                key="outdoor_c",
            )
        return self.outdoor_c

    def with_events(self, more: BoolArray) -> MeterDays:
        """The same meters with more event days, boolean of shape (P, D)."""
        return replace(self, events=self.events | more)


def meter_days(
    load_kw: ArrayLike,
    times: pd.DatetimeIndex,
    *,
    participants: Sequence[str] | None = None,
    calendar: DayCalendar | None = None,
    event_days: DaysOf = (),
    outage_days: DaysOf = (),
    outdoor_c: ArrayLike | None = None,
) -> MeterDays:
    """Put meters on the 96-point grid.

    Parameters
    ----------
    load_kw : array_like, shape (P, n) or (n,)
        Net import at each meter [kW]; NaN where a meter was silent. Not copied where the step is 15 min.
    times : DatetimeIndex, shape (n,)
        Interval starts, tz-aware, regular.
    participants : sequence of str, optional
        Names of the meters; default their numbers from 0.
    calendar : DayCalendar, optional
        Tells workdays from rest days; default the official calendar of mainland China.
    event_days, outage_days : collection of date, or mapping of str to collection of date
        Days of everybody, or of participants by name.
    outdoor_c : array_like, shape (n,), optional
        Outdoor temperature [degC].

    Returns
    -------
    MeterDays
        Of the whole days in Shanghai; parts of days at both ends are left off.

    Raises
    ------
    TwinError
        Shapes or names that do not fit, no whole day, infinite load, or a temperature that is not finite.
    """
    load = np.atleast_2d(np.asarray(load_kw, dtype=float))
    names = tuple(map(str, range(len(load)))) if participants is None else tuple(participants)
    if load.ndim != 2 or load.shape != (len(names), len(times)) or len(set(names)) != len(names):
        raise TwinError(
            f"load of shape {load.shape} does not fit {len(names)} names ({len(set(names))} different) and "
            f"{len(times)} times.",
            "Give one row a participant, each with its own name, and one column a time.",
            key="load_kw",
        )
    if np.isinf(load).any():
        raise TwinError(
            f"the load of {names[int(np.isinf(load).any(axis=1).argmax())]} is infinite.",
            "Give finite power, or NaN where the meter was silent.",
            key="load_kw",
        )
    local = local_times(times)
    points, first, count = _whole_days(load, local)
    dates = tuple(first + timedelta(days=i) for i in range(count))
    calendar = calendar or ChineseCalendar()
    noons = pd.date_range(pd.Timestamp(first, tz=TIME_ZONE) - pd.Timedelta(hours=12), periods=count + 1)
    rest = calendar.rest_day(noons)  # from the day before the first on
    outdoor = None
    if outdoor_c is not None:
        outdoor = np.asarray(outdoor_c, dtype=float)
        if outdoor.shape != (len(times),) or not np.isfinite(outdoor).all():
            raise TwinError(
                f"outdoor temperature of shape {outdoor.shape} with "
                f"{int((~np.isfinite(outdoor)).sum())} values that are not finite.",
                f"Give {len(times)} finite values, one a time.",
                key="outdoor_c",
            )
        outdoor = _whole_days(outdoor[None, :], local)[0][0]
    return MeterDays(
        names,
        dates,
        points,
        rest[1:],
        rest[1:] != rest[:-1],
        _marks(event_days, names, dates),
        _marks(outage_days, names, dates),
        outdoor,
        calendar.assumptions(times),
    )


def _whole_days(rows: FloatArray, local: pd.DatetimeIndex) -> tuple[FloatArray, date, int]:
    """Rows as (rows, days, 96), the first day and the number of days."""
    if step_minutes(local) == 15 and local[0].minute % 15 == 0 and local[0].second == 0:
        points, starts = rows, local
    else:
        points, starts = demand_kw(rows, local)
    at = starts[0]
    ahead = (POINTS - (at.hour * 4 + at.minute // 15)) % POINTS
    count = max(points.shape[1] - ahead, 0) // POINTS
    if count == 0:
        raise TwinError(
            f"the load from {local[0]} to {local[-1]} holds no whole day.",
            "Give the whole day of the call and days before it.",
            key="event",
        )
    first = starts[ahead].date()
    return points[:, ahead : ahead + count * POINTS].reshape(-1, count, POINTS), first, count


def _marks(days: DaysOf, names: tuple[str, ...], dates: tuple[date, ...]) -> BoolArray:
    """Marked days of each participant, shape (P, D); days outside the span do not matter."""
    marks = np.zeros((len(names), len(dates)), dtype=bool)
    if not isinstance(days, Mapping):
        marks[:, [(d - dates[0]).days for d in days if dates[0] <= d <= dates[-1]]] = True
        return marks
    number = {name: i for i, name in enumerate(names)}
    for name, own in days.items():
        if name not in number:
            raise TwinError(
                f"days are given for {name!r}, who is no participant.",
                "Name participants of the fleet.",
                key="event_days",
            )
        marks[number[name], [(d - dates[0]).days for d in own if dates[0] <= d <= dates[-1]]] = True
    return marks
