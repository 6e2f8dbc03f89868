"""The main job in one call: a project file becomes a judged Run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildings.description.loading import read_project
from buildings.description.schema import Project
from twin.clock import Progress, march
from twin.judges import judge
from twin.outcome import model_assumptions, run_of
from twin.plant import prepare
from twin.store import Run
from weather.climate_year import ClimateYear
from weather.errors import TwinError


@dataclass(frozen=True)
class Loaded:
    """A project with the climate year that it is to live through."""

    project: Project
    climate: ClimateYear
    path: Path | None = None


def load(path: str | Path, *, weather: str | None = None, seed: int | None = None) -> Loaded:
    """Read a project and its weather.

    Parameters
    ----------
    path : path-like
        Project file.
    weather : str, optional
        Instead of the project's weather: `shanghai`, an EPW file, `pvgis:LAT,LON` or `nasa:LAT,LON`.
    seed : int, optional
        Instead of the project's `weather_seed`.

    Raises
    ------
    TwinError
        See `read_project` and `weather.load_weather`.
    """
    from weather import load_weather

    path = Path(path)
    project = read_project(path)
    if seed is not None:
        project = project.model_copy(update={"weather_seed": seed})
    name = weather if weather is not None else _beside(project.weather, path)
    if weather is not None:
        project = project.model_copy(update={"weather": weather})
    climate = load_weather(name, seed=project.weather_seed, year=project.year)
    return Loaded(project, climate, path)


def _beside(name: str, project: Path) -> str:
    """A weather file is named relative to its project."""
    beside = project.parent / name
    return str(beside) if name.lower().endswith(".epw") and beside.exists() else name


def simulate(loaded: Loaded, *, reference: Run | None = None, progress: Progress | None = None) -> Run:
    """Prepare, march and judge.

    Parameters
    ----------
    loaded : Loaded
    reference : Run, optional
        The same project without its call; lets the judge measure the response against the truth.
    progress : callable, optional
        Called with the share of the march that is done.

    Returns
    -------
    Run
        Judged, not stored.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    if loaded.project.event is not None and len(loaded.project.buildings) > 1:
        raise TwinError(
            "a call is marched for one building at a time.",
            "Give the project one building, or leave out the event.",
            key="event",
        )
    plant = prepare(loaded.project, loaded.climate)
    outcome = march(plant, progress)
    run = run_of(plant, outcome)
    judged = judge(run, reference=reference)
    judged["assumptions"] = [*judged["assumptions"], *model_assumptions(plant)]
    run.summary = {**run.summary, **judged}
    return run
