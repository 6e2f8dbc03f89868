"""Planes whose horizon is not level (天际线): what stands around them leaves of sun, sky and ground.

A plane is looked at from a few points. From each the skyline is known by direction: how high it stands above
level, and how far below level the nearest obstacle meets the ground. Then

- beam and circumsolar light reach the share of the points that see the sun above their skyline;
- of Perez's sky the isotropic part is left in the share that the points still see of it, the brightening of
  the horizon in the share of a band above level that is left [1]_;
- ground is seen down from the foot of the nearest obstacle that stands above level, and is itself under a
  skyline; what is lower counts as ground;
- the rest is neighbours, which reflect once, diffusely, the light on planes that look back.

Left out: light that neighbours throw as mirrors do, what is reflected twice, the shadow of the building
itself on the ground before it (as without neighbours).

References
----------
.. [1] Perez, R., Seals, R., Ineichen, P., Stewart, R. and Menicucci, D., 1987. A new simplified version of
   the Perez diffuse irradiance model for tilted surfaces. Solar Energy 39, 221-231: a band of 6.5 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from weather.kept import kept, kept_while
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather

FloatArray = NDArray[np.float64]

DIRECTIONS = 72
"""Of a skyline, clockwise from north."""
WIDTH = 360.0 / DIRECTIONS
"""Of one direction [degree]."""
BEARINGS = (np.arange(DIRECTIONS) + 0.5) * WIDTH
"""Middles of the directions, where a skyline is looked at [degree]."""
_BAND = 6.5
_CELLS = 180
"""Heights between level and zenith at which the sunlit share is kept."""


@dataclass(frozen=True)
class Views:
    """What a plane sees under a skyline.

    Attributes
    ----------
    sky, band, ground : float
        Shares that are left of the irradiance of an isotropic sky, of the brightening of the horizon and of
        the ground [-].
    neighbours : float
        View factor of the plane to what hides the rest [-].
    """

    sky: float
    band: float
    ground: float
    neighbours: float


@dataclass(frozen=True, eq=False)
class Horizon:
    """Skyline from the points of a plane.

    Attributes
    ----------
    height : ndarray (p, DIRECTIONS)
        Above level, 0 to 90 [degree].
    foot : ndarray (p, DIRECTIONS)
        Below level down to which the nearest obstacle that stands above level hides the ground, 0 to 90
        [degree].
    weight : ndarray (p,)
        Share of the plane for which each point stands; they sum to one.
    """

    height: FloatArray
    foot: FloatArray
    weight: FloatArray

    @cached_property
    def _lit(self) -> FloatArray:
        """Sunlit share by direction and height of the sun."""
        cells = np.ceil(self.height * (_CELLS / 90.0) - 0.5).astype(np.intp).clip(0, _CELLS)
        at = cells + np.arange(DIRECTIONS) * (_CELLS + 1)
        weights = np.broadcast_to(self.weight[:, None], at.shape)
        freed = np.bincount(at.ravel(), weights.ravel(), DIRECTIONS * (_CELLS + 1))
        return np.minimum(np.cumsum(freed.reshape(DIRECTIONS, -1), axis=1)[:, :-1], 1.0).ravel()

    def sunlit(self, weather: StepWeather) -> FloatArray:
        """Share of the plane that the sun reaches at each step (n,), whichever way the plane looks.

        The height of the sun is taken within half a degree, its direction within `WIDTH`.
        """
        return _sunlit(weather, self)

    @kept(64)
    def views(self, tilt: float, azimuth: float) -> Views:
        """Shares that are left to a plane, by integration over all directions.

        Parameters
        ----------
        tilt, azimuth : float
            Of the plane's normal [degree].
        """
        slope, turn = np.radians(tilt), np.radians(BEARINGS - azimuth)
        level, upward = np.sin(slope) * np.cos(turn), float(np.cos(slope))
        # The plane sees what stands above (looking down: below) the line where it cuts the sky.
        cut = np.arctan2(-level, upward) if upward >= 0.0 else np.arctan2(level, -upward)
        bound = np.full(DIRECTIONS, np.pi / 2)
        low, high = (cut, bound) if upward >= 0.0 else (-bound, cut)

        def light(start: FloatArray, end: FloatArray) -> float:
            """View factor of what lies between two heights, the mean of all points."""
            start, end = np.clip(start, low, high), np.clip(end, low, high)
            end = np.maximum(start, end)
            first, last = (
                level * (0.5 * e + 0.25 * np.sin(2.0 * e)) + 0.5 * upward * np.sin(e) ** 2
                for e in (start, end)
            )
            seen = np.sum(last - first, axis=-1) * np.radians(WIDTH) / np.pi
            return float(self.weight @ seen) if seen.ndim else float(seen)

        none = np.zeros(DIRECTIONS)
        whole_sky, whole_ground = light(none, bound), light(-bound, none)
        height, foot = np.radians(self.height), np.radians(self.foot)
        sky, ground = light(height, bound), light(-bound, -foot)
        ahead = np.maximum(level, 0.0)
        free = np.clip(1.0 - self.height / _BAND, 0.0, 1.0)
        band = float(self.weight @ (free @ ahead) / ahead.sum()) if ahead.sum() > 1e-9 else 1.0
        return Views(
            sky=sky / whole_sky if whole_sky > 1e-9 else 1.0,
            band=band,
            ground=ground / whole_ground if whole_ground > 1e-9 else 1.0,
            neighbours=max(1.0 - (sky + ground) / (whole_sky + whole_ground), 0.0),
        )


def together(horizons: Sequence[Horizon], shares: Sequence[float]) -> Horizon:
    """Horizon of several planes that are taken as one, by their shares of it (which need not sum to one)."""
    total = float(sum(shares))
    return Horizon(
        np.concatenate([one.height for one in horizons]),
        np.concatenate([one.foot for one in horizons]),
        np.concatenate([one.weight * share / total for one, share in zip(horizons, shares, strict=True)]),
    )


@dataclass(frozen=True, eq=False)
class Skyline:
    """What surrounds a plane.

    Attributes
    ----------
    name : str
        Of the plane; unique in its building.
    own : Horizon
        From the plane.
    ground : Horizon
        From the ground before the building.
    facing : Horizon or None
        Of planes that look back, as neighbours' walls do at a wall; None: from every side alike.
    reflectance : float
        Of neighbours for sunlight [-].
    """

    name: str
    own: Horizon
    ground: Horizon
    facing: Horizon | None
    reflectance: float


def under_skyline(
    plane: PlaneIrradiance, weather: StepWeather, tilt: float, azimuth: float, albedo: float, skyline: Skyline
) -> PlaneIrradiance:
    """Irradiance on a plane behind what stands around it.

    Parameters
    ----------
    plane : PlaneIrradiance
        The same plane under a level horizon (`weather.sky.plane_irradiance`).
    weather : StepWeather
        n steps.
    tilt, azimuth : float
        Of the plane's normal [degree].
    albedo : float
        Reflectance of the ground [-].
    skyline : Skyline

    Returns
    -------
    PlaneIrradiance
        What neighbours reflect is among `ground_diffuse`. No other part is more than under a level horizon.
    """
    views, lit, sky = skyline.own.views(tilt, azimuth), skyline.own.sunlit(weather), weather.sky
    level, flat = np.sin(np.radians(tilt)), np.cos(np.radians(tilt))
    rest = views.sky * plane.sky_diffuse
    split = views.sky * 0.5 * (1.0 + flat) * sky.isotropic + views.band * level * sky.horizon
    # Where the sky is darkest above the horizon, what hides that leaves no more than there was.
    rest[sky.lit] = np.clip(split, 0.0, plane.sky_diffuse[sky.lit])
    ground, sun = _ground(weather, skyline.ground)
    lower = albedo * 0.5 * (1.0 - flat) * views.ground * ground
    if views.neighbours > 0.0 and skyline.reflectance > 0.0:
        diffuse = 0.5 * (weather.dhi * _sky_of_walls(skyline) + albedo * ground)
        if skyline.facing is not None:
            struck = np.where(sky.up, np.maximum(-np.cos(np.radians(plane.aoi)), 0.0) * weather.dni, 0.0)
            struck *= skyline.facing.sunlit(weather)
        else:
            struck = sun * np.sin(np.radians(weather.solar_zenith)) / np.pi
        lower = lower + skyline.reflectance * views.neighbours * (struck + diffuse)
    return PlaneIrradiance(plane.beam * lit, plane.circumsolar * lit, rest, lower, plane.aoi)


def light_left(weather: StepWeather, horizon: Horizon) -> FloatArray:
    """Light on level ground under a skyline over that under a level horizon at each step (n,) [-]."""
    left, _ = _ground(weather, horizon)
    lit = weather.ghi > 0.0
    return np.where(lit, np.minimum(left / np.where(lit, weather.ghi, 1.0), 1.0), 1.0)


@kept_while(megabytes=1)
def _places_of_sun(weather: StepWeather) -> NDArray[np.intp]:
    """Cell of the sunlit share in which the sun stands at each step."""
    bearing = (weather.solar_azimuth % 360.0 / WIDTH).astype(np.intp) % DIRECTIONS
    high = ((90.0 - weather.solar_zenith) * (_CELLS / 90.0)).astype(np.intp)
    return np.asarray(bearing * _CELLS + high.clip(0, _CELLS - 1))


@kept_while(megabytes=8)
def _sunlit(weather: StepWeather, horizon: Horizon) -> FloatArray:
    return np.asarray(horizon._lit[_places_of_sun(weather)])


@kept_while(megabytes=8)
def _ground(weather: StepWeather, horizon: Horizon) -> tuple[FloatArray, FloatArray]:
    """Light on the ground under its skyline [W/m2], and the sun's beam that reaches it, square to it."""
    sun = np.where(weather.sky.up, weather.dni * horizon.sunlit(weather), 0.0)
    return sun * np.maximum(weather.sky.upward, 0.0) + weather.dhi * horizon.views(0.0, 0.0).sky, sun


def _sky_of_walls(skyline: Skyline) -> float:
    """Share of the sky that walls of neighbours see, as the ground between does."""
    return skyline.ground.views(0.0, 0.0).sky


@kept_while(megabytes=64)
def sun_on(
    weather: StepWeather,
    tilt: float,
    azimuth: float,
    ground_reflectance: float,
    skyline: Skyline | None = None,
) -> PlaneIrradiance:
    """Irradiance on a plane [W/m2], behind what stands around it where a skyline is given."""
    if skyline is None:
        return plane_irradiance(weather, tilt, azimuth, ground_reflectance)
    free = sun_on(weather, tilt, azimuth, ground_reflectance)
    return under_skyline(free, weather, tilt, azimuth, ground_reflectance, skyline)
