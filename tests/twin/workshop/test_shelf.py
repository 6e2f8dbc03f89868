"""The shelf of projects: whole files or none, no way out of the folder, nothing overwritten unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildings.description.loading import read_project
from twin.workshop.shelf import Shelf, example_cards, example_path, plain_name
from weather.errors import TwinError


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "projects")


def test_every_bundled_example_is_listed_in_both_languages() -> None:
    names = {card.name for card in example_cards()}
    assert {
        "shanghai_office_2005",
        "retrofit/office_2005",
        "crosscheck/box_heavy",
        "districts/lingang_300",
    } <= names
    assert not [card.name for card in example_cards() if card.trouble is not None]
    assert next(card for card in example_cards() if card.name == "districts/lingang_300").district


def test_an_example_is_copied_with_what_lies_beside_it(shelf: Shelf) -> None:
    assert shelf.take("districts/inner_quarter") == "inner_quarter"
    assert shelf.origin("inner_quarter") == ("districts/inner_quarter", True)
    assert {path.name for path in shelf.folder.iterdir()} == {
        "inner_quarter.yaml", "inner_quarter.geojson", "inner_quarter_around.geojson",
    }  # fmt: skip


def test_an_example_that_builds_on_others_becomes_one_file_and_stays_equal(shelf: Shelf) -> None:
    name = shelf.take("shanghai_office_pedf")
    assert "extends" not in shelf.text(name)
    assert shelf.project(name) == read_project(example_path("shanghai_office_pedf"))


def test_a_copy_is_named_apart_and_knows_where_it_came_from(shelf: Shelf) -> None:
    shelf.take("shanghai_house")
    assert shelf.take("shanghai_house") == "shanghai_house-2"
    new = shelf.copy("shanghai_house", "house / 新窗")
    assert new == "house - 新窗"
    assert shelf.origin(new) == ("shanghai_house", False)
    assert shelf.project(new) == shelf.project("shanghai_house")


def test_a_change_is_saved_and_a_wrong_one_leaves_the_file(shelf: Shelf) -> None:
    name = shelf.take("shanghai_house")
    shelf.change(name, {("buildings", 0, "pv", 0, "capacity"): 9.0})
    assert shelf.project(name).buildings[0].pv[0].capacity == 9.0
    before = shelf.text(name)
    with pytest.raises(TwinError) as told:
        shelf.change(name, {("buildings", 0, "pv", 0, "capacity"): -9.0})
    assert (told.value.file, told.value.key) == ("shanghai_house.yaml", "buildings[0].pv[0].capacity")
    assert str(shelf.folder) not in str(told.value)
    assert shelf.text(name) == before
    assert [path.name for path in shelf.folder.iterdir()] == ["shanghai_house.yaml"]  # no draft is left


def test_somebody_elses_change_is_not_overwritten(shelf: Shelf) -> None:
    name = shelf.take("shanghai_house")
    seen = shelf.version(name)
    shelf.change(name, {("tariff",): "shanghai_two_part_10kv"})
    with pytest.raises(TwinError, match="changed elsewhere"):
        shelf.save(name, shelf.text(name), version=seen)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "..", "", ".hidden", "a/b", "nope"])
def test_names_from_addresses_open_nothing_outside(shelf: Shelf, name: str) -> None:
    shelf.take("shanghai_house")
    (shelf.folder.parent / "outside.yaml").write_text("schema: 1\n")
    (shelf.folder / ".hidden.yaml").write_text("schema: 1\n")
    with pytest.raises(TwinError, match="no project called"):
        shelf.path(name)
    with pytest.raises(TwinError, match="no example"):
        example_path(name)


def test_a_wanted_name_becomes_that_of_a_file() -> None:
    assert plain_name("../../a b\u0000?.yaml") == "a b-.yaml"
    assert plain_name("上海 楼") == "上海 楼"
    for nothing in ("", "...", "///"):
        with pytest.raises(TwinError, match="cannot be the name"):
            plain_name(nothing)


def test_a_broken_project_is_listed_with_what_is_wrong(shelf: Shelf) -> None:
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "bad.yaml").write_text("a: [1\n")
    card = shelf.cards()[0]
    assert card.name == "bad"
    assert card.trouble is not None
    assert card.trouble.file == "bad.yaml"


def test_two_files_become_one(shelf: Shelf) -> None:
    shelf.take("shanghai_house")
    (shelf.folder / "over.yaml").write_text("extends: shanghai_house.yaml\nname: over\n")
    before = shelf.project("over")
    shelf.single("over")
    assert "extends" not in shelf.text("over")
    assert shelf.project("over") == before
