"""State of charge: exact bookkeeping, limits, standby."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.battery import (
    battery_limits_kw,
    battery_step,
    cell_heat_kw,
    cell_temperature,
    cell_temperatures,
    load_battery,
    no_battery,
    room_temperature,
    stored_rate_kw,
)
from buildings.systems.records import read_library
from weather.errors import TwinError

SOC = st.floats(0.0, 1.0)
KEYS = sorted(read_library("batteries"))
KEY = st.sampled_from(KEYS)
TEMP = st.floats(-30.0, 60.0)
DT = st.sampled_from([1 / 60, 0.25, 1.0])


def _battery(key: str, capacity: float, rate: float, *, on_bus: bool = True, **more: float) -> np.void:
    rate = min(rate, read_library("batteries")[key].get("max_rate", 4.0))
    return load_battery(key, capacity, rate * capacity, on_dc_bus=on_bus, **more)


@given(KEY, SOC, st.floats(-1.0, 1.0), DT, st.floats(10.0, 2000.0), st.booleans(), TEMP)
def test_energy_in_less_out_less_losses_is_the_change_of_charge(
    key: str, soc: float, share: float, dt: float, capacity: float, on_bus: bool, temp: float
) -> None:
    battery = _battery(key, capacity, 0.5, on_bus=on_bus, temperature=temp)
    bus = share * battery["power_kw"]
    end, loss = battery_step(soc, bus, dt, battery)
    assert loss >= 0.0
    assert (-bus - loss) * dt == pytest.approx((end - soc) * capacity, abs=1e-9 * capacity)


@given(KEY, SOC, DT, st.floats(0.1, 4.0), TEMP)
def test_limits_reach_the_ends_and_never_pass_them(
    key: str, soc: float, dt: float, rate: float, temp: float
) -> None:
    battery = _battery(key, 400.0, rate, temperature=temp)
    charge, discharge, forced = battery_limits_kw(soc, dt, battery)
    assert 0.0 <= forced <= charge <= battery["power_kw"]
    assert 0.0 <= discharge <= battery["power_kw"]
    if charge > 0.0:
        assert battery_step(soc, -charge, dt, battery)[0] <= battery["soc_max"] + 1e-9
    if discharge > 0.0:
        assert battery_step(soc, discharge, dt, battery)[0] >= battery["soc_min"] - 1e-9
    if 0.0 < forced < charge:
        assert battery_step(soc, -forced, dt, battery)[0] == pytest.approx(battery["soc_min"], abs=1e-9)


@given(KEY, SOC, DT, st.floats(0.1, 4.0))
def test_at_the_reference_temperature_only_charge_and_power_limit(
    key: str, soc: float, dt: float, rate: float
) -> None:
    battery = _battery(key, 400.0, rate)
    charge, discharge, _ = battery_limits_kw(soc, dt, battery)
    if 0.0 < charge < battery["power_kw"]:
        end = battery_step(soc, -charge, dt, battery)[0]
        assert end == pytest.approx(battery["soc_max"], abs=1e-9)
    if 0.0 < discharge < battery["power_kw"]:
        end = battery_step(soc, discharge, dt, battery)[0]
        assert end == pytest.approx(battery["soc_min"], abs=1e-9)


@given(KEY, st.floats(-20.0, 24.0), st.floats(0.0, 15.0))
def test_cold_cells_give_less_and_lose_more(key: str, temp: float, warmer: float) -> None:
    cold, warm = (_battery(key, 400.0, 0.25, temperature=t) for t in (temp, min(temp + warmer, 25.0)))
    for less, more in zip(
        battery_limits_kw(0.5, 0.25, cold), battery_limits_kw(0.5, 0.25, warm), strict=True
    ):
        assert less <= more + 1e-9
    power = 0.9 * cold["power_kw"]
    assert battery_step(0.5, power, 0.25, cold)[1] >= battery_step(0.5, power, 0.25, warm)[1] - 1e-9


def test_lithium_is_not_charged_below_freezing_and_sodium_is() -> None:
    """Cell data sheets: no charge of LFP below 0 degC; sodium-ion keeps 88 % of its charge at -20 degC."""
    lfp, sodium = (_battery(key, 100.0, 0.5, temperature=-10.0) for key in ("lfp", "sodium_hina_185ah"))
    assert battery_limits_kw(0.5, 0.25, lfp)[0] == 0.0
    assert battery_limits_kw(0.0, 0.25, lfp) == (0.0, 0.0, 0.0)
    assert battery_limits_kw(0.5, 0.25, sodium)[0] > 0.0
    cold = _battery("sodium_hina_185ah", 100.0, 0.5, temperature=-20.0)
    soc = 0.95
    while (power := battery_limits_kw(soc, 0.25, cold)[1]) > 0.0:
        soc = battery_step(soc, power, 0.25, cold)[0]
    assert (0.95 - soc) / 0.9 == pytest.approx(0.88, abs=2e-3)


@pytest.mark.parametrize("key", [key for key in KEYS if "round_trip" in read_library("batteries")[key]])
def test_round_trip_is_the_published_one(key: str, figure: Callable[[str], None]) -> None:
    """At rated power: the maker's or assessor's figure, within a point."""
    published = read_library("batteries")[key]["round_trip"]
    battery = _battery(key, 1000.0, published["rate"], on_bus=published["at"] == "dc")
    power = battery["power_kw"]
    charged = battery_step(0.5, -power, 0.25, battery)[0] - 0.5
    drawn = 0.5 - battery_step(0.5, power, 0.25, battery)[0]
    figure(f"{key}: round trip {charged / drawn:.3f}, published {published['value']:.3f}")
    assert charged / drawn == pytest.approx(published["value"], abs=0.01)


def test_pumps_of_a_flow_battery_cost_most_at_part_load() -> None:
    battery = _battery("vanadium_flow", 400.0, 0.25)
    trips = []
    for share in (0.1, 0.3, 1.0):
        power = share * battery["power_kw"]
        charged = battery_step(0.5, -power, 0.25, battery)[0] - 0.5
        trips.append(charged / (0.5 - battery_step(0.5, power, 0.25, battery)[0]))
    assert trips[0] < trips[1] > trips[2]
    assert battery_step(0.5, 0.0, 1.0, battery)[1] < 0.1 * battery["pump_kw"]


def test_resting_battery_loses_its_self_discharge() -> None:
    """2 % of the charge in a month, beside the standby."""
    battery = load_battery("lfp", 400.0, 200.0, on_dc_bus=True)
    battery["standby_kw"] = 0.0
    soc = 0.8
    for _ in range(round(730.5)):
        soc, _ = battery_step(soc, 0.0, 1.0, battery)
    assert soc / 0.8 == pytest.approx(0.9802, abs=1e-4)


@given(KEY, st.floats(-10.0, 45.0), st.floats(-10.0, 45.0), st.floats(0.0, 1.0))
def test_lumped_cells_keep_their_heat(key: str, temp: float, room: float, share: float) -> None:
    """Steps of any length give the same temperature; in the end it is the room's and the heat's."""
    battery = _battery(key, 400.0, 0.25, temperature=temp)
    heat = cell_heat_kw(share * battery["power_kw"], battery)
    assert heat >= 0.0
    fine = temp
    for _ in range(60):
        fine = cell_temperature(fine, room, heat, 1.0 / 60.0, battery)
    assert fine == pytest.approx(cell_temperature(temp, room, heat, 1.0, battery), abs=1e-9)
    end = room + heat / battery["heat_loss"]
    assert cell_temperature(temp, room, heat, 1e4, battery) == pytest.approx(end, abs=1e-9)
    rooms = np.full(4, room)
    series = cell_temperatures(np.full(4, share * battery["power_kw"]), rooms, 0.25, battery)
    assert series[-1] == pytest.approx(fine, abs=1e-9)


def test_worn_battery_holds_less_and_loses_more() -> None:
    new = load_battery("lfp_huawei_luna2000", 193.5, 100.0, on_dc_bus=True)
    worn = load_battery(
        "lfp_huawei_luna2000", 193.5, 100.0, on_dc_bus=True, capacity_left=0.8, resistance=1.5
    )
    assert worn["capacity_kwh"] == pytest.approx(154.8)
    assert battery_step(0.5, 100.0, 0.25, worn)[1] > battery_step(0.5, 100.0, 0.25, new)[1]


@pytest.mark.parametrize("key", KEYS)
def test_products_name_their_source(key: str) -> None:
    values = read_library("batteries")[key]
    assert len(values["source"]) > 20
    assert 2015 <= values["year"] <= 2026
    assert values["confidence"] in {"stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"}
    assert values["name_en"]
    assert values["name_zh"]
    assert ("model" in values["ageing"]) != ("warranty_cycles" in values["ageing"])


@given(st.floats(-200.0, 200.0), st.floats(0.0, 100.0))
def test_more_delivered_means_less_stored(bus: float, more: float) -> None:
    battery = load_battery("lfp", 400.0, 200.0, on_dc_bus=True)
    if bus != 0.0 and bus + more != 0.0:
        assert stored_rate_kw(bus + more, battery) <= stored_rate_kw(bus, battery) + 1e-12


@pytest.mark.parametrize(("on_bus", "stage"), [(True, 0.991), (False, 0.979)])
def test_round_trip_at_full_power_is_the_product_of_its_parts(on_bus: bool, stage: float) -> None:
    """Published converter efficiency at full load twice, and the cells' 2.5 % loss twice."""
    battery = load_battery("lfp", 400.0, 200.0, on_dc_bus=on_bus)
    charged = battery_step(0.5, -200.0, 0.25, battery)[0] - 0.5
    drawn = 0.5 - battery_step(0.5, 200.0, 0.25, battery)[0]
    assert charged / drawn == pytest.approx(stage**2 * 0.975 / 1.025, abs=2e-3)


def test_idle_battery_loses_its_standby_and_asks_for_it_back() -> None:
    battery = load_battery("lfp", 400.0, 200.0, on_dc_bus=True)
    end, loss = battery_step(battery["soc_min"], 0.0, 1.0, battery)
    assert loss == pytest.approx(0.4 + 0.02 / 730.5 * 40.0)
    assert end < battery["soc_min"]
    assert battery_limits_kw(end, 1.0, battery)[2] > 0.0


def test_an_empty_battery_switches_itself_off() -> None:
    """What is left goes into the standby, no more; the books stay closed."""
    battery = load_battery("lfp_huawei_luna2000", 193.5, 100.0, on_dc_bus=True)
    end, loss = battery_step(1e-4, 0.0, 1.0, battery)
    assert end == pytest.approx(0.0, abs=1e-15)
    assert loss == pytest.approx(1e-4 * 193.5)
    assert battery_step(0.0, 0.0, 1.0, battery) == (0.0, 0.0)


def test_rooms_keep_their_bounds() -> None:
    hours = np.arange(8760.0)
    outdoors = 17.0 - 14.0 * np.cos(2.0 * np.pi * hours / 8760.0) + 5.0 * np.sin(2.0 * np.pi * hours / 24.0)
    np.testing.assert_array_equal(room_temperature("outdoors", outdoors, 3600.0), outdoors)
    assert np.all(room_temperature("container", outdoors, 3600.0) == 25.0)
    assert np.all(room_temperature(12.0, outdoors, 3600.0) == 12.0)
    room = room_temperature("indoors", outdoors, 3600.0)
    assert (room.min(), room.max()) == (15.0, 30.0)
    assert room[5000] == pytest.approx(np.clip(outdoors[4977:5001].mean(), 15.0, 30.0))
    assert room[3] == pytest.approx(15.0)
    quarter = room_temperature("indoors", np.repeat(outdoors, 4), 900.0)
    np.testing.assert_allclose(quarter[3::4], room, atol=1e-9)
    with pytest.raises(TwinError):
        room_temperature("cellar", outdoors, 3600.0)


def test_no_battery_does_nothing() -> None:
    assert battery_limits_kw(0.0, 0.25, no_battery()) == (0.0, 0.0, 0.0)
    assert battery_step(0.0, 0.0, 0.25, no_battery()) == (0.0, 0.0)


@pytest.mark.parametrize(
    "wrong",
    [{"capacity_kwh": 0.0}, {"power_kw": -1.0}, {"soc_min": 0.9, "soc_max": 0.2}, {"converter": "nobody"}],
)
def test_wrong_battery_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TwinError):
        load_battery("lfp", on_dc_bus=True, **{"capacity_kwh": 100.0, "power_kw": 50.0, **wrong})


def test_more_power_than_the_product_gives_is_refused() -> None:
    with pytest.raises(TwinError, match="does not give"):
        load_battery("second_life_lfp", 100.0, 50.0, on_dc_bus=True)
