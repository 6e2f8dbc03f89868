"""The command in a process that a server has forked: what every start of it imports is imported once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twin.cli import main

IMPORTED = ["twin.cli", "twin.commands.run", "twin.plant"]
"""What a start of `twin run` imports; the server finds it without the paths of the tests."""


def run_command(folder: Path, arguments: tuple[str, ...], stdout: Path, stderr: Path) -> None:
    """Run the command in a folder, its two streams written to files; ends the process as the command does."""
    os.chdir(folder)
    for path, number in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["twin", *arguments]
    main()
