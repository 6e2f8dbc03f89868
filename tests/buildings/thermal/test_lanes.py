"""Eight zones abreast: a lane never feels its neighbours, and no packing changes what a building does."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buildings.thermal import layout
from buildings.thermal.batch import ForcingTable
from buildings.thermal.enclosure import Enclosure, Gain, Mixing, Surface, Window, Zone
from buildings.thermal.lanes import LANES


def stirred(engine: SimpleNamespace, n: int) -> dict[str, Any]:
    stir = engine.lively_weather(n)
    stir["temp_out"] = stir["temp_out"] + np.linspace(-10.0, 16.0, n + 1)
    return dict(stir)


def chain(engine: SimpleNamespace, zones: int) -> Enclosure:
    """Rooms in a row, each unlike the next, light walls between them and air through every second."""
    rooms, surfaces, windows, gains, mixing = [], [], [], [], []
    for z in range(zones):
        floor = 14.0 + 3.0 * (z % 4)
        rooms.append(Zone(f"z{z}", 3.0 * floor, floor, 3600.0 * floor))
        layers = (engine.INSULATION, engine.CONCRETE, engine.GYPSUM)[z % 2 :]
        surfaces.append(Surface(f"w{z}", 9.0 + z % 3, layers, z, "outdoors", 90.0, 90.0 * (z % 4)))
        surfaces.append(Surface(f"f{z}", floor, (engine.SLAB,), z, ("ground", "adiabatic")[z % 2], 180.0))
        if z % 3 == 0:
            windows.append(Window(f"p{z}", 2.0, engine.GLASS, z, 90.0, 90.0 * (z % 4)))
        if z:
            light = (engine.GYPSUM, engine.GAP, engine.GYPSUM)
            surfaces.append(Surface(f"i{z}", 11.0, light, z, "zone", 90.0, 0.0, z - 1))
        if z % 2:
            mixing.append(Mixing((z - 1, z), 0.02))
        gains.append(Gain(z, ("gain", "people"), 8.0 * floor, 5.0 * floor, 1e-6 * floor))
    return Enclosure(tuple(rooms), tuple(surfaces), tuple(windows), tuple(gains), tuple(mixing))


def sides(engine: SimpleNamespace, zones: int) -> tuple[Any, ...]:
    return tuple(
        engine.thermostat(
            20.0, 24.0, heat_max=900.0, cool_max=900.0 + 100.0 * z, infiltration=0.006, air_mass=60.0,
            ventilation=0.02, ventilation_series=("work",),
        )
        for z in range(zones)
    )  # fmt: skip


def same(run: Any, b: int, alone: Any, *, zones: int, kelvin: float, watts: float) -> None:
    for series, allowed in (
        ("temp", kelvin), ("radiant", kelvin), ("sensible", watts), ("latent", watts), ("humidity", 1e-9),
    ):  # fmt: skip
        got, expected = getattr(run, series)[:, b, :zones], getattr(alone, series)[:, 0, :zones]
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(got, expected, rtol=0, atol=allowed, err_msg=series)


@pytest.mark.parametrize("zones", [1, 2, 9, 20])
def test_alone_alike_mixed_and_among_empty_lanes(engine: SimpleNamespace, zones: int) -> None:
    """The same building alone, with seven of its kind, among strangers, and last in the list.

    Without a shared wall the results are equal to rounding; coupled zones are swept to 1e-5 K and equal
    to that and to what it moves in a plant.
    """
    n = 10 * 96
    stir = stirred(engine, n)
    building = (chain(engine, zones), sides(engine, zones))
    strangers = [(chain(engine, m), sides(engine, m)) for m in (1, 3, 1, 5)]
    alone = engine.march([building], n, start=18.0, **stir)
    if zones > 1:
        kelvin, watts = 1e-4, 2.0
    else:
        kelvin, watts = 1e-9, 1e-5
    alike = engine.march([building] * 8, n, start=18.0, **stir)
    for b in range(8):
        same(alike, b, alone, zones=zones, kelvin=kelvin, watts=watts)
        np.testing.assert_allclose(alike.temp[:, b], alike.temp[:, 0], rtol=0, atol=1e-9)
    mixed = engine.march([strangers[0], building, *strangers[1:], building, building], n, start=18.0, **stir)
    for b in (1, 5, 6):
        same(mixed, b, alone, zones=zones, kelvin=kelvin, watts=watts)
    assert alone.total(layout.RESIDUAL_HEAT_W).max() < 1e-6
    assert np.ptp(alone.temp) > 2.0


def test_rooms_of_a_row_keep_their_places(engine: SimpleNamespace) -> None:
    """Every room of every building has one place of its own, and lanes that nobody uses stay at nought."""
    blocks = [(chain(engine, m), sides(engine, m)) for m in (9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 20, 3)]
    run = engine.march(blocks, 96, start=18.0, **stirred(engine, 96))
    taken = [at for place in run.places for at in place]
    assert len(set(taken)) == len(taken) == 9 + 9 + 20 + 3
    assert all(0 <= lane < LANES for _, _, lane in taken)
    for place in run.places:
        assert len({group for group, _, _ in place}) == 1
    idle = np.ones(run.totals.shape, bool)
    for g, z, lane in taken:
        idle[g, :, z, lane] = False
    idle[:, [layout.SWEEP_LIMITS]] = False
    for column in (layout.HEAT_J, layout.COOL_J, layout.RESIDUAL_HEAT_W, layout.UNMET_HEAT_KH):
        np.testing.assert_array_equal(run.totals[:, column][idle[:, column]], 0.0)


def test_identical_rooms_give_the_same_in_every_lane_and_group(engine: SimpleNamespace) -> None:
    """Eleven copies of a room among five offices, over several groups and with lanes that nobody uses.

    To rounding: the compiler may contract a sum in one lane and not in another.
    """
    n = 10 * 96
    stir = engine.lively_weather(n)
    small = engine.box((engine.INSULATION, engine.CONCRETE), window=8.0)
    large = engine.office_floor()
    side = engine.thermostat(20.0, 24.0, heat_max=2e3, cool_max=2e3, infiltration=0.02)
    blocks = [(large, (side,) * 5) if i in (2, 5, 6, 9, 14) else (small, (side,)) for i in range(16)]
    run = engine.march(blocks, n, start=18.0, **stir)
    rooms = [i for i in range(16) if i not in (2, 5, 6, 9, 14)]
    for name in ("temp", "humidity", "sensible", "latent", "radiant"):
        series = getattr(run, name)
        for other in rooms[1:]:
            np.testing.assert_allclose(series[:, other, 0], series[:, rooms[0], 0], rtol=1e-12, atol=1e-9)
    # And the company changes nothing that matters: alone, the room comes out the same.
    alone = engine.march([(small, (side,))], n, start=18.0, **stir)
    np.testing.assert_allclose(alone.temp[:, 0, 0], run.temp[:, 0, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(alone.sensible[:, 0, 0], run.sensible[:, 0, 0], rtol=0, atol=1e-5)


def test_order_of_buildings_does_not_matter(engine: SimpleNamespace) -> None:
    n = 5 * 96
    stir = stirred(engine, n)
    blocks = [(chain(engine, m), sides(engine, m)) for m in (1, 4, 2, 1, 6, 3)]
    run = engine.march(blocks, n, start=18.0, **stir)
    back = engine.march(blocks[::-1], n, start=18.0, **stir)
    np.testing.assert_allclose(back.temp[:, ::-1], run.temp, rtol=0, atol=1e-4)
    np.testing.assert_allclose(back.temp[:, [5, 2], 0], run.temp[:, [0, 3], 0], rtol=0, atol=1e-9)


def test_order_of_zones_and_faces_does_not_matter(engine: SimpleNamespace) -> None:
    """The same floor with its zones counted from the other end and its surfaces shuffled."""
    n, m = 5 * 96, 5
    stir = stirred(engine, n)
    here = chain(engine, m)

    def turned(x: Any, *names: str) -> Any:
        return replace(x, **{name: m - 1 - getattr(x, name) for name in names if getattr(x, name) >= 0})

    there = Enclosure(
        here.zones[::-1],
        tuple(turned(s, "zone", "adjacent_zone") for s in here.surfaces[::-1]),
        tuple(turned(w, "zone") for w in here.windows[::-1]),
        tuple(turned(g, "zone") for g in here.gains[::-1]),
        tuple(replace(x, zones=(m - 1 - x.zones[1], m - 1 - x.zones[0])) for x in here.mixing),
    )
    side = sides(engine, m)
    run = engine.march([(here, side)], n, start=18.0, **stir)
    back = engine.march([(there, side[::-1])], n, start=18.0, **stir)
    np.testing.assert_allclose(back.temp[:, 0, ::-1], run.temp[:, 0], rtol=0, atol=1e-4)


def test_marching_in_pieces_is_marching_at_once(engine: SimpleNamespace) -> None:
    """Event by event as the clock does, or the whole week: the same bits."""
    n = 7 * 96
    stir = engine.lively_weather(n)
    blocks = [(engine.office_floor(), (engine.thermostat(20.0, 24.0, infiltration=0.05),) * 5)]
    whole = engine.march(blocks, n, **stir)
    pieces = engine.prepare(blocks, n, **stir)
    for first, last in ((0, 1), (1, 50), (50, 51), (51, n)):
        pieces.run(first, last)
    np.testing.assert_array_equal(whole.series, pieces.series)
    np.testing.assert_array_equal(whole.totals, pieces.totals)


def mirrored(engine: SimpleNamespace) -> Enclosure:
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
        gains.append(Gain(z, ("gain", "people"), 150.0, 150.0))
    light = (engine.GYPSUM, engine.GAP, engine.GYPSUM)
    between = Surface("between", 15.0, light, 0, "zone", 90.0, 90.0, 1, solar_absorptance_outside=0.6)
    surfaces.append(between)
    surfaces.append(Surface("corridor floor", 10.0, (engine.SLAB,), 2, "ground", 180.0))
    return Enclosure(zones, tuple(surfaces), tuple(windows), tuple(gains))


@pytest.mark.parametrize("modes", [5, 0])
def test_mirrored_rooms_live_the_same_life(engine: SimpleNamespace, modes: int) -> None:
    """Rooms are solved abreast with the others as they stand, so that neither is ahead of its mirror."""
    n = 60 * 96
    stir = engine.lively_weather(n)
    side = engine.thermostat(20.0, 24.0, heat_max=1500.0, cool_max=1500.0, infiltration=0.01)
    run = engine.march(
        [(mirrored(engine), (side, side, engine.thermostat()))], n, start=16.0, modes=modes, **stir
    )
    np.testing.assert_allclose(run.temp[:, 0, 0], run.temp[:, 0, 1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.radiant[:, 0, 0], run.radiant[:, 0, 1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.sensible[:, 0, 0], run.sensible[:, 0, 1], rtol=0, atol=1e-5)
    assert np.ptp(run.temp[:, 0, 2]) > 1.0


def test_a_series_with_a_hole_is_refused() -> None:
    table = ForcingTable(4)
    for bad in (np.array([1.0, np.nan, 1.0, 1.0]), np.ones(3), np.array([1.0, np.inf, 0, 0, 0])):
        with pytest.raises(ValueError, match="4 finite values"):
            table.add(("gain", "x"), bad)


def test_too_many_gains_are_refused(engine: SimpleNamespace) -> None:
    room = engine.box((engine.CONCRETE,))
    many = replace(room, gains=tuple(Gain(0, ("gain", str(i)), 1.0, 1.0) for i in range(4)))
    with pytest.raises(ValueError, match="4 gains"):
        engine.prepare([(many, (engine.thermostat(),))], 1)
