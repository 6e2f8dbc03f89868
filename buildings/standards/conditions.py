"""The conditions of the standard (标准工况): a design under the standard's own use, not its user's.

GB/T 51350 computes design and reference building with one set of schedules, densities, set-points and fresh
air. Ours are those of GB 55015-2021 Appendix C, which the uses of the library hold; the appendix of
GB/T 51350 itself was not read. Dwellings are heated to its 20 degC, not to 18. What a user wrote about how
the building is used goes; what is designed stays: envelope, shades, installed lighting, fans and recovery,
plant, PV.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from buildings.description.schema import (
    ArchetypeBuilding,
    Building,
    Control,
    ExplicitBuilding,
    GainOverrides,
    Project,
    Thermostat,
    Zone,
)
from buildings.library.catalogue import Origin
from buildings.standards.elements import category_of
from buildings.standards.replaced import Derivation, Replaced

_DESIGN = ("lighting_power", "lighting_lost_fraction", "lighting_radiant_fraction")
"""What of the gains is designed, not used."""
USE = Origin("conditions of GB 55015-2021 Appendix C, taken for those of GB/T 51350-2019", 2021, "gk-verify")
NO_USE = Origin(
    "a zone without a use has no conditions in the standard; what was written stays", 2026, "missing"
)
_VACATIONS = Origin("the standard has no school vacations; those written stay", 2026, "missing")
DWELLING_HEATING = 20.0
"""degC: rooms of GB/T 51350-2019 in winter; GB 55015-2021 heats dwellings to 18."""
_INDOOR = Origin("GB/T 51350-2019: at least 20 degC in winter", 2019, "gk-verify")
_OUTSIDE = Origin("outside the boundary of GB/T 51350-2019 (counted end uses)", 2019, "gk-verify")
_STEADY = Origin("the standard computes with fixed set-points and a whole year of grid", 2026, "assumed")


@dataclass(frozen=True)
class Conditioned:
    """A project under conditions of a standard, and what that replaced."""

    project: Project
    derivation: tuple[Replaced, ...]


def standard_conditions(project: Project) -> Conditioned:
    """The design as the standard computes it.

    Parameters
    ----------
    project : Project
        As validated, with any number of buildings.

    Returns
    -------
    Conditioned
        Users' densities, schedules, fresh air, set-points, vacations, vehicles, control, calls and faults are
        gone; envelope, lighting power, ventilation, plant, PV and battery are as designed.
    """
    book = Derivation()
    buildings = tuple(
        under_conditions(building, book, dwelling_heating=DWELLING_HEATING) for building in project.buildings
    )
    update: dict[str, Any] = {"buildings": buildings}
    for key, empty, words in (
        ("event", None, ("demand-response call", "需求响应邀约")),
        ("faults", (), ("faults", "故障")),
    ):
        if getattr(project, key):
            book.put(key, words, "as written", None, _STEADY)
            update[key] = empty
    if project.variability != "hourly":
        book.put(
            "variability", ("variation inside hours", "小时内波动"), project.variability, "hourly", _STEADY
        )
        update["variability"] = "hourly"
    return Conditioned(project.model_copy(update=update), book.shared())


def under_conditions(
    building: Building, book: Derivation, *, dwelling_heating: float | None = None
) -> Building:
    """One building under the conditions; entries go into `book`.

    `dwelling_heating` is the set-point of dwellings in heated hours [degC], where it is not that of
    GB 55015-2021.
    """
    at = building.name
    update: dict[str, Any] = {}
    if isinstance(building, ArchetypeBuilding):
        update["gains"] = _gains(building.gains, f"{at}.gains", book)
    else:
        update["zones"] = tuple(_zone(zone, building, book) for zone in building.zones)
    for key in ("cooling_setpoint", "heating_setpoint"):
        value = getattr(building.hvac, key)
        if value is not None:
            book.put(f"{at}.hvac.{key}", _WORDS[key], value, "by use", USE, "degC")
    heated = dwelling_heating if category_of(building) == "residential" else None
    if heated is not None:
        book.put(f"{at}.hvac.heating_setpoint", _WORDS["heating"], "by use", heated, _INDOOR, "degC")
    cleared = {"cooling_setpoint": None, "heating_setpoint": heated}
    update["hvac"] = building.hvac.model_copy(update=cleared)
    if building.vacations is not None:
        words = ("vacations", "假期")
        if isinstance(building, ArchetypeBuilding):
            book.put(f"{at}.vacations", words, "as written", "by archetype", USE)
            update["vacations"] = None
        else:
            book.put(f"{at}.vacations", words, "as written", "as written", _VACATIONS)
    if building.ev is not None:
        book.put(f"{at}.ev", ("vehicle chargers", "充电桩"), building.ev.chargers, None, _OUTSIDE, "1")
        update["ev"] = None
    if building.control != Control():
        book.put(f"{at}.control", ("control", "控制"), building.control.type, "fixed", _STEADY)
        update["control"] = Control()
    return building.model_copy(update=update)


_WORDS: Mapping[str, tuple[str, str]] = {
    "people_density": ("people", "人员密度"),
    "sensible_per_person": ("sensible heat of people", "人体显热"),
    "latent_per_person": ("latent heat of people", "人体潜热"),
    "activity_per_person": ("metabolic heat of people", "人体代谢热"),
    "people_radiant_fraction": ("radiant share of people", "人体辐射份额"),
    "equipment_power": ("equipment power", "设备功率密度"),
    "equipment_base_fraction": ("equipment that never stops", "设备常开份额"),
    "equipment_latent_fraction": ("latent share of equipment", "设备潜热份额"),
    "equipment_lost_fraction": ("share of equipment outside", "设备室外份额"),
    "equipment_radiant_fraction": ("radiant share of equipment", "设备辐射份额"),
    "fresh_air_per_person": ("fresh air per person", "人均新风量"),
    "fresh_air_changes": ("fresh air by volume", "新风换气次数"),
    "schedules": ("schedules", "作息"),
    "heating": ("heating set-point", "供暖设定温度"),
    "cooling": ("cooling set-point", "供冷设定温度"),
    "heating_setpoint": ("heating set-point", "供暖设定温度"),
    "cooling_setpoint": ("cooling set-point", "供冷设定温度"),
}


def _gains(gains: GainOverrides, at: str, book: Derivation) -> GainOverrides:
    """The lighting of the design, everything else by use."""
    empty = GainOverrides()
    for key in GainOverrides.model_fields:
        value = getattr(gains, key)
        if key not in _DESIGN and value != getattr(empty, key):
            told = value if isinstance(value, float) else "as written"
            book.put(f"{at}.{key}", _WORDS[key], told, "by use", USE)
    return GainOverrides(**{key: getattr(gains, key) for key in _DESIGN})


def _zone(zone: Zone, building: ExplicitBuilding, book: Derivation) -> Zone:
    at = f"{building.name}.zones.{zone.name}"
    if not zone.conditioned:
        return zone
    if zone.use is None:
        book.put(f"{at}.gains", ("conditions of use", "使用条件"), "as written", "as written", NO_USE)
        return zone
    for key in ("heating", "cooling"):
        value = getattr(zone.thermostat, key)
        if value is not None:
            book.put(f"{at}.thermostat.{key}", _WORDS[key], value, "by use", USE)
    return zone.model_copy(
        update={"gains": _gains(zone.gains, f"{at}.gains", book), "thermostat": Thermostat()}
    )
