"""Phase-change stores (相变蓄热、蓄冷): a material that melts and freezes between the flow of water.

The store is cut into parts along the flow. Each holds an enthalpy, of which temperature is a function with
three straight pieces: solid, melting over a range, liquid. Water passes one part after the other, by the
exchanger's effectiveness with the film and the layer that has already changed phase in its way (quasi-steady
conduction in plates); each part is solved implicitly and exactly, so any step is stable. Feeders flow from
the first part to the last, consumers the other way.

Less than the most heat is given by flowing for part of the step. Where water would leave too cold (or too
warm) at full flow, less flow is sent.

Left out: hysteresis between melting and freezing and supercooling (freezing is assumed to be started, as
makers do); natural convection in the melt; change of volume. The layer's resistance is that of the step's
start.

Parameters, of each of the parts: `latent` heat over the melting range [J]; `solid`, `liquid` heat capacity
[J/K]; `film` resistance of the water side and `layer` of a fully changed part [K/W]; `loss` to the
surroundings [W/K]. Of the whole: `melt_from`, `melt_to` melting range [degC]; `flow` design heat capacity
flow [W/K]; `tolerance` how far from what consumers ask it still serves [K]; `place` where it stands: 0 in
rooms, 1 outdoors; `refill` charge below which it calls [1], and `stop` the heat over the whole latent heat
below which it is content [1/s].
State: `enthalpy_i` above the solid at `melt_from` [J]; `calling` 1 while it asks to be fed.

References
----------
Voller, V. R., & Cross, M. (1981). Accurate solutions of moving boundary problems using the enthalpy method.
International Journal of Heat and Mass Transfer 24, 545-556.
Mehling, H., & Cabeza, L. F. (2008). Heat and cold storage with PCM. Springer, chapter 5 (quasi-steady
layers).
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    CHILLED_WATER,
    HEAT_IN,
    HOT_WATER,
    SERVES,
    STEP,
    STORED,
    TEMP_HEAT_IN,
    TEMP_IN,
    TEMP_MAINS,
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

PARTS = 6
_PARAMETERS = (
    "latent",
    "solid",
    "liquid",
    "film",
    "layer",
    "loss",
    "melt_from",
    "melt_to",
    "flow",
    "tolerance",
    "place",
    "refill",
    "stop",
)
LATENT, SOLID, LIQUID, FILM, LAYER, LOSS, MELT_FROM, MELT_TO, FLOW, TOLERANCE, PLACE, REFILL, STOP = range(
    1, 14
)
_STATES = (*(f"enthalpy_{i}" for i in range(PARTS)), "calling")
CALLING = PARTS
_HOUR = 3600.0
_SHARES = 5
"""How often the flow that leaves warm enough is halved in on."""


@compiled()
def _sign(p: Array) -> float:
    return -1.0 if int(p[SERVES]) == CHILLED_WATER else 1.0


@compiled()
def _temperature(p: Array, enthalpy: float) -> float:
    """Temperature of a part [degC]."""
    if enthalpy < 0.0:
        return p[MELT_FROM] + enthalpy / p[SOLID]
    if enthalpy > p[LATENT]:
        return p[MELT_TO] + (enthalpy - p[LATENT]) / p[LIQUID]
    return p[MELT_FROM] + (p[MELT_TO] - p[MELT_FROM]) * enthalpy / p[LATENT]


@compiled()
def _relaxed(p: Array, enthalpy: float, pull: float, temp: float) -> float:
    """Enthalpy of a part at the end of a step in which `temp` pulled with `pull` [J/K] at its end
    temperature.
    """
    right = enthalpy + pull * temp
    if right < pull * p[MELT_FROM]:
        return (right - pull * p[MELT_FROM]) / (1.0 + pull / p[SOLID])
    if right > p[LATENT] + pull * p[MELT_TO]:
        above = right - p[LATENT] - pull * p[MELT_TO]
        return p[LATENT] + above / (1.0 + pull / p[LIQUID])
    spread = (p[MELT_TO] - p[MELT_FROM]) / p[LATENT]
    return (right - pull * p[MELT_FROM]) / (1.0 + pull * spread)


@compiled()
def _flush(
    p: Array, s: Array, inlet: float, flow: float, way: int, time: float, share: float
) -> tuple[float, float]:
    """Let water flow through all parts.

    Parameters
    ----------
    p, s : (P,), (S,)
    inlet : float
        Its temperature [degC].
    flow : float
        Heat capacity flow [W/K].
    way : int
        1 from the first part to the last, -1 back.
    time : float
        [s].
    share : float
        Share of `time` in which it flows; 0 leaves the state as it is.

    Returns
    -------
    heat, outlet : float
        What the store gains while it flows [W], and the water that leaves [degC].
    """
    temp, total = inlet, 0.0
    for j in range(PARTS):
        i = j if way > 0 else PARTS - 1 - j
        melts, end = temp > _temperature(p, s[i]), s[i]
        for _ in range(3):
            # first with the layer as it is, then with that half way to where this leads
            melted = min(max(0.5 * (s[i] + end) / p[LATENT], 0.0), 1.0)
            resistance = p[FILM] + p[LAYER] * (melted if melts else 1.0 - melted)
            pull = flow * time * (1.0 - math.exp(-1.0 / (resistance * flow)))
            end = _relaxed(p, s[i], pull, temp)
        heat = (end - s[i]) / time
        if share > 0.0:
            s[i] += share * (end - s[i])
        temp -= heat / flow
        total += heat
    return total, temp


@compiled()
def _most_in(p: Array, s: Array, c: Array) -> float:
    heat, _ = _flush(p, s, c[TEMP_HEAT_IN], p[FLOW], 1, c[STEP], 0.0)
    return max(_sign(p) * heat, 0.0)


@compiled()
def _most_out(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """Most heat (or cold) for consumers [W], the flow that gives it [W/K] and its temperature [degC]."""
    sign, flow = _sign(p), p[FLOW]
    back = c[TEMP_MAINS] if int(p[SERVES]) == HOT_WATER else c[TEMP_RETURN]
    asked = sign * c[TEMP_SUPPLY] - p[TOLERANCE]
    heat, temp = _flush(p, s, back, flow, -1, c[STEP], 0.0)
    if sign * temp < asked:
        low, high, heat = 0.0, flow, 0.0
        for _ in range(_SHARES):
            mid = 0.5 * (low + high)
            found, leaving = _flush(p, s, back, mid, -1, c[STEP], 0.0)
            if sign * leaving >= asked:
                low, heat, temp = mid, found, leaving
            else:
                high = mid
        flow = low
    return max(-sign * heat, 0.0), flow, temp


@compiled()
def _charge(p: Array, s: Array) -> float:
    """Share that is molten (hot) or frozen (cold) [1]."""
    melted = 0.0
    for i in range(PARTS):
        melted += min(max(s[i] / p[LATENT], 0.0), 1.0) / PARTS
    return melted if _sign(p) > 0.0 else 1.0 - melted


@compiled()
def _low(p: Array, s: Array) -> bool:
    """Whether it was fed in the step before, or has fallen below `refill`."""
    return s[CALLING] > 0.0 or _charge(p, s) < p[REFILL]


@compiled()
def _calls(p: Array, s: Array, room: float) -> bool:
    """Whether it asks to be fed: once below `refill`, until it takes hardly any more."""
    return room > p[STOP] * p[LATENT] * PARTS and _low(p, s)


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """What passes the exchanger in this step, both ways."""
    room = _most_in(p, s, c)
    return -room, _most_out(p, s, c)[0], room if _calls(p, s, room) else 0.0


@compiled()
def _spread(p: Array, s: Array, heat: float) -> None:
    """Give heat to all parts alike [J]: what no flow could bring, beyond the limits."""
    for i in range(PARTS):
        s[i] += heat / PARTS


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Flow through from the feeders, then from the consumers, then lose heat."""
    sign, dt = _sign(p), c[STEP]
    fed = max(sign * c[HEAT_IN], 0.0) + max(-wish, 0.0)
    drawn = max(wish, 0.0) + max(-sign * c[HEAT_IN], 0.0)
    most = _most_in(p, s, c) if fed > 0.0 or _low(p, s) else 0.0
    s[CALLING] = 1.0 if _calls(p, s, most) else 0.0
    if fed > 0.0:
        share = min(fed / most, 1.0) if most > 0.0 else 0.0
        _flush(p, s, c[TEMP_HEAT_IN], p[FLOW], 1, dt, share)
        _spread(p, s, sign * (fed - share * most) * dt)
    if drawn > 0.0:
        most, flow, _ = _most_out(p, s, c)
        share = min(drawn / most, 1.0) if most > 0.0 else 0.0
        if share > 0.0:
            back = c[TEMP_MAINS] if int(p[SERVES]) == HOT_WATER else c[TEMP_RETURN]
            _flush(p, s, back, flow, -1, dt, share)
        _spread(p, s, -sign * (drawn - share * most) * dt)
    around, lost = c[TEMP_OUT] if p[PLACE] > 0.0 else c[TEMP_IN], 0.0
    for i in range(PARTS):
        end = _relaxed(p, s[i], p[LOSS] * dt, around)
        lost += s[i] - end
        s[i] = end
    flows[:] = 0.0
    flows[int(p[SERVES])] = sign * wish - c[HEAT_IN]
    flows[AMBIENT] = lost / dt
    flows[STORED] = -flows[int(p[SERVES])] - flows[AMBIENT]


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Water to consumers with the most that it can give, and back to the feeders at full flow."""
    _, back = _flush(p, s, c[TEMP_HEAT_IN], p[FLOW], 1, c[STEP], 0.0)
    return _most_out(p, s, c)[2], back


def load_phase_change_store(key: str, latent_j: float, *, place: str = "rooms") -> dict[str, float]:
    """Parameters of a phase-change store of the library.

    Parameters
    ----------
    key : str
        Key in `data/phase_change_stores.yaml`.
    latent_j : float
        Heat over its melting range [J].
    place : str, optional
        Where it stands: ``rooms`` or ``outdoors``.

    Raises
    ------
    TwinError
        If the key or the place is unknown, or the size is not positive.
    """
    values = entry("phase_change_stores", key)
    places = ("rooms", "outdoors")
    if place not in places:
        raise TwinError(
            f"A store cannot stand in {place!r}.", f"Use one of: {', '.join(places)}.", key="place"
        )
    latent = positive(latent_j, "phase-change store size")
    mass = latent / values["latent"]
    volume = mass / values["density"]
    half = values["half_thickness"]
    return {
        "latent": latent / PARTS,
        "solid": mass * values["heat_solid"] / PARTS,
        "liquid": mass * values["heat_liquid"] / PARTS,
        "film": half / (values["film"] * volume) * PARTS,
        "layer": half**2 / (values["conductivity"] * volume) * PARTS,
        "loss": values["loss"] * volume ** (2.0 / 3.0) / PARTS,
        "melt_from": values["melting"][0],
        "melt_to": values["melting"][1],
        "flow": latent / (_HOUR * values["flow_hours"] * values["flow_difference"]),
        "tolerance": values["tolerance"],
        "place": float(places.index(place)),
        "refill": values["refill"],
        "stop": values["stop_per_hour"] / _HOUR,
    }


def store_at(parameters: dict[str, float], temp: float) -> dict[str, float]:
    """State of a store that is equally warm throughout [degC]; solid below the melting range, else molten.

    Parameters
    ----------
    parameters : dict
        Of `load_phase_change_store`.
    temp : float
        Within the melting range the molten share rises evenly.
    """
    low, high = parameters["melt_from"], parameters["melt_to"]
    if temp < low:
        enthalpy = (temp - low) * parameters["solid"]
    elif temp >= high:
        enthalpy = parameters["latent"] + (temp - high) * parameters["liquid"]
    else:
        enthalpy = parameters["latent"] * (temp - low) / (high - low)
    return {**dict.fromkeys(_STATES[:-1], enthalpy), "calling": 0.0}


_USUAL = {"hot_water": "acetate_58", "space_heat": "paraffin_44", "chilled_water": "paraffin_5"}


class PhaseChangeStore(PlantRow):
    """A phase-change store (相变蓄热、蓄冷); others feed it."""

    takes: ClassVar[bool] = True
    idle_unfed: ClassVar[bool] = True

    type: Literal["phase_change_store"] = Field(description="Kind of equipment.")
    serves: Literal["hot_water", "space_heat", "chilled_water"] = Field(description="What it holds.")
    capacity: q.StoredEnergy = Field(description="Heat of melting all its material [kWh].")
    charge_temperature: Annotated[float, Field(ge=-12.0, le=95.0), q.Unit("degC")] | None = Field(
        default=None, description="Temperature at which it is charged [degC]; the product's by default."
    )
    place: Literal["rooms", "outdoors"] = Field(default="rooms", description="Where it stands.")

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it holds."""
        return (self.serves,)


def prepare(row: PhaseChangeStore, carrier: str, setting: Setting) -> Prepared:
    """A phase-change store of a plant room, charged at the start.

    Raises
    ------
    TwinError
        If it cannot be charged at the temperature given: it lies inside or beyond the melting range.
    """
    key = row.equipment or _USUAL[carrier]
    product = entry("phase_change_stores", key)
    charged = product["charge_temp"] if row.charge_temperature is None else row.charge_temperature
    values = load_phase_change_store(key, row.capacity * 1000.0 * _HOUR, place=row.place)
    beyond = values["melt_from"] - charged if carrier == "chilled_water" else charged - values["melt_to"]
    if beyond <= 0.0:
        raise TwinError(
            f"{key} melts between {values['melt_from']} and {values['melt_to']} degC: it cannot be "
            f"charged for {carrier} at {charged} degC.",
            "Choose another product or charging temperature.",
            key="charge_temperature",
        )
    return Prepared(values, store_at(values, charged), product, row.capacity, "kWh", charge_temp=charged)


PHASE_CHANGE_STORE = Component(
    name="phase_change_store",
    serves=("hot_water", "space_heat", "chilled_water", "source"),
    parameters=_PARAMETERS,
    states=_STATES,
    limits=limits,
    step=step,
    temperatures=temperatures,
    row=PhaseChangeStore,
    prepare=prepare,
)
