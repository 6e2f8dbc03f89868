"""Arrays on surfaces: planes taken from them, areas that fit, and errors that name key and remedy."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project, project_text
from weather.errors import TwinError

OFFICE: dict[str, Any] = {
    "name": "o", "archetype": "office", "era": "gb50189-2015", "floor_area": 6000, "floors": 6,
}  # fmt: skip


def _office(*arrays: dict[str, Any]) -> CompleteBuilding:
    return complete(_read(*arrays).buildings[0])


def _read(*arrays: dict[str, Any]) -> Any:
    named = [{"name": f"a{i}", "capacity": 10, **array} for i, array in enumerate(arrays)]
    plain = {"schema": 1, "name": "p", "buildings": [{**copy.deepcopy(OFFICE), "pv": named}]}
    return parse_project(yaml.safe_dump(plain))


def _area(building: CompleteBuilding, array: str) -> float:
    """What an array covers in the whole building [m2]."""
    multiplier = {zone.name: zone.multiplier for zone in building.zones}
    surfaces = {s.name: s for s in building.surfaces}
    covers = [c for c in building.covers if c.array == array]
    return sum(
        c.share * surfaces[c.surface].opaque_area * multiplier[surfaces[c.surface].zone] for c in covers
    )


def test_a_side_of_all_storeys_is_covered_evenly_by_the_area_of_the_modules() -> None:
    """10 kWp of 205 W/m2 are 48.8 m2, on four middle storeys as on the others."""
    building = _office({"surface": "south-wall", "mounting": "facade_ventilated"})
    names = {c.surface for c in building.covers}
    assert names == {f"{level}-south-wall" for level in ("ground", "middle", "top")}
    assert len({c.share for c in building.covers}) == 1
    assert _area(building, "a0") == pytest.approx(10_000.0 / 205.0)


def test_one_surface_of_an_archetype_may_be_named() -> None:
    building = _office({"surface": "middle-east-wall", "mounting": "facade"})
    assert [c.surface for c in building.covers] == ["middle-east-wall"]
    assert _area(building, "a0") == pytest.approx(10_000.0 / 205.0)


@pytest.mark.parametrize(
    ("array", "plane"),
    [
        ({}, (10.0, 180.0)),
        ({"tilt": 25, "azimuth": 170}, (25.0, 170.0)),
        ({"surface": "west-wall", "mounting": "facade"}, (90.0, 270.0)),
        ({"surface": "roof", "mounting": "roof_close"}, (0.0, 180.0)),
        ({"surface": "roof"}, (10.0, 180.0)),
        ({"surface": "roof", "tilt": 25, "azimuth": 200}, (25.0, 200.0)),
    ],
)
def test_the_plane_is_that_of_the_surface_where_it_is_left_out(
    array: dict[str, Any], plane: tuple[float, float]
) -> None:
    (placed,) = _office(array).systems.pv
    assert (placed.tilt, placed.azimuth) == plane


def test_tilted_modules_cover_what_lies_under_them_and_rows_need_room_between() -> None:
    open_rack = _office({"surface": "roof", "tilt": 30})
    assert _area(open_rack, "a0") == pytest.approx(10_000.0 / 205.0 * 3.0**0.5 / 2.0)
    roof = sum(s.area for s in open_rack.surfaces if s.kind == "roof")
    fits = 0.205 * roof * 0.75
    assert _office({"surface": "roof", "capacity": fits}).covers
    with pytest.raises(TwinError, match="needs"):
        _office({"surface": "roof", "capacity": fits, "mounting": "roof_rows"})


def test_two_arrays_share_a_surface_while_both_fit() -> None:
    wall = {"surface": "south-wall", "mounting": "facade"}
    both = _office({**wall, "capacity": 50}, {**wall, "capacity": 50})
    assert _area(both, "a0") == pytest.approx(_area(both, "a1"))
    with pytest.raises(TwinError, match="left") as caught:
        _office({**wall, "capacity": 60}, {**wall, "capacity": 60})
    assert "a1" in str(caught.value.key)
    most = float(caught.value.remedy.split(" kWp")[0].split()[-1])
    assert _office({**wall, "capacity": 60}, {**wall, "capacity": most}).covers


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"surface": "nowhere"}, "surface", "not there"),
        ({"surface": "ground-core-floor"}, "surface", "outdoor"),
        ({"surface": "south-wall", "mounting": "facade", "tilt": 60}, "surface", "Leave out tilt"),
        ({"surface": "south-wall", "mounting": "facade", "azimuth": 90}, "surface", "Leave out tilt"),
        ({"surface": "south-wall", "mounting": "facade", "capacity": 3000}, "capacity", "at most"),
        ({"surface": "roof", "module": "moon"}, "module", "mono_perc"),
        ({"surface": "roof", "mounting": "kite"}, "mounting", "roof_rows"),
    ],
)
def test_errors_name_the_key_and_the_remedy(wrong: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(TwinError) as caught:
        _read(wrong)
    assert str(caught.value.key).endswith(f"pv.a0.{key}")
    assert said in str(caught.value)
    assert caught.value.line


def test_a_project_written_out_reads_back_the_same() -> None:
    """Planes that are left open stay open, so that they still follow the surface."""
    project = _read({"surface": "west-wall", "mounting": "facade"})
    assert parse_project(project_text(project)) == project
