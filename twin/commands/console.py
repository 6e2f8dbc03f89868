"""The console that tables are printed on."""

from __future__ import annotations

from rich.console import Console

_LEAST_WIDTH = 132
"""Narrower terminals and pipes get lines of this length: a wrapped line can be read, a cut figure cannot."""


def table_console() -> Console:
    """A console wide enough for the tables."""
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)
