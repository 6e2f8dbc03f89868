"""What a building's planner may know of the coming day (负荷与光伏预测).

The year without control is marched once and serves as what is to be forecast: electricity that no plan
moves, sun on the modules, conditioning that the rooms ask for by themselves. `perfect` reads it ahead and is
an upper bound, never a result. `persistence` takes the last day of the same kind (workday or rest day),
`climatology` the mean of the last such days; both look back only. As the twin runs beside its building, its
own uncontrolled year is known up to the present hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.building_batch import LATENT_COOLING, PV_IN, SENSIBLE_COOLING, SPACE_HEATING
from twin.clock import Outcome
from twin.plant import Plant
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

Floats = NDArray[np.float64]

KINDS = ("perfect", "persistence", "climatology")
_DAYS_IN_MEAN = 4
LOAD, SUN, COOL, HEAT, HVAC, ARRIVING = range(6)
"""Rows of a forecast: electricity that no plan moves (conditioning without a shift counted in), PV, cooling
and heating asked for (thermal), electricity of conditioning, vehicles charging on arrival [kW]."""
N_FORECAST = 6


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of one building.

    Attributes
    ----------
    truth : ndarray (N_FORECAST, n)
        The year without control.
    per_day : int
        Steps of a day.
    kind : str
    workday : ndarray of bool (days,)
    """

    truth: Floats
    per_day: int
    kind: str
    workday: NDArray[np.bool_]

    def ahead(self, step: int, n: int) -> Floats | None:
        """Forecast made at a step for itself and the steps behind it.

        Parameters
        ----------
        step, n : int

        Returns
        -------
        ndarray (N_FORECAST, n) or None
            None where too little has been seen yet. Behind the year's end stands its begin.
        """
        total = self.truth.shape[1]
        steps = np.arange(step, step + n)
        if self.kind == "perfect":
            return self.truth[:, steps % total]
        found = np.zeros((N_FORECAST, n))
        today = step // self.per_day
        at = steps % self.per_day
        for day in range(today, (step + n - 1) // self.per_day + 1):
            past = self._like(day % len(self.workday), today)
            if not past:
                return None
            mine = steps // self.per_day == day
            rows = np.array(past)[:, None] * self.per_day + at[mine][None, :]
            found[:, mine] = self.truth[:, rows].mean(axis=1)
        return found

    def _like(self, day: int, today: int) -> list[int]:
        """Days before `today` of the kind of `day`, latest first."""
        most = 1 if self.kind == "persistence" else _DAYS_IN_MEAN
        past = np.flatnonzero(self.workday[:today] == self.workday[day])[::-1]
        return [int(d) for d in past[:most]]


def forecasts(plant: Plant, plain: Outcome, b: int, kind: str) -> Forecasts:
    """Forecasts of a building from its year without control.

    Parameters
    ----------
    plant : Plant
    plain : Outcome
        The year without control.
    b : int
        Building.
    kind : str
        One of `KINDS`.
    """
    told = plain.buildings[:, b]
    loads = (
        LIGHTING, EQUIPMENT, FANS, PUMPS, COOLING, HEATING, FRESH_AIR, HOT_WATER, COOKING, PROCESS,
        CONVERSION_LOSS,
    )  # fmt: skip
    truth = np.zeros((N_FORECAST, plant.n_steps))
    truth[LOAD] = told[:, loads].sum(axis=1) - told[:, GENERATION]
    truth[SUN] = plant.buildings.inputs[:, b, PV_IN]
    truth[COOL] = told[:, SENSIBLE_COOLING] + told[:, LATENT_COOLING]
    truth[HEAT] = told[:, SPACE_HEATING]
    truth[HVAC] = told[:, (COOLING, HEATING, PUMPS)].sum(axis=1)
    truth[ARRIVING] = told[:, EV_CHARGE]
    per_day = round(86400.0 / plant.dt_s)
    days = plant.weather.times[::per_day]
    workday = np.asarray(plant.prepared[b].thermal.calendar.is_workday(days), dtype=bool)
    return Forecasts(truth, per_day, kind, workday)
