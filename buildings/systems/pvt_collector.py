"""Photovoltaic-thermal collectors (光伏光热一体化集热器): heat and power of one plane.

Heat is that of a solar collector with the coefficients of ISO 9806 measured at maximum power, so that the
current is already taken out of it. Cells are warmer than the fluid by the heat that passes to it, over the
`transfer` between them; without a pump they are as warm as the collector at rest. They give power by PVWatts
whenever there is light, whether heat is taken or not, through an inverter with the measured loss form.

The coefficient of transfer follows from the data sheet (Stegmann, Laemmle): zero-loss efficiency is the share
F of what cells absorb and do not turn into current, loss is F times that of the cells, and F = u / (u + loss
of the cells); taken at 3 m/s of wind.

Long-wave exchange with the sky enters by its mean over the year, weighted by the light (for a source: by
time), because the march carries two prepared series. Condensation on a cold collector is left out; power that
nobody takes still counts as taken out of the heat.

Parameters: those of `solar_collector`, then `optical` zero-loss efficiency times area [m2]; `wind_optics` its
loss by wind [m s]; `long_wave` mean exchange with the sky [W]; `peak` direct-current power at 1000 W/m2 and
25 degC after the losses of the system [W]; `gamma` [1/K]; `transfer` [W/K]; `rated` [W], `alpha`, `beta`,
`square` of the inverter. State: `temp` mean of the fluid [degC].
Inputs: irradiance with incidence-angle modifiers [W/m2]; wind along the collector less that to which the
coefficients refer [m/s].

References
----------
ISO 9806:2017. Stegmann, M., Bertram, E., Rockendorf, G. and Janssen, S., 2011. Model of an unglazed
photovoltaic thermal collector based on standard test procedures. ISES Solar World Congress,
doi 10.18086/swc.2011.19.30. Laemmle, M., 2018. Thermal management of PVT collectors. Doctoral thesis,
University of Freiburg, doi 10.6094/UNIFR/16446. Dobos, A., 2014. PVWatts version 5 manual,
NREL/TP-6A20-62641.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from pydantic import Field

from buildings.compiled import compiled
from buildings.description import quantities as q
from buildings.description.base import Key
from buildings.description.plant_row import PlantRow
from buildings.systems.collector_heat import WIND_SHARE, drift, long_wave, on_collector
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    INPUT_1,
    INPUT_2,
    SERVES,
    STEP,
    STORED,
    TEMP_OUT,
    Array,
    Component,
    Prepared,
    Setting,
)
from buildings.systems.photovoltaics import system_losses
from buildings.systems.records import entry, positive, read_library
from buildings.systems.solar_collector import (
    CAPACITY,
    LOSS,
    QUADRATIC,
    SHARED,
    STAGNATION,
    TEMP,
    WIND_LOSS,
    WIND_OF_TEST,
    circuit_heat,
    offered,
    pump_power,
    shared,
)

_OWN = (
    "optical",
    "wind_optics",
    "long_wave",
    "peak",
    "gamma",
    "transfer",
    "rated",
    "alpha",
    "beta",
    "square",
)
_FIRST = 1 + len(SHARED)
OPTICAL, WIND_OPTICS, LONG_WAVE, PEAK, GAMMA, TRANSFER, RATED, ALPHA, BETA, SQUARE = range(
    _FIRST, _FIRST + len(_OWN)
)


@compiled()
def _gain(p: Array, c: Array) -> float:
    """Heat at the temperature of the air [W]."""
    return (p[OPTICAL] - p[WIND_OPTICS] * c[INPUT_2]) * c[INPUT_1] + p[LONG_WAVE]


@compiled()
def _loss(p: Array, c: Array) -> float:
    return p[LOSS] + p[WIND_LOSS] * c[INPUT_2]


@compiled()
def power(p: Array, irradiance: float, cell: float) -> float:
    """Power after the inverter [W] at an irradiance [W/m2] and a temperature of the cells [degC]."""
    direct = p[PEAK] * 1e-3 * max(irradiance, 0.0) * max(1.0 + p[GAMMA] * (cell - 25.0), 0.0)
    d, b = max(direct / p[RATED] - p[ALPHA], 0.0), 1.0 + p[BETA]
    return min(p[RATED] * 2.0 * d / (b + math.sqrt(b * b + 4.0 * p[SQUARE] * d)), p[RATED])


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to what sun and store of the collector give."""
    return 0.0, circuit_heat(p, s[TEMP], c, _gain(p, c), _loss(p, c)), 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Let out the heat; power by the temperature of the cells in the step."""
    heat = max(wish, 0.0)
    before = s[TEMP] - c[TEMP_OUT]
    after, mean = drift(p[CAPACITY], _gain(p, c) - heat, _loss(p, c), p[QUADRATIC], before, c[STEP])
    ceiling = max(p[STAGNATION], c[TEMP_OUT])
    end = min(c[TEMP_OUT] + after, ceiling)
    stored = p[CAPACITY] * (end - s[TEMP]) / c[STEP]
    cell = min(c[TEMP_OUT] + mean, ceiling) + (heat + stored) / p[TRANSFER]
    made, pump = power(p, c[INPUT_1], cell), pump_power(p, c, heat)
    s[TEMP] = end
    flows[:] = 0.0
    flows[int(p[SERVES])] = heat
    flows[ELECTRICITY] = made - pump
    flows[STORED] = stored
    flows[AMBIENT] = pump - made - heat - stored


@compiled()
def temperatures(p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """As a source: supply and return in the mean of the step."""
    heat, before = max(output, 0.0), s[TEMP] - c[TEMP_OUT]
    _, mean = drift(p[CAPACITY], _gain(p, c) - heat, _loss(p, c), p[QUADRATIC], before, c[STEP])
    return offered(p, c[TEMP_OUT] + mean, heat)


def transfer_coefficient(key: str) -> float:
    """Between cells and fluid of a collector of the library [W/(m2 K)], at 3 m/s of wind."""
    values = entry("pvt_collectors", key)
    wind = WIND_OF_TEST - values["wind_reference"]
    share = (values["eta"] - values["wind_optics"] * wind) / (values["absorbed"] - values["electric"])
    return float((values["loss"] + values["wind"] * wind) / (1.0 - share))


def load_pvt_collector(
    key: str, area_m2: float, *, long_wave_w_m2: float = 0.0, converter: str | None = None
) -> dict[str, float]:
    """Parameters of a field of PVT collectors of the library.

    Parameters
    ----------
    key : str
        Key in `data/pvt_collectors.yaml`.
    area_m2 : float
        Gross area of all collectors [m2].
    long_wave_w_m2 : float, optional
        Mean long-wave irradiance less that of a black body as warm as the air [W/m2].
    converter : str, optional
        Key in `data/converters.yaml`; the inverter of PV on an AC board by default.

    Raises
    ------
    TwinError
        If a key is unknown or the area is not positive.
    """
    values = entry("pvt_collectors", key)
    area = positive(area_m2, "collector area")
    peak = 1e3 * values["electric"] * area
    stage = read_library("pv")["converter"]
    form = entry("converters", converter or stage["on_ac_board"])
    return {
        **shared(values, area),
        "optical": values["eta"] * area,
        "wind_optics": values["wind_optics"] * area,
        "long_wave": values["long_wave"] * long_wave_w_m2 * area,
        "peak": peak * (1.0 - system_losses(values["module"], 0.0)),
        "gamma": values["gamma"],
        "transfer": transfer_coefficient(key) * area,
        "rated": peak / stage["dc_ac_ratio"],
        "alpha": form["alpha"],
        "beta": form["beta"],
        "square": form["gamma"],
    }


class PvtCollector(PlantRow):
    """Photovoltaic-thermal collectors (光伏光热)."""

    type: Literal["pvt_collector"] = Field(description="Kind of equipment.")
    serves: Literal["hot_water", "space_heat", "source"] = Field(
        default="hot_water", description="What it heats; source: heat pumps draw on it."
    )
    area: q.Area = Field(description="Gross area of all collectors [m2].")
    tilt: q.Tilt = Field(default=20.0, description="Tilt [deg].")
    azimuth: q.Azimuth = Field(default=180.0, description="Azimuth clockwise from north [deg].")
    converter: Key | None = Field(default=None, description="Converter data; a usual inverter by default.")

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it heats; its power comes along."""
        return (self.serves,)


def prepare(row: PvtCollector, carrier: str, setting: Setting) -> Prepared:
    """Collectors of a plant room, as cold as the air at the start."""
    key = row.equipment or "uncovered_keymark_300"
    product = entry("pvt_collectors", key)
    effective, _ = on_collector(product, setting, row.tilt, row.azimuth)
    behind = carrier == "source" and setting.charge_temp is None
    weight = np.ones_like(effective) if behind else effective
    sky = float(np.average(long_wave(setting, row.tilt), weights=weight))
    values = load_pvt_collector(key, row.area, long_wave_w_m2=sky, converter=row.converter)
    values["refills"] = float(setting.charge_temp is not None)
    wind = WIND_SHARE * setting.weather.wind_speed - product["wind_reference"]
    start = {"temp": float(setting.weather.temp_air[0])}
    return Prepared(values, start, product, row.area, "m2", inputs=(effective, wind))


PVT_COLLECTOR = Component(
    name="pvt_collector",
    serves=("hot_water", "space_heat", "source"),
    parameters=(*SHARED, *_OWN),
    states=("temp",),
    limits=limits,
    step=step,
    temperatures=temperatures,
    inputs=("effective irradiance W/m2", "wind over reference m/s"),
    free=True,
    row=PvtCollector,
    prepare=prepare,
)
