"""Both sides of every threshold, the fields of an office, and what is never a pass."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from buildings.description.loading import read_project
from buildings.description.pilot_facts import PilotFacts
from buildings.description.schema import Project
from twin.pilot.assess import Assessment, assess
from twin.pilot.reduction import reduction_between, reduction_of
from twin.pilot.rules import Offer, rules
from twin.pilot.works import by_item, items_of, works_of
from weather.errors import TwinError

FOUR = {"E1": ["pv"], "C2": ["wall"], "T2": ["ev"], "S1": ["green_roof"]}
FIVE = {**FOUR, "M1": ["ledger"]}


def facts(**said: Any) -> PilotFacts:
    """Facts from plain data."""
    return PilotFacts.model_validate(said)


def office(*, without: tuple[str, ...] = ()) -> Project:
    """The bundled office with retrofit, PV, storage, 光储直柔, vehicles, and a demand-response call."""
    with as_file(files("twin") / "examples") as folder:
        project = read_project(folder / "shanghai_office_pedf_call.yaml")
    building = project.buildings[0].model_copy(update=dict.fromkeys(without))
    return project.model_copy(update={"buildings": (building,)})


def of_office(floor_area: float, *, without: tuple[str, ...] = ()) -> Assessment:
    """The office as if it had that floor area."""
    works = works_of(office(without=without))
    return assess(None, floor_area, by_item(works), names={one.key: (one.zh, one.en) for one in works})


def statuses(found: Assessment, key: str) -> dict[str, str]:
    """Last word of each verdict's key to its status."""
    return {one.key.rpartition(".")[2]: one.status for one in found.of(key).verdicts}


# --- the office -----------------------------------------------------------------------------------------


def test_an_office_of_25000_m2_is_a_building_pilot_by_three_fields() -> None:
    found = of_office(25_000.0)
    assert found.fits == ("building",)
    assert found.nearest == "building"
    assert found.of("building").status == "pass"
    covered = {field.key: {item.id for item in field.items} for field in found.fields if field.covered}
    assert covered == {
        "energy": {"E1", "E2"},
        "urban_rural_construction": {"C2", "C4", "C5"},
        "transport": {"T2"},
    }
    energy = next(field for field in found.fields if field.key == "energy")
    assert [one.zh for one in energy.items[0].measures] == ["光伏", "电化学储能"]
    # What stands in the way all the same: nobody can apply now, and nothing is said of bodies and accounts.
    told = found.as_dict()
    assert told["open_now"] is False
    assert "首批" in told["batch"]["zh"]
    assert len(told["batch"]["check"]) >= 3
    assert {one.key for one in found.requirements if one.status == "missing"} == {
        "advantage", "accounting", "leading_body", "working_body",
    }  # fmt: skip


def test_without_chargers_it_covers_two_fields_and_is_told_what_a_third_could_be() -> None:
    found = of_office(25_000.0, without=("ev",))
    building = found.of("building")
    assert (building.status, building.missing_fields) == ("fail", 1)
    assert statuses(found, "building") == {"gross_floor_area_m2": "pass", "fields": "fail"}
    assert not building.expert_review  # the threshold itself is kept
    assert [one.offer.item for one in found.suggestions] == ["M1", "N4", "T2", "S1"]
    assert found.nearest == "building"


def test_15000_m2_fails_on_area_and_is_told_what_would_help() -> None:
    found = of_office(15_000.0)
    building = found.of("building")
    assert statuses(found, "building") == {"gross_floor_area_m2": "fail", "fields": "pass"}
    assert building.expert_review
    assert any("5,000 m2 short" in one.en and "contiguous" in one.en for one in building.helps)
    assert any("5,000 m²" in one.zh for one in building.helps)
    assert found.fits == ()


@pytest.mark.parametrize(("area", "status"), [(20_000.0, "pass"), (19_999.9, "fail")])
def test_both_sides_of_the_floor_area(area: float, status: str) -> None:
    assert of_office(area).of("building").status == status


def test_a_priced_offer_of_a_catalogue_comes_before_an_unpriced_one() -> None:
    priced = Offer("S1", "简式屋顶绿化", "extensive green roof", 4, "green_roof", 300_000.0)
    dearer = Offer("S1", "花园屋顶", "intensive green roof", 4, "garden", 900_000.0)
    found = assess(None, 25_000.0, {}, offers=(dearer, priced))
    sink = next(one for one in found.suggestions if one.field == "carbon_sink")
    assert sink.offer == priced


# --- systems to items -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        (("ev",), {"T2"}),
        (("battery",), {"E2", "C5"}),
        (("dc_bus",), {"E2", "C5"}),
        ((), set()),
    ],
)
def test_items_follow_the_systems(without: tuple[str, ...], lost: set[str]) -> None:
    assert set(items_of(office())) - set(items_of(office(without=without))) == lost


def test_an_office_as_it_stands_covers_nothing() -> None:
    with as_file(files("twin") / "examples") as folder:
        assert items_of(read_project(folder / "shanghai_office_2005.yaml")) == {}


def test_a_hotel_with_every_system_shows_heat_hydrogen_and_facade() -> None:
    with as_file(files("twin") / "examples") as folder:
        found = items_of(read_project(folder / "shanghai_all_systems.yaml"))
    assert set(found["E1"]) == {"pv", "bipv", "battery", "solar_heat", "borefield"}
    assert found["E3"] == ("hydrogen",)
    assert set(found["C2"]) == {"bipv", "solar_heat"}  # its envelope is that of the code, no more


# --- enterprise -----------------------------------------------------------------------------------------


def enterprise(baseline: float, cut: float, items: Any = None) -> Assessment:
    """An enterprise by its own figures."""
    said = facts(type="enterprise_institution", emissions={"baseline": baseline, "further_reduction": cut})
    return assess(said, 8_000.0, FOUR if items is None else items, reduction_of(said, None))


@pytest.mark.parametrize(
    ("rate", "cut", "expected"),
    [
        (0.49, 5100.0, {"reduction_rate": "fail", "reduction_t": "pass"}),
        (0.51, 4900.0, {"reduction_rate": "pass", "reduction_t": "fail"}),
        (0.51, 5100.0, {"reduction_rate": "pass", "reduction_t": "pass"}),
        (0.50, 5100.0, {"reduction_rate": "fail", "reduction_t": "pass"}),
        (0.51, 5000.0, {"reduction_rate": "pass", "reduction_t": "pass"}),
    ],
)
def test_an_enterprise_on_both_sides_of_both_thresholds(
    rate: float, cut: float, expected: dict[str, str]
) -> None:
    """Rates by hand: 5,100 of 10,408.16 t is 49 %, of 10,000 t 51 %, of 10,200 t exactly 50 %."""
    found = enterprise(round(cut / rate, 2), cut)
    assert statuses(found, "enterprise_institution") == {**expected, "fields": "pass"}
    whole = "pass" if set(expected.values()) == {"pass"} else "fail"
    assert found.of("enterprise_institution").status == whole
    assert found.of("enterprise_institution").expert_review == (whole == "fail")


@pytest.mark.parametrize("before", [0.3, 10_200.2, 1e-3, 12_345.678, 7.7])
def test_half_is_half_whatever_the_decimals(before: float) -> None:
    """The half of a decimal figure, written as a decimal, is never more than 50 %."""
    from decimal import Decimal

    half = float(Decimal(repr(before)) / 2)
    assert reduction_between(before, half, from_model=False).rate == 0.5


def test_tonnes_are_exact_too() -> None:
    """8,192.3 - 3,192.3 t is 5,000 t, which binary subtraction misses."""
    assert 8192.3 - 3192.3 < 5000.0
    assert reduction_between(8192.3, 3192.3, from_model=False).tonnes == 5000.0


def test_the_models_reduction_counts_into_the_applicants() -> None:
    """Of 10,000 t 1,200 t are in the model and fall to 500 t; 4,500 t fall elsewhere: 5,200 t, 52 %."""
    said = facts(emissions={"baseline": 10_000, "further_reduction": 4_500})
    found = reduction_of(said, (1_200.0, 500.0))
    assert found is not None
    assert (found.tonnes, found.rate, found.from_model) == (5200.0, 0.52, False)


def test_a_building_taken_for_the_whole_applicant_is_no_pass() -> None:
    alone = reduction_of(None, (10_000.0, 4_000.0))
    found = assess(None, 8_000.0, FOUR, alone)
    assert found.of("enterprise_institution").status == "assumed"
    assert found.fits == ()
    assert {"pilot.reduction.reading", "pilot.reduction.scope"} <= {one.key for one in found.assumptions}
    said = facts(emissions={"all_modelled": True})
    found = assess(said, 8_000.0, FOUR, reduction_of(said, (10_000.0, 4_000.0)))
    assert found.fits == ("enterprise_institution",)


def test_emissions_that_rise_have_a_negative_rate() -> None:
    found = reduction_between(100.0, 130.0, from_model=True)
    assert (found.rate, found.tonnes) == (-0.3, -30.0)


@pytest.mark.parametrize(
    ("said", "model", "key"),
    [
        ({"baseline": 900}, (1_000.0, 500.0), "pilot.emissions.baseline"),
        (
            {"baseline": 1_000, "further_reduction": 800},
            (900.0, 400.0),
            "pilot.emissions.further_reduction",
        ),
        ({}, (0.0, 0.0), "pilot.emissions"),
        ({}, (float("nan"), 0.0), "pilot.emissions"),
    ],
)
def test_emissions_that_contradict_the_model(
    said: dict[str, float], model: tuple[float, float], key: str
) -> None:
    with pytest.raises(TwinError) as told:
        reduction_of(facts(emissions=said), model)
    assert told.value.key == key


# --- park, area, community ------------------------------------------------------------------------------


@pytest.mark.parametrize(("area", "status"), [("1 km2", "pass"), ("0.999 km2", "fail")])
@pytest.mark.parametrize(
    ("kind", "enough", "short"),
    [("industrial_park", FOUR, {k: FOUR[k] for k in ("E1", "C2", "T2")}), ("comprehensive_area", FIVE, FOUR)],
)
def test_parks_and_areas(kind: str, enough: Any, short: Any, area: str, status: str) -> None:
    said = facts(type=kind, area=area)
    assert assess(said, None, enough).of(kind).status == status
    assert assess(said, None, short).of(kind).status == "fail"
    assert assess(said, None, short).of(kind).missing_fields == 1


@pytest.mark.parametrize(
    ("location", "households", "status"),
    [
        ("central_city", 2000, "pass"),
        ("central_city", 1999, "fail"),
        ("suburb", 1500, "pass"),
        ("suburb", 1499, "fail"),
        (None, 2000, "pass"),  # enough anywhere
        (None, 1499, "fail"),  # too few anywhere
        (None, 1700, "not_judged"),
        ("suburb", None, "not_judged"),
    ],
)
def test_communities_by_location(location: str | None, households: int | None, status: str) -> None:
    said = facts(type="residential_community", location=location, households=households)
    found = assess(said, None, FOUR).of("residential_community")
    assert found.status == status
    if status == "not_judged":
        missing = "pilot.location" if households else "pilot.households"
        assert missing in found.verdicts[0].note
        assert missing in found.verdicts[0].note_zh


# --- goals, statements, errors --------------------------------------------------------------------------


def goal(**said: Any) -> dict[str, str]:
    found = assess(facts(**said), 25_000.0, FOUR)
    return {one.key.removeprefix("pilot.goal."): one.status for one in found.goal_verdicts}


def test_the_rules_of_both_goals() -> None:
    assert goal() == {"years": "not_judged"}
    assert goal(period={"start": 2027}) == {"years": "pass"}
    long = assess(facts(period={"start": 2027, "years": 5}), 25_000.0, FOUR).goal_verdicts[0]
    assert (long.status, "usual 3" in long.note) == ("pass", True)
    stages = [{"years": 3, "target": "40 %"}, {"years": 4, "target": 1.0}]
    neutral = {"goal": "carbon_neutral", "period": {"start": 2027}}
    expected = {"first_stage_years": "pass", "targets_rise": "pass", "specification": "not_judged"}
    assert goal(**neutral, stages=stages) == expected
    assert goal(**neutral, stages=[{"years": 4, "target": 0.4}, {"years": 2, "target": 0.4}]) == {
        "first_stage_years": "fail",
        "targets_rise": "fail",
        "specification": "not_judged",
    }
    assert goal(**neutral, stages=[{"years": 3}, {"years": 2, "target": 1}])["targets_rise"] == "not_judged"
    assert goal(goal="carbon_neutral")["first_stage_years"] == "not_judged"


def test_stages_follow_each_other_in_the_calendar() -> None:
    said = facts(goal="carbon_neutral", period={"start": 2027}, stages=[{"years": 3}, {"years": 2}])
    assert [(s.number, s.first_year, s.years) for s in assess(said, None, {}).stages] == [
        (1, 2027, 3),
        (2, 2030, 2),
    ]


def test_a_statement_covers_a_field_in_its_own_words() -> None:
    said = facts(planned=["T3", {"item": "N4", "text": "EMC for ten years", "text_zh": "十年合同能源管理"}])
    found = assess(said, 25_000.0, {"E1": ["pv"]})
    assert {field.key for field in found.fields if field.covered} == {
        "energy", "transport", "mechanism_innovation",
    }  # fmt: skip
    market = next(field for field in found.fields if field.key == "mechanism_innovation").items[0]
    assert (market.statement_en, market.statement_zh) == ("EMC for ten years", "十年合同能源管理")
    assert found.of("building").status == "pass"
    stated = facts(basis={"leading_body": "The board", "accounting": {"text": "Meters", "text_zh": "电表"}})
    by_key = {one.key: one for one in assess(stated, 1.0, {}).requirements}
    assert (by_key["accounting"].status, by_key["accounting"].note_zh) == ("stated", "电表")
    assert by_key["plan"].status == "drafted"


def test_an_item_without_a_measure_covers_nothing() -> None:
    assert not any(field.covered for field in assess(None, 1.0, {"E1": []}).fields)


def test_what_contradicts_or_is_unknown_is_told() -> None:
    with pytest.raises(TwinError, match="no item"):
        assess(None, 1.0, {"X9": ["pv"]})
    with pytest.raises(TwinError) as told:
        assess(facts(gross_floor_area=15_000), 20_000.0, {})
    assert told.value.key == "pilot.gross_floor_area"
    assert assess(facts(gross_floor_area=25_000), 20_000.0, FOUR).of("building").status == "pass"


@pytest.mark.parametrize(
    "said",
    [
        {"period": {"start": 2027, "years": 6}},
        {"stages": [{"years": 3}]},
        {"planned": ["M1", "M1"]},
        {"planned": ["M9"]},
        {"emissions": {"further_reduction": 10}},
        {"emissions": {"baseline": 10, "further_reduction": 11}},
        {"emissions": {"baseline": 10, "all_modelled": True}},
        {"households": 0},
        {"area": "3 kW"},
    ],
)
def test_facts_out_of_bounds_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        facts(**said)


# --- never a pass by what nobody said -------------------------------------------------------------------

NEEDED = {
    "comprehensive_area": {"area"},
    "industrial_park": {"area"},
    "residential_community": {"households"},
    "building": {"floor_area"},
    "enterprise_institution": {"reduction"},
}


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    """A facts block of which anything may be missing."""
    said: dict[str, Any] = {
        "location": draw(st.sampled_from([None, "central_city", "suburb"])),
        "area": draw(st.none() | st.floats(1.0, 1e9)),
        "households": draw(st.none() | st.integers(1, 10_000)),
        "gross_floor_area": draw(st.none() | st.floats(20_000.0, 1e7)),
        "type": draw(st.none() | st.sampled_from(sorted(NEEDED))),
        "planned": draw(st.lists(st.sampled_from(sorted(rules().items)), unique=True)),
    }
    if draw(st.booleans()):
        baseline = draw(st.floats(1.0, 1e6))
        said["emissions"] = {"baseline": baseline}
        if draw(st.booleans()):
            said["emissions"]["further_reduction"] = draw(st.floats(0.0, baseline))
    return said


@given(
    said=blocks(),
    floor_area=st.none() | st.just(float("nan")) | st.floats(1.0, 20_000.0),
)
def test_a_missing_figure_is_never_a_pass(said: dict[str, Any], floor_area: float | None) -> None:
    block = facts(**said)
    known = floor_area if floor_area is not None and floor_area == floor_area else None
    reduction = reduction_of(block, None)
    found = assess(block, floor_area, {"E1": ["pv"], "E2": []}, reduction)
    have = {
        "area": block.area,
        "households": block.households,
        "floor_area": block.gross_floor_area if block.gross_floor_area is not None else known,
        "reduction": reduction,
    }
    covered = {rules().items[one.item].field for one in block.planned} | {"energy"}
    for kind, needs in NEEDED.items():
        missing = any(have[need] is None for need in needs)
        short = len(covered) < rules().types[kind].min_fields.value
        if missing or short:
            assert kind not in found.fits
    for one in found.types:
        for verdict in one.verdicts:
            assert (verdict.status == "not_judged") == (verdict.met is None)
            assert verdict.status != "not_judged" or (verdict.note and verdict.note_zh)
    assert json.dumps(found.as_dict(), allow_nan=False)
