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
    from pvlib import irradiance

    zenith, azimuth = sw.solar_zenith, sw.solar_azimuth
    up = zenith < 90.0
    projection = np.clip(irradiance.aoi_projection(surface_tilt, surface_azimuth, zenith, azimuth), -1.0, 1.0)
    beam = np.where(up, sw.dni * np.maximum(projection, 0.0), 0.0)
    lit = up & (sw.dhi > 0.0)
    circumsolar, rest = np.zeros(len(sw)), np.zeros(len(sw))
    if lit.any():
        parts = irradiance.perez(
            surface_tilt,
            surface_azimuth,
            sw.dhi[lit],
            sw.dni[lit],
            sw.dni_extra[lit],
            zenith[lit],
            azimuth[lit],
            relative_air_mass(zenith[lit]),
            return_components=True,
        )
        circumsolar[lit] = parts["poa_circumsolar"]
        # A strongly negative horizon term may exceed the isotropic one: pvlib limits the sum of all three,
        # here the rest may only fall to zero at the cost of the circumsolar part, which keeps that sum.
        remainder = parts["poa_isotropic"] + parts["poa_horizon"]
        circumsolar[lit] += np.minimum(remainder, 0.0)
        circumsolar[lit] = np.maximum(circumsolar[lit], 0.0)
        rest[lit] = np.maximum(remainder, 0.0)
    # Light of a step whose sun never rises (twilight in a file) has no direction: isotropic.
    twilight = ~up & (sw.dhi > 0.0)
    rest[twilight] = sw.dhi[twilight] * 0.5 * (1.0 + np.cos(np.radians(surface_tilt)))
    ground = sw.ghi * albedo * 0.5 * (1.0 - np.cos(np.radians(surface_tilt)))
    return PlaneIrradiance(
        beam=beam,
        circumsolar=circumsolar,
        sky_diffuse=rest,
        ground_diffuse=ground,
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
