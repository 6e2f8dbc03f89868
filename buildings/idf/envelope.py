"""Planes of a model as the surfaces of a project: each plane between two zones once, openings in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from buildings.idf.constructions import Constructions, significant
from buildings.idf.model import Model, Record
from buildings.idf.movable_shades import MovableShades
from buildings.idf.naming import Names
from buildings.idf.polygons import area_vector, rim, tilt_azimuth, width_height
from buildings.idf.shades import Shades
from buildings.idf.shadows import Shadows
from buildings.idf.shapes import Opening, Plane, Space
from buildings.idf.zone_lists import ZoneLists

GROUND = ("GROUND", "GROUNDFCFACTORMETHOD", "FOUNDATION")
_GROUND_MODELS = ("GROUNDSLABPREPROCESSOR", "GROUNDBASEMENTPREPROCESSOR")
_KINDS = {"WALL": "wall", "ROOF": "roof", "CEILING": "ceiling", "FLOOR": "floor"}
_LEAST_AREA = 1e-3
_DEFAULT_TILT = {"wall": 90.0, "partition": 90.0, "roof": 0.0, "ceiling": 0.0, "floor": 180.0}


class Envelope:
    """Writes surfaces; construction and glazing keys point into the project's own tables."""

    def __init__(
        self,
        model: Model,
        spaces: list[Space],
        constructions: Constructions,
        zone_of: Names,
        movable: MovableShades,
    ) -> None:
        self.model, self.spaces, self.constructions, self.zone_of = model, spaces, constructions, zone_of
        self.names, self.keys = Names(), Names()
        self.windows = Names()
        self.planes = {p.name.upper(): p for space in spaces for p in space.planes}
        self.behind = _pairs(self.planes)
        self.by_zone = {space.name.upper(): space for space in spaces}
        self.rank = {space.name.upper(): i for i, space in enumerate(spaces)}
        self.shades, self.shadows = Shades(model), Shadows(model, spaces)
        self.movable = movable
        self.films = _fixed_films(model)
        self.exchanges: list[dict[str, Any]] = []
        self.plates = wind_film(model) == "plate"

    def surfaces(self) -> list[dict[str, Any]]:
        """All surfaces of the building."""
        found: list[dict[str, Any]] = []
        for space in self.spaces:
            for plane in space.planes:
                found.extend(self._plane(plane, space))
            if not space.floors:
                found.append(self._missing_floor(space))
        return found

    # --- one plane -------------------------------------------------------------------------------------

    def _plane(self, plane: Plane, space: Space) -> list[dict[str, Any]]:
        boundary, half = self._boundary(plane, space)
        if boundary is None or plane.area < _LEAST_AREA:
            return []
        if self.constructions.is_air(plane.construction):
            self._opening_to(plane, space, boundary)
            return []
        kind = _KINDS.get(plane.kind, "wall")
        if kind == "wall" and boundary not in ("outdoors", "ground", "adiabatic"):
            kind = "partition"
        elif kind == "ceiling" and boundary == "outdoors":
            kind = "roof"
        elif kind == "roof" and boundary not in ("outdoors", "ground"):
            kind = "ceiling"
        surface: dict[str, Any] = {
            "name": self.names(plane.name),
            "zone": self.zone_of(space.name),
            "kind": kind,
            "area": plane.area,
            **_direction(plane, kind, boundary),
            "construction": self._key(plane.construction, plane.record, half=half),
        }
        if boundary != "outdoors":
            surface["boundary"] = boundary
        elif not plane.sun or not plane.wind:
            surface |= {
                k: False
                for k, there in (("sun_exposed", plane.sun), ("wind_exposed", plane.wind))
                if not there
            }
        surface |= self.films.get(plane.name.upper(), {})
        extra = self._openings(plane, surface, boundary, half=half)
        surface["area"] = significant(surface["area"], 7)
        whole = surface["area"] - sum(w["area"] for w in surface.get("windows", ()))
        if surface["area"] < _LEAST_AREA or whole <= 0.0:
            self._all_glass(surface, plane)
        if self.plates and boundary == "outdoors":
            # doors and frames share the wind of the plane that they lie in
            for one in (surface, *extra):
                one["perimeter"] = significant(rim(plane.points) / plane.area * one["area"])
        return [surface, *extra]

    def _all_glass(self, surface: dict[str, Any], plane: Plane) -> None:
        """A project's windows stand in something; one that is all opening keeps a hairline around it."""
        glass = sum(w["area"] for w in surface.get("windows", ()))
        surface["area"] = significant(max(glass * 1.0005, _LEAST_AREA), 7)
        del plane

    def _boundary(self, plane: Plane, space: Space) -> tuple[str | None, bool]:
        """Boundary as a project names it, None where the neighbour writes it; whether half is taken."""
        kind = plane.boundary
        if kind == "OUTDOORS":
            return "outdoors", False
        if kind.startswith(_GROUND_MODELS):
            self.model.notes.add("nearest", "ground", f"{kind.lower()} as ground under monthly temperatures")
            return "ground", False
        if kind in GROUND:
            return "ground", False
        if kind == "ADIABATIC":
            return "adiabatic", True
        if kind in ("SURFACE", "ZONE", "SPACE"):
            return self._neighbour(plane, space)
        self.model.notes.add("nearest", "boundaries", f"{kind.lower()} as adiabatic")
        return "adiabatic", False

    def _neighbour(self, plane: Plane, space: Space) -> tuple[str | None, bool]:
        here = space.name.upper()
        if plane.boundary == "SURFACE":
            other = self.planes.get(plane.neighbour)
            if other is None:
                raise plane.record.wrong(
                    f"the surface '{plane.neighbour}' behind it does not exist.",
                    "Name a surface of the model.",
                )
            if other is plane:
                return "adiabatic", True
            paired = self.behind.get(plane.name.upper())
            if paired is None:
                self.model.notes.add(
                    "nearest",
                    "boundaries",
                    "plane that names another as its other side, which has one already, as adiabatic",
                )
                return "adiabatic", True
            there, written_by_it = self.planes[paired].zone, True
        else:
            there, written_by_it = plane.neighbour, False
            if there not in self.by_zone:
                raise plane.record.wrong(f"the zone '{there}' behind it does not exist.", "Name a zone.")
        if there == here:
            return "adiabatic", True
        if self.by_zone[there].multiplier != space.multiplier:
            self.model.notes.add(
                "nearest",
                "boundaries",
                "plane between zones with different multipliers as adiabatic on both sides",
            )
            return "adiabatic", True
        if written_by_it and self.rank[there] < self.rank[here]:
            return None, False
        return self.zone_of(there), False

    def _opening_to(self, plane: Plane, space: Space, boundary: str) -> None:
        changes, schedule = self.constructions.air_changes(plane.construction)
        self.model.notes.add(
            "nearest", "boundaries", "air boundary as exchange of air only, without light or warmth"
        )
        if changes > 0.0 and boundary not in ("outdoors", "ground", "adiabatic"):
            other = next(s for s in self.spaces if self.zone_of(s.name) == boundary)
            flow = changes * min(space.volume, other.volume)
            self.exchanges.append(
                {
                    "zones": [self.zone_of(space.name), boundary],
                    "flow": significant(flow),
                    "schedule": schedule,
                }
            )

    def _key(self, construction: str, asked: Record, *, half: bool = False) -> str:
        return self.keys(self.constructions.opaque_key(construction, asked, half=half))

    def _missing_floor(self, space: Space) -> dict[str, Any]:
        """A zone without a floor still stands on something that neither stores nor conducts."""
        self.model.notes.add(
            "nearest", "zones", "zone without a floor on one that neither stores nor conducts"
        )
        key = self.keys("no floor")
        self.constructions.opaque.setdefault("no floor", {"layers": [{"resistance": 1.0}]})
        return {
            "name": self.names.new(f"{space.name} floor"),
            "zone": self.zone_of(space.name),
            "kind": "floor",
            "area": significant(space.floor_area, 7),
            "construction": key,
            "boundary": "adiabatic",
        }

    # --- openings --------------------------------------------------------------------------------------

    def _openings(
        self, plane: Plane, surface: dict[str, Any], boundary: str, *, half: bool
    ) -> list[dict[str, Any]]:
        """Windows go into the surface; doors and frames become surfaces of their own beside it."""
        windows, extra = [], []
        for opening in plane.openings:
            if (
                opening.glazed
                and self.constructions.is_glazed(opening.construction)
                and boundary == "outdoors"
            ):
                window, frame = self._window(opening, surface)
                windows.append(window)
                extra.extend(frame)
                surface["area"] -= sum(one["area"] for one in frame)
            else:
                leaf = self._leaf(opening, surface, half=half)
                surface["area"] -= leaf["area"]
                extra.append(leaf)
        if windows:
            surface["windows"] = windows
        return extra

    def _leaf(self, opening: Opening, surface: dict[str, Any], *, half: bool) -> dict[str, Any]:
        """A door, or glass between two zones, as an opaque plane."""
        leaf = {k: v for k, v in surface.items() if k != "windows"}
        leaf["name"] = self.names.new(opening.name)
        leaf["area"] = significant(opening.area * opening.multiplier, 7)
        if self.constructions.is_glazed(opening.construction):
            self.model.notes.add(
                "nearest",
                "openings",
                "glass that does not face outdoors as an opaque plane of its resistance",
            )
            resistance = self.constructions.resistance(opening.construction, opening.record)
            key = f"{opening.construction} - opaque"
            self.constructions.opaque[key] = {"layers": [{"resistance": significant(resistance)}]}
            leaf["construction"] = self.keys(key)
        else:
            leaf["construction"] = self._key(opening.construction, opening.record, half=half)
        return leaf

    def _window(
        self, opening: Opening, surface: dict[str, Any]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        key = self.constructions.glazing_key(opening.construction, opening.record)
        width, height = width_height(opening.points)
        frame = self.model.find(opening.frame, "WINDOWPROPERTY:FRAMEANDDIVIDER") if opening.frame else None
        glass, rim = opening.area, 0.0
        if frame is not None:
            glass, rim = _framed(opening.area, width, height, frame)
        window: dict[str, Any] = {
            "name": self.windows(opening.name),
            "area": significant(glass * opening.multiplier, 7),
            "glazing": self.keys(key),
            "height": significant(height),
        }
        shading = self.shades.of(opening, width, height) or self._shadow(opening)
        shading = {**shading, **self.movable.of(opening)}
        if shading:
            window["shading"] = shading
        if rim <= _LEAST_AREA or frame is None:
            return window, []
        return window, [self._frame(opening, surface, rim, frame)]

    def _shadow(self, opening: Opening) -> dict[str, Any]:
        """Overhang and fins that throw the shadows of the building on the window."""
        plane = self.planes[opening.record.text("Building_Surface_Name").upper()]
        shadow = self.shadows.on(opening, plane)
        if shadow is None:
            return {}
        if shadow.fields:
            self.model.notes.add(
                "nearest",
                "shades",
                "shadow of building or neighbours on a window as overhang and fins",
            )
        else:
            share = next(m for m in (0.05, 0.1, 0.2, 0.5, 1.0) if shadow.shaded <= m)
            self.model.notes.add(
                "left aside",
                "shades",
                "shadow of building or neighbours on a window, no picture of overhang or fins (takes up "
                f"to {100.0 * share:.0f} % of the beam of clear days)",
            )
        return shadow.fields

    def _frame(self, opening: Opening, surface: dict[str, Any], rim: float, frame: Record) -> dict[str, Any]:
        """Frame and dividers as an opaque plane of the frame's conductance."""
        self.model.notes.add("nearest", "openings", "frames and dividers as opaque planes beside the glass")
        key = f"{frame.name} - frame"
        if key not in self.constructions.opaque:
            absorptance = frame.number("Frame_Solar_Absorptance", 0.7)
            emissivity = frame.number("Frame_Thermal_Hemispherical_Emissivity", 0.9)
            conductance = frame.number("Frame_Conductance", 0.0) or frame.number("Divider_Conductance", 0.0)
            self.constructions.opaque[key] = {
                "layers": [{"resistance": significant(1.0 / max(conductance, 0.02))}],
                "solar_absorptance_outside": absorptance,
                "solar_absorptance_inside": absorptance,
                "emissivity_outside": emissivity,
                "emissivity_inside": emissivity,
                "roughness": "smooth",
            }
        beside = {k: v for k, v in surface.items() if k != "windows"}
        return {
            **beside,
            "name": self.names.new(f"{opening.name} frame"),
            "area": significant(rim * opening.multiplier, 7),
            "construction": self.keys(key),
        }

    # --- furniture -------------------------------------------------------------------------------------

    def internal_mass(self, lists: ZoneLists) -> list[dict[str, Any]]:
        """Furniture and partitions inside zones, as deep as the zone's warmth reaches from one side."""
        found = []
        for record in self.model.all("INTERNALMASS"):
            where = record.text("Zone_or_ZoneList_Name") or record.text("Space_or_SpaceList_Name")
            for zone in lists.zones(where, record):
                found.append(
                    {
                        "name": self.names.new(record.name),
                        "zone": self.zone_of(zone),
                        "kind": "internal_mass",
                        "area": significant(record.number("Surface_Area"), 7),
                        "construction": self._key(record.text("Construction_Name"), record, half=True),
                        "boundary": "adiabatic",
                    }
                )
        return found


def _pairs(planes: Mapping[str, Plane]) -> dict[str, str]:
    """Other side of each plane between zones: who names each other first, then who names one that is free.

    Models name a side by mistake that belongs to another. EnergyPlus then lets the last that names a plane be
    its other side, so that heat may flow one way; a plane has two faces only.
    """
    names = {
        name: p.neighbour for name, p in planes.items() if p.boundary == "SURFACE" and p.neighbour != name
    }
    found = {name: other for name, other in names.items() if names.get(other) == name}
    for name, other in names.items():
        if name not in found and other not in found and other in names:
            found |= {name: other, other: name}
    return found


def wind_film(model: Model) -> str:
    """How the wind acts on outer faces, in the words of a project."""
    record = model.first("SURFACECONVECTIONALGORITHM:OUTSIDE")
    return "plate" if record is not None and record.text("Algorithm").upper() == "TARP" else "mowitt"


def _direction(plane: Plane, kind: str, boundary: str) -> dict[str, float]:
    """Tilt and azimuth where the kind does not say them."""
    tilt, azimuth = tilt_azimuth(area_vector(plane.points))
    fields: dict[str, float] = {}
    if abs(tilt - _DEFAULT_TILT[kind]) > 0.05:
        fields["tilt"] = round(tilt, 2)
    if boundary == "outdoors" and 1.0 < tilt < 179.0:
        fields["azimuth"] = round(azimuth, 2) % 360.0
    return fields


def _framed(area: float, width: float, height: float, frame: Record) -> tuple[float, float]:
    """Glass that dividers leave, and area of frame and dividers [m2]; the frame lies around the glass."""
    around = frame.number("Frame_Width", 0.0)
    divider = frame.number("Divider_Width", 0.0)
    across = frame.number("Number_of_Horizontal_Dividers", 0.0)
    upright = frame.number("Number_of_Vertical_Dividers", 0.0)
    bars = divider * (across * width + upright * height - divider * across * upright)
    bars = min(max(bars, 0.0), 0.9 * area)
    return area - bars, 2.0 * around * (width + height) + 4.0 * around**2 + bars


def _fixed_films(model: Model) -> Mapping[str, dict[str, float]]:
    """Fixed convective films of single surfaces."""
    found: dict[str, dict[str, float]] = {}
    for record in model.all("SURFACEPROPERTY:CONVECTIONCOEFFICIENTS"):
        fields: dict[str, float] = {}
        for k in (1, 2):
            side = record.text(f"Convection_Coefficient_{k}_Location").upper()
            if not side:
                continue
            if record.text(f"Convection_Coefficient_{k}_Type").upper() != "VALUE":
                model.notes.add(
                    "left aside", "films", "convection of single surfaces by a named correlation or schedule"
                )
                continue
            key = "convection_inside" if side == "INSIDE" else "convection_outside"
            value = record.number(f"Convection_Coefficient_{k}")
            if math.isfinite(value):
                fields[key] = value
        found[record.text("Surface_Name").upper()] = fields
    return found
