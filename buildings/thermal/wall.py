"""Conduction through one construction: from layers to a few exact modes between its two faces.

Every massive layer is cut into cells whose capacity sits at the cell centre with half-cell resistances on
both sides (control volumes; Clarke, *Energy Simulation in Building Design*, 2nd ed. 2001, ch. 3). Between its
face temperatures such a wall is a symmetric linear system. Its balanced coordinates are therefore an
orthogonal turn of its modes, and cutting them with their steady state kept (balanced residualisation) gives
again a symmetric, stable, reciprocal system with the exact U value. What is left are a few decaying modes,
integrated exactly over a step in which the face temperatures hold their step means:

    w+    = phi w + p_out T_out + p_in T_in
    q_in  = y_in T_in - y_cross T_out - sum(p_in w)        (heat into the wall at its inner face, step mean)
    q_out = y_out T_out - y_cross T_in - sum(p_out w)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layer:
    """One layer of a construction.

    Attributes
    ----------
    thickness : float
        [m]. Zero for a pure resistance.
    conductivity, density, specific_heat : float
        [W/(m K)], [kg/m3], [J/(kg K)]. A layer with zero density is a resistance.
    resistance : float
        [m2 K/W], used where `conductivity` is zero (air gaps, the virtual soil of ISO 13370).
    """

    thickness: float = 0.0
    conductivity: float = 0.0
    density: float = 0.0
    specific_heat: float = 0.0
    resistance: float = 0.0

    @property
    def r(self) -> float:
        """Thermal resistance [m2 K/W]."""
        return self.thickness / self.conductivity if self.conductivity > 0 else self.resistance

    @property
    def capacity(self) -> float:
        """Heat capacity per area [J/(m2 K)]."""
        return self.thickness * self.density * self.specific_heat


@dataclass(frozen=True, eq=False)
class Wall:
    """A construction over one step, per area.

    Attributes
    ----------
    phi, p_out, p_in : ndarray (r,)
        Decay of each mode over the step, and its exchange with the outer and the inner face.
    y_out, y_in, y_cross : float
        Step-mean admittances [W/(m2 K)].
    error_bound : float
        2 sum(cut) / sum(all) of the Hankel singular values.
    """

    phi: NDArray[np.float64]
    p_out: NDArray[np.float64]
    p_in: NDArray[np.float64]
    y_out: float
    y_in: float
    y_cross: float
    error_bound: float

    def turned(self) -> Wall:
        """The same wall seen from its other side."""
        return Wall(self.phi, self.p_in, self.p_out, self.y_in, self.y_out, self.y_cross, self.error_bound)

    def held(self, temp_out: float, temp_in: float) -> NDArray[np.float64]:
        """Modes in the steady state between two face temperatures [degC]."""
        return np.asarray((self.p_out * temp_out + self.p_in * temp_in) / (1.0 - self.phi))


def u_value(layers: Sequence[Layer], r_inside: float = 0.11, r_outside: float = 0.04) -> float:
    """Thermal transmittance (传热系数) with the film resistances of GB 50176-2016 [W/(m2 K)]."""
    return 1.0 / (r_inside + sum(layer.r for layer in layers) + r_outside)


_FILM_OUT, _FILM_IN = 20.0, 8.0
"""Films between which a wall is cut [W/(m2 K)]: the usual ones of winter, convection and radiation."""
_LEAST_R = 1e-4
"""Resistance between a face and the first cell of a layer of metal foil or the like [m2 K/W]."""


def cells_of(layer: Layer, dt: float) -> int:
    """Cells of a massive layer: as thick as heat creeps in one step, at least two and at most forty."""
    creep = math.sqrt(layer.conductivity / (layer.density * layer.specific_heat) * dt)
    return int(min(max(math.ceil(layer.thickness / creep), 2), 40))


@lru_cache(maxsize=4096)
def wall(
    layers: tuple[Layer, ...],
    dt: float,
    *,
    modes: int = 4,
    adiabatic: bool = False,
    cells: int = 0,
    cut_s: float | None = None,
) -> Wall:
    """Modes of a construction.

    Parameters
    ----------
    layers : tuple of Layer
        From the outer to the inner face.
    dt : float
        Step [s].
    modes : int
        Modes kept; 0 keeps all.
    adiabatic : bool
        No heat passes the outer face (internal mass, the middle of a symmetric slab).
    cells : int
        Cells per massive layer, 0 to choose by `cells_of`.
    cut_s : float, optional
        Step for which the layers are cut into cells [s], default `dt`. Walls that are cut alike have the same
        modes at any step, but for a factor: where they stand is `modes / sqrt(dt)`.
    """
    capacity, links = _chain(layers, dt if cut_s is None else cut_s, cells)
    if not len(capacity):
        through = 0.0 if adiabatic else 1.0 / max(links[0], _LEAST_R)
        none = np.zeros(0)
        return Wall(none, none, none, through, through, through, 0.0)
    rates, inputs, direct, bound = _modes(capacity, links, modes, adiabatic)
    phi = np.exp(-rates * dt)
    psi = -np.expm1(-rates * dt) / (rates * dt)
    exchange = inputs * (psi * math.sqrt(dt))[:, None]
    y = direct - inputs.T @ (inputs * ((1.0 - psi) / rates)[:, None])
    return Wall(phi, exchange[:, 0], exchange[:, 1], float(y[0, 0]), float(y[1, 1]), float(-y[0, 1]), bound)


def _chain(layers: Sequence[Layer], dt: float, cells: int) -> tuple[NDArray, NDArray]:
    """Capacities of the cells and the resistances face - cell - ... - cell - face, per area."""
    capacity: list[float] = []
    links: list[float] = []
    pending = 0.0
    for layer in layers:
        if layer.capacity <= 0.0:
            pending += layer.r
            continue
        count = cells or cells_of(layer, dt)
        half = 0.5 * layer.r / count
        for _ in range(count):
            links.append(pending + half)
            capacity.append(layer.capacity / count)
            pending = half
    links.append(pending)
    return np.array(capacity), np.array(links)


def _modes(
    capacity: NDArray, links: NDArray, keep: int, adiabatic: bool
) -> tuple[NDArray, NDArray, NDArray, float]:
    """Rates [1/s], inputs of both faces and direct conductance of the reduced wall, and its error bound."""
    g = 1.0 / np.maximum(links, _LEAST_R)
    if adiabatic:
        g[0] = 0.0
    n = len(capacity)
    if keep == 0 or keep >= n:
        return (*_symmetric(capacity, g), 0.0)
    # Cut the wall as it stands between its films: what counts is its effect on rooms, not on bare faces.
    film = np.array([_FILM_OUT, _FILM_IN])
    behind = g[[0, -1]].copy()
    g[[0, -1]] = behind * film / (behind + film)
    rates, inputs, direct, bound = _cut(*_symmetric(capacity, g), keep)
    # Take the films off again: q = film (T_env - T_face) gives T_env, and the system stays symmetric.
    bare = np.linalg.inv(np.eye(2) - direct / film)
    dynamics = np.diag(rates) + (inputs / film) @ bare @ inputs.T
    rates, vectors = np.linalg.eigh(0.5 * (dynamics + dynamics.T))
    return rates, vectors.T @ inputs @ bare.T, bare @ direct, bound


def _symmetric(capacity: NDArray, g: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Rates, inputs and direct conductances of a chain of cells between two prescribed temperatures."""
    n = len(capacity)
    k = np.diag(-(g[:-1] + g[1:])) + np.diag(g[1:-1], 1) + np.diag(g[1:-1], -1)
    root = np.sqrt(capacity)
    b = np.zeros((n, 2))
    b[0, 0], b[-1, 1] = g[0] / root[0], g[-1] / root[-1]
    direct = np.diag([g[0], g[-1]])
    values, vectors = np.linalg.eigh(k / np.outer(root, root))
    return -values, vectors.T @ b, direct


def _cut(
    rates: NDArray, beta: NDArray, direct: NDArray, keep: int
) -> tuple[NDArray, NDArray, NDArray, float]:
    """Keep the `keep` strongest balanced coordinates, and the steady state of all."""
    # Symmetric system: both Gramians are the same matrix and its eigenvectors balance the system.
    hankel, turn = np.linalg.eigh((beta @ beta.T) / (rates[:, None] + rates[None, :]))
    order = np.argsort(hankel)[::-1]
    hankel, turn = np.maximum(hankel[order], 0.0), turn[:, order]
    a, beta = turn.T @ (rates[:, None] * turn), turn.T @ beta
    solve = np.linalg.solve(a[keep:, keep:], np.hstack([a[keep:, :keep], beta[keep:]]))
    reduced = a[:keep, :keep] - a[:keep, keep:] @ solve[:, :keep]
    inputs = beta[:keep] - a[:keep, keep:] @ solve[:, keep:]
    direct = direct - beta[keep:].T @ solve[:, keep:]
    rates, vectors = np.linalg.eigh(0.5 * (reduced + reduced.T))
    bound = float(2.0 * hankel[keep:].sum() / hankel.sum())
    return rates, vectors.T @ inputs, 0.5 * (direct + direct.T), bound
