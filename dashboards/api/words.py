"""What the routes of the interface have in common: problem documents, names, pages of lists."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import BaseModel, Field

from dashboards.access.refusals import language_of
from twin.report.style import Language

ABSENT = ("there is no ", "the Run has no column")
"""How errors begin that say that something is not there."""


class DeclinedError(Exception):
    """What a route declines with a status of its own.

    Parameters
    ----------
    status : int
        Of HTTP.
    en, zh : str
        Why.
    """

    def __init__(self, status: int, en: str, zh: str) -> None:
        super().__init__(en)
        self.status, self.en, self.zh = status, en, zh


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="Always about:blank: the status says of which kind it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The status of HTTP.")
    detail: str = Field(description="What is wrong, where, and what would be right.")


_WHY = {
    400: "The request is malformed.",
    401: "Nobody is logged in.",
    403: "The role does not allow it, or the request does not come from here.",
    404: "It is not there, or not for who asks.",
    405: "The address does not know that method.",
    409: "It was changed elsewhere, or is there already.",
    413: "The body is too large.",
    422: "What was given cannot be used.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": why,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "model": Problem,
    }
    for status, why in _WHY.items()
}


def asked_in(request: Request) -> Language:
    """Language that a request prefers."""
    return language_of("", request.headers.get("accept-language", ""))


RunName = Annotated[
    str, Path(description="Name of a Run, with its folder: `examples/shanghai_office_pedf`.", max_length=200)
]
Limit = Annotated[int, Query(description="Most entries of the list.", ge=1, le=500)]
Skip = Annotated[int, Query(description="Entries that are left out at its beginning.", ge=0, le=100_000)]
