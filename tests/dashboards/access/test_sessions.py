"""Sessions: what a token opens, for how long, and what ends it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from dashboards.access import sessions as module
from dashboards.access.accounts import FILE, Accounts
from dashboards.access.sessions import ABSOLUTE_SECONDS, IDLE_SECONDS
from still_clock import StillClock

GOOD = "a long walk by the Huangpu"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    found = StillClock()
    monkeypatch.setattr(module, "time", found)
    return found


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts(tmp_path)
    made.users.add("li", GOOD, ["viewer"])
    made.users.add("wang", GOOD, ["engineer"])
    return made


def _begun(accounts: Accounts, name: str = "li") -> str:
    found = accounts.users.proven(name, GOOD)
    assert found is not None
    token = accounts.sessions.begin(found)
    assert token is not None
    return token


def test_a_token_is_random_and_only_its_digest_is_kept(accounts: Accounts, tmp_path: Path) -> None:
    tokens = {_begun(accounts) for _ in range(3)}
    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {43}  # 256 bits
    content = b"".join(path.read_bytes() for path in (tmp_path / FILE).parent.iterdir())
    for token in tokens:
        assert token.encode() not in content
        assert hashlib.sha256(token.encode()).digest() in content
        user = accounts.sessions.user_of(token)
        assert user is not None
        assert (user.name, user.roles) == ("li", {"viewer"})


@pytest.mark.parametrize("token", [None, "", "x", "A" * 43, "\udcff" * 43, "A" * 5000])
def test_a_forged_token_opens_nothing(accounts: Accounts, token: str | None) -> None:
    _begun(accounts)
    assert accounts.sessions.user_of(token) is None
    accounts.sessions.end(token)


def test_the_digest_itself_opens_nothing(accounts: Accounts) -> None:
    digest = hashlib.sha256(_begun(accounts).encode())
    for forged in (digest.hexdigest(), digest.hexdigest()[:43]):
        assert accounts.sessions.user_of(forged) is None


def test_a_session_ends_when_it_is_not_used(accounts: Accounts, clock: StillClock) -> None:
    token = _begun(accounts)
    clock.now += IDLE_SECONDS - 1
    assert accounts.sessions.user_of(token) is not None  # which uses it
    clock.now += IDLE_SECONDS - 1
    assert accounts.sessions.user_of(token) is not None
    clock.now += IDLE_SECONDS + 61
    assert accounts.sessions.user_of(token) is None


def test_a_session_ends_though_it_is_used(accounts: Accounts, clock: StillClock) -> None:
    token = _begun(accounts)
    start = clock.now
    while clock.now - start < ABSOLUTE_SECONDS - 3600:
        assert accounts.sessions.user_of(token) is not None
        clock.now += 3600
    clock.now = start + ABSOLUTE_SECONDS + 1
    assert accounts.sessions.user_of(token) is None


def test_ended_sessions_leave_the_file(accounts: Accounts, clock: StillClock, tmp_path: Path) -> None:
    for _ in range(3):
        _begun(accounts)
    clock.now += IDLE_SECONDS + 1
    _begun(accounts)
    rows = sqlite3.connect(tmp_path / FILE).execute("SELECT count(*) FROM session").fetchone()
    assert rows == (1,)


def test_logging_out_ends_that_session_alone(accounts: Accounts) -> None:
    first, second = _begun(accounts), _begun(accounts)
    accounts.sessions.end(first)
    assert accounts.sessions.user_of(first) is None
    assert accounts.sessions.user_of(second) is not None


def test_another_password_ends_all_sessions_of_that_user(accounts: Accounts) -> None:
    mine, others = [_begun(accounts), _begun(accounts)], _begun(accounts, "wang")
    accounts.users.set_password("li", "another walk by the Huangpu")
    assert [accounts.sessions.user_of(token) for token in mine] == [None, None]
    assert accounts.sessions.user_of(others) is not None


def test_a_removed_user_is_out_and_stays_out_when_the_name_is_given_anew(accounts: Accounts) -> None:
    token = _begun(accounts)
    accounts.users.remove("li")
    assert accounts.sessions.user_of(token) is None
    accounts.users.add("li", GOOD, ["administrator"])
    assert accounts.sessions.user_of(token) is None


def test_a_password_that_changes_while_it_is_looked_at_begins_nothing(accounts: Accounts) -> None:
    found = accounts.users.proven("li", GOOD)
    assert found is not None
    accounts.users.set_password("li", "another walk by the Huangpu")
    assert accounts.sessions.begin(found) is None


def test_other_roles_are_in_force_at_once(accounts: Accounts) -> None:
    token = _begun(accounts)
    accounts.users.set_roles("li", ["owner"], ["tower"])
    user = accounts.sessions.user_of(token)
    assert user is not None
    assert (user.roles, user.projects) == ({"owner"}, {"tower"})


def test_sessions_and_seals_outlive_the_server(accounts: Accounts, tmp_path: Path) -> None:
    token, form, cookie = _begun(accounts), accounts.form_token("login", "x"), accounts.cookie
    accounts.close()
    again = Accounts(tmp_path)
    assert again.sessions.user_of(token) is not None
    assert again.form_is_ours("login", "x", form)
    assert again.cookie == cookie


def test_a_form_is_good_for_one_browser_and_one_purpose(accounts: Accounts, tmp_path: Path) -> None:
    token = accounts.form_token("login", "mine")
    assert accounts.form_is_ours("login", "mine", token)
    assert not accounts.form_is_ours("login", "yours", token)
    assert not accounts.form_is_ours("account", "mine", token)
    assert not accounts.form_is_ours("login", None, token)
    assert not accounts.form_is_ours("login", "", accounts.form_token("login", ""))
    assert not accounts.form_is_ours("login", "mine", token[:-1] + "\u00e9")
    other = Accounts(tmp_path / "other")
    assert not other.form_is_ours("login", "mine", token)
    assert other.cookie != accounts.cookie
