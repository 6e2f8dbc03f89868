"""Set-points of the zones of a model: one temperature or a course in time, off where nothing controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buildings.idf.model import Model, Record
from buildings.idf.schedules import DAYS, STEPS_PER_DAY, Schedules, Values
from buildings.idf.zone_lists import ZoneLists

_LOWEST, _HIGHEST = -10.0, 45.0
"""Set-points beyond these never act [degC]; a project does not hold them."""
_TEMPLATES = "HVACTEMPLATE:ZONE:"
_TYPES = {
    "THERMOSTATSETPOINT:SINGLEHEATING": 1,
    "THERMOSTATSETPOINT:SINGLECOOLING": 2,
    "THERMOSTATSETPOINT:SINGLEHEATINGORCOOLING": 3,
    "THERMOSTATSETPOINT:DUALSETPOINT": 4,
}


@dataclass(frozen=True)
class SetPoints:
    """Heating and cooling set-point [degC], NaN where that side is off; shape (365, 96)."""

    heating: Values
    cooling: Values

    @property
    def room_temperature(self) -> float:
        """Temperature about which the room stays when it is controlled most narrowly [degC]."""
        both = np.stack([self.heating, self.cooling])
        if np.isnan(both).all():
            return 23.0
        low = float(np.nanmax(self.heating)) if not np.isnan(self.heating).all() else np.nan
        high = float(np.nanmin(self.cooling)) if not np.isnan(self.cooling).all() else np.nan
        return float(np.nanmean([low, high]))


def set_points(model: Model, schedules: Schedules, lists: ZoneLists) -> dict[str, SetPoints]:
    """Set-points of every zone with a thermostat, by its name in capitals.

    Raises
    ------
    TwinError
        A thermostat whose control or schedule does not exist.
    """
    controls = {r.name.upper(): r for r in model.all(*_TYPES)}
    found = {zone: points for zone, (_, points) in templates(model, schedules, lists).items()}
    for record in model.all("ZONECONTROL:THERMOSTAT"):
        points = _of(record, controls, schedules)
        for zone in lists.zones(record.text("Zone_or_ZoneList_Name"), record):
            found[zone] = points
    return found


def templates(model: Model, schedules: Schedules, lists: ZoneLists) -> dict[str, tuple[Record, SetPoints]]:
    """Set-points of zones whose system is a template, with the template's thermostat."""
    thermostats = {r.name.upper(): r for r in model.all("HVACTEMPLATE:THERMOSTAT")}
    found: dict[str, tuple[Record, SetPoints]] = {}
    for record in model.all(*(kind for kind in model.counts() if kind.upper().startswith(_TEMPLATES))):
        name = record.text("Template_Thermostat_Name")
        if not name:
            continue
        thermostat = thermostats.get(name.upper())
        if thermostat is None:
            raise record.wrong(f"its thermostat '{name}' does not exist.", "Name an HVACTemplate:Thermostat.")
        points = SetPoints(
            _template_side(thermostat, "Heating", schedules), _template_side(thermostat, "Cooling", schedules)
        )
        for zone in lists.zones(record.text("Zone_Name"), record):
            found[zone] = (thermostat, points)
    return found


def _template_side(thermostat: Record, side: str, schedules: Schedules) -> Values:
    schedule = thermostat.text(f"{side}_Setpoint_Schedule_Name")
    if schedule:
        values = schedules.values(schedule, thermostat)
    elif thermostat.given(f"Constant_{side}_Setpoint"):
        values = np.full((DAYS, STEPS_PER_DAY), thermostat.number(f"Constant_{side}_Setpoint"))
    else:
        return np.full((DAYS, STEPS_PER_DAY), np.nan)
    never = values < _LOWEST if side == "Heating" else values > _HIGHEST
    return np.where(never, np.nan, values)


def _of(record: Record, controls: dict[str, Record], schedules: Schedules) -> SetPoints:
    kinds = schedules.values(record.text("Control_Type_Schedule_Name"), record)
    heating = np.full((DAYS, STEPS_PER_DAY), np.nan)
    cooling = heating.copy()
    words = record.rest("Control_1_Object_Type")[:8]
    for kind, name in zip(words[::2], words[1::2], strict=False):
        control = controls.get(name.upper())
        if control is None:
            raise record.wrong(
                f"its control '{name}' does not exist.", "Name a ThermostatSetpoint of the model."
            )
        number = _TYPES.get(kind.upper(), 0)
        there = np.round(kinds) == number
        heats, cools = _values(control, number, schedules)
        if heats is not None:
            heating = np.where(there, heats, heating)
        if cools is not None:
            cooling = np.where(there, cools, cooling)
    heating = np.where(heating < _LOWEST, np.nan, heating)
    cooling = np.where(cooling > _HIGHEST, np.nan, cooling)
    return SetPoints(np.minimum(heating, _HIGHEST), np.maximum(cooling, _LOWEST))


def _values(control: Record, number: int, schedules: Schedules) -> tuple[Values | None, Values | None]:
    if number == 4:
        return (
            schedules.values(control.text("Heating_Setpoint_Temperature_Schedule_Name"), control),
            schedules.values(control.text("Cooling_Setpoint_Temperature_Schedule_Name"), control),
        )
    values = schedules.values(control.text("Setpoint_Temperature_Schedule_Name"), control)
    return (values if number in (1, 3) else None), (values if number in (2, 3) else None)
