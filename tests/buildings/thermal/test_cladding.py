"""What modules leave of the sun for the wall behind: whole balances, and the air of a ventilated gap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.photovoltaics import PvArray, array_power, module_area, module_heat
from buildings.thermal.cladding import gap_air
from weather.sky import plane_irradiance


@pytest.mark.parametrize("module", ["mono_perc", "first_solar_fs_4117a_3"])
@pytest.mark.parametrize(("tilt", "azimuth"), [(90.0, 180.0), (90.0, 270.0), (0.0, 180.0)])
def test_sun_is_electricity_and_heat_and_reflection(
    climate: Any, module: str, tilt: float, azimuth: float
) -> None:
    array = PvArray(20.0, tilt, module=module, mounting="facade_unventilated")
    heat = module_heat(array, climate, azimuth, 0.2)
    sun = plane_irradiance(climate, tilt, azimuth, 0.2).total
    power = array_power(array, climate, azimuth, 0.2)
    area = module_area(module, 20.0)
    assert heat.electricity * area == pytest.approx(1000.0 * power.dc_kw)
    assert heat.heat + heat.electricity + heat.reflected == pytest.approx(sun)
    assert np.all(heat.heat >= -1e-9)
    assert np.all(heat.reflected >= 0.1 * sun - 1e-9)


def test_light_that_grazes_is_reflected_more() -> None:
    """A tenth at normal incidence (alpha 0.9), more over a year on a wall, as every angle occurs."""
    from weather.shanghai import generate
    from weather.step_weather import step_weather

    array = PvArray(20.0, 90.0, mounting="facade_unventilated")
    heat = module_heat(array, step_weather(generate(), 60), 180.0, 0.2)
    assert 0.12 < heat.reflected.sum() / heat.sun.sum() < 0.22


def _air(back: float, out: float, wind: float, tilt: float = 90.0) -> tuple[float, float, float]:
    air = gap_air(np.array([back]), np.array([out]), np.array([wind]), 0.1, 4.0, tilt)
    return float(air.speed[0]), float(air.film[0]), float(air.cool[0])


@given(st.floats(-20.0, 60.0), st.floats(-10.0, 40.0), st.floats(0.0, 15.0), st.floats(0.0, 90.0))
def test_air_of_a_gap_lies_between_outdoors_and_its_faces(
    excess: float, out: float, wind: float, tilt: float
) -> None:
    speed, film, cool = _air(out + excess, out, wind, tilt)
    assert 0.0 <= cool <= 1.0
    assert film > 0.0
    assert speed >= 0.25 * wind


def test_speed_and_warmth_of_the_gap_agree_with_each_other() -> None:
    """Buoyancy of the warmth found gives the speed found (EnergyPlus' vented cavity), in calm."""
    out, back = 30.0, 55.0
    speed, film, cool = _air(back, out, 0.0)
    warm = (1.0 - cool) / (1.0 + cool) * (back - out)
    assert speed == pytest.approx(0.65 * np.sqrt(2.0 * 9.81 * 2.0 * warm / (303.15 + warm)), rel=1e-6)
    lengths = 2.0 * film / (353.05 * 1006.0 / 303.15 * speed * 0.1 / 4.0)
    assert cool == pytest.approx((1.0 - np.exp(-lengths)) / lengths, rel=1e-6)


def test_wind_keeps_the_gap_cool_and_a_level_gap_has_no_buoyancy() -> None:
    assert _air(55.0, 30.0, 8.0)[2] > _air(55.0, 30.0, 1.0)[2] > _air(55.0, 30.0, 0.0)[2]
    assert _air(55.0, 30.0, 0.0, tilt=0.0)[0] == pytest.approx(0.0, abs=1e-6)
    assert _air(55.0, 30.0, 0.0, tilt=30.0)[0] > 0.1


def test_a_gap_without_flow_has_the_mean_of_its_faces() -> None:
    assert _air(30.0, 30.0, 0.0)[2] == pytest.approx(0.0, abs=1e-5)


def test_speed_has_the_order_that_is_measured() -> None:
    """0.2 to 0.6 m/s by buoyancy in gaps of 0.1 m and a storey with a back 25 K over the air."""
    assert 0.2 < _air(55.0, 30.0, 0.0)[0] < 0.6
