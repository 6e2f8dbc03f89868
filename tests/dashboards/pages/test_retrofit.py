"""Studies on the page: their parts, what is picked, and the work that is begun."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dash import Dash
from fastapi.testclient import TestClient

from dashboards.access.user import WHOEVER, User, asked_by
from dashboards.app import create_app
from dashboards.pages.retrofit.packages import as_csv, only_redrawn, picked_ids
from dashboards.pages.retrofit.parts import PARTS, shown_part
from dashboards.pages.retrofit.work import begun, written
from dashboards.pages_app import create_pages
from dashboards.visit import Visit
from dashboards.workspace import Workspace
from retrofit_study import study
from twin.workshop.shelf import Shelf
from weather.errors import TwinError

Asked = Callable[..., str]
_BUNDLED = "examples/office_2005"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """One study of its own beside the bundled one."""
    folder = tmp_path / "studies" / "tower"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps(study(), ensure_ascii=False), "utf-8")
    with asked_by(WHOEVER):
        yield Workspace(tmp_path)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_shows_in_both_languages(workspace: Workspace, part: str, language: str) -> None:
    for name in ("tower", _BUNDLED):
        shown = shown_part(Visit(language, workspace), name, part)  # type: ignore[arg-type]
        text = json.dumps([one.to_plotly_json() for one in shown], default=lambda c: c.to_plotly_json())
        assert len(text) > 400


def test_studies_are_listed_and_one_that_is_no_study_is_not(workspace: Workspace) -> None:
    broken = workspace.studies / "broken" / "study.json"
    broken.parent.mkdir()
    broken.write_text("{", "utf-8")
    assert [one.name for one in workspace.found_studies.listed()] == ["tower", _BUNDLED]


def test_an_owner_sees_his_own_studies(workspace: Workspace) -> None:
    with asked_by(User("li", frozenset({"owner"}), frozenset({"another"}))):
        assert [one.name for one in workspace.found_studies.listed()] == [_BUNDLED]
        with pytest.raises(TwinError, match="no study called"):
            workspace.found_studies.open("tower")
    title = str(study()["title_en"])
    with asked_by(User("li", frozenset({"owner"}), frozenset({title}))):
        assert workspace.found_studies.open("tower")["title_en"] == title


@pytest.mark.parametrize("name", ["../tower", "..", "", "tower/..", "examples/../tower", "/etc"])
def test_names_lead_nowhere_else(workspace: Workspace, name: str) -> None:
    with pytest.raises(TwinError, match="no study called"):
        workspace.found_studies.open(name)


def test_what_is_picked_in_a_plot_becomes_ids() -> None:
    points = [{"customdata": "p0002"}, {"customdata": "p0001"}, {"customdata": "p0002"}, {"x": 1}]
    assert picked_ids({"points": points}) == ["p0001", "p0002"]
    assert picked_ids(None) == picked_ids({}) == []


def test_a_pick_outlives_the_plot_that_is_drawn_anew_for_it() -> None:
    assert only_redrawn({"points": []})
    assert not only_redrawn(None)  # a double click lets all go
    assert not only_redrawn(1)  # the button
    around_nothing = {"points": [], "range": {"x": [0.0, 1.0], "y": [2.0, 3.0]}}
    assert not only_redrawn(around_nothing)


def test_a_pick_is_marked_and_listed(workspace: Workspace, asked: Asked) -> None:
    app: Dash = create_pages(workspace)
    text = asked(
        app, "retrofit-list.children", "npv_cny", "unmet_h", ["p0003", "p0009"], "tower", "/en/retrofit"
    )
    answer = json.loads(text)["response"]
    assert "Picked packages: 2" in text
    names = [trace["name"] for trace in answer["retrofit-pareto"]["figure"]["data"]]
    assert "picked" in names
    assert "front" in asked(app, "retrofit-list.children", "eui", "unmet_h", [], "tower", "/en/retrofit")


def test_all_packages_are_in_the_csv(workspace: Workspace) -> None:
    reader = workspace.found_studies.reader("tower", "zh")
    rows = list(csv.DictReader(io.StringIO(as_csv(reader).removeprefix("\ufeff"))))
    assert len(rows) == len(reader.study["packages"])
    first = reader.study["packages"][0]
    assert float(rows[0]["初投资 (万元)"]) == pytest.approx(first["cost_cny"] / 1e4, rel=1e-5)


def test_a_study_is_begun_from_a_copy_of_an_example(workspace: Workspace) -> None:
    visit = Visit("en", workspace)
    for _ in range(2):
        job = workspace.queue.job(
            begun(workspace, visit, "example:retrofit/office_2005", 60, 8, energyplus=True)
        )
        assert job is not None
        assert job.argv == (
            "retrofit", "projects/office_2005.yaml", "--out", "studies/office_2005",
            "--packages", "60", "--draws", "8", "--energyplus", "--json",
        )  # fmt: skip
    assert Shelf(workspace.projects).names() == ["office_2005"]
    with pytest.raises(TwinError):
        begun(workspace, visit, "example:../../etc", 60, 8, energyplus=False)
    with pytest.raises(TwinError):
        begun(workspace, visit, "nothing", 60, 8, energyplus=False)


def test_documents_of_a_bundled_study_are_written_in_the_workspace(workspace: Workspace) -> None:
    job = workspace.queue.job(written(workspace, Visit("zh", workspace), _BUNDLED))
    assert job is not None
    assert job.argv == ("report", "studies/office_2005/study.json", "--json")
    copied = json.loads((workspace.studies / "office_2005" / "study.json").read_text("utf-8"))
    assert copied == workspace.found_studies.open(_BUNDLED)


def test_documents_are_served_once_they_are_there_and_newer(workspace: Workspace) -> None:
    folder = workspace.studies / "tower"
    with TestClient(create_app(workspace.root), base_url="http://127.0.0.1") as client:
        assert client.get("/studies/tower/report_zh.html").status_code == 404
        (folder / "report_zh.html").write_text("<p>报告", "utf-8")
        (folder / "report_en.docx").write_bytes(b"PK")
        assert "报告" in client.get("/studies/tower/report_zh.html").text
        assert client.get("/studies/tower/report_en.docx").headers["content-disposition"].startswith("attach")
        assert client.get("/studies/tower/study.json").status_code == 404
        assert client.get("/studies/nothing/report_zh.html").status_code == 404
    shutil.copy(folder / "study.json", folder / "later")
    (folder / "later").replace(folder / "study.json")
    assert workspace.found_studies.documents("tower") == {}
