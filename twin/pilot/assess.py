"""Whether a plan fits a pilot: thresholds, fields, goal, requirements, and what is missing.

A type is met when every threshold holds and its number of fields is covered. A figure that nobody said is
never a pass: the verdict is `not_judged` and names it. Nobody can apply now, whatever the verdicts say: the
period of the first batch is over, which every assessment repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from buildings.description.pilot_facts import PilotFacts
from twin.judges.verdict import Status, Verdict, hold
from twin.market.assumption import Assumption
from twin.pilot.assumptions import assumptions_of
from twin.pilot.fields import FieldCover, Suggestion, cover_fields, suggest
from twin.pilot.reduction import Reduction
from twin.pilot.rules import Help, Offer, PilotType, rules
from twin.pilot.stages import Stage, judge_goal, stages_of
from twin.pilot.thresholds import Figures, figures_of, helps, judge_thresholds

SCHEMA = 1
_DRAFTED = ("drafted by twin pilot, to be adopted", "由 twin pilot 起草，待审定")


@dataclass(frozen=True, slots=True)
class TypeAssessment:
    """One type.

    Parameters
    ----------
    key, zh, en : str
    status : {"pass", "fail", "assumed", "not_judged"}
        The worst of its verdicts.
    verdicts : tuple of Verdict
        Thresholds, then the number of fields.
    missing_fields : int
        How many more fields it asks for.
    helps : tuple of Help
        What would help where a threshold is missed.
    expert_review : bool
        Whether a threshold is missed, so that only experts could admit it as a special case.
    applicant_zh, applicant_en : str
        Who may apply.
    """

    key: str
    zh: str
    en: str
    status: Status
    verdicts: tuple[Verdict, ...]
    missing_fields: int
    helps: tuple[Help, ...]
    expert_review: bool
    applicant_zh: str
    applicant_en: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A general requirement: `stated` by the applicant, `drafted` by this program, or `missing`."""

    key: str
    zh: str
    en: str
    status: str
    note_zh: str
    note_en: str


@dataclass(frozen=True)
class Assessment:
    """What was found out.

    Parameters
    ----------
    asked : str or None
        Type that the applicant names.
    nearest : str
        The type asked for, or the one that is met or the least is missing for.
    goal : str
        `carbon_peak` or `carbon_neutral`.
    types : tuple of TypeAssessment
        The one asked for, or all five.
    fits : tuple of str
        Types that are met, of all five.
    fields : tuple of FieldCover
    suggestions : tuple of Suggestion
        What would cover further fields, the least work first.
    stages : tuple of Stage
    goal_verdicts : tuple of Verdict
    requirements : tuple of Requirement
    reduction, reduction_ets : Reduction or None
        By the physical account, and by that of the Shanghai ETS beside it.
    assumptions : tuple of Assumption
    """

    asked: str | None
    nearest: str
    goal: str
    types: tuple[TypeAssessment, ...]
    fits: tuple[str, ...]
    fields: tuple[FieldCover, ...]
    suggestions: tuple[Suggestion, ...]
    stages: tuple[Stage, ...]
    goal_verdicts: tuple[Verdict, ...]
    requirements: tuple[Requirement, ...]
    reduction: Reduction | None
    reduction_ets: Reduction | None
    assumptions: tuple[Assumption, ...]

    def of(self, key: str) -> TypeAssessment:
        """The assessment of a type that was judged."""
        return next(one for one in self.types if one.key == key)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with the remarks that hold for everybody."""
        raw = rules().raw
        plain = asdict(self)
        plain["goal"] = {"key": self.goal, **{lang: raw["goals"][self.goal][lang] for lang in ("zh", "en")}}
        return {
            "schema": SCHEMA,
            "open_now": bool(raw["batch"]["open"]),
            "batch": raw["batch"],
            "special_route": raw["special_route"],
            "process": raw["process"],
            "source": asdict(rules().origins["plan_2022"]),
            **plain,
        }


def assess(
    facts: PilotFacts | None,
    floor_area_m2: float | None,
    items: Mapping[str, Sequence[str]],
    reduction: Reduction | None = None,
    *,
    names: Mapping[str, tuple[str, str]] | None = None,
    reduction_ets: Reduction | None = None,
    offers: Iterable[Offer] = (),
    buildings: int = 1,
) -> Assessment:
    """Hold a plan against the rules.

    Parameters
    ----------
    facts : PilotFacts or None
        What the applicant says.
    floor_area_m2 : float or None
        Of the project's buildings.
    items : mapping of str to sequence of str
        Id of an item of the fields to the measures that cover it.
    reduction : Reduction, optional
        Of the whole applicant, by the physical account; see `twin.pilot.reduction.reduction_of`.
    names : mapping of str to (str, str), optional
        Chinese and English names of measures.
    reduction_ets : Reduction, optional
        The same by the account of the Shanghai ETS; shown beside, never held against a limit.
    offers : iterable of Offer
        Priced measures of a catalogue that would cover items.
    buildings : int
        Buildings of the project.

    Returns
    -------
    Assessment

    Raises
    ------
    TwinError
        Facts that contradict the project, or an item that does not exist.
    """
    figures = figures_of(facts, floor_area_m2, reduction)
    fields = cover_fields(facts, items, names or {})
    every = tuple(_assess_type(one, figures, fields) for one in rules().types.values())
    asked = facts.type if facts is not None else None
    nearest = asked if asked is not None else min(every, key=_distance).key
    stages = stages_of(facts, reduction.rate if reduction is not None else None)
    return Assessment(
        asked=asked,
        nearest=nearest,
        goal=facts.goal if facts is not None else "carbon_peak",
        types=tuple(one for one in every if asked in (None, one.key)),
        fits=tuple(one.key for one in every if one.status == "pass"),
        fields=fields,
        suggestions=suggest(fields, tuple(offers)),
        stages=stages,
        goal_verdicts=judge_goal(facts, stages),
        requirements=_requirements(facts),
        reduction=reduction,
        reduction_ets=reduction_ets,
        assumptions=tuple(assumptions_of(facts, figures, buildings)),
    )


def _assess_type(pilot: PilotType, figures: Figures, fields: Sequence[FieldCover]) -> TypeAssessment:
    thresholds = judge_thresholds(pilot, figures)
    covered = sum(field.covered for field in fields)
    least, origin = int(pilot.min_fields.value), pilot.min_fields.origin
    number = hold(
        f"pilot.{pilot.key}.fields", f"{pilot.zh}：覆盖领域数", f"{pilot.en}: fields covered",
        float(covered), ">=", float(least),
        unit="1",
        source=origin.source, source_zh=origin.source_zh, confidence=origin.confidence,
        note=", ".join(field.en for field in fields if field.covered),
        note_zh="、".join(field.zh for field in fields if field.covered),
    )  # fmt: skip
    verdicts = (*thresholds, number)
    return TypeAssessment(
        key=pilot.key,
        zh=pilot.zh,
        en=pilot.en,
        status=_worst(verdicts),
        verdicts=verdicts,
        missing_fields=max(0, least - covered),
        helps=helps(pilot, thresholds),
        expert_review=any(one.met is False for one in thresholds),
        applicant_zh=pilot.applicant_zh,
        applicant_en=pilot.applicant_en,
    )


def _worst(verdicts: Sequence[Verdict]) -> Status:
    """A miss decides; then what is not known; then what rests on an assumption."""
    statuses = {one.status for one in verdicts}
    order: tuple[Status, ...] = ("fail", "not_judged", "assumed", "pass")
    return next(status for status in order if status in statuses)


def _distance(one: TypeAssessment) -> tuple[int, int, int]:
    """How far from met: verdicts that do not hold, of them those nobody can judge, fields missing."""
    unknown = sum(verdict.met is None for verdict in one.verdicts)
    return sum(verdict.met is not True for verdict in one.verdicts), unknown, one.missing_fields


def _requirements(facts: PilotFacts | None) -> tuple[Requirement, ...]:
    done = []
    for said in rules().raw["requirements"]:
        stated = getattr(facts.basis, said["key"]) if facts is not None else None
        if stated is not None:
            status, en, zh = "stated", stated.text, stated.text_zh or stated.text
        elif said["key"] == "plan":
            status, en, zh = "drafted", *_DRAFTED
        else:
            status, en = "missing", f"not stated (pilot.basis.{said['key']})"
            zh = f"未填写（pilot.basis.{said['key']}）"
        done.append(Requirement(said["key"], said["zh"], said["en"], status, zh, en))
    return tuple(done)
