"""What is planned, item by item: from the systems of a described project, or from the measures of a study."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildings.description.schema import ArchetypeBuilding, Building, Project, PvArray
from buildings.retrofit.measure import Measure
from twin.pilot.rules import rules
from weather.errors import TwinError

_STEERING = ("precooling", "droop", "mpc", "peak_shaving")
_SOLAR_HEAT = ("solar_collector", "pvt_collector")
_HYDROGEN = ("fuel_cell", "electrolyser")
_PEDF_PARTS = frozenset({"pv", "battery", "dc_bus"})
_PEDF_ITEMS = frozenset({"E2", "C5"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of what."""

    value: float
    unit: str
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A system or a measure that is planned.

    Parameters
    ----------
    key : str
    zh, en : str
    items : tuple of str
        Ids of the items of fields that it covers.
    group : str
        Group of the catalogue of measures, such as envelope; decides on the schedule.
    quantities : tuple of Quantity
    """

    key: str
    zh: str
    en: str
    items: tuple[str, ...]
    group: str
    quantities: tuple[Quantity, ...] = ()


def floor_area_of(project: Project) -> float:
    """Floor area of all buildings of a project [m2]."""
    return sum(
        b.floor_area
        if isinstance(b, ArchetypeBuilding)
        else sum(z.floor_area * z.multiplier for z in b.zones)
        for b in project.buildings
    )


def works_of(project: Project) -> tuple[Work, ...]:
    """The systems of a project that items of the fields ask for; alike ones of several buildings as one.

    Parameters
    ----------
    project : Project

    Returns
    -------
    tuple of Work
        In the order in which they are found.
    """
    together: dict[str, Work] = {}
    for work in _found(project):
        known = together.get(work.key)
        if known is None:
            together[work.key] = work
            continue
        sums = zip(known.quantities, work.quantities, strict=True)
        together[work.key] = replace(
            known, quantities=tuple(replace(a, value=a.value + b.value) for a, b in sums)
        )
    return tuple(together.values())


def items_of(project: Project) -> dict[str, tuple[str, ...]]:
    """Item id to the keys of the systems of a project that cover it; see `works_of`."""
    return by_item(works_of(project))


def by_item(works: Iterable[Work]) -> dict[str, tuple[str, ...]]:
    """Item id to the keys of the works that cover it."""
    done: dict[str, tuple[str, ...]] = {}
    for work in works:
        for item in work.items:
            done[item] = (*done.get(item, ()), work.key)
    return done


def _found(project: Project) -> Iterator[Work]:
    for building in project.buildings:
        yield from _sources(building)
        yield from _plant_room(building)
        yield from _uses(building)
    if project.event is not None:
        yield Work("demand_response", "需求响应", "demand response", ("C4",), "control")


def _is_integrated(array: PvArray) -> bool:
    return array.mounting.startswith("facade") or array.surface is not None


def _sources(building: Building) -> Iterator[Work]:
    """PV, battery, the DC bus that joins them."""
    for integrated, key, zh, en, items in (
        (False, "pv", "光伏", "photovoltaics", ("E1",)),
        (True, "bipv", "建筑一体化光伏", "building-integrated photovoltaics", ("E1", "C2")),
    ):
        power = sum(a.capacity for a in building.pv if _is_integrated(a) == integrated)
        if power > 0.0:
            yield Work(key, zh, en, items, "electric", (Quantity(power, "kWp"),))
    battery = building.battery
    if battery is not None:
        sizes = (Quantity(battery.capacity, "kWh"), Quantity(battery.power, "kW"))
        yield Work("battery", "电化学储能", "battery storage", ("E1",), "electric", sizes)
    # 光储直柔 is all of it together, as in `items_within`: a bus alone is only a way to distribute.
    if building.dc_bus is not None and building.pv and battery is not None:
        yield Work(
            "pedf", "光储直柔微电网", "PEDF microgrid (PV, storage, direct current, flexibility)",
            ("E2", "C5"), "electric", (Quantity(1.0, "1", "套", "set"),),
        )  # fmt: skip


def _plant_room(building: Building) -> Iterator[Work]:
    for types, key, zh, en, items in (
        (_SOLAR_HEAT, "solar_heat", "太阳能集热", "solar thermal collectors", ("E1", "C2")),
        (("borefield",), "borefield", "地埋管换热（地热能）", "ground heat exchangers", ("E1",)),
        (_HYDROGEN, "hydrogen", "氢能（制氢、燃料电池）", "hydrogen (electrolyser, fuel cell)", ("E3",)),
    ):
        count = sum(row.type in types for row in building.plant_room)
        if count:
            yield Work(key, zh, en, items, "plant", (Quantity(float(count), "1", "组", "units"),))


def _uses(building: Building) -> Iterator[Work]:
    """Vehicles, control, the envelope."""
    if building.ev is not None:
        power = building.ev.chargers * building.ev.power
        sizes = (Quantity(float(building.ev.chargers), "1", "个桩", "points"), Quantity(power, "kW"))
        yield Work("ev", "电动汽车充电桩", "EV charging", ("T2",), "electric", sizes)
    control = building.control
    if control.type in _STEERING or control.target is not None:
        yield Work("group_control", "智能群控与柔性调节", "group control and flexibility", ("C4",), "control")
    if isinstance(building, ArchetypeBuilding) and building.era == "nzeb":
        area = (Quantity(building.floor_area, "m2"),)
        yield Work(
            "nzeb",
            "近零能耗围护结构与热回收",
            "near-zero envelope and heat recovery",
            ("C2",),
            "envelope",
            area,
        )


def items_within(measure: Measure, items: Sequence[str], systems: Collection[str]) -> tuple[str, ...]:
    """Which of its items a measure covers in a package.

    A microgrid (E2) and PEDF (C5) are generation, storage and direct current together: a bus and its control
    cover them only where PV and a battery stand on it.

    Parameters
    ----------
    measure : Measure
    items : sequence of str
    systems : collection of str
        As `buildings.retrofit.package.systems_with`.
    """
    action = measure.action
    of_pedf = action.type == "dc_bus" or getattr(action, "control", None) == "droop"
    if not of_pedf or set(systems) >= _PEDF_PARTS:
        return tuple(items)
    return tuple(item for item in items if item not in _PEDF_ITEMS)


def works_of_study(
    study: Mapping[str, Any], state: Mapping[str, Any], fields: Mapping[str, Sequence[str]] | None = None
) -> tuple[Work, ...]:
    """The measures of a state of a study.

    Parameters
    ----------
    study : mapping
        study.json; its measures have names and group, and may have `fields`: the items that they cover.
    state : mapping
        One of its states, with `keys` and `lines` (bill of quantities).
    fields : mapping of str to sequence of str, optional
        Items by measure, for measures of which the study does not say it.

    Raises
    ------
    TwinError
        A measure that the study does not describe, or an item that does not exist.
    """
    described = {one["key"]: one for one in study["measures"]}
    known = rules().items
    works = []
    for key in state.get("keys", ()):
        said = described.get(key)
        items = None if said is None else said.get("fields", (fields or {}).get(key))
        if said is None or items is None:
            raise TwinError(
                f"the study does not say which items of the pilots the measure {key!r} covers.",
                "Give a study.json that `twin retrofit` wrote.",
                key="measures",
            )
        strange = [item for item in items if item not in known]
        if strange:
            raise TwinError(
                f"the measure {key!r} covers {strange[0]!r}, which is no item of the pilots.",
                f"Use some of: {', '.join(known)}.",
                key="fields",
            )
        names = str(said["name_zh"]), str(said["name_en"])
        group = str(said.get("group", ""))
        works.append(Work(key, *names, tuple(items), group, _amounts(state, key)))
    return tuple(works)


def _amounts(state: Mapping[str, Any], key: str) -> tuple[Quantity, ...]:
    """Lines of the bill of quantities of a measure, alike ones of several buildings added."""
    sums: dict[tuple[str, str, str], float] = {}
    for line in state.get("lines") or ():
        if line["measure"] == key:
            at = (str(line["unit"]), str(line["item_zh"]), str(line["item_en"]))
            sums[at] = sums.get(at, 0.0) + float(line["quantity"])
    return tuple(Quantity(value, *at) for at, value in sums.items())
