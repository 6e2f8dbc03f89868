"""The input dictionary (IDD) of the installed engine, which eppy needs and the engine does not ship.

The engine carries its own schema inside its library, as CBOR behind a known heading. It is read from there
and written in the older IDD form, so that the dictionary is always the one of the engine that will run. The
result is kept in the user's cache under the hash of the library.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from weather.errors import TwinError

_HEADING = b"\xa3\x67$schema"
"""CBOR: a map of three entries whose first key is the text "$schema"."""
_LIBRARIES = ("libenergyplusapi.so", "libenergyplusapi.dylib", "energyplusapi.dll", "EnergyPlusAPI.dll")
_REPEATS = {
    "Schedule:Compact": 4500,
    "Schedule:Day:List": 1440,
    "Matrix:TwoDimension": 2000,
    "Table:Lookup": 2000,
}
_REPEATS_ELSE = 200
"""How often a repeating group of fields is written out; eppy saves no object longer than its dictionary."""
_INSTALL = (
    "In the folder of the clone run `make energyplus`; elsewhere `pip install cbor2 eppy pyenergyplus-lbnl`."
)
_FORM = 4
"""Changes when this file writes the dictionary differently."""


def library_path() -> Path:
    """The engine's shared library.

    Raises
    ------
    TwinError
        The engine is not installed.
    """
    found = importlib.util.find_spec("pyenergyplus")
    if found is None or found.origin is None:
        raise TwinError("the EnergyPlus engine is not installed.", _INSTALL, key="energyplus")
    folder = Path(found.origin).parent
    for name in _LIBRARIES:
        for place in (folder.parent, folder):
            if (place / name).is_file():
                return place / name
    raise TwinError(
        f"the EnergyPlus engine in {folder} has no library.",
        "Install it again: pip install --force-reinstall pyenergyplus-lbnl.",
        key="--engine",
    )


def require_engine() -> None:
    """Refuse at once what would fail after minutes.

    Raises
    ------
    TwinError
        The engine or one of the packages that write its model is not installed.
    """
    library_path()
    for name in ("cbor2", "eppy"):
        if importlib.util.find_spec(name) is None:
            raise TwinError(f"the package {name} is not installed.", _INSTALL, key="energyplus")


@lru_cache(maxsize=1)
def library_digest() -> str:
    """SHA-256 of the engine's library: which engine made a result."""
    total = hashlib.sha256()
    with library_path().open("rb") as stream:
        while block := stream.read(1 << 22):
            total.update(block)
    return total.hexdigest()


def embedded_schema() -> dict[str, Any]:
    """The engine's epJSON schema, from inside its library.

    Raises
    ------
    TwinError
        The engine or the package `cbor2` is missing, or the library holds no schema.
    """
    try:
        import cbor2
    except ImportError as error:
        raise TwinError("the package cbor2 is not installed.", _INSTALL, key="--engine") from error
    path = library_path()
    content = path.read_bytes()
    start = content.find(_HEADING)
    if start < 0:
        raise TwinError(
            "the EnergyPlus library holds no schema where one is known to be.",
            "Install pyenergyplus-lbnl 25.2 or newer.",
            file=path,
        )
    schema: dict[str, Any] = cbor2.CBORDecoder(BytesIO(content[start:])).decode()
    return schema


def schema_version(schema: Mapping[str, Any]) -> str:
    """Version identifier that an input file of this engine must state, such as `25.2`."""
    pattern = next(iter(schema["properties"]["Version"]["patternProperties"].values()))
    return str(pattern["properties"]["version_identifier"]["default"])


def dictionary() -> tuple[Path, str]:
    """Path of the IDD of the installed engine, and the version that its input files state.

    Returns
    -------
    path : pathlib.Path
        In the user's cache; where that cannot be written, in a temporary folder of this process.
    version : str

    Raises
    ------
    TwinError
        See `embedded_schema`.
    """
    name = f"{library_digest()[:20]}-{_FORM}"
    cached = _cache_folder() / f"{name}.idd"
    version = _version_of(cached)
    if version is None:
        schema = embedded_schema()
        version = schema_version(schema)
        cached = _keep(cached, "".join(idd_text(schema)))
    return cached, version


def engine_version() -> str:
    """Version that input files of the installed engine state, such as `25.2`."""
    return dictionary()[1]


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("pedf-twin") / "energyplus"


def _version_of(path: Path) -> str | None:
    """Version that a finished dictionary states in its first line; None where there is none."""
    try:
        with path.open(encoding="utf-8") as stream:
            first = stream.readline().split()
    except OSError:
        return None
    return first[1].removesuffix(".0") if len(first) == 2 and first[0] == "!IDD_Version" else None


@lru_cache(maxsize=1)
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, for caches that cannot be written; removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="pedf-twin-idd-")


def _keep(path: Path, text: str) -> Path:
    """Write a file complete or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
    except OSError:
        path = Path(_own_folder().name) / path.name
        if not path.is_file():
            _write(path, text)
    return path


def _write(path: Path, text: str) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


# --- the schema in the form of an IDD -------------------------------------------------------------------


def idd_text(schema: Mapping[str, Any]) -> Iterator[str]:
    """Lines of an IDD made from an epJSON schema; `Version` comes first, as eppy expects.

    Parameters
    ----------
    schema : mapping
        As the engine embeds it: with `legacy_idd`, which keeps the order and names of fields.
    """
    yield f"!IDD_Version {schema_version(schema)}.0\n!IDD_BUILD from the schema in the engine\n\n"
    names = _repeated_names()
    groups: dict[str, list[str]] = {}
    for name, described in schema["properties"].items():
        groups.setdefault(described.get("group", "Other"), []).append(name)
    first = schema["properties"]["Version"].get("group", "Other")
    for group in sorted(groups, key=lambda g: (g != first, g)):
        yield f"\\group {group}\n"
        for name in sorted(groups[group], key=lambda n: (n != "Version", n)):
            yield from _class_text(name, schema["properties"][name], names.get(name))


@lru_cache(maxsize=1)
def _repeated_names() -> dict[str, list[str]]:
    """Official names of repeating fields, with {} for the counter."""
    text = (files("buildings.energyplus") / "data" / "repeated_fields.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)["names"]
    return found


def _class_text(name: str, described: Mapping[str, Any], repeated: Sequence[str] | None) -> Iterator[str]:
    """One class: its marks and its fields."""
    legacy = described["legacy_idd"]
    inner = next(iter(described.get("patternProperties", {"": {}}).values()))
    required = set(inner.get("required", ()))
    properties = dict(inner.get("properties", {}))
    if "name" in described:
        properties.setdefault("name", described["name"])
        if described["name"].get("is_required"):
            required.add("name")
    group, group_key = legacy.get("extensibles"), legacy.get("extension")
    yield f"{name}{',' if legacy['fields'] or group else ';'}\n"
    if group:
        yield f"       \\extensible:{len(group)}\n"
    if described.get("maxProperties") == 1:
        yield "       \\unique-object\n"
    if described.get("minProperties"):
        yield "       \\required-object\n"
    if described.get("min_fields"):
        yield f"       \\min-fields {int(described['min_fields'])}\n"
    info = legacy["field_info"]
    rows = [
        (info[f]["field_type"], info[f]["field_name"], properties.get(f), f in required, False)
        for f in legacy["fields"]
        if f != group_key
    ]
    items = properties.get(group_key, {}).get("items", {}).get("properties", {}) if group else {}
    for k in range(1, _REPEATS.get(name, _REPEATS_ELSE) + 1 if group else 1):
        for j, f in enumerate(group):
            label = _repeated_name(info[f]["field_name"], k, repeated[j] if repeated else None)
            rows.append((info[f]["field_type"], label, items.get(f) if k == 1 else None, False, k + j == 1))
    yield from _field_lines(rows)


def _repeated_name(plain: str, k: int, official: str | None) -> str:
    if official is not None:
        return official.format(k)
    if plain.startswith("Vertex "):
        return f"Vertex {k} {plain.removeprefix('Vertex ')}"
    return f"{plain} {k}"


_Row = tuple[str, str, Mapping[str, Any] | None, bool, bool]


def _field_lines(rows: Sequence[_Row]) -> Iterator[str]:
    counts = {"a": 0, "n": 0}
    for i, (kind, label, described, required, begins) in enumerate(rows):
        counts[kind] += 1
        end = ";" if i == len(rows) - 1 else ","
        yield f"  {kind.upper()}{counts[kind]}{end} \\field {label}\n"
        if begins:
            yield "       \\begin-extensible\n"
        if required:
            yield "       \\required-field\n"
        if described is not None:
            yield from _field_marks(kind, described)
    yield "\n"


_BOUNDS = {
    "minimum": "\\minimum ",
    "maximum": "\\maximum ",
    "exclusiveMinimum": "\\minimum> ",
    "exclusiveMaximum": "\\maximum< ",
}


def _field_marks(kind: str, described: Mapping[str, Any]) -> Iterator[str]:
    """Type, bounds, choices and references of one field."""
    choices = described.get("anyOf", [described])
    words = [word for choice in choices for word in choice.get("enum", []) if isinstance(word, str)]
    main = next((c for c in choices if c.get("type") in ("number", "integer")), choices[0])
    if kind == "n":
        yield f"       \\type {'integer' if main.get('type') == 'integer' else 'real'}\n"
        for key, mark in _BOUNDS.items():
            if key in main and not isinstance(main[key], bool):
                yield f"       {mark}{main[key]}\n"
        for word, mark in (("Autosize", "\\autosizable"), ("Autocalculate", "\\autocalculatable")):
            if word in words:
                yield f"       {mark}\n"
    elif "enum" in main:
        yield "       \\type choice\n"
        yield from (f"       \\key {word}\n" for word in words if word)
    elif described.get("data_type") in ("object_list", "external_list"):
        mark = described["data_type"].replace("_", "-")
        yield f"       \\type {mark}\n"
        yield from (f"       \\{mark} {known}\n" for known in described.get(described["data_type"], []))
    else:
        yield "       \\type alpha\n"
    yield from (f"       \\reference {name}\n" for name in described.get("reference") or [])
    default = described.get("default", "")
    if default != "":
        yield f"       \\default {str(default).replace(chr(10), ' ')}\n"


# --- eppy with that dictionary --------------------------------------------------------------------------


def idf_class() -> Any:
    """eppy's `IDF`, told the dictionary of the installed engine.

    eppy keeps one dictionary per process; another one that was set before is refused.

    Raises
    ------
    TwinError
        eppy is missing, or holds another dictionary.
    """
    try:
        from eppy.modeleditor import IDF
    except ImportError as error:
        raise TwinError("the package eppy is not installed.", _INSTALL, key="--engine") from error
    path, _ = dictionary()
    if IDF.getiddname() is None:
        IDF.setiddname(str(path))
    elif Path(IDF.getiddname()).name != path.name:
        raise TwinError(
            f"eppy already works with the dictionary {IDF.getiddname()} in this process.",
            "Start a new process, or let eppy take its dictionary from buildings.energyplus.",
        )
    return IDF
