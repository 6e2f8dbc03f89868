"""The schedule of a plan (进度安排): quarters of the creation period, and its stages."""

from __future__ import annotations

from collections.abc import Iterator

from twin.pilot.case import Case
from twin.pilot.draft import LACKING, Table, clean, joined, percent, table
from twin.pilot.stages import Stage
from twin.report.style import Language, pick

_ORDER = (
    (("control", "light"), "智能管控与照明电器", "Controls, light and appliances"),
    (("envelope", "openings", "air"), "围护结构、门窗与通风", "Envelope, openings and ventilation"),
    (("plant", "water"), "冷热源与热水炊事", "Plant, hot water and cooking"),
    (("electric",), "光伏、储能、直流与充电", "PV, storage, direct current and charging"),
    (("green", ""), "绿化及其他", "Greenery and others"),
)
"""Groups of measures in the order of work: what needs no permit first, the electric side on the finished
building, planting last."""


def quarters(case: Case, language: Language) -> Table:
    """Tasks by quarter of the first stage."""
    stage = case.assessment.stages[0]
    rows = [
        [_span(stage, first, last, language), task, what]
        for first, last, task, what in _tasks(case, 4 * stage.years, language)
    ]
    return table(pick(language, "时间|任务|内容", "When|Task|Content").split("|"), rows)


def _tasks(case: Case, count: int, language: Language) -> Iterator[tuple[int, int, str, str]]:
    """First and last quarter (from 1) of each task."""
    prepared = max(1, round(count / 6))
    yield (
        1,
        prepared,
        pick(language, "前期准备", "Preparation"),
        pick(
            language,
            "成立工作机构，核定基准年排放，分项计量，深化设计与预算",
            "bodies, emissions of the base year, sub-metering, detailed design and budget",
        ),
    )
    groups = [(zh, en, ours) for keys, zh, en in _ORDER if (ours := _works(case, keys, language))]
    first, room = prepared + 1, max(1, count - 1 - prepared)
    for k, (zh, en, ours) in enumerate(groups):
        begin = first + k * room // len(groups)
        end = max(begin, first + (k + 1) * room // len(groups) - 1)
        yield min(begin, count), min(end, count), pick(language, zh, en), joined(ours, language)
    stated = _stated(case, language)
    if stated:
        task = pick(language, "申报单位另行计划的内容", "What the applicant plans besides")
        yield 1, count, task, joined(stated, language)
    yield (
        count,
        count,
        pick(language, "自评估与验收", "Self-assessment and acceptance"),
        pick(
            language,
            "运行数据复核、自评估报告、申请验收或阶段评估",
            "operation checked, report of self-assessment, application for acceptance or evaluation",
        ),
    )
    yield (
        1,
        count,
        pick(language, "年度跟踪", "Yearly tracking"),
        pick(
            language,
            "每年第四季度核算排放并报送进展",
            "each fourth quarter: emissions accounted, progress reported",
        ),
    )


def _works(case: Case, groups: tuple[str, ...], language: Language) -> list[str]:
    listed = {group for keys, _, _ in _ORDER for group in keys}
    return [
        clean(pick(language, work.zh, work.en))
        for work in case.works
        if work.group in groups or ("" in groups and work.group not in listed)
    ]


def _stated(case: Case, language: Language) -> list[str]:
    return [
        f"{item.id} "
        + (pick(language, item.statement_zh, item.statement_en) or pick(language, item.zh, item.en))
        for field in case.assessment.fields
        for item in field.items
        if item.stated
    ]


def _span(stage: Stage, first: int, last: int, language: Language) -> str:
    begin, end = (_quarter(stage, one, language) for one in (first, last))
    return begin if begin == end else f"{begin}–{end}"


def _quarter(stage: Stage, number: int, language: Language) -> str:
    year, quarter = (number - 1) // 4, (number - 1) % 4 + 1
    if stage.first_year is None:
        return pick(language, f"第 {year + 1} 年 {quarter} 季度", f"year {year + 1} Q{quarter}")
    return pick(
        language, f"{stage.first_year + year} 年 {quarter} 季度", f"{stage.first_year + year} Q{quarter}"
    )


def stages_table(case: Case, language: Language) -> Table:
    """Stages with their years and targets."""
    head = pick(language, "阶段|年份|目标|内容", "Stage|Years|Target|Content").split("|")
    rows = []
    for stage in case.assessment.stages:
        first = stage.first_year
        years = (
            pick(language, f"{stage.years} 年", f"{stage.years} years")
            if first is None
            else f"{first}–{first + stage.years - 1}"
        )
        words = pick(language, stage.zh, stage.en) or (
            pick(language, "完成重点任务", "key tasks done") if stage.number == 1 else LACKING[language]
        )
        rows.append([str(stage.number), years, percent(stage.target, language), words])
    return table(head, rows)
