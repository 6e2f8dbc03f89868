"""Plants: rating points, curves, part load, frost, and the inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.endpoints import dc_demand_factor
from buildings.systems.frost import frost_factors, humidity_ratio, saturation_humidity_ratio
from buildings.systems.performance_curves import machine_input_w
from buildings.systems.plant import (
    cooling_capacity_w,
    cooling_load_at_power,
    cooling_power_w,
    cooling_pump_power_w,
    curves_left,
    heating_capacity_w,
    heating_load_at_power,
    heating_power_w,
    heating_pump_power_w,
    load_plant,
    plant_source,
    standby_power_w,
)
from buildings.systems.records import read_library
from weather.errors import TwinError
from weather.psychrometrics import humidity_ratio_from_wet_bulb

KEYS = sorted(read_library("hvac_equipment"))
MACHINES = [key for key in KEYS if key not in ("ideal", "district_substation")]
HEAT_PUMPS = ["split_multi_2005", "vrf_2010", "vrf_efficient_2022"]
PLANTS = st.sampled_from(KEYS)
OUT_COOL, OUT_HEAT = st.floats(18.0, 42.0), st.floats(-8.0, 18.0)
SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize("key", HEAT_PUMPS)
def test_direct_expansion_gives_its_ratio_at_the_rating_point(key: str) -> None:
    """GB/T 18837: cooling 27/19 inside and 35 outside; heating 20 inside and 7/6 outside."""
    plant = load_plant(key, 1e5, 1.1e5)
    equipment = read_library("hvac_equipment")[key]
    assert cooling_capacity_w(35.0, 24.0, 19.0, plant) == pytest.approx(1e5, rel=1e-12)
    assert 1e5 / cooling_power_w(1e5, 35.0, 24.0, 19.0, plant) == pytest.approx(equipment["cooling"]["ratio"])
    assert heating_capacity_w(7.0, 6.0, plant) == pytest.approx(1.1e5, rel=1e-12)
    assert 1.1e5 / heating_power_w(1.1e5, 7.0, 6.0, plant)[0] == pytest.approx(equipment["heating"]["ratio"])


@pytest.mark.parametrize(("key", "approach"), [("chiller_boiler_2005", 4.0), ("chiller_boiler_2020", 3.5)])
def test_chiller_gives_its_ratio_at_the_rating_point(key: str, approach: float) -> None:
    """GB/T 18430.1: 7 degC chilled and 30 degC entering cooling water; pumps and tower come on top."""
    plant = load_plant(key, 1e6, 5e5)
    wet = 30.0 - approach
    capacity = cooling_capacity_w(34.0, wet, 19.0, plant)
    assert capacity == pytest.approx(1e6, rel=0.005)
    compressor = machine_input_w(1.0, capacity, 34.0, wet, 19.0, plant["cooling"])
    assert capacity / compressor == pytest.approx(
        read_library("hvac_equipment")[key]["cooling"]["ratio"], rel=0.005
    )
    total = cooling_power_w(capacity, 34.0, wet, 19.0, plant)
    assert total > compressor + cooling_pump_power_w(capacity, 34.0, wet, 19.0, plant)


@pytest.mark.parametrize("name", sorted(k for k in read_library("hvac_curves") if not k.startswith("boiler")))
def test_published_curves_equal_one_at_their_own_rating_point(name: str) -> None:
    """The coefficients were copied right (EnergyPlus itself warns of a curve only beyond 10 %)."""
    points = {
        "vrf_cooling": (19.44, 35.0),
        "vrf_heating": (20.0, 6.0),
        "single_speed_cooling": (19.44, 35.0),
        "single_speed_heating": (21.11, 8.33),
        "air_cooled_chiller": (6.67, 35.0),
        "air_source_heating_water": (45.0, 8.33),
        "screw_chiller": (6.67, 35.0),
        "centrifugal_vsd": (5.56, 29.44),
        "constant": (0.0, 0.0),
    }
    x, y = points[name]
    values = read_library("hvac_curves")[name]
    boundary = values.get("boundary", [1e9, 0.0, 0.0])
    part = "high" if y > boundary[0] + boundary[1] * x + boundary[2] * x * x else "low"
    for curve in ("capacity", "input"):
        c = values[f"{curve}_{part}"]
        value = c[0] + c[1] * x + c[2] * x * x + c[3] * y + c[4] * y * y + c[5] * x * y + c[6] * y**3
        loose = name.endswith("heating") or name in ("air_source_heating_water", "centrifugal_vsd")
        assert value == pytest.approx(1.0, abs=0.06 if loose else 0.015)
    assert sum(values["part_load"]) == pytest.approx(1.0, abs=2e-3)


def _integrated_part_load_value(key: str) -> float:
    """IPLV of GB/T 18430.1 and GB/T 18837: 2.3, 41.5, 46.1 and 10.1 % of 100, 75, 50 and 25 % load."""
    plant = load_plant(key, 1e6)
    approach = plant["cooling"]["approach_k"]
    total = 0.0
    points = (
        (0.023, 1.0, 35.0, 30.0),
        (0.415, 0.75, 31.5, 26.0),
        (0.461, 0.5, 28.0, 23.0),
        (0.101, 0.25, 24.5, 19.0),
    )
    for weight, load, outdoor, water in points:
        wet = water - approach
        capacity = cooling_capacity_w(outdoor, wet, 19.0, plant)
        power = machine_input_w(load * 1e6 / capacity, capacity, outdoor, wet, 19.0, plant["cooling"])
        total += weight * load * 1e6 / power
    return total


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("split_multi_2005", 2.7, 3.2),  # fixed speed: only the cooler air helps
        ("vrf_2010", 3.2, 4.4),  # grades of GB 21454-2008: 2.8 (5) to 3.6 (1), makers' values up to 4.5
        ("vrf_efficient_2022", 4.8, 6.6),  # LBNL 2019: Chinese makers report 6.05-6.60 for APF 4.6-5.0
        ("air_source_heat_pump_2020", 3.3, 4.2),
        ("chiller_boiler_2005", 4.8, 5.9),
        ("chiller_boiler_2020", 6.3, 8.6),  # variable-speed centrifugal, GB 50189-2015 asks for 6.2-6.9
    ],
)
def test_integrated_part_load_value_is_of_its_time(key: str, low: float, high: float) -> None:
    value = _integrated_part_load_value(key)
    assert low < value < high
    assert value > read_library("hvac_equipment")[key]["cooling"]["ratio"]


@given(PLANTS, OUT_COOL, st.floats(0.0, 8.0), st.floats(15.0, 23.0), SHARE, SHARE)
def test_cooling_power_rises_within_a_stage(
    key: str, out: float, dry: float, wet_in: float, a: float, b: float
) -> None:
    plant = load_plant(key, 1e6)
    units = int(plant["units"])
    capacity = cooling_capacity_w(out, out - dry, wet_in, plant)
    first, second = sorted((a, b))
    if np.ceil(first * units) == np.ceil(second * units):
        less = cooling_power_w(first * capacity, out, out - dry, wet_in, plant)
        assert less <= cooling_power_w(second * capacity, out, out - dry, wet_in, plant) + 1e-6


@given(PLANTS, OUT_COOL, st.floats(0.0, 8.0), st.floats(15.0, 23.0), st.floats(0.0, 1.2))
def test_cooling_load_at_power_is_the_largest(
    key: str, out: float, dry: float, wet_in: float, share: float
) -> None:
    plant = load_plant(key, 1e6)
    capacity = cooling_capacity_w(out, out - dry, wet_in, plant)
    allowed = share * cooling_power_w(capacity, out, out - dry, wet_in, plant)
    load = cooling_load_at_power(allowed, out, out - dry, wet_in, plant)
    assert 0.0 <= load <= capacity
    assert cooling_power_w(load, out, out - dry, wet_in, plant) <= allowed + 1e-6 * capacity
    for more in (1e-6, 0.05, 0.2, 0.5):
        tried = min(load + more * capacity, capacity)
        if tried > load * (1.0 + 1e-9):
            assert cooling_power_w(tried, out, out - dry, wet_in, plant) > allowed - 1e-6 * capacity


@given(PLANTS, OUT_HEAT, st.floats(0.0, 4.0), st.floats(0.0, 1.2))
def test_heating_load_at_power_is_the_largest(key: str, out: float, dry: float, share: float) -> None:
    plant = load_plant(key, 1e6)
    capacity = heating_capacity_w(out, out - dry, plant)
    allowed = share * heating_power_w(capacity, out, out - dry, plant)[0]
    load = heating_load_at_power(allowed, out, out - dry, plant)
    assert 0.0 <= load <= capacity
    assert heating_power_w(load, out, out - dry, plant)[0] <= allowed + 1e-6 * capacity
    for more in (1e-6, 0.05, 0.5):
        tried = min(load + more * capacity, capacity)
        if tried > load * (1.0 + 1e-9):
            assert heating_power_w(tried, out, out - dry, plant)[0] > allowed - 1e-6 * capacity


@pytest.mark.parametrize("key", MACHINES)
def test_hotter_outside_costs_more_and_gives_less(key: str) -> None:
    plant = load_plant(key, 1e6)
    mild, hot = (28.0, 24.0, 19.0, plant), (37.0, 28.5, 19.0, plant)
    assert cooling_power_w(5e5, *hot) > 1.1 * cooling_power_w(5e5, *mild)
    assert cooling_capacity_w(*hot) < cooling_capacity_w(*mild)


def test_fixed_speed_falls_and_inverter_rises_at_half_load() -> None:
    def gain(key: str) -> float:
        plant = load_plant(key, 1e6)
        full, half = (cooling_power_w(q, 35.0, 26.0, 19.0, plant) / q for q in (1e6, 5e5))
        return float(full / half)

    assert gain("split_multi_2005") < 1.0 < 1.15 < gain("vrf_2010")


def test_frost_follows_the_published_form() -> None:
    """EnergyPlus Engineering Reference, worked for 0 degC and 95 % (wet bulb -0.35): coil -8.589 degC."""
    capacity, power, load, defrost = frost_factors(0.0, -0.35)
    excess = humidity_ratio(0.0, -0.35) - saturation_humidity_ratio(-8.589)
    share = 1.0 / (1.0 + 0.01446 / excess)
    assert capacity == pytest.approx(0.875 * (1.0 - share))
    assert power == pytest.approx(0.954 * (1.0 - share))
    assert 0.05 < share < 0.15
    assert load == pytest.approx(0.01 * share / 1.01667 * 7.222)
    assert defrost == pytest.approx(0.1528 * share / 1.01667)


def test_dry_cold_and_mild_air_leave_no_frost() -> None:
    assert frost_factors(0.0, -6.0) == (1.0, 1.0, 0.0, 0.0)
    assert frost_factors(7.0, 7.0) == (1.0, 1.0, 0.0, 0.0)
    plant = load_plant("vrf_2010", 1e6)
    assert heating_capacity_w(2.0, 1.8, plant) < 0.85 * heating_capacity_w(7.0, 6.0, plant)


@given(st.floats(-10.0, 5.0), st.floats(0.0, 3.0))
def test_humidity_from_wet_bulb_agrees_with_the_weather_package(temp: float, depression: float) -> None:
    """Within 0.2 g/kg: one takes water, the other may take ice below freezing."""
    ours = humidity_ratio(temp, temp - depression)
    theirs = float(humidity_ratio_from_wet_bulb(temp, temp - depression, 101325.0))
    assert ours == pytest.approx(theirs, abs=2.5e-4)


def test_boiler_burns_gas_on_the_lower_heating_value() -> None:
    plant = load_plant("chiller_boiler_2005", 1e6, 8e5)
    electric, gas = heating_power_w(8e5, 0.0, -1.0, plant)
    assert 8e5 / gas == pytest.approx(0.89)
    assert electric > heating_pump_power_w(8e5, 0.0, -1.0, plant) > 0.0
    # a small load on one unit below its lowest fire
    assert 8e3 / heating_power_w(8e3, 0.0, -1.0, plant)[1] < 0.89
    assert heating_power_w(1e5, 7.0, 6.0, load_plant("vrf_2010", 1e6))[1] == 0.0


def test_ideal_plant_moves_heat_one_to_one() -> None:
    plant = load_plant("ideal", 1e6)
    assert cooling_power_w(1.23e5, 40.0, 30.0, 20.0, plant) == pytest.approx(1.23e5)
    assert heating_power_w(1.23e5, -5.0, -6.0, plant) == (pytest.approx(1.23e5), 0.0)
    assert standby_power_w(plant) == 0.0


def test_no_load_no_power_but_standby() -> None:
    plant = load_plant("vrf_2010", 1e6)
    assert cooling_power_w(0.0, 30.0, 25.0, 19.0, plant) == 0.0
    assert heating_power_w(0.0, 0.0, -1.0, plant) == (0.0, 0.0)
    assert 0.0 < standby_power_w(plant) < 0.01 * 1e6 / 3.0


def test_leaving_the_curves_is_told() -> None:
    plant = load_plant("vrf_2010", 1e6)
    assert not curves_left(35.0, 26.0, 19.0, False, plant)
    assert curves_left(45.0, 30.0, 19.0, False, plant)
    assert curves_left(35.0, 26.0, 26.0, False, plant)
    assert curves_left(-15.0, -21.0, 0.0, True, plant)
    assert not curves_left(-15.0, -21.0, 0.0, True, load_plant("chiller_boiler_2005", 1e6))


@pytest.mark.parametrize("key", KEYS)
def test_every_plant_names_its_sources(key: str) -> None:
    said = plant_source(key)
    assert said["ratio_source"]
    assert said["confidence"]
    assert said["cooling_curves_source"]


@pytest.mark.parametrize(
    ("key", "size"), [("steam_engine", 1e5), ("vrf_2010", 0.0), ("vrf_2010", float("nan"))]
)
def test_wrong_plant_is_refused(key: str, size: float) -> None:
    with pytest.raises(TwinError):
        load_plant(key, size)


def test_dc_supply_saves_the_rectifier_and_only_where_there_is_one() -> None:
    """LED driver 0.86 over 0.94; a drive's rectifier near 2.5 %; plugs nothing (Santos et al. 2021)."""
    assert dc_demand_factor("lighting") == pytest.approx(0.86 / 0.94)
    assert dc_demand_factor("hvac") == pytest.approx(0.9751, abs=1e-4)
    assert dc_demand_factor("equipment") == 1.0
    with pytest.raises(TwinError):
        dc_demand_factor("sauna")
    at_rating = (1e6, 35.0, 26.0, 19.0)
    for key, factor in (("vrf_2010", dc_demand_factor("hvac")), ("split_multi_2005", 1.0)):
        ac = cooling_power_w(*at_rating, load_plant(key, 1e6))
        dc = cooling_power_w(*at_rating, load_plant(key, 1e6, dc_supply=True))
        assert dc / ac == pytest.approx(factor)


def test_a_substation_draws_for_pumps_and_fans_alone() -> None:
    """No machine stands in it: 12 and 8 W of pumps and 18 of fans for each kW of cooling and heating."""
    plant = load_plant("district_substation", 1e6)
    assert plant["heating"]["rated_w"] == 8e5
    assert cooling_power_w(1e6, 35.0, 28.0, 19.0, plant) == pytest.approx((0.012 + 0.018) * 1e6)
    assert heating_power_w(8e5, 2.0, 1.0, plant) == pytest.approx(((0.008 + 0.018) * 8e5, 0.0))
    assert cooling_pump_power_w(1e6, 35.0, 28.0, 19.0, plant) == pytest.approx(12e3)
    assert standby_power_w(plant) == 0.0
    for power in (2e3, 8e3, 25e3):
        load = cooling_load_at_power(power, 35.0, 28.0, 19.0, plant)
        assert cooling_power_w(load, 35.0, 28.0, 19.0, plant) == pytest.approx(power, rel=1e-6)
