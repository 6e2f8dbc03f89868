"""Where windows without a described place are laid in their wall."""

from __future__ import annotations

import numpy as np
import pytest

from buildings.description.schema import Surface, Window
from buildings.energyplus.geometry import Rectangle, openings

WALL = Rectangle(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), 60.0, 4.0)


def laid(*sizes: tuple[float, float]) -> list[tuple[float, float]]:
    """Width and height of windows described by area and height; each lies in the wall."""
    windows = tuple(
        Window(name=f"w{i}", area=area, height=height, glazing="g") for i, (area, height) in enumerate(sizes)
    )
    surface = Surface(name="s", zone="z", kind="wall", area=240.0, azimuth=0.0, construction="c")
    found = openings(surface, windows, WALL)
    for one, (area, _) in zip(found, sizes, strict=True):
        assert one.width * one.height == pytest.approx(area, rel=1e-12)
        assert 0.0 < one.left < one.left + one.width < WALL.width
        assert 0.0 < one.bottom < one.bottom + one.height < WALL.height
    return [(one.width, one.height) for one in found]


def test_windows_that_fit_keep_their_size() -> None:
    assert laid((6.0, 2.0), (3.0, 1.5)) == [(3.0, 2.0), (2.0, 1.5)]


def test_a_band_as_long_as_its_wall_keeps_its_height() -> None:
    """A band of 1.5 m over 60 m; as high as the wall its air would convect by a fifth less."""
    ((width, height),) = laid((90.0, 1.5))
    assert height == pytest.approx(1.5 / 0.98)
    assert width == pytest.approx(0.98 * 60.0)


def test_all_but_the_rim_may_be_glass() -> None:
    ((_, height),) = laid((238.0, 3.95))
    assert height > 3.9
