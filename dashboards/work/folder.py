"""Files of a job, each whole or absent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

OUT, ERR, PROGRESS, ENDED = "stdout", "stderr", "progress.json", "ended.json"
FILES = (OUT, ERR, PROGRESS, ENDED)

_READ = 200_000
"""Of what a command said, at most so many of the last bytes are read."""


def whole(path: Path, text: str) -> None:
    """Write a file at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What a file says; nothing where it is not there."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def tail(path: Path) -> str:
    """The end of what was said."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _READ))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
