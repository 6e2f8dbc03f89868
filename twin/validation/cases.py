"""The BESTEST cases as projects, and all of them as one project that marches in one batch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import as_file, files

from buildings.description.loading import read_project
from buildings.description.schema import Project
from weather.errors import TwinError

ROOM, SUNSPACE = "room", "sunspace"
"""Names of the zones: the one that is conditioned, and the one in front of it in case 960."""
_SHARED = ("year", "calendar", "timestep", "site", "weather", "tariff", "event")


@cache
def case_names() -> tuple[str, ...]:
    """Names of all cases (`195` to `995`, `600FF`), by number, free float after the conditioned one."""
    folder = files("twin.validation").joinpath("bestest")
    found = (re.fullmatch(r"case_(\d+)(FF)?\.yaml", entry.name) for entry in folder.iterdir())
    named = sorted((int(match[1]), match[2] or "") for match in found if match is not None)
    return tuple(f"{number}{tail}" for number, tail in named)


def chosen_cases(text: str | None) -> tuple[str, ...]:
    """The cases of a comma-separated list, in the order of `case_names`; all without a list.

    Raises
    ------
    TwinError
        A case that is not there.
    """
    names = case_names()
    if text is None:
        return names
    asked = [part.strip().upper() for part in text.split(",") if part.strip()]
    for name in asked:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3, cutoff=0.3)
            hint = f"Near to it are {', '.join(near)}." if near else f"Use some of {', '.join(names)}."
            raise TwinError(f"'{name[:20]}' is no case of BESTEST.", hint, key="--cases")
    if not asked:
        raise TwinError("no case is named.", "Give for example --cases 600,900FF.", key="--cases")
    return tuple(name for name in names if name in asked)


def read_cases(names: Iterable[str]) -> dict[str, Project]:
    """Read the project files of cases by name."""
    with as_file(files("twin.validation").joinpath("bestest")) as folder:
        return {name: read_project(folder / f"case_{name}.yaml") for name in names}


def as_one_project(cases: Mapping[str, Project]) -> Project:
    """One project with a building for each case, named like the case.

    Raises
    ------
    ValueError
        Cases that do not share site, year or step: they cannot march together.
    """
    first = next(iter(cases.values()))
    for name, project in cases.items():
        apart = [key for key in _SHARED if getattr(project, key) != getattr(first, key)]
        if apart or len(project.buildings) != 1:
            raise ValueError(f"case {name} differs from the others in {apart or 'its buildings'}")
    buildings = tuple(p.buildings[0].model_copy(update={"name": name}) for name, p in cases.items())
    return first.model_copy(
        update={"name": "BESTEST", "description": "All cases, one building each", "buildings": buildings}
    )
