"""Operated calls of demand response: what was called, and how the day went."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from dashboards.calls import call_of, calls
from dashboards.workspace import Workspace
from twin.response.operated import RESULT

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


def call_routes(workspace: Workspace) -> APIRouter:
    """The routes of calls."""
    routes = APIRouter(prefix="/events", tags=["events"])

    @routes.get("")
    def list_calls() -> CallList:
        """The calls."""
        return CallList(calls=[CallEntry(name=call.name, over=call.over) for call in calls(workspace)])

    @routes.get("/{name:path}")
    def read(name: CallName) -> CallTold:
        """One of them."""
        call = call_of(workspace, name)
        file = call.folder / RESULT / "summary.json"
        result = json.loads(file.read_text("utf-8")) if call.over and file.is_file() else None
        return CallTold(name=name, over=call.over, scene=call.scene, result=result)

    return routes
