"""The same model with its systems set aside: ideal loads on its own thermostats, one calendar year.

What stays is what makes a zone's load: geometry, constructions, gains, air, set-points, ground. Classes are
kept by a list of what belongs, so that a system that nobody thought of cannot stay by accident.
"""

from __future__ import annotations

from pathlib import Path

from buildings.idf.fresh_air import fresh_air_of
from buildings.idf.gains import Gains
from buildings.idf.model import Model
from buildings.idf.schedules import Schedules
from buildings.idf.shapes import spaces_of
from buildings.idf.source_text import SourceObject
from buildings.idf.thermostats import set_points, templates
from buildings.idf.zone_lists import ZoneLists
from weather.errors import TwinError

_KEPT = (
    "VERSION", "GLOBALGEOMETRYRULES", "SHADOWCALCULATION", "SURFACECONVECTIONALGORITHM", "HEATBALANCE",
    "ZONE", "ZONELIST", "ZONEGROUP", "SPACE", "SPACELIST", "MATERIAL",
    "MATERIALPROPERTY", "CONSTRUCTION", "WINDOWMATERIAL", "WINDOWPROPERTY", "BUILDINGSURFACE", "WALL", "ROOF",
    "ROOFCEILING", "CEILING", "FLOOR", "WINDOW", "DOOR", "GLAZEDDOOR", "FENESTRATIONSURFACE", "INTERNALMASS",
    "SHADING", "SHADINGPROPERTY", "SURFACEPROPERTY", "FOUNDATION", "PEOPLE", "LIGHTS", "ELECTRICEQUIPMENT",
    "GASEQUIPMENT", "HOTWATEREQUIPMENT", "STEAMEQUIPMENT", "OTHEREQUIPMENT", "ZONEINFILTRATION",
    "ZONEVENTILATION", "ZONEMIXING", "ZONECROSSMIXING", "THERMOSTATSETPOINT", "SCHEDULE",
    "SCHEDULETYPELIMITS",    "SITE", "ZONECAPACITANCEMULTIPLIER", "COMPLEXFENESTRATIONPROPERTY",
)  # fmt: skip
_NOT_KEPT = ("SITE:WATERMAINS", "SITE:PRECIPITATION", "SCHEDULE:FILE:SHADING", "SITE:SPECTRUM")
_LIGHTS_FIELDS = 14
_WARM_UP_DAYS = 60
STEPS_PER_HOUR = (12, 6, 4)
"""Steps of the reference run, the finest first that EnergyPlus' walls stand (`wall_leak`).

It reckons walls from the air of the step before, so after a jump of the set-point its 15 min are not yet its
answer: in the medium office they differ from its own 5 min by 19 % of the mean hourly heating (RMSE; air
solved exactly in both), though by less than 1 % over the year."""
FREE = "Zone Mean Air Temperature"
HEATING = "Zone Air System Sensible Heating Rate"
COOLING = "Zone Air System Sensible Cooling Rate"


def write_reference(
    model: Model,
    path: Path,
    *,
    year: int,
    steps_per_hour: int = STEPS_PER_HOUR[0],
    fresh_air: bool = False,
) -> tuple[str, ...]:
    """Write the model for the reference run.

    Parameters
    ----------
    model : Model
    path : Path
        IDF to write.
    year : int
        Calendar year of the run period.
    steps_per_hour : int
    fresh_air : bool
        Whether zones get the design outdoor air of the systems that are set aside.

    Returns
    -------
    tuple of str
        Zones with ideal loads, as the model names them.

    Raises
    ------
    TwinError
        No zone has a thermostat: there is no load to compare.
    """
    found = _Zones(model, year)
    zones = found.controlled()
    if not zones:
        raise TwinError(
            "no zone of the model has a thermostat, so it has no loads.",
            "Give zones a ZoneControl:Thermostat.",
            file=model.path,
        )
    parts = [_text(one) for one in model.source.upgraded() if _stays(one)]
    parts += [_text(one) for one in model.source.upgraded() if one.kind == "ZONECONTROL:THERMOSTAT"]
    parts += found.template_thermostats()
    parts += [_building(model), _controls(year, steps_per_hour)]
    parts += [_ideal_loads(i, zone) for i, zone in enumerate(zones)]
    parts += found.fresh_air() if fresh_air else []
    path.write_text("\n".join(parts), encoding="utf-8")
    return zones


class _Zones:
    """Zones of a model as its reference run needs them."""

    def __init__(self, model: Model, year: int) -> None:
        self.model = model
        self.spaces = spaces_of(model)
        self.lists = ZoneLists(model, self.spaces)
        self.schedules = Schedules(model, year)

    def controlled(self) -> tuple[str, ...]:
        """Zones with a thermostat, in the model's own spelling."""
        points = set_points(self.model, self.schedules, self.lists)
        return tuple(space.name for space in self.spaces if space.name.upper() in points)

    def template_thermostats(self) -> list[str]:
        """Thermostats of templates written out, as ExpandObjects would."""
        parts = []
        for i, (zone, (record, _)) in enumerate(templates(self.model, self.schedules, self.lists).items()):
            names = []
            for side, never in (("Heating", -60.0), ("Cooling", 100.0)):
                name = record.text(f"{side}_Setpoint_Schedule_Name") or f"Ideal {side} {i}"
                if not record.text(f"{side}_Setpoint_Schedule_Name"):
                    value = record.number(f"Constant_{side}_Setpoint", never)
                    parts.append(f"Schedule:Constant,{name},Ideal any number,{value:g};\n")
                names.append(name)
            parts.append(
                f"Schedule:Constant,Ideal control {i},Ideal any number,4;\n"
                f"ThermostatSetpoint:DualSetpoint,Ideal points {i},{names[0]},{names[1]};\n"
                f"ZoneControl:Thermostat,Ideal thermostat {i},{zone},Ideal control {i},"
                f"ThermostatSetpoint:DualSetpoint,Ideal points {i};\n"
            )
        return parts

    def fresh_air(self) -> list[str]:
        """Design outdoor air of the systems as ventilation of the zones."""
        gains = Gains(self.model, self.schedules, self.lists, {})
        found = fresh_air_of(self.model, self.spaces, self.lists, self.schedules, gains)
        return [
            f"ZoneVentilation:DesignFlowRate,Ideal outdoor air {i},{zone},{air.schedule or 'Ideal always'},"
            f"Flow/Zone,{air.flow:.9g},,,,Natural,0,1,1,0,0,0,-100,,100,,-100,,-100,,100,,40;\n"
            for i, (zone, air) in enumerate(found.items())
        ]


def _stays(one: SourceObject) -> bool:
    if one.kind.startswith(_NOT_KEPT):
        return False
    return one.kind in _KEPT or one.kind.split(":")[0] in _KEPT


def _text(one: SourceObject) -> str:
    fields = list(one.fields)
    if one.kind == "LIGHTS":
        fields = fields[:_LIGHTS_FIELDS]  # the rest names nodes of air systems
    if one.kind == "PEOPLE":
        fields = fields[:10]  # the rest asks for comfort reports
    return ",\n  ".join([one.kind, *fields]) + ";\n"


def _building(model: Model) -> str:
    """The building with a warm-up that lets heavy models settle."""
    record = model.first("BUILDING")
    fields = [str(value) for value in record.values[1:]] if record is not None else ["building"]
    defaults = ["building", "0", "Suburbs", "0.04", "0.2", "FullExterior", str(_WARM_UP_DAYS), "6"]
    fields = [value or default for value, default in zip(fields + [""] * 8, defaults, strict=False)]
    fields[6], fields[7] = str(_WARM_UP_DAYS), "6"
    return ",\n  ".join(["Building", *fields[:8]]) + ";\n"


def _controls(year: int, steps_per_hour: int) -> str:
    """One year by the calendar: no holidays, no daylight saving, no rain from the weather file.

    The December before it lets walls begin the year as they would; EnergyPlus' own warm-up repeats the first
    of January. The weather file's December serves both. It ends a day late, because EnergyPlus ends a day
    early where the December before lies in a leap year that the weather file does not show.

    The air of a step is solved exactly, whatever the model asks for: EnergyPlus' default extrapolates from
    three steps before, across jumps of the set-point too.
    """
    period = f"12,1,{year - 1},1,1,{year + 1}"
    outputs = "\n".join(f"Output:Variable,*,{name},Hourly;" for name in (FREE, HEATING, COOLING))
    return f"""
Timestep,{steps_per_hour};
ZoneAirHeatBalanceAlgorithm,AnalyticalSolution,No,No;
SimulationControl,No,No,No,No,Yes,No,1;
RunPeriod,Year,{period},,No,No,No,No,No,No;
Output:SQLite,Simple;
{outputs}
ScheduleTypeLimits,Ideal any number;
Schedule:Constant,Ideal always,Ideal any number,1;
"""


def _ideal_loads(i: int, zone: str) -> str:
    """A system without limits that gives the zone's air just the heat it lacks."""
    tag = f"Ideal {i}"
    return f"""
ZoneHVAC:EquipmentConnections,{zone},{tag} equipment,{tag} inlets,,{tag} zone air,{tag} return;
ZoneHVAC:EquipmentList,{tag} equipment,SequentialLoad,ZoneHVAC:IdealLoadsAirSystem,{tag} loads,1,1;
NodeList,{tag} inlets,{tag} supply;
ZoneHVAC:IdealLoadsAirSystem,{tag} loads,Ideal always,{tag} supply,,,60,5,0.0156,0.005,NoLimit,,,NoLimit,,,
  Ideal always,Ideal always,None,,None;
"""
