"""The system's Chromium, without a screen and without a word to anybody outside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start it, end it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing; run `make system`."
    with sync_playwright() as tool:
        found = tool.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield found
        found.close()
