"""Vehicles that come to chargers and wait for them, from event to event, in compiled loops.

A district draws a hundred million vehicles: what takes microseconds for one takes hours for all of them.
Random numbers are drawn one by one in the order in which a vehicle needs them, from NumPy's own stream.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.ev import most_kwh

Floats = NDArray[np.float64]

# Columns of a group of arrivals: up to which share of the vehicles it is drawn; when they come and how long
# they stay, each by mean, deviation and bounds [h].
UP_TO, COMES, STAYS = 0, 1, 5
N_GROUP = 9
ARRIVED, DEPARTS, ENERGY = range(3)
"""Columns of an arrival: hours from the start, energy [kWh]."""
CHARGER, FIRST, LAST, WHO = range(4)
"""Columns of a session: its charger, first and last + 1 step, which arrival."""

# The stream is NumPy's to the last bit only without fast-math rules.


@compiled(fastmath=False, allocates=True)
def arrivals_of(
    random: np.random.Generator, means: Floats, groups: Floats, log_mean: float, log_sd: float, most: float
) -> Floats:
    """Vehicles of all days, as they are drawn.

    Parameters
    ----------
    random : numpy.random.Generator
        Is advanced.
    means : ndarray (n_days,)
        Mean number of vehicles of each day.
    groups : ndarray (k, N_GROUP)
    log_mean, log_sd : float
        Of the logarithm of the energy [kWh].
    most : float
        Energy above which it is drawn again [kWh].

    Returns
    -------
    ndarray (n, 3)
        Columns `ARRIVED`, `DEPARTS`, `ENERGY`; by days, within a day in no order.
    """
    found, n = np.empty((1024, 3)), 0
    for day in range(len(means)):
        for _ in range(random.poisson(means[day])):
            share, g = random.random(), 0
            while g < len(groups) - 1 and groups[g, UP_TO] <= share:
                g += 1
            start = _within(random, groups[g, COMES : COMES + 4])
            stay = _within(random, groups[g, STAYS : STAYS + 4])
            energy = random.lognormal(log_mean, log_sd)
            while energy > most:
                energy = random.lognormal(log_mean, log_sd)
            if n == len(found):
                larger = np.empty((2 * n, 3))
                larger[:n] = found
                found = larger
            arrived = 24.0 * day + start
            found[n, ARRIVED], found[n, DEPARTS], found[n, ENERGY] = arrived, arrived + stay, energy
            n += 1
    return found[:n].copy()


@compiled(fastmath=False, allocates=True)
def _within(random: np.random.Generator, normal: Floats) -> float:
    """A normal number by mean, deviation and bounds, drawn again until it lies within these."""
    while True:
        value = random.normal(normal[0], normal[1])
        if normal[2] <= value <= normal[3]:
            return value


@compiled(fastmath=False)
def queue(
    came: Floats,
    holds: Floats,
    dt_h: float,
    patience_h: float,
    from_plug: bool,
    until: Floats,
    rows: NDArray[np.int64],
    waited: Floats,
) -> tuple[int, int]:
    """Let vehicles queue for chargers, first come first served; of free chargers the first one.

    Parameters
    ----------
    came : ndarray (n, 3)
        Arrivals in their order.
    holds : ndarray (n,)
        Time after which each hands its charger over [h]; infinite where it does not.
    dt_h, patience_h : float
        Length of a step, longest wait [h].
    from_plug : bool
        Whether a stay counts from the plug.
    until : ndarray (n_chargers,)
        When each charger comes free [h]; NaN while it is free, as all are at the start.
    rows : ndarray (n, 4)
        Sessions in the order in which they begin, by the columns above; whole steps only count.
    waited : ndarray (n,)
        How long each of them waited [h].

    Returns
    -------
    refused, passing : int
        Vehicles that gave up, and those that stayed less than a step; all others have a row.
    """
    n_rows, refused, passing, served, here = 0, 0, 0, 0, 0
    # who waits are the arrivals from `served` to `here`: nobody is served before one who came earlier
    while served < len(came) or here < len(came):
        # the next that happens: a vehicle comes, or a charger comes free, which goes first
        freed = -1
        for c in range(len(until)):
            if not math.isnan(until[c]) and (freed < 0 or until[c] < until[freed]):
                freed = c
        if here < len(came) and (freed < 0 or until[freed] > came[here, ARRIVED]):
            now = came[here, ARRIVED]
            here += 1
            freed = -1
        elif freed < 0:
            break
        else:
            now, until[freed] = until[freed], math.nan
            while served < here and _gives_up(came, served, patience_h, from_plug) <= now:
                served += 1
                refused += 1
        charger = freed
        if charger < 0:
            charger = 0
            while charger < len(until) and not math.isnan(until[charger]):
                charger += 1
        if served == here or charger == len(until):
            continue
        departs = came[served, DEPARTS]
        if from_plug:
            departs = now + (departs - came[served, ARRIVED])
        departs = min(departs, now + holds[served])
        first, last = math.ceil(now / dt_h - 1e-9), math.floor(departs / dt_h + 1e-9)
        until[charger] = max(departs, now)
        if last > first:
            row = rows[n_rows]
            row[CHARGER], row[FIRST], row[LAST], row[WHO] = charger, first, last, served
            waited[n_rows] = now - came[served, ARRIVED]
            n_rows += 1
        else:
            passing += 1
        served += 1
    return refused, passing


@compiled(fastmath=False)
def _gives_up(came: Floats, i: int, patience_h: float, from_plug: bool) -> float:
    """When a vehicle stops waiting [h]."""
    arrived = came[i, ARRIVED]
    return arrived + (patience_h if from_plug else min(came[i, DEPARTS] - arrived, patience_h))


@compiled(fastmath=False)
def place(sessions: NDArray[np.void], index: NDArray[np.int32], full_kw: float, dt_h: float) -> None:
    """Write sessions to the steps of their chargers, each with no more energy than fits into its stay.

    Parameters
    ----------
    sessions : ndarray of EV_SESSION
        Energy wanted [kWh]; who cannot be charged in time leaves with less.
    index : ndarray of int32 (n_steps, n_chargers)
        -1 where a charger is free.
    full_kw, dt_h : float
        Power into the cells at full power [kW], length of a step [h].
    """
    for k in range(len(sessions)):
        session = sessions[k]
        begin, end = session.arrival_step, session.departure_step
        for step in range(begin, min(end, len(index))):
            index[step, session.charger] = k
        wanted = session.energy_kwh
        fits = min(wanted, most_kwh(session, full_kw, dt_h * (end - begin)))
        session.target_soc -= (wanted - fits) / session.battery_kwh
        session.energy_kwh = fits
        session.remaining_kwh = fits
