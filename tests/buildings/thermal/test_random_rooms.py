"""Whatever room one draws: balances close, temperatures stay where physics holds them, nothing grows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from buildings.thermal.discretisation import discretise
from buildings.thermal.network import Block, Gain, Layer, Surface, Window, Zone, assemble
from buildings.thermal.reduction import full_order, reduce
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from buildings.thermal import kernel
from buildings.thermal.batch import AirSide
from buildings.thermal.glazing import Glazing

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
glazing = st.builds(
    Glazing,
    name=st.just("g"),
    u_value=st.floats(0.6, 6.0),
    shgc=st.floats(0.1, 0.85),
    panes=st.integers(1, 3),
    category=st.floats(1.0, 4.0),
    emissivity=st.floats(0.05, 0.9),
)


@st.composite
def rooms(draw: st.DrawFn) -> Block:
    """One to three zones in a row, each with an outer wall, a roof or floor, perhaps a window."""
    number = draw(st.integers(1, 3))
    zones, surfaces, windows, gains = [], [], [], []
    for z in range(number):
        floor = draw(st.floats(5.0, 500.0))
        height = draw(st.floats(2.2, 8.0))
        zones.append(
            Zone(f"z{z}", floor * height, floor, floor * height * 1.2 * 1006.0 * draw(st.floats(1.0, 10.0)))
        )
        area = draw(st.floats(0.05, 1.5)) * floor
        surfaces.append(Surface(f"w{z}", area, draw(layers), z, "outdoors", 90.0, 90.0 * z))
        below = draw(st.sampled_from(["ground", "adiabatic", "outdoors"]))
        surfaces.append(Surface(f"f{z}", floor, draw(layers), z, below, 180.0))
        surfaces.append(
            Surface(f"r{z}", floor, draw(layers), z, draw(st.sampled_from(["outdoors", "adiabatic"])), 0.0)
        )
        if draw(st.booleans()):
            windows.append(
                Window(f"p{z}", draw(st.floats(0.01, 0.9)) * floor, draw(glazing), z, 90.0, 90.0 * z)
            )
        if z:
            surfaces.append(Surface(f"i{z}", 0.5 * floor, draw(layers), z, "zone", 90.0, 0.0, z - 1))
        gains.append(Gain(z, "gain", floor * draw(st.floats(0.0, 60.0)), 0.4, 0.6))
    return Block(tuple(zones), tuple(surfaces), tuple(windows), tuple(gains))


@st.composite
def air_of(draw: st.DrawFn, zone: Zone) -> AirSide:
    # Cooling far above the dew point of the coil: at 12 °C it has no lift left (see `moisture`).
    heat = draw(st.floats(16.0, 22.0))
    fresh = draw(st.booleans())
    return AirSide(
        air_mass=zone.volume * 1.2,
        infiltration=zone.volume * draw(st.one_of(st.just(0.0), st.floats(0.0, 3.0))) / 3600.0,
        ventilation=zone.volume * draw(st.floats(0.0, 3.0)) / 3600.0 * fresh,
        recovery_sensible=draw(st.floats(0.0, 0.9)),
        recovery_latent=draw(st.floats(0.0, 0.8)),
        bypass=float(draw(st.booleans())),
        moisture=zone.floor_area * draw(st.floats(0.0, 1e-5)),
        heat_max=zone.floor_area * draw(st.floats(0.0, 300.0)),
        cool_max=zone.floor_area * draw(st.floats(0.0, 300.0)),
        ventilation_series=("work",),
        moisture_series=("work",),
        heating_setpoint=("setpoint", heat),
        cooling_setpoint=("setpoint", heat + draw(st.floats(2.0, 10.0))),
    )


def throughput(run: Any) -> np.ndarray:
    """Mean heat through the air node of each zone [W]; with the store as a floor where hardly any flows."""
    return run.total(kernel.THROUGHPUT_J) / (STEPS * 900.0) + run.batch.air_capacity[0, :, 0] * 1.0 / 900.0


@pytest.mark.long
# No shrinking: a failing room is small enough to read, and each try costs a march.
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(block=rooms(), seed=st.integers(0, 10_000), data=st.data())
def test_random_rooms(engine: SimpleNamespace, block: Block, seed: int, data: st.DataObject) -> None:
    space = assemble(block)
    sides = tuple(data.draw(air_of(zone)) for zone in block.zones)
    stir = engine.lively_weather(STEPS, seed=seed)
    work = stir.pop("work")
    stir["series"] |= {("work",): work} | engine.setpoints(
        *(s.heating_setpoint[1] for s in sides), *(s.cooling_setpoint[1] for s in sides)
    )
    assert np.linalg.eigvalsh(space.conductance).max() <= 1e-9 * np.abs(space.conductance).max()
    for model in (full_order(space), reduce(space)):
        rates = np.linalg.eigvals(model.dynamics)
        assert rates.real.max() < 0.0
        assert np.abs(np.linalg.eigvals(discretise(model, 900.0).transition)).max() < 1.0
        run = engine.march([(model, sides)], STEPS, start=15.0, humidity=0.007, **stir)
        assert np.isfinite(run.series).all()
        residual = run.total(kernel.RESIDUAL_HEAT_W)[0] / throughput(run)[0]
        assert residual.max() < 1e-6
        assert run.total(kernel.RESIDUAL_MOISTURE).max() < 1e-6
        assert run.humidity.min() > 0.0
        assert run.latent.min() >= -1e-9
        plant = run.sensible[:, 0]
        for z, side in enumerate(sides):
            assert plant[:, z].max() <= side.heat_max * (1 + 1e-12)
            # Total capacity less the share of moisture in the air that enters the coil. The latent heat of
            # the step itself follows humidity and temperature as they change within it, so that the sum may
            # pass the capacity a little while a room is pulled down or filled with vapour.
            humidity = np.append(0.007, run.humidity[:-1, 0, z])
            lift = kernel.CP_AIR * np.maximum(np.append(15.0, run.temp[:-1, 0, z]) - side.adp_temp, 1.0)
            wet = kernel.H_FG * np.maximum(humidity - side.adp_humidity, 0.0)
            assert np.all(-plant[:, z] <= side.cool_max * lift / (lift + wet) * (1 + 1e-9))
            assert (run.latent[:, 0, z] - plant[:, z]).max() <= side.cool_max * 1.15 + 1e-9
        _within_bounds(run, space, sides, stir)


def _within_bounds(run: Any, space: Any, sides: tuple[AirSide, ...], stir: dict[str, Any]) -> None:
    """The network is a positive system: under its largest (least) constant inputs it ends above (below).

    A reduced model may overshoot a little; outdoor air and plant only pull towards T_out and the set-points.
    """
    full = full_order(space)
    bounds = []
    for pick, start in ((np.max, max(15.0, *(s.heating_setpoint[1] for s in sides))), (np.min, 15.0)):
        values = []
        for channel in space.channels:
            series = stir["temp_out"] if channel[0] == "temp_air" else stir["series"].get(channel[0], 0.0)
            values.append(float(pick(series)))
        held = np.linalg.solve(full.dynamics, -full.forcing @ np.array(values))[: space.n_zones]
        outdoor = float(pick(stir["temp_out"]))
        bounds.append((pick([start, outdoor, 16.0]), held))
    (most, hottest), (least, coldest) = bounds
    temp = run.temp[:, 0]
    coolest = min(s.cooling_setpoint[1] for s in sides)
    assert temp.max() <= max(most, hottest.max()) + 1.0
    assert temp.min() >= min(least, coldest.min(), coolest) - 1.0
