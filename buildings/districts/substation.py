"""Substations at a loop near the ground's temperature (能源站末端热力站): heat pumps that lift and lower it.

Each building has equal reversible machines (`heat_pump_machine`), those of one mode after the other; what
heating leaves of them cools, so that both go on at once. They are sized so that they meet the building's
design load of heat from the coldest and of cold at the warmest loop.

Cold is taken from the loop directly as far as it is colder than the water that comes back from the coils: a
heat exchanger cools that first, the machines cool the rest,

    share = (T_back - T_loop - dT) / (T_back - T_supply), between 0 and 1.

Where the loop is warmer than a machine may draw on, or colder than it may cool against, a valve mixes in what
comes back.

What starts of machines cost beyond their steady work warms the plant room (`SUB_LOST`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.districts.ambient_loop import loop_data
from buildings.districts.energy_station import AmbientLoop
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    N_CONDITIONS,
    SOURCE,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
)
from buildings.systems.heat_pump import HEAT_PUMP
from buildings.systems.heat_pump_machine import SOURCE_LEAST, SOURCE_MOST, limits, step
from buildings.systems.heat_pump_products import heat_pump_product, load_heat_pump
from buildings.systems.records import read_library
from weather.errors import TwinError

Floats = NDArray[np.float64]
SUBSTATION_COLUMNS = (
    "heat",
    "cold",
    "direct",
    "heat_power",
    "cold_power",
    "drawn",
    "given",
    "lost",
)
(
    SUB_HEAT,
    SUB_COLD,
    SUB_DIRECT,
    SUB_HEAT_POWER,
    SUB_COLD_POWER,
    SUB_DRAWN,
    SUB_GIVEN,
    SUB_LOST,
) = range(len(SUBSTATION_COLUMNS))
"""What a substation does in a step [W]: heat and cold that it gives the building, how much of the cold
directly, electricity of its machines in both modes, heat that it draws from the loop and gives to it, and
what warms its room."""


class Substations(NamedTuple):
    """Substations of all buildings at a loop.

    Attributes
    ----------
    heating, cooling : ndarray (B, P)
        A machine of each in both modes, by `heat_pump_machine`.
    units : int
        Machines in each.
    heat_supply, heat_back, cold_supply, cold_back : float
        Water to and from the coils [degC].
    exchanger : float
        Difference at which the loop cools directly [K].
    """

    heating: Floats
    cooling: Floats
    units: int
    heat_supply: float
    heat_back: float
    cold_supply: float
    cold_back: float
    exchanger: float


def load_substations(described: AmbientLoop, design_w: Sequence[tuple[float, float]]) -> Substations:
    """Substations for the march.

    Parameters
    ----------
    described : AmbientLoop
    design_w : sequence of (heat, cold)
        What each building's coils can ask for at most [W].

    Raises
    ------
    TwinError
        If the heat pump is unknown, draws on air or does not do both, or gives nothing at the loop's limits.
    """
    key, at = described.heat_pump, "shared.energy_station.ambient_loop.heat_pump"
    product = heat_pump_product(key)
    if product["draws_on"] != "behind" or not {"space_heat", "chilled_water"} <= set(product["serves"]):
        raise TwinError(
            f"The heat pump {key!r} does not heat and cool on the water of a loop.",
            "Choose one that draws on a source and serves space_heat and chilled_water, such as "
            "water_water_reversible.",
            key=at,
        )
    temps, data = read_library("supply_temperatures"), loop_data()
    warm, cold = temps["space_heat"], temps["chilled_water"]
    heat_supply = warm["supply"] if described.heat_supply is None else described.heat_supply
    cold_supply = cold["supply"] if described.cold_supply is None else described.cold_supply
    heat_back = heat_supply - warm["supply"] + warm["back"]
    cold_back = cold_supply - cold["supply"] + cold["back"]
    each = {}
    for carrier, source, supply, back in (
        ("space_heat", described.least, heat_supply, heat_back),
        ("chilled_water", described.most, cold_supply, cold_back),
    ):
        each[carrier] = _most_of_one(key, carrier, source, supply, back)
        if each[carrier] <= 0.0:
            raise TwinError(
                f"The heat pump {key!r} gives no {carrier} of {supply:g} degC at a loop of {source:g} degC.",
                "Choose another product, another temperature of the coils, or narrower limits of the loop.",
                key=at,
            )
    units = int(data["operation"]["units"])
    sizes = [max(heat / each["space_heat"], cold / each["chilled_water"]) / units for heat, cold in design_w]
    heating, cooling = (
        np.array([HEAT_PUMP.pack(carrier, load_heat_pump(key, max(size, 1.0), carrier)) for size in sizes])
        for carrier in ("space_heat", "chilled_water")
    )
    return Substations(
        heating=heating,
        cooling=cooling,
        units=units,
        heat_supply=float(heat_supply),
        heat_back=float(heat_back),
        cold_supply=float(cold_supply),
        cold_back=float(cold_back),
        exchanger=float(data["exchangers"]["exchanger"]),
    )


def _most_of_one(key: str, carrier: str, source: float, supply: float, back: float) -> float:
    """Most that a machine of 1 W gives at temperatures of source, supply and return [W]."""
    c = np.zeros(N_CONDITIONS)
    c[TEMP_SOURCE], c[TEMP_SUPPLY], c[TEMP_RETURN] = source, supply, back
    p = HEAT_PUMP.pack(carrier, load_heat_pump(key, 1.0, carrier))
    return float(limits(p, c, c)[1])


@compiled()
def _run(p: Any, c: Any, load: float, free: float, flows: Any) -> tuple[float, float]:
    """Serve a load by as many of `free` equal machines as it takes.

    Returns
    -------
    served : float
        [W]; `flows` are those of all machines together.
    used : float
        Machines that it took, in parts of their time.
    """
    flows[:] = 0.0
    most = limits(p, c, c)[1]  # machines have no state
    served = min(load, free * most)
    if served <= 0.0:
        return 0.0, 0.0
    used = served / most
    on = max(min(math.ceil(used - 1e-9), math.ceil(free - 1e-9)), 1)
    step(p, c, served / on, c, flows)
    for j in range(len(flows)):
        flows[j] *= on
    return served, used


@compiled()
def substation_step(
    sub: Substations, b: int, loop_temp: float, heat: float, cold: float, c: Any, flows: Any, told: Any
) -> None:
    """What substation `b` does at a temperature of the loop.

    Parameters
    ----------
    sub : Substations
    b : int
    loop_temp : float
        Mean over the step [degC].
    heat, cold : float
        What the building asks for [W].
    c : ndarray (N_CONDITIONS,)
        Conditions; its source and water are overwritten.
    flows : ndarray (N_FLOWS,)
        Scratch.
    told : ndarray (SUBSTATION_COLUMNS,)
        Written [W].
    """
    c[TEMP_SOURCE] = min(loop_temp, sub.heating[b, SOURCE_MOST])
    c[TEMP_SUPPLY], c[TEMP_RETURN] = sub.heat_supply, sub.heat_back
    told[SUB_HEAT], used = _run(sub.heating[b], c, heat, float(sub.units), flows)
    told[SUB_HEAT_POWER], told[SUB_DRAWN] = -flows[ELECTRICITY], -flows[SOURCE]
    told[SUB_LOST] = flows[AMBIENT]
    span = sub.cold_back - sub.cold_supply
    share = min(max((sub.cold_back - loop_temp - sub.exchanger) / span, 0.0), 1.0)
    direct = share * cold
    c[TEMP_SOURCE] = max(loop_temp, sub.cooling[b, SOURCE_LEAST])
    c[TEMP_SUPPLY], c[TEMP_RETURN] = sub.cold_supply, sub.cold_back - share * span
    served, _ = _run(sub.cooling[b], c, cold - direct, max(sub.units - used, 0.0), flows)
    told[SUB_COLD], told[SUB_DIRECT] = direct + served, direct
    told[SUB_COLD_POWER], told[SUB_GIVEN] = -flows[ELECTRICITY], direct + flows[SOURCE]
    told[SUB_LOST] += flows[AMBIENT]
