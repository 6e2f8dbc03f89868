"""Where nothing changes, the plant gives U·A·ΔT and the heat of the outdoor air, nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from buildings.thermal.discretisation import discretise
from buildings.thermal.network import Block, Layer, Surface, Window, Zone, assemble
from buildings.thermal.reduction import full_order, reduce

from buildings.thermal.films import STEFAN_BOLTZMANN
from buildings.thermal.glazing import Glazing
from buildings.thermal.kernel import CP_AIR, CP_VAPOUR

INSIDE, OUTSIDE = 22.0, -4.0
DAYS_60 = 60 * 96

WALLS = {
    "concrete": ((0.2, 1.74, 2500.0, 920.0, 0.0),),
    "insulated": ((0.05, 0.03, 30.0, 1380.0, 0.0), (0.2, 1.74, 2500.0, 920.0, 0.0), (0, 0, 0, 0, 0.18)),
    "sandwich": (
        (0, 0, 0, 0, 1.3),
        (0.012, 0.16, 950.0, 840.0, 0.0),
        (0, 0, 0, 0, 0.4),
        (0.1, 0.5, 900.0, 900.0, 0),
    ),
}


def wall_u(layers: tuple[tuple[float, ...], ...], film_outside: float, film_inside: float) -> float:
    """Sum of resistances in series, by hand."""
    r = sum(d / k if k else extra for d, k, _, _, extra in layers)
    return 1.0 / (1.0 / film_outside + r + 1.0 / film_inside)


def black_film(emissivity: float, temp_k: float) -> float:
    return 4.0 * emissivity * STEFAN_BOLTZMANN * temp_k**3


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize("leak", [0.0, 0.02])
def test_wall_and_infiltration(engine: SimpleNamespace, wall: str, reduced: bool, leak: float) -> None:
    layers = tuple(Layer(*row) for row in WALLS[wall])
    space = assemble(engine.wall_room(layers, area=13.0))
    model = reduce(space, 2) if reduced else full_order(space)
    air = engine.thermostat(heat=INSIDE, infiltration=leak)
    run = engine.march(
        [(model, (air,))],
        DAYS_60,
        temp_out=OUTSIDE,
        humidity_out=0.004,
        density=1.27,
        series=engine.setpoints(INSIDE),
        start=INSIDE,
    )
    u = wall_u(WALLS[wall], 10.0 + black_film(0.9, 283.0), 2.5)
    expected = (u * 13.0 + 1.27 * leak * (CP_AIR + CP_VAPOUR * 0.004)) * (INSIDE - OUTSIDE)
    assert run.sensible[-1, 0, 0] == pytest.approx(expected, rel=1e-6)
    assert run.temp[-1, 0, 0] == pytest.approx(INSIDE, abs=1e-9)


def test_cooling_has_the_other_sign(engine: SimpleNamespace) -> None:
    model = full_order(assemble(engine.wall_room((engine.CONCRETE,))))
    air = engine.thermostat(cool=26.0, adp_humidity=1.0)
    run = engine.march(
        [(model, (air,))], DAYS_60, temp_out=36.0, series=engine.setpoints(26.0), start=26.0, humidity=0.008
    )
    u = wall_u(WALLS["concrete"], 10.0 + black_film(0.9, 283.0), 2.5)
    assert run.sensible[-1, 0, 0] == pytest.approx(-u * 10.0 * 10.0, rel=1e-6)


def test_window_alone(engine: SimpleNamespace) -> None:
    glazing = Glazing("w", 2.0, 0.4, emissivity=0.84)
    block = Block((Zone("air", 30.0, 12.0, 36e3),), (), (Window("w", 4.0, glazing, 0, 90.0, 0.0, 8.0),))
    run = engine.march(
        [(full_order(assemble(block)), (engine.thermostat(heat=INSIDE),))],
        2000,
        temp_out=OUTSIDE,
        series=engine.setpoints(INSIDE),
        start=INSIDE,
    )
    u = 1.0 / (1.0 / (8.0 + black_film(0.84, 283.0)) + glazing.resistance + 1.0 / 2.5)
    assert run.sensible[-1, 0, 0] == pytest.approx(u * 4.0 * (INSIDE - OUTSIDE), rel=1e-6)


def carroll(areas: np.ndarray) -> np.ndarray:
    """F_i = 1 / (1 - A_i F_i / sum A F), by Newton's method on all at once."""
    from scipy.optimize import fsolve

    def wrong(f: np.ndarray) -> np.ndarray:
        return f * (1.0 - areas * f / np.sum(areas * f)) - 1.0

    return np.asarray(fsolve(wrong, np.full(len(areas), 1.2), xtol=1e-13))


def test_room_of_many_faces_against_a_small_network(engine: SimpleNamespace) -> None:
    """Six faces and a window exchange by long wave through the star; solved here as one linear system."""
    emissivity = 0.8
    block = engine.box((engine.INSULATION, engine.GYPSUM), window=12.0, emissivity_inside=emissivity)
    ground = 14.0
    # (area, R of the layers, outside film, outside temperature, inside film, emissivity); ISO 6946 table C.1
    r = 0.05 / 0.03 + 0.02 / 0.33
    out, level = 10.0 + black_film(0.9, 283.0), np.sqrt(5.0 * 0.7)
    rows = [(a, r, out, OUTSIDE, 2.5, emissivity) for a in (21.6, 16.2, 9.6, 16.2)]
    rows.append((48.0, r, out, OUTSIDE, level, emissivity))
    rows.append((48.0, r, 1e6, ground, level, 0.9))
    glass = engine.GLASS
    rows.append((12.0, glass.resistance, 8.0 + black_film(0.84, 283.0), OUTSIDE, 2.5, 0.84))
    area, res, film, beyond, inner, emit = np.array(rows).T
    u = 1.0 / (res + 1.0 / film)
    star = black_film(1.0, 293.15) * area / ((1.0 - emit) / emit + 1.0 / carroll(area))
    n = len(area)
    system, right = np.zeros((n + 1, n + 1)), np.zeros(n + 1)
    for i in range(n):
        system[i, i] = area[i] * (u[i] + inner[i]) + star[i]
        system[i, n] = system[n, i] = -star[i]
        right[i] = area[i] * (u[i] * beyond[i] + inner[i] * INSIDE)
    system[n, n] = star.sum()
    face = np.linalg.solve(system, right)[:n]
    expected = float(np.sum(area * inner * (INSIDE - face)))
    radiant = float(np.sum(area * face) / area.sum())
    run = engine.march(
        [(reduce(assemble(block)), (engine.thermostat(heat=INSIDE),))],
        DAYS_60,
        temp_out=OUTSIDE,
        series=engine.setpoints(INSIDE) | {"temp_ground": ground},
        start=INSIDE,
    )
    assert run.sensible[-1, 0, 0] == pytest.approx(expected, rel=1e-6)
    assert run.radiant[-1, 0, 0] == pytest.approx(radiant, abs=1e-6)


def test_gain_sun_and_sky_in_steady_state(engine: SimpleNamespace) -> None:
    """Free float behind one wall: the sol-air temperature plus gain over conductance."""
    block = engine.wall_room((engine.CONCRETE,))
    surface = Surface(
        "wall", 10.0, (engine.CONCRETE,), 0, "outdoors", 90.0, 180.0, solar_absorptance_outside=0.5
    )
    from buildings.thermal.network import Gain

    block = Block(block.zones, (surface,), (), (Gain(0, "g", 100.0, 1.0, 0.0),))
    run = engine.march(
        [(full_order(assemble(block)), (engine.thermostat(),))],
        DAYS_60,
        temp_out=5.0,
        series={"solar": 300.0, "sky": -50.0, "gain": 0.8},
        start=10.0,
    )
    film = 10.0 + black_film(0.9, 283.0)
    u = wall_u(WALLS["concrete"], film, 2.5)
    sol_air = 5.0 + (0.5 * 300.0 - 0.9 * 50.0) / film
    assert run.temp[-1, 0, 0] == pytest.approx(sol_air + 80.0 / (u * 10.0), rel=1e-6)


def test_step_matrices_keep_a_steady_state(engine: SimpleNamespace) -> None:
    """One day in one step ends where 96 steps of 15 min end, under constant input."""
    model = full_order(assemble(engine.box((engine.INSULATION, engine.CONCRETE))))
    u = np.ones(len(model.channels) + 1)
    x = np.linspace(0.0, 30.0, model.n)
    day, quarter = discretise(model, 86400.0), discretise(model, 900.0)
    y = x.copy()
    for _ in range(96):
        y = quarter.transition @ y + quarter.response @ u
    np.testing.assert_allclose(day.transition @ x + day.response @ u, y, rtol=0, atol=1e-9)
