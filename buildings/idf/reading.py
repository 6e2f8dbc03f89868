"""From a model of EnergyPlus to a project: description, what is the nearest only, what was left aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from buildings.description.schema import Project
from buildings.idf.airflow import Airflow
from buildings.idf.constructions import Constructions, significant
from buildings.idf.envelope import GROUND, Envelope, wind_film
from buildings.idf.fresh_air import FreshAir, fresh_air_of
from buildings.idf.gains import Gains
from buildings.idf.left_aside import note_left_aside
from buildings.idf.model import Model, Note, open_model
from buildings.idf.movable_shades import MovableShades
from buildings.idf.naming import Names, plain_name
from buildings.idf.openings import MILD, Openings, Outdoors
from buildings.idf.reduction import reduced
from buildings.idf.schedules import Schedules, Values
from buildings.idf.shapes import Space, spaces_of
from buildings.idf.thermostats import SetPoints, set_points
from buildings.idf.zone_lists import ZoneLists
from weather.errors import TwinError

_TERRAINS = {
    "CITY": "city",
    "URBAN": "suburbs",
    "SUBURBS": "suburbs",
    "COUNTRY": "country",
    "OCEAN": "country",
}
TIMESTEP_MIN = 15
"""Step of every project that is read from a model [min]."""
_NO_LIMIT_W_M2 = 1000.0
"""Capacity per floor area that leaves no load of a zone unmet [W/m2]; ideal systems have no limit."""


_NO_LIMIT_W = 1e9
"""Capacity of the plant that leaves the zones' own limits to bind [W]."""


@dataclass(frozen=True)
class Reading:
    """What a model became.

    Attributes
    ----------
    project : Project
        Validated; one building of explicit zones.
    content : dict
        The same as plain mappings and lists, as it is written to a file.
    zones : mapping
        Name of each zone in the project to its name in the model.
    notes : tuple of Note
        What is the nearest expression only, and what was left aside.
    version : tuple of int
        As the model states it.
    """

    project: Project
    content: dict[str, Any]
    zones: Mapping[str, str]
    notes: tuple[Note, ...]
    version: tuple[int, int]


def read_idf(
    path: str | Path,
    *,
    year: int = 2025,
    weather: str = "shanghai",
    outdoors: Outdoors = MILD,
    fresh_air: bool = False,
) -> Reading:
    """Read an IDF or epJSON as a project.

    Parameters
    ----------
    path : path-like
        Model of EnergyPlus 9.0 to the installed version.
    year : int
        Calendar year that gives the weekdays; not a leap year.
    weather : str
        Weather of the project.
    outdoors : Outdoors
        Air of that weather, for what a project can say only on the mean.
    fresh_air : bool
        Whether zones get the design outdoor air of the systems that are set aside.

    Returns
    -------
    Reading

    Raises
    ------
    TwinError
        A file that is no sound model, or one that a project cannot express.
    """
    return reading_of(open_model(path), year=year, weather=weather, outdoors=outdoors, fresh_air=fresh_air)


def reading_of(
    model: Model,
    *,
    year: int = 2025,
    weather: str = "shanghai",
    outdoors: Outdoors = MILD,
    fresh_air: bool = False,
) -> Reading:
    """The same of an opened model."""
    writer = _Writer(model, year, outdoors, fresh_air=fresh_air)
    content = {
        "schema": 1,
        "name": plain_name(model.path.stem),
        "description": f"Read from {model.path.name} (EnergyPlus {model.version[0]}.{model.version[1]}).",
        "year": year,
        "calendar": "weekdays",
        "weather": weather,
        "timestep": float(TIMESTEP_MIN),
        "site": writer.site(),
        "buildings": [writer.building()],
    }
    note_left_aside(model)
    try:
        project = Project.model_validate(content)
    except ValidationError as error:
        raise _beyond(error, content, model) from None
    zones = {writer.zone_of(space.name): space.name for space in writer.spaces}
    return Reading(project, content, zones, model.notes.listed(), model.version)


def _beyond(error: ValidationError, content: dict[str, Any], model: Model) -> TwinError:
    """What of the model lies beyond what a project can hold."""
    first = error.errors()[0]
    place: Any = content
    words: list[str] = []
    for part in first["loc"]:
        if not isinstance(place, str):
            try:
                place = place[part]
            except (KeyError, IndexError, TypeError):
                continue
            named = place.get("name") if isinstance(place, dict) else None
            words.append(f"'{named}'" if named else str(part))
    remedy = "Change that in the model; a project holds what a building can be."
    context = first.get("ctx", {})
    if isinstance(context, dict) and "remedy" in context:
        remedy = str(context["remedy"])
    more = len(error.errors()) - 1
    tail = f" ({more} more)" if more else ""
    return model.wrong(f"{' '.join(words)}: {first['msg']}{tail}.", remedy)


class _Writer:
    """Writes the parts of a project from one model."""

    def __init__(self, model: Model, year: int, outdoors: Outdoors, *, fresh_air: bool) -> None:
        self.model, self.year, self.outdoors, self.fresh_air = model, year, outdoors, fresh_air
        self.spaces = spaces_of(model)
        self.lists = ZoneLists(model, self.spaces)
        self.schedules = Schedules(model, year)
        self.points = set_points(model, self.schedules, self.lists)
        self.constructions = Constructions(model)
        self.zone_of = Names()
        for space in self.spaces:
            self.zone_of(space.name)
        self.written: dict[str, dict[str, Any]] = {}
        self._by_values: dict[bytes, str] = {}
        self._names = Names()
        self.movable = MovableShades(model, self.schedules, self.schedule)
        self.envelope = Envelope(model, self.spaces, self.constructions, self.zone_of, self.movable)

    # --- schedules -------------------------------------------------------------------------------------

    def schedule(self, label: str, values: Values) -> str:
        """Key of a written schedule with these values; equal values share one."""
        values = np.where(np.isnan(values), np.nan, np.round(values, 9))
        key = np.ascontiguousarray(values).tobytes()
        if key not in self._by_values:
            name = self._names.new(label)
            self._by_values[key] = name
            self.written[name] = reduced(values, self.year)
        return self._by_values[key]

    # --- site ------------------------------------------------------------------------------------------

    def site(self) -> dict[str, Any]:
        """Terrain, ground reflectance and ground temperatures."""
        building = self.model.first("BUILDING")
        terrain = building.text("Terrain", "Suburbs").upper() if building is not None else "SUBURBS"
        if terrain == "OCEAN":  # EnergyPlus' urban terrain has the wind profile of its suburbs
            self.model.notes.add("nearest", "site", "terrain ocean as country")
        site: dict[str, Any] = {
            "terrain": _TERRAINS.get(terrain, "suburbs"),
            "ground_reflectance": self._reflectance(),
        }
        temperatures = self._ground_temperatures()
        return {**site, "ground_temperatures": temperatures} if temperatures else site

    def _reflectance(self) -> float:
        record = self.model.first("SITE:GROUNDREFLECTANCE")
        if record is None:
            return 0.2
        months = [record.number(f"{m}_Ground_Reflectance", 0.2) for m in _MONTHS]
        if max(months) - min(months) > 0.005:
            self.model.notes.add("nearest", "site", "ground reflectance by months as its mean")
        return significant(sum(months) / 12.0, 4)

    def _ground_temperatures(self) -> list[float]:
        """Temperatures at the outer face of what lies on the ground [degC], those of most of its area."""
        areas = {
            kind: sum(p.area for s in self.spaces for p in s.planes if p.boundary == kind) for kind in GROUND
        }
        if not any(areas.values()):
            return []
        chosen = max(areas, key=lambda kind: areas[kind])
        if sum(1 for area in areas.values() if area > 0.0) > 1:
            self.model.notes.add(
                "nearest",
                "ground",
                f"several ground boundaries, all under the temperatures of {chosen.lower()}",
            )
        if chosen == "FOUNDATION":
            self.model.notes.add(
                "nearest",
                "ground",
                "ground in two dimensions (Kiva) as a slab by ISO 13370 over undisturbed soil",
            )
            return []
        shallow = chosen == "GROUNDFCFACTORMETHOD"
        kind = (
            "SITE:GROUNDTEMPERATURE:FCFACTORMETHOD" if shallow else "SITE:GROUNDTEMPERATURE:BUILDINGSURFACE"
        )
        record = self.model.first(kind)
        if record is None:
            self.model.notes.add("assumed", "ground", "18 degC at all times, as EnergyPlus without an entry")
            return [18.0] * 12
        return [record.number(f"{m}_Ground_Temperature", 18.0) for m in _MONTHS]

    # --- building --------------------------------------------------------------------------------------

    def _fresh_air(self, gains: Gains) -> dict[str, FreshAir]:
        if not self.fresh_air:
            return {}
        found = fresh_air_of(self.model, self.spaces, self.lists, self.schedules, gains)
        self.model.notes.add(
            "nearest",
            "outdoor air",
            "design outdoor air of systems as outdoor air of the zone, without heat recovery or economiser",
            len(found),
        )
        return found

    def building(self) -> dict[str, Any]:
        """The building with its zones, surfaces, constructions and schedules."""
        rooms = {name: points.room_temperature for name, points in self.points.items()}
        gains = Gains(self.model, self.schedules, self.lists, rooms)
        openings = Openings(self.model, self.schedules, self.outdoors, rooms)
        air = Airflow(self.model, self.schedules, self.lists, openings)
        surfaces = [*self.envelope.surfaces(), *self.envelope.internal_mass(self.lists)]
        floors: dict[str, float] = {}
        for surface in surfaces:
            if surface["kind"] == "floor":
                floors[surface["zone"]] = floors.get(surface["zone"], 0.0) + surface["area"]
        fresh = self._fresh_air(gains)
        zones = [self._zone(space, gains, air, fresh.get(space.name.upper())) for space in self.spaces]
        exchanges = [*self._air_boundaries(), *air.exchanges(self.spaces, self.zone_of, self.schedule)]
        building = self.model.first("BUILDING")
        name = plain_name(building.name) if building is not None and building.name else "building"
        used = {s["construction"] for s in surfaces}
        content: dict[str, Any] = {
            "name": name,
            "hvac": {"type": "ideal", "heating_capacity": _NO_LIMIT_W, "cooling_capacity": _NO_LIMIT_W},
            "ventilation": {
                "heat_recovery_sensible": 0.0,
                "heat_recovery_latent": 0.0,
                "specific_fan_power": 0.0,
                "bypass": False,
            },
            "zones": zones,
            "surfaces": surfaces,
            "constructions": {
                self.envelope.keys(key): one
                for key, one in self.constructions.opaque.items()
                if self.envelope.keys(key) in used
            },
            "glazings": {self.envelope.keys(k): one for k, one in self.constructions.glazings.items()},
            "schedules": self.written,
        }
        if self.movable.written:
            content["shades"] = self.movable.written
        if exchanges:
            content["air_exchanges"] = exchanges
        if self.envelope.plates:
            content["wind_film"] = wind_film(self.model)
        return content

    def _air_boundaries(self) -> list[dict[str, Any]]:
        found = []
        for one in self.envelope.exchanges:
            schedule = one.pop("schedule")
            if schedule:
                record = next(self.model.all("CONSTRUCTION:AIRBOUNDARY"))
                one["schedule"] = self.schedule("mixing", self.schedules.values(schedule, record))
            found.append(one)
        return found

    def _zone(self, space: Space, gains: Gains, air: Airflow, fresh: FreshAir | None) -> dict[str, Any]:
        if space.floor_area <= 0.0:
            space.floor_area = max(plane.area for plane in space.planes)
        zone: dict[str, Any] = {
            "name": self.zone_of(space.name),
            "floor_area": significant(space.floor_area, 7),
            "volume": significant(space.volume, 7),
        }
        if space.multiplier > 1:
            zone["multiplier"] = space.multiplier
        zone["elevation"] = significant(space.floor_height)
        zone["gains"] = gains.of(space, self.schedule)
        if fresh is not None:
            peak = float(fresh.values.max())
            zone["gains"]["fresh_air_changes"] = significant(3600.0 * fresh.flow * peak / space.volume)
            if np.ptp(fresh.values) > 0.0:
                key = self.schedule("fresh air", fresh.values / peak)
                zone["gains"].setdefault("schedules", {})["fresh_air"] = key
        zone |= air.of(space, gains.heads(space), self.schedule)
        zone |= self._capacity_multipliers(space)
        points = self.points.get(space.name.upper())
        if points is None:
            return {**zone, "conditioned": False}
        most = significant(_NO_LIMIT_W_M2 * space.floor_area)
        return {
            **zone,
            "thermostat": self._thermostat(points),
            "heating_capacity": most,
            "cooling_capacity": most,
        }

    def _thermostat(self, points: SetPoints) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for side, values in (("heating", points.heating), ("cooling", points.cooling)):
            steady = not np.isnan(values).any() and float(np.ptp(values)) == 0.0
            fields[side] = (
                significant(float(values[0, 0])) if steady else self.schedule(f"{side} set-point", values)
            )
        return fields

    def _capacity_multipliers(self, space: Space) -> dict[str, float]:
        fields: dict[str, float] = {}
        for record in self.model.all("ZONECAPACITANCEMULTIPLIER:RESEARCHSPECIAL"):
            where = record.text("Zone_or_ZoneList_Name")
            if where and space.name.upper() not in self.lists.zones(where, record):
                continue
            for key, name in (("sensible", "Temperature"), ("moisture", "Humidity")):
                value = record.number(f"{name}_Capacity_Multiplier", 1.0)
                if value != 1.0:
                    fields[f"{key}_capacity_multiplier"] = value
        return fields


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
