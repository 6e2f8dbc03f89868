"""What to do each minute of an event: who does not deliver, what is missing, and who makes up for it.

Each participant's ratio of delivered over asked is estimated (`controllers.aggregator.answers`); the fleet's
response is expected to be the sum of ratio times asked. While that stays inside a deadband about the target
nothing is done; outside of it orders are changed until it is met exactly, so that noise which carries it once
over the band's edge does not carry it back: with it inside, the next order needs another whole half band.
Between two changes everybody rests: were only those at rest who were told, the dearer would do their work.

What is missing is asked for by merit order of those who are heard and keep what they are asked for, then of
those who keep part of it, equal prices by the same share of what each has left. What each has left is first
what it can hold until the event ends: its energy, less what its orders will need, spread as a level over what
its power leaves free. What that does not close is asked of the rest of the energy in the current interval:
later others may be back. With a level target and level powers that is as cheap as the linear programme; else
a test holds it against it. What is too much is taken back from the dearest first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from controllers.aggregator.answers import Answers, Bools, Watch, load_watch
from controllers.aggregator.dispatch import merit_order
from controllers.aggregator.programme import checked
from weather.errors import TwinError

Floats = NDArray[np.float64]

_RELIABLE = 0.8
"""Ratio from which on a participant comes by its price; below, after all others (lower end of paid bands)."""
_OF_USE = 0.2
"""Ratio below which more is not asked for at all."""
_WORTHWHILE = 0.2
"""Least part of the deadband that a change of orders must bring."""


class Monitor:
    """Watches one event of P participants and T intervals; keeps the orders in force.

    Parameters
    ----------
    target_kw : array_like, shape (T,)
        Asked of the fleet [kW].
    asked_kw : array_like, shape (P, T)
        Orders given beforehand (`dispatch`) [kW].
    most_kw : array_like, shape (P, T)
        What each can give at most [kW].
    energy_kwh : array_like, shape (P,)
        What each can give in all; infinite where nothing but power limits it [kWh].
    price_cny_kwh : array_like, shape (P,)
    interval_min : int, optional
        Length of an interval [min].
    keeps : array_like, shape (P,), optional
        Ratio of delivered over asked that is expected before anything is heard; 1 where not given.
    watch : Watch, optional

    Attributes
    ----------
    asked_kw : ndarray, shape (P, T)
        Orders in force; columns of intervals that are over stay as they were at their end [kW].
    expected_kw : float
        What the fleet was expected to give, with the orders in force, at the last observation [kW].

    Raises
    ------
    TwinError
        Shapes that do not fit, or a figure that is negative or not a number.
    """

    def __init__(
        self,
        target_kw: ArrayLike,
        asked_kw: ArrayLike,
        most_kw: ArrayLike,
        energy_kwh: ArrayLike,
        price_cny_kwh: ArrayLike,
        interval_min: int = 15,
        *,
        keeps: ArrayLike | None = None,
        watch: Watch | None = None,
    ) -> None:
        dt_h = interval_min / 60.0
        self.target_kw, self.most_kw, energy, self.price = checked(
            target_kw, most_kw, energy_kwh, price_cny_kwh, dt_h
        )
        self.target_kw = self.target_kw.copy()
        asked = checked(target_kw, asked_kw, energy_kwh, price_cny_kwh, dt_h)[1]
        if np.any(asked > self.most_kw * (1.0 + 1e-9)):
            raise TwinError(
                "somebody is asked for more than it can give.",
                "Give orders of `dispatch` with the same `most_kw`.",
                key="asked_kw",
            )
        self.asked_kw, self.energy_kwh = asked.copy(), energy.copy()
        self.interval_min, self.watch = interval_min, watch or load_watch()
        fleet = len(energy)
        expected = np.ones(fleet) if keeps is None else np.asarray(keeps, dtype=float)
        if expected.shape != (fleet,) or not np.isfinite(expected).all():
            raise TwinError(
                f"expected ratios have the shape {expected.shape} or are not finite.",
                f"Give one of each of the {fleet} participants.",
                key="keeps",
            )
        self.answers = Answers(asked.max(axis=1, initial=0.0), expected, self.watch)
        self.expected_kw = float(expected @ asked[:, 0])
        self._minute = -1
        self._in_force = np.zeros(fleet)
        self._changed = np.zeros(fleet)
        self._ordered = -np.inf

    def retarget(self, target_kw: float) -> None:
        """Ask the fleet for something else from the current interval on; orders follow as it is observed.

        Parameters
        ----------
        target_kw : float
            Not negative [kW].

        Raises
        ------
        TwinError
            A target that is negative or not a number.
        """
        if not 0.0 <= target_kw < np.inf:
            raise TwinError(
                f"a target of {target_kw:g} kW cannot be asked for.", "Give 0 kW or more.", key="target_kw"
            )
        self.target_kw[max(self._minute, 0) // self.interval_min :] = target_kw

    def observe(self, minute: int, heard: ArrayLike, change_kw: ArrayLike) -> Floats | None:
        """Take in one minute's readings and say whether orders change.

        Parameters
        ----------
        minute : int
            Since the event's start, later than the last [min].
        heard : array_like of bool, shape (P,)
            From whom a reading came.
        change_kw : array_like, shape (P,)
            Metered response; not read where nothing was heard [kW].

        Returns
        -------
        ndarray, shape (P,), or None
            What each is asked for from now on, to be followed from the next minute; None where no order
            changes. `asked_kw` has it with the intervals to come, in which orders of those who are told
            now may change too.

        Raises
        ------
        TwinError
            A minute that is not of the event or not later than the last, shapes that do not fit, a reading
            that is not a number of somebody who was heard.
        """
        there, change = self._readings(minute, heard, change_kw)
        passed, self._minute = minute - self._minute, minute
        now = minute // self.interval_min
        asked = self.asked_kw[:, now]
        self._changed = np.where(asked != self._in_force, minute, self._changed)
        settled = minute - self._changed >= self.watch.settling_min
        self.answers.hear(passed, there, change, asked, settled)
        given = np.where(there, change, self.answers.ratio * asked)
        self.energy_kwh = np.maximum(self.energy_kwh - np.maximum(given, 0.0) * passed / 60.0, 0.0)
        before = self.asked_kw.copy()
        if minute - self._ordered >= self.watch.rest_min:
            self._redispatch(now, there)
        self.expected_kw = float(self._expected(now, self.answers.ratio)[0])
        told = bool(np.any(self.asked_kw != before))
        self._ordered = minute if told else self._ordered
        self._changed = np.where(self.asked_kw[:, now] != before[:, now], minute, self._changed)
        self._in_force = self.asked_kw[:, now].copy()
        return self._in_force.copy() if told else None

    def _readings(self, minute: int, heard: ArrayLike, change_kw: ArrayLike) -> tuple[Bools, Floats]:
        there, change = np.asarray(heard, dtype=bool), np.asarray(change_kw, dtype=float)
        last = self.interval_min * len(self.target_kw) - 1
        if not self._minute < minute <= last:
            raise TwinError(
                f"minute {minute} follows minute {self._minute}.",
                f"Observe the minutes 0 to {last} of the event in their order.",
                key="minute",
            )
        if there.shape != self.price.shape or change.shape != self.price.shape:
            raise TwinError(
                f"readings have the shapes {there.shape} and {change.shape}.",
                f"Give one of each of the {len(self.price)} participants.",
                key="change_kw",
            )
        if not np.isfinite(change[there]).all():
            raise TwinError(
                "a reading that was heard is not a number.",
                "Leave out of `heard` from whom no reading came.",
                key="change_kw",
            )
        return there, np.where(there, change, 0.0)

    def _hours(self, now: int) -> Floats:
        """What is left of the current interval, and the intervals to come [h]."""
        hours = np.full(len(self.target_kw) - now, self.interval_min / 60.0)
        hours[0] = (self.interval_min * (now + 1) - self._minute) / 60.0
        return hours

    def _expected(self, now: int, ratio: Floats) -> Floats:
        """What the fleet is expected to give in the current and later intervals at those ratios [kW]."""
        asked = self.asked_kw[:, now:]
        return ratio @ asked + self.answers.beside_kw @ (asked > 0.0)

    def _redispatch(self, now: int, there: Bools) -> None:
        """Change orders from the current interval on, where the fleet is outside of its deadband."""
        band = self.watch.deadband * self.target_kw[now]
        missing = self.target_kw[now:] - self._expected(now, self.answers.ratio)
        if missing[0] > band:
            change = self._raised(now, there, np.maximum(missing, 0.0))
        elif missing[0] < -band:
            change = self._lowered(now, there, np.maximum(-missing, 0.0))
        else:
            return
        if abs(self.answers.ratio @ change[:, 0]) > _WORTHWHILE * band:
            self.asked_kw[:, now:] = np.clip(self.asked_kw[:, now:] + change, 0.0, self.most_kw[:, now:])

    def _raised(self, now: int, there: Bools, missing: Floats) -> Floats:
        """What is asked in addition, shape (P, intervals left) [kW]."""
        ratio, hours = self.answers.ratio, self._hours(now)
        use = np.where(there & (ratio >= _OF_USE), ratio, 0.0)
        over = self.watch.most_over * self.target_kw[now:] - self._expected(now, self.answers.hoped_ratio)
        wanted = np.clip(missing, 0.0, np.maximum(over, 0.0))
        rank = self.price + np.where(ratio < _RELIABLE, 1.0 + self.price.max(), 0.0)
        asked = self.asked_kw[:, now:]
        room = np.maximum(self.most_kw[:, now:] - asked, 0.0)
        spare = np.maximum(self.energy_kwh - asked @ hours, 0.0)
        lasting = np.minimum(room, level_that_lasts(room, hours, spare)[:, None])
        more = np.zeros_like(room)
        for j in range(len(hours)):
            more[:, j] = _at_ratio(merit_order(wanted[j], use * lasting[:, j], rank), use)
        spare = np.maximum(spare - more @ hours, 0.0)
        at_once = np.minimum(room[:, 0] - more[:, 0], spare / hours[0])
        still = max(float(wanted[0] - use @ more[:, 0]), 0.0)
        more[:, 0] += _at_ratio(merit_order(still, use * at_once, rank), use)
        return more

    def _lowered(self, now: int, there: Bools, surplus: Floats) -> Floats:
        """What is taken back, the dearest first, shape (P, intervals left), not positive [kW]."""
        use = np.where(there & (self.answers.ratio >= _OF_USE), self.answers.ratio, 0.0)
        less = np.zeros_like(self.asked_kw[:, now:])
        for j in range(less.shape[1]):
            given = merit_order(surplus[j], use * self.asked_kw[:, now + j], -self.price)
            less[:, j] = -_at_ratio(given, use)
        return less


def _at_ratio(given_kw: Floats, ratio: Floats) -> Floats:
    """What must be asked for [kW] so that this is given; 0 of whom nothing is expected."""
    return np.divide(given_kw, ratio, out=np.zeros_like(given_kw), where=ratio > 0.0)


def level_that_lasts(room_kw: Floats, hours: Floats, energy_kwh: Floats) -> Floats:
    """The power that energy holds through all intervals, each giving it or what it has room for.

    Parameters
    ----------
    room_kw : ndarray, shape (P, T)
        Not negative [kW].
    hours : ndarray, shape (T,)
        Lengths of the intervals [h].
    energy_kwh : ndarray, shape (P,)
        Not negative [kWh].

    Returns
    -------
    ndarray, shape (P,)
        Level c of which sum_t hours_t min(c, room_pt) is the energy; infinite where all the room takes less
        [kW].
    """
    order = np.argsort(room_kw, axis=1)
    room, length = np.take_along_axis(room_kw, order, axis=1), hours[order]
    below = np.cumsum(room * length, axis=1) - room * length
    rest = np.cumsum(length[:, ::-1], axis=1)[:, ::-1]
    enough = below + room * rest >= energy_kwh[:, None]
    first = np.argmax(enough, axis=1)
    each = np.arange(len(room))
    level = (energy_kwh - below[each, first]) / rest[each, first]
    return np.where(enough.any(axis=1), level, np.inf)
