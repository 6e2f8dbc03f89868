"""Surface films: natural and forced convection, inside and outside, and the wind at the wall.

Natural convection is a law in the temperature difference between face and air that the kernel evaluates at
every step; the forced part outside follows the wind and is prepared as a series.

References
----------
.. [1] Walton, G. N., 1983. Thermal Analysis Research Program Reference Manual (TARP). NBSIR 83-2655.
.. [2] Yazdanian, M. and Klems, J. H., 1994. Measurement of the exterior convective film coefficient for
   windows in low-rise buildings. ASHRAE Transactions 100(1); the form of DOE-2 adds roughness.
.. [3] ASHRAE Handbook of Fundamentals 2021, chapter 24.
.. [4] ISO 15099:2003, Thermal performance of windows, doors and shading devices: detailed calculations.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

STEFAN_BOLTZMANN = 5.670374419e-8
"""[W/(m2 K4)], CODATA 2018."""

Terrain = Literal["country", "suburbs", "city"]

# Wind profile exponent and boundary-layer height: [3], table 1.
_TERRAIN: dict[str, tuple[float, float]] = {
    "country": (0.14, 270.0),
    "suburbs": (0.22, 370.0),
    "city": (0.33, 460.0),
}

ROUGHNESS = {
    "very_rough": 2.17,
    "rough": 1.67,
    "medium_rough": 1.52,
    "medium_smooth": 1.13,
    "smooth": 1.11,
    "very_smooth": 1.0,
}
"""Factor of the surface on the forced film [1]: stucco, brick, concrete, clear pine, plaster, glass."""

# MoWiTT [2]: a v^b, windward and leeward.
_WINDWARD = (3.26, 0.89)
_LEEWARD = (3.55, 0.617)
_WINDWARD_WITHIN_DEG = 100.0


_SPARROW = 2.537
"""Film over the root of (perimeter x wind / area) [W s^0.5/(m2 K)] [1]_."""


def natural_convection(tilt: float) -> tuple[float, float]:
    """Factors of |T_face - T_air|^(1/3), for a face warmer and for a face colder than the air [W/(m2 K^4/3)].

    Parameters
    ----------
    tilt : float
        Of the direction in which the face looks: 0 up, 90 sideways, 180 down [degree].

    Returns
    -------
    tuple of float
        Warmer, colder. Warm air rises from a warm floor and clings below a warm ceiling: TARP [1]_, as
        enhanced and reduced convection of tilted plates.
    """
    if abs(tilt - 90.0) < 1e-6:
        return 1.31, 1.31
    slope = abs(math.cos(math.radians(tilt)))
    enhanced, reduced = 9.482 / (7.283 - slope), 1.810 / (1.382 + slope)
    return (enhanced, reduced) if tilt < 90.0 else (reduced, enhanced)


def natural_convection_glass(height: float, density: float) -> float:
    """Factor of |T_face - T_air|^(1/4) on the room side of upright glazing [W/(m2 K^5/4)].

    Parameters
    ----------
    height : float
        Of the glazing [m].
    density : float
        Of the room's air [kg/m3].

    Returns
    -------
    float
        Nu = 0.56 Ra^(1/4) of ISO 15099:2003 [4]_, 8.3.2.2, which holds below a critical Rayleigh number that
        upright panes in rooms never reach; properties of air at 20 degC.
    """
    conductivity, viscosity, heat, temp = 0.02562, 1.821e-5, 1006.4, 293.15
    rayleigh_per_kelvin = density**2 * height**3 * 9.81 * heat / (temp * viscosity * conductivity)
    return 0.56 * conductivity / height * rayleigh_per_kelvin**0.25


def wind_at_height(
    wind_speed: NDArray[np.float64], height: float, terrain: Terrain = "suburbs"
) -> NDArray[np.float64]:
    """Wind at a height over the site's terrain from airport wind at 10 m in open country [m/s].

    Power-law profile [3]_, eq. 4.
    """
    exponent, layer = _TERRAIN[terrain]
    airport = (270.0 / 10.0) ** 0.14
    return np.asarray(wind_speed * airport * (max(height, 0.1) / layer) ** exponent)


def forced_convection(
    wind: NDArray[np.float64], direction: NDArray[np.float64], tilt: float, azimuth: float
) -> NDArray[np.float64]:
    """Forced film of a smooth face, windward or leeward [W/(m2 K)].

    Parameters
    ----------
    wind : ndarray (n,)
        Speed at the surface [m/s].
    direction : ndarray (n,)
        Where the wind comes from, clockwise from north [degree].
    tilt, azimuth : float
        Of the outward normal [degree]. Horizontal faces are always windward.

    Returns
    -------
    ndarray (n,)
        MoWiTT [2]_. With the natural part h_n the film of glass is sqrt(h_n^2 + forced^2); a rougher face has
        its factor on what exceeds h_n.
    """
    windward = _WINDWARD[0] * wind ** _WINDWARD[1]
    if _level(tilt):
        return np.asarray(windward)
    leeward = _LEEWARD[0] * wind ** _LEEWARD[1]
    return np.where(_is_windward(direction, azimuth), windward, leeward)


def forced_convection_plate(
    wind: NDArray[np.float64],
    direction: NDArray[np.float64],
    tilt: float,
    azimuth: float,
    slimness: float,
    roughness: float,
) -> NDArray[np.float64]:
    """What wind adds to the film of a flat plate [W/(m2 K)].

    Parameters
    ----------
    wind, direction, tilt, azimuth
        As in `forced_convection`.
    slimness : float
        Perimeter over area of the whole plane [1/m].
    roughness : float
        Factor of the surface (`ROUGHNESS`).

    Returns
    -------
    ndarray (n,)
        Sparrow's film 2.537 W R (P V / A)^(1/2), W = 1/2 to leeward (TARP [1]_), to be added to the natural
        one.
    """
    leeward = np.zeros_like(wind)
    if not _level(tilt):
        leeward = np.where(_is_windward(direction, azimuth), 0.0, 1.0)
    return np.asarray(_SPARROW * roughness * (1.0 - 0.5 * leeward) * np.sqrt(slimness * wind))


class WindFilms:
    """`forced_convection` of many faces in one wind: its powers are taken once and scaled to each height.

    Parameters
    ----------
    wind_speed : ndarray (n,)
        Airport wind [m/s].
    direction : ndarray (n,)
        Where it comes from, clockwise from north [degree].
    terrain : {"country", "suburbs", "city"}
    """

    def __init__(
        self, wind_speed: NDArray[np.float64], direction: NDArray[np.float64], terrain: Terrain
    ) -> None:
        self._direction, self._terrain = direction, terrain
        self._speed = wind_speed
        self._facing: dict[float, NDArray[np.bool_]] = {}

    @cached_property
    def _powers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        windward, leeward = (a * self._speed**b for a, b in (_WINDWARD, _LEEWARD))
        return windward, leeward

    def at(self, tilt: float, azimuth: float, height: float) -> NDArray[np.float64]:
        """Forced film of a smooth face at a height over the terrain, shape (n,) [W/(m2 K)]."""
        ratio = float(wind_at_height(np.array(1.0), height, self._terrain))
        windward = self._powers[0] * ratio ** _WINDWARD[1]
        if _level(tilt):
            return np.asarray(windward)
        if azimuth not in self._facing:
            self._facing[azimuth] = _is_windward(self._direction, azimuth)
        return np.where(self._facing[azimuth], windward, self._powers[1] * ratio ** _LEEWARD[1])


def _level(tilt: float) -> bool:
    return abs(math.cos(math.radians(tilt))) >= 0.98


def _is_windward(direction: NDArray[np.float64], azimuth: float) -> NDArray[np.bool_]:
    turned = np.abs((direction - azimuth + 180.0) % 360.0 - 180.0)
    return np.asarray(turned <= _WINDWARD_WITHIN_DEG)
