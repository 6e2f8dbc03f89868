"""How a building uses its connection to the grid (电网交互). P is net import: import minus export."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import energy, positive, power
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined


def grid_interaction_index(net_import_kw: ArrayLike) -> Kpi:
    """Variability of the exchange with the grid.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        Import minus export [kW].

    Returns
    -------
    Kpi
        std(P/max|P|) over the steps (population) [-], 0 to 1. Undefined without exchange.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (grid interaction index).
    """
    net = power("net import", net_import_kw)
    return ratio("grid_interaction_index", float(net.std()), float(np.abs(net).max()), "no_exchange")


def connection_capacity_factor(net_import_kw: ArrayLike, connection_kw: float) -> Kpi:
    """How much of the connection's capacity is used over the span.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        [kW].
    connection_kw : float
        Capacity of the connection P_conn [kW].

    Returns
    -------
    Kpi
        sum(|P|*dt)/(P_conn*W) [-].

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (capacity factor).
    """
    net = power("net import", net_import_kw)
    return known(
        "connection_capacity_factor", float(np.abs(net).mean()) / positive("connection", connection_kw)
    )


def generation_multiple(net_import_kw: ArrayLike) -> Kpi:
    """Highest export over highest import (送受比).

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        [kW].

    Returns
    -------
    Kpi
        max(export)/max(import) [-], at the series' resolution. Undefined where nothing is imported.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (generation multiple).
    """
    net = power("net import", net_import_kw)
    return ratio("generation_multiple", max(float(-net.min()), 0.0), float(net.max()), "no_import")


def dimensioning_rate(net_import_kw: ArrayLike, connection_kw: float) -> Kpi:
    """Highest exchange over the connection's capacity.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        [kW].
    connection_kw : float
        P_conn [kW].

    Returns
    -------
    Kpi
        max|P|/P_conn [-], at the series' resolution.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (dimensioning rate).
    """
    net = power("net import", net_import_kw)
    return known("dimensioning_rate", float(np.abs(net).max()) / positive("connection", connection_kw))


def loss_of_load_probability(net_import_kw: ArrayLike, limit_kw: float = 0.0) -> Kpi:
    """Share of time in which the building needs the grid.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        [kW].
    limit_kw : float
        Import that does not count yet [kW].

    Returns
    -------
    Kpi
        Share of steps with P > limit [-], 0 to 1; its rest is the zero-import share.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (loss of load probability).
    """
    net = power("net import", net_import_kw)
    return known("loss_of_load_probability", float((net > limit_kw).mean()))


def import_savings(import_kw: ArrayLike, baseline_import_kw: ArrayLike, step_h: float) -> Kpi:
    """Energy that is no longer bought, of what the baseline bought.

    Parameters
    ----------
    import_kw, baseline_import_kw : array_like, shape (n,)
        Both >= 0 [kW].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        1 - sum(import*dt)/sum(import_b*dt) [-]. Undefined where the baseline buys nothing.

    Notes
    -----
    Source: PEDF Twin. The Annex 82 package divides by the load instead: `annex82.annex82_import_savings`.
    """
    base = power("baseline import", baseline_import_kw, least=0.0)
    imported = power("import", import_kw, base, 0.0)
    bought = energy(base, step_h)
    if bought <= 0.0:
        return undefined("import_savings", "no_import")
    return known("import_savings", 1.0 - energy(imported, step_h) / bought)
