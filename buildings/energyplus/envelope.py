"""Surfaces, windows and shades of the model.

Boundary conditions, as the fast engine has them:

- outdoors: sun and wind as described; films by EnergyPlus' correlations unless the description fixes them;
- ground: soil of ISO 13370 below the slab over undisturbed ground, whose temperature is given at the soil's
  lower face; with `site.ground_temperatures` these stand at the floor's outer face and no soil is added;
- adiabatic and internal mass: no heat through the outer face;
- another zone: one surface in each zone, layers reversed in the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schema import Surface, Window
from buildings.description.stacks import CompleteLayer
from buildings.energyplus.constructions import Constructions
from buildings.energyplus.geometry import Corners, Opening, Rectangle, openings, rectangle
from buildings.energyplus.model import Model
from buildings.energyplus.shades import MovableShades, ShadeSeries

OUTSIDE = ("outdoors", "ground", "adiabatic")
_LONG = 20.0
"""Reach of an overhang that is long, of fins that are tall, in multiples of their depth."""
_LONG_M = 20.0
_LEAST_FACES = 3
"""With so many faces or fewer EnergyPlus sets view factors that are not those of a room."""
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What lies below the building.

    Attributes
    ----------
    area, perimeter : float
        Of the ground floor [m2], [m].
    temperature : ndarray (n,)
        At the soil's lower face at each step [degC].
    monthly : tuple of float or None
        Temperatures at the floor's outer face [degC]; then there is no soil.
    """

    area: float
    perimeter: float
    temperature: NDArray[np.float64]
    monthly: tuple[float, ...] | None


class Envelope:
    """Writes the surfaces of one building into a model."""

    def __init__(
        self,
        model: Model,
        building: CompleteBuilding,
        ground: Ground,
        shade_series: ShadeSeries,
    ) -> None:
        self.model, self.building, self.ground = model, building, ground
        self.constructions = Constructions(model)
        self.zones = {zone.name: zone for zone in building.zones}
        self.movable = MovableShades(model, building, self.constructions, shade_series)
        self._place = 0
        self._ground_ready = False
        self._mirror = ""

    def write(self) -> None:
        """All surfaces."""
        for surface in self.building.surfaces:
            if surface.kind == "internal_mass" and surface.tilt_deg == 90.0:
                self._mass(surface)
            elif surface.boundary in self.zones:
                self._partition(surface)
            else:
                self._outer(surface)
        self._close()

    def _close(self) -> None:
        """Give zones whose faces cannot enclose a room a mirror that takes part in nothing.

        EnergyPlus estimates view factors from areas and directions and needs four faces, none larger than all
        others together; without them its long-wave exchange inside is wrong by tens of kelvin. A description
        may leave out what passes no heat.
        """
        faces: dict[str, list[float]] = {zone: [] for zone in self.zones}
        for surface in self.building.surfaces:
            faces[surface.zone] += [surface.opaque_area, *(w.area for w in surface.windows)]
            if surface.boundary in self.zones:
                faces[surface.boundary].append(surface.opaque_area)
        for zone, areas in faces.items():
            if len(areas) > _LEAST_FACES and 2.0 * max(areas) <= sum(areas):
                continue
            if not self._mirror:
                self._mirror = self.model.names.of("construction", "mirror")
                material = self.model.names.of("material", "mirror")
                self.model.add(
                    "Material:NoMass",
                    Name=material,
                    Roughness="Smooth",
                    Thermal_Resistance=10.0,
                    Thermal_Absorptance=1e-5,
                    Solar_Absorptance=0.0,
                    Visible_Absorptance=0.0,
                )
                self.model.add("Construction", Name=self._mirror, Outside_Layer=material)
            self.model.add(
                "InternalMass",
                Name=self.model.names.of("surface", f"{zone} mirror"),
                Construction_Name=self._mirror,
                Zone_or_ZoneList_Name=self.model.names.of("zone", zone),
                Surface_Area=max(self.zones[zone].floor_area, max(areas, default=0.0)),
            )

    def _mass(self, surface: Surface) -> None:
        found = self.building.constructions[surface.construction]
        self.model.add(
            "InternalMass",
            Name=self.model.names.of("surface", surface.name),
            Construction_Name=self.constructions.opaque(found, adiabatic=True),
            Zone_or_ZoneList_Name=self.model.names.of("zone", surface.zone),
            Surface_Area=surface.area,
        )

    def _partition(self, surface: Surface) -> None:
        """Two surfaces back to back; the described one is the inner side of its zone."""
        found = self.building.constructions[surface.construction]
        zone = self.zones[surface.zone]
        wall = self._rectangle(surface, surface.area, zone)
        here = self.model.names.of("surface", surface.name)
        there = self.model.names.of("surface", f"{surface.name} behind")
        kind = _kind(surface)
        other = {"Floor": "Ceiling", "Ceiling": "Floor"}.get(kind, "Wall")
        corners = wall.corners()
        self._surface(here, kind, self.constructions.opaque(found), surface.zone, "Surface", there, corners)
        self._surface(
            there,
            other,
            self.constructions.opaque(found, reverse=True),
            surface.boundary,
            "Surface",
            here,
            corners[[1, 0, 3, 2]],
        )
        inside = surface.convection_inside
        outside = surface.convection_outside
        self._films(here, inside, None)
        self._films(there, outside, None)

    def _outer(self, surface: Surface) -> None:
        found = self.building.constructions[surface.construction]
        zone = self.zones[surface.zone]
        soil: tuple[CompleteLayer, ...] = ()
        if surface.boundary == "ground" and self.ground.monthly is None:
            soil = ground_layers(self.ground.area, self.ground.perimeter, found.resistance)
        adiabatic = surface.boundary == "adiabatic"
        construction = self.constructions.opaque(found, behind=soil, adiabatic=adiabatic)
        condition, partner = self._condition(surface.boundary)
        kind = _kind(surface)
        for part, (area, windows) in enumerate(_parts(surface)):
            name = self.model.names.of(
                "surface", surface.name if part == 0 else f"{surface.name} part {part + 1}"
            )
            frames = sum(w.area * (1.0 - self._glass_share(w)) for w in windows)
            glass = tuple(w.model_copy(update={"area": w.area * self._glass_share(w)}) for w in windows)
            for window in windows:
                self._frame(surface, window, zone)
            wall = self._rectangle(surface, area - frames, zone)
            self._surface(
                name, kind, construction, surface.zone, condition, partner, wall.corners(),
                sun=surface.sun_exposed, wind=surface.wind_exposed,
            )  # fmt: skip
            self._films(
                name,
                surface.convection_inside,
                surface.convection_outside if condition == "Outdoors" else None,
            )
            for opening in openings(surface, glass, wall):
                self._window(name, opening, wall, self.model.names.of("zone", surface.zone))

    def _glass_share(self, window: Window) -> float:
        return self.building.glazings[window.glazing].glass_share

    def _rectangle(self, surface: Surface, area: float, zone: CompleteZone) -> Rectangle:
        self._place += 1
        return rectangle(surface, area, zone, self._place)

    def _condition(self, boundary: str) -> tuple[str, str]:
        if boundary == "adiabatic":
            return "Adiabatic", ""
        if boundary == "outdoors":
            return "Outdoors", ""
        if self.ground.monthly is not None:
            if not self._ground_ready:
                months = {
                    f"{month}_Ground_Temperature": value
                    for month, value in zip(_MONTHS, self.ground.monthly, strict=True)
                }
                self.model.add("Site:GroundTemperature:BuildingSurface", **months)
            self._ground_ready = True
            return "Ground", ""
        if not self._ground_ready:
            self.model.add(
                "SurfaceProperty:OtherSideCoefficients",
                Name="undisturbed ground",
                # Zero film: what follows is the temperature of the face itself.
                Combined_ConvectiveRadiative_Film_Coefficient=0.0,
                Constant_Temperature=0.0,
                Constant_Temperature_Coefficient=1.0,
                External_DryBulb_Temperature_Coefficient=0.0,
                Ground_Temperature_Coefficient=0.0,
                Wind_Speed_Coefficient=0.0,
                Zone_Air_Temperature_Coefficient=0.0,
                Constant_Temperature_Schedule_Name=self.model.series("ground", self.ground.temperature),
            )
        self._ground_ready = True
        return "OtherSideCoefficients", "undisturbed ground"

    def _surface(
        self,
        name: str,
        kind: str,
        construction: str,
        zone: str,
        condition: str,
        partner: str,
        corners: Corners,
        *,
        sun: bool = True,
        wind: bool = True,
    ) -> None:
        outdoors = condition == "Outdoors"
        self.model.add(
            "BuildingSurface:Detailed",
            Name=name,
            Surface_Type=kind,
            Construction_Name=construction,
            Zone_Name=self.model.names.of("zone", zone),
            Outside_Boundary_Condition=condition,
            Outside_Boundary_Condition_Object=partner,
            Sun_Exposure="SunExposed" if outdoors and sun else "NoSun",
            Wind_Exposure="WindExposed" if outdoors and wind else "NoWind",
            View_Factor_to_Ground="autocalculate",
            Number_of_Vertices=4,
            **_vertices(corners),
        )

    def _films(self, name: str, inside: float | None, outside: float | None) -> None:
        """Fixed convective films, where the description gives them."""
        given = [("Inside", inside), ("Outside", outside)]
        given = [(where, value) for where, value in given if value is not None]
        if not given:
            return
        fields: dict[str, Any] = {}
        for k, (where, value) in enumerate(given, start=1):
            fields[f"Convection_Coefficient_{k}_Location"] = where
            fields[f"Convection_Coefficient_{k}_Type"] = "Value"
            fields[f"Convection_Coefficient_{k}"] = value
        self.model.add("SurfaceProperty:ConvectionCoefficients", Surface_Name=name, **fields)

    # --- windows ---

    def _window(self, wall_name: str, opening: Opening, wall: Rectangle, zone: str) -> None:
        window = opening.window
        name = self.model.names.of("window", window.name)
        glazing = self.building.glazings[window.glazing]
        self.model.add(
            "FenestrationSurface:Detailed",
            Name=name,
            Surface_Type="Window",
            Construction_Name=self.constructions.glazing(window.glazing, glazing),
            Building_Surface_Name=wall_name,
            View_Factor_to_Ground="autocalculate",
            Number_of_Vertices=4,
            **_vertices(wall.part(opening.left, opening.bottom, opening.width, opening.height)),
        )
        self._films(name, window.convection_inside, window.convection_outside)
        self._shades(name, window)
        self.movable.write(name, window, zone)

    def _frame(self, surface: Surface, window: Window, zone: CompleteZone) -> None:
        """A frame as a wall without mass beside the glass.

        `WindowProperty:FrameAndDivider` takes from the room only what its frame convects and not what it
        radiates (25.2: a frame that conducts 95 W takes 36 W), so it is no reference for a frame's heat.
        """
        glazing = self.building.glazings[window.glazing]
        if glazing.frame is None:
            return
        area = glazing.frame_fraction * window.area
        name = self.model.names.of("surface", f"{window.name} frame")
        corners = self._rectangle(surface.model_copy(update={"windows": ()}), area, zone).corners()
        construction = self.constructions.frame(window.glazing, glazing.frame)
        self._surface(
            name, _kind(surface), construction, surface.zone, "Outdoors", "", corners,
            sun=surface.sun_exposed, wind=surface.wind_exposed,
        )  # fmt: skip
        self._films(name, window.convection_inside, window.convection_outside)

    def _shades(self, name: str, window: Window) -> None:
        shade = window.shading
        if shade.overhang_depth > 0.0:
            reach = shade.overhang_extension
            reach = max(_LONG * shade.overhang_depth, _LONG_M) if reach is None else reach
            left, right = reach if isinstance(reach, tuple) else (reach, reach)
            self.model.add(
                "Shading:Overhang",
                Name=f"{name} overhang",
                Window_or_Door_Name=name,
                Height_above_Window_or_Door=shade.overhang_gap,
                Tilt_Angle_from_WindowDoor=90.0,
                Left_extension_from_WindowDoor_Width=left,
                Right_extension_from_WindowDoor_Width=right,
                Depth=shade.overhang_depth,
            )
        if shade.fin_depth > 0.0:
            tall = max(_LONG * shade.fin_depth, _LONG_M)
            above = tall if shade.fin_extension_above is None else shade.fin_extension_above
            below = tall if shade.fin_extension_below is None else shade.fin_extension_below
            sides: dict[str, float] = {}
            for side in ("Left", "Right"):
                sides |= {
                    f"{side}_Extension_from_WindowDoor": shade.fin_gap,
                    f"{side}_Distance_Above_Top_of_Window": above,
                    f"{side}_Distance_Below_Bottom_of_Window": below,
                    f"{side}_Tilt_Angle_from_WindowDoor": 90.0,
                    f"{side}_Depth": shade.fin_depth,
                }
            self.model.add("Shading:Fin", Name=f"{name} fins", Window_or_Door_Name=name, **sides)


def _kind(surface: Surface) -> str:
    """EnergyPlus' type of a surface; the sun that enters falls on floors."""
    if surface.tilt_deg >= 135.0:
        return "Floor"
    if surface.tilt_deg <= 45.0:
        return "Roof" if surface.boundary == "outdoors" else "Ceiling"
    return "Wall"


def _parts(surface: Surface) -> Sequence[tuple[float, tuple[Window, ...]]]:
    """Area and windows of each rectangle of a surface.

    Windows with fixed shades and no described place stand on walls of their own, so that no shade falls on a
    neighbour.
    """
    shaded = [w for w in surface.windows if w.shading.overhang_depth > 0.0 or w.shading.fin_depth > 0.0]
    placed = all(w.position is not None for w in surface.windows)
    if len(surface.windows) < 2 or not shaded or placed:
        return [(surface.area, surface.windows)]
    glass = sum(w.area for w in surface.windows)
    return [(surface.area * w.area / glass, (w,)) for w in surface.windows]


def _vertices(corners: Corners) -> dict[str, float]:
    return {
        f"Vertex_{i + 1}_{axis}coordinate": round(float(corners[i, j]), 9)
        for i in range(len(corners))
        for j, axis in enumerate("XYZ")
    }


def ground_layers(area: float, perimeter: float, resistance: float) -> tuple[CompleteLayer, ...]:
    """Soil of ISO 13370 and its virtual layer, as the fast engine puts below a floor.

    Parameters
    ----------
    area, perimeter : float
        Of the ground floor [m2], [m].
    resistance : float
        Of the floor's own layers [m2 K/W].
    """
    from buildings.thermal.ground import with_soil
    from buildings.thermal.wall import Layer

    added = with_soil((Layer(resistance=resistance),), area, perimeter)[:-1]
    return tuple(
        CompleteLayer(
            "soil", layer.thickness, layer.conductivity, layer.density, layer.specific_heat, layer.r
        )
        for layer in added
        if layer.r > 0.0
    )
