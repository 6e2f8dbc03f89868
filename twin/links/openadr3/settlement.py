"""From reports in a VTN's file to money: what became of events (结算).

A participant is a VEN. Its confirmed capacity is what it opted in with before the call began; its meter is
the sum of its resources' quarter-hours in the reports about any event, since the days before a call are
reported under it. The rest is `twin.market.settlement`: a quarter-hour that was not reported, or reported
after the books were closed, is a gap, and whom a gap concerns is excluded with that outcome.

An event whose call began before the VTN had it is an exercise (a replay of a stored year): nobody can have
opted in before such a call, so that each answer counts there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.links.openadr3.calls import call_of
from twin.links.openadr3.messages import Event, Program, Report
from twin.links.openadr3.parsing import BadMessageError, Limits, read
from twin.links.openadr3.reports import Opt, opt_of, readings_of
from twin.links.openadr3.store import Row, Store
from twin.market.event import Call
from twin.market.meter_days import MeterDays, meter_days
from twin.market.settlement import Contract, EventSettlement, settle_events
from weather.errors import TwinError

_ZONE = "Asia/Shanghai"
_QUARTER = pd.Timedelta(minutes=15)
_PAGE = 500
_STORED = Limits(size=64 << 20, items=10_000_000)


@dataclass(frozen=True, slots=True)
class Book:
    """What a VTN's file says about calls.

    Parameters
    ----------
    calls : dict of str to Call
        By id of the event; `committed_kw` is what was called for.
    exercises : frozenset of str
        Events that the VTN had only after their call began.
    committed_kw : dict of str to dict of str to float
        By event and VEN: what it opted in with [kW], 0 where it opted out.
    meters : dict of str to Series
        By VEN: net import of its quarter-hours [kW], by start in Shanghai.
    unread : dict of str to str
        Reports and events that say what cannot be settled, by id, and why.
    late : int
        Reports after the books were closed.
    """

    calls: dict[str, Call]
    exercises: frozenset[str]
    committed_kw: dict[str, dict[str, float]]
    meters: dict[str, pd.Series[float]]
    unread: dict[str, str]
    late: int


def read_book(db: Path, *, closed: datetime | None = None) -> Book:
    """Read a VTN's file; the VTN may be running.

    Parameters
    ----------
    db : Path
    closed : datetime, optional
        Reports that the VTN got, or that were replaced, after this do not count.

    Returns
    -------
    Book

    Raises
    ------
    TwinError
        If there is no such file.
    """
    if not db.is_file():
        raise TwinError("there is no such database.", "Name the file of `twin serve openadr`.", file=db)
    with closing(Store(db)) as store:
        programs = {row.id: read(Program, row_bytes(row), _STORED) for row in _all(store, "PROGRAM")}
        events = _all(store, "EVENT")
        reports = _all(store, "REPORT")
    calls: dict[str, Call] = {}
    unread: dict[str, str] = {}
    exercises: set[str] = set()
    for row in events:
        if programs[row.program or ""].program_type == "TELEMETRY":
            continue  # what is always metered, without a call
        try:
            calls[row.id] = call_of(read(Event, row_bytes(row), _STORED), programs[row.program or ""])
        except TwinError as error:
            unread[row.id] = error.what
            continue
        if pd.Timestamp(row.created) > calls[row.id].start:
            exercises.add(row.id)
    committed: dict[str, dict[str, float]] = {name: {} for name in calls}
    found: dict[str, dict[tuple[str, datetime], float]] = {}
    late = 0
    for row in reports:
        if closed is not None and datetime.fromisoformat(row.modified) > closed:
            late += 1
            continue
        try:
            report = read(Report, row_bytes(row), _STORED)
            opt = opt_of(report)
            readings = [] if opt is not None else readings_of(report)
        except (BadMessageError, ValueError) as error:
            unread[row.id] = str(error)
            continue
        for one in readings:
            found.setdefault(report.client_name, {})[one.resource, one.start] = one.kw
        call = calls.get(report.event_id)
        if opt is not None and call is not None:
            in_time = report.event_id in exercises or pd.Timestamp(row.modified) < call.start
            committed[report.event_id][report.client_name] = _confirmed(opt, call) if in_time else 0.0
    meters = {name: _meter(readings_by_start) for name, readings_by_start in found.items()}
    return Book(calls, frozenset(exercises), committed, meters, unread, late)


def settle_book(
    book: Book,
    events: Sequence[str] | None = None,
    *,
    contracts: Sequence[Contract] = (),
    rule: str = "rule_two",
) -> tuple[EventSettlement, ...]:
    """Settle calls of a VTN's file.

    Parameters
    ----------
    book : Book
    events : sequence of str, optional
        Ids; default all calls. The days of the others are no sample days either way.
    contracts, rule
        See `settle_events`.

    Returns
    -------
    tuple of EventSettlement
        In the order of their starts.

    Raises
    ------
    TwinError
        An event that is no call, or nobody who answered.
    """
    unknown = [name for name in events or () if name not in book.calls]
    if unknown:
        why = book.unread.get(unknown[0], "it is not there.")
        raise TwinError(
            f"the event {unknown[0]!r} cannot be settled: {why}",
            f"There are: {', '.join(book.calls) or 'none'}.",
            key="--event",
        )
    order = sorted(book.calls, key=lambda name: book.calls[name].start)
    names = sorted({ven for answers in book.committed_kw.values() for ven in answers} | set(book.meters))
    if not order or not names:
        raise TwinError(
            "there is no call that anybody answered." if order else "there is no call.",
            "Settle a VTN's file that holds a call and reports about it.",
            key="--db",
        )
    committed = np.array([[book.committed_kw[e].get(ven, 0.0) for ven in names] for e in order])
    days = _days(book, names, [book.calls[name] for name in order])
    settled = settle_events(
        days, [book.calls[name].event for name in order], committed, contracts=contracts, rule=rule
    )
    return tuple(one for name, one in zip(order, settled, strict=True) if events is None or name in events)


def row_bytes(row: Row) -> bytes:
    """An object as the VTN would answer it."""
    return json.dumps(row.json()).encode()


def _all(store: Store, kind: str) -> list[Row]:
    rows: list[Row] = []
    while True:
        page = store.search(kind, skip=len(rows), limit=_PAGE)
        rows += page
        if len(page) < _PAGE:
            return rows


def _confirmed(opt: Opt, call: Call) -> float:
    """Confirmed capacity of an answer [kW]; nothing where it goes the other way."""
    sign = -1.0 if call.kind == "peak_shaving" else 1.0
    return max(0.0, sign * (opt.kw or 0.0)) if opt.taking_part else 0.0


def _meter(readings: Mapping[tuple[str, datetime], float]) -> pd.Series[float]:
    """Sum of the resources; silent in quarter-hours that one of them did not report."""
    index = pd.MultiIndex.from_tuples(readings, names=["resource", "start"])
    table = pd.Series(list(readings.values()), index, dtype=float).unstack("resource")
    table.index = pd.DatetimeIndex(table.index).tz_convert(_ZONE)
    return table.sum(axis=1, skipna=False)


def _days(book: Book, names: Sequence[str], calls: Sequence[Call]) -> MeterDays:
    """Meters on the days from the first reading to the last call."""
    starts = [series.index[0] for series in book.meters.values()] + [call.start for call in calls]
    ends = [series.index[-1] for series in book.meters.values()] + [call.start for call in calls]
    first, last = min(starts).normalize(), max(ends).normalize()
    times = pd.date_range(first, last + pd.Timedelta(days=1), freq=_QUARTER, inclusive="left")
    load: NDArray[np.float64] = np.full((len(names), len(times)), np.nan)
    for i, name in enumerate(names):
        if name in book.meters:
            load[i] = book.meters[name].reindex(times).to_numpy()
    return meter_days(load, times, participants=names)
