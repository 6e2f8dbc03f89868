"""A described building through EnergyPlus: model, weather, run and zone series in one call."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Site
from buildings.energyplus.messages import SLOW_START
from buildings.energyplus.model import Model
from buildings.energyplus.process import TIMEOUT_S, EnergyPlusOutput, run_idf
from buildings.energyplus.results import ZoneYear, by_zone, read_zone_series
from buildings.energyplus.step_epw import write_step_epw
from buildings.energyplus.writer import LOAD_OUTPUTS, OUTPUTS, Capacities, Days, write_model
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_EPPY = threading.Lock()
"""eppy keeps its dictionary in class variables: one model is written at a time, runs go in parallel."""

_MEANT = ("not fully enclosed", "Convection Coefficient 2 Location is blank")
"""Warnings of what is meant: rectangles stand apart, and some faces have one fixed film only."""


def simulate_zones(
    building: CompleteBuilding,
    climate: ClimateYear,
    site: Site,
    *,
    minutes: int,
    capacities: Capacities | None = None,
    conditioned: bool = True,
    keep: Path | None = None,
    dew_point: float | None = None,
    days: Days | None = None,
    timeout: float = TIMEOUT_S,
) -> ZoneYear:
    """Loads, temperatures and humidity of every zone by EnergyPlus.

    Parameters
    ----------
    building : CompleteBuilding
    climate : ClimateYear
    site : Site
        Terrain, ground reflectance, ground temperatures.
    minutes : int
        Step [min].
    capacities : mapping, optional
        Zone to (sensible heating, total cooling) [W] of one such zone; None: ideal loads without limits.
    conditioned : bool
        False lets all zones float.
    keep : path-like, optional
        Folder for model, weather and outputs; default: a temporary one that is removed.
    dew_point : float, optional
        Apparatus dew point of the coil [degC]; default that of the building's equipment.
    days : Days, optional
        Part of the year; default all.
    timeout : float
        [s].

    Returns
    -------
    ZoneYear

    Raises
    ------
    TwinError
        Whatever keeps EnergyPlus from an answer, with the described object's name where one is to blame.
    """
    point = dew_point if dew_point is not None else coil_dew_point(building.hvac.equipment)
    with tempfile.TemporaryDirectory(prefix="pedf-twin-idf-") as temporary:
        folder = Path(temporary)
        with _EPPY, _naming(building):
            model = write_model(
                building,
                climate,
                site,
                minutes=minutes,
                capacities=capacities,
                conditioned=conditioned,
                dew_point=point,
                days=days,
            )
            idf = model.save(folder)
        epw = write_step_epw(climate, minutes, folder / "weather.epw")
        try:
            # A heavy building may need more than the warm-up's days to repeat itself. Where a year begins is
            # a convention; that it was not met is told as a warning.
            done = run_idf(idf, epw, folder / "out", timeout=timeout, accepted=(SLOW_START,))
        except TwinError as error:
            raise _in_words_of_the_project(error, model, building) from error
        times = climate.at_step(minutes).times
        found = _zone_year(building, model, done, times, keep)
        if keep is not None:
            keep.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(folder, keep, dirs_exist_ok=True)
    return found


@contextmanager
def _naming(building: CompleteBuilding) -> Iterator[None]:
    """Add the building's name to errors of writing its model."""
    try:
        yield
    except TwinError as error:
        key = f"{building.name}.{error.key}" if error.key else building.name
        raise error.at(file=error.file, key=key) from error


def coil_dew_point(equipment: str) -> float:
    """Apparatus dew point of the equipment's coil [degC]."""
    from buildings.systems.plant import load_plant

    return float(load_plant(equipment, 1e5, 1e5)["apparatus_dew_point_c"])


def _zone_year(
    building: CompleteBuilding,
    model: Model,
    done: EnergyPlusOutput,
    times: pd.DatetimeIndex,
    keep: Path | None,
) -> ZoneYear:
    names = tuple(zone.name for zone in building.zones)
    keys = {zone: model.names.of("zone", zone).upper() for zone in names}
    loads = bool(model.idf.idfobjects["ZONEHVAC:IDEALLOADSAIRSYSTEM"])
    raw = read_zone_series(done.sql, {**OUTPUTS, **(LOAD_OUTPUTS if loads else {})})
    # A whole year follows on the days that lead it in.
    raw = {name: table.iloc[-len(times) :] for name, table in raw.items()}
    index = _stamps(raw["temp_air"], times)
    systems = {zone: f"{key} IDEAL LOADS" for zone, key in keys.items()}
    # What ideal loads report is of all such zones together.
    single = {zone.name: 1.0 / zone.multiplier for zone in building.zones}

    def load(name: str) -> pd.DataFrame:
        return by_zone(raw.get(name), systems, names, index, single)

    year = ZoneYear(
        zones=names,
        temp_air=by_zone(raw["temp_air"], keys, names, index),
        temp_radiant=by_zone(raw["temp_radiant"], keys, names, index),
        humidity_ratio=by_zone(raw["humidity_ratio"], keys, names, index),
        sensible=load("heating") - load("cooling"),
        latent=load("latent_cooling"),
        asked=by_zone(raw.get("asked"), keys, names, index),
        warnings=tuple(text for text in done.warnings if not any(word in text for word in _MEANT)),
        cpu_s=done.cpu_s,
        folder=keep,
    )
    for what in ("temp_air", "sensible", "latent", "humidity_ratio"):
        if not np.all(np.isfinite(getattr(year, what).to_numpy())):
            raise TwinError(
                f"EnergyPlus' series '{what}' has gaps.", "Report this with the project file.", key=what
            )
    return year


def _stamps(table: pd.DataFrame, times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Starts of the steps that a table holds: the run may be a part of the year."""
    first = table.index[0]
    per_day = round(pd.Timedelta(days=1) / (times[1] - times[0]))
    days = times[::per_day]
    day = int(np.flatnonzero((days.month == first[0]) & (days.day == first[1]))[0])
    return times[day * per_day : day * per_day + len(table)]


def _in_words_of_the_project(error: TwinError, model: Model, building: CompleteBuilding) -> TwinError:
    """The engine names the model's objects in capitals; the user knows his own names."""
    key = error.key
    if key is not None and "=" in key:
        name = key.split("=", 1)[1]
        key = model.names.meaning.get(name.upper(), name)
    return TwinError(
        f"building '{building.name}': {error.what}",
        error.remedy,
        key=f"{building.name}.{key}" if key else None,
    )
