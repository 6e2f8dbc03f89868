"""When the intervals of an event lie, by the contract's rules for starts, durations and random shifts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from twin.links.openadr3.durations import LAST, after
from twin.links.openadr3.messages import BEGINNING, Interval, IntervalPeriod


class EndlessError(ValueError):
    """An interval without end is followed by another."""


@dataclass(frozen=True, slots=True)
class Span:
    """One interval, placed: from `start` up to `end`, tz-aware."""

    start: datetime
    end: datetime
    interval: Interval


def spans(
    period: IntervalPeriod | None,
    intervals: Sequence[Interval],
    *,
    obtained: datetime,
    seed: str | None = None,
) -> list[Span]:
    """Place the intervals of an event or of a report.

    An interval's own period comes before the event's. Without a start of its own, or with the beginning of
    time for it, an interval follows the one before; the first then begins when the event was obtained, which
    is how "now" is said. No duration, or a duration of nothing, lasts for ever.

    Parameters
    ----------
    period : IntervalPeriod, optional
        Default start and duration.
    intervals : sequence of Interval
    obtained : datetime
        When the event was had, tz-aware.
    seed : str, optional
        Draw the random shifts from this; the same seed draws the same. None applies no shift.

    Returns
    -------
    list of Span

    Raises
    ------
    EndlessError
        If there are several intervals and one without end is not the last.
    """
    draw = random.Random(seed)
    placed: list[Span] = []
    shift = timedelta(0)
    if seed is not None and period is not None and period.randomize_start:
        shift = _shift(period.randomize_start, draw)
    following = _absolute(period)
    first = following if following is not None else obtained
    at = first if following is None else _shifted(first, shift)
    for interval in intervals:
        own = interval.interval_period
        if own is not None and seed is not None and own.randomize_start:
            shift = _shift(own.randomize_start, draw)
        start = _absolute(own)
        begin = at if start is None else _shifted(start, shift)
        if begin == LAST:
            raise EndlessError("an interval without end is followed by another")
        length = next((p.duration for p in (own, period) if p is not None and p.duration), None)
        end = after(begin, length) if length is not None else LAST
        if end <= begin:
            end = LAST
        placed.append(Span(begin, end, interval))
        at = end
    return placed


def _absolute(period: IntervalPeriod | None) -> datetime | None:
    return None if period is None or period.start == BEGINNING else period.start


def _shift(bound: str, draw: random.Random) -> timedelta:
    """Uniform within the bound, either way."""
    origin = datetime(2000, 1, 1, tzinfo=BEGINNING.tzinfo)
    return draw.uniform(-1.0, 1.0) * abs(after(origin, bound) - origin)


def _shifted(start: datetime, shift: timedelta) -> datetime:
    try:
        return start + shift
    except OverflowError:
        return start
