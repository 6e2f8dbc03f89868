"""A demand-response call (需求响应) of one meter: baseline, delivery, whether it counts and what it pays.

Settlement looks at the meter alone: a day has 96 points, the baseline (基线负荷) is the mean of the same
quarter-hours of recent eligible days, and the response is baseline minus actual. Where a march without the
call exists, the delivery and the rebound against it are shown beside: that is the physical truth, which a
settlement cannot know. One meter is a fleet of one: baselines and rules are those of `twin.market.baselines`
and `twin.market.validity`; the money of a whole fleet is `twin.market.settlement`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from twin.market.assumption import Assumption, merged
from twin.market.baselines import BaselineMethod, NoBaseline
from twin.market.bill import demand_kw
from twin.market.days import DayCalendar, local_times
from twin.market.event import HOURS, Call, Event
from twin.market.meter_days import FloatArray, MeterDays, meter_days
from twin.market.products import Programme, load_programme
from twin.market.similar_days import SameDayAdjustment, SimilarDays
from twin.market.validity import Condition, responses, rule_assumptions
from weather.errors import TwinError


@dataclass(frozen=True)
class Baseline:
    """Customer baseline of the day of a call.

    Parameters
    ----------
    kw : ndarray, shape (96,)
        Adjusted baseline, kW.
    days : tuple of date
        Days it is the mean of.
    left_out : tuple of (date, str)
        Recent days of the same type that were not eligible, with the reason.
    adjustment, adjustment_unclipped : float
        Factor applied, and what it would have been without its clip; 1 without adjustment.
    assumptions : tuple of Assumption
    """

    kw: FloatArray
    days: tuple[date, ...]
    left_out: tuple[tuple[date, str], ...]
    adjustment: float
    adjustment_unclipped: float
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a validity rule: `value` must reach `limit` (strictly, where `strict`)."""

    what: str
    value: float
    limit: float
    strict: bool
    met: bool


@dataclass(frozen=True)
class Settlement:
    """What a call brought.

    Power is import minus export at the meter; `delivered` is positive in the direction that the call asked
    for. Energies of `before` and `after` are actual minus baseline over the neighbouring hours of the same
    day (positive: more was drawn), so that `after` is the rebound of a peak-shaving call.
    """

    call: Call
    baseline: Baseline
    actual_kw: FloatArray
    delivered_kw: FloatArray
    mean_kw: float
    energy_kwh: float
    response_rate: float
    effective_minutes: float
    rules: dict[str, tuple[Check, ...]]
    paid_kwh: float
    pay_cny: float
    before_kwh: float
    after_kwh: float
    against_reference: dict[str, float] | None
    assumptions: tuple[Assumption, ...]

    def valid(self, rule: str) -> bool | None:
        """Whether the response counts under `rule_one` or `rule_two`; None where the rule has no case."""
        checks = self.rules[rule]
        return all(check.met for check in checks) if checks else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; series are those of the whole day, 96 points."""
        rules = {
            name: {"valid": self.valid(name), "checks": [asdict(c) for c in checks]}
            for name, checks in self.rules.items()
        }
        return {
            "kind": self.call.kind,
            "start": self.call.start.isoformat(),
            "end": self.call.end.isoformat(),
            "committed_kw": self.call.committed_kw,
            "mean_kw": self.mean_kw,
            "energy_kwh": self.energy_kwh,
            "response_rate": self.response_rate,
            "effective_minutes": self.effective_minutes,
            "rules": rules,
            "paid_kwh": self.paid_kwh,
            "pay_cny": self.pay_cny,
            "before_kwh": self.before_kwh,
            "after_kwh": self.after_kwh,
            "against_reference": self.against_reference,
            "baseline_days": [d.isoformat() for d in self.baseline.days],
            "baseline_left_out": [[d.isoformat(), why] for d, why in self.baseline.left_out],
            "baseline_adjustment": self.baseline.adjustment,
            "baseline_adjustment_unclipped": self.baseline.adjustment_unclipped,
            "baseline_kw": self.baseline.kw.tolist(),
            "actual_kw": self.actual_kw.tolist(),
        }


# --- the baseline ---------------------------------------------------------------------------------------


def baseline(
    load_kw: ArrayLike,
    times: pd.DatetimeIndex,
    call: Call,
    *,
    programme: Programme | None = None,
    calendar: DayCalendar | None = None,
    event_days: Collection[date] = (),
    outage_days: Collection[date] = (),
    adjust: bool = False,
) -> Baseline:
    """Customer baseline from recent similar days before the call.

    Parameters
    ----------
    load_kw : array_like, shape (n,)
        Net import at the meter, kW; a day with NaN is not eligible.
    times : DatetimeIndex, shape (n,)
        Interval starts, tz-aware, regular.
    call : Call
    programme : Programme, optional
        Default Shanghai's.
    calendar : DayCalendar, optional
        Tells workdays from rest days.
    event_days, outage_days : collection of date
        Days that are not eligible.
    adjust : bool
        Scale by actual over baseline in the hours before the call, within the programme's clip. A building
        that precools would earn a higher baseline by it, so that it is off unless asked for.

    Returns
    -------
    Baseline

    Raises
    ------
    TwinError
        If no eligible day precedes the call, the call is not on quarter-hours of one day, or the meter is
        silent in the hours that the adjustment compares.
    """
    event = _confirmed(call)
    days = meter_days(load_kw, times, calendar=calendar, event_days=event_days, outage_days=outage_days)
    return _baseline(days, event, programme or load_programme(), adjust)


def _confirmed(call: Call) -> Event:
    if not call.committed_kw > 0:
        raise TwinError(
            f"the call commits {call.committed_kw} kW.", "Commit more than nothing.", key="event.reduction"
        )
    return call.event


def _baseline(days: MeterDays, event: Event, programme: Programme, adjust: bool) -> Baseline:
    method: BaselineMethod = SimilarDays(SameDayAdjustment() if adjust else None)
    made = method(days, event, programme)
    if made.missing[0] == NoBaseline.TOO_FEW_DAYS:
        kind = "rest day" if days.rest[days.place(event.day)] else "workday"
        raise TwinError(
            f"no eligible {kind} precedes {event.day} in the load.",
            "Give load of at least one such day before the call.",
            key="event",
        )
    if made.missing[0]:
        raise TwinError(
            f"the load has gaps in the hours before the call on {event.day}.",
            "Give the load of these hours, or do without the same-day adjustment.",
            key="event",
        )
    return Baseline(
        made.kw[0],
        made.days_of(0),
        made.left_out_of(0),
        float(made.adjustment[0]),
        float(made.adjustment_unclipped[0]),
        made.assumptions,
    )


# --- the settlement -------------------------------------------------------------------------------------


def settle(
    load_kw: ArrayLike,
    times: pd.DatetimeIndex,
    call: Call,
    *,
    programme: Programme | None = None,
    calendar: DayCalendar | None = None,
    event_days: Collection[date] = (),
    outage_days: Collection[date] = (),
    adjust: bool = False,
    rule: str = "rule_two",
    reference_kw: ArrayLike | None = None,
    neighbour_hours: float = 4.0,
) -> Settlement:
    """Settle one call on 96 points.

    Parameters
    ----------
    load_kw : array_like, shape (n,)
        Net import at the meter in the march with the call, kW.
    times : DatetimeIndex, shape (n,)
        Interval starts, tz-aware, regular.
    call : Call
    programme, calendar, event_days, outage_days, adjust
        As in `baseline`.
    rule : {"rule_one", "rule_two"}
        Rule that decides whether the response is paid; both are shown.
    reference_kw : array_like, shape (n,), optional
        Net import of the same building without the call.
    neighbour_hours : float
        Hours before and after the call over which its shift of energy is summed (within the day).

    Returns
    -------
    Settlement

    Raises
    ------
    TwinError
        As in `baseline`, or if the meter is silent on the day of the call.
    """
    programme = programme or load_programme()
    event = _confirmed(call)
    days = meter_days(load_kw, times, calendar=calendar, event_days=event_days, outage_days=outage_days)
    actual = days.kw[0, days.place(event.day)]
    if not np.isfinite(actual).all():
        raise TwinError(
            f"the load has {int((~np.isfinite(actual)).sum())} gaps on {event.day}, the day of the call.",
            "Give the whole day; a settlement does not invent what a meter did not say.",
            key="event",
        )
    base = _baseline(days, event, programme, adjust)
    during = event.window
    found = responses(
        event.kind,
        base.kw[None, during],
        actual[None, during],
        np.array([float(call.committed_kw)]),
        programme,
    )
    mean = float(found.mean_kw[0])
    paid_kwh = float(found.paid_kw(rule, programme)[0]) * event.hours
    price, said = programme.price(event.kind, event.notice)
    n = round(neighbour_hours / HOURS)
    shift = (actual - base.kw) * HOURS
    return Settlement(
        call=call,
        baseline=base,
        actual_kw=actual,
        delivered_kw=event.sign * (base.kw - actual),
        mean_kw=mean,
        energy_kwh=mean * event.hours,
        response_rate=float(found.rate[0]),
        effective_minutes=float(found.effective_minutes[0]),
        rules={name: tuple(map(_check, conditions)) for name, conditions in found.rules.items()},
        paid_kwh=paid_kwh,
        pay_cny=paid_kwh * float(price),
        before_kwh=float(shift[max(0, during.start - n) : during.start].sum()),
        after_kwh=float(shift[during.stop : during.stop + n].sum()),
        against_reference=_against_reference(load_kw, reference_kw, times, event),
        assumptions=merged(base.assumptions, said, rule_assumptions(programme)),
    )


def _check(condition: Condition) -> Check:
    return Check(
        condition.what,
        float(condition.value[0]),
        float(condition.limit[0]),
        condition.strict,
        bool(condition.met[0]),
    )


def _against_reference(
    load_kw: ArrayLike, reference_kw: ArrayLike | None, times: pd.DatetimeIndex, event: Event
) -> dict[str, float] | None:
    """Delivery and rebound against the building without the call, over its day and the next."""
    if reference_kw is None:
        return None
    points, starts = demand_kw(load_kw, times)
    reference, _ = demand_kw(reference_kw, times)
    more = points - reference
    during = (starts >= event.start) & (starts < event.end)
    day = local_times(pd.DatetimeIndex([event.start]))[0].normalize()
    before = (starts >= day) & (starts < event.start)
    after = (starts >= event.end) & (starts < day + pd.Timedelta(days=2))
    delivered = -event.sign * more[during]
    energy = float(delivered.sum() * HOURS)
    return {
        "mean_kw": float(delivered.mean()),
        "lowest_kw": float(delivered.min()),
        "energy_kwh": energy,
        "before_kwh": float(more[before].sum() * HOURS),
        "after_kwh": float(more[after].sum() * HOURS),
        "highest_after_kw": float(more[after].max()) if after.any() else 0.0,
        "net_kwh": float(more[before | during | after].sum() * HOURS),
    }
