"""Plants that the tests of learning share: a 光储直柔 hall, one on an AC board, and both as a district."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from twin.plant import Plant, prepare

BOARD: dict[str, Any] = {
    "pv": [{"name": "roof", "capacity": "20 kWp", "tilt": 10}],
    "battery": {"capacity": "30 kWh", "power": "15 kW"},
    "ev": {"chargers": 2, "power": "7 kW", "vehicles_per_day": 3, "seed": 2, "v2b": True},
    "control": {"type": "fixed", "precool": 1.5, "drift": 1},
}


@pytest.fixture(scope="session")
def bus_plant(marches: ModuleType) -> Plant:
    """The hall with a DC bus under droop; hourly steps."""
    return prepare(marches.project_of(marches.hall(**marches.PEDF)), marches.shanghai())


@pytest.fixture(scope="session")
def board_plant(marches: ModuleType) -> Plant:
    """The hall on an AC board, nothing of which reacts; hourly steps."""
    return prepare(marches.project_of(marches.hall(**BOARD)), marches.shanghai())


@pytest.fixture(scope="session")
def district_plant(marches: ModuleType) -> Plant:
    """Both halls and one with a battery alone."""
    battery = {"battery": {"capacity": "20 kWh", "power": "10 kW"}}
    halls = (
        marches.hall("bus", **marches.PEDF),
        marches.hall("board", wall="thin", **BOARD),
        marches.hall("store", **battery),
    )
    return prepare(marches.project_of(*halls), marches.shanghai())
