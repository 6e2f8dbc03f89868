"""Loads that follow schedules, several in a zone put together into the one channel that a project has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buildings.idf.schedules import Values

_EQUAL = 1e-6


@dataclass(frozen=True)
class Stream:
    """Power or flow at schedule value 1, the values of its schedule, and constant shares."""

    size: float
    values: Values
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Streams as one: largest value, share of it over the year (0 to 1), mean shares, what that loses.

    `spread` is the largest deviation of a share in time from its mean, weighted by power [1].
    """

    peak: float
    values: Values
    shares: tuple[float, ...]
    spread: float


def together(streams: Sequence[Stream]) -> Sum | None:
    """One stream with the same course in time; shares are means over the year's energy. None without load."""
    total = sum(s.size * s.values for s in streams)
    peak = float(np.max(np.abs(total))) if len(streams) else 0.0
    if peak <= 0.0:
        return None
    energy = [float(np.sum(s.size * s.values)) for s in streams]
    count = len(streams[0].shares)
    whole = sum(energy)
    shares = tuple(
        sum(e * s.shares[k] for e, s in zip(energy, streams, strict=True)) / whole if whole else 0.0
        for k in range(count)
    )
    spread = 0.0
    for k in range(count):
        course = sum(s.size * s.values * s.shares[k] for s in streams)
        spread = max(spread, float(np.max(np.abs(course - shares[k] * total))) / peak)
    return Sum(peak, np.asarray(total / peak), shares, spread if spread > _EQUAL else 0.0)
