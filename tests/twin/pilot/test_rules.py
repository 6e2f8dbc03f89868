"""The rules as data: complete, in two languages, and the same items as a project may name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from buildings.description.pilot_facts import PilotFacts, PilotItem, PilotType
from buildings.retrofit.library import default_library
from twin.pilot.rules import rules
from twin.pilot.works import items_within


def test_five_types_and_eight_fields_of_29_items() -> None:
    assert set(rules().types) == set(get_args(PilotType))
    assert len(rules().fields) == 8
    assert set(rules().items) == set(get_args(PilotItem))
    assert len(rules().items) == 29


@pytest.mark.parametrize(
    ("key", "fields", "limits"),
    [
        ("comprehensive_area", 5, {(">=", 1.0)}),
        ("industrial_park", 4, {(">=", 1.0)}),
        ("residential_community", 4, {(">=", 2000.0), (">=", 1500.0)}),
        ("building", 3, {(">=", 20000.0)}),
        ("enterprise_institution", 3, {(">", 0.5), (">=", 5000.0)}),
    ],
)
def test_figures_of_the_document(key: str, fields: int, limits: set[tuple[str, float]]) -> None:
    pilot = rules().types[key]
    assert pilot.min_fields.value == fields
    assert {(one.relation, one.limit.value) for one in pilot.thresholds} == limits
    for figure in (pilot.min_fields, *(one.limit for one in pilot.thresholds)):
        assert (figure.origin.year, figure.origin.confidence) == (2022, "stored:primary")


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leaves(value, f"{path}[{i}]")
    else:
        yield path, node


def test_no_comma_of_a_text_was_read_as_a_key() -> None:
    """`{en: one, two}` is a mapping with a key `two` of no value."""
    assert [path for path, value in leaves(rules().raw) if value is None] == []


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every zh/en pair: path, word before, mapping."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, f"{path}.{key}")
            for a, b in (("zh", "en"), ("en", "zh")):
                if key == a or key.endswith(f"_{a}"):
                    yield f"{path}.{key}", key.removesuffix(a) + b, node
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from texts(value, f"{path}[{i}]")


def test_every_text_is_there_in_both_languages() -> None:
    found = list(texts(rules().raw))
    assert len(found) > 200
    for path, other, node in found:
        key = path.rpartition(".")[2]
        assert other in node, path
        assert type(node[other]) is type(node[key]), path
        assert len(node[other]) > 0 or key.startswith("emphasis"), path
        if isinstance(node[key], list):
            assert len(node[other]) == len(node[key]), path
        chinese = node[key if key.endswith("zh") else other]
        for text in chinese if isinstance(chinese, list) else [chinese]:
            assert any("一" <= c <= "鿿" for c in text), path


def test_offers_are_for_items_that_a_model_can_show() -> None:
    for offer in rules().offers:
        assert rules().items[offer.item].evidence == "model"


def test_the_schema_bounds_the_period_by_the_rules_own_limit() -> None:
    assert rules().goal_years["absolute"].value == 5
    assert rules().goal_years["normal"].value == 3
    facts = PilotFacts.model_validate({"period": {"start": 2027}})
    assert facts.period is not None
    assert facts.period.years == rules().goal_years["normal"].value


def test_no_measure_counts_for_an_item_that_the_rules_do_not_name() -> None:
    """E1 is renewables and new storage, which gives electricity; E2 a system of sources, grid and stores.

    What burns no gas, plans a day or stores cold is neither; a chiller is no group control (C4).
    """
    covers = {key: set(measure.fields) for key, measure in default_library().items()}
    generating = {"roof_pv", "facade_pv", "pvt", "ground_source", "battery"}
    for key, measure in default_library().items():
        assert ("E1" in covers[key]) is (measure.action.type in generating), key
    assert {key for key, items in covers.items() if "E2" in items} == {"pedf_droop", "chargers_v2b"}
    steering = {"control", "operation", "lighting_control", "demand_controlled"}
    for key, measure in default_library().items():
        assert ("C4" in covers[key]) is (measure.action.type in steering), key


@pytest.mark.parametrize(
    ("systems", "covered"),
    [({"pv", "dc_bus"}, ("C4",)), ({"pv", "dc_bus", "battery"}, ("C5", "C4", "E2")), (set(), ("C4",))],
)
def test_a_droop_without_pv_and_battery_is_no_pedf(systems: set[str], covered: tuple[str, ...]) -> None:
    library = default_library()
    measure = library["pedf_droop"]
    assert items_within(measure, measure.fields, systems) == covered
    # What is no part of it stays, with whatever systems.
    assert items_within(library["led"], library["led"].fields, systems) == ("C2",)
    assert items_within(library["dc_bus"], ["C5"], systems) == (("C5",) if len(covered) == 3 else ())
