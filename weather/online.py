"""Weather from the net through pvlib: PVGIS typical years and NASA POWER's actual years, with a cache.

What was fetched once is kept in the user's cache folder and used again, so a project runs offline
afterwards. Without net and cache the error says so; nothing else is put in its place.
"""

from __future__ import annotations

import hashlib
import os
import queue
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import platformdirs
from numpy.typing import NDArray

from weather import psychrometrics
from weather.clear_sky import linke_clear_ghi
from weather.climate_year import HOURS, ClimateYear, nominal_index, time_zone_name
from weather.epw_repair import fill_states, repair_humidity, repair_irradiance
from weather.errors import TwinError
from weather.longwave import longwave_down, sky_cover_from_sun
from weather.sun import epoch_seconds, sun_over_intervals

FloatArray = NDArray[np.float64]

COLUMNS = (
    "ghi",
    "dni",
    "dhi",
    "temp_air",
    "temp_dew",
    "relative_humidity",
    "pressure",
    "longwave_down",
    "wind_speed",
    "wind_direction",
)
"""What is asked for, by pvlib's names."""
LIMIT_S = 120.0
"""Longest time that a source may take to answer, s."""


def cache_folder() -> Path:
    """Folder of fetched weather."""
    return Path(platformdirs.user_cache_dir("pedf-twin")) / "weather"


def pvgis_tmy(latitude: float, longitude: float, *, year: int = 2025, url: str | None = None) -> ClimateYear:
    """Typical meteorological year of PVGIS.

    Parameters
    ----------
    latitude, longitude : float
        Degrees.
    year : int
        Calendar year to lay the hours on.
    url : str, optional
        Another server.

    Raises
    ------
    TwinError
        If the source cannot be reached and nothing is cached, or refuses the place.
    """

    def fetch() -> pd.DataFrame:
        from pvlib.iotools import get_pvgis_tmy

        options: dict[str, Any] = {} if url is None else {"url": url}
        table, meta = get_pvgis_tmy(latitude, longitude, coerce_year=None, **options)
        # PVGIS has lon/lat/elevation under "location" and names its long-wave column for itself.
        table = table.rename(columns={"IR(h)": "longwave_down"})
        table.attrs = {"altitude": float(meta["inputs"]["location"]["elevation"])}
        return table

    name = f"pvgis:{latitude:g},{longitude:g}"
    table = _cached(name, url, fetch)
    # Months come from different years: order by the calendar alone.
    stamp = pd.DatetimeIndex(table.index)
    leap = (stamp.month == 2) & (stamp.day == 29)
    table = table[~leap]
    stamp = stamp[~leap]
    table = table.iloc[np.lexsort((stamp.hour, stamp.day, stamp.month))]
    repairs = [f"February 29 dropped ({int(leap.sum())} rows)"] if leap.any() else []
    repairs.append("temperature, humidity and wind are taken at the stamp, as PVGIS gives them")
    return _climate(table, name, "PVGIS typical meteorological year", latitude, longitude, year, repairs)


def nasa_power(
    latitude: float, longitude: float, *, actual_year: int = 2023, year: int = 2025, url: str | None = None
) -> ClimateYear:
    """An actual year of NASA POWER.

    Parameters
    ----------
    latitude, longitude : float
        Degrees.
    actual_year : int
        Year to fetch.
    year : int
        Calendar year to lay the hours on.
    url : str, optional
        Another server.

    Raises
    ------
    TwinError
        As for `pvgis_tmy`.
    """

    def fetch() -> pd.DataFrame:
        from pvlib.iotools import get_nasa_power

        options: dict[str, Any] = {} if url is None else {"url": url}
        table, meta = get_nasa_power(
            latitude,
            longitude,
            start=f"{actual_year}-01-01",
            end=f"{actual_year}-12-31",
            parameters=[*COLUMNS[:-1], "WD10M"],
            **options,
        )
        # pvlib has no name of its own for the direction of the wind here.
        table = table.rename(columns={"WD10M": "wind_direction"})
        table.attrs = {"altitude": float(meta["altitude"])}
        return table

    name = f"nasa:{latitude:g},{longitude:g},{actual_year}"
    table = _cached(name, url, fetch)
    stamp = pd.DatetimeIndex(table.index)
    leap = (stamp.month == 2) & (stamp.day == 29)
    table = table[~leap].copy()
    repairs = [f"February 29 dropped ({int(leap.sum())} rows)"] if leap.any() else []
    # POWER gives hourly means of the states: at the stamp stands the mean of the hours on its sides.
    for column in ("temp_air", "temp_dew", "pressure", "wind_speed"):
        values = table[column].to_numpy(float)
        table[column] = 0.5 * (values + np.roll(values, 1))
    # Relative humidity follows from the two temperatures; the file's own would contradict the shifted ones.
    table["relative_humidity"] = np.nan
    repairs.append("hourly means of temperature, humidity and wind taken to the stamps between them")
    return _climate(table, name, f"NASA POWER {actual_year}", latitude, longitude, year, repairs)


def _climate(
    table: pd.DataFrame,
    name: str,
    source: str,
    latitude: float,
    longitude: float,
    year: int,
    repairs: list[str],
) -> ClimateYear:
    """From rows in UTC (states at the stamp, fluxes about or after it) to a complete year in local time."""
    if len(table) != HOURS:
        raise TwinError(
            f"{source} gave {len(table)} hours instead of {HOURS}.",
            "Try again, or give an EPW file.",
            key=name,
        )
    offset = _standard_offset_h(latitude, longitude)
    altitude = float(table.attrs["altitude"])
    index = nominal_index(year, time_zone_name(latitude, longitude, offset), offset)
    place = Path(name)
    local = {
        column: np.roll(table[column].to_numpy(float), int(offset))
        for column in table.columns
        if column in COLUMNS
    }
    starts = epoch_seconds(index)
    temp = fill_states(local["temp_air"], "dry bulb", place, repairs)
    absent = np.full(HOURS, np.nan)
    dew, humidity = repair_humidity(
        temp, local.get("temp_dew", absent), local.get("relative_humidity", absent), place, repairs
    )
    standard = np.full(HOURS, float(psychrometrics.standard_pressure(altitude)))
    pressure = fill_states(local.get("pressure", standard), "pressure", place, repairs)
    ghi, dni, dhi = repair_irradiance(
        local["ghi"], local["dni"], local["dhi"], pressure, starts, latitude, longitude, place, repairs
    )
    sun = sun_over_intervals(starts, 3600.0, latitude, longitude)
    cover = sky_cover_from_sun(ghi, linke_clear_ghi(index, latitude, longitude, altitude, sun), sun)
    longwave = local.get("longwave_down", absent)
    gaps = np.isnan(longwave)
    if gaps.any():
        longwave = np.where(gaps, longwave_down(temp, dew, cover), longwave)
        repairs.append(f"sky long-wave missing in {int(gaps.sum())} hours: Clark-Allen with clouds")
    direction = local.get("wind_direction", np.zeros(HOURS))
    data = pd.DataFrame(
        {
            "temp_air": temp,
            "temp_dew": dew,
            "relative_humidity": humidity,
            "pressure": pressure,
            "wind_speed": fill_states(local["wind_speed"], "wind speed", place, repairs),
            "wind_direction": np.where(np.isnan(direction), 0.0, direction) % 360.0,
            "ghi": ghi,
            "dni": dni,
            "dhi": dhi,
            "longwave_down": longwave,
            "total_sky_cover": cover,
        },
        index=index,
    )
    return ClimateYear(
        data=data,
        name=name,
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
        time_zone=str(index.tz),
        utc_offset_h=offset,
        source=source,
        repairs=tuple(repairs),
        provenance="online",
    )


def _standard_offset_h(latitude: float, longitude: float) -> float:
    """China keeps UTC+8 throughout; elsewhere the nautical zone of the longitude, in whole hours."""
    if 18.0 <= latitude <= 54.0 and 73.0 <= longitude <= 135.0:
        return 8.0
    return float(round(longitude / 15.0))


def _cached(name: str, url: str | None, fetch: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What the cache holds, else what the source gives, kept for the next time."""
    label = name.replace(":", "_").replace(",", "_")
    suffix = "" if url is None else "_" + hashlib.sha256(url.encode()).hexdigest()[:8]
    path = cache_folder() / f"{label}{suffix}.parquet"
    if path.is_file():
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise TwinError(
                f"the cached weather cannot be read ({error}).", "Delete this file and try again.", file=path
            ) from error
    table = _within_time(name, fetch)
    _keep(table, path)
    return table


def _within_time(name: str, fetch: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Run a fetch with a time limit of its own, for pvlib gives NASA's request none."""
    import requests

    answer: queue.Queue[pd.DataFrame | Exception] = queue.Queue()

    def work() -> None:
        try:
            answer.put(fetch())
        except (requests.RequestException, ValueError, KeyError, TypeError, OSError) as error:
            answer.put(error)

    threading.Thread(target=work, daemon=True).start()
    remedy = "Connect to the net, or use 'shanghai' or an EPW file, which need none."
    try:
        result = answer.get(timeout=LIMIT_S)
    except queue.Empty:
        raise TwinError(f"no answer within {LIMIT_S:g} s.", remedy, key=name) from None
    if isinstance(result, requests.HTTPError):
        raise TwinError(
            f"the source refuses: {result}.", "Check latitude, longitude and year.", key=name
        ) from result
    if isinstance(result, (requests.RequestException, OSError)) and not isinstance(result, ValueError):
        raise TwinError("the source cannot be reached.", remedy, key=name) from result
    if isinstance(result, Exception):
        raise TwinError(
            f"the source gave something unexpected ({type(result).__name__}: {result}).", remedy, key=name
        ) from result
    return result


def _keep(table: pd.DataFrame, path: Path) -> None:
    """Write to the cache, whole or not at all; a folder that cannot be written only costs the next fetch."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    os.close(handle)
    try:
        table.to_parquet(temporary)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
