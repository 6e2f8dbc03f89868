"""Thresholds of the pilot types as verdicts, and what would help where one is missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from buildings.description.pilot_facts import PilotFacts
from twin.judges.verdict import Verdict, hold
from twin.pilot.reduction import Reduction
from twin.pilot.rules import Help, Metric, PilotType, Threshold, rules
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Figures:
    """What thresholds are held against; None where nobody said it.

    Parameters
    ----------
    area_km2, households, gross_floor_area_m2 : float or None
    reduction : Reduction or None
    location : str or None
    years : int or None
        Of the creation period.
    """

    area_km2: float | None
    households: float | None
    gross_floor_area_m2: float | None
    reduction: Reduction | None
    location: str | None
    years: int | None

    def value(self, metric: str) -> float | None:
        """The figure of a metric."""
        if metric == "reduction_rate":
            return self.reduction.rate if self.reduction is not None else None
        if metric == "reduction_t":
            return self.reduction.tonnes if self.reduction is not None else None
        found: float | None = getattr(self, metric)
        return found


def figures_of(facts: PilotFacts | None, floor_area_m2: float | None, reduction: Reduction | None) -> Figures:
    """Gather what is known.

    Raises
    ------
    TwinError
        The stated floor area is below that of the modelled buildings, which are part of it.
    """
    if floor_area_m2 is not None and not math.isfinite(floor_area_m2):
        floor_area_m2 = None
    if facts is None:
        return Figures(None, None, floor_area_m2, reduction, None, None)
    area = facts.gross_floor_area if facts.gross_floor_area is not None else floor_area_m2
    if area is not None and floor_area_m2 is not None and area < floor_area_m2 * (1.0 - 1e-9):
        raise TwinError(
            f"the gross floor area of {area:,.0f} m2 is below the {floor_area_m2:,.0f} m2 of the project's "
            "buildings, which are part of it.",
            "State the whole area including basements, or leave gross_floor_area out.",
            key="pilot.gross_floor_area",
        )
    return Figures(
        None if facts.area is None else facts.area / 1e6,
        None if facts.households is None else float(facts.households),
        area,
        reduction,
        facts.location,
        None if facts.period is None else facts.period.years,
    )


def judge_thresholds(pilot: PilotType, figures: Figures) -> tuple[Verdict, ...]:
    """Every threshold of a type; those that differ by location as one."""
    by_metric: dict[str, list[Threshold]] = {}
    for one in pilot.thresholds:
        by_metric.setdefault(one.metric, []).append(one)
    return tuple(
        _verdict(pilot, rules().metrics[metric], several, figures) for metric, several in by_metric.items()
    )


def helps(pilot: PilotType, verdicts: Sequence[Verdict]) -> tuple[Help, ...]:
    """What would help where a threshold is missed, with how much is short."""
    done: dict[str, Help] = {}
    for verdict in verdicts:
        if verdict.met is not False or verdict.value is None or verdict.limit is None:
            continue
        metric = rules().metrics[verdict.key.removeprefix(f"pilot.{pilot.key}.")]
        short = _short(metric, verdict.limit - verdict.value)
        for one in metric.helps:
            said = Help(one.zh.format(short=short), one.en.format(short=short))
            done.setdefault(said.en, said)
    return tuple(done.values())


def _short(metric: Metric, missing: float) -> str:
    if metric.key == "reduction_rate":
        return f"{100.0 * missing:.1f}"
    return f"{missing:,.2f}" if metric.key == "area_km2" else f"{missing:,.0f}"


def _place(several: Sequence[Threshold], figures: Figures, value: float | None) -> Threshold | None:
    """The threshold of the location; without a location the one that decides either way, if one does."""
    if len(several) == 1:
        return several[0]
    for one in several:
        if one.location == figures.location:
            return one
    if value is None:
        return None
    ordered = sorted(several, key=lambda one: one.limit.value)
    if value >= ordered[-1].limit.value:
        return ordered[-1]
    return ordered[0] if value < ordered[0].limit.value else None


def _verdict(pilot: PilotType, metric: Metric, several: Sequence[Threshold], figures: Figures) -> Verdict:
    value = figures.value(metric.key)
    chosen = _place(several, figures, value)
    note, note_zh, confidence = "", "", several[0].limit.origin.confidence
    if value is None:
        note, note_zh = metric.missing_en, metric.missing_zh
    elif chosen is None:
        note = "whether it lies in the central city or a suburb is not stated (pilot.location)"
        note_zh = "未说明位于中心城区还是郊区（pilot.location）"
    elif metric.key.startswith("reduction_"):
        note, note_zh = _about_reduction(figures)
        assert figures.reduction is not None  # its rate or tonnes is the value
        if figures.reduction.from_model:
            confidence = "assumed"
    first = chosen if chosen is not None else several[0]
    origin = first.limit.origin
    return hold(
        f"pilot.{pilot.key}.{metric.key}",
        f"{pilot.zh}：{metric.zh}",
        f"{pilot.en}: {metric.en}",
        value,
        first.relation,
        None if chosen is None else first.limit.value,
        unit=metric.unit,
        source=origin.source,
        source_zh=origin.source_zh,
        confidence=confidence,
        note=note,
        note_zh=note_zh,
    )


def _about_reduction(figures: Figures) -> tuple[str, str]:
    """How the figure came about, and what it is in sum over the period."""
    reduction, years = figures.reduction, figures.years
    assert reduction is not None
    if reduction.from_model:
        words = [
            "the modelled buildings are taken for all that the applicant emits from; state pilot.emissions"
        ]
        words_zh = ["以模型内建筑代表申报单位全部排放，请填写 pilot.emissions"]
    else:
        words, words_zh = ["on the applicant's own baseline"], ["基准按申报单位自述"]
    if years is not None:
        total = reduction.tonnes * (years + 1) / 2.0
        words.append(f"in sum over {years} years of even progress {total:,.0f} t")
        words_zh.append(f"若 {years} 年均匀推进，累计 {total:,.0f} t")
    return "; ".join(words), "；".join(words_zh)
