"""Ice storage (冰蓄冷): brine freezes water at night and melts it by day.

Heat between brine and ice follows EnergyPlus' `ThermalStorage:Ice:Detailed`: the rate over capacity is a
curve of how far the tank is charged (or discharged), plus a curve of the same times the logarithmic mean
temperature difference over 10 K. Both are met together with the brine's own balance at its design flow, which
gives the outlet in closed form but for a few Newton steps. Rates are those half way through the step. Where
the brine would come too warm at full flow, less flow is sent through the ice.

Heat gains melt ice. Water below or above its freezing point is not told apart (no sensible heat), as in
EnergyPlus; a tank without ice gains nothing. Pumps belong to the circuit.

Parameters: `capacity` latent [J]; `flow` heat capacity of the brine at design flow [W/K]; `freezing` [degC];
`loss` of the tank [W/K]; `place` where it stands: 0 in rooms, 1 outdoors; `refill` charge below which it
calls [1], and `stop` the rate over capacity below which it is content [1/s]; `out_0` to `out_6` and `in_0` to
`in_6`, curves of discharge and charge in 1/h: cubic of x, then quadratic of x for each 10 K, x the share that
is discharged, or charged.
State: `charge` share of the latent capacity that is ice [1]; `calling` 1 while it asks for cold.

References
----------
EnergyPlus Engineering Reference, "Detailed Ice Storage Model".
Strand, R. K., Pedersen, C. O., & Coleman, G. N. (1994). Development of direct and indirect ice-storage models
for energy analysis calculations. ASHRAE Transactions 100 (1), 1230-1244.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import Hours, PlantRow
from buildings.systems.component import (
    AMBIENT,
    CHILLED_WATER,
    HEAT_IN,
    STEP,
    STORED,
    TEMP_HEAT_IN,
    TEMP_IN,
    TEMP_OUT,
    TEMP_RETURN,
    TEMP_SUPPLY,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = (
    "capacity",
    "flow",
    "freezing",
    "loss",
    "place",
    "refill",
    "stop",
    *(f"out_{i}" for i in range(7)),
    *(f"in_{i}" for i in range(7)),
)
CAPACITY, FLOW, FREEZING, LOSS, PLACE, REFILL, STOP, OUT = range(1, 9)
IN = OUT + 7
ICE, CALLING = 0, 1
_HOUR = 3600.0
_NOMINAL_DIFFERENCE = 10.0
"""Temperature difference that the curves are written for [K]; EnergyPlus."""
_NO_DIFFERENCE = 1e-9
"""Difference that moves no heat [K]; the curves' fixed part over a smaller one is no number."""
_TENTHS = 40.0
"""Transfer units beyond which the brine leaves at the freezing point."""


@compiled()
def _curves(p: Array, first: int, x: float) -> tuple[float, float]:
    """Rate over capacity [1/s], and for each kelvin of mean difference [1/(s K)]."""
    fixed = p[first] + x * (p[first + 1] + x * (p[first + 2] + x * p[first + 3]))
    slope = p[first + 4] + x * (p[first + 5] + x * p[first + 6])
    return fixed / _HOUR, slope / (_HOUR * _NOMINAL_DIFFERENCE)


@compiled()
def _full_flow_rate(p: Array, first: int, x: float, difference: float) -> float:
    """Heat at design flow that enters `difference` [K] from freezing [W].

    With u transfer units the outlet is exp(-u) of the inlet from freezing, and
    flow * u = capacity * (slope + fixed / difference * u / (1 - exp(-u))).
    """
    if difference <= _NO_DIFFERENCE:
        return 0.0
    fixed, slope = _curves(p, first, x)
    a = p[CAPACITY] * fixed / (difference * p[FLOW])
    b = p[CAPACITY] * slope / p[FLOW]
    u = max(a + b, 1e-6)
    for _ in range(6):
        gone = -math.expm1(-u)
        g = u / gone
        slope_g = (gone - u * math.exp(-u)) / (gone * gone)
        bent = 1.0 - a * slope_g
        if bent <= 0.0:
            return p[FLOW] * difference
        u -= (u - a * g - b) / bent
        if u <= 0.0:
            return 0.0
        if u > _TENTHS:
            return p[FLOW] * difference
    return -p[FLOW] * difference * math.expm1(-u)


@compiled()
def _gain(p: Array, s: Array, c: Array) -> float:
    """Heat from the surroundings [W], as far as there is ice to melt."""
    around = c[TEMP_OUT] if p[PLACE] > 0.0 else c[TEMP_IN]
    return min(max(p[LOSS] * (around - p[FREEZING]), 0.0), max(s[ICE], 0.0) * p[CAPACITY] / c[STEP])


@compiled()
def _discharge_at(p: Array, c: Array, ice: float) -> float:
    """Cold at a charge [W]: at full flow, or at the outlet that is asked for if that is colder."""
    warm, cold = c[TEMP_RETURN] - p[FREEZING], c[TEMP_SUPPLY] - p[FREEZING]
    rate = _full_flow_rate(p, OUT, 1.0 - ice, warm)
    if warm - rate / p[FLOW] <= cold or warm <= 0.0:
        return rate
    if cold <= 0.0 or warm <= cold:
        return 0.0
    fixed, slope = _curves(p, OUT, 1.0 - ice)
    return max(p[CAPACITY] * (fixed + slope * (warm - cold) / math.log(warm / cold)), 0.0)


@compiled()
def _most_out(p: Array, s: Array, c: Array) -> float:
    now = _discharge_at(p, c, s[ICE])
    half_way = max(s[ICE] - 0.5 * now * c[STEP] / p[CAPACITY], 0.0)
    rate = min(_discharge_at(p, c, half_way), now) if half_way > 0.0 else now
    return max(min(rate, s[ICE] * p[CAPACITY] / c[STEP] - _gain(p, s, c)), 0.0)


@compiled()
def _most_in(p: Array, s: Array, c: Array) -> float:
    difference = p[FREEZING] - c[TEMP_HEAT_IN]
    now = _full_flow_rate(p, IN, s[ICE], difference)
    half_way = min(s[ICE] + 0.5 * now * c[STEP] / p[CAPACITY], 1.0)
    rate = min(_full_flow_rate(p, IN, half_way, difference), now)
    return max(min(rate, (1.0 - s[ICE]) * p[CAPACITY] / c[STEP]), 0.0)


@compiled()
def _calls(p: Array, s: Array, room: float) -> bool:
    """Whether it asks for cold: once below `refill`, until thick ice takes hardly any more."""
    return room > p[STOP] * p[CAPACITY] and (s[ICE] < p[REFILL] or s[CALLING] > 0.0)


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """What the curves allow with the brine as it comes, and what is left to freeze or melt."""
    room = _most_in(p, s, c)
    return -room, _most_out(p, s, c), room if _calls(p, s, room) else 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Freeze what the feeders bring, melt what is drawn and what comes through the walls."""
    gain = _gain(p, s, c)
    s[CALLING] = 1.0 if _calls(p, s, _most_in(p, s, c)) else 0.0
    stored = wish + c[HEAT_IN] + gain
    s[ICE] -= stored * c[STEP] / p[CAPACITY]
    flows[:] = 0.0
    flows[CHILLED_WATER] = -wish - c[HEAT_IN]
    flows[AMBIENT] = -gain
    flows[STORED] = stored


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Brine that leaves the ice at full flow with the most cold it can give, and what goes back to the
    chiller.

    A valve mixes it up to what consumers ask.
    """
    warm = c[TEMP_RETURN] - p[FREEZING]
    supply = c[TEMP_RETURN] - _full_flow_rate(p, OUT, 1.0 - s[ICE], warm) / p[FLOW]
    return supply, c[TEMP_HEAT_IN] + _most_in(p, s, c) / p[FLOW]


def load_ice_storage(key: str, capacity_j: float, *, place: str = "rooms") -> dict[str, float]:
    """Parameters of an ice storage of the library.

    Parameters
    ----------
    key : str
        Key in `data/ice_storages.yaml`.
    capacity_j : float
        Latent capacity [J].
    place : str, optional
        Where it stands: ``rooms`` or ``outdoors``.

    Raises
    ------
    TwinError
        If the key or the place is unknown, or the capacity is not positive.
    """
    values = entry("ice_storages", key)
    places = ("rooms", "outdoors")
    if place not in places:
        raise TwinError(
            f"An ice storage cannot stand in {place!r}.", f"Use one of: {', '.join(places)}.", key="place"
        )
    capacity = positive(capacity_j, "ice storage capacity")
    curves = {
        f"{way}_{i}": factor for way in ("out", "in") for i, factor in enumerate(values[f"curve_{way}"])
    }
    return {
        "capacity": capacity,
        "flow": capacity / (_HOUR * values["flow_hours"] * values["flow_difference"]),
        "freezing": values["freezing"],
        "loss": capacity / _HOUR * values["loss_per_hour"] / values["loss_difference"],
        "place": float(places.index(place)),
        "refill": values["refill"],
        "stop": values["stop_per_hour"] / _HOUR,
        **curves,
    }


def filled_with_ice(share: float) -> dict[str, float]:
    """State with a share of the capacity frozen [1].

    Raises
    ------
    TwinError
        If it is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise TwinError(f"A store cannot be {share} full of ice.", "Give a share from 0 to 1.", key="charge")
    return {"charge": share, "calling": 0.0}


class IceStorage(PlantRow):
    """An ice storage (冰蓄冷); chillers that can freeze feed it."""

    takes: ClassVar[bool] = True
    idle_unfed: ClassVar[bool] = True

    type: Literal["ice_storage"] = Field(description="Kind of equipment.")
    capacity: q.StoredEnergy = Field(description="Cold that melting all its ice gives [kWh].")
    charge_temperature: Annotated[float, Field(ge=-12.0, le=-1.0), q.Unit("degC")] = Field(
        default=-6.0, description="Brine that chillers bring while it is charged [degC]."
    )
    initial: q.Fraction = Field(default=0.5, description="Share of ice at the start [1].")
    place: Literal["rooms", "outdoors"] = Field(default="rooms", description="Where it stands.")
    hours: Hours = Field(
        default="valley", description="When machines may fill it: always, valley (low tariff) or peak."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Chilled water."""
        return ("chilled_water",)


def prepare(row: IceStorage, carrier: str, setting: Setting) -> Prepared:
    """An ice storage of a plant room."""
    key = row.equipment or "ice_on_coil"
    values = load_ice_storage(key, row.capacity * 1000.0 * _HOUR, place=row.place)
    return Prepared(
        values,
        filled_with_ice(row.initial),
        entry("ice_storages", key),
        row.capacity,
        "kWh",
        charge_temp=row.charge_temperature,
    )


ICE_STORAGE = Component(
    name="ice_storage",
    serves=("chilled_water",),
    parameters=_PARAMETERS,
    states=("charge", "calling"),
    limits=limits,
    step=step,
    temperatures=temperatures,
    row=IceStorage,
    prepare=prepare,
)
