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
from dashboards.api.words import ABSENT, PROBLEMS
from dashboards.series import series_routes
from dashboards.words import word
from dashboards.workspace import Workspace
from weather.errors import TwinError

PREFIX = "/api/v1"
_ABOUT = (
    "Projects, Runs and their series, work in the queue, operated calls and the flexibility of fleets of "
    "one workspace. "
    "Log in at /en/login; programs send its cookie, and the header Origin with whatever changes something."
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

    async def of_error(_: Request, error: Exception) -> Response:
        if not isinstance(error, TwinError):
            raise error
        return problem(404 if error.what.startswith(ABSENT) else 422, workspace.told(error))

    async def of_query(_: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:5])
        return problem(422, told[:500])

    async def of_status(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    async def of_refusal(_: Request, error: Exception) -> Response:
        return problem(403, word("access.forbidden", "en"))

    async def of_fault(_: Request, error: Exception) -> Response:
        return problem(500, word("access.failed", "en"))  # what it was stands in the server's log

    api.add_exception_handler(RefusedError, of_refusal)
    api.add_exception_handler(Exception, of_fault)
    api.add_exception_handler(TwinError, of_error)
    api.add_exception_handler(RequestValidationError, of_query)
    api.add_exception_handler(HTTPException, of_status)
    return api
