"""Composing a call in a real browser: what the fleet could move is there before anything was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served
from page_controls import by_hand
from small_fleet import written

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("workspace")
    (root / "projects").mkdir()
    written(root / "projects")[1].unlink()
    with served(root) as base:
        yield base


def test_the_fleet_shows_its_day_and_a_click_sets_the_start(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/call?call-scenario=usual")
    page.wait_for_selector("#outlook-figure .main-svg")
    page.wait_for_selector("text=13:00 起可减少用电")
    before = page.inner_text("#outlook-shown")
    page.click("#outlook-minutes >> text=2 h")
    page.wait_for_selector("h3:has-text('可持续 2 h 的可调功率')")
    expect(page.locator("#outlook-shown")).not_to_have_text(before, use_inner_text=True)
    expect(page).to_have_url(re.compile("outlook-minutes=120"))

    def click() -> None:
        box = page.locator("#outlook-figure .nsewdrag").first.bounding_box()
        page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])

    by_hand(page, click, "text=18:00 起可减少用电")
    expect(page.locator("#call-start")).to_have_value("18:00")
    page.click("summary:has-text('假设')")
    expect(page.locator("li:has-text('情景假设')").first).to_be_visible()
    assert witness.said == []
    assert witness.outside() == []


def test_an_outlook_that_is_not_there_is_made_where_it_is_asked_for(
    english_witness: Any, address: str
) -> None:
    page = english_witness.page
    page.goto(f"{address}/en/call?call-fleet=fleet&call-date=2025-01-15")
    page.wait_for_selector("text=Nothing is computed yet")
    page.click("#outlook-begin")
    page.wait_for_selector("#outlook-work >> text=Flexibility of fleet, 2025-01-15")
    page.wait_for_selector("#outlook-figure .main-svg", timeout=200_000)
    expect(page.locator("#outlook-shown")).to_contain_text("4 participants")
    expect(page.locator("#outlook-work")).to_have_text("")
    assert english_witness.said == []
    assert english_witness.outside() == []
