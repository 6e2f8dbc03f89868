"""Undisturbed ground temperature (Kusuda and Achenbach) from the year's own air temperature.

References
----------
.. [1] Kusuda, T. and Achenbach, P.R., 1965. Earth temperature and thermal diffusivity at selected stations
   in the United States. ASHRAE Transactions 71(1), 61-75.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from weather.climate_year import ClimateYear

FloatArray = NDArray[np.float64]

DIFFUSIVITY = 5.0e-7
"""m2/s. Moist silty clay lies at 4e-7 to 6e-7 (ASHRAE Handbook—HVAC Applications 2019, chapter 35, table 5);
assumed for Shanghai's delta soil."""

_YEAR_S = 365.0 * 86400.0


def annual_wave(climate: ClimateYear) -> tuple[float, float, float]:
    """Mean (°C), amplitude (K) and day of the minimum of the annual wave through the monthly means.

    The surface is taken at air temperature, as [1]_ does; snow, shade and paving are not.
    """
    index = pd.DatetimeIndex(climate.data.index)
    temp = climate.data["temp_air"].to_numpy(float)
    month = index.month.to_numpy()
    means = np.array([temp[month == m].mean() for m in range(1, 13)])
    lengths = np.array([(month == m).sum() / 24.0 for m in range(1, 13)])
    middle = np.cumsum(lengths) - 0.5 * lengths
    angle = 2.0 * np.pi * middle / 365.0
    design = np.column_stack([np.ones(12), np.cos(angle), np.sin(angle)])
    # A month's mean of a cosine is its mid value times sinc: undo that smoothing.
    smoothing = np.sinc(lengths / 365.0)
    design[:, 1:] *= smoothing[:, None]
    mean, cosine, sine = np.linalg.lstsq(
        design * np.sqrt(lengths)[:, None], means * np.sqrt(lengths), rcond=None
    )[0]
    amplitude = float(np.hypot(cosine, sine))
    day_of_minimum = (np.arctan2(sine, cosine) / (2.0 * np.pi) * 365.0 + 182.5) % 365.0
    return float(mean), amplitude, float(day_of_minimum)


def ground_temperature(
    climate: ClimateYear, depth_m: ArrayLike, times: pd.DatetimeIndex, diffusivity: float = DIFFUSIVITY
) -> FloatArray:
    """Temperature of undisturbed ground [1]_.

    Parameters
    ----------
    climate : ClimateYear
    depth_m : float or array_like (k,)
        Depth below the surface, m, not negative.
    times : pandas.DatetimeIndex (n)
        tz-aware.
    diffusivity : float
        Thermal diffusivity of the soil, m2/s.

    Returns
    -------
    ndarray (n,) for one depth, (n, k) for several
        °C.

    Raises
    ------
    ValueError
        For a negative depth or a diffusivity that is not positive.
    """
    depth = np.asarray(depth_m, dtype=float)
    if np.any(depth < 0.0) or not diffusivity > 0.0:
        raise ValueError("depth must not be negative and diffusivity must be positive")
    mean, amplitude, day_of_minimum = annual_wave(climate)
    local = times.tz_convert(climate.time_zone).tz_localize(None)
    seconds = local.as_unit("s").asi8 % 86400
    day = (local.day_of_year.to_numpy() - 1) + seconds / 86400.0
    decay = depth * np.sqrt(np.pi / (_YEAR_S * diffusivity))
    phase = 2.0 * np.pi * (day - day_of_minimum) / 365.0
    if depth.ndim == 0:
        return np.asarray(mean - amplitude * np.exp(-decay) * np.cos(phase - decay))
    return np.asarray(mean - amplitude * np.exp(-decay) * np.cos(phase[:, None] - decay))
