"""Capacities from design days (设计日): what the zones would take if plant had no limit.

A design day is marched again and again until it repeats itself; the zone's load is the largest mean over
one hour (the averaging window that EnergyPlus' sizing uses by default), the plant's load the largest
coincident sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import ForcingTable, PackedBuilding, Place, initial_state, pack
from buildings.thermal.enclosure import Channel
from buildings.thermal.kernel import march
from buildings.thermal.layout import (
    COOL_MAX,
    HEAT_MAX,
    N_SERIES,
    N_TOTALS,
    OUT_LATENT,
    OUT_SENSIBLE,
    ThermalBatch,
    scratch,
)

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


@dataclass(frozen=True)
class UnlimitedBuildings:
    """Buildings in lanes, their zones without limits of capacity, for all tables with the same channels."""

    batch: ThermalBatch
    places: tuple[tuple[Place, ...], ...]
    multipliers: tuple[NDArray[np.float64], ...]
    channels: tuple[Channel, ...]


def unlimited(buildings: Sequence[PackedBuilding], table: ForcingTable) -> UnlimitedBuildings:
    """Lay buildings into lanes and lift the limits of their zones.

    Parameters
    ----------
    buildings : sequence of PackedBuilding
    table : ForcingTable
        Its columns are those that design days have.
    """
    batch, places = pack(buildings, table)
    for place in places:
        g, z, lane = np.array(place).T
        batch.zone[g, z, HEAT_MAX, lane] = batch.zone[g, z, COOL_MAX, lane] = _UNLIMITED_W
    multipliers = tuple(np.array([a.multiplier for a in building.air]) for building in buildings)
    return UnlimitedBuildings(batch, tuple(places), multipliers, table.channels)


def design_loads(
    buildings: UnlimitedBuildings,
    table: ForcingTable,
    weather: NDArray[np.float64],
    dt: float,
    *,
    heating: bool,
) -> list[DesignLoads]:
    """March buildings through a repeated design day without limits.

    Parameters
    ----------
    buildings : UnlimitedBuildings
    table : ForcingTable
        Series of one day.
    weather : ndarray (n + 1, 4)
        Weather table of that day.
    dt : float
        [s].
    heating : bool
        Heating loads (sensible), else cooling loads (sensible and latent).

    Returns
    -------
    list of DesignLoads
        Of each building; marched beside others they may differ in their last digits.

    Raises
    ------
    ValueError
        A table of other channels than the buildings were laid out for.
    """
    if table.channels != buildings.channels:
        raise ValueError("the design day has other series than the buildings were laid out for")
    batch = buildings.batch
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
    found = []
    for place, multiplier in zip(buildings.places, buildings.multipliers, strict=True):
        g, z, lane = np.array(place).T
        own = load[:, g, z, lane]
        total = own @ multiplier
        coincident = float(_hourly(total[:, None], window).max())
        found.append(DesignLoads(_hourly(own, window).max(axis=0), coincident))
    return found


def _hourly(load: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Running mean over an hour of a day that repeats."""
    around = np.concatenate([load[-(window - 1) :], load]) if window > 1 else load
    sums = np.cumsum(np.vstack([np.zeros(load.shape[1]), around]), axis=0)
    return np.asarray((sums[window:] - sums[:-window]) / window)
