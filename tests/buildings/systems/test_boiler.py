"""Boilers: efficiency against the curve by hand, cycling, carriers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.boiler import BOILER, load_boiler
from buildings.systems.component import AMBIENT, ELECTRICITY, GAS, HOT_WATER, SPACE_HEAT
from buildings.systems.records import read_library
from weather.errors import TwinError

NOTHING = np.zeros(0)


@given(
    key=st.sampled_from(sorted(read_library("boilers"))), load=st.floats(0.0, 1.2), rated=st.floats(1e2, 1e7)
)
def test_books_close_and_nothing_is_made(
    run_component: Callable[..., Any], usual: Callable[..., Any], key: str, load: float, rated: float
) -> None:
    p = BOILER.pack("hot_water", load_boiler(key, rated))
    ran = run_component(BOILER, p, NOTHING, load * rated, usual())
    flows = ran.flows[0]
    assert flows[HOT_WATER] == pytest.approx(min(load, 1.0) * rated)
    assert flows[GAS] + flows[ELECTRICITY] <= -flows[HOT_WATER]
    assert flows[AMBIENT] >= 0.0


def test_efficiency_of_a_low_temperature_boiler_by_hand(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    """NewerLowTempBoiler at half load: 0.8389 + 0.0663 - 0.0426 + 0.0059 = 0.8685 of 0.8489 at full."""
    p = BOILER.pack("space_heat", load_boiler("gas_condensing", 1e5))
    flows = run_component(BOILER, p, NOTHING, np.array([5e4, 1e5, 5e3]), usual()).flows
    efficiency = flows[:, SPACE_HEAT] / -flows[:, GAS]
    half, full = (0.83888652 + 0.132579019 * x - 0.17028503 * x**2 + 0.047468326 * x**3 for x in (0.5, 1.0))
    assert efficiency[:2] == pytest.approx([0.96 * half / full, 0.96])
    least = 0.83888652 + 0.0132579019 - 0.0017028503 + 0.000047468326
    assert efficiency[2] == pytest.approx(0.96 * least / full)
    assert flows[:, ELECTRICITY] == pytest.approx([-200.0, -200.0, -100.0])


def test_a_heater_of_another_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        BOILER.pack("chilled_water", load_boiler("electric_heater", 1e3))
    with pytest.raises(TwinError, match="gas_condensing"):
        load_boiler("coal", 1e3)
