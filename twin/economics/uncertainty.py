"""How sure the money of a package is (不确定性): tornado, Monte Carlo, Sobol indices.

Each uncertain input draws from a stream of its own that depends on the seed and on the input's name alone:
what two packages share is drawn alike in both, so that their difference is not noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Finance
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics.annual import AnnualState
from twin.economics.cash_flow import Case, Flows, as_arrays, avoided_of, flows_of, lives_of
from twin.economics.distributions import ENDS, ends, quantile
from twin.economics.emc import benefit_of, split
from twin.economics.evaluation import cost_per_tonne, levelised_cost
from twin.economics.finance_data import content
from twin.economics.present_value import discount_factors, internal_rates, npv, payback
from twin.economics.renewal import Renewal
from twin.economics.subsidies import subsidy
from twin.economics.terms import Terms, contract_figures, terms_of, unit_costs
from twin.market.assumption import UNVERIFIED, Assumption, merged
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
SAMPLES = 1000
PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class Physical:
    """Draws of what the physics gives: the same draw before and after the measures.

    Parameters
    ----------
    before, after : mapping of str to ndarray, shape (m,)
        Fields of `AnnualState`; those that are not named keep their likeliest figure.
    """

    before: Mapping[str, FloatArray]
    after: Mapping[str, FloatArray]

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(next(iter({**self.before, **self.after}.values())))

    @classmethod
    def of(cls, pairs: Sequence[tuple[AnnualState, AnnualState]]) -> Physical:
        """Draws from pairs of annual states, before and after, one pair a draw.

        Raises
        ------
        TwinError
            No pair, or fields known in some draws only.
        """
        if not pairs:
            raise TwinError("there are no draws of the physics.", "Give one pair of years at least.")
        sides = [_columns([as_arrays(pair[side]) for pair in pairs]) for side in (0, 1)]
        return cls(*sides)

    @classmethod
    def scaled(cls, after: AnnualState, multipliers: Mapping[str, FloatArray]) -> Physical:
        """Draws that multiply fields of the state after the measures; shape (m,) each."""
        known = as_arrays(after)
        return cls({}, {name: known[name] * np.asarray(by, float) for name, by in multipliers.items()})


def _columns(rows: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    """Fields of several states, shape (m,) each.

    A price of energy that a year did not trade has no figure there; that of the others stands in and moves
    nothing.
    """
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        known = [float(row[name]) for row in rows if name in row]
        if len(known) < len(rows) and not name.endswith("price_cny_kwh"):
            raise TwinError(
                f"{name} is known in {len(known)} of {len(rows)} draws of the physics.",
                "Give a field in all draws or in none.",
                key=name,
            )
        columns[name] = np.array([float(row.get(name, np.mean(known))) for row in rows])
    return columns


@dataclass(frozen=True)
class Input:
    """One uncertain input: its name, the shares that are its ends, and its figure at a share of 0 to 1."""

    key: str
    zh: str
    en: str
    unit: str
    ends: tuple[float, float]
    at: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Study:
    """A package with its uncertain inputs, ready to be counted for any shares of them."""

    lines: tuple[WorkLine, ...]
    costs: tuple[Spread, ...]
    lives: FloatArray
    before: AnnualState
    after: AnnualState
    terms: Terms
    finance: Finance
    physical: Physical | None
    inputs: tuple[Input, ...]
    granted_cny: float
    assumptions: tuple[Assumption, ...]
    renewals: tuple[Renewal, ...] = ()

    def case(self, shares: Mapping[str, FloatArray], n: int) -> Case:
        """Cases in which inputs stand at shares (n,) of their distributions; NaN or no share is the base."""
        by_key = {one.key: one for one in self.inputs}

        def given(key: str, base: float) -> FloatArray:
            if key not in shares:
                return np.full(n, base)
            return np.where(np.isnan(shares[key]), base, by_key[key].at(shares[key]))

        cost = np.empty((len(self.lines), n))
        for i, (line, spread) in enumerate(zip(self.lines, self.costs, strict=True)):
            share = shares.get(f"cost.{line.measure}")
            cost[i] = spread.value
            if share is not None and spread.low < spread.high:
                cost[i] = np.where(np.isnan(share), spread.value, quantile(_triangle(spread), share))
        before, after = as_arrays(self.before), as_arrays(self.after)
        if self.physical is not None and "physical" in shares:
            row = by_key["physical"].at(shares["physical"]).astype(int)
            before |= {name: values[row] for name, values in self.physical.before.items()}
            after |= {name: values[row] for name, values in self.physical.after.items()}
        life = given("life", 1.0)
        return Case(
            unit_cost=cost,
            lives=self.lives[:, None] * life,
            maintenance=given("maintenance", 1.0),
            saving=given("saving", 1.0),
            electricity_growth=given("electricity_growth", 0.0),
            gas_growth=given("gas_growth", 0.0),
            discount_rate=self.terms.discount_rate + given("discount_rate", 0.0),
            carbon_price=given("carbon_price", 1.0),
            before=before,
            after=after,
            avoided=avoided_of(
                self.renewals, [given(_of_renewal(one), one.amount.value) for one in self.renewals], life
            ),
        )

    def flows(self, case: Case) -> Flows:
        """Flows of the cases."""
        return flows_of(self.lines, case, self.terms, self.granted_cny)


def study(
    lines: Sequence[WorkLine],
    before: AnnualState,
    after: AnnualState,
    finance: Finance,
    *,
    start_year: int | None = None,
    lives: Mapping[str, float] | None = None,
    physical: Physical | Sequence[tuple[AnnualState, AnnualState]] | None = None,
    renewals: Sequence[Renewal] = (),
) -> Study:
    """A package with its uncertain inputs; parameters as of `twin.economics.evaluate`.

    `physical` may be pairs of annual states, before and after, one pair a draw.

    What the user wrote himself is his choice and is not drawn; an own unit cost is, where it has a range.
    """
    if physical is not None and not isinstance(physical, Physical):
        physical = Physical.of(physical)
    terms = terms_of(finance, start_year)
    costs, said = unit_costs(lines, finance.unit_costs)
    works = sum(line.quantity * cost.value for line, cost in zip(lines, costs, strict=True))
    granted, granted_said = subsidy(
        finance, before, after, terms.start_year, works * (1.0 + terms.soft_costs)
    )
    years = lives_of(lines, lives)
    drawn = _inputs(lines, costs, years, before, after, terms, physical, renewals)
    return Study(
        lines=tuple(lines),
        costs=costs,
        lives=years,
        before=before,
        after=after,
        terms=terms,
        finance=finance,
        physical=physical,
        inputs=drawn,
        granted_cny=sum(granted.values()),
        assumptions=merged(
            terms.assumptions, said, tuple(one.told for one in renewals), granted_said, _range_said(drawn)
        ),
        renewals=tuple(renewals),
    )


def _triangle(spread: Spread) -> dict[str, Any]:
    return {"distribution": "triangular", "low": spread.low, "value": spread.value, "high": spread.high}


def _inputs(
    lines: Sequence[WorkLine],
    costs: Sequence[Spread],
    lives: FloatArray,
    before: AnnualState,
    after: AnnualState,
    terms: Terms,
    physical: Physical | None,
    renewals: Sequence[Renewal],
) -> tuple[Input, ...]:
    found: list[Input] = []
    for measure in dict.fromkeys(line.measure for line in lines):
        here = [i for i, line in enumerate(lines) if line.measure == measure]
        if any(costs[i].low < costs[i].high and lines[i].quantity > 0 for i in here):
            found.append(_cost_input(measure, [lines[i] for i in here], [costs[i] for i in here]))
    found += [_renewal_input(one) for one in renewals if one.amount.low < one.amount.high]
    moving = {
        "electricity_growth": before.electricity_cny != after.electricity_cny,
        "gas_growth": before.gas_cny != after.gas_cny,
        "discount_rate": True,
        "maintenance": any(line.maintenance * line.quantity > 0 for line in lines),
        "life": bool(np.isfinite(lives).any()) or bool(renewals),
        "carbon_price": terms.carbon_price > 0,
        "saving": physical is None,
    }
    for key, entry in content()["uncertain"].items():
        if moving[key] and key not in terms.own:
            found.append(
                Input(key, entry["name_zh"], entry["name_en"], entry["unit"], ends(entry), _reader(entry))
            )
    if physical is not None:
        count = physical.count
        found.append(
            Input(
                "physical",
                "物理抽样（使用、渗透、围护结构、设备能效、气象）",
                "draws of the physics (use, leakage, envelope, machines, weather)",
                "",
                ENDS,
                lambda share: np.minimum((share * count).astype(int), count - 1).astype(float),
            )
        )
    return tuple(found)


def _reader(entry: Mapping[str, Any]) -> Callable[[FloatArray], FloatArray]:
    return lambda share: quantile(entry, share)


def _cost_input(measure: str, lines: Sequence[WorkLine], costs: Sequence[Spread]) -> Input:
    """Cost of a measure: all its lines at the same share of their ranges; the figure told is the sum."""

    def at(share: FloatArray) -> FloatArray:
        whole = np.zeros(np.shape(share))
        for line, cost in zip(lines, costs, strict=True):
            whole = whole + line.quantity * quantile(_triangle(cost), share)
        return whole

    names = dict.fromkeys((line.item_zh, line.item_en) for line in lines)
    zh, en = ("、".join(pair[0] for pair in names), ", ".join(pair[1] for pair in names))
    return Input(f"cost.{measure}", f"造价：{zh}", f"cost of {en}", "CNY", (0.0, 1.0), at)


def _of_renewal(renewal: Renewal) -> str:
    """Name of the input that its amount is."""
    return f"renewal.{renewal.part}.{renewal.item_en}"


def _renewal_input(renewal: Renewal) -> Input:
    spread = _triangle(renewal.amount)
    zh, en = f"到期更新费：{renewal.item_zh}", f"cost of the renewal avoided: {renewal.item_en}"
    return Input(_of_renewal(renewal), zh, en, "CNY", (0.0, 1.0), _reader(spread))


def _range_said(inputs: Sequence[Input]) -> tuple[Assumption, ...]:
    said = []
    for one in inputs:
        entry = content()["uncertain"].get(one.key)
        if entry is None or entry["confidence"] not in UNVERIFIED:
            continue
        low, high = (float(one.at(np.asarray(share))) for share in one.ends)
        shift = (
            {"zh": "相对取值 ", "en": "around its base "}
            if entry["mode"] == "add"
            else {"zh": "×", "en": "times "}
        )
        said.append(
            Assumption(
                f"range.{one.key}",
                f"{one.zh}的不确定范围取 {shift['zh']}{low:g} ~ {high:g}（待核实）。",
                f"The {one.en} is drawn from {shift['en']}{low:g} to {high:g} (not verified).",
                f"{low:g} ~ {high:g}",
                one.unit,
                f"{entry['source']} ({entry['year']})",
                entry["confidence"],
            )
        )
    return tuple(said)


def draw(keys: Sequence[str], samples: int, seed: int) -> dict[str, FloatArray]:
    """Shares of 0 to 1 of each input, shape (samples,): a Latin hypercube whose columns go by name."""
    return {key: _column(key, samples, seed) for key in keys}


@lru_cache(maxsize=256)
def _column(key: str, samples: int, seed: int) -> FloatArray:
    stream = np.random.default_rng([seed, crc32(key.encode())])
    from scipy.stats import qmc  # a second that pages need not wait for

    column: FloatArray = qmc.LatinHypercube(d=1, seed=stream).random(samples)[:, 0]
    column.flags.writeable = False  # packages share it
    return column


def ranges(
    lines: Sequence[WorkLine],
    before: AnnualState,
    after: AnnualState,
    finance: Finance,
    *,
    start_year: int | None = None,
    lives: Mapping[str, float] | None = None,
    physical: Physical | Sequence[tuple[AnnualState, AnnualState]] | None = None,
    renewals: Sequence[Renewal] = (),
    samples: int = SAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Range of every figure, and which inputs it comes from.

    Parameters
    ----------
    lines, before, after, finance, start_year, lives, renewals
        As of `twin.economics.evaluate`.
    physical : Physical or sequence of (AnnualState, AnnualState), optional
        Draws of annual states, before and after; without them the saving draws from an
        assumed error of the model.
    samples, seed : int

    Returns
    -------
    dict
        By figure `p10`, `p50`, `p90` (None where that many cases have none, as a payback that is never
        reached) and `missing`, the share of cases without; `npv_cny` also with `mean` and `share_positive`.
        `cumulative_cny`: by percentile the sum of the flows up to each year, (years + 1,), each year by
        itself. `tornado`: rows with the NPV at the low and the high end of each input, the widest first.
        With a contract `owner_npv_cny`, `investor_npv_cny` and, for guaranteed saving, `shortfall_cny`.

    Raises
    ------
    TwinError
        As `evaluate`; or fewer than 10 samples.
    """
    if samples < 10:
        raise TwinError(f"{samples} samples tell no range.", "Take 10 or more.", key="samples")
    one = study(
        lines,
        before,
        after,
        finance,
        start_year=start_year,
        lives=lives,
        physical=physical,
        renewals=renewals,
    )
    case = one.case(draw([i.key for i in one.inputs], samples, seed), samples)
    flows = one.flows(case)
    figures = _figures(flows, case)
    said = one.assumptions
    if finance.contract is not None:
        shared, contract_said = _contract(one, flows, case, finance)
        figures |= shared
        said = merged(said, contract_said)
    table = {name: _spread_of(values) for name, values in figures.items()}
    worth = figures["npv_cny"]
    table["npv_cny"] |= {"mean": float(worth.mean()), "share_positive": float((worth > 0.0).mean())}
    cumulative = np.percentile(np.cumsum(flows.net, axis=0), PERCENTILES, axis=1)
    return {
        **table,
        "cumulative_cny": {f"p{p}": row.tolist() for p, row in zip(PERCENTILES, cumulative, strict=True)},
        "tornado": tornado(one),
        "samples": samples,
        "seed": seed,
        "assumptions": [a.as_dict() for a in said],
    }


def _figures(flows: Flows, case: Case) -> dict[str, FloatArray]:
    running, rate = flows.running, case.discount_rate
    return {
        "npv_cny": npv(flows.net, rate),
        "capital_cny": flows.by_line.sum(axis=0) if len(flows.by_line) else np.zeros(case.n),
        "saving_cny": flows.parts["electricity"][1] + flows.parts["gas"][1],
        "simple_payback_a": payback(running),
        "discounted_payback_a": payback(running * discount_factors(rate, len(running) - 1)),
        "irr": internal_rates(flows.net),
        "cost_per_tonne_cny": cost_per_tonne(flows, rate),
        "lcoe_cny_kwh": levelised_cost(flows, rate),
        "tonnes_a": flows.carbon_kg[1] / 1000.0,
    }


def _contract(
    one: Study, flows: Flows, case: Case, finance: Finance
) -> tuple[dict[str, FloatArray], tuple[Assumption, ...]]:
    """Both parties' worth; a guarantee is held against the benefit of the likeliest case."""
    assert finance.contract is not None
    terms, said = contract_figures(finance.contract)
    expected = benefit_of(one.flows(one.case({}, 1)))
    bill = case.before["electricity_cny"] + case.before["gas_cny"]
    parties = split(flows, terms, bill_before=bill, expected=expected)
    found = {
        "owner_npv_cny": npv(parties.owner, case.discount_rate),
        "investor_npv_cny": npv(parties.investor, terms["investor_return"]),
    }
    if terms["type"] == "guaranteed_saving":
        span = slice(1, min(terms["years"], len(expected) - 1) + 1)
        missed = terms["guaranteed_share"] * expected[span] - benefit_of(flows)[span]
        found["shortfall_cny"] = np.maximum(missed, 0.0).sum(axis=0)
    return found, said


def _spread_of(values: FloatArray) -> dict[str, Any]:
    """Percentiles where a case without the figure stands above all others; None where one falls on such."""
    absent = ~np.isfinite(values)
    table: dict[str, Any] = {"missing": float(absent.mean())}
    if absent.any():  # no straight line may be drawn to an infinite neighbour
        ordered = np.sort(np.where(absent, np.inf, values))
        found = [ordered[math.ceil(len(ordered) * p / 100.0) - 1] for p in PERCENTILES]
    else:
        found = np.percentile(values, PERCENTILES).tolist()
    for p, one in zip(PERCENTILES, found, strict=True):
        table[f"p{p}"] = float(one) if math.isfinite(one) else None
    return table


def tornado(one: Study) -> list[dict[str, Any]]:
    """NPV with one input at a time at its low and high end, the others at their base; the widest first.

    `low_input` and `high_input` are the ends: of a discount rate and of a cost as they are, else a shift
    (`mode` "add") or a factor ("multiply"). The draws of the physics, which move together, stand at the 5th
    and 95th percentile of the NPV that they give.
    """
    alone = [given for given in one.inputs if given.key != "physical"]
    n = 2 * len(alone) + 1
    shares = {given.key: np.full(n, np.nan) for given in alone}
    for j, given in enumerate(alone):
        shares[given.key][2 * j : 2 * j + 2] = given.ends
    case = one.case(shares, n)
    worth = npv(one.flows(case).net, case.discount_rate)
    rows = [
        _row(given, worth[2 * j : 2 * j + 2], given.at(np.array(given.ends)), one)
        for j, given in enumerate(alone)
    ]
    if one.physical is not None:
        rows.append(_row(one.inputs[-1], _physical_ends(one), np.array(ENDS), one))
    for row in rows:
        row["base"] = float(worth[-1])
    return sorted(rows, key=lambda row: -abs(row["high"] - row["low"]))


def _row(given: Input, worth: FloatArray, figures: FloatArray, one: Study) -> dict[str, Any]:
    base = one.terms.discount_rate if given.key == "discount_rate" else 0.0
    entry = content()["uncertain"].get(given.key)
    return {
        "input": given.key,
        "input_en": given.en,
        "input_zh": given.zh,
        "unit": given.unit,
        "mode": entry["mode"] if entry and given.key != "discount_rate" else "value",
        "low": float(worth[0]),
        "high": float(worth[1]),
        "low_input": float(figures[0]) + base,
        "high_input": float(figures[1]) + base,
    }


def _physical_ends(one: Study) -> FloatArray:
    """5th and 95th percentile of the NPV over all draws of the physics, all else at its base."""
    assert one.physical is not None
    m = one.physical.count
    case = one.case({"physical": (np.arange(m) + 0.5) / m}, m)
    return np.quantile(npv(one.flows(case).net, case.discount_rate), ENDS)


def sensitivity(
    lines: Sequence[WorkLine],
    before: AnnualState,
    after: AnnualState,
    finance: Finance,
    *,
    start_year: int | None = None,
    lives: Mapping[str, float] | None = None,
    physical: Physical | Sequence[tuple[AnnualState, AnnualState]] | None = None,
    renewals: Sequence[Renewal] = (),
    samples: int = 512,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Sobol indices of the NPV: which share of its variance each input causes.

    Parameters
    ----------
    lines, before, after, finance, start_year, lives, physical, renewals
        As of `ranges`.
    samples : int
        Base samples, a power of 2; (inputs + 2) times as many cases are counted.
    seed : int

    Returns
    -------
    list of dict
        `input`, `input_en`, `input_zh`, `first` (by itself), `total` (with all interactions) and their 95 %
        half-widths, the largest total first. Empty where nothing is uncertain or the NPV does not move.

    References
    ----------
    .. [1] Saltelli et al. 2010, Comput. Phys. Commun. 181, doi 10.1016/j.cpc.2009.09.018; as SALib does it.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    one = study(
        lines,
        before,
        after,
        finance,
        start_year=start_year,
        lives=lives,
        physical=physical,
        renewals=renewals,
    )
    keys = [given.key for given in one.inputs]
    if not keys:
        return []
    problem = {"num_vars": len(keys), "names": keys, "bounds": [[0.0, 1.0]] * len(keys)}
    shares = sampling.sample(problem, samples, calc_second_order=False, seed=seed)
    case = one.case({key: shares[:, j] for j, key in enumerate(keys)}, len(shares))
    worth = npv(one.flows(case).net, case.discount_rate)
    if np.ptp(worth) == 0.0:
        return []
    found = analysis.analyze(problem, worth, calc_second_order=False, print_to_console=False, seed=seed)
    rows = [
        {
            "input": given.key,
            "input_en": given.en,
            "input_zh": given.zh,
            "first": float(found["S1"][j]),
            "first_conf": float(found["S1_conf"][j]),
            "total": float(found["ST"][j]),
            "total_conf": float(found["ST_conf"][j]),
        }
        for j, given in enumerate(one.inputs)
    ]
    return sorted(rows, key=lambda row: -row["total"])
