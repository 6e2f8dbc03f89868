"""Charging sessions of a year, drawn before the march: vehicles arrive, queue, charge, leave.

A SimPy process per day of arrivals: a vehicle waits for a free charger and gives up when it has to
leave first. What comes out are arrays, so that the march needs no event for a vehicle. Same seed,
same year.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from buildings.systems.ev import EV_SESSION, vehicle_rate_kw
from buildings.systems.records import Record, entry
from weather.errors import TwinError


@dataclass(frozen=True, eq=False)
class ChargingYear:
    """Sessions of one building.

    Attributes
    ----------
    sessions : ndarray of EV_SESSION, shape (n_sessions,)
        In order of arrival; `charger` counts from 0 to n_chargers - 1.
    session_index : ndarray of int32, shape (n_steps, n_chargers)
        Session at each charger in each step, -1 where it is free.
    arrived, refused, passing : int
        Vehicles that came; that left because no charger became free; that stayed less than one step.
    asked_kwh, offered_kwh : float
        Energy that served vehicles wanted, and what of it fits into their stay at full power.
    """

    sessions: NDArray[Any]
    session_index: NDArray[np.int32]
    arrived: int
    refused: int
    passing: int
    asked_kwh: float
    offered_kwh: float

    @property
    def connected(self) -> NDArray[np.bool_]:
        """Whether a vehicle stands at each charger, shape (n_chargers, n_steps)."""
        return np.ascontiguousarray(self.session_index.T >= 0)


@dataclass
class _Log:
    """What the processes report."""

    rows: list[tuple[int, int, int, float]] = field(default_factory=list)
    arrived: int = 0
    refused: int = 0
    passing: int = 0


def no_charging(n_steps: int) -> ChargingYear:
    """Charging year of a building without chargers."""
    index = np.full((n_steps, 0), -1, np.int32)
    return ChargingYear(np.zeros(0, EV_SESSION), index, 0, 0, 0, 0.0, 0.0)


def draw_sessions(
    pattern: str,
    n_chargers: int,
    charger: Record,
    vehicles_per_day: float,
    rest_day: NDArray[np.bool_],
    steps_per_day: int,
    seed: int,
) -> ChargingYear:
    """Draw a year of charging sessions.

    Parameters
    ----------
    pattern : str
        Key in `data/ev_patterns.yaml`: ``workplace``, ``residential`` or ``retail``.
    n_chargers : int
        Number of chargers.
    charger : EV_CHARGER record
        One of them.
    vehicles_per_day : float
        Mean number of vehicles that come on a workday; the count of a day is Poisson.
    rest_day : ndarray of bool, shape (n_days,)
        Rest days.
    steps_per_day : int
        Steps of the march per day.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ChargingYear

    Raises
    ------
    TwinError
        If the pattern is unknown or a number is out of range.
    """
    values = entry("ev_patterns", pattern)
    if "arrivals" not in values:
        raise TwinError(
            f"{pattern!r} is no charging pattern.", "Use workplace, residential or retail.", key="pattern"
        )
    if n_chargers < 1 or not (math.isfinite(vehicles_per_day) and vehicles_per_day >= 0.0):
        raise TwinError(
            f"{n_chargers} chargers for {vehicles_per_day} vehicles a day cannot be drawn.",
            "Give at least one charger and a number of vehicles that is not negative.",
            key="ev",
        )
    random = np.random.default_rng(seed)
    arrivals = _arrivals(values, vehicles_per_day, rest_day, random)
    log = _serve(arrivals, n_chargers, 24.0 / steps_per_day)
    n_steps = len(rest_day) * steps_per_day
    return _arrays(log, values, n_chargers, n_steps, charger, 24.0 / steps_per_day)


def _truncated_normal(random: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    while True:
        value = random.normal(mean, sd)
        if low <= value <= high:
            return float(value)


def _energy_kwh(random: np.random.Generator, values: dict[str, float]) -> float:
    spread = math.log1p((values["sd"] / values["mean"]) ** 2)
    while True:
        value = random.lognormal(math.log(values["mean"]) - 0.5 * spread, math.sqrt(spread))
        if value <= values["high"]:
            return float(value)


def _arrivals(
    values: dict[str, Any], per_day: float, rest_day: NDArray[np.bool_], random: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Arrival and departure [h from the start] and energy [kWh] of each vehicle, by arrival."""
    groups = values["arrivals"]
    shares = np.array([group["share"] for group in groups])
    found = []
    for day, rest in enumerate(rest_day):
        mean = per_day * (values["rest_day_share"] if rest else 1.0)
        for _ in range(random.poisson(mean)):
            g = groups[random.choice(len(groups), p=shares / shares.sum())]
            start = _truncated_normal(random, g["mean_h"], g["sd_h"], g["low_h"], g["high_h"])
            stay = _truncated_normal(
                random, g["stay_mean_h"], g["stay_sd_h"], g["stay_low_h"], g["stay_high_h"]
            )
            arrival = 24.0 * day + start
            found.append((arrival, arrival + stay, _energy_kwh(random, values["energy_kwh"])))
    return sorted(found)


def _serve(arrivals: list[tuple[float, float, float]], n_chargers: int, dt_h: float) -> _Log:
    """Let the vehicles queue for chargers; whole steps only count as being connected."""
    log = _Log()
    env = simpy.Environment()
    free: simpy.PriorityStore = simpy.PriorityStore(env)
    for charger in range(n_chargers):
        free.put(charger)

    def vehicle(departure: float, energy: float) -> Generator[Any, Any, None]:
        log.arrived += 1
        wish = free.get()
        yield wish | env.timeout(departure - env.now)
        if not wish.triggered:
            wish.cancel()
            log.refused += 1
            return
        charger = wish.value
        first, last = math.ceil(env.now / dt_h - 1e-9), math.floor(departure / dt_h + 1e-9)
        if last > first:
            log.rows.append((charger, first, last, energy))
        else:
            log.passing += 1
        yield env.timeout(max(departure - env.now, 0.0))
        free.put(charger)

    def gate() -> Generator[Any, Any, None]:
        for arrival, departure, energy in arrivals:
            yield env.timeout(arrival - env.now)
            env.process(vehicle(departure, energy))

    env.process(gate())
    env.run()
    return log


def _arrays(
    log: _Log, values: dict[str, Any], n_chargers: int, n_steps: int, charger: Record, dt_h: float
) -> ChargingYear:
    rows = sorted((row for row in log.rows if row[1] < n_steps), key=lambda row: (row[1], row[0]))
    sessions = np.zeros(len(rows), EV_SESSION)
    index = np.full((n_steps, n_chargers), -1, np.int32)
    full_kw = float(vehicle_rate_kw(charger["power_kw"], charger))
    asked = 0.0
    for k, (place, first, last, energy) in enumerate(rows):
        index[first:last, place] = k
        fits = min(energy, full_kw * dt_h * (last - first))
        sessions[k]["charger"] = place
        sessions[k]["arrival_step"], sessions[k]["departure_step"] = first, last
        sessions[k]["energy_kwh"] = sessions[k]["remaining_kwh"] = fits
        sessions[k]["spare_kwh"] = values["spare_kwh"]
        asked += energy
    offered = float(sessions["energy_kwh"].sum())
    return ChargingYear(sessions, index, log.arrived, log.refused, log.passing, asked, offered)
