"""People, lights and equipment of a model, for each zone as a project writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from buildings.idf.constructions import significant
from buildings.idf.model import Model, Record
from buildings.idf.schedules import Schedules
from buildings.idf.shapes import Space
from buildings.idf.streams import Stream, Sum, together
from buildings.idf.zone_lists import ZoneLists
from buildings.thermal.people import sensible_heat

EQUIPMENT = (
    "ELECTRICEQUIPMENT",
    "GASEQUIPMENT",
    "HOTWATEREQUIPMENT",
    "STEAMEQUIPMENT",
    "OTHEREQUIPMENT",
)
_TARGETS = (
    "Zone_or_ZoneList_or_Space_or_SpaceList_Name",
    "Zone_or_ZoneList_Name",
    "Zone_or_Space_Name",
    "Zone_Name",
)


def target(record: Record) -> str:
    """Name of the zone, list or space that an object serves, whatever its class calls the field."""
    for name in _TARGETS:
        try:
            return record.text(name)
        except KeyError:
            continue
    raise record.wrong("it names no zone.", "Name a zone.")


def level(
    record: Record,
    space: Space,
    share: float,
    people: float,
    words: Mapping[str, tuple[tuple[str, ...], str]],
) -> float:
    """Design level by any of the calculation methods.

    Parameters
    ----------
    share : float
        Share of a level for the whole list that this zone takes [1]; levels by area are each zone's own.
    people : float
        People in the zone.
    words : mapping
        Method in capitals to the fields that may hold its figure (classes differ) and what that multiplies:
        once, area or people.
    """
    method = record.text("Design_Level_Calculation_Method", next(iter(words))).upper()
    if method not in words:
        raise record.wrong(f"'{method}' is no calculation method.", f"Use one of {', '.join(words)}.")
    names, by = words[method]
    figure = next(record.number(name, 0.0) for name in names if record.has(name))
    return figure * {"once": share, "area": space.floor_area, "people": people}[by]


_AREA = ("Watts_per_Floor_Area", "Power_per_Floor_Area")
_PERSON = ("Watts_per_Person", "Power_per_Person")
_LIGHTS = {
    "LIGHTINGLEVEL": (("Lighting_Level",), "once"),
    "WATTS/AREA": (_AREA, "area"),
    "WATTS/PERSON": (_PERSON, "people"),
}
_EQUIPMENT = {
    "EQUIPMENTLEVEL": (("Design_Level",), "once"),
    "WATTS/AREA": (_AREA, "area"),
    "POWER/AREA": (_AREA, "area"),
    "WATTS/PERSON": (_PERSON, "people"),
    "POWER/PERSON": (_PERSON, "people"),
}
_MOST_POWER_W_M2 = 2000.0


class Gains:
    """Gains of every zone.

    Parameters
    ----------
    model, schedules, lists
        The model, its schedules, its zone lists.
    room_temperature : mapping
        Zone in capitals to the air temperature at which people's heat is split [degC] where some of them
        have a fixed sensible share and others not.
    """

    def __init__(
        self,
        model: Model,
        schedules: Schedules,
        lists: ZoneLists,
        room_temperature: Mapping[str, float],
    ) -> None:
        self.model, self.schedules, self.lists = model, schedules, lists
        self.room_temperature = room_temperature
        self._people = self._by_zone("PEOPLE")
        self._lights = self._by_zone("LIGHTS")
        self._equipment = self._by_zone(*EQUIPMENT)

    def _by_zone(self, *kinds: str) -> dict[str, list[tuple[Record, float]]]:
        found: dict[str, list[tuple[Record, float]]] = {}
        for record in self.model.all(*kinds):
            for zone, share in self.lists.shares(target(record), record):
                found.setdefault(zone, []).append((record, share))
        return found

    def of(self, space: Space, add_schedule: Any) -> dict[str, Any]:
        """Gains of a zone as the project writes them; `add_schedule(label, values)` gives a key."""
        area = space.floor_area
        gains: dict[str, Any] = {
            "people_density": 0.0,
            "lighting_power": 0.0,
            "equipment_power": 0.0,
            "fresh_air_per_person": 0.0,
            "fresh_air_changes": 0.0,
        }
        schedules: dict[str, str] = {}
        by_room = self._split_by_room(space)
        if (crowd := together(list(self._people_streams(space, by_room)))) is not None:
            self._note_spread(crowd, "people", space)
            gains |= _people_fields(crowd, space, by_room)
            schedules["occupancy"] = add_schedule("occupancy", crowd.values)
        lights = list(self._light_streams(space))
        if (lit := together(lights)) is not None:
            self._note_spread(lit, "lights", space)
            gains["lighting_power"] = significant(lit.peak / area)
            gains["lighting_radiant_fraction"] = significant(lit.shares[0])
            schedules["lighting"] = add_schedule("lighting", lit.values)
        if (power := together(list(self._equipment_streams(space)))) is not None:
            self._note_spread(power, "equipment", space)
            peak, (radiant, latent, lost) = power.peak, power.shares
            if peak > _MOST_POWER_W_M2 * area and lost > 0.0:
                # Machines whose heat is led away (lifts): only what enters the zone is counted.
                self.model.notes.add(
                    "nearest", "gains", f"equipment of zone '{space.name}' without what is led away"
                )
                enters = 1.0 - lost
                peak, radiant, latent, lost = peak * enters, radiant / enters, latent / enters, 0.0
            gains["equipment_power"] = significant(peak / area)
            gains["equipment_latent_fraction"] = significant(latent)
            gains["equipment_lost_fraction"] = significant(lost)
            rest = 1.0 - latent - lost
            gains["equipment_radiant_fraction"] = (
                significant(min(radiant / rest, 1.0)) if rest > 1e-9 else 0.0
            )
            schedules["equipment"] = add_schedule("equipment", power.values)
        return {**gains, "schedules": schedules} if schedules else gains

    def _note_spread(self, found: Sum, what: str, space: Space) -> None:
        if found.spread > 0.01:
            self.model.notes.add(
                "nearest",
                "gains",
                f"{what} of zone '{space.name}' with different shares of radiant, latent or lost heat as one "
                f"with their mean (up to {100.0 * found.spread:.0f} % of the peak at a time)",
            )

    # --- people ----------------------------------------------------------------------------------------

    def heads(self, space: Space) -> float:
        """Design number of people in a zone."""
        return sum(self._heads(record, space, share) for record, share in self._here(self._people, space))

    def presence(self, space: Space) -> str:
        """Name of the schedule of the zone's first people, "" without people."""
        here = self._here(self._people, space)
        return here[0][0].text("Number_of_People_Schedule_Name") if here else ""

    def _here(
        self, table: Mapping[str, list[tuple[Record, float]]], space: Space
    ) -> list[tuple[Record, float]]:
        return table.get(space.name.upper(), [])

    def _heads(self, record: Record, space: Space, share: float) -> float:
        method = record.text("Number_of_People_Calculation_Method", "People").upper()
        if method == "PEOPLE":
            return share * record.number("Number_of_People", 0.0)
        if method == "PEOPLE/AREA":
            return record.number("People_per_Floor_Area", 0.0) * space.floor_area
        if method == "AREA/PERSON":
            return space.floor_area / record.number("Floor_Area_per_Person")
        raise record.wrong(f"'{method}' is no calculation method.", "Use People, People/Area or Area/Person.")

    def _split_by_room(self, space: Space) -> bool:
        """Whether the warmth of the room decides what part of all people's heat is sensible."""
        here = self._here(self._people, space)
        fixed = [record.given("Sensible_Heat_Fraction") for record, _ in here]
        if any(fixed) and not all(fixed):
            self.model.notes.add(
                "nearest",
                "gains",
                f"people of zone '{space.name}', some with a fixed sensible share, all with fixed shares",
            )
        return not any(fixed)

    def _people_streams(self, space: Space, by_room: bool) -> Iterator[Stream]:
        """People with the radiant share of their sensible heat, their activity, its part that is sensible."""
        varies = False
        for record, share in self._here(self._people, space):
            count = self._heads(record, space, share)
            there = self.schedules.values(record.text("Number_of_People_Schedule_Name"), record)
            activity = self.schedules.values(record.text("Activity_Level_Schedule_Name"), record)
            if count <= 0.0:
                continue
            mean = float(np.average(activity, weights=there + 1e-12))
            varies = varies or float(np.ptp(np.where(there > 0.0, activity, mean))) > 1.0
            room = self.room_temperature.get(space.name.upper(), 23.0)
            if record.given("Sensible_Heat_Fraction"):
                sensible = record.number("Sensible_Heat_Fraction") * mean
            else:
                sensible = mean if by_room else sensible_heat(mean, room)
            # the course in time follows the number of people times their activity
            radiant = record.number("Fraction_Radiant", 0.3) * sensible
            yield Stream(count, there * activity / mean, (radiant, sensible, mean))
        if varies:
            self.model.notes.add(
                "nearest", "gains", "activity that changes in time as more or fewer people of mean activity"
            )

    # --- lights and equipment --------------------------------------------------------------------------

    def _light_streams(self, space: Space) -> Iterator[Stream]:
        people = self.heads(space)
        for record, share in self._here(self._lights, space):
            watts = level(record, space, share, people, _LIGHTS)
            if record.number("Return_Air_Fraction", 0.0) > 0.0:
                self.model.notes.add(
                    "nearest", "gains", "heat of lights to the return air as convective heat in the zone"
                )
            radiant = record.number("Fraction_Radiant", 0.0) + record.number("Fraction_Visible", 0.0)
            yield Stream(
                watts, self.schedules.values(record.text("Schedule_Name"), record), (min(radiant, 1.0),)
            )

    def _equipment_streams(self, space: Space) -> Iterator[Stream]:
        people = self.heads(space)
        for record, share in self._here(self._equipment, space):
            watts = level(record, space, share, people, _EQUIPMENT)
            if watts < 0.0:
                self.model.notes.add("left aside", "gains", f"{record!r}: equipment that takes heat away")
                continue
            if record.kind != "ELECTRICEQUIPMENT":
                self.model.notes.add(
                    "nearest", "gains", f"{record.kind.lower()} counts as electric equipment in the twin"
                )
            shares = tuple(record.number(f"Fraction_{k}", 0.0) for k in ("Radiant", "Latent", "Lost"))
            yield Stream(watts, self.schedules.values(record.text("Schedule_Name"), record), shares)


def _people_fields(crowd: Sum, space: Space, by_room: bool) -> dict[str, float]:
    radiant, sensible, activity = crowd.shares
    fields = {"people_density": significant(crowd.peak / space.floor_area)}
    if by_room:
        fields["activity_per_person"] = significant(activity)
    else:
        fields["sensible_per_person"] = significant(sensible)
        fields["latent_per_person"] = significant(activity - sensible)
    fields["people_radiant_fraction"] = significant(radiant / sensible) if sensible > 0.0 else 0.0
    return fields
