"""Rooms and walls as a store: what conditioning can give up or take more of, and what comes back of it.

The reduced answer of rooms to a shift (`twin.shift_response`) turned round gives R(t) = d / q [K/kW] after
a time t of constant heat q from rest. A virtual battery (Hao et al., IEEE Trans. Power Systems 30, 2015) of
three masses instead of one: its self-discharge is UA, its round trip not 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.shift_response import ShiftResponse

Floats = NDArray[np.float64]
_REBOUND_H = 1.0


@dataclass(frozen=True)
class Held:
    """Answer of rooms to 1 kW of lasting heat, by the number of steps that it has lasted.

    Attributes
    ----------
    shift : ndarray (J,)
        Shift of the rooms in each step [K/kW].
    kept : ndarray (J,)
        Heat that the masses hold at its end [kWh/kW].
    back : ndarray (J,)
        Of it what comes back in the first hour once the set-points are back [kW/kW].
    """

    shift: Floats
    kept: Floats
    back: Floats


def held(rooms: ShiftResponse, dt_h: float, steps: int) -> Held:
    """March the reduced rooms under 1 kW.

    Parameters
    ----------
    rooms : ShiftResponse
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
