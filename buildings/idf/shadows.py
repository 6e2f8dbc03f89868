"""Shadows of a building and its neighbours on its windows, as overhang and fins of equal effect.

A project has no vertices. For every window the planes around it are seen from a grid of points on the glass
in many directions of the sun; the overhang and fins whose shadows fit best over these directions take their
place. Eaves and balconies come out nearly exact, wings of the building as fins on both sides with what then
remains reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from buildings.idf.constructions import significant
from buildings.idf.model import Model
from buildings.idf.polygons import Points, area_vector, tilt_azimuth, width_height
from buildings.idf.shapes import Opening, Plane, Space, shading_polygons

_POINTS = 5
_ALTITUDES = np.arange(5.0, 86.0, 10.0)
_BEARINGS = np.arange(-82.5, 83.0, 15.0)
_LEAST = 0.01
"""Mean share of the sun below which a shadow is passed over [1]."""
_UPRIGHT = (60.0, 120.0)
_EXTINCTION = 0.3
"""Of a clear sky, towards the zenith [1]; only weighs directions against each other."""
_OFF = 1e-3
_BADLY = 0.1
"""RMS of the sunlit share beyond which overhang and fins are no picture of the shadow [1]."""
_DEEPEST = 20.0


@dataclass(frozen=True)
class Shadow:
    """What stands in for the planes around a window, and what it leaves unexplained.

    Attributes
    ----------
    fields : dict
        Shading of the window; empty where overhang and fins are no picture of the shadow.
    shaded, missed : float
        Mean share of the sun that the planes take away, and RMS by which overhang and fins miss it [1].
    """

    fields: dict[str, float]
    shaded: float
    missed: float


class Shadows:
    """Obstacles of a model; none where its solar distribution leaves shadows out."""

    def __init__(self, model: Model, spaces: Sequence[Space]) -> None:
        building = model.first("BUILDING")
        how = building.text("Solar_Distribution", "FullExterior") if building is not None else "FullExterior"
        self.cast = how.upper() != "MINIMALSHADOWING"
        self._obstacles: list[tuple[Plane | None, Points]] = []
        if self.cast:
            self._obstacles = [
                (plane, plane.points)
                for space in spaces
                for plane in space.planes
                if plane.boundary == "OUTDOORS"
            ]
            self._obstacles += [(None, points) for points in shading_polygons(model)]
        self._known: dict[bytes, Shadow | None] = {}

    def on(self, opening: Opening, plane: Plane) -> Shadow | None:
        """Shadow on a window; None where nothing or hardly anything shades it, or where it is not upright."""
        tilt, azimuth = tilt_azimuth(area_vector(opening.points))
        if not self.cast or not _UPRIGHT[0] < tilt < _UPRIGHT[1]:
            return None
        others = list(self._before(opening, plane))
        if not others:
            return None
        directions = _directions(azimuth)
        normal = area_vector(opening.points)
        cosine = directions @ (normal / np.linalg.norm(normal))
        seen = cosine > 0.02
        lit = _lit(_grid(opening.points), directions[seen], others)
        # Beam through clear air, so that a sun near the horizon counts for what it brings.
        weight = cosine[seen] * np.exp(-_EXTINCTION / directions[seen, 2])
        weight = weight / weight.sum()
        shaded = float(weight @ (1.0 - lit))
        if shaded < _LEAST:
            return None
        width, height = width_height(opening.points)
        key = np.round([width, height, tilt, *lit], 3).tobytes()
        if key not in self._known:
            self._known[key] = _fitted(directions[seen], azimuth, lit, weight, width, height, shaded)
        return self._known[key]

    def _before(self, opening: Opening, plane: Plane) -> Iterable[Points]:
        """Obstacles with a corner in front of the window's plane."""
        normal = area_vector(opening.points)
        normal = normal / np.linalg.norm(normal)
        level = float(opening.points[0] @ normal)
        for owner, points in self._obstacles:
            if owner is not plane and float((points @ normal).max()) > level + 0.01:
                yield points


def _directions(azimuth: float) -> NDArray[np.float64]:
    """Unit vectors to the sun, shape (n, 3): altitudes by bearings from the window's normal."""
    altitude, bearing = (np.radians(a.ravel()) for a in np.meshgrid(_ALTITUDES, _BEARINGS))
    turn = np.radians(azimuth) + bearing
    flat = np.cos(altitude)
    return np.column_stack([flat * np.sin(turn), flat * np.cos(turn), np.sin(altitude)])


def _grid(points: Points) -> Points:
    """Points spread over a window, a hair in front of it, shape (k, 3)."""
    normal = area_vector(points)
    normal = normal / np.linalg.norm(normal)
    level = np.cross([0.0, 0.0, 1.0], normal)
    level = level / np.linalg.norm(level)
    up = np.cross(normal, level)
    along, high = points @ level, points @ up
    share = (np.arange(_POINTS) + 0.5) / _POINTS
    a = along.min() + share * np.ptp(along)
    h = high.min() + share * np.ptp(high)
    aa, hh = (part.ravel()[:, None] for part in np.meshgrid(a, h))
    return np.asarray(aa * level + hh * up + (float(points[0] @ normal) + _OFF) * normal)


def _lit(origins: Points, directions: Points, obstacles: Iterable[Points]) -> NDArray[np.float64]:
    """Share of the points that see the sun in each direction."""
    start = np.repeat(origins, len(directions), axis=0)
    ray = np.tile(directions, (len(origins), 1))
    dark = np.zeros(len(start), dtype=bool)
    for polygon in obstacles:
        dark |= _crosses(start, ray, polygon)
    return 1.0 - dark.reshape(len(origins), -1).mean(axis=0)


def _crosses(start: Points, ray: Points, polygon: Points) -> NDArray[np.bool_]:
    """Whether rays meet a plane polygon: point of the plane, then crossings of its edges in the plane."""
    normal = area_vector(polygon)
    slope = ray @ normal
    with np.errstate(divide="ignore", invalid="ignore"):
        way = ((polygon[0] - start) @ normal) / slope
    met = np.isfinite(way) & (way > _OFF)
    if not met.any():
        return met
    kept = [axis for axis in range(3) if axis != int(np.argmax(np.abs(normal)))]
    hit = (start[met] + way[met, None] * ray[met])[:, kept]
    corners = polygon[:, kept]
    inside = np.zeros(len(hit), dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        over = (y1 > hit[:, 1]) != (y2 > hit[:, 1])
        if not over.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            left = hit[:, 0] < (x2 - x1) * (hit[:, 1] - y1) / (y2 - y1) + x1
        inside ^= over & left
    found = met.copy()
    found[met] = inside
    return found


def _fitted(
    directions: Points,
    azimuth: float,
    lit: NDArray[np.float64],
    weight: NDArray[np.float64],
    width: float,
    height: float,
    shaded: float,
) -> Shadow | None:
    """Endless overhang and fins whose shadows come nearest to what is lit."""
    turn = np.radians(azimuth)
    out = directions[:, 0] * np.sin(turn) + directions[:, 1] * np.cos(turn)
    side = np.abs(directions[:, 0] * np.cos(turn) - directions[:, 1] * np.sin(turn)) / out
    drop = directions[:, 2] / out
    root = np.sqrt(weight)

    def model(x: NDArray[np.float64]) -> NDArray[np.float64]:
        overhang, gap, fin, reveal = x
        below = np.clip((overhang * drop - gap) / height, 0.0, 1.0)
        beside = np.clip((fin * side - reveal) / width, 0.0, 1.0)
        return np.asarray((1.0 - below) * (1.0 - beside))

    def missing(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(root * (model(x) - lit))

    best = None
    for overhang in (0.05, 0.5, 2.0):
        for fin in (0.02, 0.5):
            start = np.array([overhang * height, 0.2 * height, fin * width, 0.2 * width])
            found = least_squares(missing, np.minimum(start, 0.9 * _DEEPEST), bounds=(0.0, _DEEPEST))
            if best is None or found.cost < best.cost:
                best = found
    if best is None:
        return None
    overhang, gap, fin, reveal = (float(v) for v in best.x)
    fields: dict[str, Any] = {}
    if overhang > 0.01:
        fields |= {"overhang_depth": significant(overhang, 4), "overhang_gap": significant(gap, 4)}
    if fin > 0.01:
        fields |= {"fin_depth": significant(fin, 4), "fin_gap": significant(reveal, 4)}
    missed = float(np.sqrt(weight @ (model(np.asarray(best.x)) - lit) ** 2))
    return Shadow(fields if missed <= _BADLY else {}, shaded, missed)
