"""What each device does at a bus voltage: piecewise linear curves (电压-功率曲线).

The curves belong to the devices' own firmware, so they act whatever the controller. They stand in
`data/device_curves.yaml`; a user may give others (`dc_bus.curves` of a project). What makes the bus voltage
unique is in `curve_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.curve_rules import SHAPES, V_MAX, V_MIN, Fault, curve_fault, set_fault
from buildings.systems.records import Record, entry
from weather.errors import TwinError

__all__ = ["DEVICE_CURVES", "V_MAX", "V_MIN", "curve_share", "load_device_curves"]

DEVICE_CURVES = np.dtype(
    [(f"{name}_{axis}", np.float64, (s.points,)) for name, s in SHAPES.items() for axis in ("v", "share")]
    + [
        ("ev_urgency_shift", np.float64),
        ("corners", np.int64),
        ("grid", np.float64, (sum(s.points for s in SHAPES.values()) + 2,)),
    ],
    align=True,
)
"""Curves; the first `corners` places of `grid` are the voltages at which any of them bends, ends included."""


def load_device_curves(key: str = "default", overrides: Mapping[str, Any] | None = None) -> Record:
    """Record of the device curves of the library, with a user's own in their place.

    Parameters
    ----------
    key : str, optional
        Key in `data/device_curves.yaml`.
    overrides : mapping, optional
        Curves by device, each with `v` [p.u.] and `share` [-] of equal length, 2 points up to the library's
        number; and `ev_urgency_shift` [p.u.].

    Returns
    -------
    numpy.void
        Record of dtype `DEVICE_CURVES`.

    Raises
    ------
    TwinError
        If a curve has too many points, is not rising in v, slopes the wrong way, or the set of them does not
        leave the bus one voltage (see `curve_rules`).
    """
    values = {**entry("device_curves", key), **(overrides or {})}
    row = np.zeros(1, DEVICE_CURVES)
    points = [V_MIN, V_MAX]
    for name, shape in SHAPES.items():
        v, share = list(values[name]["v"]), list(values[name]["share"])
        _refuse(curve_fault(name, v, share))
        points.extend(v)
        missing = shape.points - len(v)
        # constant beyond its end, as a curve is there anyway
        row[f"{name}_v"][0] = v + [v[-1] + k + 1.0 for k in range(missing)]
        row[f"{name}_share"][0] = share + [share[-1]] * missing
    _refuse(set_fault(values))
    row["ev_urgency_shift"][0] = values["ev_urgency_shift"]
    corners = np.unique(np.clip(points, V_MIN, V_MAX))
    row["corners"][0] = len(corners)
    row["grid"][0, : len(corners)] = corners
    return row[0]


def _refuse(fault: Fault | None) -> None:
    if fault is not None:
        raise TwinError(fault.what, fault.remedy, key=fault.name)


@compiled()
def curve_share(v: float, voltages: np.ndarray, shares: np.ndarray) -> float:
    """Value of a piecewise linear curve at `v`, constant beyond its ends."""
    last = voltages.shape[0] - 1
    if v <= voltages[0]:
        return shares[0]
    if v >= voltages[last]:
        return shares[last]
    k = 1
    while v > voltages[k]:
        k += 1
    t = (v - voltages[k - 1]) / (voltages[k] - voltages[k - 1])
    return shares[k - 1] + t * (shares[k] - shares[k - 1])
