"""Without the grid (离网韧性): how long the battery carries what must run, and what was not served."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import FloatArray, energy, mask, positive, power
from twin.judges.kpis.kpi import Kpi, known, undefined
from weather.errors import TwinError


def endurance_h(
    soc: ArrayLike, critical_kw: ArrayLike, capacity_kwh: float, soc_min: float, efficiency: float
) -> FloatArray:
    """Hours that the battery alone carries the critical load, were the grid lost at the end of each step.

    Parameters
    ----------
    soc, critical_kw : array_like, shape (n,)
        State of charge [-] and critical load [kW].
    capacity_kwh : float
        [kWh].
    soc_min : float
        State of charge kept [-].
    efficiency : float
        Of discharging, battery to load [-].

    Returns
    -------
    ndarray, shape (n,)
        T = E*max(SOC - SOC_min, 0)*eta/P_crit [h], as if the load of the step went on; infinite without load.

    Notes
    -----
    Source: PEDF Twin, own definition. Sun, vehicles and limits of power are left out.
    """
    state = power("soc", soc, least=0.0)
    load = power("critical load", critical_kw, state, 0.0)
    if not (0.0 <= soc_min <= 1.0 and 0.0 < efficiency <= 1.0):
        raise TwinError(
            f"a lowest state of charge of {soc_min} and an efficiency of {efficiency} make no sense.",
            "Give 0 to 1 for both, and an efficiency above zero.",
            key="soc_min",
        )
    stored = positive("capacity", capacity_kwh) * np.maximum(state - soc_min, 0.0) * efficiency
    return np.divide(stored, load, out=np.full_like(stored, np.inf), where=load > 0.0)


def islanding_endurance(
    soc: ArrayLike, critical_kw: ArrayLike, capacity_kwh: float, soc_min: float, efficiency: float
) -> tuple[Kpi, Kpi]:
    """Median and 5th percentile of the endurance over all steps with critical load.

    Parameters
    ----------
    soc, critical_kw, capacity_kwh, soc_min, efficiency
        As in `endurance_h`.

    Returns
    -------
    islanding_endurance, islanding_endurance_low : Kpi
        median and 5th percentile over steps of E_bat*(SOC - SOC_min)*eta/P_crit [h]. Undefined without
        critical load.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    hours = endurance_h(soc, critical_kw, capacity_kwh, soc_min, efficiency)
    hours = hours[np.isfinite(hours)]
    keys = ("islanding_endurance", "islanding_endurance_low")
    if not len(hours):
        one, other = (undefined(key, "no_critical_load") for key in keys)
        return one, other
    median, low = np.percentile(hours, (50.0, 5.0))
    return known(keys[0], float(median)), known(keys[1], float(low))


def unserved_critical(critical_kw: ArrayLike, served_kw: ArrayLike, outage: ArrayLike, step_h: float) -> Kpi:
    """Critical energy that was not served during outages.

    Parameters
    ----------
    critical_kw, served_kw : array_like, shape (n,)
        Asked and served, both >= 0 [kW].
    outage : array_like of bool, shape (n,)
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        sum over outage of max(P_crit - P_served, 0)*dt [kWh]. Undefined without an outage.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    asked = power("critical load", critical_kw, least=0.0)
    missing = np.maximum(asked - power("served", served_kw, asked, 0.0), 0.0)
    span = mask("outage", outage, asked)
    if not span.any():
        return undefined("unserved_critical", "no_outage")
    return known("unserved_critical", energy(missing, step_h, span))
