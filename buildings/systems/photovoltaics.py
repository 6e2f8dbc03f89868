"""Photovoltaic arrays (光伏阵列): from irradiance on the plane to power at the bus, by pvlib.

Chain: incidence-angle loss of the glass (physical model, for the beam at its angle and for the diffuse
parts after Marion), cell temperature (SAPM, or PVsyst's loss factors where a façade or roof lies close
behind), direct-current power, stated system losses and ageing, then the converter with the measured loss
form: an MPPT stage on a DC bus, an inverter on an AC board. Circumsolar light comes from the sun and counts
as beam.

Each module of `data/pv.yaml` states its `model`: `pvwatts` by its temperature coefficient, or `cec`, the
single-diode model with the parameters of the California Energy Commission that come with pvlib. The back of
a bifacial module adds light of the ground between long rows (pvlib's infinite sheds).

What an array leaves of the sun for the surface that it covers is `module_heat`; where that heat goes,
`buildings.thermal.cladding` says.

Left out: the spectrum, what a shadow on part of an array takes beyond that part's light, and snow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pvlib
from numpy.typing import ArrayLike, NDArray

from buildings.systems.converter import load_converter
from buildings.systems.records import part, positive, read_library
from weather.errors import TwinError
from weather.kept import kept, kept_while
from weather.sky import PlaneIrradiance
from weather.skyline import Skyline, light_left, sun_on
from weather.step_weather import StepWeather

if TYPE_CHECKING:
    from buildings.description.equipment import PvArray as DescribedArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PvArray:
    """One array of modules with its converter.

    Parameters
    ----------
    capacity_kwp : float
        Direct-current power at standard test conditions [kW].
    tilt : float
        Tilt of the plane from the horizontal [degrees].
    module, mounting : str, optional
        Keys in `data/pv.yaml`.
    on_dc_bus : bool, optional
        MPPT stage on a DC bus, or inverter on an AC board.
    converter : str, optional
        Key in `data/converters.yaml`; the library's choice by default.
    age_years : float, optional
        Age for the module's degradation [a].
    """

    capacity_kwp: float
    tilt: float
    module: str = "mono_perc"
    mounting: str = "roof_open_rack"
    on_dc_bus: bool = True
    converter: str | None = None
    age_years: float = 0.0


@dataclass(frozen=True, eq=False)
class PvPower:
    """Power of an array over n steps, kW.

    Attributes
    ----------
    dc_kw : ndarray (n,)
        At the array's terminals, after the system losses.
    bus_kw : ndarray (n,)
        At bus or board, after the converter.
    clipped_kw : float
        Power that the converter's rating cut, as the mean over the period [kW].
    cell_temp_c : ndarray (n,)
        Cell temperature [°C].
    """

    dc_kw: FloatArray
    bus_kw: FloatArray
    clipped_kw: float
    cell_temp_c: FloatArray


@dataclass(frozen=True, eq=False)
class ModuleHeat:
    """Where the sun on the front of modules goes, per m2 of module over n steps: it is the sum of the parts.

    Attributes
    ----------
    sun, reflected, electricity, heat : ndarray (n,)
        [W/m2]. `electricity` is the direct current after the system losses, whose heat stays in `heat`.
    cell_temp_c : ndarray (n,)
        [°C].
    """

    sun: FloatArray
    reflected: FloatArray
    electricity: FloatArray
    heat: FloatArray
    cell_temp_c: FloatArray


def described_array(row: DescribedArray, *, on_dc_bus: bool) -> tuple[PvArray, float]:
    """An array of a completed description, and its azimuth [degrees]."""
    if row.tilt is None or row.azimuth is None:
        raise ValueError(f"the plane of array {row.name} is not known: complete the building first")
    array = PvArray(
        capacity_kwp=row.capacity,
        tilt=row.tilt,
        module=row.module,
        mounting=row.mounting,
        on_dc_bus=on_dc_bus,
        converter=row.converter if on_dc_bus else None,
    )
    return array, row.azimuth


def effective_irradiance(plane: PlaneIrradiance, tilt: float) -> FloatArray:
    """Irradiance that reaches the cells [W/m2], after reflection at the glass.

    Parameters
    ----------
    plane : PlaneIrradiance
        Irradiance on the plane by parts, shape (n,).
    tilt : float
        Tilt of the plane [degrees].

    Returns
    -------
    ndarray (n,)

    References
    ----------
    De Soto et al., Solar Energy 80, 2006 (physical model); Marion, Solar Energy 147, 2017 (diffuse parts).
    """
    # pvlib returns 0 for the sun behind the plane and NaN for no angle at all, which must not pass in silence
    beam = pvlib.iam.physical(np.asarray(plane.aoi, float))
    sky, ground = _diffuse_modifiers(tilt)
    direct = (plane.beam + plane.circumsolar) * beam
    return np.asarray(direct + plane.sky_diffuse * sky + plane.ground_diffuse * ground, float)


@kept(256)
def _diffuse_modifiers(tilt: float) -> tuple[float, float]:
    """Shares of the light of sky and ground that pass the glass of a plane."""
    diffuse = pvlib.iam.marion_diffuse("physical", tilt)
    return float(diffuse["sky"]), float(diffuse["ground"]) if tilt > 0.0 else 0.0


def system_losses(module: str, age_years: float) -> float:
    """Share of the direct-current power lost to soiling, shading, mismatch, wiring and age [-]."""
    percent = dict(read_library("pv")["losses"]["percent"])
    fixed = float(pvlib.pvsystem.pvwatts_losses(**percent)) / 100.0
    aged = (1.0 - part("pv", "modules", module)["degradation_per_year"]) ** age_years
    return 1.0 - (1.0 - fixed) * aged


@cache
def _single_diode(name: str) -> dict[str, float]:
    """Parameters of a module of the CEC's list, as pvlib carries it."""
    modules = pvlib.pvsystem.retrieve_sam("CECMod")
    if name not in modules:
        raise TwinError(
            f"pvlib's list of modules of the California Energy Commission has no {name!r}.",
            "Correct `cec` in data/pv.yaml.",
            key=name,
        )
    names = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust", "I_mp_ref", "V_mp_ref")
    return {key: float(modules[name][key]) for key in names}


def direct_power(module: str, effective: FloatArray, cell_temp_c: FloatArray) -> FloatArray:
    """Direct-current power over that at standard test conditions [-], before the losses of the system.

    Parameters
    ----------
    module : str
        Key in `data/pv.yaml`.
    effective : ndarray (n,)
        Irradiance that reaches the cells [W/m2].
    cell_temp_c : ndarray (n,)
        [°C].

    References
    ----------
    Dobos, PVWatts version 5 manual, NREL/TP-6A20-62641, 2014. Dobos, J. Solar Energy Engineering 134, 2012
    (CEC model).
    """
    values = part("pv", "modules", module)
    if values["model"] == "pvwatts":
        return np.asarray(
            pvlib.pvsystem.pvwatts_dc(effective, cell_temp_c, 1.0, values["gamma_per_k"]), float
        )
    d = _single_diode(values["cec"])
    power = np.zeros_like(effective)
    lit = ~(effective <= 0.0)
    if lit.any():
        five = pvlib.pvsystem.calcparams_cec(
            effective[lit], cell_temp_c[lit], d["alpha_sc"], d["a_ref"], d["I_L_ref"], d["I_o_ref"],
            d["R_sh_ref"], d["R_s"], d["Adjust"],
        )  # fmt: skip
        power[lit] = pvlib.pvsystem.singlediode(*five)["p_mp"] / (d["I_mp_ref"] * d["V_mp_ref"])
    return power


def cell_temperature(
    array: PvArray, absorbed: FloatArray, temp_air: FloatArray, wind: FloatArray
) -> FloatArray:
    """Temperature of the cells [°C], by the model that the mounting names.

    Parameters
    ----------
    array : PvArray
    absorbed : ndarray (n,)
        Irradiance that warms the module [W/m2].
    temp_air, wind : ndarray (n,)
        [°C], [m/s at 10 m].

    References
    ----------
    King, Boyson and Kratochvil, SAND2004-3535 (`sapm`). Faiman, Prog. Photovolt. 16, 2008, with the loss
    factors of PVsyst (`pvsyst`).
    """
    mounting, known = part("pv", "mountings", array.mounting), pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS
    if "sapm" in mounting:
        found = pvlib.temperature.sapm_cell(absorbed, temp_air, wind, **known["sapm"][mounting["sapm"]])
    else:
        efficiency = part("pv", "modules", array.module)["watt_per_m2"] / 1000.0
        factors = known["pvsyst"][mounting["pvsyst"]]
        found = pvlib.temperature.pvsyst_cell(
            absorbed, temp_air, wind, module_efficiency=efficiency, **factors
        )
    return np.asarray(found, float)


def rear_irradiance(
    array: PvArray, weather: StepWeather, azimuth: float, ground_reflectance: float
) -> FloatArray | None:
    """Irradiance on the back of an array of long rows [W/m2]; None where none reaches it or counts.

    Parameters
    ----------
    array : PvArray
    weather : StepWeather
        n steps.
    azimuth : float
        Clockwise from north [degrees].
    ground_reflectance : float
        Of what lies below the rows [-].

    Returns
    -------
    ndarray (n,) or None

    References
    ----------
    Mikofski, Darawali, Hamer, Neubert and Newmiller, Bifacial performance modeling in large arrays, IEEE PVSC
    46, 2019, as pvlib.bifacial.infinite_sheds has it.
    """
    rows = part("pv", "mountings", array.mounting).get("rows")
    if rows is None or part("pv", "modules", array.module).get("bifaciality", 0.0) == 0.0:
        return None
    rear = np.zeros(len(weather))
    lit = (weather.solar_zenith < 90.0) & (weather.ghi > 0.0)
    found = pvlib.bifacial.infinite_sheds.get_irradiance(
        surface_tilt=array.tilt,
        surface_azimuth=azimuth,
        solar_zenith=weather.solar_zenith[lit],
        solar_azimuth=weather.solar_azimuth[lit],
        gcr=rows["ground_coverage"],
        height=rows["height"],
        pitch=rows["slope_length"] / rows["ground_coverage"],
        ghi=weather.ghi[lit],
        dhi=weather.dhi[lit],
        dni=weather.dni[lit],
        albedo=ground_reflectance,
        model="haydavies",
        dni_extra=weather.dni_extra[lit],
    )
    rear[lit] = np.asarray(found["poa_back"], float) * (1.0 - rows["shade"])
    return rear


def array_power(
    array: PvArray,
    weather: StepWeather,
    azimuth: float,
    ground_reflectance: float,
    skyline: Skyline | None = None,
) -> PvPower:
    """Power of an array over a year of weather, with the light on its back.

    Parameters
    ----------
    array : PvArray
    weather : StepWeather
    azimuth : float
        Clockwise from north [degrees].
    ground_reflectance : float
        [-].
    skyline : Skyline, optional
        What stands around; a shadow on part of the array takes that part of its light.

    Returns
    -------
    PvPower

    Raises
    ------
    TwinError
        As `pv_power`.
    """
    plane = array.module, array.mounting, array.tilt
    return _delivered(array, *_module_year(weather, *plane, azimuth, ground_reflectance, skyline))


@kept_while(megabytes=32)
def _module_year(
    weather: StepWeather,
    module: str,
    mounting: str,
    tilt: float,
    azimuth: float,
    ground_reflectance: float,
    skyline: Skyline | None = None,
) -> tuple[FloatArray, FloatArray]:
    """`_module_power` of modules in a year of weather, whatever their number."""
    array = PvArray(1.0, tilt, module, mounting)
    plane = sun_on(weather, tilt, azimuth, ground_reflectance, skyline)
    mean = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    rear = rear_irradiance(array, weather, azimuth, ground_reflectance)
    if rear is not None and skyline is not None:
        rear = rear * light_left(weather, skyline.own)
    return _module_power(array, plane, mean, weather.wind_speed, rear)


def module_area(module: str, capacity_kwp: float) -> float:
    """Area of the modules of an array [m2], by the density of their power at standard test conditions."""
    return 1000.0 * capacity_kwp / float(part("pv", "modules", module)["watt_per_m2"])


def module_heat(
    array: PvArray,
    weather: StepWeather,
    azimuth: float,
    ground_reflectance: float,
    skyline: Skyline | None = None,
) -> ModuleHeat:
    """Sun on the front of an array's modules and what becomes of it, per m2 of module.

    Parameters
    ----------
    array : PvArray
    weather : StepWeather
        n steps.
    azimuth : float
        Clockwise from north [degrees].
    ground_reflectance : float
        [-].
    skyline : Skyline, optional
        As of `array_power`.

    Returns
    -------
    ModuleHeat

    Raises
    ------
    TwinError
        As `pv_power`.

    References
    ----------
    Duffie and Beckman, Solar Engineering of Thermal Processes, 4th ed., 2013, 23.3 (balance of a module, its
    transmittance-absorptance product); reflection at the glass as of `effective_irradiance`.
    """
    sun = sun_on(weather, array.tilt, azimuth, ground_reflectance, skyline)
    power = array_power(array, weather, azimuth, ground_reflectance, skyline)
    absorbed = read_library("pv")["surface"]["absorptance"] * effective_irradiance(sun, array.tilt)
    electricity = 1000.0 * power.dc_kw / module_area(array.module, array.capacity_kwp)
    return ModuleHeat(sun.total, sun.total - absorbed, electricity, absorbed - electricity, power.cell_temp_c)


def pv_power(
    array: PvArray,
    plane: PlaneIrradiance,
    temp_air_c: ArrayLike,
    wind_speed_m_s: ArrayLike,
    rear: FloatArray | None = None,
) -> PvPower:
    """Power of an array.

    Parameters
    ----------
    array : PvArray
    plane : PlaneIrradiance
        Irradiance on its plane over n steps (`weather.sky.plane_irradiance`) [W/m2].
    temp_air_c : array_like (n,)
        Mean air temperature of each step [°C].
    wind_speed_m_s : array_like (n,)
        Wind speed at 10 m [m/s].
    rear : ndarray (n,), optional
        Irradiance on the back [W/m2] (`rear_irradiance`); it counts by the module's bifaciality.

    Returns
    -------
    PvPower

    Raises
    ------
    TwinError
        If a key is unknown, the capacity is not positive or the series have holes.
    """
    temp_air, wind = np.asarray(temp_air_c, float), np.asarray(wind_speed_m_s, float)
    return _delivered(array, *_module_power(array, plane, temp_air, wind, rear))


def _module_power(
    array: PvArray, plane: PlaneIrradiance, temp_air: FloatArray, wind: FloatArray, rear: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Direct-current power over that at standard test conditions [-], and cell temperature [°C]."""
    effective, absorbed = effective_irradiance(plane, array.tilt), plane.total
    if rear is not None:
        behind = part("pv", "modules", array.module).get("bifaciality", 0.0) * rear
        effective, absorbed = effective + behind, absorbed + behind
    cell = cell_temperature(array, absorbed, temp_air, wind)
    return direct_power(array.module, effective, cell), cell


def _delivered(array: PvArray, share: FloatArray, cell: FloatArray) -> PvPower:
    """Power of an array whose modules give a share of that at standard test conditions."""
    dc = positive(array.capacity_kwp, "pv capacity") * share
    if not np.all(np.isfinite(dc)):
        raise TwinError(
            "The weather for the PV array has holes.",
            "Give irradiance, temperature and wind for every step.",
            key="pv",
        )
    dc *= 1.0 - system_losses(array.module, array.age_years)
    bus, clipped = _converted(array, dc)
    return PvPower(dc_kw=dc, bus_kw=bus, clipped_kw=clipped, cell_temp_c=cell)


def _converted(array: PvArray, dc_kw: FloatArray) -> tuple[FloatArray, float]:
    """Power after the converter and the mean power that its rating cuts [kW]; idle below its no-load loss."""
    stage = read_library("pv")["converter"]
    key = array.converter or stage["on_dc_bus" if array.on_dc_bus else "on_ac_board"]
    rated = array.capacity_kwp / stage["dc_ac_ratio"]
    c = load_converter(key, rated)
    d = np.maximum(dc_kw / rated - c["alpha"], 0.0)
    b = 1.0 + c["beta"]
    output = rated * 2.0 * d / (b + np.sqrt(b * b + 4.0 * c["gamma"] * d))
    return np.minimum(output, rated), float(np.mean(np.maximum(output - rated, 0.0)))
