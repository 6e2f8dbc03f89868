"""Fixed and movable shades of a window (遮阳): what share of sun, sky and ground still reaches the glass.

Overhang and fins are thin, opaque and black, and stand square on the window's plane, as EnergyPlus takes them
without reflections. Their shadows on the glass are parallelograms; their union is cut out of the window
exactly. Light of sky and ground is summed over directions whose shadows are found the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.thermal.drawn_shades import DrawnWindow
from weather.kept import kept
from weather.skyline import Skyline
from weather.step_weather import StepWeather

FloatArray = NDArray[np.float64]
Lengths = tuple[float, float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True)
class SunControl:
    """What draws a movable shade.

    Attributes
    ----------
    above : float
        Irradiance on the window, behind overhang and fins, that draws it [W/m2]; inf for never.
    season, schedule : channel or None
        Series of shares: the sun draws only while the first is 0.5 or more (None: always); while the second
        is, the shade is drawn whatever the sun (None: never).
    """

    above: float
    season: tuple[str | float, ...] | None = None
    schedule: tuple[str | float, ...] | None = None

    def drawn(
        self, irradiance: FloatArray, series: Callable[[tuple[str | float, ...]], FloatArray]
    ) -> NDArray[np.bool_]:
        """Whether the shade is drawn at each step.

        Parameters
        ----------
        irradiance : ndarray (n,)
            On the window [W/m2].
        series : callable
            Gives the values (n,) of a channel.
        """
        by_sun = np.asarray(irradiance > self.above)
        if self.season is not None:
            by_sun &= series(self.season) >= 0.5
        if self.schedule is not None:
            by_sun |= series(self.schedule) >= 0.5
        return by_sun


@dataclass(frozen=True)
class Shading:
    """Overhang, side fins and a movable shade of one window.

    Attributes
    ----------
    width, height : float
        Of the window [m].
    overhang_depth, overhang_gap : float
        How far the overhang stands out, and its height above the window's head [m].
    fin_depth, fin_gap : float
        How far the fins stand out, and their distance from the jambs [m].
    overhang_extension : float, pair of floats or None
        How far the overhang reaches beyond the left and right jamb, seen from outside [m]; None: endless.
    fin_extension_above, fin_extension_below : float or None
        How far the fins reach above the head and below the sill [m]; None: endless.
    sunless : bool
        Whether no light from outside reaches the window at all, as its surface is described.
    movable : float
        Share of the light that passes while the movable shade is down.
    threshold : float
        Irradiance on the glass at which it comes down [W/m2]; inf for none.
    drawn : DrawnWindow or None
        The window with a described shade drawn.
    control : SunControl or None
        What draws that shade.
    skyline : Skyline or None
        What stands around; `factors` and `diffuse_shares` are of what it leaves, as if the two knew nothing
        of each other.
    """

    FIXED: ClassVar[tuple[str, ...]] = (
        "width", "height", "overhang_depth", "overhang_gap", "overhang_extension", "fin_depth", "fin_gap",
        "fin_extension_above", "fin_extension_below", "sunless",
    )  # fmt: skip

    width: float = 1.0
    height: float = 1.0
    overhang_depth: float = 0.0
    overhang_gap: float = 0.0
    fin_depth: float = 0.0
    movable: float = 1.0
    threshold: float = np.inf
    overhang_extension: float | tuple[float, float] | None = None
    fin_extension_above: float | None = None
    fin_extension_below: float | None = None
    fin_gap: float = 0.0
    sunless: bool = False
    drawn: DrawnWindow | None = None
    control: SunControl | None = None
    skyline: Skyline | None = None

    @property
    def fixed(self) -> bool:
        """Whether there is an overhang or a fin."""
        return self.overhang_depth > 0.0 or self.fin_depth > 0.0

    @cached_property
    def _lengths(self) -> Lengths:
        """In the order that the kernel reads; inf for what has no end."""
        reach = self.overhang_extension
        left, right = reach if isinstance(reach, tuple) else (reach, reach)
        return (
            float(self.width),
            float(self.height),
            float(self.overhang_depth),
            float(self.overhang_gap),
            _or_endless(left),
            _or_endless(right),
            float(self.fin_depth),
            float(self.fin_gap),
            _or_endless(self.fin_extension_above),
            _or_endless(self.fin_extension_below),
        )

    def factors(
        self, weather: StepWeather, azimuth: float, tilt: float = 90.0
    ) -> tuple[FloatArray, float, float]:
        """What overhang and fins leave of the beam at each step, of the sky and of the ground.

        Parameters
        ----------
        weather : StepWeather
        azimuth, tilt : float
            Of the window's outward normal [degree].

        Returns
        -------
        sunlit : ndarray (n_steps,)
            Share of the glass in the sun; 1 while the sun is behind the window's plane.
        sky, ground : float
            Shares of the irradiance of an isotropic sky and ground that remain.
        """
        if self.sunless:
            return np.zeros(len(weather)), 0.0, 0.0
        if not self.fixed:
            return np.ones(len(weather)), 1.0, 1.0
        zenith, bearing = np.radians(weather.solar_zenith), np.radians(weather.solar_azimuth)
        lit = np.ones(len(weather))
        _sunlit(*_in_window(zenith, bearing, azimuth, tilt), self._lengths, lit)
        return lit, *self.diffuse_shares(tilt)

    @kept(256)
    def diffuse_shares(self, tilt: float = 90.0) -> tuple[float, float]:
        """Shares of the irradiance of isotropic sky and ground that overhang and fins leave.

        Sums over 3,072 directions of equal cosine-weighted solid angle (Nusselt's unit disc).
        """
        if not self.fixed:
            return 1.0, 1.0
        rings, turns = 32, 96
        radius = np.sqrt((np.arange(rings) + 0.5) / rings)[:, None]
        turn = 2.0 * np.pi * (np.arange(turns) + 0.5) / turns
        right, up = (radius * np.cos(turn)).ravel(), (radius * np.sin(turn)).ravel()
        out = np.sqrt(np.maximum(1.0 - right**2 - up**2, 0.0))
        lit = np.ones(len(out))
        _sunlit(right, up, out, self._lengths, lit)
        slope = np.radians(tilt)
        sky = up * np.sin(slope) + out * np.cos(slope) > 0.0
        shares = [float(lit[part].mean()) if part.any() else 1.0 for part in (sky, ~sky)]
        return shares[0], shares[1]


def profile_angle(weather: StepWeather, azimuth: float, tilt: float = 90.0) -> FloatArray:
    """Angle of the beam above the window's normal in the plane across level slats [degree], (n_steps,).

    Nought while the sun is behind the window.
    """
    zenith, bearing = np.radians(weather.solar_zenith), np.radians(weather.solar_azimuth)
    _, up, out = _in_window(zenith, bearing, azimuth, tilt)
    return np.where(out > 1e-6, np.degrees(np.arctan2(up, np.maximum(out, 1e-6))), 0.0)


def _or_endless(length: float | None) -> float:
    return math.inf if length is None else float(length)


def _in_window(
    zenith: FloatArray, bearing: FloatArray, azimuth: float, tilt: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Direction of the sun along the window's width (to the right seen from outside), height and normal."""
    turn, slope = bearing - np.radians(azimuth), np.radians(tilt)
    level, upright = np.sin(zenith), np.cos(zenith)
    # Seen from outside, what lies clockwise of the normal is on the left.
    right = -level * np.sin(turn)
    ahead = level * np.cos(turn)
    return (
        right,
        upright * np.sin(slope) - ahead * np.cos(slope),
        upright * np.cos(slope) + ahead * np.sin(slope),
    )


@compiled(allocates=True)
def _sunlit(right: FloatArray, up: FloatArray, out: FloatArray, lengths: Lengths, lit: FloatArray) -> None:
    """Write the sunlit share of the window for each direction of light whose `out` is above nought."""
    width, height, overhang, overhang_gap, reach_left, reach_right, fin, fin_gap, above, below = lengths
    roof = np.empty((16, 2))
    side = np.empty((16, 2))
    other = np.empty((16, 2))
    for i in range(len(out)):
        # Below 1e-6 the light runs along the glass and carries nothing.
        if out[i] < 1e-6:
            continue
        # The shadow of a point at depth d falls d * (across, down) to the right of and below its foot.
        across, down = -right[i] / out[i], up[i] / out[i]
        shaded = 0.0
        n_roof = 0
        if overhang > 0.0 and down > 0.0:
            far = width + abs(across) * overhang
            x0, x1 = -min(reach_left, far), width + min(reach_right, far)
            z, dx, dz = height + overhang_gap, across * overhang, down * overhang
            _corners(roof, x0, z, x1, z, x1 + dx, z - dz, x0 + dx, z - dz)
            n_roof = _clip_to_window(roof, other, 4, width, height)
            shaded += _area(roof, n_roof)
        if fin > 0.0 and across != 0.0:
            far = height + abs(down) * fin
            z0, z1 = -min(below, far), height + min(above, far)
            # Only the fin on the side of the sun throws its shadow over the glass.
            x = -fin_gap if across > 0.0 else width + fin_gap
            dx, dz = across * fin, down * fin
            _corners(side, x, z0, x, z1, x + dx, z1 - dz, x + dx, z0 - dz)
            turned = -1.0 if across > 0.0 else 1.0
            if n_roof > 0:
                # The part that both shade counts once: cut the overhang's shadow by the fin's four edges.
                for e in range(4):
                    a, b = e, (e + 1) % 4
                    nx, nz = turned * (side[b, 1] - side[a, 1]), -turned * (side[b, 0] - side[a, 0])
                    n_roof = _cut(roof, other, n_roof, nx, nz, nx * side[a, 0] + nz * side[a, 1])
                    roof, other = other, roof
                shaded -= _area(roof, n_roof)
            shaded += _area(side, _clip_to_window(side, other, 4, width, height))
        lit[i] = min(max(1.0 - shaded / (width * height), 0.0), 1.0)


@compiled()
def _corners(
    polygon: FloatArray,
    xa: float,
    za: float,
    xb: float,
    zb: float,
    xc: float,
    zc: float,
    xd: float,
    zd: float,
) -> None:
    polygon[0, 0], polygon[0, 1] = xa, za
    polygon[1, 0], polygon[1, 1] = xb, zb
    polygon[2, 0], polygon[2, 1] = xc, zc
    polygon[3, 0], polygon[3, 1] = xd, zd


@compiled()
def _cut(polygon: FloatArray, kept: FloatArray, n: int, nx: float, nz: float, limit: float) -> int:
    """Keep the part of a convex polygon where nx x + nz z <= limit (Sutherland and Hodgman 1974)."""
    m = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        here = nx * polygon[i, 0] + nz * polygon[i, 1] - limit
        there = nx * polygon[j, 0] + nz * polygon[j, 1] - limit
        if here <= 0.0:
            kept[m, 0], kept[m, 1] = polygon[i, 0], polygon[i, 1]
            m += 1
        if (here < 0.0 < there) or (there < 0.0 < here):
            part = here / (here - there)
            kept[m, 0] = polygon[i, 0] + part * (polygon[j, 0] - polygon[i, 0])
            kept[m, 1] = polygon[i, 1] + part * (polygon[j, 1] - polygon[i, 1])
            m += 1
    return m


@compiled()
def _clip_to_window(polygon: FloatArray, spare: FloatArray, n: int, width: float, height: float) -> int:
    """Cut a polygon in place to the window; returns its number of corners."""
    n = _cut(polygon, spare, n, -1.0, 0.0, 0.0)
    n = _cut(spare, polygon, n, 1.0, 0.0, width)
    n = _cut(polygon, spare, n, 0.0, -1.0, 0.0)
    return _cut(spare, polygon, n, 0.0, 1.0, height)


@compiled()
def _area(polygon: FloatArray, n: int) -> float:
    twice = 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        twice += polygon[i, 0] * polygon[j, 1] - polygon[j, 0] * polygon[i, 1]
    return 0.5 * abs(twice)
