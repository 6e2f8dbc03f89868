"""The form of a project: which values it has, what stands there now, and what a reader's change means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from buildings.description.describe import describe
from buildings.description.form_fields import FormField, form_field
from buildings.description.ledger import Entry
from buildings.description.quantities import read_quantity
from buildings.description.schema import ExplicitBuilding, Project
from buildings.description.yaml_edit import Path

GROUPS: dict[str, tuple[str, ...]] = {
    "building": ("archetype", "era", "floor_area", "floors", "orientation"),
    "windows": (
        "window_wall_ratio", "envelope.window_u", "envelope.window_shgc", "envelope.shading.overhang_depth",
        "envelope.shading.movable_factor",
    ),
    "insulation": (
        "envelope.wall_u", "envelope.roof_u", "envelope.wall_absorptance", "envelope.roof_absorptance",
    ),
    "air": (
        "envelope.infiltration", "ventilation.heat_recovery_sensible", "ventilation.heat_recovery_latent",
        "ventilation.specific_fan_power", "ventilation.demand_controlled",
    ),
    "gains": (
        "gains.lighting_power", "gains.equipment_power", "gains.people_density",
        "gains.equipment_base_fraction",
    ),
    "hvac": (
        "hvac.type", "hvac.equipment", "hvac.heating_setpoint", "hvac.cooling_setpoint",
        "hvac.cooling_efficiency_factor", "hvac.heating_efficiency_factor",
    ),
    "pv": (),
    "storage": (
        "battery.capacity", "battery.power", "battery.soc_min", "battery.soc_max", "ev.chargers", "ev.power",
        "ev.v2b", "dc_bus.voltage", "dc_bus.modules",
    ),
    "control": ("control.type", "control.demand_limit", "control.precool", "control.shed"),
}  # fmt: skip
"""Values of a building by group, as keys below it."""

_EXPLICIT_LACKS = (
    "archetype",
    "floor_area",
    "floors",
    "orientation",
    "window_wall_ratio",
    "envelope",
    "gains",
)
_HELD_BY = {"battery": "capacity", "ev": "chargers", "dc_bus": "voltage"}
"""Equipment that is there while this value of it is."""
_PV = ("capacity", "tilt", "azimuth")
_ROWS = 12
"""Rows of zones, constructions and glazings that a form shows."""
_ELSEWHERE = {
    "envelope.window_u": "glazings.window-south.u_value",
    "envelope.window_shgc": "glazings.window-south.shgc",
    "envelope.infiltration": "zones.top-south.infiltration",
    "hvac.heating_setpoint": "zones.*.thermostat.heating",
    "hvac.cooling_setpoint": "zones.*.thermostat.cooling",
}
"""Where the book of derived values has what an empty value of the form stands for."""


@dataclass(frozen=True)
class Asked:
    """One value in the form.

    Parameters
    ----------
    key : str
        Id in the page: keys and places with dots, as `pv.0.capacity`.
    path : tuple
        The same from the top of the project.
    words : str
        Key of its words in the catalogue.
    of : str
        Which zone, construction, glazing or array; empty where there is but one.
    field : FormField
        What the schema says.
    value : object
        What is written, in the unit of the schema; None where nothing is.
    written : object
        The same as it stands in the file.
    holds : Entry or None
        What holds where nothing is written.
    """

    key: str
    path: Path
    words: str
    of: str
    field: FormField
    value: Any
    written: Any
    holds: Entry | None


def form_of(project: Project, content: Mapping[str, Any], place: int) -> dict[str, list[Asked]]:
    """Values of a building by group.

    Parameters
    ----------
    project : Project
        As validated, for what holds where nothing is written.
    content : mapping
        As written.
    place : int
        Of the building in the list.
    """
    written = content["buildings"][place]
    model = project.buildings[place]
    explicit = isinstance(model, ExplicitBuilding)
    # Only this building: a district has hundreds.
    book = describe(project.model_copy(update={"buildings": (model,), "event": None, "faults": ()}))
    known = {entry.path.partition(".")[2]: entry for entry in book}
    return {
        group: [
            _asked(key, of, written, place, known, explicit)
            for key, of in (*_extra(group, written, explicit), *((key, "") for key in keys))
            if not (explicit and key.split(".")[0] in _EXPLICIT_LACKS)
        ]
        for group, keys in GROUPS.items()
    }


def _extra(group: str, written: Mapping[str, Any], explicit: bool) -> Iterator[tuple[str, str]]:
    """Values of named rows: arrays, and what an explicit building has of its own."""
    if group == "pv":
        arrays = written.get("pv") or []
        for k in range(len(arrays) + 1):
            of = str(arrays[k].get("name", k + 1)) if k < len(arrays) else "+"
            yield from ((f"pv.{k}.{name}", of) for name in _PV)
    if not explicit:
        return
    zones = (written.get("zones") or [])[:_ROWS]
    if group == "windows":
        for name, glazing in list((written.get("glazings") or {}).items())[:_ROWS]:
            yield from ((f"glazings.{name}.{key}", name) for key in ("u_value", "shgc") if key in glazing)
    if group == "insulation":
        for name, built in list((written.get("constructions") or {}).items())[:_ROWS]:
            if "u_value" in built:
                yield f"constructions.{name}.u_value", name
    if group == "air":
        yield from ((f"zones.{k}.infiltration", str(zone["name"])) for k, zone in enumerate(zones))
    if group == "gains":
        for k, zone in enumerate(zones):
            for key in ("lighting_power", "equipment_power"):
                yield f"zones.{k}.gains.{key}", str(zone["name"])


def _asked(
    key: str, of: str, written: Mapping[str, Any], place: int, known: Mapping[str, Entry], explicit: bool
) -> Asked:
    steps = _steps(key, of)
    path: Path = ("buildings", place, *steps)
    field = form_field(path, explicit=explicit)
    there = _at(written, steps)
    names = [step for step in steps if isinstance(step, str) and step != of]
    return Asked(
        key=key,
        path=path,
        words=f"fields.{'_'.join(names)}",
        of=of,
        field=field,
        value=_read(there, field),
        written=there,
        holds=_holds(key, steps, of, known),
    )


def _steps(key: str, of: str) -> tuple[str | int, ...]:
    """Keys and places; a name of the user's own may have dots in it."""
    head, _, rest = key.partition(".")
    if of and rest.startswith(f"{of}."):
        return (head, of, rest.removeprefix(f"{of}."))
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _at(content: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        if isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(content, list) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            return None
    return content


def _read(there: Any, field: FormField) -> Any:
    """A written value in the unit of the schema; text where it is a key instead."""
    if field.kind != "number" or there is None or isinstance(there, (dict, list, bool)):
        return there
    try:
        return read_quantity(there, field.unit or "1")
    except ValueError:
        return str(there)


def _holds(key: str, steps: Sequence[str | int], of: str, known: Mapping[str, Entry]) -> Entry | None:
    if steps[0] == "zones":
        tail = ".".join(str(step) for step in steps[2:])
        return known.get(f"zones.{of}.{tail}") or known.get(f"zones.*.{tail}")
    places = (_ELSEWHERE.get(key, key), key, f"zones.*.{key}")
    return next((known[place] for place in places if place in known), None)


def changes_of(shown: Mapping[str, list[Asked]], given: Mapping[str, Any]) -> dict[Path, Any]:
    """What a reader's values change in the text.

    Parameters
    ----------
    shown : mapping
        Of `form_of`.
    given : mapping of key to value
        What stands in the form now; empty text is nothing.

    Returns
    -------
    dict
        For `buildings.description.yaml_edit.edited`; only what differs.
    """
    asked = [one for group in shown.values() for one in group if one.key in given]
    now = {one.key: _cleaned(given[one.key], one.field) for one in asked}
    changes: dict[Path, Any] = {}
    arrays: set[int] = set()
    for one in asked:
        head, value = one.key.partition(".")[0], now[one.key]
        if isinstance(one.written, (dict, list)) or _same(value, one):
            continue
        base = one.path[:2]
        if head in _HELD_BY and now.get(f"{head}.{_HELD_BY[head]}") is None:
            changes[*base, head] = None
        elif head == "pv":
            arrays.add(int(str(one.path[3])))
        else:
            changes[one.path] = value
    for k in sorted(arrays, reverse=True):
        changes |= _array_changes(k, asked, now)
    return changes


def _array_changes(k: int, asked: Sequence[Asked], now: Mapping[str, Any]) -> dict[Path, Any]:
    rows = {one.key: one for one in asked if one.key.startswith(f"pv.{k}.")}
    capacity = rows[f"pv.{k}.capacity"]
    if capacity.of == "+":
        taken = {one.of for one in asked if one.key.startswith("pv.")}
        name = next(f"array {n}" for n in range(k + 1, 1000) if f"array {n}" not in taken)
        own = {
            key.rpartition(".")[2]: value for key, value in now.items() if key in rows and value is not None
        }
        item = {"name": name, **own}
        if k == 0:
            return {(*capacity.path[:2], "pv"): [item]} if "capacity" in own else {}
        return {capacity.path[:4]: item} if "capacity" in own else {}
    if now[capacity.key] is None:
        return {capacity.path[:4]: None}
    return {one.path: now[key] for key, one in rows.items() if not _same(now[key], one)}


def _cleaned(value: Any, field: FormField) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field.kind == "switch":
        return value == "true" if isinstance(value, str) else bool(value)
    if field.kind == "number" and field.whole and isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _same(value: Any, one: Asked) -> bool:
    if isinstance(value, (int, float)) and isinstance(one.value, (int, float)):
        return abs(float(value) - float(one.value)) <= 1e-9 * max(1.0, abs(float(one.value)))
    return bool(value == one.value)
