"""The supervisors that a project asks for: schedules of rules, and plans with what they need beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from buildings.systems.battery import battery_step
from buildings.systems.battery_cost import cycling_wear_cost
from controllers import schedules
from controllers.codes import PEAK
from controllers.orders import GRID_TARGET, no_orders
from controllers.predictive import Lending, Planner, Rooms, Storage, Weights, intervals
from twin.forecasts import forecasts
from twin.judges.factors import factor
from twin.market.tariff import load_tariff
from twin.planning import VEHICLE_EFFICIENCY, BuildingPlanner, PredictiveControl, Prices
from twin.plant import Plant
from twin.shift_response import UncontrolledYears
from twin.supervisors import Marching, Supervisor, orders_ahead
from twin.targets import target_kw
from twin.thermal_stores import thermal_stores

Floats = NDArray[np.float64]


class ScheduledOrders:
    """Orders of rules that are known for the whole year, by building."""

    def __init__(self, plant: Plant, orders: Mapping[int, Floats]) -> None:
        self.orders = dict(orders)
        self.interval_steps = plant.n_steps

    def decide(self, march: Marching) -> None:
        """Write them, once."""
        table = orders_ahead(march.plant, 0, march.plant.n_steps)
        for b, own in self.orders.items():
            table[:, b] = np.where(np.isnan(own), table[:, b], own)

    def counters(self) -> dict[int, dict[str, float]]:
        """Nothing to count."""
        return {}


def supervisors_of(
    plant: Plant, folder: Path | None = None, years: UncontrolledYears | None = None
) -> list[Supervisor]:
    """Who decides beside the march of a plant, by what its buildings say under `control`.

    Parameters
    ----------
    plant : Plant
        Not changed; for plans it is marched without control beforehand.
    folder : Path, optional
        Of the project, from which files are named.
    years : UncontrolledYears, optional
        Of the plant, where somebody has them; plans look into them.

    Returns
    -------
    list of Supervisor

    Raises
    ------
    TwinError
        A file of targets that cannot be read.
    """
    found: list[Supervisor] = []
    targets = {b: orders for b, orders in _targets(plant, folder).items() if orders is not None}
    if targets:
        found.append(ScheduledOrders(plant, targets))
    types = [p.description.systems.control.type for p in plant.prepared]
    rules = {b: _schedule(plant, b, name) for b, name in enumerate(types)}
    written = {b: orders for b, orders in rules.items() if orders is not None}
    if written:
        found.append(ScheduledOrders(plant, written))
    planned = [b for b, name in enumerate(types) if name == "mpc"]
    if planned:
        found += predictive_control(plant, planned, years)
    return found


def _targets(plant: Plant, folder: Path | None) -> dict[int, Floats | None]:
    """Orders of grid targets, by building."""
    found: dict[int, Floats | None] = {}
    for b, prepared in enumerate(plant.prepared):
        target = prepared.description.systems.control.target
        if target is None:
            continue
        orders = no_orders(plant.n_steps, 1)[:, 0]
        orders[:, GRID_TARGET] = target_kw(target, plant.weather.times, plant.buildings.period, folder)
        found[b] = orders
    return found


def _schedule(plant: Plant, b: int, name: str) -> Floats | None:
    control = plant.prepared[b].description.systems.control
    period, dt_h = plant.buildings.period, plant.dt_s / 3600.0
    battery = plant.buildings.electrical[b]["battery"]
    usable = float((battery["soc_max"] - battery["soc_min"]) * battery["capacity_kwh"])
    if name == "self_consumption":
        return schedules.self_consumption(plant.n_steps)
    if name == "time_of_use":
        return schedules.time_of_use(period, dt_h, usable)
    if name == "peak_shaving":
        assert control.demand_limit is not None  # checked as the project is read
        return schedules.peak_shaving(plant.n_steps, control.demand_limit)
    if name == "precooling":
        return schedules.precooling(period, dt_h, control.precool)
    return None


def predictive_control(
    plant: Plant, planned: list[int], years: UncontrolledYears | None = None
) -> list[PredictiveControl]:
    """Plans of some buildings of a plant, with their forecasts and reduced models.

    Parameters
    ----------
    plant : Plant
    planned : list of int
        Buildings under `mpc`.
    years : UncontrolledYears, optional
        Of the plant; marched here where not given.
    """
    years = UncontrolledYears(plant) if years is None else years
    settings = {b: plant.prepared[b].description.systems.control.mpc for b in planned}
    kinds = {b: one.forecast for b, one in settings.items()}
    known = forecasts(plant, years.plain, kinds, seed=plant.project.weather_seed)
    prices = _prices(plant)
    groups: dict[tuple[float, float], list[BuildingPlanner]] = {}
    for b, one in settings.items():
        description = plant.prepared[b].description
        hours = intervals(one.horizon, step_h=max(plant.dt_s / 3600.0, 0.25))
        store = storage_of(plant, b, _battery_wear(description))
        weights = Weights(
            energy=one.weights.energy,
            demand=one.weights.demand,
            wear=one.weights.wear,
            carbon_cny_kg=one.weights.carbon,
            drift_cny_k_h=one.weights.drift,
        )
        rooms, lending = _rooms(plant, years, b), lending_of(description)
        stores = thermal_stores(known[b].truth, plant.weather.temp_air[:-1], plant.dt_s / 3600.0)
        planners = {
            season: Planner(
                hours,
                store,
                rooms.get(season, Rooms()),
                weights,
                prices.demand,
                lending=lending,
                stores=len(own),
            )
            for season, own in stores.items()
        }
        limit = float(plant.buildings.electrical[b]["demand_limit_kw"])
        interface = plant.prepared[b].interface_kw or np.inf
        planner = BuildingPlanner(b, known[b], planners, stores, prices, limit, interface, one.margin)
        groups.setdefault((one.horizon, one.interval), []).append(planner)
    return [
        PredictiveControl(plant, own, own[0].any_planner.hours, interval)
        for (_, interval), own in groups.items()
    ]


def _rooms(plant: Plant, years: UncontrolledYears, b: int) -> dict[str, Rooms]:
    """Rooms of a building by season as a plan sees them: two masses, and as far as they may be shifted."""
    control = plant.prepared[b].description.systems.control
    if max(control.precool, control.drift) <= 0.0:
        return {}
    found = {}
    for season, answer in years.answers[b].items():
        fast, slow = answer.two.capacity
        quick, lasting = answer.two.time_constant
        found[season] = Rooms(
            answer.two.conductance, (fast, slow), (quick, lasting), up=control.precool, down=control.drift
        )
    return found


def _prices(plant: Plant) -> Prices:
    tariff = load_tariff(plant.project.tariff)
    buy: tuple[Floats, ...] = (plant.price,)
    tiers: tuple[float, ...] = (np.inf,)
    if tariff.tiers:
        dear = plant.buildings.period == PEAK
        buy = tuple(np.where(dear, tier.peak, tier.valley) for tier in tariff.tiers)
        tiers = tuple(np.inf if t.upper_kwh_per_year is None else t.upper_kwh_per_year for t in tariff.tiers)
    return Prices(
        buy=buy,
        tiers=tiers,
        sell=tariff.export.price if tariff.export is not None else 0.0,
        carbon=factor("electricity_shanghai_2023").value,
        demand=tariff.demand_charge.per_kw_month if tariff.demand_charge is not None else 0.0,
    )


def _battery_wear(building: CompleteBuilding) -> float:
    """Price of wear by use of a building's battery [CNY/kWh discharged]; 0 without one."""
    store = building.systems.battery
    if store is None:
        return 0.0
    low = store.soc_min if store.soc_min is not None else 0.1
    high = store.soc_max if store.soc_max is not None else 0.9
    return cycling_wear_cost(store.equipment, low, high)


def lending_of(building: CompleteBuilding) -> Lending:
    """Vehicles that lend as a plan sees them; their cells wear as stationary LFP at full cycles (assumed)."""
    ev = building.systems.ev
    if ev is None or not ev.v2b:
        return Lending()
    return Lending(again=VEHICLE_EFFICIENCY**-2, wear_cny_kwh=cycling_wear_cost("lfp", 0.1, 0.9))


def storage_of(plant: Plant, b: int, wear_cny_kwh: float) -> Storage:
    """The battery of a building as a plan sees it: its efficiencies at half of its power."""
    battery = plant.buildings.electrical[b]["battery"]
    size, power = float(battery["capacity_kwh"]), float(battery["power_kw"])
    # what is kept for the time without the grid is not planned with
    kept = float(
        plant.buildings.electrical[b]["island"]["reserve"] * (battery["soc_max"] - battery["soc_min"])
    )
    if size <= 0.0:
        return Storage()
    half, soc, hours = 0.5 * power, 0.5, 0.25
    up, _ = battery_step(soc, -half, hours, battery)
    down, _ = battery_step(soc, half, hours, battery)
    return Storage(
        power_kw=power,
        low_kwh=(float(battery["soc_min"]) + kept) * size,
        high_kwh=float(battery["soc_max"]) * size,
        charging=(up - soc) * size / (half * hours),
        discharging=half * hours / ((soc - down) * size),
        wear_cny_kwh=wear_cny_kwh,
    )
