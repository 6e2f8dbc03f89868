"""Data room (数据机房): IT load, its power supply and cooling, and waste heat (余热) for a heat pump.

The IT load is given. Electricity is that of IT, of its UPS with the converter loss form, of distribution,
and of the cooling of two loops: air (room units with direct expansion, or coils on chilled water) and
liquid (cold plates, immersion). Each loop gives its heat to outdoor air, dry or through a tower: without a
machine as far as the outdoor side is colder than what returns, the rest by a machine whose COP is a
share of Carnot's between its evaporator and its condenser. PUE is what comes out, never a parameter.

A heat pump behind which the room stands takes heat out of the returning water of the `offered` loop before
it is cooled, so the room's own cooling has less to do. If more is taken than the loop carries, its water
cools below the temperature of return (state `debt`) and the heat pump feels it, until the loop has made up
for it.

Output is heat to those who draw on it (`source`). Nothing of the room's heat passes into the building. The
battery of the UPS is no part of this row: what of it may be used as flexibility stands in the data file
(`ups_battery`: product of the battery component, minutes at rated load, share of its energy that may be
used).

Parameters: `rated` IT load [W]; `ups` rating [W] and its loss `alpha`, `beta`, `gamma` [-]; `share` of
distribution losses [1]; `fixed` electricity of lighting and control [W]; `liquid` share of IT heat in the
liquid loop [1]; of air: `supply`, `back` temperatures of the loop [degC], `fans` electricity of indoor
fans per heat, which they add to, `pumps` per heat of the loop [W/W]; of liquid: `liquid_supply`,
`liquid_back` [degC], `liquid_pumps` [W/W]; outdoors: `wet` 1 for a tower, `approach` of what comes from it
to wet bulb or dry bulb [K], `rejection` electricity per heat rejected [W/W]; `free` 1 with free cooling,
`exchanger` its temperature difference [K]; machine: `carnot` share [1], `evaporator`, `condenser`
temperature differences [K], `least` condensing temperature [degC]; `offered` 0: none, 1: air loop, 2:
liquid loop; `mixed` highest temperature that a mixing valve lets through to the heat pump [degC]; `buffer`
of that loop [J/K]. State: `debt` [J]. Input: IT load [W].

References
----------
Lei, N., Masanet, E., 2020. Statistical analysis for predicting location-specific data center PUE and its
improvement potential. Energy 201, 117556 (cooling by physical parts, with economisers).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    INPUT_1,
    SOURCE,
    STEP,
    STORED,
    TEMP_OUT,
    WET_BULB_OUT,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = (
    "rated",
    "ups",
    "alpha",
    "beta",
    "gamma",
    "share",
    "fixed",
    "liquid",
    "supply",
    "back",
    "fans",
    "pumps",
    "liquid_supply",
    "liquid_back",
    "liquid_pumps",
    "wet",
    "approach",
    "rejection",
    "free",
    "exchanger",
    "carnot",
    "evaporator",
    "condenser",
    "least",
    "offered",
    "mixed",
    "buffer",
)
(
    RATED,
    UPS,
    ALPHA,
    BETA,
    GAMMA,
    SHARE,
    FIXED,
    LIQUID,
    SUPPLY,
    BACK,
    FANS,
    PUMPS,
    LIQUID_SUPPLY,
    LIQUID_BACK,
    LIQUID_PUMPS,
    WET,
    APPROACH,
    REJECTION,
    FREE,
    EXCHANGER,
    CARNOT,
    EVAPORATOR,
    CONDENSER,
    LEAST,
    OFFERED,
    MIXED,
    BUFFER,
) = range(1, len(_PARAMETERS) + 1)
DEBT = 0
NONE, AIR, LIQUID_LOOP = 0.0, 1.0, 2.0
_KELVIN = 273.15
_LEAST_LIFT = 5.0
"""K between condenser and evaporator below which no machine's COP rises any more; an assumption."""


@compiled()
def machine_cop(p: Array, supply: float, outdoors: float) -> float:
    """COP of the machine that brings a loop to `supply` against an outdoor side of `outdoors` [degC]."""
    cold = supply - p[EVAPORATOR]
    lift = max(max(outdoors + p[CONDENSER], p[LEAST]) - cold, _LEAST_LIFT)
    return p[CARNOT] * (cold + _KELVIN) / lift


@compiled()
def loop_power(p: Array, heat: float, supply: float, back: float, pumps: float, c: Array) -> float:
    """Electricity that cooling a loop takes [W]: pumps, machine, and what rejects the heat.

    Parameters
    ----------
    p, c : ndarray
        Parameters and conditions.
    heat : float
        Heat of the loop [W].
    supply, back : float
        [degC].
    pumps : float
        Their electricity per heat [W/W].
    """
    outdoors = p[APPROACH] + (c[WET_BULB_OUT] if p[WET] > 0.0 else c[TEMP_OUT])
    without = 0.0
    if p[FREE] > 0.0:
        without = min(max((back - outdoors - p[EXCHANGER]) / (back - supply), 0.0), 1.0)
    machine = heat * (1.0 - without) / machine_cop(p, supply, outdoors)
    return heat * pumps + machine + p[REJECTION] * (heat + machine)


@compiled()
def heat_of_loops(p: Array, load: float) -> tuple[float, float, float]:
    """Heat of the air and of the liquid loop at an IT load, and electricity of all but their cooling [W]."""
    out = load * (1.0 + p[SHARE])
    x = out / p[UPS]
    loss = p[UPS] * (p[ALPHA] + x * (p[BETA] + x * p[GAMMA]))
    liquid = p[LIQUID] * load
    # fans stand in the air that they move
    air = (out + loss + p[FIXED] - liquid) / (1.0 - p[FANS])
    return air, liquid, out + loss + p[FIXED] + p[FANS] * air


@compiled()
def offer(p: Array, load: float) -> tuple[float, float]:
    """Heat that the offered loop carries [W] and the temperature with which it returns [degC]."""
    air, liquid, _ = heat_of_loops(p, load)
    if p[OFFERED] == LIQUID_LOOP:
        return liquid, p[LIQUID_BACK]
    if p[OFFERED] == AIR:
        return air, p[BACK]
    return 0.0, p[BACK]


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what the offered loop carries and does not need to warm up again."""
    heat, _ = offer(p, c[INPUT_1])
    return 0.0, max(heat - s[DEBT] / c[STEP], 0.0), 0.0


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Mean temperature of the water offered while `output` is drawn; colder where that is too much."""
    heat, back = offer(p, c[INPUT_1])
    debt = max(s[DEBT] + 0.5 * (output - heat) * c[STEP], 0.0) if output > heat else s[DEBT]
    return min(back - debt / p[BUFFER], p[MIXED]), math.nan


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Supply and cool the IT load, less what is drawn."""
    flows[:] = 0.0
    dt = c[STEP]
    air, liquid, power = heat_of_loops(p, c[INPUT_1])
    heat, _ = offer(p, c[INPUT_1])
    # what is drawn beyond the loop's heat comes out of its water, and goes back into it first
    taken = min(max(wish + s[DEBT] / dt, 0.0), max(heat, 0.0))
    stored = taken - wish
    if p[OFFERED] == LIQUID_LOOP:
        liquid -= taken
    elif p[OFFERED] == AIR:
        air -= taken
    power += loop_power(p, air, p[SUPPLY], p[BACK], p[PUMPS], c)
    power += loop_power(p, liquid, p[LIQUID_SUPPLY], p[LIQUID_BACK], p[LIQUID_PUMPS], c)
    s[DEBT] -= stored * dt
    flows[ELECTRICITY] = -power
    flows[SOURCE] = wish
    flows[STORED] = stored
    flows[AMBIENT] = power - wish - stored


def load_data_room(
    key: str, rated_w: float, modules: float = 2.0, offered_c: float = 25.0
) -> dict[str, float]:
    """Parameters of a data room of the library at a size.

    Parameters
    ----------
    key : str
        Key in `data/data_rooms.yaml`.
    rated_w : float
        IT load for which it is built [W].
    modules : float, optional
        Rating of the UPS over the rated IT load: 2 for a 2N supply.
    offered_c : float, optional
        Highest temperature of the water that heat pumps get; a mixing valve lowers what is warmer [degC].

    Raises
    ------
    TwinError
        If the key is unknown or a size is not positive.
    """
    values = entry("data_rooms", key)
    rated = positive(rated_w, "data room IT load")
    ups = entry("ups", values["ups"])
    back = values["liquid_back"] if values["offered"] == "liquid" else values["back"]
    supply = values["liquid_supply"] if values["offered"] == "liquid" else values["supply"]
    return {
        "rated": rated,
        "ups": positive(modules, "UPS rating over IT load") * rated,
        "alpha": ups["alpha"],
        "beta": ups["beta"],
        "gamma": ups["gamma"],
        "share": values["distribution"],
        "fixed": values["fixed"] * rated,
        **{name: values[name] for name in _COOLING},
        "wet": float(values["sink"] == "wet_bulb"),
        "free": float(values["free_cooling"]),
        "offered": {"none": NONE, "air": AIR, "liquid": LIQUID_LOOP}[values["offered"]],
        "mixed": offered_c,
        # the water that carries the rated heat for `buffer_minutes` at the loop's spread
        "buffer": values["buffer_minutes"] * 60.0 * rated / (back - supply),
    }


_COOLING = (
    "liquid",
    "supply",
    "back",
    "fans",
    "pumps",
    "liquid_supply",
    "liquid_back",
    "liquid_pumps",
    "approach",
    "rejection",
    "exchanger",
    "carnot",
    "evaporator",
    "condenser",
    "least",
)


def ups_battery(key: str, rated_w: float) -> dict[str, float | str]:
    """What of a data room's UPS battery may serve as flexibility, as a set for the battery component.

    Parameters
    ----------
    key : str
        Key in `data/data_rooms.yaml`.
    rated_w : float
        IT load for which the room is built [W].

    Returns
    -------
    dict
        `equipment` (key of the battery), `capacity_kwh`, `power_kw`, and `soc_min`: the charge that the room
        keeps for itself; 1 where it keeps all.

    Raises
    ------
    TwinError
        If the key is unknown or the size is not positive.
    """
    values = entry("data_rooms", key)["ups_battery"]
    power = 1e-3 * positive(rated_w, "data room IT load")
    return {
        "equipment": values["equipment"],
        "capacity_kwh": power * values["minutes"] / 60.0,
        "power_kw": power,
        "soc_min": 1.0 - values["usable"],
    }


class DataRoom(PlantRow):
    """A data room (数据机房): heat pumps may draw on its waste heat."""

    type: Literal["data_room"] = Field(description="Kind of equipment.")
    it_power: q.ElectricPower = Field(description="IT load for which it is built [kW].")
    load: q.Fraction = Field(default=0.6, description="Mean IT load over that [1].")
    profile: Literal["flat", "internet", "office"] = Field(
        default="flat", description="Its course over a day."
    )
    ups_rating: Annotated[float, Field(ge=1.0, le=4.0)] = Field(
        default=2.0, description="Rating of the UPS over the IT load; 2 for a 2N supply."
    )

    offered_temperature: q.Temperature = Field(
        default=25.0,
        description="Warmest water that heat pumps get; a valve mixes what is warmer [degC].",
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Heat behind machines."""
        return ("source",)


def it_load(rated_w: float, mean: float, profile: str, hours: Array) -> Array:
    """IT load over time [W].

    Parameters
    ----------
    rated_w : float
        IT load for which the room is built [W].
    mean : float
        Mean over the day, relative to that [1].
    profile : str
        Key in `data/it_profiles.yaml`.
    hours : ndarray (n,)
        Local hour of the day of each step.

    Raises
    ------
    TwinError
        If the load would pass that for which the room is built, or the profile is unknown.
    """
    shape = np.array(entry("it_profiles", profile)["values"], float)
    shape /= shape.mean()
    if mean * shape.max() > 1.0 + 1e-9:
        raise TwinError(
            f"A data room at a mean load of {mean:.2f} and the profile {profile!r} peaks at "
            f"{mean * shape.max():.2f} of what it is built for.",
            f"Give a load of {1.0 / shape.max():.2f} at most, or another profile.",
            key="load",
        )
    return np.asarray(rated_w * mean * shape[np.asarray(hours, int) % 24])


def prepare(row: DataRoom, carrier: str, setting: Setting) -> Prepared:
    """A data room of a plant room.

    Raises
    ------
    TwinError
        If others draw on a room without a water loop, or a size does not fit.
    """
    key = row.equipment or "chilled_water_free"
    rated = 1e3 * row.it_power
    series = it_load(rated, row.load, row.profile, setting.weather.times.hour.to_numpy())
    product = entry("data_rooms", key)
    if setting.drawn_on and product["offered"] == "none":
        raise TwinError(
            f"The data room '{row.name}' ({key}) offers no waste heat: it has no water loop.",
            "Choose a product with chilled water or a liquid loop, or let nobody draw on it.",
            key=row.name,
        )
    values = load_data_room(key, rated, row.ups_rating, row.offered_temperature)
    return Prepared(values, {"debt": 0.0}, product, rated, "W", (series,))


DATA_ROOM = Component(
    name="data_room",
    serves=("source",),
    parameters=_PARAMETERS,
    states=("debt",),
    limits=limits,
    step=step,
    temperatures=temperatures,
    inputs=("IT load [W]",),
    row=DataRoom,
    prepare=prepare,
)
