"""Surface films: convection inside and outside, and the wind at the wall.

The films of this first engine are constants in the matrix; the outside one varies with the wind by the
sol-air ratio (see `inputs`). Sources are named at each value.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

STEFAN_BOLTZMANN = 5.670374419e-8
"""[W/(m2 K4)], CODATA 2018."""
TEMP_RADIANT_INSIDE_K = 293.15
"""Temperature at which inside long-wave exchange is linearised [K]."""

Terrain = Literal["country", "suburbs", "city"]

# Wind profile exponent and boundary-layer height: ASHRAE Handbook of Fundamentals 2021, ch. 24, table 1.
_TERRAIN: dict[str, tuple[float, float]] = {
    "country": (0.14, 270.0),
    "suburbs": (0.22, 370.0),
    "city": (0.33, 460.0),
}

# Convective films inside, ISO 6946:2017 table C.1: 2.5 horizontal, 5.0 upward, 0.7 downward heat flow.
# One constant must serve floors and ceilings in both seasons: the geometric mean of up and down.
_VERTICAL = 2.5
_HORIZONTAL = math.sqrt(5.0 * 0.7)


def convection_inside(tilt: float) -> float:
    """Constant convective film of an inside face [W/(m2 K)].

    Parameters
    ----------
    tilt : float
        Of the outward normal: 90 wall, 0 ceiling below a roof, 180 floor [degree].

    Returns
    -------
    float
        ISO 6946:2017 table C.1; for horizontal faces the geometric mean of upward and downward flow,
        since the direction reverses over the year.
    """
    return _VERTICAL if 30.0 < tilt < 150.0 else _HORIZONTAL


def wind_at_height(
    wind_speed: NDArray[np.float64], height: float, terrain: Terrain = "suburbs"
) -> NDArray[np.float64]:
    """Wind at a height over the site's terrain from airport wind at 10 m in open country [m/s].

    Power-law profile, ASHRAE Handbook of Fundamentals 2021, ch. 24, eq. 4.
    """
    exponent, layer = _TERRAIN[terrain]
    airport = (270.0 / 10.0) ** 0.14
    return np.asarray(wind_speed * airport * (max(height, 0.1) / layer) ** exponent)


def convection_outside(wind: NDArray[np.float64], tilt: float, *, rough: bool = True) -> NDArray[np.float64]:
    """Convective film outside over wind at the surface [W/(m2 K)].

    DOE-2 form of MoWiTT (Yazdanian and Klems, ASHRAE Transactions 100(1), 1994, mean of windward and
    leeward: a = 3.26 and 3.55, b = 0.89 and 0.617) with the natural part of TARP (Walton 1983) taken at a
    surface-to-air difference of 5 K, and the roughness factor 1.52 (brick, rough plaster) on the forced part
    of opaque surfaces.

    Parameters
    ----------
    wind : ndarray
        Wind speed at the surface [m/s].
    tilt : float
        [degree].
    rough : bool
        False for glass.
    """
    vertical = 30.0 < tilt < 150.0
    natural = 1.31 * 5.0 ** (1.0 / 3.0) if vertical else 1.52 * 5.0 ** (1.0 / 3.0)
    forced = 0.5 * (3.26 * wind**0.89 + 3.55 * wind**0.617)
    smooth = np.sqrt(natural**2 + forced**2)
    if not rough:
        return np.asarray(smooth)
    return np.asarray(natural + 1.52 * (smooth - natural))
