"""Charging sessions of a year, drawn before the march: vehicles arrive, queue, charge, leave.

Each vehicle waits for a free charger, first come first served, and gives up when its patience ends or it has
to leave. Where vehicles are moved (a bus depot at night) it hands its charger over as soon as full power
would have charged it. What comes out are arrays, so that the march needs no event for a vehicle. The queue is
followed from event to event without SimPy, which takes many times as long: a district has ten thousand of
them. A test holds it against SimPy's processes. Same seed, same year.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.systems.ev import EV_SESSION, hours_to_charge, load_vehicle, most_kwh, vehicle_rate_kw
from buildings.systems.records import Record, entry
from weather.errors import TwinError
from weather.kept import kept


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
    waited_h : ndarray of float64, shape (n_sessions,)
        Time that each vehicle waited for its charger [h], in the order of `sessions`.
    """

    sessions: NDArray[Any]
    session_index: NDArray[np.int32]
    arrived: int
    refused: int
    passing: int
    asked_kwh: float
    offered_kwh: float
    waited_h: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def connected(self) -> NDArray[np.bool_]:
        """Whether a vehicle stands at each charger, shape (n_chargers, n_steps)."""
        return np.ascontiguousarray(self.session_index.T >= 0)


@dataclass
class _Log:
    """What became of the vehicles."""

    rows: list[tuple[int, int, int, float]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    arrived: int = 0
    refused: int = 0
    passing: int = 0


@dataclass(frozen=True)
class _Rules:
    """How vehicles behave at chargers.

    `patience_h` is the longest wait; a stay counts `from_plug` or from arrival; a vehicle leaves its charger
    after `hold_h` of its energy where that is given.
    """

    patience_h: float = math.inf
    from_plug: bool = False
    hold_h: Callable[[float], float] | None = None


def no_charging(n_steps: int) -> ChargingYear:
    """Charging year of a building without chargers."""
    index = np.full((n_steps, 0), -1, np.int32)
    return ChargingYear(np.zeros(0, EV_SESSION), index, 0, 0, 0, 0.0, 0.0)


def charging_pattern(key: str) -> dict[str, Any]:
    """Behaviour of the vehicles of a place.

    Parameters
    ----------
    key : str
        Key in `data/ev_patterns.yaml`.

    Returns
    -------
    dict
        As in the data file; `vehicle` names the kind that comes.

    Raises
    ------
    TwinError
        If there is no such pattern.
    """
    values = entry("ev_patterns", key)
    if "arrivals" not in values:
        raise TwinError(
            f"{key!r} is no charging pattern.",
            "Use workplace, residential, retail, public, bus_depot or taxi.",
            key="pattern",
        )
    return values


def draw_sessions(
    pattern: str,
    n_chargers: int,
    charger: Record,
    vehicles_per_day: float,
    rest_day: NDArray[np.bool_],
    steps_per_day: int,
    seed: int,
    *,
    opt_in: float = 1.0,
    vehicle: str | None = None,
) -> ChargingYear:
    """Draw a year of charging sessions.

    Parameters
    ----------
    pattern : str
        Key in `data/ev_patterns.yaml`: ``workplace``, ``residential``, ``retail``, ``public``, ``bus_depot``
        or ``taxi``.
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
    opt_in : float, optional
        Share of the vehicles whose owners let them lend energy [-].
    vehicle : str, optional
        Kind of vehicle in `data/ev_patterns.yaml` instead of the pattern's.

    Returns
    -------
    ChargingYear
        Its arrays are read-only.

    Raises
    ------
    TwinError
        If the pattern is unknown or a number is out of range.
    """
    charging_pattern(pattern)
    if n_chargers < 1 or not (math.isfinite(vehicles_per_day) and vehicles_per_day >= 0.0):
        raise TwinError(
            f"{n_chargers} chargers for {vehicles_per_day} vehicles a day cannot be drawn.",
            "Give at least one charger and a number of vehicles that is not negative.",
            key="ev",
        )
    if not 0.0 <= opt_in <= 1.0:
        raise TwinError(f"{opt_in} is no share of vehicles.", "Give a number from 0 to 1.", key="opt_in")
    full_kw = float(vehicle_rate_kw(charger["power_kw"], charger))
    days = np.asarray(rest_day, dtype=np.bool_).tobytes()
    return _drawn(pattern, vehicle, n_chargers, full_kw, vehicles_per_day, days, steps_per_day, seed, opt_in)


@kept(16)
def _drawn(
    pattern: str,
    vehicle: str | None,
    n_chargers: int,
    full_kw: float,
    vehicles_per_day: float,
    days: bytes,
    steps_per_day: int,
    seed: int,
    opt_in: float,
) -> ChargingYear:
    """The drawing itself; `full_kw` is what a charger gives a vehicle, `days` tells the rest days."""
    values = charging_pattern(pattern)
    if vehicle is not None:
        values = values | {"vehicle": vehicle}
    rest_day = np.frombuffer(days, dtype=np.bool_)
    random = np.random.default_rng(seed)
    arrivals = _arrivals(values, vehicles_per_day, rest_day, random)
    dt_h = 24.0 / steps_per_day
    log = _serve(arrivals, n_chargers, dt_h, _rules(values, full_kw, dt_h))
    n_steps = len(rest_day) * steps_per_day
    year = _arrays(log, values, n_chargers, n_steps, full_kw, dt_h)
    # a stream of its own, so that the share changes nothing else of the year
    willing = np.random.default_rng([seed, 1]).random(len(year.sessions)) < opt_in
    year.sessions["spare_kwh"] *= willing
    return year


def _rules(values: dict[str, Any], full_kw: float, dt_h: float) -> _Rules:
    def hold_h(energy: float) -> float:
        # whole steps only count as connected, and the first and last are cut
        return float(hours_to_charge(_sessions(values, np.array([energy]))[0], full_kw)) + 2.0 * dt_h

    return _Rules(
        patience_h=values.get("patience_h", math.inf),
        from_plug=values.get("stay_from", "arrival") == "plug",
        hold_h=hold_h if values.get("hands_over", False) else None,
    )


def _sessions(values: dict[str, Any], energy: NDArray[np.float64]) -> NDArray[Any]:
    """Sessions before they have a place: battery, charge curve and energy wanted."""
    vehicle, sessions = load_vehicle(values["vehicle"]), np.zeros(len(energy), EV_SESSION)
    target = values["target_soc"]
    # who wants more than the usual battery holds has a larger one
    battery = np.maximum(vehicle["battery_kwh"], energy / (target - _LEAST_SOC))
    sessions["battery_kwh"], sessions["target_soc"] = battery, target
    for name in ("peak_kw", "knee_soc", "end_share"):
        sessions[name] = vehicle[name]
    sessions["energy_kwh"] = sessions["remaining_kwh"] = energy
    arrived = target - energy / battery
    spare = np.maximum(arrived - vehicle["reserve_soc"], 0.0) * battery
    sessions["spare_kwh"] = np.minimum(values["spare_kwh"], spare)
    return sessions


_LEAST_SOC = 0.05
"""State of charge below which no vehicle arrives [-]; assumed."""


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
    groups, energy = values["arrivals"], values["energy_kwh"]
    up_to = np.cumsum([group["share"] for group in groups])
    up_to /= up_to[-1]
    found = []
    for day, rest in enumerate(rest_day):
        mean = per_day * (values["rest_day_share"] if rest else 1.0)
        for _ in range(random.poisson(mean)):
            g = groups[int(up_to.searchsorted(random.random(), side="right"))]
            start = _truncated_normal(random, g["mean_h"], g["sd_h"], g["low_h"], g["high_h"])
            stay = _truncated_normal(
                random, g["stay_mean_h"], g["stay_sd_h"], g["stay_low_h"], g["stay_high_h"]
            )
            arrival = 24.0 * day + start
            found.append((arrival, arrival + stay, _energy_kwh(random, energy)))
    return sorted(found)


def _serve(
    arrivals: list[tuple[float, float, float]], n_chargers: int, dt_h: float, rules: _Rules = _Rules()
) -> _Log:
    """Let the vehicles queue for chargers; whole steps only count as being connected."""
    log = _Log(arrived=len(arrivals))
    free = list(range(n_chargers))
    held: list[tuple[float, int]] = []  # when each comes free; both are heaps
    waiting: deque[tuple[float, float, float, float]] = deque()  # gives up, arrived, departure, energy

    def connect(now: float, charger: int, arrived: float, departure: float, energy: float) -> None:
        if rules.from_plug:
            departure = now + (departure - arrived)
        if rules.hold_h is not None:
            departure = min(departure, now + rules.hold_h(energy))
        first, last = math.ceil(now / dt_h - 1e-9), math.floor(departure / dt_h + 1e-9)
        if last > first:
            log.rows.append((charger, first, last, energy))
            log.waited.append(now - arrived)
        else:
            log.passing += 1
        heapq.heappush(held, (max(departure, now), charger))

    def release_until(time: float) -> None:
        """Give chargers that come free to those who still wait."""
        while held and held[0][0] <= time:
            now, charger = heapq.heappop(held)
            while waiting and waiting[0][0] <= now:
                waiting.popleft()
                log.refused += 1
            if waiting:
                connect(now, charger, *waiting.popleft()[1:])
            else:
                heapq.heappush(free, charger)

    for arrived, departure, energy in arrivals:
        release_until(arrived)
        if free:
            connect(arrived, heapq.heappop(free), arrived, departure, energy)
            continue
        patience = rules.patience_h if rules.from_plug else min(departure - arrived, rules.patience_h)
        waiting.append((arrived + patience, arrived, departure, energy))
    release_until(math.inf)
    log.refused += len(waiting)
    return log


def _arrays(
    log: _Log, values: dict[str, Any], n_chargers: int, n_steps: int, full_kw: float, dt_h: float
) -> ChargingYear:
    served = [(row, wait) for row, wait in zip(log.rows, log.waited, strict=True) if row[1] < n_steps]
    served.sort(key=lambda pair: (pair[0][1], pair[0][0]))
    place, first, last, energy = np.array([row for row, _ in served]).reshape(-1, 4).T
    sessions = _sessions(values, energy)
    sessions["charger"] = place
    sessions["arrival_step"], sessions["departure_step"] = first, last
    index = np.full((n_steps, n_chargers), -1, np.int32)
    for k, ((at, begin, end, wanted), _) in enumerate(served):
        index[begin:end, at] = k
        session = sessions[k]
        fits = min(wanted, float(most_kwh(session, full_kw, dt_h * (end - begin))))
        # who cannot be charged in time leaves with less
        session["target_soc"] -= (wanted - fits) / session["battery_kwh"]
        session["energy_kwh"] = session["remaining_kwh"] = fits
    offered = float(sessions["energy_kwh"].sum())
    waited = np.array([wait for _, wait in served])
    asked = sum(row[3] for row, _ in served)
    return ChargingYear(sessions, index, log.arrived, log.refused, log.passing, asked, offered, waited)
