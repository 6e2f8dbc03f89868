"""Boilers and electric heaters (锅炉、电加热): fuel or current to hot water, space heat or steam.

Efficiency over the part load is a cubic, as of EnergyPlus' `Boiler:HotWater`, on the lower heating value.
Below the least firing rate the burner cycles at the efficiency of that rate.

Parameters: `rated` output [W]; `efficiency` at rated load; `curve_0` to `curve_3`, scaled to 1 at full load;
`least` part load of continuous
firing [1]; `electric` 1 for a resistance heater; `auxiliary` electricity of
burner fan and pump over rated output while it runs [1].

References
----------
EnergyPlus Engineering Reference, "Simple Hot Water Boiler".
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from buildings.compiled import compiled
from buildings.description.base import ThermalCapacity
from buildings.description.plant_row import Machine
from buildings.systems.component import (
    AMBIENT,
    ELECTRICITY,
    GAS,
    SERVES,
    Array,
    Component,
    Prepared,
    Setting,
    no_temperatures,
)
from buildings.systems.records import entry, positive

_PARAMETERS = (
    "rated",
    "efficiency",
    "curve_0",
    "curve_1",
    "curve_2",
    "curve_3",
    "least",
    "electric",
    "auxiliary",
)
RATED, EFFICIENCY, C0, C1, C2, C3, LEAST, ELECTRIC, AUXILIARY = range(1, 10)


@compiled()
def limits(p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """From nothing to rated output."""
    return 0.0, p[RATED], 0.0


@compiled()
def step(p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """Burn what the output needs."""
    flows[:] = 0.0
    if wish <= 0.0:
        return
    load = wish / p[RATED]
    r = min(max(load, p[LEAST]), 1.0)
    used = wish / (p[EFFICIENCY] * (p[C0] + r * (p[C1] + r * (p[C2] + r * p[C3]))))
    running = min(load / p[LEAST], 1.0) if p[LEAST] > 0.0 else 1.0
    auxiliary = p[AUXILIARY] * p[RATED] * running
    flows[int(p[SERVES])] = wish
    flows[ELECTRICITY if p[ELECTRIC] > 0.0 else GAS] -= used
    flows[ELECTRICITY] -= auxiliary
    flows[AMBIENT] = used + auxiliary - wish


def load_boiler(key: str, rated_w: float) -> dict[str, float]:
    """Parameters of a boiler of the library at a size.

    Parameters
    ----------
    key : str
        Key in `data/boilers.yaml`.
    rated_w : float
        Output at full load [W].

    Raises
    ------
    TwinError
        If the key is unknown or the size is not positive.
    """
    values = entry("boilers", key)
    curve = np.array(values["curve"], float)
    curve /= curve.sum()
    return {
        "rated": positive(rated_w, "boiler capacity"),
        "efficiency": values["efficiency"],
        "curve_0": curve[0],
        "curve_1": curve[1],
        "curve_2": curve[2],
        "curve_3": curve[3],
        "least": values["least_part_load"],
        "electric": float(values["carrier"] == "electricity"),
        "auxiliary": values["auxiliary"],
    }


class Boiler(Machine):
    """A boiler or resistance heater (锅炉、电加热)."""

    type: Literal["boiler"] = Field(description="Kind of equipment.")
    serves: Literal["hot_water", "space_heat", "steam"] = Field(description="What it heats.")
    capacity: ThermalCapacity = Field(
        default="autosize", description="Output at full load [W], or autosize from the design load."
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it heats."""
        return (self.serves,)


def prepare(row: Boiler, carrier: str, setting: Setting) -> Prepared:
    """A boiler of a plant room; autosized to the design load of what it serves."""
    key = row.equipment or ("gas_steam" if carrier == "steam" else "gas_condensing")
    rated = setting.design[carrier] if row.capacity == "autosize" else float(row.capacity)
    return Prepared(load_boiler(key, rated), {}, entry("boilers", key), rated, "W")


BOILER = Component(
    name="boiler",
    serves=("hot_water", "space_heat", "steam"),
    parameters=_PARAMETERS,
    states=(),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=Boiler,
    prepare=prepare,
)
