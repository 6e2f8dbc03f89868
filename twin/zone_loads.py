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
    N_SERIES,
    N_TOTALS,
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
    scratch,
)
from twin.plant import Zones, prepare_zones
from weather.climate_year import ClimateYear


def zone_year(
    project: Project, climate: ClimateYear, *, conditioned: bool = True, steady_coil: bool = False
) -> ZoneYear:
    """March the zones of a project's first building through the year.

    Parameters
    ----------
    project : Project
    climate : ClimateYear
    conditioned : bool
        False lets all zones float.
    steady_coil : bool
        As of `prepare_zones`.

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
    zones = prepare_zones(alone, climate, conditioned=conditioned, steady_coil=steady_coil)
    series = march_zones(zones)
    return zone_tables(zones, series, time.process_time() - begin)


def march_zones(zones: Zones) -> np.ndarray:
    """Series of all zones under ideal plant, (n_steps, N_SERIES, groups, rows, lanes)."""
    groups, rows, _, lanes = zones.batch.zone.shape
    n = zones.n_steps
    series = np.zeros((n, N_SERIES, groups, rows, lanes))
    totals = np.zeros((groups, N_TOTALS, rows, lanes))
    march(
        zones.batch, zones.state, zones.forcing, zones.weather_table, 0, n, zones.dt_s, scratch(zones.batch),
        totals, series,
    )  # fmt: skip
    return series


def zone_tables(zones: Zones, series: np.ndarray, cpu_s: float) -> ZoneYear:
    """Tables of the first building's zones from what `march_zones` stored."""
    names = list(zones.place(0))
    g, row, lane = np.array(zones.places[0]).T
    times = zones.weather.times

    def table(column: int) -> pd.DataFrame:
        return pd.DataFrame(series[:, column, g, row, lane], times, names)

    sensible = table(OUT_SENSIBLE)
    return ZoneYear(
        zones=tuple(names),
        temp_air=table(OUT_TEMP),
        temp_radiant=table(OUT_RADIANT),
        humidity_ratio=table(OUT_HUMIDITY),
        sensible=sensible,
        latent=table(OUT_LATENT),
        asked=sensible,
        warnings=(),
        cpu_s=cpu_s,
    )
