"""A hall that the live twin describes, and the same hall as it is: other parameters, other errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import Project
from buildings.thermal import layout as k
from buildings.thermal.lanes import LANES
from marches import PEDF, hall, project_of, shanghai
from twin.building_batch import PV_IN
from twin.going import Going, Standing
from twin.plant import prepare
from twin.power_columns import BATTERY_SOC, GRID_EXPORT, GRID_IMPORT, HVAC, PV
from twin.project import Loaded
from weather.psychrometrics import relative_humidity

DAY, DAYS, MINUTES = 196, 3, 15
SD = {
    "temp_air_c": 0.3, "relative_humidity_pct": 3.0, "net_import_kw": 0.3, "pv_kw": 0.2, "hvac_kw": 0.2,
    "battery_soc": 0.02, "temp_air": 0.3, "ghi": 8.0,
}  # fmt: skip
"""Errors of the sensors; those of the twin's data stand in `twin.live.figures`."""
_LEAD_DAYS = 10


@dataclass(frozen=True)
class Truth:
    """What happened, by the starts of steps in UTC, and what sensors said of it."""

    series: pd.DataFrame
    humidity: NDArray[np.float64]
    readings: pd.DataFrame


def hall_as_described() -> Loaded:
    """The hall as it is described, 光储直柔."""
    return Loaded(_project("wall"), shanghai())


def _project(wall: str) -> Project:
    return project_of(hall(wall=wall, **PEDF), year=2025)


def hall_as_it_is() -> Truth:
    """Three days in July: thinner walls, more leaks and gains, 0.8 K warmer, a tenth less PV."""
    project = _project("thin").model_copy(update={"timestep": float(MINUTES)})
    per_day = 1440 // MINUTES
    steps = slice((DAY - _LEAD_DAYS) * per_day, (DAY + DAYS) * per_day)
    plant = prepare(project, shanghai(), cut_s=60.0 * MINUTES, steps=steps)
    g, z, lane = plant.places[0][0]
    zone = plant.batch.zone[g, z, :, lane]
    zone[[k.INFILTRATION, k.INFILTRATION_KELVIN]] *= 1.6
    zone[k.GAIN_CONVECTIVE : k.GAIN_MOISTURE + k.N_GAINS] *= 1.2
    zone[k.CAPACITY] *= 1.2
    named = plant.batch.zone_series[g, z, [k.HEATING_SETPOINT, k.COOLING_SETPOINT], lane]
    plant.forcing[:, named] += 0.8
    plant.buildings.plant["cooling"]["ratio"] *= 0.85
    plant.buildings.inputs[:, :, PV_IN] *= 0.9
    groups, rows = plant.batch.zone.shape[:2]
    nothing = np.zeros((1, 0)), np.zeros((k.N_SERIES, groups, rows, LANES))
    went = Going(Standing(plant, 0, *nothing))
    went.to(plant.n_steps)
    told, weather = went.told[:, 0], plant.weather
    temp, humidity = (went.zones[:, part, g, z, lane] for part in (k.OUT_TEMP, k.OUT_HUMIDITY))
    pressure = float(np.mean(weather.pressure))
    series = pd.DataFrame(
        {
            "hall/temp_air_c": temp,
            "hall/relative_humidity_pct": np.asarray(relative_humidity(temp, humidity, pressure)),
            "net_import_kw": told[:, GRID_IMPORT] - told[:, GRID_EXPORT],
            "pv_kw": told[:, PV],
            "hvac_kw": told[:, HVAC],
            "battery_soc": told[:, BATTERY_SOC],
            "temp_air": weather.temp_air[:-1],
            "ghi": weather.ghi,
        },
        index=weather.times.tz_convert("UTC"),
    ).iloc[_LEAD_DAYS * per_day :]
    draw = np.random.default_rng(11)
    noise = draw.standard_normal(series.shape) * [SD[name.split("/")[-1]] for name in series.columns]
    silent = draw.random(series.shape) < 0.15
    silent[100:130, 0] = True  # and one gap of hours
    return Truth(series, humidity[_LEAD_DAYS * per_day :], (series + noise).mask(silent))
