"""From a described building to its enclosure: what bounds each zone, what it gains, what air it exchanges."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schema import Surface as DescribedSurface
from buildings.description.schema import Window as DescribedWindow
from buildings.description.stacks import CompleteConstruction
from buildings.thermal.batch import NO_COOLING, NO_HEATING, AirSide
from buildings.thermal.cladding import behind_modules
from buildings.thermal.enclosure import (
    ZERO,
    Boundary,
    Channel,
    Enclosure,
    Gain,
    Mixing,
    Surface,
    Window,
    Zone,
)
from buildings.thermal.films import ROUGHNESS
from buildings.thermal.glazing import WindowModel
from buildings.thermal.ground import with_soil
from buildings.thermal.layout import CP_AIR, H_FG
from buildings.thermal.people import sensible_shape
from buildings.thermal.shading import Shading
from buildings.thermal.wall import Layer
from buildings.thermal.window_parts import WindowShades, frame_surface, glazing_model, share_channel
from weather.errors import TwinError
from weather.skyline import Skyline
from weather.step_weather import StepWeather

_ROOM_K = 293.15
_GAS_CONSTANT_AIR = 287.055


@dataclass(frozen=True)
class DescribedEnclosure:
    """A building's enclosure, with the names that its channels refer to.

    Attributes
    ----------
    air : tuple of AirSide
        Air side of each zone, without plant capacity.
    skylines : mapping
        By the names that surfaces give.
    """

    enclosure: Enclosure
    air: tuple[AirSide, ...]
    glazings: Mapping[str, WindowModel]
    shadings: Mapping[str, Shading]
    skylines: Mapping[str, Skyline]


def described_enclosure(
    building: CompleteBuilding, weather: StepWeather, *, soil: bool = True
) -> DescribedEnclosure:
    """Turn a complete description into what the engine marches.

    Parameters
    ----------
    building : CompleteBuilding
    weather : StepWeather
        Its mean pressure sets the density of the rooms' air.
    soil : bool
        Put the soil of ISO 13370 below ground floors; without it the ground temperature acts on their outer
        face.
    """
    index = {zone.name: i for i, zone in enumerate(building.zones)}
    glazings = {key: glazing_model(building.name, key, g) for key, g in building.glazings.items()}
    shades = WindowShades(building, glazings)
    skylines = building.standing.skylines if building.standing is not None else {}
    ground_area, perimeter = ground_floor(building)
    density = float(np.mean(weather.pressure)) / (_GAS_CONSTANT_AIR * _ROOM_K)
    surfaces: list[Surface] = []
    windows = []
    for described in building.surfaces:
        zone = building.zones[index[described.zone]]
        layers = _layers(building.constructions[described.construction])
        if described.boundary == "ground" and soil:
            layers = with_soil(layers, ground_area, perimeter)
        skyline = skylines.get(described.name)
        open_sky = (
            1.0 if skyline is None else skyline.own.views(described.tilt_deg, described.azimuth or 0.0).sky
        )
        around = _around(building.name, skyline)
        if described.opaque_area > 1e-9:
            whole_wall = _surface(described, building, zone, layers, index)
            whole_wall = replace(whole_wall, skyline=around, sky_seen=open_sky)
            surfaces += behind_modules(whole_wall, building)
        for window in described.windows:
            key = shades.key(window, sun=described.sun_exposed, skyline=skyline)
            glazing = building.glazings[window.glazing]
            whole = _window(window, described, zone, glazings[window.glazing], index, key)
            sky_seen, _ = shades.shadings[key].diffuse_shares(described.tilt_deg)
            whole = replace(
                whole,
                plate=_plate(building, described),
                hung=shades.hung(window),
                sky_seen=sky_seen * open_sky,
                skyline=around,
            )
            windows.append(replace(whole, area=glazing.glass_share * window.area))
            if glazing.frame is not None:
                surfaces.append(frame_surface(whole, glazing.frame_fraction, glazing.frame))
    enclosed = {surface.zone for surface in surfaces} | {s.adjacent_zone for s in surfaces}
    for i, zone in enumerate(building.zones):
        if i not in enclosed:
            raise TwinError(
                f"Zone '{zone.name}' has no opaque surface: nothing encloses its air.",
                "Give it at least one surface, or leave the zone out.",
                key=f"{building.name}.zones.{zone.name}",
            )
    enclosure = Enclosure(
        zones=tuple(_zone(zone, density) for zone in building.zones),
        surfaces=tuple(surfaces),
        windows=tuple(windows),
        gains=tuple(g for i, zone in enumerate(building.zones) for g in _gains(building, zone, i)),
        mixing=tuple(
            Mixing(
                (index[x.zones[0]], index[x.zones[1]]),
                x.flow / 3600.0 * density,
                share_channel(building.name, x.schedule),
            )
            for x in building.air_exchanges
        ),
        air_density=density,
    )
    named = {g.name: g for g in glazings.values()}
    air = tuple(_air(building, zone, density) for zone in building.zones)
    by_name = {_around(building.name, skyline): skyline for skyline in skylines.values()}
    return DescribedEnclosure(enclosure, air, named, shades.shadings, by_name)


def _around(building: str, skyline: Skyline | None) -> str:
    """Name of a skyline among those of all buildings."""
    return "" if skyline is None else f"{building}/{skyline.name}"


def ground_floor(building: CompleteBuilding) -> tuple[float, float]:
    """Area [m2] and exposed perimeter [m] of the ground floor, zones counted with their multipliers.

    The perimeter is the outer wall area of the zones on the ground over their height, of zones that reach
    over several storeys as much of it as of their floor lies on the ground, and at least that of a circle of
    the same area.
    """
    zones = {zone.name: zone for zone in building.zones}
    on_ground = [s for s in building.surfaces if s.boundary == "ground"]
    lies: dict[str, float] = defaultdict(float)
    for s in on_ground:
        lies[s.zone] += s.area
    area = sum(s.area * zones[s.zone].multiplier for s in on_ground)
    length = sum(
        s.area * min(lies[s.zone], zones[s.zone].floor_area) / zones[s.zone].volume * zones[s.zone].multiplier
        for s in building.surfaces
        if s.zone in lies and s.boundary == "outdoors" and 45.0 < s.tilt_deg < 135.0
    )
    return area, max(length, 2.0 * math.sqrt(math.pi * area))


def _layers(construction: CompleteConstruction) -> tuple[Layer, ...]:
    return tuple(
        Layer(resistance=layer.resistance)
        if layer.massless
        else Layer(layer.thickness, layer.conductivity, layer.density, layer.specific_heat)
        for layer in construction.layers
    )


def _zone(zone: CompleteZone, density: float) -> Zone:
    capacity = zone.volume * density * CP_AIR * zone.sensible_capacity_multiplier
    return Zone(zone.name, zone.volume, zone.floor_area, capacity)


def mid_height(zone: CompleteZone) -> float:
    """Height of the middle of a zone above the ground, where the wind meets its walls [m]."""
    return zone.elevation + 0.5 * zone.volume / zone.floor_area


def _surface(
    described: DescribedSurface,
    building: CompleteBuilding,
    zone: CompleteZone,
    layers: tuple[Layer, ...],
    index: Mapping[str, int],
) -> Surface:
    construction = building.constructions[described.construction]
    boundary: Boundary = "zone" if described.boundary in index else cast("Boundary", described.boundary)
    return Surface(
        name=described.name,
        area=described.opaque_area,
        layers=layers,
        zone=index[described.zone],
        boundary=boundary,
        tilt=described.tilt_deg,
        azimuth=described.azimuth or 0.0,
        adjacent_zone=index.get(described.boundary, -1),
        solar_absorptance_outside=construction.solar_absorptance_outside,
        solar_absorptance_inside=construction.solar_absorptance_inside,
        emissivity_outside=construction.emissivity_outside,
        emissivity_inside=construction.emissivity_inside,
        height=mid_height(zone),
        roughness=ROUGHNESS[construction.roughness],
        convection_inside=described.convection_inside,
        convection_outside=described.convection_outside,
        sun_exposed=described.sun_exposed,
        wind_exposed=described.wind_exposed,
        plate=_plate(building, described),
        placed=_placed(described),
    )


def _plate(building: CompleteBuilding, described: DescribedSurface) -> float:
    return described.rim / described.area if building.wind_film == "plate" else 0.0


def _placed(described: DescribedSurface) -> bool:
    """Whether the plane of a surface is known: level ones are, others where they have an azimuth."""
    level = min(described.tilt_deg, 180.0 - described.tilt_deg) < 5.0
    return described.kind != "internal_mass" and (level or described.azimuth is not None)


def _window(
    window: DescribedWindow,
    described: DescribedSurface,
    zone: CompleteZone,
    glazing: WindowModel,
    index: Mapping[str, int],
    shading: str,
) -> Window:
    return Window(
        name=window.name,
        area=window.area,
        glazing=glazing,
        zone=index[described.zone],
        tilt=described.tilt_deg,
        azimuth=described.azimuth or 0.0,
        height=mid_height(zone),
        shading=shading,
        glass_height=window.height or math.sqrt(window.area),
        convection_inside=window.convection_inside,
        convection_outside=window.convection_outside,
        sun_exposed=described.sun_exposed,
        wind_exposed=described.wind_exposed,
    )


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


def infiltration_channel(building: str, zone: CompleteZone) -> Channel:
    """Share of the design infiltration that flows whatever the zone's temperature: schedule and wind."""
    c = zone.infiltration_coefficients
    height = mid_height(zone) if c.wind or c.wind_squared else 0.0
    return ("infiltration", building, zone.infiltration_schedule, c.constant, c.wind, c.wind_squared, height)


def natural_channel(building: str, zone: CompleteZone) -> Channel:
    """What opens the windows of a zone: a schedule of shares, or the zone's own series of flow [m3/s]."""
    opened = zone.natural_ventilation
    if opened is None:
        return ZERO
    if opened.opening is None and opened.minimum_outdoor_temperature is None:
        return share_channel(building, opened.schedule)
    return ("natural", building, zone.name)


def _gains(building: CompleteBuilding, zone: CompleteZone, z: int) -> tuple[Gain, ...]:
    g, area = zone.gains, zone.floor_area

    def gain(channel: Channel, watts_m2: float, radiant: float, latent: float, lost: float) -> Gain:
        """`latent` and `lost` are shares of the power, `radiant` is one of the sensible heat that stays."""
        watts = watts_m2 * area
        sensible = watts * (1.0 - latent - lost)
        return Gain(z, channel, sensible * (1.0 - radiant), sensible * radiant, watts * latent / H_FG)

    dry, moist = g.sensible_per_person, g.latent_per_person
    if g.activity_per_person is not None:
        dry = sensible_shape(g.activity_per_person)[0] if g.activity_per_person > 0.0 else 0.0
        moist = g.activity_per_person - dry
    people = g.people_density
    occupied = gain(occupancy_channel(building.name, zone), people * dry, g.people_radiant, 0.0, 0.0)
    vapour = people * area * moist / H_FG
    parts = (
        replace(occupied, moisture=vapour),
        gain(
            lighting_channel(building.name, zone),
            g.lighting_power,
            g.lighting_radiant,
            0.0,
            g.lighting_lost,
        ),
        gain(
            equipment_channel(building.name, zone),
            g.equipment_power,
            g.equipment_radiant,
            g.equipment_latent,
            g.equipment_lost,
        ),
    )
    return tuple(part for part in parts if part.convective or part.radiant or part.moisture)


def _air(building: CompleteBuilding, zone: CompleteZone, density: float) -> AirSide:
    """Outdoor air, moisture and set-points of a zone; capacities come from sizing."""
    vent, opened = building.ventilation, zone.natural_ventilation
    flow, leak = fresh_air_m3_s(zone), zone.infiltration_coefficients
    slope, curve = (
        sensible_shape(zone.gains.activity_per_person)[1:] if zone.gains.activity_per_person else (0.0, 0.0)
    )
    air = AirSide(
        multiplier=float(zone.multiplier),
        air_mass=zone.volume * density * zone.moisture_capacity_multiplier,
        infiltration=zone.infiltration * zone.volume / 3600.0,
        infiltration_kelvin=leak.temperature,
        ventilation=flow,
        recovery_sensible=vent.heat_recovery_sensible,
        recovery_latent=vent.heat_recovery_latent,
        bypass=float(vent.bypass),
        people_slope=slope,
        people_curve=curve,
        # Half of the fan power is the supply fan's; its heat enters with the air.
        fan_heat=0.5 * vent.specific_fan_power * flow,
        ventilation_series=fresh_air_channel(building.name, zone, vent.demand_controlled),
        infiltration_series=infiltration_channel(building.name, zone),
        leakage_series=share_channel(building.name, zone.infiltration_schedule) if leak.temperature else ZERO,
        heating_setpoint=setpoint_channel(building.name, "heating", zone.heating_setpoint)
        if zone.conditioned
        else NO_HEATING,
        cooling_setpoint=setpoint_channel(building.name, "cooling", zone.cooling_setpoint)
        if zone.conditioned
        else NO_COOLING,
    )
    if vent.dehumidification is not None:
        drier = vent.dehumidification
        air = replace(air, supply_temp=drier.supply_temperature, supply_humidity=1e-3 * drier.supply_humidity)
    if opened is None:
        return air

    def limit(written: float | None, never: float) -> float:
        return never if written is None else written

    return replace(
        air,
        natural=1.0 if opened.opening is not None else opened.air_changes * zone.volume / 3600.0,
        natural_series=natural_channel(building.name, zone),
        natural_min_in=limit(opened.minimum_indoor_temperature, air.natural_min_in),
        natural_max_out=limit(opened.maximum_outdoor_temperature, air.natural_max_out),
        natural_delta=limit(opened.delta_temperature, air.natural_delta),
    )


def off_as_never(values: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Set-points with NaN ("off") as temperatures that are never reached."""
    return np.where(np.isnan(values), -1000.0 if kind == "heating" else 1000.0, values)
