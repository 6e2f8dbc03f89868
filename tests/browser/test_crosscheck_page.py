"""The page of a crosscheck in a real browser, from a file."""

from __future__ import annotations

from typing import Any

import pytest

import engine_years
from twin.crosscheck.comparison import compare
from twin.crosscheck.engines import Pair
from twin.crosscheck.page import write_crosscheck_page
from twin.crosscheck.targets import load_targets
from weather import load_weather

pytestmark = pytest.mark.long

HOSTILE = "</script><img src=x onerror=\"document.title='stolen'\">"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a made-up pair of years that differ by a fifth and 0.8 K."""
    building, times = engine_years.small_building(), engine_years.year_times()
    ours, other = engine_years.made_year(times), engine_years.made_year(times, scale=1.2, shift_k=0.8)
    pair = Pair(building, times, (ours, other), (ours, other))
    one = compare(building, times, pair.conditioned, pair.free, load_targets())
    file = tmp_path_factory.mktemp("page") / "校核.html"
    return write_crosscheck_page([(pair, one)], f"小楼 {HOSTILE}", load_weather("shanghai"), file).as_uri()


def _open(witness: Any, address: str) -> Any:
    witness.page.goto(address)
    witness.page.wait_for_selector("html[data-ready=yes]")
    return witness.page


def _all_drawn(page: Any, language: str) -> None:
    page.wait_for_function(
        """language => [...document.querySelectorAll(`.body.${language} .plot`)]
            .filter(div => div.offsetParent !== null).every(div => div.querySelector('.main-svg'))""",
        arg=language,
    )


def test_a_chinese_reader_sees_verdicts_and_every_figure(witness: Any, address: str) -> None:
    page = _open(witness, address)
    _all_drawn(page, "zh")
    assert page.locator(".body.zh .plot:visible").count() == 5
    words = page.inner_text(".body.zh")
    assert "全年显热供暖" in words
    assert "未达到" in words
    assert "大厅" in words
    assert page.locator("#zones0-zh tbody tr").count() == 3
    assert page.locator("#verdict0-zh .status-fail").count() >= 7
    assert witness.said == []
    assert witness.outside() == []


def test_an_english_reader_and_the_switch(english_witness: Any, address: str) -> None:
    page = _open(english_witness, address)
    _all_drawn(page, "en")
    assert "Annual sensible heating" in page.inner_text(".body.en")
    assert "fast engine against EnergyPlus" in page.inner_text(".body.en h1")
    assert page.locator("#float0-en h3").inner_text().startswith("Air temperature without plant")
    page.locator(".body.en button[data-language=zh]").click()
    assert page.locator(".body.zh h1").is_visible()
    assert english_witness.said == []


def test_a_hostile_name_is_shown_and_not_obeyed(witness: Any, address: str) -> None:
    page = _open(witness, address)
    _all_drawn(page, "zh")
    assert page.locator("img").count() == 0
    assert "stolen" not in page.title().replace(HOSTILE, "")
    assert "<img src=x" in page.inner_text(".body.zh h1")


def test_a_phone_scrolls_tables_and_not_the_page(witness: Any, address: str) -> None:
    witness.page.set_viewport_size({"width": 390, "height": 800})
    page = _open(witness, address)
    _all_drawn(page, "zh")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
