"""Two engines' years of one building, zone by zone and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from twin.crosscheck.measures import (
    LoadMeasures,
    Series,
    TemperatureMeasures,
    hourly_means,
    load_measures,
    temperature_measures,
    together,
)
from twin.crosscheck.targets import LOADS, Judged, Targets, Verdict, judge_load, judge_temperature, overall
from weather.errors import TwinError


class ZoneSeries(Protocol):
    """What either engine gives: arrays (n steps, zones) of single zones, without their multipliers.

    `sensible` [W] is positive into the zone, `latent` [W] is positive for moisture that is taken out. `cpu_s`
    is the CPU time of the run [s].
    """

    @property
    def zones(self) -> Sequence[str]: ...
    @property
    def temp_air(self) -> Any: ...
    @property
    def sensible(self) -> Any: ...
    @property
    def latent(self) -> Any: ...
    @property
    def cpu_s(self) -> float: ...
    @property
    def warnings(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class HourlyZones:
    """Hourly means of one engine, columns in the order of the building's zones.

    Attributes
    ----------
    heating, cooling, latent : ndarray (hours, zones)
        Of single zones, not below nought [W].
    temp_air : ndarray (hours, zones)
        [degC].
    """

    heating: Series
    cooling: Series
    latent: Series
    temp_air: Series


@dataclass(frozen=True)
class Compared:
    """A zone or a building under both engines, and what the targets say.

    Attributes
    ----------
    name : str
    area : float
        Conditioned floor area of one such zone, or of the building with multipliers [m2]; all floor area
        where nothing is conditioned.
    loads : dict
        `heating`, `cooling`, `latent`; empty where nothing is conditioned.
    temperature : TemperatureMeasures
        With plant.
    free_float : TemperatureMeasures or None
        Without plant, where that was run.
    judged : tuple of Judged
    """

    name: str
    area: float
    loads: dict[str, LoadMeasures]
    temperature: TemperatureMeasures
    free_float: TemperatureMeasures | None
    judged: tuple[Judged, ...]

    @property
    def verdict(self) -> Verdict:
        """`pass`, `fail` or `not_judged`."""
        return overall(list(self.judged))


@dataclass(frozen=True)
class Comparison:
    """One building: the whole, its zones, and the hourly series behind them (ours, reference).

    Attributes
    ----------
    times : DatetimeIndex (hours,)
        Starts of the hours.
    conditioned, free : tuple of HourlyZones
        Fast engine, EnergyPlus; `free` is None where it was not run.
    """

    building: CompleteBuilding
    whole: Compared
    zones: tuple[Compared, ...]
    times: pd.DatetimeIndex
    conditioned: tuple[HourlyZones, HourlyZones]
    free: tuple[HourlyZones, HourlyZones] | None

    def zone_index(self, name: str) -> int:
        """Column of a zone."""
        return [zone.name for zone in self.building.zones].index(name)

    def building_load(self, kind: str) -> tuple[Series, Series]:
        """Hourly load of the building per conditioned floor area, ours and the reference [W/m2]."""
        count = _multipliers(self.building)
        ours, reference = (getattr(side, kind) @ count / self.whole.area for side in self.conditioned)
        return np.asarray(ours), np.asarray(reference)


def hourly_zones(
    year: ZoneSeries, building: CompleteBuilding, times: pd.DatetimeIndex
) -> tuple[HourlyZones, pd.DatetimeIndex]:
    """Hourly means of an engine's year, columns in the building's order, and the starts of the hours.

    An engine may have marched shorter or longer steps than `times`, so long as they make whole hours.

    Raises
    ------
    TwinError
        Steps or zones that are not the description's, or a series that is not finite: that engine's fault,
        told rather than compared.
    """
    names = [zone.name for zone in building.zones]
    if sorted(year.zones) != sorted(names):
        raise TwinError(
            f"an engine gave the zones {', '.join(map(str, year.zones))} of building '{building.name}', "
            f"which has {', '.join(names)}.",
            "Report this with the project file.",
        )
    order = [list(year.zones).index(name) for name in names]
    per_hour = round(pd.Timedelta(hours=1) / (times[1] - times[0]))

    hours = times[::per_hour]

    def of(key: str) -> NDArray[np.float64]:
        values = np.asarray(getattr(year, key), dtype=float)
        whole = values.shape[1:] == (len(names),) and len(values) > 0 and len(values) % len(hours) == 0
        if not whole or not np.all(np.isfinite(values)):
            raise TwinError(
                f"an engine gave no whole series of {key} for building '{building.name}': "
                f"{values.shape} values, {int(np.sum(~np.isfinite(values)))} of them not finite.",
                "Report this with the project file.",
            )
        return values[:, order]

    sensible = of("sensible")
    steps = len(sensible) // len(hours)
    return (
        HourlyZones(
            heating=hourly_means(np.maximum(sensible, 0.0), steps),
            cooling=hourly_means(np.maximum(-sensible, 0.0), steps),
            latent=hourly_means(of("latent"), steps),
            temp_air=hourly_means(of("temp_air"), steps),
        ),
        hours,
    )


def compare(
    building: CompleteBuilding,
    times: pd.DatetimeIndex,
    conditioned: tuple[ZoneSeries, ZoneSeries],
    free: tuple[ZoneSeries, ZoneSeries] | None,
    targets: Targets,
) -> Comparison:
    """Compare two engines on one building.

    Parameters
    ----------
    building : CompleteBuilding
    times : DatetimeIndex (n,)
        Starts of the steps.
    conditioned : (ours, reference)
        With ideal plant.
    free : (ours, reference), optional
        Without plant.
    targets : Targets
    """
    pairs = [hourly_zones(year, building, times)[0] for year in conditioned]
    hours = hourly_zones(conditioned[0], building, times)[1]
    both = (pairs[0], pairs[1])
    floating = None
    if free is not None:
        floating = (hourly_zones(free[0], building, times)[0], hourly_zones(free[1], building, times)[0])
    zones = tuple(_zone(building, z, hours, both, floating, targets) for z in range(len(building.zones)))
    whole = _whole(building, zones, hours, both, targets)
    return Comparison(building, whole, zones, hours, both, floating)


def _multipliers(building: CompleteBuilding) -> NDArray[np.float64]:
    return np.array([float(zone.multiplier) for zone in building.zones])


def _zone(
    building: CompleteBuilding,
    z: int,
    hours: pd.DatetimeIndex,
    both: tuple[HourlyZones, HourlyZones],
    floating: tuple[HourlyZones, HourlyZones] | None,
    targets: Targets,
) -> Compared:
    zone = building.zones[z]
    ours, reference = both
    loads: dict[str, LoadMeasures] = {}
    if zone.conditioned:
        for kind in LOADS:
            loads[kind] = load_measures(
                getattr(ours, kind)[:, z], getattr(reference, kind)[:, z], hours, zone.floor_area
            )
    free = None
    if floating is not None:
        free = temperature_measures(floating[0].temp_air[:, z], floating[1].temp_air[:, z], hours)
    said = [one for kind, load in loads.items() for one in judge_load(kind, load, targets, whole=False)]
    said += [judge_temperature(free, targets)] if free is not None else []
    temperature = temperature_measures(ours.temp_air[:, z], reference.temp_air[:, z], hours)
    return Compared(zone.name, zone.floor_area, loads, temperature, free, tuple(said))


def _whole(
    building: CompleteBuilding,
    zones: tuple[Compared, ...],
    hours: pd.DatetimeIndex,
    both: tuple[HourlyZones, HourlyZones],
    targets: Targets,
) -> Compared:
    count = _multipliers(building)
    areas = [zone.area * n for zone, n in zip(zones, count, strict=True)]
    served = sum(area for area, zone in zip(areas, building.zones, strict=True) if zone.conditioned)
    loads: dict[str, LoadMeasures] = {}
    if served > 0.0:
        for kind in LOADS:
            ours, reference = (np.asarray(getattr(side, kind) @ count) for side in both)
            loads[kind] = load_measures(ours, reference, hours, served)
    free = None
    floating = [zone.free_float for zone in zones if zone.free_float is not None]
    if floating:
        free = together(floating, areas)
    said = [one for kind, load in loads.items() for one in judge_load(kind, load, targets, whole=True)]
    said += [judge_temperature(free, targets)] if free is not None else []
    temperature = together([zone.temperature for zone in zones], areas)
    return Compared(building.name, served or sum(areas), loads, temperature, free, tuple(said))
