"""Packages of measures: what goes together, and the project with all of them (改造方案组合)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from buildings.description.cross_checks import check_project
from buildings.description.ledger import Entry
from buildings.description.schema import Building, ExplicitBuilding, Project
from buildings.retrofit import air, electric, envelope, generation, hot_water, machines, openings, power
from buildings.retrofit.base import Base, base_of
from buildings.retrofit.bill import SizedLine, lines_of, resolve_lines
from buildings.retrofit.draft import Draft, NotApplicableError, Quantities
from buildings.retrofit.library import MeasureLibrary, slot_names
from buildings.retrofit.measure import Measure
from buildings.retrofit.work_line import WorkLine
from buildings.systems.stratified_tank import Tank
from weather.errors import TwinError

_ACTS: dict[str, Callable[[Any, Draft], Quantities]] = {
    "insulate": envelope.insulate,
    "green_roof": envelope.green_roof,
    "finish": envelope.finish,
    "replace_windows": openings.replace_windows,
    "film": openings.film,
    "fixed_shading": openings.fixed_shading,
    "movable_shading": openings.movable_shading,
    "airtightness": air.airtightness,
    "night_ventilation": air.night_ventilation,
    "lighting": power.lighting,
    "lighting_control": power.lighting_control,
    "appliances": power.appliances,
    "recovery": air.recovery,
    "demand_controlled": air.demand_controlled,
    "dry_fresh_air": air.dry_fresh_air,
    "replace_plant": machines.replace_plant,
    "operation": machines.operation,
    "electric_kitchen": hot_water.electric_kitchen,
    "electric_hot_water": hot_water.electric_hot_water,
    "ground_source": machines.ground_source,
    "thermal_store": machines.thermal_store,
    "pvt": generation.pvt,
    "roof_pv": generation.roof_pv,
    "facade_pv": generation.facade_pv,
    "charging": electric.charging,
    "battery": electric.battery,
    "dc_bus": electric.dc_bus,
    "control": electric.supervise,
}
_BRINGS = {
    "roof_pv": "pv",
    "facade_pv": "pv",
    "battery": "battery",
    "dc_bus": "dc_bus",
    "charging": "ev",
    "recovery": "mechanical_ventilation",
}
_SYSTEMS = ("pv", "battery", "dc_bus", "ev")


@dataclass(frozen=True)
class Retrofitted:
    """A project with a package.

    Attributes
    ----------
    project : Project
        Its buildings have zones and surfaces of their own, also where they were archetypes.
    lines : tuple of WorkLine
        Bill of quantities, without what only sizing knows.
    sized : tuple of SizedLine
        The rest of it; see `resolve`.
    notes : tuple of Entry
        What was derived or assumed: by the archetype, as far as it still holds, and by the measures.
    """

    project: Project
    lines: tuple[WorkLine, ...]
    sized: tuple[SizedLine, ...]
    notes: tuple[Entry, ...]

    def resolve(self, sizes: Mapping[str, Mapping[str, float]]) -> tuple[WorkLine, ...]:
        """All lines; `sizes` by building: `cooling_capacity_kw`, `heating_capacity_kw`."""
        return resolve_lines(self.lines, self.sized, sizes)


@dataclass(frozen=True)
class Slot:
    """A place in a package that at most one measure takes.

    Attributes
    ----------
    key, name_en, name_zh : str
    options : tuple of str
        Measures that apply to a building of the project.
    left_out : dict
        The others, each with the reason in English and Chinese.
    """

    key: str
    name_en: str
    name_zh: str
    options: tuple[str, ...]
    left_out: Mapping[str, tuple[str, str]]


def applies(measure: Measure, building: Building) -> tuple[str, str] | None:
    """Why a measure changes nothing in a building as it stands, in English and Chinese; None where it does.

    What another measure may bring is not asked here.
    """
    draft = Draft(base_of(building))
    try:
        _ACTS[measure.action.type](measure.action, draft)
    except NotApplicableError as reason:
        return None if reason.waits and measure.requires else (reason.en, reason.zh)
    return None


def slots(project: Project, library: MeasureLibrary) -> tuple[Slot, ...]:
    """Slots of a project with the measures that apply to at least one of its buildings.

    A measure whose requirements nothing here can meet is left out too.
    """
    reasons = {key: _reason(library[key], project) for key in library}
    while True:
        usable = {key: library[key] for key, reason in reasons.items() if reason is None}
        words = {*usable, *(m.slot for m in usable.values()), *features_with(project, usable.values())}
        lacking = {key: [w for w in m.requires if w not in words] for key, m in usable.items()}
        lacking = {key: missing for key, missing in lacking.items() if missing}
        if not lacking:
            break
        for key, missing in lacking.items():
            listed = ", ".join(missing)
            reasons[key] = (f"it needs {listed}, which nothing here brings", f"需要 {listed}，此处无法满足")
    found: list[Slot] = []
    for slot in library.slot_keys:
        here = {key: reasons[key] for key in library if library[key].slot == slot}
        names = slot_names().get(slot)
        en, zh = (names.name_en, names.name_zh) if names is not None else (slot, slot)
        options = tuple(key for key, reason in here.items() if reason is None)
        left_out = {key: reason for key, reason in here.items() if reason is not None}
        found.append(Slot(slot, en, zh, options, left_out))
    return tuple(found)


def _reason(measure: Measure, project: Project) -> tuple[str, str] | None:
    """Why a measure applies to no building; None where it applies to one."""
    first: tuple[str, str] | None = None
    for building in project.buildings:
        reason = applies(measure, building)
        if reason is None:
            return None
        first = first or reason
    return first


def problems(project: Project, keys: Sequence[str], library: MeasureLibrary) -> tuple[str, ...]:
    """What is wrong with a package before it is applied: empty where nothing is.

    Raises
    ------
    TwinError
        Unknown key.
    """
    return tuple(text for _, text in _wrong(project, keys, library))


def mended(project: Project, keys: Sequence[str], library: MeasureLibrary) -> tuple[str, ...]:
    """What of a package can be, in the order of the slots: what conflicts or lacks something is dropped.

    Raises
    ------
    TwinError
        Unknown key.
    """
    places = {slot: i for i, slot in enumerate(library.slot_keys)}
    kept = sorted(dict.fromkeys(keys), key=lambda key: (places[library.find(key).slot], key))
    while wrong := _wrong(project, kept, library):
        kept.remove(wrong[0][0])
    return tuple(kept)


def _wrong(project: Project, keys: Sequence[str], library: MeasureLibrary) -> list[tuple[str, str]]:
    """Measures at fault and what is wrong with each."""
    found: list[tuple[str, str]] = []
    measures = {key: library.find(key) for key in keys}
    held: dict[str, str] = {}
    for key, measure in measures.items():
        if measure.slot in held:
            found.append((key, f"'{held[measure.slot]}' and '{key}' both take the slot {measure.slot}."))
        held.setdefault(measure.slot, key)
    words = {*measures, *held}
    for key, measure in measures.items():
        for other in measure.conflicts:
            if other in words - {key, measure.slot}:
                found.append((key, f"'{key}' does not go with '{held.get(other, other)}'."))
        missing = [word for word in measure.requires if word not in words]
        have = features_with(project, measures.values()) if missing else set()
        found += [(key, f"'{key}' needs {word}.") for word in missing if word not in have]
    shares = {key: getattr(measure.action, "roof_share", 0.0) for key, measure in measures.items()}
    if (roof := sum(shares.values())) > 1.0 + 1e-9:
        last = [key for key, share in shares.items() if share > 0.0][-1]
        found.append((last, f"Modules and collectors take {roof:.2f} of the roof."))
    found += [(key, "A measure is named twice.") for key in measures if list(keys).count(key) > 1]
    return found


def systems_with(project: Project, measures: Collection[Measure]) -> set[str]:
    """Which of `pv`, `battery`, `dc_bus` and `ev` the buildings have or measures bring."""
    have = {_BRINGS[m.action.type] for m in measures if m.action.type in _BRINGS} & set(_SYSTEMS)
    return have | {word for b in project.buildings for word in _SYSTEMS if getattr(b, word)}


def features_with(project: Project, measures: Collection[Measure]) -> set[str]:
    """What the buildings have or measures bring, in the words of `Measure.requires`."""
    have = {_BRINGS[m.action.type] for m in measures if m.action.type in _BRINGS}
    have |= systems_with(project, measures)
    electric = any(m.action.type == "electric_hot_water" for m in measures)
    for building in project.buildings:
        uses = building.end_uses
        if electric and uses is not None and uses.hot_water is None:
            have.add("hot_water_store")
        if any(isinstance(row, Tank) and row.serves == "hot_water" for row in building.plant_room):
            have.add("hot_water_store")
        if base_of(building).complete.ventilation.specific_fan_power > 0.0:
            have.add("mechanical_ventilation")
        if _fresh_air(base_of(building), measures) > 0.0:
            have.add("outdoor_air")
    return have


def _fresh_air(base: Base, measures: Collection[Measure]) -> float:
    """Design fresh air behind the windows and joints of a package [m3/h]."""
    tighter = [m.action for m in measures if m.action.type in ("replace_windows", "airtightness")]
    total = 0.0
    for zone in base.building.zones:
        leaks = base.zones[zone.name].infiltration
        for action in tighter:
            if action.type == "airtightness":
                target = leaks if action.target is None else action.target
                leaks = leaks * action.factor if action.factor is not None else min(leaks, target)
            elif action.type == "replace_windows" and zone.name in base.windowed:
                leaks *= action.infiltration_factor
        total += base.fresh_air_of(zone, leaks) * zone.multiplier
    return total


def apply_package(project: Project, keys: Sequence[str], library: MeasureLibrary) -> Retrofitted:
    """The project with a package of measures; the order of the keys does not matter.

    Parameters
    ----------
    project : Project
        Validated.
    keys : sequence of str
        Measures; none gives the project with its archetypes expanded, which is the same building.
    library : MeasureLibrary

    Returns
    -------
    Retrofitted

    Raises
    ------
    TwinError
        Unknown key, conflict, missing prerequisite, a measure that changes nothing, or a project that such a
        package makes impossible.
    """
    wrong = problems(project, keys, library)
    if wrong:
        raise TwinError(
            f"The package cannot be: {' '.join(wrong[:3])}", "Leave a measure out.", key="retrofit"
        )
    ordered = sorted(keys, key=library.order)
    drafts = [Draft(base_of(building)) for building in project.buildings]
    lines: list[WorkLine] = []
    sized: list[SizedLine] = []
    for key in ordered:
        new, waiting = _put_on(key, library[key], drafts)
        lines += new
        sized += waiting
    buildings = tuple(draft.building for draft in drafts)
    done = project.model_copy(update={"buildings": buildings})
    try:
        check_project(done)
    except PydanticCustomError as error:
        raise TwinError(
            f"The package makes no valid project: {error.message()}.",
            str((error.context or {}).get("remedy", "Leave a measure out.")),
            key="retrofit",
        ) from None
    return Retrofitted(done, tuple(lines), tuple(sized), tuple(e for d in drafts for e in _notes(d)))


def _put_on(key: str, measure: Measure, drafts: Sequence[Draft]) -> tuple[list[WorkLine], list[SizedLine]]:
    """One measure on every building to which it applies."""
    lines: list[WorkLine] = []
    sized: list[SizedLine] = []
    reasons: list[str] = []
    for draft in drafts:
        draft.layers = []
        try:
            quantities = _ACTS[measure.action.type](measure.action, draft)
        except NotApplicableError as reason:
            reasons.append(reason.en)
            continue
        except ValidationError as error:
            first = error.errors()[0]
            raise TwinError(
                f"The measure '{key}' leads to a figure that no building can have: {first['msg']}.",
                "Change its figures.",
                key=f"retrofit.measures.{key}",
            ) from None
        except TwinError as error:
            raise TwinError(
                error.what, error.remedy, key=f"retrofit.measures.{key}.{error.key or ''}"
            ) from None
        thickness = getattr(getattr(measure.action, "insulation", None), "thickness", None)
        new, waiting, notes = lines_of(key, measure, draft.name, quantities, draft.layers, thickness)
        lines += new
        sized += waiting
        draft.notes += (_told(key, measure, draft.name), *notes)
    if len(reasons) == len(drafts):
        raise TwinError(
            f"The measure '{key}' changes nothing: {reasons[0]}.", "Leave it out.", key="retrofit"
        )
    return lines, sized


def _told(key: str, measure: Measure, building: str) -> Entry:
    """Where the figures of a measure come from, and what it leaves out."""
    source = f"{measure.source} ({measure.year})"
    if measure.note_en is not None:
        source = f"{source}. {measure.note_en}"
    return Entry(f"{building}.retrofit.{key}", measure.name_en, "", source, measure.confidence)


def _notes(draft: Draft) -> tuple[Entry, ...]:
    stale = tuple(draft.stale)
    kept = [entry for entry in draft.base.entries if not entry.path.startswith(stale)] if stale else None
    return (*(draft.base.entries if kept is None else kept), *draft.notes)


def expanded(project: Project) -> Project:
    """The project with its archetypes expanded: the start of every package."""
    buildings: tuple[ExplicitBuilding, ...] = tuple(base_of(b).building for b in project.buildings)
    return project.model_copy(update={"buildings": buildings})


def start_of(building: Building) -> Base:
    """What packages of a building start from, with its areas and completed figures."""
    return base_of(building)
