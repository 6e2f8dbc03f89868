"""Objects of an IDF by class, read without a dictionary: enough to find zones, equipment and thermostats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def objects(path: Path, kind: str) -> Iterator[tuple[str, ...]]:
    """Fields (without the class) of every object of a class in an IDF, as written.

    Parameters
    ----------
    path : pathlib.Path
        IDF; an epJSON has no such objects.
    kind : str
        Class, in any case.
    """
    text = re.sub(r"!.*", "", path.read_text(encoding="utf-8", errors="replace"))
    for entry in text.split(";"):
        first, *fields = (part.strip() for part in entry.split(","))
        if first.lower() == kind.lower():
            yield tuple(fields)


def zone_names(path: Path) -> tuple[str, ...]:
    """Names of the zones of an IDF."""
    return tuple(fields[0] for fields in objects(path, "Zone"))


def thermostat_zones(path: Path) -> tuple[str, ...]:
    """Zones with a thermostat, zone lists resolved, in the order of the model."""
    lists = {fields[0].upper(): [f.upper() for f in fields[1:]] for fields in objects(path, "ZoneList")}
    held: set[str] = set()
    for fields in objects(path, "ZoneControl:Thermostat"):
        if len(fields) > 1:
            held.update(lists.get(fields[1].upper(), [fields[1].upper()]))
    return tuple(name for name in zone_names(path) if name.upper() in held)
