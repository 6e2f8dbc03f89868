"""Logging in with a real browser, and what a page says once the server no longer knows its reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards.access.accounts import Accounts
from dashboards_process import served

pytestmark = pytest.mark.long

PASSWORD = "a long walk by the Huangpu"


def test_a_page_says_that_its_session_ended_and_leads_back(witness: Any, tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.users.add("王工", PASSWORD, ["engineer"])
    page = witness.page

    def log_in() -> None:
        page.fill("[name=name]", "王工")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")

    with served(tmp_path) as base:
        page.goto(f"{base}/zh/work")
        log_in()
        page.wait_for_url(f"{base}/zh/work")
        page.click("header >> text=王工")
        page.wait_for_url(f"{base}/zh/account")
        page.goto(f"{base}/zh/projects?of=x")
        # a page that was never drawn has no place to say it
        expect(page.locator("nav >> text=气象")).to_be_visible()
        expect(page.locator("#ended")).to_be_hidden()
        assert witness.said == []
        accounts._records.do("DELETE FROM session")
        page.click("nav >> text=气象")
        expect(page.locator("#ended")).to_be_visible()
        page.click("#log-in")
        page.wait_for_selector("[name=password]")
        log_in()
        page.wait_for_selector("header >> text=王工")
        expect(page).to_have_url(re.compile(f"^{re.escape(base)}/zh/"))
        assert witness.outside() == []
