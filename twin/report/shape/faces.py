"""Faces of a building in space.

An archetype has a plan, so its faces stand where they are. A building of zones and surfaces is described by
areas, tilts and azimuths without places: each of its zones is set up as a box of its floor area and height,
its outer faces stand on the side that they look to, and zones stand beside each other by storey. Areas and
directions are then true and places are not; `Solid.exact` says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from buildings.description.archetype import SIDES, Plan, expand, levels_of, plan_of
from buildings.description.complete import CompleteBuilding
from buildings.description.schema import ArchetypeBuilding, Building, Shading, Surface
from buildings.energyplus.geometry import directions

Vector = NDArray[np.float64]
_OFF_M = 0.05
"""Windows stand so far in front of their wall, or they would flicker in it."""
_GAP_M = 2.0
_MOST_STOREYS = 80
_OUTSIDE = ("outdoors", "ground")


@dataclass(frozen=True)
class Face:
    """One plane.

    Attributes
    ----------
    name, zone, kind : str
        Kind is that of the surface, or window, overhang, fin.
    construction : str
        Key of its construction or glazing; empty of a shade.
    boundary : str
        What lies behind it.
    area : float
        As described [m2], of one such face; gross with windows.
    tilt, azimuth : float
        Of the outward normal [deg]; azimuth NaN where none is described.
    u_value : float
        With films, W/(m2.K); NaN of a shade and of panes that are described one by one.
    corners : ndarray (n, 3)
        x east, y north, z up [m].
    """

    name: str
    zone: str
    kind: str
    construction: str
    boundary: str
    area: float
    tilt: float
    azimuth: float
    u_value: float
    corners: Vector


@dataclass(frozen=True)
class Solid:
    """Faces that are drawn, those that stand in the table only, and whether places are true."""

    faces: tuple[Face, ...]
    hidden: tuple[Face, ...]
    exact: bool
    storeys_left_out: int = 0


def solid_of(building: Building, whole: CompleteBuilding) -> Solid:
    """Faces of a building.

    Parameters
    ----------
    building : ArchetypeBuilding or ExplicitBuilding
        As validated.
    whole : CompleteBuilding
        The same with nothing left open, for constructions and zones.
    """
    if isinstance(building, ArchetypeBuilding):
        return _archetype(building, whole)
    return _boxes(whole)


def _face(surface: Surface, whole: CompleteBuilding, corners: Vector) -> Face:
    built = whole.constructions.get(surface.construction)
    return Face(
        name=surface.name,
        zone=surface.zone,
        kind=surface.kind,
        construction=surface.construction,
        boundary=surface.boundary,
        area=surface.area,
        tilt=surface.tilt_deg,
        azimuth=math.nan if surface.azimuth is None else surface.azimuth % 360.0,
        u_value=math.nan if built is None else built.u_value,
        corners=corners,
    )


# --- archetypes -----------------------------------------------------------------------------------------


def _archetype(building: ArchetypeBuilding, whole: CompleteBuilding) -> Solid:
    plan, model = plan_of(building), expand(building)
    levels = levels_of(building.floors, plan.height)
    surfaces = {surface.name: surface for surface in model.surfaces}
    shown = min(building.floors, _MOST_STOREYS)
    faces: list[Face] = []
    drawn: set[str] = set()
    for storey in range(shown):
        level = levels[0] if storey == 0 else levels[-1] if storey == building.floors - 1 else levels[1]
        bottom = storey * plan.height
        for side in SIDES:
            wall = surfaces[f"{level.name}-{side}-wall"]
            base = _turned(_side(plan, side), building.orientation)
            faces += _wall(wall, whole, base, bottom, plan.height)
            drawn.add(wall.name)
        for position, outline in _positions(plan).items():
            for kind, name, height in (
                ("floor", f"{level.name}-{position}-floor", bottom),
                ("roof", f"{level.name}-{position}-roof", bottom + plan.height),
            ):
                surface = surfaces.get(name)
                if surface is not None and surface.boundary in _OUTSIDE:
                    flat = _turned(outline, building.orientation)
                    corners = np.column_stack([flat, np.full(len(flat), height)])
                    faces.append(_face(surface, whole, corners[::-1] if kind == "floor" else corners))
                    drawn.add(name)
    hidden = tuple(_face(s, whole, np.empty((0, 3))) for s in model.surfaces if s.name not in drawn)
    return Solid(tuple(faces), hidden, True, building.floors - shown)


def _side(plan: Plan, side: str) -> Vector:
    """Ends of a facade on the plan, left and right as seen from outside."""
    x, y = 0.5 * plan.length, 0.5 * plan.depth
    ends = {
        "north": ((x, y), (-x, y)),
        "east": ((x, -y), (x, y)),
        "south": ((-x, -y), (x, -y)),
        "west": ((-x, y), (-x, -y)),
    }
    return np.array(ends[side])


def _positions(plan: Plan) -> dict[str, Vector]:
    """Outlines of core and sides on the plan, counter-clockwise from above."""
    x, y, p = 0.5 * plan.length, 0.5 * plan.depth, plan.perimeter_depth
    outer = {"sw": (-x, -y), "se": (x, -y), "ne": (x, y), "nw": (-x, y)}
    inner = {k: (math.copysign(abs(a) - p, a), math.copysign(abs(b) - p, b)) for k, (a, b) in outer.items()}
    ring = {"south": ("sw", "se"), "east": ("se", "ne"), "north": ("ne", "nw"), "west": ("nw", "sw")}
    found = {"core": np.array([inner[k] for k in ("sw", "se", "ne", "nw")])}
    for side, (a, b) in ring.items():
        found[side] = np.array([outer[a], outer[b], inner[b], inner[a]])
    return found


def _turned(points: Vector, clockwise: float) -> Vector:
    turn = math.radians(clockwise)
    c, s = math.cos(turn), math.sin(turn)
    return np.asarray(points @ np.array([[c, -s], [s, c]]))


def _wall(
    surface: Surface, whole: CompleteBuilding, base: Vector, bottom: float, height: float
) -> Iterator[Face]:
    left, right = base
    yield _face(surface, whole, _upright(left, right, bottom, bottom + height))
    along = (right - left) / np.linalg.norm(right - left)
    yield from _windows(surface, whole, left, along, bottom, height, float(np.linalg.norm(right - left)))


def _upright(left: Vector, right: Vector, low: float, high: float) -> Vector:
    """A wall from the upper left, counter-clockwise as seen from outside."""
    ends = (left, left, right, right)
    return np.array(
        [[*end, level] for end, level in zip(ends, (high, low, low, high), strict=True)], dtype=float
    )


def _windows(
    surface: Surface,
    whole: CompleteBuilding,
    left: Vector,
    along: Vector,
    bottom: float,
    height: float,
    width: float,
) -> Iterator[Face]:
    """Windows of an upright wall, side by side, with their fixed shades."""
    outward = np.array([along[1], -along[0]])
    total = sum(w.area / min(w.height or math.sqrt(w.area), height) for w in surface.windows)
    gap = max(width - total, 0.0) / (len(surface.windows) + 1)
    at = gap
    narrower = min(1.0, width / total) if total > 0.0 else 1.0
    for window in surface.windows:
        tall = min(window.height or math.sqrt(window.area), height)
        wide = narrower * window.area / tall
        if window.position is not None:
            at, sill = window.position
        else:
            sill = 0.5 * (height - tall)
        start = left + at * along + _OFF_M * outward
        end, low = start + wide * along, bottom + sill
        glazing = whole.glazings.get(window.glazing)
        u_value = math.nan if glazing is None or glazing.u_value is None else glazing.u_value
        face = _face(surface, whole, _upright(start, end, low, low + tall))
        yield replace(
            face,
            name=window.name,
            kind="window",
            construction=window.glazing,
            area=window.area,
            u_value=u_value,
        )
        for kind, corners in _shades(window.shading, start, end, outward, low, low + tall):
            area = float(np.linalg.norm(np.cross(corners[1] - corners[0], corners[3] - corners[0])))
            yield replace(
                face,
                name=f"{window.name} {kind}",
                kind=kind,
                construction="",
                area=area,
                u_value=math.nan,
                corners=corners,
            )
        at += wide + gap


def _shades(
    shading: Shading, start: Vector, end: Vector, outward: Vector, low: float, high: float
) -> Iterator[tuple[str, Vector]]:
    if shading.overhang_depth > 0.0:
        level, out = high + shading.overhang_gap, shading.overhang_depth * outward
        flat = (start, end, end + out, start + out)
        yield "overhang", np.array([[*point, level] for point in flat])
    if shading.fin_depth > 0.0:
        along = (end - start) / np.linalg.norm(end - start)
        for foot in (start - shading.fin_gap * along, end + shading.fin_gap * along):
            yield "fin", _upright(foot, foot + shading.fin_depth * outward, low, high)


# --- zones and surfaces ---------------------------------------------------------------------------------


def _boxes(whole: CompleteBuilding) -> Solid:
    faces: list[Face] = []
    hidden: list[Face] = []
    storeys = sorted({round(zone.elevation, 1) for zone in whole.zones})
    reach = dict.fromkeys(storeys, 0.0)
    for zone in whole.zones:
        own = [surface for surface in whole.surfaces if surface.zone == zone.name]
        height = zone.volume / zone.floor_area
        width, depth = _box(own, zone.floor_area, height)
        storey = round(zone.elevation, 1)
        middle = np.array([reach[storey] + 0.5 * width, 0.0])
        reach[storey] += width + _GAP_M
        taken: dict[str, float] = {}
        for surface in own:
            drawn = list(_placed(surface, whole, middle, (width, depth), zone.elevation, height, taken))
            faces += drawn
            if not drawn:
                hidden.append(_face(surface, whole, np.empty((0, 3))))
    return Solid(tuple(faces), tuple(hidden), False)


def _box(own: Sequence[Surface], area: float, height: float) -> tuple[float, float]:
    """Width (east-west) and depth of a zone, by the facades that it has, else a square."""
    wide: dict[bool, float] = {True: 0.0, False: 0.0}
    sides: dict[int, float] = {}
    for surface in own:
        if surface.kind == "wall" and surface.boundary == "outdoors" and surface.azimuth is not None:
            quarter = round(surface.azimuth / 90.0) % 4
            sides[quarter] = sides.get(quarter, 0.0) + surface.area / height
    for quarter, length in sides.items():
        wide[quarter % 2 == 0] = max(wide[quarter % 2 == 0], length)
    if wide[True] > 0.0:
        return wide[True], max(area / wide[True], 0.5)
    if wide[False] > 0.0:
        return max(area / wide[False], 0.5), wide[False]
    return math.sqrt(area), math.sqrt(area)


def _placed(
    surface: Surface,
    whole: CompleteBuilding,
    middle: Vector,
    box: tuple[float, float],
    bottom: float,
    height: float,
    taken: dict[str, float],
) -> Iterator[Face]:
    """The faces of a surface; none of one between zones, which nobody could see."""
    width, depth = box
    if surface.kind == "internal_mass" or surface.boundary not in _OUTSIDE:
        return
    if 45.0 < surface.tilt_deg < 135.0:
        azimuth = surface.azimuth or 0.0
        right, _ = directions(90.0, azimuth)
        along = right[:2]
        outward = np.array([along[1], -along[0]])
        long = surface.area / height
        reach = 0.5 * (abs(outward[0]) * width + abs(outward[1]) * depth)
        side = f"{azimuth:.0f}"
        total = 0.5 * (abs(along[0]) * width + abs(along[1]) * depth)
        left = middle + reach * outward + (taken.get(side, 0.0) - total) * along
        taken[side] = taken.get(side, 0.0) + long
        yield from _wall(surface, whole, np.array([left, left + long * along]), bottom, height)
        return
    yield _face(surface, whole, _level(surface, middle, box, bottom, height, taken))


def _level(
    surface: Surface,
    middle: Vector,
    box: tuple[float, float],
    bottom: float,
    height: float,
    taken: dict[str, float],
) -> Vector:
    """A floor, or a roof that leans as described."""
    width, depth = box
    up = surface.tilt_deg < 90.0
    level = bottom + height if up else bottom
    lean = surface.tilt_deg if up else 0.0
    long = surface.area / width
    key = "roof" if up else "floor"
    if lean > 1.0 and surface.azimuth is not None:
        right, rise = directions(lean, surface.azimuth)
        half = 0.5 * surface.area / max(width, 0.1)
        centre = np.array([*middle, level + half * math.sin(math.radians(lean))])
        facing = math.radians(surface.azimuth)
        centre = centre + 0.25 * depth * np.array([math.sin(facing), math.cos(facing), 0.0])
        corner = centre - 0.5 * width * right - half * rise
        side, slope = width * right, 2.0 * half * rise
        return np.array([corner, corner + side, corner + side + slope, corner + slope])
    first = taken.get(key, 0.0) - 0.5 * depth
    taken[key] = taken.get(key, 0.0) + long
    x = np.array([-0.5 * width, 0.5 * width, 0.5 * width, -0.5 * width]) + middle[0]
    y = np.array([first, first, first + long, first + long]) + middle[1]
    flat = np.column_stack([x, y, np.full(4, level)])
    return flat if up else flat[::-1]
