"""The VTN's file: one SQLite database that holds what was answered, whatever becomes of the process.

Write-ahead log with a sync at each commit: a request is answered after its commit, so that what a client
was told is there after a kill or a power cut. An object and the notifications that it causes are one
transaction. What is deleted keeps its row, since reports of a cancelled event still belong to it; its name
is free again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twin.links.database import opened

Target = tuple[str, str]
"""Type and value, such as ("GROUP", "lingang")."""

_APPLICATION = 0x4F413331  # "OA31"
_TABLES = """
CREATE TABLE client (
    id TEXT PRIMARY KEY, role TEXT NOT NULL, ven_name TEXT UNIQUE, salt BLOB NOT NULL, hash BLOB NOT NULL,
    created TEXT NOT NULL
);
CREATE TABLE token (
    hash TEXT PRIMARY KEY, client TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL, expires REAL NOT NULL
);
CREATE TABLE object (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    owner TEXT NOT NULL, program TEXT, event TEXT, ven TEXT, name TEXT, name_key TEXT, body TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, deleted TEXT
);
CREATE UNIQUE INDEX name_once ON object (name_key) WHERE deleted IS NULL;
CREATE INDEX by_kind ON object (kind, number) WHERE deleted IS NULL;
CREATE INDEX by_program ON object (program, kind) WHERE deleted IS NULL;
CREATE INDEX by_ven ON object (ven, kind) WHERE deleted IS NULL;
CREATE TABLE target (object TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX of_object ON target (object, type, value);
CREATE TABLE notification (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, url TEXT NOT NULL, bearer TEXT,
    body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, given_up TEXT
);
CREATE INDEX by_due ON notification (due) WHERE given_up IS NULL;
"""
_SEEN = (
    "(NOT EXISTS (SELECT 1 FROM target t WHERE t.object = {0}.id) OR EXISTS (SELECT 1 FROM target t, "
    "json_each(:mine) m WHERE t.object = {0}.id AND t.type = m.value ->> 0 AND t.value = m.value ->> 1))"
)
_ANY = "SELECT value FROM json_each(:{})"
_COLUMNS = (
    "o.id, o.kind, o.owner, o.program, o.event, o.ven, o.name, o.body, o.created, o.modified, o.deleted"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One object: what others ask of it, and `body`, the JSON text that its writer sent."""

    id: str
    kind: str
    owner: str
    program: str | None
    event: str | None
    ven: str | None
    name: str | None
    body: str
    created: str
    modified: str
    deleted: str | None

    def json(self) -> dict[str, Any]:
        """The object with what the VTN writes on it."""
        more = {"venID": self.ven} if self.kind == "RESOURCE" else {}
        stamps = {"createdDateTime": self.created, "modificationDateTime": self.modified}
        return {"id": self.id, **stamps, **json.loads(self.body), **more}


@dataclass(frozen=True, slots=True)
class New:
    """What is written of an object; `name_key` may be there once."""

    kind: str
    owner: str
    body: str
    program: str | None = None
    event: str | None = None
    ven: str | None = None
    name: str | None = None
    name_key: str | None = None
    targets: Sequence[Target] = ()


class NameTakenError(Exception):
    """Another object has the name."""


Tell = Callable[["Transaction", str, Row], None]
"""Called in the transaction of a change, with POST, PUT or DELETE and the object."""


class Transaction:
    """What can be done between the begin and the commit of one change."""

    def __init__(self, connection: sqlite3.Connection, tell: Tell | None) -> None:
        self._at = connection
        self._tell = tell

    def get(self, object_id: str, *, deleted: bool = False) -> Row | None:
        """An object; `deleted` also finds what is gone."""
        where = "" if deleted else " AND o.deleted IS NULL"
        rows = self._at.execute(f"SELECT {_COLUMNS} FROM object o WHERE o.id = ?{where}", (object_id,))
        found = rows.fetchone()
        return Row(*found) if found else None

    def named(self, name_key: str) -> Row | None:
        """The object that has a name."""
        rows = self._at.execute(
            f"SELECT {_COLUMNS} FROM object o WHERE o.name_key = ? AND o.deleted IS NULL", (name_key,)
        )
        found = rows.fetchone()
        return Row(*found) if found else None

    def create(self, new: New) -> Row:
        """Write an object.

        Raises
        ------
        NameTakenError
        """
        now = _now()
        row = Row(
            str(uuid.uuid4()), new.kind, new.owner, new.program, new.event, new.ven, new.name, new.body,
            now, now, None,
        )  # fmt: skip
        try:
            self._at.execute(
                "INSERT INTO object (id, kind, owner, program, event, ven, name, name_key, body,"
                " created, modified)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.id, row.kind, row.owner, row.program, row.event, row.ven, row.name, new.name_key,
                    row.body, now, now,
                ),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise NameTakenError from None
        self._write_targets(row.id, new.targets)
        self._told("POST", row)
        return row

    def update(self, row: Row, new: New) -> Row:
        """Replace an object; its owner, its parents and its creation stay.

        Raises
        ------
        NameTakenError
        """
        modified = max(_now(), row.modified)
        try:
            self._at.execute(
                "UPDATE object SET body = ?, name = ?, name_key = ?, program = ?, event = ?, modified = ?"
                " WHERE id = ?",
                (new.body, new.name, new.name_key, new.program, new.event, modified, row.id),
            )
        except sqlite3.IntegrityError:
            raise NameTakenError from None
        self._write_targets(row.id, new.targets)
        written = Row(
            row.id, row.kind, row.owner, new.program, new.event, row.ven, new.name, new.body, row.created,
            modified, None,
        )  # fmt: skip
        self._told("PUT", written)
        return written

    def delete(self, row: Row) -> None:
        """Take an object away, with the events of a program and the resources of a VEN."""
        column = {"PROGRAM": "program", "VEN": "ven"}.get(row.kind)
        kinds = {"PROGRAM": ("EVENT", "SUBSCRIPTION"), "VEN": ("RESOURCE",)}.get(row.kind, ())
        for kind in kinds:
            rows = self._at.execute(
                f"SELECT {_COLUMNS} FROM object o WHERE o.{column} = ? AND o.kind = ? AND o.deleted IS NULL",
                (row.id, kind),
            )
            for found in rows.fetchall():
                self.delete(Row(*found))
        self._told("DELETE", row)  # first, while it still has targets and subscriptions
        self._at.execute("UPDATE object SET deleted = ? WHERE id = ?", (_now(), row.id))
        if row.kind == "SUBSCRIPTION":
            self._at.execute("DELETE FROM notification WHERE subscription = ?", (row.id,))

    def seen(self, object_id: str, mine: Collection[Target]) -> bool:
        """Whether an object has no targets or one of these."""
        rows = self._at.execute(
            f"SELECT {_SEEN.format('o')} FROM object o WHERE o.id = :id",
            {"id": object_id, "mine": json.dumps(list(mine))},
        )
        return bool(rows.fetchone()[0])

    def targets_of(self, ven_name: str) -> set[Target]:
        """What a VEN is addressed by: its name, the targets of it and of its resources, and resources' names.

        The name of a resource counts if business logic registered it: names are unique in one VEN only, and a
        VEN may register what it likes.
        """
        mine = {("VEN_NAME", ven_name)}
        ven = self.named(f"VEN/{ven_name}")
        if ven is None:
            return mine
        rows = self._at.execute(
            "SELECT type, value FROM target WHERE object = :ven OR object IN"
            " (SELECT id FROM object WHERE ven = :ven AND kind = 'RESOURCE' AND deleted IS NULL)"
            " UNION SELECT 'RESOURCE_NAME', name FROM object"
            " WHERE ven = :ven AND kind = 'RESOURCE' AND deleted IS NULL AND owner LIKE 'bl/%'",
            {"ven": ven.id},
        )
        return mine | {(kind, value) for kind, value in rows}

    def events_of(self, program: str) -> list[Row]:
        """Events of a program, oldest first."""
        rows = self._at.execute(
            f"SELECT {_COLUMNS} FROM object o WHERE o.program = ? AND o.kind = 'EVENT' AND o.deleted IS NULL"
            " ORDER BY o.number",
            (program,),
        )
        return [Row(*found) for found in rows]

    def subscriptions(self, program: str | None) -> list[Row]:
        """Subscriptions of a program; of all where it is None."""
        where = "" if program is None else " AND o.program = :program"
        rows = self._at.execute(
            f"SELECT {_COLUMNS} FROM object o WHERE o.kind = 'SUBSCRIPTION' AND o.deleted IS NULL{where}",
            {"program": program},
        )
        return [Row(*found) for found in rows]

    def resources(self, ven: str) -> list[Row]:
        """Resources of a VEN, oldest first."""
        rows = self._at.execute(
            f"SELECT {_COLUMNS} FROM object o WHERE o.ven = ? AND o.kind = 'RESOURCE' AND o.deleted IS NULL"
            " ORDER BY o.number",
            (ven,),
        )
        return [Row(*found) for found in rows]

    def has_target(self, object_id: str, wanted: Collection[Target]) -> bool:
        """Whether an object has one of these targets."""
        rows = self._at.execute("SELECT type, value FROM target WHERE object = ?", (object_id,))
        return not {(kind, value) for kind, value in rows}.isdisjoint(wanted)

    def notify(self, subscription: str, url: str, bearer: str | None, body: str) -> None:
        """Put a notification in the queue."""
        self._at.execute(
            "INSERT INTO notification (subscription, url, bearer, body, due) VALUES (?, ?, ?, ?, ?)",
            (subscription, url, bearer, body, time.time()),
        )

    def _write_targets(self, object_id: str, targets: Sequence[Target]) -> None:
        self._at.execute("DELETE FROM target WHERE object = ?", (object_id,))
        self._at.executemany(
            "INSERT INTO target (object, type, value) VALUES (?, ?, ?)",
            [(object_id, kind, value) for kind, value in targets],
        )

    def _told(self, verb: str, row: Row) -> None:
        if self._tell is not None:
            self._tell(self, verb, row)


class Store:
    """The database of one VTN; safe from several threads, and beside another process that admits clients.

    Parameters
    ----------
    path : path-like
        File; made, readable for its owner alone, if it is not there.
    tell : callable, optional
        Told of each change, in its transaction.

    Raises
    ------
    TwinError
        If the file cannot be used, or is none of ours.
    """

    def __init__(self, path: Path, tell: Tell | None = None) -> None:
        self._lock = threading.Lock()
        self._tell = tell
        self._at = opened(path, _APPLICATION, _TABLES, "database")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._at.close()

    @contextmanager
    def change(self) -> Iterator[Transaction]:
        """One transaction; committed and on disk when the block ends without an error."""
        with self._lock, self._begun():
            yield Transaction(self._at, self._tell)

    @contextmanager
    def _begun(self) -> Iterator[None]:
        self._at.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._at.execute("ROLLBACK")
            raise
        self._at.execute("COMMIT")

    @contextmanager
    def look(self) -> Iterator[Transaction]:
        """Reading only."""
        with self._lock:
            yield Transaction(self._at, None)

    def search(
        self,
        kind: str,
        *,
        equal: Sequence[tuple[str, str]] = (),
        mine: Collection[Target] | None = None,
        target_type: str | None = None,
        target_values: Collection[str] | None = None,
        objects: Collection[str] | None = None,
        skip: int = 0,
        limit: int = 50,
    ) -> list[Row]:
        """Objects of a kind, oldest first.

        Parameters
        ----------
        kind : str
            Such as EVENT.
        equal : sequence of (str, str)
            Columns (`program`, `event`, `ven`, `name`, `owner`) and what they must be.
        mine : collection of Target, optional
            Leave out what has targets but none of these; an event also by its program's.
        target_type, target_values : optional
            Leave out what has no target of the type, or of one of the values.
        objects : optional
            Leave out subscriptions to none of these.
        skip, limit : int
            Pagination.

        Returns
        -------
        list of Row
        """
        where = ["o.kind = :kind", "o.deleted IS NULL"]
        where += [f"o.{column} = :equal{i}" for i, (column, _) in enumerate(equal)]
        if mine is not None:
            where.append(_SEEN.format("o"))
            if kind == "EVENT":
                where.append(
                    f"EXISTS (SELECT 1 FROM object p WHERE p.id = o.program AND {_SEEN.format('p')})"
                )
        if target_type is not None or target_values is not None:
            kinds = "" if target_type is None else " AND t.type = :target_type"
            values = "" if target_values is None else f" AND t.value IN ({_ANY.format('target_values')})"
            where.append(f"EXISTS (SELECT 1 FROM target t WHERE t.object = o.id{kinds}{values})")
        if objects is not None:
            where.append(
                "EXISTS (SELECT 1 FROM json_each(o.body, '$.objectOperations') p,"
                f" json_each(p.value, '$.objects') w WHERE w.value IN ({_ANY.format('objects')}))"
            )
        given: dict[str, Any] = {f"equal{i}": value for i, (_, value) in enumerate(equal)}
        given |= {"kind": kind, "limit": limit, "skip": skip, "target_type": target_type}
        lists = {"mine": mine, "target_values": target_values, "objects": objects}
        given |= {name: json.dumps(list(one or ())) for name, one in lists.items()}
        query = (
            f"SELECT {_COLUMNS} FROM object o WHERE {' AND '.join(where)}"
            " ORDER BY o.number LIMIT :limit OFFSET :skip"
        )
        with self._lock:
            return [Row(*found) for found in self._at.execute(query, given)]

    # --- clients and tokens -----------------------------------------------------------------------------

    def add_client(self, client_id: str, role: str, ven_name: str | None, salt: bytes, digest: bytes) -> bool:
        """Keep a client; False where its id or its VEN's name is taken."""
        try:
            with self._lock, self._begun():
                self._at.execute(
                    "INSERT INTO client VALUES (?, ?, ?, ?, ?, ?)",
                    (client_id, role, ven_name, salt, digest, _now()),
                )
        except sqlite3.IntegrityError:
            return False
        return True

    def remove_client(self, client_id: str) -> bool:
        """Forget a client and its tokens; what it wrote stays. False where there is none."""
        with self._lock, self._begun():
            return self._at.execute("DELETE FROM client WHERE id = ?", (client_id,)).rowcount > 0

    def client(self, client_id: str) -> dict[str, Any] | None:
        """Role, VEN name, salt and hash of a client."""
        with self._lock:
            rows = self._at.execute(
                "SELECT role, ven_name, salt, hash FROM client WHERE id = ?", (client_id,)
            )
            found = rows.fetchone()
        return dict(zip(("role", "ven_name", "salt", "hash"), found, strict=True)) if found else None

    def clients(self) -> list[tuple[str, str, str | None, str]]:
        """Id, role, VEN name and time of admission of each client."""
        with self._lock:
            return self._at.execute("SELECT id, role, ven_name, created FROM client ORDER BY id").fetchall()

    def add_token(self, digest: str, client_id: str, scopes: str, expires: float) -> None:
        """Keep a token until it expires; those that have expired go."""
        with self._lock, self._begun():
            self._at.execute("DELETE FROM token WHERE expires < ?", (time.time(),))
            self._at.execute("INSERT INTO token VALUES (?, ?, ?, ?)", (digest, client_id, scopes, expires))

    def token(self, digest: str, now: float) -> dict[str, Any] | None:
        """Whose token it is, with which scopes."""
        with self._lock:
            rows = self._at.execute(
                "SELECT c.id, c.role, c.ven_name, t.scopes FROM token t JOIN client c ON c.id = t.client"
                " WHERE t.hash = ? AND t.expires > ?",
                (digest, now),
            )
            found = rows.fetchone()
        return dict(zip(("client", "role", "ven_name", "scopes"), found, strict=True)) if found else None

    # --- notifications ----------------------------------------------------------------------------------

    def due(self, now: float, of_one: int) -> list[tuple[int, str, str | None, str, int]]:
        """Notifications to send now: number, address, its token, body, attempts so far.

        At most `of_one` for one address, so that one which does not answer keeps no other waiting.
        """
        with self._lock:
            return self._at.execute(
                "SELECT number, url, bearer, body, attempts FROM (SELECT *, row_number() OVER"
                " (PARTITION BY url ORDER BY due, number) AS place FROM notification"
                " WHERE due <= ? AND given_up IS NULL) WHERE place <= ? ORDER BY due, number",
                (now, of_one),
            ).fetchall()

    def delivered(self, number: int) -> None:
        """A notification arrived."""
        with self._lock, self._begun():
            self._at.execute("DELETE FROM notification WHERE number = ?", (number,))

    def postpone(self, number: int, due: float | None) -> None:
        """A notification did not arrive; it is due again, or given up where `due` is None."""
        with self._lock, self._begun():
            self._at.execute(
                "UPDATE notification SET attempts = attempts + 1, due = coalesce(?, due),"
                " given_up = CASE WHEN ? IS NULL THEN ? END WHERE number = ?",
                (due, due, _now(), number),
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
