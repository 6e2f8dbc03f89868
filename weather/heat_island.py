"""The urban heat island (城市热岛) as an offset on the air temperature of a climate year, by data.

The offset follows season and hour and the density of the quarter (local climate zones), not wind and cloud.
The mass of vapour in the air stays, so that relative humidity falls; sun, sky and wind stay too.

Years come from stations, and stations stand somewhere: at an airport or in a suburb the offset is what the
quarter has beyond them; a station inside the city has it already, and adding it counts it twice. The built-in
year stands on statistics of Baoshan, at the edge of the city, and of its suburbs. Published design conditions
stay those of the station.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.psychrometrics import relative_humidity_from_dew_point

FloatArray = NDArray[np.float64]

DensityZone = Literal[
    "compact_high_rise", "compact_mid_rise", "compact_low_rise", "open_high_rise", "open_mid_rise",
    "open_low_rise", "large_low_rise", "sparse",
]  # fmt: skip
"""Local climate zones of the data."""
SEASONS = ("winter", "spring", "summer", "autumn")
_MIDDLES = (15, 105, 196, 288)
"""Days of the year in the middle of the seasons."""
_KM_PER_DEGREE = 111.2


@cache
def heat_island_data() -> Mapping[str, Any]:
    """Figures of Shanghai with their sources."""
    text = (resources.files("weather") / "data" / "heat_island.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@dataclass(frozen=True)
class HeatIsland:
    """An offset that was laid on a year.

    Attributes
    ----------
    zone : str
        Local climate zone, a key of the data.
    mean, least, greatest : float
        Of the offset over the year [K].
    """

    zone: str
    mean: float
    least: float
    greatest: float


def heat_island_offset(index: pd.DatetimeIndex, zone: str) -> FloatArray:
    """Offset on the air temperature [K] at stamps of local time, shape (n,).

    Parameters
    ----------
    index : DatetimeIndex (n)
    zone : str
        Local climate zone.

    Raises
    ------
    TwinError
        A zone that the data do not have.
    """
    data = heat_island_data()
    zones, seasons, hours = data["zones"]["classes"], data["seasons"], data["hours"]
    if zone not in zones:
        raise TwinError(
            f"there is no local climate zone {zone!r}.",
            f"Use one of: {', '.join(zones)}.",
            key="site.heat_island",
        )
    day = index.day_of_year.to_numpy() + (index.hour.to_numpy() - 12.0) / 24.0
    by_season = np.interp(day, _MIDDLES, [seasons[name]["value"] for name in SEASONS], period=365.0)
    clock = index.hour.to_numpy() + index.minute.to_numpy() / 60.0
    by_hour = np.interp(clock, hours["at"], hours["factor"], period=24.0)
    return np.asarray(zones[zone]["share"] * by_season * by_hour)


def with_heat_island(climate: ClimateYear, zone: str) -> ClimateYear:
    """A year in a quarter of the city.

    Parameters
    ----------
    climate : ClimateYear
        Of a station that is not in the heat island itself.
    zone : str
        Local climate zone of the quarter.

    Returns
    -------
    ClimateYear
        Warmer air with the same mass of vapour; its name and `heat_island` tell.

    Raises
    ------
    TwinError
        A year that has its offset already, a place without data, or an unknown zone.
    """
    if climate.heat_island is not None:
        raise TwinError("The year has its heat island already.", "Lay it on once.", key="site.heat_island")
    site = heat_island_data()["site"]
    north = climate.latitude - site["latitude"]
    east = (climate.longitude - site["longitude"]) * math.cos(math.radians(climate.latitude))
    away = _KM_PER_DEGREE * math.hypot(north, east)
    if away > site["within_km"]:
        raise TwinError(
            f"The heat island is that of Shanghai; this weather is {away:.0f} km away.",
            "Leave out heat_island, or take weather of Shanghai.",
            key="site.heat_island",
        )
    offset = heat_island_offset(pd.DatetimeIndex(climate.data.index), zone)
    warmer = climate.data["temp_air"].to_numpy(float) + offset
    humidity = relative_humidity_from_dew_point(warmer, climate.data["temp_dew"].to_numpy(float))
    facts = HeatIsland(zone, float(offset.mean()), float(offset.min()), float(offset.max()))
    named = heat_island_data()["zones"]["classes"][zone]["name_en"]
    return replace(
        climate,
        data=climate.data.assign(temp_air=warmer, relative_humidity=humidity),
        name=f"{climate.name}, heat island of {named} ({facts.mean:+.2f} K)",
        heat_island=facts,
    )
