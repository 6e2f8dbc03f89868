"""Water near the ground's temperature for heat pumps in buildings (常温环网, 能源总线): its mass, its tower.

All water of the loop is one mass at one temperature. Pipes without insulation exchange with the ground by
the resistances of `heat_network`, here of the plastic wall and the soil, steadily: the ground about a pipe
follows at once. Within a step of constant heat the mass follows exactly,

    T(t) = T_s + (T_0 - T_s) exp(-U t / C),  T_s = T_g + q / U,

with loss U, capacity C and ground T_g; machines of the step see its mean.

Pumps send the flow of what heating buildings draw or of what cooling buildings give, whichever is more, all
the way; what both pass to each other moves only through their substations.

A tower stands behind a heat exchanger. It has many cells, of which as many run as it takes, each with the air
and the water of its design; their range is what brings the water that comes down, by the correlation of
`cooling_tower`, to where the exchanger warms it to the loop less its difference. None runs where that range
would be below the least of the correlation; all may a kelvin beyond.

Left out: temperature along the loop and travel time of its water, heat that the ground about the pipes holds.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from buildings.compiled import compiled
from buildings.districts.energy_station import AmbientLoop
from buildings.districts.heat_network import (
    DENSITY,
    HEAT,
    Network,
    bore_m,
    buried_pair_loss,
    laid,
    network_data,
)
from buildings.districts.heat_network import pump_power_w as network_pump_power_w
from buildings.library.data_text import read_data
from buildings.systems.cooling_tower import RANGE_LEAST, approach, load_tower
from weather.errors import TwinError

_VISCOSITY = 1.06e-6
"""Kinematic viscosity of water near 18 degC [m2/s]."""
_TURNS = 60
_CLOSE = 1e-9
"""Kelvin to which the range of a tower is found."""
_BAND = 1.0
"""Kelvin over which a tower's controller calls its cells."""


class Loop(NamedTuple):
    """A loop as the march reads it.

    Attributes
    ----------
    water : Network
        Pipes, loss, water and pumps; `mean` and `last` are not used.
    least, warm_below, cool_above, most : float
        Temperatures at which sources act [degC], see `energy_station.AmbientLoop`.
    floor, ceiling : float
        Temperatures at which substations stop to draw and to give [degC].
    exchanger : float
        Difference of the heat exchangers at the loop [K].
    """

    water: Network
    least: float
    warm_below: float
    cool_above: float
    most: float
    floor: float
    ceiling: float
    exchanger: float


class Tower(NamedTuple):
    """A cooling tower at the loop.

    Attributes
    ----------
    above : float
        It cools the loop down to this [degC].
    flow : float
        Heat capacity of its water [W/K]; 0 where there is no tower.
    design : float
        Water-to-air ratio at its design point [-].
    fan, pump : float
        Electricity of all fans and of all pumps [W].
    """

    above: float
    flow: float
    design: float
    fan: float
    pump: float


@cache
def loop_data() -> dict[str, Any]:
    """Pipes, exchangers, tower and limits, with sources."""
    text = (resources.files("buildings.districts") / "data" / "ambient_loop.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def bare_pair_loss(product: str) -> float:
    """Exchange of a pair of plastic pipes per metre of route and kelvin over the ground [W/(m K)]."""
    pipes = loop_data()["pipes"]
    size = pipes["products"][product]
    outside = 1e-3 * size["outer"]
    return buried_pair_loss(
        outside, math.log(outside / bore_m(size)) / (2.0 * math.pi * pipes["conductivity"])
    )


def load_loop(described: AmbientLoop) -> Loop:
    """A loop for the march."""
    data, water = loop_data(), network_data()["hydraulics"]
    pipes, operation = data["pipes"], data["operation"]
    loss, capacity, way = laid(described.pipes, pipes["products"], bare_pair_loss, pipes["roughness"])
    network = Network(
        sign=1.0,
        mean=0.5 * (described.least + described.most),
        spread=described.spread,
        last=described.least,
        loss=loss,
        capacity=capacity,
        constant=1e3 * (water["station"] + water["substation"]),
        pump=float(water["pump"]),
        motor=float(water["motor"]),
        viscosity=_VISCOSITY,
        pipes=way,
    )
    return Loop(
        water=network,
        least=described.least,
        warm_below=described.warm_below,
        cool_above=described.cool_above,
        most=described.most,
        floor=float(operation["floor"]),
        ceiling=float(operation["ceiling"]),
        exchanger=float(data["exchangers"]["exchanger"]),
    )


def load_loop_tower(described: AmbientLoop, design_w: float) -> Tower:
    """The tower of a loop; without one, one without water.

    Parameters
    ----------
    described : AmbientLoop
    design_w : float
        Heat that it takes from the warmest loop at its design wet bulb, where it names no capacity [W].

    Raises
    ------
    TwinError
        No tower does that.
    """
    tower = described.tower
    if tower is None:
        return Tower(described.most, 0.0, 1.0, 0.0, 0.0)
    above = 0.5 * (described.cool_above + described.most) if tower.above is None else tower.above
    if tower.capacity != "autosize":
        return _tower(float(tower.capacity), above)
    one = _tower(1.0, above)
    wet_bulb, exchanger = loop_data()["tower"]["wet_bulb"], loop_data()["exchangers"]["exchanger"]
    taken = tower_most_w(described.most, wet_bulb, exchanger, one)
    if taken <= 0.0:
        raise TwinError(
            f"A tower takes no heat from a loop of {described.most:g} degC at {wet_bulb:g} degC wet bulb.",
            "Let the loop become warmer (`most`), or give the tower a capacity.",
            key="shared.energy_station.ambient_loop.most",
        )
    return _tower(design_w / taken, above)


def _tower(heat: float, above: float) -> Tower:
    """A tower by its heat at the design point [W]."""
    data = loop_data()["tower"]
    return Tower(
        above=above,
        flow=heat / data["range"],
        design=load_tower(data["approach"], data["range"], data["wet_bulb"]),
        fan=data["fan"] * heat,
        pump=data["pump"] * heat,
    )


@compiled()
def loop_step(temp: float, ground: float, into: float, dt: float, water: Network) -> tuple[float, float]:
    """Move the loop's water by a step of constant heat.

    Parameters
    ----------
    temp, ground : float
        Of the water as the step begins and of the ground at the pipes' depth [degC].
    into : float
        All heat into the water but the ground's [W].
    dt : float
        [s].
    water : Network

    Returns
    -------
    end, mean : float
        Temperature at the end and in the mean of the step [degC].
    """
    rate = water.loss * dt / water.capacity
    still = ground + into / water.loss
    gone = -math.expm1(-rate)
    return temp + (still - temp) * gone, still + (temp - still) * gone / rate


@compiled()
def loop_pump_power_w(drawn: float, given: float, water: Network) -> float:
    """Electricity of the pumps [W] while heating substations draw and cooling ones give heat [W]."""
    power = network_pump_power_w(max(drawn, given), water)
    between = min(drawn, given) / (HEAT * DENSITY * water.spread)
    return power + between * water.constant / (water.pump * water.motor)


@compiled()
def tower_most_w(loop_temp: float, wet_bulb: float, exchanger: float, tower: Tower) -> float:
    """Heat that a tower takes from the loop with all its air [W].

    Parameters
    ----------
    loop_temp : float
        Of the loop's water [degC].
    wet_bulb : float
        Outdoors [degC].
    exchanger : float
        Difference of the heat exchanger [K].
    tower : Tower
    """
    span, share = _tower_reach(loop_temp, wet_bulb, exchanger, tower)
    return tower.flow * span * share


@compiled()
def _tower_reach(loop_temp: float, wet_bulb: float, exchanger: float, tower: Tower) -> tuple[float, float]:
    """Range of the water of cells that run [K], and the share of the cells that may."""
    reach = loop_temp - exchanger - wet_bulb
    over = reach - RANGE_LEAST - approach(wet_bulb, RANGE_LEAST, tower.design)
    low, high = RANGE_LEAST, reach
    if tower.flow <= 0.0 or over <= 0.0:
        return RANGE_LEAST, 0.0
    for _ in range(_TURNS):
        span = 0.5 * (low + high)
        if span + approach(wet_bulb, span, tower.design) > reach:
            high = span
        else:
            low = span
        if high - low < _CLOSE:
            break
    return low, min(over / _BAND, 1.0)


@compiled()
def tower_power_w(heat: float, loop_temp: float, wet_bulb: float, exchanger: float, tower: Tower) -> float:
    """Electricity of fan and pump of a tower [W] that takes `heat` [W]; else as of `tower_most_w`."""
    if heat <= 0.0:
        return 0.0
    span, _ = _tower_reach(loop_temp, wet_bulb, exchanger, tower)
    return heat / (tower.flow * span) * (tower.pump + tower.fan)
