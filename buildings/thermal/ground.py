"""Ground below a slab: the soil of ISO 13370 as layers, so that the floor of a deep plan loses little."""

from __future__ import annotations

import math

from buildings.thermal.wall import Layer

# ISO 13370:2017 table 7, clay or silt; the soft ground of Shanghai is of this class.
SOIL = Layer(thickness=0.5, conductivity=1.5, density=1600.0, specific_heat=1875.0)
_R_INSIDE, _R_OUTSIDE = 0.17, 0.04

_LEAD_IN_DAYS = 28
_LEAD_IN_DAYS_ON_SOIL = 112


def lead_in_days(*, on_soil: bool) -> int:
    """Last days of a year that lead it in, so that it begins as it ends.

    Walls forget within four weeks. Rooms over soil do not: after four weeks they still were 1.1 W/m2 off a
    year led in by itself, and 0.6 kWh/m2 over the year; after sixteen weeks they are 0.01 W/m2 off.
    """
    return _LEAD_IN_DAYS_ON_SOIL if on_soil else _LEAD_IN_DAYS


def slab_on_ground_u(area: float, perimeter: float, r_floor: float, wall_thickness: float = 0.3) -> float:
    """Steady transmittance of a slab on ground, ISO 13370:2017 section 7 [W/(m2 K)].

    Parameters
    ----------
    area, perimeter : float
        Of the ground floor [m2], exposed perimeter [m].
    r_floor : float
        Resistance of the floor's layers [m2 K/W].
    """
    dimension = area / (0.5 * perimeter)
    equivalent = wall_thickness + SOIL.conductivity * (_R_INSIDE + r_floor + _R_OUTSIDE)
    if equivalent < dimension:
        return (
            2.0
            * SOIL.conductivity
            / (math.pi * dimension + equivalent)
            * math.log(math.pi * dimension / equivalent + 1.0)
        )
    return SOIL.conductivity / (0.457 * dimension + equivalent)


def with_soil(layers: tuple[Layer, ...], area: float, perimeter: float) -> tuple[Layer, ...]:
    """Floor layers (outside to inside) with half a metre of soil and the virtual layer of ISO 13370 below.

    The virtual resistance makes the steady transmittance equal to the standard's; it is massless and never
    negative.
    """
    r_floor = sum(layer.r for layer in layers)
    u = slab_on_ground_u(area, perimeter, r_floor)
    virtual = 1.0 / u - _R_INSIDE - r_floor - SOIL.r
    return (Layer(resistance=max(virtual, 0.0)), SOIL, *layers)
