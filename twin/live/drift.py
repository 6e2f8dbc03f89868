"""Drift of slow parameters: days on which one lies further from where it settled than it may wander."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.live.figures import Followed

Floats = NDArray[np.float64]
SETTLE_DAYS, REFERENCE_DAYS, DAYS_BEYOND = 3, 4, 3
"""Days until parameters have settled, days of reference after that, days beyond until a drift is told."""
SIGMAS = 3.0


@dataclass(frozen=True)
class Told:
    """A drift.

    Attributes
    ----------
    column : str
        `ZONE/parameter`, or the building's parameter.
    day : int
        Day of the filter (0 is its first) on which it was told.
    before, after : float
        Means of the reference and of that day; factors as such.
    """

    column: str
    day: int
    before: float
    after: float


class Drift:
    """Watches the parameters that wander; those that return to nought do not drift.

    Parameters
    ----------
    columns : sequence of str
        Of the parameters, `ZONE/name` or `name`.
    kinds : sequence of Followed
        Of each column.
    """

    def __init__(self, columns: Sequence[str], kinds: Sequence[Followed]) -> None:
        self.columns, self.kinds = tuple(columns), tuple(kinds)
        count = len(self.columns)
        self._walks = np.array([one.hours is None for one in kinds], dtype=bool)
        self._walk = np.array([one.walk_sd for one in kinds])
        self.today, self.reference = np.zeros((3, count)), np.zeros((2, count))
        self.beyond, self.since = np.zeros(count), np.full(count, -1.0)
        self.told: list[Told] = []
        self.day = 0

    def add(self, mean: Floats, sd: Floats) -> None:
        """Count a step."""
        self.today += np.stack([mean, sd**2, np.ones(len(mean))])

    def close_day(self) -> list[Told]:
        """End a day; drifts that are new."""
        mean, variance = self.today[:2] / np.maximum(self.today[2], 1.0)
        found: list[Told] = []
        settled = self.day - SETTLE_DAYS
        if 0 <= settled < REFERENCE_DAYS:
            self.reference += np.stack([mean, variance]) / REFERENCE_DAYS
        elif settled >= REFERENCE_DAYS:
            walked = self._walk**2 * (settled - 0.5 * REFERENCE_DAYS)
            far = np.abs(mean - self.reference[0]) > SIGMAS * np.sqrt(variance + self.reference[1] + walked)
            self.beyond = np.where(far & self._walks, self.beyond + 1.0, 0.0)
            for i in np.flatnonzero((self.beyond == DAYS_BEYOND) & (self.since < 0.0)):
                self.since[i] = self.day
                shown = np.exp if self.kinds[i].scale == "log" else np.asarray
                before, after = float(shown(self.reference[0, i])), float(shown(mean[i]))
                found.append(Told(self.columns[i], self.day, before, after))
        self.told += found
        self.today[:] = 0.0
        self.day += 1
        return found

    def kept(self) -> dict[str, np.ndarray]:
        """Arrays from which it goes on."""
        rows = [(self.columns.index(t.column), t.day, t.before, t.after) for t in self.told]
        return {
            "drift_today": self.today, "drift_reference": self.reference, "drift_beyond": self.beyond,
            "drift_since": self.since, "drift_day": np.array(self.day),
            "drift_told": np.array(rows, dtype=float).reshape(-1, 4),
        }  # fmt: skip

    def go_on(self, kept: dict[str, np.ndarray]) -> None:
        """Put back what `kept` told."""
        self.today, self.reference = kept["drift_today"].copy(), kept["drift_reference"].copy()
        self.beyond, self.since = kept["drift_beyond"].copy(), kept["drift_since"].copy()
        self.day = int(kept["drift_day"])
        self.told = [Told(self.columns[int(i)], int(d), b, a) for i, d, b, a in kept["drift_told"].tolist()]
