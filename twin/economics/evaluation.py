"""Money of one package (经济评价): from lines of work and two annual states to flows and figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Finance
from buildings.retrofit.work_line import WorkLine
from twin.economics.annual import AnnualState
from twin.economics.cash_flow import (
    COMPONENTS,
    Flows,
    flows_of,
    is_battery,
    is_pv,
    lives_of,
    reward_valid,
    single_case,
)
from twin.economics.emc import contract_result
from twin.economics.present_value import InternalRate, annuity, discount_factors, internal_rate, npv, payback
from twin.economics.renewal import Renewal
from twin.economics.subsidies import subsidy
from twin.economics.terms import Terms, assumption_of, contract_figures, reward_rule, terms_of, unit_costs
from twin.market.assumption import Assumption, merged

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Economics:
    """What a package costs and brings, in money of the year of construction.

    Parameters
    ----------
    capital_cny : float
        Works with soft costs, before subsidies.
    capital_by_measure_cny : dict of str to float
    subsidies_cny : dict of str to float
    maintenance_cny, saving_cny : float
        Of year 1; the saving is energy money, signed.
    npv_cny : float
        Of owner and investor together, where there is a contract.
    irr : InternalRate
    simple_payback_a, discounted_payback_a : float or None
        Without residual value; None where it is not paid back within the horizon.
    lcoe_cny_kwh : float or None
        Of the PV that is added; None without.
    annual_net_cost_cny : float
        Net cost as equal yearly payments over the horizon, below 0 where it pays for itself.
    levelised_tonnes_a : float
        Carbon saved by the physical account as equal yearly tonnes, signed, lost PV yield taken off.
    cost_per_tonne_cny : float or None
        The first over the second; carbon income, certificates, rewards
        and subsidies are not in it. None where no carbon is saved. Negative where it pays for itself.
    tonnes_a : float
        Of year 1, physical account.
    tonnes_ets_a : float
        Of year 1, account of the Shanghai carbon market.
    table : dict of str to list
        By column: `year`, `calendar`, each component, `net`, `discounted`, `cumulative`.
    contract : dict or None
    terms : Terms
    notes : tuple of dict
        Why a figure is missing, by `key`, `en`, `zh`.
    assumptions : tuple of Assumption
    """

    capital_cny: float
    capital_by_measure_cny: dict[str, float]
    subsidies_cny: dict[str, float]
    maintenance_cny: float
    saving_cny: float
    npv_cny: float
    irr: InternalRate
    simple_payback_a: float | None
    discounted_payback_a: float | None
    lcoe_cny_kwh: float | None
    annual_net_cost_cny: float
    levelised_tonnes_a: float
    cost_per_tonne_cny: float | None
    tonnes_a: float
    tonnes_ets_a: float
    table: dict[str, list[float]]
    contract: dict[str, Any] | None
    terms: Terms
    notes: tuple[dict[str, str], ...]
    assumptions: tuple[Assumption, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; `irr` as a number with its reason beside."""
        plain = {
            key: value
            for key, value in vars(self).items()
            if key not in ("irr", "terms", "assumptions", "notes")
        }
        return {
            **plain,
            "irr": self.irr.value,
            "irr_roots": list(self.irr.roots),
            "irr_reason_en": self.irr.reason_en,
            "irr_reason_zh": self.irr.reason_zh,
            "terms": self.terms.as_dict(),
            "notes": [dict(note) for note in self.notes],
            "assumptions": [one.as_dict() for one in self.assumptions],
        }


def evaluate(
    lines: Sequence[WorkLine],
    before: AnnualState,
    after: AnnualState,
    finance: Finance,
    *,
    start_year: int | None = None,
    lives: Mapping[str, float] | None = None,
    renewals: Sequence[Renewal] = (),
) -> Economics:
    """Money of a package by its likeliest figures.

    Parameters
    ----------
    lines : sequence of WorkLine
    before, after : AnnualState
        Signed: what costs more after the works gives negative flows.
    finance : Finance
    start_year : int, optional
        Calendar year of construction, where `finance` names none.
    lives : mapping of str to float, optional
        Lives by measure [a] that take the place of the lines' own, such as a battery's by its ageing.
    renewals : sequence of Renewal, optional
        What the package avoids, see `twin.economics.renewal.avoided_by`; by default nothing falls due anyway.

    Returns
    -------
    Economics

    Raises
    ------
    TwinError
        A line, a term or a subsidy that cannot be used.
    """
    terms = terms_of(finance, start_year)
    costs, cost_said = unit_costs(lines, finance.unit_costs)
    case = single_case([cost.value for cost in costs], lives_of(lines, lives), before, after, terms, renewals)
    works = math.fsum(line.quantity * cost.value for line, cost in zip(lines, costs, strict=True))
    capital = works * (1.0 + terms.soft_costs)
    granted, subsidy_said = subsidy(finance, before, after, terms.start_year, capital)
    flows = flows_of(lines, case, terms, math.fsum(granted.values()))
    contract: dict[str, Any] | None = None
    contract_said: tuple[Assumption, ...] = ()
    if finance.contract is not None:
        figures, contract_said = contract_figures(finance.contract)
        bill = before.electricity_cny + before.gas_cny
        contract = contract_result(flows, figures, terms.discount_rate, bill_before=bill)
    rate = internal_rate(flows.net[:, 0])
    discount = discount_factors(terms.discount_rate, terms.years)
    back = payback(flows.running)[0], payback(flows.running * discount[:, None])[0]
    yearly_cost, yearly_tonnes = (float(one[0]) for one in levelised(flows, terms.discount_rate))
    per_tonne = float(cost_per_tonne(flows, terms.discount_rate)[0])
    lcoe = float(levelised_cost(flows, terms.discount_rate)[0])
    return Economics(
        capital_cny=capital,
        capital_by_measure_cny=_by_measure(lines, flows.by_line[:, 0]),
        subsidies_cny=granted,
        maintenance_cny=-float(flows.parts["maintenance"][1, 0]),
        saving_cny=float(flows.parts["electricity"][1, 0] + flows.parts["gas"][1, 0]),
        npv_cny=float(npv(flows.net, terms.discount_rate)[0]),
        irr=rate,
        simple_payback_a=_known(back[0]),
        discounted_payback_a=_known(back[1]),
        lcoe_cny_kwh=_known(lcoe),
        annual_net_cost_cny=yearly_cost,
        levelised_tonnes_a=yearly_tonnes,
        cost_per_tonne_cny=_known(per_tonne),
        tonnes_a=(before.carbon_kg - after.carbon_kg) / 1000.0,
        tonnes_ets_a=(before.carbon_ets_kg - after.carbon_ets_kg) / 1000.0,
        table=_table(flows, terms, discount),
        contract=contract,
        terms=terms,
        notes=_notes(flows, terms, rate, back, per_tonne, lcoe),
        assumptions=merged(
            terms.assumptions,
            cost_said,
            tuple(one.told for one in renewals),
            subsidy_said,
            contract_said,
            _reward_said(lines, terms),
            _fade_said(lines, before, after),
        ),
    )


_LEAST = 1e-6
"""Tonnes a year, and kWh, below which none are saved or yielded to speak of."""
_PAYS_FOR_CARBON = ("carbon", "certificates", "pv_reward", "subsidy", "tax")


def levelised(flows: Flows, rate: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Net cost [CNY/a] and tonnes saved [t/a] as equal yearly figures over the horizon, shape (n,) each.

    Income from carbon, certificates, rewards and subsidies is left out, since it pays for the same tonne;
    so is tax.
    """
    years = len(flows.carbon_kg) - 1
    own = np.add.reduce([flows.parts[name] for name in COMPONENTS if name not in _PAYS_FOR_CARBON])
    yearly = annuity(rate, years)
    return -npv(own, rate) * yearly, npv(flows.carbon_kg, rate) / 1000.0 * yearly


def cost_per_tonne(flows: Flows, rate: FloatArray | float) -> FloatArray:
    """Levelised net cost over levelised tonnes [CNY/t], shape (n,); NaN where nothing is saved."""
    cost, tonnes = levelised(flows, rate)
    return np.where(tonnes > _LEAST, cost / np.maximum(tonnes, _LEAST), np.nan)


def levelised_cost(flows: Flows, rate: FloatArray | float) -> FloatArray:
    """Levelised cost of the added PV's electricity (度电成本) [CNY/kWh], shape (n,); NaN without PV."""
    energy = npv(flows.pv_kwh, rate)
    return np.where(energy > _LEAST, npv(flows.pv_cost, rate) / np.maximum(energy, _LEAST), np.nan)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _by_measure(lines: Sequence[WorkLine], capital: FloatArray) -> dict[str, float]:
    found: dict[str, float] = {}
    for line, paid in zip(lines, capital.tolist(), strict=True):
        found[line.measure] = found.get(line.measure, 0.0) + paid
    return found


def _table(flows: Flows, terms: Terms, discount: FloatArray) -> dict[str, list[float]]:
    net = flows.net[:, 0]
    years = list(range(terms.years + 1))
    return {
        "year": [float(y) for y in years],
        "calendar": [float(terms.start_year + y) for y in years],
        **{name: flows.parts[name][:, 0].tolist() for name in COMPONENTS},
        "net": net.tolist(),
        "discounted": (net * discount).tolist(),
        "cumulative": np.cumsum(net).tolist(),
        "carbon_saved_kg": flows.carbon_kg[:, 0].tolist(),
    }


def _notes(
    flows: Flows, terms: Terms, rate: InternalRate, back: tuple[float, float], per_tonne: float, lcoe: float
) -> tuple[dict[str, str], ...]:
    said = []

    def note(key: str, zh: str, en: str) -> None:
        said.append({"key": key, "en": en, "zh": zh})

    if rate.value is None:
        note("irr", rate.reason_zh, rate.reason_en)
    for key, years, zh, en in (
        ("simple_payback_a", back[0], "累计净现金流", "sum of the flows"),
        ("discounted_payback_a", back[1], "累计折现净现金流", "sum of the discounted flows"),
    ):
        if not math.isfinite(years):
            note(key, f"{terms.years} 年内{zh}未转正", f"the {en} stays below 0 for {terms.years} years")
    summed = np.cumsum(flows.running[:, 0])
    if math.isfinite(back[0]) and back[0] > 0.0:
        later = [y for y in range(math.ceil(back[0]), terms.years + 1) if summed[y] < 0.0]
        if later:
            note(
                "simple_payback_a",
                f"第 {later[0]} 年因更换再次转负",
                f"the sum of the flows falls below nought again in year {later[0]}, by a replacement",
            )
    if not math.isfinite(per_tonne):
        note("cost_per_tonne_cny", "未减碳", "no carbon is saved")
    if not math.isfinite(lcoe):
        note("lcoe_cny_kwh", "方案未新增光伏", "no PV is added")
    return tuple(said)


def _reward_said(lines: Sequence[WorkLine], terms: Terms) -> tuple[Assumption, ...]:
    rule = reward_rule(terms.pv_reward)
    if rule["rate"] == 0.0 or not any(is_pv(line) for line in lines):
        return ()
    first, last = rule["commissioned_from"], rule["commissioned_to"]
    if reward_valid(rule, terms):
        zh = (
            f"光伏度电奖励按 {rule['rate']:g} 元/kWh 计 {rule['years']} 年"
            f"（{rule['name_zh']}，{first}~{last} 年投产；须申报，不与其他市级资金叠加）。"
        )
        en = (
            f"PV is rewarded with {rule['rate']:g} CNY/kWh for {rule['years']} years ({rule['name_en']},"
            f" commissioned {first} to {last}); it must be applied for and excludes other city funds."
        )
    else:
        zh = f"{terms.start_year} 年投产的光伏不在奖励期（{first}~{last} 年）内，未计度电奖励。"
        en = f"PV of {terms.start_year} is outside the reward's years {first} to {last}; none is counted."
    source, confidence = f"{rule['source']} ({rule['year']})", rule["confidence"]
    return (Assumption("finance.pv_reward", zh, en, rule["rate"], "CNY/kWh", source, confidence),)


def _fade_said(lines: Sequence[WorkLine], before: AnnualState, after: AnnualState) -> tuple[Assumption, ...]:
    said = [*assumption_of("pv_fade")]
    convention = "convention of this study"
    if any(is_battery(line) for line in lines) and after.battery_benefit_cny is None:
        said.append(
            Assumption(
                "finance.battery_fade",
                "未给出电池的年收益，电池衰减对收益的影响未计。",
                "What the battery takes off the bill is not known apart, so that its fading is not counted.",
                None,
                "CNY",
                convention,
                "assumed",
            )
        )
    unknown = after.import_price_cny_kwh is None and before.import_price_cny_kwh is None
    if any(is_pv(line) for line in lines) and unknown:
        said.append(
            Assumption(
                "finance.fade_price",
                "光伏衰减损失的电量按平均电价（含需量电费）计。",
                "PV yield lost by fading is valued at the mean of the whole bill, demand charge included.",
                None,
                "CNY/kWh",
                convention,
                "assumed",
            )
        )
    return tuple(said)
