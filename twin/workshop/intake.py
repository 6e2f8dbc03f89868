"""Files from outside: read in a process of their own that may take so much time and memory and no more."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.workshop.shelf import Shelf, plain_name
from weather.errors import TwinError

LARGEST = {
    ".yaml": 2_000_000,
    ".yml": 2_000_000,
    ".epw": 12_000_000,
    ".idf": 16_000_000,
    ".epjson": 16_000_000,
}
"""Endings that are taken, and the most bytes of each."""
PATIENCE_S = 90.0
_CODE = "import sys; from twin.workshop.intake_child import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Taken:
    """What came in.

    Parameters
    ----------
    kind : {"project", "weather", "model"}
    name : str
        Of the project, or the file of the weather.
    title : str
    notes : tuple of str
        Repairs of a weather file; what of a model is the nearest only, or was left aside.
    """

    kind: str
    name: str
    title: str
    notes: tuple[str, ...]


def take_in(shelf: Shelf, file: str, content: bytes) -> Taken:
    """Check a file and put it on the shelf.

    Parameters
    ----------
    shelf : Shelf
    file : str
        Its name where it came from; only its last part and ending are used.
    content : bytes

    Returns
    -------
    Taken

    Raises
    ------
    TwinError
        Too large, of another kind, not to be read within the limits, or what is wrong in it.
    """
    given = file.replace("\\", "/").rpartition("/")[2]
    ending = Path(given).suffix.lower()
    if ending not in LARGEST:
        raise TwinError(
            f"{given[:60]!r} is no kind of file that is read here.",
            "Give a project (.yaml), weather (.epw) or an EnergyPlus model (.idf, .epJSON).",
        )
    if len(content) > LARGEST[ending]:
        raise TwinError(
            f"the file has {len(content) / 1e6:,.1f} MB; of its kind {LARGEST[ending] / 1e6:g} MB are read.",
            "Give the description alone, without results.",
            file=given[:80],
        )
    stem = plain_name(Path(given).stem)
    draft = shelf.drafted(f".incoming.{secrets.token_hex(6)}{ending}")
    try:
        draft.write_bytes(content)
        if ending == ".epw":
            return _weather(shelf, draft, stem, given)
        return _project(shelf, draft, stem, given)
    finally:
        draft.unlink(missing_ok=True)


def _weather(shelf: Shelf, draft: Path, stem: str, given: str) -> Taken:
    found = read_apart("weather", draft, given)
    target = shelf.folder / f"{stem}.epw"
    number = 2
    while target.exists() and target.read_bytes() != draft.read_bytes():
        target, number = shelf.folder / f"{stem}-{number}.epw", number + 1
    draft.replace(target)
    return Taken("weather", target.name, str(found["title"]), tuple(found["notes"]))


def _project(shelf: Shelf, draft: Path, stem: str, given: str) -> Taken:
    model = draft.suffix.lower() in (".idf", ".epjson")
    found = read_apart("model" if model else "project", draft, given)
    text = str(found["text"]) if model else draft.read_text("utf-8-sig")
    name = shelf.free_name(stem)
    shelf.save(name, text)
    return Taken("model" if model else "project", name, str(found["title"]), tuple(found["notes"]))


def read_apart(
    kind: str, path: Path, given: str, *, start: Callable[..., subprocess.Popen[str]] = subprocess.Popen
) -> dict[str, Any]:
    """Read a file in a process with limits.

    Raises
    ------
    TwinError
        What the process found wrong, or that it did not come to an end within its limits.
    """
    child = start(
        [sys.executable, "-P", "-c", _CODE, kind, str(path.resolve())],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = child.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        said = ""
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        raise TwinError(
            f"the file could not be read within {PATIENCE_S:g} s and the memory that one file may take.",
            "Check that it is what its name says, and give a smaller one.",
            file=given[:80],
        ) from None
    wrong = found.get("error")
    if isinstance(wrong, dict):
        file = given[:80] if wrong["file"] == path.name else wrong["file"]
        zh = None if wrong["zh"] is None else (wrong["zh"][0], wrong["zh"][1])
        raise TwinError(
            wrong["what"], wrong["remedy"], file=file, key=wrong["key"], line=wrong["line"], zh=zh
        )
    return found
