"""What a heat pump (热泵) does: air/water, brine/water and water/water, heating and, reversed, cooling.

Two forms of the steady machine, as temperature polynomials
c0 + c1 x + c2 x^2 + c3 y + c4 y^2 + c5 x y + c6 y^3 + c7 z, with x of the water served, y of the source and
z of the outdoor air [degC]:

- hplib's [1]: electric power and COP are linear. A regulated compressor runs between its least power and
  its rated power at the COP of the temperatures, whatever its load: the fit is to the part-load points of
  EN 14825, so the usual load at a temperature is in it. What the compressor displaces bounds the output
  (hplib bounds the electric power alone).
- EnergyPlus' curves [2]: capacity and input over output (or COP), and a quartic of the input over the load.

Below its least output the machine cycles with EN 14825's loss [3], COP * r / (C r + 1 - C), where r is the
running share and C is measured, or 0.9. Frost takes output and COP by the ice that forms (`frost.frosted`):
in full from the performance of a dry coil; of curves through laboratory points, which hold the frost of the
laboratory's air (wet bulb 1 K below dry bulb at 7, 2 and -7 degC, EN 14511), only the difference that actual
humidity makes. hplib's planes hold it; `heat_pump_fits` has the dry machine out of them. Machines of an IDF
with defrosting take EnergyPlus' own frost.

What a machine cannot reach is not offered: supply temperatures beyond its limits, source temperatures out
of its range, a COP of 1 or below. A backup is a component of its own (`boiler`). Inside these limits
polynomials are held at the edges of their fitted range. Steady within a step; a start, a defrost and a stop
are in the means.

Parameters: `source` 0 outdoor air by dry bulb, 1 by wet bulb, 2 the component behind; `sink` 0 supply, 1
return temperature as x, 2 the mean of both; `power_form` 1 where `a` is electric power [W], else output
[W]; `ratio_form` what `b` is: 0 input over output, 1 COP, 2 input [W]; `a_0` to `b_7`, and `bound_0` to
`bound_7` [W], the most that the compressor displaces; `rated_power` [W], electric, up to which a regulated
compressor runs (0: no more than `a`); `least_0`, `least_x`, `least_y`: least continuous electric power [W]
of the power form; `least_share`: least continuous output over the most, of the curve form, 1 where there
is no regulation; `load_0` to `load_4`: input over the part load; `cycling` C; `standby` [W]; `x_least` to
`y_most`: fitted range; `y_power_least`: edge below which the power form's power is held (hplib, cooling);
`source_least`, `source_most`: source temperatures of operation; `supply_least`, `supply_most`: supply
temperatures; the latter falls by `supply_slope` for every kelvin of source below `supply_knee`; `frost` 0
none, 1 EnergyPlus', 2 the difference to a laboratory, 3 in full; `frost_rated` [W], capacity to which
EnergyPlus' defrosting relates; `frost_capacity`, `frost_cop` shares of the dry machine's lost in the frost
test at 2/1 degC.

References
----------
[1] hplib 1.9, RE-Lab HS Emden/Leer and FZ Juelich, parameters fitted to HP KEYMARK certificates.
[2] EnergyPlus Engineering Reference, "Plant Loop EIR Heat Pump"; "Air to Water Heat Pump" water heaters.
[3] EN 14825:2018, part load of air-to-water, water-to-water and brine-to-water units of fixed capacity.
"""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.systems.component import (
    AMBIENT,
    CHILLED_WATER,
    ELECTRICITY,
    SERVES,
    SOURCE,
    TEMP_OUT,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    WET_BULB_OUT,
    Array,
)
from buildings.systems.frost import LABORATORY_DEPRESSION, frost_factors, frosted

_POLYNOMIAL = 8
PARAMETERS = (
    "source",
    "sink",
    "power_form",
    "ratio_form",
    *(f"a_{i}" for i in range(_POLYNOMIAL)),
    *(f"b_{i}" for i in range(_POLYNOMIAL)),
    *(f"bound_{i}" for i in range(_POLYNOMIAL)),
    "rated_power",
    "least_0",
    "least_x",
    "least_y",
    "least_share",
    "load_0",
    "load_1",
    "load_2",
    "load_3",
    "load_4",
    "cycling",
    "standby",
    "x_least",
    "x_most",
    "y_least",
    "y_most",
    "y_power_least",
    "source_least",
    "source_most",
    "supply_least",
    "supply_most",
    "supply_slope",
    "supply_knee",
    "frost",
    "frost_rated",
    "frost_capacity",
    "frost_cop",
)
_AT = {name: i + 1 for i, name in enumerate(PARAMETERS)}
SOURCE_KIND, SINK_KIND, POWER_FORM, RATIO_FORM = 1, 2, 3, 4
A, B, BOUND = _AT["a_0"], _AT["b_0"], _AT["bound_0"]
RATED_POWER = _AT["rated_power"]
LEAST_0, LEAST_X, LEAST_Y, LEAST_SHARE = (_AT[f"least_{name}"] for name in ("0", "x", "y", "share"))
L0, L1, L2, L3, L4 = (_AT[f"load_{i}"] for i in range(5))
CYCLING, STANDBY = _AT["cycling"], _AT["standby"]
X_LEAST, X_MOST, Y_LEAST, Y_MOST = (_AT[name] for name in ("x_least", "x_most", "y_least", "y_most"))
Y_POWER_LEAST = _AT["y_power_least"]
SOURCE_LEAST, SOURCE_MOST = _AT["source_least"], _AT["source_most"]
SUPPLY_LEAST, SUPPLY_MOST = _AT["supply_least"], _AT["supply_most"]
SUPPLY_SLOPE, SUPPLY_KNEE = _AT["supply_slope"], _AT["supply_knee"]
FROST, FROST_RATED = _AT["frost"], _AT["frost_rated"]
FROST_CAPACITY, FROST_COP = _AT["frost_capacity"], _AT["frost_cop"]

OUTDOOR_DRY, OUTDOOR_WET, BEHIND = 0.0, 1.0, 2.0
BY_SUPPLY, BY_RETURN, BY_MEAN = 0.0, 1.0, 2.0
INPUT_RATIO, COP, INPUT = 0.0, 1.0, 2.0
FROST_NONE, FROST_ENERGYPLUS, FROST_DIFFERENCE, FROST_FULL = 0.0, 1.0, 2.0, 3.0


@compiled()
def _polynomial(p: Array, at: int, x: float, y: float, z: float) -> float:
    return (
        p[at]
        + x * (p[at + 1] + x * p[at + 2] + y * p[at + 5])
        + y * (p[at + 3] + y * (p[at + 4] + y * p[at + 6]))
        + z * p[at + 7]
    )


@compiled()
def source_temperature(p: Array, c: Array) -> float:
    """Of the kind that the machine's curves are written in [degC]."""
    if p[SOURCE_KIND] == BEHIND:
        return c[TEMP_SOURCE]
    return c[WET_BULB_OUT] if p[SOURCE_KIND] == OUTDOOR_WET else c[TEMP_OUT]


@compiled()
def sink_temperature(p: Array, c: Array) -> float:
    """Of the water served, of the kind that the machine's curves are written in [degC]."""
    if p[SINK_KIND] == BY_MEAN:
        return 0.5 * (c[TEMP_SUPPLY] + c[TEMP_RETURN])
    return c[TEMP_RETURN] if p[SINK_KIND] == BY_RETURN else c[TEMP_SUPPLY]


@compiled()
def within_reach(p: Array, c: Array) -> bool:
    """Whether the machine works at these source and supply temperatures."""
    source = c[TEMP_SOURCE] if p[SOURCE_KIND] == BEHIND else c[TEMP_OUT]
    most = p[SUPPLY_MOST] - p[SUPPLY_SLOPE] * max(p[SUPPLY_KNEE] - source, 0.0)
    return (
        p[SOURCE_LEAST] <= source
        and source <= p[SOURCE_MOST]
        and p[SUPPLY_LEAST] <= c[TEMP_SUPPLY]
        and c[TEMP_SUPPLY] <= most
    )


@compiled()
def outside_range(p: Array, c: Array) -> bool:
    """Whether a machine that works at these temperatures is held at an edge of its fitted range."""
    served, source = sink_temperature(p, c), source_temperature(p, c)
    return within_reach(p, c) and (
        served < p[X_LEAST] or served > p[X_MOST] or source < p[Y_LEAST] or source > p[Y_MOST]
    )


@compiled()
def _energyplus(p: Array, t_out: float, wb_out: float, capacity: float, ratio: float) -> tuple[float, float]:
    """EnergyPlus' net output and input over those of the dry coil [-]; `ratio`: COP of the dry coil."""
    output, power, load, melting = frost_factors(t_out, wb_out)
    share = p[FROST_RATED] / capacity
    return max(output - load * share, 0.0), power + melting * share * ratio


@compiled()
def frost_effect(p: Array, c: Array, capacity: float, ratio: float) -> tuple[float, float]:
    """What frost does to net output and to input at full load, over what the polynomials say [-]."""
    if p[FROST] == FROST_NONE:
        return 1.0, 1.0
    t_out = c[TEMP_OUT]
    if p[FROST] == FROST_ENERGYPLUS:
        return _energyplus(p, t_out, c[WET_BULB_OUT], capacity, ratio)
    output, power = frosted(t_out, c[WET_BULB_OUT], p[FROST_CAPACITY], p[FROST_COP])
    if p[FROST] == FROST_DIFFERENCE:
        in_laboratory, power_there = frosted(
            t_out, t_out - LABORATORY_DEPRESSION, p[FROST_CAPACITY], p[FROST_COP]
        )
        output /= in_laboratory
        power /= power_there
    return output, power


@compiled()
def machine(p: Array, c: Array) -> tuple[float, float, float]:
    """The running machine before frost.

    Returns
    -------
    most, least : float
        Output at full power and the least continuous [W].
    ratio : float
        COP (cooling: EER) of the temperatures; in the curve form at full load [-].
    """
    x = min(max(sink_temperature(p, c), p[X_LEAST]), p[X_MOST])
    y = min(max(source_temperature(p, c), p[Y_LEAST]), p[Y_MOST])
    z = c[TEMP_OUT]
    ratio = _polynomial(p, B, x, y, z)
    most = max(_polynomial(p, A, x, y, z), 0.0)
    if p[RATIO_FORM] == INPUT_RATIO:
        ratio = 1.0 / ratio if ratio > 0.0 else 0.0
    elif p[RATIO_FORM] == INPUT:
        ratio = most / ratio if ratio > 0.0 else 0.0
    if ratio <= 1.0:
        return 0.0, 0.0, 1.0
    if p[POWER_FORM] == 0.0:
        return most, most * p[LEAST_SHARE], ratio
    held = max(y, p[Y_POWER_LEAST])
    usual = max(_polynomial(p, A, x, held, z), 0.0)
    if p[RATED_POWER] == 0.0:
        return usual * ratio, usual * ratio, ratio
    least = max(p[LEAST_0] + x * p[LEAST_X] + held * p[LEAST_Y], 0.0)
    most = max(min(max(usual, p[RATED_POWER]) * ratio, _polynomial(p, BOUND, x, y, z)), 0.0)
    return most, min(least * ratio, most), ratio


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what the compressor gives at these temperatures, net of defrosting."""
    if not within_reach(p, c):
        return 0.0, 0.0, 0.0
    most, _, ratio = machine(p, c)
    if most <= 0.0:
        return 0.0, 0.0, 0.0
    output, _ = frost_effect(p, c, most, ratio)
    return 0.0, most * output, 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Run, continuously or in cycles, for the output."""
    flows[:] = 0.0
    if wish <= 0.0:
        flows[ELECTRICITY] = -p[STANDBY]
        flows[AMBIENT] = p[STANDBY]
        return
    most, least, ratio = machine(p, c)
    output, power = frost_effect(p, c, most, ratio)
    load = wish / (most * output)
    lowest = least / most
    running = min(load / lowest, 1.0) if lowest > 0.0 else 1.0
    r = max(load, lowest)
    if p[POWER_FORM] == 0.0:
        relative = p[L0] + r * (p[L1] + r * (p[L2] + r * (p[L3] + r * p[L4])))
    else:
        relative = r
    on = most / ratio * power * relative
    steady = on * running
    used = on * (p[CYCLING] * running + 1.0 - p[CYCLING])
    flows[ELECTRICITY] = -used
    if p[SERVES] == CHILLED_WATER:
        flows[CHILLED_WATER] = -wish
        behind = wish + steady
    else:
        flows[int(p[SERVES])] = wish
        behind = -max(wish - steady, 0.0)
    if p[SOURCE_KIND] == BEHIND:
        flows[SOURCE] = behind
    # what a start costs beyond the steady machine warms its surroundings, and so does air's part
    flows[AMBIENT] = -(flows[int(p[SERVES])] + flows[ELECTRICITY] + flows[SOURCE])
