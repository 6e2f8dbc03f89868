"""Scene: buildings, their actions, observations and rewards, all at once. The environments dress it.

Order inside a step of an agent: the actions become orders of each step of the march that it spans (the share
of the vehicles anew each step), the kernel marches all buildings in one call, costs are added, and what can
be seen at the end is written. All arrays have the buildings as their first axis.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.layout import (
    AIR_MASS,
    COOL_MAX,
    COOLING_SETPOINT,
    HEAT_MAX,
    HEATING_SETPOINT,
    MULTIPLIER,
)
from twin.building_batch import PV_IN
from twin.judges.carbon import ACCOUNTS
from twin.judges.factors import data, factor
from twin.learning.actions import ACTIONS, BUILT_IN, EV_NEED, N_ACTIONS, N_EV, tell_vehicles, write_orders
from twin.learning.observation import JOINT, LEAD_H, OWN, SHARED, Ahead, Seen, observe
from twin.learning.reward import N_PARTS, PARTS, STORED, Weights, account, discomfort, weigh
from twin.learning.stage import Stage, steps_per_quarter
from twin.market.tariff import load_tariff
from twin.plant import Plant, prepare
from twin.power_columns import ORDERS_MISSED
from twin.project import Loaded, load
from weather.errors import TwinError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What a reward function of one's own is told of a step.

    Attributes
    ----------
    outcome : (n, B, columns)
        Steps of the march in it; columns are `twin.outcome.OUTCOME_COLUMNS`, kW.
    parts : dict
        Costs by part (`twin.learning.reward.PARTS`), weighted [CNY], (B,) each.
    price : (n,)
        Of import [CNY/kWh].
    hours : float
        Length of a step of the march [h].
    last : bool
        Whether the episode ends with it.
    """

    outcome: Floats
    parts: dict[str, Floats]
    price: Floats
    hours: float
    last: bool


RewardFunction = Callable[[Told], Floats]


def plant_of(source: str | Path | Loaded | Plant, building: int | str | None = None) -> Plant:
    """The prepared Plant of a project, of all its buildings or of one.

    Parameters
    ----------
    source : path-like, Loaded or Plant
        A project file, a loaded project, or what `twin.plant.prepare` made of one.
    building : int or str, optional
        Place or name of the only building wanted.

    Raises
    ------
    TwinError
        A file that cannot be read, no such building, or a project with a called event.
    """
    if isinstance(source, Plant):
        return source
    loaded = source if isinstance(source, Loaded) else load(source)
    project = loaded.project
    if project.event is not None:
        raise TwinError(
            "a project with a called event cannot be learnt on.", "Leave the event out.", key="event"
        )
    if building is not None:
        names = [one.name for one in project.buildings]
        at = names.index(building) if building in names else building
        if not isinstance(at, int) or not -len(names) <= at < len(names):
            raise TwinError(
                f"there is no building {building!r}.", f"Use one of {', '.join(names)}.", key="buildings"
            )
        project = project.model_copy(update={"buildings": (project.buildings[at],)})
    return prepare(project, loaded.climate)


class Scene:
    """Buildings on the compiled march as an agent, or many, meet them.

    Parameters
    ----------
    plant : Plant
    copies : int
        How many times each of its buildings is there.
    actions : sequence of str
        Names in `twin.learning.actions.ACTIONS`; what a building does not have is left out or without effect.
    days : int
        Length of an episode.
    starts : collection of int, optional
        Days of the year (0 is the first) at which one may start; all that leave room where not given.
    step_minutes : int, optional
        Length of an agent's step; the project's where not given.
    weights : Weights, optional
    reward : callable, optional
        Instead of minus the sum of all costs.
    forecast : str
        Kind of weather forecast.
    seed : int
        Of the forecast's errors.
    common_meter : bool
        Whether the demand charge is on all meters together, as behind one transformer.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        copies: int = 1,
        actions: Sequence[str] = BUILT_IN,
        days: int = 7,
        starts: Collection[int] | None = None,
        step_minutes: int | None = None,
        weights: Weights | None = None,
        reward: RewardFunction | None = None,
        forecast: str = "weather",
        seed: int = 0,
        common_meter: bool = False,
    ) -> None:
        self.plant, self.days, self.common = plant, days, common_meter
        self.dt_h = plant.dt_s / 3600.0
        self.per_action = _whole_steps(plant, step_minutes)
        year = plant.n_steps // round(86400.0 / plant.dt_s)
        if not 1 <= days <= year:
            raise TwinError(f"an episode of {days} days does not fit.", f"Give 1 to {year}.", key="days")
        self.starts = sorted(range(year - days + 1) if starts is None else set(starts))
        if not self.starts or self.starts[0] < 0 or self.starts[-1] > year - days:
            raise TwinError(
                f"episodes of {days} days cannot start on the days {self.starts[:3]} ... {self.starts[-3:]}.",
                f"Give some of 0 to {year - days}.",
                key="starts",
            )
        self.stage = Stage(plant, self.starts, copies)
        self.count = self.stage.count
        self.ahead = Ahead(plant, forecast, seed)
        self.reward, self.weights = reward, (weights or Weights()).array()
        self.tolerance = float(data("comfort.yaml")["tolerance_k"]["value"])
        self._lay_rooms()
        self._lay_money()
        self.scale = _scales(plant, copies, self._most_kw(copies), actions)
        self.available = ~np.isnan(self.scale[:, :N_ACTIONS])
        self.columns: tuple[Seen, ...] = (*SHARED, *OWN, *(JOINT if common_meter else ()))
        self.low, self.high = self._bounds(copies)
        self.vehicles, self.missed = np.zeros((self.count, N_EV)), np.zeros(self.count)
        self.seen = np.zeros((self.count, len(self.columns)))
        self.held_at_bounds = 0
        self.running = False

    def _lay_rooms(self) -> None:
        """Served rooms of all buildings: where they lie, their set-points and people."""
        stage, plant = self.stage, self.plant
        batch, place, weight = stage.batch, [], []
        people: list[Floats] = []
        columns: dict[tuple[int, str], int] = {}
        for b, prepared in enumerate(plant.prepared):
            for name, there in prepared.people.items():
                columns[b, name] = len(people)
                people.append(there)
        for b, at in enumerate(stage.places):
            original = b % len(plant.prepared)
            zones = plant.thermals[original].description.zones
            own = []
            for zone, (g, z, lane) in zip(zones, at, strict=True):
                number = batch.zone[g, z, MULTIPLIER, lane]
                served = batch.zone[g, z, HEAT_MAX, lane] > 0.0 or batch.zone[g, z, COOL_MAX, lane] > 0.0
                if not served or number == 0.0:
                    continue
                setpoints = batch.zone_series[g, z, [HEATING_SETPOINT, COOLING_SETPOINT], lane]
                place.append((g, z, lane, b, *setpoints, columns[original, zone.name]))
                own.append((number, number * batch.zone[g, z, AIR_MASS, lane]))
            total = sum(mass for _, mass in own)
            weight += [(number, mass / total) for number, mass in own]
        self.place = np.array(place, dtype=np.int64).reshape(-1, 7)
        self.weight = np.array(weight, dtype=float).reshape(-1, 2)
        self.people = (
            np.ascontiguousarray(np.column_stack(people)) if people else np.zeros((plant.n_steps, 0))
        )

    def _lay_money(self) -> None:
        """Fixed prices, and the mean price at which what is stored is valued."""
        tariff = load_tariff(self.plant.project.tariff)
        demand = tariff.demand_charge.per_kw_month if tariff.demand_charge is not None else 0.0
        export = tariff.export.price if tariff.export is not None else 0.0
        self.fixed = np.array([export, demand, factor(ACCOUNTS["physical"]).value])
        self.mean_price = float(self.plant.price.mean())
        self.quarter_steps = steps_per_quarter(self.plant.dt_s)
        electrical = self.stage.buildings.electrical
        self.capacity_kwh = np.ascontiguousarray(electrical["battery"]["capacity_kwh"])

    def _most_kw(self, copies: int) -> Floats:
        """Twice the rated load of each building, and what chargers, battery and sun can add to it [kW]."""
        plant, electrical = self.plant, self.plant.buildings.electrical
        chargers = np.diff(plant.buildings.chargers, axis=1)[:, 0] * electrical["charger"]["power_kw"]
        inputs = plant.buildings.inputs
        own = np.delete(inputs, PV_IN, axis=2).sum(axis=2).max(axis=0) + _conditioning_kw(plant)
        pv = inputs[:, :, PV_IN].max(axis=0)
        found = 2.0 * own + chargers + electrical["battery"]["power_kw"] + pv
        return np.tile(np.maximum(found, 1.0), copies)

    def _bounds(self, copies: int) -> tuple[Floats, Floats]:
        """Bounds of each building's observation."""
        kw = self._most_kw(copies)
        chargers = np.tile(np.diff(self.plant.buildings.chargers, axis=1)[:, 0].astype(float), copies)
        energy = self.plant.sessions["energy_kwh"].max() if len(self.plant.sessions) else 0.0
        persons = np.zeros(self.count)
        np.add.at(persons, self.place[:, 3], self.weight[:, 0] * self.people.max(axis=0)[self.place[:, 6]])
        own = {
            "people": persons + 1.0,
            "vehicles": chargers + 1.0,
            "vehicles_need": 2.0 * chargers * energy + 1.0,
            "month_peak": kw if not self.common else np.full(self.count, kw.sum()),
            "district": np.full(self.count, kw.sum()),
        }
        low, high = np.zeros((2, self.count, len(self.columns)))
        for i, column in enumerate(self.columns):
            bound = own.get(column.name, kw)
            low[:, i] = -bound if np.isinf(column.low) else column.low
            high[:, i] = bound if np.isinf(column.high) else column.high
        # Observations are told in single precision: what is held at a bound must not lie beyond it.
        return low.astype(np.float32).astype(float), high.astype(np.float32).astype(float)

    def restart(self, day: int, socs: Floats | None = None) -> Floats:
        """Begin an episode; returns the observation (B, F), overwritten by the next step.

        Parameters
        ----------
        day : int
            Day of the year, one of `starts`.
        socs : (B,), optional
            State of charge of each battery from 0 to 1 of its band; as marched where not given.

        Raises
        ------
        TwinError
            A day at which no episode may start.
        """
        if day not in self.stage.midnights:
            raise TwinError(
                f"no episode may start on day {day}.",
                f"Choose one of {self.starts[0]} to {self.starts[-1]}, or widen `starts`.",
                key="day",
            )
        stage, then = self.stage, self.stage.midnights[day]
        stage.restart(day, self.days)
        if socs is not None:
            battery = stage.buildings.electrical["battery"]
            low, high = battery["soc_min"], battery["soc_max"]
            stage.soc[:, 0] = np.where(self.capacity_kwh > 0.0, low + socs * (high - low), stage.soc[:, 0])
        self.shared, self.pv_ahead = self.ahead.tables(day, self.days)
        self.first = stage.now
        self.people_now = self.people[stage.begin : stage.begin + len(stage.out)]
        self.price = self.plant.price[stage.begin : stage.begin + len(stage.out)]
        months = self.plant.weather.times[stage.begin : stage.begin + len(stage.out)].month.to_numpy()
        self.new_month = np.concatenate([[False], np.diff(months) != 0])
        self.peak = (
            np.full(self.count, then.joint_peak_kw) if self.common else np.tile(then.peak_kw, stage.copies)
        )
        self.quarter, self.filled = np.zeros(self.count), 0
        # The peak of a midnight that begins a month is already that month's.
        self.new_month[self.first] = False
        self.day, self.running = day, True
        observed = self._observed()
        self.stored = self._stored_kwh()
        return observed

    def _stored_kwh(self) -> Floats:
        """What batteries hold less what vehicles at the chargers still need [kWh]."""
        kept: Floats = self.stage.soc[:, 0] * self.capacity_kwh - self.vehicles[:, EV_NEED]
        return kept

    def _look(self) -> int:
        """The step that comes; behind the year's end the last one, whose set-points and vehicles stand in."""
        return min(self.stage.now, len(self.stage.out) - 1)

    def _tell_vehicles(self) -> None:
        s = self.stage
        tell_vehicles(
            self._look(), self.dt_h, s.buildings.electrical, s.buildings.chargers, s.buildings.ev_rows,
            s.sessions, float(LEAD_H[-1]), self.vehicles,
        )  # fmt: skip

    def _observed(self) -> Floats:
        s, at = self.stage, self.stage.now - self.first
        self._tell_vehicles()
        self.held_at_bounds += observe(
            self._look(), self.shared[at], self.pv_ahead[at], s.out[max(s.now - 1, 0)], s.soc, s.state.temp,
            s.forcing, self.people_now, self.place, self.weight, self.vehicles, self.peak, self.low,
            self.high, self.seen,
        )  # fmt: skip
        return self.seen

    def step(self, action: Floats) -> tuple[Floats, Floats, Floats, bool]:
        """March an agent's step.

        Parameters
        ----------
        action : (B, N_ACTIONS)
            From -1 to 1, NaN for the building's own control; columns as `ACTIONS`.

        Returns
        -------
        seen : (B, F)
        reward : (B,)
        parts : (B, N_PARTS)
            Weighted costs [CNY].
        last : bool
            Whether the episode is over.

        Raises
        ------
        TwinError
            Without an episode that runs.
        """
        if not self.running:
            raise TwinError("no episode runs.", "Call reset first.")
        s, begin = self.stage, self.stage.now
        parts = np.zeros((self.count, N_PARTS))
        for i in range(min(self.per_action, s.last - begin)):
            if i:
                self._tell_vehicles()
            write_orders(action, self.scale, self.vehicles, s.orders[s.now])
            k = s.now
            row = s.march()
            self._account(k, row, parts)
        seen = self._observed()
        last = s.now >= s.last
        self.running = not last
        if last:
            parts[:, STORED] = (self.stored - self._stored_kwh()) * self.mean_price
        reward = np.empty(self.count)
        weigh(parts, self.weights, reward)
        if self.reward is None:
            return seen, reward, parts, last
        told = Told(
            s.out[begin : s.now],
            dict(zip(PARTS, parts.T, strict=True)),
            self.price[begin : s.now],
            self.dt_h,
            last,
        )
        return seen, np.asarray(self.reward(told), dtype=float), parts, last

    def _account(self, k: int, row: Floats, parts: Floats) -> None:
        """Add the costs of step k."""
        if self.new_month[k]:
            self.peak[:], self.quarter[:], self.filled = 0.0, 0.0, 0
        self.missed[:] = 0.0
        discomfort(
            k, self.stage.state.temp, self.stage.forcing, self.people_now, self.place, self.weight,
            self.tolerance, self.missed,
        )  # fmt: skip
        self.filled = self.filled % self.quarter_steps + 1
        account(
            row, self.dt_h, self.price[k], self.fixed, self.missed, self.quarter, self.quarter_steps,
            self.filled, self.common, self.peak, parts,
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What an episode's first `info` says."""
        return {
            "day": self.day,
            "date": f"{self.plant.weather.times[self.day * self.stage.per_day]:%Y-%m-%d}",
        }

    def missed_orders(self) -> Floats:
        """1 for each building whose order of the last step could not be followed."""
        told: Floats = self.stage.out[self.stage.now - 1, :, ORDERS_MISSED]
        return told


def _whole_steps(plant: Plant, minutes: int | None) -> int:
    """Steps of the march in an agent's step."""
    if minutes is None:
        return 1
    steps = round(60.0 * minutes / plant.dt_s)
    if steps < 1 or abs(steps * plant.dt_s - 60.0 * minutes) > 1e-6 or 1440 % minutes:
        raise TwinError(
            f"an agent's step of {minutes} min does not hold whole steps of {plant.dt_s / 60.0:g} min, "
            "or does not divide the day.",
            "Give a multiple of the project's timestep that divides 1440 min.",
            key="step_minutes",
        )
    return steps


def _conditioning_kw(plant: Plant) -> Floats:
    """Electricity of each main plant at rated load [kW]."""
    machines = plant.buildings.plant
    rated = [
        machines[side]["rated_w"] / np.maximum(machines[side]["ratio"], 0.5)
        for side in ("cooling", "heating")
    ]
    return np.asarray(1e-3 * np.maximum(*rated))


def _scales(plant: Plant, copies: int, meter_kw: Floats, actions: Sequence[str]) -> Floats:
    """Scales of the actions as `write_orders` reads them.

    Raises
    ------
    TwinError
        An unknown action, or none that any building has.
    """
    unknown = set(actions) - set(ACTIONS)
    if unknown:
        raise TwinError(
            f"there is no action {sorted(unknown)[0]!r}.", f"Use some of {', '.join(ACTIONS)}.", key="actions"
        )
    many = plant.buildings
    battery, shifts = many.electrical["battery"]["power_kw"], many.shifts
    has_battery = many.electrical["battery"]["capacity_kwh"] > 0.0
    scales = np.full((len(plant.prepared), N_ACTIONS + 1), np.nan)
    scales[:, 0] = np.where(has_battery, battery, np.nan)
    movable = (shifts[:, 2] > 0.0) | (shifts[:, 1] < 0.0)
    scales[:, 1] = np.where(movable, shifts[:, 2], np.nan)
    scales[:, 4] = np.where(movable, -shifts[:, 1], np.nan)
    scales[:, 2] = np.where(many.chargers[:, 1] > many.chargers[:, 0], 1.0, np.nan)
    scales[:, 3] = meter_kw[: len(scales)]
    for i, name in enumerate(ACTIONS):
        if name not in actions:
            scales[:, i] = np.nan
    if np.isnan(scales[:, :N_ACTIONS]).all():
        raise TwinError(
            "no building has anything to act on.",
            "Give one a battery, chargers or a set-point that may move, or ask for other `actions`.",
            key="actions",
        )
    return np.tile(scales, (copies, 1))
