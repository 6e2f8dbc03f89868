"""Subsidies (补贴) that a project names: amount, years of application, and what nobody has verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildings.description.finance import Finance
from twin.economics.annual import AnnualState
from twin.economics.finance_data import content
from twin.judges.factors import factor
from twin.market.assumption import Assumption
from weather.errors import TwinError


def subsidy_keys() -> tuple[str, ...]:
    """Subsidies that the library knows."""
    return tuple(content()["subsidies"])


def subsidy(
    finance: Finance, before: AnnualState, after: AnnualState, start_year: int, capital_cny: float
) -> tuple[dict[str, float], tuple[Assumption, ...]]:
    """What the subsidies that a project names would pay in the year of construction.

    Parameters
    ----------
    finance : Finance
    before, after : AnnualState
    start_year : int
    capital_cny : float
        Together they never pay more than this.

    Returns
    -------
    amounts : dict
        By key, `other` for the user's own [CNY]; 0 where the condition is missed or the year is outside.
    assumptions : tuple of Assumption

    Raises
    ------
    TwinError
        A subsidy that the library does not know.
    """
    amounts: dict[str, float] = {}
    said: list[Assumption] = []
    for key in finance.subsidies:
        rules = content()["subsidies"]
        if key not in rules:
            raise TwinError(
                f"no subsidy is called {key!r}.",
                f"Known: {', '.join(subsidy_keys())}; write your own under other_subsidy.",
                key="retrofit.finance.subsidies",
            )
        amounts[key], one = _amount(key, rules[key], before, after, start_year)
        said.append(one)
    if finance.other_subsidy is not None:
        amounts["other"] = finance.other_subsidy.amount
    whole = sum(amounts.values())
    if whole > capital_cny:
        scale = capital_cny / whole
        amounts = {key: amount * scale for key, amount in amounts.items()}
        said.append(
            Assumption(
                "finance.subsidy_limit",
                f"补贴合计 {whole:.0f} 元超过投资，按投资额 {capital_cny:.0f} 元计。",
                f"Subsidies of {whole:.0f} CNY exceed the capital and are cut to {capital_cny:.0f} CNY.",
                capital_cny,
                "CNY",
                "convention of this study",
                "assumed",
            )
        )
    return amounts, tuple(said)


def saving_rate(before: AnnualState, after: AnnualState) -> float:
    """Share of energy per floor area that is saved, both carriers as standard coal (折标煤); signed."""
    electric, gas = factor("coal_of_electricity").value, factor("coal_of_gas").value
    used = [
        (state.grid_import_kwh * electric + state.gas_m3 * gas) / state.floor_area_m2
        for state in (before, after)
    ]
    return 1.0 - used[1] / used[0] if used[0] > 0 else 0.0


def _amount(
    key: str, rule: Mapping[str, Any], before: AnnualState, after: AnnualState, start_year: int
) -> tuple[float, Assumption]:
    first, last = rule["valid_from"], rule["valid_to"]
    inside = (first is None or start_year >= first) and (last is None or start_year <= last)
    if "tiers" in rule:
        rate = saving_rate(before, after)
        per_m2 = next((tier["cny_per_m2"] for tier in rule["tiers"] if rate >= tier["saving"]), 0.0)
    else:
        per_m2 = rule["cny_per_m2"]
    amount = min(per_m2 * after.floor_area_m2, rule.get("cap_cny", float("inf"))) if inside else 0.0
    until = "?" if last is None else last
    return amount, Assumption(
        f"subsidy.{key}",
        f"{rule['name_zh']}补贴计 {amount:.0f} 元"
        f"（{rule['notice']}，{first}~{until} 年；条件：{rule['condition_zh']}；待核实）。",
        f"Subsidy '{rule['name_en']}' counted as {amount:.0f} CNY (years {first} to {until}; condition:"
        f" {rule['condition_en']}; not verified).",
        amount,
        "CNY",
        f"{rule['source']} ({rule['year']})",
        rule["confidence"],
    )
