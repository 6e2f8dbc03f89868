"""Baseline by regression of the load on weather and calendar, as GB/T 37016-2018 allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.market.assumption import Assumption, merged
from twin.market.baselines import Baselines, Fit, LeftOut, NoBaseline, days_before
from twin.market.event import Event
from twin.market.meter_days import BoolArray, FloatArray, IntArray, MeterDays
from twin.market.products import Programme

REGRESSORS = ("constant_kw", "cooling_degree_kw_k", "heating_degree_kw_k", "first_of_type_kw")
DEPENDENT = 1e-10
"""Share of the largest singular value below which regressors count as dependent."""


@dataclass(frozen=True, slots=True)
class RegressionBaseline:
    """Least squares for each quarter-hour of the day, on eligible days of the event day's type.

    P = a + b*max(0, T - T_c) + c*max(0, T_h - T) + d*F

    with the outdoor temperature T of the quarter-hour, the bases T_c and T_h of cooling and heating degrees,
    and F = 1 on a day after one of the other type (a Monday: the building comes out of its weekend). A
    regressor that does not vary in the sample gets no weight, what varies alike shares it (least norm of the
    slopes). The event's day enters by its temperature and calendar alone, so that nothing that its
    participant does on it moves its baseline.

    Notes
    -----
    Participants with the same eligible days are solved together: the regressors are theirs in common, and
    one pseudo-inverse a quarter-hour serves all of them.
    """

    @property
    def key(self) -> str:
        """`regression`."""
        return "regression"

    def __call__(self, days: MeterDays, event: Event, programme: Programme) -> Baselines:
        """Baselines of all participants; see `BaselineMethod`."""
        today, temperature = days.place(event.day), days.temperature()
        bases = programme.value("regression.cooling_base_c"), programme.value("regression.heating_base_c")
        places, left_out = days_before(days, event, round(programme.value("regression.look_back_days")))
        fewest = max(round(programme.value("regression.fewest_days")), len(REGRESSORS) + 1)
        used = left_out == LeftOut.NO
        enough = used.sum(axis=1) >= fewest
        used = used & enough[:, None]
        sample = _regressors(temperature[places], days.first_of_type[places], bases)
        asked = _regressors(temperature[[today]], days.first_of_type[[today]], bases)[0]
        (coefficients, r2, cv_rmse), kw = _fit(days, places, used, sample, asked, event.window)
        beyond = _beyond(temperature[places][:, event.window], temperature[today, event.window])
        fit = Fit(REGRESSORS, coefficients, used.sum(axis=1), r2, cv_rmse, beyond)
        return Baselines(
            self.key,
            kw,
            tuple(days.dates[p] for p in places),
            used,
            left_out,
            days.kw[:, places, event.window].mean(axis=2),
            np.full(used.shape, np.nan),
            np.ones(len(kw)),
            np.ones(len(kw)),
            np.where(enough, np.int8(NoBaseline.NO), np.int8(NoBaseline.TOO_FEW_DAYS)),
            fit,
            merged(_said(fit, bases, programme), days.assumptions),
        )


def _regressors(temperature: FloatArray, first: BoolArray, bases: tuple[float, float]) -> FloatArray:
    """Regressors of days without the constant, shape (N, 96, K - 1)."""
    cooling = np.maximum(0.0, temperature - bases[0])
    heating = np.maximum(0.0, bases[1] - temperature)
    calendar = np.broadcast_to(first[:, None].astype(float), temperature.shape)
    return np.stack([cooling, heating, calendar], axis=2)


def _fit(
    days: MeterDays, places: IntArray, used: BoolArray, sample: FloatArray, asked: FloatArray, window: slice
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], FloatArray]:
    """Coefficients (P, 96, K), R2 and CV(RMSE) in the window (P,), and the baseline (P, 96)."""
    p = len(used)
    beta = np.full((p, sample.shape[1], len(REGRESSORS)), np.nan)
    r2, cv = np.full(p, np.nan), np.full(p, np.nan)
    patterns, group = np.unique(used, axis=0, return_inverse=True)
    for g, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        rows: IntArray = np.flatnonzero(group.reshape(-1) == g)
        x = sample[pattern].transpose(1, 0, 2)
        y = days.kw[rows[:, None], places[pattern]]
        middle = x.mean(axis=1, keepdims=True)
        x = np.where(np.ptp(x, axis=1, keepdims=True) > 0.0, x - middle, 0.0)
        slopes = np.einsum("qkn,pnq->pqk", np.linalg.pinv(x, rcond=DEPENDENT), y)
        level = y.mean(axis=1)
        beta[rows, :, 0] = level - np.einsum("qk,pqk->pq", middle[:, 0], slopes)
        beta[rows, :, 1:] = slopes
        seen = y[:, :, window]
        left = seen - level[:, None, window] - np.einsum("qnk,pqk->pnq", x[window], slopes[:, window])
        freedom = int((pattern.sum() - 1 - np.linalg.matrix_rank(x[window], rtol=DEPENDENT)).sum())
        r2[rows], cv[rows] = _quality(seen, left, freedom)
    return (beta, r2, cv), beta[:, :, 0] + np.einsum("qk,pqk->pq", asked, beta[:, :, 1:])


def _quality(seen: FloatArray, left: FloatArray, freedom: int) -> tuple[FloatArray, FloatArray]:
    """R2 about each quarter-hour's mean, and CV(RMSE) with the degrees of freedom left; both shape (P,)."""
    residual = (left**2).sum(axis=(1, 2))
    about = ((seen - seen.mean(axis=1, keepdims=True)) ** 2).sum(axis=(1, 2))
    level = np.abs(seen.mean(axis=(1, 2)))
    varies = about > 1e-12 * np.maximum(level, 1e-9) ** 2 * seen.shape[1]
    nothing: NDArray[np.float64] = np.full(len(seen), np.nan)
    r2 = 1.0 - np.divide(residual, about, out=nothing.copy(), where=varies)
    rmse = np.sqrt(residual / max(freedom, 1))
    return r2, np.divide(rmse, level, out=nothing, where=level > 0.0)


def _beyond(fitted: FloatArray, asked: FloatArray) -> float:
    """How far temperatures lie outside the fitted ones of their quarter-hour [K]."""
    if not len(fitted):
        return 0.0
    return float(np.maximum(asked - fitted.max(axis=0), fitted.min(axis=0) - asked).clip(min=0.0).max())


def _said(fit: Fit, bases: tuple[float, float], programme: Programme) -> list[Assumption]:
    has = fit.days > 0
    if not has.any():
        return []
    days, cv = int(np.median(fit.days[has])), float(np.median(fit.cv_rmse[has]))
    r2 = fit.r2[has & np.isfinite(fit.r2)]
    middle = f"{np.median(r2):.2f}" if len(r2) else "-"
    said = [
        Assumption(
            "demand_response.regression",
            f"回归基线：负荷对气温（制冷基准 {bases[0]:g} °C、采暖基准 {bases[1]:g} °C）与日类型逐刻回归，"
            f"样本中位数 {days} 天，事件时段 R² {middle}，CV(RMSE) {cv:.1%}；回归变量为本工具所选。",
            f"Regression baseline: load on temperature (bases {bases[0]:g} and {bases[1]:g} °C) and type of "
            f"day for each quarter-hour, {days} days, R² {middle} and CV(RMSE) {cv:.1%} in the event's hours "
            "(medians); the regressors are our choice.",
            days,
            "d",
            programme.facts["regression.cooling_base_c"]["source"],
            "assumed",
        )
    ]
    if fit.extrapolation_k > 0.0:
        said.append(
            Assumption(
                "demand_response.regression.extrapolation",
                f"事件时段气温超出回归样本 {fit.extrapolation_k:.1f} K，属外推。",
                f"The event's temperatures lie {fit.extrapolation_k:.1f} K outside those of the fit.",
                fit.extrapolation_k,
                "K",
                "weather before the call",
                "assumed",
            )
        )
    return said
