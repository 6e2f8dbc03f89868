"""A march that goes on from where a plant stands, from step to step as somebody asks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.lanes import LANES
from buildings.thermal.layout import N_SERIES, N_TOTALS, lane_array
from twin.building_batch import N_OUTCOME
from twin.clock import Outcome
from twin.coupling import coupling_scratch, march_buildings
from twin.outcome import balance_residuals
from twin.plant import Plant
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.store import RESIDUAL_LIMIT
from twin.wear import moments
from weather.errors import TwinError

Floats = NDArray[np.float64]


class Standing(NamedTuple):
    """A plant as it stands at a step, and what the step before told: buildings (B, columns) and zones."""

    plant: Plant
    step: int
    buildings: Floats
    zones: Floats


class Going:
    """A march that goes on from where a plant stands.

    Parameters
    ----------
    standing : Standing
        Its plant is consumed.

    Attributes
    ----------
    plant : Plant
    done : int
        Steps that are behind it.
    told : ndarray (n, B, N_OUTCOME)
        Rows from `standing.step` on are written.
    zones : ndarray (n, N_SERIES, G, Z, L)
    """

    def __init__(self, standing: Standing) -> None:
        plant, step = standing.plant, standing.step
        groups, rows = plant.batch.zone.shape[:2]
        count = len(plant.prepared)
        self.plant, self.done, self.first = plant, step, step
        self.told = np.zeros((plant.n_steps, count, N_OUTCOME))
        self.zones = lane_array((plant.n_steps, N_SERIES, groups, rows, LANES))
        self._totals = lane_array((groups, N_TOTALS, rows, LANES))
        self._work = coupling_scratch(plant.batch, count)
        self._soc_start = plant.soc[:, 0].copy()
        self._changes = [moment for moment in moments(plant) if moment.step >= step]
        if step > 0:
            self.told[step - 1], self.zones[step - 1] = standing.buildings, standing.zones

    def to(self, step: int) -> None:
        """March up to a step."""
        while self._changes and self._changes[0].step < step:
            moment = self._changes.pop(0)
            self._march(moment.step)
            moment.apply(self.plant)
        self._march(step)

    def _march(self, step: int) -> None:
        if step > self.done:
            p = self.plant
            march_buildings(
                p.batch, p.state, p.forcing, p.weather_table, p.buildings, p.equipment, p.soc, p.sessions,
                self.done, step, p.dt_s, self._work, self._totals, self.told, self.zones,
            )  # fmt: skip
            self.done = step

    def standing(self) -> Standing:
        """A copy of where it stands."""
        before = max(self.done - 1, 0)
        return Standing(
            self.plant.copied(), self.done, self.told[before].copy(), np.array(self.zones[before])
        )

    def refuse_unbalanced(self) -> None:
        """Hold the balances of all buildings since the start against the limit of any Run.

        Raises
        ------
        TwinError
            One that does not close.
        """
        behind = slice(self.first, self.done)
        went = Outcome(self.told[behind], self.zones[behind], self._totals, self._soc_start, wall_s=0.0)
        refuse_unbalanced(self.plant, went)

    def meter_kw(self, first: int, last: int) -> Floats:
        """Net import at the meters, shape (last - first, B) [kW]."""
        told = self.told[first:last]
        return np.asarray(told[:, :, GRID_IMPORT] - told[:, :, GRID_EXPORT])


def refuse_unbalanced(plant: Plant, outcome: Outcome) -> None:
    """Refuse a march one of whose balances is off by more than `twin.store.RESIDUAL_LIMIT`.

    Raises
    ------
    TwinError
        Naming the building and the balance.
    """
    for b, prepared in enumerate(plant.prepared):
        for name, residual in balance_residuals(plant, outcome, b).items():
            if not residual <= RESIDUAL_LIMIT:
                raise TwinError(
                    f"The {name} balance of {prepared.description.name} is off by {residual:.1e}.",
                    "Report it with the project: such a march is not used.",
                    key=prepared.description.name,
                )
