"""What the reference programs give for the BESTEST cases, and the recorded acceptance limits.

Figures, sources and their notice stand in `bestest/README.md` beside the tables.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PROGRAMS = {
    "bsimac": "BSIMAC 9.0.74",
    "cse": "CSE 0.861.1",
    "dest": "DeST 2.0",
    "energyplus_9_0": "EnergyPlus 9.0.1",
    "esp_r": "ESP-r 13.3",
    "trnsys": "TRNSYS 18.01",
}
"""Columns of the table and the programs of the standard's example results, whose spread is the range."""
ENERGYPLUS = "energyplus_25_2"
TEMPERATURES = ("ff_max_temp", "ff_min_temp", "ff_avg_temp")
QUANTITIES = ("annual_heating", "annual_cooling", "peak_heating", "peak_cooling", *TEMPERATURES)
NOTICE = (
    "Ranges are the spread of six programs' example results of ASHRAE 140-2020 (NREL/BESTEST-GSR, "
    "RESULTS5-2A.xlsx, 2020); their publishers say that they are no criterion of passing or failing. "
    "Limits are those recorded for 140-2023 Addendum b in lbl-srg/modelica-buildings (2023), unverified."
)


@dataclass(frozen=True)
class Reference:
    """One pair of case and quantity: range, values of the programs (where reported), EnergyPlus 25.2."""

    case: str
    quantity: str
    unit: str
    low: float
    high: float
    programs: dict[str, float]
    energyplus: float

    @property
    def is_temperature(self) -> bool:
        """Whether distances are in K instead of relative."""
        return self.quantity in TEMPERATURES


@dataclass(frozen=True)
class Limit:
    """An acceptance limit on an annual load [MWh], as recorded."""

    case: str
    quantity: str
    unit: str
    low: float
    high: float
    confidence: str
    source: str
    note: str


@cache
def references() -> tuple[Reference, ...]:
    """All 201 pairs, by case and quantity."""
    return tuple(
        Reference(
            case=row["case"],
            quantity=row["quantity"],
            unit=row["unit"],
            low=float(row["min"]),
            high=float(row["max"]),
            programs={key: float(row[key]) for key in PROGRAMS if row[key]},
            energyplus=float(row[ENERGYPLUS]),
        )
        for row in _rows("reference.csv")
    )


@cache
def limits() -> tuple[Limit, ...]:
    """The 42 acceptance limits."""
    return tuple(
        Limit(
            case=row["case"],
            quantity=row["quantity"],
            unit=row["unit"],
            low=float(row["min"]),
            high=float(row["max"]),
            confidence=row["confidence"],
            source=row["source"],
            note=row["note"],
        )
        for row in _rows("limits.csv")
    )


@cache
def reasons() -> dict[tuple[str, str], tuple[str, str]]:
    """Physical reason why the engine lies outside a range, Chinese and English, by case and quantity."""
    return {(row["case"], row["quantity"]): (row["reason_zh"], row["reason"]) for row in _rows("reasons.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("twin.validation").joinpath("bestest", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
