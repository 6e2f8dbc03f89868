"""Who is judged: the facts of a building that its time series do not tell.

The march writes them into the manifest of a Run, `manifest["buildings"][name]`:

    {"use": "office", "floor_area_m2": 20000.0, "tariff": "shanghai_two_part_10kv",
     "heating_setpoint_c": 20.0, "cooling_setpoint_c": 26.0, "battery": "lfp", "battery_capacity_kwh": 400.0,
     "meters": 1, "transformer_kva": null, "zones": {"core ground": {"multiplier": 1}, ...}}

Only `floor_area_m2` must be there; what is missing is judged by the defaults named below or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weather.errors import TwinError

DEFAULT_TARIFF = "shanghai_two_part_10kv"


@dataclass(frozen=True)
class Subject:
    """Facts of one building.

    Parameters
    ----------
    name : str
    floor_area_m2 : float
        Gross floor area, all storeys.
    use : str
        Archetype key such as `office`; empty where unknown (comparisons by use are then not judged).
    tariff : str
        Key of its electricity tariff.
    heating_setpoint_c, cooling_setpoint_c : float, optional
        Set-points of occupied hours; default by use.
    battery_capacity_kwh : float, optional
        Closes the battery's book where given.
    meters : int
        Household meters that share the import.
    transformer_kva : float, optional
    zones : dict of str to int
        Multiplier of each zone; 1 where not named.
    battery : str
        Key of its battery in the equipment library; empty where there is none or it is not known.
    lending : dict, optional
        Vehicles that lent energy, as `twin.outcome` tells them; None where none did.
    codes : dict, optional
        What codes ask of its description, as `twin.judges.codes.code_facts` tells it; None where it is not
        known, then they are not asked.
    """

    name: str
    floor_area_m2: float
    use: str = ""
    tariff: str = DEFAULT_TARIFF
    heating_setpoint_c: float | None = None
    cooling_setpoint_c: float | None = None
    battery_capacity_kwh: float | None = None
    meters: int = 1
    transformer_kva: float | None = None
    zones: Mapping[str, int] = field(default_factory=dict)
    battery: str = ""
    lending: Mapping[str, Any] | None = None
    codes: Mapping[str, Any] | None = None


def subject(name: str, facts: Mapping[str, Any], tariff: str | None = None) -> Subject:
    """Read a building's facts from a manifest.

    Parameters
    ----------
    name : str
        Building.
    facts : mapping
        Its entry; further keys are left alone.
    tariff : str, optional
        Tariff of the project, used where the building names none.

    Raises
    ------
    TwinError
        If the floor area is missing or not positive.
    """
    area = facts.get("floor_area_m2")
    if not isinstance(area, int | float) or not math.isfinite(area) or area <= 0:
        raise TwinError(
            f"the floor area of {name!r} is {area!r}.",
            "The manifest must give a positive number of m2.",
            key=f"buildings.{name}.floor_area_m2",
        )
    zones = facts.get("zones") or {}
    optional = ("heating_setpoint_c", "cooling_setpoint_c", "battery_capacity_kwh", "transformer_kva")
    return Subject(
        name=name,
        floor_area_m2=float(area),
        use=str(facts.get("use") or ""),
        tariff=str(facts.get("tariff") or tariff or DEFAULT_TARIFF),
        meters=int(facts.get("meters") or 1),
        battery=str(facts.get("battery") or ""),
        lending=facts.get("lending"),
        codes=facts.get("codes"),
        zones={zone: int(entry.get("multiplier", 1)) for zone, entry in zones.items()},
        **{key: None if facts.get(key) is None else float(facts[key]) for key in optional},
    )
