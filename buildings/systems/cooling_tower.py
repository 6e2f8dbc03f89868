"""Cooling towers (冷却塔): approach to the wet bulb by YorkCalc's correlation, as in EnergyPlus.

The approach is a polynomial, quadratic in each, of the wet bulb, the range of the water and the ratio of
water to air flow, each flow over its design. A tower is described by the approach at its design point, from
which its water-to-air ratio there follows. The fan's speed is controlled: it moves the air that keeps the
water at its set-point, and all it can where that is not enough.

References
----------
EnergyPlus Engineering Reference, "Variable Speed Cooling Towers Empirical Models", YorkCalc.
Design points: GB/T 7190.1-2018, 37/32 degC at 28 degC wet bulb (gk-verify).
"""

from __future__ import annotations

import math

from buildings.compiled import compiled
from weather.errors import TwinError

WET_BULB_LEAST, WET_BULB_MOST = -34.4, 29.4444
"""Fitted range [degC]; beyond it inputs are held at its edges, as in EnergyPlus."""
RANGE_LEAST, RANGE_MOST = 1.1111, 22.2222
"""[K]."""
APPROACH_LEAST = 1.1111
"""Smallest approach that was fitted [K]."""
RATIO_MOST = 8.0
"""Largest ratio of water to air flow that the correlation is made for."""


@compiled()
def approach_terms(wet_bulb: float, span: float) -> tuple[float, float, float]:
    """Coefficients of the approach [K] as a quadratic of the water-to-air ratio.

    Parameters
    ----------
    wet_bulb : float
        [degC].
    span : float
        Range of the water [K].
    """
    w = min(max(wet_bulb, WET_BULB_LEAST), WET_BULB_MOST)
    r = min(max(span, RANGE_LEAST), RANGE_MOST)
    a = (
        (-0.359741205 + w * (-0.055053608 + w * 0.0023850432))
        + r * (0.173926877 + w * (-0.0248473764 + w * 0.00048430224))
        + r * r * (-0.005589849456 + w * (0.0005770079712 + w * -0.00001342427256))
    )
    b = (
        (2.84765801111111 + w * (-0.121765149 + w * 0.0014599242))
        + r * (1.680428651 + w * (-0.0166920786 + w * -0.0007190532))
        + r * r * (-0.025485194448 + w * (0.0000487491696 + w * 0.00002719234152))
    )
    c = (
        (-0.0653766255555556 + w * (-0.002278167 + w * 0.0002500254))
        + r * (-0.0910565458 + w * (0.00318176316 + w * 0.000038621772))
        + r * r * (-0.0034285382352 + w * (0.00000856589904 + w * -0.000001516821552))
    )
    return a, b, c


@compiled()
def approach(wet_bulb: float, span: float, ratio: float) -> float:
    """Leaving water above the wet bulb [K] at a ratio of water to air flow."""
    a, b, c = approach_terms(wet_bulb, span)
    return a + ratio * (b + ratio * c)


@compiled()
def ratio_for(wet_bulb: float, span: float, wanted: float) -> float:
    """Ratio of water to air flow at which the approach is `wanted` [K]; `RATIO_MOST` where it stays below.

    0 where no flow of air brings it so low.
    """
    a, b, c = approach_terms(wet_bulb, span)
    if wanted <= a:
        return 0.0
    root = b * b + 4.0 * c * (wanted - a)
    if root < 0.0:
        return RATIO_MOST
    below = b + math.sqrt(root)
    if below <= 0.0:
        return RATIO_MOST
    return min(2.0 * (wanted - a) / below, RATIO_MOST)


@compiled()
def air_share(wet_bulb: float, span: float, wanted: float, design: float) -> float:
    """Air flow over its design that brings the water to `wanted` above the wet bulb, at most 1 [-].

    `design`: water-to-air ratio of the tower, from `load_tower`; water flows at its design.
    """
    ratio = ratio_for(wet_bulb, span, wanted)
    return min(design / ratio, 1.0) if ratio > 0.0 else 1.0


@compiled()
def fan_share(air: float, least: float) -> float:
    """Fan power over its design: the cube of the air flow; below the least speed it cycles."""
    if air >= least:
        return air * air * air
    return air * least * least


def load_tower(design_approach: float, design_range: float, design_wet_bulb: float) -> float:
    """Water-to-air ratio at which the correlation gives a tower's design approach [-].

    Parameters
    ----------
    design_approach, design_range : float
        [K].
    design_wet_bulb : float
        [degC].

    Raises
    ------
    TwinError
        No tower of the correlation does that.
    """
    ratio = ratio_for(design_wet_bulb, design_range, design_approach)
    if not 0.0 < ratio < RATIO_MOST or design_approach < APPROACH_LEAST or not design_range > 0.0:
        raise TwinError(
            f"No cooling tower comes to {design_approach} K above {design_wet_bulb} degC wet bulb "
            f"over a range of {design_range} K.",
            "Give a design point such as 4 K, 5 K and 28 degC.",
            key="tower",
        )
    return ratio
