"""A VEN that speaks for stored meters: answers calls by what it offers, then reports what the meters say.

It opts in with what it offers, at most what is called for; it opts out where it offers nothing in the call's
direction, or where its settings refuse such calls. Having opted in it sends the meters' days before the call,
if asked for them, and each quarter-hour of the call once it is over: what was metered, the baseline (of the
source, or else the mean of similar days by the programme's rule), and the change of load that can still be
made (of the source, or else what is left of the offer). A quarter-hour that the meter does not have yet is
waited for; one that it skipped stays out.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

from twin.links.openadr3.calls import call_of, history_days
from twin.links.openadr3.intervals import spans
from twin.links.openadr3.journal import Followed, Journal
from twin.links.openadr3.messages import Event
from twin.links.openadr3.reports import Opt, Reading, telemetry_report
from twin.links.openadr3.ven import Change, Ven
from twin.links.openadr3.ven_settings import VenSettings
from twin.links.replay_clock import Clock
from twin.links.stored_meters import QUARTER, StoredMeters
from twin.market.event import Call
from twin.market.event import Event as MarketEvent
from twin.market.meter_days import meter_days
from twin.market.products import load_programme
from twin.market.similar_days import SimilarDays
from weather.errors import TwinError

_ZONE = "Asia/Shanghai"
_WEEK = 7 * 96
_TICK_SECONDS = 5.0
_log = logging.getLogger(__name__)


def refused_why(call: Call, settings: VenSettings) -> str | None:
    """Why a call is opted out of; None where it is taken.

    Parameters
    ----------
    call : Call
        With times in Shanghai.
    settings : VenSettings
    """
    rules = settings.opt_out
    if getattr(settings.offer, call.kind) is None:
        return f"nothing is offered for {call.kind}"
    if call.event.day in {date.fromisoformat(text) for text in rules.dates}:
        return f"{call.event.day} is refused"
    first, last = call.event.window.start * 15, call.event.window.stop * 15
    if any(first < end and begin < last for begin, end in rules.spans()):
        return "its hours are refused"
    if rules.longer_than is not None and call.event.hours > rules.longer_than:
        return f"{call.event.hours:g} h are too long"
    if rules.notice_under is not None and call.notice_at is not None:
        minutes = (call.start - call.notice_at) / pd.Timedelta(minutes=1)
        if minutes < rules.notice_under:
            return f"{minutes:.0f} min are too short a notice"
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said about an event: `kw` as in `Opt`; `why` where it was refused."""

    event: str
    taking_part: bool
    kw: float | None
    why: str | None


class MeteredVen:
    """Hands what happens at the VTN to the meters, and the meters to the VTN.

    Parameters
    ----------
    ven : Ven
    journal : Journal
        The VEN's own.
    meters : StoredMeters
    settings : VenSettings
    clock : Clock

    Raises
    ------
    TwinError
        If the source has no such meter.
    """

    def __init__(
        self, ven: Ven, journal: Journal, meters: StoredMeters, settings: VenSettings, clock: Clock
    ) -> None:
        self._ven = ven
        self._journal = journal
        self._meters = meters
        self._settings = settings
        self._clock = clock
        self._names = {one.name: one.meter or one.name for one in settings.resources}
        if len(meters.names) == 1 and len(self._names) == 1 and settings.resources[0].meter is None:
            self._names = {settings.resources[0].name: meters.names[0]}
        for meter in self._names.values():
            meters.table(meter)
        self._ended = threading.Event()

    def handle(self, change: Change) -> Answer | None:
        """Answer a change of an event; None where there is nothing to answer.

        Raises
        ------
        UnreachableError, RefusedError
        """
        event = change.event
        name = event.id or ""
        if change.what == "cancelled":
            self._journal.unfollow(name)
            return None
        try:
            program = self._ven.program(event)
            call = call_of(event, program)
        except TwinError as error:
            _log.warning("not answered: %s", error.what)
            return None
        why = refused_why(call, self._settings)
        if why is not None:
            self._journal.unfollow(name)
            self._ven.opt(event, Opt(False))
            return Answer(name, False, None, why)
        kw = min(float(getattr(self._settings.offer, call.kind)), call.committed_kw)
        kw = -kw if call.kind == "peak_shaving" else kw
        self._ven.opt(event, Opt(True, kw))
        self._send_history(event, call)
        self._journal.follow(name, call.start.to_pydatetime(), kw)
        return Answer(name, True, kw, None)

    def run(self) -> None:
        """Report quarter-hours as they come, until `end`; in a thread of its own."""
        while not self._ended.wait(min(_TICK_SECONDS, 0.2 * 900.0 / self._clock.speed)):
            for one in self._journal.followed():
                try:
                    self.report_due(one)
                except TwinError as error:  # of the source: it may be put right while this goes on
                    _log.warning("no telemetry: %s", error)

    def end(self) -> None:
        """Let `run` return."""
        self._ended.set()

    def report_due(self, owed: Followed) -> int:
        """Put the quarter-hours of an event that are over in the outbox; returns how many reports."""
        event, since = owed.event, pd.Timestamp(owed.since)
        placed = _quarters_of(event)
        baselines: dict[str, pd.Series[float]] | None = None
        count = 0
        for start in placed[(placed >= since) & (placed + QUARTER <= pd.Timestamp(self._clock.now()))]:
            metered = {
                resource: self._meters.at(meter, pd.DatetimeIndex([start])).iloc[0]
                for resource, meter in self._names.items()
            }
            if any(np.isnan(row["kw"]) for row in metered.values()) and not self._passed(start):
                break
            if baselines is None:
                baselines = {name: self._similar(owed, placed, meter) for name, meter in self._names.items()}
            readings = [
                self._reading(name, start, row, float(baselines[name].get(start, np.nan)), owed.kw)
                for name, row in metered.items()
                if np.isfinite(row["kw"])
            ]
            since = start + QUARTER
            if readings:
                report = telemetry_report(event, self._ven.name, readings)
                self._ven.report(report, until=since.to_pydatetime())
                count += 1
            else:
                self._journal.follow(event.id or "", since.to_pydatetime(), owed.kw)
        if since > placed[-1]:
            self._journal.unfollow(event.id or "")
        return count

    # --- what meters say --------------------------------------------------------------------------------

    def _passed(self, start: pd.Timestamp) -> bool:
        """Whether all meters have gone beyond a quarter-hour: what is not there then does not come."""
        lasts = [self._meters.last(name) for name in self._names.values()]
        return all(last is None or last > start for last in lasts)

    def _reading(
        self, resource: str, start: pd.Timestamp, row: pd.Series[float], similar: float, offered: float
    ) -> Reading:
        base = float(row["baseline_kw"]) if np.isfinite(row["baseline_kw"]) else similar
        left = float(row["available_kw"])
        if not np.isfinite(left) and len(self._names) == 1:
            made = float(row["kw"]) - base
            left = offered - float(np.clip(made, min(offered, 0.0), max(offered, 0.0)))
        return Reading(resource, start.to_pydatetime(), float(row["kw"]), _known(base), _known(left))

    def _similar(self, owed: Followed, placed: pd.DatetimeIndex, meter: str) -> pd.Series[float]:
        """Baseline of the event's quarter-hours by the mean of similar days; empty where there is none."""
        programme = load_programme()
        local = placed.tz_convert(_ZONE)
        days = round(programme.value("baseline.look_back_days"))
        midnight = local[0].normalize()
        stamps = pd.date_range(midnight - pd.Timedelta(days=days), periods=(days + 1) * 96, freq=QUARTER)
        others = {_quarters_of(one)[0].tz_convert(_ZONE).date() for one in self._journal.events().values()}
        event = MarketEvent(
            "peak_shaving" if owed.kw < 0.0 else "valley_filling", local[0], local[-1] + QUARTER
        )
        metered = self._meters.at(meter, stamps)["kw"].to_numpy()
        history = meter_days(metered, stamps, event_days=others - {event.day})
        made = SimilarDays()(history, event, programme).kw[0, event.window]
        return pd.Series(made, placed)

    def _send_history(self, event: Event, call: Call) -> None:
        """The meters' days before the event, a week in each report."""
        days = history_days(event)
        first = call.start.tz_convert(_ZONE).normalize() - pd.Timedelta(days=days)
        for at in range(0, days * 96, _WEEK):
            stamps = pd.date_range(first + at * QUARTER, periods=min(_WEEK, days * 96 - at), freq=QUARTER)
            readings = [
                Reading(resource, start.to_pydatetime(), float(kw))
                for resource, meter in self._names.items()
                for start, kw in zip(stamps, self._meters.at(meter, stamps)["kw"], strict=True)
                if np.isfinite(kw)
            ]
            if readings:
                self._ven.report(telemetry_report(event, self._ven.name, readings))


def _quarters_of(event: Event) -> pd.DatetimeIndex:
    """Quarter-hours of an event that was taken for a call."""
    placed = spans(event.interval_period, event.intervals, obtained=datetime.now(UTC))
    return pd.date_range(placed[0].start, placed[-1].end, freq=QUARTER, inclusive="left")


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
