"""A building with nothing left open: what `prepare` turns into arrays.

`complete` takes either shape of a building. An archetype is expanded to zones and surfaces first; then every
library key is replaced by its values and every default by its figure. The schema's `Surface`, `Schedule`,
`Glazing` and the systems are used as they are; all keys that remain point into this building's own tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from buildings.description import schema
from buildings.description.archetype import expand, levels_of, plan_of
from buildings.description.habits import AS_WRITTEN, with_habits
from buildings.description.ledger import Ledger
from buildings.description.lumping import lump
from buildings.description.module_covers import ModuleCover, covered_surfaces, placed_arrays
from buildings.description.neighbours import Standing
from buildings.description.schedules import find_schedule
from buildings.description.setpoints import OFF, set_point_schedule
from buildings.description.stacks import CompleteConstruction, complete_construction
from buildings.library import catalogue
from weather.errors import TwinError

ALWAYS = "(always)"
"""Key of the schedule that is 1 at all times; the brackets keep it apart from what a user can name."""


@dataclass(frozen=True)
class Gains:
    """Gains of a zone per m2 of floor; schedules are keys of the building's `schedules`.

    `people_density` [person/m2], `sensible_per_person` and `latent_per_person` [W], both nought where
    `activity_per_person` [W] gives their sum, split by the warmth of the room; `lighting_power` and
    `equipment_power` [W/m2], radiant shares [1], `fresh_air_per_person` [m3/(h.person)] for the design number
    of people, `fresh_air_changes` [1/h]. Equipment runs at `base + (1 - base) x schedule` of its power.
    `equipment_latent`, `equipment_lost` and `lighting_lost` are shares of the electricity [1]; radiant shares
    are of the sensible heat that is left for the zone.
    """

    people_density: float
    sensible_per_person: float
    latent_per_person: float
    activity_per_person: float | None
    people_radiant: float
    lighting_power: float
    lighting_radiant: float
    equipment_power: float
    equipment_radiant: float
    equipment_latent: float
    equipment_lost: float
    lighting_lost: float
    equipment_base_fraction: float
    fresh_air_per_person: float
    fresh_air_changes: float
    occupancy: str
    lighting: str
    equipment: str
    fresh_air: str


@dataclass(frozen=True)
class CompleteNaturalVentilation:
    """Open windows or a night fan: [1/h] or what stands open, key of the schedule with its share, conditions.

    Temperatures in degC, their difference in K, None where there is no such condition.
    """

    air_changes: float
    opening: schema.VentilationOpening | None
    schedule: str
    minimum_indoor_temperature: float | None
    maximum_outdoor_temperature: float | None
    minimum_outdoor_temperature: float | None
    delta_temperature: float | None


@dataclass(frozen=True)
class CompleteAirExchange:
    """Two zones that swap `flow` [m3/h] times the schedule of that key."""

    zones: tuple[str, str]
    flow: float
    schedule: str


@dataclass(frozen=True)
class CompleteZone:
    """A zone with every figure: m2, m3, m above ground, 1/h, W; set-points are schedule keys ("off" is NaN).

    `n50` where it was measured in this zone; `heating_capacity` and `cooling_capacity` are of one such zone
    [W], None where sizing decides.
    """

    name: str
    floor_area: float
    volume: float
    multiplier: int
    elevation: float
    use: str
    gains: Gains
    heating_setpoint: str
    cooling_setpoint: str
    infiltration: float
    infiltration_schedule: str
    infiltration_coefficients: schema.InfiltrationCoefficients
    natural_ventilation: CompleteNaturalVentilation | None
    sensible_capacity_multiplier: float
    moisture_capacity_multiplier: float
    conditioned: bool
    heating_capacity: float | None
    cooling_capacity: float | None
    n50: float | None = None


@dataclass(frozen=True)
class CompleteHvac:
    """Plant of the building: kind, equipment key, capacities [W] or None where they are autosized.

    Efficiency factors multiply the ratios of the equipment's data [1].
    """

    type: str
    equipment: str
    cooling_capacity: float | None
    heating_capacity: float | None
    sizing_factor: float
    cooling_efficiency_factor: float = 1.0
    heating_efficiency_factor: float = 1.0


@dataclass(frozen=True)
class CompleteVentilation:
    """Mechanical fresh air: effectiveness [1], specific fan power [W/(m3/s)]."""

    heat_recovery_sensible: float
    heat_recovery_latent: float
    specific_fan_power: float
    bypass: bool
    demand_controlled: bool
    dehumidification: schema.Dehumidification | None = None


@dataclass(frozen=True)
class CompleteBuilding:
    """Everything `prepare` needs; `systems` holds battery, ev, dc_bus, control as written, pv with planes.

    `covers` says which surfaces stand behind modules of which array; `standing` what stands around, where
    that is known.
    """

    name: str
    era: str
    zones: tuple[CompleteZone, ...]
    surfaces: tuple[schema.Surface, ...]
    constructions: Mapping[str, CompleteConstruction]
    glazings: Mapping[str, schema.Glazing]
    shades: Mapping[str, schema.Shade]
    schedules: Mapping[str, schema.Schedule]
    hvac: CompleteHvac
    ventilation: CompleteVentilation
    vacations: tuple[schema.MonthDay, ...]
    systems: schema.BuildingSystems
    air_exchanges: tuple[CompleteAirExchange, ...]
    calendar: schema.CalendarKind
    wind_film: schema.WindFilm = "mowitt"
    covers: tuple[ModuleCover, ...] = ()
    standing: Standing | None = None

    @property
    def floor_area(self) -> float:
        """Floor area of all zones with their multipliers [m2]."""
        return sum(zone.floor_area * zone.multiplier for zone in self.zones)


def complete(
    building: schema.Building, ledger: Ledger | None = None, *, calendar: schema.CalendarKind = "china"
) -> CompleteBuilding:
    """Fill in everything a building leaves open.

    Parameters
    ----------
    building : ArchetypeBuilding or ExplicitBuilding
        As validated.
    ledger : Ledger, optional
        Receives every derived figure with its unit, source and confidence.
    calendar : {"china", "weekdays"}
        The project's.

    Returns
    -------
    CompleteBuilding
        Without any open default or library key.

    Raises
    ------
    TwinError
        A key of the building that the library does not have, or a U value that no thickness reaches.
    """
    book = ledger if ledger is not None else Ledger()
    explicit = expand(building, book) if isinstance(building, schema.ArchetypeBuilding) else building
    schedules: dict[str, schema.Schedule] = {}
    leak = _measured_leak(explicit)
    zones = tuple(_zone(zone, explicit, leak, schedules, book) for zone in explicit.zones)
    if explicit.habits != AS_WRITTEN:
        zones, schedules = with_habits(zones, schedules, explicit.habits)
    constructions: Mapping[str, CompleteConstruction] = _constructions(explicit, book)
    category = _category(explicit)
    times = {zone.name: zone.multiplier for zone in zones}
    made_of: Mapping[str, tuple[tuple[str, float], ...]] = {
        surface.name: ((surface.name, surface.area * times[surface.zone]),) for surface in explicit.surfaces
    }
    if isinstance(building, schema.ArchetypeBuilding) and building.zoning == "by_use":
        merged = lump(zones, explicit.surfaces, constructions)
        zones, constructions, made_of = merged.zones, merged.constructions, merged.made_of
        explicit = explicit.model_copy(update={"surfaces": merged.surfaces})
    multipliers = {zone.name: zone.multiplier for zone in zones}
    parts = isinstance(building, schema.ArchetypeBuilding)
    arrays = placed_arrays(explicit.name, explicit.pv, explicit.surfaces, parts=parts)
    return CompleteBuilding(
        name=explicit.name,
        era=explicit.era,
        zones=zones,
        surfaces=explicit.surfaces,
        constructions=constructions,
        glazings=_glazings(explicit, book),
        shades=_shades(explicit, schedules, book),
        schedules=schedules,
        hvac=_hvac(explicit, book),
        ventilation=_ventilation(explicit, category, book),
        vacations=explicit.vacations or (),
        systems=explicit.model_copy(update={"pv": arrays}),
        air_exchanges=_air_exchanges(explicit, schedules),
        calendar=calendar,
        wind_film=explicit.wind_film,
        covers=covered_surfaces(explicit.name, arrays, explicit.surfaces, multipliers, parts=parts),
        standing=_standing(building, made_of),
    )


def _standing(
    building: schema.Building, made_of: Mapping[str, tuple[tuple[str, float], ...]]
) -> Standing | None:
    """A building of an archetype among the neighbours that are written, None without any."""
    if not isinstance(building, schema.ArchetypeBuilding) or building.neighbours is None:
        return None
    plan = plan_of(building)
    return Standing(
        plan, levels_of(building.floors, plan.height), building.orientation, building.neighbours, made_of
    )


def _category(building: schema.ExplicitBuilding) -> str:
    """Residential where most of the floor area is dwelling, else public."""
    dwelling = sum(
        z.floor_area * z.multiplier for z in building.zones if (z.use or "").startswith("residential")
    )
    total = sum(z.floor_area * z.multiplier for z in building.zones)
    return "residential" if dwelling > 0.5 * total else "public"


def _measured_leak(building: schema.ExplicitBuilding) -> float | None:
    """Infiltration [1/h] of zones that leave it open, so that the building leaks as its N50 tells."""
    if building.standards.n50 is None:
        return None
    inside = [zone for zone in building.zones if zone.conditioned]
    flow = building.standards.n50 / catalogue.n50_over_infiltration().value * sum(map(_volumes, inside))
    flow -= sum((zone.infiltration or 0.0) * _volumes(zone) for zone in inside)
    volume = sum(_volumes(zone) for zone in inside if _follows_n50(zone))
    return max(flow / volume, 0.0) if volume > 0.0 else None


def _follows_n50(zone: schema.Zone) -> bool:
    return zone.conditioned and zone.infiltration is None and zone.infiltration_coefficients is None


def _volume(zone: schema.Zone) -> float:
    return zone.volume if zone.volume is not None else zone.floor_area * (zone.height or 0.0)


def _volumes(zone: schema.Zone) -> float:
    """Air volume of all such zones [m3]."""
    return _volume(zone) * zone.multiplier


def _infiltration(
    zone: schema.Zone, building: schema.ExplicitBuilding, leak: float | None, category: str, book: Ledger
) -> float:
    """As written, else by the measured N50 of the zone or the building, else by era [1/h]."""
    if zone.infiltration is not None:
        return zone.infiltration
    at = f"{building.name}.zones.{zone.name}.infiltration"
    ratio = catalogue.n50_over_infiltration()
    measured = leak if zone.n50 is None else zone.n50 / ratio.value
    if measured is not None and _follows_n50(zone):
        how = f"measured N50 over {ratio.value:g}: {ratio.origin.source}"
        return book.note(at, measured, "1/h", replace(ratio.origin, source=how))
    figure = catalogue.infiltration(category, building.era)
    return book.note(at, figure.value, "1/h", figure.origin)


def _zone(
    zone: schema.Zone,
    building: schema.ExplicitBuilding,
    leak: float | None,
    schedules: dict[str, schema.Schedule],
    book: Ledger,
) -> CompleteZone:
    at = f"{building.name}.zones.{zone.name}"
    use = catalogue.use(zone.use, f"{at}.use") if zone.use is not None else catalogue.no_use()
    infiltration = _infiltration(zone, building, leak, use.category, book)
    heating, cooling = (
        set_point_schedule(kind, zone, building, schedules, book) if zone.conditioned else _never(schedules)
        for kind in ("heating", "cooling")
    )
    return CompleteZone(
        name=zone.name,
        floor_area=zone.floor_area,
        volume=_volume(zone),
        multiplier=zone.multiplier,
        elevation=zone.elevation,
        use=use.key,
        gains=_gains(zone, use, infiltration, building, schedules, book),
        heating_setpoint=heating,
        cooling_setpoint=cooling,
        infiltration=infiltration,
        infiltration_schedule=_share(
            zone.infiltration_schedule, f"{at}.infiltration_schedule", building, schedules
        ),
        infiltration_coefficients=zone.infiltration_coefficients or schema.InfiltrationCoefficients(),
        natural_ventilation=_natural_ventilation(zone, at, building, schedules),
        sensible_capacity_multiplier=zone.sensible_capacity_multiplier,
        moisture_capacity_multiplier=zone.moisture_capacity_multiplier,
        conditioned=zone.conditioned,
        heating_capacity=zone.heating_capacity,
        cooling_capacity=zone.cooling_capacity,
        n50=zone.n50,
    )


def _natural_ventilation(
    zone: schema.Zone, at: str, building: schema.ExplicitBuilding, schedules: dict[str, schema.Schedule]
) -> CompleteNaturalVentilation | None:
    own = zone.natural_ventilation
    if own is None:
        return None
    return CompleteNaturalVentilation(
        own.air_changes or 0.0,
        own.opening,
        _share(own.schedule, f"{at}.natural_ventilation.schedule", building, schedules),
        own.minimum_indoor_temperature,
        own.maximum_outdoor_temperature,
        own.minimum_outdoor_temperature,
        own.delta_temperature,
    )


def _air_exchanges(
    building: schema.ExplicitBuilding, schedules: dict[str, schema.Schedule]
) -> tuple[CompleteAirExchange, ...]:
    return tuple(
        CompleteAirExchange(
            own.zones,
            own.flow,
            _share(own.schedule, f"{building.name}.air_exchanges[{i}].schedule", building, schedules),
        )
        for i, own in enumerate(building.air_exchanges)
    )


def _never(schedules: dict[str, schema.Schedule]) -> str:
    schedules[OFF] = schema.Schedule(constant="off")
    return OFF


def _gains(
    zone: schema.Zone,
    use: catalogue.Use,
    infiltration: float,
    building: schema.ExplicitBuilding,
    schedules: dict[str, schema.Schedule],
    book: Ledger,
) -> Gains:
    at = f"{building.name}.zones.{zone.name}.gains"
    own = zone.gains

    def pick(name: str, written: float | None, library: float, unit: str, origin: catalogue.Origin) -> float:
        return written if written is not None else book.note(f"{at}.{name}", library, unit, origin)

    _check_people(zone, at)
    nothing = catalogue.Figure(0.0, use.density_origin)
    lighting = nothing if zone.use is None else catalogue.lighting_power(use.key, building.era)
    # The 1.0 1/h of GB 55015 for dwellings is the whole outdoor air, infiltration included.
    by_volume = max(0.0, use.fresh_air_changes - infiltration)
    outdoor = use.density_origin
    if use.fresh_air_changes > 0.0:
        how = f"{use.fresh_air_changes:g} 1/h of {outdoor.source} less infiltration"
        outdoor = catalogue.Origin(how, outdoor.year, outdoor.confidence)
    density, heat, radiant = use.density_origin, use.heat_origin, use.radiant_origin
    split = own.activity_per_person is None
    sensible, latent = (own.sensible_per_person, own.latent_per_person) if split else (0.0, 0.0)
    dry = catalogue.Origin("office and household equipment gives off no moisture", 2026, "assumed")
    stays = catalogue.Origin("all electricity becomes heat of the zone", 2026, "assumed")
    return Gains(
        people_density=pick("people_density", own.people_density, use.people_density, "person/m2", density),
        sensible_per_person=pick("sensible_per_person", sensible, use.sensible_per_person, "W/person", heat),
        latent_per_person=pick("latent_per_person", latent, use.latent_per_person, "W/person", heat),
        activity_per_person=own.activity_per_person,
        people_radiant=pick("people_radiant", own.people_radiant_fraction, use.people_radiant, "1", radiant),
        lighting_power=pick("lighting_power", own.lighting_power, lighting.value, "W/m2", lighting.origin),
        lighting_radiant=pick(
            "lighting_radiant", own.lighting_radiant_fraction, use.lighting_radiant, "1", radiant
        ),
        equipment_power=pick("equipment_power", own.equipment_power, use.equipment_power, "W/m2", density),
        equipment_radiant=pick(
            "equipment_radiant", own.equipment_radiant_fraction, use.equipment_radiant, "1", radiant
        ),
        equipment_latent=pick("equipment_latent", own.equipment_latent_fraction, 0.0, "1", dry),
        equipment_lost=pick("equipment_lost", own.equipment_lost_fraction, 0.0, "1", stays),
        lighting_lost=pick("lighting_lost", own.lighting_lost_fraction, 0.0, "1", stays),
        equipment_base_fraction=pick(
            "equipment_base_fraction",
            own.equipment_base_fraction,
            0.0,
            "1",
            catalogue.Origin("the standard's schedule stops at night", 2021, "stored:secondary"),
        ),
        fresh_air_per_person=pick(
            "fresh_air_per_person",
            own.fresh_air_per_person,
            use.fresh_air_per_person,
            "m3/(h.person)",
            density,
        ),
        fresh_air_changes=pick("fresh_air_changes", own.fresh_air_changes, by_volume, "1/h", outdoor),
        occupancy=_schedule("occupancy", own.schedules.occupancy, zone, building, schedules, book),
        lighting=_schedule("lighting", own.schedules.lighting, zone, building, schedules, book),
        equipment=_schedule("equipment", own.schedules.equipment, zone, building, schedules, book),
        fresh_air=_schedule("fresh_air", own.schedules.fresh_air, zone, building, schedules, book),
    )


def _check_people(zone: schema.Zone, at: str) -> None:
    own = zone.gains
    known = own.activity_per_person is not None
    known = known or None not in (own.sensible_per_person, own.latent_per_person)
    if zone.use is None and own.people_density and not known:
        raise TwinError(
            f"Zone '{zone.name}' has people but neither a use nor their heat.",
            "Give sensible_per_person and latent_per_person, or activity_per_person, or a use.",
            key=f"{at}.people_density",
        )


def _schedule(
    kind: str,
    written: str | None,
    zone: schema.Zone,
    building: schema.ExplicitBuilding,
    schedules: dict[str, schema.Schedule],
    book: Ledger,
) -> str:
    at = f"{building.name}.zones.{zone.name}.gains.schedules.{kind}"
    if written is None and zone.use is None:
        return _share(None, at, building, schedules)
    key = _share(written or f"{zone.use}/{kind}", at, building, schedules)
    if written is None:
        book.note_key(at, key, catalogue.schedule_origins()[key])
    return key


def _share(
    key: str | None, at: str, building: schema.ExplicitBuilding, schedules: dict[str, schema.Schedule]
) -> str:
    """Enter a schedule of shares into `schedules` and return its key; without a key it is always 1."""
    if key is None:
        schedules[ALWAYS] = schema.Schedule(constant=1.0)
        return ALWAYS
    found = find_schedule(key, building, at)
    if not _is_share(found):
        raise TwinError(
            f"Schedule '{key}' at {at} leaves the range 0 to 1.",
            "Give shares between 0 and 1, without 'off'.",
            key=at,
        )
    schedules[key] = found
    return key


@lru_cache(maxsize=1024)
def _is_share(schedule: schema.Schedule) -> bool:
    return all(v != "off" and 0.0 <= v <= 1.0 for v in schedule.values())


def _constructions(building: schema.ExplicitBuilding, book: Ledger) -> dict[str, CompleteConstruction]:
    done: dict[str, CompleteConstruction] = {}
    for surface in building.surfaces:
        key = surface.construction
        if key in done:
            continue
        at = f"{building.name}.constructions.{key}"
        found = building.constructions.get(key)
        if found is None:
            known = {**catalogue.constructions(), **building.constructions}
            found = known[catalogue.library_key(key, known, "construction", _at(building, surface))]
        done[key] = complete_construction(key, found, at, book)
    return done


def _glazings(building: schema.ExplicitBuilding, book: Ledger) -> dict[str, schema.Glazing]:
    done: dict[str, schema.Glazing] = {}
    for surface in building.surfaces:
        for window in surface.windows:
            key = window.glazing
            if key in done:
                continue
            if key in building.glazings:
                done[key] = building.glazings[key]
                continue
            known = {**catalogue.glazings(), **building.glazings}
            done[key] = known[catalogue.library_key(key, known, "glazing", _at(building, surface))]
            book.note_key(f"{building.name}.glazings.{key}", key, catalogue.glazing_origin())
    return done


def _shades(
    building: schema.ExplicitBuilding, schedules: dict[str, schema.Schedule], book: Ledger
) -> dict[str, schema.Shade]:
    """Movable shades that windows name; the schedules that draw them are added to the building's."""
    done: dict[str, schema.Shade] = {}
    for surface in building.surfaces:
        for window in surface.windows:
            key, control = window.shading.shade, window.shading.shade_control
            if key is None:
                continue
            for schedule in (control.season, control.schedule):
                if schedule is not None:
                    _share(schedule, f"{_at(building, surface)}.windows.{window.name}", building, schedules)
            if key in done:
                continue
            if key in building.shades:
                done[key] = building.shades[key]
                continue
            known = {**catalogue.shades(), **building.shades}
            done[key] = known[catalogue.library_key(key, known, "shade", _at(building, surface))]
            book.note_key(f"{building.name}.shades.{key}", key, catalogue.shade_origin(key))
    return done


def _at(building: schema.ExplicitBuilding, surface: schema.Surface) -> str:
    return f"{building.name}.surfaces.{surface.name}"


def _hvac(building: schema.ExplicitBuilding, book: Ledger) -> CompleteHvac:
    at, hvac = f"{building.name}.hvac", building.hvac
    kind: str | None = hvac.type
    if kind is None:
        kind = "vrf"
        book.note_key(
            f"{at}.type", kind, catalogue.Origin("usual in small buildings of Shanghai", 2026, "assumed")
        )
    equipment = hvac.equipment
    if equipment is None:
        equipment, origin = catalogue.equipment_key(kind, building.era)
        book.note_key(f"{at}.equipment", equipment, origin)
    cooling, heating = hvac.cooling_capacity, hvac.heating_capacity
    return CompleteHvac(
        kind,
        equipment,
        None if cooling == "autosize" else cooling,
        None if heating == "autosize" else heating,
        hvac.sizing_factor,
        hvac.cooling_efficiency_factor,
        hvac.heating_efficiency_factor,
    )


def _ventilation(building: schema.ExplicitBuilding, category: str, book: Ledger) -> CompleteVentilation:
    at, own = f"{building.name}.ventilation", building.ventilation
    era = catalogue.fresh_air(category, building.era)

    def pick(name: str, written: float | None, library: float, unit: str) -> float:
        return written if written is not None else book.note(f"{at}.{name}", library, unit, era.origin)

    return CompleteVentilation(
        pick("heat_recovery_sensible", own.heat_recovery_sensible, era.heat_recovery_sensible, "1"),
        pick("heat_recovery_latent", own.heat_recovery_latent, era.heat_recovery_latent, "1"),
        pick("specific_fan_power", own.specific_fan_power, era.specific_fan_power, "W/(m3/s)"),
        own.bypass if own.bypass is not None else era.bypass,
        own.demand_controlled,
        own.dehumidification,
    )
