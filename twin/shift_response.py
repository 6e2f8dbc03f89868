"""How a building answers to a shift of its set-points: a small model, taken from the full one.

The full model marches its year twice without control: plainly, and with set-points that move in a drawn
pattern. The difference of both is what the shift did: heat (or cooling) that it asked for, and rooms that it
moved. With `d` the shift of the rooms, `x_i` what mass i has followed of it and a_i = exp(-dt / tau_i),

    q = UA d + sum_i C_i (1 - a_i) (d - x_i) / dt,    x_i <- a_i x_i + (1 - a_i) d

is laid through it by least squares without negative values, over the steps in which the plant works: once
with three masses, for the envelope of flexibility (`twin.flexibility`), and once with two of the same time
constants, for plans (`controllers.predictive`). Both come from the same marches and the same equations. What
each leaves is told as its error, most of it no matter of the masses: dried air, rooms of which a part floats.
The full model stays what is marched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from buildings.thermal.layout import AIR_MASS, COOL_MAX, HEAT_MAX, MULTIPLIER, OUT_TEMP
from controllers.orders import SHIFT_ORDER
from twin.building_batch import LATENT_COOLING, SENSIBLE_COOLING, SPACE_HEATING
from twin.clock import Outcome, march
from twin.forecasts import without_control
from twin.plant import Plant
from twin.supervisors import orders_ahead

Floats = NDArray[np.float64]

_FAST_H = (0.05, 0.15, 0.3)
_MIDDLE_H = (0.7, 1.5, 3.0)
_SLOW_H = (8.0, 16.0, 30.0)
_TIME_CONSTANTS = (*_FAST_H, *_MIDDLE_H, *_SLOW_H)
_HOLDS_H = (0.5, 1.0, 2.0, 4.0, 8.0, 24.0)
"""Times for which a drawn shift stands [h]: a call, a peak, a plan. With one time alone, as the 3 h of a
peak, masses that answer to others are not told apart: on shifts of a pattern that it has not seen a fit of
two masses left up to 30 % in the example house, with these times up to 26 %."""
_WORKING = 0.05
"""Share of the largest load above which the plant counts as working [-]."""
_LEAST_STEPS = 100


@dataclass(frozen=True)
class ShiftResponse:
    """Answer of rooms to a shift of their set-points in one season, with some masses.

    Attributes
    ----------
    conductance : float
        Heat that a lasting shift asks for [kW/K].
    capacity, time_constant : tuple of float
        Of each mass [kWh/K], and how fast it follows [h].
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
    def cautious(self) -> ShiftResponse:
        """The same, taking less heat for each kelvin by the error of the fit: what a promise is made with."""
        less = 1.0 / (1.0 + self.error)
        return replace(
            self, conductance=less * self.conductance, capacity=tuple(less * c for c in self.capacity)
        )


@dataclass(frozen=True)
class SeasonAnswer:
    """The reduced answers of one season.

    Attributes
    ----------
    three, two : ShiftResponse
        With masses of minutes, hours and days; with a fast and a slow one, as plans have them.
    """

    three: ShiftResponse
    two: ShiftResponse


class UncontrolledYears:
    """The year of a plant without control, plain and under drawn shifts, each marched when first asked for.

    Who plans and who tells flexibility needs the same two; where one process does both it hands them on.

    Parameters
    ----------
    plant : Plant
        Not marched; stays as it is.
    """

    def __init__(self, plant: Plant) -> None:
        self._before = without_control(plant)
        controls = [p.description.systems.control for p in plant.prepared]
        self.up = max((one.precool for one in controls), default=0.0)
        """Farthest that any of the buildings may be shifted towards more conditioning [K]."""
        self.down = max((max(one.drift, one.shed) for one in controls), default=0.0)
        """And towards less [K]."""

    @cached_property
    def plain(self) -> Outcome:
        """The year without a shift."""
        return march(self._before.copied())

    @cached_property
    def answers(self) -> list[dict[str, SeasonAnswer]]:
        """By building its answers, `cooling` and `heating`; a season is missing where there is too little."""
        plant = self._before
        if max(self.up, self.down) <= 0.0:
            return [{} for _ in plant.prepared]
        shifted = self._shifted()
        return [answers(plant, self.plain, shifted, b) for b in range(len(plant.prepared))]

    def _shifted(self) -> Outcome:
        own = self._before.copied()
        own.buildings.shifts[:, 1], own.buildings.shifts[:, 2] = -self.down, self.up
        shifts = drawn_shifts(own, self.up, self.down, own.project.weather_seed)
        orders_ahead(own, 0, own.n_steps)[:, :, SHIFT_ORDER] = shifts[:, None]
        return march(own)


def drawn_shifts(plant: Plant, up: float, down: float, seed: int) -> Floats:
    """Shifts of a year, shape (n,) [K], drawn among none, `up` and `-down`, as are the times they stand."""
    draw = np.random.default_rng(seed)
    lengths = np.maximum(np.round(np.array(_HOLDS_H) * 3600.0 / plant.dt_s), 1.0).astype(np.int64)
    count = -(-plant.n_steps // int(lengths.min()))
    levels = np.array([0.0, up, -down] if down > 0.0 else [0.0, up])
    return np.repeat(draw.choice(levels, count), draw.choice(lengths, count))[: plant.n_steps]


def conditioned(plant: Plant, b: int) -> dict[tuple[int, int, int], float]:
    """Air mass [kg], all alike counted, of each conditioned zone of a building by its place."""
    zone = plant.batch.zone
    return {
        (g, z, lane): float(zone[g, z, MULTIPLIER, lane] * zone[g, z, AIR_MASS, lane])
        for g, z, lane in plant.prepared[b].place.values()
        if zone[g, z, HEAT_MAX, lane] > 0.0 or zone[g, z, COOL_MAX, lane] > 0.0
    }


def answers(plant: Plant, plain: Outcome, shifted: Outcome, b: int) -> dict[str, SeasonAnswer]:
    """Reduced answers of a building, `cooling` and `heating`, where there is enough of either.

    Parameters
    ----------
    plant : Plant
    plain, shifted : Outcome
        The year without and with drawn shifts.
    b : int
        Building.
    """
    moved = _room_temperature(plant, shifted, b) - _room_temperature(plant, plain, b)
    found = {}
    for name, sign, before, after in zip(
        ("cooling", "heating"),
        (-1.0, 1.0),
        _conditioning_kw(plain, b),
        _conditioning_kw(shifted, b),
        strict=True,
    ):
        least = _WORKING * float(before.max())
        works = (before > least) & (after > least)
        if np.count_nonzero(works) >= _LEAST_STEPS:
            found[name] = fitted(sign * moved, after - before, works, plant.dt_s / 3600.0)
    return found


def _conditioning_kw(outcome: Outcome, b: int) -> tuple[Floats, Floats]:
    """Cooling (sensible and latent) and heating of a building, thermal [kW]."""
    told = outcome.buildings[:, b]
    return told[:, SENSIBLE_COOLING] + told[:, LATENT_COOLING], told[:, SPACE_HEATING]


def _room_temperature(plant: Plant, outcome: Outcome, b: int) -> Floats:
    """Mean air of a building's conditioned zones at the end of each step, by air mass [degC]."""
    total, whole = np.zeros(plant.n_steps), 0.0
    for (g, z, lane), mass in conditioned(plant, b).items():
        total += mass * outcome.zones[:, OUT_TEMP, g, z, lane]
        whole += mass
    return total / max(whole, 1e-9)


def fitted(moved: Floats, answer: Floats, works: NDArray[np.bool_], dt_h: float) -> SeasonAnswer:
    """Lay both models through the answer to a shift.

    Parameters
    ----------
    moved : (n,) ndarray
        Shift of the rooms at the end of each step, towards more conditioning positive [K].
    answer : (n,) ndarray
        Heat that it asked for in the step [kW].
    works : (n,) ndarray of bool
        Steps that count; the masses follow through all.
    dt_h : float
        Step [h].
    """
    parts = np.stack([moved, *(_flow(moved, tau, dt_h) for tau in _TIME_CONSTANTS)], axis=1)[works]
    wanted = answer[works]
    # One factorisation serves every choice of time constants: what it leaves itself, no choice can take.
    turned, small = np.linalg.qr(parts)
    aim = turned.T @ wanted
    rest = float(np.linalg.norm(wanted - turned @ aim))
    scale, steps = float(np.linalg.norm(wanted)), int(np.count_nonzero(works))

    def best(choices: Iterable[tuple[float, ...]]) -> ShiftResponse:
        tries = []
        for taus in choices:
            values, left = nnls(small[:, [0, *(1 + _TIME_CONSTANTS.index(tau) for tau in taus)]], aim)
            tries.append((float(left), taus, values))
        least, chosen, found = min(tries, key=lambda one: one[0])
        error = float(np.hypot(least, rest)) / scale if scale > 0.0 else 1.0
        return ShiftResponse(float(found[0]), tuple(map(float, found[1:])), chosen, error, steps)

    return SeasonAnswer(
        three=best(product(_FAST_H, _MIDDLE_H, _SLOW_H)), two=best(product((*_FAST_H, *_MIDDLE_H), _SLOW_H))
    )


def _flow(moved: Floats, tau: float, dt_h: float) -> Floats:
    """Heat per capacity [K/h] into a mass that follows with a time constant."""
    kept = float(np.exp(-dt_h / tau))
    from scipy.signal import lfilter  # half a second that not every march needs

    follows = lfilter([1.0 - kept], [1.0, -kept], moved)
    return np.asarray(np.diff(follows, prepend=0.0) / dt_h)
