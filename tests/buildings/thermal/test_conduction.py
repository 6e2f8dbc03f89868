"""Conduction against the exact solutions: a step at a slab and a daily wave through a multilayer wall."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from buildings.thermal.network import Block, Layer, Surface, Zone, assemble
from buildings.thermal.reduction import full_order, reduce
from scipy.optimize import brentq

from buildings.thermal import kernel
from buildings.thermal.films import STEFAN_BOLTZMANN

FILM = 2.5
OMEGA = 2.0 * np.pi / 86400.0
SLAB = Layer(0.30, 0.60, 1800.0, 900.0)
WALL = (Layer(0.02, 0.93, 1800.0, 1050.0), Layer(0.06, 0.035, 25.0, 1380.0), Layer(0.2, 1.74, 2500.0, 920.0),
        Layer(resistance=0.15), Layer(0.02, 0.33, 1050.0, 1050.0))  # fmt: skip


def held_air(layers: tuple[Layer, ...], boundary: str) -> Block:
    """A wall of 10 m2 and air whose capacity no wall can move."""
    surface = Surface("wall", 10.0, layers, 0, boundary, 90.0, 0.0)  # type: ignore[arg-type]
    return Block((Zone("air", 30.0, 12.0, 1e16),), (surface,))


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


def slab_step_error(engine: SimpleNamespace, cells: int, dt: float, states: int = 0) -> np.ndarray:
    """Relative error of the step-mean heat flow over three days after a step of the air by 10 K."""
    space = assemble(held_air((SLAB,), "adiabatic"), cells)
    model = reduce(space, states) if states else full_order(space)
    start = np.full(model.n, 20.0)
    if states:
        start[1:] = np.linalg.solve(model.dynamics[1:, 1:], -model.dynamics[1:, :1] @ [20.0])
    start[0] = 30.0
    n = round(3 * 86400 / dt)
    run = engine.prepare([(model, (engine.thermostat(),))], n, dt=dt, start=[start])
    energy = [0.0]
    for k in range(n):
        run.run(k, k + 1)
        energy.append(-run.total(kernel.ENVELOPE_J)[0, 0])
    exact = plane_wall_energy(np.arange(n + 1) * dt) * 10.0 * 10.0
    return np.diff(energy) / np.diff(exact) - 1.0


def test_slab_step_on_a_refined_mesh(engine: SimpleNamespace) -> None:
    assert np.max(np.abs(slab_step_error(engine, cells=40, dt=900.0))) < 0.005


def test_slab_step_reduced_from_the_refined_mesh(engine: SimpleNamespace) -> None:
    """Six states instead of forty keep the same half per cent."""
    assert np.max(np.abs(slab_step_error(engine, cells=40, dt=900.0, states=6))) < 0.005


def test_slab_step_on_the_production_mesh(engine: SimpleNamespace, figure: Callable[[str], None]) -> None:
    error = np.abs(slab_step_error(engine, cells=3, dt=900.0))
    figure(
        f"slab step, 3 cells of 100 mm: off by at most {100 * error.max():.1f} % in any 15 min of three "
        f"days, {100 * error[4:].max():.1f} % after the first hour, {100 * error.mean():.2f} % on average"
    )
    assert error.max() < 0.20
    assert error.mean() < 0.03


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


FILM_OUTSIDE = 10.0 + 4.0 * 0.9 * STEFAN_BOLTZMANN * 283.0**3


def exact_response() -> tuple[complex, complex]:
    """Heat into the room per kelvin of outdoor wave (transmittance) and of room wave (admittance)."""
    m = transfer_matrix(WALL, FILM_OUTSIDE)
    return -1.0 / m[0, 1], m[1, 1] / m[0, 1]


def model_response(cells: int, states: int = 0) -> tuple[complex, complex]:
    """The same two figures of the engine's state-space model, per m2."""
    space = assemble(held_air(WALL, "outdoors"), cells)
    model = reduce(space, states) if states else full_order(space)
    a, b = model.dynamics[1:, 1:], np.column_stack([model.forcing[1:, 0], model.dynamics[1:, 0]])
    x = np.linalg.solve(1j * OMEGA * np.eye(model.n - 1) - a, b)
    direct = np.array([model.envelope_forcing[0, 0], model.envelope_state[0, 0]])
    outdoor, room = (model.envelope_state[:, 1:] @ x)[0] + direct
    return outdoor / 10.0, room / 10.0


def test_transfer_matrix_is_right_in_a_published_limit() -> None:
    """Determinant 1 (reciprocity), and without capacity the plain U-value."""
    assert np.linalg.det(transfer_matrix(WALL, 25.0)) == pytest.approx(1.0, rel=1e-9)
    plain = (Layer(resistance=0.5), Layer(resistance=1.0))
    assert (-1.0 / transfer_matrix(plain, 25.0)[0, 1]).real == pytest.approx(1.0 / (0.04 + 1.5 + 0.4))


@pytest.mark.parametrize(("states", "share"), [(0, 0.005), (4, 0.015), (6, 0.005)])
def test_daily_wave_on_a_refined_mesh(states: int, share: float) -> None:
    """Four states lose 0.8 % of what little of the wave comes through the wall; six do not."""
    for got, exact in zip(model_response(30, states), exact_response(), strict=True):
        assert abs(got - exact) < share * abs(exact)


def test_daily_wave_on_the_production_mesh(figure: Callable[[str], None]) -> None:
    errors = [abs(g / e - 1.0) for g, e in zip(model_response(3), exact_response(), strict=True)]
    reduced = [abs(g / e - 1.0) for g, e in zip(model_response(3, 4), exact_response(), strict=True)]
    figure(
        f"24 h wave, 3 cells a layer: periodic transmittance off by {100 * errors[0]:.2f} %, admittance by "
        f"{100 * errors[1]:.2f} % (complex); 4 states {100 * reduced[0]:.2f} % and {100 * reduced[1]:.2f} %"
    )
    assert max(errors[0], reduced[0]) < 0.10
    assert max(errors[1], reduced[1]) < 0.01


@pytest.mark.parametrize("side", ["outdoor", "room"])
def test_daily_wave_marched_in_time(engine: SimpleNamespace, side: str) -> None:
    """Twenty days at 15 min with the kernel; amplitude and phase of the last day's step means."""
    model = full_order(assemble(held_air(WALL, "outdoors"), 30))
    n, dt = 20 * 96, 900.0
    clock = np.arange(n + 1) * dt
    run = engine.prepare([(model, (engine.thermostat(),))], n, temp_out=np.cos(OMEGA * clock), start=0.0)
    if side == "room":
        run = engine.prepare([(model, (engine.thermostat(),))], n, temp_out=0.0, start=0.0)
    g, lane = run.place[0]
    flow = np.zeros(n)
    for k in range(n):
        if side == "room":  # The air is moved by hand; its capacity keeps it there over the step.
            run.state.x[g, 0, lane] = np.cos(OMEGA * (clock[k] + 0.5 * dt))
        before = run.total(kernel.ENVELOPE_J)[0, 0]
        run.run(k, k + 1)
        flow[k] = (run.total(kernel.ENVELOPE_J)[0, 0] - before) / dt / 10.0
    middle = clock[-97:-1] + 0.5 * dt
    phasor = 2.0 * np.mean(flow[-96:] * np.exp(-1j * OMEGA * middle))
    exact = exact_response()[0 if side == "outdoor" else 1]
    assert abs(phasor - exact) < 0.005 * abs(exact)
