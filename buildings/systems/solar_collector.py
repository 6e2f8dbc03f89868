"""Solar thermal collectors (太阳能集热器): flat plates, evacuated tubes, unglazed absorbers.

Heat by the quasi-dynamic model of ISO 9806 with one capacity (`collector_heat`). The pump follows the sun so
that the outlet is as warm as what is served or fed; at full speed it is warmer. It stands still where the
gain would be small: by weak sun or none, and where the collector is too warm for its circuit (`limit`).
Without a pump the collector warms up, at most to its stagnation temperature, as measured.

As a source (of a heat pump) it gives heat down to `coldest`, from sun and air, by day and night; a mixing
valve lets nothing warmer than `warmest` to those who draw. Where it `refills` a borefield (1 or 0), it warms
the water that comes back from there.

Parameters: `area` gross [m2]; `capacity` [J/K]; `loss` [W/K]; `wind_loss` [J/(m K)]; `quadratic` [W/K2];
`flow` heat capacity flow at full speed [W/K]; `pump` electricity at full speed [W]; `rise` from inlet to
outlet at least [K]; `least` gain for which it runs [W]; `limit` above which the pump stays off, `stagnation`,
`coldest` mean and `warmest` supply temperature as a source [degC]. State: `temp` mean of the fluid [degC].
Inputs: absorbed irradiance at zero excess temperature [W/m2]; wind along the collector less that to which the
coefficients refer [m/s].

References
----------
ISO 9806:2017; EN ISO 9488 for the terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.plant_row import PlantRow
from buildings.systems.collector_heat import WIND_SHARE, drift, long_wave, most_heat, on_collector
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    INPUT_1,
    INPUT_2,
    SERVES,
    SOURCE,
    STEP,
    STORED,
    TEMP_OUT,
    TEMP_RETURN,
    TEMP_SUPPLY,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.records import entry, positive, read_library
from weather.errors import TwinError

SHARED = (
    "area",
    "capacity",
    "loss",
    "wind_loss",
    "quadratic",
    "flow",
    "pump",
    "rise",
    "least",
    "limit",
    "stagnation",
    "coldest",
    "warmest",
    "refills",
)
(
    AREA,
    CAPACITY,
    LOSS,
    WIND_LOSS,
    QUADRATIC,
    FLOW,
    PUMP,
    RISE,
    LEAST,
    LIMIT,
    STAGNATION,
    COLDEST,
    WARMEST,
    REFILLS,
) = range(1, 1 + len(SHARED))
TEMP = 0
_WATER = 4180.0
"""Heat capacity of water at 40 degC [J/(kg K)]."""
WIND_OF_TEST = 3.0
"""Wind to which coefficients of ISO 9806:2017 refer [m/s]."""


@compiled()
def circuit_heat(p: Array, temp: float, c: Array, absorbed: float, loss: float) -> float:
    """Most heat of a step, as far as the pump may run [W].

    Parameters
    ----------
    p, c : ndarray
        Parameters, the first of which are those of `SHARED`, and conditions.
    temp : float
        Mean temperature of the fluid as the step begins [degC].
    absorbed, loss : float
        Gain at zero excess temperature [W] and linear loss coefficient [W/K].
    """
    least, before, inlet, rise = 0.0, temp - c[TEMP_OUT], p[COLDEST] - c[TEMP_OUT], 0.0
    if int(p[SERVES]) != SOURCE or p[REFILLS] > 0.0:
        if temp >= p[LIMIT]:
            return 0.0
        rise, inlet = _rise(p, c), c[TEMP_RETURN] - c[TEMP_OUT]
        least = p[LEAST]
    most = most_heat(p[CAPACITY], absorbed, loss, p[QUADRATIC], before, c[STEP], inlet, rise, p[FLOW])
    return max(most, 0.0) if most >= least else 0.0


@compiled()
def _rise(p: Array, c: Array) -> float:
    """From inlet to outlet at least [K]."""
    return max(c[TEMP_SUPPLY] - c[TEMP_RETURN], p[RISE])


@compiled()
def pump_power(p: Array, c: Array, heat: float) -> float:
    """Electricity of the pump [W], by the water that it moves."""
    return p[PUMP] * min(heat / (p[FLOW] * _rise(p, c)), 1.0)


@compiled()
def _loss(p: Array, c: Array) -> float:
    return p[LOSS] + p[WIND_LOSS] * c[INPUT_2]


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what sun and store of the collector give."""
    return 0.0, circuit_heat(p, s[TEMP], c, p[AREA] * c[INPUT_1], _loss(p, c)), 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Let out the heat; the rest warms the collector and is lost."""
    heat = max(wish, 0.0)
    absorbed = p[AREA] * c[INPUT_1]
    after, _ = drift(p[CAPACITY], absorbed - heat, _loss(p, c), p[QUADRATIC], s[TEMP] - c[TEMP_OUT], c[STEP])
    end = min(c[TEMP_OUT] + after, max(p[STAGNATION], c[TEMP_OUT]))
    pump = pump_power(p, c, heat)
    stored = p[CAPACITY] * (end - s[TEMP]) / c[STEP]
    s[TEMP] = end
    flows[:] = 0.0
    flows[int(p[SERVES])] = heat
    flows[ELECTRICITY] = -pump
    flows[STORED] = stored
    flows[AMBIENT] = pump - heat - stored


@compiled()
def offered(p: Array, mean: float, heat: float) -> tuple[float, float]:
    """Supply and return of a source [degC] at a mean temperature of its fluid, behind the mixing valve."""
    supply = min(mean + 0.5 * heat / p[FLOW], p[WARMEST])
    return supply, min(mean - 0.5 * heat / p[FLOW], supply)


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """As a source: supply and return in the mean of the step."""
    heat = max(output, 0.0)
    gain = p[AREA] * c[INPUT_1] - heat
    _, mean = drift(p[CAPACITY], gain, _loss(p, c), p[QUADRATIC], s[TEMP] - c[TEMP_OUT], c[STEP])
    return offered(p, c[TEMP_OUT] + mean, heat)


def collector_types() -> tuple[str, ...]:
    """Keys of the library's collectors."""
    return tuple(key for key, values in read_library("solar_collectors").items() if "eta" in values)


def load_collector(key: str, area_m2: float) -> dict[str, float]:
    """Parameters of a field of collectors of the library.

    Parameters
    ----------
    key : str
        Key in `data/solar_collectors.yaml`.
    area_m2 : float
        Gross area of all collectors [m2].

    Raises
    ------
    TwinError
        If the key is unknown or the area is not positive.
    """
    if key not in collector_types():
        raise TwinError(
            f"There is no solar collector {key!r}.", f"Use one of: {', '.join(collector_types())}.", key=key
        )
    values = entry("solar_collectors", key)
    if values["loss"] <= WIND_OF_TEST * values["wind"]:
        raise TwinError(
            f"The solar collector {key!r} loses nothing in still air.",
            "Give loss and wind as of ISO 9806:2017, at 3 m/s.",
            key=key,
        )
    return shared(values, positive(area_m2, "collector area"))


def shared(values: Mapping[str, Any], area: float) -> dict[str, float]:
    """Parameters of heat and pump, from coefficients by area and the usual circuit.

    Parameters
    ----------
    values : mapping
        Entry of a library with coefficients of ISO 9806.
    area : float
        [m2].
    """
    usual = entry("solar_collectors", "circuit")
    return {
        "area": area,
        "capacity": values["capacity"] * area,
        "loss": values["loss"] * area,
        "wind_loss": values["wind"] * area,
        "quadratic": values["quadratic"] * area,
        "flow": values["flow"] * _WATER * area,
        "pump": usual["pump"] * area,
        "rise": usual["rise"],
        "least": usual["least"] * area,
        "limit": usual["limit"],
        "stagnation": values["stagnation"],
        "coldest": usual["coldest"],
        "warmest": usual["warmest"],
        "refills": 0.0,
    }


class SolarCollector(PlantRow):
    """Solar thermal collectors (太阳能集热器)."""

    type: Literal["solar_collector"] = Field(description="Kind of equipment.")
    serves: Literal["hot_water", "space_heat", "source"] = Field(
        default="hot_water", description="What it heats; source: heat pumps draw on it."
    )
    area: q.Area = Field(description="Gross area of all collectors [m2].")
    tilt: q.Tilt = Field(default=30.0, description="Tilt [deg].")
    azimuth: q.Azimuth = Field(default=180.0, description="Azimuth clockwise from north [deg].")

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it heats."""
        return (self.serves,)


def prepare(row: SolarCollector, carrier: str, setting: Setting) -> Prepared:
    """Collectors of a plant room, as cold as the air at the start."""
    key = row.equipment or "flat_plate_de_dietrich_d200"
    values = load_collector(key, row.area) | {"refills": float(setting.charge_temp is not None)}
    product = entry("solar_collectors", key)
    effective, plane = on_collector(product, setting, row.tilt, row.azimuth)
    wind = WIND_SHARE * setting.weather.wind_speed - WIND_OF_TEST
    absorbed = product["eta"] * effective - product["wind_optics"] * wind * plane.total
    absorbed += product["long_wave"] * long_wave(setting, row.tilt)
    start = {"temp": float(setting.weather.temp_air[0])}
    return Prepared(values, start, product, row.area, "m2", inputs=(np.asarray(absorbed), wind))


SOLAR_COLLECTOR = Component(
    name="solar_collector",
    serves=("hot_water", "space_heat", "source"),
    parameters=SHARED,
    states=("temp",),
    limits=limits,
    step=step,
    temperatures=temperatures,
    inputs=("absorbed irradiance W/m2", "wind over reference m/s"),
    free=True,
    row=SolarCollector,
    prepare=prepare,
)
