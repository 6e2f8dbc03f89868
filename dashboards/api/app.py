"""The application of the REST interface, which stands in that of the pages."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboards.access.refusals import problem
from dashboards.access.user import RefusedError
from dashboards.api.calls import call_routes
from dashboards.api.flexibility import flexibility_routes
from dashboards.api.jobs import job_routes
from dashboards.api.projects import project_routes
from dashboards.api.runs import run_routes
from dashboards.api.words import ABSENT, PROBLEMS, DeclinedError, asked_in
from dashboards.series import series_routes
from dashboards.words import word
from dashboards.workspace import Workspace
from twin.report.style import pick
from weather.errors import TwinError

PREFIX = "/api/v1"
_ABOUT = (
    "Projects, Runs and their series, work in the queue, operated calls and the flexibility of fleets of "
    "one workspace. "
    "Log in at /en/login; programs send its cookie, and the header Origin with whatever changes something. "
    "What is refused is said in Chinese where Accept-Language asks for it."
)


def create_api(workspace: Workspace) -> FastAPI:
    """The interface.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    FastAPI
        To be mounted at `PREFIX`.
    """
    api = FastAPI(
        title="PEDF Twin",
        version="1",
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    api.include_router(series_routes(workspace))  # before those that take any name of a Run
    api.include_router(run_routes(workspace))
    api.include_router(project_routes(workspace))
    api.include_router(job_routes(workspace))
    api.include_router(call_routes(workspace))
    api.include_router(flexibility_routes(workspace))

    async def of_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, TwinError):
            raise error
        language = asked_in(request)
        status = 404 if error.what.startswith(ABSENT) else 422
        return problem(status, workspace.told(error, language), language=language)

    async def of_declined(request: Request, error: Exception) -> Response:
        if not isinstance(error, DeclinedError):
            raise error
        language = asked_in(request)
        return problem(error.status, pick(language, error.zh, error.en), language=language)

    async def of_query(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        language = asked_in(request)
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:5])[:500]
        return problem(422, pick(language, f"请求中这些内容不可用：{told}", told), language=language)

    async def of_status(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    async def of_refusal(request: Request, error: Exception) -> Response:
        language = asked_in(request)
        return problem(403, word("access.forbidden", language), language=language)

    async def of_fault(request: Request, error: Exception) -> Response:
        language = asked_in(request)
        # what it was stands in the server's log
        return problem(500, word("access.failed", language), language=language)

    api.add_exception_handler(RefusedError, of_refusal)
    api.add_exception_handler(Exception, of_fault)
    api.add_exception_handler(TwinError, of_error)
    api.add_exception_handler(DeclinedError, of_declined)
    api.add_exception_handler(RequestValidationError, of_query)
    api.add_exception_handler(HTTPException, of_status)
    return api
