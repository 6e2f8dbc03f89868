"""Calibrations, live twins and forecasts on their pages: what is shown, whose it is, what refreshes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from plotly.utils import PlotlyJSONEncoder

from dashboards.access.user import WHOEVER, User, asked_by
from dashboards.app import create_app
from dashboards.pages import calibration, forecast, live
from dashboards.pages_app import create_pages
from dashboards.twins import Kind
from dashboards.visit import Visit
from dashboards.workspace import Workspace
from twin.calibration.reading import PAGE
from weather.errors import TwinError

BUNDLED = "examples/small_office"
KINDS: tuple[Kind, ...] = ("calibration", "live", "forecast")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """The bundled ones, and the same as those of the workspace."""
    with asked_by(WHOEVER):
        for kind in KINDS:
            place = tmp_path / ("runs" if kind == "live" else "studies") / f"own {kind}"
            shutil.copytree(Workspace(tmp_path).twins.paths(kind)[BUNDLED], place)
        (tmp_path / "studies" / "own calibration" / PAGE).write_text("<p>page", "utf-8")
        yield Workspace(tmp_path)


def _own(kind: Kind) -> str:
    return f"{'runs' if kind == 'live' else 'studies'}/own {kind}"


def _text(shown: object) -> str:
    return json.dumps(shown, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _shown(visit: Visit, kind: Kind, name: str | None) -> str:
    if kind == "calibration":
        return _text([*calibration.found(visit, name), *calibration.drawn(visit, name, None, None)])
    if kind == "forecast":
        return _text(forecast.found(visit, name, None))
    rooms = list(visit.workspace.twins.live(name).rooms) if name == BUNDLED else []
    return _text([live.shown_now(visit, name, "3", rooms), *live.shown_days(visit, name)])


@pytest.mark.parametrize(
    ("kind", "graphs", "zh", "en"),
    [
        (
            "calibration",
            5,
            ("ASHRAE Guideline 14", "后验 90 %", "只知道其组合", "读数卡住不动", "真值由 EnergyPlus"),
            ("ASHRAE Guideline 14", "Posterior, 90 %", "only their combination", "stuck reading"),
        ),
        (
            "live",
            4,
            (
                "无数据：only-south 室温",
                "光伏积灰或组串故障",
                "每月 0.1 次",
                "光伏出力系数",
                "真值为快速引擎",
            ),
            ("silent: only-south room temperature", "PV soiled or a string lost", "0.1 false alarms a month"),
        ),
        (
            "forecast",
            8,
            ("持续性预测", "90 % 区间", "实测落在 90 % 区间内", "可持续一小时的下调能力"),
            ("persistence", "Came true within 90 %", "Less import for an hour"),
        ),
    ],
)
def test_each_page_opens_on_what_is_bundled_in_both_languages(
    workspace: Workspace, kind: Kind, graphs: int, zh: tuple[str, ...], en: tuple[str, ...]
) -> None:
    for language, words in (("zh", zh), ("en", en)):
        text = _shown(Visit(language, workspace), kind, BUNDLED)  # type: ignore[arg-type]
        assert text.count('"type": "Graph"') == graphs
        for said in words:
            assert said in text, (language, said)
        assert "csv" in text
        assert str(workspace.root) not in text


@pytest.mark.parametrize("kind", KINDS)
def test_own_ones_come_first_and_owners_see_theirs(workspace: Workspace, kind: Kind) -> None:
    assert [one.name for one in workspace.twins.listed(kind)] == [_own(kind), BUNDLED]
    assert workspace.twins.truth(kind, _own(kind)) is None
    for project, seen in (("Small office", [_own(kind), BUNDLED]), ("another", [BUNDLED])):
        with asked_by(User("li", frozenset({"owner"}), frozenset({project}))):
            assert [one.name for one in workspace.twins.listed(kind)] == seen
            if project == "another":
                assert "called" in _shown(Visit("en", workspace), kind, _own(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["../own", "examples/../own", "nope", "studies"])
def test_names_lead_nowhere_else(workspace: Workspace, kind: Kind, name: str) -> None:
    assert "there is no" in _shown(Visit("en", workspace), kind, name)
    assert "这里没有名为" in _shown(Visit("zh", workspace), kind, name)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_says_which_command_makes_one(workspace: Workspace, kind: Kind) -> None:
    command = {"calibration": "twin calibrate", "live": "twin live", "forecast": "twin forecast"}[kind]
    assert command in _shown(Visit("en", workspace), kind, None)


def test_a_folder_that_is_broken_is_told_without_its_place(workspace: Workspace) -> None:
    (workspace.root / "studies" / "own calibration" / "hours.parquet").write_bytes(b"no table")
    (workspace.root / "studies" / "own forecast" / "hours.parquet").unlink()
    text = _shown(Visit("en", workspace), "calibration", _own("calibration"))
    assert "the calibration cannot be read" in text
    assert "the forecast cannot be read" in _shown(Visit("en", workspace), "forecast", _own("forecast"))
    assert str(workspace.root) not in text
    (workspace.root / "runs" / "own live" / "live.json").write_text("[]", "utf-8")
    assert [one.name for one in workspace.twins.listed("live")] == [BUNDLED]
    with pytest.raises(TwinError, match="no live twin called"):
        workspace.twins.live(_own("live"))


def test_the_page_of_a_calibration_is_served(workspace: Workspace) -> None:
    with TestClient(create_app(workspace.root), base_url="http://127.0.0.1") as client:
        assert client.get(f"/studies/own calibration/{PAGE}").text == "<p>page"
        assert client.get(f"/studies/nothing/{PAGE}").status_code == 404
    assert PAGE in _shown(Visit("zh", workspace), "calibration", _own("calibration"))


def test_another_meter_another_week(workspace: Workspace) -> None:
    visit = Visit("en", workspace)
    text = _text(calibration.drawn(visit, BUNDLED, "cooling_kw", "336"))
    assert "cooling_kw-week.csv" in text
    assert "2025-01-15" in text
    for wrong in ("-5", "99999", "x"):
        assert "net_import_kw-week.csv" in _text(calibration.drawn(visit, BUNDLED, "no such", wrong))


def test_the_live_page_looks_again_only_where_something_was_written(
    workspace: Workspace, asked: Callable[..., str]
) -> None:
    app, name = create_pages(workspace), _own("live")
    first = json.loads(asked(app, "live-stamp.data", 1, name, None, None, None, "/en/live"))["response"]
    stamp, day = first["live-stamp"]["data"], first["live-day"]["data"]
    listed = first["live-shown"]["data"]
    assert (stamp["name"], day["days"]) == (name, 1)
    client = app.server.test_client()
    callback = next(c for c in app._callback_list if "live-stamp.data" in c["output"])
    body: dict[str, Any] = {
        "output": callback["output"],
        "outputs": [{"id": i, "property": "data"} for i in ("live-stamp", "live-day", "live-shown")],
        "inputs": [
            {"id": "live-look", "property": "n_intervals", "value": 2},
            {"id": "live-shown", "property": "value", "value": name},
        ],
        "state": [
            {"id": "live-stamp", "property": "data", "value": stamp},
            {"id": "live-day", "property": "data", "value": day},
            {"id": "live-shown", "property": "data", "value": listed},
            {"id": "address", "property": "pathname", "value": "/en/live"},
        ],
        "changedPropIds": ["live-look.n_intervals"],
    }
    assert client.post("/_dash-update-component", json=body).status_code == 204
    told = workspace.root / "runs" / "own live" / "told.json"
    more = told.read_text("utf-8").replace('"outlying_readings": ', '"outlying_readings": 77')
    told.write_text(more, "utf-8")
    with asked_by(WHOEVER):
        again = client.post("/_dash-update-component", json=body)
    changed = again.get_json()["response"]
    assert set(changed) == {"live-stamp"}, "no day ended"
    assert re.search(r"\b77\d+\b", _shown(Visit("en", workspace), "live", name))
