"""PEM fuel cell with heat recovery (质子交换膜燃料电池热电联供): hydrogen or gas to electricity and heat.

Output is net electricity, after the inverter and the auxiliaries. What the stack must give follows from it,
and the current from the polarisation curve at the mean temperature of the stack. A unit with a reformer
takes gas: `use` is the share of the fuel's energy that the current carries (what the reformer loses and the
stack leaves unburnt is the rest), and `idle` keeps the reformer hot at any load. Heat of fuel that becomes
neither current nor exhaust warms the unit; cooling holds its temperature and gives to water that is colder.
Fuels by their lower heating value: heat of condensing water beyond it is not counted.

Below the least load the unit runs at that load for part of the step. It stands hot for a while after it
stopped (`standby` power); beyond `hold` it is cold, and the next start takes `start_time` with `start_fuel`
and `start_power` before it gives power. Until then it offers `TRICKLE` of its rating, so that a wish for more
starts it. Output rises at most by `ramp` from that of the end of the last step; it falls at once. What it
takes while it starts and stands comes on top of its output. A cold stack gives what it can at its largest
current and at the temperature with which the step begins.

Parameters: `rated` [W]; `fuel` the carrier; `use` [1]; `idle` [W]; `area` of all cells [m2]; `transfer`,
`exchange`, `exchange_energy`, `resistance`, `resistance_energy` of `hydrogen.losses`; `crossover`, largest
`current` [A/m2]; `hydrogen`, `oxygen` partial pressures [bar]; `alpha`, `beta`, `gamma` of the inverter,
whose rating is `rated` [-]; `fixed` auxiliaries while it runs [W] and `share` of output [W/W]; `exhaust`
share of the fuel [1]; `capacity` [J/K], `loss` [W/K] of the unit, `limit` of its temperature [degC];
`exchanger` to the building's water [W/K]; `heat_to` the carrier of its heat; `least` load [1]; `ramp` [W/s];
`start_time`, `hold` [s]; `start_fuel`, `start_power`, `standby` [W]. State: `temp` [degC], `start` still to
go [s], `stood` [s], `level` of output at the end of the step [W].

References
----------
Polarisation: see `hydrogen`; usual figures of air-fed cells after Barbir, F., 2013. PEM Fuel Cells, ch. 3.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    CARRIERS,
    ELECTRICITY,
    HEAT_ACCEPTED,
    STEP,
    STORED,
    TEMP_OUT,
    TEMP_RETURN,
    Array,
    Component,
    Prepared,
    Setting,
    no_temperatures,
)
from buildings.systems.electrolyser import TRICKLE, heat_carrier
from buildings.systems.hydrogen import LOWER_V, losses, reversible_voltage, warm_mass
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = (
    "rated",
    "fuel",
    "use",
    "idle",
    "area",
    "transfer",
    "exchange",
    "exchange_energy",
    "resistance",
    "resistance_energy",
    "crossover",
    "current",
    "hydrogen",
    "oxygen",
    "alpha",
    "beta",
    "gamma",
    "fixed",
    "share",
    "exhaust",
    "capacity",
    "loss",
    "limit",
    "exchanger",
    "heat_to",
    "least",
    "ramp",
    "start_time",
    "start_fuel",
    "start_power",
    "hold",
    "standby",
)
(
    RATED,
    FUEL,
    USE,
    IDLE,
    AREA,
    TRANSFER,
    EXCHANGE,
    EXCHANGE_ENERGY,
    RESISTANCE,
    RESISTANCE_ENERGY,
    CROSSOVER,
    CURRENT,
    PRESSURE_H2,
    PRESSURE_O2,
    ALPHA,
    BETA,
    GAMMA,
    FIXED,
    SHARE,
    EXHAUST,
    CAPACITY,
    LOSS,
    LIMIT,
    EXCHANGER,
    HEAT_TO,
    LEAST,
    RAMP,
    START_TIME,
    START_FUEL,
    START_POWER,
    HOLD,
    STANDBY,
) = range(1, len(_PARAMETERS) + 1)
TEMP, START, STOOD, LEVEL = range(4)


@compiled()
def current_density(p: Array, power: float, temp: float) -> float:
    """Current density at which the stack gives `power` [W] at a temperature [degC]: [A/m2].

    Newton's method on voltage times current, which is concave: after its first step it nears the lower of the
    two roots from below.
    """
    open_voltage = reversible_voltage(temp, p[PRESSURE_H2], p[PRESSURE_O2])
    wanted = power / p[AREA]
    i = wanted / 0.8
    for _ in range(30):
        loss, slope = losses(
            i + p[CROSSOVER],
            temp,
            p[TRANSFER],
            p[EXCHANGE],
            p[EXCHANGE_ENERGY],
            p[RESISTANCE],
            p[RESISTANCE_ENERGY],
        )
        rise = open_voltage - loss - slope * i
        if rise <= 0.0:
            i *= 0.5
            continue
        change = (wanted - (open_voltage - loss) * i) / rise
        i += change
        if abs(change) <= 1e-10 * i:
            break
    return i


@compiled()
def running(p: Array, output: float, temp: float) -> tuple[float, float, float]:
    """What continuous operation takes.

    Parameters
    ----------
    p : ndarray
        Parameters.
    output : float
        Net electricity [W].
    temp : float
        Of the stack [degC].

    Returns
    -------
    fuel, stack, heat : float
        Fuel, direct current of the stack, and heat set free in the unit [W].
    """
    busbar = output * (1.0 + p[SHARE]) + p[FIXED]
    x = busbar / p[RATED]
    stack = busbar + p[RATED] * (p[ALPHA] + x * (p[BETA] + x * p[GAMMA]))
    current = current_density(p, stack, temp) + p[CROSSOVER]
    fuel = LOWER_V * current * p[AREA] / p[USE] + p[IDLE]
    return fuel, stack, fuel * (1.0 - p[EXHAUST]) - stack


@compiled()
def most_output(p: Array, temp: float) -> float:
    """Net electricity that a stack of a temperature gives at most [W]."""
    loss, _ = losses(
        p[CURRENT] + p[CROSSOVER],
        temp,
        p[TRANSFER],
        p[EXCHANGE],
        p[EXCHANGE_ENERGY],
        p[RESISTANCE],
        p[RESISTANCE_ENERGY],
    )
    volts = reversible_voltage(temp, p[PRESSURE_H2], p[PRESSURE_O2]) - loss
    # the inverter's loss is quadratic in its output: the root that keeps its digits
    d = volts * p[CURRENT] * p[AREA] / p[RATED] - p[ALPHA]
    b = 1.0 + p[BETA]
    busbar = p[RATED] * 2.0 * d / (b + math.sqrt(b * b + 4.0 * p[GAMMA] * max(d, 0.0)))
    return min(max((busbar - p[FIXED]) / (1.0 + p[SHARE]), p[RATED] * TRICKLE), p[RATED])


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what the start and the ramp leave of the rated output."""
    left = c[STEP] - s[START]
    if left <= 0.0:
        return 0.0, p[RATED] * TRICKLE, 0.0
    most = most_output(p, s[TEMP])
    level = min(s[LEVEL], most)
    rise = min((most - level) / p[RAMP], left)
    top = level + p[RAMP] * rise
    mean = (0.5 * (level + top) * rise + top * (left - rise)) / c[STEP]
    return 0.0, max(min(mean, most), p[RATED] * TRICKLE), 0.0


@compiled()
def plateau(level: float, mean: float, ramp: float, time: float) -> float:
    """Output that is held after a rise from `level` by `ramp` so that the mean over `time` is `mean` [W]."""
    if mean <= level:
        return mean
    span = ramp * time
    more = mean - level
    # (x - level)^2 / (2 span) = x - mean: the smaller root, in the form that keeps its digits
    return level + 2.0 * more / (1.0 + math.sqrt(max(1.0 - 2.0 * more / span, 0.0)))


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Run, start or stand."""
    flows[:] = 0.0
    dt = c[STEP]
    used = heat = fuel = 0.0
    if wish > 0.0:
        starting = min(s[START], dt)
        left = dt - starting
        fuel = p[START_FUEL] * starting / dt
        used = p[START_POWER] * starting / dt
        heat = fuel
        if left > 0.0:
            mean_level = wish * dt / left
            level = min(max(mean_level, p[LEAST] * p[RATED]), p[RATED])
            runs = min(wish / level, left / dt)
            _, _, warm = running(p, level, s[TEMP])
            total = heat + runs * warm
            _, mean, _ = warm_mass(s[TEMP], total, c[TEMP_OUT], p[LOSS], p[CAPACITY], p[LIMIT], dt)
            burnt, _, warm = running(p, level, mean)
            fuel += runs * burnt
            heat += runs * warm
            used += max(left / dt - runs, 0.0) * p[STANDBY]
            s[LEVEL] = min(plateau(s[LEVEL], mean_level, p[RAMP], left), p[RATED])
        else:
            fuel += wish
        s[START] -= starting
        s[STOOD] = 0.0
    else:
        s[LEVEL] = 0.0
        if s[START] < p[START_TIME]:
            used = p[STANDBY] * min(max(p[HOLD] - s[STOOD], 0.0), dt) / dt
            s[STOOD] += dt
            if s[STOOD] > p[HOLD]:
                s[START] = p[START_TIME]
    end, _, removed = warm_mass(s[TEMP], heat, c[TEMP_OUT], p[LOSS], p[CAPACITY], p[LIMIT], dt)
    useful = 0.0
    if c[TEMP_RETURN] < p[LIMIT]:
        useful = min(removed, max(c[HEAT_ACCEPTED], 0.0), p[EXCHANGER] * (p[LIMIT] - c[TEMP_RETURN]))
    stored = p[CAPACITY] * (end - s[TEMP]) / dt
    s[TEMP] = end
    flows[int(p[FUEL])] = -fuel
    flows[ELECTRICITY] = wish - used
    flows[int(p[HEAT_TO])] += useful
    flows[STORED] = stored
    flows[AMBIENT] = fuel - wish + used - useful - stored


def load_fuel_cell(key: str, rated_w: float, heat_to: str = "hot_water") -> dict[str, float]:
    """Parameters of a fuel cell of the library at a size.

    The area follows from the rated current density; how much of the fuel the current carries follows from the
    published electric efficiency, and the exhaust from that of the heat.

    Parameters
    ----------
    key : str
        Key in `data/fuel_cells.yaml`.
    rated_w : float
        Net electricity at rated load [W].
    heat_to : str, optional
        Carrier of its heat: hot_water or space_heat.

    Raises
    ------
    TwinError
        If the key or the carrier is unknown or the size is not positive.
    """
    values = entry("fuel_cells", key)
    rated = positive(rated_w, "fuel cell capacity")
    cell = {name: values[name] for name in _CELL}
    converter = entry("converters", values["inverter"])
    fixed, share = values["fixed"] * rated, values["share"]
    busbar = rated * (1.0 + share) + fixed
    x = busbar / rated
    inverter = rated * (converter["alpha"] + x * (converter["beta"] + x * converter["gamma"]))
    stack = busbar + inverter
    temp, crossover = values["temperature"], values["crossover"]
    loss, _ = losses(values["current"] + crossover, temp, *(values[name] for name in _CELL))
    volts = reversible_voltage(temp, values["hydrogen"], values["oxygen"]) - loss
    area = stack / (volts * values["current"])
    fuel = rated / values["efficiency"]
    idle = values["idle"] * fuel
    use = LOWER_V * (values["current"] + crossover) * area / (fuel - idle)
    # the surroundings of the rating are taken at 20 degC
    casing = values["loss"] * rated * (temp - 20.0)
    heat = values["heat_efficiency"] * fuel
    exhaust = (fuel - stack - casing - heat) / fuel
    if not 0.0 < use <= 1.0 or exhaust < 0.0:
        raise TwinError(
            f"The published efficiencies of the fuel cell {key!r} contradict its other figures.",
            "Correct the entry in data/fuel_cells.yaml.",
            key=key,
        )
    return {
        **cell,
        "rated": rated,
        "fuel": float(CARRIERS.index(values["carrier"])),
        "use": use,
        "idle": idle,
        "area": area,
        "crossover": crossover,
        "current": values["overload"] * values["current"],
        "hydrogen": values["hydrogen"],
        "oxygen": values["oxygen"],
        "alpha": converter["alpha"],
        "beta": converter["beta"],
        "gamma": converter["gamma"],
        "fixed": fixed,
        "share": share,
        "exhaust": exhaust,
        "capacity": values["capacity"] * rated,
        "loss": values["loss"] * rated,
        "limit": temp,
        "exchanger": heat / values["approach"],
        "heat_to": heat_carrier(heat_to),
        "least": values["least_load"],
        "ramp": values["ramp"] * rated,
        "start_time": values["start_time"],
        "start_fuel": values["start_fuel"] * rated,
        "start_power": values["start_power"] * rated,
        "hold": values["hold"],
        "standby": values["standby"] * rated,
    }


_CELL = ("transfer", "exchange", "exchange_energy", "resistance", "resistance_energy")


def fuel_cell_start(key: str, temp_c: float) -> dict[str, float]:
    """State of a fuel cell of the library that is cold: as warm as its surroundings [degC]."""
    return {"temp": temp_c, "start": entry("fuel_cells", key)["start_time"], "stood": 0.0, "level": 0.0}


class FuelCell(PlantRow):
    """A PEM fuel cell with heat recovery (燃料电池热电联供): feeds a heat store, draws on a hydrogen tank."""

    type: Literal["fuel_cell"] = Field(description="Kind of equipment.")
    power: q.ElectricPower = Field(description="Net electricity at rated load [kW].")
    heat_to: Literal["hot_water", "space_heat"] = Field(
        default="hot_water", description="What the store holds that its heat fills."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Electricity."""
        return ("electricity",)

    @property
    def by_product(self) -> str:
        """Its heat."""
        return self.heat_to

    @property
    def needs_store(self) -> str:
        """It follows the heat that a store calls for."""
        return self.heat_to


def prepare(row: FuelCell, carrier: str, setting: Setting) -> Prepared:
    """A fuel cell of a plant room, cold at the start.

    Raises
    ------
    TwinError
        If it takes hydrogen and draws on no tank.
    """
    key = row.equipment or "hydrogen_5kw"
    if row.source is None and entry("fuel_cells", key)["carrier"] == "hydrogen":
        raise TwinError(
            f"The fuel cell '{row.name}' ({key}) has no hydrogen: none is bought.",
            "Name a hydrogen tank in `source`, or choose a product that takes gas.",
            key=row.name,
        )
    values = load_fuel_cell(key, 1e3 * row.power, row.heat_to)
    start = fuel_cell_start(key, float(setting.weather.temp_air[0]))
    return Prepared(values, start, entry("fuel_cells", key), 1e3 * row.power, "W")


FUEL_CELL = Component(
    name="fuel_cell",
    serves=("electricity",),
    parameters=_PARAMETERS,
    states=("temp", "start", "stood", "level"),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=FuelCell,
    prepare=prepare,
)
