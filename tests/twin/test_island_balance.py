"""Islands of one building: classes shed and back, black start, limits and balances under faults."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import power_steps
from controllers.islanding import (
    BATTERY_LOST,
    BLACK_START,
    BLACKOUT,
    ENERGY_LIMITED,
    EV_LOST,
    FAULTS,
    GRID,
    GRID_LOST,
    INTERFACE_LOST,
    ISLAND,
    PV_LOST,
    RESYNC,
    STATES,
    load_islanding,
)
from controllers.orders import ORDERS
from power_steps import BESIDE, NAN, Outcome, imbalance
from twin.power_balance import LOADS


class Building(power_steps.Building):
    """A building whose faults are written by hand, at any length of step."""

    usual: ClassVar = {"lighting": 50.0, "equipment": 80.0, "fans": 10.0, "pumps": 0.0, "hvac": 100.0}

    def live(
        self, lost: int = 0, minutes: float = 15.0, *, step: int = 0, least: float = 0.0, **given_: float
    ) -> Outcome:
        self.row["lost"][0] = lost
        self.row["bus"]["hvac_least"][0] = least
        return self.step(step, minutes, **given_)

    @property
    def island(self) -> Any:
        return self.row[0]["island"]

    @property
    def phase(self) -> str:
        return STATES[int(self.island["state"])]

    def unserved(self) -> list[float]:
        return [float(x) for x in self.island["unserved"]]


ALL = ("lighting", "equipment", "fans", "pumps", "hvac", "ev")


def test_a_lost_grid_leaves_an_island_that_the_battery_forms() -> None:
    building = Building(soc=0.9, dc_loads=ALL)
    assert building.live(0)["grid_import_kw"] > 0.0
    o = building.live(GRID_LOST, cooking=20.0, hvac=30.0)
    assert building.phase == "ISLAND"
    assert o["grid_import_kw"] == o["grid_export_kw"] == 0.0
    assert o["bus_voltage_pu"] >= 0.90
    assert o["cooking_kw"] == 0.0
    assert o["lighting_kw"] == pytest.approx(50.0)
    assert abs(imbalance(o)) <= 1e-9
    assert building.unserved()[:2] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert building.unserved()[3] == pytest.approx(20.0)


def test_comfort_goes_before_light_where_power_is_short() -> None:
    building = Building(soc=0.9, dc_loads=ALL)
    building.live(0)
    o = building.live(GRID_LOST, hvac=500.0)
    assert o["hvac_kw"] == 0.0
    assert o["fans_kw"] == 0.0
    assert o["lighting_kw"] + o["equipment_kw"] == pytest.approx(130.0)
    assert int(building.island["level"]) == 2


def test_loads_of_the_board_are_fed_through_the_interface_with_its_losses() -> None:
    building = Building(soc=0.9, dc_loads=("hvac", "ev"))
    building.live(0)
    o = building.live(GRID_LOST, hvac=0.0)
    assert o["lighting_kw"] == 50.0
    assert o["conversion_loss_kw"] > 0.0
    assert o["battery_discharge_kw"] == pytest.approx(140.0 + o["conversion_loss_kw"])
    dead = Building(soc=0.9, dc_loads=("hvac", "ev"))
    dead.live(0)
    o = dead.live(GRID_LOST | INTERFACE_LOST, hvac=20.0)
    assert o["lighting_kw"] == o["equipment_kw"] == 0.0
    assert o["hvac_kw"] > 10.0
    assert o["conversion_loss_kw"] == pytest.approx(0.0, abs=1e-9)


def test_an_island_with_a_small_interface_sheds_what_it_does_not_carry() -> None:
    building = Building(soc=0.9, dc_loads=("hvac", "ev"), interface_kw=60.0)
    building.live(0)
    o = building.live(GRID_LOST, hvac=0.0)
    assert int(building.island["level"]) == 1
    assert o["lighting_kw"] == pytest.approx(5.0)
    assert o["equipment_kw"] == pytest.approx(16.0)


def test_a_lost_interface_cuts_off_the_bus_alone() -> None:
    building = Building(soc=0.9, dc_loads=("hvac", "ev"))
    building.live(0)
    o = building.live(INTERFACE_LOST, hvac=20.0)
    assert building.phase == "ISLAND"
    assert o["grid_import_kw"] == pytest.approx(140.0)
    assert o["battery_discharge_kw"] == pytest.approx(o["hvac_kw"])
    assert abs(imbalance(o)) <= 1e-9


@pytest.mark.parametrize("bus", [False, True])
def test_without_a_battery_that_forms_the_bus_all_is_dark(bus: bool) -> None:
    building = Building("fixed", bus=bus, soc=0.9, battery_kwh=0.0 if bus else 400.0)
    building.live(0, pv=100.0)
    o = building.live(GRID_LOST, pv=100.0, generation=5.0)
    assert building.phase == "BLACKOUT"
    assert all(o[f"{name}_kw"] == 0.0 for name in ("lighting", "equipment", "cooling", "pv", "generation"))
    assert o["grid_import_kw"] == 0.0
    assert o["pv_curtailed_kw"] == 100.0
    assert sum(building.unserved()) == pytest.approx(240.0)
    assert abs(imbalance(o)) <= 1e-9
    building.live(0)
    building.live(0)
    o = building.live(0)
    assert building.phase == "GRID"
    assert o["lighting_kw"] == 50.0


def test_reserves_keep_the_charge_for_the_classes_above() -> None:
    building = Building(soc=0.88, dc_loads=ALL)
    building.live(0, hvac=20.0)
    lowest, seen = 1.0, []
    low, high = (float(building.row[0]["battery"][name]) for name in ("soc_min", "soc_max"))
    critical = 0.1 * 50.0 + 0.2 * 80.0
    for _ in range(200):
        o = building.live(GRID_LOST, hvac=20.0)
        lowest = min(lowest, o["battery_soc"])
        seen.append(building.phase)
        if building.phase == "ENERGY_LIMITED":
            assert building.unserved()[0] == pytest.approx(0.0, abs=0.05 * critical)
            assert building.unserved()[1] == pytest.approx(130.0 - critical, abs=1.0)
    order = list(dict.fromkeys(seen))
    assert order == ["ISLAND", "ENERGY_LIMITED", "BLACKOUT"]
    assert lowest >= low
    hours = seen.count("ENERGY_LIMITED") * 0.25
    # from 0.40 of the usable range to 0.05 of it, with the losses of converter and cells
    assert hours == pytest.approx(0.35 * (high - low) * 400.0 / critical, rel=0.15)


def test_a_black_start_follows_the_morning_sun_in_its_order() -> None:
    building = Building(soc=0.14, dc_loads=ALL)
    building.live(0, minutes=1.0)
    for _ in range(60):
        building.live(GRID_LOST, minutes=1.0)
        if building.phase == "BLACKOUT":
            break
    assert building.phase == "BLACKOUT"
    for _ in range(31):
        o = building.live(GRID_LOST, minutes=1.0, pv=1.0)
        assert building.phase == "BLACKOUT"
    told = []
    for _ in range(6):
        o = building.live(GRID_LOST, minutes=1.0, pv=60.0)
        told.append((building.phase, o["lighting_kw"] > 0.0, o["pv_kw"] > 0.0))
        assert abs(imbalance(o)) <= 1e-9
    assert told[0] == ("BLACK_START", False, False)
    assert told[1] == ("BLACK_START", True, False)
    assert told[2] == ("BLACK_START", True, True)
    assert told[-1] == ("ENERGY_LIMITED", True, True)


def test_no_black_start_without_a_reserve() -> None:
    building = Building(soc=0.1, dc_loads=ALL)
    building.live(0, minutes=15.0)
    building.live(GRID_LOST)
    assert building.phase == "BLACKOUT"
    for _ in range(8):
        building.live(GRID_LOST, pv=200.0)
        assert building.phase == "BLACKOUT"


def test_classes_return_one_by_one_and_the_voltage_to_its_reference() -> None:
    building = Building(soc=0.3, dc_loads=ALL)
    building.live(0, minutes=1.0)
    for _ in range(5):
        building.live(GRID_LOST, minutes=1.0)
    assert building.phase == "ENERGY_LIMITED"
    soc, seen, levels = building.state[0], [], []
    for _ in range(12):
        o = building.live(0, minutes=1.0)
        assert abs(o["battery_soc"] - soc) < 200.0 / 60.0 / 400.0 + 1e-3
        soc = o["battery_soc"]
        seen.append(building.phase)
        levels.append(int(building.island["level"]))
        assert abs(imbalance(o)) <= 1e-9
    assert seen[:5] == ["RESYNC"] * 5
    assert levels[:9] == [1, 1, 1, 1, 1, 2, 3, 4, 4]
    assert seen[8] == "GRID"
    assert o["bus_voltage_pu"] == pytest.approx(1.0)
    assert o["hvac_kw"] == pytest.approx(100.0)


def test_lending_vehicles_help_the_island_and_keep_their_departure() -> None:
    plain = Building(soc=0.1, dc_loads=ALL, chargers=10)
    lender = Building(soc=0.1, dc_loads=ALL, chargers=10, lends=True)
    for building in (plain, lender):
        building.plug(5.0, 40, 20.0)
        building.live(0, minutes=1.0)
    lender.state[0] = plain.state[0] = 0.2
    given_, served = 0.0, [0.0, 0.0]
    for step in range(12):
        plain.live(GRID_LOST, step=step)
        served[0] += float(plain.island["critical_kw"])
        given_ += lender.live(GRID_LOST, step=step)["ev_discharge_kw"]
        served[1] += float(lender.island["critical_kw"])
    assert given_ > 0.0
    assert served[1] > served[0] + 20.0
    assert np.all(lender.sessions["spare_kwh"] >= -1e-9)
    for step in range(12, 40):
        lender.live(0, step=step)
    assert np.all(lender.sessions["remaining_kwh"] <= 1e-6)


def test_lost_devices_on_the_grid_stand_still_and_nothing_is_shed() -> None:
    building = Building(soc=0.5, dc_loads=ALL, chargers=2)
    building.plug(10.0, 30)
    o = building.live(BATTERY_LOST | PV_LOST | EV_LOST, pv=80.0, battery_kw=50.0)
    assert o["battery_discharge_kw"] == o["battery_charge_kw"] == o["pv_kw"] == o["ev_charge_kw"] == 0.0
    assert o["pv_curtailed_kw"] == 80.0
    assert o["orders_missed"] == 1.0
    assert sum(building.unserved()) == 0.0
    assert building.phase == "GRID"
    assert np.all(building.sessions["remaining_kwh"] == 10.0)


def test_machines_that_make_too_much_are_throttled() -> None:
    building = Building(soc=0.95, dc_loads=("hvac", "ev"))
    calm = {"lighting": 1.0, "equipment": 0.0, "fans": 0.0, "hvac": 0.0}
    o = building.live(GRID_LOST, generation=150.0, pv=30.0, **calm)
    assert o["generation_kw"] < 20.0
    assert o["pv_kw"] == pytest.approx(0.0, abs=1e-9)
    assert abs(imbalance(o)) <= 1e-9


KW = st.floats(0.0, 300.0)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Building, float, list[tuple[int, dict[str, float]]]]:
    bus = draw(st.booleans())
    building = Building(
        draw(st.sampled_from(["fixed", "rules", "droop"] if bus else ["fixed", "rules"])),
        bus=bus,
        soc=draw(st.floats(0.1, 0.9)),
        chargers=draw(st.integers(0, 4)),
        lends=draw(st.booleans()),
        modules=draw(st.integers(1, 4)),
        interface_kw=draw(st.floats(50.0, 600.0)),
        dc_loads=tuple(load for load in LOADS if draw(st.booleans())),
        battery_kwh=draw(st.sampled_from([0.0, 100.0, 400.0])),
    )
    building.plug(draw(st.floats(0.0, 20.0)), draw(st.integers(1, 30)), draw(st.floats(0.0, 10.0)))
    minutes = draw(st.sampled_from([1.0, 15.0, 60.0]))
    steps = []
    lost = 0
    for step in range(draw(st.integers(4, 14))):
        if draw(st.integers(0, 2)) == 0:
            lost = sum(bit for bit in FAULTS.values() if draw(st.integers(0, 2)) == 0)
        values = {
            name: draw(KW) for name in ("lighting", "equipment", "fans", "pumps", "hvac", "pv", *BESIDE)
        }
        values |= {name: draw(st.sampled_from([NAN, NAN, 1e12, -1e12, 50.0, math.inf])) for name in ORDERS}
        values |= {"step": step, "least": draw(st.sampled_from([0.0, 0.5, 1.0]))}
        steps.append((lost, values))
    return building, minutes, steps


@settings(max_examples=400, deadline=None)
@given(lives())
def test_no_fault_no_order_and_no_state_breaks_a_limit_or_a_balance(case: Any) -> None:
    building, minutes, steps = case
    record = building.row[0]
    battery, interface = record["battery"], record["interface"]
    capacity, power = float(battery["capacity_kwh"]), float(battery["power_kw"])
    low, high = float(battery["soc_min"]), float(battery["soc_max"])
    was = building.state[0]
    for lost, values in steps:
        if not bool(record["has_dc_bus"]):
            lost &= ~INTERFACE_LOST
        o = building.live(lost, minutes, **values)
        assert abs(imbalance(o)) <= 1e-8
        for name, value in o.items():
            if name not in ("grid_target_kw", "bus_voltage_pu"):
                assert math.isfinite(value), name
                assert value >= -1e-6, name
        stored = (o["battery_charge_kw"] - o["battery_discharge_kw"] - o["battery_loss_kw"]) * minutes / 60.0
        assert stored == pytest.approx((o["battery_soc"] - was) * capacity, abs=1e-9)
        was = o["battery_soc"]
        assert 0.0 <= was <= high + 1e-9 or not capacity
        drained = float(battery["standby_kw"]) * minutes / 60.0 / max(capacity, 1.0)
        if o["battery_discharge_kw"] > 0.0:
            assert was >= low - drained - 1e-4
        assert max(o["battery_charge_kw"], o["battery_discharge_kw"]) <= power + 1e-6
        assert o["pv_kw"] + o["pv_curtailed_kw"] == pytest.approx(values["pv"], abs=1e-6)
        state = int(building.island["state"])
        if lost & GRID_LOST:
            assert o["grid_import_kw"] == o["grid_export_kw"] == 0.0
            assert state in (ISLAND, ENERGY_LIMITED, BLACKOUT, BLACK_START)
        if state in (ISLAND, ENERGY_LIMITED):
            assert 0.90 - 1e-9 <= o["bus_voltage_pu"] <= 1.07
            if lost & GRID_LOST and lost & INTERFACE_LOST == 0:
                assert o["conversion_loss_kw"] <= 0.1 * float(interface["rated_kw"])
        if state == BLACKOUT:
            assert o["battery_discharge_kw"] == o["battery_charge_kw"] == o["pv_kw"] == 0.0
        if lost & BATTERY_LOST:
            assert o["battery_discharge_kw"] == o["battery_charge_kw"] == 0.0
        if lost & PV_LOST:
            assert o["pv_kw"] == 0.0
        if lost & EV_LOST:
            assert o["ev_charge_kw"] == o["ev_discharge_kw"] == 0.0
        assert all(x >= 0.0 for x in building.unserved())
    for _ in range(30):
        building.live(0, minutes, pv=0.0)
    assert int(building.island["state"]) == GRID
    assert RESYNC != GRID


def test_a_reserve_is_not_discharged_on_the_grid_and_serves_without_it() -> None:
    plain = Building("rules", soc=0.5, dc_loads=ALL)
    kept = Building("rules", soc=0.5, dc_loads=ALL, islanding=load_islanding(reserve=0.3))
    floor = 0.1 + 0.3 * (0.95 - 0.1)
    assert float(kept.row[0]["battery"]["soc_max"]) == pytest.approx(0.95)
    for _ in range(16):
        for building in (plain, kept):
            building.live(0, period=2, hours=4.0)
    assert plain.state[0] < floor - 0.1
    # an idle converter draws its standby from the cells
    assert kept.state[0] == pytest.approx(floor, abs=0.005)
    for building in (plain, kept):
        building.live(GRID_LOST)
    assert plain.phase == "BLACKOUT"
    assert kept.phase == "ENERGY_LIMITED"


def test_shares_of_critical_loads_are_the_buildings_own() -> None:
    own = load_islanding(critical_lighting=0.5, critical_equipment=0.0)
    building = Building(soc=0.3, dc_loads=ALL, islanding=own)
    building.live(0)
    o = building.live(GRID_LOST)
    assert o["lighting_kw"] == pytest.approx(25.0)
    assert o["equipment_kw"] == 0.0
