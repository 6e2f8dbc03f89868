"""The registry of variables: what every column of a Run means.

Files, judges, reports and pages read names, labels, units, colours and ranges here and nowhere else.
Power in these tables is split into positive columns (`grid_import_kw`, `grid_export_kw`), because they
are made for people; inside the march power is positive into the bus.

Stamps mark the start of an interval. A *flux* is the mean over the interval. A *state* of a building or
zone is the value at the interval's end (the result of the step), a state of the weather the value at the
stamp (what the step saw when it began).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.power_columns import END_USES
from weather.errors import TwinError

Kind = Literal["flux", "state"]
Scope = Literal["building", "zone", "weather"]

ROUNDING = 1e-6
"""Excess over a bound that is read as rounding of the march, in the variable's own unit."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One column.

    Parameters
    ----------
    name : str
        Column name; ends with its unit where a reader could doubt it.
    zh, en : str
        Label in Chinese and English.
    unit : str
        Unit as printed.
    kind : {"flux", "state"}
        Mean over the interval, or value at an instant.
    scope : {"building", "zone", "weather"}
        Table it stands in.
    group : str
        end_use, supply, storage, loss, grid, comfort, thermal, fuel, market, island or weather.
    colour : str
        Hexadecimal colour on every page and plot.
    low, high : float
        Bounds that a sound run keeps (inclusive); a value outside is a fault, not weather.
    meaning : str
        What the number is, one sentence.
    may_be_absent : bool
        True where NaN is a legal value with the meaning "there is none".
    optional : bool
        True where the column stands only in Runs that have what it speaks of.
    """

    name: str
    zh: str
    en: str
    unit: str
    kind: Kind
    scope: Scope
    group: str
    colour: str
    low: float
    high: float
    meaning: str
    may_be_absent: bool = False
    optional: bool = False

    def label(self, language: str = "en") -> str:
        """Label with unit, in `zh` or `en`."""
        text = self.zh if language == "zh" else self.en
        return f"{text} ({self.unit})" if self.unit else text


def _power(name: str, zh: str, en: str, group: str, colour: str, meaning: str) -> Variable:
    return Variable(name, zh, en, "kW", "flux", "building", group, colour, 0.0, math.inf, meaning)


def _island(name: str, zh: str, en: str, colour: str, meaning: str) -> Variable:
    return Variable(
        name, zh, en, "kW", "flux", "building", "island", colour, 0.0, math.inf, meaning, optional=True
    )


def _store(name: str, zh: str, en: str, colours: tuple[str, ...]) -> tuple[Variable, ...]:
    """What all stores of a kind did: what machines brought, what they gave and gained, and what that took."""
    told = (
        ("fed", "充", "fed", 0.0, "What electric machines bring to it, as heat or cold."),
        ("given", "放", "given", 0.0, "What it gives to consumers, what passes through it counted in."),
        ("gain", "净蓄", "gain", -math.inf, "What it gains, after its losses and what others bring."),
        ("power", "充用电", "electricity to fill it", 0.0, "What the machines draw that fill it."),
    )
    return tuple(
        Variable(
            f"{name}_{key}_kw",
            f"{zh}{of_zh}",
            f"{en}, {of_en}",
            "kW",
            "flux",
            "building",
            "storage",
            colour,
            low,
            math.inf,
            meaning,
            optional=True,
        )
        for (key, of_zh, of_en, low, meaning), colour in zip(told, colours, strict=True)
    )


_BUILDING = (
    *_store("hot_water_store", "热水罐", "Hot-water store", ("#F4845F", "#F7B267", "#F79D65", "#F27059")),
    *_store("heat_store", "蓄热", "Heat store", ("#9D0208", "#E85D04", "#DC2F02", "#6A040F")),
    *_store("cold_store", "蓄冷", "Cold store", ("#0077B6", "#90E0EF", "#00B4D8", "#03045E")),
    _power("lighting_kw", "照明", "Lighting", "end_use", "#F2C14E", "Electric power of lighting."),
    _power("equipment_kw", "设备插座", "Equipment", "end_use", "#8D99AE", "Plug loads, lifts and servers."),
    _power("fans_kw", "风机", "Fans", "end_use", "#76C893", "Electric power of ventilation fans."),
    _power("pumps_kw", "水泵", "Pumps", "end_use", "#52796F", "Electric power of water pumps and towers."),
    _power("cooling_kw", "制冷用电", "Cooling", "end_use", "#2E86DE", "Electric input of cooling plant."),
    _power("heating_kw", "供暖用电", "Heating", "end_use", "#D1495B", "Electric input of heating plant."),
    _power(
        "fresh_air_kw", "新风除湿用电", "Fresh-air drying", "end_use", "#48CAE4", "Units that dry fresh air."
    ),
    _power("hot_water_kw", "生活热水用电", "Hot water", "end_use", "#E76F51", "Electric input of hot water."),
    _power("cooking_kw", "炊事用电", "Cooking", "end_use", "#B5838D", "Electric cooking appliances."),
    _power(
        "process_kw",
        "工艺及其它系统用电",
        "Processes",
        "end_use",
        "#6D6875",
        "Steam, data rooms, electrolysers and what circulates in borefields and stores.",
    ),
    _power(
        "generation_kw",
        "机组发电",
        "Generation",
        "supply",
        "#588157",
        "Given to the board by fuel cells and photovoltaic-thermal collectors.",
    ),
    _power("ev_charge_kw", "电动车充电", "EV charging", "end_use", "#7B2CBF", "Taken by vehicle chargers."),
    _power("ev_discharge_kw", "电动车放电", "EV discharging", "supply", "#C77DFF", "Given back by vehicles."),
    _power(
        "pv_kw",
        "光伏发电",
        "PV",
        "supply",
        "#F77F00",
        "PV delivered to the bus or board.",
    ),
    _power(
        "pv_curtailed_kw",
        "弃光",
        "PV curtailed",
        "loss",
        "#FFD6A5",
        "PV that could have been delivered and was not.",
    ),
    _power("battery_charge_kw", "电池充电", "Battery charging", "storage", "#2A9D8F", "Taken from the bus."),
    _power(
        "battery_discharge_kw", "电池放电", "Battery discharging", "storage", "#80CFA9", "Given to the bus."
    ),
    _power(
        "battery_loss_kw",
        "电池损耗",
        "Battery losses",
        "loss",
        "#A8A29E",
        "Converter, cell and standby losses of the battery (inside charge minus discharge).",
    ),
    Variable(
        "battery_soc",
        "电池荷电状态",
        "Battery state of charge",
        "-",
        "state",
        "building",
        "storage",
        "#264653",
        0.0,
        1.0,
        "Stored share of the battery's capacity at the end of the step.",
        may_be_absent=True,
    ),
    Variable(
        "battery_temp_c",
        "电池电芯温度",
        "Temperature of battery cells",
        "degC",
        "state",
        "building",
        "storage",
        "#8D6A9F",
        -60.0,
        100.0,
        "Of the cells at the end of the step: what surrounds them, and their own loss.",
        may_be_absent=True,
    ),
    _power(
        "conversion_loss_kw",
        "变换损耗",
        "Conversion losses",
        "loss",
        "#6B705C",
        "Losses of grid interface.",
    ),
    _power(
        "grid_import_kw",
        "购电",
        "Grid import",
        "grid",
        "#1D3557",
        "Bought from the grid, at the AC meter.",
    ),
    _power("grid_export_kw", "上网", "Grid export", "grid", "#A8DADC", "Fed into the grid, at the AC meter."),
    Variable(
        "grid_target_kw",
        "取电目标",
        "Grid power target",
        "kW",
        "flux",
        "building",
        "grid",
        "#E63946",
        -math.inf,
        math.inf,
        "Net import the controller aims at (目标取电功率); NaN where it aims at none.",
        may_be_absent=True,
    ),
    Variable(
        "bus_voltage_pu",
        "直流母线电压",
        "DC bus voltage",
        "p.u.",
        "state",
        "building",
        "grid",
        "#6A4C93",
        0.5,
        1.5,
        "Voltage of the DC bus over its rated value; NaN on AC buildings and where the bus is dark.",
        may_be_absent=True,
    ),
    Variable(
        "setpoint_shift_k",
        "设定温度偏移",
        "Set-point shift",
        "K",
        "flux",
        "building",
        "comfort",
        "#BC4B51",
        -15.0,
        15.0,
        "How far control moved the rooms' set-points, positive towards more cooling and heating.",
    ),
    _power(
        "hvac_shed_kw",
        "空调削减",
        "HVAC shed",
        "comfort",
        "#9D0208",
        "Electric HVAC demand not served because of bus voltage or control.",
    ),
    Variable(
        "bus_residual_kw",
        "母线残差",
        "Bus residual",
        "kW",
        "flux",
        "building",
        "loss",
        "#000000",
        -1e-6,
        1e-6,
        "What the power balance of the bus leaves open.",
    ),
    _power(
        "gas_kw",
        "燃气",
        "Gas",
        "fuel",
        "#BC6C25",
        "Fuel input of gas on its lower heating value (低位发热量), as Chinese factors count it.",
    ),
    _power(
        "fresh_sensible_kw",
        "新风显热",
        "Fresh air, sensible",
        "thermal",
        "#ADE8F4",
        "Taken out of fresh air.",
    ),
    _power(
        "fresh_latent_kw",
        "新风除湿",
        "Fresh air, latent",
        "thermal",
        "#0096C7",
        "Moisture taken out of fresh air before it enters, as heat.",
    ),
    _power("hydrogen_kw", "用氢", "Hydrogen", "fuel", "#84A59D", "Hydrogen bought, lower heating value."),
    _power(
        "unmet_hot_water_kw", "未满足热水", "Unmet hot water", "comfort", "#9C6644", "Hot water not made."
    ),
    _power("unmet_steam_kw", "未满足蒸汽", "Unmet steam", "comfort", "#7F5539", "Steam not made."),
    _power(
        "sensible_cooling_kw",
        "显热供冷",
        "Sensible cooling",
        "thermal",
        "#90C2E7",
        "Sensible heat taken from zones.",
    ),
    _power(
        "latent_cooling_kw", "潜热供冷", "Latent cooling", "thermal", "#4EA8DE", "Moisture removed, as heat."
    ),
    _power(
        "space_heating_kw",
        "供暖供热",
        "Space heating",
        "thermal",
        "#E5989B",
        "Heat delivered to zones.",
    ),
    _power(
        "unmet_cooling_kw",
        "未满足供冷",
        "Unmet cooling",
        "comfort",
        "#5E60CE",
        "Cooling asked by set-points and not given.",
    ),
    _power(
        "unmet_heating_kw",
        "未满足供热",
        "Unmet heating",
        "comfort",
        "#B5179E",
        "Heating asked by set-points and not given.",
    ),
    Variable(
        "price_cny_kwh",
        "电价",
        "Electricity price",
        "CNY/kWh",
        "flux",
        "building",
        "market",
        "#606C38",
        -math.inf,
        math.inf,
        "Energy price at the meter, without demand charge.",
    ),
    Variable(
        "island_state",
        "离网状态",
        "State of the island",
        "",
        "state",
        "building",
        "island",
        "#3A0CA3",
        0.0,
        5.0,
        "0 GRID 并网, 1 ISLAND 离网, 2 ENERGY_LIMITED 限电, 3 BLACKOUT 失电, 4 BLACK_START 黑启动, "
        "5 RESYNC 再并网; in Runs with faults.",
        optional=True,
    ),
    _island(
        "critical_served_kw",
        "重要负荷供电",
        "Critical loads served",
        "#4361EE",
        "Critical lighting and equipment that were served while something was lost.",
    ),
    _island(
        "unserved_critical_kw",
        "未供重要负荷",
        "Critical loads not served",
        "#D00000",
        "Critical lighting and equipment not served.",
    ),
    _island(
        "unserved_essential_kw",
        "未供基本负荷",
        "Essential loads not served",
        "#E85D04",
        "Other lighting and equipment not served for want of the grid.",
    ),
    _island(
        "unserved_comfort_kw",
        "未供舒适负荷",
        "Comfort loads not served",
        "#FAA307",
        "Air conditioning, fans, pumps and fresh-air drying not served for want of the grid.",
    ),
    _island(
        "unserved_deferrable_kw",
        "未供可延迟负荷",
        "Deferrable loads not served",
        "#FFBA08",
        "Hot water, cooking and processes not served for want of the grid; vehicles count at departure.",
    ),
)

_ZONE = (
    Variable(
        "temp_air_c",
        "室内空气温度",
        "Zone air temperature",
        "°C",
        "state",
        "zone",
        "comfort",
        "#E76F51",
        -60.0,
        120.0,
        "Air temperature at the end of the step.",
    ),
    Variable(
        "temp_radiant_c",
        "平均辐射温度",
        "Mean radiant temperature",
        "°C",
        "state",
        "zone",
        "comfort",
        "#F4A261",
        -60.0,
        120.0,
        "Mean radiant temperature at the end of the step.",
    ),
    Variable(
        "humidity_ratio",
        "含湿量",
        "Humidity ratio",
        "kg/kg",
        "state",
        "zone",
        "comfort",
        "#48CAE4",
        0.0,
        0.2,
        "Water per dry air at the end of the step.",
    ),
    Variable(
        "sensible_kw",
        "空调显热",
        "HVAC sensible heat",
        "kW",
        "flux",
        "zone",
        "thermal",
        "#EF476F",
        -math.inf,
        math.inf,
        "HVAC heat into one such zone, positive when heating.",
    ),
    Variable(
        "latent_kw",
        "空调除湿",
        "HVAC latent heat",
        "kW",
        "flux",
        "zone",
        "thermal",
        "#118AB2",
        0.0,
        math.inf,
        "Moisture removed from one such zone, as heat.",
    ),
    Variable(
        "people",
        "人数",
        "People",
        "person",
        "flux",
        "zone",
        "comfort",
        "#073B4C",
        0.0,
        math.inf,
        "People in one such zone (not times its multiplier).",
    ),
    Variable(
        "heating_setpoint_c",
        "供暖设定温度",
        "Heating set-point",
        "°C",
        "flux",
        "zone",
        "comfort",
        "#BC4749",
        -60.0,
        120.0,
        "Set-point of the schedule in force; NaN where heating is off or the zone has none.",
        may_be_absent=True,
    ),
    Variable(
        "cooling_setpoint_c",
        "供冷设定温度",
        "Cooling set-point",
        "°C",
        "flux",
        "zone",
        "comfort",
        "#0077B6",
        -60.0,
        120.0,
        "Set-point of the schedule in force; NaN where cooling is off or the zone has none.",
        may_be_absent=True,
    ),
)


def _sky(name: str, zh: str, en: str, colour: str, meaning: str) -> Variable:
    return Variable(name, zh, en, "W/m²", "flux", "weather", "weather", colour, 0.0, 2000.0, meaning)


_WEATHER = (
    Variable(
        "temp_air",
        "室外干球温度",
        "Outdoor dry bulb",
        "°C",
        "state",
        "weather",
        "weather",
        "#D62828",
        -60.0,
        60.0,
        "Dry-bulb temperature at the stamp.",
    ),
    Variable(
        "relative_humidity",
        "室外相对湿度",
        "Outdoor relative humidity",
        "%",
        "state",
        "weather",
        "weather",
        "#0096C7",
        0.0,
        100.0,
        "Relative humidity at the stamp.",
    ),
    _sky("ghi", "水平总辐照度", "Global horizontal irradiance", "#FCBF49", "Global, on a horizontal plane."),
    _sky("dni", "法向直射辐照度", "Direct normal irradiance", "#F77F00", "Beam, normal to it."),
    _sky("dhi", "水平散射辐照度", "Diffuse horizontal irradiance", "#EAE2B7", "Diffuse, horizontal plane."),
    Variable(
        "wind_speed",
        "风速",
        "Wind speed",
        "m/s",
        "flux",
        "weather",
        "weather",
        "#577590",
        0.0,
        120.0,
        "Wind speed of the weather station.",
    ),
)

REGISTRY: dict[Scope, dict[str, Variable]] = {
    "building": {v.name: v for v in _BUILDING},
    "zone": {v.name: v for v in _ZONE},
    "weather": {v.name: v for v in _WEATHER},
}

VARIABLES: dict[str, Variable] = {v.name: v for v in (*_BUILDING, *_ZONE, *_WEATHER)}
"""Every variable by its name; names are unique across the three tables."""

REQUIRED = tuple(v.name for v in _BUILDING if not v.optional)
"""Columns that the table of every building has."""

SOURCES = ("grid_import_kw", "pv_kw", "generation_kw", "battery_discharge_kw", "ev_discharge_kw")
SINKS = (*END_USES, "ev_charge_kw", "battery_charge_kw", "conversion_loss_kw", "grid_export_kw")


def variable(name: str) -> Variable:
    """Look up a variable by name.

    Raises
    ------
    TwinError
        If no variable has this name.
    """
    try:
        return VARIABLES[name]
    except KeyError:
        known = ", ".join(sorted(VARIABLES))
        raise TwinError(f"no variable is called {name!r}.", f"Known variables: {known}.", key=name) from None


def in_group(*groups: str) -> tuple[Variable, ...]:
    """Variables of the given groups, in the order of the registry."""
    return tuple(v for v in VARIABLES.values() if v.group in groups)


def board_residual(series: pd.DataFrame) -> NDArray[np.float64]:
    """Electric balance that a building's columns leave open, step by step.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Columns of `SOURCES` and `SINKS`, kW.

    Returns
    -------
    ndarray, shape (n,)
        Sources minus sinks, kW; zero where the table is sound.
    """
    sources = series[list(SOURCES)].to_numpy(float).sum(axis=1)
    sinks = series[list(SINKS)].to_numpy(float).sum(axis=1)
    return np.asarray(sources - sinks)


def faults(table: pd.DataFrame, scope: Scope) -> list[str]:
    """What is wrong with a table's columns and values, in words.

    Parameters
    ----------
    table : DataFrame, shape (n, variables)
        One building, one zone or the weather; columns are variable names.
    scope : {"building", "zone", "weather"}
        Which part of the registry the columns must belong to.

    Returns
    -------
    list of str
        Unknown names, non-numeric columns, NaN where none is allowed, values outside their bounds by
        more than `ROUNDING`. Empty when sound. The weather may carry further columns (pressure, ...),
        of which only finiteness is not asked.
    """
    known = REGISTRY[scope]
    found: list[str] = []
    for name in table.columns:
        if name not in known:
            if scope != "weather":
                found.append(f"{name}: not in the registry of {scope} variables")
            continue
        if not pd.api.types.is_float_dtype(table[name].dtype):
            found.append(f"{name}: type {table[name].dtype} instead of a float")
            continue
        found.extend(_value_faults(known[name], table[name].to_numpy(float)))
    return found


def _value_faults(var: Variable, values: NDArray[np.float64]) -> Iterable[str]:
    absent = np.isnan(values)
    if absent.any() and not var.may_be_absent:
        yield f"{var.name}: {int(absent.sum())} values are NaN, the first in row {int(np.argmax(absent))}"
    outside = (values < var.low - ROUNDING) | (values > var.high + ROUNDING) | np.isinf(values)
    if var.name == "bus_residual_kw":
        outside = np.abs(values) > var.high
    if outside.any():
        row = int(np.argmax(outside))
        yield (
            f"{var.name}: {int(outside.sum())} values outside {var.low:g} to {var.high:g} {var.unit}, "
            f"the first in row {row} is {values[row]:g}"
        )
