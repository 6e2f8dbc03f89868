"""Three indicators of the IEA EBC Annex 82 package as its code has them, to stand beside what is meant.

Read in HichamJohra/energy_flexibility_kpis (2026). Its events include the step that starts at their end, and
its integrals are Simpson's rule over step means, which drops a step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import simpson

from twin.judges.kpis.arrays import mask, power, step_hours
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined


def annex82_rebound_energy(power_kw: ArrayLike, baseline_kw: ArrayLike, first: int, step_h: float) -> Kpi:
    """Rebound energy as coded: the window after the event begins at its start.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW], of the window evaluated.
    first : int
        First step of the event.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        [kWh]; what is meant: `event.rebound`. Undefined without a step before the event or after its first.

    Notes
    -----
    Source: IEA EBC Annex 82 package, `ReboundEnergy`.
    """
    base = power("baseline", baseline_kw)
    if not 1 <= first < len(base) - 1:
        return undefined("annex82_rebound_energy", "no_period")
    more = power("power", power_kw, base) - base
    hours = step_hours(step_h)
    parts = (simpson(part, dx=hours) for part in (more[:first], more[first + 1 :]))
    return known("annex82_rebound_energy", float(sum(parts)))


def annex82_peak_shaving(
    power_kw: ArrayLike, baseline_kw: ArrayLike, window: ArrayLike, step_h: float
) -> Kpi:
    """Dimensionless peak shaving as coded: steps are taken for hours.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    window : array_like of bool, shape (n,)
        Any spans (the package refuses more than one).
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        [-]; what is meant: `peak.dimensionless_peak_shaving`.

    Notes
    -----
    Source: IEA EBC Annex 82 package, `DimensionlessPeakShaving`.
    """
    base = power("baseline", baseline_kw)
    p, span = power("power", power_kw, base), mask("window", window, base)
    if not span.any():
        return undefined("annex82_peak_shaving", "no_period")
    shaved = float((base - p)[span].mean()) * int(span.sum())
    taken = float(simpson(base[span], dx=step_hours(step_h)))
    return ratio("annex82_peak_shaving", shaved, taken, "no_baseline_load")


def annex82_import_savings(
    load_kw: ArrayLike, baseline_load_kw: ArrayLike, generation_kw: ArrayLike, step_h: float
) -> Kpi:
    """Relative energy import savings as coded: divided by the load, storage left out.

    Parameters
    ----------
    load_kw, baseline_load_kw, generation_kw : array_like, shape (n,)
        Gross loads and generation [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        [-]; what is meant: `grid.import_savings`.

    Notes
    -----
    Source: IEA EBC Annex 82 package, `RelativeEnergyImportSavings`.
    """
    base = power("baseline load", baseline_load_kw)
    load, own = power("load", load_kw, base), power("generation", generation_kw, base)
    hours = step_hours(step_h)
    saved = simpson(np.maximum(base - own, 0.0) - np.maximum(load - own, 0.0), dx=hours)
    return ratio("annex82_import_savings", float(saved), float(simpson(base, dx=hours)), "no_baseline_load")
