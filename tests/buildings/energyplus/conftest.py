"""Small boxes and steady weather: what EnergyPlus must answer can be written down by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from weather import load_weather
from weather.climate_year import COLUMNS, ClimateYear

NOBODY: dict[str, Any] = {
    "people_density": 0,
    "sensible_per_person": 0,
    "latent_per_person": 0,
    "lighting_power": 0,
    "equipment_power": 0,
    "fresh_air_per_person": 0,
    "fresh_air_changes": 0,
}
WOOL = {"conductivity": 0.04, "density": 50.0, "specific_heat": 800.0, "thickness": 0.1}
CONSTRUCTIONS = {
    "light": {"layers": [WOOL]},
    "heavy": {"layers": [WOOL, {**WOOL, "conductivity": 1.5, "density": 2000.0, "thickness": 0.2}]},
}


def box_dict(**changes: Any) -> dict[str, Any]:
    """A box of 6 x 8 x 2.7 m with one window to the south, on an adiabatic floor; nobody and no leaks."""
    walls = [
        {
            "name": name,
            "zone": "room",
            "kind": "wall",
            "area": area,
            "azimuth": azimuth,
            "construction": "light",
        }
        for name, azimuth, area in (("north", 0, 21.6), ("east", 90, 16.2), ("west", 270, 16.2))
    ]
    south = {
        "name": "south", "zone": "room", "kind": "wall", "area": 21.6, "azimuth": 180,
        "construction": "light",
        "windows": [{"name": "glass", "area": 6.0, "height": 2.0, "glazing": "pane"}],
    }  # fmt: skip
    roof = {"name": "roof", "zone": "room", "kind": "roof", "area": 48, "construction": "light"}
    floor = {
        "name": "floor", "zone": "room", "kind": "floor", "area": 48, "construction": "light",
        "boundary": "adiabatic",
    }  # fmt: skip
    building = {
        "name": "box",
        "zones": [
            {
                "name": "room", "floor_area": 48, "height": 2.7, "infiltration": 0, "gains": NOBODY,
                "thermostat": {"heating": 20, "cooling": 26},
            }
        ],
        "constructions": CONSTRUCTIONS,
        "glazings": {"pane": {"u_value": 2.2, "shgc": 0.45, "coating": "low_e"}},
        "surfaces": [*walls, south, roof, floor],
        "hvac": {"type": "ideal"},
        "ventilation": {
            "heat_recovery_sensible": 0, "heat_recovery_latent": 0, "specific_fan_power": 0, "bypass": False,
        },
    }  # fmt: skip
    return {**building, **changes}


@pytest.fixture
def box() -> Callable[..., dict[str, Any]]:
    """The box as a mapping, with changes."""
    return box_dict


@pytest.fixture
def make() -> Callable[..., tuple[CompleteBuilding, Project]]:
    """A complete building and its project from a building's mapping."""

    def complete_building(building: dict[str, Any], **project: Any) -> tuple[CompleteBuilding, Project]:
        # JSON is YAML without anchors for parts that repeat.
        text = json.dumps({"schema": 1, "name": "t", "buildings": [building], **project}, ensure_ascii=False)
        found = parse_project(text)
        return complete(found.buildings[0]), found

    return complete_building


@pytest.fixture(scope="session")
def shanghai() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


@pytest.fixture(scope="session")
def steady(shanghai: ClimateYear) -> Callable[..., ClimateYear]:
    """A year of weather that never changes: no sun, a sky as warm as the air."""

    def year(temp: float, dew: float = -20.0, wind: float = 3.0) -> ClimateYear:
        values = {
            "temp_air": temp,
            "temp_dew": dew,
            "relative_humidity": 100.0 * _vapour(dew) / _vapour(temp),
            "pressure": 101325.0,
            "wind_speed": wind,
            "wind_direction": 90.0,
            "ghi": 0.0,
            "dni": 0.0,
            "dhi": 0.0,
            "longwave_down": 5.6704e-8 * (temp + 273.15) ** 4,
            "total_sky_cover": 5.0,
        }
        assert set(values) == set(COLUMNS)
        data = shanghai.data.assign(**{name: np.full(8760, value) for name, value in values.items()})
        return replace(shanghai, data=data, name="steady")

    return year


def _vapour(temp: float) -> float:
    """Saturation pressure over water or ice by Magnus [Pa]."""
    a, b = (17.62, 243.12) if temp >= 0.0 else (22.46, 272.62)
    return float(611.2 * np.exp(a * temp / (b + temp)))
