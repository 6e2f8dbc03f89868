"""What flexibility saves in money and carbon against the same building without it."""

from __future__ import annotations

import math

from twin.judges.kpis.kpi import Kpi, known, undefined
from weather.errors import TwinError


def cost_savings(cost_cny: float, baseline_cny: float) -> tuple[Kpi, Kpi]:
    """Money saved.

    Parameters
    ----------
    cost_cny, baseline_cny : float
        Whole bills: energy, demand charge, export as revenue, gas [CNY].

    Returns
    -------
    flexibility_savings_index : Kpi
        1 - C/C_b [-]. Undefined where the baseline costs nothing (or earns).
    cost_change : Kpi
        C - C_b [CNY].

    Notes
    -----
    Source: IEA EBC Annex 82 package (flexibility savings index).
    """
    return _saved("flexibility_savings_index", "cost_change", cost_cny, baseline_cny)


def carbon_savings(carbon_kg: float, baseline_kg: float) -> tuple[Kpi, Kpi]:
    """Carbon saved.

    Parameters
    ----------
    carbon_kg, baseline_kg : float
        Operational carbon by one account of one vintage [kgCO2].

    Returns
    -------
    carbon_reduction : Kpi
        1 - sum(ci*E)/sum(ci*E_b) [-]. Undefined where the baseline emits nothing.
    carbon_change : Kpi
        M - M_b [kgCO2].

    Notes
    -----
    Source: IEA EBC Annex 82 package (relative CO2 reduction). With one factor for all hours it says no more
    than the energy bought; shifting shows only under an hourly factor.
    """
    return _saved("carbon_reduction", "carbon_change", carbon_kg, baseline_kg)


def _saved(share: str, change: str, value: float, base: float) -> tuple[Kpi, Kpi]:
    for name, number in (("value", value), ("baseline", base)):
        if not math.isfinite(number):
            raise TwinError(f"the {name} of {share} is {number}.", "Give a finite number.", key=share)
    of_base = undefined(share, "zero_baseline") if base <= 0.0 else known(share, 1.0 - value / base)
    return of_base, known(change, value - base)
