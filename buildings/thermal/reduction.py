"""Order reduction of a block's envelope with the air kept as it is.

The envelope (all cells) is a stable symmetric system with the air temperatures and the weather as inputs and
the heat to the air and the radiant temperatures as outputs. It is balanced, cut, and *residualised*: the cut
states keep their steady state, so every steady-state figure is exact. Then the air rows go back in front.

Method: balanced residualisation (Moore, IEEE TAC 26, 1981; Liu and Anderson, Int. J. Control 50, 1989), whose
error is bounded by twice the sum of the cut Hankel singular values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.network import TEMP_AIR, Channel, StateSpace


@dataclass(frozen=True)
class ZoneModel:
    """x' = A x + B u + E q, radiant = Cm x + Dm u, with the air temperatures as the first `n_zones` states.

    Attributes
    ----------
    dynamics : ndarray (n, n)
    forcing : ndarray (n, m)
    heat : ndarray (n, nz)
        Column z: effect of one watt put into the air of zone z.
    envelope_state, envelope_forcing : ndarray (nz, n), (nz, m)
        Heat from the envelope and the gains to the air [W].
    air_capacity : ndarray (nz,)
        [J/K].
    error_bound : float
        Bound on the relative error of the heat to the air, 2 sum(cut) / sum(all) of the Hankel singular
        values; 0 for the full model.
    """

    dynamics: NDArray[np.float64]
    forcing: NDArray[np.float64]
    heat: NDArray[np.float64]
    envelope_state: NDArray[np.float64]
    envelope_forcing: NDArray[np.float64]
    radiant_state: NDArray[np.float64]
    radiant_forcing: NDArray[np.float64]
    air_capacity: NDArray[np.float64]
    channels: tuple[Channel, ...]
    error_bound: float

    @property
    def n(self) -> int:
        """Number of states, air included."""
        return len(self.dynamics)

    @property
    def n_zones(self) -> int:
        """Number of air nodes."""
        return len(self.air_capacity)


def full_order(model: StateSpace) -> ZoneModel:
    """The unreduced model in the same form."""
    nz = model.n_zones
    return ZoneModel(
        dynamics=model.conductance / model.capacity[:, None],
        forcing=model.forcing / model.capacity[:, None],
        heat=np.vstack([np.diag(1.0 / model.capacity[:nz]), np.zeros((model.n - nz, nz))]),
        envelope_state=model.conductance[:nz].copy(),
        envelope_forcing=model.forcing[:nz].copy(),
        radiant_state=model.radiant_state,
        radiant_forcing=model.radiant_forcing,
        air_capacity=model.capacity[:nz].copy(),
        channels=model.channels,
        error_bound=0.0,
    )


def typical_range(channel: Channel) -> float:
    """Standard deviation by which an input is scaled, so that the balance ranks effects and not units.

    Temperatures 10 K, irradiance 200 W/m2 (100 for transmitted and absorbed sun), sky exchange 30 W/m2,
    gains half of their full value; the order of magnitude is all that matters.
    """
    scale = {"temp_air": 10.0, "temp_ground": 5.0, "solar": 200.0, "sky": 30.0, "gain": 0.5}
    return scale.get(str(channel[0]), 100.0)


def reduce(model: StateSpace, states_per_zone: int = 4) -> ZoneModel:
    """Reduce the envelope of a block.

    Parameters
    ----------
    model : StateSpace
    states_per_zone : int
        Envelope states kept for each zone.

    Returns
    -------
    ZoneModel
        With `n = n_zones * (1 + states_per_zone)` states, or the full model where it is no larger.
    """
    nz = model.n_zones
    keep = states_per_zone * nz
    if model.n - nz <= keep:
        return full_order(model)
    root = np.sqrt(model.capacity[nz:])
    inputs = np.hstack([model.conductance[nz:, :nz], model.forcing[nz:]]) / root[:, None]
    outputs = np.vstack([model.conductance[:nz, nz:], model.radiant_state[:, nz:]]) / root[None, :]
    rates, modes = np.linalg.eigh(model.conductance[nz:, nz:] / np.outer(root, root))
    b, c = modes.T @ inputs, outputs @ modes
    scale_in = np.concatenate([np.full(nz, 5.0), [typical_range(ch) for ch in model.channels]])
    # A radiant temperature counts as its exchange with the air film of the whole zone would.
    scale_out = np.concatenate([np.ones(nz), np.abs(model.conductance[:nz, :nz]).diagonal()])
    a_r, b_r, c_r, d_r, bound = _residualise(rates, b * scale_in, scale_out[:, None] * c, keep)
    b_r, d_r, c_r = b_r / scale_in, d_r / scale_out[:, None] / scale_in, c_r / scale_out[:, None]
    return _with_air(model, a_r, b_r, c_r, d_r, bound)


def _residualise(
    rates: NDArray, b: NDArray, c: NDArray, keep: int
) -> tuple[NDArray, NDArray, NDArray, NDArray, float]:
    """Balance the modal system (diag(rates), b, c) and keep the `keep` strongest states."""
    denominator = -(rates[:, None] + rates[None, :])
    reach = _square_root((b @ b.T) / denominator)
    observe = _square_root((c.T @ c) / denominator)
    left, hankel, right = np.linalg.svd(observe.T @ reach)
    minimal = int(np.sum(hankel > 1e-11 * hankel[0]))
    keep = min(keep, minimal)
    inverse_root = 1.0 / np.sqrt(hankel[:minimal])
    to_full = reach @ right.T[:, :minimal] * inverse_root
    from_full = (observe @ left[:, :minimal] * inverse_root).T
    a = from_full @ (rates[:, None] * to_full)
    bb, cc = from_full @ b, c @ to_full
    k, r = slice(None, keep), slice(keep, minimal)
    if keep == minimal:
        return a, bb, cc, np.zeros((c.shape[0], b.shape[1])), 0.0
    solve = np.linalg.solve(a[r, r], np.hstack([a[r, k], bb[r]]))
    a_cut, b_cut = solve[:, :keep], solve[:, keep:]
    bound = float(2.0 * hankel[keep:].sum() / hankel.sum())
    return (
        a[k, k] - a[k, r] @ a_cut,
        bb[k] - a[k, r] @ b_cut,
        cc[:, k] - cc[:, r] @ a_cut,
        -cc[:, r] @ b_cut,
        bound,
    )


def _square_root(gramian: NDArray) -> NDArray:
    """Factor L with L L' = gramian, positive part only."""
    values, vectors = np.linalg.eigh(0.5 * (gramian + gramian.T))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _with_air(model: StateSpace, a: NDArray, b: NDArray, c: NDArray, d: NDArray, bound: float) -> ZoneModel:
    """Put the air rows in front of a reduced envelope."""
    nz, n = model.n_zones, model.n_zones + len(a)
    capacity = model.capacity[:nz]
    envelope_state = np.hstack([model.conductance[:nz, :nz] + d[:nz, :nz], c[:nz]])
    envelope_forcing = model.forcing[:nz] + d[:nz, nz:]
    dynamics = np.zeros((n, n))
    dynamics[:nz] = envelope_state / capacity[:, None]
    dynamics[nz:] = np.hstack([b[:, :nz], a])
    return ZoneModel(
        dynamics=dynamics,
        forcing=np.vstack([envelope_forcing / capacity[:, None], b[:, nz:]]),
        heat=np.vstack([np.diag(1.0 / capacity), np.zeros((n - nz, nz))]),
        envelope_state=envelope_state,
        envelope_forcing=envelope_forcing,
        radiant_state=np.hstack([model.radiant_state[:, :nz] + d[nz:, :nz], c[nz:]]),
        radiant_forcing=model.radiant_forcing + d[nz:, nz:],
        air_capacity=capacity.copy(),
        channels=model.channels,
        error_bound=bound,
    )


def balanced_initial(model: ZoneModel, temperature: float) -> NDArray[np.float64]:
    """Steady state with every air node held at one temperature and the outdoors at the same [degC].

    Parameters
    ----------
    temperature : float
        [degC].

    Returns
    -------
    ndarray (n,)
    """
    nz = model.n_zones
    known = np.array(
        [temperature if ch == TEMP_AIR or ch[0] == "temp_ground" else 0.0 for ch in model.channels]
    )
    state = np.full(model.n, temperature)
    rest = model.dynamics[nz:, nz:]
    if rest.size:
        right = model.dynamics[nz:, :nz] @ state[:nz] + model.forcing[nz:] @ known
        state[nz:] = np.linalg.solve(rest, -right)
    return state
