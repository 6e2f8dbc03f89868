"""Money of a retrofit (经济评价): cash flows, present values, contracts, and how sure they are."""

from __future__ import annotations

from twin.economics.annual import AnnualState, annual_state, total
from twin.economics.evaluation import Economics, evaluate
from twin.economics.uncertainty import Physical, ranges, sensitivity

__all__ = [
    "AnnualState",
    "Economics",
    "Physical",
    "annual_state",
    "evaluate",
    "ranges",
    "sensitivity",
    "total",
]
