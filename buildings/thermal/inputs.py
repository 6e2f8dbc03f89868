"""Forcing series of the thermal model from a climate year: sun, sky, ground and air on each face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import ForcingTable
from buildings.thermal.enclosure import TEMP_GROUND, TEMP_OUTDOORS, Channel
from buildings.thermal.films import Terrain, WindFilms, forced_convection_plate, wind_at_height
from buildings.thermal.glazing import WindowModel
from buildings.thermal.rooms import PANE_PARTS
from buildings.thermal.shading import Shading, profile_angle
from weather.sky import PlaneIrradiance, plane_irradiance
from weather.step_weather import StepWeather

GAS_CONSTANT_AIR = 287.055
"""Of dry air [J/(kg K)]."""


@dataclass(frozen=True)
class Surroundings:
    """What the outside of a building sees: roughness of the terrain and reflectance of the ground."""

    terrain: Terrain = "suburbs"
    ground_reflectance: float = 0.2


def weather_table(weather: StepWeather) -> NDArray[np.float64]:
    """What every room of the batch shares: the outdoor air and the sky.

    Returns
    -------
    ndarray (n_steps + 1, 4)
        Temperature [degC] and humidity ratio [kg/kg] at the boundaries; density [kg dry air/m3] and sky
        temperature [degC] as step means.
    """
    temp, ratio = weather.temp_air, weather.humidity_ratio
    pressure = (
        np.broadcast_to(weather.pressure[: len(temp)], temp.shape)
        if len(weather.pressure) == len(temp)
        else np.append(weather.pressure, weather.pressure[-1])
    )
    density = pressure / (GAS_CONSTANT_AIR * (temp + 273.15) * (1.0 + 1.6078 * ratio))
    step_mean = np.append(0.5 * (density[1:] + density[:-1]), density[-1])
    sky = np.append(weather.temp_sky, weather.temp_sky[-1])
    return np.column_stack([temp, ratio, step_mean, sky])


def add_forcing(
    table: ForcingTable,
    channels: Iterable[Channel],
    weather: StepWeather,
    *,
    around: Surroundings,
    temp_ground: NDArray[np.float64],
    glazings: Mapping[str, WindowModel],
    shadings: Mapping[str, Shading],
) -> None:
    """Compute and add every weather-driven series that the rooms name and the table lacks.

    Channels of gains and schedules belong to the caller and are passed over.
    """
    planes: dict[tuple[float, float], PlaneIrradiance] = {}

    def plane(tilt: float, azimuth: float) -> PlaneIrradiance:
        key = (tilt, azimuth)
        if key not in planes:
            planes[key] = plane_irradiance(weather, tilt, azimuth, around.ground_reflectance)
        return planes[key]

    wind = WindFilms(weather.wind_speed, weather.wind_direction, around.terrain)
    for channel in channels:
        if channel in table:
            continue
        kind, *key = channel
        if channel == TEMP_OUTDOORS:
            table.add(channel, 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]))
        elif channel == TEMP_GROUND:
            table.add(channel, temp_ground)
        elif kind == "solar":
            table.add(channel, plane(float(key[0]), float(key[1])).total)
        elif kind == "forced":
            tilt, azimuth, height, *plate = (float(part) for part in key)
            if plate:
                speed = wind_at_height(weather.wind_speed, height, around.terrain)
                place = (speed, weather.wind_direction, tilt, azimuth)
                table.add(channel, forced_convection_plate(*place, *plate))
            else:
                table.add(channel, wind.at(tilt, azimuth, height))
        elif kind == "pane":
            tilt, azimuth, glazing, shading = float(key[1]), float(key[2]), str(key[3]), str(key[4])
            shade = shadings[shading]
            parts = through_window(plane(tilt, azimuth), glazings[glazing], shade, weather, azimuth, tilt)
            if shade.drawn is not None:
                parts = with_shade(parts, plane(tilt, azimuth), shade, weather, (tilt, azimuth), table)
            for part, values in zip(PANE_PARTS, parts, strict=True):
                if ("pane", part, *key[1:]) not in table:
                    table.add(("pane", part, *key[1:]), values)


WindowLight = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def on_window(
    plane: PlaneIrradiance, shading: Shading, weather: StepWeather, azimuth: float, tilt: float = 90.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Beam with circumsolar light, light of sky and of ground on a window behind overhang and fins [W/m2]."""
    sunlit, sky_seen, ground_seen = shading.factors(weather, azimuth, tilt)
    beam = (plane.beam + plane.circumsolar) * sunlit
    return beam, plane.sky_diffuse * sky_seen, plane.ground_diffuse * ground_seen


def with_shade(
    bare: WindowLight,
    plane: PlaneIrradiance,
    shading: Shading,
    weather: StepWeather,
    direction: tuple[float, float],
    table: ForcingTable,
) -> WindowLight:
    """The parts of `through_window` where a described shade hangs: those behind it while it is drawn.

    Parameters
    ----------
    bare : 4 ndarrays (n,)
        Without the shade.
    direction : tuple of 2 floats
        Tilt and azimuth of the window [degree].
    table : ForcingTable
        Holds the schedules that draw the shade.
    """
    if shading.drawn is None or shading.control is None:
        return bare
    tilt, azimuth = direction
    beam, sky, ground = on_window(plane, shading, weather, azimuth, tilt)
    drawn = shading.control.drawn(beam + sky + ground, table.series)
    of_beam = shading.drawn.of_beam(plane.aoi, profile_angle(weather, azimuth, tilt))
    of_sky, of_ground = shading.drawn.of_sky(), shading.drawn.of_ground()
    mixed = []
    for part, up in zip(("beam", "diffuse", "outer", "inner"), bare, strict=True):
        down = beam * getattr(of_beam, part) + sky * getattr(of_sky, part) + ground * getattr(of_ground, part)
        mixed.append(np.where(drawn, down, up))
    return mixed[0], mixed[1], mixed[2], mixed[3]


def through_window(
    plane: PlaneIrradiance,
    glazing: WindowModel,
    shading: Shading,
    weather: StepWeather,
    azimuth: float,
    tilt: float = 90.0,
) -> WindowLight:
    """Sun on a window [W/m2]: let in as beam, as diffuse light, absorbed at the outer and the inner face.

    Circumsolar light counts as beam. A movable shade takes its share of all four while it is down.
    """
    beam, sky, ground = on_window(plane, shading, weather, azimuth, tilt)
    diffuse = sky + ground
    down = np.where(beam + diffuse > shading.threshold, shading.movable, 1.0)
    beam, diffuse = beam * down, diffuse * down
    tau, outer, inner = glazing.at(plane.aoi)
    return (
        np.asarray(beam * tau),
        np.asarray(diffuse * glazing.transmittance_diffuse),
        np.asarray(beam * outer + diffuse * glazing.absorbed_outer_diffuse),
        np.asarray(beam * inner + diffuse * glazing.absorbed_inner_diffuse),
    )
