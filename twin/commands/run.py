"""`twin run` and `twin demo`: march, judge, store, and lay Runs side by side."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.table import Table

from buildings.energyplus.dictionary import require_engine
from twin.commands.console import table_console, terminal_language
from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
from twin.commands.remarks import remarks
from twin.progress import Progress, parts_of
from twin.project import engine_named, load, simulate
from twin.store import Run, RunStore

DEMO = (
    "shanghai_office_2005",
    "shanghai_office_nearly_zero",
    "shanghai_office_pedf",
    "shanghai_office_pedf_call",
)


@dataclass(frozen=True)
class Marched:
    """Runs that were stored, and the page that shows them."""

    runs: tuple[Run, ...]
    page: Path | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        from twin.report.comparison import comparison_rows

        return {
            "runs": [
                {
                    "name": run.path.name if run.path else None,
                    "path": str(run.path),
                    "title": run.manifest.get("title"),
                    "wall_time_s": run.manifest.get("wall_time_s"),
                    "summary": run.summary,
                }
                for run in self.runs
            ],
            "page": str(self.page) if self.page else None,
            "table": comparison_rows(list(self.runs), "en"),
        }

    def show(self) -> None:
        """The comparison table, what was assumed, and where to look; in Chinese where the terminal is."""
        from twin.report.comparison import comparison_rows
        from twin.report.reading import run_names
        from twin.report.style import pick

        console, language = table_console(), terminal_language()
        title = pick(language, "PEDF Twin：全年结果", "PEDF Twin: one year")
        if len(self.runs) > 1:
            title += pick(language, "，括号内为与第一列相比", " each, changes against the first")
        table = Table(title=title, title_justify="left")
        table.add_column("")
        table.add_column(pick(language, "单位", "unit"))
        for name in run_names(self.runs, language):
            table.add_column(name, justify="right", overflow="fold")
        group = ""
        for row in comparison_rows(list(self.runs), language):
            if row["group"] != group:
                group = row["group"]
                table.add_section()
                table.add_row(f"[bold]{row['group_label']}[/bold]")
            table.add_row(row["label"], row["unit"], *(_plain(cell, row["unit"]) for cell in row["cells"]))
        console.print(table)
        for line in remarks(self.runs, language):
            console.print(line, markup=False, highlight=False)
        count = len({a["key"] for run in self.runs for a in run.summary["assumptions"]})
        console.print(
            pick(
                language,
                f"有 {count} 项假定影响以上数字，见网页与 summary.json。",
                f"{count} assumptions move these figures; the page and summary.json list them.",
            )
        )
        for run in self.runs:
            console.print(f"{pick(language, '结果', 'Run')}   {run.path}", soft_wrap=True, markup=False)
        if self.page is not None:
            console.print(
                f"{pick(language, '网页', 'Page')}  {self.page.resolve()}", soft_wrap=True, markup=False
            )


def _plain(cell: dict[str, Any], unit: str) -> str:
    """A cell without its unit (it has a column of its own), and the change in percent."""
    text = str(cell["text"]).removesuffix(unit).strip()
    value, change = cell["value"], cell["difference"]
    if value is None or change is None or value == change or "%)" not in cell["difference_text"]:
        return text
    base = value - change
    return f"{text} ({100.0 * change / abs(base):+.0f} %)" if abs(base) > 1e-9 else text


def run_project(
    path: Path,
    *,
    weather: str | None,
    seed: int | None,
    engine: str = "fast",
    out: Path,
    name: str | None,
    replace: bool,
    page: Path | None,
    progress: Progress,
) -> Marched:
    """March one project and store its Run.

    A Run of the same name is never overwritten unless asked: the next free name `-2`, `-3` ... is taken.
    """
    store = RunStore(out)
    refuse_unwritable(out, "--out")
    refuse_unwritable_page(page)
    kind = engine_named(engine)
    if kind == "energyplus":
        require_engine()
    run = simulate(load(path, weather=weather, seed=seed), progress=progress, engine=kind)
    wanted = name if name is not None else path.stem
    store.save(run, wanted if replace or name is not None else _free_name(store, wanted), replace=replace)
    return Marched((run,), _write_page([run], page) if page is not None else None)


def _write_page(runs: list[Run], path: Path) -> Path:
    from twin.report.page import write_page  # plotly is heavy, and most runs write no page

    return write_page(runs, path)


def _free_name(store: RunStore, wanted: str) -> str:
    taken = set(store.names())
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


def run_demo(out: Path, *, seed: int, progress: Progress) -> Marched:
    """March the bundled office four times and write the page that lays them side by side."""
    store = RunStore(out)
    refuse_unwritable(out, "--out")
    runs: list[Run] = []
    with as_file(files("twin") / "examples") as folder:
        for example, part in zip(DEMO, parts_of(progress, len(DEMO)), strict=True):
            loaded = load(folder / f"{example}.yaml", seed=seed)
            reference = runs[-1] if loaded.project.event is not None else None
            run = simulate(loaded, reference=reference, progress=part)
            store.save(run, example, replace=True)
            runs.append(run)
    return Marched(tuple(runs), _write_page(runs, out / "demo.html"))
