"""The bundled crosscheck in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards_process import served

pytestmark = pytest.mark.long


def test_targets_hours_and_limits_in_both_languages(witness: Any, tmp_path: Path) -> None:
    with served(tmp_path) as base:
        page = witness.page
        page.goto(f"{base}/zh/crosscheck")
        for name in ("hours", "months", "week", "zones"):
            expect(page.locator(f"#crosscheck-{name}-0 .main-svg").first).to_be_visible(timeout=60_000)
        assert page.locator(".tone-pass").count() > 8
        expect(page.locator("#crosscheck-found")).to_contain_text("如何得到，界限何在")
        page.click("#other")
        expect(page.locator("#crosscheck-found")).to_contain_text("How it is made", timeout=60_000)
        assert witness.said == []
        assert witness.outside() == []
