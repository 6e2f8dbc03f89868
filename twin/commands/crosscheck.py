"""`twin crosscheck`: the fast engine against EnergyPlus on the same description, with verdicts."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from buildings.energyplus.dictionary import require_engine
from twin.commands.console import table_console
from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
from twin.crosscheck.comparison import Compared, Comparison
from twin.crosscheck.engines import Pair, crosscheck
from twin.crosscheck.measures import LoadMeasures, TemperatureMeasures
from twin.crosscheck.stored import FILE, SCHEMA, hourly_of
from twin.crosscheck.targets import Judged, load_targets
from twin.crosscheck.words import value_text
from twin.progress import Progress, parts_of
from twin.project import load
from twin.report.frame import write_whole
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_MARK = {"pass": "  ", "fail": " ✗", "not_judged": " ·"}


@dataclass(frozen=True)
class Checked:
    """One project under both engines."""

    name: str
    name_zh: str
    climate: ClimateYear
    done: tuple[tuple[Pair, Comparison], ...]


@dataclass(frozen=True)
class Crosschecked:
    """All projects that were asked for, and the page where one was written."""

    projects: tuple[Checked, ...]
    refused: tuple[tuple[str, TwinError], ...]
    page: Path | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: every measure and verdict, whole buildings and zones."""
        targets = load_targets()
        return {
            "targets": {
                "source": targets.source,
                "year": targets.year,
                "confidence": targets.confidence,
                "negligible_kwh_m2": targets.negligible,
                "limits": {key: asdict(target) for key, target in targets.by_key.items()},
            },
            "results": [
                _building_dict(project, pair, one) for project in self.projects for pair, one in project.done
            ],
            "refused": [{"project": name, "what": e.what, "remedy": e.remedy} for name, e in self.refused],
            "page": str(self.page) if self.page else None,
        }

    def show(self) -> None:
        """The table of buildings with the failures in it; of a single project also its zones."""
        console = table_console()
        buildings = [(project.name, pair, one) for project in self.projects for pair, one in project.done]
        _show_buildings(console, buildings)
        if len(self.projects) == 1:
            for _, _, one in buildings:
                _show_zones(console, one)
        for name, error in self.refused:
            console.print(f"{name}: not compared: {error}", markup=False, soft_wrap=True)
        said = [one.whole.verdict for _, _, one in buildings]
        zones = [zone.verdict for _, _, one in buildings for zone in one.zones]
        console.print(
            f"{said.count('pass')} of {len(said)} buildings and {zones.count('pass')} of {len(zones)} zones "
            "within all targets; ✗ outside, · not judged (load negligible)."
        )
        targets = load_targets()
        console.print(f"Targets: {targets.source}.", markup=False, soft_wrap=True)
        if self.page is not None:
            console.print(f"Page  {self.page.resolve()}", soft_wrap=True, markup=False)


def crosscheck_projects(
    project: Path | None,
    *,
    every: bool,
    weather: str | None,
    free_float: bool,
    page: Path | None,
    out: Path | None = None,
    progress: Progress,
) -> Crosschecked:
    """Crosscheck one project, or every bundled one.

    Parameters
    ----------
    project : Path or None
    every : bool
        All bundled projects instead; one that an engine refuses is told and does not stop the others.
    weather : str, optional
        Instead of the projects' weather.
    free_float : bool
        Also a year without plant.
    page : Path, optional
        HTML file to write, for one project.
    out : Path, optional
        Folder for `crosscheck.json`, which pages show; for one project.
    progress : callable
        Called with the share done.

    Raises
    ------
    TwinError
        Neither or both of project and `--all`, a page for several, or a project that cannot be used.
    """
    _check(project, every=every, page=page, out=out)
    require_engine()
    refuse_unwritable_page(page)
    refuse_unwritable(out, "--out")
    checked: list[Checked] = []
    refused: list[tuple[str, TwinError]] = []
    with _chosen(project) as paths:
        for path, part in zip(paths, parts_of(progress, len(paths)), strict=True):
            try:
                checked.append(_check_one(path, weather, free_float, part))
            except TwinError as error:
                if not every:
                    raise
                refused.append((path.stem, error))
    written = None
    if page is not None:
        from twin.crosscheck.page import write_crosscheck_page  # plotly is heavy, and most runs write no page

        one = checked[0]
        written = write_crosscheck_page(one.done, one.name, one.climate, page)
    done = Crosschecked(tuple(checked), tuple(refused), written)
    if out is not None:
        _store(done, out)
    return done


def _store(done: Crosschecked, out: Path) -> None:
    """Write what pages show, whole or not at all."""
    (one,) = done.projects
    told = done.as_dict()
    for result, (_, compared) in zip(told["results"], one.done, strict=True):
        result["hourly"] = hourly_of(compared)
    content = {
        "schema": SCHEMA,
        "title": one.name,
        "title_zh": one.name_zh,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"pedf-twin": importlib.metadata.version("pedf-twin")},
        **{key: value for key, value in told.items() if key != "page"},
    }
    write_whole(json.dumps(content, ensure_ascii=False, allow_nan=False), out / FILE)


def _check(project: Path | None, *, every: bool, page: Path | None, out: Path | None) -> None:
    if (project is None) != every:
        raise TwinError(
            "a crosscheck needs one project file or --all."
            if project is None
            else "both a project file and --all were given.",
            "Name a project file, or write --all for the bundled buildings.",
            key="PROJECT",
        )
    for option, given in (("--page", page), ("--out", out)):
        if every and given is not None:
            raise TwinError(
                f"{option} shows one project.",
                f"Leave --all or {option} out; use --json for all.",
                key=option,
            )


@contextmanager
def _chosen(project: Path | None) -> Iterator[list[Path]]:
    """The project, or all bundled ones as files."""
    if project is not None:
        yield [project]
        return
    with as_file(files("twin") / "examples" / "crosscheck") as folder:
        yield sorted(folder.glob("*.yaml"))


def _check_one(path: Path, weather: str | None, free_float: bool, progress: Progress) -> Checked:
    loaded = load(path, weather=weather)
    try:
        done = crosscheck(loaded.project, loaded.climate, free_float=free_float, progress=progress)
    except TwinError as error:
        if error.file is not None:
            raise
        raise error.at(file=path, key=error.key, line=error.line) from error
    project = loaded.project
    return Checked(project.name, project.name_zh or project.name, loaded.climate, tuple(done))


# --- JSON ------------------------------------------------------------------------------------------------


def _building_dict(project: Checked, pair: Pair, one: Comparison) -> dict[str, Any]:
    ours, reference = pair.cpu_s
    return {
        "project": project.name,
        "weather": project.climate.name,
        "building": _compared_dict(one.whole),
        "zones": [_compared_dict(zone) for zone in one.zones],
        "cpu_s": {"fast": ours, "energyplus": reference},
        "warnings": list(pair.warnings),
    }


def _compared_dict(shown: Compared) -> dict[str, Any]:
    return {
        "name": shown.name,
        "floor_area_m2": shown.area,
        "verdict": shown.verdict,
        "loads": {kind: _load_dict(found) for kind, found in shown.loads.items()},
        "temperature": _temperature_dict(shown.temperature),
        "free_float": _temperature_dict(shown.free_float) if shown.free_float is not None else None,
        "judged": [asdict(said) for said in shown.judged],
    }


def _load_dict(found: LoadMeasures) -> dict[str, Any]:
    return {
        "annual_kwh_m2": {"fast": found.annual, "energyplus": found.reference_annual},
        "annual_difference_percent": found.annual_difference,
        "monthly_kwh_m2": {"fast": list(found.monthly), "energyplus": list(found.reference_monthly)},
        "peak_w_m2": {"fast": found.peak, "energyplus": found.reference_peak},
        "peak_hour": {"fast": _iso(found.peak_hour), "energyplus": _iso(found.reference_peak_hour)},
        "peak_difference_percent": found.peak_difference,
        "rmse_w_m2": found.rmse,
        "nmbe_percent": found.nmbe,
        "cv_rmse_percent": found.cv_rmse,
        "cv_rmse_hours_with_load_percent": found.cv_rmse_running,
    }


def _temperature_dict(found: TemperatureMeasures) -> dict[str, Any]:
    return {
        "rmse_k": found.rmse,
        "bias_k": found.bias,
        "largest_k": found.largest,
        "largest_hour": _iso(found.largest_hour),
    }


def _iso(time: pd.Timestamp | None) -> str | None:
    return None if time is None else time.isoformat()


# --- terminal --------------------------------------------------------------------------------------------

_HEADS = {
    "annual_heating": "heating",
    "peak_heating": "peak",
    "cv_rmse_heating": "CV",
    "annual_cooling": "cooling",
    "peak_cooling": "peak",
    "cv_rmse_cooling": "CV",
    "annual_latent": "latent",
    "free_float": "float",
}
"""Columns in the order of the table."""


def _show_buildings(console: Console, buildings: Sequence[tuple[str, Pair, Comparison]]) -> None:
    table = _table(
        "whole buildings: fast engine less EnergyPlus, % of EnergyPlus; float: RMSE in K", "project"
    )
    table.add_column("EnergyPlus\nheat/cool/latent\nkWh/m2", justify="right", no_wrap=True)
    for key, head in _HEADS.items():
        hours = "\nall hours/\nwith load" if key.startswith("cv_") else ""
        table.add_column(head + hours, justify="right", no_wrap=True)
    table.add_column("zones\ninside", justify="right", no_wrap=True)
    for name, _, one in buildings:
        inside = sum(zone.verdict == "pass" for zone in one.zones)
        table.add_row(name, _years(one.whole), *_cells(one.whole), f"{inside}/{len(one.zones)}")
    console.print(table)


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold")
    return table


def _years(shown: Compared) -> str:
    return "/".join(f"{load.reference_annual:.1f}" for load in shown.loads.values()) or "—"


def _show_zones(console: Console, one: Comparison) -> None:
    table = _table(f"zones of {one.building.name}", "zone")
    table.add_column("EnergyPlus\nheat/cool/latent\nkWh/m2", justify="right", no_wrap=True)
    shown = [key for key in _HEADS if not key.startswith("cv_")]
    for key in shown:
        table.add_column(_HEADS[key], justify="right")
    table.add_column("RMSE W/m2\nheat/cool", justify="right")
    for zone in one.zones:
        hourly = "/".join(f"{zone.loads[kind].rmse:.2f}" for kind in ("heating", "cooling") if zone.loads)
        table.add_row(zone.name, _years(zone), *_cells(zone, shown), hourly or "—")
    console.print(table)


def _cells(shown: Compared, keys: Sequence[str] = tuple(_HEADS)) -> list[str]:
    judged: dict[str, Judged] = {said.key: said for said in shown.judged}
    cells = []
    for key in keys:
        said = judged.get(key)
        if said is None:
            cells.append("—")
            continue
        text = value_text(said).removesuffix(" %").removesuffix(" K")
        if key.startswith("cv_"):
            running = shown.loads[key.removeprefix("cv_rmse_")].cv_rmse_running
            text += "/—" if running is None else f"/{running:.1f}"
        cells.append(text + _MARK[said.verdict])
    return cells
