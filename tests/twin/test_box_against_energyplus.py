"""What the air, people and wind of a box do in both engines, hour by hour."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.energyplus import Days, simulate_zones
from buildings.thermal.layout import OUT_SENSIBLE, OUT_TEMP
from twin.plant import prepare
from twin.zone_loads import march_zones
from weather import load_weather

pytestmark = pytest.mark.long
PLANK = {"conductivity": 0.15, "density": 600.0, "specific_heat": 1600.0, "thickness": 0.04}
GAINS = {
    "people_density": 0.0, "sensible_per_person": 0, "latent_per_person": 0, "lighting_power": 0,
    "equipment_power": 0, "fresh_air_per_person": 0, "fresh_air_changes": 0,
}  # fmt: skip
PEOPLE = {**GAINS, "people_density": 0.2, "activity_per_person": 120.0, "people_radiant_fraction": 0.3}
PEOPLE = {k: v for k, v in PEOPLE.items() if k not in ("sensible_per_person", "latent_per_person")}


def box(*, zone: dict[str, Any], wall: dict[str, Any] | None = None, **building: Any) -> dict[str, Any]:
    """A wooden box of 6 x 8 x 2.7 m on an adiabatic floor."""
    walls = [("north", 0, 21.6), ("east", 90, 16.2), ("south", 180, 21.6), ("west", 270, 16.2)]
    planes = [
        {"name": n, "zone": "room", "kind": "wall", "area": a, "azimuth": az, "construction": "plank",
         **(wall or {})}
        for n, az, a in walls
    ]  # fmt: skip
    roof = {"name": "roof", "zone": "room", "kind": "roof", "area": 48, "construction": "plank"}
    floor = {**roof, "name": "floor", "kind": "floor", "boundary": "adiabatic"}
    room = {"name": "room", "floor_area": 48, "height": 2.7, "infiltration": 0, "gains": GAINS, **zone}
    return {
        "name": "box",
        "zones": [room],
        "constructions": {"plank": {"layers": [PLANK]}},
        "surfaces": [*planes, roof, floor],
        "hvac": {"type": "ideal", "heating_capacity": 5e4, "cooling_capacity": 5e4},
        "ventilation": {
            "heat_recovery_sensible": 0, "heat_recovery_latent": 0, "specific_fan_power": 0, "bypass": False,
        },
        **building,
    }  # fmt: skip


def both(building: dict[str, Any], days: Days) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hourly heat into the zone [W] and temperature [degC], each of the fast engine and of EnergyPlus."""
    text = json.dumps({"schema": 1, "name": "t", "calendar": "weekdays", "buildings": [building]})
    project = parse_project(text)
    climate = load_weather("shanghai", year=project.year)
    plant = prepare(project, climate)
    g, z, lane = plant.prepared[0].place["room"]
    stored = march_zones(plant)
    one = complete(project.buildings[0], calendar=project.calendar)
    there = simulate_zones(one, climate, project.site, minutes=5, days=days)
    begin = 24 * (climate.data.index.dayofyear[0] - 1)
    found = []
    for ours, theirs in ((OUT_SENSIBLE, there.sensible), (OUT_TEMP, there.temp_air)):
        reference = theirs["room"].to_numpy().reshape(-1, 12).mean(axis=1)
        first = 24 * (theirs.index[0].dayofyear - 1) - begin
        mean = stored[:, ours, g, z, lane].reshape(-1, 4).mean(axis=1)
        found.append((mean[first : first + len(reference)], reference))
    return found[0], found[1]


def same(found: tuple[NDArray[np.float64], NDArray[np.float64]], within: float) -> None:
    """Heat over the days within a share of EnergyPlus'."""
    ours, theirs = found
    assert abs(theirs).sum() > 10_000.0
    assert ours.sum() == pytest.approx(theirs.sum(), rel=within)


def test_people_give_less_heat_in_a_warmer_room() -> None:
    """Ten people always there; the room floats through a week of spring and warms them up to 30 degC."""
    building = box(zone={"gains": PEOPLE, "conditioned": False, "infiltration": 1.0})
    fixed = {**GAINS, "people_density": 0.2, "sensible_per_person": 86.6, "latent_per_person": 33.4}
    fixed["people_radiant_fraction"] = 0.3
    days = Days((6, 1), (6, 10))
    _, (ours, theirs) = both(building, days)
    _, (stiff, _) = both(box(zone={"gains": fixed, "conditioned": False, "infiltration": 1.0}), days)
    late = slice(-72, None)
    assert np.abs(ours[late] - theirs[late]).max() < 0.6
    assert np.abs((ours - theirs)[late]).mean() < 0.25 * np.abs((stiff - theirs)[late]).mean()


def test_windows_that_stand_open_in_wind_and_warmth() -> None:
    """Conditioned all year, open while it is warmer than 12 degC outdoors."""
    opening = {"area": 0.3, "azimuth": 180, "height": 2.0}
    air = {"opening": opening, "minimum_outdoor_temperature": 12.0}
    points = {"thermostat": {"heating": 20, "cooling": 21}}
    days = Days((4, 1), (4, 20))
    (ours, theirs), _ = both(box(zone={"natural_ventilation": air, **points}), days)
    shut = both(box(zone=points), days)[0][0]
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.04)
    assert ours.sum() - shut.sum() > 0.5 * abs(shut.sum())


def test_wind_on_plates() -> None:
    """Thin walls, so that the film matters a little, and as much as it does in EnergyPlus."""
    zone = {"thermostat": {"heating": 20, "cooling": 26}}
    days = Days((1, 5), (1, 20))
    plate = both(box(zone=zone, wall={"perimeter": 21.4}, wind_film="plate"), days)[0]
    same(plate, 0.02)
    ours, theirs = (p.sum() / m.sum() for p, m in zip(plate, both(box(zone=zone), days)[0], strict=True))
    assert theirs < 0.996
    assert ours == pytest.approx(theirs, abs=0.003)
