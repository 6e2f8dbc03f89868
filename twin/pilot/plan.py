"""The draft implementation plan (实施方案草案) of a pilot as content, in Chinese or English.

Every figure comes from the study, the project or the applicant's facts; what none of them says stands as
lacking, here and in the list at the end. Nothing is invented to fill a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twin.pilot.case import Case, project_name
from twin.pilot.draft import Block, Draft, Heading, Paragraph, Section, bullets, table
from twin.pilot.indicators import indicators
from twin.pilot.plan_bodies import account_blocks, body_blocks, lacking_blocks
from twin.pilot.plan_facts import basis_blocks, facts_blocks, verdict_words
from twin.pilot.plan_money import money_blocks
from twin.pilot.plan_tasks import path_blocks, task_blocks
from twin.pilot.rules import rules
from twin.pilot.schedule import quarters, stages_table
from twin.report.style import Language, pick

SECTIONS = (
    ("facts", "基本情况", "Basic facts"),
    ("basis", "基础与特色", "Footing and features"),
    ("indicators", "目标与指标体系", "Goal and indicators"),
    ("path", "实施路径", "Path"),
    ("tasks", "重点任务", "Key tasks"),
    ("schedule", "进度安排", "Schedule"),
    ("money", "投资与效益", "Investment and benefit"),
    ("bodies", "组织保障", "Organisation"),
    ("accounts", "核算与监测", "Accounting and monitoring"),
    ("lacking", "附：待补充材料", "Annex: what is still to be supplied"),
)
_STANDING = {
    "pass": ("达到", "meets"),
    "fail": ("未达到", "does not meet"),
    "assumed": ("按假定判断、未核实是否达到", "rests on assumptions as to whether it meets"),
    "not_judged": ("缺数据、不能判断是否达到", "lacks figures to tell whether it meets"),
}
_NUMERALS = "一二三四五六七八九十"


def plan_of(case: Case, language: Language) -> Draft:
    """Write the draft.

    Parameters
    ----------
    case : Case
    language : {"zh", "en"}

    Returns
    -------
    Draft
        All sections of `SECTIONS`, in order.
    """
    written: dict[str, Callable[[Case, Language], Iterator[Block]]] = {
        "facts": facts_blocks,
        "basis": basis_blocks,
        "indicators": _indicators,
        "path": path_blocks,
        "tasks": task_blocks,
        "schedule": _schedule,
        "money": money_blocks,
        "bodies": body_blocks,
        "accounts": account_blocks,
        "lacking": lacking_blocks,
    }
    sections = []
    for k, (key, zh, en) in enumerate(SECTIONS):
        bare = key == "lacking"
        title = pick(language, zh if bare else f"{_NUMERALS[k]}、{zh}", en if bare else f"{k + 1}. {en}")
        sections.append(Section(key, title, tuple(written[key](case, language))))
    goal = rules().raw["goals"][case.assessment.goal][language]
    name = project_name(case, language)
    title = pick(
        language, f"{name}{goal}建设实施方案（草案）", f"{name}: draft implementation plan of a {goal}"
    )
    return Draft(language, title, tuple(_notices(case, language)), tuple(sections))


def standing(case: Case, language: Language) -> str:
    """How the plan stands to the type that it is written for, in a sentence."""
    judged = case.judged
    zh, en = _STANDING[judged.status]
    return pick(
        language,
        f"按“{judged.zh}”类型：方案{zh}该类型的门槛与领域数要求。",
        f"As the type “{judged.en}”: the plan {en} its thresholds and number of fields.",
    )


def _notices(case: Case, language: Language) -> Iterator[Paragraph]:
    batch = rules().raw["batch"]
    yield Paragraph(batch[language] + pick(language, "", " ") + batch["named"][language], strong=True)
    made = pick(
        language,
        "本草案由模型与申报单位填写的资料生成。",
        "This draft is made from a model and from what the applicant wrote. ",
    )
    yield Paragraph(made + standing(case, language))
    if case.judged.expert_review:
        yield Paragraph(rules().raw["special_route"][language])


def _indicators(case: Case, language: Language) -> Iterator[Block]:
    goal = rules().raw["goals"][case.assessment.goal]
    yield Paragraph(pick(language, f"目标：创建{goal['zh']}。", f"Goal: a {goal['en']}."))
    yield indicators(case, language)
    head = pick(
        language, "目标规则|数值|要求|判定|可信度", "Rule of the goal|Value|Asked for|Verdict|Confidence"
    )
    yield table(head.split("|"), [verdict_words(one, language) for one in case.assessment.goal_verdicts])
    if case.assessment.goal == "carbon_neutral":
        yield bullets(one[language] for one in goal["rules"])


def _schedule(case: Case, language: Language) -> Iterator[Block]:
    yield stages_table(case, language)
    yield Heading(pick(language, "首阶段分季度安排", "First stage by quarter"))
    yield quarters(case, language)
    yield Paragraph(
        pick(
            language,
            "季度按任务顺序均分，为排布建议；设计、审批与施工条件确定后调整。",
            "Quarters are shared out evenly in the order of work, as a proposal; adjust them to design, "
            "permits and site.",
        )
    )
