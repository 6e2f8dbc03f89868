"""What must hold of any package: one case and many agree, sums close, everything is plain data."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.finance import Contract, Finance
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics import AnnualState, evaluate, ranges
from twin.economics.present_value import npv
from twin.economics.uncertainty import study

MONEY = st.floats(0.0, 1e6)


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    low, value, high = sorted(draw(st.tuples(*[st.floats(0.0, 5000.0)] * 3)))
    return Spread(low, value, high, "any", 2025, draw(st.sampled_from(["derived", "gk-verify", "missing"])))


@st.composite
def lines(draw: st.DrawFn) -> WorkLine:
    unit, measure = draw(
        st.sampled_from([("m2", "wall"), ("kWp", "pv"), ("kWh", "battery"), ("kW", "plant")])
    )
    return WorkLine(
        measure, "office", draw(st.sampled_from(["works", "battery"])), "工程", draw(st.floats(0.0, 1e4)),
        unit, draw(spreads()), draw(st.floats(0.5, 60.0)), draw(st.floats(0.0, 0.1)), draw(spreads()), 1.0,
    )  # fmt: skip


@st.composite
def states(draw: st.DrawFn) -> AnnualState:
    pv = draw(MONEY)
    out = draw(st.floats(0.0, 1.0)) * pv
    return AnnualState(
        draw(st.floats(-1e5, 1e6)), draw(MONEY), draw(MONEY), draw(MONEY), draw(MONEY), out, pv, pv - out,
        draw(MONEY), 1000.0, draw(st.none() | st.floats(0.0, 2.0)), draw(st.none() | st.floats(0.0, 1.0)),
        draw(st.none() | st.floats(-1e4, 1e5)),
    )  # fmt: skip


TERMS = st.builds(
    Finance,
    years=st.integers(5, 40),
    discount_rate=st.none() | st.floats(0.0, 0.2),
    electricity_growth=st.none() | st.floats(-0.05, 0.05),
    in_ets=st.booleans(),
    certificates=st.booleans(),
    start_year=st.integers(2020, 2030),
    tax_rate=st.none() | st.floats(0.0, 0.4),
    soft_costs=st.none() | st.floats(0.0, 0.3),
    pv_reward=st.none() | st.sampled_from(["bipv", "school", "distributed_generation"]),
    contract=st.none() | st.builds(Contract, type=st.sampled_from(["shared_saving", "custody"])),
)
PACKAGES = st.lists(lines(), max_size=6)


@given(PACKAGES, states(), states(), TERMS)
def test_sums_close_and_all_is_plain_data(
    package: list[WorkLine], before: AnnualState, after: AnnualState, terms: Finance
) -> None:
    found = evaluate(package, before, after, terms)
    scale = 1.0 + sum(map(abs, found.table["net"])) + found.capital_cny
    assert sum(found.table["discounted"]) == pytest.approx(found.npv_cny, abs=1e-9 * scale)
    assert sum(found.capital_by_measure_cny.values()) == pytest.approx(found.capital_cny, abs=1e-9 * scale)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["npv_cny"] == found.npv_cny
    missing = {note["key"] for note in found.notes}
    for name in ("simple_payback_a", "discounted_payback_a", "lcoe_cny_kwh", "cost_per_tonne_cny"):
        assert getattr(found, name) is not None or name in missing
    if found.irr.value is not None:
        flows = np.array(found.table["net"])
        near = [float(npv(flows, found.irr.value * (1 + d) + d)) for d in (-1e-6, 1e-6)]
        assert near[0] * near[1] <= 0.0 or min(map(abs, near)) < 1e-3 * scale
    unverified = {line.measure for line in package if line.unit_cost.confidence != "derived"}
    told = {a.key.split(".")[1] for a in found.assumptions if a.key.startswith("cost.")}
    assert told == unverified


@given(PACKAGES, states(), states(), TERMS)
def test_one_case_and_many_agree(
    package: list[WorkLine], before: AnnualState, after: AnnualState, terms: Finance
) -> None:
    """Three cases at the base are `evaluate` three times; so is a case of costs at their high end."""
    one, found = study(package, before, after, terms), evaluate(package, before, after, terms)
    case = one.case({}, 3)
    scale = 1.0 + sum(map(abs, found.table["net"]))
    assert npv(one.flows(case).net, case.discount_rate) == pytest.approx(
        [found.npv_cny] * 3, abs=1e-9 * scale
    )
    top = {given.key: np.array([np.nan, 1.0]) for given in one.inputs if given.key.startswith("cost.")}
    if not top:
        return
    case = one.case(top, 2)
    dear = [
        dataclasses.replace(line, unit_cost=dataclasses.replace(line.unit_cost, value=line.unit_cost.high))
        if line.unit_cost.low < line.unit_cost.high
        else line
        for line in package
    ]
    worth = npv(one.flows(case).net, case.discount_rate)
    assert worth[0] == pytest.approx(found.npv_cny, abs=1e-9 * scale)
    assert worth[1] == pytest.approx(evaluate(dear, before, after, terms).npv_cny, abs=1e-8 * scale)


@given(PACKAGES, states(), states(), TERMS)
def test_percentiles_ascend(
    package: list[WorkLine], before: AnnualState, after: AnnualState, terms: Finance
) -> None:
    found = ranges(package, before, after, terms, samples=20, seed=1)
    json.dumps(found, allow_nan=False)
    for name, entry in found.items():
        if isinstance(entry, dict) and "p10" in entry:
            told = [math.inf if entry[p] is None else entry[p] for p in ("p10", "p50", "p90")]
            assert told == sorted(told), name
