"""A room with a movable shade through a year in both engines: heating and cooling side by side."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.energyplus import simulate_zones
from twin.zone_loads import zone_year
from weather import load_weather

PANE = {
    "thickness": 0.003, "solar_transmittance": 0.834, "solar_reflectance_front": 0.075,
    "solar_reflectance_back": 0.075,
}  # fmt: skip
NOBODY = {
    "people_density": 0, "sensible_per_person": 0, "latent_per_person": 0, "lighting_power": 0,
    "equipment_power": 0, "fresh_air_per_person": 0, "fresh_air_changes": 0,
}  # fmt: skip
WOOL = {"conductivity": 0.04, "density": 50.0, "specific_heat": 800.0, "thickness": 0.1}
SLAB = {"conductivity": 1.7, "density": 2300.0, "specific_heat": 900.0, "thickness": 0.12}


NIGHT = {"workday": [1] * 7 + [0] * 11 + [1] * 6, "rest_day": [1] * 7 + [0] * 11 + [1] * 6}


def room(shade: str | None, drawn: str | float) -> str:
    """6 x 8 x 2.7 m with 8 m2 of double glazing to the south-west; drawn by a schedule or the sun."""
    by_sun = None if isinstance(drawn, str) else drawn
    control: dict[str, Any] = {"irradiance_above": by_sun, "schedule": drawn if by_sun is None else None}
    shading = {} if shade is None else {"shade": shade, "shade_control": control}
    window = {"name": "glass", "area": 8, "height": 2, "glazing": "double", "shading": shading}
    wall = {"zone": "room", "kind": "wall", "construction": "light"}
    walls = [
        wall | {"name": f"wall {azimuth}", "area": area, "azimuth": azimuth}
        for azimuth, area in ((45, 21.6), (135, 16.2), (225, 21.6), (315, 16.2))
    ]
    walls[2]["windows"] = [window]
    flat = {"zone": "room", "area": 48, "construction": "heavy"}
    building = {
        "name": "box",
        "zones": [
            {
                "name": "room", "floor_area": 48, "height": 2.7, "infiltration": 0.3, "gains": NOBODY,
                "thermostat": {"heating": 20, "cooling": 26},
            }
        ],
        "constructions": {"light": {"layers": [WOOL]}, "heavy": {"layers": [WOOL, SLAB]}},
        "glazings": {"double": {"layers": [PANE, {"thickness": 0.0127}, PANE]}},
        "schedules": {"always": {"constant": 1.0}, "night": NIGHT},
        "surfaces": [
            *walls,
            flat | {"name": "roof", "kind": "roof"},
            flat | {"name": "floor", "kind": "floor", "boundary": "adiabatic"},
        ],
        "hvac": {"type": "ideal"},
    }  # fmt: skip
    return json.dumps({"schema": 1, "name": "t", "buildings": [building]})


@pytest.mark.long
@pytest.mark.parametrize(
    ("shade", "drawn"),
    [
        (None, 150.0), ("roller_outside_medium", 150.0), ("venetian_outside_light", 150.0),
        ("roller_inside_medium", 150.0), ("venetian_inside_light", 150.0), ("roller_inside_dark", "always"),
        ("venetian_outside_dark", "always"), ("shutter_outside", "night"),
    ],
)  # fmt: skip
def test_loads_with_a_shade_as_in_energyplus(shade: str | None, drawn: str | float) -> None:
    """Within 5 %: bare glass, and shades that the sun draws, that hang all year and that close at night."""
    project = parse_project(room(shade, drawn))
    climate = load_weather("shanghai", seed=0, year=2025)
    fast = np.asarray(zone_year(project, climate).sensible)[:, 0]
    year = simulate_zones(complete(project.buildings[0]), climate, project.site, minutes=15)
    reference = year.sensible["room"].to_numpy()
    for sign in (1.0, -1.0):
        ours, theirs = (np.clip(sign * series, 0.0, None).sum() for series in (fast, reference))
        assert ours == pytest.approx(theirs, rel=0.05), ("heating" if sign > 0 else "cooling", ours / theirs)
