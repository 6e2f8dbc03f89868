"""Plant, storage, PV and bus of a building under loads that another engine computed.

The fast engine grants power inside the march and lets the zones feel it. Loads that are given cannot answer:
what the plant or the bus withholds is counted as unmet or shed, and the zones' temperatures stay those of
loads that were met.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.lent import lent
from buildings.thermal.layout import TEMP_OUT
from twin.building_batch import LATENT_COOLING, SENSIBLE_COOLING, SPACE_HEATING, BuildingBatch
from twin.clock import Clock, Progress
from twin.coupling import (
    _COOL_GIVEN,
    _COOL_SUM,
    _HEAT_SUM,
    _HUMIDITY,
    _LACK_COOL,
    _LACK_HEAT,
    _N_SUMS,
    _PRE_COOL,
    _PRE_HEAT,
    _SHARE_HEAT,
    _TEMP,
    _WEIGHT,
    _serve_building,
)
from twin.machines import N_FOUND
from twin.plant import Plant
from twin.plant_rows import Equipment

(
    SENSIBLE_IN,
    LATENT_IN,
    HEATING_IN,
    LACK_COOLING_IN,
    LACK_HEATING_IN,
    TEMP_IN,
    HUMIDITY_IN,
) = range(7)
"""Columns of given loads: sensible and latent cooling, heating, what zones lack of both [W]; return air
[degC], [kg/kg]."""
N_GIVEN = 7

Given = NDArray[np.float64]


class LoadsScratch(NamedTuple):
    """What serving a building needs of `coupling.CouplingScratch`."""

    totals: Given
    found: Given
    found_pre: Given


@compiled()
def serve_given(
    buildings: BuildingBatch,
    equipment: Equipment,
    loads: Given,
    weather: Given,
    soc: Given,
    sessions: NDArray[np.void],
    first: int,
    last: int,
    dt: float,
    work: LoadsScratch,
    out: Given,
) -> None:
    """Serve given loads from step `first` to `last`.

    Parameters
    ----------
    buildings : BuildingBatch
    equipment : Equipment
    loads : (n, B, N_GIVEN)
    weather : (n + 1, 3)
        Weather table of the thermal model.
    soc : (B, 1)
    sessions : (S,) EV_SESSION records
    work : LoadsScratch
    out : (n, B, N_OUTCOME)
    """
    dt_h, sums = dt / 3600.0, work.totals
    their, rooms, shared = lent(buildings), lent(equipment), lent(work)
    for k in range(first, last):
        temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
        for b in range(loads.shape[1]):
            given = loads[k, b]
            for j in range(sums.shape[1]):
                sums[b, j] = 0.0
            cool, heat = given[SENSIBLE_IN] + given[LATENT_IN], given[HEATING_IN]
            sums[b, _COOL_SUM] = sums[b, _PRE_COOL] = cool
            sums[b, _HEAT_SUM] = sums[b, _PRE_HEAT] = heat
            sums[b, _LACK_COOL], sums[b, _LACK_HEAT] = given[LACK_COOLING_IN], given[LACK_HEATING_IN]
            sums[b, _TEMP], sums[b, _HUMIDITY], sums[b, _WEIGHT] = given[TEMP_IN], given[HUMIDITY_IN], 1.0
            before = out[k - 1, b] if k > 0 else out[k, b]
            _serve_building(their, rooms, b, k, temp_out, dt_h, soc, sessions, shared, before, out[k, b])
            share = sums[b, _COOL_GIVEN] / cool if cool > 0.0 else 0.0
            out[k, b, SENSIBLE_COOLING] = 1e-3 * share * given[SENSIBLE_IN]
            out[k, b, LATENT_COOLING] = 1e-3 * share * given[LATENT_IN]
            out[k, b, SPACE_HEATING] = 1e-3 * sums[b, _SHARE_HEAT] * heat


class GivenLoadsClock(Clock):
    """The clock of a march whose zones are known: calls, notices and months as in any other.

    Parameters
    ----------
    plant : Plant
    loads : ndarray (n, B, N_GIVEN)
    progress : callable, optional
    """

    def __init__(self, plant: Plant, loads: Given, progress: Progress | None) -> None:
        super().__init__(plant, progress)
        self.loads = np.ascontiguousarray(loads)
        self.scratch = LoadsScratch(np.zeros((loads.shape[1], _N_SUMS)), np.zeros(N_FOUND), np.zeros(N_FOUND))
        # Zones that are given cannot be pre-conditioned.
        self.still = np.zeros_like(plant.buildings.shifts)

    def _march_to(self, step: int) -> None:
        if step <= self.done:
            return
        p, o = self.plant, self.outcome
        still = p.buildings._replace(shifts=self.still)
        serve_given(
            still, p.equipment, self.loads, p.weather_table, p.soc, p.sessions,
            self.done, step, p.dt_s, self.scratch, o.buildings,
        )  # fmt: skip
        self.done = step
        if self.progress is not None:
            self.progress(step / p.n_steps)
