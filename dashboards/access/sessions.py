"""Sessions: who a cookie's token belongs to, until it has not been used for long, or for too long in all.

Only the SHA-256 of a token is kept: it has 256 random bits, so that a slow hash would add nothing, and a
copy of the file opens no session.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time

from dashboards.access.records import Records
from dashboards.access.user import User
from dashboards.access.users import Proven

IDLE_SECONDS = 8 * 3600
"""A working day: a page on a wall asks every minute and stays."""
ABSOLUTE_SECONDS = 7 * 86400
"""SP 800-63B-4 section 2.1.3 lets one factor stand for 30 days; a week is one log-in on Monday."""
_TOUCH_SECONDS = 60
_TOKEN_CHARACTERS = 43


class Sessions:
    """Sessions in the file; they outlive the server.

    Parameters
    ----------
    records : Records
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def begin(self, proven: Proven) -> str | None:
        """A new token for somebody who has shown his password; None where it has been changed since."""
        token, now = secrets.token_urlsafe(32), time.time()
        with self._records.change() as at:
            at.execute(
                "DELETE FROM session WHERE seen < ? OR begun < ?",
                (now - IDLE_SECONDS, now - ABSOLUTE_SECONDS),
            )
            made = at.execute(
                "INSERT INTO session SELECT ?, name, ?, ? FROM user WHERE name = ? AND hash = ?",
                (_digest(token), now, now, proven.name, proven.hash),
            ).rowcount
        return token if made else None

    def user_of(self, token: str | None) -> User | None:
        """Whose session it is; None where it is unknown or has ended."""
        if token is None or len(token) != _TOKEN_CHARACTERS:
            return None
        digest, now = _digest(token), time.time()
        row = self._records.one(
            "SELECT u.name, u.roles, u.projects, s.seen FROM session s JOIN user u ON u.name = s.user"
            " WHERE s.digest = ? AND s.seen > ? AND s.begun > ?",
            (digest, now - IDLE_SECONDS, now - ABSOLUTE_SECONDS),
        )
        if row is None:
            return None
        if now - row[3] > _TOUCH_SECONDS:
            self._records.do("UPDATE session SET seen = ? WHERE digest = ?", (now, digest))
        return User(row[0], frozenset(json.loads(row[1])), frozenset(json.loads(row[2])))

    def end(self, token: str | None) -> None:
        """End one."""
        if token is not None:
            self._records.do("DELETE FROM session WHERE digest = ?", (_digest(token),))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
