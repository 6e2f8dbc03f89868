"""Quotas by class: both sides of limits, classes that nobody gave, figures that are missing."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.standard_facts import Db31Class, Gbt51161Class
from twin.judges.factors import data
from twin.judges.quotas import quotas
from twin.judges.verdict import Verdict
from weather.errors import TwinError


def year(electricity: float, gas: float = 0.0, **changes: Any) -> dict[str, Any]:
    plain = {"hours": 8760.0, "floor_area_m2": 1000.0, "electricity_kwh": electricity, "gas_kwh": gas}
    return plain | changes


def held(energy: dict[str, Any], use: str, classes: dict[str, str], **more: Any) -> dict[str, Verdict]:
    _, verdicts = quotas(energy, use, classes=classes, **more)
    return {verdict.key.removeprefix("benchmark."): verdict for verdict in verdicts}


@pytest.mark.parametrize(
    ("use", "name", "constraint", "guide"),
    [
        ("office", "commercial_a", 85, 70),
        ("hotel", "four_star_b", 200, 150),
        ("retail", "general_a", 130, 110),
    ],
)
def test_gbt51161_on_both_sides(use: str, name: str, constraint: float, guide: float) -> None:
    """1,000 m2: the limit times 1,000 kWh, and a kWh more. From general knowledge, so never a pass."""
    for key, limit in (("gbt51161.constraint", constraint), ("gbt51161.guide", guide)):
        good = held(year(1000.0 * limit), use, {"gbt51161": name})[key]
        bad = held(year(1000.0 * limit + 1.0), use, {"gbt51161": name})[key]
        assert (good.met, bad.met, good.limit) == (True, False, limit)
        assert {good.status, bad.status} == {"assumed"}


def test_gas_counts_as_electricity() -> None:
    """10,813.89 kWh of gas = 1,000 m3; 9.85 / 2.6 kWh each on 1,000 m2: 3.788 kWh/m2."""
    found = held(year(0.0, 1000.0 * 38.93 / 3.6), "office", {"gbt51161": "commercial_b"})["gbt51161.guide"]
    assert found.value == pytest.approx(9.85 / 2.6)
    assert "assumed" in found.note


def test_db31_with_the_class_that_the_owner_gave() -> None:
    """Office class I: 14 kgce/m2 at 0.1229 kgce/kWh is 113,914 kWh on 1,000 m2; guide 11 is 89,504 kWh.

    Shopping centre: 90 kgce/m2 at 0.28232 is 318,787 kWh. Read second-hand: may pass and fail.
    """
    office = {"db31": "commercial_1"}
    assert held(year(113913.0), "office", office)["db31.constraint"].status == "pass"
    assert held(year(113915.0), "office", office)["db31.constraint"].status == "fail"
    assert held(year(89503.0), "office", office)["db31.guide"].status == "pass"
    assert held(year(89505.0), "office", office)["db31.guide"].status == "fail"
    assert held(year(318786.0), "retail", {"db31": "department_store"})["db31.constraint"].status == "pass"
    assert held(year(318788.0), "retail", {"db31": "department_store"})["db31.constraint"].status == "fail"
    assert held(year(1.0), "hotel", {"db31": "five_star"})["db31.constraint"].status == "assumed"
    assert held(year(1.0), "retail", {"db31": "catering"})["db31.guide"].status == "not_judged"


def test_without_a_class_the_usual_one_is_assumed_or_nothing_is_judged() -> None:
    """85.3 kWh/m2 at 0.1229 kgce/kWh is 10.48 kgce/m2, within the 14 of class I, which is ours to assume."""
    figures, verdicts = quotas(year(85.3 * 1000.0), "office")
    by_key = {verdict.key.removeprefix("benchmark."): verdict for verdict in verdicts}
    assert by_key["gbt51161.constraint"].status == "not_judged"
    assert "commercial_b" in by_key["gbt51161.constraint"].note
    assert "商业办公 B 类" in by_key["gbt51161.constraint"].note_zh
    assumed = by_key["db31.constraint"]
    assert assumed.value == pytest.approx(85.3 * 0.1229)
    assert (assumed.status, assumed.met, assumed.confidence) == ("assumed", True, "assumed")
    assert "class of the building is assumed" in assumed.note
    assert quotas(year(115.0 * 1000.0), "office")[1][2].met is False
    assert set(figures["classes"]["db31"]) == {"commercial_1"}
    assert figures["band"]["low"] == 70
    none, nothing = quotas(year(1.0), "hospital_inpatient")
    assert all(v.status == "not_judged" and "no quota" in v.note for v in nothing)
    assert none["band"]["high"] == 220
    assert {v.status for v in quotas(year(1.0), "hotel")[1]} == {"not_judged"}


def test_unknown_classes_are_refused() -> None:
    with pytest.raises(TwinError, match="class 'x'"):
        quotas(year(1.0), "office", classes={"gbt51161": "x"})
    with pytest.raises(TwinError, match="no quotas 'y'"):
        quotas(year(1.0), "office", classes={"y": "x"})


def test_a_class_of_another_use_is_told_and_not_judged() -> None:
    found = held(year(1.0), "office", {"gbt51161": "four_star_b", "db31": "five_star"})
    assert {one.status for one in found.values()} == {"not_judged"}
    assert "four_star_b is of another use" in found["gbt51161.guide"].note
    assert "commercial_a" in found["gbt51161.guide"].note_zh


def test_a_project_may_name_every_class_that_there_is() -> None:
    for key, words in (("gbt51161", Gbt51161Class), ("db31", Db31Class)):
        uses = data("energy_quotas.yaml")["standards"][key]["uses"]
        assert {name for rows in uses.values() for name in rows} == set(get_args(words))


def test_households() -> None:
    """10 households: 31,000 kWh and 2,400 m3 of gas (38.93 / 3.6 kWh each); of three, which is assumed."""
    gas = 2400.0 * 38.93 / 3.6
    good = held(year(31000.0, gas), "residential", {}, households=10)
    bad = held(year(31001.0, gas + 11.0), "residential", {}, households=10)
    for key in ("household.electricity", "household.gas"):
        assert (good[key].met, bad[key].met) == (True, False)
        assert good[key].status == "assumed"
    for number in (None, 0, math.nan):
        unknown = held(year(31000.0), "residential", {}, households=number)["household.electricity"]
        assert (unknown.status, "households" in unknown.note) == ("not_judged", True)


@given(
    key=st.sampled_from(["hours", "floor_area_m2", "electricity_kwh", "gas_kwh"]),
    gone=st.sampled_from([None, math.nan, math.inf, -1.0, "x", "absent"]),
)
def test_missing_figures_are_named(key: str, gone: Any) -> None:
    energy = year(1.0)
    if gone == "absent":
        del energy[key]
    else:
        energy[key] = gone
    classes = {"gbt51161": "commercial_a", "db31": "commercial_1"}
    for verdict in held(energy, "office", classes).values():
        assert verdict.status == "not_judged"
        assert key in verdict.note


def test_a_part_of_a_year_is_not_judged() -> None:
    found = held(year(1.0, hours=8000.0), "office", {"db31": "commercial_1"})["db31.constraint"]
    assert (found.status, "a whole year" in found.note) == ("not_judged", True)
