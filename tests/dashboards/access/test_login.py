"""Logging in and out as a browser does it, on the application itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboards.access import login_rate
from dashboards.access.accounts import Accounts
from dashboards.access.login_rate import FREE_OF_NAME
from dashboards.access.next_page import here_only, login_path
from dashboards.app import create_app
from forms import form_of
from still_clock import StillClock
from twin.store import Run

PASSWORD = "a long walk by the Huangpu"
OTHER = "another walk by the Huangpu"
Browser = Callable[[], TestClient]
Browsers = Callable[[str], TestClient]


@pytest.fixture(autouse=True)
def _nobody_waits(accounts: Accounts) -> None:
    """All tests come from one address."""
    accounts._records.do("DELETE FROM attempt")


def _sent(client: TestClient, path: str = "/en/login", **fields: str) -> Any:
    """Open a form, fill it in, send it; what is given replaces what stands in it."""
    form = form_of(client.get(path).text)
    return client.post(path.partition("?")[0], data={**form, **fields})


def test_somebody_logs_in_works_and_logs_out(browser: Browser, accounts: Accounts) -> None:
    client = browser()
    led = client.get("/en/runs?runs=plain")
    assert (led.status_code, led.headers["location"]) == (303, "/en/login?next=%2Fen%2Fruns%3Fruns%3Dplain")
    answer = _sent(client, led.headers["location"], name=" ENGINEER ", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/runs?runs=plain")
    cookies = answer.headers.get_list("set-cookie")
    mine = next(text for text in cookies if text.startswith(f"{accounts.cookie}="))
    assert "HttpOnly" in mine
    assert "SameSite=lax" in mine
    assert "Path=/" in mine
    assert "Domain" not in mine
    assert client.get("/en/runs").status_code == 200
    token = client.cookies[accounts.cookie]
    account = client.get("/zh/account")
    assert "工程师" in account.text
    out = client.post("/logout", data={"token": form_of(account.text)["token"], "language": "zh"})
    assert (out.status_code, out.headers["location"]) == (303, "/zh/login")
    assert accounts.cookie not in client.cookies
    client.cookies.set(accounts.cookie, token)  # replayed
    assert client.get("/en/runs").status_code == 303


def test_by_tls_the_cookies_are_kept_to_this_host(app: Any, accounts: Accounts) -> None:
    base = "https://127.0.0.1:8050"
    client = TestClient(app, base_url=base, headers={"Origin": base}, follow_redirects=False)
    answer = _sent(client, name="viewer", password=PASSWORD)
    for text in answer.headers.get_list("set-cookie"):
        assert text.startswith(f"__Host-{accounts.cookie}")
        assert "; Secure" in text
        assert "Path=/" in text
    assert client.get("/en").status_code == 200


def test_a_log_in_takes_no_session_that_was_there_before(browser: Browser, accounts: Accounts) -> None:
    """Fixation: a token that somebody else has put there is worth nothing afterwards."""
    client = browser()
    planted = "A" * 43
    client.cookies.set(accounts.cookie, planted)
    assert _sent(client, name="viewer", password=PASSWORD).status_code == 303
    assert accounts.sessions.user_of(planted) is None
    first = next(cookie.value for cookie in client.cookies.jar if cookie.value not in (planted, ""))
    client.cookies.clear()
    client.cookies.set(accounts.cookie, str(first))
    client.cookies.set(f"{accounts.cookie}-form", "x" * 43)
    form = {"token": accounts.form_token("login", "x" * 43), "name": "viewer", "password": PASSWORD}
    assert client.post("/en/login", data=form).status_code == 303
    assert accounts.sessions.user_of(str(first)) is None  # renewed


@pytest.mark.parametrize(
    "changed",
    [
        {"token": ""},
        {"token": "0" * 64},
        {"token": "é"},
    ],
)
def test_a_form_that_is_not_ours_logs_nobody_in(
    browser: Browser, accounts: Accounts, changed: dict[str, str]
) -> None:
    client = browser()
    answer = _sent(client, name="viewer", password=PASSWORD, **changed)
    assert answer.status_code == 403
    assert "too old" in answer.text
    assert accounts.cookie not in client.cookies


def test_a_form_of_another_browser_logs_nobody_in(browser: Browser, accounts: Accounts) -> None:
    theirs = form_of(browser().get("/en/login").text)
    mine = browser()
    mine.get("/en/login")
    answer = mine.post("/en/login", data={**theirs, "name": "viewer", "password": PASSWORD})
    assert answer.status_code == 403
    assert accounts.cookie not in mine.cookies
    bare = browser()  # a browser that keeps no cookies
    assert bare.post("/en/login", data={**theirs, "name": "viewer", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_pages_log_nobody_in_or_out(
    browser: Browser, logged_in: Browsers, headers: dict[str, str]
) -> None:
    client = browser()
    form = form_of(client.get("/en/login").text)
    data = {**form, "name": "viewer", "password": PASSWORD}
    assert client.post("/en/login", data=data, headers=headers).status_code == 403
    inside = logged_in("viewer")
    token = form_of(inside.get("/en/account").text)["token"]
    assert inside.post("/logout", data={"token": token}, headers=headers).status_code == 403
    assert inside.post("/logout", data={"token": "0" * 64}).status_code == 403
    assert inside.get("/en").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("viewer", "wrong and long enough"),
        ("nobody", PASSWORD),
        ("", ""),
        ("viewer", ""),
        ("<i>", "x" * 9000),
    ],
)
def test_wrong_names_and_passwords_are_told_alike(browser: Browser, name: str, password: str) -> None:
    answer = _sent(browser(), "/zh/login", name=name, password=password)
    assert answer.status_code == 403
    assert "用户名或密码不正确" in answer.text
    assert PASSWORD not in answer.text
    assert "<i>" not in answer.text


def test_forms_that_are_none_are_refused_politely(browser: Browser) -> None:
    client = browser()
    form = form_of(client.get("/en/login").text)
    twice = f"token={form['token']}&name=a&name=viewer&password={PASSWORD}"
    for content, kind, status in (
        (b"\xff\xfe", "application/x-www-form-urlencoded", 403),
        (b"a=1&" * 500, "application/x-www-form-urlencoded", 403),
        (b"{}", "application/json", 403),
        (b"x" * 20_000, "application/x-www-form-urlencoded", 413),
        (twice.encode(), "application/x-www-form-urlencoded", 403),
    ):
        answer = client.post("/en/login", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, (content[:20], answer.text)


def test_who_tries_too_often_waits_even_after_a_new_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StillClock()
    monkeypatch.setattr(login_rate, "time", clock)
    accounts = Accounts(tmp_path)
    accounts.users.add("li", PASSWORD, ["viewer"])
    base = "http://127.0.0.1"

    def browser() -> TestClient:
        return TestClient(
            create_app(tmp_path), base_url=base, headers={"Origin": base}, follow_redirects=False
        )

    client = browser()
    for _ in range(FREE_OF_NAME):
        assert _sent(client, name="li", password="wrong and long enough").status_code == 403
    for made in (client, browser()):
        for path, words in (("/en/login", "Too many tries"), ("/zh/login", "尝试次数过多")):
            answer = _sent(made, path, name="li", password=PASSWORD)  # right, and not looked at
            assert answer.status_code == 429
            assert words in answer.text
            assert 1 <= int(answer.headers["retry-after"]) <= 2
    clock.now += 2.0
    assert _sent(client, name="li", password=PASSWORD).status_code == 303


def test_another_password_ends_other_sessions_and_keeps_this_one(
    browser: Browser, accounts: Accounts
) -> None:
    accounts.users.add("changes", PASSWORD, ["owner"], ["试验厅"])
    here, there = browser(), browser()
    for client in (here, there):
        assert _sent(client, name="changes", password=PASSWORD).status_code == 303
    assert "试验厅" in here.get("/en/account").text
    for fields, status, words in (
        ({"password": "wrong and long enough", "new": OTHER}, 403, "present password is wrong"),
        ({"password": PASSWORD, "new": "short"}, 422, "too short"),
        ({"password": PASSWORD, "new": "changes changes!"}, 422, "little more than your name"),
        ({"password": PASSWORD, "new": OTHER, "token": "0" * 64}, 403, "too old"),
    ):
        answer = _sent(here, "/en/account", **fields)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert there.get("/en").status_code == 200
    before = here.cookies[accounts.cookie]
    answer = _sent(here, "/en/account", password=PASSWORD, new=OTHER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/account?done=1")
    assert "password is changed" in here.get("/en/account?done=1").text
    assert here.cookies[accounts.cookie] != before
    assert there.get("/en").status_code == 303
    assert _sent(there, name="changes", password=PASSWORD).status_code == 403
    assert _sent(there, name="changes", password=OTHER).status_code == 303
    accounts.users.remove("changes")


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("/en/runs?runs=a|b&x=%2F", "/en/runs?runs=a|b&x=%2F"),
        ("/zh/项目", "/zh/%E9%A1%B9%E7%9B%AE"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/\t/evil.example", ""),
        ("https://evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("evil", ""),
        ("", ""),
        ("/a\r\nSet-Cookie: x=y", ""),
        ("/" + "x" * 2000, ""),
        ("/en/<script>", "/en/%3Cscript%3E"),
    ],
)
def test_a_log_in_leads_on_within_this_server_only(address: str, leads: str) -> None:
    assert here_only(address, "") == leads
    assert login_path("en", "//evil.example") == "/en/login"


def test_the_log_in_leads_nowhere_else_though_the_form_says_so(browser: Browser) -> None:
    client = browser()
    answer = _sent(client, name="viewer", password=PASSWORD, next="//evil.example/x")
    assert answer.headers["location"] == "/en"
    again = client.get("/en/login?next=//evil.example")
    assert (again.status_code, again.headers["location"]) == (303, "/en")


def test_the_page_is_one_for_people(browser: Browser) -> None:
    for language, code, words in (
        ("zh", "zh-CN", ("用户名", "密码", "登录")),
        ("en", "en", ("User name", "Log in")),
    ):
        answer = browser().get(f"/{language}/login?next=/zh/runs")
        text = answer.text
        assert f'<html lang="{code}">' in text
        assert all(word in text for word in words)
        assert "<script" not in text
        assert 'autocomplete="username"' in text
        assert 'autocomplete="current-password"' in text
        assert 'name="viewport"' in text
        assert "prefers-color-scheme: dark" in text
        assert ":focus-visible" in text
        for name in ("name", "password"):
            assert f'<label for="{name}">' in text
            assert f'id="{name}"' in text
        other = "en" if language == "zh" else "zh"
        assert f'href="/{other}/login?next=%2Fzh%2Fruns"' in text
        assert re.search(r"style-src 'sha256-[\w+/=]+'", answer.headers["content-security-policy"])
    assert browser().get("/fr/login").status_code == 404
    chinese = browser().get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert chinese.headers["location"] == "/zh/login"


def test_what_was_typed_stands_there_again_escaped(browser: Browser) -> None:
    text = _sent(browser(), name='"><img src=x>', password="wrong and long enough").text
    assert "<img" not in text
    assert "&quot;&gt;&lt;img" in text


def test_an_owner_is_shown_his_own_runs_only(
    logged_in: Browsers, plain_run: Run, small_run: Run, asked_of: Callable[..., str]
) -> None:
    owner, engineer = logged_in("owner"), logged_in("engineer")
    mine, others = plain_run.manifest["title"], small_run.manifest["title"]
    assert mine != others
    for client, sees in ((owner, False), (engineer, True)):
        listed = asked_of(client, "shell.children", "/en/runs", "")
        assert '"plain"' in listed
        assert ('"pedf"' in listed) is sees
        assert "examples/shanghai_office_pedf" in listed
        assert (
            "there is no Run called" in asked_of(client, "results.children", ["pedf"], "/en/runs")
        ) is not sees
        assert client.get("/report?runs=plain").status_code == 200
        refused = client.get("/report?runs=pedf")
        assert refused.status_code == (200 if sees else 404)
        missing = client.get("/report?runs=nothing")
        if not sees:  # told as if it were not there
            assert refused.text.replace("pedf", "nothing") == missing.text


def test_an_owner_is_given_documents_of_his_own_buildings_only(
    logged_in: Browsers, guarded: Path, plain_run: Run
) -> None:
    """By title, or since he asked for it; another's is told as one that is not there."""
    bundled = Path(str(files("twin") / "examples"))
    study = json.loads((bundled / "previews" / "office" / "study.json").read_text("utf-8"))
    for name, title, by in (
        ("mine", plain_run.manifest["title"], "engineer"),
        ("asked", "somebody's", "owner"),
        ("theirs", "somebody's", "engineer"),
    ):
        folder = guarded / "studies" / name
        written = folder / "documents" / "light" / "report_zh.pdf"
        written.parent.mkdir(parents=True)
        (folder / "study.json").write_text(json.dumps(study | {"title_en": title}), "utf-8")
        (folder / "asked.json").write_text(json.dumps({"by": by, "job": ""}), "utf-8")
        written.write_bytes(b"%PDF-")
        (folder / "report_zh.pdf").write_bytes(b"%PDF-")
    owner, engineer, stranger = logged_in("owner"), logged_in("engineer"), logged_in("viewer")
    previews = "/documents/{}/light/report_zh.pdf"
    for name, his in (("mine", True), ("asked", True), ("theirs", False), ("nothing", False)):
        assert owner.get(previews.format(name)).status_code == (200 if his else 404), name
        assert engineer.get(previews.format(name)).status_code == (404 if name == "nothing" else 200)
    assert owner.get(previews.format("theirs")).text == owner.get(previews.format("nothing")).text
    for name, his in (("mine", True), ("theirs", False)):
        assert owner.get(f"/studies/{name}/report_zh.pdf").status_code == (200 if his else 404), name
    for path in ("/settlement/any", "/live/calls/any", "/api/v1/events", "/api/v1/events/any"):
        assert owner.get(path).status_code == 403
        assert stranger.get(path).status_code != 403


def test_no_answer_has_a_path_of_the_server(
    logged_in: Browsers, guarded: Path, asked_of: Callable[..., str]
) -> None:
    client = logged_in("engineer")
    (guarded / "runs" / "broken").mkdir(exist_ok=True)
    (guarded / "runs" / "broken" / "manifest.json").write_text("{")
    texts = [
        client.get(path).text
        for path in ("/en", "/en/runs", "/report?runs=broken", "/report?runs=nothing", "/_dash-layout", "/x")
    ]
    texts += [
        asked_of(client, "shell.children", "/en/runs", ""),
        asked_of(client, "results.children", ["broken"], "/en/runs"),
    ]
    assert any("cannot be read" in text for text in texts)
    for text in texts:
        assert str(guarded) not in text
        assert "site-packages" not in text
        assert "Traceback" not in text
