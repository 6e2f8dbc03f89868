"""What figures and tables read of a Run: its name, its building or the sum of its buildings, its days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from twin.market.days import step_minutes
from twin.report.style import Language, plain
from twin.store import Run, same_weather
from twin.variables import REGISTRY
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_WORDS_AND_CALL = ("event", "name", "name_zh", "description", "description_zh")
NET = "grid_net_kw"
"""Import minus export at the meter; not a stored column."""


def run_names(runs: Sequence[Run], language: Language) -> list[str]:
    """Names of Runs as their users wrote them, in a language where they did; equal ones are numbered."""
    raw = [_title(run, language) or (run.path.name if run.path else "Run") for run in runs]
    return [
        name if raw.count(name) == 1 else f"{name} ({1 + raw[:i].count(name)})" for i, name in enumerate(raw)
    ]


def _title(run: Run, language: Language) -> str:
    own = run.manifest.get("title_zh") if language == "zh" else None
    return str(own or run.manifest.get("title") or "")


def run_labels(runs: Sequence[Run], language: Language) -> list[str]:
    """`run_names`, harmless inside Plotly."""
    return [plain(name) for name in run_names(runs, language)]


def clock(table: pd.DataFrame) -> pd.DatetimeIndex:
    """Stamps as the clocks on the wall show them, without zone (Plotly knows no zones)."""
    index = table.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise TwinError("a table of the Run has no time-zone aware stamps.", "Run the project again.")
    return index.tz_localize(None)


def step_hours(table: pd.DataFrame) -> float:
    """Length of a step, h."""
    assert isinstance(table.index, pd.DatetimeIndex)
    return step_minutes(table.index) / 60.0


def axis(times: pd.DatetimeIndex) -> dict[str, Any]:
    """The x of a trace: start and step where the clock runs evenly (small files), else every stamp."""
    steps = np.diff(times.as_unit("ms").asi8)
    if len(steps) and bool((steps == steps[0]).all()):
        return {"x0": times[0].strftime("%Y-%m-%d %H:%M"), "dx": int(steps[0])}
    return {"x": times}


def small(values: Any) -> NDArray[np.float32]:
    """Values for drawing only, in half the bytes."""
    return np.asarray(values, dtype=np.float32)


def table_of(run: Run, building: str | None = None) -> pd.DataFrame:
    """The series of a building, or of all of them together.

    Parameters
    ----------
    run : Run
    building : str, optional
        Without it a Run's only building, or the sum of several; states of several buildings (charge,
        voltage) and their targets have no sum and become NaN, the price is that of the first.

    Raises
    ------
    TwinError
        If the Run has no such building.
    """
    if building is not None:
        if building not in run.series:
            raise TwinError(f"the Run has no building {building!r}.", f"It has {sorted(run.series)}.")
        return run.series[building]
    tables = list(run.series.values())
    if len(tables) == 1:
        return tables[0]
    total = tables[0].copy()
    for name in total.columns:
        known = REGISTRY["building"][name]
        if known.kind == "state" or known.may_be_absent:
            total[name] = np.nan
        elif name != "price_cny_kwh":
            total[name] = sum(table[name] for table in tables)
    return total


def net_kw(table: pd.DataFrame) -> FloatArray:
    """Import minus export at the meter, kW."""
    return np.asarray(table["grid_import_kw"].to_numpy(float) - table["grid_export_kw"].to_numpy(float))


def values_of(run: Run, name: str, building: str | None = None) -> pd.Series:
    """A variable of a building or of the weather, or the net grid power under the name `NET`.

    Raises
    ------
    TwinError
        If neither holds the variable.
    """
    table = table_of(run, building)
    if name == NET:
        return pd.Series(net_kw(table), index=table.index, name=NET)
    if name in table:
        return table[name]
    if name in run.weather:
        return run.weather[name]
    raise TwinError(f"the Run has no variable {name!r}.", "See the registry of variables.", key=name)


def facts_of(run: Run, building: str | None = None) -> list[dict[str, Any]]:
    """Facts of the building, or of all buildings, from the manifest."""
    known = run.manifest.get("buildings") or {}
    names = [building] if building is not None else list(run.series)
    missing = [name for name in names if name not in known]
    if missing:
        raise TwinError(
            f"the manifest says nothing about {', '.join(missing)}.",
            "Run the project again.",
            key="buildings",
        )
    return [known[name] for name in names]


def floor_area(run: Run, building: str | None = None) -> float:
    """Gross floor area, m2."""
    return float(sum(facts["floor_area_m2"] for facts in facts_of(run, building)))


def use_of(run: Run, building: str | None = None) -> str | None:
    """The use, where all buildings share one."""
    uses = {facts.get("use") for facts in facts_of(run, building)}
    use = uses.pop()
    return str(use) if use and not uses else None


def is_whole_year(run: Run) -> bool:
    """Whether the Run covers a calendar year."""
    table = next(iter(run.series.values()))
    return len(table) * step_hours(table) >= 8760.0 and len(set(clock(table).month)) == 12


def has(table: pd.DataFrame, *names: str) -> bool:
    """Whether any of the columns holds anything: not all NaN and not all zero."""
    return any(name in table and bool((table[name].abs() > 0).any()) for name in names)


def event_of(run: Run) -> dict[str, Any] | None:
    """The call that the Run answered."""
    event = run.manifest.get("event")
    return dict(event) if event else None


def without_call(run: Run, others: Sequence[Run]) -> Run | None:
    """The march of the same project in the same weather without the call, if it is among others.

    Projects are the same when they differ in nothing but `event`, names and descriptions.
    """
    for other in others:
        if (
            event_of(other) is None
            and list(other.series) == list(run.series)
            and same_weather(other, run)
            and _without_event(other) == _without_event(run)
        ):
            return other
    return None


def _without_event(run: Run) -> dict[str, Any]:
    project = yaml.safe_load(run.project) or {}
    return {key: value for key, value in project.items() if key not in _WORDS_AND_CALL}


def inhabited(run: Run, building: str | None = None) -> list[tuple[str, str, float]]:
    """Zones in which people ever are, as (building, zone, weight); the weight is people times multiplier."""
    found = []
    for name in [building] if building is not None else list(run.series):
        zones = run.zones.get(name)
        if zones is None:
            continue
        entries = (run.manifest.get("buildings") or {}).get(name, {}).get("zones") or {}
        for zone in zones.columns.unique(0):
            people = zones[zone, "people"].to_numpy(float)
            if people.max() > 0:
                multiplier = float(entries.get(zone, {}).get("multiplier", 1))
                found.append((name, str(zone), multiplier * float(people.mean())))
    return found
