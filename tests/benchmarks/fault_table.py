"""Which faults the watch finds, after how many days, and how often it alarms in vain.

python tests/benchmarks/fault_table.py 1 2 3

For each seed a hall with hidden parameters and drawn loads is marched without a fault and with each one from
the 20th of 40 days on, read with noise and 10 % of gaps, followed by the live twin of the hall as described,
and watched. Run it with `tests/shared` on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from buildings.thermal import layout as k
from marches import PEDF, hall, project_of, shanghai
from twin.building_batch import EQUIPMENT_IN, LIGHTING_IN, PV_IN
from twin.clock import march
from twin.live.ensemble import Ensemble
from twin.live.filter import Filter
from twin.outcome import OUTCOME_COLUMNS
from twin.plant import Plant, prepare
from twin.project import Loaded
from twin.watch.alarms import Alarm, alarms_of, days_of
from twin.wear import read_worn
from weather.psychrometrics import relative_humidity

FIRST, DAYS, SOUND_DAYS, LEAD_DAYS, MINUTES, MEMBERS = 150, 40, 20, 5, 15, 24
PER_DAY = 1440 // MINUTES
ZONE = "Asia/Shanghai"
FAULTS = {
    "none": 0.0, "pv_string": 0.2, "pv_soiling": 0.3, "refrigerant": 0.3, "setpoint": 2.0, "filter": 0.5,
    "damper": 1.5, "battery_fade": 0.3, "meter": 0.1, "humidity_sensor": 8.0,
}  # fmt: skip
TOLD = ("pv_kw", "hvac_kw", "fans_kw", "lighting_kw", "equipment_kw", "battery_soc")
SD = {"hall/temp_air_c": 0.3, "hall/relative_humidity_pct": 3.0, "net_import_kw": 0.3, "battery_soc": 0.02}
SD |= {"temp_air": 0.3, "ghi": 8.0}
BEGIN = pd.Timestamp("2025-01-01") + pd.Timedelta(days=FIRST + SOUND_DAYS)


def hidden(plant: Plant, draw: np.random.Generator) -> None:
    """Let a hall differ from its description, and its loads from their schedules."""
    g, z, lane = plant.places[0][0]
    zone = plant.batch.zone[g, z, :, lane]
    zone[[k.INFILTRATION, k.INFILTRATION_KELVIN]] *= np.exp(draw.normal(0.0, 0.4))
    zone[k.GAIN_CONVECTIVE : k.GAIN_MOISTURE + k.N_GAINS] *= np.exp(draw.normal(0.0, 0.2))
    zone[k.CAPACITY] *= np.exp(draw.normal(0.0, 0.2))
    plant.buildings.plant["cooling"]["ratio"] *= np.exp(draw.normal(0.0, 0.1))
    steps = plant.n_steps
    loads = np.repeat(np.exp(draw.normal(0.0, 0.05, steps // PER_DAY)), PER_DAY)
    loads *= np.repeat(np.exp(draw.normal(0.0, 0.1, steps // 4)), 4)
    plant.buildings.inputs[:, 0, [LIGHTING_IN, EQUIPMENT_IN]] *= loads[:, None]
    for gain in (k.GAIN + 1, k.GAIN + 2):
        plant.forcing[:, plant.batch.zone_series[g, z, gain, lane]] *= loads
    named = plant.batch.zone_series[g, z, [k.HEATING_SETPOINT, k.COOLING_SETPOINT], lane]
    plant.forcing[:, named] += draw.normal(0.0, 0.5)
    plant.buildings.inputs[:, :, PV_IN] *= np.exp(draw.normal(0.0, 0.05))


def alarms(seed: int, fault: str) -> list[Alarm]:
    """Alarms of one hall under one fault."""
    draw = np.random.default_rng(seed)
    hours = 24.0 * (DAYS - SOUND_DAYS)
    written = {"of": fault, "size": FAULTS[fault], "start": f"{BEGIN:%Y-%m-%d} 00:00", "duration": hours}
    sound = project_of(hall(**PEDF), year=2025, timestep=MINUTES)
    project = project_of(
        hall(**PEDF), year=2025, timestep=MINUTES, faults=[] if fault == "none" else [written]
    )
    steps = slice((FIRST - LEAD_DAYS) * PER_DAY, (FIRST + DAYS) * PER_DAY)
    plant = prepare(project, shanghai(), steps=steps)
    hidden(plant, draw)
    g, z, lane = plant.places[0][0]
    outcome, weather = march(plant), plant.weather
    told = pd.DataFrame(outcome.buildings[:, 0], columns=list(OUTCOME_COLUMNS))
    temp, water = (outcome.zones[:, part, g, z, lane] for part in (k.OUT_TEMP, k.OUT_HUMIDITY))
    table = told[list(TOLD)].assign(
        **{
            "hall/temp_air_c": temp,
            "hall/relative_humidity_pct": relative_humidity(temp, water, float(weather.pressure.mean())),
            "net_import_kw": told["grid_import_kw"] - told["grid_export_kw"],
            "temp_air": weather.temp_air[:-1],
            "ghi": weather.ghi,
        }
    )
    table = table.set_axis(weather.times.tz_convert("UTC"), axis=0).iloc[LEAD_DAYS * PER_DAY :]
    readings = read_worn(project, "hall", table, ZONE)
    readings += draw.standard_normal(readings.shape) * [SD.get(name, 0.15) for name in readings.columns]
    readings = readings.mask(draw.random(readings.shape) < 0.1)
    ensemble = Ensemble(Loaded(sound, shanghai()), FIRST, members=MEMBERS, minutes=MINUTES, seed=seed)
    made = Filter(ensemble, tuple(str(name) for name in readings.columns))
    rows = []
    for row in readings.to_numpy():
        one = made.step(row)
        rows.append(np.concatenate([one.mean, one.sd, one.innovation, one.expected_sd]))
    names = [*made.columns, *(f"{c} ±" for c in made.columns)]
    names += [*(f"{p} residual" for p in made.heard), *(f"{p} residual ±" for p in made.heard)]
    estimates = pd.DataFrame(np.array(rows), index=readings.index, columns=names)
    return alarms_of(days_of(estimates, ZONE))


def main() -> None:
    """Tell each seed and fault: days from the fault's begin to each alarm, negative ones in vain."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("seeds", nargs="+", type=int)
    reader.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS))
    asked = reader.parse_args()
    for seed in asked.seeds:
        for fault in asked.faults:
            found = [(one.fault, (pd.Timestamp(one.day) - BEGIN).days) for one in alarms(seed, fault)]
            said = ", ".join(f"{name} on day {day}" for name, day in found) or "none"
            sys.stdout.write(f"seed {seed}  {fault} {FAULTS[fault]:g}: {said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
