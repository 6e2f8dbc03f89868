"""Forcing series of the thermal model from a climate year: sun, sky, ground and air on each face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import ForcingTable
from buildings.thermal.films import STEFAN_BOLTZMANN, Terrain, convection_outside, wind_at_height
from buildings.thermal.glazing import Glazing
from buildings.thermal.network import Channel
from buildings.thermal.shading import Shading
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather

GAS_CONSTANT_AIR = 287.055
"""Of dry air [J/(kg K)]."""


@dataclass(frozen=True)
class Surroundings:
    """What the outside of a building sees: roughness of the terrain and reflectance of the ground."""

    terrain: Terrain = "suburbs"
    ground_reflectance: float = 0.2


def mean_film(
    weather: StepWeather, terrain: Terrain, height: float, tilt: float, *, rough: bool = True
) -> float:
    """Annual mean of the convective film outside at a height [W/(m2 K)]."""
    wind = wind_at_height(weather.wind_speed, height, terrain)
    return float(np.mean(convection_outside(wind, tilt, rough=rough)))


def weather_table(weather: StepWeather) -> NDArray[np.float64]:
    """Outdoor temperature, humidity ratio (at the boundaries) and density (step mean) for the kernel.

    Returns
    -------
    ndarray (n_steps + 1, 3)
        [degC], [kg/kg], [kg dry air/m3].
    """
    temp, ratio = weather.temp_air, weather.humidity_ratio
    pressure = (
        np.broadcast_to(weather.pressure[: len(temp)], temp.shape)
        if len(weather.pressure) == len(temp)
        else np.append(weather.pressure, weather.pressure[-1])
    )
    density = pressure / (GAS_CONSTANT_AIR * (temp + 273.15) * (1.0 + 1.6078 * ratio))
    step_mean = np.append(0.5 * (density[1:] + density[:-1]), density[-1])
    return np.column_stack([temp, ratio, step_mean])


def add_forcing(
    table: ForcingTable,
    channels: Iterable[Channel],
    weather: StepWeather,
    *,
    around: Surroundings,
    temp_ground: NDArray[np.float64],
    glazings: Mapping[str, Glazing],
    shadings: Mapping[str, Shading],
) -> None:
    """Compute and add every weather-driven series that the blocks name and the table lacks.

    Channels of gains and schedules belong to the caller and are passed over.
    """
    planes: dict[tuple[float, float], PlaneIrradiance] = {}

    def plane(tilt: float, azimuth: float) -> PlaneIrradiance:
        key = (tilt, azimuth)
        if key not in planes:
            planes[key] = plane_irradiance(weather, tilt, azimuth, around.ground_reflectance)
        return planes[key]

    for channel in channels:
        if channel in table:
            continue
        kind, *key = channel
        if kind == "temp_air":
            table.add(channel, weather.temp_air)
        elif kind == "temp_ground":
            table.add(channel, temp_ground)
        elif kind == "sky":
            tilt = float(key[0])
            ratio = _film_ratio(weather, around.terrain, tilt, float(key[1])) if len(key) > 1 else 1.0
            table.add(channel, _sky(weather, tilt) * ratio)
        elif kind == "solar":
            tilt, azimuth, height = (float(part) for part in key)
            ratio = _film_ratio(weather, around.terrain, tilt, height)
            table.add(channel, plane(tilt, azimuth).total * ratio)
        elif kind in ("beam", "diffuse"):
            tilt, azimuth = float(key[0]), float(key[1])
            glazing, shading = glazings[str(key[2])], shadings[str(key[3])]
            shade = shading.factors(weather, azimuth)
            table.add(channel, transmitted(plane(tilt, azimuth), glazing, shading, shade, str(kind)))


def _film_ratio(weather: StepWeather, terrain: Terrain, tilt: float, height: float) -> NDArray[np.float64]:
    """h_mean / h(t): keeps the sol-air temperature right although the film in the matrix is the mean one."""
    film = convection_outside(wind_at_height(weather.wind_speed, height, terrain), tilt)
    radiative = 4.0 * 0.9 * STEFAN_BOLTZMANN * 283.0**3
    return np.asarray((np.mean(film) + radiative) / (film + radiative))


def _sky(weather: StepWeather, tilt: float) -> NDArray[np.float64]:
    """Net long-wave exchange with the sky of a black face at air temperature [W/m2].

    Sky, ground and air split of EnergyPlus' engineering reference (Walton 1983): sky view (1 + cos tilt)/2,
    of which the share sqrt(view) is sky proper; ground and air at outdoor temperature.
    """
    view = 0.5 * (1.0 + np.cos(np.radians(tilt)))
    outdoors = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]) + 273.15
    sky = weather.temp_sky + 273.15
    return np.asarray(view * np.sqrt(view) * STEFAN_BOLTZMANN * (sky**4 - outdoors**4))


def transmitted(
    plane: PlaneIrradiance,
    glazing: Glazing,
    shading: Shading,
    shade: tuple[NDArray[np.float64], float],
    kind: str,
) -> NDArray[np.float64]:
    """Short-wave through a window per area of window [W/m2]; circumsolar light counts as beam.

    Parameters
    ----------
    plane : PlaneIrradiance
    glazing : Glazing
    shading : Shading
    shade : tuple
        Sunlit share of the window at each step, and share of the sky that it still sees.
    kind : {"beam", "diffuse"}
    """
    beam = (plane.beam + plane.circumsolar) * shade[0]
    diffuse = plane.sky_diffuse * shade[1] + plane.ground_diffuse
    down = np.where(beam + diffuse > shading.threshold, shading.movable, 1.0)
    if kind == "beam":
        return np.asarray(beam * down * glazing.transmittance * glazing.relative(plane.aoi))
    return np.asarray(diffuse * down * glazing.transmittance * glazing.relative_diffuse)
