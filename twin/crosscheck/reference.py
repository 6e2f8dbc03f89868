"""EnergyPlus through a year that follows on its own December.

EnergyPlus starts a run by repeating its first day until the building repeats itself. A heavy building then
begins the year as if it had stood in New Year's cold for weeks, which moves a year's heating by up to
2 kWh/m2 and says nothing of either engine. So the run begins on 1 December of a year before with the same
weather and schedules, and that month is left out; the fast engine marches its last weeks before the year too.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Site
from buildings.energyplus import EnergyPlusOutput, ZoneYear, read_zone_series, run_idf, write_model
from buildings.energyplus.messages import SLOW_START
from buildings.energyplus.model import Model
from buildings.energyplus.results import by_zone
from buildings.energyplus.simulation import coil_dew_point
from buildings.energyplus.wall_leak import finest_steps
from buildings.energyplus.writer import LOAD_OUTPUTS, OUTPUTS
from weather.climate_year import ClimateYear
from weather.epw_writer import write_epw

_YEARS = (2021, 2022)
"""Years of the run period, neither with a 29 February; weekdays come with the schedules' series."""

_EPPY = threading.Lock()
"""eppy keeps its dictionary in class variables: one model is written at a time, runs go in parallel."""


def reference_year(
    building: CompleteBuilding,
    climate: ClimateYear,
    site: Site,
    *,
    minutes: int,
    finer: Sequence[int] = (),
    capacities: Mapping[str, tuple[float, float]] | None = None,
    conditioned: bool = True,
) -> ZoneYear:
    """Loads and temperatures of every zone by EnergyPlus; see `buildings.energyplus.simulate_zones`.

    Of the steps in `finer` [min] the first that EnergyPlus' walls stand is taken, else `minutes`.

    Raises
    ------
    TwinError
        Whatever keeps EnergyPlus from an answer.
    """
    with tempfile.TemporaryDirectory(prefix="pedf-twin-idf-") as temporary:
        folder = Path(temporary)
        epw = write_epw(climate, folder / "weather.epw")

        with _EPPY:
            model = _written(building, climate, site, minutes, capacities, conditioned)
            choices = [60 // step for step in (*finer, minutes)]
            walls = finest_steps(model.save(folder), epw, folder, choices)
            if walls.steps_per_hour != 60 // minutes:
                minutes = 60 // walls.steps_per_hour
                model = _written(building, climate, site, minutes, capacities, conditioned)
            (period,) = model.idf.idfobjects["RUNPERIOD"]
            period.Begin_Month, period.Begin_Day_of_Month = 12, 1
            period.Begin_Year, period.End_Year = _YEARS
            period.Day_of_Week_for_Start_Day = ""
            idf = model.save(folder)
        done = run_idf(idf, epw, folder / "out", accepted=(SLOW_START,))
        return _tables(building, model, done, climate.at_step(minutes).times)


def _written(
    building: CompleteBuilding,
    climate: ClimateYear,
    site: Site,
    minutes: int,
    capacities: Mapping[str, tuple[float, float]] | None,
    conditioned: bool,
) -> Model:
    return write_model(
        building,
        climate,
        site,
        minutes=minutes,
        capacities=capacities,
        conditioned=conditioned,
        dew_point=coil_dew_point(building.hvac.equipment),
    )


def _tables(
    building: CompleteBuilding, model: Model, done: EnergyPlusOutput, times: pd.DatetimeIndex
) -> ZoneYear:
    """The year without the month before it, of one such zone each."""
    loads = bool(model.idf.idfobjects["ZONEHVAC:IDEALLOADSAIRSYSTEM"])
    raw = read_zone_series(done.sql, {**OUTPUTS, **(LOAD_OUTPUTS if loads else {})})
    names = tuple(zone.name for zone in building.zones)
    keys = {zone: model.names.of("zone", zone).upper() for zone in names}
    systems = {zone: f"{key} IDEAL LOADS" for zone, key in keys.items()}
    # What ideal loads report is of all such zones together.
    single = {zone.name: 1.0 / zone.multiplier for zone in building.zones}

    def state(name: str) -> pd.DataFrame:
        return by_zone(_last(raw.get(name), len(times)), keys, names, times)

    def load(name: str) -> pd.DataFrame:
        return by_zone(_last(raw.get(name), len(times)), systems, names, times, single)

    return ZoneYear(
        zones=names,
        temp_air=state("temp_air"),
        temp_radiant=state("temp_radiant"),
        humidity_ratio=state("humidity_ratio"),
        sensible=load("heating") - load("cooling"),
        latent=load("latent_cooling"),
        asked=state("asked"),
        warnings=done.warnings,
        cpu_s=done.cpu_s,
    )


def _last(table: pd.DataFrame | None, rows: int) -> pd.DataFrame | None:
    return None if table is None else table.iloc[-rows:]
