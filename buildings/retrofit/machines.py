"""Plant for heating and cooling, its set-points and cold storage."""

from __future__ import annotations

import math

from buildings.description.schema import Hvac
from buildings.retrofit.actions import GroundSource, Operation, ReplacePlant, ThermalStore
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities, own_name
from buildings.systems.borefield import BoreholeField
from buildings.systems.chiller import Chiller
from buildings.systems.heat_pump import HeatPump
from buildings.systems.ice_storage import IceStorage
from buildings.systems.records import entry
from buildings.systems.stratified_tank import Tank

_WATER_KWH_M3 = 1.163 * 7.0
"""Cold in a cubic metre of water between 5 and 12 degC [kWh]."""


def replace_plant(action: ReplacePlant, draft: Draft) -> Quantities:
    """Other machines, sized anew for the loads that the package leaves."""
    now = draft.equipment
    if now == action.equipment:
        raise NotApplicableError("the plant is of that kind already", "冷热源已是该类设备")
    if now not in action.replaces:
        raise NotApplicableError(
            f"it replaces {', '.join(action.replaces)}, here stands {now}",
            f"适用于更换 {'、'.join(action.replaces)}，现有设备为 {now}",
        )
    new: dict[str, object] = {"type": action.plant, "equipment": action.equipment}
    new |= {"cooling_capacity": "autosize", "heating_capacity": "autosize"}
    new |= {
        "cooling_efficiency_factor": 1.0,
        "heating_efficiency_factor": 1.0,
    }  # new machines keep their data
    own: Hvac = draft.building.hvac.model_copy(update=new)
    draft.put(hvac=own)
    draft.stale += [f"{draft.name}.hvac.type", f"{draft.name}.hvac.equipment"]
    return {"floor_area": draft.base.complete.floor_area, "cooling_capacity": 1.0, "heating_capacity": 1.0}


def operation(action: Operation, draft: Draft) -> Quantities:
    """Set-points of operating hours that ask for less."""
    own = draft.building.hvac
    new: dict[str, float] = {}
    cooling, heating = action.cooling_setpoint, action.heating_setpoint
    if cooling is not None and (own.cooling_setpoint is None or own.cooling_setpoint < cooling):
        new["cooling_setpoint"] = cooling
    if heating is not None and (own.heating_setpoint is None or own.heating_setpoint > heating):
        new["heating_setpoint"] = heating
    if not new:
        raise NotApplicableError("set-points ask for no more already", "设定温度已满足")
    draft.put(hvac=own.model_copy(update=new))
    return {"once": 1.0, "floor_area": draft.base.complete.floor_area}


def thermal_store(action: ThermalStore, draft: Draft) -> Quantities:
    """Ice or cold water, filled in the valley by a chiller of its own, before the main plant."""
    if draft.building.hvac.type != "chiller_boiler":
        raise NotApplicableError(
            "cold storage needs a plant with chilled water from chillers", "蓄冷需要冷水机组系统"
        )
    rows = draft.building.plant_room
    if any(
        row.type in ("ice_storage", "phase_change_store")
        or (isinstance(row, Tank) and row.serves == "chilled_water")
        for row in rows
    ):
        raise NotApplicableError("it has cold storage already", "已有蓄冷")
    names = [row.name for row in rows]
    energy = action.capacity_per_area * draft.base.complete.floor_area
    store = own_name("cold store", names)
    maker = own_name("night chiller", [*names, store])
    power = 1000.0 * energy / action.charging_hours
    held: IceStorage | Tank
    if action.medium == "ice":
        held = IceStorage(type="ice_storage", name=store, capacity=energy)
        machine = Chiller(
            type="chiller", name=maker, equipment="screw_ice", capacity=power, units=1, feeds=(store,)
        )
    else:
        held = Tank(
            type="stratified_tank",
            name=store,
            serves="chilled_water",
            volume=energy / _WATER_KWH_M3,
            hours="valley",
        )
        machine = Chiller(
            type="chiller", name=maker, equipment="screw", capacity=power, units=1, feeds=(store,)
        )
    draft.put(plant_room=(*rows, held, machine))
    how = f"cold per floor area; chiller fills it in {action.charging_hours:g} h at its rating"
    draft.note(f"plant_room.{store}.capacity", energy, "kWh", how, "assumed")
    return {"store": energy, "charging_power": power / 1000.0}


def ground_source(action: GroundSource, draft: Draft) -> Quantities:
    """Boreholes and a reversible heat pump in front of a plant that distributes water."""
    if draft.building.hvac.type not in ("chiller_boiler", "air_source_heat_pump"):
        raise NotApplicableError("it needs a plant that distributes water", "需要水系统末端")
    rows = draft.building.plant_room
    if any(row.type == "borefield" for row in rows):
        raise NotApplicableError("it has boreholes already", "已有地埋管")
    power = action.power_per_area * draft.base.complete.floor_area
    hole = entry("borefields", action.borehole)
    number = math.ceil(power / (float(hole["rated"]) * float(hole["length"])))
    side = math.ceil(math.sqrt(number))
    if side > _MOST_IN_A_ROW:
        most = _MOST_IN_A_ROW**2
        raise NotApplicableError(f"{number} boreholes are more than {most}", f"地埋管多于 {most} 孔")
    across = math.ceil(number / side)
    names = [row.name for row in rows]
    field = own_name("boreholes", names)
    pump = own_name("ground heat pump", [*names, field])
    added = (
        BoreholeField(type="borefield", name=field, equipment=action.borehole, rows=side, columns=across),
        HeatPump(
            type="heat_pump", name=pump, serves=("space_heat", "chilled_water"), source=field, capacity=power
        ),
    )
    draft.put(plant_room=(*rows, *added))
    land = side * across * float(hole["spacing"]) ** 2
    how = f"{side} x {across} boreholes by rated heat; the land must be there; first year of the ground"
    draft.note(f"plant_room.{field}.land", land, "m2", how, "derived")
    return {"ground_power": power / 1000.0, "boreholes": float(side * across)}


_MOST_IN_A_ROW = 60
