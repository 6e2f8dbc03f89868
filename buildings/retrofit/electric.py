"""Battery, chargers, DC bus and control."""

from __future__ import annotations

import math
from typing import Any

from buildings.description.schema import Battery, DcBus, ElectricVehicles
from buildings.retrofit.actions import BatteryStore, Charging, DirectCurrent, Supervise
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities

_MOST_CHARGERS = 5000
_PATTERNS = {"residential": "residential", "retail": "retail", "hotel": "public"}


def battery(action: BatteryStore, draft: Draft) -> Quantities:
    """A battery by the PV of the package or by floor area."""
    if draft.building.battery is not None:
        raise NotApplicableError("it has a battery already", "已有储能")
    pv = sum(array.capacity for array in draft.building.pv)
    if action.per_pv is not None:
        if pv == 0.0:
            raise NotApplicableError("no PV to size the battery by", "没有光伏可配储", waits=True)
        energy = action.per_pv * pv
    else:
        energy = (action.per_area or 0.0) * draft.base.complete.floor_area
    draft.put(battery=Battery(capacity=energy, power=energy * action.power_ratio))
    return {"battery": energy}


def charging(action: Charging, draft: Draft) -> Quantities:
    """Chargers by floor area; who comes follows the use."""
    if draft.building.ev is not None:
        raise NotApplicableError("it has chargers already", "已有充电桩")
    number = math.ceil(draft.base.complete.floor_area / action.area_per_charger)
    if number > _MOST_CHARGERS:
        raise NotApplicableError(
            f"{number} chargers are more than {_MOST_CHARGERS}", f"充电桩多于 {_MOST_CHARGERS} 个"
        )
    use = draft.base.main_use
    pattern = next((word for start, word in _PATTERNS.items() if use.startswith(start)), "workplace")
    own: dict[str, Any] = {"chargers": number, "power": action.power, "pattern": pattern, "v2b": action.v2b}
    draft.put(ev=ElectricVehicles(**own))
    draft.note("ev.pattern", pattern, "", f"who parks at the use '{use}'", "assumed")
    return {"chargers": float(number)}


def dc_bus(action: DirectCurrent, draft: Draft) -> Quantities:
    """Loads, storage and PV on one DC bus."""
    if draft.building.dc_bus is not None:
        raise NotApplicableError("it has a DC bus already", "已有直流母线")
    draft.put(dc_bus=DcBus(voltage=action.voltage, interface=action.interface, modules=action.modules))
    return {"floor_area": draft.base.complete.floor_area, "once": 1.0}


def supervise(action: Supervise, draft: Draft) -> Quantities:
    """Another control."""
    own = draft.building.control
    if action.control == "droop" and draft.building.dc_bus is None:
        raise NotApplicableError("droop needs a DC bus", "下垂控制需要直流母线", waits=True)
    new: dict[str, Any] = {"type": action.control}
    new |= {k: v for k in ("precool", "shed", "drift") if (v := getattr(action, k)) is not None}
    if all(getattr(own, k) == v for k, v in new.items()):
        raise NotApplicableError("it is controlled so already", "已采用该控制")
    draft.put(control=own.model_copy(update=new))
    return {"floor_area": draft.base.complete.floor_area, "once": 1.0}
