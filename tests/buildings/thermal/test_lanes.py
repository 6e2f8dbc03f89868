"""Eight blocks abreast: the product, the packing, and that a lane never feels its neighbours."""

from __future__ import annotations

from types import SimpleNamespace

import numba
import numpy as np
import pytest
from buildings.thermal.network import Block, Gain, Surface, Window, Zone, assemble
from buildings.thermal.reduction import full_order, reduce
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.thermal import kernel
from buildings.thermal.batch import ForcingTable
from buildings.thermal.lanes import LANES, lane_product


@numba.njit
def _product(matrix, vector, out, rows, columns):  # type: ignore[no-untyped-def]
    lane_product(matrix, vector, out, rows, columns)


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(0, 19), columns=st.integers(0, 23), seed=st.integers(0, 2**31))
def test_lane_product_against_einsum(rows: int, columns: int, seed: int) -> None:
    """Any shape, odd rows and none included; rows beyond `rows` are left alone."""
    rng = np.random.default_rng(seed)
    matrix, vector = rng.normal(size=(rows, columns, LANES)), rng.normal(size=(columns, LANES))
    out = np.full((rows + 2, LANES), 7.0)
    _product(matrix, vector, out, rows, columns)
    np.testing.assert_allclose(out[:rows], np.einsum("ijl,jl->il", matrix, vector), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(out[rows:], 7.0)


def test_identical_blocks_give_the_same_bits_in_every_lane_and_group(engine: SimpleNamespace) -> None:
    """Eleven copies of a room among five offices, over three groups and with lanes that nobody uses."""
    n = 10 * 96
    stir = engine.lively_weather(n)
    stir.pop("work")
    stir["series"] |= engine.setpoints(20.0, 24.0)
    small = reduce(assemble(engine.box((engine.INSULATION, engine.CONCRETE), window=8.0)))
    large = reduce(assemble(engine.office_floor()))
    side = engine.thermostat(20.0, 24.0, heat_max=2e3, cool_max=2e3, infiltration=0.02, moisture=1e-4)
    blocks = []
    for i in range(16):
        blocks.append((large, (side,) * 5) if i in (2, 5, 6, 9, 14) else (small, (side,)))
    run = engine.march(blocks, n, start=18.0, **stir)
    rooms = [i for i in range(16) if i not in (2, 5, 6, 9, 14)]
    assert {tuple(p) for p in run.place} == {(g, lane) for g in range(2) for lane in range(8)}
    for series in (run.temp, run.humidity, run.sensible, run.latent, run.radiant):
        for other in rooms[1:]:
            np.testing.assert_array_equal(series[:, other, 0], series[:, rooms[0], 0])
        for other in (5, 6, 9, 14):
            np.testing.assert_array_equal(series[:, other], series[:, 2])
    # And the company changes nothing that matters: alone, the room comes out the same.
    alone = engine.march([(small, (side,))], n, start=18.0, **stir)
    np.testing.assert_allclose(alone.temp[:, 0, 0], run.temp[:, 0, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(alone.sensible[:, 0, 0], run.sensible[:, 0, 0], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(run.total(kernel.RESIDUAL_HEAT_W)[rooms, 1:], 0.0)


def test_blocks_of_unlike_make_share_a_batch(engine: SimpleNamespace) -> None:
    """A full-order room of one zone beside a reduced floor of five: neither fits the other's shape."""
    n = 96
    stir = engine.lively_weather(n)
    stir.pop("work")
    room = full_order(assemble(engine.box((engine.INSULATION, engine.CONCRETE), window=8.0)))
    floor = reduce(assemble(engine.office_floor()), 2)
    assert floor.n < room.n < floor.n + room.n - 5
    side = engine.thermostat(infiltration=0.02)
    both = engine.march([(room, (side,)), (floor, (side,) * 5)], n, start=15.0, **stir)
    one = engine.march([(room, (side,))], n, start=15.0, **stir)
    np.testing.assert_allclose(both.temp[:, 0, 0], one.temp[:, 0, 0], rtol=0, atol=1e-9)


def test_marching_in_pieces_is_marching_at_once(engine: SimpleNamespace) -> None:
    """Event by event as the clock does, or the whole week: the same bits."""
    n = 7 * 96
    stir = engine.lively_weather(n)
    stir.pop("work")
    stir["series"] |= engine.setpoints(20.0, 24.0)
    blocks = [
        (reduce(assemble(engine.office_floor())), (engine.thermostat(20.0, 24.0, infiltration=0.05),) * 5)
    ]
    whole = engine.march(blocks, n, **stir)
    pieces = engine.prepare(blocks, n, **stir)
    for first, last in ((0, 1), (1, 50), (50, 51), (51, n)):
        pieces.run(first, last)
    np.testing.assert_array_equal(whole.series, pieces.series)
    np.testing.assert_array_equal(whole.totals, pieces.totals)


def mirrored(engine: SimpleNamespace) -> Block:
    """Two rooms like the halves of a folded page; a corridor touches both."""
    zones = (Zone("left", 60.0, 20.0, 8e4), Zone("right", 60.0, 20.0, 8e4), Zone("corridor", 30.0, 10.0, 4e4))
    surfaces, windows, gains = [], [], []
    for z in range(2):
        surfaces += [
            Surface(f"wall{z}", 20.0, (engine.INSULATION, engine.CONCRETE), z, "outdoors", 90.0, 180.0),
            Surface(f"roof{z}", 20.0, (engine.INSULATION, engine.SLAB), z, "outdoors", 0.0),
            Surface(f"floor{z}", 20.0, (engine.SLAB,), z, "ground", 180.0),
            Surface(f"door{z}", 12.0, (engine.GYPSUM, engine.GAP, engine.GYPSUM), z, "zone", 90.0, 0.0, 2),
        ]
        windows.append(Window(f"window{z}", 6.0, engine.GLASS, z, 90.0, 180.0))
        gains.append(Gain(z, "people", 300.0, 0.5, 0.5))
    surfaces.append(
        Surface("between", 15.0, (engine.GYPSUM, engine.GAP, engine.GYPSUM), 0, "zone", 90.0, 90.0, 1)
    )
    surfaces.append(Surface("corridor floor", 10.0, (engine.SLAB,), 2, "ground", 180.0))
    return Block(zones, tuple(surfaces), tuple(windows), tuple(gains))


@pytest.mark.parametrize("reduced", [True, False])
def test_mirrored_rooms_live_the_same_life(engine: SimpleNamespace, reduced: bool) -> None:
    n = 60 * 96
    stir = engine.lively_weather(n)
    stir.pop("work")
    stir["series"] |= engine.setpoints(20.0, 24.0)
    space = assemble(mirrored(engine))
    model = reduce(space) if reduced else full_order(space)
    side = engine.thermostat(20.0, 24.0, heat_max=1500.0, cool_max=1500.0, infiltration=0.01, moisture=1e-5)
    free = engine.thermostat()
    run = engine.march([(model, (side, side, free))], n, start=16.0, **stir)
    np.testing.assert_allclose(run.temp[:, 0, 0], run.temp[:, 0, 1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.radiant[:, 0, 0], run.radiant[:, 0, 1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.sensible[:, 0, 0], run.sensible[:, 0, 1], rtol=0, atol=1e-5)
    assert np.ptp(run.temp[:, 0, 2]) > 1.0


def test_a_series_with_a_hole_is_refused() -> None:
    table = ForcingTable(4)
    for bad in (np.array([1.0, np.nan, 1.0, 1.0]), np.ones(3), np.array([1.0, np.inf, 0, 0, 0])):
        with pytest.raises(ValueError, match="4 finite values"):
            table.add(("gain", "x"), bad)
