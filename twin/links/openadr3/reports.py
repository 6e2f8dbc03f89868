"""What a VEN reports: quarter-hours of telemetry, and whether it takes part in an event.

OpenADR 3 has no service for opting: an event is not answered. What a VEN does about it is a matter of
reports, with the contract's own words:

- **in**: a forecast of the change of load that it will make, `LOAD_SHED_DELTA_AVAILABLE` (kW; the word
  names a decrease or an increase; here a decrease is negative, as in the event);
- **out**: an `OPERATING_STATE` of `RUNNING_OPTED_OUT` (`IDLE_OPTED_OUT` is read as well).

There is one such report of a VEN about an event; a VEN that thinks again replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from twin.links.openadr3.durations import after, text_of
from twin.links.openadr3.intervals import spans
from twin.links.openadr3.messages import (
    Event,
    Interval,
    IntervalPeriod,
    Report,
    ReportPayloadDescriptor,
    ReportResource,
    ValuesMap,
)

AGGREGATED = "AGGREGATED_REPORT"
"""The contract's name for a report of several resources in one."""

QUARTER = timedelta(minutes=15)
_OUT = frozenset({"RUNNING_OPTED_OUT", "IDLE_OPTED_OUT"})
_POWER = {"DEMAND": "MEAN", "BASELINE": "MEAN", "LOAD_SHED_DELTA_AVAILABLE": "FORECAST"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A quarter-hour of one resource.

    Parameters
    ----------
    resource : str
    start : datetime
        tz-aware.
    kw : float
        Mean net import, kW.
    baseline_kw : float, optional
        What it would have been without the event, kW.
    available_kw : float, optional
        Change of load that could still be made, kW; a decrease is negative.
    """

    resource: str
    start: datetime
    kw: float
    baseline_kw: float | None = None
    available_kw: float | None = None


@dataclass(frozen=True, slots=True)
class Opt:
    """Whether a VEN takes part, and with which change of load (kW; a decrease is negative), if it says."""

    taking_part: bool
    kw: float | None = None


def telemetry_report(event: Event, client_name: str, readings: Sequence[Reading]) -> Report:
    """Quarter-hours as a report, whose name is that of the event and of the first of them.

    Parameters
    ----------
    event : Event
        As the VTN has it.
    client_name : str
        The VEN's name.
    readings : sequence of Reading
        At least one.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        Without readings, with a start that has no offset, or for an event that no VTN has.
    """
    if event.id is None or not readings:
        raise ValueError("telemetry needs an event that the VTN has, and a reading")
    if any(one.start.tzinfo is None for one in readings):
        raise ValueError("the start of a reading has no offset from UTC")
    by_resource: dict[str, list[Reading]] = {}
    for one in sorted(readings, key=lambda one: one.start):
        by_resource.setdefault(one.resource, []).append(one)
    said = {kind for one in readings for kind, _ in _payloads(one)}
    first = min(one.start for one in readings).astimezone(UTC)
    return Report(
        program_id=event.program_id,
        event_id=event.id,
        client_name=client_name,
        report_name=f"telemetry {event.id} {first.isoformat()}",
        payload_descriptors=tuple(_descriptor(kind) for kind in _POWER if kind in said),
        resources=tuple(_resource(name, found) for name, found in by_resource.items()),
    )


def _payloads(one: Reading) -> Iterator[tuple[str, float]]:
    values = zip(_POWER, (one.kw, one.baseline_kw, one.available_kw), strict=True)
    return ((kind, value) for kind, value in values if value is not None)


def _resource(name: str, readings: Iterable[Reading]) -> ReportResource:
    intervals = [
        Interval(
            id=i,
            interval_period=IntervalPeriod(start=one.start.astimezone(UTC), duration=text_of(QUARTER)),
            payloads=tuple(ValuesMap(type=kind, values=(float(value),)) for kind, value in _payloads(one)),
        )
        for i, one in enumerate(readings)
    ]
    return ReportResource(resource_name=name, intervals=tuple(intervals))


def _descriptor(kind: str) -> ReportPayloadDescriptor:
    return ReportPayloadDescriptor(payload_type=kind, reading_type=_POWER[kind], units="KW")


def readings_of(report: Report) -> list[Reading]:
    """The quarter-hours in a report, whoever wrote it.

    Raises
    ------
    ValueError
        If a power is in other units than kW, is no number, or is not of a quarter-hour.
    """
    for one in report.payload_descriptors or ():
        if one.payload_type in _POWER and one.units not in (None, "KW"):
            raise ValueError(f"{one.payload_type} in {one.units} instead of KW")
    found: list[Reading] = []
    for resource in report.resources:
        stamp = report.created_date_time or datetime.now(UTC)
        for span in spans(resource.interval_period, resource.intervals, obtained=stamp):
            powers = {p.type: _number(p) for p in span.interval.payloads if p.type in _POWER}
            if "DEMAND" not in powers:
                continue
            if after(span.start, text_of(QUARTER)) != span.end:
                raise ValueError(f"the interval {span.interval.id} is not of a quarter-hour")
            found.append(
                Reading(
                    resource.resource_name,
                    span.start,
                    powers["DEMAND"],
                    powers.get("BASELINE"),
                    powers.get("LOAD_SHED_DELTA_AVAILABLE"),
                )
            )
    return found


def _number(payload: ValuesMap) -> float:
    if len(payload.values) != 1 or isinstance(payload.values[0], bool):
        raise ValueError(f"{payload.type} is not one number")
    value = payload.values[0]
    if not isinstance(value, int | float):
        raise ValueError(f"{payload.type} is not one number")
    return float(value)


def opt_report(event: Event, client_name: str, opt: Opt) -> Report:
    """Whether a VEN takes part, as its report about the event.

    Raises
    ------
    ValueError
        If the event is of no VTN, has no interval, or a VEN takes part without saying with how much.
    """
    if event.id is None or not event.intervals:
        raise ValueError("one opts about an event that the VTN has, with intervals")
    if opt.taking_part and opt.kw is None:
        raise ValueError("opting in says the change of load, kW")
    kind = "LOAD_SHED_DELTA_AVAILABLE" if opt.taking_part else "OPERATING_STATE"
    value = float(opt.kw or 0.0) if opt.taking_part else "RUNNING_OPTED_OUT"
    payload = ValuesMap(type=kind, values=(value,))
    intervals = (
        Interval(id=one.id, interval_period=one.interval_period, payloads=(payload,))
        for one in event.intervals
    )
    resource = ReportResource(
        resource_name=AGGREGATED, interval_period=event.interval_period, intervals=tuple(intervals)
    )
    return Report(
        program_id=event.program_id,
        event_id=event.id,
        client_name=client_name,
        report_name=f"opt {event.id}",
        payload_descriptors=(_descriptor(kind),) if opt.taking_part else None,
        resources=(resource,),
    )


def opt_of(report: Report) -> Opt | None:
    """Whether a report says that its VEN takes part; None where it speaks of something else.

    A forecast that differs between intervals counts with the one nearest to nothing. A report that also has
    telemetry is no opting.
    """
    payloads = [p for r in report.resources for i in r.intervals for p in i.payloads]
    if any(p.type == "OPERATING_STATE" and not _OUT.isdisjoint(map(str, p.values)) for p in payloads):
        return Opt(False)
    if any(p.type == "DEMAND" for p in payloads):
        return None
    offers = [_number(p) for p in payloads if p.type == "LOAD_SHED_DELTA_AVAILABLE"]
    return Opt(True, min(offers, key=abs)) if offers else None
