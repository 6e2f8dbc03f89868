"""A user's own chiller from a model of EnergyPlus: `Chiller:Electric:EIR` with its curves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from buildings.idf.heat_pump_curves import curves_from_idf
from buildings.idf.model import Note, open_model
from buildings.idf.source_text import NEWEST
from buildings.systems.heat_pump_products import Curves

_KIND = "CHILLER:ELECTRIC:EIR"
_NO_SIZE_W = 1000.0
"""Reference output of a machine that EnergyPlus would size; it is scaled to the size asked for [W]."""
_NOT_READ = ("EVAPORATIVELYCOOLED",)


@dataclass(frozen=True)
class IdfChiller:
    """A chiller of a model: for `load_chiller_curves`.

    Attributes
    ----------
    curves : Curves
        With the reference capacity and COP.
    supply_least : float
        Coldest leaving water [degC].
    notes : tuple of Note
        What was left aside.
    """

    curves: Curves
    supply_least: float
    notes: tuple[Note, ...]


def chiller_from_idf(path: str | Path, name: str) -> IdfChiller:
    """A `Chiller:Electric:EIR` of an IDF or epJSON.

    Parameters
    ----------
    path : path-like
        A model of the installed engine's version, whose fields the machine has. For other versions and
        classes, read the curves by their names (`buildings.idf.heat_pump_curves.curves_from_idf`).
    name : str
        Of the machine.

    Raises
    ------
    TwinError
        There is none of that name, the version is another, its condenser is neither water nor air, or it uses
        curves that are not polynomials.
    """
    model = open_model(path)
    machine = model.find(name, _KIND)
    if machine is None:
        raise model.wrong(
            f"there is no Chiller:Electric:EIR named '{name}'.",
            "Name one that the model has, or read its curves by name (`curves_from_idf`).",
        )
    if model.version != NEWEST:
        raise machine.wrong(
            f"its fields are read as of version {NEWEST[0]}.{NEWEST[1]}, the file is of "
            f"{model.version[0]}.{model.version[1]}.",
            "Upgrade the file, or read its curves by name (`curves_from_idf`).",
        )
    condenser = machine.text("Condenser_Type", "AirCooled").upper()
    if condenser in _NOT_READ:
        raise machine.wrong("an evaporative condenser is not read.", "Use a water-cooled or air-cooled one.")
    least = machine.number("Minimum_Part_Load_Ratio", 0.1)
    unloading = machine.number("Minimum_Unloading_Ratio", 0.2)
    if unloading > least:
        model.notes.add(
            "nearest", repr(machine), "below its unloading ratio it cycles, without false loading by hot gas"
        )
    curves = curves_from_idf(
        path,
        machine.text("Cooling_Capacity_Function_of_Temperature_Curve_Name"),
        machine.text("Electric_Input_to_Cooling_Output_Ratio_Function_of_Temperature_Curve_Name"),
        machine.text("Electric_Input_to_Cooling_Output_Ratio_Function_of_Part_Load_Ratio_Curve_Name"),
        reference_output=machine.number("Reference_Capacity", _NO_SIZE_W),
        reference_ratio=machine.number("Reference_COP"),
        source="dry_bulb" if condenser == "AIRCOOLED" else "behind",
        least_share=max(least, unloading),
    )
    for field in ("Condenser_Fan_Power_Ratio", "Design_Heat_Recovery_Water_Flow_Rate"):
        if machine.number(field, 0.0) > 0.0:
            model.notes.add("left aside", repr(machine), f"{field} is not read")
    lowest = machine.number("Leaving_Chilled_Water_Lower_Temperature_Limit", 2.0)
    return IdfChiller(curves, lowest, model.notes.listed())
