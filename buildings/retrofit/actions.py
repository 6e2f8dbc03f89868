"""What a measure does to a building, as written in data: one model for each kind of action.

Only parts of the description that do not know the whole schema are used here, since a project may hold
measures of its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.constructions import Layer
from buildings.description.cross_checks import refuse
from buildings.description.shades import ShadeControl
from buildings.description.windows import Glazing

Side = Literal["north", "east", "south", "west"]
Sides = Annotated[tuple[Side, ...], Field(min_length=1, max_length=4)]
Share = Annotated[float, Field(gt=0, le=1), q.Unit("1")]
Factor = Annotated[float, Field(ge=0, le=1), q.Unit("1")]
EraKey = Literal["1980s", "gb50189-2005", "gb50189-2015", "gb55015-2021", "nzeb"]
PlantKind = Literal["vrf", "air_source_heat_pump", "chiller_boiler"]
PowerRatio = Annotated[float, Field(gt=0, le=2)]


def _thick(layers: tuple[Layer, ...]) -> None:
    for layer in layers:
        if layer.thickness is None and layer.resistance is None:
            raise refuse(
                f"the layer '{layer.material}' of a measure has no thickness",
                "Write thickness, for example 60 mm.",
            )


class Insulate(Described):
    """Insulation on outer walls, roofs, floors over air, or floors and walls towards unheated rooms."""

    type: Literal["insulate"] = Field(description="Kind of action.")
    element: Literal["wall", "roof", "floor", "unheated"] = Field(
        description="Planes that face outdoors, or that part conditioned zones from others (unheated)."
    )
    side: Literal["outside", "inside"] = Field(
        default="outside",
        description="Face that gets the layers; outside means the other zone's for unheated.",
    )
    insulation: Layer = Field(description="Insulation with its thickness.")
    finish: tuple[Layer, ...] = Field(
        default=(), max_length=4, description="Layers on it, from the insulation to the air."
    )
    absorptance: q.Fraction | None = Field(
        default=None, description="Solar absorptance of the new outer face [1]; default as before."
    )
    embodied: Key | None = Field(
        default=None, description="Embodied factor of insulation that is no library material."
    )
    keep_below: q.Transmittance = Field(
        default=0.25, description="Planes whose U is at or below stay as they are [W/(m2.K)]."
    )

    @model_validator(mode="after")
    def _checks(self) -> Insulate:
        _thick((self.insulation, *self.finish))
        if self.side == "inside" and self.absorptance is not None:
            raise refuse("absorptance beside insulation inside", "Leave absorptance out.", "absorptance")
        return self


class Finish(Described):
    """Paint or membrane that changes what the outer face takes of the sun (反射隔热涂料)."""

    type: Literal["finish"] = Field(description="Kind of action.")
    element: Literal["wall", "roof"] = Field(description="Planes that face outdoors.")
    absorptance: q.Fraction = Field(description="Solar absorptance, aged [1] (太阳辐射吸收系数).")
    emissivity: q.Fraction = Field(default=0.9, description="Long-wave emissivity [1].")


class GreenRoof(Described):
    """Plants on a substrate over level roofs (屋顶绿化); evapotranspiration is not modelled."""

    type: Literal["green_roof"] = Field(description="Kind of action.")
    substrate: Layer = Field(description="Substrate, as wet as in the year's mean.")
    below: tuple[Layer, ...] = Field(default=(), max_length=4, description="Drainage and root barrier.")
    absorptance: q.Fraction = Field(default=0.75, description="Solar absorptance of leaves [1].")
    emissivity: q.Fraction = Field(default=0.95, description="Long-wave emissivity of leaves [1].")
    planted_share: Share = Field(
        default=0.7, description="Share of the roof that is planted, for the bill [1]."
    )

    @model_validator(mode="after")
    def _checks(self) -> GreenRoof:
        _thick((self.substrate, *self.below))
        return self


class ReplaceWindows(Described):
    """New windows (更换外窗)."""

    type: Literal["replace_windows"] = Field(description="Kind of action.")
    glazing: Key | None = Field(default=None, description="Glazing of the library or of the building.")
    figures: Glazing | None = Field(default=None, description="Or its figures.")
    infiltration_factor: Factor = Field(
        default=1.0, description="Infiltration after over before, of zones with such windows [1]."
    )
    sides: Sides | None = Field(default=None, description="Facades; default all, skylights too.")

    @model_validator(mode="after")
    def _one(self) -> ReplaceWindows:
        if (self.glazing is None) == (self.figures is None):
            raise refuse("a new window needs glazing or figures, one of them", "Write one.", "glazing")
        return self


class Film(Described):
    """Film on the glass that is there (贴膜)."""

    type: Literal["film"] = Field(description="Kind of action.")
    shgc_factor: Share = Field(description="Solar heat gain after over before [1].")
    visible_factor: Share = Field(description="Visible transmittance after over before [1].")
    u_factor: Share = Field(default=1.0, description="U after over before [1].")
    emissivity_inside: q.Fraction | None = Field(default=None, description="Of a low-e film inside [1].")
    coating: Literal["clear", "low_e", "solar_control"] = Field(
        default="solar_control", description="Class of the angular behaviour."
    )
    sides: Sides = Field(default=("east", "south", "west"), description="Facades.")


class FixedShading(Described):
    """Overhangs or fins at windows (固定遮阳)."""

    type: Literal["fixed_shading"] = Field(description="Kind of action.")
    overhang_depth: q.ShadeLength = Field(default=0.0, description="Depth of overhangs [m].")
    overhang_gap: q.ShadeLength = Field(default=0.1, description="Above the window's top [m].")
    fin_depth: q.ShadeLength = Field(default=0.0, description="Depth of fins on both sides [m].")
    sides: Sides = Field(description="Facades.")

    @model_validator(mode="after")
    def _some(self) -> FixedShading:
        if self.overhang_depth == 0.0 and self.fin_depth == 0.0:
            raise refuse("shading without overhang and fins", "Give overhang_depth or fin_depth.")
        return self


class MovableShading(Described):
    """Movable shades of the library at windows (活动遮阳)."""

    type: Literal["movable_shading"] = Field(description="Kind of action.")
    shade: Key = Field(description="Shade of the library or of the building.")
    control: ShadeControl = Field(default=ShadeControl(), description="When it is drawn.")
    sides: Sides = Field(default=("east", "south", "west"), description="Facades.")


class Airtightness(Described):
    """Sealing of joints (气密性改造)."""

    type: Literal["airtightness"] = Field(description="Kind of action.")
    factor: Factor | None = Field(default=None, description="Infiltration after over before [1].")
    target: q.AirChanges | None = Field(default=None, description="Or what it falls to [1/h].")

    @model_validator(mode="after")
    def _one(self) -> Airtightness:
        if (self.factor is None) == (self.target is None):
            raise refuse("airtightness needs factor or target, one of them", "Write one.", "factor")
        return self


class NightVentilation(Described):
    """Outdoor air at night through windows while it cools (夜间自然通风)."""

    type: Literal["night_ventilation"] = Field(description="Kind of action.")
    air_changes: q.VentilationChanges = Field(description="While it runs [1/h].")
    from_hour: Annotated[int, Field(strict=True, ge=12, le=23)] = Field(default=20, description="Start [h].")
    to_hour: Annotated[int, Field(strict=True, ge=1, le=12)] = Field(default=7, description="End [h].")
    minimum_indoor_temperature: q.Temperature = Field(default=23.0, description="Not in colder rooms [degC].")
    minimum_outdoor_temperature: q.OutdoorTemperature = Field(
        default=15.0, description="Not while it is colder outdoors [degC]."
    )
    delta_temperature: q.Excess = Field(default=2.0, description="Only while warmer than outdoors by [K].")


class Recovery(Described):
    """Ventilation units with recovery of heat or enthalpy (新风热回收、全热回收)."""

    type: Literal["recovery"] = Field(description="Kind of action.")
    sensible: q.Fraction = Field(description="Sensible effectiveness [1].")
    latent: q.Fraction = Field(default=0.0, description="Latent effectiveness [1].")
    specific_fan_power: q.SpecificFanPower = Field(description="Supply and exhaust [W/(m3/s)].")
    bypass: bool = Field(default=True, description="Whether it is bypassed where it would harm.")


class DemandControlled(Described):
    """Fresh air that follows the people (按需新风)."""

    type: Literal["demand_controlled"] = Field(description="Kind of action.")


class DryFreshAir(Described):
    """Fresh air dried in a unit of its own (温湿度独立控制)."""

    type: Literal["dry_fresh_air"] = Field(description="Kind of action.")
    equipment: Key = Field(default="condensing_2020", description="Product data.")
    supply_humidity: q.HumidityRatio = Field(default=8.0, description="Of the dried air [g/kg].")


class Lighting(Described):
    """New luminaires (照明改造)."""

    type: Literal["lighting"] = Field(description="Kind of action.")
    era: EraKey | None = Field(default=None, description="Lighting power of that era by use.")
    power: q.PowerDensity | None = Field(default=None, description="Or lighting power [W/m2].")
    factor: Factor | None = Field(default=None, description="Or power after over before [1].")

    @model_validator(mode="after")
    def _one(self) -> Lighting:
        if sum(way is not None for way in (self.era, self.power, self.factor)) != 1:
            raise refuse("lighting needs era, power or factor, one of them", "Write one.")
        return self


class LightingControl(Described):
    """Light that follows people and daylight (照明控制); factors on the schedule, no daylight is computed."""

    type: Literal["lighting_control"] = Field(description="Kind of action.")
    inner_factor: Factor = Field(description="Use after over before, zones without windows [1].")
    outer_factor: Factor = Field(description="Use after over before, zones with windows [1].")


class Appliances(Described):
    """Efficient appliances (高效电器)."""

    type: Literal["appliances"] = Field(description="Kind of action.")
    factor: Factor = Field(description="Equipment power after over before [1].")
    base_factor: Factor = Field(default=1.0, description="Share that never stops, after over before [1].")


class ReplacePlant(Described):
    """Other machines for heating and cooling (冷热源改造)."""

    type: Literal["replace_plant"] = Field(description="Kind of action.")
    plant: PlantKind = Field(description="Kind of plant.")
    equipment: Key = Field(description="Equipment data.")
    replaces: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)] = Field(
        description="Equipment that it replaces."
    )


class Operation(Described):
    """Set-points of operating hours (运行温度设定)."""

    type: Literal["operation"] = Field(description="Kind of action.")
    cooling_setpoint: q.Temperature | None = Field(default=None, description="At least [degC].")
    heating_setpoint: q.Temperature | None = Field(default=None, description="At most [degC].")

    @model_validator(mode="after")
    def _some(self) -> Operation:
        if self.cooling_setpoint is None and self.heating_setpoint is None:
            raise refuse("operation without a set-point", "Give cooling_setpoint or heating_setpoint.")
        return self


class ThermalStore(Described):
    """Ice or chilled water charged in the valley by a chiller of its own (冰蓄冷、水蓄冷)."""

    type: Literal["thermal_store"] = Field(description="Kind of action.")
    medium: Literal["ice", "water"] = Field(description="What holds the cold.")
    capacity_per_area: Annotated[float, Field(gt=0, le=5)] = Field(
        description="Cold per floor area [kWh/m2]."
    )
    charging_hours: Annotated[float, Field(ge=2, le=24), q.Unit("h")] = Field(
        default=8.0, description="In which the chiller fills it [h]."
    )


class GroundSource(Described):
    """Boreholes with a reversible heat pump before the other plant (地源热泵)."""

    type: Literal["ground_source"] = Field(description="Kind of action.")
    power_per_area: Annotated[float, Field(ge=1, le=200), q.Unit("W/m2")] = Field(
        description="Heat pump's output per floor area [W/m2]."
    )
    borehole: Key = Field(default="single_u_32_100", description="Borehole data.")


class ElectricKitchen(Described):
    """Cooking, laundry and sterilisation on electricity (炊事、洗衣、消毒电气化)."""

    type: Literal["electric_kitchen"] = Field(description="Kind of action.")


class ElectricHotWater(Described):
    """Hot water by heat pumps (生活热水热泵)."""

    type: Literal["electric_hot_water"] = Field(description="Kind of action.")
    running_hours: Annotated[float, Field(ge=4, le=24), q.Unit("h")] = Field(
        default=10.0, description="In which the heat pump makes a mean day's hot water [h]."
    )
    stored_share: Annotated[float, Field(gt=0, le=2), q.Unit("1")] = Field(
        default=0.4, description="Tank over a mean day's water [1], where there is none yet."
    )


class RoofPv(Described):
    """Modules on roofs (屋顶光伏)."""

    type: Literal["roof_pv"] = Field(description="Kind of action.")
    roof_share: Share = Field(description="Share of the roof that is used [1].")
    density: PowerRatio = Field(description="Power per roof that is used [kWp/m2].")
    tilt: q.Tilt = Field(default=10.0, description="On level roofs [deg].")
    module: Key = Field(default="mono_perc", description="Module data.")
    mounting: Key = Field(default="roof_open_rack", description="Mounting on level roofs.")


class FacadePv(Described):
    """Modules as outer layer of walls (光伏建筑一体化)."""

    type: Literal["facade_pv"] = Field(description="Kind of action.")
    share: Share = Field(description="Share of the walls beside windows [1].")
    sides: Sides = Field(description="Facades.")
    module: Key = Field(default="first_solar_fs_4117a_3", description="Module data.")
    mounting: Key = Field(default="facade_ventilated", description="Mounting.")


class Pvt(Described):
    """Collectors that give hot water, and power too if they are PVT (太阳能热水、光伏光热)."""

    type: Literal["pvt"] = Field(description="Kind of action.")
    roof_share: Share = Field(description="Share of the roof [1].")
    collector: Literal["pvt", "solar_heat"] = Field(default="pvt", description="Kind of collector.")
    equipment: Key | None = Field(default=None, description="Product data; a usual one by default.")
    tilt: q.Tilt = Field(default=20.0, description="Tilt [deg].")


class BatteryStore(Described):
    """Electric storage (储能)."""

    type: Literal["battery"] = Field(description="Kind of action.")
    per_pv: Annotated[float, Field(gt=0, le=20)] | None = Field(
        default=None, description="Energy per PV [kWh/kWp]."
    )
    per_area: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Or energy per floor area [kWh/m2]."
    )
    power_ratio: Annotated[float, Field(ge=0.1, le=2)] = Field(
        default=0.5, description="Power over energy [kW/kWh]."
    )

    @model_validator(mode="after")
    def _one(self) -> BatteryStore:
        if (self.per_pv is None) == (self.per_area is None):
            raise refuse("a battery needs per_pv or per_area, one of them", "Write one.", "per_pv")
        return self


class Charging(Described):
    """Chargers for vehicles (充电桩)."""

    type: Literal["charging"] = Field(description="Kind of action.")
    area_per_charger: Annotated[float, Field(ge=20, le=1e5), q.Unit("m2")] = Field(
        description="Floor area for each charger [m2]."
    )
    power: q.ElectricPower = Field(default=7.0, description="Of one charger [kW].")
    v2b: bool = Field(default=False, description="Whether vehicles may feed the building.")


class DirectCurrent(Described):
    """A DC bus for the building (直流配电)."""

    type: Literal["dc_bus"] = Field(description="Kind of action.")
    voltage: q.Voltage = Field(default=750.0, description="Nominal voltage [V].")
    interface: Key = Field(default="afe_median", description="Converter data.")
    modules: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(default=4, description="Modules.")


class Supervise(Described):
    """How the building decides (智能控制、柔性控制)."""

    type: Literal["control"] = Field(description="Kind of action.")
    control: Literal["rules", "self_consumption", "time_of_use", "precooling", "droop", "mpc"] = Field(
        description="As control.type of a building."
    )
    precool: q.TemperatureDifference | None = Field(default=None, description="As of control [K].")
    shed: q.TemperatureDifference | None = Field(default=None, description="As of control [K].")
    drift: q.TemperatureDifference | None = Field(default=None, description="As of control [K].")


Action = Annotated[
    Insulate
    | Finish
    | GreenRoof
    | ReplaceWindows
    | Film
    | FixedShading
    | MovableShading
    | Airtightness
    | NightVentilation
    | Recovery
    | DemandControlled
    | DryFreshAir
    | Lighting
    | LightingControl
    | Appliances
    | ReplacePlant
    | Operation
    | GroundSource
    | ThermalStore
    | ElectricKitchen
    | ElectricHotWater
    | RoofPv
    | FacadePv
    | Pvt
    | BatteryStore
    | Charging
    | DirectCurrent
    | Supervise,
    Field(discriminator="type"),
]

ORDER = (
    "insulate",
    "green_roof",
    "finish",
    "replace_windows",
    "film",
    "fixed_shading",
    "movable_shading",
    "airtightness",
    "night_ventilation",
    "lighting",
    "lighting_control",
    "appliances",
    "recovery",
    "demand_controlled",
    "dry_fresh_air",
    "replace_plant",
    "operation",
    "ground_source",
    "electric_kitchen",
    "electric_hot_water",
    "thermal_store",
    "pvt",
    "roof_pv",
    "facade_pv",
    "charging",
    "battery",
    "dc_bus",
    "control",
)
"""Kinds of action in the order in which a package applies them, whatever the order of its keys."""
