"""ISO 8601 durations as OpenADR 3 writes them, kept as text and added to moments by the calendar."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_FORM = re.compile(
    r"(?P<sign>-?)P(?=[0-9]|T[0-9])(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?"
    r"(?:(?P<days>[0-9]+)(?P<unit>[DW]))?"
    r"(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+(?:\.[0-9]+)?)S)?)?"
)


def _checked(text: str) -> str:
    if _FORM.fullmatch(text) is None:
        raise ValueError("no ISO 8601 duration such as PT15M")
    return text


Duration = Annotated[str, StringConstraints(max_length=64), AfterValidator(_checked)]
"""Text such as `PT15M`."""

LAST = datetime.max.replace(tzinfo=UTC)
"""What ends after all calendars: the contract's `P9999Y` from any date on."""


def after(start: datetime, duration: str) -> datetime:
    """The moment a duration after another, years and months by the calendar.

    Parameters
    ----------
    start : datetime
        tz-aware.
    duration : str
        ISO 8601; a day of the month that a month lacks becomes its last.

    Returns
    -------
    datetime
        In UTC; `LAST` (or the first moment) where the calendar ends.

    Raises
    ------
    ValueError
        If the text is no duration.
    """
    found = _FORM.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration!r} is no ISO 8601 duration such as PT15M.")
    sign = -1 if found["sign"] else 1
    months = sign * (12 * int(found["years"] or 0) + int(found["months"] or 0))
    days = int(found["days"] or 0) * (7 if found["unit"] == "W" else 1)
    try:
        rest = timedelta(
            days=days,
            hours=int(found["hours"] or 0),
            minutes=int(found["minutes"] or 0),
            seconds=float(found["seconds"] or 0.0),
        )
        return _months_after(start.astimezone(UTC), months) + sign * rest
    except (OverflowError, ValueError):
        return LAST if sign > 0 else datetime.min.replace(tzinfo=UTC)


def _months_after(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def text_of(span: timedelta) -> str:
    """ISO 8601 text of a span, such as PT15M; whole seconds and their decimals, without years and months."""
    sign, span = ("-", -span) if span < timedelta(0) else ("", span)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if seconds or span.microseconds:
        decimals = f".{span.microseconds:06d}".rstrip("0") if span.microseconds else ""
        parts.append(f"{seconds}{decimals}S")
    time = "".join(parts)
    days = f"{span.days}D" if span.days else ""
    return f"{sign}P{days}T{time}" if time else f"{sign}P{days}" if days else "PT0S"
