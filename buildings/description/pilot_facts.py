"""What a pilot application (试点申报) needs and a building's physics do not tell."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from buildings.description import quantities as q
from buildings.description.base import Described, Key

PilotType = Literal[
    "comprehensive_area", "industrial_park", "residential_community", "building", "enterprise_institution"
]


class PilotFacts(Described):
    """Who applies, for what, and what is planned besides the measures of the study."""

    type: PilotType | None = Field(
        default=None, description="Pilot type (试点类型); without it all five are tried."
    )
    goal: Literal["carbon_peak", "carbon_neutral"] = Field(
        default="carbon_peak", description="Goal of the pilot: carbon peak (碳达峰) or neutral (碳中和)."
    )
    location: Literal["central_city", "suburb"] | None = Field(
        default=None, description="Central city (中心城区) or suburb (郊区); decides on households."
    )
    area: q.Area | None = Field(default=None, description="Area with a clear boundary [m2], such as 1.2 km2.")
    households: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Households (户数)."
    )
    planned: tuple[Key, ...] = Field(
        default=(), max_length=40, description="Items planned besides the measures, by id such as M1 or T3."
    )
