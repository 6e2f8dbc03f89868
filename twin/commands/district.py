"""`twin district`: the year of many buildings, in sum and one by one."""

from __future__ import annotations

import resource
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.commands.console import table_console, terminal_language
from twin.commands.district_words import balance_rows, shared_lines
from twin.commands.outputs import refuse_unwritable
from twin.progress import part_of
from twin.project import load, naming
from twin.report.style import Language, pick

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from twin.district.grid import OnFeeder
    from twin.progress import Progress

AUTO = "auto"
"""Word for a feeder that is laid out by the buildings' peaks."""
_ROWS: tuple[tuple[str, str, str, str, float, int], ...] = (
    ("buildings", "建筑数", "buildings", "", 1.0, 0),
    ("floor_area_m2", "建筑面积", "floor area", "m²", 1.0, 0),
    ("used_kwh", "用电量", "electricity used", "MWh", 1e-3, 1),
    ("pv_kwh", "光伏发电", "PV", "MWh", 1e-3, 1),
    ("ev_charge_kwh", "车辆充电", "vehicles", "MWh", 1e-3, 1),
    ("import_kwh", "街区下网", "import of the district", "MWh", 1e-3, 1),
    ("export_kwh", "街区上网", "export of the district", "MWh", 1e-3, 1),
    ("gas_kwh", "燃气", "gas", "MWh", 1e-3, 1),
    ("peak_kw", "最大负荷", "peak", "kW", 1.0, 0),
    ("sum_of_peaks_kw", "各建筑最大负荷之和", "sum of the buildings' peaks", "kW", 1.0, 0),
    ("coincidence_factor", "建筑同时系数", "coincidence factor of the buildings", "", 1.0, 3),
    ("load_factor", "负荷率", "load factor", "", 1.0, 3),
    ("most_export_kw", "最大反送", "most export", "kW", 1.0, 0),
    ("self_sufficiency", "电力自给率", "self-sufficiency", "%", 100.0, 1),
    ("unserved_kwh", "未供电量", "not served", "kWh", 1.0, 1),
)
_ACCOUNTS = {
    "physical": ("碳排放（上海电网 2023）", "carbon (Shanghai grid 2023)"),
    "shanghai_ets": ("碳排放（上海碳市场）", "carbon (Shanghai ETS)"),
}


@dataclass(frozen=True)
class District:
    """A year that was marched, and where it lies."""

    figures: dict[str, Any]
    manifest: dict[str, Any]
    path: Path
    by_use: pd.DataFrame
    feeder: OnFeeder | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        told = {"district": str(self.path), "figures": self.figures, "counts": self.manifest["counts"]}
        told["assumptions"] = self.manifest["assumptions"]
        uses = self.by_use.assign(peak_at=[at.isoformat() for at in self.by_use["peak_at"]])
        told["by_use"] = uses.to_dict("index")
        if self.feeder is not None:
            told["feeder"] = {
                "figures": self.feeder.figures,
                "verdicts": [verdict.as_dict() for verdict in self.feeder.verdicts],
                "assumptions": [one.as_dict() for one in self.feeder.assumptions],
            }
        return told

    def show(self) -> None:
        """Figures in the language of the terminal."""
        from rich import box
        from rich.table import Table

        language, console = terminal_language(), table_console()
        title = self.manifest["title_zh" if language == "zh" else "title"]
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_header=False)
        table.add_column("")
        table.add_column("", justify="right")
        table.add_column("")
        for key, zh, en, unit, scale, digits in _ROWS:
            table.add_row(pick(language, zh, en), f"{scale * self.figures[key]:,.{digits}f}", unit)
        for account, (zh, en) in _ACCOUNTS.items():
            table.add_row(pick(language, zh, en), f"{1e-3 * self.figures['carbon_kg'][account]:,.1f}", "t")
        console.print(table)
        console.print(_balance_table(self.figures["balance"], language))
        for line in shared_lines(self.figures["shared"], self.figures["balance"], language):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(_uses(self.by_use, language))
        for line in _lines(self.figures, self.manifest, language):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for line in _feeder_lines(self.feeder, language) if self.feeder is not None else ():
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def _balance_table(balance: dict[str, float], language: Language) -> Table:
    """Source, grid, load and storage of the year."""
    from rich import box
    from rich.table import Table

    title = pick(language, "源网荷储平衡", "Source, grid, load and storage")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("MWh")
    table.add_column(pick(language, "来", "from"), justify="right")
    table.add_column(pick(language, "去", "to"), justify="right")
    for row in balance_rows(balance, language):
        table.add_row(*row)
    return table


def _uses(by_use: pd.DataFrame, language: Language) -> Table:
    """Each use's share of energy and peak."""
    from rich import box
    from rich.table import Table

    from twin.report.words import USES, worded

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(pick(language, "业态", "use"))
    for zh, en in (
        ("建筑数", "buildings"),
        ("用电量 MWh", "used MWh"),
        ("最大负荷 kW", "peak kW"),
        ("街区峰时 kW", "at the district's peak kW"),
        ("同时系数", "coincidence"),
    ):
        table.add_column(pick(language, zh, en), justify="right")
    for use, row in by_use.iterrows():
        table.add_row(
            worded(USES, str(use), language),
            f"{row['buildings']:,}",
            f"{1e-3 * row['load_kwh']:,.1f}",
            f"{row['peak_kw']:,.0f}",
            f"{row['at_peak_kw']:,.0f}",
            f"{row['coincidence_factor']:.3f}",
        )
    return table


def _lines(figures: dict[str, Any], manifest: dict[str, Any], language: Language) -> list[str]:
    counts, assumed = manifest["counts"], manifest["assumptions"]
    when = figures["peak_at"][:16].replace("T", " ")
    return [
        pick(language, f"最大负荷出现在 {when}。", f"The peak is at {when}."),
        *_shade_lines(figures, language),
        *(f"- {one[language]}" for one in assumed),
        pick(
            language,
            f"分 {counts['parts']} 批推进（其中 {counts['parts_kept']} 批此前已完成）；"
            f"用时 {counts['wall_s']:.0f} s，CPU {counts['cpu_s']:.0f} s，"
            f"单进程内存峰值 {counts['peak_memory_mb']:.0f} MB。",
            f"{counts['parts']} parts ({counts['parts_kept']} were there); {counts['wall_s']:.0f} s, CPU "
            f"{counts['cpu_s']:.0f} s, at most {counts['peak_memory_mb']:.0f} MB in a process.",
        ),
    ]


def _shade_lines(figures: dict[str, Any], language: Language) -> list[str]:
    """What neighbours take, where any is known."""
    if not any(figures[key] > 0.0 for key in ("facade_sun_lost", "roof_sun_lost")):
        return []
    facade, roof, pv = (100.0 * figures[key] for key in ("facade_sun_lost", "roof_sun_lost", "pv_lost"))
    return [
        pick(
            language,
            f"周边遮挡：立面日照减少 {facade:.1f} %，屋面 {roof:.1f} %，"
            f"光伏少发 {1e-3 * figures['pv_lost_kwh']:,.1f} MWh（{pv:.1f} %）。",
            f"Neighbours take {facade:.1f} % of the sun on facades, {roof:.1f} % on roofs and "
            f"{1e-3 * figures['pv_lost_kwh']:,.1f} MWh of PV ({pv:.1f} %).",
        )
    ]


_STATUS = {
    "pass": ("通过", "pass"),
    "fail": ("不通过", "fail"),
    "assumed": ("限值待核实", "limit not verified"),
    "not_judged": ("未判定", "not judged"),
}


def _feeder_lines(done: OnFeeder, language: Language) -> list[str]:
    """What the feeder is, its verdicts with both sides, and what was assumed of it."""
    feeder, figures = done.year.feeder, done.figures
    lost = float(np.nansum(done.year.loss_kw)) * done.year.step_minutes / 60.0
    lines = [
        pick(
            language,
            f"配网：变压器 {len(feeder.transformers)} 台、电缆 {len(feeder.cables)} 段；"
            f"损耗 {1e-3 * lost:,.1f} MWh，电压合格率 {100.0 * figures['voltage_qualified']:.2f} %；"
            f"CPU {done.year.cpu_s:.1f} s。",
            f"Feeder: {len(feeder.transformers)} transformers, {len(feeder.cables)} cables; losses "
            f"{1e-3 * lost:,.1f} MWh, voltage in its band {100.0 * figures['voltage_qualified']:.2f} % of "
            f"the time; CPU {done.year.cpu_s:.1f} s.",
        )
    ]
    for verdict in done.verdicts:
        value = "-" if verdict.value is None else f"{verdict.value:.4g}"
        limit = "-" if verdict.limit is None else f"{verdict.limit:.4g}"
        name, note = (verdict.zh, verdict.note_zh) if language == "zh" else (verdict.en, verdict.note)
        held = f"{value} {verdict.unit} ({verdict.relation} {limit})"
        lines.append(
            f"  {name}: {held}: {pick(language, *_STATUS[verdict.status])}{f'; {note}' if note else ''}"
        )
    return [*lines, *(f"- {one.zh if language == 'zh' else one.en}" for one in done.assumptions)]


def district_project(
    path: Path,
    *,
    out: Path,
    feeder: str | None,
    scheduler: str | None,
    weather: str | None,
    progress: Progress,
) -> District:
    """March the buildings of a project and write the year.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from buildings.districts.feeder import read_feeder
    from twin.crew import Alone, DaskCrew, cores, cpu_seconds
    from twin.district.figures import figures
    from twin.district.grid import laid_out, on_feeder
    from twin.district.queries import DistrictQueries
    from twin.district.year import march_district

    refuse_unwritable(out.parent, "--out")
    given = read_feeder(feeder) if feeder not in (None, AUTO) else None
    loaded = load(path, weather=weather)
    before = cpu_seconds()
    alone = scheduler is None and cores() == 1
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew, naming(path):
        year = march_district(loaded, out, crew, part_of(progress, 0.0, 0.9 if feeder else 1.0))
    # what workers used is known once they have ended
    year.manifest["counts"] |= {"cpu_s": cpu_seconds() - before, "peak_memory_mb": _peak_memory_mb()}
    on = None
    if feeder is not None:
        with naming(path):
            described = given if given is not None else laid_out(loaded.project, year)
        on = on_feeder(year, described, given=given is not None, progress=part_of(progress, 0.9, 1.0))
    with DistrictQueries(year.folder) as asked:
        by_use = asked.by_use()
    return District(figures(year), year.manifest, year.folder, by_use, on)


def _peak_memory_mb() -> float:
    """Of this process or its largest child that has ended."""
    unit = 1e-6 if sys.platform == "darwin" else 1.024e-3
    sizes = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(sizes) * unit
