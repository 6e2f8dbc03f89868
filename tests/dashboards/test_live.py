"""The stream of an operated call, and what the console says of it and to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from fastapi.testclient import TestClient

from dashboards.app import create_app
from dashboards.live import Lines
from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace
from small_fleet import CALL, written
from twin.crew import Alone
from twin.project import load
from twin.response.invitation import parse_invitation
from twin.response.operated import HEEDED, MOMENTS, RESULT, SAID, SCENE, operate_call
from twin.response.study import call_fleet

Asked = Callable[..., str]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day that is over, and the same one broken off."""
    root = tmp_path_factory.mktemp("workspace")
    called = call_fleet(load(written(root)[0]), parse_invitation(CALL), Alone())
    now = [0.0]

    def nap(seconds: float) -> None:
        now[0] += seconds

    over = root / "studies" / "over"
    operate_call(called, over, seed=0, speed=600.0, titles=("楼宇群", "fleet"), clock=lambda: now[0], nap=nap)
    going = root / "studies" / "going"
    shutil.copytree(over, going, ignore=shutil.ignore_patterns(RESULT, HEEDED))
    lines = (going / MOMENTS).read_bytes().splitlines(keepends=True)
    (going / MOMENTS).write_bytes(b"".join(lines[:30]) + b'{"cut')
    states = (going / "states.f32").read_bytes()
    (going / "states.f32").write_bytes(states[: 30 * len(states) // len(lines) + 9])
    old = root / "studies" / "old"
    shutil.copytree(over, old, ignore=shutil.ignore_patterns("*.f32"))
    scene = json.loads((old / SCENE).read_text("utf-8"))
    for name in ("states", "feeder", "participants"):
        del scene[name]
    (old / SCENE).write_text(json.dumps(scene), "utf-8")
    return root


@pytest.fixture(scope="module")
def app(workspace: Path) -> Dash:
    return create_pages(Workspace(workspace))


def _events(text: str) -> list[tuple[str, int, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


def test_a_day_that_is_over_comes_whole_and_ends(workspace: Path) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        answer = client.get("/live/calls/over")
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = _events(answer.text)
        minutes = [one for name, _, some in events if name == "moments" for one in some]
        kept = [json.loads(line) for line in (workspace / "studies/over" / MOMENTS).read_text().splitlines()]
        assert [name for name, *_ in events][:1] == ["scene"]
        assert events[-1][:2] == ("over", len(kept))
        assert minutes == kept
        later = _events(client.get("/live/calls/over", headers={"Last-Event-ID": str(len(kept) - 2)}).text)
        assert [one for name, _, some in later if name == "moments" for one in some] == kept[-2:]


def test_a_damaged_minute_is_left_out(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "cut"
    shutil.copytree(workspace / "studies" / "over", folder)
    lines = (folder / MOMENTS).read_bytes().splitlines(keepends=True)
    (folder / MOMENTS).write_bytes(b"".join([*lines[:5], lines[5][:40], lines[6], b"\xff\n", *lines[8:]]))
    with TestClient(create_app(tmp_path), base_url="http://127.0.0.1") as client:
        events = _events(client.get("/live/calls/cut").text)
    minutes = [one for name, _, some in events if name == "moments" for one in some]
    assert minutes == [json.loads(line) for line in [*lines[:5], *lines[8:]]]
    assert events[-1][:2] == ("over", len(lines) - 1)


@pytest.mark.parametrize("name", ["nothing", "../over", "over%2f..%2fover", "%2e%2e/over", "", "over/result"])
def test_names_open_nothing_elsewhere(workspace: Path, name: str) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        for route in ("/live/calls/", "/settlement/"):
            answer = client.get(route + name)
            assert answer.status_code in (400, 404)
            assert str(workspace) not in answer.text


def test_the_settlement_can_be_taken_away(workspace: Path) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        answer = client.get("/settlement/over?language=zh")
        assert answer.content == (workspace / "studies/over" / RESULT / "settlement_zh.csv").read_bytes()
        assert "attachment" in answer.headers["content-disposition"]
        assert client.get("/settlement/going").status_code == 404


def test_lines_are_read_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    lines = Lines(path)
    assert lines.new() == (False, [])
    path.write_text("one\ntwo\nthr")
    assert lines.new() == (False, ["one", "two"])
    assert lines.new() == (False, [])
    path.write_text("one\ntwo\nthree\n")
    assert lines.new() == (False, ["three"])
    path.write_text("new\n")
    assert lines.new() == (True, ["new"])
    assert lines.count == 1
    known = Lines(path, 1)
    assert known.new() == (False, [])
    with path.open("a") as file:
        file.write("more\n")
    assert known.new() == (False, ["more"])


def test_the_console_lists_calls_with_how_they_stand(app: Dash, asked: Asked) -> None:
    text = asked(app, "shell.children", "/zh/console", "?call=going")
    assert "楼宇群 · 削峰 2025-07-30 13:00–14:30 · 已结束 · over" in text
    assert "进行中 · going" in text
    assert '"value": "going"' in text
    for name in ("楼宇内部", "配网", "兑现排名", "变压器最高负载", "电池平均荷电"):
        assert name in text
    assert '"value": "dc one"' in text
    assert '"value": "board"' in asked(app, "shell.children", "/zh/console", "?call=going&inside=board")


def test_buildings_and_feeder_come_with_the_call(app: Dash, asked: Asked) -> None:
    text = asked(app, "inside.value", "over", "board", "/zh/console")
    assert json.loads(text)["response"]["inside"] == {
        "data": ["dc one", "dc two", "board", "stored"],
        "value": "board",
    }
    for word in ("典型放射式配网", "未计入配网潮流", "85 %", "0.93"):
        assert word in text
    assert (
        json.loads(asked(app, "inside.value", "over", "nobody", "/en/console"))["response"]["inside"]["value"]
        == "dc one"
    )
    bare = json.loads(asked(app, "inside.value", "old", None, "/en/console"))["response"]
    assert bare["inside"]["value"] == "dc one"
    assert bare["feeder-assumed"]["children"] == []


def test_the_inside_of_a_building_comes_by_rest(workspace: Path) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        told = client.get("/api/v1/events/over/participants/0").json()
        moments = [
            json.loads(line) for line in (workspace / "studies/over" / MOMENTS).read_text().splitlines()
        ]
        assert told["participant"] == "dc one"
        assert told["has"]["bus_v"] == 750.0
        assert told["steps"] == [one["step"] for one in moments]
        given = [
            without - meter
            for without, meter in zip(told["columns"]["without_kw"], told["columns"]["meter_kw"], strict=True)
        ]
        assert given == pytest.approx([one["of"][0] for one in moments], abs=0.06)
        part = client.get(
            "/api/v1/events/over/participants/2", params={"first": told["steps"][4], "last": told["steps"][9]}
        ).json()
        assert part["steps"] == told["steps"][5:10]
        assert part["has"]["bus_v"] is None
        assert set(part["columns"]["bus_pu"]) == set(part["columns"]["battery_soc"]) == {None}
        assert len(client.get("/api/v1/events/going/participants/0").json()["steps"]) == 30
        feeder = client.get("/api/v1/events/over/feeder", params={"first": told["steps"][-2]}).json()
        assert feeder["steps"] == [told["steps"][-1]]
        fullest = max(feeder["loading"][0])
        assert fullest == pytest.approx(moments[-1]["feeder"]["transformer"], abs=1e-4)


def test_the_ranking_comes_by_rest(workspace: Path) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        ranked = client.get("/api/v1/events/over/ranking").json()["ranking"]
        assert {one["participant"] for one in ranked} == {"dc one", "dc two"}
        assert [one["rank"] for one in ranked] == [1, 2]
        assert client.get("/api/v1/events/over/ranking", params={"last": 0}).json() == {"ranking": []}


def test_what_is_not_there_is_told_without_a_path(workspace: Path) -> None:
    with TestClient(create_app(workspace), base_url="http://127.0.0.1") as client:
        for path, status in {
            "over/participants/4": 404,
            "over/participants/-1": 422,
            "nothing/participants/0": 404,
            "../over/participants/0": 404,
            "old/participants/0": 404,
            "old/ranking": 404,
            "old/feeder": 404,
            "over/ranking?last=-1": 422,
            "over/participants/0?first=x": 422,
        }.items():
            answer = client.get(f"/api/v1/events/{path}")
            assert answer.status_code == status, path
            assert str(workspace) not in answer.text


def test_words_are_said_to_a_call_that_goes_on_alone(app: Dash, asked: Asked, workspace: Path) -> None:
    said = workspace / "studies" / "going" / SAID
    assert "Sent: 1,200 kW" in asked(app, "answer.children", 1, 1200, "going", "/en/console")
    assert json.loads(said.read_text("utf-8")) == {"do": "target", "kw": 1200.0}
    assert "not a power" in asked(app, "answer.children", 1, "", "going", "/en/console")
    assert "not a power" in asked(app, "answer.children", 1, -5, "going", "/en/console")
    assert "已经结束" in asked(app, "answer.children", 1, 1200, "over", "/zh/console")
    assert "no operated call" in asked(app, "answer.children", 1, 1200, "../going", "/en/console")
    assert len(said.read_text("utf-8").splitlines()) == 1
    assert not (workspace / "studies" / "over" / SAID).exists()


def test_what_came_of_it_is_shown_when_the_day_is_over(app: Dash, asked: Asked) -> None:
    over = asked(app, "settled.children", None, "over", "/zh/console")
    for word in ("结算与兑现", "dc one", "下载结算表", "补偿"):
        assert word in over
    assert "shows here when the day is over" in asked(app, "settled.children", None, "going", "/en/console")
