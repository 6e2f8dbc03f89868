"""`twin watch` on a live folder."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from marches import PEDF, hall
from twin.cli import app
from twin.watch.detection import detection
from watched_hall import weeks
from weather.errors import TwinError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the hall."""
    written = {"schema": 1, "name": "hall", "year": 2025, "timestep": 15, "buildings": [hall(**PEDF)]}
    (tmp_path / "project.yaml").write_text(json.dumps(written), "utf-8")
    return tmp_path / "project.yaml"


def _folder(path: Path, estimates: pd.DataFrame) -> Path:
    (path / "days").mkdir(parents=True)
    estimates.to_parquet(path / "days" / "all.parquet")
    (path / "live.json").write_text(json.dumps({"start": "2025-06-01"}), "utf-8")
    return path


def test_it_tells_alarms_with_their_cost_and_how_surely_faults_are_found(
    project: Path, tmp_path: Path
) -> None:
    live = _folder(tmp_path / "live", weeks(pv=0.8))
    done = CliRunner().invoke(app, ["watch", str(project), str(live), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    (alarm,) = found["alarms"]
    assert (alarm["fault"], alarm["since"], alarm["after"]) == ("pv_loss", "2025-07-06", None)
    assert 0.2 * 152.0 * 0.4 < alarm["cost_cny"] < 0.2 * 152.0 * 1.3, "a fifth of 152 kWh a day in Shanghai"
    assert found["training_days"] == 28
    assert "heating" not in found["watched"]
    assert {"pv", "cooling", "meter", "battery"} <= set(found["watched"])
    assert found["measured"] == detection()


def test_what_it_says_on_a_terminal(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    live = _folder(tmp_path / "live", weeks(fans_at_night_kw=1.0, moisture=1.2))
    done = CliRunner().invoke(app, ["watch", str(project), str(live)])
    assert done.exit_code == 0, done.output
    assert "新风阀卡滞" in done.output
    assert "费用未知（读数本身有误不费电" in done.output
    assert "可能是“新风阀卡滞”的表现" in done.output
    sound = _folder(tmp_path / "sound", weeks(days=32))
    said = CliRunner().invoke(app, ["watch", str(project), str(sound)]).output
    assert "无报警" in said
    assert "光伏出力" in said
    young = _folder(tmp_path / "young", weeks(days=20))
    said = CliRunner().invoke(app, ["watch", str(project), str(young)]).output
    assert "尚未监视" in said
    assert "无报警" not in said


def test_folders_that_tell_nothing_are_refused(project: Path, tmp_path: Path) -> None:
    empty = CliRunner().invoke(app, ["watch", str(project), str(tmp_path)])
    assert "no whole days" in str(empty.exception)
    old = _folder(tmp_path / "old", weeks(days=30).drop(columns="cooling_kw expected"))
    refused = CliRunner().invoke(app, ["watch", str(project), str(old)]).exception
    assert isinstance(refused, TwinError)
    assert "旧版本" in refused.told("zh")


def test_the_measured_table_holds_every_fault_and_an_honest_rate() -> None:
    told = detection()
    assert set(told["faults"]) >= {"pv_string", "meter", "battery_fade", "humidity_sensor"}
    for row in told["faults"].values():
        assert 0.0 <= row["named_first"] <= row["found"] <= row["alarm"] <= 1.0
        assert ("median_days" in row) == (row["found"] > 0.0)
    false = told["false_alarms"]
    assert false["interval_90"][0] <= false["per_month"] <= false["interval_90"][1]
    assert false["interval_90"][0] <= told["stated_per_month"], "the stated rate is not refuted"
