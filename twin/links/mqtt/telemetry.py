"""From stored series and a clock to the queue: each interval once it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from twin.links.mqtt.queue import Message, Queue
from twin.links.mqtt.settings import is_level
from twin.links.mqtt.states import Series, payloads_of
from weather.errors import TwinError

_AT_ONCE = 500
"""Intervals of a meter in one commit."""


class Telemetry:
    """Goes through series as time does.

    Parameters
    ----------
    series : mapping of str to Series
    prefix : str
        First levels of the topics.
    queue : Queue
    meters : sequence of str
        Which of the series; none means all.
    begin : datetime
        Intervals that ended before this are not told, where nothing of the meter was told before.

    Raises
    ------
    TwinError
        If there is no such meter, or its name can be no level of a topic.
    """

    def __init__(
        self,
        series: Mapping[str, Series],
        prefix: str,
        queue: Queue,
        *,
        meters: Sequence[str] = (),
        begin: datetime,
    ) -> None:
        names = list(meters or series)
        for name in names:
            if name not in series:
                listed = ", ".join(list(series)[:12])
                raise TwinError(f"there is no meter {name!r}.", f"There are: {listed}.", key="meters")
            if not is_level(name):
                raise TwinError(
                    f"the name {name!r} can be no part of a topic.",
                    "Rename the meter: without +, # and /, and not beginning with $.",
                    key="meters",
                )
        self._series = {name: series[name] for name in names}
        self._prefix = prefix
        self._queue = queue
        known = queue.told()
        self._next = {name: self._first(one, known.get(name, begin)) for name, one in self._series.items()}

    @staticmethod
    def _first(one: Series, until: datetime) -> int:
        """Place of the first interval that ends after a moment."""
        return int(one.table.index.searchsorted(pd.Timestamp(until) - one.step, side="right"))

    @property
    def over(self) -> bool:
        """Whether all has been told."""
        return all(self._next[name] >= len(one.table) for name, one in self._series.items())

    def next_end(self) -> datetime | None:
        """When the next interval is over; None where all has been told."""
        ends = [
            pd.Timestamp(one.table.index[self._next[name]]) + one.step
            for name, one in self._series.items()
            if self._next[name] < len(one.table)
        ]
        return min(ends).to_pydatetime() if ends else None

    def tell(self, now: datetime) -> int:
        """Put all intervals that are over in the queue; returns how many messages."""
        count = 0
        while True:
            messages: list[Message] = []
            told: dict[str, datetime] = {}
            for name, one in self._series.items():
                last = min(self._first(one, now), self._next[name] + _AT_ONCE, len(one.table))
                for place in range(self._next[name], last):
                    for kind, payload in payloads_of(one, place).items():
                        messages.append(Message(f"{self._prefix}/{name}/{kind}", payload))
                if last > self._next[name]:
                    self._next[name] = last
                    told[name] = (pd.Timestamp(one.table.index[last - 1]) + one.step).to_pydatetime()
            if not told:
                return count
            self._queue.put(messages, told)
            count += len(messages)
