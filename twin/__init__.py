"""PEDF Twin: describe a building, prepare its physics, march it through a year, judge it, show it.

The five verbs are here for Python users; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildings.description.describe import describe
    from buildings.description.loading import parse_project, project_text, read_project
    from twin.clock import march
    from twin.judges import judge
    from twin.outcome import run_of
    from twin.plant import Plant, prepare
    from twin.project import load, simulate
    from twin.report.page import write_page
    from twin.store import Run, RunStore, open_run
    from weather import load_weather
    from weather.errors import TwinError

_ROOM = {
    "Plant": "twin.plant",
    "Run": "twin.store",
    "RunStore": "twin.store",
    "TwinError": "weather.errors",
    "describe": "buildings.description.describe",
    "judge": "twin.judges",
    "load": "twin.project",
    "load_weather": "weather",
    "march": "twin.clock",
    "open_run": "twin.store",
    "parse_project": "buildings.description.loading",
    "prepare": "twin.plant",
    "project_text": "buildings.description.loading",
    "read_project": "buildings.description.loading",
    "run_of": "twin.outcome",
    "simulate": "twin.project",
    "write_page": "twin.report.page",
}

__all__ = [
    "Plant",
    "Run",
    "RunStore",
    "TwinError",
    "describe",
    "judge",
    "load",
    "load_weather",
    "march",
    "open_run",
    "parse_project",
    "prepare",
    "project_text",
    "read_project",
    "run_of",
    "simulate",
    "write_page",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'twin' has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOM[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
