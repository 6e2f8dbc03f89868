"""Chillers (冷水机组) with what belongs to them: cooling tower, condenser pumps and chilled-water pumps.

Capacity and input of a unit are EnergyPlus' `Chiller:Electric:EIR`: biquadratics of the leaving chilled water
x and of what enters the condenser y (water of the tower, outdoor air, or water of the row behind), and a
cubic of the part load. Below the least part load a unit cycles, with EN 14825's loss on top (`cycling` 1:
none, as in EnergyPlus). Tower and chiller are solved together: the tower's water depends on the heat that is
rejected, and that on the water. It comes from evaporator, compressor and condenser pump.

`units` equal machines, each with its tower cell and pumps, share the load; another one starts where those
running would exceed `stage` of their capacity. Pumps run with their unit; the chilled-water pump's power
follows the load to an exponent down to a least share, and becomes heat in the chilled water, so that a unit's
net output is less than its capacity. Temperatures are held at the edges of the curves' range; colder water
than `supply_least`, or outdoor air or a source out of range, and the chiller stands still.

Parameters: `condenser` 0 outdoor air, 1 tower, 2 the row behind; `units`; `capacity` of a unit [W] and
`ratio` at which the curves are 1; `cap_0` to `cap_5` and `eir_0` to `eir_5` over 1, x, x^2, y, y^2, x y;
`load_0` to `load_3` input over the part load; `least_share`; `cycling`; `x_least` to `y_most`;
`supply_least`; `source_least`, `source_most` of outdoor air or source [degC]; `condenser_flow` heat capacity
of a unit's condenser water [W/K]; `tower` water-to-air ratio at design; `tower_set` least temperature of the
tower's water [degC]; `fan` [W] and `fan_least` least speed of a cell; `condenser_pump`, `chilled_pump` [W];
`chilled_least`, `chilled_exponent`; `stage`; `standby` of all units at rest [W].

References
----------
EnergyPlus Engineering Reference, "Electric Chiller Model Based on Condenser Entering Temperature".
EN 14825:2018, part load of units of fixed capacity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field

from buildings.compiled import compiled
from buildings.description.base import ThermalCapacity
from buildings.description.plant_row import Machine
from buildings.systems.component import (
    AMBIENT,
    CHILLED_WATER,
    ELECTRICITY,
    N_CONDITIONS,
    SOURCE,
    TEMP_OUT,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    WET_BULB_OUT,
    Array,
    Component,
    Prepared,
    Setting,
    no_temperatures,
)
from buildings.systems.cooling_tower import air_share, approach, fan_share, load_tower
from buildings.systems.heat_pump_products import Curves
from buildings.systems.records import entry, positive
from weather.errors import TwinError
from weather.psychrometrics import wet_bulb

_PARAMETERS = (
    "condenser",
    "units",
    "capacity",
    "ratio",
    *(f"cap_{i}" for i in range(6)),
    *(f"eir_{i}" for i in range(6)),
    *(f"load_{i}" for i in range(4)),
    "least_share",
    "cycling",
    "x_least",
    "x_most",
    "y_least",
    "y_most",
    "supply_least",
    "source_least",
    "source_most",
    "condenser_flow",
    "tower",
    "tower_set",
    "fan",
    "fan_least",
    "condenser_pump",
    "chilled_pump",
    "chilled_least",
    "chilled_exponent",
    "stage",
    "standby",
)
_AT = {name: i + 1 for i, name in enumerate(_PARAMETERS)}
CONDENSER, UNITS, CAPACITY, RATIO = 1, 2, 3, 4
CAP, EIR, LOAD = _AT["cap_0"], _AT["eir_0"], _AT["load_0"]
LEAST_SHARE, CYCLING = _AT["least_share"], _AT["cycling"]
X_LEAST, X_MOST, Y_LEAST, Y_MOST = (_AT[name] for name in ("x_least", "x_most", "y_least", "y_most"))
SUPPLY_LEAST, SOURCE_LEAST, SOURCE_MOST = (
    _AT[name] for name in ("supply_least", "source_least", "source_most")
)
FLOW, TOWER, TOWER_SET, FAN, FAN_LEAST = (
    _AT[name] for name in ("condenser_flow", "tower", "tower_set", "fan", "fan_least")
)
CONDENSER_PUMP, CHILLED_PUMP = _AT["condenser_pump"], _AT["chilled_pump"]
CHILLED_LEAST, CHILLED_EXPONENT = _AT["chilled_least"], _AT["chilled_exponent"]
STAGE, STANDBY = _AT["stage"], _AT["standby"]

AIR, TOWER_WATER, BEHIND = 0.0, 1.0, 2.0
_CONDENSERS = {"air": AIR, "tower": TOWER_WATER, "behind": BEHIND}
_SWEEPS = 8
_CLOSE = 1e-7
"""Kelvin to which the tower's water is found; it converges some fifty-fold a sweep."""
_TOWER_ABOVE = 4.0
"""Kelvin of the tower's water over the wet bulb, to begin with."""
_FULL = -1.0
"""In place of a load: all that the unit can give."""
_WATER_HEAT = 4.186e6
"""Heat of condenser water [J/(m3 K)]."""
_HOUR = 3600.0
_COOLING_HOURS = 50
"""Hours of a year hotter or more humid than the design, GB 50736-2012 clauses 4.1.6, 4.1.7 (gk-verify)."""
_BEHIND_COOLING = 30.0
"""Water of a row behind at design [degC], GB/T 19409-2013 for ground loops 25, towers 30 (assumed)."""


@compiled()
def _biquadratic(p: Array, at: int, x: float, y: float) -> float:
    return p[at] + x * (p[at + 1] + x * p[at + 2] + y * p[at + 5]) + y * (p[at + 3] + y * p[at + 4])


@compiled()
def _full(p: Array, x: float, entering: float) -> tuple[float, float]:
    """Capacity and full-load input of a unit [W], the latter without the part-load curve."""
    y = min(max(entering, p[Y_LEAST]), p[Y_MOST])
    capacity = max(p[CAPACITY] * _biquadratic(p, CAP, x, y), 0.0)
    return capacity, capacity / p[RATIO] * _biquadratic(p, EIR, x, y)


@compiled()
def _part_load(p: Array, share: float) -> tuple[float, float]:
    """Input over that at full load: heat that must be rejected, and electricity with the loss of cycling."""
    r = max(share, p[LEAST_SHARE])
    running = share / r if r > 0.0 else 0.0
    on = p[LOAD] + r * (p[LOAD + 1] + r * (p[LOAD + 2] + r * p[LOAD + 3]))
    used = on * (p[CYCLING] * running + 1.0 - p[CYCLING]) if running < 1.0 else on
    return on * running, used


@compiled()
def _running(p: Array, c: Array, load: float) -> tuple[float, float, float, float]:
    """A unit whose evaporator takes `load` [W], or all it can where that is `_FULL`.

    Returns
    -------
    capacity, used, rejected : float
        Of the unit at these temperatures; electricity of the compressor; heat of the condenser [W].
    air : float
        Air flow of the tower cell over design [-].
    """
    x = min(max(c[TEMP_SUPPLY], p[X_LEAST]), p[X_MOST])
    tower = p[CONDENSER] == TOWER_WATER
    entering = c[TEMP_SOURCE] if p[CONDENSER] == BEHIND else c[TEMP_OUT]
    if tower:
        entering = max(c[WET_BULB_OUT] + _TOWER_ABOVE, p[TOWER_SET])
    capacity = used = rejected = 0.0
    air = 1.0
    for _ in range(_SWEEPS):
        capacity, full_input = _full(p, x, entering)
        if capacity <= 0.0:
            return 0.0, 0.0, 0.0, 0.0
        taken = capacity if load < 0.0 else load
        steady, with_starts = _part_load(p, taken / capacity)
        used = full_input * with_starts
        rejected = taken + full_input * steady
        if not tower:
            break
        span = (rejected + p[CONDENSER_PUMP]) / p[FLOW]
        before = entering
        entering = max(c[WET_BULB_OUT] + approach(c[WET_BULB_OUT], span, p[TOWER]), p[TOWER_SET])
        if entering > p[TOWER_SET]:
            air = 1.0
        else:
            air = air_share(c[WET_BULB_OUT], span, p[TOWER_SET] - c[WET_BULB_OUT], p[TOWER])
        if abs(entering - before) < _CLOSE:
            break
    return capacity, used, rejected, air


@compiled()
def _chilled_pump(p: Array, share: float) -> float:
    """Power of the chilled-water pump of a unit [W] at a share of its most output."""
    held = min(max(share, p[CHILLED_LEAST]), 1.0)
    return p[CHILLED_PUMP] * held ** p[CHILLED_EXPONENT]


@compiled()
def _most(p: Array, c: Array) -> float:
    """Net output of a unit [W]."""
    if c[TEMP_SUPPLY] < p[SUPPLY_LEAST]:
        return 0.0
    if p[CONDENSER] != TOWER_WATER:
        source = c[TEMP_SOURCE] if p[CONDENSER] == BEHIND else c[TEMP_OUT]
        if source < p[SOURCE_LEAST] or source > p[SOURCE_MOST]:
            return 0.0
    return max(_running(p, c, _FULL)[0] - p[CHILLED_PUMP], 0.0)


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what all units give at these temperatures, less their pumps' heat."""
    return 0.0, p[UNITS] * _most(p, c), 0.0


@compiled()
def outside(p: Array, c: Array) -> bool:
    """Whether the curves are held at an edge; behind a tower by the water that the wet bulb suggests."""
    entering = c[TEMP_SOURCE] if p[CONDENSER] == BEHIND else c[TEMP_OUT]
    if p[CONDENSER] == TOWER_WATER:
        entering = max(c[WET_BULB_OUT] + _TOWER_ABOVE, p[TOWER_SET])
    x_held = c[TEMP_SUPPLY] < p[X_LEAST] or c[TEMP_SUPPLY] > p[X_MOST]
    return x_held or entering < p[Y_LEAST] or entering > p[Y_MOST]


@compiled()
def units_on(p: Array, most: float, wish: float) -> float:
    """Units that run for an output, each able to give `most` [W]."""
    return min(max(math.ceil(wish / (p[STAGE] * most) - 1e-9), 1.0), p[UNITS])


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Run as many units as the output needs."""
    flows[:] = 0.0
    if wish <= 0.0:
        flows[ELECTRICITY] = -p[STANDBY]
        flows[AMBIENT] = p[STANDBY]
        return
    most = _most(p, c)
    on = units_on(p, most, wish)
    pump = _chilled_pump(p, wish / (on * most))
    _, used, rejected, air = _running(p, c, wish / on + pump)
    electricity = used + pump
    if p[CONDENSER] != AIR:
        electricity += p[CONDENSER_PUMP]
    if p[CONDENSER] == TOWER_WATER:
        electricity += p[FAN] * fan_share(air, p[FAN_LEAST])
    flows[CHILLED_WATER] = -wish
    flows[ELECTRICITY] = -on * electricity
    if p[CONDENSER] == BEHIND:
        flows[SOURCE] = on * (rejected + p[CONDENSER_PUMP])
    flows[AMBIENT] = wish + on * electricity - flows[SOURCE]


def load_chiller(
    key: str, rated_w: float, *, units: int = 1, cop: float | None = None, behind: bool = False
) -> dict[str, float]:
    """Parameters of chillers of the library.

    Parameters
    ----------
    key : str
        Key in `data/chillers.yaml`.
    rated_w : float
        Cold of all units' evaporators at the rating of GB/T 18430.1: 7 degC leaving, 30 degC entering water
        or 35 degC air [W].
    units : int, optional
        Equal machines.
    cop : float, optional
        At that rating, instead of the product's.
    behind : bool, optional
        Its condenser gives heat to the row behind it instead of a tower.

    Raises
    ------
    TwinError
        If the key is unknown, a size is not positive, or an air-cooled one has a row behind it.
    """
    values = entry("chillers", key)
    curves = values["curves"]
    made = Curves(
        reference_output=1.0,
        reference_ratio=1.0,
        capacity=tuple(curves["capacity"]),
        ratio=tuple(curves["eir"]),
        ratio_kind="eir",
        load=tuple(curves["load"]),
        least_share=curves["least_share"],
        x_range=tuple(curves["x_range"]),
        y_range=tuple(curves["y_range"]),
        source="dry_bulb" if values["condenser"] == "air" else "behind",
    )
    ratio = float(values["cop"]) if cop is None else positive(cop, "chiller COP")
    return _parameters(key, values, made, rated_w, ratio, units, behind)


def load_chiller_curves(
    curves: Curves,
    rated_w: float,
    *,
    like: str,
    units: int = 1,
    behind: bool = False,
    supply_least: float | None = None,
) -> dict[str, float]:
    """Parameters of chillers of a user's own curves, such as those of `buildings.idf.chiller_curves`.

    Parameters
    ----------
    curves : Curves
        Capacity and input over output, x leaving chilled water and y entering water or air; its ratio belongs
        to its reference, where the curves are 1.
    rated_w : float
        Cold of all units' evaporators where `capacity` is 1 [W].
    like : str
        Key in `data/chillers.yaml` of which all but the curves is taken: condenser, tower, pumps, cycling.
    units, behind
        As for `load_chiller`.
    supply_least : float, optional
        Coldest leaving water [degC]; by default the product's.

    Raises
    ------
    TwinError
        As `load_chiller`; curves of COP or of power, of more than biquadratic form, or of another condenser.
    """
    values = entry("chillers", like)
    air = values["condenser"] == "air"
    if curves.ratio_kind != "eir" or any(c != 0.0 for c in (*curves.capacity[6:], *curves.ratio[6:])):
        raise TwinError(
            "A chiller's curves are biquadratics of capacity and of input over output.",
            "Give curves of Chiller:Electric:EIR.",
            key="curves",
        )
    if air != (curves.source == "dry_bulb") or len(curves.load) > 4:
        raise TwinError(
            f"These curves do not fit the {values['condenser']} condenser of {like!r}, or a cubic of the "
            "load.",
            "Choose `like` with the same kind of condenser, and a part-load curve up to third order.",
            key="like",
        )
    found = _parameters(like, values, curves, rated_w, curves.reference_ratio, units, behind, own=True)
    if supply_least is not None:
        found["supply_least"] = supply_least
    return found


def _parameters(
    key: str,
    values: Mapping[str, Any],
    curves: Curves,
    rated_w: float,
    cop: float,
    units: int,
    behind: bool,
    own: bool = False,
) -> dict[str, float]:
    """Curves are 1 at their reference (`own`), or scaled to give size and COP at the rating."""
    condenser = "behind" if behind else values["condenser"]
    if behind and values["condenser"] == "air":
        raise TwinError(
            f"The chiller {key!r} gives its heat to outdoor air.",
            "Remove `source`, or choose a water-cooled one.",
            key=key,
        )
    if units < 1:
        raise TwinError(f"{units} chillers cannot run.", "Give at least one unit.", key="units")
    unit = positive(rated_w, "chiller capacity") / units
    x, y = values["rating"]
    load = (*curves.load, *([0.0] * (4 - len(curves.load))))
    at_rating = (1.0, 1.0) if own else tuple(_value(c, x, y) for c in (curves.capacity, curves.ratio))
    rejected = unit * (1.0 + 1.0 / cop)
    found = {
        "condenser": _CONDENSERS[condenser],
        "units": float(units),
        "capacity": unit / at_rating[0],
        "ratio": cop * at_rating[1] * (1.0 if own else sum(load)),
        **{f"cap_{i}": float(curves.capacity[i]) for i in range(6)},
        **{f"eir_{i}": float(curves.ratio[i]) for i in range(6)},
        **{f"load_{i}": float(load[i]) for i in range(4)},
        "least_share": curves.least_share,
        "x_least": curves.x_range[0],
        "x_most": curves.x_range[1],
        "y_least": curves.y_range[0],
        "y_most": curves.y_range[1],
        **{name: float(values[name]) for name in ("cycling", "supply_least", "stage")},
        "source_least": values["source_least"],
        "source_most": values["source_most"],
        "chilled_pump": unit * values["chilled_pump"],
        "chilled_least": values["chilled_pump_least"],
        "chilled_exponent": values["chilled_pump_exponent"],
        "standby": units * unit * values["standby"],
    }
    return found | _water_side(values, unit, rejected)


def _water_side(values: Mapping[str, Any], unit: float, rejected: float) -> dict[str, float]:
    """Condenser pump and tower cell of a unit of `unit` [W] that rejects `rejected` [W]."""
    if values["condenser"] == "air":
        names = ("condenser_pump", "tower", "tower_set", "fan", "fan_least")
        return dict.fromkeys(names, 0.0) | {"condenser_flow": 1.0}
    tower = values["tower"]
    return {
        "condenser_flow": unit / 1000.0 * values["condenser_flow"] / _HOUR * _WATER_HEAT,
        "condenser_pump": unit * values["condenser_pump"],
        "tower": load_tower(tower["approach"], tower["range"], tower["wet_bulb"]),
        "tower_set": tower["set"],
        "fan": rejected * tower["fan"],
        "fan_least": tower["fan_least"],
    }


def _value(c: tuple[float, ...], x: float, y: float) -> float:
    return c[0] + x * (c[1] + x * c[2] + y * c[5]) + y * (c[3] + y * c[4])


def output_at(parameters: Mapping[str, float], supply: float, outside: float) -> float:
    """Most net output [W] at a leaving temperature and an outdoor wet bulb, air or source [degC]."""
    p = CHILLER.pack("chilled_water", parameters)
    c = np.zeros(N_CONDITIONS)
    c[TEMP_SUPPLY] = supply
    c[WET_BULB_OUT] = c[TEMP_OUT] = c[TEMP_SOURCE] = outside
    return float(limits(p, np.zeros(0), c)[1])


class Chiller(Machine):
    """Chillers (冷水机组) with tower and pumps; to make ice they feed an ice storage."""

    type: Literal["chiller"] = Field(description="Kind of equipment.")
    capacity: ThermalCapacity = Field(
        default="autosize",
        description="Cold of all units at 7 degC leaving, 30 degC entering water or 35 degC air [W], or "
        "autosize from the design load.",
    )
    units: int = Field(default=2, ge=1, le=20, strict=True, description="Equal machines.")
    cop: float | None = Field(
        default=None, ge=1.5, le=12.0, description="COP at that rating [1]; the product's by default."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Chilled water."""
        return ("chilled_water",)


def _design_outside(row: Chiller, condenser: str, setting: Setting) -> float:
    """Wet bulb, air or source temperature at design [degC]."""
    if row.source is not None:
        return _BEHIND_COOLING
    data = setting.climate.data
    air = data["temp_air"].to_numpy(float)
    if condenser == "tower":
        weather = setting.weather
        air = wet_bulb(weather.temp_air, weather.humidity_ratio, weather.pressure)
        return float(np.sort(air)[-_COOLING_HOURS * len(air) // 8760 - 1])
    return float(np.sort(air)[-_COOLING_HOURS - 1])


def prepare(row: Chiller, carrier: str, setting: Setting) -> Prepared:
    """Chillers of a plant room; autosized to the design load at the design weather and 7 degC.

    Raises
    ------
    TwinError
        As `load_chiller`; a product without curves for air where it has no tower, or that does not cool as
        far as the store asks that it fills.
    """
    key = row.equipment or "screw"
    product = entry("chillers", key)
    behind = row.source is not None
    size = 1.0e6
    if row.capacity != "autosize":
        size = float(row.capacity)
    else:
        supply = float(entry("supply_temperatures", carrier)["supply"])
        trial = load_chiller(key, size, units=row.units, cop=row.cop, behind=behind)
        given = output_at(trial, supply, _design_outside(row, product["condenser"], setting))
        if given <= 0.0:
            raise TwinError(
                f"The chiller '{row.name}' ({key}) gives nothing at its design.",
                "Choose another product, or write its capacity.",
                key=row.name,
            )
        size *= setting.design[carrier] / given
    values = load_chiller(key, size, units=row.units, cop=row.cop, behind=behind)
    coldest = values["supply_least"]
    if setting.charge_temp is not None and setting.charge_temp < coldest:
        raise TwinError(
            f"The chiller '{row.name}' ({key}) cools to {coldest:g} degC, its store is charged with "
            f"{setting.charge_temp:g} degC.",
            "Choose a product that makes ice, such as screw_ice.",
            key=row.name,
        )
    if setting.again:
        values["standby"] = 0.0
    return Prepared(values, {}, product, size, "W")


CHILLER = Component(
    name="chiller",
    serves=("chilled_water",),
    parameters=_PARAMETERS,
    states=(),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=Chiller,
    prepare=prepare,
    outside=outside,
)
