"""Vehicles at chargers: departure energy as a hard limit, lending, and the drawing of a year."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.systems.battery_ageing import age_battery
from buildings.systems.battery_cost import wear_cost
from buildings.systems.device_curves import load_device_curves
from buildings.systems.ev import (
    EV_SESSION,
    ev_power_kw,
    ev_prepare,
    hours_to_charge,
    last_kwh,
    load_charger,
    load_vehicle,
    most_kwh,
    session_power_kw,
    session_step,
    vehicle_rate_kw,
)
from buildings.systems.ev_sessions import (
    _arrivals,
    _Rules,
    _serve,
    charging_pattern,
    draw_sessions,
    no_charging,
)
from buildings.systems.records import read_library
from weather.errors import TwinError

ROW = np.zeros(1, np.int32)
PATTERNS = [key for key, values in read_library("ev_patterns").items() if "arrivals" in values]
VEHICLES = [key for key, values in read_library("ev_patterns").items() if "battery_kwh" in values]
WEEK = np.array([False] * 5 + [True] * 2)


def _session(energy: float, steps: int, spare: float = 0.0) -> np.ndarray:
    sessions = np.zeros(1, EV_SESSION)
    sessions["energy_kwh"] = sessions["remaining_kwh"] = energy
    sessions["departure_step"], sessions["spare_kwh"] = steps, spare
    return sessions


@given(
    st.floats(0.0, 1.0),
    st.integers(1, 40),
    st.booleans(),
    st.floats(0.0, 20.0),
    st.lists(st.floats(0.80, 1.07), min_size=40, max_size=40),
)
def test_departure_energy_is_met_whatever_the_bus_does(
    share: float, steps: int, lends: bool, spare: float, voltages: list[float]
) -> None:
    charger, curves = load_charger(7.0, on_dc_bus=True, vehicle_to_building=lends), load_device_curves()
    energy = share * vehicle_rate_kw(7.0, charger) * steps * 0.25
    sessions = _session(energy, steps, spare)
    for step in range(steps):
        ev_prepare(ROW, sessions, step, 0.25, charger, float(curves["ev_urgency_shift"]))
        power = session_power_kw(voltages[step], curves, sessions[0])
        assert -7.0 - 1e-9 <= power <= 7.0 + 1e-9
        assert lends or power >= 0.0
        session_step(power, 0.25, charger, sessions[0])
        assert sessions[0]["spare_kwh"] >= -1e-9
    assert sessions[0]["remaining_kwh"] == pytest.approx(0.0, abs=1e-9)


@given(st.floats(0.80, 1.06), st.floats(0.0, 0.01), st.floats(0.0, 30.0), st.integers(1, 30), st.booleans())
def test_a_vehicle_never_takes_less_at_a_higher_voltage(
    v: float, dv: float, energy: float, steps: int, lends: bool
) -> None:
    charger, curves = load_charger(7.0, on_dc_bus=True, vehicle_to_building=lends), load_device_curves()
    sessions = _session(energy, steps, 5.0)
    ev_prepare(ROW, sessions, 0, 0.25, charger, 0.08)
    assert ev_power_kw(v + dv, curves, ROW, sessions) >= ev_power_kw(v, curves, ROW, sessions) - 1e-12


def test_an_urgent_vehicle_charges_where_a_patient_one_waits() -> None:
    charger, curves = load_charger(7.0, on_dc_bus=True), load_device_curves()
    patient, urgent = _session(5.0, 40), _session(20.0, 14)
    for sessions in (patient, urgent):
        ev_prepare(ROW, sessions, 0, 0.25, charger, 0.08)
    assert ev_power_kw(0.96, curves, ROW, patient) < 0.3 * ev_power_kw(0.96, curves, ROW, urgent)


def test_charger_round_trip_against_a_measured_one() -> None:
    """Schram et al. 2020: 87.0 % (79.1 to 87.8 %) with the vehicle's battery; the stage alone lies above."""
    charger = load_charger(10.0, on_dc_bus=True, vehicle_to_building=True)
    stage = vehicle_rate_kw(10.0, charger) / 10.0 * 10.0 / -vehicle_rate_kw(-10.0, charger)
    assert 0.878 < stage < 0.97


@pytest.mark.parametrize(("power", "low", "high"), [(11.0, 0.86, 0.88), (4.1, 0.791, 0.878)])
def test_v2g_round_trip_against_the_measured_one(
    power: float, low: float, high: float, figure: Callable[[str], None]
) -> None:
    """Schram et al. 2020, AC, vehicle included: 87.0 % at 3x16 A, 79.1 to 87.8 % over currents."""
    charger = load_charger(11.0, on_dc_bus=False, vehicle_to_building=True, vehicle="car")
    trip = vehicle_rate_kw(power, charger) / -vehicle_rate_kw(-power, charger)
    figure(f"V2G round trip at {power:g} kW: {trip:.3f}, measured 0.870 (0.791 to 0.878)")
    assert low < trip < high


def _curved(vehicle: str, arrived: float, target: float, steps: int, spare: float = 0.0) -> np.ndarray:
    values = load_vehicle(vehicle)
    sessions = _session((target - arrived) * values["battery_kwh"], steps, spare)
    sessions["target_soc"] = target
    for name in ("battery_kwh", "peak_kw", "knee_soc", "end_share"):
        sessions[name] = values[name]
    return sessions


@given(
    st.sampled_from(VEHICLES),
    st.sampled_from([7.0, 60.0, 180.0]),
    st.floats(0.05, 0.9),
    st.floats(0.0, 1.0),
    st.integers(1, 40),
    st.booleans(),
    st.floats(0.0, 20.0),
    st.lists(st.floats(0.80, 1.07), min_size=40, max_size=40),
)
def test_no_vehicle_leaves_below_its_energy_where_its_curve_allowed_it(
    vehicle: str, power: float, arrived: float, share: float, steps: int, lends: bool, spare: float,
    voltages: list[float],
) -> None:  # fmt: skip
    """The hard limit with a charge curve, losses of the vehicle, lending and whatever the bus does."""
    charger = load_charger(power, on_dc_bus=True, vehicle_to_building=lends, vehicle=vehicle)
    curves, full = load_device_curves(), vehicle_rate_kw(power, charger)
    battery = load_vehicle(vehicle)["battery_kwh"]
    probe = _curved(vehicle, arrived, 0.98, steps)[0]
    energy = share * min(most_kwh(probe, full, 0.25 * steps), (0.98 - arrived) * battery)
    sessions = _curved(vehicle, arrived, arrived + energy / battery, steps, spare)
    for step in range(steps):
        ev_prepare(ROW, sessions, step, 0.25, charger, float(curves["ev_urgency_shift"]))
        drawn = session_power_kw(voltages[step], curves, sessions[0])
        assert -power - 1e-9 <= drawn <= power + 1e-9
        assert lends or drawn >= 0.0
        session_step(drawn, 0.25, charger, sessions[0])
        assert sessions[0]["spare_kwh"] >= -1e-9
        soc = sessions[0]["target_soc"] - sessions[0]["remaining_kwh"] / battery
        assert soc <= sessions[0]["target_soc"] + 1e-9
    assert sessions[0]["remaining_kwh"] == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=30)
@given(
    st.sampled_from(VEHICLES), st.sampled_from([7.0, 60.0, 180.0]), st.floats(0.05, 0.85), st.floats(0.1, 4.0)
)
def test_charge_curve_forwards_and_backwards_is_one(
    vehicle: str, full: float, arrived: float, hours: float
) -> None:
    """What fits into a time is what may be missing that time before; a small-step march agrees with both."""
    session = _curved(vehicle, arrived, 0.95, 1)[0]
    energy = min(most_kwh(session, full, hours), float(session["remaining_kwh"]))
    session = _curved(vehicle, arrived, arrived + energy / session["battery_kwh"], 1)[0]
    taken = hours_to_charge(session, full)
    assert most_kwh(session, full, taken) == pytest.approx(energy, rel=1e-9)
    assert last_kwh(session, full, taken) == pytest.approx(energy, rel=1e-9)
    soc, dt = arrived, taken / 400.0
    for _ in range(400):
        middle = soc + 0.5 * dt * _curve_kw(session, full, soc) / session["battery_kwh"]
        soc += dt * _curve_kw(session, full, middle) / session["battery_kwh"]
    assert (soc - arrived) * session["battery_kwh"] == pytest.approx(energy, rel=1e-3)


def _curve_kw(session: np.void, full: float, soc: float) -> float:
    beyond = max(soc - session["knee_soc"], 0.0) / (1.0 - session["knee_soc"])
    return min(full, session["peak_kw"] * (1.0 - (1.0 - session["end_share"]) * beyond))


def test_a_full_car_charges_slower_at_a_fast_charger() -> None:
    """10 to 80 % in under half the time of 10 to 100 %, as drivers are told."""
    times = [hours_to_charge(_curved("car", 0.1, target, 1)[0], 100.0) for target in (0.8, 0.99)]
    assert 0.4 < times[0] < 0.7
    assert times[1] > 1.8 * times[0]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_draws_vehicles_that_can_be(pattern: str) -> None:
    values = read_library("ev_patterns")[pattern]
    power = 60.0 if pattern in {"public", "bus_depot", "taxi"} else 7.0
    charger = load_charger(power, on_dc_bus=True, vehicle=values["vehicle"])
    year = draw_sessions(pattern, 8, charger, 20.0, np.tile(WEEK, 4), 96, 3)
    s = year.sessions
    assert len(s) > 100
    assert len(s) == len(year.waited_h)
    assert np.all(year.waited_h >= 0.0)
    arrived = s["target_soc"] - s["energy_kwh"] / s["battery_kwh"]
    assert np.all(arrived >= 0.05 - 1e-9)
    assert np.all(s["target_soc"] <= values["target_soc"] + 1e-9)
    assert np.all(s["energy_kwh"] > 0.0)
    full = vehicle_rate_kw(power, charger)
    stay = 0.25 * (s["departure_step"] - s["arrival_step"])
    for k in range(len(s)):
        assert s[k]["energy_kwh"] <= last_kwh(s[k], full, stay[k]) * (1.0 + 1e-9)
    assert {"source", "year", "confidence", "name_zh"} <= set(values)


def test_buses_share_chargers_through_the_night() -> None:
    """Twenty buses at six chargers of 120 kW: handed over, nearly all leave charged; kept, most find none."""
    charger = load_charger(120.0, on_dc_bus=True, vehicle="bus")
    night = np.zeros(10, bool)
    year = draw_sessions("bus_depot", 6, charger, 20.0, night, 96, 1)
    assert year.refused < 0.1 * year.arrived
    assert year.waited_h.max() > 1.0
    assert year.offered_kwh > 0.95 * year.asked_kwh
    kept = _serve([(22.0, 29.0, 130.0)] * 20, 6, 0.25)
    assert kept.refused + kept.passing == 14
    handed = _serve([(22.0, 29.0, 130.0)] * 20, 6, 0.25, _Rules(hold_h=lambda energy: energy / 100.0))
    assert handed.refused + handed.passing == 0


def test_patience_ends_before_the_stay() -> None:
    """One charger busy until 12 h: a stay counts from the plug, patience from arrival."""
    arrivals = [(9.0, 12.0, 1.0), (10.0, 11.0, 2.0), (11.5, 12.5, 3.0)]
    log = _serve(arrivals, 1, 0.25, _Rules(patience_h=1.0, from_plug=True))
    assert log.rows.tolist() == [[0, 36, 48, 0], [0, 48, 52, 2]]
    assert log.waited.tolist() == [0.0, 0.5]
    assert log.refused == 1


def test_only_those_who_agreed_lend() -> None:
    charger = load_charger(7.0, on_dc_bus=True, vehicle_to_building=True)
    every, some, none = (
        draw_sessions("workplace", 20, charger, 20.0, np.tile(WEEK, 10), 96, 5, opt_in=share)
        for share in (1.0, 0.4, 0.0)
    )
    np.testing.assert_array_equal(every.sessions["energy_kwh"], some.sessions["energy_kwh"])
    assert none.sessions["spare_kwh"].max() == 0.0
    lending = np.mean(some.sessions["spare_kwh"] > 0.0) / np.mean(every.sessions["spare_kwh"] > 0.0)
    assert lending == pytest.approx(0.4, abs=0.06)
    with pytest.raises(TwinError):
        draw_sessions("workplace", 2, charger, 2.0, WEEK, 96, 5, opt_in=1.5)


def test_unknown_vehicle_is_refused() -> None:
    with pytest.raises(TwinError):
        load_charger(7.0, on_dc_bus=True, vehicle="retail")


def test_lending_wears_the_vehicle_at_a_cost(figure: Callable[[str], None]) -> None:
    """10 kWh lent from a car of 60 kWh on workdays, by the ageing model; the order of field studies."""
    hours = 0.25 * np.arange(1, 35041) % 24.0
    temp = np.full(35040, 25.0)
    driven = np.interp(
        hours, [0, 7, 8, 9, 14, 18, 19, 22, 24], [0.9, 0.9, 0.82, 0.82, 0.9, 0.9, 0.75, 0.9, 0.9]
    )
    lent = driven - np.interp(hours, [9, 10, 12, 14], [0.0, 10 / 60, 10 / 60, 0.0], left=0.0, right=0.0)
    both = [age_battery("lfp_huawei_luna2000", soc, temp, 900.0) for soc in (lent, driven)]
    cost = wear_cost(both[0], both[1], 365.0 * 10.0 / 60.0, 700.0)
    figure(f"wear of lending: {cost:.3f} CNY/kWh at 700 CNY/kWh")
    assert 0.0 < cost < 0.5


def test_same_seed_same_year_and_no_charger_serves_two() -> None:
    charger = load_charger(7.0, on_dc_bus=True)
    year = draw_sessions("workplace", 6, charger, 9.0, np.tile(WEEK, 4), 96, 7)
    again = draw_sessions("workplace", 6, charger, 9.0, np.tile(WEEK, 4), 96, 7)
    other = draw_sessions("workplace", 6, charger, 9.0, np.tile(WEEK, 4), 96, 8)
    np.testing.assert_array_equal(year.sessions, again.sessions)
    assert len(other.sessions) != len(year.sessions) or np.any(other.sessions != year.sessions)
    for k, s in enumerate(year.sessions):
        steps = np.flatnonzero(year.session_index[:, s["charger"]] == k)
        assert steps[0] == s["arrival_step"]
        assert steps[-1] + 1 == min(s["departure_step"], len(year.session_index))
        assert len(steps) == steps[-1] - steps[0] + 1
    assert year.arrived == len(year.sessions) + year.refused + year.passing
    assert year.offered_kwh <= year.asked_kwh + 1e-9
    assert year.connected.shape == (6, 28 * 96)


def test_workplace_is_empty_at_night_and_quiet_on_rest_days() -> None:
    year = draw_sessions("workplace", 20, load_charger(7.0, on_dc_bus=True), 20.0, np.tile(WEEK, 8), 96, 0)
    busy = year.connected.sum(axis=0).reshape(-1, 96).astype(float)
    assert busy[:, :24].max() == 0.0
    rest = np.tile(WEEK, 8)
    assert busy[~rest, 44].mean() > 4.0 * busy[rest, 44].mean()


def test_queue_first_come_first_served_and_gives_up_at_departure() -> None:
    """One charger: the first stays 9-12 h, the second waits until 12 h, the third has to leave at 11 h."""
    log = _serve([(9.0, 12.0, 1.0), (9.5, 14.0, 2.0), (10.0, 11.0, 3.0)], 1, 0.25)
    assert log.rows.tolist() == [[0, 36, 48, 0], [0, 48, 56, 1]]
    assert (log.refused, log.passing) == (1, 0)


def test_stay_within_a_step_only_passes() -> None:
    log = _serve([(9.05, 9.2, 1.0)], 1, 0.25)
    assert (len(log.rows), log.passing) == (0, 1)


@settings(max_examples=20)
@given(st.integers(1, 4), st.floats(0.0, 12.0), st.integers(0, 2**31))
def test_energy_offered_fits_into_the_stay(chargers: int, per_day: float, seed: int) -> None:
    charger = load_charger(7.0, on_dc_bus=False)
    year = draw_sessions("retail", chargers, charger, per_day, WEEK, 24, seed)
    stay = (year.sessions["departure_step"] - year.sessions["arrival_step"]) * 1.0
    assert np.all(stay >= 1.0)
    assert np.all(year.sessions["energy_kwh"] <= vehicle_rate_kw(7.0, charger) * stay + 1e-9)


@pytest.mark.parametrize(
    ("pattern", "chargers", "per_day"), [("moon", 2, 3.0), ("charger", 2, 3.0), ("retail", 0, 3.0)]
)
def test_wrong_charging_is_refused(pattern: str, chargers: int, per_day: float) -> None:
    with pytest.raises(TwinError):
        draw_sessions(pattern, chargers, load_charger(7.0, on_dc_bus=True), per_day, WEEK, 96, 0)


def test_no_chargers_no_columns() -> None:
    assert no_charging(10).session_index.shape == (10, 0)


def by_processes(
    arrivals: list[tuple[float, float, float]], n_chargers: int, dt_h: float, rules: _Rules
) -> tuple[list[tuple[int, int, int, float]], list[float], int, int]:
    """The queue as SimPy processes: sessions, their waits, refused and passing vehicles."""
    rows, waited, counts = [], [], {"refused": 0, "passing": 0}
    env = simpy.Environment()
    free = simpy.PriorityStore(env)
    for charger in range(n_chargers):
        free.put(charger)

    def vehicle(departure: float, energy: float) -> Generator[Any, Any, None]:
        arrived = env.now
        stay = departure - arrived
        wish = free.get()
        yield wish | env.timeout(rules.patience_h if rules.from_plug else min(stay, rules.patience_h))
        if not wish.triggered:
            wish.cancel()
            counts["refused"] += 1
            return
        if rules.from_plug:
            departure = env.now + stay
        if rules.hold_h is not None:
            departure = min(departure, env.now + rules.hold_h(energy))
        first, last = math.ceil(env.now / dt_h - 1e-9), math.floor(departure / dt_h + 1e-9)
        if last > first:
            rows.append((wish.value, first, last, energy))
            waited.append(env.now - arrived)
        else:
            counts["passing"] += 1
        yield env.timeout(max(departure - env.now, 0.0))
        free.put(wish.value)

    def gate() -> Generator[Any, Any, None]:
        for arrival, departure, energy in arrivals:
            yield env.timeout(arrival - env.now)
            env.process(vehicle(departure, energy))

    env.process(gate())
    env.run()
    return rows, waited, counts["refused"], counts["passing"]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    chargers=st.integers(1, 6),
    vehicles=st.integers(0, 80),
    patience=st.sampled_from([math.inf, 0.3, 2.0]),
    from_plug=st.booleans(),
    hands_over=st.booleans(),
)
def test_the_queue_is_that_of_simpy(
    seed: int, chargers: int, vehicles: int, patience: float, from_plug: bool, hands_over: bool
) -> None:
    random = np.random.default_rng(seed)
    arrived = np.sort(random.uniform(0.0, 48.0, vehicles))
    stays, energy = random.exponential(3.0, vehicles), random.uniform(2.0, 40.0, vehicles)
    arrivals = list(zip(arrived.tolist(), (arrived + stays).tolist(), energy.tolist(), strict=True))
    if from_plug and math.isinf(patience):
        patience = 5.0
    rules = _Rules(patience, from_plug, (lambda kwh: kwh / 7.0) if hands_over else None)
    log = _serve(arrivals, chargers, 0.25, rules)
    rows, waited, refused, passing = by_processes(arrivals, chargers, 0.25, rules)
    assert (log.refused, log.passing) == (refused, passing)
    told = [(c, first, last, energy[who]) for c, first, last, who in log.rows.tolist()]
    assert told == rows
    assert log.waited == pytest.approx(waited, abs=1e-9)


@pytest.mark.parametrize("pattern", ["workplace", "bus_depot", "taxi"])
def test_vehicles_are_drawn_from_the_stream_of_numpy(pattern: str) -> None:
    """The compiled drawing against NumPy's generator asked number by number, to the last bit."""
    values = charging_pattern(pattern)
    up_to = np.cumsum([group["share"] for group in values["arrivals"]])
    random, energy, expected = np.random.default_rng(4), values["energy_kwh"], []
    spread = math.log1p((energy["sd"] / energy["mean"]) ** 2)

    def normal(group: dict[str, float], of: str) -> float:
        while True:
            value = random.normal(group[f"{of}mean_h"], group[f"{of}sd_h"])
            if group[f"{of}low_h"] <= value <= group[f"{of}high_h"]:
                return float(value)

    for day, rest in enumerate(WEEK):
        for _ in range(random.poisson(30.0 * (values["rest_day_share"] if rest else 1.0))):
            place = int((up_to / up_to[-1]).searchsorted(random.random(), side="right"))
            group = values["arrivals"][place]
            start, stay, wanted = normal(group, ""), normal(group, "stay_"), math.inf
            while wanted > energy["high"]:
                wanted = random.lognormal(math.log(energy["mean"]) - 0.5 * spread, math.sqrt(spread))
            expected.append((24.0 * day + start, 24.0 * day + start + stay, wanted))
    drawn = _arrivals(values, 30.0, WEEK, np.random.default_rng(4))
    np.testing.assert_array_equal(drawn, sorted(expected))
