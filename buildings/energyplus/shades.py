"""Movable shades (活动遮阳) in EnergyPlus.

A shade that is a factor multiplies the sun on its window. A described shade becomes EnergyPlus' own
`WindowMaterial:Shade` or `WindowMaterial:Blind`, drawn by `WindowShadingControl` while a schedule is 1.
Factor and schedule are the series by which the fast engine moves the same shade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from buildings.description.complete import CompleteBuilding
from buildings.description.schedules import schedule_values
from buildings.description.schema import Gap, RollerShade, Shade, Window
from buildings.energyplus.constructions import Constructions
from buildings.energyplus.model import Model
from buildings.thermal.enclosure import Channel
from buildings.thermal.inputs import on_window
from buildings.thermal.window_parts import beside, fixed_shading, split_glazing, sun_control
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather

_LEAST_CONDUCTIVITY = 1e-4
_SIDES = {"outside": "Exterior", "between": "BetweenGlass", "inside": "Interior"}
_LEAST_EDGE, _MOST_EDGE = 0.01, 1.0
"""EnergyPlus' own bounds of the distance between shade and glass [m]."""


@dataclass(frozen=True)
class ShadeSeries:
    """What moves the shades of a building, by window.

    Attributes
    ----------
    left : dict of ndarray (n,)
        Share of the sun that a movable factor leaves.
    drawn : dict of ndarray (n,)
        1 while the described shade is drawn, else 0.
    """

    left: dict[str, NDArray[np.float64]]
    drawn: dict[str, NDArray[np.float64]]


def shade_series(
    building: CompleteBuilding, weather: StepWeather, albedo: float, calendar: DayTypes
) -> ShadeSeries:
    """The series that move every movable shade, as the fast engine has them."""
    found = ShadeSeries({}, {})
    planes: dict[tuple[float, float], PlaneIrradiance] = {}

    def series(channel: Channel) -> NDArray[np.float64]:
        return schedule_values(building.schedules[str(channel[2])], weather.times, calendar)

    for surface in building.surfaces:
        for window in surface.windows:
            own = window.shading
            if own.movable_factor >= 1.0 and own.shade is None:
                continue
            plane = (surface.tilt_deg, surface.azimuth or 0.0)
            if plane not in planes:
                planes[plane] = plane_irradiance(weather, *plane, albedo)
            fixed = fixed_shading(window, sun=surface.sun_exposed)
            total = np.sum(on_window(planes[plane], fixed, weather, plane[1], plane[0]), axis=0)
            control = sun_control(building.name, own)
            if control is not None:
                found.drawn[window.name] = control.drawn(total, series).astype(float)
            else:
                found.left[window.name] = np.where(total > own.movable_above, own.movable_factor, 1.0)
    return found


class MovableShades:
    """Writes shades and what draws them into a model.

    Parameters
    ----------
    model : Model
    building : CompleteBuilding
    constructions : Constructions
        Of the same model.
    series : ShadeSeries
    """

    def __init__(
        self, model: Model, building: CompleteBuilding, constructions: Constructions, series: ShadeSeries
    ) -> None:
        self.model, self.building, self.constructions = model, building, constructions
        self.series = series
        self._done: dict[tuple[str, ...], str] = {}

    def write(self, name: str, window: Window, zone: str) -> None:
        """What moves at one window.

        Parameters
        ----------
        name, zone : str
            Of the window and of its zone in the model.
        """
        if window.name in self.series.left:
            self.model.add(
                "SurfaceProperty:IncidentSolarMultiplier",
                Surface_Name=name,
                Incident_Solar_Multiplier=1.0,
                Incident_Solar_Multiplier_Schedule_Name=self.model.series(
                    "shade", self.series.left[window.name]
                ),
            )
        key = window.shading.shade
        if key is None:
            return
        shade = self.building.shades[key]
        device = (
            {"Construction_with_Shading_Name": self._between(window, key, shade)}
            if shade.place == "between"
            else {"Shading_Device_Material_Name": self._material(key, shade)}
        )
        kind = "Shade" if isinstance(shade, RollerShade) else "Blind"
        self.model.add(
            "WindowShadingControl",
            Name=f"{name} shade control",
            Zone_Name=zone,
            Shading_Control_Sequence_Number=1,
            Shading_Type=f"{_SIDES[shade.place]}{kind}",
            Shading_Control_Type="OnIfScheduleAllows",
            Schedule_Name=self.model.series("drawn", self.series.drawn[window.name]),
            Shading_Control_Is_Scheduled="Yes",
            Glare_Control_Is_Active="No",
            Type_of_Slat_Angle_Control_for_Blinds="FixedSlatAngle",
            Multiple_Surface_Control_Type="Sequential",
            Fenestration_Surface_1_Name=name,
            **device,
        )

    def _material(self, key: str, shade: Shade, distance: float | None = None) -> str:
        done = ("material", key, str(distance))
        if done not in self._done:
            name = self.model.names.of("material", f"shade {key} {len(self._done) + 1}")
            between = shade.place == "between"
            opening = 0.0 if between else shade.edge_opening
            apart = shade.distance if distance is None else distance
            # Between panes the gaps beside the shade count, not this field; its bounds hold all the same.
            apart = min(max(apart, _LEAST_EDGE), _MOST_EDGE)
            kind, fields = (
                _fabric(shade, apart, opening)
                if isinstance(shade, RollerShade)
                else _slats(shade, apart, opening)
            )
            self.model.add(kind, Name=name, **fields)
            self._done[done] = name
        return self._done[done]

    def _between(self, window: Window, key: str, shade: Shade) -> str:
        """Construction with the shade in the middle of the innermost gap."""
        done = ("between", window.glazing, key)
        if done not in self._done:
            glazing = self.building.glazings[window.glazing]
            at = f"windows.{window.name}.shading.shade"
            gap, _ = split_glazing(glazing, shade, window.glazing, at)
            half = beside(gap, shade)
            layers = glazing.layers or ()
            part = Gap(gas=gap.gas, thickness=half)
            material = self._material(key, shade, half)
            name = self.model.names.of("construction", f"{window.glazing} with {key}")
            # The panes must be the very materials of the window without its shade.
            bare = self.constructions.glazing(window.glazing, glazing)
            panes = [self.model.names.of("material", f"{bare} layer {i + 1}") for i in range(len(layers))]
            self.constructions.panes(name, [*panes[:-2], part, material, part, panes[-1]])
            self._done[done] = name
        return self._done[done]


def _fabric(shade: RollerShade, distance: float, opening: float) -> tuple[str, dict[str, Any]]:
    return "WindowMaterial:Shade", {
        "Solar_Transmittance": shade.solar_transmittance,
        "Solar_Reflectance": shade.solar_reflectance,
        "Visible_Transmittance": shade.solar_transmittance,
        "Visible_Reflectance": shade.solar_reflectance,
        "Infrared_Hemispherical_Emissivity": shade.emissivity,
        "Infrared_Transmittance": shade.infrared_transmittance,
        "Thickness": shade.thickness,
        "Conductivity": max(shade.conductivity, _LEAST_CONDUCTIVITY),
        "Shade_to_Glass_Distance": distance,
        **{f"{side}_Opening_Multiplier": opening for side in ("Top", "Bottom", "LeftSide", "RightSide")},
        "Airflow_Permeability": min(shade.openness, 0.8),
    }


def _slats(shade: Any, distance: float, opening: float) -> tuple[str, dict[str, Any]]:
    front = shade.slat_reflectance
    back = front if shade.slat_reflectance_back is None else shade.slat_reflectance_back
    fields: dict[str, Any] = {
        "Slat_Orientation": "Horizontal",
        "Slat_Width": shade.slat_width,
        "Slat_Separation": shade.slat_separation,
        "Slat_Thickness": shade.slat_thickness,
        "Slat_Angle": shade.slat_angle,
        "Slat_Conductivity": shade.slat_conductivity,
        "Slat_Infrared_Hemispherical_Transmittance": 0.0,
        "Front_Side_Slat_Infrared_Hemispherical_Emissivity": shade.slat_emissivity,
        "Back_Side_Slat_Infrared_Hemispherical_Emissivity": shade.slat_emissivity,
        "Blind_to_Glass_Distance": distance,
        "Minimum_Slat_Angle": 0.0,
        "Maximum_Slat_Angle": 180.0,
    }
    for kind in ("Beam_Solar", "Diffuse_Solar", "Beam_Visible", "Diffuse_Visible"):
        fields[f"Slat_{kind}_Transmittance"] = 0.0
        fields[f"Front_Side_Slat_{kind}_Reflectance"] = front
        fields[f"Back_Side_Slat_{kind}_Reflectance"] = back
    for side in ("Top", "Bottom", "Left_Side", "Right_Side"):
        fields[f"Blind_{side}_Opening_Multiplier"] = opening
    return "WindowMaterial:Blind", fields
