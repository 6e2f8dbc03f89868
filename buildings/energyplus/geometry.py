"""Where each described surface stands in the model.

The description knows areas, tilts and azimuths, not places. Each surface becomes a rectangle of its own, far
from all others, so that nothing shades anything by accident; shades belong to their window. The middle of
each rectangle lies at half the height of its zone, where the fast engine takes the wind.

References
----------
EnergyPlus Input Output Reference, Surface Vertices / Geometry: vertices run counter-clockwise as seen from
outside, beginning at the upper left corner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteZone
from buildings.description.schema import Surface, Window

SPACING_M = 20_000.0
"""Distance between rectangles [m]: the shadow of an overhang reaches that far only at grazing sun."""
_INSIDE = 0.98
"""Share of a rectangle's height and width that windows may fill."""
_LEAST_HEIGHT_M = 0.1
_TURN_DEG = 137.508
"""Golden angle between the azimuths of upright faces for which none is described [degree].

Faces that look the same way (within 10 degrees) do not see each other in EnergyPlus. Eight partitions of a
corridor, all set to one azimuth, then see less than their own area, its view factors do not close, and heat
of the long-wave exchange vanishes: 390 W in a corridor of 48 m2. The azimuth of an inner face acts on nothing
else.
"""

Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in space.

    Attributes
    ----------
    middle : ndarray (3,)
        x east, y north, z up [m].
    right, up : ndarray (3,)
        Unit vectors in its plane, as seen from outside.
    width, height : float
        [m].
    """

    middle: NDArray[np.float64]
    right: NDArray[np.float64]
    up: NDArray[np.float64]
    width: float
    height: float

    def corners(self) -> Corners:
        """Four corners from the upper left, counter-clockwise from outside, shape (4, 3)."""
        return self.part(0.0, 0.0, self.width, self.height)

    def part(self, left: float, bottom: float, width: float, height: float) -> Corners:
        """Corners of a part of it, `left` and `bottom` measured from its lower left corner [m]."""
        origin = self.middle - 0.5 * self.width * self.right - 0.5 * self.height * self.up
        x, y = np.array([left, left, left + width, left + width]), np.array([1.0, 0.0, 0.0, 1.0]) * height
        return np.asarray(origin + x[:, None] * self.right + (bottom + y)[:, None] * self.up)


def directions(tilt: float, azimuth: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors to the right and up in a plane, as seen from outside.

    Parameters
    ----------
    tilt, azimuth : float
        Of the outward normal [degree], azimuth clockwise from north.
    """
    t, a = math.radians(tilt), math.radians(azimuth)
    normal = np.array([math.sin(t) * math.sin(a), math.sin(t) * math.cos(a), math.cos(t)])
    right = np.array([-math.cos(a), math.sin(a), 0.0])
    return right, np.cross(normal, right)


def rectangle(surface: Surface, area: float, zone: CompleteZone, place: int) -> Rectangle:
    """The rectangle of a surface.

    Parameters
    ----------
    surface : Surface
    area : float
        Gross area [m2]; a wall that is split gives each part its own.
    zone : CompleteZone
    place : int
        Running number: rectangles stand `SPACING_M` apart.
    """
    storey = zone.volume / zone.floor_area
    level = max(zone.elevation + 0.5 * storey, _LEAST_HEIGHT_M)
    azimuth = surface.azimuth if surface.azimuth is not None else (place * _TURN_DEG) % 360.0
    right, up = directions(surface.tilt_deg, azimuth)
    upright = 45.0 < surface.tilt_deg < 135.0
    height = min(storey, math.sqrt(area) * 4.0) if upright else math.sqrt(area)
    if surface.perimeter is not None:
        # Sides of that perimeter and area; the film of a plate hangs on both.
        half = 0.25 * surface.perimeter * math.sqrt(area / surface.area)
        height = half - math.sqrt(max(half**2 - area, 0.0)) if half**2 > area else math.sqrt(area)
    tallest = max((w.height or 0.0 for w in surface.windows), default=0.0)
    height = max(height, tallest / _INSIDE) if upright else height
    middle = np.array([SPACING_M * (place % 100), SPACING_M * (place // 100), level])
    return Rectangle(middle, right, up, area / height, height)


@dataclass(frozen=True)
class Opening:
    """Where a window lies in its rectangle [m]."""

    window: Window
    left: float
    bottom: float
    width: float
    height: float


def openings(surface: Surface, windows: tuple[Window, ...], wall: Rectangle) -> tuple[Opening, ...]:
    """Lay windows into a wall: at their described place, else side by side in the middle.

    A window without a described place keeps its described height where that fits, since air falls or rises
    along it. A band as long as its wall is made a little higher, for its rim. What fits neither way takes the
    height of the wall.
    """
    placed = [(w, w.position, w.height or math.sqrt(w.area)) for w in windows if w.position is not None]
    if placed and len(placed) == len(windows):
        return tuple(Opening(w, at[0], at[1], w.area / height, height) for w, at, height in placed)
    total = sum(w.area for w in windows)
    sizes = [(w.area / (w.height or math.sqrt(w.area)), w.height or math.sqrt(w.area)) for w in windows]
    narrower = min(_INSIDE * wall.width / sum(width for width, _ in sizes), 1.0) if sizes else 1.0
    sizes = [(narrower * width, h / narrower) for width, h in sizes]
    if any(h > _INSIDE * wall.height for _, h in sizes):
        # Room for the windows and a rim of wall that shrinks with the glass share.
        rim = math.sqrt(total / (wall.width * wall.height))
        tall = wall.height * (rim if rim > _INSIDE else max(rim, 0.9))
        sizes = [(w.area / tall, tall) for w in windows]
    spare = wall.width - sum(width for width, _ in sizes)
    gap = spare / (len(windows) + 1)
    laid, left = [], gap
    for window, (width, height) in zip(windows, sizes, strict=True):
        laid.append(Opening(window, left, 0.5 * (wall.height - height), width, height))
        left += width + gap
    return tuple(laid)
