"""A user's own direct-expansion unit (分体/多联机) from a model of EnergyPlus: DX coils and VRF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from buildings.idf.model import Model, Note, Record, open_model
from buildings.idf.source_text import NEWEST
from buildings.systems.performance_curves import machine_of_curves

_COOLING, _HEATING = "COIL:COOLING:DX:SINGLESPEED", "COIL:HEATING:DX:SINGLESPEED"
_VRF = "AIRCONDITIONER:VARIABLEREFRIGERANTFLOW"
_POLYNOMIALS = {"CURVE:LINEAR": 2, "CURVE:QUADRATIC": 3, "CURVE:CUBIC": 4}
_BIQUADRATIC = "CURVE:BIQUADRATIC"
_TERMS = ("Constant", "x", "x**2", "x**3")
_TERMS_OF_TWO = ("Constant", "x", "x**2", "y", "y**2", "x*y")
_NO_SIZE_W = 1000.0
"""Rated output of a unit that EnergyPlus would size [W]."""
_ANY = (-100.0, 100.0)


@dataclass(frozen=True)
class IdfMachine:
    """One side of a unit.

    Attributes
    ----------
    curves : mapping
        In the form of `data/hvac_curves.yaml`.
    rated_w, ratio : float
        Capacity [W] and COP where the curves are 1.
    """

    curves: Mapping[str, Any]
    rated_w: float
    ratio: float

    def load(self, rated_w: float | None = None) -> np.ndarray:
        """Its record at the file's size or another [W], for the `cooling` or `heating` of a plant."""
        return machine_of_curves(self.curves, self.rated_w if rated_w is None else rated_w, self.ratio)


@dataclass(frozen=True)
class IdfDirectExpansion:
    """A unit of a model: of a coil one side, of a VRF unit both.

    Attributes
    ----------
    cooling, heating : IdfMachine or None
    notes : tuple of Note
        What was left aside.
    """

    cooling: IdfMachine | None
    heating: IdfMachine | None
    notes: tuple[Note, ...]


def direct_expansion_from_idf(
    path: str | Path, name: str, *, indoor_dry_bulb: float = 20.0
) -> IdfDirectExpansion:
    """A single-speed DX coil or a VRF unit of an IDF or epJSON.

    Parameters
    ----------
    path : path-like
        A model of the installed engine's version.
    name : str
        Of a `Coil:Cooling:DX:SingleSpeed`, `Coil:Heating:DX:SingleSpeed` or
        `AirConditioner:VariableRefrigerantFlow`.
    indoor_dry_bulb : float, optional
        Of the air that enters the coil in heating [degC].

    Raises
    ------
    TwinError
        There is none of that name, the version is another, its condenser is not air, or its curves are not
        of a form that the plant has.
    """
    model = open_model(path)
    unit = model.find(name, _COOLING, _HEATING, _VRF)
    if unit is None:
        raise model.wrong(
            f"there is no DX coil of one speed and no VRF unit named '{name}'.",
            "Name one that the model has; coils of several speeds are not read.",
        )
    if model.version != NEWEST:
        raise unit.wrong(
            f"its fields are read as of version {NEWEST[0]}.{NEWEST[1]}, the file is of "
            f"{model.version[0]}.{model.version[1]}.",
            "Upgrade the file.",
        )
    condenser = unit.text("Condenser_Type", "AirCooled") if unit.has("Condenser_Type") else "AirCooled"
    if condenser.upper() != "AIRCOOLED":
        raise unit.wrong(f"a condenser of kind {condenser} is not read.", "Use an air-cooled one.")
    model.notes.add("left aside", repr(unit), "rated air flow, its defrosting and limits of outdoor air")
    cooling = heating = None
    if unit.kind == _VRF:
        cooling = _vrf_side(model, unit, "Cooling", indoor_dry_bulb)
        heating = _vrf_side(model, unit, "Heating", indoor_dry_bulb)
    elif unit.kind == _COOLING:
        cooling = _coil(model, unit, "Total_Cooling", "Gross_Rated_Total_Cooling", None)
    else:
        heating = _coil(model, unit, "Heating", "Gross_Rated_Heating", indoor_dry_bulb)
    return IdfDirectExpansion(cooling, heating, model.notes.listed())


def _coil(model: Model, unit: Record, side: str, rated: str, indoor: float | None) -> IdfMachine:
    capacity = _temperature(model, unit, unit.text(f"{side}_Capacity_Function_of_Temperature_Curve_Name"))
    energy = _temperature(model, unit, unit.text("Energy_Input_Ratio_Function_of_Temperature_Curve_Name"))
    curves = _side(indoor, "dry_bulb_out") | {
        "capacity_low": capacity[0],
        "input_low": energy[0],
        "range": _common(unit, capacity[1], energy[1]),
        "part_load": (0.0, 1.0, 0.0, 0.0),
        "part_load_min": 1.0,
        "cycling_degradation": _degradation(
            model, unit, unit.text("Part_Load_Fraction_Correlation_Curve_Name")
        ),
    }
    ratio = unit.number(f"Gross_Rated_{'Heating' if indoor is not None else 'Cooling'}_COP", 3.0)
    return IdfMachine(curves, unit.number(f"{rated}_Capacity", _NO_SIZE_W), ratio)


def _vrf_side(model: Model, unit: Record, side: str, indoor: float) -> IdfMachine:
    heating = side == "Heating"
    outdoor = "dry_bulb_out"
    kind = unit.text("Heating_Performance_Curve_Outdoor_Temperature_Type", "WetBulbTemperature")
    if heating and kind.upper() == "WETBULBTEMPERATURE":
        outdoor = "wet_bulb_out"
    curves: dict[str, Any] = _side(indoor if heating else None, outdoor)
    spans, boundaries = [], []
    for name, words in (("capacity", "Capacity_Ratio"), ("input", "Energy_Input_Ratio")):
        modifier = f"{side}_{words}_Modifier_Function_of"
        low = _temperature(model, unit, unit.text(f"{modifier}_Low_Temperature_Curve_Name"))
        high, limit = low, unit.text(f"{side}_{words}_Boundary_Curve_Name")
        if limit:
            high = _temperature(model, unit, unit.text(f"{modifier}_High_Temperature_Curve_Name"))
            boundaries.append(_boundary(model, unit, limit))
        curves |= {f"{name}_low": low[0], f"{name}_high": high[0]}
        spans.append((low[1][0], low[1][1], low[1][2], high[1][3]))
    if boundaries and (len(boundaries) != 2 or boundaries[0] != boundaries[1]):
        raise unit.wrong(
            f"its {side.lower()} capacity and energy input change curves at different temperatures.",
            "Give both the same boundary curve.",
        )
    if boundaries:
        curves["boundary"] = boundaries[0]
    load = f"{side}_Energy_Input_Ratio_Modifier_Function_of_Low_PartLoad_Ratio_Curve_Name"
    curves |= {
        "range": _common(unit, *spans),
        "part_load": _polynomial(model, unit, unit.text(load)),
        "part_load_min": unit.number("Minimum_Heat_Pump_PartLoad_Ratio", 0.15),
        "cycling_degradation": _degradation(
            model, unit, unit.text(f"{side}_PartLoad_Fraction_Correlation_Curve_Name")
        ),
    }
    rated = unit.number(f"Gross_Rated_{'Heating' if heating else 'Total_Cooling'}_Capacity", _NO_SIZE_W)
    return IdfMachine(curves, rated, unit.number(f"Gross_Rated_{side}_COP"))


def _side(indoor: float | None, outdoor: str) -> dict[str, Any]:
    """Variables of the curves: wet bulb at the coil in cooling, a fixed dry bulb in heating."""
    inside: dict[str, Any] = {"x": "wet_bulb_in"} if indoor is None else {"x": "fixed", "x_fixed": indoor}
    return inside | {"y": outdoor}


def _found(model: Model, unit: Record, name: str, *kinds: str) -> Record:
    curve = model.find(name, *kinds)
    if curve is None:
        raise unit.wrong(
            f"there is no curve '{name}' of class {', '.join(kinds)}.",
            "Name a curve of such a class; tables and other forms must be fitted to one first.",
        )
    return curve


def _numbers(curve: Record, terms: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(curve.number(f"Coefficient{i} {term}") for i, term in enumerate(terms, start=1))


def _polynomial(model: Model, unit: Record, name: str) -> tuple[float, float, float, float]:
    """A curve of one variable up to third order."""
    curve = _found(model, unit, name, *_POLYNOMIALS)
    c = _numbers(curve, _TERMS[: _POLYNOMIALS[curve.kind]])
    c0, c1, c2, c3 = (*c, 0.0, 0.0)[:4]
    return c0, c1, c2, c3


def _temperature(
    model: Model, unit: Record, name: str
) -> tuple[tuple[float, ...], tuple[float, float, float, float]]:
    """Coefficients over inside x and outside y, and the range; a curve of one variable is over y."""
    curve = _found(model, unit, name, _BIQUADRATIC, "CURVE:QUADRATIC", "CURVE:CUBIC")
    first = curve.number("Minimum Value of x"), curve.number("Maximum Value of x")
    if curve.kind != _BIQUADRATIC:
        c0, c1, c2, c3 = _polynomial(model, unit, name)
        return (c0, 0.0, 0.0, c1, c2, 0.0, c3), (*_ANY, *first)
    second = curve.number("Minimum Value of y"), curve.number("Maximum Value of y")
    return (*_numbers(curve, _TERMS_OF_TWO), 0.0), (*first, *second)


def _boundary(model: Model, unit: Record, name: str) -> tuple[float, float, float]:
    c0, c1, c2, c3 = _polynomial(model, unit, name)
    if c3 != 0.0:
        raise _found(model, unit, name, *_POLYNOMIALS).wrong(
            "a boundary of third order is not read.", "Fit one of second order."
        )
    return c0, c1, c2


def _common(unit: Record, *spans: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Where all curves hold."""
    low, high, cold, warm = (
        pick(values) for pick, values in zip((max, min, max, min), zip(*spans, strict=True), strict=True)
    )
    if low > high or cold > warm:
        raise unit.wrong("the ranges of its curves have nothing in common.", "Correct the ranges.")
    return low, high, cold, warm


def _degradation(model: Model, unit: Record, name: str) -> float:
    """Loss of cycling: the slope of a linear part-load fraction that is 1 at full load."""
    if not name:
        return 0.0
    c = _polynomial(model, unit, name)
    full, half = sum(c), c[0] + 0.5 * c[1] + 0.25 * c[2] + 0.125 * c[3]
    lost = 2.0 * (1.0 - half / full) if full > 0.0 else -1.0
    if not 0.0 <= lost < 1.0:
        raise unit.wrong(
            f"the part-load fraction '{name}' is {half:.3g} at half and {full:.3g} at full load.",
            "Give one that rises to 1.",
        )
    if any(abs(value) > 1e-9 for value in (c[2], c[3], full - 1.0)):
        model.notes.add("nearest", repr(unit), f"'{name}' is read as a line to 1 through its half load")
    return lost
