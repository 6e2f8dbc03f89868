"""Renewals that fall due anyway: by hand to the fen, alike on both sides, only where a part is replaced."""

from __future__ import annotations

import dataclasses
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.finance import Contract, Finance, RenewalDue
from buildings.description.loading import parse_project
from buildings.retrofit.library import default_library
from buildings.retrofit.renewal import RenewalWork, StandingPart, standing_parts
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics import AnnualState, evaluate, ranges
from twin.economics.renewal import Renewal, avoided_by, renewals_of
from weather.errors import TwinError

BEFORE = AnnualState(80_000.0, 0.0, 100_000.0, 80_000.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1000.0)
AFTER = dataclasses.replace(BEFORE, electricity_cny=70_000.0, carbon_kg=90_000.0)
COST = Spread(100.0, 100.0, 100.0, "test", 2025, "derived")
PLANT = WorkLine("chillers", "office", "chillers", "冷机", 1000.0, "kW", COST, 10.0, 0.0, COST, 0.0)
SLOTS = {"chillers": "plant", "glass": "windows", "film": "film"}


def standing(cost: Spread, life: float, *, area: float | None = None, key: str = "plant") -> StandingPart:
    work = RenewalWork("old machine", "旧机组", 600.0, "kW", cost, life)
    return StandingPart(key, "Plant", "冷热源", (work,), area)


OLD = standing(Spread(80.0, 100.0, 130.0, "test", 2025, "assumed"), 8.0)


def due(finance: Finance, part: StandingPart = OLD) -> tuple[Renewal, ...]:
    return renewals_of(finance, {part.key: part}, finance.start_year or 2026)


def fen(value: Decimal | float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_an_avoided_renewal_to_the_fen() -> None:
    """New plant for 100,000 in 2030, life 10; the old one falls due in 2033 for 60,000, life 8; 12 years.

    Without the works 60,000 are paid in year 3 and, 8 years on, in year 11; of the latter 7/8 are left in
    year 12: 52,500. The new plant is bought again in year 10; 8/10 of it are left: 80,000. The row of
    residual values holds 80,000 - 52,500 = 27,500. With 10,000 saved a year the net flows are -100,000;
    10,000; 10,000; 70,000; 10,000 six times; -90,000; 70,000; 37,500. Their present value at 6 %: saved
    10,000 x 8.3838439 = 83,838.44; avoided 60,000 x (0.8396193 + 0.5267875) = 81,984.41; works -100,000 -
    55,839.48; left 27,500 x 0.4969694 = 13,666.66; together 23,650.03.
    """
    finance = Finance(discount_rate=0.06, years=12, start_year=2030, renewal_due={"plant": 2033})
    found = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance))
    avoided = [0.0] * 13
    avoided[3] = avoided[11] = 60_000.0
    assert found.table["avoided_renewal"] == pytest.approx(avoided, abs=1e-9)
    assert found.table["replacement"][10] == pytest.approx(-100_000.0)
    assert found.table["residual"] == pytest.approx([0.0] * 12 + [27_500.0], abs=1e-9)
    net = [-100_000, 10_000, 10_000, 70_000, *[10_000] * 6, -90_000, 70_000, 37_500]
    assert [fen(value) for value in found.table["net"]] == [fen(value) for value in net]
    worth = sum(Decimal(value) / Decimal("1.06") ** year for year, value in enumerate(net))
    assert fen(found.npv_cny) == fen(worth) == Decimal("23650.03")
    assert found.capital_cny == pytest.approx(100_000.0)  # what is paid stays what is paid
    told = {one.key: one for one in found.assumptions}["renewal.plant.old machine"]
    assert (told.value, told.confidence) == (pytest.approx(60_000.0), "assumed")
    assert "2033" in told.en
    assert "2033" in told.zh


def test_nothing_is_avoided_until_the_project_says_so() -> None:
    finance = Finance(discount_rate=0.06, years=12, start_year=2030)
    assert due(finance) == ()
    found = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance))
    assert not any(found.table["avoided_renewal"])
    assert found.table["residual"][12] == pytest.approx(80_000.0)
    assert "no replacement" in {one.key: one for one in found.assumptions}["finance.before"].en


@given(st.floats(1.0, 40.0), st.integers(5, 40), st.floats(0.0, 0.2))
def test_what_is_due_at_once_and_bought_like_for_like_costs_nothing(
    life: float, years: int, rate: float
) -> None:
    """The same machine at the same price and life, due in the year of the works: no flow in any year."""
    finance = Finance(discount_rate=rate, years=years, start_year=2030, renewal_due={"plant": 2030})
    part = standing(Spread(100.0, 100.0, 100.0, "test", 2025, "derived"), life)
    line = dataclasses.replace(PLANT, quantity=600.0, life=life)
    found = evaluate([line], BEFORE, BEFORE, finance, renewals=due(finance, part))
    assert found.table["net"] == pytest.approx([0.0] * (years + 1), abs=1e-6)
    assert found.npv_cny == pytest.approx(0.0, abs=1e-6)


@given(st.integers(0, 25), st.integers(5, 40))
def test_buying_early_gives_away_the_years_that_were_left(wait: int, years: int) -> None:
    """Without interest 60,000 of a life of 25 a, bought `wait` years early, cost 60,000 x wait / 25.

    So also where the part would outlast the horizon: what would be left of it is given away like any other.
    """
    finance = Finance(discount_rate=0.0, years=years, start_year=2030, renewal_due={"plant": 2030 + wait})
    part = standing(Spread(100.0, 100.0, 100.0, "test", 2025, "derived"), 25.0)
    line = dataclasses.replace(PLANT, quantity=600.0, life=25.0)
    found = evaluate([line], BEFORE, BEFORE, finance, renewals=due(finance, part))
    assert found.npv_cny == pytest.approx(-60_000.0 * wait / 25.0, abs=1e-6)


def test_payback_counts_purchases_and_no_residual_of_either_side() -> None:
    """100,000 against 10,000 a year and 60,000 in year 3: 90,000 after 3 years, the rest after 4."""
    finance = Finance(discount_rate=0.0, years=8, start_year=2030, renewal_due={"plant": 2033})
    found = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance))
    assert found.simple_payback_a == pytest.approx(4.0)


def test_a_part_installed_long_ago_is_due_at_the_end_of_its_life() -> None:
    """Installed in 2026 with a life of 8 a: due in 2034, year 4. Installed in 2015: overdue, due at once."""
    for installed, first in ((2026, 4), (2015, 0)):
        finance = Finance(years=6, start_year=2030, renewal_due={"plant": RenewalDue(installed=installed)})
        found = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance))
        assert np.flatnonzero(found.table["avoided_renewal"]).tolist() == [first]
        assert ("has passed" in due(finance)[0].told.en) == (first == 0)


def test_only_what_is_replaced_is_avoided_and_windows_by_their_area() -> None:
    """New glass on 300 of 400 m2 avoids three quarters of 60,000; film and another slot avoid nothing."""
    finance = Finance(start_year=2030, renewal_due={"windows": 2031})
    part = standing(COST, 25.0, area=400.0, key="windows")
    glass = dataclasses.replace(PLANT, measure="glass", quantity=300.0, unit="m2")
    all_due = due(finance, part)
    assert [one.amount.value for one in avoided_by(all_due, [glass], SLOTS)] == [pytest.approx(45_000.0)]
    more = dataclasses.replace(glass, quantity=500.0)
    assert avoided_by(all_due, [more], SLOTS)[0].amount.value == pytest.approx(60_000.0)
    film = dataclasses.replace(glass, measure="film")
    assert avoided_by(all_due, [film, PLANT], SLOTS) == ()
    # two lines of one purchase are one renewal
    both = [glass, dataclasses.replace(glass, item_en="old glass taken away")]
    assert avoided_by(all_due, both, SLOTS)[0].amount.value == pytest.approx(45_000.0)


def test_an_own_amount_takes_the_place_of_the_librarys() -> None:
    own = RenewalDue(year=2033, amount=90_000.0, life=12.0, source="offer")
    finance = Finance(years=12, start_year=2030, renewal_due={"plant": own})
    (found,) = due(finance)
    assert (found.amount.value, found.life, found.told.confidence) == (90_000.0, 12.0, "stored:primary")
    assert "offer" in found.told.source
    money = evaluate([PLANT], BEFORE, AFTER, finance, renewals=(found,))
    assert np.flatnonzero(money.table["avoided_renewal"]).tolist() == [3]


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ({"lift": 2033}, "Known: plant"),
        ({"plant": 2039}, "2038"),
        ({"plant": {"installed": 2031}}, "newer than new"),
    ],
)
def test_a_renewal_that_cannot_be_is_refused(written: dict[str, object], word: str) -> None:
    finance = Finance.model_validate({"start_year": 2030, "renewal_due": written})
    with pytest.raises(TwinError, match=word) as refused:
        due(finance)
    assert (refused.value.key or "").startswith("retrofit.finance.renewal_due.")


def test_a_part_of_unknown_cost_needs_an_amount_and_a_life() -> None:
    bare = dataclasses.replace(OLD, key="kitchen", works=())
    for written, key in (
        (RenewalDue(year=2033), "amount"),
        (RenewalDue(year=2033, amount=5.0, source="offer"), "life"),
    ):
        with pytest.raises(TwinError) as refused:
            due(Finance(start_year=2030, renewal_due={"kitchen": written}), bare)
        assert refused.value.key == f"retrofit.finance.renewal_due.kitchen.{key}"


def test_tax_is_paid_on_what_is_not_written_off() -> None:
    """25 % of 10,000 saved less 10,000 written off is nothing; from year 4 on 60,000 / 8 = 7,500 a year of
    the old plant's successor are no longer written off: 1,875 a year."""
    finance = Finance(years=6, start_year=2030, tax_rate=0.25, renewal_due={"plant": 2033})
    found = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance))
    assert found.table["tax"] == pytest.approx([0.0, 0.0, 0.0, 0.0, -1875.0, -1875.0, -1875.0], abs=1e-9)


def test_a_contract_leaves_the_avoided_renewal_to_the_owner() -> None:
    """The investor is paid from the saving of energy; both flows still add up to the project's."""
    finance = Finance(years=12, start_year=2030, contract=Contract(years=8))
    later = finance.model_copy(update={"renewal_due": {"plant": 2033}})
    bare = evaluate([PLANT], BEFORE, AFTER, finance).contract
    found = evaluate([PLANT], BEFORE, AFTER, later, renewals=due(later))
    assert bare is not None
    assert found.contract is not None
    assert found.contract["investor_cny"] == bare["investor_cny"]
    both = np.add(found.contract["owner_cny"], found.contract["investor_cny"])
    assert both == pytest.approx(np.array(found.table["net"]), abs=1e-9)


def test_its_cost_and_life_are_drawn() -> None:
    """Triangular 48,000, 60,000, 78,000: the tornado ends where the sheet says, in year 3 and 11 less 7/8.

    At 0 % and 12 years an amount A brings A x 2 - A x 7/8 = 1.125 A: from 60,000 to 78,000 are 20,250 more.
    """
    finance = Finance(discount_rate=0.0, years=12, start_year=2030, renewal_due={"plant": 2033})
    found = ranges([PLANT], BEFORE, AFTER, finance, renewals=due(finance), samples=200, seed=3)
    base = evaluate([PLANT], BEFORE, AFTER, finance, renewals=due(finance)).npv_cny
    row = {one["input"]: one for one in found["tornado"]}["renewal.plant.old machine"]
    assert row["high"] == pytest.approx(base + 1.125 * 18_000.0)
    assert row["low"] == pytest.approx(base - 1.125 * 12_000.0)
    assert (row["low_input"], row["high_input"]) == (pytest.approx(48_000.0), pytest.approx(78_000.0))
    again = ranges([PLANT], BEFORE, AFTER, finance, renewals=due(finance), samples=200, seed=3)
    assert again == found


PROJECT = """
schema: 1
name: box
buildings:
  - {name: box, archetype: office, era: gb50189-2005, floor_area: 900 m2, floors: 2, hvac: {HVAC}}
"""


@pytest.mark.parametrize(
    ("hvac", "plant"),
    [
        ("type: chiller_boiler, equipment: chiller_boiler_2005", 1100.0 * 90.0 + 300.0 * 60.0),
        ("type: vrf, equipment: split_multi_2005", 300.0 * 900.0),
    ],
)
def test_parts_as_they_stand(hvac: str, plant: float) -> None:
    """Chillers by their kW of cold and the boiler by its heat, split units by floor; glass by its area."""
    building = parse_project(PROJECT.replace("HVAC", hvac)).buildings[0]
    found = standing_parts(building, {"cooling_capacity_kw": 90.0, "heating_capacity_kw": 60.0})
    amount = {
        key: sum(work.quantity * work.unit_cost.value for work in part.works) for key, part in found.items()
    }
    assert amount["plant"] == pytest.approx(plant)
    assert amount["lighting"] == pytest.approx(35.0 * 900.0)
    glass = found["windows"].area_m2
    assert glass is not None
    assert 50.0 < glass < 900.0
    assert amount["windows"] == pytest.approx(500.0 * glass)
    assert set(found) <= {measure.slot for measure in default_library().values()}
    for part in found.values():
        for work in part.works:
            assert work.unit_cost.source
            assert work.unit_cost.low <= work.unit_cost.value <= work.unit_cost.high
