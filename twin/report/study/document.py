"""A document as plain data, told once and set three times: HTML, Word, PDF.

Every text in here is plain text. Who sets it makes it harmless in his own format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from twin.report.style import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tone = Literal["", "pass", "fail", "assumed", "open"]
"""How a cell speaks: met and not met by a verified limit, held against an unverified one, not judged."""

_LONGEST = 2000


@dataclass(frozen=True)
class Cell:
    """A cell: its text, smaller text below it, and its tone."""

    text: str
    small: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a `note` is smaller, a `lead` larger, a `heading` a title below the section's."""

    text: str
    kind: Literal["body", "note", "lead", "heading"] = "body"


@dataclass(frozen=True)
class Answer:
    """A question and what the study says to it."""

    question: str
    text: str


@dataclass(frozen=True)
class Tile:
    """One key figure."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Tiles:
    """Key figures side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    caption : str
    header : tuple of str
    rows : tuple of tuple of Cell
        Each as long as the header.
    align : str
        One letter a column: `l` or `r`.
    widths : tuple of float
        Relative widths of the columns.
    note : str
        Below the table: how to read it.
    runs : tuple of str
        Ids of the Runs that the figures come from.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: str
    widths: tuple[float, ...]
    note: str = ""
    runs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A table whose rows do not fit its header is a fault of ours."""
        columns = len(self.header)
        if not len(self.align) == len(self.widths) == columns or any(len(r) != columns for r in self.rows):
            raise ValueError(f"rows of the table {self.caption!r} do not fit its {columns} columns")


@dataclass(frozen=True)
class Plot:
    """A figure with its caption; `key` is its name among the files of a document."""

    key: str
    caption: str
    figure: Figure
    note: str = ""
    runs: tuple[str, ...] = ()


Block = Paragraph | Answer | Tiles | Table | Plot


@dataclass(frozen=True)
class Section:
    """A numbered part; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole: a first page (title, facts, answers), then sections."""

    language: Language
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[Block, ...]
    sections: tuple[Section, ...]
    footer: str
    words: dict[str, str] = field(default_factory=dict)

    def plots(self) -> Iterator[Plot]:
        """All figures in order."""
        for block in self.blocks():
            if isinstance(block, Plot):
                yield block

    def blocks(self) -> Iterator[Block]:
        """All blocks in order, the first page's first."""
        yield from self.summary
        for section in self.sections:
            yield from section.blocks


def clean(text: Any, longest: int = _LONGEST) -> str:
    """Text from outside as one line of printable characters.

    Control characters and marks that turn the reading direction are left out, since a Word file must not
    hold the first and a reader must not be misled by the second.
    """
    line = re.sub(r"\s+", " ", str(text)).strip()
    line = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return line if len(line) <= longest else line[: longest - 1] + "…"
