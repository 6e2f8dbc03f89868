"""Moist air, vectorised: the ASHRAE relations that psychrolib holds for scalars.

psychrolib loops over arrays and compiles itself for seconds; a year at one-minute steps needs neither.
The formulas are those of the ASHRAE Handbook—Fundamentals, chapter 1 (saturation pressure by Hyland and
Wexler), and the tests hold each against psychrolib. Every function takes scalars or arrays that broadcast.
Humidity ratio 含湿量, dew point 露点温度, wet bulb 湿球温度.

References
----------
.. [1] ASHRAE, 2017. Handbook—Fundamentals (SI), chapter 1, eqs. 5, 6, 20, 22, 30, 33, 35.
.. [2] Hyland, R.W. and Wexler, A., 1983. Formulations for the thermodynamic properties of the saturated
   phases of H2O from 173.15 K to 473.15 K. ASHRAE Transactions 89(2A), 500-519.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_KELVIN = 273.15
_TRIPLE_POINT_C = 0.01
_RATIO = 0.621945
"""Molar mass of water over that of dry air."""


def saturation_pressure(temp_c: ArrayLike) -> FloatArray:
    """Saturation vapour pressure over ice (below 0.01 °C) or water, Pa; valid -100 to 200 °C [1]_, [2]_."""
    t = np.asarray(temp_c, dtype=float) + _KELVIN
    log_t = np.log(t)
    ice = (
        -5.6745359e03 / t
        + 6.3925247
        + t * (-9.677843e-03 + t * (6.2215701e-07 + t * (2.0747825e-09 - 9.484024e-13 * t)))
        + 4.1635019 * log_t
    )
    water = (
        -5.8002206e03 / t
        + 1.3914993
        + t * (-4.8640239e-02 + t * (4.1764768e-05 - 1.4452093e-08 * t))
        + 6.5459673 * log_t
    )
    return np.exp(np.where(t <= _TRIPLE_POINT_C + _KELVIN, ice, water))


def vapour_pressure(humidity_ratio: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Partial pressure of water vapour, Pa, from the humidity ratio in kg/kg of dry air."""
    w = np.asarray(humidity_ratio, dtype=float)
    return np.asarray(np.asarray(pressure_pa, dtype=float) * w / (_RATIO + w))


def humidity_ratio_from_vapour_pressure(vapour_pa: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Humidity ratio, kg/kg of dry air."""
    pv = np.asarray(vapour_pa, dtype=float)
    return np.asarray(_RATIO * pv / (np.asarray(pressure_pa, dtype=float) - pv))


def humidity_ratio_from_dew_point(dew_c: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Humidity ratio, kg/kg of dry air, from the dew point in °C."""
    return humidity_ratio_from_vapour_pressure(saturation_pressure(dew_c), pressure_pa)


def humidity_ratio_from_relative_humidity(
    temp_c: ArrayLike, relative_humidity: ArrayLike, pressure_pa: ArrayLike
) -> FloatArray:
    """Humidity ratio, kg/kg of dry air, from the relative humidity in percent."""
    pv = np.asarray(relative_humidity, dtype=float) / 100.0 * saturation_pressure(temp_c)
    return humidity_ratio_from_vapour_pressure(pv, pressure_pa)


def relative_humidity(temp_c: ArrayLike, humidity_ratio: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Relative humidity in percent (may exceed 100 where the given state is supersaturated)."""
    return np.asarray(100.0 * vapour_pressure(humidity_ratio, pressure_pa) / saturation_pressure(temp_c))


def relative_humidity_from_dew_point(temp_c: ArrayLike, dew_c: ArrayLike) -> FloatArray:
    """Relative humidity in percent from dry bulb and dew point."""
    # The ratio first: saturated air then has exactly 100 %.
    return np.asarray(100.0 * (saturation_pressure(dew_c) / saturation_pressure(temp_c)))


def dew_point_from_vapour_pressure(vapour_pa: ArrayLike) -> FloatArray:
    """Dew (frost) point in °C: the temperature whose saturation pressure is the given one (Newton on ln p).

    Raises
    ------
    ValueError
        Where the vapour pressure is not positive: perfectly dry air has no dew point.
    """
    pv = np.asarray(vapour_pa, dtype=float)
    if np.any(~(pv > 0.0)):
        raise ValueError("dew point needs a positive vapour pressure")
    target = np.log(pv)
    # Magnus' inverse starts within 1 K; ln p is nearly linear in T, so four Newton steps reach 1e-9 K.
    x = target - np.log(611.2)
    dew = 243.12 * x / (17.62 - x)
    for _ in range(5):
        step = 1e-3
        # One-sided derivative taken away from the kink at the triple point.
        side = np.where(dew <= _TRIPLE_POINT_C, -step, step)
        here = np.log(saturation_pressure(dew))
        slope = (np.log(saturation_pressure(dew + side)) - here) / side
        dew = dew - (here - target) / slope
    return np.asarray(dew)


def dew_point(humidity_ratio: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Dew (frost) point in °C from the humidity ratio in kg/kg of dry air."""
    return dew_point_from_vapour_pressure(vapour_pressure(humidity_ratio, pressure_pa))


def enthalpy(temp_c: ArrayLike, humidity_ratio: ArrayLike) -> FloatArray:
    """Specific enthalpy of moist air, J/kg of dry air, zero for dry air and liquid water at 0 °C."""
    t = np.asarray(temp_c, dtype=float)
    return np.asarray((1.006 * t + np.asarray(humidity_ratio, dtype=float) * (2501.0 + 1.86 * t)) * 1e3)


def humidity_ratio_from_wet_bulb(
    temp_c: ArrayLike, wet_bulb_c: ArrayLike, pressure_pa: ArrayLike
) -> FloatArray:
    """Humidity ratio, kg/kg of dry air, from the thermodynamic wet bulb [1]_ eqs. 33 and 35.

    The result is negative where the pair is impossible; the caller decides what that means.
    """
    t = np.asarray(temp_c, dtype=float)
    wb = np.asarray(wet_bulb_c, dtype=float)
    ws = humidity_ratio_from_dew_point(wb, pressure_pa)
    water = ((2501.0 - 2.326 * wb) * ws - 1.006 * (t - wb)) / (2501.0 + 1.86 * t - 4.186 * wb)
    ice = ((2830.0 - 0.24 * wb) * ws - 1.006 * (t - wb)) / (2830.0 + 1.86 * t - 2.1 * wb)
    return np.asarray(np.where(wb >= 0.0, water, ice))


def wet_bulb(temp_c: ArrayLike, humidity_ratio: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Thermodynamic wet bulb in °C (bisection on the adiabatic saturation balance, then secants; 1e-6 K).

    Air at or above saturation has its dry bulb as wet bulb. The balance jumps at 0 °C where the wick
    freezes; as psychrolib does, the root is taken on the monotone bracket between dew point and dry bulb.
    """
    shape = np.broadcast_shapes(np.shape(temp_c), np.shape(humidity_ratio), np.shape(pressure_pa))
    t, w, p = (
        np.broadcast_to(np.asarray(part, dtype=float), shape).ravel()
        for part in (temp_c, humidity_ratio, pressure_pa)
    )
    low, high = np.minimum(dew_point(w, p), t), t.copy()
    found = np.empty_like(t)
    left = np.arange(t.size)
    while left.size:
        middle = 0.5 * (low + high)
        too_wet = humidity_ratio_from_wet_bulb(t[left], middle, p[left]) > w[left]
        high, low = np.where(too_wet, middle, high), np.where(too_wet, low, middle)
        narrow = high - low < _NARROW_K
        # No kink between the ends: the root that the bisection has chosen is reached by secants at once.
        smooth = narrow & ((low >= 0.0) | (high < 0.0))
        done = smooth | (high - low < 1e-6)
        if done.any():
            at = left[done]
            found[at] = np.where(
                smooth[done],
                _secant(t[at], w[at], p[at], low[done], high[done]),
                0.5 * (low[done] + high[done]),
            )
            left, low, high = left[~done], low[~done], high[~done]
    return found.reshape(shape)


_NARROW_K = 0.5


def _secant(t: FloatArray, w: FloatArray, p: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Root of the adiabatic balance inside a narrow bracket without a kink; three secants reach 1e-9 K."""
    a, b = low, high
    at_a = humidity_ratio_from_wet_bulb(t, a, p) - w
    at_b = humidity_ratio_from_wet_bulb(t, b, p) - w
    for _ in range(3):
        rise = at_b - at_a
        flat = np.abs(rise) < 1e-16
        c = np.where(flat, b, b - at_b * (b - a) / np.where(flat, 1.0, rise))
        a, at_a = b, at_b
        b = np.clip(c, low, high)
        at_b = humidity_ratio_from_wet_bulb(t, b, p) - w
    return b


def standard_pressure(altitude_m: ArrayLike) -> FloatArray:
    """Standard atmospheric pressure in Pa at an altitude [1]_ eq. 3."""
    return np.asarray(101325.0 * (1.0 - 2.25577e-5 * np.asarray(altitude_m, dtype=float)) ** 5.2559)
