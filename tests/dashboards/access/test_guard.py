"""The guard: what it lets in, what it refuses before anything of the application runs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboards.access import guard as module
from dashboards.access.accounts import Accounts
from dashboards.access.guard import Guard
from dashboards.access.hosts import LOOPBACK_NAMES, Hosts
from dashboards.access.rules import EVERYBODY, Rule
from dashboards.access.user import asking, require

PASSWORD = "a long walk by the Huangpu"
BASE = "http://127.0.0.1:8050"
HOME = {"Origin": BASE}
LIMIT = 1000

RULES = (
    Rule("/open", None),
    Rule("/who", EVERYBODY, kind="data"),
    Rule("/page", EVERYBODY),
    Rule("/engineers", frozenset({"engineer"}), ("GET", "POST"), LIMIT, "data"),
    Rule("/file/{name:path}", EVERYBODY, kind="data"),
    Rule("/inside", EVERYBODY, kind="data"),
    Rule("/fails", EVERYBODY, kind="data"),
    Rule("/stream", EVERYBODY, kind="data"),
    Rule("/live", EVERYBODY, ("SOCKET",)),
)
seen: list[str] = []
"""What reached the application."""


def _who(request: Request) -> Response:
    seen.append("who")
    return JSONResponse({"asking": asking().name, "state": request.state.user.name})


async def _engineers(request: Request) -> Response:
    seen.append("engineers")
    return JSONResponse({"bytes": len(await request.body())})


def _open(_: Request) -> Response:
    return PlainTextResponse("open", headers={"Server": "leaky/1.0", "X-Powered-By": "x"})


def _file(request: Request) -> Response:
    seen.append("file")
    return PlainTextResponse(request.path_params["name"])


def _inside(_: Request) -> Response:
    return PlainTextResponse(require("engineer").name)


def _fails(_: Request) -> Response:
    raise RuntimeError("/home/somebody/secret.py")


async def _live(socket: WebSocket) -> None:
    seen.append("live")
    await socket.accept()
    try:
        while True:
            await socket.send_text(f"{asking().name} {await socket.receive_text()}")
    except WebSocketDisconnect:
        seen.append("gone")


async def _stream(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for k in range(1000):
            seen.append(f"part {k}")
            yield f"{k}\n".encode()
            await asyncio.sleep(0.01)

    return StreamingResponse(parts())


def _application(**guard: Any) -> Starlette:
    routes = [("/who", _who), ("/page", _who), ("/open", _open), ("/file/{name:path}", _file)]
    return Starlette(
        middleware=[Middleware(Guard, **guard)],
        routes=[
            *(
                Route(path, act)
                for path, act in [*routes, ("/inside", _inside), ("/fails", _fails), ("/stream", _stream)]
            ),
            Route("/engineers", _engineers, methods=["GET", "POST"]),
            Route("/unruled", _who),
            WebSocketRoute("/live", _live),
        ],
    )


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(tmp_path)
    made.users.add("eng", PASSWORD, ["engineer"])
    made.users.add("view", PASSWORD, ["viewer"])
    seen.clear()
    yield made
    made.close()


def _guard(accounts: Accounts, **changes: Any) -> Starlette:
    given: dict[str, Any] = {"hosts": Hosts(LOOPBACK_NAMES), "local": True, "secure": False, **changes}
    return _application(accounts=accounts, rules=RULES, **given)


def _client(app: Starlette, base: str = BASE) -> TestClient:
    return TestClient(app, base_url=base, follow_redirects=False, raise_server_exceptions=False)


def _token(accounts: Accounts, name: str = "eng") -> str:
    found = accounts.users.proven(name, PASSWORD)
    assert found is not None
    token = accounts.sessions.begin(found)
    assert token is not None
    return token


@pytest.fixture
def client(accounts: Accounts) -> TestClient:
    """Logged in as an engineer."""
    made = _client(_guard(accounts))
    made.cookies.set(accounts.cookie, _token(accounts))
    return made


def test_who_asks_is_known_inside(client: TestClient) -> None:
    assert client.get("/who").json() == {"asking": "eng", "state": "eng"}


def test_without_accounts_whoever_sits_there_comes_in(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    client = _client(_guard(accounts))
    assert client.get("/who").json() == {"asking": "", "state": ""}
    assert client.post("/engineers", headers=HOME).status_code == 200
    assert client.post("/engineers", headers={"Origin": "http://evil.example"}).status_code == 403
    accounts.users.add("li", PASSWORD, ["viewer"])  # from then on, at once
    assert client.get("/who").status_code == 401


def test_beyond_loopback_no_accounts_is_nobody(tmp_path: Path) -> None:
    client = _client(_guard(Accounts(tmp_path), local=False))
    assert client.get("/who").status_code == 401
    assert client.get("/open").status_code == 200


# --- who ------------------------------------------------------------------------------------------------


def test_strangers_are_led_to_the_log_in_or_told(accounts: Accounts) -> None:
    client = _client(_guard(accounts))
    page = client.get("/page?a=1&b=%2F", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert (page.status_code, page.headers["location"]) == (303, "/zh/login?next=%2Fpage%3Fa%3D1%26b%3D%252F")
    data = client.get("/who")
    assert data.status_code == 401
    assert data.headers["content-type"] == "application/problem+json"
    assert data.json()["detail"] == "Log in first."
    assert "www-authenticate" in data.headers
    assert seen == []


@pytest.mark.parametrize("path", ["/unruled", "/nothing", "/who/", "/whoever", "/Who"])
def test_what_has_no_rule_is_not_there(client: TestClient, accounts: Accounts, path: str) -> None:
    assert client.get(path).status_code == 404
    assert _client(_guard(accounts)).get(path).status_code == 401  # strangers do not learn what there is
    assert seen == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_methods_without_a_rule_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/who", headers=HOME).status_code == 405
    assert seen == []


def test_a_role_that_is_not_enough_is_refused(accounts: Accounts) -> None:
    client = _client(_guard(accounts))
    client.cookies.set(accounts.cookie, _token(accounts, "view"))
    assert client.get("/who").status_code == 200
    assert client.get("/engineers").status_code == 403
    assert client.get("/inside").status_code == 403  # by `require`, behind the door
    accounts.users.set_roles("view", ["engineer"])
    assert client.get("/engineers").status_code == 200
    assert client.get("/inside").text == "view"


def test_forged_ended_and_doubled_cookies_open_nothing(accounts: Accounts) -> None:
    client, name, token = _client(_guard(accounts)), accounts.cookie, _token(accounts)

    def asked(cookie: str) -> int:
        return client.get("/who", headers={"Cookie": cookie}).status_code

    assert asked(f"{name}={token}") == 200
    assert asked(f"a=b; {name}={token}; c") == 200
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    for cookie in (
        f"{name}={forged}",
        f"{name}=",
        name,
        f"{name}={token}x",
        f'{name}="{token}"',
        f"{name.upper()}={token}",
        f"__Host-{name}={token}",
        f"{name}={forged}; {name}={token}",  # one of the two was set by somebody else
        f"{name}-form={token}",
        f"x{name}={token}",
    ):
        assert asked(cookie) == 401, cookie
    accounts.sessions.end(token)
    assert asked(f"{name}={token}") == 401  # replayed


def test_by_tls_only_the_cookie_counts_that_no_other_host_can_set(accounts: Accounts) -> None:
    client = _client(_guard(accounts, secure=True), "https://127.0.0.1")
    token = _token(accounts)
    assert client.get("/who", headers={"Cookie": f"{accounts.cookie}={token}"}).status_code == 401
    assert client.get("/who", headers={"Cookie": f"__Host-{accounts.cookie}={token}"}).status_code == 200


# --- where from -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "127.0.0.1@evil", "127.0.0.2",
     "10.0.0.1", "[::2]", "127.0.0.1:8050:1", "127.0.0.1 ", "localhost,evil", "127.0.0.1:port", "2130706433"],
)  # fmt: skip
def test_other_names_of_the_host_are_refused_on_loopback_too(client: TestClient, host: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, "/engineers", headers={"Host": host, "Origin": f"http://{host}"})
        assert answer.status_code == 421
    assert client.get("/open", headers={"Host": host}).status_code == 421
    assert seen == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "127.0.0.1", "[::1]:8050", "localhost."])
def test_our_own_names_are_answered_to(client: TestClient, host: str) -> None:
    assert client.get("/who", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8051"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://127.0.0.1:8050"}, 403),
        ({"Origin": "http://localhost:8050"}, 403),
        ({"Origin": "http://127.0.0.1:8050.evil.example"}, 403),
        ({"Origin": f"{BASE}/"}, 403),
        ({"Origin": ""}, 403),
        ({"Referer": f"{BASE}/page"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": BASE, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": BASE}, 200),
        ({"Origin": BASE, "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_changes_come_from_pages_of_ours(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/engineers", headers=headers, content=b"x")
    assert answer.status_code == status
    assert seen == (["engineers"] if status == 200 else [])
    if status == 403:
        assert BASE in answer.json()["detail"]  # what a program should send


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),  # a link in a letter
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),  # a picture, a script
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
    ],
)
def test_others_may_link_here_but_load_nothing(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.get("/who", headers=headers).status_code == status


def test_behind_a_proxy_nobody_is_answered_in_clear(accounts: Accounts) -> None:
    guard = _guard(accounts, secure=True, local=False)
    assert _client(guard).get("/open").status_code == 403
    assert _client(guard, "https://127.0.0.1").get("/open").status_code == 200


# --- what is sent ---------------------------------------------------------------------------------------


async def _raw(
    guard: Starlette, path: str, query: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
) -> int:
    """The status for a path that no client would send as it is."""
    sent: list[Any] = []
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": query, "headers": [(b"host", b"127.0.0.1:8050"), *(headers or [])], "root_path": "",
        "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8050),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await guard(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "path",
    ["/file/../../etc/passwd", "/file/..", "/file/./x", "/../file/x", "//file/x", "/file//x",
     "/file/a\\..\\b",
     "/file/a\x00b", "/file/a\nb", "/file/\x7f", "file/x", "", "/file/" + "x" * 3000, "/file/\ufffd",
     "/who/.."],
)  # fmt: skip
def test_paths_that_lead_elsewhere_reach_nothing(accounts: Accounts, path: str) -> None:
    cookie = [(b"cookie", f"{accounts.cookie}={_token(accounts)}".encode())]
    assert asyncio.run(_raw(_guard(accounts), path, headers=cookie)) == 400
    assert seen == []


@pytest.mark.parametrize("path", ["/file/a", "/file/上海/b c.csv", "/file/.hidden", "/file/a..b", "/file/"])
def test_honest_paths_pass(accounts: Accounts, path: str) -> None:
    cookie = [(b"cookie", f"{accounts.cookie}={_token(accounts)}".encode())]
    assert asyncio.run(_raw(_guard(accounts), path, headers=cookie)) == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (b"a=\xff", []),
        (b"", [(b"x_forwarded_for", b"1.2.3.4")]),
        (b"", [(b"content-length", b"0"), (b"content-length", b"5")]),
        (b"", [(b"content-length", b"-1")]),
        (b"", [(b"content-length", b"1e3")]),
        (b"", [(b"content-length", b"9" * 5000)]),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(
    accounts: Accounts, query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    cookie = (b"cookie", f"{accounts.cookie}={_token(accounts)}".encode())
    assert asyncio.run(_raw(_guard(accounts), "/who", query, [cookie, *headers])) == 400
    assert seen == []


def test_two_hosts_are_none(accounts: Accounts) -> None:
    assert asyncio.run(_raw(_guard(accounts), "/open", headers=[(b"host", b"evil.example")])) == 421


def test_large_headers_are_refused(client: TestClient) -> None:
    assert client.get("/who", headers={"X-Long": "x" * 10_000}).status_code == 200
    assert client.get("/who", headers={"X-Long": "x" * 17_000}).status_code == 431
    many = [(f"X-{k}", "y" * 50) for k in range(400)]
    assert client.get("/who", headers=many).status_code == 431


@pytest.mark.parametrize(("size", "status"), [(0, 200), (LIMIT, 200), (LIMIT + 1, 413), (5_000_000, 413)])
def test_a_body_has_the_size_that_its_route_allows(client: TestClient, size: int, status: int) -> None:
    def parts() -> Iterator[bytes]:
        for start in range(0, size, 100_000):
            yield b"x" * min(100_000, size - start)

    for content in (b"x" * size, parts()):  # with a length that is told, and without
        answer = client.post("/engineers", content=content, headers=HOME)
        assert answer.status_code == status
        if status == 200:
            assert answer.json() == {"bytes": size}
        else:
            assert str(LIMIT) in answer.json()["detail"]


def test_strangers_send_no_body(accounts: Accounts) -> None:
    read = 0

    async def act() -> int:
        async def parts() -> Any:
            nonlocal read
            for _ in range(100):
                read += 1
                yield b"x" * 1000

        transport = httpx.ASGITransport(_guard(accounts))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            return (await http.post("/engineers", content=parts(), headers=HOME)).status_code

    assert asyncio.run(act()) == 401
    assert read == 0


def test_a_sender_that_takes_its_time_is_let_go(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BODY_SECONDS", 0.1)

    async def act() -> int:
        async def parts() -> Any:
            yield b"x"
            await asyncio.sleep(30)
            yield b"x"

        transport = httpx.ASGITransport(_guard(accounts))
        cookies = {accounts.cookie: _token(accounts)}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies) as http:
            return (await http.post("/engineers", content=parts(), headers=HOME)).status_code

    assert asyncio.run(act()) == 408
    assert seen == []


# --- what is answered -----------------------------------------------------------------------------------


def test_every_answer_has_the_headers(client: TestClient, accounts: Accounts) -> None:
    stranger = _client(_guard(accounts))
    for answer in (
        client.get("/who"),
        client.get("/open"),
        client.get("/nothing"),
        client.get("/fails"),
        client.post("/engineers"),
        client.get("/open", headers={"Host": "evil.example"}),
        stranger.get("/page", headers={"Accept": "text/html"}),
        stranger.get("/who"),
    ):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "unsafe-eval" not in policy
        assert "server" not in headers
        assert "x-powered-by" not in headers


def test_scripts_in_the_pages_run_by_their_hash_only(accounts: Accounts) -> None:
    client = _client(_guard(accounts, script_hashes=["'sha256-abc='"]))
    policy = client.get("/open").headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self' 'sha256-abc='"


def test_a_fault_tells_nothing_of_the_inside(client: TestClient) -> None:
    for accept in ("application/json", "text/html"):
        answer = client.get("/fails", headers={"Accept": accept})
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "RuntimeError" not in answer.text
        assert "its log says why" in answer.text


def test_refusals_speak_the_language_of_the_reader(client: TestClient) -> None:
    page = {"Accept": "text/html"}
    assert "没有这个页面" in client.get("/zh/nothing", headers=page).text
    assert "There is no such page" in client.get("/en/nothing", headers=page).text
    assert "没有这个页面" in client.get("/x", headers={**page, "Accept-Language": "zh-CN"}).text
    assert "&lt;script" not in client.get("/en/<script>", headers=page).text  # nothing is said back


# --- sockets --------------------------------------------------------------------------------------------


def _closed(client: TestClient, headers: dict[str, str]) -> int:
    with client.websocket_connect("/live", headers=headers) as socket:
        found = socket.receive()
        assert found["type"] == "websocket.close"
        return int(found["code"])


def test_a_socket_of_ours_is_opened(client: TestClient) -> None:
    with client.websocket_connect("/live", headers={**HOME, "Host": "127.0.0.1:8050"}) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "eng hello"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:8051"},
     {"Origin": "ws://127.0.0.1:8050"}, {"Origin": BASE, "Host": "evil.example"}],
)  # fmt: skip
def test_sockets_of_other_pages_are_closed(client: TestClient, headers: dict[str, str]) -> None:
    assert _closed(client, {"Host": "127.0.0.1:8050", **headers}) == 4403
    assert seen == []


def test_sockets_of_strangers_are_closed(accounts: Accounts) -> None:
    client = _client(_guard(accounts))
    assert _closed(client, {**HOME, "Host": "127.0.0.1:8050"}) == 4401
    assert seen == []


@pytest.mark.parametrize("ending", ["log out", "other roles", "removed"])
def test_a_socket_ends_with_its_session(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN_SECONDS", 0.0)
    client, token = _client(_guard(accounts)), _token(accounts)
    client.cookies.set(accounts.cookie, token)
    with client.websocket_connect("/live", headers={**HOME, "Host": "127.0.0.1:8050"}) as socket:
        socket.send_text("first")
        assert socket.receive_text() == "eng first"
        acts: dict[str, Callable[[], object]] = {
            "log out": lambda: accounts.sessions.end(token),
            "other roles": lambda: accounts.users.set_roles("eng", ["viewer"]),
            "removed": lambda: accounts.users.remove("eng"),
        }
        acts[ending]()
        socket.send_text("second")
        found = socket.receive()
        assert (found["type"], found["code"]) == ("websocket.close", 4401)
    assert seen == ["live", "gone"]


def test_a_stream_ends_with_its_session(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN_SECONDS", 0.02)
    client, token = _client(_guard(accounts)), _token(accounts)
    client.cookies.set(accounts.cookie, token)
    threading.Timer(0.5, lambda: accounts.sessions.end(token)).start()
    answer = client.get("/stream")
    assert answer.status_code == 200
    got = answer.text.split()
    assert got == [str(k) for k in range(len(got))]
    assert 5 < len(got) < 900


def test_problem_documents_are_json(client: TestClient) -> None:
    content = json.loads(client.get("/nothing").content)
    assert content == {
        "type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is no such page.",
    }  # fmt: skip
