"""Yearly flows of a package (现金流): capital, replacement, maintenance, saving, rewards, carbon.

One computation serves one case and thousands: every figure that may be drawn has a last axis of cases. Year 0
is the year of construction; operation runs from year 1 to `years`. Money that comes in is positive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buildings.retrofit.work_line import WorkLine
from twin.economics.annual import AnnualState
from twin.economics.renewal import Renewal
from twin.economics.terms import Terms, reward_rule
from twin.judges.factors import factor
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
COMPONENTS = (
    "capital",
    "subsidy",
    "replacement",
    "avoided_renewal",
    "residual",
    "maintenance",
    "electricity",
    "gas",
    "pv_fade",
    "battery_fade",
    "pv_reward",
    "certificates",
    "carbon",
    "tax",
)
"""Rows of the table, in its order; their sum is the net flow. `residual` is what is left of the works, less
what would be left of the renewals that they avoid."""
_AT_ONCE = 500_000
"""Figures of renewals that are held at once."""
_TRADED_KWH = 1.0
"""Import in a year below which a bill tells no price of energy."""
_ROUNDING = 1e-9
"""Of a year: a life of 10 a is over after 10 years, not after 10 years and a rounding error."""


@dataclass(frozen=True)
class Avoided:
    """Renewals that the package avoids.

    Parameters
    ----------
    cost : ndarray, shape (renewals, n)
        Of one purchase [CNY].
    lives : ndarray, shape (renewals, n)
        Of what is bought [a].
    due : ndarray, shape (renewals, n)
        Years after construction of the first purchase; not below 0.
    """

    cost: FloatArray
    lives: FloatArray
    due: FloatArray


@dataclass(frozen=True)
class Case:
    """What n cases of one package differ in; scalars stand for all.

    Parameters
    ----------
    unit_cost : ndarray, shape (lines, n)
        [CNY/unit]
    lives : ndarray, shape (lines, n)
        [a]
    maintenance : ndarray, shape (n,) or ()
        Multiplier of the lines' own share.
    saving : ndarray, shape (n,) or ()
        Multiplier of the energy money and carbon that the measures save.
    electricity_growth, gas_growth : ndarray, shape (n,) or ()
        Added to the yearly growth of the terms [1/a].
    discount_rate : ndarray, shape (n,) or ()
        [1/a]
    carbon_price : ndarray, shape (n,) or ()
        Multiplier.
    before, after : mapping
        Fields of `AnnualState` as arrays of shape (n,) or ().
    avoided : Avoided or None
        None where nothing falls due without the works.
    """

    unit_cost: FloatArray
    lives: FloatArray
    maintenance: FloatArray
    saving: FloatArray
    electricity_growth: FloatArray
    gas_growth: FloatArray
    discount_rate: FloatArray
    carbon_price: FloatArray
    before: Mapping[str, FloatArray]
    after: Mapping[str, FloatArray]
    avoided: Avoided | None = None

    @property
    def n(self) -> int:
        """Number of cases."""
        return int(self.unit_cost.shape[1])


@dataclass(frozen=True)
class Flows:
    """Flows of n cases.

    Parameters
    ----------
    parts : dict of str to ndarray, shape (years + 1, n)
        By name of `COMPONENTS`.
    by_line : ndarray, shape (lines, n)
        Capital of each line, with soft costs [CNY].
    pv_kwh : ndarray, shape (years + 1, n)
        Yield of the PV that was added, faded.
    pv_cost : ndarray, shape (years + 1, n)
        What that PV costs (positive), less its residual value.
    carbon_kg : ndarray, shape (years + 1, n)
        Saved by the physical account at a constant factor, lost PV yield taken off.
    """

    parts: dict[str, FloatArray]
    by_line: FloatArray
    pv_kwh: FloatArray
    pv_cost: FloatArray
    carbon_kg: FloatArray

    @property
    def net(self) -> FloatArray:
        """Net flow, shape (years + 1, n)."""
        total: FloatArray = np.add.reduce([self.parts[name] for name in COMPONENTS])
        return total

    @property
    def running(self) -> FloatArray:
        """Net flow without the residual value, which is not money in hand; payback is counted on it."""
        return self.net - self.parts["residual"]


_STATE = tuple(AnnualState.__dataclass_fields__)


def as_arrays(state: AnnualState) -> dict[str, FloatArray]:
    """Fields of a state that are known, as arrays without an axis."""
    return {name: np.asarray(v, float) for name in _STATE if (v := getattr(state, name)) is not None}


def single_case(
    costs: Sequence[float],
    lives: FloatArray,
    before: AnnualState,
    after: AnnualState,
    terms: Terms,
    renewals: Sequence[Renewal] = (),
) -> Case:
    """The likeliest case alone: unit costs [CNY/unit] and lives [a] of each line, no draws."""
    one, none = np.ones(()), np.zeros(())
    return Case(
        unit_cost=np.asarray(costs, float).reshape(-1, 1),
        lives=lives.reshape(-1, 1),
        maintenance=one,
        saving=one,
        electricity_growth=none,
        gas_growth=none,
        discount_rate=np.asarray(terms.discount_rate),
        carbon_price=one,
        before=as_arrays(before),
        after=as_arrays(after),
        avoided=avoided_of(renewals, [one.amount.value for one in renewals], 1.0),
    )


def avoided_of(
    renewals: Sequence[Renewal], costs: Sequence[ArrayLike], life_factor: ArrayLike
) -> Avoided | None:
    """Arrays of renewals at amounts of shape (n,) or () [CNY], their lives times a factor.

    A date that follows from the year of installation moves with the life; one that was written stays.
    """
    if not renewals:
        return None
    by = np.atleast_1d(np.asarray(life_factor, float))
    lives = np.array([one.life * by for one in renewals])
    due = np.array(
        [
            np.full(by.shape, one.due)
            if one.installed is None
            else np.maximum(one.installed + one.life * by, 0.0)
            for one in renewals
        ]
    )
    return Avoided(np.array([np.atleast_1d(np.asarray(cost, float)) for cost in costs]), lives, due)


def lives_of(lines: Sequence[WorkLine], aged: Mapping[str, float] | None = None) -> FloatArray:
    """Life of each line [a], shape (lines,); `aged` holds lives by measure that a judge found instead.

    Raises
    ------
    TwinError
        A life, cost, quantity or share that no line of work can have.
    """
    lives = np.empty(len(lines))
    for i, line in enumerate(lines):
        life = (aged or {}).get(line.measure, line.life)
        if not life > 0.0:
            raise TwinError(
                f"the life of {line.item_en!r} ({line.measure}) is {life!r} a.",
                "Give a number above 0; infinite where it is never replaced.",
                key=f"{line.measure}.life",
            )
        for name, value in (("quantity", line.quantity), ("maintenance", line.maintenance)):
            if not (math.isfinite(value) and value >= 0.0):
                raise TwinError(
                    f"the {name} of {line.item_en!r} ({line.measure}) is {value!r}.",
                    "Give a finite number that is not negative.",
                    key=f"{line.measure}.{name}",
                )
        lives[i] = life
    return lives


def is_pv(line: WorkLine) -> bool:
    """Whether a line is PV: it is counted in kWp."""
    return line.kind == "pv" or line.unit == "kWp"


def is_battery(line: WorkLine) -> bool:
    """Whether a line is an electric battery: it says so, or is counted in kWh and called a battery."""
    named = f"{line.measure} {line.item_en}".lower()
    return line.kind == "battery" or (line.unit == "kWh" and "batter" in named)


def flows_of(lines: Sequence[WorkLine], case: Case, terms: Terms, subsidy: FloatArray | float = 0.0) -> Flows:
    """Every component of the flows.

    Parameters
    ----------
    lines : sequence of WorkLine
    case : Case
    terms : Terms
    subsidy : float or ndarray, shape (n,)
        Paid in year 0 [CNY].

    Returns
    -------
    Flows
    """
    years, n = terms.years, case.n
    parts = {name: np.zeros((years + 1, n)) for name in COMPONENTS}
    quantity = np.array([line.quantity for line in lines]).reshape(-1, 1)
    bare = quantity * case.unit_cost
    capital = bare * (1.0 + terms.soft_costs)
    parts["capital"][0] = -capital.sum(axis=0)
    parts["subsidy"][0] = subsidy
    share = np.array([line.maintenance for line in lines]).reshape(-1, 1)
    parts["maintenance"][1:] = -(bare * share).sum(axis=0) * case.maintenance
    _renew(parts, bare, case.lives)
    if case.avoided is not None:
        _avoid(parts, case.avoided)
    arrays = [i for i, line in enumerate(lines) if is_pv(line)]
    of_pv = {"replacement": np.zeros((years + 1, n)), "residual": np.zeros((years + 1, n))}
    _renew(of_pv, bare[arrays], case.lives[arrays])
    pv_cost = -of_pv["replacement"] - of_pv["residual"]
    pv_cost[0] += capital[arrays].sum(axis=0)
    pv_cost[1:] += (bare[arrays] * share[arrays]).sum(axis=0) * case.maintenance
    pv = _energy(parts, lines, case, terms)
    carbon = _carbon(parts, pv, case, terms)
    _rewards(parts, lines, pv, case, terms)
    _tax(parts, bare, case, terms)
    return Flows(parts, capital, pv.kwh, pv_cost, carbon)


def _renew(parts: Mapping[str, FloatArray], bare: FloatArray, lives: FloatArray) -> None:
    """Enter what is bought again and what is left of works that cost `bare`, shape (lines, n)."""
    years = len(parts["replacement"]) - 1
    rows = max(_AT_ONCE // (bare.shape[1] * (years + 1)), 1)
    for first in range(0, len(bare), rows):
        some = slice(first, first + rows)
        again, left = renewals(lives[some], years)
        parts["replacement"][:] -= (again * bare[some]).sum(axis=1)
        parts["residual"][years] += (left * bare[some]).sum(axis=0)


def _avoid(parts: Mapping[str, FloatArray], avoided: Avoided) -> None:
    """Enter what need not be bought, and take off what would be left of it at the horizon."""
    years = len(parts["avoided_renewal"]) - 1
    bought, left = renewals(avoided.lives, years, avoided.due / avoided.lives)
    parts["avoided_renewal"][:] += (bought * avoided.cost).sum(axis=1)
    parts["residual"][years] -= (left * avoided.cost).sum(axis=0)


def renewals(lives: FloatArray, years: int, ahead: ArrayLike = 1.0) -> tuple[FloatArray, FloatArray]:
    """When things are bought again, and what is left of the last at the horizon.

    A thing is replaced in the year in which its life ends, unless that is the end of the horizon; what is
    left of the last one is its unused share, by straight line (直线折旧).

    Parameters
    ----------
    lives : ndarray, any shape s
        [a]; what never wears out (infinite) keeps its worth.
    years : int
    ahead : float or array, shape s
        Share of the first thing's life that lies ahead in year 0: 1 of what is new, 0 of what is due at once.

    Returns
    -------
    bought : ndarray, shape (years + 1, *s)
        Times that it is bought again in each year.
    left : ndarray, shape s
        Unused share at the horizon.
    """
    flat = np.ravel(lives)
    first = np.full(flat.size, ahead) if isinstance(ahead, float) else np.ravel(np.asarray(ahead, float))
    count = np.maximum(np.ceil(years / flat - first - _ROUNDING).astype(int), 0)
    bought = np.zeros((years + 1, flat.size))
    columns = np.arange(flat.size)
    for k in range(int(count.max(initial=0))):
        now = columns[k < count]
        np.add.at(bought, (np.ceil((first[now] + k) * flat[now] - _ROUNDING).astype(int), now), 1.0)
    left = first + count - years / flat
    return bought.reshape(years + 1, *np.shape(lives)), np.maximum(left, 0.0).reshape(np.shape(lives))


def ages(lives: FloatArray, years: int) -> FloatArray:
    """Full years that a thing has run at the begin of each operating year, shape (years, n)."""
    bought, _ = renewals(lives, years)
    t = np.arange(years)[:, None]
    # what is bought in year t runs anew from year t + 1
    last = np.maximum.accumulate(np.where(bought[:-1] > 0, t, 0), axis=0)
    return np.asarray(t - last, float)


@dataclass(frozen=True)
class _PvYears:
    """Yield of the added PV, shape (years + 1, n): all, exported, and what fading took of use and export."""

    kwh: FloatArray
    exported: FloatArray
    lost_used: FloatArray
    lost_exported: FloatArray


def _energy(parts: dict[str, FloatArray], lines: Sequence[WorkLine], case: Case, terms: Terms) -> _PvYears:
    years, before, after = terms.years, case.before, case.after
    index = {}
    for name, rates, shift in (
        ("electricity", terms.electricity_growth, case.electricity_growth),
        ("gas", terms.gas_growth, case.gas_growth),
    ):
        yearly = 1.0 + rates[:, None] + np.where(np.arange(years)[:, None] > 0, shift, 0.0)
        index[name] = np.cumprod(yearly, axis=0)
        saved = (before[f"{name}_cny"] - after[f"{name}_cny"]) * case.saving
        parts[name][1:] = saved * index[name]
    pv = _pv_years(lines, case, terms)
    import_price, export_price = prices(case)
    parts["pv_fade"][1:] = -index["electricity"] * (
        pv.lost_used[1:] * import_price + pv.lost_exported[1:] * export_price
    )
    benefit = after.get("battery_benefit_cny")
    batteries = [i for i, line in enumerate(lines) if is_battery(line)]
    if benefit is not None and batteries:
        age = ages(case.lives[batteries].min(axis=0), years)
        kept = np.maximum(1.0 - terms.battery_fade * age, 0.0)
        parts["battery_fade"][1:] = -index["electricity"] * (1.0 - kept) * benefit * case.saving
    return pv


def prices(case: Case) -> tuple[FloatArray, FloatArray]:
    """What a kWh that is not imported, and one that is exported, is worth [CNY/kWh].

    Without an energy charge in the states the whole bill over the import stands for it, after the measures
    or, where less than 1 kWh is imported, before them; without an export price export is worth nothing here.
    """
    known = case.after.get("import_price_cny_kwh", case.before.get("import_price_cny_kwh"))
    if known is None:
        known = np.zeros(())
        for state in (case.before, case.after):
            taken = state["grid_import_kwh"]
            mean = np.maximum(state["electricity_cny"], 0.0) / np.maximum(taken, _TRADED_KWH)
            known = np.where(taken >= _TRADED_KWH, mean, known)
    return known, case.after.get("export_price_cny_kwh", np.zeros(()))


def _pv_years(lines: Sequence[WorkLine], case: Case, terms: Terms) -> _PvYears:
    """Yield of the PV that the lines add: linear fade with age, renewed with the shortest-lived line."""
    years, shape = terms.years, (terms.years + 1, case.n)
    kwh, exported, lost_used, lost_exported = (np.zeros(shape) for _ in range(4))
    arrays = [i for i, line in enumerate(lines) if is_pv(line) and line.quantity > 0]
    if arrays:
        age = ages(case.lives[arrays].min(axis=0), years)
        kept = np.maximum(1.0 - terms.pv_fade * age, 0.0)
        added = np.maximum(case.after["pv_kwh"] - case.before["pv_kwh"], 0.0)
        used = np.maximum(case.after["pv_used_kwh"] - case.before["pv_used_kwh"], 0.0)
        out = np.maximum(case.after["grid_export_kwh"] - case.before["grid_export_kwh"], 0.0)
        kwh[1:], exported[1:] = added * kept, out * kept
        lost_used[1:], lost_exported[1:] = used * (1.0 - kept), out * (1.0 - kept)
    return _PvYears(kwh, exported, lost_used, lost_exported)


def _carbon(parts: dict[str, FloatArray], pv: _PvYears, case: Case, terms: Terms) -> FloatArray:
    """Carbon saved by the physical account [kg]; what it earns goes by the account of the market."""
    before, after = case.before, case.after
    saved = np.zeros((terms.years + 1, case.n))
    saved[1:] = (before["carbon_kg"] - after["carbon_kg"]) * case.saving
    saved -= pv.lost_used * factor("electricity_shanghai_2023").value
    if terms.carbon_price > 0.0:
        counted = np.zeros_like(saved)
        counted[1:] = (before["carbon_ets_kg"] - after["carbon_ets_kg"]) * case.saving
        counted -= pv.lost_used * factor("electricity_shanghai_ets").value
        growth = (1.0 + terms.carbon_price_growth) ** np.arange(terms.years)[:, None]
        price = terms.carbon_price * case.carbon_price * growth
        parts["carbon"][1:] = counted[1:] / 1000.0 * price
    return saved


def _rewards(
    parts: dict[str, FloatArray], lines: Sequence[WorkLine], pv: _PvYears, case: Case, terms: Terms
) -> None:
    """Operating reward within its years and full-load hours, and certificates."""
    parts["certificates"][:] = pv.kwh / 1000.0 * terms.certificate_price
    rule = reward_rule(terms.pv_reward)
    if rule["rate"] == 0.0 or not reward_valid(rule, terms):
        return
    paid = pv.kwh if rule["basis"] == "generated" else pv.exported
    span = min(int(rule["years"]), terms.years)
    share = np.ones((span, case.n))
    installed = sum(line.quantity for line in lines if is_pv(line))
    if "full_load_hours" in rule and installed > 0:
        limit = rule["full_load_hours"] * installed
        done = np.cumsum(pv.kwh[1 : span + 1], axis=0)
        room = np.clip(limit - (done - pv.kwh[1 : span + 1]), 0.0, None)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(pv.kwh[1 : span + 1] > 0, room / pv.kwh[1 : span + 1], 0.0)
        share = np.minimum(share, 1.0)
    parts["pv_reward"][1 : span + 1] = paid[1 : span + 1] * share * rule["rate"]


def reward_valid(rule: Mapping[str, Any], terms: Terms) -> bool:
    """Whether PV commissioned in the year of construction is rewarded."""
    return rule["commissioned_from"] <= terms.start_year <= rule["commissioned_to"]


def _tax(parts: dict[str, FloatArray], bare: FloatArray, case: Case, terms: Terms) -> None:
    """Tax on benefit less maintenance and depreciation, straight-line over each life, renewals too.

    A loss lowers the tax of the owner's other profit in the same year. The residual value is what has not
    been written off, so that it is not taxed. What is not bought is not written off either.
    """
    if terms.tax_rate == 0.0:
        return
    written_off = (bare / case.lives).sum(axis=0) + terms.soft_costs * bare.sum(axis=0) / terms.years
    if case.avoided is not None:
        written_off = written_off - _not_written_off(case.avoided, terms.years)
    taxed = ("maintenance", "electricity", "gas", "pv_fade", "battery_fade", "pv_reward", "certificates")
    earned = np.add.reduce([parts[name][1:] for name in (*taxed, "carbon")])
    parts["tax"][1:] = -terms.tax_rate * (earned - written_off)
    parts["tax"][0] = -terms.tax_rate * parts["subsidy"][0]


def _not_written_off(avoided: Avoided, years: int) -> FloatArray:
    """Depreciation of the avoided purchases [CNY/a], shape (years, n): from the first one on."""
    year = np.arange(1.0, years + 1.0)[:, None, None]
    yearly: FloatArray = (avoided.cost / avoided.lives * np.clip(year - avoided.due, 0.0, 1.0)).sum(axis=1)
    return yearly
