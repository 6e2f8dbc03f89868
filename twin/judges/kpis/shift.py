"""Energy moved between dear and cheap hours (负荷转移), and what a step of the price makes a building do."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import BoolArray, FloatArray, energy, mask, power, step_hours
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined
from weather.errors import TwinError

RESPONSE_FROM = 0.01
"""Share of the largest response from which on a response counts."""


def flexibility_factor(
    import_kw: ArrayLike, low: ArrayLike, high: ArrayLike, step_h: float, key: str = "flexibility_factor"
) -> Kpi:
    """Where the energy is bought: in cheap or in dear hours (柔性系数).

    Parameters
    ----------
    import_kw : array_like, shape (n,)
        >= 0 [kW].
    low, high : array_like of bool, shape (n,)
        Steps of low and of high price (or carbon intensity), in any number of spans; no step in both.
    step_h : float
        Step [h].
    key : {"flexibility_factor", "flexibility_factor_carbon"}

    Returns
    -------
    Kpi
        (E_low - E_high)/(E_low + E_high) [-], -1 to 1. Undefined without import in either.

    Notes
    -----
    Source: IEA EBC Annex 82 package, which takes one span with one start and one end, and all else as low.
    """
    imported = power("import", import_kw, least=0.0)
    cheap, dear = mask("low", low, imported), mask("high", high, imported)
    _refuse_overlap(cheap, dear)
    if not (cheap.any() and dear.any()):
        return undefined(key, "no_price_periods")
    e_low, e_high = energy(imported, step_h, cheap), energy(imported, step_h, dear)
    return ratio(key, e_low - e_high, e_low + e_high, "no_import")


def flexibility_index(
    import_kw: ArrayLike, baseline_kw: ArrayLike, medium: ArrayLike, high: ArrayLike
) -> Kpi:
    """How much smaller the shares of energy in medium and dear hours are than without flexibility.

    Parameters
    ----------
    import_kw, baseline_kw : array_like, shape (n,)
        Both >= 0 [kW].
    medium, high : array_like of bool, shape (n,)
        Steps of those price classes.

    Returns
    -------
    Kpi
        50*[(1 - s_high/s_high_b) + (1 - s_med/s_med_b)] [%], at most 100. Undefined where the baseline takes
        nothing in one of them.

    Notes
    -----
    Source: IEA EBC Annex 82 package (flexibility index).
    """
    base = power("baseline", baseline_kw, least=0.0)
    imported = power("import", import_kw, base, 0.0)
    spans = mask("high", high, base), mask("medium", medium, base)
    _refuse_overlap(*spans)
    if not all(span.any() for span in spans):
        return undefined("flexibility_index", "no_price_periods")
    if not imported.any():
        return undefined("flexibility_index", "no_import")
    before = [float(base[span].sum()) / max(float(base.sum()), 1e-300) for span in spans]
    after = [float(imported[span].sum() / imported.sum()) for span in spans]
    if min(before) <= 0.0:
        return undefined("flexibility_index", "no_baseline_load")
    return known("flexibility_index", 50.0 * sum(1.0 - a / b for a, b in zip(after, before, strict=True)))


def _refuse_overlap(one: BoolArray, other: BoolArray) -> None:
    if (one & other).any():
        raise TwinError(
            f"{int((one & other).sum())} steps lie in two price classes.",
            "Give each step one class.",
            key="high",
        )


def flexibility_function_index(
    power_kw: ArrayLike, baseline_kw: ArrayLike, price: ArrayLike, step_h: float
) -> Kpi:
    """Cost saved under a test price.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    price : array_like, shape (n,)
        Test signal, in any unit per kWh.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        FI = 1 - sum(p*P)/sum(p*P_b) [-], at most 1 for P, p >= 0. Undefined where the baseline costs nothing.

    Notes
    -----
    Source: IEA EBC Annex 67, Junker et al. 2018 (flexibility index); definition from memory, to be verified.
    """
    base = power("baseline", baseline_kw)
    p, signal = power("power", power_kw, base), power("price", price, base)
    cost, cost_b = energy(signal * p, step_h), energy(signal * base, step_h)
    return ratio("flexibility_function_index", cost_b - cost, cost_b, "zero_baseline")


def flexibility_function(
    power_kw: ArrayLike, baseline_kw: ArrayLike, step_of_price: int, step_h: float
) -> tuple[Kpi, ...]:
    """Characteristics of the response to a step up of the price.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        With and without the price step [kW].
    step_of_price : int
        Step at whose start the price rises.
    step_h : float
        Step [h].

    Returns
    -------
    tuple of Kpi
        `response_delay` tau, `response_depth` Delta, `response_rise` alpha, `response_duration` beta,
        `response_energy` A, `response_rebound` B. The first response is the first decrease of more than
        1 % of the largest; alpha and beta count from it (alpha to the start of the largest), and beta ends
        where the decrease does, for the first time after the largest. Undefined where power never falls.

    Notes
    -----
    Source: IEA EBC Annex 67, Junker et al. 2018 (six characteristics); from memory, to be verified.
    """
    base = power("baseline", baseline_kw)
    if not 0 <= step_of_price < len(base):
        raise TwinError(
            f"step {step_of_price} lies outside the series.", "Name a step of it.", key="step_of_price"
        )
    less: FloatArray = (base - power("power", power_kw, base))[step_of_price:]
    hours, top = step_hours(step_h), int(np.argmax(less))
    depth = float(less[top])
    keys = ("delay", "depth", "rise", "duration", "energy", "rebound")
    if depth <= 0.0:
        return tuple(undefined(f"response_{key}", "no_response") for key in keys)
    first = int(np.argmax(less > RESPONSE_FROM * depth))
    over = less[top:] <= RESPONSE_FROM * depth
    last = top + int(np.argmax(over)) if over.any() else len(less)
    values = (
        first * hours,
        depth,
        (top - first) * hours,
        (last - first) * hours,
        float(np.maximum(less, 0.0)[first:last].sum()) * hours,
        float(np.maximum(-less, 0.0)[last:].sum()) * hours,
    )
    note = "" if over.any() else "demand is not back at the end of the series"
    return tuple(known(f"response_{key}", v, note) for key, v in zip(keys, values, strict=True))
