"""Single series of a Run for the browser: what there is, and columns as little-endian float32.

Numbers of a year at 15 min are 140 kB a column this way; as JSON they would be five times that and the
browser would have to read them.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from dashboards.api.words import RunName
from dashboards.workspace import Workspace
from twin.report.columns import column, columns_of
from twin.report.reading import step_hours
from twin.report.weeks import extreme_days, extreme_month
from twin.store import Run

MOST = 64
"""Columns in one answer: 9 MB of a year at 15 min."""


def series_routes(workspace: Workspace) -> APIRouter:
    """The routes of series, for the REST interface.

    Parameters
    ----------
    workspace : Workspace
    """
    routes = APIRouter(prefix="/runs", tags=["runs"])

    @routes.get(
        "/{name:path}/series",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def series(name: RunName, column: Annotated[list[str], Query(min_length=1, max_length=MOST)]) -> Response:
        """Columns one after another, each as little-endian float32; NaN where there is none."""
        (run,) = workspace.library.open([name])
        return Response(packed(run, column), media_type="application/octet-stream")

    @routes.get("/{name:path}/columns")
    def columns(name: RunName) -> Response:
        """Buildings, zones and variables of a Run, its clock, and its hottest and coldest spans."""
        (run,) = workspace.library.open([name])
        return JSONResponse(described(run))

    return routes


def packed(run: Run, keys: list[str]) -> bytes:
    """Columns one after another.

    Parameters
    ----------
    run : Run
    keys : list of str
        See `twin.report.columns`.

    Returns
    -------
    bytes
        4 n bytes for each of them.

    Raises
    ------
    TwinError
        No such column.
    """
    return b"".join(np.asarray(column(run, key)[1], "<f4").tobytes() for key in keys)


def described(run: Run) -> dict[str, Any]:
    """What a Run holds, as plain data; stamps are starts of steps."""
    held, times = columns_of(run), run.weather.index
    first = times[0]
    spans = {
        "day": [extreme_days(run.weather, 1, hottest=hot) for hot in (True, False)],
        "week": [extreme_days(run.weather, 7, hottest=hot) for hot in (True, False)],
        "month": [extreme_month(run.weather, hottest=hot) for hot in (True, False)],
    }
    return {
        "buildings": {name: list(names) for name, names in held.buildings.items()},
        "zones": {name: list(zones) for name, zones in held.zones.items()},
        "zone_variables": list(held.of_zones),
        "weather": list(held.weather),
        "start_s": int(first.timestamp()),
        "offset_s": int(first.utcoffset().total_seconds()),
        "step_s": round(3600.0 * step_hours(run.weather)),
        "steps": len(times),
        "engine": run.manifest["engine"],
        "version": run.manifest["created"],
        "extremes": {
            name: {key: [span.start, span.stop] for key, span in zip(("hot", "cold"), both, strict=True)}
            for name, both in spans.items()
        },
    }
