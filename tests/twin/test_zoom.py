"""Days of a year at a finer step: the same plant, begun where the year stands."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.clock import Outcome, march
from twin.flexibility.witness import Witness
from twin.plant import Plant, prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.zoom import zoomed
from weather.errors import TwinError

DAY = 96
FIRST, LAST = 200 * DAY, 202 * DAY
BUILDINGS: tuple[dict[str, Any], ...] = (
    {
        "name": "office", "archetype": "office", "era": "nzeb", "floor_area": "3000 m2", "floors": 3,
        "zoning": "by_use", "pv": [{"name": "roof", "capacity": "60 kWp"}],
        "battery": {"capacity": "60 kWh", "power": "30 kW"},
        "ev": {"chargers": 4}, "dc_bus": {"modules": 2}, "control": {"type": "droop"},
    },
    {
        "name": "hotel", "archetype": "hotel", "era": "gb50189-2015", "floor_area": "4000 m2", "floors": 4,
        "zoning": "by_use", "ev": {"chargers": 3},
        "end_uses": {"use": "hotel", "count": 60, "cooking": "gas_wok"},
        "plant_room": [
            {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "4 m3"},
            {"name": "pump", "type": "heat_pump", "equipment": "dhw_r134a_grade_1",
             "serves": ["hot_water"], "feeds": "tank"},
        ],
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def year(marches: ModuleType) -> tuple[Outcome, Plant]:
    """A marched year with its walls cut for a minute, and the plant as it stood at midnight."""
    project = marches.project_of(*BUILDINGS, timestep="15 min")
    plant = prepare(project, marches.shanghai(), cut_s=60.0)
    seen = Witness(plant, [FIRST])
    return march(plant, None, [seen]), seen.copies[FIRST]


def _meter(outcome: Outcome) -> NDArray[np.float64]:
    return outcome.buildings[:, :, GRID_IMPORT] - outcome.buildings[:, :, GRID_EXPORT]


def test_at_the_year_s_own_step_nothing_differs(year: tuple[Outcome, Plant]) -> None:
    outcome, standing = year
    again = march(zoomed(standing, FIRST, LAST, 15))
    np.testing.assert_allclose(_meter(again), _meter(outcome)[FIRST:LAST], atol=1e-8)
    np.testing.assert_allclose(again.zones, outcome.zones[FIRST:LAST], atol=1e-7)


@pytest.mark.parametrize("minutes", [5, 1])
def test_finer_steps_tell_the_same_days(year: tuple[Outcome, Plant], minutes: int) -> None:
    outcome, standing = year
    fine = _meter(march(zoomed(standing, FIRST, LAST, minutes)))
    coarse = _meter(outcome)[FIRST:LAST]
    quarters = fine.reshape(len(coarse), 15 // minutes, -1).mean(axis=1)
    # thermostats answer within the quarter of an hour; the hotel's tank ends its days filled otherwise
    np.testing.assert_allclose(quarters.sum(axis=0)[0], coarse.sum(axis=0)[0], rtol=0.005)
    np.testing.assert_allclose(quarters.sum(axis=0)[1], coarse.sum(axis=0)[1], rtol=0.03)


def test_the_coarse_plant_stays_as_it_is_and_days_march_twice_alike(year: tuple[Outcome, Plant]) -> None:
    _, standing = year
    fine = zoomed(standing, FIRST, LAST, 5)
    one, other = march(fine.copied()), march(zoomed(standing, FIRST, LAST, 5))
    assert one.buildings.tobytes() == other.buildings.tobytes()


def test_a_step_that_does_not_fit_is_refused(marches: ModuleType, year: tuple[Outcome, Plant]) -> None:
    _, standing = year
    with pytest.raises(TwinError, match="step of 10 min"):
        zoomed(standing, FIRST, LAST, 10)
    uncut = prepare(marches.project_of(*BUILDINGS[:1]), marches.shanghai())
    with pytest.raises(TwinError, match="walls cut for"):
        zoomed(uncut, 0, DAY, 5)
