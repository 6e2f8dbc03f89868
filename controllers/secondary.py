"""Secondary control (二次控制): the grid interface holds a power at the meter by shifting the bus voltage.

A loop reads the meter, late and with the error of its class, and moves the voltage reference until the
reading is what is wanted. Between two steps that looks like this: a step begins at the voltage that was right
for the step before, measured from its own reference; for the reading's delay nothing happens, then the
distance dies away with the loop's time constant. The mean over a step is what the march needs:

    phi = (d + tau (1 - exp(-(dt - d) / tau))) / dt

is the share of the first moment's distance that stands in the mean, exp(-(dt - d) / tau) what is left of it
at the end. Where nothing has to be followed the reference is known beforehand and stands at once.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.library.data_text import read_data
from buildings.systems.records import Record, record
from weather.errors import TwinError

SECONDARY = np.dtype(
    [
        ("delay_s", np.float64),
        ("time_constant_s", np.float64),
        ("ramp_per_s", np.float64),
        ("meter_error", np.float64),
        ("shift_pu", np.float64),
        ("bus_kw", np.float64),
        ("end_kw", np.float64),
    ],
    align=True,
)
"""Parameters, and two states: distance of the voltage from its reference, and the interface's power into the
bus (NaN at the start); `end_kw` is that power as a step ends in which it is still looked for, else NaN."""
_SETTLED_PU = 1e-9


@cache
def _library() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "secondary.yaml").read_text(encoding="utf-8")
    return dict(read_data(text))


def load_secondary(
    key: str = "default",
    *,
    delay_s: float | None = None,
    time_constant_s: float | None = None,
    ramp_per_s: float | None = None,
    meter_error: float | None = None,
) -> Record:
    """Record of the secondary loop.

    Parameters
    ----------
    key : str, optional
        Key in `data/secondary.yaml`.
    delay_s, time_constant_s : float, optional
        Age of a reading as it arrives and time constant of the loop [s].
    ramp_per_s : float, optional
        Change of the interface's power over its rating in a second [1/s].
    meter_error : float, optional
        Relative error of the meter's reading; the limit of its class where not given.

    Returns
    -------
    numpy.void
        Record of dtype `SECONDARY`.

    Raises
    ------
    TwinError
        If a figure is negative, or an error of 10 % or more.
    """
    values = _library()[key]
    given = {
        "delay_s": delay_s,
        "time_constant_s": time_constant_s,
        "ramp_per_s": ramp_per_s,
        "meter_error": meter_error,
    }
    own = {
        name: float(values["meter_class" if name == "meter_error" else name] if value is None else value)
        for name, value in given.items()
    }
    for name, value in own.items():
        least = -0.1 if name == "meter_error" else 0.0
        if not value >= least or (name == "meter_error" and value >= 0.1):
            raise TwinError(
                f"{name} of the secondary control is {value:g}.",
                "Give a figure that is not negative; an error below 10 %.",
                key=f"control.secondary.{name}",
            )
    return record(SECONDARY, own | {"shift_pu": 0.0, "bus_kw": math.nan, "end_kw": math.nan})


@compiled()
def shares_of_a_step(dt_s: float, secondary: Record) -> tuple[float, float]:
    """Share of the distance at a step's start in the step's mean, and at its end [-]."""
    delay, tau = secondary.delay_s, secondary.time_constant_s
    if dt_s <= delay:
        return 1.0, 1.0
    left = math.exp(-(dt_s - delay) / tau) if tau > 0.0 else 0.0
    return (delay + tau * (1.0 - left)) / dt_s, left


@compiled()
def ramped_kw(wanted_kw: float, dt_s: float, rated_kw: float, secondary: Record) -> float:
    """Mean power [kW] over a step of an interface that goes from where it is to `wanted_kw` by its ramp."""
    if math.isnan(secondary.bus_kw):
        return wanted_kw
    step = wanted_kw - secondary.bus_kw
    rate = secondary.ramp_per_s * rated_kw
    if rate * dt_s <= abs(step):
        return secondary.bus_kw + math.copysign(0.5 * rate * dt_s, step)
    return wanted_kw - step * abs(step) / (2.0 * rate * dt_s)


@compiled()
def stands_settled(secondary: Record) -> bool:
    """Whether the voltage stands at its reference."""
    return bool(abs(secondary.shift_pu) <= _SETTLED_PU)
