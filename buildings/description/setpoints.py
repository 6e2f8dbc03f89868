"""Which set-point schedule a zone follows: its own, its use's, or that with the building's temperatures."""

from __future__ import annotations

from functools import lru_cache

from buildings.description import schema
from buildings.description.ledger import Ledger
from buildings.description.schedules import find_schedule
from buildings.library import catalogue
from weather.errors import TwinError

OFF = "(off)"
"""Key of the set-point schedule that is off at all times; the brackets keep it apart from a user's names."""


def shift_operating_hours(schedule: schema.Schedule, temperature: float, kind: str) -> schema.Schedule:
    """The same schedule with another temperature in operating hours.

    Operating hours are those at the schedule's own extreme (the highest heating, the lowest cooling value).
    Set-back hours keep theirs unless the new temperature is milder. Hours that are `off` stay off.

    Parameters
    ----------
    schedule : Schedule
        Set-points [degC].
    temperature : float
        New set-point in operating hours [degC].
    kind : str
        "heating" or "cooling".

    Returns
    -------
    Schedule
        The shifted schedule.
    """
    milder = min if kind == "heating" else max
    strictest = max if kind == "heating" else min
    numbers = [v for v in schedule.values() if v != "off"]
    if not numbers:
        return schedule
    extreme = strictest(numbers)

    def shift(day: tuple[schema.Value, ...]) -> tuple[schema.Value, ...]:
        return tuple(
            v if v == "off" else temperature if v == extreme else milder(v, temperature) for v in day
        )

    def shifted(days: schema.DayValues) -> dict[str, tuple[schema.Value, ...]]:
        own = {"workday": shift(days.day(True)), "rest_day": shift(days.day(False))}
        return own if days.saturday is None else {**own, "saturday": shift(days.saturday)}

    periods = tuple(schema.SchedulePeriod(first=p.first, last=p.last, **shifted(p)) for p in schedule.periods)
    return schema.Schedule(**shifted(schedule), periods=periods)


@lru_cache(maxsize=1024)
def _wrong_set_point(schedule: schema.Schedule) -> float | None:
    """The first value that no room is kept at, None where all may be."""
    return next((v for v in schedule.values() if v != "off" and not -10.0 <= v <= 45.0), None)


def set_point_schedule(
    kind: str,
    zone: schema.Zone,
    building: schema.ExplicitBuilding,
    schedules: dict[str, schema.Schedule],
    book: Ledger,
) -> str:
    """Enter the zone's set-point schedule into `schedules` and return its key.

    Raises
    ------
    TwinError
        Unknown key, or a heating or cooling schedule outside -10 to 45 degC.
    """
    at = f"{building.name}.zones.{zone.name}.thermostat.{kind}"
    written = zone.thermostat.heating if kind == "heating" else zone.thermostat.cooling
    if isinstance(written, float):
        key, found = f"({kind} {written:g} degC)", schema.Schedule(constant=written)
    elif written is None and zone.use is None:
        key, found = OFF, schema.Schedule(constant="off")
    else:
        key = written or f"{zone.use}/{kind}_setpoint"
        found = find_schedule(key, building, at)
        if written is None:
            book.note_key(at, key, catalogue.schedule_origins()[key])
    hvac = building.hvac
    wanted = hvac.heating_setpoint if kind == "heating" else hvac.cooling_setpoint
    if wanted is not None and not isinstance(written, float):
        key, found = f"{key} (at {wanted:g} degC)", shift_operating_hours(found, wanted, kind)
    wrong = _wrong_set_point(found)
    if wrong is not None:
        raise TwinError(
            f"Schedule '{key}' holds a set-point of {wrong:g} degC.",
            "Give -10 to 45 degC, or 'off'.",
            key=at,
        )
    schedules[key] = found
    return key
