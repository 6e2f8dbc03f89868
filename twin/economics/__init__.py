"""Money of a retrofit (经济评价): cash flows, present values, contracts, and how sure they are."""

from __future__ import annotations

from twin.economics.annual import AnnualState, annual_state, total
from twin.economics.evaluation import Economics, evaluate

__all__ = ["AnnualState", "Economics", "annual_state", "evaluate", "total"]
