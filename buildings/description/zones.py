"""Zones, their gains and air, and the planes around them as a user writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name, SetPoint
from buildings.description.cross_checks import refuse
from buildings.description.windows import Window

SurfaceKind = Literal["wall", "roof", "floor", "ceiling", "partition", "internal_mass"]


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
    activity_per_person: q.PersonHeat | None = Field(
        default=None,
        description="Metabolic heat [W/person] (人体代谢热) instead of the two: the warmth of the room "
        "decides at every step how much of it is sensible and how much latent.",
    )
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
    equipment_latent_fraction: q.Fraction | None = Field(
        default=None, description="Share of the equipment's electricity that becomes moisture [1]; default 0."
    )
    equipment_lost_fraction: q.Fraction | None = Field(
        default=None,
        description="Share of the equipment's electricity that does not enter the zone [1]; default 0.",
    )
    lighting_lost_fraction: q.Fraction | None = Field(
        default=None,
        description="Share of the lighting's electricity that does not enter the zone [1]; default 0.",
    )
    people_radiant_fraction: q.Fraction | None = Field(
        default=None, description="Radiant share of the people's sensible heat [1]; default by use."
    )
    lighting_radiant_fraction: q.Fraction | None = Field(
        default=None, description="Radiant share of the lighting heat that enters the zone [1]; by use."
    )
    equipment_radiant_fraction: q.Fraction | None = Field(
        default=None,
        description="Radiant share of the sensible equipment heat that enters the zone [1]; by use.",
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

    @model_validator(mode="after")
    def _shares(self) -> GainOverrides:
        away = (self.equipment_latent_fraction or 0.0) + (self.equipment_lost_fraction or 0.0)
        if away > 1.0 + 1e-9:
            raise refuse(
                f"latent and lost shares of the equipment add up to {away:g}",
                "Give shares that add up to at most 1.",
                "equipment_latent_fraction",
            )
        if self.activity_per_person is not None:
            for name in ("sensible_per_person", "latent_per_person"):
                if getattr(self, name) is not None:
                    raise refuse(
                        f"activity_per_person and {name} both say what heat people give off",
                        "Give the activity, or both the sensible and the latent heat.",
                        name,
                    )
        return self


class Thermostat(Described):
    """Set-points of the zone's air: one temperature, or the key of a schedule with `off` hours."""

    heating: SetPoint | None = Field(
        default=None, description="Heating set-point [degC] or schedule key; default by use."
    )
    cooling: SetPoint | None = Field(
        default=None, description="Cooling set-point [degC] or schedule key; default by use."
    )


class InfiltrationCoefficients(Described):
    """How infiltration follows stack and wind: design flow x (A + B |Tz - To| + C v + D v2).

    v is the wind at the zone's mid height. The names of the terms are those of EnergyPlus'
    ZoneInfiltration:DesignFlowRate.
    """

    constant: Annotated[float, Field(ge=0, le=10)] = Field(default=1.0, description="A [1].")
    temperature: Annotated[float, Field(ge=0, le=1)] = Field(default=0.0, description="B [1/K].")
    wind: Annotated[float, Field(ge=0, le=10)] = Field(default=0.0, description="C [s/m].")
    wind_squared: Annotated[float, Field(ge=0, le=10)] = Field(default=0.0, description="D [s2/m2].")


class VentilationOpening(Described):
    """What stands open (可开启面积): wind and stack drive air through it, flow = (wind2 + stack2)^0.5.

    Wind gives effectiveness x area x speed at the zone's mid height; stack gives
    discharge x area x (2 g height |Tz - To| / Tz)^0.5 (ASHRAE Handbook Fundamentals 2021 ch. 16).
    """

    area: Annotated[float, Field(gt=0, le=1000), q.Unit("m2")] = Field(
        description="Free area, all of it open [m2]; the schedule gives the share that is."
    )
    azimuth: q.Azimuth = Field(default=0.0, description="Azimuth of its outward normal [deg].")
    effectiveness: q.Fraction | None = Field(
        default=None, description="Effectiveness [1]; default 0.55 for wind on it, 0.3 at 45 deg."
    )
    height: Annotated[float, Field(ge=0, le=100), q.Unit("m")] = Field(
        default=0.0, description="From where air enters to where it leaves by stack [m]; default no stack."
    )
    discharge: q.Fraction | None = Field(
        default=None, description="Discharge coefficient of stack [1]; default 0.40 + 0.0045 |Tz - To|."
    )


class NaturalVentilation(Described):
    """Open windows or a night fan (自然通风): outdoor air without fan heat while the conditions hold."""

    air_changes: q.VentilationChanges | None = Field(
        default=None, description="Outdoor air while it runs [1/h] (换气次数), or give an opening."
    )
    opening: VentilationOpening | None = Field(
        default=None, description="What stands open, where wind and stack decide the flow."
    )
    schedule: Key | None = Field(
        default=None, description="Key of a schedule with the share of the flow [1]; default always 1."
    )
    minimum_indoor_temperature: q.Temperature | None = Field(
        default=None, description="Runs only while the zone is warmer [degC]; default no such condition."
    )
    maximum_outdoor_temperature: q.OutdoorTemperature | None = Field(
        default=None, description="Runs only while it is cooler outdoors [degC]; default no such condition."
    )
    minimum_outdoor_temperature: q.OutdoorTemperature | None = Field(
        default=None, description="Runs only while it is warmer outdoors [degC]; default no such condition."
    )
    delta_temperature: q.Excess | None = Field(
        default=None,
        description="Runs only while the zone is warmer than outdoors by more than this [K]; default no such "
        "condition.",
    )

    @model_validator(mode="after")
    def _one_flow(self) -> NaturalVentilation:
        if (self.air_changes is None) == (self.opening is None):
            raise refuse(
                "natural ventilation needs air_changes or an opening, one of them",
                "Give air_changes [1/h], or an opening with its area.",
                "air_changes",
            )
        return self


class AirExchange(Described):
    """Two zones that swap air (区间换气), such as through an open door: the same flow both ways."""

    zones: tuple[Name, Name] = Field(description="Names of the two zones.")
    flow: q.AirFlow = Field(description="Flow in each direction [m3/h].")
    schedule: Key | None = Field(
        default=None, description="Key of a schedule with the share of the flow [1]; default always 1."
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
    n50: q.LeakAt50Pa | None = Field(
        default=None,
        description="Measured air changes at 50 Pa [1/h] (N50); decides on infiltration where that is not "
        "written.",
    )
    infiltration_schedule: Key | None = Field(
        default=None,
        description="Key of a schedule with the share of the infiltration [1]; default always 1.",
    )
    infiltration_coefficients: InfiltrationCoefficients | None = Field(
        default=None, description="How infiltration follows stack and wind; default it is constant."
    )
    natural_ventilation: NaturalVentilation | None = Field(
        default=None, description="Open windows or a night fan; default none."
    )
    sensible_capacity_multiplier: Annotated[float, Field(ge=1, le=1000), q.Unit("1")] = Field(
        default=1.0, description="Heat capacity of air and furnishings over that of the air alone [1]."
    )
    moisture_capacity_multiplier: Annotated[float, Field(ge=1, le=1000), q.Unit("1")] = Field(
        default=1.0, description="Moisture capacity of air, furnishings and faces over that of the air [1]."
    )
    conditioned: bool = Field(default=True, description="Whether heating and cooling serve the zone.")
    heating_capacity: q.ThermalPower | None = Field(
        default=None, description="Most heating of one such zone [W]; default from the design day."
    )
    cooling_capacity: q.ThermalPower | None = Field(
        default=None, description="Most total cooling of one such zone [W]; default from the design day."
    )


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
    convection_inside: q.FilmCoefficient | None = Field(
        default=None,
        description="Fixed convective film on the zone's side [W/(m2.K)] instead of the correlation.",
    )
    convection_outside: q.FilmCoefficient | None = Field(
        default=None,
        description="Fixed convective film on the outer side (of a partition: in the zone behind) [W/(m2.K)] "
        "instead of the correlation.",
    )
    perimeter: Annotated[float, Field(gt=0, le=1e5), q.Unit("m")] | None = Field(
        default=None,
        description="Perimeter of the plane [m], for a wind_film of plates; default that of a square.",
    )
    sun_exposed: bool = Field(
        default=True, description="Whether the sun reaches an outdoor face; not under a raised floor."
    )
    wind_exposed: bool = Field(
        default=True,
        description="Whether the wind reaches an outdoor face; if not, its film is that of calm.",
    )

    @property
    def tilt_deg(self) -> float:
        """Tilt of the outward normal [deg], with the default of the kind."""
        defaults = {"roof": 0.0, "ceiling": 0.0, "floor": 180.0}
        return self.tilt if self.tilt is not None else defaults.get(self.kind, 90.0)

    @property
    def rim(self) -> float:
        """Perimeter of the plane [m], that of a square where none is written."""
        return self.perimeter if self.perimeter is not None else 4.0 * self.area**0.5

    @property
    def opaque_area(self) -> float:
        """Gross area less windows [m2]."""
        return self.area - sum(window.area for window in self.windows)
