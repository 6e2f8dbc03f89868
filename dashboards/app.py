"""The application: pages, report and, around them, what every request passes.

FastAPI is outside: it has the REST interface, sockets and documents. Dash stands in it as a WSGI application,
so that its callbacks run in threads and a slow figure holds nobody else up (on Dash's own FastAPI backend
they would run on the event loop).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace
from twin.report.page import page as write_text
from weather.errors import TwinError

_THREADS = 8
_COMPRESSED_FROM = 1000


def create_app(root: str | Path) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    root : path-like
        The workspace; may be empty or not exist yet.

    Returns
    -------
    FastAPI
        An ASGI application; its queue of work runs between its startup and its shutdown.

    Raises
    ------
    TwinError
        The workspace cannot be used.
    """
    workspace = Workspace(Path(root))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        workspace.queue.start()
        yield
        workspace.queue.stop()

    app = FastAPI(title="PEDF Twin", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=5)
    app.state.workspace = workspace
    _documents(app, workspace)
    pages = WSGIMiddleware(create_pages(workspace).server, workers=_THREADS)
    app.mount("/", cast(ASGIApp, pages))
    return app


def _documents(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/")
    def first(request: Request) -> Response:
        """The first page in the language that the browser asks for."""
        wanted = request.headers.get("accept-language", "")
        return RedirectResponse("/zh" if "zh" in wanted.lower() else "/en", status_code=302)

    @app.get("/report")
    def report(runs: str = "") -> Response:
        """The offline page of the chosen Runs, with verdicts, assumptions and sources."""
        try:
            return HTMLResponse(write_text(workspace.library.open([n for n in runs.split("|") if n])))
        except TwinError as error:
            return PlainTextResponse(str(error), status_code=404)
