"""From a march's arrays to a Run: tables by the registry, facts for the judges, residuals and counters."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.loading import project_text
from buildings.systems.component import CARRIERS, N_FLOWS
from buildings.thermal.blocks import setpoint_channel
from buildings.thermal.layout import (
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
    RESIDUAL_HEAT_W,
    RESIDUAL_MOISTURE,
    THROUGHPUT_J,
)
from twin.building_batch import ISLAND_COLUMNS, STORE_COLUMNS, THERMAL_COLUMNS
from twin.clock import Outcome
from twin.equipment import described_size
from twin.fault_steps import fault_log, outages
from twin.judges.codes import code_facts
from twin.outcome_sums import (
    AT_BUS,
    CHARGE,
    GIVEN,
    N_RESIDUALS,
    POWER,
    STORED,
    BalanceColumns,
    find_residuals,
)
from twin.plant import Plant, PreparedBuilding
from twin.power_columns import COLUMNS
from twin.store import Run, manifest_of
from twin.variables import SINKS, SOURCES
from twin.vehicle_stays import departures, lending
from weather.climate_year import ClimateYear
from weather.psychrometrics import relative_humidity

OUTCOME_COLUMNS = (*COLUMNS, *THERMAL_COLUMNS)


def columns_of(*names: str) -> NDArray[np.int64]:
    """Where quantities stand in an outcome."""
    return np.array([OUTCOME_COLUMNS.index(name) for name in names])


BALANCE = BalanceColumns(
    columns_of(*SOURCES),
    columns_of(*SINKS),
    OUTCOME_COLUMNS.index("bus_residual_kw"),
    columns_of("battery_charge_kw", "battery_discharge_kw", "battery_loss_kw", "battery_soc"),
)
_NOT_SERIES = ("hvac_kw", "unserved_kw", "bus_iterations", "curves_left", "orders_missed")
_WEATHER = ("temp_air", "relative_humidity", "ghi", "dni", "dhi", "wind_speed")
_NO_SETPOINT_C = 100.0
"""Beyond it a set-point stands for "off"."""


def run_of(plant: Plant, outcome: Outcome, *, engine: str = "fast", **facts: Any) -> Run:
    """Tables, manifest and residuals of a march, not yet judged.

    Parameters
    ----------
    plant : Plant
    outcome : Outcome
    engine : str
    **facts
        Further entries of the manifest.

    Returns
    -------
    Run
        `summary` holds `residuals` and `counters`.
    """
    series, zones, known = {}, {}, {}
    residuals: dict[str, float] = {}
    counters: dict[str, dict[str, float]] = {}
    for b, prepared in enumerate(plant.prepared):
        name = prepared.description.name
        table = outcome.buildings[:, b]
        series[name] = building_series(plant, outcome, b)
        zones[name] = _zones(plant, outcome.zones, prepared)
        known[name] = building_facts(plant, b) | {"codes": code_facts(prepared.description)}
        residuals |= {f"{name}.{key}": value for key, value in balance_residuals(plant, outcome, b).items()}
        counters[name] = _counters(plant, table, prepared) | departures(plant, b)
        counters[name] |= outcome.supervision.get(b, {})
    project = project_text(plant.project)
    weather = _weather(plant)
    manifest = manifest_of(
        project=project,
        weather=weather,
        seed=plant.project.weather_seed,
        engine=engine,
        wall_time_s=outcome.wall_s,
        title=plant.project.name,
        title_zh=plant.project.name_zh or plant.project.name,
        tariff=plant.project.tariff,
        weather_source=_weather_facts(plant.climate),
        buildings=known,
        event=_event(plant, outcome),
        outages={p.description.name: outages(plant, b) for b, p in enumerate(plant.prepared)},
        log=[*outcome.log, *fault_log(plant.project)],
        **facts,
    )
    return Run(
        manifest=manifest,
        series=series,
        zones=zones,
        weather=weather,
        summary={"residuals": residuals, "counters": counters, "plant_rooms": plant_rooms(plant)},
        project=project,
    )


def building_series(plant: Plant, outcome: Outcome, b: int) -> pd.DataFrame:
    """Table of building `b` by the registry of variables, (n, variables)."""
    table, island = outcome.buildings[:, b], plant.buildings.island[:, b]
    times, prepared = plant.weather.times, plant.prepared[b]
    columns = {name: table[:, i] for i, name in enumerate(OUTCOME_COLUMNS) if name not in _NOT_SERIES}
    for name in STORE_COLUMNS:
        if not columns[name].any():
            del columns[name]
    if prepared.description.systems.battery is None:
        columns["battery_soc"] = columns["battery_temp_c"] = np.full(len(times), np.nan)
    if len(island):
        columns |= {name: island[:, i] for i, name in enumerate(ISLAND_COLUMNS)}
    columns["price_cny_kwh"] = plant.price
    # laid out as a frame holds it, which would copy every column by itself
    return pd.DataFrame(np.array(list(columns.values())).T, times, list(columns), copy=False)


def _zones(plant: Plant, stored: NDArray[np.float64], prepared: PreparedBuilding) -> pd.DataFrame:
    columns: dict[tuple[str, str], NDArray[np.float64]] = {}
    for described in prepared.description.zones:
        zone = described.name
        g, z, lane = prepared.place[zone]
        own = stored[:, :, g, z, lane]
        columns[zone, "temp_air_c"] = own[:, OUT_TEMP]
        columns[zone, "temp_radiant_c"] = own[:, OUT_RADIANT]
        columns[zone, "humidity_ratio"] = own[:, OUT_HUMIDITY]
        columns[zone, "sensible_kw"] = 1e-3 * own[:, OUT_SENSIBLE]
        columns[zone, "latent_kw"] = 1e-3 * own[:, OUT_LATENT]
        columns[zone, "people"] = prepared.people[zone]
        columns[zone, "heating_setpoint_c"] = scheduled_setpoint(plant, prepared, described, "heating")
        columns[zone, "cooling_setpoint_c"] = scheduled_setpoint(plant, prepared, described, "cooling")
    frame = pd.DataFrame(columns, index=plant.weather.times)
    frame.columns.names = ["zone", "variable"]
    return frame


def _weather(plant: Plant) -> pd.DataFrame:
    """The weather that the steps saw: states at the stamps, fluxes over the steps."""
    w = plant.weather
    humid = relative_humidity(w.temp_air[:-1], w.humidity_ratio[:-1], w.pressure[:-1])
    # Between two hours of fog the straight lines of temperature and moisture can cross saturation by a hair.
    humid = np.minimum(humid, 100.0)
    values = (w.temp_air[:-1], humid, w.ghi, w.dni, w.dhi, w.wind_speed)
    return pd.DataFrame(dict(zip(_WEATHER, values, strict=True)), index=w.times)


def _weather_facts(climate: ClimateYear) -> dict[str, Any]:
    return {
        "name": climate.name,
        "source": climate.source,
        "provenance": climate.provenance,
        "repairs": list(climate.repairs),
        "heat_island": None if climate.heat_island is None else asdict(climate.heat_island),
        "latitude": climate.latitude,
        "longitude": climate.longitude,
    }


def building_facts(plant: Plant, b: int) -> dict[str, Any]:
    """What judges need of building `b` that its series do not tell; see `twin.judges.subject`."""
    prepared = plant.prepared[b]
    d, sizing = prepared.description, prepared.thermal.sizing
    store = d.systems.battery
    return {
        "use": main_use(d),
        "era": d.era,
        "floor_area_m2": d.floor_area,
        "heating_setpoint_c": _set_point(plant, prepared, "heating"),
        "cooling_setpoint_c": _set_point(plant, prepared, "cooling"),
        "tariff": plant.project.tariff,
        "meters": d.systems.meters,
        "zones": {zone.name: {"multiplier": zone.multiplier} for zone in d.zones},
        "battery": store.equipment if store is not None else None,
        "battery_capacity_kwh": store.capacity if store is not None else None,
        "battery_soc_min": store.soc_min if store is not None else None,
        "pv_kwp": prepared.pv_kwp,
        "interface_kw": prepared.interface_kw,
        "cooling_capacity_kw": 1e-3 * sizing.cooling_capacity,
        "heating_capacity_kw": 1e-3 * sizing.heating_capacity,
        "design_cooling_load_kw": 1e-3 * sizing.design_cooling_load,
        "design_heating_load_kw": 1e-3 * sizing.design_heating_load,
        "equipment": d.hvac.equipment,
        "control": d.systems.control.type,
        "demand_limit_kw": d.systems.control.demand_limit,
        "chargers": d.systems.ev.chargers if d.systems.ev is not None else 0,
        "model_reduction_bound": max(room.error_bound for room in prepared.thermal.packed.rooms),
        "lending": lending(plant, b),
    }


def scheduled_setpoint(
    plant: Plant, prepared: PreparedBuilding, zone: CompleteZone, kind: str
) -> NDArray[np.float64]:
    """Set-point of a zone's schedule at every step [degC], NaN where there is none."""
    if not zone.conditioned:
        return np.full(plant.n_steps, np.nan)
    key = zone.heating_setpoint if kind == "heating" else zone.cooling_setpoint
    series = plant.forcing[:, plant.table.column(setpoint_channel(prepared.description.name, kind, key))]
    return np.where(np.abs(series) < _NO_SETPOINT_C, series, np.nan)


def _set_point(plant: Plant, prepared: PreparedBuilding, kind: str) -> float | None:
    """Set-point of the occupied hours of the largest conditioned zone: its median over them [degC]."""
    zones = [zone for zone in prepared.description.zones if zone.conditioned]
    if not zones:
        return None
    zone = max(zones, key=lambda z: z.floor_area * z.multiplier)
    series = scheduled_setpoint(plant, prepared, zone, kind)
    there = (prepared.people[zone.name] > 0.0) & np.isfinite(series)
    return float(np.median(series[there])) if there.any() else None


def main_use(building: CompleteBuilding) -> str:
    """The use that most of the floor area has, as the yardsticks name it."""
    areas: dict[str, float] = {}
    for zone in building.zones:
        use = "residential" if zone.use.startswith("residential") else zone.use
        areas[use] = areas.get(use, 0.0) + zone.floor_area * zone.multiplier
    return max(areas, key=lambda use: areas[use])


def battery_kwh(plant: Plant) -> NDArray[np.float64]:
    """Capacity of each building's battery, 0 without one [kWh]."""
    stores = (prepared.description.systems.battery for prepared in plant.prepared)
    return np.array([store.capacity if store is not None else 0.0 for store in stores])


def unbalanced(plant: Plant, outcome: Outcome) -> NDArray[np.float64]:
    """Residuals of each building's electrical balances before the first step, (B, N_RESIDUALS)."""
    found = np.zeros((len(plant.prepared), N_RESIDUALS))
    found[:, [GIVEN, AT_BUS]], found[:, CHARGE] = -np.inf, outcome.soc_start
    return found


def balance_residuals(
    plant: Plant, outcome: Outcome, b: int, electrical: NDArray[np.float64] | None = None
) -> dict[str, float]:
    """Largest relative residual of every balance of one building [-].

    Parameters
    ----------
    plant : Plant
    outcome : Outcome
    b : int
        Place of the building.
    electrical : ndarray (N_RESIDUALS,), optional
        Of its electrical balances, where they were found already.
    """
    prepared, table = plant.prepared[b], outcome.buildings[:, b]
    rows = tuple(np.array(list(prepared.place.values())).T)
    groups, z, lanes = rows
    totals = outcome.totals[groups, :, z, lanes]
    seconds = plant.n_steps * plant.dt_s
    mean_flow = np.maximum(totals[:, THROUGHPUT_J] / seconds, 1.0)
    store = prepared.description.systems.battery
    if electrical is None:
        electrical = unbalanced(plant, outcome)[b]
        find_residuals(table, BALANCE, battery_kwh(plant)[b], plant.dt_s / 3600.0, electrical)
    scale = max(float(electrical[GIVEN]), 1e-3)
    found = {
        "zone_heat": float(np.max(totals[:, RESIDUAL_HEAT_W] / mean_flow)),
        "zone_moisture": float(np.max(totals[:, RESIDUAL_MOISTURE])),
        "power": float(electrical[POWER]) / scale,
        "bus": float(electrical[AT_BUS]) / scale,
    }
    rooms = [i for i, row in enumerate(plant.rows) if row.building == b]
    if rooms:
        found["plant_room"] = float(plant.equipment.totals[rooms, N_FLOWS].max())
    if store is not None:
        found["battery"] = float(electrical[STORED]) / store.capacity
    return found


def plant_rooms(plant: Plant) -> dict[str, list[dict[str, Any]]]:
    """What every row of every plant room gave and took over the year, by building."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row, totals in zip(plant.rows, plant.equipment.totals, strict=True):
        name = plant.prepared[row.building].description.name
        energy = {c: 1e-3 * float(totals[j]) for j, c in enumerate(CARRIERS) if totals[j] != 0.0}
        found.setdefault(name, []).append(
            {
                "name": row.name,
                "type": row.type,
                "serves": row.carrier,
                "feeds": row.feeds,
                "heats": row.heats,
                "source": row.source,
                "size": described_size(row),
                "product": {key: row.product[key] for key in ("name_zh", "name_en") if key in row.product},
                "energy_kwh": energy,
                "hours_outside_curves": float(totals[N_FLOWS + 1]),
            }
        )
    return found


def _counters(plant: Plant, table: NDArray[np.float64], prepared: PreparedBuilding) -> dict[str, float]:
    """What was limited, cut or left out, so that nothing happens in silence."""
    hours = plant.dt_s / 3600.0
    column = {name: table[:, i] for i, name in enumerate(OUTCOME_COLUMNS)}
    counters = {
        "hours_outside_equipment_curves": float(np.sum(column["curves_left"]) * hours),
        "hours_plant_at_capacity": float(
            np.sum(column["unmet_cooling_kw"] + column["unmet_heating_kw"] > 1e-6) * hours
        ),
        "load_not_served_kwh": float(np.sum(column["unserved_kw"]) * hours),
        "pv_clipped_kwh": prepared.pv_clipped_kwh,
        "pv_curtailed_kwh": float(np.sum(column["pv_curtailed_kw"]) * hours),
        "hours_orders_missed": float(np.sum(column["orders_missed"]) * hours),
        "hvac_shed_kwh": float(np.sum(column["hvac_shed_kw"]) * hours),
    }
    vehicles = prepared.vehicles
    if vehicles is not None:
        counters |= {
            "vehicles_arrived": float(vehicles.arrived),
            "vehicles_refused": float(vehicles.refused),
            "vehicle_energy_asked_kwh": vehicles.asked_kwh,
            "vehicle_energy_that_fits_kwh": vehicles.offered_kwh,
        }
    return {key: value for key, value in counters.items() if math.isfinite(value)}


def _event(plant: Plant, outcome: Outcome) -> dict[str, Any] | None:
    """The call as judges read it; a project with several buildings is judged by its first."""
    event = outcome.event
    if event is None or plant.project.event is None:
        return None
    times = plant.weather.times
    step = pd.Timedelta(seconds=plant.dt_s)
    return {
        "kind": plant.project.event.type,
        "building": plant.prepared[0].description.name,
        "start": times[event.first].isoformat(),
        "end": (times[event.last - 1] + step).isoformat(),
        "notice": plant.project.event.notice,
        "notice_at": times[event.notice].isoformat(),
        "committed_kw": float(event.committed_kw[0]),
        "causal_baseline_kw": [round(float(x), 6) for x in event.baseline_kw[0]],
        "causal_baseline_days": list(event.baseline_days[0]),
    }
