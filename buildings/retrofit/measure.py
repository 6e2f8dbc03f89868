"""A measure (改造措施): what it does, what work it causes, what it needs and what it excludes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse
from buildings.retrofit.actions import Action
from buildings.retrofit.work_line import Spread

MeasureKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[float, Field(ge=0, le=1e9)]
Group = Literal["envelope", "openings", "air", "light", "plant", "water", "electric", "control", "green"]
Quantity = Literal[
    "treated_area",
    "planted_area",
    "shade_area",
    "floor_area",
    "fresh_air",
    "cooling_capacity",
    "heating_capacity",
    "served",
    "hot_water_power",
    "local_heaters",
    "ground_power",
    "boreholes",
    "tank",
    "store",
    "charging_power",
    "pv",
    "collector_area",
    "battery",
    "chargers",
    "once",
]
"""What a line of the bill is counted by; capacities are known only once the building is sized."""
Confidence = Literal["stored:primary", "stored:secondary", "derived", "gk-verify", "assumed", "missing"]


class Figure(Described):
    """A figure with its range and origin."""

    value: Amount = Field(description="Likeliest.")
    low: Amount | None = Field(default=None, description="Lowest; default the value.")
    high: Amount | None = Field(default=None, description="Highest; default the value.")
    source: Text = Field(default="written in the project", description="Where it comes from.")
    year: Annotated[int, Field(strict=True, ge=1950, le=2100)] = Field(
        default=2026, description="Of the source."
    )
    confidence: Confidence = Field(default="assumed", description="How sure it is.")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        """A bare number is a figure without range."""
        return {"value": data} if isinstance(data, (int, float)) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _ordered(self) -> Figure:
        low, high = self.range
        if not low <= self.value <= high:
            raise refuse(
                f"a range from {low:g} to {high:g} without its value {self.value:g}",
                "Let low <= value <= high.",
                "value",
            )
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )

    def spread(self, factor: float = 1.0, plus: float = 0.0) -> Spread:
        """Times a factor, and a part that has no range of its own."""
        low, high = self.range
        return Spread(
            max(0.0, low * factor + plus),
            max(0.0, self.value * factor + plus),
            max(0.0, high * factor + plus),
            self.source,
            self.year,
            self.confidence,
        )


class Part(Described):
    """Material or product in one unit of a line."""

    factor: Key = Field(description="Key of an embodied factor.")
    amount: Amount = Field(description="In the factor's unit, per unit of the line.")


class Thicker(Described):
    """What a unit costs more for each metre of insulation beyond the reference."""

    reference: q.Thickness = Field(description="Thickness that `cost` is for [m].")
    per_metre: Amount = Field(description="[CNY/(m2.m)].")
    source: Text = Field(default="written in the project", description="Where it comes from.")
    year: Annotated[int, Field(strict=True, ge=1950, le=2100)] = Field(
        default=2026, description="Of the source."
    )
    confidence: Confidence = Field(default="assumed", description="How sure it is.")


class Work(Described):
    """One line of the bill of quantities (工程量清单) for every building where the measure is taken."""

    item_en: Text = Field(description="What is done, in English.")
    item_zh: Text = Field(description="What is done, in Chinese.")
    by: Quantity = Field(description="What it is counted by.")
    per: Annotated[float, Field(gt=0, le=1e4)] = Field(default=1.0, description="Units for each of those.")
    unit: Literal["m2", "m3", "kWp", "kWh", "kW", "1", "m3/h"] = Field(description="Unit of the line.")
    cost: Figure = Field(description="[CNY/unit], installed.")
    thicker: Thicker | None = Field(default=None, description="How cost grows with thickness.")
    life: Annotated[float, Field(ge=1, le=100)] = Field(description="Life [a].")
    maintenance: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="Share of the capital per year [1/a]."
    )
    layers: bool = Field(
        default=False, description="Whether embodied carbon and mass are those of the action's layers."
    )
    parts: tuple[Part, ...] = Field(default=(), max_length=10, description="What a unit holds beside that.")
    embodied: Figure | None = Field(default=None, description="Or embodied carbon itself [kgCO2e/unit].")
    mass: Amount = Field(default=0.0, description="Mass of parts [kg/unit]; 0 where it is not known.")


class Measure(Described):
    """A measure of the library or of a project."""

    slot: MeasureKey = Field(description="A package holds at most one measure of each slot.")
    group: Group = Field(description="Part of the building.")
    name_en: Text = Field(description="Name in English.")
    name_zh: Text = Field(description="Name in Chinese.")
    action: Action = Field(description="What it does.")
    works: tuple[Work, ...] = Field(default=(), max_length=12, description="Lines of the bill it causes.")
    requires: tuple[MeasureKey, ...] = Field(
        default=(),
        max_length=20,
        description="Measures or slots that a package with it must hold, or features that the building has "
        "or a measure brings: pv, battery, dc_bus, ev, hot_water_store, mechanical_ventilation, outdoor_air.",
    )
    conflicts: tuple[MeasureKey, ...] = Field(
        default=(), max_length=40, description="Measures or slots that it does not go with."
    )
    fields: tuple[Annotated[str, Field(pattern=r"^[EICTRSMN][1-9]$")], ...] = Field(
        default=(), max_length=29, description="Items of the pilot rules (试点内容) that it counts for."
    )
    source: Text = Field(default="written in the project", description="Where the action's figures are from.")
    year: Annotated[int, Field(strict=True, ge=1950, le=2100)] = Field(
        default=2026, description="Of the source."
    )
    confidence: Confidence = Field(default="assumed", description="How sure they are.")
    note_en: Text | None = Field(default=None, description="What is left out, in English.")
    note_zh: Text | None = Field(default=None, description="What is left out, in Chinese.")
