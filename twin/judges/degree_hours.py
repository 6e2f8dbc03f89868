"""The two climate terms of the cooling-demand limit: WDH20 and DDH28, from the climate year itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from weather import psychrometrics
from weather.climate_year import ClimateYear

_WET_BASE, _DRY_BASE = 20.0, 28.0


@dataclass(frozen=True, slots=True)
class CoolingTerms:
    """WDH20 (20 °C 湿球度小时) and DDH28 (28 °C 干球度小时) of a year [kK.h]."""

    wdh20: float
    ddh28: float


def cooling_terms(climate: ClimateYear) -> CoolingTerms:
    """Degree hours of a climate year, over its 8760 hours.

    Parameters
    ----------
    climate : ClimateYear

    Returns
    -------
    CoolingTerms
        Sums of (wet bulb - 20) and (dry bulb - 28) over the hours in which they are positive [kK.h].

    Notes
    -----
    Definition: passive ultra-low-energy guide of the ministry (MOHURD, 2015), read in a copy; the limit of
    GB/T 51350-2019 uses the same terms (from general knowledge).
    """
    temp = climate.data["temp_air"].to_numpy(float)
    pressure = climate.data["pressure"].to_numpy(float)
    dew = climate.data["temp_dew"].to_numpy(float)
    ratio = psychrometrics.humidity_ratio_from_dew_point(dew, pressure)
    wet = psychrometrics.wet_bulb(temp, ratio, pressure)
    over_wet, over_dry = np.maximum(wet - _WET_BASE, 0.0), np.maximum(temp - _DRY_BASE, 0.0)
    return CoolingTerms(1e-3 * float(over_wet.sum()), 1e-3 * float(over_dry.sum()))
