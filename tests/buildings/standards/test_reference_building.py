"""The reference building of GB/T 51350-2019 and the conditions of the standard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project, project_text
from buildings.description.schema import Project
from buildings.standards.conditions import standard_conditions
from buildings.standards.elements import shape_coefficient, side_of, window_wall_ratios
from buildings.standards.reference_building import mean_u, reference_building
from buildings.standards.replaced import Replaced, told

OFFICE = """
schema: 1
name: office
buildings:
  - name: office
    archetype: office
    era: nzeb
    floor_area: 6000 m2
    floors: 6
    orientation: 20
    window_wall_ratio: {north: 0.25, east: 0.35, south: 0.45, west: 0.55}
    envelope: {wall_u: 0.2, infiltration: 0.03, shading: {overhang_depth: 0.6}}
    gains:
      {lighting_power: 4, equipment_power: 9, people_density: 0.2, schedules: {lighting: retail/lighting}}
    hvac: {type: chiller_boiler, cooling_setpoint: 27, heating_setpoint: 19, cooling_capacity: 900 kW}
    ventilation: {heat_recovery_sensible: 0.8, demand_controlled: true}
    end_uses: {use: office, hot_water: heat_pump_water_heater, cooking: induction_wok}
    pv: [{name: roof, capacity: 100 kWp}]
    battery: {capacity: 200 kWh, power: 100 kW}
    ev: {chargers: 4}
    dc_bus: {voltage: 375 V}
    control: {type: droop, precool: 2 K}
    vacations: [{first: "02-01", last: "02-20"}]
event: {reduction: 50 kW}
"""
HOUSE = """
schema: 1
name: house
buildings:
  - name: house
    era: gb55015-2021
    zones:
      - {name: room, floor_area: 100 m2, height: 3 m, use: residential_living,
         thermostat: {heating: 22, cooling: 24}, gains: {equipment_power: 20, lighting_power: 3}}
      - {name: attic, floor_area: 100 m2, volume: 120 m3, use: residential_auxiliary, conditioned: false,
         gains: {lighting_power: 0, equipment_power: 0, people_density: 0, fresh_air_changes: 0}}
    constructions:
      own wall: {u_value: 0.3, layers: [{material: eps}, {material: lime_sand_brick, thickness: 0.2}]}
      own ceiling: {u_value: 0.2, layers: [{material: timber, thickness: 0.02}, {material: rock_wool}]}
      own roof: {layers: [{material: timber, thickness: 0.02}]}
    glazings:
      glass: {u_value: 1.2, shgc: 0.4, panes: 3, coating: low_e}
      light: {u_value: 1.4, shgc: 0.3, panes: 3, coating: low_e}
    surfaces:
      - {name: ground, zone: room, kind: floor, area: 100, construction: ground_slab, boundary: ground}
      - {name: ceiling, zone: room, kind: ceiling, area: 100, construction: own ceiling, boundary: attic}
      - {name: tiles, zone: attic, kind: roof, area: 110, construction: own roof}
      - name: south
        zone: room
        kind: wall
        area: 30
        azimuth: 180
        construction: own wall
        windows: [{name: w, area: 9, glazing: glass, shading: {movable_factor: 0.3}}]
      - {name: north, zone: room, kind: wall, area: 30, azimuth: 0, construction: own wall}
      - {name: east, zone: room, kind: wall, area: 30, azimuth: 90, construction: own wall}
      - {name: west, zone: room, kind: wall, area: 30, azimuth: 270, construction: own wall}
    hvac: {type: ideal}
"""


def built(text: str) -> tuple[Project, CompleteBuilding, dict[str, Replaced]]:
    found = reference_building(parse_project(text))
    # The reference is a project like any other: what is written of it can be read again.
    assert parse_project(project_text(found.project)) == found.project
    return found.project, complete(found.project.buildings[0]), {e.path: e for e in found.derivation}


def test_the_reference_of_an_archetype_is_the_archetype_of_2015() -> None:
    """Expanded and replaced face by face, it equals the same archetype written with era gb50189-2015."""
    _, made, _ = built(OFFICE)
    plain = parse_project(
        """
schema: 1
name: office
buildings:
  - {name: office, archetype: office, era: gb50189-2015, floor_area: 6000 m2, floors: 6, orientation: 20,
     window_wall_ratio: {north: 0.25, east: 0.35, south: 0.45, west: 0.55}, hvac: {type: chiller_boiler}}
"""
    )
    wanted = complete(plain.buildings[0])
    assert made.zones == wanted.zones
    assert (made.hvac, made.ventilation, made.vacations) == (
        wanted.hvac,
        wanted.ventilation,
        wanted.vacations,
    )
    assert made.schedules == wanted.schedules
    for mine, other in zip(made.surfaces, wanted.surfaces, strict=True):
        assert (mine.name, mine.area, mine.azimuth) == (other.name, other.area, other.azimuth)
        assert made.constructions[mine.construction].layers == wanted.constructions[other.construction].layers
        for window, twin in zip(mine.windows, other.windows, strict=True):
            assert made.glazings[window.glazing] == wanted.glazings[twin.glazing]
            assert (window.area, window.shading) == (twin.area, twin.shading)


def test_the_derivation_of_an_office_tells_from_and_to() -> None:
    """GB 50189-2015 class A: wall 0.8, roof 0.5; windows by share 0.25 -> 3.0, 0.35 -> 2.6, 0.45 -> 2.4,
    0.55 -> 2.2 W/(m2.K); SHGC of the north at 0.25 0.48, of the south at 0.45 0.35."""
    project, _, found = built(OFFICE)
    wanted = {
        "wall.u_value": (0.2, 0.8),
        "roof.u_value": (0.25, 0.5),
        "window north.u_value": (1.6, 3.0),
        "window east.u_value": (1.6, 2.6),
        "window south.u_value": (1.6, 2.4),
        "window west.u_value": (1.6, 2.2),
        "window north.shgc": (0.4, 0.48),
        "window south.shgc": (0.4, 0.35),
        "ventilation.heat_recovery_sensible": (0.8, 0.0),
        "zones.*.gains.lighting_power": (4.0, 9.0),
        "zones.*.infiltration": (0.03, 0.34),
    }
    for path, (was, now) in wanted.items():
        entry = found[f"office.{path}"]
        assert entry.was == pytest.approx(was), path
        assert entry.now == pytest.approx(now), path
        assert entry.source
        assert entry.confidence
    for gone in ("pv", "battery", "ev", "dc_bus"):
        assert found[f"office.{gone}"].now is None
        assert not getattr(project.buildings[0], gone)
    assert found["office.hvac.equipment"].now == "chiller_boiler_2020"
    assert found["office.hvac.type"].confidence == "missing"
    assert found["office.window_wall_ratio.north"].confidence == "missing"
    assert found["office.end_uses.hot_water"].now == "gas_water_heater"
    assert project.event is None
    assert project.buildings[0].control.type == "fixed"
    assert project.buildings[0].hvac.cooling_capacity == "autosize"


def test_the_derivation_can_be_printed() -> None:
    """One line for each entry, in both languages."""
    entries = reference_building(parse_project(OFFICE)).derivation
    lines, zh = told(entries), told(entries, "zh")
    assert len(lines) == len(zh) == len(entries)
    wall = next(i for i, line in enumerate(lines) if line.startswith("office.wall.u_value"))
    wanted = "office.wall.u_value: U of outer walls 0.2 -> 0.8 W/(m2.K) [GB 50189-2015 Table 3.3.1-4"
    assert lines[wall].startswith(wanted)
    assert lines[wall].endswith("; gk-verify]")
    assert "外墙传热系数" in zh[wall]
    assert any(line.startswith("office.pv: photovoltaics roof -> - [") for line in lines)


def test_a_dwelling_follows_jgj_134() -> None:
    """Block of 6 storeys: outer area over volume below 0.40, so JGJ 134-2010 gives wall 1.5 and roof 1.0."""
    _, made, found = built(
        """
schema: 1
name: block
buildings: [{name: block, archetype: residential, era: 1980s, floor_area: 3600 m2, floors: 6}]
"""
    )
    shape = found["block.shape_coefficient"].now
    assert isinstance(shape, float)
    assert 0.2 < shape < 0.4
    assert found["block.wall.u_value"].now == 1.5
    assert found["block.roof.u_value"].now == 1.0
    assert found["block.window south.u_value"].now == 4.0
    assert made.constructions["gb50189-2015 wall"].u_value == pytest.approx(1.5)
    lamps = {zone.gains.lighting_power for zone in made.zones}
    assert lamps == {6.0}


def test_an_explicit_house_is_replaced_where_it_loses_heat() -> None:
    """Outer area 4 x 30 + 100 (ceiling below the cold attic) = 220 m2 over 300 m3: 0.73 1/m, above 0.40.

    So JGJ 134-2010 asks wall 1.0 and roof 0.6; the roof's U goes to the ceiling, the tiles stay. Window:
    9 of 30 m2 = 0.30, 4.0 W/(m2.K).
    """
    project, made, found = built(HOUSE)
    assert found["house.shape_coefficient"].now == pytest.approx(220.0 / 300.0)
    place = {surface.name: surface.construction for surface in made.surfaces}
    assert made.constructions[place["ceiling"]].u_value == pytest.approx(0.6)
    assert made.constructions[place["south"]].u_value == pytest.approx(1.0)
    assert (place["tiles"], place["ground"]) == ("own roof", "ground_slab")
    assert found["house.wall.u_value"].was == pytest.approx(0.3)
    assert found["house.roof.u_value"].was == pytest.approx(0.2)
    window = next(w for s in made.surfaces for w in s.windows)
    assert made.glazings[window.glazing].u_value == 4.0
    assert window.shading.movable_factor == 1.0
    zones = {zone.name: zone for zone in made.zones}
    assert zones["room"].gains.lighting_power == 6.0
    assert zones["room"].gains.equipment_power == 3.8
    # 20 degC in winter is GB/T 51350's; the 22 degC of the user and the 18 of GB 55015 go.
    assert zones["room"].heating_setpoint == "residential_living/heating_setpoint (at 20 degC)"
    assert zones["room"].cooling_setpoint == "residential_living/cooling_setpoint"
    assert found["house.hvac.heating_setpoint"].now == 20.0
    assert zones["room"].infiltration == 0.5
    assert zones["attic"].gains.lighting_power == 0.0
    assert zones["attic"].gains.people_density == 0.0
    assert project.buildings[0].hvac.type == "vrf"


def test_conditions_take_the_use_and_leave_the_design() -> None:
    project = parse_project(OFFICE)
    found = standard_conditions(project)
    design, under = complete(project.buildings[0]), complete(found.project.buildings[0])
    assert under.constructions == design.constructions
    assert under.glazings == design.glazings
    assert under.ventilation == design.ventilation
    assert (under.hvac, under.systems.pv) == (design.hvac, design.systems.pv)
    zone = under.zones[0]
    assert zone.gains.lighting_power == 4.0
    assert zone.gains.lighting == "office/lighting"
    assert zone.gains.equipment_power == 15.0
    assert zone.gains.people_density == pytest.approx(0.1)
    assert zone.cooling_setpoint == "office/cooling_setpoint"
    assert found.project.buildings[0].ev is None
    assert found.project.event is None
    told = {entry.path for entry in found.derivation}
    assert {
        "office.gains.equipment_power", "office.gains.people_density", "office.gains.schedules",
        "office.hvac.cooling_setpoint", "office.hvac.heating_setpoint", "office.vacations", "office.ev",
        "office.control", "event",
    } == told  # fmt: skip
    assert parse_project(project_text(found.project)) == found.project


def test_central_hot_water_stays_central() -> None:
    """Where a plant room made it, a gas boiler of 92 % does, sized to its load; local stays local."""
    text = """
schema: 1
name: hotel
buildings:
  - name: hotel
    archetype: hotel
    era: nzeb
    floor_area: 3000 m2
    floors: 5
    end_uses: {use: hotel, count: 60, cooking: induction_wok, laundry: steam_laundry}
    plant_room:
      - {name: tank, type: stratified_tank, serves: hot_water, volume: 3 m3}
      - {name: pump, type: heat_pump, serves: [hot_water], feeds: tank, capacity: 60 kW}
      - {name: steam, type: boiler, serves: steam, capacity: 60 kW}
"""
    project, _, found = built(text)
    building = project.buildings[0]
    assert [(row.type, row.equipment) for row in building.plant_room] == [("boiler", "gas_steam")]
    assert building.end_uses is not None
    assert (building.end_uses.hot_water, building.end_uses.count) == (None, 60.0)
    assert building.end_uses.laundry == "electric_laundry"
    assert found["hotel.plant_room"].was == "tank, pump, steam"
    assert found["hotel.end_uses.hot_water"].confidence == "assumed"


@settings(max_examples=25, deadline=None)
@given(
    archetype=st.sampled_from(
        ["office", "hotel", "retail", "hospital_inpatient", "school_teaching", "residential"]
    ),
    era=st.sampled_from(["1980s", "gb50189-2005", "gb50189-2015", "gb55015-2021", "nzeb"]),
    floors=st.integers(1, 12),
    storey=st.floats(60, 3000),
    share=st.floats(0.05, 0.9),
)
def test_a_reference_is_its_own_reference(
    archetype: str, era: str, floors: int, storey: float, share: float
) -> None:
    """Whatever the design, its reference has the code's envelope, and deriving again changes nothing."""
    data: dict[str, Any] = {
        "name": "b", "archetype": archetype, "era": era, "floors": floors, "floor_area": floors * storey,
        "window_wall_ratio": share,
    }  # fmt: skip
    project = Project.model_validate({"schema": 1, "name": "p", "buildings": [data]})
    first = reference_building(project)
    second = reference_building(first.project)
    one, two = complete(first.project.buildings[0]), complete(second.project.buildings[0])
    assert (one.zones, one.constructions, one.glazings) == (two.zones, two.constructions, two.glazings)
    assert (one.hvac, one.ventilation) == (two.hvac, two.ventilation)
    assert one.floor_area == pytest.approx(floors * storey)
    unchanged = [e for e in second.derivation if isinstance(e.was, float) and isinstance(e.now, float)]
    assert unchanged
    assert all(e.was == pytest.approx(e.now) for e in unchanged)


@pytest.mark.parametrize(
    ("azimuth", "side"),
    [(0, "north"), (59.9, "north"), (60, "east"), (149.9, "east"), (150, "south"), (210, "south"),
     (210.1, "west"), (300, "west"), (300.1, "north"), (360, "north")],
)  # fmt: skip
def test_sides(azimuth: float, side: str) -> None:
    """North within 60 degrees of north, south within 30 of south."""
    assert side_of(azimuth) == side


def test_ratios_and_shape_count_multipliers() -> None:
    """Three equal storeys stand for themselves: the same ratio, three times area and volume."""
    project = reference_building(parse_project(HOUSE)).project
    building = project.buildings[0]
    zones = {zone.name: zone.model_copy(update={"multiplier": 3}) for zone in building.zones}
    assert window_wall_ratios(building.surfaces, zones)["south"] == pytest.approx(0.3)
    volumes = {"room": 300.0, "attic": 120.0}
    assert shape_coefficient(building.surfaces, zones, volumes) == pytest.approx(220 / 300)
    assert mean_u(building, "exposed_floor") is None
