"""The book of what a code changed in a project: what was there, what came instead, and by which source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from buildings.library.catalogue import Origin

Said = float | str | None
_ZONE = re.compile(r"(\.zones\.)([^.]+)(\.)")


@dataclass(frozen=True, slots=True)
class Replaced:
    """One entry.

    Parameters
    ----------
    path : str
        Where in the project.
    en, zh : str
        What it is.
    was, now : float, str or None
        Before and after; None where there is nothing, or nothing that one figure could tell.
    unit : str
    source : str
        By which clause or rule, with its year.
    confidence : str
        One of the project's confidence words; `missing` where the standard's own figure was not found and the
        design's stays.
    """

    path: str
    en: str
    zh: str
    was: Said
    now: Said
    unit: str
    source: str
    confidence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass
class Derivation:
    """Entries in the order in which they were made."""

    entries: list[Replaced] = field(default_factory=list)

    def put(
        self, path: str, words: tuple[str, str], was: Said, now: Said, origin: Origin, unit: str = ""
    ) -> None:
        """Enter a change, also one that leaves a value as it is; `words` are English and Chinese."""
        source = f"{origin.source} ({origin.year})"
        self.entries.append(Replaced(path, *words, was, now, unit, source, origin.confidence))

    def shared(self) -> tuple[Replaced, ...]:
        """The entries, those that stand alike in every zone where they occur as one with `*` for the zone."""
        groups: dict[str, list[Replaced]] = {}
        for entry in self.entries:
            groups.setdefault(_ZONE.sub(r"\1*\3", entry.path), []).append(entry)
        shown: list[Replaced] = []
        for path, group in groups.items():
            alike = {replace(entry, path=path) for entry in group}
            shown += list(alike) if len(alike) == 1 and len(group) > 1 else group
        return tuple(shown)


def told(entries: Iterable[Replaced], language: str = "en") -> tuple[str, ...]:
    """Entries as lines for people: what it is, from, to, by which source, how sure.

    Parameters
    ----------
    entries : iterable of Replaced
    language : str
        `en` or `zh`.
    """
    return tuple(
        f"{entry.path}: {entry.zh if language == 'zh' else entry.en} {_shown(entry.was)} -> "
        f"{_shown(entry.now)}{' ' + entry.unit if entry.unit not in ('', '1') else ''} "
        f"[{entry.source}; {entry.confidence}]"
        for entry in entries
    )


def _shown(value: Said) -> str:
    return "-" if value is None else value if isinstance(value, str) else f"{value:.4g}"
