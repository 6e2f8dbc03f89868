"""What every command does with its terminal: one JSON object or words on stdout, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


PROGRESS_FILE = "TWIN_PROGRESS_FILE"
"""Variable of the environment: a file that is to say how far a command is, for whoever runs it unseen."""
_TOLD_EVERY_S = 0.2


class Done(Protocol):
    """What a command found out: for programs and for people."""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""

    def show(self) -> None:
        """Print it."""


def write_json(content: Any) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def tell(done: Done, as_json: bool) -> None:
    """What was found out, as one JSON object or in words."""
    if as_json:
        write_json(done.as_dict())
    else:
        done.show()


@contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar of named stages on stderr where that is a terminal, else a line for each."""
    if PROGRESS_FILE in os.environ:
        yield _written(Path(os.environ[PROGRESS_FILE]))
        return
    if quiet or not sys.stderr.isatty():
        told: set[str] = set()

        def say(stage: str, share: float) -> None:
            if stage not in told and not quiet:
                told.add(stage)
                sys.stderr.write(f"{stage} ...\n")

        yield say
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)


@contextmanager
def progress_of(label: str, quiet: bool) -> Iterator[Callable[[float], None]]:
    """The same for work of one stage, told before it begins."""
    with stages(quiet) as told:
        told(label, 0.0)
        yield lambda share: told(label, share)


def _written(path: Path) -> Callable[[str, float], None]:
    """Tell stage and share in a file that is always whole, a few times a second."""
    last: dict[str, Any] = {"stage": "", "at": -_TOLD_EVERY_S}
    draft = path.with_name(f".{path.name}")

    def tell(stage: str, share: float) -> None:
        now = time.monotonic()
        if stage == last["stage"] and now - last["at"] < _TOLD_EVERY_S:
            return
        last.update(stage=stage, at=now)
        draft.write_text(json.dumps({"stage": stage, "share": share}), "utf-8")
        draft.replace(path)

    return tell
