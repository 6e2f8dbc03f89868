"""Run both engines on the buildings of one project, zone by zone, with ideal plant and in free float.

Both get the same climate year and, for each zone, the same capacities: those that the fast engine sizes on
its design days (or that the project writes). Systems beyond the zones (plant, PV, storage,
control, calls) are left out: what is compared is the loads that a building puts to its plant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Project
from buildings.thermal.layout import COOL_MAX, HEAT_MAX
from twin.crosscheck.comparison import Comparison, ZoneSeries, compare
from twin.crosscheck.targets import load_targets
from twin.plant import Zones, prepare_zones
from twin.progress import Progress, parts_of
from twin.zone_loads import zone_year
from weather.climate_year import ClimateYear
from weather.errors import TwinError

if TYPE_CHECKING:
    from buildings.energyplus import ZoneYear

PLANT_MINUTES = (5, 10)
"""Steps of EnergyPlus with plant [min]: the first that its walls stand, else the project's.

It reckons walls from the air of the step before, so after a jump of the set-point a step of 15 min is not yet
its answer: in a light room such steps differ from its own steps of 1 min by 15 % of the mean hourly heating
(RMSE), steps of 5 min by 3.5 %. But the shorter the step, the sooner its heavy walls make heat from nothing:
`buildings.energyplus.wall_leak`.
"""

Capacities = Mapping[str, tuple[float, float]]
"""Of each zone: sensible heating and total cooling [W], one such zone."""


@dataclass(frozen=True)
class Pair:
    """Both engines' years of one building.

    Attributes
    ----------
    times : DatetimeIndex (n,)
        Starts of the steps.
    conditioned, free : (fast, EnergyPlus)
        `free` is None where it was not asked for.
    """

    building: CompleteBuilding
    times: pd.DatetimeIndex
    conditioned: tuple[ZoneSeries, ZoneSeries]
    free: tuple[ZoneSeries, ZoneSeries] | None

    @property
    def cpu_s(self) -> tuple[float, float]:
        """CPU time of the runs with plant [s]: ours with its preparation, EnergyPlus' engine alone."""
        ours, reference = self.conditioned
        return ours.cpu_s, reference.cpu_s

    @property
    def plant_minutes(self) -> int:
        """Step of EnergyPlus with plant [min]."""
        span = (self.times[1] - self.times[0]) * len(self.times)
        return round(span / pd.Timedelta(minutes=1) / len(self.conditioned[1].temp_air))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What EnergyPlus warned of, each once."""
        runs = [self.conditioned[1], *(self.free[1:] if self.free is not None else ())]
        return tuple(dict.fromkeys(str(line) for run in runs for line in run.warnings))


def crosscheck(
    project: Project, climate: ClimateYear, *, free_float: bool = True, progress: Progress | None = None
) -> list[tuple[Pair, Comparison]]:
    """Both engines on every building of a project.

    Parameters
    ----------
    project : Project
    climate : ClimateYear
    free_float : bool
        Also a year without plant.
    progress : callable, optional
        Called with the share that is done.

    Raises
    ------
    TwinError
        A project that cannot be prepared, or that EnergyPlus refuses.
    """
    done: list[tuple[Pair, Comparison]] = []
    parts = parts_of(progress, len(project.buildings))
    for building, part in zip(project.buildings, parts, strict=True):
        alone = project.model_copy(update={"buildings": (building,), "event": None})
        pair = run_both(alone, climate, free_float=free_float, progress=part)
        done.append((pair, compare(pair.building, pair.times, pair.conditioned, pair.free, load_targets())))
    return done


def run_both(
    project: Project, climate: ClimateYear, *, free_float: bool = True, progress: Progress | None = None
) -> Pair:
    """Both engines on the one building of a project; see `crosscheck`."""
    from buildings.energyplus import run_many
    from twin.crosscheck.reference import reference_year  # eppy is an extra and heavy

    told = progress if progress is not None else _silent
    # Ideal loads of EnergyPlus dry towards one dew point whatever their load.
    zones = prepare_zones(project, climate, steady_coil=True)
    building, capacities = zones.thermals[0].description, zone_capacities(zones)
    cases = (True, False) if free_float else (True,)
    ours = [zone_year(project, climate, conditioned=on, steady_coil=True) for on in cases]
    told(0.1)
    jobs = [
        partial(
            reference_year,
            building,
            climate,
            project.site,
            minutes=int(project.timestep),
            finer=tuple(m for m in PLANT_MINUTES if m < int(project.timestep)) if conditioned else (),
            capacities=capacities if conditioned else None,
            conditioned=conditioned,
        )
        for conditioned in cases
    ]
    reference = [_answer(found) for found in run_many(jobs)]
    told(1.0)
    free = (ours[1], reference[1]) if free_float else None
    return Pair(building, zones.weather.times, (ours[0], reference[0]), free)


def _answer(found: ZoneYear | TwinError) -> ZoneYear:
    if isinstance(found, TwinError):
        raise found
    return found


def zone_capacities(zones: Zones) -> dict[str, tuple[float, float]]:
    """Heating and cooling capacity of each zone of the first building [W], one such zone."""
    zone = zones.batch.zone
    return {
        name: (float(zone[g, row, HEAT_MAX, lane]), float(zone[g, row, COOL_MAX, lane]))
        for name, (g, row, lane) in zones.place(0).items()
    }


def _silent(share: float) -> None:
    del share
