"""Slats and fabrics alone: closed forms of level and closed slats, reciprocity, and that no light is made."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal import shade_light
from buildings.thermal.shade_light import fabric, slats

SHARES = st.floats(0.0, 0.95)
BLINDS = st.tuples(st.floats(0.02, 0.1), st.floats(0.3, 1.0), st.floats(1.0, 179.0), SHARES, SHARES)


def blind(drawn: tuple[float, ...]) -> shade_light.ShadeLight:
    width, ratio, angle, front, back = drawn
    return slats(width, ratio * width, angle, front, back)


def test_black_level_slats_let_through_what_they_leave_open() -> None:
    """Hottel's crossed strings between the openings: sqrt(1 + r^2) - r, r width over distance."""
    r = 0.025 / 0.020
    found = slats(0.025, 0.020, 90.0, 0.0, 0.0)
    assert found.front.passed == pytest.approx(math.sqrt(1.0 + r * r) - r, abs=1e-12)
    assert found.front.returned == 0.0
    # Beam that falls by less than the distance over the width passes above the next slat.
    for profile in (0.0, 20.0, 30.0, 50.0):
        unhindered, scattered, returned = found.beam_front.at(profile)
        assert unhindered == pytest.approx(max(1.0 - r * math.tan(math.radians(profile)), 0.0), abs=2e-3)
        assert scattered == pytest.approx(0.0, abs=1e-12)
        assert returned == pytest.approx(0.0, abs=1e-12)


def test_slats_bent_against_the_sun_stop_it_and_open_ones_do_not() -> None:
    """At 45 degrees, outer edge down, width and distance alike; light from below passes."""
    found = slats(0.05, 0.05, 45.0, 0.5, 0.5)
    cut = math.degrees(math.atan(math.sqrt(2.0) - 1.0))
    assert found.beam_front.at(cut + 2.0)[0] == 0.0
    assert found.beam_front.at(-45.0)[0] == pytest.approx(1.0)
    # Turned the other way, the sun at 45 degrees looks straight through.
    assert slats(0.05, 0.05, 135.0, 0.5, 0.5).beam_front.at(45.0)[0] == pytest.approx(1.0)


def test_closed_slats_are_a_wall() -> None:
    found = slats(0.025, 0.025, 0.001, 0.6, 0.2)
    for light, reflectance in ((found.front, 0.6), (found.back, 0.2)):
        assert light.passed == pytest.approx(0.0, abs=1e-4)
        assert light.returned == pytest.approx(reflectance, abs=1e-3)
    assert found.emissivity_front == pytest.approx(0.9, abs=1e-3)


@given(BLINDS)
def test_no_light_is_made_and_the_way_back_is_as_open(drawn: tuple[float, ...]) -> None:
    found = blind(drawn)
    for light in (found.front, found.back, found.sky, found.ground):
        assert -1e-9 <= light.passed <= 1.0
        assert -1e-9 <= light.returned <= 1.0
        assert light.kept >= -1e-9
    # Helmholtz: isotropic light passes a plane layer alike in both directions.
    assert found.front.passed == pytest.approx(found.back.passed, abs=1e-9)
    for beam in (found.beam_front, found.beam_back):
        assert np.all(beam.unhindered + beam.scattered + beam.returned <= 1.0 + 1e-9)
        assert np.all(beam.scattered >= -1e-12)


@given(st.floats(0.02, 0.1), st.floats(0.3, 1.0), st.floats(1.0, 179.0))
def test_white_slats_keep_nothing(width: float, ratio: float, angle: float) -> None:
    found = slats(width, ratio * width, angle, 1.0, 1.0)
    assert found.front.kept == pytest.approx(0.0, abs=1e-9)
    beam = found.beam_front
    np.testing.assert_allclose(beam.unhindered + beam.scattered + beam.returned, 1.0, atol=1e-9)


def test_isotropic_light_is_the_mean_of_its_beams() -> None:
    """Sky and ground together are isotropic: two ways to one figure, radiosity and integration of beams."""
    found = slats(0.025, 0.019, 40.0, 0.7, 0.4)
    assert 0.5 * (found.sky.passed + found.ground.passed) == pytest.approx(found.front.passed, abs=2e-3)
    assert 0.5 * (found.sky.returned + found.ground.returned) == pytest.approx(found.front.returned, abs=2e-3)
    assert found.sky.passed < found.front.passed < found.ground.passed


def test_more_segments_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = slats(0.025, 0.01875, 45.0, 0.8, 0.8)
    monkeypatch.setattr(shade_light, "_SEGMENTS", 96)
    fine = slats(0.025, 0.01875, 45.0, 0.8, 0.8)
    assert coarse.front.passed == pytest.approx(fine.front.passed, abs=1e-3)
    for profile in (-40.0, 0.0, 30.0, 60.0):
        for a, b in zip(coarse.beam_front.at(profile), fine.beam_front.at(profile), strict=True):
            assert float(a) == pytest.approx(float(b), abs=2e-3)


def test_a_fabric_knows_no_angle() -> None:
    found = fabric(0.1, 0.5, infrared=0.05)
    for profile in (-80.0, 0.0, 33.0):
        assert [float(x) for x in found.beam_front.at(profile)] == [0.0, 0.1, 0.5]
    assert found.sky == found.ground == found.front == found.back
    assert found.front.kept == pytest.approx(0.4)
