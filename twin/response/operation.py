"""The day of a call, minute by minute: messages on the clock, a fleet on its way, an aggregator that watches.

SimPy owns the time, in minutes since the call was known. Its processes are what can be late or lost: answers
the invitation, orders on their way, and the aggregator, who sends orders before the start, reads the meters
every minute and makes up for who fails. Between two of its minutes the physics is marched in one block.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from controllers.aggregator.dispatch import dispatch
from controllers.aggregator.monitoring import Monitor
from twin.flexibility.witness import room_air
from twin.going import Going
from twin.response.behaviour import Drawn, Kind, drawn, order_delay_min
from twin.response.call_times import CallTimes
from twin.response.invitation import Invitation, figure
from twin.response.looked_at import LookedAt, missed_kwh
from twin.response.offers import carry_out, give_back, lasting, own_control, prepare_for
from twin.response.seconds import Bus, FirstSeconds, buses_at, first_seconds

Floats = NDArray[np.float64]
_QUARTER_MIN = 15
_RESENT_MIN = 1.0
_COMFORT_H = 2.0
"""Time behind a call in which rooms are still looked at [h]."""


class Fleet(NamedTuple):
    """A fleet that is to respond (P participants), as every draw begins.

    Attributes
    ----------
    parts : tuple of LookedAt
    invitation : Invitation
    times : CallTimes
    minutes : tuple of int
        Times of `expected_kw` [min].
    expected_kw : ndarray (P, M)
        Capability that the aggregator expects, by time that it must last [kW].
    reference_kw : ndarray (P, n)
        Baseline of the settlement in the steps of the call [kW].
    price_cny_kwh : ndarray (P,)
    target_kw : float
        What the fleet is to give [kW].
    """

    parts: tuple[LookedAt, ...]
    invitation: Invitation
    times: CallTimes
    minutes: tuple[int, ...]
    expected_kw: Floats
    reference_kw: Floats
    price_cny_kwh: Floats
    target_kw: float


class Went(NamedTuple):
    """How one draw went.

    Attributes
    ----------
    kind : ndarray of int (P,)
        `twin.response.behaviour.Kind`.
    committed_kw : ndarray (P,)
        Mean of what each was asked for as the call began [kW].
    meter_kw : ndarray (P, m)
        Meters of the finer march, as without the call until it was known [kW].
    asked_kw : ndarray (P,)
        Mean of what each was asked for in the end [kW].
    short_kw : float
        What could not be dispatched of the target, mean over the call [kW].
    worse_k : ndarray (P,)
        By how much farther rooms lay outside of their set-points than without the call, at most [K].
    missed_kwh : ndarray (P,)
        What more vehicles left without [kWh].
    orders, lost, redispatched : int
        Orders sent, messages lost on their way, minutes in which orders were changed.
    seconds : FirstSeconds or None
        Buses as the call begins; of an invitation's first draw.
    """

    kind: NDArray[np.int64]
    committed_kw: Floats
    meter_kw: Floats
    asked_kw: Floats
    short_kw: float
    worse_k: Floats
    missed_kwh: Floats
    orders: int
    lost: int
    redispatched: int
    seconds: FirstSeconds | None


def operate(fleet: Fleet, seed: int) -> dict[str, Any]:
    """March a fleet through its call under one draw; `went` is what came of it.

    Raises
    ------
    TwinError
        A balance that does not close.
    """
    return {"went": CallDay(fleet, seed).went()}


class CallDay:
    """One draw on the clock.

    Parameters
    ----------
    fleet : Fleet
    seed : int

    Attributes
    ----------
    env : simpy.Environment
        The time in minutes since the call was known.
    opted, heard : ndarray of bool (P,)
        Who takes part, and from whom the last reading came.
    orders, lost, redispatched : int
    """

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet, self.times = fleet, fleet.times
        self.sign = fleet.invitation.sign
        self.goings = [
            Going(part.standing._replace(plant=part.standing.plant.copied())) for part in fleet.parts
        ]
        self.place = [(k, b) for k, part in enumerate(fleet.parts) for b in range(len(part.names))]
        self.own = [own_control(self.goings[k].plant, b, self.times) for k, b in self.place]
        able = fleet.expected_kw[:, -1] > 0.0
        self.drawn: Drawn = drawn(fleet.invitation.behaviour, able, seed)
        self.dice = np.random.default_rng((seed, 2))
        self.env = simpy.Environment()
        count = len(self.place)
        self.opted = np.zeros(count, dtype=bool)
        self.sent, self.followed = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        self.orders = self.lost = self.redispatched = 0
        self.short_kw = 0.0
        self.committed = np.zeros(count)
        self.asked = np.zeros(count)
        self.heard = np.zeros(count, dtype=bool)
        self.monitor: Monitor | None = None
        self._first_draw = seed == fleet.invitation.seed
        self._seconds: FirstSeconds | None = None
        for i in np.flatnonzero(able):
            self.env.process(self._answer(int(i)))
        self._watching = self.env.process(self._aggregator())
        self._over = False

    def went(self) -> Went:
        """Let the call pass."""
        self.to(self.times.last)
        return self.outcome()

    def to(self, step: int) -> None:
        """Let the day go on up to a step of the finer march."""
        times = self.times
        if not self._over:
            if step < times.end:
                if self._minute(step) > self.env.now:
                    self.env.run(until=self._minute(step))
            else:
                self.env.run(until=self._watching)
                self._march_to(times.end)
                for (k, b), own in zip(self.place, self.own, strict=True):
                    give_back(self.goings[k].plant, b, own)
                self._over = True
        self._march_to(step)

    def outcome(self) -> Went:
        """What came of it, once the day is over.

        Raises
        ------
        TwinError
            A balance that does not close.
        """
        times, fleet = self.times, self.fleet
        for going in self.goings:
            going.refuse_unbalanced()
        meter = np.concatenate([part.fine_kw for part in fleet.parts])
        meter[:, times.notice :] = np.concatenate(
            [going.meter_kw(times.notice, times.last).T for going in self.goings]
        )
        missed = [
            missed_kwh(going.plant) - part.missed_kwh
            for going, part in zip(self.goings, fleet.parts, strict=True)
        ]
        return Went(
            self.drawn.kind,
            self.committed,
            meter,
            self.asked,
            self.short_kw,
            self._worse_k(),
            np.concatenate(missed),
            self.orders,
            self.lost,
            self.redispatched,
            self._seconds,
        )

    def _worse_k(self) -> Floats:
        times = self.times
        last = min(times.end + round(60.0 * _COMFORT_H / times.minutes), times.last)
        found = []
        for going, part in zip(self.goings, self.fleet.parts, strict=True):
            for b in range(len(part.names)):
                # one row more, since room air is told at the start of a step
                zones = going.zones[times.start - 1 : last]
                beyond = room_air(going.plant, zones, b, times.start - 1)[2][1:]
                found.append(float((beyond - part.beyond_k[b, times.start : last]).max(initial=0.0)))
        return np.array(found)

    def _minute(self, step: int) -> float:
        """Minute of the clock at which a step begins."""
        return float((step - self.times.notice) * self.times.minutes)

    def _answer(self, i: int) -> Generator[Any, Any, None]:
        """An invitation is answered; who takes part prepares for it."""
        latest = self._minute(self.times.start) * 0.5
        yield self.env.timeout(min(self.drawn.answer_min[i], latest))
        if self.drawn.kind[i] == Kind.REFUSES:
            return
        self.opted[i] = True
        k, b = self.place[i]
        at = self._next_step()
        if self.fleet.parts[k].offers[b].by_voltage and self.sign > 0.0 and at < self.times.start:
            prepare_for(self.goings[k].plant, b, at, self.times.start)

    def _next_step(self) -> int:
        return self.times.notice + math.ceil(self.env.now / self.times.minutes - 1e-9)

    def _aggregator(self) -> Generator[Any, Any, None]:
        """Dispatch, then watch every minute."""
        times = self.times
        lead = min(figure("dispatch", "lead_minutes"), self._minute(times.start) * 0.5)
        yield self.env.timeout(self._minute(times.start) - lead)
        monitor = self.monitor = self._dispatched()
        for i in np.flatnonzero(monitor.asked_kw.any(axis=1)):
            self.env.process(self._order(int(i), monitor.asked_kw[i].copy()))
        self.committed = monitor.asked_kw.mean(axis=1)
        yield self.env.timeout(self._minute(times.start) - self.env.now)
        buses: list[Bus] = []
        if self._first_draw:
            self._march_to(times.start)
            buses = buses_at(self.goings, times.start)
        total = np.zeros(len(self.place))
        for step in range(times.start, times.end):
            yield self.env.timeout(self._minute(step + 1) - self.env.now)
            self._march_to(step + 1)
            behind = step - times.start
            if self._first_draw and behind == 0:
                truth_kw = np.concatenate([part.fine_kw[:, step] for part in self.fleet.parts])
                self._seconds = first_seconds(buses, self.goings, step, truth_kw)
            total += monitor.asked_kw[:, behind * times.minutes // _QUARTER_MIN]
            if step + 1 < times.end:
                self._watch(monitor, behind)
        self.asked = total / (times.end - times.start)

    def _dispatched(self) -> Monitor:
        """Orders for all who opted in, by what the aggregator was told."""
        times, fleet = self.times, self.fleet
        quarters = (times.end - times.start) * times.minutes // _QUARTER_MIN
        whole = quarters * _QUARTER_MIN
        which = [lasting(fleet.minutes, whole - _QUARTER_MIN * j) for j in range(quarters)]
        told = np.where(self.opted, self.drawn.told, 0.0)[:, None] * fleet.expected_kw
        most = told[:, which]
        energy = told[:, -1] * whole / 60.0
        target = np.full(quarters, fleet.target_kw)
        found = dispatch(target, most, energy, fleet.price_cny_kwh, _QUARTER_MIN / 60.0)
        self.short_kw = float(found.short_kw.mean())
        return Monitor(target, np.minimum(found.kw, most), most, energy, fleet.price_cny_kwh, _QUARTER_MIN)

    def _march_to(self, step: int) -> None:
        for going in self.goings:
            going.to(step)

    def _watch(self, monitor: Monitor, behind: int) -> None:
        """Read the meters of the step that is over, and send what changes."""
        step = self.times.start + behind
        meter = np.concatenate([going.meter_kw(step, step + 1)[0] for going in self.goings])
        change = self.sign * (self.fleet.reference_kw[:, behind] - meter)
        received = self.dice.random(len(meter)) >= figure("behaviour", "message_lost")
        self.heard = heard = self.opted & (self.drawn.kind != Kind.SILENT) & received
        before = monitor.asked_kw.copy()
        told = monitor.observe((behind + 1) * self.times.minutes - 1, heard, np.where(heard, change, np.nan))
        if told is None:
            return
        self.redispatched += 1
        for i in np.flatnonzero(np.any(monitor.asked_kw != before, axis=1)):
            self.env.process(self._order(int(i), monitor.asked_kw[i].copy()))

    def _order(self, i: int, asked_kw: Floats) -> Generator[Any, Any, None]:
        """An order goes its way; one that comes behind a later one is not followed."""
        self.sent[i] += 1
        number, times = self.sent[i], self.times
        self.orders += 1
        while self.dice.random() < figure("behaviour", "message_lost"):
            self.lost += 1
            yield self.env.timeout(_RESENT_MIN)
        yield self.env.timeout(order_delay_min(self.dice) + self.drawn.late_min[i])
        if self.drawn.kind[i] == Kind.SILENT or number < self.followed[i]:
            return
        self.followed[i] = number
        at = max(self._next_step(), times.start)
        if at >= times.end:
            return
        k, b = self.place[i]
        steps = np.arange(times.end - times.start) * times.minutes // _QUARTER_MIN
        carry_out(
            self.goings[k].plant, b, self.fleet.parts[k].offers[b], self.own[i],
            asked_kw[steps], self.fleet.reference_kw[i], at, times, self.sign,
        )  # fmt: skip
