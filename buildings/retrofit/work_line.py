"""A line of the bill of quantities (工程量清单) that a measure causes, with the range of its figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """A figure with its range.

    Parameters
    ----------
    low, value, high : float
        Lowest, likeliest and highest figure, in the unit of its owner; ``low <= value <= high``.
    source : str
    year : int
    confidence : str
        One of the project's confidence words.
    """

    low: float
    value: float
    high: float
    source: str
    year: int
    confidence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class WorkLine:
    """One line of the bill of quantities that a measure causes in a building.

    Parameters
    ----------
    measure : str
        Key of the measure.
    building : str
    item_en, item_zh : str
    quantity : float
        Not negative: what is taken away is a line of its own [unit].
    unit : str
        "m2", "kWp", "kWh", "kW", "1" or "m3/h".
    unit_cost : Spread
        [CNY/unit]
    life : float
        Until it is replaced [a].
    maintenance : float
        Share of the capital per year [1/a].
    embodied : Spread
        Production stage A1-A3 [kgCO2e/unit].
    mass : float
        For transport and demolition [kg/unit]; 0 where it is not known.
    kind : str
        "pv" or "battery" where the line is one, since their yield fades; else empty.
    """

    measure: str
    building: str
    item_en: str
    item_zh: str
    quantity: float
    unit: str
    unit_cost: Spread
    life: float
    maintenance: float
    embodied: Spread
    mass: float
    kind: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)
