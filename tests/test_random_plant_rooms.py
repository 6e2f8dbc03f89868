"""A year with any set of equipment in one building closes: power, heat, moisture, hydrogen at every step."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

import random_plant_rooms
import random_projects
from buildings.description.loading import parse_project
from buildings.systems.component import CARRIERS
from twin.clock import march
from twin.outcome import run_of
from twin.plant import prepare
from twin.store import Run
from weather import load_weather
from weather.climate_year import ClimateYear

LIMIT = 1e-6


@cache
def shanghai() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


def marched(seed: int) -> tuple[Run, dict[str, Any]]:
    """A year at hourly steps of a random small building with a random plant room."""
    project = random_projects.random_project(seed, shape="explicit", zones=2)
    room = random_plant_rooms.random_plant_room(seed)
    building = project["buildings"][0]
    building |= room | {"ventilation": building.get("ventilation", {}) | room.get("ventilation", {})}
    project |= {"timestep": 60}
    plant = prepare(parse_project(json.dumps(project)), shanghai())
    return run_of(plant, march(plant)), room


def check(seed: int) -> None:
    """Every balance of every kind, of the whole year and of every step."""
    run, room = marched(seed)
    (series,) = run.series.values()
    (rows,) = run.summary["plant_rooms"].values()
    for name, residual in run.summary["residuals"].items():
        assert residual < LIMIT, f"seed {seed}: {name} {residual:.1e}"
    found = {c: sum(row["energy_kwh"].get(c, 0.0) for row in rows) for c in CARRIERS}
    moved = max((abs(value) for row in rows for value in row["energy_kwh"].values()), default=0.0)
    assert abs(sum(found.values())) <= LIMIT * moved, f"seed {seed}: {found}"
    assert abs(found["source"]) <= LIMIT * moved, f"seed {seed}: sources {found['source']}"
    assert abs(found["hydrogen"] + series["hydrogen_kw"].sum()) < LIMIT * max(moved, 1.0), f"seed {seed}"
    assert (series["unmet_hot_water_kw"] >= 0.0).all()
    assert len(rows) >= len(room["plant_room"])
    assert np.isfinite(
        series.drop(columns=["battery_soc", "battery_temp_c", "bus_voltage_pu", "grid_target_kw"]).to_numpy()
    ).all()


@pytest.mark.parametrize("seed", [1, 4])
def test_small_random_plant_rooms_march(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 216))
def test_random_plant_rooms_march(seed: int) -> None:
    check(seed)
