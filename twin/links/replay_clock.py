"""What time it is for a twin that speaks: now, or a moment in its year from which time runs faster."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from buildings.description.base import Described


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"'{text}' has no offset from UTC; write for example 2025-07-21T13:00:00+08:00")
    return text


Moment = Annotated[str, AfterValidator(_moment)]
"""ISO 8601 with its offset."""


class ClockSettings(Described):
    """A clock for exercises; without it, time is the machine's."""

    start: Moment = Field(description="What time it is when the process begins, with its offset from UTC.")
    speed: Annotated[float, Field(gt=0.0, le=1e5)] = Field(
        default=1.0, description="Seconds of that time in a second."
    )


class Clock:
    """Time as the twin has it.

    Parameters
    ----------
    settings : ClockSettings, optional
        Default the machine's time.
    not_before : datetime, optional
        A clock of settings begins here at the earliest: where an earlier process had come to.
    """

    def __init__(self, settings: ClockSettings | None = None, not_before: datetime | None = None) -> None:
        self._start = datetime.fromisoformat(settings.start).astimezone(UTC) if settings else None
        if self._start is not None and not_before is not None:
            self._start = max(self._start, not_before.astimezone(UTC))
        self.speed = settings.speed if settings else 1.0
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The time, in UTC."""
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=(time.monotonic() - self._began) * self.speed)

    def seconds_until(self, moment: datetime) -> float:
        """Seconds of the machine's time until a moment; not below 0."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)
