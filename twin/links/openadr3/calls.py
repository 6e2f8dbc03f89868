"""Calls and programmes of `twin.market` as events and programs of OpenADR, both ways.

A **program** is one product: a direction with a notice class, of one programme of settlement rules. Under
3.0.1 a program has no place for numbers, so that it names the programme (`retailerName`, such as `shanghai`),
whose numbers both sides have, and the product (`programType`, such as `peak_shaving.day_ahead`).

An **event** is one call: a quarter-hour for each interval, in each the change of load that is called for,
`DISPATCH_SETPOINT_RELATIVE` in kW, negative for a decrease. (The enumerations published with 3.1.0 give that
type a minimum of 0, against its own definition as a relative change; 3.0.1 has no such bound.) What is paid
stands beside it as a private type, since `PRICE` is the price of energy that a consumer pays: a VEN which
follows prices would take a reward for filling a valley as a reason to draw less. Notice is given when the VTN
has the event. Beside telemetry of the call an event asks for the meter's days before it, for a baseline.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC
from itertools import pairwise

import pandas as pd

from twin.links.openadr3.durations import text_of
from twin.links.openadr3.intervals import spans
from twin.links.openadr3.messages import (
    Event,
    EventPayloadDescriptor,
    Interval,
    IntervalPeriod,
    Program,
    ReportDescriptor,
    ValuesMap,
)
from twin.links.openadr3.reports import QUARTER
from twin.market.event import POINTS, Call, Kind
from twin.market.products import Product, Programme, load_programme
from weather.errors import TwinError

POWER = "DISPATCH_SETPOINT_RELATIVE"
HISTORY = "METER_HISTORY"
"""Private type of a report that an event asks for: DEMAND of the days before it, for baselines."""
PAYMENT = "RESPONSE_PAYMENT"
"""Private type: what a kWh of response is paid, by its descriptor's currency."""

_SIGN: dict[Kind, float] = {"peak_shaving": -1.0, "valley_filling": 1.0}
_ZONE = "Asia/Shanghai"


def program_of(programme: Programme, product: Product) -> Program:
    """The program of a product.

    Parameters
    ----------
    programme : Programme
    product : Product
        One of its products.

    Returns
    -------
    Program
        Without id: the VTN gives it.
    """
    return Program(
        program_name=f"{programme.key}.{product.key}",
        program_long_name=f"{product.zh} {product.en}",
        program_type=product.key,
        retailer_name=programme.key,
        country="CN",
        time_zone_offset="PT8H",
        binding_events=False,
        # Those of reports are left to the reports: clients are in use that know events' only in a program.
        payload_descriptors=_event_descriptors(),
    )


def product_of(program: Program) -> tuple[Programme, Product]:
    """What a program stands for, by the numbers known here.

    Raises
    ------
    TwinError
        If its programme is not known here, or has no such product.
    """
    programme = load_programme(program.retailer_name or "")
    products = {product.key: product for product in programme.products()}
    product = products.get(program.program_type or "")
    if product is None:
        raise TwinError(
            f"the program {program.program_name!r} of type {program.program_type!r} is no product of"
            f" {programme.key}.",
            f"Known: {', '.join(products)}.",
            key="programType",
        )
    return programme, product


def event_of(call: Call, program: Program, *, pay: float | None, vens: Collection[str] = ()) -> Event:
    """The event of a call.

    Parameters
    ----------
    call : Call
        On quarter-hours; `committed_kw` of all addressed VENs together, or of the one addressed.
    program : Program
        As the VTN has it, of the call's kind and notice.
    pay : float or None
        What a kWh of response is paid, CNY; None leaves it out.
    vens : collection of str
        Names of the VENs that are called; without any, all that see the program.

    Returns
    -------
    Event

    Raises
    ------
    TwinError
        If the program is of another product, or the call is none that could be settled.
    """
    programme, product = product_of(program)
    if program.id is None or (product.direction, product.notice) != (call.kind, call.notice):
        raise TwinError(
            f"a {call.kind} call at {call.notice} notice is no event of {program.program_name!r}.",
            "Take the program of its direction and notice, as the VTN has it.",
            key="programID",
        )
    if not call.committed_kw > 0:
        raise TwinError(f"the call commits {call.committed_kw} kW.", "Commit more than nothing.", key="event")
    days = round(programme.value("baseline.look_back_days"))
    window = call.event.window
    count = window.stop - window.start
    payloads = [ValuesMap(type=POWER, values=(_SIGN[call.kind] * call.committed_kw,))]
    if pay is not None:
        payloads.append(ValuesMap(type=PAYMENT, values=(float(pay),)))
    telemetry = (
        ReportDescriptor(
            payload_type=kind,
            reading_type="MEAN",
            units="KW",
            start_interval=0,
            num_intervals=1,
            frequency=1,
            repeat=count,
        )
        for kind in ("DEMAND", "BASELINE")
    )
    history = ReportDescriptor(
        payload_type=HISTORY, reading_type="MEAN", units="KW", num_intervals=days * POINTS
    )
    start = call.start.tz_convert("UTC").to_pydatetime().astimezone(UTC)
    return Event(
        program_id=program.id,
        event_name=f"{call.kind} {call.start.isoformat()}",
        targets=(ValuesMap(type="VEN_NAME", values=tuple(sorted(vens))),) if vens else None,
        payload_descriptors=_event_descriptors(),
        report_descriptors=(*telemetry, history),
        interval_period=IntervalPeriod(start=start, duration=text_of(QUARTER)),
        intervals=tuple(Interval(id=i, payloads=tuple(payloads)) for i in range(count)),
    )


def call_of(event: Event, program: Program) -> Call:
    """The call that an event is.

    Parameters
    ----------
    event, program : Event, Program
        As the VTN has them.

    Returns
    -------
    Call
        With times in Shanghai; `notice_at` is when the VTN got it as it is, where that is before its start.

    Raises
    ------
    TwinError
        If the program is no product known here, the intervals leave gaps or do not end, their power is
        missing, not in kW, not the same in all, or of the other direction, or the span cannot be settled.
    """
    _, product = product_of(program)
    sign = _SIGN[product.direction]
    units = {one.units for one in event.payload_descriptors or () if one.payload_type == POWER}
    stamp = event.modification_date_time or event.created_date_time
    had = pd.Timestamp(stamp) if stamp is not None else None
    try:
        obtained = had if had is not None else pd.Timestamp.now(tz="UTC")
        placed = spans(event.interval_period, event.intervals, obtained=obtained)
    except ValueError as error:
        raise _bad(event, str(error)) from None
    powers = {_power(event, span.interval) for span in placed}
    if units - {"KW", None}:
        raise _bad(event, f"its power is in {', '.join(sorted(str(u) for u in units))}")
    if not placed or any(a.end != b.start for a, b in pairwise(placed)):
        raise _bad(event, "its intervals do not follow each other")
    if len(powers) != 1:
        raise _bad(event, f"its power changes: {', '.join(f'{kw:g} kW' for kw in sorted(powers))}")
    power = powers.pop()
    if not sign * power > 0:
        raise _bad(event, f"{power:g} kW is no {product.direction}")
    try:
        start, end = (pd.Timestamp(at).tz_convert(_ZONE) for at in (placed[0].start, placed[-1].end))
    except (OverflowError, pd.errors.OutOfBoundsDatetime):
        raise _bad(event, "it has no start or no end") from None
    notice_at = had.tz_convert(_ZONE) if had is not None and had <= start else None
    call = Call(product.direction, start, end, sign * power, product.notice, notice_at)
    _ = call.event  # refuses a span that cannot be settled
    return call


def payment_of(event: Event) -> float | None:
    """What a kWh of response is paid, CNY; None where the event does not say, or not the same in all."""
    payloads = [p for i in event.intervals for p in i.payloads if p.type == PAYMENT]
    values = {v for p in payloads for v in p.values if isinstance(v, int | float)}
    return float(values.pop()) if len(values) == 1 else None


def history_days(event: Event) -> int:
    """How many days before its own an event asks for."""
    asked = (one.num_intervals for one in event.report_descriptors or () if one.payload_type == HISTORY)
    return max((count // POINTS for count in asked if count > 0), default=0)


def _event_descriptors() -> tuple[EventPayloadDescriptor, ...]:
    return (
        EventPayloadDescriptor(payload_type=POWER, units="KW"),
        EventPayloadDescriptor(payload_type=PAYMENT, units="KWH", currency="CNY"),
    )


def _power(event: Event, interval: Interval) -> float:
    values = [p.values for p in interval.payloads if p.type == POWER]
    if len(values) != 1 or len(values[0]) != 1:
        raise _bad(event, f"its interval {interval.id} has not one {POWER}")
    value = values[0][0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(event, f"its interval {interval.id} has no number as {POWER}")
    return float(value)


def _bad(event: Event, why: str) -> TwinError:
    return TwinError(
        f"the event {event.id or event.event_name!r} is no call: {why}.",
        "A call is one power in kW over intervals that follow each other.",
        key="event",
    )
