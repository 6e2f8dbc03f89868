"""Heat of people: the warmer the room, the less of it is sensible.

The polynomial in activity and air temperature is that of EnergyPlus (Engineering Reference, People: heat gain
from people; fitted to the ASHRAE Handbook of Fundamentals 1977, ch. 8 table 18), kept to between nothing and
all of the activity as there.
"""

from __future__ import annotations

from buildings.thermal.layout import PEOPLE_REFERENCE

_TERMS = (
    (6.461927, 0.946892, 0.0000255737),
    (7.139322, -0.0627909, 0.0000589271),
    (-0.198550, 0.000940018, -0.00000149532),
)
"""Coefficients by power of the temperature [degC] (rows) and of the activity [W] (columns)."""


def sensible_polynomial(activity: float) -> tuple[float, float, float]:
    """Sensible heat of a person as a polynomial in the temperature of the air.

    Parameters
    ----------
    activity : float
        Metabolic heat [W].

    Returns
    -------
    tuple of float
        Constant [W], linear [W/K] and quadratic term [W/K2], in degC.
    """
    first, second, third = (a + b * activity + c * activity**2 for a, b, c in _TERMS)
    return first, second, third


def sensible_heat(activity: float, temperature: float) -> float:
    """Sensible heat of a person [W] at an activity [W] in air of a temperature [degC]."""
    constant, linear, quadratic = sensible_polynomial(activity)
    found = constant + temperature * (linear + temperature * quadratic)
    return min(max(found, 0.0), activity)


def sensible_shape(activity: float) -> tuple[float, float, float]:
    """The same as the engine takes it: about the reference temperature.

    Returns
    -------
    tuple of float
        Heat at the reference [W], its relative slope there [1/K], curvature over slope [1/K].
    """
    constant, linear, quadratic = sensible_polynomial(activity)
    heat = constant + PEOPLE_REFERENCE * (linear + PEOPLE_REFERENCE * quadratic)
    slope = linear + 2.0 * PEOPLE_REFERENCE * quadratic
    return heat, slope / heat, quadratic / slope
