"""Figures of `data/finance.yaml`, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from buildings.library.data_text import read_data
from twin.judges.factors import factor
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Figure:
    """A default with unit, source, year and confidence."""

    key: str
    value: float | str
    unit: str
    source: str
    year: int
    confidence: str

    @property
    def number(self) -> float:
        """The value where it is a number."""
        return float(self.value)


@cache
def content() -> dict[str, Any]:
    """Everything in the data file."""
    text = (resources.files("twin.economics") / "data" / "finance.yaml").read_text("utf-8")
    read: dict[str, Any] = read_data(text)
    return read


@cache
def default(key: str) -> Figure:
    """A default of the library; some stand among the judges' factors.

    Raises
    ------
    TwinError
        Unknown key.
    """
    known = content()["defaults"]
    if key not in known:
        raise TwinError(f"no default is called {key!r}.", f"Known: {', '.join(sorted(known))}.", key=key)
    entry = known[key]
    if "factor" in entry:
        found = factor(entry["factor"])
        return Figure(key, found.value, found.unit, found.source, found.year, found.confidence)
    return Figure(key=key, **entry)
