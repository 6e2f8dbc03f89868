"""Faults as a user writes them: times in which a building has no grid, a device has failed or is worn."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Name
from buildings.description.cross_checks import refuse

if TYPE_CHECKING:
    from buildings.description.schema import Building

FaultOf = Literal[
    "grid", "battery", "pv", "ev", "interface",
    "damper", "setpoint", "refrigerant", "filter", "pv_soiling", "pv_string", "battery_fade", "meter",
    "humidity_sensor",
]  # fmt: skip
SIZES: dict[str, tuple[float, float]] = {
    "damper": (0.0, 2.0),
    "setpoint": (-10.0, 10.0),
    "refrigerant": (0.0, 0.9),
    "filter": (0.0, 5.0),
    "pv_soiling": (0.0, 1.0),
    "pv_string": (0.0, 1.0),
    "battery_fade": (0.0, 0.9),
    "meter": (-0.9, 1.0),
    "humidity_sensor": (-50.0, 50.0),
}
"""Faults with which things go on, only worse, and how large each may be."""
OF_READINGS = ("meter", "humidity_sensor")
"""Those of them that change what is read, and nothing else."""


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
        "interface: nothing passes between DC bus and AC board. With a size: damper: stuck, fresh air at "
        "this share of its design flow; setpoint: [K] nearer to each other; refrigerant: capacity and "
        "efficiency lost, as a share; filter: fan power added, as a share; pv_soiling: share of the "
        "sun lost at the end, growing; pv_string: share lost at once; battery_fade: share of the "
        "capacity lost; meter: share that the grid meter reads too much at the end, growing; "
        "humidity_sensor: percent that rooms' sensors read too much."
    )
    size: float | None = Field(default=None, description="How large; see `of`. None for what is lost whole.")
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

    @model_validator(mode="after")
    def _sized(self) -> Fault:
        limits = SIZES.get(self.of)
        if (limits is None) != (self.size is None):
            need = "needs a size" if limits is not None else "has no size"
            raise refuse(f"a fault of {self.of} {need}", "Write size with worn things alone.", "size")
        if limits is not None and self.size is not None and not limits[0] <= self.size <= limits[1]:
            raise refuse(
                f"a fault of {self.of} of size {self.size:g}",
                f"Write a size from {limits[0]:g} to {limits[1]:g}.",
                "size",
            )
        return self

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
            "pv_soiling": bool(building.pv),
            "pv_string": bool(building.pv),
            "battery_fade": building.battery is not None,
        }
        return there.get(self.of, True)
