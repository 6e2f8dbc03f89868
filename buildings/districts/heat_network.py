"""Water between an energy station and buildings (管网): its losses, its temperature, its pumps.

All water of a network is one mass at one mean temperature; at its set state that is the mean of supply and
return. Two buried pipes side by side lose, per metre of route and kelvin between their mean and the ground
[1, 2],

    q = 2 (T - T_g) / (R_i + R_s + R_m),
    R_i = ln(D_f / d) / (2 pi l_f) + ln(D / D_f) / (2 pi l_c),
    R_s = ln(4 Z' / D) / (2 pi l_s),  R_m = ln(1 + (2 Z' / C)^2) / (4 pi l_s),  Z' = Z + 0.0685 l_s,

with steel d, foam D_f, casing D, conductivities of foam, casing and soil, depth Z and distance C of the axes.
The mass follows what comes in and goes out exactly within a step. What the station does not give, the water
gives until it is as cold as what comes back (of cooling: as warm); then buildings go short.

Pumps send the flow that the buildings' load asks for at the spread of the temperatures, against the drop of
the pipes to the farthest building by Darcy and Weisbach [3] and a constant one in station and substation.
All but the motor's loss warms the water.

Left out: the travel time of the water, the temperature along the pipes, by-passes.

References
----------
[1] Wallenten, P., 1991. Steady-state heat loss from insulated pipes. Lund Institute of Technology.
[2] EN 13941-1:2019, annex on heat losses of buried pipes (same resistances).
[3] Friction factor of Haaland, S. E., J. Fluids Engineering 105, 1983; laminar below Re 2300.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.districts.energy_station import HeatNetwork, Route
from buildings.library.data_text import read_data

Floats = NDArray[np.float64]
DENSITY, HEAT = 995.0, 4180.0
"""Water [kg/m3], [J/(kg K)]."""
_VISCOSITY = {1.0: 6.5e-7, -1.0: 1.35e-6}
"""Kinematic viscosity of water near 42 degC and near 9 degC [m2/s]."""


class Network(NamedTuple):
    """A network as the march reads it.

    Attributes
    ----------
    sign : float
        1 of heating, -1 of cooling.
    mean, spread, last : float
        Set mean temperature [degC], spread of supply and return [K], and the mean temperature beyond which
        buildings go short: that of the return [degC].
    loss : float
        Of all pipes to the ground [W/K].
    capacity : float
        Of all water [J/K].
    constant : float
        Pressure drop in station and substation [Pa].
    pump, motor : float
        Efficiencies [-].
    viscosity : float
        [m2/s].
    pipes : ndarray (P, 4)
        Of the way to the farthest building: length there and back with bends [m], bore [m], relative
        roughness [-], share of the flow [-].
    """

    sign: float
    mean: float
    spread: float
    last: float
    loss: float
    capacity: float
    constant: float
    pump: float
    motor: float
    viscosity: float
    pipes: Floats


@cache
def network_data() -> dict[str, Any]:
    """Pipes, ground and hydraulics, with sources."""
    text = (resources.files("buildings.districts") / "data" / "heat_network.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def pair_loss(product: str) -> float:
    """Heat loss of a pair of pipes per metre of route and kelvin of their mean over the ground [W/(m K)]."""
    pipes = network_data()["pipes"]
    size = pipes["products"][product]
    steel, casing = 1e-3 * size["outer"], 1e-3 * size["casing"]
    foam = casing - 2e-3 * size["casing_wall"]
    insulation = math.log(foam / steel) / (2.0 * math.pi * pipes["foam"])
    insulation += math.log(casing / foam) / (2.0 * math.pi * pipes["casing"])
    return buried_pair_loss(casing, insulation)


def buried_pair_loss(outside: float, wall: float) -> float:
    """Heat loss of a pair of buried pipes per metre of route and kelvin over the ground [W/(m K)].

    Parameters
    ----------
    outside : float
        Outer diameter of each pipe with all that is about it [m].
    wall : float
        Resistance between its water and that [m K/W].
    """
    ground = network_data()["ground"]
    soil = ground["conductivity"]
    depth = ground["depth"] + 0.0685 * soil
    alone = math.log(4.0 * depth / outside) / (2.0 * math.pi * soil)
    apart = outside + ground["distance"]
    mutual = math.log(1.0 + (2.0 * depth / apart) ** 2) / (4.0 * math.pi * soil)
    return 2.0 / (wall + alone + mutual)


def laid(
    pipes: Sequence[Route],
    products: Mapping[str, Any],
    loss_of: Callable[[str], float],
    roughness: float,
) -> tuple[float, float, Floats]:
    """Pipes as they are laid.

    Parameters
    ----------
    pipes : sequence of Route
    products : mapping
        `outer` and `wall` [mm] of each.
    loss_of : callable
        Loss of a pair of a product per metre of route [W/(m K)].
    roughness : float
        [mm].

    Returns
    -------
    loss : float
        Of all pipes to the ground [W/K].
    capacity : float
        Of all water [J/K].
    way : ndarray (P, 4)
        To the farthest building, see `Network.pipes`.
    """
    loss, volume, way = 0.0, 0.0, []
    bends = 1.0 + network_data()["hydraulics"]["local"]
    for pipe in pipes:
        bore = bore_m(products[pipe.product])
        loss += pipe.length * loss_of(pipe.product)
        volume += 2.0 * pipe.length * 0.25 * math.pi * bore * bore
        if pipe.farthest:
            way.append((2.0 * pipe.length * bends, bore, 1e-3 * roughness / bore, pipe.share))
    return loss, volume * DENSITY * HEAT, np.array(way, dtype=float)


def bore_m(size: Mapping[str, float]) -> float:
    """Inner diameter [m] of a pipe by its `outer` diameter and `wall` [mm]."""
    return 1e-3 * (size["outer"] - 2.0 * size["wall"])


def load_network(described: HeatNetwork, *, heating: bool, supply: float, back: float) -> Network:
    """A network for the march.

    Parameters
    ----------
    described : HeatNetwork
    heating : bool
    supply, back : float
        Temperatures where it has none of its own [degC].
    """
    data = network_data()
    water, products = data["hydraulics"], data["pipes"]["products"]
    supply = described.supply if described.supply is not None else supply
    back = described.back if described.back is not None else back
    loss, capacity, way = laid(described.pipes, products, pair_loss, water["roughness"])
    sign = 1.0 if heating else -1.0
    return Network(
        sign=sign,
        mean=0.5 * (supply + back),
        spread=abs(supply - back),
        last=back,
        loss=loss,
        capacity=capacity,
        constant=1e3 * (water["station"] + water["substation"]),
        pump=float(water["pump"]),
        motor=float(water["motor"]),
        viscosity=_VISCOSITY[sign],
        pipes=way,
    )


@compiled()
def pump_power_w(load: float, network: Network) -> float:
    """Electricity of the pumps [W] while buildings take `load` [W, thermal]."""
    if load <= 0.0:
        return 0.0
    flow = load / (HEAT * DENSITY * network.spread)
    drop = network.constant
    for i in range(network.pipes.shape[0]):
        length, bore = network.pipes[i, 0], network.pipes[i, 1]
        rough, share = network.pipes[i, 2], network.pipes[i, 3]
        speed = share * flow / (0.25 * math.pi * bore * bore)
        reynolds = speed * bore / network.viscosity
        friction = 64.0 / reynolds
        if reynolds >= 2300.0:
            friction = (-1.8 * math.log10((rough / 3.7) ** 1.11 + 6.9 / reynolds)) ** -2.0
        drop += friction * length / bore * 0.5 * DENSITY * speed * speed
    return flow * drop / (network.pump * network.motor)


@compiled()
def held_w(temp: float, end: float, ground: float, decay: float, loss: float) -> float:
    """Heat into the water [W] that brings it from `temp` to `end` in a step."""
    return loss * ((end - temp * decay) / (1.0 - decay) - ground)


@compiled()
def asked_w(
    temp: float, ground: float, load: float, pumps: float, kept: bool, dt: float, network: Network
) -> float:
    """What the network asks of the station [W]: the buildings' load, losses, and water at its temperature.

    Parameters
    ----------
    temp : float
        Mean temperature of the water as the step begins [degC].
    ground : float
        Undisturbed, at the pipes' depth [degC].
    load : float
        Of the buildings [W], positive for heat and for cold.
    pumps : float
        Electricity of the pumps [W].
    kept : bool
        Whether the network is in its season.
    dt : float
        [s].
    network : Network
    """
    if not kept:
        return 0.0
    decay = math.exp(-network.loss * dt / network.capacity)
    into = network.sign * held_w(temp, network.mean, ground, decay, network.loss)
    return max(load + into - network.sign * network.motor * pumps, 0.0)


@compiled()
def network_step(
    temp: float,
    ground: float,
    load: float,
    given: float,
    pumps: float,
    kept: bool,
    dt: float,
    network: Network,
) -> tuple[float, float, float]:
    """March the water of a network by a step; parameters as of `asked_w`.

    Parameters
    ----------
    given : float
        What the station gives [W].

    Returns
    -------
    temp : float
        As the step ends [degC].
    delivered : float
        What buildings get [W], at most `load`.
    lost : float
        To the ground [W], positive where it costs: heat out of warm water, heat into chilled.
    """
    decay = math.exp(-network.loss * dt / network.capacity)
    sign = network.sign
    heat = sign * network.motor * pumps
    delivered = 0.0
    if kept and load > 0.0:
        # what leaves the water as cold (warm) as the return at the end of the step
        least = sign * held_w(temp, network.last, ground, decay, network.loss)
        delivered = min(max(given + heat - least, 0.0), load)
    into = sign * (given + heat - delivered)
    still = ground + into / network.loss
    end = still + (temp - still) * decay
    return end, delivered, sign * (into - network.capacity * (end - temp) / dt)
