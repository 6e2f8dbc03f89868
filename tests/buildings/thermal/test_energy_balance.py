"""What crosses the boundary of a building is what its air and walls store, step by step and over the year.

The audit reckons films with NumPy's cube root, which differs from the kernel's by 1e-9: so much it can see.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buildings.thermal import layout as k
from buildings.thermal.enclosure import Enclosure, Mixing, Surface
from buildings.thermal.rooms import Face, Pane, rooms
from buildings.thermal.views import carroll_factors, cavity_absorption, views
from buildings.thermal.wall import Layer

DAYS = 30
YEAR = 8760


def office_and_side(engine: SimpleNamespace) -> tuple[Enclosure, Any]:
    """The floor of five zones; air also passes between the core and the south."""
    floor = replace(engine.office_floor(), mixing=(Mixing((0, 3), 0.4), Mixing((1, 2), 0.1, ("work",))))
    side = engine.thermostat(
        20.0, 24.0, infiltration=0.15, ventilation=0.5, recovery_sensible=0.6, fan_heat=200.0,
        ventilation_series=("work",), air_mass=2000.0, heat_max=8e3, cool_max=2e4,
    )  # fmt: skip
    return floor, (side,) * 5


def stirred(engine: SimpleNamespace, n: int) -> dict[str, Any]:
    stir = engine.lively_weather(n)
    stir["temp_out"] = stir["temp_out"] + np.linspace(-18.0, 14.0, n + 1)
    return dict(stir)


@pytest.mark.parametrize("name", ["box", "office"])
def test_every_face_and_the_building_close(engine: SimpleNamespace, name: str) -> None:
    """Reckoned from the states: each wall, each pane, each star, each zone's air, and the building over days.

    The mixing between zones leaves one and enters the other, so it must not appear in the building's sum.
    """
    n = DAYS * 96
    if name == "box":
        layers = (engine.INSULATION, engine.CONCRETE, engine.GYPSUM)
        building = (
            engine.box(layers, window=6.0),
            (engine.thermostat(20.0, 24.0, infiltration=0.02, air_mass=155.0, heat_max=2e3, cool_max=2e3),),
        )
    else:
        building = office_and_side(engine)
    run = engine.prepare([building], n, start=15.0, **stirred(engine, n))
    books = engine.kept_books(run, n)
    assert books["wall"] < 1e-7
    assert books["pane"] < 1e-7
    assert books["star"] < 1e-5
    assert books["air"] < 1e-5
    # Over the time everything that entered is there: what sweeps leave is carried on.
    assert abs(books["entered"] - books["stored"]) < 1e-9 * books["moved"]
    assert np.ptp(run.temp[:n, 0, 0]) > 3.0
    assert run.total(k.RESIDUAL_HEAT_W).max() < 1e-6
    assert run.total(k.SWEEP_LIMITS).max() == 0.0


def test_shared_walls_lose_nothing_over_time(engine: SimpleNamespace) -> None:
    """Without air exchange the whole floor closes like a single box: what a sweep leaves is carried on."""
    n = DAYS * 96
    side = engine.thermostat(20.0, 24.0, infiltration=0.15, air_mass=2000.0, heat_max=8e3, cool_max=2e4)
    run = engine.prepare([(engine.office_floor(), (side,) * 5)], n, start=15.0, **stirred(engine, n))
    books = engine.kept_books(run, n)
    assert run.total(k.CARRIED_W).max() > 0.0
    assert abs(books["entered"] - books["stored"]) < 1e-9 * books["moved"]


def test_carried_heat_is_conserved_where_sweeps_stop_early(engine: SimpleNamespace) -> None:
    """A copper sheet of 400 m2 between two light rooms: heat crosses fast, sweeps stop at their tolerance."""
    sheet = (Layer(0.002, 380.0, 8900.0, 385.0),)
    rooms_ = engine.twins(400.0)
    rooms_ = replace(rooms_, surfaces=(*rooms_.surfaces[:2], replace(rooms_.surfaces[2], layers=sheet)))
    sides = (engine.thermostat(20.0, 24.0, heat_max=3e3), engine.thermostat())
    run = engine.prepare([(rooms_, sides)], 960, start=15.0, **stirred(engine, 960))
    books = engine.kept_books(run, 960)
    assert books["wall"] < 1e-6
    assert abs(books["entered"] - books["stored"]) < 1e-9 * books["moved"]


def test_what_leaves_one_zone_enters_the_other(engine: SimpleNamespace) -> None:
    """Two zones behind nothing but the wall between them: heat given to one is in both, to the last joule."""
    zones = engine.twins(60.0).zones
    wall = Surface("between", 60.0, (engine.GYPSUM, engine.GAP, engine.GYPSUM), 0, "zone", 90.0, 0.0, 1)
    steps, watts = 2000, 80.0
    heater = engine.thermostat(60.0, heat_max=watts)
    run = engine.prepare([(Enclosure(zones, (wall,)), (heater, engine.thermostat()))], steps, start=5.0)
    for step in range(steps):
        engine.audited(run, step)
    modes, figures = run.batch.modes[0, :, 0], run.batch.face[0, :, 0]
    phi, p_out, p_in = modes[:, 0], modes[:, 1], modes[:, 2]
    held = (p_out + p_in) / np.where(phi < 1.0, 1.0 - phi, 1.0)
    _, row, lane = run.at(0)
    kept = [
        60.0 * 900.0 * np.sum(held[z, :, w] * run.state.modes[0, z, 0, :, w])
        for z, w in zip(row, lane, strict=True)
    ]
    assert kept[0] == pytest.approx(kept[1], rel=1e-12)  # both faces know the same wall
    start = 60.0 * 900.0 * 5.0 * np.sum(held[row[0], :, lane[0]] ** 2)
    carried = 60.0 * 900.0 * run.state.face[0, row, 0, k.FACE_CARRY, lane].sum()
    air = sum(zone.capacity * (t - 5.0) for zone, t in zip(zones, run.now(run.state.temp)[0], strict=True))
    given = run.total(k.HEAT_J)[0].sum()
    assert given == pytest.approx(watts * 900.0 * steps, rel=1e-9)
    assert kept[0] - start + carried + air == pytest.approx(given, rel=1e-9)
    assert figures[row[0], k.AREA, lane[0]] == 60.0


def test_building_in_equilibrium_stays_in_it(engine: SimpleNamespace) -> None:
    """All at 17 degC, no sun, no gains: nothing moves, in any zone, by any path."""
    floor, sides = office_and_side(engine)
    sides = tuple(replace(s, fan_heat=0.0, heat_max=0.0, cool_max=0.0) for s in sides)
    run = engine.march(
        [(floor, sides)], 200, temp_out=17.0, start=17.0, series={"forced": 8.0, ("work",): 1.0}
    )
    assert np.abs(run.temp - 17.0).max() < 1e-9
    assert np.abs(run.radiant - 17.0).max() < 1e-9


def test_gains_and_sun_arrive_in_full(engine: SimpleNamespace) -> None:
    """Watts on all faces per watt of radiant gain, per watt that falls through a window, per watt outside."""
    (room,) = rooms(engine.box((engine.CONCRETE,), window=9.0), 900.0)
    parts: tuple[Face | Pane, ...] = (*room.faces, *room.panes)
    area = np.array([part.figures[k.AREA] for part in parts])
    spread = {c: np.array([part.figures[c] for part in parts]) for c in (k.RADIANT, k.BEAM, k.DIFFUSE)}
    assert area @ spread[k.RADIANT] == pytest.approx(1.0, rel=1e-12)
    pane = room.panes[0].figures
    glass = engine.GLASS
    alpha = np.array([0.6] * 6 + [glass.absorbed_outer_back + glass.absorbed_inner_back])
    tau = np.array([0.0] * 6 + [glass.transmittance_back])
    surfaces = engine.box((engine.CONCRETE,), window=9.0).surfaces
    planes = [(s.tilt, s.azimuth) for s in surfaces]
    seen = views(area, [*planes, planes[2]])
    for column, extra, first in (
        (k.DIFFUSE, k.PANE_DIFFUSE_OUT, seen[6]),
        (k.BEAM, k.PANE_BEAM_OUT, np.eye(7)[5]),  # beam falls on the floor
    ):
        kept = area @ spread[column] + area[-1] * pane[extra]
        # What goes out again, bounce by bounce.
        light, lost = first, 0.0
        for _ in range(200):
            lost += light @ tau
            light = (light * (1.0 - alpha - tau)) @ seen
        assert kept == pytest.approx(1.0 - lost, rel=1e-12)
    # Outside: sun on a wall is absorbed by its share.
    assert all(face.figures[k.SOLAR] == (0.7 if face.figures[k.SKY] else 0.0) for face in room.faces)


@pytest.mark.parametrize("absorptance", [0.1, 0.6, 0.9])
def test_transmitted_sun_is_absorbed_or_leaves(absorptance: float) -> None:
    """Cavity: what the faces keep and what goes out again through the window make one."""
    area = np.array([48.0, 48.0, 80.0, 12.0])
    alpha = np.array([absorptance, absorptance, absorptance, 0.1])
    tau = np.array([0.0, 0.0, 0.0, 0.6])
    kept = cavity_absorption(alpha, tau, views(area, "abcc"))
    lost = tau / alpha * kept.T  # what reaches a face is absorbed and transmitted in proportion
    np.testing.assert_allclose(kept.sum(axis=0) + lost.T.sum(axis=0), 1.0, rtol=1e-12)
    closed = cavity_absorption(np.full(4, absorptance), np.zeros(4), views(area, "abcd"))
    np.testing.assert_allclose(closed.sum(axis=0), 1.0, rtol=1e-12)


def test_carroll_factors_solve_their_equation() -> None:
    area = np.array([21.6, 16.2, 9.6, 16.2, 48.0, 48.0, 12.0])
    f = carroll_factors(area)
    np.testing.assert_allclose(f * (1.0 - area * f / np.sum(area * f)), 1.0, rtol=1e-9)


@pytest.mark.long
def test_a_year_closes(engine: SimpleNamespace) -> None:
    n = YEAR  # hours: an audited step takes its time
    layers = (engine.INSULATION, engine.CONCRETE, engine.GYPSUM)
    air = engine.thermostat(heat_max=0.0, cool_max=0.0, infiltration=129.6 * 0.5 / 3600.0, air_mass=155.0)
    run = engine.prepare(
        [(engine.box(layers, window=6.0), (air,))],
        n,
        start=15.0,
        dt=3600.0,
        **engine.lively_weather(n, 3600.0),
    )
    books = engine.kept_books(run, n)
    assert abs(books["entered"] - books["stored"]) < 1e-9 * books["moved"]
    assert books["wall"] < 1e-7
    assert run.total(k.RESIDUAL_HEAT_W).max() < 1e-6
    assert np.ptp(run.temp[:, 0, 0]) > 20.0
