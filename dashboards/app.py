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
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from dashboards.access.accounts import Accounts
from dashboards.access.exposure import LOOPBACK, Exposure
from dashboards.access.guard import Guard
from dashboards.access.login import login_routes
from dashboards.access.rules import RULES, page_rules
from dashboards.api.app import PREFIX, create_api
from dashboards.calls import call_of
from dashboards.live import streams
from dashboards.pages import PAGES
from dashboards.pages_app import create_pages
from dashboards.preview_routes import preview_routes
from dashboards.workspace import Workspace
from twin.calibration.reading import PAGE as CALIBRATION_PAGE
from twin.crosscheck.stored import PAGE
from twin.report.page import page as write_text
from twin.report.style import Language
from twin.response.operated import RESULT
from weather.errors import TwinError

_THREADS = 8
_COMPRESSED_FROM = 1000


def create_app(root: str | Path, exposure: Exposure = LOOPBACK) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    root : path-like
        The workspace; may be empty or not exist yet.
    exposure : Exposure
        Who can reach it.

    Returns
    -------
    FastAPI
        An ASGI application; its queue of work runs between its startup and its shutdown.

    Raises
    ------
    TwinError
        The workspace cannot be used, or must not be served there.
    """
    workspace = Workspace(Path(root))
    accounts = Accounts(workspace.root)
    exposure.refuse_unsafe(accounts, workspace.root)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        workspace.queue.start()
        yield
        workspace.queue.stop()
        accounts.close()

    app = FastAPI(title="PEDF Twin", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=5)
    app.state.workspace = workspace
    _documents(app, workspace)
    app.include_router(streams(workspace))
    app.include_router(login_routes(accounts))
    app.include_router(preview_routes(workspace))
    app.mount(PREFIX, create_api(workspace))
    pages = create_pages(workspace)
    app.mount("/", cast(ASGIApp, WSGIMiddleware(pages.server, workers=_THREADS)))
    # Added last, it stands outside of everything.
    app.add_middleware(
        Guard,
        accounts=accounts,
        rules=(*RULES, *page_rules((page.path, page.roles) for page in PAGES)),
        hosts=exposure.hosts,
        local=exposure.local,
        secure=exposure.secure,
        script_hashes=pages.csp_hashes(),
    )
    return app


def _documents(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/")
    def first(request: Request) -> Response:
        """The first page in the language that the browser asks for."""
        wanted = request.headers.get("accept-language", "")
        return RedirectResponse("/zh" if "zh" in wanted.lower() else "/en", status_code=302)

    @app.get("/settlement/{name:path}")
    def settlement(name: str, language: Language = "en") -> Response:
        """The settlement of a call that is over, by participant."""
        try:
            folder = call_of(workspace, name).folder / RESULT
        except TwinError as error:
            return PlainTextResponse(workspace.told(error, language), status_code=404)
        file = folder / ("settlement_zh.csv" if language == "zh" else "settlement.csv")
        if not file.is_file():
            return PlainTextResponse("the call is not over.", status_code=404)
        return FileResponse(file, media_type="text/csv", filename=f"{folder.parent.name}-{file.name}")

    @app.get("/studies/{name}/{file}")
    def study_document(name: str, file: str) -> Response:
        """A document of a study, or the page of a check or a calibration: HTML to read, Word and PDF."""
        try:
            if file == PAGE:
                found = workspace.checks.page(name)
            elif file == CALIBRATION_PAGE:
                found = workspace.twins.page(f"studies/{name}")
            else:
                found = workspace.found_studies.documents(name).get(file)
        except TwinError as error:
            return PlainTextResponse(workspace.told(error), status_code=404)
        if found is None:
            return PlainTextResponse("not written yet / 尚未生成", status_code=404)
        shown = "inline" if found.suffix == ".html" else "attachment"
        return FileResponse(found, filename=f"{name}_{file}", content_disposition_type=shown)

    @app.get("/report")
    def report(runs: str = "") -> Response:
        """The offline page of the chosen Runs, with verdicts, assumptions and sources."""
        try:
            return HTMLResponse(write_text(workspace.library.open([n for n in runs.split("|") if n])))
        except TwinError as error:
            return PlainTextResponse(workspace.told(error), status_code=404)
