"""The book in which every derived figure of a project is entered with its source."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildings.library.catalogue import Origin


@dataclass(frozen=True)
class Entry:
    """One figure: where in the project, value, unit, source with year, confidence."""

    path: str
    value: float | str
    unit: str
    source: str
    confidence: str


@dataclass
class Ledger:
    """Entries in the order in which they were derived."""

    entries: list[Entry] = field(default_factory=list)

    def note(self, path: str, value: float, unit: str, origin: Origin) -> float:
        """Enter a number and hand it back."""
        self.entries.append(Entry(path, value, unit, f"{origin.source} ({origin.year})", origin.confidence))
        return value

    def note_key(self, path: str, value: str, origin: Origin) -> str:
        """Enter a chosen key and hand it back."""
        self.entries.append(Entry(path, value, "", f"{origin.source} ({origin.year})", origin.confidence))
        return value

    def derive(self, path: str, value: float, unit: str, how: str) -> float:
        """Enter a number computed from others by the formula in words, and hand it back."""
        self.entries.append(Entry(path, value, unit, how, "derived"))
        return value
