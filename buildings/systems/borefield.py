"""Borefields (地埋管群, 浅层地热): heat drawn from and given to the ground for decades.

The mean borehole wall answers loads by the field's g-function. Written as a sum of exponentials
(`ground_response`), each term is one number of state, moved exactly over a step of any length under constant
load; so a step costs the same after 20 years, and loads of all ages count. The fluid differs from the wall by
the boreholes' effective resistance.

Its output is the heat given to the machine; a chiller's waste heat is a negative output. The pump runs for
the share of the step that the output is of the rated one; its work ends in the fluid. What the ground gains
is stored.

Parameters: `rated` heat, both ways [W]; `ground` undisturbed temperature [degC]; `resistance` of a metre of
borehole, mean fluid to wall [m K/W]; `metres` of all boreholes [m]; `flow` heat capacity of the circulated
water [W/K]; `pump` work over heat [1]; `least`, `most` temperature of water into the ground and to the
machine [degC]; `tau_first` the shortest time constant [s] and `tau_ratio` from one to
the next; `weight_i` of each [m K/W].
State: `drop_i`, cooling of the wall by each term [K].

References
----------
See `ground_response`. Long-term imbalance: GB 50366-2005 (2009) asks for a balance over the year.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field as Written

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.base import Key
from buildings.description.plant_row import PlantRow
from buildings.systems.component import (
    ELECTRICITY,
    HEAT_IN,
    SOURCE,
    STEP,
    STORED,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.ground_response import (
    TERMS,
    Field,
    Pipes,
    borehole_resistance,
    exponentials,
    g_function,
)
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_PARAMETERS = (
    "rated",
    "ground",
    "resistance",
    "metres",
    "flow",
    "pump",
    "least",
    "most",
    "tau_first",
    "tau_ratio",
    *(f"weight_{i}" for i in range(TERMS)),
)
RATED, GROUND, RESISTANCE, METRES, FLOW, PUMP, LEAST, MOST, TAU_FIRST, TAU_RATIO, WEIGHT = range(1, 12)
_STATES = tuple(f"drop_{i}" for i in range(TERMS))
_WATER_HEAT = 4186.0
"""Specific heat of water [J/(kg K)]."""
_YEAR = 8760 * 3600.0


@compiled()
def _extraction(p: Array, c: Array, output: float) -> float:
    """Heat out of a metre of borehole [W/m]: the output less the pump's work and what is brought in."""
    return (output - p[PUMP] * abs(output) - c[HEAT_IN]) / p[METRES]


@compiled()
def _mean_drop(p: Array, s: Array, step: float) -> tuple[float, float]:
    """Mean cooling of the wall over a step: without load [K], and for each W/m [m K/W]."""
    kept = own = 0.0
    rate = step / p[TAU_FIRST]
    for i in range(TERMS):
        mean = -math.expm1(-rate) / rate
        kept += s[i] * mean
        own += p[WEIGHT + i] * (1.0 - mean)
        rate /= p[TAU_RATIO]
    return kept, own


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """Rated heat both ways, as far as the water to the ground and to the machine stays within its bounds."""
    kept, own = _mean_drop(p, s, c[STEP])
    wall = p[GROUND] - kept
    half = p[METRES] / (2.0 * p[FLOW])
    out = max(wall - p[LEAST], 0.0) / (own + p[RESISTANCE] + half)
    back = max(p[MOST] - wall, 0.0) / (own + p[RESISTANCE] - half)
    most = (out * p[METRES] + c[HEAT_IN]) / (1.0 - p[PUMP])
    least = (c[HEAT_IN] - back * p[METRES]) / (1.0 + p[PUMP])
    return max(min(least, 0.0), -p[RATED]), min(max(most, 0.0), p[RATED]), 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Move every term to the end of the step under constant load."""
    q = _extraction(p, c, wish)
    rate = c[STEP] / p[TAU_FIRST]
    for i in range(TERMS):
        s[i] -= (p[WEIGHT + i] * q - s[i]) * math.expm1(-rate)
        rate /= p[TAU_RATIO]
    flows[:] = 0.0
    flows[SOURCE] = wish - c[HEAT_IN]
    flows[ELECTRICITY] = -p[PUMP] * abs(wish)
    flows[STORED] = -q * p[METRES]


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """Mean over the step of the water that leaves the ground, for the machine and for those who feed it."""
    kept, own = _mean_drop(p, s, c[STEP])
    q = _extraction(p, c, output)
    leaving = p[GROUND] - kept - q * (own + p[RESISTANCE] - p[METRES] / (2.0 * p[FLOW]))
    return leaving, leaving


def load_borefield(
    key: str,
    rows: int,
    columns: int,
    *,
    ground: str = "shanghai_soft",
    spacing_m: float | None = None,
    length_m: float | None = None,
) -> dict[str, float]:
    """Parameters of a rectangular field of boreholes of the library.

    Parameters
    ----------
    key : str
        Key in `data/borefields.yaml`.
    rows, columns : int
        Numbers of boreholes; the order does not matter.
    ground : str, optional
        Key in `data/grounds.yaml`.
    spacing_m, length_m : float, optional
        Distance and length of boreholes; the library's where not given.

    Raises
    ------
    TwinError
        If a key is unknown, a size is not positive, or boreholes overlap. The first call for a field takes
        some seconds; the g-function is then kept.
    """
    values, soil = entry("borefields", key), entry("grounds", ground)
    if min(rows, columns) < 1:
        raise TwinError(
            f"A borefield of {rows} x {columns} boreholes is none.", "Give 1 or more.", key="borefield"
        )
    field = Field(
        rows=max(int(rows), int(columns)),
        columns=min(int(rows), int(columns)),
        spacing=positive(values["spacing"] if spacing_m is None else spacing_m, "borehole spacing"),
        length=positive(values["length"] if length_m is None else length_m, "borehole length"),
        depth=values["depth"],
        radius=values["radius"],
        conductivity=soil["conductivity"],
        capacity=soil["capacity"],
    )
    pipes = Pipes(
        int(values["u_tubes"]), values["pipe_inner"], values["pipe_outer"], values["shank"],
        values["pipe_conductivity"], values["grout_conductivity"], values["roughness"], values["flow"],
    )  # fmt: skip
    count = field.rows * field.columns
    tau, a = exponentials(*g_function(field))
    weights = a / (2.0 * math.pi * field.conductivity)
    return {
        "rated": values["rated"] * field.length * count,
        "ground": soil["temp"],
        "resistance": borehole_resistance(field, pipes, soil["temp"]),
        "metres": field.length * count,
        "flow": count * values["flow"] * _WATER_HEAT,
        "pump": values["pump"],
        "least": values["least_temp"],
        "most": values["most_temp"],
        "tau_first": tau[0],
        "tau_ratio": tau[1] / tau[0],
        **{f"weight_{i}": weight for i, weight in enumerate(weights)},
    }


def new_field() -> dict[str, float]:
    """State of a field that nothing was drawn from yet."""
    return dict.fromkeys(_STATES, 0.0)


@compiled(allocates=True)
def _march(p: Array, s: Array, outputs: Array, c: Array, leaving: Array) -> None:
    flows = np.zeros(c.shape[0])
    for k in range(outputs.shape[0]):
        leaving[k] = temperatures(p, s, c, outputs[k])[0]
        step(p, s, outputs[k], c, flows)


def _year(p: Array, s: Array, outputs_w: Any) -> Array:
    """March `s` through a year of outputs; temperatures of the water that leaves the ground [degC]."""
    outputs = np.ascontiguousarray(outputs_w, float)
    if outputs.ndim != 1 or len(outputs) < 12 or not np.isfinite(outputs).all():
        raise TwinError(
            f"A year's heat of a borefield is given as {outputs.shape} numbers.",
            "Give at least 12 finite numbers, evenly spaced over a year.",
            key="borefield",
        )
    c = np.zeros(15)
    c[STEP] = _YEAR / len(outputs)
    leaving = np.zeros(len(outputs))
    _march(p, s, outputs, c, leaving)
    return leaving


def aged_field(p: Array, outputs_w: Any, years: int) -> dict[str, float]:
    """State of a field after years of the same yearly load.

    Parameters
    ----------
    p : (P,)
        `BOREFIELD.pack("source", ...)`.
    outputs_w : array_like, (n,)
        Heat given to machines over a year in even steps, negative where they give theirs to the ground [W].
    years : int
        Any number of them costs one: each term decays by the same factor in every year.

    Raises
    ------
    TwinError
        If the series is none, or years are negative.
    """
    if years < 0:
        raise TwinError(f"A borefield cannot be {years} years old.", "Give 0 or more.", key="years")
    s = np.zeros(TERMS)
    _year(p, s, outputs_w)
    rate = _YEAR / (p[TAU_FIRST] * p[TAU_RATIO] ** np.arange(TERMS))
    s *= np.expm1(-rate * years) / np.expm1(-rate)
    return dict(zip(_STATES, s.tolist(), strict=True))


def field_drift(p: Array, outputs_w: Any, years: int) -> pd.DataFrame:
    """How a field warms or cools over years of the same load (热堆积与冷热不平衡).

    Parameters
    ----------
    p, outputs_w, years
        As of `aged_field`.

    Returns
    -------
    pandas.DataFrame
        Index `year`, from 1. Columns: `ground_gain_kwh`, what the ground gained in that year; `wall_c`,
        yearly mean of the wall; `least_c`, `most_c`, coldest and warmest water to the machine; `drift_k`,
        rise of `wall_c` against the year before (in the first: against undisturbed ground).

    Raises
    ------
    TwinError
        As `aged_field`.
    """
    outputs = np.asarray(outputs_w, float)
    s, before, lines = np.zeros(TERMS), p[GROUND], []
    for year in range(1, years + 1):
        leaving = _year(p, s, outputs)
        drawn = np.mean(outputs - p[PUMP] * np.abs(outputs))
        wall = leaving.mean() + drawn * (p[RESISTANCE] / p[METRES] - 1.0 / (2.0 * p[FLOW]))
        lines.append((year, -8.760 * drawn, wall, leaving.min(), leaving.max(), wall - before))
        before = wall
    columns = ["year", "ground_gain_kwh", "wall_c", "least_c", "most_c", "drift_k"]
    return pd.DataFrame(lines, columns=columns).set_index("year")


def seasonal_year(drawn_kwh: float, given_kwh: float) -> Array:
    """A year of heat from and to the ground by days, as seasons have it.

    Parameters
    ----------
    drawn_kwh, given_kwh : float
        Heat drawn by machines in the cold half year and given by them in the warm one [kWh].

    Returns
    -------
    ndarray (365,)
        Heat given to machines [W]; half waves with their middles in late January and late July.
    """
    season = np.cos(2.0 * math.pi * (np.arange(365) - 205.0) / 365.0)
    warm, cold = np.maximum(season, 0.0), np.maximum(-season, 0.0)
    out: Array = (drawn_kwh * cold / cold.sum() - given_kwh * warm / warm.sum()) * 1000.0 / 24.0
    return out


class BoreholeField(PlantRow):
    """A field of vertical boreholes (地埋管群); heat pumps draw on it."""

    takes: ClassVar[bool] = True

    type: Literal["borefield"] = Written(description="Kind of equipment.")
    rows: Annotated[int, Written(strict=True, ge=1, le=60)] = Written(description="Boreholes one way.")
    columns: Annotated[int, Written(strict=True, ge=1, le=60)] = Written(
        description="Boreholes the other way."
    )
    spacing: q.Length | None = Written(default=None, description="Distance of boreholes [m]; the product's.")
    length: q.Length | None = Written(default=None, description="Length of each borehole [m]; the product's.")
    ground: Key = Written(default="shanghai_soft", description="Ground data.")
    age: Annotated[int, Written(strict=True, ge=0, le=100)] = Written(
        default=0, description="Years that it has been in use with the two yearly heats below."
    )
    yearly_drawn: q.StoredEnergy | None = Written(
        default=None, description="Heat drawn from the ground in each of those years [kWh]."
    )
    yearly_given: q.StoredEnergy | None = Written(
        default=None, description="Heat given to the ground in each of those years [kWh]."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """A source."""
        return ("source",)


def prepare(row: BoreholeField, carrier: str, setting: Setting) -> Prepared:
    """A field as its years of use have left it."""
    key = row.equipment or "single_u_32_100"
    values = load_borefield(
        key, row.rows, row.columns, ground=row.ground, spacing_m=row.spacing, length_m=row.length
    )
    start = new_field()
    if row.age > 0:
        year = seasonal_year(row.yearly_drawn or 0.0, row.yearly_given or 0.0)
        start = aged_field(BOREFIELD.pack("source", values), year, row.age)
    return Prepared(values, start, entry("borefields", key), values["rated"], "W")


BOREFIELD = Component(
    name="borefield",
    serves=("source",),
    parameters=_PARAMETERS,
    states=_STATES,
    limits=limits,
    step=step,
    temperatures=temperatures,
    row=BoreholeField,
    prepare=prepare,
)
