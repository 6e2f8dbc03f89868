"""Reading projects: what is accepted, what is refused and how, hostile files, extension."""

from __future__ import annotations

import contextlib
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.loading import parse_project, project_text, read_project
from buildings.description.yaml_text import LARGEST_FILE, parse_yaml
from weather.errors import TwinError

OFFICE = """schema: 1
name: test
buildings:
  - name: o
    archetype: office
    era: gb50189-2005
    floor_area: 20000 m2
    floors: 10
"""

# text, words of the message, key, line
FAULT = OFFICE + "faults:\n  - {of: grid, start: 2025-08-14 14:00, duration: 6 h}\n"

BROKEN = [
    (FAULT.replace("grid", "gird"), "Did you mean 'grid'", "faults[0].of", 10),
    (FAULT.replace("14:00", "14:07"), "steps of 15 min", "faults[0].start", 10),
    (FAULT.replace("6 h", "10 min"), "steps of 15 min", "faults[0].start", 10),
    (FAULT.replace("08-14", "02-30"), "no day of the calendar", "faults[0].start", 10),
    (FAULT.replace("2025-", "2024-"), "leaves the year 2025", "faults[0].start", 10),
    (FAULT.replace("6 h", "8000 h"), "leaves the year 2025", "faults[0].start", 10),
    (FAULT.replace("6 h", "6 h, buildings: [x]"), "no building 'x'", "faults[0].buildings", 10),
    (FAULT.replace("of: grid", "of: interface"), "what fails: interface", "faults[0].of", 10),
    (
        OFFICE + "    battery: {capacity: 10 kWh, power: 5 kW, reserve: 95 %}\n",
        "Reserve 0.95 is not",
        "buildings[0].battery.reserve",
        9,
    ),
    ("", "empty", None, None),
    ("# nothing\n", "empty", None, None),
    ("- a\n", "does not hold keys", None, 1),
    ("a: [1\n", "not YAML", None, 2),
    ("schema: 1\n\tname: x\n", "indented by a tab", None, 2),
    (OFFICE + "---\na: 1\n", "second document", None, 9),
    (OFFICE + "    floors: 3\n", "stands here and in line 8", "floors", 9),
    ("a: &x 1\nb: *x\n", "Anchors", None, 1),
    ("a: !!python/object/apply:os.system [x]\n", "tag", None, 1),
    ("[" * 200, "deeper than", None, 1),
    ("? [a]\n: 1\n", "key is a list", None, 1),
    ("a: \x07\n", "control characters", None, None),
    (OFFICE + "    flor_area: 3\n", "Did you mean 'floor_area'", "buildings[0].flor_area", 9),
    (OFFICE.replace("floor_area", "flor_area"), "Did you mean 'floor_area'", "buildings[0].flor_area", 7),
    (OFFICE.replace("    floors: 10\n", ""), "'floors' is missing", "buildings[0].floors", 4),
    (OFFICE.replace("m2", "kW"), "unit of power, not of area", "buildings[0].floor_area", 7),
    (OFFICE.replace("20000 m2", "-4"), "greater than 0 m2", "buildings[0].floor_area", 7),
    (OFFICE.replace("20000 m2", ".nan"), "finite", "buildings[0].floor_area", 7),
    (OFFICE.replace("20000 m2", "-.inf"), "finite", "buildings[0].floor_area", 7),
    (OFFICE.replace("20000 m2", "100 m2"), "10.0 m2 a floor", "buildings[0].floor_area", 7),
    (OFFICE.replace("office", "offce"), "Did you mean 'office'", "buildings[0].archetype", 5),
    (OFFICE.replace("name: o", "name: a/b"), r"holds \['/'\]", "buildings[0].name", 4),
    (OFFICE.replace("name: o", "name: ..."), "space or a dot", "buildings[0].name", 4),
    (OFFICE.replace("floors: 10", "floors: ten"), "integer", "buildings[0].floors", 8),
    (OFFICE.replace("floors: 10", "floors: " + "9" * 300), "out of range", "buildings[0].floors", 8),
    (OFFICE.replace("schema: 1", "schema: 2"), "Use one of: 1", "schema", 1),
    (OFFICE + "year: 1999\n", "at least 2004", "year", 9),
    (OFFICE + "timestep: 7 min\n", "7 min", "timestep", 9),
    (OFFICE + "timestep: 2 h\n", "120 min", "timestep", 9),
    (OFFICE + "variability: minute\n", "march of 15 min", "variability", 9),
    (OFFICE + "timestep: 5 min\nvariability: second\n", "hourly", "variability", 10),
    (OFFICE + "    control: {type: droop}\n", "without a DC bus", "buildings[0].control.type", 9),
    (
        OFFICE + "    hvac: {cooling_capacity: 3 m2}\n",
        "not of power",
        "buildings[0].hvac.cooling_capacity",
        9,
    ),
    (OFFICE + "    hvac: {cooling_capacity: auto}\n", "autosize", "buildings[0].hvac.cooling_capacity", 9),
    (OFFICE + "    hvac: 3\n", "dictionary", "buildings[0].hvac", 9),
    (OFFICE + "    window_wall_ratio: 1.2\n", "at most 0.95", "buildings[0].window_wall_ratio", 9),
    (
        OFFICE + "    window_wall_ratio: {north: 0.4, east: 2, south: 0.4, west: 0.4}\n",
        "at most 0.95",
        "buildings[0].window_wall_ratio.east",
        9,
    ),
    (
        OFFICE + "    battery: {capacity: 400, power: 200, soc_min: 0.9, soc_max: 0.2}\n",
        "not below soc_max",
        "buildings[0].battery.soc_min",
        9,
    ),
    (
        OFFICE + "    battery: {capacity: 400, power: 200, location: cellar}\n",
        "container",
        "buildings[0].battery.location",
        9,
    ),
    (
        OFFICE + "    battery: {capacity: 400, power: 200, location: 80 degC}\n",
        "at most 45 degC",
        "buildings[0].battery.location",
        9,
    ),
    (OFFICE + "    ev: {chargers: 2, opt_in: 0.5}\n", "which is off", "buildings[0].ev.opt_in", 9),
    (OFFICE + "    ev: {chargers: 2, v2b: true, opt_in: 2}\n", "out of range", "buildings[0].ev.opt_in", 9),
    (
        OFFICE + "    schedules: {x: {every_day: [1, 2]}}\n",
        "has 2 values",
        "buildings[0].schedules.x.every_day",
        9,
    ),
    (OFFICE + "    schedules: {x: {workday: [1]}}\n", "workday and rest_day", "buildings[0].schedules.x", 9),
    (OFFICE + "    vacations: [{first: 02-30, last: 03-01}]\n", "'02-30' is not a day", None, 9),
    (OFFICE + "event: {start: 13:00}\n", "one size", "event", 9),
    (OFFICE + "event: {reduction: 1, date: 2024-07-01}\n", "project's year is 2025", "event.date", 9),
    (OFFICE + "event: {reduction: 1, date: 2025-13-01}\n", "date", "event.date", 9),
    (OFFICE + "    envelope: {wall_u: 4}\n", "other layers alone", "buildings[0].envelope.wall_u", 9),
    (
        OFFICE + "    gains: {schedules: {lighting: office/lights}}\n",
        "office/lighting",
        "buildings[0].gains.schedules.lighting",
        9,
    ),
    (OFFICE + "    perimeter_depth: 40 m\n", "no core", "buildings[0].perimeter_depth", 9),
    (OFFICE.replace("floors: 10", "floors: true"), "valid integer", "buildings[0].floors", 8),
    (OFFICE + "    schedules: {x: {constant: true}}\n", "true|True", "buildings[0].schedules.x.constant", 9),
    (OFFICE + "extends: a.yaml\n", "cannot extend", "extends", 9),
    (OFFICE.replace("  - name: o", "  - name: o\n  - name: o"), "missing", "buildings[0].archetype", 4),
]


@pytest.mark.parametrize(("text", "words", "key", "line"), BROKEN)
def test_broken_text_gives_one_clear_error(text: str, words: str, key: str | None, line: int | None) -> None:
    with pytest.raises(TwinError, match=words) as caught:
        parse_project(text, "p.yaml")
    error = caught.value
    assert error.file == "p.yaml"
    assert "\n" not in str(error)
    assert error.remedy
    if line is not None:
        assert error.line == line
    if key is not None:
        assert error.key == key


def test_two_buildings_of_one_name() -> None:
    second = OFFICE[OFFICE.index("  - name") :]
    with pytest.raises(TwinError, match="wo buildings are called"):
        parse_project(OFFICE + second)


def test_further_errors_are_counted_and_placed() -> None:
    with pytest.raises(TwinError) as caught:
        parse_project(OFFICE.replace("10", "0").replace("20000 m2", "3 kW"), "p.yaml")
    assert "line 8, buildings[0].floors" in caught.value.remedy


def test_plain_words_stay_words() -> None:
    node = parse_yaml("a: off\nb: 13:00\nc: 1e3\nd: yes\ne: 2025-01-01\nf: ~\ng: 0x10\nh: '5'\n", "t").plain()
    assert node == {
        "a": "off",
        "b": "13:00",
        "c": 1000.0,
        "d": "yes",
        "e": "2025-01-01",
        "f": None,
        "g": "0x10",
        "h": "5",
    }


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    path = tmp_path / "bomb.yaml"
    path.write_text(bomb, encoding="utf-8")
    with pytest.raises(TwinError, match="Anchors"):
        read_project(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="does not exist"):
        read_project(tmp_path / "none.yaml")
    with pytest.raises(TwinError, match="folder"):
        read_project(tmp_path)
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(TwinError, match="2 MB"):
        read_project(big)
    gbk = tmp_path / "gbk.yaml"
    gbk.write_bytes(b"schema: 1\n" + "name: 办公楼\n".encode("gbk"))
    with pytest.raises(TwinError, match="not UTF-8") as caught:
        read_project(gbk)
    assert caught.value.line == 2


def test_utf8_with_mark_and_chinese_path(tmp_path: Path) -> None:
    path = tmp_path / "上海.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + OFFICE.replace("test", "上海 办公").encode())
    assert read_project(path).name == "上海 办公"


def test_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(OFFICE.replace("\n", "\r\n").encode())
    assert read_project(path).buildings[0].name == "o"


def test_text_of_a_project_reads_back_equal() -> None:
    project = parse_project(
        OFFICE + "    hvac: {cooling_setpoint: 25}\nevent: {reduction: 20 kW, date: 2025-07-01}\n"
    )
    assert parse_project(project_text(project)) == project


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_no_text_gives_anything_but_a_twin_error(text: str) -> None:
    with pytest.raises(TwinError):
        parse_project(text)


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from(["buildings", "site", "event", "hvac", "pv", "year", "control", "dc_bus", "schedules"]),
)
def test_any_value_at_any_key_gives_a_project_or_a_twin_error(value: object, key: str) -> None:
    place = OFFICE if key in ("buildings", "site", "event", "year") else OFFICE + "    "
    text = place.replace("buildings:", "x:") if key == "buildings" else place
    with contextlib.suppress(TwinError):
        parse_project(f"{text}{key}: {json.dumps(value)}\n")


# --- extension ------------------------------------------------------------------------------------------


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_extension_changes_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "base.yaml",
        OFFICE + "    battery: {capacity: 100, power: 50}\n    pv: [{name: a, capacity: 10}]\n",
    )
    path = _write(
        tmp_path,
        "over.yaml",
        "extends: base.yaml\nname: other\nbuildings:\n  - name: o\n    floors: 5\n    battery: null\n"
        "    pv: [{name: a, capacity: 20}, {name: b, capacity: 5}]\n"
        "  - {name: p, archetype: hotel, era: nzeb, floor_area: 500, floors: 2}\n",
    )
    project = read_project(path)
    office, hotel = project.buildings
    assert project.name == "other"
    assert (office.floors, office.floor_area, office.battery) == (5, 20000.0, None)
    assert [(a.name, a.capacity) for a in office.pv] == [("a", 20.0), ("b", 5.0)]
    assert hotel.name == "p"


def test_chinese_words_of_a_base_go_where_the_name_is_another(tmp_path: Path) -> None:
    words = "name_zh: 基础\ndescription: base\ndescription_zh: 说明\n"
    _write(tmp_path, "base.yaml", OFFICE.replace("name: test\n", "name: test\n" + words))
    renamed = read_project(_write(tmp_path, "over.yaml", "extends: base.yaml\nname: other\n"))
    assert (renamed.name_zh, renamed.description_zh) == (None, "说明")
    both = read_project(_write(tmp_path, "both.yaml", "extends: base.yaml\nname: other\nname_zh: 另一\n"))
    assert both.name_zh == "另一"
    kept = read_project(_write(tmp_path, "kept.yaml", "extends: base.yaml\nyear: 2024\n"))
    assert kept.name_zh == "基础"


def test_an_error_in_the_base_names_the_base(tmp_path: Path) -> None:
    _write(tmp_path, "base.yaml", OFFICE.replace("20000 m2", "3 kW"))
    path = _write(tmp_path, "over.yaml", "extends: base.yaml\nname: other\n")
    with pytest.raises(TwinError) as caught:
        read_project(path)
    assert caught.value.file is not None
    assert caught.value.file.endswith("base.yaml")
    assert caught.value.line == 7


@pytest.mark.parametrize(
    "name", ["../base.yaml", "/etc/passwd", "sub/base.yaml", "..", "'C:\\base.yaml'", "[a]", "1"]
)
def test_extension_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path, "over.yaml", f"extends: {name}\n")
    with pytest.raises(TwinError, match="same folder"):
        read_project(path)


def test_extension_in_a_circle(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "extends: b.yaml\n")
    _write(tmp_path, "b.yaml", "extends: a.yaml\n")
    with pytest.raises(TwinError, match="circle"):
        read_project(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("floor_area", "flor_area", "buildings[0].flor_area：没有“flor_area”这个键。是否应为“floor_area”？"),
        ("    floors: 10\n", "", "缺少“floors”。请补上：Storeys above ground."),
        ("floors: 10", "floors: 0", "floors：0 超出范围。应不小于 1。"),
        ("floors: 10", "floors: ten", "'ten' 不合要求。应为整数。"),
        ("20000 m2", "20000 kW", "'20000 kW' 不合要求。应为以 m2 计的量。"),
        ("archetype: office", "archetype: ofice", "不能是 'ofice'。可选："),
        ("20000 m2\n    floors: 10", "-3\n    floors: 0", "（另有 1 处："),
    ],
)
def test_what_the_schema_refuses_is_said_in_chinese_too(was: str, now: str, words: str) -> None:
    assert was in OFFICE
    with pytest.raises(TwinError) as caught:
        parse_project(OFFICE.replace(was, now), "项目.yaml")
    assert words in caught.value.told("zh")
    assert caught.value.told("en") == str(caught.value)
    assert caught.value.at(key="x").told("zh") == f"x：{caught.value.said('zh')}"
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.told("zh") == caught.value.told("zh")
