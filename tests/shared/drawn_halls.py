"""Halls whose truth is drawn: marched with and without faults, all of them abreast, and read by sensors.

Halls of a group stand beside one weather station in one climate year. Each differs from its description by
leaks, gains, capacity, set-points, efficiency and PV, and its loads and visitors are drawn anew. Under each
fault it is the same hall, read by the same sensors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.thermal import layout as k
from buildings.thermal.lanes import LANES
from marches import PEDF, hall, project_of
from twin.building_batch import EQUIPMENT_IN, LIGHTING_IN, PV_IN
from twin.clock import march
from twin.outcome import OUTCOME_COLUMNS
from twin.plant import Plant, prepare
from twin.wear import read_worn
from weather.climate_year import ClimateYear
from weather.psychrometrics import relative_humidity

Floats = NDArray[np.float64]
YEAR, MINUTES, LEAD_DAYS = 2025, 15, 5
PER_DAY = 1440 // MINUTES
ZONE = "Asia/Shanghai"
FAULTS = {
    "none": 0.0, "pv_string": 0.2, "pv_soiling": 0.3, "refrigerant": 0.3, "setpoint": 2.0, "filter": 0.5,
    "damper": 1.5, "battery_fade": 0.3, "meter": 0.1, "humidity_sensor": 8.0,
}  # fmt: skip
"""Faults and their sizes, as `buildings.description.faults` counts them; soiling and the meter grow to it."""
TOLD = (
    "pv_kw", "hvac_kw", "fans_kw", "lighting_kw", "equipment_kw", "ev_charge_kw", "battery_soc",
)  # fmt: skip
SD = {
    "hall/temp_air_c": 0.3, "hall/relative_humidity_pct": 3.0, "net_import_kw": 0.3, "battery_soc": 0.02,
    "temp_air": 0.3, "ghi": 8.0,
}  # fmt: skip
"""Errors of sensors; of others 0.15 kW."""
_OUTDOORS = ("temp_air", "ghi")
_GAP = 0.1


@dataclass(frozen=True)
class Span:
    """Days of a group: the first as a day of the year, how many are sound, how many behind them worn."""

    first: int
    sound: int
    worn: int

    @property
    def begin(self) -> pd.Timestamp:
        """Local midnight at which faults begin."""
        return pd.Timestamp(f"{YEAR}-01-01") + pd.Timedelta(days=self.first + self.sound)


def described(seed: int | None = None, name: str = "hall") -> dict[str, object]:
    """The hall as it is described; with a seed other visitors come to its chargers."""
    ev = PEDF["ev"] if seed is None else {**PEDF["ev"], "seed": 1000 + seed}
    return hall(name, **{**PEDF, "ev": ev})


def read_halls(climate: ClimateYear, seeds: list[int], faults: list[str], span: Span) -> list[pd.DataFrame]:
    """Readings of each hall under each fault, halls first, by UTC."""
    names = [f"hall {seed} {fault}" for seed in seeds for fault in faults]
    project = project_of(
        *(described(seed, f"hall {seed} {fault}") for seed in seeds for fault in faults),
        year=YEAR,
        timestep=MINUTES,
        faults=[_written(fault, seeds, span) for fault in faults if fault != "none"],
    )
    last = span.first + span.sound + span.worn
    steps = slice((span.first - LEAD_DAYS) * PER_DAY, last * PER_DAY)
    plant = prepare(project, climate, steps=steps)
    _give_own_columns(plant)
    for i, seed in enumerate(seeds):
        for j in range(len(faults)):
            _hide(plant, i * len(faults) + j, np.random.default_rng((seed, 0)))
    outcome, weather = march(plant), plant.weather
    times = weather.times.tz_convert("UTC")[LEAD_DAYS * PER_DAY :]
    found = []
    station = np.random.default_rng((seeds[0], 2))
    outdoors = pd.DataFrame({"temp_air": weather.temp_air[:-1], "ghi": weather.ghi}).iloc[
        LEAD_DAYS * PER_DAY :
    ]
    outdoors = _read(outdoors.set_axis(times), station)
    for b, name in enumerate(names):
        g, z, lane = plant.places[b][0]
        told = pd.DataFrame(outcome.buildings[:, b], columns=list(OUTCOME_COLUMNS))
        temp, water = (outcome.zones[:, part, g, z, lane] for part in (k.OUT_TEMP, k.OUT_HUMIDITY))
        table = told[list(TOLD)].assign(
            **{
                "hall/temp_air_c": temp,
                "hall/relative_humidity_pct": relative_humidity(temp, water, float(weather.pressure.mean())),
                "net_import_kw": told["grid_import_kw"] - told["grid_export_kw"],
                "battery_kw": told["battery_discharge_kw"] - told["battery_charge_kw"],
            }
        )
        table = read_worn(project, name, table.iloc[LEAD_DAYS * PER_DAY :].set_axis(times), ZONE)
        seed = seeds[b // len(faults)]
        found.append(_read(table, np.random.default_rng((seed, 1))).join(outdoors))
    return found


def _written(fault: str, seeds: list[int], span: Span) -> dict[str, object]:
    return {
        "of": fault, "size": FAULTS[fault], "start": f"{span.begin:%Y-%m-%d} 00:00",
        "duration": 24.0 * span.worn, "buildings": [f"hall {seed} {fault}" for seed in seeds],
    }  # fmt: skip


def _read(table: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """With errors and gaps."""
    sd = [SD.get(str(name), 0.15) for name in table.columns]
    noisy = table + draw.standard_normal(table.shape) * sd
    return noisy.mask(draw.random(table.shape) < _GAP)


_SERIES = (k.GAIN + 1, k.GAIN + 2, k.HEATING_SETPOINT, k.COOLING_SETPOINT)


def _give_own_columns(plant: Plant) -> None:
    """Let each hall read loads and set-points of its own."""
    own = []
    for (place,) in plant.places:
        g, z, lane = place
        for series in _SERIES:
            columns = plant.batch.zone_series[g, z, series]
            own.append(plant.forcing[:, columns[lane]])
            columns[lane], columns[LANES] = plant.forcing.shape[1] + len(own) - 1, -1
    plant.forcing = np.concatenate([plant.forcing, np.array(own).T], axis=1)


def _hide(plant: Plant, b: int, draw: np.random.Generator) -> None:
    """Let a hall differ from its description, and its loads from their schedules."""
    g, z, lane = plant.places[b][0]
    zone, steps = plant.batch.zone[g, z, :, lane], plant.n_steps
    zone[[k.INFILTRATION, k.INFILTRATION_KELVIN]] *= np.exp(draw.normal(0.0, 0.4))
    zone[k.GAIN_CONVECTIVE : k.GAIN_MOISTURE + k.N_GAINS] *= np.exp(draw.normal(0.0, 0.2))
    zone[k.CAPACITY] *= np.exp(draw.normal(0.0, 0.2))
    for machine in ("cooling", "heating"):
        plant.buildings.plant[machine]["ratio"][b] *= np.exp(draw.normal(0.0, 0.1))
    loads = np.repeat(np.exp(draw.normal(0.0, 0.05, steps // PER_DAY)), PER_DAY)
    loads *= np.repeat(np.exp(draw.normal(0.0, 0.1, steps // 4)), 4)
    plant.buildings.inputs[:, b, [LIGHTING_IN, EQUIPMENT_IN]] *= loads[:, None]
    lights, plugs, heating, cooling = plant.batch.zone_series[g, z, list(_SERIES), lane]
    for column in (lights, plugs):
        plant.forcing[:, column] *= loads
    plant.forcing[:, [heating, cooling]] += draw.normal(0.0, 0.5)
    plant.buildings.inputs[:, b, PV_IN] *= np.exp(draw.normal(0.0, 0.05))
