"""The SQLite file of accounts: tables, transactions, and the key that is drawn when the file is made."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.links.database import opened

_APPLICATION = 0x50454131
_TABLES = """
CREATE TABLE user (
  name TEXT PRIMARY KEY, hash TEXT NOT NULL, roles TEXT NOT NULL, projects TEXT NOT NULL,
  created REAL NOT NULL, changed REAL NOT NULL);
CREATE TABLE session (
  digest BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,
  begun REAL NOT NULL, seen REAL NOT NULL);
CREATE INDEX session_of ON session (user);
CREATE TABLE attempt (
  who BLOB PRIMARY KEY, failures INTEGER NOT NULL, last REAL NOT NULL, until REAL NOT NULL);
CREATE TABLE secret (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL)
"""


class Records:
    """The file; safe from several threads, and beside other processes that write it.

    Parameters
    ----------
    path : Path
        Made, with its folder, readable for its owner alone, if it is not there.

    Raises
    ------
    TwinError
        The file cannot be used, or is something else.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._at = opened(path, _APPLICATION, _TABLES, "file of accounts")
        self._at.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (secrets.token_bytes(32),))
        self._key: bytes = self.one("SELECT key FROM secret")[0]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._at.close()

    def one(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        """The first row, or None."""
        with self._lock:
            return self._at.execute(query, values).fetchone()

    def all(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows."""
        with self._lock:
            return self._at.execute(query, values).fetchall()

    def do(self, statement: str, values: tuple[Any, ...] = ()) -> int:
        """One statement, on disk when it returns; how many rows it touched."""
        with self._lock:
            return self._at.execute(statement, values).rowcount

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: nobody writes between its reading and its writing; all of it or nothing."""
        with self._lock:
            self._at.execute("BEGIN IMMEDIATE")
            try:
                yield self._at
            except BaseException:
                self._at.execute("ROLLBACK")
                raise
            self._at.execute("COMMIT")

    def seal(self, purpose: str, content: bytes) -> bytes:
        """A keyed digest that nobody without this file can make; 32 bytes."""
        return hmac.new(self._key, purpose.encode() + b"\0" + content, hashlib.sha256).digest()
