"""Photovoltaic arrays (光伏阵列): from irradiance on the plane to power at the bus, by pvlib.

Chain: incidence-angle loss of the glass (physical model, for the beam at its angle and for the diffuse
parts after Marion), cell temperature (SAPM), PVWatts direct-current power with its temperature
coefficient, stated system losses and ageing, then the converter with the measured loss form: an MPPT
stage on a DC bus, an inverter on an AC board. Circumsolar light comes from the sun and counts as beam.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pvlib
from numpy.typing import ArrayLike, NDArray

from buildings.systems.converter import load_converter
from buildings.systems.records import positive, read_library
from weather.errors import TwinError
from weather.sky import PlaneIrradiance

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


def _pv_entry(group: str, key: str) -> dict[str, Any]:
    entries: dict[str, Any] = read_library("pv")[group]
    if key not in entries:
        raise TwinError(
            f"The PV library has no {group[:-1]} {key!r}.", f"Use one of: {', '.join(entries)}.", key=key
        )
    values: dict[str, Any] = entries[key]
    return values


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
    diffuse = pvlib.iam.marion_diffuse("physical", tilt)
    ground = diffuse["ground"] if tilt > 0.0 else 0.0
    direct = (plane.beam + plane.circumsolar) * beam
    return np.asarray(direct + plane.sky_diffuse * diffuse["sky"] + plane.ground_diffuse * ground, float)


def system_losses(module: str, age_years: float) -> float:
    """Share of the direct-current power lost to soiling, shading, mismatch, wiring and age [-]."""
    percent = dict(read_library("pv")["losses"]["percent"])
    fixed = float(pvlib.pvsystem.pvwatts_losses(**percent)) / 100.0
    aged = (1.0 - _pv_entry("modules", module)["degradation_per_year"]) ** age_years
    return 1.0 - (1.0 - fixed) * aged


def pv_power(
    array: PvArray, plane: PlaneIrradiance, temp_air_c: ArrayLike, wind_speed_m_s: ArrayLike
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

    Returns
    -------
    PvPower

    Raises
    ------
    TwinError
        If a key is unknown, the capacity is not positive or the series have holes.
    """
    capacity = positive(array.capacity_kwp, "pv capacity")
    mounting, module = _pv_entry("mountings", array.mounting), _pv_entry("modules", array.module)
    temp_air, wind = np.asarray(temp_air_c, float), np.asarray(wind_speed_m_s, float)
    parameters = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][mounting["sapm"]]
    cell = np.asarray(pvlib.temperature.sapm_cell(plane.total, temp_air, wind, **parameters), float)
    effective = effective_irradiance(plane, array.tilt)
    dc = np.asarray(pvlib.pvsystem.pvwatts_dc(effective, cell, capacity, module["gamma_per_k"]), float)
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
