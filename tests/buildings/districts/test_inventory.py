"""Buildings of a district from tables and maps, and what is wrong with them, by file, line and column."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildings.description.loading import parse_project, project_text, read_project
from buildings.description.schema import ArchetypeBuilding, Project
from buildings.districts.diversity import diversity, drawn_habits
from buildings.districts.footprint import footprint
from weather.errors import TwinError

HEAD = """\
schema: 1
name: quarter
district:
  table: {table}
  seed: 3
  kinds:
    tower:
      archetype: office
      zoning: by_use
      pv: [{{name: roof, capacity: 50 kWp}}]
      ev: {{chargers: 2, power: 7 kW, vehicles_per_day: 3}}
    home: {{archetype: residential, zoning: by_use, habits: {{cooling: 1.5}}}}
"""
ROWS = """\
name,kind,year_built,footprint_area,height,pv.roof.capacity,meters
A1,tower,2010,1000,40,80 kWp,
A2,tower,1995,800,12,,
住宅1,home,2020,400,54,,36
"""


def project(folder: Path, table: str | bytes, *, name: str = "b.csv", head: str = HEAD) -> Project:
    (folder / "d.yaml").write_text(head.format(table=name), "utf-8")
    (folder / name).write_bytes(table.encode() if isinstance(table, str) else table)
    return read_project(folder / "d.yaml")


def test_rows_are_buildings_on_their_kind(tmp_path: Path) -> None:
    """40 m of an office with storeys of 3.9 m are 10 floors, 12 m are 3; 54 m of dwellings of 3 m are 18."""
    found = project(tmp_path, ROWS)
    first, second, home = (b for b in found.buildings if isinstance(b, ArchetypeBuilding))
    assert (first.floors, second.floors, home.floors) == (10, 3, 18)
    assert (first.floor_area, second.floor_area, home.floor_area) == (10000.0, 2400.0, 7200.0)
    assert (first.era, second.era, home.era) == ("gb50189-2005", "1980s", "gb50189-2015")
    assert (first.pv[0].capacity, second.pv[0].capacity) == (80.0, 50.0)
    assert home.meters == 36
    assert home.habits.cooling == 1.5
    assert first.ev is not None
    assert second.ev is not None
    assert first.ev.seed != second.ev.seed


def test_what_comes_of_it_is_a_project_like_any_other(tmp_path: Path) -> None:
    found = project(tmp_path, ROWS)
    assert parse_project(project_text(found)) == found


def test_written_buildings_stand_before_those_of_the_table(tmp_path: Path) -> None:
    own = "buildings: [{{name: own, archetype: office, era: nzeb, floor_area: 500 m2, floors: 2}}]\n"
    found = project(tmp_path, ROWS, head=HEAD + own)
    assert [b.name for b in found.buildings] == ["own", "A1", "A2", "住宅1"]


def test_a_building_draws_by_its_name_alone(tmp_path: Path) -> None:
    """Another row before it changes nothing in it; another seed does."""
    before = {b.name: b.habits for b in project(tmp_path, ROWS).buildings}
    lines = ROWS.splitlines()
    more = "\n".join([lines[0], "new,tower,2001,500,10,,", *reversed(lines[1:])])
    after = {b.name: b.habits for b in project(tmp_path, more).buildings}
    assert {name: after[name] for name in before} == before
    other = {
        b.name: b.habits for b in project(tmp_path, ROWS, head=HEAD.replace("seed: 3", "seed: 4")).buildings
    }
    assert all(other[name] != before[name] for name in before)
    alike = project(tmp_path, ROWS, head=HEAD.replace("seed: 3", "diversity: false"))
    assert len({b.habits for b in alike.buildings[:2]}) == 1


def test_habits_are_spread_as_their_data_say() -> None:
    """Means of triangles, (low + mode + high) / 3, within four standard errors of 4,000 buildings."""
    drawn = [drawn_habits(f"b{i}", 1) for i in range(4000)]
    for key, entry in diversity()["habits"].items():
        values = np.array([one[key] for one in drawn])
        assert entry["low"] <= values.min()
        assert values.max() <= entry["high"]
        mean = (entry["low"] + entry["mode"] + entry["high"]) / 3.0
        assert values.mean() == pytest.approx(mean, abs=4.0 * values.std() / 4000**0.5)


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ("", 1, "header"),
        ("name,kind\n", None, "no building"),
        ("name,kind\nA,tower,3\n", 2, "3 cells under 2"),
        ("name,name\nA,tower\n", 1, "stands twice"),
        ("name,kind,floors,floor_area\nA,shed,3,300\n", 2, "'shed'"),
        ("name,kind,floors,floor_area\nA,,3,300\n", 2, "no kind"),
        ("kind,floors,floor_area\ntower,3,300\n", 2, "no name"),
        ("name,kind,floors,floor_area,era\nA,tower,3,300,nzeb\n\nA,tower,3,300,nzeb\n", 4, "stands twice"),
        ("name,kind,floors,floor_area,era\nA,tower,3,nan,nzeb\n", 2, "nan"),
        ("name,kind,floors,floor_area,era\nA,tower,3,-300 m2,nzeb\n", 2, "-300"),
        ("name,kind,floors,floor_area,year_built\nA,tower,3,300,unknown\n", 2, "unknown"),
        ("name,kind,floors,floor_area,era,pv.facade.capacity\nA,tower,3,300,nzeb,5\n", 2, "'facade'"),
        ("name,kind,floors,floor_area,era,colour\nA,tower,3,300,nzeb,red\n", 2, "colour"),
        ("name,kind,footprint_area,era\nA,tower,300,nzeb\n", 2, "floors or height"),
        ("name,kind,floors,floor_area,era,a..b\nA,tower,3,300,nzeb,5\n", 2, "names no key"),
        (b"name,kind\n\xd6\xd0,tower\n", 2, "UTF-8"),
        (b'name,kind\n"A,tower\n', None, "no CSV"),
        (b"name,kind\nA,to\0wer\n", None, "NUL"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, table: str | bytes, line: int | None, words: str
) -> None:
    with pytest.raises(TwinError) as caught:
        project(tmp_path, table)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert str(caught.value.file).endswith("b.csv")
    if line is not None:
        assert caught.value.line == line


@pytest.mark.parametrize("name", ["../b.csv", "/etc/passwd", "a/b.csv", "..", "C:\\b.csv"])
def test_a_table_lies_beside_its_project(tmp_path: Path, name: str) -> None:
    (tmp_path / "d.yaml").write_text(HEAD.format(table=json.dumps(name)), "utf-8")
    with pytest.raises(TwinError, match="same folder") as caught:
        read_project(tmp_path / "d.yaml")
    assert caught.value.line == 4


def test_a_missing_table_and_a_district_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(HEAD.format(table="none.csv"), "utf-8")
    with pytest.raises(TwinError, match="does not exist"):
        read_project(tmp_path / "d.yaml")
    with pytest.raises(TwinError, match="no folder"):
        parse_project(HEAD.format(table="b.csv"))


def outline(length: float, depth: float, turn: float) -> dict[str, Any]:
    """A rectangle in Lingang, its long side turned clockwise from east-west."""
    c, s = np.cos(np.radians(-turn)), np.sin(np.radians(-turn))
    x = np.array([-1, 1, 1, -1, -1]) * length / 2.0
    y = np.array([-1, -1, 1, 1, -1]) * depth / 2.0
    degree = np.pi / 180.0 * 6371008.8
    lon = 121.93 + (c * x - s * y) / (degree * np.cos(np.radians(30.9)))
    lat = 30.9 + (s * x + c * y) / degree
    return {"type": "Polygon", "coordinates": [np.stack([lon, lat], axis=1).tolist()]}


@settings(max_examples=60, deadline=None)
@given(st.floats(20.0, 200.0), st.floats(1.05, 10.0), st.floats(-89.0, 89.0))
def test_a_footprint_is_the_rectangle_that_was_drawn(depth: float, aspect: float, turn: float) -> None:
    found = footprint(outline(depth * aspect, depth, turn), "here")
    assert found.area == pytest.approx(depth * depth * aspect, rel=2e-3)
    assert found.aspect_ratio == pytest.approx(aspect, rel=5e-3)
    assert abs((found.orientation - turn + 90.0) % 180.0 - 90.0) < 0.5


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_a_map_gives_footprint_proportions_and_turn(tmp_path: Path) -> None:
    drawn = feature(outline(60.0, 20.0, 15.0), name="A", kind="tower", floors=5, year_built=2018)
    table = json.dumps({"type": "FeatureCollection", "features": [drawn]})
    (building,) = project(tmp_path, table, name="b.geojson").buildings
    assert isinstance(building, ArchetypeBuilding)
    assert building.floor_area == pytest.approx(6000.0, rel=2e-3)
    assert building.aspect_ratio == pytest.approx(3.0, rel=5e-3)
    assert building.orientation == pytest.approx(15.0, abs=0.2)


BOW = {
    "type": "Polygon",
    "coordinates": [[[121, 31], [121.001, 31.001], [121.001, 31], [121, 31.001], [121, 31]]],
}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no features"),
        ('{"features": [3]}', "no properties"),
        (
            json.dumps({"features": [feature(None, name="A", kind="tower", era="nzeb", floors=2)]}),
            "floor_area",
        ),
        (json.dumps({"features": [feature({"type": "Point"}, name="A", kind="tower")]}), "Point"),
        (
            json.dumps({"features": [feature({"type": "Polygon", "coordinates": "x"}, name="A")]}),
            "cannot be read",
        ),
        (json.dumps({"features": [feature({"type": "Polygon", "coordinates": []}, name="A")]}), "longitude"),
        (json.dumps({"features": [feature(BOW, name="A", kind="tower")]}), "not valid"),
        (json.dumps({"features": [feature(outline(9e4, 20, 0), name="A", kind="tower")]}), "degrees wide"),
        (json.dumps({"features": [feature(outline(0.5, 0.5, 0), name="A", kind="tower")]}), "m2"),
        (json.dumps({"features": [feature(None, name={"a": 1}, kind="tower")]}), "no plain value"),
    ],
)
def test_a_wrong_map_is_told(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(TwinError) as caught:
        project(tmp_path, content, name="b.geojson")
    assert words in str(caught.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.lists(
                st.sampled_from(["name", "kind", "tower", "A", "3", "1e3", "-1", "floors", "nan", "a.b", ""])
            )
        ),
    ),
    st.sampled_from(["b.csv", "b.geojson"]),
)
def test_anything_in_a_table_is_buildings_or_one_clear_error(
    tmp_path: Path, table: bytes | list[list[str]], name: str
) -> None:
    if isinstance(table, list):
        text = io.StringIO()
        csv.writer(text).writerows(table)
        table = text.getvalue().encode()
    try:
        found = project(tmp_path, table, name=name).buildings
    except TwinError as error:
        found, remedy = (), error.remedy
    else:
        remedy = ""
    assert bool(found) != bool(remedy)
