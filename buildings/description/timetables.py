"""Schedules and spans of days as a user writes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description.base import Described
from buildings.description.cross_checks import refuse

Number = Annotated[float, Field(strict=True)]
Value = Number | Literal["off"]


class MonthDay(Described):
    """A span of days in every year, both ends included, as MM-DD."""

    first: Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")] = Field(description="First day, MM-DD.")
    last: Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")] = Field(description="Last day, MM-DD.")

    @model_validator(mode="after")
    def _real_days(self) -> MonthDay:
        for key in ("first", "last"):
            try:
                datetime.date.fromisoformat(f"2024-{getattr(self, key)}")
            except ValueError:
                raise refuse(
                    f"'{getattr(self, key)}' is not a day", "Write MM-DD such as 07-01.", key
                ) from None
        return self

    def holds(self, day: datetime.date) -> bool:
        """Whether a day lies in the span; one whose last day is before its first runs over New Year."""
        key = f"{day.month:02d}-{day.day:02d}"
        if self.first <= self.last:
            return self.first <= key <= self.last
        return key >= self.first or key <= self.last


class DayValues(Described):
    """Values of a day in equal parts (24, 48, 96), every day alike or by day type; `off` for set-points."""

    every_day: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for every day."
    )
    workday: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for workdays (工作日)."
    )
    saturday: tuple[Value, ...] | None = Field(
        default=None,
        description="24, 48 or 96 values for Saturdays that are neither shifted workdays nor public holidays "
        "nor in vacations; default rest_day.",
    )
    rest_day: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for weekends, public holidays and vacations (休息日)."
    )
    constant: Value | None = Field(default=None, description="One value at all times.")

    @model_validator(mode="after")
    def _complete(self) -> DayValues:
        keys = ("every_day", "workday", "saturday", "rest_day", "constant")
        given = {key for key in keys if getattr(self, key) is not None}
        if given - {"saturday"} not in ({"every_day"}, {"workday", "rest_day"}, {"constant"}):
            raise refuse(
                f"a schedule with {', '.join(sorted(given)) or 'nothing in it'}",
                "Give every_day, or workday and rest_day together, or constant.",
            )
        if "saturday" in given and "workday" not in given:
            raise refuse(
                "a schedule with saturday but no workday",
                "Give saturday beside workday and rest_day only.",
                "saturday",
            )
        for key in sorted(given - {"constant"}):
            if len(getattr(self, key)) not in (24, 48, 96):
                raise refuse(
                    f"{key} has {len(getattr(self, key))} values",
                    "Give 24, 48 or 96 values for the day.",
                    key,
                )
        return self

    def day(self, workday: bool, saturday: bool = False) -> tuple[Value, ...]:
        """The values of one day type, starting at 00:00; `saturday` matters on rest days only."""
        if self.constant is not None:
            return (self.constant,) * 24
        free = self.saturday if saturday and self.saturday is not None else self.rest_day
        values = self.every_day or (self.workday if workday else free)
        if values is None:
            raise TypeError("a schedule without values passed validation")
        return values

    def own_values(self) -> Iterator[Value]:
        """Every value of every day type, periods left out."""
        yield from self.day(True)
        yield from self.day(False)
        yield from self.day(False, True)


class SchedulePeriod(MonthDay, DayValues):
    """Days of the year on which other values hold, both ends included; may run over the turn of the year."""


class Schedule(DayValues):
    """A day in equal parts (24, 48 or 96 values), the same every day or by day type; `off` for set-points."""

    periods: tuple[SchedulePeriod, ...] = Field(
        default=(), max_length=400, description="Spans of the year with other values; later ones win."
    )

    def values(self) -> Iterator[Value]:
        """Every value that the schedule can take, periods included."""
        yield from self.own_values()
        for period in self.periods:
            yield from period.own_values()
