"""A draft as content: sections of paragraphs, lists and tables, in one language, without any layout."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.report.style import Language, pick

LACKING = {"zh": "待补充", "en": "to be supplied"}
"""What stands where a figure or a statement is missing."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; `strong` for what must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"a row of the table {self.head} is not {len(self.head)} long")


Block = Paragraph | Heading | Bullets | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A section by its stable key."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft."""

    language: Language
    title: str
    notices: tuple[Paragraph, ...]
    sections: tuple[Section, ...]


def clean(text: object) -> str:
    """A user's words on one line, without characters that no document may hold."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") else c for c in str(text))
    return " ".join(kept.split())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of cleaned cells."""
    return Table(tuple(head), tuple(tuple(clean(cell) for cell in row) for row in rows))


def bullets(items: Iterable[str]) -> Bullets:
    """A list of cleaned items."""
    return Bullets(tuple(clean(item) for item in items))


def number(value: object, language: Language, digits: int = 3) -> str:
    """A figure with as many digits as say something, or the word for what is lacking.

    Parameters
    ----------
    value : object
        A number; anything else, NaN and infinity are lacking.
    language : {"zh", "en"}
    digits : int
        Significant digits below 1000.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return LACKING[language]
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(decimals, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: float | None, language: Language) -> str:
    """A share as a percentage with one decimal, or the word for what is lacking."""
    return LACKING[language] if value is None or not math.isfinite(value) else f"{100.0 * value:.1f} %"


def begun(text: str) -> str:
    """A text with a capital at its begin, as a line of its own has it."""
    return text[:1].upper() + text[1:]


def joined(items: Iterable[str], language: Language) -> str:
    """Words one after another."""
    return pick(language, "、", ", ").join(items)
