"""VENs of 2.0b in the file of the OpenADR 3 VTN: who is called, what was answered, what was metered.

A VEN of 2.0b is a VEN of that file, written by business logic. Its answers are reports about the event; its
telemetry, which in 2.0b belongs to no event, is kept under an event of its own that only such VENs see.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from twin.links.openadr3 import rules
from twin.links.openadr3.calls import call_of, product_of
from twin.links.openadr3.clients import SCOPES, Client
from twin.links.openadr3.messages import Event, Interval, Object, Program, Report, ValuesMap
from twin.links.openadr3.messages import Ven as VenObject
from twin.links.openadr3.parsing import Limits, read
from twin.links.openadr3.reports import Opt, Reading, opt_report, telemetry_report
from twin.links.openadr3.store import Row, Store, Transaction
from twin.market.event import Call
from weather.errors import TwinError

GROUP = ("GROUP", "openadr-2.0b")
"""Target of VENs of 2.0b and of the event that their telemetry belongs to."""
TELEMETRY = "openadr-2.0b telemetry"
_POINTS = "OPENADR_2_REPORTS"
_STORED = Limits(size=64 << 20, items=10_000_000)
_BUSINESS = Client("openadr-2.0b", "bl", None, SCOPES["bl"])
Points = dict[str, tuple[str, str, float]]
"""By specifier and r_id: resource, what it says (`kw` or `baseline_kw`), factor to kW."""


@dataclass(frozen=True)
class Called:
    """A call for one VEN: `call.committed_kw` is its part; `modification` grows with each version."""

    event_id: str
    call: Call
    context: tuple[str, str]
    modification: int
    created: datetime


class Bridge:
    """Between VENs of 2.0b and the file.

    Parameters
    ----------
    store : Store
        Of the OpenADR 3 VTN, which may be running.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.change() as tx:
            self._telemetry = self._standing(tx)

    def _standing(self, tx: Transaction) -> Event:
        """The program and the event that telemetry belongs to."""
        group = (ValuesMap(type=GROUP[0], values=(GROUP[1],)),)
        row = tx.named(f"PROGRAM/{TELEMETRY}")
        if row is None:
            program = Program(program_name=TELEMETRY, program_type="TELEMETRY", targets=group)
            row = _create(tx, rules.PROGRAM, program)
        found = [one for one in tx.events_of(row.id) if one.name == TELEMETRY]
        if not found:
            event = Event(
                program_id=row.id,
                event_name=TELEMETRY,
                targets=group,
                intervals=(Interval(id=0, payloads=()),),
            )
            found = [_create(tx, rules.EVENT, event)]
        return read(Event, json.dumps(found[0].json()).encode(), _STORED)

    # --- VENs -------------------------------------------------------------------------------------------

    def register(self, name: str) -> None:
        """A VEN that is let in is a VEN of the file."""
        with self._store.change() as tx:
            row = tx.named(f"VEN/{name}")
            targets = (ValuesMap(type=GROUP[0], values=(GROUP[1],)),)
            if row is None:
                _create(tx, rules.VEN, VenObject(ven_name=name, targets=targets))
            elif GROUP not in tx.targets_of(name):
                stored = VenObject.model_validate_json(row.body)
                kept = (*(stored.targets or ()), *targets)
                _update(tx, rules.VEN, row, stored.model_copy(update={"targets": kept}))

    def know_points(self, name: str, specifier: str, points: Points) -> None:
        """Keep what the data points of a report mean, over a restart."""
        with self._store.change() as tx:
            row = tx.named(f"VEN/{name}")
            if row is None:
                return
            stored = VenObject.model_validate_json(row.body)
            known = _points(stored) | {specifier: points}
            others = tuple(one for one in stored.attributes or () if one.type != _POINTS)
            attribute = ValuesMap(type=_POINTS, values=(json.dumps(known),))
            _update(tx, rules.VEN, row, stored.model_copy(update={"attributes": (*others, attribute)}))

    def points(self, name: str, specifier: str) -> Points | None:
        """What the data points of a report mean; None where it was never registered."""
        with self._store.look() as tx:
            row = tx.named(f"VEN/{name}")
        return None if row is None else _points(VenObject.model_validate_json(row.body)).get(specifier)

    # --- calls ------------------------------------------------------------------------------------------

    def calls(self, name: str) -> list[Called]:
        """Calls that a VEN is named in."""
        with self._store.look() as tx:
            mine = tx.targets_of(name)
        programs = {row.id: row for row in self._store.search("PROGRAM", mine=mine, limit=10_000)}
        rows = self._store.search("EVENT", mine=mine, limit=10_000)
        found = (_called(row, programs[row.program]) for row in rows if row.program in programs)
        return [one for one in found if one is not None]

    def gone(self, name: str) -> list[Called]:
        """Calls that a VEN answered and that were cancelled since."""
        reports = self._store.search("REPORT", equal=[("owner", f"ven/{name}")], limit=1_000_000)
        found: list[Called] = []
        with self._store.look() as tx:
            for event_id in {row.event or "" for row in reports}:
                row = tx.get(event_id, deleted=True)
                program = tx.get(row.program or "", deleted=True) if row is not None else None
                if row is not None and program is not None and row.deleted is not None:
                    one = _called(row, program)
                    found += [one] if one is not None else []
        return found

    def answer(self, name: str, event_id: str, opt: Opt) -> bool:
        """Keep whether a VEN takes part; False where there is no such event for it."""
        with self._store.look() as tx:
            row = tx.get(event_id)
        if row is None or row.kind != "EVENT":
            return False
        event = read(Event, json.dumps(row.json()).encode(), _STORED)
        try:
            self._report(name, opt_report(event, name, opt))
        except rules.DeniedError:
            return False
        return True

    def metered(self, name: str, readings: Sequence[Reading]) -> None:
        """Keep quarter-hours; what comes again replaces what was there."""
        by_resource: dict[str, list[Reading]] = {}
        for one in readings:
            by_resource.setdefault(one.resource, []).append(one)
        for resource, own in by_resource.items():
            report = telemetry_report(self._telemetry, name, own)
            named = f"{report.report_name} {resource}"
            self._report(name, report.model_copy(update={"report_name": named}))

    def _report(self, name: str, report: Report) -> None:
        client = Client(f"openadr-2.0b/{name}", "ven", name, SCOPES["ven"])
        with self._store.change() as tx:
            old = tx.named(f"REPORT/{name}/{report.report_name}")
            if old is None:
                rules.create(tx, client, rules.REPORT, report, _no_callback)
            elif Report.model_validate_json(old.body).content() != report.content():
                rules.update(tx, client, rules.REPORT, old.id, report, _no_callback)


def _called(row: Row, program_row: Row) -> Called | None:
    """The call that an event is; None where it is none, such as prices, which are for others."""
    event = read(Event, json.dumps(row.json()).encode(), _STORED)
    program = read(Program, json.dumps(program_row.json()).encode(), _STORED)
    try:
        call, (programme, product) = call_of(event, program), product_of(program)
    except TwinError:
        return None
    created, modified = (datetime.fromisoformat(at) for at in (row.created, row.modified))
    mine = replace(call, committed_kw=call.committed_kw / _shares(event))
    version = int((modified - created).total_seconds() * 10.0)
    return Called(row.id, mine, (programme.key, product.key), version, created)


def _shares(event: Event) -> int:
    named = {value for one in event.targets or () if one.type == "VEN_NAME" for value in one.values}
    return max(1, len(named))


def _points(ven: VenObject) -> dict[str, Points]:
    for one in ven.attributes or ():
        if one.type == _POINTS:
            read_back = json.loads(str(one.values[0]))
            return {s: {r: (v[0], v[1], v[2]) for r, v in points.items()} for s, points in read_back.items()}
    return {}


def _no_callback(url: str) -> str | None:
    return url


def _create(tx: Transaction, kind: rules.Kind, sent: Object) -> Row:
    return rules.create(tx, _BUSINESS, kind, sent, _no_callback)


def _update(tx: Transaction, kind: rules.Kind, row: Row, sent: Object) -> Row:
    return rules.update(tx, _BUSINESS, kind, row.id, sent, _no_callback)


def quarters(values: Sequence[tuple[datetime, str, str, float]]) -> list[Reading]:
    """Readings of values that begin on quarter-hours: start, resource, what, kW.

    Values at other moments are left out: they are instants or means of other spans, no quarter-hours.
    """
    found: dict[tuple[str, datetime], dict[str, float]] = {}
    for start, resource, what, kw in values:
        if pd.Timestamp(start) == pd.Timestamp(start).floor("15min"):
            found.setdefault((resource, start), {})[what] = kw
    return [
        Reading(resource, start, powers["kw"], powers.get("baseline_kw"))
        for (resource, start), powers in found.items()
        if "kw" in powers
    ]
