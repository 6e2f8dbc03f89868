"""What a draft is written from: a project, its assessment, and a study where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from buildings.description.pilot_facts import PilotFacts
from buildings.description.schema import Project
from twin.pilot.assess import Assessment, TypeAssessment
from twin.pilot.draft import LACKING, clean, number
from twin.pilot.fields import Suggestion
from twin.pilot.rules import PilotType, rules
from twin.pilot.works import Quantity, Work
from twin.report.style import Language, pick
from twin.report.words import CONFIDENCE, unit_in, worded


@dataclass(frozen=True)
class Case:
    """A pilot's case.

    Parameters
    ----------
    project : Project
    facts : PilotFacts
    assessment : Assessment
    works : tuple of Work
        What is planned.
    existing : tuple of Work
        Systems that are there before, where a study tells both.
    baseline, state : mapping
        States of a study before and after; empty without a study.
    """

    project: Project
    facts: PilotFacts
    assessment: Assessment
    works: tuple[Work, ...]
    existing: tuple[Work, ...] = ()
    baseline: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> PilotType:
        """The type that the draft is written for."""
        return rules().types[self.assessment.nearest]

    @property
    def judged(self) -> TypeAssessment:
        """How that type was judged."""
        return self.assessment.of(self.assessment.nearest)


def applicant(case: Case, language: Language) -> str:
    """Who applies, or the word for what is lacking."""
    facts = case.facts
    said = (facts.applicant_zh or facts.applicant) if language == "zh" else facts.applicant
    return LACKING[language] if not said else clean(said)


def project_name(case: Case, language: Language) -> str:
    """Name of the project."""
    project = case.project
    return clean((project.name_zh or project.name) if language == "zh" else project.name)


def named(work: Work, language: Language) -> str:
    """A work with its quantities in brackets."""
    sizes = "，" if language == "zh" else ", "
    shown = sizes.join(sized(one, language) for one in work.quantities)
    name = clean(pick(language, work.zh, work.en))
    return name if not shown else pick(language, f"{name}（{shown}）", f"{name} ({shown})")


def sized(one: Quantity, language: Language) -> str:
    """A quantity with its unit, and what it is of where it says so."""
    what = clean(pick(language, one.zh, one.en))
    amount = number(one.value, language)
    if one.unit == "1":
        return f"{amount} {what}".rstrip()
    amount = f"{amount} {unit_in(one.unit, language)}"
    return f"{what} {amount}" if what else amount


def offered(one: Suggestion, language: Language) -> str:
    """A suggestion in a line: field, item, what, and what it costs where a catalogue says so."""
    offer = one.offer
    line = f"{offer.item} {clean(pick(language, offer.zh, offer.en))}"
    if offer.capital_cny is not None:
        sure = worded(CONFIDENCE, offer.confidence, language)
        amounts = number(offer.capital_cny / 1e4, language), number(offer.capital_cny, language)
        line += pick(
            language, f"（约 {amounts[0]} 万元，单价{sure}）", f" (about {amounts[1]} CNY, unit cost {sure})"
        )
    return pick(language, f"{one.field_zh}：", f"{one.field_en}: ") + line


def electric_size(works: tuple[Work, ...], unit: str) -> float | None:
    """Sum of the quantities in a unit (kWp of PV, kWh of storage) of electric works; None without any."""
    sizes = [one.value for w in works if w.group == "electric" for one in w.quantities if one.unit == unit]
    return sum(sizes) if sizes else None
