"""How participants behave in one draw (参与者表现): who refuses, is silent, comes late, tells too much."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.response.invitation import Behaviour, figure

Floats = NDArray[np.float64]
_SPREAD = float(np.log(2.0))
"""Of log-normal delays: one standard deviation is a factor of two."""


class Kind(IntEnum):
    """What a participant does."""

    RELIABLE = 0
    REFUSES = 1
    SILENT = 2
    LATE = 3
    OVERSTATES = 4


class Drawn(NamedTuple):
    """One draw of P participants.

    Attributes
    ----------
    kind : ndarray of int (P,)
    late_min : ndarray (P,)
        By which orders are carried out late [min].
    answer_min : ndarray (P,)
        Until the invitation is answered [min].
    told : ndarray (P,)
        What the aggregator is told of a capability, over it [-].
    """

    kind: NDArray[np.int64]
    late_min: Floats
    answer_min: Floats
    told: Floats


def drawn(behaviour: Behaviour, able: NDArray[np.bool_], seed: int) -> Drawn:
    """Draw who behaves how.

    Parameters
    ----------
    behaviour : Behaviour
    able : ndarray of bool (P,)
        Who could take part; shares are of these, to the nearest whole participant.
    seed : int
    """
    dice = np.random.default_rng((seed, 0))
    count = len(able)
    kind = np.full(count, Kind.RELIABLE, dtype=np.int64)
    shares = (behaviour.refuse, behaviour.silent, behaviour.late, behaviour.overstate)
    edges = np.round(np.cumsum(shares) * able.sum()).astype(int)
    order = dice.permutation(np.flatnonzero(able))
    first = 0
    for which, last in zip(list(Kind)[1:], edges, strict=True):
        kind[order[first:last]] = which
        first = last
    late = dice.exponential(behaviour.late_by, count)
    answer = dice.lognormal(np.log(figure("behaviour", "answer_minutes")), _SPREAD, count)
    told = np.where(kind == Kind.OVERSTATES, 1.0 + behaviour.overstate_by, 1.0)
    return Drawn(kind, np.where(kind == Kind.LATE, late, 0.0), answer, told)


def kept_of_orders(behaviour: Behaviour, call_min: float, count: int, seed: int) -> Floats:
    """Shares of a call that participants who answer deliver, a sample for a bid, shape (count,) [-]."""
    dice = np.random.default_rng((seed, 1))
    answers = max(1.0 - behaviour.refuse - behaviour.silent, 1e-9)
    late = dice.random(count) < behaviour.late / answers
    missed = np.minimum(dice.exponential(behaviour.late_by, count) / call_min, 1.0)
    return np.asarray(np.where(late, 1.0 - missed, 1.0))


def order_delay_min(dice: np.random.Generator) -> float:
    """How long an order is on its way [min]."""
    return float(dice.lognormal(np.log(figure("behaviour", "order_seconds") / 60.0), _SPREAD))
