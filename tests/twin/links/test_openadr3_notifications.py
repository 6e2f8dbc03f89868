"""Webhooks of the VTN: where callbacks may go, who hears of what, what cannot be subscribed to."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openadr_parties import Place, call, said_of, target
from openadr_vtn import wait_until
from twin.links.openadr3.messages import Notification
from twin.links.openadr3.notifications import LOOPBACK, refused_callback
from twin.links.openadr3.parsing import read


@pytest.mark.parametrize(
    ("url", "about"),
    [
        ("http://127.0.0.1:8080/x", None),
        ("https://localhost/x", None),
        ("http://[::1]:9/", None),
        ("https://ven.example:444/hook", None),
        ("http://ven.example/hook", "https"),
        ("https://169.254.169.254/latest", "does not call"),
        ("https://ven.example.evil.net/", "does not call"),
        ("https://127.0.0.1.evil.net/", "does not call"),
        ("https://ven.example@evil.net/", "password"),
        ("http://2130706433/", "does not call"),
        ("http://127.1/", "does not call"),
        ("http://0.0.0.0/", "does not call"),
        ("file:///etc/passwd", "does not call"),
        ("ftp://127.0.0.1/", "https"),
        ("//127.0.0.1/", "https"),
        ("", "does not call"),
        ("http://[::1", "no URL"),
        ("http://127.0.0.1\\@evil.net/", ""),
        ("http://a b/", ""),
    ],
)
def test_callbacks_go_where_they_may(url: str, about: str | None) -> None:
    why = refused_callback(url, LOOPBACK | {"ven.example"})
    assert (why is None) == (about is None), why
    if about is not None and why is not None:
        assert about in why


@given(st.text(max_size=60) | st.text("htps:/@[]127.0\\#?evilcom", max_size=40))
def test_any_address_is_refused_or_is_one_of_those_allowed(url: str) -> None:
    if refused_callback(url, LOOPBACK) is None:
        assert httpx.URL(url).host in LOOPBACK


class Hook(ThreadingHTTPServer):
    """A callback that fails a few times before it takes notifications."""

    daemon_threads = True

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.got: list[tuple[str | None, Notification]] = []
        self.came = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.came:
                    status = 503 if hook.failures > 0 else 200
                    hook.failures -= 1
                    if status == 200:
                        hook.got.append((self.headers["Authorization"], read(Notification, body)))
                        hook.came.notify_all()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def wait(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, timeout=120), len(self.got)


def test_subscribers_hear_of_what_they_may_see_and_only_that(clients: Callable[[], Place]) -> None:
    here = clients()
    hook, dead = Hook(failures=2), "http://127.0.0.1:9/"
    program = here.bl.made("/programs", programName="p")
    other = here.bl.made("/programs", programName="q")
    operation = {
        "objects": ["EVENT", "REPORT"], "operations": ["CREATE", "PUT", "DELETE"],
        "callbackUrl": hook.url, "bearerToken": "sesame",
    }  # fmt: skip
    wish = {"clientName": "v1", "programID": program["id"], "objectOperations": [operation]}
    here.v1.made("/subscriptions", **wish)
    unheard = operation | {"callbackUrl": dead}
    here.v1.made("/subscriptions", **wish | {"objectOperations": [unheard]})
    for_v1 = here.bl.made("/events", **call(program, targets=[target("VEN_NAME", "v1", "v2")]))
    here.bl.made("/events", **call(program, targets=[target("VEN_NAME", "v2")]))
    here.bl.made("/events", **call(other))
    here.v2.made("/reports", **said_of(for_v1, "v2"))
    mine = here.v1.made("/reports", **said_of(for_v1, "v1"))
    changed = call(program, priority=1, targets=[target("VEN_NAME", "v1", "v2")])
    assert here.bl.ask("PUT", f"/events/{for_v1['id']}", json=changed).status_code == 200
    assert here.bl.ask("DELETE", f"/events/{for_v1['id']}").status_code == 200
    hook.wait(4)
    assert {bearer for bearer, _ in hook.got} == {"Bearer sesame"}
    told = sorted((n.operation, n.object_type, n.object.id) for _, n in hook.got)
    assert told == sorted(
        [("POST", "EVENT", for_v1["id"]), ("POST", "REPORT", mine["id"]),
         ("PUT", "EVENT", for_v1["id"]), ("DELETE", "EVENT", for_v1["id"])]
    )  # fmt: skip
    assert all("v2" not in n.wire() for _, n in hook.got)

    def queued() -> list[str]:
        with closing(sqlite3.connect(here.path)) as file:
            return [url for (url,) in file.execute("SELECT url FROM notification")]

    wait_until("the last commit", 120, lambda: len(queued()) == 4)
    assert queued() == [dead] * 4  # kept for later; it held up nobody
    hook.shutdown()
    hook.server_close()


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"callbackUrl": "https://evil.net/"}, "evil.net"),
        ({"operations": ["READ"]}, "reading"),
        ({"operations": ["GET"]}, "notify of reading"),
        ({"bearerToken": "a\r\nHost: b"}, "header"),
    ],
)
def test_a_subscription_that_cannot_be_served_is_refused(place: Place, change: Any, about: str) -> None:
    program = place.bl.made("/programs", programName=f"s{about}")
    operation = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": "http://127.0.0.1:9/"}
    wish = {"clientName": "v1", "programID": program["id"], "objectOperations": [operation | change]}
    assert about in place.v1.refused(400, "POST", "/subscriptions", json=wish)
