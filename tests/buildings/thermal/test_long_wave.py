"""Long wave inside through the star, outside between sky, ground and air."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from buildings.thermal.enclosure import Enclosure, Surface, Window, Zone
from buildings.thermal.films import STEFAN_BOLTZMANN
from buildings.thermal.glazing import simple_window
from buildings.thermal.views import carroll_factors
from buildings.thermal.wall import Layer

KELVIN = 273.15
WALL = (Layer(resistance=0.4),)


def cube(emissivity: float, hot: int) -> Enclosure:
    """Six square metres of faces without mass or convection inside; the sun falls on one of them."""
    tilts = (90.0, 90.0, 90.0, 90.0, 0.0, 180.0)
    faces = [
        Surface(
            f"s{i}", 1.0, WALL, 0, "outdoors", tilt, 90.0 * i,
            emissivity_inside=emissivity, emissivity_outside=0.0, convection_inside=1e-9,
            convection_outside=20.0, solar_absorptance_outside=1.0 if i == hot else 0.0,
        )
        for i, tilt in enumerate(tilts)
    ]  # fmt: skip
    return Enclosure((Zone("air", 1.0, 1.0, 1e9),), tuple(faces))


def exact_cube(emissivity: float, hot: int, sun: float) -> np.ndarray:
    """Faces of a cube by exact view factors (0.2 each, opposite 0.19982, adjacent 0.20004) and radiosity."""
    opposite = 0.199825  # parallel unit squares one apart: Howell, catalogue C-11
    view = np.full((6, 6), (1.0 - opposite) / 4.0)
    for a, b in ((0, 2), (1, 3), (4, 5)):
        view[a, b] = view[b, a] = opposite
    np.fill_diagonal(view, 0.0)
    # Net heat out of face i: script-F by Gebhart, G (T^4 - T^4).
    gebhart = np.linalg.inv(np.eye(6) - (1.0 - emissivity) * view) @ (view * emissivity)
    conductance = 1.0 / (0.4 + 1.0 / 20.0)
    outside = np.zeros(6)
    outside[hot] = sun / 20.0
    temp = np.full(6, 2.0)
    for _ in range(400):
        t4 = (temp + KELVIN) ** 4
        net = emissivity * STEFAN_BOLTZMANN * (t4 - gebhart @ t4)
        wrong = conductance * (outside - temp) - net
        slope = conductance + 4.0 * emissivity * STEFAN_BOLTZMANN * (temp + KELVIN) ** 3
        temp = temp + wrong / slope
    assert np.abs(wrong).max() < 1e-9
    return temp


@pytest.mark.parametrize("emissivity", [0.3, 0.9])
@pytest.mark.parametrize("hot", [0, 4])
def test_cube_against_exact_exchange(engine: SimpleNamespace, emissivity: float, hot: int) -> None:
    """A cube's faces see each other almost alike, for which Carroll's star is all but exact.

    What is left is that opposite faces see each other by 0.1 % less than adjacent ones; that in a star a face
    also exchanges with itself the factors take out.
    """
    run = engine.prepare(
        [(cube(emissivity, hot), (engine.thermostat(),))], 1, start=0.0, series={"solar": 700.0}
    ).settle(200)
    found = run.state.face[0, 0, :6, 0, 0]
    exact = exact_cube(emissivity, hot, 700.0)
    assert np.ptp(exact) > 10.0
    np.testing.assert_allclose(found, exact, atol=0.002 * np.ptp(exact))


def test_factors_of_a_cube() -> None:
    """Six equal faces: F = 1 / (1 - 1/6) = 1.2 (Carroll 1980)."""
    np.testing.assert_allclose(carroll_factors(np.ones(6)), 1.2, rtol=1e-10)


def test_two_equal_plates_exchange_as_the_textbook_says(engine: SimpleNamespace) -> None:
    """Two faces that see only each other: sigma / (1/e1 + 1/e2 - 1) A (T1^4 - T2^4)."""
    zone = Zone("gap", 1.0, 1.0, 1e9)
    faces = tuple(
        Surface(
            name, 4.0, WALL, 0, "outdoors", 90.0, azimuth, emissivity_inside=e, emissivity_outside=0.0,
            convection_inside=1e-9, convection_outside=20.0, solar_absorptance_outside=a,
        )
        for name, azimuth, e, a in (("warm", 0.0, 0.8, 1.0), ("cold", 180.0, 0.3, 0.0))
    )  # fmt: skip
    run = engine.prepare(
        [(Enclosure((zone,), faces), (engine.thermostat(),))], 1, start=0.0, series={"solar": 600.0}
    ).settle(200)
    warm, cold = run.state.face[0, 0, :2, 0, 0]
    outer = run.state.face[0, 0, :2, 1, 0]
    flow = STEFAN_BOLTZMANN * ((warm + KELVIN) ** 4 - (cold + KELVIN) ** 4) / (1 / 0.8 + 1 / 0.3 - 1.0)
    assert (outer[0] - warm) / 0.4 == pytest.approx(flow, rel=1e-6)
    assert 20.0 * outer[1] == pytest.approx(flow, rel=1e-6)


def test_mirrors_exchange_nothing(engine: SimpleNamespace) -> None:
    dull = replace(
        cube(0.9, 0), surfaces=tuple(replace(s, emissivity_inside=0.0) for s in cube(0.9, 0).surfaces)
    )
    run = engine.prepare([(dull, (engine.thermostat(),))], 1, start=0.0, series={"solar": 700.0}).settle(50)
    np.testing.assert_allclose(run.state.face[0, 0, 1:6, 0, 0], 0.0, atol=1e-6)
    assert run.state.face[0, 0, 0, 0, 0] == pytest.approx(35.0, rel=1e-6)


@pytest.mark.parametrize(
    ("tilt", "sky_share"), [(0.0, 1.0), (90.0, 0.5**1.5), (180.0, 0.0), (60.0, 0.75**1.5)]
)
def test_long_wave_to_the_sky(engine: SimpleNamespace, tilt: float, sky_share: float) -> None:
    """A roof sees the sky only; a wall half of the dome, of which sqrt(1/2) counts as sky (Walton 1983)."""
    emissivity = 0.85
    face = Surface(
        "s", 1.0, WALL, 0, "outdoors", tilt, 0.0, emissivity_inside=0.0, emissivity_outside=emissivity,
        convection_inside=1e-9, convection_outside=6.0,
    )  # fmt: skip
    run = engine.prepare(
        [(Enclosure((Zone("z", 1.0, 1.0, 1e9),), (face,)), (engine.thermostat(),))],
        1, temp_out=20.0, temp_sky=5.0, start=20.0,
    ).settle(200)  # fmt: skip
    outer = run.state.face[0, 0, 0, 1, 0]
    t, sky, air = outer + KELVIN, 5.0 + KELVIN, 20.0 + KELVIN
    gained = emissivity * STEFAN_BOLTZMANN * (sky_share * sky**4 + (1 - sky_share) * air**4 - t**4)
    assert gained == pytest.approx(6.0 * (outer - 20.0), abs=1e-6)
    assert (outer < 19.0) == (sky_share > 0.1)


@pytest.mark.parametrize("seen", [1.0, 0.7, 0.0])
def test_glass_under_an_overhang_sees_less_sky(engine: SimpleNamespace, seen: float) -> None:
    """What an overhang hides of the sky is as warm as the air."""
    glass = replace(simple_window("w", 2.0, 0.4, emissivity_inside=0.0), emissivity_outside=0.84)
    window = Window(
        "w", 1.0, glass, 0, 90.0, 0.0, convection_inside=1e-9, convection_outside=6.0, sky_seen=seen
    )
    run = engine.prepare(
        [(Enclosure((Zone("z", 1.0, 1.0, 1e9),), (), (window,)), (engine.thermostat(),))],
        1, temp_out=20.0, temp_sky=5.0, start=20.0,
    ).settle(200)  # fmt: skip
    outer, sky_share = run.state.pane[0, 0, 0, 1, 0], seen * 0.5**1.5
    t, sky, air = outer + KELVIN, 5.0 + KELVIN, 20.0 + KELVIN
    gained = 0.84 * STEFAN_BOLTZMANN * (sky_share * sky**4 + (1 - sky_share) * air**4 - t**4)
    assert gained == pytest.approx(6.0 * (outer - 20.0), abs=1e-6)
    assert (outer < 19.9) == (seen > 0.0)


def test_symmetric_zones_share_nothing_and_a_warm_one_gives(engine: SimpleNamespace) -> None:
    """Two rooms alike behind a sheet: no heat between them; warm one, and the other warms too."""

    def pair(sun_on: float) -> Enclosure:
        zones = (Zone("a", 30.0, 12.0, 4e4), Zone("b", 30.0, 12.0, 4e4))
        walls = [
            Surface(
                f"w{z}", 12.0, (engine.INSULATION, engine.CONCRETE), z, "outdoors", 90.0, 0.0,
                solar_absorptance_outside=sun_on if z == 0 else 0.6,
            )
            for z in range(2)
        ]  # fmt: skip
        between = Surface("p", 12.0, (engine.GYPSUM,), 0, "zone", 90.0, 90.0, 1)
        return Enclosure(zones, (*walls, between))

    n = 20 * 96
    stir = engine.lively_weather(n)
    sides = (engine.thermostat(), engine.thermostat())
    run = engine.march([(pair(0.6), sides), (pair(0.9), sides)], n, **stir)
    np.testing.assert_allclose(run.temp[:, 0, 0], run.temp[:, 0, 1], rtol=0, atol=2e-4)
    gained = run.temp[:, 1] - run.temp[:, 0]
    assert gained[-1, 0] > gained[-1, 1] > 0.1
