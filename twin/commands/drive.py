"""`twin drive`: one controller in EnergyPlus and in the fast twin of the same model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from buildings.energyplus.dictionary import require_engine
from controllers.peak_setpoints import PeakSetpoints
from twin.commands.console import table_console
from twin.commands.outputs import refuse_unwritable_page
from twin.drive import Pair, drive_both, shared_interval_min
from twin.driven import Driven
from twin.progress import Progress
from weather import load_weather
from weather.errors import TwinError


@dataclass(frozen=True)
class Drove:
    """Both engines, and the page where one was written."""

    pair: Pair
    page: Path | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "rmse_k": {
                "ideal_plant": _rounded(self.pair.rmse_k(self.pair.ideal)),
                "own_systems": _rounded(self.pair.rmse_k(self.pair.energyplus)),
            },
            "engines": {
                name: {
                    "calls": driven.calls,
                    "engine_cpu_s": driven.engine_s,
                    "exchange_s": driven.exchange_s,
                    "controller_s": driven.controller_s,
                    "overhead": driven.overhead,
                }
                for name, driven in self._runs()
            },
            "page": str(self.page) if self.page else None,
        }

    def show(self) -> None:
        """Differences by zone, and what the coupling cost."""
        console = table_console()
        table = Table(title="Air of the fast twin against EnergyPlus, RMSE in K", title_justify="left")
        table.add_column("zone", no_wrap=True)
        table.add_column("EnergyPlus with ideal plant", justify="right")
        table.add_column("with the model's own systems", justify="right")
        own = self.pair.rmse_k(self.pair.energyplus)
        for zone, value in self.pair.rmse_k(self.pair.ideal).sort_values(ascending=False).items():
            table.add_row(str(zone), f"{value:.2f}", f"{own[str(zone)]:.2f}")
        console.print(table)
        console.print("The twin has ideal plant; what the model's own systems cannot do shows on the right.")
        for name, driven in self._runs():
            console.print(
                f"{name}: {driven.calls} questions; engine {driven.engine_s:.2f} s CPU, exchange "
                f"{driven.exchange_s:.3f} s, controller {driven.controller_s:.3f} s: "
                f"{100.0 * driven.overhead:.1f} % on top",
                markup=False,
                highlight=False,
            )
        if self.page is not None:
            console.print(f"Page  {self.page.resolve()}", soft_wrap=True, markup=False)

    def _runs(self) -> tuple[tuple[str, Driven], ...]:
        pair = self.pair
        return (("energyplus", pair.energyplus), ("energyplus_ideal", pair.ideal), ("fast", pair.fast))


def _rounded(rmse: pd.Series) -> dict[str, float]:
    return {str(zone): round(float(value), 4) for zone, value in rmse.items()}


def drive_model(
    model: Path, *, weather: str, seed: int, year: int, first: str, days: int, page: Path | None,
    progress: Progress,
) -> Drove:  # fmt: skip
    """Drive a model and its fast twin by pre-cooling and drifting set-points.

    Raises
    ------
    TwinError
        See `drive_both`.
    """
    begin = _month_day(first)
    climate = load_weather(weather, seed=seed, year=year)
    if not model.is_file():
        raise TwinError("the file does not exist.", "Give the path of an IDF file.", file=model)
    require_engine()
    refuse_unwritable_page(page)
    controller = PeakSetpoints(interval_min=shared_interval_min(model))
    pair = drive_both(model, climate, controller, first=begin, days=days, progress=progress)
    written = None
    if page is not None:
        from twin.drive_page import write_drive_page  # plotly is heavy, and most runs write no page

        written = write_drive_page(pair, model.stem, page)
    return Drove(pair, written)


def _month_day(text: str) -> tuple[int, int]:
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise TwinError(f"'{text}' is not a day.", "Write MM-DD such as 07-07.", key="--first")
    return int(parts[0]), int(parts[1])
