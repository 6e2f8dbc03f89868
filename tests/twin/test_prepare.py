"""From a description to a Plant: sizes, what reaches the bus, how a batch is laid out."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from buildings.systems.endpoints import dc_demand_factor
from buildings.thermal.enclosure import ZERO
from buildings.thermal.layout import COIL_DROP, FAN_LEAST, FAN_TIME, MULTIPLIER
from twin.building_batch import EQUIPMENT_IN, FANS_IN, LIGHTING_IN, PV_IN
from twin.plant import Plant, Zones, prepare, prepare_zones
from twin.zone_loads import march_zones
from weather.errors import TwinError


def plant_of(marches: ModuleType, *buildings: dict[str, Any], **keys: Any) -> Plant:
    return marches.march_of(*buildings, **keys).before


def sizing(marches: ModuleType, **changes: Any) -> Any:
    return plant_of(marches, marches.hall(**changes)).prepared[0].thermal.sizing


# --- sizes ----------------------------------------------------------------------------------------------


def test_design_loads_are_of_the_right_order(marches: ModuleType) -> None:
    """200 m2 under its own roof: 50 to 200 W/m2 both ways, and 15 % above as the schema's factor says."""
    found = sizing(marches)
    for load in (found.design_cooling_load, found.design_heating_load):
        assert 50.0 * 200.0 < load < 200.0 * 200.0
    assert found.cooling_capacity == pytest.approx(1.15 * found.design_cooling_load, rel=1e-12)
    assert found.heating_capacity == pytest.approx(1.15 * found.design_heating_load, rel=1e-12)


def test_a_worse_envelope_needs_a_larger_plant(marches: ModuleType) -> None:
    good, bad = sizing(marches), sizing(marches, wall="thin")
    assert bad.design_heating_load > 1.1 * good.design_heating_load
    assert bad.design_cooling_load > good.design_cooling_load


def test_a_sizing_factor_scales_the_plant_and_not_the_load(marches: ModuleType) -> None:
    one, two = sizing(marches), sizing(marches, hvac={"type": "vrf", "sizing_factor": 2.0})
    assert two.design_cooling_load == one.design_cooling_load
    assert two.cooling_capacity == pytest.approx(2.0 * one.design_cooling_load, rel=1e-12)
    assert two.heating_capacity == pytest.approx(2.0 * one.design_heating_load, rel=1e-12)


def test_a_capacity_that_the_user_wrote_is_taken(marches: ModuleType) -> None:
    hvac = {"type": "vrf", "cooling_capacity": "10 kW", "heating_capacity": "8 kW"}
    march = marches.march_of(marches.hall(hvac=hvac))
    found = march.prepared().thermal.sizing
    assert (found.cooling_capacity, found.heating_capacity) == (10_000.0, 8_000.0)
    plant = march.before.buildings.plant[0]
    assert (plant["cooling"]["rated_w"], plant["heating"]["rated_w"]) == (10_000.0, 8_000.0)
    air = march.prepared().thermal.packed.air[0]
    assert air.heat_max == pytest.approx(8_000.0, rel=1e-9)
    assert march.column("unmet_cooling_kw").max() > 0.5


def test_multipliers_multiply_the_load(marches: ModuleType) -> None:
    """Within the soil's share: a slab three times as large loses less per m2."""
    one, three = sizing(marches), sizing(marches)
    three = plant_of(marches, marches.hall(multiplier=3)).prepared[0].thermal.sizing
    assert three.design_cooling_load == pytest.approx(3.0 * one.design_cooling_load, rel=0.05)


# --- inputs ---------------------------------------------------------------------------------------------


def test_lighting_equipment_and_fans_follow_densities_and_schedules(marches: ModuleType) -> None:
    plant = plant_of(marches, marches.hall())
    zone = plant.prepared[0].description.zones[0]
    inputs = plant.buildings.inputs[:, 0]
    assert inputs[:, LIGHTING_IN].max() <= 1e-3 * zone.gains.lighting_power * 200.0 + 1e-12
    assert inputs[:, LIGHTING_IN].max() > 0.8e-3 * zone.gains.lighting_power * 200.0
    assert inputs[:, EQUIPMENT_IN].max() <= 1e-3 * zone.gains.equipment_power * 200.0 + 1e-12
    assert inputs[:, FANS_IN].max() > 0.0
    assert not inputs[:, PV_IN].any()
    noon, night = plant.weather.times.hour == 11, plant.weather.times.hour == 3
    assert inputs[noon, LIGHTING_IN].mean() > inputs[night, LIGHTING_IN].mean()
    rest = ~plant.prepared[0].thermal.calendar.is_workday(plant.weather.times)
    assert inputs[rest & noon, LIGHTING_IN].mean() < 0.3 * inputs[~rest & noon, LIGHTING_IN].mean()


def test_light_on_the_bus_leaves_its_rectifier_out(marches: ModuleType) -> None:
    ac, dc = plant_of(marches, marches.hall()), plant_of(marches, marches.hall(**marches.PEDF))
    ratio = dc.buildings.inputs[:, 0, LIGHTING_IN].sum() / ac.buildings.inputs[:, 0, LIGHTING_IN].sum()
    assert ratio == pytest.approx(dc_demand_factor("lighting"), rel=1e-12)
    np.testing.assert_array_equal(
        dc.buildings.inputs[:, 0, EQUIPMENT_IN], ac.buildings.inputs[:, 0, EQUIPMENT_IN]
    )


def test_pv_stands_in_the_sun(marches: ModuleType) -> None:
    """900 to 1,250 kWh/kWp for Shanghai; twice the modules give twice, and nothing at night."""
    array = {"name": "roof", "capacity": "30 kWp", "tilt": 10}
    one = plant_of(marches, marches.hall(pv=[array])).buildings.inputs[:, 0, PV_IN]
    both = plant_of(marches, marches.hall(pv=[array, {**array, "name": "second"}]))
    assert 900.0 < one.sum() / 30.0 < 1250.0
    np.testing.assert_allclose(both.buildings.inputs[:, 0, PV_IN], 2.0 * one, rtol=1e-12)
    assert both.prepared[0].pv_kwp == 60.0
    night = both.weather.ghi == 0.0
    assert not one[night].any()


def test_the_interface_carries_what_hangs_on_the_bus(marches: ModuleType) -> None:
    march = marches.march_of(marches.hall(**marches.PEDF))
    inputs, found = march.before.buildings.inputs[:, 0], march.prepared()
    plain = inputs[:, [LIGHTING_IN, EQUIPMENT_IN, FANS_IN]].max(axis=0).sum()
    assert found.interface_kw >= plain + 3 * 7.0
    own = plant_of(marches, marches.hall(**{**marches.PEDF, "dc_bus": {"interface_capacity": "50 kW"}}))
    assert own.prepared[0].interface_kw == 50.0
    assert plant_of(marches, marches.hall()).prepared[0].interface_kw == 0.0


# --- batches --------------------------------------------------------------------------------------------


def test_every_zone_has_a_place_of_its_own(marches: ModuleType) -> None:
    plant = plant_of(marches, *(marches.hall(name) for name in ("a", "b", "c")))
    places = [place for b in plant.prepared for place in b.place.values()]
    assert len(set(places)) == 3
    for b, prepared in enumerate(plant.prepared):
        for group, zone, lane in prepared.place.values():
            assert plant.buildings.owner[group, zone, lane] == b
            assert plant.batch.zone[group, zone, MULTIPLIER, lane] == 1.0
    owned = plant.buildings.owner[plant.buildings.owner >= 0]
    assert sorted(owned) == [0, 1, 2]


def test_groups_hold_every_building_once(marches: ModuleType) -> None:
    """Twelve single-zone buildings fill more than one group of eight lanes."""
    project = marches.project_of(*(marches.hall(f"hall {i}") for i in range(12)))
    plant = prepare(project, marches.shanghai())
    held = plant.buildings.held
    assert len(held) == len(plant.batch.rows) > 1
    assert [b for first, last in held for b in range(first, last)] == list(range(12))


def test_chargers_of_two_buildings_do_not_share_sessions(marches: ModuleType) -> None:
    plant = plant_of(marches, marches.hall("a", **marches.PEDF), marches.hall("b", **marches.PEDF))
    (a0, a1), (b0, b1) = plant.buildings.chargers
    assert (a0, a1, b0, b1) == (0, 3, 3, 6)
    rows = plant.buildings.ev_rows
    first, second = (set(rows[:, i:j][rows[:, i:j] >= 0]) for i, j in ((a0, a1), (b0, b1)))
    assert not first & second
    assert len(first) + len(second) == len(plant.sessions)


# --- windows in their walls, and the start ----------------------------------------------------------------


def zones_of(marches: ModuleType, building: dict[str, Any]) -> Zones:
    return prepare_zones(marches.project_of(building), marches.shanghai())


@pytest.mark.parametrize(
    ("equipment", "follows", "least"), [("split_multi_2005", True, 1.0), ("vrf_2010", False, 0.27)]
)
def test_zones_have_the_coil_of_their_equipment(
    marches: ModuleType, equipment: str, follows: bool, least: float
) -> None:
    """And a steady one where EnergyPlus' ideal loads stand beside it."""
    hall = marches.hall() | {"hvac": {"type": "vrf", "equipment": equipment}}
    project = marches.project_of(hall)
    for steady in (False, True):
        zones = prepare_zones(project, marches.shanghai(), steady_coil=steady)
        g, row, lane = zones.places[0][0]
        zone = zones.batch.zone[g, row, :, lane]
        assert (zone[COIL_DROP] > 0.0) == (follows and not steady)
        assert (zone[FAN_TIME] > 0.0) == (not steady)
        assert zone[FAN_LEAST] == (0.0 if steady else least)


def test_an_overhang_hides_the_sky_from_glass(marches: ModuleType) -> None:
    """Endless, 1.5 m deep and 0.3 m above glass of 2.7 m: what it hides by crossed strings (Hottel 1954)."""
    hall = marches.hall()
    shade = {"overhang_depth": 1.5, "overhang_gap": 0.3}
    hall["surfaces"][-1]["windows"][0] |= {"height": 2.7, "area": 13.5, "shading": shade}
    (window,) = zones_of(marches, hall).thermals[0].enclosed.enclosure.windows
    near, far = math.hypot(1.5, 0.3), math.hypot(1.5, 0.3 + 2.7)
    hidden = (near + 0.3 + 2.7 - 0.3 - far) / (2.0 * 2.7)
    assert window.sky_seen == pytest.approx(1.0 - hidden / 0.5, abs=2e-3)


@pytest.mark.parametrize(("sun", "wind"), [(False, True), (True, False)])
def test_a_window_stands_in_the_sun_and_wind_of_its_wall(marches: ModuleType, sun: bool, wind: bool) -> None:
    hall = marches.hall()
    hall["surfaces"][-1] |= {"sun_exposed": sun, "wind_exposed": wind}
    zones = zones_of(marches, hall)
    *light, film = zones.thermals[0].packed.rooms[0].panes[0].series
    assert all(zones.table.series(channel).any() == sun for channel in light)
    assert (film != ZERO) == wind


def test_a_year_on_soil_begins_as_it_ends(marches: ModuleType) -> None:
    """Led in by four weeks only, this floor began 0.12 K colder than it ended."""
    zones = zones_of(marches, marches.hall())
    before = zones.state.face.copy()
    march_zones(zones)
    g, z, lane = zones.places[0][0]
    first, last = (face[g, z, :5, 0, lane] for face in (before, zones.state.face))
    np.testing.assert_allclose(first, last, rtol=0, atol=0.02)


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"hvac": {"equipment": "steam_engine"}}, "buildings[0].hvac.equipment"),
        ({"pv": [{"name": "r", "capacity": 5, "mounting": "kite"}]}, "buildings[0].pv[0].mounting"),
        ({"pv": [{"name": "r", "capacity": 5, "module": "moon"}]}, "buildings[0].pv[0].module"),
        ({"battery": {"capacity": 5, "power": 2, "equipment": "lead"}}, "buildings[0].battery.equipment"),
        ({"dc_bus": {"interface": "afe_none"}}, "buildings[0].dc_bus.interface"),
    ],
)
def test_a_wrong_key_is_named_where_it_is_written(
    marches: ModuleType, changes: dict[str, Any], key: str
) -> None:
    project = marches.project_of(marches.hall(**changes))
    with pytest.raises(TwinError) as caught:
        prepare(project, marches.shanghai())
    assert caught.value.key == key
    assert caught.value.remedy


def test_an_unknown_tariff_is_refused(marches: ModuleType) -> None:
    project = marches.project_of(marches.hall(), tariff="cheap")
    with pytest.raises(TwinError, match="shanghai_two_part_10kv"):
        prepare(project, marches.shanghai())
