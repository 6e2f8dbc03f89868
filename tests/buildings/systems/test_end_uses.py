"""End uses: useful energy kept whatever the appliance, quotas by hand, a household's gas as published."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.end_uses import (
    USES,
    appliance_loads,
    default_count,
    hourly_shape,
    met_by,
    sum_of,
    useful_demand,
)
from buildings.systems.records import read_library
from weather import load_weather
from weather.errors import TwinError
from weather.mains_water import mains_temperature

TIMES = pd.date_range("2025-01-01", "2026-01-01", freq="h", tz="Asia/Shanghai", inclusive="left")
WORKDAY = np.asarray(TIMES.day_of_week < 5)
MAINS = 18.0 - 7.0 * np.cos(2.0 * np.pi * (np.arange(8760) / 8760.0 - 0.12))
TEMP_OUT = 17.0 - 12.0 * np.cos(2.0 * np.pi * (np.arange(8760) / 8760.0 - 0.06))
APPLIANCES = read_library("appliances")


@given(
    use=st.sampled_from(USES),
    key=st.sampled_from(sorted(APPLIANCES)),
    useful=st.lists(st.floats(0.0, 1e5), min_size=1, max_size=5),
    out=st.floats(-8.0, 40.0),
)
def test_an_appliance_gives_the_useful_energy_and_loses_the_rest(
    use: str, key: str, useful: list[float], out: float
) -> None:
    wanted = np.array(useful)
    if use not in APPLIANCES[key]["serves"]:
        with pytest.raises(TwinError, match="serves"):
            met_by(wanted, use, key, np.full(len(wanted), out))
        return
    load = met_by(wanted, use, key, np.full(len(wanted), out))
    taken = load.electricity + load.gas + load.hot_water + load.steam
    lost = taken + load.ambient - wanted
    assert (lost >= -1e-9 * (1.0 + wanted)).all()
    assert (load.to_room <= np.maximum(lost, 0.0) + 1e-9).all()
    assert (load.ambient <= wanted).all()


@pytest.mark.parametrize("use", sorted(read_library("end_uses")))
def test_electrification_changes_carriers_and_keeps_what_is_useful(use: str) -> None:
    demand = useful_demand(use, 100.0, TIMES, WORKDAY, MAINS)
    before = {"hot_water": "gas_water_heater", "cooking": "gas_wok", "laundry": "steam_laundry"}
    before["sterilisation"] = "steam_steriliser"
    after = {"hot_water": "heat_pump_water_heater", "cooking": "induction_wok", "laundry": "electric_laundry"}
    after["sterilisation"] = "electric_steriliser"
    old = sum_of(appliance_loads(demand, before, TEMP_OUT), len(TIMES))
    new = sum_of(appliance_loads(demand, after, TEMP_OUT), len(TIMES))
    assert old.electricity.sum() == 0.0
    assert old.gas.sum() > 0.0
    assert new.gas.sum() == new.steam.sum() == 0.0
    assert new.electricity.sum() < 0.6 * (old.gas.sum() + old.steam.sum())
    useful = sum(demand.of(part).sum() for part in USES)
    assert (new.electricity + new.ambient).sum() >= useful


def test_hot_water_of_a_ward_by_hand() -> None:
    """100 beds, 120 L of 60 degC: a year of mean mains water needs 100 x 120 x 4.14 kJ x (60 - t) a day."""
    demand = useful_demand("hospital_inpatient", 100.0, TIMES, WORKDAY, MAINS)
    by_hand = 100 * 120 * 4.14e3 * (60.0 - MAINS.mean()) * 365
    assert demand.hot_water.sum() * 3600.0 == pytest.approx(by_hand, rel=0.01)
    assert demand.circulation == pytest.approx(0.2 * demand.hot_water.mean())
    winter, summer = demand.hot_water[TIMES.month == 1], demand.hot_water[TIMES.month == 8]
    ratio = (42.0 - MAINS[TIMES.month == 1].mean()) / (42.0 - MAINS[TIMES.month == 8].mean())
    assert winter.mean() / summer.mean() == pytest.approx(ratio, rel=0.01)
    linen = 100 * 1.4 * 0.75 * (np.where(WORKDAY, 1.0, 0.7).mean() * 365)
    assert demand.laundry.sum() / 1e3 == pytest.approx(linen, rel=1e-6)


def test_hot_water_left_to_the_plant_room_carries_its_pipes_losses() -> None:
    demand = useful_demand("hotel", 200.0, TIMES, WORKDAY, MAINS)
    choice = {"hot_water": None, "cooking": "gas_wok", "laundry": "steam_laundry"}
    loads = appliance_loads(demand, choice)
    assert loads["hot_water"].hot_water == pytest.approx(demand.hot_water + demand.circulation)
    assert loads["laundry"].steam == pytest.approx(2.0 * demand.laundry)
    local = useful_demand("hotel", 200.0, TIMES, WORKDAY, MAINS, central=False)
    assert not local.circulation.any()
    with pytest.raises(TwinError, match="cooking"):
        appliance_loads(demand, {"laundry": "steam_laundry"})
    with pytest.raises(TwinError, match="outdoor temperature"):
        met_by(demand.hot_water, "hot_water", "heat_pump_water_heater")


def test_gas_of_a_shanghai_household(figure: Callable[[str], None]) -> None:
    """GB/T 51161-2016: 240 m3 a year for three people (hot summer, cold winter), at 38.93 MJ/m3.

    Not independent of the assumed energy of cooking; hot water, two thirds of it, is.
    """
    climate = load_weather("shanghai", seed=0, year=2025)
    demand = useful_demand(
        "residential", 3.0, TIMES, WORKDAY, mains_temperature(climate, TIMES), central=False
    )
    loads = appliance_loads(demand, {"hot_water": "gas_water_heater", "cooking": "gas_hob"})
    volume = sum_of(loads, len(TIMES)).gas.sum() * 3600.0 / 38.93e6
    figure(f"gas of a household of three: {volume:.0f} m3 a year (GB/T 51161-2016: 240)")
    assert volume == pytest.approx(240.0, rel=0.15)


@pytest.mark.parametrize("key", sorted(read_library("end_use_profiles")))
def test_profiles_are_days_and_peak_as_the_standard_has_it(key: str) -> None:
    values = read_library("end_use_profiles")[key]
    assert len(values["values"]) == 24
    assert min(values["values"]) >= 0.0
    shape = hourly_shape(key, TIMES)
    assert shape.mean() == pytest.approx(1.0)
    if "peak" in values:
        low, high = values["peak"]
        assert low <= shape.max() <= high


def test_a_rest_day_is_another_day() -> None:
    demand = useful_demand("office", 500.0, TIMES, WORKDAY, MAINS)
    assert demand.cooking[~WORKDAY].mean() == pytest.approx(0.05 * demand.cooking[WORKDAY].mean(), rel=1e-6)


def test_what_users_may_get_wrong() -> None:
    with pytest.raises(TwinError, match="residential"):
        useful_demand("castle", 1.0, TIMES, WORKDAY, MAINS)
    with pytest.raises(TwinError, match="beds"):
        useful_demand("hospital_inpatient", 0.0, TIMES, WORKDAY, MAINS)
    with pytest.raises(TwinError, match="gas_hob"):
        met_by(np.ones(1), "cooking", "camp_fire")
    with pytest.raises(ValueError, match="time-zone"):
        hourly_shape("day_shift", TIMES.tz_localize(None))
    assert default_count("office", 5000.0) == pytest.approx(500.0)


@pytest.mark.parametrize("library", ["appliances", "end_uses", "end_use_profiles"])
def test_every_entry_has_a_source(library: str) -> None:
    for values in read_library(library).values():
        assert {"source", "year", "confidence", "name_en", "name_zh"} <= set(values)
    for values in read_library("end_uses").values():
        low, high = values["hot_water"]["quota"]
        assert low <= values["hot_water"]["litres"] <= high
