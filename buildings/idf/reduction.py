"""A year of days as few day profiles as say the same: day types, and periods where they change."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.idf.schedules import DAYS, STEPS_PER_DAY, Values

_CLASSES = ("workday", "saturday", "rest_day")


def reduced(values: Values, year: int, digits: int = 6) -> dict[str, Any]:
    """A written schedule with the same values, under a calendar of weekdays without holidays.

    Parameters
    ----------
    values : ndarray (365, 96)
        NaN stands for `off`.
    year : int
        Gives the weekdays.

    Returns
    -------
    dict
        Fields of a project's schedule. Nothing is lost but digits beyond `digits`.
    """
    rounded = _rounded(values, digits)
    days, kind = _numbered(rounded), _day_classes(year)
    profiles = {number: _profile(rounded[int(np.argmax(days == number))]) for number in set(days.tolist())}
    spans = _spans(days, kind)
    base = _base(spans, days, kind)
    written = _written(base, profiles)
    periods = []
    for first, last, own in spans:
        filled = {c: own.get(c, base[c]) for c in _CLASSES}
        if filled == base:
            continue
        begin, end = (datetime.date(year, 1, 1) + datetime.timedelta(days=d) for d in (first, last))
        periods.append({"first": f"{begin:%m-%d}", "last": f"{end:%m-%d}", **_written(filled, profiles)})
    return {**written, "periods": periods} if periods else written


def _rounded(values: Values, digits: int) -> Values:
    scale = np.where(np.isnan(values) | (values == 0.0), 1.0, np.abs(values))
    power = 10.0 ** (digits - 1 - np.floor(np.log10(scale)))
    return np.asarray(np.round(values * power) / power)


def _numbered(values: Values) -> NDArray[np.int64]:
    """The same number for the same day."""
    plain = np.where(np.isnan(values), 1e30, values)
    _, number = np.unique(plain, axis=0, return_inverse=True)
    return np.asarray(number).reshape(-1)


def _day_classes(year: int) -> NDArray[np.int64]:
    """0 Monday to Friday, 1 Saturday, 2 Sunday, for each day."""
    first = datetime.date(year, 1, 1)
    week = np.array([(first + datetime.timedelta(days=d)).weekday() for d in range(DAYS)])
    return np.where(week < 5, 0, week - 4)


def _spans(days: NDArray[np.int64], kind: NDArray[np.int64]) -> list[tuple[int, int, dict[str, int]]]:
    """Longest runs of days in which each class of day has one profile."""
    spans: list[tuple[int, int, dict[str, int]]] = []
    begin = 0
    own: dict[str, int] = {}
    for d in range(DAYS):
        name = _CLASSES[kind[d]]
        if own.get(name, days[d]) != days[d]:
            spans.append((begin, d - 1, own))
            begin, own = d, {}
        own[name] = int(days[d])
    return [*spans, (begin, DAYS - 1, own)]


def _base(
    spans: Sequence[tuple[int, int, dict[str, int]]], days: NDArray[np.int64], kind: NDArray[np.int64]
) -> dict[str, int]:
    """The assignment that holds on most days; classes that it lacks take their most frequent profile."""
    lengths: Counter[tuple[tuple[str, int], ...]] = Counter()
    for first, last, own in spans:
        lengths[tuple(sorted(own.items()))] += last - first + 1
    chosen = dict(lengths.most_common(1)[0][0])
    for c, name in enumerate(_CLASSES):
        chosen.setdefault(name, int(Counter(days[kind == c].tolist()).most_common(1)[0][0]))
    return chosen


def _profile(day: Values) -> list[float | str]:
    """A day in as few equal parts as say the same."""
    for count in (24, 48, STEPS_PER_DAY):
        parts = day.reshape(count, -1)
        first = np.repeat(parts[:, :1], parts.shape[1], axis=1)
        if np.array_equal(parts, first, equal_nan=True):
            return ["off" if np.isnan(v) else float(v) for v in parts[:, 0]]
    raise ValueError("a day is not in quarters of an hour")


def _written(own: dict[str, int], profiles: dict[int, list[float | str]]) -> dict[str, Any]:
    """The shortest way to write an assignment."""
    work, saturday, rest = (profiles[own[name]] for name in _CLASSES)
    if own["workday"] == own["saturday"] == own["rest_day"]:
        return {"constant": work[0]} if len(set(work)) == 1 else {"every_day": work}
    written: dict[str, Any] = {"workday": work}
    if own["saturday"] != own["rest_day"]:
        written["saturday"] = saturday
    return {**written, "rest_day": rest}
