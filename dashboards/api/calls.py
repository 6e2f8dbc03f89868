"""Operated calls of demand response: what was called, how the day went, and the inside of its buildings."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from dashboards.calls import call_of, calls
from dashboards.workspace import Workspace
from twin.response.folder import read_response
from twin.response.operated import RESULT
from twin.response.ranking import ranking
from twin.response.rows import FEEDER, STATES, read_rows
from weather.errors import TwinError

CallName = Annotated[str, Path(description="Name of an operated call.", max_length=200)]


class CallEntry(BaseModel):
    """A call in the list."""

    name: str
    over: bool = Field(description="Whether the day is over and settled.")


class CallList(BaseModel):
    """The calls of the workspace and those that come with the package."""

    calls: list[CallEntry]


class CallTold(BaseModel):
    """One call."""

    name: str
    over: bool
    scene: dict[str, Any] = Field(description="Participants, call and bid; units stand in the names.")
    result: dict[str, Any] | None = Field(
        description="Figures of the settled day; units stand in the names; null while it goes on."
    )


class Participant(BaseModel):
    """The inside of a building over some steps of a call's day."""

    participant: str
    place: int = Field(description="In the fleet, from 0.")
    has: dict[str, Any] = Field(
        description="Nominal voltage of its DC bus (bus_v, null on AC), loads that hang on it, ratings of "
        "interface, PV, battery; chargers; whether its rooms are conditioned. Units stand in the names."
    )
    minutes: float = Field(description="Length of a row, min.")
    steps: list[int] = Field(description="Step of the moments at whose end each row stands.")
    columns: dict[str, list[float | None]] = Field(
        description="Means over each row, states (battery_soc, room_k, room_without_k) as of its end. Import "
        "positive at the meter, discharge at the battery; unheard, soc and pu are shares; units stand in the "
        "names; null where there is none."
    )


class Ranked(BaseModel):
    """A participant in the ranking."""

    rank: int
    place: int = Field(description="In the fleet, from 0.")
    participant: str
    asked_kwh: float = Field(description="What it was asked for so far, kWh.")
    delivered_kwh: float = Field(description="Against its baseline, kWh.")
    share: float = Field(description="Of both, %.")
    given_kwh: float = Field(description="Against the march without the call, kWh.")
    unheard_min: float = Field(description="Without a reading while it was asked, min.")
    worse_k: float = Field(description="Rooms beyond their set-points more than without the call, K.")


class Ranking(BaseModel):
    """Participants that were asked, those who delivered most first."""

    ranking: list[Ranked]


class FeederRows(BaseModel):
    """What each transformer of the feeder carried."""

    transformers: list[str]
    minutes: float = Field(description="Length of a row, min.")
    steps: list[int] = Field(description="Step of the moments at whose end each row stands.")
    loading: list[list[float | None]] = Field(
        description="Apparent power over rating of each transformer, by row, 1; null without a solution."
    )


FirstStep = Annotated[int, Query(description="Rows whose step is beyond it.", ge=0, le=10_000_000)]
LastStep = Annotated[int | None, Query(description="Rows up to this step; default all.", ge=0, le=10_000_000)]


def call_routes(workspace: Workspace) -> APIRouter:
    """The routes of calls."""
    routes = APIRouter(prefix="/events", tags=["events"])

    @routes.get("")
    def list_calls() -> CallList:
        """The calls."""
        return CallList(calls=[CallEntry(name=call.name, over=call.over) for call in calls(workspace)])

    @routes.get("/{name:path}/participants/{place}")
    def participant(
        name: CallName,
        place: Annotated[int, Path(description="In the fleet, from 0.", ge=0, le=1_000_000)],
        first: FirstStep = 0,
        last: LastStep = None,
    ) -> Participant:
        """The inside of one building, for its one-line diagram and curves."""
        call = call_of(workspace, name)
        scene = call.scene
        if place >= len(scene["names"]):
            raise TwinError(f"there is no participant {place} in that call.", "Choose one of its list.")
        rows = read_rows(call.folder, scene, STATES, first, last)
        entry = scene[STATES]
        return Participant(
            participant=scene["names"][place],
            place=place,
            has=scene["participants"][place],
            minutes=entry["every"] * scene["minutes"],
            steps=rows.steps.tolist(),
            columns={column: _numbers(rows.values[:, place, k]) for k, column in enumerate(entry["columns"])},
        )

    @routes.get("/{name:path}/ranking")
    def ranked(name: CallName, last: LastStep = None) -> Ranking:
        """Who delivered how much of what was asked, up to a step."""
        call = call_of(workspace, name)
        table = ranking(call.folder, call.scene, last).round(4)
        return Ranking(ranking=[Ranked.model_validate(row) for row in table.to_dict("records")])

    @routes.get("/{name:path}/feeder")
    def feeder(name: CallName, first: FirstStep = 0, last: LastStep = None) -> FeederRows:
        """Loading of each transformer; assets that a district shares are not in a call."""
        call = call_of(workspace, name)
        scene = call.scene
        rows = read_rows(call.folder, scene, FEEDER, first, last)
        return FeederRows(
            transformers=scene[FEEDER]["transformers"],
            minutes=scene[FEEDER]["every"] * scene["minutes"],
            steps=rows.steps.tolist(),
            loading=[_numbers(row) for row in rows.values],
        )

    @routes.get("/{name:path}")
    def read(name: CallName) -> CallTold:
        """One of them."""
        call = call_of(workspace, name)
        result = read_response(call.folder / RESULT)[0] if call.over else None
        return CallTold(name=name, over=call.over, scene=call.scene, result=result)

    return routes


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [round(value, 4) + 0.0 if math.isfinite(value) else None for value in values.tolist()]
