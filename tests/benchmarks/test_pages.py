"""How quick the pages are: first page, page switch, a live minute of 300 buildings; memory of the server."""

from __future__ import annotations

import json
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, Page

from chromium_browser import browser
from dashboards_process import serving
from twin.response.operated import MOMENTS, RESULT

_DAY = Path(str(files("twin") / "examples" / "operated" / "lingang_300"))
_SESSIONS = 20
_SWITCHES = (("/zh/projects", "text=内置示例"), ("/zh/call", "#call-fleet"), ("/zh", ".door"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A call under way, of which nothing has been told yet."""
    root = tmp_path_factory.mktemp("workspace")
    shutil.copytree(_DAY, root / "studies" / "going", ignore=shutil.ignore_patterns(RESULT))
    (root / "studies" / "going" / MOMENTS).write_bytes(b"")
    return root


@pytest.fixture(scope="module")
def server(workspace: Path) -> Iterator[tuple[str, int]]:
    with serving(workspace, from_nothing=True) as found:
        yield found


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _opened(page: Page, address: str, selector: str) -> float:
    def go() -> None:
        page.goto(address)
        page.wait_for_selector(selector)

    return _seconds(go)


def test_pages(server: tuple[str, int], chromium: Browser, figure: Callable[[str], None]) -> None:
    base, _ = server
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    cold = _opened(page, f"{base}/zh", ".door")
    warm = statistics.median(_opened(page, f"{base}/zh", ".door") for _ in range(5))
    switches = []
    for _ in range(3):
        for href, selector in _SWITCHES:
            link = page.locator(f"nav a[href='{href}']")
            switches.append(_seconds(lambda link=link, s=selector: (link.click(), page.wait_for_selector(s))))  # type: ignore[misc]
    figure(
        f"first page cold {cold:.2f} s, warm {warm:.2f} s (aim 1.5); page switch "
        f"{statistics.median(switches):.2f} s, at most {max(switches):.2f} s"
    )
    context.close()


def test_a_live_minute_of_300_buildings(
    server: tuple[str, int], workspace: Path, chromium: Browser, figure: Callable[[str], None]
) -> None:
    """From the line in the file to the tile on the page, a minute every 0.5 s."""
    base, _ = server
    lines = (_DAY / MOMENTS).read_text("utf-8").splitlines()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{base}/zh/console?call=going")
    page.wait_for_selector("#words:not([hidden])")
    page.wait_for_selector("#live-response .main-svg")
    took = []
    with (workspace / "studies" / "going" / MOMENTS).open("a") as file:
        for line in lines[:16]:
            clock = json.loads(line)["at"][11:16]
            began = time.perf_counter()
            file.write(line + "\n")
            file.flush()
            page.wait_for_selector(f"#tile-clock:text-is('{clock}')")
            took.append(time.perf_counter() - began)
            time.sleep(0.5)
    figure(
        f"a live minute of 300 buildings: median {1000 * statistics.median(took):.0f} ms, at most "
        f"{1000 * max(took):.0f} ms from the file to the page (aim 100)"
    )
    context.close()


def test_memory_with_twenty_sessions(server: tuple[str, int], figure: Callable[[str], None]) -> None:
    base, pid = server
    before = psutil.Process(pid).memory_info().rss
    done = threading.Event()

    def session() -> None:
        with httpx.Client(base_url=base, timeout=60.0) as client:
            client.get("/zh/console").raise_for_status()
            with client.stream("GET", "/live/calls/examples/lingang_300") as stream:
                for _ in stream.iter_lines():
                    if done.is_set():
                        return

    threads = [threading.Thread(target=session) for _ in range(_SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    after = psutil.Process(pid).memory_info().rss
    figure(f"server {after / 2**20:.0f} MB with {_SESSIONS} sessions, {before / 2**20:.0f} MB before")
