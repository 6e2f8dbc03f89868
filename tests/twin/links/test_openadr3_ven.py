"""The VEN against a real VTN on loopback: registration, events, its outbox, tokens, what wakes it."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from openadr_vtn import serving, wait_until
from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.callbacks import Callbacks
from twin.links.openadr3.clients import admit
from twin.links.openadr3.connection import Connection, RefusedError, UnreachableError
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.messages import Event, Interval, Program, Report, ValuesMap
from twin.links.openadr3.messages import Ven as VenObject
from twin.links.openadr3.notifications import tell
from twin.links.openadr3.reports import Opt, opt_of
from twin.links.openadr3.store import Store
from twin.links.openadr3.ven import Change, Ven, back_off
from twin.links.openadr3.vtn import create_app
from weather.errors import TwinError


@dataclass
class Place:
    """A VTN with business logic and the credentials of one VEN."""

    url: str
    db: Path
    bl: Connection
    secret: str
    program: Program

    def ven(self, folder: Path, name: str = "v1", secret: str | None = None) -> Ven:
        """The VEN with its journal in a folder."""
        connection = Connection(self.url, name, secret or self.secret)
        return Ven(connection, Journal(folder / "journal.db"), name, ["chiller", "battery"])

    def call(self, *vens: str) -> Event:
        """A new event."""
        payload = ValuesMap(type="DISPATCH_SETPOINT_RELATIVE", values=(-5.0,))
        targets = (ValuesMap(type="VEN_NAME", values=vens),) if vens else None
        interval = Interval(id=0, payloads=(payload,))
        return self.bl.post(
            "events", Event(program_id=self.program.id or "", intervals=(interval,), targets=targets)
        )

    def reports(self) -> list[Report]:
        """What business logic reads."""
        return self.bl.search(Report, "reports")

    def age_tokens(self) -> None:
        """All tokens expire now."""
        with closing(sqlite3.connect(self.db)) as file:
            file.execute("UPDATE token SET expires = 0")
            file.commit()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A VTN on a socket."""
    store = Store(tmp_path / "vtn.db", tell)
    secrets = [admit(store, "bl", "bl"), admit(store, "v1", "ven")]
    with serving(create_app(store)) as http:
        url = f"{http.base_url}".rstrip("/") + BASE_PATH
        bl = Connection(url, "bl", secrets[0])
        program = bl.post("programs", Program(program_name="p"))
        yield Place(url, tmp_path / "vtn.db", bl, secrets[1], program)


def report(event: Event, name: str, **more: Any) -> Report:
    return Report(
        program_id=event.program_id, event_id=event.id or "", client_name="v1", report_name=name,
        resources=(), **more,
    )  # fmt: skip


def test_it_registers_itself_once_whatever_is_there_already(place: Place, tmp_path: Path) -> None:
    first = place.ven(tmp_path).register()
    assert place.ven(tmp_path).register().id == first.id
    (ven,) = place.bl.search(VenObject, "vens")
    assert [r.resource_name for r in ven.resources or ()] == ["chiller", "battery"]


def test_it_learns_of_new_changed_and_cancelled_events_until_it_has_dealt_with_them(
    place: Place, tmp_path: Path
) -> None:
    ven = place.ven(tmp_path)
    place.call("somebody else")
    event = place.call("v1")
    assert [(c.what, c.event.id) for c in ven.poll()] == [("new", event.id)]
    (change,) = place.ven(tmp_path).poll()  # killed before it dealt with it
    ven.handled(change)
    assert place.ven(tmp_path).poll() == []
    place.bl.put(f"events/{event.id}", event.model_copy(update={"priority": 1}))
    (change,) = ven.poll()
    assert (change.what, change.event.priority) == ("changed", 1)
    ven.handled(change)
    place.bl.delete(f"events/{event.id}")
    (change,) = ven.poll()
    assert (change.what, change.event.id) == ("cancelled", event.id)
    ven.handled(change)
    assert ven.poll() == []


def test_it_sees_more_events_than_a_page_holds(place: Place, tmp_path: Path) -> None:
    made = [place.call() for _ in range(53)]
    assert [c.event.id for c in place.ven(tmp_path).poll()] == [e.id for e in made]


def test_a_report_is_there_once_whatever_was_lost_on_the_way(place: Place, tmp_path: Path) -> None:
    ven, event = place.ven(tmp_path), place.call()
    ven.report(report(event, "r"))
    assert ven.flush() == 1
    assert ven.flush() == 0
    ven.report(report(event, "r"))  # sent, but the answer never came
    assert ven.flush() == 1
    assert len(place.reports()) == 1
    ven.opt(event, Opt(True, -5.0))
    assert ven.flush() == 1
    ven.opt(event, Opt(False))  # it thinks again
    assert ven.flush() == 1
    assert sorted(str(opt_of(one)) for one in place.reports()) == ["None", str(Opt(False))]


def test_a_report_that_is_refused_stays_to_be_seen_and_holds_up_none(place: Place, tmp_path: Path) -> None:
    ven, event = place.ven(tmp_path), place.call()
    ven.report(report(event, "of nothing").model_copy(update={"event_id": "nothing"}))
    ven.report(report(event, "good"))
    assert ven.flush() == 1
    assert [one.report_name for one in place.reports()] == ["good"]
    with closing(Journal(tmp_path / "journal.db")) as journal:
        assert journal.waiting() == []
        assert "no event" in journal.refused()["of nothing"]
    with pytest.raises(ValueError, match="name"):
        ven.report(report(event, "").model_copy(update={"report_name": None}))


def test_an_expired_token_is_replaced_and_a_wrong_secret_keeps_all(place: Place, tmp_path: Path) -> None:
    ven, event = place.ven(tmp_path), place.call()
    ven.register()
    place.age_tokens()
    ven.report(report(event, "r"))
    assert ven.flush() == 1
    (tmp_path / "wrong").mkdir()
    wrong = place.ven(tmp_path / "wrong", secret="guess")
    wrong.report(report(event, "w"))
    with pytest.raises(RefusedError) as refused:
        wrong.flush()
    assert refused.value.status == 401
    with closing(Journal(tmp_path / "wrong" / "journal.db")) as journal:
        assert len(journal.waiting()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{",
    ],
)
def test_what_is_no_vtn_is_worth_another_try(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(65536)
                taken.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Connection(url, "v1", "s") as vtn, pytest.raises(UnreachableError):
            vtn.search(Event, "events")
        thread.join()
    with Connection(url, "v1", "s") as vtn, pytest.raises(UnreachableError, match="Connect"):
        vtn.search(Event, "events")


def test_a_secret_does_not_go_where_anybody_listens(tmp_path: Path) -> None:
    for url in ("http://vtn.example/openadr3/3.0.1", "ftp://127.0.0.1/", "https://[::1", "vtn"):
        with pytest.raises(TwinError, match=r"clear|address"):
            Connection(url, "v1", "s")
    with pytest.raises(TwinError, match="certificate"):
        Connection("https://vtn.example", "v1", "s", authority=tmp_path / "nothing.pem")


def test_waits_grow_to_a_minute_and_are_never_the_same() -> None:
    for failures, longest in ((1, 1.0), (2, 2.0), (5, 16.0), (7, 60.0), (1000, 60.0)):
        waits = {back_off(failures) for _ in range(200)}
        assert len(waits) == 200
        assert 0.5 * longest <= min(waits) <= max(waits) <= longest


def test_a_callback_wakes_it_and_only_with_the_token(place: Place, tmp_path: Path) -> None:
    ven = place.ven(tmp_path)
    callbacks = Callbacks(ven.wake)
    known = threading.Event()

    def handle(change: Change) -> None:
        ven.opt(change.event, Opt(True, -1.0))
        known.set()

    ven.register()
    for _ in range(2):  # the second time its subscription is renewed
        ven.subscribe(place.program, callbacks.url, callbacks.token)
    running = threading.Thread(target=ven.run, args=(handle,), kwargs={"poll_seconds": 600.0})
    running.start()
    wait_until("the first poll", 120, lambda: bool(place.bl.search(VenObject, "vens")))
    event = place.call("v1")
    assert known.wait(120)
    wait_until("the opt", 120, lambda: len(place.reports()) == 1)
    assert place.reports()[0].event_id == event.id
    ven.end()
    running.join(timeout=120)
    assert not running.is_alive()
    with httpx.Client(trust_env=False) as http:
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer x"}, 401),
            ({"Authorization": f"Bearer {callbacks.token}"}, 200),
        ):
            assert http.post(callbacks.url, content=b"{}", headers=headers).status_code == status
        headers = {"Authorization": f"Bearer {callbacks.token}"}
        assert http.post(callbacks.url, content=iter([b"{}"]), headers=headers).status_code == 411
        assert http.get(callbacks.url).status_code == 501
    with socket.create_connection(("127.0.0.1", httpx.URL(callbacks.url).port or 0)) as plain:
        huge = f"Authorization: Bearer {callbacks.token}\r\nContent-Length: {1 << 30}"
        plain.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{huge}\r\n\r\n".encode())
        assert b" 413 " in plain.recv(200)
    callbacks.close()


def test_a_ven_imports_no_simulator() -> None:
    """Whoever only speaks OpenADR starts in a fraction of a second."""
    code = (
        "import sys, twin.links.openadr3\nempty = len(sys.modules)\n"
        "import twin.links.openadr3.ven, twin.links.openadr3.callbacks\n"
        "heavy = {'numba', 'numpy', 'pandas', 'scipy', 'fastapi', 'uvicorn', 'typer', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(m for m in sys.modules if m.startswith('twin.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")
    assert "twin.market" not in done.stdout


def test_a_journal_that_is_something_else_is_left_alone(tmp_path: Path, place: Place) -> None:
    for path in (place.db, tmp_path, tmp_path / "no" / "journal.db"):
        with pytest.raises(TwinError, match="journal"):
            Journal(path)


def test_a_run_goes_on_when_it_is_admitted_again(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def renamed(old: str, new: str) -> None:
        with closing(sqlite3.connect(place.db)) as file:
            file.execute("UPDATE client SET id = ? WHERE id = ?", (new, old))
            file.commit()

    renamed("v1", "suspended")
    place.call("v1")
    ven, handled = place.ven(tmp_path), threading.Event()
    running = threading.Thread(target=ven.run, args=(lambda change: handled.set(),))
    running.start()
    wait_until("a refusal", 120, lambda: "again in" in caplog.text)
    assert not handled.is_set()
    renamed("suspended", "v1")
    assert handled.wait(120)
    ven.end()
    running.join(timeout=120)
    assert not running.is_alive()
