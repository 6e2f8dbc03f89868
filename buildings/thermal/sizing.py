"""Capacities from design days (设计日): what the zones would take if plant had no limit.

A design day is marched again and again until it repeats itself; the zone's load is the largest mean over
one hour (the averaging window that EnergyPlus' sizing uses by default), the plant's load the largest
coincident sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import AirSide, ForcingTable, PackedBuilding, initial_state, pack
from buildings.thermal.kernel import march
from buildings.thermal.layout import N_SERIES, N_TOTALS, OUT_LATENT, OUT_SENSIBLE, scratch

_DAYS = 14
"""At most; a heavy building still moves by some thousandths of its peak a day then."""
_REPEATED = 1e-12
"""A day that gives the day before it, to this share of its largest figure, is the last."""
_UNLIMITED_W = 1e12


@dataclass(frozen=True)
class DesignLoads:
    """Loads on one design day [W].

    Attributes
    ----------
    zones : ndarray (n_zones,)
        Largest hourly mean of every zone (one such zone, without multiplier).
    coincident : float
        Largest hourly mean of the sum over all zones with their multipliers.
    """

    zones: NDArray[np.float64]
    coincident: float


def design_loads(
    building: PackedBuilding,
    table: ForcingTable,
    weather: NDArray[np.float64],
    dt: float,
    *,
    heating: bool,
) -> DesignLoads:
    """March one building through a repeated design day without limits.

    Parameters
    ----------
    building : PackedBuilding
    table : ForcingTable
        Series of one day.
    weather : ndarray (n + 1, 4)
        Weather table of that day.
    dt : float
        [s].
    heating : bool
        Heating loads (sensible), else cooling loads (sensible and latent).
    """
    free = replace(building, air=tuple(_unlimited(a) for a in building.air))
    batch, places = pack([free], table)
    start = float(np.mean(weather[:, 0]))
    room = 20.0 if heating else 26.0
    state = initial_state(batch, room, start, float(np.mean(weather[:, 1])))
    n = table.n_steps
    groups, rows, lanes = batch.zone.shape[0], batch.zone.shape[1], batch.zone.shape[3]
    work = scratch(batch)
    totals = np.zeros((groups, N_TOTALS, rows, lanes))
    series = np.zeros((n, N_SERIES, groups, rows, lanes))
    forcing = table.values()
    before = np.full_like(series, np.inf)
    for _ in range(_DAYS):
        march(batch, state, forcing, weather, 0, n, dt, work, totals, series)
        if np.max(np.abs(series - before)) <= _REPEATED * np.max(np.abs(series)):
            break
        before[:] = series
    load = series[:, OUT_SENSIBLE] if heating else series[:, OUT_LATENT] - series[:, OUT_SENSIBLE]
    load = np.maximum(load, 0.0)
    window = max(round(3600.0 / dt), 1)
    g, z, lane = np.array(places[0]).T
    own = load[:, g, z, lane]
    total = own @ np.array([a.multiplier for a in free.air])
    return DesignLoads(_hourly(own, window).max(axis=0), float(_hourly(total[:, None], window).max()))


def _unlimited(air: AirSide) -> AirSide:
    return replace(air, heat_max=_UNLIMITED_W, cool_max=_UNLIMITED_W)


def _hourly(load: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Running mean over an hour of a day that repeats."""
    around = np.concatenate([load[-(window - 1) :], load]) if window > 1 else load
    sums = np.cumsum(np.vstack([np.zeros(load.shape[1]), around]), axis=0)
    return np.asarray((sums[window:] - sums[:-window]) / window)
