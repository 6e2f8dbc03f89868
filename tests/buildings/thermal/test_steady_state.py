"""Where nothing changes, the plant gives U·A·ΔT and the heat of the outdoor air, nothing else."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import fsolve

from buildings.thermal.enclosure import Enclosure, Gain, Surface, Window, Zone
from buildings.thermal.films import STEFAN_BOLTZMANN
from buildings.thermal.glazing import simple_resistance, simple_window
from buildings.thermal.layout import CP_AIR, CP_VAPOUR
from buildings.thermal.wall import Layer

INSIDE, OUTSIDE = 22.0, -4.0
DAYS_60 = 60 * 96

WALLS = {
    "concrete": ((0.2, 1.74, 2500.0, 920.0, 0.0),),
    "insulated": ((0.05, 0.03, 30.0, 1380.0, 0.0), (0.2, 1.74, 2500.0, 920.0, 0.0), (0, 0, 0, 0, 0.18)),
    "sandwich": (
        (0, 0, 0, 0, 1.3),
        (0.012, 0.16, 950.0, 840.0, 0.0),
        (0, 0, 0, 0, 0.4),
        (0.1, 0.5, 900.0, 900.0, 0),
    ),
    "resistance": ((0, 0, 0, 0, 0.7),),
}


def wall_u(layers: tuple[tuple[float, ...], ...], film_outside: float, film_inside: float) -> float:
    """Sum of resistances in series, by hand."""
    r = sum(d / k if k else extra for d, k, _, _, extra in layers)
    return 1.0 / (1.0 / film_outside + r + 1.0 / film_inside)


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("modes", [0, 2, 5])
@pytest.mark.parametrize("leak", [0.0, 0.02])
def test_wall_and_infiltration(engine: SimpleNamespace, wall: str, modes: int, leak: float) -> None:
    layers = tuple(Layer(*row) for row in WALLS[wall])
    air = engine.thermostat(heat=INSIDE, infiltration=leak)
    run = engine.march(
        [(engine.wall_room(layers, area=13.0), (air,))],
        DAYS_60,
        temp_out=OUTSIDE,
        humidity_out=0.004,
        density=1.27,
        start=INSIDE,
        modes=modes,
    )
    u = wall_u(WALLS[wall], 10.0, 2.5)
    expected = (u * 13.0 + 1.27 * leak * (CP_AIR + CP_VAPOUR * 0.004)) * (INSIDE - OUTSIDE)
    assert run.sensible[-1, 0, 0] == pytest.approx(expected, rel=1e-6)
    assert run.temp[-1, 0, 0] == pytest.approx(INSIDE, abs=1e-9)


def test_cooling_has_the_other_sign(engine: SimpleNamespace) -> None:
    air = engine.thermostat(cool=26.0, adp_humidity=1.0)
    run = engine.march(
        [(engine.wall_room((engine.CONCRETE,)), (air,))], DAYS_60, temp_out=36.0, start=26.0, humidity=0.008
    )
    u = wall_u(WALLS["concrete"], 10.0, 2.5)
    assert run.sensible[-1, 0, 0] == pytest.approx(-u * 10.0 * 10.0, rel=1e-6)


def test_window_alone(engine: SimpleNamespace) -> None:
    glazing = replace(simple_window("w", 2.0, 0.4, emissivity_inside=0.0), emissivity_outside=0.0)
    pane = Window("w", 4.0, glazing, 0, 90.0, 0.0, convection_inside=3.5, convection_outside=18.0)
    run = engine.march(
        [(Enclosure((Zone("air", 30.0, 12.0, 36e3),), (), (pane,)), (engine.thermostat(heat=INSIDE),))],
        2000,
        temp_out=OUTSIDE,
        start=INSIDE,
    )
    u = 1.0 / (1.0 / 18.0 + simple_resistance(2.0) + 1.0 / 3.5)
    assert run.sensible[-1, 0, 0] == pytest.approx(u * 4.0 * (INSIDE - OUTSIDE), rel=1e-6)


def carroll(areas: np.ndarray) -> np.ndarray:
    """F_i = 1 / (1 - A_i F_i / sum A F), by Newton's method on all at once."""

    def wrong(f: np.ndarray) -> np.ndarray:
        return f * (1.0 - areas * f / np.sum(areas * f)) - 1.0

    return np.asarray(fsolve(wrong, np.full(len(areas), 1.2), xtol=1e-13))


class Room:
    """Faces of a room in steady state, solved here: films and long wave as published, by Newton's method.

    One row a face: area, resistance behind it, tilt of the direction in which its inner side looks,
    emissivity inside; outside ("outdoors", forced, roughness, emissivity) and its tilt, or ("ground",).
    """

    def __init__(self, rows: list[dict[str, Any]], air: float, out: float, sky: float, ground: float) -> None:
        self.rows, self.air, self.out, self.sky, self.ground = rows, air, out, sky, ground
        self.area = np.array([row["area"] for row in rows])
        self.factors = carroll(self.area)
        n = len(rows)
        guess = np.concatenate([np.full(n, 0.5 * (air + out)), np.full(n, out + 1.0), [air]])
        found, _, ok, why = fsolve(self.wrong, guess, xtol=1e-13, full_output=True)
        assert ok == 1, why
        self.inner, self.outer, self.star = found[:n], found[n : 2 * n], found[-1]

    @staticmethod
    def natural(tilt: float, rise: float) -> float:
        """Walton (1983): 1.31 dT^(1/3) at a wall, 9.482/(7.283 - |cos|) or 1.810/(1.382 + |cos|) else."""
        slope = abs(np.cos(np.radians(tilt)))
        if abs(tilt - 90.0) < 1e-9:
            factor = 1.31
        else:
            rises = (rise > 0.0) == (tilt < 90.0)
            factor = 9.482 / (7.283 - slope) if rises else 1.810 / (1.382 + slope)
        return float(factor * np.cbrt(max(abs(rise), 1e-3)))

    def films(self, i: int, inner: float, outer: float) -> tuple[float, float]:
        """Convection to the room's air and heat from outside, both [W/m2] into the face."""
        row = self.rows[i]
        rise = inner - self.air
        if "glass" in row:
            height, density = row["glass"]
            rayleigh = density**2 * height**3 * 9.81 * 1006.4 / (293.15 * 1.821e-5 * 0.02562)
            h = 0.56 * 0.02562 / height * (rayleigh * max(abs(rise), 1e-3)) ** 0.25
        else:
            h = row.get("film_in") or self.natural(row["looks"], rise)
        kind, *rest = row["outside"]
        if kind == "ground":
            return -h * rise, 1e6 * (self.ground - outer)
        forced, rough, emissivity = rest
        natural = self.natural(row["tilt"], outer - self.out)
        film = natural + rough * (np.sqrt(natural**2 + forced**2) - natural)
        view = 0.5 * (1.0 + np.cos(np.radians(row["tilt"])))
        dome = view * np.sqrt(view)
        t, a, s = outer + 273.15, self.out + 273.15, self.sky + 273.15
        long_wave = emissivity * STEFAN_BOLTZMANN * (dome * (s**4 - t**4) + (1.0 - dome) * (a**4 - t**4))
        return -h * rise, film * (self.out - outer) + long_wave

    def wrong(self, x: np.ndarray) -> np.ndarray:
        n = len(self.rows)
        inner, outer, star = x[:n], x[n : 2 * n], x[-1]
        balance = np.zeros(2 * n + 1)
        for i, row in enumerate(self.rows):
            through = (outer[i] - inner[i]) / row["r"]
            convected, outside = self.films(i, inner[i], outer[i])
            e = row["emissivity"]
            exchange = STEFAN_BOLTZMANN / ((1.0 - e) / e + 1.0 / self.factors[i])
            radiated = exchange * ((star + 273.15) ** 4 - (inner[i] + 273.15) ** 4)
            balance[i] = through + convected + radiated + row.get("gain", 0.0)
            balance[n + i] = outside - through
            balance[2 * n] += row["area"] * radiated
        return balance

    @property
    def load(self) -> float:
        """Heat to the faces from the air [W]."""
        moved = [self.films(i, self.inner[i], self.outer[i])[0] for i in range(len(self.rows))]
        return float(self.area @ moved)

    @property
    def radiant(self) -> float:
        """Area-weighted mean of the faces [degC]."""
        return float(self.area @ self.inner / self.area.sum())


@pytest.mark.parametrize(("sky", "forced"), [(-14.0, 6.0), (OUTSIDE, 0.0), (-30.0, 25.0)])
def test_room_with_all_correlations_against_newton(
    engine: SimpleNamespace, sky: float, forced: float
) -> None:
    """Films of TARP, DOE-2 and ISO 15099, the star and the sky: the fixed point of published formulae."""
    emissivity, ground = 0.8, 14.0
    box = engine.box((engine.INSULATION, engine.GYPSUM), window=12.0, emissivity_inside=emissivity)
    r = 0.05 / 0.03 + 0.02 / 0.33
    outside = ("outdoors", forced, 1.52, 0.9)
    rows = [
        {"area": a, "r": r, "looks": 90.0, "tilt": t, "emissivity": emissivity, "outside": outside}
        for a, t in ((21.6, 90.0), (16.2, 90.0), (9.6, 90.0), (16.2, 90.0))
    ]
    rows.append(
        {"area": 48.0, "r": r, "looks": 180.0, "tilt": 0.0, "emissivity": emissivity, "outside": outside}
    )
    rows.append({"area": 48.0, "r": r, "looks": 0.0, "emissivity": 0.9, "outside": ("ground",)})
    rows.append(
        {
            "area": 12.0, "r": simple_resistance(2.7), "glass": (1.5, 1.2), "tilt": 90.0, "emissivity": 0.84,
            "outside": ("outdoors", forced, 1.0, 0.84),
        }
    )  # fmt: skip
    exact = Room(rows, INSIDE, OUTSIDE, sky, ground)
    run = engine.march(
        [(box, (engine.thermostat(heat=INSIDE),))],
        DAYS_60,
        temp_out=OUTSIDE,
        temp_sky=sky,
        series={"temp_ground": ground, "forced": forced},
        start=INSIDE,
    )
    assert run.sensible[-1, 0, 0] == pytest.approx(exact.load, rel=1e-6)
    assert run.radiant[-1, 0, 0] == pytest.approx(exact.radiant, abs=1e-6)
    g, z, lane = run.places[0][0]
    np.testing.assert_allclose(run.state.face[g, z, :6, 0, lane], exact.inner[:6], atol=1e-6)
    np.testing.assert_allclose(run.state.face[g, z, :5, 1, lane], exact.outer[:5], atol=1e-6)
    np.testing.assert_allclose(run.state.pane[g, z, 0, :, lane], [exact.inner[6], exact.outer[6]], atol=1e-6)
    assert run.state.star[g, z, lane] == pytest.approx(exact.star, abs=1e-6)


def test_gain_and_sun_in_steady_state(engine: SimpleNamespace) -> None:
    """Free float behind one wall: the sol-air temperature plus gain over conductance."""
    room = engine.wall_room((engine.CONCRETE,), solar_absorptance_outside=0.5)
    room = replace(room, gains=(Gain(0, ("gain", "g"), 100.0, 0.0),))
    run = engine.march(
        [(room, (engine.thermostat(),))],
        DAYS_60,
        temp_out=5.0,
        series={"solar": 300.0, "gain": 0.8},
        start=10.0,
    )
    u = wall_u(WALLS["concrete"], 10.0, 2.5)
    sol_air = 5.0 + 0.5 * 300.0 / 10.0
    assert run.temp[-1, 0, 0] == pytest.approx(sol_air + 80.0 / (u * 10.0), rel=1e-6)


def test_radiant_gain_warms_the_face_first(engine: SimpleNamespace) -> None:
    """All radiant, on one face without long wave: air and face differ by nothing, the wall carries it all."""
    room = engine.wall_room((engine.CONCRETE,))
    room = replace(room, gains=(Gain(0, ("gain", "g"), 0.0, 100.0),))
    run = engine.march(
        [(room, (engine.thermostat(),))], DAYS_60, temp_out=5.0, series={"gain": 1.0}, start=10.0
    )
    # Air takes no heat, so it has the temperature of the face: film and mass to the outside carry 10 W/m2.
    assert run.temp[-1, 0, 0] == pytest.approx(5.0 + 10.0 * (0.2 / 1.74 + 0.1), rel=1e-6)


def test_partition_between_two_held_zones(engine: SimpleNamespace) -> None:
    """Heat through a shared wall by its U with fixed films: what one plant gives the other takes."""
    wall = Surface(
        "p", 14.0, (engine.GYPSUM, engine.INSULATION, engine.CONCRETE), 0, "zone", 90.0, 0.0, 1,
        convection_inside=2.5, convection_outside=4.0, emissivity_inside=0.0, emissivity_outside=0.0,
    )  # fmt: skip
    zones = (Zone("warm", 30.0, 12.0, 36e3), Zone("cold", 60.0, 24.0, 72e3))
    sides = (engine.thermostat(heat=24.0), engine.thermostat(cool=15.0, adp_humidity=1.0))
    run = engine.march([(Enclosure(zones, (wall,)), sides)], DAYS_60, start=20.0)
    u = 1.0 / (1.0 / 2.5 + 0.02 / 0.33 + 0.05 / 0.03 + 0.2 / 1.74 + 1.0 / 4.0)
    assert run.sensible[-1, 0, 0] == pytest.approx(u * 14.0 * 9.0, rel=1e-6)
    assert run.sensible[-1, 0, 1] == pytest.approx(-u * 14.0 * 9.0, rel=1e-6)


def test_a_large_step_and_small_ones_end_in_one_steady_state(engine: SimpleNamespace) -> None:
    """Hours or five minutes, all modes or five: one answer where nothing changes."""
    loads = []
    for dt, modes in ((300.0, 5), (900.0, 5), (3600.0, 5), (900.0, 0), (900.0, 1)):
        run = engine.march(
            [(engine.box((engine.INSULATION, engine.CONCRETE), window=6.0), (engine.thermostat(heat=20.0),))],
            round(60 * 86400 / dt),
            dt=dt,
            temp_out=2.0,
            temp_sky=-10.0,
            series={"forced": 9.0, "temp_ground": 12.0, "solar": 90.0, "beam": 40.0, "heat_out": 6.0},
            start=20.0,
            modes=modes,
        )
        loads.append(run.sensible[-1, 0, 0])
    np.testing.assert_allclose(loads, loads[0], rtol=1e-6)
