"""CityLearn's indicators as its code has them, each beside what is meant where they differ.

E is the net energy of a step [kWh]; every figure is over that of a baseline. Read in
`citylearn/cost_function.py` (2026): `cost` and `carbon_emissions` cut negative steps off, so that export
earns nothing; a day is 24 and a month 730 *steps*, whatever a step is; `ramping` counts increases only,
although its documentation has the absolute value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import FloatArray, mask, power, steps_in
from twin.judges.kpis.comfort import Rooms
from twin.judges.kpis.kpi import Kpi, known, undefined

DAY_STEPS, MONTH_STEPS = 24, 730
BAND_K = 2.0
"""CityLearn's default comfort band beyond the set-points [K]."""
_Measure = Callable[[FloatArray], float]


def _over_baseline(key: str, values: ArrayLike, baseline: ArrayLike, measure: _Measure) -> Kpi:
    """A measure of a series over that of its baseline; undefined where the latter is not positive."""
    base = power("baseline", baseline)
    below = measure(base)
    if below <= 0.0:
        return undefined(key, "zero_baseline")
    return known(key, measure(power("values", values, base)) / below)


def _taken(values: FloatArray) -> float:
    """Sum of what is positive: what a step gives back counts for nothing."""
    return float(np.maximum(values, 0.0).sum())


def _net(values: FloatArray) -> float:
    return float(values.sum())


def _rises(values: FloatArray) -> float:
    return _taken(np.diff(values))


def _changes(values: FloatArray) -> float:
    return float(np.abs(np.diff(values)).sum())


def _windows(values: FloatArray, steps: int) -> list[FloatArray]:
    """Windows from the first step; the last may be shorter, and counts like the others."""
    return [values[k : k + steps] for k in range(0, len(values), steps)]


def _mean_peak(steps: int) -> _Measure:
    return lambda values: float(np.mean([w.max() for w in _windows(values, steps)]))


def _mean_gap(steps: int) -> _Measure:
    """Mean of 1 - load factor; windows that take nothing (where the package has inf or NaN) are left out."""

    def gap(values: FloatArray) -> float:
        some = [1.0 - w.mean() / w.max() for w in _windows(values, steps) if w.max() > 0.0]
        return float(np.mean(some)) if some else 0.0

    return gap


def consumption(net_kwh: ArrayLike, baseline_kwh: ArrayLike) -> tuple[Kpi, Kpi]:
    """Electricity consumption and zero net energy.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].

    Returns
    -------
    citylearn_electricity : Kpi
        sum(max(E, 0)) over the baseline's [-].
    citylearn_zero_net : Kpi
        sum(E) over the baseline's [-]; undefined where the baseline gives as much as it takes.

    Notes
    -----
    Source: CityLearn `CostFunction.electricity_consumption`, `zero_net_energy`.
    """
    return (
        _over_baseline("citylearn_electricity", net_kwh, baseline_kwh, _taken),
        _over_baseline("citylearn_zero_net", net_kwh, baseline_kwh, _net),
    )


def cost(
    net_kwh: ArrayLike, baseline_kwh: ArrayLike, price: ArrayLike, export_price: float | ArrayLike
) -> tuple[Kpi, Kpi]:
    """Cost of energy, theirs and with export paid.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].
    price : array_like, shape (n,)
        Of what is bought [CNY/kWh].
    export_price : float or array_like, shape (n,)
        Of what is sold [CNY/kWh].

    Returns
    -------
    citylearn_cost : Kpi
        sum(max(price*E, 0)) over the baseline's [-].
    honest_cost : Kpi
        sum(price*import - export price*export) over the baseline's [-].

    Notes
    -----
    Source: CityLearn `CostFunction.cost`; the second PEDF Twin.
    """
    base = power("baseline", baseline_kwh)
    net, p = power("net", net_kwh, base), power("price", price, base)
    sold = power("export price", np.broadcast_to(np.asarray(export_price, float), base.shape), base)

    def settled(e: FloatArray) -> float:
        return float((np.maximum(e, 0.0) * p - np.maximum(-e, 0.0) * sold).sum())

    return (
        _over_baseline("citylearn_cost", p * net, p * base, _taken),
        _over_baseline("honest_cost", net, base, settled),
    )


def carbon(net_kwh: ArrayLike, baseline_kwh: ArrayLike, intensity: ArrayLike) -> tuple[Kpi, Kpi]:
    """Carbon, theirs and with export credited at the same factor.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].
    intensity : array_like, shape (n,)
        ci of the grid [kgCO2/kWh].

    Returns
    -------
    citylearn_carbon : Kpi
        sum(max(ci*E, 0)) over the baseline's [-].
    honest_carbon : Kpi
        sum(ci*E) over the baseline's [-].

    Notes
    -----
    Source: CityLearn `CostFunction.carbon_emissions`; the second PEDF Twin.
    """
    base = power("baseline", baseline_kwh)
    ci = power("intensity", intensity, base, 0.0)
    values = ci * power("net", net_kwh, base)
    return (
        _over_baseline("citylearn_carbon", values, ci * base, _taken),
        _over_baseline("honest_carbon", values, ci * base, _net),
    )


def ramping(net_kwh: ArrayLike, baseline_kwh: ArrayLike) -> tuple[Kpi, Kpi]:
    """Ramping, theirs (up only) and in both directions.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].

    Returns
    -------
    citylearn_ramping : Kpi
        sum(max(E(t) - E(t-1), 0)) over the baseline's [-].
    honest_ramping : Kpi
        sum|E(t) - E(t-1)| over the baseline's [-].

    Notes
    -----
    Source: CityLearn `CostFunction.ramping`; the second is its documentation's formula.
    """
    return (
        _over_baseline("citylearn_ramping", net_kwh, baseline_kwh, _rises),
        _over_baseline("honest_ramping", net_kwh, baseline_kwh, _changes),
    )


def peaks(net_kwh: ArrayLike, baseline_kwh: ArrayLike, step_h: float) -> tuple[Kpi, Kpi, Kpi]:
    """Daily peak, theirs (24 steps) and over 24 hours, and the highest of all.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].
    step_h : float
        Step [h].

    Returns
    -------
    citylearn_daily_peak : Kpi
        mean over windows of 24 STEPS of max(E), over the baseline's [-].
    honest_daily_peak : Kpi
        mean over days of max(E), over the baseline's [-].
    citylearn_all_time_peak : Kpi
        max(E) over the baseline's [-].

    Notes
    -----
    Source: CityLearn `CostFunction.peak`; the second PEDF Twin.
    """
    day = steps_in(24.0, step_h)
    return (
        _over_baseline("citylearn_daily_peak", net_kwh, baseline_kwh, _mean_peak(DAY_STEPS)),
        _over_baseline("honest_daily_peak", net_kwh, baseline_kwh, _mean_peak(day)),
        _over_baseline("citylearn_all_time_peak", net_kwh, baseline_kwh, lambda e: float(e.max())),
    )


def load_factor_gaps(net_kwh: ArrayLike, baseline_kwh: ArrayLike, step_h: float) -> tuple[Kpi, Kpi, Kpi, Kpi]:
    """1 - load factor by day and month, theirs (in steps) and in hours.

    Parameters
    ----------
    net_kwh, baseline_kwh : array_like, shape (n,)
        E of each step [kWh].
    step_h : float
        Step [h].

    Returns
    -------
    citylearn_load_factor_daily, honest_load_factor_daily : Kpi
        mean over windows of 24 STEPS (over days) of 1 - mean(E)/max(E), over the baseline's [-].
    citylearn_load_factor_monthly, honest_load_factor_monthly : Kpi
        The same over 730 STEPS (730 h).

    Notes
    -----
    Source: CityLearn `CostFunction.one_minus_load_factor`; the others PEDF Twin.
    """

    def over(key: str, steps: int) -> Kpi:
        return _over_baseline(key, net_kwh, baseline_kwh, _mean_gap(steps))

    return (
        over("citylearn_load_factor_daily", DAY_STEPS),
        over("honest_load_factor_daily", steps_in(24.0, step_h)),
        over("citylearn_load_factor_monthly", MONTH_STEPS),
        over("honest_load_factor_monthly", steps_in(730.0, step_h)),
    )


def discomfort(rooms: Rooms, outage: ArrayLike | None = None, band_k: float = BAND_K) -> Kpi:
    """Discomfort proportion, or thermal resilience where an outage is given.

    Parameters
    ----------
    rooms : Rooms
        Of several zones the mean is weighted by people; CityLearn has one zone a building.
    outage : array_like of bool, shape (n,), optional
        Steps that count alone (key `citylearn_thermal_resilience`).
    band_k : float
        [K].

    Returns
    -------
    Kpi
        share of occupied steps more than the band outside the set-points [-], 0 to 1. Undefined where
        nobody is in, or without an outage.

    Notes
    -----
    Source: CityLearn `CostFunction.discomfort`, `one_minus_thermal_resilience`.
    """
    key = "citylearn_discomfort" if outage is None else "citylearn_thermal_resilience"
    there = rooms.occupied()
    if outage is not None:
        span = mask("outage", outage, rooms.temp[:, 0])
        if not span.any():
            return undefined(key, "no_outage")
        there = there & span[:, None]
    steps = there.sum(axis=0)
    weights = np.where(steps > 0, rooms.weights(), 0.0)
    if not weights.any():
        return undefined(key, "nobody")
    off = ((rooms.beyond_k() > band_k) & there).sum(axis=0) / np.maximum(steps, 1)
    return known(key, float(off @ weights / weights.sum()))


def unserved_energy(expected_kwh: ArrayLike, served_kwh: ArrayLike, outage: ArrayLike | None = None) -> Kpi:
    """Normalised unserved energy.

    Parameters
    ----------
    expected_kwh, served_kwh : array_like, shape (n,)
        Both >= 0 [kWh].
    outage : array_like of bool, shape (n,), optional
        Steps that count alone.

    Returns
    -------
    Kpi
        sum(expected - served)/sum(expected) [-]. Undefined without outage or expected energy.

    Notes
    -----
    Source: CityLearn `CostFunction.normalized_unserved_energy`.
    """
    asked = power("expected", expected_kwh, least=0.0)
    missing = asked - power("served", served_kwh, asked, 0.0)
    span = np.ones(len(asked), bool) if outage is None else mask("outage", outage, asked)
    if not span.any():
        return undefined("citylearn_unserved", "no_outage")
    total = float(asked[span].sum())
    if total <= 0.0:
        return undefined("citylearn_unserved", "no_load")
    return known("citylearn_unserved", float(missing[span].sum()) / total)
