"""Which version an input file is written for, found without parsing all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from weather.errors import TwinError

_VERSION = re.compile(r"(?im)^[ \t]*version[ \t]*,\s*(?:!.*\n\s*)*([^;,!\n]*?)\s*[;,]")


def input_version(path: Path) -> str:
    """Version that an IDF or epJSON states, such as `25.2`.

    Raises
    ------
    TwinError
        The file states none: it is no EnergyPlus input.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise TwinError(
            f"the model cannot be read ({error.strerror}).", "Give a readable file.", file=path
        ) from error
    found: str | None = None
    if text.lstrip().startswith("{"):
        found = _json_version(text, path)
    elif match := _VERSION.search(re.sub(r"(?m)^[ \t]*!.*$", "", text)):
        found = match.group(1)
        _check_end(text, path)
    if not found or not re.fullmatch(r"\d+\.\d+(\.\d+)*", found):
        raise TwinError(
            "the file states no EnergyPlus version: it is not an IDF or epJSON model.",
            "Give a model that begins with an object such as `Version,25.2;`.",
            file=path,
            key="Version",
        )
    return found


def _check_end(text: str, path: Path) -> None:
    """An IDF ends with the semicolon of its last object; the engine passes over an object that breaks off."""
    bare = re.sub(r"!.*", "", text).rstrip()
    if not bare.endswith(";"):
        last = bare.rsplit(";", 1)[-1].strip().split(",")[0].strip()
        raise TwinError(
            f"the model breaks off inside its last object ({last}).",
            "Give the complete file; an IDF ends with a semicolon.",
            file=path,
            line=bare.count("\n") + 1,
            key=last or None,
        )


def _json_version(text: str, path: Path) -> str | None:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise TwinError(
            f"the epJSON breaks off or is no JSON ({error.msg}).",
            "Give the complete file.",
            file=path,
            line=error.lineno,
        ) from error
    for key, objects in content.items():
        if key.lower() == "version" and isinstance(objects, dict):
            for entry in objects.values():
                return str(entry.get("version_identifier"))
    return None


def check_version(path: Path, engine: str) -> None:
    """Refuse an input file of another version than the engine's.

    Raises
    ------
    TwinError
        Naming both versions.
    """
    found = input_version(path)
    if found.split(".")[:2] != engine.split(".")[:2]:
        raise TwinError(
            f"the model is of version {found}, the installed engine is EnergyPlus {engine}.",
            f"Convert it to {engine} with EnergyPlus' IDFVersionUpdater, or use `twin distill`, which "
            "converts what it can.",
            file=path,
            key="Version",
        )
