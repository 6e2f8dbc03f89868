"""Rooms and walls as a store: what conditioning can give up or take more of, and what comes back of it.

The reduced answer of a building to shifted set-points (`twin.shift_response`) is turned round: not the heat
that a shift asks for, but the shift that a lasting heat makes. With `d` the shift of the rooms, `x_j` what
mass j has followed of it and a_j = exp(-dt / tau_j),

    q = UA d + sum_j C_j (1 - a_j) (d - x_j) / dt,    x_j <- a_j x_j + (1 - a_j) d

gives R(t) = d / q [K/kW] after a time t of constant q from rest. A virtual battery (Hao et al., IEEE Trans.
Power Systems 30, 2015) of two masses instead of one: its self-discharge is UA, its round trip not 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controllers.predictive import Rooms
from twin.clock import Outcome, march
from twin.forecasts import without_control
from twin.plant import Plant
from twin.shift_response import ShiftResponse, drawn_shifts, order_shifts, responses

Floats = NDArray[np.float64]
_REBOUND_H = 1.0


@dataclass(frozen=True)
class Held:
    """Answer of rooms to 1 kW of lasting heat, by the number of steps that it has lasted.

    Attributes
    ----------
    shift : ndarray (J,)
        Mean shift of the rooms in each step [K/kW].
    kept : ndarray (J,)
        Heat that the masses hold at its end [kWh/kW].
    back : ndarray (J,)
        Of it what comes back in the first hour once the set-points are back [kW/kW].
    """

    shift: Floats
    kept: Floats
    back: Floats


def held(rooms: Rooms, dt_h: float, steps: int) -> Held:
    """March the reduced rooms under 1 kW.

    Parameters
    ----------
    rooms : Rooms
    dt_h : float
        Step [h].
    steps : int
    """
    capacity, tau = np.array(rooms.capacity), np.array(rooms.time_constant)
    kept = np.exp(-dt_h / tau)
    gain = capacity * (1.0 - kept) / dt_h
    shift, energy, back = np.zeros(steps), np.zeros(steps), np.zeros(steps)
    mass = np.zeros(len(tau))
    for j in range(steps):
        shift[j] = (1.0 + (gain * mass).sum()) / max(rooms.conductance + gain.sum(), 1e-12)
        mass = kept * mass + (1.0 - kept) * shift[j]
        energy[j] = (capacity * mass).sum()
        back[j] = (capacity * mass * (1.0 - np.exp(-_REBOUND_H / tau))).sum() / _REBOUND_H
    return Held(shift, energy, back)


def masses(plant: Plant) -> list[dict[str, ShiftResponse]]:
    """Reduced answers of all buildings of a plant, `cooling` and `heating`, from two marches of its year.

    Parameters
    ----------
    plant : Plant
        Not marched; stays as it is.
    """
    controls = [p.description.systems.control for p in plant.prepared]
    up = max(one.precool for one in controls)
    down = max(max(one.drift, one.shed) for one in controls)
    if max(up, down) <= 0.0:
        return [{} for _ in controls]
    plain = _uncontrolled(plant)
    outcome = march(plain)
    moved = _shifted(plant, up, down)
    return [
        responses(plant, outcome, moved, b, one.precool, one.shed) if max(one.precool, one.shed) > 0.0 else {}
        for b, one in enumerate(controls)
    ]


def _uncontrolled(plant: Plant) -> Plant:
    """A copy under which nothing reacts, its shifts its own: the plant's must stay."""
    own = plant.copied()
    own.buildings = own.buildings._replace(shifts=own.buildings.shifts.copy())
    return without_control(own)


def _shifted(plant: Plant, up: float, down: float) -> Outcome:
    shifted = _uncontrolled(plant)
    shifted.buildings.shifts[:, 1], shifted.buildings.shifts[:, 2] = -down, up
    order_shifts(shifted, drawn_shifts(plant, up, down, plant.project.weather_seed))
    return march(shifted)
