"""`twin kpis`: indicators of flexibility and building-to-grid exchange of a stored Run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from twin.commands.console import table_console
from twin.judges.kpis.kpi import Kpi, categories
from twin.judges.kpis.table import RunKpis, kpis_of_run
from twin.report.words import CONFIDENCE, unit_in
from twin.store import Run, open_run
from weather.errors import TwinError


@dataclass(frozen=True)
class Listed:
    """Indicators of a Run, and the Runs beside it."""

    run: Run
    beside: dict[str, Run | None]
    found: RunKpis
    formulas: bool

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "run": str(self.run.path),
            **{name: None if run is None else str(run.path) for name, run in self.beside.items()},
            **self.found.as_dict(),
        }

    def show(self) -> None:
        """A table for each building in both languages, then what does not apply and why."""
        console = table_console()
        for name, kpis in self.found.buildings.items():
            console.print(_table(f"{self.run.manifest.get('title')}: {name}", kpis, self.formulas))
            _show_reasons(console, kpis)
        if len(self.found.buildings) > 1:
            console.print(_table("All buildings together 全部建筑", self.found.together, self.formulas))
            _show_reasons(console, self.found.together)
        console.print(
            "Indicators of other tools as they are coded stand beside what is meant; formulas and sources: "
            "--formulas. 其它工具的原式与本意并列；公式与来源见 --formulas。",
            highlight=False,
        )


def _table(title: str, kpis: Sequence[Kpi], formulas: bool) -> Table:
    table = Table(title=escape(title), title_justify="left")
    table.add_column("indicator 指标")
    table.add_column("value 数值", justify="right")
    table.add_column("unit 单位")
    if formulas:
        table.add_column("formula 公式")
        table.add_column("source 来源")
    table.add_column("mind 说明")
    for category, (zh, en) in categories().items():
        mine = [kpi for kpi in kpis if kpi.defined and kpi.definition.category == category]
        if not mine:
            continue
        table.add_section()
        table.add_row(f"[bold]{en} {zh}[/bold]")
        for kpi in mine:
            table.add_row(*(escape(cell) for cell in _cells(kpi, formulas)))
    return table


def _cells(kpi: Kpi, formulas: bool) -> Iterable[str]:
    d = kpi.definition
    yield d.en if d.en == d.zh else f"{d.en} {d.zh}"
    yield shown(kpi.value)
    yield unit_in(d.unit, "en")
    if formulas:
        yield d.formula
        yield f"{d.source} ({CONFIDENCE[d.confidence][1]})"
    yield "; ".join(filter(None, (d.note if formulas else "", kpi.note)))


def shown(value: float) -> str:
    """A value with as many digits as say something: four, no exponent below a million."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def _show_reasons(console: Console, kpis: Iterable[Kpi]) -> None:
    """What does not apply, by reason."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for kpi in kpis:
        if not kpi.defined:
            by_reason.setdefault((kpi.why("en"), kpi.why("zh")), []).append(kpi.definition.en)
    if by_reason:
        console.print("Not given, and why 未给出及原因:", highlight=False)
    for (en, zh), names in by_reason.items():
        console.print(f"- {en} {zh}: {', '.join(names)}", markup=False, highlight=False)


def kpis_of_folder(
    run: Path,
    *,
    baseline: Path | None = None,
    perfect: Path | None = None,
    minute: tuple[Path | None, Path | None] = (None, None),
    formulas: bool = False,
) -> Listed:
    """Open Runs and compute every indicator.

    Parameters
    ----------
    run, baseline, perfect : Path
        Folders of Runs.
    minute : tuple of Path
        Run and baseline at 1 min; both or none.
    formulas : bool
        Show formulas and sources.

    Raises
    ------
    TwinError
        A folder that holds no Run, or Runs that cannot be compared.
    """
    fine_run, fine_baseline = minute
    if (fine_run is None) != (fine_baseline is None):
        raise TwinError(
            "of the Runs at 1 min only one is given.", "Give --minute and --minute-baseline.", key="--minute"
        )
    beside = {
        "baseline": baseline,
        "perfect": perfect,
        "minute": fine_run,
        "minute_baseline": fine_baseline,
    }
    opened = {name: None if path is None else open_run(path) for name, path in beside.items()}
    ours = open_run(run)
    fine, fine_base = opened["minute"], opened["minute_baseline"]
    found = kpis_of_run(
        ours,
        baseline=opened["baseline"],
        perfect=opened["perfect"],
        minute=None if fine is None or fine_base is None else (fine, fine_base),
    )
    return Listed(ours, opened, found, formulas)
