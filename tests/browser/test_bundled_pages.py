"""What is bundled, in a real browser: the crosscheck, and the pages of the twin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bundled_twin import FOLDER
from dashboards_process import served
from page_controls import choose

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with nothing of its own."""
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    """Base address of a server over it."""
    with served(workspace) as base:
        yield base


def _drawn(page: Any, *graphs: str) -> None:
    for graph in graphs:
        expect(page.locator(f"#{graph} .main-svg").first).to_be_visible()


def test_targets_hours_and_limits_in_both_languages(witness: Any, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/zh/crosscheck")
    _drawn(page, *(f"crosscheck-{name}-0" for name in ("hours", "months", "week", "zones")))
    expect(page.locator(".tone-pass").nth(8)).to_be_attached()
    expect(page.locator("#crosscheck-found")).to_contain_text("如何得到，界限何在")
    page.click("#other")
    expect(page.locator("#crosscheck-found")).to_contain_text("How it is made")
    assert witness.said == []
    assert witness.outside() == []


def test_an_operator_reads_calibration_live_twin_and_forecast_in_chinese(
    witness: Any, address: str, workspace: Path
) -> None:
    page = witness.page
    page.goto(f"{address}/zh/calibration")
    _drawn(page, "calibration-posterior", "calibration-months", "calibration-by-temperature")
    expect(page.locator("#calibration-found")).to_contain_text("清洗报告")
    page.locator("#calibration-series label", has_text="制冷用电").click()
    expect(page.locator("#calibration-drawn h3").first).to_have_text("制冷用电，逐月")
    page.locator("nav a", has_text="实时孪生").click()
    _drawn(page, "live-rooms-figure", "live-course-figure", "live-parameters-figure")
    expect(page.locator("#live-alarms-table")).to_contain_text("光伏积灰或组串故障")
    choose(page, "#live-channel", "总表")
    expect(page.locator("#live-course h3")).to_have_text("总表与分表之比")
    page.locator("#live-alarms-table button").click()  # back to the channel that told
    expect(page.locator("#live-course h3")).to_have_text("光伏出力")
    # `twin live` begins to write into the workspace: the list shows it by itself
    shutil.copytree(FOLDER / "live", workspace / "studies" / "tower")
    choose(page, "#live-shown", "studies/tower")
    expect(page.locator("#live-truth")).to_be_empty()
    told = workspace / "studies" / "tower" / "told.json"
    told.write_text(
        told.read_text("utf-8").replace('"outlying_readings": ', '"outlying_readings": 99'), "utf-8"
    )
    expect(page.locator("#live-now")).to_contain_text("99")
    page.locator("nav a", has_text="预测").click()
    _drawn(page, "forecast-net_kw", "forecast-ghi")
    expect(page.locator("#forecast-found")).to_contain_text("梯度提升树")
    assert witness.said == []
    assert witness.outside() == []


def test_an_engineer_reads_them_in_english_and_takes_tables_along(english_witness: Any, address: str) -> None:
    page = english_witness.page
    page.goto(f"{address}/en/forecast")
    _drawn(page, "forecast-net_kw", "forecast-down")
    expect(page.locator("#forecast-found")).to_contain_text("persistence")
    page.goto(f"{address}/en/live?live-shown=examples%2Fsmall_office")
    _drawn(page, "live-meters-figure", "live-parameters-figure")
    expect(page.locator("#live-now .tone-fail")).to_have_text("silent")
    choose(page, "#live-room", "only-west")
    expect(page.locator("#live-of-room")).to_contain_text("only-west")
    with page.expect_download() as table:
        page.locator("#live-watched .csv").click()
    told = Path(table.value.path()).read_text("utf-8-sig")
    assert "PV soiled or a string lost" in told
    page.goto(f"{address}/en/calibration")
    _drawn(page, "calibration-week-figure", "calibration-posterior")
    with page.expect_download() as hours:
        page.locator("#calibration-drawn .csv-link").click()
    rows = Path(hours.value.path()).read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("time,measured [kW],before [kW]")
    assert len(rows) == 169
    assert english_witness.said == []
    assert english_witness.outside() == []
