"""Constructions and glazings of a model as a project writes them."""

from __future__ import annotations

import math
from typing import Any

from buildings.idf.model import Model, Record

_LAYER_KINDS = ("MATERIAL", "MATERIAL:NOMASS", "MATERIAL:AIRGAP", "MATERIAL:INFRAREDTRANSPARENT")
_GLASS_KINDS = (
    "WINDOWMATERIAL:SIMPLEGLAZINGSYSTEM",
    "WINDOWMATERIAL:GLAZING",
    "WINDOWMATERIAL:GLAZING:REFRACTIONEXTINCTIONMETHOD",
    "WINDOWMATERIAL:GAS",
    "WINDOWMATERIAL:GASMIXTURE",
    "WINDOWMATERIAL:SHADE",
    "WINDOWMATERIAL:BLIND",
    "WINDOWMATERIAL:SCREEN",
)
_ROUGHNESS = {
    "VERYROUGH": "very_rough",
    "ROUGH": "rough",
    "MEDIUMROUGH": "medium_rough",
    "MEDIUMSMOOTH": "medium_smooth",
    "SMOOTH": "smooth",
    "VERYSMOOTH": "very_smooth",
}
_AIR_FILM_R = 0.18
_MOST_RESISTANCE = 50.0
# EnergyPlus' C- and F-factor constructions (Engineering Reference, "Ground Heat Transfer Calculations using C
# and F Factor Constructions"): six inches of heavy concrete, the rest of the effective resistance in front of
# it, soil by the depth of the wall. The films are those that the engine's own list of materials implies.
_CONCRETE = {"conductivity": 1.95, "density": 2240.0, "specific_heat": 900.0, "thickness": 0.15}
_CONCRETE_R = 0.15 / 1.95
_FILM_INSIDE, _FILM_OUTSIDE = 0.1355, 0.0299
_NO_PERIMETER_R = 177.0


class Constructions:
    """Constructions and glazings by the keys that the project's surfaces use."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.opaque: dict[str, dict[str, Any]] = {}
        self.glazings: dict[str, dict[str, Any]] = {}
        self._materials = {r.name.upper(): r for r in model.all(*_LAYER_KINDS)}
        self._glass = {r.name.upper(): r for r in model.all(*_GLASS_KINDS)}
        self._records = {r.name.upper(): r for r in model.all("CONSTRUCTION")}
        self._ground = {
            r.name.upper(): r
            for r in model.all("CONSTRUCTION:FFACTORGROUNDFLOOR", "CONSTRUCTION:CFACTORUNDERGROUNDWALL")
        }
        self._air = {r.name.upper(): r for r in model.all("CONSTRUCTION:AIRBOUNDARY")}

    def is_air(self, name: str) -> bool:
        """Whether a construction is an opening between two zones."""
        return name.upper() in self._air

    def air_changes(self, name: str) -> tuple[float, str]:
        """Simple mixing through an air boundary [1/h] and its schedule."""
        record = self._air[name.upper()]
        if record.text("Air_Exchange_Method", "None").upper() != "SIMPLEMIXING":
            return 0.0, ""
        return record.number("Simple_Mixing_Air_Changes_per_Hour", 0.5), record.text(
            "Simple_Mixing_Schedule_Name"
        )

    def is_glazed(self, name: str) -> bool:
        """Whether a construction is of glass."""
        record = self._records.get(name.upper())
        return record is not None and record.text("Outside_Layer").upper() in self._glass

    def opaque_key(self, name: str, asked: Record, *, half: bool = False) -> str:
        """Key of an opaque construction; `half` for one with the same temperature on both faces.

        EnergyPlus gives the far face of an adiabatic plane the temperature of the near one, so that heat
        flows into the mass from both sides; the near side's part is the construction up to the plane that
        stays without flow.
        """
        key = f"{name} - near half" if half else name
        if key not in self.opaque:
            written = self._written(name, asked)
            self.opaque[key] = {**written, "layers": near_half(written["layers"])} if half else written
        return key

    def _written(self, name: str, asked: Record) -> dict[str, Any]:
        ground = self._ground.get(name.upper())
        if ground is not None:
            return self._ground_contact(ground)
        record = self._records.get(name.upper())
        if record is None:
            raise asked.wrong(
                f"its construction '{name}' does not exist.", "Name a Construction of the model."
            )
        records = [self._material(layer, record) for layer in record.rest("Outside_Layer")]
        layers = [self._layer(layer) for layer in records]
        outer, inner = records[0], records[-1]
        return {
            "layers": layers,
            "solar_absorptance_outside": outer_number(outer, "Solar_Absorptance", 0.7),
            "solar_absorptance_inside": outer_number(inner, "Solar_Absorptance", 0.7),
            "emissivity_outside": outer_number(outer, "Thermal_Absorptance", 0.9),
            "emissivity_inside": outer_number(inner, "Thermal_Absorptance", 0.9),
            "roughness": _roughness(outer),
        }

    def _material(self, layer: str, record: Record) -> Record:
        found = self._materials.get(layer.upper())
        if found is None:
            what = "is of glass" if layer.upper() in self._glass else "does not exist"
            raise record.wrong(f"its layer '{layer}' {what}.", "Name a material of the model.")
        return found

    def _layer(self, record: Record) -> dict[str, float]:
        if record.kind == "MATERIAL":
            layer = {
                "thickness": record.number("Thickness"),
                "conductivity": record.number("Conductivity"),
                "density": record.number("Density"),
                "specific_heat": record.number("Specific_Heat"),
            }
            return {key: significant(value) for key, value in layer.items()}
        if record.kind == "MATERIAL:INFRAREDTRANSPARENT":
            self.model.notes.add(
                "nearest", "constructions", "infrared-transparent layer as a thin resistance"
            )
            return {"resistance": 0.01}
        return {"resistance": significant(record.number("Thermal_Resistance"))}

    def _ground_contact(self, record: Record) -> dict[str, Any]:
        """C- and F-factor constructions: effective resistance less films as insulation under concrete."""
        if record.kind == "CONSTRUCTION:FFACTORGROUNDFLOOR":
            perimeter = record.number("PerimeterExposed", 0.0)
            effective = _NO_PERIMETER_R
            if perimeter > 0.0:
                effective = record.number("Area") / (perimeter * record.number("FFactor"))
                effective -= _FILM_INSIDE + _FILM_OUTSIDE
        else:
            height = record.number("Height")
            soil = 0.12 if height <= 0.25 else 0.0607 + 0.3479 * min(height, 2.5)
            effective = 1.0 / record.number("CFactor") + soil
        insulation = effective - _CONCRETE_R
        if insulation <= 0.0:
            raise record.wrong(
                "it is a better conductor than its concrete.", "Give a smaller factor, as EnergyPlus asks."
            )
        parts = math.ceil(insulation / _MOST_RESISTANCE)
        layers = [{"resistance": significant(insulation / parts)}] * parts
        return {
            "layers": [*[dict(layer) for layer in layers], dict(_CONCRETE)],
            "solar_absorptance_outside": 0.7,
            "solar_absorptance_inside": 0.7,
            "emissivity_outside": 0.9,
            "emissivity_inside": 0.9,
            "roughness": "medium_rough",
        }

    def resistance(self, name: str, asked: Record) -> float:
        """Resistance of a construction's layers, glass or not [m2.K/W]."""
        if self.is_glazed(name):
            glazing = self.glazings[self.glazing_key(name, asked)]
            u = glazing.get("u_value")
            return max(1.0 / u - _AIR_FILM_R, 0.01) if u else 0.2
        layers = self._written(name, asked)["layers"]
        return sum(resistance_of(layer) for layer in layers)

    def glazing_key(self, name: str, asked: Record) -> str:
        """Key of the glazing that a glazed construction is."""
        if name in self.glazings:
            return name
        record = self._records.get(name.upper())
        if record is None:
            raise asked.wrong(
                f"its construction '{name}' does not exist.", "Name a Construction of the model."
            )
        records = []
        for layer in record.rest("Outside_Layer"):
            found = self._glass.get(layer.upper())
            if found is None:
                raise record.wrong(f"its layer '{layer}' is no glass of the model.", "Name glazing layers.")
            if found.kind in ("WINDOWMATERIAL:SHADE", "WINDOWMATERIAL:BLIND", "WINDOWMATERIAL:SCREEN"):
                self.model.notes.add(
                    "left aside", "shades", f"{found.kind.lower()} '{found.name}' in a window"
                )
                continue
            records.append(found)
        if records[0].kind == "WINDOWMATERIAL:SIMPLEGLAZINGSYSTEM":
            self.glazings[name] = {
                "u_value": significant(records[0].number("UFactor")),
                "shgc": significant(records[0].number("Solar_Heat_Gain_Coefficient")),
                "frame_fraction": 0.0,
            }
        else:
            layers = [self._pane_or_gap(layer) for layer in records]
            self.glazings[name] = {"layers": layers}
        return name

    def _pane_or_gap(self, record: Record) -> dict[str, Any]:
        if record.kind == "WINDOWMATERIAL:GLAZING":
            return self._pane(record)
        if record.kind == "WINDOWMATERIAL:GAS":
            gas = record.text("Gas_Type").lower()
            if gas not in ("air", "argon", "krypton"):
                self.model.notes.add("nearest", "glazings", f"gap with {gas} as krypton")
                gas = "krypton"
            return {"gas": gas, "thickness": significant(record.number("Thickness"))}
        if record.kind == "WINDOWMATERIAL:GASMIXTURE":
            gas = record.text("Gas_1_Type", "Air").lower()
            gas = gas if gas in ("air", "argon", "krypton") else "argon"
            self.model.notes.add("nearest", "glazings", f"gap with a gas mixture as pure {gas}")
            return {"gas": gas, "thickness": significant(record.number("Thickness"))}
        raise record.wrong(
            "panes by refraction index are not read.",
            "Give WindowMaterial:Glazing with its optics at normal incidence, or a simple glazing system.",
        )

    def _pane(self, record: Record) -> dict[str, Any]:
        if record.text("Optical_Data_Type", "SpectralAverage").upper() != "SPECTRALAVERAGE":
            raise record.wrong(
                "its optical data are spectral.", "Give averages (SpectralAverage) over the solar spectrum."
            )
        dirt = record.number("Dirt_Correction_Factor_for_Solar_and_Visible_Transmittance", 1.0)
        front = record.number("Front_Side_Infrared_Hemispherical_Emissivity", 0.84)
        back = record.number("Back_Side_Infrared_Hemispherical_Emissivity", 0.84)
        if record.number("Infrared_Transmittance_at_Normal_Incidence", 0.0) > 0.0:
            self.model.notes.add("nearest", "glazings", "pane that lets infrared pass as opaque to it")
        return {
            "thickness": significant(record.number("Thickness")),
            "conductivity": significant(record.number("Conductivity", 0.9)),
            "solar_transmittance": significant(
                dirt * record.number("Solar_Transmittance_at_Normal_Incidence")
            ),
            "solar_reflectance_front": record.number("Front_Side_Solar_Reflectance_at_Normal_Incidence"),
            "solar_reflectance_back": record.number("Back_Side_Solar_Reflectance_at_Normal_Incidence"),
            "emissivity_front": front,
            "emissivity_back": back,
            "coating": "low_e" if min(front, back) < 0.5 else "none",
        }


def outer_number(record: Record, field: str, default: float) -> float:
    """A property of a face's material; layers without faces (air gaps) take the default."""
    return record.number(field, default) if record.kind in ("MATERIAL", "MATERIAL:NOMASS") else default


def _roughness(record: Record) -> str:
    if record.kind not in ("MATERIAL", "MATERIAL:NOMASS"):
        return "medium_rough"
    return _ROUGHNESS.get(record.text("Roughness", "MediumRough").upper(), "medium_rough")


def resistance_of(layer: dict[str, float]) -> float:
    """Resistance of one written layer [m2.K/W]."""
    if "resistance" in layer:
        return layer["resistance"]
    return layer["thickness"] / layer["conductivity"]


def near_half(layers: list[dict[str, float]]) -> list[dict[str, float]]:
    """Layers between the zone and the plane without flow, both faces at one temperature.

    A capacity at resistance r from the zone, of R in all, draws the share 1 - r/R of its heat from the zone
    (slow changes); the layers up to the plane hold just that capacity. Without mass all layers stay.

    Parameters
    ----------
    layers : list
        From the far side to the zone.
    """
    total = sum(resistance_of(layer) for layer in layers)
    passed, near = 0.0, 0.0
    for layer in reversed(layers):
        own = resistance_of(layer)
        near += _capacity(layer) * (1.0 - (passed + 0.5 * own) / total)
        passed += own
    if near <= 0.0:
        return layers
    kept: list[dict[str, float]] = []
    for layer in reversed(layers):
        capacity = _capacity(layer)
        if near <= 1e-9:
            break
        if capacity <= near:
            kept.insert(0, dict(layer))
            near -= capacity
        else:
            kept.insert(0, {**layer, "thickness": significant(layer["thickness"] * near / capacity)})
            near = 0.0
    return kept


def _capacity(layer: dict[str, float]) -> float:
    if "resistance" in layer:
        return 0.0
    return layer["thickness"] * layer["density"] * layer["specific_heat"]


def significant(value: float, digits: int = 6) -> float:
    """A number with so many significant digits, so that files stay readable."""
    return float(f"{value:.{digits}g}")
