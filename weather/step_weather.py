"""The year at the marching step: states at the boundaries, fluxes as means over each step.

Inside an hour the clearness is constant and the sun moves, so that irradiance follows the sun and still
carries the hour's energy: the sunrise hour gives its energy only while the sun is up. GHI and DHI both go
with the mean cosine of the sub-step, hence DNI is constant over the sunlit part of an hour and
GHI = DHI + DNI·cos z holds at every step as it does in the hour. With `variability` "minute" the sun of
`weather.minute_sun` stands in its place, whose hours have the same energy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.errors import TwinError
from weather.minute_sun import MinuteSun, minute_sun
from weather.sun import IntervalSun, epoch_seconds, sun_over_intervals

if TYPE_CHECKING:
    from weather.climate_year import ClimateYear
    from weather.sky import Sky

FloatArray = NDArray[np.float64]

STEPS_MIN = (1, 5, 10, 15, 30, 60)

Variability = Literal["hourly", "minute"]
"""What happens inside hours: constant clearness, or the synthesis of `weather.minute_sun`."""
COARSEST_VARIED_MIN = 10
"""Longest step [min] at which the sun of minutes is offered: coarser ones would average most of it away."""

STEFAN_BOLTZMANN = 5.670374419e-8
"""W/(m2 K4), CODATA 2018."""


@dataclass(frozen=True, eq=False)
class StepWeather:
    """Weather at n steps of equal length.

    Attributes
    ----------
    times : pandas.DatetimeIndex (n)
        Starts of the steps, tz-aware.
    dt_s : float
        Length of a step, s.
    temp_air : ndarray (n + 1,)
        Dry bulb at the step boundaries, °C; the last value closes the period.
    humidity_ratio : ndarray (n + 1,)
        kg/kg of dry air, at the boundaries.
    pressure : ndarray (n + 1,)
        Pa, at the boundaries.
    wind_speed, wind_direction : ndarray (n,)
        m/s (mean over the step) and degrees (from the hour's value).
    temp_sky : ndarray (n,)
        Effective sky temperature, °C: the black body that sends the long-wave irradiance of the hour.
    ghi, dni, dhi : ndarray (n,)
        Means over the step, W/m2.
    solar_zenith, solar_azimuth : ndarray (n,)
        Degrees; in a step that sees the sun the energy-effective position, so that
        ghi = dhi + dni * cos(solar_zenith).
    dni_extra : ndarray (n,)
        Extraterrestrial normal irradiance, W/m2.
    hours_varied, hours_drawn_back : int
        Of the sun of minutes: hours whose beam varies, and hours drawn back to the physical range.
    """

    times: pd.DatetimeIndex
    dt_s: float
    temp_air: FloatArray
    humidity_ratio: FloatArray
    pressure: FloatArray
    wind_speed: FloatArray
    wind_direction: FloatArray
    temp_sky: FloatArray
    ghi: FloatArray
    dni: FloatArray
    dhi: FloatArray
    solar_zenith: FloatArray
    solar_azimuth: FloatArray
    dni_extra: FloatArray
    hours_varied: int = 0
    hours_drawn_back: int = 0

    def __len__(self) -> int:
        return len(self.times)

    def between(self, first: int, last: int) -> StepWeather:
        """The steps from `first` on to `last`, which is excluded; views of the same arrays."""
        states = ("temp_air", "humidity_ratio", "pressure")
        cut: dict[str, Any] = {
            name: part[first : last + 1 if name in states else last]
            for name, part in vars(self).items()
            if isinstance(part, (np.ndarray, pd.DatetimeIndex))
        }
        return replace(self, **cut)

    @cached_property
    def sky(self) -> Sky:
        """What all planes share of the sky at each step."""
        from weather.sky import sky_of

        return sky_of(self)


def step_weather(
    climate: ClimateYear, minutes: int, variability: Variability = "hourly", seed: int = 0
) -> StepWeather:
    """A climate year at a finer step.

    Parameters
    ----------
    climate : ClimateYear
    minutes : int
        1, 5, 10, 15, 30 or 60.
    variability : {"hourly", "minute"}
        "minute": the sun of `weather.minute_sun`, for steps up to 10 min.
    seed : int
        Of that sun.

    Returns
    -------
    StepWeather
        8760 * 60 / minutes steps; the year is taken as periodic.

    Raises
    ------
    TwinError
        For another step, or a step too coarse for that sun.
    """
    if variability == "minute" and minutes > COARSEST_VARIED_MIN:
        raise TwinError(
            f"minutes of sun cannot be seen in steps of {minutes} minutes.",
            f"Set timestep to {COARSEST_VARIED_MIN} min or less, or variability to hourly.",
            key="variability",
        )
    if minutes not in STEPS_MIN:
        raise TwinError(
            f"a step of {minutes!r} minutes does not divide the hour as needed.",
            f"Use one of {', '.join(map(str, STEPS_MIN))} minutes.",
            key="timestep",
        )
    data = climate.data
    hours = pd.DatetimeIndex(data.index)
    per_hour = 60 // minutes
    starts = np.repeat(epoch_seconds(hours), per_hour) + np.tile(
        np.arange(per_hour) * minutes * 60.0, len(hours)
    )
    times = pd.to_datetime(starts, unit="s", utc=True).tz_convert(climate.time_zone)
    dt_s = minutes * 60.0
    sun = sun_over_intervals(starts, dt_s, climate.latitude, climate.longitude)
    pressure = data["pressure"].to_numpy(float)
    humidity = psychrometrics.humidity_ratio_from_dew_point(data["temp_dew"].to_numpy(float), pressure)
    wind = boundaries(data["wind_speed"].to_numpy(float), per_hour)
    varied = drawn_back = 0
    if variability == "minute":
        drawn = irradiance_of_minutes(climate, hours, sun, minutes, seed)
        ghi, dni, dhi = drawn.ghi, drawn.dni, drawn.dhi
        varied, drawn_back = drawn.hours_varied, drawn.hours_drawn_back
    else:
        ghi, dni, dhi = irradiance_within_hours(
            data["ghi"].to_numpy(float), data["dhi"].to_numpy(float), sun, per_hour
        )
    return StepWeather(
        times=times,
        dt_s=dt_s,
        temp_air=boundaries(data["temp_air"].to_numpy(float), per_hour),
        humidity_ratio=boundaries(humidity, per_hour),
        pressure=boundaries(pressure, per_hour),
        wind_speed=0.5 * (wind[:-1] + wind[1:]),
        wind_direction=np.repeat(data["wind_direction"].to_numpy(float), per_hour),
        temp_sky=np.repeat(sky_temperature(data["longwave_down"].to_numpy(float)), per_hour),
        ghi=ghi,
        dni=dni,
        dhi=dhi,
        solar_zenith=sun.zenith,
        solar_azimuth=sun.azimuth,
        dni_extra=sun.dni_extra,
        hours_varied=varied,
        hours_drawn_back=drawn_back,
    )


def boundaries(hourly: FloatArray, per_hour: int) -> FloatArray:
    """Hourly states, linearly between the hours, at every step boundary; the period closes on itself."""
    closed = np.append(hourly, hourly[0])
    part = np.arange(per_hour) / per_hour
    between = closed[:-1, None] * (1.0 - part) + closed[1:, None] * part
    return np.append(between.ravel(), closed[-1])


def sky_temperature(longwave_down: FloatArray) -> FloatArray:
    """Effective sky temperature in °C of a long-wave irradiance in W/m2."""
    return np.asarray((longwave_down / STEFAN_BOLTZMANN) ** 0.25 - 273.15)


def irradiance_within_hours(
    ghi: FloatArray, dhi: FloatArray, sun: IntervalSun, per_hour: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hourly irradiance over sub-steps with constant clearness in the hour.

    Parameters
    ----------
    ghi, dhi : ndarray (n_hours,)
        Hourly means, W/m2.
    sun : IntervalSun over n_hours * per_hour sub-steps
    per_hour : int
        Sub-steps in an hour.

    Returns
    -------
    ghi, dni, dhi : ndarray (n_hours * per_hour,)
        Means over the sub-steps. The hour's GHI and DHI are kept exactly. An hour in which the sun never
        rises keeps its (twilight) energy spread evenly, as diffuse.
    """
    cosine = sun.mean_cosine.reshape(-1, per_hour)
    total = cosine.sum(axis=1, keepdims=True)
    lit = total[:, 0] > 0.0
    share = np.where(lit[:, None], cosine / np.where(total > 0.0, total, 1.0), 1.0 / per_hour)
    ghi_step = (ghi[:, None] * per_hour * share).ravel()
    dhi_hour = np.where(lit, np.minimum(dhi, ghi), ghi)
    dhi_step = (dhi_hour[:, None] * per_hour * share).ravel()
    # Beam over cosine is the same in every lit sub-step of an hour: take it from the hour's totals, which
    # is finite where a single sub-step's cosine would nearly vanish.
    normal = np.where(lit, (ghi - dhi_hour) * per_hour / np.where(lit, total[:, 0], 1.0), 0.0)
    dni_step = np.repeat(normal, per_hour) * sun.fraction_up
    return ghi_step, dni_step, dhi_step


def irradiance_of_minutes(
    climate: ClimateYear, hours: pd.DatetimeIndex, sun: IntervalSun, minutes: int, seed: int
) -> MinuteSun:
    """Synthesised irradiance of minutes as means over steps of 1, 5 or 10 minutes.

    At one minute every hour keeps GHI, DHI and DNI; in means over several, DNI is the beam over the step's
    mean cosine, so that the components close; an hour's DNI is kept but for the sun's movement in the step.

    Returns
    -------
    MinuteSun
        Arrays (n_hours * 60 / minutes,).
    """
    starts = np.repeat(epoch_seconds(hours), 60) + np.tile(np.arange(60) * 60.0, len(hours))
    each = sun if minutes == 1 else sun_over_intervals(starts, 60.0, climate.latitude, climate.longitude)
    drawn = minute_sun(climate, each, seed)
    if minutes == 1:
        return drawn
    ghi, dhi = (part.reshape(-1, minutes).mean(axis=1) for part in (drawn.ghi, drawn.dhi))
    sees = sun.mean_cosine > 0.0
    normal = np.where(sees, (ghi - dhi) / np.where(sees, sun.mean_cosine, 1.0), 0.0)
    dhi = np.where(sees, dhi, ghi)
    return replace(drawn, ghi=ghi, dni=normal * sun.fraction_up, dhi=dhi)
