"""Every measure marches for a year, and moves what it is for into the right direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from buildings.description.schema import Project
from buildings.retrofit.library import default_library
from buildings.retrofit.package import apply_package, expanded, problems, slots
from twin.clock import march
from twin.plant import prepare, prepare_zones
from twin.retrofit.year import year_figures
from twin.supervision import supervisors_of
from weather import load_weather
from weather.climate_year import ClimateYear

LIBRARY = default_library()
NEEDS = {
    "battery_pv_1": ("pv_roof_70",),
    "battery_pv_2": ("pv_roof_70",),
    "dc_bus": ("pv_roof_70",),
    "pedf_droop": ("pv_roof_70", "dc_bus"),
    "chargers_v2b": ("pv_roof_70", "dc_bus"),
    "airtight": ("windows_triple",),
    "battery_rules": ("battery_area",),
}


def small(kind: str, era: str, **more: Any) -> Project:
    building = {"name": "b", "archetype": kind, "era": era, "floor_area": 600, "floors": 2, **more}
    return Project.model_validate({"schema": 1, "name": "p", "timestep": 60, "buildings": [building]})


STARTS = (
    small("office", "gb50189-2005"),
    small(
        "hotel",
        "1980s",
        end_uses={"use": "hotel", "cooking": "gas_wok", "laundry": "steam_laundry"},
        plant_room=[
            {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "1 m3"},
            {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "tank"},
            {"name": "steam", "type": "boiler", "serves": "steam"},
        ],
    ),
    small(
        "residential",
        "1980s",
        end_uses={"use": "residential", "central": False, "hot_water": "gas_water_heater"},
    ),
)


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


def year(project: Project, climate: ClimateYear) -> dict[str, Any]:
    plant = prepare(project, climate)
    figures: dict[str, Any] = year_figures(plant, march(plant, None, supervisors_of(plant, None)))
    return figures


def arrays(part: Any, at: str) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(part, np.ndarray):
        yield at, part
    for name in getattr(part, "_fields", ()):
        yield from arrays(getattr(part, name), f"{at}.{name}")


def same_bytes(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.mark.parametrize("start", STARTS, ids=("office", "hotel", "dwellings"))
def test_an_expanded_archetype_is_prepared_to_the_same_arrays(start: Project, climate: ClimateYear) -> None:
    one, other = prepare_zones(start, climate), prepare_zones(expanded(start), climate)
    assert same_bytes(one.forcing, other.forcing)
    pairs = [(one.batch, other.batch), (one.state, other.state)]
    for i, (a, b) in enumerate(pairs):
        mine, theirs = dict(arrays(a, str(i))), dict(arrays(b, str(i)))
        assert mine.keys() == theirs.keys()
        assert mine
        assert all(same_bytes(mine[name], theirs[name]) for name in mine)


@pytest.mark.long
def test_every_measure_that_applies_marches(climate: ClimateYear) -> None:
    marched: set[str] = set()
    for start in STARTS:
        for key in (option for slot in slots(start, LIBRARY) for option in slot.options):
            package = (*NEEDS.get(key, ()), key)
            if key in marched or problems(start, package, LIBRARY):
                continue
            done = apply_package(start, package, LIBRARY)
            figures = year(done.project, climate)
            assert figures["energy"]["grid_import_kwh"] > 0.0, key
            assert all(line.quantity > 0.0 for line in done.resolve({"b": figures["sizes"]})), key
            marched.add(key)
    left = set(LIBRARY) - marched
    assert left == {"floor_rock_wool_80", "unheated_rock_wool_100", "unheated_rock_wool_200"}


@pytest.mark.long
def test_measures_move_what_they_are_for(climate: ClimateYear) -> None:
    """Signs that physics gives: less loss, less heating; less sun, less cooling; less gas by electricity."""
    office, hotel = STARTS[0], STARTS[1]
    before, before_hotel = year(office, climate)["energy"], year(hotel, climate)["energy"]

    def after(key: str, start: Project = office) -> dict[str, Any]:
        package = (*NEEDS.get(key, ()), key)
        found: dict[str, Any] = year(apply_package(start, package, LIBRARY).project, climate)["energy"]
        return found

    for key in ("wall_eps_100", "roof_xps_100", "windows_triple", "sealing", "heat_recovery"):
        assert after(key)["space_heating_kwh"] < before["space_heating_kwh"], key
    for key in ("window_film", "outer_blinds", "overhangs_100", "night_ventilation", "cool_roof", "led"):
        assert after(key)["sensible_cooling_kwh"] < before["sensible_cooling_kwh"], key
    assert after("dry_fresh_air")["latent_cooling_kwh"] < before["latent_cooling_kwh"]
    assert after("pv_roof_70")["grid_import_kwh"] < before["grid_import_kwh"]
    for key in ("electric_kitchen", "hot_water_heat_pump", "pvt", "solar_heat", "air_source_heat_pump"):
        assert after(key, hotel)["gas_kwh"] < before_hotel["gas_kwh"], key
