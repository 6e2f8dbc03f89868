"""Conduction against the exact solutions: a step at a slab and a daily wave through a multilayer wall."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from buildings.thermal import layout
from buildings.thermal.rooms import MODES
from buildings.thermal.wall import Layer, Wall, u_value, wall

FILM = 2.5
FILM_OUTSIDE = 14.6
DT = 900.0
OMEGA = 2.0 * np.pi / 86400.0
SLAB = Layer(0.30, 0.60, 1800.0, 900.0)
WALL = (Layer(0.02, 0.93, 1800.0, 1050.0), Layer(0.06, 0.035, 25.0, 1380.0), Layer(0.2, 1.74, 2500.0, 920.0),
        Layer(resistance=0.15), Layer(0.02, 0.33, 1050.0, 1050.0))  # fmt: skip
CONCRETE, FOAM, BOARD = (
    Layer(0.2, 1.74, 2500.0, 920.0),
    Layer(0.05, 0.03, 30.0, 1380.0),
    Layer(0.02, 0.33, 1050.0, 1050.0),
)
STACKS = {
    "slab": (SLAB,),
    "wall": WALL,
    "foam outside": (FOAM, CONCRETE, BOARD),
    "foam inside": (CONCRETE, FOAM, BOARD),
    "light": (BOARD, FOAM, BOARD),
    "sandwich": (CONCRETE, Layer(resistance=1.3), CONCRETE),
}


# --- a step at a slab -----------------------------------------------------------------------------------


def plane_wall_energy(time: np.ndarray, terms: int = 400) -> np.ndarray:
    """Heat that a slab, adiabatic at its back, has taken up per kelvin of step in the fluid [J/m2].

    Plane wall with convection: Incropera and DeWitt, Fundamentals of Heat and Mass Transfer, section 5.5
    (eq. 5.42 and 5.49); Carslaw and Jaeger, Conduction of Heat in Solids, section 3.11.
    """
    length, diffusivity = SLAB.thickness, SLAB.conductivity / (SLAB.density * SLAB.specific_heat)
    biot = FILM * length / SLAB.conductivity
    roots = [brentq(lambda z: z * np.sin(z) - biot * np.cos(z), n * np.pi, (n + 0.5) * np.pi, xtol=1e-14)
             for n in range(terms)]  # fmt: skip
    zeta = np.array(roots)
    c = 4.0 * np.sin(zeta) / (2.0 * zeta + np.sin(2.0 * zeta))
    fourier = diffusivity * time / length**2
    left = np.exp(-np.outer(fourier, zeta**2)) @ (c * np.sin(zeta) / zeta)
    return SLAB.capacity * (1.0 - left)


def slab_step_error(dt: float, **mesh: Any) -> np.ndarray:
    """Relative error of the step-mean heat flow over three days after a step of the air by 1 K."""
    one = wall((SLAB,), dt, adiabatic=True, **mesh)
    n = round(3 * 86400 / dt)
    w = np.zeros(len(one.phi))
    flow = np.zeros(n)
    for k in range(n):
        face = (FILM + one.p_in @ w) / (FILM + one.y_in)
        flow[k] = FILM * (1.0 - face)
        w = one.phi * w + one.p_in * face
    exact = np.diff(plane_wall_energy(np.arange(n + 1) * dt)) / dt
    return flow / exact - 1.0


@pytest.mark.xfail(
    strict=True,
    reason="faces hold their step means: the quarter of an hour after a jump is 1.0 % off, the next 0.2 %",
)
@pytest.mark.parametrize("modes", [0, 6])
def test_slab_step_at_15_min_on_a_refined_mesh(modes: int) -> None:
    """Half a per cent in every step from the first on."""
    assert np.max(np.abs(slab_step_error(DT, cells=40, modes=modes))) < 0.005


@pytest.mark.parametrize("modes", [0, 6])
@pytest.mark.parametrize("dt", [180.0, 900.0])
def test_slab_step_on_a_refined_mesh(dt: float, modes: int) -> None:
    """Half a per cent in every step but the first; six modes instead of forty keep it."""
    error = np.abs(slab_step_error(dt, cells=40, modes=modes))
    assert np.max(error[1:]) < 0.005
    assert error[0] < 0.01


def test_slab_step_on_the_production_mesh(figure: Callable[[str], None]) -> None:
    error = np.abs(slab_step_error(DT, modes=MODES))
    figure(
        f"slab step, production mesh, {MODES} modes: off by at most {100 * error.max():.1f} % in any 15 min "
        f"of three days, {100 * error[4:].max():.2f} % after the first hour, {100 * error.mean():.3f} % "
        "on average"
    )
    assert error.max() < 0.20
    assert error.mean() < 0.03


def test_slab_step_in_the_march(engine: SimpleNamespace) -> None:
    """The kernel moves heat as the wall's own recursion does; air whose capacity no wall can move."""
    room = engine.wall_room((SLAB,), boundary="adiabatic", capacity=1e16)
    run = engine.prepare([(room, (engine.thermostat(),))], 288, start=20.0)
    run.warm_to(0, 0, 30.0)
    energy = [0.0]
    for k in range(288):
        run.run(k, k + 1)
        energy.append(-run.total(layout.ENVELOPE_J)[0, 0])
    exact = plane_wall_energy(np.arange(289) * DT) * 10.0 * 10.0
    error = np.diff(energy) / np.diff(exact) - 1.0
    np.testing.assert_allclose(error, slab_step_error(DT, modes=MODES), atol=1e-9)


# --- a daily wave ---------------------------------------------------------------------------------------


def transfer_matrix(layers: tuple[Layer, ...], film_outside: float) -> np.ndarray:
    """Chain from outdoor air to room air, EN ISO 13786:2017 section 7: (theta_i, q_i) = M (theta_o, q_o)."""
    chain = np.array([[1.0, -1.0 / film_outside], [0.0, 1.0]], dtype=complex)
    for layer in layers:
        if layer.capacity:
            root = np.sqrt(1j * OMEGA * layer.density * layer.specific_heat / layer.conductivity)
            z, slope = root * layer.thickness, layer.conductivity * root
            one = np.array([[np.cosh(z), -np.sinh(z) / slope], [-slope * np.sinh(z), np.cosh(z)]])
        else:
            one = np.array([[1.0, -layer.r], [0.0, 1.0]])
        chain = one @ chain
    return np.array([[1.0, -1.0 / FILM], [0.0, 1.0]]) @ chain


def exact_response(layers: tuple[Layer, ...] = WALL) -> tuple[complex, complex]:
    """Heat into the room per kelvin of outdoor wave (transmittance) and of room wave (admittance)."""
    m = transfer_matrix(layers, FILM_OUTSIDE)
    return -1.0 / m[0, 1], m[1, 1] / m[0, 1]


def model_response(one: Wall, dt: float) -> tuple[complex, complex]:
    """The same two figures of the stepped wall, per m2: step means of waves, closed by the films.

    With w = W exp(i omega dt k) the modes answer to the faces of the same step: all are phasors.
    """
    turn = np.exp(1j * OMEGA * dt) - one.phi
    face = np.array([[one.y_out, -one.y_cross], [-one.y_cross, one.y_in]], dtype=complex)
    p = np.stack([one.p_out, one.p_in])
    face -= (p / turn) @ p.T
    film = np.diag([FILM_OUTSIDE, FILM])
    faces = np.linalg.solve(film + face, film)
    return FILM * faces[1, 0], FILM * (faces[1, 1] - 1.0)


def test_transfer_matrix_is_right_in_a_published_limit() -> None:
    """Determinant 1 (reciprocity), and without capacity the plain U-value."""
    assert np.linalg.det(transfer_matrix(WALL, 25.0)) == pytest.approx(1.0, rel=1e-9)
    plain = (Layer(resistance=0.5), Layer(resistance=1.0))
    assert (-1.0 / transfer_matrix(plain, 25.0)[0, 1]).real == pytest.approx(1.0 / (0.04 + 1.5 + 0.4))


HELD = pytest.mark.xfail(
    strict=True,
    reason="faces hold their step means: at 15 min the wave that passes is 0.65 % off, at 5 min 0.17 %",
)
CUT = pytest.mark.xfail(
    strict=True,
    reason="a wall is cut by what acts on rooms as a whole: of the daily wave that passes, 0.02 W/(m2 K), "
    "four modes miss 19 %, five 16 %, six 16 %, eight 7 % (admittance 0.8, 0.5, 0.5 and 0.3 %)",
)


@pytest.mark.parametrize(
    ("dt", "modes", "share"),
    [
        (60.0, 0, 0.005),
        (300.0, 0, 0.005),
        pytest.param(900.0, 0, 0.005, marks=HELD),
        pytest.param(300.0, 4, 0.015, marks=CUT),
        pytest.param(300.0, 6, 0.005, marks=CUT),
    ],
)
def test_daily_wave_on_a_refined_mesh(dt: float, modes: int, share: float) -> None:
    """Thirty cells a layer, transmittance and admittance."""
    got = model_response(wall(WALL, dt, cells=30, modes=modes), dt)
    for one, exact in zip(got, exact_response(), strict=True):
        assert abs(one - exact) < share * abs(exact)


@pytest.mark.parametrize("name", list(STACKS))
def test_daily_wave_on_the_production_mesh(name: str, figure: Callable[[str], None]) -> None:
    exact = exact_response(STACKS[name])
    errors = [
        [
            abs(g / e - 1.0)
            for g, e in zip(model_response(wall(STACKS[name], DT, modes=m), DT), exact, strict=True)
        ]
        for m in (0, MODES)
    ]
    (all_t, all_a), (cut_t, cut_a) = errors
    figure(
        f"24 h wave, {name}: periodic transmittance off by {100 * all_t:.2f} %, admittance by "
        f"{100 * all_a:.2f} % (complex); {MODES} modes {100 * cut_t:.2f} % and {100 * cut_a:.2f} %"
    )
    assert max(all_t, cut_t) < 0.10
    # The board of the light wall follows its face so fast that the held step means cost a little more.
    assert max(all_a, cut_a) < (0.011 if name == "light" else 0.01)


@pytest.mark.parametrize("name", STACKS)
def test_daily_wave_with_all_modes_or_eight(name: str) -> None:
    exact = exact_response(STACKS[name])
    for modes in (0, 8):
        got = model_response(wall(STACKS[name], DT, modes=modes), DT)
        assert max(abs(g / e - 1.0) for g, e in zip(got, exact, strict=True)) < 0.03


@pytest.mark.parametrize(
    ("side", "dt"), [("room", 900.0), ("outdoor", 300.0), pytest.param("outdoor", 900.0, marks=HELD)]
)
def test_daily_wave_marched_in_time(engine: SimpleNamespace, side: str, dt: float) -> None:
    """Twenty days with the kernel; amplitude and phase of the last day's step means."""
    day = round(86400.0 / dt)
    n = 20 * day
    clock = np.arange(n + 1) * dt
    temp_out = np.cos(OMEGA * clock) if side == "outdoor" else 0.0
    room = engine.wall_room(WALL, capacity=1e16, convection_outside=FILM_OUTSIDE)
    run = engine.prepare([(room, (engine.thermostat(),))], n, dt=dt, temp_out=temp_out, start=0.0, modes=0)
    flow = np.zeros(n)
    for k in range(n):
        if side == "room":  # The air is moved by hand; its capacity keeps it there over the step.
            run.warm_to(0, 0, np.cos(OMEGA * (clock[k] + 0.5 * dt)))
        before = run.total(layout.ENVELOPE_J)[0, 0]
        run.run(k, k + 1)
        flow[k] = (run.total(layout.ENVELOPE_J)[0, 0] - before) / dt / 10.0
    middle = clock[-day - 1 : -1] + 0.5 * dt
    phasor = 2.0 * np.mean(flow[-day:] * np.exp(-1j * OMEGA * middle))
    exact = exact_response()[0 if side == "outdoor" else 1]
    assert abs(phasor - exact) < 0.005 * abs(exact)


# --- what every wall keeps ------------------------------------------------------------------------------

massive = st.builds(
    Layer,
    thickness=st.floats(0.003, 0.6),
    conductivity=st.floats(0.02, 5.0),
    density=st.floats(10.0, 2800.0),
    specific_heat=st.floats(500.0, 2500.0),
)
layers = st.lists(
    st.one_of(massive, st.builds(Layer, resistance=st.floats(0.02, 4.0))), min_size=1, max_size=6
)


@given(layers=layers.map(tuple), dt=st.sampled_from([60.0, 300.0, 900.0, 3600.0]), modes=st.integers(0, 7))
def test_any_wall_has_its_u_keeps_energy_and_decays(layers: tuple[Layer, ...], dt: float, modes: int) -> None:
    one = wall(layers, dt, modes=modes)
    r = sum(layer.r for layer in layers)
    total = held_conductance(one)
    np.testing.assert_allclose(
        total, np.array([[1.0, -1.0], [-1.0, 1.0]]) / max(r, 1e-4), rtol=1e-6, atol=1e-9 / r
    )
    assert np.all((one.phi >= 0.0) & (one.phi < 1.0))
    assert len(one.phi) <= modes or modes == 0
    # What goes in and does not come out is stored: the identity behind the storage of a wall.
    for mine, y in ((one.p_in, one.y_in - one.y_cross), (one.p_out, one.y_out - one.y_cross)):
        assert y == pytest.approx(
            np.sum((one.p_in + one.p_out) * mine / (1.0 - one.phi)), rel=1e-7, abs=1e-9 * one.y_in
        )
    assert 0.0 <= one.error_bound < 2.0


def held_conductance(one: Wall) -> np.ndarray:
    """Heat into outer and inner face per kelvin of either, once the modes rest."""
    p = np.stack([one.p_out, one.p_in])
    y = np.array([[one.y_out, -one.y_cross], [-one.y_cross, one.y_in]])
    return np.asarray(y - (p / (1.0 - one.phi)) @ p.T)


@given(layers=layers.map(tuple), modes=st.integers(0, 6))
def test_a_wall_turned_round_is_the_wall_of_the_layers_reversed(
    layers: tuple[Layer, ...], modes: int
) -> None:
    """Reciprocity: the response across is one figure, whatever side is asked, also of a cut wall."""
    whole, cut = wall(layers, DT, modes=0), wall(layers, DT, modes=modes)
    back = wall(layers[::-1], DT, modes=0)

    def response(one: Wall, z: complex) -> np.ndarray:
        p = np.stack([one.p_out, one.p_in])
        y = np.array([[one.y_out, -one.y_cross], [-one.y_cross, one.y_in]])
        return np.asarray(y - (p / (z - one.phi)) @ p.T)

    for z in np.exp(1j * np.array([1e-3, 0.1, 1.0])):
        a, b = response(whole.turned(), z), response(back, z)
        np.testing.assert_allclose(a, b, atol=1e-7 * np.abs(a).max())
        for one in (response(cut, z), a):
            assert one[0, 1] == pytest.approx(one[1, 0], rel=1e-9, abs=1e-12 * np.abs(one).max())


def test_pure_resistances_and_metal() -> None:
    one = wall((Layer(resistance=0.5), Layer(resistance=1.5)), DT)
    assert (one.y_in, one.y_out, one.y_cross) == (0.5, 0.5, 0.5)
    assert len(one.phi) == 0
    assert u_value((Layer(resistance=0.5), Layer(resistance=1.5))) == pytest.approx(1.0 / 2.15)
    none = wall((Layer(resistance=0.5),), DT, adiabatic=True)
    assert (none.y_in, none.y_out, none.y_cross) == (0.0, 0.0, 0.0)
    # 2 mm of copper: the sheet only stores. Between its cells stand 1e-4 m2 K/W, a hundredth of any film.
    foil = wall((Layer(0.002, 380.0, 8900.0, 385.0),), DT)
    assert 1.0 / -held_conductance(foil)[0, 1] == pytest.approx(3e-4)


@pytest.mark.parametrize("name", STACKS)
def test_adiabatic_wall_stores_and_lets_nothing_through(name: str) -> None:
    for modes in (0, MODES):
        one = wall(STACKS[name], DT, modes=modes, adiabatic=True)
        assert one.y_cross == pytest.approx(0.0, abs=1e-12)
        assert np.abs(one.p_out).max() < 1e-12
        held = one.y_in - np.sum(one.p_in**2 / (1.0 - one.phi))
        assert held == pytest.approx(0.0, abs=1e-9 * one.y_in)
        # Its capacity: what a warming by one kelvin puts into it is that of the layers.
        stored = DT * np.sum(one.p_in**2 / (1.0 - one.phi) ** 2)
        assert stored == pytest.approx(
            sum(layer.capacity for layer in STACKS[name]), rel=max(1e-9, one.error_bound)
        )


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("modes", [0, MODES])
def test_capacity_between_two_faces(name: str, modes: int) -> None:
    """Both faces warmed by one kelvin: the wall holds the capacity of its layers, a cut one to its bound."""
    one = wall(STACKS[name], DT, modes=modes)
    stored = DT * np.sum((one.p_in + one.p_out) ** 2 / (1.0 - one.phi) ** 2)
    assert stored == pytest.approx(
        sum(layer.capacity for layer in STACKS[name]), rel=max(1e-9, one.error_bound)
    )


def test_held_modes_are_the_steady_state() -> None:
    one = wall(WALL, DT, modes=MODES)
    w = one.held(-5.0, 21.0)
    np.testing.assert_allclose(one.phi * w + one.p_out * -5.0 + one.p_in * 21.0, w, rtol=1e-12, atol=1e-12)
    flow = one.y_in * 21.0 - one.y_cross * -5.0 - one.p_in @ w
    assert flow == pytest.approx(26.0 / sum(layer.r for layer in WALL), rel=1e-9)
