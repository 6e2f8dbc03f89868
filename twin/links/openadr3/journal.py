"""What a VEN must not forget: the events it has dealt with, and the reports that the VTN does not have yet.

One SQLite file with a sync at each commit. A report is in the file before anything is sent, and leaves it
when the VTN has it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from twin.links.openadr3.database import opened
from twin.links.openadr3.messages import Event, Report

_APPLICATION = 0x4F413332  # "OA32"
_TABLES = """
CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE report (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL, refused TEXT
);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report in the outbox."""

    number: int
    report: Report


class Journal:
    """A VEN's file; safe from several threads.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    TwinError
        If the file cannot be used, or is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._at = opened(path, _APPLICATION, _TABLES, "journal")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._at.close()

    def events(self) -> dict[str, Event]:
        """Events dealt with, by id, as they were."""
        with self._lock:
            rows = self._at.execute("SELECT id, body FROM event").fetchall()
        return {name: Event.model_validate_json(body) for name, body in rows}

    def remember(self, event: Event) -> None:
        """An event was dealt with."""
        with self._lock:
            self._at.execute("INSERT OR REPLACE INTO event VALUES (?, ?)", (event.id, event.wire()))

    def forget(self, event_id: str) -> None:
        """An event is gone, and that was dealt with."""
        with self._lock:
            self._at.execute("DELETE FROM event WHERE id = ?", (event_id,))

    def put(self, report: Report) -> None:
        """Into the outbox, in the place of an earlier report of the name.

        Raises
        ------
        ValueError
            If the report has no name: it could not be sent twice without being two.
        """
        if report.report_name is None:
            raise ValueError("a report in the outbox needs a name")
        with self._lock:
            self._at.execute(
                "INSERT OR REPLACE INTO report (name, body) VALUES (?, ?)",
                (report.report_name, report.content()),
            )

    def waiting(self) -> list[Waiting]:
        """Reports to send, oldest first."""
        with self._lock:
            rows = self._at.execute(
                "SELECT number, body FROM report WHERE refused IS NULL ORDER BY number"
            ).fetchall()
        return [Waiting(number, Report.model_validate_json(body)) for number, body in rows]

    def sent(self, number: int) -> None:
        """The VTN has a report."""
        with self._lock:
            self._at.execute("DELETE FROM report WHERE number = ?", (number,))

    def refuse(self, number: int, why: str) -> None:
        """The VTN will not have a report; it stays, for people to see."""
        with self._lock:
            self._at.execute("UPDATE report SET refused = ? WHERE number = ?", (why, number))

    def refused(self) -> dict[str, str]:
        """Reports that the VTN would not have: name and why."""
        with self._lock:
            rows = self._at.execute("SELECT name, refused FROM report WHERE refused IS NOT NULL")
            return dict(rows.fetchall())
