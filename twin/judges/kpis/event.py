"""What a demand-response event changes (需求响应): during it, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import (
    BoolArray,
    FloatArray,
    block_means,
    energy,
    mask,
    positive,
    power,
    step_hours,
)
from twin.judges.kpis.kpi import Kpi, known, ratio, undefined
from weather.errors import TwinError


@dataclass(frozen=True)
class Span:
    """Steps before, during and after an event; boolean, shape (n,), no step in two of them."""

    before: BoolArray
    during: BoolArray
    after: BoolArray

    @property
    def whole(self) -> BoolArray:
        """All three."""
        return np.asarray(self.before | self.during | self.after)


def span(n: int, first: int, end: int, *, before: int, after: int) -> Span:
    """Windows of an event in a series of interval starts.

    Parameters
    ----------
    n : int
        Length of the series.
    first, end : int
        First step of the event and the first step after it, so that `end` itself is no part of it.
    before, after : int
        Lengths of the windows beside it, in steps; cut at the ends of the series.

    Raises
    ------
    TwinError
        The event lies outside the series or is empty.
    """
    if not 0 <= first < end <= n or before < 0 or after < 0:
        raise TwinError(
            f"an event from step {first} to {end} of {n} with {before} before and {after} after is none.",
            "Give 0 <= first < end <= n and windows of no negative length.",
            key="event",
        )
    number = np.arange(n)
    return Span(
        (number >= first - before) & (number < first),
        (number >= first) & (number < end),
        (number >= end) & (number < end + after),
    )


def _pair(power_kw: ArrayLike, baseline_kw: ArrayLike) -> tuple[FloatArray, FloatArray]:
    base = power("baseline", baseline_kw)
    return power("power", power_kw, base), base


def demand_decrease(
    power_kw: ArrayLike, baseline_kw: ArrayLike, event: Span, floor_area_m2: float | None = None
) -> tuple[Kpi, ...]:
    """How much less is drawn during an event.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    event : Span
    floor_area_m2 : float, optional
        [m2].

    Returns
    -------
    tuple of Kpi
        `demand_decrease` mean_ev(P_b - P) [kW], `demand_decrease_index` 1 - mean_ev(P)/mean_ev(P_b) [-], and
        with a floor area `demand_decrease_intensity` [W/m2].

    Notes
    -----
    Source: IEA EBC Annex 82 package, whose event includes the step that starts at its end; intensity also
    LBNL, Adv. Applied Energy 8 (2022).
    """
    p, base = _pair(power_kw, baseline_kw)
    during = mask("event", event.during, base)
    less, level = float((base - p)[during].mean()), float(base[during].mean())
    found = [
        known("demand_decrease", less),
        ratio("demand_decrease_index", less, level, "no_baseline_load"),
    ]
    if floor_area_m2 is not None:
        area = positive("floor area", floor_area_m2)
        found.append(known("demand_decrease_intensity", 1000.0 * less / area))
    return tuple(found)


def demand_increase(power_kw: ArrayLike, baseline_kw: ArrayLike, event: Span) -> tuple[Kpi, Kpi]:
    """How much more is drawn during an event (填谷).

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    event : Span

    Returns
    -------
    demand_increase : Kpi
        mean_ev(P - P_b) [kW].
    demand_increase_index : Kpi
        mean_ev(P)/mean_ev(P_b) - 1 [-].

    Notes
    -----
    Source: IEA EBC Annex 82 package.
    """
    p, base = _pair(power_kw, baseline_kw)
    during = mask("event", event.during, base)
    more, level = float((p - base)[during].mean()), float(base[during].mean())
    return (
        known("demand_increase", more),
        ratio("demand_increase_index", more, level, "no_baseline_load"),
    )


def rebound(
    power_kw: ArrayLike, baseline_kw: ArrayLike, event: Span, step_h: float
) -> tuple[Kpi, Kpi, Kpi, Kpi, Kpi]:
    """What is drawn beyond the baseline before and after an event (反弹).

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    event : Span
        `after` begins at the end of the event.
    step_h : float
        Step [h].

    Returns
    -------
    rebound_energy : Kpi
        int_pre (P - P_b)dt + int_post (P - P_b)dt [kWh].
    rebound_after : Kpi
        The second part alone [kWh].
    rebound_power : Kpi
        mean_post(P - P_b) [kW].
    rebound_index : Kpi
        mean_post(P)/mean_post(P_b) - 1 [-].
    payback_ratio : Kpi
        max_post(P)/max_post(P_b) of 15-min means [-]; above 1 where the rebound makes a new peak.

    Notes
    -----
    Source: IEA EBC Annex 82 package. As coded its window after the event begins at the event's START, so that
    the response itself is counted as negative rebound: `annex82.annex82_rebound_energy`.
    """
    p, base = _pair(power_kw, baseline_kw)
    before, after = mask("before", event.before, base), mask("after", event.after, base)
    more = p - base
    moved = known("rebound_energy", energy(more, step_h, before | after))
    if not after.any():
        keys = ("rebound_after", "rebound_power", "rebound_index", "payback_ratio")
        a, b, c, d = (undefined(key, "no_period") for key in keys)
        return moved, a, b, c, d
    top, top_b = (float(block_means(x[after], step_h).max()) for x in (p, base))
    mean = float(more[after].mean())
    return (
        moved,
        known("rebound_after", energy(more, step_h, after)),
        known("rebound_power", mean),
        ratio("rebound_index", mean, float(base[after].mean()), "no_baseline_load"),
        ratio("payback_ratio", top, top_b, "no_baseline_load"),
    )


def net_consumption_change(
    power_kw: ArrayLike, baseline_kw: ArrayLike, window: ArrayLike, step_h: float
) -> Kpi:
    """What an event costs or saves in energy over a window.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    window : array_like of bool, shape (n,)
        Steps W, event and what is around it.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        100*int_W (P - P_b)dt / int_W P_b dt [%].

    Notes
    -----
    Source: IEA EBC Annex 82 package (net building consumption change).
    """
    p, base = _pair(power_kw, baseline_kw)
    span_ = mask("window", window, base)
    more, level = energy(p - base, step_h, span_), energy(base, step_h, span_)
    return ratio("net_consumption_change", 100.0 * more, level, "no_baseline_load")


def response_rate(delivered_kw: ArrayLike, committed_kw: float) -> Kpi:
    """Delivered over committed power (响应率).

    Parameters
    ----------
    delivered_kw : array_like, shape (n,)
        Customer baseline less actual, during the event [kW].
    committed_kw : float
        [kW].

    Returns
    -------
    Kpi
        mean_ev(P_cbl - P)/P_committed [-].

    Notes
    -----
    Source: GB/T 32127 and GB/T 37016-2018 families. The settlement of a Run does this with the programme's
    own baseline and rules (`twin.market.demand_response.settle`).
    """
    delivered = power("delivered", delivered_kw)
    return known("response_rate", float(delivered.mean()) / positive("committed", committed_kw))


def sustained_hours(delivered_kw: ArrayLike, committed_kw: float, step_h: float, share: float = 0.8) -> Kpi:
    """How long a response lasts from the start of the event without a break.

    Parameters
    ----------
    delivered_kw : array_like, shape (n,)
        Baseline less actual, during the event [kW].
    committed_kw : float
        [kW].
    step_h : float
        Step [h].
    share : float
        Of the commitment that must be reached.

    Returns
    -------
    Kpi
        Time until the first step below share*P_committed [h].

    Notes
    -----
    Source: PEDF Twin, own definition; 80 % as Shanghai's programme asks of a response.
    """
    enough = power("delivered", delivered_kw) >= share * positive("committed", committed_kw)
    steps = len(enough) if enough.all() else int(np.argmin(enough))
    return known("sustained_hours", steps * step_hours(step_h))
