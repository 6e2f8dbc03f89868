"""Calls of `twin.market` as events of OpenADR 2.0b, and back from any VTN's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from openleadr import enums, objects

from twin.market.event import Call, Kind
from twin.market.products import load_programme
from weather.errors import TwinError

_SIGN: dict[Kind, float] = {"peak_shaving": -1.0, "valley_filling": 1.0}
_ZONE = "Asia/Shanghai"
_QUARTER = timedelta(minutes=15)
_SCALE = {"none": 1e-3, "k": 1.0, "M": 1e3, "G": 1e6}


def context_of(programme: str, product: str) -> str:
    """Market context of a product, such as `oadr://shanghai/peak_shaving.fast`."""
    return f"oadr://{programme}/{product}"


def event_of(
    call: Call,
    *,
    event_id: str,
    ven_id: str,
    context: str,
    modification: int = 0,
    created: datetime | None = None,
    cancelled: bool = False,
) -> objects.Event:
    """The event of a call for one VEN.

    Parameters
    ----------
    call : Call
        On quarter-hours; `committed_kw` is this VEN's part.
    event_id, ven_id, context : str
    modification : int
        Number of the version.
    created : datetime, optional
        When the VTN had it.
    cancelled : bool

    Returns
    -------
    openleadr.objects.Event
    """
    start = call.start.tz_convert("UTC").to_pydatetime()
    kw = _SIGN[call.kind] * call.committed_kw
    window = call.event.window
    power = enums.MEASUREMENTS.POWER_REAL
    event = objects.Event(
        event_descriptor=objects.EventDescriptor(
            event_id=event_id,
            modification_number=modification,
            market_context=context,
            event_status="far",
            created_date_time=created,
        ),
        event_signals=[
            objects.EventSignal(
                signal_id=event_id,
                signal_name="LOAD_DISPATCH",
                signal_type="delta",
                measurement=objects.Measurement(
                    name=power.name,
                    description=power.description,
                    unit=power.unit,
                    scale="k",
                    power_attributes=objects.PowerAttributes(hertz=50, voltage=380, ac=True),
                ),
                intervals=[
                    objects.Interval(start + i * _QUARTER, _QUARTER, kw)
                    for i in range(window.stop - window.start)
                ],
            )
        ],
        targets=[{"ven_id": ven_id}],
    )
    if cancelled:
        event.event_descriptor.event_status = "cancelled"
    return event


def call_of(event: Mapping[str, Any]) -> Call:
    """The call that an event is, as openleadr parsed it.

    Parameters
    ----------
    event : mapping
        With `event_descriptor`, `active_period` and `event_signals`.

    Returns
    -------
    Call
        With times in Shanghai. `committed_kw` is infinite where a `SIMPLE` level asks for what was agreed.

    Raises
    ------
    TwinError
        If no signal asks for one change of load, or the span cannot be settled.
    """
    descriptor, period = event["event_descriptor"], event["active_period"]
    try:
        kw = _change(event)
        kind: Kind = "peak_shaving" if kw < 0.0 else "valley_filling"
        start = pd.Timestamp(period["dtstart"]).tz_convert(_ZONE)
        end = start + pd.Timedelta(period["duration"])
        created = pd.Timestamp(descriptor["created_date_time"]).tz_convert(_ZONE)
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(descriptor, f"{error}") from None
    notice_at = created if created <= start else None
    call = Call(kind, start, end, abs(kw), _notice(descriptor, kind, start, created), notice_at)
    _ = call.event  # refuses a span that cannot be settled
    return call


def _change(event: Mapping[str, Any]) -> float:
    """Change of load that is asked for [kW]; -inf for a `SIMPLE` level."""
    for signal in event["event_signals"]:
        values = {float(one["signal_payload"]) for one in signal["intervals"]}
        if signal["signal_name"] == "LOAD_DISPATCH" and signal["signal_type"] == "delta":
            unit, scale = _unit(signal)
            if unit != "W" or scale not in _SCALE:
                raise ValueError(f"its power is in {scale} {unit}")
            if len(values) != 1 or not math.isfinite(*values) or values == {0.0}:
                raise ValueError(f"its power is {', '.join(f'{value:g}' for value in sorted(values))}")
            return values.pop() * _SCALE[scale]
    for signal in event["event_signals"]:
        if signal["signal_name"] in ("SIMPLE", "simple"):
            if any(float(one["signal_payload"]) > 0.0 for one in signal["intervals"]):
                return -math.inf
            raise ValueError("its level is normal")
    raise ValueError("it has neither LOAD_DISPATCH of type delta nor SIMPLE")


def _unit(signal: Mapping[str, Any]) -> tuple[str, str]:
    """Unit and scale; openleadr leaves those of signals behind one without unit as they were sent."""
    item = signal.get("measurement")
    if item is not None:
        return item["unit"], item["scale"]
    return signal["powerReal"]["item_units"], signal["powerReal"]["si_scale_code"]


def _notice(descriptor: Mapping[str, Any], kind: Kind, start: pd.Timestamp, created: pd.Timestamp) -> str:
    """Notice class: the context's where it names a product known here, else by the time that was left."""
    market = descriptor.get("market_context")
    context = urlsplit(str(market.get("market_context") if isinstance(market, dict) else market))
    programme = load_programme()
    if context.scheme == "oadr" and context.netloc == programme.key:
        for product in programme.products():
            if context.path == f"/{product.key}" and product.direction == kind:
                return product.notice
    minutes = max(0.0, (start - created) / pd.Timedelta(minutes=1))
    longest = max(programme.value(f"notice.{name}.longest_minutes") for name in programme.notices)
    return programme.notice_class(min(minutes, longest))


def _bad(descriptor: Mapping[str, Any], why: str) -> TwinError:
    return TwinError(
        f"the event {descriptor.get('event_id')!r} is no call: {why}.",
        "A call is one change of load in LOAD_DISPATCH (delta, kW), or a level in SIMPLE.",
        key="event",
    )
