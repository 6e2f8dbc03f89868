"""Heat in the mass of rooms, against what is exact: all of a layer in the end, a half-space at first."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from buildings.thermal import layout as k
from buildings.thermal.enclosure import ZERO, Zone
from buildings.thermal.mass_storage import FILM_IN, mass_capacity
from buildings.thermal.rooms import Face, Room
from buildings.thermal.wall import Layer, u_value, wall

CONCRETE = Layer(thickness=0.2, conductivity=1.74, density=2500.0, specific_heat=920.0)
STEP = 900.0


def room_of(face: Face, capacity: float = 0.0) -> Room:
    zone = Zone("room", 30.0, 10.0, capacity)
    return Room(zone=zone, faces=(face,), n_shared=0, panes=(), gains=(), mixing=(), error_bound=0.0)


def face_of(*layers: Layer, adiabatic: bool = False, shared: bool = False) -> Face:
    figures = np.zeros(k.N_FACE)
    figures[k.AREA] = 10.0
    made = wall(layers, STEP, modes=0, adiabatic=adiabatic)
    return Face(figures, made, (ZERO, ZERO, ZERO), (1, 0) if shared else None)


def test_a_slab_that_gives_nothing_on_takes_all_of_its_heat_in_the_end() -> None:
    found = mass_capacity([room_of(face_of(CONCRETE, adiabatic=True))], [1.0], STEP, 24.0 * 60)
    assert found == pytest.approx(10.0 * 0.2 * 2500.0 * 920.0, rel=1e-6)


def test_in_the_beginning_a_thick_slab_is_a_half_space_behind_a_film() -> None:
    """Heat into a half-space behind a film h after a time t, Carslaw and Jaeger 1959, section 2.7."""
    thick = Layer(thickness=1.0, conductivity=1.74, density=2500.0, specific_heat=920.0)
    found = mass_capacity([room_of(face_of(thick, adiabatic=True))], [1.0], STEP, 4.0) / 10.0
    diffusivity, t = 1.74 / (2500.0 * 920.0), 4.0 * 3600.0
    ratio = FILM_IN / 1.74
    z = ratio * math.sqrt(diffusivity * t)
    exact = (
        1.74 / (diffusivity * ratio) * (math.exp(z * z) * math.erfc(z) - 1.0 + 2.0 * z / math.sqrt(math.pi))
    )
    assert found == pytest.approx(exact, rel=0.01)


def test_an_outer_wall_ends_with_the_heat_of_its_steady_profile() -> None:
    """Half of a bare wall between films: mean of the temperatures at its faces."""
    film = Layer(resistance=0.04)
    found = mass_capacity([room_of(face_of(film, CONCRETE))], [1.0], STEP, 24.0 * 60) / 10.0
    u = u_value((CONCRETE,), r_inside=1.0 / FILM_IN, r_outside=0.04)
    inner, outer = 1.0 - u / FILM_IN, u * 0.04
    assert found == pytest.approx(0.2 * 2500.0 * 920.0 * 0.5 * (inner + outer), rel=0.005)


def test_air_is_counted_and_capacity_grows_with_time() -> None:
    rooms, airy = ([room_of(face_of(CONCRETE, shared=True), air)] for air in (0.0, 1.2e5))
    over_time = [mass_capacity(airy, [3.0], STEP, hours) for hours in (0.25, 1.0, 4.0, 24.0)]
    assert all(a < b for a, b in itertools.pairwise(over_time))
    assert over_time[1] - 3.0 * mass_capacity(rooms, [1.0], STEP, 1.0) == pytest.approx(3.0 * 1.2e5)
    both = mass_capacity(rooms, [1.0], STEP, 24.0 * 60)
    assert both == pytest.approx(0.5 * 10.0 * 0.2 * 2500.0 * 920.0, rel=1e-3)
