"""Lighting and appliances."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from buildings.description.schedules import find_schedule
from buildings.description.schema import GainOverrides, Schedule, Zone
from buildings.library import catalogue
from buildings.retrofit.actions import Appliances, Lighting, LightingControl
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities

_TIMES = ("every_day", "workday", "saturday", "rest_day", "constant")


def lighting(action: Lighting, draft: Draft) -> Quantities:
    """Less lighting power in zones that have more."""

    def change(zone: Zone) -> Zone | None:
        before = draft.gain(zone, "lighting_power")
        after = before
        if action.power is not None:
            after = action.power
        elif action.factor is not None:
            after = before * action.factor
        elif zone.use is not None and action.era is not None:
            after = catalogue.lighting_power(zone.use, action.era).value
        return _gains(zone, lighting_power=after) if after < before - 1e-9 else None

    area = draft.change_zones(change)
    if area == 0.0:
        raise NotApplicableError("lighting is at or below that already", "照明功率密度已不高于目标")
    return {"floor_area": area}


def _gains(zone: Zone, **changes: Any) -> Zone:
    own: GainOverrides = zone.gains.model_copy(update=changes)
    return zone.model_copy(update={"gains": own})


def lighting_control(action: LightingControl, draft: Draft) -> Quantities:
    """Lights are on less: schedules times a factor, by whether the zone has windows."""
    made: dict[tuple[str, float], str] = {}

    def change(zone: Zone) -> Zone | None:
        key = zone.gains.schedules.lighting or draft.base.zones[zone.name].gains.lighting
        factor = action.outer_factor if zone.name in draft.base.windowed else action.inner_factor
        if draft.gain(zone, "lighting_power") == 0.0 or factor == 1.0:
            return None
        if (key, factor) not in made:
            made[key, factor] = _dimmed(key, factor, draft)
        schedules = zone.gains.schedules.model_copy(update={"lighting": made[key, factor]})
        return _gains(zone, schedules=schedules)

    area = draft.change_zones(change)
    if area == 0.0:
        raise NotApplicableError("no lighting to control", "没有可控制的照明")
    how = "use of light after over before, zones with windows; no daylight is computed"
    draft.note("lighting_control.outer_factor", action.outer_factor, "1", how, "assumed")
    return {"floor_area": area}


def _dimmed(key: str, factor: float, draft: Draft) -> str:
    if key in draft.base.complete.schedules:
        whole = draft.base.complete.schedules[key]
    else:
        whole = find_schedule(key, draft.building, key)
    text = whole.model_dump_json(exclude_none=True)
    return draft.add_schedule(f"{key[:40]} x{factor:g}", _scaled(text, factor))


@lru_cache(maxsize=512)
def _scaled(text: str, factor: float) -> Schedule:
    """A schedule times a factor; `off` stays."""
    data = Schedule.model_validate_json(text).model_dump(exclude_none=True)

    def times(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(times(part) for part in value)
        return value if isinstance(value, str) else factor * value

    for part in (data, *data.get("periods", ())):
        part.update({name: times(part[name]) for name in _TIMES if name in part})
    return Schedule.model_validate(data)


def appliances(action: Appliances, draft: Draft) -> Quantities:
    """Equipment that takes less power."""

    def change(zone: Zone) -> Zone | None:
        now, base = draft.gain(zone, "equipment_power"), draft.gain(zone, "equipment_base_fraction")
        power, share = now * action.factor, base * action.base_factor
        if now == 0.0 or (power >= now and share >= base):
            return None
        return _gains(zone, equipment_power=power, equipment_base_fraction=share)

    area = draft.change_zones(change)
    if area == 0.0:
        raise NotApplicableError("no equipment to replace", "没有可更换的电器")
    how = "equipment power after over before; what people own is not the owner's to replace"
    draft.note("appliances.factor", action.factor, "1", how, "assumed")
    return {"floor_area": area}
