"""The dictionary that eppy reads is made from the engine that will run."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from buildings.energyplus import dictionary as room
from buildings.energyplus.dictionary import dictionary, embedded_schema, idd_text, idf_class, schema_version


def test_version_is_the_engines_own() -> None:
    path, version = dictionary()
    assert version == schema_version(embedded_schema())
    assert path.read_text(encoding="utf-8").startswith(f"!IDD_Version {version}.0\n")


def test_every_class_of_the_schema_is_in_the_dictionary() -> None:
    schema = embedded_schema()
    idf = idf_class()(StringIO("Version,25.2;"))
    known = {name.upper() for name in schema["properties"]}
    assert known == set(idf.idfobjects)
    assert len(known) > 800


def test_fields_come_in_the_engines_order_with_official_names() -> None:
    idf = idf_class()(StringIO("Version,25.2;"))
    surface = idf.newidfobject("BUILDINGSURFACE:DETAILED", Name="w")
    names = surface.fieldnames
    assert names[1:7] == [
        "Name", "Surface_Type", "Construction_Name", "Zone_Name", "Space_Name", "Outside_Boundary_Condition",
    ]  # fmt: skip
    assert names[12:15] == ["Vertex_1_Xcoordinate", "Vertex_1_Ycoordinate", "Vertex_1_Zcoordinate"]
    construction = idf.newidfobject("CONSTRUCTION", Name="c")
    assert construction.fieldnames[2:4] == ["Outside_Layer", "Layer_2"]


def test_long_objects_can_be_saved() -> None:
    until = ",".join(f"Until: {h % 24 + 1:02d}:00,{h}" for h in range(1200))
    text = f"Version,25.2;\nSchedule:Compact,S,,Through: 12/31,For: AllDays,{until};\n"
    idf = idf_class()(StringIO(text))
    again = idf_class()(StringIO(idf.idfstr()))
    assert again.idfobjects["SCHEDULE:COMPACT"][0].obj == idf.idfobjects["SCHEDULE:COMPACT"][0].obj
    assert len(again.idfobjects["SCHEDULE:COMPACT"][0].obj) == 2405


_IN_A_CACHE = """
import sys
from buildings.energyplus.dictionary import dictionary, idf_class
path, version = dictionary()
idf_class()
sys.stdout.write(f"{path}|{version}")
"""


def _elsewhere(cache: Path) -> tuple[Path, str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_CACHE], env=environment, capture_output=True, text=True, check=True
    )
    path, version = done.stdout.split("|")
    return Path(path), version


def test_it_is_kept_and_taken_from_the_cache(tmp_path: Path) -> None:
    path, version = _elsewhere(tmp_path)
    assert path.is_relative_to(tmp_path)
    made = path.stat().st_mtime_ns
    again, same = _elsewhere(tmp_path)
    assert (again, same) == (path, version)
    assert path.stat().st_mtime_ns == made
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_half_a_dictionary_is_made_anew(tmp_path: Path) -> None:
    path, version = _elsewhere(tmp_path)
    whole = path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    again, same = _elsewhere(tmp_path)
    assert again.read_text(encoding="utf-8") == whole
    assert same == version


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")
    path, version = _elsewhere(file / "cache")
    assert not path.exists()  # it went with its process
    assert version == schema_version(embedded_schema())


def test_a_library_without_schema_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from weather.errors import TwinError

    other = tmp_path / "lib.so"
    other.write_bytes(b"ELF")
    monkeypatch.setattr(room, "library_path", lambda: other)
    with pytest.raises(TwinError, match="no schema"):
        embedded_schema()


def test_a_missing_engine_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from weather.errors import TwinError

    monkeypatch.setattr(room.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TwinError, match="not installed") as caught:
        room.library_path()
    assert "pip install" in caught.value.remedy


def test_the_text_ends_every_object(tmp_path: Path) -> None:
    schema = embedded_schema()
    text = "".join(idd_text(schema))
    assert text.count(";") >= len(schema["properties"])
