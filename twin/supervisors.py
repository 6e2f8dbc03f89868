"""Supervisors (上层控制): what wakes beside the march and writes orders ahead of it.

A supervisor is asked at its own interval. It sees the plant as it stands and what the march has told so far,
and writes orders for the steps to come; until it is asked again they hold, and where they end the building's
own control takes over.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from controllers.orders import no_orders
from twin.plant import Plant


class Marching(Protocol):
    """A march as supervisors see it."""

    plant: Plant
    done: int

    @property
    def told(self) -> NDArray[np.float64]:
        """Outcome of the buildings, shape (n, B, N_OUTCOME); rows from `done` on are not written yet."""


class Supervisor(Protocol):
    """Anything that decides while a march goes on."""

    @property
    def interval_steps(self) -> int:
        """Steps between two decisions."""

    def decide(self, march: Marching) -> None:
        """Write orders for the steps from `march.done` on."""

    def counters(self) -> dict[int, dict[str, float]]:
        """What it counted, by building; for the run's summary."""


def orders_ahead(plant: Plant, first: int, last: int) -> NDArray[np.float64]:
    """Orders from step `first` to `last` of a plant, to write into; those that reach beyond stay as they are.

    Parameters
    ----------
    plant : Plant
        Its table of orders grows where it does not reach.
    first, last : int
        Steps, last excluded.

    Returns
    -------
    ndarray (last - first, B, N_ORDERS)
        A view; NaN where nothing is ordered.
    """
    begin, there = int(plant.buildings.orders_from[0]), len(plant.buildings.orders)
    if there == 0:
        begin = first
    if first < begin or last > begin + there:
        low, high = min(first, begin), max(last, begin + there)
        # A year of plans asks for a little more every hour: to double it costs less than to follow.
        high = min(max(high, begin + 2 * there), max(plant.n_steps, last))
        wider = no_orders(high - low, len(plant.prepared))
        wider[begin - low : begin - low + there] = plant.buildings.orders
        plant.buildings = plant.buildings._replace(orders=wider, orders_from=np.array([low]))
        begin = low
    return np.asarray(plant.buildings.orders[first - begin : last - begin])
