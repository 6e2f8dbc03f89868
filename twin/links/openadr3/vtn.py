"""The VTN's pages: the contract's paths over the store, each answer JSON, each error a problem document.

A request passes in this order: token, scope, size, shape, rules; it is answered after the commit. Nothing of
the program's inside reaches a client.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from twin.links.openadr3 import BASE_PATH, LOOPBACK, rules
from twin.links.openadr3.clients import SCOPES, TOKEN_SECONDS, Client, bearer, issue, proven
from twin.links.openadr3.messages import AuthError, Object, ObjectType, Problem, Token
from twin.links.openadr3.notifications import Notifier, refused_callback
from twin.links.openadr3.parsing import LIMITS, BadMessageError, Limits, read
from twin.links.openadr3.rules import DeniedError, Kind
from twin.links.openadr3.store import Row, Store, Target, Transaction

_T = TypeVar("_T")
_COLLECTIONS = {
    "programs": rules.PROGRAM,
    "events": rules.EVENT,
    "reports": rules.REPORT,
    "subscriptions": rules.SUBSCRIPTION,
    "vens": rules.VEN,
}
_FILTERS: dict[str, dict[str, str]] = {
    "programs": {},
    "events": {"programID": "program"},
    "reports": {"programID": "program", "eventID": "event", "clientName": "name"},
    "subscriptions": {"programID": "program", "clientName": "name"},
    "vens": {"venName": "name"},
    "resources": {"resourceName": "name"},
}
"""Which query parameter is which column; targets, `objects`, `skip` and `limit` beside."""

_READ_SECONDS = 30.0
_TOKEN_BYTES = 16_384
_DRAINED = 4
_PROOFS_AT_ONCE = 2
_INT32 = 2**31 - 1
_log = logging.getLogger(__name__)


class ListQuery(BaseModel):
    """What a search may be narrowed by; a page has at most 50 objects."""

    skip: Annotated[int, Field(ge=0, le=_INT32)] = 0
    limit: Annotated[int, Field(ge=0, le=50)] = 50
    target_type: Annotated[str | None, Field(alias="targetType")] = None
    target_values: Annotated[list[str] | None, Field(alias="targetValues")] = None
    program_id: Annotated[str | None, Field(alias="programID")] = None
    event_id: Annotated[str | None, Field(alias="eventID")] = None
    client_name: Annotated[str | None, Field(alias="clientName")] = None
    ven_name: Annotated[str | None, Field(alias="venName")] = None
    resource_name: Annotated[str | None, Field(alias="resourceName")] = None
    objects: list[ObjectType] | None = None


def create_app(
    store: Store,
    *,
    callback_hosts: Collection[str] = LOOPBACK,
    limits: Limits = LIMITS,
    token_seconds: int = TOKEN_SECONDS,
) -> FastAPI:
    """The VTN as an ASGI application.

    Parameters
    ----------
    store : Store
        With `notifications.tell`, so that subscribers hear of changes.
    callback_hosts : collection of str
        Hosts that callbacks may go to.
    limits : Limits
        Of a message.
    token_seconds : int
        How long a token is good, s.

    Returns
    -------
    FastAPI
    """
    notifier = Notifier(store, callback_hosts)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(notifier.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(
        title="OpenADR 3 VTN", lifespan=life, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.include_router(_Pages(store, notifier, frozenset(callback_hosts), limits, token_seconds).router)
    app.add_exception_handler(HTTPException, _said)
    app.add_exception_handler(RequestValidationError, _said_of_query)
    app.add_exception_handler(Exception, _said_of_fault)
    return app


def problem(status: int, detail: str | None, headers: dict[str, str] | None = None) -> Response:
    """A problem document; JSON as the contract declares it."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(content.wire(), status, headers, "application/json")


async def _said(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, str(error.detail), dict(error.headers or {}))


async def _said_of_query(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:5])
    return problem(400, told)


async def _said_of_fault(request: Request, error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    return problem(500, "The server failed; its log says why.")


class _Pages:
    """The routes of one VTN."""

    def __init__(
        self, store: Store, notifier: Notifier, hosts: frozenset[str], limits: Limits, token_seconds: int
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._refuse = partial(refused_callback, hosts=hosts)
        self._limits = limits
        self._token_seconds = token_seconds
        self._proofs = asyncio.Semaphore(_PROOFS_AT_ONCE)
        self.router = APIRouter(prefix=BASE_PATH)
        self.router.add_api_route("/auth/token", self._token, methods=["POST"])
        for name, kind in _COLLECTIONS.items():
            self._route(f"/{name}", name, kind)
        self._route("/vens/{ven}/resources", "resources", rules.RESOURCE)

    def _route(self, path: str, name: str, kind: Kind) -> None:
        async def search(request: Request, query: Annotated[ListQuery, Query()]) -> Response:
            return await self._search(request, name, kind, query)

        async def create(request: Request) -> Response:
            return await self._create(request, kind)

        async def one(request: Request) -> Response:
            return await self._one(request, kind)

        add = self.router.add_api_route
        add(path, search, methods=["GET"])
        add(path, create, methods=["POST"])
        add(f"{path}/{{object_id}}", one, methods=["GET", "PUT", "DELETE"])

    # --- objects ----------------------------------------------------------------------------------------

    async def _search(self, request: Request, name: str, kind: Kind, query: ListQuery) -> Response:
        client = await self._client(request, "read_all")
        given = query.model_dump(by_alias=True)
        equal = [(column, given[key]) for key, column in _FILTERS[name].items() if given[key] is not None]
        equal += _own_only(client, kind)
        ven = request.path_params.get("ven")

        def work() -> list[dict[str, Any]]:
            with self._store.look() as tx:
                mine = rules.own_targets(tx, client)
                if ven is not None:
                    rules.found(tx, client, rules.VEN, ven)
                    equal.append(("ven", ven))
            rows = self._store.search(
                kind.name,
                equal=equal,
                mine=mine if kind.name in ("PROGRAM", "EVENT") else None,
                target_type=query.target_type,
                target_values=query.target_values,
                objects=query.objects if kind.name == "SUBSCRIPTION" else None,
                skip=query.skip,
                limit=query.limit,
            )
            with self._store.look() as tx:
                return [_whole(tx, client, row, mine) for row in rows]

        return JSONResponse(await self._done(work))

    async def _create(self, request: Request, kind: Kind) -> Response:
        client = await self._client(request, kind.scope)
        sent = await self._sent(request, kind)
        ven = request.path_params.get("ven")

        def work() -> dict[str, Any]:
            with self._store.change() as tx:
                row = rules.create(tx, client, kind, sent, self._refuse, ven)
                return _whole(tx, client, row, rules.own_targets(tx, client))

        content = await self._done(work)
        self._notifier.wake()
        return JSONResponse(content, 201)

    async def _one(self, request: Request, kind: Kind) -> Response:
        scope = "read_all" if request.method == "GET" else kind.scope
        client = await self._client(request, scope)
        sent = await self._sent(request, kind) if request.method == "PUT" else None
        object_id = request.path_params["object_id"]
        ven = request.path_params.get("ven")

        def work() -> dict[str, Any]:
            at = self._store.look if request.method == "GET" else self._store.change
            with at() as tx:
                row, mine = rules.found(tx, client, kind, object_id)
                if ven is not None and row.ven != ven:
                    raise DeniedError(404, f"There is no {kind.name} {object_id}.")
                if request.method == "DELETE":
                    content = _whole(tx, client, row, mine)
                    rules.delete(tx, client, kind, object_id)
                    return content
                if sent is not None:
                    row = rules.update(tx, client, kind, object_id, sent, self._refuse)
                return _whole(tx, client, row, mine)

        content = await self._done(work)
        if request.method != "GET":
            self._notifier.wake()
        return JSONResponse(content)

    async def _done(self, work: Callable[[], _T]) -> _T:
        try:
            return await run_in_threadpool(work)
        except DeniedError as denied:
            raise HTTPException(denied.status, denied.detail) from None

    # --- what a request brings --------------------------------------------------------------------------

    async def _client(self, request: Request, scope: str) -> Client:
        challenge = {"WWW-Authenticate": "Bearer"}
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "Give a bearer token from /auth/token.", challenge)
        client = await run_in_threadpool(bearer, self._store, token.strip())
        if client is None:
            raise HTTPException(401, "The token is unknown or has expired.", challenge)
        if scope not in client.scopes:
            raise HTTPException(403, f"The token lacks the scope {scope}.")
        return client

    async def _sent(self, request: Request, kind: Kind) -> Object:
        body = await _body(request, self._limits.size)
        try:
            return await run_in_threadpool(read, kind.model, body, self._limits)
        except BadMessageError as bad:
            raise HTTPException(400, str(bad)) from None

    # --- tokens -----------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        """RFC 6749 section 4.4: client credentials, in the form or by HTTP Basic."""
        body = await _body(request, _TOKEN_BYTES)
        try:
            pairs = parse_qs(
                body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=32
            )
        except ValueError:
            return _refused_token("invalid_request", "The body is no form.")
        if any(len(values) > 1 for values in pairs.values()):
            return _refused_token("invalid_request", "A parameter is repeated.")
        form = {key: values[0] for key, values in pairs.items()}
        if "grant_type" not in form:
            return _refused_token("invalid_request", "grant_type is missing.")
        if form["grant_type"] != "client_credentials":
            return _refused_token("unsupported_grant_type", "Only client_credentials is known.")
        named = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if not named[0] or not named[1]:
            return _refused_token("invalid_request", "client_id and client_secret are needed.")
        async with self._proofs:
            role = await run_in_threadpool(proven, self._store, named[0], named[1])
        if role is None:
            return _refused_token("invalid_client", "The client is unknown or its secret is wrong.", 401)
        asked = frozenset(form.get("scope", "").split()) or SCOPES[role]
        if not asked <= SCOPES[role]:
            return _refused_token("invalid_scope", f"A {role} has {', '.join(sorted(SCOPES[role]))}.")
        token = await run_in_threadpool(issue, self._store, named[0], asked, self._token_seconds)
        granted = Token(
            access_token=token,
            token_type="Bearer",
            expires_in=self._token_seconds,
            scope=" ".join(sorted(asked)),
        )
        return JSONResponse(granted.model_dump(), headers={"Cache-Control": "no-store"})


def _own_only(client: Client, kind: Kind) -> list[tuple[str, str]]:
    """Which rows a VEN may list where targets do not tell."""
    if client.ven_name is None:
        return []
    if kind.name in ("REPORT", "SUBSCRIPTION"):
        return [("owner", client.owner)]
    return [("name", client.ven_name)] if kind.name == "VEN" else []


def _whole(tx: Transaction, client: Client, row: Row, mine: set[Target] | None) -> dict[str, Any]:
    """An object as it is answered; a VEN with its resources."""
    content = rules.shown(client, row, mine)
    if row.kind == "VEN":
        content["resources"] = [resource.json() for resource in tx.resources(row.id)]
    return content


async def _body(request: Request, size: int) -> bytes:
    """The body, if it is small and quick enough; some of a larger one is read off, so that it is answered."""
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for part in request.stream():
                length += len(part)
                if length > _DRAINED * size:
                    break
                if length <= size:
                    parts.append(part)
    except TimeoutError:
        raise HTTPException(408, f"The message took longer than {_READ_SECONDS:g} s.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The message ended early.") from None
    if length > size:
        raise HTTPException(413, f"The message has more than {size} bytes.", {"Connection": "close"})
    return b"".join(parts)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(word, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _refused_token(error: str, why: str, status: int = 400) -> Response:
    content = AuthError.model_validate({"error": error, "error_description": why})
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Basic"
    return Response(content.model_dump_json(exclude_none=True), status, headers, "application/json")
