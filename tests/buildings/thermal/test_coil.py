"""The coil of a row of zones: its apparatus dew point, and what a running fan takes back from it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import brentq

from buildings.compiled import compiled
from buildings.systems.coils import CoilData, load_coil
from buildings.thermal import coil, layout
from buildings.thermal.batch import AirSide, FollowingCoil, RunningFan
from buildings.thermal.enclosure import ONE, Gain
from buildings.thermal.lanes import LANES, at, put
from weather.psychrometrics import (
    dew_point,
    enthalpy,
    humidity_ratio_from_dew_point,
    humidity_ratio_from_relative_humidity,
    wet_bulb,
)

Array = NDArray[np.float64]
SEA_LEVEL = 101325.0
SPLIT = load_coil("split_multi_2005")
PLAIN: dict[str, Any] = {"adp_temp": SPLIT.temp, "adp_humidity": SPLIT.humidity}
assert SPLIT.runs_on is not None
FAN = RunningFan(*SPLIT.runs_on, SPLIT.latent_rated, SPLIT.degradation, SPLIT.cycles_below)


def following(data: CoilData) -> FollowingCoil:
    return FollowingCoil(data.drop, data.curve, data.limits)


# --- air ------------------------------------------------------------------------------------------------


@compiled(allocates=True)
def _saturated(given: Array, found: Array) -> None:
    for i in range(given.shape[0]):
        put(found, (i,), coil.saturated_at(at(given, (i,))))


@compiled(allocates=True)
def _wet_bulbs(temp: Array, humidity: Array, found: Array) -> None:
    for i in range(temp.shape[0]):
        put(found, (i,), coil._wet_bulb(at(temp, (i,)), at(humidity, (i,))))


def saturated_enthalpy(temp: Any) -> Any:
    return enthalpy(temp, humidity_ratio_from_dew_point(temp, SEA_LEVEL))


def test_saturated_air_by_its_enthalpy() -> None:
    temp = np.linspace(0.1, 42.0, 50 * LANES).reshape(50, LANES)
    found = np.zeros_like(temp)
    _saturated(saturated_enthalpy(temp), found)
    assert np.abs(found - temp).max() < 0.003


def test_wet_bulb_of_rooms() -> None:
    temp, share = (x.reshape(-1, LANES) for x in np.mgrid[16:36:40j, 20:99:40j])
    humidity = humidity_ratio_from_relative_humidity(temp, share, SEA_LEVEL)
    found = np.zeros_like(temp)
    _wet_bulbs(np.ascontiguousarray(temp), np.ascontiguousarray(humidity), found)
    assert np.abs(found - wet_bulb(temp, humidity, SEA_LEVEL)).max() < 0.01


# --- apparatus dew point --------------------------------------------------------------------------------


def found_by(engine: SimpleNamespace, air: AirSide, temp: float, humidity: float, outside: float) -> Any:
    room = engine.wall_room((engine.GYPSUM,))
    run = engine.prepare([(room, (air,))], 1, start=temp, humidity=humidity)
    coil.dew_point(run.batch, run.state, 0, 0, outside, run.work)
    return run


def capacity_of(temp: float, humidity: float, outside: float) -> float:
    """Over rated, by the curve within its range."""
    low_x, high_x, low_y, high_y = SPLIT.limits
    x = np.clip(wet_bulb(temp, humidity, SEA_LEVEL), low_x, high_x)
    y = np.clip(outside, low_y, high_y)
    return float(np.dot(SPLIT.curve, [1.0, x, x * x, y, y * y, x * y]))


@pytest.mark.parametrize("outside", [10.0, 25.0, 35.0, 50.0])
@pytest.mark.parametrize(
    ("temp", "share"), [(27.0, 48.0), (26.0, 60.0), (26.0, 85.0), (22.0, 40.0), (31.0, 70.0)]
)
def test_dew_point_as_energyplus_reckons_it(
    engine: SimpleNamespace, temp: float, share: float, outside: float
) -> None:
    """h_adp = h - Q / (m (1 - b)), with stream and bypass factor from the rating, by exact air properties."""
    humidity = float(humidity_ratio_from_relative_humidity(temp, share, SEA_LEVEL))
    air = AirSide(**PLAIN, coil=following(SPLIT))
    run = found_by(engine, air, temp, humidity, outside)
    capacity = capacity_of(temp, humidity, outside)
    stream = 0.05  # kg/s per kW, any
    contact = 1e3 / (stream * SPLIT.drop)
    cold = float(enthalpy(temp, humidity)) - 1e3 * capacity / (stream * contact)
    expected = brentq(lambda t: saturated_enthalpy(t) - cold, 0.1, 30.0)
    assert run.work.coil_capacity[0, 0] == pytest.approx(capacity, rel=3e-4)
    assert run.work.adp_temp[0, 0] == pytest.approx(expected, abs=0.01)
    water = float(humidity_ratio_from_dew_point(expected, SEA_LEVEL))
    assert run.work.adp_humidity[0, 0] == pytest.approx(water, rel=1e-3)


def test_at_its_rating_the_coil_has_its_rated_dew_point(engine: SimpleNamespace) -> None:
    humidity = brentq(lambda w: float(wet_bulb(27.0, w, SEA_LEVEL)) - 19.0, 0.005, 0.02)
    air = AirSide(**PLAIN, coil=following(SPLIT))
    run = found_by(engine, air, 27.0, humidity, 35.0)
    assert run.work.adp_temp[0, 0] == pytest.approx(10.0, abs=0.01)


def test_a_held_coil_keeps_its_dew_point_beside_one_that_follows(engine: SimpleNamespace) -> None:
    room = engine.wall_room((engine.GYPSUM,))
    sides = (AirSide(**PLAIN), AirSide(**PLAIN, coil=following(SPLIT)))
    run = engine.prepare([(room, (side,)) for side in sides], 1, start=26.0, humidity=0.016)
    coil.dew_point(run.batch, run.state, 0, 0, 30.0, run.work)
    held, follows = (run.work.adp_temp[run.places[b][0][1:]] for b in (0, 1))
    assert held == 10.0
    assert 12.0 < follows < 16.0
    assert run.work.adp_humidity[run.places[0][0][1:]] == SPLIT.humidity


# --- a fan that runs on ---------------------------------------------------------------------------------


@compiled(allocates=True)
def _factors(run: Array, time: Array, rate: Array, cycles: Array, constant: Array, found: Array) -> None:
    for i in range(run.shape[0]):
        often, lasts = at(cycles, (i,)), at(time, (i,)) / at(constant, (i,))
        evaporates, starts = at(rate, (i,)) / (often * at(time, (i,))), at(constant, (i,)) * often
        kept, steady = coil.latent_factor(at(run, (i,)), 0.0, evaporates, lasts, starts)
        put(found, (i,), kept / steady)


def factor_of(run: Array, time: float, rate: float, cycles: float, constant: float) -> Array:
    """Of the kernel."""
    rows = np.resize(run, (-(-len(run) // LANES), LANES)).astype(float)
    found = np.zeros_like(rows)
    a, b, c, d = (np.full_like(rows, v) for v in (time, rate, 4.0 * cycles / 3600.0, constant))
    _factors(rows, a, b, c, d, found)
    return found.ravel()[: len(run)]


def lost_by(run: float, time: float, rate: float, cycles: float) -> tuple[float, float]:
    """Time that the coil runs [s] and what then evaporates, in seconds of steady drying, by quadrature.

    The coil is full, `time` seconds of water, as it stops; evaporation falls linearly until it is dry.
    """
    on, off = 900.0 / cycles / (1.0 - run), 900.0 / cycles / run
    dry = 2.0 * time / rate
    return on, quad(lambda t: rate * (1.0 - t / dry), 0.0, min(off, dry))[0]


def factor_by_paper(run: float, time: float, rate: float, cycles: float, constant: float) -> float:
    """Henderson and Rengarajan's factor, the wetting time by bisection."""
    on, lost = lost_by(run, time, rate, cycles)
    late = brentq(lambda t: t + constant * np.expm1(-t / constant) - lost, 0.0, lost + constant + 1.0)
    return max((on - late) / (on + constant * np.expm1(-on / constant)), 0.0)


def factor_by_cycle(run: float, time: float, rate: float, cycles: float, constant: float) -> float:
    """What stays out of the room in one cycle over what the coil takes out while it runs, by quadrature."""
    on, lost = lost_by(run, time, rate, cycles)
    taken, _ = quad(lambda t: 1.0 - np.exp(-t / constant), 0.0, on)
    return max(taken - lost, 0.0) / taken


FIGURES = [
    (1000.0, 1.5, 3.0, 45.0),
    (720.0, 1.2, 2.5, 60.0),
    (1500.0, 0.4, 4.0, 30.0),
    (430.0, 0.21, 3.0, 45.0),
]


@pytest.mark.parametrize(("time", "rate", "cycles", "constant"), FIGURES)
def test_latent_factor_by_the_paper(time: float, rate: float, cycles: float, constant: float) -> None:
    """And to 0.03 the balance of water on the coil; the paper takes drying after t_0 as steady."""
    run = np.linspace(0.05, 0.98, 40)
    found = factor_of(run, time, rate, cycles, constant)
    paper, cycle = (
        [by(float(x), time, rate, cycles, constant) for x in run] for by in (factor_by_paper, factor_by_cycle)
    )
    assert np.abs(found - paper).max() < 5e-4
    assert np.abs(found - cycle).max() < 0.03


def test_latent_factor_rises_from_nought_to_one() -> None:
    run = np.linspace(0.0, 1.0, 200)
    found = factor_of(run, 1000.0, 1.5, 3.0, 45.0)
    assert found[0] == 0.0
    assert found[-1] == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(found) >= -1e-9)
    # Water leaves the pan only of a coil that runs longer than it needs to be wet again.
    assert np.all(found[run < 0.5] == 0.0)
    assert 0.4 < found[np.searchsorted(run, 0.75)] < 0.6


def steady(engine: SimpleNamespace, cool_max: float, **air: Any) -> tuple[Any, dict[str, float]]:
    """A room at 26 degC under constant weather and a source of vapour, until nothing moves."""
    room = engine.wall_room((engine.GYPSUM,), area=60.0)
    room = replace(room, gains=(Gain(0, ONE, 0.0, 0.0, 1e-4),))
    side = engine.thermostat(cool=26.0, air_mass=36.0, infiltration=0.02, cool_max=cool_max, **PLAIN, **air)
    run = engine.march([(room, (side,))], 6000, temp_out=32.0, humidity_out=0.018, humidity=0.010, start=26.0)
    return run, {
        "temp": run.temp[-1, 0, 0], "humidity": run.humidity[-1, 0, 0], "sensible": -run.sensible[-1, 0, 0],
        "latent": run.latent[-1, 0, 0],
    }  # fmt: skip


def latent_by_hand(engine: SimpleNamespace, now: dict[str, float], cool_max: float, air: AirSide) -> float:
    """Latent heat [W] of a coil with a running fan at a room's state, its load by bisection."""
    cold = found_by(engine, air, now["temp"], now["humidity"], 32.0).work
    over = capacity_of(now["temp"], now["humidity"], 32.0) if air.coil is not None else 1.0
    dry = layout.CP_AIR * (now["temp"] - cold.adp_temp[0, 0])
    wet = layout.H_FG * (now["humidity"] - cold.adp_humidity[0, 0])
    latent = wet / (dry + wet)
    ratio = FAN.latent_rated / (over * latent)
    depression = now["temp"] - float(wet_bulb(now["temp"], now["humidity"], SEA_LEVEL))
    asked = now["sensible"] / (over * cool_max)

    def factor(load: float) -> float:
        run = load / (1.0 - FAN.degradation * (1.0 - load))
        rate = FAN.rate * ratio * depression / 7.3
        return factor_by_paper(min(run, 1.0 - 1e-9), FAN.time * ratio, rate, FAN.cycles, FAN.constant)

    load = brentq(lambda p: p * (1.0 - latent * factor(p)) - asked, asked, asked / (1.0 - latent))
    return float(over * cool_max * load * latent * factor(load))


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("oversized", [1.3, 2.0, 3.0])
def test_a_room_whose_fan_runs_on(engine: SimpleNamespace, oversized: float, follows: bool) -> None:
    """The march ends where the whole law, solved by bisection and quadrature, balances the room's water."""
    cool_max = oversized * 2500.0
    own = following(SPLIT) if follows else None
    run, now = steady(engine, cool_max, fan=FAN, coil=own)
    expected = latent_by_hand(engine, now, cool_max, AirSide(**PLAIN, coil=own))
    balance = (1e-4 + 1.2 * 0.02 * (0.018 - now["humidity"])) * layout.H_FG
    assert now["latent"] == pytest.approx(balance, rel=1e-6)
    assert now["latent"] == pytest.approx(expected, rel=0.03)
    stopped, then = steady(engine, cool_max, coil=own)
    assert then["sensible"] == pytest.approx(now["sensible"], rel=1e-6)
    assert dew_point(now["humidity"], SEA_LEVEL) > dew_point(then["humidity"], SEA_LEVEL) + 0.5
    assert run.total(layout.RESIDUAL_MOISTURE).max() < 1e-9
    assert stopped.total(layout.RESIDUAL_MOISTURE).max() < 1e-9


def test_at_full_load_the_fan_takes_nothing_back(engine: SimpleNamespace) -> None:
    """A plant too small runs all the time: the same room with either fan."""
    small = [steady(engine, 900.0, fan=fan)[1] for fan in (FAN, None)]
    assert small[0]["temp"] > 26.5
    for name, value in small[1].items():
        assert small[0][name] == pytest.approx(value, rel=1e-3), name


def test_a_machine_that_throttles_cycles_only_below_its_least_load(engine: SimpleNamespace) -> None:
    wide = replace(FAN, least=0.2)
    throttled, cycling = (steady(engine, 5000.0, fan=fan)[1] for fan in (wide, FAN))
    free = steady(engine, 5000.0)[1]
    assert throttled["humidity"] == pytest.approx(free["humidity"], rel=1e-3)
    assert cycling["humidity"] > 1.1 * free["humidity"]
