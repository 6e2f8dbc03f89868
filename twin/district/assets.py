"""What the buildings of a district share, marched behind them: energy station, hubs, canopies, storage.

Each asset is an electrical side without a building: hubs and storage take the same step as any building's
board (`twin.power_balance`), canopies give what pvlib says. The storage comes last. It sees what the district
would take without it in the very step, as a meter at the district's connection shows it, and nothing of what
comes; its rules are those of buildings (`controllers.schedules`, `controllers.rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.description.calendar import DayTypes
from buildings.description.schema import Project
from buildings.districts.shared import EvHub, SharedPv, SharedStorage
from buildings.systems.battery import load_battery, room_temperature
from buildings.systems.ev import EV_SESSION, load_charger
from buildings.systems.ev_sessions import charging_pattern, draw_sessions
from buildings.systems.photovoltaics import PvArray, array_power
from buildings.systems.records import Record
from controllers import schedules
from controllers.orders import EV_ORDER, no_orders
from twin.district.loop import march_loop
from twin.district.station import StationYear, march_station
from twin.district.substations import Loads, sums_with
from twin.market.tariff import load_tariff, prices
from twin.power_balance import load_electrical, power_step, warm_cells
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_LOSS,
    BATTERY_SOC,
    BATTERY_TEMP,
    EV_CHARGE,
    N_COLUMNS,
)
from weather.climate_year import ClimateYear
from weather.step_weather import StepWeather

Floats = NDArray[np.float64]
_ROUNDING_KW = 1e-6
"""Power beyond a limit that counts as none [kW]."""


class Asset(NamedTuple):
    """A shared asset as the feeder sees it, and what is told of its year.

    Attributes
    ----------
    name, kind : str
        Kind: energy_station, ambient_loop, ev_hub, pv, storage.
    take_kw, load_kw : ndarray (n,)
        What it takes from the bus, negative where it gives; and what of it is a load.
    figures : dict
    """

    name: str
    kind: str
    take_kw: Floats
    load_kw: Floats
    figures: dict[str, Any]


@dataclass(frozen=True)
class SharedYear:
    """Shared assets through a year.

    Attributes
    ----------
    assets : tuple of Asset
    columns : dict of ndarray (n,)
        All of a kind together: `shared_pv_kw`, `hub_charge_kw`, `shared_storage_in_kw`,
        `shared_storage_out_kw`, `shared_storage_loss_kw` [kW]; `shared_storage_soc` [-] and
        `shared_storage_temp_c` [degC] at the end of each step; those of `twin.district.station` or of
        `twin.district.loop_figures`.
    residual : float
        Largest of the storage's balance relative to its capacity, and of the energy station's [-].
    substations_kw : ndarray (n, B, 2) or None
        Electricity of the buildings' substations at a loop in heating and in cooling [kW].
    """

    assets: tuple[Asset, ...]
    columns: dict[str, Floats]
    residual: float
    substations_kw: Floats | None = None

    @property
    def take_kw(self) -> Floats:
        """What all take from the bus together [kW]."""
        return np.asarray(sum(asset.take_kw for asset in self.assets))


class _Steps(NamedTuple):
    """What the march of an asset reads: (n,) each; orders (n, N_ORDERS), vehicles (n, chargers)."""

    demand: Floats
    room: Floats
    period: NDArray[np.int64]
    hours_left: Floats
    orders: Floats
    ev_rows: NDArray[np.int32]


@compiled()
def _march(electrical: Any, soc: Any, sessions: Any, dt_h: float, steps: Any, out: Any) -> None:
    """The electrical steps of an asset; `electrical` holds one record, of an AC board."""
    for k in range(out.shape[0]):
        for j in range(steps.orders.shape[1]):
            electrical[0].orders[j] = steps.orders[k, j]
        power_step(
            electrical[0],
            soc,
            steps.ev_rows[k],
            sessions,
            k,
            dt_h,
            0.0,
            steps.demand[k],
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            steps.period[k],
            steps.hours_left[k],
            out[k],
        )
        warm_cells(electrical[0], steps.room[k], dt_h, out[k])


def march_shared(
    project: Project, climate: ClimateYear, sums: pd.DataFrame, loads: Loads | None = None
) -> SharedYear:
    """March the shared assets of a project behind its buildings.

    Parameters
    ----------
    project : Project
        With `shared`.
    climate : ClimateYear
    sums : DataFrame, shape (n, columns)
        Powers of all buildings together [kW]: import and export, and district heat and cold.
    loads : Loads, optional
        What each building asks of an ambient loop, where the station has one.

    Returns
    -------
    SharedYear

    Raises
    ------
    TwinError
        Equipment that the libraries do not have.
    """
    shared = project.shared
    if shared is None:
        raise ValueError("a project without shared assets")
    weather = climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    tariff = prices(load_tariff(project.tariff), weather.times)
    period, left = np.asarray(tariff.period, dtype=np.int64), np.asarray(tariff.hours_left, dtype=float)
    assets: list[Asset] = []
    columns: dict[str, Floats] = {}
    residual, at_loop = 0.0, None
    if shared.energy_station is not None and shared.energy_station.ambient_loop is not None:
        if loads is None:
            raise ValueError("a loop without what its buildings ask for")
        loop = march_loop(project, climate, loads.served, period)
        at_loop, sums = loop.power_kw, sums_with(sums, loads, loop.power_kw)
        drawn, made = loop.columns["station_kw"], loop.columns["station_generation_kw"]
        name = shared.energy_station.name
        assets.append(Asset(name, "ambient_loop", drawn - made, drawn, loop.figures))
        columns, residual = dict(loop.columns), loop.residual
    elif shared.energy_station is not None:
        heat, cold = (sums[name].to_numpy(dtype=float) for name in ("district_heat_kw", "district_cold_kw"))
        station = march_station(project, climate, heat, cold, period)
        assets.append(_station(shared.energy_station.name, station))
        columns, residual = dict(station.columns), station.residual
    assets += [_hub(hub, project, weather, period, left) for hub in shared.ev_hubs]
    assets += [_canopy(array, project, weather) for array in shared.pv]
    zero = np.zeros(len(weather))
    net = (sums["grid_import_kw"] - sums["grid_export_kw"]).to_numpy(dtype=float)
    net = net + sum((asset.take_kw for asset in assets), zero)
    columns |= {
        "shared_pv_kw": -sum((a.take_kw for a in assets if a.kind == "pv"), zero),
        "hub_charge_kw": sum((a.take_kw for a in assets if a.kind == "ev_hub"), zero),
        "shared_storage_in_kw": zero,
        "shared_storage_out_kw": zero,
        "shared_storage_loss_kw": zero,
    }
    if shared.storage is not None:
        asset, own, off = _storage(shared.storage, weather, net, period, left)
        assets.append(asset)
        columns, residual = columns | own, max(residual, off)
    return SharedYear(tuple(assets), columns, residual, at_loop)


def _station(name: str, year: StationYear) -> Asset:
    drawn, made = year.columns["station_kw"], year.columns["station_generation_kw"]
    return Asset(name, "energy_station", drawn - made, drawn, year.figures)


def _asset_year(electrical: Record, soc: float, sessions: NDArray[Any], steps: _Steps, dt_h: float) -> Floats:
    """Columns of `twin.power_columns` of an asset, shape (n, N_COLUMNS); sessions are moved on."""
    records = np.zeros(1, electrical.dtype)
    records[0] = electrical
    out = np.zeros((len(steps.demand), N_COLUMNS))
    _march(records, np.array([soc]), sessions, dt_h, steps, out)
    return out


def _hub(
    hub: EvHub, project: Project, weather: StepWeather, period: NDArray[np.int64], left: Floats
) -> Asset:
    """Vehicles at a hub: as they arrive, or within its limit those first that leave first."""
    vehicle = hub.vehicle or charging_pattern(hub.pattern)["vehicle"]
    charger = load_charger(hub.power, on_dc_bus=False, vehicle=vehicle)
    per_day = hub.vehicles_per_day if hub.vehicles_per_day is not None else 1.5 * hub.chargers
    steps_a_day, n, dt_h = round(86400.0 / weather.dt_s), len(weather), weather.dt_s / 3600.0
    rest = ~DayTypes((), project.calendar).is_workday(weather.times[::steps_a_day])
    drawn = draw_sessions(
        hub.pattern, hub.chargers, charger, per_day, rest, steps_a_day, hub.seed, vehicle=hub.vehicle
    )
    orders, zero = no_orders(n, 1)[:, 0], np.zeros(n)
    if hub.limit is not None:
        orders[:, EV_ORDER] = hub.limit
    sessions = drawn.sessions.copy()
    # a copy that can be written: for a read-only array every kernel of the march would be compiled anew
    steps = _Steps(zero, zero, period, left, orders, drawn.session_index.copy())
    taken = _asset_year(load_electrical(charger=charger), 0.0, sessions, steps, dt_h)[:, EV_CHARGE].copy()
    short = sessions["remaining_kwh"][sessions["departure_step"] <= n]
    delivered = float((sessions["energy_kwh"] - sessions["remaining_kwh"]).sum())
    told = {
        "charge_kwh": float(taken.sum() * dt_h),
        "delivered_kwh": delivered,
        "short_kwh": float(short.sum()),
        "peak_kw": float(taken.max()),
        "vehicles": len(sessions),
        "refused": drawn.refused,
        "passing": drawn.passing,
        "asked_kwh": drawn.asked_kwh,
        "offered_kwh": drawn.offered_kwh,
        "waited_h": float(drawn.waited_h.mean()) if len(drawn.waited_h) else 0.0,
        "hours_over_limit": float((taken > (hub.limit or np.inf) + _ROUNDING_KW).sum() * dt_h),
    }
    return Asset(hub.name, "ev_hub", taken, taken, told)


def _canopy(row: SharedPv, project: Project, weather: StepWeather) -> Asset:
    array = PvArray(row.capacity, row.tilt, module=row.module, mounting=row.mounting, on_dc_bus=False)
    power = array_power(array, weather, row.azimuth, project.site.ground_reflectance)
    hours = weather.dt_s / 3600.0
    made = float(power.bus_kw.sum() * hours)
    told = {
        "pv_kwh": made,
        "kwh_per_kwp": made / row.capacity,
        "clipped_kwh": power.clipped_kw * len(weather) * hours,
        "peak_kw": float(power.bus_kw.max()),
    }
    return Asset(row.name, "pv", -power.bus_kw, np.zeros(len(weather)), told)


def _storage(
    store: SharedStorage, weather: StepWeather, net: Floats, period: NDArray[np.int64], left: Floats
) -> tuple[Asset, dict[str, Floats], float]:
    """The battery behind all that hangs on the bus, its columns and its residual."""
    n, dt_h = len(weather), weather.dt_s / 3600.0
    middle = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    room = room_temperature(store.location, middle, weather.dt_s)
    battery = load_battery(
        store.equipment,
        store.capacity,
        store.power,
        on_dc_bus=False,
        soc_min=store.soc_min,
        soc_max=store.soc_max,
        soc_initial=store.soc_initial,
        temperature=float(room[0]),
    )
    limit = store.limit if store.limit is not None else np.inf
    electrical = load_electrical(
        controller=store.rule if store.rule == "rules" else "fixed", battery=battery, demand_limit_kw=limit
    )
    steps = _Steps(net, room, period, left, _orders(store, period, dt_h), np.full((n, 0), -1, dtype=np.int32))
    out = _asset_year(electrical, store.soc_initial, np.zeros(0, EV_SESSION), steps, dt_h)
    into, given, lost, soc = (
        out[:, column].copy() for column in (BATTERY_CHARGE, BATTERY_DISCHARGE, BATTERY_LOSS, BATTERY_SOC)
    )
    gained = np.diff(soc, prepend=store.soc_initial) * store.capacity
    residual = float(np.abs((into - given - lost) * dt_h - gained).max()) / store.capacity
    after = net + into - given
    told = {
        "rule": store.rule,
        "charge_kwh": float(into.sum() * dt_h),
        "discharge_kwh": float(given.sum() * dt_h),
        "loss_kwh": float(lost.sum() * dt_h),
        "gained_kwh": float(gained.sum()),
        "full_cycles": float(given.sum() * dt_h / ((store.soc_max - store.soc_min) * store.capacity)),
        "peak_before_kw": float(net.max()),
        "peak_after_kw": float(after.max()),
        "hours_over_limit": float((after > limit + _ROUNDING_KW).sum() * dt_h),
    }
    columns = {
        "shared_storage_in_kw": into,
        "shared_storage_out_kw": given,
        "shared_storage_loss_kw": lost,
        "shared_storage_soc": soc,
        "shared_storage_temp_c": out[:, BATTERY_TEMP].copy(),
    }
    return Asset(store.name, "storage", into - given, np.zeros(n), told), columns, residual


def _orders(store: SharedStorage, period: NDArray[np.int64], dt_h: float) -> Floats:
    """Orders of the storage's rule through the year; `rules` decides in the step."""
    if store.rule == "self_consumption":
        return schedules.self_consumption(len(period))
    if store.rule == "time_of_use":
        return schedules.time_of_use(period, dt_h, (store.soc_max - store.soc_min) * store.capacity)
    if store.rule == "peak_shaving":
        if store.limit is None:
            raise ValueError("the schema lets no peak shaving pass without a limit")
        return schedules.peak_shaving(len(period), store.limit)
    return np.asarray(no_orders(len(period), 1)[:, 0])
