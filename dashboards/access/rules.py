"""Which route is for whom. What no rule allows is refused.

A new route needs a line here; a test compares the lines with the routes of the application. Roles of the
pages' callbacks stand with the pages, since all callbacks come in by one route.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dashboards.access.user import Role, User

Kind = Literal["page", "data", "document", "asset"]
"""What is answered: a page of ours, data for programs, a document with scripts of its own, a fixed file."""

EVERYBODY: frozenset[Role] = frozenset({"engineer", "owner", "operator", "viewer"})
ENGINEERS: frozenset[Role] = frozenset({"engineer"})
_KIB = 1024


@dataclass(frozen=True)
class Rule:
    """One route.

    Parameters
    ----------
    path : str
        With `{name}` for one part of the path and `{name:path}` for the rest of it.
    roles : frozenset of Role or None
        Who may; an administrator may too. None: whoever comes, without logging in.
    methods : tuple of str
        HEAD goes with GET. `SOCKET` is a WebSocket.
    body : int
        Bytes that a request may bring.
    kind : Kind
    """

    path: str
    roles: frozenset[Role] | None
    methods: tuple[str, ...] = ("GET",)
    body: int = 0
    kind: Kind = "page"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)(:path)?\}", self.path)
        text = re.escape(parts[0])
        for _, rest, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            text += (r".*" if rest else r"[^/]+") + re.escape(after)
        return re.compile(text)

    def covers(self, path: str) -> bool:
        """Whether a path of a request is of this route."""
        return self._pattern.fullmatch(path) is not None

    def admits(self, user: User | None) -> bool:
        """Whether somebody may; None is a stranger."""
        return self.roles is None or (user is not None and user.has(*self.roles))


_FORM = 16 * _KIB
_PROJECT = 2_000_000
RULES: tuple[Rule, ...] = (
    Rule("/", None),
    Rule("/login", None),
    Rule("/{language}/login", None, ("GET", "POST"), _FORM),
    Rule("/logout", None, ("POST",), _FORM),
    Rule("/{language}/account", EVERYBODY, ("GET", "POST"), _FORM),
    Rule("/_favicon.ico", None, kind="asset"),
    Rule("/assets/{file:path}", None, kind="asset"),
    Rule("/_dash-component-suites/{file:path}", None, kind="asset"),
    Rule("/_dash-layout", EVERYBODY, kind="data"),
    Rule("/_dash-dependencies", EVERYBODY, kind="data"),
    Rule("/_dash-update-component", EVERYBODY, ("POST",), 24 * _KIB * _KIB, kind="data"),
    Rule("/report", EVERYBODY, kind="document"),
    Rule("/studies/{name}/{file}", EVERYBODY, kind="document"),
    Rule("/api/v1/openapi.json", EVERYBODY, kind="data"),
    Rule("/api/v1/runs", EVERYBODY, kind="data"),
    Rule("/api/v1/runs/{name:path}", EVERYBODY, kind="data"),
    Rule("/api/v1/runs/{name:path}", ENGINEERS, ("DELETE",), kind="data"),
    Rule("/api/v1/projects", EVERYBODY, kind="data"),
    Rule("/api/v1/projects", ENGINEERS, ("POST",), _PROJECT, "data"),
    Rule("/api/v1/projects/{name}", EVERYBODY, kind="data"),
    Rule("/api/v1/projects/{name}", ENGINEERS, ("PUT",), _PROJECT, "data"),
    Rule("/api/v1/projects/{name}", ENGINEERS, ("DELETE",), kind="data"),
    Rule("/api/v1/projects/{name}/check", EVERYBODY, ("POST",), kind="data"),
    Rule("/api/v1/jobs", EVERYBODY, kind="data"),
    Rule("/api/v1/jobs", ENGINEERS, ("POST",), _FORM, "data"),
    Rule("/api/v1/jobs/{name}", EVERYBODY, kind="data"),
    Rule("/api/v1/jobs/{name}/cancel", EVERYBODY - {"viewer"}, ("POST",), kind="data"),
    Rule("/api/v1/events", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/api/v1/events/{name:path}", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/api/v1/flexibility", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/api/v1/flexibility/{name:path}", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/settlement/{name:path}", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/live/calls/{name:path}", frozenset({"operator", "viewer"}), kind="data"),
    Rule("/documents/{preview}/{package}/{file}", EVERYBODY, kind="data"),
)
"""The fixed routes, the first that covers a path counts; those of the pages come from their registry."""


def page_rules(pages: Iterable[tuple[str, Collection[Role]]]) -> tuple[Rule, ...]:
    """Rules of the pages in both languages.

    Parameters
    ----------
    pages : iterable of (str, collection of Role)
        Path below the language, and who may open it; no role: everybody who is logged in.
    """
    return tuple(
        Rule(f"/{language}/{path}".rstrip("/"), frozenset(roles) or EVERYBODY)
        for path, roles in pages
        for language in ("zh", "en")
    )


def rule_of(rules: Collection[Rule], path: str, method: str) -> tuple[Rule | None, bool]:
    """The rule of a request; and, where there is none, whether its path has one for other methods."""
    wanted = "GET" if method == "HEAD" else method
    found = [rule for rule in rules if rule.covers(path)]
    return next((rule for rule in found if wanted in rule.methods), None), bool(found)
