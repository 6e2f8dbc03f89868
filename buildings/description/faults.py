"""Faults as a user writes them: times in which a building has no grid, or a device has failed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Name
from buildings.description.cross_checks import refuse

if TYPE_CHECKING:
    from buildings.description.schema import Building

FaultOf = Literal["grid", "battery", "pv", "ev", "interface"]


def _all_or_some(value: Any) -> str:
    return "all" if isinstance(value, str) else "some"


_Buildings = Annotated[
    Annotated[Literal["all"], Tag("all")] | Annotated[tuple[Name, ...], Field(min_length=1), Tag("some")],
    Discriminator(_all_or_some),
]


class Fault(Described):
    """One outage (停电) or failed converter."""

    of: FaultOf = Field(
        description="grid: no voltage at the meter; battery, pv, ev: their converters stand still; "
        "interface: nothing passes between DC bus and AC board."
    )
    start: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2} ([01]\d|2[0-3]):[0-5]\d$")] = Field(
        description="Start, local time as YYYY-MM-DD HH:MM, at a step."
    )
    duration: q.LongHours = Field(description="Duration [h], whole steps.")
    buildings: _Buildings = Field(default="all", description="all, or names of buildings.")

    @field_validator("start")
    @classmethod
    def _a_day(cls, text: str) -> str:
        try:
            datetime.datetime.fromisoformat(text)
        except ValueError:
            raise refuse(f"{text!r} is no day of the calendar", "Write YYYY-MM-DD HH:MM.") from None
        return text

    @property
    def begin(self) -> datetime.datetime:
        """Start, without time zone."""
        return datetime.datetime.fromisoformat(self.start)

    @property
    def end(self) -> datetime.datetime:
        """End, without time zone."""
        return self.begin + datetime.timedelta(hours=self.duration)

    def hits(self, building: Building) -> bool:
        """Whether a building is named and has what fails."""
        if self.buildings != "all" and building.name not in self.buildings:
            return False
        there = {
            "grid": True,
            "battery": building.battery is not None,
            "pv": bool(building.pv),
            "ev": building.ev is not None,
            "interface": building.dc_bus is not None,
        }
        return there[self.of]
