"""Files from outside: good ones come in, hostile ones are told, and nothing half is left."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from small_model import BOX
from twin.workshop.intake import LARGEST, read_apart, take_in
from twin.workshop.shelf import Shelf
from weather import load_weather, write_epw
from weather.errors import TwinError

HOUSE = (Path(str(files("twin") / "examples")) / "shanghai_house.yaml").read_bytes()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "projects")


def test_a_project_comes_in_under_the_last_part_of_its_name(shelf: Shelf) -> None:
    taken = take_in(shelf, "..\\..\\etc/我的 楼.yaml", HOUSE)
    assert (taken.kind, taken.name, taken.title) == ("project", "我的 楼", "Shanghai house")
    assert [path.name for path in shelf.folder.iterdir()] == ["我的 楼.yaml"]


def test_weather_comes_in_with_its_repairs(shelf: Shelf, tmp_path: Path) -> None:
    write_epw(load_weather("shanghai"), tmp_path / "a.epw")
    lines = (tmp_path / "a.epw").read_bytes().splitlines(keepends=True)
    cells = lines[20].split(b",")
    cells[6] = b"99.9"
    lines[20] = b",".join(cells)
    taken = take_in(shelf, "Pudong.EPW", b"".join(lines))
    assert (taken.kind, taken.name) == ("weather", "Pudong.epw")
    assert taken.notes
    assert [path.name for path in shelf.folder.iterdir()] == ["Pudong.epw"]


def test_a_model_comes_in_as_a_project_that_is_valid(shelf: Shelf) -> None:
    text = BOX.format(version="25.2", multiplier=1, solar="FullExterior", space=",")
    taken = take_in(shelf, "Box of glass.idf", text.encode())
    assert (taken.kind, taken.name) == ("model", "Box of glass")
    zones = {zone.name: zone.floor_area for zone in shelf.project(taken.name).buildings[0].zones}
    assert zones == {"Room": 40.0, "Loft": 40.0}
    assert [path.name for path in shelf.folder.iterdir()] == ["Box of glass.yaml"]


def test_a_bomb_is_told_with_its_line(shelf: Shelf) -> None:
    with pytest.raises(TwinError) as told:
        take_in(shelf, "bomb.yaml", b"a: 1\nb: &x [1, 1]\nc: [*x, *x]\n")
    assert (told.value.file, told.value.line) == ("bomb.yaml", 2)
    assert list(shelf.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.zip", b"PK\x03\x04", "no kind of file"),
        ("a.yaml.exe", b"MZ", "no kind of file"),
        ("a.yaml", b"#" * (LARGEST[".yaml"] + 1), "of its kind 2 MB"),
        ("...yaml", HOUSE, "cannot be the name"),
    ],
)
def test_what_is_too_large_or_of_another_kind_starts_no_process(
    shelf: Shelf, name: str, content: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.workshop.intake.read_apart", lambda *_: pytest.fail("read"))
    with pytest.raises(TwinError, match=words):
        take_in(shelf, name, content)


def test_a_reader_without_memory_or_end_is_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(code: str) -> Any:
        return lambda _, **given: subprocess.Popen([sys.executable, "-c", code], **given)

    limits = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28,) * 2); x = bytearray(2**30)"
    with pytest.raises(TwinError, match="could not be read within"):
        read_apart("project", tmp_path / "a.yaml", "a.yaml", start=start(limits))
    with pytest.raises(TwinError, match="could not be read within"):
        read_apart("model", tmp_path / "a.idf", "a.idf", start=start("import os; os.abort()"))
    monkeypatch.setattr("twin.workshop.intake.PATIENCE_S", 0.3)
    with pytest.raises(TwinError, match="could not be read within"):
        read_apart("project", tmp_path / "a.yaml", "a.yaml", start=start("import time; time.sleep(60)"))
