"""The reference building (基准建筑): the same body with the envelope and systems of a code.

GB/T 51350-2019 measures a design against the same geometry, orientation and use with the envelope and systems
of the codes of about 2016. An archetype is expanded to its zones and surfaces first, so that there is one way
for all buildings. What the standard's appendix fixes and nobody read (window-to-wall ratio and plant by
building type) stays as designed and is entered as `missing`. Every change is entered with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from buildings.description.archetype import expand
from buildings.description.ledger import Ledger
from buildings.description.schema import (
    ArchetypeBuilding,
    Building,
    Construction,
    DcBus,
    EndUses,
    Era,
    ExplicitBuilding,
    Glazing,
    Hvac,
    Project,
    Shading,
    Surface,
    Ventilation,
    Window,
    Zone,
)
from buildings.description.stacks import complete_construction
from buildings.library import catalogue
from buildings.library.catalogue import Origin
from buildings.library.data_text import read_data
from buildings.standards.conditions import DWELLING_HEATING, under_conditions
from buildings.standards.elements import (
    Element,
    category_of,
    element_of,
    shape_coefficient,
    side_of,
    window_wall_ratios,
)
from buildings.standards.replaced import Derivation, Replaced
from buildings.systems.boiler import Boiler

_KEPT = Origin("same geometry, orientation and use as the design, GB/T 51350-2019", 2019, "gk-verify")
_NONE = Origin("the reference building has none", 2019, "gk-verify")
_CODE_TIME = Origin("the codes of about 2016 ask for none", 2016, "gk-verify")
_FOLLOWED = ("vrf", "air_source_heat_pump", "chiller_boiler")
_LABELS: Mapping[str, tuple[str, str]] = {
    "wall": ("U of outer walls", "外墙传热系数"),
    "roof": ("U of roofs", "屋面传热系数"),
    "exposed_floor": ("U of exposed floors", "架空楼板传热系数"),
}


@dataclass(frozen=True)
class ReferenceBuilding:
    """A reference building and how it was derived.

    Parameters
    ----------
    project : Project
        The design's project with the reference in the place of each building.
    derivation : tuple of Replaced
        What was replaced, from what, by what, and by which source.
    """

    project: Project
    derivation: tuple[Replaced, ...]


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("buildings.standards") / "data" / "reference_building.yaml").read_text("utf-8")
    content: dict[str, Any] = read_data(text)
    return content


def _origin(entry: Mapping[str, Any]) -> Origin:
    return Origin(str(entry["source"]), int(entry["year"]), str(entry["confidence"]))


def reference_building(project: Project, *, hvac_type: str | None = None) -> ReferenceBuilding:
    """Derive the reference building of GB/T 51350-2019 from a design.

    Parameters
    ----------
    project : Project
        As validated; archetypes and explicit buildings.
    hvac_type : str, optional
        Kind of plant of the reference (`vrf`, `air_source_heat_pump`, `chiller_boiler`); default the
        design's, because the standard's table by building type was not found.

    Returns
    -------
    ReferenceBuilding
        Under the conditions of the standard, without heat recovery, PV, battery, vehicles and DC bus.

    Raises
    ------
    TwinError
        A library key that does not exist, or a U value that no thickness reaches.
    """
    book = Derivation()
    buildings = tuple(_reference(building, hvac_type, book) for building in project.buildings)
    update = {"buildings": buildings, "event": None, "faults": (), "variability": "hourly"}
    return ReferenceBuilding(project.model_copy(update=update), book.shared())


def _reference(building: Building, hvac_type: str | None, book: Derivation) -> ExplicitBuilding:
    # Before an archetype is expanded: what it says of its use would otherwise be written into its zones.
    explicit = explicit_form(under_conditions(building, book, dwelling_heating=DWELLING_HEATING))
    code: Era = _data()["code"]
    _keep_body(explicit, book)
    done = with_envelope(explicit, code, book)
    done = _with_air(done, code, book)
    done = _with_lighting(done, code, book)
    done = _with_systems(done, code, hvac_type, book)
    return ExplicitBuilding.model_validate(dict(done) | {"era": code})


def explicit_form(building: Building) -> ExplicitBuilding:
    """A building by its zones and surfaces; an archetype is expanded."""
    return expand(building) if isinstance(building, ArchetypeBuilding) else building


def _keep_body(building: ExplicitBuilding, book: Derivation) -> None:
    zones = {zone.name: zone for zone in building.zones}
    area = sum(zone.floor_area * zone.multiplier for zone in building.zones)
    words = ("geometry, orientation, use", "几何、朝向与用途")
    book.put(f"{building.name}.floor_area", words, area, area, _KEPT, "m2")
    missing = _origin(_data()["window_wall_ratio"])
    for side, ratio in window_wall_ratios(building.surfaces, zones).items():
        at = f"{building.name}.window_wall_ratio.{side}"
        book.put(at, ("window-to-wall ratio", "窗墙面积比"), ratio, ratio, missing, "1")


# --- envelope -------------------------------------------------------------------------------------------


def with_envelope(building: ExplicitBuilding, code: Era, book: Derivation) -> ExplicitBuilding:
    """The building with walls, roofs, exposed floors and windows at the limits of a code.

    Parameters
    ----------
    building : ExplicitBuilding
    code : str
        Era of the library whose limits are taken.
    book : Derivation
        Receives what was replaced.

    Returns
    -------
    ExplicitBuilding
        Layers of the code's stacks, solved for its U; windows of its U and SHGC without shades, because that
        SHGC counts them. Ground floors, partitions and what no limit is known for are as they were.
    """
    zones = {zone.name: zone for zone in building.zones}
    limits = _opaque_limits(building, code, book)
    ratios = window_wall_ratios(building.surfaces, zones)
    constructions, glazings = dict(building.constructions), dict(building.glazings)
    surfaces, used = [], set()
    for surface in building.surfaces:
        element = element_of(surface, zones)
        update: dict[str, Any] = {}
        if element in limits:
            used.add(element)
            update["construction"] = _named(code, element)
        if surface.windows and element is not None:
            found = _window(building, surface, element, ratios, code)
            if found is not None:
                key, glazing, _ = found
                glazings[key] = glazing
                update["windows"] = tuple(_bare(window, key) for window in surface.windows)
        surfaces.append(surface.model_copy(update=update) if update else surface)
    for element in sorted(used):
        u_value, stack, origin = limits[element]
        constructions[_named(code, element)] = catalogue.stack(stack, u_value)
        was = mean_u(building, element)
        at = f"{building.name}.{element}.u_value"
        book.put(at, _LABELS[element], was, u_value, origin, "W/(m2.K)")
    _tell_windows(building, ratios, code, book)
    return building.model_copy(
        update={"surfaces": tuple(surfaces), "constructions": constructions, "glazings": glazings}
    )


def _named(code: str, element: str) -> str:
    return f"{code} {element}"


def _opaque_limits(
    building: ExplicitBuilding, code: Era, book: Derivation
) -> dict[str, tuple[float, str, Origin]]:
    """U, stack and source of each opaque element for which the code has a limit."""
    category, data = category_of(building), _data()
    found: dict[str, tuple[float, str, Origin]] = {}
    for element in ("wall", "roof"):
        limit = catalogue.opaque_limit(category, code, element)
        found[element] = limit.u_value, limit.stack, limit.origin
    strict = data["compactness"].get(category, {}).get(code)
    if strict is not None:
        zones = {zone.name: zone for zone in building.zones}
        volumes = {z.name: z.volume or z.floor_area * (z.height or 0.0) for z in building.zones}
        shape = shape_coefficient(building.surfaces, zones, volumes)
        derived = Origin("outer area over conditioned volume", 2026, "derived")
        words = ("shape coefficient", "体形系数")
        book.put(f"{building.name}.shape_coefficient", words, shape, shape, derived, "1/m")
        if shape > float(data["compactness"]["limit"]):
            for element, entry in strict.items():
                found[element] = float(entry["u"]), found[element][1], _origin(entry)
    floor = data["exposed_floor"].get(category, {}).get(code)
    if floor is not None:
        found["exposed_floor"] = float(floor["u"]), found["roof"][1], _origin(floor)
    return found


def mean_u(building: ExplicitBuilding, element: Element | str) -> float | None:
    """Area-weighted U of an opaque element [W/(m2.K)]; None where the building has none of it."""
    zones = {zone.name: zone for zone in building.zones}
    known = {**catalogue.constructions(), **building.constructions}
    total = area = 0.0
    for surface in building.surfaces:
        if element_of(surface, zones) != element:
            continue
        size = zones[surface.zone].multiplier * surface.opaque_area
        total += size * _u_value(surface.construction, known, building.name)
        area += size
    return total / area if area > 0.0 else None


def _u_value(key: str, known: Mapping[str, Construction], name: str) -> float:
    at = f"{name}.constructions.{key}"
    found = known[catalogue.library_key(key, known, "construction", at)]
    return complete_construction(key, found, at, Ledger()).u_value


def _bare(window: Window, glazing: str) -> Window:
    return window.model_copy(update={"glazing": glazing, "shading": Shading()})


def _window(
    building: ExplicitBuilding, surface: Surface, element: str, ratios: Mapping[Any, float], code: Era
) -> tuple[str, Glazing, Origin] | None:
    """Key, glazing and source of the code's window in a surface; None where it has no limit."""
    category = category_of(building)
    if element == "wall" and surface.azimuth is not None:
        side = side_of(surface.azimuth)
        limit = catalogue.window_limit(category, code, ratios[side], side == "north")
        glazing = Glazing.model_validate(
            {"u_value": limit.u_value, "shgc": limit.shgc, "panes": limit.panes, "coating": limit.coating}
        )
        return f"{code} window {side}", glazing, limit.origin
    entry = _data()["skylight"].get(category, {}).get(code)
    if element != "roof" or entry is None:
        return None
    made = Glazing.model_validate(
        {"u_value": entry["u"], "shgc": entry["shgc"], "panes": 2, "coating": "low_e"}
    )
    return f"{code} skylight", made, _origin(entry)


def _tell_windows(
    building: ExplicitBuilding, ratios: Mapping[Any, float], code: Era, book: Derivation
) -> None:
    """One entry of U and one of SHGC for each kind of window, with the design's mean."""
    zones = {zone.name: zone for zone in building.zones}
    known = {**catalogue.glazings(), **building.glazings}
    places: dict[str, list[tuple[float, Glazing]]] = {}
    limits: dict[str, tuple[str, Glazing, Origin]] = {}
    for surface in building.surfaces:
        element = element_of(surface, zones)
        if element is None or not surface.windows:
            continue
        found = _window(building, surface, element, ratios, code)
        place = found[0].removeprefix(f"{code} ") if found else f"window in {surface.name}"
        if found is None:
            gone = Origin("no limit of the code was found; the design's window stays", 2026, "missing")
            book.put(f"{building.name}.{place}", ("window", "外窗"), "as written", "as written", gone)
            continue
        limits[place] = found
        times = zones[surface.zone].multiplier
        for window in surface.windows:
            at = f"{building.name}.surfaces.{surface.name}"
            glass = known[catalogue.library_key(window.glazing, known, "glazing", at)]
            places.setdefault(place, []).append((times * window.area, glass))
    for place, (_, limit, origin) in limits.items():
        for key, words, unit in (
            ("u_value", ("U of windows", "外窗传热系数"), "W/(m2.K)"),
            ("shgc", ("SHGC of windows, shades counted", "外窗太阳得热系数（含遮阳）"), "1"),
        ):
            book.put(
                f"{building.name}.{place}.{key}",
                words,
                _mean(places[place], key),
                float(getattr(limit, key)),
                origin,
                unit,
            )


def _mean(panes: list[tuple[float, Glazing]], key: str) -> float | str:
    """Area-weighted figure of glazings that are written as one; of panes it is told in words."""
    if any(getattr(glass, key) is None for _, glass in panes):
        return "by layers"
    return sum(area * float(getattr(glass, key)) for area, glass in panes) / sum(a for a, _ in panes)


# --- air, light, systems --------------------------------------------------------------------------------


def _with_air(building: ExplicitBuilding, code: Era, book: Derivation) -> ExplicitBuilding:
    """Infiltration of zones with an outer wall and mechanical fresh air as of the code's time."""
    facades = {s.zone for s in building.surfaces if s.boundary == "outdoors" and s.kind == "wall"}
    zones = tuple(_tight(zone, building, zone.name in facades, code, book) for zone in building.zones)
    own, era = building.ventilation, catalogue.fresh_air(category_of(building), code)
    designed = catalogue.fresh_air(category_of(building), building.era)
    at = f"{building.name}.ventilation"
    for key, words, unit, origin in (
        ("heat_recovery_sensible", ("sensible heat recovery", "显热回收效率"), "1", _CODE_TIME),
        ("heat_recovery_latent", ("latent heat recovery", "潜热回收效率"), "1", _CODE_TIME),
        ("specific_fan_power", ("fan power", "单位风量耗功率"), "W/(m3/s)", era.origin),
    ):
        was = getattr(own, key) if getattr(own, key) is not None else getattr(designed, key)
        book.put(f"{at}.{key}", words, was, getattr(era, key), origin, unit)
    if own.dehumidification is not None:
        words = ("drying of the fresh air apart", "独立除湿")
        book.put(f"{at}.dehumidification", words, own.dehumidification.equipment, None, _CODE_TIME)
    if own.demand_controlled:
        book.put(f"{at}.demand_controlled", ("fresh air by people", "新风需求控制"), "yes", "no", _CODE_TIME)
    # A measured N50 is the design's.
    facts = building.standards.model_copy(update={"n50": None})
    return building.model_copy(update={"zones": zones, "ventilation": Ventilation(), "standards": facts})


def _tight(zone: Zone, building: ExplicitBuilding, facade: bool, code: Era, book: Derivation) -> Zone:
    at = f"{building.name}.zones.{zone.name}"
    update: dict[str, Any] = {} if zone.n50 is None else {"n50": None}
    for key in ("heating_capacity", "cooling_capacity"):
        if getattr(zone, key) is not None:
            words = ("capacity of the zone", "房间设备容量")
            book.put(f"{at}.{key}", words, getattr(zone, key), "autosize", _CODE_TIME, "W")
            update[key] = None
    if zone.natural_ventilation is not None:
        stays = Origin(
            "openings are taken for part of the body; the standard's rule was not found", 2026, "missing"
        )
        words = ("natural ventilation", "自然通风")
        book.put(f"{at}.natural_ventilation", words, "as written", "as written", stays)
    if facade and zone.conditioned:
        category = catalogue.use(zone.use).category if zone.use is not None else "public"
        figure = catalogue.infiltration(category, code)
        was = zone.infiltration
        if was is None:
            was = catalogue.infiltration(category, building.era).value
        book.put(
            f"{at}.infiltration", ("infiltration", "渗透换气次数"), was, figure.value, figure.origin, "1/h"
        )
        update |= {
            "infiltration": figure.value,
            "infiltration_schedule": None,
            "infiltration_coefficients": None,
        }
    return zone.model_copy(update=update) if update else zone


def _with_lighting(building: ExplicitBuilding, code: Era, book: Derivation) -> ExplicitBuilding:
    """Installed lighting of GB 50034-2013."""
    zones = []
    for zone in building.zones:
        if zone.use is None or not zone.conditioned:
            zones.append(zone)
            continue
        was, now = zone.gains.lighting_power, catalogue.lighting_power(zone.use, code)
        if was is None:
            was = catalogue.lighting_power(zone.use, building.era).value
        # A zone without lamps has none in the reference either.
        power = 0.0 if was == 0.0 else now.value
        at = f"{building.name}.zones.{zone.name}.gains.lighting_power"
        book.put(at, ("installed lighting", "照明功率密度"), was, power, now.origin, "W/m2")
        cleared = dict.fromkeys(("lighting_lost_fraction", "lighting_radiant_fraction"))
        gains = zone.gains.model_copy(update={"lighting_power": power, **cleared})
        zones.append(zone.model_copy(update={"gains": gains}))
    return building.model_copy(update={"zones": tuple(zones)})


def _with_systems(
    building: ExplicitBuilding, code: Era, hvac_type: str | None, book: Derivation
) -> ExplicitBuilding:
    """Plant of the code's time; nothing that makes, stores or moves electricity."""
    at, own = f"{building.name}.hvac", building.hvac
    kind = hvac_type or (own.type if own.type in _FOLLOWED else "vrf")
    was = own.equipment
    if was is None:
        was = catalogue.equipment_key(own.type or "vrf", building.era)[0]
    now, origin = catalogue.equipment_key(kind, code)
    book.put(f"{at}.type", ("kind of plant", "冷热源形式"), own.type, kind, _origin(_data()["plant_kind"]))
    book.put(f"{at}.equipment", ("plant", "冷热源设备"), was, now, origin)
    # The heating set-point is a condition, not part of the plant.
    plant = Hvac(type=kind, equipment=now, heating_setpoint=own.heating_setpoint)
    update: dict[str, Any] = {"hvac": plant}
    for key, words in (
        ("pv", ("photovoltaics", "光伏")),
        ("battery", ("battery", "储能")),
        ("dc_bus", ("DC bus", "直流母线")),
        ("plant_room", ("plant room", "机房设备")),
    ):
        value = getattr(building, key)
        if value:
            book.put(f"{building.name}.{key}", words, _told(value), None, _NONE)
            update[key] = () if isinstance(value, tuple) else None
    if building.end_uses is not None:
        update |= _hot_water(building.end_uses, building.name, book)
    return building.model_copy(update=update)


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part.name) for part in value)
    return f"{value.voltage:g} V" if isinstance(value, DcBus) else f"{value.capacity:g} kWh"


def _hot_water(own: EndUses, name: str, book: Derivation) -> dict[str, Any]:
    """The same people and meals; hot water from gas, locally or by a boiler where it was central."""
    words = ("hot water", "生活热水")
    central = own.hot_water is None
    entry = _data()["hot_water_central" if central else "hot_water"]
    was = own.hot_water or "plant room"
    book.put(f"{name}.end_uses.hot_water", words, was, entry["value"], _origin(entry))
    uses = EndUses(use=own.use, count=own.count, central=own.central)
    if not central:
        return {"end_uses": uses.model_copy(update={"hot_water": entry["value"]})}
    boiler = Boiler(type="boiler", name="hot water", serves="hot_water", equipment=entry["value"])
    return {"end_uses": uses, "plant_room": (boiler,)}
