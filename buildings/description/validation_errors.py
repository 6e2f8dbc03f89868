"""Pydantic's findings as the one error a user reads: place, value, what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from buildings.description.quantities import Unit
from buildings.description.yaml_text import Node
from weather.errors import TwinError

_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "of at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "of at most"),
}


@dataclass(frozen=True)
class _Place:
    """Where an error stands in the file and in the schema."""

    node: Node
    key: str
    models: tuple[type[BaseModel], ...]
    field: FieldInfo | None


def as_twin_error(error: ValidationError, root: Node, model: type[BaseModel]) -> TwinError:
    """The first finding as a `TwinError`; unknown keys come first, since they explain missing ones.

    Parameters
    ----------
    error : ValidationError
        Of `model`.
    root : Node
        The file as read, for lines.
    model : type
        What the file describes.

    Returns
    -------
    TwinError
        With file, line, dotted key; further findings are named in the remedy.
    """
    places = [(detail, _place(_location(detail), root, model)) for detail in error.errors()]
    found = [pair for pair in places if not _echo(*pair)] or places
    found.sort(key=lambda pair: (pair[0]["type"] != "extra_forbidden", pair[1].node.line))
    detail, place = found[0]
    what, remedy = _words(detail, place)
    rest = [f"line {other.node.line}, {other.key}" for _, other in found[1:]]
    if rest:
        more = "; ".join(rest[:3]) + ("; ..." if len(rest) > 3 else "")
        remedy += f" ({len(rest)} more: {more})"
    return TwinError(what, remedy, file=place.node.file, key=place.key or None, line=place.node.line)


def _location(detail: ErrorDetails) -> tuple[int | str, ...]:
    return (*detail["loc"], *detail.get("ctx", {}).get("where", ()))


def _echo(detail: ErrorDetails, place: _Place) -> bool:
    """A list whose items all failed is reported as too short as well; that tells nobody anything."""
    return detail["type"] == "too_short" and bool(place.node.value)


def _place(location: tuple[int | str, ...], root: Node, model: type[BaseModel]) -> _Place:
    """Follow a location through file and schema at once; union tags stand in neither and are skipped."""
    node, key = root, ""
    models: tuple[type[BaseModel], ...] = (model,)
    field: FieldInfo | None = None
    for part in location:
        named = tuple(model for model in models if model.__name__ == part)
        if named:
            models = named
            continue
        value = node.value
        if isinstance(part, int):
            if isinstance(value, list) and part < len(value):
                node, key = value[part], f"{key}[{part}]"
            continue
        step = _field(models, part)
        inside = isinstance(value, dict) and part in value
        if inside:
            node = value[part]
        if inside or step is not None:
            key = f"{key}.{part}" if key else part
        if step is not None:
            field = step
            models = tuple(_models(step.annotation)) or models
        elif inside:
            field = None
    return _Place(node, key if len(key) <= 160 else f"{key[:157]}...", models, field)


def _field(models: tuple[type[BaseModel], ...], name: str) -> FieldInfo | None:
    for model in models:
        for key, info in model.model_fields.items():
            if name == (info.alias or key):
                return info
    return None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _unit(field: FieldInfo | None) -> str:
    if field is None:
        return ""
    found = [part for part in field.metadata if isinstance(part, Unit)] or list(_units(field.annotation))
    return f" {found[0].name}" if found and found[0].name != "1" else ""


def _units(annotation: Any) -> Iterator[Unit]:
    for part in get_args(annotation):
        if isinstance(part, Unit):
            yield part
        else:
            yield from _units(part)


def _words(detail: ErrorDetails, place: _Place) -> tuple[str, str]:
    """What is wrong and what would be right."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "project":
        return _sentence(context["what"]), context["remedy"]
    if kind == "quantity":
        what, _, remedy = context["reason"].rpartition("; ")
        return (_sentence(what), _sentence(remedy)) if what else (_sentence(remedy), _meaning(place))
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "missing":
        return f"The key '{detail['loc'][-1]}' is missing.", f"Add it: {_meaning(place)}"
    said = _said(detail["input"])
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return (
            f"{said}{_unit(place.field)} is out of range.",
            f"Give a value {words} {context[key]:g}{_unit(place.field)}.",
        )
    if kind == "literal_error":
        return f"{said} is not possible.", _choices(str(context["expected"]), str(detail["input"]))
    if kind == "value_error":
        what, _, remedy = str(context["error"]).rpartition("; ")
        return (_sentence(what), _sentence(remedy)) if what else (_sentence(remedy), _meaning(place))
    return f"{said} does not fit: {detail['msg'][:1].lower()}{detail['msg'][1:]}.", _meaning(place)


def _unknown_key(place: _Place) -> tuple[str, str]:
    word = place.key.rpartition(".")[2]
    known = sorted({info.alias or key for model in place.models for key, info in model.model_fields.items()})
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"The key '{word[:80]}' is unknown.", f"Did you mean '{near[0]}'?"
    return f"The key '{word[:80]}' is unknown.", f"Known here are: {', '.join(known)}."


def _choices(expected: str, given: str) -> str:
    words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
    near = difflib.get_close_matches(given, words, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"Use one of: {', '.join(words)}.{hint}"


def _meaning(place: _Place) -> str:
    return place.field.description or "" if place.field is not None else "See `twin schema`."


def _said(value: object) -> str:
    text = f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sentence(text: str) -> str:
    word = text.partition(" ")[0]
    begin = text if "_" in word else f"{text[:1].upper()}{text[1:]}"
    return begin if begin.endswith(".") else f"{begin}."
