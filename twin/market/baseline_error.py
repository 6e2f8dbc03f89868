"""How wrong a baseline is, against the truth that only a simulator has: the same march without the event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twin.market.baselines import BaselineMethod
from twin.market.event import Event
from twin.market.meter_days import FloatArray, MeterDays
from twin.market.products import Programme, load_programme
from weather.errors import TwinError

FLEET = "fleet"


def baseline_errors(
    days: MeterDays,
    truth: MeterDays,
    events: Sequence[Event],
    methods: Sequence[BaselineMethod],
    *,
    programme: Programme | None = None,
) -> pd.DataFrame:
    """Error of baseline methods in the hours of events.

    Parameters
    ----------
    days : MeterDays
        Meters of the march with the events, as a settlement sees them.
    truth : MeterDays
        The same meters in the march without them.
    events : sequence of Event
    methods : sequence of BaselineMethod
    programme : Programme, optional
        Default Shanghai's.

    Returns
    -------
    DataFrame
        A row for each method and participant, and one (`participant` "fleet") for the sum of those that have
        a baseline. `points` counts the quarter-hours compared and `missing` the events without a baseline (in
        the row of the fleet, those of all participants). `bias_kw` is the mean of baseline minus truth,
        `rmse_kw` the root of its mean square; `bias` and `cv_rmse` are their shares of the mean truth, NaN
        where that is not positive.

    Raises
    ------
    TwinError
        If the two marches hold other participants or days, or no event or method is given.
    """
    if days.participants != truth.participants or days.dates != truth.dates:
        raise TwinError(
            "the march with the events and the one without hold other participants or other days.",
            "Compare two marches of the same fleet and year.",
            key="truth",
        )
    if not events or not methods:
        raise TwinError(
            "no event or no baseline method to compare.", "Give at least one of each.", key="event"
        )
    return pd.concat(
        [_of_method(days, truth, events, method, programme or load_programme()) for method in methods],
        ignore_index=True,
    )


def _of_method(
    days: MeterDays, truth: MeterDays, events: Sequence[Event], method: BaselineMethod, programme: Programme
) -> pd.DataFrame:
    p = len(days.participants)
    sums = np.zeros((4, p + 1))  # error, its square, truth, points
    missing = np.zeros(p + 1, dtype=int)
    for event in events:
        base = method(days, event, programme).kw[:, event.window]
        true = truth.kw[:, truth.place(event.day), event.window]
        has = np.asarray(np.isfinite(base).all(axis=1) & np.isfinite(true).all(axis=1))
        missing[:p] += ~has
        error, true = np.where(has[:, None], base - true, 0.0), np.where(has[:, None], true, 0.0)
        sums[:, :p] += _sums(error, true) * has
        if has.any():
            sums[:, p] += _sums(error.sum(axis=0, keepdims=True), true.sum(axis=0, keepdims=True))[:, 0]
    missing[p] = missing[:p].sum()
    errors, squares, level, points = sums
    nothing = np.full(p + 1, np.nan)
    bias = np.divide(errors, points, out=nothing.copy(), where=points > 0)
    rmse = np.sqrt(np.divide(squares, points, out=nothing.copy(), where=points > 0))
    mean = np.divide(level, points, out=nothing.copy(), where=points > 0)
    return pd.DataFrame(
        {
            "method": method.key,
            "participant": [*days.participants, FLEET],
            "points": points.astype(int),
            "missing": missing,
            "truth_kw": mean,
            "bias_kw": bias,
            "rmse_kw": rmse,
            "bias": np.divide(bias, mean, out=nothing.copy(), where=mean > 0.0),
            "cv_rmse": np.divide(rmse, mean, out=nothing.copy(), where=mean > 0.0),
        }
    )


def _sums(error: FloatArray, true: FloatArray) -> FloatArray:
    """Sum of errors, of their squares and of the truth, and the number of points; shape (4, rows)."""
    count = np.full(len(error), float(error.shape[1]))
    return np.stack([error.sum(axis=1), (error**2).sum(axis=1), true.sum(axis=1), count])
