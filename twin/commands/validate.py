"""`twin validate bestest`: the ASHRAE 140 envelope cases beside the programs of the standard's examples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from buildings.energyplus.dictionary import require_engine
from twin.commands.console import table_console
from twin.commands.outputs import refuse_unwritable_page
from twin.plant import prepare
from twin.progress import Progress
from twin.validation.bestest_page import write_bestest_page
from twin.validation.cases import as_one_project, chosen_cases, read_cases
from twin.validation.hour_by_hour import HourByHour, against_energyplus
from twin.validation.measured import CaseYear, case_years, march_cases, values_of
from twin.validation.reference import NOTICE
from twin.validation.verdicts import Judged, Result, compare
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_NEAR = {"load": 0.02, "temperature": 0.3}
"""What the project aims at: no load more than 2 %, no temperature more than 0.3 K outside its range."""
_LATITUDE, _MEAN_TEMP, _GHI_KWH = 39.833, 10.875, 1670.2
"""Of the standard's Denver year, as read from the published EPW file."""


@dataclass(frozen=True)
class Bestest:
    """Every pair and limit of the cases that ran."""

    results: tuple[Result, ...]
    limits: tuple[Judged, ...]
    years: Mapping[str, CaseYear]
    climate: ClimateYear
    chart: Path | None
    hours: tuple[HourByHour, ...] = ()

    @property
    def standard_weather(self) -> bool:
        """Whether the cases ran on the year for which the ranges hold."""
        return is_standard_weather(self.climate)

    def summary(self) -> dict[str, Any]:
        """Counts, and the largest distances."""
        loads = [abs(r.distance) for r in self.results if not r.reference.is_temperature]
        temps = [abs(r.distance) for r in self.results if r.reference.is_temperature]
        ours = sum(r.inside for r in self.results)
        theirs = sum(r.reference.low <= r.reference.energyplus <= r.reference.high for r in self.results)
        return {
            "pairs": len(self.results),
            "inside": ours,
            "energyplus_inside": theirs,
            "within_2_percent_or_0.3_K": sum(_is_near(r) for r in self.results),
            "largest_distance_of_loads": max(loads, default=0.0),
            "largest_distance_of_temperatures_k": max(temps, default=0.0),
            "limits": len(self.limits),
            "limits_met": sum(one.met for one in self.limits),
            "limits_confidence": "unverified",
            "standard_weather": self.standard_weather,
        }

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "results": [result.as_dict() for result in self.results],
            "limits": [one.as_dict() for one in self.limits],
            "hourly": [one.as_dict() for one in self.hours],
            "summary": self.summary(),
            "weather": {"name": self.climate.name, "latitude": self.climate.latitude},
            "notice": NOTICE,
            "chart": None if self.chart is None else str(self.chart),
        }

    def show(self) -> None:
        """The table, what lies outside, the limits, the counts."""
        console = table_console()
        console.print(_table(self.results))
        for one in self.limits:
            if self.standard_weather and not one.met:
                console.print(
                    f"limit of Addendum b (unverified) not met: {one.limit.case} {one.limit.quantity} "
                    f"{one.value:.3f}, {one.limit.low:g} to {one.limit.high:g} {one.limit.unit}",
                    style="yellow",
                )
        for hour in self.hours:
            console.print(
                f"{hour.case} against EnergyPlus hour by hour: RMSE {hour.rmse:.3g} {hour.unit} (aim "
                f"{hour.aim:g}), mean {hour.bias:+.3g} {hour.unit}"
            )
        _count(console, self.summary())
        console.print(NOTICE, markup=False, highlight=False)
        if not self.standard_weather:
            console.print(
                f"{self.climate.name} is not the standard's Denver year: the ranges do not apply.",
                style="bold yellow",
            )
        if self.chart is not None:
            console.print(f"charts: {self.chart}", markup=False)


def bestest(
    weather: str | None,
    *,
    cases: str | None = None,
    chart: Path | None = None,
    hourly: bool = False,
    progress: Progress | None = None,
) -> Bestest:
    """March the cases and compare them.

    Parameters
    ----------
    weather : str
        EPW file of the standard's Denver year (TMY3 725650); any other source runs too, without a verdict.
    cases : str, optional
        Comma-separated names; default all 52.
    chart : Path, optional
        Also write bar charts here.
    hourly : bool
        Also run EnergyPlus on 600, 900, 600FF, 900FF and 950FF and compare every hour.
    progress : callable, optional
        Called with the share of the march that is done.

    Raises
    ------
    TwinError
        No weather, an unknown case, a page that cannot be written, an EnergyPlus that fails.
    """
    names = chosen_cases(cases)
    if weather is None:
        raise TwinError(
            "the weather of BESTEST is not part of this program.",
            "Give the standard's Denver year (TMY3 725650) with --weather FILE.epw; the README in "
            "twin/validation/bestest says where it is published.",
            key="--weather",
        )
    refuse_unwritable_page(chart, "--chart")
    if hourly:
        require_engine()
    project = as_one_project(read_cases(names)).model_copy(update={"weather": weather})
    climate = load_weather(weather, seed=project.weather_seed, year=project.year)
    plant = prepare(project, climate)
    years = case_years(plant, march_cases(plant, progress))
    results, judged = compare(values_of(years), standard_weather=is_standard_weather(climate))
    hours = against_energyplus(project, years, climate) if hourly else ()
    done = Bestest(results, judged, years, climate, chart, hours)
    if chart is not None:
        write_bestest_page(done.results, done.limits, chart, standard_weather=done.standard_weather)
    return done


def is_standard_weather(climate: ClimateYear) -> bool:
    """Whether a year is the Denver year for which the ranges hold, by latitude, temperature and sun."""
    data = climate.data
    return (
        math.isclose(climate.latitude, _LATITUDE, abs_tol=0.02)
        and math.isclose(float(data["temp_air"].mean()), _MEAN_TEMP, abs_tol=0.01)
        and math.isclose(1e-3 * float(data["ghi"].sum()), _GHI_KWH, rel_tol=0.002)
    )


def _is_near(result: Result) -> bool:
    bound = _NEAR["temperature" if result.reference.is_temperature else "load"]
    return abs(result.distance) <= bound


def distance_text(result: Result) -> str:
    """`inside`, or the signed distance with its unit."""
    if result.inside:
        return "inside"
    if result.reference.is_temperature:
        return f"{result.distance:+z.2f} K"
    return f"{100.0 * result.distance:+z.1f} %"


def _table(results: tuple[Result, ...]) -> Table:
    table = Table(title="BESTEST, ASHRAE 140-2020 thermal envelope", title_justify="left")
    table.add_column("case")
    table.add_column("quantity")
    for column in ("ours", "range of six programs", "EnergyPlus 25.2", "outside by"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    table.add_column("reason", overflow="fold")
    for r in results:
        ref = r.reference
        mark = "" if r.inside else "[yellow]" if _is_near(r) else "[red]"
        table.add_row(
            ref.case,
            ref.quantity,
            f"{mark}{r.value:.3f}",
            f"{ref.low:.3f} to {ref.high:.3f}",
            f"{ref.energyplus:.3f}",
            f"{mark}{'' if r.inside else distance_text(r)}",
            ref.unit,
            r.reason,
        )
    return table


def _count(console: Console, summary: Mapping[str, Any]) -> None:
    console.print(
        f"{summary['inside']} of {summary['pairs']} inside "
        f"(EnergyPlus 25.2: {summary['energyplus_inside']}), "
        f"{summary['within_2_percent_or_0.3_K']} inside or within 2 % or 0.3 K; furthest "
        f"{100.0 * summary['largest_distance_of_loads']:.1f} % and "
        f"{summary['largest_distance_of_temperatures_k']:.2f} K; {summary['limits_met']} of "
        f"{summary['limits']} limits of Addendum b (unverified) met."
    )
