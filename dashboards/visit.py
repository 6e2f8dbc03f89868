"""Who looks at which page: what a layout needs to know of the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode

from dashboards.access.user import WHOEVER, User, asking
from dashboards.words import word
from dashboards.workspace import Workspace
from twin.report.style import Language


@dataclass(frozen=True)
class Visit:
    """One look at one page.

    Parameters
    ----------
    language : {"zh", "en"}
    workspace : Workspace
    user : User
    path : str
        Below the language, without slashes at its ends: `runs`, `owner/plan`; empty for the first page.
    asked : dict of str to list of str
        The query of the address.
    """

    language: Language
    workspace: Workspace
    user: User = WHOEVER
    path: str = ""
    asked: dict[str, list[str]] = field(default_factory=dict)

    def say(self, key: str, **values: object) -> str:
        """Words of the catalogue in the reader's language."""
        return word(key, self.language, **values)

    def first(self, name: str, default: str = "") -> str:
        """A value of the query."""
        return self.asked.get(name, [default])[0]

    def href(self, path: str = "", **query: str) -> str:
        """Address of another page in the same language."""
        return href(self.language, path, **query)


def href(language: Language, path: str = "", **query: str) -> str:
    """Address of a page."""
    tail = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"/{language}/{path}".rstrip("/") + tail


def language_of(path: str | None) -> Language:
    """Language of an address: Chinese below `/zh`, English elsewhere."""
    return "zh" if (path or "").strip("/").split("/")[0] == "zh" else "en"


def visit_of(workspace: Workspace, path: str | None, search: str | None) -> Visit:
    """Read an address; the reader is who asks."""
    parts = [part for part in (path or "").split("/") if part]
    below = parts[1:] if parts and parts[0] in ("zh", "en") else parts
    query = parse_qs((search or "").lstrip("?"))
    return Visit(language_of(path), workspace, asking(), "/".join(below), query)
