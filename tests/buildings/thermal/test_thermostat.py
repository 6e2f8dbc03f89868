"""Thermostats: set-points at the end of the step, limits, order inside a step, coupled zones, bypass."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from buildings.thermal.discretisation import discretise
from buildings.thermal.network import Block, Surface, Zone, assemble
from buildings.thermal.reduction import full_order, reduce
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.thermal import kernel
from buildings.thermal.batch import AirSide


def room(engine: SimpleNamespace) -> Any:
    return reduce(assemble(engine.box((engine.INSULATION, engine.CONCRETE, engine.GYPSUM), window=8.0)))


def test_setpoints_hold_at_the_end_of_each_step(engine: SimpleNamespace) -> None:
    n = 150 * 96
    stir = engine.lively_weather(n)
    stir.pop("work")
    stir["temp_out"] = stir["temp_out"] + 10.0
    stir["series"] |= engine.setpoints(20.0, 24.0)
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
    stir.pop("work")
    stir["series"] |= engine.setpoints(20.0, 24.0)
    # Dry air: the coil has no latent load and gives all its capacity to the air.
    air = engine.thermostat(20.0, 24.0, heat_max=900.0, cool_max=700.0, adp_humidity=1.0)
    run = engine.march([(room(engine), (air,))], n, start=22.0, **stir)
    temp, plant = run.temp[:, 0, 0], run.sensible[:, 0, 0]
    cold, hot = temp < 20.0 - 1e-9, temp > 24.0 + 1e-9
    assert cold.sum() > 50
    np.testing.assert_array_equal(plant[cold], 900.0)
    np.testing.assert_allclose(plant[hot], -700.0, rtol=1e-12)
    assert run.total(kernel.PEAK_HEAT_W)[0, 0] == pytest.approx(900.0)
    lack = np.maximum(20.0 - temp, 0.0).sum() * 0.25
    assert run.total(kernel.UNMET_HEAT_KH)[0, 0] == pytest.approx(lack, rel=1e-9)
    assert run.total(kernel.HEAT_J)[0, 0] == pytest.approx(np.maximum(plant, 0).sum() * 900.0, rel=1e-12)


@pytest.mark.parametrize("kind", ["gain", "solar", "beam", "sky"])
def test_an_impulse_in_step_k_is_felt_at_the_end_of_step_k(engine: SimpleNamespace, kind: str) -> None:
    """State k (the start of the step) does not know the gain of step k; state k + 1 does."""
    n, k = 40, 20
    impulse = np.zeros(n)
    impulse[k] = 1.0 if kind == "gain" else 300.0
    states = []
    for values in (np.zeros(n), impulse):
        run = engine.prepare(
            [(full_order(assemble(engine.box((engine.CONCRETE,), window=5.0))), (engine.thermostat(),))],
            n,
            temp_out=10.0,
            series={kind: values},
            start=10.0,
        )
        run.run(0, k)
        before = run.state.x.copy()
        run.run(k, k + 1)
        states.append((before, run.state.x.copy()))
    np.testing.assert_array_equal(states[0][0], states[1][0])
    assert states[1][1][0, 0, 0] - states[0][1][0, 0, 0] > 1e-6


def test_outdoor_temperature_is_a_state_and_known_at_both_ends(engine: SimpleNamespace) -> None:
    """A jump of the boundary value k + 1 is a ramp over step k; the series at row k alone is too late."""
    n, k = 40, 20
    temp = np.zeros(n + 1)
    temp[k + 1] = 10.0
    model = full_order(assemble(engine.box((engine.GYPSUM,))))
    run = engine.march([(model, (engine.thermostat(),))], n, temp_out=temp, start=0.0)
    assert np.all(run.temp[:k] == 0.0)
    assert run.temp[k, 0, 0] > 0.01
    assert run.temp[k + 1, 0, 0] > run.temp[k, 0, 0]


def twins(engine: SimpleNamespace, partition: float) -> Block:
    """Two rooms of different weight and one large light partition between them."""
    zones = (Zone("a", 60.0, 20.0, 8e4), Zone("b", 90.0, 30.0, 1.2e5))
    surfaces = (
        Surface("outer a", 30.0, (engine.CONCRETE,), 0, "outdoors", 90.0, 0.0),
        Surface("outer b", 15.0, (engine.INSULATION, engine.GYPSUM), 1, "outdoors", 90.0, 180.0),
        Surface("between", partition, (engine.GYPSUM,), 0, "zone", 90.0, 90.0, adjacent_zone=1),
    )
    return Block(zones, surfaces)


def brute_force(
    free: np.ndarray, gain: np.ndarray, air: list[dict[str, float]], start: np.ndarray, out: float
) -> np.ndarray:
    """Plant of each zone, found by trying every combination of idle, at set-point and at the limit.

    Unknown: end temperatures T and plant P with T = free + G (P + f (T_o - (T_start + T)/2)).
    """
    n = len(free)
    flow = np.array([a["flow"] for a in air])
    solutions = []
    for regime in itertools.product(("idle", "heat", "cool", "max heat", "max cool"), repeat=n):
        system, right = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)
        for z in range(n):  # columns: T, P
            system[z, :n] = np.eye(n)[z] + 0.5 * gain[z] * flow
            system[z, n:] = -gain[z]
            right[z] = free[z] + gain[z] @ (flow * (out - 0.5 * start))
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
        np.testing.assert_allclose(other, solutions[0], atol=1e-5)
    return np.asarray(solutions[0])


def _consistent(regime: str, temp: float, plant: float, air: dict[str, float]) -> bool:
    e = 1e-7
    return {
        "idle": air["heat"] - e <= temp <= air["cool"] + e,
        "heat": -e <= plant <= air["most"] + e,
        "cool": -air["least"] - e <= plant <= e,
        "max heat": temp <= air["heat"] + e,
        "max cool": temp >= air["cool"] - e,
    }[regime]


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
def test_coupled_zones_against_brute_force(
    engine: SimpleNamespace,
    temps: tuple[float, float],
    out: float,
    limits: list[float],
    heats: tuple[float, float],
    cools: tuple[float, float],
    partition: float,
    leak: float,
) -> None:
    model = full_order(assemble(twins(engine, partition)))
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
    start = np.full(model.n, 0.5 * sum(temps))
    start[:2] = temps
    run = engine.march(
        [(model, sides)],
        1,
        temp_out=out,
        series=engine.setpoints(*heats, *cools),
        start=[start],
        humidity_out=0.0,
    )
    step = discretise(model, 900.0)
    u = np.array([out, out] + [0.0] * (len(model.channels) - 1))
    free = (step.transition @ start + step.response @ u)[:2]
    air = [
        {"heat": heats[z], "cool": cools[z], "most": limits[z], "least": limits[2 + z]}
        | {"flow": 1.2 * leak * kernel.CP_AIR}
        for z in range(2)
    ]
    expected = brute_force(free, step.gain[:2], air, np.array(temps), out)
    np.testing.assert_allclose(run.sensible[0, 0], expected, atol=1e-4)
    assert run.total(kernel.RESIDUAL_HEAT_W).max() < 1e-6


def test_granted_heat_reproduces_what_was_demanded(engine: SimpleNamespace) -> None:
    """`float_with` under the demanded heat ends where `demand` said; under none, in free float."""
    model = reduce(assemble(twins(engine, 60.0)))
    sides = tuple(engine.thermostat(20.0, 26.0, infiltration=0.02, fan_heat=30.0, ventilation=0.02,
                                    ventilation_series=("one",)) for _ in range(2))  # fmt: skip
    series = engine.setpoints(20.0, 26.0) | {("one",): 1.0}
    run = engine.prepare([(model, sides)], 4, temp_out=-5.0, start=17.0, series=series)
    arguments = (run.batch, run.state, 0, 0)
    kernel.free_response(*arguments, run.forcing, run.weather, run.work)
    kernel.demand(*arguments, run.weather, 0.0, run.work)
    wanted, temp = run.work.plant.copy(), run.work.temp.copy()
    assert wanted[:, 0].min() > 100.0
    run.work.granted[:] = wanted
    kernel.float_with(*arguments, run.weather, run.work)
    np.testing.assert_allclose(run.work.temp, temp, atol=1e-7)
    run.work.granted[:] = 0.0
    kernel.float_with(*arguments, run.weather, run.work)
    floating = run.work.temp[:, 0].copy()
    off = tuple(AirSide(**{**vars(s), "heat_max": 0.0, "cool_max": 0.0}) for s in sides)
    idle = engine.march([(model, off)], 1, temp_out=-5.0, start=17.0, series=series)
    np.testing.assert_allclose(floating, idle.temp[0, 0], atol=1e-7)


def test_shift_widens_the_demand(engine: SimpleNamespace) -> None:
    """Pre-conditioning by 2 K: heated to 22 and cooled to 24, never one against the other."""
    for out, target in ((-5.0, 22.0), (45.0, 24.0)):
        run = engine.prepare(
            [(room(engine), (engine.thermostat(20.0, 26.0, adp_humidity=1.0),))],
            2,
            temp_out=out,
            start=23.0 if out > 0 else 21.0,
            series=engine.setpoints(20.0, 26.0),
        )
        kernel.free_response(run.batch, run.state, 0, 0, run.forcing, run.weather, run.work)
        kernel.demand(run.batch, run.state, 0, 0, run.weather, 2.0, run.work)
        floating = run.work.temp[0, 0]
        if out > 0 and run.work.plant[0, 0] == 0.0:
            assert floating <= 24.0
        else:
            assert floating == pytest.approx(target, abs=1e-9)


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
        ventilation_series=("one",),
    )
    run = engine.prepare(
        [(room(engine), (air,))],
        1,
        temp_out=out,
        humidity_out=0.008,
        start=inside,
        series=engine.setpoints(20.0, 26.0) | {("one",): 0.5},
    )
    kernel.free_response(run.batch, run.state, 0, 0, run.forcing, run.weather, run.work)
    works = 1.0 - opened * bypass
    heat = 1.2 * (0.01 + 0.05 * (1.0 - 0.75 * works)) * (kernel.CP_AIR + kernel.CP_VAPOUR * 0.008)
    wet = 1.2 * (0.01 + 0.05 * (1.0 - 0.6 * works))
    assert run.work.flow_heat[0, 0] == pytest.approx(heat, rel=1e-12)
    assert run.work.flow_moisture[0, 0] == pytest.approx(wet, rel=1e-12)


def test_fan_heat_enters_the_air(engine: SimpleNamespace) -> None:
    series = engine.setpoints(20.0) | {("half",): 0.5}
    plants = []
    for fan in (0.0, 400.0):
        air = engine.thermostat(20.0, fan_heat=fan, ventilation_series=("half",))
        run = engine.march([(room(engine), (air,))], 400, temp_out=-10.0, start=20.0, series=series)
        plants.append(run.sensible[200:, 0, 0])
    assert plants[1].min() > 0.0
    np.testing.assert_allclose(plants[0] - plants[1], 200.0, atol=1e-6)
