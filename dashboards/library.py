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
        # The hash of the summary tells a Run that was replaced under the same name.
        stamp = next(
            (str(m["files"].get("summary.json")) for m in self.store.list() if m["name"] == name), ""
        )
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
