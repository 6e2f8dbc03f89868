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
    "greater_than": ("gt", "greater than", "大于"),
    "greater_than_equal": ("ge", "of at least", "不小于"),
    "less_than": ("lt", "less than", "小于"),
    "less_than_equal": ("le", "of at most", "不大于"),
}
_TYPES_ZH = {
    "string_type": "文字", "string_too_short": "文字", "int_type": "整数", "int_parsing": "整数",
    "int_from_float": "整数", "float_type": "数字", "float_parsing": "数字", "finite_number": "有限的数",
    "bool_type": "true 或 false", "bool_parsing": "true 或 false", "tuple_type": "列表", "list_type": "列表",
    "dict_type": "键值", "model_type": "键值", "model_attributes_type": "键值",
    "date_from_datetime_parsing": "YYYY-MM-DD 形式的日期", "date_parsing": "YYYY-MM-DD 形式的日期",
}  # fmt: skip
Words = tuple[str, str]


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
    (what, remedy), zh = _words(detail, place)
    rest = [f"line {other.node.line}, {other.key}" for _, other in found[1:]]
    if rest:
        more = "; ".join(rest[:3]) + ("; ..." if len(rest) > 3 else "")
        remedy += f" ({len(rest)} more: {more})"
        if zh is not None:
            more = more.replace("line ", "第 ").replace(", ", " 行 ")
            zh = zh[0], f"{zh[1]}（另有 {len(rest)} 处：{more}）"
    return TwinError(what, remedy, file=place.node.file, key=place.key or None, line=place.node.line, zh=zh)


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


def _words(detail: ErrorDetails, place: _Place) -> tuple[Words, Words | None]:
    """What is wrong and what would be right; in Chinese too, but for what checks of one value say."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "project":
        return (_sentence(context["what"]), context["remedy"]), context.get("zh")
    if kind in ("quantity", "value_error"):
        reason = context["reason"] if kind == "quantity" else str(context["error"])
        what, _, remedy = reason.rpartition("; ")
        said = (_sentence(what), _sentence(remedy)) if what else (_sentence(remedy), _meaning(place))
        return said, _value_zh(detail, place)
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "missing":
        name = detail["loc"][-1]
        return (f"The key '{name}' is missing.", f"Add it: {_meaning(place)}"), (
            f"缺少“{name}”。", f"请补上：{_meaning(place)}",
        )  # fmt: skip
    given = _said(detail["input"])
    if kind in _BOUNDS:
        key, words, zh = _BOUNDS[kind]
        unit = _unit(place.field)
        return (
            (f"{given}{unit} is out of range.", f"Give a value {words} {context[key]:g}{unit}."),
            (f"{given}{unit} 超出范围。", f"应{zh} {context[key]:g}{unit}。"),
        )
    if kind == "literal_error":
        return _choices(given, str(context["expected"]), str(detail["input"]))
    finding = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
    return (f"{given} does not fit: {finding}.", _meaning(place)), _value_zh(detail, place)


def _value_zh(detail: ErrorDetails, place: _Place) -> Words:
    wanted, unit = _TYPES_ZH.get(detail["type"]), _unit(place.field).strip()
    remedy = f"应为{wanted}。" if wanted else f"应为以 {unit} 计的量。" if unit else _meaning(place)
    return f"{_said(detail['input'])} 不合要求。", remedy


def _unknown_key(place: _Place) -> tuple[Words, Words]:
    word = place.key.rpartition(".")[2][:80]
    known = sorted({info.alias or key for model in place.models for key, info in model.model_fields.items()})
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    what = f"The key '{word}' is unknown.", f"没有“{word}”这个键。"
    if near:
        return (what[0], f"Did you mean '{near[0]}'?"), (what[1], f"是否应为“{near[0]}”？")
    names = ", ".join(known)
    return (what[0], f"Known here are: {names}."), (what[1], f"此处可用：{names}。")


def _choices(said: str, expected: str, given: str) -> tuple[Words, Words]:
    words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
    near = difflib.get_close_matches(given, words, n=1, cutoff=0.5)
    hint, hint_zh = (f" Did you mean '{near[0]}'?", f"是否应为“{near[0]}”？") if near else ("", "")
    names = ", ".join(words)
    return (
        (f"{said} is not possible.", f"Use one of: {names}.{hint}"),
        (f"不能是 {said}。", f"可选：{names}。{hint_zh}"),
    )


def _meaning(place: _Place) -> str:
    return place.field.description or "" if place.field is not None else "See `twin schema`."


def _said(value: object) -> str:
    text = f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sentence(text: str) -> str:
    word = text.partition(" ")[0]
    begin = text if "_" in word else f"{text[:1].upper()}{text[1:]}"
    return begin if begin.endswith(".") else f"{begin}."
