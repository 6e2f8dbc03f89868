"""Factors with their sources, from `data/factors.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from buildings.library.data_text import read_data
from twin.market.assumption import UNVERIFIED, Assumption
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Factor:
    """A number with unit, year, confidence and source."""

    key: str
    value: float
    unit: str
    year: int
    confidence: str
    source: str
    source_zh: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "value": self.value,
            "unit": self.unit,
            "year": self.year,
            "confidence": self.confidence,
            "source": self.source,
        }

    def assumptions(self, zh: str, en: str) -> tuple[Assumption, ...]:
        """The factor as an assumption, where nobody verified it."""
        if self.confidence not in UNVERIFIED:
            return ()
        return (
            Assumption(
                f"factor.{self.key}",
                zh,
                en,
                self.value,
                self.unit,
                self.source,
                self.confidence,
                self.source_zh,
            ),
        )


@cache
def data(name: str) -> dict[str, Any]:
    """Content of a data file of the judges."""
    text = (resources.files("twin.judges") / "data" / name).read_text("utf-8")
    content: dict[str, Any] = read_data(text)
    return content


@cache
def factor(key: str) -> Factor:
    """Look up a factor.

    Raises
    ------
    TwinError
        Unknown key.
    """
    factors = data("factors.yaml")["factors"]
    if key not in factors:
        raise TwinError(f"no factor is called {key!r}.", f"Known: {', '.join(sorted(factors))}.", key=key)
    return Factor(key=key, **factors[key])


def gas_m3(gas_kwh: float) -> float:
    """Volume of gas, m3, from its energy on the lower heating value, kWh."""
    return gas_kwh * 3.6 / factor("gas_heating_value").value
