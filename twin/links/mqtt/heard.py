"""What was heard of a building: one SQLite file with a sync at each commit."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from twin.links.database import opened

_APPLICATION = 0x4D515448  # "MQTH"
_TABLES = """
CREATE TABLE reading (
    start INTEGER NOT NULL, point TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (start, point)
) WITHOUT ROWID;
CREATE TABLE heard (one INTEGER PRIMARY KEY CHECK (one = 1), until INTEGER NOT NULL);
"""


class Heard:
    """Readings by the start of their interval, each once; safe from several threads.

    Parameters
    ----------
    path : Path

    Raises
    ------
    TwinError
        If the file cannot be used, or is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._at = opened(path, _APPLICATION, _TABLES, "file of readings")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._at.close()

    def put(self, start: pd.Timestamp, end: pd.Timestamp, values: Mapping[str, float]) -> None:
        """Keep the readings of an interval; those that are told again replace what was told before."""
        begin = start.value
        with self._lock:
            self._at.execute("BEGIN IMMEDIATE")
            try:
                self._at.executemany(
                    "INSERT OR REPLACE INTO reading VALUES (?, ?, ?)",
                    [(begin, point, value) for point, value in values.items()],
                )
                self._at.execute(
                    "INSERT INTO heard VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET until = max(until, ?)",
                    (end.value, end.value),
                )
            except BaseException:
                self._at.execute("ROLLBACK")
                raise
            self._at.execute("COMMIT")

    def span(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """Start of the first interval and end of the newest, UTC; None where nothing was heard."""
        with self._lock:
            first = self._at.execute("SELECT min(start) FROM reading").fetchone()[0]
            until = self._at.execute("SELECT until FROM heard").fetchone()
        if first is None or until is None:
            return None
        return pd.Timestamp(first, tz="UTC"), pd.Timestamp(until[0], tz="UTC")

    def since(self, start: pd.Timestamp) -> pd.DataFrame:
        """Readings of intervals that start at a moment or behind it, by UTC stamps and points."""
        with self._lock:
            rows = self._at.execute(
                "SELECT start, point, value FROM reading WHERE start >= ? ORDER BY start", (start.value,)
            ).fetchall()
        table = pd.DataFrame(rows, columns=["start", "point", "value"])
        found = table.pivot(index="start", columns="point", values="value")
        return found.set_index(pd.DatetimeIndex(pd.to_datetime(found.index, utc=True), name="time"))
