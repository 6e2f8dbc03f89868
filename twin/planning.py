"""Model-predictive control on the march: observe, forecast, plan, and write orders until the next plan.

Every building under `mpc` has a programme of its own (`controllers.predictive`). A plan covers the coming day
or two; its orders are written for all of it, so that a plan that fails leaves the last one in force, and
behind that the building's own control (droop on a bus, rules without). How often that happened is counted.

What a plan says about the battery is a power and what to do if the load comes otherwise: where a kWh in the
battery is worth less than what it would replace now, the battery covers what the load exceeds the plan by;
where it is worth more than export pays, it takes what the sun gives beyond the plan. Limits and peaks keep a
room above the plan, as large as the forecast has lately erred at that hour.

Thermal stores stay between the least and the most that they held in the year without control around that day
(`twin.thermal_stores`); vehicles lend where their owners take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controllers.orders import BATTERY_ORDER, EV_ORDER, EVENT_TARGET, METER_HIGH, METER_LOW, SHIFT_ORDER
from controllers.predictive import Outlook, Plan, Planner, Rooms, Situation
from twin.building_batch import SETPOINT_SHIFT
from twin.forecasts import ARRIVING, COOL, HEAT, HVAC, REST, SUN, Forecasts
from twin.market.bill import DEMAND_MINUTES
from twin.plant import Plant
from twin.power_columns import GRID_IMPORT
from twin.supervisors import Marching, orders_ahead
from twin.thermal_stores import ThermalStore

Floats = NDArray[np.float64]
_FLOATING = 0.02
"""Conditioning over the year's greatest below which rooms count as floating [-]."""
_PEAK_KEPT = 0.8
"""Share of the last month's peak with which a new month begins [-]: less is not worth to fight for."""
_FULL_POWER = 0.95
"""Share of a charger's power with which a plan reckons [-]: a charge curve falls towards its end."""
VEHICLE_EFFICIENCY = 0.92
"""Share of a charger's energy that reaches the cells, for a plan [-]."""
_LEAD_H = 6
"""Lead at which a forecast's error is kept in mind [h]."""
_FIRST_MONTH = 1.0 / 12.0
_MEMORY = 0.1
"""Weight of a new error in the mean square of an hour of the day [-]."""


@dataclass(frozen=True)
class Prices:
    """What energy costs.

    Attributes
    ----------
    buy : tuple of ndarray (n,)
        Price by tier of the year's import [CNY/kWh]; one where there are no tiers.
    tiers : tuple of float
        Import of the year at which each of them ends [kWh].
    sell : float
        [CNY/kWh]
    carbon : float
        [kg/kWh]
    demand : float
        [CNY/kW a month]
    """

    buy: tuple[Floats, ...]
    tiers: tuple[float, ...]
    sell: float
    carbon: float
    demand: float

    def at_margin(self, imported_kwh: float, share_of_year: float) -> Floats:
        """Prices of the tier in which the year will end if it goes on as it went; at first of the first."""
        ends = imported_kwh / share_of_year if share_of_year > _FIRST_MONTH else 0.0
        tier = next(i for i, upper in enumerate(self.tiers) if ends <= upper)
        return self.buy[tier]


class ForecastError:
    """How far a forecast of the net load has lately been off, by hour of the day [kW]."""

    def __init__(self) -> None:
        self.square = np.zeros(24)
        self._expected: dict[int, float] = {}

    def expect(self, step: int, net_kw: float) -> None:
        """Keep in mind what is forecast for the hour that begins at a step."""
        self._expected[step] = net_kw

    def learn(self, step: int, hour: int, net_kw: float) -> None:
        """Compare with what came in the hour that began at a step."""
        expected = self._expected.pop(step, None)
        if expected is not None:
            error = max(net_kw - expected, 0.0)
            self.square[hour] += _MEMORY * (error**2 - self.square[hour])

    def spread(self, hours: NDArray[np.int64]) -> Floats:
        """Root mean square of what came beyond the forecast, at hours of the day [kW]."""
        return np.sqrt(self.square[hours])


@dataclass
class BuildingPlanner:
    """Plans of one building, and what it remembers between them.

    Attributes
    ----------
    b : int
        Building.
    forecasts : Forecasts
    planners : dict
        Programme by season, `cooling` and `heating`.
    stores : dict
        Thermal stores that these plan with, by season.
    prices : Prices
    demand_limit_kw, interface_kw : float
        Import wanted at most, and what a grid interface can give [kW].
    margin : float
        Room below limits in standard deviations of the forecast's error [-].
    made, failed, unknown : int
        Plans made, plans that HiGHS did not finish, and times without a forecast.
    """

    b: int
    forecasts: Forecasts
    planners: dict[str, Planner]
    stores: dict[str, tuple[ThermalStore, ...]]
    prices: Prices
    demand_limit_kw: float
    interface_kw: float
    margin: float
    largest_kw: float = field(init=False)
    imported_kwh: float = 0.0
    peak_kw: float = 0.0
    month: int = 0
    mass_k: Floats = field(default_factory=lambda: np.zeros(2))
    error: ForecastError = field(default_factory=ForecastError)
    made: int = 0
    failed: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        self.largest_kw = max(float(self.forecasts.truth[[COOL, HEAT]].max()), 1e-9)

    @property
    def any_planner(self) -> Planner:
        """One of the programmes: the battery and the intervals are the same in all."""
        return next(iter(self.planners.values()))


class PredictiveControl:
    """The supervisor of buildings under `mpc` whose plans come at one interval.

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
        self, plant: Plant, buildings: Sequence[BuildingPlanner], hours: Floats, interval_min: float
    ) -> None:
        self.buildings, self.hours = buildings, hours
        self.dt_h = plant.dt_s / 3600.0
        self.interval_steps = max(round(interval_min / 60.0 / self.dt_h), 1)
        self.counts = np.maximum(np.round(hours / self.dt_h), 1.0).astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]])
        self.ends_h = np.cumsum(self.counts) * self.dt_h
        self.n_steps = int(self.counts.sum())
        self.hour_of_day = plant.weather.times.hour.to_numpy()
        self.months = plant.weather.times.month.to_numpy()
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
            self._expect(building, now, forecast)
            season = "cooling" if forecast[COOL].sum() >= forecast[HEAT].sum() else "heating"
            stores = building.stores[season]
            ahead = self._outlook(building, march.plant, now, forecast, stores)
            plan = building.planners[season].plan(self._situation(building, march.plant, stores), ahead)
            if plan is None:
                building.failed += 1
                continue
            building.made += 1
            self._write(building, march.plant, now, plan, ahead, stores)
        self.done = now

    def counters(self) -> dict[int, dict[str, float]]:
        """What was counted, by building."""
        return {
            one.b: {
                "plans_made": float(one.made),
                "plans_failed": float(one.failed),
                "plans_without_forecast": float(one.unknown),
            }
            for one in self.buildings
        }

    def _rise(self, forecast: Floats) -> Floats:
        """How far the highest quarter-hour of the net load lies above the mean of each interval [kW]."""
        net = forecast[REST] + forecast[HVAC] - forecast[SUN]
        per = max(round(DEMAND_MINUTES / 60.0 / self.dt_h), 1)
        quarters = np.repeat(net[: len(net) // per * per].reshape(-1, per).mean(axis=1), per)
        return np.maximum(np.maximum.reduceat(quarters, self.starts) - self._mean(quarters), 0.0)

    def _mean(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.starts) / self.counts)

    def _remember(self, building: BuildingPlanner, march: Marching, now: int) -> None:
        """Bring the month's peak, the masses and the forecast's error up to the present."""
        told = march.told[self.done : now, building.b]
        month = int(self.months[min(now, len(self.months) - 1)])
        if len(told):
            per = max(round(DEMAND_MINUTES / 60.0 / self.dt_h), 1)
            quarters = told[: len(told) // per * per, GRID_IMPORT].reshape(-1, per).mean(axis=1)
            building.peak_kw = max(building.peak_kw, float(quarters.max(initial=0.0)))
            building.imported_kwh += float(told[:, GRID_IMPORT].sum()) * self.dt_h
            building.mass_k = self._followed(building, told, now)
            for store in {id(s): s for own in building.stores.values() for s in own}.values():
                store.held_kwh += float(told[:, store.gain_column].sum()) * self.dt_h
        if month != building.month:
            building.month, building.peak_kw = month, _PEAK_KEPT * building.peak_kw
        per_hour = round(1.0 / self.dt_h)
        for first in range(self.done, now, max(per_hour, 1)):
            truth = building.forecasts.truth[:, first : first + max(per_hour, 1)].mean(axis=1)
            net = float(truth[REST] + truth[HVAC] - truth[SUN])
            building.error.learn(first, int(self.hour_of_day[first]), net)

    def _expect(self, building: BuildingPlanner, now: int, forecast: Floats) -> None:
        per_hour = max(round(1.0 / self.dt_h), 1)
        lead = _LEAD_H * per_hour
        for more in range(0, max(self.interval_steps, per_hour), per_hour):
            part = forecast[:, lead + more : lead + more + per_hour].mean(axis=1)
            building.error.expect(now + lead + more, float(part[REST] + part[HVAC] - part[SUN]))

    def _followed(self, building: BuildingPlanner, told: Floats, now: int) -> Floats:
        """The masses after the shift that was marched; where rooms floated, after what they left of it."""
        rooms = _rooms(building)
        hours = len(told) * self.dt_h
        kept = np.exp(-hours / np.array(rooms.time_constant))
        load = building.forecasts.truth[(COOL, HEAT), self.done : now].sum(axis=0)
        if load.mean() > _FLOATING * building.largest_kw:
            shift = float(told[:, SETPOINT_SHIFT].mean())
        else:
            gain = np.array(rooms.capacity) * (1.0 - kept) / hours
            shift = float((gain * building.mass_k).sum() / max(rooms.conductance + gain.sum(), 1e-9))
        return np.asarray(kept * building.mass_k + (1.0 - kept) * shift)

    def _situation(
        self, building: BuildingPlanner, plant: Plant, stores: Sequence[ThermalStore]
    ) -> Situation:
        capacity = float(plant.buildings.electrical[building.b]["battery"]["capacity_kwh"])
        # Rounding must not put a state outside of what the programme allows.
        mass = np.clip(building.mass_k, -_rooms(building).down, _rooms(building).up)
        held = tuple(store.held_kwh for store in stores)
        return Situation(float(plant.soc[building.b, 0]) * capacity, mass, building.peak_kw, held)

    def _outlook(
        self,
        building: BuildingPlanner,
        plant: Plant,
        now: int,
        forecast: Floats,
        stores: Sequence[ThermalStore],
    ) -> Outlook:
        n = len(self.hours)
        means = np.add.reduceat(forecast, self.starts, axis=1) / self.counts
        rest, heat, hvac = means[REST], means[COOL] + means[HEAT], means[HVAC]
        for store in stores:
            if store.for_rooms:
                hvac = np.maximum(hvac - store.electricity_kw(means), 0.0)
            else:
                rest = rest - store.electricity_kw(means)
        free = heat > _FLOATING * building.largest_kw
        mean = float(hvac[free].sum() / heat[free].sum()) if free.any() else 0.3
        per_heat = np.where(heat > 0.1 * building.largest_kw, hvac / np.maximum(heat, 1e-9), mean)
        steps = np.arange(now, now + self.n_steps) % plant.n_steps
        power, lend, least, most = self._vehicles(building, plant, now)
        # Vehicles that are still to come charge as they arrive; those that stand here are the plan's.
        coming = np.maximum(means[ARRIVING] - power, 0.0)
        hours = self.hour_of_day[steps[self.starts]].astype(np.int64)
        limit = np.full(n, min(building.demand_limit_kw, building.interface_kw))
        if len(plant.buildings.orders):
            called = orders_ahead(plant, now, min(now + self.n_steps, plant.n_steps))[
                :, building.b, EVENT_TARGET
            ]
            for i in np.flatnonzero(self.starts < len(called)):
                part = called[self.starts[i] : self.starts[i] + self.counts[i]]
                if np.isfinite(part).any():
                    limit[i] = min(limit[i], float(np.nanmin(part)))
        sun = means[SUN]
        return Outlook(
            load_kw=rest + hvac + coming,
            pv_kw=np.where(sun > 1e-6, sun, 0.0),
            buy=self._mean(building.prices.at_margin(building.imported_kwh, now / plant.n_steps)[steps]),
            sell=np.full(n, building.prices.sell),
            carbon=np.full(n, building.prices.carbon),
            heat_kw=heat,
            per_heat=np.clip(per_heat, 0.0, 2.0),
            free=free.astype(float),
            limit_kw=limit,
            margin_kw=building.margin * building.error.spread(hours) + self._rise(forecast),
            vehicles_kw=power,
            least_kwh=least,
            most_kwh=most,
            lend_kw=lend,
            stores=tuple(store.outlook(means, steps[self.starts + self.counts - 1]) for store in stores),
        )

    def _vehicles(
        self, building: BuildingPlanner, plant: Plant, now: int
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Charging and lending power and energy bounds of the vehicles at the chargers, by interval."""
        none = np.zeros(len(self.hours))
        first, last = plant.buildings.chargers[building.b]
        rows = plant.buildings.ev_rows[now, first:last]
        own = plant.sessions[rows[rows >= 0]]
        charger = plant.buildings.electrical[building.b]["charger"]
        lends = bool(charger["vehicle_to_building"])
        own = own[(own["remaining_kwh"] > 1e-6) | (lends & (own["spare_kwh"] > 1e-6))]
        if not len(own):
            return none, none, none, none
        power = float(charger["power_kw"]) * _FULL_POWER
        energy = own["remaining_kwh"][:, None] / VEHICLE_EFFICIENCY
        left = ((own["departure_step"] - now) * self.dt_h)[:, None]
        begins, ends = self.ends_h - self.hours, self.ends_h
        most = np.minimum(power * np.minimum(ends, left), energy)
        spare = own["spare_kwh"][:, None] / VEHICLE_EFFICIENCY if lends else np.zeros_like(energy)
        least = np.clip(energy - power * np.maximum(left - ends, 0.0), -spare, energy)
        there = np.clip((left - begins) / self.hours, 0.0, 1.0)
        lend = power * there * (spare > 1e-6)
        return (
            (power * there).sum(axis=0),
            lend.sum(axis=0),
            np.minimum(least, most).sum(axis=0),
            most.sum(axis=0),
        )

    def _write(
        self,
        building: BuildingPlanner,
        plant: Plant,
        now: int,
        plan: Plan,
        ahead: Outlook,
        stores: Sequence[ThermalStore],
    ) -> None:
        last = min(now + self.n_steps, plant.n_steps)
        orders = orders_ahead(plant, now, last)[:, building.b]
        store = building.any_planner.storage
        covers = plan.value / store.discharging + store.wear_cny_kwh <= ahead.buy + 1e-6
        absorbs = plan.value * store.charging >= ahead.sell - 1e-6
        peak = max(plan.peak_kw, building.peak_kw) if building.prices.demand > 0.0 else np.inf
        high = np.where(covers & (plan.export_kw < 1e-6), plan.import_kw, peak)
        columns = {
            BATTERY_ORDER: plan.battery_kw,
            SHIFT_ORDER: plan.shift_k * ahead.free,
            METER_HIGH: np.where(np.isfinite(high), high, np.nan),
            METER_LOW: np.where(absorbs, -plan.export_kw, np.nan),
        }
        if plant.buildings.chargers[building.b, 1] > plant.buildings.chargers[building.b, 0]:
            columns[EV_ORDER] = plan.vehicles_kw
        for column, values in columns.items():
            orders[:, column] = np.repeat(values, self.counts)[: last - now]
        for i, one in enumerate(stores):
            kw = one.orders_kw(ahead.stores[i], plan.fill_kw[i], plan.give_kw[i], self.counts)
            orders[:, one.order] = kw[: last - now]
            one.expect(now, np.repeat(plan.held_kwh[i], self.counts))


def _rooms(building: BuildingPlanner) -> Rooms:
    own = building.planners
    return max((own["cooling"], own["heating"]), key=lambda planner: planner.rooms.conductance).rooms
