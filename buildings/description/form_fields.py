"""What the schema says of one value: unit, range, choices, default and help, for a form that edits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from buildings.description.schema import Project

Kind = Literal["number", "choice", "switch", "text"]
_MATCHED_BY_NAME = ("ArchetypeBuilding", "ExplicitBuilding")


@dataclass(frozen=True)
class FormField:
    """One value that a form can edit.

    Parameters
    ----------
    kind : {"number", "choice", "switch", "text"}
    title : str
        The schema's own.
    unit : str
        As of `quantities`; empty where it has none.
    low, high : float or None
        Range, None where it is open to that side.
    open_low : bool
        Whether `low` itself is out of range.
    whole : bool
        Whether only whole numbers fit.
    choices : tuple of str
    default : object
        What holds where nothing is written; None where it is derived or nothing.
    help : str
        The schema's description.
    """

    kind: Kind
    title: str
    unit: str
    low: float | None
    high: float | None
    open_low: bool
    whole: bool
    choices: tuple[str, ...]
    default: Any
    help: str


@cache
def _schema() -> dict[str, Any]:
    return Project.model_json_schema(by_alias=True, mode="validation")


def form_field(path: tuple[str | int, ...], *, explicit: bool = False) -> FormField:
    """What the schema says of the value at a path of a project.

    Parameters
    ----------
    path : tuple
        Keys and places, as `("buildings", 0, "battery", "capacity")`.
    explicit : bool
        Whether the building is described by zones and surfaces.

    Raises
    ------
    KeyError
        The schema has no such value.
    """
    wanted = _MATCHED_BY_NAME[explicit]
    parts: list[dict[str, Any]] = [_schema()]
    for step in path:
        found = [inside for part in parts for one in _branches(part, wanted) for inside in _inside(one, step)]
        if not found:
            raise KeyError(".".join(map(str, path)))
        parts = found
    return _field(parts[0], list(_branches(parts[0], wanted)))


def _branches(part: dict[str, Any], wanted: str) -> Iterator[dict[str, Any]]:
    """A part of the schema without references and unions; of the two shapes of a building the wanted one."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name not in _MATCHED_BY_NAME or name == wanted:
            yield from _branches(_schema()["$defs"][name], wanted)
        return
    union = part.get("anyOf") or part.get("oneOf")
    if union is None:
        yield part
        return
    for one in union:
        for branch in _branches(one, wanted):
            yield {**{key: part[key] for key in ("unit",) if key in part}, **branch}


def _inside(part: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        if "items" in part:
            yield part["items"]
    elif step in part.get("properties", {}):
        yield part["properties"][step]
    elif isinstance(part.get("additionalProperties"), dict):
        yield part["additionalProperties"]


def _field(part: dict[str, Any], branches: list[dict[str, Any]]) -> FormField:
    numbers = [one for one in branches if one.get("type") in ("number", "integer")]
    choices = tuple(str(choice) for one in branches for choice in one.get("enum", ()))
    switch = any(one.get("type") == "boolean" for one in branches)
    kind: Kind = "number" if numbers else "choice" if choices else "switch" if switch else "text"
    number = numbers[0] if numbers else {}
    low = number.get("minimum", number.get("exclusiveMinimum"))
    unit = next((one["unit"] for one in (part, *branches) if "unit" in one), "")
    return FormField(
        kind=kind,
        title=str(part.get("title", "")),
        unit="" if unit == "1" else unit,
        low=low,
        high=number.get("maximum", number.get("exclusiveMaximum")),
        open_low="exclusiveMinimum" in number,
        whole=number.get("type") == "integer",
        choices=choices,
        default=part.get("default"),
        help=str(part.get("description", "")),
    )
