"""Thermostats: set-points at the end of the step, limits, order inside a step, coupled zones, bypass."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.thermal import kernel, layout
from buildings.thermal.air import EXHAUST_LEAST_C, demand, float_with
from buildings.thermal.enclosure import Enclosure, Surface, Zone
from buildings.thermal.wall import Layer


def room(engine: SimpleNamespace) -> Enclosure:
    found: Enclosure = engine.box((engine.INSULATION, engine.CONCRETE, engine.GYPSUM), window=8.0)
    return found


def test_setpoints_hold_at_the_end_of_each_step(engine: SimpleNamespace) -> None:
    n = 150 * 96
    stir = engine.lively_weather(n)
    stir["temp_out"] = stir["temp_out"] + 10.0
    air = engine.thermostat(20.0, 24.0, infiltration=0.03, air_mass=155.0)
    run = engine.march([(room(engine), (air,))], n, start=22.0, **stir)
    temp, plant = run.temp[:, 0, 0], run.sensible[:, 0, 0]
    assert temp.min() >= 20.0 - 1e-9
    assert temp.max() <= 24.0 + 1e-9
    np.testing.assert_allclose(temp[plant > 1e-6], 20.0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(temp[plant < -1e-6], 24.0, rtol=0, atol=1e-9)
    idle = np.abs(plant) <= 1e-6
    assert (plant > 1e-6).sum() > 500
    assert (plant < -1e-6).sum() > 500
    assert idle.sum() > 50


def test_capacity_limits(engine: SimpleNamespace) -> None:
    n = 30 * 96
    stir = engine.lively_weather(n)
    # Dry air: the coil has no latent load and gives all its capacity to the air.
    air = engine.thermostat(20.0, 24.0, heat_max=900.0, cool_max=700.0, adp_humidity=1.0)
    run = engine.march([(room(engine), (air,))], n, start=22.0, **stir)
    temp, plant = run.temp[:, 0, 0], run.sensible[:, 0, 0]
    cold, hot = temp < 20.0 - 1e-9, temp > 24.0 + 1e-9
    assert cold.sum() > 50
    np.testing.assert_array_equal(plant[cold], 900.0)
    np.testing.assert_allclose(plant[hot], -700.0, rtol=1e-12)
    assert run.total(layout.PEAK_HEAT_W)[0, 0] == pytest.approx(900.0)
    lack = np.maximum(20.0 - temp, 0.0).sum() * 0.25
    assert run.total(layout.UNMET_HEAT_KH)[0, 0] == pytest.approx(lack, rel=1e-9)
    assert run.total(layout.HEAT_J)[0, 0] == pytest.approx(np.maximum(plant, 0).sum() * 900.0, rel=1e-12)


def test_moving_setpoints_are_met_step_by_step(engine: SimpleNamespace) -> None:
    """A ramp up in the morning and a drop at night: where the plant runs, the room is where it should be."""
    n = 10 * 96
    hour = np.arange(n) * 0.25 % 24.0
    wanted = np.interp(hour, [0, 5, 8, 18, 18.25, 24], [12.0, 12.0, 21.0, 21.0, 12.0, 12.0])
    air = replace(engine.thermostat(), heating_setpoint=("heat",))
    run = engine.march([(room(engine), (air,))], n, temp_out=-8.0, start=15.0, series={("heat",): wanted})
    temp, plant = run.temp[:, 0, 0], run.sensible[:, 0, 0]
    assert np.all(temp >= wanted - 1e-9)
    np.testing.assert_allclose(temp[plant > 1e-6], wanted[plant > 1e-6], atol=1e-9)
    assert np.all(plant >= 0.0)
    # It rises with the ramp and is dropped, not held, in the evening.
    rising = (hour >= 6.0) & (hour < 8.0)
    assert np.all(plant[rising] > 0.0)
    assert temp[np.argmin(np.abs(hour - 18.5))] > 12.5


@pytest.mark.parametrize("limit", [1e9, 6e3, 2.5e3], ids=["unbounded", "6 kW", "2.5 kW"])
@pytest.mark.parametrize("cold", [True, False], ids=["heating", "cooling"])
def test_a_jump_of_the_setpoint_costs_the_same_in_any_step(
    engine: SimpleNamespace, figure: Callable[[str], None], limit: float, cold: bool
) -> None:
    """Full power until the air is there, then what holds it: steps of 15 min and 10 s agree hour by hour."""
    hours, found = 6, []
    for dt in (10.0, 900.0):
        n = round(hours * 3600.0 / dt)
        jump = np.repeat([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], n // hours)
        wanted = np.where(jump > 0.0, 21.0, 5.0) if cold else np.where(jump > 0.0, 24.0, 50.0)
        series = {"heating_setpoint" if cold else "cooling_setpoint": ("set",)}
        air = replace(
            engine.thermostat(heat_max=limit, cool_max=limit, adp_humidity=1.0, infiltration=0.02), **series
        )
        out, start = (-5.0, 12.0) if cold else (36.0, 31.0)
        run = engine.march(
            [(room(engine), (air,))], n, dt=dt, temp_out=out, start=start, series={("set",): wanted}
        )
        assert run.total(layout.RESIDUAL_HEAT_W).max() < 1e-6
        plant = run.sensible[:, 0, 0]
        assert np.abs(plant).max() <= limit * (1.0 + 1e-12)
        found.append(plant.reshape(hours, -1).mean(axis=1))
    fine, coarse = found
    np.testing.assert_array_equal(coarse[[0, 3]], 0.0)
    error = np.abs(coarse / np.where(fine == 0.0, 1.0, fine) - (fine != 0.0)).max()
    figure(
        f"jump of the {'heating' if cold else 'cooling'} set-point, {limit:.3g} W: hours at 15 min "
        f"against 10 s off by at most {100.0 * error:.2f} %"
    )
    assert error < 0.03


@pytest.mark.parametrize("cold", [True, False], ids=["heating", "cooling"])
def test_air_that_floats_to_its_setpoint_takes_heat_from_then_on(
    engine: SimpleNamespace, figure: Callable[[str], None], cold: bool
) -> None:
    """Not before: an hour in which the plant comes on is the same in steps of 15 min and of 10 s.

    One light wall with fixed films: nothing but the air and its plant has a time of its own.
    """
    wall = Surface("wall", 60.0, (Layer(resistance=0.5),), 0, "outdoors", 90.0, 0.0, **engine.BARE)
    box = Enclosure((Zone("room", 100.0, 40.0, 2e5),), (wall,))
    hours, found = 4, []
    for dt in (10.0, 900.0):
        n = round(hours * 3600.0 / dt)
        air = engine.thermostat(
            20.0 if cold else -50.0, 90.0 if cold else 26.0, adp_humidity=1.0, infiltration=0.05
        )
        out, start = (12.0, 22.0) if cold else (36.0, 24.0)
        run = engine.march([(box, (air,))], n, dt=dt, temp_out=out, start=start)
        assert run.total(layout.RESIDUAL_HEAT_W).max() < 1e-6
        plant = run.sensible[:, 0, 0]
        if dt == 10.0:
            idle = np.argmax(np.abs(plant) > 0.0) * dt
            assert 200.0 < idle < 3400.0
            assert abs(idle % 900.0 - 450.0) < 300.0  # well inside a step of 15 min
        found.append(plant.reshape(hours, -1).mean(axis=1))
    fine, coarse = found
    error = np.abs(coarse - fine).max() / np.abs(fine).max()
    figure(
        f"air that floats to its {'heating' if cold else 'cooling'} set-point: hours at 15 min against 10 s "
        f"off by at most {100.0 * error:.2f} % of the largest"
    )
    assert error < 0.005


def test_dead_band_is_free_float(engine: SimpleNamespace) -> None:
    """Between the set-points the plant rests and the room is where a room without plant would be."""
    n = 4 * 96
    stir = engine.lively_weather(n)
    free = engine.march([(room(engine), (engine.thermostat(),))], n, start=15.0, **stir)
    wide = engine.thermostat(free.temp.min() - 0.5, free.temp.max() + 0.5)
    run = engine.march([(room(engine), (wide,))], n, start=15.0, **stir)
    np.testing.assert_array_equal(run.sensible, 0.0)
    np.testing.assert_array_equal(run.temp, free.temp)


def test_steps_of_5_15_and_60_minutes_agree(engine: SimpleNamespace, figure: Callable[[str], None]) -> None:
    """Ten days with sun, wind, gains and two set-points: daily loads and free float."""
    days = 10
    hours = engine.lively_weather(days * 24, 3600.0)
    loads: list[np.ndarray] = []
    floats: list[np.ndarray] = []
    for dt in (300.0, 900.0, 3600.0):
        per = round(3600.0 / dt)
        clock = np.arange(days * 24 * per + 1) / per
        stir: dict[str, Any] = {
            key: np.interp(clock, np.arange(days * 24 + 1), hours[key])
            for key in ("temp_out", "humidity_out", "temp_sky")
        }
        stir["series"] = {
            key: np.repeat(value, per) if isinstance(value, np.ndarray) else value
            for key, value in hours["series"].items()
        }
        n = days * 24 * per
        for air, found in (
            (engine.thermostat(20.0, 22.0, infiltration=0.02), loads),
            (engine.thermostat(), floats),
        ):
            run = engine.march([(room(engine), (air,))], n, dt=dt, start=18.0, **stir)
            daily = np.maximum(run.sensible[:, 0, 0], 0.0).reshape(days, -1).mean(axis=1)
            found.append(daily if found is loads else run.temp[per - 1 :: per, 0, 0])
    assert loads[0][1:].min() > 300.0
    np.testing.assert_allclose(loads[1][1:], loads[0][1:], rtol=0.005)
    np.testing.assert_allclose(loads[2][1:], loads[0][1:], rtol=0.015)
    off = [np.abs(found - floats[0])[24:] for found in floats[1:]]
    figure(
        f"free float of a box with concrete walls at 15 and 60 min against 5 min: at most {off[0].max():.2f} "
        f"and {off[1].max():.2f} K, on average {off[0].mean():.3f} and {off[1].mean():.3f} K"
    )
    assert off[0].max() < 0.06
    assert off[1].max() < 0.8
    assert off[1].mean() < 0.1


@pytest.mark.parametrize("changes", [5.0, 30.0, 300.0])
@pytest.mark.parametrize("dt", [900.0, 3600.0])
def test_a_strong_fan_at_night_does_not_overshoot(engine: SimpleNamespace, changes: float, dt: float) -> None:
    """The air changes many times within a step; it comes near the outdoor air and never beyond it."""
    n, on = 72, 48
    share = (np.arange(n) >= on).astype(float)
    flow = 129.6 * changes / 3600.0
    air = engine.thermostat(ventilation=flow, ventilation_series=("night",))
    light = engine.box((engine.GYPSUM,), capacity=1.6e5)
    series = {("night",): share, "temp_ground": 25.0, "gain": 4.0 * (1.0 - share)}
    run = engine.march([(light, (air,))], n, dt=dt, temp_out=10.0, start=25.0, series=series)
    temp = run.temp[:, 0, 0]
    assert temp[on - 1] > 17.0
    assert temp[on:].min() >= 10.0
    # Films are those of the step before: once they notice the cold air, walls give more to it.
    assert np.diff(temp[on - 1 :]).max() < (0.05 if dt < 3600.0 else 0.5)
    assert run.total(layout.RESIDUAL_HEAT_W).max() < 1e-6


@pytest.mark.parametrize("kind", ["gain", "solar", "beam", "heat_in"])
def test_an_impulse_in_step_k_is_felt_at_the_end_of_step_k(engine: SimpleNamespace, kind: str) -> None:
    """State k (the start of the step) does not know the gain of step k; state k + 1 does."""
    n, k = 40, 20
    impulse = np.zeros(n)
    impulse[k] = 1.0 if kind == "gain" else 300.0
    states = []
    for values in (np.zeros(n), impulse):
        run = engine.prepare(
            [(engine.box((engine.CONCRETE,), window=5.0), (engine.thermostat(),))],
            n,
            temp_out=10.0,
            series={kind: values},
            start=10.0,
        )
        run.run(0, k)
        before = run.state.temp.copy()
        run.run(k, k + 1)
        states.append((before, run.state.temp.copy()))
    np.testing.assert_array_equal(states[0][0], states[1][0])
    assert states[1][1][0, 0, 0] - states[0][1][0, 0, 0] > 1e-6


def test_outdoor_temperature_is_a_state_and_known_at_both_ends(engine: SimpleNamespace) -> None:
    """A jump of the boundary value k + 1 is a ramp over step k; the series at row k alone is too late."""
    n, k = 40, 20
    temp = np.zeros(n + 1)
    temp[k + 1] = 10.0
    run = engine.march([(engine.box((engine.GYPSUM,)), (engine.thermostat(),))], n, temp_out=temp, start=0.0)
    assert np.all(run.temp[:k] == 0.0)
    assert run.temp[k, 0, 0] > 0.01
    assert run.temp[k + 1, 0, 0] > run.temp[k, 0, 0]


# --- coupled zones --------------------------------------------------------------------------------------


def brute_force(free: np.ndarray, gain: np.ndarray, air: list[dict[str, float]]) -> np.ndarray:
    """Plant of each zone, found by trying every combination of idle, at set-point and at the limit.

    Unknown: end temperatures T and plant P with T = free + gain P.
    """
    n = len(free)
    solutions = []
    for regime in itertools.product(("idle", "heat", "cool", "max heat", "max cool"), repeat=n):
        system, right = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)
        for z in range(n):  # columns: T, P
            system[z, z] = 1.0
            system[z, n:] = -gain[z]
            right[z] = free[z]
            kind, limit = regime[z], air[z]
            if kind in ("heat", "cool"):
                system[n + z, z], right[n + z] = 1.0, limit[kind]
            else:
                system[n + z, n + z] = 1.0
                right[n + z] = {"idle": 0.0, "max heat": limit["most"], "max cool": -limit["least"]}[kind]
        answer = np.linalg.solve(system, right)
        if all(_consistent(regime[z], answer[z], answer[n + z], air[z]) for z in range(n)):
            solutions.append(answer[n:])
    assert solutions, "no regime fits"
    for other in solutions[1:]:
        np.testing.assert_allclose(other, solutions[0], atol=1e-3)
    return np.asarray(solutions[0])


def _consistent(regime: str, temp: float, plant: float, air: dict[str, float]) -> bool:
    e = 1e-6
    return {
        "idle": air["heat"] - e <= temp <= air["cool"] + e,
        "heat": -e <= plant <= air["most"] + e,
        "cool": -air["least"] - e <= plant <= e,
        "max heat": temp <= air["heat"] + e,
        "max cool": temp >= air["cool"] - e,
    }[regime]


def coupled_error(
    engine: SimpleNamespace,
    temps: tuple[float, float],
    out: float,
    limits: list[float],
    heats: tuple[float, float],
    cools: tuple[float, float],
    partition: float,
    leak: float,
) -> tuple[float, float]:
    """Largest error of a plant [W], and what 5e-5 K costs in watts.

    A step is linear in the plants: three solutions under given heat tell its response, the rest is logic.
    """
    enclosure = engine.twins(partition)
    sides = tuple(
        engine.thermostat(
            heats[z],
            cools[z],
            heat_max=limits[z],
            cool_max=limits[2 + z],
            infiltration=leak,
            adp_humidity=1.0,
        )
        for z in range(2)
    )

    def prepared() -> Any:
        run = engine.prepare([(enclosure, sides)], 1, temp_out=out, start=0.5 * sum(temps), humidity_out=0.0)
        run.set(run.state.temp, 0, temps)
        run.set(run.state.mean, 0, temps)
        return run

    def ends(plant: tuple[float, float]) -> np.ndarray:
        run = prepared()
        kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
        _, row, lane = run.at(0)
        run.work.granted[row, lane] = plant
        run.work.heat_set[:], run.work.cool_set[:] = -1000.0, 1000.0  # no jump that heat would hurry after
        for _ in range(4):  # each call sweeps on from where the last one stopped
            float_with(*driven(run), run.weather, run.dt, run.work, run.totals)
        return np.asarray(run.work.temp[row, lane])

    free = ends((0.0, 0.0))
    gain = np.column_stack([ends((4000.0, 0.0)) - free, ends((0.0, 4000.0)) - free]) / 4000.0
    air = [{"heat": heats[z], "cool": cools[z], "most": limits[z], "least": limits[2 + z]} for z in range(2)]
    expected = brute_force(free, gain, air)
    run = prepared()
    kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
    demand(*driven(run), run.weather, run.dt, False, run.work, run.totals)
    _, row, lane = run.at(0)
    assert run.total(layout.SWEEP_LIMITS).max() == 0.0
    return float(np.abs(run.work.plant[row, lane] - expected).max()), 5e-5 / float(np.diag(gain).min())


@settings(max_examples=60, deadline=None)
@given(
    temps=st.tuples(st.floats(5.0, 35.0), st.floats(5.0, 35.0)),
    out=st.floats(-10.0, 40.0),
    limits=st.lists(st.floats(0.0, 4000.0), min_size=4, max_size=4),
    heats=st.tuples(st.floats(16.0, 21.0), st.floats(16.0, 21.0)),
    cools=st.tuples(st.floats(22.0, 28.0), st.floats(22.0, 28.0)),
    partition=st.sampled_from([1.0, 60.0, 400.0]),
    leak=st.floats(0.0, 0.05),
)
def test_coupled_zones_against_brute_force(engine: SimpleNamespace, **drawn: Any) -> None:
    """Right to what the sweeps leave: they rest at 1e-5 K."""
    error, allowed = coupled_error(engine, **drawn)
    assert error < allowed


@pytest.mark.xfail(strict=True, reason="coupled zones are swept to 1e-5 K, not solved at once")
def test_coupled_zones_to_a_tenth_of_a_milliwatt(engine: SimpleNamespace) -> None:
    rng = np.random.default_rng(3)
    worst = 0.0
    for _ in range(20):
        limits = list(rng.uniform(500.0, 4000.0, 4))
        temps = (rng.uniform(5.0, 35.0), rng.uniform(5.0, 35.0))
        error, _ = coupled_error(
            engine, temps, rng.uniform(-10.0, 40.0), limits, (18.0, 20.0), (24.0, 26.0), 400.0, 0.01
        )
        worst = max(worst, error)
    assert worst < 1e-4


def driven(run: Any) -> tuple[Any, Any, int, int]:
    return run.batch, run.state, 0, 0


def test_granted_heat_reproduces_what_was_demanded(engine: SimpleNamespace) -> None:
    """`float_with` under the demanded heat ends where `demand` said; under none, in free float."""
    sides = tuple(
        engine.thermostat(
            20.0, 26.0, infiltration=0.02, fan_heat=30.0, ventilation=0.02, ventilation_series=("one",)
        )
        for _ in range(2)
    )
    building = (engine.twins(60.0), sides)
    run = engine.prepare([building], 4, temp_out=-5.0, start=17.0)
    kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
    demand(*driven(run), run.weather, run.dt, True, run.work, run.totals)
    _, row, lane = run.at(0)
    wanted, temp = run.work.plant.copy(), run.work.temp[row, lane].copy()
    assert wanted[row, lane].min() > 100.0
    run.work.granted[:] = wanted
    float_with(*driven(run), run.weather, run.dt, run.work, run.totals)
    np.testing.assert_allclose(run.work.temp[row, lane], temp, atol=1e-7)
    run.work.granted[:] = 0.0
    float_with(*driven(run), run.weather, run.dt, run.work, run.totals)
    floating = run.work.temp[row, lane].copy()
    off = tuple(replace(side, heat_max=0.0, cool_max=0.0) for side in sides)
    idle = engine.march([(building[0], off)], 1, temp_out=-5.0, start=17.0)
    np.testing.assert_allclose(floating, idle.temp[0, 0], atol=1e-7)


def test_shift_widens_the_demand(engine: SimpleNamespace) -> None:
    """Pre-conditioning by 2 K: heated to 22 and cooled to 24, never one against the other."""
    for out, target in ((-5.0, 22.0), (45.0, 24.0)):
        run = engine.prepare(
            [(room(engine), (engine.thermostat(20.0, 26.0, adp_humidity=1.0),))],
            2,
            temp_out=out,
            start=25.0 if out > 0 else 21.0,
        )
        kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
        run.work.heat_set[:] += 2.0
        run.work.cool_set[:] -= 2.0
        demand(*driven(run), run.weather, run.dt, False, run.work, run.totals)
        assert run.work.temp[0, 0] == pytest.approx(target, abs=1e-9)
        assert (run.work.plant[0, 0] > 0.0) == (out < 0.0)


# --- air that fans bring --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "inside", "opened"),
    [
        (0.0, 20.0, 0.0),  # winter: keep the heat
        (35.0, 26.0, 0.0),  # heat wave: keep the heat out
        (16.0, 23.0, 0.0),  # cool air, room in the middle of its set-points: nothing to gain
        (16.0, 24.5, 0.5),  # a warm room: half of the band from the middle
        (16.0, 26.5, 1.0),  # a hotter one: all of it
        (24.0, 19.0, 1.0),  # warm air, cold room: let it in
    ],
)
@pytest.mark.parametrize("bypass", [0.0, 1.0])
def test_heat_recovery_bypass(
    engine: SimpleNamespace, out: float, inside: float, opened: float, bypass: float
) -> None:
    """Recovery works unless outdoor air does by itself what the room wants, and a bypass is there to open."""
    air = engine.thermostat(
        20.0,
        26.0,
        heat_max=0.0,
        cool_max=0.0,
        ventilation=0.1,
        infiltration=0.01,
        recovery_sensible=0.75,
        recovery_latent=0.6,
        bypass=bypass,
        ventilation_series=("half",),
    )
    run = engine.prepare(
        [(room(engine), (air,))], 1, temp_out=out, humidity_out=0.008, start=inside, series={("half",): 0.5}
    )
    kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
    works = 1.0 - opened * bypass
    heat = 1.2 * (0.01 + 0.05 * (1.0 - 0.75 * works)) * (layout.CP_AIR + layout.CP_VAPOUR * 0.008)
    wet = 1.2 * (0.01 + 0.05 * (1.0 - 0.6 * works))
    assert run.work.flow_heat[0, 0] == pytest.approx(heat, rel=1e-12)
    assert run.work.flow_moisture[0, 0] == pytest.approx(wet, rel=1e-12)


@pytest.mark.parametrize(
    ("out", "kept"), [(0.0, 0.75), (-3.0, 0.75), (-10.0, 18.3 / 30.0), (-25.0, 18.3 / 45.0)]
)
def test_recovery_leaves_the_exhaust_above_freezing(engine: SimpleNamespace, out: float, kept: float) -> None:
    """Air of 20 degC that gives 0.75 of its heat leaves at 1.7 degC from -4.4 degC outside on."""
    air = engine.thermostat(
        20.0, heat_max=0.0, cool_max=0.0, ventilation=0.1, recovery_sensible=0.75,
        ventilation_series=("half",),
    )  # fmt: skip
    weather = {"temp_out": out, "humidity_out": 0.001}
    run = engine.prepare([(room(engine), (air,))], 1, start=20.0, series={("half",): 0.5}, **weather)
    kernel.free_response(*driven(run), run.forcing, run.weather, run.dt, run.work)
    heat = 1.2 * 0.05 * (1.0 - kept) * (layout.CP_AIR + layout.CP_VAPOUR * 0.001)
    assert run.work.flow_heat[0, 0] == pytest.approx(heat, rel=1e-9)
    assert 20.0 - kept * (20.0 - out) >= EXHAUST_LEAST_C - 1e-9


def test_fan_heat_enters_the_air(engine: SimpleNamespace) -> None:
    plants = []
    for fan in (0.0, 400.0):
        air = engine.thermostat(20.0, fan_heat=fan, ventilation_series=("half",))
        series = {("half",): 0.5}
        run = engine.march([(room(engine), (air,))], 400, temp_out=-10.0, start=15.0, series=series)
        plants.append(run.sensible[200:, 0, 0])
    assert plants[1].min() > 0.0
    np.testing.assert_allclose(plants[0] - plants[1], 200.0, atol=1e-6)
