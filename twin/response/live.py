"""A call that is operated: its day goes on by the clock, and whoever watches may change what is asked.

The day is that of `twin.response.operation`, minute by minute; without a word from outside it comes to the
same bytes as a draw of that seed. What was said is written down with the minute in which it took effect, so
that a day that was broken off is marched again to where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.districts.feeder import Feeder
from twin.response.behaviour import Kind
from twin.response.feeder import CallFeeder, OnFeeder
from twin.response.operation import CallDay
from twin.response.states import AT, Insides
from twin.response.study import Called, Draw, around_call, drawn_outcome
from weather.errors import TwinError

Floats = NDArray[np.float64]
Phase = Literal["known", "ahead", "call", "behind"]


@dataclass(frozen=True)
class Moment:
    """One minute of a day that is operated (P participants), as `as_dict` tells it to a console.

    Attributes
    ----------
    step : int
        Of the finer march, just ended.
    at : Timestamp
        Its end.
    phase : str
        `known` before the last hour, `ahead` of the call, in the `call`, `behind` it.
    target_kw : float
        Asked of the fleet; 0 outside of the call [kW].
    asked_kw : ndarray (P,)
        Asked of each [kW].
    meter_kw, without_kw : ndarray (P,)
        Meters, and what they would have shown without the call [kW].
    baseline_kw : ndarray (P,)
        By which the call is settled; NaN outside of it [kW].
    heard : ndarray of bool (P,)
        From whom the last reading came.
    opted : ndarray of bool (P,)
        Who takes part.
    orders, lost, redispatched : int
        So far.
    delivered : float
        Mean settled response of the call so far over what was asked; NaN before it [-].
    rebound_kwh : float
        What came back so far, by whole quarter-hours as `Draw.rebound_kwh`; NaN before the call's end [kWh].
    states : ndarray (P, columns)
        The inside of each building, see `twin.response.states`.
    soc, rooms_outside : float
        State of charge of all batteries as one, and share of conditioned rooms outside of their set-points;
        NaN where there is neither [-].
    feeder : OnFeeder or None
        What the feeder carries.
    """

    step: int
    at: pd.Timestamp
    phase: Phase
    target_kw: float
    asked_kw: Floats
    meter_kw: Floats
    without_kw: Floats
    baseline_kw: Floats
    heard: NDArray[np.bool_]
    opted: NDArray[np.bool_]
    orders: int
    lost: int
    redispatched: int
    delivered: float
    rebound_kwh: float
    states: Floats
    soc: float
    rooms_outside: float
    feeder: OnFeeder | None
    sign: float

    @property
    def given_kw(self) -> Floats:
        """What each gives against the march without the call, shape (P,) [kW]."""
        return self.sign * (self.without_kw - self.meter_kw)

    @property
    def settled_kw(self) -> float:
        """What those who are asked give against their baselines; NaN outside of the call [kW]."""
        return float((self.sign * (self.baseline_kw - self.meter_kw))[self.asked_kw > 0.0].sum())

    def as_dict(self) -> dict[str, Any]:
        """For a console: sums in full, what each gives to a tenth of a kW."""
        given = self.given_kw
        inside = bool(np.isfinite(self.baseline_kw).all())
        named = self.asked_kw > 0.0
        return {
            "step": self.step,
            "at": self.at.isoformat(),
            "phase": self.phase,
            "target_kw": self.target_kw,
            "asked_kw": float(self.asked_kw.sum()),
            "fleet_kw": float(self.meter_kw.sum()),
            "without_kw": float(self.without_kw.sum()),
            "baseline_kw": float(self.baseline_kw.sum()) if inside else None,
            "given_kw": float(given.sum()),
            "settled_kw": self.settled_kw if inside else None,
            "delivered": _finite(self.delivered),
            "rebound_kwh": _finite(self.rebound_kwh),
            "soc": _finite(self.soc, 4),
            "rooms_outside": _finite(self.rooms_outside, 4),
            "feeder": None if self.feeder is None else self.feeder.as_dict(),
            "opted": int(self.opted.sum()),
            "unheard": [int(i) for i in np.flatnonzero(named & ~self.heard)] if inside else [],
            "orders": self.orders,
            "lost": self.lost,
            "redispatched": self.redispatched,
            "of": [round(float(one), 1) for one in given],
            "asked_of": {str(i): round(float(self.asked_kw[i]), 1) for i in np.flatnonzero(named)},
        }


def _finite(value: float, digits: int | None = None) -> float | None:
    """None where there is no number, which JSON cannot tell."""
    if not np.isfinite(value):
        return None
    return value if digits is None else round(value, digits)


class Operation:
    """A day of a call as it goes on.

    Parameters
    ----------
    called : Called
    seed : int
        Of the participants' behaviour.
    feeder : Feeder, optional
        That the participants hang on; laid out by their peaks where not given.

    Raises
    ------
    TwinError
        A feeder on which somebody hangs nowhere.
    """

    def __init__(self, called: Called, seed: int, feeder: Feeder | None = None) -> None:
        self.called, self.seed = called, seed
        self.times = called.fleet.times
        self._day = CallDay(called.fleet, seed)
        self._target = called.fleet.target_kw
        window = around_call(self.times)
        self.step = min(max(window.start, self.times.notice), self.times.start - 1)
        self.last = window.stop
        self._day.to(self.step)
        self._settled, self._asked, self._back = 0.0, 0.0, [0.0]
        parts = called.fleet.parts
        self.insides = Insides(self._day.goings, [part.beyond_k for part in parts])
        self.feeder = CallFeeder(called, self.insides.described, feeder)

    def next(self) -> Moment:
        """Let a step pass."""
        self.step += 1
        self._day.to(self.step)
        moment = self._moment()
        if moment.phase == "call":
            self._settled += moment.settled_kw
            self._asked += moment.target_kw
        elif moment.phase == "behind":
            self._back.append(self._back[-1] - float(moment.given_kw.sum()))
        return replace(moment, delivered=self._delivered(), rebound_kwh=self._rebound_kwh())

    def _delivered(self) -> float:
        return self._settled / self._asked if self._asked > 0.0 else float("nan")

    def _rebound_kwh(self) -> float:
        if len(self._back) == 1:
            return float("nan")
        quarter = 15 // self.times.minutes
        sums = np.diff(np.array(self._back)[::quarter])
        return float((sums / quarter).clip(0.0).sum() * 0.25)

    @property
    def over(self) -> bool:
        """Whether nothing is left to be seen."""
        return self.step >= self.last

    def retarget(self, target_kw: float) -> None:
        """Ask the fleet for something else from now on; 0 ends the call for it.

        Parameters
        ----------
        target_kw : float
            [kW].

        Raises
        ------
        TwinError
            The call is over, or a target that is negative or not a number.
        """
        if self.step >= self.times.end:
            raise TwinError("the call is over.", "Call the fleet again.", key="target_kw")
        if not 0.0 <= target_kw < np.inf:
            raise TwinError(
                f"a target of {target_kw:g} kW cannot be asked for.", "Give 0 kW or more.", key="target_kw"
            )
        if self._day.monitor is None:
            self._day.fleet = self._day.fleet._replace(target_kw=target_kw)
        else:
            self._day.monitor.retarget(target_kw)
        self._target = target_kw

    def _moment(self) -> Moment:
        times, day = self.times, self._day
        row = self.step - 1
        meter = np.concatenate([going.meter_kw(row, row + 1)[0] for going in day.goings])
        inside = times.start <= row < times.end
        count = len(meter)
        asked, baseline, target = np.zeros(count), np.full(count, np.nan), 0.0
        if day.monitor is not None and row < times.end:
            quarter = max(row - times.start, 0) * times.minutes // 15
            asked = day.monitor.asked_kw[:, quarter].copy()
        if inside:
            baseline, target = self.called.fleet.reference_kw[:, row - times.start], self._target
        heard = day.heard.copy()
        states = self.insides.at(row)
        states[:, AT["without_kw"]] = self.called.fine_kw[:, row]
        states[:, AT["baseline_kw"]] = baseline
        states[:, AT["asked_kw"]] = asked
        states[:, AT["unheard"]] = (asked > 0.0) & ~heard if inside else 0.0
        return Moment(
            self.step,
            pd.Timestamp(self.called.stamps[row]) + pd.Timedelta(minutes=times.minutes),
            self._phase(row),
            target,
            asked,
            meter,
            self.called.fine_kw[:, row],
            baseline,
            heard,
            day.opted.copy(),
            day.orders,
            day.lost,
            day.redispatched,
            float("nan"),
            float("nan"),
            states,
            self.insides.charge(states),
            self.insides.rooms_outside(row),
            self.feeder.at(row, meter, self.insides.load_kw(row)),
            day.sign,
        )

    def _phase(self, row: int) -> Phase:
        times = self.times
        if row >= times.end:
            return "behind"
        if row >= times.start:
            return "call"
        return "ahead" if (times.start - row) * times.minutes <= 60 else "known"

    def outcome(self) -> Draw:
        """The day as the market settles it, marched to its end."""
        self._day.to(self.times.last)
        return drawn_outcome(self.called, self.seed, self._day.outcome())

    def kinds(self) -> list[str]:
        """How each participant behaves, which an operator learns only from what he hears."""
        return [Kind(int(one)).name.lower() for one in self._day.drawn.kind]
