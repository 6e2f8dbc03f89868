"""Charging sessions of a year, drawn before the march: vehicles arrive, queue, charge, leave.

Each vehicle waits for a free charger, first come first served, and gives up when its patience ends or it has
to leave. Where vehicles are moved (a bus depot at night) it hands its charger over as soon as full power
would have charged it. What comes out are arrays, so that the march needs no event for a vehicle. Drawing and
queue are compiled (`ev_queue`); a test holds the queue against SimPy's processes. Same seed, same year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.systems.ev import EV_SESSION, hours_to_charge, load_vehicle, vehicle_rate_kw
from buildings.systems.ev_queue import CHARGER, ENERGY, FIRST, LAST, WHO, arrivals_of, place, queue
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


@dataclass(frozen=True, eq=False)
class _Log:
    """What became of the vehicles that came: `rows` as of `queue`, and how long these waited [h]."""

    came: NDArray[np.float64]
    rows: NDArray[np.int64]
    waited: NDArray[np.float64]
    refused: int
    passing: int


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


def _arrivals(
    values: dict[str, Any], per_day: float, rest_day: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.float64]:
    """Arrival and departure [h from the start] and energy [kWh] of each vehicle, by arrival."""
    groups, energy = values["arrivals"], values["energy_kwh"]
    up_to = np.cumsum([group["share"] for group in groups])
    times = ("mean_h", "sd_h", "low_h", "high_h")
    rows = [[g[f"{of}{name}"] for of in ("", "stay_") for name in times] for g in groups]
    spread = math.log1p((energy["sd"] / energy["mean"]) ** 2)
    found = arrivals_of(
        random,
        np.where(rest_day, per_day * values["rest_day_share"], per_day),
        np.column_stack([up_to / up_to[-1], np.array(rows, dtype=float)]),
        math.log(energy["mean"]) - 0.5 * spread,
        math.sqrt(spread),
        energy["high"],
    )
    return found[np.lexsort(found.T[::-1])]


def _serve(
    arrivals: Sequence[tuple[float, float, float]] | NDArray[np.float64],
    n_chargers: int,
    dt_h: float,
    rules: _Rules = _Rules(),
) -> _Log:
    """Let the vehicles queue for chargers; whole steps only count as being connected."""
    came = np.array(arrivals, dtype=float).reshape(-1, 3)
    holds = np.full(len(came), math.inf)
    if rules.hold_h is not None:
        holds[:] = [rules.hold_h(energy) for energy in came[:, ENERGY]]
    rows, waited = np.zeros((len(came), 4), np.int64), np.zeros(len(came))
    refused, passing = queue(
        came, holds, dt_h, rules.patience_h, rules.from_plug, np.full(n_chargers, np.nan), rows, waited
    )
    n = len(came) - refused - passing
    return _Log(came, rows[:n], waited[:n], refused, passing)


def _arrays(
    log: _Log, values: dict[str, Any], n_chargers: int, n_steps: int, full_kw: float, dt_h: float
) -> ChargingYear:
    order = np.lexsort((log.rows[:, CHARGER], log.rows[:, FIRST]))
    served = order[log.rows[order, FIRST] < n_steps]
    rows = log.rows[served]
    energy = log.came[rows[:, WHO], ENERGY]
    sessions = _sessions(values, energy)
    sessions["charger"] = rows[:, CHARGER]
    sessions["arrival_step"], sessions["departure_step"] = rows[:, FIRST], rows[:, LAST]
    index = np.full((n_steps, n_chargers), -1, np.int32)
    place(sessions, index, full_kw, dt_h)
    asked, offered = sum(energy.tolist()), float(sessions["energy_kwh"].sum())
    return ChargingYear(
        sessions, index, len(log.came), log.refused, log.passing, asked, offered, log.waited[served]
    )
