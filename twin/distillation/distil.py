"""Distil: read the model, run both engines, correct where asked, write the twin with its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.schema import Project
from buildings.idf.model import Note, open_model
from buildings.idf.openings import Outdoors
from buildings.idf.reading import Reading, reading_of
from twin.crosscheck.comparison import Comparison
from twin.distillation.corrections import Content, Correction, corrected, fit
from twin.distillation.errors import Aim, aims, compared, comparison_dict
from twin.distillation.halves import fitted_hours
from twin.distillation.years import Year, fast_years, reference_year
from weather import load_weather
from weather.climate_year import ClimateYear

Told = Callable[[str, float], None]
YEAR = 2025


@dataclass(frozen=True, eq=False)
class Judged:
    """One twin against the model: the year, the two halves, the aims."""

    year: Comparison
    used: Comparison
    unused: Comparison
    aims: tuple[Aim, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "year": comparison_dict(self.year),
            "used_half": comparison_dict(self.used),
            "unused_half": comparison_dict(self.unused),
            "aims": [vars(aim) for aim in self.aims],
        }


@dataclass(frozen=True, eq=False)
class Distilled:
    """A fast twin of a model.

    Attributes
    ----------
    model : Path
    reading : Reading
    content : dict
        The project as written, with its corrections.
    climate : ClimateYear
    as_read, twin : Judged
        Before and after corrections; the same where nothing was corrected.
    corrections : tuple of Correction
    reference, fast : Year
    """

    model: Path
    reading: Reading
    content: Content
    climate: ClimateYear
    as_read: Judged
    twin: Judged
    corrections: tuple[Correction, ...]
    reference: Year
    fast: Year

    @property
    def building(self) -> CompleteBuilding:
        """The building as read."""
        return self.twin.year.building

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is the nearest only, and what was left aside."""
        return self.reading.notes


def distil(
    model: str | Path,
    *,
    weather: str = "shanghai",
    calibrate: bool = False,
    fresh_air: bool = False,
    told: Told | None = None,
) -> Distilled:
    """Make a fast twin of an EnergyPlus model and measure it.

    Parameters
    ----------
    model : path-like
        IDF or epJSON.
    weather : str
        See `weather.load_weather`.
    calibrate : bool
        Correct named parameters on one half of the year.
    fresh_air : bool
        Give zones the design outdoor air of the systems that are set aside, in the twin and the reference.
    told : callable, optional
        Called with the stage and its share done.

    Raises
    ------
    TwinError
        See `read_idf`, `reference_year`, `load_weather`.
    """
    say = told if told is not None else _silent
    say("reading the model", 0.0)
    opened = open_model(model)
    climate = load_weather(weather, year=YEAR)
    outdoors = Outdoors(climate.data["temp_air"].to_numpy(float), climate.data["wind_speed"].to_numpy(float))
    reading = reading_of(opened, year=YEAR, weather=weather, outdoors=outdoors, fresh_air=fresh_air)
    say("EnergyPlus on the model itself", 0.1)
    reference = reference_year(opened, reading, climate, fresh_air=fresh_air)
    say("the fast twin", 0.6)
    fast = fast_years([reading.project], climate)[0]
    building = complete(reading.project.buildings[0], calendar=reading.project.calendar)
    times = pd.DatetimeIndex(climate.data.index)
    fitted = fitted_hours(times)

    def judged(year: Year) -> Judged:
        pair = (year.zones, reference.zones)
        whole, used, unused = (compared(building, times, *pair, h) for h in (None, fitted, ~fitted))
        return Judged(whole, used, unused, aims(whole, unused))

    as_read = judged(fast)
    if not calibrate:
        return Distilled(
            opened.path, reading, reading.content, climate, as_read, as_read, (), reference, fast
        )
    say("correcting on one half of the year", 0.7)
    count = np.array([float(zone.multiplier) for zone in building.zones])
    found = fit(
        reading.content, climate, reference.zones, fitted, count,
        progress=lambda share: say("correcting on one half of the year", 0.7 + 0.28 * share),
    )  # fmt: skip
    content = corrected(reading.content, {one.key: one.value for one in found})
    better = fast_years([Project.model_validate(content)], climate)[0]
    return Distilled(
        opened.path, reading, content, climate, as_read, judged(better), found, reference, better
    )


def _silent(stage: str, share: float) -> None:
    del stage, share
