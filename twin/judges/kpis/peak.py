"""Peaks, valleys and ramps (峰荷与波动), on 15-min means as the grid meters them.

A series of a longer step is taken as it is, since what happens inside its steps is not known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import QUARTER_H, block_means, energy, mask, power, steps_in
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined

_DAY_H = 24.0


def peak_power(power_kw: ArrayLike, step_h: float) -> Kpi:
    """Highest 15-min mean.

    Parameters
    ----------
    power_kw : array_like, shape (n,)
        Import [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        max of 15-min means [kW].

    Notes
    -----
    Source: metering interval of the Chinese demand charge (最大需量).
    """
    return known("peak_power", float(block_means(power("power", power_kw), step_h).max()))


def peak_reduction(power_kw: ArrayLike, baseline_kw: ArrayLike, step_h: float) -> tuple[Kpi, Kpi]:
    """How much lower the peak is than without flexibility (峰荷削减).

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    step_h : float
        Step [h].

    Returns
    -------
    peak_reduction : Kpi
        max(P_b) - max(P) of 15-min means [kW]; negative where the peak grew.
    relative_peak_reduction : Kpi
        1 - max(P)/max(P_b) [-]. Undefined where the baseline takes nothing.

    Notes
    -----
    Source: IEA EBC Annex 82 package. (Its relative reduction is a series, step by step; here of the peaks.)
    """
    base = power("baseline", baseline_kw)
    top, top_b = (float(block_means(x, step_h).max()) for x in (power("power", power_kw, base), base))
    return (
        known("peak_reduction", top_b - top),
        ratio("relative_peak_reduction", top_b - top, top_b, "no_baseline_load"),
    )


def hourly_reduction(power_kw: ArrayLike, baseline_kw: ArrayLike, step_h: float) -> Kpi:
    """Mean relative reduction of demand, hour by hour.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        mean of (P_b - P)/P_b over hours with P_b > 0 [-]; the note counts hours left out.

    Notes
    -----
    Source: IEA EBC Annex 82 package (hourly relative demand reduction; it labels the ratio kW).
    """
    base = power("baseline", baseline_kw)
    p, b = (block_means(x, step_h, 1.0) for x in (power("power", power_kw, base), base))
    some = b > 0.0
    if not some.any():
        return undefined("hourly_reduction_mean", "no_baseline_load")
    note = "" if some.all() else f"{int((~some).sum())} hours without baseline demand left out"
    return known("hourly_reduction_mean", float(((b[some] - p[some]) / b[some]).mean()), note)


def load_factor(import_kw: ArrayLike, step_h: float) -> Kpi:
    """Mean over highest import (负荷率).

    Parameters
    ----------
    import_kw : array_like, shape (n,)
        >= 0 [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        mean(P)/max(P) of 15-min means [-], 0 to 1. Undefined without import.

    Notes
    -----
    Source: IEA EBC Annex 82 package (load factor).
    """
    means = block_means(power("import", import_kw, least=0.0), step_h)
    return ratio("load_factor", float(means.mean()), float(means.max()), "no_import")


def peak_valley_ratio(import_kw: ArrayLike, step_h: float) -> Kpi:
    """Daily peak-to-valley ratio (日峰谷差率).

    Parameters
    ----------
    import_kw : array_like, shape (n,)
        >= 0, from the start of a day [kW].
    step_h : float
        Step [h], a whole number of which make a day.

    Returns
    -------
    Kpi
        mean over whole days of (max_d(P) - min_d(P))/max_d(P) of 15-min means [-], 0 to 1; days without
        import (which the note counts) and a last part of a day are left out.

    Notes
    -----
    Source: 峰谷差率, common definition in Chinese grid practice.
    """
    imported = power("import", import_kw, least=0.0)
    per_day = steps_in(_DAY_H, step_h)
    days = len(imported) // per_day
    if not days:
        return undefined("peak_valley_ratio", "no_whole_day")
    table = np.array([block_means(day, step_h) for day in imported[: days * per_day].reshape(days, -1)])
    top, low = table.max(axis=1), table.min(axis=1)
    some = top > 0.0
    if not some.any():
        return undefined("peak_valley_ratio", "no_import")
    note = "" if some.all() else f"{int((~some).sum())} days without import left out"
    return known("peak_valley_ratio", float(((top[some] - low[some]) / top[some]).mean()), note)


def ramps(net_import_kw: ArrayLike, step_h: float) -> tuple[Kpi, Kpi]:
    """Changes between 15-min means, up and down.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        [kW].
    step_h : float
        Step [h].

    Returns
    -------
    ramp_max, ramp_p95 : Kpi
        Largest and 95th percentile of |P(t) - P(t-1)| [kW/15 min]; undefined below two means. Of a longer
        step they are changes per step, which the note tells.

    Notes
    -----
    Source: IEA EBC Annex 82 package (ramp). CityLearn's counts increases only: `citylearn.ramping`.
    """
    means = block_means(power("net import", net_import_kw), step_h)
    if len(means) < 2:
        return undefined("ramp_max", "no_period"), undefined("ramp_p95", "no_period")
    change = np.abs(np.diff(means))
    note = f"per step of {60.0 * step_h:g} min" if step_h > QUARTER_H else ""
    return (
        known("ramp_max", float(change.max()), note),
        known("ramp_p95", float(np.percentile(change, 95.0)), note),
    )


def deviation_decrease(power_kw: ArrayLike, baseline_kw: ArrayLike) -> Kpi:
    """How much flatter the profile is than without flexibility.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].

    Returns
    -------
    Kpi
        1 - sqrt(var(P)/var(P_b)) [-], at most 1. Undefined for a flat baseline.

    Notes
    -----
    Source: IEA EBC Annex 82 package (deviation decrease from the flat demand profile).
    """
    base = power("baseline", baseline_kw)
    spread, spread_b = float(power("power", power_kw, base).std()), float(base.std())
    return ratio("deviation_decrease", spread_b - spread, spread_b, "flat_baseline")


def dimensionless_peak_shaving(
    power_kw: ArrayLike, baseline_kw: ArrayLike, window: ArrayLike, step_h: float
) -> Kpi:
    """Share of the baseline's energy in a window that is no longer taken there.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    window : array_like of bool, shape (n,)
        Steps in which less is wanted, in any number of spans.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        int_W (P_b - P)dt / int_W P_b dt [-], at most 1 for P >= 0. Undefined where the baseline takes
        nothing.

    Notes
    -----
    Source: IEA EBC Annex 82 package. As coded it multiplies by the number of steps where hours are meant:
    `annex82.annex82_peak_shaving`.
    """
    base = power("baseline", baseline_kw)
    p, span = power("power", power_kw, base), mask("window", window, base)
    if not span.any():
        return undefined("dimensionless_peak_shaving", "no_period")
    return ratio(
        "dimensionless_peak_shaving",
        energy(base - p, step_h, span),
        energy(base, step_h, span),
        "no_baseline_load",
    )
