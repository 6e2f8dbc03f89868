"""`twin validate calibration`: calibrations against hidden truths that EnergyPlus metered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from twin.commands.console import print_whole


@dataclass(frozen=True)
class Trials:
    """Figures of each building."""

    rows: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"trials": list(self.rows)}

    def show(self) -> None:
        """A building a row; all figures are of months that were not fitted."""
        from rich import box
        from rich.table import Table

        table = Table(title="hours not fitted: as described, calibrated", title_justify="left",
                      box=box.SIMPLE_HEAD)  # fmt: skip
        for head in ("building", "NMBE %", "CV(RMSE) %", "NMBE %", "CV(RMSE) %", "90 % covers",
                     "saving MWh", "5 % ... 95 %", "inside"):  # fmt: skip
            table.add_column(head, justify="left" if head == "building" else "right", no_wrap=True)
        for row in self.rows:
            pair = [f"{row[when][k]:.1f}" for when in ("before", "after") for k in ("nmbe", "cv_rmse")]
            span = row["saving_kwh"]
            table.add_row(
                f"{row['number']} {row['use']}",
                *pair,
                f"{100.0 * row['coverage']:.1f} %",
                f"{row['saving_true_kwh'] / 1e3:.1f}",
                f"{span['p5'] / 1e3:.1f} ... {span['p95'] / 1e3:.1f}",
                "yes" if row["saving_inside"] else "no",
            )
        print_whole(table)


def try_calibrations(
    first: int, count: int, progress: Callable[[str, float], None], *, from_priors: bool
) -> Trials:
    """Calibrate buildings of successive numbers against their truths.

    Raises
    ------
    TwinError
        EnergyPlus is not there.
    """
    from buildings.energyplus.dictionary import require_engine
    from twin.calibration.trial import trial_figures, tried
    from twin.crew import Alone, DaskCrew, cores

    require_engine()
    rows = []
    with nullcontext(Alone()) if cores() == 1 else DaskCrew() as crew:
        for k in range(count):
            progress(f"building {first + k}", k / count)
            made = tried(first + k, crew, lambda stage, share: None, from_priors=from_priors)
            rows.append(trial_figures(first + k, *made))
    return Trials(tuple(rows))
