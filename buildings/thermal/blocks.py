"""From a described building to thermal blocks: which zones share walls, what bounds them, what they gain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schema import Glazing as DescribedGlazing
from buildings.description.schema import Surface as DescribedSurface
from buildings.description.schema import Window as DescribedWindow
from buildings.description.stacks import CompleteConstruction
from buildings.thermal.batch import NO_COOLING, NO_HEATING, AirSide
from buildings.thermal.films import Terrain
from buildings.thermal.glazing import Glazing
from buildings.thermal.ground import with_soil
from buildings.thermal.inputs import mean_film
from buildings.thermal.kernel import CP_AIR, H_FG
from buildings.thermal.network import Block, Boundary, Channel, Gain, Layer, Surface, Window, Zone
from buildings.thermal.shading import Shading
from weather.step_weather import StepWeather

# Karlsson and Roos (2000): category 4 is uncoated glass, lower ones fall off earlier with the angle.
_CATEGORY = {"clear": 4.0, "low_e": 3.0, "solar_control": 2.0}
AIR_DENSITY = 1.2
"""Density of room air for its own heat and moisture capacity [kg/m3]."""


@dataclass(frozen=True)
class BuildingBlocks:
    """A building as blocks, with the names that its channels refer to.

    Attributes
    ----------
    zones : tuple of tuple of int
        For each block the indices of its zones in the description.
    air : tuple of tuple of AirSide
        Air side of each zone, without plant capacity.
    """

    blocks: tuple[Block, ...]
    zones: tuple[tuple[int, ...], ...]
    air: tuple[tuple[AirSide, ...], ...]
    glazings: Mapping[str, Glazing]
    shadings: Mapping[str, Shading]


def thermal_blocks(building: CompleteBuilding, weather: StepWeather, terrain: Terrain) -> BuildingBlocks:
    """Turn a complete description into the blocks that the engine marches.

    Parameters
    ----------
    building : CompleteBuilding
    weather : StepWeather
        Its mean wind sets the outside films.
    terrain : str

    Returns
    -------
    BuildingBlocks
    """
    index = {zone.name: i for i, zone in enumerate(building.zones)}
    glazings = {key: _glazing(building.name, key, g) for key, g in building.glazings.items()}
    shadings: dict[str, Shading] = {}
    ground_area, perimeter = ground_floor(building)
    blocks, air = [], []
    groups = _connected(building, index)
    for members in groups:
        local = {building.zones[i].name: k for k, i in enumerate(members)}
        surfaces, windows = [], []
        for described in building.surfaces:
            if described.zone not in local:
                continue
            zone = building.zones[index[described.zone]]
            layers = _layers(building.constructions[described.construction])
            if described.boundary == "ground":
                layers = with_soil(layers, ground_area, perimeter)
            surfaces.append(_surface(described, building, zone, layers, local, weather, terrain))
            for window in described.windows:
                key = _shade(building.name, window, shadings)
                glazing = glazings[window.glazing]
                windows.append(_window(window, described, zone, glazing, local, key, weather, terrain))
        zones = tuple(_zone(building.zones[i]) for i in members)
        gains = tuple(g for i in members for g in _gains(building, building.zones[i], local))
        blocks.append(Block(zones, tuple(surfaces), tuple(windows), gains))
        air.append(tuple(_air(building, building.zones[i]) for i in members))
    named = {g.name: g for g in glazings.values()}
    return BuildingBlocks(tuple(blocks), groups, tuple(air), named, shadings)


def ground_floor(building: CompleteBuilding) -> tuple[float, float]:
    """Area [m2] and exposed perimeter [m] of the ground floor, zones counted with their multipliers.

    The perimeter is the outer wall area of the zones on the ground over their height, and at least that of a
    circle of the same area.
    """
    zones = {zone.name: zone for zone in building.zones}
    on_ground = [s for s in building.surfaces if s.boundary == "ground"]
    names = {s.zone for s in on_ground}
    area = sum(s.area * zones[s.zone].multiplier for s in on_ground)
    length = sum(
        s.area * zones[s.zone].floor_area / zones[s.zone].volume * zones[s.zone].multiplier
        for s in building.surfaces
        if s.zone in names and s.boundary == "outdoors" and 45.0 < s.tilt_deg < 135.0
    )
    return area, max(length, 2.0 * math.sqrt(math.pi * area))


def _connected(building: CompleteBuilding, index: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """Groups of zones that conduct to each other."""
    parent = list(range(len(building.zones)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for surface in building.surfaces:
        if surface.boundary in index:
            parent[root(index[surface.zone])] = root(index[surface.boundary])
    groups: dict[int, list[int]] = {}
    for i in range(len(parent)):
        groups.setdefault(root(i), []).append(i)
    return tuple(tuple(members) for members in groups.values())


def _layers(construction: CompleteConstruction) -> tuple[Layer, ...]:
    return tuple(
        Layer(resistance=layer.resistance)
        if layer.massless
        else Layer(layer.thickness, layer.conductivity, layer.density, layer.specific_heat)
        for layer in construction.layers
    )


def _zone(zone: CompleteZone) -> Zone:
    return Zone(zone.name, zone.volume, zone.floor_area, zone.volume * AIR_DENSITY * CP_AIR)


def _surface(
    described: DescribedSurface,
    building: CompleteBuilding,
    zone: CompleteZone,
    layers: tuple[Layer, ...],
    local: Mapping[str, int],
    weather: StepWeather,
    terrain: Terrain,
) -> Surface:
    construction = building.constructions[described.construction]
    height = zone.elevation + 0.5 * zone.volume / zone.floor_area
    boundary: Boundary = "zone" if described.boundary in local else cast("Boundary", described.boundary)
    return Surface(
        name=described.name,
        area=described.opaque_area,
        layers=layers,
        zone=local[described.zone],
        boundary=boundary,
        tilt=described.tilt_deg,
        azimuth=described.azimuth or 0.0,
        adjacent_zone=local.get(described.boundary, -1),
        solar_absorptance_outside=construction.solar_absorptance_outside,
        solar_absorptance_inside=construction.solar_absorptance_inside,
        emissivity_outside=construction.emissivity_outside,
        emissivity_inside=construction.emissivity_inside,
        convection_outside=mean_film(weather, terrain, height, described.tilt_deg),
        height=height,
    )


def _window(
    window: DescribedWindow,
    described: DescribedSurface,
    zone: CompleteZone,
    glazing: Glazing,
    local: Mapping[str, int],
    shading: str,
    weather: StepWeather,
    terrain: Terrain,
) -> Window:
    height = zone.elevation + 0.5 * zone.volume / zone.floor_area
    return Window(
        name=window.name,
        area=window.area,
        glazing=glazing,
        zone=local[described.zone],
        tilt=described.tilt_deg,
        azimuth=described.azimuth or 0.0,
        convection_outside=mean_film(weather, terrain, height, described.tilt_deg, rough=False),
        shading=shading,
    )


def _glazing(building: str, key: str, glazing: DescribedGlazing) -> Glazing:
    return Glazing(
        name=f"{building}/{key}",
        u_value=glazing.u_value,
        shgc=glazing.shgc,
        panes=glazing.panes,
        category=_CATEGORY[glazing.coating],
        emissivity=glazing.emissivity_inside,
    )


def _shade(building: str, window: DescribedWindow, shadings: dict[str, Shading]) -> str:
    """Key of a window's shade; windows with the same shade share their series."""
    own = window.shading
    fixed = own.overhang_depth > 0.0 or own.fin_depth > 0.0
    height = window.height or math.sqrt(window.area)
    width = window.area / height
    shading = Shading(
        width=width if fixed else 1.0,
        height=height if fixed else 1.0,
        overhang_depth=own.overhang_depth,
        overhang_gap=own.overhang_gap,
        fin_depth=own.fin_depth,
        movable=own.movable_factor,
        threshold=own.movable_above if own.movable_factor < 1.0 else math.inf,
    )
    for key, known in shadings.items():
        if known == shading:
            return key
    key = f"{building}/shade{len(shadings)}"
    shadings[key] = shading
    return key


# --- gains and air side ---------------------------------------------------------------------------------


def occupancy_channel(building: str, zone: CompleteZone) -> Channel:
    """Share of the people of a zone who are there."""
    return ("gain", f"{building}/occupancy/{zone.gains.occupancy}")


def lighting_channel(building: str, zone: CompleteZone) -> Channel:
    """Share of the lighting power that is on."""
    return ("gain", f"{building}/lighting/{zone.gains.lighting}")


def equipment_channel(building: str, zone: CompleteZone) -> Channel:
    """Share of the equipment power that runs, its base included."""
    return ("gain", f"{building}/equipment/{zone.gains.equipment}/{zone.gains.equipment_base_fraction:g}")


def fresh_air_channel(building: str, zone: CompleteZone, demand_controlled: bool) -> Channel:
    """Share of the design fresh air that flows."""
    if demand_controlled:
        people = zone.gains.fresh_air_per_person * zone.gains.people_density * zone.floor_area
        share = people / max(people + zone.gains.fresh_air_changes * zone.volume, 1e-12)
        return ("fresh_air", building, zone.gains.fresh_air, zone.gains.occupancy, round(share, 9))
    return ("fresh_air", building, zone.gains.fresh_air)


def setpoint_channel(building: str, kind: str, key: str) -> Channel:
    """Set-point series of a schedule key."""
    return ("setpoint", building, kind, key)


def fresh_air_m3_s(zone: CompleteZone) -> float:
    """Design fresh air of a zone [m3/s]."""
    people = zone.gains.people_density * zone.floor_area
    return (zone.gains.fresh_air_per_person * people + zone.gains.fresh_air_changes * zone.volume) / 3600.0


def _gains(building: CompleteBuilding, zone: CompleteZone, local: Mapping[str, int]) -> tuple[Gain, ...]:
    g, z = zone.gains, local[zone.name]

    def gain(channel: Channel, watts_m2: float, radiant: float) -> Gain:
        return Gain(z, str(channel[1]), watts_m2 * zone.floor_area, 1.0 - radiant, radiant)

    parts = (
        gain(
            occupancy_channel(building.name, zone), g.people_density * g.sensible_per_person, g.people_radiant
        ),
        gain(lighting_channel(building.name, zone), g.lighting_power, g.lighting_radiant),
        gain(equipment_channel(building.name, zone), g.equipment_power, g.equipment_radiant),
    )
    return tuple(part for part in parts if part.watts > 0.0)


def _air(building: CompleteBuilding, zone: CompleteZone) -> AirSide:
    """Outdoor air, moisture and set-points of a zone; capacities come from sizing."""
    vent, g = building.ventilation, zone.gains
    flow = fresh_air_m3_s(zone)
    return AirSide(
        multiplier=float(zone.multiplier),
        air_mass=zone.volume * AIR_DENSITY,
        infiltration=zone.infiltration * zone.volume / 3600.0,
        ventilation=flow,
        recovery_sensible=vent.heat_recovery_sensible,
        recovery_latent=vent.heat_recovery_latent,
        bypass=float(vent.bypass),
        # Half of the fan power is the supply fan's; its heat enters with the air.
        fan_heat=0.5 * vent.specific_fan_power * flow,
        moisture=g.people_density * zone.floor_area * g.latent_per_person / H_FG,
        ventilation_series=fresh_air_channel(building.name, zone, vent.demand_controlled),
        moisture_series=occupancy_channel(building.name, zone),
        heating_setpoint=setpoint_channel(building.name, "heating", zone.heating_setpoint)
        if zone.conditioned
        else NO_HEATING,
        cooling_setpoint=setpoint_channel(building.name, "cooling", zone.cooling_setpoint)
        if zone.conditioned
        else NO_COOLING,
    )


def off_as_never(values: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Set-points with NaN ("off") as temperatures that are never reached."""
    return np.where(np.isnan(values), -1000.0 if kind == "heating" else 1000.0, values)
