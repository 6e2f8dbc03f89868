"""The page of the model without a browser: every tab, both languages, nobody else's project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dash import Dash

from dashboards.access.user import User, asked_by
from dashboards.pages.model.opened import opened
from dashboards.pages_app import create_pages
from dashboards.visit import visit_of
from dashboards.workspace import Workspace
from twin.workshop.shelf import Shelf
from weather.errors import TwinError

Asked = Callable[..., str]
_TABS = {
    "shape": ("外墙", "wall"),
    "zones": ("ground-core", "ground-core"),
    "layers": ("构造层", "Layers"),
    "schedules": ("office/occupancy", "office/occupancy"),
    "values": ("storey_area", "storey_area"),
    "plant": ("直流母线 750 V", "DC bus 750 V"),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("model"))
    Shelf(found.projects).take("shanghai_house")
    return found


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> Dash:
    return create_pages(workspace)


@pytest.mark.parametrize("tab", _TABS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tab_shows_the_example(app: Dash, asked: Asked, tab: str, language: str) -> None:
    name, path = "examples/shanghai_office_pedf", f"/{language}/model"
    text = asked(app, "model-shown.children", "office", tab, "kind", name, path)
    assert _TABS[tab][language == "en"] in text


def test_a_schedule_is_drawn(app: Dash, asked: Asked) -> None:
    key, name = "office/occupancy", "examples/shanghai_office_pedf"
    text = asked(app, "model-timetable.children", key, "office", name, "/en/model")
    assert "public holidays" in text


def test_own_projects_are_listed_and_opened(app: Dash, asked: Asked) -> None:
    text = asked(app, "shell.children", "/zh/model", "?model-project=shanghai_house")
    assert "上海小住宅 · shanghai_house" in text
    text = asked(app, "model-shown.children", "house", "shape", "zone", "shanghai_house", "/en/model")
    assert "living window overhang" in text


@pytest.mark.parametrize("name", ["nope", "../x", "examples/../../x", ""])
def test_a_name_that_leads_elsewhere_is_told(app: Dash, asked: Asked, name: str) -> None:
    text = asked(app, "model-shown.children", "", "shape", "kind", name, "/en/model")
    assert "there is no" in text


def test_somebody_elses_project_is_as_if_it_were_not_there(workspace: Workspace) -> None:
    with asked_by(User("o", frozenset({"owner"}), frozenset({"another"}))):
        visit = visit_of(workspace, "/en/model", None)
    with pytest.raises(TwinError, match="no project called"):
        opened(visit, "shanghai_house", "")
    assert opened(visit, "examples/shanghai_house", "").names == ("house",)
    assert Path(workspace.projects / "shanghai_house.yaml").exists()
