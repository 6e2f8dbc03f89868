"""The electrical step: balance, bookkeeping, targets, shedding, and the paired AC building."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.systems.converter import load_converter
from buildings.systems.ev import load_charger, vehicle_rate_kw
from controllers.codes import FLAT, PEAK, VALLEY
from controllers.orders import ORDERS
from power_steps import BESIDE, DEMANDS, NAN, Building, Outcome, imbalance
from twin.power_balance import LOADS, load_electrical
from twin.power_columns import COLUMNS
from weather.errors import TwinError

INF = math.inf


def meter(o: Outcome) -> float:
    return o["grid_import_kw"] - o["grid_export_kw"]


KW = st.floats(0.0, 400.0)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Building, dict[str, float]]:
    bus = draw(st.booleans())
    building = Building(
        draw(st.sampled_from(["fixed", "rules", "droop"] if bus else ["fixed", "rules"])),
        bus=bus,
        soc=draw(st.floats(0.05, 1.0)),
        chargers=draw(st.integers(0, 5)),
        lends=draw(st.booleans()),
        modules=draw(st.integers(1, 4)),
        interface_kw=draw(st.floats(50.0, 900.0)),
        dc_loads=tuple(load for load in LOADS if draw(st.booleans())),
        battery_kwh=draw(st.sampled_from([0.0, 100.0, 400.0])),
        demand_limit_kw=draw(st.sampled_from([INF, 100.0, 300.0])),
        export_limit_kw=draw(st.sampled_from([INF, 0.0, 50.0])),
    )
    building.plug(draw(st.floats(0.0, 20.0)), draw(st.integers(1, 30)), draw(st.floats(0.0, 10.0)))
    values = {name: draw(KW) for name in (*DEMANDS, "pv", *BESIDE)}
    values |= {"heating": draw(st.floats(0.0, 1.0)), "pump": draw(st.floats(0.0, 0.3))}
    values |= {"period": draw(st.integers(0, 4)), "hours": draw(st.floats(0.25, 8.0))}
    values |= {
        "event_target_kw": draw(st.sampled_from([NAN, 50.0, 200.0])),
        "event_in_h": draw(st.sampled_from([INF, 1.0, 8.0])),
    }
    for name in ORDERS[:5]:
        # Whatever a supervisor says: nothing, nonsense, too much.
        values[name] = draw(st.sampled_from([NAN, NAN, INF, -INF, 0.0]) | st.floats(-1e6, 1e6))
    return building, values


@settings(max_examples=400, deadline=None)
@given(steps())
def test_every_step_balances_and_books_its_charge(case: tuple[Building, dict[str, float]]) -> None:
    building, values = case
    soc = building.state[0]
    capacity = float(building.row[0]["battery"]["capacity_kwh"])
    o = building.step(**values)
    assert abs(imbalance(o)) <= 1e-9
    assert o["bus_residual_kw"] <= 1e-6
    stored = o["battery_charge_kw"] - o["battery_discharge_kw"] - o["battery_loss_kw"]
    assert stored * 0.25 == pytest.approx((o["battery_soc"] - soc) * capacity, abs=1e-9)
    for name in COLUMNS:
        if name in ("grid_target_kw", "bus_voltage_pu"):
            continue
        assert math.isfinite(o[name]), name
        assert o[name] >= -1e-9, name
    assert o["pv_kw"] + o["pv_curtailed_kw"] == pytest.approx(values["pv"])
    assert o["hvac_kw"] + o["hvac_shed_kw"] >= values["hvac"] - 1e-9
    total = o["cooling_kw"] + o["heating_kw"] + o["pumps_kw"]
    served = values["pumps"] + o["hvac_kw"]
    assert total <= served + 1e-9
    if o["unserved_kw"] == 0.0:
        assert total == pytest.approx(served)
    low, high = float(building.row[0]["battery"]["soc_min"]), float(building.row[0]["battery"]["soc_max"])
    if capacity and low <= soc <= high:
        assert low - 0.002 <= o["battery_soc"] <= high + 1e-9


@settings(max_examples=200, deadline=None)
@given(steps())
def test_meter_keeps_interface_rating_and_export_limit(case: tuple[Building, dict[str, float]]) -> None:
    building, values = case
    row = building.row[0]
    o = building.step(**values)
    if row["has_dc_bus"] == 0:
        surplus = -meter(o) - row["export_limit_kw"]
        if surplus > max(0.0, -imbalance(o)) + 1e-9:  # generation is never curtailed, all else is
            assert surplus <= values["generation"]
            assert o["pv_kw"] == pytest.approx(0.0, abs=1e-9)
        return
    assert 0.80 <= o["bus_voltage_pu"] <= 1.07
    on_ac = sum(
        values[name]
        for name in ("lighting", "equipment", "fans", "pumps", "hvac")
        if not row[f"{name}_on_bus"]
    )
    on_ac += 0.0 if row["ev_on_bus"] else o["ev_charge_kw"] - o["ev_discharge_kw"]
    on_ac += sum(values[name] for name in BESIDE[:4]) - values["generation"]
    through = meter(o) - on_ac
    rated = float(row["interface"]["rated_kw"])
    assert -min(rated, row["export_limit_kw"]) - 1e-6 <= through <= 1.03 * rated


@settings(max_examples=300, deadline=None)
@given(steps(), st.integers(0, 2**32 - 1))
def test_no_order_breaks_a_limit_of_battery_or_vehicles(
    case: tuple[Building, dict[str, float]], seed: int
) -> None:
    building, values = case
    row, draw = building.row[0], np.random.default_rng(seed)
    power = float(row["battery"]["power_kw"])
    low, high = float(row["battery"]["soc_min"]), float(row["battery"]["soc_max"])
    inside = low <= building.state[0] <= high
    start = building.sessions.copy()
    for step in range(6):
        for name in ORDERS[:5]:
            values[name] = draw.choice([NAN, INF, -INF, draw.normal(0.0, 300.0)])
        o = building.step(step, **values)
        assert abs(imbalance(o)) <= 1e-9
        assert max(o["battery_charge_kw"], o["battery_discharge_kw"]) <= power + 1e-9
        if inside and power:
            assert low - 0.002 <= o["battery_soc"] <= high + 1e-9
        chargers = len(building.ev_row) * float(row["charger"]["power_kw"])
        assert max(o["ev_charge_kw"], o["ev_discharge_kw"]) <= chargers + 1e-9
    # What a vehicle must have to leave in time no order takes away; only a bus that has no more can.
    late = building.sessions["remaining_kwh"] > 1e-6
    gone = building.sessions["departure_step"] <= 6
    could = _in_time(start, row)
    if not np.any(o["unserved_kw"] > 0.0) and float(row["interface"]["rated_kw"]) > 800.0 and inside:
        assert not np.any(late & gone & could)


def _in_time(sessions: np.ndarray, row: Any) -> np.ndarray:
    """Sessions whose energy fits into their stay at full power."""
    full = vehicle_rate_kw(float(row["charger"]["power_kw"]), row["charger"])
    return sessions["remaining_kwh"] <= full * 0.25 * sessions["departure_step"]


def test_a_battery_leaves_its_order_to_keep_the_meter_in_its_band() -> None:
    for bus in (False, True):
        free = Building("droop" if bus else "rules", bus=bus).step(battery_kw=20.0)
        assert free["battery_discharge_kw"] == pytest.approx(20.0, abs=1e-6)
        wanted = meter(free) - 40.0
        held = Building("droop" if bus else "rules", bus=bus).step(battery_kw=20.0, meter_high_kw=wanted)
        assert meter(held) == pytest.approx(wanted, abs=0.2)
        assert held["battery_discharge_kw"] == pytest.approx(60.0, rel=0.02)
        more = meter(free) + 40.0
        raised = Building("droop" if bus else "rules", bus=bus).step(battery_kw=20.0, meter_low_kw=more)
        assert meter(raised) == pytest.approx(more, abs=0.2)


def test_vehicles_follow_an_order_and_those_that_leave_first_come_first() -> None:
    for bus in (False, True):
        building = Building("droop" if bus else "fixed", bus=bus, chargers=3)
        building.plug(6.0, 40)
        building.sessions["departure_step"] = [40, 20, 60]
        o = building.step(battery_kw=0.0, ev_kw=8.0)
        assert o["ev_charge_kw"] == pytest.approx(8.0, abs=1e-6)
        taken = 6.0 - building.sessions["remaining_kwh"]
        assert taken[1] > taken[0] > taken[2] == 0.0


def test_an_ordered_shift_is_drawn_as_such() -> None:
    for bus in (False, True):
        building = Building("droop" if bus else "fixed", bus=bus)
        assert building.step(battery_kw=0.0)["hvac_kw"] == pytest.approx(150.0)
        shifted = building.step(battery_kw=0.0, setpoint_shift_k=1.0, precool=180.0)
        assert shifted["hvac_kw"] == pytest.approx(180.0)


def test_a_target_is_found_with_the_lag_of_the_loop_and_the_error_of_the_meter() -> None:
    given_ = {"delay_s": 30.0, "time_constant_s": 100.0, "ramp_per_s": 1e9, "meter_error": 0.004}
    building = Building("droop", secondary=given_)
    first = meter(building.step())
    target = first - 60.0
    # Step of 900 s: the distance of 60 kW stands for the delay and dies with the time constant.
    share = (30.0 + 100.0 * (1.0 - math.exp(-870.0 / 100.0))) / 900.0
    true = target / 1.004
    after = meter(building.step(1, grid_target_kw=target))
    assert after == pytest.approx(true + share * (first - true), abs=1.0)
    settled = meter(building.step(2, grid_target_kw=target))
    assert settled == pytest.approx(true, abs=0.2)


def test_an_interface_that_must_not_jump_goes_by_its_ramp() -> None:
    given_ = {"delay_s": 0.0, "time_constant_s": 0.0, "ramp_per_s": 1e-4, "meter_error": 0.0}
    building = Building("droop", secondary=given_, interface_kw=600.0)
    first = meter(building.step())
    after = meter(building.step(1, grid_target_kw=first - 100.0))
    # 0.06 kW/s over 900 s: 54 kW at the end, 27 kW in the mean.
    assert first - after == pytest.approx(27.0, abs=1.0)


def test_comfort_limits_what_the_heat_pump_gives_up() -> None:
    hot = Building("droop", battery_kwh=0.0)
    hot.row["bus"]["hvac_least"] = 0.9
    cool = Building("droop", battery_kwh=0.0)
    short = {"event_target_kw": 150.0}
    assert hot.step(**short)["hvac_kw"] >= 0.9 * 150.0 - 1e-9
    assert cool.step(**short)["hvac_kw"] < 0.9 * 150.0


def test_charging_by_schedule_leaves_air_conditioning_alone() -> None:
    building = Building("droop", soc=0.2, demand_limit_kw=305.0)
    o = building.step(period=VALLEY, hours=0.25)
    assert o["hvac_shed_kw"] == pytest.approx(0.0, abs=1e-9)
    assert meter(o) <= 305.0 + 1e-6


def test_droop_holds_its_target_exactly_where_no_limit_binds() -> None:
    for period, hours in ((VALLEY, 4.0), (FLAT, 3.0), (PEAK, 3.0)):
        o = Building(chargers=4).step(period=period, hours=hours, pv=60.0)
        assert meter(o) == pytest.approx(o["grid_target_kw"], abs=1e-8)


@pytest.mark.parametrize(("period", "voltage"), [(VALLEY, 1.02), (FLAT, 1.0), (PEAK, 0.97)])
def test_bus_stands_at_the_reference_of_the_hour(period: int, voltage: float) -> None:
    o = Building().step(period=period)
    assert o["bus_voltage_pu"] == pytest.approx(voltage)
    assert o["hvac_kw"] == pytest.approx(150.0)


def test_called_event_is_met_and_shared_by_the_curves() -> None:
    """Fixed target, exactly kept: the battery, off its schedule, carries more than the HVAC sheds."""
    building = Building(chargers=8, soc=0.9)
    building.plug(10.0, 24)
    before = building.step(period=PEAK, hours=3.0)
    after = building.step(period=PEAK, hours=3.0, event_target_kw=meter(before) - 90.0)
    assert meter(after) == pytest.approx(meter(before) - 90.0, abs=1e-8)
    assert after["bus_voltage_pu"] < 0.97
    assert after["battery_discharge_kw"] > before["battery_discharge_kw"]
    assert 0.0 < after["hvac_shed_kw"] < 0.5 * after["battery_discharge_kw"]
    assert after["ev_charge_kw"] <= before["ev_charge_kw"]


def test_event_beyond_all_flexibility_is_missed_openly() -> None:
    o = Building(battery_kwh=0.0).step(event_target_kw=0.0)
    assert o["grid_target_kw"] == 0.0
    assert meter(o) > 50.0
    assert o["bus_voltage_pu"] < 0.95


def test_before_an_event_the_building_precools_and_the_battery_waits() -> None:
    o = Building(soc=0.9).step(period=PEAK, event_in_h=1.0)
    assert o["bus_voltage_pu"] == pytest.approx(1.05)
    assert o["hvac_kw"] == pytest.approx(1.15 * 150.0)
    assert o["battery_discharge_kw"] == 0.0


def test_demand_limit_is_held_by_the_battery() -> None:
    o = Building("droop", demand_limit_kw=250.0, soc=0.9).step()
    assert meter(o) == pytest.approx(250.0, abs=1e-8)
    rules = Building("rules", bus=False, demand_limit_kw=250.0, soc=0.9).step()
    assert meter(rules) == pytest.approx(250.0, abs=1e-9)


def test_surplus_charges_battery_and_vehicles_before_it_leaves() -> None:
    building = Building(chargers=4, soc=0.3)
    building.plug(10.0, 40)
    o = building.step(hvac=0.0, equipment=20.0, lighting=0.0, pv=150.0)
    assert o["bus_voltage_pu"] == pytest.approx(1.03)
    assert o["ev_charge_kw"] == pytest.approx(28.0)
    assert o["battery_charge_kw"] > 50.0
    assert o["grid_export_kw"] < 1.0
    assert o["pv_curtailed_kw"] == 0.0


def test_full_battery_and_no_export_curtail_the_rest() -> None:
    o = Building(soc=0.95, export_limit_kw=0.0).step(hvac=0.0, equipment=20.0, lighting=0.0, pv=150.0)
    assert o["grid_export_kw"] <= 1e-6
    assert 1.05 < o["bus_voltage_pu"] < 1.07
    assert o["pv_curtailed_kw"] > 100.0


def test_overload_sheds_comfort_first_and_says_what_it_did_not_serve() -> None:
    """Interface of 100 kW, empty battery: HVAC and light go, then vehicles, last the equipment."""
    building = Building("droop", interface_kw=100.0, soc=0.10, chargers=4)
    building.plug(7.0, 4)  # as much as can be charged: inflexible
    o = building.step(equipment=130.0)
    assert o["bus_voltage_pu"] == 0.80
    assert o["hvac_shed_kw"] == pytest.approx(150.0)
    assert o["lighting_kw"] == 0.0
    assert o["ev_charge_kw"] == pytest.approx(0.0, abs=1e-6)
    assert o["equipment_kw"] < 130.0
    # the light, the vehicles' 28 kW and the missing equipment; the rating counts at the bus
    assert o["unserved_kw"] == pytest.approx(50.0 + 28.0 + 130.0 - o["equipment_kw"], abs=0.2)
    assert abs(imbalance(o)) <= 1e-9


def test_vehicles_leave_full_under_an_event_every_step() -> None:
    building = Building(chargers=6, lends=True, battery_kwh=100.0)
    energy = 0.4 * vehicle_rate_kw(7.0, load_charger(7.0, on_dc_bus=True)) * 5.0
    building.plug(energy, 20, spare_kwh=6.0)
    lent = 0.0
    for step in range(20):
        lent += building.step(step, event_target_kw=60.0)["ev_discharge_kw"]
    np.testing.assert_allclose(building.sessions["remaining_kwh"], 0.0, atol=1e-9)
    assert lent > 0.0


def test_ac_twin_of_a_building_differs_by_the_interface_only() -> None:
    """Without battery and vehicles, DC costs what its interface loses: the paired difference."""
    dc = Building("fixed", battery_kwh=0.0).step(pv=40.0)
    ac = Building("fixed", bus=False, battery_kwh=0.0).step(pv=40.0)
    assert meter(dc) - meter(ac) == pytest.approx(dc["conversion_loss_kw"])
    assert 0.015 < dc["conversion_loss_kw"] / meter(ac) < 0.04
    assert ac["conversion_loss_kw"] == 0.0
    assert math.isnan(ac["bus_voltage_pu"])


def test_modules_cut_the_part_load_loss() -> None:
    quiet = {"hvac": 0.0, "lighting": 5.0, "equipment": 20.0, "period": FLAT}
    one = Building("fixed", battery_kwh=0.0).step(**quiet)["conversion_loss_kw"]
    four = Building("fixed", battery_kwh=0.0, modules=4).step(**quiet)["conversion_loss_kw"]
    assert four < 0.5 * one


def test_heating_and_pumps_are_split_as_told() -> None:
    o = Building("fixed", bus=False).step(heating=0.75, pump=0.2, pumps=5.0)
    assert o["pumps_kw"] == pytest.approx(5.0 + 30.0)
    assert o["heating_kw"] == pytest.approx(90.0)
    assert o["cooling_kw"] == pytest.approx(30.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"controller": "droop"},
        {"controller": "magic"},
        {"dc_loads": ("hvac",)},
        {"dc_loads": ("toaster",), "interface": load_converter("afe_best", 10.0)},
    ],
)
def test_wrong_electrical_side_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TwinError):
        load_electrical(**wrong)


def test_rules_hold_a_ceiling_at_the_meter_of_a_bus_too() -> None:
    o = Building("rules", demand_limit_kw=250.0, soc=0.9).step()
    assert meter(o) == pytest.approx(250.0, abs=1e-8)
    assert o["bus_voltage_pu"] == 1.0


def _day(building: Building, event: slice, target: float) -> list[Outcome]:
    """A workday at 15 min: valley to 6 h and from 22 h, peak 8-15 and 18-21 h, a called event."""
    out = []
    for k in range(96):
        h = k / 4
        period, until = FLAT, 8.0
        for start, end, code in (
            (0, 6, VALLEY),
            (8, 15, PEAK),
            (15, 18, FLAT),
            (18, 21, PEAK),
            (21, 22, FLAT),
            (22, 24, VALLEY),
        ):
            if start <= h < end:
                period, until = code, float(end)
        busy = 8 <= h < 19
        values = {
            "lighting": 60.0 * busy + 5,
            "equipment": 80.0 * busy + 20,
            "hvac": 160.0 * busy,
            "fans": 15.0 * busy,
        }
        values |= {"pumps": 0.0, "pv": max(0.0, 120 * math.sin((h - 6) / 12 * math.pi)), "period": period}
        values |= {"hours": until - h, "event_target_kw": target if event.start <= k < event.stop else NAN}
        values |= {"event_in_h": (event.start - k) / 4 if k < event.start else INF}
        out.append(building.step(k, **values))
    return out


def test_a_whole_day_with_a_call() -> None:
    """The battery fills in the valley, keeps its charge for the call, and the call is held to the watt."""
    event = slice(52, 60)
    building = Building(chargers=10, soc=0.2)
    building.plug(12.0, 72)
    day = _day(building, event, 150.0)
    for o in day[event]:
        assert meter(o) <= 150.0 + 1e-6
    assert day[23]["battery_soc"] == pytest.approx(0.95, abs=0.01)
    assert day[51]["battery_soc"] > 0.9
    assert day[59]["battery_soc"] < day[51]["battery_soc"] - 0.2
    np.testing.assert_allclose(building.sessions["remaining_kwh"], 0.0, atol=1e-9)
    assert max(abs(imbalance(o)) for o in day) <= 1e-9


def test_the_step_knows_nothing_of_what_comes() -> None:
    """Two days whose calls ask for different targets at 13 h are the same until then."""
    first, second = (Building(chargers=3, soc=0.4) for _ in range(2))
    one = _day(first, slice(52, 60), 150.0)
    other = _day(second, slice(52, 60), 30.0)
    for a, b in zip(one[:52], other[:52], strict=True):
        assert all(a[name] == b[name] for name in COLUMNS if not math.isnan(a[name]))
    assert meter(one[53]) != meter(other[53])
