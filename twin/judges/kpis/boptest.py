"""BOPTEST's core indicators as its documents define them: HVAC only, no PV, battery, vehicles or export.

What the meter says of the whole building stands beside them (`at_the_meter`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import FloatArray, block_means, energy, positive, power, step_hours
from twin.judges.kpis.comfort import Rooms
from twin.judges.kpis.kpi import Kpi, known
from weather.errors import TwinError


def thermal_discomfort(rooms: Rooms, step_h: float) -> Kpi:
    """Thermal discomfort tdis_tot.

    Parameters
    ----------
    rooms : Rooms
        `temp` is BOPTEST's zone operative temperature.
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        (1/N) sum_z int |deviation outside the set-points| dt, all hours, N zones counted with multiplier
        [K.h/zone].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    each = rooms.beyond_k().sum(axis=0) * step_hours(step_h)
    return known("boptest_tdis", float(each @ rooms.multiplier / rooms.multiplier.sum()))


def air_discomfort(co2_ppm: FloatArray, step_h: float, limit_ppm: float) -> Kpi:
    """Indoor air quality discomfort idis_tot.

    Parameters
    ----------
    co2_ppm : ndarray, shape (n, zones)
        [ppm].
    step_h : float
        Step [h].
    limit_ppm : float
        [ppm].

    Returns
    -------
    Kpi
        (1/N) sum_z int max(0, CO2 - limit) dt [ppm.h/zone].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    co2 = np.asarray(co2_ppm, float)
    if co2.ndim != 2 or not co2.size or not np.isfinite(co2).all():
        raise TwinError(f"CO2 has shape {co2.shape} or holds NaN.", "Give finite (n, zones).", key="co2_ppm")
    each = np.maximum(co2 - limit_ppm, 0.0).sum(axis=0) * step_hours(step_h)
    return known("boptest_idis", float(each.mean()))


def _of_hvac(
    key: str,
    hvac_kw: ArrayLike,
    rate: float | FloatArray,
    fuel_kw: ArrayLike,
    fuel_rate: float,
    step_h: float,
    floor_area_m2: float,
) -> Kpi:
    """Electricity and fuel of HVAC, each at what a kilowatt-hour of it counts, over the floor area."""
    hvac = power("HVAC", hvac_kw, least=0.0)
    counted = rate * hvac + fuel_rate * power("fuel", fuel_kw, hvac, 0.0)
    return known(key, energy(counted, step_h) / positive("floor area", floor_area_m2))


def energy_use(hvac_kw: ArrayLike, fuel_kw: ArrayLike, step_h: float, floor_area_m2: float) -> Kpi:
    """Energy use ener_tot.

    Parameters
    ----------
    hvac_kw, fuel_kw : array_like, shape (n,)
        Electricity and fuel of HVAC [kW].
    step_h : float
        Step [h].
    floor_area_m2 : float
        [m2].

    Returns
    -------
    Kpi
        sum_i int P_i dt / A [kWh/m2].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    return _of_hvac("boptest_ener", hvac_kw, 1.0, fuel_kw, 1.0, step_h, floor_area_m2)


def cost(
    hvac_kw: ArrayLike,
    price: ArrayLike,
    fuel_kw: ArrayLike,
    fuel_price: float,
    step_h: float,
    floor_area_m2: float,
) -> Kpi:
    """Operational cost cost_tot; the energy price alone, no demand charge.

    Parameters
    ----------
    hvac_kw, fuel_kw : array_like, shape (n,)
        [kW].
    price : array_like, shape (n,)
        Of electricity [CNY/kWh].
    fuel_price : float
        [CNY/kWh].
    step_h : float
        Step [h].
    floor_area_m2 : float
        [m2].

    Returns
    -------
    Kpi
        sum_i int price_i*P_i dt / A [CNY/m2].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    rates = power("price", price, power("HVAC", hvac_kw, least=0.0))
    return _of_hvac("boptest_cost", hvac_kw, rates, fuel_kw, fuel_price, step_h, floor_area_m2)


def emissions(
    hvac_kw: ArrayLike,
    factor: float,
    fuel_kw: ArrayLike,
    fuel_factor: float,
    step_h: float,
    floor_area_m2: float,
) -> Kpi:
    """Operational emissions emis_tot.

    Parameters
    ----------
    hvac_kw, fuel_kw : array_like, shape (n,)
        [kW].
    factor, fuel_factor : float
        [kgCO2/kWh].
    step_h : float
        Step [h].
    floor_area_m2 : float
        [m2].

    Returns
    -------
    Kpi
        sum_i int e_i*P_i dt / A [kgCO2/m2].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    return _of_hvac("boptest_emis", hvac_kw, factor, fuel_kw, fuel_factor, step_h, floor_area_m2)


def peak(power_kw: ArrayLike, step_h: float, floor_area_m2: float, key: str = "boptest_pele") -> Kpi:
    """Peak demand pele_tot, pgas_tot or pdih_tot.

    Parameters
    ----------
    power_kw : array_like, shape (n,)
        Electricity, gas or district heat of HVAC [kW].
    step_h : float
        Step [h].
    floor_area_m2 : float
        [m2].
    key : {"boptest_pele", "boptest_pgas", "boptest_pdih", "meter_peak"}

    Returns
    -------
    Kpi
        max of 15-min means / A [kW/m2].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    top = float(block_means(power("power", power_kw, least=0.0), step_h).max())
    return known(key, top / positive("floor area", floor_area_m2))


def time_ratio(controller_s: ArrayLike, step_h: float) -> Kpi:
    """Computing time of the controller time_rat.

    Parameters
    ----------
    controller_s : array_like, shape (n,)
        Time that it took at each step [s].
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        computing time of the controller / simulated time [-].

    Notes
    -----
    Source: BOPTEST design documents, core KPIs.
    """
    taken = power("controller time", controller_s, least=0.0)
    return known("boptest_time", float(taken.mean()) / (3600.0 * step_hours(step_h)))


def at_the_meter(
    net_import_kw: ArrayLike, gas_kw: ArrayLike, bill_cny: float, step_h: float, floor_area_m2: float
) -> tuple[Kpi, Kpi, Kpi]:
    """The same questions asked of the whole building at its meters.

    Parameters
    ----------
    net_import_kw, gas_kw : array_like, shape (n,)
        [kW].
    bill_cny : float
        Energy, demand charge, export as revenue, gas [CNY].
    step_h : float
        Step [h].
    floor_area_m2 : float
        [m2].

    Returns
    -------
    meter_energy : Kpi
        int (import - export + gas) dt / A [kWh/m2].
    meter_cost : Kpi
        energy + demand - export + gas, / A [CNY/m2].
    meter_peak : Kpi
        max of 15-min means of import / A [kW/m2].

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    net = power("net import", net_import_kw)
    area = positive("floor area", floor_area_m2)
    return (
        known("meter_energy", energy(net + power("gas", gas_kw, net, 0.0), step_h) / area),
        known("meter_cost", bill_cny / area),
        peak(np.maximum(net, 0.0), step_h, area, "meter_peak"),
    )
