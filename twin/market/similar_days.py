"""Baselines from similar days: the most recent, also with same-day adjustment, or the likest in weather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.market.assumption import Assumption, merged
from twin.market.baselines import (
    Baselines,
    LeftOut,
    NoBaseline,
    days_before,
    mean_of_days,
    short_sample,
)
from twin.market.days import local_times
from twin.market.event import HOURS, Event
from twin.market.meter_days import BoolArray, FloatArray, IntArray, MeterDays
from twin.market.products import Programme
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class SameDayAdjustment:
    """Same-day adjustment (同日修正) of a baseline by the hours before the event or before its notice.

    A building that precools would earn a higher baseline by the hours before the event; those before the
    notice cannot be gamed, but exist only where the notice comes on the event's own day.

    Parameters
    ----------
    by : {"ratio", "difference"}
        Scale by actual over baseline, or shift by actual minus baseline; the shift is clipped to what the
        factor's clip would make of the baseline's mean in the event.
    before : {"event", "notice"}
    """

    by: Literal["ratio", "difference"] = "ratio"
    before: Literal["event", "notice"] = "event"

    def span(self, event: Event, hours: float) -> slice:
        """Points of the event's day that are compared.

        Raises
        ------
        TwinError
            Before the notice, where it is not known or came on an earlier day.
        """
        end = event.window.start
        if self.before == "notice":
            known = None if event.notice_at is None else local_times(pd.DatetimeIndex([event.notice_at]))[0]
            if known is None or known.date() != event.day:
                raise TwinError(
                    f"the notice ({event.notice_at}) leaves no hours of {event.day} before it to compare.",
                    "Adjust by the hours before the event, or give a notice on the event's own day.",
                    key="event.notice_at",
                )
            end = known.hour * 4 + known.minute // 15
        return slice(max(0, end - round(hours / HOURS)), end)

    def apply(
        self, base: FloatArray, days: MeterDays, event: Event, programme: Programme
    ) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray, tuple[Assumption, ...]]:
        """Adjust baselines.

        Parameters
        ----------
        base : ndarray, shape (P, 96)
            [kW].
        days, event, programme
            As the method got them.

        Returns
        -------
        adjusted : ndarray, shape (P, 96)
            [kW]; NaN where the meter was silent in the hours compared.
        applied, unclipped : ndarray, shape (P,)
            A factor, or kW for the difference.
        gap : ndarray of bool, shape (P,)
            Meters silent in the hours compared.
        assumptions : tuple of Assumption
        """
        span = self.span(event, programme.value("baseline.adjustment_hours"))
        low, high = programme.value("baseline.adjustment_low"), programme.value("baseline.adjustment_high")
        actual, before = days.kw[:, days.place(event.day), span], base[:, span]
        gap = ~np.isfinite(actual).all(axis=1)
        neutral = np.full(len(base), 1.0 if self.by == "ratio" else 0.0)
        if span.start == span.stop:
            unclipped = applied = neutral
            compared = np.zeros(len(base), dtype=bool)
        elif self.by == "ratio":
            # of a meter that exports, actual over baseline says nothing
            compared = before.sum(axis=1) > 0.0
            unclipped = np.divide(actual.sum(axis=1), before.sum(axis=1), out=neutral, where=compared)
            applied = np.where(compared, np.clip(unclipped, low, high), 1.0)
        else:
            compared = np.ones(len(base), dtype=bool)
            unclipped = (actual - before).mean(axis=1)
            level = np.abs(base[:, event.window].mean(axis=1))
            applied = np.clip(unclipped, (low - 1.0) * level, (high - 1.0) * level)
        adjusted = base * applied[:, None] if self.by == "ratio" else base + applied[:, None]
        adjusted[gap] = np.nan
        has = np.isfinite(base[:, 0]) & ~gap
        said = self._said(applied, unclipped, compared, has, programme)
        return adjusted, applied, unclipped, gap & np.isfinite(base[:, 0]), said

    def _said(
        self, applied: FloatArray, unclipped: FloatArray, compared: BoolArray, has: BoolArray, p: Programme
    ) -> tuple[Assumption, ...]:
        if not has.any():
            return ()
        zh, en = ("修正系数", "") if self.by == "ratio" else ("修正量（kW）", " by difference, in kW,")
        if len(applied) == 1:
            zh = f"同日{zh} {applied[0]:.3f}（未限幅 {unclipped[0]:.3f}），规则待核实。"
            en = (
                f"Same-day adjustment{en} {applied[0]:.3f} ({unclipped[0]:.3f} before its clip); "
                "the rule is not verified."
            )
        else:
            least, most, n = applied[has].min(), applied[has].max(), int((applied != unclipped)[has].sum())
            zh = f"同日{zh} {least:.3f} 至 {most:.3f}，{n} 个用户被限幅，规则待核实。"
            en = f"Same-day adjustment{en} {least:.3f} to {most:.3f}, {n} clipped; the rule is not verified."
        said = list(p.assumption("baseline.adjustment_hours", zh, en, "h"))
        left = int((has & ~compared).sum())
        if left:
            said.append(
                Assumption(
                    "demand_response.baseline.not_adjusted",
                    f"{left} 个用户的比较时段没有正的基线负荷，未作同日修正。",
                    f"{left} baselines draw nothing in the hours compared and are not adjusted.",
                    left,
                    "-",
                    "load before the call",
                    "assumed",
                )
            )
        return tuple(said)


@dataclass(frozen=True, slots=True)
class SimilarDays:
    """Mean of the same quarter-hours of the most recent eligible days of the type: 5 workdays, 3 rest days.

    Days whose mean in the hours of the event lies below 25 % or above 200 % of the sample's are replaced by
    earlier ones, until none does.

    Parameters
    ----------
    adjustment : SameDayAdjustment, optional
    """

    adjustment: SameDayAdjustment | None = None

    @property
    def key(self) -> str:
        """`similar_days`, with its adjustment where there is one."""
        if self.adjustment is None:
            return "similar_days"
        notice = "_before_notice" if self.adjustment.before == "notice" else ""
        return f"similar_days_{self.adjustment.by}{notice}"

    def __call__(self, days: MeterDays, event: Event, programme: Programme) -> Baselines:
        """Baselines of all participants; see `BaselineMethod`."""
        rest = bool(days.rest[days.place(event.day)])
        name = "baseline.rest_days" if rest else "baseline.workdays"
        wanted = round(programme.value(name))
        places, left_out = days_before(days, event, round(programme.value("baseline.look_back_days")))
        means = days.kw[:, places, event.window].mean(axis=2)
        limits = programme.value("baseline.lowest_share"), programme.value("baseline.highest_share")
        used, sample = _without_odd_days(means, left_out, wanted, limits)
        counts = used.sum(axis=1)
        enough = counts >= max(round(programme.value("baseline.fewest_days")), 1)
        kw = mean_of_days(days, places, used, wanted, enough)
        said = [
            *programme.assumption(
                name,
                f"基线取最近 {wanted} 个同类日（规则待核实）。",
                f"The baseline is the mean of the {wanted} most recent days of the type (rule not verified).",
                "d",
            ),
            *short_sample(counts, enough, wanted),
        ]
        missing = np.where(enough, np.int8(NoBaseline.NO), np.int8(NoBaseline.TOO_FEW_DAYS))
        applied = unclipped = np.ones(len(kw))
        if self.adjustment is not None:
            kw, applied, unclipped, gap, more = self.adjustment.apply(kw, days, event, programme)
            missing[gap] = NoBaseline.GAP_BEFORE_EVENT
            said += more
        return Baselines(
            self.key,
            kw,
            tuple(days.dates[p] for p in places),
            used,
            left_out,
            means,
            sample,
            applied,
            unclipped,
            missing,
            None,
            merged(said, days.assumptions),
        )


def _without_odd_days(
    means: FloatArray, left_out: NDArray[np.int8], wanted: int, limits: tuple[float, float]
) -> tuple[BoolArray, FloatArray]:
    """Replace days far off the sample's mean by earlier ones until none is off, for all participants at once.

    Marks odd days in `left_out`; gives the days used, shape (P, C), and the mean that odd days were held
    against [kW].
    """
    low, high = limits
    sample = np.full(means.shape, np.nan)
    eligible = left_out == LeftOut.NO
    while True:
        used = eligible & (np.cumsum(eligible, axis=1) <= wanted)
        level = np.where(used, means, 0.0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
        within = (means >= low * level[:, None]) & (means <= high * level[:, None])
        odd = used & ~within & (level > 0.0)[:, None]
        if not odd.any():
            return used, sample
        left_out[odd] = LeftOut.ODD
        sample[odd] = np.broadcast_to(level[:, None], means.shape)[odd]
        eligible &= ~odd


@dataclass(frozen=True, slots=True)
class MostSimilarDays:
    """Mean of the ten days of the type that are likest in weather, without the highest and the lowest.

    Likest is the least difference of the day's mean outdoor temperature, the more recent day first among
    equals; highest and lowest go by a participant's mean load in the hours of the event.
    """

    @property
    def key(self) -> str:
        """`most_similar_days`."""
        return "most_similar_days"

    def __call__(self, days: MeterDays, event: Event, programme: Programme) -> Baselines:
        """Baselines of all participants; see `BaselineMethod`."""
        wanted = round(programme.value("most_similar.days"))
        warmth = days.temperature().mean(axis=1)
        places, left_out = days_before(days, event, round(programme.value("baseline.look_back_days")))
        likest = np.argsort(np.abs(warmth[places] - warmth[days.place(event.day)]), kind="stable")
        places, left_out = places[likest], left_out[:, likest]
        means = days.kw[:, places, event.window].mean(axis=2)
        eligible = left_out == LeftOut.NO
        taken = eligible & (np.cumsum(eligible, axis=1) <= wanted)
        enough = taken.sum(axis=1) >= max(round(programme.value("most_similar.fewest_days")), 3)
        used = taken & ~_highest_and_lowest(means, taken, enough)
        left_out[taken & ~used] = LeftOut.EXTREME
        kw = mean_of_days(days, places, used, max(wanted - 2, 1), enough)
        said = [
            Assumption(
                "demand_response.most_similar.days",
                f"基线取日平均气温最接近的 {wanted} 个同类日，去掉最高和最低（相似性按气温，为本工具假定）。",
                f"The baseline is the mean of the {wanted} days of the type nearest in daily mean "
                "temperature, without the highest and the lowest (likeness by temperature is our reading).",
                wanted,
                "d",
                programme.facts["most_similar.days"]["source"],
                "assumed",
            ),
            *short_sample(taken.sum(axis=1), enough, wanted),
        ]
        return Baselines(
            self.key,
            kw,
            tuple(days.dates[p] for p in places),
            used & enough[:, None],
            left_out,
            means,
            np.full(means.shape, np.nan),
            np.ones(len(kw)),
            np.ones(len(kw)),
            np.where(enough, np.int8(NoBaseline.NO), np.int8(NoBaseline.TOO_FEW_DAYS)),
            None,
            merged(said, days.assumptions),
        )


def _highest_and_lowest(means: FloatArray, taken: BoolArray, enough: BoolArray) -> BoolArray:
    """Two days of each participant that has enough, shape (P, C); of equals the likest."""
    dropped = np.zeros(taken.shape, dtype=bool)
    rows: IntArray = np.flatnonzero(enough)
    if len(rows):
        top = np.where(taken[rows], means[rows], -np.inf).argmax(axis=1)
        dropped[rows, top] = True
        rest = taken[rows] & ~dropped[rows]
        dropped[rows, np.where(rest, means[rows], np.inf).argmin(axis=1)] = True
    return dropped
