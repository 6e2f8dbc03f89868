"""Several buildings behind one meter (聚合)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import power
from twin.judges.kpis.kpi import Kpi, ratio, undefined
from twin.judges.kpis.peak import peak_reduction


def aggregation_synergy(
    powers_kw: Sequence[ArrayLike], baselines_kw: Sequence[ArrayLike], step_h: float
) -> Kpi:
    """Flexibility of the sum of buildings over the sum of their flexibilities.

    Parameters
    ----------
    powers_kw, baselines_kw : sequence of array_like, each shape (n,)
        Of each building with and without flexibility, in one order [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        peak reduction of the sum / sum of the buildings' peak reductions [-], peaks of 15-min means.
        Undefined for one building, and where the buildings' own reductions do not sum to more than zero.

    Notes
    -----
    Source: IEA EBC Annex 82 (a stub in its package), with peak reduction as the flexibility.
    """
    if len(powers_kw) < 2:
        return undefined("aggregation_synergy", "single_building")
    series = [power("power", p) for p in powers_kw]
    base = [power("baseline", b, s) for b, s in zip(baselines_kw, series, strict=True)]
    each = sum(peak_reduction(s, b, step_h)[0].value for s, b in zip(series, base, strict=True))
    together = peak_reduction(np.sum(series, axis=0), np.sum(base, axis=0), step_h)[0].value
    return ratio("aggregation_synergy", together, each, "no_change")
