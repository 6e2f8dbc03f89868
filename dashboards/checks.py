"""The crosschecks that the pages show: the bundled one and those of the workspace."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from twin.crosscheck.stored import FILE, PAGE, StoredCheck, read_check
from weather.errors import TwinError


@lru_cache(maxsize=8)
def _read(path: Path, _: int) -> StoredCheck:
    """Each file once, until it changes."""
    return read_check(path)


class Checks:
    """The crosschecks that a reader may see.

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
        """Files by the names of their crosschecks, the workspace's first, whoever may see them."""
        bundled = Path(str(files("twin") / "examples" / "studies"))
        own = sorted(self.root.glob(f"*/{FILE}")) if self.root.is_dir() else []
        return {p.parent.name: p for p in own if not p.parent.name.startswith(".")} | {
            f"{self.BUNDLED}/{p.parent.name}": p for p in sorted(bundled.glob(f"*/{FILE}.gz"))
        }

    def listed(self) -> list[tuple[str, StoredCheck]]:
        """Those that can be read, with their names."""
        found = []
        for name in self.paths():
            try:
                found.append((name, self.open(name)))
            except TwinError:
                continue  # no crosscheck, or somebody else's
        return found

    def open(self, name: str) -> StoredCheck:
        """Read a crosscheck by the name of the list.

        Raises
        ------
        TwinError
            There is none of that name, or it cannot be read.
        """
        path = self.paths().get(name)
        missing = TwinError(f"there is no crosscheck called {name[:60]!r} here.", "Choose one of the list.")
        if path is None:
            raise missing
        found = _read(path, path.stat().st_mtime_ns)
        if not name.startswith(f"{self.BUNDLED}/") and not self._sees(found.title):
            raise missing
        return found

    def page(self, name: str) -> Path | None:
        """The page that the command wrote beside it.

        Raises
        ------
        TwinError
            There is no such crosscheck.
        """
        self.open(name)
        found = self.paths()[name].parent / PAGE
        return found if found.is_file() else None
