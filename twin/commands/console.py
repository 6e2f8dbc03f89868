"""The console that tables are printed on."""

from __future__ import annotations

import os

from rich.console import Console
from rich.table import Table

from twin.report.style import Language

_LEAST_WIDTH = 132
"""Narrower terminals and pipes get lines of this length: a wrapped line can be read, a cut figure cannot."""


def table_console() -> Console:
    """A console wide enough for the tables."""
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)


def print_whole(table: Table) -> None:
    """Print a table on lines as long as its columns take, whatever the terminal."""
    console = table_console()
    needed = console.measure(table, options=console.options.update(max_width=1000)).maximum
    (console if console.width >= needed else Console(width=needed)).print(table)


def terminal_language() -> Language:
    """Chinese where the user's locale is (``LANG=zh_CN.UTF-8``), else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if said := os.environ.get(name):
            return "zh" if said.lower().startswith("zh") else "en"
    return "en"
