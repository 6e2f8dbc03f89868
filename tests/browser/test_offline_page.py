"""The offline page in a real browser, from a file."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from page_controls import by_hand
from twin.report.page import write_page
from twin.store import Run

pytestmark = pytest.mark.long

HOSTILE = "</script><img src=x onerror=\"document.title='stolen'\"><b>x</b>"


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, plain_run: Run, small_reference: Run, small_run: Run
) -> str:
    """The page of three Runs."""
    file = tmp_path_factory.mktemp("page") / "对比.html"
    return write_page([plain_run, small_reference, small_run], file).as_uri()


def _open(witness: Any, address: str) -> Any:
    witness.page.goto(address)
    witness.page.wait_for_selector("html[data-ready=yes]")
    return witness.page


def _all_drawn(page: Any, language: str) -> None:
    """Every visible figure of a language is drawn, be it scrolled to or not."""
    page.wait_for_function(
        """language => [...document.querySelectorAll(`.body.${language} .plot`)]
            .filter(div => div.offsetParent !== null).every(div => div.querySelector('.main-svg'))""",
        arg=language,
    )


def _overlaps(page: Any) -> Any:
    """Figures whose legend lies on the title of a panel."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.body.zh .plot')].filter(d => d.offsetParent !== null)
            .flatMap(div => {
                const boxes = s => [...div.querySelectorAll(s)].map(e => e.getBoundingClientRect());
                const titles = boxes('.annotation-text'), legends = boxes('.legendtext');
                const hit = (a, b) => a.left < b.right && b.left < a.right
                    && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
                return titles.flatMap(t => legends.filter(l => hit(t, l)).map(() => div.id));
            })"""
    )


def test_a_chinese_reader_sees_chinese_and_every_figure(witness: Any, address: str) -> None:
    page = _open(witness, address)
    assert page.locator(".body.zh h1").is_visible()
    assert not page.locator(".body.en h1").is_visible()
    _all_drawn(page, "zh")
    assert page.locator(".body.zh .plot:visible").count() == 11
    assert "用能强度" in page.inner_text(".body.zh")
    assert "照明" in page.locator("#energy-zh .legendtext").first.text_content()
    assert page.locator("#call-zh .ytick").count() > 5
    assert _overlaps(page) == []
    assert len(page.screenshot()) > 30_000  # a blank page of this size has about 5 kB
    assert witness.said == []
    assert witness.outside() == []


def test_language_and_variant_are_switched(english_witness: Any, address: str) -> None:
    page = _open(english_witness, address)
    assert page.locator(".body.en h1").is_visible()
    page.locator("#flows-en").scroll_into_view_if_needed()
    assert page.locator("#flows-en h3:visible").inner_text().endswith("hall PEDF with a call")
    page.locator("#flows-en button", has_text="试验厅").click()
    page.wait_for_selector("#flows-en figure[data-panel='0'] .main-svg")
    assert page.locator("#flows-en h3:visible").inner_text().endswith("试验厅")
    page.locator(".body.en button[data-language=zh]").click()
    assert page.locator(".body.zh h1").is_visible()
    assert not page.locator(".body.en h1").is_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    _all_drawn(page, "zh")
    assert english_witness.said == []
    assert english_witness.outside() == []


def test_no_cell_of_a_table_runs_into_the_next(witness: Any, address: str) -> None:
    witness.page.set_viewport_size({"width": 800, "height": 800})
    page = _open(witness, address)
    wider = """language => [...document.querySelectorAll(`.body.${language} td`)]
        .filter(d => d.offsetParent !== null && d.scrollWidth > d.clientWidth + 1).map(d => d.innerText)"""
    assert page.evaluate(wider, "zh") == []
    page.locator(".body.zh button[data-language=en]").click()
    assert page.locator(".body.en td").first.is_visible()
    assert page.evaluate(wider, "en") == []


def test_paper_gets_every_figure(witness: Any, address: str) -> None:
    page = _open(witness, address)
    file = page.pdf(prefer_css_page_size=True)
    assert file.startswith(b"%PDF")
    shown = "[...document.querySelectorAll('.body.zh .plot')].filter(d => d.offsetParent !== null)"
    assert page.evaluate(f"{shown}.every(d => d.data)")
    assert witness.said == []


def test_a_phone_scrolls_figures_and_not_the_page(witness: Any, address: str) -> None:
    witness.page.set_viewport_size({"width": 390, "height": 800})
    page = _open(witness, address)
    _all_drawn(page, "zh")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert _overlaps(page) == []
    first = page.locator(".body.zh .comparison tbody tr:nth-child(2) td").first.bounding_box()
    assert first["x"] + first["width"] < 300  # the first Run shows whole beside its label


@pytest.mark.parametrize("width", [1280, 390])
def test_a_plant_room_is_read_on_a_desk_and_on_a_phone(
    witness: Any, tmp_path: Path, plant_run: Run, width: int
) -> None:
    """Labels of its diagram stand apart, a flow tells its energy, the page is no wider than the window."""
    witness.page.set_viewport_size({"width": width, "height": 800})
    page = _open(witness, write_page([plant_run], tmp_path / "page.html").as_uri())
    _all_drawn(page, "zh")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overlaps = page.evaluate(
        """() => {
            const labels = [...document.querySelectorAll('#plant_room-zh .node-label')]
                .map(e => [e.textContent, e.getBoundingClientRect()]);
            return labels.flatMap(([name, a], i) => labels.slice(i + 1).filter(([_, b]) =>
                a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom
            ).map(([other]) => [name, other]));
        }"""
    )
    assert overlaps == []
    page.locator("#plant_room-zh").scroll_into_view_if_needed()
    node = page.locator("#plant_room-zh .sankey-node .node-rect").first
    by_hand(page, lambda: node.hover(force=True), "#plant_room-zh .hoverlayer:has-text('MWh')")
    assert page.locator("#plant_room-zh table.plant tbody tr").count() == 12
    assert witness.said == []
    assert witness.outside() == []


def test_a_chinese_page_names_things_in_chinese(witness: Any, tmp_path: Path, small_run: Run) -> None:
    """Own words of the project where it has them, plant, tariff and era in words, notes translated."""
    manifest = copy.deepcopy(small_run.manifest)
    manifest["title_zh"] = "中文名"
    run = dataclasses.replace(small_run, manifest=manifest)
    page = _open(witness, write_page([run], tmp_path / "page.html").as_uri())
    text = page.inner_text(".body.zh")
    assert "中文名" in page.inner_text(".body.zh h1")
    assert "中文名" not in page.text_content(".body.en h1")
    for raw in ("shanghai_two_part_10kv", "stored:secondary", "the standard grades a state"):
        assert raw not in text


def test_a_hostile_name_is_shown_and_not_obeyed(witness: Any, tmp_path: Path, small_run: Run) -> None:
    manifest = copy.deepcopy(small_run.manifest)
    manifest["title"] = HOSTILE
    run = dataclasses.replace(small_run, manifest=manifest)
    page = _open(witness, write_page([run, small_run], tmp_path / "page.html", "en").as_uri())
    _all_drawn(page, "en")
    assert "stolen" not in page.title().replace(HOSTILE, "")
    assert page.locator("img").count() == 0
    assert page.locator(".body.en b b").count() == 0
    assert "<img src=x" in page.inner_text("h1")
    assert "<img src=x" in "".join(page.locator("#energy-en .ytick").all_text_contents())
    assert witness.said == []
    assert witness.outside() == []
