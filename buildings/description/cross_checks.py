"""What no single field can know: names that repeat, planes that do not fit, zones without a floor."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from buildings.description.plant_row import PlantRow
    from buildings.description.schema import (
        AirExchange,
        ArchetypeBuilding,
        BuildingSystems,
        ExplicitBuilding,
        Project,
        Surface,
        Zone,
    )

BOUNDARIES = ("outdoors", "ground", "adiabatic")
_FLAT = 5.0  # degrees of tilt from the horizontal within which a plane has no azimuth


def refuse(
    what: str, remedy: str, *where: str | int, zh: tuple[str, str] | None = None
) -> PydanticCustomError:
    """An error that knows what would be right and at which key below the checked part it stands.

    `zh` has both sentences in Chinese.
    """
    context = {"what": what, "remedy": remedy, "where": where, "zh": zh}
    return PydanticCustomError("project", "{what}", context)


def check_project(project: Project) -> None:
    """Names of buildings differ, the step divides the hour, a call and a droop have what they act on."""
    _unique((b.name for b in project.buildings), "building", ("buildings",))
    minutes = project.timestep
    if not (1 <= minutes <= 60 and minutes == int(minutes) and 60 % int(minutes) == 0):
        raise refuse(
            f"a step of {minutes:g} min", "Use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 min.", "timestep"
        )
    if project.variability == "minute" and minutes > 10:
        raise refuse(
            f"variability is minute in a march of {minutes:g} min, which would average the minutes away",
            "Set timestep to 1, 5 or 10 min, or variability to hourly.",
            "variability",
        )
    call = project.event
    if call is not None and call.date != "hottest_workday" and call.date.year != project.year:
        raise refuse(
            f"the call is on {call.date}, the project's year is {project.year}",
            "Choose a day of that year, or hottest_workday.",
            "event", "date",
        )  # fmt: skip
    for i, building in enumerate(project.buildings):
        if building.control.type == "droop" and building.dc_bus is None:
            raise refuse(
                f"building '{building.name}' is under droop control without a DC bus",
                "Add dc_bus, or set control type to fixed or rules.",
                "buildings", i, "control", "type",
            )  # fmt: skip
        if building.control.type == "peak_shaving" and building.control.demand_limit is None:
            raise refuse(
                f"building '{building.name}' shaves its peaks without a limit",
                "Add control.demand_limit, the grid power to stay below.",
                "buildings", i, "control", "demand_limit",
            )  # fmt: skip
        _unique((array.name for array in building.pv), "PV array", ("buildings", i, "pv"))
        check_plant_room(building.plant_room, ("buildings", i, "plant_room"))
        _check_end_uses(building, i)
    _check_faults(project)
    _check_shared(project)
    _check_substations(project)


def _check_substations(project: Project) -> None:
    """Buildings on district heat and cold have a station, and no machines that would do its work."""
    station = project.shared is not None and project.shared.energy_station is not None
    served = 0
    for i, building in enumerate(project.buildings):
        if not building.hvac.from_district:
            continue
        served += 1
        if not station:
            raise refuse(
                f"building '{building.name}' takes district heat and cold, and no energy station gives them",
                "Add `shared.energy_station`, or choose another hvac type.",
                "buildings", i, "hvac",
            )  # fmt: skip
        for j, row in enumerate(building.plant_room):
            if {"space_heat", "chilled_water"} & set(row.carriers):
                raise refuse(
                    f"'{row.name}' heats or cools '{building.name}', which takes both from the district",
                    "Leave it out, or choose another hvac type.",
                    "buildings", i, "plant_room", j,
                )  # fmt: skip
    if station and not served:
        raise refuse(
            "an energy station serves no building",
            "Give buildings `hvac: {type: district}`, or leave it out.",
            "shared", "energy_station",
        )  # fmt: skip


def _check_shared(project: Project) -> None:
    """Shared assets have names of their own, and a grid: what they do without it is not modelled."""
    if project.shared is None:
        return
    names = {building.name for building in project.buildings}
    for name in project.shared.names:
        if name in names:
            raise refuse(
                f"a building and a shared asset are both called '{name}'",
                "Give the asset a name of its own.",
                "shared",
            )
    for i, fault in enumerate(project.faults):
        if fault.of == "grid":
            raise refuse(
                "an outage of the grid in a district that shares assets, which run on the grid only",
                "Leave out the fault, or `shared`.",
                "faults", i, "of",
            )  # fmt: skip


def _check_faults(project: Project) -> None:
    """Faults lie on steps of the year and hit something that is there."""
    names = [building.name for building in project.buildings]
    first, last = (datetime.datetime.fromisoformat(f"{project.year + more}-01-01") for more in (0, 1))
    for i, fault in enumerate(project.faults):
        minutes = (fault.begin - first).total_seconds() / 60.0
        if not (first <= fault.begin and fault.end <= last):
            raise refuse(
                f"the fault from {fault.start} for {fault.duration:g} h leaves the year {project.year}",
                "Let it start and end in that year.",
                "faults", i, "start",
            )  # fmt: skip
        if any(x % project.timestep > 1e-6 for x in (minutes, round(60.0 * fault.duration, 6))):
            raise refuse(
                f"the fault from {fault.start} for {fault.duration:g} h does not fall on steps of "
                f"{project.timestep:g} min",
                "Let it start and end at a step, or choose a shorter timestep.",
                "faults", i, "start",
            )  # fmt: skip
        for name in () if fault.buildings == "all" else fault.buildings:
            if name not in names:
                raise refuse(
                    f"there is no building {name!r}",
                    f"Use all, or some of: {', '.join(names[:20])}.",
                    "faults", i, "buildings",
                )  # fmt: skip
        if not any(fault.hits(building) for building in project.buildings):
            raise refuse(
                f"no building that the fault names has what fails: {fault.of}",
                "Choose something that is there (an interface needs a dc_bus), or leave the fault out.",
                "faults", i, "of",
            )  # fmt: skip


def check_plant_room(rows: Sequence[PlantRow], at: tuple[str | int, ...]) -> None:
    """Stores and sources are there, serve what they are fed with, and nobody feeds itself."""
    _unique((row.name for row in rows), "plant-room row", at)
    named = {row.name: row for row in rows}
    for j, row in enumerate(rows):
        for link, others in (("feeds", row.feeds), ("source", (row.source,) if row.source else ())):
            for other in others:
                if other not in named or other == row.name:
                    known = ", ".join(name for name in named if name != row.name) or "none"
                    raise refuse(
                        f"'{row.name}' has {link}: '{other}', which is no other row of the plant room",
                        f"Name one of the others ({known}), or add it.",
                        *at, j, link,
                    )  # fmt: skip
        if row.idle_unfed and not any(row.name in other.feeds for other in rows):
            raise refuse(
                f"nobody feeds the store '{row.name}'", f"Add a row with feeds: '{row.name}'.", *at, j, "name"
            )
        _check_source(row, named, (*at, j, "source"))
        _check_stores(row, named, (*at, j, "feeds"))


def _check_source(row: PlantRow, named: Mapping[str, PlantRow], at: tuple[str | int, ...]) -> None:
    """What a row draws on is a source of it."""
    if row.source is None:
        return
    wanted = "hydrogen" if row.type == "fuel_cell" else "source"
    found = named[row.source].carriers
    if wanted not in found:
        raise refuse(
            f"'{row.name}' draws on '{row.source}', which serves {', '.join(found)}",
            f"Name a row that serves {wanted}.",
            *at,
        )


def _check_stores(row: PlantRow, named: Mapping[str, PlantRow], at: tuple[str | int, ...]) -> None:
    """What a row feeds are stores of what it gives, one each, and the one for which it works is there."""
    given = row.carriers if row.by_product is None else (*row.carriers, row.by_product)
    filled: dict[str, str] = {}
    for name in row.feeds:
        store = named[name]
        if not store.takes:
            raise refuse(f"'{row.name}' feeds '{name}', which is no store", "Name a store.", *at)
        if store.feeds:
            raise refuse(
                f"'{row.name}' feeds '{name}', which feeds another store", "Feed the store that serves.", *at
            )
        (carrier,) = store.carriers
        if carrier not in given:
            raise refuse(
                f"'{row.name}' gives {', '.join(given)}, its store '{name}' takes {carrier}",
                "Let both name the same carrier.",
                *at,
            )
        if carrier in filled:
            raise refuse(
                f"'{row.name}' feeds '{filled[carrier]}' and '{name}', which both hold {carrier}",
                "Feed one of them.",
                *at,
            )
        filled[carrier] = name
    if row.needs_store is not None and row.needs_store not in filled:
        raise refuse(
            f"'{row.name}' feeds no store of {row.needs_store}, for which it works", "Name one in feeds.", *at
        )


def _check_end_uses(building: BuildingSystems, i: int) -> None:
    """Hot water and steam that are left to the plant room are made there."""
    uses = building.end_uses
    if uses is None:
        return
    made = {carrier for row in building.plant_room for carrier in row.carriers}
    if uses.hot_water is None and "hot_water" not in made:
        raise refuse(
            f"building '{building.name}' leaves its hot water to a plant room that makes none",
            "Add a row that serves hot_water, or name a local heater in end_uses.hot_water, such as "
            "electric_water_heater.",
            "buildings", i, "end_uses",
        )  # fmt: skip


def check_archetype(building: ArchetypeBuilding) -> None:
    """A storey is neither a cupboard nor beyond any plan."""
    storey = building.floor_area / building.floors
    if storey < 20.0:
        raise refuse(
            f"{building.floor_area:g} m2 on {building.floors} floors leaves {storey:.1f} m2 a floor",
            "Give at least 20 m2 a floor.",
            "floor_area",
        )


def check_explicit(building: ExplicitBuilding) -> None:
    """Zones and surfaces fit together."""
    _unique((z.name for z in building.zones), "zone", ("zones",))
    _unique((s.name for s in building.surfaces), "surface", ("surfaces",))
    _unique((w.name for s in building.surfaces for w in s.windows), "window", ("surfaces",))
    zones = {zone.name: zone for zone in building.zones}
    for i, zone in enumerate(building.zones):
        _check_zone(zone, i, building)
    for i, surface in enumerate(building.surfaces):
        _check_surface(surface, i, zones)
    _check_pairs(building.surfaces)
    for i, exchange in enumerate(building.air_exchanges):
        _check_exchange(exchange, i, zones)


def _unique(names: Iterable[str], kind: str, where: tuple[str | int, ...]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise refuse(f"two {kind}s are called '{twice[0]}'", f"Give each {kind} a name of its own.", *where)


def _check_zone(zone: Zone, i: int, building: ExplicitBuilding) -> None:
    if zone.name in BOUNDARIES:
        raise refuse(
            f"a zone is called '{zone.name}', which names a boundary", "Choose another name.", "zones", i
        )
    if zone.volume is None and zone.height is None:
        raise refuse(f"zone '{zone.name}' has neither volume nor height", "Give one of them.", "zones", i)
    if zone.volume is not None and zone.height is not None:
        raise refuse(
            f"zone '{zone.name}' has both volume and height", "Give one of them.", "zones", i, "height"
        )
    capacity = next(
        (k for k in ("heating_capacity", "cooling_capacity") if getattr(zone, k) is not None), None
    )
    if capacity is not None and not zone.conditioned:
        raise refuse(
            f"zone '{zone.name}' is not conditioned and has a {capacity}",
            "Leave the capacity out, or set conditioned: true.",
            "zones", i, capacity,
        )  # fmt: skip
    # A floor is a floor of the zone itself, or a ceiling of the zone below that this zone stands on.
    floors = [
        s for s in building.surfaces
        if (s.zone == zone.name and s.kind == "floor") or (s.boundary == zone.name and s.kind == "ceiling")
    ]  # fmt: skip
    if not floors:
        raise refuse(
            f"zone '{zone.name}' has no floor",
            "Add a surface of kind floor (boundary ground, adiabatic or the zone below).",
            "zones", i,
        )  # fmt: skip
    area = sum(s.area for s in floors)
    if not 0.5 <= area / zone.floor_area <= 2.0:
        raise refuse(
            f"the floors of '{zone.name}' add up to {area:g} m2, its floor_area is {zone.floor_area:g} m2",
            "Make the two agree (walls and stairs may differ, a factor of two may not).",
            "zones", i, "floor_area",
        )  # fmt: skip


def _check_surface(surface: Surface, i: int, zones: dict[str, Zone]) -> None:
    if surface.zone not in zones:
        raise refuse(
            f"surface '{surface.name}' belongs to '{surface.zone}', which is no zone",
            f"Use one of: {_some(zones)}.",
            "surfaces", i, "zone",
        )  # fmt: skip
    if surface.boundary not in BOUNDARIES:
        _check_neighbour(surface, i, zones)
    glass = sum(window.area for window in surface.windows)
    if glass >= surface.area:
        raise refuse(
            f"the windows of '{surface.name}' cover {glass:g} m2 of {surface.area:g} m2",
            "Make the windows smaller than their surface (area is gross, with windows).",
            "surfaces", i, "windows",
        )  # fmt: skip
    if surface.windows and surface.boundary != "outdoors":
        raise refuse(
            f"'{surface.name}' has windows but does not face outdoors",
            "Windows stand in outdoor surfaces only.",
            "surfaces", i, "windows",
        )  # fmt: skip
    sloped = _FLAT < surface.tilt_deg < 180.0 - _FLAT
    if surface.boundary == "outdoors" and sloped and surface.azimuth is None:
        raise refuse(
            f"'{surface.name}' faces outdoors at a tilt of {surface.tilt_deg:g} deg without an azimuth",
            "Give azimuth, clockwise from north (south = 180 deg).",
            "surfaces", i, "azimuth",
        )  # fmt: skip
    if surface.convection_outside is not None and surface.boundary in ("ground", "adiabatic"):
        raise refuse(
            f"'{surface.name}' has a convection_outside but no air behind it",
            "Leave it out, or change the boundary.",
            "surfaces", i, "convection_outside",
        )  # fmt: skip
    if surface.kind == "internal_mass" and surface.boundary != "adiabatic":
        raise refuse(
            f"internal mass '{surface.name}' has the boundary '{surface.boundary}'",
            "Set boundary: adiabatic.",
            "surfaces", i, "boundary",
        )  # fmt: skip


def _check_neighbour(surface: Surface, i: int, zones: dict[str, Zone]) -> None:
    if surface.boundary not in zones:
        raise refuse(
            f"'{surface.boundary}' behind surface '{surface.name}' is neither a boundary nor a zone",
            f"Use {', '.join(BOUNDARIES)}, or one of the zones: {_some(zones)}.",
            "surfaces", i, "boundary",
        )  # fmt: skip
    if surface.boundary == surface.zone:
        raise refuse(
            f"surface '{surface.name}' has its own zone behind it",
            "Use boundary: adiabatic, or kind: internal_mass.",
            "surfaces", i, "boundary",
        )  # fmt: skip
    here, there = zones[surface.zone].multiplier, zones[surface.boundary].multiplier
    if here != there:
        raise refuse(
            f"surface '{surface.name}' joins zones with multipliers {here} and {there}",
            "Give both zones the same multiplier, or make the surface adiabatic.",
            "surfaces", i, "boundary",
        )  # fmt: skip


def _check_exchange(exchange: AirExchange, i: int, zones: dict[str, Zone]) -> None:
    for name in exchange.zones:
        if name not in zones:
            raise refuse(
                f"'{name}' of an air exchange is no zone",
                f"Use two of: {_some(zones)}.",
                "air_exchanges", i, "zones",
            )  # fmt: skip
    one, other = (zones[name] for name in exchange.zones)
    if one is other:
        raise refuse(
            f"zone '{one.name}' exchanges air with itself",
            "Name two different zones.",
            "air_exchanges", i, "zones",
        )  # fmt: skip
    if one.multiplier != other.multiplier:
        raise refuse(
            f"zones with multipliers {one.multiplier} and {other.multiplier} exchange air",
            "Give both zones the same multiplier.",
            "air_exchanges", i, "zones",
        )  # fmt: skip


def _check_pairs(surfaces: tuple[Surface, ...]) -> None:
    """An inter-zone plane is written once: the same plane from both sides would conduct twice."""
    opposite = {"partition": "partition", "wall": "wall", "floor": "ceiling", "ceiling": "floor"}
    seen: dict[tuple[str, str, str], list[Surface]] = {}
    for i, surface in enumerate(surfaces):
        for other in seen.get((surface.boundary, surface.zone, opposite.get(surface.kind, "")), []):
            if abs(other.area - surface.area) <= 0.01 * surface.area:
                raise refuse(
                    f"'{other.name}' and '{surface.name}' look like one plane written from both sides",
                    "Write a plane between two zones once, from either side.",
                    "surfaces", i,
                )  # fmt: skip
        seen.setdefault((surface.zone, surface.boundary, surface.kind), []).append(surface)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:8]) + (", ..." if len(listed) > 8 else "")
