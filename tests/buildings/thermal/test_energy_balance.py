"""A year of free float: what the nodes store is what crossed the boundary."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from buildings.thermal.discretisation import integrals
from buildings.thermal.network import TEMP_AIR, assemble
from buildings.thermal.reduction import full_order

from buildings.thermal import kernel

YEAR = 35040


@pytest.mark.long
def test_every_node_closes_over_a_year(engine: SimpleNamespace) -> None:
    """C dx = dt (K mean x + B mean u + infiltration), node by node and for the room as a whole.

    The step means come from the integrals of the matrix exponential, not from the change they must explain.
    """
    space = assemble(engine.box((engine.INSULATION, engine.CONCRETE, engine.GYPSUM), window=6.0))
    model = full_order(space)
    stir = engine.lively_weather(YEAR)
    stir.pop("work")
    leak = 129.6 * 0.5 / 3600.0
    air = engine.thermostat(heat_max=0.0, cool_max=0.0, infiltration=leak, air_mass=155.0)
    run = engine.prepare([(model, (air,))], YEAR, start=15.0, **stir)
    states = np.empty((YEAR + 1, model.n))
    states[0] = run.states(0, model.n)
    for k in range(YEAR):
        run.run(k, k + 1)
        states[k + 1] = run.states(0, model.n)
    dt = run.dt
    u = run.forcing[:, list(run.batch.channel[0, 1:, 0])]
    outdoor = model.channels.index(TEMP_AIR)
    flow = run.weather[:-1, 2] * leak * (kernel.CP_AIR + kernel.CP_VAPOUR * run.weather[:-1, 1])
    mean_out = 0.5 * (u[:-1, outdoor] + u[1:, outdoor])
    heat = flow * (mean_out - 0.5 * (states[:-1, 0] + states[1:, 0]))
    _, s1, s2, s3 = integrals(model.dynamics, dt)
    inputs = u[:-1] @ model.forcing.T + np.outer(heat, model.heat[:, 0])
    rise = np.outer((u[1:, outdoor] - u[:-1, outdoor]) / dt, model.forcing[:, outdoor])
    mean = (states[:-1] @ s1.T + inputs @ s2.T + rise @ s3.T) / dt
    mean_u = u[:-1].copy()
    mean_u[:, outdoor] = mean_out
    conducted = mean @ space.conductance.T + mean_u @ space.forcing.T
    conducted[:, 0] += heat
    stored = np.diff(states, axis=0) * space.capacity
    wrong = np.abs(stored - conducted * dt)
    assert wrong.max() < 1e-9 * np.abs(stored).max()
    # Every node over the year against what went through it, and the room against its boundary.
    assert (np.abs((stored - conducted * dt).sum(axis=0)) / np.abs(stored).sum(axis=0)).max() < 1e-9
    through_boundary = mean @ space.conductance.sum(axis=0) + mean_u @ space.forcing.sum(axis=0) + heat
    change = ((states[-1] - states[0]) * space.capacity).sum()
    assert abs(change - through_boundary.sum() * dt) < 1e-9 * np.abs(through_boundary).sum() * dt
    assert np.ptp(states[:, 0]) > 20.0


def test_network_is_symmetric_and_loses_heat_only_outwards(engine: SimpleNamespace) -> None:
    """Row sums of K are minus the conductances to known temperatures; a room in equilibrium stays in it."""
    for block in (
        engine.office_floor(),
        engine.box((engine.CONCRETE, engine.GAP, engine.GYPSUM), window=5.0),
    ):
        space = assemble(block)
        np.testing.assert_array_equal(space.conductance, space.conductance.T)
        known = [i for i, c in enumerate(space.channels) if c[0] in ("temp_air", "temp_ground")]
        rest = space.conductance @ np.ones(space.n) + space.forcing[:, known].sum(axis=1)
        assert np.abs(rest).max() < 1e-9 * np.abs(space.conductance).max()
        np.testing.assert_allclose(
            space.radiant_state.sum(axis=1) + space.radiant_forcing[:, known].sum(axis=1), 1.0, rtol=1e-9
        )
        assert np.linalg.eigvalsh(space.conductance).max() < 1e-9 * np.abs(space.conductance).max()


def test_gains_and_sun_arrive_in_full(engine: SimpleNamespace) -> None:
    """With all nodes at rest, watts per unit over all nodes and known temperatures are the source's watts."""
    space = assemble(engine.box((engine.CONCRETE,), window=0.0))
    total = {c[0]: space.forcing[:, i].sum() for i, c in enumerate(space.channels)}
    film = 10.0 + 4.0 * 0.9 * 5.670374419e-8 * 283.0**3
    cell = 2.0 * 3.0 * 1.74 / 0.2
    kept = cell / (cell + film)  # of what lands on an outer face, the rest goes back to the air outside
    solar = [space.forcing[:, i].sum() for i, c in enumerate(space.channels) if c[0] == "solar"]
    assert sorted(solar) == pytest.approx(
        sorted(0.7 * kept * a for a in (21.6, 16.2, 21.6, 16.2, 48.0)), rel=1e-9
    )
    # Half of the gain is radiant: it lands on faces with mass behind them and arrives whole.
    assert total["gain"] == pytest.approx(500.0, rel=1e-9)


@pytest.mark.parametrize("absorptance", [0.1, 0.6, 0.9])
def test_transmitted_sun_is_absorbed_or_leaves(absorptance: float) -> None:
    """Cavity: what the faces keep and what goes out again through the window make one."""
    from buildings.thermal.network import cavity_absorption

    area = np.array([48.0, 48.0, 80.0, 12.0])
    alpha = np.array([absorptance, absorptance, absorptance, 0.1])
    tau = np.array([0.0, 0.0, 0.0, 0.6])
    kept = cavity_absorption(area, alpha, tau)
    lost = tau / alpha * kept.T  # what reaches a face is absorbed and transmitted in proportion
    np.testing.assert_allclose(kept.sum(axis=0) + lost.T.sum(axis=0), 1.0, rtol=1e-12)
    closed = cavity_absorption(area, np.full(4, absorptance), np.zeros(4))
    np.testing.assert_allclose(closed.sum(axis=0), 1.0, rtol=1e-12)
    # Ulbricht's sphere: of light spread over all faces, a window loses A tau / sum A (1 - rho).
    first = area / area.sum()
    sphere = area[3] * 0.6 / np.sum(area * (alpha + tau))
    assert 1.0 - (kept @ first).sum() == pytest.approx(sphere, rel=1e-12)
