"""OpenADR 2.0b between processes over TLS: registration, event to opt, telemetry, restarts, who stays out."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import trustme
import yaml
from openleadr.messaging import create_message, parse_message
from typer.testing import CliRunner

from openadr_meters import QUARTER, VenCommand
from openadr_vtn import TWIN, wait_until
from twin.cli import app
from twin.links.openadr2.bridge import TELEMETRY
from twin.links.openadr2.vtn_settings import fingerprint_of, read_vtn2_settings
from twin.links.openadr3 import rules
from twin.links.openadr3.calls import event_of, program_of
from twin.links.openadr3.clients import SCOPES, Client
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.parsing import read
from twin.links.openadr3.settlement import read_book, row_bytes, settle_book
from twin.links.openadr3.store import Store
from twin.market.event import Call
from twin.market.products import load_programme
from weather.errors import TwinError

pytestmark = pytest.mark.long
DAY = pd.Timestamp.now(tz="Asia/Shanghai").normalize() + pd.Timedelta(days=1)
START, QUARTERS = DAY + pd.Timedelta(hours=13), 4
FAST = next(one for one in load_programme().products() if one.key == "peak_shaving.fast")
BUSINESS = Client("bl", "bl", None, SCOPES["bl"])


class Stage:
    """A VTN's file, an authority, a server's certificate, and those of VENs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.db = folder, folder / "vtn.db"
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.certificate("server", "127.0.0.1")
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def certificate(self, name: str, *identities: str) -> tuple[Path, Path]:
        """A certificate and its key."""
        made = self.ca.issue_cert(*(identities or (f"{name}.example",)))
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        made.cert_chain_pems[0].write_to_path(str(paths[0]))
        made.private_key_pem.write_to_path(str(paths[1]))
        return paths

    def settings(self, **more: Any) -> Path:
        """Settings of the VTN that lets v1 and v2 in."""
        told = {
            "db": "vtn.db", "port": self.port, "certificate": "server.pem", "key": "server.key", "poll": 1,
            "authority": "ca.pem", "vens": [{"name": n, "certificate": f"{n}.pem"} for n in ("v1", "v2")],
        }  # fmt: skip
        path = self.folder / "vtn2.yaml"
        path.write_text(yaml.safe_dump(told | more))
        return path

    def start(self, **more: Any) -> None:
        """Start `twin serve openadr2`, or start it again at its port."""
        self.process = subprocess.Popen(
            [TWIN, "serve", "openadr2", str(self.settings(**more)), "--json"],
            stdout=subprocess.PIPE, stderr=(self.folder / "vtn2.log").open("a"), text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        assert told["tls"] is True
        self.url = told["url"]
        self.port = httpx.URL(self.url).port or 0

    def ven(self, name: str, kw: float, made: float, offer: float, **more: Any) -> Path:
        """Settings and meter of a VEN."""
        folder = self.folder / f"ven {name}"
        folder.mkdir()
        times = pd.date_range(DAY - pd.Timedelta(days=10), DAY + pd.Timedelta(hours=16), freq=QUARTER)
        load = pd.Series(kw, times)
        load[(times >= START) & (times < START + QUARTERS * QUARTER)] += made
        pd.DataFrame({"time": [t.isoformat() for t in times], "kw": load.to_numpy()}).to_csv(
            folder / "meter.csv", index=False
        )
        told = {
            "protocol": "2.0b", "vtn": self.url, "name": name, "authority": str(self.folder / "ca.pem"),
            "certificate": str(self.folder / f"{name}.pem"), "key": str(self.folder / f"{name}.key"),
            "vtn_fingerprint": fingerprint_of(self.folder / "server.pem"), "source": "meter.csv", "poll": 1.0,
            "resources": [{"name": "plant"}], "offer": {"peak_shaving": f"{offer} kW"},
            "clock": {"start": (START - QUARTER).isoformat(), "speed": 600.0},
        }  # fmt: skip
        path = folder / "ven.yaml"
        path.write_text(yaml.safe_dump(told | more))
        return path

    def write(self, kind: rules.Kind, sent: Any) -> Any:
        """What business logic posts, as the VTN of OpenADR 3 would write it."""
        with closing(Store(self.db)) as store, store.change() as tx:
            row = rules.create(tx, BUSINESS, kind, sent, lambda url: url)
        return read(type(sent), row_bytes(row))

    def http(self, name: str | None) -> httpx.Client:
        """A client by hand with a VEN's certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return httpx.Client(
            verify=context, trust_env=False, timeout=120.0, headers={"Content-Type": "application/xml"}
        )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Set up, and ended in any case."""
    here = Stage(tmp_path)
    for name in ("v1", "v2", "outsider"):
        here.certificate(name)
    here.start()
    yield here
    assert here.process is not None
    here.process.kill()


def signed(stage: Stage, name: str, kind: str, **payload: Any) -> str:
    """A message with a VEN's signature."""
    cert, key = (stage.folder / f"{name}{end}" for end in (".pem", ".key"))
    return create_message(kind, cert=cert.read_bytes(), key=key.read_bytes(), **payload)


def test_a_call_reaches_the_installed_base_and_is_settled(
    stage: Stage, figure: Callable[[str], None]
) -> None:
    began = time.monotonic()
    program: Program = stage.write(rules.PROGRAM, program_of(load_programme(), FAST))
    call = Call("peak_shaving", START, START + QUARTERS * QUARTER, 80.0, "fast")
    event: Event = stage.write(rules.EVENT, event_of(call, program, pay=3.0, vens=["v1", "v2"]))
    vens = [
        VenCommand(stage.ven("v1", 200.0, -40.0, 40.0), from_nothing=True),
        VenCommand(stage.ven("v2", 300.0, 0.0, 30.0)),
    ]
    try:
        name = event.id or ""
        wait_until("both answers", 120, lambda: len(read_book(stage.db).committed_kw.get(name, {})) == 2)
        assert stage.process is not None
        stage.process.kill()
        time.sleep(1.0)
        stage.start()
        last = START + (QUARTERS - 1) * QUARTER

        def whole() -> bool:
            meters = read_book(stage.db).meters
            return len(meters) == 2 and all(last in series.index for series in meters.values())

        wait_until("telemetry of the call", 180, whole)
        ended = [ven.end() for ven in vens]
    finally:
        for ven in vens:
            ven.process.kill()
    assert [code for code, _, _ in ended] == [0, 0]
    answers = [next(line for line in out if "opt" in line) for _, out, _ in ended]
    assert [one["opt"] for one in answers] == ["in", "out"]
    assert "30 kW are offered of 40 kW" in answers[1]["why"]
    book = read_book(stage.db)
    assert book.committed_kw == {name: {"v1": 40.0, "v2": 0.0}}
    assert (book.exercises, book.unread) == (frozenset(), {})
    series = book.meters["v1"]
    window = (series.index >= START) & (series.index <= last)
    assert set(series[window]) == {160.0}
    assert set(series[~window]) == {200.0}
    (settled,) = settle_book(book)
    assert dict(zip(settled.participants, settled.pay_fen.tolist(), strict=True)) == {"v1": 12000, "v2": 0}
    with closing(Store(stage.db)) as store:
        held = {row.event for row in store.search("REPORT", limit=1000) if "DEMAND" in row.body}
        (standing,) = [row for row in store.search("EVENT") if row.name == TELEMETRY]
    assert held == {standing.id}
    count = sum(map(len, book.meters.values()))
    figure(
        f"OpenADR 2.0b over TLS: two VENs of openleadr answered and reported {count} quarter-hours through a"
        f" kill of the VTN; 40 kW for an hour settled at {settled.pay_fen.sum() / 100:.2f} CNY, in"
        f" {time.monotonic() - began:.0f} s"
    )


def test_a_changed_and_a_cancelled_call_are_told(stage: Stage) -> None:
    program: Program = stage.write(rules.PROGRAM, program_of(load_programme(), FAST))
    call = Call("peak_shaving", START, START + QUARTERS * QUARTER, 40.0, "fast")
    event: Event = stage.write(rules.EVENT, event_of(call, program, pay=3.0, vens=["v1"]))
    with stage.http("v1") as http:

        def said(kind: str, service: str, **payload: Any) -> tuple[str, dict[str, Any]]:
            body = signed(stage, "v1", kind, **payload)
            answer = http.post(f"{stage.url}/{service}", content=body)
            assert answer.status_code == 200, answer.text
            return parse_message(answer.content)

        def polled() -> tuple[str, dict[str, Any]]:
            return said("oadrPoll", "OadrPoll", ven_id="v1")

        kind, payload = polled()
        assert kind == "oadrDistributeEvent"
        (first,) = payload["events"]
        assert first["event_descriptor"]["modification_number"] == 0
        assert polled()[0] == "oadrResponse"  # it has this version
        time.sleep(0.2)
        with closing(Store(stage.db)) as store, store.change() as tx:
            rules.update(
                tx,
                BUSINESS,
                rules.EVENT,
                event.id or "",
                event.model_copy(update={"priority": 1}),
                lambda u: u,
            )
        _, payload = polled()
        number = payload["events"][0]["event_descriptor"]["modification_number"]
        assert number >= 1
        created = {
            "response": {"response_code": 200, "response_description": "OK", "request_id": "r"},
            "event_responses": [
                {"response_code": 200, "response_description": "OK", "request_id": "r", "event_id": event.id,
                 "modification_number": number, "opt_type": "optIn"}
            ],
        }  # fmt: skip
        said("oadrCreatedEvent", "EiEvent", ven_id="v1", **created)
        assert read_book(stage.db).committed_kw == {event.id: {"v1": 40.0}}
        created["event_responses"][0]["opt_type"] = "optOut"  # type: ignore[index]
        said("oadrCreatedEvent", "EiEvent", ven_id="v1", **created)
        assert read_book(stage.db).committed_kw == {event.id: {"v1": 0.0}}
        with closing(Store(stage.db)) as store, store.change() as tx:
            rules.delete(tx, BUSINESS, rules.EVENT, event.id or "")
        for _ in range(2):  # also after a restart, since the VEN had answered
            kind, payload = polled()
            assert kind == "oadrDistributeEvent"
            assert payload["events"][0]["event_descriptor"]["event_status"] == "cancelled"
            assert payload["events"][0]["event_descriptor"]["modification_number"] == number + 1
            assert stage.process is not None
            stage.process.kill()
            stage.start()


def test_who_does_not_belong_stays_out(stage: Stage, tmp_path: Path, figure: Callable[[str], None]) -> None:
    kept: list[str] = []
    poll = {"ven_id": "v1"}
    with stage.http(None) as nobody, pytest.raises(httpx.TransportError):
        nobody.post(f"{stage.url}/OadrPoll", content=signed(stage, "v1", "oadrPoll", **poll))
    kept.append("no certificate")
    strange = Stage.__new__(Stage)
    strange.folder, strange.ca = tmp_path / "strange", trustme.CA()
    strange.folder.mkdir()
    (strange.folder / "ca.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    strange.certificate("v1")
    with strange.http("v1") as other, pytest.raises(httpx.TransportError):
        other.post(f"{stage.url}/OadrPoll", content=signed(strange, "v1", "oadrPoll", **poll))
    kept.append("another authority's certificate")
    with stage.http("outsider") as http:
        answer = http.post(f"{stage.url}/OadrPoll", content=signed(stage, "outsider", "oadrPoll", **poll))
        assert parse_message(answer.content)[1]["response"]["response_code"] == 463
        kept.append("another VEN's name")
        register = {
            "request_id": "r", "ven_name": "v1", "http_pull_model": True, "xml_signature": True,
            "report_only": False, "profile_name": "2.0b", "transport_name": "simpleHttp",
        }  # fmt: skip
        body = signed(stage, "outsider", "oadrCreatePartyRegistration", **register)
        answer = http.post(f"{stage.url}/EiRegisterParty", content=body)
        assert parse_message(answer.content)[1].get("registration_id") is None
        kept.append("registration under another's name")
    with stage.http("v1") as http:
        good = signed(stage, "v1", "oadrPoll", **poll)
        assert parse_message(http.post(f"{stage.url}/OadrPoll", content=good).content)[0] == "oadrResponse"
        for what, body, status in (
            ("a message that comes again", good, 200),
            ("an altered message", signed(stage, "v1", "oadrPoll", ven_id="v1").replace(">v1<", ">v2<"), 200),
            ("another's signature", signed(stage, "outsider", "oadrPoll", **poll), 200),
            ("no signature", create_message("oadrPoll", **poll), 403),
            ("malformed XML", good[:-20], 400),
            ("XML of another schema", "<oadrPoll><X509Certificate/></oadrPoll>", 400),
            ("an entity bomb", BOMB, 400),
            ("a document type", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 400),
            ("a message of 1.5 MB", "<a>" + "x" * 1_500_000 + "</a>", 413),
        ):
            answer = http.post(f"{stage.url}/OadrPoll", content=body)
            assert answer.status_code == status, what
            if status == 200:
                code = parse_message(answer.content)[1]["response"]["response_code"]
                assert code != 200, what
            kept.append(what)
        assert http.post(f"{stage.url}/EiOpt", content=good).status_code == 404
        fresh = signed(stage, "v1", "oadrPoll", **poll)
        assert parse_message(http.post(f"{stage.url}/OadrPoll", content=fresh).content)[0] == "oadrResponse"
    assert read_book(stage.db).committed_kw == {}
    figure(f"OpenADR 2.0b, kept out: {', '.join(kept)}")


def test_vens_that_do_not_sign_are_known_by_their_certificates(stage: Stage) -> None:
    assert stage.process is not None
    stage.process.kill()
    stage.start(signed=False)
    bare = create_message("oadrPoll", ven_id="v1")
    for name, right in (("v1", True), ("outsider", False)):
        with stage.http(name) as http:
            kind, payload = parse_message(http.post(f"{stage.url}/OadrPoll", content=bare).content)
        assert (payload["response"]["response_code"] == 200) is right, (kind, payload)


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {n} "{10 * f"&{chr(ord(n) - 1)};"}">' for n in "bcdefghij")
    + "]><a>&j;</a>"
)


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"certificate": None}, "TLS needs"),
        ({"certificate": None, "key": None, "authority": None, "host": "0.0.0.0"}, "nobody would be known"),
        ({"vens": [{"name": "v1"}]}, "has no fingerprint"),
        ({"vens": [{"name": "v1", "fingerprint": "AA:BB"}]}, "no fingerprint"),
        ({"vens": [{"name": "v1", "certificate": "v1.key"}]}, "no certificate"),
        ({"vens": [{"name": n, "certificate": "v1.pem"} for n in "ab"]}, "two VENs have the fingerprint"),
        ({"vens": [{"name": "a", "certificate": "v1.pem", "fingerprint": ":".join(["AA"] * 10)}]}, "has the"),
        ({"key": "ca.pem"}, "cannot be used"),
        ({"db": "/no/such/folder/vtn.db"}, "database"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], about: str) -> None:
    stage = Stage(tmp_path)
    for name in ("v1", "v2"):
        stage.certificate(name)
    done = CliRunner().invoke(app, ["serve", "openadr2", str(stage.settings(**change))])
    assert isinstance(done.exception, TwinError)
    assert about in str(done.exception)
    assert read_vtn2_settings(stage.settings()).vens[0].fingerprint == fingerprint_of(tmp_path / "v1.pem")


def test_a_place_where_nobody_can_listen(tmp_path: Path) -> None:
    """In a process of its own, since it gets as far as a loop of its own."""
    stage = Stage(tmp_path)
    for name in ("v1", "v2"):
        stage.certificate(name)
    asked = [TWIN, "serve", "openadr2", str(stage.settings(host="no.such.host.invalid"))]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "listened" in done.stderr
    assert "Traceback" not in done.stderr
