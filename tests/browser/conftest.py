"""A real Chromium for the tests of pages, and a witness of what it says and asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from chromium_browser import browser

_LOCAL = ("file", "data", "blob", "about")


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


@pytest.fixture
def witness(chromium: Browser) -> Iterator[Witness]:
    """A fresh context with a Chinese reader."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    one = Witness(context.new_page())
    one.watch()
    yield one
    context.close()


@pytest.fixture
def english_witness(chromium: Browser) -> Iterator[Witness]:
    """A fresh context with an English reader."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    one = Witness(context.new_page())
    one.watch()
    yield one
    context.close()
