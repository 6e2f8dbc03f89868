"""Measured files as loggers write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from twin.meters.measured import Measured

Door = Callable[..., Measured]


def written(times: pd.DatetimeIndex, **columns: Sequence[object]) -> list[str]:
    """Rows of a CSV."""
    head = ",".join(["time", *columns])
    rows = zip(*columns.values(), strict=True)
    return [head, *(f"{t:%Y-%m-%d %H:%M}," + ",".join(map(str, r)) for t, r in zip(times, rows, strict=True))]


def whats(measured: Measured, series: str | None = None) -> list[str]:
    """What the report says, in order."""
    return [one.what for one in measured.changes if series is None or one.series == series]
