"""The VEN that speaks for stored meters: what it answers, reports and waits for; the books of the VTN."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from openadr_meters import QUARTER, QUARTERS, START, Site, settings_of
from openadr_vtn import serving
from twin.cli import app
from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.calls import event_of, program_of
from twin.links.openadr3.client_settings import CLIENT_SECRET, credentials_of
from twin.links.openadr3.clients import admit
from twin.links.openadr3.connection import Connection
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.messages import Event, Program, Report
from twin.links.openadr3.metered_ven import Answer, MeteredVen, refused_why
from twin.links.openadr3.notifications import tell
from twin.links.openadr3.reports import Opt, Reading, opt_of, opt_report, readings_of
from twin.links.openadr3.settlement import read_book, settle_book
from twin.links.openadr3.store import Store
from twin.links.openadr3.ven import Ven
from twin.links.openadr3.ven_settings import read_ven_settings
from twin.links.openadr3.vtn import create_app
from twin.links.replay_clock import Clock
from twin.links.stored_meters import StoredMeters
from twin.market.event import Call
from twin.market.products import load_programme
from twin.market.settlement import Outcome
from weather.errors import TwinError

FAST = next(one for one in load_programme().products() if one.key == "peak_shaving.fast")
CALL = Call("peak_shaving", START, START + QUARTERS * QUARTER, 100.0, "fast")
SITE = Site("v1", 200.0, -40.0, 40.0)


class Stopped(Clock):
    """A clock that stands until it is set."""

    def __init__(self, at: pd.Timestamp) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        """The time that was set."""
        return self.at.to_pydatetime()


@dataclass
class Place:
    """A VTN on a socket, one VEN with its meter, and a clock."""

    db: Path
    folder: Path
    bl: Connection
    program: Program
    url: str
    secret: str
    clock: Stopped

    def ven(self, site: Site = SITE, **more: Any) -> tuple[Ven, MeteredVen, Journal]:
        """The VEN, as after a start of its process."""
        settings = read_ven_settings(settings_of(self.folder, site, self.url, self.secret, None, **more))
        client, secret = credentials_of(settings)
        journal = Journal(Path(settings.journal))
        ven = Ven(Connection(self.url, client, secret), journal, settings.name, ["plant"])
        meters = StoredMeters(Path(settings.source), replay=settings.replay)
        return ven, MeteredVen(ven, journal, meters, settings, self.clock), journal

    def call(self, call: Call = CALL) -> Event:
        """A new event."""
        return self.bl.post("events", event_of(call, self.program, pay=3.0))

    def reports(self) -> list[Report]:
        """What business logic reads."""
        return self.bl.search(Report, "reports")

    def called_for(self) -> list[Reading]:
        """Quarter-hours of the call that the VTN has."""
        found = [r for report in self.reports() if opt_of(report) is None for r in readings_of(report)]
        return [one for one in found if START <= pd.Timestamp(one.start) < CALL.end]


def answered(ven: Ven, metered: MeteredVen) -> list[Answer | None]:
    """Deal with what happened, as `Ven.run` does."""
    answers = []
    for change in ven.poll():
        answers.append(metered.handle(change))
        ven.handled(change)
    ven.flush()
    return answers


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Set up, and ended in any case."""
    store = Store(tmp_path / "vtn.db", tell)
    business, secret = admit(store, "bl", "bl"), admit(store, "v1", "ven")
    with serving(create_app(store)) as http:
        url = f"{http.base_url}".rstrip("/") + BASE_PATH
        bl = Connection(url, "bl", business)
        program = bl.post("programs", program_of(load_programme(), FAST))
        clock = Stopped(START - pd.Timedelta(hours=1))
        yield Place(tmp_path / "vtn.db", tmp_path / "ven", bl, program, url, secret, clock)


def test_it_opts_in_and_reports_quarter_hours_once_they_are_over(place: Place) -> None:
    event = place.call()
    ven, metered, journal = place.ven()
    assert answered(ven, metered) == [Answer(event.id or "", True, -40.0, None)]
    (owed,) = journal.followed()
    assert metered.report_due(owed) == 0
    place.clock.at = START + 2 * QUARTER + pd.Timedelta(minutes=7)
    assert metered.report_due(owed) == 2
    ven.flush()
    ven, metered, journal = place.ven()  # killed and started again
    (owed,) = journal.followed()
    assert metered.report_due(owed) == 0
    place.clock.at = START + pd.Timedelta(days=1)
    assert metered.report_due(owed) == 6
    ven.flush()
    assert journal.followed() == []
    expected = [
        Reading("plant", (START + i * QUARTER).to_pydatetime(), 160.0, 200.0, 0.0) for i in range(QUARTERS)
    ]
    assert place.called_for() == expected
    history = [r for one in place.reports() if opt_of(one) is None for r in readings_of(one)]
    assert len(history) == QUARTERS + 14 * 96
    assert {r.kw for r in history if pd.Timestamp(r.start) < START} == {200.0}


def test_the_source_knows_better_what_is_left_and_what_would_have_been(place: Place) -> None:
    place.call()
    settings = settings_of(place.folder, SITE, place.url, place.secret, None)
    table = SITE.table()
    table["baseline_kw"], table["available_kw"] = 210.5, -3.25
    table.to_csv(place.folder / "meter.csv", index=False)
    parsed = read_ven_settings(settings)
    journal = Journal(Path(parsed.journal))
    ven = Ven(Connection(place.url, "v1", place.secret), journal, "v1", ["plant"])
    metered = MeteredVen(ven, journal, StoredMeters(Path(parsed.source)), parsed, place.clock)
    answered(ven, metered)
    place.clock.at = START + QUARTER
    assert metered.report_due(journal.followed()[0]) == 1
    ven.flush()
    assert place.called_for() == [Reading("plant", START.to_pydatetime(), 160.0, 210.5, -3.25)]


def test_a_late_meter_is_waited_for_and_a_gap_is_not(place: Place) -> None:
    place.call()
    ven, metered, journal = place.ven()
    answered(ven, metered)
    whole = (place.folder / "meter.csv").read_text().splitlines(keepends=True)
    upto = next(i for i, line in enumerate(whole) if START.isoformat() in line)
    (place.folder / "meter.csv").write_text("".join(whole[: upto + 1]))
    place.clock.at = CALL.end
    assert metered.report_due(journal.followed()[0]) == 1
    (place.folder / "meter.csv").write_text("".join(whole[: upto + 1] + whole[upto + 2 : upto + 5]))
    assert metered.report_due(journal.followed()[0]) == 3
    ven.flush()
    assert [round((pd.Timestamp(r.start) - START) / QUARTER) for r in place.called_for()] == [0, 2, 3, 4]


def test_a_stored_year_is_taken_for_the_present_by_whole_weeks(place: Place) -> None:
    later = replaced(CALL, pd.Timedelta(days=364 * 2))
    event = place.call(later)
    ven, metered, journal = place.ven(replay=True)
    assert [a.taking_part for a in answered(ven, metered) if a] == [True]
    place.clock.at = later.end
    assert metered.report_due(journal.followed()[0]) == QUARTERS
    ven.flush()
    reports = [one for one in place.reports() if one.event_id == event.id and opt_of(one) is None]
    found = [r for one in reports for r in readings_of(one) if pd.Timestamp(r.start) >= later.start]
    assert {r.kw for r in found} == {160.0}
    assert later.start.day_name() == START.day_name()


def replaced(call: Call, by: pd.Timedelta) -> Call:
    """The same call at another time."""
    return Call(call.kind, call.start + by, call.end + by, call.committed_kw, call.notice)


def test_cancelled_and_foreign_events(place: Place) -> None:
    event = place.call()
    foreign = place.bl.post(
        "programs", Program(program_name="prices", program_type="PRICING_TARIFF", retailer_name="ACME")
    )
    strange = place.bl.post("events", event.model_copy(update={"program_id": foreign.id, "id": None}))
    ven, metered, journal = place.ven()
    assert {a.event if a else None for a in answered(ven, metered)} == {event.id, None}
    assert all(one.event_id != strange.id for one in place.reports())
    place.bl.delete(f"events/{event.id}")
    assert answered(ven, metered) == [None]
    assert journal.followed() == []


@pytest.mark.parametrize(
    ("settings", "notice", "why"),
    [
        ({"offer": {}}, 60, "nothing is offered"),
        ({"offer": {"valley_filling": "10 kW"}}, 60, "nothing is offered"),
        ({"opt_out": {"dates": ["2025-07-22"]}}, 60, "2025-07-22 is refused"),
        ({"opt_out": {"dates": ["2025-07-23"]}}, 60, None),
        ({"opt_out": {"hours": ["14:59-16:00"]}}, 60, "hours"),
        ({"opt_out": {"hours": ["15:00-13:00"]}}, 60, None),
        ({"opt_out": {"hours": ["22:00-13:01"]}}, 60, "hours"),
        ({"opt_out": {"longer_than": "2 h"}}, 60, None),
        ({"opt_out": {"longer_than": "119 min"}}, 60, "too long"),
        ({"opt_out": {"notice_under": "30 min"}}, 30, None),
        ({"opt_out": {"notice_under": "30 min"}}, 29, "29 min are too short"),
    ],
)
def test_calls_that_are_refused(
    tmp_path: Path, settings: dict[str, Any], notice: int, why: str | None
) -> None:
    read = read_ven_settings(settings_of(tmp_path, SITE, "https://vtn.example", "s", None, **settings))
    at = START - pd.Timedelta(minutes=notice)
    found = refused_why(Call("peak_shaving", START, CALL.end, 100.0, "fast", at), read)
    assert (found is None) if why is None else (found is not None and why in found)


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"sourse": "x"}, "Did you mean 'source'"),
        ({"resources": [{"name": "a"}, {"name": "a"}]}, "two resources"),
        ({"certificate": "a.pem"}, "goes with its key"),
        ({"opt_out": {"hours": ["8-9"]}}, "no span of hours"),
        ({"clock": {"start": "2025-07-22T12:00"}}, "no offset"),
        ({"credentials": "nothing.json"}, "does not exist"),
        ({"credentials": "meter.csv"}, "no client_id"),
        ({"source": "nothing.csv"}, "no such meter file"),
        ({"source": "."}, "no Run"),
        ({"resources": [{"name": "a", "meter": "b"}]}, "no meter 'b'"),
        ({"vtn": "http://vtn.example"}, "in clear"),
        ({"authority": "meter.csv"}, "certificate"),
    ],
)
def test_settings_that_cannot_be_used_end_with_exit_code_2(
    tmp_path: Path, change: dict[str, Any], about: str
) -> None:
    path = settings_of(tmp_path, SITE, "https://127.0.0.1:9", "very secret", None, **change)
    done = CliRunner().invoke(app, ["serve", "ven", str(path), "--json"])
    assert isinstance(done.exception, TwinError)  # which `main` turns into a paragraph and exit code 2
    assert about in str(done.exception)
    assert "very secret" not in str(done.exception)


def test_a_secret_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings_of(tmp_path, SITE, "https://vtn.example", "s", None)
    plain = {k: v for k, v in yaml.safe_load(path.read_text()).items() if k != "credentials"}
    path.write_text(yaml.safe_dump(plain))
    with pytest.raises(TwinError, match=CLIENT_SECRET):
        credentials_of(read_ven_settings(path))
    monkeypatch.setenv("TWIN_OPENADR_CLIENT_ID", "v1")
    monkeypatch.setenv(CLIENT_SECRET, "from outside")
    assert credentials_of(read_ven_settings(path)) == ("v1", "from outside")


# --- the books --------------------------------------------------------------------------------------------


def settled_one(place: Place, **more: Any) -> Any:
    """The settlement of the only call."""
    (one,) = settle_book(read_book(place.db, **more))
    return one


def metered_call(place: Place) -> Event:
    """A call, its answer and all its telemetry at the VTN."""
    event = place.call()
    ven, metered, journal = place.ven()
    answered(ven, metered)
    place.clock.at = CALL.end
    metered.report_due(journal.followed()[0])
    ven.flush()
    return event


def stamp(place: Place, what: str, kind: str, **stamps: pd.Timestamp) -> None:
    """Let the VTN have had something at another time."""
    with closing(sqlite3.connect(place.db)) as file:
        for column, at in stamps.items():
            text = at.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000000Z")
            file.execute(
                f"UPDATE object SET {column} = ? WHERE kind = ? AND body LIKE ?", (text, kind, f"%{what}%")
            )
        file.commit()


def test_what_was_reported_is_paid_and_what_comes_after_the_books_is_not(place: Place) -> None:
    event = metered_call(place)
    assert settled_one(place).pay_fen.tolist() == [24000]  # 40 kW, 2 h, 3 CNY/kWh
    assert read_book(place.db).exercises == {event.id}
    closed = (CALL.end + pd.Timedelta(hours=1)).to_pydatetime()
    for kind in ("REPORT", "EVENT"):
        stamp(place, "", kind, created=START - pd.Timedelta(hours=2), modified=START - pd.Timedelta(hours=2))
    assert settled_one(place, closed=closed).pay_fen.tolist() == [24000]
    assert read_book(place.db).exercises == frozenset()
    last = (CALL.end - QUARTER).tz_convert("UTC").isoformat()
    stamp(place, last, "REPORT", modified=CALL.end + pd.Timedelta(hours=2))
    assert settled_one(place).pay_fen.tolist() == [24000]
    one = settled_one(place, closed=closed)
    assert (one.outcome.tolist(), one.pay_fen.tolist()) == ([Outcome.GAP_IN_EVENT], [0])
    assert read_book(place.db, closed=closed).late == 1


def test_who_answers_after_the_call_began_takes_no_part(place: Place) -> None:
    metered_call(place)
    stamp(place, "", "EVENT", created=START - pd.Timedelta(hours=2), modified=START - pd.Timedelta(hours=2))
    stamp(place, "", "REPORT", modified=START - pd.Timedelta(microseconds=1))
    assert settled_one(place).outcome.tolist() == [Outcome.PAID]
    stamp(place, "opt ", "REPORT", modified=START)
    assert settled_one(place).outcome.tolist() == [Outcome.NO_COMMITMENT]


def test_reports_that_cannot_be_settled_are_told_and_harm_nobody(place: Place) -> None:
    event = metered_call(place)
    ven = Connection(place.url, "v1", place.secret)
    whole = next(r for r in place.reports() if opt_of(r) is None)
    text = whole.model_copy(update={"id": None, "report_name": "odd"}).wire().replace('"KW"', '"MW"')
    odd = ven.post("reports", Report.model_validate_json(text))
    opted = ven.post("reports", opt_in_wrong_direction(event))
    book = read_book(place.db)
    assert book.unread == {odd.id: "DEMAND in MW instead of KW"}
    assert opted.event_id == event.id
    assert book.committed_kw[event.id or ""] == {"v1": 0.0}


def opt_in_wrong_direction(event: Event) -> Report:
    """To a call for less, more is promised."""
    return opt_report(event, "v1", Opt(True, 5.0)).model_copy(update={"report_name": "second thoughts"})


def test_the_command_settles_or_says_why_not(place: Place, tmp_path: Path) -> None:
    def command(*options: str | Path) -> Any:
        return CliRunner().invoke(app, ["serve", "openadr-settle", *map(str, options)])

    for options, about in (
        (["--db", tmp_path / "nothing.db"], "no such database"),
        (["--db", place.db], "no call"),
        (["--db", place.db, "--closed", "noon"], "no time"),
        (["--db", place.db, "--closed", "2026-07-22T12:00"], "no time"),
        (["--db", place.db, "--contracts", tmp_path / "no.csv"], "does not exist"),
    ):
        assert about in str(command(*options).exception)
    event = metered_call(place)
    assert "not there" in str(command("--db", place.db, "--event", "x").exception)
    found = json.loads(command("--db", place.db, "--event", event.id or "", "--json").stdout)
    assert found["events"][0]["pay_cny"] == "240.00"
    assert found["participants"][0]["outcome"] == "paid"
    shown = command("--db", place.db).stdout
    assert "240.00" in shown
    assert "1 exercises" in shown


def test_resources_of_a_ven_are_one_meter(place: Place) -> None:
    table = pd.concat([SITE.table().assign(meter="a"), SITE.table().assign(meter="b", kw=5.0)])
    settings = settings_of(
        place.folder, SITE, place.url, place.secret, None,
        resources=[{"name": "chiller", "meter": "a"}, {"name": "battery", "meter": "b"}],
    )  # fmt: skip
    table.to_csv(place.folder / "meter.csv", index=False)
    place.call()
    read = read_ven_settings(settings)
    journal = Journal(Path(read.journal))
    ven = Ven(Connection(place.url, "v1", place.secret), journal, "v1", ["chiller", "battery"])
    metered = MeteredVen(ven, journal, StoredMeters(Path(read.source)), read, place.clock)
    answered(ven, metered)
    place.clock.at = START + timedelta(minutes=15)
    metered.report_due(journal.followed()[0])
    ven.flush()
    assert [(r.resource, r.kw) for r in place.called_for()] == [("chiller", 160.0), ("battery", 5.0)]
    assert read_book(place.db).meters["v1"][START] == 165.0
