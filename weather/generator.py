"""A climate year from monthly statistics: any seed gives another plausible year of the same climate.

Chain: scores of the days (autoregressive, correlated by month) -> daily clearness, temperature and dew
point with the month's mean and spread -> hours of the day -> long-wave and the rest. Nothing is taken from
an hourly file. All seeds share the long-term monthly normals: what varies is the order and make-up of the
days, not the warmth of the year as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.climate_year import ClimateYear, nominal_index, time_zone_name
from weather.day_sequence import (
    MONTH_LENGTHS,
    MONTH_OF_DAY,
    Persistence,
    bring_to_month,
    correlated,
    daily_clearness,
    monthly_mean,
    persistent_scores,
    skewed,
    stratified_normal,
)
from weather.day_shape import (
    clear_irradiance,
    hourly_dew_point,
    hourly_irradiance,
    hourly_pressure,
    hourly_temperature,
    hourly_wind,
    hourly_wind_direction,
)
from weather.errors import TwinError
from weather.longwave import longwave_down, sky_cover_from_sun
from weather.sun import IntervalSun, epoch_seconds, sun_over_intervals

FloatArray = NDArray[np.float64]

DEW_POINT_DIP = 0.07
"""Afternoon dip of the dew point per kelvin of daily range; the typical years show 0.4 to 0.6 K at 7 K."""


@dataclass(frozen=True, eq=False)
class Normals:
    """Monthly statistics of a site; every array has twelve values.

    The names are the `quantity` column of the data file, which carries unit, source, year and confidence.
    """

    temp_air_mean_c: FloatArray
    temp_daily_std_k: FloatArray
    temp_daily_skewness: FloatArray
    daily_range_k: FloatArray
    daily_range_cv: FloatArray
    ghi_wh_m2_day: FloatArray
    kt_daily_std: FloatArray
    taub: FloatArray
    taud: FloatArray
    humidity_ratio_mean_g_kg: FloatArray
    temp_dew_daily_std_k: FloatArray
    temp_dew_skewness: FloatArray
    corr_temp_dew: FloatArray
    corr_temp_kt: FloatArray
    corr_range_kt: FloatArray
    wind_speed_mean: FloatArray
    wind_direction_mean: FloatArray
    wind_direction_resultant: FloatArray
    pressure_winter_pa: float
    pressure_summer_pa: float


@dataclass(frozen=True)
class Site:
    """Where the year belongs."""

    name: str
    latitude: float
    longitude: float
    altitude: float
    utc_offset_h: float
    source: str


def generate_year(
    site: Site,
    normals: Normals,
    *,
    seed: int,
    stream: int = 0,
    year: int = 2025,
    persistence: Persistence | None = None,
) -> ClimateYear:
    """Generate one year.

    Parameters
    ----------
    site : Site
    normals : Normals
    seed : int
        Not negative. The same seed, stream and year give the same bytes.
    stream : int
        Further choice within a seed (the built-in default uses it to pick its best year).
    year : int
        Calendar year of the index and of the sun.
    persistence : Persistence, optional

    Returns
    -------
    ClimateYear
        Values are rounded as they would be printed (0.01 K, 1 Pa, 0.1 W/m2), so that they do not depend on
        the last digit of a machine's mathematics.
    """
    if seed < 0:
        raise TwinError(f"seed {seed} is negative.", "Give a whole number from 0 on.", key="seed")
    driver = persistence or Persistence()
    random = np.random.default_rng([seed, stream])
    index = nominal_index(
        year, time_zone_name(site.latitude, site.longitude, site.utc_offset_h), site.utc_offset_h
    )
    sun = sun_over_intervals(epoch_seconds(index), 3600.0, site.latitude, site.longitude)
    clear_score, temp_score, dew_score = _scores(normals, driver, random)
    clear_dni, clear_ghi = clear_irradiance(sun, normals.taub, normals.taud)
    clearness = _clearness(normals, sun, clear_ghi, clear_score)
    ghi, dni, dhi = hourly_irradiance(clearness, sun, clear_dni, clear_ghi, random.standard_normal(8760))
    daily_temp = bring_to_month(temp_score, normals.temp_air_mean_c, normals.temp_daily_std_k)
    span = _relative_span(normals, clear_score, random)
    temp = hourly_temperature(daily_temp, span, normals.daily_range_k)
    pressure = hourly_pressure(
        temp_score, random.standard_normal(365), normals.pressure_winter_pa, normals.pressure_summer_pa
    )
    dew = _dew_point(normals, dew_score, temp, pressure)
    wind = hourly_wind(random.standard_normal(8760), normals.wind_speed_mean)
    direction = hourly_wind_direction(
        random.standard_normal(8760), normals.wind_direction_mean, normals.wind_direction_resultant
    )
    data = _table(index, sun, clear_ghi, temp, dew, pressure, wind, direction, ghi, dni, dhi)
    return ClimateYear(
        data=data,
        name=site.name,
        latitude=site.latitude,
        longitude=site.longitude,
        altitude=site.altitude,
        time_zone=str(index.tz),
        utc_offset_h=site.utc_offset_h,
        source=site.source,
        provenance="synthetic",
        seed=seed,
        clear_sky_taub=tuple(map(float, normals.taub)),
        clear_sky_taud=tuple(map(float, normals.taud)),
    )


def _scores(
    normals: Normals, driver: Persistence, random: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard scores of clearness, temperature and dew point, correlated by month."""
    sun_new, temp_new, dew_new = random.standard_normal((3, 365))
    clear = persistent_scores(sun_new, driver.clearness)
    # Two autoregressions of unlike persistence correlate less than what drives them: undo that.
    a, b = driver.temperature, driver.clearness
    loss = np.sqrt((1.0 - a**2) * (1.0 - b**2)) / (1.0 - a * b)
    link = np.clip(normals.corr_temp_kt / loss, -0.95, 0.95)[MONTH_OF_DAY]
    temp = stratified_normal(persistent_scores(correlated(sun_new, temp_new, link), a))
    own = persistent_scores(dew_new, driver.dew_point)
    dew = correlated(temp, own, normals.corr_temp_dew[MONTH_OF_DAY])
    return (
        clear,
        skewed(temp, normals.temp_daily_skewness[MONTH_OF_DAY]),
        skewed(dew, normals.temp_dew_skewness[MONTH_OF_DAY]),
    )


def _clearness(normals: Normals, sun: IntervalSun, clear_ghi: FloatArray, scores: FloatArray) -> FloatArray:
    """Daily clearness whose months carry the published irradiation."""
    extra = sun.ghi_extra.reshape(365, 24).sum(axis=1)
    highest = clear_ghi.reshape(365, 24).sum(axis=1) / extra
    wanted = normals.ghi_wh_m2_day * MONTH_LENGTHS
    mean = wanted / np.bincount(MONTH_OF_DAY, weights=extra, minlength=12)
    clearness = daily_clearness(scores, mean, normals.kt_daily_std, highest)
    for _ in range(20):
        got = np.bincount(MONTH_OF_DAY, weights=clearness * extra, minlength=12)
        clearness = np.minimum(clearness * (wanted / got)[MONTH_OF_DAY], highest)
    return clearness


def _relative_span(normals: Normals, clear_score: FloatArray, random: np.random.Generator) -> FloatArray:
    """Relative size of each day's temperature swing: larger on clear days, log-normal about 1."""
    # The day-to-day course adds to the realised range without knowing the sun; the link makes up for it.
    link = np.minimum(1.2 * normals.corr_range_kt, 0.95)[MONTH_OF_DAY]
    cv = normals.daily_range_cv[MONTH_OF_DAY]
    score = correlated(clear_score, random.standard_normal(365), link)
    return np.asarray(np.maximum(1.0 + cv * score, 0.15))


def _dew_point(normals: Normals, score: FloatArray, temp: FloatArray, pressure: FloatArray) -> FloatArray:
    """Hourly dew point, never above dry bulb, whose monthly mean humidity ratio is the published one."""
    by_day = temp.reshape(365, 24)
    span = by_day.max(axis=1) - by_day.min(axis=1)
    target = normals.humidity_ratio_mean_g_kg
    level = psychrometrics.dew_point(target / 1e3, 101325.0) - 0.5
    dew = temp
    for _ in range(40):
        daily = bring_to_month(score, level, normals.temp_dew_daily_std_k)
        dew = np.minimum(hourly_dew_point(daily, span, DEW_POINT_DIP), temp)
        ratio = psychrometrics.humidity_ratio_from_dew_point(dew, pressure) * 1e3
        got = monthly_mean(ratio.reshape(365, 24).mean(axis=1))
        if np.abs(got / target - 1.0).max() < 1e-4:
            break
        # A kelvin of dew point is worth about 6 % of humidity ratio.
        level = level + np.log(target / got) / 0.062
    return dew


def _table(
    index: pd.DatetimeIndex,
    sun: IntervalSun,
    clear_ghi: FloatArray,
    temp: FloatArray,
    dew: FloatArray,
    pressure: FloatArray,
    wind: FloatArray,
    direction: FloatArray,
    ghi: FloatArray,
    dni: FloatArray,
    dhi: FloatArray,
) -> pd.DataFrame:
    """The year's columns in our convention, rounded; the components still close exactly."""
    temp, dew = np.round(temp, 2), np.round(dew, 2)
    cover = np.round(sky_cover_from_sun(ghi, clear_ghi, sun), 1)
    ghi, dni = np.round(ghi, 1), np.round(dni, 1)
    dni = np.minimum(dni, np.where(sun.up, ghi / np.where(sun.up, sun.cos_zenith, 1.0), 0.0))
    at_start: dict[str, FloatArray] = {
        "temp_air": np.roll(temp, 1),
        "temp_dew": np.roll(dew, 1),
        "relative_humidity": np.roll(
            np.round(np.minimum(psychrometrics.relative_humidity_from_dew_point(temp, dew), 100.0), 1), 1
        ),
        "pressure": np.roll(np.round(pressure), 1),
        "wind_speed": np.roll(np.round(wind, 2), 1),
        "wind_direction": np.roll(np.round(direction) % 360.0, 1),
    }
    longwave = np.round(longwave_down(at_start["temp_air"], at_start["temp_dew"], cover), 1)
    return pd.DataFrame(
        {
            **at_start,
            "ghi": ghi,
            "dni": dni,
            "dhi": ghi - dni * sun.cos_zenith,
            "longwave_down": longwave,
            "total_sky_cover": cover,
        },
        index=index,
    )
