"""The page of the weather without a browser: every tab in both languages, the files that may be shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dash import Dash

from dashboards.access.user import User, asked_by
from dashboards.pages.weather import climate_of
from dashboards.pages_app import create_pages
from dashboards.visit import visit_of
from dashboards.workspace import Workspace
from weather import load_weather, write_epw
from weather.errors import TwinError

Asked = Callable[..., str]
_GRAPHS = {
    "year": ("graph-carpet", "graph-months"),
    "air": ("graph-air",),
    "sun": ("graph-sun", "graph-planes"),
    "wind": ("graph-wind",),
    "degrees": ("graph-degrees",),
    "facts": ("HDD18",),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("weather"))
    found.projects.mkdir(parents=True)
    write_epw(load_weather("shanghai", seed=3), found.projects / "浦东.epw")
    return found


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> Dash:
    return create_pages(workspace)


@pytest.mark.parametrize("tab", _GRAPHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_tab_shows_the_built_in_year(app: Dash, asked: Asked, tab: str, language: str) -> None:
    text = asked(
        app, "weather-shown.children", "shanghai", "ghi", "local", "year", tab, f"/{language}/weather"
    )
    for name in _GRAPHS[tab]:
        assert name in text


def test_a_file_of_the_projects_is_listed_and_shown_without_its_folder(
    app: Dash, asked: Asked, workspace: Workspace
) -> None:
    assert "浦东.epw" in asked(app, "shell.children", "/zh/weather", "")
    text = asked(
        app, "weather-shown.children", "projects/浦东.epw", "ghi", "local", "year", "facts", "/zh/weather"
    )
    assert "EPW 文件" in text
    assert str(workspace.root) not in text


@pytest.mark.parametrize("source", ["projects/../x.epw", "/etc/passwd", "nasa:31,121", "projects/none.epw"])
def test_a_source_that_is_not_in_the_list_is_told(app: Dash, asked: Asked, source: str) -> None:
    text = asked(app, "weather-shown.children", source, "ghi", "local", "year", "facts", "/en/weather")
    assert "no weather file called" in text


def test_an_owner_sees_the_built_in_year_only(workspace: Workspace) -> None:
    with asked_by(User("o", frozenset({"owner"}), frozenset())):
        visit = visit_of(workspace, "/en/weather", None)
    assert climate_of(visit, "shanghai").name
    with pytest.raises(TwinError, match="no weather file"):
        climate_of(visit, "projects/浦东.epw")
    assert Path(workspace.projects / "浦东.epw").exists()
