"""Who is to do it: merit order and the dispatch over an event, held against the linear programme by HiGHS."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.aggregator import shares
from controllers.aggregator.dispatch import ALIKE_CNY_KWH, dispatch, merit_order
from controllers.aggregator.programme import dispatch_by_programme, shortfall_price
from weather.errors import TwinError


class Case(NamedTuple):
    """Arguments of a dispatch."""

    target_kw: np.ndarray
    most_kw: np.ndarray
    energy_kwh: np.ndarray
    price_cny_kwh: np.ndarray


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    """Fleets of 1 to 12 over 1 to 6 quarter-hours; prices of three levels or all their own; some with 0."""
    fleet, points = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = dice.uniform(0.0, 20.0, (fleet, 1)) * dice.uniform(0.2, 1.0, (fleet, points))
    most[dice.random((fleet, points)) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    levels = draw(st.sampled_from([0, 1, 3]))
    price = dice.uniform(0.0, 3.0, fleet) if levels == 0 else 0.4 * dice.integers(1, levels + 1, fleet)
    energy = most.sum(axis=1) * 0.25 * dice.uniform(0.0, 1.3, fleet)
    energy[dice.random(fleet) < 0.2] = np.inf
    target = most.sum(axis=0) * dice.uniform(0.0, 1.0, points) * draw(st.sampled_from([0.3, 1.0, 1.5]))
    return Case(target, most, energy, price)


def test_merit_order_by_hand() -> None:
    """30 kW of 10 at 1, 20 + 20 at 2, 50 at 3: the first gives all, the two half each, the last nothing."""
    np.testing.assert_allclose(merit_order(30.0, [20.0, 10.0, 50.0, 20.0], [2, 1, 3, 2]), [10, 10, 0, 10])
    np.testing.assert_allclose(merit_order(30.0, [30.0, 10.0, 10.0], [2, 1, 2]), [15, 10, 5])
    np.testing.assert_allclose(merit_order(999.0, [20.0, 10.0], [2, 1]), [20, 10])
    np.testing.assert_allclose(merit_order(0.0, [20.0, 0.0], [2, 1]), [0, 0])


@given(_cases())
def test_merit_order_is_the_programme_of_one_interval(case: Case) -> None:
    target, most = case.target_kw[:1], case.most_kw[:, :1]
    kw = merit_order(float(target[0]), most[:, 0], case.price_cny_kwh)
    best = dispatch_by_programme(target, most, np.full(len(most), np.inf), case.price_cny_kwh, 1.0)
    assert kw.sum() == pytest.approx(min(target[0], most.sum()), abs=1e-9)
    assert np.all((kw >= 0.0) & (kw <= most[:, 0]))
    assert case.price_cny_kwh @ kw == pytest.approx(best.cost_cny, rel=1e-7, abs=1e-7)
    taken = np.flatnonzero(kw > 1e-9)
    for p in taken:  # nobody cheaper has anything left
        cheaper = case.price_cny_kwh < case.price_cny_kwh[p]
        np.testing.assert_allclose(kw[cheaper], most[cheaper, 0], atol=1e-9)


def test_dispatch_by_hand() -> None:
    """Two hours of 10 kW: the cheap one has 12 kWh, both hours alike; the dear one gives the other 8."""
    got = dispatch([10.0, 10.0], [[10.0, 10.0], [9.0, 9.0]], [12.0, np.inf], [1.0, 2.0], 1.0)
    np.testing.assert_allclose(got.kw, [[6.0, 6.0], [4.0, 4.0]], atol=1e-8)
    np.testing.assert_array_equal(got.short_kw, [0.0, 0.0])
    assert got.cost_cny == pytest.approx(12.0 + 16.0)
    assert got.gap_cny == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(got.marginal_price, [2.0, 2.0])


def test_energy_is_kept_for_the_hour_that_nobody_else_can_serve() -> None:
    """The second hour has only the cheap one, whose energy lasts one hour: the dear one serves the first."""
    got = dispatch([10.0, 10.0], [[10.0, 10.0], [10.0, 0.0]], [10.0, np.inf], [1.0, 2.0], 1.0)
    np.testing.assert_allclose(got.kw, [[0.0, 10.0], [10.0, 0.0]], atol=1e-7)
    assert got.short_kw.sum() == 0.0


def test_what_is_missing_is_told_and_costs_the_price_above_all() -> None:
    got = dispatch([10.0, 30.0], [[10.0, 10.0], [10.0, 10.0]], [np.inf, np.inf], [1.0, 2.0], 0.5)
    np.testing.assert_allclose(got.short_kw, [0.0, 10.0], atol=1e-8)
    assert got.marginal_price[1] == shortfall_price(np.array([1.0, 2.0]))
    assert got.cost_cny == pytest.approx(0.5 * (10.0 + 10.0 + 20.0))


@settings(max_examples=300)
@given(_cases())
def test_a_dispatch_keeps_all_limits_and_is_as_good_as_the_programme(case: Case) -> None:
    got, best = dispatch(*case), dispatch_by_programme(*case)
    scale = 1.0 + case.target_kw.max()
    assert np.all((got.kw >= 0.0) & (got.kw <= case.most_kw))
    assert np.all(0.25 * got.kw.sum(axis=1) <= case.energy_kwh + 1e-9 * scale)
    np.testing.assert_allclose(got.kw.sum(axis=0) + got.short_kw, case.target_kw, atol=2e-9 * scale)
    assert got.short_kw.sum() == pytest.approx(best.short_kw.sum(), abs=1e-7 * scale)
    # Sharing between prices that are alike costs half their distance for each kilowatt-hour at most.
    allowed = 0.5 * ALIKE_CNY_KWH * 0.25 * case.target_kw.sum() + 1e-6 * scale
    assert best.cost_cny - 1e-6 * scale <= got.cost_cny <= best.cost_cny + allowed
    missing = 0.25 * shortfall_price(case.price_cny_kwh) * (got.short_kw.sum() - best.short_kw.sum())
    assert got.cost_cny - best.cost_cny + missing <= got.gap_cny + 1e-6 * scale


@given(_cases(), st.randoms(use_true_random=False))
def test_equals_are_treated_alike_whatever_their_place(case: Case, dice: object) -> None:
    """Each participant twice, in another order: twins get the same, and so much as without their twins."""
    fleet = len(case.price_cny_kwh)
    order = np.random.default_rng(dice.randint(0, 2**32)).permutation(2 * fleet)  # type: ignore[attr-defined]
    twice = Case(
        2.0 * case.target_kw,
        np.concatenate([case.most_kw, case.most_kw])[order],
        np.concatenate([case.energy_kwh, case.energy_kwh])[order],
        np.concatenate([case.price_cny_kwh, case.price_cny_kwh])[order],
    )
    back = np.argsort(order)
    kw = dispatch(*twice).kw[back]
    scale = 1.0 + case.target_kw.max()
    np.testing.assert_allclose(kw[:fleet], kw[fleet:], atol=1e-7 * scale)
    np.testing.assert_allclose(kw[:fleet], dispatch(*case).kw, atol=1e-4 * scale)


def test_one_price_gives_one_share_where_energy_lasts() -> None:
    dice = np.random.default_rng(4)
    most = dice.uniform(1.0, 20.0, (50, 8))
    target = most.sum(axis=0) * dice.uniform(0.1, 0.9, 8)
    got = dispatch(target, most, np.full(50, np.inf), np.full(50, 0.7))
    np.testing.assert_allclose(got.kw / most, np.broadcast_to(target / most.sum(axis=0), (50, 8)), rtol=1e-7)


def test_whoever_is_short_of_energy_gives_the_same_share_less_in_each_interval() -> None:
    """Three alike but that one has a third of the energy; what it lacks the others give alike."""
    most = np.full((3, 2), 10.0)
    got = dispatch([12.0, 18.0], most, [5.0, np.inf, np.inf], np.ones(3), 1.0)
    np.testing.assert_allclose(got.kw[0].sum(), 5.0)
    np.testing.assert_allclose(got.kw[1], got.kw[2])
    assert got.kw[1, 0] - got.kw[0, 0] == pytest.approx(got.kw[1, 1] - got.kw[0, 1])


def test_where_prices_do_not_arrive_the_programme_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Newton's method is not let begin: the answer is the programme's, not a half-met target."""
    dice = np.random.default_rng(6)
    most, price = dice.uniform(1.0, 20.0, (12, 6)), dice.choice([1.0, 2.0], 12)
    case = Case(0.4 * most.sum(axis=0), most, 0.2 * most.sum(axis=1), price)
    sound = dispatch(*case)
    monkeypatch.setattr(shares, "_MOST_STEPS", 0)
    stopped, best = dispatch(*case), dispatch_by_programme(*case)
    np.testing.assert_array_equal(stopped.kw, best.kw)
    assert sound.cost_cny == pytest.approx(best.cost_cny, rel=1e-6)
    assert np.abs(sound.kw - best.kw).max() > 1.0  # which is a corner


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("target_kw", {"target_kw": [-1.0]}),
        ("target_kw", {"target_kw": [[1.0]]}),
        ("most_kw", {"most_kw": [[1.0, 1.0], [1.0, 1.0]]}),
        ("most_kw", {"most_kw": [[np.inf], [1.0]]}),
        ("energy_kwh", {"energy_kwh": [np.nan, 1.0]}),
        ("energy_kwh", {"energy_kwh": [-1.0, 1.0]}),
        ("price_cny_kwh", {"price_cny_kwh": [1.0]}),
        ("price_cny_kwh", {"price_cny_kwh": [1.0, -0.1]}),
        ("dt_h", {"dt_h": 0.0}),
        ("alike_cny_kwh", {"alike_cny_kwh": 0.0}),
    ],
)
def test_what_cannot_be_dispatched_is_refused_by_name(key: str, values: dict[str, object]) -> None:
    good: dict[str, object] = {
        "target_kw": [1.0], "most_kw": [[1.0], [1.0]], "energy_kwh": [1.0, 1.0], "price_cny_kwh": [1.0, 2.0],
    }  # fmt: skip
    with pytest.raises(TwinError) as caught:
        dispatch(**(good | values))  # type: ignore[arg-type]
    assert caught.value.key == key
