"""Archetypes: areas close, planes close, options reach what they name."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.archetype import expand
from buildings.description.complete import CompleteBuilding, complete
from buildings.description.schema import Archetype, ArchetypeBuilding, Era
from weather.errors import TwinError


def office(**changes: Any) -> ArchetypeBuilding:
    base = {"name": "o", "archetype": "office", "era": "gb50189-2005", "floor_area": 20000, "floors": 10}
    return ArchetypeBuilding.model_validate({**base, **changes})


@settings(max_examples=60, deadline=None)
@given(
    storey=st.floats(25.0, 20000.0),
    floors=st.integers(1, 60),
    aspect=st.floats(1.0, 10.0),
    height=st.floats(2.5, 6.0),
    share=st.floats(0.0, 0.9),
    turn=st.floats(-180.0, 180.0),
)
def test_areas_close(
    storey: float, floors: int, aspect: float, height: float, share: float, turn: float
) -> None:
    building = office(
        floor_area=storey * floors, floors=floors, aspect_ratio=aspect, storey_height=height,
        window_wall_ratio=share, orientation=turn,
    )  # fmt: skip
    done = complete(building)
    multiplier = {zone.name: zone.multiplier for zone in done.zones}
    length, depth = math.sqrt(storey * aspect), math.sqrt(storey / aspect)
    assert done.floor_area == pytest.approx(storey * floors, rel=1e-9)
    volume = sum(zone.volume * zone.multiplier for zone in done.zones)
    assert volume == pytest.approx(storey * floors * height, rel=1e-9)
    walls = sum(s.area * multiplier[s.zone] for s in done.surfaces if s.kind == "wall")
    assert walls == pytest.approx(2 * (length + depth) * height * floors, rel=1e-9)
    glass = sum(w.area * multiplier[s.zone] for s in done.surfaces for w in s.windows)
    assert glass == pytest.approx(share * walls, rel=1e-9, abs=1e-9)
    for kind, boundary in (("roof", "outdoors"), ("floor", "ground")):
        area = sum(s.area for s in done.surfaces if s.kind == kind and s.boundary == boundary)
        assert area == pytest.approx(storey, rel=1e-9)
    assert all(zone.floor_area > 0 for zone in done.zones)


@pytest.mark.parametrize(("floors", "zones"), [(1, 5), (2, 10), (3, 15), (10, 15), (60, 15)])
def test_zones_by_floors(floors: int, zones: int) -> None:
    done = complete(office(floors=floors))
    assert len(done.zones) == zones
    assert sum(z.multiplier for z in done.zones if z.name.endswith("core")) == floors


def test_every_horizontal_plane_has_its_two_sides() -> None:
    """Each zone has as much floor and ceiling (or roof) as floor area, seen from either side."""
    for floors in (1, 2, 3, 4, 10):
        done = complete(office(floors=floors))
        for zone in done.zones:
            own_floor = {(zone.name, "floor")}
            below = sum(s.area for s in done.surfaces if (s.zone, s.kind) in own_floor)
            below += sum(s.area for s in done.surfaces if (s.boundary, s.kind) == (zone.name, "ceiling"))
            above = sum(
                s.area for s in done.surfaces if s.zone == zone.name and s.kind in ("ceiling", "roof")
            )
            assert below == pytest.approx(zone.floor_area), (floors, zone.name)
            assert above == pytest.approx(zone.floor_area), (floors, zone.name)


def test_slabs_conduct_only_between_single_floors() -> None:
    def coupled(floors: int) -> int:
        return sum(
            s.kind == "ceiling" and s.boundary != "adiabatic"
            for s in complete(office(floors=floors)).surfaces
        )

    assert [coupled(n) for n in (1, 2, 3, 4)] == [0, 5, 10, 0]


def test_facades_face_where_the_building_is_turned() -> None:
    turned = expand(office(orientation=30))
    azimuth = {s.name.split("-")[1]: s.azimuth for s in turned.surfaces if s.kind == "wall"}
    assert azimuth == {"north": 30.0, "east": 120.0, "south": 210.0, "west": 300.0}


def test_north_glass_may_be_clearer_and_north_turns_with_the_building() -> None:
    """GB 50189-2005 allows SC 0.60 to the north and 0.50 elsewhere at a window-wall ratio of 0.4."""
    straight = expand(office()).glazings
    assert straight["window-north"].shgc == pytest.approx(0.87 * 0.60)
    assert straight["window-south"].shgc == pytest.approx(0.87 * 0.50)
    around = expand(office(orientation=180)).glazings
    assert around["window-south"].shgc == pytest.approx(0.87 * 0.60)


def test_elevations_are_the_mean_of_the_floors_they_stand_for() -> None:
    done = complete(office(floors=10, storey_height=4))
    by_level = {zone.name.split("-")[0]: zone.elevation for zone in done.zones}
    assert by_level == {"ground": 0.0, "middle": pytest.approx(sum(range(1, 9)) / 8 * 4.0), "top": 36.0}


def test_a_small_plan_keeps_a_core() -> None:
    done = complete(office(floor_area=100, floors=1))
    assert min(zone.floor_area for zone in done.zones) > 1.0


def test_a_perimeter_that_leaves_no_core_is_refused() -> None:
    with pytest.raises(TwinError, match="no core") as caught:
        complete(office(perimeter_depth=30))
    assert caught.value.key == "o.perimeter_depth"


def test_windows_by_orientation() -> None:
    shares = {"north": 0.2, "east": 0.0, "south": 0.5, "west": 0.0}
    done = complete(office(window_wall_ratio=shares))
    glass = Counter(s.name.split("-")[1] for s in done.surfaces if s.windows)
    assert glass == {"north": 3, "south": 3}
    assert set(done.glazings) == {"window-north", "window-south"}
    assert done.glazings["window-north"].u_value == 4.7


def _zone(done: CompleteBuilding, name: str) -> Any:
    return next(zone for zone in done.zones if zone.name == name)


def test_overrides_reach_every_zone() -> None:
    done = complete(
        office(
            envelope={"wall_u": 0.4, "window_u": "1.6 W/(m2.K)", "window_shgc": 0.3,
                      "infiltration": 0.15, "roof_absorptance": 0.3, "shading": {"movable_factor": 0.5}},
            gains={"lighting_power": "5 W/m2", "people_density": "8 m2/person",
                   "equipment_base_fraction": "20 %"},
            ventilation={"heat_recovery_sensible": 0.7},
        )
    )  # fmt: skip
    assert done.constructions["wall"].u_value == pytest.approx(0.4)
    assert done.constructions["roof"].solar_absorptance_outside == 0.3
    assert {(g.u_value, g.shgc, g.panes) for g in done.glazings.values()} == {(1.6, 0.3, 3)}
    assert {zone.gains.lighting_power for zone in done.zones} == {5.0}
    assert {zone.gains.people_density for zone in done.zones} == {0.125}
    assert {zone.gains.equipment_base_fraction for zone in done.zones} == {0.2}
    assert _zone(done, "middle-south").infiltration == 0.15
    assert _zone(done, "middle-core").infiltration == 0.0
    assert done.ventilation.heat_recovery_sensible == 0.7
    assert {w.shading.movable_factor for s in done.surfaces for w in s.windows} == {0.5}


@pytest.mark.parametrize("archetype", get_args(Archetype))
@pytest.mark.parametrize("era", get_args(Era))
def test_every_archetype_of_every_era_is_complete(archetype: str, era: str) -> None:
    done = complete(office(archetype=archetype, era=era, floor_area=6000, floors=6))
    assert {s.construction for s in done.surfaces} == set(done.constructions)
    assert {w.glazing for s in done.surfaces for w in s.windows} == set(done.glazings)
    for zone in done.zones:
        gains = zone.gains
        keys = {
            zone.heating_setpoint,
            zone.cooling_setpoint,
            gains.occupancy,
            gains.lighting,
            gains.equipment,
        }
        assert {*keys, gains.fresh_air} <= set(done.schedules)
    assert done.hvac.equipment


def test_newer_eras_lose_less_and_admit_less_air() -> None:
    done = [complete(office(era=era)) for era in get_args(Era)]
    for figure in (
        [d.constructions["wall"].u_value for d in done],
        [d.constructions["roof"].u_value for d in done],
        [d.glazings["window-south"].u_value for d in done],
        [_zone(d, "top-south").infiltration for d in done],
        [d.zones[0].gains.lighting_power for d in done],
    ):
        assert figure == sorted(figure, reverse=True)


def test_fresh_air_of_dwellings_counts_infiltration() -> None:
    """GB 55015 Appendix C gives dwellings 1.0 1/h of outdoor air in all."""
    done = complete(office(archetype="residential", era="gb50189-2005"))
    zone = _zone(done, "middle-south")
    assert zone.gains.fresh_air_changes + zone.infiltration == pytest.approx(1.0)
    leaky = complete(office(archetype="residential", era="1980s"))
    assert _zone(leaky, "middle-south").gains.fresh_air_changes == 0.0


def test_schools_have_vacations() -> None:
    assert len(complete(office(archetype="school_teaching")).vacations) == 2
    assert complete(office(archetype="school_teaching", vacations=[])).vacations == ()
