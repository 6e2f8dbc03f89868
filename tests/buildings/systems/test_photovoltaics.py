"""The PV chain: standard test conditions, losses by their definition, and the yield of Shanghai."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.converter import load_converter, output_from_input_kw
from buildings.systems.photovoltaics import PvArray, effective_irradiance, pv_power, system_losses
from weather.errors import TwinError
from weather.shanghai import generate
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather, step_weather

ARRAY = PvArray(100.0, 15.0)


def _plane(
    beam: float = 0.0, sky: float = 0.0, ground: float = 0.0, aoi: float = 0.0, around: float = 0.0
) -> PlaneIrradiance:
    return PlaneIrradiance(*(np.array([value]) for value in (beam, around, sky, ground, aoi)))


@pytest.fixture(scope="module")
def shanghai() -> StepWeather:
    return step_weather(generate(), 60)


def _yield(array: PvArray, weather: StepWeather, azimuth: float = 180.0) -> float:
    """Yearly energy at the bus [kWh/kWp]."""
    plane = plane_irradiance(weather, array.tilt, azimuth)
    temp = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    return float(pv_power(array, plane, temp, weather.wind_speed).bus_kw.sum() / array.capacity_kwp)


def test_standard_test_conditions_give_the_rated_power_less_stated_losses() -> None:
    """1000 W/m2 straight on; PVWatts v5: P = P0 * G/1000 * (1 + gamma (T - 25)), losses multiply."""
    power = pv_power(ARRAY, _plane(beam=1000.0), [0.0], [5.0])
    cell = power.cell_temp_c[0]
    expected = 100.0 * (1.0 - 0.0036 * (cell - 25.0)) * (1.0 - system_losses("mono_perc", 0.0))
    assert power.dc_kw[0] == pytest.approx(expected, rel=1e-9)


def test_cell_temperature_is_the_sandia_model() -> None:
    """King et al. 2004, open rack: T_m = T_a + E exp(-3.56 - 0.075 v), T_c = T_m + E/1000 * 3."""
    power = pv_power(ARRAY, _plane(beam=800.0), [30.0], [2.0])
    module = 30.0 + 800.0 * np.exp(-3.56 - 0.075 * 2.0)
    assert power.cell_temp_c[0] == pytest.approx(module + 0.8 * 3.0)


def test_losses_multiply_and_age() -> None:
    percent = (3.0, 2.0, 0.0, 2.0, 2.0, 0.5, 1.5, 0.0, 0.0, 1.0)
    fresh = 1.0 - np.prod([1.0 - p / 100.0 for p in percent])
    assert system_losses("mono_perc", 0.0) == pytest.approx(fresh, abs=1e-12)
    assert system_losses("mono_perc", 10.0) == pytest.approx(1.0 - (1.0 - fresh) * (1.0 - 0.0055) ** 10)


@given(st.floats(0.0, 89.0))
def test_circumsolar_counts_as_beam_and_glass_only_takes(aoi: float) -> None:
    as_beam = effective_irradiance(_plane(beam=300.0, aoi=aoi), 15.0)[0]
    as_sky = effective_irradiance(_plane(around=300.0, aoi=aoi), 15.0)[0]
    assert as_beam == as_sky
    assert 0.0 <= as_beam <= 300.0 + 1e-9


def test_no_sun_no_power_and_no_less() -> None:
    power = pv_power(ARRAY, _plane(aoi=120.0), [20.0], [1.0])
    assert (power.dc_kw[0], power.bus_kw[0]) == (0.0, 0.0)


@given(st.floats(0.0, 1200.0), st.booleans())
def test_converter_is_the_measured_one(beam: float, on_bus: bool) -> None:
    array = replace(ARRAY, on_dc_bus=on_bus)
    power = pv_power(array, _plane(beam=beam), [25.0], [3.0])
    rated = 100.0 / 1.1
    converter = load_converter("dcdc_good" if on_bus else "afe_median", rated)
    expected = output_from_input_kw(power.dc_kw[0], rated, converter)
    assert power.bus_kw[0] == pytest.approx(min(expected, rated), rel=1e-12)
    assert power.clipped_kw == pytest.approx(max(expected - rated, 0.0), abs=1e-12)


def test_yield_in_shanghai_is_of_the_published_order(shanghai: StepWeather) -> None:
    """About 1,000 kWh/kWp at the Songjiang DC home, near 20 years old (solarbe 2018); a new one more."""
    flat, tilted = _yield(replace(ARRAY, tilt=2.0), shanghai), _yield(ARRAY, shanghai)
    assert 1000.0 < tilted < 1250.0
    # performance ratio: 0.886 of system losses, about 0.93 of heat, 0.99 of glass and converter
    insolation = plane_irradiance(shanghai, 15.0, 180.0).total.sum() / 1000.0
    assert 0.78 < tilted / insolation < 0.85
    assert 0.90 < flat / tilted < 1.0
    close = _yield(replace(ARRAY, mounting="roof_close"), shanghai)
    assert 0.93 < close / tilted < 0.98
    facade = _yield(PvArray(100.0, 90.0, mounting="facade"), shanghai)
    assert 0.5 < facade / tilted < 0.7
    # a north wall sees no beam in winter and little in summer
    assert _yield(PvArray(100.0, 90.0, mounting="facade"), shanghai, azimuth=0.0) < 0.65 * facade
    assert _yield(replace(ARRAY, on_dc_bus=False), shanghai) < tilted


@pytest.mark.parametrize(
    "wrong", [{"module": "paper"}, {"mounting": "moon"}, {"capacity_kwp": 0.0}, {"converter": "nobody"}]
)
def test_wrong_array_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TwinError):
        pv_power(replace(ARRAY, **wrong), _plane(beam=500.0), [20.0], [2.0])  # type: ignore[arg-type]


def test_hole_in_the_weather_is_refused() -> None:
    with pytest.raises(TwinError):
        pv_power(ARRAY, _plane(beam=500.0), [np.nan], [2.0])
