"""Forcing series of the thermal model from a climate year: sun, sky, ground and air on each face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather

from buildings.thermal.batch import ForcingTable
from buildings.thermal.films import STEFAN_BOLTZMANN, Terrain, convection_outside, wind_at_height
from buildings.thermal.glazing import Glazing
from buildings.thermal.network import Channel

GAS_CONSTANT_AIR = 287.055
"""Of dry air [J/(kg K)]."""


@dataclass(frozen=True)
class Shading:
    """A shade over a window.

    Attributes
    ----------
    beam, diffuse : float
        Share of the light that passes a fixed shade (overhang, fin, neighbour), 0 to 1.
    movable : float
        Share that passes while a movable shade is down.
    threshold : float
        Irradiance on the window at which the movable shade comes down [W/m2]; inf for none.
    """

    beam: float = 1.0
    diffuse: float = 1.0
    movable: float = 1.0
    threshold: float = np.inf


@dataclass(frozen=True)
class Surroundings:
    """What the outside of a building sees.

    Attributes
    ----------
    height : float
        Mean height of the facade over ground [m].
    """

    terrain: Terrain = "suburbs"
    height: float = 10.0
    ground_reflectance: float = 0.2


def mean_films(weather: StepWeather, around: Surroundings) -> dict[str, float]:
    """Annual mean convective films outside for "wall", "roof", "floor" and "window" [W/(m2 K)]."""
    wind = wind_at_height(weather.wind_speed, around.height, around.terrain)
    return {
        "wall": float(np.mean(convection_outside(wind, 90.0))),
        "roof": float(np.mean(convection_outside(wind, 0.0))),
        "floor": float(np.mean(convection_outside(wind, 180.0))),
        "window": float(np.mean(convection_outside(wind, 90.0, rough=False))),
    }


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
    wind = wind_at_height(weather.wind_speed, around.height, around.terrain)

    def plane(tilt: float, azimuth: float) -> PlaneIrradiance:
        key = (tilt, azimuth)
        if key not in planes:
            planes[key] = plane_irradiance(weather, tilt, azimuth, around.ground_reflectance)
        return planes[key]

    for channel in channels:
        if channel in table:
            continue
        kind = channel[0]
        if kind == "temp_air":
            table.add(channel, weather.temp_air)
        elif kind == "temp_ground":
            table.add(channel, temp_ground)
        elif kind == "sky":
            _, tilt, film = channel
            table.add(channel, _sky(weather, float(tilt)) * _film_ratio(wind, float(tilt), float(film)))
        elif kind == "solar":
            _, tilt, azimuth, film = channel
            p = plane(float(tilt), float(azimuth))
            total = p.beam + p.circumsolar + p.sky_diffuse + p.ground_diffuse
            table.add(channel, total * _film_ratio(wind, float(tilt), float(film)))
        elif kind in ("beam", "diffuse"):
            _, tilt, azimuth, glazing, shading = channel
            p = plane(float(tilt), float(azimuth))
            table.add(channel, transmitted(p, glazings[str(glazing)], shadings[str(shading)], str(kind)))


def _film_ratio(wind: NDArray, tilt: float, mean: float) -> NDArray[np.float64]:
    """h_mean / h(t): keeps the sol-air temperature right when the film in the matrix is the mean one."""
    if mean <= 0.0:
        return np.ones_like(wind)
    radiative = 4.0 * 0.9 * STEFAN_BOLTZMANN * 283.0**3
    return np.asarray((mean + radiative) / (convection_outside(wind, tilt) + radiative))


def _sky(weather: StepWeather, tilt: float) -> NDArray[np.float64]:
    """Net long-wave exchange with the sky of a black face at air temperature [W/m2].

    Sky, ground and air split of EnergyPlus' engineering reference (Walton 1983): sky view (1 + cos tilt)/2, of which the
    share sqrt(view) is sky proper; ground and air at outdoor temperature.
    """
    view = 0.5 * (1.0 + np.cos(np.radians(tilt)))
    outdoors = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]) + 273.15
    sky = weather.temp_sky + 273.15
    return np.asarray(view * np.sqrt(view) * STEFAN_BOLTZMANN * (sky**4 - outdoors**4))


def transmitted(plane: PlaneIrradiance, glazing: Glazing, shading: Shading, kind: str) -> NDArray[np.float64]:
    """Short-wave through a window per area of window [W/m2]; circumsolar light counts as beam."""
    beam = (plane.beam + plane.circumsolar) * shading.beam
    diffuse = (plane.sky_diffuse + plane.ground_diffuse) * shading.diffuse
    down = np.where(beam + diffuse > shading.threshold, shading.movable, 1.0)
    if kind == "beam":
        return np.asarray(beam * down * glazing.transmittance * glazing.relative(plane.aoi))
    return np.asarray(diffuse * down * glazing.transmittance * glazing.relative_diffuse)
