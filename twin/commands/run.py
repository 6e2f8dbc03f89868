"""`twin run` and `twin demo`: march, judge, store, and lay Runs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.table import Table

from buildings.energyplus.dictionary import require_engine
from twin.commands.console import table_console
from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
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
        """The comparison table, what was assumed, and where to look."""
        from twin.report.comparison import comparison_rows

        console = table_console()
        title = "PEDF Twin: one year"
        if len(self.runs) > 1:
            title += " each, changes against the first"
        table = Table(title=title, title_justify="left")
        table.add_column("")
        table.add_column("unit")
        for run in self.runs:
            table.add_column(str(run.manifest.get("title")), justify="right", overflow="fold")
        group = ""
        for row in comparison_rows(list(self.runs), "en"):
            if row["group"] != group:
                group = row["group"]
                table.add_section()
                table.add_row(f"[bold]{row['group_label']}[/bold]")
            table.add_row(row["label"], row["unit"], *(_plain(cell, row["unit"]) for cell in row["cells"]))
        console.print(table)
        told = (_beyond_limits, _plant_rooms, _battery_lives, _outages)
        for line in (line for tell in told for line in tell(self.runs)):
            console.print(line, markup=False, highlight=False)
        assumed = {a["key"]: a["en"] for run in self.runs for a in run.summary["assumptions"]}
        console.print(f"{len(assumed)} assumptions move these figures; the page and summary.json list them.")
        for run in self.runs:
            console.print(f"Run   {run.path}", soft_wrap=True, markup=False)
        if self.page is not None:
            console.print(f"Page  {self.page.resolve()}", soft_wrap=True, markup=False)


def _beyond_limits(runs: Sequence[Run]) -> Iterator[str]:
    """Demand limits that a building did not keep: what bends could not bend further."""
    for run in runs:
        for name, facts in run.manifest["buildings"].items():
            limit = facts.get("demand_limit_kw")
            peak = run.summary["buildings"][name]["energy"]["peak_import_kw"]
            if limit is not None and peak > 1.005 * limit:
                yield (
                    f"Mind: {run.manifest.get('title')}: {name} draws up to {peak:,.0f} kW, above its demand "
                    f"limit of {limit:,.0f} kW; what may be shed does not suffice."
                )


def _outages(runs: Sequence[Run]) -> Iterator[str]:
    """Each time without the grid in a line: how long each class was served, and the way back."""
    for run in runs:
        for name, judged in run.summary["buildings"].items():
            for outage in judged.get("islanding") or []:
                served = ", ".join(
                    _served(word, hours, outage["hours_survived"][word], outage["hours"])
                    for word, hours in outage["hours_served"].items()
                    if hours is not None
                )
                missing = sum(outage["unserved_kwh"].values())
                lowest, back = outage["lowest_soc"], outage["return_minutes"]
                yield (
                    f"Without grid: {run.manifest.get('title')}: {name}: {outage['hours']:g} h from "
                    f"{outage['start'][:16]}: served {served}; {missing:,.0f} kWh not served, dark "
                    f"{outage['hours_dark']:.1f} h, {outage['black_starts']} black starts"
                    + (f", lowest charge {100.0 * lowest:.1f} %" if lowest is not None else "")
                    + (f", back after {back:g} min" if back is not None else ", not back within the year")
                )


def _served(name: str, hours: float, survived: float, lasted: float) -> str:
    if survived >= lasted:
        return f"{name} throughout"
    return f"{name} {hours:.1f} h (first short after {survived:.1f} h)"


def _plant_rooms(runs: Sequence[Run]) -> Iterator[str]:
    """What each plant room did in a line: where hot water came from, COP of heat pumps, what was not met."""
    from twin.report.plant_flows import plant_rooms
    from twin.report.plant_table import plant_line

    for run in runs:
        for name in plant_rooms(run):
            yield f"Plant room: {run.manifest.get('title')}: {name}: {plant_line(run, name)}"


def _battery_lives(runs: Sequence[Run]) -> Iterator[str]:
    """How long each battery lives, by what that is told, and where it lies beyond what was tested."""
    for run in runs:
        for name, judged in run.summary["buildings"].items():
            for part, life in (judged.get("storage") or {}).items():
                if life is None:
                    continue
                years = life["replaced_after_years"]
                ends = f"replaced after {years:.1f} years" if years is not None else "not replaced"
                parts = ""
                if life["calendar_loss"] is not None:
                    calendar, cycles = 100.0 * life["calendar_loss"], 100.0 * life["cycle_loss"]
                    parts = f", {calendar:.1f} points by the calendar and {cycles:.1f} by cycles"
                outside = f"; outside its tests: {'; '.join(life['outside_tests'])}"
                yield (
                    f"Life of {part}: {run.manifest.get('title')}: {name}: after ten years "
                    f"{100.0 * life['capacity_after_ten_years']:.1f} % of the capacity{parts}, {ends}; by "
                    f"{life['basis']} {life['model']}{outside if life['outside_tests'] else ''}."
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
