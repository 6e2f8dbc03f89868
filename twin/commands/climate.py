"""`twin weather`: what a climate year holds, how it stands to published figures, and EPW out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from twin.commands.console import table_console
from weather import beside_typical_years, compare_with_published, load_weather, write_epw
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.statistics import statistics

_SHOWN = (
    ("temp_air_mean_c", "mean dry bulb", "degC"),
    ("daily_range_k", "mean daily range", "K"),
    ("hdd18_3", "HDD18.3", "K d"),
    ("cdd18_3", "CDD18.3", "K d"),
    ("cdd26", "CDD26", "K d"),
    ("ghi_kwh_m2", "GHI", "kWh/m2"),
    ("dni_kwh_m2", "DNI", "kWh/m2"),
    ("dhi_kwh_m2", "DHI", "kWh/m2"),
    ("humidity_ratio_mean_g_kg", "humidity ratio", "g/kg"),
    ("relative_humidity_mean", "relative humidity", "%"),
    ("wind_speed_mean", "wind", "m/s"),
)


@dataclass(frozen=True)
class Inspected:
    """Statistics of the years, comparison of the built-in one, files written."""

    climates: tuple[ClimateYear, ...]
    statistics: tuple[dict[str, Any], ...]
    published: tuple[dict[str, Any], ...]
    typical: tuple[dict[str, Any], ...]
    files: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: `annual` and `monthly` of the (first) year on top."""
        content = dict(self.statistics[0])
        if self.published:
            content["published"] = list(self.published)
            content["typical_years"] = list(self.typical)
        if len(self.statistics) > 1:
            content["years"] = list(self.statistics)
        if self.files:
            content["files"] = [str(file) for file in self.files]
        return content

    def show(self) -> None:
        """Tables on the terminal."""
        console = table_console()
        for climate, found in zip(self.climates, self.statistics, strict=True):
            self._show_year(console, climate, found)
        if self.typical:
            self._show_typical(console)
        missed = [row for row in self.published if not row["ok"]]
        if self.published:
            console.print(
                f"{len(self.published) - len(missed)} of {len(self.published)} published limits kept."
            )
        for row in missed:
            console.print(
                f"  outside: {row['quantity']} {row['period']} {row['value']:.4g}"
                f" (limits {row['low']:.4g} to {row['high']:.4g})"
            )
        for file in self.files:
            console.print(f"EPW   {file}", soft_wrap=True)

    def _show_year(self, console: Console, climate: ClimateYear, found: dict[str, Any]) -> None:
        seed = f", seed {climate.seed}" if climate.seed is not None else ""
        console.print(f"{climate.name}{seed}: {climate.source}", soft_wrap=True, markup=False)
        for repair in climate.repairs:
            console.print(f"  repaired: {repair}", soft_wrap=True, markup=False)
        table = Table()
        table.add_column("")
        for month in range(1, 13):
            table.add_column(str(month), justify="right")
        table.add_column("year", justify="right")
        table.add_column("unit")
        for key, label, unit in _SHOWN:
            monthly = [f"{value:.1f}" for value in found["monthly"][key]]
            table.add_row(label, *monthly, f"{found['annual'][key]:.1f}", unit)
        console.print(table)

    def _show_typical(self, console: Console) -> None:
        table = Table(title="beside four real typical years 与四个真实典型年对照", title_justify="left")
        columns = [key for key in self.typical[0] if key not in ("low", "high")]
        for column in columns:
            words = column.replace("_", " ")
            if column == "quantity":
                table.add_column(words, no_wrap=True)
            else:
                table.add_column(words, justify="right")
        for row in self.typical:
            table.add_row(*(_cell(row[column]) for column in columns))
        console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def inspect_weather(source: str, *, seed: int, years: int, year: int, out: Path | None) -> Inspected:
    """Load or generate climate years, judge the built-in one, write EPW files.

    Raises
    ------
    TwinError
        Several years of something that is not generated, or a file that cannot be read or written.
    """
    if years > 1 and source != "shanghai":
        raise TwinError(
            f"{source!r} is one year; only the built-in one can be generated again.",
            "Use --years with shanghai, or leave it out.",
            key="--years",
        )
    climates = tuple(load_weather(source, seed=seed + i, year=year) for i in range(years))
    files: list[Path] = []
    if out is not None:
        for i, climate in enumerate(climates):
            path = out if years == 1 else out.with_name(f"{out.stem}-{seed + i}{out.suffix or '.epw'}")
            write_epw(climate, path)
            files.append(path)
    own = source == "shanghai"
    return Inspected(
        climates,
        tuple(statistics(climate) for climate in climates),
        tuple(compare_with_published(climates[0])) if own else (),
        tuple(beside_typical_years(climates[0])) if own else (),
        tuple(files),
    )
