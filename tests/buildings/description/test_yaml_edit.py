"""Values changed where they stand: what was asked for and nothing else, comments included."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.yaml_edit import edited
from buildings.description.yaml_text import parse_yaml
from weather.errors import TwinError

_EXAMPLES = Path(str(files("twin") / "examples"))
HOUSE = (_EXAMPLES / "shanghai_house.yaml").read_text("utf-8")


def _lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_a_number_changes_and_its_comment_stays() -> None:
    text = "a: 1  # 一\nb:\n  c: 20 m2 # two\n  d: [1, 2]\n"
    assert edited(text, {("b", "c"): "30 m2"}) == "a: 1  # 一\nb:\n  c: 30 m2 # two\n  d: [1, 2]\n"


def test_a_key_that_is_not_there_comes_behind_the_others_of_its_mapping() -> None:
    gone, come = _lines(HOUSE, edited(HOUSE, {("buildings", 0, "battery", "capacity"): 10.0}))
    assert (gone, come) == ([], ["    battery: {capacity: 10.0}"])


def test_inside_brackets_a_key_comes_before_the_closing_one() -> None:
    _, come = _lines(HOUSE, edited(HOUSE, {("buildings", 0, "zones", 0, "gains", "lighting_power"): 4.0}))
    assert come[0].endswith("use: residential_living, gains: {lighting_power: 4.0}}")


def test_an_item_is_added_and_taken_out() -> None:
    longer = edited(HOUSE, {("buildings", 0, "pv", 1): {"name": "wall", "capacity": 2.0}})
    assert parse_yaml(longer, "x").plain()["buildings"][0]["pv"][1] == {"name": "wall", "capacity": 2.0}
    assert edited(longer, {("buildings", 0, "pv", 1): None}) == HOUSE


def test_a_block_is_taken_out_whole_and_its_neighbours_stay() -> None:
    gone, come = _lines(HOUSE, edited(HOUSE, {("buildings", 0, "surfaces"): None}))
    assert come == []
    assert "    surfaces:" in gone
    assert "    hvac: {type: vrf}" not in gone


def test_what_is_not_there_need_not_be_taken_out() -> None:
    assert edited(HOUSE, {("buildings", 0, "ev"): None}) == HOUSE


def test_a_path_through_a_number_is_told() -> None:
    with pytest.raises(TwinError, match="holds no keys"):
        edited("a: 3\n", {("a", "b"): 1})


def test_text_without_a_last_line_break_and_an_empty_value() -> None:
    assert parse_yaml(edited("a: 1\nb: 2", {("c",): 3}), "x").plain() == {"a": 1, "b": 2, "c": 3}
    assert parse_yaml(edited("a:\nb: 2\n", {("a",): 3}), "x").plain() == {"a": 3, "b": 2}


def _paths(content: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = content.items() if isinstance(content, dict) else enumerate(content)
    found: list[tuple[str | int, ...]] = []
    for key, value in inside:
        found.append((*above, key))
        if isinstance(value, (dict, list)):
            found += _paths(value, (*above, key))
    return found


_TEXTS = [path.read_text("utf-8") for path in sorted(_EXAMPLES.glob("*.yaml"))]


@given(st.sampled_from(_TEXTS), st.data())
def test_any_value_of_the_examples_can_be_changed_or_taken_out(text: str, data: st.DataObject) -> None:
    content = parse_yaml(text, "x").plain()
    path = data.draw(st.sampled_from(_paths(content)))
    value = data.draw(st.sampled_from([None, 7, 0.25, "20 m2", "上海", {"a": 1}, [1, 2]]))
    if value is None and len(path) == 1 and len(content) == 1:
        return
    after = edited(text, {path: value})
    comments = [
        line for line in text.splitlines() if line.lstrip().startswith("#") and not line.startswith(" ")
    ]
    assert [line for line in comments if line not in after.splitlines()] == []
    found = parse_yaml(after, "x").plain()
    if value is not None:
        for part in path:
            found = found[part]
        assert found == value


def test_the_last_entry_below_a_comment_leaves_empty_brackets() -> None:
    text = "a:\n  # why\n  b: 1\nc: 2\n"
    assert edited(text, {("a", "b"): None}) == "a:\n  # why\n  {}\nc: 2\n"
    assert edited(text, {("a",): 3}) == "a: 3\nc: 2\n"
