"""Temperature of cold mains water (自来水) over the year, where rivers are its source as in Shanghai.

References
----------
.. [1] Stefan, H. G. and Preud'homme, E. B., 1993. Stream temperature estimation from air temperature. Water
   Resources Bulletin 29 (1), 27-45: weekly means of eleven streams of the Mississippi's basin, standard
   deviation 2.7 K. Coefficients from memory (gk-verify).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.climate_year import ClimateYear

RIVER_BASE, RIVER_SLOPE = 5.0, 0.75
"""River over air in their weekly means [degC, K/K], [1]_."""
_DAYS = 14
"""Days of air behind the water: a large river follows within a week, waterworks and pipes hold it for some
days more (assumed)."""


def mains_temperature(climate: ClimateYear, times: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Temperature of mains water from river water [1]_.

    Parameters
    ----------
    climate : ClimateYear
        Its year follows itself: the first of January looks back on December.
    times : pandas.DatetimeIndex (n)

    Returns
    -------
    ndarray (n,)
        [degC], not below 0. The heat that buried pipes exchange with the ground is left out.
    """
    index = pd.DatetimeIndex(climate.data.index)
    daily = climate.data["temp_air"].groupby(index.day_of_year).mean().to_numpy(float)
    behind = np.concatenate([daily[-_DAYS:], daily])
    mean = np.convolve(behind, np.full(_DAYS, 1.0 / _DAYS), mode="valid")
    # Day d sees the days before it; its noon has half of its own way to the next.
    day = times.day_of_year.to_numpy(float) - 1.0 + times.hour.to_numpy(float) / 24.0
    air = np.interp(day, np.arange(len(mean)), mean)
    return np.asarray(np.maximum(RIVER_BASE + RIVER_SLOPE * air, 0.0))
