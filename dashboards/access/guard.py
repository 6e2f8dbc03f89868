"""The one door of the pages: every request and socket passes here first, and what no rule allows is refused.

In this order: is the request well formed, does it call us by our name, does it come from a page of ours, is
there a rule, who asks, may he, is its body small enough. Bodies are read here, whole and in time, so that a
slow sender holds no thread of the pages. Behind the door `user.asking` knows who asks;
`scope["state"]["user"]` has him too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access.accounts import Accounts
from dashboards.access.exposure import HEADER_BYTES
from dashboards.access.headers import policies, with_security
from dashboards.access.hosts import Hosts, from_here, may_load, origin_of
from dashboards.access.next_page import login_path
from dashboards.access.refusals import language_of, refusal
from dashboards.access.rules import Kind, Rule, rule_of
from dashboards.access.user import WHOEVER, RefusedError, User, asked_by

NOT_LOGGED_IN, FORBIDDEN = 4401, 4403
"""Codes with which a socket is closed."""
_SAFE = frozenset({"GET", "HEAD"})
_BODY_SECONDS = 60.0
_DRAINED = 1 << 20
_PATH_CHARACTERS = 2048
_LOOK_AGAIN_SECONDS = 10.0
_log = logging.getLogger(__name__)


class _Refused(Exception):  # noqa: N818
    """A refusal on its way out; words of the catalogue."""

    def __init__(
        self, status: int, key: str, headers: Mapping[str, str] | None = None, **values: object
    ) -> None:
        self.status, self.key, self.headers, self.values = status, key, headers, values
        super().__init__(key)


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app : ASGI application
    accounts : Accounts
    rules : collection of Rule
        The first that covers a path counts.
    hosts : Hosts
        Names that we answer to.
    local : bool
        Whether only this machine reaches us: without accounts the pages are then open.
    secure : bool
        Whether requests must have come by TLS, to us or to a proxy in front of us.
    script_hashes : collection of str
        Of scripts that stand in the pages, as `Dash.csp_hashes()` gives them.
    """

    def __init__(
        self,
        app: ASGIApp,
        accounts: Accounts,
        rules: Collection[Rule],
        *,
        hosts: Hosts,
        local: bool,
        secure: bool,
        script_hashes: Collection[str] = (),
    ) -> None:
        self._app, self._accounts, self._rules = app, accounts, tuple(rules)
        self._hosts, self._local, self._secure = hosts, local, secure
        self._policies = policies(script_hashes)
        self._cookie = accounts.cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or a socket, or refuse to."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # --- requests ---------------------------------------------------------------------------------------

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        rule: Rule | None = None
        user: User | None = None
        token: str | None = None
        started = ended = False
        looked = time.monotonic()

        async def secured(message: Message) -> None:
            nonlocal started, ended, looked
            kind: Kind = "page" if rule is None else rule.kind
            if message["type"] == "http.response.start":
                started = True
                told = with_security(message["headers"], kind, self._policies[kind])
                message = {**message, "headers": told}
            elif user is not None and time.monotonic() - looked > _LOOK_AGAIN_SECONDS:
                looked = time.monotonic()
                if not await self.still(user, token):  # a stream does not outlive its session
                    ended = True
                    raise OSError("the session has ended")
            await send(message)

        try:
            _refuse_malformed(scope, headers)
            self._refuse_stranger(scope, headers)
            rule, user, token = await self._admitted(scope, headers)
            body = await _whole_body(receive, headers, rule.body)
            _tell_inside(scope, user, token, self)
            with asked_by(user or _STRANGER):
                await self._app(scope, _once(body, receive), secured)
        except _Refused as refused:
            await self._refuse(scope, headers, refused, secured, receive)
        except RefusedError as error:
            if started:
                raise
            _log.info("refused: %s", error)
            await self._refuse(scope, headers, _Refused(403, "forbidden"), secured, receive)
        except Exception:
            if ended:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            if started:
                raise
            _log.exception("a request failed")
            await self._refuse(scope, headers, _Refused(500, "failed"), secured, receive)

    async def _refuse(
        self, scope: Scope, headers: Headers, refused: _Refused, send: Send, receive: Receive
    ) -> None:
        as_page = _wants_page(headers)
        language = language_of(scope["path"], headers.get("accept-language", ""))
        answer: Response
        if refused.status == 401 and as_page and scope["method"] in _SAFE:
            answer = RedirectResponse(login_path(language, _asked_for(scope)), 303)
        else:
            answer = refusal(
                refused.status, refused.key, as_page=as_page, language=language, headers=refused.headers,
                **refused.values,
            )  # fmt: skip
        await answer(scope, receive, send)

    def _refuse_stranger(self, scope: Scope, headers: Headers) -> None:
        """Refuse what calls us by another's name, came in clear, or from a page of somebody else."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._hosts.answer_to(host):
            raise _Refused(421, "other_host")
        if self._secure and scope["scheme"] not in ("https", "wss"):
            raise _Refused(403, "in_clear")
        ours = origin_of(scope["scheme"], host)
        site = headers.get("sec-fetch-site")
        if scope["type"] == "http" and scope["method"] in _SAFE:
            if not may_load(site, headers.get("sec-fetch-mode")):
                raise _Refused(403, "other_page")
        elif not from_here(headers.get("origin"), site, ours):
            raise _Refused(403, "not_from_here", origin=ours)

    async def _admitted(self, scope: Scope, headers: Headers) -> tuple[Rule, User | None, str | None]:
        """The rule of a request, and who asks."""
        method = "SOCKET" if scope["type"] == "websocket" else scope["method"]
        rule, path_known = rule_of(self._rules, scope["path"], method)
        token = _cookie(headers, self.cookie_name(scope["scheme"]))
        if rule is not None and rule.kind == "asset" and rule.roles is None:
            return rule, None, None  # thirty of them make one page: nobody is looked up for them
        user = await run_in_threadpool(self._who, token)
        if user is None and (rule is None or rule.roles is not None):
            raise _Refused(401, "log_in", {"WWW-Authenticate": f'Cookie cookie-name="{self._cookie}"'})
        if rule is None:
            raise _Refused(405 if path_known else 404, "no_method" if path_known else "no_page")
        if not rule.admits(user):
            raise _Refused(403, "forbidden")
        return rule, user, token

    def _who(self, token: str | None) -> User | None:
        if self._local and not self._accounts.users.any():
            return WHOEVER  # for this machine alone, until somebody has an account
        return self._accounts.sessions.user_of(token)

    def cookie_name(self, scheme: str) -> str:
        """Name of the session's cookie; by TLS browsers keep the name from being set by another host."""
        return f"__Host-{self._cookie}" if scheme in ("https", "wss") else self._cookie

    # --- sockets ----------------------------------------------------------------------------------------

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            _refuse_malformed(scope, headers)
            self._refuse_stranger(scope, headers)
            _, user, token = await self._admitted(scope, headers)
        except _Refused as refused:
            await receive()
            # Accepted first: a browser is told the code of an open socket only.
            await send({"type": "websocket.accept"})
            code = NOT_LOGGED_IN if refused.status == 401 else FORBIDDEN
            await send({"type": "websocket.close", "code": code, "reason": refused.key})
            return
        _tell_inside(scope, user, token, self)
        socket = _Socket(self, user, token, receive, send)
        with asked_by(user or _STRANGER):
            await self._app(scope, socket.receive, socket.send)

    async def still(self, user: User | None, token: str | None) -> bool:
        """Whether who opened a socket is still let in, with the roles that he had."""
        return await run_in_threadpool(self._who, token) == user


_STRANGER = User("", frozenset())


class _Socket:
    """A socket that ends with the session that opened it."""

    def __init__(
        self, guard: Guard, user: User | None, token: str | None, receive: Receive, send: Send
    ) -> None:
        self._guard, self._user, self._token = guard, user, token
        self._receive, self._send = receive, send
        self._looked, self._ended = time.monotonic(), False

    async def receive(self) -> Message:
        """The next message, if the session is still there."""
        message = await self._receive()
        if message["type"] == "websocket.receive" and not await self._good():
            return {"type": "websocket.disconnect", "code": NOT_LOGGED_IN}
        return message

    async def send(self, message: Message) -> None:
        """Send, if the session is still there; else close the socket, and fail as sending then does."""
        if message["type"] == "websocket.send" and not await self._good():
            raise OSError("the session has ended")
        await self._send(message)

    async def _good(self) -> bool:
        if not self._ended and time.monotonic() - self._looked > _LOOK_AGAIN_SECONDS:
            self._looked = time.monotonic()
            if not await self._guard.still(self._user, self._token):
                self._ended = True
                await self._send({"type": "websocket.close", "code": NOT_LOGGED_IN, "reason": "log_in"})
        return not self._ended


def _refuse_malformed(scope: Scope, headers: Headers) -> None:
    """Refuse what parts of the application could read in two ways."""
    if sum(len(name) + len(value) for name, value in headers.raw) > HEADER_BYTES:
        raise _Refused(431, "headers_too_large")
    # WSGI makes one of `x-y` and `x_y`, and joins what stands twice.
    if any(b"_" in name for name, _ in headers.raw) or len(headers.getlist("content-length")) > 1:
        raise _Refused(400, "malformed")
    path: str = scope["path"]
    parts = path.split("/")[1:]
    odd = any(ord(c) < 32 or c in "\\\x7f\ufffd" for c in path)
    if (
        not path.startswith("/")
        or len(path) > _PATH_CHARACTERS
        or odd
        or any(part in (".", "..") for part in parts)
        or "" in parts[:-1]
        or not scope["query_string"].isascii()
    ):
        raise _Refused(400, "malformed")


async def _whole_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The body, if it is small and quick enough; some of a larger one is read off, so that it is answered."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit() and len(declared) < 16):
        raise _Refused(400, "malformed")
    parts: list[bytes] = []
    length, more = 0, True
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while more and length <= limit + _DRAINED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refused(400, "malformed")
                part = message.get("body", b"")
                length += len(part)
                if length <= limit and int(declared) <= limit:
                    parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise _Refused(408, "too_slow", {"Connection": "close"}) from None
    if length > limit or int(declared) > limit:
        raise _Refused(413, "too_large", {"Connection": "close"}, limit=limit)
    return b"".join(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever else comes."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


def _tell_inside(scope: Scope, user: User | None, token: str | None, guard: Guard) -> None:
    state: dict[str, Any] = scope.setdefault("state", {})
    state |= {"user": user, "session": token, "guard": guard}


def _cookie(headers: Headers, name: str) -> str | None:
    """The value of a cookie that is sent exactly once."""
    found: list[str] = []
    for header in headers.getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                found.append(value)
    return found[0] if len(found) == 1 else None


def _wants_page(headers: Headers) -> bool:
    mode = headers.get("sec-fetch-mode")
    return mode == "navigate" or (mode is None and "text/html" in headers.get("accept", ""))


def _asked_for(scope: Scope) -> str:
    query = scope["query_string"].decode("ascii")
    return scope["path"] + (f"?{query}" if query else "")
