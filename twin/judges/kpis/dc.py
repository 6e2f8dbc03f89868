"""Direct current: losses by stage, bus voltage and its bands, and how the grid interface is loaded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.judges.kpis.arrays import FloatArray, energy, positive, power, step_hours
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined

BAND_EDGES = (0.80, 0.90, 1.05, 1.07)
"""Stop, reduced power, rated power, reduced power, stop [p.u.]; Han et al. 2023, T/CABEE 030 family."""
_ON_EDGE = 1e-9
LOW_LOAD = 0.1


def losses(
    import_kw: ArrayLike,
    own_kw: ArrayLike,
    stored_kw: ArrayLike,
    stages_kw: Mapping[str, ArrayLike],
    step_h: float,
) -> tuple[Kpi, ...]:
    """Share of the energy that comes in and is lost on its way.

    Parameters
    ----------
    import_kw, own_kw : array_like, shape (n,)
        From the grid, and generated or given back by vehicles [kW].
    stored_kw : array_like, shape (n,)
        Growth of the energy in storage [kW].
    stages_kw : mapping of str to array_like, shape (n,)
        Loss of each stage [kW]; `interface` and `battery` have indicators of their own.
    step_h : float
        Step [h].

    Returns
    -------
    loss_share : Kpi
        sum of losses / (E_import + E_own - dE_store) = 1 - E_useful/(...) [-], where useful is all that is
        not lost, export among it.
    loss_interface, loss_battery : Kpi
        Parts of it, where the stages are given.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    imported = power("import", import_kw, least=0.0)
    come_in = energy(
        imported + power("own generation", own_kw, imported, 0.0) - power("stored", stored_kw, imported),
        step_h,
    )
    lost = {
        name: energy(power(f"loss of {name}", values, imported), step_h) for name, values in stages_kw.items()
    }
    found = [ratio("loss_share", sum(lost.values()), come_in, "no_throughput")]
    found += [
        ratio(f"loss_{name}", lost[name], come_in, "no_throughput")
        for name in ("interface", "battery")
        if name in lost
    ]
    return tuple(found)


def dc_advantage(loss_ac_kwh: float, loss_dc_kwh: float, useful_kwh: float) -> Kpi:
    """What direct current saves, of the useful energy.

    Parameters
    ----------
    loss_ac_kwh, loss_dc_kwh : float
        Losses of both variants under the same loads and control [kWh].
    useful_kwh : float
        [kWh].

    Returns
    -------
    Kpi
        (E_loss,AC - E_loss,DC)/E_useful [-].

    Notes
    -----
    Source: PEDF Twin, own definition; `twin ac-twin` marches the pair and splits it by cause.
    """
    return ratio("dc_advantage", loss_ac_kwh - loss_dc_kwh, useful_kwh, "no_load")


def _bands(voltage: FloatArray) -> NDArray[np.int_]:
    """0 stop below, 1 reduced, 2 rated, 3 reduced above, 4 stop above; a value on an edge is inside."""
    low, reduced, rated, high = BAND_EDGES
    return np.select(
        [
            voltage < low - _ON_EDGE,
            voltage < reduced - _ON_EDGE,
            voltage <= rated + _ON_EDGE,
            voltage <= high + _ON_EDGE,
        ],
        [0, 1, 2, 3],
        4,
    )


def voltage_quality(voltage_pu: ArrayLike, step_h: float) -> tuple[Kpi, ...]:
    """Where the bus voltage lives.

    Parameters
    ----------
    voltage_pu : array_like, shape (n,)
        Over its rated value [p.u.].
    step_h : float
        Step [h].

    Returns
    -------
    tuple of Kpi
        `voltage_rated_share` 90 to 105 %, `voltage_low_share` 80 to 90 %, `voltage_high_share` 105 to 107 %,
        `voltage_outside_share` [-], which sum to 1; `voltage_p1`, `voltage_p99` [p.u.]; `band_crossings`
        changes of band between steps [1/d].

    Notes
    -----
    Source: PEDF Twin; bands of Han et al., Energy Engineering 120(6), 2023.
    """
    voltage = power("voltage", voltage_pu, least=0.0)
    band = _bands(voltage)
    days = len(voltage) * step_hours(step_h) / 24.0
    p1, p99 = (float(x) for x in np.percentile(voltage, (1.0, 99.0)))
    return (
        known("voltage_rated_share", float((band == 2).mean())),
        known("voltage_low_share", float((band == 1).mean())),
        known("voltage_high_share", float((band == 3).mean())),
        known("voltage_outside_share", float(((band == 0) | (band == 4)).mean())),
        known("voltage_p1", p1),
        known("voltage_p99", p99),
        known("band_crossings", float((np.diff(band) != 0).sum()) / days),
    )


def apr_participation(realised_kw: ArrayLike, commanded_kw: ArrayLike) -> Kpi:
    """How much of the power that the voltage commands a class of devices gives.

    Parameters
    ----------
    realised_kw, commanded_kw : array_like, shape (n,)
        Change of power against the undisturbed device, and the change its curve asks for [kW].

    Returns
    -------
    Kpi
        sum(realised*sign(commanded))/sum|commanded| [-]; power against the command counts against it.
        Undefined where nothing was commanded.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    asked = power("commanded", commanded_kw)
    given = power("realised", realised_kw, asked)
    total = float(np.abs(asked).sum())
    if total <= 0.0:
        return undefined("apr_participation", "no_orders")
    return known("apr_participation", float((given * np.sign(asked)).sum()) / total)


def interface_load(net_import_kw: ArrayLike, rating_kw: float) -> tuple[Kpi, Kpi]:
    """How the grid interface is used; low load is where its fixed loss weighs most.

    Parameters
    ----------
    net_import_kw : array_like, shape (n,)
        Power through the interface [kW].
    rating_kw : float
        P_AFE [kW].

    Returns
    -------
    interface_utilisation : Kpi
        mean|P|/P_AFE [-].
    interface_low_load : Kpi
        Share of steps with |P| < 0.1*P_AFE [-].

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    through, rating = np.abs(power("net import", net_import_kw)), positive("rating", rating_kw)
    return (
        known("interface_utilisation", float(through.mean()) / rating),
        known("interface_low_load", float((through < LOW_LOAD * rating).mean())),
    )
