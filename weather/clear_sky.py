"""Clear skies: ASHRAE's tau model, and the clean-air beam that no measurement may exceed.

References
----------
.. [1] Gueymard, C.A. and Thevenard, D., 2013. Revising ASHRAE climatic data for design and standards,
   part 2: clear-sky solar radiation model. ASHRAE Transactions 119(2); ASHRAE Handbook—Fundamentals,
   chapter 14, eqs. 17-20.
.. [2] Ineichen, P., 2008. A broadband simplified version of the Solis clear sky model. Solar Energy 82.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from weather.sun import IntervalSun

FloatArray = NDArray[np.float64]


def relative_air_mass(zenith_deg: ArrayLike) -> FloatArray:
    """Relative optical air mass (Kasten and Young 1989, through pvlib); NaN below the horizon by its rule."""
    from pvlib.atmosphere import get_relative_airmass

    return np.asarray(get_relative_airmass(np.asarray(zenith_deg, dtype=float)), dtype=float)


def ashrae_clear_sky(
    zenith_deg: ArrayLike, dni_extra: ArrayLike, taub: ArrayLike, taud: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Beam normal and diffuse horizontal irradiance of a cloudless sky [1]_, W/m2; 0 below the horizon.

    Parameters
    ----------
    zenith_deg : array_like
        True zenith, degrees.
    dni_extra : array_like
        Extraterrestrial normal irradiance, W/m2.
    taub, taud : array_like
        ASHRAE's beam and diffuse optical depths of the month.
    """
    zenith = np.asarray(zenith_deg, dtype=float)
    up = zenith < 90.0
    air_mass = relative_air_mass(np.where(up, zenith, 0.0))
    b, d = np.asarray(taub, dtype=float), np.asarray(taud, dtype=float)
    beam_exponent = 1.454 - 0.406 * b - 0.268 * d + 0.021 * b * d
    diffuse_exponent = 0.507 + 0.205 * b - 0.080 * d - 0.190 * b * d
    extra = np.asarray(dni_extra, dtype=float)
    beam = extra * np.exp(-b * air_mass**beam_exponent)
    diffuse = extra * np.exp(-d * air_mass**diffuse_exponent)
    return np.where(up, beam, 0.0), np.where(up, diffuse, 0.0)


def cleanest_beam(zenith_deg: ArrayLike, pressure_pa: ArrayLike, dni_extra: ArrayLike) -> FloatArray:
    """Beam normal irradiance through very clean, dry air, W/m2: an upper bound for any weather file.

    Simplified Solis [2]_ (pvlib) with an aerosol optical depth of 0.02 and 0.5 cm of water; 0 below the
    horizon. Real Shanghai air is far from it; the bound only removes what cannot be.
    """
    from pvlib.clearsky import simplified_solis

    elevation = 90.0 - np.asarray(zenith_deg, dtype=float)
    sky = simplified_solis(
        np.maximum(elevation, 0.0),
        aod700=0.02,
        precipitable_water=0.5,
        pressure=np.asarray(pressure_pa, dtype=float),
        dni_extra=np.asarray(dni_extra, dtype=float),
    )
    return np.where(elevation > 0.0, np.asarray(sky["dni"], dtype=float), 0.0)


def linke_clear_sky(
    times: pd.DatetimeIndex, latitude: float, longitude: float, altitude: float, zenith_deg: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cloudless beam normal and diffuse horizontal irradiance by Ineichen and Perez (pvlib), W/m2.

    The turbidity is pvlib's world map of monthly Linke factors; for sites without published optical depths.
    """
    from pvlib.atmosphere import get_absolute_airmass
    from pvlib.clearsky import ineichen, lookup_linke_turbidity
    from pvlib.irradiance import get_extra_radiation

    from weather.psychrometrics import standard_pressure

    turbidity = lookup_linke_turbidity(times, latitude, longitude).to_numpy(float)
    up = np.asarray(zenith_deg, dtype=float) < 90.0
    zenith = np.where(up, zenith_deg, 89.9)
    air_mass = get_absolute_airmass(relative_air_mass(zenith), float(standard_pressure(altitude)))
    extra = np.asarray(get_extra_radiation(times), dtype=float)
    sky = ineichen(zenith, air_mass, turbidity, altitude=altitude, dni_extra=extra)
    return np.where(up, np.asarray(sky["dni"]), 0.0), np.where(up, np.asarray(sky["dhi"]), 0.0)


def linke_clear_ghi(
    index: pd.DatetimeIndex, latitude: float, longitude: float, altitude: float, sun: IntervalSun
) -> FloatArray:
    """Cloudless GHI over each interval by `linke_clear_sky`, W/m2."""
    beam, diffuse = linke_clear_sky(index, latitude, longitude, altitude, sun.zenith)
    return np.asarray((beam * sun.cos_zenith + diffuse) * sun.fraction_up)
