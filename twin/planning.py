"""Model-predictive control on the march: observe, forecast, plan, and write orders until the next plan.

Every building under `mpc` has a programme of its own (`controllers.predictive`). A plan covers the coming day
or two; its orders are written for all of it, so that a plan that fails leaves the last one in force, and
behind that the building's own control (droop on a bus, rules without). How often that happened is counted.

What a plan says about the battery is a power and what to do if the load comes otherwise: where a kWh in the
battery is worth less than what it would replace now, the battery covers what the load exceeds the plan by;
where it is worth more than export pays, it takes what the sun gives beyond the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from buildings.systems.battery import battery_step
from controllers.orders import BATTERY_ORDER, EV_ORDER, METER_HIGH, METER_LOW, SHIFT_ORDER
from controllers.predictive import Outlook, Plan, Planner, Situation, Storage
from twin.building_batch import SETPOINT_SHIFT
from twin.forecasts import ARRIVING, COOL, HEAT, HVAC, LOAD, SUN, Forecasts
from twin.market.bill import DEMAND_MINUTES
from twin.plant import Plant
from twin.power_columns import GRID_IMPORT
from twin.supervisors import Marching, orders_ahead

Floats = NDArray[np.float64]
_LEAST_SHARE = 0.02
"""Conditioning over the year's greatest below which rooms count as floating [-]."""


@dataclass
class Prices:
    """What energy costs: arrays (n,) [CNY/kWh], carbon [kg/kWh], demand charge [CNY/kW a month]."""

    buy: Floats
    sell: float
    carbon: float
    demand: float


@dataclass
class BuildingPlanner:
    """Plans of one building, and what it remembers between them.

    Attributes
    ----------
    planners : dict
        Programme by season (`cooling`, `heating`, or `none` without an answer to shifts).
    peak_kw : float
        Highest quarter-hour of the month so far.
    mass_k : (2,) ndarray
        Shift that the masses have followed.
    failed, unknown : int
        Plans that HiGHS did not finish, and times without a forecast.
    """

    b: int
    forecasts: Forecasts
    planners: dict[str, Planner]
    prices: Prices
    first_session: int
    sessions: int
    demand_limit_kw: float
    peak_kw: float = 0.0
    month: int = 0
    mass_k: Floats = field(default_factory=lambda: np.zeros(2))
    failed: int = 0
    unknown: int = 0
    made: int = 0


class PredictiveControl:
    """The supervisor of all buildings under `mpc`.

    Parameters
    ----------
    plant : Plant
        As it will be marched.
    buildings : sequence of BuildingPlanner
    hours : (N,) ndarray
        Intervals of a plan [h].
    interval_min : float
        Minutes between two plans.
    """

    def __init__(
        self, plant: Plant, buildings: list[BuildingPlanner], hours: Floats, interval_min: float
    ) -> None:
        self.buildings, self.hours = buildings, hours
        self.dt_h = plant.dt_s / 3600.0
        self.interval_steps = max(round(interval_min / 60.0 / self.dt_h), 1)
        self.counts = np.maximum(np.round(hours / self.dt_h), 1.0).astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]])
        self.ends_h = np.cumsum(self.counts) * self.dt_h
        self.n_steps = int(self.counts.sum())
        self.done = 0

    def decide(self, march: Marching) -> None:
        """Plan for every building and write its orders."""
        now = march.done
        for building in self.buildings:
            self._remember(building, march, now)
            forecast = building.forecasts.ahead(now, self.n_steps)
            if forecast is None:
                building.unknown += 1
                continue
            season = self._season(building, forecast)
            ahead = self._outlook(building, march.plant, now, forecast)
            situation = self._situation(building, march.plant)
            plan = building.planners[season].plan(situation, ahead)
            if plan is None:
                building.failed += 1
                continue
            building.made += 1
            self._write(building, march.plant, now, plan, ahead)
        self.done = now

    def _season(self, building: BuildingPlanner, forecast: Floats) -> str:
        season = "cooling" if forecast[COOL].sum() >= forecast[HEAT].sum() else "heating"
        return season if season in building.planners else "none"

    def _mean(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.starts) / self.counts)

    def _remember(self, building: BuildingPlanner, march: Marching, now: int) -> None:
        """Bring the month's peak and the masses up to the present."""
        told = march.told[self.done : now, building.b]
        times = march.plant.weather.times
        month = int(times[min(now, len(times) - 1)].month)
        if month != building.month:
            building.month, building.peak_kw = month, _PEAK_KEPT * building.peak_kw
        elif len(told):
            per = max(round(DEMAND_MINUTES / 60.0 / self.dt_h), 1)
            whole = len(told) // per * per
            if whole:
                quarters = told[:whole, GRID_IMPORT].reshape(-1, per).mean(axis=1)
                building.peak_kw = max(building.peak_kw, float(quarters.max()))
        if len(told):
            self._follow(building, told, now)

    def _follow(self, building: BuildingPlanner, told: Floats, now: int) -> None:
        """Move the masses by the shift that was marched; where rooms floated, by what the masses left."""
        planner = building.planners.get("cooling") or building.planners.get("heating")
        if planner is None:
            return
        rooms, hours = planner.rooms, len(told) * self.dt_h
        kept = np.exp(-hours / np.array(rooms.time_constant))
        load = (
            building.forecasts.truth[COOL, self.done : now] + building.forecasts.truth[HEAT, self.done : now]
        )
        if load.mean() > _LEAST_SHARE * self._largest(building):
            shift = float(told[:, SETPOINT_SHIFT].mean())
        else:
            gain = np.array(rooms.capacity) * (1.0 - kept) / hours
            shift = float((gain * building.mass_k).sum() / (rooms.conductance + gain.sum()))
        building.mass_k = kept * building.mass_k + (1.0 - kept) * shift

    @staticmethod
    def _largest(building: BuildingPlanner) -> float:
        return max(float(building.forecasts.truth[[COOL, HEAT]].max()), 1e-9)

    def _situation(self, building: BuildingPlanner, plant: Plant) -> Situation:
        b = building.b
        capacity = float(plant.buildings.electrical[b]["battery"]["capacity_kwh"])
        return Situation(float(plant.soc[b, 0]) * capacity, building.mass_k, building.peak_kw)

    def _outlook(self, building: BuildingPlanner, plant: Plant, now: int, forecast: Floats) -> Outlook:
        heat = self._mean(forecast[COOL] + forecast[HEAT])
        hvac = self._mean(forecast[HVAC])
        largest = self._largest(building)
        free = heat > _LEAST_SHARE * largest
        mean = float(hvac[free].sum() / heat[free].sum()) if free.any() else 0.3
        per_heat = np.where(heat > 0.1 * largest, hvac / np.maximum(heat, 1e-9), mean)
        steps = np.arange(now, now + self.n_steps) % plant.n_steps
        power, least, most = self._vehicles(building, plant, now)
        # Vehicles that are still to come charge as they arrive; those that stand here are the plan's.
        coming = self._mean(forecast[ARRIVING]) if building.sessions else np.zeros(len(self.hours))
        coming = np.maximum(coming - power, 0.0)
        limit = np.full(len(self.hours), building.demand_limit_kw)
        return Outlook(
            load_kw=self._mean(forecast[LOAD]) + coming,
            pv_kw=np.where(forecast[SUN].max() > 1e-6, self._mean(forecast[SUN]), 0.0),
            buy=self._mean(building.prices.buy[steps]),
            sell=np.full(len(self.hours), building.prices.sell),
            carbon=np.full(len(self.hours), building.prices.carbon),
            heat_kw=heat,
            per_heat=np.clip(per_heat, 0.0, 2.0),
            free=free.astype(float),
            limit_kw=limit,
            vehicles_kw=power,
            least_kwh=least,
            most_kwh=most,
        )

    def _vehicles(self, building: BuildingPlanner, plant: Plant, now: int) -> tuple[Floats, Floats, Floats]:
        """Power and energy bounds of the vehicles that stand at the chargers, by interval."""
        none = np.zeros(len(self.hours))
        if not building.sessions:
            return none, none, none
        first, last = plant.buildings.chargers[building.b]
        rows = plant.buildings.ev_rows[now, first:last]
        own = plant.sessions[rows[rows >= 0]]
        own = own[own["remaining_kwh"] > 1e-6]
        if not len(own):
            return none, none, none
        charger = plant.buildings.electrical[building.b]["charger"]
        power = float(charger["power_kw"]) * _FULL_POWER
        energy = own["remaining_kwh"][:, None] / _CHARGING
        left = ((own["departure_step"] - now) * self.dt_h)[:, None]
        begins, ends = self.ends_h - self.hours, self.ends_h
        most = np.minimum(power * ends, energy)
        least = np.where(ends >= left, energy, np.clip(energy - power * (left - ends), 0.0, energy))
        there = np.clip((left - begins) / self.hours, 0.0, 1.0)
        return (power * there).sum(axis=0), np.minimum(least, most).sum(axis=0), most.sum(axis=0)

    def _write(self, building: BuildingPlanner, plant: Plant, now: int, plan: Plan, ahead: Outlook) -> None:
        last = min(now + self.n_steps, plant.n_steps)
        orders = orders_ahead(plant, now, last)[:, building.b]
        planner = next(iter(building.planners.values()))
        store = planner.storage
        covers = plan.value / store.discharging + store.wear_cny_kwh <= ahead.buy + 1e-6
        absorbs = plan.value * store.charging >= ahead.sell - 1e-6
        level = max(float(plan.import_kw.max()), building.peak_kw)
        if building.prices.demand == 0.0:
            level = np.inf
        high = np.where(covers & (plan.export_kw < 1e-6), plan.import_kw, level)
        low = np.where(absorbs, -plan.export_kw, -np.inf)
        for column, values in (
            (BATTERY_ORDER, plan.battery_kw),
            (EV_ORDER, plan.vehicles_kw),
            (SHIFT_ORDER, plan.shift_k * ahead.free),
            (METER_HIGH, np.where(np.isfinite(high), high, np.nan)),
            (METER_LOW, np.where(np.isfinite(low), low, np.nan)),
        ):
            if column == EV_ORDER and not building.sessions:
                continue
            orders[:, column] = np.repeat(values, self.counts)[: last - now]


_PEAK_KEPT = 0.8
"""Share of the last month's peak that a new month begins with [-]: less is not worth to fight for."""
_FULL_POWER = 0.95
"""Share of a charger's power with which a plan reckons [-]: a charge curve falls towards its end."""
_CHARGING = 0.92
"""Share of a charger's energy that reaches the cells, for a plan [-]."""


def storage_of(plant: Plant, b: int, wear_cny_kwh: float) -> Storage:
    """The battery of a building as a plan sees it: efficiencies at half of its power."""
    battery = plant.buildings.electrical[b]["battery"]
    size, power = float(battery["capacity_kwh"]), float(battery["power_kw"])
    if size <= 0.0:
        return Storage()
    half = 0.5 * power
    state, hours = 0.5, 0.25
    up, _ = battery_step(state, -half, hours, battery)
    down, _ = battery_step(state, half, hours, battery)
    return Storage(
        power_kw=power,
        low_kwh=float(battery["soc_min"]) * size,
        high_kwh=float(battery["soc_max"]) * size,
        charging=(up - state) * size / (half * hours),
        discharging=half * hours / ((state - down) * size),
        wear_cny_kwh=wear_cny_kwh,
    )
