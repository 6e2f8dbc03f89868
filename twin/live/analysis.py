"""Analysis step of the ensemble Kalman filter: what readings say of each room, in numpy.

Rooms are domains of their own (localisation): a room's states and parameters listen to the room's sensors
only, the building's parameters to the building's meters. Within a domain readings are taken one after the
other by the square-root filter of Whitaker and Hamill [1]_, which draws no noise, so that the same readings
give the same estimates. All states of a room move by one and the same matrix of weights, thus whatever
linear relation holds between them (a wall and what it remembers) still holds afterwards. Spread is relaxed to
that before the readings [2]_. Parameters are regressed one by one, and regressions that chance alone would
show among so few members count for less [3]_.

References
----------
.. [1] Whitaker, J. S. and T. M. Hamill, 2002. Ensemble data assimilation without perturbed observations.
   Monthly Weather Review 130, 1913-1924.
.. [2] Zhang, F., C. Snyder and J. Sun, 2004. Impacts of initial estimate and observation availability on
   convective-scale data assimilation with an ensemble Kalman filter. Monthly Weather Review 132, 1238-1253.
.. [3] Anderson, J. L., 2012. Localization and sampling error correction in ensemble Kalman filter data
   assimilation. Monthly Weather Review 140, 2359-2371.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RELAXATION = 0.5
"""Share of the spread before the readings that is kept (Zhang et al. 2004 use 0.5)."""
FARTHEST = 3.0
"""Residual in its own standard deviations beyond which a reading counts for less, as Huber's do."""


@dataclass(frozen=True)
class Weights:
    """What readings do to the states of each domain, and how far they were from what was expected.

    Attributes
    ----------
    matrix : (D, N, N)
        Deviations of members after are those before times it, mean included.
    innovation, spread : (D, P)
        Reading less expected, and the standard deviation that this should have; NaN where silent.
    outlying : (D, P) bool
        Residuals so far away that they counted for less.
    """

    matrix: Floats
    innovation: Floats
    spread: Floats
    outlying: NDArray[np.bool_]


def analyse(expected: Floats, readings: Floats, variance: Floats, parameters: Floats) -> Weights:
    """Weights of the states of each domain; `parameters` are moved in place.

    Parameters
    ----------
    expected : (D, P, N)
        What each member expects of each sensor.
    readings : (D, P)
        NaN where a sensor is silent.
    variance : (D, P)
        Of the readings' errors, positive.
    parameters : (D, Q, N)
        Moved by regressions of their own.

    Returns
    -------
    Weights
    """
    count, members = expected.shape[1], expected.shape[2]
    mean = expected.mean(axis=2)
    deviations = expected - mean[:, :, None]
    there: NDArray[np.bool_] = np.asarray(np.isfinite(readings))
    away = np.where(there, readings - mean, 0.0)
    told = np.where(there, readings - mean, np.nan)
    spread = np.full_like(told, np.nan)
    outlying = np.zeros(told.shape, bool)
    turned = np.tile(np.eye(members), (len(expected), 1, 1))
    moved = np.zeros((len(expected), members))
    at_first = (deviations**2).sum(axis=2) / (members - 1) + variance
    spread[there] = np.sqrt(at_first[there])
    for j in range(count):
        y = deviations[:, j].copy()
        own = (y**2).sum(axis=1) / (members - 1)
        least = (away[:, j] / FARTHEST) ** 2
        outlying[:, j] = there[:, j] & (least > own + variance[:, j])
        error = np.maximum(variance[:, j], least - own)
        whole = own + error
        shrink = there[:, j] / (1.0 + np.sqrt(error / whole))
        gain = np.where(there[:, j, None], y / ((members - 1) * whole[:, None]), 0.0)
        _regress(parameters, y, own, whole, there[:, j], away[:, j], shrink)
        step = gain * away[:, j, None]
        moved += np.einsum("dij,dj->di", turned, step)
        turned -= shrink[:, None, None] * np.einsum("dij,dj->di", turned, gain)[:, :, None] * y[:, None]
        away = away - np.einsum("dpn,dn->dp", deviations, step)
        along = np.einsum("dpn,dn->dp", deviations, gain)
        deviations = deviations - (shrink[:, None] * along)[:, :, None] * y[:, None]
    heard = np.asarray(there.any(axis=1))[:, None, None]
    turned = np.where(heard, (1.0 - RELAXATION) * turned + RELAXATION * np.eye(members), turned)
    return Weights(turned + moved[:, :, None], told, spread, outlying)


def _regress(
    parameters: Floats,
    y: Floats,
    own: Floats,
    whole: Floats,
    there: NDArray[np.bool_],
    away: Floats,
    shrink: Floats,
) -> None:
    """Move parameters by what one reading of each domain says of them."""
    members = y.shape[1]
    mean = parameters.mean(axis=2, keepdims=True)
    deviations = parameters - mean
    together = np.einsum("dqn,dn->dq", deviations, y) / (members - 1)
    power = (deviations**2).sum(axis=2) / (members - 1) * own[:, None]
    alike = np.divide(together**2, power, out=np.zeros_like(power), where=power > 0.0)
    # Squared correlation of N unrelated members is 1 / (N - 1) on average: what is not beyond it is chance.
    chance = (1.0 - alike) / (members - 2)
    sure = np.divide(alike - chance, alike, out=np.zeros_like(alike), where=alike > chance)
    gain = np.where(there[:, None], sure * together / whole[:, None], 0.0)
    parameters += (gain * away[:, None])[:, :, None] - (shrink[:, None] * gain)[:, :, None] * y[:, None]


def applied(states: Floats, matrix: Floats) -> Floats:
    """States (D, S, N) of all members under the weights (D, N, N) of their domains."""
    mean = states.mean(axis=2, keepdims=True)
    return np.asarray(mean + (states - mean) @ matrix)
