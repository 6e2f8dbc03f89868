"""OpenADR 3 between processes over TLS: VENs, kills, intruders. Nothing is lost, nobody comes in."""

from __future__ import annotations

import json
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from typer.testing import CliRunner

import openadr_ven
from openadr_ven import Part, metered_kw
from openadr_vtn import TWIN, Files, VtnProcess, certificates, client_context, wait_until
from twin.cli import app
from twin.links.openadr3.calls import call_of, event_of, program_of
from twin.links.openadr3.clients import admit, proven
from twin.links.openadr3.connection import Connection, RefusedError, UnreachableError
from twin.links.openadr3.messages import Event, Problem, Program, Report
from twin.links.openadr3.messages import Ven as VenObject
from twin.links.openadr3.parsing import read
from twin.links.openadr3.reports import Opt, Reading, opt_of, readings_of, telemetry_report
from twin.links.openadr3.store import Store
from twin.market.event import Call
from twin.market.products import load_programme
from weather.errors import TwinError

VENS = [f"ven-{i}" for i in range(8)]
OUT = {"ven-3", "ven-5"}
KILLED = {"ven-0", "ven-7"}
QUARTERS = 8
FAST = next(one for one in load_programme().products() if one.key == "peak_shaving.fast")
START = pd.Timestamp("2026-07-21 13:00", tz="Asia/Shanghai")


class VenProcess:
    """A VEN in a process of its own."""

    def __init__(self, part: Part) -> None:
        self.part = part
        folder = Path(part.folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = folder / "part.json"
        self._settings.write_text(json.dumps(asdict(part)))
        self.start()

    def start(self) -> None:
        """Start, or start again with the same journal."""
        self.process = subprocess.Popen(
            [sys.executable, openadr_ven.__file__, str(self._settings)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def told(self) -> Any:
        """What it says when it owes nothing any more."""
        out, _ = self.process.communicate(timeout=180)
        assert self.process.returncode == 0
        return json.loads(out)


class Stage:
    """A VTN process, its file, certificates, and business logic."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "vtn.db"
        self.files = certificates(folder / "tls")
        store = Store(self.db)
        self.secrets = {"bl": admit(store, "bl", "bl")}
        store.close()
        self.vtn = VtnProcess(self.db, self.files)

    def admit(self, *vens: str) -> None:
        """Admit VENs while the VTN runs."""
        store = Store(self.db)
        self.secrets |= {name: admit(store, name, "ven") for name in vens}
        store.close()

    def client(self, name: str, secret: str | None = None) -> Connection:
        """A client of the library."""
        return Connection(self.vtn.url, name, secret or self.secrets[name], authority=self.files.authority)

    def http(self, name: str) -> httpx.Client:
        """A client by hand, with a token."""
        http = httpx.Client(verify=client_context(self.files), trust_env=False, timeout=120.0)
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": self.secrets[name]}
        token = http.post(f"{self.vtn.url}/auth/token", data=form).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        http.base_url = httpx.URL(self.vtn.url)
        return http


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Set up, and ended in any case."""
    here = Stage(tmp_path)
    yield here
    here.vtn.kill()


def telemetry(reports: list[Report]) -> dict[str, Report]:
    """The telemetry among reports, by id."""
    return {r.id or "": r for r in reports if (r.report_name or "").startswith("telemetry")}


@pytest.mark.long
def test_vens_through_kills_of_both_sides(
    stage: Stage, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    began = time.monotonic()
    stage.admit(*VENS)
    bl = stage.client("bl")
    program = bl.post("programs", program_of(load_programme(), FAST))
    parts = [
        Part(
            stage.vtn.url, name, stage.secrets[name], str(stage.files.authority), str(tmp_path / name),
            takes_part=name not in OUT, subscribes=i % 4 == 0,
        )
        for i, name in enumerate(VENS)
    ]  # fmt: skip
    vens = {part.name: VenProcess(part) for part in parts}
    wait_until("all VENs", 120, lambda: len(bl.search(VenObject, "vens")) == len(VENS))
    registered = time.monotonic()

    call = Call("peak_shaving", START, START + QUARTERS * pd.Timedelta(minutes=15), 100.0, "fast")
    event = bl.post("events", event_of(call, program, pay=3.0, vens=VENS))
    assert replace(call_of(event, program), notice_at=None) == call
    wait_until("some telemetry", 120, lambda: len(telemetry(bl.search(Report, "reports"))) >= 30)
    before = {r.id: r for r in bl.search(Report, "reports")}
    vtn_cpu = stage.vtn.cpu_seconds()
    stage.vtn.kill()
    for name in KILLED:
        vens[name].process.kill()
        vens[name].process.wait()
    time.sleep(1.5)  # the meters go on
    with pytest.raises(UnreachableError):
        bl.search(Report, "reports")
    stage.vtn.start()
    back = time.monotonic()
    after = {r.id: r for r in bl.search(Report, "reports")}
    assert before.items() <= after.items()
    for name in KILLED:
        vens[name].start()
    told = {name: ven.told() for name, ven in vens.items()}
    settled = time.monotonic()

    reports = bl.search(Report, "reports")
    found: dict[str, list[Reading]] = {}
    for one in telemetry(reports).values():
        found.setdefault(one.client_name, []).extend(readings_of(one))
    for name in VENS:
        readings = sorted(found.pop(name, []), key=lambda r: r.start)
        expected = [] if name in OUT else [
            Reading("plant", (START + i * pd.Timedelta(minutes=15)).to_pydatetime(), kw, kw + 5.0)
            for i, kw in enumerate(metered_kw(name, i) for i in range(QUARTERS))
        ]  # fmt: skip
        assert readings == expected, name
    assert found == {}
    opts = {r.client_name: opt_of(r) for r in reports if r.id not in telemetry(reports)}
    assert opts == {name: Opt(False) if name in OUT else Opt(True, -5.0) for name in VENS}
    assert len(reports) == (len(VENS) - len(OUT)) * QUARTERS + len(VENS)
    assert all(one["refused"] == {} and one["heavy"] == [] for one in told.values())
    cpu = sum(one["cpu_seconds"] for one in told.values())
    vtn_cpu += stage.vtn.cpu_seconds()
    assert stage.vtn.end() == 0
    figure(
        f"OpenADR 3, {len(VENS)} VEN processes: {len(reports)} reports of {len(reports)} owed,"
        f" {len(before)} of them before a kill of the VTN and two VENs; registered in"
        f" {registered - began:.1f} s, all there {settled - back:.1f} s after the restart"
    )
    figure(
        f"CPU: VTN {vtn_cpu:.1f} s, VENs {cpu:.1f} s in all ({cpu / len(VENS):.2f} s each, without the two"
        " killed ones' first life)"
    )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_who_does_not_belong_stays_out(stage: Stage, tmp_path: Path, figure: Callable[[str], None]) -> None:
    stage.admit(VENS[0], "outsider")
    bl = stage.client("bl")
    program = bl.post("programs", program_of(load_programme(), FAST))
    call = Call("peak_shaving", START, START + pd.Timedelta(hours=1), 10.0, "fast")
    event = bl.post("events", event_of(call, program, pay=3.0, vens=VENS[:1]))
    kept: list[str] = []

    # A VTN whose certificate another authority signed is not spoken to: no secret leaves.
    strange = certificates(tmp_path / "strange")
    imposter = Connection(stage.vtn.url, "ven-0", stage.secrets["ven-0"], authority=strange.authority)
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        imposter.search(Event, "events")
    kept.append("another authority's certificate")

    with pytest.raises(RefusedError, match="401"):
        stage.client("ven-0", "guess").search(Event, "events")
    kept.append("wrong secret")

    ven0, outsider = stage.http("ven-0"), stage.http("outsider")
    assert len(ven0.get("/events").json()) == 1
    assert outsider.get("/events").json() == []
    with closing(sqlite3.connect(stage.db)) as file:
        file.execute("UPDATE token SET expires = 1 WHERE client = 'ven-0'")
        file.commit()
    assert ven0.get("/events").status_code == 401
    kept.append("expired token")

    report = telemetry_report(event, "ven-0", [Reading("plant", START.to_pydatetime(), 1.0)])
    ven0 = stage.http("ven-0")
    assert ven0.post("/reports", content=report.wire()).status_code == 201
    assert outsider.post("/reports", content=report.wire()).status_code == 403
    own = report.model_copy(update={"client_name": "outsider"})
    assert outsider.post("/reports", content=own.wire()).status_code == 400  # an event that it cannot see
    kept.append("another VEN's report")

    for what, body, status in (
        ("malformed message", b'{"programID": "p", "inter', 400),
        ("message of another contract", b'{"programID": "p", "eventID": 3}', 400),
        ("message of 1.5 MB", b'{"reportName": "' + b"x" * 1_500_000 + b'"}', 413),
        ("message nested 100,000 deep", b"[" * 100_000 + b"]" * 100_000, 400),
    ):
        answer = ven0.post("/reports", content=body)
        assert answer.status_code == status
        assert read(Problem, answer.content).status == status
        kept.append(f"{what} ({status})")
    address = ("127.0.0.1", httpx.URL(stage.vtn.url).port or 0)
    # One that says it sends 1 GB gets no place for it.
    with (
        socket.create_connection(address) as plain,
        client_context(stage.files).wrap_socket(plain, server_hostname="127.0.0.1") as tls,
    ):
        tls.sendall(b"POST /openadr3/3.0.1/auth/token HTTP/1.1\r\nHost: x\r\n")
        tls.sendall(b"Content-Length: 1000000000\r\n\r\n")
        tls.sendall(b"x" * 100_000)
        assert b" 413 " in tls.recv(200)
    with socket.create_connection(address) as plain:
        plain.sendall(b"GET /openadr3/3.0.1/programs HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.recv(200)[:4] != b"HTTP"  # no plain HTTP beside TLS
    old = client_context(stage.files)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(address) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1")
    kept.append("TLS 1.1")
    assert len(bl.search(Report, "reports")) == 1
    assert [p.program_name for p in bl.search(Program, "programs")] == [program.program_name]
    figure(f"OpenADR 3, kept out: {', '.join(kept)}")


def test_clients_without_a_certificate_of_the_authority_do_not_even_ask(tmp_path: Path) -> None:
    files, strange = certificates(tmp_path / "tls"), certificates(tmp_path / "strange")
    db = tmp_path / "vtn.db"
    store = Store(db)
    secret = admit(store, "bl", "bl")
    store.close()
    vtn = VtnProcess(db, files, "--client-ca", str(files.authority))
    try:

        def ask(certificate: tuple[Path, Path] | None) -> list[Program]:
            with Connection(vtn.url, "bl", secret, authority=files.authority, certificate=certificate) as bl:
                return bl.search(Program, "programs")

        assert ask(files.client) == []
        for wrong in (None, strange.client):
            with pytest.raises(UnreachableError):
                ask(wrong)
        assert vtn.end() == 0
    finally:
        vtn.kill()


# --- the commands -----------------------------------------------------------------------------------------


def command(*options: str | Path) -> Any:
    """Call `twin serve` in this process."""
    return CliRunner().invoke(app, ["serve", *map(str, options)])


def test_the_commands_admit_list_and_remove(tmp_path: Path) -> None:
    db = tmp_path / "vtn.db"
    added = command("openadr-clients", "add", "aggregator", "--role", "bl", "--db", db, "--json")
    secret = json.loads(added.stdout)["client_secret"]
    store = Store(db)
    assert proven(store, "aggregator", secret) == "bl"
    told = command("openadr-clients", "add", "meter 7", "--role", "ven", "--ven-name", "tower", "--db", db)
    assert "as VEN tower" in told.stdout
    listed = command("openadr-clients", "list", "--db", db, "--json")
    assert [(c["client_id"], c["role"], c["ven_name"]) for c in json.loads(listed.stdout)["clients"]] == [
        ("aggregator", "bl", None),
        ("meter 7", "ven", "tower"),
    ]
    shown = command("openadr-clients", "list", "--db", db).stdout
    assert "tower" in shown
    assert secret not in shown
    assert command("openadr-clients", "remove", "aggregator", "--db", db).exit_code == 0
    assert proven(store, "aggregator", secret) is None
    store.close()
    missing = command("openadr-clients", "remove", "aggregator", "--db", db)
    assert isinstance(missing.exception, TwinError)
    nowhere = command("openadr-clients", "list", "--db", tmp_path / "nothing.db")
    assert isinstance(nowhere.exception, TwinError)
    assert not (tmp_path / "nothing.db").exists()


def test_what_a_user_can_put_right_ends_with_exit_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [TWIN, "serve", "openadr-clients", "add", "x", "--role", "king", "--db", tmp_path / "v", "--json"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "king" in json.loads(done.stdout)["error"]["what"]


@pytest.mark.parametrize(
    ("options", "about"),
    [
        (["--host", "0.0.0.0"], "in clear"),
        (["--certificate", "{certificate}"], "needs a certificate and its key"),
        (["--client-ca", "{authority}"], "needs a certificate and its key"),
        (["--certificate", "{certificate}", "--key", "{authority}"], "cannot be used"),
        (
            ["--certificate", "{certificate}", "--key", "{key}", "--client-ca", "{key}"],
            "authority cannot be read",
        ),
        (["--port", "{taken}"], "cannot be listened on"),
        (["--host", "no.such.host.invalid", "--certificate", "{certificate}", "--key", "{key}"], "listened"),
        (["--db", "/no/such/folder/vtn.db"], "database"),
    ],
)
def test_a_server_that_cannot_serve_says_why(
    tmp_path: Path, tls: Files, options: list[str], about: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        given: dict[str, Any] = {"taken": busy.getsockname()[1], **asdict(tls)}
        filled = [option.format(**given) for option in options]
        db = [] if "--db" in filled else ["--db", str(tmp_path / "vtn.db")]
        done = command("openadr", *db, *filled)
    assert isinstance(done.exception, TwinError)  # which `main` turns into a paragraph and exit code 2
    assert about in done.exception.what


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """An authority with what it signed."""
    return certificates(tmp_path_factory.mktemp("tls"))
