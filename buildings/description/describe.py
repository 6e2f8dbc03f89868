"""Every derived value of a project with its source: what `twin describe` shows."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from buildings.description.complete import complete
from buildings.description.ledger import Entry, Ledger
from buildings.description.schema import Project

_ZONE = re.compile(r"(\.zones\.)([^.]+)(\..*)?$")


def describe(project: Project) -> list[Entry]:
    """Derived values of all buildings, in the order in which they are derived.

    Parameters
    ----------
    project : Project
        As read.

    Returns
    -------
    list of Entry
        Path, value, unit, source with year, confidence. What all zones of a building share is one entry with
        `*` for the zone.

    Raises
    ------
    TwinError
        A library key that does not exist, or a U value that no thickness reaches.
    """
    entries: list[Entry] = []
    for building in project.buildings:
        book = Ledger()
        zones = len(complete(building, book, calendar=project.calendar).zones)
        entries += _shared(book.entries, zones)
    return entries


def _shared(entries: list[Entry], zones: int) -> list[Entry]:
    """Replace an entry that stands equally in every zone by one with a star."""
    starred = [_star(entry) for entry in entries]
    counts: dict[Entry, int] = {}
    for entry in starred:
        counts[entry] = counts.get(entry, 0) + 1
    shown: list[Entry] = []
    seen: set[Entry] = set()
    for entry, star in zip(entries, starred, strict=True):
        if zones > 1 and star != entry and counts[star] == zones:
            if star not in seen:
                seen.add(star)
                shown.append(star)
        else:
            shown.append(entry)
    return shown


def _star(entry: Entry) -> Entry:
    return replace(entry, path=_named(entry.path, "*"))


def zones_together(entries: list[Entry], whole: Collection[str] = ()) -> list[Entry]:
    """Entries that differ only in their zone as one, whose path names all of these zones.

    Parameters
    ----------
    entries : list of Entry
    whole : collection of str, optional
        Names of all zones there are; what stands in each of them gets `*`.

    Returns
    -------
    list of Entry
        In the order of first appearance; `office.zones.a, b, c.infiltration` for three zones.
    """
    names: dict[Entry, list[str]] = {}
    for entry in entries:
        found = _ZONE.search(entry.path)
        names.setdefault(_star(entry), []).append("" if found is None else found.group(2))
    together = []
    for star, zones in names.items():
        shown = "*" if set(zones) == set(whole) else ", ".join(zones)
        together.append(replace(star, path=_named(star.path, shown)))
    return together


def _named(path: str, zone: str) -> str:
    return _ZONE.sub(lambda found: f"{found[1]}{zone}{found[3] or ''}", path)


def unverified(entries: list[Entry]) -> list[Entry]:
    """Entries that nobody has held against a source: `gk-verify` and `assumed`."""
    return [entry for entry in entries if entry.confidence in ("gk-verify", "assumed")]
