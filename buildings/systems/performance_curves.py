"""Performance curves of heating and cooling machines: capacity and energy input over temperatures and load.

The form is EnergyPlus's (Engineering Reference, "Variable Refrigerant Flow Heat Pumps", "Chillers",
"Coils"): capacity = rated * f(x, y); input = capacity / ratio * g(x, y) * h(part load); below the
lowest part load a machine cycles, with a loss that grows with the time it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.records import Record, entry

_X = {"fixed": 0, "wet_bulb_in": 1}
DRY_BULB = 0
WET_BULB = 1
CONDENSER_WATER = 2
_Y = {"dry_bulb_out": DRY_BULB, "wet_bulb_out": WET_BULB, "condenser_water": CONDENSER_WATER}

MACHINE = np.dtype(
    [
        ("rated_w", np.float64),
        ("ratio", np.float64),
        ("x_source", np.int64),
        ("x_fixed", np.float64),
        ("y_source", np.int64),
        ("approach_k", np.float64),
        ("condenser_range_k", np.float64),
        ("range", np.float64, (4,)),
        ("boundary", np.float64, (3,)),
        ("capacity_low", np.float64, (7,)),
        ("capacity_high", np.float64, (7,)),
        ("input_low", np.float64, (7,)),
        ("input_high", np.float64, (7,)),
        ("part_load", np.float64, (4,)),
        ("part_load_min", np.float64),
        ("cycling_degradation", np.float64),
    ],
    align=True,
)
_ALWAYS_LOW = (1e9, 0.0, 0.0)


def load_machine(
    curves: str, rated_w: float, ratio: float, rating_point: tuple[float, float], approach_k: float
) -> np.ndarray:
    """One machine from a curve set, its curves scaled to equal 1 at the rating point.

    Parameters
    ----------
    curves : str
        Key in `data/hvac_curves.yaml`.
    rated_w : float
        Capacity at the rating point [W].
    ratio : float
        Heat moved over electricity at the rating point [-].
    rating_point : tuple of float
        x and y there [°C].
    approach_k : float
        Approach of the cooling tower to the wet bulb [K]; only read with condenser water.

    Returns
    -------
    numpy.ndarray
        Array of dtype `MACHINE`, shape (1,).
    """
    return machine_of_curves(
        entry("hvac_curves", curves), rated_w, ratio, rating_point=rating_point, approach_k=approach_k
    )


def machine_of_curves(
    values: Mapping[str, Any],
    rated_w: float,
    ratio: float,
    *,
    rating_point: tuple[float, float] | None = None,
    approach_k: float = 0.0,
) -> np.ndarray:
    """One machine from curves in the form of an entry of `data/hvac_curves.yaml`, such as an IDF's.

    Parameters
    ----------
    values : mapping
        As `buildings.idf.dx_curves` reads them.
    rated_w, ratio, approach_k
        As for `load_machine`.
    rating_point : tuple of float, optional
        x and y at which all curves are scaled to 1 [°C]; without, they hold as they are, and size and ratio
        belong to where they are 1.

    Returns
    -------
    numpy.ndarray
        Array of dtype `MACHINE`, shape (1,); ``plant["cooling"] = machine[0]`` puts it into a plant.
    """
    row = np.zeros(1, MACHINE)
    row["rated_w"], row["ratio"] = rated_w, ratio
    row["x_source"], row["x_fixed"] = _X[values["x"]], values.get("x_fixed", 0.0)
    row["y_source"], row["approach_k"] = _Y[values["y"]], approach_k
    row["condenser_range_k"] = values.get("condenser_range_k", 0.0)
    row["range"], row["boundary"] = values["range"], values.get("boundary", _ALWAYS_LOW)
    for name in ("capacity", "input"):
        low = np.array(values[f"{name}_low"], float)
        high = np.array(values.get(f"{name}_high", values[f"{name}_low"]), float)
        row[f"{name}_low"], row[f"{name}_high"] = low, high
        at_rating = 1.0
        if rating_point is not None:
            at_rating = temperature_factor(*rating_point, row[0]["boundary"], low, high)
        row[f"{name}_low"], row[f"{name}_high"] = low / at_rating, high / at_rating
    part_load = np.array(values["part_load"], float)
    row["part_load"] = part_load if rating_point is None else part_load / part_load.sum()
    row["part_load_min"] = values["part_load_min"]
    row["cycling_degradation"] = values["cycling_degradation"]
    return row


@compiled()
def temperature_factor(x: float, y: float, boundary: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Value of a two-part temperature curve at (x, y) [-]."""
    c = low
    if y > boundary[0] + x * (boundary[1] + x * boundary[2]):
        c = high
    return c[0] + x * (c[1] + x * c[2] + y * c[5]) + y * (c[3] + y * (c[4] + y * c[6]))


@compiled()
def machine_x(wb_in: float, machine: Record) -> float:
    """First curve variable [°C], held inside the curve's range."""
    x = wb_in if machine.x_source == 1 else machine.x_fixed
    return min(max(x, machine.range[0]), machine.range[1])


@compiled()
def machine_y(t_out: float, wb_out: float, part_load: float, machine: Record) -> float:
    """Second curve variable [°C], held inside the curve's range."""
    y = t_out
    if machine.y_source == WET_BULB:
        y = wb_out
    elif machine.y_source == CONDENSER_WATER:
        y = wb_out + machine.approach_k + machine.condenser_range_k * part_load
    return min(max(y, machine.range[2]), machine.range[3])


@compiled()
def outside_range(t_out: float, wb_out: float, wb_in: float, machine: Record) -> bool:
    """Whether the curves are read beyond their range, so that an input is held at its edge."""
    x = wb_in if machine.x_source == 1 else machine.x_fixed
    if x < machine.range[0] or x > machine.range[1]:
        return True
    y = t_out
    if machine.y_source == WET_BULB:
        y = wb_out
    elif machine.y_source == CONDENSER_WATER:
        y = wb_out + machine.approach_k + machine.condenser_range_k
    return y < machine.range[2] or y > machine.range[3]


@compiled()
def machine_capacity_w(t_out: float, wb_out: float, wb_in: float, machine: Record) -> float:
    """Capacity at full load [W]."""
    x = machine_x(wb_in, machine)
    y = machine_y(t_out, wb_out, 1.0, machine)
    return machine.rated_w * temperature_factor(
        x, y, machine.boundary, machine.capacity_low, machine.capacity_high
    )


@compiled()
def part_load_input(part_load: float, machine: Record) -> float:
    """Energy input at a part-load ratio over that at full load [-], with cycling below the lowest."""
    lowest = machine.part_load_min
    if part_load <= 0.0:
        return 0.0
    r = max(part_load, lowest)
    p = machine.part_load
    share = p[0] + r * (p[1] + r * (p[2] + r * p[3]))
    if part_load >= lowest:
        return share
    cycling = part_load / lowest
    return share * cycling / (1.0 - machine.cycling_degradation * (1.0 - cycling))


@compiled()
def machine_input_w(
    part_load: float, capacity_w: float, t_out: float, wb_out: float, wb_in: float, machine: Record
) -> float:
    """Electric input [W] at a part-load ratio of the capacity `capacity_w` that holds at full load."""
    x = machine_x(wb_in, machine)
    y = machine_y(t_out, wb_out, part_load, machine)
    g = temperature_factor(x, y, machine.boundary, machine.input_low, machine.input_high)
    return capacity_w / machine.ratio * g * part_load_input(part_load, machine)
