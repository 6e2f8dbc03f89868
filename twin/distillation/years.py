"""The two years that are compared: EnergyPlus on the model, the fast engine on the project made of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from buildings.description.schema import Project
from buildings.energyplus.process import TIMEOUT_S, run_idf
from buildings.energyplus.results import read_zone_series
from buildings.energyplus.wall_leak import finest_steps
from buildings.idf.model import Model
from buildings.idf.reading import Reading
from buildings.idf.reference_model import COOLING, FREE, HEATING, STEPS_PER_HOUR, write_reference
from buildings.thermal.layout import OUT_SENSIBLE, OUT_TEMP
from twin.crosscheck.comparison import HourlyZones
from twin.crosscheck.measures import Series, hourly_means
from twin.plant import Plant, prepare
from twin.zone_loads import march_zones
from weather.climate_year import HOURS, ClimateYear
from weather.epw_writer import write_epw
from weather.errors import TwinError

_NEW_YEAR = (1, 1, 1, 0)
"""Month, day, hour and minute of the end of the year's first hour."""


@dataclass(frozen=True, eq=False)
class Year:
    """Hourly zones of one engine, columns in the order of the project's zones.

    Attributes
    ----------
    zones : HourlyZones
        Of single zones; latent loads are not compared and nought.
    cpu_s : float
        CPU time with its preparation [s].
    warnings : tuple of str
    minutes : int
        Step that it marched [min].
    """

    zones: HourlyZones
    cpu_s: float
    warnings: tuple[str, ...] = ()
    minutes: int = 15


def reference_year(
    model: Model,
    reading: Reading,
    climate: ClimateYear,
    *,
    fresh_air: bool = False,
    timeout: float = TIMEOUT_S,
) -> Year:
    """Run the model itself, its systems replaced by ideal loads, through the year.

    Raises
    ------
    TwinError
        No thermostats, or a model that EnergyPlus refuses.
    """
    with tempfile.TemporaryDirectory(prefix="pedf-twin-distill-") as scratch:
        folder = Path(scratch)
        idf, epw = folder / "reference.idf", folder / "weather.epw"
        write_epw(climate, epw)
        for name, source in model.files_beside().items():
            beside = folder / name
            beside.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(source.read_bytes())
        with _in_words_of(model, idf):
            write_reference(model, idf, year=climate.year)
            walls = finest_steps(idf, epw, folder, STEPS_PER_HOUR, timeout=timeout)
            steps = walls.steps_per_hour
            write_reference(model, idf, year=climate.year, steps_per_hour=steps, fresh_air=fresh_air)
            done = run_idf(idf, epw, folder / "out", timeout=timeout)
        found = read_zone_series(done.sql, {"heat": HEATING, "cool": COOLING, "temp": FREE}, "hourly")
    order = [name.upper() for name in reading.zones.values()]
    heating, cooling = (_columns(found[key], order, missing=0.0) for key in ("heat", "cool"))
    temp = _columns(found["temp"], order, missing=None)
    begin = next((i for i, stamp in enumerate(found["temp"].index) if stamp == _NEW_YEAR), 0)
    heating, cooling, temp = (values[begin : begin + HOURS] for values in (heating, cooling, temp))
    if len(temp) != HOURS:
        raise TwinError(
            f"the reference run gave {len(temp)} of {HOURS} hours.",
            "Report this with the model.",
            file=model.path,
        )
    zones = HourlyZones(heating, cooling, np.zeros_like(heating), temp)
    return Year(zones, done.cpu_s + walls.cpu_s, done.warnings, 60 // steps)


@contextmanager
def _in_words_of(model: Model, reference: Path) -> Iterator[None]:
    """The engine ran a file of our making; what it complains of stands in the user's."""
    try:
        yield
    except TwinError as error:
        if error.file != str(reference):
            raise
        raise error.at(file=model.path, key=error.key) from error


def _columns(table: pd.DataFrame, order: Sequence[str], missing: float | None) -> Series:
    """Columns of the zones in order; zones without a system have no load."""
    parts = []
    for name in order:
        if name in table:
            parts.append(table[name].to_numpy(float))
        elif missing is not None:
            parts.append(np.full(len(table), missing))
        else:
            raise TwinError(f"EnergyPlus gave no series of zone '{name}'.", "Report this with the model.")
    return np.column_stack(parts)


def fast_years(projects: Sequence[Project], climate: ClimateYear) -> list[Year]:
    """March variants of one project (same weather and step), those on one site together.

    Returns
    -------
    list of Year
        In the order of the projects; CPU time is the share of each.
    """
    found: dict[int, Year] = {}
    waiting = list(range(len(projects)))
    while waiting:
        site = projects[waiting[0]].site
        here = [i for i in waiting if projects[i].site == site]
        waiting = [i for i in waiting if i not in here]
        found |= dict(zip(here, _together([projects[i] for i in here], climate), strict=True))
    return [found[i] for i in range(len(projects))]


def _together(projects: Sequence[Project], climate: ClimateYear) -> list[Year]:
    """March projects on one site as the buildings of one project."""
    buildings = tuple(
        project.buildings[0].model_copy(update={"name": f"variant {i}"}) for i, project in enumerate(projects)
    )
    begin = time.process_time()
    plant = prepare(projects[0].model_copy(update={"buildings": buildings}), climate)
    series = march_zones(plant)
    cpu = (time.process_time() - begin) / len(projects)
    return [Year(_hourly(plant, series, i), cpu) for i in range(len(projects))]


def _hourly(plant: Plant, stored: Series, i: int) -> HourlyZones:
    """Hourly means of building i; heating and cooling of each step are kept apart."""
    prepared = plant.prepared[i]
    per_hour = round(3600.0 / plant.dt_s)
    places = [prepared.place[zone.name] for zone in prepared.description.zones]
    sensible = np.column_stack([stored[:, OUT_SENSIBLE, g, z, lane] for g, z, lane in places])
    temp = np.column_stack([stored[:, OUT_TEMP, g, z, lane] for g, z, lane in places])
    return HourlyZones(
        heating=hourly_means(np.maximum(sensible, 0.0), per_hour),
        cooling=hourly_means(np.maximum(-sensible, 0.0), per_hour),
        latent=np.zeros((len(sensible) // per_hour, len(places))),
        temp_air=hourly_means(temp, per_hour),
    )
