"""Observation (观测): what an agent may know at the start of a step, with units and bounds.

What lies ahead is given as means over the hours 0-1, 1-3, 3-6, 6-12 and 12-24 from now. Weather ahead is a
forecast (`weather.forecast`) with errors that grow, never the truth, unless `perfect` is asked for. Sun and
powers "now" are those of the step before: at the start of a step nobody knows its mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.compiled import compiled
from twin.building_batch import PV_IN, SETPOINT_SHIFT
from twin.learning.actions import EV_COUNT, EV_LEAST, EV_LEAVES, EV_MOST, EV_NEED
from twin.plant import Plant
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    COOKING,
    COOLING,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    FRESH_AIR,
    GRID_EXPORT,
    GRID_IMPORT,
    HEATING,
    HOT_WATER,
    LIGHTING,
    PROCESS,
    PUMPS,
    PV,
)
from weather.forecast import WeatherForecast

Floats = NDArray[np.float64]
LEAD_H = (1, 3, 6, 12, 24)
"""Ends of the spans ahead [h]."""
_SPANS = tuple(f"{a}_{b}h" for a, b in zip((0, *LEAD_H[:-1]), LEAD_H, strict=True))
_LONGEST_PERIOD_H = 48.0


@dataclass(frozen=True)
class Seen:
    """One number of an observation: name, unit, bounds where they hold for every building, meaning."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str


_AHEAD = (
    *(Seen(f"temp_ahead_{s}", "degC", -40.0, 60.0, "outdoor temperature, forecast") for s in _SPANS),
    *(Seen(f"sun_ahead_{s}", "W/m2", 0.0, 1400.0, "global horizontal irradiance, forecast") for s in _SPANS),
    *(Seen(f"price_ahead_{s}", "CNY/kWh", 0.0, 10.0, "price of import, known") for s in _SPANS),
)
SHARED = (
    Seen("hour_sin", "-", -1.0, 1.0, "sine of the time of day"),
    Seen("hour_cos", "-", -1.0, 1.0, "cosine of the time of day"),
    Seen("year_sin", "-", -1.0, 1.0, "sine of the time of year"),
    Seen("year_cos", "-", -1.0, 1.0, "cosine of the time of year"),
    Seen("rest_day", "-", 0.0, 1.0, "1 on a rest day"),
    Seen("rest_day_next", "-", 0.0, 1.0, "1 if the day behind this is one"),
    Seen("temp_out", "degC", -40.0, 60.0, "outdoor temperature now"),
    Seen("sun", "W/m2", 0.0, 1400.0, "global horizontal irradiance of the step before"),
    Seen("price", "CNY/kWh", 0.0, 10.0, "price of import in the coming step"),
    Seen("period_left", "h", 0.0, _LONGEST_PERIOD_H, "time until the price changes"),
    *_AHEAD,
)
"""Numbers that all buildings of an environment share."""
OWN = (
    Seen("soc", "-", 0.0, 1.0, "state of charge of the battery"),
    Seen("room", "degC", -40.0, 80.0, "mean air temperature of the served rooms"),
    Seen("too_warm", "K", -20.0, 40.0, "warmest served room above its cooling set-point, at least -20"),
    Seen("too_cold", "K", -20.0, 40.0, "coldest served room below its heating set-point, at least -20"),
    Seen("people", "persons", 0.0, np.inf, "people in the served rooms"),
    Seen("load", "kW", 0.0, np.inf, "all electricity but vehicles' and battery's, step before"),
    Seen("conditioning", "kW", 0.0, np.inf, "heating and cooling, step before"),
    Seen("pv", "kW", 0.0, np.inf, "PV, step before"),
    Seen("battery", "kW", -np.inf, np.inf, "battery, discharge positive, step before"),
    Seen("charging", "kW", -np.inf, np.inf, "vehicles, charging positive, step before"),
    Seen("meter", "kW", -np.inf, np.inf, "import less export, step before"),
    Seen("shift", "K", -20.0, 20.0, "set-point shift that was held, step before"),
    Seen(
        "month_peak",
        "kW",
        0.0,
        np.inf,
        "highest quarter-hour of the month so far, as the demand charge sees it",
    ),
    Seen("vehicles", "-", 0.0, np.inf, "vehicles that still need energy"),
    Seen("vehicles_need", "kWh", 0.0, np.inf, "energy that they need before they leave"),
    Seen("vehicles_least", "kW", -np.inf, np.inf, "least power that still lets all leave as asked"),
    Seen("vehicles_most", "kW", 0.0, np.inf, "most that they can take"),
    Seen("vehicles_leave", "h", 0.0, float(LEAD_H[-1]), "time until the first of them leaves"),
    *(Seen(f"pv_ahead_{s}", "kW", 0.0, np.inf, "PV, forecast") for s in _SPANS),
)
"""Numbers of each building."""
JOINT = (Seen("district", "kW", -np.inf, np.inf, "import less export of all buildings, step before"),)
"""Seen beside them where buildings share a meter."""
_FIRST = len(SHARED)
_ROOM_STATE = 5
_FAR_K = -20.0
"""Distance from a set-point beyond which it does not matter, as in a night without one [K]."""
_LOADS = np.array(
    [LIGHTING, EQUIPMENT, FANS, PUMPS, COOLING, HEATING, FRESH_AIR, HOT_WATER, COOKING, PROCESS],
    dtype=np.int64,
)


class Ahead:
    """Tables of what all buildings share, and of their PV ahead, by day; made once for each day asked for.

    Parameters
    ----------
    plant : Plant
    kind : str
        One of `weather.forecast.FORECAST_KINDS`.
    seed : int
        Of the forecast's errors.
    """

    def __init__(self, plant: Plant, kind: str, seed: int) -> None:
        self.plant = plant
        self.forecast = WeatherForecast(plant.weather, kind, seed, horizon_h=float(LEAD_H[-1]))
        self.per_day = round(86400.0 / plant.dt_s)
        per_hour = 3600.0 / plant.dt_s
        ends = np.maximum(np.round(np.array(LEAD_H) * per_hour), 1).astype(np.int64)
        self.begins = np.concatenate([[0], ends[:-1]])
        self.counts, self.horizon = ends - self.begins, int(ends[-1])
        self._days: dict[int, tuple[Floats, Floats]] = {}
        days = plant.weather.times[:: self.per_day]
        self._rest = ~plant.prepared[0].thermal.calendar.is_workday(days)
        self._most_pv = np.array(
            [plant.buildings.inputs[:, b, PV_IN].max() for b in range(len(plant.prepared))]
        )

    def tables(self, day: int, days: int) -> tuple[Floats, Floats]:
        """Shared numbers (H, len(SHARED)) and PV ahead (H, B, spans) of an episode and the step behind it."""
        total = self.plant.n_steps // self.per_day
        parts = [self._day((day + i) % total) for i in range(days)]
        shared, pv = self._day((day + days) % total)
        return (
            np.concatenate([*(p[0] for p in parts), shared[:1]]),
            np.concatenate([*(p[1] for p in parts), pv[:1]]),
        )

    def _day(self, day: int) -> tuple[Floats, Floats]:
        if day not in self._days:
            self._days[day] = self._made(day)
        return self._days[day]

    def _means(self, values: Floats) -> Floats:
        """Means over the spans of the last axis."""
        return np.asarray(np.add.reduceat(values, self.begins, axis=-1) / self.counts)

    def _made(self, day: int) -> tuple[Floats, Floats]:
        plant, n = self.plant, self.plant.n_steps
        steps = day * self.per_day + np.arange(self.per_day)
        ahead = (steps[:, None] + np.arange(self.horizon)) % n
        weather, forecast = plant.weather, self.forecast
        temps = np.stack([forecast.temp(int(k), self.horizon) for k in steps])
        suns = np.stack([forecast.ghi(int(k), self.horizon) for k in steps])
        ratio = np.stack([forecast.sun_ratio(int(k), self.horizon) for k in steps])
        shared = np.column_stack(
            [
                *_clock(weather.times[steps]),
                np.full(len(steps), float(self._rest[day])),
                np.full(len(steps), float(self._rest[(day + 1) % len(self._rest)])),
                weather.temp_air[steps],
                weather.ghi[steps - 1],
                plant.price[steps],
                np.minimum(plant.buildings.hours_left[steps], _LONGEST_PERIOD_H),
                self._means(temps),
                self._means(suns),
                self._means(plant.price[ahead]),
            ]
        )
        pv = [
            self._means(np.minimum(plant.buildings.inputs[:, b, PV_IN][ahead] * ratio, most))
            for b, most in enumerate(self._most_pv)
        ]
        return shared, np.stack(pv, axis=1)


def _clock(times: pd.DatetimeIndex) -> list[Floats]:
    """Time of day and of year on circles."""
    hour = 2.0 * np.pi * (times.hour.to_numpy() + times.minute.to_numpy() / 60.0) / 24.0
    year = 2.0 * np.pi * (times.day_of_year.to_numpy() - 1) / 366.0
    return [np.sin(hour), np.cos(hour), np.sin(year), np.cos(year)]


@compiled()
def observe(
    k: int,
    shared: np.ndarray,
    pv_ahead: np.ndarray,
    row: np.ndarray,
    soc: np.ndarray,
    temp: np.ndarray,
    forcing: np.ndarray,
    people: np.ndarray,
    place: np.ndarray,
    weight: np.ndarray,
    vehicles: np.ndarray,
    peak: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    seen: np.ndarray,
) -> int:
    """Write the observation of every building, and how many numbers were held at their bounds.

    Parameters
    ----------
    k : int
        Step of the window that comes.
    shared : (len(SHARED),)
    pv_ahead : (B0, spans)
        Building b is b modulo B0 there.
    row : (B, N_OUTCOME)
        The step before.
    soc, temp, forcing, people, place
        As in `twin.learning.reward.discomfort`, and the batteries' charge (B, 1).
    weight : (R, 2)
        How many such rooms there are, and the weight of one in its building's mean.
    vehicles : (B, N_EV)
    peak : (B,)
    low, high : (B, F)
        Bounds.
    seen : (B, F)
        Overwritten.

    Returns
    -------
    int
    """
    count = row.shape[0]
    for b in range(count):
        for i in range(len(shared)):
            seen[b, i] = shared[i]
        own = seen[b, _FIRST:]
        own[0] = soc[b, 0]
        own[1] = 0.0
        own[2] = own[3] = _FAR_K
        own[4] = 0.0
    for r in range(place.shape[0]):
        own = seen[place[r, 3], _FIRST:]
        air = temp[place[r, 0], place[r, 1], place[r, 2]]
        heat_set, cool_set = forcing[k, place[r, 4]], forcing[k, place[r, 5]]
        own[1] += weight[r, 1] * air
        own[2] = max(own[2], air - max(cool_set, heat_set))
        own[3] = max(own[3], heat_set - air)
        own[4] += weight[r, 0] * people[k, place[r, 6]]
    for b in range(count):
        own = seen[b, _FIRST + _ROOM_STATE :]
        load = 0.0
        for column in _LOADS:
            load += row[b, column]
        own[0] = load
        own[1] = row[b, COOLING] + row[b, HEATING]
        own[2] = row[b, PV]
        own[3] = row[b, BATTERY_DISCHARGE] - row[b, BATTERY_CHARGE]
        own[4] = row[b, EV_CHARGE] - row[b, EV_DISCHARGE]
        own[5] = row[b, GRID_IMPORT] - row[b, GRID_EXPORT]
        own[6] = row[b, SETPOINT_SHIFT]
        own[7] = peak[b]
        own[8] = vehicles[b, EV_COUNT]
        own[9] = vehicles[b, EV_NEED]
        own[10] = vehicles[b, EV_LEAST]
        own[11] = vehicles[b, EV_MOST]
        own[12] = vehicles[b, EV_LEAVES]
        for i in range(pv_ahead.shape[1]):
            own[13 + i] = pv_ahead[b % pv_ahead.shape[0], i]
    joint = 0.0
    for b in range(count):
        joint += row[b, GRID_IMPORT] - row[b, GRID_EXPORT]
    held = 0
    for b in range(count):
        last = _FIRST + _ROOM_STATE + 13 + pv_ahead.shape[1]
        if seen.shape[1] > last:
            seen[b, last] = joint
        for i in range(seen.shape[1]):
            if seen[b, i] < low[b, i]:
                seen[b, i] = low[b, i]
                held += 1
            elif seen[b, i] > high[b, i]:
                seen[b, i] = high[b, i]
                held += 1
    return held
