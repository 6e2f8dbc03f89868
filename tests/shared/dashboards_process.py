"""The pages as a process on loopback, as `twin dashboard` serves them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START = (
    "import sys; from pathlib import Path; from dashboards.command import serve; "
    "from dashboards.access.exposure import LOOPBACK; serve(Path(sys.argv[1]), 0, LOOPBACK, as_json=True)"
)


@contextmanager
def serving(workspace: Path) -> Iterator[tuple[str, int]]:
    """Base address and process number of a server over a workspace, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(workspace)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()  # written when the address is listened on
        assert line, "the pages ended before they served"
        yield json.loads(line)["en"].removesuffix("/en"), process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """Base address of a server over a workspace, until the block ends."""
    with serving(workspace) as (base, _):
        yield base
