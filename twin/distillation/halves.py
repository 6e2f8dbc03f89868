"""The year in two halves: one to correct the twin on, one to judge it on.

Fortnights take turns. Both halves then see every season, workday and rest day; halves of the year would fit
winter on summer, odd and even days would be neighbours that share their weather and stored heat. The first
hours of a fortnight still carry heat from the one before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FORTNIGHT_DAYS = 14


def fitted_hours(times: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Hours of the half that corrections may use: the first fortnight of the year, the third, and so on."""
    day = np.asarray((times - times[0]).days)
    return np.asarray(day // FORTNIGHT_DAYS % 2 == 0)
