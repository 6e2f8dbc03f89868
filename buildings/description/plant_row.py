"""Equipment of a plant room (机房) as users write it: what every kind of row shares."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from buildings.description.base import Described, Key, Name

Served = Literal["steam", "hot_water", "space_heat", "chilled_water"]
Hours = Literal["always", "valley", "peak"]


def _listed(value: object) -> object:
    """One name may be written without a list."""
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_listed, json_schema_input_type=Name | tuple[Name, ...])]


class PlantRow(Described):
    """A machine, a store or a source; those written first are used first.

    Of a kind of equipment: `takes` says that others may feed it, `idle_unfed` that nothing comes of it
    otherwise.
    """

    takes: ClassVar[bool] = False
    idle_unfed: ClassVar[bool] = False

    type: str = Field(description="Kind of equipment.")
    name: Name = Field(description="Name, unique in the building.")
    equipment: Key | None = Field(default=None, description="Product data; a usual one by default.")
    feeds: Names = Field(
        default=(),
        description="Store that it fills instead of serving directly; several where they hold different "
        "things.",
    )
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

    @property
    def by_product(self) -> str | None:
        """Carrier of the heat that it gives beside."""
        return None

    @property
    def needs_store(self) -> str | None:
        """Carrier for which it must feed a store, because it works for that alone."""
        return None


class Machine(PlantRow):
    """A row that may fill a store and serve consumers as well."""

    direct: bool = Field(
        default=False,
        description="Whether it serves consumers too, not only the store that it feeds (双工况).",
    )
