"""The pages as a process on loopback, as `twin dashboard` serves them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from template_process import with_first_line

_START = "from twin.cli import main; main()"


@contextmanager
def serving(workspace: Path, *, from_nothing: bool = False) -> Iterator[tuple[str, int]]:
    """Base address and process number of a server over a workspace, until the block ends.

    Its process is forked where its start is not the point.
    """
    words = ["dashboard", "--workspace", str(workspace), "--port", "0", "--json"]
    if from_nothing:
        process = subprocess.Popen([sys.executable, "-c", _START, *words], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()  # written when the address is listened on
    else:
        process, line = with_first_line(words)
    try:
        assert line, "the pages ended before they served"
        yield json.loads(line)["en"].removesuffix("/en"), process.pid
    finally:
        process.terminate()
        process.wait(timeout=120)


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """Base address of a server over a workspace, until the block ends."""
    with serving(workspace) as (base, _):
        yield base
