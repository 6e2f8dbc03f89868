"""`twin calibrate`: a project fitted to the meters of its building, with how surely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.report.style import pick
from weather.errors import TwinError


@dataclass(frozen=True)
class Fitted:
    """A calibration and where it lies."""

    told: dict[str, Any]
    path: Path

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"calibration": str(self.path), **self.told}

    def show(self) -> None:
        """Parameters, figures and warnings in the language of the terminal."""
        from rich import box
        from rich.table import Table

        from twin.calibration.lived import weather_said

        language, console = terminal_language(), table_console()
        table = Table(title=self.told["project"], title_justify="left", box=box.SIMPLE_HEAD)
        heads = (("参数", "parameter"), ("取值", "value"), ("5 %", "5 %"), ("95 %", "95 %"),
                 ("后验/先验宽度", "width over prior"))  # fmt: skip
        for k, (zh, en) in enumerate(heads):
            table.add_column(pick(language, zh, en), justify="right" if k else "left")
        for row in self.told["parameters"]:
            cells = [f"{row[key]:.3g}" for key in ("value", "p5", "p95")]
            table.add_row(row[f"name_{language}"], *cells, f"{row['width_over_prior']:.2f}")
        print_whole(table)
        judged = Table(
            title=pick(language, "未参与拟合的月份", "months that were not fitted"),
            title_justify="left",
            box=box.SIMPLE_HEAD,
        )
        for head in ("", "NMBE %", "CV(RMSE) %", "NMBE %", "CV(RMSE) %", "90 %"):
            judged.add_column(head, justify="right" if head else "left")
        for name, found in self.told["figures"].items():
            for kind in ("hourly", "monthly"):
                pair = [
                    f"{found[when][kind][k]:.1f}" for when in ("before", "after") for k in ("nmbe", "cv_rmse")
                ]
                cover = f"{100.0 * found['coverage']:.1f} %" if kind == "hourly" else ""
                judged.add_row(f"{name}, {kind}", *pair, cover)
        print_whole(judged)
        lived = weather_said(self.told["weather"]["measured_hours"])[language]
        console.print(lived, markup=False, soft_wrap=True)
        for one in self.told["warnings"]:
            console.print(f"! {one[language]}", markup=False, soft_wrap=True)
        if self.told["retrofit"] is not None:
            span = self.told["retrofit"]["saving_kwh"]
            said = pick(language, "改造节电", "saving of the retrofit")
            console.print(
                f"{said}: {span['p50']:,.0f} kWh ({span['p5']:,.0f} ... {span['p95']:,.0f}, 90 %)",
                markup=False,
            )
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def months_of(text: str | None) -> tuple[int, ...] | None:
    """Months of `7-9,11`.

    Raises
    ------
    TwinError
        Text that is no months.
    """
    if text is None:
        return None
    try:
        found: list[int] = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            found += range(int(first), int(last or first) + 1)
    except ValueError:
        found = []
    if not found or not all(1 <= month <= 12 for month in found):
        raise TwinError(
            f"'{text}' is no list of months.",
            "Write for example 7-12 or 2,4,6.",
            key="--hold-out",
            zh=(f"“{text}”不是月份。", "如 7-12 或 2,4,6。"),
        )
    return tuple(sorted(set(found)))


def calibrate_project(
    project: Path,
    meters: Path,
    *,
    out: Path,
    hold_out: str | None,
    package: Sequence[str],
    least_squares: bool,
    hours_of_use: bool,
    weather: str | None,
    scheduler: str | None,
    seed: int,
    progress: Callable[[str, float], None],
) -> Fitted:
    """Calibrate a project and write the folder.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.calibration.stored import refuse_taken, told, write_calibration
    from twin.calibration.study import calibrated
    from twin.crew import Alone, DaskCrew, cores
    from twin.meters.measured import read_meters
    from twin.project import load, naming

    refuse_taken(out)
    refuse_unwritable(out.parent, "--out")
    months = months_of(hold_out)
    loaded = load(project, weather=weather)
    measured = read_meters(meters, step="60 min", longitude=loaded.climate.longitude)
    alone = scheduler is None and cores() == 1
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew, naming(project):
        found = calibrated(
            loaded,
            measured,
            crew,
            progress,
            held_out=months,
            package=package,
            seed=seed,
            bayesian=not least_squares,
            hours_of_use=hours_of_use,
        )
    return Fitted(told(found), write_calibration(found, out, measured.changes))
