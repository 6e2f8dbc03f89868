"""The model against the owner's bill: how far they are apart, and what the packages bring by either.

The archetype never is the building. What it uses more or less than the bill says is told and carried into
the money: savings on what the building uses follow the bill in a straight line, what PV gives does not. The
two figures, by the model and by the bill, are ends of the range that an owner is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from buildings.description.finance import Finance
from buildings.retrofit.work_line import WorkLine
from twin.economics.annual import AnnualState
from twin.economics.evaluation import Economics, evaluate
from twin.economics.renewal import Renewal
from twin.market.assumption import Assumption
from twin.preview.six_fields import SixFields

Nearness = Literal["agrees", "usual", "far"]
AGREES = 0.05
"""Difference of a year that a calibrated model may have (ASHRAE Guideline 14-2014, mean bias by month)."""
USUAL = 0.30
"""Difference that is usual between a building and its archetype (assumed)."""


@dataclass(frozen=True)
class Bill:
    """A year of electricity by the bills and by the model.

    Attributes
    ----------
    unit : {"kWh", "CNY"}
        What the owner stated.
    stated, modelled : float
        [kWh/a] or [CNY/a]
    ratio : float
        First over second.
    nearness : {"agrees", "usual", "far"}
    """

    unit: Literal["kWh", "CNY"]
    stated: float
    modelled: float
    ratio: float
    nearness: Nearness

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def bill_of(fields: SixFields, before: AnnualState) -> Bill | None:
    """Hold the owner's bill against the modelled year; None where he states none."""
    if fields.electricity_kwh is not None:
        return _bill("kWh", fields.electricity_kwh, before.grid_import_kwh)
    if fields.electricity_cny is not None:
        return _bill("CNY", fields.electricity_cny, before.electricity_cny)
    return None


def _bill(unit: Literal["kWh", "CNY"], stated: float, modelled: float) -> Bill:
    ratio = stated / modelled
    away = abs(ratio - 1.0)
    nearness: Nearness = "agrees" if away <= AGREES else "usual" if away <= USUAL else "far"
    return Bill(unit, stated, modelled, ratio, nearness)


def by_bill(before: AnnualState, after: AnnualState, ratio: float) -> tuple[AnnualState, AnnualState]:
    """Two years as the bill would have them: use follows it in a straight line, what PV gives does not.

    Parameters
    ----------
    before, after : AnnualState
        By the model.
    ratio : float
        Of the bill to the model.
    """
    sun = _sun_cny(after) - _sun_cny(before)
    saved = before.electricity_cny - after.electricity_cny
    stated = ratio * before.electricity_cny
    left = stated - sun - ratio * (saved - sun)
    return replace(before, electricity_cny=stated), replace(after, electricity_cny=left)


def _sun_cny(state: AnnualState) -> float:
    """What PV takes off a bill, and what it earns."""
    return state.pv_used_kwh * (state.import_price_cny_kwh or 0.0) + state.grid_export_kwh * (
        state.export_price_cny_kwh or 0.0
    )


def money_by_bill(
    bill: Bill,
    before: AnnualState,
    after: AnnualState,
    lines: Sequence[WorkLine],
    finance: Finance,
    *,
    lives: Mapping[str, float],
    renewals: Sequence[Renewal],
) -> Economics:
    """Money of a package where the building uses what its bill says; see `evaluate`."""
    first, last = by_bill(before, after, bill.ratio)
    return evaluate(lines, first, last, finance, lives=lives, renewals=renewals)


def assumption(bill: Bill) -> Assumption:
    """How the bill was carried into the money."""
    return Assumption(
        "preview.bill",
        f"账单为模型的 {100 * bill.ratio:.0f} %；按账单折算时，用电部分的节省按此比例变化，"
        "光伏收益不变，燃气按模型。",
        f"The bill is {100 * bill.ratio:.0f} % of the model; by the bill, savings on what the building uses "
        "change in that proportion, what PV gives does not, gas is the model's.",
        bill.ratio,
        "1",
        "straight line between model and bill",
        "assumed",
    )
