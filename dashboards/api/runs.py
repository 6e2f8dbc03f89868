"""Runs: the list, what the judges said, points of series, and taking one away."""

from __future__ import annotations

import math
import shutil
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from dashboards.api.words import DeclinedError, Limit, RunName, Skip
from dashboards.workspace import Workspace
from twin.report.columns import column
from twin.report.reading import step_hours
from twin.store import Run

MOST_POINTS = 40_000
MOST_COLUMNS = 20
Floats = NDArray[np.float64]


class RunEntry(BaseModel):
    """A Run in the list."""

    name: str = Field(description="With its folder.")
    title: str
    title_zh: str
    made: str = Field(description="Day on which it was marched (ISO 8601); empty where it cannot be read.")


class RunList(BaseModel):
    """Runs that who asks may see."""

    runs: list[RunEntry]
    total: int = Field(description="Entries of the whole list.")


class RunSummary(BaseModel):
    """What a Run came from and what it sums up to."""

    name: str
    title: str
    title_zh: str
    engine: str = Field(description="fast or energyplus.")
    seed: int = Field(description="Of the generated weather year.")
    created: str = Field(description="ISO 8601.")
    total: dict[str, Any] = Field(
        description="Sums of the year over all buildings; the unit stands in each name (kwh, kg, cny, m2)."
    )
    buildings: dict[str, Any] = Field(description="The same for each building.")
    residuals: dict[str, Any] = Field(
        description="Of each balance: largest residual in the unit of its name, and relative, -."
    )
    assumptions: list[dict[str, Any]] = Field(description="What nobody verified and moves the figures.")


class Verdicts(BaseModel):
    """What the judges said."""

    verdicts: list[dict[str, Any]] = Field(
        description="Each with value and limit in its `unit`, source of the limit, confidence, status."
    )


class Series(BaseModel):
    """One column."""

    key: str
    zh: str
    en: str
    unit: str = Field(description="Unit of the values.")
    values: list[float | None] = Field(description="null where there is none.")


class Points(BaseModel):
    """Columns between two steps, at no more points than were asked for."""

    start_s: int = Field(description="Start of the first step of the Run, s since 1970-01-01 UTC.")
    step_s: float = Field(description="Length of a step of the Run, s.")
    at: list[int] = Field(description="Step at which each point stands (its first, for means), from 0.")
    series: list[Series]


def run_routes(workspace: Workspace) -> APIRouter:
    """The routes of Runs."""
    routes = APIRouter(prefix="/runs", tags=["runs"])

    def opened(name: str) -> Run:
        (run,) = workspace.library.open([name])
        return run

    @routes.get("")
    def list_runs(limit: Limit = 100, skip: Skip = 0) -> RunList:
        """The Runs."""
        entries, _ = workspace.library.listed()
        shown = [
            RunEntry(name=e.name, title=e.title, title_zh=e.title_zh, made=e.made)
            for e in entries[skip : skip + limit]
        ]
        return RunList(runs=shown, total=len(entries))

    @routes.get("/{name:path}/verdicts")
    def verdicts(name: RunName) -> Verdicts:
        """What the judges said of a Run."""
        return Verdicts(verdicts=_finite(opened(name).summary.get("verdicts", [])))

    @routes.get("/{name:path}/points")
    def points(
        name: RunName,
        column: Annotated[
            list[str],
            Query(description="Keys such as office/pv_kw.", min_length=1, max_length=MOST_COLUMNS),
        ],
        first: Annotated[int, Query(description="First step.", ge=0, le=10_000_000)] = 0,
        last: Annotated[
            int | None, Query(description="Step behind the last one; default the end.", ge=1, le=10_000_000)
        ] = None,
        most: Annotated[int, Query(description="Most points of each column.", ge=2, le=MOST_POINTS)] = 2000,
        way: Annotated[
            Literal["minmax", "mean"],
            Query(description="What stands for several steps: lowest and highest of them, or their mean."),
        ] = "minmax",
    ) -> Points:
        """Columns between two steps, thinned out where there are more steps than points."""
        return _points(opened(name), column, first, last, most, way)

    @routes.get("/{name:path}")
    def summary(name: RunName) -> RunSummary:
        """What a Run came from and what it sums up to."""
        run = opened(name)
        told = {key: run.manifest[key] for key in ("engine", "seed", "created")}
        title = str(run.manifest.get("title") or name)
        parts = {
            "total": run.summary.get("total", {}),
            "buildings": run.summary.get("buildings", {}),
            "residuals": run.summary.get("residuals", {}),
            "assumptions": run.summary.get("assumptions", []),
        }
        zh = str(run.manifest.get("title_zh") or title)
        return RunSummary(name=name, title=title, title_zh=zh, **told, **_finite(parts))

    @routes.delete("/{name:path}", status_code=204)
    def remove(name: RunName) -> Response:
        """Take a Run away; bundled ones stay."""
        run = opened(name)
        if name.startswith(f"{workspace.library.BUNDLED}/") or run.path is None:
            raise DeclinedError(409, "Bundled Runs stay.", "随软件提供的运行结果不能删除。")
        # Out of the list in one move: what is left if we are killed now is no Run.
        gone = run.path.with_name(f".removed-{run.path.name}")
        shutil.rmtree(gone, ignore_errors=True)
        run.path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        return Response(status_code=204)

    return routes


def _points(run: Run, keys: list[str], first: int, last: int | None, most: int, way: str) -> Points:
    found = [column(run, key) for key in keys]
    count = len(run.weather.index)
    stop = count if last is None else min(last, count)
    if first >= stop:
        raise DeclinedError(
            422,
            f"No step lies between {first} and {stop}; the Run has {count}.",
            f"{first} 与 {stop} 之间没有时间步；该运行结果共有 {count} 步。",
        )
    span = stop - first
    at: NDArray[np.int64] = np.arange(first, stop)
    values = [v[first:stop] for _, v in found]
    if span > most:
        thin = _means if way == "mean" else _extremes
        at, values = thin(values, first, most)
    return Points(
        start_s=int(run.weather.index[0].timestamp()),
        step_s=3600.0 * step_hours(run.weather),
        at=at.tolist(),
        series=[
            Series(key=key, zh=variable.zh, en=variable.en, unit=variable.unit, values=_numbers(part))
            for key, (variable, _), part in zip(keys, found, values, strict=True)
        ],
    )


def _parts(span: int, count: int) -> NDArray[np.int64]:
    """Where each of so many parts of about one length begins."""
    return (np.arange(count, dtype=np.int64) * span) // count


def _means(values: list[Floats], first: int, most: int) -> tuple[NDArray[np.int64], list[Floats]]:
    """The mean of each part, without steps that have no value."""
    span = len(values[0])
    begin = _parts(span, most)
    found = []
    for column_ in values:
        there = np.isfinite(column_)
        total = np.add.reduceat(np.where(there, column_, 0.0), begin)
        count = np.add.reduceat(there.astype(float), begin)
        found.append(np.divide(total, count, out=np.full(most, np.nan), where=count > 0))
    return first + begin, found


def _extremes(values: list[Floats], first: int, most: int) -> tuple[NDArray[np.int64], list[Floats]]:
    """Lowest and highest of each part, one after the other, on the part's first and second half."""
    span, parts = len(values[0]), most // 2
    begin = _parts(span, parts)
    middle = begin + np.maximum(1, np.diff(np.append(begin, span)) // 2)
    at = np.stack([begin, np.minimum(middle, span - 1)], axis=1).ravel()
    found = []
    for column_ in values:
        low = np.fmin.reduceat(column_, begin)
        high = np.fmax.reduceat(column_, begin)
        found.append(np.stack([low, high], axis=1).ravel())
    return first + at, found


def _numbers(values: Floats) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _finite(content: Any) -> Any:
    """The same with null where a figure is not finite, which JSON cannot tell."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
