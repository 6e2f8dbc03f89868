"""Few modes of each wall against all of them, over a year with weather, sun, gains and a night set-back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buildings.thermal import layout
from buildings.thermal.batch import AirSide
from buildings.thermal.enclosure import Enclosure
from buildings.thermal.rooms import MODES, rooms
from buildings.thermal.wall import Layer, Wall, wall

YEAR = 35040
CONCRETE, FOAM, BOARD = (
    Layer(0.20, 1.74, 2500.0, 920.0),
    Layer(0.05, 0.03, 30.0, 1380.0),
    Layer(0.02, 0.33, 1050.0, 1050.0),
)
STACKS = {
    "office": (FOAM, CONCRETE, BOARD),
    "light": (BOARD, FOAM, BOARD),
    "slab": (CONCRETE,),
    "cavity": (CONCRETE, Layer(resistance=1.3), CONCRETE),
}
FILM_OUT, FILM_IN = 20.0, 8.0


def enclosure_of(engine: SimpleNamespace, name: str) -> Enclosure:
    boxes = {
        "light box": (engine.GYPSUM, engine.INSULATION, engine.GYPSUM),
        "cavity box": (engine.CONCRETE, engine.INSULATION, engine.CONCRETE, engine.GAP, engine.GYPSUM),
    }
    if name == "office":
        floor: Enclosure = engine.office_floor()
        return floor
    box: Enclosure = engine.box(boxes[name], window=8.0, capacity=1.6e5)
    return box


def airs(enclosure: Enclosure) -> tuple[AirSide, ...]:
    return tuple(
        AirSide(
            air_mass=z.volume * 1.2,
            infiltration=z.volume * 0.3 / 3600.0,
            ventilation=z.floor_area * 0.1 * 30.0 / 3600.0,
            heat_max=z.floor_area * 150.0,
            cool_max=z.floor_area * 200.0,
            ventilation_series=("work",),
            heating_setpoint=("heat",),
            cooling_setpoint=("cool",),
        )
        for z in enclosure.zones
    )


def year_of(engine: SimpleNamespace, enclosure: Enclosure, modes: int) -> Any:
    stir = engine.lively_weather(YEAR)
    work = stir["series"][("work",)]
    stir["series"] |= {("heat",): np.where(work > 0, 20.0, 12.0), ("cool",): np.where(work > 0, 26.0, 35.0)}
    return engine.march([(enclosure, airs(enclosure))], YEAR, start=18.0, modes=modes, **stir)


@pytest.mark.long
@pytest.mark.parametrize("name", ["office", "light box", "cavity box"])
def test_a_year_of_few_modes(engine: SimpleNamespace, figure: Callable[[str], None], name: str) -> None:
    """Annual loads within 0.1 %, air within 10 mK, radiant within 50 mK, the plant within 0.5 % (RMS)."""
    enclosure = enclosure_of(engine, name)
    exact = year_of(engine, enclosure, 0)
    for modes in (2, 4, 8, 6, MODES):
        run = year_of(engine, enclosure, modes)
        off = [
            np.nansum(run.total(c)) / np.nansum(exact.total(c)) - 1.0 for c in (layout.HEAT_J, layout.COOL_J)
        ]
        temp = np.sqrt(np.mean((run.temp - exact.temp) ** 2))
        radiant = np.sqrt(np.mean((run.radiant - exact.radiant) ** 2))
        power = np.sqrt(np.mean((run.sensible - exact.sensible) ** 2))
        share = power / np.sqrt(np.mean(exact.sensible**2))
        bound = max(room.error_bound for room in rooms(enclosure, 900.0, modes=modes))
        figure(
            f"{name}, {modes} modes a wall: heating {100 * off[0]:+.3f} %, cooling {100 * off[1]:+.3f} %; "
            f"RMSE air {temp:.4f} K, radiant {radiant:.4f} K, plant {power:.2f} W ({100 * share:.3f} %); "
            f"Hankel bound {100 * bound:.2f} %"
        )
        if modes >= MODES:
            assert max(map(abs, off)) < 0.001
            assert temp < 0.01
            assert radiant < 0.05
            assert share < 0.005
    assert exact.total(layout.RESIDUAL_HEAT_W).max() < 1e-5


def test_production_modes_are_the_default(engine: SimpleNamespace) -> None:
    for room in rooms(engine.office_floor(), 900.0):
        assert all(len(face.wall.phi) <= MODES for face in room.faces)
    assert (
        max(len(face.wall.phi) for room in rooms(engine.office_floor(), 900.0) for face in room.faces)
        == MODES
    )


def between_films(one: Wall, omega: float, dt: float) -> np.ndarray:
    """Heat into both faces per kelvin of wave in the environments behind films of 20 and 8 W/(m2 K)."""
    p = np.stack([one.p_out, one.p_in])
    y = np.array([[one.y_out, -one.y_cross], [-one.y_cross, one.y_in]], dtype=complex)
    if len(one.phi):
        y = y - (p / (np.exp(1j * omega * dt) - one.phi)) @ p.T
    film = np.diag([FILM_OUT, FILM_IN])
    return np.asarray(film - film @ np.linalg.solve(film + y, film))


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("modes", [1, 2, 4, MODES])
def test_steady_state_is_exact(name: str, modes: int) -> None:
    small, full = (between_films(wall(STACKS[name], 900.0, modes=m), 0.0, 900.0) for m in (modes, 0))
    np.testing.assert_allclose(small, full, rtol=0, atol=1e-9 * np.abs(full).max())


@pytest.mark.parametrize("name", STACKS)
def test_error_falls_with_the_modes_and_stays_within_the_bound(
    name: str, figure: Callable[[str], None]
) -> None:
    """Waves of an hour to three months between the films for which a wall is cut.

    Balanced truncation: the largest error over all frequencies is at most 2 sum(cut), here as a share of
    2 sum(all), which is at least the largest response less the one at infinite frequency.
    """
    dt = 60.0  # so short that the steps do not count
    omegas = 2 * np.pi / np.array([0.5, 1, 3, 6, 12, 24, 72, 240, 2000]) / 3600.0
    full = wall(STACKS[name], dt, cells=12, modes=0)
    exact = [between_films(full, w, dt) for w in omegas]
    fastest = between_films(full, np.pi / dt, dt)
    size = max(np.linalg.norm(e - fastest, 2) for e in exact)
    errors, bounds = [], []
    for modes in (1, 2, 4, 8):
        small = wall(STACKS[name], dt, cells=12, modes=modes)
        wrong = [
            np.linalg.norm(between_films(small, w, dt) - e, 2) for w, e in zip(omegas, exact, strict=True)
        ]
        errors.append(max(wrong) / size)
        bounds.append(small.error_bound)
    figure(
        f"cut of {name}: error over all waves with 1, 2, 4 and 8 modes "
        + ", ".join(f"{100 * e:.2f} ({100 * b:.1f})" for e, b in zip(errors, bounds, strict=True))
        + " % of the response (bound)"
    )
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert bounds[0] > bounds[1] > bounds[2] > bounds[3]
    assert all(e <= 2.0 * b for e, b in zip(errors, bounds, strict=True))
    assert errors[3] < 0.02


def test_small_wall_is_left_alone() -> None:
    small, full = wall((CONCRETE,), 900.0, cells=3, modes=4), wall((CONCRETE,), 900.0, cells=3, modes=0)
    assert small.error_bound == 0.0
    np.testing.assert_array_equal(small.phi, full.phi)
    np.testing.assert_array_equal(small.p_in, full.p_in)
