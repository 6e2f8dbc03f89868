"""Where the sun stands during an interval, and how long it is up in it.

Irradiance in weather data is a mean over an interval. Closure (GHI = DHI + DNI·cos z) only holds for the
mean cosine over the part of the interval in which the sun is up, so every other room takes its sun from
here. Declination and equation of time come from pvlib's SPA [1]_ once a day; inside an interval the mean
cosine is the exact integral of the spherical formula [2]_, so no quadrature is needed.

References
----------
.. [1] Reda, I. and Andreas, A., 2004. Solar position algorithm for solar radiation applications.
   Solar Energy 76(5), 577-589.
.. [2] Duffie, J.A. and Beckman, W.A., 2013. Solar Engineering of Thermal Processes, 4th ed., 1.6 and 1.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True, eq=False)
class IntervalSun:
    """The sun over n intervals.

    Attributes
    ----------
    cos_zenith : ndarray (n,)
        Mean cosine of the true (unrefracted) zenith while the sun is up; 0 where it stays down.
    fraction_up : ndarray (n,)
        Part of the interval in which the sun is above the horizon, 0..1.
    zenith, azimuth : ndarray (n,)
        Energy-effective position, degrees; `zenith` is arccos(cos_zenith) where the sun is up and the
        mid-interval zenith (> 90) where it is down; azimuth is clockwise from north.
    dni_extra : ndarray (n,)
        Extraterrestrial normal irradiance, W/m2.
    """

    cos_zenith: FloatArray
    fraction_up: FloatArray
    zenith: FloatArray
    azimuth: FloatArray
    dni_extra: FloatArray

    @property
    def up(self) -> NDArray[np.bool_]:
        """Intervals that see the sun at all."""
        return self.fraction_up > 0.0

    @property
    def mean_cosine(self) -> FloatArray:
        """Mean of max(cos z, 0) over the whole interval."""
        return self.cos_zenith * self.fraction_up

    @property
    def ghi_extra(self) -> FloatArray:
        """Mean extraterrestrial irradiance on the horizontal over the whole interval, W/m2."""
        return self.dni_extra * self.mean_cosine


@lru_cache(maxsize=64)
def _daily_orbit(first_day: int, days: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Declination (rad), equation of time (h) and extraterrestrial irradiance at 12:00 UTC of each day."""
    from pvlib.irradiance import get_extra_radiation
    from pvlib.solarposition import spa_python

    noon = pd.to_datetime(
        (np.arange(first_day, first_day + days) + 0.5) * _SECONDS_PER_DAY, unit="s", utc=True
    )
    # Seen from the equator the declination is read off directly: sin(declination) = sin z * cos azimuth.
    seen = spa_python(noon, latitude=0.0, longitude=0.0)
    zenith = np.radians(seen["zenith"].to_numpy(float))
    azimuth = np.radians(seen["azimuth"].to_numpy(float))
    declination = np.arcsin(np.sin(zenith) * np.cos(azimuth))
    return (
        declination,
        seen["equation_of_time"].to_numpy(float) / 60.0,
        np.asarray(get_extra_radiation(noon), dtype=float),
    )


def sun_over_intervals(starts_s: FloatArray, dt_s: float, latitude: float, longitude: float) -> IntervalSun:
    """Sun over intervals of equal length.

    Parameters
    ----------
    starts_s : ndarray (n,)
        Interval starts, seconds since 1970-01-01 UTC.
    dt_s : float
        Length of an interval, s (at most 3 h, so that the declination may be held constant in it).
    latitude, longitude : float
        Degrees, north and east positive.

    Returns
    -------
    IntervalSun
    """
    middle_day = (np.asarray(starts_s, dtype=float) + 0.5 * dt_s) / _SECONDS_PER_DAY
    first = int(np.floor(middle_day.min())) - 1
    days = int(np.floor(middle_day.max())) - first + 3
    daily_declination, daily_equation, daily_extra = _daily_orbit(first, days)
    position = middle_day - (first + 0.5)
    knots = np.arange(days, dtype=float)
    declination = np.interp(position, knots, daily_declination)
    equation_h = np.interp(position, knots, daily_equation)
    dni_extra = np.interp(position, knots, daily_extra)

    solar_hours = (middle_day % 1.0) * 24.0 + longitude / 15.0 + equation_h
    middle = (np.radians(15.0) * (solar_hours - 12.0) + np.pi) % (2.0 * np.pi) - np.pi
    half = np.pi * dt_s / _SECONDS_PER_DAY

    phi = np.radians(latitude)
    a = np.sin(phi) * np.sin(declination)
    b = np.cos(phi) * np.cos(declination)
    sunset = np.arccos(np.clip(-a / np.maximum(b, 1e-12), -1.0, 1.0))
    begin = np.maximum(middle - half, -sunset)
    end = np.minimum(middle + half, sunset)
    never_sets = sunset >= np.pi
    begin = np.where(never_sets, middle - half, begin)
    end = np.where(never_sets, middle + half, end)
    length = np.maximum(end - begin, 0.0)
    # Less than a millisecond of sun is no sun: it would only make cos z a 0/0.
    seen = length > 1e-9
    integral = a * length + b * (np.sin(end) - np.sin(begin))
    cos_up = np.where(seen, np.maximum(integral / np.where(seen, length, 1.0), 0.0), 0.0)
    seen &= cos_up > 1e-9
    cos_up = np.where(seen, cos_up, 0.0)
    # An interval that the horizon does not cut is lit by exactly 1, not by 1 but for rounding.
    whole = (begin == middle - half) & (end == middle + half)
    fraction = np.where(seen, np.where(whole, 1.0, length / (2.0 * half)), 0.0)

    hour_angle = np.where(seen, 0.5 * (begin + end), middle)
    cos_position = a + b * np.cos(hour_angle)
    zenith = np.degrees(np.arccos(np.clip(np.where(seen, cos_up, np.minimum(cos_position, 0.0)), -1.0, 1.0)))
    azimuth = np.degrees(
        np.arctan2(
            -np.cos(declination) * np.sin(hour_angle),
            np.sin(declination) * np.cos(phi) - np.cos(declination) * np.sin(phi) * np.cos(hour_angle),
        )
    )
    return IntervalSun(
        cos_zenith=cos_up,
        fraction_up=fraction,
        zenith=zenith,
        azimuth=azimuth % 360.0,
        dni_extra=dni_extra,
    )


def solar_time_h(starts_s: FloatArray, dt_s: float, longitude: float) -> FloatArray:
    """True solar time at the middle of each interval, hours 0..24."""
    middle_day = (np.asarray(starts_s, dtype=float) + 0.5 * dt_s) / _SECONDS_PER_DAY
    first = int(np.floor(middle_day.min())) - 1
    days = int(np.floor(middle_day.max())) - first + 3
    equation_h = np.interp(
        middle_day - (first + 0.5), np.arange(days, dtype=float), _daily_orbit(first, days)[1]
    )
    return np.asarray(((middle_day % 1.0) * 24.0 + longitude / 15.0 + equation_h) % 24.0)


def epoch_seconds(times: pd.DatetimeIndex) -> FloatArray:
    """Seconds since 1970-01-01 UTC of tz-aware stamps, whatever the resolution of the index."""
    return np.asarray(times.as_unit("ns").asi8, dtype=float) / 1e9
