"""Who asks: a user with roles, and what code that answers a request demands of him."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

_P = ParamSpec("_P")
_R = TypeVar("_R")

Role = Literal["engineer", "owner", "operator", "viewer", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)


class RefusedError(Exception):
    """Somebody asked for what his roles do not allow; becomes HTTP's 403."""


@dataclass(frozen=True)
class User:
    """Somebody who is logged in; on loopback without accounts, whoever sits there.

    Parameters
    ----------
    name : str
    roles : frozenset of str
        Of `ROLES`. An administrator may do what any of the others may.
    projects : frozenset of str
        Names of the projects, and of the buildings of a district, that an owner owns.
    """

    name: str
    roles: frozenset[str]
    projects: frozenset[str] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Whether one of these roles is among his."""
        return "administrator" in self.roles or not self.roles.isdisjoint(roles)

    @property
    def sees_all(self) -> bool:
        """Whether he is more than an owner, and so sees every project."""
        return bool(self.roles - {"owner"})

    def may_see(self, project: str) -> bool:
        """Whether he may see a project or building of that name, its Runs and its studies."""
        return self.sees_all or unicodedata.normalize("NFC", project) in self.projects


WHOEVER = User("", frozenset(ROLES))
"""The reader at a machine without accounts: loopback alone, every page open."""

_ASKING: ContextVar[User | None] = ContextVar("asking", default=None)


@contextmanager
def asked_by(user: User) -> Iterator[None]:
    """What happens inside happens on behalf of a user; threads that are begun inside inherit it."""
    token = _ASKING.set(user)
    try:
        yield
    finally:
        _ASKING.reset(token)


def asking() -> User:
    """On whose behalf a request is answered, as the guard found.

    Raises
    ------
    RefusedError
        If no guard let the request in.
    """
    user = _ASKING.get()
    if user is None:
        raise RefusedError("nobody is known to ask.")
    return user


def require(*roles: Role) -> User:
    """Demand that who asks has one of these roles.

    Raises
    ------
    RefusedError
        If he has none of them.
    """
    user = asking()
    if not user.has(*roles):
        raise RefusedError(f"this is for {', '.join(roles)}.")
    return user


def for_roles(function: Callable[_P, _R], *roles: Role) -> Callable[_P, _R]:
    """A function that demands the roles first; they stand on it as `roles`, so that tests can read them."""

    @wraps(function)
    def demanded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        require(*roles)
        return function(*args, **kwargs)

    demanded.roles = frozenset(roles)  # type: ignore[attr-defined]
    return demanded
