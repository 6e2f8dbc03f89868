"""One zone per use (按用途合并热区): a building with fewer zones, for districts of many buildings.

Zones that agree in everything but size, height and infiltration become one well-mixed zone:

- areas, volumes and windows add up with the multipliers; planes that face alike become one plane;
- infiltration is the mean by volume, the height above ground that by floor area;
- a plane between two merged zones stays as mass: each of its halves faces the merged zone, adiabatic in the
  middle of its thickness;
- planes between merged zones of different uses go on conducting.

What is lost: the sun of one side no longer warms it alone while another side is heated. What that does to
heating, cooling and peaks is measured against the zones in full by a test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildings.description.base import Described
from buildings.description.schema import Surface, Window
from buildings.description.stacks import CompleteConstruction, CompleteLayer

if TYPE_CHECKING:
    from buildings.description.complete import CompleteZone

_INNER, _OUTER = "zone's half", "other half"


@dataclass(frozen=True)
class Lumped:
    """Zones, planes and constructions after merging; which planes each one holds, with their areas [m2]."""

    zones: tuple[CompleteZone, ...]
    surfaces: tuple[Surface, ...]
    constructions: Mapping[str, CompleteConstruction]
    made_of: Mapping[str, tuple[tuple[str, float], ...]]


def lump(
    zones: Iterable[CompleteZone],
    surfaces: Iterable[Surface],
    constructions: Mapping[str, CompleteConstruction],
) -> Lumped:
    """Merge zones that differ only in size, height and infiltration.

    Parameters
    ----------
    zones : iterable of CompleteZone
        Without measured capacities that some have and others have not.
    surfaces : iterable of Surface
    constructions : mapping
        Those that the surfaces name.

    Returns
    -------
    Lumped
        Zones in the order of their first part, named by their use; every multiplier is 1.
    """
    groups: dict[Hashable, list[CompleteZone]] = defaultdict(list)
    for zone in zones:
        groups[_likeness(zone)].append(zone)
    names = _names([parts[0].use for parts in groups.values()])
    merged = tuple(_merged(name, parts) for name, parts in zip(names, groups.values(), strict=True))
    into = {part.name: name for name, parts in zip(names, groups.values(), strict=True) for part in parts}
    times = {part.name: part.multiplier for parts in groups.values() for part in parts}
    halves: dict[str, tuple[CompleteConstruction, CompleteConstruction]] = {}
    planes: dict[Hashable, list[tuple[Surface, float]]] = defaultdict(list)
    for surface in surfaces:
        for plane in _placed(surface, into, constructions, halves):
            planes[_facing(plane)].append((plane, times[surface.zone]))
    joined = _renamed(tuple(_joined(parts) for parts in planes.values()))
    held = (tuple((plane.name, plane.area * many) for plane, many in parts) for parts in planes.values())
    made_of = {surface.name: parts for surface, parts in zip(joined, held, strict=True)}
    cut = {half.key: half for both in halves.values() for half in both}
    return Lumped(merged, joined, {**constructions, **cut}, made_of)


def _likeness(zone: CompleteZone) -> Hashable:
    """What merged zones share."""
    same = replace(
        zone,
        name="",
        floor_area=1.0,
        volume=1.0,
        multiplier=1,
        elevation=0.0,
        infiltration=0.0,
        n50=None,
        heating_capacity=None if zone.heating_capacity is None else 1.0,
        cooling_capacity=None if zone.cooling_capacity is None else 1.0,
    )
    return same


def _names(uses: list[str]) -> list[str]:
    """Uses; a number behind those that stand more than once."""
    seen: dict[str, int] = defaultdict(int)
    named = []
    for use in uses:
        seen[use] += 1
        named.append(use if uses.count(use) == 1 else f"{use}-{seen[use]}")
    return named


def _merged(name: str, parts: list[CompleteZone]) -> CompleteZone:
    area = sum(part.floor_area * part.multiplier for part in parts)
    volume = sum(part.volume * part.multiplier for part in parts)

    def by_volume(values: list[float]) -> float:
        shares = (part.volume * part.multiplier for part in parts)
        return sum(value * share for value, share in zip(values, shares, strict=True)) / volume

    measured = [part.n50 for part in parts if part.n50 is not None]
    return replace(
        parts[0],
        name=name,
        floor_area=area,
        volume=volume,
        multiplier=1,
        elevation=sum(part.elevation * part.floor_area * part.multiplier for part in parts) / area,
        infiltration=by_volume([part.infiltration for part in parts]),
        n50=by_volume(measured) if len(measured) == len(parts) else None,
        heating_capacity=_sum([part.heating_capacity for part in parts], parts),
        cooling_capacity=_sum([part.cooling_capacity for part in parts], parts),
    )


def _sum(values: list[float | None], parts: list[CompleteZone]) -> float | None:
    """All such zones together [W]; None where sizing decides."""
    known = [value for value in values if value is not None]
    if len(known) < len(parts):
        return None
    return sum(value * part.multiplier for value, part in zip(known, parts, strict=True))


def _placed(
    surface: Surface,
    into: Mapping[str, str],
    constructions: Mapping[str, CompleteConstruction],
    halves: dict[str, tuple[CompleteConstruction, CompleteConstruction]],
) -> list[Surface]:
    """The plane in the merged zones; one inside a merged zone as its two halves, by their construction."""
    here = into[surface.zone]
    if surface.boundary not in into:
        return [surface.model_copy(update={"zone": here})]
    there = into[surface.boundary]
    if there != here:
        return [surface.model_copy(update={"zone": here, "boundary": there})]
    if surface.construction not in halves:
        halves[surface.construction] = halved(constructions[surface.construction])
    inner, outer = halves[surface.construction]
    mass: dict[str, object] = {
        "zone": here,
        "kind": "internal_mass",
        "boundary": "adiabatic",
        "azimuth": None,
    }
    mass |= {"convection_outside": None, "perimeter": None, "tilt": surface.tilt_deg}
    other: dict[str, object] = {"construction": outer.key, "convection_inside": surface.convection_outside}
    if surface.kind in ("floor", "ceiling"):
        other["tilt"] = 180.0 - surface.tilt_deg
    return [
        surface.model_copy(update={**mass, "construction": inner.key}),
        surface.model_copy(update={**mass, **other, "name": f"{surface.name}-behind"}),
    ]


def halved(construction: CompleteConstruction) -> tuple[CompleteConstruction, CompleteConstruction]:
    """The half on the zone's side and the other one, each from the middle of the thickness to its face.

    A layer without thickness is cut where it lies across the middle, by its resistance.
    """
    whole = sum(layer.thickness for layer in construction.layers)
    reach, outer, inner = 0.0, [], []
    for layer in construction.layers:
        share = _share_before(layer, reach, 0.5 * whole)
        reach += layer.thickness
        if share > 0.0:
            outer.append(_cut(layer, share))
        if share < 1.0:
            inner.append(_cut(layer, 1.0 - share))
    return (
        replace(construction, key=f"{construction.key} ({_INNER})", layers=tuple(inner)),
        replace(
            construction,
            key=f"{construction.key} ({_OUTER})",
            layers=tuple(reversed(outer)),
            solar_absorptance_inside=construction.solar_absorptance_outside,
            emissivity_inside=construction.emissivity_outside,
        ),
    )


def _share_before(layer: CompleteLayer, reach: float, middle: float) -> float:
    """Of a layer that begins at `reach`, the share on the outer side of the middle [1]."""
    if layer.thickness == 0.0:
        return 1.0 if reach < middle - 1e-12 else 0.0 if reach > middle + 1e-12 else 0.5
    return min(max((middle - reach) / layer.thickness, 0.0), 1.0)


def _cut(layer: CompleteLayer, share: float) -> CompleteLayer:
    return replace(layer, thickness=layer.thickness * share, resistance=layer.resistance * share)


def _facing(surface: Surface) -> Hashable:
    """What planes share that become one."""
    windows = tuple(_fields(window, _OF_A_WINDOW) for window in surface.windows)
    return (*_fields(surface, _OF_A_PLANE), windows)


def _fields(part: Described, names: Iterable[str]) -> tuple[Hashable, ...]:
    return tuple(getattr(part, name) for name in names)


_OF_A_WINDOW = tuple(name for name in Window.model_fields if name not in ("name", "area", "position"))
_OF_A_PLANE = tuple(
    name for name in Surface.model_fields if name not in ("name", "area", "perimeter", "windows")
)


def _joined(parts: list[tuple[Surface, float]]) -> Surface:
    """One plane; its rim adds up too, since films of plates go by area over rim."""
    first = parts[0][0]
    windows = []
    for i, window in enumerate(first.windows):
        area = sum(plane.windows[i].area * times for plane, times in parts)
        windows.append(window.model_copy(update={"area": area, "position": None}))
    return first.model_copy(
        update={
            "area": sum(plane.area * times for plane, times in parts),
            "perimeter": sum(plane.rim * times for plane, times in parts),
            "windows": tuple(windows),
        }
    )


def _renamed(surfaces: tuple[Surface, ...]) -> tuple[Surface, ...]:
    """Names that stay unique; planes are called after the first that they hold."""
    taken: set[str] = set()
    done = []
    for surface in surfaces:
        name, number = surface.name, 1
        while name in taken:
            number += 1
            name = f"{surface.name}-{number}"
        taken.add(name)
        done.append(surface.model_copy(update={"name": name}))
    return tuple(done)
