"""The text of an IDF, checked object by object before eppy sees it, so that an error knows its line.

eppy reads what it can and passes over the rest; a file that was cut in half would become a smaller building.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from weather.errors import TwinError

LARGEST_FILE = 60_000_000
NEWEST = (25, 2)
OLDEST = (9, 0)
_SPACE_SINCE = (9, 6)
# Version 9.6 put the name of a space behind the name of the zone; the field's place in an older file.
_SPACE_FIELD = {
    "BUILDINGSURFACE:DETAILED": 4,
    "WALL:DETAILED": 3,
    "ROOFCEILING:DETAILED": 3,
    "FLOOR:DETAILED": 3,
    "INTERNALMASS": 3,
}


@dataclass
class SourceObject:
    """One object as it is written: class in capitals, fields, line of its first word."""

    kind: str
    fields: list[str]
    line: int


@dataclass(frozen=True)
class SourceText:
    """All objects of a file and the version that it states."""

    path: Path
    objects: tuple[SourceObject, ...]
    version: tuple[int, int]

    def upgraded(self) -> Iterator[SourceObject]:
        """All objects in the order of the present version's fields."""
        for one in self.objects:
            fields = [f"{NEWEST[0]}.{NEWEST[1]}"] if one.kind == "VERSION" else list(one.fields)
            if self.version < _SPACE_SINCE and one.kind in _SPACE_FIELD:
                fields.insert(_SPACE_FIELD[one.kind], "")
            yield SourceObject(one.kind, fields, one.line)

    def as_idf(self) -> str:
        """Text of all objects, without comments."""
        return "\n".join(",\n  ".join([one.kind, *one.fields]) + ";\n" for one in self.upgraded())


def read_source(path: Path, known: Collection[str]) -> SourceText:
    """Split a file into objects and refuse what is no sound IDF.

    Parameters
    ----------
    path : Path
    known : collection of str
        Class names of the dictionary, in capitals.

    Raises
    ------
    TwinError
        No text, not an IDF, cut off, a class that EnergyPlus does not know, a version out of reach.
    """
    return parse_source(file_text(path), path, known)


def parse_source(text: str, path: Path, known: Collection[str]) -> SourceText:
    """The same of text that is already in memory; `path` names it in errors."""
    objects = _split(text, path, {name.upper() for name in known})
    if not objects:
        raise TwinError("the file holds no objects.", "Give an IDF with zones and surfaces.", file=path)
    return SourceText(path, tuple(objects), _version(objects, path))


def file_text(path: Path) -> str:
    """The file as text, or why it is none."""
    try:
        if not path.is_file():
            state = "is a folder or device" if path.exists() else "does not exist"
            raise TwinError(f"the file {state}.", "Give the path of an IDF or epJSON file.", file=path)
        raw = path.read_bytes()
    except OSError as error:
        raise TwinError(
            f"the file cannot be read ({error.strerror}).", "Check its path and permissions.", file=path
        ) from None
    if len(raw) > LARGEST_FILE:
        raise TwinError("the file is larger than 60 MB.", "Give the model, not its results.", file=path)
    if b"\0" in raw:
        raise TwinError("the file is not text.", "Give an IDF or epJSON file of EnergyPlus.", file=path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # as EnergyPlus' own tools write names with accents


def _split(text: str, path: Path, known: Collection[str]) -> list[SourceObject]:
    objects: list[SourceObject] = []
    fields: list[str] = []
    begin, piece = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.split("!", 1)[0]
        for part in re.split(r"([,;])", bare):
            if part not in (",", ";"):
                if part.strip() and not fields and not piece.strip():
                    begin = number
                piece += part
                continue
            fields.append(" ".join(piece.split()))
            piece = ""
            if part == ";":
                objects.append(_object(fields, begin or number, path, known))
                fields = []
            elif len(fields) == 1:
                _known_class(fields[0], begin or number, path, known)
    if fields or piece.strip():
        name = fields[0] if fields else piece.strip()
        raise TwinError(
            f"the object '{name[:60]}' has no end: the file is cut off or lacks a semicolon.",
            "Give the whole file; every object ends with a semicolon.",
            file=path,
            line=begin,
        )
    return objects


def _object(fields: list[str], line: int, path: Path, known: Collection[str]) -> SourceObject:
    _known_class(fields[0], line, path, known)
    return SourceObject(fields[0].upper(), fields[1:], line)


def _known_class(name: str, line: int, path: Path, known: Collection[str]) -> None:
    if name.upper() not in known:
        raise TwinError(
            f"'{name[:60]}' is no class of EnergyPlus {NEWEST[0]}.{NEWEST[1]}.",
            "Give an IDF of EnergyPlus; check for a missing comma or semicolon before this line, or convert "
            "an older file with EnergyPlus' IDFVersionUpdater.",
            file=path,
            line=line,
        )


def _version(objects: list[SourceObject], path: Path) -> tuple[int, int]:
    found = [one for one in objects if one.kind == "VERSION"]
    if not found:
        raise TwinError(
            "the file does not state its version.",
            f"Add 'Version,{NEWEST[0]}.{NEWEST[1]};' if the model is of that version.",
            file=path,
        )
    text = found[0].fields[0] if found[0].fields else ""
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)*", text)
    if match is None:
        raise TwinError(
            f"'{text}' is no version.", "Write for example 'Version,25.2;'.", file=path, line=found[0].line
        )
    version = (int(match.group(1)), int(match.group(2)))
    if version < OLDEST or version > NEWEST:
        remedy = (
            "Convert it with EnergyPlus' IDFVersionUpdater to 9.0 or later."
            if version < OLDEST
            else f"Give a model of EnergyPlus {NEWEST[0]}.{NEWEST[1]} or older."
        )
        raise TwinError(
            f"the model is of version {text}; versions {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} "
            "are read.",
            remedy,
            file=path,
            line=found[0].line,
        )
    return version
