"""Machines and collectors behind tanks tell the same days at any step: they agree with the tank meanwhile.

When they saw it as the step began, a hospital's heat pump took 23 % less electricity at 60 min than at 5 min.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from buildings.compiled import compiled
from buildings.lent import lent
from buildings.systems.component import (
    CARRIERS,
    CONDITIONS,
    ELECTRICITY,
    HOT_WATER,
    SPACE_HEAT,
    STEP,
    TEMP_IN,
    TEMP_MAINS,
    TEMP_OUT,
    WET_BULB_OUT,
    Setting,
)
from buildings.systems.rows import Row
from buildings.thermal.lanes import borrowed
from controllers.codes import FLAT
from twin.equipment import plant_rooms
from twin.plant_room import serve, settle
from twin.plant_rows import equipment_of
from weather import ClimateYear, load_weather

Array = NDArray[np.float64]
FIRST_DAY, DAYS = 100, 4
STEPS = (60, 30, 15, 5, 1)
DRAWN_KW = np.interp(np.arange(24), [0, 5, 7, 9, 12, 18, 20, 22, 24], [0, 0, 16, 6, 4, 6, 20, 12, 0])
TANK = {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "2 m3"}
COIL = TANK | {"equipment": "dhw_coil"}
FILLS: dict[str, Any] = {"serves": ["hot_water"], "feeds": "tank"}
PUMP = {"name": "pump", "type": "heat_pump", "equipment": "dhw_r134a", "capacity": "20 kW", **FILLS}
SUN = {"name": "sun", "type": "solar_collector", "area": "40 m2", "tilt": "30 deg", "feeds": "tank"}
PVT = {"name": "sun", "type": "pvt_collector", "serves": "hot_water", "area": "40 m2", "feeds": "tank"}
BURNER = {"name": "burner", "type": "boiler", "serves": "hot_water", "capacity": "40 kW", "feeds": "tank"}
"""Comes after the sun with what it does not bring."""


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


@compiled(allocates=True)
def _march(equipment: Any, first: int, air: Array, demands: Array, column: int, hours: float) -> None:
    rooms, b = lent(borrowed(equipment)), np.int64(0)  # as a march: its kernels need no second compilation
    for k in range(demands.shape[0]):
        rooms.common[TEMP_OUT], rooms.common[WET_BULB_OUT] = air[k], air[k] - 2.0
        rooms.demands[column] = demands[k]
        serve(rooms, b, first + k, 0.0, 1.0)
        settle(rooms, b, hours)


def days(climate: ClimateYear, minutes: int, *rows: dict[str, Any]) -> dict[str, float]:
    """Energy of each row [kWh]: heat as `name`, electricity as `name power`."""
    weather = climate.at_step(minutes)
    setting = Setting(weather, climate, 0.2, dict.fromkeys(CARRIERS, 2e4), 1000.0)
    written = [TypeAdapter(Row).validate_python(row) for row in rows]
    made, state, shown = plant_rooms([written], [setting], np.full(len(weather), FLAT))
    equipment = equipment_of(made, state)
    usual = {TEMP_IN: 21.0, TEMP_MAINS: 12.0, STEP: 60.0 * minutes, CONDITIONS.index("pressure"): 101325.0}
    for column, value in usual.items():
        equipment.common[column] = value
    per_hour = 60 // minutes
    hourly = climate.data["temp_air"].to_numpy()[24 * FIRST_DAY : 24 * (FIRST_DAY + DAYS)]
    demands = 1e3 * np.repeat(np.tile(DRAWN_KW, DAYS), per_hour)
    first = 24 * FIRST_DAY * per_hour
    _march(equipment, first, np.repeat(hourly, per_hour), demands, HOT_WATER, minutes / 60.0)
    told = {}
    for row, energy in zip(shown, equipment.totals, strict=True):
        told[row.name] = energy[[HOT_WATER, SPACE_HEAT]].sum() / 1e3
        told[f"{row.name} power"] = -energy[ELECTRICITY] / 1e3
    return told


MEASURES: dict[str, Callable[[dict[str, float]], float]] = {
    # COP and not power: what is left in the tank in the end is not the same
    "COP": lambda energy: energy["pump"] / energy["pump power"],
    # of long steps the sun brings less, to a tank that is as warm as in their mean all the time
    "kWh of sun": lambda energy: energy["sun"],
}


@pytest.mark.parametrize(
    ("rows", "measure", "fine", "coarse"),
    [
        pytest.param((TANK, PUMP), "COP", 0.035, 0.05, id="heat pump"),
        pytest.param((TANK, PUMP | {"capacity": "60 kW"}), "COP", 0.02, 0.03, id="large heat pump"),
        pytest.param((COIL, PUMP), "COP", 0.025, 0.12, id="heat pump by a coil"),
        pytest.param((TANK, SUN, PUMP), "COP", 0.02, 0.03, id="heat pump beside collectors"),
        pytest.param((TANK, SUN, BURNER), "kWh of sun", 0.025, 0.065, id="collectors"),
        pytest.param((COIL, SUN, BURNER), "kWh of sun", 0.025, 0.12, id="collectors by a coil"),
        pytest.param((TANK, PVT, BURNER), "kWh of sun", 0.025, 0.03, id="PVT"),
    ],
)
def test_days_are_the_same_at_any_step(
    climate: ClimateYear,
    figure: Callable[[str], None],
    rows: tuple[dict[str, Any], ...],
    measure: str,
    fine: float,
    coarse: float,
) -> None:
    """At 15 and 5 min within `fine`, at 60 and 30 min within `coarse` of what 1 min tells."""
    told = {minutes: MEASURES[measure](days(climate, minutes, *rows)) for minutes in STEPS}
    figure(f"{measure}: " + ", ".join(f"{value:.4g} at {minutes} min" for minutes, value in told.items()))
    assert [told[15], told[5]] == pytest.approx([told[1], told[1]], rel=fine)
    assert [told[60], told[30]] == pytest.approx([told[1], told[1]], rel=coarse)
