"""`twin pilot`: whether a project fits a pilot, what is missing, and a draft plan in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buildings.description.loading import read_project
from twin.commands.console import table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.pilot.assess import Assessment
from twin.pilot.case import Case, offered
from twin.pilot.cases import case_of_project, case_of_study
from twin.pilot.documents import write_drafts
from twin.pilot.plan import plan_of, standing
from twin.pilot.plan_bodies import lacking
from twin.pilot.plan_facts import verdict_words
from twin.pilot.rules import rules
from twin.pilot.study import read_study
from twin.pilot.works import floor_area_of
from twin.project import naming
from twin.report.style import LANGUAGES, Language, pick


@dataclass(frozen=True)
class Assessed:
    """A case and the files that were written."""

    case: Case
    files: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "project": self.case.project.name,
            "package": self.case.state.get("id"),
            **self.case.assessment.as_dict(),
            "lacking_zh": lacking(self.case, "zh"),
            "lacking_en": lacking(self.case, "en"),
            "files": [str(path) for path in self.files],
        }

    def show(self) -> None:
        """Remark on the batch, verdicts, fields, what would help, what is missing, where the drafts are."""
        console, language = table_console(), terminal_language()
        found = self.case.assessment
        batch = rules().raw["batch"]
        said = (batch[language], batch["named"][language])
        console.print(pick(language, "", " ").join(said), markup=False, highlight=False)
        console.print(_types(found, self.case, language))
        console.print(standing(self.case, language), markup=False, highlight=False)
        console.print(_fields(found, language))
        _show_help(console, self.case, language)
        console.print(pick(language, "待补充：", "Still to be supplied:"), highlight=False)
        for line in lacking(self.case, language):
            console.print(f"- {line}", markup=False, highlight=False)
        console.print(pick(language, "申报前核实：", "To be checked before applying:"), highlight=False)
        for one in batch["check"]:
            console.print(f"- {one[language]}", markup=False, highlight=False)
        for path in self.files:
            console.print(f"{pick(language, '草案', 'Draft')}  {path}", soft_wrap=True, markup=False)


def _types(found: Assessment, case: Case, language: Language) -> Table:
    title = pick(language, "试点条件", "Conditions of the pilots")
    name = pick(language, case.project.name_zh or case.project.name, case.project.name)
    table = Table(title=f"{title}: {escape(name)}", title_justify="left")
    head = pick(language, "条件|数值|要求|判定|可信度", "condition|value|asked for|verdict|confidence")
    for k, column in enumerate(head.split("|")):
        table.add_column(column, justify="right" if k in (1, 2) else "left", overflow="fold")
    for one in found.types:
        table.add_section()
        for verdict in one.verdicts:
            table.add_row(*(escape(cell) for cell in verdict_words(verdict, language)))
    table.add_section()
    for verdict in found.goal_verdicts:
        table.add_row(*(escape(cell) for cell in verdict_words(verdict, language)))
    return table


def _fields(found: Assessment, language: Language) -> Table:
    table = Table(title=pick(language, "建设领域", "Fields"), title_justify="left")
    for column in pick(language, "领域|内容|由谁覆盖", "field|item|covered by").split("|"):
        table.add_column(column, overflow="fold")
    for field in found.fields:
        name = pick(language, field.zh, field.en)
        if not field.covered:
            table.add_row(escape(name), "—", "")
        for item in field.items:
            by = [pick(language, one.zh, one.en) for one in item.measures]
            if item.stated:
                said = pick(language, item.statement_zh, item.statement_en)
                by.append(said or pick(language, "申报单位自述", "stated"))
            title = f"{item.id} {pick(language, item.zh, item.en)}"
            table.add_row(escape(name), escape(title), escape("; ".join(by)))
            name = ""
    return table


def _show_help(console: Console, case: Case, language: Language) -> None:
    found, judged = case.assessment, case.judged
    for one in judged.helps:
        console.print(f"- {pick(language, one.zh, one.en)}", markup=False, highlight=False)
    if judged.expert_review:
        console.print(rules().raw["special_route"][language], markup=False, highlight=False)
    short = judged.missing_fields
    if found.suggestions:
        words = pick(language, f"（{judged.zh}尚缺 {short} 个）", f" ({judged.en}: {short} more needed)")
        console.print(
            pick(language, "还可增加的领域", "Fields that could be added")
            + (words if short else "")
            + pick(language, "：", ":"),
            highlight=False,
        )
    for more in found.suggestions:
        console.print(f"- {offered(more, language)}", markup=False, highlight=False)


def pilot_of_project(
    path: Path, *, study: Path | None = None, package: str | None = None, out: Path | None = None
) -> Assessed:
    """Assess a project and write its draft plan.

    Parameters
    ----------
    path : Path
        Project file; with a study the building as it is, without one as it is planned.
    study : Path, optional
        study.json.
    package : str, optional
        Id of a chosen package.
    out : Path, optional
        Folder of the drafts; none are written without.

    Raises
    ------
    TwinError
        A project or study that cannot be read, or facts that contradict it.
    """
    refuse_unwritable(out, "--out")
    project = read_project(path)
    with naming(path):
        if study is None:
            case = case_of_project(project)
        else:
            content = read_study(study, floor_area_of(project))
            case = case_of_study(project, content, package, file=study)
    drafts = [plan_of(case, language) for language in LANGUAGES]
    return Assessed(case, () if out is None else write_drafts(drafts, out))
