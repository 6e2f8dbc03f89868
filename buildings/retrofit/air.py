"""Outdoor air: what leaks in, what fans bring, what windows let in at night."""

from __future__ import annotations

from functools import lru_cache

from buildings.description.schema import Dehumidification, NaturalVentilation, Schedule, Zone
from buildings.retrofit.actions import (
    Airtightness,
    DemandControlled,
    DryFreshAir,
    NightVentilation,
    Recovery,
)
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities

_NO_FRESH_AIR = ("fans need bring no fresh air: what leaks in is as much", "渗透风已满足新风量，无需机械新风")


def airtightness(action: Airtightness, draft: Draft) -> Quantities:
    """Less infiltration in zones that have some."""

    def change(zone: Zone) -> Zone | None:
        before = draft.infiltration(zone)
        after = before * action.factor if action.factor is not None else min(before, action.target or 0.0)
        if before == 0.0 or after >= before:
            return None
        draft.stale.append(f"{draft.name}.zones.{zone.name}.infiltration")
        return zone.model_copy(update={"infiltration": after})

    if draft.change_zones(change) == 0.0:
        raise NotApplicableError("nothing leaks more already", "渗透风已不高于目标")
    draft.forget_n50()
    complete = draft.base.complete.zones
    if any(z.gains.fresh_air_changes == 0.0 and z.use.startswith("residential") for z in complete):
        how = "GB 55015 counts infiltration and ventilation together: ventilation makes up the rest"
        draft.note("ventilation.by_volume", 1.0, "1/h", how, "assumed")
    return {"treated_area": _window_area(draft)}


def _window_area(draft: Draft) -> float:
    return sum(w.area * draft.base.times(s) for s in draft.building.surfaces for w in s.windows)


def night_ventilation(action: NightVentilation, draft: Draft) -> Quantities:
    """Windows that open at night, in zones that have them and no natural ventilation yet."""
    hours = _night(action.from_hour, action.to_hour)

    def change(zone: Zone) -> Zone | None:
        if zone.name not in draft.base.windowed or zone.natural_ventilation is not None:
            return None
        own = NaturalVentilation(
            air_changes=action.air_changes,
            schedule=draft.add_schedule("night air", hours),
            minimum_indoor_temperature=action.minimum_indoor_temperature,
            minimum_outdoor_temperature=action.minimum_outdoor_temperature,
            delta_temperature=action.delta_temperature,
        )
        return zone.model_copy(update={"natural_ventilation": own})

    area = draft.change_zones(change)
    if area == 0.0:
        raise NotApplicableError(
            "no zone with windows and without natural ventilation", "没有可加自然通风的有窗房间"
        )
    how = "one air change rate for all, whatever wind and stack; rain, noise and guards not considered"
    draft.note("night_ventilation.air_changes", action.air_changes, "1/h", how, "assumed")
    return {"treated_area": area}


@lru_cache(maxsize=256)
def _night(first: int, last: int) -> Schedule:
    return Schedule(every_day=tuple(1.0 if h >= first or h < last else 0.0 for h in range(24)))


def recovery(action: Recovery, draft: Draft) -> Quantities:
    """Units with recovery instead of fresh air without or with less of it."""
    flow = draft.fresh_air_m3_h
    sensible, latent = draft.fresh_air("heat_recovery_sensible"), draft.fresh_air("heat_recovery_latent")
    if sensible >= action.sensible and latent >= action.latent:
        raise NotApplicableError("recovery is as good already", "已有同等效率的热回收")
    if flow <= 0.0:
        raise NotApplicableError(*_NO_FRESH_AIR, waits=True)
    fans = draft.fresh_air("specific_fan_power")
    own = draft.building.ventilation.model_copy(
        update={
            "heat_recovery_sensible": action.sensible,
            "heat_recovery_latent": action.latent,
            "specific_fan_power": action.specific_fan_power,
            "bypass": action.bypass,
        }
    )
    draft.put(ventilation=own)
    if fans == 0.0:
        how = "before, fresh air came through opened windows without a fan; now fans move it"
        draft.note("ventilation.specific_fan_power", action.specific_fan_power, "W/(m3/s)", how, "derived")
    return {"fresh_air": flow}


def demand_controlled(action: DemandControlled, draft: Draft) -> Quantities:
    """Fresh air follows the people present."""
    own = draft.building.ventilation
    if own.demand_controlled:
        raise NotApplicableError("fresh air follows people already", "新风已按需控制")
    if not any(
        z.gains.people_density * z.gains.fresh_air_per_person > 0.0 for z in draft.base.complete.zones
    ):
        raise NotApplicableError("fresh air is not counted by person", "新风不按人员计量")
    draft.put(ventilation=own.model_copy(update={"demand_controlled": True}))
    return {"fresh_air": draft.fresh_air_m3_h, "floor_area": draft.base.complete.floor_area}


def dry_fresh_air(action: DryFreshAir, draft: Draft) -> Quantities:
    """A unit that dries the fresh air; the rooms' coils then stay dry."""
    own = draft.building.ventilation
    if own.dehumidification is not None:
        raise NotApplicableError("fresh air is dried already", "新风已独立除湿")
    if draft.fresh_air_m3_h <= 0.0:
        raise NotApplicableError(*_NO_FRESH_AIR, waits=True)
    unit = Dehumidification(equipment=action.equipment, supply_humidity=action.supply_humidity)
    draft.put(ventilation=own.model_copy(update={"dehumidification": unit}))
    return {"fresh_air": draft.fresh_air_m3_h}
