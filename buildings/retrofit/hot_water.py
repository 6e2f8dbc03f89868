"""Hot water, kitchen, laundry and sterilisation without fuel."""

from __future__ import annotations

import math
from typing import Any

from buildings.description.schema import EndUses
from buildings.retrofit.actions import ElectricHotWater, ElectricKitchen
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities, own_name
from buildings.systems.boiler import Boiler
from buildings.systems.end_uses import default_count
from buildings.systems.heat_pump import HeatPump
from buildings.systems.records import entry
from buildings.systems.stratified_tank import Tank

_ELECTRIC = {
    "gas_hob": "induction_hob",
    "gas_wok": "induction_wok",
    "steam_laundry": "electric_laundry",
    "gas_laundry": "electric_laundry",
    "steam_steriliser": "electric_steriliser",
}
_HEATERS = ("gas_water_heater", "electric_water_heater")
_QUOTA_RISE = 45.0
"""From 15 degC mains to the 60 degC of the quotas [K], for sizing."""
_WATER_KWH_M3K = 4.14 / 3.6
_PEOPLE_PER_HEATER = 2.5
_NONE = ("no hot water or kitchen is described (end_uses)", "项目未描述生活热水与炊事（end_uses）")


def _uses(draft: Draft) -> EndUses:
    uses = draft.building.end_uses
    if uses is None:
        raise NotApplicableError(*_NONE)
    return uses


def _count(uses: EndUses, draft: Draft) -> float:
    if uses.count is not None:
        return uses.count
    return default_count(uses.use, draft.base.complete.floor_area)


def electric_kitchen(action: ElectricKitchen, draft: Draft) -> Quantities:
    """Electric appliances instead of those on gas and steam; boilers that only they needed go."""
    uses, data = _uses(draft), entry("end_uses", _uses(draft).use)
    new: dict[str, Any] = {}
    for what in ("cooking", "laundry", "sterilisation"):
        written = getattr(uses, what)
        if what in data and written in _ELECTRIC:
            new[what] = _ELECTRIC[written]
    if not new:
        raise NotApplicableError("nothing there burns gas or takes steam", "炊事等已全部用电")
    after = uses.model_copy(update=new)
    draft.put(end_uses=after)
    if not any("steam" in str(getattr(after, what)) for what in ("laundry", "sterilisation")):
        kept = tuple(
            r for r in draft.building.plant_room if not (isinstance(r, Boiler) and r.serves == "steam")
        )
        draft.put(plant_room=kept)
    return {"served": _count(uses, draft)}


def electric_hot_water(action: ElectricHotWater, draft: Draft) -> Quantities:
    """Heat pumps instead of local heaters, or of the boilers of the plant room."""
    uses = _uses(draft)
    if "hot_water" not in entry("end_uses", uses.use):
        raise NotApplicableError("its use has no hot water", "该用途没有生活热水")
    if uses.hot_water is not None:
        if uses.hot_water not in _HEATERS:
            raise NotApplicableError("hot water comes from heat pumps already", "生活热水已由热泵供应")
        draft.put(end_uses=uses.model_copy(update={"hot_water": "heat_pump_water_heater"}))
        if uses.use == "residential":
            people = f"one for {_PEOPLE_PER_HEATER:g} people"
            number = math.ceil(_count(uses, draft) / _PEOPLE_PER_HEATER)
            draft.note("end_uses.heaters", float(number), "1", people, "assumed")
            return {"served": _count(uses, draft), "local_heaters": float(number)}
        daily = _daily_kwh(uses, draft)
        return {"served": _count(uses, draft), "hot_water_power": daily / action.running_hours}
    return _central(action, uses, draft)


def _daily_kwh(uses: EndUses, draft: Draft) -> float:
    litres = float(entry("end_uses", uses.use)["hot_water"]["litres"])
    return _count(uses, draft) * litres / 1000.0 * _WATER_KWH_M3K * _QUOTA_RISE


def _central(action: ElectricHotWater, uses: EndUses, draft: Draft) -> Quantities:
    """A heat pump in the place of the first boiler for hot water; the other such boilers go."""
    rows = list(draft.building.plant_room)
    boilers = [row for row in rows if isinstance(row, Boiler) and row.serves == "hot_water"]
    if not boilers:
        raise NotApplicableError("no boiler makes hot water", "没有生活热水锅炉可替换")
    names = [row.name for row in rows]
    circulation = float(entry("end_uses", uses.use)["hot_water"]["circulation"]) if uses.central else 0.0
    daily = _daily_kwh(uses, draft) * (1.0 + circulation)
    litres = _daily_kwh(uses, draft) / (_WATER_KWH_M3K * _QUOTA_RISE)
    feeds = boilers[0].feeds
    quantities = {"served": _count(uses, draft), "hot_water_power": daily / action.running_hours}
    added: list[Any] = []
    if not feeds:
        tank = own_name("hot water tank", names)
        volume = action.stored_share * litres
        added.append(Tank(type="stratified_tank", name=tank, serves="hot_water", volume=volume))
        feeds, quantities["tank"] = (tank,), volume
    name = own_name("hot water heat pump", [*names, *feeds])
    power = 1000.0 * quantities["hot_water_power"]
    added.append(HeatPump(type="heat_pump", name=name, serves=("hot_water",), feeds=feeds, capacity=power))
    at = rows.index(boilers[0])
    kept = (
        [row for row in rows[:at] if row not in boilers] + added + [r for r in rows[at:] if r not in boilers]
    )
    draft.put(plant_room=tuple(kept))
    how = f"mean day's hot water and circulation in {action.running_hours:g} h, 15 to 60 degC"
    draft.note(f"plant_room.{name}.capacity", power / 1000.0, "kW", how, "derived")
    return quantities
