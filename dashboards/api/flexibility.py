"""Flexibility of fleets: what they could move at each quarter-hour of a day, by source, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from dashboards.workspace import Workspace
from twin.response.outlook_stored import ON_THE_DAY, SIMILAR_DAYS
from weather.errors import TwinError

OutlookName = Annotated[
    str,
    Path(description="Name of an outlook, with its folder: `examples/lingang_300`.", max_length=200),
]


class OutlookEntry(BaseModel):
    """An outlook in the list."""

    name: str
    title: str
    title_zh: str
    project: str = Field(description="File of the project, without its ending.")
    day: str = Field(description="ISO 8601.")
    participants: int


class OutlookList(BaseModel):
    """Outlooks that `twin outlook` made in this workspace, and those that come with the package."""

    outlooks: list[OutlookEntry]


class Reached(BaseModel):
    """What the fleet reaches with a probability."""

    probability: float = Field(description="-")
    day_kw: list[float] = Field(description="On the day as it was marched, kW.")
    similar_days_kw: list[float] | None = Field(
        description="Over similar days before it, kW; null where there are too few."
    )


class Movable(BaseModel):
    """One direction; a value for each quarter-hour."""

    total_kw: list[float] = Field(description="Of all buildings, kW.")
    sources_kw: dict[str, list[float]] = Field(description="The same by source, kW.")
    alone_kw: dict[str, list[float]] = Field(description="What each source could do by itself, kW.")
    mean_by_building_kw: list[float] = Field(description="Mean of each building over the day, kW.")
    kept_battery_kw: list[float] | None = Field(
        description="What batteries kept full for it would add, kW; null for more import."
    )
    reached: list[Reached]


class FleetFlexibility(BaseModel):
    """What a fleet could move over a day."""

    name: str
    title: str
    title_zh: str
    project: str = Field(description="File of the project, without its ending.")
    day: str = Field(description="ISO 8601.")
    past_days: list[str] = Field(description="Similar days before it, ISO 8601.")
    participants: int
    names: list[str] = Field(description="Of the buildings.")
    minutes: int = Field(description="How long the change lasts, min.")
    scenario: str = Field(description="How participants behave.")
    times: list[str] = Field(description="Begin of each quarter-hour, ISO 8601.")
    baseline_kw: list[float] = Field(description="Import of the fleet without a call, kW.")
    down: Movable = Field(description="Less import (peak shaving).")
    up: Movable = Field(description="More import (valley filling).")
    assumptions: list[dict[str, Any]] = Field(description="What nobody measured and moves the figures.")


def flexibility_routes(workspace: Workspace) -> APIRouter:
    """The routes of flexibility."""
    routes = APIRouter(prefix="/flexibility", tags=["flexibility"])

    @routes.get("")
    def list_outlooks() -> OutlookList:
        """The outlooks."""
        keys = ("title", "title_zh", "project", "day", "participants")
        return OutlookList(
            outlooks=[
                OutlookEntry(name=name, **{key: told[key] for key in keys})
                for name, told in workspace.outlooks.listed()
            ]
        )

    @routes.get("/{name:path}")
    def read(
        name: OutlookName,
        minutes: Annotated[Literal["15", "60", "120"], Query(description="How long it lasts, min.")] = "60",
        scenario: Annotated[
            Literal["reliable", "usual", "unreliable"], Query(description="How participants behave.")
        ] = "usual",
    ) -> FleetFlexibility:
        """One of them, for one time that it lasts and one behaviour."""
        told = workspace.outlooks.open(name)
        if scenario not in told["down"][minutes]["sure_kw"]:
            raise TwinError(f"there is no scenario {scenario!r} in it.", "Make the outlook again.")
        keys = ("title", "title_zh", "project", "day", "past_days", "participants", "names")
        series = ("times", "baseline_kw", "assumptions")
        return FleetFlexibility(
            name=name,
            minutes=int(minutes),
            scenario=scenario,
            down=_movable(told, "down", minutes, scenario),
            up=_movable(told, "up", minutes, scenario),
            **{key: told[key] for key in (*keys, *series)},
        )

    return routes


def _movable(told: Mapping[str, Any], way: str, minutes: str, scenario: str) -> Movable:
    own = told[way][minutes]
    sure = own["sure_kw"][scenario]
    past = sure[SIMILAR_DAYS] or [None] * len(sure[ON_THE_DAY])
    rows = zip(told["probabilities"], sure[ON_THE_DAY], past, strict=True)
    return Movable(
        total_kw=own["total_kw"],
        sources_kw=own["sources_kw"],
        alone_kw=own["alone_kw"],
        mean_by_building_kw=own["mean_by_building_kw"],
        kept_battery_kw=own.get("kept_battery_kw"),
        reached=[
            Reached(probability=share, day_kw=now, similar_days_kw=before) for share, now, before in rows
        ],
    )
