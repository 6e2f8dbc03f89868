"""The hours of a generated year inside its days: sun, temperature, moisture, wind and pressure.

References
----------
.. [1] Aguiar, R. and Collares-Pereira, M., 1992. TAG: a time-dependent, autoregressive, Gaussian model for
   generating synthetic hourly radiation. Solar Energy 49(3), 167-174. Constants as passed on in secondary
   literature, not checked against the paper (confidence: gk-verify).
.. [2] Erbs, D.G., Klein, S.A. and Beckman, W.A., 1983. Estimation of degree-days and ambient temperature bin
   data from monthly-average temperatures. ASHRAE Journal 25(6), 60-65 (mean diurnal shape).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from weather.clear_sky import ashrae_clear_sky
from weather.day_sequence import DAYS, MONTH_OF_DAY, monthly_mean, persistent_scores
from weather.sky import erbs_split
from weather.sun import IntervalSun

FloatArray = NDArray[np.float64]

END_OF_HOUR = np.arange(1, 25, dtype=float)
"""Hours of the day at which a row's state stands."""
BRIGHTEST = 1.05
"""Hourly clear-sky index that no generated hour exceeds (cloud edges lie in shorter times)."""
CLEANER_DAY = 1.15
"""Beam of a day cleaner than its month's mean optical depth, over the beam of that depth (assumed)."""
SCATTER = 0.03
"""Added to TAG's hourly scatter: the bounds and the restored day sum take about as much away (assumed; the
within-day standard deviation of clearness becomes 0.11, in the typical years 0.08 to 0.11)."""


def clear_irradiance(sun: IntervalSun, taub: FloatArray, taud: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cloudless DNI and GHI over each hour, W/m2, from the months' ASHRAE depths."""
    month = np.repeat(MONTH_OF_DAY, 24)
    beam, diffuse = ashrae_clear_sky(sun.zenith, sun.dni_extra, taub[month], taud[month])
    dni = beam * sun.fraction_up
    return dni, dni * sun.cos_zenith + diffuse * sun.fraction_up


def hourly_irradiance(
    clearness: FloatArray, sun: IntervalSun, clear_dni: FloatArray, clear_ghi: FloatArray, scores: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """GHI, DNI and DHI of each hour from the clearness of each day.

    The hour's clearness is TAG's mean for the height of the sun plus its autoregressive part [1]_, bounded by
    the cloudless sky; a factor per day then restores the day's energy. Diffuse by Erbs; the beam is bounded
    by that of the cloudless sky, what is over stays diffuse, so the components close.

    Parameters
    ----------
    clearness : ndarray (365,)
    sun : IntervalSun (8760)
    clear_dni, clear_ghi : ndarray (8760,)
        Cloudless sky, W/m2.
    scores : ndarray (8760,)
        Standard normal innovations.
    """
    day = np.repeat(clearness, 24)
    height = np.maximum(sun.cos_zenith, 0.02)
    level = -0.19 + 1.12 * day + 0.24 * np.exp(-8.0 * day)
    depth = 0.32 - 1.6 * (day - 0.5) ** 2
    decline = 0.19 + 2.27 * day**2 - 2.51 * day**3
    mean = level + depth * np.exp(-decline / height)
    amplitude = SCATTER + 0.14 * np.exp(-20.0 * (day - 0.35) ** 2)
    growth = 3.0 * (day - 0.45) ** 2 + 16.0 * day**5
    sigma = amplitude * np.exp(np.minimum(growth * (1.0 - height), 1.0))
    persistence = 0.38 + 0.06 * np.cos(7.4 * day - 2.5)
    noise = np.empty(len(day))
    noise[0] = scores[0]
    for i in range(1, len(day)):
        noise[i] = persistence[i] * noise[i - 1] + np.sqrt(1.0 - persistence[i] ** 2) * scores[i]
    ghi = np.maximum(mean + sigma * noise, 0.02) * sun.ghi_extra
    ghi = _restore_days(ghi, clearness * sun.ghi_extra.reshape(DAYS, 24).sum(axis=1), BRIGHTEST * clear_ghi)
    doy = np.repeat(np.arange(1, DAYS + 1), 24)
    dni = np.minimum(erbs_split(ghi, sun, doy)[0], CLEANER_DAY * clear_dni)
    return ghi, dni, ghi - dni * sun.cos_zenith


def _restore_days(hourly: FloatArray, energy: FloatArray, highest: FloatArray) -> FloatArray:
    """Scale each day to its energy under an upper bound per hour (binding on the clearest days only)."""
    by_day, top = hourly.reshape(DAYS, 24), highest.reshape(DAYS, 24)
    reachable = np.minimum(energy, 0.999 * top.sum(axis=1))
    factor = np.ones(DAYS)
    for _ in range(60):
        got = np.minimum(by_day * factor[:, None], top).sum(axis=1)
        if np.abs(got / reachable - 1.0).max() < 1e-10:
            break
        factor *= reachable / got
    return np.minimum(by_day * factor[:, None], top).ravel()


def hours_of_days(daily: FloatArray) -> FloatArray:
    """Hourly course (states at the ends of the hours) whose daily means are exactly the given ones.

    Linear between noons; the noon values are solved for (a periodic three-term system, in Fourier space).
    """
    late = np.maximum(END_OF_HOUR - 12.0, 0.0) / 24.0
    early = np.maximum(12.0 - END_OF_HOUR, 0.0) / 24.0
    kernel = np.zeros(len(daily))
    kernel[0] = 1.0 - late.mean() - early.mean()
    kernel[1] += early.mean()  # weight of the day before
    kernel[-1] += late.mean()
    noon = np.fft.irfft(np.fft.rfft(daily) / np.fft.rfft(kernel), n=len(daily))
    own = 1.0 - late - early
    course = noon[:, None] * own + np.roll(noon, 1)[:, None] * early + np.roll(noon, -1)[:, None] * late
    return course.ravel()


def erbs_day() -> FloatArray:
    """Mean diurnal shape of temperature at the ends of the hours, range about 1, mean 0 [2]_."""
    t = 2.0 * np.pi * (END_OF_HOUR - 1.0) / 24.0
    shape = (
        0.4632 * np.cos(t - 3.805)
        + 0.0984 * np.cos(2.0 * t - 0.360)
        + 0.0168 * np.cos(3.0 * t - 0.822)
        + 0.0138 * np.cos(4.0 * t - 3.513)
    )
    return np.asarray(shape - shape.mean())


def hourly_temperature(daily: FloatArray, span: FloatArray, range_target: FloatArray) -> FloatArray:
    """Dry bulb at the ends of the hours.

    Parameters
    ----------
    daily : ndarray (365,)
        Daily means, kept exactly.
    span : ndarray (365,)
        Relative size of each day's swing.
    range_target : ndarray (12,)
        Mean daily range (maximum less minimum of the 24 values) wanted by month; the day-to-day course adds
        to the swing, so the swing is iterated.
    """
    size = range_target.copy()
    shape = np.tile(erbs_day(), DAYS)
    temp = np.empty((DAYS, 24))
    for _ in range(30):
        temp = _around(daily, between_noons(span * size[MONTH_OF_DAY]) * shape).reshape(DAYS, 24)
        got = monthly_mean(temp.max(axis=1) - temp.min(axis=1))
        size *= range_target / got
    return temp.ravel()


def between_noons(daily: FloatArray) -> FloatArray:
    """Daily values linearly from noon to noon, at the ends of the hours (means are not kept)."""
    position = (np.arange(24 * len(daily)) + 1.0) / 24.0 - 0.5
    return np.interp(position, np.arange(len(daily)), daily, period=len(daily))


def _around(daily: FloatArray, swing: FloatArray) -> FloatArray:
    """Hourly course of daily means with a swing added, whose own daily means are taken out beforehand.

    The size of the swing runs from noon to noon, so that midnight shows no step.
    """
    return hours_of_days(daily - swing.reshape(-1, 24).mean(axis=1)) + swing


def hourly_dew_point(daily: FloatArray, span_k: FloatArray, dip: float) -> FloatArray:
    """Dew point at the ends of the hours: it dips in the afternoon when dry air is mixed down.

    Parameters
    ----------
    daily : ndarray (365,)
        Daily means.
    span_k : ndarray (365,)
        Daily range of dry bulb, K; a large one means sun and mixing.
    dip : float
        Amplitude of the dip per kelvin of range.
    """
    wave = np.tile(np.cos(2.0 * np.pi * (END_OF_HOUR - 15.0) / 24.0), DAYS)
    return _around(daily, -dip * between_noons(span_k) * wave)


def hourly_wind(scores: FloatArray, mean: FloatArray) -> FloatArray:
    """Wind speed at the ends of the hours: Weibull with shape 1.9 and an afternoon maximum, m/s.

    Shape and the diurnal amplitude of 0.25 are those of the typical years (derived).
    """
    from scipy.special import ndtr

    scores = persistent_scores(scores, 0.92)
    speed = ((-np.log1p(-ndtr(scores))) ** (1.0 / 1.9)).reshape(DAYS, 24)
    speed = speed * (1.0 + 0.25 * np.cos(2.0 * np.pi * (END_OF_HOUR - 14.0) / 24.0))
    got = monthly_mean(speed.mean(axis=1))
    return np.asarray((speed * (mean / got)[MONTH_OF_DAY][:, None]).ravel())


def hourly_wind_direction(scores: FloatArray, direction: FloatArray, resultant: FloatArray) -> FloatArray:
    """Wind direction at the ends of the hours, degrees: wrapped normal about the month's mean vector."""
    spread = np.sqrt(-2.0 * np.log(np.clip(resultant, 0.02, 0.98)))
    month = np.repeat(MONTH_OF_DAY, 24)
    return np.asarray(
        (direction[month] + np.degrees(spread[month] * persistent_scores(scores, 0.95))) % 360.0
    )


def hourly_pressure(
    temp_anomaly: FloatArray, scores: FloatArray, winter_pa: float, summer_pa: float
) -> FloatArray:
    """Station pressure at the ends of the hours, Pa.

    An annual wave between the published winter and summer values, a daily anomaly of 4 hPa that goes against
    temperature (correlation -0.5, persistence 0.65: the typical years), and the half-day tide of 1 hPa.
    """
    day = np.arange(DAYS) + 0.5
    wave = 0.5 * (winter_pa + summer_pa) + 0.5 * (winter_pa - summer_pa) * np.cos(
        2.0 * np.pi * (day - 12.0) / DAYS
    )
    standard = temp_anomaly / temp_anomaly.std()
    anomaly = 400.0 * (-0.5 * standard + np.sqrt(0.75) * persistent_scores(scores, 0.65))
    tide = 100.0 * np.cos(4.0 * np.pi * (END_OF_HOUR - 10.0) / 24.0)
    return np.asarray((hours_of_days(wave + anomaly).reshape(DAYS, 24) + tide).ravel())
