"""`twin respond`: figures, files and page, and what a user can put right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.cli import app
from weather.errors import TwinError

PROJECT = """\
schema: 1
name: pair
name_zh: 两栋
buildings:
  - {name: bus, archetype: office, era: gb55015-2021, zoning: by_use, floor_area: 2000 m2, floors: 2,
     battery: {capacity: 80 kWh, power: 40 kW}, dc_bus: {modules: 2}, control: {type: droop}}
  - {name: board, archetype: office, era: gb55015-2021, zoning: by_use, floor_area: 2000 m2, floors: 2}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "pair.yaml"
    path.write_text(PROJECT, "utf-8")
    return path


def invited(folder: Path, text: str) -> Path:
    path = folder / "call.yaml"
    path.write_text(f"schema: 1\n{text}", "utf-8")
    return path


@pytest.mark.long
def test_a_call_is_answered_from_the_command_line(project: Path, tmp_path: Path) -> None:
    event = invited(tmp_path, "date: 2025-07-30\nduration: 1 h\nstep: 15\nseeds: 2\ncapacity: 10 kW\n")
    out, page = tmp_path / "out", tmp_path / "page.html"
    asked = ["respond", str(project), "--event", str(event), "--out", str(out), "--page", str(page), "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["figures"] == json.loads((out / "summary.json").read_text("utf-8"))
    assert told["figures"]["called_kw"] == 10.0
    assert told["figures"]["participants"] == 2
    assert {one["key"] for one in told["assumptions"]} >= {"response.behaviour", "response.asks"}
    assert page.read_text("utf-8").startswith("<!doctype html>")
    again = CliRunner().invoke(app, asked)
    assert isinstance(again.exception, TwinError)
    assert "already" in str(again.exception)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date: 2031-07-30\n", "2031-07-30"),
        ("kind: both\n", "both"),
        ("baseline: best\n", "best"),
        ("duration: 20 min\n", "quarter-hours"),
    ],
)
def test_what_an_invitation_gets_wrong_names_its_file(
    project: Path, tmp_path: Path, text: str, told: str
) -> None:
    event = invited(tmp_path, text)
    done = CliRunner().invoke(
        app, ["respond", str(project), "--event", str(event), "--out", str(tmp_path / "out")]
    )
    assert isinstance(done.exception, TwinError)  # which the command line tells with exit code 2
    assert told in str(done.exception)
    assert str(done.exception).startswith(str(event))
    assert not (tmp_path / "out").exists()
