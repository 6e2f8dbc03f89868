"""Rooms and walls as a store: what conditioning can give up or take more of, and what comes back of it.

The full model marches its year twice, plainly and with set-points that move in a drawn pattern, as for plans
(`twin.shift_response`); here every step counts, and the fastest mass follows within minutes. With `d` the
shift of the rooms, `x_i` what mass i has followed of it and a_i = exp(-dt / tau_i),

    q = UA d + sum_i C_i (1 - a_i) (d - x_i) / dt,    x_i <- a_i x_i + (1 - a_i) d

is the heat of a shift, and turned round gives R(t) = d / q [K/kW] after a time t of constant heat from rest.
A virtual battery (Hao et al., IEEE Trans. Power Systems 30, 2015) of three masses instead of one: its
self-discharge is UA, its round trip not 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.signal import lfilter

from twin.clock import Outcome, march
from twin.flexibility.witness import room_air
from twin.forecasts import without_control
from twin.plant import Plant
from twin.shift_response import conditioning_kw, drawn_shifts, order_shifts

Floats = NDArray[np.float64]
_REBOUND_H = 1.0
_FAST_H = (0.05, 0.15, 0.3)
_MIDDLE_H = (0.7, 1.5, 3.0)
_SLOW_H = (8.0, 16.0, 30.0)
_WORKING = 0.05
"""Share of the largest load above which the plant counts as working [-]."""
_LEAST_STEPS = 100


@dataclass(frozen=True)
class Mass:
    """Answer of rooms to a shift of their set-points in one season.

    Attributes
    ----------
    conductance : float
        [kW/K]
    capacity, time_constant : tuple of float
        Of three masses [kWh/K], [h].
    error : float
        Root mean square of what it leaves, over that of the response itself [-].
    steps : int
        In the fit.
    """

    conductance: float
    capacity: tuple[float, ...]
    time_constant: tuple[float, ...]
    error: float = 0.0
    steps: int = 0

    @property
    def cautious(self) -> Mass:
        """The same, taking less heat for each kelvin by the error of the fit: what a promise is made with."""
        less = 1.0 / (1.0 + self.error)
        return replace(
            self, conductance=less * self.conductance, capacity=tuple(less * c for c in self.capacity)
        )


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


def held(rooms: Mass, dt_h: float, steps: int) -> Held:
    """March the reduced rooms under 1 kW.

    Parameters
    ----------
    rooms : Mass
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


def masses(plant: Plant) -> list[dict[str, Mass]]:
    """Reduced answers of all buildings of a plant, `cooling` and `heating`, from two marches of its year.

    Parameters
    ----------
    plant : Plant
        Not marched; stays as it is.

    Returns
    -------
    list of dict
        By building; a season is missing where the plant works too little of it.
    """
    controls = [p.description.systems.control for p in plant.prepared]
    up = max(one.precool for one in controls)
    down = max(max(one.drift, one.shed) for one in controls)
    if max(up, down) <= 0.0:
        return [{} for _ in controls]
    plain, shifted = march(_uncontrolled(plant)), _shifted(plant, up, down)
    return [_answers(plant, plain, shifted, b) for b in range(len(controls))]


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


def _answers(plant: Plant, plain: Outcome, shifted: Outcome, b: int) -> dict[str, Mass]:
    moved = np.roll(room_air(plant, shifted.zones, b)[0] - room_air(plant, plain.zones, b)[0], -1)
    loads = zip(conditioning_kw(plain, b), conditioning_kw(shifted, b), strict=True)
    found = {}
    for (name, sign), (before, after) in zip((("cooling", -1.0), ("heating", 1.0)), loads, strict=True):
        least = _WORKING * float(before.max())
        works = (before > least) & (after > least)
        if np.count_nonzero(works) >= _LEAST_STEPS:
            found[name] = _fitted(sign * moved, after - before, works, plant.dt_s / 3600.0)
    return found


def _fitted(moved: Floats, answer: Floats, works: NDArray[np.bool_], dt_h: float) -> Mass:
    best: tuple[float, Floats, tuple[float, ...]] | None = None
    flows = {tau: _flow(moved, tau, dt_h)[works] for tau in (*_FAST_H, *_MIDDLE_H, *_SLOW_H)}
    for taus in product(_FAST_H, _MIDDLE_H, _SLOW_H):
        parts = np.stack([moved[works], *(flows[tau] for tau in taus)], axis=1)
        turned, small = np.linalg.qr(parts)
        values, _ = nnls(small, turned.T @ answer[works])
        left = float(np.linalg.norm(parts @ values - answer[works]))
        if best is None or left < best[0]:
            best = left, values, taus
    assert best is not None
    scale = float(np.linalg.norm(answer[works]))
    return Mass(
        conductance=float(best[1][0]),
        capacity=tuple(float(value) for value in best[1][1:]),
        time_constant=best[2],
        error=best[0] / scale if scale > 0.0 else 1.0,
        steps=int(np.count_nonzero(works)),
    )


def _flow(moved: Floats, tau: float, dt_h: float) -> Floats:
    """Heat per capacity [K/h] into a mass that follows with a time constant."""
    kept = float(np.exp(-dt_h / tau))
    follows = lfilter([1.0 - kept], [1.0, -kept], moved)
    return np.asarray(np.diff(follows, prepend=0.0) / dt_h)
