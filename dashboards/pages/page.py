"""What a page is: an address, whose it is, what it shows, what answers on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dash import Dash
from dash.development.base_component import Component

from dashboards.access.user import Role, User
from dashboards.visit import Visit
from dashboards.workspace import Workspace

Group = Literal["shared", "engineer", "owner", "operator"]
GROUPS: tuple[Group, ...] = ("shared", "engineer", "owner", "operator")


def _nothing(app: Dash, workspace: Workspace) -> None:
    """A page that only shows."""


@dataclass(frozen=True)
class Page:
    """One page.

    Parameters
    ----------
    key : str
        Its words are `<key>.title` and `<key>.about` in the catalogue of that room.
    path : str
        Address below the language.
    group : {"shared", "engineer", "owner", "operator"}
        Under which heading the navigation lists it.
    icon : str
        Class of `assets/icons.css`.
    layout : callable
        Visit to what is shown.
    callbacks : callable
        Called once with the app and the workspace.
    roles : frozenset of Role
        Who may open it, and call what answers on it; empty: everybody who is logged in.
    """

    key: str
    path: str
    group: Group
    icon: str
    layout: Callable[[Visit], Component]
    callbacks: Callable[[Dash, Workspace], None] = _nothing
    roles: frozenset[Role] = frozenset()

    def open_to(self, user: User) -> bool:
        """Whether somebody may open it."""
        return not self.roles or user.has(*self.roles)
