"""Each formula by a small case whose result can be said by heart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twin.judges.kpis import (
    boptest,
    citylearn,
    comfort,
    control,
    cost_carbon,
    dc,
    district,
    ev,
    event,
    grid,
    load_match,
    peak,
    resilience,
    shift,
    storage_like,
)
from twin.judges.kpis.kpi import Kpi
from weather.errors import TwinError

ZERO = np.zeros(4)


def values(*kpis: Kpi) -> list[float | None]:
    return [kpi.value for kpi in kpis]


# --- load match and grid ----------------------------------------------------------------------------------


def test_load_match() -> None:
    """PV of 4 and 0, load of 2 and 2, 1 charged and given back: export of 1, import of 1."""
    pv, load = np.array([4.0, 0.0]), np.array([2.0, 2.0])
    charge, give = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    export, bought = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert load_match.self_consumption(pv, export).value == pytest.approx(0.75)
    assert load_match.self_sufficiency(pv, export, bought).value == pytest.approx(0.75)
    assert load_match.supply_cover_factor(pv, load, charge).value == pytest.approx(0.75)
    assert load_match.load_cover_factor(pv, load, charge, give).value == pytest.approx(0.75)
    assert load_match.load_match_index(pv, load, 0.25).value == pytest.approx(0.5)
    assert load_match.load_match_index(pv, load, 0.25, 0.5).value == pytest.approx(1.0)
    assert load_match.pv_curtailment_ratio(pv, [0.0, 1.0]).value == pytest.approx(0.2)
    some = load_match.load_match_index([1.0, 1.0], [0.0, 4.0], 1.0)
    assert some.value == pytest.approx(0.25)
    assert "1 without load" in some.note


def test_without_pv_or_load_there_is_a_reason() -> None:
    assert load_match.self_consumption(ZERO, ZERO).reason == "no_generation"
    assert load_match.self_sufficiency(ZERO, ZERO, ZERO).reason == "no_generation"
    assert load_match.self_sufficiency([1.0], [1.0], [0.0]).reason == "no_load"
    assert load_match.supply_cover_factor(ZERO, ZERO, ZERO).reason == "no_generation"
    assert load_match.load_cover_factor([1.0], [0.0], [0.0], [0.0]).reason == "no_load"
    assert load_match.load_match_index([1.0], [0.0], 1.0).reason == "no_load"
    assert load_match.pv_curtailment_ratio(ZERO, ZERO).reason == "no_generation"


def test_grid() -> None:
    net = np.array([4.0, -2.0, 4.0, -2.0])
    assert grid.grid_interaction_index(net).value == pytest.approx(3.0 / 4.0)
    assert grid.connection_capacity_factor(net, 6.0).value == pytest.approx(0.5)
    assert grid.generation_multiple(net).value == pytest.approx(0.5)
    assert grid.generation_multiple([2.0, 1.0]).value == 0.0
    assert grid.dimensioning_rate(net, 5.0).value == pytest.approx(0.8)
    assert grid.loss_of_load_probability(net).value == pytest.approx(0.5)
    assert grid.loss_of_load_probability(net, 4.0).value == 0.0
    assert grid.grid_interaction_index(ZERO).reason == "no_exchange"
    assert grid.generation_multiple([-1.0, -2.0]).reason == "no_import"
    assert grid.import_savings(ZERO, ZERO, 1.0).reason == "no_import"
    with pytest.raises(TwinError):
        grid.dimensioning_rate(net, 0.0)


# --- peaks and shifts -------------------------------------------------------------------------------------


def test_peaks_and_ramps() -> None:
    assert peak.load_factor([1.0, 3.0], 0.25).value == pytest.approx(2.0 / 3.0)
    assert peak.load_factor(ZERO, 0.25).reason == "no_import"
    top, p95 = peak.ramps([0.0, 4.0, 1.0], 0.25)
    assert values(top, p95) == [4.0, pytest.approx(3.95)]
    assert "60 min" in peak.ramps([0.0, 4.0], 1.0)[0].note
    assert peak.ramps([1.0], 0.25)[0].reason == "no_period"
    days = np.concatenate([np.tile([1.0, 5.0], 12), np.zeros(24), np.full(24, 3.0), np.ones(5)])
    found = peak.peak_valley_ratio(days, 1.0)
    assert found.value == pytest.approx((0.8 + 0.0) / 2)
    assert "1 days" in found.note
    assert peak.peak_valley_ratio(np.ones(5), 1.0).reason == "no_whole_day"
    assert peak.deviation_decrease([1.0, 3.0], [0.0, 4.0]).value == pytest.approx(0.5)
    assert peak.deviation_decrease([1.0, 3.0], [2.0, 2.0]).reason == "flat_baseline"
    hours = peak.hourly_reduction([1.0, 6.0, 3.0], [2.0, 4.0, -1.0], 1.0)
    assert hours.value == pytest.approx((0.5 - 0.5) / 2)
    assert "1 hours" in hours.note
    assert peak.peak_reduction([1.0], [0.0], 1.0)[1].reason == "no_baseline_load"
    none = peak.dimensionless_peak_shaving([1.0], [1.0], np.array([False]), 1.0)
    assert none.reason == "no_period"


def test_shifting() -> None:
    low, high = np.array([True, False, False]), np.array([False, False, True])
    medium = np.array([False, True, False])
    assert shift.flexibility_factor([3.0, 9.0, 1.0], low, high, 1.0).value == pytest.approx(0.5)
    assert shift.flexibility_factor([0.0, 9.0, 0.0], low, high, 1.0).reason == "no_import"
    assert shift.flexibility_factor([1.0, 1.0, 1.0], low, low & high, 1.0).reason == "no_price_periods"
    # Shares of a quarter and a half in the baseline, an eighth and a quarter after: both halved.
    found = shift.flexibility_index([5.0, 2.0, 1.0], [1.0, 2.0, 1.0], medium, high)
    assert found.value == pytest.approx(50.0)
    assert shift.flexibility_index([1.0, 0.0, 0.0], [1.0, 2.0, 1.0], medium, high).value == pytest.approx(
        100.0
    )
    assert (
        shift.flexibility_index([1.0, 0.0, 0.0], [1.0, 2.0, 0.0], medium, high).reason == "no_baseline_load"
    )
    with pytest.raises(TwinError, match="two price classes"):
        shift.flexibility_factor([1.0, 1.0, 1.0], low, low, 1.0)
    fi = shift.flexibility_function_index([2.0, 0.0], [1.0, 1.0], [1.0, 3.0], 1.0)
    assert fi.value == pytest.approx(0.5)


def test_the_flexibility_function_of_a_response() -> None:
    """Price up at step 2: nothing for 1 step, then 2, 4, 1 less, then 3 more; steps of half an hour."""
    base = np.full(10, 10.0)
    power = np.array([10.0, 10.0, 10.0, 8.0, 6.0, 9.0, 12.0, 11.0, 10.0, 10.0])
    delay, depth, rise, lasts, energy, back = shift.flexibility_function(power, base, 2, 0.5)
    assert values(delay, depth, rise, lasts, energy, back) == pytest.approx([0.5, 4.0, 0.5, 1.5, 3.5, 1.5])
    assert {k.reason for k in shift.flexibility_function(base, base, 2, 0.5)} == {"no_response"}
    assert "not back" in shift.flexibility_function(power[:5], base[:5], 2, 0.5)[0].note


# --- events -----------------------------------------------------------------------------------------------


def test_an_event() -> None:
    """Ten at rest; 4 less for two hours, 3 more in the hour before and 2 more in the hour after."""
    base = np.full(6, 10.0)
    power = np.array([10.0, 13.0, 6.0, 6.0, 12.0, 10.0])
    span = event.span(6, 2, 4, before=1, after=1)
    less, index, intensity = event.demand_decrease(power, base, span, 1000.0)
    assert values(less, index, intensity) == pytest.approx([4.0, 0.4, 4.0])
    assert values(*event.demand_increase(power, base, span)) == pytest.approx([-4.0, -0.4])
    assert values(*event.rebound(power, base, span, 1.0)) == pytest.approx([5.0, 2.0, 2.0, 0.2, 1.2])
    assert event.net_consumption_change(power, base, span.whole, 1.0).value == pytest.approx(100.0 * -3 / 40)
    capacity, efficiency = storage_like.adr(power, base, span, span.whole, 1.0)
    assert values(capacity, efficiency) == pytest.approx([-8.0, 1.0 - 3.0 / 8.0])
    assert storage_like.adr(base, base, span, span.whole, 1.0)[1].reason == "no_change"
    at_the_end = event.span(6, 4, 6, before=0, after=3)
    assert event.rebound(power, base, at_the_end, 1.0)[2].reason == "no_period"
    for bad in ((-1, 2), (3, 3), (2, 7)):
        with pytest.raises(TwinError):
            event.span(6, *bad, before=0, after=0)


def test_a_charge_that_comes_back_in_full_has_efficiency_one() -> None:
    base, span = np.full(4, 10.0), event.span(4, 1, 2, before=0, after=2)
    power = np.array([10.0, 14.0, 8.0, 8.0])
    capacity, efficiency = storage_like.adr(power, base, span, span.whole, 1.0)
    assert values(capacity, efficiency) == pytest.approx([4.0, 1.0])


def test_response_rate_and_how_long_it_lasts() -> None:
    delivered = [100.0, 90.0, 79.0, 100.0]
    assert event.response_rate(delivered, 100.0).value == pytest.approx(0.9225)
    assert event.sustained_hours(delivered, 100.0, 0.25).value == pytest.approx(0.5)
    assert event.sustained_hours([100.0] * 8, 100.0, 0.25).value == pytest.approx(2.0)
    assert event.sustained_hours([0.0], 100.0, 0.25).value == 0.0


# --- storage, money, vehicles ------------------------------------------------------------------------------


def test_as_a_storage() -> None:
    """80 of the battery, 20 of vehicles, 3 kWh/K over 4 K at COP 3: 104 kWh; on 1,000 m2 104 Wh/m2."""
    found = storage_like.equivalent_storage(
        100.0, 0.8, vehicles_kwh=20.0, mass_kwh_k=3.0, band_k=4.0, cop=3.0, floor_area_m2=1000.0
    )
    assert values(*found) == pytest.approx([104.0, 104.0])
    with pytest.raises(TwinError, match="COP"):
        storage_like.equivalent_storage(1.0, 1.0, mass_kwh_k=1.0, band_k=1.0, floor_area_m2=1.0)
    with pytest.raises(TwinError):
        storage_like.equivalent_storage(1.0, 1.2, floor_area_m2=1.0)
    battery = storage_like.virtual_battery(30.0, 2.0, 3.0, 0.5, 40.0, 10.0, 60.0)
    assert values(*battery) == pytest.approx([20.0, 30.0, 20.0, 1 / 15.0])
    with pytest.raises(TwinError, match="within"):
        storage_like.virtual_battery(30.0, 2.0, 3.0, 0.5, 40.0, 50.0, 60.0)


def test_cost_and_carbon() -> None:
    assert values(*cost_carbon.cost_savings(80.0, 100.0)) == pytest.approx([0.2, -20.0])
    assert values(*cost_carbon.cost_savings(-20.0, 100.0)) == pytest.approx([1.2, -120.0])
    share, change = cost_carbon.carbon_savings(1.0, 0.0)
    assert (share.reason, change.value) == ("zero_baseline", 1.0)
    with pytest.raises(TwinError):
        cost_carbon.cost_savings(math.nan, 1.0)


def test_the_envelope_of_one_vehicle() -> None:
    """Four hours, 6 kWh at 3 kW: at once 3, 6, 6, 6; as late as may be 0, 0, 3, 6."""
    one = ev.Sessions(*(np.array([x]) for x in (0.0, 4.0, 6.0, 0.0, 3.0, 3.0)))
    most, least, short = ev.envelope(one, 6, 1.0)
    assert most.tolist() == [3.0, 6.0, 6.0, 6.0, 6.0, 6.0]
    assert least.tolist() == [0.0, 0.0, 3.0, 6.0, 6.0, 6.0]
    assert short == 0
    assert ev.envelope_flexibility(one, 6, 1.0).value == pytest.approx(12.0 / 6.0)


def test_the_envelope_of_a_lender_and_of_a_stay_too_short() -> None:
    """It lends 2 kWh at once and charges them back in time; another cannot take what it asks."""
    lender = ev.Sessions(*(np.array([x]) for x in (1.0, 5.0, 3.0, 2.0, 3.0, 3.0)))
    most, least, _ = ev.envelope(lender, 5, 1.0)
    assert most.tolist() == [0.0, 3.0, 3.0, 3.0, 3.0]
    assert least.tolist() == [0.0, -2.0, -2.0, 0.0, 3.0]
    hasty = ev.Sessions(*(np.array([x]) for x in (0.0, 1.0, 9.0, 0.0, 3.0, 0.0)))
    most, least, short = ev.envelope(hasty, 2, 1.0)
    assert most.tolist() == least.tolist() == [3.0, 3.0]
    assert short == 1
    assert "1 sessions" in ev.envelope_flexibility(hasty, 2, 1.0).note
    none = ev.Sessions(*(np.zeros(0) for _ in range(6)))
    assert ev.envelope_flexibility(none, 2, 1.0).reason == "no_vehicles"
    with pytest.raises(TwinError):
        ev.envelope(ev.Sessions(*(np.array([x]) for x in (2.0, 1.0, 1.0, 0.0, 1.0, 0.0))), 4, 1.0)


def test_service_of_vehicles() -> None:
    level, unmet = ev.service([0.80, 0.79, 0.70], [0.80, 0.80, 0.80], [50.0, 50.0, 50.0])
    assert level.value == pytest.approx(2.0 / 3.0)
    assert unmet.value == pytest.approx(0.5 + 5.0)
    assert ev.service([], [], [])[0].reason == "no_vehicles"
    assert values(*ev.service_of_counts(100.0, 5.0, 12.0)) == pytest.approx([0.95, 12.0])
    assert ev.service_of_counts(0.0, 0.0, 0.0)[1].reason == "no_vehicles"


# --- DC, resilience, control -------------------------------------------------------------------------------


def test_losses() -> None:
    """100 in, 20 own, 10 stored: 110 come through; 3 and 2.5 are lost."""
    share, interface, battery = dc.losses(
        [100.0], [20.0], [10.0], {"interface": [3.0], "battery": [2.5]}, 1.0
    )
    assert values(share, interface, battery) == pytest.approx([0.05, 3 / 110, 2.5 / 110])
    assert dc.losses([0.0], [0.0], [0.0], {}, 1.0)[0].reason == "no_throughput"
    assert dc.dc_advantage(12.0, 10.0, 100.0).value == pytest.approx(0.02)


def test_voltage_bands_and_their_edges() -> None:
    voltage = [0.79, 0.80, 0.89, 0.90, 1.00, 1.05, 1.06, 1.07, 1.08, 1.00]
    found = {kpi.key: kpi.value for kpi in dc.voltage_quality(voltage, 2.4)}
    assert found["voltage_rated_share"] == pytest.approx(0.4)
    assert found["voltage_low_share"] == pytest.approx(0.2)
    assert found["voltage_high_share"] == pytest.approx(0.2)
    assert found["voltage_outside_share"] == pytest.approx(0.2)
    assert found["band_crossings"] == pytest.approx(5.0)  # 0 1 1 2 2 2 3 3 4 2 in one day
    assert found["voltage_p1"] == pytest.approx(np.percentile(voltage, 1))
    assert found["voltage_p99"] == pytest.approx(np.percentile(voltage, 99))


def test_participation_and_the_interface() -> None:
    assert dc.apr_participation([2.0, -1.0, 1.0], [4.0, -1.0, -1.0]).value == pytest.approx((2 + 1 - 1) / 6)
    assert dc.apr_participation(ZERO, ZERO).reason == "no_orders"
    assert values(*dc.interface_load([5.0, -5.0, 0.5, 0.0], 10.0)) == pytest.approx([0.2625, 0.5])


def test_endurance_without_the_grid() -> None:
    """100 kWh from 60 to 10 % at 0.9 carry 45 kWh: 4.5 h at 10 kW, none at the lowest state."""
    hours = resilience.endurance_h([0.6, 0.1, 0.05, 0.6], [10.0, 10.0, 10.0, 0.0], 100.0, 0.1, 0.9)
    assert hours.tolist() == [pytest.approx(4.5), 0.0, 0.0, math.inf]
    median, low = resilience.islanding_endurance([0.6, 0.6, 0.1], [10.0, 20.0, 5.0], 100.0, 0.1, 1.0)
    assert values(median, low) == pytest.approx([2.5, 0.25])
    assert resilience.islanding_endurance([0.6], [0.0], 100.0, 0.1, 1.0)[0].reason == "no_critical_load"
    with pytest.raises(TwinError):
        resilience.endurance_h([0.6], [1.0], 100.0, 0.1, 0.0)
    out = np.array([False, True, True])
    missed = resilience.unserved_critical([5.0, 5.0, 5.0], [0.0, 3.0, 6.0], out, 0.5)
    assert missed.value == pytest.approx(1.0)
    assert resilience.unserved_critical([5.0], [0.0], np.array([False]), 1.0).reason == "no_outage"


def test_following_a_target() -> None:
    found = control.tracking([9.0, 12.0], [10.0, 10.0])
    assert values(*found) == pytest.approx([0.15, 0.85, math.sqrt(2.5), 0.0])
    assert control.tracking([1.0], [0.0])[1].reason == "zero_target"
    assert control.tracking([10.2, 9.8, -10.3, 0.0], [10.0, 10.0, -10.0, 0.0])[3].value == 0.75


def test_the_degree_of_flexibility() -> None:
    """Rigid 10 off the target, flexible 2.5 off: three quarters; worse than rigid is negative."""
    rigid, target = [20.0, 0.0], [10.0, 10.0]
    found = control.flexibility_degree([12.5, 7.5], rigid, target)
    assert found.value == pytest.approx(0.75)
    assert "mean 10" in found.note
    assert control.flexibility_degree([30.0, 0.0], rigid, target).value == pytest.approx(-0.5)
    assert control.flexibility_degree([1.0, 1.0], target, target).reason == "target_met_by_rigid"
    flat = control.daily_flat(np.concatenate([np.tile([1.0, 3.0], 12), np.full(6, 7.0)]), 1.0)
    assert flat.tolist() == [2.0] * 24 + [7.0] * 6


def test_regret_and_the_bias_of_averages() -> None:
    assert control.forecast_regret(85.0, 80.0, 100.0).value == pytest.approx(0.25)
    assert control.forecast_regret(79.0, 80.0, 100.0).value == pytest.approx(-0.05)
    assert control.forecast_regret(90.0, 100.0, 100.0).reason == "no_room_for_regret"
    assert control.averaging_bias(90.0, 100.0, 98.9, 102.0).value == pytest.approx(0.69)
    assert control.averaging_bias(100.0, 100.0, 99.0, 102.0).reason == "constant_saving"
    with pytest.raises(TwinError):
        control.forecast_regret(math.nan, 1.0, 2.0)


def test_two_buildings_whose_peaks_do_not_meet() -> None:
    """Each takes 4 off a peak of 10 that the other does not share: of the sum (12) only 2 go, 2 of 8."""
    base = [[10.0, 2.0, 0.0], [0.0, 2.0, 10.0]]
    power = [[6.0, 2.0, 0.0], [0.0, 2.0, 6.0]]
    assert district.aggregation_synergy(power, base, 1.0).value == pytest.approx((10.0 - 6.0) / 8.0)
    assert district.aggregation_synergy(power[:1], base[:1], 1.0).reason == "single_building"
    assert district.aggregation_synergy(base, base, 1.0).reason == "no_change"


# --- comfort, BOPTEST, CityLearn ----------------------------------------------------------------------------


def two_rooms() -> comfort.Rooms:
    """Core: 10 people in two hours, 1 and 3 K too warm, then 5 K and nobody; store: nobody, 2 K too cold."""
    nan = math.nan
    return comfort.Rooms(
        temp=np.array([[27.0, 18.0], [29.0, 18.0], [31.0, 18.0]]),
        heating=np.array([[20.0, 20.0], [nan, 20.0], [20.0, 20.0]]),
        cooling=np.full((3, 2), 26.0),
        people=np.array([[10.0, 0.0], [10.0, 0.0], [0.0, 0.0]]),
        multiplier=np.array([3.0, 1.0]),
    )


def test_degree_hours_ours_and_boptest() -> None:
    rooms = two_rooms()
    assert comfort.comfort_degree_hours(rooms, 1.0).value == pytest.approx(4.0)
    assert boptest.thermal_discomfort(rooms, 1.0).value == pytest.approx((3 * 9.0 + 6.0) / 4)
    empty = comfort.Rooms(
        rooms.temp, rooms.heating, rooms.cooling, np.zeros_like(rooms.people), rooms.multiplier
    )
    assert comfort.comfort_degree_hours(empty, 1.0).reason == "nobody"
    assert citylearn.discomfort(empty).reason == "nobody"
    with pytest.raises(TwinError, match="NaN"):
        comfort.Rooms(rooms.heating, rooms.heating, rooms.cooling, rooms.people, rooms.multiplier)
    with pytest.raises(TwinError, match="shapes"):
        comfort.Rooms(rooms.temp[:2], rooms.heating, rooms.cooling, rooms.people, rooms.multiplier)


def test_discomfort_as_citylearn_counts_it() -> None:
    rooms = two_rooms()
    assert citylearn.discomfort(rooms).value == pytest.approx(0.5)
    out = np.array([True, False, False])
    assert citylearn.discomfort(rooms, out).value == 0.0
    assert citylearn.discomfort(rooms, np.zeros(3, bool)).reason == "no_outage"
    assert citylearn.discomfort(rooms, np.array([False, False, True])).reason == "nobody"


def test_the_rest_of_boptest() -> None:
    hvac, gas = [2.0, 4.0], [1.0, 0.0]
    assert boptest.energy_use(hvac, gas, 0.5, 10.0).value == pytest.approx(0.35)
    assert boptest.cost(hvac, [1.0, 2.0], gas, 0.5, 0.5, 10.0).value == pytest.approx(0.525)
    assert boptest.emissions(hvac, 0.5, gas, 0.2, 0.5, 10.0).value == pytest.approx(0.16)
    assert boptest.peak(hvac, 0.5, 10.0).value == pytest.approx(0.4)
    assert boptest.peak(gas, 0.125, 10.0, "boptest_pgas").value == pytest.approx(0.05)
    assert boptest.time_ratio([9.0, 9.0], 0.25).value == pytest.approx(0.01)
    co2 = np.array([[900.0, 1100.0], [1300.0, 700.0]])
    assert boptest.air_discomfort(co2, 0.5, 1000.0).value == pytest.approx((150.0 + 50.0) / 2)
    assert values(*boptest.at_the_meter([4.0, -2.0], gas, 30.0, 1.0, 10.0)) == pytest.approx([0.3, 3.0, 0.4])
    with pytest.raises(TwinError):
        boptest.air_discomfort(np.array([1.0]), 0.5, 1000.0)


def test_the_rest_of_citylearn() -> None:
    used, net = citylearn.consumption([3.0, -1.0], [4.0, 4.0])
    assert values(used, net) == pytest.approx([3 / 8, 2 / 8])
    assert citylearn.consumption([1.0], [-1.0])[1].reason == "zero_baseline"
    missed = citylearn.unserved_energy([4.0, 6.0, 9.0], [4.0, 3.0, 0.0], np.array([True, True, False]))
    assert missed.value == pytest.approx(0.3)
    assert citylearn.unserved_energy([1.0], [1.0], np.array([False])).reason == "no_outage"
    assert citylearn.unserved_energy([0.0], [0.0]).reason == "no_load"
