"""The users of a workspace: added, changed and removed; who a name and a password belong to."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from dashboards.access.passwords import LEAST, MOST, Weakness, hashed, matches, outdated, weakness
from dashboards.access.records import Records
from dashboards.access.user import ROLES, User
from weather.errors import TwinError

NAME_CHARACTERS = 64
_LISTED = "See `twin user list`."
_WEAK: dict[Weakness, tuple[str, str]] = {
    "short": ("the password is too short.", f"Take {LEAST} characters or more; a sentence will do."),
    "long": ("the password is too long.", f"Take at most {MOST} characters."),
    "named": (
        "the password is little more than a name.",
        "Leave the names of the user and of PEDF Twin out.",
    ),
    "guessed": ("the password is one that is tried first.", "Take no row of the keyboard and no repetition."),
}


@dataclass(frozen=True)
class Proven:
    """Somebody who knows the password; `hash` is what it was held against."""

    name: str
    hash: str


def name_of(given: str) -> str:
    """A name as it is kept: NFKC, casefolded, so that nobody can be taken for another.

    Raises
    ------
    TwinError
        If it is empty, too long, or has other characters than letters, digits and `.`, `_`, `-`, `@`.
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", given).strip().casefold())
    good = name and all(c.isalnum() or c in "._-@" or unicodedata.category(c) == "Mn" for c in name)
    if not good or not name[0].isalnum() or len(name) > NAME_CHARACTERS:
        raise TwinError(
            f"{given[:80]!r} is no name of a user.",
            f"Take 1 to {NAME_CHARACTERS} letters, digits, '.', '_', '-' or '@'; a letter or digit first.",
            key="NAME",
        )  # fmt: skip
    return name


class Users:
    """Accounts in the file.

    Parameters
    ----------
    records : Records
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def any(self) -> bool:
        """Whether anybody has an account."""
        return bool(self._records.one("SELECT EXISTS (SELECT 1 FROM user)")[0])

    def listed(self) -> list[User]:
        """All of them, by name."""
        return [
            _user(row) for row in self._records.all("SELECT name, roles, projects FROM user ORDER BY name")
        ]

    def named(self, name: str) -> User:
        """One of them.

        Raises
        ------
        TwinError
            If nobody has that name.
        """
        kept = name_of(name)
        row = self._records.one("SELECT name, roles, projects FROM user WHERE name = ?", (kept,))
        if row is None:
            raise _nobody(kept)
        return _user(row)

    def add(self, name: str, password: str, roles: Collection[str], projects: Collection[str] = ()) -> User:
        """Give somebody an account.

        Parameters
        ----------
        name, password : str
        roles : collection of str
            At least one of `user.ROLES`.
        projects : collection of str
            What an owner may see.

        Returns
        -------
        User

        Raises
        ------
        TwinError
            If the name, the password or a role cannot be taken, or the name has an account.
        """
        user = User(name_of(name), *_demanded(roles, projects))
        _refuse_weak(password, user.name)
        now = time.time()
        row = (user.name, hashed(password), *_written(user), now, now)
        try:
            self._records.do("INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise TwinError(
                f"{user.name!r} has an account already.",
                "Take another name, or change it: `twin user roles` or `twin user password`.",
                key="NAME",
            ) from None
        return user

    def remove(self, name: str) -> str:
        """Take an account and its sessions away; the name as it was kept.

        Raises
        ------
        TwinError
            If nobody has that name.
        """
        kept = name_of(name)
        if not self._records.do("DELETE FROM user WHERE name = ?", (kept,)):
            raise _nobody(kept)
        return kept

    def set_roles(self, name: str, roles: Collection[str], projects: Collection[str] = ()) -> User:
        """Give a user other roles; sessions go on with them.

        Raises
        ------
        TwinError
            If nobody has that name, or a role is unknown.
        """
        user = User(name_of(name), *_demanded(roles, projects))
        changed = (*_written(user), time.time(), user.name)
        if not self._records.do(
            "UPDATE user SET roles = ?, projects = ?, changed = ? WHERE name = ?", changed
        ):
            raise _nobody(user.name)
        return user

    def set_password(self, name: str, password: str) -> str:
        """Give a user another password; all his sessions end. The name as it was kept.

        Raises
        ------
        TwinError
            If nobody has that name, or the password cannot be taken.
        """
        kept = name_of(name)
        _refuse_weak(password, kept)
        new = hashed(password)
        with self._records.change() as at:
            found = at.execute(
                "UPDATE user SET hash = ?, changed = ? WHERE name = ?", (new, time.time(), kept)
            ).rowcount
            at.execute("DELETE FROM session WHERE user = ?", (kept,))
        if not found:
            raise _nobody(kept)
        return kept

    def proven(self, name: str, password: str) -> Proven | None:
        """Whose name and password these are; an unknown name takes as long to refuse as a wrong password."""
        try:
            kept = name_of(name)
        except TwinError:
            kept = ""
        row = self._records.one("SELECT hash FROM user WHERE name = ?", (kept,))
        found = None if row is None else str(row[0])
        if not matches(found, password) or found is None:
            return None
        if outdated(found):
            new = hashed(password)
            if self._records.do("UPDATE user SET hash = ? WHERE name = ? AND hash = ?", (new, kept, found)):
                found = new
        return Proven(kept, found)


def _user(row: tuple[str, str, str]) -> User:
    return User(row[0], frozenset(json.loads(row[1])), frozenset(json.loads(row[2])))


def _written(user: User) -> tuple[str, str]:
    return tuple(json.dumps(sorted(one), ensure_ascii=False) for one in (user.roles, user.projects))  # type: ignore[return-value]


def _demanded(roles: Collection[str], projects: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Roles and projects that make sense together."""
    if unknown := set(roles) - set(ROLES):
        raise TwinError(
            f"no role is called {', '.join(sorted(unknown))}.", f"Known: {', '.join(ROLES)}.", key="--role"
        )
    if not roles:
        raise TwinError("a user needs a role.", f"Give one of {', '.join(ROLES)}.", key="--role")
    if projects and set(roles) != {"owner"}:
        raise TwinError(
            "projects are told for an owner; every other role sees all of them.",
            "Leave --project out, or give the role owner alone.",
            key="--project",
        )
    return frozenset(roles), frozenset(unicodedata.normalize("NFC", one) for one in projects)


def _refuse_weak(password: str, name: str) -> None:
    found = weakness(password, name)
    if found is not None:
        raise TwinError(*_WEAK[found], key="password")


def _nobody(name: str) -> TwinError:
    return TwinError(f"nobody is called {name!r}.", _LISTED, key="NAME")
