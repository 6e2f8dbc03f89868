"""Flows by hand: a worked spreadsheet to the fen, when things are replaced, signs, rewards, tax."""

from __future__ import annotations

import dataclasses
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.finance import Finance, OwnSubsidy, UnitCost
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics import AnnualState, evaluate
from twin.economics.cash_flow import COMPONENTS, ages, renewals
from weather.errors import TwinError


def spread(value: float, low: float | None = None, high: float | None = None) -> Spread:
    return Spread(
        value if low is None else low, value, value if high is None else high, "test", 2025, "derived"
    )


def line(measure: str, quantity: float, unit: str, cost: float, life: float, upkeep: float) -> WorkLine:
    return WorkLine(
        measure, "office", measure, measure, quantity, unit, spread(cost), life, upkeep, spread(10.0), 5.0
    )


def state(**fields: float) -> AnnualState:
    zero = {
        f.name: 0.0
        for f in dataclasses.fields(AnnualState)
        if f.default is dataclasses.MISSING and f.name != "floor_area_m2"
    }
    return AnnualState(**{**zero, "floor_area_m2": 1000.0, **fields})


BEFORE = state(electricity_cny=200_000.0, gas_cny=50_000.0, carbon_kg=180_000.0, carbon_ets_kg=140_000.0)
AFTER = dataclasses.replace(
    BEFORE,
    electricity_cny=140_000.0,
    gas_cny=20_000.0,
    carbon_kg=120_000.0,
    carbon_ets_kg=95_000.0,
    pv_kwh=40_000.0,
    pv_used_kwh=36_000.0,
    grid_export_kwh=4_000.0,
    import_price_cny_kwh=0.8,
    export_price_cny_kwh=0.4,
)
LINES = (line("wall", 1000.0, "m2", 170.0, 25.0, 0.0), line("pv", 40.0, "kWp", 3000.0, 25.0, 0.01),
         line("led", 1000.0, "m2", 65.0, 4.0, 0.02))  # fmt: skip
TERMS = Finance(
    discount_rate=0.06,
    years=6,
    electricity_growth=0.02,
    gas_growth=0.01,
    in_ets=True,
    carbon_price=70.0,
    carbon_price_growth=0.0,
    certificates=True,
    certificate_price=5.0,
    pv_reward="distributed_export",
    start_year=2026,
)


def fen(value: Decimal | float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)


SHEET = """
year  capital    replacement residual  maintenance electricity gas       pv_fade  reward  certificates carbon
0     -355000.00 0.00        0.00      0.00        0.00        0.00      0.00     0.00    0.00         0.00
1     0.00       0.00        0.00      -2500.00    60000.00    30000.00  0.00     200.00  200.00       3150.00
2     0.00       0.00        0.00      -2500.00    61200.00    30300.00  -170.54  198.90  198.90       3144.18
3     0.00       0.00        0.00      -2500.00    62424.00    30603.00  -347.91  197.80  197.80       3138.36
4     0.00       -65000.00   0.00      -2500.00    63672.48    30909.03  -532.30  196.70  196.70       3132.54
5     0.00       0.00        0.00      -2500.00    64945.93    31218.12  -723.93  195.60  195.60       3126.72
6     0.00       0.00        252900.00 -2500.00    66244.85    31530.30  -923.01  0.00    194.50       3120.89
"""


def test_a_worked_spreadsheet_to_the_fen() -> None:
    """Six years of wall, PV and lamps, each row written out by hand; nothing here calls our code.

    Capital 1,000 x 170 + 40 x 3,000 + 1,000 x 65 = 355,000. Maintenance 120,000 x 1 % + 65,000 x 2 % = 2,500.
    Lamps live 4 years: again 65,000 in year 4. Left in year 6: wall 170,000 x 19/25 = 129,200; PV 120,000 x
    19/25 = 91,200; lamps 65,000 x 2/4 = 32,500; together 252,900. Electricity 60,000 x 1.02^(t-1); gas 30,000
    x 1.01^(t-1). PV of age a keeps 1 - 0.0055 a: in year 2 lost 36,000 x 0.0055 = 198 kWh of own use at 0.8
    and 22 kWh of export at 0.4 are 167.20, x 1.02 = 170.54. Reward 0.05 x 4,000 exported, for 5 years;
    certificates 40 x 5. Carbon 45 t x 70 = 3,150; year 2: (45,000 - 198 x 0.42)/1000 x 70 = 3,144.18.
    """
    names = ("capital", "replacement", "residual", "maintenance", "electricity", "gas", "pv_fade",
             "pv_reward", "certificates", "carbon")  # fmt: skip
    found = evaluate(LINES, BEFORE, AFTER, TERMS)
    rows = [row.split() for row in SHEET.strip().splitlines()[1:]]
    for row in rows:
        for name, written in zip(names, row[1:], strict=True):
            assert fen(found.table[name][int(row[0])]) == Decimal(written), (name, row[0])
    net = [sum(_exact(year).values(), Decimal(0)) for year in range(7)]
    for year, one in enumerate(net):
        assert fen(found.table["net"][year]) == fen(one)
    worth = sum(one / Decimal("1.06") ** year for year, one in enumerate(net))
    assert fen(found.npv_cny) == fen(worth)
    assert found.irr.value is not None
    rate = Decimal(found.irr.value)
    assert abs(sum(one / (1 + rate) ** year for year, one in enumerate(net))) < Decimal("0.01")
    assert fen(sum(found.table["discounted"])) == fen(worth)
    assert found.capital_cny == pytest.approx(355_000.0)
    # by the physical account 60,000 kg less 198 kWh x 0.5737 of lost yield
    assert fen(found.table["carbon_saved_kg"][2]) == Decimal("59886.41")


def _exact(year: int) -> dict[str, Decimal]:
    """A row of the sheet by the formulas of its docstring, unrounded."""
    D = Decimal
    if year == 0:
        return {"capital": D(-355_000)}
    age = D(year - 1)
    lost = (36_000 * D("0.8") + 4_000 * D("0.4")) * D("0.0055") * age
    kept = 1 - D("0.0055") * age
    return {
        "maintenance": D(-2500),
        "electricity": 60_000 * D("1.02") ** (year - 1),
        "gas": 30_000 * D("1.01") ** (year - 1),
        "fade": -lost * D("1.02") ** (year - 1),
        "reward": D(4_000) * kept * D("0.05") if year <= 5 else D(0),
        "certificates": 40 * kept * 5,
        "carbon": (45_000 - 36_000 * D("0.0055") * age * D("0.42")) / 1000 * 70,
        "replacement": D(-65_000) if year == 4 else D(0),
        "residual": D(252_900) if year == 6 else D(0),
    }


def test_payback_lcoe_and_cost_of_a_tonne_by_hand() -> None:
    """100,000 CNY, 12,500 a year, no interest: 8 years; 10 years of 20 t: (100,000 - 125,000)/200 t = -125.

    The PV of 10 kWp at 3,000, 1 % upkeep, life 25 of 10 years: 30,000 + 3,000 - 30,000 x 15/25 = 15,000 over
    the sum of 10,000 x (1 - 0.0055 a), a from 0 to 9: 100,000 - 55 x 45 = 97,525 kWh: 0.153807 CNY/kWh.
    """
    free = Finance(discount_rate=0.0, years=10, start_year=2030)
    saved = dataclasses.replace(BEFORE, electricity_cny=187_500.0, carbon_kg=160_000.0)
    plain = evaluate([line("wall", 1000.0, "m2", 100.0, 10.0, 0.0)], BEFORE, saved, free)
    assert plain.simple_payback_a == pytest.approx(8.0)
    assert plain.discounted_payback_a == pytest.approx(8.0)
    assert plain.cost_per_tonne_cny == pytest.approx(-125.0)
    assert plain.lcoe_cny_kwh is None
    assert [n["key"] for n in plain.notes] == ["lcoe_cny_kwh"]
    sunny = dataclasses.replace(BEFORE, pv_kwh=10_000.0, pv_used_kwh=10_000.0)
    pv = evaluate([line("pv", 10.0, "kWp", 3000.0, 25.0, 0.01)], BEFORE, sunny, free)
    assert pv.lcoe_cny_kwh == pytest.approx(15_000.0 / 97_525.0, rel=1e-12)


@pytest.mark.parametrize(
    ("life", "years", "bought", "left"),
    [
        (10.0, 20, [10], 0.0),
        (8.0, 20, [8, 16], 0.5),
        (20.0, 20, [], 0.0),
        (25.0, 20, [], 0.2),
        (6.4, 20, [7, 13, 20], 0.875),
        (20.0 / 3.0, 20, [7, 14], 0.0),
        (0.5, 2, [1, 1, 2], 0.0),
        (float("inf"), 20, [], 1.0),
    ],
)
def test_when_things_are_bought_again(life: float, years: int, bought: list[int], left: float) -> None:
    """Life 10 in 20 years: at 10 only. Life 8: at 8 and 16, of the last 4 of 8 years are left. Life 6.4: it
    ends at 6.4, 12.8 and 19.2, in years 7, 13 and 20; of the last 5.6 of 6.4 years are left."""
    again, unused = renewals(np.array([life]), years)
    assert np.repeat(np.arange(years + 1), again[:, 0].astype(int)).tolist() == bought
    assert unused[0] == pytest.approx(left, abs=1e-12)


@given(st.floats(0.3, 80.0), st.integers(1, 60))
def test_what_is_bought_is_used_or_left(life: float, years: int) -> None:
    """Things bought, times their life, are the years they served and the years that are left."""
    again, left = renewals(np.array([life]), years)
    assert (1.0 + again.sum()) * life == pytest.approx(years + left[0] * life, rel=1e-9)
    assert 0.0 <= left[0] < 1.0


def test_age_begins_anew_after_a_renewal() -> None:
    """Life 3 over 8 years: bought again in years 3 and 6; years 1 to 8 begin with ages 0 1 2, 0 1 2, 0 1."""
    assert ages(np.array([3.0]), 8)[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_a_judged_life_takes_the_place_of_the_lines_own() -> None:
    battery = line("battery", 100.0, "kWh", 850.0, 10.0, 0.0)
    free = Finance(years=20, start_year=2030)
    own = evaluate([battery], BEFORE, AFTER, free)
    aged = evaluate([battery], BEFORE, AFTER, free, lives={"battery": 7.5})
    assert np.flatnonzero(own.table["replacement"]).tolist() == [10]
    assert np.flatnonzero(aged.table["replacement"]).tolist() == [8, 15]
    assert aged.npv_cny < own.npv_cny


def test_a_battery_fades_and_its_successor_is_fresh() -> None:
    """10,000 CNY a year at 2.5 %/a: year t loses 250 (t - 1), and after year 4, when it is renewed, anew."""
    better = dataclasses.replace(AFTER, battery_benefit_cny=10_000.0, pv_kwh=0.0)
    found = evaluate(
        [line("battery", 100.0, "kWh", 850.0, 4.0, 0.0)], BEFORE, better, Finance(years=6, start_year=2030)
    )
    assert found.table["battery_fade"] == pytest.approx([0, 0, -250, -500, -750, 0, -250])


def test_payback_counts_no_residual_value() -> None:
    """100,000 against 9,000 a year: 90,000 in ten years; what is left of the works is no money."""
    saved = dataclasses.replace(BEFORE, electricity_cny=191_000.0)
    found = evaluate(
        [line("wall", 1000.0, "m2", 100.0, 20.0, 0.0)], BEFORE, saved, Finance(years=10, start_year=2030)
    )
    assert found.table["residual"][10] == pytest.approx(50_000.0)
    assert found.table["cumulative"][10] == pytest.approx(40_000.0)
    assert found.simple_payback_a is None
    assert found.irr.value is not None
    assert found.irr.value > 0.0


def test_what_costs_more_is_signed() -> None:
    """More electricity than before: flows below nought, no rate, no payback, no cost of a tonne, and why."""
    worse = dataclasses.replace(BEFORE, electricity_cny=230_000.0, carbon_kg=200_000.0)
    found = evaluate(
        [line("wall", 10.0, "m2", 170.0, 25.0, 0.0)], BEFORE, worse, Finance(years=10, start_year=2030)
    )
    assert found.saving_cny == pytest.approx(-30_000.0)
    assert found.tonnes_a == pytest.approx(-20.0)
    assert found.npv_cny < -100_000.0
    assert found.table["net"][5] == pytest.approx(-30_000.0)
    assert found.simple_payback_a is None
    assert found.discounted_payback_a is None
    assert found.cost_per_tonne_cny is None
    assert {n["key"] for n in found.notes} == {
        "irr", "simple_payback_a", "discounted_payback_a", "cost_per_tonne_cny", "lcoe_cny_kwh",
    }  # fmt: skip


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.floats(0.0, 0.2))
def test_savings_mirrored_are_costs(electricity: float, gas: float, rate: float) -> None:
    """Nothing built: the flows of a change and of its reverse add up to nought in every year."""
    terms = Finance(discount_rate=rate, years=10, start_year=2030, electricity_growth=0.01)
    changed = dataclasses.replace(
        BEFORE, electricity_cny=200_000.0 + electricity, gas_cny=max(50_000.0 + gas, 0.0)
    )
    there, back = evaluate([], BEFORE, changed, terms), evaluate([], changed, BEFORE, terms)
    assert np.add(there.table["net"], back.table["net"]) == pytest.approx(np.zeros(11), abs=1e-6)
    assert there.npv_cny == pytest.approx(-back.npv_cny, abs=1e-6)


def test_the_table_adds_up() -> None:
    found = evaluate(LINES, BEFORE, AFTER, TERMS)
    summed = np.add.reduce([found.table[name] for name in COMPONENTS])
    assert summed == pytest.approx(np.array(found.table["net"]), abs=1e-6)
    assert found.table["calendar"] == [2026.0 + t for t in range(7)]


def test_growth_by_calendar_year() -> None:
    """Works in 2026, first bill 2027; from 2029 on 10 % a year: 100, 100, 110, 121, 133.1."""
    terms = Finance(years=5, start_year=2026, electricity_growth={2029: 0.1}, gas_growth=0.0)
    cheaper = dataclasses.replace(BEFORE, electricity_cny=199_900.0)
    found = evaluate([], BEFORE, cheaper, terms)
    assert found.table["electricity"][1:] == pytest.approx([100.0, 100.0, 110.0, 121.0, 133.1])


@pytest.mark.parametrize(("year", "paid"), [(2021, 0), (2022, 5), (2026, 5), (2027, 0)])
def test_the_reward_of_pv_ends_with_its_years(year: int, paid: int) -> None:
    """0.30 CNY/kWh for five years on generation where commissioned in 2022 to 2026; told either way."""
    terms = Finance(years=10, start_year=year, pv_reward="bipv")
    found = evaluate(LINES, BEFORE, AFTER, terms)
    assert np.count_nonzero(found.table["pv_reward"]) == paid
    if paid:
        assert found.table["pv_reward"][1] == pytest.approx(12_000.0)
    assert "finance.pv_reward" in {a.key for a in found.assumptions}


def test_the_reward_stops_at_its_full_load_hours() -> None:
    """40 kWp x 6,050 h = 242,000 kWh; 100,000 a year, fading: 100,000 + 99,450 leave 42,550 of year 3."""
    bright = dataclasses.replace(AFTER, pv_kwh=100_000.0)
    found = evaluate(
        LINES, BEFORE, bright, Finance(years=10, start_year=2025, pv_reward="distributed_generation")
    )
    assert found.table["pv_reward"][1:6] == pytest.approx([5000.0, 4972.5, 2127.5, 0.0, 0.0])


def test_tax_on_profit_by_hand() -> None:
    """100,000 CNY over a life of 10 years: 20,000 saved less 10,000 written off, 25 % of it is 2,500."""
    cheaper = dataclasses.replace(BEFORE, electricity_cny=180_000.0)
    terms = Finance(years=5, start_year=2030, tax_rate=0.25)
    found = evaluate([line("wall", 1000.0, "m2", 100.0, 10.0, 0.0)], BEFORE, cheaper, terms)
    assert found.table["tax"] == pytest.approx([0.0] + [-2500.0] * 5)
    assert "finance.tax" not in {a.key for a in found.assumptions}


def test_own_unit_costs_soft_costs_and_subsidy() -> None:
    """1,000 m2 at an own 150 with 10 % soft costs are 165,000; 20,000 are granted."""
    terms = Finance(
        years=10,
        start_year=2030,
        soft_costs=0.1,
        unit_costs={"wall": UnitCost(value=150.0, source="offer")},
        other_subsidy=OwnSubsidy(amount=20_000.0, source="district"),
    )
    found = evaluate([LINES[0]], BEFORE, AFTER, terms)
    assert found.capital_cny == pytest.approx(165_000.0)
    assert found.table["net"][0] == pytest.approx(-145_000.0)
    assert "finance.soft_costs" not in {a.key for a in found.assumptions}


def test_an_own_cost_must_say_which_item() -> None:
    two = [LINES[0], dataclasses.replace(LINES[0], item_en="scaffold")]
    terms = Finance(start_year=2030, unit_costs={"wall": UnitCost(value=1.0, source="x")})
    with pytest.raises(TwinError, match="wall: scaffold"):
        evaluate(two, BEFORE, AFTER, terms)
    terms = Finance(start_year=2030, unit_costs={"wall: scaffold": UnitCost(value=1.0, source="x")})
    assert evaluate(two, BEFORE, AFTER, terms).capital_cny == pytest.approx(171_000.0)


def test_subsidies_are_off_until_they_are_named() -> None:
    """1,000 m2, 100,000 kWh before: 30 % saved earns 25 CNY/m2; 17 % would earn 15; 3 % none."""
    terms = Finance(start_year=2026, subsidies=("existing_building_retrofit",))
    before = dataclasses.replace(BEFORE, grid_import_kwh=100_000.0)
    for imported, granted in ((70_000.0, 25_000.0), (83_000.0, 15_000.0), (97_000.0, 0.0)):
        found = evaluate(LINES, before, dataclasses.replace(AFTER, grid_import_kwh=imported), terms)
        assert found.subsidies_cny == {"existing_building_retrofit": granted}
        said = {a.key: a for a in found.assumptions}["subsidy.existing_building_retrofit"]
        assert said.confidence == "gk-verify"
    assert evaluate(LINES, before, AFTER, Finance(start_year=2026)).subsidies_cny == {}
    with pytest.raises(TwinError, match="no subsidy"):
        evaluate(LINES, before, AFTER, Finance(start_year=2026, subsidies=("gold",)))


@pytest.mark.parametrize(
    "change", [{"life": 0.0}, {"life": float("nan")}, {"quantity": -1.0}, {"maintenance": float("inf")}]
)
def test_a_line_that_cannot_be_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(TwinError):
        evaluate([dataclasses.replace(LINES[0], **change)], BEFORE, AFTER, TERMS)


def test_a_year_of_construction_that_nobody_wrote_is_told() -> None:
    """The project's own goes before the caller's, that before the library's."""
    bare = evaluate(LINES, BEFORE, AFTER, Finance())
    assert "finance.start_year" in {a.key for a in bare.assumptions}
    given = evaluate(LINES, BEFORE, AFTER, Finance(), start_year=2031)
    assert given.terms.start_year == 2031
    assert "finance.start_year" not in {a.key for a in given.assumptions}
    assert evaluate(LINES, BEFORE, AFTER, Finance(start_year=2029), start_year=2031).terms.start_year == 2029


@pytest.mark.parametrize("change", [{"gas_cny": -1.0}, {"carbon_kg": float("nan")}, {"floor_area_m2": 0.0}])
def test_a_year_that_cannot_be_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(TwinError):
        dataclasses.replace(BEFORE, **change)
