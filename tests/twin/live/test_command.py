"""`twin live` on measured files, through the door of the meters."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from live_hall import Truth
from marches import PEDF, hall
from twin.cli import app
from weather.errors import TwinError

MAPPING = """
schema: 1
zone: Asia/Shanghai
connection: 100 kW
step: 15 min
meters:
  - file: readings.csv
    time: {column: time}
    readings:
      - {column: room, point: zone air temp sensor, of: hall, unit: degC}
      - {column: humid, point: Zone_Air_Humidity_Sensor, of: hall}
      - {column: net, point: net_import_kw, unit: kW}
      - {column: pv, point: pv_kw, unit: W}
      - {column: outside, point: temp_air, unit: degC}
      - {column: sun, point: ghi}
"""
COLUMNS = {
    "hall/temp_air_c": "room", "hall/relative_humidity_pct": "humid", "net_import_kw": "net",
    "pv_kw": "pv", "temp_air": "outside", "ghi": "sun",
}  # fmt: skip


def _written(truth: Truth, folder: Path, steps: int) -> None:
    """What a logger has written so far; PV in W, states at the moments to which they belong."""
    table = truth.readings.iloc[:steps][list(COLUMNS)].rename(columns=COLUMNS)
    table["pv"] = 1000.0 * table["pv"].clip(lower=0.0)
    ends = ["room", "humid"]
    last = table[ends].set_axis(table.index + pd.Timedelta(minutes=15))
    whole = pd.concat([table.drop(columns=ends), last], axis=1).sort_index()
    whole.rename_axis("time").to_csv(folder / "readings.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project and a mapping."""
    project = {"schema": 1, "name": "hall", "year": 2025, "timestep": 15, "buildings": [hall(**PEDF)]}
    (tmp_path / "project.yaml").write_text(json.dumps(project), "utf-8")
    (tmp_path / "meters.yaml").write_text(MAPPING, "utf-8")
    return tmp_path


def _live(folder: Path, *more: str) -> dict[str, object]:
    paths = [str(folder / name) for name in ("project.yaml", "meters.yaml")]
    ran = ["live", *paths, "--out", str(folder / "live"), "--step", "15", "--members", "16", "--json", *more]
    done = CliRunner().invoke(app, ran)
    if isinstance(done.exception, TwinError):
        raise done.exception
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_growing_file_is_followed_from_where_it_was(folder: Path, truth: Truth) -> None:
    _written(truth, folder, 40)
    first = _live(folder)
    assert first["followed_steps"] == first["steps"]
    _written(truth, folder, 95)
    second = _live(folder)
    assert second["steps"] == first["steps"] + 55
    assert second["followed_steps"] == 55
    room = second["estimates"]["hall/temp_air_c"]  # type: ignore[index]
    assert room["mean"] == pytest.approx(truth.series["hall/temp_air_c"].iloc[94], abs=0.6)
    assert 0.0 < room["sd"] < 0.6, "relaxed to half of what a step without a reading left"
    assert 0.7 < second["estimates"]["pv"]["mean"] < 1.1  # type: ignore[index]


def test_what_it_says_on_a_terminal(folder: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    _written(truth, folder, 24)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    paths = [str(folder / name) for name in ("project.yaml", "meters.yaml")]
    done = CliRunner().invoke(
        app, ["live", *paths, "--out", str(folder / "live"), "--step", "15", "--members", "8"]
    )
    assert done.exit_code == 0, done.output
    assert "跟随至 2025-07-16" in done.output
    assert "光伏出力系数" in done.output


def test_points_that_it_does_not_hear_are_refused(folder: Path, truth: Truth) -> None:
    _written(truth, folder, 24)
    text = MAPPING[: MAPPING.index("      - {column: room")]
    (folder / "meters.yaml").write_text(
        text + "      - {column: net, point: hot_water_kw, unit: kW}\n", "utf-8"
    )
    with pytest.raises(TwinError, match="listens to none of the points hot_water_kw"):
        _live(folder)
