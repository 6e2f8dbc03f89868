"""A complete building as an EnergyPlus model: the same description, the same series, the same weather.

What is mapped how stands in the rooms beside this one: `envelope` (surfaces, ground, shades), `constructions`
(layers and glass), `gains`, `air` (leaks, windows, fresh air with recovery), `hvac` (thermostats and ideal
loads). Solar distribution is `FullExterior`: beam that enters falls on the floor. Films: TARP inside, DOE-2
or TARP outside. All schedules come from the series that the fast engine marches, so that calendars cannot
differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schedules import schedule_values
from buildings.description.schema import Site
from buildings.energyplus.air import write_air, write_exchange
from buildings.energyplus.envelope import Envelope, Ground
from buildings.energyplus.gains import ZoneSeries, write_gains
from buildings.energyplus.hvac import write_ideal_loads
from buildings.energyplus.model import Model
from buildings.energyplus.shades import shade_series
from buildings.thermal.blocks import ground_floor
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.ground import ground_temperature
from weather.step_weather import StepWeather

Capacities = Mapping[str, tuple[float, float]]
"""Sensible heating and total cooling capacity [W] of each zone, of one such zone."""

GROUND_DEPTH_M = 2.0
"""Depth of the undisturbed ground that bounds the soil below a slab [m]; as the fast engine has it."""
WARMUP_DAYS = 50
_LEAD_IN = (12, 4)
"""A whole year is led in by its own December, as in the fast engine: rooms do not begin on a repeated day."""
_PLAIN_YEAR = 2023
"""A year without February 29 after a year without one; only the days of the year count."""
STEPS_PER_HOUR = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
OUTPUTS = {
    "temp_air": "Zone Mean Air Temperature",
    "temp_radiant": "Zone Mean Radiant Temperature",
    "humidity_ratio": "Zone Mean Air Humidity Ratio",
}
LOAD_OUTPUTS = {
    "heating": "Zone Ideal Loads Zone Sensible Heating Rate",
    "cooling": "Zone Ideal Loads Zone Sensible Cooling Rate",
    "latent_cooling": "Zone Ideal Loads Zone Latent Cooling Rate",
    "asked": "Zone Predicted Sensible Load to Setpoint Heat Transfer Rate",
}
_TERRAIN = {
    "country": ("Country", 0.14, 270.0),
    "suburbs": ("Suburbs", 0.22, 370.0),
    "city": ("City", 0.33, 460.0),
}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


@dataclass(frozen=True)
class Days:
    """First and last day of the run, (month, day)."""

    first: tuple[int, int] = (1, 1)
    last: tuple[int, int] = (12, 31)


def write_model(
    building: CompleteBuilding,
    climate: ClimateYear,
    site: Site,
    *,
    minutes: int,
    capacities: Capacities | None = None,
    conditioned: bool = True,
    dew_point: float = 12.0,
    days: Days | None = None,
) -> Model:
    """Turn a complete building into an EnergyPlus model.

    Parameters
    ----------
    building : CompleteBuilding
    climate : ClimateYear
        Its year and weekdays; the EPW file itself is written by `weather.epw_writer`.
    site : Site
        Terrain, ground reflectance, ground temperatures.
    minutes : int
        Step; divides the hour.
    capacities : mapping, optional
        Zone to (sensible heating, total cooling) [W]; None without limits.
    conditioned : bool
        False lets every zone float.
    dew_point : float
        Apparatus dew point of the coil [degC].
    days : Days, optional
        Part of the year; default all of it, led in by its last 28 days.

    Returns
    -------
    Model

    Raises
    ------
    TwinError
        A step that does not divide the hour, or something EnergyPlus cannot express.
    """
    if minutes < 1 or 60 % minutes or 60 // minutes not in STEPS_PER_HOUR:
        raise TwinError(
            f"EnergyPlus cannot march at {minutes} min.",
            "Use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 min.",
            key="timestep",
        )
    if building.covers:
        raise TwinError(
            "Walls behind PV modules are not written for EnergyPlus.",
            "Use the fast engine, or remove `surface` from the arrays.",
            key="pv.surface",
        )
    if building.standing is not None:
        raise TwinError(
            "What stands around a building is not written for EnergyPlus.",
            "Use the fast engine, or remove `neighbours`.",
            key="neighbours",
        )
    weather = climate.at_step(minutes)
    model = Model(minutes)
    _controls(model, site, weather, days, "TARP" if building.wind_film == "plate" else "DOE-2")
    ground = _ground(building, climate, site, weather)
    for zone in building.zones:
        _zone(model, zone)
    calendar = DayTypes(building.vacations, building.calendar)
    moved = shade_series(building, weather, site.ground_reflectance, calendar)
    Envelope(model, building, ground, moved).write()
    series = {zone.name: zone_series(building, zone, weather, calendar) for zone in building.zones}
    for zone in building.zones:
        write_gains(model, zone, series[zone.name])
        write_air(model, building, zone, series[zone.name])
        if conditioned and zone.conditioned:
            capacity = capacities.get(zone.name) if capacities is not None else None
            if capacity is not None:  # ideal loads serve all zones that this one stands for
                capacity = (zone.multiplier * capacity[0], zone.multiplier * capacity[1])
            write_ideal_loads(
                model,
                model.names.of("zone", zone.name),
                series[zone.name].heating,
                series[zone.name].cooling,
                capacity,
                dew_point,
            )
    _exchanges(model, building, weather, calendar)
    _outputs(model, conditioned and any(zone.conditioned for zone in building.zones))
    return model


def zone_series(
    building: CompleteBuilding, zone: CompleteZone, weather: StepWeather, calendar: DayTypes
) -> ZoneSeries:
    """All schedule-driven series of a zone, by the same rules as the fast engine's."""

    def values(key: str) -> NDArray[np.float64]:
        return schedule_values(building.schedules[key], weather.times, calendar)

    gains, base = zone.gains, zone.gains.equipment_base_fraction
    occupancy = values(gains.occupancy)
    people = gains.fresh_air_per_person * gains.people_density * zone.floor_area
    share = people / max(people + gains.fresh_air_changes * zone.volume, 1e-12)
    share = share if building.ventilation.demand_controlled else 0.0
    opened = zone.natural_ventilation
    return ZoneSeries(
        occupancy=occupancy,
        lighting=values(gains.lighting),
        equipment=base + (1.0 - base) * values(gains.equipment),
        fresh_air=values(gains.fresh_air) * (1.0 - share * (1.0 - occupancy)),
        infiltration=values(zone.infiltration_schedule),
        ventilation=values(opened.schedule) if opened is not None else np.zeros(len(weather)),
        heating=values(zone.heating_setpoint),
        cooling=values(zone.cooling_setpoint),
    )


def _controls(model: Model, site: Site, weather: StepWeather, days: Days | None, film: str) -> None:
    terrain, exponent, layer = _TERRAIN[site.terrain]
    model.add(
        "SimulationControl",
        Do_Zone_Sizing_Calculation="No",
        Do_System_Sizing_Calculation="No",
        Do_Plant_Sizing_Calculation="No",
        Run_Simulation_for_Sizing_Periods="No",
        Run_Simulation_for_Weather_File_Run_Periods="Yes",
    )
    model.add(
        "Building",
        Name="building",
        North_Axis=0.0,
        Terrain=terrain,
        Loads_Convergence_Tolerance_Value=0.04,
        Temperature_Convergence_Tolerance_Value=0.2,
        Solar_Distribution="FullExterior",
        Maximum_Number_of_Warmup_Days=WARMUP_DAYS,
        Minimum_Number_of_Warmup_Days=6,
    )
    model.add("Timestep", Number_of_Timesteps_per_Hour=60 // model.minutes)
    model.add("HeatBalanceAlgorithm", Algorithm="ConductionTransferFunction")
    # Exact over the step, as the fast engine's air; the default extrapolates from three steps before and
    # gives too much heat when a set-point jumps (a random building: peak -25 % against -5 %).
    model.add("ZoneAirHeatBalanceAlgorithm", Algorithm="AnalyticalSolution")
    model.add("SurfaceConvectionAlgorithm:Inside", Algorithm="TARP")
    model.add("SurfaceConvectionAlgorithm:Outside", Algorithm=film)
    # Rectangles stand for planes without a place: they must not shade each other.
    model.add(
        "ShadowCalculation",
        Shading_Calculation_Method="PolygonClipping",
        Shading_Calculation_Update_Frequency_Method="Timestep",
        Disable_SelfShading_Within_Shading_Zone_Groups="Yes",
        Disable_SelfShading_From_Shading_Zone_Groups_to_Other_Zones="Yes",
    )
    model.add(
        "Site:HeightVariation",
        Wind_Speed_Profile_Exponent=exponent,
        Wind_Speed_Profile_Boundary_Layer_Thickness=layer,
        Air_Temperature_Gradient_Coefficient=0.0,
    )
    albedo = {f"{month}_Ground_Reflectance": site.ground_reflectance for month in _MONTHS}
    model.add("Site:GroundReflectance", **albedo)
    model.add(
        "GlobalGeometryRules",
        Starting_Vertex_Position="UpperLeftCorner",
        Vertex_Entry_Direction="Counterclockwise",
        Coordinate_System="World",
    )
    span = days if days is not None else Days(_LEAD_IN)
    years = {} if days is not None else {"Begin_Year": _PLAIN_YEAR - 1, "End_Year": _PLAIN_YEAR}
    model.add(
        "RunPeriod",
        Name="run",
        Begin_Month=span.first[0],
        Begin_Day_of_Month=span.first[1],
        End_Month=span.last[0],
        End_Day_of_Month=span.last[1],
        **years,
        # Weekdays act on nothing: all schedules are series by day of the year.
        Day_of_Week_for_Start_Day=weather.times[0].day_name() if days is not None else "",
        Use_Weather_File_Holidays_and_Special_Days="No",
        Use_Weather_File_Daylight_Saving_Period="No",
        Apply_Weekend_Holiday_Rule="No",
        Use_Weather_File_Rain_Indicators="No",
        Use_Weather_File_Snow_Indicators="No",
    )


def _ground(building: CompleteBuilding, climate: ClimateYear, site: Site, weather: StepWeather) -> Ground:
    if not any(s.boundary == "ground" for s in building.surfaces):
        return Ground(0.0, 0.0, np.zeros(1), None)
    area, perimeter = ground_floor(building)
    undisturbed = ground_temperature(climate, GROUND_DEPTH_M, weather.times)
    monthly = site.ground_temperatures
    return Ground(area, perimeter, undisturbed, tuple(monthly) if monthly is not None else None)


def _zone(model: Model, zone: CompleteZone) -> None:
    name = model.names.of("zone", zone.name)
    model.add(
        "Zone",
        Name=name,
        Direction_of_Relative_North=0.0,
        X_Origin=0.0,
        Y_Origin=0.0,
        Z_Origin=0.0,
        Type=1,
        Multiplier=zone.multiplier,
        Ceiling_Height=zone.volume / zone.floor_area,
        Volume=zone.volume,
        Floor_Area=zone.floor_area,
    )
    heat, moisture = zone.sensible_capacity_multiplier, zone.moisture_capacity_multiplier
    if heat != 1.0 or moisture != 1.0:
        model.add(
            "ZoneCapacitanceMultiplier:ResearchSpecial",
            Name=f"{name} capacity",
            Zone_or_ZoneList_Name=name,
            Temperature_Capacity_Multiplier=heat,
            Humidity_Capacity_Multiplier=moisture,
        )


def _exchanges(model: Model, building: CompleteBuilding, weather: StepWeather, calendar: DayTypes) -> None:
    number = 0
    for exchange in building.air_exchanges:
        values = schedule_values(building.schedules[exchange.schedule], weather.times, calendar)
        schedule = model.series("exchange", values)
        for receives, gives in (exchange.zones, exchange.zones[::-1]):
            number += 1
            write_exchange(model, receives, gives, exchange.flow / 3600.0, schedule, number)


def _outputs(model: Model, loads: bool) -> None:
    model.add("Output:SQLite", Option_Type="Simple")
    unread = ("CSV", "MTR", "ESO", "Tabular", "AUDIT", "BND", "RDD", "MDD", "MTD", "SHD", "Zone_Sizing")
    model.add("OutputControl:Files", **{f"Output_{name}": "No" for name in unread})
    wanted = {**OUTPUTS, **(LOAD_OUTPUTS if loads else {})}
    for variable in wanted.values():
        model.add("Output:Variable", Key_Value="*", Variable_Name=variable, Reporting_Frequency="Timestep")
