"""Areas, directions and volumes of polygons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.idf.polygons import area, area_vector, enclosed_volume, tilt_azimuth, width_height

SIZES = st.floats(min_value=0.5, max_value=50.0)


def walls_of_box(
    a: float, b: float, h: float, at: tuple[float, float, float], turn: float
) -> list[np.ndarray]:
    """Six faces of a box, counter-clockwise seen from outside."""
    x, y, z = (0.0, a), (0.0, b), (0.0, h)
    faces = [
        [(0, 0, 1), (0, 0, 0), (1, 0, 0), (1, 0, 1)],
        [(1, 0, 1), (1, 0, 0), (1, 1, 0), (1, 1, 1)],
        [(1, 1, 1), (1, 1, 0), (0, 1, 0), (0, 1, 1)],
        [(0, 1, 1), (0, 1, 0), (0, 0, 0), (0, 0, 1)],
        [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)],
        [(0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 1, 1)],
    ]
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return [np.array([(x[i], y[j], z[k]) for i, j, k in face]) @ matrix.T + np.array(at) for face in faces]


@given(SIZES, SIZES, SIZES, st.tuples(*[st.floats(-500, 500)] * 3), st.floats(0, 6.28))
def test_a_box_anywhere_has_its_volume(
    a: float, b: float, h: float, at: tuple[float, float, float], turn: float
) -> None:
    faces = walls_of_box(a, b, h, at, turn)
    assert enclosed_volume(faces) == pytest.approx(a * b * h, rel=1e-6)
    assert sum(area(face) for face in faces) == pytest.approx(2 * (a * b + a * h + b * h), rel=1e-6)


def test_an_open_box_has_no_volume() -> None:
    assert enclosed_volume(walls_of_box(4.0, 3.0, 2.5, (0.0, 0.0, 0.0), 0.0)[:5]) is None


@pytest.mark.parametrize(
    ("face", "tilt", "azimuth"), [(0, 90, 180), (1, 90, 90), (2, 90, 0), (3, 90, 270), (4, 180, 0), (5, 0, 0)]
)
def test_directions_of_a_box(face: int, tilt: float, azimuth: float) -> None:
    points = walls_of_box(4.0, 3.0, 2.5, (1.0, 2.0, 3.0), 0.0)[face]
    assert tilt_azimuth(area_vector(points)) == pytest.approx((tilt, azimuth), abs=1e-9)


def test_a_concave_polygon() -> None:
    """An L of 4 x 4 less 2 x 2, on the ground."""
    corners = [(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)]
    assert area(np.array([(x, y, 0.0) for x, y in corners])) == pytest.approx(12.0)


def test_width_and_height_of_a_sloped_plane() -> None:
    roof = np.array([(0, 3, 4), (0, 0, 0), (6, 0, 0), (6, 3, 4)], dtype=float)
    assert width_height(roof) == pytest.approx((6.0, 5.0))
