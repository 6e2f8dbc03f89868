"""The main job in one call: a project file becomes a judged Run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from buildings.description.loading import read_project
from buildings.description.schema import Project
from twin.progress import part_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError

if TYPE_CHECKING:  # kernels and judges are heavy: a broken file is told before they are loaded
    from twin.clock import Progress
    from twin.store import Run

Engine = Literal["fast", "energyplus"]


def engine_named(name: str) -> Engine:
    """The engine of that name.

    Raises
    ------
    TwinError
        There is none.
    """
    for known in get_args(Engine):
        if name == known:
            found: Engine = known
            return found
    raise TwinError(
        f"the engine {name!r} is not there.", f"Use one of: {', '.join(get_args(Engine))}.", key="--engine"
    )


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
    path = Path(path)
    project = read_project(path)
    if seed is not None:
        project = project.model_copy(update={"weather_seed": seed})
    if weather is None:
        with naming(path):
            return Loaded(project, climate_of(project, _beside(project.weather, path)), path)
    project = project.model_copy(update={"weather": weather})
    return Loaded(project, climate_of(project, weather), path)


def climate_of(project: Project, weather: str, seed: int | None = None) -> ClimateYear:
    """The year that a project lives through: its weather, in its quarter's heat island where one is named.

    Parameters
    ----------
    project : Project
    weather : str
        As of `weather.load_weather`.
    seed : int, optional
        Instead of the project's.
    """
    from weather import load_weather
    from weather.heat_island import with_heat_island

    climate = load_weather(weather, seed=project.weather_seed if seed is None else seed, year=project.year)
    zone = project.site.heat_island
    return climate if zone is None else with_heat_island(climate, zone)


def _beside(name: str, project: Path) -> str:
    """A weather file is named relative to its project, wherever the command runs."""
    beside = project.parent / name
    return str(beside) if name.lower().endswith(".epw") or beside.is_file() else name


def _refuse_supervised(project: Project) -> None:
    """Zones that EnergyPlus computes cannot answer to orders, so no plan is marched with them."""
    from controllers.codes import SUPERVISED

    for i, building in enumerate(project.buildings):
        control = building.control
        if control.type in SUPERVISED or control.target is not None:
            raise TwinError(
                f"{building.name} is under {control.type} control"
                + (" with a grid target" if control.target is not None else "")
                + ", which needs zones that react.",
                "Use the fast engine, or control type fixed, rules or droop without a target.",
                key=f"buildings[{i}].control",
            )


@contextmanager
def naming(path: Path | None) -> Iterator[None]:
    """Add the project's file to errors without one: rooms that prepare and march do not know it."""
    try:
        yield
    except TwinError as error:
        if error.file is not None or path is None:
            raise
        raise error.at(file=path, key=error.key, line=error.line) from error


def simulate(
    loaded: Loaded,
    *,
    reference: Run | None = None,
    progress: Progress | None = None,
    engine: Engine = "fast",
    change: Callable[[Project], Project] | None = None,
    ranges: bool = True,
) -> Run:
    """Prepare, march and judge; under the draws of its posterior too, where the project names one.

    Parameters
    ----------
    loaded : Loaded
    reference : Run, optional
        The same project without its call; lets the judge measure the response against the truth.
    progress : callable, optional
        Called with the share of the march that is done.
    engine : {"fast", "energyplus"}
        Who computes the zones; systems are ours in both. A posterior is that of the fast engine, so a Run of
        EnergyPlus has no ranges.
    change : callable, optional
        What becomes of the project, such as a package of measures; applied to each draw alike.
    ranges : bool
        False marches no draws.

    Returns
    -------
    Run
        Judged, not stored.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.clock import march
    from twin.judges import judge
    from twin.model_assumptions import model_assumptions
    from twin.outcome import run_of
    from twin.plant import prepare
    from twin.supervision import supervisors_of
    from twin.wear import refuse_worn

    source = loaded
    with naming(loaded.path):
        posterior = None
        if ranges and engine == "fast" and source.project.posterior is not None:
            from twin.calibration.posterior import posterior_of

            posterior = posterior_of(source.project, source.path)
        if change is not None:
            changed = change(source.project).model_copy(update={"posterior": None})
            loaded = replace(source, project=changed)
        if loaded.project.event is not None and len(loaded.project.buildings) > 1:
            raise TwinError(
                "a call is marched for one building at a time.",
                "Give the project one building, or leave out the event.",
                key="event",
            )
        if engine == "energyplus":
            refuse_worn(loaded.project, "EnergyPlus", "EnergyPlus ")
            _refuse_supervised(loaded.project)
        plant = prepare(loaded.project, loaded.climate)
        folder = loaded.path.parent if loaded.path is not None else None
        assumed: list[dict[str, Any]] = []
        if engine == "energyplus":
            from twin.energyplus_run import energyplus_run

            run, assumed = energyplus_run(plant, progress)
        else:
            own = part_of(progress, 0.0, 1.0 if posterior is None else _OWN_SHARE)
            run = run_of(plant, march(plant, own, supervisors_of(plant, folder)))
    judged = judge(run, reference=reference)
    judged["assumptions"] = [*judged["assumptions"], *model_assumptions(plant), *assumed]
    run.summary = {**run.summary, **judged}
    if posterior is not None:
        from twin.calibration.drawn_years import drawn_years
        from twin.calibration.ranges import carry, range_data

        with naming(source.path):
            drawn = [one if change is None else change(one) for one in posterior.projects(source.project)]
            together = int(range_data()["together"]["value"])
            later = part_of(progress, _OWN_SHARE, 1.0)
            years = drawn_years(drawn, source.climate, folder, together, later)
            carry(run, years, posterior.form_error, source.project.weather_seed)
    elif source.project.posterior is not None:
        judged["assumptions"].append(_NO_RANGES)
    return run


_OWN_SHARE = 0.2
"""Share of the progress that the march of the project itself takes beside those of its draws."""
_NO_RANGES = {
    "key": "posterior.not_carried",
    "zh": "本次结果为点估计：未计入校准后验的不确定性。",
    "en": "These figures are points: the uncertainty of the calibration is not carried.",
    "value": None,
    "unit": "-",
    "source": "twin calibrate",
    "confidence": "assumed",
    "source_zh": "twin calibrate",
}
