"""An owner's story in a real browser: from the first page to the Word file, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served

pytestmark = pytest.mark.long

_MADE_MS = 400_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base address of an app over an empty workspace."""
    with served(tmp_path_factory.mktemp("workspace")) as base:
        yield base


def test_from_the_first_page_the_answer_is_one_click_away(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh")
    page.click("a.door-link[href='/zh/owner']")
    page.wait_for_selector("#owner-cash .main-svg")
    expect(page.locator(".owner-answer")).to_contain_text(["够不够格？", "还缺什么？", "要花多少？"])
    page.click(".owner-card >> nth=2")
    page.wait_for_selector("text=Run：baseline、near_zero")
    expect(page).to_have_url(re.compile("package=near_zero"))
    page.click("#other")
    page.wait_for_selector("text=Runs: baseline, near_zero")
    assert witness.said == []
    assert witness.outside() == []


def test_on_a_phone_nothing_is_wider_than_the_screen(witness: Any, address: str) -> None:
    page = witness.page
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("owner", "owner?building=new"):
        page.goto(f"{address}/zh/{path}")
        page.wait_for_selector("#building")
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        title, header = (page.locator(one).bounding_box() for one in ("#content h1", "header"))
        assert title["y"] >= header["y"] + header["height"]  # not behind the header
    assert witness.said == []


def test_six_fields_become_a_word_file(english_witness: Any, address: str, tmp_path: Path) -> None:
    page = english_witness.page
    page.goto(f"{address}/en/owner")
    page.wait_for_selector("#describe")
    page.click("#describe")
    page.fill("#six-floor_area", "2,000 m²")
    page.fill("#six-storeys", "60")
    page.click("#six-go")
    page.wait_for_selector("text=Please check: Floor area above ground")
    page.fill("#six-storeys", "3")
    page.fill("#six-electricity", "150000")
    page.click("#six-go")
    page.wait_for_selector("text=Being computed")
    page.wait_for_selector("text=Does it qualify?", timeout=_MADE_MS)
    expect(page.locator("#owner-result")).to_contain_text("The bills say 150,000 kWh")
    expect(page.locator("#owner-result")).to_contain_text("misses the threshold of 20,000")
    page.click("#documents-go")
    with page.expect_download(timeout=_MADE_MS) as found:
        page.click("text=Report (Word)", timeout=_MADE_MS)
    found.value.save_as(tmp_path / "report.docx")
    assert (tmp_path / "report.docx").read_bytes()[:2] == b"PK"
    assert english_witness.said == []
    assert english_witness.outside() == []
