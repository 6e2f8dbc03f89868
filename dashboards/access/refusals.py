"""What somebody is told who is not let in: a page for people, a problem document for programs (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

from dashboards.access.page import framed
from dashboards.words import word
from twin.report.style import LANGUAGES, Language


def language_of(path: str, accepted: str) -> Language:
    """Chinese below `/zh`, English below `/en`, elsewhere what the browser asks for."""
    first = path.strip("/").split("/")[0]
    for language in LANGUAGES:
        if first == language:
            return language
    return "zh" if "zh" in accepted.lower() else "en"


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, *, language: Language = "en"
) -> Response:
    """A problem document, its detail in a language."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(content, ensure_ascii=False)
    said_in = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(body, status, {**(headers or {}), **said_in}, "application/problem+json")


def refusal(
    status: int,
    key: str,
    *,
    as_page: bool,
    language: Language,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """A refusal.

    Parameters
    ----------
    status : int
    key : str
        Words of the catalogue: `access.<key>`.
    as_page : bool
        For people; else for programs.
    language : {"zh", "en"}
    **values
        What stands in braces in the words.
    """
    if not as_page:
        return problem(status, word(f"access.{key}", language, **values), headers, language=language)
    said = escape(word(f"access.{key}", language, **values))
    home = escape(word("access.home", language))
    body = f'<h1>{status}</h1>\n<p>{said}</p>\n<p><a href="/{language}">{home}</a></p>'
    page = framed(str(status), body, language)
    return HTMLResponse(page.text, status, {**page.headers, **(headers or {})})
