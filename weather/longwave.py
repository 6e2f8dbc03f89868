"""Long-wave radiation of the sky where a file does not give it.

References
----------
.. [1] Clark, G. and Allen, C., 1978. The estimation of atmospheric radiation for clear and cloudy skies.
   Proc. 2nd National Passive Solar Conference, 675-678.
.. [2] Walton, G.N., 1983. Thermal Analysis Research Program Reference Manual. NBSSIR 83-2655 (cloud factor);
   the same pair is EnergyPlus' default (Engineering Reference, Climate Calculations).
.. [3] Kasten, F. and Czeplak, G., 1980. Solar and terrestrial radiation dependent on the amount and type of
   cloud. Solar Energy 24, 177-189.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from weather.step_weather import STEFAN_BOLTZMANN
from weather.sun import IntervalSun

FloatArray = NDArray[np.float64]


def longwave_down(temp_air_c: ArrayLike, temp_dew_c: ArrayLike, sky_cover_tenths: ArrayLike) -> FloatArray:
    """Long-wave irradiance from the sky on the horizontal, W/m2 [1]_, [2]_.

    Parameters
    ----------
    temp_air_c, temp_dew_c : array_like
        Dry bulb and dew point, °C.
    sky_cover_tenths : array_like
        Cloud cover, 0..10.
    """
    n = np.asarray(sky_cover_tenths, dtype=float)
    dew_k = np.asarray(temp_dew_c, dtype=float) + 273.15
    clear = 0.787 + 0.764 * np.log(dew_k / 273.0)
    emissivity = np.minimum(clear * (1.0 + 0.0224 * n - 0.0035 * n**2 + 0.00028 * n**3), 1.0)
    return np.asarray(emissivity * STEFAN_BOLTZMANN * (np.asarray(temp_air_c, dtype=float) + 273.15) ** 4)


def sky_cover_from_sun(ghi: FloatArray, clear_ghi: FloatArray, sun: IntervalSun) -> FloatArray:
    """Cloud cover in tenths from the clear-sky index, by inverting Kasten and Czeplak [3]_.

    GHI / clear = 1 - 0.75 (N/10)^3.4. Hours whose sun is lower than about 11 degrees say too little about
    clouds; they and the nights are bridged linearly from dusk to dawn.
    """
    reliable = (sun.cos_zenith > 0.2) & (sun.fraction_up > 0.99) & (clear_ghi > 50.0)
    if not reliable.any():
        raise ValueError("no hour with enough sun to judge the cloud cover")
    index = np.clip(ghi[reliable] / clear_ghi[reliable], 0.25, 1.0)
    cover = 10.0 * ((1.0 - index) / 0.75) ** (1.0 / 3.4)
    hours = np.arange(len(ghi))
    return np.interp(hours, hours[reliable], cover, period=len(ghi))
