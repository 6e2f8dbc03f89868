"""The Runs that the pages show: what a store holds, and each Run opened once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from twin.store import Run, RunStore
from weather.errors import TwinError

KEPT = 8
"""Opened Runs that stay in memory; one of the demo takes about 60 MB."""


class Library:
    """A store whose Runs are opened once, until they change on disk.

    Parameters
    ----------
    root : path-like
        Folder of the Runs.
    """

    def __init__(self, root: str | Path) -> None:
        self.store = RunStore(root)
        self._opened: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._lock = Lock()

    def listed(self) -> list[dict[str, Any]]:
        """Manifests of the complete Runs, each with its `name`."""
        return self.store.list()

    def open(self, names: Sequence[str]) -> list[Run]:
        """Open Runs by name, in the order given.

        Raises
        ------
        TwinError
            No such Run in the store, or one that is damaged.
        """
        return [self._one(name) for name in names]

    def _one(self, name: str) -> Run:
        # Names come from addresses; a path in one must not open a folder elsewhere on this machine.
        if name not in self.store.names():
            raise TwinError(
                f"there is no Run called {name[:60]!r} here.", "Refresh the list and choose one of it."
            )
        # A Run that was replaced under the same name has another manifest.
        stamp = (self.store.root / name / "manifest.json").stat().st_mtime_ns
        key = (name, stamp)
        with self._lock:
            if key in self._opened:
                self._opened.move_to_end(key)
                return self._opened[key]
        run = self.store.open(name)
        with self._lock:
            self._opened[key] = run
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
        return run
