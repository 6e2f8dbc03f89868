"""What a demand-response event asks (需求响应邀约): direction, span on the 96-point day, and notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from twin.market.days import local_times
from weather.errors import TwinError

Kind = Literal["peak_shaving", "valley_filling"]
POINTS = 96
HOURS = 0.25
QUARTER = pd.Timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as it is announced to everybody.

    Parameters
    ----------
    kind : {"peak_shaving", "valley_filling"}
        削峰 or 填谷.
    start, end : Timestamp
        tz-aware, on quarter-hours of one day in Shanghai.
    notice : str
        Notice class: `day_ahead`, `intraday`, `fast` or `real_time`.
    notice_at : Timestamp, optional
        When it was announced, tz-aware.

    Raises
    ------
    TwinError
        An unknown direction, times without a zone, a span that is not of quarter-hours within one day, or a
        notice after the start.
    """

    kind: Kind
    start: pd.Timestamp
    end: pd.Timestamp
    notice: str = "day_ahead"
    notice_at: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        """Refuse what no settlement could mean."""
        if self.kind not in ("peak_shaving", "valley_filling"):
            raise TwinError(
                f"{self.kind!r} is no direction of an event.",
                "Write peak_shaving or valley_filling.",
                key="event.kind",
            )
        if any(t is not None and t.tzinfo is None for t in (self.start, self.end, self.notice_at)):
            raise TwinError(
                f"the event from {self.start} to {self.end} has no time zone.",
                "Give start, end and notice with their offset.",
                key="event.start",
            )
        start, end = local_times(pd.DatetimeIndex([self.start, self.end]))
        within = end <= start.normalize() + pd.Timedelta(days=1)
        if any(t != t.floor(QUARTER) for t in (start, end)) or end <= start or not within:
            raise TwinError(
                f"the call from {start} to {end} is not a span of quarter-hours within one day.",
                "Begin and end it on quarter-hours of the same day.",
                key="event",
            )
        if self.notice_at is not None and self.notice_at > self.start:
            raise TwinError(
                f"the notice at {self.notice_at} comes after the start at {self.start}.",
                "Announce the event before it starts.",
                key="event.notice_at",
            )

    @property
    def day(self) -> date:
        """Its day in Shanghai."""
        return local_times(pd.DatetimeIndex([self.start]))[0].date()

    @property
    def window(self) -> slice:
        """Its points of the 96-point day."""
        start, end = local_times(pd.DatetimeIndex([self.start, self.end]))
        first = start.hour * 4 + start.minute // 15
        return slice(first, first + round((end - start) / QUARTER))

    @property
    def sign(self) -> float:
        """+1 where less import is asked for, -1 where more is."""
        return 1.0 if self.kind == "peak_shaving" else -1.0

    @property
    def hours(self) -> float:
        """Length [h]."""
        return (self.window.stop - self.window.start) * HOURS


@dataclass(frozen=True, slots=True)
class Call:
    """An event as one participant confirmed it.

    Parameters
    ----------
    kind, start, end, notice, notice_at
        As in `Event`.
    committed_kw : float
        Confirmed capacity (确认响应容量), kW, > 0.
    """

    kind: Kind
    start: pd.Timestamp
    end: pd.Timestamp
    committed_kw: float
    notice: str = "day_ahead"
    notice_at: pd.Timestamp | None = None

    @property
    def event(self) -> Event:
        """What was asked of everybody."""
        return Event(self.kind, self.start, self.end, self.notice, self.notice_at)
