"""Walls and roofs behind photovoltaic modules (光伏外墙与屋面): what their outer faces get for the sun.

Attached modules are the outermost layer: the face absorbs what they leave of the sun, and meets wind and sky
with a face of glass. Behind others the wall is in shadow, sees instead of the sky the modules' back, as warm
as their cells, and meets the air that passes between: outdoor air under a rack, in a gap air that warms.

With back, wall and outdoors at Tb, Tw and To, and with air that warms towards the mean of back and wall, the
mean air of a gap is To + (1 - p) ((Tb + Tw)/2 - To). Heat into the wall is then

    film (1 + p)/2 (To - Tw) + e s (To^4 - Tw^4) + [film (1 - p)/2 (Tb - To) + e s (Tb^4 - To^4)]

without any linearisation: the first two terms are a face in outdoor air, the bracket a series of heat.

Left out: the heat capacity of modules (some 20 kJ/(m2 K)), their cooling towards the night sky where they are
not attached (their models of temperature have none), light that reaches a roof under a rack, and the heat
that the wall gives back to the cells.

References
----------
.. [1] ISO 15099:2003, 7.4: ventilated gaps (film, warming of the air along the gap).
.. [2] EnergyPlus Engineering Reference, Exterior Naturally Vented Cavity: speed by buoyancy and wind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from buildings.description.equipment import PvArray as DescribedArray
from buildings.systems.photovoltaics import ModuleHeat, PvArray, described_array, module_heat
from buildings.systems.records import read_library
from buildings.thermal.batch import ForcingTable
from buildings.thermal.enclosure import Enclosure, Surface
from buildings.thermal.films import ROUGHNESS, STEFAN_BOLTZMANN, wind_at_height
from buildings.thermal.glass_layers import Gap, cavity_conductance
from buildings.thermal.inputs import Surroundings
from weather.kept import kept_while
from weather.skyline import Skyline
from weather.step_weather import StepWeather

FloatArray = NDArray[np.float64]
_KELVIN = 273.15
_AIR_HEAT = 353.05 * 1006.0
"""Density times temperature at 101,325 Pa and specific heat of air [J/m3]."""
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class GapAir:
    """Air behind modules over n steps: speed [m/s], film of each face [W/(m2 K)], p: how cool it stays.

    p is 1 where air passes so fast that it stays outdoor air, nought where it has the mean temperature of the
    two faces.
    """

    speed: FloatArray
    film: FloatArray
    cool: FloatArray


def behind_modules(surface: Surface, building: CompleteBuilding) -> list[Surface]:
    """A surface in the parts that modules cover and leave bare.

    Parameters
    ----------
    surface : Surface
        All of it, as if bare.
    building : CompleteBuilding

    Returns
    -------
    list of Surface
        Their areas add up to that of `surface`.
    """
    parts, bare = [], surface.area
    covers = [cover for cover in building.covers if cover.surface == surface.name]
    if not covers:
        return [surface]
    data, mountings = read_library("pv")["surface"], {a.name: a.mounting for a in building.systems.pv}
    for cover in covers:
        area = min(cover.share * surface.area, bare)
        bare -= area
        part = replace(surface, name=f"{surface.name} behind {cover.array}", area=area)
        mounting = read_library("pv")["mountings"][mountings[cover.array]]
        own: tuple[str | float, ...] = (building.name, cover.array)
        if mounting.get("attached"):
            parts.append(
                replace(
                    part,
                    heat=("modules", "attached", *own),
                    emissivity_outside=data["emissivity_front"],
                    roughness=ROUGHNESS["very_smooth"],
                )
            )
            continue
        both = 1.0 / data["emissivity_back"] + 1.0 / max(surface.emissivity_outside, 1e-6) - 1.0
        seen = round(1.0 / both, 6)
        part = replace(part, emissivity_outside=seen, sky_seen=0.0)
        if mounting.get("gap"):
            own = (*own, seen, surface.height, surface.tilt)
            part = replace(part, heat=("modules", "gap", *own), film=("modules", "film", *own))
        else:
            part = replace(part, heat=("modules", "rack", *own, seen))
        parts.append(part)
    return [replace(surface, area=bare), *parts] if bare > 1e-9 * surface.area else parts


def add_cladding(
    table: ForcingTable,
    building: CompleteBuilding,
    enclosure: Enclosure,
    weather: StepWeather,
    around: Surroundings,
) -> None:
    """Add the series of every surface behind modules that the table lacks.

    Parameters
    ----------
    table : ForcingTable
    building : CompleteBuilding
    enclosure : Enclosure
        Of the building, with the parts of `behind_modules`.
    weather : StepWeather
    around : Surroundings
    """
    rows, on_dc_bus = {a.name: a for a in building.systems.pv}, building.systems.dc_bus is not None
    known: dict[str, ModuleHeat] = {}
    for surface in enclosure.surfaces:
        channel = surface.heat
        if channel is None or channel in table:
            continue
        name = str(channel[3])
        if name not in known:
            array, azimuth = described_array(rows[name], on_dc_bus=on_dc_bus)
            skyline = _skyline(building, rows[name])
            known[name] = module_heat(array, weather, azimuth, around.ground_reflectance, skyline)
        if channel[1] == "attached":
            table.add(channel, known[name].heat)
            continue
        array, azimuth = described_array(rows[name], on_dc_bus=on_dc_bus)
        modules = array.module, array.mounting, array.tilt, azimuth, around.ground_reflectance
        face = surface.emissivity_outside, surface.height, surface.tilt, around.terrain
        heat, film = _from_back(weather, modules, face, _skyline(building, rows[name]))
        table.add(channel, heat)
        if surface.film is not None and film is not None:
            table.add(surface.film, film)


def _skyline(building: CompleteBuilding, row: DescribedArray) -> Skyline | None:
    return None if building.standing is None else building.standing.of_array(row)


@kept_while(megabytes=64)
def _from_back(
    weather: StepWeather,
    modules: tuple[str, str, float, float, float],
    face: tuple[float, float, float, Any],
    skyline: Skyline | None,
) -> tuple[FloatArray, FloatArray | None]:
    """Heat of a wall in outdoor air from the modules' back [W/m2], and its film [W/(m2 K)] in a gap.

    `modules` are key, mounting, tilt, azimuth and the reflectance of the ground, `face` the wall's emissivity
    towards them, height, tilt and terrain.
    """
    module, mounting, tilt, azimuth, ground_reflectance = modules
    emissivity, height, own_tilt, terrain = face
    temp_back = module_heat(
        PvArray(1.0, tilt, module, mounting), weather, azimuth, ground_reflectance, skyline
    ).cell_temp_c
    temp_out = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    fourth = (temp_back + _KELVIN) ** 4 - (temp_out + _KELVIN) ** 4
    heat = emissivity * STEFAN_BOLTZMANN * fourth
    gap = read_library("pv")["mountings"][mounting].get("gap")
    if gap is None:
        return heat, None
    wind = wind_at_height(weather.wind_speed, height, terrain)
    air = gap_air(temp_back, temp_out, wind, gap["width"], gap["height"], own_tilt)
    heat = heat + air.film * 0.5 * (1.0 - air.cool) * (temp_back - temp_out)
    return heat, air.film * 0.5 * (1.0 + air.cool)


def gap_air(
    temp_back: FloatArray, temp_out: FloatArray, wind: FloatArray, width: float, height: float, tilt: float
) -> GapAir:
    """Air that passes behind modules.

    Parameters
    ----------
    temp_back, temp_out : ndarray (n,)
        Of the modules' back and of the air outdoors [degC].
    wind : ndarray (n,)
        At the surface [m/s].
    width, height : float
        Of the gap, and its length along the slope between its openings [m].
    tilt : float
        Of the surface [degree].

    Returns
    -------
    GapAir
        Speed: buoyancy over half the rise, from the lower opening to the neutral level, and a share of the
        wind [2]_, found for a wall as warm as the gap's air. Films and warming [1]_, the still part that
        of an upright gap.
    """
    data = read_library("pv")["surface"]
    still = cavity_conductance(Gap(width), temp_back, temp_out, 0.0, 0.0, height=height)
    outdoors, rise = temp_out + _KELVIN, 0.5 * height * np.sin(np.radians(tilt))
    blown = data["wind"] * wind
    excess = np.abs(temp_back - temp_out)
    speed, warm = blown, np.zeros_like(blown)
    for _ in range(_ROUNDS):
        # Warmer air flows faster and warms less: halfway between two guesses it settles.
        speed = blown + data["discharge"] * np.sqrt(2.0 * 9.81 * max(rise, 0.0) * warm / (outdoors + warm))
        film = 2.0 * still + 4.0 * speed
        carried = _AIR_HEAT / outdoors * speed * width / height
        lengths = 2.0 * film / np.maximum(carried, 1e-6)
        cool = -np.expm1(-lengths) / lengths
        warm = 0.5 * (warm + excess * (1.0 - cool) / (1.0 + cool))
    return GapAir(speed, film, cool)
