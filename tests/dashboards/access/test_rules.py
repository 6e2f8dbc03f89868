"""Rules: no route without one, no callback without roles, and each role against each route."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route, WebSocketRoute

from dashboards.access.rules import EVERYBODY, RULES, Rule, page_rules, rule_of
from dashboards.access.user import ROLES, RefusedError, User, asked_by
from dashboards.pages import PAGES
from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace

Browsers = Callable[[str], TestClient]
ALL_RULES = (*RULES, *page_rules((page.path, page.roles) for page in PAGES))

_DASH_WITHOUT_RULE = {"/static/<path:filename>", "/_reload-hash", "/", "/<path:path>"}
"""Routes of Dash and Flask that are meant to be refused: `/` is FastAPI's, pages have rules one by one."""

STRANGERS = {"/", "/login", "/{language}/login", "/logout", "/_favicon.ico", "/assets/{file:path}"} | {
    "/_dash-component-suites/{file:path}"
}
"""What is open to whoever comes, written here once more: a rule that is opened must be opened twice."""


def _routes(app: FastAPI) -> Iterable[tuple[str, str]]:
    """Path and method of each route outside of Dash."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            yield from ((route.path + path, method) for path, method in _routes(route.app))
        elif isinstance(route, Mount):
            assert route.path == "", f"the mount {route.path} is walked by no test"
        elif isinstance(route, WebSocketRoute):
            yield route.path, "SOCKET"
        elif isinstance(route, Route | APIRoute):
            for method in sorted(route.methods or ()):
                yield route.path, method
        else:
            # FastAPI keeps what was included in a route of its own.
            yield from _included(route)


def _included(route: Any) -> Iterable[tuple[str, str]]:
    router = getattr(route, "original_router", None) or getattr(route, "router", None)
    assert router is not None, f"{route!r} is walked by no test"
    for inner in router.routes:
        for method in sorted(inner.methods or ()):
            yield inner.path, method


def _filled(path: str) -> str:
    for name, value in (
        ("{language}", "en"),
        ("{file:path}", "pages.css"),
        ("{name:path}", "x/y"),
        ("{name}", "x"),
    ):
        path = path.replace(name, value)
    return path.replace("{", "").replace("}", "")


def test_every_route_has_a_rule(app: FastAPI) -> None:
    found = list(_routes(app))
    assert ("/report", "GET") in found
    assert ("/api/v1/projects/{name}", "DELETE") in found
    assert ("/{language}/login", "POST") in found
    for path, method in found:
        rule, _ = rule_of(ALL_RULES, _filled(path), method)
        assert rule is not None, f"{method} {path} has no rule in dashboards/access/rules.py"


def test_every_route_of_the_pages_has_a_rule_or_is_meant_to_be_refused(app: FastAPI, guarded: Any) -> None:
    server = create_pages(Workspace(guarded)).server
    seen = set()
    for route in server.url_map.iter_rules():
        seen.add(route.rule)
        path = route.rule.replace("<string:package_name>/<path:fingerprinted_path>", "x/y.js")
        path = path.replace("<path:filename>", "x")
        if route.rule in _DASH_WITHOUT_RULE:
            continue
        for method in route.methods - {"OPTIONS", "HEAD"}:
            assert rule_of(ALL_RULES, path, method)[0] is not None, f"{method} {route.rule}"
    assert seen >= _DASH_WITHOUT_RULE
    for path in (
        "/static/x",
        "/_reload-hash",
        "/anything",
        "/zh/nothing",
        "/en/runs/more",
        "/ZH/runs",
        "/zhx",
    ):
        assert rule_of(ALL_RULES, path, "GET") == (None, False)


def test_strangers_get_what_the_test_says_and_no_more() -> None:
    assert {rule.path for rule in ALL_RULES if rule.roles is None} == STRANGERS


def test_every_callback_demands_roles(guarded: Any) -> None:
    pages = create_pages(Workspace(guarded))
    called = {name: entry["callback"] for name, entry in pages.callback_map.items() if "callback" in entry}
    assert len(called) >= 4
    for name, function in called.items():
        roles = getattr(function, "roles", None)
        assert roles, f"the callback of {name} demands no roles"
        assert roles <= set(ROLES)
        with pytest.raises(RefusedError, match="nobody is known"):
            _demanding(function)()
        with asked_by(User("x", frozenset())), pytest.raises(RefusedError, match="this is for"):
            _demanding(function)()


def _demanding(function: Any) -> Any:
    """The function below Dash's own wrapping, which wants a request: its demand stands before all else."""
    while hasattr(function.__wrapped__, "roles"):
        function = function.__wrapped__
    return function


def test_a_page_for_some_is_shut_to_others() -> None:
    rules = page_rules([("plan", {"owner"}), ("", ())])
    assert [rule.path for rule in rules] == ["/zh/plan", "/en/plan", "/zh", "/en"]
    plan, first = rules[0], rules[2]
    assert [role for role in ROLES if plan.admits(User("x", frozenset({role})))] == ["owner", "administrator"]
    assert [role for role in ROLES if first.admits(User("x", frozenset({role})))] == list(ROLES)
    assert not first.admits(None)
    assert not first.admits(User("x", frozenset()))


def test_a_rule_covers_its_own_paths_only() -> None:
    rule = Rule("/runs/{run}/series", EVERYBODY)
    assert rule.covers("/runs/a b/series")
    for path in (
        "/runs//series",
        "/runs/a/b/series",
        "/runs/a/series/",
        "/runs/a/series\n",
        "x/runs/a/series",
    ):
        assert not rule.covers(path), path
    assert Rule("/a.b", None).covers("/a.b")
    assert not Rule("/a.b", None).covers("/axb")


def test_head_goes_with_get_and_nothing_else_does() -> None:
    rules = (Rule("/a", None), Rule("/b", None, ("POST",)))
    assert rule_of(rules, "/a", "HEAD")[0] is rules[0]
    assert rule_of(rules, "/b", "HEAD") == (None, True)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "SOCKET", "get"):
        assert rule_of(rules, "/a", method) == (None, True)


def _body_of(rule: Rule, method: str) -> dict[str, Any]:
    return {"content": b"{}", "headers": {"Content-Type": "application/json"}} if method != "GET" else {}


_CASES = [(rule, method) for rule in ALL_RULES for method in rule.methods if method != "SOCKET"]


@pytest.mark.parametrize(("rule", "method"), _CASES, ids=[f"{method} {rule.path}" for rule, method in _CASES])
def test_each_role_against_each_route(
    browser: Callable[[], TestClient], logged_in: Browsers, rule: Rule, method: str
) -> None:
    path = _filled(rule.path)
    for who in (None, *ROLES):
        client = browser() if who is None else logged_in(who)
        answer = client.request(method, path, **_body_of(rule, method))
        led_away = answer.status_code == 401 or (
            path not in ("/login", "/logout")
            and re.match("/(zh|en)/login", answer.headers.get("location", "")) is not None
        )
        if rule.roles is None:
            assert not led_away, who
        elif who is None:
            assert led_away
            assert answer.content == b"" or "Log in first" in answer.text
        elif who == "administrator" or who in rule.roles:
            assert not led_away, who
            assert not (
                answer.status_code == 403 and ("Your roles" in answer.text or "你的角色" in answer.text)
            ), who
        else:
            assert answer.status_code == 403, who
            assert "Your roles do not allow this" in answer.text or "你的角色无权" in answer.text


def test_the_table_of_the_issue_is_the_table_of_the_pages() -> None:
    """Which role opens which page: what is written in `pages` is repeated here, so that a slip is seen."""
    for page in PAGES:
        if page.group == "shared":
            assert page.roles == frozenset(), page.key
        else:
            assert page.roles <= set(ROLES), page.key
