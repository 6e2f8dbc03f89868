"""What an assessment takes for granted, in words (评估所依据的假定)."""

from __future__ import annotations

from collections.abc import Iterator

from buildings.description.pilot_facts import PilotFacts
from twin.market.assumption import Assumption
from twin.pilot.reduction import Reduction
from twin.pilot.rules import rules
from twin.pilot.thresholds import Figures


def assumptions_of(facts: PilotFacts | None, figures: Figures, buildings: int) -> Iterator[Assumption]:
    """Every assumption that moves a verdict or the schedule.

    Parameters
    ----------
    facts : PilotFacts or None
    figures : Figures
        What thresholds were held against.
    buildings : int
        Buildings of the project.

    Yields
    ------
    Assumption
    """
    if figures.reduction is not None:
        yield from _of_reduction(figures.reduction)
    if figures.gross_floor_area_m2 is not None and (facts is None or facts.gross_floor_area is None):
        yield Assumption(
            "pilot.floor_area",
            "建筑面积取模型的地上面积" + ("，且各栋视为连片。" if buildings > 1 else "。"),
            "The floor area above ground of the model is taken as the gross floor area"
            + (", and the buildings as contiguous." if buildings > 1 else "."),
            figures.gross_floor_area_m2,
            "m2",
            "no gross floor area is stated (pilot.gross_floor_area)",
            "assumed",
        )
    if facts is None or (facts.period is None and not facts.stages):
        yield Assumption(
            "pilot.period",
            "创建期按通常的 3 年排进度。",
            "The schedule takes the usual 3 years.",
            rules().goal_years["normal"].value,
            "a",
            "no creation period is stated (pilot.period)",
            "assumed",
        )


def _of_reduction(reduction: Reduction) -> Iterator[Assumption]:
    yield Assumption(
        "pilot.reduction.reading",
        "创建期内减排量、减排率按年排放量在创建期末较创建期前的下降理解，不按创建期逐年累计。",
        "Reduction and rate in the creation period are read as the fall of yearly emissions from before it "
        "to its end, not as the sum over its years.",
        "annual",
        "",
        "the rule's words leave it open; one reading serves both figures",
        "assumed",
    )
    if reduction.from_model:
        yield Assumption(
            "pilot.reduction.scope",
            "申报单位的排放取模型内建筑的购入电力与燃气，不含车辆、工艺和其他场所。",
            "The applicant's emissions are taken for those of the modelled buildings from purchased "
            "electricity and gas, without vehicles, processes and other sites.",
            reduction.baseline_t,
            "tCO2e/a",
            "no baseline is stated (pilot.emissions)",
            "assumed",
        )
