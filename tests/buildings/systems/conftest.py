"""Every component through the compiled dispatch, step by step, with its books checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.component import CONDITIONS, N_CONDITIONS, N_FLOWS, Component, imbalance
from buildings.systems.registry import component_limits, component_step, component_temperatures, kind

Array = NDArray[np.float64]
USUAL = {
    "step": 900.0,
    "temp_out": 20.0,
    "wet_bulb_out": 16.0,
    "pressure": 101325.0,
    "temp_in": 24.0,
    "wet_bulb_in": 17.0,
    "temp_mains": 15.0,
    "temp_source": 15.0,
    "temp_supply": 45.0,
    "temp_return": 40.0,
    "heat_in": 0.0,
    "temp_heat_in": 45.0,
    "heat_accepted": 0.0,
    "input_1": 0.0,
    "input_2": 0.0,
}


def conditions(**changes: float) -> Array:
    """Conditions of a mild step, and what a test changes of them."""
    assert set(changes) <= set(CONDITIONS)
    return np.array([(USUAL | changes)[name] for name in CONDITIONS])


@dataclass(frozen=True)
class Ran:
    """What a component did: flows (n, N_FLOWS), states (n + 1, S), limits (n, 3), temperatures (n, 2)."""

    flows: Array
    states: Array
    limits: Array
    temperatures: Array


@compiled()
def _run(
    number: int, p: Array, s: Array, wishes: Array, c: Array, flows: Array, states: Array, bounds: Array,
    temperatures: Array,
) -> None:  # fmt: skip
    # Element by element: the check of shapes in Numba's `states[k] = s` takes longer to compile than a chiller.
    for i in range(s.shape[0]):
        states[0, i] = s[i]
    for k in range(wishes.shape[0]):
        least, most, call = component_limits(number, p, s, c[k])
        bounds[k, 0], bounds[k, 1], bounds[k, 2] = least, most, call
        given = min(max(wishes[k], least), most)
        temperatures[k, 0], temperatures[k, 1] = component_temperatures(number, p, s, c[k], given)
        component_step(number, p, s, given, c[k], flows[k])
        for i in range(s.shape[0]):
            states[k + 1, i] = s[i]


@pytest.fixture(scope="session")
def run_component() -> Callable[..., Ran]:
    """March a component through wishes, held within its limits, and check what every component must keep.

    `run_component(component, p, s, wishes, conditions)`: `wishes` (n,) [W], `conditions`
    (N_CONDITIONS,) or (n, N_CONDITIONS). Checked at every step: limits are in order, all figures are finite,
    and what is given to all carriers and stored sums to zero within 1e-9 of the largest flow.
    """

    def run(component: Component, p: Array, s: Array, wishes: Array, c: Array) -> Ran:
        wishes = np.atleast_1d(np.asarray(wishes, float))
        n = len(wishes)
        c = np.broadcast_to(c, (n, N_CONDITIONS)).copy()
        ran = Ran(
            np.full((n, N_FLOWS), np.nan),
            np.zeros((n + 1, len(component.states))),
            np.zeros((n, 3)),
            np.zeros((n, 2)),
        )
        state = s.copy()
        _run(kind(component.name), p, state, wishes, c, ran.flows, ran.states, ran.limits, ran.temperatures)
        assert np.isfinite(ran.flows).all(), component.name
        assert np.isfinite(ran.states).all(), component.name
        least, most, call = ran.limits.T
        assert (least <= most).all(), component.name
        assert (call >= 0.0).all(), component.name
        assert (call <= np.maximum(-least, 0.0) * (1.0 + 1e-9)).all(), component.name
        assert max(imbalance(row) for row in ran.flows) < 1e-9, component.name
        return ran

    return run


@pytest.fixture(scope="session")
def usual() -> Callable[..., Array]:
    """`conditions`."""
    return conditions
