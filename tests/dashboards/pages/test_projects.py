"""The page of projects without a browser: the form, what a change means, what is begun."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.pages.projects.activity import run_of
from dashboards.pages.projects.fields import GROUPS, Asked, changes_of, form_of
from dashboards.pages_app import create_pages
from dashboards.visit import Visit
from dashboards.words import catalogue
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.workshop.shelf import Shelf

Asks = Callable[..., str]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    found = Shelf(tmp_path_factory.mktemp("work") / "projects")
    for name in ("shanghai_office_pedf", "shanghai_house", "districts/shared_quarter"):
        found.take(name)
    return found


@pytest.fixture(scope="module")
def app(shelf: Shelf) -> Dash:
    return create_pages(Workspace(shelf.folder.parent))


def _form(shelf: Shelf, name: str) -> dict[str, list[Asked]]:
    return form_of(shelf.project(name), shelf.written(name), 0)


def _values(shown: dict[str, list[Asked]]) -> dict[str, Any]:
    return {one.key: one.value for asked in shown.values() for one in asked}


def test_an_untouched_form_changes_nothing(shelf: Shelf) -> None:
    for name in ("shanghai_office_pedf", "shanghai_house"):
        shown = _form(shelf, name)
        given = {key: "" if value is None else value for key, value in _values(shown).items()}
        assert changes_of(shown, given) == {}


def test_values_stand_in_the_units_of_the_schema(shelf: Shelf) -> None:
    values = _values(_form(shelf, "shanghai_office_pedf"))
    assert values["battery.capacity"] == 400.0  # written as 400 kWh
    assert values["battery.soc_max"] == 0.9  # written as 90 %
    assert values["pv.0.capacity"] == 270.0
    assert values["pv.1.capacity"] is None  # the row for another array


def test_an_empty_value_shows_what_holds_instead(shelf: Shelf) -> None:
    shown = {one.key: one for asked in _form(shelf, "shanghai_office_pedf").values() for one in asked}
    assert shown["envelope.wall_u"].holds is not None
    assert shown["envelope.wall_u"].holds.value == 0.3


def test_changes_of_every_kind_can_be_saved(shelf: Shelf) -> None:
    name = shelf.copy("shanghai_office_pedf", "changed")
    shown = _form(shelf, name)
    given = _values(shown) | {
        "envelope.window_u": 1.1,
        "envelope.shading.overhang_depth": 0.5,
        "battery.capacity": "",  # takes the battery away
        "pv.1.capacity": 40,
        "pv.1.tilt": 90,
        "control.type": "rules",
        "ventilation.demand_controlled": "true",
    }
    changes = changes_of(shown, given)
    assert len(changes) == 6
    building: Any = shelf.change(name, changes).buildings[0]
    assert building.envelope.window_u == 1.1
    assert building.envelope.shading.overhang_depth == 0.5
    assert building.battery is None
    assert (building.pv[0].capacity, building.pv[1].capacity, building.pv[1].tilt) == (270.0, 40.0, 90.0)
    assert (building.control.type, building.ventilation.demand_controlled) == ("rules", True)
    shown = _form(shelf, name)
    building = shelf.change(name, changes_of(shown, _values(shown) | {"pv.0.capacity": ""})).buildings[0]
    assert [array.capacity for array in building.pv] == [40.0]


def test_an_explicit_building_shows_its_own_rows(shelf: Shelf) -> None:
    values = _values(_form(shelf, "shanghai_house"))
    assert values["glazings.south_glass.u_value"] == 2.2
    assert values["constructions.outer_wall.u_value"] == 0.8
    assert "zones.0.infiltration" in values
    assert "floor_area" not in values


def test_every_value_of_the_form_has_its_words(shelf: Shelf) -> None:
    words = catalogue("fields")
    for name in ("shanghai_office_pedf", "shanghai_house"):
        for asked in _form(shelf, name).values():
            for one in asked:
                key = one.words.partition(".")[2]
                assert key in words, key
                assert f"{key}_help" in words, key
    assert {f"group_{group}" for group in GROUPS} <= set(words)


@pytest.mark.parametrize("name", ["shanghai_office_pedf", "shanghai_house", "shared_quarter"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_project_shows_in_both_languages(app: Dash, asked: Asks, name: str, language: str) -> None:
    text = asked(app, "shell.children", f"/{language}/projects", f"?project={name}")
    assert '"project-march"' in text
    assert f"projects/{name}.yaml" in text


def test_a_broken_project_shows_its_line_and_text(app: Dash, asked: Asks, shelf: Shelf) -> None:
    (shelf.folder / "bad.yaml").write_text("schema: 1\nname: x\nbuildings:\n  - {name: o, floors: 3}\n")
    text = asked(app, "shell.children", "/en/projects", "?project=bad")
    assert "bad.yaml, line 4" in text
    assert '"excerpt"' in text
    assert str(shelf.folder) not in text


def test_a_broken_project_is_told_in_chinese_on_a_chinese_page(app: Dash, asked: Asks, shelf: Shelf) -> None:
    """By the catalogues of errors, where the error has no Chinese of its own."""
    (shelf.folder / "twice.yaml").write_text("schema: 1\nname: x\nname: y\n")
    text = asked(app, "shell.children", "/zh/projects", "?project=twice")
    assert "twice.yaml，第 3 行，name：键“name”在此处和第 2 行重复。只留一个。" in text
    assert "stands here" not in text
    assert "stands here" in asked(app, "shell.children", "/en/projects", "?project=twice")


def test_a_name_that_leads_elsewhere_shows_nothing(app: Dash, asked: Asks) -> None:
    assert "No such project" in asked(app, "shell.children", "/en/projects", "?project=../../etc/passwd")


def test_a_march_is_begun_with_a_line_that_was_made_here(app: Dash, shelf: Shelf) -> None:
    from dashboards.pages.projects.activity import _command

    argv, _ = _command("a b", False, False, None)
    assert argv == ["run", "projects/a b.yaml", "--out", "runs", "--json"]
    argv, _ = _command("a", True, False, 10**9)
    assert argv[argv.index("--packages") + 1] == "20000"
    assert _command("a", False, True, None)[0][0] == "district"


def test_the_run_of_a_job_is_read_from_what_it_said() -> None:
    said = json.dumps({"runs": [{"name": "house-2"}]})
    job = Job("x", ("run",), "", "", "", "done", "", 1.0, 0.0, 0.0, 0.0, 1, said)
    assert run_of(job) == "house-2"
    assert run_of(Job("x", ("run",), "", "", "", "done", "", 1.0, 0.0, 0.0, 0.0, 1, "cut off")) is None
    assert Visit("zh", Workspace(Path("none"))).say("projects.march") == "推演全年"
