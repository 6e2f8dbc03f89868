"""The library's data files as typed records: materials, constructions, eras, uses, schedules, archetypes.

Each figure keeps its source, year and confidence (`stored:primary`, `stored:secondary`, `derived`,
`gk-verify`, `assumed`), so that `describe` and every report can show them.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from buildings.description.schema import Construction, Glazing, Schedule, Shade
from buildings.library.data_text import read_data
from weather.errors import TwinError

ORIENTATIONS = ("north", "east", "south", "west")


@dataclass(frozen=True)
class Origin:
    """Where a figure comes from."""

    source: str
    year: int
    confidence: str


@dataclass(frozen=True)
class Material:
    """A homogeneous material: conductivity [W/(m.K)], density [kg/m3], specific heat [J/(kg.K)]."""

    key: str
    name_zh: str
    name_en: str
    conductivity: float
    density: float
    specific_heat: float
    origin: Origin


@dataclass(frozen=True)
class OpaqueLimit:
    """U limit [W/(m2.K)] of an element in an era and the layer stack that is solved for it."""

    u_value: float
    stack: str
    origin: Origin


@dataclass(frozen=True)
class WindowLimit:
    """Window of an era: U [W/(m2.K)], SHGC [1], panes, coating, factor of the closed movable shade [1]."""

    u_value: float
    shgc: float
    panes: int
    coating: str
    shade_factor: float
    origin: Origin


@dataclass(frozen=True)
class Use:
    """Densities and heat of a use (GB 55015-2021 Appendix C); per m2 of floor, per person, 1/h."""

    key: str
    name_zh: str
    category: str
    people_density: float
    lighting_power: float
    equipment_power: float
    fresh_air_per_person: float
    fresh_air_changes: float
    sensible_per_person: float
    latent_per_person: float
    people_radiant: float
    lighting_radiant: float
    equipment_radiant: float
    density_origin: Origin
    heat_origin: Origin
    radiant_origin: Origin


@dataclass(frozen=True)
class FreshAir:
    """Mechanical fresh air of an era: specific fan power [W/(m3/s)], effectiveness [1]."""

    specific_fan_power: float
    heat_recovery_sensible: float
    heat_recovery_latent: float
    bypass: bool
    origin: Origin


@dataclass(frozen=True)
class ArchetypeData:
    """Geometry and habits of an archetype; `uses` by zone position (core, north, east, south, west)."""

    key: str
    name_zh: str
    category: str
    storey_height: float
    aspect_ratio: float
    window_wall_ratio: float
    hvac: str
    uses: Mapping[str, str]
    vacations: tuple[tuple[str, str], ...]
    height_origin: Origin
    geometry_origin: Origin
    vacation_origin: Origin


@dataclass(frozen=True)
class Figure:
    """A number with its origin."""

    value: float
    origin: Origin


def library_key(key: str, known: Iterable[str], kind: str, at: str | None = None) -> str:
    """The key itself if the library has it; `at` tells where in the project it was asked for.

    Raises
    ------
    TwinError
        Unknown key; the nearest known keys are named.
    """
    names = list(known)
    if key in names:
        return key
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.4) or sorted(names)[:8]
    raise TwinError(f"'{key}' is not a {kind} of the library.", f"Near it are: {', '.join(near)}.", key=at)


@cache
def _document(name: str) -> dict[str, Any]:
    text = files("buildings.library").joinpath(name).read_text(encoding="utf-8")
    document: dict[str, Any] = read_data(text)
    return document


def _origin(entry: Mapping[str, Any]) -> Origin:
    return Origin(str(entry["source"]), int(entry["year"]), str(entry["confidence"]))


def _figure(entry: Mapping[str, Any]) -> Figure:
    return Figure(float(entry["value"]), _origin(entry))


def _rows(name: str) -> list[dict[str, str]]:
    text = files("buildings.library").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def materials() -> Mapping[str, Material]:
    """Every material by key."""
    return {
        row["key"]: Material(
            row["key"],
            row["name_zh"],
            row["name_en"],
            float(row["conductivity_w_mk"]),
            float(row["density_kg_m3"]),
            float(row["specific_heat_j_kgk"]),
            _origin(row),
        )
        for row in _rows("materials.csv")
    }


def material(key: str, at: str | None = None) -> Material:
    """A material of the library by its key."""
    return materials()[library_key(key, materials(), "material", at)]


@cache
def films() -> tuple[Figure, Figure]:
    """Surface resistances of GB 50176 [m2.K/W] that U values are solved with: inside, outside."""
    entry = _document("constructions.yaml")["films"]
    return _figure(entry["inside"]), _figure(entry["outside"])


@cache
def constructions() -> Mapping[str, Construction]:
    """Constructions of the library without an era, by key."""
    entries = _document("constructions.yaml")["constructions"]
    return {key: Construction.model_validate(entry) for key, entry in entries.items()}


def stack(key: str, u_value: float) -> Construction:
    """A layer stack of the library with the U [W/(m2.K)] that its free layer is to be solved for."""
    stacks = _document("constructions.yaml")["stacks"]
    layers = stacks[library_key(key, stacks, "layer stack")]["layers"]
    return Construction.model_validate({"layers": layers, "u_value": u_value})


def stack_origin() -> Origin:
    """Where the choice of materials in the stacks comes from."""
    return _origin(_document("constructions.yaml")["stacks_source"])


@cache
def glazings() -> Mapping[str, Glazing]:
    """Glazings of the library by key."""
    return {k: Glazing.model_validate(v) for k, v in _document("glazings.yaml")["glazings"].items()}


def glazing_origin() -> Origin:
    """Where the library's glazings come from."""
    return _origin(_document("glazings.yaml"))


@cache
def shades() -> Mapping[str, Shade]:
    """Movable shades of the library by key."""
    adapter: TypeAdapter[Shade] = TypeAdapter(Shade)
    own = ("name_zh", "name_en", "source", "year", "confidence")
    return {
        key: adapter.validate_python({k: v for k, v in entry.items() if k not in own})
        for key, entry in _document("shades.yaml")["shades"].items()
    }


def shade_origin(key: str) -> Origin:
    """Where a movable shade of the library comes from."""
    return _origin({**_document("shades.yaml"), **_document("shades.yaml")["shades"][key]})


def opaque_limit(category: str, era: str, element: str) -> OpaqueLimit:
    """U and stack of `wall` or `roof` for a category (public, residential) and an era."""
    entry = _document("eras.yaml")["opaque"][category][era][element]
    return OpaqueLimit(float(entry["u"]), str(entry["stack"]), _origin(entry))


def window_limit(category: str, era: str, wwr: float, north: bool) -> WindowLimit:
    """The window of an era for a facade's window-wall ratio [1] and side."""
    table = _document("eras.yaml")["windows"][category][era]
    for row in table["rows"]:
        if wwr <= row["wwr_to"] + 1e-9:
            return WindowLimit(
                float(row["u"]),
                float(row["shgc_north"] if north else row["shgc"]),
                int(row["panes"]),
                str(row["coating"]),
                float(row.get("shade_factor", 1.0)),
                _origin(table),
            )
    raise TwinError(f"No window class covers a window-wall ratio of {wwr:g}.", "Use at most 0.95.")


def infiltration(category: str, era: str) -> Figure:
    """Infiltration [1/h] of zones with a facade."""
    return _figure(_document("eras.yaml")["infiltration"][category][era])


def n50_over_infiltration() -> Figure:
    """Air changes at 50 Pa over mean infiltration [1]."""
    return _figure(_document("eras.yaml")["n50_over_infiltration"])


def fresh_air(category: str, era: str) -> FreshAir:
    """Mechanical fresh air of an era."""
    entry = _document("eras.yaml")["ventilation"][category][era]
    return FreshAir(
        float(entry["specific_fan_power"]),
        float(entry["heat_recovery_sensible"]),
        float(entry["heat_recovery_latent"]),
        bool(entry["bypass"]),
        _origin(entry),
    )


def lighting_power(use_key: str, era: str) -> Figure:
    """Installed lighting power [W/m2] of a use in an era."""
    found = use(use_key)
    table = _document("eras.yaml")["lighting_power"].get(era)
    if table is None:
        return Figure(found.lighting_power, found.density_origin)
    group = "residential" if found.category == "residential" else use_key
    origin = _origin(table)
    if group in table.get("read_second_hand", ()):
        origin = replace(origin, confidence="stored:secondary")
    return Figure(float(table["values"][group]), origin)


def equipment_key(hvac_type: str, era: str) -> tuple[str, Origin]:
    """Key of the HVAC equipment of a kind and era."""
    table = _document("eras.yaml")["equipment"]
    return str(table[hvac_type][era]), _origin(table)


@cache
def uses() -> Mapping[str, Use]:
    """Every use by key."""
    document = _document("uses.yaml")
    radiant = document["radiant"]
    origins = [_origin(document[k]) for k in ("density_source", "heat_source", "radiant_source")]
    return {
        key: Use(
            key,
            str(entry["name_zh"]),
            str(entry["category"]),
            1.0 / entry["m2_per_person"],
            float(entry["lighting"]),
            float(entry["equipment"]),
            float(entry["fresh_air_per_person"]),
            float(entry["fresh_air_changes"]),
            float(entry["sensible"]),
            float(entry["latent"]),
            float(radiant["people"]),
            float(radiant["lighting"]),
            float(radiant["equipment"]),
            *origins,
        )
        for key, entry in document["uses"].items()
    }


def use(key: str, at: str | None = None) -> Use:
    """A use of the library by its key."""
    return uses()[library_key(key, uses(), "use", at)]


@cache
def no_use() -> Use:
    """The use of a zone that has none: nothing but what the zone itself says."""
    nothing = Origin("the zone has no use", 2026, "derived")
    radiant = next(iter(uses().values()))
    return Use(
        "none",
        "无",
        "public",
        *(0.0,) * 7,
        radiant.people_radiant,
        radiant.lighting_radiant,
        radiant.equipment_radiant,
        nothing,
        nothing,
        radiant.radiant_origin,
    )


@cache
def schedules() -> Mapping[str, Schedule]:
    """Every schedule by key (`office/occupancy`)."""
    days: dict[str, dict[str, list[float | str]]] = {}
    for row in _rows("schedules.csv"):
        cells = [row[f"h{hour:02d}"] for hour in range(24)]
        values: list[float | str] = [cell if cell == "off" else float(cell) for cell in cells]
        days.setdefault(row["key"], {})[row["day_type"]] = values
    return {key: Schedule.model_validate(day) for key, day in days.items()}


@cache
def schedule_origins() -> Mapping[str, Origin]:
    """Origin of each schedule; of its least certain day type."""
    origins: dict[str, Origin] = {}
    for row in _rows("schedules.csv"):
        found = _origin(row)
        if row["key"] not in origins or found.confidence == "gk-verify":
            origins[row["key"]] = found
    return origins


@cache
def archetypes() -> Mapping[str, ArchetypeData]:
    """Every archetype by key."""
    document = _document("archetypes.yaml")
    origins = [_origin(document[k]) for k in ("storey_height_source", "geometry_source", "vacation_source")]
    return {
        key: ArchetypeData(
            key,
            str(entry["name_zh"]),
            str(entry["category"]),
            float(entry["storey_height"]),
            float(entry["aspect_ratio"]),
            float(entry["window_wall_ratio"]),
            str(entry["hvac"]),
            dict(entry["uses"]),
            tuple((span["first"], span["last"]) for span in entry.get("vacations", ())),
            *origins,
        )
        for key, entry in document["archetypes"].items()
    }


def archetype(key: str) -> ArchetypeData:
    """An archetype of the library by its key."""
    return archetypes()[library_key(key, archetypes(), "archetype")]


def perimeter_depth() -> Figure:
    """Default depth of perimeter zones [m]."""
    return _figure(_document("archetypes.yaml")["perimeter_depth"])


def furniture_share() -> Figure:
    """Area of the furniture construction per floor area [1]."""
    return _figure(_document("archetypes.yaml")["furniture_area_per_floor_area"])
