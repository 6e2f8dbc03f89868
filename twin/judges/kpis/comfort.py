"""Degree-hours (不舒适度时): by how much, for how long and for how many people set-points are missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.judges.kpis.arrays import BoolArray, FloatArray, step_hours
from twin.judges.kpis.kpi import Kpi, known, undefined
from weather.errors import TwinError


@dataclass(frozen=True)
class Rooms:
    """Zones of a building.

    Parameters
    ----------
    temp : ndarray, shape (n, zones)
        Temperature that is judged [degC].
    heating, cooling : ndarray, shape (n, zones)
        Set-points in force [degC]; NaN where heating or cooling is off, which cannot be missed.
    people : ndarray, shape (n, zones)
        People in one such zone.
    multiplier : ndarray, shape (zones,)
        How often each zone stands in the building.
    """

    temp: FloatArray
    heating: FloatArray
    cooling: FloatArray
    people: FloatArray
    multiplier: NDArray[np.float64]

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.temp, self.heating, self.cooling, self.people)}
        if len(shapes) > 1 or self.temp.ndim != 2 or self.multiplier.shape != self.temp.shape[1:]:
            raise TwinError(
                f"the zones' tables have shapes {sorted(shapes)}.", "Give all of (n, zones).", key="zones"
            )
        if not (np.isfinite(self.temp).all() and np.isfinite(self.people).all()):
            raise TwinError("temperatures or people of zones hold NaN.", "Fill them before.", key="zones")

    def beyond_k(self) -> FloatArray:
        """Kelvin below the heating or above the cooling set-point in force, shape (n, zones)."""
        cold = np.where(np.isnan(self.heating), 0.0, self.heating - self.temp)
        warm = np.where(np.isnan(self.cooling), 0.0, self.temp - self.cooling)
        return np.asarray(np.maximum(np.maximum(cold, warm), 0.0))

    def occupied(self) -> BoolArray:
        """Steps and zones with somebody in, shape (n, zones)."""
        return np.asarray(self.people > 0.0)

    def weights(self) -> FloatArray:
        """Share of each zone in people and hours, shape (zones,); zero throughout where nobody is ever in."""
        heads = self.people.sum(axis=0) * self.multiplier
        return heads / heads.sum() if heads.any() else heads


def comfort_degree_hours(rooms: Rooms, step_h: float) -> Kpi:
    """Degree-hours beyond the set-points while somebody is in.

    Parameters
    ----------
    rooms : Rooms
    step_h : float
        Step [h].

    Returns
    -------
    Kpi
        sum over occupied steps of K beyond the set-points in force, mean of zones weighted by people and
        multiplier [K.h]. Undefined where nobody is ever in.

    Notes
    -----
    Source: PEDF Twin, own definition; air temperature, no tolerance. BOPTEST's tdis_tot counts all hours and
    every zone alike: `boptest.thermal_discomfort`.
    """
    weights = rooms.weights()
    if not weights.any():
        return undefined("comfort_degree_hours", "nobody")
    each = (rooms.beyond_k() * rooms.occupied()).sum(axis=0) * step_hours(step_h)
    return known("comfort_degree_hours", float(each @ weights))
