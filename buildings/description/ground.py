"""Slab on ground: the steady-state U value of ISO 13370 and the layers that give it in a dynamic model."""

from __future__ import annotations

import math

_R_INSIDE = 0.17  # m2.K/W, ISO 6946 downward heat flow
_R_OUTSIDE = 0.04
SOIL_DEPTH = 0.5  # m of soil that ISO 13370 keeps as a capacity below the slab
SOURCE = "ISO 13370:2007 slab on ground, with 0.5 m of soil and a virtual layer below"


def slab_u_value(
    area: float, perimeter: float, wall_thickness: float, slab_resistance: float, soil_conductivity: float
) -> float:
    """U of an uninsulated-edge slab on ground between indoors and the outdoor annual mean.

    Parameters
    ----------
    area, perimeter : float
        Floor area [m2] and exposed perimeter [m] of the whole ground floor.
    wall_thickness : float
        Thickness of the outer walls [m].
    slab_resistance : float
        Resistance of the floor's layers above the soil [m2.K/W].
    soil_conductivity : float
        Conductivity of the soil [W/(m.K)].

    Returns
    -------
    float
        U [W/(m2.K)].

    References
    ----------
    ISO 13370:2007, 9.1, slab-on-ground floors (characteristic dimension, equivalent thickness).
    """
    dimension = area / (0.5 * perimeter)
    thickness = wall_thickness + soil_conductivity * (_R_INSIDE + slab_resistance + _R_OUTSIDE)
    if thickness < dimension:
        around = math.pi * dimension + thickness
        return 2.0 * soil_conductivity / around * math.log(math.pi * dimension / thickness + 1.0)
    return soil_conductivity / (0.457 * dimension + thickness)


def virtual_resistance(u_value: float, slab_resistance: float, soil_conductivity: float) -> float:
    """Resistance of the massless layer below 0.5 m of soil that brings the whole to `u_value` [m2.K/W].

    References
    ----------
    ISO 13370:2007, application to dynamic simulation programs: R = 1/U - Rsi - Rf - Rg.
    """
    return 1.0 / u_value - _R_INSIDE - slab_resistance - SOIL_DEPTH / soil_conductivity
