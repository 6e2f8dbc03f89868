"""Studies in a real browser, from all packages to the work that is begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("workspace")) as base:
        yield base


def _draw_a_box(page: Any, cloud: Any) -> None:
    cloud.scroll_into_view_if_needed()
    box = cloud.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.98 * box["height"], steps=6)
    page.mouse.up()


def test_a_box_in_one_plot_shows_in_the_other_and_in_the_table(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/retrofit")
    cloud = page.locator("#retrofit-pareto .nsewdrag").first
    expect(cloud).to_be_visible()
    expect(page.locator("#retrofit-list h3")).to_contain_text("帕累托前沿")
    _draw_a_box(page, cloud)
    expect(page.locator("#retrofit-list h3")).to_contain_text("已选方案")
    expect(page.locator("#retrofit-parallel .legend")).to_contain_text("已选")
    page.wait_for_timeout(2000)  # both plots were drawn anew and said so
    expect(page.locator("#retrofit-list h3")).to_contain_text("已选方案")
    cloud.dblclick()
    expect(page.locator("#retrofit-list h3")).to_contain_text("帕累托前沿")
    _draw_a_box(page, cloud)
    expect(page.locator("#retrofit-list h3")).to_contain_text("已选方案")
    page.click("#retrofit-clear")
    expect(page.locator("#retrofit-list h3")).to_contain_text("帕累托前沿")
    with page.expect_download() as saved:
        page.click("#retrofit-csv")
    assert saved.value.suggested_filename == "office_2005_packages.csv"
    assert witness.said == []
    assert witness.outside() == []


def test_every_part_is_drawn_in_english(english_witness: Any, address: str) -> None:
    page = english_witness.page
    page.goto(f"{address}/en/retrofit?retrofit-part=states")
    for name, there in (
        ("Chosen", "#retrofit-uses .main-svg"),
        ("Abatement", "#retrofit-abatement .main-svg"),
        ("Standards", ".tone-assumed"),
        ("Money", "#retrofit-fan .main-svg"),
        ("EnergyPlus", ".tone-pass"),
        ("Basis", "#retrofit-shown .document"),
        ("New study", "#retrofit-begin"),
    ):
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.locator(there).first).to_be_visible()
    page.click("#other")
    expect(page.locator("#retrofit-begin")).to_contain_text("开始研究")  # the part stays in the address
    assert english_witness.said == []
    assert english_witness.outside() == []
