"""Set-points that keep cooling out of the dear hours: cooler before them, warmer in them (错峰)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controllers.protocol import ZoneActions, ZoneObservation
from weather.errors import TwinError


@dataclass(frozen=True)
class PeakSetpoints:
    """Pre-cools before the peak hours and lets rooms drift in them.

    Parameters
    ----------
    cooling_c, heating_c : float
        Set-points of ordinary hours in use [degC].
    precool_k, drift_k : float
        How far the cooling set-point falls before the peak and rises in it [K].
    occupied : (float, float)
        First and last hour of use; outside of them cooling waits for `drift_k` and heating for 4 K more.
    precool : (float, float)
        Hours of pre-cooling.
    peak : (float, float)
        Dear hours.
    interval_min : float
    """

    cooling_c: float = 25.0
    heating_c: float = 20.0
    precool_k: float = 1.5
    drift_k: float = 2.0
    occupied: tuple[float, float] = (7.0, 19.0)
    precool: tuple[float, float] = (10.0, 13.0)
    peak: tuple[float, float] = (13.0, 17.0)
    interval_min: float = 15.0

    def __post_init__(self) -> None:
        if self.precool_k < 0.0 or self.drift_k < 0.0:
            raise TwinError(
                f"pre-cooling by {self.precool_k:g} K and drift by {self.drift_k:g} K.",
                "Give values that are not negative.",
                key="control",
            )

    def act(self, observation: ZoneObservation) -> ZoneActions:
        """The same set-points for every zone, by the hour."""
        hour = observation.time.hour + observation.time.minute / 60.0
        cooling, heating = self.cooling_c, self.heating_c
        if not self.occupied[0] <= hour < self.occupied[1]:
            cooling, heating = cooling + self.drift_k, heating - 4.0
        elif self.precool[0] <= hour < self.precool[1]:
            cooling -= self.precool_k
        elif self.peak[0] <= hour < self.peak[1]:
            cooling += self.drift_k
        n = len(observation.zones)
        return ZoneActions(np.full(n, heating), np.full(n, cooling))
