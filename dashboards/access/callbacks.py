"""Callbacks of the pages: each demands the roles of the page that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, cast

from dash import Dash

from dashboards.access.user import RefusedError, Role, for_roles


class Callbacks:
    """The app as the callbacks of one page see it.

    Parameters
    ----------
    app : Dash
    roles : collection of Role
        Who may call them.
    """

    def __init__(self, app: Dash, roles: Collection[Role]) -> None:
        self._app, self._roles = app, tuple(roles)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    @property
    def as_dash(self) -> Dash:
        """This, for signatures that name the app: all but `callback` is the app's own."""
        return cast(Dash, self)

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], Any]:
        """As `Dash.callback`, for those roles."""

        def add(function: Callable[..., Any]) -> Any:
            return self._app.callback(*args, **kwargs)(for_roles(function, *self._roles))

        return add


def refuse_politely(app: Dash) -> None:
    """Answer 403 where a callback refuses who asks."""

    def refused(_: Exception) -> tuple[str, int]:
        return "", 403

    app.server.register_error_handler(RefusedError, refused)
