"""PEM electrolyser (质子交换膜电解槽): electricity to hydrogen, with heat for the building.

Output is hydrogen by its lower heating value, net of the crossover through the membrane and of what the dryer
vents. The current follows from it by Faraday's law, the voltage from the polarisation curve at the mean
temperature of the stack, which the stack's own heat warms and cooling holds. Heat of the stack is
counted against the thermoneutral voltage; the latent part by which the higher heating value exceeds the
lower leaves the books to `ambient`, though no room gets it.

Below the least load the stack runs at that load for part of the step. It stands in readiness for a while
after it stopped (`standby` power); beyond `hold` it is off, and the next start takes `start_time` at
`start_power` before hydrogen flows. Until then it offers `TRICKLE` of its rating, so that a wish for more
starts it. Load steps take seconds and are not resolved. The stack stands in outdoor air (a container).

Parameters: `rated` output [W, lower heating value]; `area` of all cells [m2]; `transfer`, `exchange`,
`exchange_energy`, `resistance`, `resistance_energy` of `hydrogen.losses`; `crossover` [A/m2]; `pressure` of
the hydrogen [bar]; `vent` of the dryer while it runs [W] and `purge`, its share of the hydrogen [1];
`rectifier` rating [W] and its loss `alpha`, `beta`, `gamma` [-]; `fixed` auxiliaries while it runs [W] and
`share` of output [W/W]; `cooler` electricity per heat rejected [W/W]; `capacity` [J/K] and `loss` [W/K] of
the stack and its water, `limit` of their temperature [degC]; `exchanger` to the water of the building [W/K];
`heat_to` the carrier of its heat; `least` load [1]; `start_time`, `hold` [s]; `start_power`, `standby` [W].
State: `temp` [degC], `start` still to go [s], `stood` [s].

References
----------
Polarisation: see `hydrogen`. Wang, X., Star, A. G., Ahluwalia, R. K., 2023. Performance of polymer
electrolyte membrane water electrolysis systems. Energies 16, 4964. doi 10.3390/en16134964
Conductivity: Springer, T. E., Zawodzinski, T. A., Gottesfeld, S., 1991. J. Electrochem. Soc. 138, 2334.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    CARRIERS,
    ELECTRICITY,
    HEAT_ACCEPTED,
    HYDROGEN,
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
from buildings.systems.hydrogen import (
    HIGHER_V,
    LOWER_V,
    losses,
    reversible_voltage,
    warm_mass,
)
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = (
    "rated",
    "area",
    "transfer",
    "exchange",
    "exchange_energy",
    "resistance",
    "resistance_energy",
    "crossover",
    "pressure",
    "vent",
    "purge",
    "rectifier",
    "alpha",
    "beta",
    "gamma",
    "fixed",
    "share",
    "cooler",
    "capacity",
    "loss",
    "limit",
    "exchanger",
    "heat_to",
    "least",
    "start_time",
    "start_power",
    "hold",
    "standby",
)
(
    RATED,
    AREA,
    TRANSFER,
    EXCHANGE,
    EXCHANGE_ENERGY,
    RESISTANCE,
    RESISTANCE_ENERGY,
    CROSSOVER,
    PRESSURE,
    VENT,
    PURGE,
    RECTIFIER,
    ALPHA,
    BETA,
    GAMMA,
    FIXED,
    SHARE,
    COOLER,
    CAPACITY,
    LOSS,
    LIMIT,
    EXCHANGER,
    HEAT_TO,
    LEAST,
    START_TIME,
    START_POWER,
    HOLD,
    STANDBY,
) = range(1, len(_PARAMETERS) + 1)
TEMP, START, STOOD = range(3)

TRICKLE = 1e-6
"""Share of the rating that a machine offers while it cannot run yet, so that it can be asked to start [-]."""


@compiled()
def voltage(p: Array, current: float, temp: float) -> float:
    """Voltage of a cell [V] at a current density [A/m2] and temperature [degC]."""
    loss, _ = losses(
        current, temp, p[TRANSFER], p[EXCHANGE], p[EXCHANGE_ENERGY], p[RESISTANCE], p[RESISTANCE_ENERGY]
    )
    return reversible_voltage(temp, p[PRESSURE], 1.0) + loss


@compiled()
def running(p: Array, output: float, temp: float) -> tuple[float, float, float, float]:
    """What continuous operation takes.

    Parameters
    ----------
    p : ndarray
        Parameters.
    output : float
        Hydrogen [W].
    temp : float
        Of the stack [degC].

    Returns
    -------
    stack, supply, heat, latent : float
        Direct current into the stack, all electricity but that of the cooler, heat set free in the stack, and
        the latent part of the hydrogen's higher heating value [W].
    """
    gross = (output + p[VENT]) / (1.0 - p[PURGE])
    net = gross / (LOWER_V * p[AREA])
    current = net + p[CROSSOVER]
    stack = voltage(p, current, temp) * current * p[AREA]
    x = stack / p[RECTIFIER]
    rectifier = p[RECTIFIER] * (p[ALPHA] + x * (p[BETA] + x * p[GAMMA]))
    supply = stack + rectifier + p[FIXED] + p[SHARE] * output
    return stack, supply, stack - HIGHER_V * net * p[AREA], (HIGHER_V - LOWER_V) * net * p[AREA]


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to rated output for the time that the start leaves."""
    left = max(c[STEP] - s[START], 0.0) / c[STEP]
    return 0.0, p[RATED] * max(left, TRICKLE), 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Make hydrogen, warm up, start or stand."""
    flows[:] = 0.0
    dt = c[STEP]
    power = heat = latent = 0.0
    if wish > 0.0:
        starting = min(s[START], dt)
        left = dt - starting
        power = p[START_POWER] * starting / dt
        if left > 0.0:
            level = min(max(wish * dt / left, p[LEAST] * p[RATED]), p[RATED])
            runs = min(wish / level, left / dt)
            _, _, heat, _ = running(p, level, s[TEMP])
            _, mean, _ = warm_mass(s[TEMP], runs * heat, c[TEMP_OUT], p[LOSS], p[CAPACITY], p[LIMIT], dt)
            _, supply, heat, latent = running(p, level, mean)
            power += runs * supply + max(left / dt - runs, 0.0) * p[STANDBY]
            heat *= runs
            latent *= runs
        else:
            power += wish
        s[START] -= starting
        s[STOOD] = 0.0
    elif s[START] < p[START_TIME]:
        ready = min(max(p[HOLD] - s[STOOD], 0.0), dt)
        power = p[STANDBY] * ready / dt
        s[STOOD] += dt
        if s[STOOD] > p[HOLD]:
            s[START] = p[START_TIME]
    end, _, removed = warm_mass(s[TEMP], heat, c[TEMP_OUT], p[LOSS], p[CAPACITY], p[LIMIT], dt)
    # no heat to water that is too warm, nor where none returns (NaN)
    passes = p[EXCHANGER] * (p[LIMIT] - c[TEMP_RETURN]) if c[TEMP_RETURN] < p[LIMIT] else 0.0
    useful = min(removed, max(c[HEAT_ACCEPTED], 0.0), passes)
    power += p[COOLER] * (removed - useful)
    stored = p[CAPACITY] * (end - s[TEMP]) / dt
    s[TEMP] = end
    flows[HYDROGEN] = wish
    flows[ELECTRICITY] = -power
    flows[int(p[HEAT_TO])] += useful
    flows[STORED] = stored
    flows[AMBIENT] = power - wish - useful - stored


def load_electrolyser(key: str, rated_w: float, heat_to: str = "hot_water") -> dict[str, float]:
    """Parameters of an electrolyser of the library at a size.

    The area resistance follows from the published efficiency of the stack at rated load, the auxiliaries that
    go with the load from that of the system.

    Parameters
    ----------
    key : str
        Key in `data/electrolysers.yaml`.
    rated_w : float
        Net hydrogen at rated load [W, lower heating value].
    heat_to : str, optional
        Carrier of its heat: hot_water or space_heat.

    Raises
    ------
    TwinError
        If the key or the carrier is unknown or the size is not positive.
    """
    values = entry("electrolysers", key)
    rated = positive(rated_w, "electrolyser capacity")
    vent = values["vent"] * rated
    net = values["current"] - values["crossover"]
    area = (rated + vent) / (1.0 - values["purge"]) / (LOWER_V * net)
    volts = LOWER_V * net / values["current"] / values["stack_efficiency"]
    temp = values["temperature"]
    cell = (values["transfer"], values["exchange"], values["exchange_energy"])
    activation, _ = losses(values["current"], temp, *cell, 0.0, values["resistance_energy"])
    _, ohm = losses(0.0, temp, 1.0, 1e30, 0.0, 1.0, values["resistance_energy"])
    ohmic = volts - reversible_voltage(temp, values["pressure"], 1.0) - activation
    stack = volts * values["current"] * area
    heat = stack - HIGHER_V * net * area
    converter = entry("converters", values["rectifier"])
    rectifier = stack * (converter["alpha"] + converter["beta"] + converter["gamma"])
    loss = values["loss"] * rated
    # the surroundings of the rating are taken at 20 degC
    rejected = max(heat - loss * (temp - 20.0), 0.0)
    fixed = values["fixed"] * rated
    rest = rated / values["system_efficiency"] - stack - rectifier - fixed - values["cooler"] * rejected
    if ohmic <= 0.0 or rest < -1e-9 * rated:
        raise TwinError(
            f"The published efficiencies of the electrolyser {key!r} contradict its other figures.",
            "Correct the entry in data/electrolysers.yaml.",
            key=key,
        )
    return {
        "rated": rated,
        "area": area,
        "transfer": values["transfer"],
        "exchange": values["exchange"],
        "exchange_energy": values["exchange_energy"],
        "resistance": ohmic / values["current"] / ohm,
        "resistance_energy": values["resistance_energy"],
        "crossover": values["crossover"],
        "pressure": values["pressure"],
        "vent": vent,
        "purge": values["purge"],
        "rectifier": stack,
        "alpha": converter["alpha"],
        "beta": converter["beta"],
        "gamma": converter["gamma"],
        "fixed": fixed,
        "share": max(rest, 0.0) / rated,
        "cooler": values["cooler"],
        "capacity": values["capacity"] * rated,
        "loss": loss,
        "limit": temp,
        "exchanger": heat / values["approach"],
        "heat_to": heat_carrier(heat_to),
        "least": values["least_load"],
        "start_time": values["start_time"],
        "start_power": values["start_power"] * rated,
        "hold": values["hold"],
        "standby": values["standby"] * rated,
    }


def electrolyser_start(key: str, temp_c: float) -> dict[str, float]:
    """State of an electrolyser of the library that is off and as warm as its surroundings [degC]."""
    return {"temp": temp_c, "start": entry("electrolysers", key)["start_time"], "stood": 0.0}


def heat_carrier(name: str) -> float:
    """Number of the carrier that takes by-product heat.

    Raises
    ------
    TwinError
        If it is neither hot water nor space heat.
    """
    allowed: tuple[Any, ...] = ("hot_water", "space_heat")
    if name not in allowed:
        raise TwinError(
            f"By-product heat cannot go to {name!r}.", f"Use one of: {', '.join(allowed)}.", key="heat_to"
        )
    return float(CARRIERS.index(name))


class Electrolyser(PlantRow):
    """A PEM electrolyser (电解槽): takes spare power, feeds a hydrogen tank, and a heat store beside."""

    type: Literal["electrolyser"] = Field(description="Kind of equipment.")
    power: q.ElectricPower = Field(description="Electric input at rated load [kW].")
    heat_to: Literal["hot_water", "space_heat"] = Field(
        default="hot_water", description="What the store holds that its heat fills."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Hydrogen."""
        return ("hydrogen",)

    @property
    def by_product(self) -> str:
        """Its heat, for the store among `feeds` that holds it; lost without one."""
        return self.heat_to

    @property
    def needs_store(self) -> str:
        """It makes hydrogen for a tank."""
        return "hydrogen"


def prepare(row: Electrolyser, carrier: str, setting: Setting) -> Prepared:
    """An electrolyser of a plant room, cold at the start."""
    key = row.equipment or "container_200nm3"
    product = entry("electrolysers", key)
    values = load_electrolyser(key, 1e3 * row.power * product["system_efficiency"], row.heat_to)
    start = electrolyser_start(key, float(setting.weather.temp_air[0]))
    return Prepared(values, start, product, 1e3 * row.power, "W")


ELECTROLYSER = Component(
    name="electrolyser",
    serves=("hydrogen",),
    parameters=_PARAMETERS,
    states=("temp", "start", "stood"),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=Electrolyser,
    prepare=prepare,
)
