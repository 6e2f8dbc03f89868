"""Cumulative sums of standardised days, with a stated rate of false alarms.

References
----------
.. [1] Siegmund, D., 1985. Sequential Analysis: Tests and Confidence Intervals. Springer (average run length
   of a one-sided sum with allowance k and threshold h: (exp(2 k b) - 2 k b - 1) / (2 k^2), b = h + 1.166).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAYS_PER_MONTH = 365.25 / 12.0


def run_length(threshold: float, allowance: float) -> float:
    """Days until a one-sided sum of independent standard normal days gives a false alarm, on average."""
    b = 2.0 * allowance * (threshold + 1.166)
    return (math.exp(b) - b - 1.0) / (2.0 * allowance**2)


def threshold(false_alarms_per_month: float, sums: int, allowance: float) -> float:
    """Threshold at which some one-sided sums together give a rate of false alarms.

    Parameters
    ----------
    false_alarms_per_month : float
    sums : int
        One-sided sums that are watched, two for each channel that is watched both ways.
    allowance : float
        In standard deviations.
    """
    wished = DAYS_PER_MONTH * sums / false_alarms_per_month
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if run_length(middle, allowance) < wished else (low, middle)
    return 0.5 * (low + high)


def sums(days: Floats, allowance: float) -> tuple[Floats, Floats]:
    """Sums upwards and downwards after each day; a day without a figure (NaN) leaves them.

    Parameters
    ----------
    days : (n,)
        In standard deviations from what is usual.
    """
    up, down = np.zeros(len(days)), np.zeros(len(days))
    above = below = 0.0
    for i, z in enumerate(days):
        if np.isfinite(z):
            above, below = max(above + z - allowance, 0.0), max(below - z - allowance, 0.0)
        up[i], down[i] = above, below
    return up, down
