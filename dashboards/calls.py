"""Operated calls of a workspace: those that come with the package and those of its studies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from dashboards.workspace import Workspace
from twin.response.operated import MOMENTS, RESULT, SCENE
from weather.errors import TwinError

BUNDLED = "examples"
_NEEDED = {"title_zh", "title_en", "invitation", "start", "end", "names"}


@dataclass(frozen=True)
class OperatedCall:
    """A day that was or is operated.

    Parameters
    ----------
    name : str
        In addresses: the folder's name, those of the package behind `examples/`.
    folder : Path
    """

    name: str
    folder: Path

    @property
    def scene(self) -> dict[str, Any]:
        """Participants, call and bid; see `twin.response.operated`.

        Raises
        ------
        TwinError
            It cannot be read.
        """
        path = self.folder / SCENE
        try:
            found = json.loads(path.read_text("utf-8"))
            if isinstance(found, dict) and found.keys() >= _NEEDED and found["names"]:
                return found
        except (OSError, ValueError):
            pass
        raise TwinError("The record of that call was changed or damaged.", "Compute it again.", file=path)

    @property
    def over(self) -> bool:
        """Whether the day is over and settled."""
        return (self.folder / RESULT / "manifest.json").is_file()

    @property
    def moments(self) -> Path:
        """Its minutes, a line each."""
        return self.folder / MOMENTS


def calls(workspace: Workspace) -> list[OperatedCall]:
    """The calls that can be read, those of the workspace first, the latest before the others."""
    own = _in(workspace.studies, "")
    own.sort(key=lambda call: (call.folder / SCENE).stat().st_mtime, reverse=True)
    return [*own, *_in(Path(str(files("twin") / "examples" / "operated")), f"{BUNDLED}/")]


def call_of(workspace: Workspace, name: str) -> OperatedCall:
    """One of them by its name; a path in a name opens nothing elsewhere.

    Raises
    ------
    TwinError
        There is none.
    """
    for call in calls(workspace):
        if call.name == name:
            return call
    raise TwinError(f"there is no operated call {name[:60]!r} here.", "Choose one of the list.")


def _in(folder: Path, prefix: str) -> list[OperatedCall]:
    if not folder.is_dir():
        return []
    found = [OperatedCall(prefix + entry.name, entry) for entry in sorted(folder.iterdir())]
    return [call for call in found if not call.folder.name.startswith(".") and _readable(call)]


def _readable(call: OperatedCall) -> bool:
    try:
        return bool(call.scene)
    except TwinError:
        return False
