"""Energy performance contracts (合同能源管理): what the owner and the investor each pay and get.

The investor (节能服务公司) pays for works, maintenance and replacements until the contract ends, then hands
everything over for nothing; what falls due for replacement as the contract ends is the owner's. A contract of
guaranteed saving leaves works and upkeep to the owner. Rewards, certificates and carbon belong to the saving.
In each year the two flows add up to the flow of the project.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.economics.cash_flow import Flows
from twin.economics.present_value import discount_factors, internal_rate, npv

FloatArray = NDArray[np.float64]
_BENEFIT = ("electricity", "gas", "pv_fade", "battery_fade", "pv_reward", "certificates", "carbon")


@dataclass(frozen=True)
class Split:
    """Flows of the two parties [CNY], shape (years + 1, n)."""

    owner: FloatArray
    investor: FloatArray


def split(
    flows: Flows,
    contract: Mapping[str, Any],
    *,
    bill_before: ArrayLike = 0.0,
    expected: FloatArray | None = None,
) -> Split:
    """Split the flows of a project between its owner and the investor.

    Parameters
    ----------
    flows : Flows
    contract : mapping
        As `twin.economics.terms.contract_figures` gives it.
    bill_before : float or array
        Yearly energy money before the works, for custody [CNY]; kept for the whole term.
    expected : ndarray, shape (years + 1, 1), optional
        Expected benefit that a guarantee is held against; default that of the flows, so that none is missed.

    Returns
    -------
    Split

    Notes
    -----
    Tax is left to the owner. The terms follow the three types of GB/T 24915, whose text was not read.
    """
    yearly, last = _investor_years(flows, contract, bill_before, expected)
    term = min(int(contract["years"]), len(yearly) - 1)
    investor = np.zeros(yearly.shape)
    investor[: term + 1] = yearly[: term + 1]
    investor[term] -= last[term]
    return Split(flows.net - investor, investor)


def benefit_of(flows: Flows) -> FloatArray:
    """What the works bring in a year, upkeep not taken off, shape (years + 1, n)."""
    total: FloatArray = np.add.reduce([flows.parts[name] for name in _BENEFIT])
    return total


def _investor_years(
    flows: Flows, contract: Mapping[str, Any], bill_before: ArrayLike, expected: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Investor's flow of each year while the contract runs, and what of it falls away in the last one."""
    benefit = benefit_of(flows)
    if contract["type"] == "guaranteed_saving":
        hoped = benefit if expected is None else expected
        short = np.maximum(contract["guaranteed_share"] * hoped - benefit, 0.0)
        return contract["service_fee"] * np.maximum(benefit, 0.0) - short, np.zeros(benefit.shape)
    works = flows.parts["capital"] + flows.parts["subsidy"]
    expense = flows.parts["maintenance"] + flows.parts["replacement"]
    if contract["type"] == "shared_saving":
        income = (1.0 - _yearly_shares(contract["owner_share"], len(benefit))) * benefit
    else:
        # the company is paid the fee and pays the bill after the works: the one before less the benefit
        bill = np.asarray(bill_before, float)
        income = (1.0 - contract["custody_discount"]) * bill - (bill - benefit)
        income[0] = 0.0
    return works + income + expense, flows.parts["replacement"]


def _yearly_shares(shares: Sequence[float], rows: int) -> FloatArray:
    """Owner's share by year, shape (rows, 1); the last one is kept."""
    told = [0.0, *shares][:rows]
    return np.array(told + [told[-1]] * (rows - len(told))).reshape(-1, 1)


def minimal_years(flows: Flows, contract: Mapping[str, Any], *, bill_before: ArrayLike = 0.0) -> int | None:
    """Shortest term [a] that gives the investor his return; None where none within the horizon does.

    A guaranteed-saving contract has none: its company invests nothing.
    """
    if contract["type"] == "guaranteed_saving":
        return None
    yearly, last = _investor_years(flows, contract, bill_before, None)
    factors = discount_factors(contract["investor_return"], len(yearly) - 1)
    worth = np.cumsum(yearly[:, 0] * factors) - last[:, 0] * factors
    enough = np.flatnonzero(worth[1:] >= 0.0)
    return int(enough[0]) + 1 if enough.size else None


def contract_result(
    flows: Flows, contract: Mapping[str, Any], discount_rate: float, *, bill_before: float
) -> dict[str, Any]:
    """Both parties' flows and present values of one case.

    Returns
    -------
    dict
        Terms, `owner_npv_cny` at the study's rate, `investor_npv_cny` at the return he requires,
        `investor_irr` with its reason, `minimal_years`, and both flows by year.
    """
    parties = split(flows, contract, bill_before=bill_before)
    rate = internal_rate(parties.investor[:, 0])
    shortest = minimal_years(flows, contract, bill_before=bill_before)
    return {
        "terms": dict(contract),
        "owner_npv_cny": float(npv(parties.owner, discount_rate)[0]),
        "investor_npv_cny": float(npv(parties.investor, contract["investor_return"])[0]),
        "investor_npv_at_study_rate_cny": float(npv(parties.investor, discount_rate)[0]),
        "investor_irr": rate.value,
        "investor_irr_reason_en": rate.reason_en,
        "investor_irr_reason_zh": rate.reason_zh,
        "minimal_years": shortest,
        "owner_cny": parties.owner[:, 0].tolist(),
        "investor_cny": parties.investor[:, 0].tolist(),
        "owner_invests_cny": max(-math.fsum(parties.owner[:1, 0]), 0.0),
    }
