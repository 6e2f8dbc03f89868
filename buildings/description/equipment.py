"""Plant, storage, vehicles and control of a building as a user writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.base import EITHER, Described, ElectricCapacity, Key, Name, ThermalCapacity
from buildings.description.cross_checks import refuse
from buildings.description.device_curves import DeviceCurves

HvacType = Literal["vrf", "air_source_heat_pump", "chiller_boiler", "ideal", "district"]
DISTRICT_SUBSTATION = "district_substation"
"""Equipment of a building that takes heat and cold from its district."""
Load = Literal["hvac", "lighting", "equipment", "ev"]
BatteryPlace = Annotated[
    Annotated[q.Temperature, Tag("quantity")]
    | Annotated[Literal["container", "indoors", "outdoors"], Tag("word")],
    EITHER,
]
EfficiencyFactor = Annotated[float, Field(ge=0.3, le=2.0), q.Unit("1")]


class Hvac(Described):
    """Heating and cooling of all conditioned zones of the building."""

    type: HvacType | None = Field(
        default=None,
        description="Kind of plant; default by archetype and era. district: a substation without machines, "
        "fed by the energy station that the district shares (区域供冷供热).",
    )
    equipment: Key | None = Field(
        default=None,
        description="Equipment data: split_multi_2005, vrf_2010, vrf_efficient_2022, "
        "air_source_heat_pump_2020, chiller_boiler_2005, chiller_boiler_2020, ideal, "
        "district_substation; by type and era.",
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
    cooling_efficiency_factor: EfficiencyFactor = Field(
        default=1.0,
        description="Efficiency of the cooling machines over that of their data [1] (实际能效与数据之比).",
    )
    heating_efficiency_factor: EfficiencyFactor = Field(
        default=1.0, description="Efficiency of the heat pump or boiler over that of its data [1]."
    )
    cooling_setpoint: q.Temperature | None = Field(
        default=None, description="Cooling set-point in operating hours [degC], instead of the use's."
    )
    heating_setpoint: q.Temperature | None = Field(
        default=None, description="Heating set-point in operating hours [degC], instead of the use's."
    )

    @property
    def from_district(self) -> bool:
        """Whether heat and cold come from an energy station of the district."""
        return self.type == "district" or self.equipment == DISTRICT_SUBSTATION


class Dehumidification(Described):
    """Drying of the fresh air in a unit of its own (温湿度独立控制); the rooms' coils then stay dry."""

    equipment: Key = Field(
        default="condensing_2020",
        description="Product data: condensing_2020, heat_pump_desiccant_2015, liquid_desiccant_2012.",
    )
    supply_humidity: q.HumidityRatio = Field(
        default=8.0, description="Humidity at which dried air is let in [g/kg] (送风含湿量)."
    )
    supply_temperature: q.Temperature = Field(
        default=18.0, description="Temperature of that air [degC], where it does not come colder."
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
    dehumidification: Dehumidification | None = Field(
        default=None, description="Drying of the fresh air apart from cooling; without it coils dry."
    )
    demand_controlled: bool = Field(
        default=False, description="Fresh air follows the people present instead of the design number."
    )


class EndUses(Described):
    """Hot water, cooking, laundry and sterilisation (终端用能): useful energy, and its appliances."""

    use: Key = Field(
        description="Kind of demand: residential, hotel, hospital_inpatient, hospital_outpatient, office, "
        "canteen, restaurant."
    )
    count: Annotated[float, Field(gt=0, le=1e6), q.Unit("1")] | None = Field(
        default=None, description="People, beds, guests or meals [1]; by floor area where not given."
    )
    central: bool = Field(default=True, description="Whether hot water is made centrally and circulates.")
    hot_water: Key | None = Field(
        default=None,
        description="Appliance data of local heaters; without it the plant room makes hot water.",
    )
    cooking: Key = Field(default="gas_hob", description="Appliance data of the kitchen (炊事).")
    laundry: Key = Field(default="electric_laundry", description="Appliance data of the laundry (洗衣).")
    sterilisation: Key = Field(default="electric_steriliser", description="Appliance data (消毒).")


class PvArray(Described):
    """A photovoltaic array (光伏阵列)."""

    name: Name = Field(description="Name, unique in the building.")
    capacity: q.PeakPower = Field(description="DC capacity at STC [kWp].")
    tilt: q.Tilt | None = Field(
        default=None, description="Tilt [deg]; default that of its surface, on a rack or without one 10."
    )
    azimuth: q.Azimuth | None = Field(
        default=None,
        description="Azimuth clockwise from north [deg]; default that of its surface, else 180.",
    )
    surface: Name | None = Field(
        default=None,
        description="Outdoor surface that the modules cover, which then gets what they leave of the sun; of "
        "an archetype also roof, south-wall, east-wall, north-wall, west-wall: that side of all its storeys. "
        "Without it the surface behind counts as bare.",
    )
    mounting: Key = Field(
        default="roof_open_rack",
        description="roof_open_rack, roof_close, roof_rows, facade, facade_ventilated, facade_unventilated.",
    )
    module: Key = Field(
        default="mono_perc",
        description="Module data: mono_perc, mono_topcon, canadian_cs1u_420ms, first_solar_fs_4117a_3, "
        "longi_lr6_72bp_360m.",
    )
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
    reserve: q.Fraction | None = Field(
        default=None,
        description="State of charge kept on the grid for the time without it [1]; default `soc_min`.",
    )
    location: BatteryPlace = Field(
        default="container",
        description="Where it stands: container (air-conditioned, 25 degC), indoors (battery room, 15 to "
        "30 degC), outdoors, or the temperature kept around it [degC]. Cells heat up above it by their loss.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Battery:
        if self.soc_min >= self.soc_max:
            raise refuse(
                f"soc_min {self.soc_min:g} is not below soc_max {self.soc_max:g}",
                "Set soc_min below soc_max.",
                "soc_min",
            )
        if self.reserve is not None and not self.soc_min <= self.reserve < self.soc_max:
            raise refuse(
                f"reserve {self.reserve:g} is not from soc_min {self.soc_min:g} to below soc_max "
                f"{self.soc_max:g}",
                "Set it between both.",
                "reserve",
            )
        return self

    @property
    def usable_reserve(self) -> float:
        """The reserve as a share of the range in use."""
        return ((self.reserve or self.soc_min) - self.soc_min) / (self.soc_max - self.soc_min)


class ElectricVehicles(Described):
    """Chargers and the vehicles that come to them."""

    chargers: Annotated[int, Field(strict=True, ge=1, le=5000)] = Field(description="Number of chargers.")
    power: q.ElectricPower = Field(default=7.0, description="Power of one charger [kW].")
    vehicles_per_day: Annotated[float, Field(gt=0, le=50000), q.Unit("1")] | None = Field(
        default=None, description="Vehicles on a workday; default 1.5 per charger."
    )
    pattern: Literal["workplace", "residential", "retail", "public", "bus_depot", "taxi"] = Field(
        default="workplace", description="Arrival, stay and energy."
    )
    vehicle: Key | None = Field(
        default=None,
        description="Vehicle data: car, taxi_car, bus; default by pattern. Gives battery, charge curve and "
        "losses.",
    )
    v2b: bool = Field(
        default=False,
        description="Whether vehicles may discharge into the building; they do so where droop controls.",
    )
    opt_in: q.Fraction | None = Field(
        default=None,
        description="Share of the vehicles whose owners agree to v2b [1]; all of them where not given.",
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the drawn vehicles."
    )

    @model_validator(mode="after")
    def _agreed_to_something(self) -> ElectricVehicles:
        if self.opt_in is not None and not self.v2b:
            raise refuse(
                f"opt_in {self.opt_in:g} is the share that agrees to v2b, which is off",
                "Set v2b to true, or leave out opt_in.",
                "opt_in",
            )
        return self


class CriticalShare(Described):
    """What of the loads must run without the grid (重要负荷)."""

    lighting: q.Fraction = Field(default=0.10, description="Share of lighting that is critical [1].")
    equipment: q.Fraction = Field(default=0.20, description="Share of equipment that is critical [1].")


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
    curves: DeviceCurves = Field(
        default=DeviceCurves(), description="Device curves that differ from the library's (电压-功率曲线)."
    )
    critical_share: CriticalShare = Field(
        default=CriticalShare(), description="Loads that an island serves to the last."
    )


Weight = Annotated[float, Field(ge=0, le=1000.0), q.Unit("1")]


class Weights(Described):
    """What a plan weighs, in money."""

    energy: Weight = Field(default=1.0, description="Factor on the cost of energy [1].")
    demand: Weight = Field(default=1.0, description="Factor on the month's demand charge (需量电费) [1].")
    wear: Weight = Field(default=1.0, description="Factor on the battery's wear [1].")
    carbon: Annotated[float, Field(ge=0, le=100.0), q.Unit("CNY/kg")] = Field(
        default=0.0, description="Price of carbon dioxide [CNY/kg]."
    )
    drift: Annotated[float, Field(ge=0, le=1e5), q.Unit("CNY/(K.h)")] = Field(
        default=10.0, description="Price of a kelvin by which rooms drift from their set-point [CNY/(K.h)]."
    )


class Predictive(Described):
    """How plans are made (模型预测控制)."""

    forecast: Literal["weather", "persistence", "climatology", "perfect"] = Field(
        default="weather",
        description="weather: a forecast whose error grows; persistence: the last day of the same kind; "
        "climatology: the mean of the last ones; perfect: the future itself, an upper bound.",
    )
    interval: q.Minutes = Field(default=60.0, description="Time between two plans [min].")
    horizon: Annotated[float, Field(ge=4, le=48), q.Unit("h")] = Field(
        default=24.0, description="How far a plan looks [h]."
    )
    margin: Weight = Field(
        default=1.0,
        description="Room below limits and peaks, in standard deviations of the forecast's past error [1].",
    )
    weights: Weights = Field(default=Weights(), description="What a plan weighs.")


MeterPower = Annotated[float, Field(ge=-1e6, le=1e6), q.Unit("kW")]


class GridTarget(Described):
    """Power to hold at the meter (目标取电功率), import positive; exactly one way to say it."""

    power: MeterPower | None = Field(default=None, description="One power for the whole year [kW].")
    hours: Annotated[tuple[MeterPower, ...], Field(min_length=24, max_length=24)] | None = Field(
        default=None, description="Power by hour of the day, 24 values [kW]."
    )
    periods: dict[Literal["valley", "flat", "peak", "super_peak", "deep_valley"], MeterPower] | None = Field(
        default=None, description="Power by price period of the tariff; none in the others [kW]."
    )
    file: Key | None = Field(
        default=None,
        description="CSV file beside the project with `time` and `grid_target_kw`, or `time` and `signal`.",
    )
    base: MeterPower | None = Field(
        default=None, description="Power where the signal of the file has its mean [kW]."
    )
    gain: Annotated[float, Field(ge=-100, le=100), q.Unit("1")] = Field(
        default=1.0, description="Fall of the power per rise of the signal, both relative [1]."
    )

    @model_validator(mode="after")
    def _one_way(self) -> GridTarget:
        ways = [self.power, self.hours, self.periods, self.file]
        if sum(way is not None for way in ways) != 1:
            raise refuse("the grid target needs one way to say it", "Write power, hours, periods or file.")
        return self


class Control(Described):
    """How the building decides."""

    type: Literal[
        "fixed", "rules", "self_consumption", "time_of_use", "peak_shaving", "precooling", "droop", "mpc"
    ] = Field(
        default="fixed",
        description="fixed: nothing reacts; rules: the battery follows PV and tariff; self_consumption, "
        "time_of_use, peak_shaving (needs demand_limit): the battery alone by that rule; precooling: rules, "
        "and rooms are conditioned before peaks; droop: all follow the bus voltage; mpc: plans of the day.",
    )
    precool: q.TemperatureDifference = Field(
        default=1.0, description="How far the set-point may move when power is plentiful [K]."
    )
    shed: q.TemperatureDifference = Field(
        default=1.0,
        description="How far rooms may leave their set-point when power is scarce [K]: on the way there air "
        "conditioning gives up less and less.",
    )
    drift: q.TemperatureDifference = Field(
        default=0.0,
        description="How far a plan may let rooms leave the set-point, warmer in summer and colder in winter "
        "[K].",
    )
    demand_limit: q.ElectricPower | None = Field(
        default=None, description="Grid power that control tries not to exceed [kW]."
    )
    target: GridTarget | None = Field(
        default=None,
        description="Power to hold at the meter by all that is flexible; comfort and departures first.",
    )
    mpc: Predictive = Field(default=Predictive(), description="Plans, where the type is mpc.")
