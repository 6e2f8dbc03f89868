"""The command in a process forked from a template, for tests to which its start is nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from template_process import Forked


def forked(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Call `twin` in a process of its own, with more environment.

    What a start is (entry point, imports, what it inherits) and what a signal does is seen only in a process
    that is started from nothing.
    """
    words = tuple(map(str, arguments))
    process = Forked(words, cwd, env)
    try:
        stdout, stderr = process.communicate()
    finally:
        process.kill()
    assert process.returncode is not None
    return subprocess.CompletedProcess(["twin", *words], process.returncode, stdout, stderr)
