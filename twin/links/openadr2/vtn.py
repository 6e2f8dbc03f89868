"""The VTN of 2.0b as a process: openleadr's server in front of the file of the OpenADR 3 VTN.

What it must know over a restart (who is registered, what was answered and metered, what data points mean)
lies in the file or follows from the settings: VENs go on with a restarted VTN without registering again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openleadr import OpenADRServer, errors, objects

from twin.links.openadr2.bridge import Bridge, Called, Points, quarters
from twin.links.openadr2.calls import context_of, event_of
from twin.links.openadr2.guard import guard, signed_only
from twin.links.openadr2.vtn_settings import KnownVen, Vtn2Settings
from twin.links.openadr3.reports import Opt
from twin.links.openadr3.store import Store
from weather.errors import TwinError

_SCALE = {"none": 1e-3, "k": 1.0, "M": 1e3, "G": 1e6}
_SAYS = {"reading": "kw", "usage": "kw", "demand": "kw", "avgDemand": "kw", "baseline": "baseline_kw"}
_QUARTER = timedelta(minutes=15)
_PATIENCE_SECONDS = 30.0
Message = Mapping[str, Any]


@dataclass(slots=True)
class _Told:
    """A version of an event that a VEN was given, when (monotonic seconds), and whether it answered since."""

    version: int
    at: float
    answered: bool = False


class Vtn2:
    """Answers VENs of 2.0b.

    Parameters
    ----------
    settings : Vtn2Settings
    bridge : Bridge
    """

    def __init__(self, settings: Vtn2Settings, bridge: Bridge) -> None:
        self._settings = settings
        self._bridge = bridge
        self._vens = {one.name: one for one in settings.vens}
        self._given = {name: {one.event_id: one for one in bridge.gone(name)} for name in self._vens}
        self._told: dict[str, dict[str, _Told]] = {name: {} for name in self._vens}

    def server(self) -> OpenADRServer:
        """The library's server with what it is to do.

        Raises
        ------
        TwinError
            If the certificate, its key or the authority cannot be used.
        """
        files: dict[str, Any] = {}
        if self._settings.by_tls:
            files = {"cert": self._settings.certificate, "key": self._settings.key}
            files |= {f"http_{name}": path for name, path in files.items()}
            files["http_ca_file"] = self._settings.authority
        try:
            server = OpenADRServer(
                self._settings.vtn_id,
                http_host=self._settings.host,
                http_port=self._settings.port,
                requested_poll_freq=self._settings.poll_frequency,
                ven_lookup=self._look_up,
                verify_message_signatures=self._settings.signed,
                show_fingerprint=False,
                **files,
            )
        except (OSError, ValueError) as error:
            raise TwinError(
                f"the certificates cannot be used: {error}.", "Give PEM files that belong together.",
                file=self._settings.certificate, key="certificate",
            ) from None  # fmt: skip
        server.app.middlewares.append(guard)
        if self._settings.by_tls and self._settings.signed:
            server.app.middlewares.append(signed_only)
        server.add_handler("on_create_party_registration", self._on_registration)
        server.add_handler("on_cancel_party_registration", self._on_cancel)
        server.add_handler("on_register_report", self._on_register_report)
        server.add_handler("on_poll", self._on_poll)
        server.add_handler("on_request_event", self._on_request_event)
        server.add_handler("on_created_event", self._on_created_event)
        # The library finds telemetry by what VENs registered since it was started, and drops the rest.
        server.services["report_service"].handlers["oadrUpdateReport"] = self._on_update_report
        server.services["report_service"].handlers["oadrRegisterReport"] = self._registering(
            server.services["report_service"].handlers["oadrRegisterReport"]
        )
        return server

    # --- registration -----------------------------------------------------------------------------------

    def _look_up(self, ven_id: str) -> dict[str, Any] | None:
        one = self._vens.get(str(ven_id))
        return None if one is None else {
            "ven_id": one.name, "ven_name": one.name, "fingerprint": one.fingerprint,
            "registration_id": _registration(one),
        }  # fmt: skip

    async def _on_registration(self, payload: Message) -> tuple[str, str] | bool:
        one = self._vens.get(str(payload["ven_name"]))
        if one is None or (self._settings.by_tls and payload.get("fingerprint") != one.fingerprint):
            return False
        self._bridge.register(one.name)
        return one.name, _registration(one)

    async def _on_cancel(self, payload: Message) -> tuple[str, dict[str, Any]]:
        """What was answered and metered stays; the VEN may come again."""
        return "oadrCanceledPartyRegistration", {"registration_id": payload.get("registration_id")}

    # --- calls ------------------------------------------------------------------------------------------

    def _events(self, name: str) -> list[objects.Event]:
        """Calls of a VEN as they are now, with those that it knows and that are gone."""
        now = {one.event_id: one for one in self._bridge.calls(name)}
        gone = {key: one for key, one in self._given[name].items() if key not in now}
        self._given[name] |= now
        return [self._event(name, one, False) for one in now.values()] + [
            self._event(name, one, True) for one in gone.values()
        ]

    def _event(self, name: str, one: Called, cancelled: bool) -> objects.Event:
        return event_of(
            one.call,
            event_id=one.event_id,
            ven_id=name,
            context=context_of(*one.context),
            modification=one.modification + cancelled,
            created=one.created,
            cancelled=cancelled,
        )

    async def _on_poll(self, ven_id: str) -> tuple[str, dict[str, Any]] | None:
        """Calls of which the VEN does not have this version, or has not said so."""
        events = [one for one in self._events(ven_id) if self._is_due(ven_id, one)]
        if not events:
            return None
        self._note(ven_id, events)
        return "oadrDistributeEvent", {"events": events}

    async def _on_request_event(self, ven_id: str) -> list[objects.Event] | None:
        events = self._events(ven_id)
        self._note(ven_id, events)
        return events or None

    def _note(self, name: str, events: list[objects.Event]) -> None:
        self._told[name] |= {_id(one): _Told(_version(one), time.monotonic()) for one in events}

    def _is_due(self, name: str, event: objects.Event) -> bool:
        """An answer may be lost on its way: what is not answered is told again while it is not over."""
        told = self._told[name].get(_id(event))
        if told is None or told.version != _version(event):
            return True
        over = event.active_period.dtstart + event.active_period.duration < datetime.now(UTC)
        return not told.answered and not over and time.monotonic() - told.at > _PATIENCE_SECONDS

    async def _on_created_event(self, ven_id: str, event_id: str, opt_type: str) -> None:
        one = self._given.get(ven_id, {}).get(str(event_id))
        if one is None:
            one = next((o for o in self._bridge.calls(ven_id) if o.event_id == str(event_id)), None)
        if one is None:
            raise errors.InvalidIdError(f"There is no event {event_id}.")
        if one.event_id in self._told[ven_id]:
            self._told[ven_id][one.event_id].answered = True
        kw = math.copysign(one.call.committed_kw, -1.0 if one.call.kind == "peak_shaving" else 1.0)
        self._bridge.answer(ven_id, one.event_id, Opt(True, kw) if opt_type == "optIn" else Opt(False))

    # --- telemetry --------------------------------------------------------------------------------------

    def _registering(self, handle: Callable[[Message], Any]) -> Callable[[Message], Any]:
        """The library's answer to offered reports, after what they mean was kept."""

        async def register(payload: Message) -> Any:
            for report in payload.get("reports") or ():
                specifier = str(report["report_specifier_id"])
                self._bridge.know_points(str(payload["ven_id"]), specifier, _meant(report))
            return await handle(payload)

        return register

    async def _on_register_report(self, report: Message) -> list[Any] | None:
        """Ask for power of resources and its baseline, quarter-hour by quarter-hour."""
        wanted = _meant(report)
        found: list[Any] = []
        for one in report["report_descriptions"]:
            if str(one["r_id"]) in wanted:
                rate = one["sampling_rate"]
                step = min(max(_QUARTER, rate["min_period"]), rate["max_period"])
                found.append((one["r_id"], _nothing, step, step))
        return found or None

    async def _on_update_report(self, payload: Message) -> tuple[str, dict[str, Any]]:
        name = str(payload["ven_id"])
        values: list[tuple[datetime, str, str, float]] = []
        for report in payload["reports"]:
            points = self._bridge.points(name, str(report["report_specifier_id"]))
            if points is None:
                raise errors.RequestReregistration(name)
            for interval in report.get("intervals") or ():
                said = interval["report_payload"]
                point = points.get(str(said["r_id"]))
                if point is not None and math.isfinite(float(said["value"])):
                    values.append((interval["dtstart"], point[0], point[1], float(said["value"]) * point[2]))
        self._bridge.metered(name, quarters(values))
        return "oadrUpdatedReport", {}


def _registration(one: KnownVen) -> str:
    """The same after each restart."""
    return hashlib.sha256(f"{one.name}\n{one.fingerprint}".encode()).hexdigest()[:20]


def _id(event: objects.Event) -> str:
    return str(event.event_descriptor.event_id)


def _version(event: objects.Event) -> int:
    return int(event.event_descriptor.modification_number)


def _nothing(values: Any) -> None:
    """The library wants a callback for each data point; telemetry is taken above."""


def _meant(report: Message) -> Points:
    """Data points of an offered report that are power of a resource."""
    found: Points = {}
    for one in report["report_descriptions"]:
        item = one.get("measurement") or {}
        says = _SAYS.get(str(one.get("report_type")))
        source = one.get("report_data_source") or {}
        if item.get("unit") == "W" and item.get("scale") in _SCALE and says is not None:
            found[str(one["r_id"])] = (
                str(source.get("resource_id", "")) or "meter",
                says,
                _SCALE[item["scale"]],
            )
    return found


def serve(settings: Vtn2Settings, listening: Callable[[str], None]) -> None:
    """Serve until the process is told to end; from its main thread.

    Parameters
    ----------
    settings : Vtn2Settings
    listening : callable
        Told the base URL once connections are taken.

    Raises
    ------
    TwinError
        If the file, a certificate or the address cannot be used.
    """
    store = Store(Path(settings.db))
    try:
        server = Vtn2(settings, Bridge(store)).server()
        asyncio.run(_serve(server, settings, listening))
    finally:
        store.close()


async def _serve(server: OpenADRServer, settings: Vtn2Settings, listening: Callable[[str], None]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # the library prints a banner
            await server.run()
    except OSError as error:
        raise TwinError(
            f"{settings.host} port {settings.port} cannot be listened on: {error}.",
            "Choose another.",
            key="port",
        ) from None
    host, port, *_ = server.app_runner.addresses[0]
    scheme = "https" if settings.by_tls else "http"
    listening(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{server.http_path_prefix}")
    await ended.wait()
    await server.stop()
