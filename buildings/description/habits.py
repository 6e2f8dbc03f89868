"""How a building is used against the schedules of its use (使用习惯): more or fewer people, other hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from buildings.description import quantities as q
from buildings.description.base import Described
from buildings.description.timetables import DayValues, Schedule, SchedulePeriod, Value

if TYPE_CHECKING:
    from buildings.description.complete import CompleteZone

Day = tuple[Value, ...]

PARTS = 96
"""Quarter-hours of a day, in which use may be shifted."""
LEAST_SET_POINT, MOST_SET_POINT = -10.0, 45.0
"""Bounds of set-points, as everywhere in a description [degC]."""

Factor = Annotated[float, Field(ge=0.0, le=5.0), q.Unit("1")]
Shift = Annotated[float, Field(ge=-8.0, le=8.0), q.Unit("K")]
Later = Annotated[int, Field(strict=True, ge=-24, le=24)]


class Habits(Described):
    """What differs from the schedules and densities of the use, in every zone."""

    people: Annotated[float, Field(ge=0.05, le=5.0), q.Unit("1")] = Field(
        default=1.0, description="Factor on the people [1]; fresh air stays."
    )
    equipment: Factor = Field(default=1.0, description="Factor on the power of equipment [1].")
    lighting: Factor = Field(default=1.0, description="Factor on the power of lighting [1].")
    infiltration: Factor = Field(default=1.0, description="Factor on infiltration [1].")
    heating: Shift = Field(default=0.0, description="Shift of heating set-points [K].")
    cooling: Shift = Field(default=0.0, description="Shift of cooling set-points [K].")
    later: Later = Field(
        default=0, description="Quarter-hours by which the day begins and ends later (negative: earlier)."
    )


AS_WRITTEN = Habits()


def with_habits(
    zones: tuple[CompleteZone, ...], schedules: Mapping[str, Schedule], habits: Habits
) -> tuple[tuple[CompleteZone, ...], dict[str, Schedule]]:
    """Zones and schedules under the habits of those who use the building.

    Parameters
    ----------
    zones : tuple of CompleteZone
    schedules : mapping
        Of the building; those that the zones name are there.
    habits : Habits

    Returns
    -------
    zones : tuple of CompleteZone
    schedules : dict
        Shifted in time; set-points also in temperature, where a zone asks for them.
    """
    shifted = {key: _later(schedule, habits.later) for key, schedule in schedules.items()}
    done = []
    for zone in zones:
        gains = zone.gains
        used = replace(
            gains,
            people_density=gains.people_density * habits.people,
            # fans are set for the design number of people, whoever comes
            fresh_air_per_person=gains.fresh_air_per_person / habits.people,
            equipment_power=gains.equipment_power * habits.equipment,
            lighting_power=gains.lighting_power * habits.lighting,
        )
        keys = {}
        for kind, by in (("heating", habits.heating), ("cooling", habits.cooling)):
            key = getattr(zone, f"{kind}_setpoint")
            if by:
                named = f"{key} ({by:+g} K)"
                if named not in shifted:
                    shifted[named] = _warmer(shifted[key], by)
                key = named
            keys[f"{kind}_setpoint"] = key
        done.append(replace(zone, gains=used, infiltration=zone.infiltration * habits.infiltration, **keys))
    return tuple(done), shifted


@lru_cache(maxsize=1024)
def _later(schedule: Schedule, parts: int) -> Schedule:
    """The same day, begun later; what passes midnight comes at the other end of it."""
    if parts == 0 or (schedule.constant is not None and not schedule.periods):
        return schedule
    return _mapped(schedule, lambda day: _rolled(day, parts))


def _rolled(day: Day, parts: int) -> Day:
    fine = [value for value in day for _ in range(PARTS // len(day))]
    return tuple(fine[-parts % PARTS :] + fine[: -parts % PARTS])


def _warmer(schedule: Schedule, by: float) -> Schedule:
    def moved(day: Day) -> Day:
        return tuple(v if v == "off" else min(max(v + by, LEAST_SET_POINT), MOST_SET_POINT) for v in day)

    return _mapped(schedule, moved)


def _mapped(schedule: Schedule, change: Callable[[Day], Day]) -> Schedule:
    def days(of: DayValues) -> dict[str, Day]:
        own = {"workday": change(of.day(True)), "rest_day": change(of.day(False))}
        return own if of.saturday is None else {**own, "saturday": change(of.saturday)}

    periods = tuple(SchedulePeriod(first=p.first, last=p.last, **days(p)) for p in schedule.periods)
    return Schedule(**days(schedule), periods=periods)
