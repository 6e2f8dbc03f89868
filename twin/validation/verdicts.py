"""Our values beside the ranges of the reference programs: inside, or how far outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.validation.reference import Limit, Reference, limits, reasons, references


@dataclass(frozen=True)
class Result:
    """One pair of case and quantity with our value; reasons hold on the standard's weather only."""

    reference: Reference
    value: float
    standard_weather: bool = True

    @property
    def inside(self) -> bool:
        """Whether the value lies within the range, ends included."""
        return self.reference.low <= self.value <= self.reference.high

    @property
    def distance(self) -> float:
        """How far outside: relative to the nearer end for loads, in K for temperatures; negative below."""
        return distance(
            self.value, self.reference.low, self.reference.high, kelvin=self.reference.is_temperature
        )

    @property
    def reasons(self) -> tuple[str, str]:
        """Why it is outside, in Chinese and English, as far as that is written down; empty inside."""
        key = (self.reference.case, self.reference.quantity)
        none = ("", "")
        return none if self.inside or not self.standard_weather else reasons().get(key, none)

    @property
    def reason(self) -> str:
        """The same in English."""
        return self.reasons[1]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        ref = self.reference
        return {
            "case": ref.case,
            "quantity": ref.quantity,
            "unit": ref.unit,
            "value": self.value,
            "min": ref.low,
            "max": ref.high,
            "inside": self.inside,
            "distance": self.distance,
            "energyplus": ref.energyplus,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Judged:
    """One acceptance limit with our value."""

    limit: Limit
    value: float

    @property
    def met(self) -> bool:
        """Whether the value lies within the limits, ends included."""
        return self.limit.low <= self.value <= self.limit.high

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        one = self.limit
        return {
            "case": one.case,
            "quantity": one.quantity,
            "unit": one.unit,
            "value": self.value,
            "min": one.low,
            "max": one.high,
            "met": self.met,
            "confidence": one.confidence,
        }


def distance(value: float, low: float, high: float, *, kelvin: bool) -> float:
    """Distance of a value from a range.

    Parameters
    ----------
    value, low, high : float
        In one unit.
    kelvin : bool
        Temperatures: the plain difference; else it is divided by the end that is nearer.

    Returns
    -------
    float
        0 inside, positive above, negative below.

    Raises
    ------
    ValueError
        An end of zero, to which nothing is relative.
    """
    if low <= value <= high:
        return 0.0
    end = high if value > high else low
    if kelvin:
        return value - end
    if end == 0.0:
        raise ValueError("a relative distance from a range that ends at zero has no meaning")
    return (value - end) / end


def compare(
    values: Mapping[tuple[str, str], float], *, standard_weather: bool = True
) -> tuple[tuple[Result, ...], tuple[Judged, ...]]:
    """Every pair and every limit for whose case values are there.

    Parameters
    ----------
    values : mapping
        Our value by case and quantity.
    standard_weather : bool
        Whether the ranges apply.

    Raises
    ------
    KeyError
        A case with some of its quantities missing.
    """
    cases = {case for case, _ in values}
    results = tuple(
        Result(r, values[r.case, r.quantity], standard_weather) for r in references() if r.case in cases
    )
    judged = tuple(Judged(one, values[one.case, one.quantity]) for one in limits() if one.case in cases)
    return results, judged
