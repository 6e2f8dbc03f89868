"""Layer stacks with every figure: resistances, U value, the layer that is solved, thermal inertia."""

from __future__ import annotations

import math
from dataclasses import dataclass

from buildings.description import schema
from buildings.description.ledger import Ledger
from buildings.library import catalogue
from weather.errors import TwinError

_DAY = 86400.0


@dataclass(frozen=True)
class CompleteLayer:
    """One layer: thickness [m], conductivity [W/(m.K)], density [kg/m3], specific heat [J/(kg.K)].

    A layer without mass (`massless`) has thickness, density and specific heat 0 and only its `resistance`
    [m2.K/W].
    """

    name: str
    thickness: float
    conductivity: float
    density: float
    specific_heat: float
    resistance: float

    @property
    def massless(self) -> bool:
        """Whether the layer is a plain resistance."""
        return self.density == 0.0

    @property
    def heat_capacity(self) -> float:
        """Heat capacity per area [J/(m2.K)]."""
        return self.thickness * self.density * self.specific_heat


@dataclass(frozen=True)
class CompleteConstruction:
    """Layers from the outer side to the zone's side, optics of both faces [1], roughness of the outer."""

    key: str
    layers: tuple[CompleteLayer, ...]
    solar_absorptance_outside: float
    solar_absorptance_inside: float
    emissivity_outside: float
    emissivity_inside: float
    roughness: str = "medium_rough"

    @property
    def resistance(self) -> float:
        """Resistance of the layers without films [m2.K/W]."""
        return sum(layer.resistance for layer in self.layers)

    @property
    def u_value(self) -> float:
        """U with the films of GB 50176 (Ri, Re) [W/(m2.K)]."""
        inside, outside = catalogue.films()
        return 1.0 / (inside.value + self.resistance + outside.value)

    @property
    def thermal_inertia(self) -> float:
        """Thermal inertia index D (热惰性指标) of GB 50176: sum of R x S over the layers [1].

        S is the storage coefficient of a day's period, sqrt(2 pi lambda rho c / 24 h).
        """
        return sum(
            layer.resistance
            * math.sqrt(2.0 * math.pi * layer.conductivity * layer.density * layer.specific_heat / _DAY)
            for layer in self.layers
        )


def complete_construction(
    key: str, construction: schema.Construction, at: str, book: Ledger
) -> CompleteConstruction:
    """Resolve materials and solve the free layer for the U value.

    Parameters
    ----------
    key : str
        Name of the construction.
    construction : Construction
        As written or from the library.
    at : str
        Path for messages and the ledger.
    book : Ledger
        Receives the solved thickness and U.

    Returns
    -------
    CompleteConstruction
        With `u_value` equal to the asked one to machine precision.

    Raises
    ------
    TwinError
        Unknown material, or the other layers alone insulate better than the U value asks.
    """
    layers = tuple(_layer(layer, at) for layer in construction.layers)
    if construction.u_value is not None:
        layers = _solve(layers, construction.u_value, at, book)
    done = CompleteConstruction(
        key,
        layers,
        construction.solar_absorptance_outside,
        construction.solar_absorptance_inside,
        construction.emissivity_outside,
        construction.emissivity_inside,
        construction.roughness,
    )
    book.derive(
        f"{at}.u_value", done.u_value, "W/(m2.K)", "1 / (Ri + sum of d/lambda + Re), films of GB 50176"
    )
    book.derive(
        f"{at}.thermal_inertia", done.thermal_inertia, "1", "D = sum of R x S of the layers, GB 50176"
    )
    return done


def _layer(layer: schema.Layer, at: str) -> CompleteLayer:
    if layer.resistance is not None:
        return CompleteLayer("resistance", 0.0, 0.0, 0.0, 0.0, layer.resistance)
    thickness = layer.thickness if layer.thickness is not None else 0.0
    if layer.material is not None:
        found = catalogue.material(layer.material, f"{at}.layers")
        name, conductivity = found.key, found.conductivity
        density, heat = found.density, found.specific_heat
    elif layer.conductivity is not None and layer.density is not None and layer.specific_heat is not None:
        name, conductivity, density, heat = (
            "own material",
            layer.conductivity,
            layer.density,
            layer.specific_heat,
        )
    else:
        raise TypeError("a layer without properties passed validation")
    return CompleteLayer(name, thickness, conductivity, density, heat, thickness / conductivity)


def _solve(
    layers: tuple[CompleteLayer, ...], u_value: float, at: str, book: Ledger
) -> tuple[CompleteLayer, ...]:
    """Give the one layer of zero thickness the resistance that is missing to 1/U."""
    inside, outside = catalogue.films()
    rest = inside.value + outside.value + sum(layer.resistance for layer in layers)
    missing = 1.0 / u_value - rest
    free = next(layer for layer in layers if not layer.massless and layer.thickness == 0.0)
    if missing <= 0.0:
        raise TwinError(
            f"The other layers alone have a U of {1.0 / rest:.3f} W/(m2.K), '{free.name}' cannot make it "
            f"{u_value:g} W/(m2.K).",
            f"Ask for a U below {1.0 / rest:.3f}, or use thinner or more conducting layers.",
            key=f"{at}.u_value",
        )
    thickness = missing * free.conductivity
    book.derive(f"{at}.layers.{free.name}.thickness", thickness, "m", f"solved for U = {u_value:g} W/(m2.K)")
    solved = CompleteLayer(free.name, thickness, free.conductivity, free.density, free.specific_heat, missing)
    return tuple(solved if layer is free else layer for layer in layers)
