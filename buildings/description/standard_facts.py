"""What standards ask of a building and its physics do not tell: measurements, lifts, areas, classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described
from buildings.description.cross_checks import refuse

Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Gbt51161Class = Literal[
    "commercial_a", "commercial_b", "government_a", "government_b", "five_star_a", "five_star_b",
    "four_star_a", "four_star_b", "three_star_a", "three_star_b", "large_department_store_b",
    "large_shopping_centre_b", "large_supermarket_b", "general_a",
]  # fmt: skip
Db31Class = Literal[
    "commercial_1", "department_store", "supermarket", "catering", "university", "vocational_college",
    "five_star", "four_star", "three_star",
]  # fmt: skip


class Lifts(Described):
    """Lifts (电梯). Judges that count them take their electricity; they are no part of the march."""

    energy: Annotated[float, Field(gt=0, le=1e8), q.Unit("kWh")] | None = Field(
        default=None, description="Electricity of all of them in a year, metered or designed [kWh]."
    )
    count: Count | None = Field(
        default=None, description="How many; where energy is left out, each with that of a mean lift."
    )

    @model_validator(mode="after")
    def _one(self) -> Lifts:
        if self.energy is None and self.count is None:
            raise refuse("lifts have neither energy nor count", "Give energy in kWh, or count.", "energy")
        return self


class QuotaClasses(Described):
    """Class of the building (建筑类别) in standards of quotas; without it the usual one or none is taken."""

    gbt51161: Gbt51161Class | None = Field(
        default=None, description="Class in GB/T 51161-2016 (民用建筑能耗标准), such as four_star_b."
    )
    db31: Db31Class | None = Field(
        default=None, description="Class in Shanghai's guides DB31 (合理用能指南), such as commercial_1."
    )


class StandardFacts(Described):
    """What standards ask and the physics do not tell (标准评判所需数据)."""

    n50: q.LeakAt50Pa | None = Field(
        default=None,
        description="Measured air changes of the conditioned volume at 50 Pa [1/h] (气密性检测 N50). Zones "
        "whose infiltration is not written leak as much as it tells.",
    )
    usable_share: q.OpenFraction | None = Field(
        default=None,
        description="In-unit usable area over gross floor area of dwellings [1] (套内使用面积系数).",
    )
    lifts: Lifts | None = Field(default=None, description="Lifts (电梯); without it they are not counted.")
    quota_classes: QuotaClasses = Field(
        default=QuotaClasses(), description="Class of the building in standards of quotas."
    )
    households: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = Field(
        default=None, description="Households of a dwelling block (户数); default `meters` above 1."
    )
