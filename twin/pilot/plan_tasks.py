"""Path and key tasks of a plan, by field, and what could be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twin.pilot.case import Case, named, offered
from twin.pilot.draft import LACKING, Block, Heading, Paragraph, begun, bullets, joined
from twin.pilot.fields import ItemCover
from twin.pilot.works import Work
from twin.report.style import Language, pick

_PATH = (
    (("envelope", "openings", "air", "light"), "降低需求", "Lower the demand"),
    (("plant", "water"), "提高能效与电气化", "Raise efficiency, electrify"),
    (("electric",), "可再生能源、储能、直流与充电", "Renewables, storage, direct current, charging"),
    (("control",), "柔性用电与智慧管理", "Flexibility and control"),
    (("green",), "增绿固碳", "Greenery"),
)


def path_blocks(case: Case, language: Language) -> Iterator[Block]:
    steps = []
    for groups, zh, en in _PATH:
        ours = [pick(language, work.zh, work.en) for work in case.works if work.group in groups]
        if ours:
            words = joined(ours, language)
            steps.append(pick(language, f"{zh}：{words}", f"{en}: {words}"))
    rest = [
        f"{item.id} {pick(language, item.zh, item.en)}"
        for field in case.assessment.fields
        for item in field.items
        if not item.measures
    ]
    if rest:
        words = joined(rest, language)
        steps.append(pick(language, f"管理与其他：{words}", f"Management and others: {words}"))
    yield bullets(steps) if steps else Paragraph(LACKING[language])


def task_blocks(case: Case, language: Language) -> Iterator[Block]:
    by_key = {work.key: work for work in case.works}
    for field in case.assessment.fields:
        if not field.covered:
            continue
        yield Heading(begun(pick(language, field.zh, field.en)))
        yield bullets(_line(item, by_key, language) for item in field.items)
    judged = case.judged
    yield Heading(pick(language, "领域数对照", "Number of fields"))
    covered = sum(field.covered for field in case.assessment.fields)
    least = int(case.type.min_fields.value)
    yield Paragraph(
        pick(
            language,
            f"已覆盖 {covered} 个领域，要求至少 {least} 个"
            + (f"，尚缺 {judged.missing_fields} 个。" if judged.missing_fields else "。"),
            f"{covered} fields are covered, at least {least} are asked for"
            + (f"; {judged.missing_fields} more are needed." if judged.missing_fields else "."),
        )
    )
    if case.assessment.suggestions:
        yield Paragraph(
            pick(language, "可增加的领域（由易到难）：", "Fields that could be added, the least work first:")
        )
        yield bullets(offered(one, language) for one in case.assessment.suggestions)


def _line(item: ItemCover, by_key: Mapping[str, Work], language: Language) -> str:
    """An item with the measures and the statement that cover it."""
    parts = [
        named(by_key[one.key], language) if one.key in by_key else pick(language, one.zh, one.en)
        for one in item.measures
    ]
    if item.stated:
        own = pick(language, item.statement_zh, item.statement_en)
        parts.append(
            own or pick(language, "申报单位计划（待细化）", "planned by the applicant (to be detailed)")
        )
    name = f"{item.id} {pick(language, item.zh, item.en)}"
    return name + pick(language, "：", ": ") + pick(language, "；", "; ").join(parts)
