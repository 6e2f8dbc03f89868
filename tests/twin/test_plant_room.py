"""Plant rooms: order, stores, shared machines, sources and hydrogen, with their books at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import TypeAdapter

from buildings.systems.component import (
    CARRIERS,
    CHILLED_WATER,
    CONDITIONS,
    ELECTRICITY,
    GAS,
    HOT_WATER,
    N_FLOWS,
    SOURCE,
    SPACE_HEAT,
    STORED,
    Setting,
)
from buildings.systems.rows import Row
from controllers.codes import FLAT, VALLEY
from plant_room_steps import serve, settle
from twin.equipment import EquipmentRow, plant_rooms
from twin.plant_rows import Equipment, equipment_of
from weather import load_weather
from weather.errors import TwinError

Array = NDArray[np.float64]
USUAL = {
    "step": 900.0, "temp_out": 8.0, "wet_bulb_out": 6.0, "pressure": 101325.0, "temp_in": 21.0,
    "wet_bulb_in": 14.0, "temp_mains": 12.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def setting() -> Setting:
    climate = load_weather("shanghai", seed=0, year=2025)
    design = {"space_heat": 1e5, "chilled_water": 1e5, "hot_water": 2e4, "steam": 1e4}
    return Setting(climate.at_step(15), climate, 0.2, design, 1000.0)


@dataclass
class Room:
    """A plant room of one building that is marched by hand."""

    equipment: Equipment
    rows: tuple[EquipmentRow, ...]

    def step(self, spare: float = 0.0, ease: float = 1.0, **demands: float) -> Array:
        """Serve and settle one step; flows of all rows together [W]."""
        self.equipment.demands[:] = 0.0
        for name, value in demands.items():
            self.equipment.demands[CARRIERS.index(name)] = value
        serve(self.equipment, 0, 0, spare, ease)
        settle(self.equipment, 0, 0.25)
        return self.equipment.sums.copy()

    def flow(self, name: str, carrier: int) -> float:
        """What a row gave to a carrier in the last step [W]."""
        flows = self.equipment.nows["flows"][:, carrier]
        return float(sum(flow for flow, row in zip(flows, self.rows, strict=True) if row.name == name))


def room(setting: Setting, *rows: dict[str, Any], period: int = FLAT, **conditions: float) -> Room:
    written = [TypeAdapter(Row).validate_python(row) for row in rows]
    made, state, shown = plant_rooms([written], [setting], np.full(len(setting.weather), period))
    equipment = equipment_of(made, state)
    for name, value in (USUAL | conditions).items():
        equipment.common[CONDITIONS.index(name)] = value
    return Room(equipment, shown)


def boiler(name: str, kilowatt: float, serves: str = "space_heat", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "boiler", "serves": serves, "capacity": f"{kilowatt} kW", **more}


def test_rows_are_used_in_their_order_up_to_their_size(setting: Setting) -> None:
    plant = room(setting, boiler("first", 30), boiler("second", 50), boiler("water", 20, "hot_water"))
    sums = plant.step(space_heat=6e4, hot_water=3e4)
    assert plant.flow("first", SPACE_HEAT) == pytest.approx(3e4)
    assert plant.flow("second", SPACE_HEAT) == pytest.approx(3e4)
    assert sums[HOT_WATER] == pytest.approx(2e4)
    assert sums[GAS] < -8e4
    assert plant.step(space_heat=1e5)[SPACE_HEAT] == pytest.approx(8e4)


def test_ease_scales_what_rooms_ask_for_and_leaves_hot_water(setting: Setting) -> None:
    plant = room(setting, boiler("heat", 80), boiler("water", 20, "hot_water"))
    sums = plant.step(ease=0.25, space_heat=4e4, hot_water=1e4)
    assert sums[SPACE_HEAT] == pytest.approx(1e4)
    assert sums[HOT_WATER] == pytest.approx(1e4)


def test_serving_moves_nothing_until_it_is_settled(setting: Setting) -> None:
    plant = room(setting, *TANK)
    before = plant.equipment.nows["state"].copy()
    plant.equipment.demands[HOT_WATER] = 1e4
    serve(plant.equipment, 0, 0, 0.0, 1.0)
    np.testing.assert_array_equal(plant.equipment.nows["state"], before)
    assert not plant.equipment.totals.any()
    plant.step(hot_water=1e4)
    assert (plant.equipment.nows["state"] != before).any()


TANK: Sequence[dict[str, Any]] = (
    {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "2 m3"},
    boiler("burner", 40, "hot_water", feeds="tank"),
)


def test_a_store_stands_between_its_feeder_and_the_tap(setting: Setting) -> None:
    """The tap is served from the tank; the burner comes when the thermostat calls, and only then."""
    plant = room(setting, *TANK)
    served, burning = [], []
    for _ in range(96):
        sums = plant.step(hot_water=1.2e4)
        served.append(sums[HOT_WATER])
        burning.append(plant.flow("burner", HOT_WATER))
    burned = np.array(burning)
    assert min(served) == pytest.approx(1.2e4, rel=1e-9)
    assert (burned > 0.0).any()
    assert (burned == 0.0).any()
    stored = plant.equipment.totals[0, CARRIERS.index("stored")] / 0.25
    lost = plant.equipment.totals[0, CARRIERS.index("ambient")] / 0.25
    assert burned.sum() == pytest.approx(sum(served) + stored + lost, rel=1e-9)


def test_a_window_keeps_machines_from_filling_a_store(setting: Setting) -> None:
    tank = {**TANK[0], "hours": "valley"}
    by_day = room(setting, tank, TANK[1], period=FLAT)
    by_night = room(setting, tank, TANK[1], period=VALLEY)
    for plant in (by_day, by_night):
        for _ in range(48):
            plant.step(hot_water=1.5e4)
    assert by_day.equipment.totals[1, HOT_WATER] == 0.0
    assert by_day.equipment.totals[0, HOT_WATER] > 0.5 * 2.0 * 1.16e3 * 30.0  # it gives what it holds by day
    assert by_night.equipment.totals[1, HOT_WATER] > 0.0


def test_machines_bring_what_a_tank_is_ordered_to_take_at_any_hour(setting: Setting) -> None:
    tank = {**TANK[0], "hours": "valley"}
    heater = {**boiler("heater", 40, "hot_water", feeds="tank"), "equipment": "electric_heater"}
    plant = room(setting, tank, heater, period=FLAT)
    for _ in range(8):
        plant.step(hot_water=1.5e4)
    plant.equipment.orders[HOT_WATER] = 1.2e4
    plant.step(hot_water=1e4)
    assert plant.flow("heater", HOT_WATER) == pytest.approx(1.2e4, rel=1e-9)
    assert plant.flow("tank", STORED) == pytest.approx(2e3, abs=200.0)
    # Full is full, whatever is ordered.
    plant.equipment.orders[HOT_WATER] = 1e9
    for _ in range(40):
        plant.step()
    held = plant.equipment.nows["state"][0, :4].copy()
    plant.step()
    assert plant.flow("heater", HOT_WATER) < 500.0
    np.testing.assert_allclose(plant.equipment.nows["state"][0, :4], held, atol=0.05)


def test_a_tank_that_may_not_be_filled_keeps_the_taps_running(
    setting: Setting,
) -> None:
    """Hot water comes before the order: nearly empty, the thermostat counts again."""
    heater = {**boiler("heater", 40, "hot_water", feeds="tank"), "equipment": "electric_heater"}
    plant = room(setting, TANK[0], heater)
    plant.equipment.orders[HOT_WATER] = 0.0
    served, heated = [], []
    for _ in range(96):
        served.append(plant.step(hot_water=1.2e4)[HOT_WATER])
        heated.append(plant.flow("heater", HOT_WATER))
    assert heated[0] == heated[3] == 0.0
    assert min(served) == pytest.approx(1.2e4, rel=1e-9)
    assert max(heated) > 0.0


@pytest.mark.parametrize("step", [60.0, 900.0, 3600.0])
def test_half_a_tank_is_the_thermostats_at_any_length_of_a_step(setting: Setting, step: float) -> None:
    """Drawn down by 12 kW under an order of nothing, the heater starts with about half of the heat left."""
    heater = {**boiler("heater", 40, "hot_water", feeds="tank"), "equipment": "electric_heater"}
    plant = room(setting, TANK[0], heater, step=step)
    full = 2.0 * 4.14e6 * (60.0 - USUAL["temp_mains"])
    plant.equipment.orders[HOT_WATER] = 0.0
    given = 0.0
    while given < full:
        now = plant.step(hot_water=1.2e4)[HOT_WATER] * step
        if plant.flow("heater", HOT_WATER) > 0.0:
            break
        given += now
    assert 0.38 < 1.0 - given / full < 0.6


def test_orders_leave_what_burns_fuel_alone(setting: Setting) -> None:
    heater = {**boiler("heater", 10, "hot_water", feeds="tank"), "equipment": "electric_heater"}
    plant = room(setting, *TANK, heater)
    plant.equipment.orders[HOT_WATER] = 0.0
    for _ in range(4):
        plant.step(hot_water=1.2e4)
    plant.equipment.orders[HOT_WATER] = 3e4
    for _ in range(6):
        plant.step(hot_water=1.2e4)
        assert plant.flow("burner", HOT_WATER) == 0.0
        assert plant.flow("heater", HOT_WATER) == pytest.approx(1e4, rel=1e-9)


def test_ice_gives_no_more_than_it_is_told_to_and_rests_on_an_order_of_nothing(setting: Setting) -> None:
    ice = {"name": "ice", "type": "ice_storage", "capacity": "2000 kWh", "initial": 0.8}
    base = {"name": "base", "type": "chiller", "capacity": "400 kW", "equipment": "air_scroll", "units": 1}
    plant = room(setting, ice, {**base, "name": "maker", "equipment": "screw_ice", "feeds": "ice"}, base)
    assert plant.step(chilled_water=2e5)[CHILLED_WATER] == pytest.approx(-2e5)
    assert plant.flow("base", CHILLED_WATER) == 0.0
    for order, melts in ((-5e4, 5e4), (0.0, 0.0), (-1e9, 2e5)):
        plant.equipment.orders[CHILLED_WATER] = order
        assert plant.step(chilled_water=2e5)[CHILLED_WATER] == pytest.approx(-2e5)
        assert -plant.flow("ice", CHILLED_WATER) == pytest.approx(melts, abs=1.0)
        assert -plant.flow("base", CHILLED_WATER) == pytest.approx(2e5 - melts, abs=1.0)
    plant.equipment.orders[CHILLED_WATER] = 1e5
    plant.step(chilled_water=2e5)
    assert -plant.flow("maker", CHILLED_WATER) == pytest.approx(1e5, rel=1e-6)
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9


def test_what_passes_through_a_buffer_is_not_its_content(setting: Setting) -> None:
    buffer = {"name": "buffer", "type": "stratified_tank", "serves": "space_heat", "volume": "2 m3"}
    plant = room(setting, buffer, boiler("burner", 30, feeds="buffer"))
    for _ in range(24):
        plant.step(space_heat=2e4)
    plant.equipment.orders[SPACE_HEAT] = 0.0
    before = plant.equipment.nows["state"][0].copy()
    assert plant.step(space_heat=2e4)[SPACE_HEAT] == pytest.approx(2e4)
    assert plant.flow("burner", SPACE_HEAT) == pytest.approx(2e4)
    np.testing.assert_allclose(plant.equipment.nows["state"][0, :4], before[:4], atol=1.0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf, 0.0])),
            st.floats(0.0, 6e4),
        ),
        min_size=1, max_size=24,
    )
)  # fmt: skip
def test_no_order_to_stores_breaks_a_limit_or_a_balance(setting: Setting, course: list[Any]) -> None:
    heater = {**boiler("heater", 20, "hot_water", feeds="tank"), "equipment": "electric_heater"}
    ice = {"name": "ice", "type": "ice_storage", "capacity": "60 kWh", "initial": 0.5}
    maker = {
        "name": "maker",
        "type": "chiller",
        "capacity": "30 kW",
        "equipment": "screw_ice",
        "feeds": "ice",
    }
    plant = room(setting, *TANK, heater, ice, maker, temp_out=26.0, wet_bulb_out=22.0)
    for order, demand in course:
        plant.equipment.orders[HOT_WATER] = plant.equipment.orders[CHILLED_WATER] = order
        sums = plant.step(hot_water=demand, chilled_water=demand)
        most = demand * (1 + 1e-9) + 1e-9  # sums of tens of kilowatts are rounded
        assert 0.0 <= sums[HOT_WATER] <= most
        assert 0.0 <= -sums[CHILLED_WATER] <= most
        assert plant.flow("heater", HOT_WATER) <= 2e4 * (1 + 1e-9)
        now = plant.equipment.nows
        assert (now["least"] <= now["wish"] + 1e-6).all()
        assert np.isfinite(now["state"]).all()
        assert now["state"][0, :4].max() <= 61.0
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9


HYDROGEN: Sequence[dict[str, Any]] = (
    {"name": "bottles", "type": "hydrogen_tank", "capacity": 20, "initial": 0.2},
    {"name": "stack", "type": "electrolyser", "power": "100 kW", "feeds": "bottles"},
    *TANK,
    {"name": "cell", "type": "fuel_cell", "power": "20 kW", "feeds": "tank", "source": "bottles"},
)


def test_spare_power_becomes_hydrogen_and_comes_back_as_current_and_heat(setting: Setting) -> None:
    plant = room(setting, *HYDROGEN)
    for _ in range(40):
        sums = plant.step(spare=1e5)
        assert -plant.flow("stack", ELECTRICITY) <= 1e5 * (1 + 1e-9) + 1e4
    made = plant.equipment.totals[1, CARRIERS.index("hydrogen")]
    assert made > 0.0
    for _ in range(60):
        sums = plant.step(hot_water=2e4)
    cell = plant.equipment.totals[4]
    assert cell[ELECTRICITY] > 0.0
    assert cell[HOT_WATER] > 0.0
    assert cell[CARRIERS.index("hydrogen")] < 0.0
    assert sums[CARRIERS.index("hydrogen")] == pytest.approx(0.0, abs=1e-6)


GROUND: Sequence[dict[str, Any]] = (
    {"name": "field", "type": "borefield", "rows": 4, "columns": 5},
    {
        "name": "pump",
        "type": "heat_pump",
        "serves": ["space_heat", "chilled_water"],
        "source": "field",
        "capacity": "80 kW",
    },
)


def test_a_machine_and_its_source_agree_within_the_step(setting: Setting) -> None:
    """The field sees what the machine draws in this step, at the temperature at which it draws."""
    plant = room(setting, *GROUND)
    for _ in range(8):
        sums = plant.step(space_heat=6e4)
    drawn = plant.flow("field", CARRIERS.index("source"))
    assert drawn == pytest.approx(-plant.flow("pump", CARRIERS.index("source")), rel=1e-6)
    assert sums[SPACE_HEAT] == pytest.approx(6e4)
    # What the pump drew as electricity is heat as well; the field's own pump works beside it.
    used = -plant.flow("pump", ELECTRICITY)
    lost = plant.flow("pump", CARRIERS.index("ambient"))
    assert used + drawn - lost == pytest.approx(6e4, rel=1e-6)
    for _ in range(8):
        plant.step(chilled_water=5e4)
    assert plant.flow("pump", CHILLED_WATER) == pytest.approx(-5e4)
    assert plant.flow("field", CARRIERS.index("source")) < -5e4


def test_one_machine_that_heats_and_cools_shares_its_time(setting: Setting) -> None:
    """Heat comes first; half of the step is left for cold when heat takes the other half."""
    whole = room(setting, *GROUND).step(space_heat=1e6, chilled_water=0.0)[SPACE_HEAT]
    alone = -room(setting, *GROUND).step(space_heat=0.0, chilled_water=1e6)[CHILLED_WATER]
    both = room(setting, *GROUND).step(space_heat=0.5 * whole, chilled_water=1e6)
    assert both[SPACE_HEAT] == pytest.approx(0.5 * whole, rel=1e-3)
    # A little more than half: what heating draws keeps the field cooler.
    assert 0.5 * alone <= -both[CHILLED_WATER] < 0.56 * alone
    none_left = room(setting, *GROUND).step(space_heat=1e6, chilled_water=1e6)
    assert -none_left[CHILLED_WATER] < 0.1 * alone


def test_what_a_source_cannot_give_is_not_served(setting: Setting) -> None:
    """One borehole behind a machine of 80 kW."""
    small = {**GROUND[0], "rows": 1, "columns": 1}
    plant = room(setting, small, GROUND[1])
    sums = plant.step(space_heat=8e4)
    most = plant.equipment.nows["most"][0]
    assert 0.0 < sums[SPACE_HEAT] < 2e4
    assert plant.flow("field", CARRIERS.index("source")) <= most * (1 + 1e-5)


def test_dual_mode_chillers_freeze_at_night_and_the_ice_serves_by_day(setting: Setting) -> None:
    ice = {"name": "ice", "type": "ice_storage", "capacity": "2000 kWh", "initial": 0.2}
    maker = {
        "name": "maker",
        "type": "chiller",
        "capacity": "400 kW",
        "equipment": "screw_ice",
        "feeds": "ice",
    }
    base = {"name": "base", "type": "chiller", "capacity": "100 kW", "equipment": "air_scroll", "units": 1}
    night = {"temp_out": 26.0, "wet_bulb_out": 24.0}
    plant = room(setting, ice, maker, base, period=VALLEY, **night)
    for _ in range(16):
        plant.step()
    frozen, drawn = (
        plant.equipment.totals[0, CARRIERS.index("stored")],
        plant.equipment.totals[1, ELECTRICITY],
    )
    assert 0.0 > frozen > -0.65 * 4e5 * 4.0
    assert frozen / drawn == pytest.approx(2.5, abs=0.4)
    assert plant.flow("base", CHILLED_WATER) == 0.0
    sums = plant.step(chilled_water=3e5)
    assert -sums[CHILLED_WATER] == pytest.approx(3e5)
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9


def test_one_chiller_cools_by_day_and_freezes_in_the_time_that_is_left(setting: Setting) -> None:
    """双工况: it serves first, fills the ice with the rest of the step, and rests once."""
    ice = {"name": "ice", "type": "ice_storage", "capacity": "9000 kWh", "initial": 0.0}
    both = {
        "name": "both", "type": "chiller", "capacity": "400 kW", "equipment": "screw_ice", "feeds": "ice",
        "direct": True,
    }  # fmt: skip
    night = {"temp_out": 26.0, "wet_bulb_out": 24.0}
    only_ice = room(setting, ice, both, period=VALLEY, **night)
    only_ice.step()
    only_cold = room(setting, both | {"name": "alone", "feeds": (), "direct": False}, **night)
    most = -only_cold.step(chilled_water=1e6)[CHILLED_WATER]
    shared = room(setting, ice, both, period=VALLEY, **night)
    sums = shared.step(chilled_water=0.5 * most)
    assert sums[CHILLED_WATER] == pytest.approx(-0.5 * most)
    assert shared.flow("ice", STORED) == pytest.approx(0.5 * only_ice.flow("ice", STORED), rel=1e-6)
    by_day = room(setting, ice, both, period=FLAT, **night)
    sums = by_day.step(chilled_water=1e6)
    assert sums[CHILLED_WATER] == pytest.approx(-most, rel=1e-6)
    resting = room(setting, ice, both, period=FLAT, **night)
    assert resting.step()[ELECTRICITY] == pytest.approx(
        room(setting, ice, {**both, "direct": False}, **night).step()[ELECTRICITY]
    )


def test_a_small_buffer_passes_on_what_its_feeder_brings(setting: Setting) -> None:
    """Over an hour 0.2 m3 hold hardly anything, and the boiler behind them is large enough."""
    buffer = {"name": "buffer", "type": "stratified_tank", "serves": "space_heat", "volume": "0.2 m3"}
    plant = room(setting, buffer, boiler("burner", 30, feeds="buffer"), step=3600.0)
    for _ in range(5):
        assert plant.step(space_heat=2e4)[SPACE_HEAT] == pytest.approx(2e4, rel=1e-6)
    held = 0.2 * 4.14e6 * 20.0 / 3600.0
    assert plant.step(space_heat=1e5)[SPACE_HEAT] <= 3e4 + held
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9


def test_what_feeders_promised_and_do_not_bring_is_not_given(setting: Setting) -> None:
    """A heat pump that makes hot water first has no time left for the buffer that counted on it."""
    rows = (
        {"name": "buffer", "type": "stratified_tank", "serves": "space_heat", "volume": "0.2 m3"},
        {"name": "water", "type": "stratified_tank", "serves": "hot_water", "volume": "0.2 m3"},
        {
            "name": "pump", "type": "heat_pump", "serves": ["hot_water", "space_heat"], "capacity": "30 kW",
            "feeds": ["buffer", "water"], "equipment": "air_water_regulated",
        },
    )  # fmt: skip
    plant = room(setting, *rows, step=3600.0)
    for _ in range(6):
        sums = plant.step(space_heat=1e5, hot_water=1e5)
    assert 0.0 < sums[SPACE_HEAT] + sums[HOT_WATER] < 4e4
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9
    temps = plant.equipment.nows["state"][0]
    assert temps[:4].min() > 0.0
    # Hot water comes first in the list of demands: what it takes of the pump, the rooms do not get too.
    assert sums[HOT_WATER] > 0.0
    pump = abs(plant.flow("pump", SPACE_HEAT)) + abs(plant.flow("pump", HOT_WATER))
    assert 0.0 < pump <= 4e4


def test_the_heat_of_an_electrolyser_warms_the_tank_that_it_feeds(setting: Setting) -> None:
    for feeds, warmed in (("bottles", False), (("bottles", "tank"), True)):
        plant = room(
            setting,
            HYDROGEN[0],
            HYDROGEN[1] | {"feeds": feeds, "heat_to": "hot_water"},
            TANK[0],
            boiler("burner", 1, "hot_water", feeds="tank"),
        )
        for _ in range(12):
            sums = plant.step(spare=1e5, hot_water=1.5e4)
            assert abs(sums.sum()) <= 1e-6 * np.abs(sums).max()
        heat = plant.flow("stack", HOT_WATER)
        assert (heat > 5e3) == warmed
        assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9


@pytest.mark.parametrize("kind", ["solar_collector", "pvt_collector"])
def test_collectors_warm_a_field_only_while_they_are_warmer(setting: Setting, kind: str) -> None:
    """In a cold night nothing flows from 5 degC of air into ground of 18 degC; in the sun it does."""
    roof = {"name": "roof", "type": kind, "serves": "source", "area": "60 m2", "feeds": "field"}
    noon = int(np.argmax(setting.weather.ghi))
    for k, temp_out, warm in ((0, 5.0, False), (noon, 30.0, True)):
        plant = room(setting, GROUND[0], roof, GROUND[1], temp_out=temp_out, wet_bulb_out=temp_out - 3.0)
        for _ in range(4):
            serve(plant.equipment, 0, k, 0.0, 1.0)
            settle(plant.equipment, 0, 0.25)
        assert (plant.flow("roof", SOURCE) > 1e3) == warm
        assert plant.flow("field", SOURCE) == pytest.approx(-plant.flow("roof", SOURCE))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (
            ({"name": "ice", "type": "ice_storage", "capacity": "200 kWh"},
             {"name": "m", "type": "chiller", "capacity": "40 kW", "equipment": "screw", "feeds": "ice"}),
            "cools to 4 degC",
        ),
        (
            ({"name": "room", "type": "data_room", "it_power": "20 kW", "equipment": "crac_dx"},
             {"name": "p", "type": "heat_pump", "serves": ["space_heat"], "source": "room",
              "equipment": "water_water_on_off", "capacity": "10 kW"}),
            "no waste heat",
        ),
        (
            (TANK[0], {"name": "cell", "type": "fuel_cell", "power": "5 kW", "feeds": "tank"}),
            "no hydrogen",
        ),
        (
            (TANK[0] | {"charge_temperature": "90 degC"},
             {"name": "p", "type": "heat_pump", "serves": ["hot_water"], "feeds": "tank"}),
            "90 degC that its store asks for",
        ),
    ],
)  # fmt: skip
def test_machines_that_would_stand_still_are_refused(
    setting: Setting, rows: tuple[dict[str, Any], ...], what: str
) -> None:
    with pytest.raises(TwinError, match=what):
        room(setting, *rows)


def test_chillers_warm_a_borefield_or_a_tower_and_are_autosized(setting: Setting) -> None:
    chiller = {"name": "cold", "type": "chiller", "units": 2}
    hot = {"temp_out": 35.0, "wet_bulb_out": 28.0}
    for rows in ((chiller,), (GROUND[0], {**chiller, "source": GROUND[0]["name"]})):
        plant = room(setting, *rows, **hot)
        # the tower meets nearly all of the design load, the field takes the heat of a part of it
        asked = 9.5e4 if len(rows) == 1 else 5e4
        sums = plant.step(chilled_water=asked)
        assert -sums[CHILLED_WATER] == pytest.approx(asked)
        assert 3.0 < sums[CHILLED_WATER] / sums[ELECTRICITY] < 6.0
        assert abs(sums.sum()) < 1.0
    assert plant.flow("cold", CARRIERS.index("source")) > 5e4


KINDS = st.lists(
    st.sampled_from(["boiler", "water boiler", "steam", "tank", "hydrogen", "buffer"]),
    min_size=1,
    max_size=6,
    unique=True,
)


def chosen(kinds: Sequence[str], size: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in kinds:
        if name == "boiler":
            rows.append(boiler("boiler", 40 * size))
        elif name == "water boiler":
            rows.append(boiler("water boiler", 15 * size, "hot_water", equipment="electric_heater"))
        elif name == "steam":
            rows.append(boiler("steam", 10 * size, "steam"))
        elif name == "tank" and "hydrogen" not in kinds:
            rows += TANK
        elif name == "hydrogen":
            rows += HYDROGEN
        elif name == "buffer":
            rows.append(
                {"name": "buffer", "type": "stratified_tank", "serves": "space_heat", "volume": "3 m3"}
            )
            rows.append(boiler("buffer boiler", 30 * size, feeds="buffer"))
    return rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=KINDS,
    size=st.floats(0.1, 3.0),
    spare=st.floats(0.0, 2e5),
    demands=st.lists(st.tuples(*(st.floats(0.0, 1.5e5) for _ in range(3))), min_size=2, max_size=20),
    temp_out=st.floats(-8.0, 38.0),
)
def test_random_rooms_close_and_never_serve_more_than_is_asked(
    setting: Setting,
    kinds: list[str],
    size: float,
    spare: float,
    demands: list[tuple[float, ...]],
    temp_out: float,
) -> None:
    rows = chosen(kinds, size)
    if not rows:
        return
    plant = room(setting, *rows, temp_out=temp_out, wet_bulb_out=temp_out - 2.0)
    for heat, water, steam in demands:
        sums = plant.step(spare=spare, space_heat=heat, hot_water=water, steam=steam)
        given_ = dict(zip(CARRIERS, sums, strict=True))
        assert abs(sums.sum()) <= 1e-6 * max(np.abs(sums).max(), 1.0)
        for carrier, asked in (("space_heat", heat), ("hot_water", water), ("steam", steam)):
            assert -1e-6 * max(asked, 1.0) <= given_[carrier] <= asked * (1 + 1e-9) + 1e-6
        assert given_["hydrogen"] == pytest.approx(0.0, abs=1e-6)
        assert given_["source"] == pytest.approx(0.0, abs=1e-6)
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9
    assert abs(plant.equipment.totals[:, CHILLED_WATER]).max() == 0.0


def test_collectors_fill_a_tank_by_day_and_the_burner_does_the_rest(setting: Setting) -> None:
    """A day in July: the taps get all they ask for, with sun from less gas."""
    collector = {"name": "roof", "type": "solar_collector", "area": "20 m2", "feeds": "tank"}
    gas = {}
    for name, rows in (("plain", TANK), ("solar", (TANK[0], collector, TANK[1]))):
        plant = room(setting, *rows, temp_out=28.0)
        used = 0.0
        for k in range(200 * 96, 201 * 96):
            plant.equipment.demands[:] = 0.0
            plant.equipment.demands[HOT_WATER] = 4e3
            serve(plant.equipment, 0, k, 0.0, 1.0)
            settle(plant.equipment, 0, 0.25)
            used -= plant.equipment.sums[GAS]
            assert plant.equipment.sums[HOT_WATER] == pytest.approx(4e3)
        gas[name] = used
        assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9
    assert gas["solar"] < 0.7 * gas["plain"]


def test_a_heat_pump_draws_on_pvt_collectors_that_give_power_by_day(setting: Setting) -> None:
    """A day in March: what the pump draws the collectors give; a cold night bounds it, the sun does not."""
    plant = room(
        setting,
        {"name": "roof", "type": "pvt_collector", "serves": "source", "area": "60 m2"},
        {"name": "pump", "type": "heat_pump", "equipment": "brine_water_regulated", "serves": ["space_heat"],
         "source": "roof", "capacity": "20 kW"},
        temp_out=6.0,
    )  # fmt: skip
    power, drawn, served = [], [], []
    for k in range(75 * 96, 76 * 96):
        plant.equipment.demands[:] = 0.0
        plant.equipment.demands[SPACE_HEAT] = 1e4
        serve(plant.equipment, 0, k, 0.0, 1.0)
        drawn.append(plant.flow("roof", SOURCE))
        power.append(plant.flow("roof", ELECTRICITY))
        assert plant.flow("pump", SOURCE) == pytest.approx(-drawn[-1], rel=1e-5, abs=1e-3)
        served.append(plant.flow("pump", SPACE_HEAT))
    assert min(served) > 8e3
    assert np.array(served)[np.array(power) > 0.0] == pytest.approx(1e4)
    assert max(power) > 1e3
    assert power[0] <= 0.0
    assert plant.equipment.totals[:, N_FLOWS].max() < 1e-9
