"""Whether responses count (响应有效性) and how much of them is paid, for many participants at once.

Two rule sets of a provincial platform are known and both are always shown:

- rule one, peak shaving only: the maximum falls by the whole confirmed capacity, and the mean by 80 % of it;
- rule two: the extreme and the mean move in the direction asked for, the response rate reaches 80 %, and the
  effective duration 60 min.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.market.assumption import Assumption
from twin.market.event import Kind
from twin.market.meter_days import BoolArray, FloatArray
from twin.market.products import Programme
from weather.errors import TwinError

RULES = ("rule_one", "rule_two")
ROUNDING = 1e-6
"""Share of a limit that is rounding: where equality is enough, a value this close to its limit reaches it."""


def _reaches(value: FloatArray, limit: FloatArray) -> BoolArray:
    return value >= limit - ROUNDING * np.maximum(1.0, np.abs(limit))


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition of a rule: `value` must reach `limit` (strictly, where `strict`), both of shape (P,)."""

    what: str
    value: FloatArray
    limit: FloatArray
    strict: bool = False

    @property
    def met(self) -> BoolArray:
        """Whose response meets it, shape (P,); NaN never does."""
        return self.value > self.limit if self.strict else _reaches(self.value, self.limit)


@dataclass(frozen=True, eq=False)
class Responses:
    """Responses of P participants in the hours of one event.

    Parameters
    ----------
    kind : {"peak_shaving", "valley_filling"}
    committed_kw : ndarray, shape (P,)
    mean_kw : ndarray, shape (P,)
        Baseline less actual in the direction asked for [kW].
    rate : ndarray, shape (P,)
        Response rate (响应率), mean over committed.
    effective_minutes : ndarray, shape (P,)
        Quarter-hours that reach the lowest rate [min].
    rules : dict of str to tuple of Condition
        Without conditions where a rule has no case for the direction.
    """

    kind: Kind
    committed_kw: FloatArray
    mean_kw: FloatArray
    rate: FloatArray
    effective_minutes: FloatArray
    rules: dict[str, tuple[Condition, ...]]

    def valid(self, rule: str) -> BoolArray | None:
        """Whose response counts, shape (P,); None where the rule has no case for the direction.

        Raises
        ------
        TwinError
            Unknown rule.
        """
        if rule not in self.rules:
            raise TwinError(
                f"{rule!r} is no rule of validity.", f"Write {' or '.join(RULES)}.", key="event.rule"
            )
        conditions = self.rules[rule]
        return np.logical_and.reduce([c.met for c in conditions]) if conditions else None

    def paid_kw(self, rule: str, programme: Programme) -> FloatArray:
        """Mean power that is paid, shape (P,) [kW].

        Nothing where the rule is not met or the rate is below the paid band; above the band its upper edge.
        """
        valid = self.valid(rule)
        if valid is None:
            return np.zeros(len(self.mean_kw))
        lowest = programme.value("pay.lowest_rate") * self.committed_kw
        highest = programme.value("pay.highest_rate") * self.committed_kw
        return np.where(valid & _reaches(self.mean_kw, lowest), np.minimum(self.mean_kw, highest), 0.0)


def responses(
    kind: Kind,
    baseline_kw: NDArray[np.float64],
    actual_kw: NDArray[np.float64],
    committed_kw: NDArray[np.float64],
    programme: Programme,
) -> Responses:
    """Hold responses against both rules.

    Parameters
    ----------
    kind : {"peak_shaving", "valley_filling"}
    baseline_kw, actual_kw : ndarray, shape (P, w)
        Points of the event [kW].
    committed_kw : ndarray, shape (P,)
        Confirmed capacities, > 0 [kW].
    programme : Programme

    Returns
    -------
    Responses
    """
    sign = 1.0 if kind == "peak_shaving" else -1.0
    delivered = sign * (baseline_kw - actual_kw)
    mean = delivered.mean(axis=1)
    rate = mean / committed_kw
    least = programme.value("validity.rate")
    minutes = 15.0 * _reaches(delivered, least * committed_kw[:, None]).sum(axis=1)
    one: tuple[Condition, ...] = ()
    if kind == "peak_shaving":
        extreme = baseline_kw.max(axis=1) - actual_kw.max(axis=1)
        move = baseline_kw.mean(axis=1) - actual_kw.mean(axis=1)
        names = ("baseline maximum - event maximum, kW", "baseline mean - event mean, kW")
        one = (
            Condition(names[0], extreme, committed_kw),
            Condition(names[1], move, least * committed_kw),
        )
    else:
        extreme = actual_kw.min(axis=1) - baseline_kw.min(axis=1)
        move = actual_kw.mean(axis=1) - baseline_kw.mean(axis=1)
        names = ("event minimum - baseline minimum, kW", "event mean - baseline mean, kW")
    nothing = np.zeros(len(mean))
    two = (
        Condition(names[0], extreme, nothing, True),
        Condition(names[1], move, nothing, True),
        Condition("response rate", rate, np.full(len(mean), least)),
        Condition(
            "effective duration, min",
            minutes,
            np.full(len(mean), programme.value("validity.duration_minutes")),
        ),
    )
    return Responses(kind, committed_kw, mean, rate, minutes, {"rule_one": one, "rule_two": two})


def rule_assumptions(programme: Programme) -> Iterator[Assumption]:
    """What is assumed in the paid band and in the effective duration."""
    low, high = programme.value("pay.lowest_rate"), programme.value("pay.highest_rate")
    yield from programme.assumption(
        "pay.lowest_rate",
        f"按确认容量的 {low:.0%}–{high:.0%} 计付（待核实）。",
        f"Paid between {low:.0%} and {high:.0%} of the confirmed capacity (not verified).",
        "-",
    )
    yield Assumption(
        "demand_response.validity.effective",
        "有效时长按达到最低响应率的 15 分钟时段累计（规则释义为本工具假定）。",
        "Effective duration counts the quarter-hours that reach the lowest rate (our reading of the rule).",
        programme.value("validity.rate"),
        "-",
        programme.facts["validity.duration_minutes"]["source"],
        "assumed",
    )
