"""Temperature of cold mains water (自来水) over the year.

References
----------
.. [1] Burch, J. and Christensen, C., 2007. Towards development of an algorithm for mains water temperature.
   Proceedings of the 2007 ASES Annual Conference, Cleveland; the form that EnergyPlus uses.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.climate_year import ClimateYear

_LEAST_C = 0.0
"""Pipes lie below the depth of frost [degC]."""


def mains_temperature(climate: ClimateYear, times: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Temperature of mains water [1]_.

    Parameters
    ----------
    climate : ClimateYear
    times : pandas.DatetimeIndex (n)

    Returns
    -------
    ndarray (n,)
        [degC]. A wave about the yearly mean of the air, 3.3 K above it, whose height and lag follow that mean
        and the spread of the monthly means. It was fitted to networks of the United States; river water, as
        in Shanghai, is colder in winter (GB 50015 designs with 5 degC, gk-verify; here 14 degC at least).
    """
    index = pd.DatetimeIndex(climate.data.index)
    temp = climate.data["temp_air"].to_numpy(float)
    months = np.array([temp[index.month == m].mean() for m in range(1, 13)])
    mean_f = 1.8 * float(temp.mean()) + 32.0
    spread_f = 1.8 * float(np.ptp(months))
    ratio = 0.4 + 0.01 * (mean_f - 44.0)
    lag = 35.0 - (mean_f - 44.0)
    day = times.day_of_year.to_numpy(float)
    north = 1.0 if climate.latitude >= 0.0 else -1.0
    wave = np.sin(np.radians(0.986 * (day - 15.0 - lag) - 90.0))
    mains_f = mean_f + 6.0 + north * ratio * 0.5 * spread_f * wave
    return np.asarray(np.maximum((mains_f - 32.0) / 1.8, _LEAST_C))
