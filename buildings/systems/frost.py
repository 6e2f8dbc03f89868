"""Frost on the outdoor coil of an air-source heat pump in humid cold (结霜与除霜).

EnergyPlus's form (Engineering Reference, "Single-Speed DX Heating Coil", after Miller and Jaster 1985) for
reverse-cycle defrost on demand: the frosted coil loses capacity, and a share of the time goes into
melting. One thing differs: where the outdoor air is drier than the coil's surface no frost forms, and
the machine runs at its dry capacity.
"""

from __future__ import annotations

import math

from buildings.compiled import compiled

DEFROST_BELOW_C = 5.0
DEFROST_INPUT = 0.1528  # electric input of defrosting over rated capacity, BEopt and ResStock


@compiled()
def saturation_humidity_ratio(temp_c: float) -> float:
    """Humidity ratio of saturated air at sea level [kg/kg]; over ice below 0 °C (Magnus form, WMO No. 8)."""
    if temp_c < 0.0:
        p = 611.2 * math.exp(22.46 * temp_c / (272.62 + temp_c))
    else:
        p = 611.2 * math.exp(17.62 * temp_c / (243.12 + temp_c))
    return 0.621945 * p / (101325.0 - p)


@compiled()
def humidity_ratio(t_out: float, wb_out: float) -> float:
    """Humidity ratio [kg/kg] from dry and wet bulb at sea level (ASHRAE Fundamentals 2021, chapter 1)."""
    p = 611.2 * math.exp(17.62 * wb_out / (243.12 + wb_out))
    ws = 0.621945 * p / (101325.0 - p)
    return ((2501.0 - 2.326 * wb_out) * ws - 1.006 * (t_out - wb_out)) / (
        2501.0 + 1.86 * t_out - 4.186 * wb_out
    )


@compiled()
def frost_factors(t_out: float, wb_out: float) -> tuple[float, float, float, float]:
    """What frost does to a heat pump.

    Parameters
    ----------
    t_out, wb_out : float
        Outdoor dry and wet bulb [°C].

    Returns
    -------
    capacity, input : float
        Factors on capacity and on compressor input [-].
    defrost_load, defrost_input : float
        Heat that the reversed cycle takes from inside and the electricity of melting, both per rated
        capacity [W/W].
    """
    if t_out >= DEFROST_BELOW_C:
        return 1.0, 1.0, 0.0, 0.0
    coil = 0.82 * t_out - 8.589
    excess = humidity_ratio(t_out, wb_out) - saturation_humidity_ratio(coil)
    if excess <= 0.0:
        return 1.0, 1.0, 0.0, 0.0
    share = 1.0 / (1.0 + 0.01446 / excess)
    per_rated = share / 1.01667
    return (
        0.875 * (1.0 - share),
        0.954 * (1.0 - share),
        0.01 * per_rated * (7.222 - t_out),
        DEFROST_INPUT * per_rated,
    )
