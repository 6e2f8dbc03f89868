"""What each device does at a bus voltage: piecewise linear curves (电压-功率曲线).

The curves belong to the devices' own firmware, so they act whatever the controller. They stand in
`data/device_curves.yaml`; a user may give others. Each must make its device's injection
non-increasing in the voltage: that is what makes the bus voltage unique.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.records import Record, entry
from weather.errors import TwinError

_SHAPES = {
    "pv": 2,
    "battery": 4,
    "ev": 5,
    "hvac_reduced": 3,
    "hvac_precool": 2,
    "lighting": 3,
    "interface": 4,
}
_INJECTION = ("pv", "battery", "interface")
V_MIN = 0.80
V_MAX = 1.07

DEVICE_CURVES = np.dtype(
    [(f"{name}_{axis}", np.float64, (n,)) for name, n in _SHAPES.items() for axis in ("v", "share")]
    + [
        ("ev_urgency_shift", np.float64),
        ("grid", np.float64, (sum(_SHAPES.values()) + 2,)),
    ],
    align=True,
)


def load_device_curves(key: str = "default", overrides: dict[str, Any] | None = None) -> Record:
    """Record of the device curves of the library, with a user's own in their place.

    Parameters
    ----------
    key : str, optional
        Key in `data/device_curves.yaml`.
    overrides : dict, optional
        Curves by device, each with `v` [p.u.] and `share` [-] of the same length as the library's.

    Returns
    -------
    numpy.void
        Record of dtype `DEVICE_CURVES`.

    Raises
    ------
    TwinError
        If a curve has the wrong number of points, is not rising in v, or slopes the wrong way.
    """
    values = {**entry("device_curves", key), **(overrides or {})}
    row = np.zeros(1, DEVICE_CURVES)
    points = [V_MIN, V_MAX]
    for name, n in _SHAPES.items():
        v = np.asarray(values[name]["v"], float)
        share = np.asarray(values[name]["share"], float)
        _check(name, n, v, share)
        row[f"{name}_v"][0] = v
        row[f"{name}_share"][0] = share
        points.extend(v)
    row["ev_urgency_shift"][0] = values["ev_urgency_shift"]
    row["grid"][0] = np.sort(np.clip(points, V_MIN, V_MAX))
    return row[0]


def _check(name: str, n: int, v: np.ndarray, share: np.ndarray) -> None:
    sign = 1.0 if name in _INJECTION else -1.0
    if len(v) != n or len(share) != n:
        raise TwinError(
            f"The curve of {name} has {len(v)} points.", f"Give {n} values of v and share.", key=name
        )
    if not (np.all(np.isfinite(v)) and np.all(np.diff(v) > 0.0)):
        raise TwinError(f"The voltages of the curve of {name} do not rise.", "Order them upward.", key=name)
    if not (np.all(np.isfinite(share)) and np.all(sign * np.diff(share) <= 0.0)):
        raise TwinError(
            f"The curve of {name} slopes the wrong way, so the bus voltage would not be unique.",
            "A source must give less, and a load take more, as the voltage rises.",
            key=name,
        )


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
