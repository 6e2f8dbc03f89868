"""Heat of a solar collector by the quasi-dynamic model of ISO 9806, over a step of any length.

One capacity at the mean temperature of the fluid, losses linear and quadratic in its excess over the air:

    C dT/dt = gain - loss (T - Ta) - quadratic max(T - Ta, 0)^2 - heat

The quadratic term is replaced by its chord between both ends of the step, and the linear equation that is
left is solved exactly: stationary states are those of the standard, and no step is too long. (An hour from
cold to stagnation ends 4 K too low, a quarter of it 1.5 K at most.)

What is left out: rain and condensation on the collector, and angles of several shading collectors. Below the
air the quadratic loss, which no test covers there, is nought.

References
----------
ISO 9806:2017, Solar energy - Solar thermal collectors - Test methods, equation of the quasi-dynamic method.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.component import Setting
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.skyline import under_skyline
from weather.step_weather import STEFAN_BOLTZMANN

FloatArray = NDArray[np.float64]
WIND_SHARE = 0.5
"""Wind along a collector over that at 10 m of the weather station (assumed: roofs in a city)."""
_CLOSE = 1e-9
"""Change of the end temperature at which a step is solved [K]."""
_SWEEPS = 40


@compiled()
def _chord(quadratic: float, before: float, after: float) -> float:
    """Slope of the quadratic loss between two excess temperatures [W/K]."""
    low, high = max(before, 0.0), max(after, 0.0)
    if abs(after - before) < 1e-6:
        return 2.0 * quadratic * low
    return quadratic * (high + low) * (high - low) / (after - before)


@compiled()
def _shares(rate: float) -> tuple[float, float]:
    """(1 - exp(-r)) / r and its mean over the step, (1 - the former) / r; r not negative."""
    if rate < 1e-4:
        return 1.0 - 0.5 * rate, 0.5 - rate / 6.0
    first = -math.expm1(-rate) / rate
    return first, (1.0 - first) / rate


@compiled()
def drift(
    capacity: float, gain: float, loss: float, quadratic: float, before: float, time: float
) -> tuple[float, float]:
    """Excess temperature of a collector over the air at the end of a step, and its mean [K].

    Parameters
    ----------
    capacity : float
        [J/K].
    gain : float
        Absorbed less the heat that is taken out, constant over the step [W].
    loss, quadratic : float
        Loss coefficients [W/K, W/K2].
    before : float
        Excess at the start [K].
    time : float
        Length of the step [s].
    """
    net = gain - loss * before - quadratic * max(before, 0.0) ** 2
    after = mean = before
    for _ in range(_SWEEPS):
        slope = loss + _chord(quadratic, before, after)
        end_share, mean_share = _shares(slope * time / capacity)
        found = before + net * time / capacity * end_share
        mean = before + net * time / capacity * mean_share
        # the chord's slope moves by about `quadratic` with the end: Newton's step on that
        damping = 1.0 + quadratic * abs(found - before) / slope
        change = (found - after) / damping
        after += change
        if abs(change) < _CLOSE:
            break
    return after, mean


@compiled()
def most_heat(
    capacity: float,
    absorbed: float,
    loss: float,
    quadratic: float,
    before: float,
    time: float,
    inlet: float,
    lift: float,
    flow: float,
) -> float:
    """Largest mean heat of a step after which the fluid still is as warm as it must be [W]; may be negative.

    Its mean temperature is half of `lift` above the inlet: the flow follows the sun so that the outlet is
    `lift` warmer. At full flow it is above that.

    Parameters
    ----------
    capacity, loss, quadratic, before, time : float
        As of `drift`.
    absorbed : float
        Gain before heat is taken out [W].
    inlet : float
        Inlet temperature over that of the air [K].
    lift : float
        Least rise from inlet to outlet [K].
    flow : float
        Heat capacity flow of the pump at full speed [W/K].
    """
    net = absorbed - loss * before - quadratic * max(before, 0.0) ** 2
    after = inlet + 0.5 * lift
    share, _ = _shares((loss + _chord(quadratic, before, after)) * time / capacity)
    heat = net - (after - before) * capacity / (time * share)
    if heat <= flow * lift:
        return heat
    for _ in range(_SWEEPS):
        share, _ = _shares((loss + _chord(quadratic, before, after)) * time / capacity)
        reach = time * share / capacity
        heat = (before + net * reach - inlet) / (0.5 / flow + reach)
        found = inlet + 0.5 * heat / flow
        if abs(found - after) < _CLOSE:
            break
        after = found
    return heat


def modifier(table: Mapping[Any, float], angle: FloatArray) -> FloatArray:
    """Incidence-angle modifier of a table by angle [-], linear between its points, 0 from 90 degrees on.

    Parameters
    ----------
    table : mapping
        Modifier by angle of incidence [degrees]; 1 at 0 and 0 at 90 are understood.
    angle : ndarray
        [degrees].
    """
    points = {0.0: 1.0, 90.0: 0.0} | {float(at): float(value) for at, value in table.items()}
    at = np.array(sorted(points))
    return np.interp(np.abs(angle), at, np.array([points[a] for a in at]))


def tube_angles(setting: Setting, tilt: float, azimuth: float) -> tuple[FloatArray, FloatArray]:
    """Angles of the sun across and along tubes that run down a plane [degrees], shape (n,) each.

    90 where the sun is behind the plane.
    """
    sky = setting.weather.sky
    t, a = np.radians(tilt), np.radians(azimuth)
    normal = np.sin(t) * (np.sin(a) * sky.east + np.cos(a) * sky.north) + np.cos(t) * sky.upward
    across = np.cos(a) * sky.east - np.sin(a) * sky.north
    along = np.cos(t) * (np.sin(a) * sky.east + np.cos(a) * sky.north) - np.sin(t) * sky.upward
    seen = normal > 0.0
    return (
        np.where(seen, np.degrees(np.arctan2(np.abs(across), normal)), 90.0),
        np.where(seen, np.degrees(np.arctan2(np.abs(along), normal)), 90.0),
    )


def on_collector(
    product: Mapping[str, Any], setting: Setting, tilt: float, azimuth: float
) -> tuple[FloatArray, PlaneIrradiance]:
    """Irradiance with the incidence-angle modifiers of a product, K_b G_b + K_d G_d [W/m2], and its parts.

    Circumsolar light comes from the sun and counts as beam.
    """
    albedo = setting.ground_reflectance
    plane = plane_irradiance(setting.weather, tilt, azimuth, albedo)
    if setting.roof is not None:
        plane = under_skyline(plane, setting.weather, tilt, azimuth, albedo, setting.roof)
    beam: FloatArray
    if "transversal" in product:
        across, along = tube_angles(setting, tilt, azimuth)
        beam = modifier(product["transversal"], across) * modifier(product["longitudinal"], along)
    else:
        beam = modifier(product["iam"], plane.aoi)
    diffuse = float(product["diffuse"])
    effective = beam * (plane.beam + plane.circumsolar) + diffuse * (plane.sky_diffuse + plane.ground_diffuse)
    return effective, plane


def long_wave(setting: Setting, tilt: float) -> FloatArray:
    """Long-wave irradiance on a plane less that of a black body as warm as the air, E_L - sigma Ta^4 [W/m2].

    The ground is taken to be as warm as the air, as is what stands around; that is counted as for a plane
    that looks south.
    """
    weather = setting.weather
    air = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]) + 273.15
    view = 0.5 * (1.0 + np.cos(np.radians(tilt)))
    if setting.roof is not None:
        view *= setting.roof.own.views(tilt, 180.0).sky
    return np.asarray(view * STEFAN_BOLTZMANN * ((weather.temp_sky + 273.15) ** 4 - air**4))
