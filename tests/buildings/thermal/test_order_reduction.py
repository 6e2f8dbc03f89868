"""The reduced model against the full one, over a year with weather, sun, gains and a night set-back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from buildings.thermal.network import Block, assemble
from buildings.thermal.reduction import ZoneModel, full_order, reduce

from buildings.thermal import kernel
from buildings.thermal.batch import AirSide

YEAR = 35040
PRODUCTION = 4


def block_of(engine: SimpleNamespace, name: str) -> Block:
    if name == "office":
        return engine.office_floor()
    return engine.box((engine.GYPSUM, engine.INSULATION, engine.GYPSUM), window=8.0, capacity=1.6e5)


def airs(block: Block) -> tuple[AirSide, ...]:
    return tuple(
        AirSide(
            air_mass=z.volume * 1.2,
            infiltration=z.volume * 0.3 / 3600.0,
            ventilation=z.floor_area * 0.1 * 30.0 / 3600.0,
            heat_max=z.floor_area * 150.0,
            cool_max=z.floor_area * 200.0,
            ventilation_series=("work",),
            heating_setpoint=("heat",),
            cooling_setpoint=("cool",),
        )
        for z in block.zones
    )


def year_of(engine: SimpleNamespace, models: list[ZoneModel], block: Block) -> Any:
    stir = engine.lively_weather(YEAR)
    work = stir.pop("work")
    stir["series"] |= {
        ("work",): work,
        ("heat",): np.where(work > 0, 20.0, 12.0),
        ("cool",): np.where(work > 0, 26.0, 35.0),
    }
    return engine.march([(m, airs(block)) for m in models], YEAR, start=18.0, **stir)


@pytest.mark.long
@pytest.mark.parametrize("name", ["office", "light box"])
def test_a_year_of_the_reduced_model(
    engine: SimpleNamespace, figure: Callable[[str], None], name: str
) -> None:
    block = block_of(engine, name)
    space = assemble(block)
    exact = year_of(engine, [full_order(space)], block)
    tested = {r: reduce(space, r) for r in (2, 3, 4, 5, 6)}
    run = year_of(engine, list(tested.values()), block)
    for position, (states, model) in enumerate(tested.items()):
        off = [
            run.total(c)[position].sum() / exact.total(c)[0].sum() - 1.0
            for c in (kernel.HEAT_J, kernel.COOL_J)
        ]
        temp = np.sqrt(np.mean((run.temp[:, position] - exact.temp[:, 0]) ** 2))
        radiant = np.sqrt(np.mean((run.radiant[:, position] - exact.radiant[:, 0]) ** 2))
        power = np.sqrt(np.mean((run.sensible[:, position] - exact.sensible[:, 0]) ** 2))
        share = power / np.sqrt(np.mean(exact.sensible**2))
        figure(
            f"{name}, {states} of {space.n // space.n_zones - 1} states a zone: "
            f"heating {100 * off[0]:+.3f} %, "
            f"cooling {100 * off[1]:+.3f} %; RMSE air {temp:.4f} K, radiant {radiant:.4f} K, "
            f"plant {power:.2f} W ({100 * share:.3f} %); Hankel bound {100 * model.error_bound:.2f} %"
        )
        if states >= PRODUCTION:
            assert max(map(abs, off)) < 0.001
            assert temp < 0.01
            assert radiant < 0.05
            assert share < 0.005
    assert exact.total(kernel.RESIDUAL_HEAT_W).max() < 1e-5


def test_production_order_is_the_default(engine: SimpleNamespace) -> None:
    space = assemble(engine.office_floor())
    assert reduce(space).n == space.n_zones * (1 + PRODUCTION)


@pytest.mark.parametrize("name", ["office", "light box"])
@pytest.mark.parametrize("states", [1, 2, 4, 6])
def test_steady_state_is_exact(engine: SimpleNamespace, name: str, states: int) -> None:
    space = assemble(block_of(engine, name))
    full, small = full_order(space), reduce(space, states)
    assert small.n < full.n
    nz = space.n_zones

    def gains(m: ZoneModel) -> tuple[np.ndarray, np.ndarray]:
        x = np.linalg.solve(m.dynamics, -np.hstack([m.forcing, m.heat]))
        radiant = m.radiant_state @ x
        radiant[:, : m.forcing.shape[1]] += m.radiant_forcing
        return x[:nz], radiant

    for got, exact in zip(gains(small), gains(full), strict=True):
        np.testing.assert_allclose(got, exact, rtol=0, atol=1e-9 * np.abs(exact).max())


@pytest.mark.parametrize("name", ["office", "light box"])
def test_error_falls_with_the_order_and_stays_within_the_bound(engine: SimpleNamespace, name: str) -> None:
    """Frequency response of the heat to held air, every input scaled as the balance scales it."""
    space = assemble(block_of(engine, name))
    full, nz = full_order(space), space.n_zones
    omegas = 2 * np.pi / np.array([0.5, 1, 3, 6, 12, 24, 72, 240, 2000]) / 3600.0

    def response(m: ZoneModel, omega: float) -> np.ndarray:
        b = np.hstack([m.dynamics[nz:, :nz], m.forcing[nz:]])
        x = np.linalg.solve(1j * omega * np.eye(m.n - nz) - m.dynamics[nz:, nz:], b)
        return m.envelope_state[:, nz:] @ x + np.hstack([m.envelope_state[:, :nz], m.envelope_forcing])

    exact = [response(full, w) for w in omegas]
    size = max(np.linalg.norm(e, 2) for e in exact)
    errors = []
    for states in (1, 2, 4, 8):
        small = reduce(space, states)
        errors.append(
            max(np.linalg.norm(response(small, w) - e, 2) for w, e in zip(omegas, exact, strict=True))
        )
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert errors[2] < 0.02 * size


def test_small_model_is_left_alone(engine: SimpleNamespace) -> None:
    space = assemble(engine.wall_room((engine.CONCRETE,)), cells=2)
    small, full = reduce(space, 4), full_order(space)
    assert small.error_bound == 0.0
    np.testing.assert_array_equal(small.dynamics, full.dynamics)
