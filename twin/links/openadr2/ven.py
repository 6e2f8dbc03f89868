"""A VEN of 2.0b that speaks for stored meters, by openleadr's client.

It answers calls by the same settings as the VEN of OpenADR 3, and reports quarter-hours (and a `baseline_kw`
of the source) as a telemetry usage report. The library forgets a report that did not arrive; here what the
VTN has acknowledged is noted on disk, and all else is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openleadr import OpenADRClient, enums, objects

from twin.links.openadr2.calls import call_of
from twin.links.openadr2.guard import guarded_session
from twin.links.openadr3.connection import Connection
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.metered_ven import Answer, refused_why
from twin.links.openadr3.ven import back_off
from twin.links.openadr3.ven_settings import VenSettings
from twin.links.replay_clock import Clock
from twin.links.stored_meters import QUARTER, StoredMeters
from twin.market.products import load_programme
from weather.errors import TwinError

_AT_ONCE = 500
_PATIENCE_SECONDS = 30.0
_SPECIFIER = "pedf-twin"
_log = logging.getLogger(__name__)


class _Client(OpenADRClient):
    """The library's client, whose reports are made by somebody else."""

    make_report: Callable[[str], Any]

    async def create_report(self, response_payload: Mapping[str, Any]) -> None:
        """The VTN asks for reports: begin with what is owed, not only at the next turn of its pace."""
        await super().create_report(response_payload)
        for request in response_payload["report_requests"]:
            await self.update_report(request["report_request_id"])

    async def update_report(self, report_request_id: str) -> None:
        """Called at the pace that the VTN asked for."""
        report = self.make_report(report_request_id)
        if report is not None:
            await self.pending_reports.put(report)


@dataclass(frozen=True, slots=True)
class _Handed:
    """A report on its way: for which request, up to which moment, and since when (monotonic seconds)."""

    request: str
    until: pd.Timestamp
    at: float


class MeteredVen2:
    """A VEN of 2.0b for the meters of its settings.

    Parameters
    ----------
    settings : VenSettings
    journal : Journal
    meters : StoredMeters
    clock : Clock
    told : callable
        Told each answer.

    Raises
    ------
    TwinError
        If the source has no such meter.
    """

    def __init__(
        self,
        settings: VenSettings,
        journal: Journal,
        meters: StoredMeters,
        clock: Clock,
        told: Callable[[Answer], None],
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._meters = meters
        self._clock = clock
        self._told = told
        self._names = {one.name: one.meter or one.name for one in settings.resources}
        if len(meters.names) == 1 and len(self._names) == 1 and settings.resources[0].meter is None:
            self._names = {settings.resources[0].name: meters.names[0]}
        for meter in self._names.values():
            meters.table(meter)
        days = load_programme().value("baseline.look_back_days")
        begin = pd.Timestamp(clock.now()).floor(QUARTER) - pd.Timedelta(days=days)
        self._since = pd.Timestamp(journal.mark("telemetry") or begin)
        self._handed: _Handed | None = None

    async def run(self, ended: asyncio.Event) -> None:
        """Register, poll, answer and report until `ended`, through absences of the VTN."""
        failures = 0
        while not ended.is_set():
            client = self._client()
            client.client_session = guarded_session(_context(self._settings))
            await client.run()
            if client.registration_id:
                await ended.wait()
                await client.stop()
                return
            failures += 1  # the library has closed this client
            wait = back_off(failures)
            _log.warning("the VTN does not register this VEN; again in %.1f s", wait)
            try:
                await asyncio.wait_for(ended.wait(), wait)
            except TimeoutError:
                continue

    def _client(self) -> _Client:
        settings = self._settings
        client = _Client(
            ven_name=settings.name,
            vtn_url=settings.vtn,
            cert=settings.certificate,
            key=settings.key,
            ca_file=settings.authority,
            vtn_fingerprint=settings.vtn_fingerprint,
            show_fingerprint=False,
            allow_jitter=False,
        )
        client.make_report = self._report
        client.add_handler("on_event", self._on_event)
        client.add_handler("on_update_event", self._on_event)

        async def on_message(kind: str, payload: Mapping[str, Any]) -> None:
            request = self._on_message(kind, payload)
            if request is not None:
                await client.update_report(request)

        client.add_hook("after_parse_xml", on_message)
        pace = timedelta(seconds=max(1.0, math.floor(900.0 / self._clock.speed)))
        rate = objects.SamplingRate(min_period=pace, max_period=pace, on_change=False)
        for resource in self._names:
            for kind, what in (("kw", enums.REPORT_TYPE.DEMAND), ("baseline_kw", enums.REPORT_TYPE.BASELINE)):
                client.add_report(
                    self._report,
                    resource_id=resource,
                    measurement=_kilowatts(),
                    report_specifier_id=_SPECIFIER,
                    r_id=f"{kind}:{resource}",
                    reading_type=enums.READING_TYPE.MEAN,
                    report_type=what,
                    report_duration=timedelta(days=45),
                    sampling_rate=rate,
                    scale="k",
                )
        return client

    # --- calls ------------------------------------------------------------------------------------------

    async def _on_event(self, event: Mapping[str, Any]) -> str:
        name = str(event["event_descriptor"]["event_id"])
        if event["event_descriptor"]["event_status"] == enums.EVENT_STATUS.CANCELLED:
            return "optIn"  # to its being cancelled
        try:
            call = call_of(event)
        except TwinError as error:
            self._told(Answer(name, False, None, error.what))
            return "optOut"
        offered = float(getattr(self._settings.offer, call.kind) or 0.0)
        why = refused_why(call, self._settings)
        if why is None and math.isfinite(call.committed_kw) and offered < call.committed_kw:
            why = f"{offered:g} kW are offered of {call.committed_kw:g} kW, and 2.0b knows no part"
        if why is not None:
            self._told(Answer(name, False, None, why))
            return "optOut"
        kw = min(offered, call.committed_kw)
        self._told(Answer(name, True, -kw if call.kind == "peak_shaving" else kw, None))
        return "optIn"

    # --- telemetry --------------------------------------------------------------------------------------

    def _report(self, report_request_id: str) -> objects.Report | None:
        """Quarter-hours that are over and that the VTN has not acknowledged; one report at a time."""
        if self._handed is not None and time.monotonic() - self._handed.at < _PATIENCE_SECONDS:
            return None
        last = pd.Timestamp(self._clock.now()).floor(QUARTER)
        count = min(int((last - self._since) / QUARTER), _AT_ONCE)
        if count <= 0:
            return None
        stamps = pd.date_range(self._since, periods=count, freq=QUARTER)
        tables = {resource: self._meters.at(meter, stamps) for resource, meter in self._names.items()}
        while count and not self._there(stamps[count - 1], tables):
            count -= 1
        intervals = [
            objects.ReportInterval(
                dtstart=start.to_pydatetime(),
                duration=QUARTER.to_pytimedelta(),
                report_payload=objects.ReportPayload(r_id=f"{kind}:{resource}", value=round(value, 6)),
            )
            for resource, table in tables.items()
            for kind in ("kw", "baseline_kw")
            for start, value in zip(stamps[:count], table[kind].to_numpy()[:count], strict=True)
            if np.isfinite(value)
        ]
        until = self._since + count * QUARTER
        if not intervals:
            if count:
                self._acknowledge(until)
            return None
        self._handed = _Handed(report_request_id, until, time.monotonic())
        return objects.Report(
            report_specifier_id=_SPECIFIER,
            report_name=enums.REPORT_NAME.TELEMETRY_USAGE,
            report_request_id=report_request_id,
            intervals=intervals,
            dtstart=intervals[0].dtstart,
        )

    def _there(self, start: pd.Timestamp, tables: Mapping[str, pd.DataFrame]) -> bool:
        """Whether all meters have a quarter-hour, or have gone beyond it."""
        for resource, meter in self._names.items():
            last = self._meters.last(meter)
            if last is not None and last < start and np.isnan(tables[resource]["kw"][start]):
                return False
        return True

    def _on_message(self, kind: str, payload: Mapping[str, Any]) -> str | None:
        """Note an acknowledgement; returns the request of a report of which more may be owed."""
        handed = self._handed
        if kind != "oadrUpdatedReport" or handed is None:
            return None
        self._handed = None
        if int(payload.get("response", {}).get("response_code", 0)) != 200:
            return None
        self._acknowledge(handed.until)
        return handed.request

    def _acknowledge(self, until: pd.Timestamp) -> None:
        self._since = until
        self._journal.set_mark("telemetry", until.to_pydatetime())


def _kilowatts() -> objects.Measurement:
    power = enums.MEASUREMENTS.POWER_REAL
    return objects.Measurement(
        name=power.name,
        description=power.description,
        unit=power.unit,
        acceptable_units=power.acceptable_units,
        scale="k",
        power_attributes=objects.PowerAttributes(hertz=50, voltage=380, ac=True),
    )


def refuse_unusable(settings: VenSettings) -> None:
    """Certificates that cannot be used are the user's to put right, before anything begins.

    Raises
    ------
    TwinError
        No https (or loopback), a file that is missing or cannot be used.
    """
    given = [settings.certificate, settings.key, settings.authority]
    if settings.vtn.startswith("https") and not all(given):
        raise TwinError(
            "2.0b over TLS needs the VEN's certificate, its key, and who signed the VTN's.",
            "Give certificate, key and authority.",
            key="certificate",
        )
    own = (Path(settings.certificate), Path(settings.key)) if settings.certificate and settings.key else None
    authority = Path(settings.authority) if settings.authority else None
    Connection(settings.vtn, "", "", authority=authority, certificate=own).close()


def _context(settings: VenSettings) -> ssl.SSLContext | None:
    if settings.certificate is None or settings.key is None:
        return None
    context = ssl.create_default_context(cafile=settings.authority)
    context.load_cert_chain(settings.certificate, settings.key, password="")
    return context
