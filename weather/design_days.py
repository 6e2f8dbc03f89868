"""Design days: the cold night and the hot day that equipment is sized for.

Each day is periodic, so an engine can march it again and again until it repeats. For the built-in year the
values are published ones; for any other year they are read off its hours, which one typical year hardly
justifies: the field `origin` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.clear_sky import ashrae_clear_sky, linke_clear_sky
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.kept import kept, kept_while
from weather.longwave import longwave_down
from weather.shanghai import SITE, published_design, read_table
from weather.statistics import design_values, hours_of
from weather.step_weather import STEPS_MIN, StepWeather, sky_temperature
from weather.sun import sun_over_intervals

FloatArray = NDArray[np.float64]

Basis = Literal["ashrae", "gb50736"]


@dataclass(frozen=True)
class DesignDay:
    """One periodic day.

    Attributes
    ----------
    name : str
    month, day : int
        Date that fixes the sun.
    temp_max_c, daily_range_k : float
        Highest dry bulb, °C, and the swing below it, K (0: constant).
    humidity_ratio : float
        kg/kg of dry air through the day, less where the air would be supersaturated.
    pressure_pa, wind_speed : float
        Pa, m/s; constant.
    sun : bool
        A cloudless sun, or none at all.
    site : ClimateYear
        For place, calendar and clear-sky depths.
    """

    name: str
    month: int
    day: int
    temp_max_c: float
    daily_range_k: float
    humidity_ratio: float
    pressure_pa: float
    wind_speed: float
    sun: bool
    site: ClimateYear

    @kept_while(megabytes=8)
    def at_step(self, minutes: int) -> StepWeather:
        """The day at a step of 1, 5, 10, 15, 30 or 60 minutes; the last boundary equals the first."""
        if minutes not in STEPS_MIN:
            raise TwinError(
                f"a step of {minutes!r} minutes does not divide the hour as needed.",
                f"Use one of {', '.join(map(str, STEPS_MIN))} minutes.",
                key="timestep",
            )
        n = 24 * 60 // minutes
        dt_s = minutes * 60.0
        midnight = pd.Timestamp(self.site.year, self.month, self.day) - pd.Timedelta(
            hours=self.site.utc_offset_h
        )
        starts = midnight.timestamp() + np.arange(n, dtype=np.float64) * dt_s
        times = pd.to_datetime(starts, unit="s", utc=True).tz_convert(self.site.time_zone)
        temp = self._temperature(n)
        saturated = psychrometrics.humidity_ratio_from_dew_point(temp, self.pressure_pa)
        humidity = np.minimum(self.humidity_ratio, saturated)
        dew = psychrometrics.dew_point(humidity, self.pressure_pa)
        # A cloudless sky on both days: the coldest sky by night, the strongest sun by day.
        longwave = longwave_down(0.5 * (temp[:-1] + temp[1:]), 0.5 * (dew[:-1] + dew[1:]), 0.0)
        position = sun_over_intervals(starts, dt_s, self.site.latitude, self.site.longitude)
        beam, diffuse = self._irradiance(position.zenith, position.dni_extra, times)
        dni, dhi = beam * position.fraction_up, diffuse * position.fraction_up
        return StepWeather(
            times=times,
            dt_s=dt_s,
            temp_air=temp,
            humidity_ratio=humidity,
            pressure=np.full(n + 1, self.pressure_pa),
            wind_speed=np.full(n, self.wind_speed),
            wind_direction=np.zeros(n),
            temp_sky=sky_temperature(longwave),
            ghi=dhi + dni * position.cos_zenith,
            dni=dni,
            dhi=dhi,
            solar_zenith=position.zenith,
            solar_azimuth=position.azimuth,
            dni_extra=position.dni_extra,
        )

    def _temperature(self, n: int) -> FloatArray:
        """Dry bulb at the n + 1 boundaries by ASHRAE's profile of the daily range."""
        fraction = np.array(
            [float(row["fraction_of_daily_range"]) for row in read_table("design_day_profile.csv")]
        )
        hours = np.arange(n + 1) * 24.0 / n
        below = np.interp(hours, np.arange(1.0, 25.0), fraction, period=24.0)
        return np.asarray(self.temp_max_c - self.daily_range_k * below)

    def _irradiance(
        self, zenith: FloatArray, dni_extra: FloatArray, times: pd.DatetimeIndex
    ) -> tuple[FloatArray, FloatArray]:
        if not self.sun:
            return np.zeros(len(zenith)), np.zeros(len(zenith))
        taub, taud = self.site.clear_sky_taub, self.site.clear_sky_taud
        if taub is not None and taud is not None:
            return ashrae_clear_sky(zenith, dni_extra, taub[self.month - 1], taud[self.month - 1])
        return linke_clear_sky(times, self.site.latitude, self.site.longitude, self.site.altitude, zenith)


@dataclass(frozen=True)
class DesignDays:
    """The heating and the cooling design day, with what they rest on.

    Attributes
    ----------
    heating, cooling : DesignDay
    basis : {"ashrae", "gb50736"}
        ASHRAE: 99.6 % heating, 0.4 % cooling with coincident wet bulb. GB 50736-2012: winter and summer
        air-conditioning outdoor conditions 冬/夏季空气调节室外计算参数.
    origin : str
        "published" with its source, or "read off the hourly data of ..." .
    values : dict
        The figures used.
    """

    heating: DesignDay
    cooling: DesignDay
    basis: Basis
    origin: str
    values: dict[str, float]


def design_days(climate: ClimateYear, basis: Basis = "ashrae") -> DesignDays:
    """Design days of a year.

    Parameters
    ----------
    climate : ClimateYear
    basis : {"ashrae", "gb50736"}

    Returns
    -------
    DesignDays

    Raises
    ------
    TwinError
        For an unknown basis.
    """
    if basis not in ("ashrae", "gb50736"):
        raise TwinError(f"there is no design basis {basis!r}.", "Use 'ashrae' or 'gb50736'.", key="basis")
    return _design_days(climate, basis)


@kept(2)
def _design_days(climate: ClimateYear, basis: Basis) -> DesignDays:
    """The same; a pair of days refers to its year, so that the last two years stay alive here."""
    built_in = climate.provenance == "synthetic" and climate.source == SITE.source
    values = _values(climate, basis, built_in)
    heating = _heating_day(climate, values)
    cooling = _cooling_day(climate, values)
    origin = f"read off the hourly data of {climate.source}: one typical year, not design-grade"
    if built_in:
        origin = {
            "ashrae": "published: ASHRAE Handbook-Fundamentals 2025, Baoshan 583620",
            "gb50736": "published: GB 50736-2012 Appendix A, Xujiahui 58367 (gk-verify)",
        }[basis]
    return DesignDays(heating=heating, cooling=cooling, basis=basis, origin=origin, values=values)


def _values(climate: ClimateYear, basis: Basis, built_in: bool) -> dict[str, float]:
    """Everything that the two days need, from the data file or from the hours."""
    if built_in:
        return _published(basis)
    read = _read_off(climate)
    if basis == "ashrae":
        values = {
            "heating_db_c": read["heating_99_6_db_c"],
            "cooling_db_c": read["cooling_0_4_db_c"],
            "cooling_wb_c": read["cooling_0_4_mcwb_c"],
            "daily_range_k": read["hottest_month_daily_range_k"],
        }
    else:
        mean = read["gb_summer_daily_mean_c"]
        values = {
            "heating_db_c": read["gb_winter_air_conditioning_db_c"],
            "cooling_db_c": read["gb_summer_db_c"],
            "cooling_wb_c": read["gb_summer_wb_c"],
            "daily_range_k": _range_from_mean(read["gb_summer_db_c"], mean),
        }
    return values | {key: read[key] for key in _COMMON}


_COMMON = (
    "coldest_month",
    "hottest_month",
    "heating_rh",
    "pressure_winter_pa",
    "pressure_summer_pa",
    "heating_wind_m_s",
    "cooling_wind_m_s",
)


def _published(basis: Basis) -> dict[str, float]:
    table = published_design()
    values = {
        "heating_rh": table["gb50736", "winter_air_conditioning_rh"],
        "pressure_winter_pa": table["gb50736", "pressure_winter_pa"],
        "pressure_summer_pa": table["gb50736", "pressure_summer_pa"],
        "coldest_month": table["ashrae2025", "coldest_month"],
        "hottest_month": table["ashrae2025", "hottest_month"],
        "heating_wind_m_s": table["ashrae2025", "heating_mean_coincident_wind_m_s"],
        "cooling_wind_m_s": table["ashrae2025", "cooling_mean_coincident_wind_m_s"],
    }
    if basis == "ashrae":
        return values | {
            "heating_db_c": table["ashrae2025", "heating_99_6_db_c"],
            "cooling_db_c": table["ashrae2025", "cooling_0_4_db_c"],
            "cooling_wb_c": table["ashrae2025", "cooling_0_4_mcwb_c"],
            "daily_range_k": table["ashrae2025", "hottest_month_daily_range_k"],
        }
    high = table["gb50736", "summer_air_conditioning_db_c"]
    return values | {
        "heating_db_c": table["gb50736", "winter_air_conditioning_db_c"],
        "cooling_db_c": high,
        "cooling_wb_c": table["gb50736", "summer_air_conditioning_wb_c"],
        "daily_range_k": _range_from_mean(high, table["gb50736", "summer_air_conditioning_daily_mean_c"]),
    }


def _range_from_mean(highest: float, mean: float) -> float:
    """Daily range whose ASHRAE profile has the given mean below the given maximum."""
    fraction = np.mean(
        [float(row["fraction_of_daily_range"]) for row in read_table("design_day_profile.csv")]
    )
    return float(max(highest - mean, 0.0) / fraction)


def _read_off(climate: ClimateYear) -> dict[str, float]:
    """Design values of the hours themselves."""
    h, data = hours_of(climate), climate.data
    found = design_values(h.temp, h.wet_bulb, h.dew)
    by_month = [h.temp[h.month == m] for m in range(1, 13)]
    coldest = int(np.argmin([hours.mean() for hours in by_month]))
    hottest = int(np.argmax([hours.mean() for hours in by_month]))
    hot_days = h.temp.reshape(-1, 24)[h.month[::24] == hottest + 1]
    temp = data["temp_air"].to_numpy(float)
    month = pd.DatetimeIndex(data.index).month.to_numpy()
    cold = temp <= found["heating_99_db_c"]
    hot = temp >= found["cooling_1_db_c"]
    return found | {
        "coldest_month": float(coldest + 1),
        "hottest_month": float(hottest + 1),
        "hottest_month_daily_range_k": float((hot_days.max(axis=1) - hot_days.min(axis=1)).mean()),
        "heating_rh": float(data["relative_humidity"].to_numpy()[cold].mean()),
        "pressure_winter_pa": float(data["pressure"].to_numpy()[month == coldest + 1].mean()),
        "pressure_summer_pa": float(data["pressure"].to_numpy()[month == hottest + 1].mean()),
        "heating_wind_m_s": float(data["wind_speed"].to_numpy()[cold].mean()),
        "cooling_wind_m_s": float(data["wind_speed"].to_numpy()[hot].mean()),
    }


def _heating_day(climate: ClimateYear, v: dict[str, float]) -> DesignDay:
    ratio = psychrometrics.humidity_ratio_from_relative_humidity(
        v["heating_db_c"], v["heating_rh"], v["pressure_winter_pa"]
    )
    return DesignDay(
        name="heating design day 供暖设计日",
        month=int(v["coldest_month"]),
        day=21,
        temp_max_c=v["heating_db_c"],
        daily_range_k=0.0,
        humidity_ratio=float(ratio),
        pressure_pa=v["pressure_winter_pa"],
        wind_speed=v["heating_wind_m_s"],
        sun=False,
        site=climate,
    )


def _cooling_day(climate: ClimateYear, v: dict[str, float]) -> DesignDay:
    ratio = psychrometrics.humidity_ratio_from_wet_bulb(
        v["cooling_db_c"], v["cooling_wb_c"], v["pressure_summer_pa"]
    )
    return DesignDay(
        name="cooling design day 供冷设计日",
        month=int(v["hottest_month"]),
        day=21,
        temp_max_c=v["cooling_db_c"],
        daily_range_k=v["daily_range_k"],
        humidity_ratio=float(ratio),
        pressure_pa=v["pressure_summer_pa"],
        wind_speed=v["cooling_wind_m_s"],
        sun=True,
        site=climate,
    )
