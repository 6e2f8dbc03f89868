"""What a building's planner may know of the coming day (负荷与光伏预测).

The year without control is marched once and is what is to be forecast: electricity that no plan moves, sun on
the modules, conditioning that the rooms ask for by themselves. As the twin runs beside its building, its own
uncontrolled year is known up to the present hour.

- `perfect` reads it ahead: an upper bound, never a result.
- `persistence` takes the last day of the same kind (workday or rest day), `climatology` the mean of the last
  such days; both look back only.
- `weather` takes what does not depend on the weather as climatology does, and the rest from the model under
  a forecast weather (`weather.forecast`), whose error grows with its lead. Instead of a march for every
  forecast, the year is marched with outdoor air 1 K warmer and with a tenth of the sun less, and what these
  change at a step is scaled with the forecast's error there. So an error of an hour counts as if it lasted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from controllers.codes import FIXED
from twin.building_batch import (
    COLD_STORE_FED,
    HEAT_STORE_FED,
    HOT_WATER_FED,
    LATENT_COOLING,
    PV_IN,
    SENSIBLE_COOLING,
    SPACE_HEATING,
)
from twin.clock import Outcome, march
from twin.plant import Plant, prepare
from twin.power_columns import (
    CONVERSION_LOSS,
    COOKING,
    COOLING,
    EQUIPMENT,
    EV_CHARGE,
    FANS,
    FRESH_AIR,
    GENERATION,
    HEATING,
    HOT_WATER,
    LIGHTING,
    PROCESS,
    PUMPS,
)
from weather.climate_year import ClimateYear
from weather.forecast import WeatherForecast

Floats = NDArray[np.float64]

FORECASTS = ("weather", "persistence", "climatology", "perfect")
_DAYS_IN_MEAN = 4
_WARMER_K = 1.0
_LESS_SUN = 0.1
REST, SUN, COOL, HEAT, HVAC, ARRIVING = range(6)
"""Rows of a forecast [kW]: electricity that no plan moves, without conditioning; PV; cooling and heating
asked for (thermal); electricity of conditioning without a shift; vehicles that charge as they arrive."""
N_FORECAST = 6
STORE_FED, STORE_GIVEN, STORE_GAIN, STORE_POWER = range(4)
N_STORE_ROWS = 4
STORES = (HOT_WATER_FED, HEAT_STORE_FED, COLD_STORE_FED)
"""Kinds of thermal stores by their first column in an outcome; behind the other rows each has four, in a
building that has any: what electric machines bring, what is given and gained, what the machines draw [kW]."""
_BY_WEATHER = (SUN, COOL, HEAT, HVAC)
_REST = (LIGHTING, EQUIPMENT, FANS, FRESH_AIR, HOT_WATER, COOKING, PROCESS, CONVERSION_LOSS)


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of one building.

    Attributes
    ----------
    truth : ndarray (N_FORECAST, n), or (N_FORECAST + 12, n) with thermal stores
        The year without control.
    per_day : int
        Steps of a day.
    kind : str
        One of `FORECASTS`.
    workday : ndarray of bool (days,)
    per_kelvin, per_sun : ndarray (N_FORECAST, n) or None
        What a kelvin of outdoor air and the whole of the sun change.
    weather : WeatherForecast or None
        Of the kind `weather`.
    """

    truth: Floats
    per_day: int
    kind: str
    workday: NDArray[np.bool_]
    per_kelvin: Floats | None = None
    per_sun: Floats | None = None
    weather: WeatherForecast | None = None

    def ahead(self, step: int, n: int) -> Floats | None:
        """Forecast made at a step for itself and the steps behind it.

        Parameters
        ----------
        step, n : int

        Returns
        -------
        ndarray of the rows of `truth`, or None
            None where too little has been seen yet. Behind the year's end stands its begin.
        """
        steps = np.arange(step, step + n) % self.truth.shape[1]
        if self.kind == "perfect":
            return self.truth[:, steps]
        found = self._past(step, n)
        if found is None or self.weather is None or self.per_kelvin is None or self.per_sun is None:
            return found
        error = self.weather.temp_error(step, n)
        sun = self.weather.sun_ratio(step, n) - 1.0
        for row in _BY_WEATHER:
            moved = self.per_kelvin[row, steps] * error + self.per_sun[row, steps] * sun
            # No forecast says more than the year holds: dull hours have ratios of forecast to true sun of 30.
            found[row] = np.clip(self.truth[row, steps] + moved, 0.0, self.truth[row].max())
        return found

    def _past(self, step: int, n: int) -> Floats | None:
        found = np.zeros((len(self.truth), n))
        steps = np.arange(step, step + n)
        at, days = steps % self.per_day, steps // self.per_day
        today = step // self.per_day
        for day in range(today, int(days[-1]) + 1):
            past = self._like(day % len(self.workday), today)
            if not past:
                return None
            mine = days == day
            for one in past:
                found[:, mine] += self.truth[:, one * self.per_day + at[mine]] / len(past)
        return found

    def _like(self, day: int, today: int) -> list[int]:
        """Days before `today` of the kind of `day`, latest first."""
        most = 1 if self.kind == "persistence" else _DAYS_IN_MEAN
        past = np.flatnonzero(self.workday[:today] == self.workday[day])[::-1]
        return [int(d) for d in past[:most]]


def without_control(plant: Plant) -> Plant:
    """A copy of a plant under which nothing reacts."""
    plain = plant.copied()
    plain.buildings.electrical["controller"] = FIXED
    plain.buildings.shifts[:, 0] = 0.0
    return plain


def _rows(plant: Plant, outcome: Outcome, b: int) -> Floats:
    told = outcome.buildings[:, b]
    rows = np.zeros((N_FORECAST, plant.n_steps))
    rows[REST] = told[:, _REST].sum(axis=1) - told[:, GENERATION]
    rows[SUN] = plant.buildings.inputs[:, b, PV_IN]
    rows[COOL] = told[:, SENSIBLE_COOLING] + told[:, LATENT_COOLING]
    rows[HEAT] = told[:, SPACE_HEATING]
    rows[HVAC] = told[:, (COOLING, HEATING, PUMPS)].sum(axis=1)
    rows[ARRIVING] = told[:, EV_CHARGE]
    stores = [told[:, column + row] for column in STORES for row in range(N_STORE_ROWS)]
    return np.concatenate([rows, stores]) if np.any(stores) else rows


def forecasts(plant: Plant, plain: Outcome, kinds: Mapping[int, str], seed: int = 0) -> dict[int, Forecasts]:
    """Forecasts of buildings from their year without control.

    Parameters
    ----------
    plant : Plant
    plain : Outcome
        The year without control.
    kinds : mapping
        One of `FORECASTS` by building.
    seed : int
        Of the weather forecast's errors.
    """
    per_day = round(86400.0 / plant.dt_s)
    days = plant.weather.times[::per_day]
    truths = {b: _rows(plant, plain, b) for b in kinds}
    changes: dict[int, tuple[Floats, Floats]] = {}
    weather = None
    if "weather" in kinds.values():
        # Of the even hours: nobody forecasts the minutes of the sun.
        weather = WeatherForecast(plant.climate.at_step(int(plant.project.timestep)), seed=seed)
        changes = _changes(plant, truths)
    found = {}
    for b, kind in kinds.items():
        workday = np.asarray(plant.prepared[b].thermal.calendar.is_workday(days), dtype=bool)
        one = Forecasts(truths[b], per_day, kind, workday)
        if kind == "weather":
            one = replace(one, per_kelvin=changes[b][0], per_sun=changes[b][1], weather=weather)
        found[b] = one
    return found


def _changes(plant: Plant, truths: dict[int, Floats]) -> dict[int, tuple[Floats, Floats]]:
    """What a kelvin of outdoor air, and the sun, change at every step, by building."""
    rows: list[dict[int, Floats]] = []
    for climate in (_warmer(plant.climate), _darker(plant.climate)):
        other = without_control(prepare(plant.project, climate))
        outcome = march(other)
        rows.append({b: _rows(other, outcome, b) for b in truths})
    return {
        b: (
            (rows[0][b][:N_FORECAST] - truth[:N_FORECAST]) / _WARMER_K,
            (truth[:N_FORECAST] - rows[1][b][:N_FORECAST]) / _LESS_SUN,
        )
        for b, truth in truths.items()
    }


def _warmer(climate: ClimateYear) -> ClimateYear:
    data = climate.data.copy()
    data["temp_air"] += _WARMER_K
    return replace(climate, data=data)


def _darker(climate: ClimateYear) -> ClimateYear:
    data = climate.data.copy()
    data[["ghi", "dni", "dhi"]] *= 1.0 - _LESS_SUN
    return replace(climate, data=data)
