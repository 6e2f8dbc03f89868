"""What a user may write: one project with its site, buildings, systems and control.

Everything is validated here and nowhere else. A bare number is taken in the unit that the field's
description names; text with a unit ("20000 m2") is converted. Unknown keys are refused. Library keys are
plain text here; whether they exist is checked where the library is opened.

Conventions: tilt 0 looks up, 90 is vertical, 180 looks down; azimuth is clockwise from north (south = 180);
layers of a construction run from the outer side (for a partition: the neighbour's side) to the zone's side.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.cross_checks import check_archetype, check_explicit, check_project, refuse

Era = Literal["1980s", "gb50189-2005", "gb50189-2015", "gb55015-2021", "nzeb"]
Archetype = Literal[
    "office", "hotel", "retail", "hospital_outpatient", "hospital_inpatient", "school_teaching", "residential"
]
HvacType = Literal["vrf", "air_source_heat_pump", "chiller_boiler", "ideal"]
Load = Literal["hvac", "lighting", "equipment", "ev"]
SurfaceKind = Literal["wall", "roof", "floor", "ceiling", "partition", "internal_mass"]


_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._-]*")


def _name(text: str) -> str:
    """Names become file names and columns: letters and digits of any script, space, dot, dash, underscore."""
    text = unicodedata.normalize("NFC", text)
    if not text or len(text) > 60:
        raise ValueError(f"a name of {len(text)} characters; 1 to 60 are possible")
    if not text.isascii() or not _PLAIN_NAME.fullmatch(text):
        wrong = sorted({c for c in text if not (c.isalnum() or c in " ._-")})
    else:
        wrong = []
    if wrong:
        raise ValueError(
            f"the name '{text}' holds {wrong}; letters, digits, space, dot, dash, underscore are possible"
        )
    if text != text.strip(" ."):
        raise ValueError(f"the name '{text}' begins or ends with a space or a dot; leave that out")
    return text


Name = Annotated[str, AfterValidator(_name)]
Key = Annotated[str, Field(min_length=1, max_length=120)]


def _written_as(value: Any) -> str:
    """Which branch of a union a user meant, so that the error speaks of that branch only."""
    if isinstance(value, str):
        return "quantity" if value.lstrip()[:1] in "+-.0123456789" else "word"
    return (
        "mapping" if isinstance(value, (dict, BaseModel)) else "quantity"
    )  # numbers, dates, and what is wrong


_EITHER = Discriminator(_written_as)
_Word = Annotated[Key, Tag("word")]
_Autosize = Annotated[Literal["autosize"], Tag("word")]
SetPoint = Annotated[Annotated[q.Temperature, Tag("quantity")] | _Word, _EITHER]
ThermalCapacity = Annotated[Annotated[q.ThermalPower, Tag("quantity")] | _Autosize, _EITHER]
ElectricCapacity = Annotated[Annotated[q.ElectricPower, Tag("quantity")] | _Autosize, _EITHER]


class Described(BaseModel):
    """Base of every part of a project: frozen, no unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)


# --- constructions, glazings, schedules -----------------------------------------------------------------


class Layer(Described):
    """One layer: a library material with a thickness, one's own material, or a plain resistance (air gap)."""

    material: Key | None = Field(default=None, description="Key of a library material.")
    thickness: q.Thickness | None = Field(
        default=None,
        description="Thickness [m]; left out only where `u_value` of the construction decides it.",
    )
    conductivity: q.Conductivity | None = Field(
        default=None, description="Conductivity [W/(m.K)] of a material of one's own."
    )
    density: q.Density | None = Field(default=None, description="Density [kg/m3] of a material of one's own.")
    specific_heat: q.SpecificHeat | None = Field(
        default=None, description="Specific heat [J/(kg.K)] of a material of one's own."
    )
    resistance: q.Resistance | None = Field(
        default=None, description="Resistance [m2.K/W] of a layer without mass, such as an air gap."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Layer:
        own = (self.conductivity, self.density, self.specific_heat)
        kinds = [
            self.material is not None,
            any(part is not None for part in own),
            self.resistance is not None,
        ]
        if sum(kinds) != 1:
            raise refuse(
                "a layer is a material, or conductivity with density and specific_heat, or a resistance",
                "Write exactly one of the three.",
            )
        if kinds[1] and any(part is None for part in own):
            raise refuse(
                "a material of one's own lacks a property",
                "Give conductivity, density and specific_heat together.",
            )
        if kinds[1] and self.thickness is None:
            raise refuse("a layer has no thickness", "Write thickness, for example 0.2 m.")
        if kinds[2] and self.thickness is not None:
            raise refuse("a resistance needs no thickness", "Leave thickness out.")
        return self


class Construction(Described):
    """Layers from the outer side to the zone's side."""

    layers: tuple[Layer, ...] = Field(min_length=1, max_length=20, description="From outside to inside.")
    u_value: q.Transmittance | None = Field(
        default=None,
        description="U with films of GB 50176 [W/(m2.K)]; solves the one layer without thickness.",
    )
    solar_absorptance_outside: q.Fraction = Field(
        default=0.6, description="Solar absorptance of the outer face [1] (太阳辐射吸收系数)."
    )
    solar_absorptance_inside: q.Fraction = Field(
        default=0.5, description="Solar absorptance of the zone's face [1]."
    )
    emissivity_outside: q.OpenFraction = Field(
        default=0.9, description="Long-wave emissivity of the outer face [1]."
    )
    emissivity_inside: q.OpenFraction = Field(
        default=0.9, description="Long-wave emissivity of the zone's face [1]."
    )

    @model_validator(mode="after")
    def _solvable(self) -> Construction:
        free = [layer for layer in self.layers if layer.thickness is None and layer.resistance is None]
        if self.u_value is None and free:
            raise refuse(
                f"layer '{free[0].material}' has no thickness",
                "Give its thickness, or u_value of the construction to solve it.",
            )
        if self.u_value is not None and len(free) != 1:
            raise refuse(
                f"u_value is given and {len(free)} layers have no thickness",
                "Leave the thickness of exactly one layer (the insulation) out, or leave u_value out.",
            )
        return self


class Glazing(Described):
    """A window as one: U of frame and glass together, solar heat gain at normal incidence, panes."""

    u_value: q.Transmittance = Field(description="U of the whole window [W/(m2.K)] (整窗传热系数).")
    shgc: q.OpenFraction = Field(
        description="Solar heat gain coefficient at normal incidence [1] (太阳得热系数)."
    )
    visible_transmittance: q.Fraction | None = Field(default=None, description="Visible transmittance [1].")
    panes: Literal[1, 2, 3] = Field(default=2, description="Number of panes; sets the angular behaviour.")
    coating: Literal["clear", "low_e", "solar_control"] = Field(
        default="clear", description="Class of the angular behaviour."
    )
    frame_fraction: Annotated[float, Field(ge=0, le=0.6), q.Unit("1")] = Field(
        default=0.2, description="Share of the window area that is frame [1]."
    )
    emissivity_inside: q.OpenFraction = Field(
        default=0.84, description="Long-wave emissivity of the inner face [1]."
    )


Number = Annotated[float, Field(strict=True)]
Value = Number | Literal["off"]


class Schedule(Described):
    """A day in equal parts (24, 48 or 96 values), the same every day or by day type; `off` for set-points."""

    every_day: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for every day."
    )
    workday: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for workdays (工作日)."
    )
    rest_day: tuple[Value, ...] | None = Field(
        default=None, description="24, 48 or 96 values for weekends, public holidays and vacations (休息日)."
    )
    constant: Value | None = Field(default=None, description="One value at all times.")

    @model_validator(mode="after")
    def _complete(self) -> Schedule:
        given = {
            key for key in ("every_day", "workday", "rest_day", "constant") if getattr(self, key) is not None
        }
        if given not in ({"every_day"}, {"workday", "rest_day"}, {"constant"}):
            raise refuse(
                f"a schedule with {', '.join(sorted(given)) or 'nothing in it'}",
                "Give every_day, or workday and rest_day together, or constant.",
            )
        for key in given - {"constant"}:
            if len(getattr(self, key)) not in (24, 48, 96):
                raise refuse(
                    f"{key} has {len(getattr(self, key))} values",
                    "Give 24, 48 or 96 values for the day.",
                    key,
                )
        return self

    def day(self, workday: bool) -> tuple[Value, ...]:
        """The values of one day type, starting at 00:00."""
        if self.constant is not None:
            return (self.constant,) * 24
        values = self.every_day or (self.workday if workday else self.rest_day)
        if values is None:
            raise TypeError("a schedule without values passed validation")
        return values


class Shading(Described):
    """Fixed shade geometry and a movable shade (遮阳) of a window."""

    overhang_depth: q.ShadeLength = Field(default=0.0, description="Depth of a horizontal overhang [m].")
    overhang_gap: q.ShadeLength = Field(
        default=0.0, description="Height of the overhang above the window's top [m]."
    )
    fin_depth: q.ShadeLength = Field(default=0.0, description="Depth of vertical fins on both sides [m].")
    movable_factor: q.OpenFraction = Field(
        default=1.0, description="Share of the solar heat gain left when the movable shade is closed [1]."
    )
    movable_above: q.Irradiance = Field(
        default=300.0, description="Irradiance on the window above which the movable shade closes [W/m2]."
    )


# --- zones and surfaces ---------------------------------------------------------------------------------


class GainSchedules(Described):
    """Keys of schedules: of the building's own `schedules`, else of the library (`office/occupancy`)."""

    occupancy: Key | None = Field(default=None, description="Share of the people present [1].")
    lighting: Key | None = Field(default=None, description="Share of the lighting power [1].")
    equipment: Key | None = Field(
        default=None, description="Share of the equipment power above its base [1]."
    )
    fresh_air: Key | None = Field(default=None, description="Share of the design fresh air [1].")


class GainOverrides(Described):
    """What a building or zone changes on the gains of its use (GB 55015-2021 Appendix C)."""

    people_density: q.PeopleDensity | None = Field(
        default=None, description="People [person/m2]; '10 m2/person' is understood (人均占有建筑面积)."
    )
    sensible_per_person: q.PersonHeat | None = Field(default=None, description="Sensible heat [W/person].")
    latent_per_person: q.PersonHeat | None = Field(default=None, description="Latent heat [W/person].")
    lighting_power: q.PowerDensity | None = Field(
        default=None, description="Installed lighting power [W/m2] (照明功率密度)."
    )
    equipment_power: q.PowerDensity | None = Field(
        default=None, description="Installed equipment power [W/m2] (电器设备功率密度)."
    )
    equipment_base_fraction: q.Fraction | None = Field(
        default=None,
        description="Share of the equipment power that never stops [1]: base + (1 - base) x schedule.",
    )
    fresh_air_per_person: q.FreshAirPerPerson | None = Field(
        default=None, description="Fresh air for the design number of people [m3/(h.person)] (新风量)."
    )
    fresh_air_changes: q.AirChanges | None = Field(
        default=None, description="Fresh air by volume [1/h], added to that per person (换气次数)."
    )
    schedules: GainSchedules = Field(
        default=GainSchedules(), description="Schedules to use instead of the use's."
    )


class Thermostat(Described):
    """Set-points of the zone's air: one temperature, or the key of a schedule with `off` hours."""

    heating: SetPoint | None = Field(
        default=None, description="Heating set-point [degC] or schedule key; default by use."
    )
    cooling: SetPoint | None = Field(
        default=None, description="Cooling set-point [degC] or schedule key; default by use."
    )


class Zone(Described):
    """A thermal zone (热区) with its use and gains."""

    name: Name = Field(description="Name, unique in the building.")
    floor_area: q.Area = Field(description="Floor area of one such zone [m2].")
    volume: q.Volume | None = Field(default=None, description="Air volume [m3]; default floor area x height.")
    height: q.Height | None = Field(default=None, description="Room height [m], where volume is left out.")
    multiplier: Annotated[int, Field(strict=True, ge=1, le=10000)] = Field(
        default=1, description="How many such zones the building has."
    )
    use: Key | None = Field(
        default=None,
        description="Library use (office, residential_bedroom, ...) for gains, schedules, set-points.",
    )
    gains: GainOverrides = Field(default=GainOverrides(), description="What differs from the use.")
    thermostat: Thermostat = Field(default=Thermostat(), description="What differs from the use.")
    elevation: Annotated[float, Field(ge=-100, le=1000), q.Unit("m")] = Field(
        default=0.0, description="Height of the zone's floor above the ground [m], for the wind."
    )
    infiltration: q.AirChanges | None = Field(
        default=None, description="Infiltration [1/h] (渗透换气次数); default by era."
    )
    conditioned: bool = Field(default=True, description="Whether heating and cooling serve the zone.")


class Window(Described):
    """A window in a surface."""

    name: Name = Field(description="Name, unique in the building.")
    area: q.Area = Field(description="Area with frame [m2].")
    glazing: Key = Field(description="Key of the building's own `glazings`, else of the library.")
    height: q.Length | None = Field(
        default=None, description="Height [m] for overhangs and fins; default square root of the area."
    )
    shading: Shading = Field(default=Shading(), description="Fixed and movable shades.")


class Surface(Described):
    """A plane of a zone: envelope, partition or internal mass; gross area with its windows."""

    name: Name = Field(description="Name, unique in the building.")
    zone: Name = Field(description="Zone whose air touches the inner side.")
    kind: SurfaceKind = Field(description="What it is; sets the default tilt.")
    area: q.Area = Field(
        description="Gross area with windows [m2]; of internal mass the exposed area, adiabatic behind."
    )
    tilt: q.Tilt | None = Field(
        default=None,
        description="Tilt of the outward normal [deg]; default wall 90, roof and ceiling 0, floor 180.",
    )
    azimuth: q.Azimuth | None = Field(
        default=None,
        description="Azimuth of the outward normal, clockwise from north [deg]; needed on outer walls.",
    )
    construction: Key = Field(description="Key of the building's own `constructions`, else of the library.")
    boundary: Name = Field(
        default="outdoors", description="outdoors, ground, adiabatic, or the name of the zone behind."
    )
    windows: tuple[Window, ...] = Field(default=(), description="Windows in this surface.")

    @property
    def tilt_deg(self) -> float:
        """Tilt of the outward normal [deg], with the default of the kind."""
        defaults = {"roof": 0.0, "ceiling": 0.0, "floor": 180.0}
        return self.tilt if self.tilt is not None else defaults.get(self.kind, 90.0)

    @property
    def opaque_area(self) -> float:
        """Gross area less windows [m2]."""
        return self.area - sum(window.area for window in self.windows)


# --- systems --------------------------------------------------------------------------------------------


class Hvac(Described):
    """Heating and cooling of all conditioned zones of the building."""

    type: HvacType | None = Field(default=None, description="Kind of plant; default by archetype and era.")
    equipment: Key | None = Field(
        default=None,
        description="Equipment data: split_multi_2005, vrf_2010, vrf_efficient_2022, "
        "air_source_heat_pump_2020, chiller_boiler_2005, chiller_boiler_2020, ideal; by type and era.",
    )
    cooling_capacity: ThermalCapacity = Field(
        default="autosize", description="Rated total cooling capacity [W], or autosize from the design day."
    )
    heating_capacity: ThermalCapacity = Field(
        default="autosize", description="Rated heating capacity [W], or autosize from the design day."
    )
    sizing_factor: Annotated[float, Field(ge=0.5, le=3.0), q.Unit("1")] = Field(
        default=1.15, description="Autosized capacity over design load [1]."
    )
    cooling_setpoint: q.Temperature | None = Field(
        default=None, description="Cooling set-point in operating hours [degC], instead of the use's."
    )
    heating_setpoint: q.Temperature | None = Field(
        default=None, description="Heating set-point in operating hours [degC], instead of the use's."
    )


class Ventilation(Described):
    """Mechanical fresh air (新风) of the building."""

    heat_recovery_sensible: q.Fraction | None = Field(
        default=None,
        description="Sensible effectiveness of heat recovery [1] (显热交换效率); default by era.",
    )
    heat_recovery_latent: q.Fraction | None = Field(
        default=None, description="Latent effectiveness of heat recovery [1]; default by era."
    )
    specific_fan_power: q.SpecificFanPower | None = Field(
        default=None,
        description="Fan power per fresh-air flow, supply and exhaust together [W/(m3/s)]; by era.",
    )
    bypass: bool | None = Field(
        default=None, description="Whether recovery is bypassed when it would harm; default by era."
    )
    demand_controlled: bool = Field(
        default=False, description="Fresh air follows the people present instead of the design number."
    )


class PvArray(Described):
    """A photovoltaic array (光伏阵列)."""

    name: Name = Field(description="Name, unique in the building.")
    capacity: q.PeakPower = Field(description="DC capacity at STC [kWp].")
    tilt: q.Tilt = Field(default=10.0, description="Tilt [deg].")
    azimuth: q.Azimuth = Field(default=180.0, description="Azimuth clockwise from north [deg].")
    mounting: Key = Field(default="roof_open_rack", description="roof_open_rack, roof_close or facade.")
    module: Key = Field(default="mono_perc", description="Module data.")
    converter: Key = Field(default="dcdc_good", description="Converter data: dcdc_good, dcdc_average.")


class Battery(Described):
    """Electric storage (储能)."""

    capacity: q.StoredEnergy = Field(description="Energy between 0 and 100 % [kWh].")
    power: q.ElectricPower = Field(description="Largest charge and discharge power at the bus [kW].")
    equipment: Key = Field(default="lfp", description="Cell data.")
    converter: Key = Field(default="dcdc_good", description="Converter data: dcdc_good, dcdc_average.")
    soc_min: q.Fraction = Field(default=0.1, description="Lowest state of charge in use [1].")
    soc_max: q.Fraction = Field(default=0.9, description="Highest state of charge in use [1].")
    soc_initial: q.Fraction = Field(default=0.5, description="State of charge at the start [1].")

    @model_validator(mode="after")
    def _ordered(self) -> Battery:
        if self.soc_min >= self.soc_max:
            raise refuse(
                f"soc_min {self.soc_min:g} is not below soc_max {self.soc_max:g}",
                "Set soc_min below soc_max.",
                "soc_min",
            )
        return self


class ElectricVehicles(Described):
    """Chargers and the vehicles that come to them."""

    chargers: Annotated[int, Field(strict=True, ge=1, le=5000)] = Field(description="Number of chargers.")
    power: q.ElectricPower = Field(default=7.0, description="Power of one charger [kW].")
    vehicles_per_day: Annotated[float, Field(gt=0, le=50000), q.Unit("1")] | None = Field(
        default=None, description="Vehicles on a workday; default 1.5 per charger."
    )
    pattern: Literal["workplace", "residential", "retail"] = Field(
        default="workplace", description="Arrival, stay and energy."
    )
    v2b: bool = Field(default=False, description="Whether vehicles may discharge into the building.")
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the drawn vehicles."
    )


class DcBus(Described):
    """The building's DC bus (直流母线) and its interface to the grid."""

    voltage: q.Voltage = Field(default=750.0, description="Nominal voltage [V].")
    interface_capacity: ElectricCapacity = Field(
        default="autosize", description="Rating of the grid interface converter [kW]."
    )
    interface: Key = Field(
        default="afe_median", description="Converter data: afe_best, afe_median, afe_older."
    )
    modules: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        default=1, description="Parallel modules of the interface; the fewest needed run."
    )
    loads: tuple[Load, ...] = Field(
        default=("hvac", "lighting", "equipment", "ev"),
        description="Loads on the bus; the others stay on AC.",
    )


class Control(Described):
    """How the building decides."""

    type: Literal["fixed", "rules", "droop"] = Field(
        default="fixed",
        description="fixed: nothing reacts; rules: storage and vehicles follow PV and tariff; "
        "droop: all follow the bus voltage.",
    )
    precool: q.TemperatureDifference = Field(
        default=1.0, description="How far the set-point may move when power is plentiful [K]."
    )
    demand_limit: q.ElectricPower | None = Field(
        default=None, description="Grid power that control tries not to exceed [kW]."
    )


# --- buildings ------------------------------------------------------------------------------------------


class MonthDay(Described):
    """A span of days in every year, both ends included, as MM-DD."""

    first: Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")] = Field(description="First day, MM-DD.")
    last: Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")] = Field(description="Last day, MM-DD.")

    @model_validator(mode="after")
    def _real_days(self) -> MonthDay:
        for key in ("first", "last"):
            try:
                datetime.date.fromisoformat(f"2024-{getattr(self, key)}")
            except ValueError:
                raise refuse(
                    f"'{getattr(self, key)}' is not a day", "Write MM-DD such as 07-01.", key
                ) from None
        return self


class BuildingSystems(Described):
    """What both shapes of a building share."""

    name: Name = Field(description="Name, unique in the project.")
    schedules: dict[Name, Schedule] = Field(default={}, description="Schedules of this building by key.")
    hvac: Hvac = Field(default=Hvac(), description="Heating and cooling.")
    ventilation: Ventilation = Field(default=Ventilation(), description="Mechanical fresh air.")
    pv: tuple[PvArray, ...] = Field(default=(), description="Photovoltaic arrays.")
    battery: Battery | None = Field(default=None, description="Electric storage.")
    ev: ElectricVehicles | None = Field(default=None, description="Vehicle chargers.")
    dc_bus: DcBus | None = Field(default=None, description="DC bus; without it the building is on AC.")
    control: Control = Field(default=Control(), description="Control.")
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
    Annotated[WindowWallRatio, Tag("mapping")] | Annotated[q.WindowShare, Tag("quantity")], _EITHER
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
    window_wall_ratio: WindowShares | None = Field(
        default=None, description="One number or north, east, south, west [1]; default by archetype and era."
    )
    envelope: EnvelopeOverrides = Field(default=EnvelopeOverrides(), description="What differs from the era.")
    gains: GainOverrides = Field(
        default=GainOverrides(), description="What differs from the use, in every zone."
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


CallDay = Annotated[
    Annotated[datetime.date, Tag("quantity")] | Annotated[Literal["hottest_workday"], Tag("word")], _EITHER
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
    notice: Literal["day_ahead"] = Field(default="day_ahead", description="When the call is known (日前).")

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
    description: str | None = Field(default=None, max_length=5000, description="Free text.")
    year: Annotated[int, Field(strict=True, ge=2004, le=2100)] = Field(
        default=2025, description="Calendar year with its public holidays and 调休."
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
    site: Site = Field(default=Site(), description="Site.")
    tariff: Key = Field(default="shanghai_two_part_10kv", description="Key of a tariff.")
    buildings: tuple[Building, ...] = Field(min_length=1, max_length=20000, description="Buildings.")
    event: DemandResponseCall | None = Field(default=None, description="Demand-response call.")

    @model_validator(mode="after")
    def _checks(self) -> Project:
        check_project(self)
        return self
