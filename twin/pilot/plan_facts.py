"""First sections of a plan: basic facts with the conditions of the type, footing and features."""

from __future__ import annotations

from collections.abc import Iterator

from buildings.description.schema import ArchetypeBuilding
from twin.judges.verdict import SIGNS, Verdict
from twin.pilot.assess import Requirement
from twin.pilot.case import Case, applicant, named
from twin.pilot.draft import (
    LACKING,
    Block,
    Heading,
    Paragraph,
    Table,
    begun,
    bullets,
    clean,
    joined,
    number,
    table,
)
from twin.pilot.rules import rules
from twin.pilot.works import floor_area_of
from twin.report.style import Language, pick
from twin.report.words import CONFIDENCE, ERAS, USES, status, unit_in, worded

_SHARES = ("reduction_rate", "targets_rise")
"""Verdicts whose figures are shares, shown in percent."""

_MOST_DIGITS = 12
_PLACES = {"central_city": ("中心城区", "central city"), "suburb": ("郊区", "suburb")}


def verdict_words(one: Verdict, language: Language) -> list[str]:
    """A verdict as cells: what, value, limit, how it stands with its note, confidence of the limit."""
    value, limit = _sides(one, language)
    note = (one.note_zh if language == "zh" else one.note) or ""
    said = status(one.as_dict(), language) + (pick(language, "：", ": ") + note if note else "")
    return [
        begun(pick(language, one.zh, one.en)),
        value,
        limit,
        said,
        worded(CONFIDENCE, one.confidence, language),
    ]


def _sides(one: Verdict, language: Language) -> tuple[str, str]:
    """Value and limit with so many digits that rounding does not put both on one side."""
    share = one.key.endswith(_SHARES)
    unit = "%" if share else pick(language, "年", "years") if one.unit == "a" else unit_in(one.unit, language)
    behind = "" if unit == "1" else f" {unit}"

    def shown(figure: float | None, digits: int) -> str:
        scaled = figure if figure is None or not share else 100.0 * figure
        return number(scaled, language, digits)

    digits = 5
    while (
        digits < _MOST_DIGITS
        and one.value != one.limit
        and shown(one.value, digits) == shown(one.limit, digits)
    ):
        digits += 1
    value = LACKING[language] if one.value is None else shown(one.value, digits) + behind
    limit = "—" if one.limit is None else f"{SIGNS[one.relation]} {shown(one.limit, digits)}{behind}"
    return value, limit


def facts_blocks(case: Case, language: Language) -> Iterator[Block]:
    yield table(pick(language, "项目|内容", "Item|Content").split("|"), _particulars(case, language))
    yield _buildings(case, language)
    yield Heading(pick(language, "申报条件对照", "Conditions of the type"))
    head = pick(language, "条件|数值|要求|判定|可信度", "Condition|Value|Asked for|Verdict|Confidence").split(
        "|"
    )
    yield table(head, [verdict_words(one, language) for one in case.judged.verdicts])
    origin = rules().origins["plan_2022"]
    yield Paragraph(
        pick(language, f"依据：{origin.zh}，{origin.year} 年。", f"By: {origin.en}, {origin.year}.")
    )
    if case.judged.helps:
        yield bullets(pick(language, one.zh, one.en) for one in case.judged.helps)


def _particulars(case: Case, language: Language) -> Iterator[tuple[str, str]]:
    """Who, what, where; a figure that the type does not ask for is left out where nobody said it."""
    facts, pilot, lacking = case.facts, case.type, LACKING[language]
    period = facts.period
    span = lacking if period is None else f"{period.start}–{period.start + period.years - 1}"
    floor = facts.gross_floor_area if facts.gross_floor_area is not None else floor_area_of(case.project)
    yield pick(language, "申报单位", "Applicant"), applicant(case, language)
    yield (
        pick(language, "可申报的主体", "Who may apply"),
        pick(language, pilot.applicant_zh, pilot.applicant_en),
    )
    yield pick(language, "试点类型", "Type"), pick(language, pilot.zh, pilot.en)
    yield pick(language, "试点目标", "Goal"), rules().raw["goals"][case.assessment.goal][language]
    yield pick(language, "创建期", "Creation period"), span
    yield pick(language, "建筑面积", "Gross floor area"), f"{number(floor, language, 5)} m²"
    asked = {one.metric for one in pilot.thresholds}
    place = lacking if facts.location is None else pick(language, *_PLACES[facts.location])
    land = lacking if facts.area is None else f"{number(facts.area / 1e6, language)} km²"
    for metric, zh, en, text in (
        ("households", "所在位置", "Location", place),
        ("area_km2", "边界内面积", "Area inside the boundary", land),
        ("households", "户数", "Households", number(facts.households, language, 6)),
    ):
        if metric in asked or text != lacking:
            yield pick(language, zh, en), text


def _buildings(case: Case, language: Language) -> Table:
    rows = []
    for one in case.project.buildings:
        if isinstance(one, ArchetypeBuilding):
            use, floors, area = worded(USES, one.archetype, language), str(one.floors), one.floor_area
        else:
            use, floors = pick(language, "按分区描述", "by its zones"), "—"
            area = sum(zone.floor_area * zone.multiplier for zone in one.zones)
        era = worded(ERAS, one.era, language)
        rows.append([one.name, use, era, floors, number(area, language, 5)])
    head = pick(language, "建筑|用途|年代或标准|层数|面积 (m²)", "Building|Use|Era or code|Storeys|Area (m²)")
    return table(head.split("|"), rows)


def basis_blocks(case: Case, language: Language) -> Iterator[Block]:
    said = {one.key: one for one in case.assessment.requirements}
    yield Paragraph(stated(said["advantage"], language))
    emphasis = case.type.emphasis_zh if language == "zh" else case.type.emphasis_en
    if emphasis:
        words = joined(emphasis, language)
        yield Paragraph(
            pick(language, f"该类型的建设重点：{words}。", f"What this type puts weight on: {words}.")
        )
    if case.existing:
        yield Paragraph(pick(language, "已有系统：", "Systems that are there already:"))
        yield bullets(named(work, language) for work in case.existing)
        yield Paragraph(
            pick(
                language,
                "已有系统不计入计划覆盖的领域。",
                "What is there already does not count among the fields that the plan covers.",
            )
        )
    elif not case.state:
        yield Paragraph(
            pick(
                language,
                "方案由项目描述直接生成，未区分已有系统与新建内容。",
                "The plan is made from the described project alone, which does not tell what is there "
                "already.",
            )
        )
    yield Paragraph(stated(said["accounting"], language))


def stated(one: Requirement, language: Language) -> str:
    note = one.note_zh if language == "zh" else one.note_en
    text = LACKING[language] if one.status == "missing" else note
    return clean(begun(f"{pick(language, one.zh, one.en)}{pick(language, '：', ': ')}{text}"))
