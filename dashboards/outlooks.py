"""Outlooks of fleets: those that come with the package and those of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

from twin.response.outlook_stored import FILE, read_outlook
from weather.errors import TwinError


@lru_cache(maxsize=16)
def _read(path: Path, _: int) -> dict[str, Any]:
    """Each file once, until it changes."""
    return read_outlook(path)


class Outlooks:
    """The outlooks that a reader may see.

    Parameters
    ----------
    root : Path
        Folder of the workspace's studies; may not exist yet.
    sees : callable
        Whether the reader may see those of a project of that name; bundled ones everybody sees.
    """

    BUNDLED: ClassVar[str] = "examples"

    def __init__(self, root: Path, sees: Callable[[str], bool]) -> None:
        self.root, self._sees = root, sees

    def paths(self) -> dict[str, Path]:
        """Files by the names of their outlooks, the workspace's first, the latest before the others."""
        own = [path for path in self.root.glob(f"*/{FILE}") if not path.parent.name.startswith(".")]
        own.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        bundled = Path(str(files("twin") / "examples" / "outlooks"))
        return {path.parent.name: path for path in own} | {
            f"{self.BUNDLED}/{path.parent.name}": path for path in sorted(bundled.glob(f"*/{FILE}"))
        }

    def listed(self) -> list[tuple[str, dict[str, Any]]]:
        """Those that can be read, with their names."""
        found = []
        for name in self.paths():
            try:
                found.append((name, self.open(name)))
            except TwinError:
                continue  # no outlook, or somebody else's
        return found

    def open(self, name: str) -> dict[str, Any]:
        """Read an outlook by the name of the list.

        Raises
        ------
        TwinError
            There is none of that name, or it cannot be read.
        """
        path = self.paths().get(name)
        missing = TwinError(f"there is no outlook called {name[:60]!r} here.", "Choose one of the list.")
        if path is None:
            raise missing
        found = _read(path, path.stat().st_mtime_ns)
        if not name.startswith(f"{self.BUNDLED}/") and not self._sees(str(found["title"])):
            raise missing
        return found

    def of_project(self, project: str, day: str, since: float) -> dict[str, Any] | None:
        """The latest one of the workspace of a project and a day, made since the project was changed.

        Parameters
        ----------
        project : str
            Its file, without ending.
        day : str
            As somebody asks for it: a date, or `hottest_workday`.
        since : float
            When the project was changed last, seconds since the epoch.
        """
        paths = self.paths()
        for name, found in self.listed():
            own = not name.startswith(f"{self.BUNDLED}/") and paths[name].stat().st_mtime >= since
            if own and found["project"] == project and day in _days(found):
                return found
        return None

    def bundled(self, example: str, day: str) -> dict[str, Any] | None:
        """The one that comes with the package of an example (`districts/lingang_300`) and a day."""
        name = f"{self.BUNDLED}/{example.rpartition('/')[2]}"
        found = self.open(name) if name in self.paths() else None
        return found if found is not None and day in _days(found) else None


def _days(told: dict[str, Any]) -> Collection[str]:
    return told["day"], told["asked"]
