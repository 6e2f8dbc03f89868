"""The thermal side of one building: its rooms, sized zones and the series that drive them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from buildings.description.calendar import DayGrid, DayTypes
from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schedules import values_on
from buildings.description.schema import CalendarKind, MonthDay
from buildings.thermal.batch import FollowingCoil, ForcingTable, PackedBuilding, RunningFan
from buildings.thermal.blocks import (
    DescribedEnclosure,
    described_enclosure,
    equipment_channel,
    fresh_air_channel,
    infiltration_channel,
    lighting_channel,
    mid_height,
    natural_channel,
    occupancy_channel,
    off_as_never,
    setpoint_channel,
)
from buildings.thermal.cladding import add_cladding
from buildings.thermal.enclosure import Channel
from buildings.thermal.films import wind_at_height
from buildings.thermal.inputs import Surroundings, add_forcing, weather_table
from buildings.thermal.openings import middle_of_set_points, opening_flow
from buildings.thermal.rooms import rooms
from buildings.thermal.sizing import DesignLoads, design_loads, unlimited
from buildings.thermal.window_parts import share_channel
from weather.design_days import DesignDays
from weather.kept import kept_while
from weather.step_weather import StepWeather

_LEAST_CAPACITY_W = 1000.0


@dataclass(frozen=True)
class Coil:
    """Apparatus dew point of the building's cooling coil [degC], [kg/kg].

    With `follows` that of the rating; `fan` where the fan runs on when the coil stops.
    """

    temp: float
    humidity: float
    follows: FollowingCoil | None = None
    fan: RunningFan | None = None


@dataclass(frozen=True)
class Sizing:
    """Design-day loads and the capacities that follow [W]."""

    design_cooling_load: float
    design_heating_load: float
    cooling_capacity: float
    heating_capacity: float


@dataclass(frozen=True)
class ThermalBuilding:
    """One building ready for lanes.

    Attributes
    ----------
    packed : PackedBuilding
        A room for every zone of the description, in its order.
    sizing : Sizing
    calendar : DayTypes
    """

    description: CompleteBuilding
    enclosed: DescribedEnclosure
    packed: PackedBuilding
    sizing: Sizing
    calendar: DayTypes


class _AlwaysWorkday(DayTypes):
    """Design days are working days."""

    def is_rest_day(self, day: date) -> bool:
        return False


def day_grid(weather: StepWeather, calendar: DayTypes) -> DayGrid:
    """The steps of a year of weather under a calendar."""
    return _day_grid(weather, type(calendar), calendar.vacations, calendar.calendar)


@kept_while(megabytes=16)
def _day_grid(
    weather: StepWeather, kind: type[DayTypes], vacations: tuple[MonthDay, ...], calendar: CalendarKind
) -> DayGrid:
    return kind(vacations, calendar).grid(weather.times)


def thermal_buildings(
    descriptions: Sequence[CompleteBuilding],
    weather: StepWeather,
    days: DesignDays,
    around: Surroundings,
    temp_ground: NDArray[np.float64],
    coils: Sequence[Coil],
    *,
    soil: bool = True,
    cut_s: float | None = None,
) -> list[ThermalBuilding]:
    """Assemble and size buildings, which march abreast through the design days.

    Parameters
    ----------
    descriptions : sequence of CompleteBuilding
        Of different names.
    weather : StepWeather
        The year, for the step and the mean pressure.
    days : DesignDays
    around : Surroundings
    temp_ground : ndarray (n,)
        Undisturbed ground below the slab's soil over the year [degC].
    coils : sequence of Coil
        Of each building.
    soil : bool
        Whether soil lies between ground floors and that temperature.
    cut_s : float, optional
        Step for which walls are cut into cells [s], default that of the weather.
    """
    drafts = [
        _unsized(own, weather, coil, soil, cut_s) for own, coil in zip(descriptions, coils, strict=True)
    ]
    minutes = int(weather.dt_s / 60)
    cold, hot = days.heating.at_step(minutes), days.cooling.at_step(minutes)
    for_cold = _design_series(drafts, cold, around, float(np.min(temp_ground)), "heating")
    for_hot = _design_series(drafts, hot, around, float(np.max(temp_ground)), "cooling")
    free = unlimited([draft.packed for draft in drafts], for_cold)
    heating = design_loads(free, for_cold, weather_table(cold), cold.dt_s, heating=True)
    cooling = design_loads(free, for_hot, weather_table(hot), hot.dt_s, heating=False)
    # On the design day the coil has no limit by which it could cycle: it runs all the time.
    return [
        _sized(draft, heats, cools, coil.fan)
        for draft, heats, cools, coil in zip(drafts, heating, cooling, coils, strict=True)
    ]


def _unsized(
    description: CompleteBuilding, weather: StepWeather, coil: Coil, soil: bool, cut_s: float | None
) -> ThermalBuilding:
    """A building whose zones have no capacity yet."""
    enclosed = described_enclosure(description, weather, soil=soil)
    air = tuple(
        replace(a, adp_temp=coil.temp, adp_humidity=coil.humidity, coil=coil.follows) for a in enclosed.air
    )
    return ThermalBuilding(
        description,
        enclosed,
        PackedBuilding(rooms(enclosed.enclosure, weather.dt_s, cut_s=cut_s), air),
        Sizing(0.0, 0.0, 0.0, 0.0),
        DayTypes(description.vacations, description.calendar),
    )


def _design_series(
    buildings: Sequence[ThermalBuilding], day: StepWeather, around: Surroundings, ground: float, design: str
) -> ForcingTable:
    """Series of one design day: heating without gains and sun, cooling on a full working day."""
    table, temp_ground = ForcingTable(len(day)), np.full(len(day), ground)
    for building in buildings:
        add_series(table, building, day, around, temp_ground, design=design)
    return table


def _sized(
    building: ThermalBuilding, heating: DesignLoads, cooling: DesignLoads, fan: RunningFan | None
) -> ThermalBuilding:
    """Give zones and plant their capacities; a capacity that the user wrote scales the zones' shares."""
    hvac = building.description.hvac
    conditioned = any(zone.conditioned for zone in building.description.zones)
    least = _LEAST_CAPACITY_W if conditioned else 0.0
    cool = hvac.cooling_capacity or max(hvac.sizing_factor * cooling.coincident, least)
    heat = hvac.heating_capacity or max(hvac.sizing_factor * heating.coincident, least)
    cool_scale = cool / cooling.coincident if cooling.coincident > 0.0 else 0.0
    heat_scale = heat / heating.coincident if heating.coincident > 0.0 else 0.0
    zones = building.description.zones
    air = tuple(
        replace(
            air,
            fan=fan,
            heat_max=_least(zone.heating_capacity, float(h * heat_scale)),
            cool_max=_least(zone.cooling_capacity, float(c * cool_scale)),
        )
        for zone, air, h, c in zip(zones, building.packed.air, heating.zones, cooling.zones, strict=True)
    )
    return replace(
        building,
        packed=replace(building.packed, air=air),
        sizing=Sizing(cooling.coincident, heating.coincident, cool, heat),
    )


def _least(written: float | None, sized: float) -> float:
    """A zone's own limit, where one is written, binds below its share of the plant."""
    return sized if written is None else min(written, sized)


def add_series(
    table: ForcingTable,
    building: ThermalBuilding,
    weather: StepWeather,
    around: Surroundings,
    temp_ground: NDArray[np.float64],
    *,
    design: str = "",
) -> None:
    """Add every series that a building's blocks name and the table lacks.

    Parameters
    ----------
    design : {"", "heating", "cooling"}
        A design day: working-day schedules, and no people, light or equipment for heating.
    """
    calendar = _AlwaysWorkday() if design else building.calendar
    add_schedules(table, building.description, day_grid(weather, calendar), quiet=design == "heating")
    add_infiltration(table, building, weather, around)
    add_natural(table, building, weather, around)
    add_cladding(table, building.description, building.enclosed.enclosure, weather, around)
    rooms_of = building.packed.rooms
    channels = [channel for room in rooms_of for face in room.faces for channel in face.series]
    channels += [channel for room in rooms_of for pane in room.panes for channel in pane.series]
    add_forcing(
        table,
        channels,
        weather,
        around=around,
        temp_ground=temp_ground,
        glazings=building.enclosed.glazings,
        shadings=building.enclosed.shadings,
        skylines=building.enclosed.skylines,
    )


def add_infiltration(
    table: ForcingTable, building: ThermalBuilding, weather: StepWeather, around: Surroundings
) -> None:
    """Add the infiltration of every zone: its schedule times what the wind at its mid height adds."""
    for zone in building.description.zones:
        channel = infiltration_channel(building.description.name, zone)
        if channel in table:
            continue
        schedule = table.series(share_channel(building.description.name, zone.infiltration_schedule))
        _, _, _, constant, wind, wind_squared, height = channel
        speed = wind_at_height(weather.wind_speed, float(height), around.terrain)
        table.add(
            channel, schedule * (float(constant) + float(wind) * speed + float(wind_squared) * speed**2)
        )


def add_natural(
    table: ForcingTable, building: ThermalBuilding, weather: StepWeather, around: Surroundings
) -> None:
    """Add the open windows of every zone whose flow hangs on the weather."""
    name = building.description.name
    for zone in building.description.zones:
        opened, channel = zone.natural_ventilation, natural_channel(name, zone)
        if opened is None or channel in table:
            continue
        share = table.series(share_channel(name, opened.schedule))
        heating, cooling = (
            table.series(setpoint_channel(name, kind, key))
            for kind, key in (("heating", zone.heating_setpoint), ("cooling", zone.cooling_setpoint))
        )
        temp_out = 0.5 * (weather.temp_air[:-1] + weather.temp_air[1:])
        lowest = opened.minimum_outdoor_temperature
        flow = share if lowest is None else np.where(temp_out > lowest, share, 0.0)
        if opened.opening is not None:
            wind = wind_at_height(weather.wind_speed, mid_height(zone), around.terrain)
            away = middle_of_set_points(heating, cooling) - temp_out
            flow = flow * opening_flow(opened.opening, wind, weather.wind_direction, temp_out, away)
        table.add(channel, flow)


def add_schedules(
    table: ForcingTable, building: CompleteBuilding, grid: DayGrid, *, quiet: bool = False
) -> None:
    """Add every schedule-driven series of a building that the table lacks.

    Parameters
    ----------
    quiet : bool
        No people, light or equipment.
    """
    cache: dict[str, NDArray[np.float64]] = {}

    def values(key: str) -> NDArray[np.float64]:
        if key not in cache:
            cache[key] = values_on(building.schedules[key], grid)
        return cache[key]

    def add(channel: Channel, series: Callable[[], NDArray[np.float64]]) -> None:
        if channel not in table:
            silent = quiet and channel[0] == "gain"
            table.add(channel, np.zeros(table.n_steps) if silent else series())

    controlled = building.ventilation.demand_controlled
    for zone in building.zones:
        add_gains(add, values, building.name, zone)
        channel = fresh_air_channel(building.name, zone, controlled)
        share = float(channel[4]) if controlled else 0.0
        air, people = zone.gains.fresh_air, zone.gains.occupancy
        add(channel, partial(lambda a, p, s: values(a) * (1.0 - s * (1.0 - values(p))), air, people, share))
        shares = [zone.infiltration_schedule]
        if zone.natural_ventilation is not None:
            shares.append(zone.natural_ventilation.schedule)
        for key in shares:
            add(share_channel(building.name, key), partial(values, key))
        for kind, key in (("heating", zone.heating_setpoint), ("cooling", zone.cooling_setpoint)):
            add(
                setpoint_channel(building.name, kind, key),
                partial(lambda key, kind: off_as_never(values(key), kind), key, kind),
            )
    for key in shade_schedules(building):
        add(share_channel(building.name, key), partial(values, key))
    for exchange in building.air_exchanges:
        add(share_channel(building.name, exchange.schedule), partial(values, exchange.schedule))


def shade_schedules(building: CompleteBuilding) -> tuple[str, ...]:
    """Schedules that draw movable shades."""
    controls = [w.shading.shade_control for s in building.surfaces for w in s.windows if w.shading.shade]
    keys = [key for control in controls for key in (control.season, control.schedule) if key is not None]
    return tuple(dict.fromkeys(keys))


def add_gains(
    add: Callable[[Channel, Callable[[], NDArray[np.float64]]], None],
    values: Callable[[str], NDArray[np.float64]],
    name: str,
    zone: CompleteZone,
) -> None:
    """Add what people, light and equipment of a zone follow."""
    gains, base = zone.gains, zone.gains.equipment_base_fraction
    add(occupancy_channel(name, zone), partial(values, gains.occupancy))
    add(lighting_channel(name, zone), partial(values, gains.lighting))
    add(equipment_channel(name, zone), lambda: base + (1.0 - base) * values(gains.equipment))


def occupancy(building: CompleteBuilding, table: ForcingTable, zone: CompleteZone) -> NDArray[np.float64]:
    """People in a zone (one such zone) at each step."""
    people = zone.gains.people_density * zone.floor_area
    return people * table.series(occupancy_channel(building.name, zone))
