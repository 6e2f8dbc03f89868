"""The engineer's pages in a real browser: an example is opened, changed, marched and looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served

pytestmark = pytest.mark.long

_DRIVER = ("GL Driver Message", "willReadFrequently")
"""What the software renderer of a browser without a screen says of its own speed."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engineer")


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    with served(workspace) as base:
        yield base


def _said(witness: Any) -> list[str]:
    return [words for words in witness.said if not any(one in words for one in _DRIVER)]


def _until(page: Any, true: Callable[[], bool]) -> None:
    """Wait; `wait_for_function` evaluates text, which the pages' policy forbids."""
    for _ in range(1200):
        if true():
            return
        page.wait_for_timeout(100)
    pytest.fail("it did not come to that")


def test_an_example_is_opened_changed_copied_and_marched(witness: Any, address: str, workspace: Path) -> None:
    page = witness.page
    page.goto(f"{address}/zh/projects")
    row = page.locator(".rows li", has_text="两间房与一间阁楼").first
    row.locator("button").click()
    page.wait_for_selector("#project-form")
    expect(page).to_have_url(re.compile(r"\?project=shanghai_house$"))
    window = page.get_by_label("传热系数 · south_glass", exact=False).first
    window.fill("99")
    page.locator("button:has-text('保存')").first.click()
    page.wait_for_selector("#project-said >> text=超出范围")
    window.fill("1.3")
    page.locator("button:has-text('保存')").first.click()
    page.wait_for_selector("#project-said >> text=改动 1 项")
    text = (workspace / "projects" / "shanghai_house.yaml").read_text("utf-8")
    assert "south_glass: {u_value: 1.3, shgc: 0.50, panes: 2, coating: low_e}" in text
    assert "# solved for u_value" in text
    page.click("#project-march")
    page.wait_for_selector("#project-work a:has-text('查看结果')", timeout=240_000)
    page.locator("#project-work a:has-text('查看结果')").click()
    page.wait_for_selector("#results .comparison")
    expect(page.locator("#results .comparison thead th")).to_have_text(["上海小住宅"])
    assert _said(witness) == []
    assert witness.outside() == []


def test_hostile_files_are_told_and_text_says_its_line(english_witness: Any, address: str) -> None:
    page = english_witness.page
    page.goto(f"{address}/en/projects")
    page.wait_for_selector("#projects-upload")
    bomb = {"name": "bomb.yaml", "mimeType": "text/yaml", "buffer": b"a: &x [1, 1]\nb: [*x, *x]\n"}
    page.set_input_files("#projects-upload input", bomb)
    page.wait_for_selector("#projects-came >> text=Anchors (&) and aliases")
    page.locator(".rows li", has_text="20,000 m2 of offices").first.locator("button").click()
    page.wait_for_selector("#project-form")
    page.locator("[role=tab]", has_text="Text (YAML)").click()
    box = page.get_by_label("Text of the project")
    expect(box).to_have_value(re.compile("floors: 10"))
    box.fill(box.input_value().replace("floors: 10", "flors: 10"))
    page.locator("[role=tabpanel]:visible button:has-text('Save')").click()
    page.wait_for_selector("#project-said .excerpt .wrong")
    expect(page.locator("#project-said")).to_contain_text("Did you mean 'floors'?")
    expect(page.locator("#project-said .wrong")).to_contain_text("flors: 10")
    assert _said(english_witness) == []
    assert english_witness.outside() == []


def test_the_model_is_seen_and_a_row_outlines_its_face(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/model?model-project=examples/shanghai_house")
    page.wait_for_selector("#graph-solid .gl-container canvas")
    page.wait_for_selector(".ag-row")
    traces = "document.querySelector('#graph-solid .js-plotly-plot').data.length"
    before = page.evaluate(traces)
    page.locator(".ag-row [col-id=face]", has_text="living south").first.click()
    _until(page, lambda: page.evaluate(traces) == before + 1)
    for tab, shown in (("构造", "#graph-layers .main-svg"), ("作息", "#graph-timetable .main-svg")):
        page.locator("[role=tab]", has_text=tab).first.click()
        page.wait_for_selector(shown)
    page.locator("[role=tab]", has_text="系统图").click()
    page.wait_for_selector("text=光伏 roof 5 kWp")
    page.click("#other")
    page.wait_for_selector("text=Who feeds whom")  # project and tab stay in the address
    expect(page.locator("#model-shown")).to_contain_text("PV roof 5 kWp")
    assert _said(witness) == []
    assert witness.outside() == []


def test_the_weather_is_looked_at_from_every_side(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/weather?weather-quantity=ghi")
    page.wait_for_selector("#graph-months .main-svg")
    expect(page.locator("#weather-shown")).to_contain_text("水平面总辐照度")
    for tab, shown in (
        ("焓湿图", "#graph-air .main-svg"),
        ("太阳", "#graph-planes .main-svg"),
        ("风", "#graph-wind .main-svg"),
        ("度日", "#graph-degrees .main-svg"),
        ("概况与极值", "text=最高干球温度"),
    ):
        page.locator("[role=tab]", has_text=tab).first.click()
        page.wait_for_selector(shown)
    page.click("#other")
    page.wait_for_selector("text=Highest dry bulb")
    assert _said(witness) == []
    assert witness.outside() == []
