"""The explorer in a real browser, over the bundled Runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served

pytestmark = pytest.mark.long

_READY = "#explorer-plots[data-state=ready]"
_TWENTY = (
    "lighting_kw|equipment_kw|fans_kw|pumps_kw|cooling_kw|heating_kw|ev_charge_kw|pv_kw|battery_charge_kw|"
    "battery_discharge_kw|battery_soc|grid_import_kw|grid_export_kw|bus_voltage_pu|sensible_cooling_kw|"
    "latent_cooling_kw|space_heating_kw|temp_air|temp_air_c|price_cny_kwh"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("workspace")) as base:
        yield base


def _span(page: Any) -> str:
    return str(page.inner_text("#explorer-span"))


def test_a_week_is_found_read_and_taken_along(witness: Any, address: str, tmp_path: Path) -> None:
    page = witness.page
    page.goto(f"{address}/zh/explorer?explorer-over=examples/shanghai_office_2005")
    page.wait_for_selector(_READY)
    expect(page.locator("#explorer-span")).to_have_text(re.compile("^2025年1月1日 周三 00:00 – 2026年1月1日"))
    page.locator("[data-explore=week-hot]").click()
    expect(page.locator("#explorer-span")).to_contain_text("· 7 天")
    week = _span(page)
    plots = page.locator("#explorer-plots .u-over")
    box = plots.first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(page.locator("#explorer-table td").nth(1)).not_to_be_empty()
    expect(page.locator("#explorer-at")).not_to_contain_text("指针")
    page.mouse.wheel(0, -240)
    expect(page.locator("#explorer-span")).not_to_have_text(week)
    page.locator("#explorer-plots").focus()
    page.keyboard.press("Home")
    expect(page.locator("#explorer-span")).to_contain_text("· 365 天")
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 50, steps=4)
    page.mouse.up()
    expect(page.locator("#explorer-span")).not_to_contain_text("· 365 天")
    expect(page).to_have_url(re.compile("explorer-window=2025-"))
    with page.expect_download() as saved:
        page.locator("[data-explore=csv]").click()
    saved.value.save_as(tmp_path / "window.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "window.csv").read_text("utf-8-sig"))))
    assert rows[0][:2] == ["时间（时段起点，UTC+8）", "室外干球温度 [°C]"]
    assert any(name.startswith("叠加 · ") for name in rows[0])
    assert 96 < len(rows) < 35040
    assert all(len(row) == len(rows[0]) for row in rows)
    with page.expect_download() as drawn:
        page.locator("[data-explore=png]").click()
    drawn.value.save_as(tmp_path / "window.png")
    assert (tmp_path / "window.png").stat().st_size > 20_000
    days = _span(page).split(" · ")[1].removesuffix(" 天")
    page.click("#other")
    page.wait_for_selector("text=Zone explorer")
    page.wait_for_selector(_READY)
    expect(page.locator("#explorer-span")).to_contain_text(f" · {days} days")
    assert witness.said == []
    assert witness.outside() == []


def test_twenty_series_of_a_year_in_the_dark(english_witness: Any, address: str) -> None:
    """What is measured is printed; how fast a machine is no test can know."""
    page = english_witness.page
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/en/explorer?explorer-variables={_TWENTY}&explorer-zones=ground-core")
    page.wait_for_selector(_READY)
    expect(page.locator("#explorer-table tbody tr")).to_have_count(20)
    ask = "async ([a, b]) => await dash_clientside.explorer.timed(a, b)"
    took = {span: page.evaluate(ask, list(span)) for span in ((0.5, 0.52), (0.3, 0.7), (0.0, 1.0))}
    ready = page.evaluate("performance.now()")
    print(f"\nexplorer, 20 x 35,040: within {ready:.0f} ms of the page, zoom {took} ms")  # noqa: T201
    assert english_witness.said == []


def test_an_ac_building_has_no_voltage_and_says_what_the_other_lacks(witness: Any, address: str) -> None:
    page = witness.page
    query = "explorer-over=examples/shanghai_office_2005&explorer-variables=bus_voltage_pu|grid_import_kw"
    page.goto(f"{address}/zh/explorer?{query}")
    page.wait_for_selector(_READY)
    expect(page.locator("#explorer-table tbody tr")).to_have_count(3)
    expect(page.locator("#explorer-said")).to_have_text("叠加的运行结果缺少其中 1 个序列。")
    assert witness.said == []
