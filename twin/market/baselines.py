"""What a baseline (基线负荷) is by any method: 96 points of each participant, and the days behind them.

A method (`BaselineMethod`) gets the days of a fleet and an event and gives `Baselines`. Days after the event
never enter; of the event's own day only hours before it, for the same-day adjustment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.market.assumption import Assumption
from twin.market.event import Event
from twin.market.meter_days import BoolArray, FloatArray, IntArray, MeterDays
from twin.market.products import Programme


class LeftOut(IntEnum):
    """Why a day of the right type is not eligible."""

    NO = 0
    EVENT = 1
    OUTAGE = 2
    GAP = 3
    ODD = 4
    EXTREME = 5


class NoBaseline(IntEnum):
    """Why a participant has no baseline."""

    NO = 0
    TOO_FEW_DAYS = 1
    GAP_BEFORE_EVENT = 2


@dataclass(frozen=True, eq=False)
class Fit:
    """How well a regression describes the days it was fitted on, in the hours of the event.

    Parameters
    ----------
    names : tuple of str
        K regressors.
    coefficients : ndarray, shape (P, 96, K)
        [kW] and [kW/K].
    days : ndarray of int, shape (P,)
        Days fitted on.
    r2 : ndarray, shape (P,)
        Share of the variance about each quarter-hour's mean that is explained; NaN for a constant load.
    cv_rmse : ndarray, shape (P,)
        Root mean square residual (with the degrees of freedom left) over the mean load.
    extrapolation_k : float
        How far the event's temperatures lie outside those fitted on [K].
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    days: IntArray
    r2: FloatArray
    cv_rmse: FloatArray
    extrapolation_k: float


@dataclass(frozen=True, eq=False)
class Baselines:
    """Baselines of P participants for the day of an event.

    Parameters
    ----------
    method : str
    kw : ndarray, shape (P, 96)
        [kW]; NaN where there is none.
    dates : tuple of date
        C days of the event day's type before it, as the method ranks them.
    used : ndarray of bool, shape (P, C)
        Days that the baseline is made of.
    left_out : ndarray of int, shape (P, C)
        `LeftOut` of days that were not eligible.
    day_kw, sample_kw : ndarray, shape (P, C)
        Mean load of a day in the hours of the event, and for an odd day that of the sample it was held
        against [kW]; NaN where it does not apply.
    adjustment, adjustment_unclipped : ndarray, shape (P,)
        Same-day adjustment, applied and before its clip: a factor, or kW for the difference.
    missing : ndarray of int, shape (P,)
        `NoBaseline`.
    fit : Fit or None
        Of a regression.
    assumptions : tuple of Assumption
    """

    method: str
    kw: FloatArray
    dates: tuple[date, ...]
    used: BoolArray
    left_out: NDArray[np.int8]
    day_kw: FloatArray
    sample_kw: FloatArray
    adjustment: FloatArray
    adjustment_unclipped: FloatArray
    missing: NDArray[np.int8]
    fit: Fit | None
    assumptions: tuple[Assumption, ...]

    def days_of(self, participant: int) -> tuple[date, ...]:
        """Days behind a participant's baseline."""
        return tuple(d for d, used in zip(self.dates, self.used[participant], strict=True) if used)

    def left_out_of(self, participant: int) -> tuple[tuple[date, str], ...]:
        """Days that were not eligible, most recent first, with the reason."""
        found = []
        for c in np.flatnonzero(self.left_out[participant]):
            why = LeftOut(self.left_out[participant, c])
            said = why.name.lower()
            if why is LeftOut.ODD:
                level = self.sample_kw[participant, c]
                said = f"{self.day_kw[participant, c]:.1f} kW in the window, sample {level:.1f} kW"
            found.append((self.dates[c], said))
        return tuple(sorted(found, reverse=True))


class BaselineMethod(Protocol):
    """How a baseline is made."""

    @property
    def key(self) -> str:
        """Stable name."""

    def __call__(self, days: MeterDays, event: Event, programme: Programme) -> Baselines:
        """Baselines of all participants.

        Parameters
        ----------
        days : MeterDays
            Meters with the day of the event and days before it.
        event : Event
        programme : Programme

        Returns
        -------
        Baselines
            A participant without enough eligible days has NaN and a reason.

        Raises
        ------
        TwinError
            If the meters do not hold the day of the event, or lack what the method needs.
        """


def days_before(days: MeterDays, event: Event, look_back: int) -> tuple[IntArray, NDArray[np.int8]]:
    """Days of the event day's type before it, and which of them are not eligible for whom.

    Parameters
    ----------
    days : MeterDays
    event : Event
    look_back : int
        Calendar days searched.

    Returns
    -------
    places : ndarray of int, shape (C,)
        Most recent first.
    left_out : ndarray of int, shape (P, C)
        `LeftOut`: event, then outage, then gap, where several apply.
    """
    today = days.place(event.day)
    back = np.arange(today - 1, max(today - look_back, 0) - 1, -1)
    places = back[days.rest[back] == days.rest[today]]
    left_out = np.select(
        [days.events[:, places], days.outages[:, places], ~days.complete[:, places]],
        [np.int8(LeftOut.EVENT), np.int8(LeftOut.OUTAGE), np.int8(LeftOut.GAP)],
        np.int8(LeftOut.NO),
    )
    return places, left_out


def mean_of_days(
    days: MeterDays, places: IntArray, used: BoolArray, most: int, enough: BoolArray
) -> FloatArray:
    """Mean of each participant's days, shape (P, 96) [kW]; NaN where there are not enough.

    Parameters
    ----------
    days : MeterDays
    places : ndarray of int, shape (C,)
    used : ndarray of bool, shape (P, C)
        At most `most` days of each participant.
    most : int
    enough : ndarray of bool, shape (P,)
    """
    order = np.argsort(~used, axis=1, kind="stable")[:, :most]
    holds = np.take_along_axis(used, order, axis=1)
    taken = days.kw[np.arange(len(used))[:, None], places[order]]
    taken[~holds] = 0.0
    count = np.maximum(holds.sum(axis=1), 1)
    mean: FloatArray = taken.sum(axis=1) / count[:, None]
    mean[~enough] = np.nan
    return mean


def short_sample(counts: IntArray, enough: BoolArray, wanted: int) -> tuple[Assumption, ...]:
    """Tell where baselines stand on fewer days than the rule names.

    Parameters
    ----------
    counts : ndarray of int, shape (P,)
    enough : ndarray of bool, shape (P,)
        Participants that have a baseline.
    wanted : int
    """
    short = enough & (counts < wanted)
    if not short.any():
        return ()
    least = int(counts[short].min())
    zh, en = f"合格样本日只有 {least} 天，少于 {wanted} 天", f"Only {least} eligible days precede the call"
    if len(counts) > 1:
        zh += f"（{int(short.sum())} 个用户，取最少者）"
        en += f" at the worst of {int(short.sum())} participants"
    return (
        Assumption(
            "demand_response.baseline.short_sample",
            f"{zh}。",
            f"{en} instead of {wanted}.",
            least,
            "d",
            "load before the call",
            "assumed",
        ),
    )
