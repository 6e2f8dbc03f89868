"""Air through open windows, driven by wind and stack (ASHRAE Handbook Fundamentals 2021 ch. 16)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buildings.description.schema import VentilationOpening

Array = NDArray[np.float64]

_GRAVITY = 9.81
_KELVIN = 273.15
_STRAIGHT, _DIAGONAL = 0.55, 0.30
"""Effectiveness of an opening for wind straight on it and at 45 degrees; by the angle, none from behind."""
_COLDEST_MIDDLE, _WARMEST_MIDDLE = 20.0, 26.0
"""Set-points that stand for those that are off, as for the bypass of heat recovery [degC]; assumed."""


def middle_of_set_points(heating: Array, cooling: Array) -> Array:
    """Temperature about which a room stays [degC]; set-points that are off count as 20 and 26 degC."""
    return np.asarray(0.5 * (np.maximum(heating, _COLDEST_MIDDLE) + np.minimum(cooling, _WARMEST_MIDDLE)))


def effectiveness(opening: VentilationOpening, wind_direction: Array) -> Array:
    """Share of the wind that drives air through an opening [1].

    Parameters
    ----------
    opening : VentilationOpening
    wind_direction : ndarray
        Where the wind comes from, clockwise from north [degree].
    """
    if opening.effectiveness is not None:
        return np.full_like(wind_direction, opening.effectiveness)
    angle = np.abs((wind_direction - opening.azimuth + 180.0) % 360.0 - 180.0)
    return np.asarray(np.maximum(_STRAIGHT + angle / 45.0 * (_DIAGONAL - _STRAIGHT), 0.0))


def opening_flow(
    opening: VentilationOpening, wind: Array, wind_direction: Array, temp_out: Array, difference: Array
) -> Array:
    """Flow through an opening that is open all the way [m3/s].

    Parameters
    ----------
    opening : VentilationOpening
    wind : ndarray
        Speed at the opening [m/s].
    wind_direction : ndarray
        [degree].
    temp_out, difference : ndarray
        Outdoor air [degC], and how much warmer the room is [K].
    """
    by_wind = effectiveness(opening, wind_direction) * opening.area * wind
    away = np.abs(difference)
    discharge = 0.40 + 0.0045 * away if opening.discharge is None else opening.discharge
    kelvin = temp_out + difference + _KELVIN
    by_stack = discharge * opening.area * np.sqrt(2.0 * _GRAVITY * opening.height * away / kelvin)
    return np.asarray(np.hypot(by_wind, by_stack))
