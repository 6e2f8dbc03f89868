"""Weather of the coming hours for every member: climate years that are the known one up to the start.

What a forecast does not say stays as the climate year has it: wind, pressure, and the moisture of the air,
as far as the member's air can hold it. Beam and diffuse sun are split by Erbs; the sky radiates as the year's
does beside its air.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.text_file import file_text
from weather.climate_year import HOURS, ClimateYear
from weather.errors import TwinError
from weather.forecast import WeatherForecast, clear_sky_ghi
from weather.forecast_members import Members, weather_members
from weather.psychrometrics import relative_humidity_from_dew_point
from weather.sky import erbs_split

Floats = NDArray[np.float64]
_LARGEST = 5_000_000
_COLUMNS = ("temp_air", "ghi")


class HourlyForecast(NamedTuple):
    """A forecast by hours: temperature at their starts and the end of the last, sun as means."""

    temp_air: Floats
    ghi: Floats


def simulated_forecast(climate: ClimateYear, first: int, hours: int, seed: int) -> HourlyForecast:
    """A forecast that errs as published ones do, of weather that is known (`weather.forecast`).

    Parameters
    ----------
    climate : ClimateYear
        The truth.
    first : int
        Hour of the year at which it is asked for.
    hours : int
    seed : int
        Of its errors.
    """
    told = WeatherForecast(climate.at_step(60), "weather", seed, float(hours + 1))
    return HourlyForecast(told.temp(first, hours + 1), told.ghi(first, hours))


def read_forecast(path: str | Path, climate: ClimateYear, first: int, hours: int) -> HourlyForecast:
    """A forecast from a CSV file: `time` (start of an hour, with its offset from UTC), `temp_air`, `ghi`.

    Parameters
    ----------
    path : path-like
    climate : ClimateYear
        Says which hours are wanted.
    first, hours : int

    Raises
    ------
    TwinError
        A file that cannot be read, lacks columns or hours, or has values that no weather has.
    """
    file = Path(path)
    text = file_text(
        file,
        _LARGEST,
        missing="Give a CSV file of the forecast.",
        split="Give the hours that are asked for only.",
    )
    try:
        table = pd.read_csv(io.StringIO(text))
    except (ValueError, pd.errors.ParserError) as error:
        raise TwinError(
            f"it is no table of CSV: {error}.", "Give columns time, temp_air and ghi.", file=file
        ) from None
    missing = [name for name in ("time", *_COLUMNS) if name not in table.columns]
    if missing:
        raise TwinError(
            f"the forecast lacks {', '.join(missing)}.",
            "Give columns time (start of the hour with its offset from UTC), temp_air [degC] and ghi [W/m2].",
            file=file,
            key=missing[0],
        )
    try:
        times = pd.to_datetime(table["time"], utc=True)
    except ValueError:
        raise TwinError(
            "a time of the forecast cannot be read.", "Write 2025-07-30T06:00+08:00.", file=file, key="time"
        ) from None
    wanted = pd.DatetimeIndex(climate.data.index)[(first + np.arange(hours)) % HOURS].tz_convert("UTC")
    found = {}
    for name, (low, high) in {"temp_air": (-60.0, 60.0), "ghi": (0.0, 1600.0)}.items():
        values = pd.to_numeric(table[name], errors="coerce").set_axis(pd.DatetimeIndex(times))
        values = values[~values.index.duplicated(keep="last")].reindex(wanted)
        if values.isna().any():
            raise TwinError(
                f"the forecast has no {name} for {values.index[values.isna()][0].isoformat()}.",
                f"Give every hour from {wanted[0].isoformat()} to {wanted[-1].isoformat()}.",
                file=file,
                key=name,
            )
        if not values.between(low, high).all():
            worst = values[~values.between(low, high)].iloc[0]
            raise TwinError(f"{worst:g} is no {name}.", f"Give {low:g} to {high:g}.", file=file, key=name)
        found[name] = values.to_numpy(float)
    temp = found["temp_air"]
    return HourlyForecast(
        np.append(temp, temp[-1] + (temp[-1] - temp[-2] if hours > 1 else 0.0)), found["ghi"]
    )


def members_of(told: HourlyForecast, climate: ClimateYear, first: int, count: int, seed: int) -> Members:
    """Weathers that may come behind a forecast; see `weather.forecast_members`."""
    hours = len(told.ghi)
    rows = (first + np.arange(hours)) % HOURS
    clear = clear_sky_ghi(climate.sun.zenith, climate.sun.dni_extra)[rows]
    return weather_members(told.temp_air, told.ghi, clear, count, seed)


def climate_with(climate: ClimateYear, first: int, temp_air: Floats, ghi: Floats) -> ClimateYear:
    """The climate year with other weather in the hours from `first` on.

    Behind them the temperature comes back to the year's within a day, since walls remember no step.

    Parameters
    ----------
    climate : ClimateYear
    first : int
        Hour of the year; all hours lie in the year.
    temp_air : ndarray (H + 1,)
    ghi : ndarray (H,)
    """
    data, hours = climate.data.copy(), len(ghi)
    rows = slice(first, first + hours)
    end = min(first + hours + 24, HOURS)
    fade = np.linspace(1.0, 0.0, end - first - hours, endpoint=False)
    offset = np.zeros(HOURS)
    offset[rows] = temp_air[:-1] - data["temp_air"].to_numpy()[rows]
    if first + hours < HOURS:
        offset[first + hours : end] = fade * (temp_air[-1] - data["temp_air"].to_numpy()[first + hours])
    air = data["temp_air"].to_numpy() + offset
    sun = climate.sun
    whole = data["ghi"].to_numpy().copy()
    whole[rows] = ghi
    days = pd.DatetimeIndex(data.index).tz_convert(climate.time_zone).day_of_year.to_numpy().astype(np.int64)
    dni, dhi = erbs_split(whole, sun, days)
    moved = np.zeros(HOURS, dtype=bool)
    moved[rows] = ghi != data["ghi"].to_numpy()[rows]  # the year's own sun keeps its own split
    dew = np.minimum(data["temp_dew"].to_numpy(), air)
    changed = offset != 0.0
    sky = 4.0 * 5.670374419e-8 * (air + 273.15) ** 3 * offset
    data["temp_air"] = air
    data["temp_dew"] = np.where(changed, dew, data["temp_dew"])
    data["relative_humidity"] = np.where(
        changed, relative_humidity_from_dew_point(air, dew), data["relative_humidity"]
    )
    data["ghi"] = whole
    data["dni"] = np.where(moved, dni, data["dni"])
    data["dhi"] = np.where(moved, dhi, data["dhi"])
    data["longwave_down"] = data["longwave_down"] + sky
    return replace(climate, data=data)
