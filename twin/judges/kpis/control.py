"""How well a controller does: following a target, flexibility degree (柔性度), regret, bias of averaging."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import FloatArray, power, steps_in
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined
from weather.errors import TwinError

WITHIN = 0.02
"""Share of the target within which power follows it."""
_NOTHING = 1e-9
"""Share below which a gain counts as none; power [kW] that is rounding."""


def tracking(net_import_kw: ArrayLike, target_kw: ArrayLike) -> tuple[Kpi, Kpi, Kpi, Kpi]:
    """How far grid power lies from its target (取电目标跟踪).

    Parameters
    ----------
    net_import_kw, target_kw : array_like, shape (n,)
        P and P* [kW], in the steps that have a target.

    Returns
    -------
    tracking_error : Kpi
        TE = sum|P - P*|dt / sum|P*|dt [-]. Undefined where the target is zero throughout.
    tracking_accuracy : Kpi
        1 - TE [-].
    tracking_rms : Kpi
        sqrt(mean (P - P*)^2) [kW].
    tracking_within : Kpi
        Share of steps with |P - P*| <= 0.02*|P*| [-], of the step's own target.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    net = power("net import", net_import_kw)
    target = power("target", target_kw, net)
    off, aim = np.abs(net - target), np.abs(target)
    error = ratio("tracking_error", float(off.sum()), float(aim.sum()), "zero_target")
    accuracy = (
        known("tracking_accuracy", 1.0 - error.value)
        if error.defined
        else undefined("tracking_accuracy", "zero_target")
    )
    return (
        error,
        accuracy,
        known("tracking_rms", float(np.sqrt((off**2).mean()))),
        known("tracking_within", float((off <= WITHIN * aim + _NOTHING).mean())),
    )


def flexibility_degree(
    net_import_kw: ArrayLike, rigid_kw: ArrayLike, target_kw: ArrayLike, key: str = "flexibility_degree"
) -> Kpi:
    """Flexible-power degree of a PEDF building (柔性度).

    Parameters
    ----------
    net_import_kw, rigid_kw, target_kw : array_like, shape (n,)
        P of the building, P_b of the same building without flexibility, and the target P* [kW].
    key : {"flexibility_degree", "flexibility_degree_flat"}

    Returns
    -------
    Kpi
        Phi = 1 - sum|P - P*|dt / sum|P_b - P*|dt [-]: 1 where the target is met, 0 where the building is no
        nearer to it than without flexibility, negative where it is farther. Undefined where the building
        without flexibility meets the target already. The note tells the target's shape, since Phi is a
        figure of building *and* target.

    Notes
    -----
    Source: PEDF Twin, own definition; 柔性度 has no agreed formula.
    """
    net = power("net import", net_import_kw)
    rigid, target = power("rigid", rigid_kw, net), power("target", target_kw, net)
    far = float(np.abs(rigid - target).sum())
    if far <= _NOTHING * float(np.abs(target).sum()) or far == 0.0:
        return undefined(key, "target_met_by_rigid")
    low, high, mean, spread = target.min(), target.max(), target.mean(), target.std()
    shape = f"target {low:.0f} to {high:.0f} kW, mean {mean:.0f}, std {spread:.0f}"
    return known(key, 1.0 - float(np.abs(net - target).sum()) / far, shape)


def daily_flat(rigid_kw: ArrayLike, step_h: float) -> FloatArray:
    """A flat target: the mean of each day of the building without flexibility.

    Parameters
    ----------
    rigid_kw : array_like, shape (n,)
        From the start of a day [kW].
    step_h : float
        Step [h].

    Returns
    -------
    ndarray, shape (n,)
        [kW]; a last part of a day has its own mean.
    """
    rigid = power("rigid", rigid_kw)
    per_day = steps_in(24.0, step_h)
    edges = np.arange(0, len(rigid), per_day)
    counts = np.diff(np.append(edges, len(rigid)))
    return np.asarray(np.repeat(np.add.reduceat(rigid, edges) / counts, counts))


def forecast_regret(cost: float, perfect_cost: float, baseline_cost: float) -> Kpi:
    """Share of what perfect foresight gains that a controller leaves.

    Parameters
    ----------
    cost, perfect_cost, baseline_cost : float
        Of the controller, with perfect foresight and without flexibility, in one unit.

    Returns
    -------
    Kpi
        (C - C_perfect)/(C_b - C_perfect) [-]: 0 is as good as perfect, 1 no better than no flexibility; below
        0 the bound was none (its horizon, model or objective is not that of the score). Undefined where
        perfect foresight gains nothing.

    Notes
    -----
    Source: PEDF Twin; cf. the gap to a prescient bound in arXiv 2307.07580. Evaluate at 1 min.
    """
    _refuse_infinite(cost, perfect_cost, baseline_cost)
    room = baseline_cost - perfect_cost
    if room <= _NOTHING * abs(baseline_cost):
        return undefined("forecast_regret", "no_room_for_regret")
    return known("forecast_regret", (cost - perfect_cost) / room)


def averaging_bias(
    cost_at_dispatch: float, baseline_at_dispatch: float, cost_at_minute: float, baseline_at_minute: float
) -> Kpi:
    """Share of a saving that vanishes when both are scored at 1 min.

    Parameters
    ----------
    cost_at_dispatch, baseline_at_dispatch : float
        Scored at the step of the dispatch.
    cost_at_minute, baseline_at_minute : float
        The same dispatch and the same baseline scored at 1 min.

    Returns
    -------
    Kpi
        (S_dispatch - S_minute)/S_dispatch with S = C_b - C [-]: 0.69 means that 69 % of the saving was an
        artefact of averages. Undefined where there is no saving at the dispatch step.

    Notes
    -----
    Source: arXiv 2510.25373 (69 % on average for hourly schedules of 15 homes).
    """
    _refuse_infinite(cost_at_dispatch, baseline_at_dispatch, cost_at_minute, baseline_at_minute)
    saved = baseline_at_dispatch - cost_at_dispatch
    if saved <= _NOTHING * abs(baseline_at_dispatch):
        return undefined("averaging_bias", "constant_saving")
    return known("averaging_bias", (saved - (baseline_at_minute - cost_at_minute)) / saved)


def _refuse_infinite(*costs: float) -> None:
    if not all(math.isfinite(cost) for cost in costs):
        raise TwinError(f"costs of {costs} hold one that is no number.", "Give finite costs.", key="cost")
