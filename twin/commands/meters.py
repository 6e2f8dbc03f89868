"""`twin meters`: what a building's meters say once they are cleaned, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable_page
from twin.report.style import Language, pick

if TYPE_CHECKING:
    from rich.table import Table

    from twin.meters.measured import Measured

_MOST_LINES = 60


@dataclass(frozen=True)
class Cleaned:
    """Cleaned series, and where they were written."""

    path: Path
    measured: Measured
    written: Path | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        table = self.measured.table
        return {
            "mapping": str(self.path),
            "first": table.index[0].isoformat(),
            "last": table.index[-1].isoformat(),
            "step_minutes": self.measured.step.total_seconds() / 60.0,
            "series": [self._series(str(name)) for name in table.columns],
            "changes": [change.as_dict() for change in self.measured.changes],
            "table": str(self.written) if self.written is not None else None,
        }

    def _series(self, name: str) -> dict[str, Any]:
        values, point = self.measured.table[name], self.measured.points[name]
        return {
            "name": name,
            "point": point.name,
            "unit": point.unit,
            "present": float(values.notna().mean()),
            "mean": float(values.mean()) if values.notna().any() else None,
            "lowest": float(values.min()) if values.notna().any() else None,
            "highest": float(values.max()) if values.notna().any() else None,
        }

    def show(self) -> None:
        """Series and cleaning report in the language of the terminal."""
        language, console = terminal_language(), table_console()
        print_whole(self._series_table(language))
        print_whole(self._report(language))
        more = len(self.measured.changes) - _MOST_LINES
        if more > 0:
            console.print(
                pick(language, f"另有 {more} 行，见 --json。", f"{more} more rows: see --json."), markup=False
            )
        if self.written is not None:
            console.print(f"{pick(language, '数据', 'Table')}  {self.written}", markup=False, soft_wrap=True)

    def _series_table(self, language: Language) -> Table:
        from rich import box
        from rich.table import Table

        index = self.measured.table.index
        minutes = self.measured.step.total_seconds() / 60.0
        title = f"{self.path}: {index[0]:%Y-%m-%d %H:%M} - {index[-1]:%Y-%m-%d %H:%M}, {minutes:g} min"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        for head in (pick(language, "测点", "point"), pick(language, "单位", "unit")):
            table.add_column(head)
        heads = (("有效", "sound"), ("均值", "mean"), ("最小", "lowest"), ("最大", "highest"))
        for zh, en in heads:
            table.add_column(pick(language, zh, en), justify="right")
        for name in map(str, self.measured.table.columns):
            told, point = self._series(name), self.measured.points[name]
            zone = name.rpartition("/")[0]
            label = f"{zone}: {point.label(language)}" if zone else point.label(language)
            figures = [told[key] for key in ("mean", "lowest", "highest")]
            cells = ["-" if one is None else f"{one:,.2f}" for one in figures]
            table.add_row(label, point.unit, f"{100.0 * told['present']:.1f} %", *cells)
        return table

    def _report(self, language: Language) -> Table:
        from rich import box
        from rich.table import Table

        title = pick(language, "清洗报告", "Cleaning report")
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        heads = (
            ("测点", "point"), ("列", "column"), ("问题", "what"), ("处理", "done"), ("自", "from"),
            ("至", "to"), ("读数", "readings"), ("原值", "before"), ("现值", "now"),
        )  # fmt: skip
        for zh, en in heads:
            table.add_column(pick(language, zh, en), justify="right" if en == "readings" else "left")
        zone = self.measured.table.index[0].tz
        for one in self.measured.changes[:_MOST_LINES]:
            times = [_clock(moment, zone) for moment in (one.first, one.last)]
            row = [one.series, one.column, one.said(language), one.done(language), *times]
            table.add_row(*row, f"{one.count:,}", one.before, one.after)
        return table


def _clock(moment: Any, zone: Any) -> str:
    if moment is None:
        return ""
    local = moment.tz_convert(zone) if moment.tzinfo is not None else moment
    return f"{local:%Y-%m-%d %H:%M}"


def clean_meters(path: Path, *, step: str | None, out: Path | None) -> Cleaned:
    """Read and clean what a mapping names.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.meters.measured import read_meters

    refuse_unwritable_page(out, "--out")
    measured = read_meters(path, step=step)
    if out is not None:
        _write(measured, out)
    return Cleaned(path, measured, out)


def _write(measured: Measured, out: Path) -> None:
    """The table with its times, as Parquet, in one move."""
    import secrets

    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        measured.table.rename_axis("time").reset_index().to_parquet(draft, index=False)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
