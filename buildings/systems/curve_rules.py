"""What a device curve (电压-功率曲线) must be, checked without any kernel: a broken project is told at once.

A curve is a row of voltages [p.u.] and shares [-], straight between them and constant beyond the ends. Its
device's injection must not rise with the voltage: then the bus balances at one voltage or along one flat.

One curve goes the other way: `hvac_over` lets the heat pump give way at over-voltage as the published one
does (Han et al. 2023). The bus keeps its one voltage where PV p, interface q and heat pump g fall together,

    F = p pv + q target + (1 - q) low - g hvac + C,   p = q, 1 - g = k (1 - p), 0 <= k <= 1, low <= 0, C <= 0

since F >= 0 then means pv + target - low >= k hvac, so F falls wherever it is not negative. C <= 0: above the
first of these voltages battery and vehicles do not give, which the other curves must say, and a battery whose
reference voltage already asks it to charge in full has no order to discharge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

V_MIN = 0.80
V_MAX = 1.07
LEAST_STEP_PU = 0.001
"""Least distance of two voltages of a curve [p.u.]: less cannot be measured on a bus (assumed; 0.75 V of
750 V), and a steeper slope would lose the root in rounding."""


class Shape(NamedTuple):
    """Most points of a curve, range of its shares, and whether it gives (1), takes (-1) or yields (1)."""

    points: int
    low: float
    high: float
    sign: float


SHAPES = {
    "pv": Shape(2, 0.0, 1.0, 1.0),
    "battery": Shape(4, -1.0, 1.0, 1.0),
    "ev": Shape(5, -1.0, 1.0, -1.0),
    "hvac_reduced": Shape(3, 0.0, 1.0, -1.0),
    "hvac_precool": Shape(2, 0.0, 1.0, -1.0),
    "hvac_over": Shape(2, 0.0, 1.0, 1.0),
    "lighting": Shape(3, 0.0, 1.0, -1.0),
    "interface": Shape(4, -1.0, 1.0, 1.0),
}


class Fault(NamedTuple):
    """What is wrong with which curve, and what would be right."""

    name: str
    what: str
    remedy: str


def curve_fault(name: str, v: Sequence[float], share: Sequence[float]) -> Fault | None:
    """What is wrong with one curve, or None.

    Parameters
    ----------
    name : str
        Key of `SHAPES`.
    v : sequence of float
        Voltages [p.u.], rising.
    share : sequence of float
        Shares [-].
    """
    shape = SHAPES[name]
    if len(v) != len(share):
        return Fault(
            name,
            f"The curve of {name} has {len(v)} voltages and {len(share)} shares.",
            "Give one share for each voltage.",
        )
    if not 2 <= len(v) <= shape.points:
        return Fault(name, f"The curve of {name} has {len(v)} points.", f"Give 2 to {shape.points} points.")
    if not all(math.isfinite(x) for x in v) or min(np.diff(v)) < LEAST_STEP_PU * (1.0 - 1e-9):
        return Fault(
            name,
            f"The voltages of the curve of {name} ({_row(v)}) do not rise.",
            f"Order them upward, {LEAST_STEP_PU:g} or more apart.",
        )
    if not all(math.isfinite(x) and shape.low <= x <= shape.high for x in share):
        return Fault(
            name,
            f"The curve of {name} has shares {_row(share)}.",
            f"Give shares from {shape.low:g} to {shape.high:g}.",
        )
    if max(shape.sign * np.diff(share)) > 0.0:
        return Fault(
            name,
            f"The curve of {name} ({_row(share)}) slopes the wrong way: the bus voltage would not be unique.",
            "A source must give less, and a load take more, as the voltage rises (hvac_over: less).",
        )
    return None


def set_fault(curves: Mapping[str, Any]) -> Fault | None:
    """What is wrong with a whole set of curves, or None: what no single one shows.

    Parameters
    ----------
    curves : mapping
        `v` and `share` by device, each without a fault of its own; `ev_urgency_shift` [p.u.].
    """
    shift = curves["ev_urgency_shift"]
    if not 0.0 <= shift <= 0.3:
        return Fault("ev_urgency_shift", f"The urgency shift is {shift:g} p.u.", "Give 0 to 0.3.")
    if np.interp(1.0, curves["ev"]["v"], curves["ev"]["share"]) <= 0.0:
        return Fault(
            "ev",
            "Vehicles take nothing at nominal voltage, where they are to follow what they are ordered.",
            "Let the curve of ev be above 0 at 1 p.u.",
        )
    over = curves["hvac_over"]
    if over["share"][0] != 1.0:
        return Fault(
            "hvac_over",
            f"The curve of hvac_over starts at {over['share'][0]:g}.",
            "Start it at 1: reduction at low voltage belongs to hvac_reduced.",
        )
    if over["share"][-1] == 1.0:
        return None
    pv, grid = curves["pv"], curves["interface"]
    voltages = np.unique(np.clip([*over["v"], *pv["v"], *grid["v"], V_MIN, V_MAX], V_MIN, V_MAX))
    fall = 1.0 - np.interp(voltages, over["v"], over["share"])
    p = np.interp(voltages, pv["v"], pv["share"])
    q = 1.0 + np.minimum(np.interp(voltages, grid["v"], grid["share"]), 0.0)
    if p[-1] != 0.0 or np.abs(p - q).max() > 1e-9 or np.abs(fall - fall[-1] * (1.0 - p)).max() > 1e-9:
        return Fault(
            "hvac_over",
            f"The heat pump gives way over {_row(over['v'])} p.u., PV over {_row(pv['v'])} and the interface "
            "over other voltages, so the bus voltage would not be unique.",
            "Let hvac_over, pv and the upper part of interface fall over the same two voltages, pv to 0 and "
            "interface to -1, or leave hvac_over at 1.",
        )
    top = over["v"][0]
    if np.interp(top, curves["battery"]["v"], curves["battery"]["share"]) > -1.0:
        return Fault(
            "battery",
            f"The battery does not charge in full at {top:g} p.u., where hvac_over gives way.",
            "Let its curve reach -1 there, or leave hvac_over at 1.",
        )
    if np.interp(top, curves["ev"]["v"], curves["ev"]["share"]) < 0.0:
        return Fault(
            "ev",
            f"Vehicles still give at {top:g} p.u., where hvac_over gives way.",
            "Let their curve be 0 or more there, or leave hvac_over at 1.",
        )
    return None


def _row(values: Sequence[float]) -> str:
    return ", ".join(f"{x:g}" for x in values)
