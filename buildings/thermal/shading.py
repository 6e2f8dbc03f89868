"""Fixed and movable shades of a window (遮阳): what share of sun and sky still reaches the glass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weather.step_weather import StepWeather


@dataclass(frozen=True)
class Shading:
    """Overhang, side fins and a movable shade of one window.

    Attributes
    ----------
    width, height : float
        Of the window [m].
    overhang_depth, overhang_gap, fin_depth : float
        [m]; the overhang is taken as long, the fins as tall.
    movable : float
        Share of the light that passes while the movable shade is down.
    threshold : float
        Irradiance on the glass at which it comes down [W/m2]; inf for none.
    """

    width: float = 1.0
    height: float = 1.0
    overhang_depth: float = 0.0
    overhang_gap: float = 0.0
    fin_depth: float = 0.0
    movable: float = 1.0
    threshold: float = np.inf

    def factors(self, weather: StepWeather, azimuth: float) -> tuple[NDArray[np.float64], float]:
        """Sunlit share of a vertical window at each step, and the share of its sky that stays visible.

        Shadow of the overhang by the profile angle, of the fins by the wall-solar azimuth (ASHRAE Handbook of
        Fundamentals 2021, ch. 15, eq. 33 to 36); the sky share is the mean over the window of the
        view factor that remains below a long overhang and between tall fins.
        """
        relative = np.radians(weather.solar_azimuth - azimuth)
        altitude = np.radians(90.0 - weather.solar_zenith)
        facing = np.maximum(np.cos(relative), 1e-6)
        shadow = self.overhang_depth * np.tan(np.maximum(altitude, 0.0)) / facing - self.overhang_gap
        tall = 1.0 - np.clip(shadow / self.height, 0.0, 1.0) * (self.overhang_depth > 0.0)
        side = self.fin_depth * np.abs(np.tan(relative))
        wide = 1.0 - np.clip(side / self.width, 0.0, 1.0) * (self.fin_depth > 0.0)
        return tall * wide, self._sky_below_overhang() * self._sky_between_fins()

    def _sky_below_overhang(self) -> float:
        if self.overhang_depth <= 0.0:
            return 1.0
        below = self.overhang_gap + self.height * (np.arange(200) + 0.5) / 200.0
        return float(np.mean(below / np.hypot(below, self.overhang_depth)))

    def _sky_between_fins(self) -> float:
        if self.fin_depth <= 0.0:
            return 1.0
        left = self.width * (np.arange(200) + 0.5) / 200.0
        return float(
            np.mean(
                0.5 * left / np.hypot(left, self.fin_depth)
                + 0.5 * (self.width - left) / np.hypot(self.width - left, self.fin_depth)
            )
        )
