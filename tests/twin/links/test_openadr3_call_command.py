"""A call is sent to a VTN and taken back by commands, as an operator would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from openadr_vtn import serving
from twin.commands.openadr_call import cancel_call, send_call
from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.calls import call_of
from twin.links.openadr3.clients import admit
from twin.links.openadr3.connection import Connection
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.store import Store
from twin.links.openadr3.vtn import create_app
from weather.errors import TwinError

CALL = "schema: 1\nkind: valley_filling\ndate: 2026-10-03\nstart: '02:30'\nduration: 1.5 h\ncapacity: 3 MW\n"


class Vtn:
    """A VTN on loopback, the settings of its business logic, and a VEN that it calls."""

    def __init__(self, folder: Path, url: str, store: Store) -> None:
        self.settings = folder / "openadr.yaml"
        self.url = url
        self._secret = admit(store, "ven-7", "ven")
        self._write("bl", admit(store, "operator", "bl"), "operator")

    def _write(self, name: str, secret: str, client: str) -> None:
        (self.settings.parent / f"{name}.json").write_text(
            json.dumps({"client_id": client, "client_secret": secret}), "utf-8"
        )
        self.settings.write_text(f"vtn: {self.url}\ncredentials: {name}.json\n", "utf-8")

    def as_ven(self) -> None:
        """Settings of somebody who may not call."""
        self._write("ven", self._secret, "ven-7")

    def events(self) -> list[tuple[Event, Program]]:
        """What the VEN is called for."""
        with Connection(self.url, "ven-7", self._secret) as seen:
            programs = {one.id: one for one in seen.search(Program, "programs")}
            return [(one, programs[one.program_id]) for one in seen.search(Event, "events")]


@pytest.fixture
def vtn(tmp_path: Path) -> Iterator[Vtn]:
    store = Store(tmp_path / "vtn.db")
    with serving(create_app(store, callback_hosts=frozenset())) as http:
        yield Vtn(tmp_path, f"{str(http.base_url).rstrip('/')}{BASE_PATH}", store)
    store.close()


@pytest.fixture
def call(tmp_path: Path) -> Path:
    path = tmp_path / "call.yaml"
    path.write_text(CALL, "utf-8")
    return path


def test_a_call_is_sent_seen_by_who_is_called_and_taken_back(vtn: Vtn, call: Path) -> None:
    sent = send_call(call, vtn.settings, vens=["ven-7"], pay=None)
    assert (sent.kw, sent.program, sent.vens) == (3000.0, "shanghai.valley_filling.day_ahead", ("ven-7",))
    ((event, program),) = vtn.events()
    seen = call_of(event, program)
    assert (seen.kind, seen.committed_kw, seen.start.isoformat()) == (
        "valley_filling", 3000.0, "2026-10-03T02:30:00+08:00",
    )  # fmt: skip
    assert (seen.end - seen.start).total_seconds() == 5400.0
    again = send_call(call, vtn.settings, vens=(), pay=1.5)
    assert again.event != sent.event
    assert len({found.id for _, found in vtn.events()}) == 1  # one program for both
    assert cancel_call(sent.event, vtn.settings).cancelled
    assert [found.id for found, _ in vtn.events()] == [again.event]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("2026-10-03", "hottest_workday", "simulated year"),
        ("capacity: 3 MW\n", "", "names its power"),
        ("1.5 h", "1.4 h", "quarter-hours"),
    ],
)
def test_what_cannot_be_sent_is_told_by_its_key(vtn: Vtn, call: Path, was: str, now: str, words: str) -> None:
    call.write_text(CALL.replace(was, now), "utf-8")
    with pytest.raises(TwinError, match=words):
        send_call(call, vtn.settings, vens=(), pay=None)
    assert vtn.events() == []


def test_who_may_not_call_and_who_is_away_are_told(vtn: Vtn, call: Path, tmp_path: Path) -> None:
    vtn.as_ven()
    with pytest.raises(TwinError, match="the VTN refuses: 403") as told:
        send_call(call, vtn.settings, vens=(), pay=None)
    assert "secret" not in str(told.value)
    with pytest.raises(TwinError, match="the VTN refuses"):
        cancel_call("../programs", vtn.settings)
    away = tmp_path / "away.yaml"
    away.write_text("vtn: http://127.0.0.1:9/openadr3/3.0.1\ncredentials: bl.json\n", "utf-8")
    with pytest.raises(TwinError, match="cannot be spoken to"):
        send_call(call, away, vens=(), pay=None)
