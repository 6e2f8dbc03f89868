"""Calls in OpenADR 2.0b: over the wire and back, in a foreign VTN's form, and what is refused unread."""

from __future__ import annotations

import math
import sqlite3
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openleadr.messaging import create_message, parse_message, validate_xml_schema
from typer.testing import CliRunner

from openadr_meters import Site, VenCommand, settings_of
from openadr_vtn import wait_until
from twin.cli import app
from twin.links.openadr2.bridge import Bridge, quarters
from twin.links.openadr2.calls import call_of, context_of, event_of
from twin.links.openadr2.guard import LARGEST, refused_why
from twin.links.openadr3 import rules
from twin.links.openadr3.calls import event_of as event_of_3
from twin.links.openadr3.calls import program_of
from twin.links.openadr3.clients import SCOPES, Client
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.parsing import read
from twin.links.openadr3.reports import Opt, Reading
from twin.links.openadr3.settlement import read_book, row_bytes
from twin.links.openadr3.store import Store
from twin.market.event import Call
from twin.market.products import load_programme
from weather.errors import TwinError

PRODUCTS = load_programme().products()
BUSINESS = Client("bl", "bl", None, SCOPES["bl"])
START = pd.Timestamp("2025-07-22 13:00", tz="Asia/Shanghai")
CALL = Call("peak_shaving", START, START + pd.Timedelta(hours=2), 120.0, "fast")


def over_the_wire(event: Any) -> Any:
    """The event as a VEN parses it, from text that the schema of 2.0b takes."""
    text = create_message("oadrDistributeEvent", vtn_id="VTN", request_id="r", events=[event])
    validate_xml_schema(text)
    kind, payload = parse_message(text)
    assert kind == "oadrDistributeEvent"
    return payload["events"][0]


@given(
    product=st.sampled_from(PRODUCTS),
    window=st.tuples(st.integers(0, 96), st.integers(0, 96)).filter(lambda w: w[0] < w[1]),
    kw=st.floats(0.001, 1e6),
)
def test_a_call_comes_back_over_the_wire(product: Any, window: tuple[int, int], kw: float) -> None:
    midnight = START.normalize()
    start, end = (midnight + n * pd.Timedelta(minutes=15) for n in window)
    call = Call(product.direction, start, end, kw, product.notice, start - pd.Timedelta(minutes=7))
    event = event_of(
        call,
        event_id="e-1",
        ven_id="v1",
        context=context_of("shanghai", product.key),
        created=(start - pd.Timedelta(minutes=7)).to_pydatetime(),
    )
    found = call_of(over_the_wire(event))
    assert found.committed_kw == pytest.approx(kw)
    assert replace(found, committed_kw=kw) == call


def foreign(
    signal: str, context: str = "http://utility.example/bip", created: str = "2025-07-21T08:00:00Z"
) -> Any:
    """The form that installed VTNs send: prefixes of their own, an empty request id, one long interval."""
    text = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<p1:oadrPayload xmlns:p1="http://openadr.org/oadr-2.0b/2012/07"
    xmlns:p2="http://docs.oasis-open.org/ns/energyinterop/201110"
    xmlns:p3="http://docs.oasis-open.org/ns/energyinterop/201110/payloads"
    xmlns:p4="urn:ietf:params:xml:ns:icalendar-2.0" xmlns:p5="http://docs.oasis-open.org/ns/emix/2011/06"
    xmlns:p6="urn:ietf:params:xml:ns:icalendar-2.0:stream"
    xmlns:p7="http://docs.oasis-open.org/ns/emix/2011/06/power"
    xmlns:p8="http://docs.oasis-open.org/ns/emix/2011/06/siscale">
 <p1:oadrSignedObject>
  <p1:oadrDistributeEvent p2:schemaVersion="2.0b">
   <p3:requestID/>
   <p2:vtnID>TH_VTN</p2:vtnID>
   <p1:oadrEvent>
    <p2:eiEvent>
     <p2:eventDescriptor>
      <p2:eventID>Event-2025-07-22</p2:eventID>
      <p2:modificationNumber>0</p2:modificationNumber>
      <p2:priority>1</p2:priority>
      <p2:eiMarketContext><p5:marketContext>{context}</p5:marketContext></p2:eiMarketContext>
      <p2:createdDateTime>{created}</p2:createdDateTime>
      <p2:eventStatus>far</p2:eventStatus>
      <p2:testEvent>false</p2:testEvent>
      <p2:vtnComment/>
     </p2:eventDescriptor>
     <p2:eiActivePeriod>
      <p4:properties>
       <p4:dtstart><p4:date-time>2025-07-22T05:00:00Z</p4:date-time></p4:dtstart>
       <p4:duration><p4:duration>PT2H</p4:duration></p4:duration>
       <p4:tolerance><p4:tolerate><p4:startafter>PT0M</p4:startafter></p4:tolerate></p4:tolerance>
       <p2:x-eiNotification><p4:duration>P1D</p4:duration></p2:x-eiNotification>
      </p4:properties>
      <p4:components/>
     </p2:eiActivePeriod>
     <p2:eiEventSignals>{signal}</p2:eiEventSignals>
     <p2:eiTarget><p2:venID>v1</p2:venID></p2:eiTarget>
    </p2:eiEvent>
    <p1:oadrResponseRequired>always</p1:oadrResponseRequired>
   </p1:oadrEvent>
  </p1:oadrDistributeEvent>
 </p1:oadrSignedObject>
</p1:oadrPayload>"""
    assert refused_why(text.encode()) is None
    validate_xml_schema(text)
    return parse_message(text)[1]["events"][0]


def signal(name: str, kind: str, value: str, item: str = "", uid: int = 0) -> str:
    """One signal with one interval of two hours."""
    return f"""<p2:eiEventSignal>
      <p6:intervals><p2:interval>
       <p4:duration><p4:duration>PT2H</p4:duration></p4:duration><p4:uid><p4:text>{uid}</p4:text></p4:uid>
       <p2:signalPayload><p2:payloadFloat><p2:value>{value}</p2:value></p2:payloadFloat></p2:signalPayload>
      </p2:interval></p6:intervals>
      <p2:signalName>{name}</p2:signalName><p2:signalType>{kind}</p2:signalType>
      <p2:signalID>S-{name}</p2:signalID>{item}
      <p2:currentValue><p2:payloadFloat><p2:value>0.0</p2:value></p2:payloadFloat></p2:currentValue>
     </p2:eiEventSignal>"""


def power(scale: str) -> str:
    """What a value is of."""
    return f"""<p7:powerReal><p7:itemDescription>RealPower</p7:itemDescription><p7:itemUnits>W</p7:itemUnits>
      <p8:siScaleCode>{scale}</p8:siScaleCode><p7:powerAttributes><p7:hertz>60.0</p7:hertz>
      <p7:voltage>220.0</p7:voltage><p7:ac>true</p7:ac></p7:powerAttributes></p7:powerReal>"""


def test_the_events_of_a_foreign_vtn_are_calls() -> None:
    notice = pd.Timestamp("2025-07-21 16:00", tz="Asia/Shanghai")
    whole = Call("peak_shaving", START, START + pd.Timedelta(hours=2), 120.0, "day_ahead", notice)
    simple = signal("SIMPLE", "level", "2.0")
    for scale, value in (("none", "-120000"), ("k", "-120.0"), ("M", "-0.12")):
        found = call_of(foreign(simple + signal("LOAD_DISPATCH", "delta", value, power(scale))))
        assert found == whole
    assert call_of(foreign(signal("LOAD_DISPATCH", "delta", "50", power("k")))).kind == "valley_filling"
    assert call_of(foreign(simple)) == replace(whole, committed_kw=math.inf)
    assert call_of(foreign(simple, created="2025-07-22T04:40:00Z")).notice == "fast"
    assert call_of(foreign(simple, context="oadr://shanghai/peak_shaving.intraday")).notice == "intraday"
    assert call_of(foreign(simple, created="2025-07-22T05:00:01Z")).notice_at is None


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (signal("SIMPLE", "level", "0.0"), "level is normal"),
        (signal("ELECTRICITY_PRICE", "price", "0.5"), "neither LOAD_DISPATCH"),
        (signal("LOAD_DISPATCH", "setpoint", "100", power("k")), "neither LOAD_DISPATCH"),
        (signal("LOAD_DISPATCH", "delta", "0.0", power("k")), "its power is 0"),
        (signal("LOAD_DISPATCH", "delta", "-1", power("m")), "its power is in m W"),
    ],
)
def test_an_event_that_is_no_call_is_told(body: str, about: str) -> None:
    with pytest.raises(TwinError, match=about):
        call_of(foreign(body))


BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">%s]><a>&j;</a>' % b"".join(
    b'<!ENTITY %c "%s">' % (n, 10 * (b"&%c;" % (n - 1))) for n in b"bcdefghij"
)


def test_what_hurts_is_refused_unread() -> None:
    for body, about in (
        (BOMB, "entities"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        (b"<a>", "no XML"),
        (b"\xff\xfe\x00", "no XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "no XML"),
        (b"<a>" + b"x" * LARGEST + b"</a>", "bytes"),
    ):
        assert about in (refused_why(body) or "")


def test_a_ven_lives_on_after_answers_that_hurt(tmp_path: Path) -> None:
    """The library's own parser dies of the bomb, so that they must not come to it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            body = BOMB if len(asked) % 2 else b"<a/>" * 400_000
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/OpenADR2/Simple/2.0b"
    ven = VenCommand(settings_of(tmp_path, Site("v1", 1.0, 0.0, 1.0), url, "s", None, protocol="2.0b"))
    try:
        wait_until("two more tries", 120, lambda: len(asked) >= 6)
        code, _, complaint = ven.end()
    finally:
        ven.process.kill()
        server.shutdown()
        server.server_close()
    assert code == 0
    assert "The answer has a document type or entities." in complaint
    assert "The answer has 1600000 bytes" in complaint


# --- the file of the VTN ----------------------------------------------------------------------------------


def test_telemetry_that_comes_again_is_there_once_and_other_spans_are_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path / "vtn.db")
    bridge = Bridge(store)
    bridge.register("v1")
    bridge.register("v1")
    at = START.to_pydatetime().astimezone(UTC)
    odd = datetime(2025, 7, 22, 5, 7, tzinfo=UTC)
    values = [(at, "plant", "kw", 160.0), (at, "plant", "baseline_kw", 200.0), (odd, "plant", "kw", 1.0)]
    assert quarters(values) == [Reading("plant", at, 160.0, 200.0)]
    assert quarters(values[1:]) == []
    for kw in (160.0, 160.0, 161.0):
        bridge.metered("v1", [Reading("plant", at, kw)])
    bridge.metered("v1", [Reading("battery", at, -20.0)])
    assert read_book(tmp_path / "vtn.db").meters["v1"].tolist() == [141.0]
    with closing(sqlite3.connect(tmp_path / "vtn.db")) as file:
        assert file.execute("SELECT count(*) FROM object WHERE kind = 'REPORT'").fetchone() == (2,)
    store.close()


def test_points_and_calls_outlive_a_restart(tmp_path: Path) -> None:
    def written(kind: rules.Kind, sent: Any) -> Any:
        with store.change() as tx:
            row = rules.create(tx, BUSINESS, kind, sent, lambda url: url)
        return read(type(sent), row_bytes(row))

    store = Store(tmp_path / "vtn.db")
    bridge = Bridge(store)
    for name in ("v1", "v2"):
        bridge.register(name)
    points = {"r1": ("plant", "kw", 1e-3)}
    bridge.know_points("v1", "s", points)
    bridge.know_points("v1", "t", {})
    fast = next(one for one in PRODUCTS if one.key == "peak_shaving.fast")
    program: Program = written(rules.PROGRAM, program_of(load_programme(), fast))
    event: Event = written(rules.EVENT, event_of_3(CALL, program, pay=None, vens=["v1", "v2"]))
    prices = Program(program_name="prices", program_type="PRICING_TARIFF", retailer_name="ACME")
    other: Program = written(rules.PROGRAM, prices)
    written(rules.EVENT, event.model_copy(update={"program_id": other.id, "id": None}))
    (called,) = bridge.calls("v1")
    assert (called.event_id, called.call.committed_kw, called.modification) == (event.id, 60.0, 0)
    assert bridge.calls("v3") == []
    assert bridge.answer("v1", event.id or "", Opt(True, -60.0))
    assert not bridge.answer("v3", event.id or "", Opt(True, -60.0))
    assert not bridge.answer("v1", "nothing", Opt(False))
    assert read_book(tmp_path / "vtn.db").committed_kw == {event.id: {"v1": 60.0}}
    assert bridge.gone("v1") == []
    with store.change() as tx:
        rules.delete(tx, BUSINESS, rules.EVENT, event.id or "")
    store.close()
    store = Store(tmp_path / "vtn.db")
    bridge = Bridge(store)
    assert bridge.points("v1", "s") == points
    assert bridge.points("v1", "u") is None
    assert bridge.calls("v1") == []
    (gone,) = bridge.gone("v1")
    assert gone == called
    assert bridge.gone("v2") == []
    store.close()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openleadr", None)
    settings = settings_of(
        tmp_path, Site("v1", 1.0, 0.0, 1.0), "https://x.example", "s", None, protocol="2.0b"
    )
    for command in (["ven", str(settings)], ["openadr2", str(settings)]):
        error = CliRunner().invoke(app, ["serve", *command]).exception
        assert isinstance(error, TwinError)
        assert "pedf-twin[openadr2]" in error.remedy
