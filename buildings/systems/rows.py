"""Every kind of plant-room row as users write it, chosen by its `type`."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from buildings.description.plant_row import PlantRow
from buildings.systems.registry import COMPONENTS

if TYPE_CHECKING:
    Row = PlantRow
else:
    Row = Annotated[reduce(or_, (c.row for c in COMPONENTS)), Field(discriminator="type")]


def known_types() -> tuple[Any, ...]:
    """Names of the kinds of equipment that a project can write."""
    return tuple(c.name for c in COMPONENTS)
