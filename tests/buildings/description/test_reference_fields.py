"""Fields that reference cases and IDFs need: air paths, fixed films, shares of gains, ground, calendar."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from buildings.description.complete import ALWAYS, CompleteBuilding, complete
from buildings.description.describe import describe
from buildings.description.loading import parse_project, project_text
from buildings.description.schema import Project
from weather.errors import TwinError

BOX: dict[str, Any] = {
    "name": "box",
    "zones": [
        {"name": "a", "floor_area": 20, "height": 3, "use": "office"},
        {"name": "b", "floor_area": 20, "height": 3, "conditioned": False},
    ],
    "surfaces": [
        {
            "name": "fa",
            "zone": "a",
            "kind": "floor",
            "area": 20,
            "construction": "ground_slab",
            "boundary": "ground",
        },
        {"name": "fb", "zone": "b", "kind": "floor", "area": 20, "construction": "ground_slab"},
        {
            "name": "p",
            "zone": "a",
            "kind": "partition",
            "area": 12,
            "construction": "partition_light",
            "boundary": "b",
        },
    ],
    "schedules": {"night": {"every_day": [1.0] * 7 + [0.0] * 11 + [1.0] * 6}, "odd": {"constant": 1.5}},
}


def read(change: dict[str, Any], top: dict[str, Any] | None = None) -> Project:
    """The box with keys changed: `zones.0.name` and the like."""
    box = copy.deepcopy(BOX)
    for path, value in change.items():
        at: Any = box
        *before, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        for part in before:
            at = at[part]
        at[last] = copy.deepcopy(value)
    return parse_project(yaml.safe_dump({"schema": 1, "name": "t", **(top or {}), "buildings": [box]}))


def done(change: dict[str, Any]) -> CompleteBuilding:
    return complete(read(change).buildings[0])


def test_without_them_a_building_is_as_before() -> None:
    box = done({})
    zone = box.zones[0]
    assert zone.infiltration_schedule == ALWAYS
    assert zone.infiltration_coefficients.model_dump() == {
        "constant": 1.0,
        "temperature": 0.0,
        "wind": 0.0,
        "wind_squared": 0.0,
    }
    assert zone.natural_ventilation is None
    assert (zone.sensible_capacity_multiplier, zone.moisture_capacity_multiplier) == (1.0, 1.0)
    assert (zone.heating_capacity, zone.cooling_capacity) == (None, None)
    gains = zone.gains
    assert (gains.equipment_latent, gains.equipment_lost, gains.lighting_lost) == (0.0, 0.0, 0.0)
    assert box.air_exchanges == ()
    assert box.calendar == "china"
    assert all(box.schedules[ALWAYS].day(True)[h] == 1.0 for h in range(24))
    surface = box.surfaces[1]
    assert (surface.sun_exposed, surface.wind_exposed, surface.convection_outside) == (True, True, None)
    assert box.constructions["ground_slab"].roughness == "medium_rough"


def test_air_paths_bring_their_schedules_along() -> None:
    box = done(
        {
            "zones.0.infiltration_schedule": "night",
            "zones.0.infiltration_coefficients": {"constant": 0.606, "temperature": 0.03636, "wind": 0.1177},
            "zones.0.natural_ventilation": {"air_changes": "13.1 1/h", "maximum_outdoor_temperature": 24},
            "air_exchanges": [{"zones": ["a", "b"], "flow": "0.1 m3/s", "schedule": "night"}],
        }
    )
    zone = box.zones[0]
    assert zone.infiltration_schedule == "night"
    assert zone.infiltration_coefficients.wind == 0.1177
    assert zone.infiltration_coefficients.wind_squared == 0.0
    assert zone.natural_ventilation is not None
    assert (zone.natural_ventilation.schedule, zone.natural_ventilation.air_changes) == (ALWAYS, 13.1)
    assert zone.natural_ventilation.maximum_outdoor_temperature == 24.0
    assert zone.natural_ventilation.delta_temperature is None
    exchange = box.air_exchanges[0]
    assert (exchange.zones, exchange.flow, exchange.schedule) == (("a", "b"), pytest.approx(360.0), "night")
    assert {"night", ALWAYS} <= set(box.schedules)


def test_shares_of_gains_override_those_of_the_use() -> None:
    own = {
        "people_radiant_fraction": 0.3,
        "lighting_radiant_fraction": "72 %",
        "equipment_radiant_fraction": 0.5,
        "equipment_latent_fraction": 0.2,
        "equipment_lost_fraction": 0.1,
        "lighting_lost_fraction": 0.4,
    }
    gains = done({"zones.0.gains": own}).zones[0].gains
    assert (gains.people_radiant, gains.lighting_radiant, gains.equipment_radiant) == (0.3, 0.72, 0.5)
    assert (gains.equipment_latent, gains.equipment_lost, gains.lighting_lost) == (0.2, 0.1, 0.4)


def test_the_ledger_names_shares_that_were_left_open() -> None:
    open_ones = {entry.path for entry in describe(read({}))}
    assert "box.zones.*.gains.equipment_lost" in open_ones
    written = {"equipment_lost_fraction": 0.0}
    closed = {e.path for e in describe(read({"zones.0.gains": written, "zones.1.gains": written}))}
    assert not [path for path in closed if path.endswith("equipment_lost")]


def test_all_of_it_survives_writing_and_reading() -> None:
    project = read(
        {
            "zones.0.natural_ventilation": {"air_changes": 5, "schedule": "night", "delta_temperature": -2},
            "zones.0.heating_capacity": "1 MW",
            "surfaces.1.sun_exposed": False,
            "surfaces.1.convection_outside": 5.2,
            "air_exchanges": [{"zones": ["a", "b"], "flow": 50}],
        },
        {"calendar": "weekdays", "site": {"ground_temperatures": [18.0] * 6 + ["20 degC"] * 6}},
    )
    assert project.site.ground_temperatures == (18.0,) * 6 + (20.0,) * 6
    assert parse_project(project_text(project)) == project
    assert complete(project.buildings[0], calendar=project.calendar).calendar == "weekdays"
    assert complete(project.buildings[0]).zones[0].heating_capacity == 1e6


@pytest.mark.parametrize(
    ("change", "words", "key"),
    [
        (
            {"air_exchanges": [{"zones": ["a", "c"], "flow": 5}]},
            "'c' of an air exchange",
            "air_exchanges[0].zones",
        ),
        ({"air_exchanges": [{"zones": ["a", "a"], "flow": 5}]}, "with itself", "air_exchanges[0].zones"),
        (
            {"air_exchanges": [{"zones": ["a", "b"], "flow": 5, "schedule": "no"}]},
            "'no'",
            "air_exchanges[0].schedule",
        ),
        ({"zones.0.infiltration_schedule": "odd"}, "0 to 1", "zones.a.infiltration_schedule"),
        (
            {"zones.0.natural_ventilation": {"air_changes": 2, "schedule": "odd"}},
            "0 to 1",
            "zones.a.natural_ventilation.schedule",
        ),
        ({"zones.0.natural_ventilation": {}}, "air_changes", "zones[0].natural_ventilation.air_changes"),
        ({"zones.1.heating_capacity": 100}, "not conditioned", "zones[1].heating_capacity"),
        (
            {"zones.0.sensible_capacity_multiplier": 0.5},
            "out of range",
            "zones[0].sensible_capacity_multiplier",
        ),
        (
            {"zones.0.gains": {"equipment_latent_fraction": 0.7, "equipment_lost_fraction": 0.4}},
            "add up to 1.1",
            "zones[0].gains.equipment_latent_fraction",
        ),
        ({"surfaces.0.convection_outside": 5.0}, "no air behind", "surfaces[0].convection_outside"),
        ({"surfaces.1.convection_inside": 0.0}, "out of range", "surfaces[1].convection_inside"),
        (
            {"zones.0.infiltration_coefficients": {"stack": 1}},
            "stack",
            "zones[0].infiltration_coefficients.stack",
        ),
    ],
)
def test_what_does_not_fit(change: dict[str, Any], words: str, key: str) -> None:
    with pytest.raises(TwinError) as caught:
        read(change)
    assert words in caught.value.what
    assert caught.value.key == f"buildings[0].{key}"


def test_zones_with_different_multipliers_swap_no_air() -> None:
    change = {"zones.0.multiplier": 3, "surfaces.2.boundary": "adiabatic"}
    read(change)
    with pytest.raises(TwinError, match="multipliers 3 and 1"):
        read({**change, "air_exchanges": [{"zones": ["a", "b"], "flow": 5}]})


@pytest.mark.parametrize("months", [11, 13])
def test_a_year_has_twelve_ground_temperatures(months: int) -> None:
    with pytest.raises(TwinError) as caught:
        read({}, {"site": {"ground_temperatures": [18.0] * months}})
    assert caught.value.key == "site.ground_temperatures"


def test_an_unknown_calendar_is_told_with_its_choices() -> None:
    with pytest.raises(TwinError, match="china, weekdays"):
        read({}, {"calendar": "usa"})
