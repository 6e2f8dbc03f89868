"""The list of jobs, on disk."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from dashboards.work.job import Job, State
from twin.links.database import opened

_APPLICATION = 0x50454A31
_TABLES = """
CREATE TABLE job (
  id TEXT PRIMARY KEY, argv TEXT NOT NULL, title_zh TEXT NOT NULL, title_en TEXT NOT NULL,
  asked_by TEXT NOT NULL, state TEXT NOT NULL, created REAL NOT NULL, started REAL NOT NULL DEFAULT 0,
  ended REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, pid INTEGER NOT NULL DEFAULT 0,
  born REAL NOT NULL DEFAULT 0, said TEXT NOT NULL DEFAULT '')
"""
_COLUMNS = "id, argv, title_zh, title_en, asked_by, state, created, started, ended, attempts, said"


class JobStore:
    """Jobs in a SQLite file.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Raises
    ------
    TwinError
        The file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._at = opened(path, _APPLICATION, _TABLES, "list of work")
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._at.close()

    def add(self, argv: Sequence[str], title_zh: str, title_en: str, asked_by: str) -> str:
        """Put a job at the end of the queue and tell its id."""
        name = secrets.token_hex(8)
        self._do(
            "INSERT INTO job (id, argv, title_zh, title_en, asked_by, state, created)"
            " VALUES (?, ?, ?, ?, ?, 'queued', ?)",
            (name, json.dumps(list(argv)), title_zh, title_en, asked_by, time.time()),
        )
        return name

    def jobs(self, limit: int = 100) -> list[Job]:
        """The jobs, the latest first."""
        return self._read(f"SELECT {_COLUMNS} FROM job ORDER BY created DESC LIMIT ?", (limit,))

    def job(self, name: str) -> Job | None:
        """One of them."""
        found = self._read(f"SELECT {_COLUMNS} FROM job WHERE id = ?", (name,))
        return found[0] if found else None

    def waiting(self) -> list[Job]:
        """Those that wait, the oldest first."""
        return self._read(f"SELECT {_COLUMNS} FROM job WHERE state = 'queued' ORDER BY created", ())

    def running(self) -> list[tuple[Job, int, float]]:
        """Those that have a process, with its number and the time it was born."""
        found = self._read(f"SELECT {_COLUMNS} FROM job WHERE state = 'running'", ())
        with self._lock:
            rows = {
                row[0]: (row[1], row[2])
                for row in self._at.execute("SELECT id, pid, born FROM job WHERE state = 'running'")
            }
        return [(job, *rows[job.id]) for job in found if job.id in rows]

    def begun(self, name: str, pid: int, born: float) -> None:
        """Its process lives."""
        self._do(
            "UPDATE job SET state = 'running', pid = ?, born = ?, started = ?, attempts = attempts + 1"
            " WHERE id = ?",
            (pid, born, time.time(), name),
        )

    def ended(self, name: str, state: State, said: str) -> None:
        """How it ended."""
        self._do(
            "UPDATE job SET state = ?, said = ?, ended = ? WHERE id = ? AND state IN ('queued', 'running')",
            (state, said, time.time(), name),
        )

    def again(self, name: str) -> None:
        """Put it back in the queue, where it stood by its age."""
        self._do("UPDATE job SET state = 'queued', said = '', ended = 0, started = 0 WHERE id = ?", (name,))

    def _do(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._at.execute(statement, values)

    def _read(self, statement: str, values: tuple[object, ...]) -> list[Job]:
        with self._lock:
            rows: list[sqlite3.Row] = self._at.execute(statement, values).fetchall()
        return [
            Job(
                id=row[0], argv=tuple(json.loads(row[1])), title_zh=row[2], title_en=row[3], asked_by=row[4],
                state=row[5], stage="", share=0.0, created=row[6], started=row[7], ended=row[8],
                attempts=row[9], said=row[10],
            )
            for row in rows
        ]  # fmt: skip
