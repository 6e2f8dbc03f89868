"""Layers and glass of the model: materials, constructions and windows.

EnergyPlus takes the optics of a face from its outermost material, which both faces share where there is one
layer only; such a layer is halved, so that each face keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildings.description.stacks import CompleteConstruction, CompleteLayer
from buildings.description.windows import Frame, Gap, Glazing, Pane
from buildings.energyplus.model import Model
from weather.errors import TwinError

_BLOCK_R = 100.0
"""Resistance behind an adiabatic face [m2 K/W].

EnergyPlus gives both faces of an adiabatic surface the same temperature, which lets heat pass to and fro; the
description means that none passes the outer face.
"""
_LEAST_R = 0.001
_LEAST_EMISSIVITY, _MOST_EMISSIVITY = 1e-5, 0.99999
"""EnergyPlus' own bounds of a thermal absorptance."""
_MOST_LAYERS = 10
_GAS = {"air": "Air", "argon": "Argon", "krypton": "Krypton"}
_ROUGHNESS = {
    "very_rough": "VeryRough",
    "rough": "Rough",
    "medium_rough": "MediumRough",
    "medium_smooth": "MediumSmooth",
    "smooth": "Smooth",
    "very_smooth": "VerySmooth",
}


@dataclass(frozen=True)
class Face:
    """Optics of a face [1]."""

    emissivity: float
    absorptance: float


class Constructions:
    """Constructions of a model, each written once.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._done: dict[tuple[object, ...], str] = {}
        self._materials: dict[tuple[object, ...], str] = {}

    def opaque(
        self,
        construction: CompleteConstruction,
        *,
        reverse: bool = False,
        behind: Sequence[CompleteLayer] = (),
        adiabatic: bool = False,
    ) -> str:
        """Name of an opaque construction.

        Parameters
        ----------
        reverse : bool
            Seen from the other side, for the twin of a partition.
        behind : sequence of CompleteLayer
            Soil outside of the layers.
        adiabatic : bool
            No heat through the outer face.
        """
        key = (construction.key, reverse, tuple(behind), adiabatic)
        if key in self._done:
            return self._done[key]
        outside = Face(construction.emissivity_outside, construction.solar_absorptance_outside)
        inside = Face(construction.emissivity_inside, construction.solar_absorptance_inside)
        layers = [*behind, *construction.layers]
        if adiabatic:
            layers = [CompleteLayer("behind", 0.0, 0.0, 0.0, 0.0, _BLOCK_R), *layers]
        if reverse:
            layers, outside, inside = layers[::-1], inside, outside
        roughness = _ROUGHNESS[construction.roughness]
        name = self.model.names.of("construction", f"{construction.key} {len(self._done) + 1}")
        self._write(name, construction.key, _two(layers), outside, inside, roughness)
        self._done[key] = name
        return name

    def _write(
        self,
        name: str,
        key: str,
        layers: Sequence[CompleteLayer],
        outside: Face,
        inside: Face,
        roughness: str,
    ) -> None:
        if len(layers) > _MOST_LAYERS:
            raise TwinError(
                f"the construction '{key}' has {len(layers)} layers with what lies behind it; EnergyPlus "
                f"takes {_MOST_LAYERS}.",
                "Join layers of the same kind.",
                key=f"constructions.{key}",
            )
        last = len(layers) - 1
        fields = {}
        for i, layer in enumerate(layers):
            face = outside if i == 0 else inside
            rough = roughness if i == 0 else "MediumRough"
            fields["Outside_Layer" if i == 0 else f"Layer_{i + 1}"] = self._material(
                layer, face if i in (0, last) else Face(0.9, 0.5), rough
            )
        self.model.add("Construction", Name=name, **fields)

    def _material(self, layer: CompleteLayer, face: Face, roughness: str) -> str:
        key = (layer, face, roughness)
        if key in self._materials:
            return self._materials[key]
        name = self.model.names.of("material", f"{layer.name} {len(self._materials) + 1}")
        optics = {
            "Thermal_Absorptance": _emissivity(face.emissivity),
            "Solar_Absorptance": face.absorptance,
            "Visible_Absorptance": face.absorptance,
        }
        if layer.massless:
            self.model.add(
                "Material:NoMass",
                Name=name,
                Roughness=roughness,
                Thermal_Resistance=max(layer.resistance, _LEAST_R),
                **optics,
            )
        else:
            self.model.add(
                "Material",
                Name=name,
                Roughness=roughness,
                Thickness=layer.thickness,
                Conductivity=layer.conductivity,
                Density=layer.density,
                Specific_Heat=layer.specific_heat,
                **optics,
            )
        self._materials[key] = name
        return name

    def frame(self, key: str, frame: Frame) -> str:
        """Name of the construction of a glazing's frame: a resistance with its faces."""
        done = ("frame", key)
        if done not in self._done:
            face = Face(frame.emissivity, frame.solar_absorptance)
            layer = CompleteLayer("frame", 0.0, 0.0, 0.0, 0.0, frame.resistance)
            name = self.model.names.of("construction", f"frame {key}")
            self._write(name, key, [layer], face, face, _ROUGHNESS["very_smooth"])
            self._done[done] = name
        return self._done[done]

    def glazing(self, key: str, glazing: Glazing) -> str:
        """Name of a window construction.

        U and SHGC alone become EnergyPlus' simple glazing, whose angular behaviour follows from the two;
        described panes and gaps are written layer by layer.
        """
        done = ("glazing", key)
        if done in self._done:
            return self._done[done]
        name = self.model.names.of("construction", f"glazing {key}")
        if glazing.layers is not None:
            self.panes(name, glazing.layers)
        else:
            material = self.model.names.of("material", f"glazing {key}")
            self.model.add(
                "WindowMaterial:SimpleGlazingSystem",
                Name=material,
                UFactor=glazing.u_value,
                Solar_Heat_Gain_Coefficient=glazing.shgc,
            )
            self.model.add("Construction", Name=name, Outside_Layer=material)
        self._done[done] = name
        return name

    def panes(self, name: str, layers: Sequence[Pane | Gap | str]) -> None:
        """Write a construction of panes and gaps; text is the name of a material that is there already."""
        fields = {}
        for i, layer in enumerate(layers):
            place = "Outside_Layer" if i == 0 else f"Layer_{i + 1}"
            if isinstance(layer, str):
                fields[place] = layer
                continue
            fields[place] = material = self.model.names.of("material", f"{name} layer {i + 1}")
            if isinstance(layer, Gap):
                self.model.add(
                    "WindowMaterial:Gas",
                    Name=material,
                    Gas_Type=_GAS[layer.gas],
                    Thickness=layer.thickness,
                )
            else:
                self._pane(material, layer)
        self.model.add("Construction", Name=name, **fields)

    def _pane(self, name: str, pane: Pane) -> None:
        solar, front, back = (
            pane.solar_transmittance,
            pane.solar_reflectance_front,
            pane.solar_reflectance_back,
        )
        self.model.add(
            "WindowMaterial:Glazing",
            Name=name,
            Optical_Data_Type="SpectralAverage",
            Thickness=pane.thickness,
            Solar_Transmittance_at_Normal_Incidence=solar,
            Front_Side_Solar_Reflectance_at_Normal_Incidence=front,
            Back_Side_Solar_Reflectance_at_Normal_Incidence=back,
            # No daylight is computed; the visible band is given the solar figures.
            Visible_Transmittance_at_Normal_Incidence=solar,
            Front_Side_Visible_Reflectance_at_Normal_Incidence=front,
            Back_Side_Visible_Reflectance_at_Normal_Incidence=back,
            Infrared_Transmittance_at_Normal_Incidence=0.0,
            Front_Side_Infrared_Hemispherical_Emissivity=_emissivity(pane.emissivity_front),
            Back_Side_Infrared_Hemispherical_Emissivity=_emissivity(pane.emissivity_back),
            Conductivity=pane.conductivity,
        )


def _emissivity(value: float) -> float:
    """An emissivity within what EnergyPlus takes: neither 0 nor 1."""
    return min(max(value, _LEAST_EMISSIVITY), _MOST_EMISSIVITY)


def _two(layers: Sequence[CompleteLayer]) -> list[CompleteLayer]:
    """At least two layers, the only one halved."""
    if len(layers) > 1:
        return list(layers)
    one = layers[0]
    half = CompleteLayer(
        one.name,
        0.5 * one.thickness,
        one.conductivity,
        one.density,
        one.specific_heat,
        0.5 * one.resistance,
    )
    return [half, half]
