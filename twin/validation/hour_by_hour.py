"""Some cases hour by hour against EnergyPlus on the same project files, weather and step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import complete
from buildings.description.schema import Project
from twin.validation.cases import ROOM
from twin.validation.measured import CaseYear, hourly, step_means
from weather.climate_year import ClimateYear
from weather.errors import TwinError

AIMS = {"600": 80.0, "900": 48.0, "600FF": 0.91, "900FF": 0.43, "950FF": 0.23}
"""Root mean square differences to reach: W of load, in free float K."""


@dataclass(frozen=True)
class HourByHour:
    """How far the hours of a case lie from EnergyPlus': W of sensible load, in free float K of air."""

    case: str
    quantity: str
    unit: str
    rmse: float
    bias: float
    aim: float

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "reached": self.rmse <= self.aim}


def against_energyplus(
    project: Project, years: Mapping[str, CaseYear], climate: ClimateYear
) -> tuple[HourByHour, ...]:
    """Run EnergyPlus on those cases of `AIMS` that were marched, and compare every hour.

    Parameters
    ----------
    project : Project
        Of `as_one_project`.
    years : mapping
        Our hours by case.
    climate : ClimateYear

    Returns
    -------
    tuple of HourByHour
        Loads as heating less cooling; `bias` is ours less EnergyPlus'.

    Raises
    ------
    TwinError
        EnergyPlus is not installed or fails.
    """
    from buildings.energyplus import run_many, simulate_zones

    buildings = {b.name: b for b in project.buildings if b.name in AIMS}
    minutes = int(project.timestep)
    jobs = [
        partial(
            simulate_zones,
            complete(building, calendar=project.calendar),
            climate,
            project.site,
            minutes=minutes,
        )
        for building in buildings.values()
    ]
    found = []
    for case, theirs in zip(buildings, run_many(jobs), strict=True):
        if isinstance(theirs, TwinError):
            raise theirs
        per_hour = 60 // minutes
        if case.endswith("FF"):
            ends = theirs.temp_air[ROOM].to_numpy(dtype=np.float64)
            found.append(_row(case, years[case].temp_air, hourly(step_means(ends), per_hour)))
        else:
            load = hourly(theirs.sensible[ROOM].to_numpy(dtype=np.float64), per_hour)
            found.append(_row(case, years[case].heating - years[case].cooling, load))
    return tuple(found)


def _row(case: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> HourByHour:
    floats = case.endswith("FF")
    apart = ours - theirs
    return HourByHour(
        case=case,
        quantity="temp_air" if floats else "load",
        unit="K" if floats else "W",
        rmse=float(np.sqrt(np.mean(apart**2))),
        bias=float(np.mean(apart)),
        aim=AIMS[case],
    )
