"""The baseline: a march watched every hour or oftener, so that the state of vehicles and rooms is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.layout import (
    COOLING_SETPOINT,
    HEATING_SETPOINT,
    OUT_HUMIDITY,
    OUT_SENSIBLE,
    OUT_TEMP,
)
from twin.clock import Outcome, march
from twin.plant import Plant
from twin.shift_response import UncontrolledYears, conditioned
from twin.supervision import supervisors_of
from twin.supervisors import Marching
from twin.thermal_stores import ThermalStore, hot_water_store

Floats = NDArray[np.float64]
HOUR_S = 3600.0


class Witness:
    """Notes vehicles at every hour of a march and keeps a copy of the plant at some steps.

    Parameters
    ----------
    plant : Plant
        As it will be marched.
    keep : collection of int
        Steps at which it looks, and at which the whole plant is copied.
    every_s : float
        How often it looks [s].
    """

    def __init__(self, plant: Plant, keep: Collection[int] = (), every_s: float = HOUR_S) -> None:
        self.interval_steps = max(round(every_s / plant.dt_s), 1)
        self.keep = frozenset(keep)
        self.copies: dict[int, Plant] = {}
        looks = -(-plant.n_steps // self.interval_steps)
        chargers = plant.buildings.ev_rows.shape[1]
        self.starts = np.arange(looks) * self.interval_steps
        self.rows = np.full((looks, chargers), -1, dtype=np.int32)
        self.left = np.zeros((looks, chargers))
        self.spare = np.zeros((looks, chargers))

    def decide(self, march: Marching) -> None:
        """Look; nothing is ordered."""
        plant, step = march.plant, march.done
        look = step // self.interval_steps
        rows = plant.buildings.ev_rows[step]
        there = rows >= 0
        self.rows[look] = rows
        self.left[look, there] = plant.sessions["remaining_kwh"][rows[there]]
        self.spare[look, there] = plant.sessions["spare_kwh"][rows[there]]
        if step in self.keep:
            self.copies[step] = plant.copied()

    def counters(self) -> dict[int, dict[str, float]]:
        """Nothing to count."""
        return {}


@dataclass(frozen=True)
class Baseline:
    """A year as it goes without a call for flexibility.

    Attributes
    ----------
    plant : Plant
        Before the march.
    outcome : Outcome
    seen : Witness
    """

    plant: Plant
    outcome: Outcome
    seen: Witness
    _air: dict[int, tuple[Floats, Floats, Floats]] = field(default_factory=dict)
    _tanks: dict[int, ThermalStore | None] = field(default_factory=dict)

    def air(self, b: int) -> tuple[Floats, Floats, Floats]:
        """Mean room air at the start of each step, by air mass, of a building.

        Returns
        -------
        temp, humidity, beyond : ndarray (n,)
            [degC], [kg/kg], and how far rooms lie outside of their set-points [K].
        """
        if b not in self._air:
            self._air[b] = room_air(self.plant, self.outcome.zones, b)
        return self._air[b]

    def hot_water(self, b: int) -> ThermalStore | None:
        """Hot-water stores of a building, None where electricity fills none."""
        if b not in self._tanks:
            temp_out = self.plant.weather.temp_air[:-1]
            told = self.outcome.buildings[:, b]
            self._tanks[b] = hot_water_store(told, temp_out, self.plant.dt_s / 3600.0)
        return self._tanks[b]

    def active(self, b: int) -> tuple[Floats, Floats]:
        """Share of a building's conditioned rooms, by air mass, that are cooled and heated in each step."""
        plant = self.plant
        cooled, heated, whole = np.zeros(plant.n_steps), np.zeros(plant.n_steps), 0.0
        for (g, z, lane), mass in conditioned(plant, b).items():
            given = self.outcome.zones[:, OUT_SENSIBLE, g, z, lane]
            cooled += mass * (given < 0.0)
            heated += mass * (given > 0.0)
            whole += mass
        return cooled / max(whole, 1e-9), heated / max(whole, 1e-9)


def baseline(
    plant: Plant,
    keep: Collection[int] = (),
    years: UncontrolledYears | None = None,
    every_s: float = HOUR_S,
) -> Baseline:
    """March a copy of a plant under its own control and watch it.

    Parameters
    ----------
    plant : Plant
        Not marched yet; stays as it is.
    keep : collection of int
        Steps of those looks at which the marched plant is copied.
    years : UncontrolledYears, optional
        Of the plant, for plans, where somebody has them.
    every_s : float
        How often it is watched, and thus when an envelope can be told [s].
    """
    own = plant.copied()
    seen = Witness(own, keep, every_s)
    return Baseline(plant, march(own, None, [*supervisors_of(own, years=years), seen]), seen)


def room_air(plant: Plant, zones: Floats, b: int, first: int = 0) -> tuple[Floats, Floats, Floats]:
    """Mean room air of a building's conditioned zones at the start of each step behind `first`.

    Parameters
    ----------
    plant : Plant
    zones : ndarray (n, N_SERIES, G, Z, L)
        Series of the zones.
    b : int
        Building.
    first : int
        Step of the first row of `zones`.
    """
    n = len(zones)
    temp, humid, beyond, weight = np.zeros(n), np.zeros(n), np.zeros(n), 0.0
    batch = plant.batch
    for (g, z, lane), mass in conditioned(plant, b).items():
        air = np.roll(zones[:, OUT_TEMP, g, z, lane], 1)
        cool = plant.forcing[first : first + n, batch.zone_series[g, z, COOLING_SETPOINT, lane]]
        heat = plant.forcing[first : first + n, batch.zone_series[g, z, HEATING_SETPOINT, lane]]
        temp += mass * air
        humid += mass * np.roll(zones[:, OUT_HUMIDITY, g, z, lane], 1)
        beyond += mass * np.maximum(np.maximum(air - cool, heat - air), 0.0)
        weight += mass
    whole = max(weight, 1e-9)
    return temp / whole, humid / whole, beyond / whole
