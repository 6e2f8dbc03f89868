"""The twin's error: building and zones, the whole year and the half that nothing was corrected on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from twin.crosscheck.comparison import Compared, Comparison, HourlyZones
from twin.crosscheck.measures import LoadMeasures, load_measures, temperature_measures, together

LOADS = ("heating", "cooling")
ANNUAL_LIMIT, ANNUAL_WITHIN, CV_LIMIT = 5.0, 1.0, 20.0
"""Aims of a distilled twin: annual load within 5 %, hourly CV(RMSE) below 20 %. What misses them by no more
than 1 kWh/m2 is called small: that is our own measure, so it is shown and earns no verdict."""
_SMALL_W_M2 = 0.5
"""Mean load below which a CV(RMSE) says little [W/m2]; assumed."""


@dataclass(frozen=True)
class Aim:
    """One aim and whether it is reached.

    Attributes
    ----------
    value : float or None
        Difference or CV(RMSE) [%].
    small : bool
        Not reached, but the load is so small that a share says little: not judged.
    """

    load: str
    measure: str
    value: float | None
    limit: float
    reached: bool
    small: bool = False


def compared(
    building: CompleteBuilding,
    times: pd.DatetimeIndex,
    ours: HourlyZones,
    reference: HourlyZones,
    hours: NDArray[np.bool_] | None = None,
) -> Comparison:
    """Measures of a building and its zones over some hours of the year (all of them by default)."""
    chosen = slice(None) if hours is None else hours
    pair = (_at(ours, chosen), _at(reference, chosen))
    stamps = times[chosen]
    count = np.array([float(zone.multiplier) for zone in building.zones])
    zones = tuple(_zone(building, z, stamps, pair) for z in range(len(building.zones)))
    areas = [zone.area * n for zone, n in zip(zones, count, strict=True)]
    served = sum(a for a, zone in zip(areas, building.zones, strict=True) if zone.conditioned) or sum(areas)
    loads = {
        kind: load_measures(
            np.asarray(getattr(pair[0], kind) @ count),
            np.asarray(getattr(pair[1], kind) @ count),
            stamps,
            served,
        )
        for kind in LOADS
    }
    temperature = together([zone.temperature for zone in zones], areas)
    whole = Compared(building.name, served, loads, temperature, None, ())
    return Comparison(building, whole, zones, stamps, pair, None)


def _at(zones: HourlyZones, hours: Any) -> HourlyZones:
    return HourlyZones(zones.heating[hours], zones.cooling[hours], zones.latent[hours], zones.temp_air[hours])


def _zone(
    building: CompleteBuilding, z: int, times: pd.DatetimeIndex, pair: tuple[HourlyZones, HourlyZones]
) -> Compared:
    zone = building.zones[z]
    loads: dict[str, LoadMeasures] = {}
    if zone.conditioned:
        for kind in LOADS:
            ours, reference = (getattr(side, kind)[:, z] for side in pair)
            loads[kind] = load_measures(ours, reference, times, zone.floor_area)
    temperature = temperature_measures(pair[0].temp_air[:, z], pair[1].temp_air[:, z], times)
    return Compared(zone.name, zone.floor_area, loads, temperature, None, ())


def aims(year: Comparison, unused: Comparison) -> tuple[Aim, ...]:
    """Annual loads of the whole year, hourly CV(RMSE) of the half that nothing was corrected on."""
    found = []
    for kind in LOADS:
        load, half = year.whole.loads[kind], unused.whole.loads[kind]
        percent = load.annual_difference
        apart = abs(load.annual - load.reference_annual)
        within = percent is not None and abs(percent) <= ANNUAL_LIMIT
        within = within or apart == 0.0
        small = not within and apart <= ANNUAL_WITHIN
        found.append(Aim(kind, "annual", percent, ANNUAL_LIMIT, within, small))
        close = half.cv_rmse is not None and half.cv_rmse <= CV_LIMIT
        close = close or half.rmse == 0.0
        mean = half.reference_annual * 1000.0 / len(unused.times)
        small = not close and mean < _SMALL_W_M2 and half.rmse <= _SMALL_W_M2
        found.append(Aim(kind, "cv_rmse", half.cv_rmse, CV_LIMIT, close, small))
    return tuple(found)


def measures_dict(load: LoadMeasures) -> dict[str, Any]:
    """Measures of one load for machines; kWh/m2, W/m2, %."""
    return {
        "annual_kwh_m2": load.annual,
        "reference_annual_kwh_m2": load.reference_annual,
        "annual_difference_percent": load.annual_difference,
        "monthly_kwh_m2": list(load.monthly),
        "reference_monthly_kwh_m2": list(load.reference_monthly),
        "peak_w_m2": load.peak,
        "reference_peak_w_m2": load.reference_peak,
        "peak_difference_percent": load.peak_difference,
        "rmse_w_m2": load.rmse,
        "nmbe_percent": load.nmbe,
        "cv_rmse_percent": load.cv_rmse,
        "cv_rmse_running_percent": load.cv_rmse_running,
    }


def comparison_dict(one: Comparison) -> dict[str, Any]:
    """A comparison for machines."""

    def of(shown: Compared) -> dict[str, Any]:
        return {
            "area_m2": shown.area,
            "temperature_rmse_k": shown.temperature.rmse,
            "temperature_bias_k": shown.temperature.bias,
            "loads": {kind: measures_dict(load) for kind, load in shown.loads.items()},
        }

    return {"building": of(one.whole), "zones": {zone.name: of(zone) for zone in one.zones}}
