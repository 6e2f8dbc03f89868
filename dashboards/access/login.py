"""The pages on which people log in and out and change their password; plain forms, no script.

A form carries a token that is sealed for one browser: before there is a session for a cookie that the form's
page set, afterwards for the session.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.access.accounts import Accounts
from dashboards.access.guard import Guard
from dashboards.access.login_page import account_page, login_page
from dashboards.access.next_page import here_only
from dashboards.access.passwords import weakness
from dashboards.access.refusals import language_of, refusal
from dashboards.access.sessions import ABSOLUTE_SECONDS
from dashboards.access.user import User
from twin.report.style import LANGUAGES, Language

_PROOFS_AT_ONCE = 2
"""Passwords looked at together: each takes 64 MiB."""
_FIELDS = 8
_FORM_SECONDS = 3600


@dataclass(frozen=True)
class _Door:
    """What the guard left of a request."""

    guard: Guard
    user: User | None
    token: str | None
    secure: bool
    form_cookie: str
    form_secret: str | None

    @classmethod
    def of(cls, request: Request) -> _Door:
        state, scheme = request.state, request.url.scheme
        name = state.guard.cookie_name(scheme) + "-form"
        return cls(state.guard, state.user, state.session, scheme == "https", name, request.cookies.get(name))


def login_routes(accounts: Accounts) -> APIRouter:
    """The routes; they stand behind a `Guard`.

    Parameters
    ----------
    accounts : Accounts
    """
    router = APIRouter()
    proofs = asyncio.Semaphore(_PROOFS_AT_ONCE)

    async def try_password(name: str, password: str, address: str) -> tuple[str | None, int]:
        """A new session's token, or the seconds to wait, or neither where the password is wrong."""
        wait = await run_in_threadpool(accounts.rate.ask, name, address)
        if wait:
            return None, wait
        async with proofs:
            proven = await run_in_threadpool(accounts.users.proven, name, password)
        if proven is None:
            return None, 0
        await run_in_threadpool(accounts.rate.succeeded, name, address)
        return await run_in_threadpool(accounts.sessions.begin, proven), 0

    @router.get("/login")
    async def to_login(request: Request) -> Response:
        """The page in the language that the browser asks for."""
        language = language_of("", request.headers.get("accept-language", ""))
        return RedirectResponse(f"/{language}/login", 303)

    @router.get("/{language}/login")
    async def show_login(request: Request, language: str, next: str = "") -> Response:  # noqa: A002
        """The form."""
        if language not in LANGUAGES:
            return _no_page(request)
        door = _Door.of(request)
        if door.user is not None:
            return RedirectResponse(here_only(next, f"/{language}"), 303)
        return _login_form(accounts, door, _language(language), here_only(next, ""))

    @router.post("/{language}/login")
    async def log_in(request: Request, language: str) -> Response:
        """Try a name and a password."""
        if language not in LANGUAGES:
            return _no_page(request)
        door, form, speech = _Door.of(request), await _form(request), _language(language)
        goes_on = here_only(form.get("next", ""), "")
        if not accounts.form_is_ours("login", door.form_secret, form.get("token", "")):
            return _login_form(accounts, door, speech, goes_on, status=403, trouble="old_form")
        name = form.get("name", "")
        token, wait = await try_password(name, form.get("password", ""), _address(request))
        if token is None:
            trouble, status = ("wait", 429) if wait else ("wrong", 403)
            return _login_form(
                accounts, door, speech, goes_on, status=status, trouble=trouble, name=name, wait=wait
            )
        await run_in_threadpool(accounts.sessions.end, door.token)
        answer = RedirectResponse(goes_on or f"/{language}", 303)
        _give_session(answer, door, token)
        answer.delete_cookie(door.form_cookie, path="/", secure=door.secure, httponly=True, samesite="strict")
        return answer

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        """End the session."""
        door, form = _Door.of(request), await _form(request)
        language = _language(form.get("language", "en"))
        if door.token is not None and door.user is not None:
            if not accounts.form_is_ours("account", door.token, form.get("token", "")):
                return refusal(403, "old_form", as_page=True, language=language)
            await run_in_threadpool(accounts.sessions.end, door.token)
        answer = RedirectResponse(f"/{language}/login", 303)
        name = door.guard.cookie_name(request.url.scheme)
        answer.delete_cookie(name, path="/", secure=door.secure, httponly=True, samesite="lax")
        return answer

    @router.get("/{language}/account")
    async def show_account(request: Request, language: str, done: str = "") -> Response:
        """Who is logged in, and the form for another password."""
        door = _Door.of(request)
        if language not in LANGUAGES or door.user is None or not door.user.name or door.token is None:
            return RedirectResponse("/", 303)
        return _account(accounts, door, _language(language), changed=done == "1")

    @router.post("/{language}/account")
    async def change_password(request: Request, language: str) -> Response:
        """Another password, for who knows the old one."""
        door, form, speech = _Door.of(request), await _form(request), _language(language)
        if language not in LANGUAGES or door.user is None or not door.user.name or door.token is None:
            return _no_page(request)
        if not accounts.form_is_ours("account", door.token, form.get("token", "")):
            return _account(accounts, door, speech, status=403, trouble="old_form")
        name, new = door.user.name, form.get("new", "")
        if weak := weakness(new, name):
            return _account(accounts, door, speech, status=422, trouble=f"weak_{weak}")
        token, wait = await try_password(name, form.get("password", ""), _address(request))
        if token is None:
            trouble, status = ("wait", 429) if wait else ("wrong_old", 403)
            return _account(accounts, door, speech, status=status, trouble=trouble, wait=wait)
        async with proofs:
            await run_in_threadpool(accounts.users.set_password, name, new)
            proven = await run_in_threadpool(accounts.users.proven, name, new)
        begun = None if proven is None else await run_in_threadpool(accounts.sessions.begin, proven)
        answer = RedirectResponse(f"/{language}/account?done=1" if begun else f"/{language}/login", 303)
        if begun is not None:
            _give_session(answer, door, begun)
        return answer

    return router


def _language(given: str) -> Language:
    return "zh" if given == "zh" else "en"


def _no_page(request: Request) -> Response:
    language = language_of("", request.headers.get("accept-language", ""))
    return refusal(404, "no_page", as_page=True, language=language)


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


async def _form(request: Request) -> dict[str, str]:
    """Fields of a form that stand there once; none where the body is no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        text = (await request.body()).decode("utf-8")
        found = parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _give_session(answer: Response, door: _Door, token: str) -> None:
    name = door.guard.cookie_name("https" if door.secure else "http")
    answer.set_cookie(
        name, token, max_age=ABSOLUTE_SECONDS, path="/", secure=door.secure, httponly=True, samesite="lax"
    )


def _login_form(
    accounts: Accounts,
    door: _Door,
    language: Language,
    goes_on: str,
    *,
    status: int = 200,
    trouble: str | None = None,
    name: str = "",
    wait: int = 0,
) -> Response:
    bound_to = door.form_secret or secrets.token_urlsafe(32)
    page = login_page(
        language,
        token=accounts.form_token("login", bound_to),
        goes_on=goes_on,
        name=name,
        trouble=trouble,
        wait=wait,
    )
    answer = HTMLResponse(page.text, status, page.headers)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    answer.set_cookie(
        door.form_cookie, bound_to, max_age=_FORM_SECONDS, path="/", secure=door.secure, httponly=True,
        samesite="strict",
    )  # fmt: skip
    return answer


def _account(
    accounts: Accounts,
    door: _Door,
    language: Language,
    *,
    status: int = 200,
    trouble: str | None = None,
    wait: int = 0,
    changed: bool = False,
) -> Response:
    if door.user is None or door.token is None:
        return RedirectResponse(f"/{language}/login", 303)
    token = accounts.form_token("account", door.token)
    page = account_page(language, door.user, token=token, trouble=trouble, wait=wait, changed=changed)
    answer = HTMLResponse(page.text, status, page.headers)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer
