"""A user's own heat pump from a model of EnergyPlus: its `Curve:*` objects, alone or through the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildings.idf.model import Model, Note, Record, open_model
from buildings.idf.source_text import NEWEST
from buildings.systems.heat_pump_products import Curves, Operation

_BIQUADRATIC = "CURVE:BIQUADRATIC"
_PART_LOAD = {"CURVE:LINEAR": 2, "CURVE:QUADRATIC": 3, "CURVE:CUBIC": 4}
_COEFFICIENTS = {
    _BIQUADRATIC: ("Constant", "x", "x**2", "y", "y**2", "x*y"),
    "CURVE:CUBIC": ("Constant", "x", "x**2", "x**3"),
    "CURVE:QUADRATIC": ("Constant", "x", "x**2"),
    "CURVE:LINEAR": ("Constant", "x"),
}
_MACHINES = {
    "HEATPUMP:PLANTLOOP:EIR:HEATING": "space_heat",
    "HEATPUMP:PLANTLOOP:EIR:COOLING": "chilled_water",
}
_SOURCES = {"WATERSOURCE": "behind", "AIRSOURCE": "dry_bulb"}
_NO_SIZE_W = 1000.0
"""Reference output of a machine that EnergyPlus would size; it is scaled to the size asked for [W]."""


@dataclass(frozen=True)
class IdfHeatPump:
    """A machine of a model: for `load_heat_pump_curves`.

    Attributes
    ----------
    curves : Curves
    operation : Operation
        Highest and lowest supply are the range of the capacity curve, which EnergyPlus holds at its edges.
    serves : {"space_heat", "chilled_water"}
    notes : tuple of Note
        What was left aside.
    """

    curves: Curves
    operation: Operation
    serves: str
    notes: tuple[Note, ...]


def curves_from_idf(
    path: str | Path,
    capacity: str,
    ratio: str,
    part_load: str,
    *,
    reference_output: float,
    reference_ratio: float,
    source: str = "dry_bulb",
    sink: str = "supply",
    ratio_kind: str = "eir",
    water_first: bool = True,
    part_load_of: str = "input",
    least_share: float | None = None,
) -> Curves:
    """Curves of a machine by their names in an IDF or epJSON.

    Parameters
    ----------
    path : path-like
        Any model that `buildings.idf` opens; only its `Curve:*` objects are read.
    capacity, ratio : str
        Names of two `Curve:Biquadratic` over temperatures [degC].
    part_load : str
        Name of a `Curve:Linear`, `Curve:Quadratic` or `Curve:Cubic` over the part load.
    reference_output, reference_ratio : float
        Output [W] and COP or EER at which the curves are 1.
    source, sink, ratio_kind : str
        As in `Curves`.
    water_first : bool
        Whether x is the water and y the source (plant-loop machines) or the reverse (water heaters).
    part_load_of : {"input", "ratio"}
        Whether that curve gives the input over that at full load (chillers, coils), or input over output over
        that at full load (plant-loop heat pumps): EnergyPlus has both under like names.
    least_share : float, optional
        Least continuous part load; the lower end of the part-load curve where not given.

    Raises
    ------
    TwinError
        A curve is missing, of another class or without its range.
    """
    return _curves(
        open_model(path), capacity, ratio, part_load, reference_output, reference_ratio, source, sink,
        ratio_kind, water_first, part_load_of, least_share,
    )  # fmt: skip


def heat_pump_from_idf(path: str | Path, name: str) -> IdfHeatPump:
    """A `HeatPump:PlantLoop:EIR:Heating` or `:Cooling` of an IDF or epJSON.

    Parameters
    ----------
    path : path-like
        A model of the installed engine's version, whose fields the machine has.
    name : str
        Of the machine.

    Raises
    ------
    TwinError
        There is none of that name, the version is another, or it uses curves that are not polynomials.
    """
    model = open_model(path)
    machine = model.find(name, *_MACHINES)
    if machine is None:
        raise model.wrong(
            f"there is no HeatPump:PlantLoop:EIR named '{name}'.",
            "Name one that the model has, or read its curves by name (`curves_from_idf`).",
        )
    if model.version != NEWEST:
        raise machine.wrong(
            f"its fields are read as of version {NEWEST[0]}.{NEWEST[1]}, the file is of "
            f"{model.version[0]}.{model.version[1]}.",
            "Upgrade the file, or read its curves by name (`curves_from_idf`).",
        )
    given = machine.given("Minimum_Part_Load_Ratio")
    curves = _curves(
        model,
        machine.text("Capacity_Modifier_Function_of_Temperature_Curve_Name"),
        machine.text("Electric_Input_to_Output_Ratio_Modifier_Function_of_Temperature_Curve_Name"),
        machine.text("Electric_Input_to_Output_Ratio_Modifier_Function_of_Part_Load_Ratio_Curve_Name"),
        machine.number("Reference_Capacity", _NO_SIZE_W),
        machine.number("Reference_Coefficient_of_Performance"),
        _SOURCES[machine.text("Condenser_Type", "WaterSource").upper()],
        "supply",
        "eir",
        True,
        "ratio",
        machine.number("Minimum_Part_Load_Ratio") if given else None,
    )
    operation = Operation(
        source_least=machine.number("Minimum_Source_Inlet_Temperature", -100.0),
        source_most=machine.number("Maximum_Source_Inlet_Temperature", 100.0),
        supply_least=curves.x_range[0],
        supply_most=curves.x_range[1],
        frost=_frost(model, machine),
    )
    _note_left_aside(model, machine)
    return IdfHeatPump(curves, operation, _MACHINES[machine.kind], model.notes.listed())


def _curves(
    model: Model,
    capacity: str,
    ratio: str,
    part_load: str,
    output: float,
    cop: float,
    source: str,
    sink: str,
    ratio_kind: str,
    water_first: bool,
    part_load_of: str,
    least_share: float | None,
) -> Curves:
    for what, value in (("reference output", output), ("reference ratio", cop)):
        if not value > 0.0:
            raise model.wrong(f"the {what} is {value}.", "Give a number above zero.")
    of_capacity, of_ratio = _curve(model, capacity, _BIQUADRATIC), _curve(model, ratio, _BIQUADRATIC)
    of_load = _curve(model, part_load, *_PART_LOAD)
    spans = [_span(of_capacity, axis) for axis in "xy"], [_span(of_ratio, axis) for axis in "xy"]
    x, y = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(*spans, strict=True))
    if x[0] > x[1] or y[0] > y[1]:
        raise of_ratio.wrong(f"its range has nothing in common with {of_capacity!r}.", "Correct the ranges.")
    load = _coefficients(of_load)
    least = _span(of_load, "x")[0] if least_share is None else least_share
    if not 0.0 <= least <= 1.0:
        raise of_load.wrong(f"a least part load of {least} is no share.", "Give one from 0 to 1.")
    return Curves(
        reference_output=output,
        reference_ratio=cop,
        capacity=_ordered(_coefficients(of_capacity), water_first),
        ratio=_ordered(_coefficients(of_ratio), water_first),
        ratio_kind=ratio_kind,
        load=(0.0, *load) if part_load_of == "ratio" else load,
        least_share=least,
        x_range=x if water_first else y,
        y_range=y if water_first else x,
        source=source,
        sink=sink,
    )


def _curve(model: Model, name: str, *kinds: str) -> Record:
    found = model.find(name, *kinds)
    if found is None:
        raise model.wrong(
            f"there is no curve '{name}' of class {', '.join(kinds)}.",
            "Name a curve of such a class; tables and other forms must be fitted to one first.",
        )
    for end in ("Minimum_Curve_Output", "Maximum_Curve_Output"):
        if found.given(end):
            model.notes.add("left aside", repr(found), f"{end} of a curve is not applied")
    return found


def _coefficients(curve: Record) -> tuple[float, ...]:
    names = _COEFFICIENTS[curve.kind]
    return tuple(curve.number(f"Coefficient{i} {name}") for i, name in enumerate(names, start=1))


def _span(curve: Record, axis: str) -> tuple[float, float]:
    return curve.number(f"Minimum Value of {axis}"), curve.number(f"Maximum Value of {axis}")


def _ordered(c: tuple[float, ...], water_first: bool) -> tuple[float, ...]:
    """Biquadratic as (1, x, x^2, y, y^2, x y, y^3) with x the water."""
    return (*c, 0.0) if water_first else (c[0], c[3], c[4], c[1], c[2], c[5], 0.0)


def _frost(model: Model, machine: Record) -> str:
    if machine.kind.endswith("COOLING") or machine.text("Condenser_Type").upper() != "AIRSOURCE":
        return "none"
    control = machine.text("Heat_Pump_Defrost_Control", "None").upper()
    if control == "NONE":
        return "none"
    if control != "ONDEMAND":
        model.notes.add("nearest", repr(machine), "defrosting by a clock is read as defrosting on demand")
    return "energyplus"


def _note_left_aside(model: Model, machine: Record) -> None:
    for field in (
        "Minimum_Supply_Water_Temperature_Curve_Name",
        "Maximum_Supply_Water_Temperature_Curve_Name",
        "Dry_Outdoor_Correction_Factor_Curve_Name",
        "Heat_Recovery_Capacity_Modifier_Function_of_Temperature_Curve_Name",
        "Thermosiphon_Capacity_Fraction_Curve_Name",
    ):
        if machine.has(field) and machine.given(field):
            model.notes.add("left aside", repr(machine), f"{field} is not read")
