"""Irradiance on any plane: Perez's sky through pvlib, with the circumsolar part apart.

Windows and shades treat circumsolar light as beam, so it is kept separate from the rest of the sky.

References
----------
.. [1] Perez, R., Ineichen, P., Seals, R., Michalsky, J. and Stewart, R., 1990. Modeling daylight availability
   and irradiance components from direct and global irradiance. Solar Energy 44(5), 271-289.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weather.clear_sky import relative_air_mass
from weather.step_weather import StepWeather
from weather.sun import IntervalSun

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlaneIrradiance:
    """Irradiance on one plane over n steps, W/m2.

    Attributes
    ----------
    beam : ndarray (n,)
        Direct.
    circumsolar : ndarray (n,)
        Diffuse from around the sun; comes from the sun's direction.
    sky_diffuse : ndarray (n,)
        Isotropic and horizon part of the sky (never negative as a sum).
    ground_diffuse : ndarray (n,)
        Reflected by the ground.
    aoi : ndarray (n,)
        Angle of incidence of the beam, degrees; beyond 90 the sun is behind the plane.
    """

    beam: FloatArray
    circumsolar: FloatArray
    sky_diffuse: FloatArray
    ground_diffuse: FloatArray
    aoi: FloatArray

    @property
    def total(self) -> FloatArray:
        """All of it."""
        return self.beam + self.circumsolar + self.sky_diffuse + self.ground_diffuse


@dataclass(frozen=True, eq=False)
class Sky:
    """What the irradiance of every plane shares, over n steps.

    Attributes
    ----------
    east, north, upward : ndarray (n,)
        Unit vector to the sun.
    up : ndarray (n,)
        Whether the step sees the sun.
    lit : ndarray (m,)
        Steps with the sun up and light of the sky; the sky's parts are given for these.
    isotropic : ndarray (m,)
        On a plane that sees the whole sky, W/m2.
    circumsolar : ndarray (m,)
        On a plane square to the sun, W/m2.
    horizon : ndarray (m,)
        On a wall, W/m2; may be negative.
    """

    east: FloatArray
    north: FloatArray
    upward: FloatArray
    up: NDArray[np.bool_]
    lit: NDArray[np.intp]
    isotropic: FloatArray
    circumsolar: FloatArray
    horizon: FloatArray


def sky_of(sw: StepWeather) -> Sky:
    """Parts of Perez's sky [1]_ at each step, read off pvlib's figures for one plane.

    The three parts of any plane are these three times factors of the plane alone; the plane that is asked for
    leans towards the sun by 45 degrees, where none of the factors vanishes.
    """
    zenith, azimuth = np.radians(sw.solar_zenith), np.radians(sw.solar_azimuth)
    level = np.sin(zenith)
    up = sw.solar_zenith < 90.0
    lit = np.flatnonzero(up & (sw.dhi > 0.0))
    none = np.zeros(0)
    isotropic, circumsolar, horizon = none, none, none
    if len(lit):
        from pvlib.irradiance import perez

        high = sw.solar_zenith[lit]
        parts = perez(
            _LEAN,
            sw.solar_azimuth[lit],
            sw.dhi[lit],
            sw.dni[lit],
            sw.dni_extra[lit],
            high,
            sw.solar_azimuth[lit],
            relative_air_mass(high),
            return_components=True,
        )
        lean = np.radians(_LEAN)
        isotropic = parts["poa_isotropic"] / (0.5 * (1.0 + np.cos(lean)))
        circumsolar = parts["poa_circumsolar"] / np.cos(zenith[lit] - lean)
        horizon = parts["poa_horizon"] / np.sin(lean)
    return Sky(
        east=level * np.sin(azimuth),
        north=level * np.cos(azimuth),
        upward=np.cos(zenith),
        up=up,
        lit=lit,
        isotropic=isotropic,
        circumsolar=circumsolar,
        horizon=horizon,
    )


_LEAN = 45.0


def plane_irradiance(
    sw: StepWeather, surface_tilt: float, surface_azimuth: float, albedo: float = 0.2
) -> PlaneIrradiance:
    """Irradiance on a tilted plane [1]_.

    Parameters
    ----------
    sw : StepWeather
    surface_tilt : float
        Degrees from the horizontal: 0 looks up, 90 is a wall, 180 looks down.
    surface_azimuth : float
        Degrees clockwise from north that the plane faces.
    albedo : float
        Reflectance of the ground, 0..1.

    Returns
    -------
    PlaneIrradiance
    """
    sky, tilt, azimuth = sw.sky, np.radians(surface_tilt), np.radians(surface_azimuth)
    level, flat = np.sin(tilt), np.cos(tilt)
    projection = level * np.sin(azimuth) * sky.east
    projection += level * np.cos(azimuth) * sky.north
    projection += flat * sky.upward
    np.clip(projection, -1.0, 1.0, out=projection)
    seen = np.maximum(projection, 0.0)
    beam = np.where(sky.up, sw.dni * seen, 0.0)
    circumsolar, rest = np.zeros(len(sw)), np.zeros(len(sw))
    remainder = 0.5 * (1.0 + flat) * sky.isotropic + level * sky.horizon
    # A strongly negative horizon term may exceed the isotropic one: the sky as a whole may only fall to
    # nought, so what the rest lacks is taken from the circumsolar part.
    circumsolar[sky.lit] = np.maximum(sky.circumsolar * seen[sky.lit] + np.minimum(remainder, 0.0), 0.0)
    rest[sky.lit] = np.maximum(remainder, 0.0)
    # Light of a step whose sun never rises (twilight in a file) has no direction: isotropic.
    twilight = ~sky.up & (sw.dhi > 0.0)
    rest[twilight] = sw.dhi[twilight] * 0.5 * (1.0 + flat)
    return PlaneIrradiance(
        beam=beam,
        circumsolar=circumsolar,
        sky_diffuse=rest,
        ground_diffuse=sw.ghi * (albedo * 0.5 * (1.0 - flat)),
        aoi=np.degrees(np.arccos(projection)),
    )


def erbs_split(
    ghi: FloatArray, sun: IntervalSun, day_of_year: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """DNI and DHI of hourly GHI by Erbs, Klein and Duffie (1982, through pvlib), closing exactly.

    Parameters
    ----------
    ghi : ndarray (n,)
        Hourly means, W/m2.
    sun : IntervalSun (n)
    day_of_year : ndarray (n,)

    Returns
    -------
    dni, dhi : ndarray (n,)
        Means over the hour, W/m2.
    """
    from pvlib.irradiance import erbs

    up = sun.up
    dni = np.zeros(len(ghi))
    if up.any():
        lit_ghi = ghi[up] / sun.fraction_up[up]
        split = erbs(lit_ghi, sun.zenith[up], day_of_year[up])
        dni[up] = np.asarray(split["dni"], dtype=float) * sun.fraction_up[up]
    return dni, ghi - dni * sun.cos_zenith
