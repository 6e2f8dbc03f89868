"""Stages of a pilot and the rules of its goal (创建期与分阶段目标)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from buildings.description.pilot_facts import PilotFacts
from twin.judges.verdict import Verdict, hold
from twin.pilot.rules import rules


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage.

    Parameters
    ----------
    number : int
        From 1.
    first_year : int or None
        Calendar year; None where no period is stated.
    years : int
    target : float or None
        Fall of the yearly emissions by its end [1].
    zh, en : str
        What it is to reach, in the applicant's words; empty where it said none.
    """

    number: int
    first_year: int | None
    years: int
    target: float | None
    zh: str = ""
    en: str = ""


def stages_of(facts: PilotFacts | None, rate: float | None) -> tuple[Stage, ...]:
    """Stages in order.

    Parameters
    ----------
    facts : PilotFacts or None
    rate : float or None
        Reduction rate by the end of the creation period, the target of a plan in one stage.

    Returns
    -------
    tuple of Stage
        One of the usual 3 years where no period is stated.
    """
    start = facts.period.start if facts is not None and facts.period is not None else None
    if facts is None or not facts.stages:
        usual = int(rules().goal_years["normal"].value)
        years = facts.period.years if facts is not None and facts.period is not None else usual
        return (Stage(1, start, years, rate),)
    done, first = [], start
    for number, one in enumerate(facts.stages, start=1):
        words = one.text or ""
        done.append(Stage(number, first, one.years, one.target, one.text_zh or words, words))
        first = None if first is None else first + one.years
    return tuple(done)


def judge_goal(facts: PilotFacts | None, stages: tuple[Stage, ...]) -> tuple[Verdict, ...]:
    """The rules of the goal: how long a carbon-peak pilot may take, how stages of a neutral one follow."""
    if facts is not None and facts.goal == "carbon_neutral":
        return _neutral(facts, stages)
    period = facts.period if facts is not None else None
    normal, limit = rules().goal_years["normal"], rules().goal_years["absolute"]
    note, note_zh = "", ""
    if period is None:
        note, note_zh = "the creation period is not stated (pilot.period)", "未填写创建期（pilot.period）"
    elif period.years > normal.value:
        note = f"longer than the usual {normal.value:g} years: give the reasons"
        note_zh = f"超过通常的 {normal.value:g} 年，需说明理由"
    return (
        hold(
            "pilot.goal.years", "碳达峰试点创建期", "creation period of a carbon-peak pilot",
            None if period is None else float(period.years), "<=", limit.value,
            unit="a", source=limit.origin.source, source_zh=limit.origin.source_zh,
            confidence=limit.origin.confidence,
            note=note, note_zh=note_zh,
        ),
    )  # fmt: skip


def _neutral(facts: PilotFacts, stages: tuple[Stage, ...]) -> tuple[Verdict, ...]:
    first = rules().goal_years["first_stage"]
    known = bool(facts.stages) or facts.period is not None
    origin = first.origin
    length = hold(
        "pilot.goal.first_stage_years", "碳中和试点首阶段（建议）",
        "first stage of a neutral pilot (recommended)",
        float(stages[0].years) if known else None, "<=", first.value,
        unit="a", source=origin.source, source_zh=origin.source_zh, confidence=origin.confidence,
        note="a recommendation, not a limit" if known else "no stage and no period is stated (pilot.stages)",
        note_zh="为建议值，不是限值" if known else "未填写阶段或创建期（pilot.stages）",
    )  # fmt: skip
    return (length, *_rising(stages), _specification())


def _rising(stages: tuple[Stage, ...]) -> tuple[Verdict, ...]:
    """Targets rise from stage to stage; held is the smallest step."""
    if len(stages) < 2:
        return ()
    targets = [stage.target for stage in stages]
    known = [target for target in targets if target is not None]
    step = min(later - earlier for earlier, later in pairwise(known)) if len(known) == len(targets) else None
    origin = rules().goal_years["first_stage"].origin
    return (
        hold(
            "pilot.goal.targets_rise", "阶段目标逐级提高（最小增幅）",
            "targets rise by stage (smallest step)",
            step, ">", 0.0, unit="1",
        source=origin.source, source_zh=origin.source_zh, confidence=origin.confidence,
            note="" if step is not None else "a stage has no target (pilot.stages[].target)",
            note_zh="" if step is not None else "有阶段未填写目标（pilot.stages[].target）",
        ),
    )  # fmt: skip


def _specification() -> Verdict:
    origin = rules().goal_years["first_stage"].origin
    return hold(
        "pilot.goal.specification", "符合本市碳中和技术规范",
        "the city's technical specification of neutrality",
        None, ">=", None, unit="1",
        source=origin.source, source_zh=origin.source_zh, confidence="missing",
        note="the specification is not part of this program; check each stage against the one in force",
        note_zh="该技术规范未收录，须按现行版本逐阶段核对",
    )  # fmt: skip
