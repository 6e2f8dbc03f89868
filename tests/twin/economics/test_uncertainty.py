"""Ranges: seeds, common numbers, a linear case against its analytic median, tornado bars by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from buildings.description.finance import Contract, Finance, UnitCost
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics import AnnualState, Physical, evaluate, ranges, sensitivity
from twin.economics.distributions import quantile, triangular
from twin.economics.uncertainty import draw, study, tornado
from weather.errors import TwinError

BEFORE = AnnualState(80_000.0, 20_000.0, 60_000.0, 45_000.0, 1e5, 0.0, 0.0, 0.0, 0.0, 1000.0)
AFTER = dataclasses.replace(BEFORE, electricity_cny=50_000.0, carbon_kg=40_000.0)
FREE = Finance(discount_rate=0.0, years=10, start_year=2030, electricity_growth=0.0, gas_growth=0.0)


def line(measure: str, low: float, value: float, high: float, life: float = float("inf")) -> WorkLine:
    cost = Spread(low, value, high, "test", 2025, "derived")
    return WorkLine(measure, "office", measure, measure, 1000.0, "m2", cost, life, 0.0, cost, 0.0)


WALL, ROOF = line("wall", 80.0, 100.0, 120.0), line("roof", 40.0, 50.0, 90.0)
SURE = Physical.of([(BEFORE, AFTER)])


def test_a_seed_gives_the_same_range_and_another_seed_another() -> None:
    one = ranges([WALL, ROOF], BEFORE, AFTER, FREE, seed=7, samples=200)
    assert one == ranges([WALL, ROOF], BEFORE, AFTER, FREE, seed=7, samples=200)
    assert one["npv_cny"] != ranges([WALL, ROOF], BEFORE, AFTER, FREE, seed=8, samples=200)["npv_cny"]


def test_what_packages_share_is_drawn_alike() -> None:
    """The wall's cost has the same shares with and without the roof."""
    alone, both = draw(["cost.wall"], 100, 3), draw(["cost.roof", "cost.wall", "saving"], 100, 3)
    assert (alone["cost.wall"] == both["cost.wall"]).all()
    assert abs(np.corrcoef(both["cost.wall"], both["saving"])[0, 1]) < 0.5
    for column in both.values():  # a Latin hypercube: one draw in each of a hundred slices
        assert sorted((column * 100).astype(int)) == list(range(100))


def test_median_of_a_linear_case_is_the_analytic_one() -> None:
    """NPV = residual (the works never wear out) - cost + 10 x 30,000: linear in one triangular cost.

    What never wears out is worth its cost at the end, without interest, so that the NPV is 300,000 whatever
    it cost. With a life of 10 the NPV is 300,000 - 1,000 x, x triangular (40, 50, 90): its median m has
    (90 - m)^2 = (50 x 40)/2, m = 90 - sqrt(1,000) = 58.3772; its tenth percentile is 40 + sqrt(0.1 x 50 x
    10) = 47.0711.
    """
    certain = ranges([ROOF], BEFORE, AFTER, FREE, physical=SURE, samples=1000)
    assert certain["npv_cny"]["p10"] == pytest.approx(300_000.0)
    worn = dataclasses.replace(ROOF, life=10.0)
    one = study([worn], BEFORE, AFTER, FREE, physical=SURE)
    shares = draw(["cost.roof"], 4000, 1)
    case = one.case(shares, 4000)
    worth = one.flows(case).net.sum(axis=0)
    assert np.median(worth) == pytest.approx(300_000.0 - 1000.0 * (90.0 - np.sqrt(1000.0)), rel=2e-4)
    assert np.quantile(worth, 0.9) == pytest.approx(300_000.0 - 1000.0 * (40.0 + np.sqrt(50.0)), rel=2e-4)


def test_tornado_bars_by_hand() -> None:
    """Life 10 in 10 years, no interest: NPV = 300,000 - 100,000 - 50,000 = 150,000.

    Wall 80 to 120: 170,000 and 130,000. Roof 40 to 90: 160,000 and 110,000. Saving +-1.644854 x 10 %:
    150,000 -+ 49,345.61. Life x 0.8: renewed in year 8, of which 6/8 are left at the end: -150,000 + 112,500;
    x 1.2: 2/12 are left: + 25,000.
    """
    lines = [dataclasses.replace(one, life=10.0) for one in (WALL, ROOF)]
    rows = {row["input"]: row for row in ranges(lines, BEFORE, AFTER, FREE, samples=10)["tornado"]}
    assert set(rows) == {"cost.wall", "cost.roof", "saving", "life"}
    for key, low, high in (
        ("cost.wall", 170_000.0, 130_000.0),
        ("cost.roof", 160_000.0, 110_000.0),
        ("saving", 100_654.39, 199_345.61),
        ("life", 112_500.0, 175_000.0),
    ):
        assert (rows[key]["low"], rows[key]["high"]) == pytest.approx((low, high), abs=0.01), key
        assert rows[key]["base"] == pytest.approx(150_000.0)
    assert list(rows) == ["saving", "life", "cost.roof", "cost.wall"]
    assert rows["cost.wall"]["low_input"] == pytest.approx(80_000.0)


def test_a_rate_that_the_user_wrote_is_not_drawn_and_the_librarys_is() -> None:
    """Default 6 %, drawn from 4 to 8 %."""
    own = {row["input"] for row in tornado(study([WALL], BEFORE, AFTER, FREE))}
    assert "discount_rate" not in own
    rows = {row["input"]: row for row in tornado(study([WALL], BEFORE, AFTER, Finance(start_year=2030)))}
    assert rows["discount_rate"]["low_input"] == pytest.approx(0.04)
    cheap = evaluate([WALL], BEFORE, AFTER, Finance(start_year=2030, discount_rate=0.04))
    assert rows["discount_rate"]["low"] == pytest.approx(cheap.npv_cny)
    assert rows["electricity_growth"]["high"] == pytest.approx(
        evaluate([WALL], BEFORE, AFTER, Finance(start_year=2030, electricity_growth=0.02)).npv_cny
    )


def test_draws_of_the_physics_take_the_place_of_the_assumed_error() -> None:
    """Bills after of 40, 50 and 60 thousand: savings of 40, 30, 20 thousand; median 300,000 in 10 a."""
    pairs = [(BEFORE, dataclasses.replace(AFTER, electricity_cny=x)) for x in (40_000.0, 50_000.0, 60_000.0)]
    sure = dataclasses.replace(WALL, unit_cost=Spread(0.0, 0.0, 0.0, "t", 2025, "derived"))
    found = ranges([sure], BEFORE, AFTER, FREE, physical=Physical.of(pairs), samples=300)
    assert [found["npv_cny"][p] for p in ("p10", "p50", "p90")] == pytest.approx([2e5, 3e5, 4e5])
    assert [row["input"] for row in found["tornado"]] == ["physical"]
    assert found == ranges([sure], BEFORE, AFTER, FREE, physical=pairs, samples=300)
    assert not any(a["key"] == "range.saving" for a in found["assumptions"])
    scaled = Physical.scaled(AFTER, {"electricity_cny": np.array([0.8, 1.0, 1.2])})
    assert ranges([sure], BEFORE, AFTER, FREE, physical=scaled, samples=300)["npv_cny"] == found["npv_cny"]


def test_draws_that_know_different_fields_are_refused() -> None:
    """A price is unknown where nothing was traded: then that of the other draws stands in."""
    other = dataclasses.replace(AFTER, battery_benefit_cny=1.0)
    with pytest.raises(TwinError, match="1 of 2 draws"):
        Physical.of([(BEFORE, AFTER), (BEFORE, other)])
    priced = dataclasses.replace(AFTER, export_price_cny_kwh=0.4)
    drawn = Physical.of([(BEFORE, AFTER), (BEFORE, priced)])
    assert drawn.after["export_price_cny_kwh"].tolist() == [0.4, 0.4]
    with pytest.raises(TwinError, match="no draws"):
        Physical.of([])


def test_what_is_never_paid_back_is_counted_and_not_left_out() -> None:
    """A saving of 30,000 -+ 10 % against 250,000 to 350,000 in ten years: half the cases never pay."""
    dear = dataclasses.replace(WALL, unit_cost=Spread(250.0, 300.0, 350.0, "t", 2025, "derived"))
    found = ranges([dear], BEFORE, AFTER, FREE, samples=1000)
    assert found["simple_payback_a"]["missing"] == pytest.approx(0.5, abs=0.05)
    assert found["simple_payback_a"]["p10"] < 10.0
    assert found["simple_payback_a"]["p90"] is None
    assert found["lcoe_cny_kwh"] == {"missing": 1.0, "p10": None, "p50": None, "p90": None}


def test_own_offers_are_drawn_from_their_own_range() -> None:
    own = FREE.model_copy(update={"unit_costs": {"wall": UnitCost(value=200.0, source="offer")}})
    assert not any(i.key == "cost.wall" for i in study([WALL], BEFORE, AFTER, own).inputs)
    wide = FREE.model_copy(update={"unit_costs": {"wall": UnitCost(value=200.0, low=150.0, source="offer")}})
    capital = ranges([WALL], BEFORE, AFTER, wide, samples=100)["capital_cny"]
    assert 150_000.0 < capital["p10"] < capital["p90"] < 200_000.0


def test_a_guarantee_falls_short_in_some_cases() -> None:
    terms = FREE.model_copy(
        update={"contract": Contract(type="guaranteed_saving", years=5, guaranteed_share=1.0)}
    )
    found = ranges([WALL], BEFORE, AFTER, terms, samples=400)
    assert found["shortfall_cny"]["p10"] == pytest.approx(0.0, abs=1e-6)
    # 10 % below at the tenth percentile: 1.2816 x 10 % x 30,000 x 5
    assert found["shortfall_cny"]["p90"] == pytest.approx(1.28155 * 0.1 * 150_000.0, rel=0.03)


def test_sobol_indices_of_a_sum_by_hand() -> None:
    """NPV = c - 1,000 a - 1,000 b: the shares of variance. Triangular variances (a2+b2+c2-ab-ac-bc)/18:
    wall (80, 100, 120) 66.667, roof (40, 50, 90) 116.667: 0.3636 and 0.6364, no interaction."""
    lines = [dataclasses.replace(one, life=10.0) for one in (WALL, ROOF)]
    terms = FREE
    rows = {
        row["input"]: row
        for row in sensitivity(
            lines, BEFORE, BEFORE, terms, physical=Physical.of([(BEFORE, BEFORE)]), samples=1024
        )
    }
    costs = {key: rows[key]["total"] for key in ("cost.wall", "cost.roof")}
    assert costs["cost.wall"] / costs["cost.roof"] == pytest.approx(66.667 / 116.667, rel=0.05)
    assert rows["cost.roof"]["first"] == pytest.approx(rows["cost.roof"]["total"], abs=0.05)


@given(st.floats(-1e3, 1e3), st.floats(0.0, 1.0), st.floats(0.1, 1e3), st.floats(0.0, 1.0))
def test_triangular_is_that_of_scipy(low: float, mode: float, width: float, share: float) -> None:
    found = triangular(np.asarray(share), low, low + mode * width, low + width)
    assert float(found) == pytest.approx(stats.triang.ppf(share, mode, low, width), abs=1e-6)


def test_quantiles_of_the_other_distributions() -> None:
    assert quantile({"distribution": "uniform", "low": 2.0, "high": 4.0}, np.array([0.25]))[0] == 2.5
    normal = {"distribution": "normal", "mean": 1.0, "sd": 0.1}
    assert quantile(normal, np.array([0.95]))[0] == pytest.approx(1.1644854)
    assert np.isfinite(quantile(normal, np.array([0.0, 1.0]))).all()
    with pytest.raises(TwinError, match="no distribution"):
        quantile({"distribution": "magic", "low": 0.0, "high": 1.0}, np.array([0.5]))
    with pytest.raises(TwinError, match="ascend"):
        quantile({"distribution": "uniform", "low": 3.0, "high": 1.0}, np.array([0.5]))


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(TwinError, match="samples"):
        ranges([WALL], BEFORE, AFTER, FREE, samples=5)
