"""What a user may write: one project with its site, buildings, systems and control.

Everything is validated here and nowhere else. A bare number is taken in the unit that the field's
description names; text with a unit ("20000 m2") is converted. Unknown keys are refused. Library keys are
plain text here; whether they exist is checked where the library is opened.

Conventions: tilt 0 looks up, 90 is vertical, 180 looks down; azimuth is clockwise from north (south = 180);
layers of a construction run from the outer side (for a partition: the neighbour's side) to the zone's side.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.base import (
    EITHER,
    Described,
    ElectricCapacity,
    Key,
    Name,
    SetPoint,
    ThermalCapacity,
)
from buildings.description.constructions import Construction, Layer, Roughness
from buildings.description.cross_checks import check_archetype, check_explicit, check_project, refuse
from buildings.description.equipment import (
    Battery,
    Control,
    DcBus,
    Dehumidification,
    ElectricVehicles,
    EndUses,
    Hvac,
    HvacType,
    Load,
    PvArray,
    Ventilation,
)
from buildings.description.faults import Fault
from buildings.description.habits import Habits
from buildings.description.neighbours import Neighbours
from buildings.description.pilot_facts import PilotFacts
from buildings.description.posterior import PosteriorFacts
from buildings.description.retrofit_study import RetrofitStudy
from buildings.description.shades import RollerShade, Shade, ShadeControl, VenetianBlind
from buildings.description.standard_facts import StandardFacts
from buildings.description.timetables import (
    DayValues,
    MonthDay,
    Number,
    Schedule,
    SchedulePeriod,
    Value,
)
from buildings.description.windows import Frame, Gap, Glazing, GlazingLayer, Pane, Shading, Window
from buildings.description.zones import (
    AirExchange,
    GainOverrides,
    GainSchedules,
    InfiltrationCoefficients,
    NaturalVentilation,
    Surface,
    SurfaceKind,
    Thermostat,
    VentilationOpening,
    Zone,
)
from buildings.districts.shared import SharedAssets
from buildings.systems.rows import Row
from weather.heat_island import DensityZone

__all__ = [
    "AirExchange",
    "Archetype",
    "ArchetypeBuilding",
    "Battery",
    "Building",
    "BuildingSystems",
    "CalendarKind",
    "CallDay",
    "Construction",
    "Control",
    "DayValues",
    "DcBus",
    "Dehumidification",
    "DemandResponseCall",
    "Described",
    "ElectricCapacity",
    "ElectricVehicles",
    "EndUses",
    "EnvelopeOverrides",
    "Era",
    "ExplicitBuilding",
    "Frame",
    "GainOverrides",
    "GainSchedules",
    "Gap",
    "Glazing",
    "GlazingLayer",
    "Habits",
    "Hvac",
    "HvacType",
    "InfiltrationCoefficients",
    "Key",
    "Layer",
    "Load",
    "MonthDay",
    "Name",
    "NaturalVentilation",
    "Neighbours",
    "Number",
    "Pane",
    "PilotFacts",
    "PosteriorFacts",
    "Project",
    "PvArray",
    "RetrofitStudy",
    "RollerShade",
    "Roughness",
    "Schedule",
    "SchedulePeriod",
    "SetPoint",
    "Shade",
    "ShadeControl",
    "Shading",
    "Site",
    "Surface",
    "SurfaceKind",
    "ThermalCapacity",
    "Thermostat",
    "Value",
    "VenetianBlind",
    "Ventilation",
    "VentilationOpening",
    "WindFilm",
    "Window",
    "WindowShares",
    "WindowWallRatio",
    "Zone",
]  # fmt: skip

WindFilm = Literal["mowitt", "plate"]

CalendarKind = Literal["china", "weekdays"]

Era = Literal["1980s", "gb50189-2005", "gb50189-2015", "gb55015-2021", "nzeb"]
Archetype = Literal[
    "office", "hotel", "retail", "hospital_outpatient", "hospital_inpatient", "school_teaching", "residential"
]


# --- buildings ------------------------------------------------------------------------------------------


class BuildingSystems(Described):
    """What both shapes of a building share."""

    name: Name = Field(description="Name, unique in the project.")
    schedules: dict[Name, Schedule] = Field(default={}, description="Schedules of this building by key.")
    shades: dict[Name, Shade] = Field(default={}, description="Movable shades by key (活动遮阳).")
    hvac: Hvac = Field(default=Hvac(), description="Heating and cooling.")
    ventilation: Ventilation = Field(default=Ventilation(), description="Mechanical fresh air.")
    pv: tuple[PvArray, ...] = Field(default=(), description="Photovoltaic arrays.")
    battery: Battery | None = Field(default=None, description="Electric storage.")
    ev: ElectricVehicles | None = Field(default=None, description="Vehicle chargers.")
    dc_bus: DcBus | None = Field(default=None, description="DC bus; without it the building is on AC.")
    end_uses: EndUses | None = Field(
        default=None, description="Hot water, cooking, laundry and sterilisation; without it none."
    )
    plant_room: tuple[Row, ...] = Field(
        default=(),
        max_length=40,
        description="Equipment in front of hvac (机房), used in this order; hvac covers what it leaves over.",
    )
    control: Control = Field(default=Control(), description="Control.")
    habits: Habits = Field(default=Habits(), description="How it is used against its schedules (使用习惯).")
    meters: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=1,
        description="Household meters (户表) that share the electricity evenly; each has a tariff's tiers.",
    )
    standards: StandardFacts = Field(
        default=StandardFacts(), description="What standards ask and the physics do not tell."
    )
    vacations: tuple[MonthDay, ...] | None = Field(
        default=None,
        description="Spans of rest days in every year, such as school vacations; default by archetype.",
    )


class WindowWallRatio(Described):
    """Window share of each facade (窗墙面积比)."""

    north: q.WindowShare = Field(description="Of the north facade [1].")
    east: q.WindowShare = Field(description="Of the east facade [1].")
    south: q.WindowShare = Field(description="Of the south facade [1].")
    west: q.WindowShare = Field(description="Of the west facade [1].")


WindowShares = Annotated[
    Annotated[WindowWallRatio, Tag("mapping")] | Annotated[q.WindowShare, Tag("quantity")], EITHER
]


class EnvelopeOverrides(Described):
    """What differs from the envelope of the era."""

    wall_u: q.Transmittance | None = Field(default=None, description="U of outer walls [W/(m2.K)].")
    roof_u: q.Transmittance | None = Field(default=None, description="U of the roof [W/(m2.K)].")
    window_u: q.Transmittance | None = Field(default=None, description="U of windows [W/(m2.K)].")
    window_shgc: q.OpenFraction | None = Field(default=None, description="SHGC of windows, all facades [1].")
    infiltration: q.AirChanges | None = Field(
        default=None, description="Infiltration of perimeter zones [1/h]."
    )
    wall_absorptance: q.Fraction | None = Field(default=None, description="Solar absorptance of walls [1].")
    roof_absorptance: q.Fraction | None = Field(
        default=None, description="Solar absorptance of the roof [1]."
    )
    shading: Shading | None = Field(default=None, description="Shades of every window.")


class ArchetypeBuilding(BuildingSystems):
    """A building by its kind, era and size; `expand` makes the zones and surfaces."""

    archetype: Archetype = Field(description="Kind of building.")
    era: Era = Field(description="Code or era of the envelope and equipment.")
    floor_area: q.Area = Field(description="Total floor area above ground [m2] (建筑面积).")
    floors: Annotated[int, Field(strict=True, ge=1, le=200)] = Field(description="Storeys above ground.")
    aspect_ratio: Annotated[float, Field(ge=1, le=20), q.Unit("1")] | None = Field(
        default=None, description="Length over depth of the plan [1]; default by archetype."
    )
    orientation: q.Azimuth = Field(
        default=0.0,
        description="Turn of the building, clockwise; at 0 the long facades face north and south [deg].",
    )
    storey_height: q.Height | None = Field(
        default=None, description="Storey height [m]; default by archetype."
    )
    perimeter_depth: q.Length | None = Field(
        default=None, description="Depth of the perimeter zones [m]; default 4.5 m, less in a small plan."
    )
    zoning: Literal["perimeter_core", "by_use"] = Field(
        default="perimeter_core",
        description="perimeter_core: a core and four sides on up to three storeys; by_use: one zone per use "
        "(按用途合并热区), for districts: sides no longer differ.",
    )
    window_wall_ratio: WindowShares | None = Field(
        default=None, description="One number or north, east, south, west [1]; default by archetype and era."
    )
    envelope: EnvelopeOverrides = Field(default=EnvelopeOverrides(), description="What differs from the era.")
    gains: GainOverrides = Field(
        default=GainOverrides(), description="What differs from the use, in every zone."
    )
    neighbours: Neighbours | None = Field(
        default=None,
        description="What stands around and shades facades, roof and modules (周边遮挡); a district on "
        "a map writes it.",
    )

    @model_validator(mode="after")
    def _checks(self) -> ArchetypeBuilding:
        check_archetype(self)
        return self


class ExplicitBuilding(BuildingSystems):
    """A building by its zones and surfaces."""

    era: Era = Field(
        default="gb55015-2021", description="Era that supplies what zones and systems leave open."
    )
    zones: tuple[Zone, ...] = Field(min_length=1, max_length=2000, description="Thermal zones.")
    surfaces: tuple[Surface, ...] = Field(
        min_length=1, max_length=50000, description="Surfaces of the zones."
    )
    constructions: dict[Name, Construction] = Field(default={}, description="Constructions by key.")
    glazings: dict[Name, Glazing] = Field(default={}, description="Glazings by key.")
    air_exchanges: tuple[AirExchange, ...] = Field(
        default=(), max_length=10000, description="Pairs of zones that swap air."
    )
    wind_film: WindFilm = Field(
        default="mowitt",
        description="Film of the wind outside: mowitt, measured on a tall building (as EnergyPlus' DOE-2); "
        "plate, of a flat plate of the plane's size (as EnergyPlus' TARP).",
    )

    @model_validator(mode="after")
    def _checks(self) -> ExplicitBuilding:
        check_explicit(self)
        return self


def _shape(building: Any) -> str:
    if isinstance(building, dict):
        return "ExplicitBuilding" if "zones" in building or "surfaces" in building else "ArchetypeBuilding"
    return "ExplicitBuilding" if isinstance(building, ExplicitBuilding) else "ArchetypeBuilding"


Building = Annotated[
    Annotated[ArchetypeBuilding, Tag("ArchetypeBuilding")]
    | Annotated[ExplicitBuilding, Tag("ExplicitBuilding")],
    Discriminator(_shape),
]


# --- the project ----------------------------------------------------------------------------------------


class Site(Described):
    """Where the project stands; what is left out comes with the weather."""

    latitude: q.Latitude | None = Field(default=None, description="Latitude, north positive [deg].")
    longitude: q.Longitude | None = Field(default=None, description="Longitude, east positive [deg].")
    altitude: q.Altitude | None = Field(default=None, description="Altitude [m].")
    time_zone: Key | None = Field(default=None, description="Name of the time zone, such as Asia/Shanghai.")
    terrain: Literal["suburbs", "city", "country"] = Field(
        default="suburbs", description="Roughness around the site, for wind at facades."
    )
    ground_reflectance: q.Fraction = Field(default=0.2, description="Reflectance of the ground (albedo) [1].")
    ground_temperatures: tuple[q.OutdoorTemperature, ...] | None = Field(
        default=None,
        min_length=12,
        max_length=12,
        description="Mean of each month at the outer face of ground floors [degC], as EnergyPlus' "
        "Site:GroundTemperature:BuildingSurface; then no soil is added. Default: soil of ISO 13370 over the "
        "undisturbed ground of the weather.",
    )
    heat_island: DensityZone | None = Field(
        default=None,
        description="Local climate zone of the quarter (城市热岛): air is warmer than at the weather station "
        "by Shanghai's figures; leave it out where the station stands in the city. Default: none.",
    )


CallDay = Annotated[
    Annotated[datetime.date, Tag("quantity")] | Annotated[Literal["hottest_workday"], Tag("word")], EITHER
]


class DemandResponseCall(Described):
    """One demand-response call (需求响应邀约)."""

    type: Literal["peak_shaving"] = Field(default="peak_shaving", description="Peak shaving (削峰).")
    date: CallDay = Field(
        default="hottest_workday", description="Day as YYYY-MM-DD, or the workday with the hottest afternoon."
    )
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="13:00", description="Start, local time as HH:MM."
    )
    duration: q.Hours = Field(default=2.0, description="Duration [h].")
    reduction: q.ElectricPower | None = Field(default=None, description="Committed reduction [kW].")
    reduction_fraction: q.OpenFraction | None = Field(
        default=None, description="Committed reduction as a share of the baseline [1]."
    )
    notice: Literal["day_ahead", "half_hour", "none"] = Field(
        default="day_ahead",
        description="When the call is known: day_ahead (日前), half_hour before (日内), none: as it starts.",
    )

    @model_validator(mode="after")
    def _one_size(self) -> DemandResponseCall:
        if (self.reduction is None) == (self.reduction_fraction is None):
            raise refuse(
                "the call needs one size",
                "Write reduction in kW or reduction_fraction, not both and not neither.",
            )
        return self


class Project(Described):
    """A project file: one building or a district, its weather year, tariff and call."""

    schema_version: Literal[1] = Field(alias="schema", description="Version of this format; 1.")
    name: Name = Field(description="Name of the project.")
    name_zh: Name | None = Field(default=None, description="The name for Chinese pages; default `name`.")
    description: str | None = Field(default=None, max_length=5000, description="Free text.")
    description_zh: str | None = Field(
        default=None, max_length=5000, description="The free text for Chinese pages; default `description`."
    )
    year: Annotated[int, Field(strict=True, ge=2004, le=2100)] = Field(
        default=2025, description="Calendar year with its public holidays and 调休."
    )
    calendar: CalendarKind = Field(
        default="china",
        description="china: weekends, public holidays and 调休 of the year; weekdays: Monday to Friday are "
        "workdays, without any public holiday, in any year.",
    )
    weather: Key = Field(
        default="shanghai",
        description="shanghai, an EPW file relative to the project, or pvgis:LAT,LON, nasa:LAT,LON.",
    )
    weather_seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the generated weather year."
    )
    timestep: q.Minutes = Field(
        default=15.0, description="Step of the march [min]: divides the hour, 1 to 60."
    )
    variability: Literal["hourly", "minute"] = Field(
        default="hourly",
        description="hourly: sun, equipment and hot water follow their hourly means; minute: they vary "
        "inside the hours (a synthesis with weather_seed that keeps the energy), for timesteps up to 10 min.",
    )
    site: Site = Field(default=Site(), description="Site.")
    tariff: Key = Field(default="shanghai_two_part_10kv", description="Key of a tariff.")
    buildings: tuple[Building, ...] = Field(min_length=1, max_length=20000, description="Buildings.")
    event: DemandResponseCall | None = Field(default=None, description="Demand-response call.")
    faults: tuple[Fault, ...] = Field(
        default=(), max_length=1000, description="Times without the grid or with failed converters."
    )
    shared: SharedAssets | None = Field(
        default=None, description="What the buildings share (共享资产), marched by `twin district`."
    )
    retrofit: RetrofitStudy = Field(default=RetrofitStudy(), description="Study of measures (改造方案).")
    pilot: PilotFacts | None = Field(default=None, description="Pilot application (试点申报).")
    posterior: PosteriorFacts | None = Field(
        default=None, description="How surely a calibrated project is known (后验); every Run tells ranges."
    )

    @model_validator(mode="after")
    def _checks(self) -> Project:
        check_project(self)
        return self
