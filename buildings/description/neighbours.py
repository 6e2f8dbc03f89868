"""What stands around a building (周边建筑): outlines with tops, and the skylines of its facades and roof.

Facades and roof are those of the archetype's plan, a rectangle about the origin. A facade is looked at from
four columns of points over its length, each at the middle height of the ground and the top floor and at up to
four heights of the floors between; the roof from nine points. Obstacles stand on the level of the building's
ground and are upright prisms.

Left out: what the building itself, where its outline is no rectangle, throws on its own facades.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from buildings.description import quantities as q
from buildings.description.base import Described
from buildings.description.horizon_rays import look_around
from weather.skyline import DIRECTIONS, WIDTH, Horizon, Skyline, together

if TYPE_CHECKING:
    from buildings.description.archetype import Level, Plan
    from buildings.description.equipment import PvArray

FloatArray = NDArray[np.float64]

_COLUMNS = 4
_MOST_HEIGHTS = 4
_ROOF = (-1.0 / 3.0, 0.0, 1.0 / 3.0)
_STEEP = 45.0
"""Tilt from which modules that name no surface belong to the facade that they look like [degree]."""
_SIDES = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
_BEHIND = {"north": "south", "south": "north", "east": "west", "west": "east"}
_GROUND_SEEN = math.sqrt(3.0)
"""Half of the ground that a wall sees from a height lies within so many heights of it."""


def _outlines(text: str) -> str:
    """Whether a text holds upright outlines with tops."""
    import shapely

    try:
        drawn = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        raise ValueError("outlines are no WKT; write POLYGON Z ((east north top, ...))") from None
    known = drawn is not None and drawn.geom_type in ("Polygon", "MultiPolygon") and drawn.has_z
    if not known or drawn.is_empty:
        raise ValueError("outlines hold no polygon with tops; write POLYGON Z ((east north top, ...))")
    if not np.all(np.isfinite(shapely.get_coordinates(drawn, include_z=True))):
        raise ValueError("outlines hold a corner that is no number; give east, north and top in metres")
    return text


class Neighbours(Described):
    """What stands around the building and takes sun and sky from it."""

    outlines: Annotated[str, Field(max_length=2_000_000), AfterValidator(_outlines)] = Field(
        description="POLYGON Z or MULTIPOLYGON Z (WKT): corners east and north of the middle of the plan, "
        "and the top above its ground [m]."
    )
    reflectance: q.Fraction = Field(
        default=0.2, description="Of their facades for sunlight, glass included [1]."
    )


@dataclass(frozen=True, eq=False)
class Standing:
    """A building of an archetype among its neighbours.

    Attributes
    ----------
    orientation : float
        Turn of the plan [degree].
    made_of : mapping
        Of surfaces that were joined: names of those that they hold, with their areas [m2].
    """

    plan: Plan
    levels: tuple[Level, ...]
    orientation: float
    neighbours: Neighbours
    made_of: Mapping[str, Sequence[tuple[str, float]]]

    @cached_property
    def _obstacles(self) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """Edges (e, 4), their tops (e,) and the numbers of their outlines (e,)."""
        import shapely

        parts = shapely.get_parts(shapely.from_wkt(self.neighbours.outlines))
        corners, of = shapely.get_coordinates(
            shapely.get_exterior_ring(parts), include_z=True, return_index=True
        )
        joined = of[1:] == of[:-1]
        edges = np.hstack([corners[:-1, :2], corners[1:, :2]])[joined]
        return np.ascontiguousarray(edges), corners[:-1, 2][joined].copy(), of[:-1][joined].astype(np.int64)

    def _seen(self, points: FloatArray, heights: Sequence[float]) -> tuple[FloatArray, FloatArray]:
        """Tangents and distances (q, z, d) around points of the plan."""
        rise = np.zeros((len(points), len(heights), DIRECTIONS))
        distance = np.full_like(rise, np.inf)
        look_around(points, np.array(heights, dtype=float), *self._obstacles, rise, distance)
        return rise, distance

    def _side(self, side: str) -> tuple[FloatArray, FloatArray, float]:
        """Points of a facade (q, 2), its normal (2,) and azimuth [degree]."""
        azimuth = (_SIDES[side] + self.orientation) % 360.0
        turn = math.radians(azimuth)
        normal, along = (
            np.array([math.sin(turn), math.cos(turn)]),
            np.array([math.cos(turn), -math.sin(turn)]),
        )
        away = 0.5 * (self.plan.depth if side in ("north", "south") else self.plan.length)
        offsets = ((np.arange(_COLUMNS) + 0.5) / _COLUMNS - 0.5) * self.plan.facade(side)
        return away * normal + offsets[:, None] * along, normal, azimuth

    @cached_property
    def _horizons(self) -> tuple[dict[str, Horizon], Horizon]:
        """By `level-side` and `roof`, and that of the ground in front of the facades."""
        heights, found, before = _heights(self.levels, self.plan.height), {}, []
        every = [height for level in heights.values() for height in level]
        top = self.levels[-1].elevation + self.plan.height
        for side in _SIDES:
            points, normal, azimuth = self._side(side)
            rise, distance = self._seen(points, every)
            first = 0
            for level, own in heights.items():
                part = rise[:, first : first + len(own)].reshape(-1, DIRECTIONS)
                feet = np.array(own)[None, :, None] / distance[:, first : first + len(own)]
                found[f"{level}-{side}"] = _horizon(part, feet.reshape(-1, DIRECTIONS))
                first += len(own)
            ahead = distance[:, 0, int(azimuth / WIDTH) % DIRECTIONS]
            before.append(points + np.minimum(_GROUND_SEEN * 0.5 * top, 0.5 * ahead)[:, None] * normal)
        rise, _ = self._seen(np.concatenate(before), [0.0])
        outside = ~np.isinf(rise[:, 0]).all(axis=1)
        street = rise[outside if outside.any() else slice(None), 0]
        ground = _horizon(street, np.zeros_like(street))
        long, _, _ = self._side("east")
        deep, _, _ = self._side("north")
        axes = 2.0 * long.mean(axis=0), 2.0 * deep.mean(axis=0)
        grid = np.array([a * axes[0] + b * axes[1] for a in _ROOF for b in _ROOF])
        rise, _ = self._seen(grid, [top])
        # What lies below the roof's level, modules see of the roof itself.
        found["roof"] = _horizon(rise[:, 0], np.zeros_like(rise[:, 0]))
        return found, ground

    @cached_property
    def _parts(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """Of each outer surface: horizons by their keys, with their areas."""
        horizons, _ = self._horizons
        found = {}
        for name, parts in self.made_of.items():
            keyed = tuple((key, area) for part, area in parts if (key := _key(part, horizons)) is not None)
            if keyed:
                found[name] = (("roof", 1.0),) if keyed[0][0] == "roof" else keyed
        return found

    @cached_property
    def skylines(self) -> dict[str, Skyline]:
        """By the names of outer surfaces; all parts of the roof share theirs."""
        return {
            name: self.roof if parts[0][0] == "roof" else self._skyline(name, parts)
            for name, parts in self._parts.items()
        }

    @cached_property
    def roof(self) -> Skyline:
        """Of all parts of the roof."""
        return self._skyline("roof", (("roof", 1.0),))

    def _skyline(self, name: str, parts: Sequence[tuple[str, float]]) -> Skyline:
        horizons, ground = self._horizons
        areas = [area for _, area in parts]
        own, facing = together([horizons[key] for key, _ in parts], areas), None
        if parts[0][0] != "roof":
            ways = (key.rsplit("-", 1) for key, _ in parts)
            facing = together([horizons[f"{level}-{_BEHIND[side]}"] for level, side in ways], areas)
        return Skyline(name, own, ground, facing, self.neighbours.reflectance)

    def of_array(self, array: PvArray) -> Skyline | None:
        """Skyline of an array with its plane: of its surface, else of the roof or the facade it is like."""
        wanted = array.surface
        if wanted == "roof" or (wanted is None and (array.tilt or 0.0) < _STEEP):
            return self.roof
        if wanted is None:
            turned = (array.azimuth or 0.0) - self.orientation
            side = min(_SIDES, key=lambda s: abs((turned - _SIDES[s] + 180.0) % 360.0 - 180.0))
            wanted = f"{side}-wall"
        named = [name for name in self._parts if name == wanted]
        named = named or [name for name in self._parts if name.endswith(f"-{wanted}")]
        if len(named) == 1:
            return self.skylines[named[0]]
        return (
            self._skyline(wanted, [part for name in named for part in self._parts[name]]) if named else None
        )


def _heights(levels: Sequence[Level], storey: float) -> dict[str, list[float]]:
    """Heights above the ground from which each level looks [m]."""
    found = {}
    for level in levels:
        count = min(level.multiplier, _MOST_HEIGHTS)
        low = level.elevation - 0.5 * (level.multiplier - 1) * storey
        whole = level.multiplier * storey
        found[level.name] = [low + (i + 0.5) / count * whole for i in range(count)]
    return found


def _horizon(rise: FloatArray, foot: FloatArray) -> Horizon:
    """Points of equal weight; an obstacle below the eye hides nothing of the sky."""
    height, below = np.degrees(np.arctan(np.maximum(rise, 0.0))), np.degrees(np.arctan(foot))
    return Horizon(height, below, np.full(len(height), 1.0 / len(height)))


def _key(surface: str, horizons: Mapping[str, Any]) -> str | None:
    """Horizon of a surface of an archetype by its name; None for what lies inside."""
    if surface.endswith("-roof"):
        return "roof"
    key = surface.removesuffix("-wall")
    return key if key in horizons and key != surface else None
