"""Design days: published values for the built-in year, the file's own for any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from weather.climate_year import ClimateYear
from weather.design_days import design_days
from weather.epw import read_epw, write_epw
from weather.errors import TwinError
from weather.psychrometrics import relative_humidity, wet_bulb
from weather.sky import plane_irradiance


def test_published_days_of_ashrae(shanghai: ClimateYear) -> None:
    days = design_days(shanghai)
    assert days.origin.startswith("published: ASHRAE")
    hot, cold = days.cooling.at_step(15), days.heating.at_step(15)
    assert len(hot) == len(cold) == 96
    assert hot.temp_air.max() == pytest.approx(35.8)
    assert hot.temp_air.max() - hot.temp_air.min() == pytest.approx(5.9)
    noon = int(hot.temp_air.argmax())
    assert wet_bulb(hot.temp_air[noon], hot.humidity_ratio[noon], hot.pressure[noon]) == pytest.approx(
        26.7, abs=1e-3
    )
    assert np.all(cold.temp_air == -2.3)
    assert cold.ghi.sum() == cold.dni.sum() == 0.0
    assert relative_humidity(-2.3, cold.humidity_ratio[0], cold.pressure[0]) == pytest.approx(75.0)
    assert days.cooling.month == 7
    assert days.heating.month == 1


def test_gb_days(shanghai: ClimateYear) -> None:
    days = design_days(shanghai, "gb50736")
    hot, cold = days.cooling.at_step(60), days.heating.at_step(60)
    assert hot.temp_air.max() == pytest.approx(34.4)
    assert hot.temp_air[1:].mean() == pytest.approx(30.8, abs=0.01)
    assert np.all(cold.temp_air == -2.2)
    assert "gk-verify" in days.origin


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_days_are_periodic_and_close(shanghai: ClimateYear, minutes: int) -> None:
    for day in (design_days(shanghai).cooling, design_days(shanghai).heating):
        sw = day.at_step(minutes)
        assert sw.temp_air[0] == pytest.approx(sw.temp_air[-1])
        assert sw.humidity_ratio[0] == pytest.approx(sw.humidity_ratio[-1])
        cosine = np.maximum(np.cos(np.radians(sw.solar_zenith)), 0.0)
        np.testing.assert_allclose(sw.dhi + sw.dni * cosine, sw.ghi, atol=1e-9)
        assert str(sw.times[0])[11:16] == "00:00"
        assert np.all(relative_humidity(sw.temp_air, sw.humidity_ratio, sw.pressure) <= 100.0 + 1e-9)


def test_cloudless_sun_of_july(shanghai: ClimateYear) -> None:
    """670 W/m2 of beam and 232 of diffuse at noon on July 21 (ASHRAE 2025 for Baoshan)."""
    sw = design_days(shanghai).cooling.at_step(15)
    noon = int(sw.ghi.argmax())
    assert sw.dni[noon] == pytest.approx(670.0, rel=0.015)
    assert sw.dhi[noon] == pytest.approx(232.0, rel=0.015)
    west = plane_irradiance(sw, 90.0, 270.0).total
    assert 14.0 < west.argmax() / 4.0 < 18.0


def test_a_file_gives_its_own_values(shanghai: ClimateYear, tmp_path: Path) -> None:
    year = read_epw(write_epw(shanghai, tmp_path / "own.epw"))
    days = design_days(year)
    assert days.origin.startswith("read off the hourly data")
    assert days.values["heating_db_c"] == pytest.approx(-2.06, abs=0.02)
    assert days.values["cooling_db_c"] == pytest.approx(35.48, abs=0.02)
    sw = days.cooling.at_step(15)
    assert 700.0 < sw.ghi.max() < 1050.0
    assert days.values["hottest_month"] == 7.0


def test_unknown_basis_and_step_are_refused(shanghai: ClimateYear) -> None:
    unknown: Any = "cibse"
    with pytest.raises(TwinError, match="basis 'cibse'"):
        design_days(shanghai, unknown)
    with pytest.raises(TwinError, match="7 minutes"):
        design_days(shanghai).cooling.at_step(7)
