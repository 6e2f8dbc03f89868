"""The process that reads one file from outside: limits first, then the reading, then one JSON object."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 4 * 2**30
"""Address space; the libraries alone reserve about 1.5 GB of it."""
CPU_S = 80
WRITTEN_BYTES = 64_000_000


def main(argv: list[str]) -> None:
    """Read `argv[1]` as the kind `argv[0]`: project, weather or model."""
    kind, path = argv[0], Path(argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from weather.errors import TwinError

    try:
        found = _READERS[kind](path)
    except TwinError as error:
        file = None if error.file is None else Path(error.file).name
        words = {"what": error.what, "remedy": error.remedy, "file": file}
        found = {"error": {**words, "key": error.key, "line": error.line, "zh": error.zh}}
    sys.stdout.write(json.dumps(found, ensure_ascii=True))


def _project(path: Path) -> dict[str, Any]:
    from buildings.description.loading import read_project

    return {"title": read_project(path).name, "notes": []}


def _weather(path: Path) -> dict[str, Any]:
    from weather.epw import read_epw

    climate = read_epw(path)
    return {"title": climate.name, "notes": list(climate.repairs)}


def _model(path: Path) -> dict[str, Any]:
    from buildings.idf.reading import read_idf
    from twin.workshop.shelf import dumped

    found = read_idf(path)
    notes = [
        f"{note.subject}: {note.text}" + (f" ({note.count})" if note.count > 1 else "")
        for note in found.notes
    ]
    return {"title": found.project.name, "notes": notes, "text": dumped(found.content)}


_READERS = {"project": _project, "weather": _weather, "model": _model}
