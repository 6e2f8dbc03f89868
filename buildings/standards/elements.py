"""Elements of the envelope (围护结构) as codes name them: what a surface is, where it looks, its glass.

References
----------
.. [1] GB 50189-2015, sides of a building (朝向): north within 60 degrees of north, south within 30 degrees of
   south, east and west between them (from general knowledge: gk-verify).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from buildings.description.schema import ArchetypeBuilding, Building, Surface
from buildings.library import catalogue

Element = Literal["wall", "roof", "exposed_floor", "ground_floor", "inner"]
"""`inner` divides a conditioned from an unconditioned zone, upright."""
Side = Literal["north", "east", "south", "west"]
SIDES: tuple[Side, ...] = ("north", "east", "south", "west")

_NORTH, _SOUTH = 60.0, 30.0
_TURNED = {"floor": "ceiling", "ceiling": "floor"}


class ZoneLike(Protocol):
    """A zone as written or complete."""

    @property
    def name(self) -> str: ...
    @property
    def conditioned(self) -> bool: ...
    @property
    def multiplier(self) -> int: ...


def category_of(building: Building) -> str:
    """`residential` where most of the floor area is dwelling (居住), else `public` (公共)."""
    if isinstance(building, ArchetypeBuilding):
        return catalogue.archetype(building.archetype).category
    return category_of_areas((zone.floor_area * zone.multiplier, zone.use or "") for zone in building.zones)


def category_of_areas(areas: Iterable[tuple[float, str]]) -> str:
    """As `category_of`, of floor areas [m2] with their uses."""
    known = list(areas)
    dwelling = sum(area for area, use in known if use.startswith("residential"))
    return "residential" if dwelling > 0.5 * sum(area for area, _ in known) else "public"


def side_of(azimuth: float) -> Side:
    """Side of a facade by its azimuth, clockwise from north [deg]."""
    turned = azimuth % 360.0
    if min(turned, 360.0 - turned) < _NORTH:
        return "north"
    if abs(turned - 180.0) <= _SOUTH:
        return "south"
    return "east" if turned < 180.0 else "west"


def element_of(surface: Surface, zones: Mapping[str, ZoneLike]) -> Element | None:
    """What a surface is to an envelope code; None where no conditioned zone loses heat through it.

    A floor or ceiling between a conditioned zone and one that is not counts as roof or exposed floor: there
    the building's insulation lies.
    """
    if surface.kind == "internal_mass" or surface.boundary == "adiabatic":
        return None
    here = zones[surface.zone].conditioned
    if surface.boundary in ("outdoors", "ground"):
        if not here:
            return None
        if surface.boundary == "ground":
            return "ground_floor" if surface.kind == "floor" else None
        return _by_kind(surface.kind, "wall")
    if here == zones[surface.boundary].conditioned:
        return None
    return _by_kind(surface.kind if here else _TURNED.get(surface.kind, surface.kind), "inner")


def _by_kind(kind: str, upright: Element) -> Element:
    if kind in ("roof", "ceiling"):
        return "roof"
    return "exposed_floor" if kind == "floor" else upright


def window_wall_ratios(surfaces: Iterable[Surface], zones: Mapping[str, ZoneLike]) -> dict[Side, float]:
    """Window-to-wall ratio (窗墙面积比) of each side with outer walls [1], zones with their multipliers."""
    gross, glass = dict.fromkeys(SIDES, 0.0), dict.fromkeys(SIDES, 0.0)
    for surface in surfaces:
        if element_of(surface, zones) != "wall" or surface.azimuth is None:
            continue
        side, times = side_of(surface.azimuth), zones[surface.zone].multiplier
        gross[side] += times * surface.area
        glass[side] += times * sum(window.area for window in surface.windows)
    return {side: glass[side] / gross[side] for side in SIDES if gross[side] > 0.0}


def shape_coefficient(
    surfaces: Iterable[Surface], zones: Mapping[str, ZoneLike], volumes: Mapping[str, float]
) -> float:
    """Shape coefficient (体形系数): outer area over the conditioned volume in it [1/m], without the ground.

    Parameters
    ----------
    surfaces : iterable of Surface
    zones : mapping
        Zones by name.
    volumes : mapping
        Volume of one of each zone [m3].

    Returns
    -------
    float
        0 where no zone is conditioned.
    """
    outer = sum(
        zones[s.zone if zones[s.zone].conditioned else s.boundary].multiplier * s.area
        for s in surfaces
        if element_of(s, zones) in ("wall", "roof", "exposed_floor", "inner")
    )
    held = sum(zones[name].multiplier * v for name, v in volumes.items() if zones[name].conditioned)
    return outer / held if held > 0.0 else 0.0
