"""Hydrogen tank (储氢罐) with its compressor: pressure from the real gas, work from the pressure.

The gas is as warm as outdoor air; that of a fast filling, which would be warmer, is not resolved. How much
it holds between its lowest and highest pressure follows from the real gas at that temperature. While the
tank stands above the pressure at which the hydrogen comes, what it gains is compressed; the work is that of
Simpson's rule over the filling. Hydrogen leaves through a regulator, without work.

What feeders bring (`heat_in`, here hydrogen) and what is taken at the same time are set against each other
first; only the difference is compressed.

Parameters: `volume` [m3]; `low`, `high` pressure [Pa]; `inlet` pressure of what comes [Pa]; `stages` of the
compressor, its `isentropic` efficiency and that of its `motor` [1]; `fill`, `draw` largest flow in and out
[kg/s]. State: `mass` [kg]. Energies by the lower heating value.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from buildings.compiled import compiled
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    HEAT_IN,
    HYDROGEN,
    STEP,
    STORED,
    TEMP_OUT,
    Array,
    Component,
    Prepared,
    Setting,
    no_temperatures,
)
from buildings.systems.hydrogen import LOWER_J_KG, compression_work, density, pressure
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = ("volume", "low", "high", "inlet", "stages", "isentropic", "motor", "fill", "draw")
VOLUME, LOW, HIGH, INLET, STAGES, ISENTROPIC, MOTOR, FILL, DRAW = range(1, len(_PARAMETERS) + 1)
MASS = 0

_RATING_TEMP = 15.0
"""degC, at which a tank's capacity is rated (SAE J2601)."""


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From filling up to the highest pressure to drawing down to the lowest; all the room is asked for."""
    room = max(p[VOLUME] * density(p[HIGH], c[TEMP_OUT]) - s[MASS], 0.0)
    above = max(s[MASS] - p[VOLUME] * density(p[LOW], c[TEMP_OUT]), 0.0)
    into = min(room / c[STEP], p[FILL]) * LOWER_J_KG
    return -into, min(above / c[STEP], p[DRAW]) * LOWER_J_KG, into


@compiled()
def filling_work(p: Array, mass: float, gain: float, temp: float) -> float:
    """Electricity that taking `gain` [kg] into a tank of `mass` [kg] costs [J/kg]."""
    total = 0.0
    for part in range(3):
        at = pressure((mass + 0.5 * part * gain) / p[VOLUME], temp)
        weight = 4.0 if part == 1 else 1.0
        total += weight * compression_work(p[INLET], at, temp, p[STAGES], p[ISENTROPIC])
    return total / 6.0 / p[MOTOR]


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Take in or give hydrogen."""
    flows[:] = 0.0
    gain = (c[HEAT_IN] - wish) / LOWER_J_KG
    work = 0.0
    if gain > 0.0:
        work = filling_work(p, s[MASS], gain * c[STEP], c[TEMP_OUT]) * gain
    s[MASS] += gain * c[STEP]
    flows[HYDROGEN] = wish - c[HEAT_IN]
    flows[ELECTRICITY] = -work
    flows[AMBIENT] = work
    flows[STORED] = c[HEAT_IN] - wish


def load_hydrogen_tank(
    key: str, capacity_kg: float, inlet_bar: float = 30.0, hours: float = 4.0
) -> dict[str, float]:
    """Parameters of a tank of the library at a size.

    Parameters
    ----------
    key : str
        Key in `data/hydrogen_tanks.yaml`.
    capacity_kg : float
        Hydrogen between the lowest and the highest pressure at 15 degC [kg].
    inlet_bar : float, optional
        Pressure at which hydrogen comes, that of the electrolyser [bar].
    hours : float, optional
        Time in which it can be filled or emptied at the quickest [h].

    Raises
    ------
    TwinError
        If the key is unknown, a size is not positive, or a tank without compressor is rated above the
        pressure at which hydrogen comes.
    """
    values = entry("hydrogen_tanks", key)
    capacity = positive(capacity_kg, "hydrogen tank capacity_kg")
    inlet = positive(inlet_bar, "hydrogen tank inlet_bar")
    flow = capacity / (3600.0 * positive(hours, "hydrogen tank hours"))
    if values["stages"] == 0 and values["high"] > inlet:
        raise TwinError(
            f"The tank {key!r} of {values['high']} bar has no compressor; its hydrogen comes at {inlet} bar.",
            "Choose a tank of lower pressure or one with a compressor, or an electrolyser of more pressure.",
            key="inlet_bar",
        )
    low, high = values["low"] * 1e5, values["high"] * 1e5
    return {
        "volume": capacity / (density(high, _RATING_TEMP) - density(low, _RATING_TEMP)),
        "low": low,
        "high": high,
        "inlet": inlet * 1e5,
        "stages": max(values["stages"], 1.0),
        "isentropic": values["isentropic"],
        "motor": values["motor"],
        "fill": flow,
        "draw": flow,
    }


def hydrogen_tank_start(
    values: dict[str, float], share: float = 0.5, temp_c: float = 15.0
) -> dict[str, float]:
    """State of a tank that holds `share` of what it can give [1] at a temperature [degC]."""
    low, high = (density(values[end], temp_c) for end in ("low", "high"))
    return {"mass": values["volume"] * (low + share * (high - low))}


class HydrogenTank(PlantRow):
    """A hydrogen tank with its compressor (储氢罐)."""

    takes: ClassVar[bool] = True

    type: Literal["hydrogen_tank"] = Field(description="Kind of equipment.")
    capacity: Annotated[float, Field(gt=0.0, le=1e6)] = Field(
        description="Hydrogen between its lowest and highest pressure at 15 degC [kg]."
    )
    inlet_pressure: Annotated[float, Field(ge=1.0, le=200.0)] = Field(
        default=30.0, description="Pressure at which hydrogen comes, that of the electrolyser [bar]."
    )
    filling_hours: Annotated[float, Field(gt=0.0, le=1000.0)] = Field(
        default=4.0, description="Time in which it can be filled or emptied at the quickest [h]."
    )
    initial: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        default=0.5, description="Share of its capacity that it holds at the start [1]."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """Hydrogen."""
        return ("hydrogen",)


def prepare(row: HydrogenTank, carrier: str, setting: Setting) -> Prepared:
    """A tank of a plant room."""
    key = row.equipment or "steel_200bar"
    values = load_hydrogen_tank(key, row.capacity, row.inlet_pressure, row.filling_hours)
    start = hydrogen_tank_start(values, row.initial, float(setting.weather.temp_air[0]))
    return Prepared(values, start, entry("hydrogen_tanks", key), row.capacity, "kg")


HYDROGEN_TANK = Component(
    name="hydrogen_tank",
    serves=("hydrogen",),
    parameters=_PARAMETERS,
    states=("mass",),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=HydrogenTank,
    prepare=prepare,
)
