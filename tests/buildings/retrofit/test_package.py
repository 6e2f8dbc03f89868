"""Packages: what goes together, what it makes of a project, the same whatever the order of its keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project
from buildings.description.schema import ArchetypeBuilding, Project
from buildings.retrofit.base import base_of
from buildings.retrofit.library import default_library, library_of
from buildings.retrofit.package import apply_package, expanded, problems, slots
from weather.errors import TwinError


def project(**building: Any) -> Project:
    base = {"name": "b", "archetype": "office", "era": "gb50189-2005", "floor_area": 6000, "floors": 5}
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [{**base, **building}]})


HOTEL = project(
    archetype="hotel",
    era="1980s",
    end_uses={"use": "hotel", "cooking": "gas_wok", "laundry": "steam_laundry"},
    plant_room=[
        {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "4 m3"},
        {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "tank"},
        {"name": "steam", "type": "boiler", "serves": "steam"},
    ],
)
OFFICE = project()
DWELLINGS = project(
    archetype="residential",
    era="1980s",
    end_uses={"use": "residential", "central": False, "hot_water": "gas_water_heater"},
)


def comparable(done: CompleteBuilding) -> CompleteBuilding:
    """Without what an expansion cannot keep: the shape in which the building was written."""
    return replace(done, systems=done.systems.model_copy(update={"pv": ()}), covers=())


@pytest.mark.parametrize("start", [OFFICE, HOTEL, DWELLINGS])
def test_an_expanded_archetype_is_the_same_building(start: Project) -> None:
    one, other = complete(start.buildings[0]), complete(expanded(start).buildings[0])
    assert isinstance(start.buildings[0], ArchetypeBuilding)
    assert comparable(other) == comparable(one)


def test_modules_on_a_side_of_all_storeys_lie_on_each_storey_by_area() -> None:
    """South walls of a 5-storey office of 0.4 windows: storeys 1, 3 and 1 share 50 kWp as 10, 30 and 10."""
    start = project(
        pv=[{"name": "wall", "capacity": "50 kWp", "mounting": "facade", "surface": "south-wall"}]
    )
    done, before = complete(expanded(start).buildings[0]), complete(start.buildings[0])
    assert [round(array.capacity, 9) for array in done.systems.pv] == [10.0, 30.0, 10.0]
    shares = {cover.surface: cover.share for cover in done.covers}
    assert shares == pytest.approx({cover.surface: cover.share for cover in before.covers})


def test_notes_keep_what_the_archetype_stands_on_and_drop_what_is_gone() -> None:
    library = default_library()
    nothing = apply_package(OFFICE, (), library)
    told = {entry.path: entry for entry in nothing.notes}
    assert told["b.envelope.wall_u"].confidence == "stored:secondary"
    assert told["b.glazings.window-south.u_value"].confidence == "gk-verify"
    after = apply_package(OFFICE, ("windows_low_e", "wall_eps_60"), library)
    paths = {entry.path for entry in after.notes}
    assert "b.glazings.window-south.u_value" not in paths
    assert "b.envelope.wall_u" not in paths
    assert "b.envelope.roof_u" in paths
    (wall,) = (entry for entry in after.notes if entry.path == "b.retrofit.wall_eps_60")
    assert "Thermal bridges are left out" in wall.source


def test_a_package_needs_known_keys_one_of_each_slot_and_what_it_stands_on() -> None:
    library = library_of(OFFICE)
    with pytest.raises(TwinError, match="wall_eps_60"):
        apply_package(OFFICE, ("wall_eps_6",), library)
    with pytest.raises(TwinError, match="both take the slot wall"):
        apply_package(OFFICE, ("wall_eps_60", "wall_eps_100"), library)
    with pytest.raises(TwinError, match="does not go with"):
        apply_package(OFFICE, ("green_roof", "pv_roof_40"), library)
    with pytest.raises(TwinError, match="needs pv"):
        apply_package(OFFICE, ("battery_pv_1",), library)
    with pytest.raises(TwinError, match="needs dc_bus"):
        apply_package(OFFICE, ("pedf_droop", "pv_roof_40"), library)
    with pytest.raises(TwinError, match="twice"):
        apply_package(OFFICE, ("wall_eps_60", "wall_eps_60"), library)
    with pytest.raises(TwinError, match="changes nothing"):
        apply_package(OFFICE, ("ice_storage_100",), library)


OPTIONS = {
    name: {slot.key: slot.options for slot in slots(start, default_library()) if slot.options}
    for name, start in {"office": OFFICE, "hotel": HOTEL, "dwellings": DWELLINGS}.items()
}
STARTS = {"office": OFFICE, "hotel": HOTEL, "dwellings": DWELLINGS}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_package_without_problems_is_a_valid_project_in_any_order(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(OPTIONS)))
    start, library = STARTS[name], default_library()
    chosen = [
        data.draw(st.sampled_from(options)) for options in OPTIONS[name].values() if data.draw(st.booleans())
    ]
    if problems(start, chosen, library):
        with pytest.raises(TwinError, match="cannot be"):
            apply_package(start, chosen, library)
        return
    done = apply_package(start, chosen, library)
    again = Project.model_validate(done.project.model_dump(mode="json", by_alias=True, exclude_none=True))
    assert again == done.project
    complete(again.buildings[0])
    shuffled = data.draw(st.permutations(chosen))
    other = apply_package(start, shuffled, library)
    assert (other.project, other.lines, other.sized) == (done.project, done.lines, done.sized)
    assert all(line.quantity >= 0.0 for line in done.lines)


def test_slots_tell_why_a_measure_is_left_out() -> None:
    left = {key: why for slot in slots(OFFICE, default_library()) for key, why in slot.left_out.items()}
    assert left["electric_kitchen"][0].startswith("no hot water or kitchen")
    assert left["pvt"] == (
        "it needs hot_water_store, which nothing here brings",
        "需要 hot_water_store，此处无法满足",
    )
    assert "chiller" in left["ice_storage_100"][0]
    assert all(en and zh for en, zh in left.values())


def test_the_start_of_packages_is_made_once() -> None:
    assert base_of(OFFICE.buildings[0]) is base_of(OFFICE.buildings[0])
    assert base_of(OFFICE.buildings[0]) is not base_of(project().buildings[0])


OWN = """
schema: 1
name: p
buildings: [{{name: b, archetype: office, era: gb50189-2005, floor_area: 6000, floors: 5}}]
retrofit:
  measures:
    straw:
      slot: wall
      group: envelope
      name_en: Straw
      name_zh: 秸秆板
      action: {{type: insulate, element: wall, insulation: {insulation}}}
      works:
        - {{item_en: Straw, item_zh: 秸秆, by: treated_area, unit: m2, life: 30, layers: true, cost: {cost}}}
"""


def own(insulation: str = "{conductivity: 0.05, density: 100, specific_heat: 1800, thickness: 100 mm}",
        cost: str = "150") -> Project:  # fmt: skip
    return parse_project(OWN.format(insulation=insulation, cost=cost))


def test_a_project_may_bring_its_own_measures() -> None:
    start = own()
    library = library_of(start)
    assert library.own == {"straw"}
    done = apply_package(start, ("straw",), library)
    (line,) = done.lines
    assert line.unit_cost.value == 150.0
    assert line.unit_cost.source == "written in the project"
    assert line.mass == pytest.approx(10.0)
    assert line.embodied.confidence == "missing"  # no factor of straw was given
    assert any(entry.confidence == "missing" for entry in done.notes)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"insulation": "{material: eps, thickness: 0}"}, "measures.straw"),
        ({"insulation": "{material: eps, thickness: 1e300}"}, "measures.straw"),
        ({"insulation": "{material: eps}"}, "measures.straw"),
        ({"cost": "{value: 100, low: 200}"}, "measures.straw"),
        ({"cost": "-5"}, "measures.straw"),
        ({"cost": ".nan"}, "measures.straw"),
    ],
)
def test_hostile_measures_are_refused_with_their_key(changes: dict[str, str], match: str) -> None:
    with pytest.raises(TwinError) as caught:
        own(**changes)
    assert match in str(caught.value)


def test_unknown_materials_of_own_measures_are_named() -> None:
    start = own(insulation="{material: unobtainium, thickness: 0.1}")
    with pytest.raises(TwinError, match="unobtainium") as caught:
        library_of(start)
    assert caught.value.key is not None
    assert caught.value.key.startswith("retrofit.measures.straw")


def test_in_a_district_a_measure_is_taken_where_it_applies() -> None:
    """Split units of the office are replaced, the hotel's chillers are none of that; both get new roofs."""
    office = {"name": "o", "archetype": "office", "era": "gb50189-2005", "floor_area": 6000, "floors": 5}
    hotel = {"name": "h", "archetype": "hotel", "era": "gb50189-2005", "floor_area": 3000, "floors": 3}
    start = Project.model_validate({"schema": 1, "name": "p", "buildings": [office, hotel]})
    done = apply_package(start, ("vrf_efficient", "roof_xps_100"), default_library())
    assert [building.hvac.equipment for building in done.project.buildings] == ["vrf_efficient_2022", None]
    counted = [(line.measure, line.building, round(line.quantity, 6)) for line in done.lines]
    assert counted == [
        ("roof_xps_100", "o", 1200.0),
        ("roof_xps_100", "h", 1000.0),
        ("vrf_efficient", "o", 6000.0),
    ]
