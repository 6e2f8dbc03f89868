"""The Runs that the pages show: what a folder holds, and each Run opened once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from twin.store import Run, RunStore
from weather.errors import TwinError

KEPT = 8
"""Opened Runs that stay in memory; one of the demo takes about 40 MB."""


def _bundled() -> Path:
    return Path(str(files("twin") / "examples" / "marched"))


@dataclass(frozen=True)
class Entry:
    """A Run in the list: its name within the folder, its titles, the day it was made."""

    name: str
    title: str
    title_zh: str
    made: str


class Library:
    """The bundled Runs and those of a folder, each opened once until it changes on disk.

    Parameters
    ----------
    root : path-like
        Folder with Runs in it, or with folders of Runs (`runs/demo/...`); may not exist yet.
    sees : callable, optional
        Whether the reader may see Runs of a project of that name; bundled ones everybody sees.
    """

    BUNDLED: ClassVar[str] = "examples"
    """Folder name under which the Runs stand that come with the package."""

    def __init__(self, root: str | Path, sees: Callable[[str], bool] | None = None) -> None:
        self.root = Path(root)
        self._sees = sees
        self._opened: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._lock = Lock()

    def stores(self) -> dict[str, RunStore]:
        """Stores by the prefix of their Runs' names: the bundled ones, the folder itself, folders in it."""
        found = {f"{self.BUNDLED}/": RunStore(_bundled()), "": RunStore(self.root)}
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            taken = folder.name.startswith(".") or folder.name == self.BUNDLED
            if folder.is_dir() and not taken and not (folder / "manifest.json").exists():
                found[f"{folder.name}/"] = RunStore(folder)
        return found

    def listed(self) -> tuple[list[Entry], list[TwinError]]:
        """Complete Runs, and what is wrong with those whose manifest cannot be read."""
        entries: list[Entry] = []
        troubles: list[TwinError] = []
        for prefix, store in self.stores().items():
            try:
                manifests = store.list()
            except TwinError as error:
                if self._seen(prefix, None):
                    troubles.append(error)
                    entries += [
                        Entry(prefix + name, prefix + name, prefix + name, "") for name in store.names()
                    ]
                continue
            for one in manifests:
                if not self._seen(prefix, one):
                    continue
                name = prefix + one["name"]
                title = str(one.get("title") or name)
                chinese = str(one.get("title_zh") or title)
                entries.append(Entry(name, title, chinese, str(one.get("created", ""))[:10]))
        return entries, troubles

    def open(self, names: Sequence[str]) -> list[Run]:
        """Open Runs by the names of the list, in the order given.

        Raises
        ------
        TwinError
            No such Run in the folder, or one that is damaged.
        """
        return [self._one(name) for name in names]

    def _one(self, name: str) -> Run:
        prefix, _, own = name.rpartition("/")
        store = self.stores().get(f"{prefix}/" if prefix else "")
        # Names come from addresses; a path in one must not open a folder elsewhere on this machine.
        if store is None or own not in store.names():
            raise _missing(name)
        # A Run that was replaced under the same name has another manifest.
        key = (name, (store.root / own / "manifest.json").stat().st_mtime_ns)
        with self._lock:
            run = self._opened.get(key)
            if run is not None:
                self._opened.move_to_end(key)
        if run is None:
            run = store.open(own)
            with self._lock:
                self._opened[key] = run
                while len(self._opened) > KEPT:
                    self._opened.popitem(last=False)
        # Told as if it were not there: its name is nobody else's business.
        if not self._seen(f"{prefix}/", run.manifest):
            raise _missing(name)
        return run

    def _seen(self, prefix: str, manifest: Mapping[str, Any] | None) -> bool:
        """Whether the reader may see a Run; of one whose manifest cannot be read only who sees all."""
        if self._sees is None or prefix == f"{self.BUNDLED}/":
            return True
        return self._sees("" if manifest is None else str(manifest.get("title", "")))


def _missing(name: str) -> TwinError:
    return TwinError(f"there is no Run called {name[:60]!r} here.", "Refresh the list and choose one of it.")
