"""Whatever room one draws: balances close, temperatures stay where physics holds them, nothing grows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from buildings.systems.coils import load_coil
from buildings.thermal import layout
from buildings.thermal.batch import AirSide, FollowingCoil, RunningFan
from buildings.thermal.enclosure import Enclosure, Gain, Mixing, Surface, Window, Zone
from buildings.thermal.glazing import WindowModel, simple_window
from buildings.thermal.rooms import MODES
from buildings.thermal.wall import Layer

STEPS = 96 * 4

massive = st.builds(
    Layer,
    thickness=st.floats(0.005, 0.4),
    conductivity=st.floats(0.02, 3.0),
    density=st.floats(10.0, 2600.0),
    specific_heat=st.floats(700.0, 2000.0),
)
massless = st.builds(Layer, resistance=st.floats(0.02, 3.0))
layers = st.lists(st.one_of(massive, massless), min_size=1, max_size=4).map(tuple)


@st.composite
def glazings(draw: st.DrawFn) -> WindowModel:
    """Figures that go together: SHGC falls with U, as with panes and coatings."""
    u = draw(st.floats(0.8, 5.8))
    share = draw(st.floats(0.5, 1.0))
    return simple_window(
        "g", u, share * min(0.25 + 0.12 * u, 0.85), emissivity_inside=draw(st.floats(0.05, 0.9))
    )


@st.composite
def enclosures(draw: st.DrawFn) -> Enclosure:
    """One to three zones in a row, each with an outer wall, a roof or floor, perhaps a window."""
    number = draw(st.integers(1, 3))
    zones, surfaces, windows, gains, mixing = [], [], [], [], []
    for z in range(number):
        floor = draw(st.floats(5.0, 500.0))
        height = draw(st.floats(2.2, 8.0))
        zones.append(
            Zone(f"z{z}", floor * height, floor, floor * height * 1.2 * 1006.0 * draw(st.floats(1.0, 10.0)))
        )
        area = draw(st.floats(0.05, 1.5)) * floor
        surfaces.append(Surface(f"w{z}", area, draw(layers), z, "outdoors", 90.0, 90.0 * z))
        below: Any = draw(st.sampled_from(["ground", "adiabatic", "outdoors"]))
        surfaces.append(Surface(f"f{z}", floor, draw(layers), z, below, 180.0))
        surfaces.append(
            Surface(f"r{z}", floor, draw(layers), z, draw(st.sampled_from(["outdoors", "adiabatic"])), 0.0)
        )
        if draw(st.booleans()):
            windows.append(
                Window(f"p{z}", draw(st.floats(0.01, 0.9)) * floor, draw(glazings()), z, 90.0, 90.0 * z)
            )
        if z:
            surfaces.append(Surface(f"i{z}", 0.5 * floor, draw(layers), z, "zone", 90.0, 0.0, z - 1))
            if draw(st.booleans()):
                least = min(zone.volume for zone in zones[-2:])
                mixing.append(Mixing((z - 1, z), 1.2 * least / 3600.0 * draw(st.floats(0.0, 4.0))))
        watts = floor * draw(st.floats(0.0, 60.0))
        gains.append(Gain(z, ("gain", "all"), 0.4 * watts, 0.6 * watts))
        gains.append(Gain(z, ("work",), 0.0, 0.0, floor * draw(st.floats(0.0, 1e-5))))
    return Enclosure(tuple(zones), tuple(surfaces), tuple(windows), tuple(gains), tuple(mixing))


@st.composite
def air_of(draw: st.DrawFn, zone: Zone) -> AirSide:
    # Cooling far above the dew point of the coil: at 12 °C it has no lift left (see `moisture`).
    heat = draw(st.floats(16.0, 22.0))
    fresh = draw(st.booleans())
    fan = RunningFan(
        draw(st.floats(100.0, 3000.0)), draw(st.floats(0.1, 5.0)), draw(st.floats(1.0, 6.0)),
        draw(st.floats(10.0, 200.0)), draw(st.floats(0.1, 0.5)), draw(st.floats(0.0, 0.2)),
        draw(st.floats(0.1, 1.0)),
    )  # fmt: skip
    return AirSide(
        air_mass=zone.volume * 1.2,
        infiltration=zone.volume * draw(st.one_of(st.just(0.0), st.floats(0.0, 3.0))) / 3600.0,
        ventilation=zone.volume * draw(st.floats(0.0, 3.0)) / 3600.0 * fresh,
        recovery_sensible=draw(st.floats(0.0, 0.9)),
        recovery_latent=draw(st.floats(0.0, 0.8)),
        bypass=float(draw(st.booleans())),
        heat_max=zone.floor_area * draw(st.floats(0.0, 300.0)),
        cool_max=zone.floor_area * draw(st.floats(0.0, 300.0)),
        ventilation_series=("work",),
        coil=SPLIT if draw(st.booleans()) else None,
        fan=fan if draw(st.booleans()) else None,
        heating_setpoint=("setpoint", heat),
        cooling_setpoint=("setpoint", heat + draw(st.floats(2.0, 10.0))),
    )


def throughput(run: Any) -> np.ndarray:
    """Mean heat through the air of each zone [W]; with the store as a floor where hardly any flows."""
    capacity = run.now(run.batch.zone[:, :, layout.CAPACITY])
    return np.asarray(run.total(layout.THROUGHPUT_J) / (STEPS * 900.0) + capacity / 900.0)


_SPLIT = load_coil("split_multi_2005")
SPLIT = FollowingCoil(_SPLIT.drop, _SPLIT.curve, _SPLIT.limits)


def _capacity(coil: FollowingCoil, x: float, y: float) -> float:
    return float(np.dot(coil.curve, [1.0, x, x * x, y, y * y, x * y]))


SETTINGS: Any = {
    # No shrinking: a failing room is small enough to read, and each try costs a march.
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@pytest.mark.long
@settings(max_examples=40, **SETTINGS)
@given(enclosure=enclosures(), seed=st.integers(0, 10_000), data=st.data())
def test_random_rooms(engine: SimpleNamespace, enclosure: Enclosure, seed: int, data: st.DataObject) -> None:
    sides = tuple(data.draw(air_of(zone)) for zone in enclosure.zones)
    stir = engine.lively_weather(STEPS, seed=seed)
    for modes in (0, MODES):
        run = engine.march([(enclosure, sides)], STEPS, start=15.0, humidity=0.007, modes=modes, **stir)
        assert np.isfinite(run.series).all()
        residual = run.total(layout.RESIDUAL_HEAT_W)[0] / throughput(run)[0]
        assert residual.max() < 1e-6
        assert run.total(layout.RESIDUAL_MOISTURE).max() < 1e-6
        assert run.humidity.min() > 0.0
        assert run.latent.min() >= -1e-9
        plant = run.sensible[:, 0]
        for z, side in enumerate(sides):
            assert plant[:, z].max() <= side.heat_max * (1 + 1e-12)
            # Total capacity less the share of moisture in the air that enters the coil. The latent heat of
            # the step itself follows humidity and temperature as they change within it, so that the sum may
            # pass the capacity a little while a room is pulled down or filled with vapour.
            humidity = np.append(0.007, run.humidity[:-1, 0, z])
            over = 1.0
            if side.coil is not None:
                # The curve within its range, at most.
                over = max(_capacity(side.coil, x, y) for x in (13.0, 24.0) for y in (18.0, 46.0))
            assert (run.latent[:, 0, z] - plant[:, z]).max() <= side.cool_max * 1.15 * over + 1e-9
            if side.coil is not None:
                continue
            lift = layout.CP_AIR * np.maximum(np.append(15.0, run.temp[:-1, 0, z]) - side.adp_temp, 1.0)
            wet = layout.H_FG * np.maximum(humidity - side.adp_humidity, 0.0)
            assert np.all(-plant[:, z] <= side.cool_max * lift / (lift + wet) * (1 + 1e-9))
        _within_bounds(engine, run, enclosure, sides, stir)


def _within_bounds(
    engine: SimpleNamespace, run: Any, enclosure: Enclosure, sides: tuple[AirSide, ...], stir: dict[str, Any]
) -> None:
    """Under its largest (least) constant inputs a room ends above (below) all that these inputs can do to it.

    Steps of a day lead to that steady state. Outdoor air and plant only pull to T_out and the set-points;
    few modes may overshoot a little.
    """
    bounds = []
    for pick, start in ((np.max, max(15.0, *(s.heating_setpoint[1] for s in sides))), (np.min, 15.0)):
        series = {key: float(pick(values)) for key, values in stir["series"].items()}
        series["forced"] = float(np.min(stir["series"]["forced"]))  # wind only pulls towards the outdoor air
        outdoor, sky = float(pick(stir["temp_out"])), float(pick(stir["temp_sky"]))
        held = engine.prepare(
            [(enclosure, tuple(engine.thermostat() for _ in sides))], 1, dt=86400.0, temp_out=outdoor,
            temp_sky=sky, series=series, start=outdoor,
        ).settle(3000)  # fmt: skip
        bounds.append((pick([start, outdoor, 16.0]), held.now(held.state.temp)[0]))
    (most, hottest), (least, coldest) = bounds
    temp = run.temp[:, 0]
    coolest = min(s.cooling_setpoint[1] for s in sides)
    assert temp.max() <= max(most, hottest.max()) + 1.0
    assert temp.min() >= min(least, coldest.min(), coolest) - 1.0


@pytest.mark.long
@settings(max_examples=20, **SETTINGS)
@given(enclosure=enclosures(), seed=st.integers(0, 10_000), data=st.data())
def test_random_rooms_pass_the_audit(
    engine: SimpleNamespace, enclosure: Enclosure, seed: int, data: st.DataObject
) -> None:
    """Every wall, pane, star and zone of two days, reckoned again from the states."""
    sides = tuple(data.draw(air_of(zone)) for zone in enclosure.zones)
    steps = 192
    run = engine.prepare([(enclosure, sides)], steps, start=15.0, **engine.lively_weather(steps, seed=seed))
    g, row, lane = run.at(0)
    area = sum(s.area for s in enclosure.surfaces) + sum(w.area for w in enclosure.windows)
    entered = stored = moved = 0.0
    for step in range(steps):
        books = engine.audited(run, step)
        assert np.abs(books.wrong_wall).max() < 1e-6
        assert np.abs(books.wrong_pane).max() < 1e-6
        assert np.abs(books.star[g, row, lane]).max() < 1e-8 * area * 100.0
        gain = sum(
            run.batch.zone[g, row, layout.GAIN_CONVECTIVE + i, lane]
            * run.forcing[step][run.batch.zone_series[g, row, layout.GAIN + i, lane]]
            for i in range(layout.N_GAINS)
        )
        out = 0.5 * (run.weather[step, layout.TEMP_OUT] + run.weather[step + 1, layout.TEMP_OUT])
        fresh = run.work.flow_heat[row, lane] * (out - run.work.mean[row, lane])
        boundary = (books.outside + books.inside)[g, row, lane]
        entered += float(np.sum(boundary + gain + fresh + run.work.granted[row, lane]))
        stored += float(books.stored[g, row, lane].sum())
        moved += float(
            np.abs(boundary).sum() + np.abs(gain).sum() + np.abs(run.work.granted[row, lane]).sum()
        )
    # Air exchange leaves what the sweeps leave (see test_air_exchange); all else closes to rounding.
    assert abs(entered - stored) < (1e-4 if enclosure.mixing else 1e-8) * moved


@pytest.mark.long
@settings(max_examples=30, **SETTINGS)
@given(enclosure=enclosures(), hot=st.booleans(), modes=st.sampled_from([0, MODES]))
def test_nothing_leaves_the_range_of_what_drives_it(
    engine: SimpleNamespace, enclosure: Enclosure, hot: bool, modes: int
) -> None:
    """No sun, no gains: air and stars stay between the coldest and the warmest of all they touch."""
    quiet = Enclosure(enclosure.zones, enclosure.surfaces, enclosure.windows, (), enclosure.mixing)
    out, sky, ground, start = (38.0, 30.0, 20.0, 10.0) if hot else (-8.0, -25.0, 12.0, 30.0)
    run = engine.prepare(
        [(quiet, tuple(engine.thermostat() for _ in quiet.zones))], 1, temp_out=out, temp_sky=sky,
        series={"temp_ground": ground, "forced": 12.0}, start=start, modes=modes,
    )  # fmt: skip
    # Few modes of a wall may go a little beyond.
    slack = 1e-6 if modes == 0 else 0.5
    g, row, lane = run.at(0)
    for _ in range(300):
        run.run(0, 1)
        for values in (run.state.temp[g, row, lane], run.state.star[g, row, lane]):
            assert values.max() <= max(out, ground, start) + slack
            assert values.min() >= min(out, sky, ground, start) - slack
