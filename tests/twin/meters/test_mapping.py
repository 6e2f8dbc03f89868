"""Mappings: what is refused, with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.cli import app
from twin.meters.mapping import read_mapping
from weather.errors import TwinError

GOOD = """schema: 1
zone: Asia/Shanghai
connection: 800 kW
meters:
  - file: a.csv
    time: {column: time}
    readings:
      - {column: kW, point: grid_import_kw}
      - {column: T, point: temp_air_c, of: north, unit: degF}
"""


def mapping(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in GOOD
    (folder / "m.yaml").write_text(GOOD.replace(old, new) if old else GOOD, "utf-8")
    return folder / "m.yaml"


def test_a_mapping_is_read(tmp_path: Path) -> None:
    found, _ = read_mapping(mapping(tmp_path))
    power, temp = found.meters[0].readings
    assert found.connection == 800.0
    assert (power.read_as, power.series, power.base_unit) == ("power", "grid_import_kw", "kW")
    assert (temp.read_as, temp.series) == ("state", "north/temp_air_c")
    assert temp.to_base(50.0) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("point: grid_import_kw", "point: grid_imports", 8, "No point of the twin"),
        (", of: north", "", 9, "has no zone"),
        ("point: grid_import_kw", "point: grid_import_kw, of: north", 8, "is no point of a zone"),
        ("unit: degF", "unit: kW", 9, "is a unit of power"),
        ("unit: degF", "kind: energy", 9, "cannot be read as energy"),
        ("point: grid_import_kw", "point: grid_import_kw, kind: state", 8, "cannot be read as state"),
        ("point: grid_import_kw", "point: grid_import_kw, rollover: 1000", 8, "rollover"),
        ("point: temp_air_c, of: north, unit: degF", "point: grid_import_kw", 9, "told by two columns"),
        ("Asia/Shanghai", "Asia/Pudong", 2, "no time zone"),
        ("{column: time}", "{column: time, shift: an hour}", 6, "no shift of a clock"),
        ("{column: time}", "{column: time, label: middle}", 6, "not possible"),
        ("connection: 800 kW", "connection: 800 kg", 3, "kg"),
        ("schema: 1", "schema: 2", 1, "2"),
        ("file: a.csv", "files: a.csv", 5, "files"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    with pytest.raises(TwinError, match=said) as caught:
        read_mapping(mapping(tmp_path, old, new))
    assert caught.value.line == line
    assert caught.value.remedy


def test_the_command_shows_the_report_and_writes_the_series(tmp_path: Path) -> None:
    rows = [f"2025-05-01 {h:02d}:00,{10 + h},{60 + h}" for h in range(24) if h not in (3, 4)]
    (tmp_path / "a.csv").write_text("\n".join(["time,kW,T", *rows]), "utf-8")
    out = tmp_path / "clean.parquet"
    shown = CliRunner().invoke(app, ["meters", str(mapping(tmp_path)), "--out", str(out)], env={"LANG": "en"})
    assert shown.exit_code == 0, shown.output
    assert "nothing measured" in shown.output
    assert "88.0 %" in shown.output
    assert out.is_file()
    assert not list(tmp_path.glob(".*"))
    chinese = CliRunner().invoke(app, ["meters", str(mapping(tmp_path))], env={"LANG": "zh_CN.UTF-8"})
    assert "缺测" in chinese.output
    told = CliRunner().invoke(app, ["meters", str(mapping(tmp_path)), "--json"])
    assert '"what": "gap"' in told.output
