"""What the broker does not have yet: one SQLite file with a sync at each commit."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from twin.links.database import opened

_APPLICATION = 0x4D515451  # "MQTQ"
_TABLES = """
CREATE TABLE message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload TEXT NOT NULL,
    retain INTEGER NOT NULL
);
CREATE TABLE told (meter TEXT PRIMARY KEY, until TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the queue; `number` is 0 until it is there."""

    topic: str
    payload: str
    retain: bool = True
    number: int = 0


class Queue:
    """Messages in their order; safe from several threads.

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
        self._at = opened(path, _APPLICATION, _TABLES, "queue")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._at.close()

    def put(self, messages: Iterable[Message], told: dict[str, datetime]) -> None:
        """Append messages, and note until when each meter has been told, in one commit."""
        with self._lock:
            self._at.execute("BEGIN IMMEDIATE")
            try:
                self._at.executemany(
                    "INSERT INTO message (topic, payload, retain) VALUES (?, ?, ?)",
                    [(one.topic, one.payload, one.retain) for one in messages],
                )
                self._at.executemany(
                    "INSERT OR REPLACE INTO told VALUES (?, ?)",
                    [(name, until.isoformat()) for name, until in told.items()],
                )
            except BaseException:
                self._at.execute("ROLLBACK")
                raise
            self._at.execute("COMMIT")

    def after(self, number: int, most: int) -> list[Message]:
        """The oldest messages after a number."""
        with self._lock:
            rows = self._at.execute(
                "SELECT topic, payload, retain, number FROM message WHERE number > ? ORDER BY number LIMIT ?",
                (number, most),
            ).fetchall()
        return [Message(topic, payload, bool(retain), at) for topic, payload, retain, at in rows]

    def acknowledged(self, numbers: Iterable[int]) -> None:
        """The broker has these."""
        with self._lock:
            self._at.execute("BEGIN IMMEDIATE")
            self._at.executemany("DELETE FROM message WHERE number = ?", [(number,) for number in numbers])
            self._at.execute("COMMIT")

    def count(self) -> int:
        """How many wait."""
        with self._lock:
            return int(self._at.execute("SELECT count(*) FROM message").fetchone()[0])

    def told(self) -> dict[str, datetime]:
        """Until when each meter has been told."""
        with self._lock:
            rows = self._at.execute("SELECT meter, until FROM told").fetchall()
        return {meter: datetime.fromisoformat(until) for meter, until in rows}
