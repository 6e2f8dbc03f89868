"""Who stands around whom in a district, from maps; what least angle and reach leave out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from buildings.description.complete import complete
from buildings.description.loading import read_project
from buildings.description.neighbours import Neighbours
from buildings.description.schema import ArchetypeBuilding, Project
from buildings.districts.footprint import footprint
from buildings.districts.neighbours import Block, outlines_around, shade_data
from weather.errors import TwinError

WEST, SOUTH = 121.9, 30.9
EAST_M = math.radians(6371008.8) * math.cos(math.radians(SOUTH))
NORTH_M = math.radians(6371008.8)
HEAD = """\
schema: 1
name: quarter
district:
  table: b.geojson
  {neighbours}
  kinds:
    tower: {{archetype: office, zoning: by_use, pv: [{{name: roof, capacity: 5 kWp}}]}}
"""


def ring(x: float, y: float, length: float, depth: float, turn: float = 0.0) -> list[list[float]]:
    """A rectangle in longitude and latitude about a place in metres."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)]
    placed = [(a * length, b * depth) for a, b in corners]
    return [[WEST + (x + a * c + b * s) / EAST_M, SOUTH + (y - a * s + b * c) / NORTH_M] for a, b in placed]


def feature(corners: list[list[float]], **cells: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "properties": cells, "geometry": geometry}


def write(
    folder: Path, features: list[dict[str, Any]], neighbours: str = "seed: 0", name: str = "b.geojson"
) -> None:
    (folder / "d.yaml").write_text(HEAD.format(neighbours=neighbours), "utf-8")
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def read(folder: Path) -> list[ArchetypeBuilding]:
    found: Project = read_project(folder / "d.yaml")
    return [b for b in found.buildings if isinstance(b, ArchetypeBuilding)]


PAIR = [
    feature(ring(0.0, 0.0, 40.0, 20.0), name="A", kind="tower", floors=5, year_built=2010),
    feature(ring(0.0, -60.0, 40.0, 20.0), name="B", kind="tower", height=60, year_built=2010),
]


def test_two_buildings_stand_before_each_other(tmp_path: Path) -> None:
    """Corners in metres from one's middle, the top as measured or by the storeys."""
    write(tmp_path, PAIR)
    first, second = read(tmp_path)
    assert first.neighbours is not None
    assert second.neighbours is not None
    corners = shapely.get_coordinates(shapely.from_wkt(first.neighbours.outlines), include_z=True)
    np.testing.assert_allclose(
        [*corners.min(axis=0), *corners.max(axis=0)], [-20, -70, 60, 20, -50, 60], atol=0.06
    )
    corners = shapely.get_coordinates(shapely.from_wkt(second.neighbours.outlines), include_z=True)
    np.testing.assert_allclose(
        [*corners.min(axis=0), *corners.max(axis=0)], [-20, 50, 19.5, 20, 70, 19.5], atol=0.06
    )
    line = complete(first).standing.skylines["ground-south-wall"]  # type: ignore[union-attr]
    seen = line.own.height[:, 36].max()
    assert seen == pytest.approx(math.degrees(math.atan2(60.0 - 0.5 * 3.9, 40.0)), abs=0.3)


@pytest.mark.parametrize("turn", [0.0, 25.0, -40.0, 80.0])
def test_a_facade_lies_where_the_map_draws_it(tmp_path: Path, turn: float) -> None:
    """A thin wall 10 m before the long facade, whatever the turn: all points stand 10 m off it."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    away = 10.0 + 10.0 + 0.5
    other = ring(-away * s, -away * c, 400.0, 1.0, turn)
    features = [PAIR[0] | feature(ring(0.0, 0.0, 40.0, 20.0, turn), name="A", kind="tower", floors=5)]
    features[0]["properties"]["year_built"] = 2010
    features.append(feature(other, name="B", kind="tower", floors=5, year_built=2010))
    write(tmp_path, features)
    standing = complete(read(tmp_path)[0]).standing
    assert standing is not None
    expected = math.degrees(math.atan2(19.5 - 1.95, 10.0))
    apart = complete(read(tmp_path)[0].model_copy(update={"zoning": "perimeter_core"})).standing
    assert apart is not None
    facing = [line.own.height.max() for name, line in apart.skylines.items() if name.startswith("ground")]
    assert max(facing) == pytest.approx(expected, abs=1.0)
    assert sum(height > expected - 1.0 for height in facing) == 1


def test_who_only_stands_around(tmp_path: Path) -> None:
    """A second map shades and is not simulated; what it holds of the district itself counts once."""
    around = [
        feature(ring(0.0, -60.0, 40.0, 20.0), height=60),
        feature(ring(1.0, 1.0, 30.0, 15.0), height=99),
    ]
    write(tmp_path, around, name="around.geojson")
    write(tmp_path, PAIR[:1], "neighbours: {context: around.geojson, reflectance: 0.35}")
    (alone,) = read(tmp_path)
    assert alone.neighbours is not None
    assert alone.neighbours.reflectance == 0.35
    assert len(shapely.get_parts(shapely.from_wkt(alone.neighbours.outlines))) == 1
    write(tmp_path, PAIR[:1])
    assert read(tmp_path)[0].neighbours is None


def test_it_can_be_left_out(tmp_path: Path) -> None:
    write(tmp_path, PAIR, "neighbours: {shade: false}")
    assert [b.neighbours for b in read(tmp_path)] == [None, None]


def test_what_is_far_or_low_does_not_count(tmp_path: Path) -> None:
    """Tops below three degrees, and beyond 300 m."""
    low = feature(ring(0.0, -150.0, 10.0, 10.0), name="low", kind="tower", height=4, year_built=2010)
    far = feature(ring(0.0, 340.0, 10.0, 10.0), name="far", kind="tower", height=200, year_built=2010)
    write(tmp_path, [PAIR[0], low, far])
    first, second, third = read(tmp_path)
    assert first.neighbours is None
    assert second.neighbours is not None  # A stands 19.5 m high before it
    assert third.neighbours is None
    write(
        tmp_path,
        [
            PAIR[0],
            feature(ring(0.0, 300.0, 10.0, 10.0), name="near", kind="tower", height=200, year_built=2010),
        ],
    )
    assert read(tmp_path)[0].neighbours is not None


@pytest.mark.parametrize(
    ("cells", "said"), [({}, "height is 'None'"), ({"height": "tall"}, "'tall'"), ({"height": -3}, "'-3'")]
)
def test_a_context_without_heights_is_told(tmp_path: Path, cells: dict[str, Any], said: str) -> None:
    write(tmp_path, [feature(ring(0.0, -60.0, 40.0, 20.0), **cells)], name="around.geojson")
    write(tmp_path, PAIR, "neighbours: {context: around.geojson}")
    with pytest.raises(TwinError, match=said) as caught:
        read(tmp_path)
    assert str(caught.value.file).endswith("around.geojson")
    assert caught.value.key == "features[0].properties.height"


def test_a_context_elsewhere_is_refused(tmp_path: Path) -> None:
    write(tmp_path, PAIR, "neighbours: {context: ../around.geojson}")
    with pytest.raises(TwinError, match="same folder"):
        read(tmp_path)


def test_the_default_reflectance_is_that_of_the_data() -> None:
    assert Neighbours.model_fields["reflectance"].default == shade_data()["reflectance"]["value"]


def quarter(seed: int = 3, side: int = 15) -> list[Block]:
    """Blocks of 20 to 50 m, 9 to 54 m high, a quarter of the ground built."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(side):
        for j in range(side):
            x, y = i * 70.0 + rng.uniform(-8.0, 8.0), j * 55.0 + rng.uniform(-8.0, 8.0)
            drawn = ring(x, y, rng.uniform(25.0, 50.0), rng.uniform(14.0, 24.0), rng.uniform(-15.0, 15.0))
            made.append(
                Block(
                    footprint({"type": "Polygon", "coordinates": [drawn]}, "b"),
                    float(rng.integers(3, 19) * 3),
                )
            )
    return made


def test_what_angle_and_reach_leave_out(figure: Callable[[str], None]) -> None:
    """Sky of the facades of a quarter by them, against all that stands within 3 km."""
    blocks = quarter()
    inner = [i * 15 + j for i in (5, 7, 9) for j in (5, 7, 9)]
    skies: dict[tuple[float, float], list[float]] = {}
    for angle, reach in ((3.0, 300.0), (6.0, 150.0), (0.1, 3000.0)):
        texts = outlines_around(blocks, least_angle=angle, reach=reach)
        found = []
        for i in inner:
            floors = round(blocks[i].height / 3.0)
            made = ArchetypeBuilding.model_validate(
                {
                    "name": "b", "archetype": "office", "era": "gb55015-2021", "floors": floors,
                    "floor_area": floors * blocks[i].outline.area, "storey_height": 3.0,
                    "orientation": blocks[i].outline.orientation, "zoning": "by_use",
                    "aspect_ratio": blocks[i].outline.aspect_ratio, "neighbours": {"outlines": texts[i]},
                }
            )  # fmt: skip
            standing = complete(made).standing
            assert standing is not None
            for line in standing.skylines.values():
                side = next((at for name, at in AZIMUTHS.items() if name in line.name), None)
                if side is not None:
                    found.append(line.own.views(90.0, side + made.orientation).sky)
        skies[angle, reach] = found
    exact = np.array(skies[0.1, 3000.0])
    usual, closer = (np.array(skies[key]) - exact for key in ((3.0, 300.0), (6.0, 150.0)))
    figure(
        f"sky of facades {exact.mean():.3f}; too much by 3 deg and 300 m: {usual.mean():.4f}, at most "
        f"{usual.max():.4f}; by 6 deg and 150 m: {closer.mean():.4f}, at most {closer.max():.4f}"
    )
    assert np.all(usual > -1e-9)
    assert usual.mean() < 0.01
    assert usual.mean() < closer.mean()


AZIMUTHS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}


def test_a_table_may_tell_places(tmp_path: Path) -> None:
    """Rectangles of the rows' own area, proportions and turn about longitude and latitude."""
    (tmp_path / "d.yaml").write_text(HEAD.format(neighbours="seed: 0").replace("b.geojson", "b.csv"), "utf-8")
    north = SOUTH + 60.0 / NORTH_M
    rows = [
        "name,kind,era,floor_area,floors,aspect_ratio,orientation,longitude,latitude",
        f"A,tower,nzeb,4000,5,2,0,{WEST},{SOUTH}",
        f"B,tower,nzeb,8000 m2,10,2,90 deg,{WEST},{north}",
        "C,tower,nzeb,4000,5,2,0,,",
    ]
    (tmp_path / "b.csv").write_text("\n".join(rows), "utf-8")
    first, second, third = read(tmp_path)
    assert third.neighbours is None
    assert first.neighbours is not None
    corners = shapely.get_coordinates(shapely.from_wkt(first.neighbours.outlines), include_z=True)
    np.testing.assert_allclose(
        [*corners.min(axis=0), *corners.max(axis=0)], [-10, 40, 39, 10, 80, 39], atol=0.06
    )
    assert second.neighbours is not None
    (tmp_path / "b.csv").write_text("\n".join([*rows[:2], f"B,tower,nzeb,8000,10,2,0,{WEST},"]), "utf-8")
    with pytest.raises(TwinError, match="half of its place") as caught:
        read(tmp_path)
    assert caught.value.line == 3
    (tmp_path / "b.csv").write_text("\n".join([*rows[:2], "B,tower,nzeb,8000,10,2,0,east,3"]), "utf-8")
    with pytest.raises(TwinError, match="no place on the map"):
        read(tmp_path)
