"""epJSON as the text of an IDF: the engine's schema tells the order of the fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from buildings.energyplus.dictionary import embedded_schema
from weather.errors import TwinError


def as_idf_text(text: str, path: Path) -> str:
    """Text of the same model as an IDF.

    Raises
    ------
    TwinError
        No JSON, no model, or a class or field that the engine's schema does not have.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise TwinError(
            f"this is not JSON: {error.msg}.",
            "Give the whole epJSON file; a file that is cut off ends like this.",
            file=path,
            line=error.lineno,
        ) from None
    if not isinstance(content, dict) or not all(isinstance(part, dict) for part in content.values()):
        raise TwinError("the file holds no objects by class.", "Give an epJSON file.", file=path)
    schema = embedded_schema()["properties"]
    return "\n".join(part for kind in content for part in _objects(kind, content[kind], schema, path))


def _objects(kind: str, found: Mapping[str, Any], schema: Mapping[str, Any], path: Path) -> Iterator[str]:
    """All objects of one class as text."""
    if kind not in schema:
        raise TwinError(
            f"'{kind}' is no class of EnergyPlus.",
            "Check its spelling, or the version of the file.",
            file=path,
        )
    legacy = schema[kind]["legacy_idd"]
    group = legacy.get("extension")
    plain = [name for name in legacy["fields"] if name != group]
    repeated = legacy.get("extensibles", [])
    for name, fields in found.items():
        if not isinstance(fields, dict):
            raise TwinError(f"{kind} '{name}' holds no fields.", "Mend the file.", file=path, key=kind)
        unknown = [key for key in fields if key not in plain and key not in (group, "idf_order", "name")]
        unknown = [key for key in unknown if not key.startswith("idf_")]
        if unknown:
            raise TwinError(
                f"{kind} '{name}' has the field '{unknown[0]}', which EnergyPlus does not know.",
                "Check its spelling, or the version of the file.",
                file=path,
                key=f"{kind}.{name}",
            )
        values = [name if key == "name" else _word(fields.get(key, "")) for key in plain]
        for item in fields.get(group, []) if group else []:
            values += [_word(item.get(key, "")) for key in repeated]
        yield ",\n  ".join([kind, *values]) + ";\n"


def _word(value: Any) -> str:
    """A value as an IDF writes it; separators inside words cannot be kept."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).replace(",", " ").replace(";", " ").replace("!", " ")
