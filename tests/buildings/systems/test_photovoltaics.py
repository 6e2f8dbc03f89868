"""The PV chain: standard test conditions, losses by their definition, and the yield of Shanghai."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.converter import load_converter, output_from_input_kw
from buildings.systems.photovoltaics import (
    PvArray,
    array_power,
    direct_power,
    effective_irradiance,
    pv_power,
    rear_irradiance,
    system_losses,
)
from buildings.systems.records import read_library
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
def test_wrong_array_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TwinError):
        pv_power(replace(ARRAY, **wrong), _plane(beam=500.0), [20.0], [2.0])


def test_hole_in_the_weather_is_refused() -> None:
    with pytest.raises(TwinError):
        pv_power(ARRAY, _plane(beam=500.0), [np.nan], [2.0])


def test_single_diode_gives_the_rated_power_and_its_coefficient() -> None:
    """The CEC model is fitted to current, voltage and temperature coefficient of the data sheet."""
    table = pvlib.pvsystem.retrieve_sam("CECMod")
    for key, values in read_library("pv")["modules"].items():
        power = direct_power(key, np.array([1000.0, 1000.0, 200.0, 0.0]), np.array([25.0, 50.0, 25.0, 25.0]))
        assert power[0] == pytest.approx(1.0, abs=2e-3)
        assert power[3] == 0.0
        if values["model"] == "cec":
            listed = table[values["cec"]]
            assert (power[1] - power[0]) / 25.0 == pytest.approx(listed["gamma_r"] / 100.0, rel=0.08)
            assert values["watt_per_m2"] == pytest.approx(listed["STC"] / listed["A_c"], rel=2e-3)
            # weak light costs or, of thin film, gives some percent, which PVWatts does not know
            assert 0.90 * 0.2 < power[2] < 1.03 * 0.2


def _chain(array: PvArray, azimuth: float, site: pvlib.location.Location) -> pvlib.modelchain.ModelChain:
    """pvlib's own chain with the same module, mounting and losses."""
    module, mounting = (
        read_library("pv")[group][key]
        for group, key in (("modules", array.module), ("mountings", array.mounting))
    )
    parameters: dict[str, Any] = {"module_efficiency": module["watt_per_m2"] / 1000.0}
    if module["model"] == "cec":
        listed = pvlib.pvsystem.retrieve_sam("CECMod")[module["cec"]]
        parameters |= {key: listed[key] for key in listed.index if key not in ("Date", "Version")}
        dc_model, per_string = "cec", 1e3 / float(listed["I_mp_ref"] * listed["V_mp_ref"])
    else:
        parameters |= {"pdc0": 1e3, "gamma_pdc": module["gamma_per_k"]}
        dc_model, per_string = "pvwatts", 1.0
    kind = "sapm" if "sapm" in mounting else "pvsyst"
    system = pvlib.pvsystem.PVSystem(
        arrays=[
            pvlib.pvsystem.Array(
                pvlib.pvsystem.FixedMount(array.tilt, azimuth),
                module_parameters=parameters,
                temperature_model_parameters=pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS[kind][
                    mounting[kind]
                ],
                modules_per_string=per_string,
                albedo=0.2,
            )
        ],
        inverter_parameters={"pdc0": 1e3},
    )
    return pvlib.modelchain.ModelChain(
        system, site, dc_model=dc_model, ac_model="pvwatts",
        aoi_model="physical", spectral_model="no_loss", temperature_model=kind, losses_model="no_loss",
        transposition_model="perez",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("array", "azimuth"),
    [
        (PvArray(100.0, 15.0), 180.0),
        (PvArray(100.0, 15.0, module="canadian_cs1u_420ms"), 180.0),
        (PvArray(100.0, 90.0, module="first_solar_fs_4117a_3", mounting="facade_ventilated"), 240.0),
    ],
    ids=["pvwatts_roof", "single_diode_roof", "single_diode_facade"],
)
def test_a_year_of_pvlib_s_own_chain(
    quarter_hours: StepWeather, figure: Callable[[str], None], array: PvArray, azimuth: float
) -> None:
    """ModelChain with its own sun, cell, diode and angle of incidence on the same light: equal to 0.1 %.

    It knows no loss of diffuse light at the glass, so it is given what is left of it, and not our converter.
    From GHI, DNI and DHI alone, its diffuse light without that loss, it gives some percent more.
    """
    weather, climate = quarter_hours, generate()
    site = pvlib.location.Location(climate.latitude, climate.longitude)
    plane = plane_irradiance(weather, array.tilt, azimuth)
    glass = pvlib.iam.marion_diffuse("physical", array.tilt)
    times = weather.times + pd.Timedelta(seconds=0.5 * weather.dt_s)
    air = {
        "temp_air": 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]), "wind_speed": weather.wind_speed,
    }  # fmt: skip
    light = pd.DataFrame(
        {
            "poa_global": plane.total,
            "poa_direct": plane.beam + plane.circumsolar,
            "poa_diffuse": plane.sky_diffuse * glass["sky"] + plane.ground_diffuse * glass["ground"],
        }
        | air,
        index=times,
    )
    ours = array_power(array, weather, azimuth, 0.2)
    chain = _chain(array, azimuth, site)
    losses = 1.0 - system_losses(array.module, 0.0)
    theirs = _direct(chain.run_model_from_poa(light)) * losses * array.capacity_kwp / 1e3
    sky = pd.DataFrame({"ghi": weather.ghi, "dni": weather.dni, "dhi": weather.dhi} | air, index=times)
    native = _direct(_chain(array, azimuth, site).run_model(sky)) * losses * array.capacity_kwp / 1e3
    rated = array.capacity_kwp / 1.1
    converter = load_converter("dcdc_good", rated)
    bus = [min(output_from_input_kw(dc, rated, converter), rated) for dc in theirs]
    off = ours.dc_kw.sum() / theirs.sum() - 1.0, ours.bus_kw.sum() / np.sum(bus) - 1.0
    whole = ours.dc_kw.sum() / native.sum() - 1.0
    figure(
        f"{array.module} {array.mounting}: {ours.bus_kw.sum() / 400.0:.1f} kWh/kWp; ModelChain on "
        f"the same light {off[0]:+.4%} at the terminals, {off[1]:+.4%} at the bus; from GHI {whole:+.2%}"
    )
    assert max(map(abs, off)) < 1e-3
    assert -0.06 < whole < 0.0


def _direct(chain: pvlib.modelchain.ModelChain) -> np.ndarray:
    found = chain.results.dc
    return np.nan_to_num(np.asarray(found.get("p_mp", found), float))


@pytest.fixture(scope="module")
def quarter_hours() -> StepWeather:
    return step_weather(generate(), 15)


def test_the_back_of_a_bifacial_module(shanghai: StepWeather, figure: Callable[[str], None]) -> None:
    """Rows over a grey roof gain some percent, over a white one more; a module without a back nothing."""
    rows = PvArray(100.0, 25.0, module="longi_lr6_72bp_360m", mounting="roof_rows")
    plain = replace(rows, mounting="roof_open_rack")
    assert rear_irradiance(plain, shanghai, 180.0, 0.2) is None
    assert rear_irradiance(replace(rows, module="mono_perc"), shanghai, 180.0, 0.2) is None
    rear = rear_irradiance(rows, shanghai, 180.0, 0.2)
    assert rear is not None
    assert (rear >= 0.0).all()
    assert (rear[shanghai.ghi == 0.0] == 0.0).all()
    plane = plane_irradiance(shanghai, 25.0, 180.0)
    temp = 0.5 * (shanghai.temp_air[1:] + shanghai.temp_air[:-1])
    front = pv_power(rows, plane, temp, shanghai.wind_speed).dc_kw.sum()
    grey, white = (array_power(rows, shanghai, 180.0, albedo).dc_kw.sum() for albedo in (0.2, 0.6))
    figure(
        f"back of rows covering half the roof: {grey / front - 1.0:+.1%} at an albedo of 0.2, "
        f"{white / front - 1.0:+.1%} at 0.6 (front with the same albedo not counted)"
    )
    assert 1.02 < grey / front < 1.10
    assert white > 1.05 * grey


def test_ground_wide_open_below_a_high_array_is_seen_by_its_view_factor(shanghai: StepWeather) -> None:
    """The back of a lone plate: ground by (1 + cos t) / 2, sky by (1 - cos t) / 2."""
    rows = PvArray(100.0, 25.0, module="longi_lr6_72bp_360m", mounting="roof_rows")
    wide = read_library("pv")["mountings"]["roof_rows"]["rows"]
    old = dict(wide)
    wide.update(ground_coverage=0.01, height=50.0, shade=0.0)
    try:
        rear = rear_irradiance(rows, shanghai, 180.0, 0.3)
    finally:
        wide.update(old)
    assert rear is not None
    cosine = np.cos(np.radians(25.0))
    high = shanghai.solar_zenith < 60.0
    expected = 0.3 * shanghai.ghi * 0.5 * (1.0 + cosine) + shanghai.dhi * 0.5 * (1.0 - cosine)
    assert rear[high].sum() == pytest.approx(expected[high].sum(), rel=0.06)


def test_a_gap_behind_a_facade_cools_the_cells(shanghai: StepWeather, figure: Callable[[str], None]) -> None:
    """Loss factors of 20 and 15 W/(m2 K): rise over the air in the ratio 3 to 4, whatever the wind."""
    air = PvArray(100.0, 90.0, mounting="facade_ventilated")
    tight = replace(air, mounting="facade_unventilated")
    plane = _plane(beam=700.0)
    rises = [
        pv_power(array, plane, [20.0], [wind]).cell_temp_c[0] - 20.0
        for array in (air, tight)
        for wind in (0.5, 6.0)
    ]
    assert rises[0] == pytest.approx(700.0 * 0.9 * (1.0 - 0.205) / 20.0)
    assert rises[1] == pytest.approx(rises[0])
    assert rises[2] / rises[0] == pytest.approx(20.0 / 15.0)
    gain = _yield(air, shanghai) / _yield(tight, shanghai) - 1.0
    figure(f"south façade: a ventilated gap gives {gain:+.1%} of energy")
    assert 0.005 < gain < 0.05
