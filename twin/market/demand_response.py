"""Demand-response calls (需求响应): customer baseline, what was delivered, whether it counts, what it pays.

Settlement looks at the meter alone: a day has 96 points, the baseline (基线负荷) is the mean of the same
quarter-hours of recent eligible days, and the response is baseline minus actual. Where a march without the
call exists, the delivery and the rebound against it are shown beside: that is the physical truth, which a
settlement cannot know.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from buildings.library.data_text import read_data
from twin.market.assumption import UNVERIFIED, Assumption, merged
from twin.market.bill import demand_kw
from twin.market.days import ChineseCalendar, DayCalendar, local_times
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
Kind = Literal["peak_shaving", "valley_filling"]
POINTS = 96
HOURS = 0.25


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Parameters
    ----------
    kind : {"peak_shaving", "valley_filling"}
        削峰 or 填谷.
    start, end : Timestamp
        tz-aware, on quarter-hours of one day in Shanghai.
    committed_kw : float
        Confirmed capacity (确认响应容量), kW, > 0.
    notice : str
        Notice class, for instance `day_ahead`.
    """

    kind: Kind
    start: pd.Timestamp
    end: pd.Timestamp
    committed_kw: float
    notice: str = "day_ahead"


@dataclass(frozen=True)
class Programme:
    """A programme's numbers by dotted name (`pay.peak_shaving`), each with source and confidence."""

    key: str
    facts: dict[str, dict[str, Any]]

    def value(self, name: str) -> float:
        """A number of the programme.

        Raises
        ------
        TwinError
            If the programme leaves it open.
        """
        value = self.facts[name]["value"]
        if value is None:
            raise TwinError(f"the programme {self.key} leaves {name} open.", "Give it a value.", key=name)
        return float(value)

    def assumption(self, name: str, zh: str, en: str, unit: str) -> Iterator[Assumption]:
        """The number as an assumption, where it is not verified."""
        fact = self.facts[name]
        if fact["confidence"] in UNVERIFIED:
            yield Assumption(
                f"demand_response.{name}", zh, en, fact["value"], unit, fact["source"], fact["confidence"]
            )


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
    strict: bool = False

    @property
    def met(self) -> bool:
        """Whether the condition holds, with a millionth for rounding where equality is enough."""
        slack = 1e-6 * max(1.0, abs(self.limit))
        return self.value > self.limit if self.strict else self.value >= self.limit - slack


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
            name: {"valid": self.valid(name), "checks": [{**asdict(c), "met": c.met} for c in checks]}
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


@cache
def load_programme(key: str = "shanghai") -> Programme:
    """Load a built-in programme.

    Raises
    ------
    TwinError
        Unknown key.
    """
    text = (resources.files("twin.market") / "data" / "demand_response.yaml").read_text("utf-8")
    programmes = read_data(text)["programmes"]
    if key not in programmes:
        raise TwinError(
            f"no programme is called {key!r}.", f"Known: {', '.join(programmes)}.", key="programme"
        )
    facts: dict[str, dict[str, Any]] = {}
    for group, entries in programmes[key].items():
        if isinstance(entries, dict) and "value" not in entries:
            facts.update({f"{group}.{name}": fact for name, fact in entries.items()})
        elif isinstance(entries, dict):
            facts[group] = entries
    return Programme(key, facts)


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
        Net import at the meter, kW.
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
        If no eligible day precedes the call, or the call is not on quarter-hours of one day.
    """
    programme = programme or load_programme()
    calendar = calendar or ChineseCalendar()
    days = _days_of(load_kw, times)
    _refuse_bad_call(call, days)
    day = local_times(pd.DatetimeIndex([call.start]))[0].date()
    window = _window(call)
    sample, left_out, said = _sample(days, day, window, programme, calendar, {*event_days}, {*outage_days})
    mean = np.mean([days[d] for d in sample], axis=0)
    factor = unclipped = 1.0
    if adjust:
        hours = programme.value("baseline.adjustment_hours")
        before = np.arange(max(0, window.start - round(hours / HOURS)), window.start)
        unclipped = float(days[day][before].sum() / mean[before].sum()) if len(before) else 1.0
        factor = float(
            np.clip(
                unclipped,
                programme.value("baseline.adjustment_low"),
                programme.value("baseline.adjustment_high"),
            )
        )
        said += programme.assumption(
            "baseline.adjustment_hours",
            f"同日修正系数 {factor:.3f}（未限幅 {unclipped:.3f}），规则待核实。",
            f"Same-day adjustment {factor:.3f} ({unclipped:.3f} before its clip); the rule is not verified.",
            "h",
        )
    said += calendar.assumptions(times)
    return Baseline(mean * factor, tuple(sample), tuple(left_out), factor, unclipped, merged(said))


def _days_of(load_kw: ArrayLike, times: pd.DatetimeIndex) -> dict[date, FloatArray]:
    """Complete days on the 96-point grid."""
    points, starts = demand_kw(load_kw, local_times(times))
    number = (starts.hour * 4 + starts.minute // 15).to_numpy()
    if not (number == 0).any():
        return {}
    first = int(np.argmax(number == 0))
    whole = (len(points) - first) // POINTS
    table = points[first : first + whole * POINTS].reshape(whole, POINTS)
    return {starts[first + i * POINTS].date(): table[i] for i in range(whole)}


def _window(call: Call) -> range:
    start, end = local_times(pd.DatetimeIndex([call.start, call.end]))
    first = start.hour * 4 + start.minute // 15
    return range(first, first + round((end - start) / pd.Timedelta(minutes=15)))


def _refuse_bad_call(call: Call, days: dict[date, FloatArray]) -> None:
    start, end = local_times(pd.DatetimeIndex([call.start, call.end]))
    on_grid = all(t.minute % 15 == 0 and t.second == 0 and t.microsecond == 0 for t in (start, end))
    if not on_grid or end <= start or _window(call).stop > POINTS:
        raise TwinError(
            f"the call from {start} to {end} is not a span of quarter-hours within one day.",
            "Begin and end it on quarter-hours of the same day.",
            key="event",
        )
    if not call.committed_kw > 0:
        raise TwinError(
            f"the call commits {call.committed_kw} kW.", "Commit more than nothing.", key="event.reduction"
        )
    if start.date() not in days:
        raise TwinError(
            f"the load does not hold the whole of {start.date()}.",
            "Give the whole day of the call.",
            key="event",
        )


def _sample(
    days: dict[date, FloatArray],
    day: date,
    window: range,
    programme: Programme,
    calendar: DayCalendar,
    event_days: set[date],
    outage_days: set[date],
) -> tuple[list[date], list[tuple[date, str]], list[Assumption]]:
    rest = _is_rest(day, calendar)
    name = "baseline.rest_days" if rest else "baseline.workdays"
    wanted = round(programme.value(name))
    look_back = round(programme.value("baseline.look_back_days"))
    left_out: list[tuple[date, str]] = []
    eligible: list[date] = []
    for back in range(1, look_back + 1):
        candidate = day - timedelta(days=back)
        if candidate not in days or _is_rest(candidate, calendar) != rest:
            continue
        if candidate in event_days or candidate in outage_days:
            left_out.append((candidate, "event" if candidate in event_days else "outage"))
            continue
        eligible.append(candidate)
    sample, odd = _without_odd_days(eligible, wanted, days, window, programme)
    left_out += odd
    if not sample:
        raise TwinError(
            f"no eligible {'rest day' if rest else 'workday'} precedes {day} in the load.",
            "Give load of at least one such day before the call.",
            key="event",
        )
    said = list(
        programme.assumption(
            name,
            f"基线取最近 {wanted} 个同类日（规则待核实）。",
            f"The baseline is the mean of the {wanted} most recent days of the type (rule not verified).",
            "d",
        )
    )
    if len(sample) < wanted:
        said.append(
            Assumption(
                "demand_response.baseline.short_sample",
                f"合格样本日只有 {len(sample)} 天，少于 {wanted} 天。",
                f"Only {len(sample)} eligible days precede the call instead of {wanted}.",
                len(sample),
                "d",
                "load before the call",
                "assumed",
            )
        )
    return sample, sorted(left_out, reverse=True), said


def _without_odd_days(
    eligible: list[date], wanted: int, days: dict[date, FloatArray], window: range, programme: Programme
) -> tuple[list[date], list[tuple[date, str]]]:
    """Replace days far off the sample's mean in the window by earlier ones until none is off."""
    low, high = programme.value("baseline.lowest_share"), programme.value("baseline.highest_share")
    means = {d: float(days[d][window.start : window.stop].mean()) for d in eligible}
    sample, reserve = eligible[:wanted], eligible[wanted:]
    odd: list[tuple[date, str]] = []
    while sample:
        level = float(np.mean([means[d] for d in sample]))
        off = [d for d in sample if level > 0 and not low * level <= means[d] <= high * level]
        if not off:
            break
        odd += [(d, f"{means[d]:.1f} kW in the window, sample {level:.1f} kW") for d in off]
        sample = [d for d in sample if d not in off]
        while reserve and len(sample) < wanted:
            sample.append(reserve.pop(0))
    return sample, odd


def _is_rest(day: date, calendar: DayCalendar) -> bool:
    noon = pd.DatetimeIndex([pd.Timestamp(day, tz="Asia/Shanghai") + pd.Timedelta(hours=12)])
    return bool(calendar.rest_day(noon)[0])


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
    """
    programme = programme or load_programme()
    base = baseline(
        load_kw,
        times,
        call,
        programme=programme,
        calendar=calendar,
        event_days=event_days,
        outage_days=outage_days,
        adjust=adjust,
    )
    day = local_times(pd.DatetimeIndex([call.start]))[0].date()
    actual = _days_of(load_kw, times)[day]
    window = _window(call)
    during = slice(window.start, window.stop)
    sign = 1.0 if call.kind == "peak_shaving" else -1.0
    delivered = sign * (base.kw - actual)
    mean = float(delivered[during].mean())
    rate = mean / call.committed_kw
    reached = delivered[during] >= programme.value("validity.rate") * call.committed_kw
    minutes = float(reached.sum() * 15)
    rules = {
        "rule_one": _rule_one(call, base.kw[during], actual[during], programme),
        "rule_two": _rule_two(call, base.kw[during], actual[during], rate, minutes, programme),
    }
    counts = bool(rules[rule]) and all(check.met for check in rules[rule])
    paid_kwh = _paid_kw(mean, call, programme) * len(window) * HOURS if counts else 0.0
    n = round(neighbour_hours / HOURS)
    shift = (actual - base.kw) * HOURS
    return Settlement(
        call=call,
        baseline=base,
        actual_kw=actual,
        delivered_kw=delivered,
        mean_kw=mean,
        energy_kwh=mean * len(window) * HOURS,
        response_rate=rate,
        effective_minutes=minutes,
        rules=rules,
        paid_kwh=paid_kwh,
        pay_cny=paid_kwh * _pay_per_kwh(call, programme),
        before_kwh=float(shift[max(0, window.start - n) : window.start].sum()),
        after_kwh=float(shift[window.stop : window.stop + n].sum()),
        against_reference=_against_reference(load_kw, reference_kw, times, call, sign),
        assumptions=merged(base.assumptions, _settlement_assumptions(call, programme)),
    )


def _rule_one(call: Call, base: FloatArray, actual: FloatArray, programme: Programme) -> tuple[Check, ...]:
    if call.kind != "peak_shaving":
        return ()
    rate = programme.value("validity.rate")
    return (
        Check("baseline maximum - event maximum, kW", float(base.max() - actual.max()), call.committed_kw),
        Check("baseline mean - event mean, kW", float(base.mean() - actual.mean()), rate * call.committed_kw),
    )


def _rule_two(
    call: Call, base: FloatArray, actual: FloatArray, rate: float, minutes: float, programme: Programme
) -> tuple[Check, ...]:
    if call.kind == "peak_shaving":
        extreme = Check("baseline maximum - event maximum, kW", float(base.max() - actual.max()), 0.0, True)
        mean = Check("baseline mean - event mean, kW", float(base.mean() - actual.mean()), 0.0, True)
    else:
        extreme = Check("event minimum - baseline minimum, kW", float(actual.min() - base.min()), 0.0, True)
        mean = Check("event mean - baseline mean, kW", float(actual.mean() - base.mean()), 0.0, True)
    return (
        extreme,
        mean,
        Check("response rate", rate, programme.value("validity.rate")),
        Check("effective duration, min", minutes, programme.value("validity.duration_minutes")),
    )


def _paid_kw(mean_kw: float, call: Call, programme: Programme) -> float:
    """Paid band: nothing below the lowest rate, the highest rate above it."""
    if mean_kw < programme.value("pay.lowest_rate") * call.committed_kw:
        return 0.0
    return min(mean_kw, programme.value("pay.highest_rate") * call.committed_kw)


def _pay_per_kwh(call: Call, programme: Programme) -> float:
    """Base price times the coefficients that the programme knows (an open one is a stated assumption)."""
    known = (programme.facts[f"pay.{n}_coefficient"]["value"] for n in ("notice", "rate"))
    return programme.value(f"pay.{call.kind}") * math.prod(float(c) for c in known if c is not None)


def _against_reference(
    load_kw: ArrayLike, reference_kw: ArrayLike | None, times: pd.DatetimeIndex, call: Call, sign: float
) -> dict[str, float] | None:
    """Delivery and rebound against the building without the call, over its day and the next."""
    if reference_kw is None:
        return None
    points, starts = demand_kw(load_kw, times)
    reference, _ = demand_kw(reference_kw, times)
    more = points - reference
    during = (starts >= call.start) & (starts < call.end)
    day = local_times(pd.DatetimeIndex([call.start]))[0].normalize()
    before = (starts >= day) & (starts < call.start)
    after = (starts >= call.end) & (starts < day + pd.Timedelta(days=2))
    delivered = -sign * more[during]
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


def _settlement_assumptions(call: Call, programme: Programme) -> Iterator[Assumption]:
    price = programme.facts[f"pay.{call.kind}"]["value"]
    yield from programme.assumption(
        f"pay.{call.kind}",
        f"补偿单价按 {price:g} 元/kWh 计（待核实）。",
        f"The response is paid {price:g} CNY/kWh (not verified).",
        "CNY/kWh",
    )
    low, high = programme.value("pay.lowest_rate"), programme.value("pay.highest_rate")
    yield from programme.assumption(
        "pay.lowest_rate",
        f"按确认容量的 {low:.0%}–{high:.0%} 计付（待核实）。",
        f"Paid between {low:.0%} and {high:.0%} of the confirmed capacity (not verified).",
        "-",
    )
    for name, zh, en in (
        (
            "pay.notice_coefficient",
            "通知时间系数未知，未计入。",
            "The notice coefficient is unknown; not applied.",
        ),
        (
            "pay.rate_coefficient",
            "响应率系数未知，未计入。",
            "The response-rate coefficient is unknown; not applied.",
        ),
    ):
        yield from programme.assumption(name, zh, en, "-")
    yield Assumption(
        "demand_response.validity.effective",
        "有效时长按达到最低响应率的 15 分钟时段累计（规则释义为本工具假定）。",
        "Effective duration counts the quarter-hours that reach the lowest rate (our reading of the rule).",
        programme.value("validity.rate"),
        "-",
        programme.facts["validity.duration_minutes"]["source"],
        "assumed",
    )
