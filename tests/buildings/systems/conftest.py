"""Every component through the compiled dispatch, step by step, with its books checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.component import CONDITIONS, N_CONDITIONS, N_FLOWS, Component, imbalance
from buildings.systems.registry import component_limits, component_step, component_temperatures, kind
from twin.plant_rows import NOW, ROW

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
    number: int, row: Any, now: Any, wishes: Array, c: Array, flows: Array, states: Array, bounds: Array,
    temperatures: Array,
) -> None:  # fmt: skip
    # By elements: the check of shapes in Numba's `states[k] = s` takes longer to compile than a chiller.
    for k in range(wishes.shape[0]):
        for i in range(c.shape[1]):
            now.c[i] = c[k, i]
        least, most, call = component_limits(number, row.p, now.state, now.c)
        bounds[k, 0], bounds[k, 1], bounds[k, 2] = least, most, call
        given = min(max(wishes[k], least), most)
        temperatures[k, 0], temperatures[k, 1] = component_temperatures(
            number, row.p, now.state, now.c, given
        )
        for i in range(flows.shape[1]):
            now.flows[i] = math.nan
        component_step(number, row.p, now.state, given, now.c, now.flows)
        for i in range(flows.shape[1]):
            flows[k, i] = now.flows[i]
        for i in range(states.shape[1]):
            states[k + 1, i] = now.state[i]


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
        # Rows of the march, so that its very kernels run; what is not the component's own is no number.
        row, now = np.zeros(1, ROW)[0], np.zeros(1, NOW)[0]
        row["p"], now["state"] = np.nan, np.nan
        row["p"][: len(p)], now["state"][: len(s)], ran.states[0] = p, s, s
        _run(kind(component.name), row, now, wishes, c, ran.flows, ran.states, ran.limits, ran.temperatures)
        assert np.isnan(now["state"][len(s) :]).all(), component.name
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
