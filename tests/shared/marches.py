"""Small projects and their marches for the tests of the coupled physics: a hall, plain and 光储直柔."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from buildings.description.loading import parse_project
from buildings.description.schema import Project
from twin.clock import Outcome, march
from twin.outcome import OUTCOME_COLUMNS, run_of
from twin.plant import Plant, PreparedBuilding, prepare
from twin.store import Run
from weather import load_weather
from weather.climate_year import ClimateYear

Floats = NDArray[np.float64]
ENTERS = ("grid_import_kw", "pv_kw", "generation_kw", "battery_discharge_kw", "ev_discharge_kw")
LEAVES = (
    "grid_export_kw",
    "lighting_kw",
    "equipment_kw",
    "fans_kw",
    "pumps_kw",
    "cooling_kw",
    "heating_kw",
    "fresh_air_kw",
    "hot_water_kw",
    "cooking_kw",
    "process_kw",
    "ev_charge_kw",
    "battery_charge_kw",
    "conversion_loss_kw",
)
PEDF: dict[str, Any] = {
    "pv": [{"name": "roof", "capacity": "30 kWp", "tilt": 10}],
    "battery": {"capacity": "40 kWh", "power": "20 kW"},
    "ev": {"chargers": 3, "power": "7 kW", "vehicles_per_day": 4, "seed": 1},
    "dc_bus": {"modules": 2},
    "control": {"type": "droop", "precool": 1, "demand_limit": "14 kW"},
}
"""Systems of a 光储直柔 hall."""


def hall(name: str = "hall", *, multiplier: int = 1, wall: str = "wall", **changes: Any) -> dict[str, Any]:
    """One office zone of 200 m2 on the ground under its own roof; `changes` are keys of the building."""
    construction = {
        "wall": {"u_value": 0.8, "layers": [*_layers(), {"material": "rock_wool"}]},
        "thin": {"u_value": 1.6, "layers": [*_layers(), {"material": "rock_wool"}]},
    }
    surfaces = [
        {"name": "floor", "kind": "floor", "area": 200, "construction": "ground_slab", "boundary": "ground"},
        {"name": "roof", "kind": "roof", "area": 200, "construction": wall},
        {"name": "north", "kind": "wall", "area": 60, "azimuth": 0, "construction": wall},
        {"name": "west", "kind": "wall", "area": 30, "azimuth": 270, "construction": wall},
        {
            "name": "south",
            "kind": "wall",
            "area": 60,
            "azimuth": 180,
            "construction": wall,
            "windows": [{"name": "glass", "area": 20, "glazing": "pane"}],
        },
    ]
    return {
        "name": name,
        "era": "gb50189-2015",
        "zones": [
            {"name": "hall", "floor_area": 200, "height": 3, "use": "office", "multiplier": multiplier}
        ],
        "surfaces": [{"zone": "hall", **surface} for surface in surfaces],
        "constructions": construction,
        "glazings": {"pane": {"u_value": 2.2, "shgc": 0.45, "coating": "low_e"}},
        "hvac": {"type": "vrf"},
        **changes,
    }


def _layers() -> list[dict[str, Any]]:
    return [{"material": "cement_mortar", "thickness": 0.02}, {"material": "timber", "thickness": 0.03}]


def project_of(*buildings: dict[str, Any], **keys: Any) -> Project:
    """Validated project of some buildings; hourly steps unless `keys` says otherwise."""
    plain = {"schema": 1, "name": "test", "timestep": 60, "buildings": list(buildings), **keys}
    return parse_project(_text(plain))


@cache
def shanghai() -> ClimateYear:
    """The built-in year."""
    return load_weather("shanghai", seed=0, year=2025)


def fresh(plant: Plant) -> Plant:
    """The same Plant with a state of its own, since a march consumes the state."""
    own = {"electrical", "orders", "orders_from", "inputs", "period", "hours_left", "wet_bulb_out"}
    buildings = plant.buildings._replace(**{name: getattr(plant.buildings, name).copy() for name in own})
    return replace(
        plant,
        state=copy.deepcopy(plant.state),
        soc=plant.soc.copy(),
        sessions=plant.sessions.copy(),
        forcing=plant.forcing.copy(),
        weather_table=plant.weather_table.copy(),
        buildings=buildings,
    )


@dataclass(frozen=True)
class March:
    """A march with what went in and what came out."""

    before: Plant
    after: Plant
    outcome: Outcome
    run: Run

    def prepared(self, b: int = 0) -> PreparedBuilding:
        """Prepared building."""
        return self.before.prepared[b]

    def column(self, name: str, b: int = 0) -> Floats:
        """One column of the outcome of a building."""
        return self.outcome.buildings[:, b, OUTCOME_COLUMNS.index(name)]

    def series(self, building: str = "hall") -> pd.DataFrame:
        """Table of a building."""
        return self.run.series[building]

    def zone(self, zone: str = "hall", building: str = "hall") -> pd.DataFrame:
        """Table of one zone."""
        return pd.DataFrame(self.run.zones[building][zone])

    def hours(self) -> float:
        """Length of a step [h]."""
        return self.before.dt_s / 3600.0


def marched(plant: Plant) -> March:
    """March a copy of a Plant."""
    own = fresh(plant)
    outcome = march(own)
    return March(plant, own, outcome, run_of(own, outcome))


@cache
def _marched(text: str) -> March:
    return marched(prepare(parse_project(text), shanghai()))


def march_of(*buildings: dict[str, Any], **keys: Any) -> March:
    """March buildings through the built-in year; the same ones are marched once in a session."""
    plain = {"schema": 1, "name": "test", "timestep": 60, "buildings": list(buildings), **keys}
    return _marched(_text(plain))


def imbalance(table: pd.DataFrame) -> Floats:
    """What enters the board less what leaves it, step by step [kW]."""
    enters = sum(table[name].to_numpy() for name in ENTERS)
    leaves = sum(table[name].to_numpy() for name in LEAVES)
    return np.asarray(enters - leaves)


def _text(plain: dict[str, Any]) -> str:
    """YAML without anchors, which a project may not have."""
    return yaml.safe_dump(json.loads(json.dumps(plain)), sort_keys=False)
