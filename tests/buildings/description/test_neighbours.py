"""Skylines of facades and roofs against street canyons in closed form, shadows and rays by other means."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import shapely

from buildings.description.complete import complete
from buildings.description.horizon_rays import look_around
from buildings.description.loading import parse_project, project_text
from buildings.description.neighbours import Standing
from buildings.description.schema import ArchetypeBuilding
from weather.errors import TwinError
from weather.skyline import BEARINGS, DIRECTIONS

PROJECT = """\
schema: 1
name: street
buildings:
  - name: house
    archetype: office
    era: gb55015-2021
    floor_area: {area}
    floors: {floors}
    aspect_ratio: 2
    storey_height: 3 m
    orientation: {orientation}
    zoning: {zoning}
    pv:
      - {{name: roof, capacity: 1 kWp}}
      - {{name: front, capacity: 1 kWp, surface: south-wall, mounting: facade_unventilated}}
    neighbours: {{outlines: "{outlines}"}}
"""


def outlines(*blocks: tuple[float, float, float, float, float]) -> str:
    """From west, south, east, north and top."""
    parts = [shapely.force_3d(shapely.box(*block[:4]), block[4]) for block in blocks]
    return str(shapely.MultiPolygon(parts).wkt)


def building(
    text: str, *, floors: int = 5, orientation: float = 0.0, zoning: str = "perimeter_core"
) -> Standing:
    """Of 30 m by 15 m."""
    text = PROJECT.format(
        area=450 * floors, floors=floors, orientation=orientation, zoning=zoning, outlines=text
    )
    found = complete(parse_project(text).buildings[0])
    assert found.standing is not None
    return found.standing


@pytest.mark.parametrize("width", [6.0, 15.0, 45.0])
def test_a_street_canyon(width: float, figure: Callable[[str], None]) -> None:
    """Opposite an endless wall of the same height: sky of a point, of the whole wall, and of the street."""
    front, top, floors = -7.5, 15.0, 5
    opposite = (-5000.0, front - width - 10.0, 5000.0, front - width, top)
    standing = building(outlines(opposite), floors=floors)
    for level, heights in {"ground": [1.5], "top": [13.5]}.items():
        line = standing.skylines[f"{level}-south-wall"]
        above = np.arctan2(top - heights[0], width)
        expected = np.degrees(np.arctan(np.tan(above) * np.cos(np.radians(BEARINGS - 180.0))))
        ahead = np.abs(BEARINGS - 180.0) < 85.0
        np.testing.assert_allclose(line.own.height[:, ahead], np.tile(expected[ahead], (4, 1)), atol=1e-9)
        views = line.own.views(90.0, 180.0)
        assert views.sky == pytest.approx(1.0 - np.sin(above), abs=2e-3)
        below = np.arctan2(heights[0], width)
        assert views.ground == pytest.approx(1.0 - np.sin(below), abs=2e-3)
    whole = building(outlines(opposite), floors=floors, zoning="by_use").skylines["ground-south-wall"]
    exact = 1.0 - (math.hypot(top, width) - width) / top
    found = whole.own.views(90.0, 180.0).sky
    figure(f"street {width:g} m wide, {top:g} m high: sky of the wall {found:.4f}, exactly {exact:.4f}")
    assert found == pytest.approx(exact, abs=0.006)
    assert whole.own.views(90.0, 180.0).neighbours == pytest.approx(0.5 * (1.0 - exact) * 2.0, abs=0.012)
    # North of it is nothing: its wall sees everything.
    free = standing.skylines["top-north-wall"].own.views(90.0, 0.0)
    assert (free.sky, free.ground, free.neighbours) == (1.0, 1.0, 0.0)


def test_the_street_itself() -> None:
    """The ground is looked at in the middle of the street where that is narrow."""
    blocks = (-5000.0, -7.5 - 30.0, 5000.0, -7.5 - 10.0, 40.0), (-5000.0, 7.5 + 10.0, 5000.0, 40.0, 40.0)
    ground = building(outlines(*blocks)).skylines["ground-south-wall"].ground
    south = ground.height[:, (BEARINGS > 175.0) & (BEARINGS < 185.0)].max(axis=1)
    middle = np.degrees(np.arctan2(40.0, 5.0))
    assert np.sum(np.abs(south - middle) < 0.1) == 4


def test_the_ground_is_not_looked_at_under_a_roof() -> None:
    """A low hall where half of the ground of a tall house would be looked at."""
    ground = (
        building(outlines((-40.0, -60.0, 40.0, -7.5 - 20.0, 1.0)), floors=12)
        .skylines["ground-south-wall"]
        .ground
    )
    assert ground.height.shape == (12, DIRECTIONS)
    assert ground.views(0.0, 0.0).sky > 0.99


def shadow(
    block: tuple[float, float, float, float, float],
    front: float,
    wall: shapely.Polygon,
    sun: tuple[float, float],
) -> float:
    """Lit share of a wall that looks south: corners of a box thrown on it along the sun's beam."""
    azimuth, high = np.radians(sun)
    east, north, up = np.sin(azimuth) * np.cos(high), np.cos(azimuth) * np.cos(high), np.sin(high)
    west, south, far_east, far_north, top = block
    thrown = []
    for x in (west, far_east):
        for y in (south, far_north):
            for z in (0.0, top):
                run = (y - front) / north
                thrown.append((x - run * east, z - run * up))
    dark = shapely.MultiPoint(thrown).convex_hull
    return 1.0 - float(shapely.area(shapely.intersection(dark, wall)) / wall.area)


def test_the_shadow_of_a_box_on_a_wall(figure: Callable[[str], None]) -> None:
    block, top = (-8.0, -40.0, 6.0, -20.0, 25.0), 24.0
    standing = building(outlines(block), floors=8, zoning="by_use")
    own = standing.skylines["ground-south-wall"].own
    wall = shapely.box(-15.0, 0.0, 15.0, top)
    errors, lit = [], []
    for azimuth in np.arange(117.5, 245.0, 5.0):
        for high in np.arange(8.0, 76.0, 4.0):
            cell = int(azimuth / 5.0) % DIRECTIONS
            points = own.height[:, cell] <= high
            exact = shadow(block, -7.5, wall, (float(azimuth), float(high)))
            errors.append(float(own.weight @ points) - exact)
            lit.append(exact)
    part = np.array([0.02 < share < 0.98 for share in lit])
    figure(
        f"shadow of a box on a wall, {part.sum()} suns that light a part: "
        f"RMS {np.std(np.array(errors)[part]):.3f}, mean {np.mean(errors):+.4f} of the wall"
    )
    assert part.sum() > 60
    assert abs(np.mean(errors)) < 0.01
    assert np.sqrt(np.mean(np.square(errors))) < 0.06


def test_rays_are_those_of_shapely() -> None:
    """Heights above level and distances along single rays, against intersections of lines with outlines."""
    rng = np.random.default_rng(5)
    polygons, tops = [], []
    for _ in range(30):
        middle, turn = rng.uniform(-150.0, 150.0, 2), rng.uniform(0.0, math.pi)
        angles = np.sort(rng.uniform(0.0, 2.0 * math.pi, rng.integers(3, 8)))
        corners = np.column_stack([np.cos(angles + turn), np.sin(angles + turn)]) * rng.uniform(4.0, 25.0)
        polygons.append(shapely.Polygon(middle + corners))
        tops.append(float(rng.uniform(3.0, 90.0)))
    rings = [np.array(polygon.exterior.coords) for polygon in polygons]
    edges = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
    owner = np.repeat(np.arange(30), [len(ring) - 1 for ring in rings])
    points = rng.uniform(-60.0, 60.0, (12, 2))
    points[3] = shapely.get_coordinates(shapely.point_on_surface(polygons[7]))[0]
    levels = np.array([0.0, 20.0])
    rise, distance = np.zeros((12, 2, DIRECTIONS)), np.full((12, 2, DIRECTIONS), np.inf)
    look_around(points, levels, edges, np.array(tops)[owner], owner, rise, distance)
    inside = 0
    for q, point in enumerate(points):
        covered = [t for p, t in zip(polygons, tops, strict=True) if p.contains(shapely.Point(point))]
        inside += bool(covered)
        for d, bearing in enumerate(np.radians(BEARINGS)):
            ray = shapely.LineString([point, point + 1e4 * np.array([np.sin(bearing), np.cos(bearing)])])
            met = [
                (shapely.distance(shapely.Point(point), shapely.intersection(ray, p.exterior)), t)
                for p, t in zip(polygons, tops, strict=True)
                if shapely.intersects(ray, p.exterior)
            ]
            for z, level in enumerate(levels):
                highest = max(((t - level) / far for far, t in met), default=0.0)
                if any(level < t for t in covered):
                    highest = math.inf
                assert rise[q, z, d] == pytest.approx(max(highest, 0.0), rel=1e-6, abs=1e-9)
                nearest = min((far for far, t in met if t > level), default=math.inf)
                nearest = 0.01 if highest == math.inf else nearest
                assert distance[q, z, d] == pytest.approx(nearest, rel=1e-6)
    assert 0 < inside < 12


def test_turned_with_the_plan_all_stays() -> None:
    """Plan and neighbours turned by a multiple of a direction: the same skylines, turned."""
    block = shapely.force_3d(shapely.box(-8.0, -40.0, 6.0, -20.0), 25.0)
    turned = shapely.transform(
        block, lambda at: at @ np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), include_z=True
    )
    one, other = building(block.wkt), building(turned.wkt, orientation=90.0)
    for name, line in one.skylines.items():
        rolled = np.roll(line.own.height, DIRECTIONS // 4, axis=1)
        np.testing.assert_allclose(other.skylines[name].own.height, rolled, atol=1e-9)


def test_each_plane_has_its_own_skyline() -> None:
    """A tower in the south: lower storeys lose more, the roof what stands above it."""
    standing = building(outlines((-30.0, -60.0, 30.0, -30.0, 60.0)), floors=5)
    lines = {name: line for name, line in standing.skylines.items() if "south-wall" in name}
    sky = {name: line.own.views(90.0, 180.0).sky for name, line in lines.items()}
    assert sky["ground-south-wall"] < sky["middle-south-wall"] < sky["top-south-wall"] < 0.9
    assert standing.skylines["middle-south-wall"].own.height.shape == (12, DIRECTIONS)
    assert standing.skylines["top-core-roof"] is standing.skylines["top-east-roof"]
    assert standing.skylines["top-core-roof"].own.height.max() == pytest.approx(
        np.degrees(np.arctan2(45.0, 25.0)), abs=0.2
    )
    facing = standing.skylines["ground-north-wall"].facing
    assert facing is not None
    np.testing.assert_array_equal(facing.height, standing.skylines["ground-south-wall"].own.height)


def test_modules_have_the_skyline_of_their_plane() -> None:
    text = PROJECT.format(
        area=2250, floors=5, orientation=0, zoning="perimeter_core",
        outlines=outlines((-30.0, -60.0, 30.0, -30.0, 60.0)),
    )  # fmt: skip
    found = complete(parse_project(text).buildings[0])
    roof, front = found.systems.pv
    standing = found.standing
    assert standing is not None
    assert standing.of_array(roof) is standing.skylines["top-core-roof"]
    line = standing.of_array(front)
    assert line is not None
    weights = {name: standing.skylines[f"{name}-south-wall"].own.views(90.0, 180.0).sky for name in LEVELS}
    mean = sum(weights[name] * share for name, share in LEVELS.items()) / 5.0
    assert line.own.views(90.0, 180.0).sky == pytest.approx(mean)
    loose = front.model_copy(update={"surface": None})
    again = standing.of_array(loose)
    assert again is not None
    np.testing.assert_array_equal(again.own.height, line.own.height)


LEVELS = {"ground": 1, "middle": 3, "top": 1}


def test_a_party_wall_sees_nothing_below_the_neighbour() -> None:
    """A neighbour that stands against the east wall, two storeys lower."""
    standing = building(outlines((15.0, -7.5, 40.0, 7.5, 9.0)), floors=5)
    assert standing.skylines["ground-east-wall"].own.views(90.0, 90.0).sky < 0.02
    assert standing.skylines["top-east-wall"].own.views(90.0, 90.0).sky == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "no WKT"),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", "no polygon with tops"),
        ("POINT Z (0 0 3)", "no polygon with tops"),
        ("POLYGON Z EMPTY", "no polygon with tops"),
        ("POLYGON Z ((0 0 nan, 1 0 1, 1 1 1, 0 0 1))", "no number"),
    ],
)
def test_outlines_that_are_none_are_told(text: str, said: str) -> None:
    whole = PROJECT.format(area=2250, floors=5, orientation=0, zoning="by_use", outlines=text)
    with pytest.raises(TwinError, match=said):
        parse_project(whole)


def test_they_are_written_as_they_were_read() -> None:
    text = PROJECT.format(
        area=2250, floors=5, orientation=0, zoning="by_use", outlines=outlines((20.0, 0.0, 30.0, 9.0, 9.0))
    )
    project = parse_project(text)
    again = parse_project(project_text(project))
    assert again == project
    assert isinstance(again.buildings[0], ArchetypeBuilding)
    assert again.buildings[0].neighbours is not None
