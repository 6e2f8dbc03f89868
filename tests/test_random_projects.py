"""Projects that nobody has looked at: they validate, prepare, march and close their balances."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import random_projects
from buildings.description.complete import complete
from buildings.description.loading import parse_project
from twin.clock import march
from twin.outcome import run_of
from twin.plant import prepare
from twin.store import RESIDUAL_LIMIT, Run
from twin.variables import faults
from weather import load_weather
from weather.climate_year import ClimateYear

KEYS = """
layers resistance u_value shgc roughness emissivity_inside gas coating overhang_extension fin_gap
fin_extension_above movable_factor shade shade_control position convection_inside sun_exposed wind_exposed
periods saturday natural_ventilation infiltration_coefficients infiltration_schedule air_exchanges multiplier
sensible_capacity_multiplier moisture_capacity_multiplier equipment_latent_fraction equipment_lost_fraction
people_radiant_fraction heating_capacity thermostat schedules calendar ground_temperatures window_wall_ratio
envelope battery dc_bus control demand_controlled tilt location opt_in vehicle
"""
"""What random projects must have said among four hundred of them."""


@cache
def shanghai() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


# --- the generator ------------------------------------------------------------------------------------------


def test_a_seed_names_a_project() -> None:
    assert random_projects.project_text(11) == random_projects.project_text(11)
    assert random_projects.project_text(11) != random_projects.project_text(12)
    written = subprocess.run(
        [sys.executable, random_projects.__file__, "11"], capture_output=True, encoding="utf-8", check=True
    )
    assert written.stdout == random_projects.project_text(11)


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with each plain value below it; items of lists go by the list's key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, None
            yield from _leaves(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value


def test_the_generator_visits_what_a_project_can_say() -> None:
    projects = [random_projects.random_project(seed) for seed in range(400)]
    said = {pair for project in projects for pair in _leaves(project)}
    keys = {key for key, _ in said}
    expected = set(KEYS.split())
    assert expected <= keys, sorted(expected - keys)
    for key, values in {
        "era": random_projects.ERAS,
        "archetype": random_projects.ARCHETYPES,
        "use": random_projects.USES,
        "type": random_projects.PLANTS,
        "boundary": ("ground", "adiabatic", "outdoors"),
        "timestep": (10, 15, 30, 60),
        "conditioned": (True, False),
        "kind": ("wall", "roof", "floor", "ceiling", "partition", "internal_mass"),
    }.items():
        assert {(key, value) for value in values} <= said, key
    sizes = [len(project["buildings"][0].get("zones", ())) for project in projects]
    assert 1 in sizes
    assert max(sizes) == 40


@given(seed=st.integers(0, 10**9))
@settings(max_examples=15)
def test_any_seed_is_a_valid_project(seed: int) -> None:
    building = parse_project(random_projects.project_text(seed)).buildings[0]
    done = complete(building)
    assert 1 <= len(done.zones) <= 40
    assert all(zone.volume > 0.0 for zone in done.zones)


@given(seed=st.integers(0, 10**9), zones=st.integers(1, 40))
@settings(max_examples=10)
def test_the_number_of_zones_can_be_bounded(seed: int, zones: int) -> None:
    building = random_projects.random_project(seed, shape="explicit", zones=zones)["buildings"][0]
    assert 1 <= len(building["zones"]) <= zones


@given(seed=st.integers(0, 10**9))
@settings(max_examples=15)
def test_rooms_are_closed(seed: int) -> None:
    """Each room has its floor, something above it, and walls all round (a partition counts on both sides)."""
    building = random_projects.random_project(seed, shape="explicit")["buildings"][0]
    around: dict[str, float] = {zone["name"]: 0.0 for zone in building["zones"]}
    below, above = dict(around), dict(around)
    for surface in building["surfaces"]:
        own, behind = surface["zone"], surface.get("boundary", "outdoors")
        if surface["kind"] in ("wall", "partition"):
            around[own] += surface["area"]
            if behind in around:
                around[behind] += surface["area"]
        elif surface["kind"] == "floor":
            below[own] += surface["area"]
        elif surface["kind"] in ("ceiling", "roof"):
            above[own] += surface["area"]
            if behind in below:
                below[behind] += surface["area"]
    for zone in building["zones"]:
        name, floor, height = zone["name"], zone["floor_area"], zone["height"]
        assert below[name] == pytest.approx(floor, rel=1e-3)
        assert above[name] >= 0.999 * floor  # a pitched roof is larger
        assert around[name] / height >= 0.999 * 4.0 * np.sqrt(floor)  # a square has the least girth


# --- marched ------------------------------------------------------------------------------------------------


def marched(seed: int, **options: Any) -> Run:
    project = parse_project(random_projects.project_text(seed, **options)).model_copy(
        update={"timestep": 60.0}
    )
    plant = prepare(project, shanghai())
    return run_of(plant, march(plant))


def check(run: Run, seed: int) -> None:
    """Balances closed, every series finite, every zone within what a sealed glass box can reach."""
    (zones,) = run.zones.values()
    for name, residual in run.summary["residuals"].items():
        assert residual < RESIDUAL_LIMIT, f"seed {seed}: {name} {residual:.1e}"
    # Set-points are absent where there are none; everything else is a number at every step.
    found = [fault for name in zones.columns.unique(0) for fault in faults(zones[name], "zone")]
    assert not found, f"seed {seed}: {found[0]}"
    temp = zones.xs("temp_air_c", axis=1, level="variable").to_numpy()
    assert temp.min() > -20.0, f"seed {seed}: {temp.min():.1f} degC"
    assert temp.max() < 90.0, f"seed {seed}: {temp.max():.1f} degC"
    assert zones.xs("humidity_ratio", axis=1, level="variable").to_numpy().min() >= 0.0, f"seed {seed}"


@pytest.mark.parametrize("seed", [3, 7, 12, 21])
def test_small_random_buildings_march(seed: int) -> None:
    check(marched(seed, shape="explicit", zones=3), seed)


def test_a_building_without_plant_marches() -> None:
    plain = random_projects.random_project(3, shape="explicit", zones=1)
    plain["buildings"][0]["zones"][0] |= {"conditioned": False}
    for key in ("heating_capacity", "cooling_capacity"):
        plain["buildings"][0]["zones"][0].pop(key, None)
    project = parse_project(yaml.safe_dump(json.loads(json.dumps(plain))))
    plant = prepare(project.model_copy(update={"timestep": 60.0}), shanghai())
    check(run_of(plant, march(plant)), 3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 112))
def test_random_buildings_march(seed: int) -> None:
    check(marched(seed), seed)


@pytest.mark.long
@given(seed=st.integers(0, 10**9))
@settings(max_examples=8)
def test_drawn_buildings_march(seed: int) -> None:
    check(marched(seed, shape="explicit", zones=6), seed)
