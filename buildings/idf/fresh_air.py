"""Outdoor air that a model's systems are designed to bring, as air into the zone itself.

A model's systems are set aside, and the outdoor air that they mix in would go with them. Design figures
(DesignSpecification:OutdoorAir of a zone's sizing) and the schedule of its dampers stay known; the twin and
the reference run both give them to the zone as outdoor air without recovery, fan or economiser.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buildings.idf.gains import Gains
from buildings.idf.model import Model, Record
from buildings.idf.schedules import Schedules, Values
from buildings.idf.shapes import Space
from buildings.idf.zone_lists import ZoneLists


@dataclass(frozen=True)
class FreshAir:
    """Design outdoor air of a zone: flow [m3/s], name of its schedule ("" for always) and its values."""

    flow: float
    schedule: str
    values: Values


def fresh_air_of(
    model: Model, spaces: list[Space], lists: ZoneLists, schedules: Schedules, gains: Gains
) -> dict[str, FreshAir]:
    """Design outdoor air of every zone that has some, by its name in capitals."""
    by_name = {space.name.upper(): space for space in spaces}
    designs = {r.name.upper(): r for r in model.all("DESIGNSPECIFICATION:OUTDOORAIR")}
    dampers = _Dampers(model, schedules)
    found: dict[str, FreshAir] = {}
    for record in model.all("SIZING:ZONE"):
        name = record.text("Design_Specification_Outdoor_Air_Object_Name")
        if not name:
            continue
        design = designs.get(name.upper())
        if design is None:
            raise record.wrong(f"its outdoor air '{name}' does not exist.", "Name a design specification.")
        for zone in lists.zones(record.text("Zone_or_ZoneList_Name"), record):
            space = by_name[zone]
            flow = _flow(design, space, gains.heads(space))
            schedule = design.text("Outdoor_Air_Schedule_Name") or dampers.schedule(zone, gains, space)
            values = schedules.values(schedule, design)
            if flow > 0.0 and values.any():
                found[zone] = FreshAir(flow, schedule, values)
    return found


def _flow(design: Record, space: Space, heads: float) -> float:
    """Design flow by any of the methods [m3/s]."""
    method = design.text("Outdoor_Air_Method", "Flow/Person").upper()
    parts = {
        "FLOW/PERSON": design.number("Outdoor_Air_Flow_per_Person", 0.00944) * heads,
        "FLOW/AREA": design.number("Outdoor_Air_Flow_per_Zone_Floor_Area", 0.0) * space.floor_area,
        "FLOW/ZONE": design.number("Outdoor_Air_Flow_per_Zone", 0.0),
        "AIRCHANGES/HOUR": design.number("Outdoor_Air_Flow_Air_Changes_per_Hour", 0.0)
        * space.volume
        / 3600.0,
    }
    if method == "SUM":
        return sum(parts.values())
    if method == "MAXIMUM":
        return max(parts.values())
    if method in parts:
        return parts[method]
    raise design.wrong(
        f"the method '{method}' is not read.", "Use flow per person, area, zone, air changes, sum or maximum."
    )


class _Dampers:
    """Schedules under which systems take outdoor air."""

    def __init__(self, model: Model, schedules: Schedules) -> None:
        self.model, self.schedules = model, schedules
        self._of_zone: dict[str, str] = {}
        for record in model.all("CONTROLLER:MECHANICALVENTILATION"):
            words = record.rest("Zone_or_ZoneList_1_Name")
            for zone in words[::3]:
                self._of_zone[zone.upper()] = record.text("Availability_Schedule_Name")
        names = {
            record.text("Minimum_Outdoor_Air_Schedule_Name") for record in model.all("CONTROLLER:OUTDOORAIR")
        }
        self._of_all = names.pop() if len(names) == 1 else ""

    def schedule(self, zone: str, gains: Gains, space: Space) -> str:
        """The zone's own damper schedule, one that all systems share, else the presence of its people."""
        asked = space.record
        for name in (self._of_zone.get(zone, ""), self._of_all):
            if name and bool(np.any(self.schedules.values(name, asked))):
                return name
        return gains.presence(space)
