"""SQLite files whose commits are on disk when they are answered."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from weather.errors import TwinError


def opened(path: Path, application: int, tables: str, what: str) -> sqlite3.Connection:
    """Open a file of ours, making it, readable for its owner alone, if it is not there.

    Parameters
    ----------
    path : path-like
    application : int
        SQLite's `application_id` of such files; it changes when the tables do.
    tables : str
        Statements that make the tables, for a new file.
    what : str
        What the file is called in errors.

    Returns
    -------
    Connection
        In autocommit, with a write-ahead log that is synced at each commit. For several threads, one at a
        time.

    Raises
    ------
    TwinError
        If the file cannot be used, or is something else.
    """
    try:
        path.touch(mode=0o600)
        at = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        try:
            _prepare(at, application, tables)
        except BaseException:
            at.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise TwinError(
            f"the {what} cannot be used: {error}.", f"Name a file that can be written, or a {what} of ours.",
            file=path,
        ) from None  # fmt: skip
    return at


def _prepare(at: sqlite3.Connection, application: int, tables: str) -> None:
    if not _is_ours(at, application):
        at.execute("PRAGMA journal_mode = WAL")
        at.execute("BEGIN IMMEDIATE")
        if not _is_ours(at, application):  # another process may have been as quick
            for statement in tables.split(";"):
                at.execute(statement)
            at.execute(f"PRAGMA application_id = {application}")
        at.execute("COMMIT")
    at.execute("PRAGMA synchronous = FULL")
    at.execute("PRAGMA foreign_keys = ON")


def _is_ours(at: sqlite3.Connection, application: int) -> bool:
    """False for an empty file; raises for one with something else in it."""
    if at.execute("PRAGMA application_id").fetchone()[0] == application:
        return True
    if at.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError("it holds something else")
    return False
