"""Movable shades (活动遮阳) of a model as a project writes them: what hangs at a window and what draws it.

A project's shade is drawn by the sun on its window or by a schedule, known before the march. EnergyPlus also
draws shades by temperatures, loads and glare; such shades are left aside with a note.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from buildings.idf.constructions import significant
from buildings.idf.model import Model, Record
from buildings.idf.naming import Names
from buildings.idf.schedules import DAYS, STEPS_PER_DAY, Schedules, Values
from buildings.idf.shapes import Opening

_PLACES = {"EXTERIOR": "outside", "BETWEENGLASS": "between", "INTERIOR": "inside"}
_FARTHEST = 0.2


class MovableShades:
    """Writes the movable shade of windows; shades by key stand in `written`.

    Parameters
    ----------
    model : Model
    schedules : Schedules
    add_schedule : callable
        Takes a label and values and gives the key of a written schedule.
    """

    def __init__(
        self, model: Model, schedules: Schedules, add_schedule: Callable[[str, Values], str]
    ) -> None:
        self.model, self.schedules, self.add_schedule = model, schedules, add_schedule
        self.keys = Names()
        self.written: dict[str, dict[str, Any]] = {}
        self._of: dict[str, list[Record]] = {}
        for record in model.all("WINDOWSHADINGCONTROL"):
            for window in record.rest("Fenestration_Surface_1_Name"):
                self._of.setdefault(window.upper(), []).append(record)

    def of(self, opening: Opening) -> dict[str, Any]:
        """Shade and control of a window; empty where it has none that a project can hold."""
        records = self._of.get(opening.name.upper(), [])
        if len(records) > 1:
            self.model.notes.add("nearest", "shades", "window with several shades with the first of them")
        for record in records[:1]:
            control = self._control(record)
            device = self._device(record) if control is not None else None
            if device is not None:
                return {"shade": device, "shade_control": control}
        return {}

    # --- what draws it ---------------------------------------------------------------------------------

    def _control(self, record: Record) -> dict[str, Any] | None:
        kind = record.text("Shading_Control_Type").upper()
        name = record.text("Schedule_Name")
        scheduled = bool(name) and record.text("Shading_Control_Is_Scheduled", "No").upper() == "YES"
        if record.text("Glare_Control_Is_Active", "No").upper() == "YES":
            self.model.notes.add("left aside", "shades", "glare as a reason to draw a shade")
        if kind == "ALWAYSOFF":
            return None
        if kind == "ALWAYSON":
            always = self._share("shade drawn", np.ones((DAYS, STEPS_PER_DAY)))
            return {"irradiance_above": None, "schedule": always}
        if kind == "ONIFSCHEDULEALLOWS":
            if not name:
                return None
            values = self.schedules.values(name, record)
            return {"irradiance_above": None, "schedule": self._share("shade drawn", values)}
        if kind == "ONIFHIGHSOLARONWINDOW":
            control: dict[str, Any] = {"irradiance_above": record.number("Setpoint")}
            if scheduled:
                control["season"] = self._share("shade season", self.schedules.values(name, record))
            return control
        self.model.notes.add("left aside", "shades", f"shade drawn by '{kind.lower()}'")
        return None

    def _share(self, label: str, values: Values) -> str:
        """A schedule of nought and one: EnergyPlus allows a shade while its schedule is above nought."""
        return self.add_schedule(label, np.where(values > 0.0, 1.0, 0.0))

    # --- what hangs there ------------------------------------------------------------------------------

    def _device(self, record: Record) -> str | None:
        """Key of the shade that a control draws."""
        kind = record.text("Shading_Type").upper()
        place = next((word for start, word in _PLACES.items() if kind.startswith(start)), None)
        material = self._material(record)
        if place is None or material is None:
            self.model.notes.add("left aside", "shades", f"{kind.lower()} '{record.name}'")
            return None
        key = self.keys(f"{material.name} {place}")
        if key not in self.written:
            written = (
                self._roller(material) if material.kind == "WINDOWMATERIAL:SHADE" else self._slats(material)
            )
            if written is None:
                return None
            self.written[key] = {**written, "place": place}
        if (
            material.kind == "WINDOWMATERIAL:BLIND"
            and record.text("Type_of_Slat_Angle_Control_for_Blinds", "FixedSlatAngle").upper()
            != "FIXEDSLATANGLE"
        ):
            self.model.notes.add("nearest", "shades", "turning slats at the angle of their material")
        return key

    def _material(self, record: Record) -> Record | None:
        kinds = ("WINDOWMATERIAL:SHADE", "WINDOWMATERIAL:BLIND")
        direct = record.text("Shading_Device_Material_Name")
        if direct:
            return self.model.find(direct, *kinds)
        construction = self.model.find(record.text("Construction_with_Shading_Name"), "CONSTRUCTION")
        layers = construction.rest("Outside_Layer") if construction is not None else []
        return next((found for layer in layers if (found := self.model.find(layer, *kinds))), None)

    def _hung(self, record: Record, distance: str, openings: tuple[str, ...]) -> dict[str, Any]:
        apart = record.number(distance, 0.05)
        if apart > _FARTHEST:
            self.model.notes.add("nearest", "shades", f"shade {apart:g} m from the glass as {_FARTHEST:g} m")
        free = [record.number(name, 0.5) for name in openings]
        if max(free) - min(free) > 0.01:
            self.model.notes.add("nearest", "shades", "unlike openings around a shade as their mean")
        return {
            "distance": significant(min(apart, _FARTHEST)),
            "edge_opening": significant(sum(free) / len(free)),
        }

    def _roller(self, record: Record) -> dict[str, Any]:
        sides = ("Top", "Bottom", "LeftSide", "RightSide")
        return {
            "kind": "roller",
            "solar_transmittance": record.number("Solar_Transmittance"),
            "solar_reflectance": record.number("Solar_Reflectance"),
            "emissivity": record.number("Infrared_Hemispherical_Emissivity", 0.9),
            "infrared_transmittance": record.number("Infrared_Transmittance", 0.0),
            "openness": record.number("Airflow_Permeability", 0.0),
            "thickness": record.number("Thickness"),
            "conductivity": record.number("Conductivity"),
            **self._hung(record, "Shade_to_Glass_Distance", tuple(f"{s}_Opening_Multiplier" for s in sides)),
        }

    def _slats(self, record: Record) -> dict[str, Any] | None:
        if record.text("Slat_Orientation", "Horizontal").upper() == "VERTICAL":
            self.model.notes.add("left aside", "shades", f"upright slats '{record.name}'")
            return None
        if record.number("Slat_Diffuse_Solar_Transmittance", 0.0) > 0.0:
            self.model.notes.add("nearest", "shades", "slats that let light through as opaque ones")
        front = record.number("Front_Side_Slat_Diffuse_Solar_Reflectance")
        if abs(front - record.number("Front_Side_Slat_Beam_Solar_Reflectance", front)) > 0.01:
            self.model.notes.add("nearest", "shades", "slats with the diffuse reflectance for beam as well")
        sides = ("Top", "Bottom", "Left_Side", "Right_Side")
        emissivities = [
            record.number(f"{side}_Side_Slat_Infrared_Hemispherical_Emissivity", 0.9)
            for side in ("Front", "Back")
        ]
        separation, width = record.number("Slat_Separation"), record.number("Slat_Width")
        if separation > width:
            self.model.notes.add("nearest", "shades", "slats farther apart than wide as just so wide apart")
        return {
            "kind": "venetian",
            "slat_width": width,
            "slat_separation": min(separation, width),
            "slat_angle": record.number("Slat_Angle", 45.0),
            "slat_reflectance": front,
            "slat_reflectance_back": record.number("Back_Side_Slat_Diffuse_Solar_Reflectance", front),
            "slat_emissivity": significant(0.5 * sum(emissivities)),
            "slat_thickness": record.number("Slat_Thickness", 0.00025),
            "slat_conductivity": record.number("Slat_Conductivity", 221.0),
            **self._hung(
                record, "Blind_to_Glass_Distance", tuple(f"Blind_{s}_Opening_Multiplier" for s in sides)
            ),
        }
