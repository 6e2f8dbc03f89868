"""The years of a project's draws, marched as batches of buildings and judged like any other Run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buildings.description.schema import Project
from twin.clock import march
from twin.judges import judge
from twin.outcome import run_of
from twin.plant import prepare
from twin.progress import Progress
from twin.store import RESIDUAL_LIMIT
from twin.supervision import supervisors_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError


@dataclass
class DrawnYears:
    """What the judges said of each draw that could be marched.

    Attributes
    ----------
    figures : list of dict
        Of the building.
    verdicts : list of dict
        By key.
    refused : list of str
        Why others could not be marched.
    """

    figures: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def drawn_years(
    projects: Sequence[Project], climate: ClimateYear, folder: Path | None, together: int, progress: Progress
) -> DrawnYears:
    """March and judge projects of one building that differ in that building only.

    Parameters
    ----------
    projects : sequence of Project
    climate : ClimateYear
    folder : Path or None
        Of the project file, for what its controllers read.
    together : int
        Buildings of one batch; projects that name their building elsewhere (a call, faults) or draw loads by
        its name are marched one at a time.
    progress : callable
    """
    found = DrawnYears()
    alone = any(one.event or one.faults or one.variability == "minute" for one in projects)
    size = 1 if alone else together
    for first in range(0, len(projects), size):
        _tell(projects[first : first + size], climate, folder, found)
        progress(min(first + size, len(projects)) / len(projects))
    return found


def _tell(projects: Sequence[Project], climate: ClimateYear, folder: Path | None, found: DrawnYears) -> None:
    """One batch; where one of it cannot be marched, one by one."""
    fleet = projects[0]
    if len(projects) > 1:
        named = (p.buildings[0].model_copy(update={"name": f"draw {i}"}) for i, p in enumerate(projects))
        fleet = fleet.model_copy(update={"buildings": tuple(named)})
    try:
        plant = prepare(fleet, climate)
        run = run_of(plant, march(plant, None, supervisors_of(plant, folder)))
        worst = max(map(float, run.summary["residuals"].values()), default=0.0)
        if not worst <= RESIDUAL_LIMIT:
            raise TwinError(
                f"a balance is open by {worst:.1e} of its throughput.",
                "Report this with the project file.",
                zh=(f"能量平衡残差为通量的 {worst:.1e}。", "请附项目文件报告此问题。"),
            )
        judged = judge(run)
    except TwinError as error:
        if len(projects) == 1:
            found.refused.append(str(error))
        else:
            for project in projects:
                _tell([project], climate, folder, found)
        return
    for name, figures in judged["buildings"].items():
        found.figures.append(figures)
        found.verdicts.append({one["key"]: one for one in judged["verdicts"] if one["building"] == name})
