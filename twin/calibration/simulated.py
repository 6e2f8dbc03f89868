"""What a project's meters would have said: the march of a variant, on hours, as the measured table is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import apply_package
from buildings.thermal.layout import OUT_TEMP
from twin.calibration.parameters import changed
from twin.clock import Outcome, march
from twin.crew import Crew
from twin.plant import Plant, prepare
from twin.power_columns import COLUMNS, GRID_EXPORT, GRID_IMPORT
from twin.supervision import supervisors_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
STEP_MINUTES = 60.0


@dataclass(frozen=True)
class Shared:
    """What all variants share.

    Attributes
    ----------
    project : Project
        One building, at hourly steps.
    climate : ClimateYear
    sizes : dict
        Capacities of its plant [kW].
    series : tuple of str
        Columns of the measured table that are asked for.
    library : MeasureLibrary or None
    package : tuple of str
        Measures that are applied after the parameters.
    """

    project: Project
    climate: ClimateYear
    sizes: Mapping[str, float]
    series: tuple[str, ...]
    library: MeasureLibrary | None = None
    package: tuple[str, ...] = ()


def hourly(project: Project) -> Project:
    """The project at the step of meters, without a call."""
    return project.model_copy(update={"timestep": STEP_MINUTES, "event": None})


def sizes_of(project: Project, climate: ClimateYear) -> dict[str, float]:
    """Capacities of the plant that stands there [kW]."""
    sizing = prepare(project, climate).prepared[0].thermal.sizing
    return {
        "cooling_capacity_kw": 1e-3 * sizing.cooling_capacity,
        "heating_capacity_kw": 1e-3 * sizing.heating_capacity,
    }


def variant(shared: Shared, values: Mapping[str, float]) -> Project:
    """The project of a variant."""
    project = changed(shared.project, values, shared.sizes)
    if shared.package and shared.library is not None:
        project = with_package(project, shared.package, shared.library)
    return project


def with_package(project: Project, package: Sequence[str], library: MeasureLibrary) -> Project:
    """A drawn project with what of a package changes it: lamps that draw little already stay as they are.

    Whether the package can be built at all is asked of the project as described, before anything is drawn.
    """
    try:
        return apply_package(project, package, library).project
    except TwinError:
        kept: tuple[str, ...] = ()
        done = project
        for key in sorted(package, key=library.order):
            try:
                done = apply_package(project, (*kept, key), library).project
            except TwinError:
                continue
            kept = (*kept, key)
        return done


def march_variant(shared: Shared, values: Mapping[str, float]) -> dict[str, Any]:
    """Hourly series of a variant, `series` of shape (n, series), or `refused`."""
    try:
        plant = prepare(variant(shared, values), shared.climate)
        outcome = march(plant, None, supervisors_of(plant, None))
    except TwinError as error:
        return {"refused": str(error)}
    return {"series": told(plant, outcome, shared.series)}


def told(plant: Plant, outcome: Outcome, series: Sequence[str]) -> FloatArray:
    """Series of the first building, shape (n, series)."""
    return np.stack([_one(plant, outcome, name) for name in series], axis=1)


def _one(plant: Plant, outcome: Outcome, name: str) -> FloatArray:
    own = outcome.buildings[:, 0]
    zone, _, point = name.rpartition("/")
    if zone and point == "temp_air_c":
        g, z, lane = plant.place(0)[zone]
        return np.asarray(outcome.zones[:, OUT_TEMP, g, z, lane])
    if name == "net_import_kw":
        return np.asarray(own[:, GRID_IMPORT] - own[:, GRID_EXPORT])
    return np.asarray(own[:, COLUMNS.index(name)])


def can_be_told(project_zones: Sequence[str], name: str) -> bool:
    """Whether a march tells a column of the measured table."""
    zone, _, point = name.rpartition("/")
    if zone:
        return point == "temp_air_c" and zone in project_zones
    return name == "net_import_kw" or (name in COLUMNS and name.endswith("_kw"))


def march_all(
    crew: Crew, shared: Shared, variants: Sequence[Mapping[str, float]], progress: Any = None
) -> FloatArray:
    """Series of many variants, shape (variants, n, series); NaN for one that cannot be marched.

    Raises
    ------
    TwinError
        None of them can be.
    """
    found: dict[int, FloatArray] = {}
    refused: list[str] = []
    for place, said in crew.each(march_variant, shared, list(variants)):
        if "refused" in said:
            refused.append(said["refused"])
        else:
            found[place] = said["series"]
        if progress is not None:
            progress((len(found)) / len(variants))
    if not found:
        raise TwinError(f"no variant can be marched: {refused[0]}", "Look at the project by `twin run`.")
    shape = next(iter(found.values())).shape
    return np.stack([found.get(i, np.full(shape, np.nan)) for i in range(len(variants))])


def hours_of(climate: ClimateYear, project: Project) -> pd.DatetimeIndex:
    """Starts of the steps of a march."""
    return pd.DatetimeIndex(
        climate.at_step(int(project.timestep), project.variability, project.weather_seed).times
    )
