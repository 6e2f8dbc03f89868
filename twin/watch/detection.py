"""How surely faults are found, as measured on drawn halls (`tests/benchmarks/fault_table.py`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from buildings.library.data_text import read_data


@cache
def detection() -> dict[str, Any]:
    """Halls, false alarms a month with their interval, each fault with its size and days until found."""
    text = (files("twin.watch") / "data" / "detection.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found
