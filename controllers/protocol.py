"""Controllers written in Python: what they see and what they answer.

The march wakes such a controller at its own interval and hands it one frozen observation of all
buildings; its answer holds until the next. It never sees the future: a forecast carries its issue
time. Built-in controllers run inside the compiled march and are chosen by code instead
(`controllers.codes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observation:
    """State of all buildings at the start of an interval; arrays have the shape (n_buildings,)."""

    time: datetime
    zone_temp_c: Floats
    outdoor_temp_c: Floats
    grid_kw: Floats
    pv_kw: Floats
    demand_kw: Floats
    battery_soc: Floats
    price_cny_kwh: Floats
    event_target_kw: Floats


@dataclass(frozen=True)
class Actions:
    """Answer of a controller, held until its next; NaN leaves a value to the built-in controller.

    `grid_target_kw` is the power to hold at the meter, `battery_kw` an order to the battery (positive
    for discharge), `setpoint_shift_k` a shift of the thermostats towards more cooling or heating.
    """

    grid_target_kw: Floats
    battery_kw: Floats
    setpoint_shift_k: Floats


class Controller(Protocol):
    """Anything that observes and acts at a fixed interval."""

    @property
    def interval_min(self) -> float:
        """Minutes between two observations."""

    def act(self, observation: Observation) -> Actions:
        """Actions for the interval that begins at the observation's time."""


@dataclass(frozen=True)
class ZoneObservation:
    """One building's zones at the start of an interval; arrays have the shape (n_zones,).

    `electricity_kw` is the building's net power over the last step, NaN where the engine does not know it.
    """

    time: datetime
    zones: tuple[str, ...]
    temp_air_c: Floats
    humidity_ratio: Floats
    outdoor_temp_c: float
    electricity_kw: float


@dataclass(frozen=True)
class ZoneActions:
    """Answer of a zone controller, held until its next; NaN, or None for all zones, leaves a schedule alone.

    `heating_setpoint_c` and `cooling_setpoint_c` replace the thermostats' set-points, `available` 0 switches
    heating and cooling of a zone off, `equipment_factor` multiplies the scheduled power of its electric
    equipment.
    """

    heating_setpoint_c: Floats | None = None
    cooling_setpoint_c: Floats | None = None
    available: Floats | None = None
    equipment_factor: Floats | None = None


class ZoneController(Protocol):
    """Anything that drives the rooms of a building, whichever engine computes them (see `twin.driven`)."""

    @property
    def interval_min(self) -> float:
        """Minutes between two observations; a multiple of the engine's step."""

    def act(self, observation: ZoneObservation) -> ZoneActions:
        """Actions for the interval that begins at the observation's time."""
