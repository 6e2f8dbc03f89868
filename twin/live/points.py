"""Which of the measured points the live twin listens to."""

from __future__ import annotations

from collections.abc import Iterable

from twin.live.figures import sensors
from weather.errors import TwinError


def heard_points(columns: Iterable[str]) -> tuple[str, ...]:
    """Those of some columns that the filter has an error model for; others are left out.

    Raises
    ------
    TwinError
        There are none.
    """
    columns = tuple(columns)
    building = {**sensors("building"), **sensors("weather")}
    heard = tuple(
        column
        for column in columns
        if column in building or ("/" in column and column.rpartition("/")[2] in sensors("zone"))
    )
    if not heard:
        raise TwinError(
            f"the live twin listens to none of the points {', '.join(columns)}.",
            f"Map at least one of {', '.join((*sensors('zone'), *building))}.",
            key="meters",
            zh=(
                f"在线孪生不使用这些测点：{'、'.join(columns)}。",
                f"请至少映射其中之一：{'、'.join((*sensors('zone'), *building))}。",
            ),
        )
    return heard
