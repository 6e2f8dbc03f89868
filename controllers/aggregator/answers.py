"""What participants keep of what they are asked for, learnt from meters that are late, noisy or silent.

Delivered and asked power are smoothed alike, by the time since a participant was last heard,

    n += (1 - exp(-(t - t_heard) / smoothing)) (reading - n),    the same of asked power for d

so that n / d is the ratio of what is kept, weighted by what was asked, and a reading after a long silence
counts nearly alone. Whoever stays silent longer than patience is not taken for gone: its n dies away by
exp(-1 / forgetting) a minute. What exceeds the asked, or goes the other way, is not taken for a ratio that a
greater order would multiply but for a power of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.library.data_text import read_data
from weather.errors import TwinError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_IDLE = 0.1
"""Share of the asked below which a reading counts as nothing."""
LOST = 2.0
"""Time constants of forgetting behind patience after which nobody reckons with a silent participant."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How an event is watched; see `data/monitoring.yaml` for what each figure is.

    Attributes
    ----------
    smoothing_min, patience_min, forgetting_min, settling_min, rest_min : float
        [min]
    deadband, most_over : float
        Shares of the target [-].
    """

    smoothing_min: float
    patience_min: float
    forgetting_min: float
    settling_min: float
    rest_min: float
    deadband: float
    most_over: float


@cache
def _library() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "monitoring.yaml").read_text(encoding="utf-8")
    return dict(read_data(text))


def load_watch(key: str = "default", **own: float) -> Watch:
    """How to watch an event: figures of `data/monitoring.yaml`, or one's own by name.

    Raises
    ------
    TwinError
        An unknown name or a figure that cannot be.
    """
    values = {name: float(_library()[key][name]) for name in Watch.__slots__}
    for name, value in own.items():
        least = {"most_over": 1.0, "smoothing_min": 1e-9, "forgetting_min": 1e-9}.get(name, 0.0)
        if name not in values or not value >= least:
            raise TwinError(
                f"{name} of the watch over an event is {value:g}.",
                f"Known: {', '.join(values)}; times and shares from {least:g} on.",
                key=name,
            )
    return Watch(**values | own)


class Answers:
    """Estimates of P participants, minute by minute.

    Parameters
    ----------
    asked_kw : ndarray, shape (P,)
        What each is asked for at most; scale of its first, expected ratio [kW].
    keeps : ndarray, shape (P,)
        Ratio that is expected before anything was heard [-].
    watch : Watch

    Attributes
    ----------
    silent_min : ndarray, shape (P,)
        How long each has not been heard [min].
    """

    def __init__(self, asked_kw: Floats, keeps: Floats, watch: Watch) -> None:
        self._watch = watch
        self._asked = np.where(asked_kw > 0.0, asked_kw, 1.0)
        self._kept = keeps * self._asked
        self._heard_of = self._kept.copy()
        self.silent_min = np.zeros(len(asked_kw))
        self._idle_min = np.zeros(len(asked_kw))

    def hear(
        self, passed_min: float, heard: Bools, change_kw: Floats, asked_kw: Floats, settled: Bools
    ) -> None:
        """Take in one minute's readings.

        Parameters
        ----------
        passed_min : float
            Since the last readings [min].
        heard : ndarray of bool, shape (P,)
        change_kw, asked_kw : ndarray, shape (P,)
            Metered response and what was asked for [kW].
        settled : ndarray of bool, shape (P,)
            Whose order stands long enough to be judged.
        """
        watch = self._watch
        since = self.silent_min + passed_min
        told = heard & settled & (asked_kw > 0.0)
        gain = np.where(told, -np.expm1(-since / watch.smoothing_min), 0.0)
        self._kept += gain * (np.where(told, change_kw, 0.0) - self._kept)
        self._asked += gain * (asked_kw - self._asked)
        nothing = told & (np.where(told, change_kw, 0.0) < _IDLE * asked_kw)
        self._idle_min = np.where(nothing, self._idle_min + passed_min, np.where(told, 0.0, self._idle_min))
        idle = nothing & (self._idle_min > watch.patience_min)
        self._kept = np.where(idle, change_kw, self._kept)
        self._heard_of = np.where(heard, self._kept, self._heard_of)
        self.silent_min = np.where(heard, 0.0, since)
        faded = np.clip(self.silent_min - watch.patience_min, 0.0, passed_min)
        self._kept = np.where(heard, self._kept, self._kept * np.exp(-faded / watch.forgetting_min))

    @property
    def ratio(self) -> Floats:
        """Share of the asked that each is expected to keep, 0 to 1, shape (P,)."""
        return np.clip(self._kept / self._asked, 0.0, 1.0)

    @property
    def beside_kw(self) -> Floats:
        """What each gives beside that share, more than asked or the other way, shape (P,) [kW]."""
        return self._kept - self.ratio * self._asked

    @property
    def hoped_ratio(self) -> Floats:
        """The ratio, of those silent not too long ago as it was when they were last heard, shape (P,)."""
        lost = self.silent_min > self._watch.patience_min + LOST * self._watch.forgetting_min
        return np.where(lost, self.ratio, np.clip(self._heard_of / self._asked, 0.0, 1.0))
