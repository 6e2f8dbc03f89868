"""The Dash app without a browser: what it lists, what it shows, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.app import create_app, language_of
from dashboards.library import Library
from twin.store import Run, RunStore
from weather.errors import TwinError


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, plain_run: Run, small_run: Run) -> Path:
    """A folder with one Run in it and one in a folder of it."""
    folder = tmp_path_factory.mktemp("runs")
    RunStore(folder).save(plain_run, "plain")
    RunStore(folder / "demo").save(small_run, "pedf 上海")
    return folder


@pytest.fixture(scope="module")
def app(root: Path) -> Dash:
    return create_app(root)


def _asked(app: Dash, output: str, **given: Any) -> str:
    """Answer of a callback as the browser would get it."""
    callback = next(c for c in app._callback_list if output in c["output"])
    values = iter(given.values())
    body = {
        "output": callback["output"],
        "outputs": _outputs(callback["output"]),
        "inputs": [{**i, "value": next(values)} for i in callback["inputs"]],
        "state": [{**s, "value": next(values)} for s in callback["state"]],
        "changedPropIds": [],
    }
    answer = app.server.test_client().post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def _outputs(text: str) -> Any:
    parts = [part.rsplit(".", 1) for part in text.strip(".").split("...")]
    found = [{"id": i, "property": p} for i, p in parts]
    return found if len(found) > 1 else found[0]


def test_both_languages_list_every_run(app: Dash) -> None:
    for path, words in (("/zh", ("刷新列表", "全选")), ("/en", ("Refresh the list",))):
        answer = json.loads(_asked(app, "page.children", path=path, search=""))
        text = json.dumps(answer, ensure_ascii=False)
        assert "demo/pedf 上海" in text
        assert "试验厅" in text
        for word in words:
            assert word in text


def test_language_follows_the_address() -> None:
    assert [language_of(p) for p in ("/zh", "/zh/", "/en", "/", None, "/zhx")] == [
        "zh",
        "zh",
        "en",
        "en",
        "en",
        "en",
    ]


def test_chosen_runs_give_the_table_and_all_figures(app: Dash) -> None:
    text = _asked(app, "results.children", chosen=["plain", "demo/pedf 上海"], path="/zh")
    answer = json.loads(text)
    shown = json.dumps(answer, ensure_ascii=False)
    assert "用能强度" in shown
    # energy 2, grid 2, flows 2, hottest 2, coldest 2, call 1, comfort 1, money 2
    assert shown.count('"type": "Graph"') == 14
    for key in ("energy", "grid", "flows", "hottest", "coldest", "call", "comfort", "money"):
        assert f'"id": "{key}"' in shown
    assert '"showSendToCloud": true' not in shown


def test_no_choice_asks_for_one(app: Dash) -> None:
    assert "Choose a Run above" in _asked(app, "results.children", chosen=[], path="/en")


def test_an_empty_folder_says_which_command_makes_a_run(tmp_path: Path) -> None:
    app = create_app(tmp_path / "none")
    text = _asked(app, "page.children", path="/en", search="")
    assert "twin demo --out" in text
    assert "twin run PROJECT.yaml --out" in text
    assert not (tmp_path / "none").exists()  # looking makes nothing


def test_a_new_run_appears_on_refresh(tmp_path: Path, plain_run: Run) -> None:
    app = create_app(tmp_path)
    assert "later" not in _asked(app, "choice.options", clicks=1, chosen=[], path="/en")
    RunStore(tmp_path).save(plain_run, "later")
    assert "later" in _asked(app, "choice.options", clicks=2, chosen=[], path="/en")


def test_a_damaged_run_is_told_and_the_others_stay(tmp_path: Path, plain_run: Run) -> None:
    store = RunStore(tmp_path)
    store.save(plain_run, "good")
    store.save(plain_run, "bad")
    (tmp_path / "bad" / "summary.json").write_text("{}")
    app = create_app(tmp_path)
    assert "was changed or damaged" in _asked(app, "results.children", chosen=["bad"], path="/en")
    (tmp_path / "bad" / "manifest.json").write_text("{")
    text = _asked(app, "page.children", path="/en", search="")
    assert "manifest cannot be read" in text
    assert '"good"' in text


@pytest.mark.parametrize("name", ["../outside", "/etc", "demo/../plain", "..", "", "nope", "demo/", "a/b/c"])
def test_names_from_addresses_open_nothing_outside(
    root: Path, tmp_path: Path, plain_run: Run, name: str
) -> None:
    RunStore(root.parent).save(plain_run, "outside", replace=True)
    with pytest.raises(TwinError, match="no Run called"):
        Library(root).open([name])


def test_a_replaced_run_is_opened_anew(tmp_path: Path, plain_run: Run, small_run: Run) -> None:
    store, library = RunStore(tmp_path), Library(tmp_path)
    store.save(plain_run, "one")
    first = library.open(["one"])[0]
    assert library.open(["one"])[0] is first
    store.save(small_run, "one", replace=True)
    assert library.open(["one"])[0].manifest["title"] == small_run.manifest["title"]


def test_the_report_of_the_chosen_runs_is_the_offline_page(app: Dash) -> None:
    client = app.server.test_client()
    answer = client.get("/report", query_string={"runs": "plain|demo/pedf 上海"})
    assert answer.status_code == 200
    assert "Content-Security-Policy" in answer.get_data(as_text=True)[:2000]
    missing = client.get("/report", query_string={"runs": "<b>"})
    assert missing.status_code == 404
    assert missing.mimetype == "text/plain"
    assert client.get("/report").status_code == 404
