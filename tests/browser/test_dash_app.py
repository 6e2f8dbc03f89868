"""The Dash app as a real process on loopback, in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served
from twin.store import Run, RunStore

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory, plain_run: Run, small_reference: Run, small_run: Run
) -> Path:
    """A workspace with three Runs."""
    folder = tmp_path_factory.mktemp("workspace")
    store = RunStore(folder / "runs")
    for name, run in (("a_plain", plain_run), ("b_pedf", small_reference), ("c_call", small_run)):
        store.save(run, name)
    return folder


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    """Base address of an app over it."""
    with served(workspace) as base:
        yield base


def _choose(page: Any, *titles: str) -> None:
    """Only these."""
    page.locator(".mantine-InputClearButton-root, .mantine-MultiSelect-section button").first.click()
    page.click("#runs")
    for title in titles:
        page.locator("[role=option]", has_text=title).first.click()
    page.keyboard.press("Escape")


def _wait_for_columns(page: Any, runs: int) -> None:
    """Until so many Runs are compared; the pages' policy lets no `wait_for_function` evaluate words."""
    expect(page.locator("#results .comparison thead th")).to_have_count(runs)


def test_runs_are_chosen_and_compared_in_chinese(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/runs")
    page.wait_for_selector("#energy .main-svg")  # the bundled ones
    _choose(page, "a_plain", "c_call")
    _wait_for_columns(page, 2)
    page.wait_for_selector("#call .main-svg")
    expect(page.locator("#results")).to_contain_text("用能强度")
    expect(page.locator("#results .comparison thead th")).to_have_text(["试验厅", "hall PEDF with a call"])
    expect(page.locator("#energy .main-svg").first).to_be_visible()
    assert len(page.screenshot()) > 30_000
    assert witness.said == []
    assert witness.outside() == []


def test_the_other_language_keeps_the_choice(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/runs?runs=a_plain|b_pedf")
    page.wait_for_selector("#money .main-svg")
    page.click("#other")
    page.wait_for_selector("text=Refresh the list")
    page.wait_for_selector("text=Energy use intensity by end use")
    expect(page.locator("#results .comparison thead th")).to_have_text(["试验厅", "hall PEDF"])
    expect(page.locator("#report")).to_have_attribute("href", "/report?runs=a_plain%7Cb_pedf#en")
    assert witness.said == []
    assert witness.outside() == []


def test_the_report_opens_in_the_language_of_the_page(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/report?runs=b_pedf%7Cc_call#en")
    page.wait_for_selector("html[data-ready=yes].show-en")
    assert page.locator("#verdicts-en").is_visible()
    assert witness.said == []
    assert witness.outside() == []


def test_a_refresh_finds_the_new_run(witness: Any, address: str, workspace: Path, plain_run: Run) -> None:
    page = witness.page
    page.goto(f"{address}/en/runs")
    page.wait_for_selector("#energy .main-svg")
    RunStore(workspace / "runs").save(plain_run, "fresh")
    page.click("#refresh")
    page.click("#runs")
    page.wait_for_selector("[role=option]:has-text('fresh')")
    page.keyboard.press("Escape")
    _choose(page, "fresh")
    _wait_for_columns(page, 1)
    assert witness.said == []
    assert witness.outside() == []


def test_a_page_says_what_failed_and_that_its_server_is_gone(english_witness: Any, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "twin" / "examples" / "previews" / "office"
    study = tmp_path / "studies" / "tower"
    shutil.copytree(example, study)
    page = english_witness.page
    with served(tmp_path) as base:
        page.goto(f"{base}/en/owner?building=tower")
        page.wait_for_selector("#owner-cash .main-svg")
        expect(page.locator("#failed")).to_be_hidden()
        # JSON all the same, but nothing that the page foresees
        whole = json.loads((study / "study.json").read_text("utf-8"))
        (study / "study.json").write_text(json.dumps(whole | {"method": None}), "utf-8")
        page.click(".owner-card >> nth=2")
        expect(page.locator("#failed")).to_be_visible()
        expect(page.locator("#silent")).to_be_hidden()
    page.click("nav >> text=Weather")
    expect(page.locator("#silent")).to_be_visible()
