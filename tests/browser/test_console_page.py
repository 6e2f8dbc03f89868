"""The console in a real browser: a day that is over is played, one under way is watched and steered."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served
from small_fleet import CALL, written
from twin.crew import Alone
from twin.project import load
from twin.response.invitation import parse_invitation
from twin.response.operated import HEEDED, RESULT, SCENE, operate_call
from twin.response.study import call_fleet

pytestmark = pytest.mark.long

_TWIN = "from twin.cli import main; main()"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day that is over."""
    root = tmp_path_factory.mktemp("workspace")
    called = call_fleet(load(written(root)[0]), parse_invitation(CALL), Alone())
    now = [0.0]

    def nap(seconds: float) -> None:
        now[0] += seconds

    titles, over = ("楼宇群", "fleet"), root / "studies" / "over"
    operate_call(called, over, seed=0, speed=600.0, titles=titles, clock=lambda: now[0], nap=nap)
    return root


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    with served(workspace) as base:
        yield base


def test_a_day_that_is_over_is_played(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/console?call=over")
    page.wait_for_selector("#fleet .cell")
    expect(page.locator("#fleet .cell")).to_have_count(4)
    page.wait_for_selector("text=结算与兑现")
    page.click("#speed >> text=1000×")
    page.wait_for_selector("#phase:text-is('邀约进行中')")
    expect(page.locator("#tile-opted")).to_have_text(re.compile("/ 4$"))
    expect(page.locator("#tile-share")).to_have_text(re.compile("%$"))
    expect(page.locator("#words")).to_be_hidden()
    page.hover("#fleet .cell >> nth=0")
    expect(page.locator("#who")).to_contain_text("dc one")
    assert witness.said == []
    assert witness.outside() == []


def test_a_building_is_looked_into_by_mouse_and_keys(witness: Any, address: str) -> None:
    """The one with a DC bus has its voltage in volts, the one on AC says so; the ranking opens another."""
    page = witness.page
    page.goto(f"{address}/zh/console?call=over")
    diagram = page.locator("#oneline svg")
    diagram.wait_for()
    expect(diagram).to_contain_text("直流母线")
    expect(diagram).to_contain_text("V (")
    page.click("#fleet .cell >> nth=2")
    page.wait_for_selector("#oneline-note:has-text('没有直流母线')")
    expect(diagram).not_to_contain_text("直流母线")
    expect(diagram).not_to_contain_text("电池")
    expect(page).to_have_url(re.compile("inside=board"))
    page.locator("#fleet .cell").nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#oneline svg[aria-label^='dc two']")
    page.click("#speed >> text=1000×")
    page.wait_for_selector("#phase:text-is('邀约之后')")
    expect(page.locator("#tile-transformer")).to_have_text(re.compile("%$"))
    expect(diagram).to_have_attribute("aria-label", re.compile("(kW.*){5}", re.DOTALL))
    page.locator("#ranking").scroll_into_view_if_needed()
    page.wait_for_selector("#ranking .ag-row")
    page.click("#ranking .ag-row:has-text('dc one') >> nth=0")
    page.wait_for_selector("#oneline svg[aria-label^='dc one']")
    expect(page).to_have_url(re.compile(r"inside=dc(\+|%20)one"))
    assert witness.said == []
    assert witness.outside() == []


def test_a_call_under_way_is_watched_and_steered(english_witness: Any, address: str, workspace: Path) -> None:
    project, call = written(workspace)
    folder = workspace / "studies" / "going"
    words = ["operate", project, "--event", call, "--out", folder, "--speed", "0"]
    process = subprocess.Popen(
        [sys.executable, "-c", _TWIN, *map(str, words)], stderr=subprocess.PIPE, text=True, cwd=workspace
    )
    try:
        deadline = time.monotonic() + 200.0
        while not (folder / SCENE).exists() and time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.2)
        page = english_witness.page
        page.goto(f"{address}/en/console?call=going")
        page.wait_for_selector("#words:not([hidden])")
        page.click("#speed >> text=1000×")
        page.fill("#wanted", "25")
        page.click("#send")
        page.wait_for_selector("text=Sent: 25 kW")
        page.wait_for_selector("#tile-target:text-is('25')")
        process.kill()
        # As it looks when the day is over, without waiting for it.
        shutil.copytree(workspace / "studies" / "over" / RESULT, folder / RESULT)
        page.wait_for_selector("text=Settlement and delivery")
        expect(page.locator("#words")).to_be_hidden()
        heeded = [json.loads(line)["word"] for line in (folder / HEEDED).read_text("utf-8").splitlines()]
        assert {"do": "target", "kw": 25.0} in heeded
        assert english_witness.said == []
        assert english_witness.outside() == []
    finally:
        process.kill()
        process.wait()
