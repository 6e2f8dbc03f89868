"""A piece of work: the command line that does it, who asked, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
OPEN: tuple[State, ...] = ("queued", "running")
PACED = "operate"
"""The command that a clock paces: it mostly waits, for hours if asked to, and so stands in nobody's way."""


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Parameters
    ----------
    id : str
        Random, safe as a folder's name.
    argv : tuple of str
        What stands behind `twin` on the command line; run in the workspace, so paths in it are relative.
    title_zh, title_en : str
    asked_by : str
        Name of the user; empty on loopback without accounts.
    state : str
        `queued`, `running`, `done`, `failed`, `cancelled`, or `interrupted`: its process is gone without
        having said how it ended.
    stage : str
        What it does now, in the command's words.
    share : float
        Of that, 0 to 1.
    created, started, ended : float
        Seconds since the epoch; 0 where it has not come to that.
    attempts : int
        How often it was begun.
    said : str
        Where it failed: what the command said. Where it is done: one JSON object.
    """

    id: str
    argv: tuple[str, ...]
    title_zh: str
    title_en: str
    asked_by: str
    state: State
    stage: str
    share: float
    created: float
    started: float
    ended: float
    attempts: int
    said: str

    @property
    def paced(self) -> bool:
        """Whether it runs beside the work that is done one at a time."""
        return self.argv[:1] == (PACED,)

    @property
    def command(self) -> str:
        """The line that does the same in a terminal."""
        import shlex

        return shlex.join(("twin", *self.argv))
