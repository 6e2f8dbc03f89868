"""A real Chromium for the tests of pages, and a witness of what it says and asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from chromium_browser import browser

_SCREENS = Path(__file__).parents[2] / "build" / "screens"
_FAILED = pytest.StashKey[bool]()
_LOCAL = ("file", "data", "blob", "about")
_PATIENCE_MS = 120_000
"""A machine that many share is slow; what never comes fails all the same."""

expect.set_options(timeout=_PATIENCE_MS)


@dataclass
class Witness:
    """A page, what its console said, and every address it asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down from now on."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.type}: {message.text}")

    def outside(self) -> list[str]:
        """Addresses beyond this machine."""
        parts = [(url, urlsplit(url)) for url in self.asked]
        return [
            u for u, p in parts if p.scheme not in _LOCAL and p.hostname not in ("127.0.0.1", "localhost")
        ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file: while it is open its tool holds the thread's only event loop."""
    with browser() as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what came of a test, for those who clear up after it."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


def _watched(chromium: Browser, test: pytest.Item, locale: str) -> Iterator[Witness]:
    """A fresh context; how its page looks at the end is kept where the test failed.

    `PEDF_SCREENS=1` keeps all pictures: one of a whole page takes a second.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
    context.set_default_timeout(_PATIENCE_MS)
    one = Witness(context.new_page())
    one.watch()
    yield one
    if test.stash.get(_FAILED, True) or os.environ.get("PEDF_SCREENS"):
        with suppress(PlaywrightError):  # a page too long for a picture is no failure of the test
            _SCREENS.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w.-]+", "-", test.name)
            one.page.screenshot(path=_SCREENS / f"{name}.{locale[:2]}.png", full_page=True)
    context.close()


@pytest.fixture
def witness(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Witness]:
    """A fresh context with a Chinese reader."""
    yield from _watched(chromium, request.node, "zh-CN")


@pytest.fixture
def english_witness(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Witness]:
    """A fresh context with an English reader."""
    yield from _watched(chromium, request.node, "en-GB")
