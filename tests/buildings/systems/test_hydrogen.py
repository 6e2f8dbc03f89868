"""Hydrogen's gas law, the open voltage of water, and a mass that warms and is cooled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.hydrogen import (
    HIGHER_V,
    LOWER_J_KG,
    LOWER_V,
    compressibility,
    compression_work,
    density,
    losses,
    pressure,
    reversible_voltage,
    warm_mass,
)


@pytest.mark.parametrize(
    ("temp_k", "mega", "z"),
    [(200, 1, 1.00675450), (300, 10, 1.05985282), (400, 50, 1.24304763), (500, 200, 1.74461629),
     (200, 200, 2.85953449)],
)  # fmt: skip
def test_compressibility_of_the_published_table(temp_k: float, mega: float, z: float) -> None:
    """Lemmon, Huber and Leachman 2008, table of check values."""
    assert compressibility(mega * 1e6, temp_k - 273.15)[0] == pytest.approx(z, abs=6e-9)


@given(bar=st.floats(1.0, 1000.0), temp=st.floats(-40.0, 85.0))
def test_pressure_undoes_density(bar: float, temp: float) -> None:
    assert pressure(density(bar * 1e5, temp), temp) == pytest.approx(bar * 1e5, rel=1e-9)
    assert density(bar * 1.01e5, temp) > density(bar * 1e5, temp)


def test_voltages_of_water() -> None:
    """1.229 V reversible, 1.481 V thermoneutral, 1.253 V by the lower heating value at 25 degC; 120 MJ/kg."""
    assert reversible_voltage(25.0, 1.0, 1.0) == pytest.approx(1.229, abs=5e-4)
    assert pytest.approx(1.481, abs=5e-4) == HIGHER_V
    assert pytest.approx(1.253, abs=5e-4) == LOWER_V
    assert pytest.approx(119.96e6, rel=1e-4) == LOWER_J_KG


def test_slope_of_the_losses_is_their_derivative() -> None:
    def at(current: float) -> tuple[float, float]:
        return losses(current, 40.0, 0.8, 0.5, 5e4, 2e-5, 1e4)

    for current in (0.1, 10.0, 3000.0):
        rise = (at(current * 1.0001)[0] - at(current * 0.9999)[0]) / (0.0002 * current)
        assert at(current)[1] == pytest.approx(rise, rel=1e-6)


def test_compression_to_350_bar_by_hand() -> None:
    """Three stages from 30 bar at 25 degC: 3 (1.41/0.41) Zm R T/M ((350/30)^(0.41/4.23) - 1) / 0.65."""
    mean = 0.5 * (compressibility(30e5, 25.0)[0] + compressibility(350e5, 25.0)[0])
    ideal = 3 * 1.41 / 0.41 * mean * 8.314462618 * 298.15 / 2.01588e-3
    by_hand = ideal * ((350 / 30) ** (0.41 / 4.23) - 1.0) / 0.65
    assert compression_work(30e5, 350e5, 25.0, 3.0, 0.65) == pytest.approx(by_hand, rel=1e-12)
    isothermal = mean * 8.314462618 * 298.15 / 2.01588e-3 * math.log(350 / 30)
    assert compression_work(30e5, 350e5, 25.0, 50.0, 1.0) == pytest.approx(isothermal, rel=0.01)
    assert compression_work(350e5, 30e5, 25.0, 3.0, 0.65) == 0.0


@given(
    temp=st.floats(-10.0, 80.0),
    heat=st.floats(-500.0, 5e4),
    around=st.floats(-10.0, 40.0),
    dt=st.floats(60.0, 3600.0),
)
def test_a_mass_that_warms(temp: float, heat: float, around: float, dt: float) -> None:
    end, mean, removed = warm_mass(temp, heat, around, 15.0, 1.6e5, 80.0, dt)
    assert end <= 80.0 + 1e-9
    assert removed >= -1e-6
    assert min(temp, end) - 1e-6 <= mean <= max(temp, end) + 1e-6
    closed = heat - removed - 15.0 * (mean - around) - 1.6e5 * (end - temp) / dt
    assert closed == pytest.approx(0.0, abs=1e-6 * (1.0 + abs(heat)))


def test_a_long_step_of_a_mass_is_many_short_ones() -> None:
    """The solution is exact: an hour at once and in 3600 parts, through the limit."""
    temp, removed = 20.0, 0.0
    for _ in range(3600):
        temp, _, part = warm_mass(temp, 6000.0, 10.0, 15.0, 1.6e5, 60.0, 1.0)
        removed += part / 3600
    end, _, once = warm_mass(20.0, 6000.0, 10.0, 15.0, 1.6e5, 60.0, 3600.0)
    assert np.array([end, once]) == pytest.approx([temp, removed], rel=1e-9)
