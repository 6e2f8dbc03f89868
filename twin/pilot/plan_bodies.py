"""Last sections of a plan: bodies and procedure, accounts, and what is still to be supplied."""

from __future__ import annotations

from collections.abc import Iterator

from twin.judges.carbon import ACCOUNTS
from twin.judges.factors import factor
from twin.pilot.case import Case
from twin.pilot.draft import Block, Paragraph, begun, bullets, table
from twin.pilot.plan_facts import stated
from twin.pilot.rules import rules
from twin.report.style import Language, pick
from twin.report.words import unit_in

_ACCOUNTING = (
    (
        "核算边界：申报单位全部场所的购入电力、燃气及其他直接排放；模型只给出模型内建筑的购入电力与燃气。",
        "Boundary: purchased electricity, gas and other direct emissions of all sites of the applicant; the "
        "model tells electricity and gas of its buildings.",
    ),
    (
        "基准年与创建期末用同一方法、同一版本因子核算；两种电力因子口径不得混用；光伏上网电量不抵扣。",
        "Base year and end of the period are accounted by one method and one vintage of factors; the two "
        "accounts of electricity are never mixed; exported PV is not credited.",
    ),
    (
        "按用途与可再生能源、储能、充电分项计量，逐月入台账，每年第四季度复核。",
        "Sub-meters by use, renewables, storage and charging; a monthly ledger, reviewed in the fourth "
        "quarter of each year.",
    ),
)


def body_blocks(case: Case, language: Language) -> Iterator[Block]:
    said = {one.key: one for one in case.assessment.requirements}
    yield bullets(stated(said[key], language) for key in ("leading_body", "working_body", "plan"))
    yield Paragraph(pick(language, "办理流程：", "Steps of the procedure:"))
    head = pick(language, "步骤|主体|说明", "Step|Who|What").split("|")
    rows = [
        [one[language], one[f"who_{language}"], one[f"note_{language}"]] for one in rules().raw["process"]
    ]
    yield table(head, rows)


def account_blocks(case: Case, language: Language) -> Iterator[Block]:
    yield bullets(pick(language, zh, en) for zh, en in _ACCOUNTING)
    for account, zh, en in (
        ("physical", "物理口径，首选", "physical account, shown first"),
        ("shanghai_ets", "上海碳市场口径，并列", "account of the Shanghai ETS, beside it"),
    ):
        used = factor(ACCOUNTS[account])
        figure = f"{used.value:g} {unit_in(used.unit, language)}"
        yield Paragraph(
            pick(
                language,
                f"电力排放因子（{zh}）：{figure}，{used.year} 年。",
                f"Factor of electricity ({en}): {figure}, {used.year}.",
            )
        )
    if case.assessment.assumptions:
        yield Paragraph(pick(language, "本草案的假定：", "Assumptions of this draft:"))
        yield bullets(pick(language, one.zh, one.en) for one in case.assessment.assumptions)


def lacking(case: Case, language: Language) -> list[str]:
    """All that is still to be supplied or checked, in words."""
    found = []
    if not (case.facts.applicant_zh or case.facts.applicant):
        found.append(pick(language, "申报单位（pilot.applicant）", "the applicant (pilot.applicant)"))
    for one in (*case.judged.verdicts, *case.assessment.goal_verdicts):
        if one.status == "not_judged":
            note = one.note_zh if language == "zh" else one.note
            found.append(f"{pick(language, one.zh, one.en)}{pick(language, '：', ': ')}{note}")
    for need in case.assessment.requirements:
        if need.status != "stated":
            note = need.note_zh if language == "zh" else need.note_en
            found.append(f"{pick(language, need.zh, need.en)}{pick(language, '：', ': ')}{note}")
    if not case.state:
        found.append(
            pick(
                language,
                "指标的现状与目标值、投资与效益：运行 twin retrofit 并以 --study 给出",
                "indicators before and after, investment and benefit: run twin retrofit and give --study",
            )
        )
    found += [
        f"{field_item.id} {pick(language, field_item.zh, field_item.en)}"
        + pick(language, "：说明具体内容", ": say what exactly")
        for field in case.assessment.fields
        for field_item in field.items
        if field_item.stated and not field_item.statement_en
    ]
    return found


def lacking_blocks(case: Case, language: Language) -> Iterator[Block]:
    yield bullets(begun(line) for line in lacking(case, language))
    yield Paragraph(pick(language, "申报前须核实：", "To be checked before applying:"))
    yield bullets(begun(one[language]) for one in rules().raw["batch"]["check"])
