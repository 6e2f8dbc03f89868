"""Plant rooms as written: links by name, carriers that fit, end uses that somebody serves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from weather.errors import TwinError

TANK = {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "2 m3"}
BURNER = {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "tank"}


def project(*rows: dict[str, Any], **building: Any) -> str:
    office = {
        "name": "office", "archetype": "office", "era": "nzeb", "floor_area": 1000, "floors": 2,
        "plant_room": list(rows), **building,
    }  # fmt: skip
    return json.dumps({"schema": 1, "name": "t", "buildings": [office]})


def test_rows_and_end_uses_of_an_archetype_reach_its_zones() -> None:
    made = complete(parse_project(project(TANK, BURNER, end_uses={"use": "office"})).buildings[0])
    assert [row.name for row in made.systems.plant_room] == ["tank", "burner"]
    assert made.systems.end_uses is not None


@pytest.mark.parametrize(
    ("rows", "building", "what", "key"),
    [
        ([TANK, TANK], {}, "Two plant-room rows are called 'tank'", "plant_room"),
        ([BURNER], {}, "'burner' has feeds: 'tank'", "plant_room[0].feeds"),
        ([TANK, {**BURNER, "serves": "space_heat"}], {}, "gives space_heat", "plant_room[1].feeds"),
        ([TANK, {**BURNER, "source": "river"}], {}, "'river'", "plant_room[1].source"),
        (
            [TANK, {**TANK, "name": "two", "feeds": "tank"}, {**BURNER, "feeds": "two"}],
            {}, "feeds another", "feeds",
        ),
        ([{**BURNER, "feeds": "burner"}], {}, "no other row", "plant_room[0].feeds"),
        ([{"name": "x", "type": "windmill"}], {}, "windmill", "plant_room[0]"),
        ([{**TANK, "volume": "-1 m3"}], {}, "greater than", "volume"),
        (
            [TANK, BURNER, {"name": "h", "type": "hydrogen_tank", "capacity": 5},
             {"name": "cell", "type": "fuel_cell", "power": 5, "feeds": "tank", "source": "h",
              "heat_to": "space_heat"}],
            {}, "gives electricity, space_heat, its store 'tank' takes hot_water", "feeds",
        ),
        ([], {"end_uses": {"use": "office"}}, "leaves its hot water to a plant room", "end_uses"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(
    rows: list[dict[str, Any]], building: dict[str, Any], what: str, key: str
) -> None:
    with pytest.raises(TwinError) as caught:
        parse_project(project(*rows, **building))
    assert what in str(caught.value)
    assert key in str(caught.value.key)
