"""`twin respond`: what a fleet gives when it is called, how surely, what comes back, what it earns."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import table_console, terminal_language
from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
from twin.project import load, naming
from twin.report.style import pick
from twin.response.words import BASELINES, SPREADS, amount, lead

if TYPE_CHECKING:
    from twin.progress import Progress
    from twin.response.study import Response


@dataclass(frozen=True)
class Responded:
    """A response, and where it lies."""

    response: Response
    figures: dict[str, Any]
    path: Path
    title: str
    title_zh: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        assumptions = [one.as_dict() for one in self.response.assumptions]
        return {"response": str(self.path), "figures": self.figures, "assumptions": assumptions}

    def show(self) -> None:
        """Figures in the language of the terminal."""
        from rich import box
        from rich.table import Table

        language, console = terminal_language(), table_console()
        title = self.title_zh if language == "zh" else self.title
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        table.add_column("")
        for words in (("均值", "mean"), ("P10", "P10"), ("P90", "P90")):
            table.add_column(pick(language, *words), justify="right")
        table.add_column("")
        for key, zh, en, unit, scale, digits in SPREADS:
            cells = (amount(scale * self.figures[key][name], digits) for name in ("mean", "p10", "p90"))
            table.add_row(pick(language, zh, en), *cells, unit)
        for line in lead(self.figures, self.response, language):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(table)
        errors = Table(
            title=pick(language, "基线误差（对比无事件推进）", "errors of baselines, against the truth"),
            title_justify="left",
            box=box.SIMPLE_HEAD,
        )
        for words in (("方法", "method"), ("偏差", "bias"), ("CV(RMSE)", "CV(RMSE)")):
            errors.add_column(pick(language, *words), justify="left" if words[1] == "method" else "right")
        for key, row in self.figures["baselines"].items():
            share = f"{100.0 * row['bias']:+.1f} %", f"{100.0 * row['cv_rmse']:.1f} %"
            errors.add_row(pick(language, *BASELINES[key]), *share)
        console.print(errors)
        for one in self.response.assumptions:
            said = one.zh if language == "zh" else one.en
            console.print(f"- {said}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def respond_project(
    path: Path,
    *,
    event: Path,
    out: Path,
    page: Path | None,
    scheduler: str | None,
    weather: str | None,
    progress: Progress,
) -> Responded:
    """Let the buildings of a project respond to an invitation, and write what came of it.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.crew import Alone, DaskCrew, cores
    from twin.market.baseline_methods import baseline_method
    from twin.response.call_times import call_times
    from twin.response.figures import figures
    from twin.response.folder import refuse_folder, write_response
    from twin.response.invitation import read_invitation
    from twin.response.page import write_response_page
    from twin.response.study import respond

    refuse_folder(out)
    refuse_unwritable(out.parent, "--out")
    refuse_unwritable_page(page)
    invitation = read_invitation(event)
    loaded = load(path, weather=weather)
    with naming(event):  # what the invitation alone gets wrong is told with its own file
        baseline_method(invitation.baseline)
        call_times(invitation, loaded.project, loaded.climate)
    alone = scheduler is None and cores() == 1
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew, naming(path):
        response = respond(loaded, invitation, crew, progress)
    found = figures(response)
    written = write_response(response, out)
    title, title_zh = loaded.project.name, loaded.project.name_zh or loaded.project.name
    done = Responded(response, found, written, title, title_zh)
    if page is not None:
        write_response_page(response, (title_zh, title), page)
    return done
