"""Crosschecks on the page: what is shown, whose they are, how one is begun."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from plotly.utils import PlotlyJSONEncoder

from dashboards.access.user import WHOEVER, User, asked_by
from dashboards.app import create_app
from dashboards.pages.crosscheck import _found, begun, layout
from dashboards.visit import Visit
from dashboards.workspace import Workspace
from twin.crosscheck.stored import FILE, PAGE
from twin.workshop.shelf import Shelf
from weather.errors import TwinError

_BUNDLED = "examples/office_2005"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """The bundled crosscheck, and the same as one of the workspace's own."""
    folder = tmp_path / "studies" / "tower"
    folder.mkdir(parents=True)
    whole = Workspace(tmp_path).checks.paths()[_BUNDLED].read_bytes()
    (folder / FILE).write_bytes(gzip.decompress(whole))
    (folder / PAGE).write_text("<p>page", "utf-8")
    with asked_by(WHOEVER):
        yield Workspace(tmp_path)


def _text(shown: object) -> str:
    return json.dumps(shown, cls=PlotlyJSONEncoder, ensure_ascii=False)


@pytest.mark.parametrize(("language", "words"), [("zh", "全年显热供暖"), ("en", "Annual sensible heating")])
def test_a_check_shows_targets_figures_zones_and_limits(
    workspace: Workspace, language: str, words: str
) -> None:
    visit = Visit(language, workspace)  # type: ignore[arg-type]
    for name in ("tower", _BUNDLED):
        text = _text(_found(visit, name))
        assert words in text
        assert text.count('"type": "Graph"') == 4
        assert "ASHRAE Guideline 14" in text
    assert f"/studies/tower/{PAGE}" in _text(_found(visit, "tower"))
    assert "crosscheck-begin" in _text(layout(visit))


def test_an_owner_sees_his_own(workspace: Workspace) -> None:
    with asked_by(User("li", frozenset({"owner"}), frozenset({"another"}))):
        assert [name for name, _ in workspace.checks.listed()] == [_BUNDLED]
        with pytest.raises(TwinError, match="no crosscheck called"):
            workspace.checks.page("tower")


@pytest.mark.parametrize("name", ["../tower", "", "nope", "examples/../tower"])
def test_names_lead_nowhere_else(workspace: Workspace, name: str) -> None:
    assert "no crosscheck called" in _text(_found(Visit("en", workspace), name))


def test_a_check_is_begun_from_a_copy_of_an_example(workspace: Workspace) -> None:
    job = workspace.queue.job(begun(workspace, Visit("en", workspace), "example:crosscheck/box_light"))
    assert job is not None
    assert job.argv == (
        "crosscheck", "projects/box_light.yaml", "--out", "studies/box_light",
        "--page", f"studies/box_light/{PAGE}", "--json",
    )  # fmt: skip
    assert Shelf(workspace.projects).names() == ["box_light"]


def test_its_page_is_served(workspace: Workspace) -> None:
    with TestClient(create_app(workspace.root), base_url="http://127.0.0.1") as client:
        assert client.get(f"/studies/tower/{PAGE}").text == "<p>page"
        assert client.get(f"/studies/nothing/{PAGE}").status_code == 404
