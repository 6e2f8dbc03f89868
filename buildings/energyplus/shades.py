"""Movable shades as the share of the sun that reaches the glass at each step.

The fast engine closes a shade when the irradiance on the window exceeds a limit and lets a share of the light
through. The same series multiplies the sun on the window in EnergyPlus.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from weather.sky import plane_irradiance
from weather.step_weather import StepWeather


def shade_shares(
    building: CompleteBuilding, weather: StepWeather, albedo: float
) -> dict[str, NDArray[np.float64]]:
    """For each window with a movable shade the share of the sun left at each step, shape (n,)."""
    shares: dict[str, NDArray[np.float64]] = {}
    totals: dict[tuple[float, float], NDArray[np.float64]] = {}
    for surface in building.surfaces:
        for window in surface.windows:
            shade = window.shading
            if shade.movable_factor >= 1.0:
                continue
            plane = (surface.tilt_deg, surface.azimuth or 0.0)
            if plane not in totals:
                totals[plane] = plane_irradiance(weather, *plane, albedo).total
            shares[window.name] = np.where(totals[plane] > shade.movable_above, shade.movable_factor, 1.0)
    return shares
