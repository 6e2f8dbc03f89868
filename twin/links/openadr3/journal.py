"""What a VEN must not forget: the events it has dealt with, those of which it still owes telemetry, and the
reports that the VTN does not have yet.

One SQLite file with a sync at each commit. A report is in the file before anything is sent, and leaves it
when the VTN has it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from twin.links.database import opened
from twin.links.openadr3.messages import Event, Report

_APPLICATION = 0x4F413334  # "OA34"
_TABLES = """
CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE report (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL, refused TEXT
);
CREATE TABLE followed (event TEXT PRIMARY KEY, since TEXT NOT NULL, kw REAL NOT NULL);
CREATE TABLE mark (name TEXT PRIMARY KEY, moment TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report in the outbox."""

    number: int
    report: Report


@dataclass(frozen=True, slots=True)
class Followed:
    """An event of which telemetry is owed from a moment on, with the change of load that was offered, kW."""

    event: Event
    since: datetime
    kw: float


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

    def follow(self, event_id: str, since: datetime, kw: float) -> None:
        """Telemetry of an event is owed from a moment on; `kw` is the change of load that was offered."""
        with self._lock:
            self._at.execute(
                "INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (event_id, since.isoformat(), kw)
            )

    def unfollow(self, event_id: str) -> None:
        """No telemetry of an event is owed any more."""
        with self._lock:
            self._at.execute("DELETE FROM followed WHERE event = ?", (event_id,))

    def followed(self) -> list[Followed]:
        """Events of which telemetry is owed."""
        with self._lock:
            rows = self._at.execute(
                "SELECT e.body, f.since, f.kw FROM followed f JOIN event e ON e.id = f.event"
            ).fetchall()
        return [
            Followed(Event.model_validate_json(body), datetime.fromisoformat(since), kw)
            for body, since, kw in rows
        ]

    def mark(self, name: str) -> datetime | None:
        """A moment that was noted."""
        with self._lock:
            found = self._at.execute("SELECT moment FROM mark WHERE name = ?", (name,)).fetchone()
        return datetime.fromisoformat(found[0]) if found else None

    def set_mark(self, name: str, moment: datetime) -> None:
        """Note a moment."""
        with self._lock:
            self._at.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, moment.isoformat()))

    def put(self, report: Report, *, until: datetime | None = None) -> None:
        """Into the outbox, in the place of an earlier report of the name.

        Parameters
        ----------
        report : Report
        until : datetime, optional
            Its event is then followed from this moment on, by the same commit; not where nothing of it is
            owed any more.

        Raises
        ------
        ValueError
            If the report has no name: it could not be sent twice without being two.
        """
        if report.report_name is None:
            raise ValueError("a report in the outbox needs a name")
        with self._lock:
            self._at.execute("BEGIN IMMEDIATE")
            try:
                self._at.execute(
                    "INSERT OR REPLACE INTO report (name, body) VALUES (?, ?)",
                    (report.report_name, report.content()),
                )
                if until is not None:
                    self._at.execute(
                        "UPDATE followed SET since = ? WHERE event = ?", (until.isoformat(), report.event_id)
                    )
            except BaseException:
                self._at.execute("ROLLBACK")
                raise
            self._at.execute("COMMIT")

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
