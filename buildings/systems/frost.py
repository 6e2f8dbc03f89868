"""Frost on the outdoor coil of an air-source heat pump in humid cold (结霜与除霜).

Two models.

`frosted` is ours: losses grow with the ice that forms per heat drawn from the air, from nothing in dry or
mild air on, through the losses measured in the frost test at 2 °C dry and 1 °C wet bulb, which
`data/frost.yaml` holds [1, 2]. Without any fit to it, its course in a laboratory's air
is that of Wetter and Afjei's curve over the temperature [3] within 0.2 of the loss at 2 °C from -7 to
6 °C. Blocking between defrosts and defrosting are taken as proportional to the ice; that machines draw less
on a coil at part load, which then is warmer, is not in it.

`frost_factors` is EnergyPlus' [4], after Miller and Jaster 1985, kept to run beside EnergyPlus: as soon as
any frost forms it takes 12.5 % of the capacity, at 2/1 °C 21 %. One thing differs: where the outdoor air is
drier than the coil's surface no frost forms, and the machine runs at its dry capacity.

References
----------
[1] EN 14511-3:2018, tests with defrosting; EN 14825:2018, point B.
[2] AHRI 210/240 and 10 CFR 430 subpart B appendix M1: frost between -8.3 and 7.2 °C.
[3] Wetter, Afjei: TRNSYS type 204, dual stage compressor heat pump including frost and cycle losses, 1997.
[4] EnergyPlus Engineering Reference, "Single-Speed DX Heating Coil", reverse-cycle defrost on demand.
"""

from __future__ import annotations

import math

from buildings.compiled import compiled
from buildings.systems.records import entry

COIL_SLOPE, COIL_OFFSET = 0.82, -8.589
"""Temperature of the coil over that of the outdoor air: Miller and Jaster, in EnergyPlus."""
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
    """What frost does to a heat pump in EnergyPlus.

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
    coil = COIL_SLOPE * t_out + COIL_OFFSET
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


FROZEN_BELOW_C = 2.0
FROST_FREE_FROM_C = 7.0
"""All of the coil is below freezing, and none: the standards' frost test, and their rating at 7/6 °C."""
LABORATORY_DEPRESSION = 1.0
"""Dry minus wet bulb in a laboratory's heating tests at 12, 7, 2 and -7 °C [K] (EN 14511-2)."""
_SUBLIMATION, _AIR_HEAT = 2834.0, 1.006
"""Water vapour to ice [kJ/kg], and heat of dry air [kJ/(kg K)]."""


@compiled()
def _frost_share(t_out: float, wb_out: float) -> float:
    """Share of the coil's heat that comes from vapour turned to ice [-]."""
    coil = COIL_SLOPE * t_out + COIL_OFFSET
    excess = humidity_ratio(t_out, wb_out) - saturation_humidity_ratio(coil)
    if t_out >= FROST_FREE_FROM_C or excess <= 0.0:
        return 0.0
    vapour = _SUBLIMATION * excess
    frozen = min((FROST_FREE_FROM_C - t_out) / (FROST_FREE_FROM_C - FROZEN_BELOW_C), 1.0)
    return frozen * vapour / (vapour + _AIR_HEAT * (t_out - coil))


@compiled()
def frosting(t_out: float, wb_out: float) -> float:
    """Ice per heat drawn from the air, over that in the frost test at 2 °C dry and 1 °C wet bulb.

    Heat and vapour move from air to coil alike (Lewis), so of the coil's heat the vapour's part is
    L dw / (L dw + c dt), where dw and dt are how much wetter and warmer the air is than air saturated at
    the surface: whatever the flow of air. The surface is Miller and Jaster's, as in EnergyPlus. From 2 °C on
    parts of it are above freezing, at 7 °C all. Continuous in both arguments, 0 where no ice forms.

    Parameters
    ----------
    t_out, wb_out : float
        Outdoor dry and wet bulb [°C].
    """
    return _frost_share(t_out, wb_out) / _frost_share(2.0, 1.0)


@compiled()
def frosted(t_out: float, wb_out: float, capacity_loss: float, cop_loss: float) -> tuple[float, float]:
    """What frost and defrosting leave, as means over cycles of both.

    Parameters
    ----------
    t_out, wb_out : float
        Outdoor dry and wet bulb [°C].
    capacity_loss, cop_loss : float
        Shares of output and COP of the dry machine lost in the frost test at 2/1 °C; both grow with
        `frosting` [-].

    Returns
    -------
    output, input : float
        At full power, over those of the dry machine [-].
    """
    much = frosting(t_out, wb_out)
    output = max(1.0 - capacity_loss * much, 0.0)
    return output, output / (1.0 - cop_loss * much)


def frost_losses(kind: str) -> tuple[float, float]:
    """Shares of output and COP lost in the frost test: of "air_water" or "air_air" machines."""
    values = entry("frost", kind)
    return float(values["capacity_loss"]), float(values["cop_loss"])


_AIR_CAPACITY_LOSS, _AIR_COP_LOSS = frost_losses("air_air")


@compiled()
def air_air_frost(t_out: float, wb_out: float) -> tuple[float, float, float, float]:
    """`frosted` of an air/air machine in the form of `frost_factors`: its losses hold the defrosting."""
    output, power = frosted(t_out, wb_out, _AIR_CAPACITY_LOSS, _AIR_COP_LOSS)
    return output, power, 0.0, 0.0
