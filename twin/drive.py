"""One controller, a model in EnergyPlus and the fast twin of it, side by side over some days."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from buildings.energyplus.messages import SLOW_START
from buildings.energyplus.objects import objects, thermostat_zones
from buildings.energyplus.run_period import write_with_run_period
from buildings.idf.model import open_model
from buildings.idf.openings import Outdoors
from buildings.idf.reading import TIMESTEP_MIN, reading_of
from buildings.idf.reference_model import write_reference
from controllers.protocol import ZoneController
from twin.driven import Driven, drive_energyplus, drive_fast
from twin.progress import Progress
from weather.climate_year import ClimateYear
from weather.epw_writer import write_epw
from weather.errors import TwinError

_LONGEST_DAYS = 365
_STEPS_PER_HOUR = 6
"""What EnergyPlus takes where a model names no step."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Both engines under the same controller.

    Attributes
    ----------
    energyplus : Driven
        The model as it is, with its own systems.
    ideal : Driven
        The model in EnergyPlus with ideal plant, which the fast twin has too.
    fast : Driven
    names : mapping
        Zone of the fast twin to zone of the model, those with a thermostat.
    """

    energyplus: Driven
    ideal: Driven
    fast: Driven
    names: dict[str, str]

    def rmse_k(self, reference: Driven) -> pd.Series:
        """Root mean square difference of the fast twin from a run of EnergyPlus, by the model's zones [K]."""
        ours = self.fast.temp_air_c[list(self.names)].to_numpy()
        theirs = by_zone(reference.temp_air_c)[[zone.upper() for zone in self.names.values()]].to_numpy()
        return pd.Series(np.sqrt(np.mean((ours - theirs) ** 2, axis=0)), list(self.names.values()))


def by_zone(table: pd.DataFrame) -> pd.DataFrame:
    """The same with the names of zones in capitals, as EnergyPlus compares them."""
    return table.rename(columns=str.upper)


def drive_both(
    idf: Path,
    climate: ClimateYear,
    controller: ZoneController,
    *,
    first: tuple[int, int],
    days: int,
    progress: Progress | None = None,
) -> Pair:
    """Drive a model in EnergyPlus, the same with ideal plant, and its fast twin, by one controller object.

    The fast twin has ideal plant: against the model with ideal plant it shows how true the twin is, against
    the model as it is also what its systems do (limits, minimum air flows, hours off).

    Parameters
    ----------
    idf : Path
        Model of the installed engine's version, with its own systems.
    climate : ClimateYear
    controller : ZoneController
        Called for one after the other.
    first : (month, day)
    days : int
        How many days, within the year.

    Raises
    ------
    TwinError
        A model that cannot be read or run; days outside the year.
    """
    told = progress if progress is not None else _silent
    begin, end = _span(climate.year, first, days)
    opened = open_model(idf)
    air = climate.data
    outdoors = Outdoors(air["temp_air"].to_numpy(float), air["wind_speed"].to_numpy(float))
    reading = reading_of(opened, year=climate.year, outdoors=outdoors, fresh_air=True)
    with tempfile.TemporaryDirectory(prefix="pedf-twin-drive-") as scratch:
        folder = Path(scratch)
        model = write_with_run_period(
            idf, folder / "model.idf", (begin.month, begin.day), (end.month, end.day), begin.day_name()
        )
        zones = thermostat_zones(model)
        if not zones:
            raise TwinError(
                "no zone of the model has a thermostat to drive.", "Give zones a thermostat.", file=idf
            )
        epw = write_epw(climate, folder / "weather.epw")
        told(0.1)
        run = partial(
            drive_energyplus, epw=epw, controller=controller, year=climate.year, time_zone=climate.time_zone,
            zones=zones, accepted=(SLOW_START,),
        )  # fmt: skip
        reference = run(model, out=folder / "out")
        told(0.4)
        for name, source in opened.files_beside().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
        bare = folder / "bare.idf"
        write_reference(opened, bare, year=climate.year, fresh_air=True)
        write_with_run_period(
            bare, folder / "ideal.idf", (begin.month, begin.day), (end.month, end.day), begin.day_name()
        )
        ideal = run(folder / "ideal.idf", out=folder / "out-ideal")
    told(0.8)
    fast = drive_fast(
        reading.project, climate, controller, first=(begin.month, begin.day), last=(end.month, end.day)
    )
    told(1.0)
    by_model = {theirs.upper(): ours for ours, theirs in reading.zones.items()}
    names = {by_model[zone.upper()]: zone for zone in zones if zone.upper() in by_model}
    return Pair(reference, ideal, fast, names)


def shared_interval_min(idf: Path) -> float:
    """Shortest interval at which a controller can be asked in both engines [min].

    Parameters
    ----------
    idf : Path
        Model; its `Timestep` counts steps an hour.

    Returns
    -------
    float
        Least common multiple of the model's step and the fast twin's.
    """
    written = next((fields[0] for fields in objects(idf, "Timestep") if fields), "")
    steps = int(written) if written.isdigit() and int(written) > 0 and 60 % int(written) == 0 else None
    return float(math.lcm(TIMESTEP_MIN, 60 // (steps or _STEPS_PER_HOUR)))


def _span(year: int, first: tuple[int, int], days: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    try:
        begin = pd.Timestamp(year=year, month=first[0], day=first[1])
    except ValueError:
        raise TwinError(
            f"there is no day {first[0]:02d}-{first[1]:02d}.", "Write MM-DD such as 07-07.", key="--first"
        ) from None
    end = begin + pd.Timedelta(days=days - 1)
    if not 1 <= days <= _LONGEST_DAYS or end.year != year:
        raise TwinError(
            f"{days} days from {begin:%m-%d} leave the year {year}.", "Choose fewer days.", key="--days"
        )
    return begin, end


def _silent(share: float) -> None:
    del share
