"""Slab on ground by ISO 13370, worked by hand, and the layers that carry it into the engine."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.enclosure import Enclosure, Surface, Zone
from buildings.thermal.ground import SOIL, slab_on_ground_u, with_soil
from buildings.thermal.wall import Layer, wall


def test_uninsulated_square_slab_by_hand() -> None:
    """10 m x 10 m, bare slab, 0.3 m walls on clay: B' = 5, d_f = 0.3 + 1.5 (0.17 + 0.04) = 0.615.

    ISO 13370:2017 eq. for d_f < B': 2 * 1.5 / (pi 5 + 0.615) ln(pi 5 / 0.615 + 1).
    """
    expected = 3.0 / (15.70796 + 0.615) * math.log(15.70796 / 0.615 + 1.0)
    assert expected == pytest.approx(0.6024, abs=2e-4)
    assert slab_on_ground_u(100.0, 40.0, 0.0) == pytest.approx(expected, rel=1e-6)


def test_well_insulated_small_slab_by_hand() -> None:
    """4 m x 4 m, R = 3: B' = 2, d_f = 0.3 + 1.5 (0.21 + 3) = 5.115 > B': 1.5 / (0.457 2 + 5.115)."""
    assert slab_on_ground_u(16.0, 16.0, 3.0) == pytest.approx(1.5 / 6.029, rel=1e-6)


def test_deep_plan_loses_less_per_area() -> None:
    values = [slab_on_ground_u(side**2, 4 * side, 0.5) for side in (5, 10, 20, 50, 100)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.15


@given(
    area=st.floats(10.0, 2e4),
    shape=st.floats(1.0, 4.0),
    thickness=st.floats(0.05, 0.4),
    r=st.floats(0.0, 6.0),
)
def test_layers_with_soil_have_the_standards_u(area: float, shape: float, thickness: float, r: float) -> None:
    perimeter = 4.0 * math.sqrt(area) * shape
    floor = (Layer(resistance=r), Layer(thickness, 1.74, 2500.0, 920.0))
    layers = with_soil(floor, area, perimeter)
    u = slab_on_ground_u(area, perimeter, r + thickness / 1.74)
    assert all(layer.r >= 0.0 for layer in layers)
    assert 1.0 / (0.17 + sum(layer.r for layer in layers)) == pytest.approx(u, rel=1e-9)
    assert layers[1] is SOIL
    assert layers[2:] == floor


def test_engine_floor_gives_that_u(engine: SimpleNamespace) -> None:
    """Heat from held air to the ground through the floor in the march, its own film instead of 0.17."""
    layers = with_soil((Layer(0.12, 1.74, 2500.0, 920.0),), 400.0, 80.0)
    film = 3.5
    floor = Surface("f", 400.0, layers, 0, "ground", 180.0, convection_inside=film, emissivity_inside=0.0)
    room = Enclosure((Zone("z", 1200.0, 400.0, 1e6),), (floor,))
    side = engine.thermostat(21.0)
    run = engine.prepare(
        [(room, (side,))], 1, dt=3600.0, start=21.0, outdoors=11.0, series={"temp_ground": 11.0}
    ).settle(4000)
    expected = 1.0 / (1.0 / slab_on_ground_u(400.0, 80.0, 0.12 / 1.74) - 0.17 + 1.0 / film)
    assert run.sensible[0, 0, 0] / 400.0 / 10.0 == pytest.approx(expected, rel=2e-6)


def test_soil_delays_and_damps_the_season() -> None:
    """Half a metre of clay below a slab: the modes remember for days."""
    one = wall(with_soil((Layer(0.12, 1.74, 2500.0, 920.0),), 400.0, 80.0), 3600.0)
    assert -1.0 / np.log(one.phi.max()) > 48.0  # hours
