"""Meters of an invented fleet, flat but for what a test writes into them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from twin.market.event import Event, Kind
from twin.market.meter_days import FloatArray

ZONE = "Asia/Shanghai"


def at(text: str) -> pd.Timestamp:
    """A time in Shanghai."""
    return pd.Timestamp(text, tz=ZONE)


def july(participants: int = 1, kw: float = 500.0) -> tuple[pd.DatetimeIndex, FloatArray]:
    """July 2025 by quarter-hours: participant p draws (p + 1)*kw throughout; load of shape (P, n)."""
    times = pd.date_range("2025-07-01", periods=31 * 96, freq="15min", tz=ZONE)
    return times, np.repeat((1.0 + np.arange(participants))[:, None] * kw, len(times), axis=1)


def event(
    day: str = "2025-07-24",
    start: str = "13:00",
    end: str = "15:00",
    kind: Kind = "peak_shaving",
    notice_at: str | None = None,
    notice: str = "day_ahead",
) -> Event:
    """An event on a Thursday in July, if not told otherwise."""
    known = None if notice_at is None else at(notice_at)
    return Event(kind, at(f"{day} {start}"), at(f"{day} {end}"), notice, known)


def between(times: pd.DatetimeIndex, start: str, end: str) -> np.ndarray:
    """Steps of a span; boolean, shape (n,)."""
    return np.asarray((times >= at(start)) & (times < at(end)))


def during(times: pd.DatetimeIndex, one: Event) -> np.ndarray:
    """Steps of an event; boolean, shape (n,)."""
    return np.asarray((times >= one.start) & (times < one.end))


def days_of_july(*numbers: int) -> set[date]:
    """Dates in July 2025."""
    return {date(2025, 7, n) for n in numbers}
