"""What EnergyPlus answers to small boxes whose loads can be written down by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Project
from buildings.energyplus import Days, ZoneYear, simulate_zones
from buildings.energyplus.step_epw import write_step_epw
from weather.climate_year import ClimateYear

Box = Callable[..., dict[str, Any]]
Make = Callable[..., tuple[CompleteBuilding, Project]]
Steady = Callable[..., ClimateYear]
WEEK = Days((1, 1), (1, 4))


def run(made: tuple[CompleteBuilding, Project], climate: ClimateYear, **options: Any) -> ZoneYear:
    building, project = made
    options = {"minutes": 15, "days": WEEK, **options}
    return simulate_zones(building, climate, project.site, **options)


def last(year: ZoneYear, what: str = "sensible", zone: str = "room") -> float:
    """Mean over the last day."""
    return float(getattr(year, what)[zone].to_numpy()[-96:].mean())


def with_zone(building: dict[str, Any], **changes: Any) -> dict[str, Any]:
    done = copy.deepcopy(building)
    done["zones"][0] |= changes
    return done


def fixed_films(building: dict[str, Any], inside: float, outside: float) -> dict[str, Any]:
    """Fixed films, and faces that exchange no radiation, so that U A is known."""
    done = copy.deepcopy(building)
    for construction in done["constructions"].values():
        construction |= {"emissivity_inside": 0.0, "emissivity_outside": 0.0}
    for surface in done["surfaces"]:
        surface.pop("windows", None)
        surface |= {"convection_inside": inside}
        if surface.get("boundary", "outdoors") == "outdoors":
            surface |= {"convection_outside": outside}
    return done


def test_steady_heating_is_u_times_area(box: Box, make: Make, steady: Steady) -> None:
    year = run(make(fixed_films(box(), 3.0, 20.0)), steady(0.0))
    area = 21.6 + 16.2 + 16.2 + 21.6 + 48.0
    expected = 20.0 * area / (1.0 / 3.0 + 0.1 / 0.04 + 1.0 / 20.0)
    # The floor passes nothing: with the resistance behind it, less than 0.1 %.
    assert last(year) == pytest.approx(expected, rel=2e-3)
    np.testing.assert_allclose(year.temp_air["room"].to_numpy()[-96:], 20.0, atol=1e-3)
    assert float(year.latent.to_numpy().max()) == 0.0


def test_leaks_bring_their_enthalpy(box: Box, make: Make, steady: Steady) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    tight = run(make(building), steady(0.0))
    leaky = run(make(with_zone(building, infiltration=1.0)), steady(0.0))
    density = 101325.0 / (287.05 * 273.15)
    expected = density * 48 * 2.7 / 3600.0 * 1006.0 * 20.0
    assert last(leaky) - last(tight) == pytest.approx(expected, rel=5e-3)


def test_leaks_follow_stack_and_wind(box: Box, make: Make, steady: Steady) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    terms = {"constant": 0.5, "temperature": 0.02, "wind": 0.1, "wind_squared": 0.0}
    one = last(run(make(with_zone(building, infiltration=1.0)), steady(0.0)))
    none = last(run(make(building), steady(0.0)))
    leaky = last(
        run(make(with_zone(building, infiltration=1.0, infiltration_coefficients=terms)), steady(0.0))
    )
    # ASHRAE's power law from 10 m in open country to half the storey's height in suburbs.
    wind = 3.0 * (270.0 / 10.0) ** 0.14 * (1.35 / 370.0) ** 0.22
    factor = 0.5 + 0.02 * 20.0 + 0.1 * wind
    assert (leaky - none) / (one - none) == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("recovery", [0.0, 0.75])
def test_fresh_air_is_a_load_of_the_zone(box: Box, make: Make, steady: Steady, recovery: float) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    still = last(run(make(building), steady(0.0)))
    building["zones"][0]["gains"] = {**building["zones"][0]["gains"], "fresh_air_changes": 1.0}
    building["ventilation"] = {
        "heat_recovery_sensible": recovery, "heat_recovery_latent": recovery, "specific_fan_power": 1000.0,
        "bypass": False,
    }  # fmt: skip
    flow = 48 * 2.7 / 3600.0
    density = 101325.0 / (287.05 * 273.15)
    expected = (1.0 - recovery) * density * flow * 1006.0 * 20.0 - 0.5 * 1000.0 * flow
    assert last(run(make(building), steady(0.0))) - still == pytest.approx(expected, rel=5e-3, abs=0.5)


def test_the_bypass_opens_when_outdoor_air_helps(box: Box, make: Make, steady: Steady) -> None:
    """A room with 800 W of gains at its cooling set-point, outdoor air at 18 degC."""
    building = fixed_films(box(), 3.0, 20.0)
    gains = {**building["zones"][0]["gains"], "fresh_air_changes": 2.0, "equipment_power": 40.0}
    building["zones"][0]["gains"] = gains
    shut = {
        "heat_recovery_sensible": 0.8, "heat_recovery_latent": 0.0, "specific_fan_power": 0, "bypass": False,
    }  # fmt: skip
    building["ventilation"] = shut
    without = last(run(make(building), steady(18.0)))
    building["ventilation"] = {**shut, "bypass": True}
    with_bypass = last(run(make(building), steady(18.0)))
    building["ventilation"] = {**shut, "heat_recovery_sensible": 0.0}
    no_recovery = last(run(make(building), steady(18.0)))
    # At 26 degC the room is 3 K above the middle of its set-points: the bypass stands open.
    assert with_bypass == pytest.approx(no_recovery, rel=0.01)
    assert with_bypass > 0.9 * without + 100.0


def test_moisture_recovery_of_its_own(box: Box, make: Make, steady: Steady) -> None:
    """Steady humidity of a floating room: people's moisture leaves by the flow that is not recovered."""
    building = fixed_films(box(), 3.0, 20.0)
    gains = {
        **building["zones"][0]["gains"], "fresh_air_changes": 1.0, "people_density": 0.05,
        "sensible_per_person": 70.0, "latent_per_person": 50.0,
    }  # fmt: skip
    building["zones"][0]["gains"] = gains
    building["ventilation"] = {
        "heat_recovery_sensible": 0.75, "heat_recovery_latent": 0.5, "specific_fan_power": 0, "bypass": False,
    }  # fmt: skip
    year = run(make(building), steady(10.0, dew=0.0))
    density, flow = 101325.0 / (287.05 * 283.15), 48 * 2.7 / 3600.0
    room = last(year, "temp_air")
    gained = 0.05 * 48 * 50.0 / (2500940.0 + 1858.95 * room)
    outdoors = 0.622 * 611.2 / (101325.0 - 611.2)
    assert last(year, "humidity_ratio") == pytest.approx(outdoors + gained / (0.5 * density * flow), rel=0.01)


def test_a_zone_that_is_dried_follows_the_coils_line(box: Box, make: Make, steady: Steady) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    building["zones"][0]["infiltration"] = 1.0
    year = run(make(building), steady(34.0, dew=25.0), dew_point=12.0)
    sensible, latent = -last(year), last(year, "latent")
    humidity, dried = last(year, "humidity_ratio"), 0.622 * 1402.0 / (101325.0 - 1402.0)
    ratio = 2.5e6 * (humidity - dried) / (1006.0 * 14.0)
    assert latent > 100.0
    assert latent / sensible == pytest.approx(ratio, rel=0.04)


def test_capacity_limits_and_what_was_asked(box: Box, make: Make, steady: Steady) -> None:
    made = make(with_zone(fixed_films(box(), 3.0, 20.0), multiplier=3))
    year = run(made, steady(0.0), capacities={"room": (500.0, 500.0)})
    np.testing.assert_allclose(year.sensible["room"].to_numpy()[-96:], 500.0, rtol=1e-4)
    assert last(year, "asked") > 501.0
    assert last(year, "temp_air") < 19.0


def test_no_capacity_is_none_and_not_without_limit(box: Box, make: Make, steady: Steady) -> None:
    """A zone that sizing gives nothing gets nothing."""
    year = run(make(fixed_films(box(), 3.0, 20.0)), steady(0.0), capacities={"room": (0.0, 0.0)})
    assert float(np.abs(year.sensible.to_numpy()).max()) < 0.1
    assert last(year, "asked") > 100.0


def test_loads_are_of_one_zone_whatever_its_multiplier(box: Box, make: Make, shanghai: ClimateYear) -> None:
    one = run(make(box()), shanghai)
    five = run(make(with_zone(box(), multiplier=5)), shanghai)
    for what in ("temp_air", "sensible", "latent", "asked"):
        np.testing.assert_allclose(getattr(five, what), getattr(one, what), atol=1e-2)


def test_an_adiabatic_wall_stores_heat_in_all_its_depth(box: Box, make: Make, steady: Steady) -> None:
    """A sealed room of heavy adiabatic walls under a constant gain warms by Q t / C.

    EnergyPlus' faces see the air of the step before, which acts like h dt of further capacity: 0.9 % here.
    """
    building = fixed_films(box(), 3.0, 20.0)
    for surface in building["surfaces"]:
        surface |= {"boundary": "adiabatic", "construction": "heavy"}
        surface.pop("convection_outside", None)
    later = {"first": "01-02", "last": "12-31", "constant": 1.0}
    building["schedules"] = {"later": {"constant": 0.0, "periods": [later]}}
    gains = {
        **building["zones"][0]["gains"], "equipment_power": 5.0, "schedules": {"equipment": "later"},
    }  # fmt: skip
    building["zones"][0]["gains"] = gains
    year = run(make(building), steady(20.0), conditioned=False, days=Days((1, 1), (1, 8)))
    temp = year.temp_air["room"].to_numpy()
    area = 21.6 + 16.2 + 16.2 + 21.6 + 48.0 + 48.0
    capacity = area * (0.2 * 2000.0 + 0.1 * 50.0) * 800.0 + 48 * 2.7 * 1.2 * 1006.0
    assert (temp[-1] - temp[-97]) == pytest.approx(5.0 * 48 * 86400.0 / capacity, rel=0.02)


def test_neighbours_conduct_and_swap_air(box: Box, make: Make, steady: Steady) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    store = {
        **building["zones"][0], "name": "store", "conditioned": False, "floor_area": 10, "thermostat": {},
    }  # fmt: skip
    building["zones"].append(store)
    building["surfaces"] += [
        {**building["surfaces"][-1], "name": "store floor", "zone": "store", "area": 10},
        {
            "name": "between", "zone": "room", "kind": "partition", "area": 20, "construction": "light",
            "boundary": "store", "convection_inside": 3.0, "convection_outside": 3.0,
        },
        {**building["surfaces"][0], "name": "outer", "zone": "store", "area": 20},
    ]  # fmt: skip
    between = 20.0 / (2.0 / 3.0 + 2.5)
    outside = 20.0 / (1.0 / 3.0 + 2.5 + 1.0 / 20.0)
    apart = run(make(building), steady(0.0))
    assert last(apart, "temp_air", "store") == pytest.approx(20.0 * between / (between + outside), rel=0.01)
    building["air_exchanges"] = [{"zones": ["room", "store"], "flow": "30 m3/h"}]
    mixed = run(make(building), steady(0.0))
    # Half way between the rooms' densities.
    air = 30.0 / 3600.0 * 1.21 * 1006.0
    assert last(mixed, "temp_air", "store") == pytest.approx(
        20.0 * (between + air) / (between + air + outside), rel=0.02
    )


def test_ground_below_and_ground_as_given(box: Box, make: Make, steady: Steady) -> None:
    building = fixed_films(box(), 3.0, 20.0)
    building["surfaces"][-1]["boundary"] = "ground"
    months = [5.0] * 12
    given = last(run(make(building, site={"ground_temperatures": months}), steady(0.0)))
    floor = next(s for s in building["surfaces"] if s["name"] == "floor")
    floor["boundary"] = "adiabatic"
    none = last(run(make(building), steady(0.0)))
    assert given - none == pytest.approx(48.0 * 15.0 / (1.0 / 3.0 + 2.5), rel=5e-3)
    floor["boundary"] = "ground"
    soil = last(run(make(building), steady(0.0)))
    assert 0.0 < soil - none < 0.9 * 48.0 * 20.0 / (1.0 / 3.0 + 2.5)


def test_a_movable_shade_keeps_its_share_of_the_sun_out(box: Box, make: Make, shanghai: ClimateYear) -> None:
    days = Days((7, 10), (7, 12))

    def cooling(**shading: Any) -> float:
        building = box()
        building["surfaces"][3]["windows"][0]["shading"] = shading
        year = run(make(building), shanghai, days=days)
        return float(-year.sensible["room"].clip(upper=0.0).sum())

    bare = cooling()
    closed = cooling(movable_factor=0.2, movable_above=0.0)
    both = cooling(movable_factor=0.2, movable_above=0.0, overhang_depth=1.0)
    assert both < closed
    never = cooling(movable_factor=0.2, movable_above=1500.0)
    assert never == pytest.approx(bare, rel=1e-6)
    assert closed < 0.9 * bare


def test_overhangs_shade_and_far_walls_do_not(box: Box, make: Make, shanghai: ClimateYear) -> None:
    days = Days((7, 10), (7, 12))

    def cooling(building: dict[str, Any]) -> float:
        return float(-run(make(building), shanghai, days=days).sensible["room"].clip(upper=0.0).sum())

    bare = box()
    shaded = copy.deepcopy(bare)
    shaded["surfaces"][3]["windows"][0]["shading"] = {"overhang_depth": 1.5}
    turned = copy.deepcopy(bare)
    turned["surfaces"] = [*turned["surfaces"][3:], *turned["surfaces"][:3]]
    assert cooling(shaded) < 0.97 * cooling(bare)
    assert cooling(turned) == pytest.approx(cooling(bare), rel=1e-4)


def test_panes_one_by_one(box: Box, make: Make, shanghai: ClimateYear) -> None:
    """Two clear panes of 3 mm written layer by layer come close to their U and SHGC (2.7, 0.76)."""
    pane = {
        "thickness": "3 mm", "solar_transmittance": 0.834, "solar_reflectance_front": 0.075,
        "solar_reflectance_back": 0.075,
    }  # fmt: skip
    layered = box(glazings={"pane": {"layers": [pane, {"gas": "air", "thickness": "13 mm"}, pane]}})
    simple = box(glazings={"pane": {"u_value": 2.7, "shgc": 0.76}})
    days = Days((7, 10), (7, 12))
    loads = [
        float(-run(make(b), shanghai, days=days).sensible["room"].clip(upper=0.0).sum())
        for b in (layered, simple)
    ]
    assert loads[0] == pytest.approx(loads[1], rel=0.08)


def test_a_room_that_is_described_in_part_still_exchanges_heat_inside(
    box: Box, make: Make, steady: Steady
) -> None:
    """A floor and one wall: EnergyPlus alone would let the wall's inner face fall far below outdoors."""
    building = box()
    building["surfaces"] = [building["surfaces"][3], building["surfaces"][5]]
    for surface in building["surfaces"]:
        surface |= {"convection_inside": 3.0}
    building["surfaces"][0] |= {"convection_outside": 20.0}
    year = run(make(building), steady(0.0))
    wall = 20.0 * 15.6 / (1.0 / 8.0 + 2.5 + 1.0 / 25.0)
    glass = 20.0 * 6.0 * 2.2
    # The floor passes on what the air gives it, so faces are a little colder than the air.
    assert 0.75 * (wall + glass) < last(year) < 1.02 * (wall + glass)
    assert last(year, "temp_radiant") == pytest.approx(19.0, abs=1.0)


def test_names_of_any_script_and_names_that_differ_by_case(
    box: Box, make: Make, shanghai: ClimateYear
) -> None:
    building = box()
    text = copy.deepcopy(building)
    text["zones"][0]["name"] = "客厅"
    for surface in text["surfaces"]:
        surface["zone"] = "客厅"
    text["surfaces"][0]["name"] = "墙"
    text["surfaces"][1]["name"] = "A"
    text["surfaces"][2]["name"] = "a"
    plain, chinese = run(make(building), shanghai), run(make(text), shanghai)
    assert chinese.zones == ("客厅",)
    np.testing.assert_allclose(chinese.sensible["客厅"], plain.sensible["room"], atol=1e-6)


def test_rows_are_the_steps_of_the_project(box: Box, make: Make, shanghai: ClimateYear) -> None:
    year = run(make(box()), shanghai, minutes=30, days=Days((3, 1), (3, 2)))
    times = year.temp_air.index
    assert len(times) == 96
    assert str(times[0]) == "2025-03-01 00:00:00+08:00"
    assert str(times[1] - times[0]) == "0 days 00:30:00"
    assert year.cpu_s > 0.0


def test_vacation_and_holiday_come_from_the_same_calendar(
    box: Box, make: Make, shanghai: ClimateYear
) -> None:
    """2025-01-01 is a public holiday, 2025-01-26 a Sunday on which people work (调休)."""
    building = box()
    schedule = {"workday": [1.0] * 24, "rest_day": [0.0] * 24}
    building["schedules"] = {"work": schedule}
    gains = {
        **building["zones"][0]["gains"], "equipment_power": 20.0, "schedules": {"equipment": "work"},
    }  # fmt: skip
    building["zones"][0]["gains"] = gains
    quiet = run(make(box()), shanghai, days=Days((1, 1), (1, 1)), conditioned=False)
    holiday = run(make(building), shanghai, days=Days((1, 1), (1, 1)), conditioned=False)
    np.testing.assert_allclose(holiday.temp_air, quiet.temp_air, atol=1e-6)
    sunday = Days((1, 26), (1, 26))
    quiet = run(make(box()), shanghai, days=sunday, conditioned=False)
    working = run(make(building), shanghai, days=sunday, conditioned=False)
    assert float((working.temp_air - quiet.temp_air).to_numpy()[-1, 0]) > 2.0


def test_a_leap_year_has_the_same_8760_hours(box: Box, make: Make, shanghai: ClimateYear) -> None:
    year = run(make(box(), year=2024), shanghai.with_year(2024), days=Days((2, 28), (3, 1)), minutes=60)
    assert [f"{t:%m-%d}" for t in year.temp_air.index[::24]] == ["02-28", "03-01"]


def test_free_floating_zones_carry_no_load(box: Box, make: Make, shanghai: ClimateYear) -> None:
    year = run(make(box()), shanghai, conditioned=False)
    assert not year.sensible.to_numpy().any()
    assert not year.latent.to_numpy().any()


def test_weather_of_the_run_is_the_climate_year(box: Box, make: Make, steady: Steady) -> None:
    made = make(fixed_films(box(), 3.0, 20.0))
    mild = run(made, steady(15.0), conditioned=False)
    assert last(mild, "temp_air") == pytest.approx(15.0, abs=0.05)
    building, project = made
    moved = replace(building, zones=(replace(building.zones[0], elevation=60.0),))
    high = run((moved, project), steady(15.0), conditioned=False)
    # No lapse rate: both engines take the station's temperature at every height.
    assert last(high, "temp_air") == pytest.approx(15.0, abs=0.05)


@pytest.mark.long
def test_a_whole_year_is_led_in_and_has_its_own_steps(box: Box, make: Make, shanghai: ClimateYear) -> None:
    made = make(box())
    year = simulate_zones(made[0], shanghai, made[1].site, minutes=60)
    assert len(year.temp_air) == 8760
    assert str(year.temp_air.index[0]) == "2025-01-01 00:00:00+08:00"
    assert not any("12/0" in text for text in year.warnings)
    # Every hour of the year is there once: the outdoors of a summer noon are in a summer noon.
    assert float(-year.sensible["room"]["2025-07"].clip(upper=0.0).sum()) > 0.0
    assert float(year.sensible["room"]["2025-01"].clip(lower=0.0).sum()) > 0.0
    assert float(year.sensible["room"]["2025-07"].clip(lower=0.0).sum()) < 1.0


def test_steps_see_the_irradiance_of_the_climate_year(shanghai: ClimateYear, tmp_path: Path) -> None:
    path = write_step_epw(shanghai, 15, tmp_path / "year.epw")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[7].split(",")[1:3] == ["1", "4"]
    rows = [line.split(",") for line in lines[8:]]
    assert len(rows) == 35040
    assert [row[3:5] for row in rows[:5]] == [["1", "15"], ["1", "30"], ["1", "45"], ["1", "60"], ["2", "15"]]
    weather = shanghai.at_step(15)
    for column, values in (
        (13, weather.ghi),
        (14, weather.dni),
        (15, weather.dhi),
        (6, weather.temp_air[1:]),
    ):
        np.testing.assert_allclose([float(row[column]) for row in rows], values, atol=0.006)
    humid = np.array([float(row[8]) for row in rows])
    assert humid.max() <= 100.0
    assert write_step_epw(shanghai, 60, tmp_path / "hours.epw").read_text().count("\n") == 8768


def test_partitions_without_azimuth_keep_their_heat(box: Box, make: Make, steady: Steady) -> None:
    """A passage among six partitions of no described direction is all but as warm as the room beside it.

    Partitions: 120 m2 over 2.5 m2 K/W and two films of 0.12 to 0.7 (still air, differences below 1 K); roof:
    4 m2 over 2.5 and films of 0.17 to 0.3. Were all set to one direction, long-wave heat would go nowhere.
    """
    building = box()
    for surface in building["surfaces"]:
        surface.pop("windows", None)
        surface["boundary"] = "adiabatic"
    building["zones"].append(
        {**building["zones"][0], "name": "passage", "conditioned": False, "floor_area": 4, "thermostat": {}}
    )
    building["surfaces"] += [
        {
            "name": f"between {i}", "zone": "room", "kind": "partition", "area": 20, "construction": "light",
            "boundary": "passage",
        }
        for i in range(6)
    ]  # fmt: skip
    own = {"zone": "passage", "area": 4, "construction": "light"}
    building["surfaces"] += [
        {**own, "name": "passage floor", "kind": "floor", "boundary": "adiabatic"},
        {**own, "name": "passage roof", "kind": "roof"},
    ]
    year = run(make(building), steady(0.0), days=Days((1, 1), (1, 6)))
    assert last(year, "temp_air", "room") == pytest.approx(20.0, abs=0.02)
    passage = last(year, "temp_air", "passage")
    assert 19.05 < passage < 19.4
    assert 4.0 / 2.8 < last(year) / passage < 4.0 / 2.67
    assert not any("View factors" in text for text in year.warnings)
