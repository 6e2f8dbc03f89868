"""What a pilot application (试点申报) needs and a building's physics do not tell."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse

PilotType = Literal[
    "comprehensive_area", "industrial_park", "residential_community", "building", "enterprise_institution"
]
PilotItem = Literal[
    "E1", "E2", "E3", "I1", "I2", "I3", "I4", "C1", "C2", "C3", "C4", "C5", "T1", "T2", "T3",
    "R1", "R2", "R3", "S1", "S2", "S3", "M1", "M2", "M3", "M4", "N1", "N2", "N3", "N4",
]  # fmt: skip
"""Items of the eight fields; what they mean is told by `twin pilot`."""

# A new town is larger than any building: up to the area of the city.
DistrictArea = Annotated[float, Field(gt=0, le=1e10), q.Unit("m2")]
Tonnes = Annotated[float, Field(gt=0, le=1e9)]
Words = Annotated[str, Field(min_length=1, max_length=1000)]


def _said(value: Any) -> Any:
    """A statement may be written as one text."""
    return {"text": value} if isinstance(value, str) else value


class Sentence(Described):
    """A sentence of the applicant, in one language or two."""

    text: Words = Field(description="The sentence.")
    text_zh: Words | None = Field(default=None, description="The sentence for Chinese pages; default `text`.")


Statement = Annotated[Sentence, BeforeValidator(_said, json_schema_input_type=Sentence | str)]


def _item(value: Any) -> Any:
    """An item may be written by its id alone."""
    return {"item": value} if isinstance(value, str) else value


class Planned(Described):
    """An item that is planned besides the measures."""

    item: PilotItem = Field(description="Id of the item, such as M1 or T3.")
    text: Words | None = Field(default=None, description="What is planned, in a sentence.")
    text_zh: Words | None = Field(default=None, description="The sentence for Chinese pages; default `text`.")


PlannedItem = Annotated[Planned, BeforeValidator(_item, json_schema_input_type=Planned | PilotItem)]


class CreationPeriod(Described):
    """The creation period (创建期)."""

    start: Annotated[int, Field(strict=True, ge=2021, le=2060)] = Field(description="Its first year.")
    years: Annotated[int, Field(strict=True, ge=1, le=5)] = Field(
        default=3, description="Years; 3 are usual, 5 are the most that a carbon-peak pilot may take."
    )


class ApplicantEmissions(Described):
    """Emissions of the applicant as a whole (申报单位碳排放), by its own accounts."""

    baseline: Tonnes | None = Field(
        default=None,
        description="Emissions of the year before the creation period, all sites [tCO2e/a]; those of the "
        "modelled buildings are part of them.",
    )
    further_reduction: Annotated[float, Field(ge=0, le=1e9)] | None = Field(
        default=None,
        description="Fall of the yearly emissions by the end of the period, besides what the measures of the "
        "modelled buildings bring [tCO2e/a].",
    )
    all_modelled: bool = Field(
        default=False,
        description="Whether the buildings of this project are all that the applicant emits from.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.all_modelled and (self.baseline is not None or self.further_reduction is not None):
            raise refuse(
                "all_modelled says that the model knows all emissions, and others are written beside",
                "Leave out all_modelled, or baseline and further_reduction.",
                "all_modelled",
            )
        if self.further_reduction is None:
            return self
        if self.baseline is None:
            raise refuse(
                f"further_reduction of {self.further_reduction:g} t/a has no baseline",
                "Add baseline, the applicant's emissions before the creation period in t/a.",
                "further_reduction",
            )
        if self.further_reduction > self.baseline:
            raise refuse(
                f"further_reduction {self.further_reduction:g} t/a is more than the baseline of "
                f"{self.baseline:g} t/a",
                "Give at most the baseline; sinks and bought credits are no reduction of emissions.",
                "further_reduction",
            )
        return self


class Basis(Described):
    """What the general requirements (基本条件) ask every applicant for, each in a sentence."""

    advantage: Statement | None = Field(
        default=None, description="Advantage or feature of its own (优势特色)."
    )
    accounting: Statement | None = Field(
        default=None, description="Statistics, monitoring and accounting of carbon (统计监测核算)."
    )
    leading_body: Statement | None = Field(default=None, description="Leading body (牵头机构).")
    working_body: Statement | None = Field(default=None, description="Working body (工作机构).")
    plan: Statement | None = Field(
        default=None, description="Implementation plan that was adopted (实施方案), where there is one."
    )


class PilotStage(Described):
    """A stage (阶段) of a carbon-neutral pilot."""

    years: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(description="Years of the stage.")
    target: q.Fraction | None = Field(
        default=None, description="Fall of the yearly emissions by its end, of those before the period [1]."
    )
    text: Words | None = Field(default=None, description="What the stage is to reach, in a sentence.")
    text_zh: Words | None = Field(default=None, description="The sentence for Chinese pages; default `text`.")


class PilotFacts(Described):
    """Who applies, for what, and what is planned besides the measures of the study."""

    applicant: Key | None = Field(default=None, description="Who applies (申报单位).")
    applicant_zh: Key | None = Field(default=None, description="The same in Chinese; default `applicant`.")
    type: PilotType | None = Field(
        default=None, description="Pilot type (试点类型); without it all five are tried."
    )
    goal: Literal["carbon_peak", "carbon_neutral"] = Field(
        default="carbon_peak", description="Goal of the pilot: carbon peak (碳达峰) or neutral (碳中和)."
    )
    location: Literal["central_city", "suburb"] | None = Field(
        default=None, description="Central city (中心城区) or suburb (郊区); decides on households."
    )
    area: DistrictArea | None = Field(
        default=None, description="Area inside a clear boundary [m2], such as 1.2 km2."
    )
    households: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Households (户数)."
    )
    gross_floor_area: q.Area | None = Field(
        default=None,
        description="Gross floor area of the building or contiguous group [m2]; default the project's.",
    )
    period: CreationPeriod | None = Field(default=None, description="Creation period (创建期).")
    emissions: ApplicantEmissions = Field(
        default=ApplicantEmissions(), description="Emissions of the applicant as a whole."
    )
    planned: tuple[PlannedItem, ...] = Field(
        default=(), max_length=29, description="Items planned besides the measures, by id such as M1 or T3."
    )
    basis: Basis = Field(default=Basis(), description="What the general requirements ask for.")
    stages: tuple[PilotStage, ...] = Field(
        default=(), max_length=10, description="Stages of a carbon-neutral pilot, in order."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.stages and self.goal == "carbon_peak":
            raise refuse(
                "a carbon-peak pilot has no stages",
                "Leave out stages, or set goal to carbon_neutral.",
                "stages",
            )
        twice = [item for item, count in Counter(one.item for one in self.planned).items() if count > 1]
        if twice:
            raise refuse(
                f"the item {twice[0]} is planned twice", "Write each item once, with all in a sentence.",
                "planned",
            )  # fmt: skip
        return self
