"""The command in a process that a server has forked: what every start of it imports is imported once."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from twin.cli import main

IMPORTED = [
    "twin.cli",
    "twin.commands.climate",
    "twin.commands.crosscheck",
    "twin.commands.describe",
    "twin.commands.kpis",
    "twin.commands.run",
    "twin.plant",
]
"""What starts of the command import; the server finds it without the paths of the tests."""


def _command(
    folder: Path, arguments: tuple[str, ...], env: Mapping[str, str], stdout: Path, stderr: Path
) -> None:
    """Run the command in a folder, its two streams written to files; ends the process as the command does."""
    os.chdir(folder)
    for path, number in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["twin", *arguments]
    os.environ.update(env)
    main()


def forked(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Call `twin` in a process of its own, with more environment, for tests to which its start is nothing.

    What a start is (entry point, imports, what it inherits) and what a signal does is seen only in a process
    that is started from nothing.
    """
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(IMPORTED)
    words = tuple(map(str, arguments))
    with tempfile.TemporaryDirectory() as folder:
        stdout, stderr = (Path(folder, name) for name in ("stdout", "stderr"))
        process = server.Process(target=_command, args=(cwd or Path.cwd(), words, env or {}, stdout, stderr))
        process.start()
        process.join(500)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["twin", *words], 500)
        told = [path.read_text(encoding="utf-8") for path in (stdout, stderr)]
    return subprocess.CompletedProcess(["twin", *words], process.exitcode, *told)
