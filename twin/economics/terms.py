"""Terms of a study resolved: what the user wrote, else the library's default, each told with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Contract, Finance, Growth, UnitCost
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics.finance_data import content, default
from twin.market.assumption import UNVERIFIED, Assumption
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_OWN = "written in the project"

_LABELS = {
    "discount_rate": ("实际折现率", "real discount rate"),
    "start_year": ("建设年份", "year of construction"),
    "years": ("计算期", "years that are counted"),
    "electricity_growth": ("电价实际增长率", "real growth of the electricity price"),
    "gas_growth": ("气价实际增长率", "real growth of the gas price"),
    "carbon_price": ("碳价", "carbon price"),
    "carbon_price_growth": ("碳价实际增长率", "real growth of the carbon price"),
    "certificate_price": ("绿证价格", "price of a green certificate"),
    "pv_fade": ("光伏年衰减率", "yearly fade of PV"),
    "battery_fade": ("电池年衰减率", "yearly fade of the battery"),
    "contract_years": ("合同期", "term of the contract"),
    "owner_share": ("业主分享比例", "owner's share of the saving"),
    "investor_return": ("投资方要求收益率", "return that the investor requires"),
    "guaranteed_share": ("保证节能量比例", "guaranteed share of the saving"),
    "service_fee": ("节能服务费比例", "service fee over the saving"),
    "custody_discount": ("托管费优惠比例", "discount of the custody fee"),
}


@dataclass(frozen=True)
class Terms:
    """Scalars on which a study is counted; rates are real.

    Parameters
    ----------
    start_year : int
        Calendar year of construction, year 0 of the flows.
    years : int
        Years of operation that are counted.
    discount_rate : float
        [1/a]
    electricity_growth, gas_growth : ndarray, shape (years,)
        Growth of the price into operating year t [1/a]; the first one is 0, since year 1 pays the price of
        the judged tariff.
    carbon_price, carbon_price_growth : float
        [CNY/t], [1/a]; `carbon_price` is 0 outside the carbon market.
    certificate_price : float
        [CNY/MWh]; 0 where none are sold.
    pv_fade, battery_fade : float
        [1/a]
    soft_costs, tax_rate : float
        Shares of the works and of the profit [1].
    pv_reward : str
        Key of `pv_rewards`.
    """

    start_year: int
    years: int
    discount_rate: float
    electricity_growth: FloatArray
    gas_growth: FloatArray
    in_ets: bool
    carbon_price: float
    carbon_price_growth: float
    certificate_price: float
    pv_fade: float
    battery_fade: float
    soft_costs: float
    tax_rate: float
    pv_reward: str
    own: frozenset[str]
    assumptions: tuple[Assumption, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        scalars = {
            key: value
            for key, value in vars(self).items()
            if key not in ("electricity_growth", "gas_growth", "own", "assumptions")
        }
        return {
            **scalars,
            "electricity_growth": self.electricity_growth.tolist(),
            "gas_growth": self.gas_growth.tolist(),
            "written_by_user": sorted(self.own),
            "price_basis": "real, as quoted (value-added tax included)",
        }


def terms_of(finance: Finance, start_year: int | None = None) -> Terms:
    """Resolve the terms of a project.

    Parameters
    ----------
    finance : Finance
    start_year : int, optional
        Used where the project names no year of construction; without either that of the library, told.
    """
    said: list[Assumption] = []
    own: set[str] = set()
    first = finance.start_year if finance.start_year is not None else start_year
    if first is None:
        first = int(default("start_year").number)
        said.extend(assumption_of("start_year"))

    def settled(key: str, written: float | None, *, moves: bool = True) -> float:
        if written is not None:
            own.add(key)
            return float(written)
        if moves:
            said.extend(assumption_of(key))
        return default(key).number

    years = int(settled("years", finance.years))
    rate = settled("discount_rate", finance.discount_rate)
    growths = []
    for key in ("electricity_growth", "gas_growth"):
        written: Growth | None = getattr(finance, key)
        if written is None:
            said.extend(assumption_of(key))
        else:
            own.add(key)
        growths.append(_yearly(default(key).number if written is None else written, first, years))
    price = settled("carbon_price", finance.carbon_price, moves=finance.in_ets)
    rise = settled("carbon_price_growth", finance.carbon_price_growth, moves=finance.in_ets)
    certificate = settled("certificate_price", finance.certificate_price, moves=finance.certificates)
    soft = settled("soft_costs", finance.soft_costs, moves=False)
    return Terms(
        start_year=first,
        years=years,
        discount_rate=rate,
        electricity_growth=growths[0],
        gas_growth=growths[1],
        in_ets=finance.in_ets,
        carbon_price=price if finance.in_ets else 0.0,
        carbon_price_growth=rise,
        certificate_price=certificate if finance.certificates else 0.0,
        pv_fade=default("pv_fade").number,
        battery_fade=default("battery_fade").number,
        soft_costs=soft,
        tax_rate=finance.tax_rate or 0.0,
        pv_reward=finance.pv_reward or str(default("pv_reward").value),
        own=frozenset(own),
        assumptions=(*said, *_conventions(finance, soft)),
    )


@cache
def assumption_of(key: str) -> tuple[Assumption, ...]:
    """A default as an assumption where nobody verified it."""
    figure = default(key)
    if figure.confidence not in UNVERIFIED:
        return ()
    zh, en = _LABELS[key]
    shown = f"{figure.number:g} {figure.unit}" if figure.unit != "1" else f"{figure.number:g}"
    return (
        Assumption(
            f"finance.{key}",
            f"{zh}取 {shown}（待核实）。",
            f"The {en} is taken as {shown} (not verified).",
            figure.value,
            figure.unit,
            f"{figure.source} ({figure.year})",
            figure.confidence,
        ),
    )


def _conventions(finance: Finance, soft: float) -> list[Assumption]:
    said = []
    if finance.tax_rate is None:
        said.append(
            _told(
                "finance.tax",
                "未计所得税。",
                "No tax on profit is counted.",
            )
        )
    if soft == 0.0:
        said.append(
            _told(
                "finance.soft_costs",
                "未计设计、监理等工程建设其他费和预备费。",
                "Design, supervision and contingency are not counted.",
                0.0,
            )
        )
    said.append(
        _told(
            "finance.before",
            "改造前设备视为在计算期内无需更换，由此避免的更换费未计。",
            "What stands before the works needs no replacement; what is avoided earns nothing.",
        )
        if not finance.renewal_due
        else _told(
            "finance.before",
            "未写明到期年份的既有设备视为在计算期内无需更换；既有设备避免的维护费未计。",
            "What stands before the works needs no replacement unless the project says when it falls due; "
            "upkeep of it that is avoided earns nothing.",
        )
    )
    return said


def _told(key: str, zh: str, en: str, value: float | None = None) -> Assumption:
    return Assumption(key, zh, en, value, "CNY", "convention of this study", "assumed")


def _yearly(growth: Growth, start_year: int, years: int) -> FloatArray:
    """Growth into each operating year; none into the first."""
    rates = np.zeros(years)
    if isinstance(growth, Mapping):
        ordered = sorted(growth.items())
        for t in range(1, years):
            known = [rate for year, rate in ordered if year <= start_year + 1 + t]
            rates[t] = known[-1] if known else 0.0
    else:
        rates[1:] = growth
    return rates


def contract_figures(contract: Contract) -> tuple[dict[str, Any], tuple[Assumption, ...]]:
    """Terms of an energy performance contract, with the library's defaults where nothing is written."""
    said: list[Assumption] = []
    needed = {
        "shared_saving": ("owner_share",),
        "guaranteed_saving": ("guaranteed_share", "service_fee"),
        "custody": ("custody_discount",),
    }[contract.type]
    figures: dict[str, Any] = {"type": contract.type}
    for key, name in (("years", "contract_years"), ("investor_return", "investor_return")):
        written = getattr(contract, key)
        figures[key] = written if written is not None else default(name).number
        if written is None:
            said += assumption_of(name)
    figures["years"] = int(figures["years"])
    for key in needed:
        written = getattr(contract, key)
        figures[key] = written if written is not None else default(key).number
        if written is None:
            said += assumption_of(key)
    if "owner_share" in figures and not isinstance(figures["owner_share"], tuple):
        figures["owner_share"] = (figures["owner_share"],)
    return figures, tuple(said)


def unit_costs(
    lines: Sequence[WorkLine], own: Mapping[str, UnitCost]
) -> tuple[tuple[Spread, ...], tuple[Assumption, ...]]:
    """Unit cost of each line: the user's own where he wrote one.

    Raises
    ------
    TwinError
        An own cost by the measure's key alone, where the measure has lines of several items.
    """
    items: dict[str, set[str]] = {}
    for line in lines:
        items.setdefault(line.measure, set()).add(line.item_en)
    found: list[Spread] = []
    unverified: dict[str, tuple[Spread, str, str]] = {}
    for line in lines:
        written = own.get(f"{line.measure}: {line.item_en}")
        if written is None and line.measure in own:
            if len(items[line.measure]) > 1:
                raise TwinError(
                    f"the measure {line.measure!r} has {len(items[line.measure])} items of work; one own unit"
                    " cost does not say which.",
                    "Write "
                    + " or ".join(f"'{line.measure}: {i}'" for i in sorted(items[line.measure]))
                    + ".",
                    key=f"retrofit.finance.unit_costs.{line.measure}",
                )
            written = own[line.measure]
        if written is not None:
            low = written.value if written.low is None else written.low
            high = written.value if written.high is None else written.high
            found.append(Spread(low, written.value, high, f"{_OWN}: {written.source}", 0, "stored:primary"))
            continue
        found.append(line.unit_cost)
        if line.unit_cost.confidence in UNVERIFIED:
            unverified.setdefault(
                f"cost.{line.measure}.{line.item_en}", (line.unit_cost, line.unit, line.item_zh)
            )
    return tuple(found), tuple(_cost_told(key, *entry) for key, entry in unverified.items())


@lru_cache(maxsize=1024)
def _cost_told(key: str, cost: Spread, unit: str, item_zh: str) -> Assumption:
    item_en = key.split(".", 2)[2]
    return Assumption(
        key,
        f"{item_zh}单价取 {cost.value:g}（{cost.low:g}~{cost.high:g}）元/{unit}，待核实。",
        f"{item_en} at {cost.value:g} ({cost.low:g} to {cost.high:g}) CNY/{unit}, not verified.",
        cost.value,
        f"CNY/{unit}",
        f"{cost.source} ({cost.year})",
        cost.confidence,
    )


def reward_rule(key: str) -> dict[str, Any]:
    """Rule of a PV operating reward with its dates and source."""
    return {**content()["pv_rewards"][key], **content()["pv_reward_origin"]}
