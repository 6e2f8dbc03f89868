"""What a package starts from: the building with all its zones and surfaces, and every figure it stands on.

An archetype is expanded once and kept: real layers get real insulation, and a search applies thousands of
packages to the same start.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from buildings.description.archetype import expand
from buildings.description.complete import CompleteBuilding, CompleteZone, complete
from buildings.description.ledger import Entry, Ledger
from buildings.description.module_covers import placed_arrays
from buildings.description.schema import (
    ArchetypeBuilding,
    Building,
    Construction,
    ExplicitBuilding,
    Layer,
    PvArray,
    Surface,
    Zone,
)
from buildings.description.stacks import CompleteConstruction
from buildings.library import catalogue

_KEPT = 64


@dataclass(frozen=True)
class Base:
    """A building before measures.

    Attributes
    ----------
    source : Building
        As the project has it.
    building : ExplicitBuilding
        The same with zones and surfaces.
    complete : CompleteBuilding
        The same with nothing left open.
    solved : dict
        Constructions of planes that face outdoors or part zones, every layer with its thickness.
    zones : dict
        Complete zones by name.
    windowed : frozenset of str
        Zones with windows.
    entries : tuple of Entry
        What the expansion of an archetype was derived from.
    """

    source: Building
    building: ExplicitBuilding
    complete: CompleteBuilding
    solved: dict[str, Construction]
    zones: dict[str, CompleteZone]
    windowed: frozenset[str]
    entries: tuple[Entry, ...]

    def times(self, surface: Surface) -> int:
        """How often a surface stands in the building."""
        return self.zones[surface.zone].multiplier

    @property
    def main_use(self) -> str:
        """Use of most floor area; empty where no zone has one."""
        areas: dict[str, float] = {}
        for zone in self.building.zones:
            key = zone.use or ""
            areas[key] = areas.get(key, 0.0) + zone.floor_area * zone.multiplier
        return max(sorted(areas), key=lambda key: areas[key])

    def fresh_air_of(self, zone: Zone, infiltration: float) -> float:
        """Design fresh air of one such zone that leaks so much [m3/h].

        What dwellings need by volume is infiltration and ventilation together (GB 55015), as in `complete`.
        """
        done = self.zones[zone.name]
        changes = zone.gains.fresh_air_changes
        if changes is None and zone.use is not None:
            changes = max(0.0, catalogue.use(zone.use).fresh_air_changes - infiltration)
        people = done.floor_area * done.gains.people_density * done.gains.fresh_air_per_person
        return people + done.volume * (changes or 0.0)


_CACHE: OrderedDict[int, Base] = OrderedDict()


def base_of(building: Building) -> Base:
    """The start of packages of a building, kept for the next one.

    Raises
    ------
    TwinError
        As `complete`: a library key that is not there, a U that no thickness reaches.
    """
    known = _CACHE.get(id(building))
    if known is not None and known.source is building:
        _CACHE.move_to_end(id(building))
        return known
    made = _base(building)
    _CACHE[id(building)] = made  # holds the building, so that its id stays its own
    while len(_CACHE) > _KEPT:
        _CACHE.popitem(last=False)
    return made


def _base(building: Building) -> Base:
    book = Ledger()
    if isinstance(building, ArchetypeBuilding):
        explicit = expand(building, book)
        explicit = explicit.model_copy(update={"pv": _arrays(explicit)})
    else:
        explicit = building
    done = complete(explicit)
    named = {zone.name for zone in explicit.zones}
    outer = {s.construction for s in explicit.surfaces if s.boundary == "outdoors" or s.boundary in named}
    return Base(
        source=building,
        building=explicit,
        complete=done,
        solved={key: _plain(done.constructions[key]) for key in sorted(outer)},
        zones={zone.name: zone for zone in done.zones},
        windowed=frozenset(s.zone for s in explicit.surfaces if s.windows),
        entries=tuple(book.entries),
    )


def _plain(solved: CompleteConstruction) -> Construction:
    """The construction with every thickness, so that a further layer changes no other."""
    known = catalogue.materials()
    layers = []
    for layer in solved.layers:
        if layer.massless:
            layers.append(Layer(resistance=layer.resistance))
        elif layer.name in known:
            layers.append(Layer(material=layer.name, thickness=layer.thickness))
        else:
            layers.append(
                Layer(
                    thickness=layer.thickness,
                    conductivity=layer.conductivity,
                    density=layer.density,
                    specific_heat=layer.specific_heat,
                )
            )
    return Construction.model_validate(
        {
            "layers": tuple(layers),
            "solar_absorptance_outside": solved.solar_absorptance_outside,
            "solar_absorptance_inside": solved.solar_absorptance_inside,
            "emissivity_outside": solved.emissivity_outside,
            "emissivity_inside": solved.emissivity_inside,
            "roughness": solved.roughness,
        }
    )


def _arrays(building: ExplicitBuilding) -> tuple[PvArray, ...]:
    """Arrays on a side of all storeys as one array on each storey's surface, by its area."""
    found: list[PvArray] = []
    times = {zone.name: zone.multiplier for zone in building.zones}
    placed = placed_arrays(building.name, building.pv, building.surfaces, parts=True)
    for written, array in zip(building.pv, placed, strict=True):
        named = [s for s in building.surfaces if s.name == array.surface]
        side = [s for s in building.surfaces if s.name.endswith(f"-{array.surface}")]
        if array.surface is None or named or not side:
            found.append(written)
            continue
        areas = [s.opaque_area * times[s.zone] for s in side]
        for number, (surface, area) in enumerate(zip(side, areas, strict=True), start=1):
            found.append(
                array.model_copy(
                    update={
                        "name": f"{array.name[:50]} part {number}",
                        "capacity": array.capacity * area / sum(areas),
                        "surface": surface.name,
                    }
                )
            )
    return tuple(found)
