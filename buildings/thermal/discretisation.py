"""Exact discretisation of a zone model over one step.

Outdoor temperature varies linearly over a step, all other inputs are step means. One matrix exponential of
the augmented system gives the transition and its first three integrals (Van Loan, IEEE TAC 23, 1978), so the
step means that the balances need come from integration and not from inverting the step itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from buildings.thermal.network import TEMP_AIR
from buildings.thermal.reduction import ZoneModel


@dataclass(frozen=True)
class StepModel:
    """x+ = P x + R v + G q and the step mean of the envelope's heat to the air, H x + J v + L q.

    v = [T_o at the start, T_o at the end, other channels]; q = heat into the air [W].

    Attributes
    ----------
    transition : ndarray (n, n)
    response : ndarray (n, m + 1)
    gain : ndarray (n, nz)
    envelope_state, envelope_response, envelope_gain : ndarray (nz, ...)
        Step mean of the heat that the envelope gives to the air [W].
    """

    transition: NDArray[np.float64]
    response: NDArray[np.float64]
    gain: NDArray[np.float64]
    envelope_state: NDArray[np.float64]
    envelope_response: NDArray[np.float64]
    envelope_gain: NDArray[np.float64]


def integrals(dynamics: NDArray, dt: float) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """exp(A dt) and its first three integrals over the step.

    Returns
    -------
    tuple of ndarray (n, n)
        Phi, S1 = int Phi, S2 = int S1, S3 = int S2, from one augmented exponential; A may be singular.
    """
    n = len(dynamics)
    # In units of the step: identity blocks in seconds would raise the norm, and with it the squarings and
    # their rounding error (measured: 4e-10 instead of 1e-14 at 15 min, 1e-3 over a day).
    big = np.zeros((4 * n, 4 * n))
    big[:n, :n] = dynamics * dt
    for k in range(3):
        big[k * n : (k + 1) * n, (k + 1) * n : (k + 2) * n] = np.eye(n)
    result = expm(big)
    return (
        result[:n, :n],
        result[:n, n : 2 * n] * dt,
        result[:n, 2 * n : 3 * n] * dt**2,
        result[:n, 3 * n :] * dt**3,
    )


def discretise(model: ZoneModel, dt: float) -> StepModel:
    """Step matrices of a zone model.

    Parameters
    ----------
    model : ZoneModel
        Its first channel must be the outdoor temperature.
    dt : float
        [s].
    """
    if model.channels[0] != TEMP_AIR:
        raise ValueError("the first channel must be the outdoor temperature")
    phi, s1, s2, s3 = integrals(model.dynamics, dt)
    outdoor, other = model.forcing[:, :1], model.forcing[:, 1:]
    # A linear rise from a to b is the constant a plus a ramp: S2/dt in the state, S3/dt in its integral.
    ramp, ramp_integral = s2 @ outdoor / dt, s3 @ outdoor / dt
    response = np.hstack([s1 @ outdoor - ramp, ramp, s1 @ other])
    mean_state = s1 / dt
    mean_response = np.hstack([s2 @ outdoor - ramp_integral, ramp_integral, s2 @ other]) / dt
    mean_gain = s2 @ model.heat / dt
    direct = np.hstack(
        [
            0.5 * model.envelope_forcing[:, :1],
            0.5 * model.envelope_forcing[:, :1],
            model.envelope_forcing[:, 1:],
        ]
    )
    return StepModel(
        transition=phi,
        response=response,
        gain=s1 @ model.heat,
        envelope_state=model.envelope_state @ mean_state,
        envelope_response=model.envelope_state @ mean_response + direct,
        envelope_gain=model.envelope_state @ mean_gain,
    )
