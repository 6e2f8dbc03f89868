"""Air that enters a zone: leaks, opened windows, exchange between zones, mechanical fresh air.

Mechanical fresh air enters the zone itself, as in the fast engine, so that its load is the zone's. Recovery
lessens the flow that acts: V (1 - r e). The recovered share r falls as the bypass opens; it is computed at
each step from the zone's last temperature by a small program in EnergyPlus' runtime language. Where heat and
moisture are recovered to different degrees, the difference in moisture is a latent gain of the same program,
one step late.
"""

from __future__ import annotations

from collections.abc import Mapping

from buildings.description.complete import CompleteBuilding, CompleteVentilation, CompleteZone
from buildings.description.schema import VentilationOpening
from buildings.energyplus.gains import ZoneSeries
from buildings.energyplus.model import Model
from buildings.thermal.air import EXHAUST_LEAST_C
from buildings.thermal.blocks import fresh_air_m3_s
from weather.errors import TwinError

BYPASS_BAND_K = 3.0
"""Distance from the middle of the set-points at which the bypass stands open [K]; as in the fast engine."""
_NO_LIMIT_LOW, _NO_LIMIT_HIGH = -100.0, 100.0
_NO_WIND_LIMIT = 40.0
_NO_LIMITS = {
    "Minimum_Indoor_Temperature": _NO_LIMIT_LOW,
    "Delta_Temperature": _NO_LIMIT_LOW,
    "Minimum_Outdoor_Temperature": _NO_LIMIT_LOW,
    "Maximum_Outdoor_Temperature": _NO_LIMIT_HIGH,
}


def write_air(model: Model, building: CompleteBuilding, zone: CompleteZone, series: ZoneSeries) -> None:
    """Leaks, natural ventilation and fresh air of a zone."""
    name = model.names.of("zone", zone.name)
    _infiltration(model, zone, series, name)
    _natural(model, zone, series, name)
    _fresh_air(model, building.ventilation, zone, series, name)


def _infiltration(model: Model, zone: CompleteZone, series: ZoneSeries, name: str) -> None:
    if zone.infiltration <= 0.0:
        return
    terms = zone.infiltration_coefficients
    model.add(
        "ZoneInfiltration:DesignFlowRate",
        Name=f"{name} leaks",
        Zone_or_ZoneList_or_Space_or_SpaceList_Name=name,
        Schedule_Name=model.series("infiltration", series.infiltration),
        Design_Flow_Rate_Calculation_Method="Flow/Zone",
        Design_Flow_Rate=zone.infiltration * zone.volume / 3600.0,
        Constant_Term_Coefficient=terms.constant,
        Temperature_Term_Coefficient=terms.temperature,
        Velocity_Term_Coefficient=terms.wind,
        Velocity_Squared_Term_Coefficient=terms.wind_squared,
    )


def _natural(model: Model, zone: CompleteZone, series: ZoneSeries, name: str) -> None:
    opened = zone.natural_ventilation
    if opened is None or (opened.opening is None and opened.air_changes <= 0.0):
        return

    def limit(value: float | None, none: float) -> float:
        return none if value is None else value

    limits = {
        "Minimum_Indoor_Temperature": limit(opened.minimum_indoor_temperature, _NO_LIMIT_LOW),
        "Delta_Temperature": limit(opened.delta_temperature, _NO_LIMIT_LOW),
        "Minimum_Outdoor_Temperature": limit(opened.minimum_outdoor_temperature, _NO_LIMIT_LOW),
        "Maximum_Outdoor_Temperature": limit(opened.maximum_outdoor_temperature, _NO_LIMIT_HIGH),
    }
    schedule = model.series("windows", series.ventilation)
    if opened.opening is None:
        flow = opened.air_changes * zone.volume / 3600.0
        _ventilation(model, f"{name} windows", name, schedule, flow, limits)
    else:
        _opening(model, f"{name} windows", name, schedule, opened.opening, limits)


def _opening(
    model: Model,
    name: str,
    zone: str,
    schedule: str,
    opening: VentilationOpening,
    limits: Mapping[str, float],
) -> None:
    def given(value: float | None) -> float | str:
        return "autocalculate" if value is None else value

    model.add(
        "ZoneVentilation:WindandStackOpenArea",
        Name=name,
        Zone_or_Space_Name=zone,
        Opening_Area=opening.area,
        Opening_Area_Fraction_Schedule_Name=schedule,
        Opening_Effectiveness=given(opening.effectiveness),
        Effective_Angle=opening.azimuth % 360.0,
        Height_Difference=opening.height,
        Discharge_Coefficient_for_Opening=given(opening.discharge),
        Maximum_Indoor_Temperature=_NO_LIMIT_HIGH,
        Maximum_Wind_Speed=_NO_WIND_LIMIT,
        **limits,
    )


def _ventilation(
    model: Model,
    name: str,
    zone: str,
    schedule: str,
    flow: float,
    limits: Mapping[str, float] = _NO_LIMITS,
) -> None:
    model.add(
        "ZoneVentilation:DesignFlowRate",
        Name=name,
        Zone_or_ZoneList_or_Space_or_SpaceList_Name=zone,
        Schedule_Name=schedule,
        Design_Flow_Rate_Calculation_Method="Flow/Zone",
        Design_Flow_Rate=flow,
        Ventilation_Type="Natural",
        Fan_Pressure_Rise=0.0,
        Fan_Total_Efficiency=1.0,
        Constant_Term_Coefficient=1.0,
        Temperature_Term_Coefficient=0.0,
        Velocity_Term_Coefficient=0.0,
        Velocity_Squared_Term_Coefficient=0.0,
        Maximum_Indoor_Temperature=_NO_LIMIT_HIGH,
        Maximum_Wind_Speed=_NO_WIND_LIMIT,
        **limits,
    )


def write_exchange(model: Model, receives: str, gives: str, flow: float, schedule: str, number: int) -> None:
    """One way of an exchange of air between two zones [m3/s]; the other way is a second object."""
    model.add(
        "ZoneMixing",
        Name=f"exchange {number}",
        Zone_or_Space_Name=model.names.of("zone", receives),
        Schedule_Name=schedule,
        Design_Flow_Rate_Calculation_Method="Flow/Zone",
        Design_Flow_Rate=flow,
        Source_Zone_or_Space_Name=model.names.of("zone", gives),
        Delta_Temperature=0.0,
    )


# --- mechanical fresh air -------------------------------------------------------------------------------


def _fresh_air(
    model: Model, vent: CompleteVentilation, zone: CompleteZone, series: ZoneSeries, name: str
) -> None:
    flow = fresh_air_m3_s(zone)
    if flow <= 0.0:
        return
    if vent.dehumidification is not None:
        raise TwinError(
            "Drying of the fresh air apart from cooling is not written for EnergyPlus.",
            "Use the fast engine, or leave dehumidification out.",
            key="ventilation.dehumidification",
        )
    share = model.series("fresh air", series.fresh_air)
    heat, moisture = vent.heat_recovery_sensible, vent.heat_recovery_latent
    _ventilation(model, f"{name} fresh air", name, share, flow)
    # Half of the fan power is the supply fan's; its heat enters with the air.
    fan = 0.5 * vent.specific_fan_power * flow
    if fan > 0.0:
        _heat(model, f"{name} fan", name, share, fan)
    if heat + moisture > 0.0:
        _program(model, vent, zone, series, name, share, flow)


def _heat(model: Model, name: str, zone: str, schedule: str, watts: float, latent: float = 0.0) -> None:
    model.add(
        "OtherEquipment",
        Name=name,
        Fuel_Type="None",
        Zone_or_ZoneList_or_Space_or_SpaceList_Name=zone,
        Schedule_Name=schedule,
        Design_Level_Calculation_Method="EquipmentLevel",
        Design_Level=watts,
        Fraction_Latent=latent,
        Fraction_Radiant=0.0,
        Fraction_Lost=0.0,
    )


def _program(
    model: Model,
    vent: CompleteVentilation,
    zone: CompleteZone,
    series: ZoneSeries,
    name: str,
    share: str,
    flow: float,
) -> None:
    """Runtime-language program of a zone's recovery."""
    k = len(model.idf.idfobjects["ENERGYMANAGEMENTSYSTEM:PROGRAM"]) + 1
    heat, moisture = vent.heat_recovery_sensible, vent.heat_recovery_latent
    _shared_sensors(model)
    _sensor(model, f"zt{k}", name, "Zone Mean Air Temperature")
    _sensor(model, f"share{k}", share, "Schedule Value")
    lines = [f"SET r{k} = 1.0"]
    if vent.bypass:
        from buildings.energyplus.hvac import cooling_or_never, heating_or_never

        _sensor(
            model, f"heat{k}", model.series("heating", heating_or_never(series.heating)), "Schedule Value"
        )
        _sensor(
            model, f"cool{k}", model.series("cooling", cooling_or_never(series.cooling)), "Schedule Value"
        )
        lines += [
            f"SET mid{k} = 0.5 * ((@Max heat{k} 20.0) + (@Min cool{k} 26.0))",
            f"SET away{k} = zt{k} - mid{k}",
            f"IF t_out >= zt{k}",
            f"SET away{k} = 0.0 - away{k}",
            "ENDIF",
            f"SET open{k} = @Max 0.0 away{k} / {BYPASS_BAND_K:g}",
            f"SET r{k} = 1.0 - (@Min 1.0 open{k})",
        ]
    _actuator(model, f"flow{k}", f"{name} fresh air", "Zone Ventilation", "Air Exchange Flow Rate")
    lines += [
        # Exhaust air that would freeze in the exchanger goes around it.
        f"SET given{k} = zt{k} - t_out",
        f"SET given{k} = (@Max given{k} 1.0) * {max(heat, 0.01):.9g}",
        f"SET above{k} = zt{k} - {EXHAUST_LEAST_C:g}",
        f"SET above{k} = (@Max above{k} 0.0) / given{k}",
        f"SET r{k} = @Min r{k} above{k}",
        f"SET flow{k} = {flow:.9g} * share{k} * (1.0 - {heat:.9g} * r{k})",
    ]
    if heat != moisture:
        _sensor(model, f"zw{k}", name, "Zone Mean Air Humidity Ratio")
        _heat(model, f"{name} recovery of moisture", name, model.constant(1.0), 0.0, latent=1.0)
        _actuator(model, f"wet{k}", f"{name} recovery of moisture", "OtherEquipment", "Power Level")
        lines += [
            f"SET rho{k} = @RhoAirFnPbTdbW p_out t_out w_out",
            # EnergyPlus turns latent heat into moisture by the enthalpy of vapour at room temperature.
            f"SET vapour{k} = 2500940.0 + 1858.95 * zt{k}",
            f"SET dry{k} = {flow * (heat - moisture):.9g} * share{k} * r{k} * rho{k}",
            f"SET wet{k} = dry{k} * (w_out - zw{k}) * vapour{k}",
        ]
    program = {f"Program_Line_{i + 1}" if i else "Program_Line_1": line for i, line in enumerate(lines)}
    model.add("EnergyManagementSystem:Program", Name=f"recovery{k}", **program)
    model.add(
        "EnergyManagementSystem:ProgramCallingManager",
        Name=f"call recovery{k}",
        EnergyPlus_Model_Calling_Point="BeginZoneTimestepBeforeInitHeatBalance",
        Program_Name_1=f"recovery{k}",
    )


def _shared_sensors(model: Model) -> None:
    if model.idf.idfobjects["ENERGYMANAGEMENTSYSTEM:SENSOR"]:
        return
    for name, variable in (
        ("t_out", "Site Outdoor Air Drybulb Temperature"),
        ("w_out", "Site Outdoor Air Humidity Ratio"),
        ("p_out", "Site Outdoor Air Barometric Pressure"),
    ):
        _sensor(model, name, "Environment", variable)


def _sensor(model: Model, name: str, key: str, variable: str) -> None:
    model.add(
        "EnergyManagementSystem:Sensor",
        Name=name,
        OutputVariable_or_OutputMeter_Index_Key_Name=key,
        OutputVariable_or_OutputMeter_Name=variable,
    )


def _actuator(model: Model, name: str, component: str, kind: str, control: str) -> None:
    model.add(
        "EnergyManagementSystem:Actuator",
        Name=name,
        Actuated_Component_Unique_Name=component,
        Actuated_Component_Type=kind,
        Actuated_Component_Control_Type=control,
    )
