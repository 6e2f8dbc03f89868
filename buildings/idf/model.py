"""An opened model: typed access to eppy's objects, references without regard to case, notes for people."""

from __future__ import annotations

import contextlib
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from buildings.energyplus.dictionary import dictionary, idf_class
from buildings.idf.epjson import as_idf_text
from buildings.idf.source_text import NEWEST, SourceText, file_text, parse_source
from weather.errors import TwinError

Weight = Literal["nearest", "left aside", "assumed"]


@dataclass(frozen=True)
class Note:
    """What the reading did not take over as it stands: nearest expression, or left aside."""

    weight: Weight
    subject: str
    text: str
    count: int = 1


@dataclass
class Notes:
    """Collects notes; equal ones are counted."""

    _found: dict[tuple[Weight, str, str], int] = field(default_factory=dict)

    def add(self, weight: Weight, subject: str, text: str, count: int = 1) -> None:
        """Take one note down."""
        key = (weight, subject, text)
        self._found[key] = self._found.get(key, 0) + count

    def listed(self) -> tuple[Note, ...]:
        """All notes in the order of their first mention."""
        return tuple(Note(*key, count) for key, count in self._found.items())


class Record:
    """One object of the model, by the names of its fields as the dictionary spells them."""

    def __init__(self, bunch: Any, model: Model) -> None:
        self._bunch, self._model = bunch, model
        self.kind: str = str(bunch.key).upper()
        self._names = {_plain(name): i for i, name in enumerate(bunch.objls)}
        self.values: list[Any] = list(bunch.obj)

    def __repr__(self) -> str:
        return f"{self.kind} '{self.name}'"

    @property
    def name(self) -> str:
        """First field."""
        return str(self.values[1]).strip() if len(self.values) > 1 else ""

    def text(self, field_name: str, default: str = "") -> str:
        """A field as text; the default where it is left out."""
        at = self._names.get(_plain(field_name))
        if at is None:
            raise KeyError(f"{self.kind} has no field {field_name}")
        value = str(self.values[at]).strip() if at < len(self.values) else ""
        return value or default

    def number(self, field_name: str, default: float | None = None) -> float:
        """A field as a number; the default where it is left out or computed by EnergyPlus.

        Raises
        ------
        TwinError
            No number stands there and there is no default.
        """
        text = self.text(field_name)
        if text and not text.lower().startswith("auto"):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                return value
            raise self.wrong(f"'{text}' in {field_name} is no number.", "Write a number there.")
        if default is None:
            raise self.wrong(f"{field_name} is left out.", "Write a number there.")
        return default

    def has(self, field_name: str) -> bool:
        """Whether the class has a field of this name."""
        return _plain(field_name) in self._names

    def given(self, field_name: str) -> bool:
        """Whether a number or word stands there (autocalculate counts as left out)."""
        text = self.text(field_name)
        return bool(text) and not text.lower().startswith("auto")

    def rest(self, field_name: str) -> list[str]:
        """This field and all behind it, as text, without empty ones at the end."""
        at = self._names[_plain(field_name)]
        values = [str(value).strip() for value in self.values[at:]]
        while values and not values[-1]:
            values.pop()
        return values

    def wrong(self, what: str, remedy: str) -> TwinError:
        """An error that names this object."""
        return self._model.wrong(f"{self!r}: {what}", remedy, line=self._model.line(self))


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


class Model:
    """All objects of a model by class.

    Attributes
    ----------
    source : SourceText
    path : Path
    version : tuple of int
        As the file states it.
    idf : eppy's IDF
    notes : Notes
    """

    def __init__(self, source: SourceText, idf: Any, *, lines: bool = True) -> None:
        self.source, self.path, self.version, self.idf = source, source.path, source.version, idf
        self.notes = Notes()
        self._lines = {
            (one.kind, one.fields[0].upper() if one.fields else ""): one.line
            for one in source.objects
            if lines
        }
        self._cache: dict[str, tuple[Record, ...]] = {}
        self.used: set[str] = set()

    def all(self, *kinds: str) -> Iterator[Record]:
        """Objects of these classes, marked as taken over."""
        for kind in kinds:
            key = kind.upper()
            self.used.add(key)
            if key not in self._cache:
                self._cache[key] = tuple(Record(bunch, self) for bunch in self.idf.idfobjects[key])
            yield from self._cache[key]

    def first(self, kind: str) -> Record | None:
        """The only object of a class, None where there is none."""
        return next(self.all(kind), None)

    def find(self, name: str, *kinds: str) -> Record | None:
        """The object of this name in any of the classes."""
        wanted = name.strip().upper()
        return next((one for one in self.all(*kinds) if one.name.upper() == wanted), None)

    def counts(self) -> dict[str, int]:
        """Number of objects of every class that the file holds."""
        return {str(kind): len(found) for kind, found in self.idf.idfobjects.items() if len(found)}

    def files_beside(self) -> dict[str, Path]:
        """Files that schedules read, by the name that the model gives them (relative names only)."""
        names = [record.text("File_Name") for record in self.all("SCHEDULE:FILE")]
        return {name: self.path.parent / name for name in names if not Path(name).is_absolute()}

    def line(self, record: Record) -> int | None:
        """Line of the file in which an object begins."""
        return self._lines.get((record.kind, record.name.upper()))

    def wrong(self, what: str, remedy: str, *, line: int | None = None) -> TwinError:
        """An error that names this file."""
        return TwinError(what, remedy, file=self.path, line=line)


def open_model(path: str | Path) -> Model:
    """Open an IDF of version 9.0 to the engine's, or an epJSON of the engine's version.

    Raises
    ------
    TwinError
        Anything that is no sound model, with its line where that is known.
    """
    path = Path(path)
    text = file_text(path)
    json = path.suffix.lower() in (".epjson", ".json") or text.lstrip().startswith("{")
    source = parse_source(as_idf_text(text, path) if json else text, path, known_classes())
    with contextlib.redirect_stdout(io.StringIO()):  # eppy prints what it meets
        idf = idf_class()(io.StringIO(source.as_idf()))
    model = Model(source, idf, lines=not json)
    if source.version != NEWEST:
        model.notes.add(
            "nearest",
            "version",
            f"the file is of version {source.version[0]}.{source.version[1]}; the objects that are read kept "
            "their fields since 9.0 (names of spaces are put in), HVAC objects did not and are set aside",
        )
    return model


@cache
def known_classes() -> frozenset[str]:
    """Names of all classes of the engine's dictionary, in capitals."""
    text = dictionary()[0].read_text(encoding="utf-8")
    return frozenset(name.upper() for name in re.findall(r"^([A-Za-z][\w:.\-]*)[,;]", text, re.MULTILINE))
