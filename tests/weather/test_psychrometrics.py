"""Moist air against psychrolib."""

from __future__ import annotations

import numpy as np
import psychrolib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weather import psychrometrics as air

RANDOM = np.random.default_rng(7)
TEMP = np.concatenate([RANDOM.uniform(-25.0, 50.0, 60), [-0.005, 0.0, 0.01, 0.02, 25.0]])
HUMIDITY = RANDOM.uniform(3.0, 100.0, TEMP.size)
PRESSURE = RANDOM.uniform(70e3, 104e3, TEMP.size)


@pytest.fixture(scope="module", autouse=True)
def _si() -> None:
    psychrolib.SetUnitSystem(psychrolib.SI)


def test_relations_are_those_of_psychrolib() -> None:
    ratio = air.humidity_ratio_from_relative_humidity(TEMP, HUMIDITY, PRESSURE)
    dew = air.dew_point(ratio, PRESSURE)
    wet = air.wet_bulb(TEMP, ratio, PRESSURE)
    for i, (t, rh, p) in enumerate(zip(TEMP, HUMIDITY, PRESSURE, strict=True)):
        w = psychrolib.GetHumRatioFromRelHum(t, rh / 100.0, p)
        assert air.saturation_pressure(t) == pytest.approx(psychrolib.GetSatVapPres(t), rel=1e-9)
        assert ratio[i] == pytest.approx(w, rel=1e-9)
        assert dew[i] == pytest.approx(psychrolib.GetTDewPointFromHumRatio(t, w, p), abs=2e-3)
        assert wet[i] == pytest.approx(psychrolib.GetTWetBulbFromHumRatio(t, w, p), abs=2e-3)
        assert air.enthalpy(t, w) == pytest.approx(psychrolib.GetMoistAirEnthalpy(t, w), rel=1e-9)
        assert air.relative_humidity(t, w, p) == pytest.approx(rh, rel=1e-9)
        assert air.humidity_ratio_from_dew_point(dew[i], p) == pytest.approx(w, rel=1e-6)
        assert air.vapour_pressure(w, p) == pytest.approx(psychrolib.GetVapPresFromHumRatio(w, p), rel=1e-6)


def test_design_point_of_ashrae() -> None:
    """ASHRAE Handbook-Fundamentals chapter 1, example 1: 40 °C dry bulb, 20 °C wet bulb, 101.325 kPa."""
    w = air.humidity_ratio_from_wet_bulb(40.0, 20.0, 101325.0)
    assert w == pytest.approx(0.0065, abs=1e-4)
    assert air.dew_point(w, 101325.0) == pytest.approx(7.0, abs=0.6)
    assert air.relative_humidity(40.0, w, 101325.0) == pytest.approx(14.0, abs=0.3)


@given(t=st.floats(-30.0, 55.0), rh=st.floats(1.0, 100.0), p=st.floats(60e3, 105e3))
def test_order_of_temperatures(t: float, rh: float, p: float) -> None:
    w = air.humidity_ratio_from_relative_humidity(t, rh, p)
    dew, wet = air.dew_point(w, p), air.wet_bulb(t, w, p)
    assert dew <= wet + 1e-4
    assert wet <= t + 1e-6


def test_scalar_and_array_agree() -> None:
    alone = [float(air.wet_bulb(t, 0.004, 101325.0)) for t in (5.0, 15.0, 30.0)]
    np.testing.assert_allclose(air.wet_bulb([5.0, 15.0, 30.0], 0.004, 101325.0), alone, atol=1e-6)


def test_dry_air_has_no_dew_point() -> None:
    with pytest.raises(ValueError, match="positive vapour pressure"):
        air.dew_point(0.0, 101325.0)


def test_standard_pressure_is_that_of_psychrolib() -> None:
    assert air.standard_pressure(1500.0) == pytest.approx(psychrolib.GetStandardAtmPressure(1500.0), rel=1e-9)
