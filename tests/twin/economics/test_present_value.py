"""Present values against numpy-financial, and what has no rate or several."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.economics.present_value import (
    annuity,
    discount_factors,
    internal_rate,
    internal_rates,
    npv,
    payback,
)

MONEY = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))
FLOWS = st.lists(MONEY, min_size=2, max_size=50)
RATE = st.floats(-0.1, 0.5)


@given(FLOWS, RATE)
def test_npv_is_that_of_numpy_financial(flows: list[float], rate: float) -> None:
    scale = float((np.abs(flows) * discount_factors(rate, len(flows) - 1)).sum())
    assert float(npv(np.array(flows), rate)) == pytest.approx(npf.npv(rate, flows), abs=1e-11 * (scale + 1.0))


@given(st.just(0.0) | st.floats(1e-4, 1.0), st.integers(1, 60))
def test_annuity_is_the_payment_of_numpy_financial(rate: float, years: int) -> None:
    assert float(annuity(rate, years)) == pytest.approx(-float(npf.pmt(rate, years, 1.0)), rel=1e-7)


def test_annuity_by_hand() -> None:
    """10 % over 2 years: 1/1.1 + 1/1.21 = 2.1/1.21, so that 1.21/2.1 = 0.576190... pays 1 back; 0 %: 1/2."""
    assert float(annuity(0.1, 2)) == pytest.approx(1.21 / 2.1, rel=1e-14)
    assert float(annuity(0.0, 2)) == 0.5


@given(st.floats(1.0, 1e6), st.lists(st.just(0.0) | st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_rate_of_an_investment_is_that_of_numpy_financial(outlay: float, income: list[float]) -> None:
    flows = np.array([-outlay, *income])
    rate = internal_rate(flows)
    if not any(income):
        assert rate.value is None
        assert rate.reason_en
        return
    theirs = npf.irr(flows)
    if (
        rate.value is None
    ):  # beyond the bracket: an income of nearly nothing, or of a thousand times the outlay
        assert np.isnan(theirs) or not -0.9 < theirs < 1e3
        return
    assert float(npv(flows, rate.value)) == pytest.approx(0.0, abs=1e-7 * outlay * len(flows))
    if not np.isnan(theirs):
        assert rate.value == pytest.approx(theirs, abs=1e-6, rel=1e-6)


@given(st.lists(FLOWS.filter(lambda f: len(f) > 3), min_size=1, max_size=4))
def test_many_rates_at_once_are_the_single_ones(several: list[list[float]]) -> None:
    length = min(len(f) for f in several)
    flows = np.array([f[:length] for f in several]).T
    for column, found in enumerate(internal_rates(flows)):
        alone = internal_rate(flows[:, column])
        inside = [root for root in alone.roots if -0.89 < root < 9.9]
        if np.isnan(found):
            assert len(inside) != 1
        else:  # two roots within a step of the grid go unseen
            assert min(abs(root - found) for root in alone.roots) < 1e-8


def test_several_rates_are_told() -> None:
    """-100, 230, -132: the roots of 100 x^2 - 230 x + 132 in x = 1 + r are 1.1 and 1.2."""
    rate = internal_rate(np.array([-100.0, 230.0, -132.0]))
    assert rate.value is None
    assert rate.roots == pytest.approx((0.1, 0.2), abs=1e-9)
    assert "10.00%" in rate.reason_en
    assert "20.00%" in rate.reason_zh


def test_two_changes_of_sign_may_have_one_rate_or_none() -> None:
    """-100, 300, -50: 100 x^2 - 300 x + 50 has x = (3 +- sqrt 7)/2 = 2.8229, 0.1771, both above 0.01.

    -100, 100, -50: the discriminant 1 - 2 is below nought, so that no rate solves it.
    """
    assert internal_rate(np.array([-100.0, 300.0, -50.0])).roots == pytest.approx(
        (-0.822876, 1.822876), abs=1e-6
    )
    none = internal_rate(np.array([-100.0, 100.0, -50.0]))
    assert none.roots == ()
    assert none.value is None
    assert "no rate" in none.reason_en


@pytest.mark.parametrize("flows", [[-5.0, -1.0, -1.0], [0.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
def test_flows_of_one_sign_have_no_rate(flows: list[float]) -> None:
    rate = internal_rate(np.array(flows))
    assert rate.value is None
    assert rate.roots == ()
    assert rate.reason_zh


@pytest.mark.parametrize(
    ("flows", "years"),
    [
        ([-100.0, 40.0, 40.0, 40.0], 2.5),
        ([-100.0, 50.0, 50.0, 0.0], 2.0),
        ([-100.0, 30.0, 30.0, 30.0], np.inf),
        ([-100.0, -30.0, -30.0, -30.0], np.inf),
        ([0.0, 1.0, 1.0, 1.0], 0.0),
        ([0.0, -1.0, -1.0, -1.0], np.inf),
        ([-100.0, 150.0, -100.0, 60.0], 2.0 / 3.0),
    ],
)
def test_payback_by_hand(flows: list[float], years: float) -> None:
    """-100 + 40 + 40 = -20, and 20 of the third year's 40 is half a year."""
    assert float(payback(np.array(flows)[:, None])[0]) == pytest.approx(years)
