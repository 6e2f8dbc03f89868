"""How a building answers to a shift of its set-points: a small model, taken from the full one.

The full model marches its year twice, plainly and with set-points that move in a drawn pattern. The
difference of both is what the shift did: heat (or cooling) that it asked for, and rooms that it moved. Two
masses that follow the rooms with time constants of their own, and a conductance, are laid through it by least
squares without negative values, for the hours in which the plant works. What they leave is told as an error;
the full model stays what is marched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from buildings.thermal.layout import OUT_TEMP
from controllers.orders import SHIFT_ORDER
from controllers.predictive import Rooms
from twin.building_batch import LATENT_COOLING, SENSIBLE_COOLING, SPACE_HEATING
from twin.clock import Outcome
from twin.plant import Plant, PreparedBuilding
from twin.supervisors import orders_ahead

Floats = NDArray[np.float64]

_FAST_H = (0.5, 1.0, 1.5, 2.0, 3.0)
_SLOW_H = (8.0, 12.0, 18.0, 24.0, 36.0, 48.0)
_PATTERN_H = 3.0
"""Time for which a drawn shift stands [h]: as long as rooms are pre-cooled before a peak."""
_WORKING = 0.05
"""Share of the largest load above which the plant counts as working [-]."""


@dataclass(frozen=True)
class ShiftResponse:
    """The reduced answer of one season and how well it fits.

    Attributes
    ----------
    rooms : Rooms
    error : float
        Root mean square of what the model leaves, over that of the response itself [-].
    hours : int
        Hours in the fit.
    """

    rooms: Rooms
    error: float
    hours: int


def drawn_shifts(plant: Plant, up: float, down: float, seed: int) -> Floats:
    """Shifts of a year, shape (n,) [K], each for `_PATTERN_H`, drawn among none, `up` and `-down`."""
    per = max(round(_PATTERN_H * 3600.0 / plant.dt_s), 1)
    levels = np.array([0.0, up, -down] if down > 0.0 else [0.0, up])
    draw = np.random.default_rng(seed).integers(0, len(levels), -(-plant.n_steps // per))
    return np.repeat(levels[draw], per)[: plant.n_steps]


def order_shifts(plant: Plant, shifts: Floats) -> None:
    """Write shifts [K] as the only orders of a plant's year."""
    orders_ahead(plant, 0, plant.n_steps)[:, :, SHIFT_ORDER] = shifts[:, None]


def conditioning_kw(outcome: Outcome, b: int) -> tuple[Floats, Floats]:
    """Cooling (sensible and latent) and heating of a building, thermal [kW]."""
    told = outcome.buildings[:, b]
    return told[:, SENSIBLE_COOLING] + told[:, LATENT_COOLING], told[:, SPACE_HEATING]


def _room_temperature(prepared: PreparedBuilding, outcome: Outcome) -> Floats:
    """Mean air temperature of the conditioned zones by floor area [degC]."""
    total, weight = np.zeros(len(outcome.zones)), 0.0
    for zone in prepared.description.zones:
        if zone.conditioned:
            g, z, lane = prepared.place[zone.name]
            area = zone.floor_area * zone.multiplier
            total += area * outcome.zones[:, OUT_TEMP, g, z, lane]
            weight += area
    return total / max(weight, 1e-9)


def responses(
    plant: Plant, plain: Outcome, shifted: Outcome, b: int, up: float, down: float
) -> dict[str, ShiftResponse]:
    """Reduced answers of a building, `cooling` and `heating`, where there is enough of either.

    Parameters
    ----------
    plant : Plant
    plain, shifted : Outcome
        The year without and with drawn shifts.
    b : int
        Building.
    up, down : float
        Most shift that a plan may ask for [K].
    """
    per = max(round(3600.0 / plant.dt_s), 1)
    hours = plant.n_steps // per
    plain_loads, shifted_loads = conditioning_kw(plain, b), conditioning_kw(shifted, b)
    moved = _hourly(_room_temperature(plant.prepared[b], shifted), per, hours)
    moved -= _hourly(_room_temperature(plant.prepared[b], plain), per, hours)
    found = {}
    for name, sign, before, after in zip(
        ("cooling", "heating"), (-1.0, 1.0), plain_loads, shifted_loads, strict=True
    ):
        load, answer = _hourly(before, per, hours), _hourly(after, per, hours)
        least = _WORKING * float(load.max())
        works = (load > least) & (answer > least)
        if np.count_nonzero(works) >= 100:
            found[name] = _fitted(sign * moved, answer - load, works, up, down)
    return found


def _hourly(values: Floats, per: int, hours: int) -> Floats:
    return np.asarray(values[: hours * per].reshape(hours, per).mean(axis=1))


def _fitted(moved: Floats, answer: Floats, works: NDArray[np.bool_], up: float, down: float) -> ShiftResponse:
    best: tuple[float, Floats, tuple[float, float]] | None = None
    flows = {tau: _flow(moved, tau) for tau in (*_FAST_H, *_SLOW_H)}
    for fast in _FAST_H:
        for slow in _SLOW_H:
            parts = np.stack([moved, flows[fast], flows[slow]], axis=1)[works]
            values, left = nnls(parts, answer[works])
            if best is None or left < best[0]:
                best = float(left), values, (fast, slow)
    assert best is not None
    scale = float(np.linalg.norm(answer[works]))
    rooms = Rooms(
        conductance=float(best[1][0]),
        capacity=(float(best[1][1]), float(best[1][2])),
        time_constant=best[2],
        up=up,
        down=down,
    )
    return ShiftResponse(rooms, best[0] / scale if scale > 0.0 else 1.0, int(np.count_nonzero(works)))


def _flow(moved: Floats, tau: float) -> Floats:
    """Heat per capacity [K/h] into a mass that follows with a time constant, over hours."""
    kept = float(np.exp(-1.0 / tau))
    follows, last = np.empty_like(moved), 0.0
    for i, value in enumerate(moved):
        now = kept * last + (1.0 - kept) * value
        follows[i], last = now - last, now
    return follows
