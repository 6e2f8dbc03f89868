"""Loads that the zones of a building put to their plant, with the fast engine and an ideal plant.

What stands between the zones and the grid (plant, storage, control, calls) is left out; the zones keep the
capacities that sizing gives them, or have none.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from buildings.description.schema import Project
from buildings.energyplus.results import ZoneYear
from buildings.thermal.kernel import march
from buildings.thermal.layout import (
    COOL_MAX,
    HEAT_MAX,
    N_SERIES,
    N_TOTALS,
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
    scratch,
)
from twin.plant import Plant, prepare, start
from weather.climate_year import ClimateYear


def zone_year(project: Project, climate: ClimateYear, *, conditioned: bool = True) -> ZoneYear:
    """March the zones of a project's first building through the year.

    Parameters
    ----------
    project : Project
    climate : ClimateYear
    conditioned : bool
        False lets all zones float.

    Returns
    -------
    ZoneYear
        The same tables as EnergyPlus gives; `cpu_s` counts preparation and march.

    Raises
    ------
    TwinError
        A project that cannot be prepared.
    """
    begin = time.process_time()
    alone = project.model_copy(update={"buildings": project.buildings[:1], "event": None})
    plant = prepare(alone, climate)
    if not conditioned:
        plant.batch.zone[:, :, [HEAT_MAX, COOL_MAX]] = 0.0
        plant.state = start(plant.batch, plant.weather, plant.forcing, plant.weather_table)
    series = march_zones(plant)
    return _tables(plant, series, time.process_time() - begin)


def march_zones(plant: Plant) -> np.ndarray:
    """Series of all zones of a plant under ideal plant, (n_steps, N_SERIES, groups, rows, lanes)."""
    groups, rows, _, lanes = plant.batch.zone.shape
    n = plant.n_steps
    series = np.zeros((n, N_SERIES, groups, rows, lanes))
    totals = np.zeros((groups, N_TOTALS, rows, lanes))
    march(
        plant.batch, plant.state, plant.forcing, plant.weather_table, 0, n, plant.dt_s, scratch(plant.batch),
        totals, series,
    )  # fmt: skip
    return series


def _tables(plant: Plant, series: np.ndarray, cpu_s: float) -> ZoneYear:
    place = plant.prepared[0].place
    times = plant.weather.times

    def table(column: int) -> pd.DataFrame:
        return pd.DataFrame({z: series[:, column, g, r, lane] for z, (g, r, lane) in place.items()}, times)

    sensible = table(OUT_SENSIBLE)
    return ZoneYear(
        zones=tuple(place),
        temp_air=table(OUT_TEMP),
        temp_radiant=table(OUT_RADIANT),
        humidity_ratio=table(OUT_HUMIDITY),
        sensible=sensible,
        latent=table(OUT_LATENT),
        asked=sensible,
        warnings=(),
        cpu_s=cpu_s,
    )
