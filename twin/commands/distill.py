"""`twin distill`: a fast twin of any EnergyPlus model, and its error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildings.energyplus.dictionary import require_engine
from buildings.idf.naming import plain_name
from twin.commands.outputs import refuse_unwritable
from twin.crosscheck.comparison import Compared
from twin.distillation.distil import Distilled, distil
from twin.distillation.page import write_distillation_page
from twin.distillation.project_file import aim_text, write_project
from twin.report.frame import write_whole
from weather.errors import TwinError


@dataclass(frozen=True, eq=False)
class Done:
    """A twin and the files that it was written to."""

    found: Distilled
    project: Path
    page: Path
    facts: Path

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            **distilled_dict(self.found),
            "files": [str(p) for p in (self.project, self.page, self.facts)],
        }

    def show(self) -> None:
        """Table on the console."""
        from rich.table import Table

        from twin.commands.console import table_console

        console = table_console()
        found = self.found
        table = Table(title=f"{found.model.name}: fast twin against EnergyPlus, {found.climate.name}")
        for head in (
            "",
            "heating kWh/m2",
            "EnergyPlus",
            "%",
            "cooling kWh/m2",
            "EnergyPlus",
            "%",
            "RMSE W/m2",
            "K",
        ):
            table.add_column(head, justify="left" if not head else "right")
        table.add_row(*_row(found.twin.year.whole), style="bold")
        for zone in found.twin.year.zones:
            table.add_row(*_row(zone))
        console.print(table)
        for aim in found.twin.aims:
            console.print(("  " if aim.reached else "! ") + aim_text(aim), highlight=False)
        for one in found.corrections:
            console.print(f"  {one.key} = {one.value:g} (+- {one.error:g})", highlight=False)
        nearest = sum(note.count for note in found.notes if note.weight != "left aside")
        aside = sorted({note.subject for note in found.notes if note.weight == "left aside"})
        console.print(f"{nearest} things taken as the nearest; left aside: {'; '.join(aside) or 'nothing'}")
        ratio = found.reference.cpu_s / max(found.fast.cpu_s, 1e-9)
        console.print(
            f"CPU: EnergyPlus {found.reference.cpu_s:.1f} s in steps of {found.reference.minutes} min, "
            f"fast twin {found.fast.cpu_s:.2f} s prepared "
            f"({ratio:.0f} to 1)"
        )
        console.print(f"{self.project}\n{self.page}\n{self.facts}", highlight=False)


def _row(shown: Compared) -> list[str]:
    cells = [shown.name]
    for kind in ("heating", "cooling"):
        load = shown.loads.get(kind)
        if load is None:
            cells += ["-", "-", "-"]
            continue
        percent = load.annual_difference
        cells += [
            f"{load.annual:.2f}",
            f"{load.reference_annual:.2f}",
            "-" if percent is None else f"{percent:+z.1f}",
        ]
    hourly = [load.rmse for load in shown.loads.values()]
    cells.append(" / ".join(f"{value:.2f}" for value in hourly) or "-")
    return [*cells, f"{shown.temperature.rmse:.2f}"]


def distill_model(
    model: Path,
    *,
    weather: str = "shanghai",
    out: Path = Path("distilled"),
    calibrate: bool = False,
    fresh_air: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> Done:
    """Distil a model and write the project, the page and the facts.

    Raises
    ------
    TwinError
        See `twin.distillation.distil.distil`; a folder that cannot be written.
    """
    _check_folder(out)
    require_engine()
    found = distil(model, weather=weather, calibrate=calibrate, fresh_air=fresh_air, told=progress)
    name = plain_name(found.model.stem)
    project = write_project(
        out / f"{name}.yaml",
        {**found.content, "weather": _beside(weather, out)},
        model=found.model.name,
        weather=found.climate.name,
        found=found.twin.aims,
        corrections=found.corrections,
        notes=found.notes,
    )
    page = write_distillation_page(found, out / f"{name}.html")
    facts = write_whole(
        json.dumps(distilled_dict(found), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
        out / "distill.json",
    )
    return Done(found, project, page, facts)


def _beside(weather: str, out: Path) -> str:
    """A weather file as the project names it: relative to the project where that works."""
    path = Path(weather)
    if not path.is_file():
        return weather
    try:
        return str(path.resolve().relative_to(out.resolve()))
    except ValueError:
        return str(path.resolve())


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise TwinError(f"{out} is a file.", "Name a folder.", file=out, key="--out")
    refuse_unwritable(out, "--out")


def distilled_dict(found: Distilled) -> dict[str, Any]:
    """Everything that is measured, for machines."""
    return {
        "model": found.model.name,
        "weather": found.climate.name,
        "version": f"{found.reading.version[0]}.{found.reading.version[1]}",
        "zones": len(found.building.zones),
        "floor_area_m2": found.building.floor_area,
        "twin": found.twin.as_dict(),
        "as_read": found.as_read.as_dict() if found.corrections else None,
        "corrections": [vars(one) for one in found.corrections],
        "notes": [vars(note) for note in found.notes],
        "cpu_s": {"energyplus": found.reference.cpu_s, "fast": found.fast.cpu_s},
        "energyplus_step_min": found.reference.minutes,
        "energyplus_warnings": list(found.reference.warnings),
    }
