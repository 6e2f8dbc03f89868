"""A building of a project, opened once while its file stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import read_project
from buildings.description.schema import Building, Project
from dashboards.visit import Visit
from twin.commands.describe import Described, describe_loaded
from twin.project import Loaded, climate_of
from twin.report.shape.faces import Solid, solid_of
from twin.workshop.shelf import Shelf, example_path
from weather.errors import TwinError

_BUNDLED = "examples/"


@dataclass(frozen=True)
class Opened:
    """What the page shows of one building.

    Attributes
    ----------
    name : str
        Of the project, as the page lists it.
    names : tuple of str
        Of all buildings of the project.
    project : Project
    building : Building
        As written.
    whole : CompleteBuilding
        With nothing left open.
    solid : Solid
    """

    name: str
    names: tuple[str, ...]
    project: Project
    building: Building
    whole: CompleteBuilding
    solid: Solid


def opened(visit: Visit, name: str, building: str) -> Opened:
    """Open a building; the first of the project where none of that name is there.

    Raises
    ------
    TwinError
        No such project, one that is not the reader's, or what is wrong with it.
    """
    path = _path(visit, name)
    project = _project(path, path.stat().st_mtime_ns)
    if not name.startswith(_BUNDLED) and not visit.user.may_see(project.name):
        raise TwinError(f"there is no project called {name[:60]!r} here.", "Choose one of the list.")
    return _opened(path, path.stat().st_mtime_ns, name, building)


def _path(visit: Visit, name: str) -> Path:
    if name.startswith(_BUNDLED):
        return example_path(name.removeprefix(_BUNDLED))
    return Shelf(visit.workspace.projects).path(name)


@lru_cache(maxsize=8)
def _project(path: Path, _: int) -> Project:
    return read_project(path)


@lru_cache(maxsize=16)
def _opened(path: Path, version: int, name: str, building: str) -> Opened:
    project = _project(path, version)
    names = tuple(one.name for one in project.buildings)
    one = project.buildings[names.index(building) if building in names else 0]
    whole = complete(one, calendar=project.calendar)
    return Opened(name, names, project, one, whole, solid_of(one, whole))


def described(visit: Visit, seen: Opened) -> Described:
    """What `twin describe` tells of one building, its plant sized; takes a second or two the first time."""
    path = _path(visit, seen.name)
    return _described(path, path.stat().st_mtime_ns, seen.building.name)


@lru_cache(maxsize=8)
def _described(path: Path, version: int, building: str) -> Described:
    project = _project(path, version)
    one = next(b for b in project.buildings if b.name == building)
    alone = project.model_copy(update={"buildings": (one,), "shared": None, "event": None, "faults": ()})
    weather = project.weather
    beside = path.parent / weather
    source = str(beside) if weather.lower().endswith(".epw") or beside.is_file() else weather
    return describe_loaded(Loaded(alone, climate_of(project, source), path))
