"""Each measure changes what it says, by the right amount, and nothing else."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from buildings.description.complete import complete
from buildings.description.schema import Project
from buildings.library import catalogue
from buildings.retrofit.library import FEATURES, default_library, embodied_factors, library_of
from buildings.retrofit.package import apply_package, expanded, problems, slots

LIBRARY = default_library()


def box(**changes: Any) -> Project:
    """A box of 10 x 10 x 3 m, three times, under a loft: 4 walls of 30 m2, 6 m2 of window on the south."""
    layers = [{"material": "lime_sand_brick", "thickness": 0.2}]
    wall = {"zone": "room", "kind": "wall", "area": 30, "construction": "brick"}
    building = {
        "name": "b",
        "era": "gb50189-2005",
        "zones": [
            {"name": "room", "floor_area": 100, "height": 3, "use": "office", "multiplier": 3},
            {"name": "loft", "floor_area": 100, "height": 2, "multiplier": 3, "conditioned": False},
        ],
        "constructions": {"brick": {"layers": layers}, "deck": {"layers": layers}},
        "surfaces": [
            {
                **wall,
                "name": "south",
                "azimuth": 180,
                "windows": [{"name": "w", "area": 6, "height": 2, "glazing": "double_clear"}],
            },
            {**wall, "name": "east", "azimuth": 90},
            {**wall, "name": "north", "azimuth": 0},
            {**wall, "name": "west", "azimuth": 270, "boundary": "adiabatic"},
            {
                "name": "ground",
                "zone": "room",
                "kind": "floor",
                "area": 100,
                "construction": "ground_slab",
                "boundary": "ground",
            },
            {
                "name": "ceiling",
                "zone": "room",
                "kind": "ceiling",
                "area": 100,
                "construction": "deck",
                "boundary": "loft",
            },
            {"name": "roof", "zone": "loft", "kind": "roof", "area": 100, "construction": "deck"},
        ],
        "hvac": {"type": "vrf"},
        **changes,
    }
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [building]})


def quantities(project: Project, key: str, *others: str) -> dict[str, float]:
    """Quantities of the lines of one measure, by their English names."""
    lines = apply_package(project, (key, *others), LIBRARY).lines
    return {line.item_en: line.quantity for line in lines if line.measure == key}


# --- insulation -----------------------------------------------------------------------------------------


def test_u_of_an_insulated_wall_is_that_of_its_layers() -> None:
    """Brick 0.2/1.10, EPS 0.06/0.039, mortar 0.005/0.93, films 0.11 and 0.04: U = 1 / 1.876 = 0.533."""
    done = complete(apply_package(box(), ("wall_eps_60",), LIBRARY).project.buildings[0])
    named = {surface.name: surface for surface in done.surfaces}
    expected = 1.0 / (0.11 + 0.04 + 0.2 / 1.10 + 0.06 / 0.039 + 0.005 / 0.93)
    for side in ("south", "east", "north"):
        built = done.constructions[named[side].construction]
        assert built.u_value == pytest.approx(expected, rel=1e-12)
        assert [layer.name for layer in built.layers] == ["cement_mortar", "eps", "lime_sand_brick"]
    for other in ("west", "roof", "ceiling", "ground"):  # adiabatic, over the loft, inside, on the ground
        assert "insulated" not in named[other].construction


def test_insulation_inside_lies_on_the_side_of_the_room() -> None:
    done = complete(apply_package(box(), ("wall_inside_50",), LIBRARY).project.buildings[0])
    wall = next(s for s in done.surfaces if s.name == "east")
    names = [layer.name for layer in done.constructions[wall.construction].layers]
    assert names == ["lime_sand_brick", "rock_wool", "gypsum_board"]


def test_insulation_to_an_unheated_room_lies_on_its_side() -> None:
    """The ceiling is the room's: its first face is the loft's."""
    done = complete(apply_package(box(), ("unheated_rock_wool_100",), LIBRARY).project.buildings[0])
    named = {surface.name: surface for surface in done.surfaces}
    names = [layer.name for layer in done.constructions[named["ceiling"].construction].layers]
    assert names == ["rock_wool", "lime_sand_brick"]
    assert named["roof"].construction == "deck"


def test_an_archetype_keeps_its_brick_under_the_insulation() -> None:
    """The wall of the 1980s is solved to U = 2.0 by its brick; 80 mm of rock wool add 0.08/0.041 m2.K/W."""
    start = Project.model_validate(
        {
            "schema": 1,
            "name": "p",
            "buildings": [
                {"name": "b", "archetype": "office", "era": "1980s", "floor_area": 3000, "floors": 3}
            ],
        }
    )
    before = complete(start.buildings[0]).constructions["wall"]
    done = complete(apply_package(start, ("wall_rock_wool_80",), LIBRARY).project.buildings[0])
    wall = next(s for s in done.surfaces if s.kind == "wall")
    after = done.constructions[wall.construction]
    assert after.u_value == pytest.approx(1.0 / (1.0 / 2.0 + 0.08 / 0.041 + 0.005 / 0.93), rel=1e-9)
    assert [layer.thickness for layer in after.layers[2:]] == [layer.thickness for layer in before.layers]


def test_a_wall_that_insulates_well_is_left_alone() -> None:
    layers = [{"material": "rock_wool", "thickness": 0.2}]
    start = box(constructions={"brick": {"layers": layers}, "deck": {"layers": layers}})
    reasons = {key: why for slot in slots(start, LIBRARY) for key, why in slot.left_out.items()}
    assert reasons["wall_eps_60"][0] == "U is at or below 0.25 W/(m2.K) already"


# --- the bill -------------------------------------------------------------------------------------------


def test_quantities_of_the_box_are_counted_by_hand() -> None:
    """Three boxes: walls 3 x (24 + 30 + 30) = 252 m2, windows 18 m2, roof 300 m2, floor 600 m2 with lofts."""
    assert quantities(box(), "wall_eps_60") == {
        "EPS insulation outside with thin render and scaffold": pytest.approx(252.0)
    }
    windows = quantities(box(), "windows_triple")
    assert windows == dict.fromkeys(windows, pytest.approx(18.0))
    assert len(windows) == 2
    assert quantities(box(), "unheated_rock_wool_100")["Rock wool in the attic or cellar"] == 300.0
    # Windows are 6 m2 at a height of 2 m, so 3 m wide: 3 m x 0.6 m x 3.
    assert quantities(box(), "overhangs_60")["Aluminium overhangs"] == pytest.approx(5.4)
    assert quantities(box(), "pv_roof_70")["PV plant on the roof"] == pytest.approx(300 * 0.7 * 0.10)
    battery = quantities(box(), "battery_pv_2", "pv_roof_70")
    assert battery["LFP storage with converter"] == pytest.approx(42.0)
    # First Solar FS-4117A-3: 163.6 W/m2 on half of 3 x 24 m2 of the south.
    assert quantities(box(), "bipv_south")["Ventilated PV facade"] == pytest.approx(36.0 * 0.1636)
    assert quantities(box(), "chargers_500")["AC charger of 7 kW with cable and civil work"] == 2.0


def test_fresh_air_is_that_of_the_design_number_of_people() -> None:
    """Offices of GB 55015: 10 m2 a person and 30 m3/h each, 300 m2 of rooms: 900 m3/h."""
    use = catalogue.use("office")
    expected = 300.0 * use.people_density * use.fresh_air_per_person
    assert expected == pytest.approx(900.0)
    assert quantities(box(), "heat_recovery")["Ventilation units with recovery"] == pytest.approx(expected)


def test_cost_mass_and_carbon_follow_the_thickness() -> None:
    """100 mm of EPS: 170 + 500 x 0.04 CNY; 2 kg of EPS and 9 kg of mortar; 2 x 5.02 + 9 x 0.15 kgCO2e."""
    (line,) = apply_package(box(), ("wall_eps_100",), LIBRARY).lines
    assert line.unit_cost.value == pytest.approx(190.0)
    assert line.unit_cost.low == pytest.approx(140.0)
    assert line.unit_cost.confidence == "assumed"  # the less certain of gk-verify and assumed
    assert line.mass == pytest.approx(20.0 * 0.1 + 1800.0 * 0.005)
    assert line.embodied.value == pytest.approx(2.0 * 5.02 + 9.0 * 0.15)


def test_lines_by_capacity_wait_for_sizes() -> None:
    start = box(hvac={"type": "chiller_boiler", "equipment": "chiller_boiler_2005"})
    done = apply_package(start, ("efficient_chillers",), LIBRARY)
    assert done.lines == ()
    lines = done.resolve({"b": {"cooling_capacity_kw": 50.0, "heating_capacity_kw": 20.0}})
    assert [(line.quantity, line.unit) for line in lines] == [(50.0, "kW"), (20.0, "kW")]
    with pytest.raises(Exception, match="heating_capacity_kw"):
        done.resolve({"b": {"cooling_capacity_kw": 50.0}})


# --- nothing else ---------------------------------------------------------------------------------------


def differences(one: Any, other: Any, at: str = "") -> set[str]:
    """Paths at which two descriptions differ, without the places in tuples."""
    if is_dataclass(one) and is_dataclass(other):
        pairs = [(f.name, getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, BaseModel) and type(one) is type(other):
        pairs = [(name, getattr(one, name), getattr(other, name)) for name in type(one).model_fields]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return {path for a, b in zip(one, other, strict=True) for path in differences(a, b, at)}
    else:
        return set() if one == other else {at}
    return {path for name, a, b in pairs for path in differences(a, b, f"{at}.{name}".lstrip("."))}


PLANES = {"surfaces.construction", "constructions"}
MAY: dict[str, set[str]] = {
    "insulate": PLANES,
    "green_roof": PLANES,
    "finish": PLANES,
    "replace_windows": {"surfaces.windows.glazing", "glazings", "zones.infiltration"},
    "film": {"surfaces.windows.glazing", "glazings"},
    "fixed_shading": {
        "surfaces.windows.shading.overhang_depth",
        "surfaces.windows.shading.overhang_gap",
        "surfaces.windows.shading.fin_depth",
    },
    "movable_shading": {
        "shades",
        "surfaces.windows.shading.shade",
        "surfaces.windows.shading.shade_control",
        "surfaces.windows.shading.movable_factor",
    },
    "airtightness": {"zones.infiltration", "zones.gains.fresh_air_changes"},
    "night_ventilation": {"zones.natural_ventilation", "schedules"},
    "recovery": {
        "ventilation.heat_recovery_sensible",
        "ventilation.heat_recovery_latent",
        "ventilation.specific_fan_power",
        "ventilation.bypass",
    },
    "demand_controlled": {"ventilation.demand_controlled"},
    "dry_fresh_air": {"ventilation.dehumidification"},
    "lighting": {"zones.gains.lighting_power"},
    "lighting_control": {"zones.gains.lighting", "schedules"},
    "appliances": {"zones.gains.equipment_power", "zones.gains.equipment_base_fraction"},
    "replace_plant": {"hvac.type", "hvac.equipment", "hvac.cooling_capacity", "hvac.heating_capacity"},
    "operation": {"zones.cooling_setpoint", "zones.heating_setpoint", "schedules"},
    "electric_kitchen": {"systems.end_uses.cooking", "systems.end_uses.laundry", "systems.plant_room"},
    "electric_hot_water": {"systems.end_uses.hot_water", "systems.plant_room"},
    "ground_source": {"systems.plant_room"},
    "thermal_store": {"systems.plant_room"},
    "pvt": {"systems.plant_room"},
    "roof_pv": {"systems.pv"},
    "facade_pv": {"systems.pv", "covers"},
    "battery": {"systems.battery"},
    "charging": {"systems.ev"},
    "dc_bus": {"systems.dc_bus"},
    "control": {"systems.control.type", "systems.control.precool", "systems.control.drift"},
}
# The building as it is written hangs below `systems` and repeats what the rest of the description says.
_TWICE = ("zones", "surfaces", "constructions", "glazings", "schedules", "hvac", "ventilation", "shades")
REPEATED = tuple(f"systems.{name}" for name in _TWICE)


def archetype(kind: str, era: str, **more: Any) -> Project:
    building = {"name": "b", "archetype": kind, "era": era, "floor_area": 6000, "floors": 5, **more}
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [building]})


HOTEL = archetype(
    "hotel",
    "1980s",
    end_uses={"use": "hotel", "cooking": "gas_wok", "laundry": "steam_laundry"},
    plant_room=[
        {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "4 m3"},
        {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "tank"},
        {"name": "steam", "type": "boiler", "serves": "steam"},
    ],
)
OFFICE = archetype("office", "gb50189-2005")
FLYING = box(
    surfaces=[
        *(s.model_dump(exclude_none=True) for s in box().buildings[0].surfaces if s.name != "ground"),
        {"name": "belly", "zone": "room", "kind": "floor", "area": 100, "construction": "deck"},
    ]
)
NEEDS = {"battery_pv_1": "pv_roof_70", "battery_pv_2": "pv_roof_70", "dc_bus": "pv_roof_70"}
NEEDS |= {"pedf_droop": "dc_bus", "chargers_v2b": "dc_bus", "airtight": "windows_triple"}
NEEDS |= {"battery_rules": "battery_area"}


def package_for(key: str) -> tuple[Project, tuple[str, ...]]:
    """A project to which a measure applies, and what it needs besides."""
    others: tuple[str, ...] = ()
    word: str | None = key
    while (word := NEEDS.get(word or "")) is not None:
        others = (word, *others)
    for start in (OFFICE, HOTEL, FLYING):
        options = {option for slot in slots(start, LIBRARY) for option in slot.options}
        if key in options and not problems(start, (*others, key), LIBRARY):
            return start, others
    raise AssertionError(f"no project of this test takes {key}")


@pytest.mark.parametrize("key", sorted(LIBRARY))
def test_a_measure_changes_what_it_says_and_nothing_else(key: str) -> None:
    start, others = package_for(key)
    before = complete(apply_package(start, others, LIBRARY).project.buildings[0])
    after = complete(apply_package(start, (*others, key), LIBRARY).project.buildings[0])
    changed = {path for path in differences(before, after) if not path.startswith(REPEATED)}
    assert changed
    assert changed <= MAY[LIBRARY[key].action.type]


def test_no_measures_change_nothing() -> None:
    done = apply_package(OFFICE, (), LIBRARY)
    assert done.project == expanded(OFFICE)
    assert done.lines == ()
    assert not done.sized


# --- figures --------------------------------------------------------------------------------------------


def test_lighting_falls_to_the_power_of_the_code() -> None:
    done = complete(apply_package(OFFICE, ("led",), LIBRARY).project.buildings[0])
    powers = {zone.gains.lighting_power for zone in done.zones}
    assert powers == {catalogue.lighting_power("office", "gb55015-2021").value}


def test_lights_with_windows_are_dimmed_more() -> None:
    before, after = (
        complete(apply_package(OFFICE, keys, LIBRARY).project.buildings[0]) for keys in ((), ("light_smart",))
    )
    for old, new in zip(before.zones, after.zones, strict=True):
        factor = 0.7 if old.name.endswith("core") else 0.5
        was, now = before.schedules[old.gains.lighting], after.schedules[new.gains.lighting]
        assert now.day(True) == pytest.approx([factor * v for v in was.day(True)])
        assert now.day(False) == pytest.approx([factor * v for v in was.day(False)])


def test_infiltration_of_new_windows_and_sealing_multiply() -> None:
    """0.5 1/h x 0.6 of new windows x 0.7 of sealing; inner zones have none."""
    done = complete(apply_package(OFFICE, ("windows_low_e", "sealing"), LIBRARY).project.buildings[0])
    assert {round(zone.infiltration, 12) for zone in done.zones} == {0.0, 0.21}


def test_a_film_takes_its_share_of_the_sun_on_three_sides() -> None:
    before = complete(OFFICE.buildings[0])
    done = complete(apply_package(OFFICE, ("window_film",), LIBRARY).project.buildings[0])
    for surface in (s for s in done.surfaces if s.windows):
        side = surface.name.split("-")[1]
        now, was = done.glazings[surface.windows[0].glazing], before.glazings[f"window-{side}"]
        assert was.shgc is not None
        assert now.shgc == pytest.approx(was.shgc if side == "north" else 0.62 * was.shgc)
        assert now.u_value == was.u_value


def test_hot_water_heat_pumps_take_the_place_of_boilers() -> None:
    """133 guests x 120 L x 45 K x 1.15 Wh/(L.K), a fifth more for circulation, in 10 h: 99 kW."""
    done = apply_package(HOTEL, ("hot_water_heat_pump",), LIBRARY)
    rows = {row.name: row for row in done.project.buildings[0].plant_room}
    assert [row.type for row in rows.values()] == ["stratified_tank", "heat_pump", "boiler"]
    assert rows["hot water heat pump"].feeds == ("tank",)
    guests = 6000 / 45.0
    expected = guests * 120 * 45 * 4.14 / 3600 * 1.2 / 10
    assert expected == pytest.approx(99.36, rel=1e-3)
    (line,) = done.lines
    assert line.quantity == pytest.approx(expected)
    both = apply_package(HOTEL, ("hot_water_heat_pump", "electric_kitchen"), LIBRARY)
    assert all(row.type != "boiler" for row in both.project.buildings[0].plant_room)


def test_a_droop_needs_its_bus_and_finds_it_in_the_package() -> None:
    done = apply_package(OFFICE, ("pedf_droop", "dc_bus", "pv_roof_40"), LIBRARY).project.buildings[0]
    assert done.control.type == "droop"
    assert done.dc_bus is not None


def test_modules_and_collectors_share_the_roof() -> None:
    found = problems(HOTEL, ("pv_roof_70", "pvt"), LIBRARY)
    assert any("does not go with" in problem for problem in found)


# --- the data -------------------------------------------------------------------------------------------


def test_every_figure_of_the_library_has_a_source() -> None:
    for key, measure in LIBRARY.items():
        assert measure.source != "written in the project", key
        assert measure.name_zh != measure.name_en, key
        # Cold storage is neither a renewable nor electric storage (新型储能), and saves no energy.
        assert bool(measure.fields) is (measure.action.type != "thermal_store"), key
        for work in measure.works:
            assert work.cost.source != "written in the project", key
            assert work.thicker is None or work.thicker.source != "written in the project", key
            assert work.layers or work.parts or work.embodied is not None or key == "appliances", key
            assert all(part.factor in embodied_factors() for part in work.parts), key


def test_slots_conflicts_and_requirements_of_the_library_exist() -> None:
    known = {*LIBRARY, *LIBRARY.slot_keys}
    features = set(FEATURES)
    for measure in LIBRARY.values():
        assert set(measure.conflicts) <= known
        assert set(measure.requires) <= known | features
    assert len(LIBRARY) >= 60


def test_materials_of_layers_have_a_factor() -> None:
    for key, measure in LIBRARY.items():
        if measure.action.type == "insulate":
            start, others = package_for(key)
            lines = apply_package(start, (*others, key), LIBRARY).lines
            assert all(line.embodied.confidence != "missing" for line in lines), key


def test_a_study_may_leave_measures_and_slots_out() -> None:
    start = OFFICE.model_copy(
        update={"retrofit": OFFICE.retrofit.model_copy(update={"exclude": ("wall", "pv_roof_70")})}
    )
    library = library_of(start)
    assert not any(measure.slot == "wall" for measure in library.values())
    assert "pv_roof_70" not in library
    assert "pv_roof_40" in library


def test_a_leaky_dwelling_needs_joints_before_recovery() -> None:
    """GB 55015 asks 1.0 1/h in all: leaking 1.2 leaves nothing, new windows (0.3 x 1.2) leave 0.64."""
    zones = [
        {
            "name": "room",
            "floor_area": 100,
            "height": 3,
            "use": "residential_living",
            "multiplier": 3,
            "infiltration": 1.2,
        },
        {"name": "loft", "floor_area": 100, "height": 2, "multiplier": 3, "conditioned": False},
    ]
    start = box(zones=zones, era="1980s")
    assert problems(start, ("energy_recovery",), LIBRARY) == ("'energy_recovery' needs outdoor_air.",)
    assert not problems(start, ("energy_recovery", "windows_triple"), LIBRARY)
    counted = quantities(start, "energy_recovery", "windows_triple")
    assert counted["Ventilation units with recovery"] == pytest.approx(0.64 * 900.0)
    done = apply_package(start, ("energy_recovery", "windows_triple"), LIBRARY).project.buildings[0]
    assert complete(done).zones[0].gains.fresh_air_changes == pytest.approx(0.64)


def test_water_heaters_of_dwellings_are_counted_by_people() -> None:
    """151 people: 61 heaters, one for 2.5 people."""
    uses = {"use": "residential", "count": 151, "central": False, "hot_water": "gas_water_heater"}
    start = archetype("residential", "1980s", end_uses=uses)
    counted = quantities(start, "hot_water_heat_pump")
    assert counted == {"Heat-pump water heaters of dwellings with tank": 61.0}


def test_ground_source_counts_its_boreholes() -> None:
    """20 W/m2 x 6000 m2 = 120 kW; 5 kW a borehole: 24 of them, 5 x 5."""
    done = apply_package(HOTEL, ("ground_source_20",), LIBRARY)
    field = next(row for row in done.project.buildings[0].plant_room if row.type == "borefield")
    assert (field.rows, field.columns) == (5, 5)
    (line,) = done.lines
    assert line.quantity == pytest.approx(120.0)
