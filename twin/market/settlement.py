"""Settlement (结算) of a fleet: each participant of each event, its aggregator's share, all sums to the fen.

Rounding: paid energy is taken to the Wh and the pay of each participant rounded half up to the fen; what its
aggregator keeps of it is rounded half up to the fen too, and the rest is the participant's. Totals are sums
of rounded amounts, so that nobody's money depends on somebody else's meter and every table sums to the fen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.market.assumption import Assumption, merged
from twin.market.baselines import BaselineMethod, Baselines, NoBaseline
from twin.market.event import Event
from twin.market.meter_days import BoolArray, FloatArray, MeterDays
from twin.market.products import Programme, load_programme
from twin.market.similar_days import SimilarDays
from twin.market.validity import Responses, responses, rule_assumptions
from weather.errors import TwinError

Fen = NDArray[np.int64]


class Outcome(IntEnum):
    """What became of a participant in an event; from `NO_COMMITMENT` on it is not settled at all."""

    PAID = 0
    RULE_NOT_MET = 1
    BELOW_BAND = 2
    NO_COMMITMENT = 3
    BELOW_MINIMUM = 4
    OUTAGE = 5
    GAP_IN_EVENT = 6
    TOO_FEW_DAYS = 7
    GAP_BEFORE_EVENT = 8
    NO_CASE = 9


@dataclass(frozen=True, slots=True)
class Contract:
    """What a participant agreed with its aggregator (负荷聚合商).

    Parameters
    ----------
    participant, aggregator : str
    aggregator_share : float
        Share of the participant's pay that the aggregator keeps, 0 to 1.
    """

    participant: str
    aggregator: str
    aggregator_share: float


@dataclass(frozen=True, eq=False)
class EventSettlement:
    """One event, settled for P participants.

    Parameters
    ----------
    event : Event
    rule : {"rule_one", "rule_two"}
        Rule that decides.
    participants, aggregators : tuple of str
        P names; the aggregator is empty for who takes part on its own.
    committed_kw : ndarray, shape (P,)
        Confirmed capacity, 0 for who did not take part [kW].
    outcome : ndarray of int, shape (P,)
        `Outcome`.
    baselines : Baselines
    baseline_kw, actual_kw : ndarray, shape (P, w)
        Points of the event [kW].
    responses : Responses
        Of all P; NaN for who is not settled.
    paid_wh : ndarray of int, shape (P,)
        [Wh].
    price_cny_kwh : Decimal
        With its coefficients.
    pay_fen, aggregator_fen : ndarray of int, shape (P,)
        Pay, and what the aggregator keeps of it [0.01 CNY].
    aggregator_kw : float or None
        Least capacity of an aggregator, where known.
    assumptions : tuple of Assumption
    """

    event: Event
    rule: str
    participants: tuple[str, ...]
    aggregators: tuple[str, ...]
    committed_kw: FloatArray
    outcome: NDArray[np.int8]
    baselines: Baselines
    baseline_kw: FloatArray
    actual_kw: FloatArray
    responses: Responses
    paid_wh: NDArray[np.int64]
    price_cny_kwh: Decimal
    pay_fen: Fen
    aggregator_fen: Fen
    aggregator_kw: float | None
    assumptions: tuple[Assumption, ...]

    @property
    def settled(self) -> BoolArray:
        """Who is settled, paid or not; shape (P,)."""
        return self.outcome < Outcome.NO_COMMITMENT

    @property
    def participant_fen(self) -> Fen:
        """What is left to the participants, shape (P,) [0.01 CNY]."""
        return self.pay_fen - self.aggregator_fen

    @property
    def rounding_cny(self) -> Decimal:
        """What rounding of the lines adds to the exact pay of the paid energy."""
        exact = Decimal(int(self.paid_wh.sum())) / 1000 * self.price_cny_kwh
        return Decimal(int(self.pay_fen.sum())) / 100 - exact


def settle_events(
    days: MeterDays,
    events: Sequence[Event],
    committed_kw: ArrayLike,
    *,
    method: BaselineMethod | None = None,
    programme: Programme | None = None,
    contracts: Sequence[Contract] = (),
    rule: str = "rule_two",
) -> tuple[EventSettlement, ...]:
    """Settle the events of a fleet.

    Parameters
    ----------
    days : MeterDays
        Meters with the days of all events and days before them.
    events : sequence of Event
    committed_kw : array_like, shape (E, P)
        Confirmed capacity of each participant in each event [kW]; 0 or NaN for who does not take part. The
        day of an event is no sample day of a later one for its participants.
    method : BaselineMethod, optional
        Default the similar days without adjustment.
    programme : Programme, optional
        Default Shanghai's.
    contracts : sequence of Contract
        At most one a participant; the others take part on their own.
    rule : {"rule_one", "rule_two"}

    Returns
    -------
    tuple of EventSettlement
        In the order of the events. A participant that cannot be settled is excluded with its reason.

    Raises
    ------
    TwinError
        Capacities or contracts that do not fit the fleet, an unknown rule or notice class, or an event on a
        day that the meters do not hold.
    """
    programme, method = programme or load_programme(), method or SimilarDays()
    shape = (len(events), len(days.participants))
    committed = np.nan_to_num(np.asarray(committed_kw, float), nan=0.0, posinf=np.inf, neginf=-np.inf)
    if committed.shape != shape or not np.isfinite(committed).all() or (committed < 0.0).any():
        raise TwinError(
            f"confirmed capacities of shape {committed.shape} from {committed.min(initial=0.0):g} to "
            f"{committed.max(initial=0.0):g} kW do not fit {shape[0]} events and {shape[1]} participants.",
            "Give one finite capacity, not negative, for each event and participant.",
            key="committed_kw",
        )
    took_part = np.zeros(days.events.shape, dtype=bool)
    for event, capacity in zip(events, committed, strict=True):
        took_part[:, days.place(event.day)] |= capacity > 0.0
    marked, terms = days.with_events(took_part), _terms(days.participants, contracts)
    return tuple(
        _settle(marked, event, capacity, method, programme, terms, rule)
        for event, capacity in zip(events, committed, strict=True)
    )


@dataclass(frozen=True, eq=False)
class _Terms:
    """Aggregator of each participant and its share as a fraction of integers, shape (P,)."""

    aggregators: tuple[str, ...]
    over: NDArray[np.object_]
    under: NDArray[np.object_]


def _terms(participants: tuple[str, ...], contracts: Sequence[Contract]) -> _Terms:
    by_name = {c.participant: c for c in contracts}
    unknown = by_name.keys() - set(participants)
    if unknown or len(by_name) < len(contracts):
        raise TwinError(
            f"contracts name {sorted(unknown)[:3]}, who take no part."
            if unknown
            else f"{len(contracts)} contracts are of {len(by_name)} participants.",
            "Give at most one contract for each participant of the fleet.",
            key="contracts",
        )
    for c in contracts:
        if not (c.aggregator and math.isfinite(c.aggregator_share) and 0.0 <= c.aggregator_share <= 1.0):
            raise TwinError(
                f"the contract of {c.participant} gives {c.aggregator!r} a share of {c.aggregator_share}.",
                "Name the aggregator and give a share from 0 to 1.",
                key="contracts",
            )
    found = [by_name.get(name) for name in participants]
    shares = [Fraction(0) if c is None else Fraction(str(c.aggregator_share)) for c in found]
    return _Terms(
        tuple("" if c is None else c.aggregator for c in found),
        np.array([s.numerator for s in shares], dtype=object),
        np.array([s.denominator for s in shares], dtype=object),
    )


def _settle(
    days: MeterDays,
    event: Event,
    committed: FloatArray,
    method: BaselineMethod,
    programme: Programme,
    terms: _Terms,
    rule: str,
) -> EventSettlement:
    made = method(days, event, programme)
    base = made.kw[:, event.window]
    actual = days.kw[:, days.place(event.day), event.window]
    price, said = programme.price(event.kind, event.notice)
    excluded = _excluded(days, event, committed, made, actual, programme, terms)
    out = excluded != Outcome.PAID
    found = responses(
        event.kind,
        np.where(out[:, None], np.nan, base),
        actual,
        np.where(committed > 0.0, committed, np.nan),
        programme,
    )
    valid = found.valid(rule)
    paid_kw = np.where(out, 0.0, found.paid_kw(rule, programme))
    paid_wh = np.floor(paid_kw * event.hours * 1000.0 + 0.5).astype(np.int64)
    if valid is None:
        outcome = np.where(out, excluded, np.int8(Outcome.NO_CASE))
    else:
        unpaid = np.where(valid, np.int8(Outcome.BELOW_BAND), np.int8(Outcome.RULE_NOT_MET))
        outcome = np.where(out | (paid_kw > 0.0), excluded, unpaid)
    over, under = (price / 10).as_integer_ratio()  # fen for a Wh
    pay = _half_up(paid_wh.astype(object) * over, under)
    return EventSettlement(
        event,
        rule,
        days.participants,
        terms.aggregators,
        committed,
        outcome.astype(np.int8),
        made,
        base,
        actual,
        found,
        paid_wh,
        price,
        pay,
        _half_up(pay.astype(object) * terms.over, terms.under),
        programme.known("access.aggregator_kw"),
        merged(made.assumptions, said, rule_assumptions(programme), _access_assumptions(programme, terms)),
    )


def _half_up(over: NDArray[np.object_], under: int | NDArray[np.object_]) -> Fen:
    """Quotients of integers, not negative, rounded half up."""
    return np.asarray((2 * over + under) // (2 * under), dtype=np.int64)


def _excluded(
    days: MeterDays,
    event: Event,
    committed: FloatArray,
    made: Baselines,
    actual: FloatArray,
    programme: Programme,
    terms: _Terms,
) -> NDArray[np.int8]:
    """Why participants are not settled, shape (P,); `PAID` for who can be. The first reason counts."""
    least = programme.known("access.user_kw") or 0.0
    alone = np.array([not name for name in terms.aggregators])
    return np.select(
        [
            ~(committed > 0.0),
            alone & (committed < least),
            days.outages[:, days.place(event.day)],
            ~np.isfinite(actual).all(axis=1),
            made.missing == NoBaseline.TOO_FEW_DAYS,
            made.missing == NoBaseline.GAP_BEFORE_EVENT,
        ],
        [
            np.int8(Outcome.NO_COMMITMENT),
            np.int8(Outcome.BELOW_MINIMUM),
            np.int8(Outcome.OUTAGE),
            np.int8(Outcome.GAP_IN_EVENT),
            np.int8(Outcome.TOO_FEW_DAYS),
            np.int8(Outcome.GAP_BEFORE_EVENT),
        ],
        np.int8(Outcome.PAID),
    )


def _access_assumptions(programme: Programme, terms: _Terms) -> list[Assumption]:
    said: list[Assumption] = []
    if any(terms.aggregators):
        least = programme.known("access.aggregator_kw")
        known = "未知" if least is None else f"{least:g} kW", "unknown" if least is None else f"{least:g} kW"
        said += programme.assumption(
            "access.aggregator_kw",
            f"聚合商最低可调容量 {known[0]}（待核实），仅作对照，不影响结算。",
            f"The least capacity of an aggregator is {known[1]} (not verified); it settles nothing.",
            "kW",
        )
    if not all(terms.aggregators) and programme.known("access.user_kw") is None:
        said += programme.assumption(
            "access.user_kw",
            "用户自主参与的最低容量未知，未设门槛。",
            "The least capacity of a user of its own is unknown; nobody is held to it.",
            "kW",
        )
    return said
