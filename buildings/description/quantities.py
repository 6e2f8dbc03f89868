"""Quantities as people write them: a number in the field's own unit, or text such as ``20000 m2``.

Every physical field of a project is one of the types at the end of this file. Each carries its unit,
its range and the conversion from the other units people use, and refuses any other dimension.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# unit -> (dimension, factor to the first unit of that dimension, offset): x * factor + offset
_UNITS: dict[str, tuple[str, float, float]] = {
    "m": ("length", 1.0, 0.0),
    "mm": ("length", 1e-3, 0.0),
    "cm": ("length", 1e-2, 0.0),
    "km": ("length", 1e3, 0.0),
    "m2": ("area", 1.0, 0.0),
    "ha": ("area", 1e4, 0.0),
    "km2": ("area", 1e6, 0.0),
    "m3": ("volume", 1.0, 0.0),
    "s": ("time", 1.0, 0.0),
    "min": ("time", 60.0, 0.0),
    "h": ("time", 3600.0, 0.0),
    "degC": ("temperature", 1.0, 0.0),
    "degF": ("temperature", 5.0 / 9.0, -160.0 / 9.0),
    "K": ("temperature difference", 1.0, 0.0),
    "deg": ("angle", 1.0, 0.0),
    "W": ("power", 1.0, 0.0),
    "kW": ("power", 1e3, 0.0),
    "MW": ("power", 1e6, 0.0),
    "kVA": ("apparent power", 1.0, 0.0),
    "MVA": ("apparent power", 1e3, 0.0),
    "kWp": ("peak power", 1.0, 0.0),
    "Wp": ("peak power", 1e-3, 0.0),
    "MWp": ("peak power", 1e3, 0.0),
    "J": ("energy", 1.0, 0.0),
    "kJ": ("energy", 1e3, 0.0),
    "MJ": ("energy", 1e6, 0.0),
    "Wh": ("energy", 3600.0, 0.0),
    "kWh": ("energy", 3.6e6, 0.0),
    "MWh": ("energy", 3.6e9, 0.0),
    "V": ("voltage", 1.0, 0.0),
    "kV": ("voltage", 1e3, 0.0),
    "1": ("fraction", 1.0, 0.0),
    "%": ("fraction", 0.01, 0.0),
    "W/m2": ("power per area", 1.0, 0.0),
    "kW/m2": ("power per area", 1e3, 0.0),
    "W/person": ("power per person", 1.0, 0.0),
    "person/m2": ("people per area", 1.0, 0.0),
    "m2/person": ("area per person", 1.0, 0.0),
    "W/(m2.K)": ("thermal transmittance", 1.0, 0.0),
    "m2.K/W": ("thermal resistance", 1.0, 0.0),
    "W/(m.K)": ("thermal conductivity", 1.0, 0.0),
    "kg/m3": ("density", 1.0, 0.0),
    "g/kg": ("humidity ratio", 1.0, 0.0),
    "J/(kg.K)": ("specific heat", 1.0, 0.0),
    "kJ/(kg.K)": ("specific heat", 1e3, 0.0),
    "1/h": ("air changes", 1.0, 0.0),
    "m3/(h.person)": ("air flow per person", 1.0, 0.0),
    "L/(s.person)": ("air flow per person", 3.6, 0.0),
    "m/s": ("speed", 1.0, 0.0),
    "km/h": ("speed", 1.0 / 3.6, 0.0),
    "m3/s": ("air flow", 1.0, 0.0),
    "m3/h": ("air flow", 1.0 / 3600.0, 0.0),
    "W/(m3/s)": ("specific fan power", 1.0, 0.0),
    "kW/(m3/s)": ("specific fan power", 1e3, 0.0),
    "W/(m3/h)": ("specific fan power", 3600.0, 0.0),
    "CNY/kg": ("price of mass", 1.0, 0.0),
    "CNY/t": ("price of mass", 1e-3, 0.0),
    "CNY/(K.h)": ("price of discomfort", 1.0, 0.0),
}
# Two ways to say how densely people sit: 10 m2/person is 0.1 person/m2.
_RECIPROCAL = {"people per area": "area per person", "area per person": "people per area"}

_SPELLINGS = {
    "㎡": "m2", "²": "2", "³": "3", "·": ".", "⋅": ".", "*": ".", "^": "", "℃": "degC", "°C": "degC",
    "°": "deg", "％": "%", "μ": "u", "人": "person", "p.": "person.",
}  # fmt: skip
_ALIASES = {
    "C": "degC", "F": "degF", "deg_C": "degC", "minute": "min", "minutes": "min", "mins": "min", "hour": "h",
    "hours": "h", "hr": "h", "second": "s", "seconds": "s", "sec": "s", "kw": "kW", "kwh": "kWh",
    "kwp": "kWp", "sqm": "m2", "degrees": "deg", "degree": "deg", "ach": "1/h", "ACH": "1/h", "h-1": "1/h",
    "次/h": "1/h", "W/m2.K": "W/(m2.K)", "W/(K.m2)": "W/(m2.K)", "W/m2/K": "W/(m2.K)", "W/m.K": "W/(m.K)",
    "W/mK": "W/(m.K)", "W/(mK)": "W/(m.K)", "W/m2K": "W/(m2.K)", "W/(m2K)": "W/(m2.K)", "m2K/W": "m2.K/W",
    "J/kg.K": "J/(kg.K)", "J/kgK": "J/(kg.K)", "J/(kgK)": "J/(kg.K)", "m3/h/person": "m3/(h.person)",
    "m3/(person.h)": "m3/(h.person)", "m3/h.person": "m3/(h.person)", "people/m2": "person/m2",
    "persons/m2": "person/m2", "p/m2": "person/m2", "m2/p": "m2/person", "m2/people": "m2/person", "-": "1",
}  # fmt: skip
# Commas only between groups of three digits: "0,5 m" is not read as 5 m.
_TEXT = re.compile(
    r"\s*([+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d*)(?:\.\d*)?(?:[eE][+-]?\d+)?)(?![\d,])\s*(.*?)\s*", re.DOTALL
)


def unit_name(text: str) -> str:
    """The table's spelling of a unit ("W/(m²·K)" -> "W/(m2.K)"); unknown text comes back cleaned."""
    unit = "".join(text.split())
    for spelling, plain in _SPELLINGS.items():
        unit = unit.replace(spelling, plain)
    return _ALIASES.get(unit, unit)


def known_units() -> tuple[str, ...]:
    """Every unit that a project may use."""
    return tuple(_UNITS)


def convert(value: float, unit: str, target: str) -> float:
    """Convert a value between two units of one dimension.

    Parameters
    ----------
    value : float
        Value in `unit`.
    unit, target : str
        Units of the table (`known_units`).

    Returns
    -------
    float
        Value in `target`.

    Raises
    ------
    ValueError
        Unknown unit, or the two units measure different things.
    """
    source, wanted = _UNITS.get(unit_name(unit)), _UNITS[unit_name(target)]
    if source is None:
        raise ValueError(f"'{unit}' is not a known unit; write {_units_of(wanted[0])}")
    if source == wanted:
        return value
    if _RECIPROCAL.get(source[0]) == wanted[0]:
        if value == 0.0:
            raise ValueError(f"0 {unit} has no meaning in {target}")
        return 1.0 / value
    if source[0] != wanted[0]:
        raise ValueError(
            f"'{unit}' is a unit of {source[0]}, not of {wanted[0]}; write {_units_of(wanted[0])}"
        )
    return (value * source[1] + source[2] - wanted[2]) / wanted[1]


def _units_of(dimension: str) -> str:
    names = [unit for unit, (kind, *_) in _UNITS.items() if kind in (dimension, _RECIPROCAL.get(dimension))]
    return " or ".join(names)


def read_quantity(value: object, unit: str) -> float:
    """A number in `unit` from what a user wrote.

    Parameters
    ----------
    value : object
        A number (taken in `unit`), or text of a number and an optional unit ("20000 m2", "75 %").
    unit : str
        Unit of the field.

    Returns
    -------
    float
        Finite value in `unit`.

    Raises
    ------
    ValueError
        Not a number, not finite, or a unit of another dimension.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"a number or a text such as '{_example(unit)}' is needed, not {_said(value)}")
    if isinstance(value, str):
        return _read_text(value, unit)
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"a number with {len(str(value))} digits is beyond any building") from None
    if not math.isfinite(number):
        raise ValueError(f"the value is {value}; a finite number in {unit} is needed")
    return number


def _read_text(text: str, unit: str) -> float:
    if len(text) > 100:
        raise ValueError(
            f"text of {len(text)} characters is not a quantity; write for example '{_example(unit)}'"
        )
    match = _TEXT.fullmatch(text)
    digits = match.group(1).replace(",", "") if match else ""
    try:
        number = float(digits)
    except ValueError:
        raise ValueError(
            f"'{text}' is not a number with a unit; write for example '{_example(unit)}'"
        ) from None
    if not math.isfinite(number):
        raise ValueError(f"'{text}' is not finite; write for example '{_example(unit)}'")
    written = match.group(2) if match else ""
    converted = convert(number, written, unit) if written else number
    if not math.isfinite(converted):
        raise ValueError(f"'{text}' is beyond what can be computed in {unit}")
    return converted


def _example(unit: str) -> str:
    return "0.75" if unit == "1" else f"12 {unit}"


def _said(value: object) -> str:
    names = {bool: "true or false", type(None): "nothing", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


@dataclass(frozen=True)
class Unit:
    """Marks a float field as a quantity of this unit; put it last in `Annotated`."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def _read(self, value: object) -> float:
        try:
            return read_quantity(value, self.name)
        except ValueError as error:
            raise PydanticCustomError(
                "quantity", "{reason}", {"reason": str(error), "unit": self.name}
            ) from None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = handler(core)
        dimension = _UNITS[self.name][0]
        text = {"type": "string", "description": f"Number with a unit: {_units_of(dimension)}."}
        return {"anyOf": [number, text], "unit": self.name}


# The quantities of a project. The range is what a building can be, not what is good.
Area = Annotated[float, Field(gt=0, le=1e7), Unit("m2")]
Volume = Annotated[float, Field(gt=0, le=1e8), Unit("m3")]
Height = Annotated[float, Field(ge=2.0, le=30.0), Unit("m")]
Length = Annotated[float, Field(gt=0, le=1e4), Unit("m")]
Position = Annotated[float, Field(ge=0, le=1e4), Unit("m")]
ShadeLength = Annotated[float, Field(ge=0, le=20.0), Unit("m")]
Thickness = Annotated[float, Field(gt=0, le=3.0), Unit("m")]
Azimuth = Annotated[float, Field(ge=-360, le=360), Unit("deg")]
Tilt = Annotated[float, Field(ge=0, le=180), Unit("deg")]
Latitude = Annotated[float, Field(ge=-66, le=66), Unit("deg")]
Longitude = Annotated[float, Field(ge=-180, le=180), Unit("deg")]
Altitude = Annotated[float, Field(ge=-430, le=6000), Unit("m")]
Fraction = Annotated[float, Field(ge=0, le=1), Unit("1")]
OpenFraction = Annotated[float, Field(gt=0, le=1), Unit("1")]
WindowShare = Annotated[float, Field(ge=0, le=0.95), Unit("1")]
Transmittance = Annotated[float, Field(ge=0.05, le=7.0), Unit("W/(m2.K)")]
Resistance = Annotated[float, Field(gt=0, le=50.0), Unit("m2.K/W")]
Conductivity = Annotated[float, Field(gt=0, le=500.0), Unit("W/(m.K)")]
Density = Annotated[float, Field(gt=0, le=12000.0), Unit("kg/m3")]
SpecificHeat = Annotated[float, Field(ge=100.0, le=5000.0), Unit("J/(kg.K)")]
AirChanges = Annotated[float, Field(ge=0, le=20.0), Unit("1/h")]
LeakAt50Pa = Annotated[float, Field(gt=0, le=50.0), Unit("1/h")]
VentilationChanges = Annotated[float, Field(ge=0, le=200.0), Unit("1/h")]
AirFlow = Annotated[float, Field(gt=0, le=1e7), Unit("m3/h")]
FilmCoefficient = Annotated[float, Field(gt=0, le=1000.0), Unit("W/(m2.K)")]
PaneThickness = Annotated[float, Field(gt=0, le=0.1), Unit("m")]
SlatLength = Annotated[float, Field(ge=0.005, le=0.5), Unit("m")]
SlatAngle = Annotated[float, Field(ge=0, le=180), Unit("deg")]
GapThickness = Annotated[float, Field(ge=0.001, le=0.2), Unit("m")]
OutdoorTemperature = Annotated[float, Field(ge=-60.0, le=60.0), Unit("degC")]
FreshAirPerPerson = Annotated[float, Field(ge=0, le=200.0), Unit("m3/(h.person)")]
HumidityRatio = Annotated[float, Field(ge=3.0, le=20.0), Unit("g/kg")]
SpecificFanPower = Annotated[float, Field(ge=0, le=10000.0), Unit("W/(m3/s)")]
PowerDensity = Annotated[float, Field(ge=0, le=2000.0), Unit("W/m2")]
PeopleDensity = Annotated[float, Field(ge=0, le=5.0), Unit("person/m2")]
PersonHeat = Annotated[float, Field(ge=0, le=500.0), Unit("W/person")]
Temperature = Annotated[float, Field(ge=-10.0, le=45.0), Unit("degC")]
Excess = Annotated[float, Field(ge=-30.0, le=30.0), Unit("K")]
TemperatureDifference = Annotated[float, Field(ge=0, le=10.0), Unit("K")]
ThermalPower = Annotated[float, Field(gt=0, le=1e9), Unit("W")]
ElectricPower = Annotated[float, Field(gt=0, le=1e6), Unit("kW")]
PeakPower = Annotated[float, Field(gt=0, le=1e6), Unit("kWp")]
StoredEnergy = Annotated[float, Field(gt=0, le=1e7), Unit("kWh")]
Voltage = Annotated[float, Field(ge=24.0, le=1500.0), Unit("V")]
Irradiance = Annotated[float, Field(ge=0, le=1500.0), Unit("W/m2")]
Minutes = Annotated[float, Field(gt=0), Unit("min")]
Hours = Annotated[float, Field(gt=0, le=24.0), Unit("h")]
LongHours = Annotated[float, Field(gt=0, le=8784.0), Unit("h")]
