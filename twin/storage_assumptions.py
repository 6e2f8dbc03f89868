"""What is taken for granted of a building's battery and vehicles: where it stands, and who lends."""

from __future__ import annotations

from buildings.description.complete import CompleteBuilding
from buildings.systems.records import entry
from twin.market.assumption import Assumption


def storage_assumptions(building: CompleteBuilding) -> list[Assumption]:
    """Inputs of a building's battery and vehicles that nobody has verified.

    Parameters
    ----------
    building : CompleteBuilding

    Returns
    -------
    list of Assumption
    """
    systems, name = building.systems, building.name
    stated: list[Assumption] = []
    if systems.battery is not None and isinstance(systems.battery.location, str):
        room = entry("battery_rooms", systems.battery.location)
        stated.append(
            Assumption(
                key=f"model.{name}.battery.location",
                zh=f"电池周围温度按“{room['name_zh']}”计，维持该温度的用电未计。",
                en=f"Around the battery: {room['name_en']}; the power that keeps it so is not counted.",
                value=room.get("temperature"),
                unit="degC",
                source=room["source"],
                confidence=room["confidence"],
            )
        )
    ev = systems.ev
    if ev is not None and ev.v2b and ev.opt_in is None:
        stated.append(
            Assumption(
                key=f"model.{name}.ev.opt_in",
                zh="假定所有车主都同意向建筑放电。",
                en="The owners of all vehicles are taken to agree to lend energy.",
                value=1.0,
                unit="-",
                source="opt_in is not given",
                confidence="assumed",
            )
        )
    if ev is not None and ev.v2b and systems.control.type != "droop":
        stated.append(
            Assumption(
                key=f"model.{name}.ev.v2b",
                zh="车辆只在下垂控制下放电，本项目中 v2b 不起作用。",
                en="Vehicles lend where droop controls; in this project v2b does nothing.",
                value=systems.control.type,
                unit="-",
                source="control.type",
                confidence="assumed",
            )
        )
    return stated
