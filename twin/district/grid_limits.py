"""Limits of a feeder: voltage deviation (供电电压偏差), loading of transformers and cables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from buildings.districts.feeder import Phases
from buildings.library.data_text import read_data


@dataclass(frozen=True)
class Band:
    """Voltage that a point of supply may have, over nominal [1], and by which rule."""

    low: float
    high: float
    source: str
    source_zh: str
    confidence: str


@dataclass(frozen=True)
class Most:
    """A loading that is not to be passed [1], and by which rule."""

    share: float
    source: str
    source_zh: str
    confidence: str


@cache
def band(kind: str) -> Band:
    """Band of ``three_phase`` or ``single_phase`` supply."""
    entry = _data()["voltage"][kind]
    low, high = (1.0 + 0.01 * entry[side] for side in ("low", "high"))
    return Band(low, high, entry["source"], entry["source_zh"], entry["confidence"])


def band_of(phases: Phases) -> Band:
    """Band of a connection by its phases."""
    return band("three_phase" if phases == "ABC" else "single_phase")


@cache
def transformer_limit(kind: str) -> Most:
    """Limit ``rated`` or ``planning`` of a transformer's loading."""
    entry = _data()["transformer"][kind]
    return Most(0.01 * entry["most"], entry["source"], entry["source_zh"], entry["confidence"])


@cache
def cable_limit() -> float:
    """Current of a cable over what it may carry for long [1]."""
    return 0.01 * float(_data()["cable"]["current"]["most"])


@cache
def _data() -> Any:
    return read_data((resources.files("twin.district") / "data" / "grid_limits.yaml").read_text("utf-8"))
