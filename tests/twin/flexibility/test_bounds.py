"""Batteries, vehicles and rooms as stores: hand-made cases and balances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.battery import battery_limits_kw, battery_step, load_battery
from buildings.systems.converter import load_converter
from buildings.systems.device_curves import curve_share, load_device_curves
from buildings.systems.ev import EV_SESSION, load_charger, vehicle_rate_kw
from controllers.islanding import load_islanding
from twin.flexibility.bounds import battery_reach, vehicle_paths
from twin.flexibility.mass import held
from twin.flexibility.shared import (
    COOLED,
    HVAC_KW,
    LOAD_KW,
    N_CONDITIONS,
    N_MASSES,
    SHARES,
    SLOPE,
    WORKS,
    bus_reach,
)
from twin.power_balance import ELECTRICAL, load_electrical
from twin.shift_response import ShiftResponse

_positive = st.floats(0.1, 500.0)


@given(
    conductance=_positive,
    fast=_positive,
    slow=st.floats(0.0, 5000.0),
    tau=st.tuples(st.floats(0.3, 3.0), st.floats(6.0, 60.0)),
    dt_h=st.sampled_from([1 / 60, 0.25, 1.0]),
)
def test_heat_into_rooms_is_held_or_lost(
    conductance: float, fast: float, slow: float, tau: tuple[float, float], dt_h: float
) -> None:
    """1 kW for t hours is what the masses hold and what passed the envelope."""
    found = held(ShiftResponse(conductance, (fast, slow), tau), dt_h, 40)
    put_in = dt_h * np.arange(1, 41)
    lost = conductance * np.cumsum(found.shift) * dt_h
    assert found.kept + lost == pytest.approx(put_in, rel=1e-9)
    assert (np.diff(found.shift) >= -1e-12).all()
    assert found.shift.max() <= 1.0 / conductance * (1.0 + 1e-9)
    assert (found.back <= found.kept + 1e-12).all()


def test_a_room_without_mass_shifts_at_once_and_gives_nothing_back() -> None:
    found = held(ShiftResponse(2.0, (0.0, 0.0), (1.0, 24.0)), 0.25, 4)
    assert found.shift == pytest.approx(np.full(4, 0.5))
    assert found.kept == pytest.approx(np.zeros(4))


def _electrical(reserve: float = 0.0, *, battery: bool = True) -> np.ndarray:
    """A bus with air conditioning and, where asked for, 100 kWh of battery, of which a share is kept."""
    electrical = np.zeros(1, ELECTRICAL)
    electrical[0] = load_electrical(
        dc_loads=("hvac",),
        interface=load_converter("afe_median", 100.0),
        battery=load_battery("lfp", 100.0, 50.0, on_dc_bus=True) if battery else None,
        islanding=load_islanding(reserve=reserve),
    )
    return electrical


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_battery_holds_its_reach_and_no_more(sign: float) -> None:
    """At the reach every step is inside the limits; 2 % above it one is not."""
    electrical = _electrical()
    battery = electrical[0]["battery"]
    base = np.array([5.0, -5.0, 10.0, 0.0] * 10)
    spans = np.array([1, 4, 8])
    out = np.zeros((3, 2))
    starts, soc = np.array([0, 3]), np.array([0.5, 0.6])
    battery_reach(starts, soc, np.full(2, 25.0), base, electrical, 0.25, spans, sign, out)

    def holds(change: float, h: int, steps: int) -> bool:
        state = soc[h]
        for k in range(starts[h], starts[h] + steps):
            charge, discharge, _ = battery_limits_kw(state, 0.25, battery)
            wanted = base[k] + sign * change
            if not -charge - 0.05 <= wanted <= discharge + 0.05:
                return False
            state, _ = battery_step(state, wanted, 0.25, battery)
        return True

    for m, steps in enumerate(spans):
        for h in range(2):
            assert out[m, h] > 1.0
            assert holds(out[m, h] * 0.999, h, steps)
            assert not holds(out[m, h] * 1.02 + 0.2, h, steps)
    assert (np.diff(out, axis=0) <= 1e-9).all()


@given(soc=st.floats(0.1, 0.9), reserve=st.floats(0.05, 0.9))
def test_what_is_kept_for_the_time_without_the_grid_is_not_promised(soc: float, reserve: float) -> None:
    """Down an hour's reach draws the cells to the reserve at most; up it is as without."""
    electrical, free = _electrical(reserve), _electrical()
    battery = electrical[0]["battery"]
    floor = battery["soc_min"] + reserve * (battery["soc_max"] - battery["soc_min"])
    start, at, warm, base = np.array([0]), np.array([soc]), np.full(1, 25.0), np.zeros(4)
    spans, out, other = np.array([4]), np.zeros((1, 1)), np.zeros((1, 1))
    battery_reach(start, at, warm, base, electrical, 0.25, spans, 1.0, out)
    state = soc
    for _ in range(4):
        state, _ = battery_step(state, out[0, 0], 0.25, battery)
    # an hour of standby and of the slack of a baseline, 0.1 % of 50 kW, with the converter's loss
    assert state >= min(floor, soc) - 3e-3
    battery_reach(start, at, warm, base, electrical, 0.25, spans, -1.0, out)
    battery_reach(start, at, warm, base, free, 0.25, spans, -1.0, other)
    assert out[0, 0] == other[0, 0]


def test_voltage_does_not_take_the_reserve_either() -> None:
    """At its reserve a battery adds nothing to what the bus gives up."""
    c, still = _conditions(), np.zeros((5, 1, 16))
    spans, wanted = np.array([4]), np.full((1, 1), 60.0)
    taken = {}
    for reserve in (0.0, 0.5):
        out, kept, back = np.zeros((3, 1, 1))
        bus_reach(
            np.array([0]), spans, wanted, np.array([0.5]), np.full(1, 25.0), c, _served(), _rooms(), 1.0,
            np.array([0.0, 1.0]), still, _electrical(reserve), _V_LOW, 0.25, out, kept, back,
        )  # fmt: skip
        taken[reserve] = out[0, 0]
    assert taken[0.0] > 40.0
    assert taken[0.5] == pytest.approx(_reach_of_rooms(1.0)[1], abs=0.1)


def test_vehicles_charge_at_once_or_at_last_and_leave_full_both_ways() -> None:
    """One stay of 4 h that needs 2 h: first the earliest, then the latest path; energies agree."""
    charger = load_charger(7.0, on_dc_bus=True)
    full = vehicle_rate_kw(7.0, charger)
    sessions = np.zeros(1, EV_SESSION)
    sessions["departure_step"] = 16
    sessions["energy_kwh"] = sessions["remaining_kwh"] = 2.0 * full
    rows = np.full((24, 1), -1, np.int32)
    rows[:16] = 0
    least, most, shift = np.zeros((3, 1, 24))
    here, left = np.zeros((1, 1), np.int32), np.full((1, 1), 2.0 * full)
    vehicle_paths(
        np.array([0]), here, left, np.zeros((1, 1)), rows, sessions, charger, 0.25, 0.08, least, most, shift
    )
    assert most[0, :8] == pytest.approx(np.full(8, 7.0))
    assert most[0, 8:] == pytest.approx(np.zeros(16), abs=1e-6)
    assert least[0, :8] == pytest.approx(np.zeros(8), abs=1e-6)
    assert least[0, 8:16] == pytest.approx(np.full(8, 7.0))
    assert shift[0, 0] < shift[0, 4] < shift[0, 8] == pytest.approx(0.08)
    assert sessions["remaining_kwh"][0] == 2.0 * full, "the sessions of the plant stay as they are"


_V_LOW = 0.90
"""Lowest voltage at which the interface holds a target here [p.u.]."""


def _conditions() -> np.ndarray:
    """30 kW of air conditioning with a COP of 3, always at work."""
    c = np.zeros((40, N_CONDITIONS))
    c[:, HVAC_KW], c[:, LOAD_KW], c[:, SLOPE] = 30.0, 90.0, 1.0 / 3.0
    c[:, COOLED] = c[:, WORKS] = 1.0
    return c


def _served() -> np.ndarray:
    return np.tile(np.linspace(0.0, 1.0, SHARES), (40, 1))


def _rooms() -> np.ndarray:
    """10 kW/K and 115 kWh/K."""
    rooms = np.ones((2, 1 + 2 * N_MASSES))
    rooms[0] = 10.0, 5.0, 10.0, 100.0, 0.1, 1.0, 16.0
    return rooms


def _taken() -> float:
    """Share of its power that the lowest voltage takes from air conditioning."""
    curves = load_device_curves()
    return 1.0 - float(curve_share(_V_LOW, curves["hvac_reduced_v"], curves["hvac_reduced_share"]))


def _reach_of_rooms(shed: float) -> np.ndarray:
    """What voltage takes from the air conditioning of such rooms, for 1, 4 and 16 steps."""
    kw, kept, back = np.zeros((3, 3, 1))
    spans = np.array([1, 4, 16])
    wanted = np.full((3, 1), 30.0 * _taken())
    bus_reach(
        np.array([0]), spans, wanted, np.zeros(1), np.full(1, 25.0), _conditions(), _served(), _rooms(), shed,
        np.array([0.0, 1.0]), np.zeros((5, 1, 16)), _electrical(battery=False), _V_LOW, 0.25, kw, kept, back,
    )  # fmt: skip
    assert (back <= kept).all()
    assert (kept > 0.0).all()
    return np.asarray(kw[:, 0])


def test_the_curve_binds_where_comfort_does_not() -> None:
    """Rooms that may drift by 1000 K give up what the voltage takes from what they ask for, which rises."""
    assert 0.2 < _taken() < 0.9
    assert _reach_of_rooms(1000.0)[0] == pytest.approx(30.0 * _taken(), rel=1e-3)


def test_comfort_takes_the_more_back_the_longer_it_lasts() -> None:
    kw = _reach_of_rooms(1.0)
    assert 30.0 * _taken() > kw[0] > kw[1] > kw[2] > 0.0
    # the first step ends 1 K out: q = UA + sum C (1 - a) / dt
    heat = 10.0 + sum(
        c * (1.0 - np.exp(-0.25 / tau)) / 0.25 for c, tau in ((5.0, 0.1), (10.0, 1.0), (100.0, 16.0))
    )
    assert kw[0] == pytest.approx(min(heat / 3.0, 30.0 * _taken()), rel=1e-2)
    assert _reach_of_rooms(0.5)[2] < kw[2]
