"""State of charge: exact bookkeeping, limits, standby."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.battery import (
    battery_limits_kw,
    battery_step,
    load_battery,
    no_battery,
    stored_rate_kw,
)
from weather.errors import TwinError

SOC = st.floats(0.0, 1.0)
DT = st.sampled_from([1 / 60, 0.25, 1.0])


@given(SOC, st.floats(-1.0, 1.0), DT, st.floats(10.0, 2000.0), st.booleans())
def test_energy_in_less_out_less_losses_is_the_change_of_charge(
    soc: float, share: float, dt: float, capacity: float, on_bus: bool
) -> None:
    battery = load_battery("lfp", capacity, 0.5 * capacity, on_dc_bus=on_bus)
    bus = share * 0.5 * capacity
    end, loss = battery_step(soc, bus, dt, battery)
    assert loss >= 0.0
    assert (-bus - loss) * dt == pytest.approx((end - soc) * capacity, abs=1e-9 * capacity)


@given(SOC, DT, st.floats(0.1, 4.0))
def test_limits_reach_the_ends_and_never_pass_them(soc: float, dt: float, c_rate: float) -> None:
    battery = load_battery("lfp", 400.0, 400.0 * c_rate, on_dc_bus=True)
    charge, discharge, forced = battery_limits_kw(soc, dt, battery)
    assert 0.0 <= forced <= charge <= battery["power_kw"]
    assert 0.0 <= discharge <= battery["power_kw"]
    if charge > 0.0:
        full, _ = battery_step(soc, -charge, dt, battery)
        assert full <= battery["soc_max"] + 1e-9
        if charge < battery["power_kw"]:
            assert full == pytest.approx(battery["soc_max"], abs=1e-9)
    if discharge > 0.0:
        empty, _ = battery_step(soc, discharge, dt, battery)
        assert empty >= battery["soc_min"] - 1e-9
        if discharge < battery["power_kw"]:
            assert empty == pytest.approx(battery["soc_min"], abs=1e-9)
    if 0.0 < forced < battery["power_kw"]:
        assert battery_step(soc, -forced, dt, battery)[0] == pytest.approx(battery["soc_min"], abs=1e-9)


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
    assert loss == pytest.approx(0.4)
    assert end < battery["soc_min"]
    assert battery_limits_kw(end, 1.0, battery)[2] > 0.0


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
