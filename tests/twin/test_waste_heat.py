"""A heat pump behind which a data room stands: its heat warms the building and spares cooling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from buildings.systems.component import CARRIERS, CONDITIONS, ELECTRICITY, SOURCE, SPACE_HEAT, Setting
from buildings.systems.rows import Row
from controllers.codes import FLAT
from plant_room_steps import serve
from twin.equipment import plant_rooms
from twin.plant_rows import equipment_of
from weather import load_weather

WEATHER = {"step": 900.0, "temp_out": 4.0, "wet_bulb_out": 3.0, "pressure": 101325.0, "temp_mains": 12.0}


@pytest.mark.parametrize("cooling", ["chilled_water", "chilled_water_free", "cold_plate"])
def test_waste_heat_of_a_data_room_warms_the_building(cooling: str) -> None:
    """Heat from 0 to 80 kW of a room of 60 kW IT: what the pump draws is the room's, and is bounded by it."""
    climate = load_weather("shanghai", seed=0, year=2025)
    setting = Setting(climate.at_step(15), climate, 0.2, dict.fromkeys(CARRIERS, 1e5), 1000.0)
    room = {"name": "servers", "type": "data_room", "it_power": "100 kW", "load": 0.6, "equipment": cooling}
    pump = {"name": "pump", "type": "heat_pump", "serves": ["space_heat"], "source": "servers"}
    written: list[Any] = [TypeAdapter(Row).validate_python(row) for row in (room, pump)]
    made, state, shown = plant_rooms([written], [setting], np.full(len(setting.weather), FLAT))
    equipment = equipment_of(made, state)
    for name, value in WEATHER.items():
        equipment.common[CONDITIONS.index(name)] = value
    names = [row.name for row in shown]
    found: list[NDArray[np.float64]] = []
    for heat in (0.0, 2e4, 4e4, 2e5):
        equipment.demands[:] = 0.0
        equipment.demands[SPACE_HEAT] = heat
        serve(equipment, 0, 0, 0.0, 1.0)
        found.append(equipment.nows["flows"].copy())
        assert equipment.sums.sum() == pytest.approx(0.0, abs=1e-6 * (1.0 + heat))
        assert equipment.sums[SOURCE] == pytest.approx(0.0, abs=1e-3)
    servers, pump_row = names.index("servers"), names.index("pump")
    given = [flows[pump_row, SPACE_HEAT] for flows in found]
    drawn = [flows[servers, SOURCE] for flows in found]
    own = [-flows[servers, ELECTRICITY] for flows in found]
    assert given[:3] == pytest.approx([0.0, 2e4, 4e4])
    assert given[3] < 1e5
    assert 0.0 == drawn[0] < drawn[1] < drawn[2] < drawn[3] < 1e5
    assert own[0] > own[1] > own[2] > own[3] > 6e4
