"""Gradient boosting (梯度提升) on past meters: what a forecast without physics has to be beaten by.

For each quantile a sequence of trees on the calendar, the weather forecast and what the meter said before
(histograms as in LightGBM [1]_, by scikit-learn; its settings are the library's defaults but for smaller
trees, since a building has few days). It learns from the forecasts that it could have made by now: one at
this time of each past day, whose hours are over.

References
----------
.. [1] Ke, G. et al., 2017. LightGBM: A highly efficient gradient boosting decision tree. Advances in Neural
   Information Processing Systems 30.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.foresight.score import QUANTILES, last_alike

if TYPE_CHECKING:
    from twin.foresight.weather_ahead import HourlyForecast

Floats = NDArray[np.float64]
_DAYS = 90
"""Past days that are learnt from at most."""
_FEWEST = 14
"""Past days without which it is not tried."""
_LEAVES = 15
_LEAST_ROWS = 40
"""In a leaf: two days of hours nearly."""


def boosted(
    series: Floats,
    workday: NDArray[np.bool_],
    step: int,
    n: int,
    per_day: int,
    told_at: Callable[[int], HourlyForecast],
) -> Floats | None:
    """Quantiles of the coming steps, shape (Q, n); None with fewer than two weeks to learn from.

    Parameters
    ----------
    series : ndarray (N,)
        What was measured, NaN in gaps; read up to `step` only.
    workday : ndarray of bool (days,)
    step : int
        First step of the forecast, at the start of an hour.
    n : int
    per_day : int
    told_at : callable
        The forecast of the weather that was known at a step, for n steps at least.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    starts = [step - n - back * per_day for back in range(_DAYS)]
    starts = [start for start in starts if start >= 8 * per_day]
    if len(starts) < _FEWEST:
        return None
    known = np.concatenate([_features(series, workday, s, n, per_day, told_at(s)) for s in starts])
    came = np.concatenate([series[s : s + n] for s in starts])
    measured = np.isfinite(came)
    asked = _features(series, workday, step, n, per_day, told_at(step))
    told = np.empty((len(QUANTILES), n))
    # few rows: threads would spin beside each other longer than they work
    with threadpool_limits(1, user_api="openmp"):
        for row, level in enumerate(QUANTILES):
            model = HistGradientBoostingRegressor(
                loss="quantile", quantile=level, max_leaf_nodes=_LEAVES, min_samples_leaf=_LEAST_ROWS,
                early_stopping=False, random_state=0,
            )  # fmt: skip
            told[row] = model.fit(known[measured], came[measured]).predict(asked)
    # each quantile has trees of its own, so that neighbours may cross
    return np.sort(told, axis=0)


def _features(
    series: Floats, workday: NDArray[np.bool_], start: int, n: int, per_day: int, told: HourlyForecast
) -> Floats:
    """What is known at `start` about each of the coming steps, shape (n, features)."""
    steps = start + np.arange(n)
    hour = np.arange(n) * 24 // per_day
    temp = told.temp_air[hour]
    day = series[start - per_day : start]
    measured = day[np.isfinite(day)]
    mean = measured.mean() if len(measured) else np.nan
    return np.column_stack(
        [
            steps % per_day,
            workday[steps // per_day],
            np.arange(n),
            temp,
            told.ghi[hour],
            np.cumsum(temp) / np.arange(1, n + 1),
            [last_alike(series, workday, k, start, per_day) for k in steps.tolist()],
            [series[k - 7 * per_day] if k - 7 * per_day < start else np.nan for k in steps.tolist()],
            np.full(n, mean),
            np.full(n, series[start - 1]),
        ]
    )
