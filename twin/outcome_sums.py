"""Sums, peaks and residuals of a march's outcome, each in one pass over it.

The outcome of sixteen buildings takes a quarter of a gigabyte, and NumPy reads all of it again for every
column of every building. Figures are added up in the order of steps and buildings, without fast-math rules:
what comes out is the same to the last bit as by NumPy along these axes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled

Floats = NDArray[np.float64]
Columns = NDArray[np.int64]

PEAK, PEAK_STEP, LEAST = range(3)
N_PEAKS = 3
GIVEN, POWER, AT_BUS, STORED, CHARGE = range(5)
N_RESIDUALS = 5
"""Of a building: largest sum of its sources [kW], largest residuals of power and bus [kW] and of its battery
[kWh], and the state of charge at the end of the last step [1]."""


class BalanceColumns(NamedTuple):
    """Columns of a building's balances: `battery` is charge, discharge, loss [kW] and state of charge [1]."""

    sources: Columns
    sinks: Columns
    bus: int
    battery: Columns


@compiled(fastmath=False)
def add_up(
    out: Floats, shown: Columns, load: Columns, balance: BalanceColumns, capacity_kwh: Floats, hours: float,
    sums: Floats, energy: Floats, peaks: Floats, residuals: Floats, series: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add up the outcome of buildings.

    Parameters
    ----------
    out : ndarray (n, B, columns)
        Powers [kW] and states.
    shown : ndarray of int64 (m,)
        Columns whose series are kept; the first two are import and export.
    load : ndarray of int64
        Columns that make up a building's load.
    balance : BalanceColumns
    capacity_kwh : ndarray (B,)
        Of the batteries.
    hours : float
        Length of a step.
    sums : ndarray (n, columns)
        Over the buildings; written.
    energy : ndarray (B, columns)
        Over the steps [kW steps]; written.
    peaks : ndarray (B, N_PEAKS)
        Largest net import [kW], the step where it stands first, least net import [kW]; written.
    residuals : ndarray (B, N_RESIDUALS)
        Written; before the first step `CHARGE` is the battery's.
    series : ndarray of float32 (B, m + 1, n)
        Columns shown, and the load; written.
    """
    n, count, columns = out.shape
    energy[:] = 0.0
    for k in range(n):
        sums[k] = 0.0
        for b in range(count):
            row, used = out[k, b], 0.0
            for c in range(columns):
                sums[k, c] += row[c]
                energy[b, c] += row[c]
            for c in load:
                used += row[c]
            for i in range(len(shown)):
                series[b, i, k] = row[shown[i]]
            series[b, len(shown), k] = used
            net = row[shown[0]] - row[shown[1]]
            if k == 0 or net > peaks[b, PEAK]:
                peaks[b, PEAK], peaks[b, PEAK_STEP] = net, k
            if k == 0 or net < peaks[b, LEAST]:
                peaks[b, LEAST] = net
            _balance(row, balance, capacity_kwh[b], hours, residuals[b])


@compiled(fastmath=False)
def find_residuals(
    table: Floats, balance: BalanceColumns, capacity_kwh: float, hours: float, residuals: Floats
) -> None:
    """Largest residuals of one building's balances; NaN where a figure is none.

    Parameters
    ----------
    table : ndarray (n, columns)
        Outcome of the building.
    balance, capacity_kwh, hours : as of `add_up`
    residuals : ndarray (N_RESIDUALS,)
        Written, as of `add_up`.
    """
    for k in range(len(table)):
        _balance(table[k], balance, capacity_kwh, hours, residuals)


@compiled(fastmath=False, forceinline=True)
def _balance(row: Floats, balance: BalanceColumns, capacity_kwh: float, hours: float, found: Floats) -> None:
    """Balances of one step."""
    given = taken = 0.0
    for c in balance.sources:
        given += row[c]
    for c in balance.sinks:
        taken += row[c]
    battery = balance.battery
    charge, discharge, loss, soc = battery[0], battery[1], battery[2], battery[3]
    moved = (row[charge] - row[discharge] - row[loss]) * hours
    found[GIVEN] = _larger(found[GIVEN], given)
    found[POWER] = _larger(found[POWER], abs(given - taken))
    found[AT_BUS] = _larger(found[AT_BUS], row[balance.bus])
    found[STORED] = _larger(found[STORED], abs(moved - (row[soc] - found[CHARGE]) * capacity_kwh))
    found[CHARGE] = row[soc]


@compiled(fastmath=False, forceinline=True)
def _larger(most: float, value: float) -> float:
    """The larger one; what is no number stays."""
    return value if value > most or value != value else most
