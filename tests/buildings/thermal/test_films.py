"""Films against their published formulae: TARP, MoWiTT with DOE-2's roughness, ISO 15099, the wind."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.enclosure import Enclosure, Surface, Window, Zone
from buildings.thermal.films import (
    ROUGHNESS,
    Terrain,
    WindFilms,
    forced_convection,
    forced_convection_plate,
    natural_convection,
    natural_convection_glass,
    wind_at_height,
)
from buildings.thermal.glazing import simple_window
from buildings.thermal.lanes import cube_root, largest, spread
from buildings.thermal.wall import Layer

# Walton (1983), TARP: h = 1.31 dT^(1/3) vertical; 9.482 dT^(1/3) / (7.283 - |cos|) where the flow is
# enhanced, 1.810 dT^(1/3) / (1.382 + |cos|) where it is reduced. At 8 K the cube root is 2.
TARP = [
    # tilt of the direction in which the face looks, warmer or colder, film at 8 K [W/(m2 K)]
    (90.0, "warm", 2.620),
    (90.0, "cold", 2.620),
    (0.0, "warm", 3.018),  # warm floor
    (180.0, "cold", 3.018),  # cold ceiling
    (0.0, "cold", 1.520),  # cold floor
    (180.0, "warm", 1.520),  # warm ceiling
    (45.0, "warm", 2.884),  # 18.964 / (7.283 - 0.70711)
    (45.0, "cold", 1.733),  # 3.620 / (1.382 + 0.70711)
    (135.0, "warm", 1.733),
]


@pytest.mark.parametrize(("tilt", "side", "expected"), TARP)
def test_natural_convection_by_hand(tilt: float, side: str, expected: float) -> None:
    warm, cold = natural_convection(tilt)
    assert 2.0 * (warm if side == "warm" else cold) == pytest.approx(expected, abs=1e-3)


def test_glass_by_iso_15099() -> None:
    """Nu = 0.56 Ra^(1/4) on 1 m at 10 K and 1.205 kg/m3.

    Ra = 1.205^2 9.81 10 1006.4 / (293.15 1.821e-5 0.02562) = 1.048e9; 0.56 1.048e9^0.25 0.02562 = 2.581.
    """
    rayleigh = 1.205**2 * 9.81 * 10.0 * 1006.4 / (293.15 * 1.821e-5 * 0.02562)
    assert rayleigh == pytest.approx(1.048e9, rel=1e-3)
    film = natural_convection_glass(1.0, 1.205) * 10.0**0.25
    assert film == pytest.approx(2.581, abs=2e-3)
    # A pane of sixteen times the height has half the film.
    assert natural_convection_glass(16.0, 1.2) == pytest.approx(0.5 * natural_convection_glass(1.0, 1.2))


def test_forced_convection_windward_and_leeward() -> None:
    """MoWiTT at 4 m/s by hand: 3.26 4^0.89 = 11.197 windward, 3.55 4^0.617 = 8.350 leeward.

    Yazdanian and Klems (1994), table 1. A wall is leeward where wind comes from more than 100 degrees off.
    """
    wind = np.full(6, 4.0)
    direction = np.array([180.0, 90.0, 81.0, 79.0, 0.0, 280.0])
    film = forced_convection(wind, direction, 90.0, 180.0)
    expected = [11.197, 11.197, 11.197, 8.350, 8.350, 11.197]
    np.testing.assert_allclose(film, expected, rtol=2e-4)
    # A roof is always windward, whatever way it was said to face.
    np.testing.assert_allclose(forced_convection(wind, direction, 0.0, 0.0), 11.197, rtol=2e-4)
    assert forced_convection(np.zeros(1), np.zeros(1), 90.0, 0.0)[0] == 0.0


def test_roughness_is_waltons() -> None:
    """TARP's six classes: stucco 2.17 to glass 1.00."""
    assert ROUGHNESS == {
        "very_rough": 2.17, "rough": 1.67, "medium_rough": 1.52, "medium_smooth": 1.13, "smooth": 1.11,
        "very_smooth": 1.0,
    }  # fmt: skip


def test_wind_profile() -> None:
    """ASHRAE Fundamentals 2021, 24, eq. 4: open country at 10 m is the airport itself.

    City at 10 m: (270/10)^0.14 (10/460)^0.33 = 1.5863 0.28284 = 0.4487.
    """
    wind = np.array([3.0])
    assert wind_at_height(wind, 10.0, "country")[0] == pytest.approx(3.0, rel=1e-12)
    assert wind_at_height(wind, 10.0, "city")[0] == pytest.approx(3.0 * 0.4487, rel=1e-3)
    assert wind_at_height(wind, 10.0, "city")[0] < wind_at_height(wind, 10.0, "suburbs")[0]
    assert wind_at_height(wind, 50.0, "city")[0] > wind_at_height(wind, 10.0, "city")[0]


def resistance_room(glass: bool, **surface: Any) -> Enclosure:
    """One face without mass or long wave; outside a film of the test's choice."""
    zone = (Zone("air", 30.0, 12.0, 1e14),)
    if glass:
        model = replace(simple_window("w", 2.0, 0.4, emissivity_inside=0.0), emissivity_outside=0.0)
        return Enclosure(zone, (), (Window("w", 1.0, model, 0, 90.0, 0.0, **surface),))
    layers = (Layer(resistance=0.5),)
    dull: dict[str, Any] = {"emissivity_inside": 0.0, "emissivity_outside": 0.0}
    return Enclosure(zone, (Surface("s", 1.0, layers, 0, "outdoors", 90.0, 0.0, **(dull | surface)),))


@pytest.mark.parametrize("forced", [0.0, 3.0, 20.0])
@pytest.mark.parametrize("glass", [False, True])
@pytest.mark.parametrize("plate", [False, True])
def test_outer_film_in_the_march(engine: SimpleNamespace, forced: float, glass: bool, plate: bool) -> None:
    """DOE-2: h = h_n + R_f (sqrt(h_n^2 + forced^2) - h_n), h_n of the settled face; TARP: their sum."""
    rough = 1.0 if glass else 1.67
    options: dict[str, Any] = {"convection_inside": 5.0} | ({} if glass else {"roughness": 1.67})
    options |= {"plate": 0.5} if plate else {}
    run = engine.prepare(
        [(resistance_room(glass, **options), (engine.thermostat(),))],
        1,
        temp_out=0.0,
        start=20.0,
        series={"forced": forced},
    ).settle(300)
    faces = (run.state.pane if glass else run.state.face)[0, 0, 0, :2, 0]
    inner, outer = faces
    natural = 1.31 * outer ** (1.0 / 3.0)
    wind = forced if plate else rough * (math.hypot(natural, forced) - natural)
    film = natural + wind
    assert film * outer == pytest.approx(5.0 * (20.0 - inner), rel=1e-6)


@pytest.mark.parametrize("tilt", [0.0, 90.0, 180.0])
@pytest.mark.parametrize("temp_out", [-10.0, 45.0])
def test_inner_film_in_the_march(engine: SimpleNamespace, tilt: float, temp_out: float) -> None:
    """A roof's ceiling warmer than the room has a thin film, a cold one a thick: signs as in TARP."""
    enclosure = resistance_room(False, convection_outside=15.0)
    enclosure = Enclosure(enclosure.zones, (replace(enclosure.surfaces[0], tilt=tilt),))
    run = engine.prepare([(enclosure, (engine.thermostat(),))], 1, temp_out=temp_out, start=20.0).settle(300)
    inner, outer = run.state.face[0, 0, 0, :2, 0]
    rises = (tilt == 180.0) == (inner > 20.0)  # a warm floor (its normal is down) or a cold ceiling
    factor = 1.31 if tilt == 90.0 else (9.482 / 6.283 if rises else 1.810 / 2.382)
    film = factor * abs(inner - 20.0) ** (1.0 / 3.0)
    assert film * (20.0 - inner) == pytest.approx(15.0 * (outer - temp_out), rel=1e-6)


def SurfaceAt(surface: Surface, tilt: float) -> Surface:
    from dataclasses import replace

    return replace(surface, tilt=tilt)


def test_glass_convects_by_its_height_upright_and_as_a_plate_in_a_roof(engine: SimpleNamespace) -> None:
    for tilt, height in ((90.0, 0.6), (90.0, 2.4), (60.0, 1.0), (10.0, 1.0)):
        enclosure = resistance_room(True, convection_outside=15.0, glass_height=height)
        window = enclosure.windows[0]
        enclosure = replace(enclosure, windows=(replace(window, tilt=tilt),))
        run = engine.prepare([(enclosure, (engine.thermostat(),))], 1, temp_out=-5.0, start=20.0).settle(300)
        inner, outer = run.state.pane[0, 0, 0, :, 0]
        rise = 20.0 - inner
        if tilt >= 15.0:
            film = natural_convection_glass(height, 1.2) * (rise * math.sin(math.radians(tilt))) ** 0.25
        else:  # a cold skylight: air falls from it
            film = 9.482 / (7.283 - math.cos(math.radians(tilt))) * rise ** (1.0 / 3.0)
        assert film * rise == pytest.approx(15.0 * (outer + 5.0), rel=1e-6)


def test_films_use_the_temperatures_of_the_step_before(engine: SimpleNamespace) -> None:
    """One step from rest: the natural film is that of 1 mK, whatever the step brings."""
    enclosure = resistance_room(False, convection_outside=15.0)
    run = engine.march([(enclosure, (engine.thermostat(),))], 1, temp_out=0.0, start=20.0)
    inner, outer = run.state.face[0, 0, 0, :2, 0]
    assert 1.31 * 0.1 * (20.0 - inner) == pytest.approx(15.0 * outer, rel=1e-6)


@numba.njit
def _root(x: float) -> Any:
    return largest(cube_root(spread(x)))


@given(st.floats(1e-3, 1e3))
def test_cube_root(x: float) -> None:
    assert _root(x) == pytest.approx(np.cbrt(x), rel=1e-8)


def test_cube_root_over_its_whole_range() -> None:
    x = np.geomspace(1e-3, 1e3, 200_001)
    found = np.array([_root(value) for value in x])
    assert np.abs(found / np.cbrt(x) - 1.0).max() < 1e-8


def test_leeward_half() -> None:
    """With the wind behind it Sparrow's part is half; level plates know no lee."""
    wind, direction = np.array([3.0, 3.0]), np.array([0.0, 180.0])
    windward, leeward = forced_convection_plate(wind, direction, 90.0, 0.0, 0.5, 1.5)
    assert windward == pytest.approx(2.537 * 1.5 * math.sqrt(0.5 * 3.0), rel=1e-12)
    assert leeward == pytest.approx(0.5 * windward, rel=1e-12)
    level = forced_convection_plate(wind, direction, 0.0, 0.0, 0.5, 1.5)
    assert level[0] == level[1]


@pytest.mark.parametrize("terrain", ["country", "suburbs", "city"])
@pytest.mark.parametrize(("tilt", "azimuth"), [(90.0, 0.0), (90.0, 200.0), (30.0, 355.0), (0.0, 90.0)])
def test_films_of_many_faces_are_those_of_one(terrain: Terrain, tilt: float, azimuth: float) -> None:
    random = np.random.default_rng(7)
    wind, direction = random.uniform(0.0, 15.0, 400), random.uniform(0.0, 360.0, 400)
    films = WindFilms(wind, direction, terrain)
    for height in (0.05, 3.0, 60.0):
        alone = forced_convection(wind_at_height(wind, height, terrain), direction, tilt, azimuth)
        np.testing.assert_allclose(films.at(tilt, azimuth, height), alone, rtol=1e-13)
