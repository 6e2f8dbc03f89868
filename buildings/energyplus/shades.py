"""Movable shades as the share of the sun that reaches the glass at each step.

The fast engine closes a shade when the irradiance on the window exceeds a limit and lets a share of the light
through. The same series multiplies the sun on the window in EnergyPlus.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Window
from buildings.thermal.shading import Shading
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather


def shade_shares(
    building: CompleteBuilding, weather: StepWeather, albedo: float
) -> dict[str, NDArray[np.float64]]:
    """For each window with a movable shade the share of the sun left at each step, shape (n,)."""
    shares: dict[str, NDArray[np.float64]] = {}
    planes: dict[tuple[float, float], PlaneIrradiance] = {}
    for surface in building.surfaces:
        for window in surface.windows:
            shade = window.shading
            if shade.movable_factor >= 1.0:
                continue
            plane = (surface.tilt_deg, surface.azimuth or 0.0)
            if plane not in planes:
                planes[plane] = plane_irradiance(weather, *plane, albedo)
            total = _on_window(planes[plane], window, weather, plane)
            shares[window.name] = np.where(total > shade.movable_above, shade.movable_factor, 1.0)
    return shares


def _on_window(
    plane: PlaneIrradiance, window: Window, weather: StepWeather, direction: tuple[float, float]
) -> NDArray[np.float64]:
    """Irradiance behind the fixed shades of a window [W/m2]; circumsolar light counts as beam."""
    own = window.shading
    if own.overhang_depth <= 0.0 and own.fin_depth <= 0.0:
        return plane.total
    height = window.height or math.sqrt(window.area)
    fixed = Shading(
        width=window.area / height,
        height=height,
        overhang_depth=own.overhang_depth,
        overhang_gap=own.overhang_gap,
        overhang_extension=own.overhang_extension,
        fin_depth=own.fin_depth,
        fin_gap=own.fin_gap,
        fin_extension_above=own.fin_extension_above,
        fin_extension_below=own.fin_extension_below,
    )
    sunlit, sky, ground = fixed.factors(weather, direction[1], direction[0])
    beam = (plane.beam + plane.circumsolar) * sunlit
    return np.asarray(beam + plane.sky_diffuse * sky + plane.ground_diffuse * ground)
