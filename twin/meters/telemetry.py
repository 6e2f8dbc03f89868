"""Telemetry through the same door: one interval of a meter, as `twin serve mqtt` and others publish it.

A payload is a JSON object with `start` and `end` (ISO 8601 with offset) and `values`: by name
`{"value": ..., "unit": ...}`. Names are points of the twin, Haystack tags or Brick classes; a zone's stand
behind its name (``office north/temp_air_c``). It comes from a network and is trusted in nothing.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from buildings.description import quantities as q
from twin.meters.points import Point, point_named
from weather.errors import TwinError

_LONGEST = 65_536
_MOST_VALUES = 500


@dataclass(frozen=True)
class Interval:
    """What a payload says.

    Attributes
    ----------
    start, end : Timestamp
        In UTC.
    values : dict of str to float
        By column of the cleaned table, in its point's unit.
    left_out : tuple of str
        Names that are no point, units that do not fit, readings that no such point has.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    values: dict[str, float]
    left_out: tuple[str, ...]


def interval_of(payload: bytes | str) -> Interval:
    """Read a payload.

    Parameters
    ----------
    payload : bytes or str

    Returns
    -------
    Interval

    Raises
    ------
    TwinError
        No such object, or times that are none.
    """
    if len(payload) > _LONGEST:
        raise TwinError(f"a payload of {len(payload)} bytes.", f"{_LONGEST} are read.", key="payload")
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        raise TwinError("the payload is no JSON.", "Publish one JSON object.", key="payload") from None
    if not isinstance(content, dict) or not isinstance(content.get("values"), dict):
        raise TwinError(
            "the payload holds no values.", "Publish start, end and values.", key="payload.values"
        )
    start, end = _moment(content, "start"), _moment(content, "end")
    if not start < end:
        raise TwinError("the interval ends before it starts.", "Publish start before end.", key="payload.end")
    values: dict[str, float] = {}
    left_out: list[str] = []
    for name, said in list(content["values"].items())[:_MOST_VALUES]:
        found = _value(name, said)
        if found is None:
            left_out.append(name[:80])
        else:
            values[found[0]] = found[1]
    left_out += [name[:80] for name in list(content["values"])[_MOST_VALUES:]]
    return Interval(start, end, values, tuple(left_out))


def _moment(content: dict[str, Any], key: str) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(content[key])
        aware = moment.tzinfo is not None
    except (KeyError, ValueError, TypeError, OverflowError):
        aware = False
    if not aware or not isinstance(content[key], str):
        raise TwinError(
            f"{str(content.get(key))[:60]!r} is no time with its offset from UTC.",
            "Write for example 2025-07-21T13:00+08:00.",
            key=f"payload.{key}",
        )
    return moment.tz_convert("UTC")


def _value(name: str, said: Any) -> tuple[str, float] | None:
    """Column and reading in the point's unit; None where it is not to be used."""
    zone, _, text = name.rpartition("/")
    try:
        point = point_named(text)
        if (point.scope == "zone") != bool(zone) or not isinstance(said, dict):
            return None
        number, unit = said.get("value"), said.get("unit") or point.unit
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
        converted = q.convert(float(number), _known(str(unit)), point.unit)
    except (TwinError, ValueError, OverflowError):
        return None
    return (f"{zone}/{point.name}" if zone else point.name, converted) if _sound(converted, point) else None


def _known(unit: str) -> str:
    """Units as the registry of variables prints them, in words of quantities."""
    return {"pu": "1", "": "1"}.get(unit, unit)


def _sound(value: float, point: Point) -> bool:
    return math.isfinite(value) and point.low - 1e-9 <= value <= point.high + 1e-9
