"""Equipment of a plant room (机房) as users write it: what every kind of row shares."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buildings.description.base import Described, Key, Name

Served = Literal["steam", "hot_water", "space_heat", "chilled_water"]
Hours = Literal["always", "valley", "peak"]


class PlantRow(Described):
    """A machine, a store or a source; those written first are used first."""

    type: str = Field(description="Kind of equipment.")
    name: Name = Field(description="Name, unique in the building.")
    equipment: Key | None = Field(default=None, description="Product data; a usual one by default.")
    feeds: Name | None = Field(default=None, description="Store that it fills, instead of serving directly.")
    source: Name | None = Field(default=None, description="Row on which it draws, such as a borefield.")
    hours: Hours = Field(
        default="always",
        description="When it may run or, of a store, be filled by machines: always, valley (low tariff) or "
        "peak (high tariff).",
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it serves, one carrier for each of its rows in the march."""
        raise NotImplementedError
