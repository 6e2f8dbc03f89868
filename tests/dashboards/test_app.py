"""The application without a browser: which page an address gives, what Runs it shows, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dash import Dash
from fastapi.testclient import TestClient

from dashboards.app import create_app
from dashboards.library import Library
from dashboards.pages import PAGES
from dashboards.pages_app import create_pages
from dashboards.visit import language_of
from dashboards.workspace import Workspace
from twin.store import Run, RunStore
from weather.errors import TwinError

Asked = Callable[..., str]


def test_both_languages_list_every_run(pages: Dash, asked: Asked) -> None:
    for path, word in (("/zh/runs", "刷新列表"), ("/en/runs", "Refresh the list")):
        text = asked(pages, "shell.children", path, "")
        assert "demo/pedf 上海" in text
        assert "试验厅" in text
        assert word in text


def test_language_follows_the_address() -> None:
    assert [language_of(p) for p in ("/zh", "/zh/runs", "/en", "/", None, "/zhx")] == [
        "zh", "zh", "en", "en", "en", "en",
    ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_shows_in_both_languages(pages: Dash, asked: Asked, page: object, language: str) -> None:
    text = asked(pages, "shell.children", f"/{language}/{page.path}", "")  # type: ignore[attr-defined]
    assert '"id": "content"' in text
    assert "No such page" not in text
    assert "没有这个页面" not in text


def test_an_address_without_a_page_says_so(pages: Dash, asked: Asked) -> None:
    assert "No such page" in asked(pages, "shell.children", "/en/nothing", "")


def test_chosen_runs_give_the_table_and_all_figures(pages: Dash, asked: Asked) -> None:
    shown = asked(pages, "results.children", ["plain", "demo/pedf 上海"], "/zh/runs")
    assert "用能强度" in shown
    # energy 2, grid 2, flows 2, hottest 2, coldest 2, call 1, comfort 1, money 2
    assert shown.count('"type": "Graph"') == 14
    for key in ("energy", "grid", "flows", "hottest", "coldest", "call", "comfort", "money"):
        assert f'"id": "{key}"' in shown
    assert '"showSendToCloud": true' not in shown


def test_no_choice_asks_for_one(pages: Dash, asked: Asked) -> None:
    assert "Choose a Run above" in asked(pages, "results.children", [], "/en/runs")


def test_a_new_workspace_shows_what_is_bundled(tmp_path: Path, asked: Asked) -> None:
    app = create_pages(Workspace(tmp_path / "none"))
    text = asked(app, "shell.children", "/en/runs", "")
    assert "examples/shanghai_office_pedf_call" in text
    assert "Bundled examples" in text
    assert not (tmp_path / "none").exists()  # looking makes nothing


def test_a_new_run_appears_on_refresh(tmp_path: Path, plain_run: Run, asked: Asked) -> None:
    app = create_pages(Workspace(tmp_path))
    assert "later" not in asked(app, "runs.data", 1, "/en/runs")
    RunStore(tmp_path / "runs").save(plain_run, "later")
    assert "later" in asked(app, "runs.data", 2, "/en/runs")


def test_a_damaged_run_is_told_and_the_others_stay(tmp_path: Path, plain_run: Run, asked: Asked) -> None:
    store = RunStore(tmp_path / "runs")
    store.save(plain_run, "good")
    store.save(plain_run, "bad")
    (tmp_path / "runs" / "bad" / "summary.json").write_text("{}")
    app = create_pages(Workspace(tmp_path))
    assert "was changed or damaged" in asked(app, "results.children", ["bad"], "/en/runs")
    (tmp_path / "runs" / "bad" / "manifest.json").write_text("{")
    text = asked(app, "shell.children", "/en/runs", "")
    assert "manifest cannot be read" in text
    assert '"good"' in text


@pytest.mark.parametrize(
    "name", ["../outside", "/etc", "demo/../plain", "..", "", "nope", "demo/", "a/b/c", "examples/../plain"]
)
def test_names_from_addresses_open_nothing_outside(
    root: Path, tmp_path: Path, plain_run: Run, name: str
) -> None:
    RunStore(root).save(plain_run, "outside", replace=True)
    with pytest.raises(TwinError, match="no Run called"):
        Library(root / "runs").open([name])


def test_a_replaced_run_is_opened_anew(tmp_path: Path, plain_run: Run, small_run: Run) -> None:
    store, library = RunStore(tmp_path), Library(tmp_path)
    store.save(plain_run, "one")
    first = library.open(["one"])[0]
    assert library.open(["one"])[0] is first
    store.save(small_run, "one", replace=True)
    assert library.open(["one"])[0].manifest["title"] == small_run.manifest["title"]


def test_documents_and_pages_come_from_one_server(root: Path) -> None:
    with TestClient(create_app(root), base_url="http://127.0.0.1") as client:
        answer = client.get("/report", params={"runs": "plain|demo/pedf 上海"})
        assert answer.status_code == 200
        assert "Content-Security-Policy" in answer.text[:2000]
        missing = client.get("/report", params={"runs": "<b>"})
        assert missing.status_code == 404
        assert missing.headers["content-type"].startswith("text/plain")
        assert client.get("/report").status_code == 404
        assert "PEDF Twin" in client.get("/zh/runs").text
        chinese = client.get("/", headers={"Accept-Language": "zh-CN,en"}, follow_redirects=False)
        assert chinese.headers["location"] == "/zh"
        assert client.get("/", follow_redirects=False).headers["location"] == "/en"
