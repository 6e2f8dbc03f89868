"""Explicit buildings: what does not fit together is refused at its key."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.description.schema import ExplicitBuilding
from weather.errors import TwinError

GROUND = {"construction": "ground_slab", "boundary": "ground"}
BOX: dict[str, Any] = {
    "name": "box",
    "zones": [
        {"name": "a", "floor_area": 20, "height": 3, "use": "office"},
        {"name": "b", "floor_area": 20, "height": 3, "use": "office"},
    ],
    "surfaces": [
        {"name": "fa", "zone": "a", "kind": "floor", "area": 20, **GROUND},
        {"name": "fb", "zone": "b", "kind": "floor", "area": 20, **GROUND},
        {
            "name": "wa", "zone": "a", "kind": "wall", "area": 12, "azimuth": 180,
            "construction": "partition_brick",
            "windows": [{"name": "w", "area": 6, "glazing": "double_low_e"}],
        },
        {"name": "p", "zone": "a", "kind": "partition", "area": 12, "construction": "partition_light",
         "boundary": "b"},
    ],
}  # fmt: skip


def project(building: dict[str, Any]) -> ExplicitBuilding:
    text = yaml.safe_dump({"schema": 1, "name": "t", "buildings": [building]})
    found = parse_project(text).buildings[0]
    assert isinstance(found, ExplicitBuilding)
    return found


def test_the_box_itself_is_complete() -> None:
    done = complete(project(BOX))
    assert done.floor_area == 40.0
    assert [zone.volume for zone in done.zones] == [60.0, 60.0]
    assert set(done.constructions) == {"ground_slab", "partition_brick", "partition_light"}
    assert done.zones[0].infiltration > 0.0


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(building: dict[str, Any]) -> None:
        at: Any = building
        *before, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        for part in before:
            at = at[part]
        at[last] = value

    return change


def _add(where: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda building: building[where].append(value)


BACK = {
    "name": "q",
    "zone": "b",
    "kind": "partition",
    "area": 12,
    "construction": "partition_light",
    "boundary": "a",
}


@pytest.mark.parametrize(
    ("change", "words", "key"),
    [
        (lambda b: b["surfaces"].pop(1), "'b' has no floor", "zones[1]"),
        (_set("surfaces.2.windows.0.area", 12), "cover 12 m2 of 12 m2", "surfaces[2].windows"),
        (_set("surfaces.2.zone", "c"), "which is no zone", "surfaces[2].zone"),
        (_set("surfaces.3.boundary", "c"), "neither a boundary nor a zone", "surfaces[3].boundary"),
        (_set("surfaces.3.boundary", "a"), "own zone behind", "surfaces[3].boundary"),
        (_set("zones.1.name", "a"), "two zones are called|Two zones are called", "zones"),
        (_set("surfaces.1.name", "fa"), "wo surfaces are called", "surfaces"),
        (_set("zones.1.multiplier", 3), "multipliers 1 and 3", "surfaces[3].boundary"),
        (_set("surfaces.2.area", -1), "greater than 0", "surfaces[2].area"),
        (_set("surfaces.2.azimuth", None), "without an azimuth", "surfaces[2].azimuth"),
        (_set("surfaces.2.kind", "wal"), "Did you mean 'wall'", "surfaces[2].kind"),
        (_set("surfaces.2.boundary", "ground"), "does not face outdoors", "surfaces[2].windows"),
        (_set("zones.0.height", None), "neither volume nor height", "zones[0]"),
        (_set("zones.0.volume", 60), "both volume and height", "zones[0].height"),
        (_set("zones.0.floor_area", 90), "add up to 20 m2", "zones[0].floor_area"),
        (_set("zones.0.name", "outdoors"), "names a boundary", "zones[0]"),
        (_set("surfaces.2.kind", "internal_mass"), "nternal mass", "surfaces[2].boundary"),
        (_add("surfaces", BACK), "written from both sides", "surfaces[4]"),
        (_set("constructions", {"x": {"layers": [{"material": "eps"}]}}), "no thickness", "constructions.x"),
        (
            _set("constructions", {"x": {"layers": [{"material": "eps", "thickness": 0.1}], "u_value": 1}}),
            "0 layers have no thickness",
            "constructions.x",
        ),
        (
            _set("constructions", {"x": {"layers": [{"conductivity": 1, "thickness": 0.1}]}}),
            "lacks a property",
            "constructions.x.layers[0]",
        ),
    ],
)
def test_what_does_not_fit(change: Callable[[dict[str, Any]], object], words: str, key: str | None) -> None:
    building = copy.deepcopy(BOX)
    change(building)
    with pytest.raises(TwinError, match=words) as caught:
        project(building)
    if key is not None:
        assert caught.value.key == f"buildings[0].{key}"


def _too_hot(building: dict[str, Any]) -> None:
    building["schedules"] = {"hot": {"constant": 80}}
    building["zones"][0]["thermostat"] = {"heating": "hot"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("surfaces.3.construction", "partition_lite"), "partition_light"),
        (_set("surfaces.2.windows.0.glazing", "double_low"), "double_low_e"),
        (_set("zones.0.use", "offices"), "office"),
        (
            _set("zones.0", {"name": "a", "floor_area": 20, "height": 3, "gains": {"people_density": 0.1}}),
            "their heat",
        ),
        (_set("zones.0.gains", {"schedules": {"lighting": "office/light"}}), "office/lighting"),
        (_set("zones.0.gains", {"schedules": {"lighting": "office/cooling_setpoint"}}), "leaves the range"),
        (_set("zones.0.thermostat", {"cooling": "office/cooling"}), "office/cooling_setpoint"),
        (_too_hot, "set-point of 80"),
    ],
)  # fmt: skip
def test_unknown_keys_of_the_library(change: Callable[[dict[str, Any]], object], words: str) -> None:
    building = copy.deepcopy(BOX)
    change(building)
    with pytest.raises(TwinError, match=words) as caught:
        project(building)
    assert caught.value.key is not None
    assert caught.value.key.startswith("buildings[0].")
    assert caught.value.line is not None
    assert caught.value.line > 3


def test_a_ceiling_below_counts_as_the_floor_above() -> None:
    building = copy.deepcopy(BOX)
    building["zones"].append({"name": "top", "floor_area": 20, "height": 3, "use": "office"})
    building["surfaces"].append(
        {
            "name": "c",
            "zone": "a",
            "kind": "ceiling",
            "area": 20,
            "construction": "storey_slab",
            "boundary": "top",
        }
    )
    assert len(project(building).zones) == 3


def test_two_partitions_of_one_pair_with_different_areas_are_two_planes() -> None:
    building = copy.deepcopy(BOX)
    building["surfaces"].append({**BACK, "area": 7})
    assert len(project(building).surfaces) == 5


def test_an_unknown_key_is_placed_at_its_surface() -> None:
    building = copy.deepcopy(BOX)
    building["surfaces"][3]["construction"] = "nothing like it"
    text = yaml.safe_dump({"schema": 1, "name": "t", "buildings": [building]}, sort_keys=False)
    with pytest.raises(TwinError, match="not a construction") as caught:
        parse_project(text, "p.yaml")
    assert caught.value.key == "buildings[0].surfaces.p"
    assert text.splitlines()[(caught.value.line or 0) - 1].strip() == "- name: p"


def test_a_zone_without_a_use_has_only_what_it_says() -> None:
    building = copy.deepcopy(BOX)
    building["schedules"] = {"half": {"constant": 0.5}}
    building["zones"][0] = {
        "name": "a",
        "floor_area": 20,
        "volume": 60,
        "gains": {"equipment_power": 10, "schedules": {"equipment": "half"}},
        "thermostat": {"heating": 20, "cooling": 27},
        "infiltration": 0.5,
    }
    bare, office = complete(project(building)).zones
    assert (bare.use, bare.gains.equipment_power, bare.gains.equipment) == ("none", 10.0, "half")
    assert (bare.gains.people_density, bare.gains.lighting_power, bare.gains.fresh_air_per_person) == (
        0.0,
        0.0,
        0.0,
    )
    schedules = complete(project(building)).schedules
    assert schedules[bare.heating_setpoint].day(True) == (20.0,) * 24
    assert schedules[bare.cooling_setpoint].day(False) == (27.0,) * 24
    assert office.gains.people_density == 0.1
    building["zones"][0]["thermostat"] = {}
    off = complete(project(building))
    assert off.schedules[off.zones[0].heating_setpoint].constant == "off"


def test_a_schedule_called_off_is_the_users_own() -> None:
    building = copy.deepcopy(BOX)
    building["schedules"] = {"off": {"constant": 1.0}}
    building["zones"][0] |= {"conditioned": False, "gains": {"schedules": {"lighting": "off"}}}
    done = complete(project(building))
    assert done.schedules[done.zones[0].gains.lighting].constant == 1.0
    assert done.schedules[done.zones[0].heating_setpoint].constant == "off"
