"""What every piece of energy equipment (能源设备) is to the march: limits, a step, and an energy balance.

A component has parameters `p`, a state `s` and one output on the carrier that it serves. In every step the
dispatcher asks each component for the range of its output (`limits`), decides, and lets it run (`step`).
What a component takes and gives is written by carrier, so that one check serves all: what it gives to all
carriers and what it stores sum to zero.

Links between components are three. A machine may draw on a *source* (a borefield, a data room). It may *feed*
stores, which then stand between it and those who are served. And several rows of the march may be one machine
(a reversible heat pump that heats and cools, a chiller that cools by day and freezes by night): then they
share its time.

Signs: a flow is positive where the component gives energy to a carrier. Electricity that it draws is
negative; so is the heat that a chiller takes out of the chilled water. Its output counts what it serves,
positive for heat and for cold; a store that is charged has a negative output.

To add a component: one file with its physics that ends in a `Component`, its products in a file of `data/`,
and its line in `registry`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.description.plant_row import PlantRow
from weather.climate_year import ClimateYear
from weather.skyline import Skyline
from weather.step_weather import StepWeather

Array = NDArray[np.float64]

CARRIERS = (
    "electricity",
    "gas",
    "hydrogen",
    "steam",
    "hot_water",
    "space_heat",
    "chilled_water",
    "source",
    "ambient",
    "stored",
)
(
    ELECTRICITY,
    GAS,
    HYDROGEN,
    STEAM,
    HOT_WATER,
    SPACE_HEAT,
    CHILLED_WATER,
    SOURCE,
    AMBIENT,
    STORED,
) = range(len(CARRIERS))
"""Columns of `flows` [W]. Fuels by their lower heating value; `source` is what stands behind a machine: a
borefield, a data room, a tank; `ambient` takes losses and gives sun and outdoor heat; `stored` is what the
component's own store gains."""
N_FLOWS = len(CARRIERS)
SERVES = 0
"""Column of every component's parameters: the carrier of its output."""

CONDITIONS = (
    "step",
    "temp_out",
    "wet_bulb_out",
    "pressure",
    "temp_in",
    "wet_bulb_in",
    "temp_mains",
    "temp_source",
    "temp_supply",
    "temp_return",
    "heat_in",
    "temp_heat_in",
    "heat_accepted",
    "input_1",
    "input_2",
)
(
    STEP,
    TEMP_OUT,
    WET_BULB_OUT,
    PRESSURE,
    TEMP_IN,
    WET_BULB_IN,
    TEMP_MAINS,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    TEMP_RETURN,
    HEAT_IN,
    TEMP_HEAT_IN,
    HEAT_ACCEPTED,
    INPUT_1,
    INPUT_2,
) = range(len(CONDITIONS))
"""Columns of the conditions of a step.

`step` is its length [s]; then means over it of outdoor air and the air of the rooms served [degC, Pa], and of
cold mains water [degC]. `temp_source`: of the component behind [degC]. `temp_supply`, `temp_return`: what the
served side, or the store that it feeds, asks for and sends back [degC]. For a store: `heat_in`, what its
feeders bring in this step (cold counts negative) [W], and at which temperature [degC]. For a machine with
by-product heat: `heat_accepted`, the most that can be taken [W]. `input_1`, `input_2`: its own prepared
series (`Component.inputs`)."""
N_CONDITIONS = len(CONDITIONS)


@dataclass(frozen=True)
class Setting:
    """What equipment may know of its building when it is prepared.

    Attributes
    ----------
    weather : StepWeather
        The year at the step of the march.
    climate : ClimateYear
    ground_reflectance : float
    design : mapping
        Design load by carrier [W], for what is autosized.
    floor_area : float
        [m2].
    charge_temp : float, optional
        What the store asks for that this entry fills [degC]; None where it serves consumers.
    along_coil : bool
        Whether that store is warmed by a coil: what comes back is then the water along it.
    drawn_on : bool
        Whether others draw on it as their source.
    again : bool
        Whether another entry stands for the same machine already, and counts its rest.
    roof : Skyline, optional
        What stands around the roof, on which collectors lie.
    """

    weather: StepWeather
    climate: ClimateYear
    ground_reflectance: float
    design: Mapping[str, float]
    floor_area: float
    charge_temp: float | None = None
    along_coil: bool = False
    drawn_on: bool = False
    again: bool = False
    roof: Skyline | None = None


@dataclass(frozen=True)
class Prepared:
    """A row of a plant room, ready for the march.

    Attributes
    ----------
    parameters, start : mapping
        For `Component.pack` and `Component.start`.
    inputs : tuple of ndarray (n,)
        Prepared series in the order of `Component.inputs`.
    charge_temp : float
        Of a store: temperature that those who feed it must reach [degC].
    coil : bool
        Of a store: whether they warm it by a coil.
    size, unit : float, str
        What it is rated at, for people.
    product : mapping
        Its entry of the library: names, source, year, confidence.
    """

    parameters: Mapping[str, float]
    start: Mapping[str, float]
    product: Mapping[str, Any]
    size: float
    unit: str
    inputs: tuple[Array, ...] = ()
    charge_temp: float = 0.0
    coil: bool = False


@compiled()
def never_outside(p: Array, c: Array) -> bool:
    """Of a component whose figures hold everywhere that it runs."""
    return False


@dataclass(frozen=True)
class Component:
    """A kind of equipment.

    Attributes
    ----------
    name : str
        As projects and data files write it.
    serves : tuple of str
        Carriers of `CARRIERS` that its output may be on.
    parameters, states : tuple of str
        Names of the columns of `p` and `s`, units in the module's docstring. Column 0 of every `p` is the
        carrier of the output (`SERVES`); it is not named here.
    limits : compiled function (p, s, c) -> (least, most, call)
        Range of the mean output of this step [W] under conditions `c`, and what a store asks of those who
        feed it [W] (0 of all others; at most what it has room for, -least). Changes nothing.
    step : compiled function (p, s, wish, c, flows) -> None
        Runs with the mean output `wish` [W], within the limits: moves `s` to the end of the step and writes
        every column of `flows` [W].
    temperatures : compiled function (p, s, c, output) -> (supply, back)
        Temperatures [degC] that it offers to those who draw on it while it gives `output` [W], and to those
        who feed it; NaN where nobody does either. Changes nothing.
    row : type
        How users write it: a `PlantRow` with a field `type` that is `name`.
    prepare : function (row, carrier, setting) -> Prepared
        Called for each carrier of a row, and for each way it goes; raises TwinError on what does not fit.
    inputs : tuple of str
        Series that must be prepared for it, at most two, with their units.
    free : bool
        Whether what it gives costs nothing and is taken while there is room.
    passes : bool
        Whether consumers can have at once what its feeders bring in the same step (`limits` reads `heat_in`).
    outside : compiled function (p, c) -> bool
        Whether its figures are held at an edge of what they were measured or fitted for; its time is counted
    """

    name: str
    serves: tuple[str, ...]
    parameters: tuple[str, ...]
    states: tuple[str, ...]
    limits: Callable[..., Any]
    step: Callable[..., Any]
    temperatures: Callable[..., Any]
    row: type[PlantRow]
    prepare: Callable[[Any, str, Setting], Prepared]
    inputs: tuple[str, ...] = ()
    free: bool = False
    passes: bool = False
    outside: Callable[..., Any] = never_outside

    def pack(self, serves: str, values: Mapping[str, float]) -> Array:
        """Parameters as the kernel reads them.

        Parameters
        ----------
        serves : str
            Carrier of its output, one of `self.serves`.
        values : mapping
            A value for each of `self.parameters`.

        Raises
        ------
        KeyError
            If a value is missing, unknown or not finite, or the carrier is none that it can serve: a
            programming error, not a user's.
        """
        if serves not in self.serves:
            raise KeyError(f"{self.name} cannot serve {serves}")
        own = _packed(self.name, self.parameters, values)
        return np.concatenate(([float(CARRIERS.index(serves))], own))

    def start(self, values: Mapping[str, float]) -> Array:
        """State before the first step; raises as `pack`."""
        return _packed(self.name, self.states, values)


def _packed(name: str, columns: tuple[str, ...], values: Mapping[str, float]) -> Array:
    wrong = set(values) ^ set(columns)
    if wrong:
        raise KeyError(f"{name}: missing or unknown {sorted(wrong)}")
    row = np.array([float(values[column]) for column in columns])
    if not np.isfinite(row).all():
        raise KeyError(f"{name}: not finite: {dict(values)}")
    return row


@compiled()
def no_temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Of a component on which nobody draws and that nobody feeds."""
    return math.nan, math.nan


@compiled()
def imbalance(flows: Array) -> float:
    """What a component's flows leave open, relative to the largest of them [-]."""
    total = largest = 0.0
    for flow in flows:
        total += flow
        largest = max(largest, abs(flow))
    return abs(total) / largest if largest > 0.0 else 0.0
