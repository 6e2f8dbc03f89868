"""How PV and load meet (光伏与负荷匹配): at the meter over the span, and step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import block_means, energy, mask, power, step_hours
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined


def self_consumption(generation_kw: ArrayLike, export_kw: ArrayLike) -> Kpi:
    """Self-consumption at the meter (自用率).

    Parameters
    ----------
    generation_kw, export_kw : array_like, shape (n,)
        PV delivered and power fed into the grid, both >= 0 [kW].

    Returns
    -------
    Kpi
        1 - sum(export)/sum(G) [-]. Losses of storage count as consumption; below 0 where a battery exports
        what it bought. Undefined without generation.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52, restated for a meter.
    """
    generation = power("generation", generation_kw, least=0.0)
    export = power("export", export_kw, generation, 0.0)
    total = float(generation.sum())
    return ratio("self_consumption", total - float(export.sum()), total, "no_generation")


def self_sufficiency(generation_kw: ArrayLike, export_kw: ArrayLike, import_kw: ArrayLike) -> Kpi:
    """Self-sufficiency at the meter (自给率).

    Parameters
    ----------
    generation_kw, export_kw, import_kw : array_like, shape (n,)
        All >= 0 [kW].

    Returns
    -------
    Kpi
        (sum(G) - sum(export))/(sum(G) - sum(export) + sum(import)) [-]. Undefined without generation.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52, restated for a meter.
    """
    generation = power("generation", generation_kw, least=0.0)
    export, imported = (
        power(n, v, generation, 0.0) for n, v in (("export", export_kw), ("import", import_kw))
    )
    if not generation.any():
        return undefined("self_sufficiency", "no_generation")
    own = float(generation.sum()) - float(export.sum())
    return ratio("self_sufficiency", own, own + float(imported.sum()), "no_load")


def supply_cover_factor(generation_kw: ArrayLike, load_kw: ArrayLike, charge_kw: ArrayLike) -> Kpi:
    """Share of the generation used in the step in which it falls.

    Parameters
    ----------
    generation_kw, load_kw, charge_kw : array_like, shape (n,)
        Generation after curtailment, load, and what storage takes; all >= 0 [kW].

    Returns
    -------
    Kpi
        sum(min(G, L + P_ch))/sum(G) [-], 0 to 1. Undefined without generation.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (supply cover factor). What storage loses later counts as used.
    """
    generation = power("generation", generation_kw, least=0.0)
    load, charge = (power(n, v, generation, 0.0) for n, v in (("load", load_kw), ("charge", charge_kw)))
    used = float(np.minimum(generation, load + charge).sum())
    return ratio("supply_cover_factor", used, float(generation.sum()), "no_generation")


def load_cover_factor(
    generation_kw: ArrayLike, load_kw: ArrayLike, charge_kw: ArrayLike, discharge_kw: ArrayLike
) -> Kpi:
    """Share of the load covered on site in the step in which it falls.

    Parameters
    ----------
    generation_kw, load_kw, charge_kw, discharge_kw : array_like, shape (n,)
        All >= 0 [kW].

    Returns
    -------
    Kpi
        sum(min(max(G + P_dis - P_ch, 0), L))/sum(L) [-], 0 to 1. Undefined without load or generation.

    Notes
    -----
    Source: IEA SHC Task 40 / EBC Annex 52 (load cover factor).
    """
    generation = power("generation", generation_kw, least=0.0)
    load, charge, discharge = (
        power(n, v, generation, 0.0)
        for n, v in (("load", load_kw), ("charge", charge_kw), ("discharge", discharge_kw))
    )
    if not generation.any():
        return undefined("load_cover_factor", "no_generation")
    covered = float(np.minimum(np.maximum(generation + discharge - charge, 0.0), load).sum())
    return ratio("load_cover_factor", covered, float(load.sum()), "no_load")


def load_match_index(
    generation_kw: ArrayLike, load_kw: ArrayLike, step_h: float, window_h: float | None = None
) -> Kpi:
    """Mean share of the load that generation meets at the same time.

    Parameters
    ----------
    generation_kw, load_kw : array_like, shape (n,)
        Both >= 0 [kW].
    step_h : float
        Step [h].
    window_h : float, optional
        Resolution at which it is taken; None takes the series' own (key `load_match_index_step`).

    Returns
    -------
    Kpi
        mean of min(1, G/L) over windows with load [-], 0 to 1; the note tells resolution and windows without
        load. It falls with a finer resolution: compare at one only.

    Notes
    -----
    Source: Voss et al. 2010; IEA SHC Task 40 / EBC Annex 52.
    """
    generation = power("generation", generation_kw, least=0.0)
    load = power("load", load_kw, generation, 0.0)
    key = "load_match_index_step" if window_h is None else "load_match_index"
    if not generation.any():
        return undefined(key, "no_generation")
    window = step_hours(step_h) if window_h is None else window_h
    g, need = (block_means(x, step_h, window) for x in (generation, load))
    some = need > 0.0
    if not some.any():
        return undefined(key, "no_load")
    note = f"at {60.0 * max(window, step_h):g} min"
    if not some.all():
        note += f"; {int((~some).sum())} without load left out"
    return known(key, float(np.minimum(1.0, g[some] / need[some]).mean()), note)


def pv_curtailment_ratio(generation_kw: ArrayLike, curtailed_kw: ArrayLike) -> Kpi:
    """Share of the available PV that was not taken (弃光率).

    Parameters
    ----------
    generation_kw, curtailed_kw : array_like, shape (n,)
        Delivered, and available but not delivered; both >= 0 [kW].

    Returns
    -------
    Kpi
        sum(G_avail - G)/sum(G_avail) [-], 0 to 1. Undefined without PV.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    generation = power("generation", generation_kw, least=0.0)
    curtailed = float(power("curtailed", curtailed_kw, generation, 0.0).sum())
    return ratio("pv_curtailment_ratio", curtailed, curtailed + float(generation.sum()), "no_generation")


def event_self_consumption(
    load_kw: ArrayLike,
    baseline_load_kw: ArrayLike,
    generation_kw: ArrayLike,
    during: ArrayLike,
    step_h: float,
) -> Kpi:
    """Share of the load added in an event that own generation covers.

    Parameters
    ----------
    load_kw, baseline_load_kw, generation_kw : array_like, shape (n,)
        Gross load with and without the event, and generation [kW].
    during : array_like of bool, shape (n,)
        Steps of the event.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        int clip(min(P, G) - P_b, 0)dt / int (P - P_b)dt [-]. Undefined where no energy is added.

    Notes
    -----
    Source: IEA EBC Annex 82 package. As stored it raises (it calls a module); restated as meant.
    """
    load = power("load", load_kw)
    base, generation = (
        power("baseline load", baseline_load_kw, load),
        power("generation", generation_kw, load),
    )
    span = mask("during", during, load)
    own = energy(np.maximum(np.minimum(load, generation) - base, 0.0), step_h, span)
    return ratio("event_self_consumption", own, energy(load - base, step_h, span), "no_change")
