"""Opaque layer stacks (围护结构构造) as a user writes them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse

Roughness = Literal["very_rough", "rough", "medium_rough", "medium_smooth", "smooth", "very_smooth"]


class Layer(Described):
    """One layer: a library material with a thickness, one's own material, or a plain resistance (air gap)."""

    material: Key | None = Field(default=None, description="Key of a library material.")
    thickness: q.Thickness | None = Field(
        default=None,
        description="Thickness [m]; left out only where `u_value` of the construction decides it.",
    )
    conductivity: q.Conductivity | None = Field(
        default=None, description="Conductivity [W/(m.K)] of a material of one's own."
    )
    density: q.Density | None = Field(default=None, description="Density [kg/m3] of a material of one's own.")
    specific_heat: q.SpecificHeat | None = Field(
        default=None, description="Specific heat [J/(kg.K)] of a material of one's own."
    )
    resistance: q.Resistance | None = Field(
        default=None, description="Resistance [m2.K/W] of a layer without mass, such as an air gap."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Layer:
        own = (self.conductivity, self.density, self.specific_heat)
        kinds = [
            self.material is not None,
            any(part is not None for part in own),
            self.resistance is not None,
        ]
        if sum(kinds) != 1:
            raise refuse(
                "a layer is a material, or conductivity with density and specific_heat, or a resistance",
                "Write exactly one of the three.",
            )
        if kinds[1] and any(part is None for part in own):
            raise refuse(
                "a material of one's own lacks a property",
                "Give conductivity, density and specific_heat together.",
            )
        if kinds[1] and self.thickness is None:
            raise refuse("a layer has no thickness", "Write thickness, for example 0.2 m.")
        if kinds[2] and self.thickness is not None:
            raise refuse("a resistance needs no thickness", "Leave thickness out.")
        return self


class Construction(Described):
    """Layers from the outer side to the zone's side."""

    layers: tuple[Layer, ...] = Field(min_length=1, max_length=20, description="From outside to inside.")
    u_value: q.Transmittance | None = Field(
        default=None,
        description="U with films of GB 50176 [W/(m2.K)]; solves the one layer without thickness.",
    )
    solar_absorptance_outside: q.Fraction = Field(
        default=0.6, description="Solar absorptance of the outer face [1] (太阳辐射吸收系数)."
    )
    solar_absorptance_inside: q.Fraction = Field(
        default=0.5, description="Solar absorptance of the zone's face [1]."
    )
    emissivity_outside: q.Fraction = Field(
        default=0.9, description="Long-wave emissivity of the outer face [1]."
    )
    emissivity_inside: q.Fraction = Field(
        default=0.9, description="Long-wave emissivity of the zone's face [1]."
    )
    roughness: Roughness = Field(
        default="medium_rough", description="Roughness of the outer face, for the wind's part of its film."
    )

    @model_validator(mode="after")
    def _solvable(self) -> Construction:
        free = [layer for layer in self.layers if layer.thickness is None and layer.resistance is None]
        if self.u_value is None and free:
            raise refuse(
                f"layer '{free[0].material}' has no thickness",
                "Give its thickness, or u_value of the construction to solve it.",
            )
        if self.u_value is not None and len(free) != 1:
            raise refuse(
                f"u_value is given and {len(free)} layers have no thickness",
                "Leave the thickness of exactly one layer (the insulation) out, or leave u_value out.",
            )
        return self
