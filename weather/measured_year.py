"""A year as a station measured it: its columns in the place of those of another year (实测气象).

Where the station says nothing, the other year stays: a typical year of the place, or an actual one of a
service. What follows from measured columns is modelled anew: diffuse and direct sun by Erbs from measured
global irradiance, cloud cover from its clear-sky index, the sky's long wave by Clark and Allen from measured
temperature and humidity. Short gaps of states are bridged linearly; longer ones keep the other year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.clear_sky import linke_clear_ghi
from weather.climate_year import ClimateYear
from weather.epw_repair import SHORT_GAP_H
from weather.longwave import longwave_down, sky_cover_from_sun
from weather.sky import erbs_split

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MEASURABLE = ("temp_air", "temp_dew", "relative_humidity", "wind_speed", "ghi")
"""Columns that a station may give; dew point is believed before relative humidity."""
_LEAST_SUN = 10.0
"""Mean irradiance of a day [W/m2] below which a radiometer that says so is taken as dead."""


@dataclass(frozen=True)
class MeasuredYear:
    """A year with a station's columns.

    Attributes
    ----------
    climate : ClimateYear
    hours : dict of str to int
        Hours of the year that were measured, by column; bridged ones are not counted.
    """

    climate: ClimateYear
    hours: dict[str, int]


def measured_year(climate: ClimateYear, measured: pd.DataFrame) -> MeasuredYear:
    """Lay what a station measured over a year.

    Parameters
    ----------
    climate : ClimateYear
        Of the place; its calendar year says which hours are taken.
    measured : DataFrame, shape (n, columns)
        Hourly, by the start of each hour, tz-aware; columns of `MEASURABLE` in the units of the climate year,
        states at the start and `ghi` as the mean of the hour. NaN where nothing was measured.

    Returns
    -------
    MeasuredYear
        The year itself, and no hours, where nothing was measured in it.
    """
    index = pd.DatetimeIndex(climate.data.index)
    own = measured.reindex(columns=list(MEASURABLE)).tz_convert(index.tz).reindex(index)
    hours = {name: int(own[name].notna().sum()) for name in MEASURABLE if own[name].notna().any()}
    if not hours:
        return MeasuredYear(climate, {})
    data = climate.data.copy()
    for name in ("temp_air", "wind_speed"):
        bridged = _bridged(own[name].to_numpy(float))
        data[name] = np.where(np.isnan(bridged), data[name], bridged)
    data["wind_speed"] = data["wind_speed"].clip(lower=0.0)
    _lay_humidity(data, own)
    _lay_sun(data, own["ghi"].to_numpy(float), climate)
    felt = own[["temp_air", "temp_dew", "relative_humidity", "ghi"]].notna().any(axis=1).to_numpy()
    sky = longwave_down(data["temp_air"], data["temp_dew"], data["total_sky_cover"])
    data["longwave_down"] = np.where(felt, sky, data["longwave_down"])
    said = ", ".join(f"{name} {count} h" for name, count in hours.items())
    lived = replace(
        climate,
        data=data,
        source=f"{climate.source}; measured: {said}",
        repairs=(*climate.repairs, f"measured in place of the year's own: {said}"),
    )
    return MeasuredYear(lived, hours)


def _lay_humidity(data: pd.DataFrame, own: pd.DataFrame) -> None:
    """Dew point as measured, or of measured relative humidity; never above the dry bulb."""
    temp = data["temp_air"].to_numpy(float)
    humidity = own["relative_humidity"].to_numpy(float)
    share = np.clip(np.nan_to_num(humidity, nan=50.0), 1.0, 100.0) / 100.0
    from_rh = psychrometrics.dew_point_from_vapour_pressure(share * psychrometrics.saturation_pressure(temp))
    from_rh = np.where(np.isnan(humidity), np.nan, from_rh)
    dew = _bridged(np.where(own["temp_dew"].notna(), own["temp_dew"], from_rh))
    dew = np.minimum(np.where(np.isnan(dew), data["temp_dew"], dew), temp)
    data["temp_dew"] = dew
    data["relative_humidity"] = psychrometrics.relative_humidity_from_dew_point(temp, dew)


def _lay_sun(data: pd.DataFrame, ghi: FloatArray, climate: ClimateYear) -> None:
    """Global irradiance of measured days, with diffuse, direct and clouds that follow from it.

    Up to `SHORT_GAP_H` hours of a day get the clearness of its others; one with less keeps the other's.
    """
    sun = climate.sun
    extra = sun.ghi_extra
    ghi = np.where(sun.up, np.clip(ghi, 0.0, extra), 0.0).reshape(-1, 24)  # NaN by day stays
    missing = np.isnan(ghi)
    seen = np.where(missing, 0.0, extra.reshape(-1, 24)).sum(axis=1)
    clearness = np.nansum(ghi, axis=1) / np.maximum(seen, 1.0)
    whole = (missing.sum(axis=1) <= SHORT_GAP_H) & (np.nansum(ghi, axis=1) > 24.0 * _LEAST_SUN)
    known = np.repeat(whole, 24)
    if not known.any():
        return
    filled = np.where(missing, clearness[:, None] * extra.reshape(-1, 24), ghi).ravel()
    taken = np.where(known, filled, data["ghi"])
    number = pd.DatetimeIndex(data.index).day_of_year.to_numpy().astype(np.int64)
    dni, dhi = erbs_split(taken, sun, number)
    clear = linke_clear_ghi(
        pd.DatetimeIndex(data.index), climate.latitude, climate.longitude, climate.altitude, sun
    )
    cover = sky_cover_from_sun(taken, clear, sun)
    for name, values in (("ghi", taken), ("dni", dni), ("dhi", dhi), ("total_sky_cover", cover)):
        data[name] = np.where(known, values, data[name])


def _bridged(values: FloatArray) -> FloatArray:
    """Gaps of up to `SHORT_GAP_H` hours filled linearly between their neighbours."""
    holes = np.isnan(values)
    if not holes.any() or holes.all():
        return values
    known = np.flatnonzero(~holes)
    hours = np.arange(len(values))
    ends = np.clip(np.searchsorted(known, hours), 1, len(known) - 1) if len(known) > 1 else None
    if ends is None:
        return values
    before, after = known[ends - 1], known[ends]
    short: BoolArray = holes & (before < hours) & (hours < after) & (after - before <= SHORT_GAP_H + 1)
    return np.where(short, np.interp(hours, known, values[known]), values)
