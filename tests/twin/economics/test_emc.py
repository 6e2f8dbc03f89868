"""Contracts by hand, to the fen; the two parties together are the project."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.finance import Contract, Finance
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics import AnnualState, evaluate
from twin.economics.cash_flow import flows_of, lives_of, single_case
from twin.economics.emc import benefit_of, split
from twin.economics.terms import contract_figures, terms_of

COST = Spread(100.0, 100.0, 100.0, "test", 2025, "derived")
WORKS = WorkLine("plant", "office", "plant", "机房", 1000.0, "kW", COST, 5.0, 0.02, COST, 0.0)
BEFORE = AnnualState(80_000.0, 20_000.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1000.0)
AFTER = dataclasses.replace(BEFORE, electricity_cny=50_000.0)


def money(contract: Contract, **changes: object) -> dict[str, object]:
    terms = Finance(discount_rate=0.05, years=8, start_year=2030, contract=contract, **changes)
    found = evaluate([WORKS], BEFORE, AFTER, terms)
    assert found.contract is not None
    both = np.add(found.contract["owner_cny"], found.contract["investor_cny"])
    assert both == pytest.approx(np.array(found.table["net"]), abs=1e-9)
    return found.contract


def test_shared_saving_to_the_fen() -> None:
    """100,000 CNY, 2,000 upkeep, 30,000 saved; the owner has 10 % in year 1, then 20 %, for 4 years.

    Investor: -100,000; 27,000 - 2,000 = 25,000; 24,000 - 2,000 = 22,000 three times. At 10 %:
    -100,000 + 22,727.27 + 18,181.82 + 16,528.93 + 15,026.30 = -27,535.69 (by 22,000/1.21 = 18,181.8182,
    22,000/1.331 = 16,528.9256, 22,000/1.4641 = 15,026.2960).
    Owner: 3,000, 6,000 x 3, then 28,000; in year 5 the plant is renewed for 100,000; year 8 has 2/5 of it,
    40,000. At 5 %: 2,857.1429 + 5,442.1769 + 5,183.0256 + 4,936.2149 + (28,000 - 100,000)/1.2762815625
    (-56,413.8843) + 20,894.0312 + 19,899.0773 + 68,000/1.4774554438 (46,025.0753) = 48,822.86.
    """
    found = money(Contract(years=4, owner_share=(0.1, 0.2), investor_return=0.1))
    assert found["investor_cny"] == pytest.approx([-100_000, 25_000, 22_000, 22_000, 22_000, 0, 0, 0, 0])
    assert found["owner_cny"] == pytest.approx(
        [0, 3_000, 6_000, 6_000, 6_000, -72_000, 28_000, 28_000, 68_000]
    )
    assert found["investor_npv_cny"] == pytest.approx(-27_535.69, abs=0.005)
    assert found["owner_npv_cny"] == pytest.approx(48_822.86, abs=0.005)


def test_shortest_term_gives_the_investor_his_return() -> None:
    """28,000 a year of all the saving less upkeep against 100,000 without interest: 3.57 years, so 4."""
    everything = Contract(years=2, owner_share=(0.0,), investor_return=0.0)
    assert money(everything)["minimal_years"] == 4
    # at 30 %: 28,000/0.3 = 93,333 for ever is not enough
    assert money(dataclasses_free(everything, investor_return=0.3))["minimal_years"] is None


def dataclasses_free(contract: Contract, **changes: object) -> Contract:
    return contract.model_copy(update=changes)


def test_the_plant_that_falls_due_as_the_contract_ends_is_the_owners() -> None:
    five = money(Contract(years=5, owner_share=(0.0,), investor_return=0.1))
    six = money(Contract(years=6, owner_share=(0.0,), investor_return=0.1))
    assert five["investor_cny"][5] == pytest.approx(28_000.0)
    assert five["owner_cny"][5] == pytest.approx(-100_000.0)
    assert six["investor_cny"][5] == pytest.approx(-72_000.0)


def test_custody_by_hand() -> None:
    """Bill 100,000 before and 70,000 after; the fee is 5 % less, 95,000: the company keeps 95,000 - 70,000 -
    2,000 = 23,000 a year, the owner 5,000; after 3 years he has the 28,000."""
    found = money(Contract(type="custody", years=3, custody_discount=0.05, investor_return=0.1))
    assert found["investor_cny"][:5] == pytest.approx([-100_000, 23_000, 23_000, 23_000, 0])
    assert found["owner_cny"][:5] == pytest.approx([0, 5_000, 5_000, 5_000, 28_000])


def test_guaranteed_saving_by_hand() -> None:
    """The owner invests; the company has 10 % of 30,000 a year while the saving is what was expected."""
    found = money(Contract(type="guaranteed_saving", years=3, service_fee=0.1, guaranteed_share=0.8))
    assert found["investor_cny"] == pytest.approx([0, 3_000, 3_000, 3_000, 0, 0, 0, 0, 0])
    assert found["owner_invests_cny"] == pytest.approx(100_000.0)
    assert found["minimal_years"] is None
    assert found["investor_irr"] is None


def test_a_missed_guarantee_is_paid() -> None:
    """Expected 50,000, guaranteed 80 %: 40,000; 30,000 came: 10,000 are paid, less a fee of 3,000."""
    terms = terms_of(Finance(years=8, start_year=2030))
    case = single_case([100.0], lives_of([WORKS]), BEFORE, AFTER, terms)
    flows = flows_of([WORKS], case, terms)
    figures, said = contract_figures(Contract(type="guaranteed_saving", years=3, service_fee=0.1))
    parties = split(flows, figures, expected=benefit_of(flows) / 0.6)
    assert parties.investor[:, 0] == pytest.approx([0, -7_000, -7_000, -7_000, 0, 0, 0, 0, 0])
    assert {one.key for one in said} == {"finance.guaranteed_share"}


@given(
    st.sampled_from(["shared_saving", "guaranteed_saving", "custody"]),
    st.integers(1, 40),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=10),
    st.floats(-50_000.0, 200_000.0),
)
def test_the_parties_are_the_project(kind: str, years: int, shares: list[float], bill: float) -> None:
    terms = Finance(
        years=12,
        start_year=2025,
        contract=Contract.model_validate({"type": kind, "years": years, "owner_share": tuple(shares)}),
    )
    after = dataclasses.replace(AFTER, electricity_cny=bill, pv_kwh=500.0, grid_export_kwh=100.0)
    found = evaluate([WORKS], BEFORE, after, terms)
    assert found.contract is not None
    both = np.add(found.contract["owner_cny"], found.contract["investor_cny"])
    assert both == pytest.approx(np.array(found.table["net"]), abs=1e-6)
    shortest = found.contract["minimal_years"]
    if kind != "guaranteed_saving" and shortest is not None:
        alone = terms.model_copy(update={"contract": terms.contract.model_copy(update={"years": shortest})})
        there = evaluate([WORKS], BEFORE, after, alone).contract
        assert there is not None
        assert there["investor_npv_cny"] >= -1e-6
